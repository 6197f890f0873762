//! What the supervisor and the services need of the data path, as a trait:
//! [`PipelineEngine`] is the real one, tests of the doors bring their own.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::de::DeserializeOwned;
use tidewire_engine::Doors;
use tidewire_engine::doors::Described;
use tidewire_engine::doors::Store;
use tidewire_engine::endpoint::{MqEndpoint, SourceEndpoint};
use tidewire_engine::error::PipelineError;
use tidewire_engine::schema::TableSchema;
use tidewire_engine::stats::Stats;
use tidewire_mysql::catalogue::{ColumnInfo, TableInfo};
use tidewire_mysql::role::Role;
use tidewire_mysql::settings::ServerInfo;
use tidewire_mysql::source::{Begin, MySqlSource};
use tidewire_mysql::unlogged::Unlogged;
use tidewire_rocketmq::host::Host;
use tidewire_rocketmq::sink::RocketMq;
use tidewire_rocketmq::topics::TopicInfo;
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;

use super::apart;
use super::question::{Fault, OfSource, OfTarget, Question};
use super::spec::Job;

/// An answer of the data path.
pub type Answer<T> = BoxFuture<'static, Result<T, PipelineError>>;

/// Runs projects and asks sources and targets.
pub trait Engine: Send + Sync + 'static {
    /// Runs a project until it is cancelled or meets a definite error.
    fn run(
        &self,
        job: Job,
        store: Arc<dyn Store>,
        stats: Arc<Stats>,
        cancel: CancellationToken,
    ) -> Answer<()>;
    /// Databases with user tables.
    fn databases(&self, source: SourceEndpoint) -> Answer<Vec<String>>;
    /// Tables of a database.
    fn tables(&self, source: SourceEndpoint, database: String) -> Answer<Vec<TableInfo>>;
    /// Databases with tables whose name contains a text, and how many.
    fn find_tables(&self, source: SourceEndpoint, part: String) -> Answer<Vec<(String, usize)>>;
    /// Columns of a table.
    fn columns(&self, source: SourceEndpoint, database: String, table: String) -> Answer<Vec<ColumnInfo>>;
    /// Full schemas of tables, in their order; each may be missing or refused by itself.
    fn schemas(&self, source: SourceEndpoint, tables: Vec<(String, String)>) -> Answer<Vec<Described>>;
    /// Login, version and clock.
    fn connect(&self, source: SourceEndpoint) -> Answer<ServerInfo>;
    /// Whether its log gets every change.
    fn role(&self, source: SourceEndpoint) -> Answer<Role>;
    /// Binlog settings.
    fn log(&self, source: SourceEndpoint) -> Answer<()>;
    /// Which changes of tables the source keeps out of its log.
    fn unlogged(&self, source: SourceEndpoint, tables: Vec<(String, String)>) -> Answer<Unlogged>;
    /// Rights of the account.
    fn privileges(&self, source: SourceEndpoint) -> Answer<()>;
    /// Whether the log can be read from where a run would begin.
    fn opens(&self, source: SourceEndpoint, begin: Begin) -> Answer<()>;
    /// The first moment that the log still holds, microseconds since 1970.
    fn log_begin(&self, source: SourceEndpoint) -> Answer<Option<u64>>;
    /// Topics that can be written to.
    fn topics(&self, target: MqEndpoint) -> Answer<Vec<String>>;
    /// Brokers, each of which was asked.
    fn brokers(&self, target: MqEndpoint) -> Answer<Vec<String>>;
    /// One topic.
    fn topic(&self, target: MqEndpoint, topic: String) -> Answer<Option<TopicInfo>>;
    /// Whether messages to a topic would get through, sent and read back under a
    /// group.
    fn road(&self, target: MqEndpoint, topic: String, group: String) -> Answer<()>;
    /// The attribute `message.type` of a topic, where it is told.
    fn message_type(&self, target: MqEndpoint, topic: String) -> Answer<Option<String>>;
}

/// The real data path: projects run in this process, each question is put to a
/// process of its own.
#[derive(Debug)]
pub struct PipelineEngine {
    host: Arc<Host>,
}

impl PipelineEngine {
    /// An engine over the RocketMQ connections of the process.
    #[must_use]
    pub fn new(host: Arc<Host>) -> Self {
        Self { host }
    }
}

impl Engine for PipelineEngine {
    fn run(
        &self,
        job: Job,
        store: Arc<dyn Store>,
        stats: Arc<Stats>,
        cancel: CancellationToken,
    ) -> Answer<()> {
        let Job { spec, source, target } = job;
        let doors = Doors {
            source: Arc::new(MySqlSource::new(source, &spec.id)),
            sink: Arc::new(RocketMq::new(&self.host, &target, &spec.options)),
            store,
            clock: Arc::new(SystemClock),
        };
        tidewire_engine::run(spec, doors, stats, cancel).boxed()
    }

    fn databases(&self, source: SourceEndpoint) -> Answer<Vec<String>> {
        of_source(source, OfSource::Databases)
    }

    fn tables(&self, source: SourceEndpoint, database: String) -> Answer<Vec<TableInfo>> {
        of_source(source, OfSource::Tables(database))
    }

    fn find_tables(&self, source: SourceEndpoint, part: String) -> Answer<Vec<(String, usize)>> {
        of_source(source, OfSource::FindTables(part))
    }

    fn columns(&self, source: SourceEndpoint, database: String, table: String) -> Answer<Vec<ColumnInfo>> {
        of_source(source, OfSource::Columns(database, table))
    }

    fn schemas(&self, source: SourceEndpoint, tables: Vec<(String, String)>) -> Answer<Vec<Described>> {
        async move {
            let question = Question::Source(source, OfSource::Schemas(tables));
            let found: Vec<Result<Option<TableSchema>, Fault>> = apart::ask(question).await?;
            Ok(found.into_iter().map(|one| one.map_err(Fault::error)).collect())
        }
        .boxed()
    }

    fn connect(&self, source: SourceEndpoint) -> Answer<ServerInfo> {
        of_source(source, OfSource::Connect)
    }

    fn role(&self, source: SourceEndpoint) -> Answer<Role> {
        of_source(source, OfSource::Role)
    }

    fn log(&self, source: SourceEndpoint) -> Answer<()> {
        of_source(source, OfSource::Log)
    }

    fn unlogged(&self, source: SourceEndpoint, tables: Vec<(String, String)>) -> Answer<Unlogged> {
        of_source(source, OfSource::Unlogged(tables))
    }

    fn privileges(&self, source: SourceEndpoint) -> Answer<()> {
        of_source(source, OfSource::Privileges)
    }

    fn opens(&self, source: SourceEndpoint, begin: Begin) -> Answer<()> {
        of_source(source, OfSource::Opens(begin))
    }

    fn log_begin(&self, source: SourceEndpoint) -> Answer<Option<u64>> {
        of_source(source, OfSource::LogBegin)
    }

    fn topics(&self, target: MqEndpoint) -> Answer<Vec<String>> {
        of_target(target, OfTarget::Topics)
    }

    fn brokers(&self, target: MqEndpoint) -> Answer<Vec<String>> {
        of_target(target, OfTarget::Brokers)
    }

    fn road(&self, target: MqEndpoint, topic: String, group: String) -> Answer<()> {
        of_target(target, OfTarget::Road(topic, group))
    }

    fn message_type(&self, target: MqEndpoint, topic: String) -> Answer<Option<String>> {
        of_target(target, OfTarget::MessageType(topic))
    }

    fn topic(&self, target: MqEndpoint, topic: String) -> Answer<Option<TopicInfo>> {
        of_target(target, OfTarget::Topic(topic))
    }
}

fn of_source<T: DeserializeOwned + Send + 'static>(source: SourceEndpoint, what: OfSource) -> Answer<T> {
    apart::ask(Question::Source(source, what)).boxed()
}

fn of_target<T: DeserializeOwned + Send + 'static>(target: MqEndpoint, what: OfTarget) -> Answer<T> {
    apart::ask(Question::Target(target, what)).boxed()
}
