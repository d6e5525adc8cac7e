//! An objective made as large as can be.

use super::lattice::{neighbours, pattern_search, starts};
use super::{Aim, Ending, Seen, Solver};
use crate::goal::Objective;
use crate::lab::Days;
use crate::select::select;
use restock_base::diag::Error;
use restock_kernel::model::{Experiment, Kpi};
use std::rc::Rc;

/// Points near the end of a search among which is selected.
const CANDIDATES: usize = 24;

impl Solver<'_> {
    pub(super) fn maximise(&mut self, objective: &Objective, indifference: Option<f64>) -> Result<Ending, Error> {
        let few = self.screened();
        let mut value = |solver: &mut Self, point: &[i64]| -> Result<Option<f64>, Error> {
            Ok(solver.seen(point, few)?.and_then(|seen| seen.objective.as_ref().map(|o| o.value)))
        };
        let axes = self.axes;
        for start in starts(axes) {
            pattern_search(self, axes, start, &mut value)?;
        }
        let score = |(key, seen): (&(Vec<i64>, u32), &Option<Rc<Seen>>)| {
            Some((key.0.clone(), seen.as_ref()?.objective.as_ref()?.value)).filter(|_| key.1 == few)
        };
        let mut looked: Vec<(Vec<i64>, f64)> = self.known.iter().filter_map(score).collect();
        if looked.is_empty() {
            let none = || Error::new("unsolved", "the objective exists at no value of the axes");
            return Err(self.refused.take().map_or_else(none, Error::from));
        }
        looked.sort_by(|a, b| b.1.total_cmp(&a.1));
        // What lies next to the best, run or not, and what looked best elsewhere.
        let top = looked[0].0.clone();
        let mut candidates: Vec<Vec<i64>> = vec![top.clone()];
        let around = neighbours(axes, &top, &vec![1; axes.len()]);
        for point in around.into_iter().chain(looked.iter().map(|l| l.0.clone())) {
            if candidates.len() < CANDIDATES && !candidates.contains(&point) && self.seen(&point, few)?.is_some() {
                candidates.push(point);
            }
        }
        let zone = match indifference {
            Some(zone) => zone,
            None => self.usual_zone(&top)?,
        };
        let most = self.experiment.replications;
        let selection = select(candidates.len(), most, zone, &mut |c, n| self.each(objective, &candidates[c], n))?;
        let best = candidates[selection.best].clone();
        let mut found = self.solution(&best, most)?;
        let others = selection.kept.iter().filter(|c| **c != selection.best);
        found.equals = others.map(|c| self.values(&candidates[*c])).collect();
        found.selection = Some(selection);
        Ok(Ending::Solved(Box::new(found)))
    }

    /// A quarter of a per cent of revenue; of what earns nothing, of the value itself.
    fn usual_zone(&mut self, top: &[i64]) -> Result<f64, Error> {
        const INDIFFERENT: f64 = 0.002_5;
        let few = self.screened();
        let money = match self.aim {
            Aim::Maximise(objective, _) => objective.terms.iter().all(|t| t.1.unit() == Kpi::ResidualIncome.unit()),
            Aim::Reach(_) => false,
        };
        if money && let Some(scenario) = self.scenario(top) {
            let experiment = Experiment { replications: few, ..*self.experiment };
            let outcome = self.outcome(&scenario, &experiment, Days::AsTheyCome)?;
            if let Some(revenue) = outcome.all_products().models[0].estimate(Kpi::Revenue).filter(|r| r.value > 0.0) {
                return Ok(INDIFFERENT * revenue.value);
            }
        }
        let value = self.sure(top, few)?.objective.as_ref().map_or(0.0, |o| o.value.abs());
        Ok((INDIFFERENT * value).max(f64::MIN_POSITIVE))
    }

    /// The objective's value in each of the first `n` replications; where risk matters, its utility, on the scale of the objective.
    fn each(&mut self, objective: &Objective, point: &[i64], n: u32) -> Result<Vec<f64>, Error> {
        let Some(scenario) = self.scenario(point) else {
            return Err(self.no_scenario());
        };
        let outcome = self.outcome(&scenario, &Experiment { replications: n, ..*self.experiment }, Days::AsTheyCome)?;
        let model = &outcome.all_products().models[0];
        let unknown = || {
            Error::new(
                "unsolved",
                "the values of single replications are not kept; ask for 20,000 replications at most",
            )
        };
        let each = objective.each(model).ok_or_else(unknown)?;
        Ok(match objective.risk_tolerance {
            None => each,
            // To first order about the certainty equivalent: `c + T (1 - exp(-(x - c) / T))`, whose mean is the certainty equivalent `c`.
            Some(t) => {
                let c = objective.value(model).map_or(0.0, |s| s.value);
                each.iter().map(|x| c + t * (1.0 - (-(x - c) / t).exp())).collect()
            }
        })
    }
}
