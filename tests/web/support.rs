//! A running service with a stand-in for the data path, and ways to ask it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::FutureExt as _;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tidewire::app::App;
use tidewire::config;
use tidewire::supervisor::engine::{Answer, Engine};
use tidewire::supervisor::spec::Job;
use tidewire_engine::checkpoint::{Checkpoint, Position, QueueMark};
use tidewire_engine::doors;
use tidewire_engine::doors::Described;
use tidewire_engine::doors::Queue;
use tidewire_engine::endpoint::{MqEndpoint, SourceEndpoint};
use tidewire_engine::error::{ErrorKind, PipelineError};
use tidewire_engine::kept::KeptMessage;
use tidewire_engine::project::Dml;
use tidewire_engine::schema::TableSchema;
use tidewire_engine::schema::declared::{RawColumn, build_column};
use tidewire_engine::stats::{RunPhase, Stats};
use tidewire_mysql::catalogue::{ColumnInfo, TableInfo};
use tidewire_mysql::role::Role;
use tidewire_mysql::settings::ServerInfo;
use tidewire_mysql::source::Begin;
use tidewire_mysql::unlogged::Unlogged;
use tidewire_rocketmq::topics::TopicInfo;
use tidewire_words::Text;
use tokio_util::sync::CancellationToken;

/// What `breaks` fails for.
const DISK_FULL: Text = Text { en: "disk full", zh: "磁盘已满" };

/// A source with the databases `shop` and `stock` (10,000 tables), a target with
/// the topics `orders` and `users`. What a project does is told by its name:
/// `breaks…` fails, `shapeless…` wants the columns of `shop.orders`, `proves` looks
/// ahead for them, `panics` panics, `lingers` takes its time to stop, `late` is
/// twenty minutes behind, `lags` two hours, `forgotten` has a position that the
/// log soon drops, and `forgottenandbroken` fails besides; `explodes` takes the
/// supervisor with it, `startslater` has read 4,570 rows from before its start, and
/// `counted` has rows of every kind.
struct StandIn;

fn fine<T: Send + 'static>(value: T) -> Answer<T> {
    async move { Ok(value) }.boxed()
}

impl Engine for StandIn {
    fn run(
        &self,
        job: Job,
        store: Arc<dyn doors::Store>,
        stats: Arc<Stats>,
        cancel: CancellationToken,
    ) -> Answer<()> {
        let spec = job.spec;
        assert_ne!(spec.name, "explodes", "on purpose");
        async move {
            match spec.name.as_str() {
                name if name.starts_with("breaks") => {
                    return Err(PipelineError::new(ErrorKind::StoreFailed, DISK_FULL));
                }
                name if name.starts_with("shapeless") => {
                    let error =
                        PipelineError::new(ErrorKind::SchemaUnknown, "shop.orders: ALTER TABLE orders");
                    return Err(error.at_table("shop.orders"));
                }
                "panics" => panic!("on purpose"),
                _ => {}
            }
            stats.show(|shown| shown.phase = RunPhase::Streaming);
            if spec.name == "late" {
                let behind = jiff::Timestamp::now().as_microsecond() - 20 * 60 * 1_000_000;
                stats.confirmed_micros.store(behind, Ordering::Relaxed);
            }
            if ["forgotten", "stranded"].iter().any(|begin| spec.name.starts_with(begin)) {
                store.save(at_the_begin_of_the_log(), Vec::new()).await.unwrap();
            }
            if spec.name == "forgottenandbroken" {
                return Err(PipelineError::new(ErrorKind::TopicMissing, "orders"));
            }
            stats.insert.store(3, Ordering::Relaxed);
            stats.messages.store(3, Ordering::Relaxed);
            show_traffic(&stats);
            if spec.name == "proves" {
                let reached = "binlog.000003:4096 / binlog.000009:77";
                stats.show(|shown| shown.looking_ahead = Some(reached.to_owned()));
            }
            if spec.name == "startslater" {
                stats.before_start.store(4570, Ordering::Relaxed);
            }
            if spec.name == "counted" {
                let counters =
                    [&stats.sent_again, &stats.before_start, &stats.filtered, &stats.already_there];
                for (counter, count) in counters.into_iter().zip([2, 4570, 12, 5]) {
                    counter.store(count, Ordering::Relaxed);
                }
            }
            if spec.name == "lags" {
                let behind = jiff::Timestamp::now().as_microsecond() - 7_500_000_000;
                stats.confirmed_micros.store(behind, Ordering::Relaxed);
            }
            cancel.cancelled().await;
            if spec.name == "lingers" {
                stats.show(|shown| shown.phase = RunPhase::Draining);
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            Ok(())
        }
        .boxed()
    }

    fn databases(&self, _: SourceEndpoint) -> Answer<Vec<String>> {
        fine(vec!["shop".to_owned(), "stock".to_owned()])
    }

    fn tables(&self, _: SourceEndpoint, database: String) -> Answer<Vec<TableInfo>> {
        let table = |name: &str, physical| TableInfo { name: name.to_owned(), physical };
        if database == "stock" {
            return fine((0..10_000).map(|number| table(&format!("item_{number:04}"), true)).collect());
        }
        fine(vec![
            table("orders", true),
            table("orders_view", false),
            table("users", true),
            table("表", true),
        ])
    }

    fn find_tables(&self, _: SourceEndpoint, part: String) -> Answer<Vec<(String, usize)>> {
        fine(if "orders".contains(&part) { vec![("shop".to_owned(), 2)] } else { Vec::new() })
    }

    fn columns(&self, _: SourceEndpoint, _: String, _: String) -> Answer<Vec<ColumnInfo>> {
        let column =
            |name: &str, key| ColumnInfo { name: name.to_owned(), column_type: "bigint(20)".to_owned(), key };
        fine(vec![column("id", true), column("user_id", false)])
    }

    fn schemas(&self, _: SourceEndpoint, tables: Vec<(String, String)>) -> Answer<Vec<Described>> {
        fine(tables.into_iter().map(|(database, table)| Ok(schema(database, table))).collect())
    }

    fn connect(&self, source: SourceEndpoint) -> Answer<ServerInfo> {
        if source.host == "nowhere" {
            return async { Err(PipelineError::new(ErrorKind::SourceUnreachable, "nowhere")) }.boxed();
        }
        if source.host == "ancient" {
            return async { Err(PipelineError::new(ErrorKind::SourceUnsupported, "version 5.5")) }.boxed();
        }
        fine(ServerInfo {
            gtid: true,
            identity: String::new(),
            version: "5.7.25-OceanBase".to_owned(),
            clock_offset_ms: 0,
            lower_case_table_names: 0,
        })
    }

    fn role(&self, source: SourceEndpoint) -> Answer<Role> {
        fine(if source.host == "standby" { Role::Standby } else { Role::Primary })
    }

    fn log(&self, _: SourceEndpoint) -> Answer<()> {
        fine(())
    }

    fn unlogged(&self, _: SourceEndpoint, _: Vec<(String, String)>) -> Answer<Unlogged> {
        fine(Unlogged::default())
    }

    fn privileges(&self, _: SourceEndpoint) -> Answer<()> {
        fine(())
    }

    fn opens(&self, _: SourceEndpoint, _: Begin) -> Answer<()> {
        fine(())
    }

    fn log_begin(&self, _: SourceEndpoint) -> Answer<Option<u64>> {
        fine(Some(1_700_000_000_000_000))
    }

    fn topics(&self, _: MqEndpoint) -> Answer<Vec<String>> {
        fine(vec!["orders".to_owned(), "users".to_owned()])
    }

    fn message_type(&self, _: MqEndpoint, name: String) -> Answer<Option<String>> {
        fine(Some(if name == "orders" { "FIFO" } else { "NORMAL" }.to_owned()))
    }

    fn brokers(&self, _: MqEndpoint) -> Answer<Vec<String>> {
        fine(vec!["broker-a".to_owned()])
    }

    fn road(&self, _: MqEndpoint, _: String, _: String) -> Answer<()> {
        fine(())
    }

    fn topic(&self, _: MqEndpoint, name: String) -> Answer<Option<TopicInfo>> {
        let there = ["orders", "users"].contains(&name.as_str());
        fine(there.then_some(TopicInfo { name, writable_queues: 8, readable_queues: 8 }))
    }
}

/// A day behind the first moment that the log still holds.
fn at_the_begin_of_the_log() -> Checkpoint {
    let position = Position {
        file: "binlog.000001".to_owned(),
        offset: 4,
        gtid_set: None,
        last_transaction: None,
        commit_micros: 1_700_000_000_000_000 + 86_400_000_000,
        skip_before: None,
    };
    Checkpoint {
        position,
        within: None,
        sequence: 0,
        // A broker that is not registered any more: its queue can be given up.
        queues: vec![QueueMark {
            topic: "orders".to_owned(),
            broker: "broker-gone".to_owned(),
            queue: 0,
            scan_from: 0,
            next: 0,
            witness: None,
            early_below: None,
        }],
        schema_version: 0,
        confirmed_before: None,
        clean: true,
        saved_at: 1_700_000_000_000,
    }
}

/// Two queues of `orders`, and one update of `shop.orders` with a hostile value.
fn show_traffic(stats: &Stats) {
    let queue = |id| Queue { topic: "orders".into(), broker: "broker-a".into(), id };
    let counts = stats.begin_queues([queue(0), queue(1)].into_iter());
    for (count, messages) in counts.iter().zip([30, 10]) {
        count.messages.store(messages, Ordering::Relaxed);
    }
    let body = r#"{"prevStruct":{"id":1,"note":"<script>alert(1)</script>"},"postStruct":{"id":1,"note":null},"recordType":"UPDATE"}"#;
    stats.keep(vec![KeptMessage {
        table: "shop.orders".to_owned(),
        kind: Dml::Update,
        queue: queue(1),
        offset: Some(8_812_004),
        at_ms: 1_700_000_000_000,
        keys: "shop.orders-1".to_owned(),
        position: "uuid:7:3".to_owned(),
        body: body.as_bytes().to_vec(),
        length: body.len(),
    }]);
}

/// `id` is the key; a table called `missing` is not there.
fn schema(database: String, table: String) -> Option<TableSchema> {
    let column = |name: &str| {
        build_column(&RawColumn {
            name: name.to_owned(),
            data_type: "bigint".to_owned(),
            column_type: "bigint(20)".to_owned(),
            charset: String::new(),
            ..RawColumn::default()
        })
        .unwrap()
    };
    let columns = vec![column("id"), column("user_id")];
    (table != "missing").then_some(TableSchema::new(database, table, columns, vec![0]))
}

pub(crate) struct TestApp {
    pub(crate) app: App,
    pub(crate) data: TempDir,
    pub(crate) http: reqwest::Client,
}

/// An answer with its body as JSON (or null) and as text.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) json: Value,
    pub(crate) text: String,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Reply {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = response.text().await.unwrap();
        Self { status, json: serde_json::from_str(&text).unwrap_or(Value::Null), text, headers }
    }

    /// The names of the wrong fields.
    pub(crate) fn fields(&self) -> Vec<String> {
        let fields = self.json.pointer("/error/fields").and_then(Value::as_object);
        fields.map(|fields| fields.keys().cloned().collect()).unwrap_or_default()
    }
}

pub(crate) async fn start_on(data: &Path) -> anyhow::Result<App> {
    let settings = config::load(None, |name| {
        Some(match name {
            "TIDEWIRE_LISTEN" => "127.0.0.1:0".to_owned(),
            _ => return None,
        })
    })
    .unwrap();
    App::start(&settings, data, Arc::new(StandIn)).await
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let app = start_on(data.path()).await.unwrap();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(20))
            .build()
            .unwrap();
        Self { app, data, http }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}{path}", self.app.url))
    }

    pub(crate) async fn api(&self, method: Method, path: &str, body: Option<Value>) -> Reply {
        let request = self.request(method, &format!("/api/v1{path}")).bearer_auth(&self.app.token);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        Reply::of(request.send().await.unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.api(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.api(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn apply(&self, text: &str, dry_run: bool) -> Reply {
        let request = self
            .request(Method::POST, &format!("/api/v1/apply?dry_run={dry_run}"))
            .bearer_auth(&self.app.token)
            .body(text.to_owned());
        Reply::of(request.send().await.unwrap()).await
    }

    /// Makes the data sources `ob` and `mq`.
    pub(crate) async fn with_datasources(self) -> Self {
        for body in [source(), target()] {
            let reply = self.post("/datasources", body).await;
            assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        }
        self
    }

    /// Makes a project with this name from `ob` to `mq`.
    pub(crate) async fn with_project(self, name: &str) -> Self {
        let reply = self.post("/projects", project(name)).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        self
    }

    /// Makes an account of the role USER; gives its one-time password.
    pub(crate) async fn account(&self, name: &str) -> String {
        let reply = self.post("/users", json!({ "name": name })).await;
        assert_eq!(reply.status, StatusCode::CREATED, "{}", reply.text);
        reply.json["password"].as_str().unwrap().to_owned()
    }

    /// Waits until a project's status has this value at a pointer.
    pub(crate) async fn until(&self, name: &str, pointer: &str, wanted: &Value) -> Value {
        for _ in 0..200 {
            let status = self.get(&format!("/projects/{name}/status")).await.json;
            if status.pointer(pointer) == Some(wanted) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{name} never reached {pointer} = {wanted}");
    }
}

pub(crate) fn source() -> Value {
    json!({"name": "ob", "kind": "oceanbase-ce", "address": "10.0.0.1:2883", "tenant": "t1", "user": "sync", "password": "p@ss w0rd"})
}

pub(crate) fn target() -> Value {
    json!({"name": "mq", "kind": "rocketmq", "address": "10.0.0.2:9876"})
}

pub(crate) fn project(name: &str) -> Value {
    json!({"name": name, "source": "ob", "target": "mq", "table": [{"table": "shop.orders", "topic": "orders"}]})
}
