//! Sources that speak the MySQL protocol: OceanBase with its Binlog Service,
//! MySQL, MariaDB. Knows SQL and connections; what events mean is the engine's.
//!
//! - [`source`]: the engine's door. [`connect`]: logins and statements.
//! - [`settings`], [`role`], [`unlogged`]: whether a server is fit to be followed.
//! - [`catalogue`]: databases, tables and columns as they are now.
//! - [`locate`], [`resume`]: where a project begins, and goes on.
//! - [`stream`]: the open log.

pub mod catalogue;
pub mod connect;
pub mod locate;
pub mod resume;
pub mod role;
pub mod settings;
pub mod source;
pub mod stream;
pub mod unlogged;
mod words;
