//! The servers start, hold what is given to them, survive what tests do to them, and leave nothing.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::Result;
use tidewire_rig::{MariaDb, Mysql56, RocketMq, RocketMqVersion, SeekDb, Workspace};

async fn produces_and_dumps(version: RocketMqVersion) -> Result<()> {
    let workspace = Workspace::new()?;
    let begun = Instant::now();
    let rocketmq = RocketMq::start(&workspace, version).await?;
    println!("RocketMQ {} up after {:?}", version.text(), begun.elapsed());
    let begun = Instant::now();
    rocketmq.create_topic("orders", 4, 6).await?;
    println!("topic made in {:?}", begun.elapsed());
    let properties = BTreeMap::from([("TW_POS".to_owned(), "a:1-\"中文\"".to_owned())]);
    for number in 0..10 {
        let body = format!("订单 {number}");
        let offset =
            rocketmq.send("orders", number % 4, body.as_bytes(), Some("k"), Some("t"), &properties).await?;
        assert_eq!(offset, i64::from(number / 4));
    }
    let begun = Instant::now();
    rocketmq.kill_broker();
    rocketmq.start_broker().await?;
    println!("broker back {:?} after its kill", begun.elapsed());

    let begun = Instant::now();
    rocketmq.stop_name_server();
    rocketmq.start_name_server().await?;
    println!("name server back after {:?}", begun.elapsed());

    let messages = rocketmq.dump_topic("orders").await?;
    let bodies: Vec<String> = messages.iter().map(|message| message.text()).collect();
    let expected = [0, 4, 8, 1, 5, 9, 2, 6, 3, 7].map(|number| format!("订单 {number}"));
    assert_eq!(bodies, expected);
    assert_eq!(messages[0].properties["TW_POS"], "a:1-\"中文\"");
    assert_eq!(messages[0].keys.as_deref(), Some("k"));
    assert_eq!(messages[0].tags.as_deref(), Some("t"));
    assert!(!messages[0].msg_id.is_empty());
    assert_eq!(rocketmq.dump_queue_range("orders", 1, 1, 3).await?.len(), 2);
    assert_eq!(rocketmq.message_count("orders").await?, 10);

    let begun = Instant::now();
    rocketmq.fill("orders", 50_000, 600).await?;
    let filled = begun.elapsed();
    let count = rocketmq.dump_topic("orders").await?.len();
    println!("50,000 messages stored in {filled:?}, read in {:?}", begun.elapsed() - filled);
    assert_eq!(count, 50_010);

    rocketmq.freeze_broker()?;
    rocketmq.thaw_broker()?;
    rocketmq.delete_topic("orders").await?;
    assert!(rocketmq.dump_topic("orders").await.is_err());
    let folder = workspace.folder().to_owned();
    drop((rocketmq, workspace));
    assert!(!folder.exists());
    Ok(())
}

#[tokio::test]
async fn rocketmq_5_produces_and_dumps() -> Result<()> {
    produces_and_dumps(RocketMqVersion::V5_5_0).await
}

#[tokio::test]
async fn rocketmq_4_produces_and_dumps() -> Result<()> {
    produces_and_dumps(RocketMqVersion::V4_7_1).await
}

#[tokio::test]
async fn databases_start_and_restart() -> Result<()> {
    let workspace = Workspace::new()?;
    let begun = Instant::now();
    let (mysql, mariadb, seekdb) =
        tokio::try_join!(Mysql56::start(&workspace), MariaDb::start(&workspace), SeekDb::start(&workspace))?;
    println!("three databases up after {:?}", begun.elapsed());
    let version = async |rows: Result<Vec<Vec<Option<String>>>>| rows.map(|rows| rows[0][0].clone());
    let text = version(mysql.sql("SELECT @@version").await).await?;
    assert!(text.is_some_and(|text| text.starts_with("5.6")));
    let text = version(mariadb.sql("SELECT @@version").await).await?;
    assert!(text.is_some_and(|text| text.starts_with("10.11")));
    let text = version(seekdb.sql("SELECT VERSION()").await).await?;
    assert!(text.is_some_and(|text| text.contains("OceanBase")));

    mysql.sql("CREATE TABLE test.t (id INT PRIMARY KEY, v VARCHAR(20))").await?;
    mysql.sql("INSERT INTO test.t VALUES (1, '表情😀')").await?;
    mysql.kill();
    mysql.start_again().await?;
    mysql.restart().await?;
    let rows = mysql.sql("SELECT id, v, NULL FROM test.t").await?;
    assert_eq!(rows, [[Some("1".to_owned()), Some("表情😀".to_owned()), None]]);
    mariadb.restart().await?;
    seekdb.kill();
    seekdb.start_again().await?;
    Ok(())
}
