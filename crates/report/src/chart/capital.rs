//! Charts of capital: its parts, and safety stock.

use super::time::events;
use super::words::{self, Measure};
use super::{
    BandMark, BarRow, Body, ChartSpec, Colour, Csv, Format, LinePanel, PointMark, Reading, Source, XAxis, cell, cells,
    sentence,
};
use crate::format::{self, Digits};
use restock_kernel::model::{Kpi, Unit};
use restock_kernel::sim::Series;

/// Parts of invested capital in the order in which money flows: the KPI, its daily series, its name, and the tint it has.
const PARTS: [(Kpi, Series, &str, usize); 7] = [
    (Kpi::DepositCapital, Series::DepositCapital, "deposits", 0),
    (Kpi::InProductionCapital, Series::InProductionCapital, "in production", 4),
    (Kpi::FinishedCapital, Series::FinishedCapital, "finished at the factory", 1),
    (Kpi::InTransitCapital, Series::InTransitCapital, "in transit", 5),
    (Kpi::PrepaidCapital, Series::PrepaidCapital, "freight and duty prepaid", 7),
    (Kpi::CycleStockCapital, Series::CycleStockCapital, "cycle stock", 2),
    (Kpi::SafetyStockOnHandCapital, Series::SafetyStockOnHandCapital, "safety stock on hand", 3),
];

/// Parts that hold money in some model.
fn used(s: &Source<'_>) -> Vec<(Kpi, Series, &'static str, usize)> {
    let holds = |kpi: Kpi| s.product.models.iter().any(|m| m.estimate(kpi).is_some_and(|e| e.value != 0.0));
    PARTS.into_iter().filter(|p| holds(p.0)).collect()
}

fn legend(s: &Source<'_>) -> Vec<(String, Colour)> {
    used(s).into_iter().map(|(.., name, tint)| (sentence(name), Colour::Part(tint))).collect()
}

/// Capital tied up on every day, by part: one panel a model, one scale.
pub(super) fn over_time(s: &Source<'_>) -> ChartSpec {
    let currency = &s.scenario.currency;
    let start = s.scenario.horizon.start;
    let parts = used(s);
    let mut data = Csv::new(&["model", "date", "part", "mean"]);
    let mut panels = Vec::new();
    let mut peaks: Vec<(usize, usize, f64)> = Vec::new();
    let said =
        |t: usize, peak: f64| format!("{} on {}", format::money(peak, currency), format::date(start.plus(t as i32)));
    for (i, m) in s.product.models.iter().enumerate() {
        let days = m.bands.series(Series::InvestedCapital).len();
        let mut floor = vec![0.0; days];
        let mut panel = LinePanel::new(&m.name, Colour::Model(i), XAxis::Dates(start), Format::Money(currency.clone()));
        panel.events = events(s, &(0..days));
        for (_, series, name, tint) in &parts {
            let points: Vec<(f64, f64, f64)> = m
                .bands
                .series(*series)
                .iter()
                .zip(&mut floor)
                .enumerate()
                .map(|(t, (band, floor))| {
                    let low = *floor;
                    *floor += band.mean;
                    data.push(vec![m.name.clone(), start.plus(t as i32).to_string(), (*name).into(), cell(band.mean)]);
                    (t as f64, low, *floor)
                })
                .collect();
            panel.bands.push(BandMark {
                points,
                colour: Colour::Part(*tint),
                opacity: 1.0,
                label: String::new(),
                reads: Reading::Height,
            });
        }
        if let Some((t, peak)) = floor.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)) {
            peaks.push((i, t, peak));
            panel.points.push(PointMark { x: t as f64, y: peak, colour: Colour::Ink, label: said(t, peak) });
        }
        panels.push(panel);
    }
    LinePanel::share_axis(&mut panels);
    let title = peak_title(s, &peaks, &said);
    let highest = peaks.iter().map(|p| p.2).fold(0.0, f64::max);
    ChartSpec {
        name: "capital-over-time".into(),
        alt: format!("Stacked areas over the days of the window, one panel a supply model. {title}."),
        title,
        subtitle: format!(
            "Capital invested at the end of each day, at landed cost, by part, mean of replications; {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("means; the percentiles of every part and day are in daily.parquet"),
        legend: legend(s),
        body: if highest > 0.0 {
            Body::Lines { columns: panels.len().min(3), panels }
        } else {
            Body::Words("nothing is bought, or goods cost nothing".into())
        },
        data,
    }
}

/// Peaks of the mean as (model, day, capital): the first model's, and the lowest of the others.
fn peak_title(s: &Source<'_>, peaks: &[(usize, usize, f64)], said: &dyn Fn(usize, f64) -> String) -> String {
    let Some((first, others)) = peaks.split_first() else { return "No capital is tied up on any day".into() };
    if peaks.iter().all(|p| p.2 <= 0.0) {
        return "No capital is tied up on any day".into();
    }
    let with = |(i, t, peak): &(usize, usize, f64)| {
        format!("{} with {}", said(*t, *peak), words::name(&s.product.models[*i].name))
    };
    match others.iter().min_by(|a, b| a.2.total_cmp(&b.2)) {
        Some(least) => format!("Mean capital peaks at {}; at {}", with(first), with(least)),
        None => format!("Mean capital peaks at {}", with(first)),
    }
}

/// Capital tied up, by part and model.
pub(super) fn parts(s: &Source<'_>) -> ChartSpec {
    let currency = &s.scenario.currency;
    let mut data = Csv::new(&[
        "model",
        "deposits",
        "in_production",
        "finished",
        "in_transit",
        "prepaid",
        "cycle_stock",
        "safety_stock_on_hand",
        "invested_capital",
        "ci_low",
        "ci_high",
    ]);
    let mut rows = Vec::new();
    for m in &s.product.models {
        let Some(total) = m.estimate(Kpi::InvestedCapital) else { continue };
        // Parts to the digits of their total.
        let digits = Digits::of(&total, Unit::Money, currency);
        let values = PARTS.map(|(kpi, ..)| m.estimate(kpi).map_or(0.0, |e| e.value));
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
                .zip(PARTS)
                .filter(|(v, _)| **v > 0.0)
                .map(|(v, part)| (*v, Colour::Part(part.3), digits.write(*v)))
                .collect(),
            whisker: total.interval().filter(|_| total.standard_error != Some(0.0)),
            value: s.written(&total, Unit::Money),
        });
    }
    let none = rows.iter().all(|r| r.segments.iter().all(|p| p.0 == 0.0));
    let title = s.finding(&Measure::lower(Kpi::InvestedCapital, "capital tied up", "least").one());
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
        legend: legend(s),
        body: if none {
            Body::Words("nothing is bought, or goods cost nothing".into())
        } else {
            Body::bars(rows, Format::Money(currency.clone()), format!("{currency}, mean of days"))
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
        let served = m.estimate(Kpi::FillRate).map(|e| s.figure(&e, Unit::Share));
        for (kpi, reading, colour) in [
            (Kpi::SafetyStockCapital, "planned", Colour::Model(i)),
            (Kpi::RealisedBufferCapital, "just before a receipt", Colour::ModelTint(i)),
        ] {
            let Some(e) = m.estimate(kpi) else { continue };
            let [low, high] = cells(e.interval());
            data.push(vec![m.name.clone(), reading.into(), cell(e.value), low, high]);
            rows.push(BarRow {
                label: m.name.clone(),
                note: match &served {
                    Some(fill) if reading == "planned" => format!("{}; fill rate {fill}", sentence(reading)),
                    _ => sentence(reading),
                },
                segments: vec![(e.value, colour, String::new())],
                whisker: e.interval().filter(|_| e.standard_error != Some(0.0)).map(|(a, b)| (a.max(0.0), b)),
                value: s.written(&e, Unit::Money),
            });
        }
    }
    let none = rows.iter().all(|r| r.segments[0].0 == 0.0);
    let title = s.finding(&Measure::lower(Kpi::SafetyStockCapital, "planned safety stock", "least"));
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
            Body::Words("the policies plan no safety stock, and shelves were empty at every receipt".into())
        } else {
            Body::bars(rows, Format::Money(currency.clone()), currency.as_str())
        },
        data,
    }
}
