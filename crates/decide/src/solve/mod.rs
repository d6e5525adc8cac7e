//! The policy that reaches a target at least capital, or that makes an objective as large as can be.
//!
//! What is looked for lies on a lattice: each [`Axis`] is a parameter of one supply model with a lowest value, a highest one and a step, so
//! that lots and levels are whole. All points see the same shoppers.
//!
//! - One axis and a target: the least change from the side that misses it, by bisection, first with few replications and then with all; the
//!   neighbours are run, because service need not rise with every step. The interval holds those values of which the estimate cannot say
//!   whether they reach the target: between where the upper and where the lower end of the target's interval does. If the target holds at the true
//!   value, the value is outside in no more cases than the target's own interval is wrong.
//! - Several axes and a target: the last axis reaches the target, the others are searched for the least capital of what reaches it.
//! - An objective: a pattern search from several starts with few replications; then, of the points near its end, the procedure of Kim and Nelson
//!   ([`select`]) chooses with all replications.
//!
//! What was found is run once more with fresh shoppers, since a search chooses what looks good on the shoppers that it sees.
mod lattice;
mod objective;
mod target;

pub use lattice::Axis;

use super::goal::{Objective, Target};
use super::lab::{Days, Lab};
use super::select::Selection;
use restock_base::diag::{Diagnostics, Error};
use restock_base::stats::interval::{Estimate, Sample};
use restock_kernel::model::{Experiment, Kpi, Scenario};
use restock_kernel::study::Outcome;
use restock_scenario::Variant;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Replications with which a search looks around.
const SCREEN: u32 = 256;

/// The seed of fresh shoppers is so much larger: an arbitrary prime.
const FRESH: u64 = 1_000_003;

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Aim {
    /// All targets reached, at least mean capital invested.
    Reach(Vec<Target>),
    /// An objective as large as can be; values within the indifference zone of each other are equals. Absent: a quarter of a per cent of revenue
    /// or, where there is none, of the value.
    Maximise(Objective, Option<f64>),
}

/// A search in one supply model.
pub struct Solver<'a> {
    /// Where variants are run.
    pub lab: &'a Lab,
    /// The scenario as it is.
    pub base: &'a Variant,
    /// Seed and replications.
    pub experiment: &'a Experiment,
    /// Index of the supply model.
    pub model: usize,
    /// What may be changed, at least one axis. A target is reached along the last.
    pub axes: &'a [Axis],
    /// What is looked for.
    pub aim: &'a Aim,
    known: BTreeMap<(Vec<i64>, u32), Option<Rc<Seen>>>,
    refused: Option<Diagnostics>,
    /// Points that are no scenario, and why the first is none.
    left_out: (usize, Option<String>),
}

/// What a point showed.
struct Seen {
    /// By target.
    excess: Vec<Sample>,
    capital: Sample,
    objective: Option<Sample>,
}

impl Seen {
    /// Whether all targets are reached; `side` 1: by the upper ends of their intervals, -1: by the lower ones, 0: by the estimates.
    fn reaches(&self, side: f64) -> bool {
        self.excess.iter().all(|e| beyond(e, side) >= 0.0)
    }

    /// The target that is missed by most, measured in its own interval.
    fn least(&self) -> f64 {
        self.excess.iter().map(|e| e.value).fold(f64::INFINITY, f64::min)
    }
}

fn beyond(excess: &Sample, side: f64) -> f64 {
    if side == 0.0 { excess.value } else { excess.value + side * excess.estimate().half_width().unwrap_or(0.0) }
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Solution {
    /// The value of each axis.
    pub values: Vec<f64>,
    /// Changes of the scenario that make it so, as `--set` takes them.
    pub changes: Vec<String>,
    /// Of a target: lowest and highest value of the last axis of which the estimate cannot say whether they reach it; with whether each lies on
    /// the end of the axis, so that it may go on beyond.
    pub between: Option<((f64, bool), (f64, bool))>,
    /// Whether the answer is the end of the last axis: nothing needs to be changed further to reach the target.
    pub at_end: bool,
    /// Service is not one-sided near the answer: a value beyond it misses the target again, or one before reaches it.
    pub is_uneven: bool,
    /// By target: what was measured.
    pub reached: Vec<Estimate>,
    /// The same of fresh shoppers; what is maximised, of an objective.
    pub fresh: Vec<Estimate>,
    /// The objective; absent of targets.
    pub objective: Option<Estimate>,
    /// How the answer was chosen among others; absent of targets.
    pub selection: Option<Selection>,
    /// Values of each axis of the points that were kept besides: not told apart from the answer.
    pub equals: Vec<Vec<f64>>,
    /// Whether the target binds: else less capital is needed beyond where it begins to be reached.
    pub binds: bool,
    /// Mean capital invested, with the error of the search. Samples of several supply models can be paired.
    pub capital: Sample,
    /// The supply model as it was found, with all replications.
    pub outcome: Arc<Outcome>,
    /// The scenario as it was found.
    pub scenario: Scenario,
}

/// How far one gets where a target is out of reach.
#[derive(Debug, Clone)]
pub struct Missed {
    /// The value of each axis where most is reached.
    pub values: Vec<f64>,
    /// By target: what was measured there.
    pub reached: Vec<Estimate>,
    /// The same on ordinary days, where the target is of days as they come: if it is reached there, the surges and unplanned campaigns bind.
    pub ordinary: Vec<Estimate>,
    /// Whether it lies on the end of the last axis and the service still rises there: then the range binds. Otherwise more of it changes nothing.
    pub still_rising: bool,
}

/// The answer for one supply model.
#[derive(Debug, Clone)]
pub enum Ending {
    /// It was found.
    Solved(Box<Solution>),
    /// The target is out of reach.
    Missed(Missed),
}

impl<'a> Solver<'a> {
    /// A search that has seen nothing yet.
    #[must_use]
    pub fn new(
        lab: &'a Lab,
        (base, experiment): (&'a Variant, &'a Experiment),
        model: usize,
        axes: &'a [Axis],
        aim: &'a Aim,
    ) -> Self {
        Solver { lab, base, experiment, model, axes, aim, known: BTreeMap::new(), refused: None, left_out: (0, None) }
    }

    /// Points that were run, with few replications or all.
    #[must_use]
    pub fn points(&self) -> usize {
        self.known.len()
    }

    /// Points that were left out because their values contradict each other or are not allowed, and why the first was.
    #[must_use]
    pub fn left_out(&self) -> Option<(usize, &str)> {
        Some((self.left_out.0, self.left_out.1.as_deref()?))
    }

    /// Searches.
    ///
    /// # Errors
    ///
    /// If the search is cancelled, or no value of the axes makes a scenario.
    pub fn run(&mut self) -> Result<Ending, Error> {
        match self.aim {
            Aim::Reach(_) => self.reach(),
            Aim::Maximise(objective, indifference) => self.maximise(objective, *indifference),
        }
    }

    fn screened(&self) -> u32 {
        self.experiment.replications.min(SCREEN)
    }

    /// The scenario at a point; absent where the values contradict each other (a reorder point above the level up to which is ordered).
    fn scenario(&mut self, point: &[i64]) -> Option<Scenario> {
        let changes = self.axes.iter().zip(point).flat_map(|(axis, i)| axis.changes(*i));
        let mut variant = self.base.clone();
        for change in changes {
            match variant.set(&change) {
                Ok(changed) => variant = changed,
                Err(problems) => {
                    self.refused = Some(problems);
                    return None;
                }
            }
        }
        match variant.runnable() {
            Ok(runnable) => Some(runnable.scenario),
            Err(problems) => {
                self.refused = Some(problems);
                None
            }
        }
    }

    fn outcome(&self, scenario: &Scenario, experiment: &Experiment, days: Days) -> Result<Arc<Outcome>, Error> {
        self.lab.model(scenario, experiment, days, self.model)
    }

    /// What a point shows in the first `n` replications; absent where it is no scenario.
    fn seen(&mut self, point: &[i64], n: u32) -> Result<Option<Rc<Seen>>, Error> {
        let key = (point.to_vec(), n);
        if let Some(seen) = self.known.get(&key) {
            return Ok(seen.clone());
        }
        let seen = match self.scenario(point) {
            None => {
                let why = self.refused.as_ref().and_then(|all| all.list.first()).map(|d| d.message.clone());
                self.left_out = (self.left_out.0 + 1, self.left_out.1.take().or(why));
                None
            }
            Some(scenario) => {
                let experiment = Experiment { replications: n, ..*self.experiment };
                let come = self.outcome(&scenario, &experiment, Days::AsTheyCome)?;
                let found = &come.all_products().models[0];
                let (mut excess, mut objective) = (Vec::new(), None);
                match self.aim {
                    Aim::Reach(targets) => {
                        for target in targets {
                            let outcome = self.outcome(&scenario, &experiment, target.days)?;
                            excess.push(target.excess(&outcome.all_products().models[0]));
                        }
                    }
                    Aim::Maximise(of, _) => objective = of.value(found),
                }
                let capital = found.sample(Kpi::InvestedCapital);
                let capital = capital.unwrap_or_else(|| Sample::constant(0.0, n as usize));
                Some(Rc::new(Seen { excess, capital, objective }))
            }
        };
        self.known.insert(key, seen.clone());
        Ok(seen)
    }

    /// Why a point is no scenario.
    fn no_scenario(&mut self) -> Error {
        let refused = self.refused.take();
        refused.map_or_else(|| Error::new("unsolved", "no value of what is varied makes a scenario"), Error::from)
    }

    /// A point that is a scenario.
    fn sure(&mut self, point: &[i64], n: u32) -> Result<Rc<Seen>, Error> {
        match self.seen(point, n)? {
            Some(seen) => Ok(seen),
            None => Err(self.no_scenario()),
        }
    }

    fn values(&self, point: &[i64]) -> Vec<f64> {
        self.axes.iter().zip(point).map(|(axis, i)| axis.value(*i)).collect()
    }

    /// A point with all that is told of it, and run with fresh shoppers.
    fn solution(&mut self, point: &[i64], n: u32) -> Result<Solution, Error> {
        let Some(scenario) = self.scenario(point) else {
            return Err(self.no_scenario());
        };
        let experiment = Experiment { replications: n, ..*self.experiment };
        let again = Experiment { seed: experiment.seed.wrapping_add(FRESH), ..experiment };
        let outcome = self.outcome(&scenario, &experiment, Days::AsTheyCome)?;
        let (mut reached, mut fresh, mut objective) = (Vec::new(), Vec::new(), None);
        match self.aim {
            Aim::Reach(targets) => {
                for target in targets {
                    let of = |experiment: &Experiment| -> Result<Estimate, Error> {
                        let outcome = self.outcome(&scenario, experiment, target.days)?;
                        Ok(target.measured(&outcome.all_products().models[0]).estimate())
                    };
                    reached.push(of(&experiment)?);
                    fresh.push(of(&again)?);
                }
            }
            Aim::Maximise(of, _) => {
                objective = of.value(&outcome.all_products().models[0]).map(|s| s.estimate());
                let outcome = self.outcome(&scenario, &again, Days::AsTheyCome)?;
                fresh.extend(of.value(&outcome.all_products().models[0]).map(|s| s.estimate()));
            }
        }
        let capital = outcome.all_products().models[0].sample(Kpi::InvestedCapital);
        Ok(Solution {
            values: self.values(point),
            changes: self.axes.iter().zip(point).flat_map(|(axis, i)| axis.changes(*i)).collect(),
            between: None,
            at_end: false,
            is_uneven: false,
            reached,
            fresh,
            objective,
            selection: None,
            equals: Vec::new(),
            binds: true,
            capital: capital.unwrap_or_else(|| Sample::constant(0.0, n as usize)),
            outcome,
            scenario,
        })
    }
}
