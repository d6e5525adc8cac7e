//! The deck charts of a run: results to specifications, pure data.
//!
//! `spec` says what a chart is, `theme` its sizes and colours, `draw` makes SVG and PNG of it. Titles state the finding and are
//! computed from the results (`words`): a tie is told as one, and every figure of a title is a label of its chart.

mod capital;
mod cash;
mod changeover;
#[cfg(feature = "charts")]
pub mod draw;
mod equal;
mod markets;
mod moves;
mod profit;
mod service;
mod spec;
#[cfg(feature = "charts")]
mod theme;
mod time;
mod words;

pub use spec::{
    BandMark, BarRow, Bars, Body, ChartSpec, Colour, Csv, EventMark, ForestPanel, ForestRow, Format, HeatAxis,
    HeatCell, HeatKey, HeatPanel, LevelMark, LineMark, LinePanel, PointMark, Reading, SpanMark, Step, TornadoPanel,
    TornadoRow, WaterfallPanel, XAxis, figures,
};

use super::format::{self, Digits};
use super::origin;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Scenario, Unit};
use restock_kernel::study::{Outcome, ProductOutcome};
pub(crate) use words::name;
use words::{Field, Measure};

/// What every chart of a product is made from.
pub(super) struct Source<'a> {
    pub scenario: &'a Scenario,
    pub outcome: &'a Outcome,
    pub product: &'a ProductOutcome,
    /// Index in the scenario; absent for all products together.
    pub index: Option<usize>,
}

/// All charts of one product (or, with `index` absent, of all products together); those with nothing to draw say why.
///
/// # Panics
///
/// In debug builds, if a title has a figure that its chart does not: a bug.
#[must_use]
pub fn charts(
    scenario: &Scenario,
    outcome: &Outcome,
    product: &ProductOutcome,
    index: Option<usize>,
) -> Vec<ChartSpec> {
    let s = Source { scenario, outcome, product, index };
    let mut out = vec![service::backorder_rate(&s)];
    if s.daily() {
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
    if s.daily() {
        out.push(capital::over_time(&s));
        out.push(cash::over_time(&s));
    }
    out.extend(changeover::changeovers(&s));
    out.push(profit::landed_cost(&s));
    out.extend(profit::bridge(&s));
    out.push(profit::distribution(&s));
    out.extend(markets::per_order(&s));
    out.extend(markets::lost_to_shortages(&s));
    out.extend(moves::charts(&s));
    if index.is_some() {
        out.push(time::recovery(&s));
        out.push(service::lead_time(&s));
    }
    out.push(service::differences(&s));
    if cfg!(debug_assertions) {
        let names = s.all_names();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for spec in &out {
            let unmarked = spec.unmarked(&names);
            assert!(unmarked.is_empty(), "{}: `{}` says {unmarked:?}, which no mark says", spec.name, spec.title);
        }
    }
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

    /// Whether days were kept: not of all products together, and not where nobody asked for them.
    fn daily(&self) -> bool {
        self.product.models.iter().all(|m| m.bands.ranked() > 0)
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

    /// The replications of which the percentiles of days are, which need not be all.
    fn ranked(&self) -> String {
        let ranked = self.product.models.first().map_or(0, |m| m.bands.ranked());
        if ranked == self.outcome.replications {
            return "replications".into();
        }
        format!("the first {} replications", format::count(f64::from(ranked)))
    }

    /// The estimate with its interval, as every label writes it.
    fn written(&self, e: &Estimate, unit: Unit) -> String {
        Digits::of(e, unit, &self.scenario.currency).range()
    }

    /// The estimate alone, to the same digits: as titles write it.
    fn figure(&self, e: &Estimate, unit: Unit) -> String {
        Digits::of(e, unit, &self.scenario.currency).value()
    }

    /// The models compared in one KPI, in a sentence.
    fn finding(&self, m: &Measure) -> String {
        words::finding(self, &Field::own(self, m.kpi), m)
    }

    /// Names whose digits are no figures: as they are, and as titles write them.
    fn all_names(&self) -> Vec<String> {
        let skus = self.outcome.products.iter().map(|p| p.sku.as_str());
        let markets = self.scenario.markets.iter().map(|m| m.name.as_str());
        let all: Vec<&str> = self.names().into_iter().chain(skus).chain(markets).collect();
        let classes = crate::markets::classes(self.scenario);
        let classes = classes.iter().map(crate::markets::Class::short);
        all.iter().map(|n| words::name(n)).chain(all.iter().map(|n| (*n).to_owned())).chain(classes).collect()
    }
}

/// First letter in upper case.
pub(crate) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().collect::<String>() + chars.as_str())
}

/// A number for a data file.
pub(crate) fn cell(v: f64) -> String {
    format!("{v}")
}

/// The ends of an interval for a data file; empty where there is none.
pub(crate) fn cells(interval: Option<(f64, f64)>) -> [String; 2] {
    interval.map_or_else(|| [String::new(), String::new()], |(a, b)| [cell(a), cell(b)])
}
