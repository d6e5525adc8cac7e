//! `restock mix`: how much stock each product has, so that all together serve as asked with the least capital.

use super::{capital_axis, estimate, marked, window};
use crate::Answer;
use crate::chart::{
    Body, ChartSpec, Colour, Csv, Format, LevelMark, LineMark, LinePanel, PointMark, cell, cells, name,
};
use crate::format::{self, Digits};
use crate::sheet::{Column, packed};
use crate::text::wrapped;
use crate::ties;
use restock_base::stats::interval::Estimate;
use restock_decide::{By, Judged, Mix, Mixed};
use restock_kernel::model::{Experiment, Scenario, Unit};
use serde_json::json;

/// The answer: what each supply model ties up as it is, with the same days more for all products, and with the mix.
#[must_use]
pub fn mix((scenario, experiment): (&Scenario, &Experiment), asked: &Mix, found: &[Mixed], width: u16) -> Answer {
    let currency = &scenario.currency;
    let goal = goal(asked);
    let verdict = verdict(scenario, asked, found);
    let money = |e: &Estimate| Digits::of(e, Unit::Money, currency).plus_minus();
    let share = |e: &Estimate| Digits::of(e, Unit::Share, currency).plus_minus();
    let names: Vec<&str> = found.iter().map(|m| m.name.as_str()).collect();
    let column =
        |head: &str, of: &dyn Fn(&Mixed) -> String| Column { head: head.into(), cells: found.iter().map(of).collect() };
    let missed = || "not reached".to_owned();
    let mixed = |m: &Mixed, of: &dyn Fn(&Judged) -> String| m.mixed.as_ref().map_or_else(missed, of);
    let alike = |m: &Mixed, of: &dyn Fn(&Judged) -> String| m.same_days.as_ref().map_or_else(missed, |(_, j)| of(j));
    let columns = [
        column("service now", &|m| share(&m.now.service.estimate())),
        column("capital now", &|m| money(&m.now.capital.estimate())),
        column("service, same days more for all", &|m| alike(m, &|j| share(&j.service.estimate()))),
        column("capital, same days more for all", &|m| alike(m, &|j| money(&j.capital.estimate()))),
        column("service of the mix", &|m| mixed(m, &|j| share(&j.service.estimate()))),
        column("capital of the mix", &|m| mixed(m, &|j| money(&j.capital.estimate()))),
        column("saves", &|m| m.saves().map_or_else(missed, |e| money(&e))),
        column("residual income of the mix, less that now", &|m| {
            mixed(m, &|j| money(&j.income.clone().plus(-1.0, &m.now.income).estimate()))
        }),
    ];
    let n = format::count(f64::from(experiment.replications));
    let text = format!(
        "{}\n\n{}\n\n{}\n",
        wrapped(&verdict, width),
        packed("Supply model", &names, &columns, width),
        wrapped(
            &format!(
                "Service: {goal}. Capital: mean invested. What the mix saves is against the same days more for all, at the same service. The mix was chosen on {} replications, at {} stocks a product; all figures here are of {n} others, the same for all. ± half-width of the 95 % confidence interval. mix.csv has every product, catalogue.csv the columns for a catalogue.",
                format::count(f64::from(asked.screen.min(experiment.replications))),
                asked.points
            ),
            width
        )
    );
    let judged = |j: &Judged| {
        json!({
            "service": estimate(&j.service.estimate()),
            "invested_capital": estimate(&j.capital.estimate()),
            "residual_income": estimate(&j.income.estimate()),
        })
    };
    let model = |m: &Mixed| {
        let products = m.products.iter().zip(&scenario.products).map(|(c, p)| {
            json!({
                "product": p.sku,
                "extra_stock_days": c.mixed.extra_days,
                "extra_stock_units": c.extra_units,
                "fill_rate": c.mixed.served / c.demanded,
                "invested_capital": c.mixed.capital,
                "fill_rate_now": c.now.served / c.demanded,
                "invested_capital_now": c.now.capital,
            })
        });
        json!({
            "model": m.name,
            "now": judged(&m.now),
            "same_days": m.same_days.as_ref().map(|(days, j)| json!({ "extra_stock_days": days, "all": judged(j) })),
            "mix": m.mixed.as_ref().map(judged),
            "saves": m.saves().as_ref().map(estimate),
            "products": products.collect::<Vec<_>>(),
        })
    };
    let json = json!({
        "verdict": verdict,
        "service": goal,
        "target": asked.target,
        "currency": currency,
        "replications": experiment.replications,
        "replications_of_curves": asked.screen.min(experiment.replications),
        "models": found.iter().map(model).collect::<Vec<_>>(),
    });
    let chart = chart(scenario, asked, found, &verdict);
    Answer {
        verdict,
        text,
        json,
        tables: vec![
            ("mix.csv".into(), table(scenario, found)),
            ("catalogue.csv".into(), columns_of_a_catalogue(scenario, found)),
            ("curves.csv".into(), chart.data.clone()),
        ],
        charts: marked(vec![chart], scenario),
    }
}

/// The service in words.
fn goal(asked: &Mix) -> String {
    let by = match asked.by {
        By::Units => "by units",
        By::Value => "by value",
    };
    format!("fill rate of all products, {by}")
}

fn verdict(scenario: &Scenario, asked: &Mix, found: &[Mixed]) -> String {
    let goal = format!("{} {}", format::share(asked.target), goal(asked));
    let least = found.iter().filter_map(|m| Some((m, m.mixed.as_ref()?)));
    let Some((m, mixed)) = least.min_by(|a, b| a.1.capital.value.total_cmp(&b.1.capital.value)) else {
        return format!("No supply model reaches a {goal} with any stock that was tried");
    };
    let money = |e: &Estimate| Digits::of(e, Unit::Money, &scenario.currency).value();
    let capital = mixed.capital.estimate();
    let begin = format!("For a {goal}, {} needs {}", name(&m.name), money(&capital));
    let (Some((_, alike)), Some(saved)) = (&m.same_days, m.saves()) else { return begin };
    match ties::told(&saved, alike.capital.value, mixed.capital.value, Unit::Money) {
        ties::Told::Apart if saved.value > 0.0 => {
            format!("{begin}: a stock of its own for each product saves {}", money(&saved))
        }
        _ => format!("{begin}: a stock of its own for each product saves nothing that could be told"),
    }
}

/// Every product in every supply model.
fn table(scenario: &Scenario, found: &[Mixed]) -> Csv {
    let mut table = Csv::new(&[
        "model",
        "product",
        "category",
        "demand",
        "extra_stock_days",
        "extra_stock_units",
        "fill_rate",
        "invested_capital",
        "fill_rate_now",
        "invested_capital_now",
    ]);
    for m in found {
        for (c, p) in m.products.iter().zip(&scenario.products) {
            table.push(vec![
                m.name.clone(),
                p.sku.clone(),
                p.category.clone().unwrap_or_default(),
                cell(c.demanded),
                cell(c.mixed.extra_days),
                cell(c.extra_units),
                fill(c.mixed.served, c.demanded),
                cell(c.mixed.capital),
                fill(c.now.served, c.demanded),
                cell(c.now.capital),
            ]);
        }
    }
    table
}

/// Empty where nothing is demanded.
fn fill(served: f64, demanded: f64) -> String {
    if demanded > 0.0 { cell(served / demanded) } else { String::new() }
}

/// The mix as columns that a catalogue takes.
fn columns_of_a_catalogue(scenario: &Scenario, found: &[Mixed]) -> Csv {
    let heads = found.iter().map(|m| format!("extra-stock-days @ {}", m.name));
    let header = std::iter::once("sku".to_owned()).chain(heads).map(Into::into).collect();
    let of = |m: &Mixed, p: usize| {
        // What the product has already, and what is beyond that.
        let model = scenario.models.iter().find(|model| model.name == m.name);
        let terms = model.and_then(|model| scenario.products[p].terms_in(model));
        let own = model.map_or(0.0, |model| model.extra_stock_days);
        let days = m.products[p].mixed.extra_days - own + terms.map_or(0.0, |t| t.extra_stock_days);
        cell((days * 10.0).round() / 10.0 + 0.0)
    };
    let row = |(p, product): (usize, &restock_kernel::model::Product)| {
        std::iter::once(product.sku.clone()).chain(found.iter().map(|m| of(m, p))).collect()
    };
    Csv { header, rows: scenario.products.iter().enumerate().map(row).collect() }
}

fn chart(scenario: &Scenario, asked: &Mix, found: &[Mixed], title: &str) -> ChartSpec {
    let (target, currency) = (asked.target, &scenario.currency);
    let mut data = Csv::new(&[
        "model",
        "stock",
        "invested_capital",
        "ci_low",
        "ci_high",
        "service",
        "service_ci_low",
        "service_ci_high",
    ]);
    let mut panel = LinePanel::new("", Colour::Ink, capital_axis(scenario), Format::Share);
    let known = |m: &Mixed| {
        [Some(&m.now), m.mixed.as_ref(), m.same_days.as_ref().map(|(_, j)| j)]
            .into_iter()
            .flatten()
            .map(|j| j.capital.value)
            .fold(0.0, f64::max)
    };
    let widest = found.iter().map(known).fold(0.0, f64::max) * 1.15;
    for (i, m) in found.iter().enumerate() {
        for (points, what, dashed) in
            [(&m.curve, "where it serves most", false), (&m.alike, "the same days for all", true)]
        {
            for (capital, service) in points {
                let empty = String::new;
                data.push(vec![
                    m.name.clone(),
                    what.into(),
                    cell(*capital),
                    empty(),
                    empty(),
                    cell(*service),
                    empty(),
                    empty(),
                ]);
            }
            let shown = points.iter().copied().filter(|(capital, _)| *capital <= widest).collect();
            panel.lines.push(LineMark { points: shown, colour: Colour::Model(i), dashed, label: String::new() });
        }
        let mut dot = |j: &Judged, what: &str, label: String| {
            let (capital, service) = (j.capital.estimate(), j.service.estimate());
            let mut row = vec![m.name.clone(), what.into(), cell(capital.value)];
            row.extend(cells(capital.interval()));
            row.push(cell(service.value));
            row.extend(cells(service.interval()));
            data.push(row);
            panel.points.push(PointMark { x: capital.value, y: service.value, colour: Colour::Model(i), label });
        };
        let money = |j: &Judged| Digits::of(&j.capital.estimate(), Unit::Money, currency).value();
        dot(&m.now, "now", "now".into());
        if let Some((_, j)) = &m.same_days {
            let saved = m.saves().filter(|e| e.value > 0.0).map(|e| Digits::of(&e, Unit::Money, currency).value());
            dot(
                j,
                "same days at the target",
                saved.map_or_else(|| money(j), |saved| format!("{} (the mix saves {saved})", money(j))),
            );
        }
        if let Some(j) = &m.mixed {
            dot(j, "mix at the target", money(j));
        }
    }
    panel.levels.push(LevelMark { y: target, colour: Colour::Grey, label: format::share(target) });
    let lowest = panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.1)).fold(1.0, f64::min);
    (panel.y_min, panel.y_max) = (Some(((lowest * 10.0).floor() / 10.0).clamp(0.5, 0.9)), Some(1.0));
    ChartSpec {
        name: "mix".into(),
        alt: format!("Lines of service over invested capital, two a supply model. {title}."),
        title: title.to_owned(),
        subtitle: format!(
            "{} against mean invested capital: lines, as stock is added to the products that it serves most; broken lines, the same days more for all; dots, now and at the target, on other replications; {}",
            crate::chart::sentence(&goal(asked)),
            window(scenario)
        ),
        footer: String::new(),
        legend: found.iter().enumerate().map(|(i, m)| (m.name.clone(), Colour::Model(i))).collect(),
        body: Body::Lines { panels: vec![panel], columns: 1 },
        data,
    }
}
