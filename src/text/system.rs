//! Words of the settings' page.

use tidewire_words::texts;

texts! {
    TITLE = "System", "系统管理";
    TAB_SETTINGS = "Settings", "系统设置";
    RUNTIME = "Settings that take effect at once", "运行时设置";
    RETENTION = "Keep figures", "监控数据保留时间";
    RETENTION_HINT = "1 to 90 days. Charts go back this far; older figures are deleted within the hour.", "1～90 天。图表最多可查看该时间范围，更早的数据会在一小时内删除";
    DAYS = "days", "天";
    SECONDS = "s", "秒";
    ALARMS = "A project is lagging from", "延迟阈值";
    ALARMS_WHAT = "Projects above the threshold of their level stand first in the overview.", "超过所属等级阈值的项目会优先显示在概览中。";
    HIGH = "High", "高保护";
    MEDIUM = "Medium", "中保护";
    LOW = "Low", "低保护";
    HIGH_HINT = "1 to 300 s", "1～300 秒";
    MEDIUM_HINT = "30 to 600 s, not below High", "30～600 秒，不小于高保护";
    LOW_HINT = "300 to 10800 s, not below Medium; new projects have this level", "300～10800 秒，不小于中保护；新项目默认为此等级";
    DEFAULTS = "Restore defaults", "恢复默认值";
    DEFAULTS_ARE = "Defaults: {} days; {} / {} / {} s.", "默认值：{} 天；{} / {} / {} 秒。";
    FILE = "Settings of the file", "配置文件中的设置";
    FILE_WHAT = "Read at start. Change them in /etc/tidewire/tidewire.toml, or in the file named by --config, and restart the service.", "启动时读取。请在 /etc/tidewire/tidewire.toml 或 --config 指定的文件中修改，然后重启服务。";
    OPTION = "Option", "选项";
    VALUE = "Value", "值";
    MEANING = "Meaning", "说明";
    LISTEN = "Address of console and API", "控制台与 API 的地址";
    PUBLIC_URL = "Address that browsers use", "浏览器使用的地址";
    LOG = "What is logged", "日志级别";
    METRICS = "Whether /metrics needs no token", "/metrics 是否免令牌";
    MEMORY = "Most memory for the messages of one project", "单个项目消息占用的最大内存";
    BATCH_BYTES = "Largest batch", "单批最大字节数";
    BATCH_MESSAGES = "Most messages of a batch", "单批最大消息数";
    CHECKPOINT = "Time between checkpoints", "位点保存间隔";
    TAIL = "Most messages read back when a project starts", "项目启动时最多回读的消息数";
    DATA = "Data directory", "数据目录";
    ONLY_ADMINS = "Only admins change these.", "仅管理员可以修改。";
}
