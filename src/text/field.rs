//! What is wrong with a field.

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
    FILTER = "{}: {}", "{}：{}";
    OTHER_FORMAT = "only the format {} knows this option: leave it out", "仅序列化方式 {} 支持此选项，请去掉";
    BUSINESS_ID = "at most 20 characters without control characters", "最多 20 个字符，不含控制字符";
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
