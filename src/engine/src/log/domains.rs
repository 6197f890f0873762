//! MariaDB's GTID positions: for each replication domain the transaction that was
//! last. Knows no files.

use std::collections::BTreeMap;
use std::fmt;

use super::wire::{Reader, Wire};

/// The last transaction of each domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains {
    /// By domain: server and sequence number.
    last: BTreeMap<u32, (u32, u64)>,
}

impl Domains {
    /// Reads `0-1-100,5-2-7`; white space is allowed, an empty text is the empty
    /// position.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut domains = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let mut numbers = part.split('-');
            let domain = numbers.next()?.parse().ok()?;
            let server = numbers.next()?.parse().ok()?;
            domains.add(domain, server, numbers.next()?.parse().ok()?);
            if numbers.next().is_some() {
                return None;
            }
        }
        Some(domains)
    }

    /// Reads the body of a GTID_LIST event: everything before a file. Of a domain
    /// it names the last transaction of every server, the newest one last.
    ///
    /// # Errors
    /// A body that is cut short.
    pub fn from_event(body: &[u8]) -> Wire<Self> {
        const WHAT: &str = "GTID_LIST event";
        let mut reader = Reader::new(body);
        let mut domains = Self::default();
        // The upper bits are flags.
        for _ in 0..reader.u32(WHAT)? & 0x0fff_ffff {
            let (domain, server) = (reader.u32(WHAT)?, reader.u32(WHAT)?);
            domains.add(domain, server, reader.u64(WHAT)?);
        }
        Ok(domains)
    }

    /// Adds the transaction that comes next in the log.
    pub fn add(&mut self, domain: u32, server: u32, sequence: u64) {
        self.last.insert(domain, (server, sequence));
    }

    /// Whether a transaction lies before the position.
    #[must_use]
    pub fn holds(&self, domain: u32, sequence: u64) -> bool {
        self.last.get(&domain).is_some_and(|(_, last)| sequence <= *last)
    }

    /// The position before the last transaction of a domain. A server that is
    /// asked for it sends what follows in the domain, whether the number before
    /// was given out or not.
    #[must_use]
    pub fn without(&self, domain: u32) -> Self {
        let mut before = self.clone();
        match before.last.get_mut(&domain) {
            Some((_, sequence)) if *sequence > 1 => *sequence -= 1,
            _ => drop(before.last.remove(&domain)),
        }
        before
    }

    /// Domain, server and sequence number of each.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32, u64)> {
        self.last.iter().map(|(domain, (server, sequence))| (*domain, *server, *sequence))
    }

    /// Whether no transaction lies before the position.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.last.is_empty()
    }
}

impl fmt::Display for Domains {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (domain, (server, sequence))) in self.last.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{domain}-{server}-{sequence}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_order() {
        let mut domains = Domains::parse(" 5-2-7, 0-1-100").expect("valid");
        assert_eq!(domains.to_string(), "0-1-100,5-2-7");
        domains.add(0, 3, 101);
        assert!(domains.holds(0, 101) && !domains.holds(0, 102) && !domains.holds(1, 1));
        assert_eq!(domains.without(0).to_string(), "0-3-100,5-2-7");
        assert_eq!(Domains::parse("5-2-1").expect("valid").without(5).to_string(), "");
        assert_eq!(Domains::parse("").expect("empty"), Domains::default());
        assert!(Domains::parse("0-1").is_none() && Domains::parse("0-1-2-3").is_none());
    }

    #[test]
    fn a_list_names_the_newest_of_a_domain_last() {
        let mut body = 3_u32.to_le_bytes().to_vec();
        for (domain, server, sequence) in [(0_u32, 9_u32, 40_u64), (0, 1, 44), (7, 1, 2)] {
            body.extend(domain.to_le_bytes());
            body.extend(server.to_le_bytes());
            body.extend(sequence.to_le_bytes());
        }
        assert_eq!(Domains::from_event(&body).expect("valid").to_string(), "0-1-44,7-1-2");
        assert!(Domains::from_event(&body[..20]).is_err());
    }
}
