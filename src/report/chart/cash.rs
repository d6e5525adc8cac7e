//! Cash over time, with its trough.

use super::time::{MIDDLE_50, MIDDLE_90, events};
use super::{
    BandMark, Body, ChartSpec, Colour, Csv, Format, LineMark, LinePanel, PointMark, Reading, Source, XAxis, cell,
    sentence,
};
use crate::model::Kpi;
use crate::report::format;
use crate::sim::Series;
use crate::study::Band;

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
        if let Some((t, lowest)) = bands.iter().enumerate().min_by(|a, b| a.1.mean.total_cmp(&b.1.mean))
            && lowest.mean < 0.0
        {
            panel.points.push(PointMark {
                x: t as f64,
                y: lowest.mean,
                colour: Colour::Ink,
                label: format!("{} on {}", format::money(lowest.mean, currency), format::date(start.plus(t as i32))),
            });
        }
        panels.push(panel);
    }
    let bound = |value: fn(&Band) -> f64, better: fn(f64, f64) -> f64| {
        let all = s.product.models.iter().flat_map(|m| m.bands.series(Series::Cash)).map(value);
        all.fold(0.0, better)
    };
    let (low, high) = (bound(|b| b.p5, f64::min), bound(|b| b.p95, f64::max));
    for p in &mut panels {
        (p.y_min, p.y_max) = (Some(low), Some(if high > low { high } else { low + 1.0 }));
    }
    let title = title(s);
    ChartSpec {
        name: "cash-over-time".into(),
        alt: format!("Fans over the days of the window, one panel a supply model. {title}."),
        title,
        subtitle: format!(
            "Balance of the account, {} when the window begins and the opening stock is already paid: mean, half and 90 % of replications; the dot is the lowest point of the mean; {}{}",
            format::money(s.scenario.finance.opening_cash.unwrap_or(0.0), currency),
            s.of(),
            s.window()
        ),
        footer: s.footer("bands: 25 to 75 % and 5 to 95 % of replications"),
        legend: Vec::new(),
        body: Body::Lines { columns: panels.len().min(3), panels },
        data,
    }
}

fn title(s: &Source<'_>) -> String {
    let models: Vec<_> = s.product.models.iter().collect();
    let money =
        |i: usize| format::money(-models[i].estimate(Kpi::CashTrough).map_or(0.0, |e| e.value), &s.scenario.currency);
    let (a, need) = (&models[0].name, "at its lowest, on average");
    match s.best(&models, Kpi::CashTrough) {
        None => format!("{a}: cash falls by {} {need}", money(0)),
        Some((i, _, true)) => {
            sentence(&format!("{a} takes {} of cash {need}, {} {}", money(0), models[i].name, money(i)))
        }
        Some((i, ..)) => {
            format!(
                "{} and {a} show no difference in the cash they take ({} and {})",
                models[i].name,
                money(i),
                money(0)
            )
        }
    }
}
