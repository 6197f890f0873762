//! WHERE bodies: written ones, each column with each comparison, then nested ones by chance. Brackets are left out
//! half of the time, so that precedence is tested as well.

use tidewire_engine::endpoint::DatasourceKind;

use super::columns::{Column, Family, quoted};
use super::random::Random;

pub(super) struct Generator<'c> {
    columns: &'c [Column],
    random: Random,
    oceanbase: bool,
    /// BETWEEN, IN and `<=>` have only literals to their right.
    literals: bool,
}

/// Precedence, escapes, limits and other corners.
const FORMS: &str = include_str!("forms.txt");
const COMPARISONS: &[&str] = &["=", "<>", "!=", "<", "<=", ">", ">="];
const EQUALITIES: &[&str] = &["=", "<>"];
const PATTERNS: &[&str] = &[
    "%", "_", "a%", "%b", "%b%", "_b_", "A%", "é%", "e%", "%文", "中_", "50\\%", "a\\_b", "😀", "%🚀%", "_",
    "__", "abc ", "abc", "%\\\\%", "", "% %", "S%", "%'%", "x,%", "k", "д", "Å", "%o",
];

impl<'c> Generator<'c> {
    pub(super) fn new(columns: &'c [Column], kind: DatasourceKind) -> Self {
        Self {
            columns,
            random: Random::new(seed()),
            oceanbase: kind == DatasourceKind::OceanbaseCe,
            literals: kind == DatasourceKind::Mysql,
        }
    }

    /// Every filter of the run; those of `TIDEWIRE_FILTERS`, one a line, to look into a mistake.
    pub(super) fn filters(mut self, nested: usize) -> Vec<String> {
        if let Ok(given) = std::env::var("TIDEWIRE_FILTERS") {
            return given.lines().map(str::to_owned).collect();
        }
        let mut all: Vec<String> = FORMS.lines().map(str::to_owned).collect();
        let columns = self.columns;
        for column in columns {
            all.push(format!("{} IS NULL", column.name));
            all.push(format!("`{}` is not null", column.name));
            let comparisons = if column.family == Family::Gbk { EQUALITIES } else { COMPARISONS };
            let null_safe: &[&str] = if self.literals { &[] } else { &["<=>"] };
            for comparison in comparisons.iter().chain(null_safe) {
                let value = self.literal(column);
                all.push(format!("{} {comparison} {value}", column.name));
            }
            for not in ["", "NOT "] {
                let list: Vec<String> = (0..4).map(|_| self.literal(column)).collect();
                all.push(format!("{} {not}IN ({})", column.name, list.join(", ")));
                if column.family != Family::Span {
                    all.push(format!("{} {not}IN ({}, NULL)", column.name, self.literal(column)));
                }
                if column.family != Family::Gbk {
                    let (low, high) = (self.literal(column), self.literal(column));
                    all.push(format!("{} {not}BETWEEN {low} AND {high}", column.name));
                }
            }
            let patterns = match column.family {
                Family::Text | Family::TextBin | Family::Bytes => PATTERNS,
                Family::Latin1 => &["%", "_", "e%", "É", "A_", "%y", "y", "ss", "€", "m_ller", "å"],
                Family::Gbk => {
                    for rest in [
                        "SUBSTR(gb, 1, 1) = '中'",
                        "SUBSTR(gb, -1) IN ('文', 'A')",
                        "CONCAT(gb, '中') = '中文中'",
                        "REPLACE(gb, '文', 'x') = '中X'",
                        "CONCAT(gb, i) <> '中7'",
                        "gb COLLATE gbk_bin = 'a'",
                        "gb COLLATE gbk_bin IN ('A', '中')",
                    ] {
                        all.push(rest.to_owned());
                    }
                    &["%", "_", "__", "a%", "A_", "%文", "中_", "Ａ", "а", "é"]
                }
                _ => &[],
            };
            for pattern in patterns {
                all.push(format!("{} LIKE {}", column.name, like(pattern)));
            }
        }
        all.extend((0..nested).map(|_| {
            let depth = 1 + self.random.below(3);
            self.condition(depth)
        }));
        all
    }

    fn column(&mut self, families: &[Family]) -> &'c Column {
        let fitting: Vec<&'c Column> =
            self.columns.iter().filter(|column| families.contains(&column.family)).collect();
        fitting[self.random.below(fitting.len())]
    }

    /// A value of the column, or one beside it.
    fn literal(&mut self, column: &Column) -> String {
        let literal = self.any_literal(column);
        // MySQL 5.6 mixes up signs in BETWEEN and IN.
        let signs = self.literals && column.is_unsigned();
        if signs && (literal.starts_with('-') || literal.len() > 18) { "7".to_owned() } else { literal }
    }

    fn any_literal(&mut self, column: &Column) -> String {
        let value = column.values[self.random.below(column.values.len())].clone();
        match column.family {
            Family::Small | Family::Big => match self.random.below(4) {
                0 => format!("{value}.5"),
                1 => self.random.between(-300, 300).to_string(),
                _ => value,
            },
            Family::Decimal | Family::Bit => match self.random.below(3) {
                0 => self.random.between(-100, 100).to_string(),
                _ => value,
            },
            Family::Year => match self.random.below(3) {
                0 => "-3".to_owned(),
                1 => self.random.between(1900, 2160).to_string(),
                _ => value,
            },
            Family::Moment => match self.random.below(4) {
                0 => format!("'{}-01-01'", self.random.between(2020, 2027)),
                1 => format!(
                    "'{}-03-04 05:06:07.{}'",
                    self.random.between(2020, 2027),
                    self.random.below(999_999)
                ),
                2 => format!(
                    "{} '{}-06-01{}'",
                    ["DATE", "TIMESTAMP"][usize::from(self.random.chance(50))],
                    2024,
                    ""
                )
                .replace("TIMESTAMP '2024-06-01'", "TIMESTAMP '2024-06-01 00:00:00'"),
                _ => value,
            },
            Family::Bytes if value.starts_with("X''") => "''".to_owned(),
            _ => value,
        }
    }

    fn bracket(&mut self, text: String) -> String {
        if self.random.chance(50) { format!("({text})") } else { text }
    }

    fn condition(&mut self, depth: usize) -> String {
        if depth == 0 {
            return self.leaf();
        }
        match self.random.below(9) {
            0 | 1 => {
                let operator = self.random.of(&["AND", "and", "&&"]);
                let (left, right) = (self.condition(depth - 1), self.condition(depth - 1));
                let text = format!("{left} {operator} {right}");
                self.bracket(text)
            }
            2 | 3 => {
                let operator = self.random.of(&["OR", "or", "||"]);
                let (left, right) = (self.condition(depth - 1), self.condition(depth - 1));
                let text = format!("{left} {operator} {right}");
                self.bracket(text)
            }
            4 => {
                let (left, right) = (self.condition(depth - 1), self.condition(depth - 1));
                let text = format!("{left} XOR {right}");
                self.bracket(text)
            }
            5 => format!("NOT {}", self.condition(depth - 1)),
            6 => format!("!({})", self.condition(depth - 1)),
            7 => {
                let test = self.random.of(&[
                    "NULL",
                    "NOT NULL",
                    "TRUE",
                    "NOT TRUE",
                    "FALSE",
                    "NOT FALSE",
                    "UNKNOWN",
                ]);
                format!("({}) IS {test}", self.condition(depth - 1))
            }
            _ => self.leaf(),
        }
    }

    /// A condition without AND and the like.
    fn leaf(&mut self) -> String {
        match self.random.below(11) {
            0..=3 => {
                let (left, right) = (self.number(2), self.number(1));
                self.compared(&left, &right, |this| this.number(1), Self::literal_number)
            }
            4 | 5 => {
                let (left, right) = (self.text(2), self.literal_text());
                let right = if self.random.chance(70) { right } else { self.text(1) };
                self.compared(&left, &right, Self::literal_text, Self::literal_text)
            }
            6 => {
                let column = self.column(&[Family::TextBin, Family::Latin1, Family::Text]);
                let right = self.literal(column);
                let name = column.name;
                let left = match (column.family, self.random.below(4)) {
                    (Family::Text, 0) => format!("{name} COLLATE utf8mb4_bin"),
                    (Family::Text, 1) => format!("BINARY {name}"),
                    (Family::Text, _) => format!("CAST({name} AS BINARY)"),
                    (_, 0) => format!("SUBSTR({name}, 1, {})", self.random.below(3)),
                    (_, 1) => format!("REPLACE({name}, 'a', 'b')"),
                    _ => name.to_owned(),
                };
                self.compared(&left, &right, |this| this.literal(column), |this| this.literal(column))
            }
            7 | 8 => {
                let (left, right) = (self.moment(), self.moment());
                let column = self.column(&[Family::Moment]);
                let literal = self.literal(column);
                let right = if self.random.chance(60) { literal.clone() } else { right };
                self.compared(&left, &right, Self::moment_or_literal, |this| {
                    let column = this.column(&[Family::Moment]);
                    this.literal(column)
                })
            }
            9 => {
                let column = self.column(&[Family::Span, Family::Bytes]);
                let right = self.literal(column);
                self.compared(column.name, &right, |this| this.literal(column), |this| this.literal(column))
            }
            _ => {
                let not = self.random.of(&["", "NOT "]);
                let pattern = self.random.of(PATTERNS);
                format!("{} {not}LIKE {}", self.text(1), like(pattern))
            }
        }
    }

    fn compared(
        &mut self,
        left: &str,
        right: &str,
        mut more: impl FnMut(&mut Self) -> String,
        mut literal: impl FnMut(&mut Self) -> String,
    ) -> String {
        let mut part = |this: &mut Self| if this.literals { literal(this) } else { more(this) };
        // MySQL 5.6 answers BETWEEN of expressions wrong.
        let plain = !self.literals || left.chars().all(|c| c.is_ascii_alphanumeric());
        match self.random.below(9) {
            0 | 1 if !plain => format!("{left} {} {right}", self.random.of(COMPARISONS)),
            0 => format!("{left} BETWEEN {} AND {}", part(self), part(self)),
            1 => format!("{left} NOT BETWEEN {} AND {}", part(self), part(self)),
            2 => format!("{left} IN ({}, {}, {})", part(self), part(self), part(self)),
            3 if left != "tm" => format!("{left} NOT IN ({}, NULL)", part(self)),
            4 if !self.literals => format!("{left} <=> {}", part(self)),
            _ => format!("{left} {} {right}", self.random.of(COMPARISONS)),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 || self.random.chance(25) {
            return match self.random.below(5) {
                0 => self.random.between(-20, 300).to_string(),
                1 => format!("{}.{}", self.random.between(-9, 99), self.random.below(1000)),
                2 => self.column(&[Family::Decimal]).name.to_owned(),
                3 => self.column(&[Family::Small, Family::Big, Family::Bit]).name.to_owned(),
                _ => self.column(&[Family::Small]).name.to_owned(),
            };
        }
        let text = match self.random.below(14) {
            0..=3 => {
                let operator = self.random.of(&["+", "-", "*", "DIV"]);
                format!("{} {operator} {}", self.number(depth - 1), self.number(depth - 1))
            }
            4 | 5 => {
                let operator = self.random.of(&["&", "|", "^", "<<", ">>"]);
                format!("{} {operator} {}", self.integer(), self.integer())
            }
            6 => format!("-{}", self.column(&[Family::Small, Family::Decimal]).name),
            7 => format!("~{}", self.integer()),
            8 => format!("CAST({} AS SIGNED)", self.number(depth - 1)),
            // OceanBase only takes it of what can't be a negative integer.
            9 if self.oceanbase => {
                let column = self.column(&[Family::Decimal, Family::Bit]);
                format!("CAST({} AS UNSIGNED)", column.name)
            }
            9 => format!("CAST({} AS UNSIGNED)", self.number(depth - 1)),
            10 => {
                let shape = self.random.of(&["10,2", "5,0", "20,10", "3,3", "8"]);
                format!("CAST({} AS DECIMAL({shape}))", self.number(depth - 1))
            }
            11 => {
                let divisor = self.random.of(&["2", "10", "100", "-4", "0.5", "8", "0", "1000", "2.50"]);
                format!("{} / {divisor}", self.column(&[Family::Small, Family::Decimal, Family::Bit]).name)
            }
            // A rest of decimals is refused on two of the servers.
            12 if self.oceanbase => format!("MOD({}, {})", self.number(depth - 1), self.number(depth - 1)),
            12 => {
                let operator = self.random.of(&["%", "MOD"]);
                format!("({} {operator} {})", self.integer(), self.integer())
            }
            _ => format!("({})", self.condition(0)),
        };
        self.bracket(text)
    }

    fn literal_number(&mut self) -> String {
        let column = self.column(&[Family::Small, Family::Decimal]);
        let literal = self.literal(column);
        if self.literals { literal.trim_start_matches('-').to_owned() } else { literal }
    }

    fn moment_or_literal(&mut self) -> String {
        let column = self.column(&[Family::Moment]);
        if self.random.chance(50) { self.literal(column) } else { self.moment() }
    }

    fn integer(&mut self) -> String {
        match self.random.below(4) {
            0 => self.random.between(0, 70).to_string(),
            1 => format!("CAST({} AS SIGNED)", self.column(&[Family::Decimal]).name),
            2 => format!("({} + 0)", self.column(&[Family::Year]).name),
            _ => self.column(&[Family::Small, Family::Big, Family::Bit]).name.to_owned(),
        }
    }

    fn literal_text(&mut self) -> String {
        let column = self.column(&[Family::Text]);
        self.literal(column)
    }

    /// A text of the common collation.
    fn text(&mut self, depth: usize) -> String {
        let name = self.column(&[Family::Text]).name;
        if depth == 0 || self.random.chance(35) {
            return name.to_owned();
        }
        match self.random.below(9) {
            0 => format!("CONCAT({}, {})", self.text(depth - 1), self.text(depth - 1)),
            1 => format!("CONCAT({}, {name})", self.literal_text()),
            2 => {
                let other = self.column(&[
                    Family::Small,
                    Family::Big,
                    Family::Decimal,
                    Family::Moment,
                    Family::Year,
                    Family::Span,
                ]);
                format!("CONCAT({name}, {})", other.name)
            }
            3 => format!(
                "SUBSTR({}, {}, {})",
                self.text(depth - 1),
                self.random.between(-3, 4),
                self.random.between(-1, 3)
            ),
            4 => format!("SUBSTRING({} FROM {})", self.text(depth - 1), self.random.between(-3, 4)),
            5 => format!("SUBSTR({name}, {})", self.column(&[Family::Small, Family::Big]).name),
            6 => format!("REPLACE({name}, {}, {})", self.literal_text(), self.literal_text()),
            7 => {
                let other = self.column(&[
                    Family::Small,
                    Family::Decimal,
                    Family::Moment,
                    Family::Year,
                    Family::Span,
                ]);
                format!("CAST({} AS CHAR{})", other.name, self.random.of(&["", "(3)", "(20)"]))
            }
            _ => name.to_owned(),
        }
    }

    fn moment(&mut self) -> String {
        let name = self.column(&[Family::Moment]).name;
        match self.random.below(5) {
            0 => format!("CAST({name} AS DATE)"),
            1 => format!("CAST({name} AS DATETIME(6))"),
            _ => name.to_owned(),
        }
    }
}

/// A pattern as a literal: the backslashes of LIKE survive the quotes.
fn like(pattern: &str) -> String {
    quoted(pattern)
}

/// Another one looks for other mistakes.
fn seed() -> u64 {
    std::env::var("TIDEWIRE_FILTER_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(2026)
}
