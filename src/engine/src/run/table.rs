//! From row images to messages in lanes: which rows go out, their key, queue,
//! identity and number. Knows no events and no connections.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::tz::TimeZone;
use tidewire_words::{Sentence, Text};

use crate::endpoint::DatasourceKind;
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::filter::{EvalError, RowFilter};
use crate::identity::TableName;
use crate::message::TableProperties;
use crate::partition::queue_index;
use crate::planted::{self, Planted};
use crate::project::{Dml, Origin, ProjectOptions, ProjectSpec, TableMapping};
use crate::rows::{JsonDoubles, RowImage, RowPair};
use crate::schema::TableSchema;
use crate::schema::binding::BoundTable;
use crate::serialize::text::{DecimalText, TextError, TextRules, write_text};
use crate::serialize::{FormatOptions, SerializeError, TableContext, TableSerializer, table_serializer};
use crate::words::fault;

use super::select::filtered;

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
    filter: Option<RowFilter>,
    rules: TextRules,
    /// When the next message may be kept to be looked at, milliseconds since 1970.
    pub(super) next_kept: u64,
}

impl RowTable {
    /// Prepares a bound table.
    ///
    /// # Errors
    /// A sharding column that does not exist, or a table without mapping.
    pub(super) fn new(
        spec: &ProjectSpec,
        identity: &TableName,
        bound: Arc<BoundTable>,
        lanes: &HashMap<String, TopicLanes>,
        json_doubles: JsonDoubles,
    ) -> PipelineResult<Self> {
        let schema = Arc::clone(&bound.schema);
        let name = schema.full_name();
        let mapping = find_mapping(spec, &schema.database, &schema.table).ok_or_else(|| {
            PipelineError::new(ErrorKind::Internal, fault::NO_MAPPING).at_table(name.clone())
        })?;
        let lanes = lanes.get(&mapping.topic).copied().ok_or_else(|| {
            PipelineError::new(ErrorKind::Internal, Sentence::new(fault::NO_LANES, &[&mapping.topic]))
        })?;
        let mut shard = indexes(&schema, fault::SHARD_COLUMN, &mapping.shard_columns)?;
        if shard.is_empty() {
            shard.clone_from(&schema.key);
        }
        let context = table_context(
            &spec.origin,
            &spec.id,
            &spec.options,
            &mapping.columns,
            Arc::clone(&schema),
            json_doubles,
        )?;
        Ok(Self {
            serializer: table_serializer(spec.options.format, &context),
            properties: TableProperties::new(&spec.id, &spec.options.message_tag, identity),
            lanes,
            key: schema.key.clone(),
            shard,
            filter: compile_filter(mapping, &schema, spec.origin.kind)?,
            // Keys are always plain digits.
            rules: TextRules { decimals: DecimalText::Plain, json_doubles },
            next_kept: 0,
            name,
            bound,
        })
    }

    /// As what a change goes out; `None`: not at all.
    ///
    /// # Errors
    /// A value that the row filter can't read.
    pub(super) fn outcome(&self, kind: Dml, pair: &RowPair<'_>) -> PipelineResult<Option<Dml>> {
        let Some(filter) = &self.filter else { return Ok(Some(kind)) };
        if kind == Dml::Update && planted::is(Planted::FilterSeesOneImage) {
            return Ok(Some(kind));
        }
        let matches = |image: &RowImage<'_>| match image {
            [] => Ok(false),
            image => filter.matches(image).map_err(|error| self.filter_error(error)),
        };
        Ok(filtered(kind, matches(&pair.before)?, matches(&pair.after)?))
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
        let index = if planted::is(Planted::QueueByImage) {
            let all: Vec<usize> = (0..image.len()).collect();
            self.join(&all, image, scratch)?;
            queue_index(scratch, self.lanes.count)
        } else if self.shard.is_empty() {
            queue_index(&self.name, self.lanes.count)
        } else if self.shard == self.key {
            queue_index(key, self.lanes.count)
        } else {
            self.join(&self.shard, image, scratch)?;
            queue_index(scratch, self.lanes.count)
        };
        Ok(self.lanes.first + index)
    }

    /// The text that chose a row's queue, of the two that [`Self::lane`] left.
    pub(super) fn chosen_by<'t>(&self, key: &'t str, joined: &'t str) -> &'t str {
        match self.shard.as_slice() {
            [] => "",
            shard if *shard == *self.key => key,
            _ => joined,
        }
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

    fn column_name(&self, index: usize) -> &str {
        self.bound.schema.columns.get(index).map_or("?", |column| column.name.as_str())
    }

    /// A row that the filter can't judge.
    fn filter_error(&self, error: EvalError) -> PipelineError {
        let text = match error {
            EvalError::Unreadable { .. } => fault::FILTER_VALUE,
            EvalError::OutOfRange { column: Some(_) } => fault::FILTER_RANGE_OF,
            EvalError::OutOfRange { column: None } => fault::FILTER_RANGE,
        };
        let column = error.column().map_or("", |column| self.column_name(column));
        let detail = Sentence::new(text, &[column]);
        PipelineError::new(ErrorKind::FilterUnusable, detail).at_table(self.name.clone())
    }

    /// A value that can't be written, with its place; `key` is the text of the
    /// row's key, as far as it is known.
    pub(super) fn value_error(&self, error: &SerializeError, key: &str) -> PipelineError {
        let kind = match error.error {
            TextError::Charset(_) => ErrorKind::TextInvalid,
            TextError::Value(_) => ErrorKind::EventMalformed,
        };
        let (column, key) = (self.column_name(error.column).into(), key.replace('\u{1}', ", ").into());
        let detail = Sentence::of_messages(fault::VALUE, &[&column, &key, &error.error.into()]);
        PipelineError::new(kind, detail).at_table(self.name.clone())
    }
}

/// What the serializer of a table needs to know; `columns` are the selected ones.
///
/// # Errors
/// A selected column that does not exist.
pub(crate) fn table_context(
    origin: &Origin,
    project: &str,
    options: &ProjectOptions,
    columns: &[String],
    schema: Arc<TableSchema>,
    json_doubles: JsonDoubles,
) -> PipelineResult<TableContext> {
    let mut shown = indexes(&schema, fault::SELECTED_COLUMN, columns)?;
    shown.sort_unstable();
    if shown.is_empty() || planted::is(Planted::ColumnsIgnored) {
        shown.clear();
        shown.extend(0..schema.columns.len());
    }
    let db_type = match origin.kind {
        DatasourceKind::OceanbaseCe => "OB_MYSQL",
        DatasourceKind::Mysql | DatasourceKind::Mariadb | DatasourceKind::Rocketmq => "MYSQL",
    };
    Ok(TableContext {
        schema,
        db_type,
        tenant: origin.tenant.clone(),
        cluster: origin.cluster.clone(),
        project: project.to_owned(),
        shown,
        options: FormatOptions {
            typed_values: options.typed_values,
            business_id: options.business_id.clone(),
        },
        zone: TimeZone::system(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        json_doubles,
    })
}

/// The row filter of a table, if it has one.
fn compile_filter(
    mapping: &TableMapping,
    schema: &TableSchema,
    kind: DatasourceKind,
) -> PipelineResult<Option<RowFilter>> {
    if mapping.row_filter.is_empty() {
        return Ok(None);
    }
    RowFilter::compile(&mapping.row_filter, schema, kind).map(Some).map_err(|error| {
        PipelineError::new(ErrorKind::FilterUnusable, error.said().0).at_table(schema.full_name())
    })
}

/// Indexes of columns; `role` names one by what the project uses it for.
fn indexes(schema: &TableSchema, role: Text, names: &[String]) -> PipelineResult<Vec<usize>> {
    let index = |name: &String| {
        schema.column_index(name).ok_or_else(|| {
            PipelineError::new(ErrorKind::ColumnMissing, Sentence::new(role, &[name]))
                .at_table(schema.full_name())
        })
    };
    names.iter().map(index).collect()
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
