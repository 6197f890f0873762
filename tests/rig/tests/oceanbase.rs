//! The OceanBase proxy: SQL, and a binlog in the form of the Binlog Service.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use futures_util::StreamExt;
use mysql_async::binlog::EventType;
use mysql_async::binlog::events::{Event, EventData, RowsEventData};
use mysql_async::consts::ColumnType;
use mysql_async::{BinlogStream, BinlogStreamRequest, Conn, GnoInterval, Sid};
use tidewire_rig::{OceanBase, OceanBaseOptions, Workspace, sql};

async fn dump(connection: Conn, uuid: &str, done: u64) -> Result<BinlogStream> {
    let bytes = u128::from_str_radix(&uuid.replace('-', ""), 16)?.to_be_bytes();
    let sid = Sid::new(bytes).with_intervals(vec![GnoInterval::new(1, done + 1)]);
    let sids = if done == 0 { vec![] } else { vec![sid] };
    let request = BinlogStreamRequest::new(4242).with_gtid().with_gtid_set(sids).with_pos(4u64);
    Ok(connection.get_binlog_stream(request).await?)
}

async fn with_heartbeat(ob: &OceanBase) -> Result<Conn> {
    let mut connection = ob.connect().await?;
    sql::run(&mut connection, &["SET @master_heartbeat_period = 100000000"]).await?;
    Ok(connection)
}

async fn next(stream: &mut BinlogStream) -> Result<Event> {
    let event = tokio::time::timeout(Duration::from_secs(10), stream.next()).await?;
    Ok(event.context("the stream ended")??)
}

/// Transaction number and number of rows of each transaction up to `last`; checks the form on the way.
async fn transactions(stream: &mut BinlogStream, last: u64) -> Result<Vec<(u64, u64)>> {
    let mut found: Vec<(u64, u64)> = Vec::new();
    let mut table_map = false;
    let mut commit = 0;
    loop {
        let event = next(stream).await?;
        match event.header().event_type_raw() {
            33 => {
                let body = event.data();
                let number = u64::from_le_bytes(body[17..25].try_into()?);
                let seconds = u64::from_le_bytes(body[26..34].try_into()?);
                let micros = u64::from_le_bytes(body[34..42].try_into()?);
                assert_eq!(seconds, u64::from(event.header().timestamp()));
                assert!(seconds * 1_000_000 + micros > commit);
                commit = seconds * 1_000_000 + micros;
                found.push((number, 0));
            }
            19 => table_map = true,
            30..=32 => {
                // The note column of `orders` is JSON as OceanBase has it, not MySQL 5.6's text.
                assert!(table_map, "each row event has its own table map");
                table_map = false;
                let Some(EventData::RowsEvent(rows)) = event.read_data()? else { panic!("no rows") };
                let map = stream.get_tme(rows.table_id()).context("no table map")?;
                if map.table_name() == "orders" {
                    assert_eq!(map.get_raw_column_type(3)?, Some(ColumnType::MYSQL_TYPE_JSON));
                }
                let count = match &rows {
                    RowsEventData::WriteRowsEvent(rows) => rows.rows(map).count(),
                    RowsEventData::UpdateRowsEvent(rows) => rows.rows(map).count(),
                    RowsEventData::DeleteRowsEvent(rows) => rows.rows(map).count(),
                    other => panic!("unexpected {other:?}"),
                };
                assert_eq!(count, 1);
                found.last_mut().context("rows before a GTID")?.1 += 1;
            }
            // Ends a transaction of rows; DDL has none.
            16 if found.last().is_some_and(|(number, _)| *number >= last) => return Ok(found),
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_dump_gives_one_row_per_event_and_goes_on_after_a_resume() -> Result<()> {
    let workspace = Workspace::new()?;
    let begun = Instant::now();
    let options = OceanBaseOptions { root_password: Some("geheim".to_owned()), ..Default::default() };
    let ob = OceanBase::start_with(&workspace, options).await?;
    println!("OceanBase up after {:?}", begun.elapsed());
    let wrong = sql::sql(ob.port(), &ob.root(), "wrong", "SELECT 1").await;
    assert!(format!("{:#}", wrong.expect_err("a wrong password")).contains("Access denied"));
    let stranger = sql::sql(ob.port(), "root@t2#c1", "geheim", "SELECT 1").await;
    assert!(stranger.is_err());

    ob.run(&[
        "CREATE DATABASE shop",
        "USE shop",
        "CREATE TABLE orders (id BIGINT PRIMARY KEY, name VARCHAR(40), price DECIMAL(10,2), note JSON)",
        "INSERT INTO orders VALUES (1, '表情😀', 1.50, NULL), (2, 'b', 2.00, '{}'), (3, 'c', 3, NULL)",
        "BEGIN",
        "UPDATE orders SET price = price + 1",
        "DELETE FROM orders WHERE id = 2",
        "COMMIT",
    ])
    .await?;
    let rows = ob.sql("SELECT id, name, price FROM shop.orders ORDER BY id").await?;
    assert_eq!(rows.len(), 2);
    assert_eq!(rows[0][1].as_deref(), Some("表情😀"));
    let mysql = ob.mysql().sql("SELECT id, name, price FROM shop.orders ORDER BY id").await?;
    assert_eq!(rows, mysql);
    let version = ob.sql("SELECT VERSION()").await?;
    assert!(version[0][0].as_deref().is_some_and(|text| text.contains("OceanBase")));
    ob.wait_for_conversion(Duration::from_secs(10)).await?;
    let status = ob.sql("SHOW MASTER STATUS").await?;
    assert_eq!(status[0][4].as_deref(), Some(format!("{}:1-4", ob.uuid()).as_str()));

    let mut stream = dump(with_heartbeat(&ob).await?, &ob.uuid(), 0).await?;
    assert_eq!(transactions(&mut stream, 4).await?, [(1, 0), (2, 0), (3, 3), (4, 4)]);
    // Live, on the same stream.
    ob.sql("DELETE FROM shop.orders WHERE id = 3").await?;
    assert_eq!(transactions(&mut stream, 5).await?, [(5, 1)]);
    assert_eq!(next(&mut stream).await?.header().event_type()?, EventType::HEARTBEAT_EVENT);

    // From the middle, by GTID, over a rotation and a restart of MySQL 5.6.
    ob.rotate()?;
    ob.mysql().restart().await?;
    ob.sql("INSERT INTO shop.orders VALUES (9, 'z', 9, NULL)").await?;
    let mut stream = dump(with_heartbeat(&ob).await?, &ob.uuid(), 3).await?;
    assert_eq!(transactions(&mut stream, 6).await?, [(4, 4), (5, 1), (6, 1)]);

    // A purged transaction is refused, an empty set begins at the oldest file left.
    ob.purge_to("mysql-bin.000001")?;
    let mut stream = dump(with_heartbeat(&ob).await?, &ob.uuid(), 3).await?;
    let error = next(&mut stream).await.expect_err("purged");
    assert!(format!("{error:#}").contains("no longer exists"), "{error:#}");
    let mut stream = dump(with_heartbeat(&ob).await?, &ob.uuid(), 0).await?;
    assert_eq!(transactions(&mut stream, 6).await?, [(6, 1)]);
    Ok(())
}

#[tokio::test]
async fn a_crashed_converter_repeats_the_half_transaction() -> Result<()> {
    let workspace = Workspace::new()?;
    let ob = OceanBase::start(&workspace).await?;
    ob.run(&["CREATE TABLE test.t (id INT PRIMARY KEY)", "INSERT INTO test.t VALUES (1)"]).await?;
    ob.wait_for_conversion(Duration::from_secs(10)).await?;
    ob.crash_converter_mid_transaction(2);
    ob.sql("INSERT INTO test.t VALUES (2), (3), (4), (5)").await?;
    let mut stream = dump(with_heartbeat(&ob).await?, &ob.uuid(), 0).await?;
    assert_eq!(transactions(&mut stream, 2).await?, [(1, 0), (2, 1)]);
    while !ob.converter_is_crashed() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let status = ob.sql("SHOW MASTER STATUS").await?;
    assert_eq!(status[0][4].as_deref(), Some(format!("{}:1-3", ob.uuid()).as_str()));
    ob.restart_converter()?;
    let mut stream = dump(with_heartbeat(&ob).await?, &ob.uuid(), 2).await?;
    assert_eq!(transactions(&mut stream, 3).await?, [(3, 4)]);
    assert_eq!(ob.binlog_files().len(), 2);

    ob.recreate_task()?;
    ob.sql("INSERT INTO test.t VALUES (9)").await?;
    let mut stream = dump(with_heartbeat(&ob).await?, &ob.uuid(), 0).await?;
    assert_eq!(transactions(&mut stream, 1).await?, [(1, 1)]);
    Ok(())
}

#[tokio::test]
async fn faults_reach_the_client() -> Result<()> {
    let workspace = Workspace::new()?;
    let ob = OceanBase::start(&workspace).await?;
    ob.add_user("reader", "lesen", "SELECT").await?;
    let user = ob.full_name("reader");
    assert!(sql::sql(ob.port(), &user, "falsch", "SELECT 1").await.is_err());
    sql::sql(ob.port(), &user, "lesen", "SELECT 1").await?;
    ob.run(&["CREATE TABLE test.t (id INT PRIMARY KEY)"]).await?;
    let mut stream = dump(with_heartbeat(&ob).await?, &ob.uuid(), 0).await?;
    next(&mut stream).await?;

    // Half-open: the connection stays, nothing comes, not even heartbeats.
    ob.pause_service();
    ob.mysql().sql("INSERT INTO test.t VALUES (1)").await?;
    ob.wait_for_conversion(Duration::from_secs(10)).await?;
    let silence = async { while next(&mut stream).await.is_ok() {} };
    assert!(tokio::time::timeout(Duration::from_millis(500), silence).await.is_err());
    ob.resume_service();
    assert_eq!(transactions(&mut stream, 2).await?.last(), Some(&(2, 1)));

    ob.drop_connections();
    while next(&mut stream).await.is_ok() {}
    ob.stop_listening();
    assert!(ob.connect().await.is_err());
    ob.start_listening()?;
    assert_eq!(ob.sql("SELECT COUNT(*) FROM test.t").await?, [[Some("0".to_owned())]]);
    Ok(())
}
