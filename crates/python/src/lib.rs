//! The core of the Python package `restock`: what it asks of the library, and the results that it holds. Everything that a user of Python reads, names
//! and documentation, is in `python/restock`; here is only what must be Rust.

mod answer;
mod ask;
mod background;
mod chart;
mod error;
mod run;
mod sales;
mod scenario;
mod shard;
mod table;

use pyo3::prelude::*;

#[pymodule]
mod _core {
    #[pymodule_export]
    use super::answer::Answer;
    #[pymodule_export]
    use super::ask::{solve, sweep, tornado};
    #[pymodule_export]
    use super::chart::Chart;
    #[pymodule_export]
    use super::run::{Run, run};
    #[pymodule_export]
    use super::sales::{Backtest, Description, Forecast, backtest, describe, forecast};
    #[pymodule_export]
    use super::scenario::{Scenario, literal};
    #[pymodule_export]
    use super::shard::{Plan, merge, part_of, run_shard};
    #[pymodule_export]
    use super::table::Table;
    #[pymodule_export]
    use super::version;
}

/// The version of Restock.
#[pyfunction]
fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}
