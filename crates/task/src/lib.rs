//! What every face of Restock does, from what is asked to what is answered: the command line and the Python package ask alike.
//!
//! A task is a value that says what is asked ([`Solve`], say). It is run on a [`Subject`], or on sales that are [`Known`], tells how far it is, and ends
//! with an answer or with an [`Error`] in parts: one made by [`usage`] if what was asked makes no sense. Nothing here prints, looks at a clock or at the
//! environment.

mod backtest;
mod describe;
mod forecast;
mod known;
mod recorded;
mod remote;
mod run;
mod solve;
mod subject;
mod sweep;
mod tornado;

pub use backtest::{Backtest, Backtested, Trials};
pub use describe::{Found, description, health, item_table};
pub use forecast::{Forecast, Forecasted, MOST_ROWS, PATHS, Ready, SEED, SHOWN, horizon, new_item, successor};
pub use known::{Known, Room};
pub use recorded::{recorded, started_in};
pub use remote::{Sent, can_be_cut};
pub use run::{Stage, write};
pub use solve::{Solve, positive};
pub use subject::{Question, Subject, of_experiment, recipe};
pub use sweep::{Keeps, KeepsNothing, Sweep, SweepPlan, WrongCells, kpi};
pub use tornado::{SobolSize, TornadoTask};

use restock_base::diag::Error;

/// What was asked makes no sense: why, and what to ask instead.
#[must_use]
pub fn usage(message: impl Into<String>) -> Error {
    Error::new("usage", message)
}

/// Who hears how far a task is: so many of so many things are done.
pub type Told<'a> = &'a mut dyn FnMut(u64, u64);
