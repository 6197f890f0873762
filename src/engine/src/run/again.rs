//! Tells which rows go out again: after the broker lost messages that it had
//! confirmed, a run begins before the place that was reached by then. Knows no
//! queues; what they still hold of such rows is told by `earlier`.

use crate::checkpoint::Confirmed;
use crate::doors::LogEnd;
use crate::identity::{TableName, TableRows};
use crate::log::transaction::{Gtids, TransactionId};

/// How much of the open transaction was confirmed before.
enum Part {
    Whole,
    /// These leading rows of each table.
    Rows(Vec<TableRows>),
    Nothing,
}

/// What was confirmed before, and how the open transaction lies to it.
pub(super) struct Again {
    before: Option<Before>,
    open: Part,
    /// Number of the last row before the first transaction of which nothing was
    /// confirmed.
    passed_at: Option<u64>,
}

struct Before {
    confirmed: Confirmed,
    end: LogEnd,
    gtids: Option<Gtids>,
}

impl Before {
    fn part(&self, id: &TransactionId, file: &str, offset: u64) -> Part {
        let named = self.gtids.as_ref().and_then(|gtids| gtids.holds(id));
        let whole = named.unwrap_or_else(|| self.end.is_ahead_of(file, offset));
        if whole {
            return Part::Whole;
        }
        match &self.confirmed.within {
            Some(within) if within.transaction == id.to_string() => Part::Rows(within.tables.clone()),
            Some(_) | None => Part::Nothing,
        }
    }
}

impl Again {
    /// By what the checkpoint says.
    pub(super) fn new(confirmed: Option<Confirmed>) -> Self {
        let before = confirmed.map(|confirmed| {
            let position = &confirmed.position;
            let gtids = position.gtid_set.as_deref().and_then(Gtids::parse);
            let end = LogEnd { file: position.file.as_str().into(), offset: position.offset };
            Before { confirmed, end, gtids }
        });
        Self { before, open: Part::Nothing, passed_at: None }
    }

    /// A transaction begins to bring rows; its first ones end at this place, and
    /// `row` is the number of the last row before it.
    pub(super) fn begin(&mut self, id: &TransactionId, (file, offset): (&str, u64), row: u64) {
        let Some(before) = &self.before else { return };
        self.open = before.part(id, file, offset);
        if matches!(self.open, Part::Nothing) {
            self.passed_at.get_or_insert(row);
        }
    }

    /// Whether a row of the open transaction was confirmed before.
    pub(super) fn holds(&self, table: Option<&TableName>, number: u64) -> bool {
        match &self.open {
            Part::Whole => true,
            Part::Rows(tables) => tables.iter().any(|done| table == Some(&done.name) && number <= done.rows),
            Part::Nothing => false,
        }
    }

    /// What a checkpoint has to say that covers every row up to `row`.
    pub(super) fn left(&self, row: u64) -> Option<&Confirmed> {
        let before = self.before.as_ref()?;
        self.passed_at.is_none_or(|passed| row < passed).then_some(&before.confirmed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Position, Within};
    use crate::log::gtid::GtidSet;

    fn name(table: &str) -> TableName {
        TableName::new("d", table)
    }

    fn gtid(gno: u64) -> TransactionId {
        TransactionId::Gtid { sid: [7; 16], gno }
    }

    fn confirmed(gtids: bool, within: Option<Within>) -> Confirmed {
        let mut set = GtidSet::default();
        (1..=5).for_each(|gno| set.add([7; 16], gno));
        let position = Position {
            file: "log.000002".to_owned(),
            offset: 500,
            gtid_set: gtids.then(|| set.to_string()),
            ..Position::default()
        };
        Confirmed { position, within }
    }

    #[test]
    fn rows_go_out_again_up_to_the_place_that_was_confirmed() {
        let mut again = Again::new(Some(confirmed(false, None)));
        let place = |offset| TransactionId::Place("log.000002".into(), offset);
        again.begin(&place(4), ("log.000001", 900), 0);
        assert!(again.holds(Some(&name("t")), 1));
        again.begin(&place(4), ("log.000002", 480), 3);
        assert!(again.holds(Some(&name("t")), 1) && again.left(3).is_some());
        again.begin(&place(500), ("log.000002", 560), 7);
        assert!(!again.holds(Some(&name("t")), 1));
        // Kept in checkpoints until they cover all that goes out again.
        assert!(again.left(6).is_some() && again.left(7).is_none());
    }

    #[test]
    fn transactions_are_told_by_their_gtids_where_there_are_any() {
        let tables = vec![TableRows { name: name("t"), rows: 2 }];
        let within = Within { transaction: gtid(6).to_string(), tables, numbered: 0 };
        let mut again = Again::new(Some(confirmed(true, Some(within))));
        // After a failover places of the new log say nothing of the old one.
        again.begin(&gtid(5), ("other.000009", 9999), 0);
        assert!(again.holds(Some(&name("t")), 1));
        again.begin(&gtid(6), ("other.000009", 9999), 4);
        let held =
            [("t", 1), ("t", 2), ("t", 3), ("u", 1)].map(|(table, row)| again.holds(Some(&name(table)), row));
        assert_eq!(held, [true, true, false, false]);
        assert!(again.left(4).is_some());
        again.begin(&gtid(7), ("log.000001", 4), 8);
        assert!(!again.holds(Some(&name("t")), 1) && again.left(8).is_none());
    }

    #[test]
    fn nothing_goes_out_again_without_a_loss_or_by_places_that_do_not_compare() {
        let mut again = Again::new(None);
        again.begin(&gtid(1), ("log.000001", 4), 0);
        assert!(!again.holds(Some(&name("t")), 1) && again.left(0).is_none());
        let mut again = Again::new(Some(confirmed(false, None)));
        again.begin(&gtid(1), ("other.000001", 4), 0);
        assert!(!again.holds(Some(&name("t")), 1));
    }
}
