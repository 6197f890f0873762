//! Column types and values as the model database holds them. Knows no bytes and
//! no messages; those have files of their own.

pub mod draw;
pub mod json;
pub mod show;

use json::Doc;
use tidewire_engine::schema::dialect::Dialect;

/// Character sets that the model writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// utf8mb4.
    Utf8mb4,
    /// latin1, which is Windows-1252.
    Latin1,
    /// gbk.
    Gbk,
}

/// Letters beyond ASCII with their bytes in the two small charsets.
const LATIN1: &[(char, u8)] = &[('é', 0xe9), ('ü', 0xfc), ('ß', 0xdf), ('€', 0x80), ('ÿ', 0xff)];
const GBK: &[(char, [u8; 2])] = &[
    ('中', [0xd6, 0xd0]),
    ('文', [0xce, 0xc4]),
    ('国', [0xb9, 0xfa]),
    ('好', [0xba, 0xc3]),
    ('人', [0xc8, 0xcb]),
];

impl Charset {
    /// Name in the catalogue.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8mb4 => "utf8mb4",
            Self::Latin1 => "latin1",
            Self::Gbk => "gbk",
        }
    }

    /// Most bytes of a letter.
    #[must_use]
    pub const fn widest(self) -> u16 {
        match self {
            Self::Utf8mb4 => 4,
            Self::Latin1 => 1,
            Self::Gbk => 2,
        }
    }

    /// Letters that the model uses beside ASCII.
    #[must_use]
    pub fn letters(self) -> Vec<char> {
        match self {
            Self::Utf8mb4 => vec!['中', 'é', '😀', '"', '\\', '\n', '\u{1}', '\u{2028}'],
            Self::Latin1 => LATIN1.iter().map(|(letter, _)| *letter).collect(),
            Self::Gbk => GBK.iter().map(|(letter, _)| *letter).collect(),
        }
    }

    /// A text's bytes.
    ///
    /// # Panics
    /// On a letter that the model does not use in this charset.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        if self == Self::Utf8mb4 {
            return text.as_bytes().to_vec();
        }
        let mut bytes = Vec::new();
        for letter in text.chars() {
            if letter.is_ascii() {
                bytes.push(letter as u8);
            } else if self == Self::Latin1 {
                bytes.push(LATIN1.iter().find(|(known, _)| *known == letter).expect("a letter of latin1").1);
            } else {
                bytes.extend(GBK.iter().find(|(known, _)| *known == letter).expect("a letter of gbk").1);
            }
        }
        bytes
    }
}

/// The declared type of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are SQL's own")]
pub enum Type {
    Int {
        bytes: u8,
        unsigned: bool,
    },
    Decimal {
        precision: u8,
        scale: u8,
    },
    Float,
    Double,
    Bit(u8),
    Char {
        chars: u16,
        charset: Charset,
    },
    VarChar {
        chars: u16,
        charset: Charset,
    },
    Binary(u16),
    VarBinary(u16),
    /// Length in this many bytes: TINYTEXT to LONGTEXT.
    Text {
        size: u8,
        charset: Charset,
    },
    Blob(u8),
    Enum(Vec<String>),
    Set(Vec<String>),
    Year,
    Date,
    Time(u8),
    DateTime(u8),
    Timestamp(u8),
    Json,
}

/// A day of the calendar, or one that no calendar has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they say what they are")]
pub struct Day {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

/// A time of day or a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they say what they are")]
pub struct Hours {
    pub negative: bool,
    pub hours: u16,
    pub minutes: u8,
    pub seconds: u8,
    pub micros: u32,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "the names are SQL's own")]
pub enum Value {
    Null,
    Int(i128),
    /// All digits of the declared precision, without the point.
    Decimal {
        negative: bool,
        digits: String,
    },
    Float(f32),
    Double(f64),
    Bits(u64),
    Text(String),
    Bytes(Vec<u8>),
    /// Number of the label, from 1.
    Enum(u16),
    Set(u64),
    Year(u16),
    Date(Day),
    Time(Hours),
    DateTime(Day, Hours),
    Timestamp {
        seconds: u32,
        micros: u32,
    },
    Json(Doc),
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type.
    pub kind: Type,
    /// Whether it may be NULL.
    pub nullable: bool,
}

/// Labels in quotes; a catalogue of OceanBase writes no escapes.
fn labels(labels: &[String], escaped: bool) -> String {
    let quoted = |label: &String| {
        let label = if escaped { label.replace('\\', "\\\\").replace('\n', "\\n") } else { label.clone() };
        format!("'{}'", label.replace('\'', "''"))
    };
    labels.iter().map(quoted).collect::<Vec<_>>().join(",")
}

impl Type {
    /// As a statement declares it.
    #[must_use]
    pub fn declared(&self) -> String {
        let fraction = |name: &str, digits: u8| {
            if digits == 0 { name.to_owned() } else { format!("{name}({digits})") }
        };
        match self {
            Self::Int { unsigned, .. } => {
                format!("{}{}", self.name(), if *unsigned { " unsigned" } else { "" })
            }
            Self::Decimal { precision, scale } => format!("decimal({precision},{scale})"),
            Self::Bit(bits) => format!("bit({bits})"),
            Self::Char { chars, .. } => format!("char({chars})"),
            Self::VarChar { chars, .. } => format!("varchar({chars})"),
            Self::Binary(length) => format!("binary({length})"),
            Self::VarBinary(length) => format!("varbinary({length})"),
            Self::Enum(list) => format!("enum({})", labels(list, true)),
            Self::Set(list) => format!("set({})", labels(list, true)),
            Self::Time(digits) | Self::DateTime(digits) | Self::Timestamp(digits) => {
                fraction(self.name(), *digits)
            }
            Self::Float
            | Self::Double
            | Self::Text { .. }
            | Self::Blob(_)
            | Self::Year
            | Self::Date
            | Self::Json => self.name().to_owned(),
        }
    }

    /// As the catalogue's `COLUMN_TYPE` has it.
    #[must_use]
    pub fn catalogued(&self, server: Dialect) -> String {
        let width = |signed: u8, unsigned: u8, is_unsigned: bool| if is_unsigned { unsigned } else { signed };
        match self {
            Self::Int { bytes, unsigned } if server.shows_width() => {
                let (signed, without) = match bytes {
                    1 => (4, 3),
                    2 => (6, 5),
                    3 => (9, 8),
                    4 => (11, 10),
                    _ => (20, 20),
                };
                let sign = if *unsigned { " unsigned" } else { "" };
                format!("{}({}){sign}", self.name(), width(signed, without, *unsigned))
            }
            Self::Year if server.shows_width() => "year(4)".to_owned(),
            Self::Enum(list) | Self::Set(list) => {
                format!("{}({})", self.name(), labels(list, server.escapes_labels()))
            }
            other => other.declared(),
        }
    }

    /// As the catalogue's `DATA_TYPE` has it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Int { bytes: 1, .. } => "tinyint",
            Self::Int { bytes: 2, .. } => "smallint",
            Self::Int { bytes: 3, .. } => "mediumint",
            Self::Int { bytes: 4, .. } => "int",
            Self::Int { .. } => "bigint",
            Self::Decimal { .. } => "decimal",
            Self::Float => "float",
            Self::Double => "double",
            Self::Bit(_) => "bit",
            Self::Char { .. } => "char",
            Self::VarChar { .. } => "varchar",
            Self::Binary(_) => "binary",
            Self::VarBinary(_) => "varbinary",
            Self::Text { size: 1, .. } => "tinytext",
            Self::Text { size: 2, .. } => "text",
            Self::Text { size: 3, .. } => "mediumtext",
            Self::Text { .. } => "longtext",
            Self::Blob(1) => "tinyblob",
            Self::Blob(2) => "blob",
            Self::Blob(3) => "mediumblob",
            Self::Blob(_) => "longblob",
            Self::Enum(_) => "enum",
            Self::Set(_) => "set",
            Self::Year => "year",
            Self::Date => "date",
            Self::Time(_) => "time",
            Self::DateTime(_) => "datetime",
            Self::Timestamp(_) => "timestamp",
            Self::Json => "json",
        }
    }

    /// Character set of text columns.
    #[must_use]
    pub const fn charset(&self) -> Option<Charset> {
        match self {
            Self::Char { charset, .. } | Self::VarChar { charset, .. } | Self::Text { charset, .. } => {
                Some(*charset)
            }
            Self::Enum(_) | Self::Set(_) => Some(Charset::Utf8mb4),
            _ => None,
        }
    }
}
