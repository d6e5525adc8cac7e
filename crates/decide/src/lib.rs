//! What to decide: questions that one run does not answer.
//!
//! A run says how given supply models do. A question says what is varied: keys of the scenario ([`Factor`]). Every answer is made of
//! [`Cell`]s, the outcomes of variants of one scenario, which a [`Lab`] runs on common random numbers: the same shoppers in each
//! replication, so that the difference between two cells is known far better than either of them.

mod factor;
mod frontier;
mod goal;
mod lab;
mod mix;
mod orders;
mod outages;
mod parameter;
mod runs;
mod select;
mod sobol;
mod solve;
mod span;
mod stress;
mod sweep;
mod tornado;
mod why;

pub use factor::{Design, Factor, FactorError, Group};
pub use frontier::{Curve, Frontier, Point, Reached};
pub use goal::{Condition, GoalError, Objective, Side, Target, number};
pub use lab::{Cell, Days, Lab};
pub use mix::{By, Chosen, Held, Judged, Mix, Mixed};
pub use orders::{LOOKED_AT, NextOrder, next_orders};
pub use outages::{Day, Outages, Short, WeekEarlier};
pub use parameter::{Parameter, WORDS};
pub use runs::{Level, Runs};
pub use select::{CORRECT, Selection, select};
pub use sobol::{Design as SobolDesign, Index, Indices, scrambled};
pub use solve::{Aim, Axis, Ending, Missed, Solution, Solver};
pub use span::Span;
pub use stress::{Borne, Stress};
pub use sweep::{Figure, Figures, Found, Sweep};
pub use tornado::{Bar, BreakEven, Cell as MapCell, Map, Pair, Sobol, Tornado};
pub use why::{Cause, Causes, Parts, Why, Worlds, without};
