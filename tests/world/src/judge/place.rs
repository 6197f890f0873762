//! How much of the truth a saved place covers.

use tidewire_engine::checkpoint::Position;

use crate::database::{Database, Dialect, Name};

/// How many transactions lie before a place.
#[must_use]
pub fn passed(database: &Database, position: &Position) -> usize {
    let set = position.gtid_set.as_deref().filter(|set| !set.is_empty());
    if let Some(set) = set.filter(|_| database.settings.dialect.has_gtid_sets()) {
        return numbered(database, set);
    }
    if let Some(position) =
        position.gtid_set.as_deref().filter(|_| database.settings.dialect == Dialect::MariaDb)
    {
        return up_to(database, position.rsplit('-').next().and_then(|last| last.parse().ok()).unwrap_or(0));
    }
    let Some(file) = database.log.index(&position.file) else { return 0 };
    database.truth.partition_point(|known| (known.file, known.end) <= (file, position.offset))
}

/// The transactions of a set `uuid:1-5:7` that stand side by side from the
/// first one on.
fn numbered(database: &Database, set: &str) -> usize {
    let mut last = 0;
    for part in set.split(':').skip(1) {
        let (low, high) = part.split_once('-').unwrap_or((part, part));
        let (Ok(low), Ok(high)) = (low.trim().parse::<u64>(), high.trim().parse::<u64>()) else { continue };
        if low <= last + 1 {
            last = last.max(high);
        }
    }
    up_to(database, last)
}

fn up_to(database: &Database, last: u64) -> usize {
    database.truth.partition_point(|known| match known.name {
        Name::Number(number) => number <= last,
        Name::Place => false,
    })
}

/// A transaction's name and place, for people.
#[must_use]
pub fn describe(database: &Database, number: usize) -> String {
    let transaction = &database.truth[number];
    let file = &database.log.files[transaction.file].name;
    let name = match transaction.name {
        Name::Number(number) => format!("number {number}"),
        Name::Place => "without a name".to_owned(),
    };
    format!("transaction #{} ({name}, {file}:{}-{})", number + 1, transaction.begin, transaction.end)
}
