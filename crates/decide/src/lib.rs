//! What to decide: questions that one run does not answer.
//!
//! A run says how given supply models do. A question says what is varied: keys of the scenario ([`Factor`]). Every answer is made of
//! [`Cell`]s, the outcomes of variants of one scenario, which a [`Lab`] runs on common random numbers: the same shoppers in each
//! replication, so that the difference between two cells is known far better than either of them.

mod factor;
mod frontier;
mod lab;
mod runs;
mod sobol;
mod span;
mod tornado;

pub use factor::{Design, Factor, FactorError};
pub use frontier::{Curve, Frontier, Point};
pub use lab::{Cell, Days, Lab};
pub use runs::{Level, Runs};
pub use sobol::{Design as SobolDesign, Index, Indices, scrambled};
pub use span::Span;
pub use tornado::{Bar, BreakEven, Cell as MapCell, Map, Pair, Sobol, Tornado};
