//! Statements that change tables, drawn from what a table has.

use tidewire_engine::schema::TableSchema;

use crate::filter::random::Random;

/// What a server understands.
#[derive(Clone, Copy)]
pub(super) struct Can {
    pub(super) rename_column: bool,
    pub(super) if_exists: bool,
}

const TYPES: &[&str] = &[
    "TINYINT",
    "TINYINT(1)",
    "BOOL",
    "SMALLINT UNSIGNED",
    "MEDIUMINT",
    "INT",
    "INTEGER(5)",
    "INT UNSIGNED ZEROFILL",
    "BIGINT",
    "BIGINT(7) UNSIGNED",
    "DECIMAL",
    "DECIMAL(5)",
    "NUMERIC(12,4) UNSIGNED",
    "DEC(30,10)",
    "FLOAT",
    "FLOAT(7,3)",
    "FLOAT(20)",
    "DOUBLE",
    "DOUBLE PRECISION",
    "REAL",
    "DOUBLE(10,2) UNSIGNED",
    "BIT",
    "BIT(13)",
    "YEAR",
    "DATE",
    "TIME",
    "TIME(3)",
    "DATETIME",
    "DATETIME(6)",
    "TIMESTAMP NULL",
    "TIMESTAMP(2) NULL",
    "CHAR",
    "CHAR(9)",
    "VARCHAR(20)",
    "VARCHAR(300)",
    "CHARACTER VARYING(7)",
    "CHAR(5) CHARACTER SET latin1",
    "VARCHAR(10) CHARACTER SET gbk",
    "VARCHAR(10) CHARSET utf8mb4 COLLATE utf8mb4_bin",
    "VARCHAR(6) COLLATE latin1_bin",
    "CHAR(4) BINARY",
    "VARCHAR(8) CHARACTER SET binary",
    "BINARY(4)",
    "BINARY",
    "VARBINARY(30)",
    "TINYTEXT",
    "TEXT",
    "TEXT(20)",
    "TEXT(100000)",
    "MEDIUMTEXT",
    "LONGTEXT CHARACTER SET latin1",
    "TINYBLOB",
    "BLOB",
    "BLOB(70000)",
    "MEDIUMBLOB",
    "LONGBLOB",
    "ENUM('a','b','c')",
    "ENUM('it''s','x\\\\y','新') CHARACTER SET utf8mb4",
    "SET('u','v')",
    "SET('1','2','3','4','5','6','7','8','9') CHARACTER SET latin1",
];

const ATTRIBUTES: &[&str] = &[
    "",
    "",
    "",
    " NULL",
    " NOT NULL",
    " COMMENT 'a, b) (c'",
    " DEFAULT NULL",
    " NOT NULL COMMENT 'it''s; ADD x INT'",
];

pub(super) struct Generator {
    pub(super) random: Random,
    pub(super) can: Can,
    names: usize,
}

impl Generator {
    pub(super) fn new(seed: u64, can: Can) -> Self {
        Self { random: Random::new(seed), can, names: 0 }
    }

    fn fresh(&mut self) -> String {
        self.names += 1;
        match self.random.below(12) {
            0 => format!("`列{}`", self.names),
            1 => format!("`add {}`", self.names),
            2 => format!("`key``{}`", self.names),
            _ => format!("c{}", self.names),
        }
    }

    fn number(&mut self) -> usize {
        self.names += 1;
        self.names
    }

    fn column_type(&mut self) -> String {
        if self.random.chance(3) {
            return self.random.of(&["GEOMETRY", "POINT", "POLYGON"]).to_owned();
        }
        if self.random.chance(3) {
            return "JSON".to_owned();
        }
        self.random.of(TYPES).to_owned()
    }

    fn definition(&mut self) -> String {
        let kind = self.column_type();
        let attribute = self.random.of(ATTRIBUTES);
        let has_null = kind.ends_with("NULL");
        if has_null || attribute.contains("DEFAULT NULL") && kind == "JSON" {
            return kind;
        }
        format!("{kind}{attribute}")
    }

    fn place(&mut self, schema: &TableSchema) -> String {
        match self.random.below(3) {
            0 => " FIRST".to_owned(),
            1 => format!(" AFTER {}", self.column(schema)),
            _ => String::new(),
        }
    }

    fn column(&mut self, schema: &TableSchema) -> String {
        quoted(&schema.columns[self.random.below(schema.columns.len())].name)
    }

    fn clause(&mut self, schema: &TableSchema) -> String {
        match self.random.below(26) {
            0..=5 => {
                let (name, kind) = (self.fresh(), self.definition());
                format!("ADD COLUMN {name} {kind}{}", self.place(schema))
            }
            6 => {
                let (a, b) = (self.fresh(), self.fresh());
                format!("ADD ({a} {}, {b} {})", self.definition(), self.definition())
            }
            7..=9 if schema.columns.len() > 2 => format!("DROP COLUMN {}", self.column(schema)),
            10..=13 => {
                let (column, kind) = (self.column(schema), self.definition());
                format!("MODIFY {column} {kind}{}", self.place(schema))
            }
            14..=16 => {
                let (old, new, kind) = (self.column(schema), self.fresh(), self.definition());
                format!("CHANGE COLUMN {old} {new} {kind}{}", self.place(schema))
            }
            17 if self.can.rename_column => {
                let (old, new) = (self.column(schema), self.fresh());
                format!("RENAME COLUMN {old} TO {new}")
            }
            18 => format!("ADD UNIQUE KEY u{} ({})", self.number(), self.column(schema)),
            19 => format!("ADD UNIQUE ({})", self.column(schema)),
            20 if !schema.indexes.is_empty() => {
                let index = &schema.indexes[self.random.below(schema.indexes.len())].name;
                if index == "PRIMARY" {
                    "DROP PRIMARY KEY".to_owned()
                } else {
                    format!("DROP INDEX {}", quoted(index))
                }
            }
            21 => format!("ADD PRIMARY KEY ({})", self.column(schema)),
            22 => {
                self.random.of(&["COMMENT = 'x'", "ROW_FORMAT = DYNAMIC", "AUTO_INCREMENT = 100"]).to_owned()
            }
            23 => {
                let set = self.random.of(&["utf8mb4", "latin1", "gbk", "utf8mb4 COLLATE utf8mb4_bin"]);
                format!("DEFAULT CHARACTER SET {set}")
            }
            24 => format!("ADD INDEX i{} ({})", self.number(), self.column(schema)),
            25 if self.can.if_exists => {
                let (name, kind) = (self.column(schema), self.definition());
                format!("ADD COLUMN IF NOT EXISTS {name} {kind}, DROP COLUMN IF EXISTS nothing")
            }
            _ => {
                let (name, kind) = (self.fresh(), self.definition());
                format!("ADD {name} {kind}")
            }
        }
    }

    /// A statement about a table; `schema` is what it is now.
    pub(super) fn statement(&mut self, table: &str, schema: Option<&TableSchema>) -> Vec<String> {
        let Some(schema) = schema else { return vec![self.create(table)] };
        match self.random.below(60) {
            0 => vec![format!("DROP TABLE {table}"), self.create(table)],
            1 => vec![format!("RENAME TABLE {table} TO {table}_old"), self.create(table)],
            2 => {
                let change = self.clause(schema);
                vec![
                    format!("CREATE TABLE {table}_new LIKE {table}"),
                    format!("ALTER TABLE {table}_new {change}"),
                    format!("RENAME TABLE {table} TO {table}_old, {table}_new TO {table}"),
                ]
            }
            3 => {
                let set = self.random.of(&["utf8mb4", "latin1", "utf8mb4 COLLATE utf8mb4_bin", "gbk"]);
                vec![format!("ALTER TABLE {table} CONVERT TO CHARACTER SET {set}")]
            }
            4 => vec![format!(
                "/* app */ CREATE UNIQUE INDEX u{} ON {table} ({})",
                self.number(),
                self.column(schema)
            )],
            5 => vec![format!("TRUNCATE TABLE {table}")],
            6 => vec![format!("ANALYZE TABLE {table}")],
            7 => {
                let (a, b) = (self.column(schema), self.column(schema));
                vec![format!("ALTER TABLE {table} CHANGE {a} {b} INT, CHANGE {b} {a} INT")]
            }
            _ => {
                let count = 1 + self.random.below(3);
                let clauses: Vec<String> = (0..count).map(|_| self.clause(schema)).collect();
                vec![format!("ALTER TABLE {table} {}", clauses.join(", "))]
            }
        }
    }

    fn create(&mut self, table: &str) -> String {
        let mut lines = vec!["id INT NOT NULL".to_owned()];
        for _ in 0..=self.random.below(5) {
            let (name, kind) = (self.fresh(), self.definition());
            lines.push(format!("{name} {kind}"));
        }
        match self.random.below(4) {
            0 => lines.push("UNIQUE KEY (id)".to_owned()),
            1 => {}
            _ => lines.push("PRIMARY KEY (id)".to_owned()),
        }
        let set = self.random.of(&["utf8mb4", "latin1", "gbk"]);
        format!("CREATE TABLE {table} (\n  {}\n) DEFAULT CHARSET={set} COMMENT='x'", lines.join(",\n  "))
    }
}

fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}
