//! Which changes go out, and as what: kinds of changes, the row filter, and an
//! update of the key in two halves. Knows no queues and no formats.

use crate::identity::Half;
use crate::planted::{self, Planted};
use crate::project::Dml;
use crate::rows::{Cell, RowPair};

/// What a filter makes of a change: an update that leaves the filtered set is a
/// DELETE, one that enters it an INSERT. `None`: nothing goes out. An image that
/// the change does not have counts as not matching.
pub(super) const fn filtered(kind: Dml, before_matches: bool, after_matches: bool) -> Option<Dml> {
    match (kind, before_matches, after_matches) {
        (Dml::Insert, _, true) | (Dml::Update, false, true) => Some(Dml::Insert),
        (Dml::Delete, true, _) | (Dml::Update, true, false) => Some(Dml::Delete),
        (Dml::Update, true, true) => Some(Dml::Update),
        (Dml::Insert, _, false) | (Dml::Delete, false, _) | (Dml::Update, false, false) => None,
    }
}

/// The message halves that a change becomes.
pub(super) const fn halves(kind: Dml, split: bool) -> &'static [(Dml, Half)] {
    match (kind, split) {
        (Dml::Update, true) => &[(Dml::Delete, Half::Delete), (Dml::Insert, Half::Insert)],
        (Dml::Insert, _) => &[(Dml::Insert, Half::Whole)],
        (Dml::Update, false) => &[(Dml::Update, Half::Whole)],
        (Dml::Delete, _) => &[(Dml::Delete, Half::Whole)],
    }
}

/// The images that a message of this kind shows.
pub(super) fn images<'p, 'a>(kind: Dml, pair: &'p RowPair<'a>) -> (&'p [Cell<'a>], &'p [Cell<'a>]) {
    match kind {
        Dml::Insert => (&[], &pair.after),
        Dml::Update if planted::is(Planted::ImagesSwapped) => (&pair.after, &pair.after),
        Dml::Update => (&pair.before, &pair.after),
        Dml::Delete => (&pair.before, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn updates_that_cross_the_filter_change_their_kind() {
        assert_eq!(filtered(Dml::Update, true, true), Some(Dml::Update));
        assert_eq!(filtered(Dml::Update, false, true), Some(Dml::Insert));
        assert_eq!(filtered(Dml::Update, true, false), Some(Dml::Delete));
        assert_eq!(filtered(Dml::Update, false, false), None);
        assert_eq!(filtered(Dml::Insert, false, true), Some(Dml::Insert));
        assert_eq!(filtered(Dml::Insert, false, false), None);
        assert_eq!(filtered(Dml::Delete, true, false), Some(Dml::Delete));
        assert_eq!(filtered(Dml::Delete, false, false), None);
    }
}
