//! Transactions of the source: their names, sets of them, and the place between
//! two of them.

use std::fmt::{self, Write as _};
use std::sync::Arc;

use crate::checkpoint::Position;
use crate::planted::{self, Planted};

use super::domains::Domains;
use super::gtid::{GtidSet, write_uuid};

/// A transaction's name; stable on every replay of the same log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionId {
    /// MySQL and Binlog Service GTID.
    Gtid {
        /// Server uuid.
        sid: [u8; 16],
        /// Number.
        gno: u64,
    },
    /// MariaDB GTID: domain, server, sequence.
    Mariadb(u32, u32, u64),
    /// File and offset of its first event, where there is no GTID.
    Place(Arc<str>, u64),
}

impl fmt::Display for TransactionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gtid { sid, gno } => {
                let mut text = String::with_capacity(48);
                write_uuid(&mut text, sid);
                write!(text, ":{gno}")?;
                f.write_str(&text)
            }
            Self::Mariadb(domain, server, sequence) => write!(f, "{domain}-{server}-{sequence}"),
            Self::Place(file, offset) => write!(f, "{file}/{offset}"),
        }
    }
}

/// The end of a transaction: what a position moves by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionEnd {
    /// Its name.
    pub id: TransactionId,
    /// File that holds its end.
    pub file: Arc<str>,
    /// Offset behind it.
    pub offset: u64,
    /// Commit time, microseconds since 1970.
    pub commit_micros: u64,
}

/// Everything before a place, told by the names of the transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Gtids {
    /// Of MySQL and the Binlog Service.
    Set(GtidSet),
    /// Of MariaDB.
    Domains(Domains),
}

impl Gtids {
    /// Reads either form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let domains = || Domains::parse(text).map(Self::Domains);
        GtidSet::parse(text).map(Self::Set).or_else(domains)
    }

    /// As a position of MariaDB, where they are one; an empty text is of either kind.
    #[must_use]
    pub fn domains(&self) -> Option<Domains> {
        match self {
            Self::Domains(domains) => Some(domains.clone()),
            Self::Set(set) => set.is_empty().then(Domains::default),
        }
    }

    /// Adds the transaction that comes next.
    pub fn add(&mut self, id: &TransactionId) {
        if matches!((id, &*self), (TransactionId::Mariadb(..), Self::Set(set)) if set.is_empty()) {
            *self = Self::Domains(Domains::default());
        }
        match (self, id) {
            (Self::Set(set), TransactionId::Gtid { sid, gno }) => {
                set.add(*sid, *gno);
                if planted::is(Planted::GtidAhead) {
                    set.add(*sid, *gno + 1);
                }
            }
            (Self::Domains(domains), TransactionId::Mariadb(domain, server, sequence)) => {
                domains.add(*domain, *server, *sequence);
            }
            (Self::Set(_) | Self::Domains(_), _) => {}
        }
    }

    /// Whether a transaction is among them; `None`: it has another kind of name.
    #[must_use]
    pub fn holds(&self, id: &TransactionId) -> Option<bool> {
        match (self, id) {
            (Self::Set(set), TransactionId::Gtid { sid, gno }) => Some(set.holds(*sid, *gno)),
            (Self::Domains(domains), TransactionId::Mariadb(domain, _, sequence)) => {
                Some(domains.holds(*domain, *sequence))
            }
            (Self::Set(_) | Self::Domains(_), _) => None,
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Set(set) => set.is_empty(),
            Self::Domains(domains) => domains.is_empty(),
        }
    }
}

impl fmt::Display for Gtids {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Set(set) => set.fmt(f),
            Self::Domains(domains) => domains.fmt(f),
        }
    }
}

/// A place between two transactions, in a form that moves cheaply.
#[derive(Clone, Debug)]
pub struct Place {
    /// File; empty: unknown, only the GTID set counts.
    pub file: Arc<str>,
    /// Offset of the next event.
    pub offset: u64,
    /// Everything before it, where the source has GTIDs.
    pub gtids: Option<Gtids>,
    /// Last transaction before this place.
    pub last: Option<TransactionId>,
    /// Its commit time.
    pub commit_micros: u64,
    /// Transactions committed before this instant are still left out.
    pub skip_before: Option<u64>,
}

impl Place {
    /// Moves behind a transaction.
    pub fn advance(&mut self, end: &TransactionEnd) {
        if !Arc::ptr_eq(&self.file, &end.file) {
            self.file = Arc::clone(&end.file);
        }
        self.offset = end.offset;
        self.commit_micros = end.commit_micros;
        if let Some(gtids) = &mut self.gtids {
            gtids.add(&end.id);
        }
        self.last = Some(end.id.clone());
    }

    /// The stored form.
    pub fn to_position(&self) -> Position {
        Position {
            file: self.file.to_string(),
            offset: self.offset,
            gtid_set: self.gtids.as_ref().map(ToString::to_string),
            last_transaction: self.last.as_ref().map(ToString::to_string),
            commit_micros: self.commit_micros,
            skip_before: self.skip_before,
        }
    }

    /// From the stored form. A GTID set that can't be read counts as absent.
    pub fn from_position(position: &Position) -> Self {
        Self {
            file: position.file.as_str().into(),
            offset: position.offset,
            gtids: position.gtid_set.as_deref().and_then(Gtids::parse),
            last: position.last_transaction.as_deref().and_then(parse_id),
            commit_micros: position.commit_micros,
            skip_before: position.skip_before,
        }
    }
}

/// Reads a transaction's text.
fn parse_id(text: &str) -> Option<TransactionId> {
    if let Some((file, offset)) = text.rsplit_once('/') {
        return Some(TransactionId::Place(file.into(), offset.parse().ok()?));
    }
    if let Some((uuid, gno)) = text.rsplit_once(':') {
        let sid = GtidSet::parse(&format!("{uuid}:{gno}"))?.only_server()?;
        return Some(TransactionId::Gtid { sid, gno: gno.parse().ok()? });
    }
    let mut parts = text.split('-');
    let id = TransactionId::Mariadb(
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
        parts.next()?.parse().ok()?,
    );
    parts.next().is_none().then_some(id)
}
