//! What happens in the shop, and a record of every row change for the comparison.

use std::collections::HashMap;

use anyhow::Result;
use mysql_async::Conn;

use super::tables::{ITEMS, ORDERS, PAYMENTS, TABLES, USERS};
use crate::sql;

const USER_COUNT: i64 = 200;
const ORDER_COUNT: i64 = 600;
const BIG_TRANSACTION: i64 = 100_000;

/// A value that has one text in SQL, in the database and in a message.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    Null,
    /// A number, digits as the database shows them.
    Number(String),
    Text(String),
}

impl Value {
    fn sql(&self) -> String {
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Number(digits) => digits.clone(),
            Self::Text(text) => format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''")),
        }
    }
}

pub type Image = Vec<Value>;

/// One committed change of one row.
#[derive(Clone, Debug)]
pub struct Change {
    pub table: usize,
    pub before: Option<Image>,
    pub after: Option<Image>,
}

/// The shop's session with the database.
pub struct Workload {
    connection: Conn,
    /// In commit order.
    pub changes: Vec<Change>,
    rows: HashMap<(usize, Image), Image>,
    next_order: i64,
    random: u64,
}

impl Workload {
    pub fn new(connection: Conn) -> Self {
        Self { connection, changes: Vec::new(), rows: HashMap::new(), next_order: 1, random: 42 }
    }

    /// Everything that the demo counts.
    pub async fn run(&mut self) -> Result<()> {
        for first in (1..=USER_COUNT).step_by(20) {
            let users: Vec<Image> = (first..first + 20).map(user).collect();
            self.insert(USERS, users).await?;
        }
        println!("demo: {USER_COUNT} users have registered");
        for number in 1..=ORDER_COUNT {
            self.place_order().await?;
            if number % 200 == 0 {
                println!("demo: {number} orders placed, some paid, some cancelled");
            }
        }
        sql::run(&mut self.connection, &["BEGIN"]).await?;
        for first in (0..BIG_TRANSACTION).step_by(5_000) {
            let items = (first..first + 5_000).map(|line| item(1_000_000, line, line % 9 + 1));
            self.insert(ITEMS, items.collect()).await?;
        }
        sql::run(&mut self.connection, &["COMMIT"]).await?;
        println!("demo: one transaction of {BIG_TRANSACTION} rows is committed");
        for line in 0..50 {
            let key = vec![number(1_000_000), number(line)];
            match line % 2 {
                0 => self.update(ITEMS, &key, &[(4, number(line + 100))]).await?,
                _ => self.delete(ITEMS, &key).await?,
            }
        }
        Ok(())
    }

    /// One more order, uncounted, for those who watch.
    pub async fn trickle(&mut self) -> Result<()> {
        self.place_order().await
    }

    async fn place_order(&mut self) -> Result<()> {
        let id = self.next_order;
        self.next_order += 1;
        let user = self.below(USER_COUNT) + 1;
        let lines = self.below(4) + 1;
        let cents = self.below(90_000) + 1_000;
        sql::run(&mut self.connection, &["BEGIN"]).await?;
        self.insert(ORDERS, vec![order(id, user, cents)]).await?;
        let items = (1..=lines).map(|line| item(id, line, line)).collect();
        self.insert(ITEMS, items).await?;
        sql::run(&mut self.connection, &["COMMIT"]).await?;
        match id % 5 {
            0 => {
                self.update(ORDERS, &[number(id)], &[(3, text("cancelled")), (5, Value::Null)]).await?;
                self.delete(ITEMS, &[number(id), number(1)]).await?;
            }
            remainder => {
                sql::run(&mut self.connection, &["BEGIN"]).await?;
                let channel = ["alipay", "wechat", "card"][(id % 3) as usize];
                self.insert(PAYMENTS, vec![payment(id, channel, cents)]).await?;
                self.update(ORDERS, &[number(id)], &[(3, text("paid"))]).await?;
                let balance = decimal(self.below(10_000_000), 4);
                self.update(USERS, &[number(user)], &[(4, balance)]).await?;
                sql::run(&mut self.connection, &["COMMIT"]).await?;
                if remainder == 1 {
                    self.update(ORDERS, &[number(id)], &[(3, text("shipped")), (5, text("已发货 🚚"))])
                        .await?;
                }
                if remainder == 2 {
                    // The same order row twice in a row: order per key is visible here.
                    self.update(ORDERS, &[number(id)], &[(3, text("shipped"))]).await?;
                    self.update(ORDERS, &[number(id)], &[(3, text("paid"))]).await?;
                }
            }
        }
        Ok(())
    }

    async fn insert(&mut self, table: usize, images: Vec<Image>) -> Result<()> {
        let values: Vec<String> = images
            .iter()
            .map(|image| format!("({})", image.iter().map(Value::sql).collect::<Vec<_>>().join(",")))
            .collect();
        let statement = format!("INSERT INTO shop.{} VALUES {}", TABLES[table].name, values.join(","));
        sql::rows(&mut self.connection, &statement).await?;
        for image in images {
            let key = image[..TABLES[table].key].to_vec();
            self.rows.insert((table, key), image.clone());
            self.changes.push(Change { table, before: None, after: Some(image) });
        }
        Ok(())
    }

    async fn update(&mut self, table: usize, key: &[Value], new: &[(usize, Value)]) -> Result<()> {
        let columns = TABLES[table].columns;
        let Some(row) = self.rows.get_mut(&(table, key.to_vec())) else {
            return Ok(());
        };
        let before = row.clone();
        for (column, value) in new {
            row[*column] = value.clone();
        }
        let after = row.clone();
        // An UPDATE that changes nothing leaves no trace in a binlog.
        if before == after {
            return Ok(());
        }
        let sets: Vec<String> =
            new.iter().map(|(column, value)| format!("{}={}", columns[*column], value.sql())).collect();
        let statement = format!(
            "UPDATE shop.{} SET {} WHERE {}",
            TABLES[table].name,
            sets.join(","),
            condition(table, key)
        );
        sql::rows(&mut self.connection, &statement).await?;
        self.changes.push(Change { table, before: Some(before), after: Some(after) });
        Ok(())
    }

    async fn delete(&mut self, table: usize, key: &[Value]) -> Result<()> {
        let Some(before) = self.rows.remove(&(table, key.to_vec())) else {
            return Ok(());
        };
        let statement = format!("DELETE FROM shop.{} WHERE {}", TABLES[table].name, condition(table, key));
        sql::rows(&mut self.connection, &statement).await?;
        self.changes.push(Change { table, before: Some(before), after: None });
        Ok(())
    }

    /// Always the same numbers in the same order.
    fn below(&mut self, limit: i64) -> i64 {
        self.random =
            self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as i64 % limit
    }
}

fn condition(table: usize, key: &[Value]) -> String {
    let columns = TABLES[table].columns.iter().zip(key);
    columns.map(|(name, value)| format!("{name}={}", value.sql())).collect::<Vec<_>>().join(" AND ")
}

fn number(value: i64) -> Value {
    Value::Number(value.to_string())
}

fn text(value: &str) -> Value {
    Value::Text(value.to_owned())
}

fn decimal(units: i64, scale: u32) -> Value {
    let one = 10_i64.pow(scale);
    Value::Number(format!("{}.{:0width$}", units / one, units % one, width = scale as usize))
}

fn user(id: i64) -> Image {
    let names = ["张伟", "王芳", "李娜 😀", "O'Brien", "赵\"引号\"", "Müller"];
    let name = format!("{} {id}", names[(id % 6) as usize]);
    let birthday = if id % 7 == 0 {
        Value::Null
    } else {
        text(&format!("19{:02}-0{}-1{}", 60 + id % 40, id % 9 + 1, id % 10))
    };
    vec![
        number(id),
        Value::Text(name),
        text(&format!("1380000{id:04}")),
        number(id % 2),
        decimal(1_000_000 + id, 4),
        birthday,
    ]
}

fn order(id: i64, user: i64, cents: i64) -> Image {
    let remark = if id % 4 == 0 { Value::Null } else { text(&format!("请尽快发货 🎁 #{id}")) };
    let created = format!("2026-11-{:02} {:02}:{:02}:00", id % 28 + 1, id % 24, id % 60);
    vec![
        number(id),
        number(user),
        text(&format!("NO{id:010}")),
        text("new"),
        decimal(cents, 2),
        remark,
        Value::Text(created),
    ]
}

fn item(order: i64, line: i64, quantity: i64) -> Image {
    let title = format!("商品{} · 型号 {}", line % 97, line % 13);
    vec![
        number(order),
        number(line),
        text(&format!("SKU-{:05}", line % 5_000)),
        Value::Text(title),
        number(quantity),
        decimal(line * 7 % 100_000 + 99, 2),
    ]
}

fn payment(order: i64, channel: &str, cents: i64) -> Image {
    let paid = format!("2026-11-{:02} {:02}:30:15.125", order % 28 + 1, order % 24);
    let detail = format!("支付成功\n渠道={channel}; 单号=\"P{order}\"");
    vec![
        number(order),
        number(order),
        text(channel),
        decimal(cents, 2),
        Value::Text(paid),
        Value::Text(detail),
    ]
}
