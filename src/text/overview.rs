//! Words of the first page.

use tidewire_words::texts;

texts! {
    TITLE = "Overview", "概览";
    NEW_PROJECT = "New project", "新建同步项目";
    EMPTY = "Begin here", "从这里开始";
    STEP_DATASOURCES = "Add data sources", "添加数据源";
    STEP_DATASOURCES_WHAT = "An OceanBase, MySQL or MariaDB source to read from, and a RocketMQ target to write to. The connection is tested before it is saved.", "一个用于读取的 OceanBase、MySQL 或 MariaDB 源，一个用于写入的 RocketMQ 目标。保存前会测试连接。";
    STEP_PROJECT = "Create a project", "新建同步项目";
    STEP_PROJECT_WHAT = "Choose tables and their topics, the message format and the start position. A precheck tells what is missing before anything is sent.", "选择表与对应的 Topic、序列化方式和起始位点。发送前由预检查指出缺少的条件。";
    STEP_WATCH = "Watch it here", "在此查看运行情况";
    STEP_WATCH_WHAT = "Lag, rates, failures and what to do about them.", "延迟、速率、失败原因和处理建议。";
    DONE = "done", "已完成";
    NEEDS = "Needs attention", "需要处理";
    NEED_EXPIRING = "Log ends soon", "日志即将过期";
    EXPIRING_WHAT = "the source's log holds only {} more before the position", "位点之前的源端日志仅剩 {}";
    EXPIRING_REMEDY = "bring it to run before the log drops its position, or keep the source's log longer: changes are lost otherwise", "请在源端清理该日志前恢复运行，或延长源端日志保留时间，否则会丢失变更";
    BESIDES = "its error: {}", "项目错误：{}";
    NEED_FAILED = "Failed", "失败";
    NEED_RETRYING = "Retrying", "重试中";
    NEED_LAGGING = "Lagging", "延迟过高";
    LAGGING_WHAT = "{} behind the source", "落后源端 {}";
    ALL_WELL = "Nothing needs attention.", "没有需要处理的项目。";
    MORE = "{} more", "另有 {} 个";
    VIEW = "View", "查看";
    PROJECTS = "Projects", "同步项目";
    RUNNING_OF = "{} running", "{} 个运行中";
    DATASOURCES = "Data sources", "数据源";
    MANAGE = "Manage", "管理";
    LAG = "Largest lag", "最大延迟";
    STATES = "Projects by state", "任务状态";
    RING = "{} project{s}: {}", "共 {} 个项目：{}";
    IN_STATE = "{} {}", "{} {} 个";
    RESOURCES = "Resources of this service", "资源水位";
    CPU = "CPU", "CPU";
    CPU_WHAT = "of {} processor{s}", "共 {} 个处理器";
    MEMORY = "Memory", "内存";
    MEMORY_OF = "of {}", "共 {}";
    DISK = "Data directory", "数据目录";
    UPTIME = "Running for", "已运行";
    SINCE = "since {}", "自 {}";
    VERSION = "Version", "版本";
    OPEN = "Active projects", "活动项目";
    OPEN_WHAT = "reading, or about to try again", "正在读取或等待重试";
    HELP = "Help", "使用帮助";
    HELP_WHAT = "States, formats, the delivery promise and the command line", "状态、序列化方式、投递保证与命令行";
}
