//! End to end: rows wait in the log, the product is started and must deliver
//! them; then a steady trickle for latency; then one huge transaction.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tidewire_engine::endpoint::{DatasourceKind, MqEndpoint, SourceEndpoint, Tls};
use tidewire_rig::{Mysql56, OceanBase, RocketMq, RocketMqVersion, Workspace, sql};

use crate::product::Product;
use crate::{events, limits, line};

const ROWS: u64 = 600_000;
const HUGE: u64 = 2_000_000;
const TRICKLE: u64 = 10_000;

struct Side<'s> {
    name: &'s str,
    kind: DatasourceKind,
    port: u16,
    user: String,
    password: String,
    tenant: Option<String>,
    cluster: Option<String>,
}

pub(crate) async fn run() {
    let workspace = Workspace::new().unwrap();
    let (mq, mysql, oceanbase) = tokio::try_join!(
        RocketMq::start(&workspace, RocketMqVersion::V5_5_0),
        Mysql56::start(&workspace),
        OceanBase::start(&workspace),
    )
    .unwrap();
    let target = endpoint(&mq);
    mq.create_topic("raw", 8, 6).await.unwrap();
    // Once without counting: the broker's virtual machine gets warm.
    limits::raw_producer(&target, "raw", 620, None).await;
    let ready = limits::raw_producer(&target, "raw", 620, Some("ready batches sent, no source")).await;
    let side = Side {
        name: "MySQL 5.6",
        kind: DatasourceKind::Mysql,
        port: mysql.port(),
        user: "root".into(),
        password: String::new(),
        tenant: None,
        cluster: None,
    };
    measure(&workspace, &mq, &side, "mysql", None, ready).await;
    let login = oceanbase.root();
    let side = Side {
        name: "OceanBase rig",
        kind: DatasourceKind::OceanbaseCe,
        port: oceanbase.port(),
        user: login.split('@').next().unwrap().to_owned(),
        password: String::new(),
        tenant: Some(oceanbase.tenant().to_owned()),
        cluster: Some(oceanbase.cluster().to_owned()),
    };
    measure(&workspace, &mq, &side, "ob", Some(&oceanbase), ready).await;
}

fn endpoint(mq: &RocketMq) -> MqEndpoint {
    MqEndpoint {
        name_servers: mq.name_server(),
        credentials: None,
        namespace: None,
        tls: Tls::Off,
        tls_ca: None,
    }
}

fn seconds_now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

fn project_file(side: &Side<'_>, mq: &RocketMq, project: &str, topic: &str, start: u64) -> String {
    let kind = if side.kind == DatasourceKind::Mysql { "mysql" } else { "oceanbase-ce" };
    let mut file = format!(
        "[[datasource]]\nname = \"src\"\nkind = \"{kind}\"\naddress = \"127.0.0.1:{}\"\nuser = \"{}\"\npassword = \"{}\"\n",
        side.port, side.user, side.password
    );
    for (key, value) in [("tenant", &side.tenant), ("cluster", &side.cluster)] {
        if let Some(value) = value {
            file += &format!("{key} = \"{value}\"\n");
        }
    }
    file += &format!(
        "[[datasource]]\nname = \"mq\"\nkind = \"rocketmq\"\naddress = \"{}\"\n\
         [[project]]\nname = \"{project}\"\nsource = \"src\"\ntarget = \"mq\"\nstart = {start}\nstate = \"stopped\"\n\
         [[project.table]]\ntable = \"bench.orders\"\ntopic = \"{topic}\"\n",
        mq.name_server()
    );
    file
}

async fn load(conn: &mut mysql_async::Conn, first: u64, rows: u64, in_one: bool) {
    if in_one {
        sql::run(conn, &["BEGIN"]).await.unwrap();
    }
    let mut id = first;
    while id < first + rows {
        let values: Vec<String> = (id..(id + 1000).min(first + rows))
            .map(|id| {
                format!(
                    "({id},{},'客户 {id} 张三',1234567.89,3,'order number {id} of a customer who likes to write notes','2026-11-25 10:00:00')",
                    id % 10_000
                )
            })
            .collect();
        sql::run(conn, &[&format!("INSERT INTO bench.orders VALUES {}", values.join(","))]).await.unwrap();
        id += 1000;
    }
    if in_one {
        sql::run(conn, &["COMMIT"]).await.unwrap();
    }
}

async fn settle(oceanbase: Option<&OceanBase>) {
    if let Some(oceanbase) = oceanbase {
        oceanbase.wait_for_conversion(Duration::from_secs(120)).await.unwrap();
    }
}

async fn measure(
    workspace: &Workspace,
    mq: &RocketMq,
    side: &Side<'_>,
    project: &str,
    oceanbase: Option<&OceanBase>,
    ready: f64,
) {
    let login = match oceanbase {
        Some(oceanbase) => oceanbase.root(),
        None => side.user.clone(),
    };
    let mut conn = sql::connect(side.port, &login, &side.password).await.unwrap();
    sql::run(&mut conn, &["CREATE DATABASE bench CHARACTER SET utf8mb4", events::TABLE]).await.unwrap();
    if oceanbase.is_some() {
        sql::run(&mut conn, &["SET @tidewire_binlog_only = 1"]).await.unwrap();
    }
    // A transaction before the start, so that the log reaches back far enough.
    load(&mut conn, 1, 1, false).await;
    tokio::time::sleep(Duration::from_millis(2100)).await;
    let start = seconds_now() as u64;
    load(&mut conn, 1_000_000, ROWS, false).await;
    settle(oceanbase).await;

    let file = "mysql-bin.000001";
    let raw = limits::raw_dump(&source(side), file, ROWS, side.name).await;

    let topic = format!("orders_{project}");
    mq.create_topic(&topic, 8, 6).await.unwrap();
    let product = Product::start(workspace).await;
    product.apply(&project_file(side, mq, project, &topic, start));
    let idle = product.memory("VmRSS");
    let (cpu, began) = (product.cpu_seconds(), Instant::now());
    product.cli(&["project", "start", project, "--wait", "30"]).unwrap();
    let running = began.elapsed().as_secs_f64();
    product.wait_for(project, ROWS, Duration::from_secs(300)).await;
    let seconds = began.elapsed().as_secs_f64();
    let cpu = product.cpu_seconds() - cpu;
    let note = format!(
        "{:.2} µs CPU a row, {:.0} rows per CPU second, {running:.1} s of it until running, {:.0} MiB at start, {:.0} MiB peak, {:.2} of the tighter raw limit",
        cpu * 1e6 / ROWS as f64,
        ROWS as f64 / cpu,
        idle,
        product.memory("VmHWM"),
        ROWS as f64 / seconds / raw.min(ready),
    );
    line(&format!("{}: end to end", side.name), ROWS, seconds, &note);

    latency(mq, side, &product, project, &topic, &login).await;

    product.reset_peak();
    let before = product.messages(project).await;
    let began = Instant::now();
    load(&mut conn, 10_000_000, HUGE, true).await;
    product.wait_for(project, before + HUGE, Duration::from_secs(300)).await;
    let note = format!("source's own work included, {:.0} MiB peak", product.memory("VmHWM"));
    line(
        &format!("{}: one transaction of {HUGE} rows", side.name),
        HUGE,
        began.elapsed().as_secs_f64(),
        &note,
    );
}

fn source(side: &Side<'_>) -> SourceEndpoint {
    SourceEndpoint {
        kind: side.kind,
        host: "127.0.0.1".into(),
        port: side.port,
        tenant: side.tenant.clone(),
        cluster: side.cluster.clone(),
        user: side.user.clone(),
        password: side.password.as_str().into(),
        database: None,
        binlog_host_port: None,
        tls: Tls::Off,
        tls_ca: None,
    }
}

/// 1,000 rows a second, each its own transaction that carries its own time;
/// the broker's store time tells when it had arrived.
async fn latency(mq: &RocketMq, side: &Side<'_>, product: &Product, project: &str, topic: &str, login: &str) {
    let before = product.messages(project).await;
    let ends = mq.max_offsets(topic).await.unwrap();
    let mut conn = sql::connect(side.port, login, &side.password).await.unwrap();
    if side.kind == DatasourceKind::OceanbaseCe {
        sql::run(&mut conn, &["SET @tidewire_binlog_only = 1"]).await.unwrap();
    }
    let began = Instant::now();
    for id in 0..TRICKLE {
        let due = Duration::from_micros(id * 1000);
        if let Some(wait) = due.checked_sub(began.elapsed()) {
            tokio::time::sleep(wait).await;
        }
        let now = (seconds_now() * 1000.0) as u64;
        let statement = format!(
            "INSERT INTO bench.orders VALUES ({},1,'t',1,1,'{now}','2026-11-25 10:00:00')",
            2_000_000_000 + id
        );
        sql::run(&mut conn, &[&statement]).await.unwrap();
    }
    let rate = TRICKLE as f64 / began.elapsed().as_secs_f64();
    product.wait_for(project, before + TRICKLE, Duration::from_secs(60)).await;
    let mut waits: Vec<i64> = Vec::new();
    let now = mq.max_offsets(topic).await.unwrap();
    for (before, after) in ends.into_iter().zip(now) {
        for message in mq.dump_queue_range(topic, before.queue, before.max, after.max).await.unwrap() {
            let body: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
            // Queues are built with a delay, so rows of the load can show up here.
            if let Ok(sent) = body["postStruct"]["note"].as_str().unwrap().parse::<i64>() {
                waits.push(message.store_timestamp - sent);
            }
        }
    }
    waits.sort_unstable();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize];
    println!(
        "| {}: insert to stored, at {rate:.0} rows/s | | p50 {} ms, p99 {} ms, most {} ms ({} messages) |",
        side.name,
        at(0.5),
        at(0.99),
        at(1.0),
        waits.len()
    );
}
