//! What happens to the table while it is followed, and what a source may not be like.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tidewire_rig::RocketMq;

use crate::product::{Product, ProjectFile};
use crate::servers::{rocketmq, story};
use crate::source::Source;
use crate::workload::create_ledger;

/// Bodies of a topic of one queue, in order.
async fn bodies(mq: &RocketMq, topic: &str, count: i64) -> Result<Vec<Value>> {
    mq.wait_for_count(topic, count, Duration::from_secs(30)).await?;
    let messages = mq.dump_topic(topic).await?;
    messages.iter().map(|message| Ok(serde_json::from_slice(&message.body)?)).collect()
}

fn names(image: &Value) -> Vec<&str> {
    image.as_object().map(|image| image.keys().map(String::as_str).collect()).unwrap_or_default()
}

async fn columns_change(source: Source) -> Result<()> {
    // GIVEN a running project
    let mq = rocketmq().await?;
    let name = format!("columns{}", source.name());
    let table = format!("ledgers.{name}");
    create_ledger(source, &table).await?;
    mq.create_topic(&name, 1, 6).await?;
    let product = Product::start().await?;
    product.apply(&ProjectFile::new(source, mq, &name, &table, &name).text()).await?;
    product.project("start", &name).await?;

    // WHEN columns come and go between rows
    let statements = [
        format!("INSERT INTO {table} VALUES (1, 1, 'a')"),
        format!("ALTER TABLE {table} ADD COLUMN amount DECIMAL(10,2) AFTER version"),
        format!("INSERT INTO {table} VALUES (2, 1, 2.50, 'b')"),
        format!("ALTER TABLE {table} DROP COLUMN version"),
        format!("INSERT INTO {table} VALUES (3, 3.75, 'c')"),
        format!("ALTER TABLE {table} ADD COLUMN `备注` VARCHAR(20) DEFAULT '无'"),
        format!("UPDATE {table} SET amount = 9.00 WHERE id = 1"),
        format!("DELETE FROM {table} WHERE id = 2"),
    ];
    let mut count = 0;
    for statement in &statements {
        source.sql(statement).await?;
        if !statement.starts_with("ALTER") {
            // Each row is read before the next change of the table: the catalogue fits.
            count += 1;
            mq.wait_for_count(&name, count, Duration::from_secs(30))
                .await
                .with_context(|| format!("after {statement}\n{}", product.log()))?;
        }
    }

    // THEN each row has the names and values of its time
    let bodies = bodies(mq, &name, count).await?;
    let wanted = [
        ("postStruct", r#"{"id":1,"version":1,"text":"a"}"#),
        ("postStruct", r#"{"id":2,"version":1,"amount":2.50,"text":"b"}"#),
        ("postStruct", r#"{"id":3,"amount":3.75,"text":"c"}"#),
        ("postStruct", r#"{"id":1,"amount":9.00,"text":"a","备注":"无"}"#),
        ("prevStruct", r#"{"id":2,"amount":2.50,"text":"b","备注":"无"}"#),
    ];
    for (body, (image, wanted)) in bodies.iter().zip(wanted) {
        let wanted: Value = serde_json::from_str(wanted)?;
        ensure!(body[image] == wanted, "{} instead of {wanted}", body[image]);
        ensure!(!names(&body[image]).is_empty());
    }
    Ok(())
}

#[test]
fn columns_change_while_followed() {
    story(async {
        columns_change(Source::mysql().await?).await?;
        columns_change(Source::mariadb().await?).await?;
        columns_change(Source::oceanbase().await?).await
    });
}

#[test]
fn table_renamed_away() {
    story(async {
        let mq = rocketmq().await?;
        for source in [Source::mysql().await?, Source::oceanbase().await?] {
            // GIVEN a running project
            let product = Product::start().await?;
            let ledger = product.follow(source, mq, "renamed").await?;
            ledger.insert(1).await?;
            ledger.prove(&product, mq).await?;

            // WHEN its table is renamed away
            let rename = format!("RENAME TABLE {0} TO {0}_old", ledger.table);
            if let Source::OceanBase(ob) = source {
                // An OceanBase logs it when its catalogue shows it; the rig's proxy does it the other way round.
                ob.seekdb().sql(&rename).await?;
                ob.mysql().sql(&rename).await?;
            } else {
                source.sql(&rename).await?;
            }

            // THEN the project runs on and says so
            let status = product
                .wait_for("renamed", Duration::from_secs(30), |status| {
                    status["warnings"].as_array().is_some_and(|warnings| {
                        warnings.iter().any(|note| note.to_string().contains(&ledger.table))
                    })
                })
                .await?;
            ensure!(status["state"] == "running", "{status}");
            println!("{}", status["warnings"]);

            // AND follows the table that comes back under its name
            create_ledger(source, &ledger.table).await?;
            ledger.insert(2).await?;
            mq.wait_for_count(&ledger.topic, 2, Duration::from_secs(30)).await?;
        }
        Ok(())
    });
}

#[test]
fn row_image_not_full() {
    story(async {
        for source in [Source::mysql().await?, Source::mariadb().await?] {
            // GIVEN a server that logs changed columns only
            let mq = rocketmq().await?;
            source.sql("SET GLOBAL binlog_row_image = MINIMAL").await?;
            let name = format!("image{}", source.name());
            let table = format!("ledgers.{name}");
            create_ledger(source, &table).await?;
            mq.create_topic(&name, 1, 6).await?;
            let product = Product::start().await?;
            product.apply(&ProjectFile::new(source, mq, &name, &table, &name).text()).await?;

            // WHEN a project is started THEN it is refused and the setting is named
            let refused = product.start_refused(&name).await;
            source.sql("SET GLOBAL binlog_row_image = FULL").await?;
            let words = refused?;
            ensure!(words.contains("binlog_row_image"), "{words}");

            // AND a session that does so by itself later stops the running project
            product.project("start", &name).await?;
            source.sql(&format!("INSERT INTO {table} VALUES (1, 1, 'a')")).await?;
            let mut session = source.connect().await?;
            let statements =
                ["SET binlog_row_image = MINIMAL", &format!("UPDATE {table} SET version = 2 WHERE id = 1")];
            tidewire_rig::sql::run(&mut session, &statements).await?;
            let status = product
                .wait_for(&name, Duration::from_secs(30), |status| status["state"] == "failed")
                .await?;
            println!("{}", status["error"]);
            ensure!(mq.message_count(&name).await? == 1, "a row without all its columns was delivered");
        }
        Ok(())
    });
}

#[test]
fn wrong_password() {
    story(async {
        for source in [Source::mysql().await?, Source::mariadb().await?] {
            // GIVEN a data source with a wrong password
            let mq = rocketmq().await?;
            source.sql("GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'sync'@'%' IDENTIFIED BY 'right'")
                .await?;
            let name = format!("password{}", source.name());
            let table = format!("ledgers.{name}");
            create_ledger(source, &table).await?;
            mq.create_topic(&name, 1, 6).await?;
            let product = Product::start().await?;
            let file = ProjectFile::new(source, mq, &name, &table, &name).text();
            let with = |password: &str| {
                file.replacen(
                    "user = \"root\"\npassword = \"\"",
                    &format!("user = \"sync\"\npassword = \"{password}\""),
                    1,
                )
            };
            product.apply(&with("wrong-one")).await?;

            // WHEN the project is started THEN it is refused, and the password is in no text
            let words = product.start_refused(&name).await?;
            ensure!(!words.contains("wrong-one") && !product.log().contains("wrong-one"), "{words}");

            // AND it runs with the right one
            product.apply(&with("right")).await?;
            product.project("start", &name).await?;

            // AND when the password changes while it is paused, it fails
            product.project("pause", &name).await?;
            source.sql("SET PASSWORD FOR 'sync'@'%' = PASSWORD('other')").await?;
            product.resume_fails(&name, "source_denied").await?;
        }
        Ok(())
    });
}
