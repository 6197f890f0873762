//! Schemas and packed values for the golden rows.

use std::sync::Arc;

use tidewire_engine::schema::TableSchema;
use tidewire_engine::schema::declared::{RawColumn, build_column};

/// A table of database `shop`. A charset stands behind the type: `varchar(9) gbk`.
pub(crate) fn table(name: &str, columns: &[(&str, &str)], key: Vec<usize>) -> Arc<TableSchema> {
    let columns = columns
        .iter()
        .map(|(name, declared)| {
            let data_type = declared.split(['(', ' ']).next().unwrap().to_owned();
            let text =
                matches!(data_type.as_str(), "varchar" | "char" | "text" | "longtext" | "enum" | "set");
            let charset = ["gbk", "latin1"].into_iter().find(|charset| declared.ends_with(charset));
            let column_type =
                charset.map_or(*declared, |charset| declared.trim_end_matches(charset).trim_end());
            build_column(&RawColumn {
                name: (*name).to_owned(),
                data_type,
                column_type: column_type.to_owned(),
                charset: charset.unwrap_or(if text { "utf8mb4" } else { "" }).to_owned(),
                ..RawColumn::default()
            })
            .unwrap()
        })
        .collect();
    Arc::new(TableSchema::new("shop", name, columns, key))
}

/// Packs a decimal as the server does.
pub(crate) fn packed(text: &str, precision: usize, scale: usize) -> Vec<u8> {
    const BYTES: [usize; 10] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole = if precision == scale {
        String::new()
    } else {
        format!("{whole:0>width$}", width = precision - scale)
    };
    let fraction = format!("{fraction:0<scale$}");
    let mut out = Vec::new();
    let mut group = |digits: &str| {
        let value: u32 = digits.parse().unwrap();
        out.extend_from_slice(&value.to_be_bytes()[4 - BYTES[digits.len()]..]);
    };
    let (first, rest) = whole.split_at(whole.len() % 9);
    if !first.is_empty() {
        group(first);
    }
    for digits in rest.as_bytes().chunks(9).chain(fraction.as_bytes().chunks(9)) {
        group(std::str::from_utf8(digits).unwrap());
    }
    out[0] ^= 0x80;
    if negative {
        for byte in &mut out {
            *byte = !*byte;
        }
    }
    out
}
