//! Every sentence of the service, the console and the command line, in English
//! and Chinese side by side. Pipeline errors bring their own.

use crate::model::lang::Text;

macro_rules! texts {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        $(#[doc = $en] pub const $name: Text = Text { en: $en, zh: $zh };)*
    };
}

/// What is wrong with a field.
pub mod field {
    use super::Text;

    texts! {
        REQUIRED = "must be filled in", "必须填写";
        NAME_DATASOURCE = "1 to 32 Chinese characters, letters, digits, - or _", "须为 1～32 个汉字、字母、数字、- 或 _";
        NAME_PROJECT = "1 to 64 Chinese characters, letters or digits", "须为 1～64 个汉字、字母或数字";
        NAME_TAKEN = "the name {} is taken", "名称 {} 已被使用";
        KIND = "must be oceanbase-ce, mysql, mariadb or rocketmq", "须为 oceanbase-ce、mysql、mariadb 或 rocketmq";
        KIND_FIXED = "the kind of a saved data source can't be changed", "已保存的数据源不能更改类型";
        ADDRESS = "must be host:port with a port from 1 to 65535", "须为 主机:端口，端口为 1～65535";
        ADDRESSES = "must be host:port, several separated by ;", "须为 主机:端口，多个用 ; 分隔";
        NOT_FOR_KIND = "does not belong to a data source of kind {}", "{} 类型的数据源没有此项";
        USER_PART = "write the account without tenant and cluster, they have fields of their own", "账号中不要包含租户和集群，请填写在各自的字段中";
        BOTH_KEYS = "access key and secret key: fill in both or none", "AccessKey 和 SecretKey 须同时填写或同时留空";
        TLS = "must be off, required or verify", "须为 off、required 或 verify";
        TLS_CA = "only used with tls = \"verify\"", "仅在 tls = \"verify\" 时使用";
        NOTE = "at most 128 characters", "最多 128 个字符";
        SECRET_HIDDEN = "*** stands for a secret that was left out: fill it in", "*** 表示导出时省略的密码，请填写实际密码";
        SECRET_TWICE = "password and password_file exclude each other", "password 与 password_file 只能填写一个";
        SECRET_FILE = "the file {} can't be read: {}", "无法读取文件 {}：{}";
        SECRET_FILE_SIZE = "the file {} is larger than a password can be", "文件 {} 过大，不像是密码";
        TAGS = "at most 4 tags", "最多 4 个标签";
        TAG = "a tag has 1 to 20 characters without spaces", "标签须为 1～20 个字符，不含空格";
        TAG_LIMIT = "there can be at most 100 tags", "标签总数最多 100 个";
        NO_DATASOURCE = "there is no data source {}", "数据源 {} 不存在";
        NOT_A_SOURCE = "{} is a RocketMQ data source: it can only be a target", "{} 是 RocketMQ 数据源，只能作为目标端";
        NOT_A_TARGET = "{} is not a RocketMQ data source: it can only be a source", "{} 不是 RocketMQ 数据源，只能作为源端";
        FIXED_AFTER_START = "can't be changed once the project has started: make a new project", "项目启动后不能更改，请新建项目";
        DML = "must name insert, update, delete: at least one, each once", "须为 insert、update、delete 中的至少一项，且不重复";
        START = "must be now, seconds since 1970 or a time with zone such as 2026-11-23 10:00:00+08:00", "须为 now、1970 年起的秒数，或带时区的时间，例如 2026-11-23 10:00:00+08:00";
        START_FUTURE = "must not lie in the future", "不能晚于当前时间";
        FORMAT = "unknown format {}; known are: {}", "未知的序列化方式 {}；可用的有：{}";
        NOT_YET = "not available yet: leave it out", "暂不支持，请去掉此项";
        NOT_YET_VALUE = "{} is not available yet: use default", "{} 暂不支持，请使用 default";
        SEQUENCE = "only with the SharePlex format", "仅适用于 SharePlex 序列化方式";
        GROUP = "1 to 120 characters of letters, digits, - _ % |", "须为 1～120 个字母、数字、-、_、% 或 |";
        MESSAGE_TAG = "1 to 64 letters, digits, - or _", "须为 1～64 个字母、数字、- 或 _";
        BATCH = "must be auto or off", "须为 auto 或 off";
        STATE = "must be running or stopped", "须为 running 或 stopped";
        NO_TABLES = "at least one table", "至少选择一张表";
        TABLE = "must be database.table", "须为 库名.表名";
        TABLE_HAN = "{} contains Chinese characters: such tables can't be followed", "{} 含有中文字符，无法同步";
        TABLE_CHARS = "{} contains a character that is not allowed", "{} 含有不支持的字符";
        TABLE_SYSTEM = "{} is a system database", "{} 是系统库";
        TABLE_DATABASE = "the data source only allows the database {}", "该数据源只允许选择库 {}";
        TABLE_TWICE = "the table {} is listed twice", "表 {} 重复";
        TOPIC = "1 to 127 characters of letters, digits, - _ % |", "须为 1～127 个字母、数字、-、_、% 或 |";
        TOPIC_SYSTEM = "{} is a system topic", "{} 是系统 Topic";
        COLUMN_TWICE = "the column {} is listed twice", "列 {} 重复";
        COLUMN = "{} is not a usable column name", "{} 不是可用的列名";
        ACCOUNT = "1 to 14 letters, digits or _ (a Chinese character counts twice)", "须为 1～14 个字母、数字或 _（一个汉字计两个）";
        PASSWORD = "9 to 31 characters with a letter, a digit and one of . _ + @ # $ %", "须为 9～31 个字符，含字母、数字和 . _ + @ # $ % 之一";
        PASSWORD_AGAIN = "the two passwords differ", "两次输入的密码不一致";
        METRIC = "must be lag_ms, rows_per_second, bytes_per_second or send_micros", "须为 lag_ms、rows_per_second、bytes_per_second 或 send_micros";
        TIME_RANGE = "from and to are seconds since 1970, from before to", "from 和 to 为 1970 年起的秒数，且 from 早于 to";
        ABSOLUTE_PATH = "must be the absolute path of a new file", "须为新文件的绝对路径";
    }
}

/// Refusals and what to do about them.
pub mod refusal {
    use super::Text;

    texts! {
        FIELDS = "some fields are not valid", "部分字段不正确";
        FIELDS_REMEDY = "correct the named fields and try again", "请更正所列字段后重试";
        NO_PROJECT = "there is no project {}", "项目 {} 不存在";
        NO_DATASOURCE = "there is no data source {}", "数据源 {} 不存在";
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
}

/// Titles, reasons and remedies of the precheck.
pub mod precheck {
    use super::Text;

    texts! {
        RDB_CONNECT = "Source connection", "数据库连通性检查";
        DB_VERSION = "Source version", "数据库版本检查";
        DB_TIME_SYNC = "Clock of the source", "数据库时钟同步检查";
        DB_CASE_SENSITIVE = "Upper and lower case of names", "数据库大小写敏感检查";
        RDB_SCHEMA_EXIST = "Databases exist", "数据库存在性检查";
        RDB_TABLE_EXIST = "Tables exist", "表存在性预检查";
        DB_TABLE_TYPE = "Physical tables", "表类型检查";
        DB_ACCOUNT_INCR_READ_PRIVILEGE = "Rights of the account", "账号增量读权限检查";
        DB_INCR_LOG = "Incremental log", "增量日志检查";
        DB_WHITE_LIST_LENGTH = "Length of the object list", "白名单 64K 长度限制检查";
        SYNC_SCHEMA_CONSISTENCY = "Columns exist", "Schema 一致性检查";
        NAME_CHARACTERS = "Characters of names", "名称字符检查";
        MQ_CONNECT = "Message queue connection", "消息队列连通检查";
        MQ_TOPIC_EXIST = "Topics exist", "消息队列 topic 存在检查";
        NOT_CHECKED = "not checked, because {} failed", "未检查，因为 {} 未通过";
        NOT_CHECKED_REMEDY = "mend that item first", "请先处理该项";
        CLOCK = "the clocks differ by {} ms", "时钟相差 {} 毫秒";
        CLOCK_REMEDY = "synchronize both clocks: the lag is shown wrong otherwise", "请同步两边时钟，否则延迟显示不准";
        CASE = "the source ignores upper and lower case, but {} has capitals", "源端不区分大小写，但 {} 含有大写字母";
        CASE_REMEDY = "write the names as the catalogue lists them", "请按目录中的写法填写名称";
        MISSING = "not found: {}", "未找到：{}";
        SCHEMA_REMEDY = "create the database or correct the name; the account needs SELECT on it", "请创建数据库或更正名称；账号需要其 SELECT 权限";
        TABLE_REMEDY = "create the table or correct the name; the account needs SELECT on it", "请创建表或更正名称；账号需要其 SELECT 权限";
        NOT_PHYSICAL = "not a physical table: {}", "不是物理表：{}";
        NOT_PHYSICAL_REMEDY = "choose the tables below the view", "请选择视图之下的物理表";
        TOO_LONG = "the list of objects has {} bytes, the limit is 65536", "对象列表共 {} 字节，上限为 65536";
        TOO_LONG_REMEDY = "split the tables over several projects", "请将表拆分到多个项目";
        COLUMN_REMEDY = "correct the shard columns", "请更正分片列";
        NO_KEY = "no key and no shard columns: {}", "没有主键且未设置分片列：{}";
        NO_KEY_REMEDY = "choose shard columns: order is only kept among rows with equal values", "请设置分片列：只有分片列值相同的行保证顺序";
        HAN_COLUMN = "columns with Chinese names: {}", "列名含有中文：{}";
        HAN_COLUMN_REMEDY = "rename the columns or leave the table out", "请重命名列或去掉该表";
        TOPIC_REMEDY = "create the topic in RocketMQ; the service never creates topics", "请在 RocketMQ 中创建 Topic；本服务不会创建 Topic";
        NO_QUEUE = "no writable queue: {}", "没有可写队列：{}";
        NO_QUEUE_REMEDY = "give the topic write permission on its brokers", "请在 broker 上为 Topic 授予写权限";
    }
}

/// What is wrong with a row filter.
pub mod filter {
    use super::Text;

    texts! {
        AT = "at character {}: {}", "第 {} 个字符：{}";
        A_NUMBER = "a number", "数值";
        A_DECIMAL = "a DECIMAL", "DECIMAL 数值";
        A_TEXT = "a text", "文本";
        BYTES = "binary data", "二进制数据";
        A_DATE = "a date", "日期时间";
        A_TIME = "a TIME", "TIME 值";
        A_BIT = "a BIT", "BIT 值";
        A_YEAR = "a YEAR", "YEAR 值";
        EMPTY = "the filter is empty", "过滤条件为空";
        EMPTY_REMEDY = "write a condition such as status = 'paid', or leave the filter out", "请填写条件，例如 status = 'paid'；不需要过滤时请去掉此项";
        TOO_LONG = "the filter has {} bytes, the limit is 4096", "过滤条件共 {} 字节，上限为 4096";
        TOO_LONG_REMEDY = "shorten it, for instance with IN (..)", "请缩短条件，例如改用 IN (..)";
        TOO_DEEP = "too many nested parts", "嵌套层数过多";
        TOO_DEEP_REMEDY = "remove brackets, or write lists with IN (..)", "请减少括号，或用 IN (..) 书写列表";
        LEADING_WHERE = "the filter begins with WHERE", "过滤条件以 WHERE 开头";
        LEADING_WHERE_REMEDY = "write only what stands behind WHERE", "只需填写 WHERE 之后的内容";
        CHARACTER = "the character {} can't stand here", "此处不能使用字符 {}";
        CHARACTER_REMEDY = "use ASCII operators and brackets, and put texts in single quotes", "请使用半角运算符和括号，文本用单引号括起";
        UNCLOSED_TEXT = "the text has no closing quote", "文本缺少结束的单引号";
        UNCLOSED_TEXT_REMEDY = "close it with '; write '' for a quote inside", "请用 ' 结束；文本中的单引号写作 ''";
        UNCLOSED_NAME = "the name has no closing backtick", "列名缺少结束的反引号";
        UNCLOSED_NAME_REMEDY = "close it with `", "请用 ` 结束";
        COMMENT = "comments are not allowed", "不支持注释";
        COMMENT_REMEDY = "remove the comment", "请去掉注释";
        SEVERAL_STATEMENTS = "a filter is one condition, without ;", "过滤条件只能是一个条件，不能包含 ;";
        SEVERAL_STATEMENTS_REMEDY = "remove the semicolon and what follows", "请去掉分号及其后的内容";
        VARIABLE = "variables are not supported", "不支持变量";
        PLACEHOLDER = "placeholders are not supported", "不支持占位符";
        LITERAL_REMEDY = "write the value itself", "请直接写出值";
        DOUBLE_QUOTES = "double quotes are not supported", "不支持双引号";
        DOUBLE_QUOTES_REMEDY = "put texts in single quotes and names in backticks", "文本请用单引号，列名请用反引号";
        NUMBER = "{} is not a number", "{} 不是数值";
        NUMBER_REMEDY = "write digits with at most one point; put a column name like this in backticks", "请只写数字和至多一个小数点；若为列名，请用反引号括起";
        EXPONENT = "{} is a floating-point number, which has no exact value", "{} 是浮点数，没有精确值";
        EXPONENT_REMEDY = "write all digits, for instance 1500 for 1.5e3", "请写出全部数字，例如用 1500 代替 1.5e3";
        HEX_DIGITS = "a hexadecimal literal needs pairs of digits", "十六进制字面量的位数须为偶数";
        HEX_DIGITS_REMEDY = "write it as X'0A1B'", "请写作 X'0A1B' 的形式";
        UNEXPECTED = "{} is not expected here", "此处不应出现 {}";
        END = "the filter ends too early", "过滤条件不完整";
        SYNTAX_REMEDY = "check brackets, operators and quotes around this place", "请检查此处的括号、运算符和引号";
        UNSUPPORTED = "{} is not supported", "不支持 {}";
        UNSUPPORTED_REMEDY = "use comparisons, AND, OR, XOR, NOT, IN, BETWEEN, LIKE and IS NULL", "请使用比较运算、AND、OR、XOR、NOT、IN、BETWEEN、LIKE 和 IS NULL";
        SUBQUERY = "subqueries are not supported", "不支持子查询";
        SUBQUERY_REMEDY = "a filter sees one row: list the values with IN (..)", "过滤条件只能看到当前行，请用 IN (..) 列出取值";
        FUNCTION = "the function {} is not supported", "不支持函数 {}";
        FUNCTION_REMEDY = "there are CAST, CONCAT, SUBSTR, SUBSTRING, REPLACE and MOD", "可用的函数有 CAST、CONCAT、SUBSTR、SUBSTRING、REPLACE 和 MOD";
        AGGREGATE = "{} counts over many rows", "{} 是聚合函数";
        AGGREGATE_REMEDY = "a filter sees one row: compare its columns", "过滤条件只能看到当前行，请比较该行的列";
        ARGUMENTS = "the number of arguments of {} is wrong", "{} 的参数个数不对";
        ARGUMENTS_REMEDY = "write SUBSTR(text, start, length), REPLACE(text, from, to), MOD(a, b)", "请写作 SUBSTR(文本, 起点, 长度)、REPLACE(文本, 原文, 新文)、MOD(a, b)";
        CAST_TARGET = "CAST to {} is not supported", "不支持 CAST 为 {}";
        CAST_TARGET_REMEDY = "cast to SIGNED, UNSIGNED, DECIMAL(p,s), CHAR, BINARY, DATE or DATETIME(n)", "可转换为 SIGNED、UNSIGNED、DECIMAL(p,s)、CHAR、BINARY、DATE 或 DATETIME(n)";
        OTHER_TABLE = "{} belongs to another table", "{} 属于其他表";
        OTHER_TABLE_REMEDY = "use only columns of this table", "只能使用本表的列";
        UNKNOWN_COLUMN = "the table has no column {}", "表中没有列 {}";
        UNKNOWN_COLUMN_REMEDY = "correct the name; put texts in single quotes", "请更正列名；若为文本，请用单引号括起";
        FLOAT = "{} is FLOAT or DOUBLE: its values can't be compared exactly", "{} 是 FLOAT 或 DOUBLE，无法精确比较";
        FLOAT_REMEDY = "only IS NULL works on it; use a DECIMAL or integer column", "该列只能使用 IS NULL；请改用 DECIMAL 或整数列";
        COLUMN_TYPE = "{} is {}: its values can't be compared", "{} 是 {}，无法比较";
        COLUMN_TYPE_REMEDY = "only IS NULL and IS NOT NULL work on it", "该列只能使用 IS NULL 和 IS NOT NULL";
        CATALOGUE = "the type of {} can't be read from the catalogue", "无法从目录中读取 {} 的类型";
        CATALOGUE_REMEDY = "leave this column out of the filter", "请不要在过滤条件中使用该列";
        MIXED = "{} can't be compared with {}", "{}不能与{}比较";
        MIXED_NUMBER_REMEDY = "compare a number with a number (5, not '5') and a text with a text", "数值请与数值比较（写 5，不写 '5'），文本请与文本比较";
        MIXED_TIME_REMEDY = "compare a time with a quoted literal such as '2026-01-01 00:00:00', or with a column of the same kind", "时间列请与带引号的字面量比较，例如 '2026-01-01 00:00:00'，或与同类列比较";
        MIXED_BYTES_REMEDY = "compare binary data with X'..', '..' or a utf8 column", "二进制列请与 X'..'、'..' 或 utf8 列比较";
        OPERAND = "{} can't take {}", "{} 的操作数不能是{}";
        OPERAND_REMEDY = "use a value of another kind; numbers become text in CONCAT or by CAST(.. AS CHAR)", "请使用其他类型的值；数值可用 CONCAT 或 CAST(.. AS CHAR) 转为文本";
        OPERAND_CAST_REMEDY = "cast numbers to SIGNED, UNSIGNED, DECIMAL or CHAR, times to DATE, DATETIME or CHAR, texts to BINARY", "数值可转换为 SIGNED、UNSIGNED、DECIMAL 或 CHAR，时间可转换为 DATE、DATETIME 或 CHAR，文本可转换为 BINARY";
        OPERAND_BIT_REMEDY = "round it first: CAST(.. AS SIGNED)", "请先取整：CAST(.. AS SIGNED)";
        CONDITION = "{} is neither true nor false", "{}不能作为条件";
        CONDITION_REMEDY = "compare it with something", "请将其与某个值比较";
        COLLATION = "the order of the collation {} is not known exactly", "无法精确复现排序规则 {}";
        COLLATION_REMEDY = "compare by bytes: BINARY col = '..', or name another collation: col COLLATE utf8mb4_bin = '..'", "请按字节比较：BINARY col = '..'，或指定其他排序规则：col COLLATE utf8mb4_bin = '..'";
        COLLATION_ORDER = "the collation {} can only tell equal from different", "排序规则 {} 只能判断是否相等";
        COLLATION_ORDER_REMEDY = "use =, <> or IN", "请使用 =、<> 或 IN";
        COLLATIONS = "the collations {} and {} meet", "排序规则 {} 与 {} 不一致";
        COLLATIONS_REMEDY = "choose one with COLLATE", "请用 COLLATE 指定其中一个";
        COLLATE_CHARSET = "the collation {} does not belong to the character set of {}", "排序规则 {} 不属于 {} 的字符集";
        COLLATE_CHARSET_REMEDY = "name a collation of the column's own character set", "请使用该列字符集的排序规则";
        NO_COLUMN = "two literals are compared: their collation depends on the session", "两个字面量比较，其排序规则取决于会话";
        NO_COLUMN_REMEDY = "compare a column with a literal", "请将列与字面量比较";
        CHARACTERS = "the literal has characters that {} lacks", "字面量中含有 {} 字符集没有的字符";
        CHARACTERS_REMEDY = "remove the comparison: the column can't hold this text", "请去掉该比较：此列不可能存有该文本";
        TIME_FORM = "'{}' is not a time of the form needed here", "'{}' 不是此处所需格式的时间";
        TIME_FORM_REMEDY = "write yyyy-MM-dd or yyyy-MM-dd HH:mm:ss[.f], for TIME columns HH:mm:ss[.f]", "请写作 yyyy-MM-dd 或 yyyy-MM-dd HH:mm:ss[.f]，TIME 列写作 HH:mm:ss[.f]";
        NO_SUCH_TIME = "the time '{}' does not exist", "时间 '{}' 不存在";
        NO_SUCH_TIME_REMEDY = "write a day of the calendar from the year 1000 on, or 0000-00-00", "请填写公元 1000 年以后存在的日期，或 0000-00-00";
        ZONE = "'{}' has a zone, but only TIMESTAMP columns have one", "'{}' 带有时区，只有 TIMESTAMP 列支持时区";
        ZONE_REMEDY = "write the time without zone", "请去掉时区";
        YEAR = "a YEAR column is compared with something that is not a full year", "YEAR 列未与完整年份比较";
        YEAR_REMEDY = "compare it with a year such as 2026, or compare col + 0", "请与 2026 这样的年份比较，或改为比较 col + 0";
        DIGITS = "the result can have more than 65 digits or 30 fractional digits", "结果可能超过 65 位或 30 位小数";
        DIGITS_REMEDY = "cast the parts to smaller DECIMAL types first", "请先将各部分转换为较小的 DECIMAL";
        DIVISION = "servers cut this quotient differently", "各数据库对此商的舍入不同";
        DIVISION_REMEDY = "multiply instead (a > 2 * b for a / b > 2), use DIV, or divide by a literal such as 100", "请改用乘法（用 a > 2 * b 代替 a / b > 2）、DIV，或除以 100 这样的字面量";
        CAST_UNSIGNED = "OceanBase does not always turn negative integers into unsigned ones", "OceanBase 并不总是将负整数转换为无符号数";
        CAST_UNSIGNED_REMEDY = "compare the signed value", "请直接比较有符号数";
        ZEROFILL = "a ZEROFILL column becomes text with leading zeros", "ZEROFILL 列转为文本时带有前导零";
        ZEROFILL_REMEDY = "compare it as a number, or use col + 0", "请按数值比较，或使用 col + 0";
        NEEDS_LITERALS = "MySQL 5.6 answers {} wrong here", "MySQL 5.6 在此处对 {} 的结果有误";
        NEEDS_LITERALS_REMEDY = "compare a column with literals, or write it with =, >= and <=", "请将列与字面量比较，或改用 =、>= 和 <=";
        REST = "this source gets the rest of a DECIMAL division wrong when it is negative or zero", "此数据源对 DECIMAL 取余的负数或零结果处理有误";
        REST_REMEDY = "take the rest of integers: CAST(.. AS SIGNED) % n", "请对整数取余：CAST(.. AS SIGNED) % n";
        PATTERN = "LIKE needs a text column and a literal pattern that does not end in a backslash", "LIKE 需要文本列和不以反斜杠结尾的字面量模式";
        PATTERN_REMEDY = "write col LIKE 'abc%'", "请写作 col LIKE 'abc%'";
        FRACTION = "servers cut fractions of a second differently", "各数据库对秒的小数部分舍入不同";
        FRACTION_REMEDY = "keep all fractional digits: DATETIME(6)", "请保留全部小数位：DATETIME(6)";
    }
}

/// Words of the console.
pub mod page {
    use super::Text;

    texts! {
        PROJECTS = "Synchronization", "数据同步";
        PROJECT_COUNT = "{} projects", "{} 个项目";
        LOGIN = "Log in", "登录";
        LOGOUT = "Log out", "退出登录";
        ACCOUNT = "Account", "账号";
        PASSWORD = "Password", "密码";
        LOGIN_WRONG = "Account or password is wrong. {} tries left.", "账号或密码不对。还可以再试 {} 次。";
        LOGIN_LOCKED = "Too many wrong passwords. Try again in {} minutes.", "密码错误次数过多，请 {} 分钟后再试。";
        FORGOTTEN = "Forgotten? On the host of the service run", "忘记密码：在服务所在主机上运行";
        NEW_PASSWORD = "Choose a new password", "设置新密码";
        NEW_PASSWORD_WHY = "The first password was used. Choose one of your own.", "首次密码已使用，请设置自己的密码。";
        NEW_PASSWORD_ONCE = "New password", "新密码";
        NEW_PASSWORD_TWICE = "New password again", "确认新密码";
        ACTIVATE = "Save password", "激活";
        SKIP = "Skip to content", "跳到正文";
        ALL_STATES = "All", "全部";
        COL_PROJECT = "Project", "项目";
        COL_ROUTE = "Source → target", "源 → 目标";
        COL_STATE = "State", "状态";
        COL_LAG = "Lag", "延迟";
        COL_ROWS = "Rows/s", "行/秒";
        COL_POSITION = "Position", "位点";
        COL_UPDATED = "Changed", "更新";
        EMPTY = "No project yet", "还没有同步项目";
        EMPTY_WHAT = "Write a project file and run", "编写项目文件，然后运行";
        NONE_IN_STATE = "No project in this state.", "没有该状态的项目。";
        FAILED_LEAD = "{} failed", "{} 个失败";
        VIEW = "View", "查看";
        LAG = "Lag", "延迟";
        RATE = "Rate", "速率";
        ROWS_SECOND = "rows/s", "行/秒";
        MESSAGES = "Messages", "消息";
        MESSAGES_SENT = "since the service started", "自服务启动以来";
        POSITION = "Current position", "当前位点";
        REMEDY = "What to do", "处理建议";
        TABLE = "Table", "表";
        TOPIC = "Topic", "Topic";
        SHARD = "Shard columns", "分片列";
        SHARD_KEY = "key", "主键";
        OBJECTS = "Objects", "同步对象";
        BASICS = "Settings", "基本信息";
        COUNTERS = "Rows", "行数";
        OPERATIONS = "Operations", "操作记录";
        NO_OPERATIONS = "Nothing was done yet.", "还没有操作。";
        WHEN = "When", "时间";
        WHO = "Who", "操作人";
        WHAT = "What", "操作";
        RESULT = "Result", "结果";
        DONE = "done", "完成";
        FAILED = "failed", "失败";
        SOURCE = "Source", "源";
        TARGET = "Target", "目标";
        FORMAT = "Format", "序列化方式";
        GROUP = "Producer group", "生产者群组";
        START = "Start position", "起始位点";
        START_NOW = "the first start", "首次启动时";
        TRACE = "Message trace", "消息追踪";
        BATCH = "Batches", "批量发送";
        ON = "on", "开";
        OFF = "off", "关";
        CREATED = "Created", "创建";
        TENANT = "tenant {}", "租户 {}";
        WARNINGS = "Note", "注意";
        INSERTED = "Inserted", "插入";
        UPDATED = "Updated", "更新";
        DELETED = "Deleted", "删除";
        FILTERED = "Filtered", "已过滤";
        SKIPPED = "Sent before", "已发送过而跳过";
        PHASE_CONNECTING = "connecting", "连接中";
        PHASE_LOCATING = "finding the position", "定位位点";
        PHASE_STREAMING = "up to date", "监控中";
        PHASE_CATCHING_UP = "catching up", "追赶中";
        PHASE_DRAINING = "finishing what is in flight", "等待在途消息";
        PHASE_BACKING_OFF = "retrying: attempt {}", "重试中：第 {} 次";
        WAITS_FOR_START = "waits for its start", "等待启动";
        GOES_ON_FROM = "goes on from its position", "可从位点继续";
        RELEASED_HINT = "can only be viewed and deleted", "仅可查看和删除";
        MILLISECONDS = "ms", "毫秒";
        SECONDS = "s", "秒";
        MINUTES = "min", "分";
        HOURS = "h", "小时";
        DAYS = "d", "天";
        BACK = "Back to the projects", "返回项目列表";
        ERROR_TITLE = "This did not work", "操作未成功";
        ACTION_CREATE = "Create", "新建";
        ACTION_UPDATE = "Change", "修改";
        ACTION_PRECHECK = "Precheck", "预检查";
        PLACE = "Position", "位点";
    }
}
