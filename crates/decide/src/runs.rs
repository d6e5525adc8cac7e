//! A scenario with several of its assumptions at other values, run where it was not run before.

use super::lab::{Days, Lab};
use restock_base::diag::{Diagnostics, Error};
use restock_base::stats::interval::Sample;
use restock_kernel::model::{Experiment, Kpi};
use restock_scenario::{Ranged, Variant};
use std::collections::HashMap;

/// An assumption and one value of it.
pub type Level<'a> = (&'a Ranged, f64);

/// Why there is no value.
#[derive(Debug)]
pub(crate) enum Unrun {
    /// The scenario cannot have it.
    Refused(Box<Diagnostics>),
    /// It could not be run.
    Failed(Error),
}

impl From<Error> for Unrun {
    fn from(error: Error) -> Self {
        Unrun::Failed(error)
    }
}

impl From<Diagnostics> for Unrun {
    fn from(problems: Diagnostics) -> Self {
        Unrun::Refused(Box::new(problems))
    }
}

impl From<Unrun> for Error {
    fn from(unrun: Unrun) -> Self {
        match unrun {
            Unrun::Refused(problems) => (*problems).into(),
            Unrun::Failed(error) => error,
        }
    }
}

/// By the places and values of what is otherwise, and the model.
type Known = HashMap<(Vec<(String, u64)>, usize), Option<Sample>>;

/// Where variants of one scenario are run for one KPI: all on the same shoppers, so that any two can be paired.
#[derive(Debug)]
pub struct Runs<'a> {
    lab: &'a Lab,
    base: &'a Variant,
    experiment: Experiment,
    kpi: Kpi,
    known: Known,
    /// Whether values are remembered: not in a search over many, none of which comes twice.
    remembers: bool,
    done: u64,
}

impl<'a> Runs<'a> {
    /// Runs of `base` and its variants.
    #[must_use]
    pub fn new(lab: &'a Lab, base: &'a Variant, experiment: &Experiment, kpi: Kpi) -> Self {
        Runs { lab, base, experiment: *experiment, kpi, known: Known::new(), remembers: true, done: 0 }
    }

    /// The KPI.
    #[must_use]
    pub fn kpi(&self) -> Kpi {
        self.kpi
    }

    /// Seed and replications.
    #[must_use]
    pub fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The same runs with other replications, without memory: for designs of many points.
    #[must_use]
    pub(crate) fn afresh(&self, replications: u32) -> Runs<'a> {
        let experiment = Experiment { replications, ..self.experiment };
        Runs { experiment, known: Known::new(), remembers: false, done: 0, ..*self }
    }

    /// Variants that were asked for so far.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// The KPI of some supply models with these assumptions at these values, and all else as it is. Absent where it does not exist.
    pub(crate) fn at(&mut self, levels: &[Level<'_>], models: &[usize]) -> Result<Vec<Option<Sample>>, Unrun> {
        self.done += 1;
        let name =
            |r: &Ranged| format!("{:?} {}", r.by, r.keys().map(ToString::to_string).collect::<Vec<_>>().join("\n"));
        let key: Vec<(String, u64)> =
            if self.remembers { levels.iter().map(|(r, x)| (name(r), x.to_bits())).collect() } else { Vec::new() };
        if self.remembers && models.iter().all(|m| self.known.contains_key(&(key.clone(), *m))) {
            return Ok(models.iter().map(|m| self.known[&(key.clone(), *m)].clone()).collect());
        }
        let mut variant = self.base.clone();
        for (assumption, x) in levels {
            variant = assumption.at(&variant, *x)?;
        }
        let scenario = variant.runnable()?.scenario;
        let mut out = Vec::new();
        for m in models {
            let found = self.lab.model(&scenario, &self.experiment, Days::AsTheyCome, *m)?;
            let sample = found.all_products().models[0].sample(self.kpi);
            if self.remembers {
                self.known.insert((key.clone(), *m), sample.clone());
            }
            out.push(sample);
        }
        Ok(out)
    }

    /// The KPI of one supply model less that of another. Absent where one of them does not exist.
    pub(crate) fn difference(
        &mut self,
        levels: &[Level<'_>],
        of: usize,
        against: usize,
    ) -> Result<Option<Sample>, Unrun> {
        let both = self.at(levels, &[of, against])?;
        Ok(match both.as_slice() {
            [Some(of), Some(against)] => Some(of.clone().plus(-1.0, against)),
            _ => None,
        })
    }
}
