//! What a table looks like at some moment.

use std::sync::Arc;

use crate::random::Random;
use crate::value::draw::{self, Abilities};
use crate::value::{Column, Type, Value};

/// A row image, shared with the truth.
pub type Row = Arc<Vec<Value>>;

/// Name of the column that tells every row image from every other one.
pub const MARK: &str = "mark";

/// Names, columns and key of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Database.
    pub database: String,
    /// Table.
    pub table: String,
    /// Columns in order.
    pub columns: Vec<Column>,
    /// Indexes of the key's columns.
    pub key: Vec<usize>,
    /// Whether the key is a primary one; else a unique one, or none.
    pub primary: bool,
    /// Whether texts of the key compare without regard to case.
    pub case_blind: bool,
}

impl Shape {
    /// A table with columns of many types.
    pub fn draw(random: &mut Random, database: &str, table: &str, can: Abilities) -> Self {
        let keys = match random.below(10) {
            0 => 0,
            1..=6 => 1,
            7 | 8 => 2,
            _ => 3,
        };
        let mut columns: Vec<(Column, bool)> = (0..keys)
            .map(|number| {
                let kind = draw::key_type(random);
                (Column { name: format!("k{number}"), kind, nullable: false }, true)
            })
            .collect();
        for number in 0..random.range(1..=7) {
            let kind = draw::any_type(random, can);
            columns.push((Column { name: column_name(number), kind, nullable: random.percent(60) }, false));
        }
        let mark = Type::Int { bytes: 8, unsigned: false };
        columns.push((Column { name: MARK.to_owned(), kind: mark, nullable: false }, false));
        random.shuffle(&mut columns);
        // The key's own order need not be that of the columns.
        let mut key: Vec<usize> = (0..columns.len()).filter(|index| columns[*index].1).collect();
        random.shuffle(&mut key);
        Self {
            database: database.to_owned(),
            table: table.to_owned(),
            columns: columns.into_iter().map(|(column, _)| column).collect(),
            key,
            primary: random.percent(80),
            case_blind: random.percent(50),
        }
    }

    /// The index of a column.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// The mark of a row.
    ///
    /// # Panics
    /// When the row has none.
    #[must_use]
    pub fn mark(&self, row: &[Value]) -> i128 {
        let index = self.index(MARK).expect("every table has the column");
        match row[index] {
            Value::Int(mark) => mark,
            ref other => panic!("{other:?} is no mark"),
        }
    }

    /// A row's key as the database compares it; nothing for a table without.
    #[must_use]
    pub fn key_of(&self, row: &[Value]) -> Option<String> {
        if self.key.is_empty() {
            return None;
        }
        let part = |index: &usize| match &row[*index] {
            // Spaces at the end do not count when texts are compared.
            Value::Text(text) if self.case_blind => text.trim_end_matches(' ').to_lowercase(),
            Value::Text(text) => text.trim_end_matches(' ').to_owned(),
            other => format!("{other:?}"),
        };
        Some(self.key.iter().map(part).collect::<Vec<_>>().join("\u{1}"))
    }
}

/// Names that try quoting and letters beyond ASCII, too.
fn column_name(number: u64) -> String {
    match number {
        2 => "it's".to_owned(),
        4 => "Größe".to_owned(),
        _ => format!("c{number}"),
    }
}

/// A new row of a table; its mark and the uniqueness of its key are the caller's.
pub fn new_row(random: &mut Random, shape: &Shape, can: Abilities) -> Vec<Value> {
    let value = |column: &Column| {
        if column.nullable && random.percent(25) {
            Value::Null
        } else {
            draw::value(random, &column.kind, can)
        }
    };
    shape.columns.iter().map(value).collect()
}
