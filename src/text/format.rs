//! One line about each message format.

use tidewire_words::texts;

texts! {
    DEFAULT = "Both whole rows and all metadata.", "变更前后整行及全部元信息。";
    EXTEND = "As Default, with the type of every column.", "在 Default 基础上附带每列的类型。";
    CANAL = "Canal's JSON as OMS writes it; every value a text.", "OMS 写法的 Canal JSON，所有值为文本。";
    CANAL_FLAT = "Exactly what Canal 1.1 itself writes.", "与 Canal 1.1 自身写出的内容完全一致。";
    DATAWORKS = "For the import into Dataworks: schema and both rows.", "用于导入 Dataworks：表结构与前后两行。";
    SHAREPLEX = "New values of what changed, the old row as key.", "变更列的新值，旧行作为 key。";
    DEBEZIUM = "Debezium's envelope under payload.", "payload 中的 Debezium 信封。";
    DEBEZIUM_FLATTEN = "Debezium's envelope without payload, as Flink reads it.", "不带 payload 的 Debezium 信封，Flink 可直接读取。";
    DEBEZIUM_SMT = "Only the row, with __deleted.", "仅行数据，带 __deleted。";
}
