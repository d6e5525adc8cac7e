//! Integration tests: one binary, so that a change of the kernel links once.

mod charts;
mod cli;
mod coverage;
mod determinism;
mod documents;
mod equal;
mod finance;
mod forecast;
mod generated;
mod invalid;
mod laws;
mod layers;
mod ledger;
mod money;

mod outlook;
mod pipeline;
mod planner;
mod promises;
mod ranges;
mod readme;
mod shipped;
mod truth;
