//! GTID sets as MySQL and the Binlog Service use them: for each server uuid the
//! intervals of transaction numbers.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::wire::{Malformed, Reader, Wire};

/// Closed intervals `first..=last`, sorted, not touching each other.
type Intervals = Vec<(u64, u64)>;

/// A set of transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GtidSet {
    servers: BTreeMap<[u8; 16], Intervals>,
}

/// Appends a uuid in its text form.
pub fn write_uuid(out: &mut String, sid: &[u8; 16]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for (index, byte) in sid.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        for nibble in [byte >> 4, byte & 15] {
            out.push(HEX.get(usize::from(nibble)).copied().map_or('0', char::from));
        }
    }
}

fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let mut sid = [0; 16];
    let digits: Vec<u8> = text.trim().bytes().filter(|byte| *byte != b'-').collect();
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != 16 || !rest.is_empty() {
        return None;
    }
    for (slot, pair) in sid.iter_mut().zip(pairs) {
        *slot = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(sid)
}

impl GtidSet {
    /// Reads `uuid:1-5:7,uuid:1`; white space is allowed, an empty text is the
    /// empty set. Tagged GTIDs (MySQL 8.3) are not understood.
    pub fn parse(text: &str) -> Option<Self> {
        let mut set = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let mut fields = part.split(':');
            let sid = parse_uuid(fields.next()?)?;
            for field in fields {
                let (first, last) = field.trim().split_once('-').unwrap_or((field, field));
                set.add_interval(sid, first.trim().parse().ok()?, last.trim().parse().ok()?);
            }
        }
        Some(set)
    }

    /// Reads the body of a PREVIOUS_GTIDS event.
    pub fn from_event(body: &[u8]) -> Wire<Self> {
        const WHAT: &str = "PREVIOUS_GTIDS event";
        let mut set = Self::default();
        let mut reader = Reader::new(body);
        // The upper bytes of the count tell the form; only the plain form is known.
        let servers = reader.u64(WHAT)?;
        if servers > 0xffff {
            return Err(Malformed::new(WHAT));
        }
        for _ in 0..servers {
            let sid = reader.array::<16>(WHAT)?;
            let intervals = reader.u64(WHAT)?;
            for _ in 0..intervals {
                let (first, end) = (reader.u64(WHAT)?, reader.u64(WHAT)?);
                set.add_interval(sid, first, end.checked_sub(1).ok_or(Malformed::new(WHAT))?);
            }
        }
        Ok(set)
    }

    /// Adds one transaction. Cheap when it follows the newest of its server.
    pub fn add(&mut self, sid: [u8; 16], gno: u64) {
        if let Some((_, last)) = self.servers.get_mut(&sid).and_then(|intervals| intervals.last_mut())
            && *last + 1 == gno
        {
            *last = gno;
            return;
        }
        self.add_interval(sid, gno, gno);
    }

    fn add_interval(&mut self, sid: [u8; 16], mut first: u64, mut last: u64) {
        if first == 0 || last < first {
            return;
        }
        let intervals = self.servers.entry(sid).or_default();
        intervals.retain(|(other_first, other_last)| {
            let touches = *other_first <= last.saturating_add(1) && first <= other_last.saturating_add(1);
            if touches {
                first = first.min(*other_first);
                last = last.max(*other_last);
            }
            !touches
        });
        let place = intervals.partition_point(|(other_first, _)| *other_first < first);
        intervals.insert(place, (first, last));
    }

    /// The set without one transaction.
    #[must_use]
    pub fn without(&self, sid: [u8; 16], gno: u64) -> Self {
        let mut set = Self::default();
        for (server, intervals) in &self.servers {
            for (first, last) in intervals {
                if *server == sid && (*first..=*last).contains(&gno) {
                    set.add_interval(*server, *first, gno.saturating_sub(1));
                    set.add_interval(*server, gno + 1, *last);
                } else {
                    set.add_interval(*server, *first, *last);
                }
            }
        }
        set
    }

    /// Whether a transaction is in the set.
    pub fn holds(&self, sid: [u8; 16], gno: u64) -> bool {
        let intervals = self.servers.get(&sid);
        intervals
            .is_some_and(|intervals| intervals.iter().any(|(first, last)| (*first..=*last).contains(&gno)))
    }

    /// Whether nothing is in the set.
    pub fn is_empty(&self) -> bool {
        self.servers.values().all(Vec::is_empty)
    }

    /// Whether every transaction of this set is in `other`.
    pub fn is_subset_of(&self, other: &Self) -> bool {
        self.servers.iter().all(|(sid, intervals)| {
            intervals.iter().all(|(first, last)| {
                other.servers.get(sid).is_some_and(|others| {
                    others.iter().any(|(other_first, other_last)| other_first <= first && last <= other_last)
                })
            })
        })
    }

    /// The server of a set that names just one.
    pub fn only_server(&self) -> Option<[u8; 16]> {
        let mut servers = self.servers.keys();
        servers.next().copied().filter(|_| servers.next().is_none())
    }

    /// Each server with its closed intervals.
    pub fn servers(&self) -> impl Iterator<Item = (&[u8; 16], &[(u64, u64)])> {
        self.servers.iter().map(|(sid, intervals)| (sid, intervals.as_slice()))
    }
}

impl fmt::Display for GtidSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        for (sid, intervals) in self.servers.iter().filter(|(_, intervals)| !intervals.is_empty()) {
            if !text.is_empty() {
                text.push(',');
            }
            write_uuid(&mut text, sid);
            for (first, last) in intervals {
                write!(text, ":{first}")?;
                if first != last {
                    write!(text, "-{last}")?;
                }
            }
        }
        f.write_str(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "8f0bd2aa-3c5e-11ee-9d41-00163e0a77f1";

    fn set(ranges: &str) -> GtidSet {
        GtidSet::parse(&format!("{A}:{ranges}")).expect("valid")
    }

    #[test]
    fn text_round_trip_and_merging() {
        let mut one = set("1-5:7-9");
        let sid = parse_uuid(A).expect("uuid");
        one.add(sid, 6);
        assert_eq!(one.to_string(), format!("{A}:1-9"));
        one.add(sid, 10);
        one.add(sid, 12);
        assert_eq!(one.to_string(), format!("{A}:1-10:12"));
        assert_eq!(one.without(sid, 4).to_string(), format!("{A}:1-3:5-10:12"));
        assert_eq!(GtidSet::parse("").expect("empty").to_string(), "");
        assert!(GtidSet::parse("nonsense:1").is_none());
    }

    #[test]
    fn subsets() {
        assert!(set("2-3").is_subset_of(&set("1-5")));
        assert!(!set("2-7").is_subset_of(&set("1-5:7")));
        assert!(GtidSet::default().is_subset_of(&set("1")));
    }
}
