//! Character sets of the source, turned into UTF-8. Text columns carry raw
//! bytes in the column's own charset.

use crate::planted::{self, Planted};
use std::borrow::Cow;

use encoding_rs::Encoding;
use serde::{Deserialize, Serialize};

/// How a column's bytes become text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// Not text.
    #[default]
    Binary,
    /// utf8, utf8mb3, utf8mb4 and ascii: checked, not converted.
    Utf8,
    /// UTF-16 and UCS-2, big endian; `true`: little endian.
    Utf16(bool),
    /// UTF-32, big endian.
    Utf32,
    /// Everything else: the database's name and the conversion table.
    Legacy(&'static str, &'static Encoding),
}

/// Database charset names and the tables that convert them. MySQL's `latin1`
/// is Windows-1252, its `gbk` a subset of the table used here.
static LEGACY: &[(&str, &Encoding)] = &[
    ("gbk", encoding_rs::GBK),
    ("gb2312", encoding_rs::GBK),
    ("gb18030", encoding_rs::GB18030),
    ("gb18030_2022", encoding_rs::GB18030),
    ("latin1", encoding_rs::WINDOWS_1252),
    ("latin2", encoding_rs::ISO_8859_2),
    ("latin5", encoding_rs::WINDOWS_1254),
    ("latin7", encoding_rs::ISO_8859_13),
    ("big5", encoding_rs::BIG5),
    ("sjis", encoding_rs::SHIFT_JIS),
    ("cp932", encoding_rs::SHIFT_JIS),
    ("ujis", encoding_rs::EUC_JP),
    ("eucjpms", encoding_rs::EUC_JP),
    ("euckr", encoding_rs::EUC_KR),
    ("cp1250", encoding_rs::WINDOWS_1250),
    ("cp1251", encoding_rs::WINDOWS_1251),
    ("cp1256", encoding_rs::WINDOWS_1256),
    ("cp1257", encoding_rs::WINDOWS_1257),
    ("cp866", encoding_rs::IBM866),
    ("koi8r", encoding_rs::KOI8_R),
    ("koi8u", encoding_rs::KOI8_U),
    ("greek", encoding_rs::ISO_8859_7),
    ("hebrew", encoding_rs::ISO_8859_8),
    ("tis620", encoding_rs::WINDOWS_874),
    ("macroman", encoding_rs::MACINTOSH),
];

impl Charset {
    /// The charset of this database name; `None` when it can't be converted.
    pub fn from_name(name: &str) -> Option<Self> {
        let lower = name.to_ascii_lowercase();
        match lower.as_str() {
            "" | "binary" => Some(Self::Binary),
            "utf8" | "utf8mb3" | "utf8mb4" | "ascii" => Some(Self::Utf8),
            "utf16" | "ucs2" => Some(Self::Utf16(false)),
            "utf16le" => Some(Self::Utf16(true)),
            "utf32" => Some(Self::Utf32),
            _ => LEGACY
                .iter()
                .find(|(known, _)| *known == lower)
                .map(|(known, encoding)| Self::Legacy(known, encoding)),
        }
    }

    /// ASCII text in this charset: all but UTF-16 and UTF-32 contain ASCII.
    pub fn encode_ascii(self, text: &str) -> Vec<u8> {
        let wide = |width: usize, little: bool| {
            let letter = move |byte| {
                let mut letter = vec![0; width];
                let place = if little { letter.first_mut() } else { letter.last_mut() };
                if let Some(place) = place {
                    *place = byte;
                }
                letter
            };
            text.bytes().flat_map(letter).collect()
        };
        match self {
            Self::Utf16(little) => wide(2, little),
            Self::Utf32 => wide(4, false),
            Self::Binary | Self::Utf8 | Self::Legacy(..) => text.as_bytes().to_vec(),
        }
    }

    /// The database's name of the charset.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Utf8 => "utf8mb4",
            Self::Utf16(false) => "utf16",
            Self::Utf16(true) => "utf16le",
            Self::Utf32 => "utf32",
            Self::Legacy(name, _) => name,
        }
    }

    /// The bytes as text; `None` when they are not valid in this charset.
    pub fn decode(self, bytes: &[u8]) -> Option<Cow<'_, str>> {
        match self {
            Self::Binary | Self::Utf8 => std::str::from_utf8(bytes).ok().map(Cow::Borrowed),
            Self::Utf16(little) => {
                let (pairs, odd) = bytes.as_chunks::<2>();
                let units = pairs
                    .iter()
                    .map(|pair| if little { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) });
                let text: Option<String> = char::decode_utf16(units).map(Result::ok).collect();
                text.filter(|_| odd.is_empty()).map(Cow::Owned)
            }
            Self::Utf32 => {
                let (quads, odd) = bytes.as_chunks::<4>();
                let text: Option<String> =
                    quads.iter().map(|quad| char::from_u32(u32::from_be_bytes(*quad))).collect();
                text.filter(|_| odd.is_empty()).map(Cow::Owned)
            }
            Self::Legacy("gbk", _) if planted::is(Planted::CharsetForgotten) => {
                encoding_rs::WINDOWS_1252.decode_without_bom_handling_and_without_replacement(bytes)
            }
            Self::Legacy(_, encoding) => encoding.decode_without_bom_handling_and_without_replacement(bytes),
        }
    }
}

impl Serialize for Charset {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Charset {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_name(&name).ok_or_else(|| serde::de::Error::custom(format!("unknown charset {name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str, bytes: &[u8]) -> String {
        Charset::from_name(name).expect("known").decode(bytes).expect("valid").into_owned()
    }

    #[test]
    fn chinese_in_every_charset_that_has_it() {
        assert_eq!(text("utf8mb4", "中😀".as_bytes()), "中😀");
        assert_eq!(text("gbk", &[0xd6, 0xd0]), "中");
        assert_eq!(text("gb18030", &[0xd6, 0xd0, 0x94, 0x39, 0xfc, 0x36]), "中😀");
        assert_eq!(text("utf16", &[0x4e, 0x2d, 0xd8, 0x3d, 0xde, 0x00]), "中😀");
        assert_eq!(text("utf32", &[0, 0, 0x4e, 0x2d]), "中");
        assert_eq!(text("latin1", &[0x63, 0xe9, 0x80]), "cé€");
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert_eq!(Charset::Utf8.decode(&[0xff]), None);
        assert_eq!(Charset::Utf16(false).decode(&[0x4e]), None);
        assert_eq!(Charset::Utf16(false).decode(&[0xd8, 0x3d]), None);
        assert!(Charset::from_name("dec8").is_none());
    }
}
