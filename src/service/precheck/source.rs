//! Items that ask the source server: login, version, clock, log and rights.

use std::collections::BTreeSet;
use std::net::IpAddr;

use tidewire_engine::endpoint::{DatasourceKind, SourceEndpoint, Tls};
use tidewire_engine::error::ErrorKind;
use tidewire_engine::project::TableMapping;
use tidewire_mysql::role::Role;
use tidewire_words::Sentence;

use crate::text::precheck as text;

use super::{CLOCK_LIMIT, Check, Finding, Found, about, missing};

/// Items that need a server which can be followed.
const BEHIND_VERSION: [&str; 12] = [
    "DB_MASTER_SLAVE",
    "DB_TIME_SYNC",
    "DB_CASE_SENSITIVE",
    "RDB_SCHEMA_EXIST",
    "RDB_TABLE_EXIST",
    "DB_TABLE_TYPE",
    "SYNC_SCHEMA_CONSISTENCY",
    "NAME_CHARACTERS",
    "COLUMN_VALUES",
    "DB_ACCOUNT_INCR_READ_PRIVILEGE",
    "DB_INCR_LOG",
    "DB_LOG_COMPLETE",
];

impl Check {
    pub(super) async fn source_side(&self) {
        let (mut info, mut unsupported) = (None, None);
        let connect = self.item("RDB_CONNECT", async {
            match self.engine.connect(self.source.clone()).await {
                Ok(found) => info = Some(found),
                // It was reached, and says what it is.
                Err(error) if error.kind == ErrorKind::SourceUnsupported => unsupported = Some(error),
                Err(error) => return Err(error),
            }
            let place = format!("{}:{}", self.source.host, self.source.port);
            if info.as_ref().is_some_and(|info| trusts_any_key(&self.source, &info.version)) {
                let reason = Sentence::new(text::KEY_TRUSTED, &[&place]);
                return Ok(Finding::Warn(reason, text::KEY_TRUSTED_REMEDY));
            }
            Ok(Finding::Fine(Some(place)))
        });
        connect.await;
        let length = self.item("DB_WHITE_LIST_LENGTH", async { Ok(length(&self.tables)) });
        length.await;
        let Some(info) = info else {
            if let Some(error) = unsupported {
                self.item("DB_VERSION", async { Err(error) }).await;
                self.not_checked(&BEHIND_VERSION, text::DB_VERSION);
            } else {
                self.not_checked(&["DB_VERSION"], text::RDB_CONNECT);
                self.not_checked(&BEHIND_VERSION, text::RDB_CONNECT);
            }
            return;
        };
        let version = Finding::Fine(Some(info.version.clone()));
        let clock = clock(info.clock_offset_ms);
        let case = case(info.lower_case_table_names, &self.tables);
        tokio::join!(
            self.item("DB_VERSION", async { Ok(version) }),
            self.item("DB_MASTER_SLAVE", self.role()),
            self.item("DB_TIME_SYNC", async { Ok(clock) }),
            self.item("DB_CASE_SENSITIVE", async { Ok(case) }),
            self.item("RDB_SCHEMA_EXIST", self.databases()),
            self.catalogue(),
            self.item("DB_ACCOUNT_INCR_READ_PRIVILEGE", async {
                self.engine.privileges(self.source.clone()).await?;
                Ok(Finding::Fine(None))
            }),
            self.item("DB_INCR_LOG", self.log()),
            self.item("DB_LOG_COMPLETE", self.unlogged()),
        );
    }

    async fn role(&self) -> Found {
        Ok(match self.engine.role(self.source.clone()).await? {
            Role::Primary => Finding::Fine(None),
            Role::Standby => Finding::Fail(text::STANDBY.into(), text::STANDBY_REMEDY.into()),
            Role::Unknown => Finding::Warn(text::ROLE_UNKNOWN.into(), text::ROLE_UNKNOWN_REMEDY),
        })
    }

    async fn log(&self) -> Found {
        self.engine.log(self.source.clone()).await?;
        self.engine.opens(self.source.clone(), self.begin.clone()).await?;
        Ok(Finding::Fine(None))
    }

    /// Whether the source keeps changes of the tables out of its log.
    async fn unlogged(&self) -> Found {
        let tables = self.tables.iter().map(|table| (table.database.clone(), table.table.clone())).collect();
        let found = self.engine.unlogged(self.source.clone(), tables).await?;
        if !found.databases.is_empty() {
            let reason = about(text::NOT_LOGGED, &found.databases);
            return Ok(Finding::Fail(reason, text::NOT_LOGGED_REMEDY.into()));
        }
        if found.children.is_empty() {
            return Ok(Finding::Fine(None));
        }
        let pairs: Vec<String> =
            found.children.iter().map(|(child, parent)| format!("{child} <- {parent}")).collect();
        Ok(Finding::Warn(about(text::CASCADES, &pairs), text::CASCADES_REMEDY))
    }

    async fn databases(&self) -> Found {
        let there: BTreeSet<String> = self.engine.databases(self.source.clone()).await?.into_iter().collect();
        let wanted: BTreeSet<&String> = self.tables.iter().map(|table| &table.database).collect();
        let absent: Vec<String> = wanted.into_iter().filter(|name| !there.contains(*name)).cloned().collect();
        Ok(missing(&absent, text::SCHEMA_REMEDY))
    }
}

/// Whether the password may be given to whoever poses as the server: MySQL 8 asks for
/// `caching_sha2_password`, for which the driver takes the server's key as it comes where
/// nothing is encrypted. On this host nobody stands between.
fn trusts_any_key(source: &SourceEndpoint, version: &str) -> bool {
    let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
    let here = source.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    source.kind == DatasourceKind::Mysql && source.tls == Tls::Off && major >= Some(8) && !here
}

fn clock(offset_ms: i64) -> Finding {
    if offset_ms.abs() <= CLOCK_LIMIT {
        return Finding::Fine(None);
    }
    Finding::Warn(Sentence::new(text::CLOCK, &[&offset_ms.to_string()]), text::CLOCK_REMEDY)
}

fn case(lower_case_table_names: u8, tables: &[TableMapping]) -> Finding {
    let capital =
        tables.iter().map(TableMapping::full_name).find(|name| name.chars().any(|c| c.is_ascii_uppercase()));
    match capital {
        Some(name) if lower_case_table_names == 1 => {
            Finding::Warn(Sentence::new(text::CASE, &[&name]), text::CASE_REMEDY)
        }
        _ => Finding::Fine(None),
    }
}

fn length(tables: &[TableMapping]) -> Finding {
    let bytes: usize = tables.iter().map(|table| table.full_name().len() + 1).sum();
    if bytes <= 65_536 {
        return Finding::Fine(None);
    }
    Finding::Fail(Sentence::new(text::TOO_LONG, &[&bytes.to_string()]), text::TOO_LONG_REMEDY.into())
}
