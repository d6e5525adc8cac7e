//! Charts over time: backlog, stock through the spike, survival of waiting orders, recovery.

use super::{
    BandMark, Body, ChartSpec, Colour, Csv, EventMark, Format, LineMark, LinePanel, Reading, Source, XAxis, cell,
    sentence,
};
use crate::model::{Baseline, Kpi};
use crate::report::format;
use crate::sim::Series;
use crate::study::Band;

/// Backlog over time as fans, a panel a model on one scale.
pub(super) fn backlog(s: &Source<'_>) -> ChartSpec {
    let mut data = Csv::new(&["model", "date", "mean", "p5", "p25", "p50", "p75", "p95"]);
    let panels: Vec<LinePanel> = s
        .product
        .models
        .iter()
        .enumerate()
        .map(|(i, m)| {
            let bands = m.bands.series(Series::Backlog);
            rows_of(&mut data, s, &m.name, bands);
            let mut panel = fan(s, &m.name, i, bands, 0..bands.len(), "");
            panel.lines[0].points.clone_from(&curve(bands, 0..bands.len(), |b| b.p50));
            panel
        })
        .collect();
    let peak = |i: usize| s.product.models[i].estimate(Kpi::PeakBacklog).map_or(0.0, |e| e.value);
    let title = if (0..panels.len()).all(|i| peak(i) == 0.0) {
        "No customer waits in any supply model".into()
    } else {
        sentence(&s.finding(Kpi::PeakBacklog, "the mean peak backlog", "No backlog"))
    };
    let title = if title.contains("the mean peak backlog") { title + " units" } else { title };
    let columns = if panels.len() <= 3 { panels.len() } else { 3 };
    ChartSpec {
        name: "backlog".into(),
        alt: format!("Fans of units waiting over time, a panel for each supply model. {title}."),
        title,
        subtitle: format!("Units waiting at the end of each day, {}{}", s.of(), s.window()),
        footer: s.footer("line: median · dark band: middle 50 % of replications · light band: middle 90 %"),
        legend: Vec::new(),
        body: Body::Lines { panels, columns },
        data,
    }
}

/// On hand, receipts and demand around the event, or over the whole window if there is none.
pub(super) fn stock(s: &Source<'_>) -> ChartSpec {
    let days = s.scenario.horizon.days as usize;
    let range = zoom(s, days);
    let mut data = Csv::new(&["model", "series", "date", "mean", "p5", "p50", "p95"]);
    let mut panels = Vec::new();
    for (i, m) in s.product.models.iter().enumerate() {
        let bands = m.bands.series(Series::OnHand);
        panels.push(fan(s, &m.name, i, bands, range.clone(), "on hand"));
        push_days(&mut data, s, &m.name, "on_hand", bands, &range);
    }
    for (i, m) in s.product.models.iter().enumerate() {
        let (receipts, demand) = (m.bands.series(Series::Receipts), m.bands.series(Series::Demand));
        push_days(&mut data, s, &m.name, "receipts", receipts, &range);
        push_days(&mut data, s, &m.name, "demand", demand, &range);
        let week = |bands: &[Band]| -> Vec<(f64, f64)> {
            // A week's mean a day: receipts come in lumps.
            range
                .clone()
                .map(|t| {
                    let (a, b) = (t.saturating_sub(3), (t + 4).min(bands.len()));
                    (t as f64, bands[a..b].iter().map(|x| x.mean).sum::<f64>() / (b - a) as f64)
                })
                .collect()
        };
        // Real sales jump from day to day; a drawn mean does not, and its peak must not be smoothed away.
        let real = s.index.is_some_and(|p| matches!(s.scenario.products[p].demand.baseline, Baseline::History(_)));
        let demanded = if real { week(demand) } else { curve(demand, range.clone(), |b| b.mean) };
        panels.push(LinePanel {
            title: "Demand and receipts a day".into(),
            colour: Colour::Grey,
            x: XAxis::Dates(s.scenario.horizon.start),
            format: Format::Units,
            y_min: None,
            y_max: None,
            bands: Vec::new(),
            lines: vec![
                LineMark { points: demanded, colour: Colour::Ink, dashed: false, label: "demand".into() },
                LineMark { points: week(receipts), colour: Colour::Model(i), dashed: true, label: "receipts".into() },
            ],
            events: events(s, &range),
            points: Vec::new(),
        });
    }
    let lowest = |bands: &[Band]| bands[range.clone()].iter().map(|b| b.p50).fold(f64::INFINITY, f64::min);
    let lows: Vec<(String, f64)> =
        s.product.models.iter().map(|m| (m.name.clone(), lowest(m.bands.series(Series::OnHand)))).collect();
    let empty: Vec<&str> = lows.iter().filter(|l| l.1 <= 0.0).map(|l| l.0.as_str()).collect();
    let title = match empty.as_slice() {
        [] => "In the median, stock holds in every supply model".into(),
        all if all.len() == lows.len() => "In the median, every supply model runs out of stock".into(),
        some => format!(
            "In the median, {} out of stock; {} not",
            runs(some),
            does(&lows.iter().filter(|l| l.1 > 0.0).map(|l| l.0.as_str()).collect::<Vec<_>>())
        ),
    };
    let columns = s.product.models.len();
    let too_many = columns > 4;
    ChartSpec {
        name: "stock".into(),
        alt: format!(
            "Stock on hand over time with demand and receipts below, a column for each supply model. {title}."
        ),
        title,
        subtitle: format!(
            "Units on hand at the end of each day (above), mean demand and receipts a day (below), {}{} to {}",
            s.of(),
            format::date(s.scenario.horizon.start.plus(range.start as i32)),
            format::date(s.scenario.horizon.start.plus(range.end as i32 - 1))
        ),
        footer: s
            .footer("above: median, middle 50 % and 90 % of replications · below: means, receipts (and real sales) over seven days"),
        legend: Vec::new(),
        body: if too_many {
            let n = columns;
            Body::Lines { panels: panels.into_iter().take(n).collect(), columns: 4 }
        } else {
            Body::Lines { panels, columns }
        },
        data,
    }
}

fn runs(names: &[&str]) -> String {
    format!("{} {}", names.join(" and "), if names.len() == 1 { "runs" } else { "run" })
}

fn does(names: &[&str]) -> String {
    format!("{} {}", names.join(" and "), if names.len() == 1 { "does" } else { "do" })
}

/// Waiting orders by days since the order: shipped, cancelled, still waiting.
pub(super) fn survival(s: &Source<'_>) -> ChartSpec {
    let mut data = Csv::new(&["model", "days_since_order", "shipped", "cancelled", "still_waiting"]);
    let fates = [("still waiting", Colour::Part(2)), ("cancelled", Colour::Part(0)), ("shipped", Colour::Part(3))];
    let mut panels = Vec::new();
    let mut at_30: Vec<(String, f64)> = Vec::new();
    for (i, m) in s.product.models.iter().enumerate() {
        let waits = m.pooled().waits;
        if waits.units() == 0 {
            continue;
        }
        let shares = waits.shares();
        // To the day by which all but one in five hundred are decided.
        let last = shares
            .iter()
            .position(|x| x[2] < 0.002)
            .unwrap_or(shares.len() - 1)
            .clamp(7, 180)
            .min(shares.len() - 1)
            .max(1);
        for (age, x) in shares.iter().enumerate().take(last + 1) {
            data.push(vec![m.name.clone(), age.to_string(), cell(x[0]), cell(x[1]), cell(x[2])]);
        }
        at_30.push((m.name.clone(), shares.get(30).or(shares.last()).map_or(0.0, |x| x[2])));
        let stack = |low: &dyn Fn(&[f64; 3]) -> f64, high: &dyn Fn(&[f64; 3]) -> f64| -> Vec<(f64, f64, f64)> {
            shares.iter().take(last + 1).enumerate().map(|(age, x)| (age as f64, low(x), high(x))).collect()
        };
        let points =
            [stack(&|_| 0.0, &|x| x[2]), stack(&|x| x[2], &|x| x[2] + x[1]), stack(&|x| x[2] + x[1], &|_| 1.0)];
        panels.push(LinePanel {
            title: m.name.clone(),
            colour: Colour::Model(i),
            x: XAxis::Days("days since the order"),
            format: Format::Share,
            y_min: None,
            y_max: Some(1.0),
            bands: points
                .into_iter()
                .zip(&fates)
                .map(|(points, (label, colour))| BandMark {
                    points,
                    colour: *colour,
                    opacity: 1.0,
                    label: (*label).into(),
                    reads: Reading::Height,
                })
                .collect(),
            lines: Vec::new(),
            events: Vec::new(),
            points: Vec::new(),
        });
    }
    let title = match at_30.as_slice() {
        [] => "No order had to wait in any supply model".into(),
        rows => {
            let parts: Vec<String> =
                rows.iter().take(3).map(|(name, v)| format!("{} with {name}", format::share(*v))).collect();
            format!("30 days after the order, still waiting: {}", parts.join(", "))
        }
    };
    let columns = panels.len().clamp(1, 3);
    ChartSpec {
        name: "waiting-orders".into(),
        alt: format!("Stacked areas of backordered units by fate. {title}."),
        title,
        subtitle: format!(
            "What became of backordered units, by days since the order; share of units backordered, {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("all replications pooled; orders still open at the end of the window count as waiting"),
        legend: if panels.is_empty() {
            Vec::new()
        } else {
            fates.iter().rev().map(|(n, c)| (sentence(n), *c)).collect()
        },
        body: if panels.is_empty() {
            Body::Words("Nothing to draw: every order shipped from stock on its day.".into())
        } else {
            Body::Lines { panels, columns }
        },
        data,
    }
}

/// Share of the replications short after the spike that have recovered, by days since they ran short.
pub(super) fn recovery(s: &Source<'_>) -> ChartSpec {
    let mut data = Csv::new(&["model", "days_since_short", "recovered"]);
    let mut lines = Vec::new();
    let mut medians: Vec<(String, Option<f64>)> = Vec::new();
    for (i, m) in s.product.models.iter().enumerate() {
        let table = m.pooled().recoveries;
        if table.units() == 0 {
            continue;
        }
        let curve = table.kaplan_meier();
        medians.push((m.name.clone(), table.quantile(0.5)));
        let points: Vec<(f64, f64)> = curve
            .iter()
            .enumerate()
            .flat_map(|(day, left)| {
                let before = if day == 0 { 1.0 } else { curve[day - 1] };
                [(day as f64, 1.0 - before), (day as f64, 1.0 - left)]
            })
            .collect();
        for (day, left) in curve.iter().enumerate() {
            data.push(vec![m.name.clone(), day.to_string(), cell(1.0 - left)]);
        }
        lines.push(LineMark { points, colour: Colour::Model(i), dashed: false, label: m.name.clone() });
    }
    let title = match medians.as_slice() {
        [] => "No campaign or surge of the measured window leaves anybody unserved".into(),
        rows => {
            let part = |(name, day): &(String, Option<f64>)| match day {
                Some(d) if *d == 0.0 => format!("{name} needs none"),
                Some(d) => format!("{name} {} days", format::fixed(*d, 0)),
                None => format!("{name} more than the window"),
            };
            format!(
                "Once short after the spike, recovery takes in the median: {}",
                rows.iter().take(3).map(part).collect::<Vec<_>>().join(", ")
            )
        }
    };
    let panel = LinePanel {
        title: String::new(),
        colour: Colour::Ink,
        x: XAxis::Days("days since the first unserved unit after the first campaign or surge of the window"),
        format: Format::Share,
        y_min: None,
        y_max: Some(1.0),
        bands: Vec::new(),
        lines,
        events: Vec::new(),
        points: Vec::new(),
    };
    ChartSpec {
        name: "days-to-recover".into(),
        alt: format!("Rising step curves, one for each supply model. {title}."),
        title,
        subtitle: format!(
            "Share of the replications short after it that have begun seven days in a row with nobody unserved and the planned safety stock on hand, {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("Kaplan-Meier: replications that have not recovered by the end of the window are censored"),
        legend: Vec::new(),
        body: if medians.is_empty() {
            Body::Words("Nothing to draw: no spike leaves anybody unserved.".into())
        } else {
            Body::Lines { panels: vec![panel], columns: 1 }
        },
        data,
    }
}

/// Names of the two bands of a fan.
pub(super) const MIDDLE_90: &str = "middle 90 %";
pub(super) const MIDDLE_50: &str = "middle 50 %";

/// Fan of one series.
fn fan(
    s: &Source<'_>,
    name: &str,
    model: usize,
    bands: &[Band],
    range: std::ops::Range<usize>,
    label: &str,
) -> LinePanel {
    let area = |low: fn(&Band) -> f64, high: fn(&Band) -> f64| -> Vec<(f64, f64, f64)> {
        range.clone().zip(&bands[range.clone()]).map(|(t, b)| (t as f64, low(b), high(b))).collect()
    };
    let colour = Colour::Model(model);
    let band =
        |points, opacity, name| BandMark { points, colour, opacity, label: String::new(), reads: Reading::Ends(name) };
    LinePanel {
        title: name.into(),
        colour,
        x: XAxis::Dates(s.scenario.horizon.start),
        format: Format::Units,
        y_min: None,
        y_max: None,
        bands: vec![
            band(area(|b| b.p5, |b| b.p95), 0.18, MIDDLE_90),
            band(area(|b| b.p25, |b| b.p75), 0.32, MIDDLE_50),
        ],
        lines: vec![LineMark {
            points: curve(bands, range.clone(), |b| b.p50),
            colour,
            dashed: false,
            label: label.into(),
        }],
        events: events(s, &range),
        points: Vec::new(),
    }
}

fn curve(bands: &[Band], range: std::ops::Range<usize>, value: fn(&Band) -> f64) -> Vec<(f64, f64)> {
    range.clone().zip(&bands[range]).map(|(t, b)| (t as f64, value(b))).collect()
}

/// Dated events of the product inside the range.
pub(super) fn events(s: &Source<'_>, range: &std::ops::Range<usize>) -> Vec<EventMark> {
    let Some(index) = s.index else { return Vec::new() };
    let demand = &s.scenario.products[index].demand;
    let start = s.scenario.horizon.start;
    let campaigns = demand.campaigns.iter().map(|c| (c.start, c.name.clone()));
    let surges = demand.surge.iter().flat_map(|x| &x.scripted).map(|d| (*d, "surge".to_owned()));
    let spells = s.scenario.regimes.iter().flat_map(|r| {
        r.scripted.iter().map(|(from, _, state)| (*from, format!("{}: {}", r.name, r.states[*state].name)))
    });
    let mut out: Vec<EventMark> = campaigns
        .chain(surges)
        .chain(spells)
        .map(|(day, label)| EventMark { x: f64::from(day.0 - start.0), label })
        .filter(|e| e.x >= range.start as f64 && e.x < range.end as f64)
        .collect();
    out.sort_by(|a, b| a.x.total_cmp(&b.x));
    out
}

/// From a month before the first dated event to five after, or the whole window.
fn zoom(s: &Source<'_>, days: usize) -> std::ops::Range<usize> {
    let first = events(s, &(0..days)).first().map(|e| e.x as usize);
    match first {
        Some(day) if days > 200 => day.saturating_sub(30)..(day + 150).min(days),
        _ => 0..days,
    }
}

fn rows_of(data: &mut Csv, s: &Source<'_>, model: &str, bands: &[Band]) {
    for (t, b) in bands.iter().enumerate() {
        let date = s.scenario.horizon.start.plus(t as i32).to_string();
        data.push(
            [model.to_owned(), date].into_iter().chain([b.mean, b.p5, b.p25, b.p50, b.p75, b.p95].map(cell)).collect(),
        );
    }
}

fn push_days(
    data: &mut Csv,
    s: &Source<'_>,
    model: &str,
    series: &str,
    bands: &[Band],
    range: &std::ops::Range<usize>,
) {
    for t in range.clone() {
        let b = &bands[t];
        let date = s.scenario.horizon.start.plus(t as i32).to_string();
        data.push(
            [model.to_owned(), series.to_owned(), date]
                .into_iter()
                .chain([b.mean, b.p5, b.p50, b.p95].map(cell))
                .collect(),
        );
    }
}
