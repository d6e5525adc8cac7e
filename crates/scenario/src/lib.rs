//! The scenario file: from TOML text to the validated [`Scenario`].
//!
//! ```text
//! defaults.toml < extends < the file              one tree, every value knows its line   (tree)
//! Document, with(key, value) -> Variant           what is read once; changes laid over   (document, key, resolve)
//! tree -> raw::Scenario                           typed; every wrong key is reported     (load)
//! raw::Scenario -> model::Scenario                every contradiction is reported        (lower)
//! raw::Scenario -> text                           the one writer                         (write)
//! Variant -> what may be otherwise                the ranges of assumptions              (register)
//! ```
//!
//! Nothing else in the crate knows TOML. Nothing here panics on any input.

mod catalogue;
pub mod data;
mod document;
mod files;
mod format;
mod key;
mod load;
mod lower;
pub mod raw;
mod reference;
mod register;
mod resolve;
mod scalar;
mod start;
mod tree;
mod write;

pub use document::{Change, Document, Setting, Sort, Variant, Work};
pub use key::{Key, KeyError, Part};
pub use load::{Loaded, Loader};
pub use lower::{read_as, read_position};
pub use reference::{Assumption, assumptions, json_schema, reference};
pub use register::{By, Measure, Ranged, Register, register};
pub use write::{Notes, line, write, write_with};

use restock_kernel::model::{Experiment, Scenario};

/// The embedded defaults, as they are printed by `restock defaults`.
pub const DEFAULTS: &str = include_str!("defaults.toml");

/// A scenario that can be run, and how to run it.
#[derive(Debug, Clone)]
pub struct Runnable {
    /// What is compared, checked.
    pub scenario: Scenario,
    /// How often it is simulated, and to which precision.
    pub experiment: Experiment,
}
