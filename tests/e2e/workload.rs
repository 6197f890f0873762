//! Seeded changes of a ledger: inserts, updates, deletes and key changes in transactions of many sizes.

use std::fmt::Write as _;
use std::pin::pin;
use std::time::{Duration, Instant};

use anyhow::Result;
use mysql_async::Conn;
use tidewire_rig::sql;

use crate::source::Source;

/// Rows of a big transaction.
pub(crate) const BIG: i64 = 11_000;

/// Always the same numbers for the same seed.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// `TIDEWIRE_SEED`, else the time; printed, so that a failure can be repeated.
    pub(crate) fn seed(story: &str) -> u64 {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        let seed = std::env::var("TIDEWIRE_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = seed.unwrap_or(now.as_secs());
        println!("{story}: TIDEWIRE_SEED={seed}");
        seed
    }

    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// A session that changes one ledger.
pub(crate) struct Workload {
    source: Source,
    table: String,
    connection: Option<Conn>,
    random: Random,
    /// Keys that are there.
    keys: Vec<i64>,
    next_key: i64,
    version: i64,
    /// Row changes asked for, also those whose commit failed.
    pub(crate) changes: u64,
}

/// Makes the table that the workload needs.
pub(crate) async fn create_ledger(source: Source, table: &str) -> Result<()> {
    let (database, _) = table.split_once('.').unwrap();
    source.sql(&format!("CREATE DATABASE IF NOT EXISTS {database} DEFAULT CHARSET utf8mb4")).await?;
    source
        .sql(&format!(
            "CREATE TABLE {table} (id BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL, \
             text VARCHAR(2000)) DEFAULT CHARSET utf8mb4"
        ))
        .await?;
    Ok(())
}

impl Workload {
    pub(crate) fn new(source: Source, table: &str, seed: u64) -> Self {
        Self {
            source,
            table: table.to_owned(),
            connection: None,
            random: Random::new(seed),
            keys: Vec::new(),
            next_key: 1,
            version: 1,
            changes: 0,
        }
    }

    /// One transaction. When the server went away, waits until it is back; whether the transaction
    /// was committed then is for the log to tell.
    pub(crate) async fn step(&mut self) -> Result<()> {
        let statements = self.choose();
        self.run(&statements).await
    }

    /// Changes rows until the trouble is over and there were enough of them.
    pub(crate) async fn during(
        &mut self,
        trouble: impl Future<Output = Result<()>>,
        enough: u64,
    ) -> Result<()> {
        let mut trouble = pin!(trouble);
        let mut over = false;
        let mut steps = 0_u32;
        while !over || self.changes < enough {
            if steps % 800 == 100 {
                self.big().await?;
            }
            self.step().await?;
            steps += 1;
            if !over {
                // Between two transactions there is time for trouble.
                tokio::select! {
                    result = &mut trouble => {
                        result?;
                        over = true;
                    }
                    () = tokio::time::sleep(Duration::from_millis(5)) => {}
                }
            }
        }
        Ok(())
    }

    /// A transaction of [`BIG`] rows.
    pub(crate) async fn big(&mut self) -> Result<()> {
        let mut statements = vec!["BEGIN".to_owned()];
        for _ in 0..BIG / 1_000 {
            statements.push(self.insert(1_000));
        }
        statements.push("COMMIT".to_owned());
        self.run(&statements).await?;
        let (table, version) = (self.table.clone(), self.next_version());
        self.changes += 2 * BIG.unsigned_abs();
        let first = self.next_key - BIG;
        self.run(&[format!("UPDATE {table} SET version={version}, text='大事务' WHERE id >= {first}")])
            .await?;
        self.keys.retain(|key| *key < first);
        self.run(&[format!("DELETE FROM {table} WHERE id >= {first}")]).await
    }

    async fn run(&mut self, statements: &[String]) -> Result<()> {
        let result = self.attempt(statements).await;
        let Err(error) = result else { return Ok(()) };
        self.connection = None;
        let deadline = Instant::now() + Duration::from_mins(1);
        loop {
            match self.look().await {
                Ok(()) => return Ok(()),
                Err(_) if Instant::now() < deadline => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(_) => return Err(error),
            }
        }
    }

    async fn attempt(&mut self, statements: &[String]) -> Result<()> {
        if self.connection.is_none() {
            let mut connection = self.source.connect().await?;
            if matches!(self.source, Source::OceanBase(_)) {
                // The log is what counts; the SQL engine need not follow.
                sql::run(&mut connection, &["SET @tidewire_binlog_only = 1"]).await?;
            }
            self.connection = Some(connection);
        }
        for statement in statements {
            sql::rows(self.connection.as_mut().unwrap(), statement).await?;
        }
        Ok(())
    }

    /// Reads which keys there are.
    async fn look(&mut self) -> Result<()> {
        let statement = format!("SELECT id FROM {} ORDER BY id", self.table);
        let rows = sql::sql(self.source.log_port(), "root", "", &statement).await?;
        self.keys = rows.into_iter().map(|row| row[0].as_ref().unwrap().parse().unwrap()).collect();
        Ok(())
    }

    fn next_version(&mut self) -> i64 {
        self.version += 1;
        self.version
    }

    fn choose(&mut self) -> Vec<String> {
        let table = self.table.clone();
        if self.keys.len() < 20 {
            return vec![self.insert(20)];
        }
        let version = self.next_version();
        let text = self.text();
        match self.random.below(10) {
            0 | 1 => {
                let count = 1 + self.random.below(40);
                vec![self.insert(count)]
            }
            2..=4 => {
                let keys = self.some_keys(30);
                self.changes += keys.len() as u64;
                vec![format!(
                    "UPDATE {table} SET version={version}, text={text} WHERE id IN ({})",
                    list(&keys)
                )]
            }
            5 => {
                let key = self.take_key();
                let new = self.new_key();
                self.changes += 1;
                vec![format!("UPDATE {table} SET id={new}, version={version} WHERE id={key}")]
            }
            6 => {
                let keys: Vec<i64> = (0..=self.random.below(8)).map(|_| self.take_key()).collect();
                self.changes += keys.len() as u64;
                vec![format!("DELETE FROM {table} WHERE id IN ({})", list(&keys))]
            }
            7 => {
                // A key that goes and comes back within one transaction.
                let key = self.take_key();
                self.keys.push(key);
                self.changes += 3;
                let later = self.next_version();
                vec![
                    "BEGIN".to_owned(),
                    format!("DELETE FROM {table} WHERE id={key}"),
                    format!("INSERT INTO {table} VALUES ({key},{version},{text})"),
                    format!("UPDATE {table} SET version={later} WHERE id={key}"),
                    "COMMIT".to_owned(),
                ]
            }
            _ => {
                let mut statements = vec!["BEGIN".to_owned()];
                for _ in 0..=self.random.below(6) {
                    let version = self.next_version();
                    let text = self.text();
                    let keys = self.some_keys(4);
                    self.changes += keys.len() as u64;
                    statements.push(format!(
                        "UPDATE {table} SET version={version}, text={text} WHERE id IN ({})",
                        list(&keys)
                    ));
                    statements.push(self.insert(2));
                }
                statements.push("COMMIT".to_owned());
                statements
            }
        }
    }

    fn insert(&mut self, count: u64) -> String {
        let version = self.next_version();
        let mut statement = format!("INSERT INTO {} VALUES ", self.table);
        for number in 0..count {
            let (key, text) = (self.new_key(), self.text());
            let comma = if number == 0 { "" } else { "," };
            write!(statement, "{comma}({key},{version},{text})").unwrap();
        }
        self.changes += count;
        statement
    }

    fn new_key(&mut self) -> i64 {
        let key = self.next_key;
        self.next_key += 1;
        self.keys.push(key);
        key
    }

    fn take_key(&mut self) -> i64 {
        let index = self.random.below(self.keys.len() as u64 - 1);
        self.keys.swap_remove(usize::try_from(index).unwrap())
    }

    fn some_keys(&mut self, most: u64) -> Vec<i64> {
        let count = 1 + self.random.below(most);
        (0..count)
            .map(|_| self.keys[usize::try_from(self.random.below(self.keys.len() as u64)).unwrap()])
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect()
    }

    fn text(&mut self) -> String {
        let number = self.random.below(1_000_000);
        match self.random.below(6) {
            0 => "NULL".to_owned(),
            1 => format!("'订单 {number} 已发货 🚚'"),
            2 => format!("'{}'", "长文本😀".repeat(usize::try_from(number % 90).unwrap())),
            3 => format!("'quote \\\" backslash \\\\ tab \\t line \\n {number}'"),
            _ => format!("'plain {number}'"),
        }
    }
}

fn list(keys: &[i64]) -> String {
    keys.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}
