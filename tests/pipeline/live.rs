//! The pipeline alone between real servers: no console, no database file.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tidewire::model::datasource::{DatasourceKind, MqEndpoint, SourceEndpoint, Tls};
use tidewire::model::project::{Limits, ProjectOptions, ProjectSpec, StartPoint, TableMapping};
use tidewire::pipeline::checkpoint::{Checkpoint, CheckpointStore, SchemaVersion};
use tidewire::pipeline::sink::host::Host;
use tidewire::pipeline::stats::Stats;
use tidewire_rig::{Mysql56, RocketMq, RocketMqVersion, Workspace};
use tokio_util::sync::CancellationToken;

#[derive(Default)]
struct Memory {
    checkpoints: Mutex<Vec<Checkpoint>>,
    schemas: Mutex<Vec<SchemaVersion>>,
}

impl CheckpointStore for Memory {
    fn load(&self) -> BoxFuture<'_, Result<Vec<Checkpoint>, String>> {
        async { Ok(self.checkpoints.lock().unwrap().iter().rev().cloned().collect()) }.boxed()
    }
    fn save(&self, checkpoint: Checkpoint, schemas: Vec<SchemaVersion>) -> BoxFuture<'_, Result<(), String>> {
        async {
            self.checkpoints.lock().unwrap().push(checkpoint);
            self.schemas.lock().unwrap().extend(schemas);
            Ok(())
        }
        .boxed()
    }
    fn rewind(&self, checkpoint: Checkpoint) -> BoxFuture<'_, Result<(), String>> {
        async {
            let mut all = self.checkpoints.lock().unwrap();
            all.retain(|kept| kept.saved_at < checkpoint.saved_at);
            all.push(checkpoint);
            Ok(())
        }
        .boxed()
    }
    fn schemas(&self) -> BoxFuture<'_, Result<Vec<SchemaVersion>, String>> {
        async { Ok(self.schemas.lock().unwrap().clone()) }.boxed()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mysql_rows_arrive() {
    let _ = env_logger::builder().is_test(true).filter_level(log::LevelFilter::Info).try_init();
    let workspace = Workspace::new().unwrap();
    let (mysql, mq) =
        tokio::join!(Mysql56::start(&workspace), RocketMq::start(&workspace, RocketMqVersion::V5_5_0));
    let (mysql, mq) = (mysql.unwrap(), mq.unwrap());
    mq.create_topic("orders", 8, 6).await.unwrap();
    mysql.sql("CREATE DATABASE shop CHARACTER SET utf8mb4").await.unwrap();
    mysql
        .sql("CREATE TABLE shop.orders (id INT PRIMARY KEY, name VARCHAR(40), amount DECIMAL(10,2))")
        .await
        .unwrap();
    let spec = ProjectSpec {
        id: "np_test00000001".into(),
        name: "live".into(),
        source: SourceEndpoint {
            kind: DatasourceKind::Mysql,
            host: "127.0.0.1".into(),
            port: mysql.port(),
            tenant: None,
            cluster: None,
            user: "root".into(),
            password: "".into(),
            database: None,
            binlog_host_port: None,
            tls: Tls::Off,
            tls_ca: None,
        },
        target: MqEndpoint {
            name_servers: mq.name_server(),
            credentials: None,
            namespace: None,
            tls: Tls::Off,
            tls_ca: None,
        },
        start: StartPoint::Now,
        options: ProjectOptions::default(),
        tables: vec![TableMapping {
            database: "shop".into(),
            table: "orders".into(),
            topic: "orders".into(),
            shard_columns: vec![],
        }],
        limits: Limits::default(),
    };
    let host = Arc::new(Host::start().unwrap());
    let cancel = CancellationToken::new();
    let store: Arc<Memory> = Arc::default();
    let stats: Arc<Stats> = Arc::default();
    let task = tokio::spawn(tidewire::pipeline::run(
        Arc::new(spec),
        store.clone(),
        stats.clone(),
        host.clone(),
        cancel.clone(),
    ));
    let started = std::time::Instant::now();
    while store.checkpoints.lock().unwrap().is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(started.elapsed() < Duration::from_secs(30), "{:?}", stats.shown());
    }
    mysql.sql("INSERT INTO shop.orders VALUES (1,'中文😀',1.5),(2,'b',2.25)").await.unwrap();
    mysql.sql("UPDATE shop.orders SET name='c' WHERE id=2").await.unwrap();
    mysql.sql("UPDATE shop.orders SET id=3 WHERE id=2").await.unwrap();
    mysql.sql("DELETE FROM shop.orders WHERE id=1").await.unwrap();
    let started = std::time::Instant::now();
    loop {
        let found = mq.dump_topic("orders").await.unwrap();
        if found.len() >= 6 {
            for message in &found {
                println!(
                    "{} {} {:?} {:?} {} {}",
                    message.queue,
                    message.offset,
                    message.keys,
                    message.properties.get("TW_POS"),
                    message.msg_id,
                    message.text()
                );
            }
            break;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{} {:?}", found.len(), stats.shown());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    cancel.cancel();
    task.await.unwrap().unwrap();
    host.shutdown().await;
    println!("{:?}", store.checkpoints.lock().unwrap().last());
}
