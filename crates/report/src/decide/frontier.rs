//! `restock frontier`: service against capital.

use super::{capital_axis, estimate, marked, window};
use crate::Answer;
use crate::chart::{
    BandMark, Body, ChartSpec, Colour, Csv, Format, LevelMark, LineMark, LinePanel, PointMark, Reading, cell, cells,
    name,
};
use crate::format::{self, Digits};
use crate::sheet::{Column, packed};
use crate::text::wrapped;
use crate::ties::rank;
use restock_base::stats::interval::Estimate;
use restock_decide::{Curve, Days, Frontier, Point, Reached};
use restock_kernel::model::{Experiment, Scenario, Unit};
use serde_json::json;

/// The answer: a curve a supply model, where each reaches the target, and what more service costs there.
#[must_use]
pub fn frontier(
    (scenario, experiment): (&Scenario, &Experiment),
    asked: &Frontier,
    curves: &[Curve],
    width: u16,
) -> Answer {
    let service = service(asked);
    let verdict = verdict(scenario, curves, &format!("{} {}", format::share(asked.target), service.to_lowercase()));
    let names: Vec<&str> = curves.iter().map(|c| c.name.as_str()).collect();
    let money = |e: &Estimate| Digits::of(e, Unit::Money, &scenario.currency).plus_minus();
    let share = |e: &Estimate| Digits::of(e, Unit::Share, &scenario.currency).plus_minus();
    let column = |head: &str, of: &dyn Fn(&Curve) -> String| Column {
        head: head.into(),
        cells: curves.iter().map(of).collect(),
    };
    let there = |of: &dyn Fn(&Reached) -> String, c: &Curve| c.reached.as_ref().map_or("not reached".into(), of);
    let marginal = |r: &Reached| r.marginal.as_ref().map_or("-".into(), money);
    let goal = format::share(asked.target);
    let columns = [
        column("service now", &|c| share(&c.points[c.present].service)),
        column("capital now", &|c| money(&c.points[c.present].capital)),
        column(&format!("capital at {goal}"), &|c| there(&|r| money(&r.capital.estimate()), c)),
        column(&format!("extra stock at {goal}, days"), &|c| there(&|r| format::more(r.extra_days), c)),
        column("a point of service more costs there", &|c| there(&marginal, c)),
    ];
    let n = format::count(f64::from(experiment.replications));
    let text = format!(
        "{}\n\n{}\n\n{}\n",
        wrapped(&verdict, width),
        packed("Supply model", &names, &columns, width),
        wrapped(
            &format!(
                "Service: {}. Capital: mean invested. ± half-width of the 95 % confidence interval, that of capital at {goal} with the error of where it is reached; {n} replications a point, the same shoppers at all.",
                service.to_lowercase()
            ),
            width
        )
    );
    let curve = |c: &Curve| {
        let points = c.points.iter().enumerate().map(|(i, p)| {
            json!({
                "extra_stock_days": p.extra_days,
                "is_present": i == c.present,
                "service": estimate(&p.service),
                "invested_capital": estimate(&p.capital),
                "safety_stock_capital": estimate(&p.safety_capital),
                "residual_income": estimate(&p.value),
                "capital_per_point_of_service": p.marginal.as_ref().map(estimate),
            })
        });
        let reached = c.reached.as_ref().map(|r| {
            json!({
                "extra_stock_days": r.extra_days,
                "invested_capital": estimate(&r.capital.estimate()),
                "capital_per_point_of_service": r.marginal.as_ref().map(estimate),
            })
        });
        json!({ "model": c.name, "points": points.collect::<Vec<_>>(), "at_target": reached })
    };
    let json = json!({
        "verdict": verdict,
        "service": service,
        "kpi": asked.service.name(),
        "target": asked.target,
        "currency": scenario.currency,
        "replications": experiment.replications,
        "curves": curves.iter().map(curve).collect::<Vec<_>>(),
    });
    let chart = chart(scenario, asked, curves, &verdict);
    Answer {
        verdict,
        text,
        json,
        tables: vec![("frontier.csv".into(), chart.data.clone())],
        charts: marked(vec![chart], scenario),
    }
}

/// The service in words.
fn service(asked: &Frontier) -> String {
    let of = if asked.days == Days::Ordinary { " of ordinary days" } else { "" };
    format!("{}{of}", asked.service.label())
}

/// Who needs the least capital for the target, by paired differences.
fn verdict(scenario: &Scenario, curves: &[Curve], goal: &str) -> String {
    let found: Vec<(&Curve, &Reached)> = curves.iter().filter_map(|c| Some((c, c.reached.as_ref()?))).collect();
    let money = |r: &Reached| Digits::of(&r.capital.estimate(), Unit::Money, &scenario.currency).value();
    let told = |i: usize| format!("{} ({})", name(&found[i].0.name), money(found[i].1));
    let estimates: Vec<Option<Estimate>> = found.iter().map(|f| Some(f.1.capital.estimate())).collect();
    let minus = |a: usize, b: usize| Some(found[a].1.capital.clone().plus(-1.0, &found[b].1.capital).estimate());
    let Some(ranking) = rank(&estimates, &minus, false, Unit::Money) else {
        return match found.is_empty() {
            true => format!("No supply model reaches a {goal} with any stock that was tried"),
            false => format!("One replication does not tell who needs the least capital for a {goal}"),
        };
    };
    match (ranking.lead.as_slice(), ranking.rest.as_slice()) {
        ([first, second, ..], _) => {
            format!("For a {goal}, {} and {} need as much capital as far as can be told", told(*first), told(*second))
        }
        ([first], [next, ..]) => {
            format!("For a {goal}, {} needs the least capital; next is {}", told(*first), told(*next))
        }
        ([first], []) => format!("A {goal} is reached by {} alone", told(*first)),
        ([], _) => String::new(),
    }
}

fn chart(scenario: &Scenario, asked: &Frontier, curves: &[Curve], title: &str) -> ChartSpec {
    let target = asked.target;
    let (service, currency) = (service(asked), &scenario.currency);
    let mut data = Csv::new(&[
        "model",
        "extra_stock_days",
        "is_present",
        "invested_capital",
        "invested_ci_low",
        "invested_ci_high",
        "service",
        "service_ci_low",
        "service_ci_high",
        "capital_per_point_of_service",
        "marginal_ci_low",
        "marginal_ci_high",
        "residual_income",
    ]);
    let mut panel = LinePanel::new("", Colour::Ink, capital_axis(scenario), Format::Share);
    // Beyond where the last model is served well, curves only run on.
    let served = |c: &Curve| c.points.iter().find(|p| p.service.value >= target.max(0.985)).map(|p| p.capital.value);
    let present = |c: &Curve| c.points[c.present].capital.value;
    let widest = curves.iter().flat_map(|c| [served(c), Some(present(c))]).flatten().fold(0.0, f64::max) * 1.15;
    for (i, c) in curves.iter().enumerate() {
        for (k, p) in c.points.iter().enumerate() {
            let mut row = vec![c.name.clone(), cell(p.extra_days), (k == c.present).to_string(), cell(p.capital.value)];
            row.extend(cells(p.capital.interval()));
            row.push(cell(p.service.value));
            row.extend(cells(p.service.interval()));
            row.push(p.marginal.map_or(String::new(), |e| cell(e.value)));
            row.extend(cells(p.marginal.and_then(|e| e.interval())));
            row.push(cell(p.value.value));
            data.push(row);
        }
        let shown = || c.points.iter().filter(|p| widest == 0.0 || p.capital.value <= widest);
        let band = |p: &Point| {
            let (low, high) = p.service.interval().unwrap_or((p.service.value, p.service.value));
            (p.capital.value, low.max(0.0), high.min(1.0))
        };
        panel.bands.push(BandMark {
            points: shown().map(band).collect(),
            colour: Colour::Model(i),
            opacity: 0.2,
            label: String::new(),
            reads: Reading::Ends("95 % confidence interval"),
        });
        panel.lines.push(LineMark {
            points: shown().map(|p| (p.capital.value, p.service.value)).collect(),
            colour: Colour::Model(i),
            dashed: false,
            label: String::new(),
        });
        let now = &c.points[c.present];
        let mut dot = |x: f64, y: f64, label: String| {
            panel.points.push(PointMark { x, y, colour: Colour::Model(i), label });
        };
        dot(now.capital.value, now.service.value, "now".into());
        if let Some(r) = &c.reached {
            dot(r.capital.value, target, Digits::of(&r.capital.estimate(), Unit::Money, currency).value());
        }
    }
    panel.levels.push(LevelMark { y: target, colour: Colour::Grey, label: format::share(target) });
    let lowest = panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.1)).fold(1.0, f64::min);
    (panel.y_min, panel.y_max) = (Some(((lowest * 10.0).floor() / 10.0).min(0.9)), Some(1.0));
    let empty = curves.iter().all(|c| c.points.len() < 2);
    ChartSpec {
        name: "frontier".into(),
        alt: format!("Lines of service over invested capital, one a supply model. {title}."),
        title: title.to_owned(),
        subtitle: format!(
            "{service} against mean invested capital as the same days of demand are added to the stock of every location, or taken off; dots: now, and where the target is reached; {}",
            window(scenario)
        ),
        footer: "bands: 95 % confidence interval of the service".into(),
        legend: curves.iter().enumerate().map(|(i, c)| (c.name.clone(), Colour::Model(i))).collect(),
        body: if empty {
            Body::Words("service does not change with the stock that is added".into())
        } else {
            Body::Lines { panels: vec![panel], columns: 1 }
        },
        data,
    }
}
