//! What differs between two versions of a table's columns. Knows no project.

use std::collections::HashMap;

use serde::Serialize;
use tidewire_engine::schema::{Column, TableSchema};

use super::ColumnView;

/// What a version has that the one before it had not, and the reverse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// New columns.
    pub added: Vec<String>,
    /// Columns that are there no more.
    pub gone: Vec<String>,
    /// Columns of another declaration.
    pub changed: Vec<ChangedColumn>,
    /// Columns at another place among those of both.
    pub moved: Vec<String>,
    /// The key before and now, where it differs.
    pub key: Option<ChangedKey>,
}

/// A column that is declared otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedColumn {
    /// Name now.
    pub name: String,
    /// Declaration before.
    pub from: String,
    /// Declaration now.
    pub to: String,
}

/// Another key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChangedKey {
    /// Its columns before.
    pub from: Vec<String>,
    /// Its columns now.
    pub to: Vec<String>,
}

/// The columns of a version in order.
pub(super) fn columns(schema: &TableSchema) -> Vec<ColumnView> {
    let view = |(index, column): (usize, &Column)| ColumnView {
        name: column.name.clone(),
        column_type: column.column_type.clone(),
        collation: Some(column.collation.clone()).filter(|collation| !collation.is_empty()),
        nullable: column.nullable,
        key: schema.key.iter().position(|part| *part == index).map(|place| place + 1),
    };
    schema.columns.iter().enumerate().map(view).collect()
}

fn declared(column: &Column) -> String {
    let collation = if column.collation.is_empty() { "" } else { " " };
    let null = if column.nullable { "" } else { " NOT NULL" };
    format!("{}{collation}{}{null}", column.column_type, column.collation)
}

fn key_names(schema: &TableSchema) -> Vec<String> {
    let column = |index: &usize| schema.columns.get(*index).map(|column| column.name.clone());
    schema.key.iter().filter_map(column).collect()
}

impl Difference {
    pub(super) fn of(before: &TableSchema, after: &TableSchema) -> Self {
        let mut old: HashMap<String, (usize, &Column)> = before
            .columns
            .iter()
            .enumerate()
            .map(|(index, column)| (column.name.to_lowercase(), (index, column)))
            .collect();
        let mut found = Self::default();
        // Of the columns of both, in the order of now: their places before.
        let mut both: Vec<(usize, &Column)> = Vec::new();
        for column in &after.columns {
            let Some((place, was)) = old.remove(&column.name.to_lowercase()) else {
                found.added.push(column.name.clone());
                continue;
            };
            both.push((place, column));
            let (from, to) = (declared(was), declared(column));
            if from != to || was.name != column.name {
                found.changed.push(ChangedColumn { name: column.name.clone(), from, to });
            }
        }
        let gone = before.columns.iter().filter(|column| old.contains_key(&column.name.to_lowercase()));
        found.gone = gone.map(|column| column.name.clone()).collect();
        let places: Vec<usize> = both.iter().map(|(place, _)| *place).collect();
        let moved = both.iter().zip(in_order(&places)).filter(|(_, stays)| !stays);
        found.moved = moved.map(|((_, column), _)| column.name.clone()).collect();
        let (from, to) = (key_names(before), key_names(after));
        found.key = (from != to).then_some(ChangedKey { from, to });
        found
    }

    /// Whether nothing that people see differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Which of these places belong to a longest rising part: the fewest others moved.
fn in_order(places: &[usize]) -> Vec<bool> {
    // For each place: length of the longest rising part that ends there, and the
    // one before it in that part.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(places.len());
    for place in places {
        let rising = places.iter().zip(&best).enumerate().filter(|(_, (other, _))| *other < place);
        let before = rising.max_by_key(|(_, (_, (length, _)))| *length);
        best.push(before.map_or((1, None), |(index, (_, (length, _)))| (length + 1, Some(index))));
    }
    let mut stays = vec![false; places.len()];
    let mut at = best.iter().enumerate().max_by_key(|(_, (length, _))| *length).map(|(index, _)| index);
    while let Some(index) = at {
        if let Some(stays) = stays.get_mut(index) {
            *stays = true;
        }
        at = best.get(index).and_then(|(_, before)| *before);
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidewire_engine::identity::TableName;
    use tidewire_engine::schema::{dialect::Dialect, given};

    fn table(columns: &str) -> TableSchema {
        let sql = format!("CREATE TABLE t ({columns}) DEFAULT CHARSET=utf8mb4");
        given::define(&sql, &TableName::new("d", "t"), Dialect::default()).unwrap()
    }

    fn differs(before: &str, after: &str) -> Difference {
        Difference::of(&table(before), &table(after))
    }

    #[test]
    fn columns_come_go_change_and_move() {
        let found = differs(
            "id INT PRIMARY KEY, a INT, b INT, c INT, d VARCHAR(9)",
            "id INT PRIMARY KEY, c INT, a BIGINT NOT NULL, b INT, e INT",
        );
        assert_eq!(
            (found.added, found.gone, found.moved),
            (vec!["e".to_owned()], vec!["d".to_owned()], vec!["c".to_owned()])
        );
        let [changed] = found.changed.as_slice() else { panic!("{:?}", found.changed) };
        assert_eq!(changed.name, "a");
        assert!(changed.from.starts_with("int") && changed.to.ends_with("NOT NULL"), "{changed:?}");
        assert_eq!(found.key, None);
        assert!(differs("a INT, b INT", "a INT, b INT").is_empty());
    }

    #[test]
    fn exchanged_names_are_a_move_and_another_key_is_said() {
        let swapped = differs("id INT PRIMARY KEY, a INT, b INT", "id INT PRIMARY KEY, b INT, a INT");
        assert_eq!((swapped.moved.len(), swapped.changed.len(), swapped.added.len()), (1, 0, 0));
        let key = differs(
            "a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (a)",
            "a INT NOT NULL, b INT NOT NULL, PRIMARY KEY (b, a)",
        );
        assert_eq!(
            key.key,
            Some(ChangedKey { from: vec!["a".to_owned()], to: vec!["b".to_owned(), "a".to_owned()] })
        );
        assert!(!key.is_empty() && key.changed.is_empty());
    }

    #[test]
    fn the_fewest_columns_are_moved() {
        assert_eq!(in_order(&[2, 0, 1, 3]), [false, true, true, true]);
        assert_eq!(in_order(&[]), Vec::<bool>::new());
        assert_eq!(in_order(&[0, 1, 2]), [true; 3]);
    }
}
