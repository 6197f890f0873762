//! The source's log: events, transactions, and places between two of them. Knows
//! no values and no topics.

pub mod assemble;
pub mod body;
pub mod continuity;
pub mod cursor;
pub mod domains;
pub mod event;
pub mod gtid;
pub mod outcome;
pub mod statement;
pub mod transaction;
pub mod wire;
