//! Errors of the pipeline: each kind knows whether to retry or to stop, and
//! tells the operator the remedy.

use std::fmt;
use std::sync::Arc;

use tidewire_words::{Lang, Sentence, Text};

/// What to do about an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Try again from the last checkpoint, with back-off, for ever.
    Retry,
    /// Stop the project; a person has to act.
    Fail,
}

/// One row of the table below: the whole truth about an error kind.
struct Entry {
    code: &'static str,
    policy: Policy,
    sentence: Text,
    remedy: Text,
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $code:literal $policy:ident
        en: $en:literal => $en_remedy:literal, zh: $zh:literal => $zh_remedy:literal;)*) => {
        /// What happened: the whole vocabulary of failures.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            /// Every kind, for documentation and tests.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            fn entry(self) -> Entry {
                match self {
                    $(Self::$kind => Entry {
                        code: $code,
                        policy: Policy::$policy,
                        sentence: Text { en: $en, zh: $zh },
                        remedy: Text { en: $en_remedy, zh: $zh_remedy },
                    },)*
                }
            }
        }
    };
}

kinds! {
    /// No connection, or it broke.
    SourceUnreachable "source_unreachable" Retry
    en: "the source can't be reached: {}" => "check address, port and network; Tidewire keeps trying",
    zh: "无法连接源端：{}" => "请检查地址、端口和网络；Tidewire 会持续重试";
    /// No encrypted connection: certificate, authority or version of TLS.
    TlsFailed "tls_failed" Retry
    en: "no encrypted connection: {}" => "correct what is named here on the server or in the data source; Tidewire keeps trying",
    zh: "无法建立加密连接：{}" => "请在服务器或数据源中修正上述问题；Tidewire 会持续重试";
    /// Neither events nor heartbeats arrived in time.
    SourceSilent "source_silent" Retry
    en: "the source sent nothing, not even a heartbeat: {}" => "check the link and the Binlog Service; Tidewire reconnects by itself",
    zh: "源端没有任何数据，也没有心跳：{}" => "请检查链路和 Binlog 服务；Tidewire 会自动重连";
    /// The server ended the stream.
    SourceClosed "source_closed" Retry
    en: "the source closed the log stream: {}" => "nothing to do if it restarted; Tidewire reconnects from the last position",
    zh: "源端关闭了日志流：{}" => "若源端在重启则无需处理；Tidewire 会从上次位点重连";
    /// The server dropped this reader because another one with its ids came.
    SourceShared "source_shared" Retry
    en: "another reader with the server id of this project has taken over the log: {}" => "is the same project running on a second host, from a backup or a copied data directory? Stop one of the two: as long as both run, messages are repeated; Tidewire keeps trying",
    zh: "另一个使用本项目 server id 的读取端接管了日志：{}" => "同一项目是否正在另一台主机上运行（由备份或复制的数据目录启动）？请停止其中一个：两者同时运行会重复发送消息；Tidewire 会持续重试";
    /// Rows came outside of a transaction.
    StreamTorn "stream_torn" Retry
    en: "the log stream began inside a transaction: {}" => "Tidewire reads the transaction again from its start",
    zh: "日志流从事务中间开始：{}" => "Tidewire 会从该事务起点重新读取";
    /// Wrong user or password.
    SourceDenied "source_denied" Fail
    en: "the source refused the login: {}" => "correct user, tenant, cluster or password in the data source, then resume",
    zh: "源端拒绝登录：{}" => "请修正数据源中的用户名、租户、集群或密码，然后恢复";
    /// Not a server that can be followed.
    SourceUnsupported "source_unsupported" Fail
    en: "this server can't be followed: {}" => "use OceanBase CE 4.2.1 or later, MySQL 5.6 to 9.x, or MariaDB 10.5 or later",
    zh: "不支持该数据库：{}" => "请使用 OceanBase 社区版 4.2.1 及以上、MySQL 5.6 至 9.x 或 MariaDB 10.5 及以上";
    /// A setting of the server forbids following it.
    SourceSettings "source_settings" Fail
    en: "a setting of the source does not fit: {}" => "change the setting on the source, then resume",
    zh: "源端参数不符合要求：{}" => "请在源端修改该参数，然后恢复";
    /// The account lacks a right.
    PrivilegeMissing "privilege_missing" Fail
    en: "the account lacks a privilege: {}" => "GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* to the account",
    zh: "账号缺少权限：{}" => "请为账号授权：GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.*";
    /// The log no longer holds the position.
    PositionPurged "position_purged" Fail
    en: "the log no longer holds the position: {}" => "changes are missing; make a new project with a later start time and reload the data in between",
    zh: "日志中已没有该位点：{}" => "期间的变更已丢失；请以更晚的起始时间新建项目，并补齐期间数据";
    /// The log was numbered anew.
    LogRenumbered "log_renumbered" Fail
    en: "the log was started anew and no longer continues the saved position: {}" => "the binlog task was re-created or the server was reset; make a new project and reload the data in between",
    zh: "日志被重建，与已保存的位点不连续：{}" => "Binlog 任务被重建或服务器被重置；请新建项目并补齐期间数据";
    /// The start time is older than the log.
    StartTooEarly "start_too_early" Fail
    en: "the start time is older than the log: {}" => "choose a start time at or after the earliest possible one",
    zh: "起始时间早于日志保留范围：{}" => "请选择不早于最早可用时间的起始时间";
    /// A transaction has no end in the log.
    TransactionCutShort "transaction_cut_short" Fail
    en: "a transaction has no end in the log: {}" => "the source crashed while writing it; compare its rows with the topic, then resume",
    zh: "日志中的事务不完整：{}" => "源端写入时崩溃；请核对该事务的数据与 Topic，然后恢复";
    /// Something in the stream that is not supported.
    EventUnsupported "event_unsupported" Fail
    en: "the log holds something that can't be followed: {}" => "remove its cause on the source; make a new project that starts behind it",
    zh: "日志中包含不支持的内容：{}" => "请在源端消除原因，并新建起始时间在其之后的项目";
    /// Bytes that make no sense.
    EventMalformed "event_malformed" Fail
    en: "the log can't be read: {}" => "nothing was guessed or skipped; report it with the position shown",
    zh: "日志无法解析：{}" => "没有猜测或跳过任何数据；请附上位点反馈问题";
    /// Text that is not valid in its charset.
    TextInvalid "text_invalid" Fail
    en: "a text value is not valid in its character set: {}" => "correct the row on the source, then make a new project that starts behind it",
    zh: "文本内容不符合其字符集：{}" => "请在源端修正该行，并新建起始时间在其之后的项目";
    /// What columns a table had at this place can't be told.
    SchemaUnknown "schema_unknown" Fail
    en: "the columns of a table are not known at this place of the log: {}" => "give the table's CREATE TABLE text as it was at this place, on the project's page under table versions or by tidewire project define; then resume: no row is lost",
    zh: "无法确定表在日志此处的列：{}" => "请在项目的表结构版本页面或用 tidewire project define 提供该表当时的 CREATE TABLE 语句，然后恢复；数据不会丢失";
    /// A followed table is not in the catalogue.
    TableMissing "table_missing" Fail
    en: "a table of the project does not exist: {}" => "create the table, or take it out of the project",
    zh: "项目中的表不存在：{}" => "请创建该表，或将其从项目中移除";
    /// A column type or charset that can't be followed.
    ColumnUnsupported "column_unsupported" Fail
    en: "a column can't be followed: {}" => "take the table out of the project or change the column",
    zh: "不支持该列：{}" => "请将该表从项目中移除或修改该列";
    /// A table whose log can't be followed.
    TableUnsupported "table_unsupported" Fail
    en: "a table can't be followed: {}" => "take the table out of the project, or take from it what is named here (ALTER TABLE .. DROP SYSTEM VERSIONING), then resume",
    zh: "不支持该表：{}" => "请将该表从项目中移除，或取消上述特性（ALTER TABLE .. DROP SYSTEM VERSIONING），然后恢复";
    /// A configured column is not there.
    ColumnMissing "column_missing" Fail
    en: "a configured column does not exist: {}" => "correct the sharding columns, selected columns or row filter of the table, then resume",
    zh: "配置的列不存在：{}" => "请修正该表的分片列、选择列或行过滤条件，然后恢复";
    /// A session logged a change as a statement, so its rows are not in the log.
    StatementLogged "statement_logged" Fail
    en: "a change of table {} stands in the log as a statement, without its rows" => "set binlog_format to ROW for every session that changes this table (SHOW VARIABLES LIKE 'binlog_format' in that session tells); the rows of this change can't be had from the log: start a new project behind this place and bring the table's rows over by other means",
    zh: "表 {} 的一次变更以语句形式写入日志，日志中没有行数据" => "请将所有写该表的会话的 binlog_format 设为 ROW（可在该会话中执行 SHOW VARIABLES LIKE 'binlog_format' 查看）；该变更的行数据无法从日志取得：请以其后的位点新建项目，并用其他方式补齐该表数据";
    /// Rows of a followed table that an XA transaction prepared.
    XaTransaction "xa_transaction" Fail
    en: "an XA transaction changed table {}: the log has its rows before it is known whether they are committed" => "change this table in ordinary transactions only, or take it out of the project and resume; bring its rows over by other means: start a new project for it behind this place",
    zh: "XA 事务修改了表 {}：日志先记录其行，之后才能得知是否提交" => "请仅用普通事务修改该表，或将其从项目中移除后恢复；并以其后的位点为该表新建项目，用其他方式补齐数据";
    /// The row filter of a table does not fit its columns, or can't judge a row.
    FilterUnusable "filter_unusable" Fail
    en: "the row filter can't be used: {}" => "correct the row filter of the table, then resume",
    zh: "行过滤条件不可用：{}" => "请修正该表的行过滤条件，然后恢复";
    /// No name server or broker, or the connection broke.
    SinkUnreachable "sink_unreachable" Retry
    en: "RocketMQ can't be reached: {}" => "check name server and broker addresses and the network; Tidewire keeps trying",
    zh: "无法连接 RocketMQ：{}" => "请检查 NameServer 和 Broker 的地址及网络；Tidewire 会持续重试";
    /// A broker that holds queues of the project is not registered.
    BrokerAway "broker_away" Retry
    en: "queues of the project wait for their broker: {}" => "start the broker; where it was renamed or is gone for good, pause the project and adopt the new queues, in the project's menu or by tidewire project adopt-queues; Tidewire keeps trying",
    zh: "项目的队列正在等待其 Broker：{}" => "请启动该 Broker；若已改名或永久下线，请暂停项目，再从项目菜单或用 tidewire project adopt-queues 采用新队列；Tidewire 会持续重试";
    /// It answers, but for now not as asked: busy, disk full, no writes, no broker registered.
    SinkRefuses "sink_refuses" Retry
    en: "RocketMQ can't do what was asked for now: {}" => "act on the words of the broker, such as disk space, flow control or its write permission; Tidewire keeps trying",
    zh: "RocketMQ 暂时无法处理请求：{}" => "请根据 Broker 的提示处理，例如磁盘空间、流控或写权限；Tidewire 会持续重试";
    /// The broker lost messages that it had confirmed.
    BrokerLoss "broker_loss" Retry
    en: "a broker lost messages that it had confirmed: {}" => "Tidewire sends them again from an older checkpoint",
    zh: "Broker 丢失了已确认的消息：{}" => "Tidewire 会从更早的检查点重新发送";
    /// The topic's queues changed.
    QueuesChanged "queues_changed" Retry
    en: "the queues of a topic changed: {}" => "nothing to do; Tidewire adopts the new list after everything sent was confirmed",
    zh: "Topic 的队列发生变化：{}" => "无需处理；Tidewire 在已发送消息全部确认后采用新的队列列表";
    /// The topic does not exist.
    TopicMissing "topic_missing" Fail
    en: "the topic does not exist: {}" => "create the topic in RocketMQ, then resume; Tidewire never creates topics",
    zh: "Topic 不存在：{}" => "请在 RocketMQ 中创建该 Topic，然后恢复；Tidewire 不会自动创建 Topic";
    /// The topic can't be written to: its own permission, or that of its brokers.
    TopicNotWritable "topic_not_writable" Retry
    en: "the topic takes no writes: {}" => "give the topic write permission (mqadmin updateTopicPerm); where its broker takes no writes at all (brokerPermission, wipeWritePerm) open the broker again; Tidewire goes on by itself then",
    zh: "Topic 不可写：{}" => "请为该 Topic 开启写权限（mqadmin updateTopicPerm）；若 Broker 整体禁写（brokerPermission、wipeWritePerm），请恢复其写权限；恢复后 Tidewire 会自动继续";
    /// The group that queues are read back under does not exist.
    GroupMissing "group_missing" Fail
    en: "a group does not exist: {}" => "create the project's producer group as a subscription group, too (mqadmin updateSubGroup), because what was stored is read back under its name; then resume",
    zh: "消费组不存在：{}" => "请将项目的生产者群组同时创建为订阅组（mqadmin updateSubGroup），因为回读已存储的消息时使用该名称；然后恢复";
    /// Keys or rights are wrong.
    SinkDenied "sink_denied" Fail
    en: "RocketMQ refused access: {}" => "correct access key and secret key, or grant Pub, Sub and Get on the topic and Sub on the project's producer group, then resume; the precheck names what is missing",
    zh: "RocketMQ 拒绝访问：{}" => "请修正 AccessKey 与 SecretKey，或授予该 Topic 的 Pub、Sub、Get 权限以及项目生产者群组的 Sub 权限，然后恢复；预检查会列出缺少的权限";
    /// A row is too large for a message.
    MessageTooLarge "message_too_large" Fail
    en: "a row is too large for a message: {}" => "raise the broker's maxMessageSize where it is lower than 4 MiB, or shrink the row; then resume",
    zh: "该行超过消息大小上限：{}" => "若 Broker 的 maxMessageSize 低于 4 MiB 请调大，或减小该行；然后恢复";
    /// The broker refused a message for another reason.
    MessageRejected "message_rejected" Fail
    en: "the broker refused a message: {}" => "act on the broker's words, then resume",
    zh: "Broker 拒绝了消息：{}" => "请根据 Broker 的提示处理，然后恢复";
    /// The state database failed.
    StoreFailed "store_failed" Retry
    en: "the state database failed: {}" => "check space and rights of the data directory; Tidewire keeps trying",
    zh: "状态库读写失败：{}" => "请检查数据目录的空间和权限；Tidewire 会持续重试";
    /// A fault of the program itself.
    Internal "internal" Fail
    en: "an internal fault: {}" => "report it with the log; resume continues from the last position",
    zh: "内部错误：{}" => "请附上日志反馈；恢复后会从上次位点继续";
}

impl ErrorKind {
    /// Whether the pipeline retries by itself.
    pub fn policy(self) -> Policy {
        self.entry().policy
    }

    /// Short machine name, as in the API.
    pub fn code(self) -> &'static str {
        self.entry().code
    }

    /// One sentence: what happened. `{}` takes the detail.
    pub fn sentence(self) -> Text {
        self.entry().sentence
    }

    /// What the operator should do.
    pub fn remedy(self) -> Text {
        self.entry().remedy
    }
}

/// An error with the place where it happened. Never holds row values (a key is
/// named where a row must be found) or credentials.
#[derive(Clone, Debug)]
pub struct PipelineError {
    /// What happened.
    pub kind: ErrorKind,
    /// Facts: names, numbers, the server's own words.
    pub detail: Sentence,
    /// The number of the database server's error, where it refused something.
    pub server_code: Option<u16>,
    /// `database.table`, where one is concerned.
    pub table: Option<String>,
    /// Position in the source, as text.
    pub position: Option<String>,
    /// What lies below, for the log; pages show the sentence.
    cause: Option<Arc<Cause>>,
}

/// Why something failed, in the words of the libraries below, outermost first.
/// Kept as text: errors of connections can be neither copied nor sent on.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cause(String);

impl Cause {
    fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(error) = next {
            let words = error.to_string();
            // Many errors repeat what they wrap.
            if !text.ends_with(&words) {
                text = format!("{text}: {words}");
            }
            next = error.source();
        }
        Self(text)
    }
}

impl PipelineError {
    /// An error of this kind with its facts.
    pub fn new(kind: ErrorKind, detail: impl Into<Sentence>) -> Self {
        Self { kind, detail: detail.into(), server_code: None, table: None, position: None, cause: None }
    }

    /// Notes the number of the database server's error.
    #[must_use]
    pub const fn with_server_code(mut self, code: u16) -> Self {
        self.server_code = Some(code);
        self
    }

    /// Keeps what it comes from, for the log.
    #[must_use]
    pub fn caused_by(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        self.cause = Some(Arc::new(Cause::of(error)));
        self
    }

    /// Names the table.
    #[must_use]
    pub fn at_table(mut self, table: impl Into<String>) -> Self {
        self.table.get_or_insert_with(|| table.into());
        self
    }

    /// Names the position, unless one is named already.
    #[must_use]
    pub fn at_position(mut self, position: impl Into<String>) -> Self {
        self.position.get_or_insert_with(|| position.into());
        self
    }

    /// The sentence for a person.
    pub fn message(&self, lang: Lang) -> String {
        self.kind.sentence().fill(lang, &[self.detail.get(lang)])
    }

    /// The remedy for a person.
    pub fn remedy(&self, lang: Lang) -> &'static str {
        self.kind.remedy().get(lang)
    }
}

impl From<&PipelineError> for Sentence {
    fn from(error: &PipelineError) -> Self {
        Self { en: error.message(Lang::En), zh: error.message(Lang::Zh) }
    }
}

/// `{:#}` adds the cause.
impl fmt::Display for PipelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Lang::En))?;
        if let Some(table) = &self.table {
            write!(f, " [table {table}]")?;
        }
        if let Some(position) = &self.position {
            write!(f, " [position {position}]")?;
        }
        if let Some(cause) = self.cause.as_ref().filter(|_| f.alternate()) {
            write!(f, " [cause: {cause}]")?;
        }
        Ok(())
    }
}

impl std::error::Error for PipelineError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let cause = self.cause.as_deref()?;
        Some(cause)
    }
}

/// Result of the pipeline.
pub type PipelineResult<T> = Result<T, PipelineError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_for_the_log() {
        let below = std::io::Error::other(std::io::Error::other("cable is out"));
        let error = PipelineError::new(ErrorKind::SourceClosed, "X").caused_by(&below);
        assert!(!error.to_string().contains("cable") && !error.message(Lang::En).contains("cable"));
        assert!(format!("{error:#}").ends_with("[cause: cable is out]"));
        assert!(std::error::Error::source(&error).is_some());
    }

    #[test]
    fn every_kind_has_a_code_of_its_own_and_both_languages() {
        let codes: std::collections::HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!(codes.len(), ErrorKind::ALL.len());
        for kind in ErrorKind::ALL {
            let error = PipelineError::new(*kind, "X");
            assert!(
                error.message(Lang::En).contains('X') && error.message(Lang::Zh).contains('X'),
                "{kind:?}"
            );
            assert!(!error.remedy(Lang::Zh).is_ascii(), "{kind:?}");
        }
    }
}
