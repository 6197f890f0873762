//! The facts of a fault: what the engine met, filled into the sentence of its
//! kind.

tidewire_words::texts! {
    MALFORMED = "malformed or cut short: {}", "内容有误或不完整：{}";
    TASK_LOST = "a task ended without an answer: {}", "后台任务异常结束：{}";


    XA_UNSEEN = "XA transaction {} was committed, and prepared before reading began: rows of it in followed tables are not sent", "XA 事务 {} 已提交，但其 PREPARE 位于开始读取之前：其中同步表的行不会发送";
    OTHER_LOG = "the log that was read ahead is another one", "预读到的日志不是同一份日志";
    TAGGED_GTID = "a tagged GTID (gtid_next=AUTOMATIC:tag)", "带标签的 GTID（gtid_next=AUTOMATIC:tag）";
    INCIDENT = "an incident event: the server lost changes", "INCIDENT 事件：服务器丢失了变更";
    COMPRESSED = "compressed events (log_bin_compress must be OFF)", "压缩的事件（log_bin_compress 须为 OFF）";
    NO_END = "transaction {} is followed by {} without an end", "事务 {} 没有结尾，其后是 {}";
    OTHER_BEGAN = "{} rows of {} were read, then {} began", "已读取 {} 行，所属事务为 {}，随后开始了 {}";
    OTHER_NUMBERS = "expected {} committed at {} µs or its successor, the log holds {} committed at {} µs", "应为 {}（提交时间 {} µs）或其后一个事务，日志中为 {}（提交时间 {} µs）";
    OTHER_CONTENT = "the log of this server is another one: expected is a transaction that ends at {}, committed at {} µs, it has one that ends at {}, committed at {} µs", "该服务器的日志不是原来的日志：应有结束于 {} 的事务（提交时间 {} µs），实际结束于 {}（提交时间 {} µs）";
    END_ALONE = "an end without a beginning at {}", "{} 处的事务有结尾而无开头";
    ROWS_ALONE = "rows without a beginning at {}", "{} 处的行没有事务开头";
    NO_TABLE_MAP = "a rows event without a TABLE_MAP", "行事件之前没有 TABLE_MAP";
    PARTIAL_IMAGE = "columns are missing in a row image, binlog_row_image is not FULL in some session", "行镜像缺少列，某个会话的 binlog_row_image 不是 FULL";

    NOTHING_FOR = "nothing for {} s", "已持续 {} 秒";
    COLUMN_TYPE = "column {} has type {}", "列 {} 的类型为 {}";
    COLUMN_CHARSET = "column {} has character set {}", "列 {} 的字符集为 {}";
    SHAPES = "known columns {}, columns in the log {}", "已知的列为 {}，日志中的列为 {}";
    SHAPE_AFTER = "the statement {} (in the log before {}) may have changed it; columns before it {}, columns in the log {}", "语句 {}（位于日志 {} 之前）可能修改了该表；此前的列为 {}，日志中的列为 {}";
    GIVEN_SHAPE = "the definition that was given has the columns {}, the log has {}", "所提供的定义中的列为 {}，日志中的列为 {}";
    NO_CREATE = "the text is not one CREATE TABLE statement with columns", "文本不是一条带列定义的 CREATE TABLE 语句";
    OTHER_TABLE = "the text defines {}, wanted is {}", "文本定义的是 {}，应为 {}";
    NO_CHARSET = "a column has no character set: write one for the table (DEFAULT CHARSET=..)", "有列没有字符集：请为表注明 DEFAULT CHARSET=..";
    LINE_NOT_READ = "line {} is not understood, at {}", "第 {} 行无法识别，位于 {} 处";
    OF_TABLE = "{}: {}", "{}：{}";
    TABLE_AWAY = "table {} does not exist; when it is created, its rows are followed", "表 {} 不存在；创建后将自动同步其数据";
    TABLE_LEFT = "table {} was dropped or renamed (at {}, {}: {}); when a table of that name comes back, its rows are followed", "表 {} 已被删除或改名（位置 {}，{}：{}）；同名表再次出现后将自动同步其数据";
    TRUNCATED = "table {} was emptied (at {}, {}: {}); the log has no rows of that, consumers keep theirs", "表 {} 已被清空（位置 {}，{}：{}）；日志中没有对应的行，消费者仍保留这些数据";
    STATEMENT_MISREAD = "table {}: a statement was read as making the columns {}, the catalogue shows {}, which is used: {}", "表 {}：按语句推断的列为 {}，目录中为 {}，以目录为准：{}";
    SHARD_COLUMN = "sharding column {}", "分片列 {}";
    SELECTED_COLUMN = "selected column {}", "选择列 {}";
    LATE = "it did not answer in time", "未及时响应";
    NO_CHECKPOINT = "no checkpoint to begin with", "没有可用的检查点";
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

    STORED_BELOW = "a message was stored at {}, {} were there", "消息存到了偏移量 {}，而队列此前已有 {} 条";
    NOT_READ_BACK = "topic {} queue {} can't be read back", "无法回读 Topic {} 队列 {}";
    BROKER_DOWN = "broker {} of topic {} is down; its queues wait for it", "Broker {}（Topic {}）已停止，其队列等待它恢复";

    QUEUE_COUNT = "topic {} had {} queue{s} and now has {}", "Topic {} 原有 {} 个队列，现有 {} 个";
    LOST_AGAIN = "broker {} lost confirmed messages of topic {} queue {}: it ends at {}; they are sent again from an older checkpoint", "Broker {} 丢失了 Topic {} 队列 {} 中已确认的消息：队列末尾为 {}；将从更早的检查点重新发送";
    LOST_FOR_GOOD = "broker {} lost confirmed messages of topic {} queue {}: it ends at {}; the loss is older than the kept checkpoints, messages are missing there", "Broker {} 丢失了 Topic {} 队列 {} 中已确认的消息：队列末尾为 {}；丢失早于保留的检查点，该队列缺少消息";
    UNDONE = "transaction {} undid rows that had left already, because it is larger than the memory of the project; consumers have them", "事务 {} 回滚了部分行，但因事务超过项目内存上限，这些行此前已发送，消费者已收到";
    LONG_TAILS = "the tails of the queues hold more than {} messages behind the checkpoint; rows behind that are delivered at least once, not exactly once", "队列中位于检查点之后的消息超过 {} 条；更靠后的行保证至少投递一次，但可能重复";
}
