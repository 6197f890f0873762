//! The console in a real browser: the documented procedure from the first login to messages in
//! RocketMQ, with and without scripts.

mod browser;
mod changes;
mod pages;
mod procedure;
mod scene;
