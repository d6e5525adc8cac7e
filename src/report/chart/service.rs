//! Charts of service: backorders, cancellations, lead times, paired differences.

use super::{
    BarRow, Bars, Body, ChartSpec, Colour, Csv, ForestPanel, ForestRow, Format, Source, cell, cells, sentence,
};
use crate::model::{Delivery, Kpi, Route, Stage, StageSampler, Unit};
use crate::report::format;
use crate::rng::Stream;
use crate::stats::interval::quantile;
use crate::study::differences as paired;

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
    let title = sentence(&s.finding(kpi, "backorders", "No orders, so no backorders"));
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
            Body::Words("No customer ordered anything in the measured window.".into())
        } else {
            Body::Bars(Bars { rows, format: Format::Share, axis: "share of units ordered".into() })
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
            segments: parts.iter().zip(&causes).map(|(v, c)| (*v, c.2, format::share(*v))).collect(),
            whisker: total.interval().filter(|_| total.standard_error != Some(0.0)).map(|(a, b)| (a.max(0.0), b)),
            value: s.written(&total, Unit::Share),
        });
    }
    let none = rows.iter().all(|r| r.segments.iter().all(|p| p.0 == 0.0));
    let title = if none {
        "No order was cancelled in any supply model".into()
    } else {
        sentence(&s.finding(Kpi::CancellationRate, "cancellations", "No orders"))
    };
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
            Body::Words("Nothing to draw: no order was cancelled.".into())
        } else {
            Body::Bars(Bars { rows, format: Format::Share, axis: "share of units ordered".into() })
        },
        data,
    }
}

/// Both clocks: replenishment by stage, and delivery, each with its 90th percentile.
pub(super) fn lead_time(s: &Source<'_>) -> ChartSpec {
    let mut data = Csv::new(&["model", "location", "route", "clock", "stage", "mean_days", "p90_days"]);
    let mut rows = Vec::new();
    let mut means: Vec<(String, f64)> = Vec::new();
    for m in &s.scenario.models {
        for l in &m.locations {
            for r in &l.routes {
                let (total, p90) = replenishment(r);
                let segments = r
                    .stages
                    .iter()
                    .enumerate()
                    .map(|(k, stage)| (stage.mean(), STAGE_GREYS[k % STAGE_GREYS.len()], stage.name.clone()))
                    .collect();
                for stage in &r.stages {
                    data.push(vec![
                        m.name.clone(),
                        l.name.clone(),
                        r.name.clone(),
                        "replenishment".into(),
                        stage.name.clone(),
                        cell(stage.mean()),
                        String::new(),
                    ]);
                }
                data.push(vec![
                    m.name.clone(),
                    l.name.clone(),
                    r.name.clone(),
                    "replenishment".into(),
                    "total".into(),
                    cell(total),
                    cell(p90),
                ]);
                means.push((m.name.clone(), total));
                rows.push(BarRow {
                    label: m.name.clone(),
                    note: format!("{}: order to sellable", r.name),
                    segments,
                    whisker: Some((total, p90)),
                    value: format!("{} d, P90 {} d", format::fixed(total, 0), format::fixed(p90, 0)),
                });
            }
            let (mean, p90) = delivery(&l.delivery);
            data.push(vec![
                m.name.clone(),
                l.name.clone(),
                String::new(),
                "delivery".into(),
                "total".into(),
                cell(mean),
                cell(p90),
            ]);
            rows.push(BarRow {
                label: m.name.clone(),
                note: format!("{}: shipped to door", l.name),
                segments: vec![(
                    mean,
                    Colour::ModelTint(s.scenario.models.iter().position(|x| x.name == m.name).unwrap_or(0)),
                    String::new(),
                )],
                whisker: Some((mean, p90)),
                value: format!("{} d, P90 {} d", format::fixed(mean, 1), format::fixed(p90, 1)),
            });
        }
    }
    let (slow, fast) =
        (means.iter().rev().max_by(|a, b| a.1.total_cmp(&b.1)), means.iter().min_by(|a, b| a.1.total_cmp(&b.1)));
    let title = match (slow, fast) {
        (Some(a), Some(b)) if a.1 > b.1 + 0.5 => format!(
            "Replenishment takes {} days by {}, {} by {}",
            format::fixed(a.1, 0),
            a.0,
            format::fixed(b.1, 0),
            b.0
        ),
        (Some(a), _) => format!("Replenishment takes {} days in every supply model", format::fixed(a.1, 0)),
        _ => "No route".into(),
    };
    ChartSpec {
        name: "lead-time".into(),
        alt: format!("Stacked bar chart of mean days by stage. {title}."),
        title,
        subtitle: "Two clocks that must not be mixed: purchase order to sellable stock (grey, by stage), and customer order shipped to door (tinted). Mean days before holidays and factory queues".into(),
        footer: s.footer("whisker: 90th percentile"),
        legend: Vec::new(),
        body: Body::Bars(Bars { rows, format: Format::Days, axis: "days".into() }),
        data,
    }
}

/// Neighbouring stages differ; none is a model's colour.
const STAGE_GREYS: [Colour; 6] =
    [Colour::Part(0), Colour::Part(5), Colour::Part(2), Colour::Part(4), Colour::Part(1), Colour::Part(6)];

const DRAWS: u32 = 4_000;

/// Mean and 90th percentile of the sum of a route's stages, from a fixed sample.
fn replenishment(r: &Route) -> (f64, f64) {
    let stream = Stream::new(0, "", "lead-time-chart", &r.name);
    let samplers: Vec<StageSampler> = r.stages.iter().map(StageSampler::new).collect();
    let one = |n: u32| samplers.iter().enumerate().map(|(i, s)| s.draw(&mut stream.at(n, i as i32, 0))).sum();
    (r.stages.iter().map(Stage::mean).sum(), percentile((0..DRAWS).map(one).collect()))
}

fn delivery(d: &Delivery) -> (f64, f64) {
    (d.days.mean(), d.days.quantile(0.9))
}

fn percentile(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    quantile(&values, 0.9).unwrap_or(0.0)
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
            let signed = format::value(d.estimate.value, kpi.unit(), &s.scenario.currency);
            let signed = if d.estimate.value > 0.0 { format!("+{signed}") } else { signed };
            let better = d.to_is_better.map(|p| format!(", better in {}", format::share((p * 100.0).round() / 100.0)));
            let points = if kpi.unit() == Unit::Share { signed.replace(" %", " pts") } else { signed };
            rows.push(ForestRow {
                label: names[d.to].into(),
                colour: Colour::Model(d.to),
                value: d.estimate.value,
                interval: d.estimate.interval(),
                text: format!("{points}{}", better.unwrap_or_default()),
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
    let shown = all
        .iter()
        .filter(|d| d.from == 0 && d.kpi == Kpi::ResidualIncome)
        .max_by(|a, b| a.estimate.value.total_cmp(&b.estimate.value));
    let title = match (shown, shown.and_then(|d| d.estimate.interval())) {
        (None, _) => "A single supply model: nothing to compare".into(),
        (Some(d), Some((low, _))) if low > 0.0 => {
            format!(
                "{} earns {} more residual income than {}",
                names[d.to],
                format::money(d.estimate.value, &s.scenario.currency),
                names[0]
            )
        }
        (Some(d), Some((_, high))) if high < 0.0 => {
            format!(
                "No model earns more residual income than {}: the next is {} behind",
                names[0],
                format::money(-d.estimate.value, &s.scenario.currency)
            )
        }
        (Some(d), Some(_)) => format!("{} and {} show no difference in residual income", names[d.to], names[0]),
        (Some(_), None) => format!("Differences from {} in one replication", names[0]),
    };
    let chance = "with the same shoppers, factories and ships";
    ChartSpec {
        name: "paired-differences".into(),
        alt: format!("Dots with intervals around zero. {title}."),
        title,
        subtitle: format!("Difference from {}, {chance}, {}{}", names.first().unwrap_or(&""), s.of(), s.window()),
        footer: s.footer("bars: 95 % confidence interval of the paired difference · better in: share of replications"),
        legend: Vec::new(),
        body: if panels.is_empty() {
            Body::Words("There is one supply model, so there is nothing to compare it with.".into())
        } else {
            Body::Forest(panels)
        },
        data,
    }
}
