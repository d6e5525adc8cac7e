//! Statistics that the experiment rests on: intervals, histograms, survival, and closed forms used as oracles.

#![warn(missing_docs)]

pub mod histogram;
pub mod interval;
pub mod oracle;
pub(crate) mod special;
pub mod survival;
pub(crate) mod tree;
