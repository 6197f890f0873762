//! Names of the console's areas.

use tidewire_words::texts;

texts! {
    OVERVIEW = "Overview", "概览";
    PROJECTS = "Synchronization", "数据同步";
    DATASOURCES = "Data sources", "数据源管理";
    OPERATIONS = "Operations", "运维监控";
    SYSTEM = "System", "系统管理";
    HELP = "Help", "帮助";
    ACCOUNT = "My account", "个人设置";
    REFRESH = "Refresh", "刷新";
    REQUIRED = "required", "必填";
    OPTIONAL = "optional", "可选";
    CANCEL = "Cancel", "取消";
    SAVE = "Save", "保存";
    CONFIRM = "Confirm", "确定";
    NOT_SAVED = "Not saved. Please correct:", "未保存，请更正：";
    BACK_TO = "Back to {}", "返回{}";
    NEXT_PAGE = "Next page", "下一页";
    PREVIOUS_PAGE = "Previous page", "上一页";
    PAGE_OF = "{} to {} of {}", "第 {}～{} 条，共 {} 条";
}
