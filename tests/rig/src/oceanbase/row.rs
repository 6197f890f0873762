//! How long a row is: enough of a TABLE_MAP to cut a multi-row event into single rows.

use anyhow::{Context, Result, bail, ensure};

use super::event::u16_at;
use super::json;

const JSON: u8 = 245;
const BLOB: u8 = 252;

/// A table as its TABLE_MAP describes it.
#[derive(Clone, Debug)]
pub struct Table {
    /// The event's body, to be repeated before every row.
    pub body: Vec<u8>,
    /// The body as MySQL 5.6 sent it.
    source: Vec<u8>,
    types_at: usize,
    json: Vec<usize>,
    pub database: String,
    pub name: String,
    columns: Vec<Length>,
}

/// Where a value ends.
#[derive(Clone, Copy, Debug)]
enum Length {
    Fixed(usize),
    /// The value begins with its length in so many bytes.
    Prefixed(usize),
}

impl Table {
    /// Reads the body of a TABLE_MAP event (no header, no checksum).
    pub fn parse(body: &[u8]) -> Result<Self> {
        let mut at = 8;
        let database = text(body, &mut at)?;
        let name = text(body, &mut at)?;
        let count = lenenc(body, &mut at)? as usize;
        ensure!(body.len() >= at + count, "TABLE_MAP of {database}.{name} is cut");
        let types_at = at;
        let types = &body[at..at + count];
        at += count;
        let meta_length = lenenc(body, &mut at)? as usize;
        ensure!(body.len() >= at + meta_length, "TABLE_MAP of {database}.{name} is cut");
        let mut meta = &body[at..at + meta_length];
        let columns = types.iter().map(|kind| length(*kind, &mut meta)).collect::<Result<_>>()?;
        // MySQL 5.6 has no optional metadata, so the body ends with the null bitmap, as the
        // service's does.
        let end = at + meta_length + count.div_ceil(8);
        ensure!(body.len() >= end, "TABLE_MAP of {database}.{name} is cut");
        Ok(Self {
            body: body[..end].to_vec(),
            source: body.to_vec(),
            types_at,
            json: Vec::new(),
            database,
            name,
            columns,
        })
    }

    /// True when MySQL 5.6 describes the table as it did before.
    pub fn is_described_by(&self, body: &[u8]) -> bool {
        self.source == body
    }

    /// Says which columns are JSON to OceanBase; MySQL 5.6 has them as LONGTEXT.
    pub fn set_json(&mut self, columns: Vec<usize>) {
        let texts = columns.into_iter().filter(|index| {
            self.body[self.types_at + index] == BLOB && matches!(self.columns[*index], Length::Prefixed(4))
        });
        self.json = texts.collect();
        for index in &self.json {
            self.body[self.types_at + index] = JSON;
        }
    }

    pub fn has_json(&self) -> bool {
        !self.json.is_empty()
    }

    /// The end of the row image that begins at `at`; `present` is the bitmap of logged columns.
    pub fn image_end(&self, rows: &[u8], at: usize, present: &[u8]) -> Result<usize> {
        self.walk(rows, at, present, |_, _, _| Ok(()))
    }

    /// Copies a row image with its JSON texts in binary form; gives the end of the source image.
    pub fn copy_image(&self, rows: &[u8], at: usize, present: &[u8], out: &mut Vec<u8>) -> Result<usize> {
        let bit = |index: usize| present[index / 8] >> (index % 8) & 1 == 1;
        let logged = (0..self.columns.len()).filter(|&index| bit(index)).count();
        let nulls = rows.get(at..at + logged.div_ceil(8)).context("a row is cut")?;
        out.extend_from_slice(nulls);
        self.walk(rows, at, present, |index, begin, end| {
            if self.json.contains(&index) {
                let document = json::binary(&rows[begin + 4..end])?;
                out.extend_from_slice(&(document.len() as u32).to_le_bytes());
                out.extend_from_slice(&document);
            } else {
                out.extend_from_slice(&rows[begin..end]);
            }
            Ok(())
        })
    }

    /// Visits each value that is there: column, begin, end.
    fn walk(
        &self,
        rows: &[u8],
        mut at: usize,
        present: &[u8],
        mut visit: impl FnMut(usize, usize, usize) -> Result<()>,
    ) -> Result<usize> {
        let cut = || format!("a row of {}.{} is cut", self.database, self.name);
        let bit = |map: &[u8], index: usize| map[index / 8] >> (index % 8) & 1 == 1;
        let logged = (0..self.columns.len()).filter(|&index| bit(present, index)).count();
        let nulls = at;
        at += logged.div_ceil(8);
        ensure!(rows.len() >= at, cut());
        let mut number = 0;
        for (index, column) in self.columns.iter().enumerate() {
            if !bit(present, index) {
                continue;
            }
            let null = bit(&rows[nulls..], number);
            number += 1;
            if null {
                continue;
            }
            let begin = at;
            at += match *column {
                Length::Fixed(length) => length,
                Length::Prefixed(bytes) => {
                    ensure!(rows.len() >= at + bytes, cut());
                    let little_endian = rows[at..at + bytes].iter().rev();
                    bytes + little_endian.fold(0, |length, byte| length << 8 | usize::from(*byte))
                }
            };
            ensure!(rows.len() >= at, cut());
            visit(index, begin, at)?;
        }
        Ok(at)
    }

    pub fn column_count(&self) -> usize {
        self.columns.len()
    }
}

fn text(body: &[u8], at: &mut usize) -> Result<String> {
    ensure!(body.len() > *at, "TABLE_MAP is cut");
    let length = usize::from(body[*at]);
    let begin = *at + 1;
    ensure!(body.len() > begin + length, "TABLE_MAP is cut");
    *at = begin + length + 1;
    Ok(String::from_utf8_lossy(&body[begin..begin + length]).into_owned())
}

/// A length-encoded integer.
pub fn lenenc(bytes: &[u8], at: &mut usize) -> Result<u64> {
    ensure!(bytes.len() > *at, "a length is cut");
    let first = bytes[*at];
    *at += 1;
    let size = match first {
        0..=250 => return Ok(u64::from(first)),
        252 => 2,
        253 => 3,
        254 => 8,
        _ => bail!("{first:#x} is no length"),
    };
    ensure!(bytes.len() >= *at + size, "a length is cut");
    let value = bytes[*at..*at + size].iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte));
    *at += size;
    Ok(value)
}

fn take<'a>(meta: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    ensure!(meta.len() >= count, "TABLE_MAP has too little metadata");
    let (taken, rest) = meta.split_at(count);
    *meta = rest;
    Ok(taken)
}

fn length(kind: u8, meta: &mut &[u8]) -> Result<Length> {
    use Length::{Fixed, Prefixed};
    Ok(match kind {
        1 | 13 => Fixed(1),
        2 => Fixed(2),
        9 | 10 | 11 | 14 => Fixed(3),
        3 | 7 => Fixed(4),
        8 | 12 => Fixed(8),
        6 => Fixed(0),
        4 | 5 => Fixed(usize::from(take(meta, 1)?[0])),
        17 => Fixed(4 + usize::from(take(meta, 1)?[0]).div_ceil(2)),
        18 => Fixed(5 + usize::from(take(meta, 1)?[0]).div_ceil(2)),
        19 => Fixed(3 + usize::from(take(meta, 1)?[0]).div_ceil(2)),
        15 | 253 => Prefixed(if u16_at(take(meta, 2)?, 0) < 256 { 1 } else { 2 }),
        245 | 249..=252 | 255 => Prefixed(usize::from(take(meta, 1)?[0])),
        16 => {
            let bits = take(meta, 2)?;
            Fixed(usize::from(bits[1]) + usize::from(bits[0] > 0))
        }
        246 => {
            let digits = take(meta, 2)?;
            Fixed(decimal_length(usize::from(digits[0]), usize::from(digits[1])))
        }
        247 | 248 => Fixed(usize::from(take(meta, 2)?[1])),
        254 => {
            let string = take(meta, 2)?;
            if matches!(string[0], 247 | 248) {
                return Ok(Fixed(usize::from(string[1])));
            }
            let longest = usize::from((string[0] & 0x30) ^ 0x30) << 4 | usize::from(string[1]);
            Prefixed(if longest < 256 { 1 } else { 2 })
        }
        other => bail!("column type {other} is unknown"),
    })
}

fn decimal_length(precision: usize, scale: usize) -> usize {
    const BYTES: [usize; 10] = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4];
    let digits = |count: usize| count / 9 * 4 + BYTES[count % 9];
    digits(precision.saturating_sub(scale)) + digits(scale)
}
