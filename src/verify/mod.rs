//! Exact results of the literature, reproduced: `restock verify` prints them, a test demands them.
//!
//! Each case is an ordinary scenario, run by the ordinary kernel. A value is reproduced if it lies within
//! four standard errors of the exact one, plus the discretisation stated with the case: results for
//! continuous time are approached with 100 days to the time unit, and then a day's second unit, which
//! continuous time does not have, costs about half the daily rate.
//!
//! Convention: our lead time `L` covers exactly `L` demands; textbooks that count `L + 1` have been converted.

mod cases;
mod networks;

use crate::model::Kpi;
use crate::scenario::Loader;
use crate::stats::interval::{Estimate, ratio};
use crate::study::{ModelOutcome, Options, run};
use std::path::Path;

/// A case: one scenario and the values it must give.
pub struct Case {
    /// Heading under which cases of one kind stand together.
    pub section: &'static str,
    /// What is checked, in a few words.
    pub name: &'static str,
    /// Whose result it is.
    pub source: &'static str,
    pub(crate) scenario: String,
    pub(crate) seed: u64,
    pub(crate) replications: u32,
    pub(crate) checks: Vec<Check>,
}

/// How a value is read off the outcome.
type Reading = dyn Fn(&ModelOutcome) -> Option<Estimate> + Send + Sync;

/// A value of a case.
pub(crate) struct Check {
    what: &'static str,
    exact: f64,
    /// Stated discretisation or rounding, absolute.
    allowance: f64,
    value: Box<Reading>,
}

/// What the simulator found for one value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// Name of the value that is compared.
    pub what: &'static str,
    /// Value of the literature, in the same unit as what was found.
    pub exact: f64,
    /// Mean over the replications.
    pub found: f64,
    /// Standard error of what was found.
    pub standard_error: f64,
    /// How far the two may differ besides chance, from stated discretisation or rounding; in the unit of the value.
    pub allowance: f64,
}

impl Finding {
    /// Distance from the exact value beyond the allowance, in standard errors.
    #[must_use]
    pub fn standard_errors(&self) -> f64 {
        let beyond = ((self.found - self.exact).abs() - self.allowance).max(0.0);
        // Deterministic cases have no standard error: all but rounding is a failure.
        if beyond <= 1e-9 * self.exact.abs() { 0.0 } else { beyond / self.standard_error }
    }

    /// Whether the value found lies within four standard errors and the allowance.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.standard_errors() <= 4.0
    }
}

/// All cases.
#[must_use]
pub fn cases() -> Vec<Case> {
    cases::all()
}

impl Case {
    /// The scenario as TOML.
    #[must_use]
    pub fn scenario_text(&self) -> &str {
        &self.scenario
    }

    /// The case with its values demanded of another scenario.
    #[must_use]
    pub fn with_scenario(&self, toml: &str) -> Case {
        let (section, name, source) = (self.section, self.name, self.source);
        let original = cases().into_iter().find(|c| c.name == name && c.section == section);
        let checks = original.map(|c| c.checks).unwrap_or_default();
        Case { section, name, source, scenario: toml.into(), seed: self.seed, replications: self.replications, checks }
    }

    /// Replications that a test run affords: 40 of the long cases in continuous time, all of the cheap ones.
    #[must_use]
    pub fn test_replications(&self) -> u32 {
        if self.replications == 400 { 40 } else { self.replications.min(10_000) }
    }

    /// Runs the case with `replications` (its own number if `None`).
    ///
    /// # Panics
    ///
    /// If the built-in scenario cannot be read: a bug.
    #[must_use]
    pub fn run(&self, replications: Option<u32>) -> Vec<Finding> {
        let loader = Loader {
            overrides: vec![
                format!("monte-carlo.replications={}", replications.unwrap_or(self.replications)),
                format!("monte-carlo.seed={}", self.seed),
            ],
            ..Loader::default()
        };
        let loaded = loader.load_str(self.name, &self.scenario, Path::new("."));
        let runnable = loaded.unwrap_or_else(|d| panic!("{}", d.render(false))).value.runnable;
        let options = Options { rows: true, ..Options::default() };
        let outcome = run(&runnable.scenario, &runnable.experiment, options, &|_| {});
        let model = &outcome.products[0].models[0];
        let find = |c: &Check| {
            let e = (c.value)(model).unwrap_or(Estimate::new(f64::NAN, None));
            Finding {
                what: c.what,
                exact: c.exact,
                found: e.value,
                standard_error: e.standard_error.unwrap_or(f64::NAN),
                allowance: c.allowance,
            }
        };
        self.checks.iter().map(find).collect()
    }
}

fn kpi(what: &'static str, exact: f64, allowance: f64, kpi: Kpi) -> Check {
    Check { what, exact, allowance, value: Box::new(move |m| m.estimate(kpi)) }
}

/// A mean of `terms`, each a factor on one KPI's value of a replication.
fn combination(what: &'static str, exact: f64, allowance: f64, terms: &'static [(f64, Kpi)]) -> Check {
    let value = move |m: &ModelOutcome| {
        let of = |row: &crate::sim::KpiRow| {
            terms
                .iter()
                .map(|(f, k)| {
                    let (x, y) = row[k.index()];
                    if y == 0.0 { 0.0 } else { f * x / y }
                })
                .sum()
        };
        let pairs: Vec<(f64, f64)> = m.rows.iter().map(|row| (of(row), 1.0)).collect();
        ratio(&pairs)
    };
    Check { what, exact, allowance, value: Box::new(value) }
}

/// Ratio of two KPIs' numerators, each with a factor.
fn numerators(
    what: &'static str,
    exact: f64,
    allowance: f64,
    over: Option<Kpi>,
    terms: &'static [(f64, Kpi)],
) -> Check {
    let value = move |m: &ModelOutcome| {
        let of = |row: &crate::sim::KpiRow| terms.iter().map(|(f, k)| f * row[k.index()].0).sum();
        let pairs: Vec<(f64, f64)> =
            m.rows.iter().map(|row| (of(row), over.map_or(1.0, |k| row[k.index()].1))).collect();
        ratio(&pairs)
    };
    Check { what, exact, allowance, value: Box::new(value) }
}

/// Standard deviation of a numerator over replications, with its large-sample standard error.
fn deviation(what: &'static str, exact: f64, allowance: f64, kpi: Kpi) -> Check {
    let value = move |m: &ModelOutcome| {
        let x: Vec<f64> = m.rows.iter().map(|row| row[kpi.index()].0).collect();
        let n = x.len() as f64;
        let mean = x.iter().sum::<f64>() / n;
        let m2 = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let m4 = x.iter().map(|v| (v - mean).powi(4)).sum::<f64>() / n;
        Some(Estimate::new(m2.sqrt(), Some(((m4 - m2 * m2) / n).sqrt() / (2.0 * m2.sqrt()))))
    };
    Check { what, exact, allowance, value: Box::new(value) }
}

/// `P(wait > days)` over all orders: backorder rate times the survival of a backorder's wait. Its standard
/// error adds the two factors' errors, which is on the safe side.
fn wait_tail(what: &'static str, exact: f64, allowance: f64, days: usize) -> Check {
    let value = move |m: &ModelOutcome| {
        let rate = m.estimate(Kpi::BackorderRate)?;
        let survival = |g: &crate::study::Group| g.waits.kaplan_meier().get(days).copied().unwrap_or(0.0);
        let pooled = survival(&m.pooled());
        let used: Vec<f64> = m.used_groups().filter(|g| g.waits.units() > 0).map(|g| survival(&g)).collect();
        let n = used.len() as f64;
        let mean = used.iter().sum::<f64>() / n;
        let se = (used.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt();
        Some(Estimate::new(rate.value * pooled, Some(rate.value * se + pooled * rate.standard_error?)))
    };
    Check { what, exact, allowance, value: Box::new(value) }
}
