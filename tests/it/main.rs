//! Integration tests: one binary, so that a change of the kernel links once.

mod charts;
mod cli;
mod coverage;
mod dependencies;
mod determinism;
mod documents;
mod equal;
mod errors;
mod finance;
mod forecast;
mod generated;
mod invalid;
mod laws;
mod layers;
mod ledger;
mod names;
mod outlook;
mod pipeline;
mod planner;
mod promises;
mod ranges;
mod reading;
mod readme;
mod shipped;
mod titles;
mod truth;
