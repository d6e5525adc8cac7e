//! The validated world ([`model`]), one replication of it ([`sim`]), and the experiment of many ([`study`]).
//!
//! Nothing here reads a file, prints or looks at a clock. The package `restock` shows these modules under its own name.

pub mod model;
pub mod sim;
pub mod study;
