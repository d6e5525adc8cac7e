//! Charts of service: backorders, cancellations, lead times, paired differences.

use super::words::{self, Field, Measure};
use super::{BarRow, Body, ChartSpec, Colour, Csv, ForestPanel, ForestRow, Format, Source, cell, cells, sentence};
use crate::format::{self, Digits};
use restock_kernel::model::{Delivery, Kpi, Unit};
use restock_kernel::study::differences as paired;

/// Backorder rate by model with intervals: the headline.
pub(super) fn backorder_rate(s: &Source<'_>) -> ChartSpec {
    let kpi = Kpi::BackorderRate;
    let mut data = Csv::new(&["model", "backorder_rate", "ci_low", "ci_high"]);
    let mut rows = Vec::new();
    for (i, m) in s.product.models.iter().enumerate() {
        let Some(e) = m.estimate(kpi) else { continue };
        let [low, high] = cells(e.interval());
        data.push(vec![m.name.clone(), cell(e.value), low, high]);
        let fill = m.estimate(Kpi::FillRate).map(|f| format!("fill rate {}", format::share(f.value)));
        rows.push(BarRow {
            label: m.name.clone(),
            note: fill.unwrap_or_default(),
            segments: vec![(e.value, Colour::Model(i), String::new())],
            whisker: e.interval().filter(|_| e.standard_error != Some(0.0)).map(|(a, b)| (a.max(0.0), b)),
            value: s.written(&e, Unit::Share),
        });
    }
    let title = s.finding(&Measure::lower(kpi, "backorders", "fewest"));
    let alt = format!(
        "Bar chart. {title}. {}",
        data.rows.iter().map(|r| format!("{}: {}", r[0], r[1])).collect::<Vec<_>>().join("; ")
    );
    ChartSpec {
        name: "backorder-rate".into(),
        title,
        subtitle: format!(
            "Share of units ordered by customers that could not ship from stock on the day of the order, {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("whiskers and brackets: 95 % confidence interval of the mean"),
        alt,
        legend: Vec::new(),
        body: if rows.is_empty() {
            Body::Words("no customer ordered anything in the measured window".into())
        } else {
            Body::bars(rows, Format::Share, "share of units ordered")
        },
        data,
    }
}

/// Cancellations by model, split by cause.
pub(super) fn cancellations(s: &Source<'_>) -> ChartSpec {
    let causes = [
        (Kpi::CancellationRateCustomer, "customer's choice", Colour::Part(1)),
        (Kpi::CancellationRateRule, "refunded under the 30-day rule", Colour::Part(0)),
    ];
    let mut data = Csv::new(&[
        "model",
        "cancelled_by_customer",
        "cancelled_by_thirty_day_rule",
        "cancellation_rate",
        "ci_low",
        "ci_high",
    ]);
    let mut rows = Vec::new();
    for m in &s.product.models {
        let (Some(total), parts) =
            (m.estimate(Kpi::CancellationRate), causes.map(|c| m.estimate(c.0).map_or(0.0, |e| e.value)))
        else {
            continue;
        };
        let [low, high] = cells(total.interval());
        data.push(vec![m.name.clone(), cell(parts[0]), cell(parts[1]), cell(total.value), low, high]);
        let of_backorders =
            m.estimate(Kpi::CancelledShareOfBackorders).map(|e| format!("{} of backorders", format::share(e.value)));
        rows.push(BarRow {
            label: m.name.clone(),
            note: of_backorders.unwrap_or_default(),
            // To the digits of their total, so that they add up.
            segments: parts
                .iter()
                .zip(&causes)
                .map(|(v, c)| (*v, c.2, Digits::of(&total, Unit::Share, &s.scenario.currency).write(*v)))
                .collect(),
            whisker: total.interval().filter(|_| total.standard_error != Some(0.0)).map(|(a, b)| (a.max(0.0), b)),
            value: s.written(&total, Unit::Share),
        });
    }
    let none = rows.iter().all(|r| r.segments.iter().all(|p| p.0 == 0.0));
    let title = s.finding(&Measure::lower(Kpi::CancellationRate, "cancellations", "fewest"));
    ChartSpec {
        name: "cancellations".into(),
        alt: format!("Stacked bar chart. {title}."),
        title,
        subtitle: format!(
            "Share of units ordered that were cancelled while waiting, by cause, {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("whiskers and brackets: 95 % confidence interval of the total"),
        legend: causes.iter().map(|c| (sentence(c.1), c.2)).collect(),
        body: if none || rows.is_empty() {
            Body::Words("no order was cancelled".into())
        } else {
            Body::bars(rows, Format::Share, "share of units ordered")
        },
        data,
    }
}

/// How long replenishment took in the run, by stage, and how long a parcel takes: two clocks.
pub(super) fn lead_time(s: &Source<'_>) -> ChartSpec {
    let mut data = Csv::new(&["model", "location", "route", "clock", "stage", "mean_days", "p90_days", "units_share"]);
    let stages = stage_names(s);
    let colour = |name: &str| {
        let at = stages.iter().position(|n| *n == name).unwrap_or(0);
        Colour::Part(STAGE_TINTS[at % STAGE_TINTS.len()])
    };
    let mut rows = Vec::new();
    for (i, (m, outcome)) in s.scenario.models.iter().zip(&s.product.models).enumerate() {
        // What goes from location to location has been bought before, and is none of the lead time.
        let all_routes = || m.locations.iter().zip(&outcome.routes).flat_map(|(l, times)| l.routes.iter().zip(times));
        let bought = || all_routes().filter(|(r, _)| r.from.is_none()).map(|(_, times)| times.units);
        let units: i64 = bought().sum();
        let Some(all) = outcome.estimate(Kpi::MeanLeadTime).filter(|_| units > 0) else { continue };
        let used = bought().filter(|units| *units > 0).count();
        let whisker = all.interval().filter(|_| all.standard_error != Some(0.0));
        let whole = s.written(&all, Unit::Days);
        if used > 1 {
            data.push(csv_row(&m.name, ["", "", "replenishment", "total"], [Some(all.value), None, Some(1.0)]));
            let segments = vec![(all.value, Colour::Model(i), String::new())];
            let note = "all routes, by units received".to_owned();
            rows.push(BarRow { label: m.name.clone(), note, segments, whisker, value: whole.clone() });
            // Its routes stand below under their own names.
        }
        for (l, routes) in m.locations.iter().zip(&outcome.routes) {
            for (r, times) in l.routes.iter().zip(routes).filter(|(_, t)| t.units > 0) {
                let per_unit = |days: i64| days as f64 / times.units as f64;
                let share = r.from.is_none().then(|| times.units as f64 / units as f64);
                let p90 = times.within(0.9).map(|d| d as f64);
                for (stage, days) in r.stages.iter().zip(&times.stages) {
                    let names = [l.name.as_str(), &r.name, "replenishment", &stage.name];
                    data.push(csv_row(&m.name, names, [Some(per_unit(*days)), None, share]));
                }
                let names = [l.name.as_str(), &r.name, "replenishment", "total"];
                let total = per_unit(times.unit_days());
                data.push(csv_row(&m.name, names, [Some(total), p90, share]));
                let of = match (r.from, share) {
                    (Some(source), _) => format!("{}: {} to {}", r.name, m.locations[source].name, l.name),
                    (None, Some(share)) if used > 1 => format!("{}: {} of units", r.name, format::share(share)),
                    (None, _) => r.name.clone(),
                };
                let alone = used == 1 && r.from.is_none();
                let late = p90.map_or(String::new(), |d| format!(", P90 {} d", format::fixed(d, 0)));
                rows.push(BarRow {
                    label: if alone { m.name.clone() } else { String::new() },
                    note: of,
                    segments: r
                        .stages
                        .iter()
                        .zip(&times.stages)
                        .map(|(stage, days)| (per_unit(*days), colour(&stage.name), String::new()))
                        .collect(),
                    whisker: whisker.filter(|_| alone),
                    value: if alone { whole.clone() + &late } else { format!("{} d{late}", format::fixed(total, 1)) },
                });
            }
        }
        for l in m.shipping() {
            let (mean, p90) = delivery(&l.delivery);
            data.push(csv_row(&m.name, [l.name.as_str(), "", "delivery", "total"], [Some(mean), Some(p90), None]));
            rows.push(BarRow {
                label: String::new(),
                note: format!("{}: shipped to door", l.name),
                segments: vec![(mean, Colour::ModelTint(i), String::new())],
                whisker: None,
                value: format!("{} d, P90 {} d", format::fixed(mean, 1), format::fixed(p90, 1)),
            });
        }
    }
    let title = s.finding(&Measure::lower(Kpi::MeanLeadTime, "replenishment lead time", "shortest").one());
    ChartSpec {
        name: "lead-time".into(),
        alt: format!("Stacked bar chart of mean days by stage. {title}."),
        title,
        subtitle: format!(
            "Two clocks that must not be mixed: purchase order to sellable stock as simulated (by stage; holidays, regimes and queues are in), and shipped to door as set (tinted). Mean days of units received, {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer(
            "whiskers and brackets: 95 % confidence interval of the mean; P90: nine units in ten took no longer",
        ),
        legend: stages.iter().map(|n| ((*n).to_owned(), colour(n))).collect(),
        body: if rows.is_empty() {
            Body::Words("nothing was received in the measured window".into())
        } else {
            Body::bars(rows, Format::Days, "days")
        },
        data,
    }
}

/// Names of the stages of all routes, each once, in the order in which goods pass them.
fn stage_names<'a>(s: &'a Source<'_>) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    let routes = s.scenario.models.iter().flat_map(|m| &m.locations).flat_map(|l| &l.routes);
    for stages in routes.map(|r| &r.stages) {
        // A name that is new stands behind the one before it.
        let mut after = 0;
        for stage in stages {
            match names.iter().position(|n| *n == stage.name) {
                Some(at) => after = at + 1,
                None => {
                    names.insert(after, &stage.name);
                    after += 1;
                }
            }
        }
    }
    names
}

/// Neighbouring stages differ; none is a model's colour.
const STAGE_TINTS: [usize; 12] = [0, 5, 3, 9, 2, 10, 6, 4, 8, 1, 7, 11];

fn csv_row(model: &str, names: [&str; 4], values: [Option<f64>; 3]) -> Vec<String> {
    let names = std::iter::once(model).chain(names).map(str::to_owned);
    names.chain(values.map(|v| v.map_or(String::new(), cell))).collect()
}

fn delivery(d: &Delivery) -> (f64, f64) {
    (d.days.mean(), d.days.quantile(0.9))
}

/// Paired differences from the first model, a panel for each headline KPI.
pub(super) fn differences(s: &Source<'_>) -> ChartSpec {
    let headline = [Kpi::BackorderRate, Kpi::CancellationRate, Kpi::InvestedCapital, Kpi::ResidualIncome];
    let names = s.names();
    let all = paired(s.product);
    let mut data =
        Csv::new(&["kpi", "model", "compared_with", "difference", "ci_low", "ci_high", "probability_better"]);
    let mut panels = Vec::new();
    for kpi in headline {
        let format = if kpi.unit() == Unit::Share { Format::Share } else { Format::Money(s.scenario.currency.clone()) };
        let mut rows = Vec::new();
        for d in all.iter().filter(|d| d.kpi == kpi && d.from == 0) {
            let [low, high] = cells(d.estimate.interval());
            data.push(vec![
                kpi.name().into(),
                names[d.to].into(),
                names[0].into(),
                cell(d.estimate.value),
                low,
                high,
                d.to_is_better.map(cell).unwrap_or_default(),
            ]);
            let (by, _) = Digits::of(&d.estimate, kpi.unit(), &s.scenario.currency).change();
            let better = d.to_is_better.map(|p| format!(", better in {}", format::share(p)));
            rows.push(ForestRow {
                label: names[d.to].into(),
                colour: Colour::Model(d.to),
                value: d.estimate.value,
                interval: d.estimate.interval(),
                text: format!("{}{}", by.replace(" points", " pts"), better.unwrap_or_default()),
            });
        }
        if !rows.is_empty() {
            let per = match kpi {
                Kpi::ResidualIncome => " over the window",
                Kpi::InvestedCapital => ", mean of days",
                _ => "",
            };
            panels.push(ForestPanel { title: format!("{}{per}", kpi.label()), format, rows });
        }
    }
    let title = words::switch(s, &Field::own(s, Kpi::ResidualIncome));
    let chance = "with the same shoppers, factories and ships";
    ChartSpec {
        name: "paired-differences".into(),
        alt: format!("Dots with intervals around zero. {title}."),
        title,
        subtitle: format!("Difference from {}, {chance}, {}{}", names.first().unwrap_or(&""), s.of(), s.window()),
        footer: s.footer("bars: 95 % confidence interval of the paired difference · better in: share of replications"),
        legend: Vec::new(),
        body: if panels.is_empty() {
            Body::Words("there is one supply model, and nothing to compare it with".into())
        } else {
            Body::Forest(panels)
        },
        data,
    }
}
