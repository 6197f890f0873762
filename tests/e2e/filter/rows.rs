//! The rows of the table as the server's binlog has them, read with the product's own decoder.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, Result, anyhow};
use mysql_common::binlog::BinlogFile;
use mysql_common::binlog::consts::BinlogVersion;
use tidewire_engine::identity::{Followed, TableName};
use tidewire_engine::log::assemble::{Assembler, CommitClock, Step};
use tidewire_engine::rows::{Cell, RowDecoder, RowImage, RowPair};
use tidewire_engine::schema::TableSchema;
use tidewire_engine::schema::binding::bind;
use tidewire_engine::schema::dialect::Dialect;
use tidewire_mysql::stream::raw_event;

/// Gives each inserted row with its id; returns how many there were.
pub(super) fn each(
    folder: &Path,
    schema: &TableSchema,
    mut take: impl FnMut(&RowImage<'_>, &str),
) -> Result<usize> {
    let schema = Arc::new(schema.clone());
    let mut count = 0;
    for path in files(folder)? {
        let file = BinlogFile::new(BinlogVersion::Version4, BufReader::new(File::open(&path)?))?;
        let followed = Followed::new([TableName::new(&*schema.database, &*schema.table)], false);
        let mut assembler = Assembler::new(CommitClock::Standard, followed, "file".into(), 4);
        let mut table = None;
        for event in file {
            let event = event?;
            let raw = raw_event(&event);
            match assembler.step(&raw)? {
                Step::Unbound(slot, map) => {
                    let bound =
                        bind(0, &schema, &map, Dialect::default())?.map_err(|error| anyhow!("{error:?}"))?;
                    assembler.bound(map.table_id, raw.body, slot);
                    table = Some(bound);
                }
                Step::Rows(rows, _) => {
                    let table = table.as_ref().context("rows before their table")?;
                    let mut decoder = RowDecoder::new(&rows, &table.wire, &table.schema.columns, false)?;
                    let mut pair = RowPair::default();
                    while decoder.next(&mut pair)? {
                        let Cell::Int(id) = pair.after[0] else { anyhow::bail!("no id") };
                        take(&pair.after, &id.to_string());
                        count += 1;
                    }
                }
                _ => {}
            }
        }
    }
    Ok(count)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("mysql-bin.0") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
