//! `restock sweep`: supply models where keys of the scenario take other values.

mod charts;
mod words;

use super::{estimate, marked};
use crate::Answer;
use crate::chart::{Csv, cell, cells, name};
use crate::format::{self, Digits};
use crate::sheet::{Column, packed};
use crate::text::wrapped;
use crate::ties::{Ranking, Told, rank, told};
use restock_base::stats::interval::Estimate;
use restock_decide::{Design, Found};
use restock_kernel::model::{Better, Experiment, Kpi, Scenario};
use serde_json::{Map, Value, json};

/// Rows of a table on the terminal at most: more are thinned out.
const ROWS: usize = 21;

/// A sweep that was run.
#[derive(Debug)]
pub struct Swept<'a> {
    /// The scenario without what is varied.
    pub scenario: &'a Scenario,
    /// Seed and replications of every cell.
    pub experiment: &'a Experiment,
    /// What is varied.
    pub design: &'a Design,
    /// The keys as the scenario names them, in the order of the design.
    pub keys: Vec<String>,
    /// The KPIs, the one that decides first.
    pub kpis: &'a [Kpi],
    /// What was found, in the order of the design's cells.
    pub found: Vec<Found>,
    /// The cell that changes nothing, if there is one.
    pub now: Option<usize>,
}

/// How the cells are laid out for a reader.
enum Shape {
    /// One after the other, with a number each if the key has numbers. Keys that go together are as one.
    Line(Option<Vec<f64>>),
    /// By two keys: the first downwards, the second across.
    Map,
    /// By three keys or more.
    Many,
}

impl Swept<'_> {
    fn shape(&self) -> Shape {
        match (self.design.zipped, self.design.factors.as_slice()) {
            (_, [one]) => Shape::Line(one.numbers()),
            (true, [first, ..]) => Shape::Line(first.numbers()),
            (false, [_, _]) => Shape::Map,
            (_, _) => Shape::Many,
        }
    }

    fn models(&self) -> Vec<&str> {
        self.scenario.models.iter().map(|m| m.name.as_str()).collect()
    }

    /// The levels of a cell in words, by key.
    fn levels(&self, cell: usize) -> Vec<String> {
        let at = &self.design.cells()[cell];
        at.iter().zip(&self.design.factors).map(|(i, factor)| plain(&factor.levels[*i])).collect()
    }

    /// A cell in words: its level, or `key = level` of each key.
    fn cell_name(&self, cell: usize) -> String {
        let levels = self.levels(cell);
        match levels.as_slice() {
            [one] => one.clone(),
            _ => {
                self.short_keys().iter().zip(&levels).map(|(k, l)| format!("{k} = {l}")).collect::<Vec<_>>().join(", ")
            }
        }
    }

    /// The last part of each key, or the whole key where two end alike.
    fn short_keys(&self) -> Vec<String> {
        let last = |i: usize| self.design.factors[i].key.parts().last().map_or_else(String::new, ToString::to_string);
        let all: Vec<String> = (0..self.keys.len()).map(last).collect();
        let alone = |i: &usize| all.iter().filter(|k| **k == all[*i]).count() == 1;
        (0..all.len()).map(|i| if alone(&i) { all[i].clone() } else { self.keys[i].clone() }).collect()
    }

    /// The models of a cell in the order of a KPI; absent where nothing can be told.
    fn ranking(&self, cell: usize, kpi: usize) -> Option<Ranking> {
        let found = &self.found[cell];
        let own: Vec<Option<Estimate>> = (0..self.models().len()).map(|m| found.own(m, kpi)).collect();
        let minus = |a: usize, b: usize| found.difference(kpi, b, a);
        rank(&own, &minus, self.higher(kpi), self.kpis[kpi].unit())
    }

    /// What the difference of a model from the first one says.
    fn told(&self, cell: usize, kpi: usize, model: usize) -> Told {
        let found = &self.found[cell];
        let value = |m| found.own(m, kpi).map_or(0.0, |e| e.value);
        let difference = found.difference(kpi, 0, model);
        difference.map_or(Told::Unknown, |d| told(&d, value(model), value(0), self.kpis[kpi].unit()))
    }

    fn higher(&self, kpi: usize) -> bool {
        match self.kpis[kpi].better() {
            Better::Higher | Better::Neither => true,
            Better::Lower => false,
        }
    }

    /// The cells of a line by rising number, or in the order of the levels.
    fn in_order(&self, numbers: Option<&Vec<f64>>) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.found.len()).collect();
        if let Some(numbers) = numbers {
            order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
        }
        order
    }
}

/// A level without the quotes that TOML needs.
fn plain(level: &str) -> String {
    let quoted = level.len() > 1
        && (level.starts_with('"') && level.ends_with('"') || level.starts_with('\'') && level.ends_with('\''));
    if quoted { level[1..level.len() - 1].to_owned() } else { level.to_owned() }
}

/// The answer: who leads where, between which levels that changes, and every figure.
#[must_use]
pub fn sweep(swept: &Swept<'_>, width: u16) -> Answer {
    let verdict = words::verdict(swept, 0);
    let others: Vec<String> = (1..swept.kpis.len()).map(|k| format!("- {}", words::verdict(swept, k))).collect();
    let n = format::count(f64::from(swept.experiment.replications));
    let head = format!("{}, {}", swept.kpis[0].label(), words::unit(swept, 0));
    let mut text = format!("{}\n\n{head}\n{}\n\n", wrapped(&verdict, width), tables(swept, width));
    for other in &others {
        text += &format!("{}\n", wrapped(other, width));
    }
    let rest = format!(
        "± half-width of the 95 % confidence interval; {n} replications a cell, the same shoppers in all. ~ no difference shown, or below 1 %. All figures are in `sweep.csv`.{}{}",
        if swept.now.is_some() { " * the scenario as it is." } else { "" },
        match swept.shape() {
            Shape::Line(_) | Shape::Map => "",
            Shape::Many => " Of three keys or more no chart is drawn.",
        }
    );
    text += &format!("{}{}\n", if others.is_empty() { "" } else { "\n" }, wrapped(&rest, width));
    Answer {
        json: to_json(swept, &verdict),
        verdict,
        text,
        tables: vec![("sweep.csv".into(), table(swept, None))],
        charts: marked(charts::charts(swept), swept.scenario),
    }
}

/// The tidy table: a row for each cell, supply model and KPI. Of one KPI alone for its chart.
fn table(swept: &Swept<'_>, only: Option<usize>) -> Csv {
    let mut out = Csv::new(&["cell"]);
    out.header.extend(swept.keys.iter().map(|key| key.clone().into()));
    let rest = [
        "model",
        "kpi",
        "unit",
        "value",
        "ci_low",
        "ci_high",
        "compared_with",
        "difference",
        "difference_ci_low",
        "difference_ci_high",
    ];
    out.header.extend(rest.map(Into::into));
    let models = swept.models();
    for (c, found) in swept.found.iter().enumerate() {
        let levels = swept.levels(c);
        for (m, model) in models.iter().enumerate() {
            for (k, kpi) in swept.kpis.iter().enumerate().filter(|(k, _)| only.is_none_or(|o| o == *k)) {
                let Some(own) = found.own(m, k) else { continue };
                let mut row = vec![(c + 1).to_string()];
                row.extend(levels.iter().cloned());
                row.extend([
                    (*model).to_owned(),
                    kpi.name().into(),
                    kpi.unit().name(&swept.scenario.currency),
                    cell(own.value),
                ]);
                row.extend(cells(own.interval()));
                let difference = found.difference(k, 0, m).filter(|_| m > 0);
                row.push(difference.map_or_else(String::new, |_| models[0].to_owned()));
                row.push(difference.map_or_else(String::new, |d| cell(d.value)));
                row.extend(cells(difference.and_then(|d| d.interval())));
                out.push(row);
            }
        }
    }
    out
}

fn to_json(swept: &Swept<'_>, verdict: &str) -> Value {
    let models = swept.models();
    let of_model = |found: &Found, m: usize| {
        let mut kpis = Map::new();
        for (k, kpi) in swept.kpis.iter().enumerate() {
            let Some(own) = found.own(m, k) else { continue };
            let mut of = estimate(&own);
            if let Some(d) = found.difference(k, 0, m).filter(|_| m > 0) {
                of["less_the_first_model"] = estimate(&d);
            }
            kpis.insert(kpi.name().into(), of);
        }
        json!({ "model": models[m], "kpis": kpis })
    };
    let of_cell = |c: usize| {
        let levels: Map<String, Value> =
            swept.keys.iter().cloned().zip(swept.levels(c).into_iter().map(Value::from)).collect();
        let of_models: Vec<Value> = (0..models.len()).map(|m| of_model(&swept.found[c], m)).collect();
        json!({ "cell": c + 1, "is_present": swept.now == Some(c), "levels": levels, "models": of_models })
    };
    json!({
        "verdict": verdict,
        "keys": swept.keys,
        "zipped": swept.design.zipped,
        "kpis": swept.kpis.iter().map(|k| k.name()).collect::<Vec<_>>(),
        "currency": swept.scenario.currency,
        "replications": swept.experiment.replications,
        "seed": swept.experiment.seed,
        "flips": words::flips_json(swept),
        "cells": (0..swept.found.len()).map(of_cell).collect::<Vec<_>>(),
    })
}

/// The first KPI on the terminal.
fn tables(swept: &Swept<'_>, width: u16) -> String {
    match swept.shape() {
        Shape::Line(numbers) => listed(swept, &swept.in_order(numbers.as_ref()), width),
        Shape::Many => listed(swept, &swept.in_order(None), width),
        Shape::Map => mapped(swept, width),
    }
}

/// So many of `n` things, evenly, the first and the last among them.
fn thinned(n: usize, most: usize) -> Vec<usize> {
    if n <= most {
        return (0..n).collect();
    }
    (0..most).map(|i| i * (n - 1) / (most - 1).max(1)).collect()
}

/// A row a cell: each model, and what the others differ from the first by.
fn listed(swept: &Swept<'_>, order: &[usize], width: u16) -> String {
    let (kpi, currency) = (swept.kpis[0], swept.scenario.currency.as_str());
    let mut rows = thinned(order.len(), ROWS);
    // Where the lead changes both sides are shown.
    rows.extend(words::boundaries(swept, 0, order));
    rows.sort_unstable();
    rows.dedup();
    let shown: Vec<usize> = rows.iter().map(|r| order[*r]).collect();
    let names: Vec<String> = shown
        .iter()
        .map(|c| format!("{}{}", swept.cell_name(*c), if swept.now == Some(*c) { " *" } else { "" }))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let models = swept.models();
    let own = |m: usize| {
        let cell = |c: &usize| format::plus_minus(swept.found[*c].own(m, 0).as_ref(), kpi.unit(), currency);
        Column { head: models[m].to_owned(), cells: shown.iter().map(cell).collect() }
    };
    let less = |m: usize| Column {
        head: format!("{} less {}", models[m], models[0]),
        cells: shown.iter().map(|c| difference(swept, *c, m)).collect(),
    };
    let columns: Vec<Column> = (0..models.len()).map(own).chain((1..models.len()).map(less)).collect();
    let corner = match swept.short_keys().as_slice() {
        [one] => one.clone(),
        _ => "Cell".into(),
    };
    let table = packed(&corner, &names, &columns, width);
    if shown.len() == order.len() {
        return table;
    }
    format!("{table}\n{} of {}; all are in `sweep.csv`", shown.len(), format::counted(order.len(), "cell"))
}

/// A difference from the first model with its half-width; a tilde before one that is not told.
fn difference(swept: &Swept<'_>, cell: usize, model: usize) -> String {
    let Some(d) = swept.found[cell].difference(0, 0, model) else { return "-".into() };
    let digits = Digits::of(&d, swept.kpis[0].unit(), &swept.scenario.currency);
    let by = digits.change().0.replace(" points", "");
    let by = digits.half_width().map_or(by.clone(), |half| format!("{by} ± {half}"));
    if swept.told(cell, 0, model) == Told::Apart { by } else { format!("~{by}") }
}

/// Models of which a map is printed.
const MAPS: usize = 2;

/// A table a model: the first key downwards, the second across, in the cells the difference from the first model.
fn mapped(swept: &Swept<'_>, width: u16) -> String {
    const CELL: usize = 12;
    let [down, across] = swept.design.factors.as_slice() else { return String::new() };
    let levels = |f: &restock_decide::Factor| f.levels.iter().map(|l| plain(l)).collect::<Vec<_>>();
    let (down, across) = (levels(down), levels(across));
    let keys = swept.short_keys();
    let first = down.iter().map(|l| l.chars().count()).max().unwrap_or(0).max(keys[0].chars().count());
    let (rows, columns) = (
        thinned(down.len(), ROWS),
        thinned(across.len(), (usize::from(width).saturating_sub(first + 4) / CELL).max(2)),
    );
    let models = swept.models();
    let shown = if models.len() > 1 { 1..models.len().min(MAPS + 1) } else { 0..1 };
    let text = |c: usize, m: usize| {
        let marked = if swept.now == Some(c) { "*" } else { "" };
        let e = if m > 0 { swept.found[c].difference(0, 0, m) } else { swept.found[c].own(0, 0) };
        let Some(e) = e else { return "-".to_owned() };
        let digits = Digits::of(&e, swept.kpis[0].unit(), &swept.scenario.currency);
        let sign = if m == 0 || swept.told(c, 0, m) == Told::Apart { "" } else { "~" };
        let value = if m > 0 { digits.change().0.replace(" points", "") } else { digits.value() };
        format!("{sign}{value}{marked}")
    };
    let names: Vec<&str> = rows.iter().map(|r| down[*r].as_str()).collect();
    let mut out = Vec::new();
    for m in shown {
        let column = |x: &usize| Column {
            head: across[*x].clone(),
            cells: rows.iter().map(|y| text(y * across.len() + x, m)).collect(),
        };
        let columns: Vec<Column> = columns.iter().map(column).collect();
        let of = if m > 0 { format!("{} less {}", name(models[m]), name(models[0])) } else { name(models[0]) };
        out.push(format!("{of}; across: {}\n{}", keys[1], packed(&keys[0], &names, &columns, width)));
    }
    if models.len() > MAPS + 1 {
        out.push(format!("{} more supply models are in `sweep.csv`.", models.len() - MAPS - 1));
    }
    if rows.len() * columns.len() < swept.found.len() {
        let of = format!("{} of {}", rows.len() * columns.len(), format::counted(swept.found.len(), "cell"));
        out.push(format!("{of}; all are in `sweep.csv`."));
    }
    out.join("\n\n")
}
