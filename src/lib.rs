//! Tidewire keeps Apache RocketMQ topics in step with the tables of an
//! OceanBase tenant (or a MySQL or MariaDB server).
//!
//! The folders are the architecture; outward modules know inward ones, never
//! back: `main -> app -> web -> service -> {supervisor, store}`,
//! `supervisor -> {the engine, store}`, and everything may use `model`. The data
//! path has crates of its own beside them: `engine`, `mysql`, `rocketmq`, and
//! `words` for sentences in two languages.
//!
//! - [`model`]: plain nouns, no I/O.
//! - [`config`]: process settings; [`secret`]: sealing of credentials;
//!   [`custody`]: database and key as one thing.
//! - [`store`]: the only SQL.
//! - [`service`]: use cases, every rule that a person meets.
//! - [`supervisor`]: runs projects, one task each.
#![recursion_limit = "256"]

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod custody;
pub mod model;
pub mod secret;
pub mod service;
pub mod store;
pub mod supervisor;
pub mod telemetry;
pub mod text;
pub mod web;
