//! What a capture holds according to its `expected.jsonl`.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use tidewire_engine::schema::TableSchema;
use tidewire_engine::schema::declared::{RawColumn, build_column};

use crate::shown::Shown;

use super::reader::Change;

/// One expected change: table, operation, before and after as texts by column.
pub(crate) struct Expected {
    pub table: String,
    pub op: String,
    pub before: Option<Vec<(String, Option<String>)>>,
    pub after: Option<Vec<(String, Option<String>)>>,
    /// Commit time and id of its transaction, where the capture tells.
    pub commit_micros: Option<u64>,
    pub gtid: Option<String>,
}

pub(crate) struct Capture {
    pub changes: Vec<Expected>,
    schemas: Vec<Arc<TableSchema>>,
}

impl Capture {
    pub(crate) fn load(folder: &Path) -> Self {
        let catalogue: Value =
            serde_json::from_str(&std::fs::read_to_string(folder.join("catalogue.json")).unwrap()).unwrap();
        let mut schemas = Vec::new();
        for (table, columns) in catalogue["catalogue"].as_object().unwrap() {
            schemas.push(schema(table, columns));
        }
        for (table, versions) in catalogue["versions"].as_object().into_iter().flatten() {
            schemas.extend(versions.as_array().unwrap().iter().map(|columns| schema(table, columns)));
        }
        if folder.ends_with("mysql-9.7/ddl") {
            schemas.extend(ddl_schemas());
        }
        let lines = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap();
        let changes = lines.lines().flat_map(|line| expected(&serde_json::from_str(line).unwrap())).collect();
        Self { changes, schemas }
    }

    /// Every version of a table whose columns are those of the given change.
    pub(crate) fn candidates(&self, table: &str, change: usize) -> Vec<Arc<TableSchema>> {
        let names: Option<Vec<&str>> = self.changes.get(change).map(|change| {
            let image = change.after.as_ref().or(change.before.as_ref()).unwrap();
            image.iter().map(|(name, _)| name.as_str()).collect()
        });
        self.schemas
            .iter()
            .filter(|schema| schema.table == table)
            .filter(|schema| {
                names.as_ref().is_none_or(|names| {
                    schema.columns.len() == names.len()
                        && schema.columns.iter().all(|column| names.contains(&column.name.as_str()))
                })
            })
            .cloned()
            .collect()
    }
}

fn schema(table: &str, columns: &Value) -> Arc<TableSchema> {
    let text = |column: &Value, name: &str| column[name].as_str().unwrap_or_default().to_owned();
    let columns = columns
        .as_array()
        .unwrap()
        .iter()
        .map(|column| {
            build_column(&RawColumn {
                name: text(column, "name"),
                data_type: text(column, "data_type"),
                column_type: text(column, "column_type"),
                charset: text(column, "charset"),
                collation: String::new(),
                extra: text(column, "extra"),
                ..RawColumn::default()
            })
            .unwrap()
        })
        .collect();
    Arc::new(TableSchema::new("any", table, columns, vec![0]))
}

/// The shapes that table `d` of the DDL capture had before its last one.
fn ddl_schemas() -> Vec<Arc<TableSchema>> {
    let column = |name: &str, kind: &str| {
        let base = kind.split(['(', ' ']).next().unwrap();
        serde_json::json!({"name": name, "data_type": base, "column_type": kind,
            "charset": if base == "varchar" { "utf8mb4" } else { "" }, "extra": ""})
    };
    let (id, a, b) = (column("id", "int"), column("a", "int"), column("b", "varchar(10)"));
    let (c, big, b2) = (column("c", "int"), column("c", "bigint unsigned"), column("b2", "varchar(10)"));
    [
        vec![id.clone(), a.clone(), b.clone()],
        vec![c.clone(), id.clone(), a, b.clone()],
        vec![c, id.clone(), b.clone()],
        vec![big.clone(), id.clone(), b],
        vec![big, id, b2],
    ]
    .into_iter()
    .map(|columns| schema("d", &Value::Array(columns)))
    .collect()
}

fn expected(line: &Value) -> Vec<Expected> {
    let image = |value: &Value| {
        value.as_object().map(|columns| {
            columns.iter().map(|(name, value)| (name.clone(), value.as_str().map(str::to_owned))).collect()
        })
    };
    line["changes"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|change| Expected {
            table: change["table"].as_str().unwrap().to_owned(),
            op: change["op"].as_str().unwrap().to_owned(),
            before: image(&change["before"]),
            after: image(&change["after"]),
            commit_micros: line["commit_us"].as_u64(),
            gtid: line["gtid"].as_str().map(str::to_owned),
        })
        .collect()
}

/// Compares everything; changes of one statement may come in any order in the
/// MySQL captures (they were read back by SELECT), never in the service's.
pub(crate) fn assert_equal(capture: &Capture, changes: &[Change], ordered: bool) {
    assert!(!changes.is_empty());
    let mut rest: Vec<&Change> = changes.iter().collect();
    for (index, expected) in capture.changes.iter().enumerate() {
        let window = if ordered { 1 } else { rest.len().min(2000) };
        let found = rest[..window].iter().position(|change| matches(expected, change));
        let Some(found) = found else {
            panic!("change {index} ({} {}): {}", expected.op, expected.table, difference(expected, rest[0]));
        };
        rest.remove(found);
    }
    assert!(rest.is_empty(), "{} changes more than expected", rest.len());
}

fn matches(expected: &Expected, change: &Change) -> bool {
    difference(expected, change).is_empty()
}

fn difference(expected: &Expected, change: &Change) -> String {
    if expected.table != change.table || expected.op != change.op {
        return format!("got {} {}", change.op, change.table);
    }
    if expected.commit_micros.is_some_and(|micros| micros != change.commit_micros) {
        return format!("commit time {}", change.commit_micros);
    }
    if expected.gtid.as_ref().is_some_and(|gtid| *gtid != change.transaction) {
        return format!("transaction {}", change.transaction);
    }
    for (side, expected, actual) in
        [("before", &expected.before, &change.before), ("after", &expected.after, &change.after)]
    {
        let Some(expected) = expected else { continue };
        if expected.len() != actual.len() {
            return format!("{side}: {} columns, got {}", expected.len(), actual.len());
        }
        for (name, value) in expected {
            let cell = &actual.iter().find(|(column, _)| column == name).expect("same columns").1;
            if !cell.equals(value.as_deref()) {
                return format!("{side}.{name}: expected {value:.300?}, got {cell:.300?}");
            }
        }
    }
    String::new()
}

/// Documents whose stored bytes the service got wrong: what the source really
/// held must come out when the doubles are read reversed. Returns how many.
pub(crate) fn assert_source_documents(folder: &Path, changes: &[Change]) -> usize {
    let lines = std::fs::read_to_string(folder.join("expected.jsonl")).unwrap();
    let expected = lines.lines().flat_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["changes"].as_array().unwrap().clone()
    });
    let mut checked = 0;
    for (expected, change) in expected.zip(changes) {
        let source = &expected["source"];
        let sides = [(&source["before"], &change.before), (&source["after"], &change.after)];
        for (name, value, image) in sides.iter().flat_map(|(values, image)| {
            values.as_object().into_iter().flatten().map(move |(name, value)| (name, value, image))
        }) {
            let (_, cell) = image.iter().find(|(column, _)| column == name).unwrap();
            if let Shown::Json(_) = cell {
                assert!(cell.equals(value.as_str()), "{name}: expected {value}, got {cell:?}");
                checked += 1;
            }
        }
    }
    checked
}
