//! The facts of a fault: what the pipeline met, filled into the sentence of its
//! kind. What servers, brokers and the system say themselves is passed on as
//! they say it.

use super::Text;

texts! {
    SAID = "{}: {}", "{}：{}";
    SAID_ERROR = "{}: {} (error {})", "{}：{}（错误 {}）";
    SAID_CODE = "{}: {} (code {})", "{}：{}（代码 {}）";
    MALFORMED = "malformed or cut short: {}", "内容有误或不完整：{}";
    TASK_LOST = "a task ended without an answer: {}", "后台任务异常结束：{}";

    THE_SOURCE = "the source", "源端";
    LOGIN_LATE = "{} did not answer the login within {} s", "{} 未在 {} 秒内响应登录";
    STATEMENT_LATE = "no answer to a statement within {} s", "语句在 {} 秒内没有返回";
    DUMP_LATE = "the request for the log was not answered", "读取日志的请求没有得到响应";
    NOTHING_FOR = "nothing for {} s", "已持续 {} 秒";
    END_OF_STREAM = "end of stream", "数据流已结束";
    GTID_SET = "GTID set {} can't be sent: {}", "无法发送 GTID 集合 {}：{}";

    VERSION = "version {}: {}", "版本 {}：{}";
    NOT_OCEANBASE = "this is not OceanBase", "该服务器不是 OceanBase";
    IS_OCEANBASE = "this is OceanBase; use kind oceanbase-ce", "该服务器是 OceanBase，请选择类型 OceanBase CE";
    IS_MARIADB = "this is MariaDB; use kind mariadb", "该服务器是 MariaDB，请选择类型 MariaDB";
    NOT_MARIADB = "this is not MariaDB", "该服务器不是 MariaDB";
    OLDER_THAN = "older than {}", "早于 {}";
    NOT_A_SOURCE = "RocketMQ is not a source", "RocketMQ 不能作为源端";
    SETTING = "{} is {}, it must be {}", "{} 为 {}，应为 {}";
    NO_LOG_FILE = "the server has no log file yet: {} is empty", "服务器还没有日志文件：{} 的结果为空";

    START_TOO_EARLY = "start {}; earliest possible start {}, where the oldest file {} begins", "起始时间 {}；最早可用时间 {}，即最旧的日志文件 {} 的开头";
    SERVICE_HAS = "saved {}, the service has {}", "已保存 {}，Binlog 服务现有 {}";
    SERVER_HAS = "saved {}, the server has {}", "已保存 {}，服务器现有 {}";
    SERVER_PURGED = "saved {}, the server has purged {}", "已保存 {}，服务器已清除 {}";
    DOMAIN_AT = "saved domain {} sequence {}, the server is at {}", "已保存 domain {} 的序号 {}，服务器现为 {}";
    AT_PLACE = "{} ({})", "{}（{}）";
    AFTER_SET = "after {} ({})", "{} 之后（{}）";

    XA = "an XA transaction", "XA 事务";
    TAGGED_GTID = "a tagged GTID (gtid_next=AUTOMATIC:tag)", "带标签的 GTID（gtid_next=AUTOMATIC:tag）";
    INCIDENT = "an incident event: the server lost changes", "INCIDENT 事件：服务器丢失了变更";
    COMPRESSED = "compressed events (log_bin_compress must be OFF)", "压缩的事件（log_bin_compress 须为 OFF）";
    NO_END = "transaction {} is followed by {} without an end", "事务 {} 没有结尾，其后是 {}";
    OTHER_BEGAN = "{} rows of {} were read, then {} began", "已读取 {} 行，所属事务为 {}，随后开始了 {}";
    OTHER_NUMBERS = "expected {} committed at {} µs or its successor, the log holds {} committed at {} µs", "应为 {}（提交时间 {} µs）或其后一个事务，日志中为 {}（提交时间 {} µs）";
    END_ALONE = "an end without a beginning at {}", "{} 处的事务有结尾而无开头";
    ROWS_ALONE = "rows without a beginning at {}", "{} 处的行没有事务开头";
    NO_TABLE_MAP = "a rows event without a TABLE_MAP", "行事件之前没有 TABLE_MAP";
    PARTIAL_IMAGE = "columns are missing in a row image, binlog_row_image is not FULL in some session", "行镜像缺少列，某个会话的 binlog_row_image 不是 FULL";

    SHAPES = "catalogue {}, log {}", "目录中为 {}，日志中为 {}";
    TABLE_GONE = "{} (dropped or renamed)", "{}（已删除或改名）";
    COLUMN_TYPE = "column {} has type {}", "列 {} 的类型为 {}";
    COLUMN_CHARSET = "column {} has character set {}", "列 {} 的字符集为 {}";
    SHARD_COLUMN = "sharding column {}", "分片列 {}";
    SELECTED_COLUMN = "selected column {}", "选择列 {}";
    NO_MAPPING = "a table without mapping", "该表没有映射";
    NO_LANES = "topic {} has no lanes", "Topic {} 没有发送通道";
    NO_TABLE = "rows without table or transaction", "行数据没有对应的表或事务";

    FILTER_VALUE = "it can't read the value of column {}", "无法读取列 {} 的值";
    FILTER_RANGE = "its arithmetic is out of the range of BIGINT", "运算结果超出 BIGINT 的范围";
    FILTER_RANGE_OF = "its arithmetic with column {} is out of the range of BIGINT", "列 {} 参与的运算结果超出 BIGINT 的范围";
    VALUE = "column {}, key ({}): {}", "列 {}，键（{}）：{}";
    NOT_IN_CHARSET = "the text is not valid {}", "文本不是有效的 {}";
    NOT_UTF8 = "a text is not valid UTF-8", "文本不是有效的 UTF-8";
    UNREADABLE = "a {} value can't be read", "无法读取 {} 值";
    LARGE_MESSAGE = "table {}, key ({}): message of {} bytes, limit {}", "表 {}，键（{}）：消息 {} 字节，上限 {}";
    LARGE_PROPERTIES = "table {}, key ({}): properties of {} bytes, limit {}", "表 {}，键（{}）：消息属性 {} 字节，上限 {}";

    THE_CLIENT = "the client", "客户端";
    THE_PRODUCER = "the producer", "生产者";
    CLIENT_START = "the RocketMQ client can't start: {}", "RocketMQ 客户端无法启动：{}";
    CLIENT_CLOSED = "the client is closed", "客户端已关闭";
    PRODUCER_CLOSED = "the producer is closed", "生产者已关闭";
    CALL_LATE = "{} did not answer in time", "{} 未及时响应";
    NO_NAME_SERVER = "no name server is named", "未填写 NameServer 地址";
    TOPIC_LIST = "the topic list can't be read: {}", "无法读取 Topic 列表：{}";
    NO_ROUTE = "broker {} is not in the route", "路由中没有 Broker {}";
    NO_OFFSET = "{}: an answer without offset", "{}：应答中没有偏移量";
    QUEUE = "topic {} queue {}", "Topic {} 队列 {}";
    QUEUE_END = "end of topic {} queue {}", "查询 Topic {} 队列 {} 的末尾";
    READING_BACK = "reading back topic {} queue {}", "回读 Topic {} 队列 {}";
    MESSAGE = "topic {} queue {}, message of {} bytes with keys {}", "Topic {} 队列 {}，消息 {} 字节，KEYS 为 {}";
    NOT_TEXT = "properties are not text", "消息属性不是文本";
    EMPTY_BATCH = "an empty batch", "批次中没有消息";
    STORED_BELOW = "a message was stored at {}, {} were there", "消息存到了偏移量 {}，而队列此前已有 {} 条";
    NOT_READ_BACK = "topic {} queue {} can't be read back", "无法回读 Topic {} 队列 {}";
    BROKER_DOWN = "broker {} of topic {} is down; its queues wait for it", "Broker {}（Topic {}）已停止，其队列等待它恢复";

    QUEUE_COUNT = "topic {} had {} queue{s} and now has {}", "Topic {} 原有 {} 个队列，现有 {} 个";
    LOST_AGAIN = "broker {} lost confirmed messages of topic {} queue {}: it ends at {}; they are sent again from an older checkpoint", "Broker {} 丢失了 Topic {} 队列 {} 中已确认的消息：队列末尾为 {}；将从更早的检查点重新发送";
    LOST_FOR_GOOD = "broker {} lost confirmed messages of topic {} queue {}: it ends at {}; the loss is older than the kept checkpoints, messages are missing there", "Broker {} 丢失了 Topic {} 队列 {} 中已确认的消息：队列末尾为 {}；丢失早于保留的检查点，该队列缺少消息";
    LONG_TAILS = "the tails of the queues hold more than {} messages behind the checkpoint; rows behind that are delivered at least once, not exactly once", "队列中位于检查点之后的消息超过 {} 条；更靠后的行保证至少投递一次，但可能重复";

    STORED_VALUE = "a stored value can't be read: {}", "无法读取已保存的值：{}";
    STORE_NEWER = "its schema {} is newer than this program knows ({})", "状态库的结构版本 {} 高于本程序支持的版本（{}）";
    STORE_UNWRITABLE = "{} can't be written", "无法写入 {}";
    STORE_CLOSED = "it is closed", "状态库已关闭";
}
