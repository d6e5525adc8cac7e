//! Answers to questions: from what was found to words, tables and charts. One file a question; each makes an [`Answer`](super::Answer).

mod compare;
mod frontier;
mod mix;
mod outages;
mod solve;
mod stress;
mod sweep;
mod tornado;
mod why;

pub use compare::{Measured, Side, SideModel, compare};
pub use frontier::frontier;
pub use mix::mix;
pub use solve::{SolvedModel, solved};
pub use stress::stress;
pub use sweep::{Swept, sweep};
pub use tornado::{Comparison, map, tornado};
pub use why::why;

use super::chart::{ChartSpec, Format, XAxis};
use super::format;
use restock_kernel::model::{Kpi, Scenario};
use serde_json::{Value, json};

/// What several questions look at where nobody says, the KPI that decides first.
pub const USUAL_KPIS: [Kpi; 6] = [
    Kpi::ResidualIncome,
    Kpi::Contribution,
    Kpi::BackorderRate,
    Kpi::FillRate,
    Kpi::CancellationRate,
    Kpi::InvestedCapital,
];

/// The measured window in words: `1 July 2026 to 30 June 2027`.
fn window(scenario: &Scenario) -> String {
    let h = &scenario.horizon;
    format!("{} to {}", format::date(h.start), format::date(h.start.plus(h.days as i32 - 1)))
}

/// Mean invested capital from left to right.
fn capital_axis(scenario: &Scenario) -> XAxis {
    let currency = &scenario.currency;
    XAxis::Values {
        format: Format::Money(currency.clone()),
        title: format!("invested capital, {currency}, mean of days"),
    }
}

/// An estimate for machines: its value and the ends of its 95 % interval.
fn estimate(e: &restock_base::stats::interval::Estimate) -> Value {
    let (low, high) = e.interval().unzip();
    json!({ "value": e.value, "ci_low": low, "ci_high": high })
}

/// Names of the models, as they are and as titles write them: their digits are no figures.
fn names(scenario: &Scenario) -> Vec<String> {
    let own = || {
        let models = scenario.models.iter().map(|m| m.name.clone());
        let products = scenario.products.iter().map(|p| p.sku.clone());
        let nodes = scenario.disruptions.iter().flat_map(|d| [d.name.clone(), d.on.name(scenario).to_owned()]);
        models.chain(products).chain(nodes)
    };
    own().chain(own().map(|n| super::chart::name(&n))).collect()
}

/// Charts whose titles have figures that are no marks of theirs are bugs, found in debug builds.
fn marked(charts: Vec<ChartSpec>, scenario: &Scenario) -> Vec<ChartSpec> {
    if cfg!(debug_assertions) {
        let names = names(scenario);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for spec in &charts {
            let unmarked = spec.unmarked(&names);
            assert!(unmarked.is_empty(), "{}: `{}` says {unmarked:?}, which no mark says", spec.name, spec.title);
        }
    }
    charts
}
