//! Whether a log goes on where it was left: transactions that were done come once
//! more and are held against what is known of them. Knows no rows.
//!
//! Invariant: nothing is left out as done before it was found to be what was done.

use std::sync::Arc;

use tidewire_words::{Sentence, Text};

use crate::doors::LogEnd;
use crate::error::{ErrorKind, PipelineError, PipelineResult};
use crate::planted::{self, Planted};
use crate::words::fault;

use super::transaction::TransactionId;

/// What has to come first after a resume.
#[derive(Clone, Debug)]
pub enum Expected {
    /// The last transaction that was done, at its very time, or the next number:
    /// a service that numbers anew may use the old numbers.
    Numbered {
        /// Its name.
        id: TransactionId,
        /// Its commit time.
        commit_micros: u64,
    },
    /// The last transaction that was done comes once more. A replica may log other
    /// transactions before it, and earlier times; a number that was given out anew
    /// has a later time.
    Named {
        /// Its name.
        id: TransactionId,
        /// Its commit time.
        commit_micros: u64,
        /// The log no longer holds it: what follows it comes first.
        purged: bool,
    },
    /// The log is read from before the place: everything that begins before it was
    /// done, and the last of it ends there.
    Before {
        /// File of the place.
        file: Arc<str>,
        /// Offset of the place.
        offset: u64,
        /// Commit time of the last transaction before it; 0: unknown.
        commit_micros: u64,
        /// File and offset of where that one begins.
        last: Option<(Arc<str>, u64)>,
    },
}

/// A transaction that begins.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun<'a> {
    pub(super) id: &'a TransactionId,
    /// Where its first event stands.
    pub(super) file: &'a Arc<str>,
    pub(super) offset: u64,
    /// When it was committed, on the server that committed it first.
    pub(super) commit_micros: u64,
}

/// The end of a transaction that came once more.
#[derive(Debug)]
struct Ended {
    file: Arc<str>,
    offset: u64,
    commit_micros: u64,
}

/// What is still to be found in the log before it counts as the same.
#[derive(Debug, Default)]
pub(super) struct Continuity {
    expected: Option<Expected>,
    /// The file that the log was opened in.
    first_file: Option<Arc<str>>,
    /// Commit time of the transaction that is read once more.
    commit_micros: u64,
    /// Where it begins.
    begun: Option<(Arc<str>, u64)>,
    newest: Option<Ended>,
}

fn broken(text: Text, facts: &[&str]) -> PipelineError {
    PipelineError::new(ErrorKind::LogRenumbered, Sentence::new(text, facts))
}

/// `Ok` only where a log is taken for the same without being it.
fn other<T: Default>(wanted: &TransactionId, at: u64, found: Begun<'_>) -> PipelineResult<T> {
    if planted::is(Planted::ContinuityTrusted) {
        return Ok(T::default());
    }
    let (wanted, id) = (wanted.to_string(), found.id.to_string());
    Err(broken(fault::OTHER_NUMBERS, &[&wanted, &at.to_string(), &id, &found.commit_micros.to_string()]))
}

impl Continuity {
    pub(super) fn of(expected: Option<Expected>) -> Self {
        Self { expected, ..Self::default() }
    }

    /// Whether something is still to be found.
    pub(super) const fn is_open(&self) -> bool {
        self.expected.is_some()
    }

    /// Whether the place is not reached yet in a log that is read by offsets alone: what
    /// makes no sense there is another log's, for all up to the place was read before.
    pub(super) const fn is_unproven(&self) -> bool {
        matches!(self.expected, Some(Expected::Before { .. }))
    }

    /// A transaction begins: whether it was done before.
    pub(super) fn begin(&mut self, begun: Begun<'_>) -> PipelineResult<bool> {
        let known = match &self.expected {
            None => return Ok(false),
            Some(Expected::Numbered { id, commit_micros }) => numbered(id, *commit_micros, begun)?,
            Some(Expected::Named { id, commit_micros, purged }) => {
                match named(id, *commit_micros, *purged, begun)? {
                    Some(known) => known,
                    None => return Ok(false),
                }
            }
            Some(Expected::Before { file, offset, .. }) => {
                let first_file = self.first_file.get_or_insert_with(|| Arc::clone(begun.file));
                // What a crashed server left unfinished stands between the last
                // transaction and the place, too.
                let place = LogEnd { file: Arc::clone(file), offset: *offset };
                let before = place.is_ahead_of(begun.file, begun.offset)
                    || (begun.file != file && begun.file == first_file);
                if before {
                    self.commit_micros = begun.commit_micros;
                    self.begun = Some((Arc::clone(begun.file), begun.offset));
                    return Ok(!planted::is(Planted::OverlapDelivered));
                }
                self.arrive(begun.file)?;
                false
            }
        };
        self.expected = None;
        Ok(known && !planted::is(Planted::OverlapDelivered))
    }

    /// The log goes on in this file: the place may be its head, where the log was
    /// idle.
    pub(super) fn enter(&mut self, entered: &Arc<str>, at: u64) -> PipelineResult<()> {
        match &self.expected {
            Some(Expected::Before { file, offset, .. }) if file == entered && *offset <= at => {
                // Entered first, it holds nothing that could be compared.
                if self.newest.is_some() {
                    self.arrive(entered)?;
                    self.expected = None;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// A transaction that was done before ends here.
    pub(super) fn end(&mut self, file: &Arc<str>, offset: u64) -> PipelineResult<()> {
        let commit_micros = self.commit_micros;
        self.newest = Some(Ended { file: Arc::clone(file), offset, commit_micros });
        self.check_last()?;
        match &self.expected {
            Some(Expected::Before { file: wanted, offset: at, .. }) if file == wanted && offset >= *at => {
                self.arrive(file)?;
                self.expected = None;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Behind the last transaction none ends before the place: it may lie at the head
    /// of a later file that another log has not reached yet.
    fn check_last(&self) -> PipelineResult<()> {
        let (Some(Expected::Before { file, offset, commit_micros, last: Some(last) }), Some(begun)) =
            (&self.expected, &self.begun)
        else {
            return Ok(());
        };
        let of_last = LogEnd { file: Arc::clone(&last.0), offset: last.1 };
        if begun == last || of_last.is_ahead_of(&begun.0, begun.1) {
            return Ok(());
        }
        broken_at(
            file,
            *offset,
            *commit_micros,
            &format!("{}:{}", begun.0, begun.1),
            &self.commit_micros.to_string(),
        )
    }

    /// The place is reached, or passed, in this file: whether it lies as it lay in
    /// the log that was left.
    fn arrive(&self, now: &Arc<str>) -> PipelineResult<()> {
        let Some(Expected::Before { file, offset, commit_micros, .. }) = &self.expected else {
            return Ok(());
        };
        let fits = match &self.newest {
            Some(newest) if newest.file == *file => newest.offset == *offset,
            // It lies at the head of a file, or in one that was not read before.
            Some(_) => now == file,
            None => now == file && *commit_micros == 0,
        };
        let newest = self.newest.as_ref();
        let same_time =
            *commit_micros == 0 || newest.is_some_and(|newest| newest.commit_micros == *commit_micros);
        if fits && same_time {
            return Ok(());
        }
        let found =
            newest.map_or_else(|| now.to_string(), |newest| format!("{}:{}", newest.file, newest.offset));
        let found_at = newest.map_or(0, |newest| newest.commit_micros).to_string();
        broken_at(file, *offset, *commit_micros, &found, &found_at)
    }
}

fn broken_at(file: &str, offset: u64, at: u64, found: &str, found_at: &str) -> PipelineResult<()> {
    if planted::is(Planted::ContinuityTrusted) {
        return Ok(());
    }
    let place = format!("{file}:{offset}");
    Err(broken(fault::OTHER_CONTENT, &[&place, &at.to_string(), found, found_at]))
}

/// Whether the first transaction is the one that was finished last; an error when
/// the numbering does not continue it.
fn numbered(wanted: &TransactionId, at: u64, begun: Begun<'_>) -> PipelineResult<bool> {
    let same = begun.id == wanted;
    let next = match (begun.id, wanted) {
        (TransactionId::Gtid { sid, gno }, TransactionId::Gtid { sid: old_sid, gno: old_gno }) => {
            sid == old_sid && *gno == old_gno + 1
        }
        _ => false,
    };
    if (same && begun.commit_micros == at) || (next && begun.commit_micros >= at) {
        return Ok(same);
    }
    other(wanted, at, begun)
}

/// Whether a transaction is the one that was finished last; `None`: it says nothing
/// of that one.
fn named(wanted: &TransactionId, at: u64, purged: bool, begun: Begun<'_>) -> PipelineResult<Option<bool>> {
    if begun.id == wanted {
        let later = begun.commit_micros > at && at > 0;
        return if later { other(wanted, at, begun) } else { Ok(Some(true)) };
    }
    match (begun.id, wanted) {
        // Within a domain the order is the same everywhere.
        (TransactionId::Mariadb(domain, _, number), TransactionId::Mariadb(old_domain, _, old))
            if domain == old_domain =>
        {
            let follows = purged && number > old;
            if follows { Ok(Some(false)) } else { other(wanted, at, begun) }
        }
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(offset: u64) -> TransactionId {
        TransactionId::Place("log.000002".into(), offset)
    }

    fn before(file: &str, offset: u64, commit_micros: u64) -> Continuity {
        Continuity::of(Some(Expected::Before { file: file.into(), offset, commit_micros, last: None }))
    }

    /// A transaction of one file that comes once more, or does not.
    fn play(log: &mut Continuity, file: &str, (from, to): (u64, u64), at: u64) -> PipelineResult<bool> {
        let (id, file) = (place(from), Arc::from(file));
        let known = log.begin(Begun { id: &id, file: &file, offset: from, commit_micros: at })?;
        if known {
            log.end(&file, to)?;
        }
        Ok(known)
    }

    #[test]
    fn what_lies_before_the_place_is_done_and_ends_there() {
        let mut log = before("log.000002", 300, 7);
        assert!(play(&mut log, "log.000002", (100, 200), 6).expect("goes on"));
        assert!(log.is_open() && play(&mut log, "log.000002", (200, 300), 7).expect("goes on"));
        assert!(!log.is_open() && !play(&mut log, "log.000002", (300, 400), 8).expect("goes on"));
    }

    #[test]
    fn an_idle_log_goes_on_in_the_next_file() {
        let mut log = before("log.000003", 4, 7);
        assert!(play(&mut log, "log.000002", (200, 300), 7).expect("goes on"));
        assert!(!play(&mut log, "log.000003", (120, 400), 8).expect("goes on"));
        let mut log = before("log.000003", 4, 7);
        assert!(play(&mut log, "log.000002", (200, 300), 7).expect("goes on"));
        log.enter(&"log.000003".into(), 4).expect("goes on");
        assert!(!play(&mut log, "log.000004", (120, 400), 8).expect("goes on"));
        let mut log = before("log.000003", 4, 7);
        assert!(play(&mut log, "log.000002", (200, 300), 7).expect("goes on"));
        assert!(play(&mut log, "other.000009", (120, 400), 8).is_err());
    }

    #[test]
    fn another_log_is_told_by_ends_and_times() {
        for (end, at) in [(310, 7), (290, 7), (300, 9)] {
            let mut log = before("log.000002", 300, 7);
            let first = play(&mut log, "log.000002", (200, end), at);
            let second = play(&mut log, "log.000002", (end.max(300), 400), 9);
            assert!(first.is_err() || second.is_err(), "{end} {at}");
        }
        let mut log = before("log.000002", 300, 7);
        assert!(play(&mut log, "log.000002", (300, 400), 9).is_err());
    }

    #[test]
    fn another_log_is_told_before_it_reaches_the_file_of_the_place() {
        let last = Some(("log.000002".into(), 200));
        let place = |last| {
            let file = "log.000004".into();
            Continuity::of(Some(Expected::Before { file, offset: 4, commit_micros: 7, last }))
        };
        let mut log = place(last.clone());
        assert!(play(&mut log, "log.000002", (100, 200), 6).expect("read from before it"));
        assert!(play(&mut log, "log.000002", (200, 300), 7).expect("goes on"));
        assert!(play(&mut log, "log.000002", (300, 400), 7).is_err());
        let mut log = place(last);
        assert!(play(&mut log, "log.000002", (250, 300), 7).is_err());
    }

    #[test]
    fn replicas_mix_domains_and_keep_their_order() {
        let gtid = |domain, number| TransactionId::Mariadb(domain, 1, number);
        let file = Arc::from("r.000001");
        let begin = |log: &mut Continuity, id: TransactionId, at| {
            log.begin(Begun { id: &id, file: &file, offset: 4, commit_micros: at }).ok()
        };
        let named =
            |purged| Continuity::of(Some(Expected::Named { id: gtid(0, 9), commit_micros: 5, purged }));
        let mut log = named(false);
        assert_eq!(begin(&mut log, gtid(3, 1), 9), Some(false));
        assert_eq!(begin(&mut log, gtid(0, 9), 4), Some(true));
        assert_eq!(begin(&mut log, gtid(0, 10), 9), Some(false));
        assert_eq!(begin(&mut named(false), gtid(0, 9), 6), None, "given out anew");
        assert_eq!(begin(&mut named(false), gtid(0, 10), 6), None, "a hole");
        assert_eq!(begin(&mut named(true), gtid(0, 10), 6), Some(false));
    }
}
