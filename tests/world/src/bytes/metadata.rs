//! What a TABLE_MAP event may say of its columns beyond their wire types.

use super::Bytes;
use crate::database::shape::Shape;
use crate::value::{Charset, Column, Type};

/// How much a server says: its `binlog_row_metadata`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// Nothing: servers before the setting, and MariaDB by default.
    Nothing,
    /// Signs and character sets.
    Minimal,
    /// Names, labels and the primary key, too.
    Full,
}

/// The fields behind the nullable bits.
#[must_use]
pub fn metadata(told: Told, shape: &Shape) -> Vec<u8> {
    let mut out = Bytes::default();
    if told == Told::Nothing {
        return out.0;
    }
    let columns = &shape.columns;
    // Beyond the last bit nothing is said, whatever the column behind it is.
    let signs: Vec<bool> = columns.iter().filter_map(|column| sign(&column.kind)).collect();
    let mut bits = vec![0; signs.len().div_ceil(8)];
    for (index, unsigned) in signs.iter().enumerate() {
        bits[index / 8] |= u8::from(*unsigned) << (7 - index % 8);
    }
    if !bits.is_empty() {
        field(&mut out, 1, &bits);
    }
    let texts: Vec<usize> = (0..columns.len()).filter(|index| is_text(&columns[*index].kind)).collect();
    collations(&mut out, (2, 3), shape, &texts);
    if told == Told::Full {
        let mut names = Bytes::default();
        columns.iter().for_each(|column| string(&mut names, column.name.as_bytes()));
        field(&mut out, 4, &names.0);
        labels(&mut out, 5, columns, |kind| if let Type::Set(labels) = kind { Some(labels) } else { None });
        labels(&mut out, 6, columns, |kind| if let Type::Enum(labels) = kind { Some(labels) } else { None });
        if shape.primary && !shape.key.is_empty() {
            let mut key = Bytes::default();
            for index in &shape.key {
                key.lenenc(*index);
            }
            field(&mut out, 8, &key.0);
        }
        let labelled = |index: &usize| matches!(columns[*index].kind, Type::Enum(_) | Type::Set(_));
        let labelled: Vec<usize> = (0..columns.len()).filter(labelled).collect();
        collations(&mut out, (10, 11), shape, &labelled);
    }
    out.0
}

fn field(out: &mut Bytes, number: u8, value: &[u8]) {
    out.raw(&[number]).lenenc(value.len()).raw(value);
}

fn string(out: &mut Bytes, text: &[u8]) {
    out.lenenc(text.len()).raw(text);
}

/// Whether a number has no sign; nothing for what is no number.
fn sign(kind: &Type) -> Option<bool> {
    match kind {
        Type::Int { unsigned, .. } => Some(*unsigned),
        // YEAR is one without a sign for this.
        Type::Year => Some(true),
        Type::Decimal { .. } | Type::Float | Type::Double => Some(false),
        _ => None,
    }
}

fn is_text(kind: &Type) -> bool {
    matches!(
        kind,
        Type::Char { .. }
            | Type::VarChar { .. }
            | Type::Text { .. }
            | Type::Binary(_)
            | Type::VarBinary(_)
            | Type::Blob(_)
    )
}

/// Number of a column's collation.
fn collation(shape: &Shape, index: usize) -> usize {
    let blind = shape.case_blind && shape.key.contains(&index);
    match (shape.columns[index].kind.charset(), blind) {
        (None, _) => 63,
        (Some(Charset::Utf8mb4), true) => 45,
        (Some(Charset::Utf8mb4), false) => 46,
        (Some(Charset::Latin1), true) => 8,
        (Some(Charset::Latin1), false) => 47,
        (Some(Charset::Gbk), true) => 28,
        (Some(Charset::Gbk), false) => 87,
    }
}

/// One collation and the exceptions from it, or each: as a server chooses what is
/// shorter.
fn collations(out: &mut Bytes, (default, each): (u8, u8), shape: &Shape, of: &[usize]) {
    let all: Vec<usize> = of.iter().map(|index| collation(shape, *index)).collect();
    let Some(first) = all.first() else { return };
    let other = all.iter().filter(|collation| *collation != first).count();
    let mut value = Bytes::default();
    if other * 2 < all.len() {
        value.lenenc(*first);
        for (index, collation) in all.iter().enumerate().filter(|(_, collation)| *collation != first) {
            value.lenenc(index).lenenc(*collation);
        }
        field(out, default, &value.0);
    } else {
        for collation in &all {
            value.lenenc(*collation);
        }
        field(out, each, &value.0);
    }
}

fn labels(out: &mut Bytes, number: u8, columns: &[Column], of: fn(&Type) -> Option<&Vec<String>>) {
    let mut value = Bytes::default();
    for labels in columns.iter().filter_map(|column| of(&column.kind)) {
        value.lenenc(labels.len());
        labels.iter().for_each(|label| string(&mut value, label.as_bytes()));
    }
    if !value.0.is_empty() {
        field(out, number, &value.0);
    }
}
