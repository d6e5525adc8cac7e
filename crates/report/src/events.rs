//! The windows of dated events as a table: what files, the terminal and the page show.

use super::chart::Csv;
use super::{format, products};
use restock_kernel::model::Scenario;
use restock_kernel::sim::EventWindow;
use restock_kernel::study::{Measure, Outcome, ProductOutcome};

/// The tidy table behind `events.csv`.
#[must_use]
pub fn event_table(scenario: &Scenario, outcome: &Outcome) -> Csv {
    let mut table = Csv::new(&[
        "product",
        "model",
        "event",
        "kind",
        "first",
        "last",
        "window_first",
        "window_last",
        "measure",
        "unit",
        "estimate",
        "ci_low",
        "ci_high",
    ]);
    for (_, product) in products(outcome) {
        for (i, window) in product.windows.iter().enumerate() {
            let [first, last] = span(scenario, window).map(|d| d.to_string());
            for m in &product.models {
                for measure in Measure::ALL {
                    let Some(e) = m.windows[i].estimate(measure) else { continue };
                    let (least, most) = measure.range();
                    let end = |v: Option<f64>| v.map(|v| v.clamp(least, most).to_string()).unwrap_or_default();
                    table.push(vec![
                        product.sku.clone(),
                        m.name.clone(),
                        window.name.clone(),
                        window.kind.name().into(),
                        window.first.to_string(),
                        window.last.to_string(),
                        first.clone(),
                        last.clone(),
                        measure.name().into(),
                        measure.unit().name(&scenario.currency),
                        e.value.to_string(),
                        end(e.interval().map(|i| i.0)),
                        end(e.interval().map(|i| i.1)),
                    ]);
                }
            }
        }
    }
    table
}

/// First and last measured day of a window.
pub(super) fn span(scenario: &Scenario, window: &EventWindow) -> [restock_base::calendar::Day; 2] {
    let start = scenario.horizon.start;
    [start.plus(window.days.start as i32), start.plus(window.days.end as i32 - 1)]
}

/// What is shown of a window to people, and for each model in words.
pub(super) struct EventRow {
    pub label: String,
    /// Name in files, for the report's tables.
    #[cfg_attr(not(feature = "documents"), expect(dead_code, reason = "only the report asks for it"))]
    pub measure: Measure,
    /// By model.
    pub cells: Vec<String>,
}

/// The windows of a product: title, and the given measures of each model.
pub(super) fn event_rows(
    scenario: &Scenario,
    product: &ProductOutcome,
    measures: &[Measure],
) -> Vec<(String, Vec<EventRow>)> {
    let rows = |i: usize| {
        let row = |measure: &Measure| EventRow {
            label: measure.label().into(),
            measure: *measure,
            cells: product.models.iter().map(|m| said(scenario, m.windows[i].estimate(*measure), *measure)).collect(),
        };
        let of_kind = |m: &&Measure| !m.is_of_disruptions() || product.windows[i].disruption().is_some();
        measures.iter().filter(of_kind).map(row).collect()
    };
    let title = |w: &EventWindow| {
        let [first, last] = span(scenario, w).map(format::date);
        let begun = format::date(w.first);
        let when = if w.first == w.last { begun } else { format!("{begun} to {}", format::date(w.last)) };
        format!("{} ({when}), felt {first} to {last}", w.name)
    };
    product.windows.iter().enumerate().map(|(i, w)| (title(w), rows(i))).collect()
}

fn said(scenario: &Scenario, estimate: Option<restock_base::stats::interval::Estimate>, measure: Measure) -> String {
    let Some(e) = estimate else { return "-".into() };
    format::Digits::of(&e, measure.unit(), &scenario.currency).plus_minus()
}
