//! `restock frontier`: service against capital.

use super::{estimate, marked, window};
use crate::Answer;
use crate::chart::{
    BandMark, Body, ChartSpec, Colour, Csv, Format, LevelMark, LineMark, LinePanel, PointMark, Reading, XAxis, cell,
    cells, name,
};
use crate::format::{self, Digits};
use crate::sheet::{Column, packed};
use crate::text::wrapped;
use restock_base::stats::interval::Estimate;
use restock_decide::{Curve, Days, Frontier, Point};
use restock_kernel::model::{Experiment, Scenario, Unit};
use serde_json::json;

/// The answer: a curve a supply model, the point of each that reaches `target`, and what more service costs there.
#[must_use]
pub fn frontier(
    (scenario, experiment): (&Scenario, &Experiment),
    asked: &Frontier,
    curves: &[Curve],
    target: f64,
    width: u16,
) -> Answer {
    let service = service(asked);
    let verdict = verdict(scenario, curves, target, &service);
    let reached: Vec<Option<&Point>> = curves.iter().map(|c| first_at(c, target)).collect();
    let names: Vec<&str> = curves.iter().map(|c| c.name.as_str()).collect();
    let money = |e: &Estimate| Digits::of(e, Unit::Money, &scenario.currency).plus_minus();
    let share = |e: &Estimate| Digits::of(e, Unit::Share, &scenario.currency).plus_minus();
    let column = |head: &str, of: &dyn Fn(usize) -> String| Column {
        head: head.into(),
        cells: (0..curves.len()).map(of).collect(),
    };
    let none = || "not reached".to_owned();
    let at = |of: &dyn Fn(&Point) -> String| {
        let reached = reached.clone();
        let cells: Vec<String> = reached.iter().map(|p| p.map_or_else(none, of)).collect();
        move |i: usize| cells[i].clone()
    };
    let goal = format::share(target);
    let columns = [
        column("service now", &|i| share(&curves[i].points[curves[i].present].service)),
        column("capital now", &|i| money(&curves[i].points[curves[i].present].capital)),
        column(&format!("first point at {goal}"), &at(&|p| share(&p.service))),
        column("capital there", &at(&|p| money(&p.capital))),
        column("extra days of stock", &at(&|p| format::more(p.extra_days))),
        column("capital a point of service more", &at(&|p| p.marginal.as_ref().map_or("-".into(), money))),
    ];
    let n = format::count(f64::from(experiment.replications));
    let text = format!(
        "{}\n\n{}\n\n{}\n",
        wrapped(&verdict, width),
        packed("Supply model", &names, &columns, width),
        wrapped(
            &format!(
                "Service: {service}. Capital: mean invested. ± half-width of the 95 % confidence interval; {n} replications a point, the same shoppers at all. \
                 \"A point of service more\": from the point before to this one."
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
        json!({ "model": c.name, "points": points.collect::<Vec<_>>() })
    };
    let json = json!({
        "verdict": verdict,
        "service": service,
        "kpi": asked.service.name(),
        "target": target,
        "currency": scenario.currency,
        "replications": experiment.replications,
        "curves": curves.iter().map(curve).collect::<Vec<_>>(),
    });
    let chart = chart(scenario, asked, curves, (target, &reached), &verdict);
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

/// The first point of a curve whose service reaches the target.
fn first_at(curve: &Curve, target: f64) -> Option<&Point> {
    curve.points.iter().find(|p| p.service.value >= target)
}

fn verdict(scenario: &Scenario, curves: &[Curve], target: f64, service: &str) -> String {
    let goal = format!("{} {service}", format::share(target));
    let reached = |c: &Curve| Some((name(&c.name), first_at(c, target)?.capital));
    let mut least: Vec<_> = curves.iter().filter_map(reached).collect();
    least.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
    let money = |e| Digits::of(e, Unit::Money, &scenario.currency).value();
    match least.as_slice() {
        [] => format!("No supply model reaches {goal} with any stock that was tried"),
        [(only, capital)] => format!("{only} reaches {goal} with {} invested", money(capital)),
        [(first, a), (second, b), ..] => {
            format!("For {goal}, {first} ties up {}; the next, {second}, {}", money(a), money(b))
        }
    }
}

fn chart(
    scenario: &Scenario,
    asked: &Frontier,
    curves: &[Curve],
    (target, reached): (f64, &[Option<&Point>]),
    title: &str,
) -> ChartSpec {
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
    let axis = XAxis::Values {
        format: Format::Money(currency.clone()),
        title: format!("invested capital, {currency}, mean of days"),
    };
    let mut panel = LinePanel::new("", Colour::Ink, axis, Format::Share);
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
            label: c.name.clone(),
            reads: Reading::Ends("95 % confidence interval"),
        });
        panel.lines.push(LineMark {
            points: shown().map(|p| (p.capital.value, p.service.value)).collect(),
            colour: Colour::Model(i),
            dashed: false,
            label: String::new(),
        });
        let mut dot = |p: &Point, label: String| {
            panel.points.push(PointMark { x: p.capital.value, y: p.service.value, colour: Colour::Model(i), label });
        };
        let now = &c.points[c.present];
        match reached[i] {
            Some(p) if p.extra_days == now.extra_days => {
                dot(p, format!("now, {}", Digits::of(&p.capital, Unit::Money, currency).value()));
            }
            there => {
                dot(now, "now".into());
                there.into_iter().for_each(|p| dot(p, Digits::of(&p.capital, Unit::Money, currency).value()));
            }
        }
    }
    let goal = format!("{} {service}", format::share(target));
    panel.levels.push(LevelMark { y: target, colour: Colour::Grey, label: goal });
    let lowest = panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.1)).fold(1.0, f64::min);
    (panel.y_min, panel.y_max) = (Some(((lowest * 10.0).floor() / 10.0).min(0.9)), Some(1.0));
    let empty = curves.iter().all(|c| c.points.len() < 2);
    ChartSpec {
        name: "frontier".into(),
        alt: format!("Lines of service over invested capital, one a supply model. {title}."),
        title: title.to_owned(),
        subtitle: format!(
            "{service} against mean invested capital as the same days of demand are added to the stock of every location, or taken off; dots: now, and the first point at the target; {}",
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
