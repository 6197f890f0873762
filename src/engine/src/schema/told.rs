//! A schema from what an event itself says: names, signs, character sets, labels
//! and key stand in it with `binlog_row_metadata=FULL`. How a column is declared
//! in the catalogue's words stands in no event: it is taken from what was known
//! of a column that is the same otherwise, else made up from the wire type.

use crate::log::body::TableMap;

use super::charset::Charset;
use super::declared::{RawColumn, build_column};
use super::dialect::{Dialect, Server, widest};
use super::fit::{HASH, WireType, column_fits};
use super::metadata::{Metadata, charset_of, collation_name};
use super::{Column, Index, IndexPart, TableSchema};

/// The schema, if names and the primary key are told and every type is one that
/// can be followed. Of a table without a primary key no event tells whether it has
/// another one.
pub(super) fn told(
    map: &TableMap<'_>,
    types: &[WireType],
    metadata: &Metadata<'_>,
    known: Option<&TableSchema>,
    dialect: Dialect,
) -> Option<TableSchema> {
    let names = metadata.names.as_ref()?;
    let primary = metadata.primary.as_ref()?;
    let mut columns = Vec::with_capacity(types.len());
    let shown = names.iter().rposition(|name| !name.starts_with(HASH)).map_or(0, |last| last + 1);
    for (index, (kind, name)) in types.iter().zip(names).enumerate().take(shown) {
        let name = String::from_utf8_lossy(name).into_owned();
        let same = known
            .and_then(|schema| schema.columns.get(schema.column_index(&name)?))
            .filter(|column| column_fits(column, *kind, metadata, index));
        let column = match same {
            Some(same) => Column { name, nullable: kind.nullable, ..same.clone() },
            None if is_vague(*kind, metadata, index, dialect) => return None,
            None => declared(name, *kind, metadata, index, dialect)?,
        };
        columns.push(column);
    }
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let mut schema = TableSchema {
        database: text(map.database),
        table: text(map.table),
        columns,
        key: Vec::new(),
        collation: known.map(|schema| schema.collation.clone()).unwrap_or_default(),
        indexes: known.map(|schema| schema.indexes.clone()).unwrap_or_default(),
    };
    schema.indexes.retain(|index| index.name != "PRIMARY");
    let part = |(column, prefix): &(usize, bool)| {
        let column = Some(schema.columns.get(*column)?.name.clone());
        Some(IndexPart { column, prefix: *prefix })
    };
    let parts = primary.iter().map(part).collect::<Option<_>>()?;
    schema.indexes.push(Index { name: "PRIMARY".to_owned(), parts, hash: false });
    schema.indexes.sort_by_key(|index| index.name.to_uppercase());
    schema.choose_key();
    Some(schema)
}

/// Whether MariaDB has several types, or forms of a type, that look like this one.
fn is_vague(kind: WireType, metadata: &Metadata<'_>, index: usize, dialect: Dialect) -> bool {
    let bytes = metadata.collations.get(index).copied().flatten().and_then(charset_of) == Some("binary");
    dialect.server == Server::MariaDb
        && match kind.number {
            // With a fraction or without.
            7 | 11 | 12 => true,
            // BINARY, or an address, or a UUID.
            254 => bytes && matches!(kind.detail, 4 | 16),
            // A time, or the start or the end of a row in a history.
            17 => kind.detail == 6 && !kind.nullable,
            // VARBINARY, or a VECTOR of 4-byte numbers.
            15 => bytes && kind.detail.is_multiple_of(4) && dialect.version >= 110_700,
            _ => false,
        }
}

/// A column as the wire type and the metadata show it.
fn declared(
    name: String,
    kind: WireType,
    metadata: &Metadata<'_>,
    index: usize,
    dialect: Dialect,
) -> Option<Column> {
    let collation = metadata.collations.get(index).copied().flatten();
    let charset = match collation {
        Some(number) => charset_of(number)?,
        None => "",
    };
    let unsigned = metadata.unsigned.get(index).copied().flatten();
    if kind.is_number() && unsigned.is_none() {
        return None;
    }
    let unsigned = unsigned.unwrap_or(false);
    let labels = metadata.labels.get(index).and_then(Option::as_ref);
    let (data_type, column_type) = words(kind, charset, unsigned, dialect)?;
    let is_text = !charset.is_empty() && charset != "binary";
    let raw = RawColumn {
        name,
        data_type: data_type.to_owned(),
        column_type,
        charset: if is_text { dialect.charset(charset) } else { String::new() },
        collation: match collation.and_then(collation_name) {
            Some(name) if is_text => dialect.collation(name),
            _ if is_text => dialect.default_collation(charset, None).unwrap_or_default(),
            _ => String::new(),
        },
        extra: String::new(),
        nullable: kind.nullable,
        escaped_labels: true,
    };
    let mut column = build_column(&raw).ok()?;
    if let Some(labels) = labels {
        let charset = Charset::from_name(charset)?;
        column.labels =
            labels.iter().map(|label| Some(charset.decode(label)?.into_owned())).collect::<Option<_>>()?;
        let quoted: Vec<String> =
            column.labels.iter().map(|label| format!("'{}'", label.replace('\'', "''"))).collect();
        column.column_type = format!("{data_type}({})", quoted.join(","));
    } else if kind.is_labelled() {
        return None;
    }
    Some(column)
}

/// The words of a catalogue for a wire type.
fn words(kind: WireType, charset: &str, unsigned: bool, dialect: Dialect) -> Option<(&'static str, String)> {
    let binary = charset == "binary" || charset.is_empty();
    let low = kind.detail & 0xff;
    let sign = if unsigned { " unsigned" } else { "" };
    let integer = |name: &str, signed: u8, without: u8| {
        let width = if unsigned { without } else { signed };
        if dialect.shows_width() { format!("{name}({width}){sign}") } else { format!("{name}{sign}") }
    };
    let lengthy = |name: &'static str| {
        let letters = u32::from(kind.detail) / widest(charset)?;
        Some((name, format!("{name}({letters})")))
    };
    let plain = |name: &'static str| Some((name, format!("{name}{sign}")));
    let fraction =
        |name: &'static str| Some((name, if low == 0 { name.to_owned() } else { format!("{name}({low})") }));
    match kind.number {
        1 => Some(("tinyint", integer("tinyint", 4, 3))),
        2 => Some(("smallint", integer("smallint", 6, 5))),
        9 => Some(("mediumint", integer("mediumint", 9, 8))),
        3 => Some(("int", integer("int", 11, 10))),
        8 => Some(("bigint", integer("bigint", 20, 20))),
        4 => plain("float"),
        5 => plain("double"),
        246 => Some(("decimal", format!("decimal({low},{}){sign}", kind.detail >> 8))),
        141 => {
            let letters = u32::from(kind.detail).checked_sub(1)? / widest(charset)?;
            let name = if binary { "varbinary" } else { "varchar" };
            Some((name, format!("{name}({letters})")))
        }
        15 | 253 => lengthy(if binary { "varbinary" } else { "varchar" }),
        254 => lengthy(if binary { "binary" } else { "char" }),
        140 | 252 => plain(match (low, binary) {
            (1, true) => "tinyblob",
            (2, true) => "blob",
            (3, true) => "mediumblob",
            (4, true) => "longblob",
            (1, false) => "tinytext",
            (2, false) => "text",
            (3, false) => "mediumtext",
            (4, false) => "longtext",
            _ => return None,
        }),
        247 => plain("enum"),
        248 => plain("set"),
        245 => plain("json"),
        255 => plain("geometry"),
        16 => Some(("bit", format!("bit({})", (kind.detail >> 8) * 8 + low))),
        13 => Some(("year", if dialect.shows_width() { "year(4)" } else { "year" }.to_owned())),
        10 | 14 => plain("date"),
        11 | 19 => fraction("time"),
        12 | 18 => fraction("datetime"),
        7 | 17 => fraction("timestamp"),
        _ => None,
    }
}
