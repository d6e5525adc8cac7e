//! Charts over time: backlog, stock through the spike, survival of waiting orders, recovery.

use super::words::{self, Measure};
use super::{
    BandMark, BarRow, Bars, Body, ChartSpec, Colour, Csv, EventMark, Format, LevelMark, LineMark, LinePanel, PointMark,
    Reading, Source, XAxis, cell, cells,
};
use crate::format;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Baseline, Kpi, Onset, Unit};
use restock_kernel::sim::Series;
use restock_kernel::study::{Band, ModelOutcome};

/// Backlog over time as fans, a panel a model on one scale.
pub(super) fn backlog(s: &Source<'_>) -> ChartSpec {
    let mut data = Csv::new(&["model", "date", "mean", "p5", "p25", "p50", "p75", "p95"]);
    let mut panels: Vec<LinePanel> = s
        .product
        .models
        .iter()
        .enumerate()
        .map(|(i, m)| {
            let bands = m.bands.series(Series::Backlog);
            rows_of(&mut data, s, &m.name, bands);
            let mut panel = fan(s, &m.name, i, bands, 0..bands.len(), "");
            panel.levels.extend(m.estimate(Kpi::PeakBacklog).map(|e| LevelMark {
                y: e.value,
                colour: Colour::Ink,
                label: format!("mean peak {}", s.figure(&e, Unit::Units)),
            }));
            panel
        })
        .collect();
    LinePanel::share_axis(&mut panels);
    let waits = s.product.models.iter().any(|m| m.estimate(Kpi::PeakBacklog).is_some_and(|e| e.value > 0.0));
    let title = s.finding(&Measure::lower(Kpi::PeakBacklog, "mean peak of waiting units", "lowest").one());
    let columns = if panels.len() <= 3 { panels.len() } else { 3 };
    ChartSpec {
        name: "backlog".into(),
        alt: format!("Fans of units waiting over time, a panel for each supply model. {title}."),
        title,
        subtitle: format!(
            "Units waiting at the end of each day; dashed: the highest day of a replication, on average (peaks fall on other days in each, so it lies above the median); {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer(&format!("line: median · dark band: middle 50 % of {} · light band: middle 90 %", s.ranked())),
        legend: Vec::new(),
        body: if waits {
            Body::Lines { panels, columns }
        } else {
            Body::Words("nobody waits in any supply model".into())
        },
        data,
    }
}

/// On hand, receipts and demand around the event, or over the whole window if there is none.
pub(super) fn stock(s: &Source<'_>) -> ChartSpec {
    let days = s.scenario.horizon.days as usize;
    let range = zoom(s, days);
    let mut data = Csv::new(&["model", "series", "date", "mean", "p5", "p50", "p95"]);
    // Demand that rests on sales jumps from weekday to weekday.
    let sold = |b: &Baseline| matches!(b, Baseline::History(_) | Baseline::Forecast(_));
    let from_sales = s.index.is_some_and(|p| sold(&s.scenario.products[p].demand.baseline));
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
        // A drawn mean does not jump, and its peak must not be smoothed away.
        let demanded = if from_sales { week(demand) } else { curve(demand, range.clone(), |b| b.mean) };
        let mut panel = LinePanel::new(
            "Demand and receipts a day",
            Colour::Grey,
            XAxis::Dates(s.scenario.horizon.start),
            Format::Units,
        );
        panel.lines = vec![
            LineMark { points: demanded, colour: Colour::Ink, dashed: false, label: "demand".into() },
            LineMark { points: week(receipts), colour: Colour::Model(i), dashed: true, label: "receipts".into() },
        ];
        panel.events = events(s, &range);
        panels.push(panel);
    }
    let lowest = |bands: &[Band]| bands[range.clone()].iter().map(|b| b.p50).fold(f64::INFINITY, f64::min);
    let lows: Vec<(String, f64)> =
        s.product.models.iter().map(|m| (m.name.clone(), lowest(m.bands.series(Series::OnHand)))).collect();
    let named = |of: &dyn Fn(f64) -> bool| -> Vec<String> {
        lows.iter().filter(|l| of(l.1)).map(|l| words::name(&l.0)).collect()
    };
    let (empty, held) = (named(&|low| low <= 0.0), named(&|low| low > 0.0));
    let list = |of: &[String]| words::names(&of.iter().map(String::as_str).collect::<Vec<_>>());
    let title = match (empty.len(), held.len()) {
        (0, _) => "In the median, stock lasts in every supply model".into(),
        (_, 0) => "In the median, stock runs out in every supply model".into(),
        // Never more than two names: those of the fewer.
        (e, h) if e <= h => format!("In the median, stock runs out with {}; it lasts with the rest", list(&empty)),
        _ => format!("In the median, stock lasts with {}; it runs out with the rest", list(&held)),
    };
    let title = match (empty.as_slice(), held.as_slice()) {
        ([a], [b]) => format!("In the median, stock runs out with {a}; it lasts with {b}"),
        _ => title,
    };
    let n = s.product.models.len();
    // Of many models only what is on hand has room.
    let too_many = n > 4;
    let (what, alt, above) = if too_many {
        panels.truncate(n);
        LinePanel::share_axis(&mut panels);
        ("Units on hand at the end of each day (demand and receipts in the data file)", "a panel", "")
    } else {
        let what = "Units on hand at the end of each day (above), mean demand and receipts a day (below)";
        (what, "with demand and receipts below, a column", "above: ")
    };
    ChartSpec {
        name: "stock".into(),
        alt: format!("Stock on hand over time, {alt} for each supply model. {title}."),
        title,
        subtitle: format!(
            "{what}, {}{} to {}",
            s.of(),
            format::date(s.scenario.horizon.start.plus(range.start as i32)),
            format::date(s.scenario.horizon.start.plus(range.end as i32 - 1))
        ),
        footer: s.footer(&format!(
            "{above}median, middle 50 % and 90 % of {}{}",
            s.ranked(),
            match (too_many, from_sales) {
                (true, _) => "",
                (false, true) => " · below: means, receipts and demand over seven days",
                (false, false) => " · below: means, receipts over seven days",
            }
        )),
        legend: Vec::new(),
        body: Body::Lines { panels, columns: if too_many { n.div_ceil(2).clamp(3, 4) } else { n } },
        data,
    }
}

/// Days after the order at which the title of waiting orders looks.
const A_MONTH: usize = 30;

/// Share of backordered units that still wait, by days since the order: a line a model on one pair of axes.
pub(super) fn survival(s: &Source<'_>) -> ChartSpec {
    let mut data = Csv::new(&["model", "days_since_order", "shipped", "cancelled", "still_waiting"]);
    let tables: Vec<(usize, Vec<[f64; 3]>)> = s
        .product
        .models
        .iter()
        .enumerate()
        .map(|(i, m)| (i, m.pooled().waits))
        .filter(|(_, waits)| waits.units() > 0)
        .map(|(i, waits)| (i, waits.shares()))
        .collect();
    // To the day by which all but one in five hundred are decided, with the slowest model.
    let decided = |shares: &[[f64; 3]]| shares.iter().position(|x| x[2] < 0.002).unwrap_or(shares.len() - 1);
    let last = tables.iter().map(|(_, x)| decided(x)).max().unwrap_or(0).clamp(A_MONTH + 5, 180);
    // What is decided stays so.
    let at = |shares: &[[f64; 3]], age: usize| shares[age.min(shares.len() - 1)];
    let mut panel = LinePanel::new("", Colour::Ink, XAxis::Days("days since the order"), Format::Share);
    (panel.y_min, panel.y_max) = (Some(0.0), Some(1.0));
    for (i, shares) in &tables {
        for age in 0..=last {
            let [shipped, cancelled, waiting] = at(shares, age).map(cell);
            data.push(vec![s.product.models[*i].name.clone(), age.to_string(), shipped, cancelled, waiting]);
        }
        panel.lines.push(LineMark {
            points: (0..=last).map(|age| (age as f64, at(shares, age)[2])).collect(),
            colour: Colour::Model(*i),
            dashed: false,
            label: String::new(),
        });
    }
    panel.events.push(EventMark { x: A_MONTH as f64, label: format!("{A_MONTH} days") });
    let month = |shares: &[[f64; 3]]| at(shares, A_MONTH)[2];
    // The first model that has any, and the one of the others with the fewest.
    let first = tables.first();
    let least = tables.iter().skip(1).min_by(|a, b| month(&a.1).total_cmp(&month(&b.1)));
    let said =
        |(i, shares): &(usize, Vec<[f64; 3]>)| (words::name(&s.product.models[*i].name), format::share(month(shares)));
    let title = first.map_or_else(
        || "No order has to wait in any supply model".into(),
        |first| {
            let (name, share) = said(first);
            let waiting =
                format!("{A_MONTH} days after the order, {share} of backordered units still wait with {name}");
            match least.map(said) {
                None => waiting,
                Some((other, same)) if same == share => format!("{waiting} and with {other}"),
                Some((other, fewer)) => format!("{waiting}, {fewer} with {other}"),
            }
        },
    );
    for (i, shares) in first.into_iter().chain(least) {
        panel.points.push(PointMark {
            x: A_MONTH as f64,
            y: month(shares),
            colour: Colour::Model(*i),
            label: format::share(month(shares)),
        });
    }
    ChartSpec {
        name: "waiting-orders".into(),
        alt: format!("Falling lines of the share of backordered units that still wait, one a supply model. {title}."),
        title,
        subtitle: format!(
            "Share of units backordered that are neither shipped nor cancelled, by days since the order; the data file has what was shipped and what was cancelled; {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("all replications pooled; orders still open at the end of the window count as waiting"),
        legend: tables.iter().map(|(i, _)| (s.product.models[*i].name.clone(), Colour::Model(*i))).collect(),
        body: if tables.is_empty() {
            Body::Words("every order shipped from stock on its day".into())
        } else {
            Body::Lines { panels: vec![panel], columns: 1 }
        },
        data,
    }
}

/// The two numbers of the table: how often the spike leaves anybody unserved, and how long it then lasts.
pub(super) fn recovery(s: &Source<'_>) -> ChartSpec {
    let (chance, days) = (Kpi::ShortAfterSpike, Kpi::DaysToRecover);
    let mut data = Csv::new(&[
        "model",
        chance.name(),
        "short_ci_low",
        "short_ci_high",
        days.name(),
        "days_ci_low",
        "days_ci_high",
    ]);
    let mut columns = [(chance, Format::Share, "share of replications with a spike"), (days, Format::Days, "days")]
        .map(|(kpi, format, axis)| Bars { title: kpi.label().into(), rows: Vec::new(), format, axis: axis.into() });
    let short = |m: &ModelOutcome| m.estimate(chance).filter(|e| e.value > 0.0);
    for (i, m) in s.product.models.iter().enumerate() {
        let Some(often) = m.estimate(chance) else { continue };
        let long = m.estimate(days);
        let ends = |e: Option<&Estimate>| cells(e.and_then(Estimate::interval));
        let mut row = vec![m.name.clone(), cell(often.value)];
        row.extend(ends(Some(&often)));
        row.push(long.map_or(String::new(), |e| cell(e.value)));
        row.extend(ends(long.as_ref()));
        data.push(row);
        for (column, (kpi, e)) in columns.iter_mut().zip([(chance, Some(often)), (days, long)]) {
            let whisker = e.and_then(|e| e.interval()).filter(|(a, b)| a < b);
            column.rows.push(BarRow {
                label: m.name.clone(),
                note: String::new(),
                segments: vec![(e.map_or(0.0, |e| e.value), Colour::Model(i), String::new())],
                whisker: whisker.map(|(a, b)| (a.max(0.0), if kpi == chance { b.min(1.0) } else { b })),
                value: e.map_or_else(|| "none".into(), |e| s.written(&e, kpi.unit())),
            });
        }
    }
    let any = s.product.models.iter().any(|m| short(m).is_some());
    let title = if any { recovery_title(s) } else { "The spike leaves nobody unserved in any supply model".into() };
    ChartSpec {
        name: "days-to-recover".into(),
        alt: format!("Two columns of bars, a row for each supply model. {title}."),
        title,
        subtitle: format!(
            "Left: whether the first campaign or surge leaves anybody unserved. Right: days from the first unserved unit to seven days in a row with nobody unserved and the planned safety stock on hand, where it does; {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("whiskers and brackets: 95 % confidence interval; not recovered by the end of the window: censored (Kaplan-Meier)"),
        legend: Vec::new(),
        body: if any {
            Body::Bars(columns.into())
        } else {
            Body::Words("no campaign or surge of the window leaves anybody unserved".into())
        },
        data,
    }
}

/// The first model, and the one that is short the least often and for the least time.
fn recovery_title(s: &Source<'_>) -> String {
    let models = &s.product.models;
    let numbers = |i: usize| -> Option<(Estimate, Option<Estimate>)> {
        Some((models[i].estimate(Kpi::ShortAfterSpike)?, models[i].estimate(Kpi::DaysToRecover)))
    };
    let lost = |i: usize| numbers(i).map_or(f64::MAX, |(often, long)| often.value * long.map_or(0.0, |e| e.value));
    let share = |e: &Estimate| s.figure(e, Unit::Share);
    let told = |i: usize| {
        let (often, long) = numbers(i)?;
        let name = words::name(&models[i].name);
        Some(match long {
            Some(long) if often.value > 0.0 => {
                format!("{name} is short in {} of cases, for {}", share(&often), s.figure(&long, Unit::Days))
            }
            _ => format!("{name} is never short"),
        })
    };
    let best = (1..models.len()).filter(|i| numbers(*i).is_some()).min_by(|a, b| lost(*a).total_cmp(&lost(*b)));
    let both: Vec<String> = std::iter::once(0).chain(best).filter_map(told).collect();
    format!("After the spike {}", both.join("; "))
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
    let mut panel = LinePanel::new(name, colour, XAxis::Dates(s.scenario.horizon.start), Format::Units);
    panel.bands =
        vec![band(area(|b| b.p5, |b| b.p95), 0.18, MIDDLE_90), band(area(|b| b.p25, |b| b.p75), 0.32, MIDDLE_50)];
    panel.lines.push(LineMark {
        points: curve(bands, range.clone(), |b| b.p50),
        colour,
        dashed: false,
        label: label.into(),
    });
    panel.events = events(s, &range);
    panel
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
    let down = s.scenario.disruptions.iter().filter_map(|d| match d.onset {
        Onset::Dated { from, .. } => Some((from, d.name.clone())),
        Onset::SetOff | Onset::PerYear(_) | Onset::Daily { .. } => None,
    });
    let changes = s.product.changes.iter().map(|c| (c.on, "change of supply".to_owned()));
    let mut out: Vec<EventMark> = campaigns
        .chain(surges)
        .chain(spells)
        .chain(down)
        .chain(changes)
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
