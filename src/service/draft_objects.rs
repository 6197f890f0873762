//! What a draft's source and target hold: for choosing its objects. A project
//! that is being changed asks with its own copy of the connection.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tidewire_engine::doors::Clock as _;
use tidewire_engine::endpoint::{MqEndpoint, SourceEndpoint};
use tidewire_engine::filter::RowFilter;
use tidewire_engine::project::{Dml, Format, ProjectOptions};
use tidewire_engine::sample;
use tidewire_engine::schema::TableSchema;
use tidewire_words::{Lang, Sentence};

use crate::clock::SystemClock;
use crate::store::project::ProjectRecord;
use crate::supervisor::spec;
use crate::text::refusal;

use super::catalogue::{ColumnChoice, TableChoice, columns_of, table_choices};
use super::drafts::Draft;
use super::error::{RefusalKind, Result, ServiceError};
use super::project_rules::filter_problem;
use super::{Actor, Service, in_time, rules};

/// How long a page waits for what only decorates it.
const PATIENCE: Duration = Duration::from_secs(3);
/// Tables whose keys are looked up for the page.
const KEYS_SHOWN: usize = 50;

/// What is known of the chosen objects; all of it may be missing.
#[derive(Clone, Debug, Default)]
pub struct ObjectFacts {
    /// Writable queues of each topic; nothing: it does not exist.
    pub topics: BTreeMap<String, Option<usize>>,
    /// Key columns of each table.
    pub keys: BTreeMap<String, Vec<String>>,
}

/// One sample message and where it would go.
#[derive(Clone, Debug)]
pub struct DraftSample {
    /// The messages of an insert, an update and a delete.
    pub messages: Vec<(Dml, String)>,
    /// The text whose hash chooses the queue, and the queue among so many.
    pub shard: String,
    /// KEYS of the message.
    pub keys: String,
}

impl Service {
    /// Databases that the draft may choose from.
    ///
    /// # Errors
    /// The source's refusal.
    pub async fn draft_databases(&self, actor: &Actor, draft: &Draft) -> Result<Vec<String>> {
        let source = self.draft_source(actor, draft).await?;
        let only = source.database.clone();
        let names = in_time(self.engine.databases(source)).await?;
        Ok(names.into_iter().filter(|name| only.as_ref().is_none_or(|only| only == name)).collect())
    }

    /// Tables of a database; those that can't be followed carry the reason.
    ///
    /// # Errors
    /// The source's refusal.
    pub async fn draft_tables(
        &self,
        actor: &Actor,
        draft: &Draft,
        database: &str,
        lang: Lang,
    ) -> Result<Vec<TableChoice>> {
        let source = self.draft_source(actor, draft).await?;
        let tables = in_time(self.engine.tables(source, database.to_owned())).await?;
        Ok(table_choices(database, tables, lang))
    }

    /// Ticks every table of a database that a search finds and that can be
    /// followed, or takes these ticks away.
    ///
    /// # Errors
    /// The source's refusal.
    pub async fn tick_all(
        &self,
        actor: &Actor,
        draft: &mut Draft,
        database: &str,
        search: &str,
        on: bool,
    ) -> Result<()> {
        let search = search.trim().to_lowercase();
        let tables = self.draft_tables(actor, draft, database, Lang::default()).await?;
        let chosen: BTreeSet<&str> = draft.input.table.iter().map(|table| table.table.as_str()).collect();
        for table in
            tables.iter().filter(|table| table.refused.is_none() && table.is_found(database, &search))
        {
            let name = format!("{database}.{}", table.name);
            if !on {
                draft.ticked.remove(&name);
            } else if !chosen.contains(name.as_str()) {
                draft.ticked.insert(name);
            }
        }
        Ok(())
    }

    /// Databases with tables whose name contains a text, and how many.
    ///
    /// # Errors
    /// The source's refusal.
    pub async fn find_draft_tables(
        &self,
        actor: &Actor,
        draft: &Draft,
        part: &str,
    ) -> Result<BTreeMap<String, usize>> {
        let source = self.draft_source(actor, draft).await?;
        Ok(in_time(self.engine.find_tables(source, part.to_owned())).await?.into_iter().collect())
    }

    /// Columns of a chosen table.
    ///
    /// # Errors
    /// The source's refusal.
    pub async fn draft_columns(
        &self,
        actor: &Actor,
        draft: &Draft,
        table: &str,
    ) -> Result<Vec<ColumnChoice>> {
        let source = self.draft_source(actor, draft).await?;
        let (database, table) =
            rules::table_name(table).map_err(|problem| ServiceError::field("table", problem))?;
        Ok(columns_of(in_time(self.engine.columns(source, database, table)).await?))
    }

    /// Topics that the draft may choose from.
    ///
    /// # Errors
    /// The target's refusal.
    pub async fn draft_topics(&self, actor: &Actor, draft: &Draft) -> Result<Vec<String>> {
        let target = self.draft_target(actor, draft).await?;
        in_time(self.engine.topics(target)).await
    }

    /// What decorates the chosen objects; whatever can't be had in time is left
    /// out.
    pub async fn object_facts(&self, actor: &Actor, draft: &Draft) -> ObjectFacts {
        let (topics, keys) = tokio::join!(
            tokio::time::timeout(PATIENCE, self.topic_sizes(actor, draft)),
            tokio::time::timeout(PATIENCE, self.table_keys(actor, draft)),
        );
        let topics = topics.ok().and_then(Result::ok).unwrap_or_default();
        let keys = keys.ok().and_then(Result::ok).unwrap_or_default();
        ObjectFacts { topics, keys }
    }

    async fn topic_sizes(&self, actor: &Actor, draft: &Draft) -> Result<BTreeMap<String, Option<usize>>> {
        let mut sizes = BTreeMap::new();
        if draft.input.table.is_empty() {
            return Ok(sizes);
        }
        let target = self.draft_target(actor, draft).await?;
        for table in &draft.input.table {
            if !sizes.contains_key(&table.topic) {
                let info = self.engine.topic(target.clone(), table.topic.clone()).await?;
                sizes.insert(table.topic.clone(), info.map(|info| info.writable_queues));
            }
        }
        Ok(sizes)
    }

    async fn table_keys(&self, actor: &Actor, draft: &Draft) -> Result<BTreeMap<String, Vec<String>>> {
        let tables: Vec<(String, String)> = draft
            .input
            .table
            .iter()
            .take(KEYS_SHOWN)
            .filter_map(|table| rules::table_name(&table.table).ok())
            .collect();
        if tables.is_empty() {
            return Ok(BTreeMap::new());
        }
        let source = self.draft_source(actor, draft).await?;
        let schemas = self.engine.schemas(source, tables).await?;
        let names = |schema: &TableSchema| {
            let columns = schema.key.iter().filter_map(|index| schema.columns.get(*index));
            columns.map(|column| column.name.clone()).collect()
        };
        let known = schemas.into_iter().filter_map(|schema| schema.ok().flatten());
        Ok(known.map(|schema| (schema.full_name(), names(&schema))).collect())
    }

    /// What is wrong with a row filter of a table; nothing when it is valid or
    /// empty.
    ///
    /// # Errors
    /// The source's refusal.
    pub async fn check_draft_filter(
        &self,
        actor: &Actor,
        draft: &Draft,
        table: &str,
        filter: &str,
    ) -> Result<Option<Sentence>> {
        if filter.is_empty() {
            return Ok(None);
        }
        let source = self.draft_source(actor, draft).await?;
        let kind = source.kind;
        let schema = self.schema_of(source, table).await?;
        Ok(RowFilter::compile(filter, &schema, kind).err().map(|error| filter_problem(&error)))
    }

    /// The messages that the draft's options make of a table.
    ///
    /// # Errors
    /// The source's refusal, or a selected column that is not there.
    pub async fn draft_sample(&self, actor: &Actor, draft: &Draft, table: &str) -> Result<DraftSample> {
        let source = self.draft_source(actor, draft).await?;
        let schema = self.schema_of(source.clone(), table).await?;
        let input = &draft.input;
        let mapping = input.table.iter().find(|one| one.table == table);
        let options = ProjectOptions {
            format: Format::parse(&input.format).unwrap_or_default(),
            typed_values: input.typed_values,
            sequence_in_transaction: input.sequence_in_transaction,
            business_id: input.business_id.clone(),
            ..ProjectOptions::default()
        };
        let (columns, shard) =
            mapping.map(|one| (one.columns.clone(), one.shard_columns.clone())).unwrap_or_default();
        let messages =
            sample::messages(&source.origin(), &options, &columns, &schema, SystemClock.now_millis())?;
        let (shard, keys) = sample::routing(&schema, &shard)?;
        Ok(DraftSample { messages, shard, keys })
    }

    pub(super) async fn schema_of(&self, source: SourceEndpoint, table: &str) -> Result<Arc<TableSchema>> {
        let (database, name) =
            rules::table_name(table).map_err(|problem| ServiceError::field("table", problem))?;
        let mut found = in_time(self.engine.schemas(source, vec![(database, name)])).await?;
        let schema = found.pop().transpose()?.flatten().ok_or_else(|| {
            ServiceError::refused(
                RefusalKind::NotFound,
                "no_table",
                Sentence::new(refusal::NO_TABLE, &[table]),
                refusal::NO_SUCH_REMEDY,
            )
        })?;
        Ok(Arc::new(schema))
    }

    pub(super) async fn draft_source(&self, actor: &Actor, draft: &Draft) -> Result<SourceEndpoint> {
        match draft.project.as_ref().filter(|project| project.source.name == draft.input.source) {
            Some(project) => spec::source_of(&self.keyring(), project).map_err(|error| unusable(&error)),
            None => self.source_endpoint(actor, &draft.input.source).await,
        }
    }

    pub(super) async fn draft_target(&self, actor: &Actor, draft: &Draft) -> Result<MqEndpoint> {
        match draft.project.as_ref().filter(|project| project.target.name == draft.input.target) {
            Some(project) => spec::target_of(&self.keyring(), project).map_err(|error| unusable(&error)),
            None => self.target_endpoint(actor, &draft.input.target).await,
        }
    }
}

pub(super) fn unusable(error: &spec::SpecError) -> ServiceError {
    let (message, remedy) = error.said();
    ServiceError::refused(RefusalKind::Invalid, "settings", message, remedy)
}

/// Whether source, target and start of a project are fixed.
pub fn has_started(project: &ProjectRecord) -> bool {
    project.status != crate::model::status::ProjectStatus::Init
}
