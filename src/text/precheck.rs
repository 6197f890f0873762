//! Titles, reasons and remedies of the precheck.

use tidewire_words::texts;

texts! {
    RDB_CONNECT = "Source connection", "数据库连通性检查";
    DB_VERSION = "Source version", "数据库版本检查";
    DB_MASTER_SLAVE = "Primary or standby", "主备库检查";
    DB_TIME_SYNC = "Clock of the source", "数据库时钟同步检查";
    DB_CASE_SENSITIVE = "Upper and lower case of names", "数据库大小写敏感检查";
    RDB_SCHEMA_EXIST = "Databases exist", "数据库存在性检查";
    RDB_TABLE_EXIST = "Tables exist", "表存在性预检查";
    DB_TABLE_TYPE = "Physical tables", "表类型检查";
    DB_ACCOUNT_INCR_READ_PRIVILEGE = "Rights of the account", "账号增量读权限检查";
    DB_INCR_LOG = "Incremental log", "增量日志检查";
    DB_LOG_COMPLETE = "Changes that the log lacks", "日志完整性检查";
    DB_WHITE_LIST_LENGTH = "Length of the object list", "白名单 64K 长度限制检查";
    SYNC_SCHEMA_CONSISTENCY = "Columns exist", "Schema 一致性检查";
    NAME_CHARACTERS = "Characters of names", "名称字符检查";
    COLUMN_VALUES = "Values that the log keeps", "日志列值检查";
    MQ_CONNECT = "Message queue connection", "消息队列连通检查";
    MQ_TOPIC_EXIST = "Topics exist", "消息队列 topic 存在检查";
    MQ_TOPIC_ORDER = "Ordered topics", "Topic 顺序属性检查";
    NOT_CHECKED = "not checked, because {} failed", "未检查，因为 {} 未通过";
    NOT_CHECKED_REMEDY = "mend that item first", "请先处理该项";
    CLOCK = "the clocks differ by {} ms", "时钟相差 {} 毫秒";
    CLOCK_REMEDY = "synchronize both clocks: the lag is shown wrong otherwise", "请同步两边时钟，否则延迟显示不准";
    STANDBY = "this is a standby: its log lacks the changes that it only receives", "该库为备库：日志中没有它从主库接收的变更";
    STANDBY_REMEDY = "use the address of the primary; for a MySQL or MariaDB replica log_slave_updates=ON will do too", "请填写主库地址；MySQL 或 MariaDB 从库也可设置 log_slave_updates=ON";
    ROLE_UNKNOWN = "the account may not read whether this is a primary or a standby", "账号无权查看该库是主库还是备库";
    ROLE_UNKNOWN_REMEDY = "make sure that it is the primary, or that it writes what it receives to its log (log_slave_updates=ON)", "请确认它是主库，或已设置 log_slave_updates=ON，会将接收的变更写入日志";
    CASE = "the source ignores upper and lower case, but {} has capitals", "源端不区分大小写，但 {} 含有大写字母";
    CASE_REMEDY = "write the names as the catalogue lists them", "请按目录中的写法填写名称";
    MISSING = "not found: {}", "未找到：{}";
    AND_MORE = "{} and {} more", "{} 及另外 {} 个";
    SCHEMA_REMEDY = "create the database or correct the name; the account needs SELECT on it", "请创建数据库或更正名称；账号需要其 SELECT 权限";
    TABLE_REMEDY = "create the table or correct the name; the account needs SELECT on it", "请创建表或更正名称；账号需要其 SELECT 权限";
    NOT_PHYSICAL = "not a physical table: {}", "不是物理表：{}";
    NOT_PHYSICAL_REMEDY = "choose the tables below the view", "请选择视图之下的物理表";
    TOO_LONG = "the list of objects has {} bytes, the limit is 65536", "对象列表共 {} 字节，上限为 65536";
    TOO_LONG_REMEDY = "split the tables over several projects", "请将表拆分到多个项目";
    COLUMN_REMEDY = "correct the shard columns and the selected columns", "请更正分片列和选择列";
    FILTER = "row filter of {}: {}", "{} 的行过滤条件：{}";
    NO_KEY = "no key and no shard columns: {}", "没有主键且未设置分片列：{}";
    NO_KEY_REMEDY = "choose shard columns: order is only kept among rows with equal values", "请设置分片列：只有分片列值相同的行保证顺序";
    HAN_COLUMN = "columns with Chinese names: {}", "列名含有中文：{}";
    HAN_COLUMN_REMEDY = "rename the columns or leave the table out", "请重命名列或去掉该表";
    LOSSY = "Binlog Service up to 2.0.1 writes wrong values for: {}", "2.0.1 及以前的 Binlog 服务会写错以下列的值：{}";
    LOSSY_REMEDY = "make sure that the Binlog Service is newer, or that these columns hold no such values (unsigned above 9223372036854775807, BIT above 32 bits, decimals without integer digits)", "请确认 Binlog 服务版本更新，或这些列没有此类值（大于 9223372036854775807 的无符号数、超过 32 位的 BIT、没有整数位的小数）";
    NOT_LOGGED = "the source does not log these databases: {}", "源端不为以下数据库记录日志：{}";
    NOT_LOGGED_REMEDY = "take them out of binlog-ignore-db, or into binlog-do-db, and restart the source: nothing of them would arrive", "请从 binlog-ignore-db 中移除，或加入 binlog-do-db，并重启源端：否则不会收到其任何变更";
    CASCADES = "foreign keys with CASCADE or SET NULL change rows of these tables without writing it to the log (table <- parent): {}", "以下表的外键带有 CASCADE 或 SET NULL，由外键引起的变更不写入日志（表 <- 父表）：{}";
    CASCADES_REMEDY = "consumers keep such rows as they were: change them in the application before their parents, or let the consumers do what the foreign keys do", "消费端将保留这些行的旧值：请在应用中先修改子表再修改父表，或由消费端自行处理";
    UNORDERED = "not declared as FIFO: {}", "未声明为 FIFO：{}";
    UNORDERED_REMEDY = "order is kept on each queue all the same; where clients or a cloud ask for the type, set +message.type=FIFO on the topic", "每个队列内的顺序仍有保证；如客户端或云服务要求类型，请为 Topic 设置 +message.type=FIFO";
    TOPIC_REMEDY = "create the topic in RocketMQ; the service never creates topics", "请在 RocketMQ 中创建 Topic；本服务不会创建 Topic";
    NO_QUEUE = "no writable queue: {}", "没有可写队列：{}";
    NO_QUEUE_REMEDY = "give the topic write permission on its brokers", "请在 broker 上为 Topic 授予写权限";
}
