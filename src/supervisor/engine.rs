//! What the supervisor and the services need of the data path, as a trait:
//! [`PipelineEngine`] is the real one, tests of the doors bring their own.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tidewire_engine::Doors;
use tidewire_engine::doors::Store;
use tidewire_engine::endpoint::{MqEndpoint, SourceEndpoint};
use tidewire_engine::error::PipelineError;
use tidewire_engine::project::StartPoint;
use tidewire_engine::stats::Stats;
use tidewire_mysql::catalogue::{self, ColumnInfo, Described, TableInfo};
use tidewire_mysql::role::{self, Role};
use tidewire_mysql::settings::{self, ServerInfo};
use tidewire_mysql::source::MySqlSource;
use tidewire_rocketmq::host::Host;
use tidewire_rocketmq::sink::RocketMq;
use tidewire_rocketmq::topics::{self, TopicInfo};
use tokio_util::sync::CancellationToken;

use crate::clock::SystemClock;

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
    /// Rights of the account.
    fn privileges(&self, source: SourceEndpoint) -> Answer<()>;
    /// Whether the log still holds the start point.
    fn start_point(&self, source: SourceEndpoint, start: StartPoint) -> Answer<()>;
    /// The first moment that the log still holds, microseconds since 1970.
    fn log_begin(&self, source: SourceEndpoint) -> Answer<Option<u64>>;
    /// Topics that can be written to.
    fn topics(&self, target: MqEndpoint) -> Answer<Vec<String>>;
    /// One topic.
    fn topic(&self, target: MqEndpoint, topic: String) -> Answer<Option<TopicInfo>>;
    /// The attribute `message.type` of a topic, where it is told.
    fn message_type(&self, target: MqEndpoint, topic: String) -> Answer<Option<String>>;
}

/// The real data path.
#[derive(Debug)]
pub struct PipelineEngine {
    host: Arc<Host>,
}

impl PipelineEngine {
    /// An engine over the client runtime of the process.
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
        async move { catalogue::databases(&source).await }.boxed()
    }

    fn tables(&self, source: SourceEndpoint, database: String) -> Answer<Vec<TableInfo>> {
        async move { catalogue::tables(&source, &database).await }.boxed()
    }

    fn find_tables(&self, source: SourceEndpoint, part: String) -> Answer<Vec<(String, usize)>> {
        async move { catalogue::find_tables(&source, &part).await }.boxed()
    }

    fn columns(&self, source: SourceEndpoint, database: String, table: String) -> Answer<Vec<ColumnInfo>> {
        async move { catalogue::columns(&source, &database, &table).await }.boxed()
    }

    fn schemas(&self, source: SourceEndpoint, tables: Vec<(String, String)>) -> Answer<Vec<Described>> {
        async move { catalogue::schemas(&source, &tables).await }.boxed()
    }

    fn connect(&self, source: SourceEndpoint) -> Answer<ServerInfo> {
        async move { settings::connect_check(&source).await }.boxed()
    }

    fn role(&self, source: SourceEndpoint) -> Answer<Role> {
        async move { role::role(&source).await }.boxed()
    }

    fn log(&self, source: SourceEndpoint) -> Answer<()> {
        async move { settings::log_check(&source).await }.boxed()
    }

    fn privileges(&self, source: SourceEndpoint) -> Answer<()> {
        async move { settings::privilege_check(&source).await }.boxed()
    }

    fn start_point(&self, source: SourceEndpoint, start: StartPoint) -> Answer<()> {
        async move { settings::start_check(&source, start).await }.boxed()
    }

    fn log_begin(&self, source: SourceEndpoint) -> Answer<Option<u64>> {
        async move { settings::log_begin(&source).await }.boxed()
    }

    fn topics(&self, target: MqEndpoint) -> Answer<Vec<String>> {
        let host = Arc::clone(&self.host);
        async move { topics::list(&host, &target).await }.boxed()
    }

    fn message_type(&self, target: MqEndpoint, topic: String) -> Answer<Option<String>> {
        let host = Arc::clone(&self.host);
        async move { topics::message_type(&host, &target, &topic).await }.boxed()
    }

    fn topic(&self, target: MqEndpoint, topic: String) -> Answer<Option<TopicInfo>> {
        let host = Arc::clone(&self.host);
        async move { topics::describe(&host, &target, &topic).await }.boxed()
    }
}
