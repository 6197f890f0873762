//! Collations that can be followed exactly: what makes two texts equal, and
//! which comes first.
//!
//! | collation | rule | proven on |
//! |---|---|---|
//! | `utf8mb4_bin`, `utf8mb3_bin`, `utf8_bin`, `ascii_bin` | code points | all |
//! | `.._general_ci` of utf8mb4, utf8mb3, utf8, ascii | weights of `general_ci.bin` | all |
//! | `latin1_bin`, `latin1_swedish_ci` | one weight a byte | MySQL, MariaDB |
//! | `gbk_bin`, `gbk_chinese_ci` | only equality | MySQL, MariaDB |
//!
//! All of them ignore trailing spaces: the shorter text counts as if filled up
//! with spaces. The weights were read from `WEIGHT_STRING` of seekdb, MariaDB
//! 10.11 and MySQL 5.6, which agree on every character; beyond U+FFFF all
//! characters weigh 0xFFFD. Texts are UTF-8 here, whatever the column's charset.

use std::cmp::Ordering;

use crate::endpoint::DatasourceKind;
use crate::schema::charset::Charset;

/// 256 page numbers (0: every character weighs itself), then the pages: 256
/// weights of two bytes, little endian.
static GENERAL_CI: &[u8] = include_bytes!("general_ci.bin");

/// Weights of bytes 0xC0 to 0xFF in `latin1_swedish_ci`.
static SWEDISH: &[u8; 64] =
    b"AAAA\\[\\CEEEEIIIIDNOOOO]\xd7\xd8UUUYY\xde\xdfAAAA\\[\\CEEEEIIIIDNOOOO]\xf7\xd8UUUYY\xde\xff";

/// Characters of bytes 0x80 to 0x9F in latin1.
static LATIN1_HIGH: &[char; 32] = &[
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// How characters weigh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    CodePoints,
    General,
    Latin1,
    Swedish,
    /// Case of ASCII letters only; no order.
    Chinese,
    /// Bytes of a charset whose order isn't that of code points.
    Gbk,
}

/// A collation with its charset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Collation {
    rule: Rule,
    /// Its name, as the catalogue writes it.
    pub(super) name: &'static str,
    /// The charset's name, with utf8mb3 for both of its names.
    pub(super) charset: &'static str,
}

const KNOWN: &[Collation] = &[
    Collation { rule: Rule::CodePoints, name: "utf8mb4_bin", charset: "utf8mb4" },
    Collation { rule: Rule::General, name: "utf8mb4_general_ci", charset: "utf8mb4" },
    Collation { rule: Rule::CodePoints, name: "utf8mb3_bin", charset: "utf8mb3" },
    Collation { rule: Rule::General, name: "utf8mb3_general_ci", charset: "utf8mb3" },
    Collation { rule: Rule::CodePoints, name: "ascii_bin", charset: "ascii" },
    Collation { rule: Rule::General, name: "ascii_general_ci", charset: "ascii" },
    Collation { rule: Rule::Latin1, name: "latin1_bin", charset: "latin1" },
    Collation { rule: Rule::Swedish, name: "latin1_swedish_ci", charset: "latin1" },
    Collation { rule: Rule::Gbk, name: "gbk_bin", charset: "gbk" },
    Collation { rule: Rule::Chinese, name: "gbk_chinese_ci", charset: "gbk" },
];

impl Collation {
    /// What numbers and times turned into text have.
    pub(super) const DEFAULT: Self =
        Self { rule: Rule::General, name: "utf8mb4_general_ci", charset: "utf8mb4" };

    /// The collation of this name, when it is proven on this kind of source.
    pub(super) fn find(name: &str, kind: DatasourceKind) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let current = name.strip_prefix("utf8_").map(|rest| format!("utf8mb3_{rest}"));
        let wanted = current.unwrap_or(name);
        let found = *KNOWN.iter().find(|known| known.name == wanted)?;
        let proven = kind != DatasourceKind::OceanbaseCe || !matches!(found.charset, "latin1" | "gbk");
        proven.then_some(found)
    }

    /// The charset part of a collation's name.
    pub(super) fn charset_of(name: &str) -> String {
        let lower = name.to_ascii_lowercase();
        let charset = lower.split('_').next().unwrap_or_default();
        if charset == "utf8" { "utf8mb3".to_owned() } else { charset.to_owned() }
    }

    /// Whether it tells which text comes first.
    pub(super) const fn has_order(self) -> bool {
        !matches!(self.rule, Rule::Chinese | Rule::Gbk)
    }

    /// Whether a literal could stand in a column of this charset.
    pub(super) fn holds(self, text: &str) -> bool {
        match self.charset {
            "utf8mb4" => true,
            "utf8mb3" => text.chars().all(|c| u32::from(c) <= 0xffff),
            "ascii" => text.is_ascii(),
            "latin1" => text.chars().all(|c| latin1(c).is_some()),
            name => match Charset::from_name(name) {
                Some(Charset::Legacy(_, encoding)) => !encoding.encode(text).2,
                _ => false,
            },
        }
    }

    /// What a character counts as.
    pub(super) fn weight(self, c: char) -> u32 {
        match self.rule {
            Rule::CodePoints | Rule::Gbk => u32::from(c),
            Rule::General => general(c),
            Rule::Chinese => u32::from(c.to_ascii_uppercase()),
            Rule::Latin1 => latin1(c).map_or(u32::from(c), u32::from),
            Rule::Swedish => latin1(c).map_or(u32::from(c), |byte| u32::from(swedish(byte))),
        }
    }

    /// Compares as the server does; without order, unequal texts are
    /// [`Ordering::Less`] or [`Ordering::Greater`] at random.
    pub(super) fn compare(self, left: &str, right: &str) -> Ordering {
        if self.rule == Rule::CodePoints && left == right {
            return Ordering::Equal;
        }
        let (mut left, mut right) = (left.chars(), right.chars());
        loop {
            let (one, other) = (left.next(), right.next());
            if one.is_none() && other.is_none() {
                return Ordering::Equal;
            }
            let weight = |c: Option<char>| self.weight(c.unwrap_or(' '));
            match weight(one).cmp(&weight(other)) {
                Ordering::Equal => {}
                different => return different,
            }
        }
    }
}

fn general(c: char) -> u32 {
    let code = u32::from(c);
    if c.is_ascii() {
        return u32::from(c.to_ascii_uppercase());
    }
    let (Ok(high), low) = (u8::try_from(code >> 8), code & 0xff) else { return 0xfffd };
    let page = GENERAL_CI.get(usize::from(high)).copied().unwrap_or(0);
    if page == 0 {
        return code;
    }
    let at = 256 + (usize::from(page) - 1) * 512 + usize::try_from(low).unwrap_or(0) * 2;
    match GENERAL_CI.get(at..at + 2) {
        Some([low, high]) => u32::from(u16::from_le_bytes([*low, *high])),
        _ => code,
    }
}

fn latin1(c: char) -> Option<u8> {
    let code = u32::from(c);
    if matches!(code, 0..=0x7f | 0xa0..=0xff) {
        return u8::try_from(code).ok();
    }
    let index = LATIN1_HIGH.iter().position(|known| *known == c)?;
    u8::try_from(index + 0x80).ok()
}

fn swedish(byte: u8) -> u8 {
    match byte.checked_sub(0xc0) {
        Some(index) => SWEDISH.get(usize::from(index)).copied().unwrap_or(byte),
        None => byte.to_ascii_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compare(collation: &str, left: &str, right: &str) -> Ordering {
        Collation::find(collation, DatasourceKind::Mysql).expect("known").compare(left, right)
    }

    #[test]
    fn general_ci_folds_case_and_accents_and_ignores_trailing_spaces() {
        for (left, right) in [("É ß", "e s"), ("abc", "ABC   "), ("ÿ", "Y"), ("😀", "🚀"), ("", " ")] {
            assert_eq!(compare("utf8mb4_general_ci", left, right), Ordering::Equal, "{left} {right}");
        }
        assert_eq!(compare("utf8mb4_general_ci", "a\t", "a"), Ordering::Less);
        assert_eq!(compare("utf8mb4_general_ci", "a\u{a0}", "a"), Ordering::Greater);
        assert_eq!(compare("utf8mb4_bin", "a", "A "), Ordering::Greater);
        assert_eq!(compare("latin1_swedish_ci", "Müller", "MYLLER "), Ordering::Equal);
        assert_eq!(compare("latin1_swedish_ci", "å", "Å"), Ordering::Equal);
    }

    #[test]
    fn unproven_collations_are_unknown() {
        assert!(Collation::find("utf8mb4_0900_ai_ci", DatasourceKind::Mysql).is_none());
        assert!(Collation::find("utf8mb4_unicode_ci", DatasourceKind::Mariadb).is_none());
        assert!(Collation::find("gbk_chinese_ci", DatasourceKind::OceanbaseCe).is_none());
        assert!(Collation::find("utf8_general_ci", DatasourceKind::OceanbaseCe).is_some());
    }
}
