//! Locations, where some supply others: what files, the terminal, the page and the workbook say of each.

use super::chart::{Csv, cells};
use super::sheet::{Column, packed};
use super::text::wrapped;
use super::{format, products};
use format::Digits;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::Scenario;
use restock_kernel::study::{Outcome, PlaceMeasure, ProductOutcome};

/// A figure of a location of a supply model.
pub(crate) struct Figure<'a> {
    /// Number of the supply model.
    pub model: usize,
    pub location: &'a str,
    pub measure: PlaceMeasure,
    pub estimate: Estimate,
}

/// All figures of a product: of supply models in which locations supply others, location by location.
pub(crate) fn figures<'a>(scenario: &'a Scenario, product: &ProductOutcome) -> Vec<Figure<'a>> {
    let mut out = Vec::new();
    for (model, (m, outcome)) in scenario.models.iter().zip(&product.models).enumerate() {
        for (i, l) in m.locations.iter().enumerate().take(outcome.places.len()) {
            out.extend(PlaceMeasure::ALL.into_iter().filter_map(|measure| {
                let estimate = outcome.places.figure(i, measure)?.estimate();
                Some(Figure { model, location: &l.name, measure, estimate })
            }));
        }
    }
    out
}

/// The tidy table behind `locations.csv`; absent where no location supplies another one. Products are told one by one.
#[must_use]
pub fn place_table(scenario: &Scenario, outcome: &Outcome) -> Option<Csv> {
    let mut table = Csv::new(&["product", "model", "location", "measure", "unit", "estimate", "ci_low", "ci_high"]);
    let mut any = false;
    for (_, product) in products(outcome) {
        for f in figures(scenario, product) {
            any = true;
            let [low, high] = cells(f.estimate.interval());
            table.push(vec![
                product.sku.clone(),
                scenario.models[f.model].name.clone(),
                f.location.to_owned(),
                f.measure.name().to_owned(),
                f.measure.unit().name(&scenario.currency),
                f.estimate.value.to_string(),
                low,
                high,
            ]);
        }
    }
    any.then_some(table)
}

/// What people read of the locations of one supply model.
pub(crate) struct Told {
    /// Number of the supply model.
    pub model: usize,
    pub locations: Vec<String>,
    /// By measure, a cell a location.
    pub measures: Vec<(PlaceMeasure, Vec<String>)>,
}

/// The supply models of a product in which locations supply others. A measure that no location has is left out.
pub(crate) fn told(scenario: &Scenario, product: &ProductOutcome) -> Vec<Told> {
    let of = |(model, outcome): (usize, &restock_kernel::study::ModelOutcome)| {
        let cell = |i: usize, measure: PlaceMeasure| {
            let estimate = outcome.places.figure(i, measure)?.estimate();
            Some(Digits::of(&estimate, measure.unit(), &scenario.currency).plus_minus())
        };
        let column = |measure: PlaceMeasure| {
            let cells: Vec<Option<String>> = (0..outcome.places.len()).map(|i| cell(i, measure)).collect();
            let there = cells.iter().any(Option::is_some);
            there.then(|| (measure, cells.into_iter().map(|c| c.unwrap_or_else(|| "-".into())).collect()))
        };
        Told {
            model,
            locations: scenario.models[model].locations.iter().map(|l| l.name.clone()).collect(),
            measures: PlaceMeasure::ALL.into_iter().filter_map(column).collect(),
        }
    };
    product.models.iter().enumerate().filter(|(_, outcome)| !outcome.places.is_empty()).map(of).collect()
}

/// The tables of a terminal.
pub(crate) fn sheets(scenario: &Scenario, product: &ProductOutcome, width: u16) -> Option<String> {
    let table = |t: Told| {
        let names: Vec<&str> = t.locations.iter().map(String::as_str).collect();
        let columns: Vec<Column> =
            t.measures.into_iter().map(|(measure, cells)| Column { head: measure.label().into(), cells }).collect();
        let title = wrapped(&format!("Locations of {}:", scenario.models[t.model].name), width);
        format!("{title}\n{}", packed("", &names, &columns, width))
    };
    let all: Vec<String> = told(scenario, product).into_iter().map(table).collect();
    (!all.is_empty()).then(|| all.join("\n\n"))
}
