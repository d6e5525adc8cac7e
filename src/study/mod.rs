//! The experiment: replications in fixed blocks over the cores, merged in order, and what they say.
//!
//! The result is a function of the scenario, the seed and the number of replications alone. A block is
//! the unit of work; blocks are merged by their number, whatever thread ran them and when.

mod bands;
mod bench;
mod compare;
mod equal;
mod estimates;
mod flip;
mod outcome;
mod replicate;
mod search;
mod size;
mod trace;
mod trial;
mod windows;

pub use bands::{Band, Bands};
pub use compare::{Difference, differences};
pub use equal::{AtService, EqualProduct, EqualTerms, Found, ModelFrontier, OBJECTIVE, OwnBest, Point, Terms};
pub use estimates::Estimates;
pub use flip::{Flip, Lever, ModelFlips};
pub use outcome::{Group, ModelOutcome, Outcome, ProductOutcome, Spread, Summary};
pub use replicate::{Options, Progress, Step, on_threads, run};
pub use size::estimated_bytes;
pub use trace::{TraceLine, trace};
pub use trial::{Trial, replications_in_all};
pub use windows::{Measure, WindowOutcome};
