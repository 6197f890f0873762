//! Browsing: databases, tables and columns of a source, topics of a target.

use serde::Serialize;
use tidewire_engine::endpoint::{MqEndpoint, SourceEndpoint};
use tidewire_mysql::catalogue::{ColumnInfo, TableInfo};
use tidewire_words::{Lang, Sentence};

use crate::text::refusal;

use super::datasources::secret_of;
use super::error::{RefusalKind, Result, ServiceError};
use super::{Actor, Service, in_time, rules};

/// A table that could be followed.
#[derive(Clone, Debug, Serialize)]
pub struct TableChoice {
    /// Name.
    pub name: String,
    /// Why it can't be chosen; nothing when it can.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

impl TableChoice {
    /// Whether it is found by a search, which is in small letters. A search that
    /// is the database's name finds all of its tables.
    #[must_use]
    pub fn is_found(&self, database: &str, search: &str) -> bool {
        database.to_lowercase() == search || self.name.to_lowercase().contains(search)
    }
}

/// A column of a table.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnChoice {
    /// Name.
    pub name: String,
    /// Type as the catalogue writes it.
    #[serde(rename = "type")]
    pub column_type: String,
    /// Whether it is part of the key.
    pub key: bool,
}

impl Service {
    /// Databases that a project may choose.
    ///
    /// # Errors
    /// Unknown data source, or the source's refusal.
    pub async fn databases(&self, actor: &Actor, datasource: &str) -> Result<Vec<String>> {
        let source = self.source_endpoint(actor, datasource).await?;
        let only = source.database.clone();
        let names = in_time(self.engine.databases(source)).await?;
        Ok(names.into_iter().filter(|name| only.as_ref().is_none_or(|only| only == name)).collect())
    }

    /// Tables of a database; those that can't be followed carry the reason.
    ///
    /// # Errors
    /// Unknown data source, or the source's refusal.
    pub async fn tables(
        &self,
        actor: &Actor,
        datasource: &str,
        database: &str,
        lang: Lang,
    ) -> Result<Vec<TableChoice>> {
        let source = self.source_endpoint(actor, datasource).await?;
        let tables = in_time(self.engine.tables(source, database.to_owned())).await?;
        Ok(table_choices(database, tables, lang))
    }

    /// Columns of a table in definition order.
    ///
    /// # Errors
    /// Unknown data source, or the source's refusal.
    pub async fn columns(
        &self,
        actor: &Actor,
        datasource: &str,
        database: &str,
        table: &str,
    ) -> Result<Vec<ColumnChoice>> {
        let source = self.source_endpoint(actor, datasource).await?;
        let question = self.engine.columns(source, database.to_owned(), table.to_owned());
        let columns = in_time(question).await?;
        Ok(columns_of(columns))
    }

    /// Topics that a project may choose.
    ///
    /// # Errors
    /// Unknown data source, or the target's refusal.
    pub async fn topics(&self, actor: &Actor, datasource: &str) -> Result<Vec<String>> {
        let target = self.target_endpoint(actor, datasource).await?;
        in_time(self.engine.topics(target)).await
    }

    pub(super) async fn source_endpoint(&self, actor: &Actor, name: &str) -> Result<SourceEndpoint> {
        let record = self.datasource_record(actor, name).await?;
        let secret = secret_of(&self.keyring(), &record)?;
        record.connection.source(secret).ok_or_else(|| wrong_kind(refusal::NOT_A_SOURCE, &record.name))
    }

    pub(super) async fn target_endpoint(&self, actor: &Actor, name: &str) -> Result<MqEndpoint> {
        let record = self.datasource_record(actor, name).await?;
        let secret = secret_of(&self.keyring(), &record)?;
        record.connection.target(secret).ok_or_else(|| wrong_kind(refusal::NOT_A_TARGET, &record.name))
    }
}

/// Tables as choices; those that can't be followed carry the reason.
pub(super) fn table_choices(database: &str, tables: Vec<TableInfo>, lang: Lang) -> Vec<TableChoice> {
    let choice = |table: TableInfo| {
        let refused = match rules::table_name(&format!("{database}.{}", table.name)) {
            Err(message) => Some(message),
            Ok(_) if !table.physical => {
                Some(Sentence::new(crate::text::precheck::NOT_PHYSICAL, &[&table.name]))
            }
            Ok(_) => None,
        };
        TableChoice { name: table.name, refused: refused.map(|message| message.get(lang).to_owned()) }
    };
    tables.into_iter().map(choice).collect()
}

/// Columns as choices.
pub(super) fn columns_of(columns: Vec<ColumnInfo>) -> Vec<ColumnChoice> {
    let choice = |column: ColumnInfo| ColumnChoice {
        name: column.name,
        column_type: column.column_type,
        key: column.key,
    };
    columns.into_iter().map(choice).collect()
}

fn wrong_kind(text: tidewire_words::Text, name: &str) -> ServiceError {
    ServiceError::refused(
        RefusalKind::Conflict,
        "wrong_kind",
        Sentence::new(text, &[name]),
        refusal::WRONG_KIND_REMEDY,
    )
}
