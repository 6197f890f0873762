//! What a project asks for, in the model's own words: tables, kinds of changes,
//! columns, filters; and which messages a row change becomes by it.

use tidewire_engine::endpoint::DatasourceKind;
use tidewire_engine::project::{
    Dml, Format, Limits, Origin, ProjectOptions, ProjectSpec, StartPoint, TableMapping,
};

use crate::bytes::table::Kind;
use crate::database::Dialect;
use crate::database::change::Change;
use crate::database::shape::{MARK, Shape};
use crate::random::Random;
use crate::value::show::Rules;
use crate::value::{Type, Value};

/// Id of the project of every history.
pub const ID: &str = "np_0123456789ab";

/// A condition on one number column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// Column.
    pub column: String,
    /// Whether the value must be greater; else less or equal.
    pub greater: bool,
    /// What it is compared with.
    pub than: i64,
}

/// A followed table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// Database and table.
    pub name: (String, String),
    /// Topic.
    pub topic: String,
    /// Shown columns; empty: all.
    pub columns: Vec<String>,
    /// Which rows go out; `None`: all.
    pub filter: Option<Filter>,
    /// Columns that choose the queue; empty: the key.
    pub shard: Vec<String>,
}

/// The project between two edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Tables.
    pub tables: Vec<Followed>,
    /// Format of the messages.
    pub format: Format,
    /// Kinds of changes that go out.
    pub kinds: Vec<Kind>,
    /// Whether a change of the key becomes two messages.
    pub split: bool,
    /// Where it starts.
    pub start: StartPoint,
    /// Bounds.
    pub limits: Limits,
}

/// One message that a change becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// As what it goes out.
    pub kind: Kind,
}

/// Formats that the model can judge.
pub const FORMATS: [Format; 8] = [
    Format::DebeziumSmt,
    Format::DebeziumFlatten,
    Format::Debezium,
    Format::Default,
    Format::DefaultExtendColumnType,
    Format::Canal,
    Format::Dataworks2,
    Format::Shareplex,
];

/// The rules of a format's cells.
#[must_use]
pub fn rules(format: Format) -> Rules {
    match format {
        Format::Debezium | Format::DebeziumFlatten | Format::DebeziumSmt => Rules::Debezium,
        Format::Canal => Rules::Canal,
        Format::Dataworks2 => Rules::Plain,
        _ => Rules::Default,
    }
}

impl Followed {
    /// A table with settings by chance.
    pub fn draw(random: &mut Random, shape: &Shape, topic: &str) -> Self {
        let mut table = Self {
            name: (shape.database.clone(), shape.table.clone()),
            topic: topic.to_owned(),
            columns: Vec::new(),
            filter: None,
            shard: Vec::new(),
        };
        table.draw_columns(random, shape);
        table.draw_filter(random, shape);
        if random.percent(20) {
            let column = &random.pick(&shape.columns);
            if column.name != MARK && !matches!(column.kind, Type::Float | Type::Double | Type::Json) {
                table.shard.push(column.name.clone());
            }
        }
        table
    }

    /// Whether it names none of its table's columns.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.columns.is_empty() && self.filter.is_none() && self.shard.is_empty()
    }

    /// Other shown columns; the mark is always among them.
    pub fn draw_columns(&mut self, random: &mut Random, shape: &Shape) {
        self.columns.clear();
        if random.percent(25) {
            let shown = shape.columns.iter().filter(|column| column.name == MARK || random.percent(50));
            self.columns = shown.map(|column| column.name.clone()).collect();
        }
    }

    /// Another filter.
    pub fn draw_filter(&mut self, random: &mut Random, shape: &Shape) {
        self.filter = None;
        let numbers: Vec<&str> = shape
            .columns
            .iter()
            .filter(|column| column.name != MARK && matches!(column.kind, Type::Int { .. }))
            .map(|column| column.name.as_str())
            .collect();
        if !numbers.is_empty() && random.percent(25) {
            let column = (*random.pick(&numbers)).to_owned();
            let filter = Filter { column, greater: random.percent(50), than: random.below(80) as i64 };
            self.filter = Some(filter);
        }
    }

    fn mapping(&self) -> TableMapping {
        let filter = self.filter.as_ref().map(|filter| {
            let Filter { column, greater, than } = filter;
            format!("`{}` {} {than}", column.replace('`', "``"), if *greater { ">" } else { "<=" })
        });
        TableMapping {
            database: self.name.0.clone(),
            table: self.name.1.clone(),
            topic: self.topic.clone(),
            shard_columns: self.shard.clone(),
            columns: self.columns.clone(),
            row_filter: filter.unwrap_or_default(),
        }
    }

    /// Whether a row meets the filter; NULL meets nothing.
    fn takes(&self, shape: &Shape, row: &[Value]) -> bool {
        let Some(filter) = &self.filter else { return true };
        let Some(index) = shape.index(&filter.column) else { return false };
        match row[index] {
            Value::Int(value) if filter.greater => value > i128::from(filter.than),
            Value::Int(value) => value <= i128::from(filter.than),
            _ => false,
        }
    }
}

impl Project {
    /// The followed table of a shape.
    #[must_use]
    pub fn table(&self, shape: &Shape) -> Option<&Followed> {
        self.tables.iter().find(|table| table.name.0 == shape.database && table.name.1 == shape.table)
    }

    /// The messages that a change becomes, in order.
    #[must_use]
    pub fn wanted(&self, change: &Change) -> Vec<Wanted> {
        let Some(table) = self.table(&change.shape) else { return Vec::new() };
        let takes = |row: &Option<_>| {
            row.as_ref().is_some_and(|row: &crate::database::shape::Row| table.takes(&change.shape, row))
        };
        let kind = match (takes(&change.before), takes(&change.after)) {
            (false, false) => return Vec::new(),
            // A row that comes into view, or goes out of it.
            (false, true) => Kind::Insert,
            (true, false) => Kind::Delete,
            (true, true) => Kind::Update,
        };
        if !self.kinds.contains(&kind) {
            return Vec::new();
        }
        if kind == Kind::Update && self.split && changes_key(change) {
            return vec![Wanted { kind: Kind::Delete }, Wanted { kind: Kind::Insert }];
        }
        vec![Wanted { kind }]
    }

    /// As the engine wants it.
    #[must_use]
    pub fn spec(&self, dialect: Dialect) -> ProjectSpec {
        let kind = match dialect {
            Dialect::MySql | Dialect::Anonymous | Dialect::Plain => DatasourceKind::Mysql,
            Dialect::MariaDb => DatasourceKind::Mariadb,
            Dialect::BinlogService => DatasourceKind::OceanbaseCe,
        };
        let service = dialect == Dialect::BinlogService;
        let dml = |kind: &Kind| match kind {
            Kind::Insert => Dml::Insert,
            Kind::Update => Dml::Update,
            Kind::Delete => Dml::Delete,
        };
        ProjectSpec {
            id: ID.to_owned(),
            name: "history".to_owned(),
            origin: Origin { kind, tenant: service.then(|| "tenant".to_owned()), cluster: None },
            start: self.start,
            options: ProjectOptions {
                dml: self.kinds.iter().map(dml).collect(),
                format: self.format,
                split_key_change: self.split,
                ..ProjectOptions::default()
            },
            tables: self.tables.iter().map(Followed::mapping).collect(),
            limits: self.limits,
        }
    }
}

/// Whether an update changes the key, letter by letter.
fn changes_key(change: &Change) -> bool {
    let (Some(before), Some(after)) = (&change.before, &change.after) else { return false };
    change.shape.key.iter().any(|index| before[*index] != after[*index])
}
