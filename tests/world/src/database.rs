//! The model database: tables with rows, a log of real bytes, and the truth
//! about every committed row. Knows nothing of the engine, of projects and of
//! topics.

pub mod broken_off;
pub mod change;
pub mod commit;
pub mod ddl;
pub mod events;
pub mod fail_over;
pub mod log;
mod resume;
pub mod shape;
pub mod source;
pub mod table_ddl;
pub mod unhappy;

use std::collections::HashSet;
use std::sync::Arc;

use crate::bytes::metadata::Told;
use crate::random::Random;
use crate::value::draw::Abilities;
use broken_off::BrokenOff;
use change::Change;
use log::Log;
use shape::{Row, Shape};

/// Whose log the model writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// MySQL with GTIDs.
    MySql,
    /// MySQL with `gtid_mode=OFF`: anonymous GTID events.
    Anonymous,
    /// MySQL 5.6: no GTID events at all.
    Plain,
    /// MariaDB.
    MariaDb,
    /// OceanBase's Binlog Service.
    BinlogService,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::MySql, Self::Anonymous, Self::Plain, Self::MariaDb, Self::BinlogService];

    /// Which values it can write.
    #[must_use]
    pub const fn abilities(self) -> Abilities {
        Abilities {
            json: !matches!(self, Self::MariaDb | Self::Plain),
            exact: !matches!(self, Self::BinlogService),
        }
    }

    /// Kind and version of such a server.
    #[must_use]
    pub const fn server(self) -> tidewire_engine::schema::dialect::Dialect {
        use tidewire_engine::schema::dialect::{Dialect, Server};
        let (server, version) = match self {
            Self::MySql | Self::Anonymous => (Server::MySql, 80_036),
            Self::Plain => (Server::MySql, 50_651),
            Self::MariaDb => (Server::MariaDb, 101_106),
            Self::BinlogService => (Server::OceanBase, 40_201),
        };
        Dialect { server, version }
    }

    /// Whether places are sets of GTIDs.
    #[must_use]
    pub const fn has_gtid_sets(self) -> bool {
        matches!(self, Self::MySql | Self::BinlogService)
    }
}

/// What stays the same of a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whose log.
    pub dialect: Dialect,
    /// Room for checksums behind events.
    pub checksum: bool,
    /// Version of rows events.
    pub rows_version: u8,
    /// Most rows of an event.
    pub rows_per_event: usize,
    /// A file that is larger than this is followed by the next one.
    pub file_limit: usize,
    /// MySQL 8: commit times in microseconds.
    pub commit_micros: bool,
    /// What TABLE_MAP says beyond wire types.
    pub told: Told,
    /// Server id in event headers.
    pub server_id: u32,
    /// Server uuid.
    pub uuid: [u8; 16],
}

impl Settings {
    /// Any server.
    pub fn draw(random: &mut Random) -> Self {
        let dialect = *random.pick(&Dialect::ALL);
        let service = dialect == Dialect::BinlogService;
        let told = match dialect {
            Dialect::MySql | Dialect::Anonymous => *random.pick(&[Told::Minimal, Told::Full, Told::Nothing]),
            Dialect::MariaDb => *random.pick(&[Told::Nothing, Told::Nothing, Told::Minimal, Told::Full]),
            Dialect::Plain | Dialect::BinlogService => Told::Nothing,
        };
        let mut uuid = [0; 16];
        uuid[..8].copy_from_slice(&random.bits().to_be_bytes());
        Self {
            dialect,
            checksum: service || random.percent(50),
            rows_version: if dialect == Dialect::MariaDb { 1 } else { 2 },
            rows_per_event: if service { 1 } else { *random.pick(&[1, 2, 5, 50]) },
            file_limit: *random.pick(&[600, 2000, 8000, 60_000]),
            commit_micros: dialect == Dialect::MySql && random.percent(50),
            told,
            server_id: if service { 1_147_473_732 } else { random.range(1..=5) as u32 },
            uuid,
        }
    }
}

/// A table as it is now.
#[derive(Clone, Debug)]
pub struct Table {
    /// Names, columns and key.
    pub shape: Arc<Shape>,
    /// Number in the log; a new one after each change of the shape.
    pub id: u64,
    /// Its rows.
    pub rows: Vec<Row>,
    /// Keys of the rows, as the database compares them.
    pub keys: HashSet<String>,
}

/// How a transaction is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Name {
    /// Number of a GTID, MariaDB's sequence included.
    Number(u64),
    /// Its place, where there are no names.
    Place,
}

/// A committed transaction, or a statement that stands for itself.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Its name.
    pub name: Name,
    /// Index of the file that holds it.
    pub file: usize,
    /// Offset of its first event.
    pub begin: u64,
    /// Offset behind its last one.
    pub end: u64,
    /// Commit time as the log tells it.
    pub commit_micros: u64,
    /// Its changes in order.
    pub changes: Vec<Change>,
    /// Rows in its log that it undid: before which of its changes, of which table, how
    /// many.
    pub undone: Vec<(usize, Arc<Shape>, u64)>,
    /// When it was committed, in the world's own time.
    pub at: tokio::time::Instant,
}

/// The database.
#[derive(Debug)]
pub struct Database {
    /// The server.
    pub settings: Settings,
    /// Its tables.
    pub tables: Vec<Table>,
    /// Its log.
    pub log: Log,
    /// Everything that was committed, in order.
    pub truth: Vec<Transaction>,
    /// How many servers took over from the first one.
    pub servers: u64,
    /// Number of the last GTID.
    pub gtid: u64,
    /// A transaction that is written in part.
    pub unfinished: Option<unhappy::Half>,
    /// How its log ended for those who read it.
    pub broken_off: Option<BrokenOff>,
    /// What the tables looked like from a file and an offset on.
    shapes: Vec<(usize, u64, Vec<Arc<Shape>>)>,
    next_mark: i128,
    next_xid: u64,
    next_table_id: u64,
    last_commit: u64,
}

impl Database {
    /// A server with an empty log; `now` is the source's clock, microseconds.
    pub fn new(settings: Settings, now: u64) -> Self {
        let mut database = Self {
            log: Log::new(),
            settings,
            tables: Vec::new(),
            truth: Vec::new(),
            servers: 0,
            gtid: 0,
            unfinished: None,
            broken_off: None,
            shapes: Vec::new(),
            next_mark: 1,
            next_xid: 1,
            next_table_id: 100,
            last_commit: 0,
        };
        database.begin_file(now);
        database
    }

    /// Adds an empty table.
    pub fn create(&mut self, shape: Shape) {
        self.next_table_id += 1;
        let (id, shape) = (self.next_table_id, Arc::new(shape));
        self.tables.push(Table { shape, id, rows: Vec::new(), keys: HashSet::new() });
        self.remember_shapes();
    }

    /// The table of a name.
    #[must_use]
    pub fn table(&self, database: &str, table: &str) -> Option<&Table> {
        self.tables.iter().find(|known| known.shape.database == database && known.shape.table == table)
    }

    /// The next mark: every row image that is ever written has its own.
    fn mark(&mut self) -> i128 {
        self.next_mark += 1;
        self.next_mark - 1
    }

    /// A commit time by the source's clock. The Binlog Service's never go back
    /// and are never equal; other servers write what their clock says.
    fn commit_time(&mut self, now: u64) -> u64 {
        match self.settings.dialect {
            Dialect::BinlogService => {
                self.last_commit = now.max(self.last_commit + 1);
                self.last_commit
            }
            Dialect::MySql if self.settings.commit_micros => now,
            _ => now / 1_000_000 * 1_000_000,
        }
    }
}
