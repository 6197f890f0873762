//! Refusals and what to do about them.

use super::Text;

texts! {
    FIELDS = "some fields are not valid", "部分字段不正确";
    FIELDS_REMEDY = "correct the named fields and try again", "请更正所列字段后重试";
    NO_PROJECT = "there is no project {}", "项目 {} 不存在";
    NO_DATASOURCE = "there is no data source {}", "数据源 {} 不存在";
    NO_TABLE = "there is no table {}", "表 {} 不存在";
    NO_DRAFT = "this draft is not there any more", "草稿已不存在";
    NO_DRAFT_REMEDY = "begin a new project, or look whether it was saved already", "请重新新建项目，或查看是否已经保存";
    DRAFT_CHANGED = "this draft was changed in another window", "草稿已在另一个窗口中修改";
    DRAFT_CHANGED_REMEDY = "open the step again: it shows the newest settings; nothing was overwritten", "请重新打开此步骤查看最新设置；未覆盖任何内容";
    PROJECT_CHANGED = "somebody changed this project meanwhile", "该项目已被他人修改";
    PROJECT_CHANGED_REMEDY = "look at the project and begin your change again; nothing was overwritten", "请查看项目后重新修改；未覆盖任何内容";
    NO_TAG = "there is no tag {}", "标签 {} 不存在";
    NO_USER = "there is no user {}", "用户 {} 不存在";
    NO_SUCH_REMEDY = "list what there is and check the spelling", "请查看列表并检查拼写";
    DELETE_STATE = "a project can only be deleted before its first start or after its release", "只有未启动或已释放的项目才能删除";
    DELETE_STATE_REMEDY = "pause and release it first", "请先暂停并释放";
    MODIFY_STATE = "the settings of a project in state {} can't be changed", "状态为{}的项目不能修改设置";
    MODIFY_STATE_REMEDY = "pause it first", "请先暂停";
    TRANSITION_REMEDY = "look at its state and choose another command", "请查看项目状态后选择其他操作";
    DRAINING = "the project is still stopping", "项目仍在停止中";
    DRAINING_REMEDY = "wait some seconds and try again", "请等待几秒后重试";
    PRECHECK = "the precheck failed: {}", "预检查未通过：{}";
    PRECHECK_REMEDY = "mend what the items name, then start again", "请按各项提示处理后重新启动";
    ADMIN_STAYS = "admin can't be deleted", "不能删除 admin";
    ADMIN_STAYS_REMEDY = "give it a new password instead", "可以为其重设密码";
    BROKEN = "the service met an error of its own (incident {})", "服务内部错误（事件编号 {}）";
    BROKEN_REMEDY = "look for the incident number in the log", "请在日志中查找该编号";
    STOPPING = "the service is stopping", "服务正在停止";
    STOPPING_REMEDY = "try again when it runs", "请在服务运行后重试";
    TIMED_OUT = "no answer within {} seconds", "{} 秒内没有响应";
    TIMED_OUT_REMEDY = "check address, port and network", "请检查地址、端口和网络";
    TOKEN = "the token is missing or wrong", "缺少令牌或令牌不正确";
    TOKEN_REMEDY = "send Authorization: Bearer with the content of api-token in the data directory", "请发送 Authorization: Bearer，内容为数据目录中的 api-token";
    NOT_FOUND = "there is nothing at this address", "此地址没有内容";
    NOT_FOUND_REMEDY = "check the address", "请检查地址";
    BAD_BODY = "the body can't be read: {}", "无法读取请求内容：{}";
    BAD_BODY_REMEDY = "send one JSON object as the interface describes it", "请按接口说明发送一个 JSON 对象";
    BAD_QUERY = "the address can't be read: {}", "无法读取地址中的参数：{}";
    BAD_QUERY_REMEDY = "check the parameters behind the question mark", "请检查问号后的参数";
    BAD_FILE = "the project file has mistakes", "项目文件有误";
    BAD_FILE_REMEDY = "correct the named lines; nothing was changed", "请更正所列各行；未做任何更改";
    LINE = "line {}: {}", "第 {} 行：{}";
    BACKUP = "the backup can't be written to {}", "无法将备份写入 {}";
    BACKUP_REMEDY = "choose a new file in a folder that the service may write to, with enough space", "请选择服务可写且空间足够的文件夹中的新文件";
    CSRF = "the form does not come from this console, or the login ended", "表单不是来自本控制台，或登录已结束";
    CSRF_REMEDY = "open the page again and repeat", "请重新打开页面后再试";
    NOT_A_SOURCE = "{} has no databases: it is a RocketMQ data source", "{} 是 RocketMQ 数据源，没有数据库";
    NOT_A_TARGET = "{} has no topics: it is not a RocketMQ data source", "{} 不是 RocketMQ 数据源，没有 Topic";
    WRONG_KIND_REMEDY = "choose a data source of the other kind", "请选择另一类数据源";
}
