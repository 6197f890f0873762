//! Rules of a whole project: what the console's forms, the API and the project
//! file all have to obey.

use std::collections::HashSet;

use tidewire_engine::endpoint::DatasourceKind;
use tidewire_engine::filter::{self, FilterError};
use tidewire_engine::project::{Dml, Format, ProjectOptions, StartPoint, TableMapping};
use tidewire_words::Sentence;

use crate::model::status::ProjectStatus;
use crate::store::project::{self, EndpointCopy, ProjectRecord};
use crate::store::{Db, datasource};
use crate::text::field;

use super::error::{FieldErrors, Result};
use super::input::{ProjectInput, TableInput};
use super::{Actor, rules};

/// A project that obeys every rule.
pub(super) struct Valid {
    pub(super) name: String,
    pub(super) source: String,
    pub(super) target: String,
    pub(super) start: StartPoint,
    pub(super) options: ProjectOptions,
    pub(super) tables: Vec<TableMapping>,
    pub(super) tags: Vec<String>,
}

/// Checks a project against every rule and what is saved.
///
/// # Errors
/// Every field that breaks a rule.
pub(super) fn validate(
    c: &Db,
    actor: &Actor,
    input: &ProjectInput,
    existing: Option<&ProjectRecord>,
    now_ms: i64,
) -> Result<Valid> {
    let mut errors = FieldErrors::default();
    errors.check("name", rules::project_name(&input.name));
    if let Some(other) = project::find(c, &input.name)?
        && existing.is_none_or(|existing| existing.id != other.id)
    {
        errors.add("name", Sentence::new(field::NAME_TAKEN, &[&input.name]));
    }
    let tags = tags(&mut errors, &input.tags);
    let source = endpoint((c, actor), &mut errors, "source", &input.source, existing.map(|p| &p.source))?;
    let target = endpoint((c, actor), &mut errors, "target", &input.target, existing.map(|p| &p.target))?;
    let started = existing.is_some_and(|existing| existing.status != ProjectStatus::Init);
    let start = errors.check("start", rules::start_point(&input.start, now_ms));
    if let Some(existing) = existing.filter(|_| started) {
        let fixed = [
            ("source", existing.source.name == source.name),
            ("target", existing.target.name == target.name),
            ("start", start.is_none_or(|start| start == existing.start)),
        ];
        for (name, _) in fixed.iter().filter(|(_, same)| !same) {
            errors.add(*name, field::FIXED_AFTER_START);
        }
    }
    let dml = dml(&mut errors, &input.dml);
    let options = options(&mut errors, input, dml);
    let tables = tables(&mut errors, &input.table, source.only_database.as_deref());
    Ok(errors.done(Valid {
        name: input.name.clone(),
        source: source.name,
        target: target.name,
        start: start.unwrap_or(StartPoint::Now),
        options,
        tables,
        tags,
    })?)
}

/// The tags of a project, each once.
pub(super) fn tags(errors: &mut FieldErrors, names: &[String]) -> Vec<String> {
    let mut tags: Vec<String> = names.to_vec();
    tags.sort();
    tags.dedup();
    if tags.len() > 4 {
        errors.add("tags", field::TAGS);
    }
    for tag in &tags {
        errors.check("tags", rules::tag_name(tag));
    }
    tags
}

struct Side {
    name: String,
    only_database: Option<String>,
}

/// One side: a data source that exists and fits, or the copy that the project
/// already has of one that was deleted.
fn endpoint(
    (c, actor): (&Db, &Actor),
    errors: &mut FieldErrors,
    side: &str,
    name: &str,
    existing: Option<&EndpointCopy>,
) -> Result<Side> {
    let mut found = Side { name: name.to_owned(), only_database: None };
    if name.is_empty() {
        errors.add(side, field::REQUIRED);
        return Ok(found);
    }
    let record = datasource::find(c, name)?.filter(|record| actor.sees(&record.creator));
    let connection = match (&record, existing) {
        (Some(record), _) => {
            found.name.clone_from(&record.name);
            &record.connection
        }
        (None, Some(copy)) if copy.name == name => &copy.connection,
        (None, _) => {
            errors.add(side, Sentence::new(field::NO_DATASOURCE, &[name]));
            return Ok(found);
        }
    };
    let mq = connection.kind == DatasourceKind::Rocketmq;
    if side == "source" && mq {
        errors.add(side, Sentence::new(field::NOT_A_SOURCE, &[name]));
    } else if side == "target" && !mq {
        errors.add(side, Sentence::new(field::NOT_A_TARGET, &[name]));
    }
    if !connection.database.is_empty() {
        found.only_database = Some(connection.database.clone());
    }
    Ok(found)
}

fn dml(errors: &mut FieldErrors, names: &[String]) -> Vec<Dml> {
    let kinds: Vec<Dml> = names.iter().filter_map(|name| Dml::parse(name)).collect();
    let distinct: HashSet<Dml> = kinds.iter().copied().collect();
    if kinds.is_empty() || kinds.len() != names.len() || distinct.len() != kinds.len() {
        errors.add("dml", field::DML);
    }
    Dml::ALL.into_iter().filter(|kind| distinct.contains(kind)).collect()
}

/// Checks the options; one that the chosen format does not know is refused
/// rather than ignored.
fn options(errors: &mut FieldErrors, input: &ProjectInput, dml: Vec<Dml>) -> ProjectOptions {
    let format = Format::parse(&input.format);
    if format.is_none() {
        let known = Format::ALL.map(Format::as_str).join(", ");
        errors.add("format", Sentence::new(field::FORMAT, &[&input.format, &known]));
    }
    let mut only_for = |name: &str, set: bool, owner: Format| {
        if set && format.is_some_and(|format| format != owner) {
            errors.add(name, Sentence::new(field::OTHER_FORMAT, &[owner.title()]));
        }
    };
    only_for("sequence_in_transaction", input.sequence_in_transaction, Format::Shareplex);
    only_for("typed_values", input.typed_values, Format::Canal);
    only_for("business_id", !input.business_id.is_empty(), Format::Dataworks2);
    errors.check("business_id", rules::business_id(&input.business_id));
    errors.check("producer_group", rules::producer_group(&input.producer_group));
    errors.check("message_tag", rules::message_tag(&input.message_tag));
    if !["auto", "off"].contains(&input.batch.as_str()) {
        errors.add("batch", field::BATCH);
    }
    if let Some(state) = &input.state
        && !["running", "stopped"].contains(&state.as_str())
    {
        errors.add("state", field::STATE);
    }
    ProjectOptions {
        dml,
        format: format.unwrap_or_default(),
        typed_values: input.typed_values,
        sequence_in_transaction: input.sequence_in_transaction,
        business_id: input.business_id.clone(),
        producer_group: input.producer_group.clone(),
        message_trace: input.message_trace,
        message_tag: input.message_tag.clone(),
        batch: input.batch == "auto",
        split_key_change: input.split_key_change,
    }
}

fn tables(errors: &mut FieldErrors, inputs: &[TableInput], only: Option<&str>) -> Vec<TableMapping> {
    if inputs.is_empty() {
        errors.add("table", field::NO_TABLES);
    }
    let mut seen = HashSet::new();
    let mut tables = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.iter().enumerate() {
        let at = |name: &str| format!("table[{index}].{name}");
        errors.check(
            &at("topic"),
            if input.topic.is_empty() { Err(field::REQUIRED.into()) } else { rules::topic(&input.topic) },
        );
        columns(errors, &at("columns"), &input.columns);
        if !input.row_filter.is_empty()
            && let Err(error) = filter::check_syntax(&input.row_filter)
        {
            errors.add(at("where"), filter_problem(&error));
        }
        columns(errors, &at("shard_columns"), &input.shard_columns);
        let Some((database, table)) = errors.check(&at("table"), rules::table_name(&input.table)) else {
            continue;
        };
        if let Some(only) = only.filter(|only| *only != database) {
            errors.add(at("table"), Sentence::new(field::TABLE_DATABASE, &[only]));
        }
        if !seen.insert(input.table.clone()) {
            errors.add(at("table"), Sentence::new(field::TABLE_TWICE, &[&input.table]));
        }
        tables.push(TableMapping {
            database,
            table,
            topic: input.topic.clone(),
            shard_columns: input.shard_columns.clone(),
            columns: input.columns.clone(),
            row_filter: input.row_filter.clone(),
        });
    }
    tables
}

/// What is wrong with a filter and what to write instead, in one sentence.
pub(super) fn filter_problem(error: &FilterError) -> Sentence {
    let (message, remedy) = error.said();
    Sentence::of_messages(field::FILTER, &[&message, &remedy])
}

fn columns(errors: &mut FieldErrors, name: &str, columns: &[String]) {
    let mut seen = HashSet::new();
    for column in columns {
        errors.check(name, rules::column_name(column));
        if !seen.insert(column) {
            errors.add(name, Sentence::new(field::COLUMN_TWICE, &[column]));
        }
    }
}
