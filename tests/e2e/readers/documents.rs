//! The text of stored JSON documents, as Canal prints it. No server at hand stores most of these values,
//! so the documents are made here and given to both.

use anyhow::{Result, anyhow, ensure};
use tidewire_engine::rows::{JsonDoubles, write_canal_json_text};

use crate::servers::{readers, story};

/// A document with one value: its type and bytes.
fn scalar(kind: u8, bytes: &[u8]) -> Vec<u8> {
    [&[kind], bytes].concat()
}

fn length(bytes: &[u8]) -> u8 {
    u8::try_from(bytes.len()).unwrap()
}

/// A value of an SQL type inside a document.
fn opaque(sql_type: u8, bytes: &[u8]) -> Vec<u8> {
    scalar(15, &[&[sql_type, length(bytes)], bytes].concat())
}

/// A packed time; `date` is year * 13 + month, and the day.
fn packed(date: (u64, u64), clock: (u64, u64, u64), micros: u64) -> [u8; 8] {
    let date = date.0 << 5 | date.1;
    let whole = date << 17 | clock.0 << 12 | clock.1 << 6 | clock.2;
    (whole << 24 | micros).to_le_bytes()
}

fn ours(document: &[u8]) -> Result<String> {
    let mut out = Vec::new();
    write_canal_json_text(&mut out, document, JsonDoubles::Normal).map_err(|error| anyhow!("{error}"))?;
    Ok(String::from_utf8(out)?)
}

async fn documents_are_canals() -> Result<()> {
    let text = "\"\\/ \u{1}\u{8}\t\n\u{c}\r\u{1f}\u{7f}\u{80}\u{a0}\u{a1}中😀";
    let (date, time, datetime, timestamp) = (10, 11, 12, 7);
    let documents = [
        vec![0, 1, 0, 23, 0, 11, 0, 1, 0, 2, 12, 0, b'a', 2, 0, 10, 0, 5, 1, 0, 4, 0, 0, 0],
        scalar(12, &[&[length(text.as_bytes())], text.as_bytes()].concat()),
        scalar(4, &[2]),
        scalar(9, &i64::MIN.to_le_bytes()),
        scalar(10, &u64::MAX.to_le_bytes()),
        // 1.50 and -1.00 as DECIMAL(3,2).
        opaque(246, &[3, 2, 0x81, 50]),
        opaque(246, &[3, 2, 0x7e, 0xff]),
        opaque(date, &packed((2026 * 13 + 11, 25), (0, 0, 0), 0)),
        opaque(datetime, &packed((2026 * 13 + 11, 25), (12, 34, 56), 500_000)),
        opaque(timestamp, &packed((1970 * 13 + 1, 1), (0, 0, 1), 1)),
        opaque(time, &packed((0, 0), (13, 0, 59), 999_999)),
        opaque(time, &(-i64::from_le_bytes(packed((0, 0), (838, 59, 59), 0))).to_le_bytes()),
        opaque(time, &[0; 8]),
        opaque(datetime, &[0; 8]),
    ];
    let theirs = readers().await?.canal_documents(&documents).await?;
    for (document, theirs) in documents.iter().zip(&theirs) {
        let ours = ours(document)?;
        ensure!(ours == *theirs, "{ours} instead of Canal's {theirs}");
    }

    // Numbers of every size, from a fixed seed; Java 17 prints a digit too many for a few.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let doubles: Vec<f64> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let bits = state ^ (state >> 29);
        // Half of them near 1, as most users' numbers are.
        if bits.is_multiple_of(2) { f64::from_bits(bits) } else { (bits >> 40) as f64 / 1000.0 }
    })
    .filter(|double| double.is_finite())
    .take(20_000)
    .collect();
    let documents: Vec<Vec<u8>> = doubles.iter().map(|double| scalar(11, &double.to_le_bytes())).collect();
    let mut longer = 0;
    for ((document, double), theirs) in
        documents.iter().zip(&doubles).zip(readers().await?.canal_documents(&documents).await?)
    {
        let ours = ours(document)?;
        if ours == theirs {
            continue;
        }
        longer += 1;
        let same = ours.parse() == Ok(*double) && theirs.parse() == Ok(*double);
        ensure!(same && ours.len() <= theirs.len(), "{ours} instead of Canal's {theirs}");
    }
    println!("{} doubles: Java of this machine prints {longer} longer than needed", doubles.len());
    ensure!(longer < doubles.len() / 50, "{longer} doubles differ");
    Ok(())
}

#[test]
fn documents_as_canal_prints_them() {
    story(documents_are_canals());
}
