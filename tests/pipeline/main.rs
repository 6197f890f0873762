//! Tests of the data path below its front doors.
#![recursion_limit = "256"]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![allow(clippy::cast_possible_truncation, reason = "figures of tests are small")]

mod captures;
mod documents;
#[path = "../support/far.rs"]
mod far;
mod flat;
mod formats;
mod golden;
#[path = "../support/images.rs"]
mod images;
mod property;
#[path = "../support/rules.rs"]
mod rules;
mod shown;
