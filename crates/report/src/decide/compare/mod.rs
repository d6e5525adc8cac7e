//! `restock compare`: runs and variants side by side.

mod charts;
mod side;
mod words;

pub use side::{Measured, Side, SideModel};

use super::USUAL_KPIS;
use super::estimate;
use crate::Answer;
use crate::chart::{Csv, cell, cells};
use crate::format::{self, Digits};
use crate::sheet::{Column, packed};
use crate::text::wrapped;
use crate::ties::{Told, told};
use restock_base::diag::Error;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::Kpi;
use serde_json::{Value, json};
use side::{Pairing, pairing};

/// Keys that the terminal names; `keys.csv` has all.
const KEYS: usize = 20;

/// One KPI of one model in a run beside that of a model in the first run.
#[derive(Debug, Clone)]
struct Line {
    /// Which of the other runs.
    side: usize,
    /// The model in that run, and the one in the first run.
    model: String,
    from: String,
    /// Whether these are the best of each, rather than two of one name.
    best: bool,
    kpi: Kpi,
    a: Estimate,
    b: Estimate,
    difference: Estimate,
    /// Whether it was taken replication by replication.
    paired: bool,
}

impl Line {
    fn told(&self) -> Told {
        told(&self.difference, self.b.value, self.a.value, self.kpi.unit())
    }
}

/// Runs or variants, the first of which the others are compared with.
struct Compared<'a> {
    sides: &'a [Side],
    pairings: Vec<Pairing>,
    lines: Vec<Line>,
    /// Keys that differ, each with its value in every run.
    keys: Vec<(String, Vec<Option<String>>)>,
}

/// The answer: what differs between the runs, in keys and in figures. `sides` are at least two, with names of their own.
///
/// # Errors
///
/// If the runs are in different currencies.
pub fn compare(sides: &[Side], width: u16) -> Result<Answer, Error> {
    if let Some(other) = sides.iter().find(|s| s.currency != sides[0].currency) {
        let message = format!(
            "amounts of `{}` are in {}, those of `{}` in {}: a difference of amounts would say nothing; run both in one currency, with amounts converted in the scenario file",
            sides[0].name, sides[0].currency, other.name, other.currency
        );
        return Err(Error::new("currency", message));
    }
    let keys = side::keys(sides);
    let pairings: Vec<Pairing> = sides.iter().skip(1).map(|s| pairing(&sides[0], s)).collect();
    let lines = sides.iter().enumerate().skip(1).flat_map(|(i, _)| lines(sides, i, &pairings[i - 1])).collect();
    let compared = Compared { sides, pairings, lines, keys };
    let verdict = words::verdict(&compared);
    Ok(Answer {
        text: text(&compared, &verdict, width),
        json: to_json(&compared, &verdict),
        tables: vec![("compare.csv".into(), table(&compared)), ("keys.csv".into(), keys_table(&compared))],
        charts: charts::charts(&compared, &verdict),
        verdict,
    })
}

/// All KPIs of models of one name in both runs, and of the best of each.
fn lines(sides: &[Side], side: usize, pairing: &Pairing) -> Vec<Line> {
    let (first, other) = (&sides[0], &sides[side]);
    let mut pairs: Vec<(&SideModel, &SideModel, bool)> =
        other.models.iter().filter_map(|b| Some((first.models.iter().find(|a| a.name == b.name)?, b, false))).collect();
    if let (Some(a), Some(b)) = (first.best(), other.best()) {
        pairs.push((a, b, true));
    }
    let line = |(a, b, best): (&SideModel, &SideModel, bool), kpi: Kpi| {
        let (x, y) = (a.kpi(kpi)?, b.kpi(kpi)?);
        let (difference, paired) = pairing.difference((x, y), a.name == b.name);
        let (model, from) = (b.name.clone(), a.name.clone());
        Some(Line { side, model, from, best, kpi, a: x.estimate, b: y.estimate, difference, paired })
    };
    pairs.into_iter().flat_map(|pair| Kpi::ALL.iter().filter_map(move |kpi| line(pair, *kpi))).collect()
}

fn text(c: &Compared<'_>, verdict: &str, width: u16) -> String {
    let mut out = format!("{}\n\n", wrapped(verdict, width));
    for pairing in words::pairings(c) {
        out += &format!("{}\n", wrapped(&pairing, width));
    }
    out += &format!("\n{}\n", keys_text(c, width));
    for i in 1..c.sides.len() {
        out += &format!("\n{}", tables(c, i, width));
    }
    let note = "± half-width of the 95 % confidence interval. ~ no difference shown, or below 1 %. All KPIs are in `compare.csv`.";
    out + &wrapped(note, width) + "\n"
}

/// The keys that differ, as far as there is room.
fn keys_text(c: &Compared<'_>, width: u16) -> String {
    if c.keys.is_empty() {
        return "No key of the scenarios differs.".into();
    }
    let shown = &c.keys[..c.keys.len().min(KEYS)];
    let short = |v: &Option<String>| {
        let text = v.as_deref().unwrap_or("-");
        if text.chars().count() > 40 { text.chars().take(39).collect::<String>() + "…" } else { text.to_owned() }
    };
    let names: Vec<&str> = shown.iter().map(|(key, _)| key.as_str()).collect();
    let column = |i: usize| Column {
        head: c.sides[i].name.clone(),
        cells: shown.iter().map(|(_, values)| short(&values[i])).collect(),
    };
    let columns: Vec<Column> = (0..c.sides.len()).map(column).collect();
    let table = packed("Key", &names, &columns, width);
    let more = c.keys.len() - shown.len();
    if more == 0 { table } else { format!("{table}\n{} more; all are in `keys.csv`", format::counted(more, "key")) }
}

/// A table a model that both runs have, and one of the best of each.
fn tables(c: &Compared<'_>, side: usize, width: u16) -> String {
    let mut out = String::new();
    let mut heads: Vec<(bool, &str, &str)> = Vec::new();
    for line in c.lines.iter().filter(|l| l.side == side) {
        let head = (line.best, line.model.as_str(), line.from.as_str());
        if !heads.contains(&head) {
            heads.push(head);
        }
    }
    for (best, model, from) in heads {
        // The best of each are told apart from two of one name only where their names differ.
        if best && model == from {
            continue;
        }
        let of = |l: &&Line| l.side == side && l.best == best && l.model == model && l.from == from;
        let lines: Vec<&Line> =
            USUAL_KPIS.iter().filter_map(|kpi| c.lines.iter().filter(of).find(|l| l.kpi == *kpi)).collect();
        let currency = &c.sides[0].currency;
        let digits = |e: &Estimate, l: &Line| Digits::of(e, l.kpi.unit(), currency).plus_minus();
        let names: Vec<&str> = lines.iter().map(|l| l.kpi.label()).collect();
        let columns = [
            Column { head: c.sides[0].name.clone(), cells: lines.iter().map(|l| digits(&l.a, l)).collect() },
            Column { head: c.sides[side].name.clone(), cells: lines.iter().map(|l| digits(&l.b, l)).collect() },
            Column { head: "difference".into(), cells: lines.iter().map(|l| words::difference(l, currency)).collect() },
        ];
        let corner = if best { format!("{model} less {from}") } else { model.to_owned() };
        out += &format!("{}\n\n", packed(&corner, &names, &columns, width));
    }
    out
}

/// The tidy table: a row for each run, supply model and KPI.
fn table(c: &Compared<'_>) -> Csv {
    let mut out = Csv::new(&[
        "run",
        "model",
        "kpi",
        "unit",
        "value",
        "ci_low",
        "ci_high",
        "compared_run",
        "compared_model",
        "compared_value",
        "compared_ci_low",
        "compared_ci_high",
        "difference",
        "difference_ci_low",
        "difference_ci_high",
        "paired",
        "best_of_each",
    ]);
    for l in &c.lines {
        let mut row = vec![
            c.sides[l.side].name.clone(),
            l.model.clone(),
            l.kpi.name().into(),
            l.kpi.unit().name(&c.sides[0].currency),
            cell(l.b.value),
        ];
        row.extend(cells(l.b.interval()));
        row.extend([c.sides[0].name.clone(), l.from.clone(), cell(l.a.value)]);
        row.extend(cells(l.a.interval()));
        row.push(cell(l.difference.value));
        row.extend(cells(l.difference.interval()));
        row.extend([l.paired.to_string(), l.best.to_string()]);
        out.push(row);
    }
    out
}

fn keys_table(c: &Compared<'_>) -> Csv {
    let mut out = Csv::new(&["key"]);
    out.header.extend(c.sides.iter().map(|s| s.name.clone().into()));
    for (key, values) in &c.keys {
        out.push(std::iter::once(key.clone()).chain(values.iter().map(|v| v.clone().unwrap_or_default())).collect());
    }
    out
}

fn to_json(c: &Compared<'_>, verdict: &str) -> Value {
    let said = words::pairings(c);
    let runs = c.sides.iter().enumerate().map(|(i, s)| {
        json!({
            "name": s.name,
            "seed": s.seed,
            "replications": s.replications,
            "models": s.models.iter().map(|m| &m.name).collect::<Vec<_>>(),
            "pairing": i.checked_sub(1).map(|k| c.pairings[k].name()),
            "pairing_because": i.checked_sub(1).map(|k| &said[k]),
        })
    });
    let key = |(key, values): &(String, Vec<Option<String>>)| json!({ "key": key, "values": values });
    let line = |l: &Line| {
        json!({
            "run": c.sides[l.side].name,
            "model": l.model,
            "compared_run": c.sides[0].name,
            "compared_model": l.from,
            "best_of_each": l.best,
            "kpi": l.kpi.name(),
            "value": estimate(&l.b),
            "compared_value": estimate(&l.a),
            "difference": estimate(&l.difference),
            "paired": l.paired,
        })
    };
    json!({
        "verdict": verdict,
        "currency": c.sides[0].currency,
        "runs": runs.collect::<Vec<_>>(),
        "keys": c.keys.iter().map(key).collect::<Vec<_>>(),
        "differences": c.lines.iter().map(line).collect::<Vec<_>>(),
    })
}
