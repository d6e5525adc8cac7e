//! Restock compares supply models by Monte Carlo simulation.
//!
//! It runs the demand of a product, with its spikes, through configurable supply models (bulk ocean freight and a
//! warehouse, direct from the manufacturer, hybrids) and reports backorders, cancellations and capital tied up, each
//! with its uncertainty. The command `restock` is one face of this library; nothing of value lives in [`cli`].
//!
//! # Example
//!
//! ```
//! use restock::model::Kpi;
//! use restock::scenario::Loader;
//! use restock::study::{Options, differences, run};
//! use std::path::Path;
//!
//! let text = r#"
//!     name = "Two ways to ship"
//!     [monte-carlo]
//!     replications = 50
//!     [[product]]
//!     sku = "tee"
//!     price = 60
//!     unit-cost = 14
//!     [demand]
//!     mean-per-day = 20
//!     dispersion = 8
//! "#;
//! let loaded = Loader::default().load_str("example.toml", text, Path::new("."))?;
//! let runnable = loaded.value.runnable;
//! let outcome = run(&runnable.scenario, &runnable.experiment, Options::default(), &|_| {});
//! let tee = &outcome.products[0];
//! let fill = tee.models[0].estimate(Kpi::FillRate).expect("something was demanded");
//! assert!(fill.value > 0.5 && fill.standard_error.is_some());
//! assert!(differences(tee).iter().any(|d| d.kpi == Kpi::BackorderRate));
//! # Ok::<(), restock::Error>(())
//! ```
//!
//! # Words
//!
//! | word | type |
//! | --- | --- |
//! | scenario: one comparison | [`model::Scenario`] |
//! | supply model, location, route, stage | [`model::SupplyModel`], [`model::Location`], [`model::Route`], [`model::Stage`] |
//! | policy: when and how much to order | [`model::Policy`] |
//! | campaign (dated), surge (unplanned) | [`model::Campaign`], [`model::Surge`] |
//! | promise, acceptance, patience | [`model::Promise`], [`model::Accept`], [`model::Patience`] |
//! | replication: one run of the dice | [`sim::Replica`] |
//! | KPI, estimate, paired difference | [`model::Kpi`], [`stats::interval::Estimate`], [`study::Difference`] |
//!
//! # Map
//!
//! [`scenario`] reads files into the [`model`]; [`sim`] simulates one replication; [`study`] runs many and compares;
//! [`report`] makes tables, charts and files of the outcome; [`forecast`] continues sales histories as sample paths; [`verify`] holds the simulator against exact results.
//! Below them: [`stats`], [`law`], [`calendar`], [`rng`], [`diag`], [`names`], [`units`], [`ids`]. Who may use whom is written in
//! `docs/architecture.md` and tested.
//!
//! # Reproducibility
//!
//! The same scenario, seed and binary give the same bytes at any number of threads. A draw is a function of its key
//! (see [`rng`]), so supply models share their random numbers, and adding one changes no other.
//!
//! # What it does not do
//!
//! Returns, orders of several units, substitution, prices that move demand, several currencies, a factory shared by
//! products. See "Not modelled yet" in `docs/model.md`.

#![forbid(unsafe_code)]

pub mod calendar;
#[expect(
    clippy::disallowed_methods,
    reason = "the command line is the one place that reads clocks and the environment"
)]
pub mod cli;
pub mod data;
pub mod diag;
pub mod forecast;
pub mod ids;
pub mod law;
pub mod model;
pub mod names;
pub mod report;
pub mod rng;
pub mod scenario;
pub mod sim;
pub mod stats;
pub mod study;
pub mod units;
pub mod verify;

pub use diag::Error;
