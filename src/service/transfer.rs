//! Objects of a project as CSV: database, table, topic, selected columns, column
//! mapping, shard columns, row filter.
//!
//! Invariant: what is written reads back the same.

use std::collections::BTreeMap;

use tidewire_engine::filter::RowFilter;
use tidewire_words::Sentence;

use crate::text::{precheck, transfer as text};

use super::drafts::Draft;
use super::error::{Result, ServiceError};
use super::input::TableInput;
use super::project_rules::filter_problem;
use super::{Actor, Service, in_time, rules};

/// Names of the columns, as the first line has them.
const HEAD: [&str; 7] =
    ["源端库名", "源端表名", "topic 名", "选择列（分号分割）", "列映射", "分片列（分号分割）", "行过滤条件"];

/// What became of a list.
#[derive(Clone, Debug)]
pub enum Imported {
    /// Every line is valid.
    Fine(Vec<TableInput>),
    /// Lines and what is wrong with them.
    Wrong(Vec<(u64, Sentence)>),
}

/// The objects as CSV with its head line.
///
/// # Errors
/// Never for settings that were valid.
pub fn write(tables: &[TableInput]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let lost = |_| ServiceError::Lost;
    writer.write_record(HEAD).map_err(lost)?;
    for table in tables {
        let (database, name) = table.table.split_once('.').unwrap_or(("", &table.table));
        let columns = table.columns.join(";");
        let shard = table.shard_columns.join(";");
        writer
            .write_record([database, name, &table.topic, &columns, "", &shard, &table.row_filter])
            .map_err(lost)?;
    }
    let bytes = writer.into_inner().map_err(|_| ServiceError::Lost)?;
    String::from_utf8(bytes).map_err(|_| ServiceError::Lost)
}

type Lines = Vec<(u64, TableInput)>;

/// Reads a list; a head line and empty lines are passed over.
fn read(list: &str) -> Result<Lines, Vec<(u64, Sentence)>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(list.trim_start_matches('\u{feff}').as_bytes());
    let (mut lines, mut wrong) = (Vec::new(), Vec::new());
    for (index, record) in (1..).zip(reader.records()) {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                wrong.push((index, Sentence::new(text::UNREADABLE, &[&error.to_string()])));
                continue;
            }
        };
        let line = record.position().map_or(index, csv::Position::line);
        let field = |place: usize| record.get(place).unwrap_or_default();
        if record.iter().all(str::is_empty) || HEAD.first() == Some(&field(0)) {
            continue;
        }
        if record.len() > HEAD.len() {
            wrong.push((line, Sentence::new(text::TOO_MANY, &[&HEAD.len().to_string()])));
            continue;
        }
        if !field(4).is_empty() {
            wrong.push((line, Sentence::from(text::NO_MAPPING)));
        }
        let list = |place: usize| {
            let names = field(place).split(';').map(str::trim).filter(|name| !name.is_empty());
            names.map(str::to_owned).collect()
        };
        let table = TableInput {
            table: format!("{}.{}", field(0), field(1)),
            topic: field(2).to_owned(),
            shard_columns: list(5),
            columns: list(3),
            row_filter: field(6).to_owned(),
        };
        lines.push((line, table));
    }
    if wrong.is_empty() { Ok(lines) } else { Err(wrong) }
}

impl Service {
    /// Checks a list against every rule, the source and the target.
    ///
    /// # Errors
    /// When source or target can't be asked.
    pub async fn check_import(&self, actor: &Actor, draft: &Draft, list: &str) -> Result<Imported> {
        let lines = match read(list) {
            Ok(lines) if lines.is_empty() => return Ok(Imported::Wrong(vec![(1, text::EMPTY.into())])),
            Ok(lines) => lines,
            Err(wrong) => return Ok(Imported::Wrong(wrong)),
        };
        let mut wrong = self.broken_rules(actor, draft, &lines).await?;
        if wrong.is_empty() {
            wrong = self.unknown_objects(actor, draft, &lines).await?;
        }
        wrong.sort_by_key(|(line, _)| *line);
        Ok(match wrong.as_slice() {
            [] => Imported::Fine(lines.into_iter().map(|(_, table)| table).collect()),
            _ => Imported::Wrong(wrong),
        })
    }

    async fn broken_rules(
        &self,
        actor: &Actor,
        draft: &Draft,
        lines: &Lines,
    ) -> Result<Vec<(u64, Sentence)>> {
        let mut draft = draft.clone();
        draft.input.table = lines.iter().map(|(_, table)| table.clone()).collect();
        let errors = self.check_draft(actor, &draft).await?;
        let place = |field: &str| {
            let index: usize = field.strip_prefix("table[")?.split(']').next()?.parse().ok()?;
            lines.get(index).map(|(line, _)| *line)
        };
        let of_tables = errors.iter().filter_map(|(field, message)| Some((place(field)?, message.clone())));
        Ok(of_tables.collect())
    }

    async fn unknown_objects(
        &self,
        actor: &Actor,
        draft: &Draft,
        lines: &Lines,
    ) -> Result<Vec<(u64, Sentence)>> {
        let mut wrong = Vec::new();
        let topics = self.draft_topics(actor, draft).await?;
        for (line, table) in lines.iter().filter(|(_, table)| !topics.contains(&table.topic)) {
            wrong.push((*line, Sentence::new(crate::text::wizard::TOPIC_MISSING, &[&table.topic])));
        }
        let source = self.draft_source(actor, draft).await?;
        let mut physical = BTreeMap::new();
        let names: Vec<(String, String)> =
            lines.iter().filter_map(|(_, table)| rules::table_name(&table.table).ok()).collect();
        for (database, _) in &names {
            if !physical.contains_key(database) {
                let tables = in_time(self.engine.tables(source.clone(), database.clone())).await?;
                let kept: Vec<String> =
                    tables.into_iter().filter(|table| table.physical).map(|table| table.name).collect();
                physical.insert(database.clone(), kept);
            }
        }
        let schemas = in_time(self.engine.schemas(source.clone(), names.clone())).await?;
        for (((line, table), (database, name)), schema) in lines.iter().zip(&names).zip(schemas) {
            let listed = physical.get(database).is_some_and(|tables| tables.contains(name));
            let problem = match schema {
                Err(error) => Some(Sentence::from(&error)),
                Ok(Some(schema)) if listed => {
                    let named = table.columns.iter().chain(&table.shard_columns);
                    let absent = named.filter(|column| schema.column_index(column).is_none());
                    let absent = absent.map(|column| Sentence::new(precheck::MISSING, &[column])).next();
                    absent.or_else(|| {
                        let filter = (!table.row_filter.is_empty())
                            .then(|| RowFilter::compile(&table.row_filter, &schema, source.kind));
                        filter.and_then(Result::err).map(|error| filter_problem(&error))
                    })
                }
                Ok(_) => Some(Sentence::new(precheck::MISSING, &[&table.table])),
            };
            wrong.extend(problem.map(|problem| (*line, problem)));
        }
        Ok(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let tables = vec![
            TableInput {
                table: "shop.orders".to_owned(),
                topic: "orders".to_owned(),
                shard_columns: vec!["user_id".to_owned(), "id".to_owned()],
                columns: vec!["id".to_owned()],
                row_filter: "status IN ('a', \"b\") AND note = '逗号，'".to_owned(),
            },
            TableInput { table: "shop.a.b".to_owned(), topic: "%x".to_owned(), ..TableInput::default() },
        ];
        let text = write(&tables).unwrap();
        let back: Vec<TableInput> = read(&text).unwrap().into_iter().map(|(_, table)| table).collect();
        assert_eq!(back, tables);
    }

    #[test]
    fn wrong_lines_are_named() {
        let wrong = read("shop,a,t,,x,,\nshop,b,t,1,2,3,4,5\n").unwrap_err();
        assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [1, 2]);
        assert!(read("").unwrap().is_empty());
        assert_eq!(read("\u{feff}源端库名,x\n\nshop,a,t").unwrap().len(), 1);
    }
}
