//! What a followed table looks like: names, types, charsets, labels and key.
//! Built from the catalogue, stored as JSON, never changed in place. Knows
//! nothing of how columns look on the wire.

mod ahead;
pub mod binding;
pub mod book;
pub mod charset;
pub mod ddl;
pub mod declared;
pub mod dialect;
mod fit;
pub mod given;
mod metadata;
mod proof;
mod told;
pub mod version;

use serde::{Deserialize, Serialize};

use charset::Charset;

/// The declared type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the names are SQL's own")]
pub enum ColumnKind {
    TinyInt,
    SmallInt,
    MediumInt,
    Int,
    BigInt,
    Decimal,
    Float,
    Double,
    Bit,
    Char,
    VarChar,
    Binary,
    VarBinary,
    TinyBlob,
    Blob,
    MediumBlob,
    LongBlob,
    TinyText,
    Text,
    MediumText,
    LongText,
    Enum,
    Set,
    Json,
    Year,
    Date,
    Time,
    DateTime,
    Timestamp,
    /// GEOMETRY and every spatial type.
    Geometry,
    Inet4,
    Inet6,
    Uuid,
}

impl ColumnKind {
    /// The kind named by `information_schema.COLUMNS.DATA_TYPE`; `None` for a
    /// type that can't be followed.
    pub fn from_data_type(data_type: &str) -> Option<Self> {
        Some(match data_type.to_ascii_lowercase().as_str() {
            "tinyint" | "bool" | "boolean" => Self::TinyInt,
            "smallint" => Self::SmallInt,
            "mediumint" => Self::MediumInt,
            "int" | "integer" => Self::Int,
            "bigint" => Self::BigInt,
            "decimal" | "numeric" => Self::Decimal,
            "float" => Self::Float,
            "double" | "real" => Self::Double,
            "bit" => Self::Bit,
            "char" => Self::Char,
            "varchar" => Self::VarChar,
            "binary" => Self::Binary,
            "varbinary" => Self::VarBinary,
            "tinyblob" => Self::TinyBlob,
            "blob" => Self::Blob,
            "mediumblob" => Self::MediumBlob,
            "longblob" => Self::LongBlob,
            "tinytext" => Self::TinyText,
            "text" => Self::Text,
            "mediumtext" => Self::MediumText,
            "longtext" => Self::LongText,
            "enum" => Self::Enum,
            "set" => Self::Set,
            "json" => Self::Json,
            "year" => Self::Year,
            "date" => Self::Date,
            "time" => Self::Time,
            "datetime" => Self::DateTime,
            "timestamp" => Self::Timestamp,
            "geometry" | "point" | "linestring" | "polygon" | "multipoint" | "multilinestring"
            | "multipolygon" | "geometrycollection" | "geomcollection" => Self::Geometry,
            "inet4" => Self::Inet4,
            "inet6" => Self::Inet6,
            "uuid" => Self::Uuid,
            _ => return None,
        })
    }

    /// Whether its values have a fixed length, and are shown as a text of their own.
    #[must_use]
    pub const fn is_fixed(self) -> bool {
        matches!(self, Self::Inet4 | Self::Inet6 | Self::Uuid)
    }

    /// Upper-case SQL name without length and sign.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TinyInt => "TINYINT",
            Self::SmallInt => "SMALLINT",
            Self::MediumInt => "MEDIUMINT",
            Self::Int => "INT",
            Self::BigInt => "BIGINT",
            Self::Decimal => "DECIMAL",
            Self::Float => "FLOAT",
            Self::Double => "DOUBLE",
            Self::Bit => "BIT",
            Self::Char => "CHAR",
            Self::VarChar => "VARCHAR",
            Self::Binary => "BINARY",
            Self::VarBinary => "VARBINARY",
            Self::TinyBlob => "TINYBLOB",
            Self::Blob => "BLOB",
            Self::MediumBlob => "MEDIUMBLOB",
            Self::LongBlob => "LONGBLOB",
            Self::TinyText => "TINYTEXT",
            Self::Text => "TEXT",
            Self::MediumText => "MEDIUMTEXT",
            Self::LongText => "LONGTEXT",
            Self::Enum => "ENUM",
            Self::Set => "SET",
            Self::Json => "JSON",
            Self::Year => "YEAR",
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::DateTime => "DATETIME",
            Self::Timestamp => "TIMESTAMP",
            Self::Geometry => "GEOMETRY",
            Self::Inet4 => "INET4",
            Self::Inet6 => "INET6",
            Self::Uuid => "UUID",
        }
    }
}

/// One column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Declared type.
    pub kind: ColumnKind,
    /// The catalogue's `COLUMN_TYPE`, for instance `bigint(20) unsigned`.
    pub column_type: String,
    /// The catalogue's `COLLATION_NAME`; empty where the type has none.
    pub collation: String,
    /// UNSIGNED or ZEROFILL.
    #[serde(default)]
    pub unsigned: bool,
    /// Character set of text, ENUM and SET columns; binary for the rest.
    #[serde(default)]
    pub charset: Charset,
    /// Labels of ENUM and SET, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Declared length in bytes; only kept for BINARY(n), which is padded.
    #[serde(default)]
    pub length: u32,
    /// Virtual generated: some services leave it out of the row.
    #[serde(default, rename = "virtual")]
    pub is_virtual: bool,
    /// Whether it may be NULL.
    #[serde(default)]
    pub nullable: bool,
}

impl Column {
    /// The numbers in the brackets of the declared type, for instance 10 and 2
    /// of `decimal(10,2)`; nothing without brackets, or with labels in them.
    pub fn arguments(&self) -> impl Iterator<Item = u8> {
        let inside = self.column_type.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
        inside.map_or("", |(inside, _)| inside).split(',').filter_map(|number| number.trim().parse().ok())
    }

    /// Precision and scale of a DECIMAL.
    pub fn decimal_shape(&self) -> (u8, u8) {
        let mut numbers = self.arguments();
        (numbers.next().unwrap_or(10), numbers.next().unwrap_or(0))
    }
}

/// A table at some position of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableSchema {
    /// Database.
    pub database: String,
    /// Table.
    pub table: String,
    /// Columns in definition order.
    pub columns: Vec<Column>,
    /// Indexes into `columns` of the key: the primary key, else the first
    /// unique key without a nullable column; empty without either.
    pub key: Vec<usize>,
    /// The collation of columns to come that say nothing of theirs; empty when it
    /// is not known.
    #[serde(default)]
    pub collation: String,
    /// Its unique indexes, sorted by name.
    #[serde(default)]
    pub indexes: Vec<Index>,
}

/// A unique index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Name; `PRIMARY` for the primary key.
    pub name: String,
    /// Its columns in order.
    pub parts: Vec<IndexPart>,
    /// MariaDB keeps it as a hash of its values, in a hidden column behind the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hash: bool,
}

/// A column in an index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexPart {
    /// The column; nothing for an expression.
    pub column: Option<String>,
    /// Only its first letters count.
    #[serde(default)]
    pub prefix: bool,
}

impl Index {
    /// Whether a column is part of it.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.parts
            .iter()
            .any(|part| part.column.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(column)))
    }
}

impl TableSchema {
    /// A table of which columns and key are all that is known.
    pub fn new(
        database: impl Into<String>,
        table: impl Into<String>,
        columns: Vec<Column>,
        key: Vec<usize>,
    ) -> Self {
        Self {
            database: database.into(),
            table: table.into(),
            columns,
            key,
            collation: String::new(),
            indexes: Vec::new(),
        }
    }

    /// Index of a column by name; names compare without regard to case, as in
    /// the database.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The primary key.
    pub fn primary(&self) -> Option<&Index> {
        self.indexes.iter().find(|index| index.name == "PRIMARY")
    }

    /// Chooses the key from the indexes: the primary key, else the first unique
    /// one, by name, without nullable, prefix or expression parts.
    pub fn choose_key(&mut self) {
        let column = |part: &IndexPart| self.column_index(part.column.as_deref()?);
        let whole = |index: &&Index| {
            index.parts.iter().all(|part| {
                let found = column(part).and_then(|index| self.columns.get(index));
                !part.prefix && found.is_some_and(|column| !column.nullable)
            })
        };
        let best = self
            .primary()
            .or_else(|| self.indexes.iter().filter(whole).min_by_key(|index| index.name.to_uppercase()));
        self.key = best.map_or_else(Vec::new, |index| index.parts.iter().filter_map(column).collect());
    }

    /// `database.table`.
    pub fn full_name(&self) -> String {
        format!("{}.{}", self.database, self.table)
    }

    /// The columns as the catalogue declares them.
    pub fn declaration(&self) -> String {
        let columns: Vec<String> = self
            .columns
            .iter()
            .map(|column| {
                let null = if column.nullable { "" } else { " NOT NULL" };
                format!("{} {} {}{null}", column.name, column.column_type, column.collation)
            })
            .collect();
        let indexes: Vec<String> = self
            .indexes
            .iter()
            .map(|index| {
                let part = |part: &IndexPart| part.column.clone().unwrap_or_else(|| "(..)".to_owned());
                format!("{} ({})", index.name, index.parts.iter().map(part).collect::<Vec<_>>().join(", "))
            })
            .collect();
        format!("({}) {} {}", columns.join(", "), self.collation, indexes.join(", "))
    }

    /// The column list in short, for error messages.
    pub fn shape(&self) -> String {
        let columns: Vec<String> =
            self.columns.iter().map(|column| format!("{} {}", column.name, column.kind.name())).collect();
        format!("({})", columns.join(", "))
    }
}

/// The labels of a `COLUMN_TYPE` such as `enum('a','it''s')`. Quotes are doubled;
/// with `escaped` a backslash stands before itself and for letters that a line
/// can't show, as MySQL and MariaDB write it. OceanBase does neither.
pub fn parse_labels(column_type: &str, escaped: bool) -> Vec<String> {
    let mut labels = Vec::new();
    let Some((_, list)) = column_type.split_once('(') else { return labels };
    let mut chars = list.chars().peekable();
    while let Some(start) = chars.next() {
        if start == ')' {
            break;
        }
        if start != '\'' {
            continue;
        }
        let mut label = String::new();
        while let Some(next) = chars.next() {
            if next == '\\' && escaped {
                label.push(match chars.next() {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('0') => '\0',
                    Some(other) => other,
                    None => '\\',
                });
            } else if next != '\'' {
                label.push(next);
            } else if chars.peek() == Some(&'\'') {
                chars.next();
                label.push('\'');
            } else if matches!(chars.peek(), Some(',' | ')') | None) {
                break;
            } else {
                // OceanBase does not double the quotes inside labels.
                label.push('\'');
            }
        }
        labels.push(label);
    }
    labels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_every_letter() {
        let read = |text: &str| parse_labels(text, true);
        assert_eq!(read("enum('a','it''s','x,y','新(单)')"), ["a", "it's", "x,y", "新(单)"]);
        assert_eq!(read(r"enum('a\\b','e\nf','\\')"), ["a\\b", "e\nf", "\\"]);
        assert_eq!(parse_labels(r"enum('O'K','a\b','b')", false), ["O'K", r"a\b", "b"]);
        assert_eq!(read("int(11)"), Vec::<String>::new());
    }
}
