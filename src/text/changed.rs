//! What records of changes call the fields of projects and data sources: the
//! labels of their forms, where those are names.

use tidewire_words::{Text, texts};

use super::{datasource, wizard};

texts! {
    NAME = "Name", "名称";
    DML = "Kinds of changes", "变更类型";
    GROUP = "Producer group", "生产者群组";
    TRACE = "Message trace", "消息追踪";
    OBJECTS = "Objects", "同步对象";
    ADDRESS = "Address", "地址";
    CLUSTER = "Cluster", "集群名";
    SECRET = "Password or SecretKey", "密码或 SecretKey";
    DATABASE = "Database", "DataBase Name";
    BINLOG = "Binlog Service", "Binlog 服务地址";
    ACCESS_KEY = "AccessKey", "AccessKey";
    NAMESPACE = "Instance", "实例 ID";
    NOTE = "Remark", "备注";
}

/// What people call the field that files and the API call `field`.
#[must_use]
pub fn word(field: &str) -> Option<Text> {
    Some(match field {
        "name" => NAME,
        "tags" => wizard::TAGS,
        "source" => wizard::SOURCE,
        "target" => wizard::TARGET,
        "dml" => DML,
        "start" => wizard::START,
        "format" => wizard::FORMAT,
        "typed_values" => wizard::TYPED,
        "sequence_in_transaction" => wizard::SEQUENCE,
        "business_id" => wizard::BUSINESS,
        "producer_group" => GROUP,
        "message_trace" => TRACE,
        "message_tag" => wizard::TAG_MESSAGE,
        "batch" => wizard::BATCH,
        "split_key_change" => wizard::SPLIT,
        "table" => OBJECTS,
        "address" => ADDRESS,
        "tenant" => datasource::TENANT,
        "cluster" => CLUSTER,
        "user" => datasource::USER,
        "secret" => SECRET,
        "database" => DATABASE,
        "binlog_address" => BINLOG,
        "access_key" => ACCESS_KEY,
        "namespace" => NAMESPACE,
        "tls" => datasource::TLS,
        "note" => NOTE,
        _ => return None,
    })
}
