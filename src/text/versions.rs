//! Words of the pages about table versions and definitions.

use tidewire_words::texts;

texts! {
    TAB = "Table versions", "表结构版本";
    HINT = "A row is read with the columns that its table had at its place in the log.", "每一行都按该表在日志中此处的列来读取。";
    COUNT = "Versions", "版本数";
    SINCE = "Since", "生效位置";
    KNOWN_BY = "How it is known", "依据";
    STATEMENT = "Statement", "语句";
    CHANGED = "Changed", "变化";
    NOTHING_CHANGED = "no column", "列没有变化";
    FIRST = "nothing earlier is kept", "没有保留更早的版本";
    NONE_YET = "not known yet: told when its first row is read", "尚无：读到该表的第一行时确定";
    NO_VERSION = "Nothing is known of this table yet", "该表尚无表结构版本";
    NO_VERSION_HINT = "Its columns are told when the project runs: at the start, or at its first row.", "项目运行后，在启动时或读到该表的第一行时确定。";
    VERSION = "Version {}", "版本 {}";
    NEWEST = "newest", "最新";
    WAITS = "Waits for the next place that wants a definition", "等待用于下一个需要表结构的位置";
    WAITS_HINT = "Resume the project: the definition is compared with what the log says of the row, and used where it fits.", "请恢复项目：系统会将其与日志中该行的信息核对，一致时使用。";
    GONE = "The table is not there", "表不存在";
    UNKNOWN = "The statement was not understood: the columns behind it are not known", "语句无法识别，其后的列未知";
    BY_EVENT = "the log's own events", "日志事件";
    BY_CATALOGUE = "the source's catalogue, proven for this place", "源端目录，已核对在此处有效";
    BY_STATEMENT = "the version before and the statement", "按上一版本和语句推导";
    BY_GIVEN = "given by hand", "手工提供";
    ADDED = "added {}", "新增 {}";
    REMOVED = "removed {}", "删除 {}";
    ALTERED = "{}: {} → {}", "{}：{} → {}";
    MOVED = "moved {}", "移动 {}";
    KEY_CHANGED = "key ({}) → ({})", "键 ({}) → ({})";
    NO_KEY = "none", "无";
    COLUMNS = "{} column{s}", "{} 列";
    TYPE = "Type", "类型";
    NULLABLE = "May be NULL", "可为空";
    KEY = "Key", "键";
    YES = "yes", "是";
    ALL_TABLES = "All tables", "全部表";
    DEFINE = "Give a definition", "提供表结构";
    DEFINE_FOR = "Table", "表";
    DEFINE_FOR_HINT = "database.table, as the project has it", "库名.表名，与项目中一致";
    DEFINITION = "CREATE TABLE statement", "CREATE TABLE 语句";
    DEFINITION_HINT = "As the table was at the place where the project stopped, not as it is now: for instance what SHOW CREATE TABLE said then, or what your change scripts hold.", "请填写该表在项目停止位置时的结构，而不是现在的结构，例如当时 SHOW CREATE TABLE 的输出，或变更脚本中的语句。";
    DEFINE_SAYS = "It is kept for the next place at which the columns can't be told otherwise, and compared there with what the log says of them; where they differ, the project stops again and no row is sent.", "所提供的表结构用于下一个无法以其他方式确定列的位置，并在该处与日志核对；不一致时项目会再次停止，不会发送任何行。";
}
