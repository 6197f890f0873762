//! Words of a person's own page and of the accounts' pages.

use tidewire_words::texts;

texts! {
    TITLE = "My account", "个人设置";
    ROLE = "Role", "角色";
    ROLE_BUILTIN = "ADMIN, built in", "ADMIN（内置）";
    ROLE_ADMIN = "ADMIN", "ADMIN";
    ROLE_USER = "USER", "USER";
    ROLE_BUILTIN_MAY = "sees and changes everything, makes admins, deletes accounts", "可查看和修改全部内容、新建管理员、删除账号";
    ROLE_ADMIN_MAY = "sees and changes all projects and data sources, makes users", "可查看和修改全部项目与数据源、新建用户";
    ROLE_USER_MAY = "sees and changes their own projects and data sources", "可查看和修改自己的项目与数据源";
    LANGUAGE = "Language", "语言";
    ZONE = "Time zone", "时区";
    ZONE_HINT = "All times of the console are shown in this zone.", "控制台中的时间均按此时区显示";
    ZONE_SERVICE = "Use the service's zone", "使用服务所在时区";
    DISPLAY = "Display", "显示";
    PASSWORD = "Change password", "修改密码";
    OLD = "Old password", "旧密码";
    NEW = "New password", "新密码";
    AGAIN = "New password again", "确认新密码";
    PASSWORD_ENDS = "Your other logins end.", "修改后，其他登录会退出。";
    LOGINS = "Logins", "登录记录";
    LOGINS_HINT = "valid now", "当前有效";
    WHEN = "Since", "登录时间";
    BROWSER = "Browser", "浏览器";
    ADDRESS = "Address", "地址";
    ACTIONS = "Actions", "操作";
    THIS_ONE = "this one", "当前登录";
    END = "End", "退出";
    END_OTHERS = "End all others", "退出其他全部登录";
    UNKNOWN_BROWSER = "unknown", "未知";
    USERS = "Users", "用户管理";
    USER_COUNT = "{} account{s}", "{} 个账号";
    NEW_USER = "New user", "新建用户";
    NAME = "Account", "账号";
    NAME_HINT = "1 to 14 letters, digits or _; a Chinese character counts twice. It can't be changed later.", "1～14 个字母、数字或 _，一个汉字计两个；创建后不能修改";
    ROLE_HINT = "The role can't be changed later.", "创建后不能修改";
    CREATED = "Created", "创建时间";
    STATE = "State", "状态";
    ACTIVE = "active", "已激活";
    WAITS = "waits for its first login", "待激活";
    CREATE = "Create", "新建";
    RESET = "Reset password", "重设密码";
    DELETE = "Delete", "删除";
    RESET_TITLE = "Reset the password of {}?", "重设 {} 的密码？";
    RESET_WHAT = "All logins of this account end. You get a one-time password to pass on; the next login chooses a new one.", "该账号的所有登录会立即退出。重设后显示一次性密码，请转交本人；下次登录须设置新密码。";
    DELETE_TITLE = "Delete account {}?", "删除账号 {}？";
    DELETE_WHAT = "All logins of this account end. Its projects, data sources and tags stay, and its projects go on running; from then on only admins see them.", "该账号的所有登录会立即退出。其项目、数据源和标签会保留，项目继续运行；之后仅管理员可以看到它们。";
    DELETE_AGAIN = "Whoever is given the same account name later sees them again.", "如果以后新建同名账号，该账号可以重新看到它们。";
    PASSWORD_TITLE = "One-time password of {}", "{} 的一次性密码";
    PASSWORD_ONCE = "It is shown only now. Pass it on; the first login chooses a new password.", "仅显示这一次，请转交本人；首次登录须设置新密码。";
    TO_USERS = "Back to the users", "返回用户管理";
}
