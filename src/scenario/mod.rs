//! The scenario file: from TOML text to the validated [`Scenario`].
//!
//! ```text
//! defaults.toml < extends < the file < --set      one tree, every value knows its line   (document)
//! tree -> raw::Scenario                           typed; every wrong key is reported     (load)
//! raw::Scenario -> model::Scenario                every contradiction is reported        (lower)
//! ```
//!
//! Nothing else in the crate knows TOML. Nothing here panics on any input.

mod document;
mod load;
mod lower;
mod raw;
mod reference;
mod scalar;

pub use load::{Loaded, Loader};
pub use reference::{Assumption, assumptions, json_schema, reference};

use crate::model::{Experiment, Scenario};

/// The embedded defaults, as they are printed by `restock defaults`.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// A scenario that can be run, and how to run it.
#[derive(Debug, Clone)]
pub struct Runnable {
    pub scenario: Scenario,
    pub experiment: Experiment,
}
