//! Statements as servers log them, and what becomes of a table.

use crate::schema::dialect::{Dialect, Server};
use crate::schema::{Column, TableSchema};

use super::apply::{altered, copied, created};
use super::create::Definition;
use super::datatype::Surroundings;
use super::{Change, Meaning, Statement};

const MARIADB: Dialect = Dialect { server: Server::MariaDb, version: 101_106 };
const MYSQL_9: Dialect = Dialect { server: Server::MySql, version: 90_704 };

fn statement(sql: &str) -> Statement {
    Statement { database: "shop".to_owned(), sql: sql.to_owned(), ..Statement::default() }
}

fn meaning(sql: &str) -> Meaning {
    statement(sql).meaning(MARIADB)
}

/// The table that statements make, one after the other.
fn table(dialect: Dialect, statements: &[&str]) -> Option<TableSchema> {
    let mut known: Option<TableSchema> = None;
    for sql in statements {
        let Meaning::Changes(changes) = statement(sql).meaning(dialect) else { return None };
        let collation = known.as_ref().map_or_else(String::new, |known| known.collation.clone());
        let around = Surroundings { dialect, collation: &collation, utf8mb4: None };
        for change in changes {
            known = match (&change, known) {
                (Change::Create { table, definition: definition @ Definition::Columns { .. }, .. }, _) => {
                    created(table, definition, around)
                }
                (Change::Create { table, .. }, Some(known)) => Some(copied(&known, table)),
                (Change::Alter { actions, .. }, Some(known)) => altered(&known, actions, around),
                (Change::Rename { to, .. }, Some(known)) => Some(copied(&known, to)),
                (_, known) => known,
            };
        }
    }
    known
}

fn shown(schema: &TableSchema) -> String {
    let key: Vec<&str> = schema.key.iter().map(|index| schema.columns[*index].name.as_str()).collect();
    let column = |column: &Column| {
        let charset =
            if column.collation.is_empty() { String::new() } else { format!(" {}", column.collation) };
        let null = if column.nullable { "" } else { "!" };
        format!("{} {}{charset}{null}", column.name, column.column_type)
    };
    let columns: Vec<String> = schema.columns.iter().map(column).collect();
    format!("{} key {}", columns.join(", "), key.join(","))
}

fn after(statements: &[&str]) -> String {
    table(MARIADB, statements).map_or_else(|| "not understood".to_owned(), |schema| shown(&schema))
}

const T: &str = "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT) DEFAULT CHARSET=utf8mb4";

#[test]
fn types_and_their_other_names() {
    let sql = "CREATE TABLE `t` (a TINYINT(1) UNSIGNED, b BOOL, c INTEGER ZEROFILL, d DEC, e NUMERIC(5), \
        f FLOAT(30), g DOUBLE PRECISION UNSIGNED, h BIT, i YEAR, j TIME(3), k DATETIME, l CHAR, \
        m NATIONAL VARCHAR(5), n TEXT(10), o BLOB(70000), p LONG VARCHAR, q ENUM('a ', 'it''s', 'x\\\\y'), \
        r SET('u','v') CHARACTER SET latin1, s VARCHAR(9) CHARACTER SET binary, t JSON, u INT8, \
        v CHAR(3) BINARY, w VARCHAR(2) COLLATE gbk_bin, x SERIAL, y POINT, z TIMESTAMP NULL DEFAULT NULL) \
        ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COMMENT='x'";
    assert_eq!(
        after(&[sql]),
        "a tinyint(1) unsigned, b tinyint(1), c int(10) unsigned zerofill, d decimal(10,0), \
         e decimal(5,0), f double, g double unsigned, h bit(1), i year(4), j time(3), k datetime, \
         l char(1) utf8mb4_general_ci, m varchar(5) utf8mb3_general_ci, n tinytext utf8mb4_general_ci, \
         o mediumblob, p mediumtext utf8mb4_general_ci, q enum('a','it''s','x\\\\y') utf8mb4_general_ci, \
         r set('u','v') latin1_swedish_ci, s varbinary(9), t longtext utf8mb4_bin, u bigint(20), \
         v char(3) utf8mb4_bin, w varchar(2) gbk_bin, x bigint(20) unsigned!, y point, z timestamp key x"
    );
    let new = table(MYSQL_9, &["CREATE TABLE t (a INT UNSIGNED, b TINYINT(1), c INT(4) ZEROFILL, d JSON)"]);
    assert_eq!(
        new.map(|schema| shown(&schema)).as_deref(),
        Some("a int unsigned, b tinyint(1), c int(4) unsigned zerofill, d json key ")
    );
}

#[test]
fn columns_move_as_servers_move_them() {
    let cases = [
        ("ALTER TABLE t CHANGE a b INT, CHANGE b a INT", "id int(11)!, b int(11), a int(11) key id"),
        ("ALTER TABLE t MODIFY b BIGINT FIRST", "b bigint(20), id int(11)!, a int(11) key id"),
        ("ALTER TABLE t ADD c INT AFTER id, DROP a", "id int(11)!, c int(11), b int(11) key id"),
        (
            "ALTER TABLE t ADD COLUMN (c INT, d INT NOT NULL)",
            "id int(11)!, a int(11), b int(11), c int(11), d int(11)! key id",
        ),
        (
            "ALTER TABLE t ADD c INT FIRST, ADD d INT AFTER c",
            "c int(11), d int(11), id int(11)!, a int(11), b int(11) key id",
        ),
        (
            "ALTER TABLE t RENAME COLUMN a TO z, MODIFY b INT AFTER id",
            "id int(11)!, b int(11), z int(11) key id",
        ),
        ("ALTER TABLE t CHANGE id pk BIGINT", "pk bigint(20)!, a int(11), b int(11) key pk"),
        ("ALTER TABLE t DROP PRIMARY KEY, ADD UNIQUE u (a)", "id int(11)!, a int(11), b int(11) key "),
        (
            "ALTER TABLE t DROP PRIMARY KEY, MODIFY a INT NOT NULL, ADD UNIQUE (a)",
            "id int(11)!, a int(11)!, b int(11) key a",
        ),
        (
            "ALTER TABLE t ADD INDEX (a), COMMENT='x', ENGINE=InnoDB, ALGORITHM=INPLACE, LOCK=NONE",
            "id int(11)!, a int(11), b int(11) key id",
        ),
        (
            "ALTER TABLE t ADD PARTITION (PARTITION p1 VALUES LESS THAN (10))",
            "id int(11)!, a int(11), b int(11) key id",
        ),
        (
            "ALTER TABLE t ADD COLUMN IF NOT EXISTS a TEXT, DROP COLUMN IF EXISTS nothing",
            "id int(11)!, a int(11), b int(11) key id",
        ),
        (
            "ALTER TABLE t ADD c INT AS (a + b) VIRTUAL, ADD d INT GENERATED ALWAYS AS (a) STORED DEFAULT",
            "not understood",
        ),
        ("ALTER TABLE t DROP COLUMN nothing", "not understood"),
        ("ALTER TABLE t ADD c GEOMETRYCOLLECTION", "not understood"),
        ("ALTER TABLE t ADD SYSTEM VERSIONING", "not understood"),
        ("ALTER TABLE t FROBNICATE", "not understood"),
    ];
    for (sql, expected) in cases {
        assert_eq!(after(&[T, sql]), expected, "{sql}");
    }
}

#[test]
fn character_sets_follow_the_table() {
    let texts = "CREATE TABLE t (a TEXT, b VARCHAR(10), c VARCHAR(3) CHARACTER SET gbk) CHARSET latin1";
    let cases = [
        (
            "ALTER TABLE t ADD d CHAR(2)",
            "a text latin1_swedish_ci, b varchar(10) latin1_swedish_ci, c varchar(3) gbk_chinese_ci, d char(2) latin1_swedish_ci key ",
        ),
        (
            "ALTER TABLE t DEFAULT CHARACTER SET utf8mb4, ADD d CHAR(2)",
            "a text latin1_swedish_ci, b varchar(10) latin1_swedish_ci, c varchar(3) gbk_chinese_ci, d char(2) utf8mb4_general_ci key ",
        ),
        (
            "ALTER TABLE t CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            "a mediumtext utf8mb4_bin, b varchar(10) utf8mb4_bin, c varchar(3) utf8mb4_bin key ",
        ),
    ];
    for (sql, expected) in cases {
        assert_eq!(after(&[texts, sql]), expected, "{sql}");
    }
    // The database's own is not known.
    assert_eq!(after(&["CREATE TABLE t (a TEXT)"]), "not understood");
}

#[test]
fn statements_that_change_no_shape() {
    for sql in [
        "GRANT SELECT ON shop.t TO 'x'@'%'",
        "FLUSH PRIVILEGES",
        "ANALYZE TABLE t",
        "CREATE DEFINER=`root`@`%` TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.a = 1",
        "CREATE OR REPLACE ALGORITHM=UNDEFINED VIEW v AS SELECT * FROM t",
        "DROP VIEW IF EXISTS t",
        "CREATE TEMPORARY TABLE t (a INT)",
        "DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `t`",
        "RENAME USER a TO b",
        "OPTIMIZE TABLE t",
    ] {
        assert_eq!(meaning(sql), Meaning::Nothing, "{sql}");
    }
}

#[test]
fn tables_come_go_and_change_names() {
    let pair = |database: &str, table: &str| (database.to_owned(), table.to_owned());
    assert_eq!(
        meaning("RENAME TABLE a TO _a_del, `shop`.`_a_gho` TO a"),
        Meaning::Changes(vec![
            Change::Rename { from: pair("shop", "a"), to: pair("shop", "_a_del") },
            Change::Rename { from: pair("shop", "_a_gho"), to: pair("shop", "a") },
        ])
    );
    assert_eq!(
        meaning("/* app */ DROP TABLE IF EXISTS `a`, x.`b.c` /* generated by server */"),
        Meaning::Changes(vec![Change::Drop(pair("shop", "a")), Change::Drop(pair("x", "b.c"))])
    );
    // Words that also say what is no table are names here.
    assert_eq!(
        meaning("DROP TABLES user, event"),
        Meaning::Changes(vec![Change::Drop(pair("shop", "user")), Change::Drop(pair("shop", "event"))])
    );
    assert_eq!(meaning("TRUNCATE t"), Meaning::Changes(vec![Change::Truncate(pair("shop", "t"))]));
    assert_eq!(meaning("DROP DATABASE `x`"), Meaning::Changes(vec![Change::DropDatabase("x".to_owned())]));
    let of_database = |name: &str, charset: Option<&str>| {
        Meaning::Changes(vec![Change::Database {
            name: name.to_owned(),
            charset: charset.map(str::to_owned),
            collation: None,
        }])
    };
    assert_eq!(meaning("CREATE DATABASE IF NOT EXISTS `x`"), of_database("x", None));
    assert_eq!(meaning("ALTER DATABASE CHARACTER SET = gbk"), of_database("shop", Some("gbk")));
    assert!(matches!(meaning("CREATE TABLE x.b LIKE t"), Meaning::Changes(_)));
    assert_eq!(meaning("CREATE TABLE b AS SELECT * FROM t"), Meaning::Unclear);
    assert_eq!(meaning("FLASHBACK TABLE t TO BEFORE DROP"), Meaning::Unclear);
}

#[test]
fn names_are_pairs() {
    let named = |sql: &str, database: &str, table: &str| {
        statement(sql).named(MARIADB).contains(&(database.to_owned(), table.to_owned()))
    };
    assert!(named("FLASHBACK TABLE t TO BEFORE DROP", "shop", "t"));
    assert!(named("X `a`.`b.c`", "a", "b.c"));
    assert!(!named("X `a.b`.`c`", "a", "b.c"));
    assert!(!named("X other.t", "shop", "t"));
    assert!(!named("X 'about t'", "shop", "t"));
}
