//! What all of Restock stands on: scalars and money, names, diagnostics, dates, keyed draws, laws of probability, statistics.
//!
//! Nothing here knows what a product or a supply model is. The package `restock` shows these modules under its own name.

pub mod calendar;
pub mod diag;
pub mod fingerprint;
pub mod ids;
pub mod law;
pub mod names;
pub mod rng;
pub mod stats;
pub mod units;
