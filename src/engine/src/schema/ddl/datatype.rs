//! The type of a column as a statement writes it, with its other names.

use super::column::packed;
use super::cursor::Cursor;
use crate::schema::dialect::{Dialect, Server, widest};
use crate::sql::Token;

/// A declared type. What it becomes in the catalogue also depends on the
/// character set of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataType {
    /// What it holds.
    base: Base,
    /// Character set and collation as the statement names them.
    charset: Option<String>,
    collation: Option<String>,
    /// `BINARY` behind a text type: the character set's own `_bin` collation.
    binary: bool,
    /// What `SERIAL` adds.
    pub(crate) serial: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Base {
    /// Name, declared width, sign, zeros in front.
    Int(&'static str, Option<u32>, bool, bool),
    /// A number with fraction: name, brackets, sign, zeros in front.
    Real(&'static str, String, bool, bool),
    /// Name and brackets, without anything else.
    Plain(&'static str, String),
    /// CHAR and VARCHAR with their length in letters.
    Text(&'static str, u32),
    /// TINYTEXT to LONGTEXT.
    LongText(&'static str),
    /// TEXT(n) and BLOB(n): the smallest type that holds so many letters.
    Sized(&'static str, u32),
    /// ENUM or SET with the labels.
    Labels(&'static str, Vec<String>),
}

/// A type as a catalogue shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) data_type: String,
    pub(crate) column_type: String,
    pub(crate) charset: String,
    pub(crate) collation: String,
}

/// What a table's columns take over where they say nothing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Surroundings<'a> {
    pub(crate) dialect: Dialect,
    /// The table's collation; empty when it is not known.
    pub(crate) collation: &'a str,
    /// The collation of utf8mb4 that the statement says it has.
    pub(crate) utf8mb4: Option<&'a str>,
}

/// Names of integer types: the catalogue's, its width with and without a sign.
const INTEGERS: &[(&str, &str, u32, u32)] = &[
    ("TINYINT", "tinyint", 4, 3),
    ("INT1", "tinyint", 4, 3),
    ("SMALLINT", "smallint", 6, 5),
    ("INT2", "smallint", 6, 5),
    ("MEDIUMINT", "mediumint", 9, 8),
    ("MIDDLEINT", "mediumint", 9, 8),
    ("INT3", "mediumint", 9, 8),
    ("INT", "int", 11, 10),
    ("INTEGER", "int", 11, 10),
    ("INT4", "int", 11, 10),
    ("BIGINT", "bigint", 20, 20),
    ("INT8", "bigint", 20, 20),
];

const SPATIAL: &[&str] =
    &["geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon"];

/// Reads a type; nothing when it is not understood whole.
pub(super) fn read(cursor: &mut Cursor, dialect: Dialect) -> Option<DataType> {
    let national = cursor.take("NATIONAL");
    let Token::Word(word) = cursor.next()?.clone() else { return None };
    let word = word.to_ascii_uppercase();
    if word == "JSON" && dialect.json_is_text() {
        let collation = Some("utf8mb4_bin".to_owned());
        return Some(DataType { collation, ..plain(Base::LongText("longtext")) });
    }
    let base = match number(cursor, &word)? {
        Some(number) => number,
        None => match text(cursor, &word)? {
            Some(text) => text,
            None => other(cursor, &word, dialect)?,
        },
    };
    let mut read = DataType { serial: word == "SERIAL", ..plain(base) };
    if read.is_text() {
        if national || word.starts_with('N') {
            read.charset = Some("utf8".to_owned());
        }
        charset(cursor, &mut read)?;
    }
    Some(read)
}

const fn plain(base: Base) -> DataType {
    DataType { base, charset: None, collation: None, binary: false, serial: false }
}

/// A number; inner nothing: the word names none.
#[expect(clippy::option_option, reason = "no such type and one that can't be read are two things")]
fn number(cursor: &mut Cursor, word: &str) -> Option<Option<Base>> {
    if let Some((_, name, _, _)) = INTEGERS.iter().find(|(known, ..)| *known == word) {
        let width = brackets_one(cursor)?;
        let (unsigned, zerofill) = signs(cursor);
        return Some(Some(Base::Int(name, width, unsigned, zerofill)));
    }
    match word {
        "SERIAL" => Some(Some(Base::Int("bigint", None, true, false))),
        "BOOL" | "BOOLEAN" => Some(Some(Base::Int("tinyint", Some(1), false, false))),
        "DECIMAL" | "NUMERIC" | "DEC" | "FIXED" => {
            let (precision, scale) = brackets_two(cursor)?;
            // DECIMAL(0) is DECIMAL(10).
            let precision = precision.filter(|precision| *precision > 0).unwrap_or(10);
            let (unsigned, zerofill) = signs(cursor);
            let brackets = format!("({precision},{})", scale.unwrap_or(0));
            Some(Some(Base::Real("decimal", brackets, unsigned, zerofill)))
        }
        "FLOAT" | "FLOAT4" => {
            let (name, brackets) = match brackets_two(cursor)? {
                (Some(digits), None) if digits > 24 => ("double", String::new()),
                (Some(length), Some(scale)) => ("float", format!("({length},{scale})")),
                _ => ("float", String::new()),
            };
            let (unsigned, zerofill) = signs(cursor);
            Some(Some(Base::Real(name, brackets, unsigned, zerofill)))
        }
        "DOUBLE" | "FLOAT8" | "REAL" => {
            cursor.take("PRECISION");
            let brackets = match brackets_two(cursor)? {
                (Some(length), Some(scale)) => format!("({length},{scale})"),
                (None, None) => String::new(),
                _ => return None,
            };
            let (unsigned, zerofill) = signs(cursor);
            Some(Some(Base::Real("double", brackets, unsigned, zerofill)))
        }
        _ => Some(None),
    }
}

/// A text, with or without a length; inner nothing: the word names none.
#[expect(clippy::option_option, reason = "no such type and one that can't be read are two things")]
fn text(cursor: &mut Cursor, word: &str) -> Option<Option<Base>> {
    Some(Some(match word {
        "TINYTEXT" => Base::LongText("tinytext"),
        "MEDIUMTEXT" => Base::LongText("mediumtext"),
        "LONGTEXT" => Base::LongText("longtext"),
        "TEXT" => match brackets_one(cursor)? {
            Some(length) => Base::Sized("text", length),
            None => Base::LongText("text"),
        },
        "LONG" if cursor.take("VARBINARY") => Base::Plain("mediumblob", String::new()),
        "LONG" => {
            cursor.take_one(&["VARCHAR", "VARCHARACTER"]);
            Base::LongText("mediumtext")
        }
        "CHAR" | "CHARACTER" | "NCHAR" | "VARCHAR" | "VARCHARACTER" | "NVARCHAR" => {
            let varying = word.contains("VAR") || cursor.take("VARYING") || cursor.take("VARCHAR");
            let length = brackets_one(cursor)?;
            if varying { Base::Text("varchar", length?) } else { Base::Text("char", length.unwrap_or(1)) }
        }
        "ENUM" => Base::Labels("enum", labels(cursor)?),
        "SET" => Base::Labels("set", labels(cursor)?),
        _ => return Some(None),
    }))
}

/// Times, bytes, documents and places.
fn other(cursor: &mut Cursor, word: &str, dialect: Dialect) -> Option<Base> {
    let bare = |name| Base::Plain(name, String::new());
    Some(match word {
        "BIT" => Base::Plain("bit", format!("({})", brackets_one(cursor)?.unwrap_or(1))),
        "DATE" => bare("date"),
        "TIME" => Base::Plain("time", fraction(cursor)?),
        "DATETIME" => Base::Plain("datetime", fraction(cursor)?),
        "TIMESTAMP" => Base::Plain("timestamp", fraction(cursor)?),
        "YEAR" => {
            brackets_one(cursor)?;
            Base::Plain("year", if dialect.shows_width() { "(4)" } else { "" }.to_owned())
        }
        "JSON" => bare("json"),
        "INET4" if dialect.server == Server::MariaDb => bare("inet4"),
        "INET6" if dialect.server == Server::MariaDb => bare("inet6"),
        "UUID" if dialect.server == Server::MariaDb => bare("uuid"),
        "BINARY" => Base::Plain("binary", format!("({})", brackets_one(cursor)?.unwrap_or(1))),
        "VARBINARY" => Base::Plain("varbinary", format!("({})", brackets_one(cursor)??)),
        "TINYBLOB" => bare("tinyblob"),
        "MEDIUMBLOB" => bare("mediumblob"),
        "LONGBLOB" => bare("longblob"),
        "BLOB" => match brackets_one(cursor)? {
            Some(length) => Base::Sized("blob", length),
            None => bare("blob"),
        },
        // GEOMETRYCOLLECTION has a shorter name in the catalogue of MySQL 8.
        _ => bare(SPATIAL.iter().find(|name| name.eq_ignore_ascii_case(word))?),
    })
}

/// `CHARACTER SET x`, `ASCII`, `BINARY`, `COLLATE y`, in any order.
fn charset(cursor: &mut Cursor, read: &mut DataType) -> Option<()> {
    loop {
        if cursor.take_all(&["CHARACTER", "SET"])
            || cursor.take_all(&["CHAR", "SET"])
            || cursor.take("CHARSET")
        {
            read.charset = Some(cursor.name_or_text()?);
        } else if cursor.take("ASCII") {
            read.charset = Some("latin1".to_owned());
        } else if cursor.take("UNICODE") {
            read.charset = Some("ucs2".to_owned());
        } else if cursor.take("BYTE") {
            read.charset = Some("binary".to_owned());
        } else if cursor.take("COMPRESSED") {
            packed(cursor)?;
        } else if cursor.take("BINARY") {
            read.binary = true;
        } else if cursor.is("COLLATE") {
            cursor.next()?;
            read.collation = Some(cursor.name_or_text()?);
        } else {
            return Some(());
        }
    }
}

fn signs(cursor: &mut Cursor) -> (bool, bool) {
    let (mut unsigned, mut zerofill) = (false, false);
    while let Some(word) = cursor.take_one(&["UNSIGNED", "SIGNED", "ZEROFILL"]) {
        unsigned |= word != "SIGNED";
        zerofill |= word == "ZEROFILL";
    }
    (unsigned, zerofill)
}

/// The number in brackets, if there are any. Outer nothing: not understood.
#[expect(clippy::option_option, reason = "no brackets and brackets that can't be read are two things")]
fn brackets_one(cursor: &mut Cursor) -> Option<Option<u32>> {
    if !cursor.take_sign('(') {
        return Some(None);
    }
    let number = cursor.number()?;
    cursor.need_sign(')')?;
    Some(Some(number))
}

fn brackets_two(cursor: &mut Cursor) -> Option<(Option<u32>, Option<u32>)> {
    if !cursor.take_sign('(') {
        return Some((None, None));
    }
    let first = cursor.number()?;
    let second = if cursor.take_sign(',') { Some(cursor.number()?) } else { None };
    cursor.need_sign(')')?;
    Some((Some(first), second))
}

fn fraction(cursor: &mut Cursor) -> Option<String> {
    let digits = brackets_one(cursor)?.unwrap_or(0);
    Some(if digits == 0 { String::new() } else { format!("({digits})") })
}

fn labels(cursor: &mut Cursor) -> Option<Vec<String>> {
    // Servers cut the spaces behind labels.
    cursor.list(|cursor| Some(cursor.text()?.trim_end_matches(' ').to_owned()))
}

impl DataType {
    /// Notes the `COLLATE` that stands among a column's attributes.
    pub(super) fn collate(&mut self, collation: String) {
        self.collation = Some(collation);
    }

    /// Whether it has a character set.
    pub(crate) fn is_text(&self) -> bool {
        matches!(self.base, Base::Text(..) | Base::LongText(_) | Base::Sized("text", _) | Base::Labels(..))
    }

    /// Whether NULL is not what a column of this type takes for granted.
    pub(crate) fn is_timestamp(&self) -> bool {
        matches!(self.base, Base::Plain("timestamp", _))
    }

    /// The catalogue's words for it; nothing when they are not known for sure.
    pub(crate) fn shown(&self, around: Surroundings<'_>) -> Option<Shown> {
        let (charset, collation) = if self.is_text() { self.charset(around)? } else { Default::default() };
        let binary = charset == "binary";
        let (data_type, column_type) = match &self.base {
            Base::Int(name, width, unsigned, zerofill) => {
                (*name, shown_int(around.dialect, name, *width, *unsigned, *zerofill)?)
            }
            Base::Real(name, brackets, unsigned, zerofill) => {
                (*name, format!("{name}{brackets}{}", shown_signs(*unsigned, *zerofill)))
            }
            Base::Plain(name, brackets) => (*name, format!("{name}{brackets}")),
            Base::Text(name, letters) => {
                let name = match (*name, binary) {
                    ("char", true) => "binary",
                    ("varchar", true) => "varbinary",
                    (name, _) => name,
                };
                // Longer ones become another type, or are refused.
                if letters * widest(&charset)? > 65_535 {
                    return None;
                }
                (name, format!("{name}({letters})"))
            }
            Base::LongText(name) => {
                let name = if binary { blob_of(name)? } else { name };
                (name, name.to_owned())
            }
            Base::Sized(name, letters) => {
                let text = *name == "text";
                let bytes = u64::from(*letters) * u64::from(if text { widest(&charset)? } else { 1 });
                let name = sized(bytes);
                let name = if text && !binary { text_of(name)? } else { name };
                (name, name.to_owned())
            }
            Base::Labels(name, labels) => (*name, shown_labels(around.dialect, name, labels)),
        };
        let text = self.is_text() && (!binary || matches!(self.base, Base::Labels(..)));
        Some(Shown {
            data_type: data_type.to_owned(),
            column_type,
            charset: if text { charset } else { String::new() },
            collation: if text { collation } else { String::new() },
        })
    }

    /// Character set and collation: what the column says, else what its table has.
    fn charset(&self, around: Surroundings<'_>) -> Option<(String, String)> {
        let dialect = around.dialect;
        let own = self.collation.as_ref().map(|collation| dialect.collation(collation));
        let named = self.charset.as_ref().map(|charset| dialect.charset(charset));
        let collation = match (own, named) {
            (Some(collation), _) => collation,
            (None, Some(charset)) if self.binary => format!("{charset}_bin"),
            (None, Some(charset)) => dialect.default_collation(&charset, around.utf8mb4)?,
            (None, None) if around.collation.is_empty() => return None,
            (None, None) if self.binary => format!("{}_bin", charset_of(around.collation)),
            (None, None) => around.collation.to_owned(),
        };
        Some((charset_of(&collation).to_owned(), collation))
    }
}

/// The character set that a collation belongs to.
pub(crate) fn charset_of(collation: &str) -> &str {
    collation.split_once('_').map_or(collation, |(charset, _)| charset)
}

fn shown_int(
    dialect: Dialect,
    name: &str,
    width: Option<u32>,
    unsigned: bool,
    zerofill: bool,
) -> Option<String> {
    let unsigned = unsigned || zerofill;
    let (_, _, signed_width, unsigned_width) = INTEGERS.iter().find(|(_, known, ..)| *known == name)?;
    let usual = if unsigned { *unsigned_width } else { *signed_width };
    // A width of 0 is none.
    let width = width.filter(|width| *width > 0);
    let shows = dialect.shows_width() || zerofill || (name == "tinyint" && width == Some(1) && !unsigned);
    let brackets = if shows { format!("({})", width.unwrap_or(usual)) } else { String::new() };
    Some(format!("{name}{brackets}{}", shown_signs(unsigned, zerofill)))
}

const fn shown_signs(unsigned: bool, zerofill: bool) -> &'static str {
    match (unsigned, zerofill) {
        (_, true) => " unsigned zerofill",
        (true, false) => " unsigned",
        (false, false) => "",
    }
}

fn shown_labels(dialect: Dialect, name: &str, labels: &[String]) -> String {
    let shown = |label: &String| {
        let mut text = String::from("'");
        for letter in label.chars() {
            match letter {
                '\'' if dialect.escapes_labels() => text.push_str("''"),
                '\\' if dialect.escapes_labels() => text.push_str("\\\\"),
                '\n' if dialect.escapes_labels() => text.push_str("\\n"),
                '\r' if dialect.escapes_labels() => text.push_str("\\r"),
                '\0' if dialect.escapes_labels() => text.push_str("\\0"),
                other => text.push(other),
            }
        }
        text.push('\'');
        text
    };
    format!("{name}({})", labels.iter().map(shown).collect::<Vec<_>>().join(","))
}

const fn sized(bytes: u64) -> &'static str {
    match bytes {
        0..=0xff => "tinyblob",
        0x100..=0xffff => "blob",
        0x1_0000..=0xff_ffff => "mediumblob",
        _ => "longblob",
    }
}

const TEXTS: &[(&str, &str)] =
    &[("tinytext", "tinyblob"), ("text", "blob"), ("mediumtext", "mediumblob"), ("longtext", "longblob")];

fn blob_of(text: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(name, _)| *name == text).map(|(_, blob)| *blob)
}

fn text_of(blob: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(_, name)| *name == blob).map(|(text, _)| *text)
}
