//! `restock solve`: the policy that reaches a target, in the units that a buyer enters.

use super::{estimate, marked, window};
use crate::Answer;
use crate::chart::{BarRow, Body, ChartSpec, Colour, Csv, Format, cell, cells, name, sentence};
use crate::format::{self, Digits, amount};
use crate::sheet::{Column, packed};
use crate::text::wrapped;
use crate::ties::rank;
use restock_base::stats::interval::Estimate;
use restock_decide::{
    Aim, Axis, CORRECT, Condition, Days, Ending, LOOKED_AT, NextOrder, Objective, Side, Solution, Target,
};
use restock_kernel::model::{Experiment, Kpi, Scenario, Unit};
use restock_kernel::sim::Levels;
use serde_json::{Value, json};

/// KPIs told of an answer.
const TOLD: [Kpi; 6] = [
    Kpi::FillRate,
    Kpi::BackorderRate,
    Kpi::CancellationRate,
    Kpi::InvestedCapital,
    Kpi::Contribution,
    Kpi::ResidualIncome,
];

/// One supply model that was searched.
#[derive(Debug, Clone)]
pub struct SolvedModel {
    /// Its place in the scenario.
    pub model: usize,
    /// What could be changed.
    pub axes: Vec<Axis>,
    /// What was found.
    pub found: Ending,
    /// Points that were run.
    pub points: usize,
    /// Points that were no scenario, and why.
    pub left_out: Option<(usize, String)>,
    /// By product: what a buyer enters for each location.
    pub levels: Vec<(String, Vec<Levels>)>,
    /// The first purchase orders of the window.
    pub orders: Vec<NextOrder>,
}

impl SolvedModel {
    /// A supply model whose levels and orders are not known yet.
    #[must_use]
    pub fn new(model: usize, axes: Vec<Axis>, found: Ending, points: usize) -> Self {
        SolvedModel { model, axes, found, points, left_out: None, levels: Vec::new(), orders: Vec::new() }
    }

    /// The scenario as it was found; absent where the target is out of reach.
    #[must_use]
    pub fn scenario(&self) -> Option<&Scenario> {
        self.solution().map(|s| &s.scenario)
    }

    fn solution(&self) -> Option<&Solution> {
        match &self.found {
            Ending::Solved(solution) => Some(solution),
            Ending::Missed(_) => None,
        }
    }
}

/// What is written about.
struct Told<'a> {
    scenario: &'a Scenario,
    experiment: &'a Experiment,
    aim: &'a Aim,
    solved: &'a [SolvedModel],
}

/// The answer of a search in one or several supply models.
#[must_use]
pub fn solved(
    (scenario, experiment): (&Scenario, &Experiment),
    aim: &Aim,
    solved: &[SolvedModel],
    width: u16,
) -> Answer {
    let t = Told { scenario, experiment, aim, solved };
    let found = t.verdict();
    let chart = t.chart(&found);
    let verdict = t.shortfall().map_or_else(|| found.clone(), |short| format!("{found}, {short}"));
    let mut text = format!("{}\n\n{}\n", wrapped(&verdict, width), t.table(width));
    for line in t.remarks() {
        text += &format!("\n{}", wrapped(&line, width));
    }
    text += &t.entered(width);
    let tables = vec![
        ("solve.csv".into(), chart.data.clone()),
        ("levels.csv".into(), t.levels()),
        ("next-orders.csv".into(), t.orders()),
    ];
    Answer { json: t.json(&verdict), verdict, text, tables, charts: marked(vec![chart], scenario) }
}

impl Told<'_> {
    fn name(&self, s: &SolvedModel) -> &str {
        &self.scenario.models[s.model].name
    }

    /// What is aimed at, in words.
    fn goal(&self) -> String {
        match self.aim {
            Aim::Reach(targets) => targets.iter().map(|t| self.target(t)).collect::<Vec<_>>().join(" and "),
            Aim::Maximise(objective, _) => match objective.only() {
                Some(kpi) if objective.terms[0].0 > 0.0 => format!("the most {}", kpi.label().to_lowercase()),
                Some(kpi) => format!("the least {}", kpi.label().to_lowercase()),
                None => told(objective),
            },
        }
    }

    /// A target in words: `a fill rate of ordinary days of at least 97 %`.
    fn target(&self, target: &Target) -> String {
        let Condition { kpi, side, limit } = target.condition;
        let side_in_words = |side| if side == Side::AtLeast { "at least" } else { "at most" };
        let of = if target.days == Days::Ordinary { " of ordinary days" } else { "" };
        let limit = format::value(limit, kpi.unit(), &self.scenario.currency);
        let condition = format!("{}{of} of {} {limit}", kpi.label().to_lowercase(), side_in_words(side));
        match target.chance {
            None => format!("a {condition}"),
            Some((side, share)) => {
                format!("a {condition} in {} {} of replications", side_in_words(side), format::share(share))
            }
        }
    }

    /// What the models are compared by: capital of what reaches the target, or the objective as it was written.
    fn measure(&self, s: &Solution) -> (Estimate, Unit) {
        match self.aim {
            Aim::Reach(_) => (s.capital.estimate(), Unit::Money),
            Aim::Maximise(objective, _) => {
                let value = s.objective.unwrap_or(Estimate::new(0.0, None));
                (turned(objective, value), unit(objective))
            }
        }
    }

    fn verdict(&self) -> String {
        let goal = self.goal();
        let found: Vec<(&SolvedModel, &Solution)> =
            self.solved.iter().filter_map(|s| Some((s, s.solution()?))).collect();
        let words = |s: &Solution| {
            let (e, unit) = self.measure(s);
            Digits::of(&e, unit, &self.scenario.currency).value()
        };
        let called = |s: &SolvedModel| name(self.name(s));
        if found.is_empty() {
            return format!("No supply model reaches {goal} within the range that was searched");
        }
        let told = |i: usize| format!("{} ({})", called(found[i].0), words(found[i].1));
        let estimates: Vec<Option<Estimate>> = found.iter().map(|f| Some(self.measure(f.1).0)).collect();
        let higher = matches!(self.aim, Aim::Maximise(objective, _) if !is_turned(objective));
        let minus = |a: usize, b: usize| self.minus(found[a].1, found[b].1);
        let unit = self.measure(found[0].1).1;
        let lead = rank(&estimates, &minus, higher, unit);
        let (lead, rest) = lead.map_or_else(|| (vec![0], Vec::new()), |ranking| (ranking.lead, ranking.rest));
        match (self.aim, lead.as_slice(), rest.as_slice()) {
            (_, [first, second, ..], _) => {
                format!("For {goal}, {} and {} are not told apart", told(*first), told(*second))
            }
            (Aim::Reach(_), [first], [next, ..]) => {
                format!("For {goal}, {} needs the least capital; next is {}", told(*first), told(*next))
            }
            (Aim::Reach(_), [first], []) => format!("{} reaches {goal}", told(*first)),
            (Aim::Maximise(..), [first], [next, ..]) => {
                format!("{} has {goal}; next is {}", told(*first), told(*next))
            }
            (Aim::Maximise(..), [first], []) => format!("{} has {goal} within the range", told(*first)),
            (_, [], _) => String::new(),
        }
    }

    /// Models of which fresh shoppers show that they do not reach the target, though those of the search did: what is at the least capital looks
    /// better than it is, most of all where replications are few.
    fn shortfall(&self) -> Option<String> {
        let Aim::Reach(targets) = self.aim else { return None };
        let of = |s: &SolvedModel| {
            let fresh = &s.solution()?.fresh;
            let (target, e) = targets.iter().zip(fresh).find(|(target, e)| falls_short(target, e))?;
            let value = Digits::of(e, target.unit(), &self.scenario.currency).plus_minus();
            Some(format!("{} has {value}", name(self.name(s))))
        };
        let short: Vec<String> = self.solved.iter().filter_map(of).collect();
        let all = short.join(" and ");
        (!short.is_empty()).then(|| {
            format!("but with fresh shoppers {all}, short of the target: more replications (`-n`) come nearer")
        })
    }

    /// What the models are compared by, replications paired.
    fn minus(&self, a: &Solution, b: &Solution) -> Option<Estimate> {
        match self.aim {
            Aim::Reach(_) => Some(a.capital.clone().plus(-1.0, &b.capital).estimate()),
            Aim::Maximise(objective, _) => {
                let of = |s: &Solution| objective.value(&s.outcome.all_products().models[0]);
                Some(turned(objective, of(a)?.plus(-1.0, &of(b)?).estimate()))
            }
        }
    }

    fn table(&self, width: u16) -> String {
        let names: Vec<&str> = self.solved.iter().map(|s| self.name(s)).collect();
        let currency = &self.scenario.currency;
        let column = |head: String, of: &dyn Fn(&SolvedModel) -> String| Column {
            head,
            cells: self.solved.iter().map(of).collect(),
        };
        let mut columns = Vec::new();
        let axes = self.solved.iter().map(|s| s.axes.len()).max().unwrap_or(0);
        for a in 0..axes {
            let head = self.solved.iter().find_map(|s| s.axes.get(a)).map_or(String::new(), short);
            columns.push(column(head, &|s| value_of(s, a)));
        }
        match self.aim {
            Aim::Reach(targets) => {
                for (k, target) in targets.iter().enumerate() {
                    let told = |e: &Estimate| Digits::of(e, target.unit(), currency).plus_minus();
                    columns.push(column(target.to_string(), &|s| match &s.found {
                        Ending::Solved(f) => told(&f.reached[k]),
                        Ending::Missed(m) => format!("not reached: {}", told(&m.reached[k])),
                    }));
                    columns.push(column("on fresh shoppers".into(), &|s| {
                        s.solution().map_or("-".into(), |f| told(&f.fresh[k]))
                    }));
                }
            }
            Aim::Maximise(objective, _) => {
                let told = |e: Option<&Estimate>| {
                    e.map_or("-".into(), |e| Digits::of(&turned(objective, *e), unit(objective), currency).plus_minus())
                };
                columns.push(column(told_short(objective), &|s| told(s.solution().and_then(|f| f.objective.as_ref()))));
                columns.push(column("on fresh shoppers".into(), &|s| told(s.solution().and_then(|f| f.fresh.first()))));
            }
        }
        let capital = |s: &SolvedModel| {
            s.solution().map_or("-".into(), |f| Digits::of(&f.capital.estimate(), Unit::Money, currency).plus_minus())
        };
        columns.push(column("invested capital".into(), &capital));
        for kpi in [Kpi::FillRate, Kpi::ResidualIncome] {
            let of = |s: &SolvedModel| {
                let e = s.solution()?.outcome.all_products().models[0].estimate(kpi)?;
                Some(Digits::of(&e, kpi.unit(), currency).plus_minus())
            };
            columns.push(column(kpi.label().into(), &|s| of(s).unwrap_or_else(|| "-".into())));
        }
        packed("Supply model", &names, &columns, width)
    }

    /// What is to be known of the answers, a line each.
    fn remarks(&self) -> Vec<String> {
        let mut out = Vec::new();
        for s in self.solved {
            let called = self.name(s);
            if let Some((n, why)) = &s.left_out {
                out.push(format!("{called}: {} left out, as {why}.", format::counted(*n, "point")));
            }
            match &s.found {
                Ending::Solved(f) => {
                    if !f.binds {
                        out.push(format!("{called}: the target does not bind; less capital is needed beyond where it begins to be reached."));
                    } else if f.at_end {
                        out.push(format!(
                            "{called}: the end of the range reaches the target already; a wider range may need less."
                        ));
                    }
                    if f.is_uneven {
                        out.push(format!("{called}: service does not rise with every step here (lots, reviews and reactions go in steps); the neighbours were run."));
                    }
                    if let Some(selection) = &f.selection {
                        out.push(self.chosen(called, f, selection));
                    }
                    out.push(format!(
                        "{called}: run it with {}",
                        f.changes.iter().map(|c| format!("--set '{c}'")).collect::<Vec<_>>().join(" ")
                    ));
                }
                Ending::Missed(m) => out.push(self.missed(called, s, m)),
            }
        }
        let n = format::count(f64::from(self.experiment.replications));
        let between = match self.aim {
            Aim::Reach(_) => " Values in brackets: those of which it cannot be said whether they reach the target.",
            Aim::Maximise(..) => "",
        };
        out.push(format!(
            "± half-width of the 95 % confidence interval, that of capital with the error of the search; {n} replications, the same shoppers for all.{between}"
        ));
        out
    }

    fn chosen(&self, called: &str, f: &Solution, selection: &restock_decide::Selection) -> String {
        let Aim::Maximise(objective, _) = self.aim else { return String::new() };
        let zone = format::value(selection.indifference, unit(objective), &self.scenario.currency);
        let sure = format::share(CORRECT);
        if selection.is_decided() {
            format!(
                "{called}: of the {} best points that were seen this is the best, or within {zone} of it, with a probability of {sure} (Kim and Nelson 2001; {} replications).",
                selection.candidates,
                format::count(f64::from(selection.replications))
            )
        } else {
            let others: Vec<String> = f.equals.iter().take(4).map(|v| listed(v)).collect();
            let more = f.equals.len().saturating_sub(4);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!(
                "{called}: {} replications do not tell it apart from {}{more}; {zone} would not matter.",
                format::count(f64::from(selection.replications)),
                others.join(", ")
            )
        }
    }

    fn missed(&self, called: &str, s: &SolvedModel, m: &restock_decide::Missed) -> String {
        let Aim::Reach(targets) = self.aim else { return String::new() };
        let told = |k: usize, e: &Estimate| Digits::of(e, targets[k].unit(), &self.scenario.currency).plus_minus();
        let at = s.axes.iter().zip(&m.values).map(|(a, v)| format!("{} {v}", short(a))).collect::<Vec<_>>().join(", ");
        let got: Vec<String> = m.reached.iter().enumerate().map(|(k, e)| told(k, e)).collect();
        let meets = |(k, e): (usize, &Estimate)| {
            let (side, limit) = targets[k].chance.unwrap_or((targets[k].condition.side, targets[k].condition.limit));
            if side == Side::AtLeast { e.value >= limit } else { e.value <= limit }
        };
        let why = if m.still_rising {
            "and it still rises there: the range binds, search further"
        } else if m.ordinary.iter().enumerate().all(meets) {
            "and more changes nothing; on ordinary days the target is reached, so surges and unplanned campaigns bind"
        } else {
            "and more changes nothing: not stock binds but how it is replenished"
        };
        format!("{called}: most is reached with {at}: {}, {why}.", got.join(" and "))
    }

    /// What a buyer enters, and the next orders.
    fn entered(&self, width: u16) -> String {
        let several = self.scenario.products.len() > 1;
        let mut rows: Vec<String> = Vec::new();
        let mut columns: [Vec<String>; 6] = std::array::from_fn(|_| Vec::new());
        let units = |u: Option<i64>| u.map_or("-".into(), |u| format::count(u as f64));
        for s in self.solved {
            for (sku, levels) in &s.levels {
                for l in levels {
                    let of = if several {
                        format!("{} · {sku} · {}", self.name(s), l.location)
                    } else {
                        format!("{} · {}", self.name(s), l.location)
                    };
                    rows.push(of);
                    let next = s.orders.iter().find(|o| o.product == *sku && o.location == l.location);
                    let cells = [
                        units(l.reorder_point),
                        units(l.order_up_to),
                        units(l.quantity),
                        units(l.safety_stock),
                        l.review_days.to_string(),
                        next.map_or("none".into(), |o| {
                            format!("{} on {}", ranged(o.units, &|u| format::count(u as f64)), dated(o))
                        }),
                    ];
                    columns.iter_mut().zip(cells).for_each(|(c, cell)| c.push(cell));
                }
            }
        }
        if rows.is_empty() {
            return "\n".into();
        }
        let heads = ["reorder point", "order up to", "lot", "safety stock", "review, days", "next order, units"];
        let columns: Vec<Column> = heads
            .iter()
            .zip(columns)
            .filter(|(_, cells)| cells.iter().any(|c| c != "-"))
            .map(|(head, cells)| Column { head: (*head).into(), cells })
            .collect();
        let names: Vec<&str> = rows.iter().map(String::as_str).collect();
        let told = format!(
            "To enter: levels in units for the mean demand of an ordinary day on the first measured day; policies that follow a forecast move them. Next order: median of {LOOKED_AT} replications, with 5th and 95th percentile where they differ."
        );
        format!("\n\n{}\n{}\n", packed("Location", &names, &columns, width), wrapped(&told, width))
    }

    fn levels(&self) -> Csv {
        let mut out = Csv::new(&[
            "model",
            "sku",
            "location",
            "reorder_point",
            "order_up_to",
            "lot",
            "safety_stock",
            "review_days",
        ]);
        let units = |u: Option<i64>| u.map_or(String::new(), |u| u.to_string());
        for s in self.solved {
            for (sku, l) in s.levels.iter().flat_map(|(sku, levels)| levels.iter().map(move |l| (sku, l))) {
                out.push(vec![
                    self.name(s).into(),
                    sku.clone(),
                    l.location.clone(),
                    units(l.reorder_point),
                    units(l.order_up_to),
                    units(l.quantity),
                    units(l.safety_stock),
                    l.review_days.to_string(),
                ]);
            }
        }
        out
    }

    fn orders(&self) -> Csv {
        let mut out = Csv::new(&[
            "model",
            "sku",
            "location",
            "date",
            "date_p5",
            "date_p95",
            "units",
            "units_p5",
            "units_p95",
            "replications",
        ]);
        for s in self.solved {
            for o in &s.orders {
                let (d, u) = (o.date, o.units);
                let mut row = vec![self.name(s).into(), o.product.clone(), o.location.clone()];
                row.extend([d.0, d.1, d.2].map(|d| d.to_string()));
                row.extend([u.0, u.1, u.2].map(|u| u.to_string()));
                row.push(o.placed.to_string());
                out.push(row);
            }
        }
        out
    }

    fn json(&self, verdict: &str) -> Value {
        let model = |s: &SolvedModel| {
            let axes: Vec<Value> = s.axes.iter().map(|a| json!({ "keys": a.keys.iter().map(ToString::to_string).collect::<Vec<_>>(), "low": a.low, "high": a.value(a.last), "step": a.step, "now": a.now })).collect();
            let mut out = json!({ "model": self.name(s), "varied": axes, "points_run": s.points });
            match &s.found {
                Ending::Solved(f) => {
                    let (goals, fresh) = (
                        f.reached.iter().map(estimate).collect::<Vec<_>>(),
                        f.fresh.iter().map(estimate).collect::<Vec<_>>(),
                    );
                    let between = f.between.map(|(a, b)| json!({ "low": a.0, "low_is_end_of_range": a.1, "high": b.0, "high_is_end_of_range": b.1 }));
                    let kpis: serde_json::Map<String, Value> = TOLD
                        .iter()
                        .filter_map(|k| {
                            Some((k.name().into(), estimate(&f.outcome.all_products().models[0].estimate(*k)?)))
                        })
                        .collect();
                    let selection = f.selection.as_ref().map(|x| json!({
                        "candidates": x.candidates, "kept": x.kept.len(), "indifference": x.indifference,
                        "probability_of_correct_selection": CORRECT, "is_decided": x.is_decided(), "not_told_apart": f.equals,
                    }));
                    out["solved"] = json!({
                        "values": f.values, "set": f.changes, "not_told_apart_between": between, "is_end_of_range": f.at_end, "target_binds": f.binds,
                        "is_uneven": f.is_uneven, "reached": goals, "fresh_shoppers": fresh, "objective": f.objective.as_ref().map(estimate),
                        "selection": selection, "invested_capital_with_error_of_the_search": estimate(&f.capital.estimate()), "kpis": kpis,
                    });
                }
                Ending::Missed(m) => {
                    out["missed"] = json!({
                        "nearest": m.values, "reached": m.reached.iter().map(estimate).collect::<Vec<_>>(),
                        "on_ordinary_days": m.ordinary.iter().map(estimate).collect::<Vec<_>>(), "still_rising": m.still_rising,
                    });
                }
            }
            let levels = s.levels.iter().flat_map(|(sku, levels)| levels.iter().map(move |l| json!({
                "sku": sku, "location": l.location, "reorder_point": l.reorder_point, "order_up_to": l.order_up_to, "lot": l.quantity,
                "safety_stock": l.safety_stock, "review_days": l.review_days,
            })));
            out["levels"] = levels.collect();
            let orders = s.orders.iter().map(|o| json!({
                "sku": o.product, "location": o.location, "date": o.date.0.to_string(), "date_p5": o.date.1.to_string(), "date_p95": o.date.2.to_string(),
                "units": o.units.0, "units_p5": o.units.1, "units_p95": o.units.2, "replications": o.placed,
            }));
            out["next_orders"] = orders.collect();
            out
        };
        json!({
            "verdict": verdict, "goal": self.goal(), "currency": self.scenario.currency, "replications": self.experiment.replications,
            "models": self.solved.iter().map(model).collect::<Vec<_>>(),
        })
    }

    fn chart(&self, title: &str) -> ChartSpec {
        let currency = &self.scenario.currency;
        let mut data = Csv::new(&[
            "model",
            "is_reached",
            "values",
            "values_from",
            "values_to",
            "value",
            "ci_low",
            "ci_high",
            "invested_capital",
        ]);
        let mut rows = Vec::new();
        for s in self.solved {
            let values = (0..s.axes.len())
                .map(|a| format!("{} {}", short(&s.axes[a]), value_of(s, a)))
                .collect::<Vec<_>>()
                .join(", ");
            let Some(f) = s.solution() else {
                rows.push(BarRow {
                    label: self.name(s).into(),
                    note: "Not reached".into(),
                    segments: vec![(0.0, Colour::Model(s.model), String::new())],
                    whisker: None,
                    value: "no value of the range gets there".into(),
                });
                continue;
            };
            let (e, unit) = self.measure(f);
            let [low, high] = cells(e.interval());
            let [from, to] = f.between.map_or_else(|| [String::new(), String::new()], |(a, b)| [cell(a.0), cell(b.0)]);
            data.push(vec![
                self.name(s).into(),
                "true".into(),
                listed(&f.values),
                from,
                to,
                cell(e.value),
                low,
                high,
                cell(f.capital.value),
            ]);
            rows.push(BarRow {
                label: self.name(s).into(),
                note: values,
                segments: vec![(e.value, Colour::Model(s.model), String::new())],
                whisker: e.interval().filter(|_| e.standard_error != Some(0.0)),
                value: Digits::of(&e, unit, currency).range(),
            });
        }
        let (what, format, axis) = match self.aim {
            Aim::Reach(_) => (
                "Mean invested capital of the least that reaches the target".to_owned(),
                Format::Money(currency.clone()),
                format!("invested capital, {currency}, for {}", self.goal()),
            ),
            Aim::Maximise(objective, _) => {
                let format =
                    if unit(objective) == Unit::Money { Format::Money(currency.clone()) } else { Format::Units };
                let tolerance = objective
                    .risk_tolerance
                    .map_or_else(String::new, |t| format!(", with a tolerance for risk of {}", amount(t, currency)));
                (sentence(&told(objective)) + &tolerance, format, told_short(objective))
            }
        };
        ChartSpec {
            name: "solve".into(),
            alt: format!("Bar chart. {title}."),
            title: title.to_owned(),
            subtitle: format!("{what}; the same shoppers for all; {}", window(self.scenario)),
            footer: "whiskers and brackets: 95 % confidence interval, the search included".into(),
            legend: Vec::new(),
            body: if rows.iter().all(|r| r.segments[0].0 == 0.0) {
                Body::Words("no supply model reaches the target".into())
            } else {
                Body::bars(rows, format, axis)
            },
            data,
        }
    }
}

/// The last parts of a key, which tell what it is.
fn short(axis: &Axis) -> String {
    let key = &axis.keys[0];
    let parts: Vec<String> = key.parts().iter().map(ToString::to_string).collect();
    let last = parts
        .len()
        .saturating_sub(if parts.last().is_some_and(|p| p == "days" || p == "units" || p == "level") { 2 } else { 1 });
    parts[last..].join(".")
}

/// The value of an axis with the values from which it is not told apart.
fn value_of(s: &SolvedModel, a: usize) -> String {
    let number = |x: f64| format!("{x}");
    match &s.found {
        Ending::Missed(m) => m.values.get(a).map_or("-".into(), |v| number(*v)),
        Ending::Solved(f) => {
            let Some(value) = f.values.get(a) else { return "-".into() };
            match f.between {
                Some((low, high)) if a + 1 == s.axes.len() && low.0 < high.0 => {
                    let (below, above) = (if low.1 { "or less, " } else { "" }, if high.1 { " or more" } else { "" });
                    format!("{} ({below}{} to {}{above})", number(*value), number(low.0), number(high.0))
                }
                _ => number(*value),
            }
        }
    }
}

fn listed(values: &[f64]) -> String {
    let texts: Vec<String> = values.iter().map(f64::to_string).collect();
    if let [one] = texts.as_slice() { one.clone() } else { format!("({})", texts.join(", ")) }
}

fn ranged(x: (i64, i64, i64), write: &dyn Fn(i64) -> String) -> String {
    if x.1 == x.2 { write(x.0) } else { format!("{} ({} to {})", write(x.0), write(x.1), write(x.2)) }
}

fn dated(o: &NextOrder) -> String {
    let (date, low, high) = o.date;
    if low == high {
        format::date(date)
    } else {
        format!("{} ({} to {})", format::date(date), format::date(low), format::date(high))
    }
}

/// Whether an estimate lies wholly on the wrong side of a target.
fn falls_short(target: &Target, e: &Estimate) -> bool {
    let Condition { side, limit, .. } = target.condition;
    let (side, limit) = target.chance.unwrap_or((side, limit));
    match (e.interval(), side) {
        (Some((_, high)), Side::AtLeast) => high < limit,
        (Some((low, _)), Side::AtMost) => low > limit,
        (None, _) => false,
    }
}

/// Whether the objective was written as something to be made small.
fn is_turned(objective: &Objective) -> bool {
    objective.terms.iter().all(|t| t.0 < 0.0)
}

/// The value of an objective as it was written.
fn turned(objective: &Objective, e: Estimate) -> Estimate {
    if !is_turned(objective) {
        return e;
    }
    match (e.standard_error, e.interval()) {
        (Some(_), Some((low, high))) | (None, Some((low, high))) => Estimate::between(-e.value, -high, -low),
        _ => Estimate::new(-e.value, None),
    }
}

fn unit(objective: &Objective) -> Unit {
    let first = objective.terms[0].1.unit();
    let same = objective.terms.iter().all(|t| t.1.unit() == first);
    let money = objective.terms.iter().all(|t| matches!(t.1.unit(), Unit::Money | Unit::MoneyOverWindow));
    if money {
        Unit::Money
    } else if same {
        first
    } else {
        Unit::Units
    }
}

fn told(objective: &Objective) -> String {
    let (text, verb) = if is_turned(objective) {
        (objective.clone().negated().to_string(), "the least")
    } else {
        (objective.to_string(), "the most")
    };
    match objective.risk_tolerance {
        None => format!("{verb} {text}"),
        Some(_) => format!("{verb} {text}, as its certainty equivalent"),
    }
}

fn told_short(objective: &Objective) -> String {
    if is_turned(objective) { objective.clone().negated().to_string() } else { objective.to_string() }
}
