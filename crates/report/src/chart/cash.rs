//! Cash over time, with its trough.

use super::time::{MIDDLE_50, MIDDLE_90, events};
use super::words::Measure;
use super::{
    BandMark, Body, ChartSpec, Colour, Csv, Format, LevelMark, LineMark, LinePanel, PointMark, Reading, Source, XAxis,
    cell,
};
use crate::format;
use restock_kernel::model::{Kpi, Unit};
use restock_kernel::sim::Series;
use restock_kernel::study::Band;

/// Balance of the account from the start of the window: mean, fan, and the lowest point of the mean.
pub(super) fn over_time(s: &Source<'_>) -> ChartSpec {
    let currency = &s.scenario.currency;
    let start = s.scenario.horizon.start;
    let mut data = Csv::new(&["model", "date", "mean", "p5", "p25", "p50", "p75", "p95"]);
    let mut panels = Vec::new();
    for (i, m) in s.product.models.iter().enumerate() {
        let bands = m.bands.series(Series::Cash);
        for (t, b) in bands.iter().enumerate() {
            let date = start.plus(t as i32).to_string();
            let values = [b.mean, b.p5, b.p25, b.p50, b.p75, b.p95].map(cell);
            data.push([m.name.clone(), date].into_iter().chain(values).collect());
        }
        let area = |low: fn(&Band) -> f64, high: fn(&Band) -> f64, opacity, name| BandMark {
            points: bands.iter().enumerate().map(|(t, b)| (t as f64, low(b), high(b))).collect(),
            colour: Colour::Model(i),
            opacity,
            label: String::new(),
            reads: Reading::Ends(name),
        };
        let mut panel = LinePanel::new(&m.name, Colour::Model(i), XAxis::Dates(start), Format::Money(currency.clone()));
        panel.bands = vec![area(|b| b.p5, |b| b.p95, 0.18, MIDDLE_90), area(|b| b.p25, |b| b.p75, 0.32, MIDDLE_50)];
        panel.lines.push(LineMark {
            points: bands.iter().enumerate().map(|(t, b)| (t as f64, b.mean)).collect(),
            colour: Colour::Model(i),
            dashed: false,
            label: String::new(),
        });
        panel.events = events(s, &(0..bands.len()));
        panel.levels.extend(m.estimate(Kpi::CashTrough).map(|e| LevelMark {
            y: e.value,
            colour: Colour::Ink,
            label: format!("lowest, on average: {}", s.figure(&e, Unit::Money)),
        }));
        if let Some((t, last)) = bands.iter().enumerate().next_back() {
            let label = format!("{} at the end", format::money(last.mean, currency));
            panel.points.push(PointMark { x: t as f64, y: last.mean, colour: Colour::Model(i), label });
        }
        panels.push(panel);
    }
    LinePanel::share_axis(&mut panels);
    let need = Measure::higher(Kpi::CashTrough, "cash needed at the lowest point");
    let need = Measure { superlative: "least", verbs: ["cuts", "cut"], negated: true, ..need }.one();
    let title = s.finding(&need);
    ChartSpec {
        name: "cash-over-time".into(),
        alt: format!("Fans over the days of the window, one panel a supply model. {title}."),
        title,
        subtitle: format!(
            "Balance of the account, {} when the window begins and the opening stock is already paid: mean, half and 90 % of replications; dashed: the lowest day of a replication, on average; dot: the mean at the end; {}{}",
            format::money(s.scenario.finance.opening_cash.unwrap_or(0.0), currency),
            s.of(),
            s.window()
        ),
        footer: s.footer(&format!("bands: 25 to 75 % and 5 to 95 % of {}", s.ranked())),
        legend: Vec::new(),
        body: Body::Lines { columns: panels.len().min(3), panels },
        data,
    }
}
