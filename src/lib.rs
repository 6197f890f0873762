//! Tidewire keeps Apache RocketMQ topics in step with the tables of an
//! OceanBase tenant (or a MySQL or MariaDB server).
//!
//! The folders are the architecture; outward modules know inward ones, never
//! back: `main -> app -> web -> service -> {supervisor, store}`,
//! `supervisor -> {pipeline, store}`, and everything may use `model`.
//!
//! - [`model`]: plain nouns, no I/O.
//! - [`config`]: process settings; [`secret`]: sealing of credentials.
//! - [`pipeline`]: one project's data path, from binlog events to messages;
//!   knows no web and no SQL tables of ours.
//! - [`store`]: the only SQL.
//! - [`service`]: use cases, every rule that a person meets.
//! - [`supervisor`]: runs projects, one task each.
#![recursion_limit = "256"]

pub mod app;
pub mod cli;
pub mod config;
pub mod model;
pub mod pipeline;
pub mod secret;
pub mod service;
pub mod store;
pub mod supervisor;
pub mod telemetry;
pub mod text;
pub mod web;
