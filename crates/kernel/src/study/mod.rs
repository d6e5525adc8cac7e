//! The experiment: replications in fixed blocks over the cores, merged by number, and what they say.
//!
//! The result is a function of the scenario, the seed and the number of replications alone. A block is
//! the unit of work; what blocks found is merged by their number, whatever thread, run or machine ran them and when.

mod bands;
mod bench;
mod changeover;
mod classes;
mod compare;
mod counts;
mod engine;
mod equal;
mod estimates;
mod flip;
mod markets;
mod outcome;
mod partial;
mod places;
mod replicate;
mod run;
mod search;
mod size;
mod sums;
mod trace;
mod trial;
mod values;
mod windows;
mod work;

pub use bands::{Band, Bands, Shortage};
pub use changeover::{Changeover, ChangeoverOutcome, SellOut};
pub use classes::ClassesOutcome;
pub use compare::{Difference, differences};
pub use counts::Group;
pub use engine::Engine;
pub use equal::{AtService, EqualProduct, EqualTerms, Found, ModelFrontier, OBJECTIVE, OwnBest, Point, Terms};
pub use estimates::Estimates;
pub use flip::{Flip, Lever, ModelFlips};
pub use markets::{MarketMeasure, market_figure};
pub use outcome::{ModelOutcome, Outcome, ProductOutcome, Spread, Summary};
pub use partial::{BLOCK, Partial, Unmerged};
pub use places::{PlaceMeasure, PlacesOutcome};
pub use run::{Cancel, Options, Progress, Recorder, Rows, Saved, Shard, Step, Stopped, Study, on_threads, run};
pub use size::estimated_bytes;
pub use trace::{TraceLine, levels, trace};
pub use trial::{Trial, replications_in_all};
pub use values::{EXACT, quantile};
pub use windows::{Measure, WindowOutcome};
