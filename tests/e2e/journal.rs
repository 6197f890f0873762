//! What the source committed, read from its own log by `mysql_async`'s decoder: none of the product's
//! code takes part. Rows count when their transaction's end is in the log.

use anyhow::{Context, Result, bail};
use futures_util::StreamExt;
use mysql_async::binlog::events::{EventData, RowsEventData};
use mysql_async::binlog::row::BinlogRow;
use mysql_async::binlog::value::BinlogValue;
use mysql_async::{BinlogStreamRequest, Value};
use tidewire_rig::sql;

use crate::source::Source;

/// A row of a ledger: the table that most stories use.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Entry {
    pub(crate) id: i64,
    pub(crate) version: i64,
    pub(crate) text: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) before: Option<Entry>,
    pub(crate) after: Option<Entry>,
}

/// A place in the log of the server behind a source.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) file: String,
    pub(crate) offset: u64,
}

impl Mark {
    /// The end of the log.
    pub(crate) async fn now(source: Source) -> Result<Self> {
        Self::read(&sql::sql(source.log_port(), "root", "", "SHOW MASTER STATUS").await?)
    }

    /// The end of the log that the product reads; OceanBase's Binlog Service writes its own.
    pub(crate) async fn of_service(source: Source) -> Result<Self> {
        Self::read(&source.sql("SHOW MASTER STATUS").await?)
    }

    fn read(rows: &[sql::Row]) -> Result<Self> {
        let row = rows.first().context("no log")?;
        let file = row[0].clone().context("no file")?;
        Ok(Self { file, offset: row[1].as_deref().context("no offset")?.parse()? })
    }
}

/// The changes of `database.table` from `mark` to the end of the log.
pub(crate) async fn changes(source: Source, mark: &Mark, table: &str) -> Result<Vec<Change>> {
    let connection = sql::connect(source.log_port(), "root", "").await?;
    let request = BinlogStreamRequest::new(4_000_000_000)
        .with_non_blocking()
        .with_filename(mark.file.as_bytes())
        .with_pos(mark.offset);
    let mut stream = connection.get_binlog_stream(request).await?;
    let (mut committed, mut open) = (Vec::new(), Vec::new());
    while let Some(event) = stream.next().await {
        match event?.read_data()? {
            Some(EventData::RowsEvent(rows)) => {
                let map = stream.get_tme(rows.table_id()).context("rows without a table map")?;
                if format!("{}.{}", map.database_name(), map.table_name()) != table {
                    continue;
                }
                if matches!(rows, RowsEventData::PartialUpdateRowsEvent(_)) {
                    bail!("a partial update");
                }
                for images in rows.rows(map) {
                    let (before, after) = images?;
                    open.push(Change {
                        before: before.map(entry).transpose()?,
                        after: after.map(entry).transpose()?,
                    });
                }
            }
            Some(EventData::XidEvent(_)) => committed.append(&mut open),
            // A transaction that a crash cut short is followed by another one or a new file.
            Some(EventData::GtidEvent(_) | EventData::FormatDescriptionEvent(_)) => open.clear(),
            _ => {}
        }
    }
    Ok(committed)
}

fn entry(row: BinlogRow) -> Result<Entry> {
    let mut values = row.unwrap().into_iter();
    let mut next = || match values.next() {
        Some(BinlogValue::Value(value)) => Ok(value),
        other => bail!("unexpected value {other:?}"),
    };
    let number = |value| match value {
        Value::Int(number) => Ok(number),
        other => bail!("{other:?} is no number"),
    };
    Ok(Entry {
        id: number(next()?)?,
        version: number(next()?)?,
        text: match next()? {
            Value::NULL => None,
            Value::Bytes(bytes) => Some(String::from_utf8(bytes)?),
            other => bail!("{other:?} is no text"),
        },
    })
}
