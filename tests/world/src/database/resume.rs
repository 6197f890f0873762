//! Where a stream behind a place begins, by the rules of the server's kind, and what
//! has to come first in it.

use std::sync::Arc;

use tidewire_engine::error::{ErrorKind, PipelineError, PipelineResult};
use tidewire_engine::log::continuity::Expected;
use tidewire_engine::log::domains::Domains;
use tidewire_engine::log::gtid::GtidSet;
use tidewire_engine::log::transaction::{Gtids, Place, TransactionId};

use super::events::{Begin, Without};
use super::{Database, Dialect};

/// Where a stream behind a place begins.
///
/// # Errors
/// The log no longer holds the place, or is another one.
pub(super) fn begin(database: &Database, place: &Place) -> PipelineResult<(Begin, Option<Expected>)> {
    match &place.gtids {
        Some(Gtids::Set(set)) if !set.is_empty() && database.settings.dialect.has_gtid_sets() => {
            begin_by_set(database, set, place)
        }
        Some(gtids) if database.settings.dialect == Dialect::MariaDb => {
            let domains = gtids.domains().expect("MariaDB's places are domains");
            begin_by_domains(database, &domains, place)
        }
        _ => begin_by_place(database, place),
    }
}

/// The last transaction is asked for once more; where the log no longer holds it,
/// what follows.
fn begin_by_set(
    database: &Database,
    set: &GtidSet,
    place: &Place,
) -> PipelineResult<(Begin, Option<Expected>)> {
    if !set.is_subset_of(&executed(database)) {
        return Err(PipelineError::new(ErrorKind::LogRenumbered, "the model does not have these GTIDs"));
    }
    let service = database.settings.dialect == Dialect::BinlogService;
    let Some(TransactionId::Gtid { sid, gno }) = place.last else {
        return begin_behind(database, set).map(|begin| (begin, None));
    };
    let (id, commit_micros) = (TransactionId::Gtid { sid, gno }, place.commit_micros);
    let (expected, purged) = if service {
        let expected = Expected::Numbered { id, commit_micros };
        (expected.clone(), Some(expected))
    } else {
        (Expected::Named { id, commit_micros, purged: false }, None)
    };
    // Nothing would be left of the set: that means "the oldest file" to a service.
    let asked = if gno > 1 || !service { set.without(sid, gno) } else { set.clone() };
    match begin_behind(database, &asked) {
        Ok(begin) => Ok((begin, Some(expected))),
        Err(error) => begin_behind(database, set).map(|begin| (begin, purged)).map_err(|_| error),
    }
}

fn begin_by_domains(
    database: &Database,
    domains: &Domains,
    place: &Place,
) -> PipelineResult<(Begin, Option<Expected>)> {
    if domains.holds(0, database.gtid + 1) {
        return Err(PipelineError::new(ErrorKind::LogRenumbered, "the model does not have these GTIDs"));
    }
    let Some(id @ TransactionId::Mariadb(domain, ..)) = place.last.clone() else {
        return begin_behind_domains(database, domains).map(|begin| (begin, None));
    };
    let expected =
        |purged| Some(Expected::Named { id: id.clone(), commit_micros: place.commit_micros, purged });
    match begin_behind_domains(database, &domains.without(domain)) {
        Ok(begin) => Ok((begin, expected(false))),
        Err(_) => begin_behind_domains(database, domains).map(|begin| (begin, expected(true))),
    }
}

/// By file and offset: from where the last transaction begins.
fn begin_by_place(database: &Database, place: &Place) -> PipelineResult<(Begin, Option<Expected>)> {
    if let Some(TransactionId::Place(file, offset)) = &place.last {
        let (wanted, at) = (Arc::clone(&place.file), place.offset);
        let commit_micros = place.commit_micros;
        let last = Some((Arc::clone(file), *offset));
        let expected = Expected::Before { file: wanted, offset: at, commit_micros, last };
        match begin_at(database, file, *offset) {
            Ok(begin) => return Ok((begin, Some(expected))),
            Err(error) if *file == place.file || holds(database, file) => return Err(error),
            Err(_) => {}
        }
    }
    begin_at(database, &place.file, place.offset).map(|begin| (begin, None))
}

fn holds(database: &Database, file: &str) -> bool {
    database.log.index(file).is_some_and(|index| !database.log.files[index].purged)
}

/// All GTIDs of the server.
pub(super) fn executed(database: &Database) -> GtidSet {
    let mut set = GtidSet::default();
    for number in 1..=database.gtid {
        set.add(database.settings.uuid, number);
    }
    set
}

fn lost(why: &str) -> PipelineError {
    PipelineError::new(ErrorKind::PositionPurged, format!("the model no longer holds the place: {why}"))
}

fn begin_at(database: &Database, file: &str, offset: u64) -> PipelineResult<Begin> {
    let index = database.log.index(file).ok_or_else(|| lost("no such file"))?;
    let found = &database.log.files[index];
    if found.purged {
        return Err(lost("the file was removed"));
    }
    if !is_boundary(&found.bytes, offset.max(4)) {
        return Err(lost("no event begins there"));
    }
    Ok(Begin { file: index, offset: offset.max(4), without: None })
}

/// Whether an event begins at an offset, or the file ends there.
fn is_boundary(bytes: &[u8], offset: u64) -> bool {
    let mut at = 4;
    while at < offset as usize {
        let Some(size) = bytes.get(at + 9..at + 13) else { return false };
        at += u32::from_le_bytes(size.try_into().expect("four bytes")) as usize;
    }
    at == offset as usize && at <= bytes.len()
}

/// The newest file all whose earlier transactions are in the set.
fn begin_behind(database: &Database, set: &GtidSet) -> PipelineResult<Begin> {
    let uuid = database.settings.uuid;
    begin_without(database, Without::Set(set.clone()), |number| set.holds(uuid, number))
}

fn begin_behind_domains(database: &Database, domains: &Domains) -> PipelineResult<Begin> {
    begin_without(database, Without::Domains(domains.clone()), |number| domains.holds(0, number))
}

fn begin_without(
    database: &Database,
    without: Without,
    holds: impl Fn(u64) -> bool,
) -> PipelineResult<Begin> {
    for (index, file) in database.log.files.iter().enumerate().rev() {
        if file.purged {
            break;
        }
        if (1..=file.gtid_before).all(&holds) {
            return Ok(Begin { file: index, offset: 4, without: Some(without) });
        }
    }
    Err(lost("the transactions were removed"))
}

/// Where a look at what stands behind a place begins.
///
/// # Errors
/// The log no longer holds the place.
pub(super) fn look_from(database: &Database, place: &Place) -> PipelineResult<Begin> {
    match &place.gtids {
        Some(Gtids::Set(set)) if database.settings.dialect.has_gtid_sets() => begin_behind(database, set),
        Some(Gtids::Domains(domains)) => begin_behind_domains(database, domains),
        _ => begin_at(database, &place.file, place.offset),
    }
}
