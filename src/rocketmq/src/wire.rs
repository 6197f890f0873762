//! The protocol as bytes, without a socket.

pub mod frame;
pub mod route;
pub mod sign;
