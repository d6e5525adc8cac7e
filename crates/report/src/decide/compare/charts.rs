//! Two pictures of a comparison: the differences with their intervals, and the levels side by side.

use super::{Compared, Line};
use crate::chart::{BarRow, Bars, Body, ChartSpec, Colour, Csv, ForestPanel, ForestRow, Format, cell, cells, name};
use crate::format::Digits;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Kpi, Unit};

/// KPIs that are drawn.
const DIFFERENCES: [Kpi; 4] = [Kpi::ResidualIncome, Kpi::InvestedCapital, Kpi::BackorderRate, Kpi::CancellationRate];
const LEVELS: [Kpi; 3] = [Kpi::ResidualIncome, Kpi::InvestedCapital, Kpi::BackorderRate];

/// Rows that can be read.
const ROWS: usize = 12;
const BARS: usize = 40;

pub(super) fn charts(c: &Compared<'_>, verdict: &str) -> Vec<ChartSpec> {
    let all = vec![forest(c, verdict), levels(c)];
    if cfg!(debug_assertions) {
        let own = || c.sides.iter().flat_map(|s| std::iter::once(&s.name).chain(s.models.iter().map(|m| &m.name)));
        let names: Vec<String> = own().cloned().chain(own().map(|n| name(n))).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for spec in &all {
            let unmarked = spec.unmarked(&names);
            assert!(unmarked.is_empty(), "{}: `{}` says {unmarked:?}, which no mark says", spec.name, spec.title);
        }
    }
    all
}

fn format(c: &Compared<'_>, kpi: Kpi) -> Format {
    if kpi.unit() == Unit::Share { Format::Share } else { Format::Money(c.sides[0].currency.clone()) }
}

/// The lines that are drawn: of the best of each first, then models of one name.
fn drawn<'a>(c: &'a Compared<'_>, kpi: Kpi) -> Vec<&'a Line> {
    let same = |l: &&Line| l.kpi == kpi && !(l.best && l.model == l.from);
    let mut lines: Vec<&Line> = c.lines.iter().filter(same).collect();
    lines.sort_by_key(|l| !l.best);
    lines.truncate(ROWS);
    lines
}

fn colour(c: &Compared<'_>, model: &str) -> Colour {
    let known = c.sides.iter().find_map(|s| s.models.iter().position(|m| m.name == model));
    Colour::Model(known.unwrap_or(0))
}

fn forest(c: &Compared<'_>, verdict: &str) -> ChartSpec {
    let several = c.sides.len() > 2;
    let mut data = Csv::new(&["run", "model", "compared_model", "kpi", "difference", "ci_low", "ci_high", "paired"]);
    let mut panels = Vec::new();
    for kpi in DIFFERENCES {
        let row = |l: &Line| {
            let models = if l.best { format!("{} less {}", l.model, l.from) } else { l.model.clone() };
            let digits = Digits::of(&l.difference, kpi.unit(), &c.sides[0].currency);
            ForestRow {
                label: if several { format!("{}: {models}", c.sides[l.side].name) } else { models },
                colour: colour(c, &l.model),
                value: l.difference.value,
                interval: l.difference.interval(),
                text: digits.change().0.replace(" points", " pts"),
            }
        };
        let lines = drawn(c, kpi);
        for l in &lines {
            let names = [&c.sides[l.side].name, &l.model, &l.from].map(Clone::clone);
            let mut cells_of = names.to_vec();
            cells_of.extend([kpi.name().to_owned(), cell(l.difference.value)]);
            cells_of.extend(cells(l.difference.interval()));
            cells_of.push(l.paired.to_string());
            data.push(cells_of);
        }
        // What differs nowhere is not drawn, unless nothing does at all.
        let nothing = lines.iter().all(|l| l.difference.value == 0.0);
        if !lines.is_empty() && (!nothing || kpi == DIFFERENCES[0]) {
            let per = if kpi.unit() == Unit::MoneyOverWindow { " over the window" } else { "" };
            let rows = lines.into_iter().map(row).collect();
            panels.push(ForestPanel { title: format!("{}{per}", kpi.label()), format: format(c, kpi), rows });
        }
    }
    let first = &c.sides[0].name;
    let other = if several { "the others".to_owned() } else { c.sides[1].name.clone() };
    ChartSpec {
        name: "differences".into(),
        alt: format!("Dots with intervals around zero. {verdict}."),
        title: verdict.to_owned(),
        subtitle: format!("What {other} has more, or less, than {first}"),
        footer: "bars: 95 % confidence interval of the difference · KPIs in which nothing differs are left out".into(),
        legend: Vec::new(),
        body: if panels.is_empty() {
            Body::Words("the runs have no supply model in common, and no KPI of both".into())
        } else {
            Body::Forest(panels)
        },
        data,
    }
}

/// Each model in each run.
fn levels(c: &Compared<'_>) -> ChartSpec {
    let mut data = Csv::new(&["model", "run", "kpi", "value", "ci_low", "ci_high"]);
    let mut names: Vec<&str> = Vec::new();
    for model in c.sides.iter().flat_map(|s| &s.models) {
        if !names.contains(&model.name.as_str()) {
            names.push(&model.name);
        }
    }
    let mut columns = Vec::new();
    for kpi in LEVELS {
        let mut rows = Vec::new();
        for (m, model) in names.iter().enumerate() {
            let mut labelled = false;
            for (i, side) in c.sides.iter().enumerate() {
                let Some(found) = side.models.iter().find(|s| s.name == *model) else { continue };
                let e: Option<Estimate> = found.kpi(kpi).map(|k| k.estimate);
                let shade = if i == 0 { Colour::Model(m) } else { Colour::ModelTint(m) };
                rows.push(BarRow {
                    label: if labelled { String::new() } else { (*model).to_owned() },
                    note: side.name.clone(),
                    segments: vec![(e.map_or(0.0, |e| e.value), shade, String::new())],
                    whisker: e.and_then(|e| e.interval()),
                    value: e.map_or_else(String::new, |e| Digits::of(&e, kpi.unit(), &c.sides[0].currency).value()),
                });
                labelled = true;
                if let Some(e) = e {
                    let mut row = vec![(*model).to_owned(), side.name.clone(), kpi.name().into(), cell(e.value)];
                    row.extend(cells(e.interval()));
                    data.push(row);
                }
            }
        }
        columns.push(Bars {
            title: kpi.label().into(),
            rows,
            format: format(c, kpi),
            axis: if kpi.unit() == Unit::Share {
                "of units ordered".into()
            } else {
                kpi.unit().name(&c.sides[0].currency)
            },
        });
    }
    let many = columns.first().is_none_or(|b| b.rows.len() > BARS || b.rows.is_empty());
    let runs: Vec<String> = c.sides.iter().map(|s| name(&s.name)).collect();
    let title = match runs.as_slice() {
        [a, b] => format!("The supply models in {a} and in {b}"),
        [a, ..] => format!("The supply models in {a} and in the runs beside it"),
        [] => String::new(),
    };
    ChartSpec {
        name: "levels".into(),
        alt: format!("Bars with intervals, one a run and supply model. {title}."),
        title,
        subtitle: "All products together; full colour: the first run, tint: the others".into(),
        footer: "whiskers: 95 % confidence interval".into(),
        legend: Vec::new(),
        body: if many {
            Body::Words("the runs and models are too many to draw: `compare.csv` has all".into())
        } else {
            Body::Bars(columns)
        },
        data,
    }
}
