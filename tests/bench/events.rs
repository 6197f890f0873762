//! Row events of the seven-column table, made by hand as the servers write them.

use std::sync::Arc;

use tidewire_engine::log::body;
use tidewire_engine::schema::TableSchema;
use tidewire_engine::schema::binding::{BoundTable, bind};
use tidewire_engine::schema::declared::{RawColumn, build_column};
use tidewire_engine::schema::dialect::Dialect;

/// The table that every figure is measured with.
pub(crate) const TABLE: &str = "CREATE TABLE bench.orders (id BIGINT PRIMARY KEY, user_id INT, name VARCHAR(40), \
     amount DECIMAL(12,2), status TINYINT, note VARCHAR(100), created DATETIME)";

const COLUMNS: &[(&str, &str)] = &[
    ("id", "bigint"),
    ("user_id", "int"),
    ("name", "varchar(40)"),
    ("amount", "decimal(12,2)"),
    ("status", "tinyint"),
    ("note", "varchar(100)"),
    ("created", "datetime"),
];

/// The table bound to its wire form.
pub(crate) fn table() -> Arc<BoundTable> {
    let columns = COLUMNS
        .iter()
        .map(|(name, kind)| {
            let data_type = kind.split('(').next().unwrap();
            build_column(&RawColumn {
                name: (*name).into(),
                data_type: data_type.into(),
                column_type: (*kind).into(),
                charset: if data_type == "varchar" { "utf8mb4".into() } else { String::new() },
                ..RawColumn::default()
            })
            .unwrap()
        })
        .collect();
    let schema = Arc::new(TableSchema::new("bench", "orders", columns, vec![0]));
    let mut map = vec![1, 0, 0, 0, 0, 0, 1, 0, 5];
    map.extend_from_slice(b"bench\0\x06orders\0\x07");
    // BIGINT, INT, VARCHAR, DECIMAL, TINYINT, VARCHAR, DATETIME
    map.extend_from_slice(&[8, 3, 15, 246, 1, 15, 18]);
    map.extend_from_slice(&[7, 160, 0, 12, 2, 144, 1, 0]);
    map.push(0x7e);
    let map = body::table_map(&map).unwrap();
    Arc::new(bind(0, &schema, &map, Dialect::default()).unwrap().unwrap())
}

/// The body of an insert event with `rows` rows.
pub(crate) fn insert_event(first_id: u64, rows: u64) -> Vec<u8> {
    let mut body = vec![1, 0, 0, 0, 0, 0, 1, 0, 2, 0, 7, 0x7f];
    for id in first_id..first_id + rows {
        body.push(0);
        body.extend_from_slice(&id.to_le_bytes());
        body.extend_from_slice(&(id as u32 % 10_000).to_le_bytes());
        let name = format!("客户 {id} 张三");
        body.push(name.len() as u8);
        body.extend_from_slice(name.as_bytes());
        // 1234567.89 as DECIMAL(12,2)
        body.extend_from_slice(&[0x80 | (1_234_567_u32 / 1_000_000_000) as u8]);
        body.extend_from_slice(&1_234_567_u32.to_be_bytes());
        body.push(89);
        body.push(3);
        let note = format!("order number {id} of a customer who likes to write notes");
        body.extend_from_slice(&(note.len() as u16).to_le_bytes());
        body.extend_from_slice(note.as_bytes());
        body.extend_from_slice(&[0x99, 0xa8, 0xb2, 0x10, 0x42]);
    }
    body
}
