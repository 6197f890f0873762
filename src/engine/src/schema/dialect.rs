//! What a kind of server, in its version, makes of a declaration: the names and
//! defaults that its catalogue shows. Each fact was seen at such a server's
//! catalogue; the tests that run statements against real ones hold them.

use serde::{Deserialize, Serialize};

use crate::sql::Comments;

/// Families of servers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Server {
    /// MySQL.
    #[default]
    MySql,
    /// MariaDB.
    MariaDb,
    /// OceanBase CE in MySQL mode.
    OceanBase,
}

/// A server and its version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialect {
    /// Family.
    pub server: Server,
    /// Version: `50651` is 5.6.51, `101106` is 10.11.6.
    pub version: u32,
}

/// The collation that a character set has when none is named; utf8mb4's differs
/// from server to server.
const COLLATIONS: &[(&str, &str)] = &[
    ("big5", "big5_chinese_ci"),
    ("latin1", "latin1_swedish_ci"),
    ("ujis", "ujis_japanese_ci"),
    ("sjis", "sjis_japanese_ci"),
    ("tis620", "tis620_thai_ci"),
    ("euckr", "euckr_korean_ci"),
    ("gb2312", "gb2312_chinese_ci"),
    ("gbk", "gbk_chinese_ci"),
    ("gb18030", "gb18030_chinese_ci"),
    ("latin5", "latin5_turkish_ci"),
    ("cp932", "cp932_japanese_ci"),
    ("eucjpms", "eucjpms_japanese_ci"),
    ("binary", "binary"),
];

/// Character sets whose collation is `<name>_general_ci`.
const GENERAL: &[&str] = &[
    "latin2", "ascii", "hebrew", "koi8u", "greek", "cp1250", "utf8", "utf8mb3", "ucs2", "cp866", "macroman",
    "latin7", "cp1251", "utf16", "utf16le", "cp1256", "cp1257", "utf32", "koi8r", "armscii8", "geostd8",
    "keybcs2", "macce", "cp852",
];

impl Dialect {
    /// Of a server that says this of its version.
    #[must_use]
    pub fn new(server: Server, text: &str) -> Self {
        // MariaDB prefixes its version for old clients; OceanBase names the
        // version of MySQL that it is like first.
        let text = match server {
            Server::MySql => text,
            Server::MariaDb => text.strip_prefix("5.5.5-").unwrap_or(text),
            Server::OceanBase => text.rsplit("-v").next().unwrap_or(text),
        };
        let mut parts =
            text.split(|letter: char| !letter.is_ascii_digit()).map(|part| part.parse::<u32>().unwrap_or(0));
        let mut next = || parts.next().unwrap_or(0).min(999);
        Self { server, version: next() * 10_000 + next() * 100 + next() }
    }

    /// Whether a YEAR has a sign bit in the metadata of TABLE_MAP: MySQL's since
    /// 8.0.29, as its readers found; MariaDB's, seen at 10.11; `None`: not known.
    #[must_use]
    pub const fn signs_years(self) -> Option<bool> {
        match (self.server, self.version) {
            (_, 0) | (Server::OceanBase, _) => None,
            (Server::MySql, version) => Some(version >= 80_029),
            (Server::MariaDb, _) => Some(true),
        }
    }

    /// Which conditional comments of a statement were run.
    #[must_use]
    pub const fn comments(self) -> Comments {
        match self.server {
            Server::MySql => Comments::MySql(self.version),
            Server::MariaDb => Comments::MariaDb(self.version),
            Server::OceanBase => Comments::All,
        }
    }

    /// Whether the catalogue shows integers with a width: `int(11)`.
    #[must_use]
    pub fn shows_width(self) -> bool {
        self.server != Server::MySql || self.version < 80_019
    }

    /// Whether the catalogue shows labels of ENUM and SET with escapes.
    #[must_use]
    pub fn escapes_labels(self) -> bool {
        self.server != Server::OceanBase
    }

    /// Whether JSON is another name of LONGTEXT.
    #[must_use]
    pub fn json_is_text(self) -> bool {
        self.server == Server::MariaDb
    }

    /// The catalogue's name of a character set: `utf8` is three bytes wide, or
    /// another name of utf8mb4.
    #[must_use]
    pub fn charset(self, name: &str) -> String {
        let lower = name.to_ascii_lowercase();
        if !matches!(lower.as_str(), "utf8" | "utf8mb3") {
            return lower;
        }
        let wide = match self.server {
            Server::OceanBase => return "utf8mb4".to_owned(),
            Server::MySql => self.version >= 80_030,
            Server::MariaDb => self.version >= 100_600,
        };
        if wide { "utf8mb3" } else { "utf8" }.to_owned()
    }

    /// The catalogue's name of a collation.
    #[must_use]
    pub fn collation(self, name: &str) -> String {
        let lower = name.to_ascii_lowercase();
        match lower.split_once('_') {
            Some((charset @ ("utf8" | "utf8mb3"), rest)) => format!("{}_{rest}", self.charset(charset)),
            _ => lower,
        }
    }

    /// The collation of a character set when none is named; `None` when it is not
    /// known for sure. `utf8mb4` is the one that the statement says, where it does.
    #[must_use]
    pub fn default_collation(self, charset: &str, utf8mb4: Option<&str>) -> Option<String> {
        let charset = self.charset(charset);
        if charset == "utf8mb4" {
            return match self.server {
                Server::MySql if self.version >= 80_000 => {
                    Some(utf8mb4.unwrap_or("utf8mb4_0900_ai_ci").to_owned())
                }
                // MariaDB 11.3 has a setting for it.
                Server::MariaDb if self.version >= 110_300 => None,
                _ => Some("utf8mb4_general_ci".to_owned()),
            };
        }
        if let Some((_, collation)) = COLLATIONS.iter().find(|(name, _)| *name == charset) {
            return Some((*collation).to_owned());
        }
        GENERAL.contains(&charset.as_str()).then(|| format!("{charset}_general_ci"))
    }
}

/// Most bytes that a letter of a character set takes; `None` for an unknown one.
#[must_use]
pub fn widest(charset: &str) -> Option<u32> {
    Some(match charset.to_ascii_lowercase().as_str() {
        "utf8mb4" | "utf16" | "utf16le" | "utf32" | "gb18030" | "gb18030_2022" => 4,
        "utf8" | "utf8mb3" | "ujis" | "eucjpms" => 3,
        "ucs2" | "gbk" | "gb2312" | "big5" | "sjis" | "cp932" | "euckr" => 2,
        "" | "binary" | "latin1" | "latin2" | "latin5" | "latin7" | "ascii" | "hebrew" | "koi8u"
        | "koi8r" | "greek" | "cp1250" | "cp1251" | "cp1256" | "cp1257" | "cp866" | "cp850" | "cp852"
        | "macroman" | "macce" | "tis620" | "armscii8" | "geostd8" | "keybcs2" | "dec8" | "hp8" | "swe7" => 1,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_servers_write_them() {
        let version = |server, text| Dialect::new(server, text).version;
        assert_eq!(version(Server::MySql, "5.6.51-log"), 50_651);
        assert_eq!(version(Server::MySql, "9.7.4"), 90_704);
        assert_eq!(version(Server::MariaDb, "5.5.5-10.11.6-MariaDB"), 101_106);
        assert_eq!(version(Server::OceanBase, "5.7.25-OceanBase_CE-v4.2.1.2"), 40_201);
    }
}
