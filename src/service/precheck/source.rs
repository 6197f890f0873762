//! Items that ask the source server: login, version, clock, log and rights.

use std::collections::BTreeSet;

use crate::model::lang::Message;
use crate::model::project::TableMapping;
use crate::text::precheck as text;

use super::{CLOCK_LIMIT, Check, Finding, Found, Item, item, missing, not_checked};

impl Check {
    pub(super) async fn source_side(&self) -> Vec<Item> {
        let mut info = None;
        let connect = item("RDB_CONNECT", text::RDB_CONNECT, async {
            info = Some(self.engine.connect(self.source.clone()).await?);
            Ok(Finding::Fine(None))
        });
        let mut items = vec![connect.await];
        let Some(info) = info else {
            items.extend(not_checked(
                &[
                    ("DB_VERSION", text::DB_VERSION),
                    ("RDB_SCHEMA_EXIST", text::RDB_SCHEMA_EXIST),
                    ("RDB_TABLE_EXIST", text::RDB_TABLE_EXIST),
                    ("DB_ACCOUNT_INCR_READ_PRIVILEGE", text::DB_ACCOUNT_INCR_READ_PRIVILEGE),
                    ("DB_INCR_LOG", text::DB_INCR_LOG),
                ],
                text::RDB_CONNECT,
            ));
            return items;
        };
        let version = Finding::Fine(Some(info.version.clone()));
        items.push(item("DB_VERSION", text::DB_VERSION, async { Ok(version) }).await);
        let clock = clock(info.clock_offset_ms);
        items.push(item("DB_TIME_SYNC", text::DB_TIME_SYNC, async { Ok(clock) }).await);
        let case = case(info.lower_case_table_names, &self.tables);
        items.push(item("DB_CASE_SENSITIVE", text::DB_CASE_SENSITIVE, async { Ok(case) }).await);
        let (schemas, catalogue, rights, log) = tokio::join!(
            item("RDB_SCHEMA_EXIST", text::RDB_SCHEMA_EXIST, self.databases()),
            self.catalogue(),
            item("DB_ACCOUNT_INCR_READ_PRIVILEGE", text::DB_ACCOUNT_INCR_READ_PRIVILEGE, async {
                self.engine.privileges(self.source.clone()).await?;
                Ok(Finding::Fine(None))
            }),
            item("DB_INCR_LOG", text::DB_INCR_LOG, self.log()),
        );
        items.push(schemas);
        items.extend(catalogue);
        items.extend([rights, log]);
        let length =
            item("DB_WHITE_LIST_LENGTH", text::DB_WHITE_LIST_LENGTH, async { Ok(length(&self.tables)) });
        items.push(length.await);
        items
    }

    async fn log(&self) -> Found {
        self.engine.log(self.source.clone()).await?;
        if let Some(start) = self.start {
            self.engine.start_point(self.source.clone(), start).await?;
        }
        Ok(Finding::Fine(None))
    }

    async fn databases(&self) -> Found {
        let there: BTreeSet<String> = self.engine.databases(self.source.clone()).await?.into_iter().collect();
        let wanted: BTreeSet<&String> = self.tables.iter().map(|table| &table.database).collect();
        let absent: Vec<String> = wanted.into_iter().filter(|name| !there.contains(*name)).cloned().collect();
        Ok(missing(&absent, text::SCHEMA_REMEDY))
    }
}

fn clock(offset_ms: i64) -> Finding {
    if offset_ms.abs() <= CLOCK_LIMIT {
        return Finding::Fine(None);
    }
    Finding::Warn(Message::new(text::CLOCK, &[&offset_ms.to_string()]), text::CLOCK_REMEDY)
}

fn case(lower_case_table_names: u8, tables: &[TableMapping]) -> Finding {
    let capital =
        tables.iter().map(TableMapping::full_name).find(|name| name.chars().any(|c| c.is_ascii_uppercase()));
    match capital {
        Some(name) if lower_case_table_names == 1 => {
            Finding::Warn(Message::new(text::CASE, &[&name]), text::CASE_REMEDY)
        }
        _ => Finding::Fine(None),
    }
}

fn length(tables: &[TableMapping]) -> Finding {
    let bytes: usize = tables.iter().map(|table| table.full_name().len() + 1).sum();
    if bytes <= 65_536 {
        return Finding::Fine(None);
    }
    Finding::Fail(Message::new(text::TOO_LONG, &[&bytes.to_string()]), text::TOO_LONG_REMEDY.into())
}
