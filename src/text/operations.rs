//! Words of the operation log.

use tidewire_words::texts;

texts! {
    TITLE = "Operation records", "操作记录";
    COUNT = "{} record{s}", "{} 条记录";
    WHEN = "When", "时间";
    WHO = "Who", "操作人";
    ACTION = "Operation", "操作";
    OBJECT = "Object", "对象";
    RESULT = "Result", "结果";
    DETAIL = "Detail", "详情";
    KIND = "Object type", "对象类型";
    ALL_KINDS = "All objects", "全部对象";
    ALL_ACTORS = "Everybody", "全部操作人";
    ALL_ACTIONS = "All operations", "全部操作";
    ALL_RESULTS = "All results", "全部结果";
    FROM = "From", "开始日期";
    TO = "To", "结束日期";
    SEARCH = "Name, ID or detail", "搜索名称、ID 或详情";
    FIND = "Search", "搜索";
    CLEAR = "Clear", "清除";
    DOWNLOAD = "Download CSV", "下载 CSV";
    DONE = "done", "成功";
    FAILED = "failed", "失败";
    NONE = "No record matches.", "没有符合条件的记录。";
    EMPTY = "Nothing was done yet", "还没有操作";
    EMPTY_WHAT = "What people, the API and the service itself do is recorded here.", "用户、API 和服务自身的操作都会记录在这里。";
    PROJECT = "Project", "项目";
    DATASOURCE = "Data source", "数据源";
    TAG = "Tag", "标签";
    USER = "Account", "账号";
    SETTING = "Setting", "系统设置";
    ACTOR_API = "API", "API";
    ACTOR_SERVICE = "Service", "服务";
    CREATE = "Create", "新建";
    UPDATE = "Change", "修改";
    DELETE = "Delete", "删除";
    RENAME = "Rename", "重命名";
    PASSWORD = "Change password", "修改密码";
    RESET_PASSWORD = "Reset password", "重设密码";
    PRECHECK = "Precheck", "预检查";
    ALARM_LEVEL = "Alarm level", "修改告警等级";
    DEFINE = "Give a table definition", "提供表结构";
    RESET = "Restore defaults", "恢复默认值";
}
