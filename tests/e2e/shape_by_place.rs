//! Rows are read with the columns that their table had at their place in the log, however far the
//! reader is behind.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tidewire_rig::sql;

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;

/// A statement, and the message that it has to make.
type Step<'a> = (&'a str, Option<&'a str>);

/// What happens to a table `{t}` while nobody reads.
struct Script<'a> {
    name: &'a str,
    create: &'a str,
    steps: &'a [Step<'a>],
}

/// Two changes of a table, with rows before, between and behind them.
const SCRIPTS: &[Script<'_>] = &[
    Script {
        name: "exchanged",
        create: "CREATE TABLE {t} (id INT PRIMARY KEY, a INT, b INT)",
        steps: &[
            ("INSERT INTO {t} VALUES (1, 10, 20)", Some(r#"{"id":1,"a":10,"b":20}"#)),
            ("ALTER TABLE {t} CHANGE a b INT, CHANGE b a INT", None),
            ("INSERT INTO {t} VALUES (2, 10, 20)", Some(r#"{"id":2,"b":10,"a":20}"#)),
            ("ALTER TABLE {t} CHANGE a b INT, CHANGE b a INT", None),
            ("INSERT INTO {t} VALUES (3, 10, 20)", Some(r#"{"id":3,"a":10,"b":20}"#)),
        ],
    },
    Script {
        name: "emptied",
        create: "CREATE TABLE {t} (id INT PRIMARY KEY, a INT)",
        steps: &[
            ("TRUNCATE TABLE {t}", None),
            ("INSERT INTO {t} VALUES (2, 2)", Some(r#"{"id":2,"a":2}"#)),
            ("CREATE INDEX i ON {t} (a)", None),
            ("INSERT INTO {t} VALUES (3, 3)", Some(r#"{"id":3,"a":3}"#)),
            ("ALTER TABLE {t} CHANGE a b INT", None),
            ("INSERT INTO {t} VALUES (4, 4)", Some(r#"{"id":4,"b":4}"#)),
        ],
    },
    Script {
        name: "grown",
        create: "CREATE TABLE {t} (id INT PRIMARY KEY)",
        steps: &[
            ("ALTER TABLE {t} ADD a INT UNSIGNED", None),
            ("INSERT INTO {t} VALUES (1, 4294967295)", Some(r#"{"id":1,"a":4294967295}"#)),
            ("ALTER TABLE {t} ADD b VARCHAR(9) DEFAULT '中', MODIFY a BIGINT", None),
            ("INSERT INTO {t} (id, a) VALUES (2, -1)", Some(r#"{"id":2,"a":-1,"b":"中"}"#)),
            ("ALTER TABLE {t} DROP a, ADD c ENUM('x','y') FIRST", None),
            ("INSERT INTO {t} VALUES ('y', 3, 'z')", Some(r#"{"c":"y","id":3,"b":"z"}"#)),
            ("ALTER TABLE {t} MODIFY c ENUM('y','x')", None),
            ("INSERT INTO {t} VALUES ('y', 4, 'z')", Some(r#"{"c":"y","id":4,"b":"z"}"#)),
        ],
    },
    Script {
        name: "replaced",
        create: "CREATE TABLE {t} (id INT PRIMARY KEY, a INT)",
        steps: &[
            ("INSERT INTO {t} VALUES (1, 1)", Some(r#"{"id":1,"a":1}"#)),
            ("DROP TABLE {t}", None),
            ("CREATE TABLE {t} (n INT, id INT PRIMARY KEY)", None),
            ("INSERT INTO {t} VALUES (7, 2)", Some(r#"{"n":7,"id":2}"#)),
            ("RENAME TABLE {t} TO {t}_away", None),
            ("CREATE TABLE {t} (id INT PRIMARY KEY, later INT)", None),
            ("INSERT INTO {t} VALUES (3, 8)", Some(r#"{"id":3,"later":8}"#)),
            ("INSERT INTO {t}_away VALUES (9, 9)", None),
        ],
    },
    Script {
        // As gh-ost does it, with its table filled by the tool.
        name: "swapped",
        create: "CREATE TABLE {t} (id INT PRIMARY KEY, a INT)",
        steps: &[
            ("INSERT INTO {t} VALUES (1, 1)", Some(r#"{"id":1,"a":1}"#)),
            ("CREATE TABLE {t}_gho LIKE {t}", None),
            ("ALTER TABLE {t}_gho ADD COLUMN z INT AFTER id", None),
            ("INSERT INTO {t} VALUES (2, 2)", Some(r#"{"id":2,"a":2}"#)),
            ("INSERT INTO {t}_gho (id, a) SELECT id, a FROM {t}", None),
            ("RENAME TABLE {t} TO {t}_del, {t}_gho TO {t}", None),
            ("INSERT INTO {t} VALUES (3, 30, 3)", Some(r#"{"id":3,"z":30,"a":3}"#)),
            ("DROP TABLE IF EXISTS {t}_del", None),
            ("UPDATE {t} SET z = 9 WHERE id = 2", Some(r#"{"id":2,"z":9,"a":2}"#)),
        ],
    },
];

async fn run(source: Source, script: &Script<'_>, table: &str) -> Result<Vec<Value>> {
    let mut session = source.connect().await?;
    let mut wanted = Vec::new();
    for (statement, message) in script.steps {
        let statement = statement.replace("{t}", table);
        sql::run(&mut session, &[&statement]).await.with_context(|| statement.clone())?;
        wanted.extend(message.map(serde_json::from_str).transpose()?);
    }
    session.disconnect().await?;
    Ok(wanted)
}

async fn create(source: Source, script: &Script<'_>, table: &str) -> Result<()> {
    source.sql("CREATE DATABASE IF NOT EXISTS ledgers DEFAULT CHARSET utf8mb4").await?;
    source.sql(&script.create.replace("{t}", table)).await?;
    Ok(())
}

/// Holds the messages of a topic of one queue against what was wanted.
async fn prove(product: &Product, topic: &str, wanted: &[Value]) -> Result<()> {
    let mq = rocketmq().await?;
    mq.wait_for_count(topic, i64::try_from(wanted.len())?, Duration::from_secs(40))
        .await
        .with_context(|| product.log())?;
    let messages = mq.dump_topic(topic).await?;
    for (message, wanted) in messages.iter().zip(wanted) {
        let body: Value = serde_json::from_slice(&message.body)?;
        ensure!(body["postStruct"] == *wanted, "{} instead of {wanted}", body["postStruct"]);
    }
    ensure!(messages.len() == wanted.len(), "{} messages, {} wanted", messages.len(), wanted.len());
    Ok(())
}

async fn while_paused(source: Source, script: &Script<'_>) -> Result<()> {
    // GIVEN a project that has read all there is, and is paused
    let mq = rocketmq().await?;
    let name = format!("{}{}", script.name, source.name());
    let table = format!("ledgers.{name}");
    create(source, script, &table).await?;
    mq.create_topic(&name, 1, 6).await?;
    let product = Product::start().await?;
    product.apply(&ProjectFile::new(source, mq, &name, &table, &name).text()).await?;
    product.project("start", &name).await?;
    product.wait_streaming(&name).await?;
    product.project("pause", &name).await?;

    // WHEN the table is changed and written to, and the project goes on
    let wanted = run(source, script, &table).await?;
    product.project("resume", &name).await?;

    // THEN each row has the names and values of its time
    prove(&product, &name, &wanted).await.with_context(|| name.clone())
}

#[test]
fn columns_of_the_time_behind_on_mysql() {
    story(async {
        for script in SCRIPTS {
            while_paused(Source::mysql().await?, script).await?;
        }
        Ok(())
    });
}

#[test]
fn columns_of_the_time_behind_on_mariadb() {
    story(async {
        for script in SCRIPTS {
            while_paused(Source::mariadb().await?, script).await?;
        }
        Ok(())
    });
}

#[test]
fn columns_of_the_time_behind_on_oceanbase() {
    story(async {
        for script in SCRIPTS {
            while_paused(Source::oceanbase().await?, script).await?;
        }
        Ok(())
    });
}

/// The second that the source's clock shows next, and that it has come.
async fn next_second(source: Source) -> Result<i64> {
    let second = async || {
        let rows = source.sql("SELECT UNIX_TIMESTAMP()").await?;
        anyhow::Ok(rows[0][0].clone().context("no time")?.parse::<i64>()?)
    };
    let before = second().await?;
    while second().await? == before {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    second().await
}

/// A start in the past, behind which the table was changed, while the log no longer
/// holds how it was made: nobody can tell the columns of then.
async fn from_the_past(source: Source) -> Result<()> {
    // GIVEN a row, and a change of the order of the columns behind it
    let mq = rocketmq().await?;
    let name = format!("past{}", source.name());
    let table = format!("ledgers.{name}");
    let made = format!("CREATE TABLE {table} (id INT PRIMARY KEY, a INT, b INT) DEFAULT CHARSET=utf8mb4");
    source.sql("CREATE DATABASE IF NOT EXISTS ledgers DEFAULT CHARSET utf8mb4").await?;
    source.sql(&made).await?;
    source.sql("FLUSH LOGS").await?;
    let newest = source.sql("SHOW MASTER STATUS").await?.remove(0).remove(0).context("no log")?;
    source.sql(&format!("PURGE BINARY LOGS TO '{newest}'")).await?;
    let start = next_second(source).await?;
    source.sql(&format!("INSERT INTO {table} VALUES (1, 10, 20)")).await?;
    source.sql(&format!("ALTER TABLE {table} MODIFY b INT AFTER id")).await?;
    source.sql(&format!("INSERT INTO {table} VALUES (2, 21, 11)")).await?;
    mq.create_topic(&name, 1, 6).await?;
    let product = Product::start().await?;
    let file = ProjectFile::new(source, mq, &name, &table, &name).with(&format!("start = {start}"));
    product.apply(&file.text()).await?;

    // WHEN a project starts before the row THEN it stops and says why
    product.project("start", &name).await.ok();
    let error = product.wait_failed(&name, "schema_unknown").await?.to_string();
    ensure!(error.contains(&table) && error.contains("MODIFY b INT AFTER id"), "{error}");
    ensure!(mq.message_count(&name).await? == 0, "a row of an unknown shape was delivered");

    // AND refuses a text that does not define the table
    let text = product.data().join("definition.sql");
    let path = text.to_string_lossy().into_owned();
    std::fs::write(&text, "CREATE TABLE ledgers.another (id INT)")?;
    let refused = product.cli(&["project", "define", &name, &table, &path]).await?;
    ensure!(!refused.status.success() && refused.err.contains("ledgers.another"), "{refused:?}");

    // AND goes on with the one of then, without a row lost
    std::fs::write(&text, &made)?;
    product.must(&["project", "define", &name, &table, &path]).await?;
    product.project("resume", &name).await?;
    let wanted = [r#"{"id":1,"a":10,"b":20}"#, r#"{"id":2,"b":21,"a":11}"#].map(serde_json::from_str);
    let wanted = wanted.into_iter().collect::<serde_json::Result<Vec<Value>>>()?;
    prove(&product, &name, &wanted).await?;

    // AND shows how it came to the columns of now, once a checkpoint has saved it
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let versions = product.must(&["project", "schema", &name, &table]).await?;
        if versions.contains("MODIFY b INT AFTER id") && versions.contains("given") {
            return Ok(());
        }
        ensure!(Instant::now() < deadline, "{versions}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[test]
fn a_definition_by_hand_goes_on_where_nobody_can_tell() {
    story(async {
        from_the_past(Source::mysql().await?).await?;
        from_the_past(Source::mariadb().await?).await
    });
}
