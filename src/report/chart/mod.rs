//! The deck charts of a run: results to specifications, pure data.
//!
//! `spec` says what a chart is, `theme` its sizes and colours, `draw` makes SVG and PNG of it. Titles state
//! the finding and are computed from the results: where an interval of a difference includes 0 the title
//! says that no difference is shown.

mod capital;
mod cash;
#[cfg(feature = "charts")]
pub mod draw;
mod equal;
mod profit;
mod service;
mod spec;
#[cfg(feature = "charts")]
mod theme;
mod time;

pub use spec::{
    BandMark, BarRow, Bars, Body, ChartSpec, Colour, Csv, EventMark, ForestPanel, ForestRow, Format, LineMark,
    LinePanel, PointMark, Reading, Step, WaterfallPanel, XAxis,
};

use super::{format, origin};
use crate::model::{Kpi, Scenario, Unit};
use crate::stats::interval::Estimate;
use crate::study::{ModelOutcome, Outcome, ProductOutcome};

/// What every chart of a product is made from.
pub(super) struct Source<'a> {
    pub scenario: &'a Scenario,
    pub outcome: &'a Outcome,
    pub product: &'a ProductOutcome,
    /// Index in the scenario; absent for all products together.
    pub index: Option<usize>,
}

/// All charts of one product (or, with `index` absent, of all products together).
#[must_use]
pub fn charts(
    scenario: &Scenario,
    outcome: &Outcome,
    product: &ProductOutcome,
    index: Option<usize>,
) -> Vec<ChartSpec> {
    let s = Source { scenario, outcome, product, index };
    let mut out = vec![service::backorder_rate(&s)];
    if index.is_some() {
        out.push(time::backlog(&s));
        out.push(time::stock(&s));
    }
    out.push(service::cancellations(&s));
    out.push(time::survival(&s));
    out.push(capital::parts(&s));
    out.push(capital::safety_stock(&s));
    if let Some(terms) = &outcome.equal {
        out.push(equal::own_best(&s, terms));
        out.push(equal::safety_stock(&s, terms));
        out.extend(equal::frontier(&s, terms));
    }
    if index.is_some() {
        out.push(capital::over_time(&s));
        out.push(cash::over_time(&s));
    }
    out.push(profit::landed_cost(&s));
    out.extend(profit::bridge(&s));
    out.push(profit::distribution(&s));
    if index.is_some() {
        out.push(time::recovery(&s));
        out.push(service::lead_time(&s));
    }
    out.push(service::differences(&s));
    out
}

impl Source<'_> {
    fn names(&self) -> Vec<&str> {
        self.product.models.iter().map(|m| m.name.as_str()).collect()
    }

    fn of(&self) -> String {
        match self.index {
            Some(_) => format!("{}, ", self.product.sku),
            None => format!("all {} products, ", self.outcome.products.len()),
        }
    }

    /// Conditions that every subtitle ends with.
    fn window(&self) -> String {
        let h = &self.scenario.horizon;
        format!("{} to {}", format::date(h.start), format::date(h.start.plus(h.days as i32 - 1)))
    }

    fn footer(&self, interval: &str) -> String {
        let n = format::count(f64::from(self.outcome.replications));
        let plural = if self.outcome.replications == 1 { "replication, so no interval" } else { "replications" };
        let interval = if self.outcome.replications == 1 || interval.is_empty() {
            String::new()
        } else {
            format!(" · {interval}")
        };
        let made = [origin::run(self.scenario), origin::overridden(self.scenario)].into_iter().flatten();
        let made: String = made.map(|text| format!(" · {text}")).collect();
        format!(
            "{}{made} · seed {} · {n} {plural}{interval} · Restock {}",
            origin::shorten(&self.scenario.name, 80),
            self.outcome.seed,
            env!("CARGO_PKG_VERSION")
        )
    }

    /// The pooled estimate with its interval, as text.
    fn written(&self, e: &Estimate, unit: Unit) -> String {
        let currency = &self.scenario.currency;
        let value = format::value(e.value, unit, currency);
        match e.interval() {
            Some((a, b)) if e.standard_error != Some(0.0) => {
                let end = |v| format::bare(v, unit, currency);
                let low = if unit == Unit::Share { a.max(0.0) } else { a };
                format!("{value} ({} to {})", end(low), end(b))
            }
            _ => value,
        }
    }

    /// The first model and the one that differs most from it to the better (the highest `kpi`), where the interval of
    /// the difference excludes 0; otherwise the better of the two first, and `false`.
    fn best(&self, models: &[&ModelOutcome], kpi: Kpi) -> Option<(usize, f64, bool)> {
        let value = |i: usize| models[i].estimate(kpi).map(|e| e.value);
        let best = (1..models.len())
            .filter(|i| value(*i).is_some())
            .max_by(|a, b| value(*a).unwrap_or(f64::MIN).total_cmp(&value(*b).unwrap_or(f64::MIN)))?;
        let difference = models[best].minus(models[0], kpi)?;
        let shown = difference.interval().is_some_and(|(low, high)| low > 0.0 || high < 0.0);
        Some((best, difference.value, shown))
    }

    /// "A cuts x from 8.1 % to 1.9 %", or that no difference is shown: first model against the best other.
    fn finding(&self, kpi: Kpi, what: &str, alone: &str) -> String {
        let models = &self.product.models;
        let estimates: Vec<Option<Estimate>> = models.iter().map(|m| m.estimate(kpi)).collect();
        let show = |v: f64| format::value(v, kpi.unit(), &self.scenario.currency);
        let Some(base) = estimates[0] else { return alone.to_owned() };
        let lowest = (1..models.len())
            .filter_map(|i| estimates[i].map(|e| (i, e)))
            .min_by(|a, b| a.1.value.total_cmp(&b.1.value));
        let Some((best, other)) = lowest else { return format!("{}: {} {what}", models[0].name, show(base.value)) };
        let difference = models[best].minus(&models[0], kpi);
        let (a, b) = (&models[0].name, &models[best].name);
        let no_interval = difference.is_none_or(|d| d.standard_error.is_none());
        match difference.and_then(|d| d.interval()) {
            Some((low, high)) if low <= 0.0 && 0.0 <= high => {
                if base.value == 0.0 && other.value == 0.0 {
                    format!("No {what} in any supply model")
                } else {
                    format!("{b} and {a} show no difference in {what} ({} and {})", show(other.value), show(base.value))
                }
            }
            _ if no_interval => {
                format!("{what} in one replication: {a} {}, {b} {}", show(base.value), show(other.value))
            }
            _ if other.value < base.value => {
                format!("{b} cuts {what} from {} to {}", show(base.value), show(other.value))
            }
            _ => format!("{a} has the least {what}: {}, against {} for {b}", show(base.value), show(other.value)),
        }
    }
}

/// First letter in upper case.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().collect::<String>() + chars.as_str())
}

/// A number for a data file.
fn cell(v: f64) -> String {
    format!("{v}")
}

fn cells(interval: Option<(f64, f64)>) -> [String; 2] {
    interval.map_or_else(|| [String::new(), String::new()], |(a, b)| [cell(a), cell(b)])
}
