//! A simulated world around the engine: a model database that writes real log
//! bytes, a model broker, a store and clocks, in one thread with paused time,
//! all drawn from one seed. What the engine did is judged by what the model
//! knows to be true, never by the engine's own way of thinking.

pub mod broker;
pub mod bytes;
pub mod clock;
pub mod database;
pub mod history;
pub mod judge;
pub mod project;
pub mod random;
pub mod shrink;
pub mod store;
pub mod tell;
pub mod value;

use std::pin::Pin;

/// An answer that comes later.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
