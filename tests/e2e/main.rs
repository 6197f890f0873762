//! The end-to-end proof: the real program between real servers, driven through its front doors only
//! and judged by what RocketMQ's own client reads from the topics.
//!
//! One story at a time: the servers are shared, and the machine is small.

#![recursion_limit = "256"]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::print_stdout
)]

mod accounts;
mod broker_loss;
mod brokers;
mod choices;
mod compare;
mod console;
mod encrypted;
mod failover;
#[path = "../support/far.rs"]
mod far;
mod filter;
mod hidden;
#[path = "../support/images.rs"]
mod images;
mod journal;
mod log_loss;
mod online_change;
mod outages;
mod precheck;
mod product;
mod readers;
mod rogue;
#[path = "../support/rules.rs"]
mod rules;
mod sequence;
mod servers;
mod shape_by_place;
mod shapes;
mod source;
mod start_time;
mod tables;
mod target;
mod torture;
mod trace;
mod types;
mod undone;
mod workload;
