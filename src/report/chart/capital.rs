//! Charts of capital: its parts, and safety stock.

use super::{BarRow, Bars, Body, ChartSpec, Colour, Csv, Format, Source, cell, cells, sentence};
use crate::model::{Kpi, Unit};
use crate::report::format;

/// Parts of invested capital, in the order in which money flows.
pub const PARTS: [(Kpi, &str); 4] = [
    (Kpi::DepositCapital, "deposits"),
    (Kpi::PipelineCapital, "pipeline"),
    (Kpi::CycleStockCapital, "cycle stock"),
    (Kpi::SafetyStockOnHandCapital, "safety stock on hand"),
];

/// Capital tied up, by part and model.
pub(super) fn parts(s: &Source<'_>) -> ChartSpec {
    let currency = &s.scenario.currency;
    let mut data = Csv::new(&[
        "model",
        "deposits",
        "pipeline",
        "cycle_stock",
        "safety_stock_on_hand",
        "invested_capital",
        "ci_low",
        "ci_high",
    ]);
    let mut rows = Vec::new();
    for m in &s.product.models {
        let Some(total) = m.estimate(Kpi::InvestedCapital) else { continue };
        let values = PARTS.map(|(kpi, _)| m.estimate(kpi).map_or(0.0, |e| e.value));
        let [low, high] = cells(total.interval());
        data.push(
            [m.name.clone()]
                .into_iter()
                .chain(values.iter().map(|v| cell(*v)))
                .chain([cell(total.value), low, high])
                .collect(),
        );
        let peak =
            m.estimate(Kpi::InvestedCapitalPeak).map(|e| format!("peak day {}", format::money(e.value, currency)));
        rows.push(BarRow {
            label: m.name.clone(),
            note: peak.unwrap_or_default(),
            segments: values
                .iter()
                .enumerate()
                .map(|(i, v)| (*v, Colour::Part(i), format::money(*v, currency)))
                .collect(),
            whisker: total.interval().filter(|_| total.standard_error != Some(0.0)),
            value: s.written(&total, Unit::Money),
        });
    }
    let none = rows.iter().all(|r| r.segments.iter().all(|p| p.0 == 0.0));
    let title = if none {
        "No capital is tied up in any supply model".into()
    } else {
        sentence(&s.finding(Kpi::InvestedCapital, "capital tied up", "No capital"))
    };
    ChartSpec {
        name: "capital-parts".into(),
        alt: format!("Stacked bar chart. {title}."),
        title,
        subtitle: format!(
            "Mean capital invested a day, at landed cost, by part; the same policies as in the scenario, {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("whiskers and brackets: 95 % confidence interval of the total"),
        legend: PARTS.iter().enumerate().map(|(i, (_, name))| (sentence(name), Colour::Part(i))).collect(),
        body: if none {
            Body::Words("Nothing to draw: nothing is bought, or goods cost nothing.".into())
        } else {
            Body::Bars(Bars {
                rows,
                format: Format::Money(currency.clone()),
                axis: format!("{currency}, mean of days"),
            })
        },
        data,
    }
}

/// Safety-stock capital, both readings: as planned, and as really there just before a receipt.
pub(super) fn safety_stock(s: &Source<'_>) -> ChartSpec {
    let currency = &s.scenario.currency;
    let mut data = Csv::new(&["model", "reading", "capital", "ci_low", "ci_high"]);
    let mut rows = Vec::new();
    for (i, m) in s.product.models.iter().enumerate() {
        for (kpi, reading, colour) in [
            (Kpi::SafetyStockCapital, "planned", Colour::Model(i)),
            (Kpi::RealisedBufferCapital, "just before a receipt", Colour::ModelTint(i)),
        ] {
            let Some(e) = m.estimate(kpi) else { continue };
            let [low, high] = cells(e.interval());
            data.push(vec![m.name.clone(), reading.into(), cell(e.value), low, high]);
            rows.push(BarRow {
                label: m.name.clone(),
                note: sentence(reading),
                segments: vec![(e.value, colour, String::new())],
                whisker: e.interval().filter(|_| e.standard_error != Some(0.0)).map(|(a, b)| (a.max(0.0), b)),
                value: s.written(&e, Unit::Money),
            });
        }
    }
    let none = rows.iter().all(|r| r.segments[0].0 == 0.0);
    let title = if none {
        "No safety stock is planned in any supply model".into()
    } else {
        sentence(&s.finding(Kpi::SafetyStockCapital, "safety-stock capital as planned", "No safety stock"))
    };
    ChartSpec {
        name: "safety-stock-capital".into(),
        alt: format!("Bar chart. {title}."),
        title,
        subtitle: format!(
            "At the scenario's own policies, which reach different service (see the fill rates): the planner's safety stock at landed cost, and what was left on the shelf when goods arrived, {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("whiskers and brackets: 95 % confidence interval of the mean"),
        legend: Vec::new(),
        body: if none {
            Body::Words(
                "Nothing to draw: the policies plan no safety stock, and shelves were empty at every receipt.".into(),
            )
        } else {
            Body::Bars(Bars { rows, format: Format::Money(currency.clone()), axis: currency.clone() })
        },
        data,
    }
}
