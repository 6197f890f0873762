//! What a TABLE_MAP event itself says of its columns beyond their wire types:
//! signs, character sets, names, labels, key. MySQL 8 writes signs and character
//! sets by default and the rest with `binlog_row_metadata=FULL`, MariaDB 10.5
//! what it is set to. Layout: MySQL's `libbinlogevents`, optional metadata of
//! `Table_map_event`.

use crate::log::body::TableMap;
use crate::log::wire::{Malformed, Reader, Wire};
use crate::planted::{self, Planted};

use super::dialect::Dialect;
use super::fit::WireType;

const WHAT: &str = "TABLE_MAP metadata";

/// What is known of each column; nothing where the event does not say it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Metadata<'a> {
    /// Whether a number has no sign.
    pub(crate) unsigned: Vec<Option<bool>>,
    /// Number of the collation.
    pub(crate) collations: Vec<Option<u64>>,
    /// Names of all columns.
    pub(crate) names: Option<Vec<&'a [u8]>>,
    /// Labels of ENUM and SET, in the column's character set.
    pub(crate) labels: Vec<Option<Vec<&'a [u8]>>>,
    /// Columns of the primary key, each with whether only its first letters count.
    pub(crate) primary: Option<Vec<(usize, bool)>>,
}

/// Reads the metadata of a table map that such a server wrote; `types` are its
/// columns'.
pub(crate) fn metadata<'a>(map: &TableMap<'a>, types: &[WireType], dialect: Dialect) -> Wire<Metadata<'a>> {
    let count = types.len();
    let mut found = Metadata {
        unsigned: vec![None; count],
        collations: vec![None; count],
        labels: vec![None; count],
        ..Metadata::default()
    };
    let of = |wanted: fn(WireType) -> bool| {
        let columns = types.iter().enumerate().filter(move |(_, kind)| wanted(**kind));
        columns.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let mut reader = Reader::new(map.optional);
    while !reader.is_empty() {
        let field = reader.u8(WHAT)?;
        let length = reader.lenenc_len(WHAT)?;
        let mut value = Reader::new(reader.take(length, WHAT)?);
        match field {
            1 => signs(value.rest(), types, dialect.signs_years(), &mut found.unsigned),
            2 => default_collations(&mut value, &of(WireType::is_text), &mut found.collations)?,
            3 => each_collation(&mut value, &of(WireType::is_text), &mut found.collations)?,
            4 => {
                let mut names = Vec::new();
                while !value.is_empty() {
                    names.push(text(&mut value)?);
                }
                found.names = Some(names).filter(|names| names.len() == count);
            }
            5 => labels(&mut value, &of(WireType::is_set), &mut found.labels)?,
            6 => labels(&mut value, &of(WireType::is_enum), &mut found.labels)?,
            8 | 9 => {
                let mut parts = Vec::new();
                while !value.is_empty() {
                    let column = value.lenenc_len(WHAT)?;
                    let prefix = field == 9 && value.lenenc_len(WHAT)? > 0;
                    parts.push((column, prefix));
                }
                found.primary = Some(parts);
            }
            10 => default_collations(&mut value, &of(WireType::is_labelled), &mut found.collations)?,
            11 => each_collation(&mut value, &of(WireType::is_labelled), &mut found.collations)?,
            _ => {}
        }
    }
    Ok(found)
}

fn text<'a>(reader: &mut Reader<'a>) -> Wire<&'a [u8]> {
    let length = reader.lenenc_len(WHAT)?;
    reader.take(length, WHAT)
}

/// One bit a numeric column, the highest first. Where it is not known whether the
/// server counts YEAR among them, the bits say nothing for sure behind one.
fn signs(bits: &[u8], types: &[WireType], years: Option<bool>, found: &mut [Option<bool>]) {
    let years = if planted::is(Planted::YearsUnsigned) { Some(false) } else { years };
    let numbers = types.iter().enumerate().take_while(|(_, kind)| years.is_some() || !kind.is_year());
    let counted = |kind: &WireType| kind.is_number() || (years == Some(true) && kind.is_year());
    for (bit, (column, _)) in numbers.filter(|(_, kind)| counted(kind)).enumerate() {
        let byte = bits.get(bit / 8).copied();
        if let (Some(byte), Some(place)) = (byte, found.get_mut(column)) {
            *place = Some(byte & (0x80 >> (bit % 8)) != 0);
        }
    }
}

/// One collation for all of these columns, then those that have another one.
fn default_collations(value: &mut Reader<'_>, columns: &[usize], found: &mut [Option<u64>]) -> Wire<()> {
    let default = value.lenenc_len(WHAT)?;
    let mut set = |column: usize, collation: usize| {
        if let Some(place) = found.get_mut(column) {
            *place = u64::try_from(collation).ok();
        }
    };
    for column in columns {
        set(*column, default);
    }
    while !value.is_empty() {
        let index = value.lenenc_len(WHAT)?;
        let collation = value.lenenc_len(WHAT)?;
        set(*columns.get(index).ok_or(Malformed::new(WHAT))?, collation);
    }
    Ok(())
}

fn each_collation(value: &mut Reader<'_>, columns: &[usize], found: &mut [Option<u64>]) -> Wire<()> {
    for column in columns {
        let collation = value.lenenc_len(WHAT)?;
        if let Some(place) = found.get_mut(*column) {
            *place = u64::try_from(collation).ok();
        }
    }
    Ok(())
}

fn labels<'a>(value: &mut Reader<'a>, columns: &[usize], found: &mut [Option<Vec<&'a [u8]>>]) -> Wire<()> {
    for column in columns {
        let count = value.lenenc_len(WHAT)?;
        let mut labels = Vec::new();
        for _ in 0..count {
            labels.push(text(value)?);
        }
        if let Some(place) = found.get_mut(*column) {
            *place = Some(labels);
        }
    }
    Ok(())
}

/// The character set of a collation's number; `None` for one that is not known.
/// Numbers: MySQL's and MariaDB's `SHOW COLLATION`.
pub(crate) fn charset_of(collation: u64) -> Option<&'static str> {
    Some(match collation {
        1 | 84 => "big5",
        2 | 9 | 21 | 27 | 77 => "latin2",
        5 | 8 | 15 | 31 | 47..=49 | 94 => "latin1",
        7 | 74 => "koi8r",
        11 | 65 => "ascii",
        12 | 91 => "ujis",
        13 | 88 => "sjis",
        14 | 23 | 50..=52 => "cp1251",
        16 | 71 => "hebrew",
        18 | 89 => "tis620",
        19 | 85 => "euckr",
        20 | 41 | 42 | 79 => "latin7",
        22 | 75 => "koi8u",
        24 | 86 => "gb2312",
        25 | 70 => "greek",
        26 | 34 | 44 | 66 | 99 => "cp1250",
        28 | 87 => "gbk",
        29 | 58 | 59 => "cp1257",
        30 | 78 => "latin5",
        33 | 76 | 83 | 192..=215 | 223 => "utf8",
        35 | 90 | 128..=151 | 159 => "ucs2",
        36 | 68 => "cp866",
        39 | 53 => "macroman",
        45 | 46 | 224..=247 | 255..=323 | 608 | 609 => "utf8mb4",
        54 | 55 | 101..=124 => "utf16",
        56 | 62 => "utf16le",
        57 | 67 => "cp1256",
        60 | 61 | 160..=183 => "utf32",
        63 => "binary",
        95 | 96 => "cp932",
        97 | 98 => "eucjpms",
        248..=250 => "gb18030",
        _ => return None,
    })
}

/// The name of a collation, for those that most tables have.
pub(crate) fn collation_name(collation: u64) -> Option<&'static str> {
    Some(match collation {
        8 => "latin1_swedish_ci",
        28 => "gbk_chinese_ci",
        33 => "utf8_general_ci",
        45 => "utf8mb4_general_ci",
        46 => "utf8mb4_bin",
        47 => "latin1_bin",
        63 => "binary",
        83 => "utf8_bin",
        87 => "gbk_bin",
        224 => "utf8mb4_unicode_ci",
        248 => "gb18030_chinese_ci",
        249 => "gb18030_bin",
        255 => "utf8mb4_0900_ai_ci",
        278 => "utf8mb4_0900_as_cs",
        309 => "utf8mb4_0900_bin",
        _ => return None,
    })
}
