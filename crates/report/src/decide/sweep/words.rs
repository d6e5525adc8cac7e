//! Who leads where, and between which levels that changes, in sentences.

use super::{Shape, Swept, plain};
use crate::chart::{name, sentence};
use crate::ties::Told;
use restock_kernel::model::{Better, Unit};
use serde_json::{Value, json};

/// A stretch of cells in which one model alone leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reign {
    pub model: usize,
    /// First and last place in the order of the cells.
    pub first: usize,
    pub last: usize,
}

/// What is better, in words: `the highest residual income`.
fn superlative(swept: &Swept<'_>, kpi: usize) -> String {
    format!("the {} {}", if swept.higher(kpi) { "highest" } else { "lowest" }, noun(swept, kpi))
}

/// The KPI inside a sentence.
pub(super) fn noun(swept: &Swept<'_>, kpi: usize) -> String {
    let label = swept.kpis[kpi].label();
    let mut chars = label.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().collect::<String>() + chars.as_str())
}

/// Unit of the differences on tables.
pub(super) fn unit(swept: &Swept<'_>, kpi: usize) -> String {
    match swept.kpis[kpi].unit() {
        Unit::Share => "differences in points".into(),
        unit => unit.name(&swept.scenario.currency),
    }
}

/// The models that lead in a cell.
fn leaders(swept: &Swept<'_>, cell: usize, kpi: usize) -> Vec<usize> {
    let mut lead = swept.ranking(cell, kpi).map_or_else(Vec::new, |r| r.lead);
    lead.sort_unstable();
    lead
}

/// The stretches in which one model leads alone; ties between two of the same model belong to it.
pub(super) fn reigns(swept: &Swept<'_>, kpi: usize, order: &[usize]) -> Vec<Reign> {
    let mut out: Vec<Reign> = Vec::new();
    for (place, cell) in order.iter().enumerate() {
        let [model] = leaders(swept, *cell, kpi)[..] else { continue };
        match out.last_mut() {
            Some(reign) if reign.model == model => reign.last = place,
            _ => out.push(Reign { model, first: place, last: place }),
        }
    }
    out
}

/// Places in the order on either side of a change of the lead.
pub(super) fn boundaries(swept: &Swept<'_>, kpi: usize, order: &[usize]) -> Vec<usize> {
    match swept.shape() {
        Shape::Line(_) => reigns(swept, kpi, order).windows(2).flat_map(|w| [w[0].last, w[1].first]).collect(),
        Shape::Map | Shape::Many => Vec::new(),
    }
}

/// Between which places of the order the difference of a model from the first one changes its sign, both sides being told.
pub(super) fn crossings(swept: &Swept<'_>, kpi: usize, model: usize, order: &[usize]) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut before: Option<(usize, bool)> = None;
    for (place, cell) in order.iter().enumerate() {
        if swept.told(*cell, kpi, model) != Told::Apart {
            continue;
        }
        let above = swept.found[*cell].difference(kpi, 0, model).is_some_and(|d| d.value > 0.0);
        if let Some((from, was)) = before
            && was != above
        {
            out.push((from, place));
        }
        before = Some((place, above));
    }
    out
}

/// All crossings along a line, for machines. Of a map, along each row.
pub(super) fn flips_json(swept: &Swept<'_>) -> Vec<Value> {
    let rows: Vec<Vec<usize>> = match swept.shape() {
        Shape::Line(numbers) => vec![swept.in_order(numbers.as_ref())],
        Shape::Map => {
            let across = swept.design.factors[1].levels.len();
            (0..swept.found.len() / across).map(|y| (y * across..(y + 1) * across).collect()).collect()
        }
        Shape::Many => Vec::new(),
    };
    let models = swept.models();
    let mut out = Vec::new();
    for (k, kpi) in swept.kpis.iter().enumerate() {
        for (m, model) in models.iter().enumerate().skip(1) {
            for order in &rows {
                for (from, to) in crossings(swept, k, m, order) {
                    out.push(json!({
                        "kpi": kpi.name(),
                        "model": model,
                        "compared_with": models[0],
                        "between": swept.levels(order[from]),
                        "and": swept.levels(order[to]),
                    }));
                }
            }
        }
    }
    out
}

/// The finding of one KPI, in a sentence.
pub(super) fn verdict(swept: &Swept<'_>, kpi: usize) -> String {
    let models = swept.models();
    let what = superlative(swept, kpi);
    if let [only] = models.as_slice() {
        return sentence(&alone(swept, kpi, only));
    }
    if (0..swept.found.len()).all(|c| swept.ranking(c, kpi).is_none()) {
        return sentence(&format!("one replication a cell tells no supply models apart in {}", noun(swept, kpi)));
    }
    let order = match swept.shape() {
        Shape::Line(numbers) => swept.in_order(numbers.as_ref()),
        Shape::Map | Shape::Many => return sentence(&counted(swept, kpi)),
    };
    let keys = swept.short_keys();
    let reigns = reigns(swept, kpi, &order);
    let said = |m: usize| name(models[m]);
    let always = |m: usize| order.iter().all(|c| leaders(swept, *c, kpi) == [m]);
    let text = match reigns.as_slice() {
        [] => shared(swept, kpi, &keys[0]),
        [one] if always(one.model) => format!("{} has {what} at every {} that was tried", said(one.model), keys[0]),
        [one] if order.iter().all(|c| leaders(swept, *c, kpi).contains(&one.model)) => format!(
            "{} has {what} at every {} that was tried, though not at each is it told apart from the next",
            said(one.model),
            keys[0]
        ),
        [one] => format!(
            "{} has {what} {}; at other values no supply model leads alone",
            said(one.model),
            stretch(swept, one, &order)
        ),
        [a, b] => format!(
            "{} has {what} {}, {} {}: the ranking flips between {} and {}",
            said(a.model),
            stretch(swept, a, &order),
            said(b.model),
            stretch(swept, b, &order),
            level(swept, order[a.last]),
            level(swept, order[b.first]),
        ),
        [a, b, ..] => format!(
            "{what} changes hands more than once along {}, first between {} and {}: from {} to {}",
            keys[0],
            level(swept, order[a.last]),
            level(swept, order[b.first]),
            said(a.model),
            said(b.model),
        ),
    };
    sentence(&text)
}

/// Nowhere does a model lead alone: which lead everywhere together.
fn shared(swept: &Swept<'_>, kpi: usize, key: &str) -> String {
    let models = swept.models();
    let leads = |m: &usize| (0..swept.found.len()).all(|c| leaders(swept, c, kpi).contains(m));
    let together: Vec<String> = (0..models.len()).filter(leads).map(|m| name(models[m])).collect();
    let (noun, what) = (noun(swept, kpi), superlative(swept, kpi));
    match together.as_slice() {
        all if all.len() == models.len() => {
            format!("the supply models show no difference in {noun} at any {key} that was tried")
        }
        [a, b] => format!("{a} and {b} share {what} at every {key} that was tried"),
        _ => format!("no supply model alone has {what} at any {key} that was tried"),
    }
}

/// Of a map, without the counts: in most cells, in some.
pub(super) fn map_title(swept: &Swept<'_>, kpi: usize) -> String {
    let models = swept.models();
    let cells = swept.found.len();
    let alone = |m: usize| (0..cells).filter(|c| leaders(swept, *c, kpi) == [m]).count();
    let mut counts: Vec<(usize, usize)> = (0..models.len()).map(|m| (alone(m), m)).filter(|(n, _)| *n > 0).collect();
    counts.sort_by_key(|(n, m)| (std::cmp::Reverse(*n), *m));
    let share = |n: usize| {
        if n == cells {
            "in every cell"
        } else if 2 * n > cells {
            "in most cells"
        } else {
            "in some cells"
        }
    };
    let what = superlative(swept, kpi);
    match counts.as_slice() {
        _ if models.len() < 2 => sentence(&format!("{} of {}", noun(swept, kpi), name(models[0]))),
        [] => format!("No supply model alone has {what} in any cell"),
        [(n, m)] => format!("{} has {what} {}", name(models[*m]), share(*n)),
        [(n, m), (o, k), ..] => {
            format!("{} has {what} {}, {} {}", name(models[*m]), share(*n), name(models[*k]), share(*o))
        }
    }
}

/// Of a single model: from what to what the KPI goes.
fn alone(swept: &Swept<'_>, kpi: usize, model: &str) -> String {
    let values: Vec<(f64, usize)> =
        (0..swept.found.len()).filter_map(|c| Some((swept.found[c].own(0, kpi)?.value, c))).collect();
    let least = values.iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let most = values.iter().max_by(|a, b| a.0.total_cmp(&b.0));
    match (least, most) {
        (Some(least), Some(most)) if least.0 < most.0 => {
            let at = |c: usize| swept.cell_name(c);
            format!("{} of {} is least at {} and most at {}", noun(swept, kpi), name(model), at(least.1), at(most.1))
        }
        (Some(_), Some(_)) => format!("{} of {} is the same in every cell", noun(swept, kpi), name(model)),
        _ => format!("{} does not exist with {}", noun(swept, kpi), name(model)),
    }
}

/// A level of a line in words; of keys that go together that of the first.
pub(super) fn level(swept: &Swept<'_>, cell: usize) -> String {
    let at = &swept.design.cells()[cell];
    plain(&swept.design.factors[0].levels[at[0]])
}

/// Where a reign lies: `up to 40`, `at 50`, `from 60 on`. Of words, the levels themselves.
fn stretch(swept: &Swept<'_>, reign: &Reign, order: &[usize]) -> String {
    let at = |place: usize| level(swept, order[place]);
    let numbers = matches!(swept.shape(), Shape::Line(Some(_)));
    match (reign.first, reign.last) {
        (a, b) if a == b => format!("at {}", at(a)),
        (0, b) if numbers => format!("up to {}", at(b)),
        (a, b) if numbers && b + 1 == order.len() => format!("from {} on", at(a)),
        (a, b) => format!("from {} to {}", at(a), at(b)),
    }
}

/// In how many cells each of the first two leads, and in how many none is told apart.
fn counted(swept: &Swept<'_>, kpi: usize) -> String {
    let models = swept.models();
    let all: Vec<Vec<usize>> = (0..swept.found.len()).map(|c| leaders(swept, c, kpi)).collect();
    let mut alone: Vec<(usize, usize)> =
        (0..models.len()).map(|m| (all.iter().filter(|l| **l == [m]).count(), m)).collect();
    alone.sort_by_key(|(n, m)| (std::cmp::Reverse(*n), *m));
    let ties = all.iter().filter(|l| l.len() != 1).count();
    let what = superlative(swept, kpi);
    let cells = all.len();
    let mut parts: Vec<String> = alone
        .iter()
        .filter(|(n, _)| *n > 0)
        .take(2)
        .map(|(n, m)| format!("{} in {n} of {cells} cells", name(models[*m])))
        .collect();
    if let [(n, m), ..] = alone.as_slice()
        && *n == cells
    {
        return format!("{} has {what} in every cell", name(models[*m]));
    }
    if parts.is_empty() {
        return format!("no supply model alone has {what} in any cell");
    }
    let others = alone.iter().skip(2).map(|(n, _)| n).sum::<usize>();
    if others > 0 {
        parts.push(format!("others in {others}"));
    }
    if ties > 0 {
        parts.push(format!("in {ties} the best are not told apart"));
    }
    format!("{what}: {}", parts.join(", "))
}

/// The KPI with its unit, as axes name it.
pub(super) fn axis(swept: &Swept<'_>, kpi: usize) -> String {
    match swept.kpis[kpi].unit() {
        Unit::Share => swept.kpis[kpi].label().into(),
        unit => format!("{}, {}", swept.kpis[kpi].label(), unit.name(&swept.scenario.currency)),
    }
}

/// What it means that a difference from the first model lies below zero, and above it.
pub(super) fn ends(swept: &Swept<'_>, kpi: usize) -> (String, String) {
    let (low, high) = match swept.kpis[kpi].better() {
        Better::Higher => ("worse", "better"),
        Better::Lower => ("better", "worse"),
        Better::Neither => ("less", "more"),
    };
    (low.into(), high.into())
}
