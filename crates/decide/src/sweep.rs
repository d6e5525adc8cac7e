//! A sweep: every cell of a design, every supply model in it, on the same shoppers.
//!
//! What is kept of a cell is small: estimates and paired differences of the KPIs that are asked for. It is known by the content of the
//! cell, so that a sweep that was stopped goes on, and one that was changed runs what is new.

use super::lab::{Cell, Days, Lab, content};
use restock_base::diag::Error;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Experiment, Kpi, Scenario};
use serde::{Deserialize, Serialize};

/// An estimate as it is kept: value, and the ends of its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// In the unit of the KPI.
    pub value: f64,
    /// Absent with one replication.
    pub interval: Option<(f64, f64)>,
}

impl Figure {
    /// As an estimate; without its standard error, which is not kept.
    #[must_use]
    pub fn estimate(&self) -> Estimate {
        match self.interval {
            Some((low, high)) => Estimate::between(self.value, low, high),
            None => Estimate::new(self.value, None),
        }
    }
}

impl From<Estimate> for Figure {
    fn from(e: Estimate) -> Self {
        Figure { value: e.value, interval: e.interval() }
    }
}

/// One KPI of one supply model in a cell.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// The KPI itself; absent where it does not exist.
    pub own: Option<Figure>,
    /// Less that of each supply model before this one, replications paired.
    pub minus: Vec<Option<Figure>>,
}

/// What was found in one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// By which the cell is known: SHA-256 of all that decides its figures.
    pub content: [u8; 32],
    /// By supply model and KPI, in the order in which both were asked for.
    pub models: Vec<Vec<Figures>>,
}

/// What is looked at in each cell of a sweep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweep {
    /// The KPIs, the one that decides first.
    pub kpis: Vec<Kpi>,
}

impl Sweep {
    /// By which a cell is known: scenario, seed, replications and KPIs decide what is found in it.
    #[must_use]
    pub fn content(&self, scenario: &Scenario, experiment: &Experiment) -> [u8; 32] {
        let names: Vec<&str> = self.kpis.iter().map(|kpi| kpi.name()).collect();
        content(scenario, experiment, &names.join(" "))
    }

    /// Runs one cell.
    ///
    /// # Errors
    ///
    /// As of [`Lab::run`].
    pub fn run(&self, lab: &Lab, scenario: &Scenario, experiment: &Experiment) -> Result<Found, Error> {
        let cell = lab.run(scenario, experiment, Days::AsTheyCome)?;
        let of = |m: usize| self.kpis.iter().map(|kpi| figures(&cell, m, *kpi)).collect();
        Ok(Found { content: self.content(scenario, experiment), models: (0..cell.len()).map(of).collect() })
    }
}

fn figures(cell: &Cell, model: usize, kpi: Kpi) -> Figures {
    let minus = (0..model).map(|from| cell.difference(kpi, from, model).map(Figure::from));
    Figures { own: cell.model(model).estimate(kpi).map(Figure::from), minus: minus.collect() }
}

impl Found {
    /// A KPI of a model.
    #[must_use]
    pub fn own(&self, model: usize, kpi: usize) -> Option<Estimate> {
        Some(self.models.get(model)?.get(kpi)?.own?.estimate())
    }

    /// A KPI of model `to` less that of model `from`, replications paired.
    #[must_use]
    pub fn difference(&self, kpi: usize, from: usize, to: usize) -> Option<Estimate> {
        if to < from {
            let e = self.difference(kpi, to, from)?;
            return Some(match e.interval() {
                Some((low, high)) => Estimate::between(-e.value, -high, -low),
                None => Estimate::new(-e.value, None),
            });
        }
        let of_model = self.models.get(to)?.get(kpi)?;
        (*of_model.minus.get(from)?).map(|f| f.estimate())
    }
}
