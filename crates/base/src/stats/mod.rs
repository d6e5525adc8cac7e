//! Statistics that the experiment rests on: intervals, histograms, survival, and closed forms used as oracles.

pub mod histogram;
pub mod interval;
pub mod oracle;
pub mod special;
pub mod survival;
pub mod tree;
