//! From row images to messages in lanes: which rows go out, their key, queue,
//! identity and number. Knows no events and no connections.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::datasource::DatasourceKind;
use crate::model::project::{Dml, ProjectSpec, TableMapping};
use crate::pipeline::error::{ErrorKind, PipelineError, PipelineResult};
use crate::pipeline::message::{Half, TableProperties};
use crate::pipeline::partition::queue_index;
use crate::pipeline::serialize::text::{DecimalText, TextRules, write_text};
use crate::pipeline::serialize::{SerializeError, TableContext, TableSerializer, table_serializer};
use crate::pipeline::source::binding::BoundTable;
use crate::pipeline::source::decode::{JsonDoubles, RowImage};

/// Lanes of a topic: the first one's index and how many.
#[derive(Clone, Copy, Debug)]
pub(super) struct TopicLanes {
    /// Index of the first lane.
    pub(super) first: usize,
    /// Number of lanes.
    pub(super) count: usize,
}

/// Everything about a bound table that its rows need.
pub(super) struct RowTable {
    /// Schema and wire form.
    pub(super) bound: Arc<BoundTable>,
    /// `database.table`.
    pub(super) name: String,
    /// Writes the bodies.
    pub(super) serializer: Box<dyn TableSerializer>,
    /// Properties of the messages.
    pub(super) properties: TableProperties,
    lanes: TopicLanes,
    /// Columns of the key.
    key: Vec<usize>,
    /// Columns that choose the queue; the key unless set otherwise.
    shard: Vec<usize>,
    rules: TextRules,
}

impl RowTable {
    /// Prepares a bound table.
    ///
    /// # Errors
    /// A sharding column that does not exist, or a table without mapping.
    pub(super) fn new(
        spec: &ProjectSpec,
        bound: Arc<BoundTable>,
        lanes: &HashMap<String, TopicLanes>,
        json_doubles: JsonDoubles,
    ) -> PipelineResult<Self> {
        let schema = Arc::clone(&bound.schema);
        let name = schema.full_name();
        let mapping = find_mapping(spec, &schema.database, &schema.table).ok_or_else(|| {
            PipelineError::new(ErrorKind::Internal, "a table without mapping").at_table(name.clone())
        })?;
        let lanes = lanes.get(&mapping.topic).copied().ok_or_else(|| {
            PipelineError::new(ErrorKind::Internal, format!("topic {} has no lanes", mapping.topic))
        })?;
        let mut shard = Vec::new();
        for column in &mapping.shard_columns {
            let index = schema.column_index(column).ok_or_else(|| {
                PipelineError::new(ErrorKind::ColumnMissing, format!("sharding column {column}"))
                    .at_table(name.clone())
            })?;
            shard.push(index);
        }
        if shard.is_empty() {
            shard.clone_from(&schema.key);
        }
        let db_type = match spec.source.kind {
            DatasourceKind::OceanbaseCe => "OB_MYSQL",
            DatasourceKind::Mysql | DatasourceKind::Mariadb | DatasourceKind::Rocketmq => "MYSQL",
        };
        let context = TableContext {
            schema: Arc::clone(&schema),
            db_type,
            tenant: spec.source.tenant.clone(),
            cluster: spec.source.cluster.clone(),
            project: spec.id.clone(),
            json_doubles,
        };
        Ok(Self {
            serializer: table_serializer(spec.options.format, &context),
            properties: TableProperties::new(
                &spec.id,
                &spec.options.message_tag,
                &schema.database,
                &schema.table,
            ),
            lanes,
            key: schema.key.clone(),
            shard,
            // Keys are always plain digits.
            rules: TextRules { decimals: DecimalText::Plain, json_doubles },
            name,
            bound,
        })
    }

    /// Whether the table has a key.
    pub(super) fn has_key(&self) -> bool {
        !self.key.is_empty()
    }

    /// Whether an update changes the key.
    pub(super) fn key_changes(&self, before: &RowImage<'_>, after: &RowImage<'_>) -> bool {
        self.key.iter().any(|index| before.get(*index) != after.get(*index))
    }

    /// Whether an update changes what chooses the queue.
    pub(super) fn shard_changes(&self, before: &RowImage<'_>, after: &RowImage<'_>) -> bool {
        self.shard.iter().any(|index| before.get(*index) != after.get(*index))
    }

    /// Writes the key's values, joined by U+0001, into `out`.
    ///
    /// # Errors
    /// A value without text.
    pub(super) fn key_text(&self, image: &RowImage<'_>, out: &mut String) -> Result<(), SerializeError> {
        self.join(&self.key, image, out)
    }

    /// The lane of a row. `key` is the text of its key.
    ///
    /// # Errors
    /// A value without text.
    pub(super) fn lane(
        &self,
        image: &RowImage<'_>,
        key: &str,
        scratch: &mut String,
    ) -> Result<usize, SerializeError> {
        let index = if self.shard.is_empty() {
            queue_index(&self.name, self.lanes.count)
        } else if self.shard == self.key {
            queue_index(key, self.lanes.count)
        } else {
            self.join(&self.shard, image, scratch)?;
            queue_index(scratch, self.lanes.count)
        };
        Ok(self.lanes.first + index)
    }

    fn join(&self, columns: &[usize], image: &RowImage<'_>, out: &mut String) -> Result<(), SerializeError> {
        let mut bytes = std::mem::take(out).into_bytes();
        bytes.clear();
        for (position, index) in columns.iter().enumerate() {
            if position > 0 {
                bytes.push(1);
            }
            if let (Some(cell), Some(column)) = (image.get(*index), self.bound.schema.columns.get(*index)) {
                write_text(&mut bytes, cell, column, self.rules)
                    .map_err(|error| SerializeError { column: *index, error })?;
            }
        }
        *out = String::from_utf8(bytes).unwrap_or_default();
        Ok(())
    }

    /// A value that can't be written, with its place.
    pub(super) fn value_error(&self, error: &SerializeError) -> PipelineError {
        use crate::pipeline::serialize::text::TextError;
        let column = self.bound.schema.columns.get(error.column).map_or("?", |column| column.name.as_str());
        let kind = match error.error {
            TextError::Charset(_) => ErrorKind::TextInvalid,
            TextError::Value(_) => ErrorKind::EventMalformed,
        };
        PipelineError::new(kind, format!("column {column}: {}", error.error)).at_table(self.name.clone())
    }
}

/// The mapping of a table; names compare as the server compares them, and a
/// project never maps two tables that differ only in case.
fn find_mapping<'s>(spec: &'s ProjectSpec, database: &str, table: &str) -> Option<&'s TableMapping> {
    let exact = spec.tables.iter().find(|mapping| mapping.database == database && mapping.table == table);
    exact.or_else(|| {
        spec.tables.iter().find(|mapping| {
            mapping.database.eq_ignore_ascii_case(database) && mapping.table.eq_ignore_ascii_case(table)
        })
    })
}

/// `storeDataSequence`: seconds and a counter, never falling.
pub(super) fn next_sequence(last: u64, commit_seconds: u64) -> u64 {
    (commit_seconds * 100_000 + 1).max(last + 1)
}

/// The message halves that a change becomes.
pub(super) fn halves(kind: Dml, split: bool) -> &'static [(Dml, Half)] {
    match (kind, split) {
        (Dml::Update, true) => &[(Dml::Delete, Half::Delete), (Dml::Insert, Half::Insert)],
        (Dml::Insert, _) => &[(Dml::Insert, Half::Whole)],
        (Dml::Update, false) => &[(Dml::Update, Half::Whole)],
        (Dml::Delete, _) => &[(Dml::Delete, Half::Whole)],
    }
}
