//! Which products to move from the first supply model to another one: what files, the terminal, the page and the workbook say of it.
//!
//! Each product in each further model is compared with the same product in the first, on the same shoppers. There are as many comparisons as products and
//! further models, and their intervals are those of [`Sample::one_of`] so many: with a chance of 95 % all of them hold at once, so a list of moves is not a
//! list of lucky draws.

use super::chart::{Csv, cell, cells};
use super::sheet::{Column, packed};
use super::{format, ties};
use format::Digits;
use restock_base::stats::interval::{Estimate, Sample};
use restock_forecast::classes;
use restock_kernel::model::{Kpi, Product, Scenario, Unit};
use restock_kernel::study::{ModelOutcome, OBJECTIVE, Outcome, ProductOutcome};

/// Moves that the terminal tells.
const TOLD: usize = 12;

/// What the comparison says of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Another model earns more.
    Move,
    /// No other model earns as much.
    Stay,
    /// No other model earns more, and the best of them is within 1 % of the first.
    Same,
    /// No difference is shown for some model.
    Open,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Move => "move",
            Verdict::Stay => "stay",
            Verdict::Same => "the same",
            Verdict::Open => "not told apart",
        }
    }
}

/// A product in a further supply model, less the same in the first.
#[derive(Debug, Clone)]
pub(crate) struct Deal {
    /// Number of the supply model.
    pub to: usize,
    /// What it earns more, as one of all comparisons.
    pub gain: Estimate,
    /// The same and what else it changes, to be added up over products.
    pub samples: Samples,
    /// Share of the replications in which it earns more; ties count half.
    pub better: Option<f64>,
    told: ties::Told,
}

/// Differences that add up over products.
#[derive(Debug, Clone)]
pub(crate) struct Samples {
    pub gain: Sample,
    pub contribution: Sample,
    /// Invested capital that it does without.
    pub freed: Sample,
}

impl Samples {
    fn plus(self, other: &Samples) -> Samples {
        Samples {
            gain: self.gain.plus(1.0, &other.gain),
            contribution: self.contribution.plus(1.0, &other.contribution),
            freed: self.freed.plus(1.0, &other.freed),
        }
    }
}

/// What is said of a product.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// Number of the product.
    pub product: usize,
    pub verdict: Verdict,
    /// Each further model; the best is the one to move to, if any is.
    pub deals: Vec<Deal>,
    pub best: usize,
    /// By revenue in the first model, and by how much weekly demand varies.
    pub class: (char, char),
    /// This product and those before it together, each in the model that is best for it but for the first.
    pub so_far: Samples,
}

impl Row {
    pub fn best(&self) -> &Deal {
        &self.deals[self.best]
    }
}

/// The list: moves first, by what they gain; then the others.
#[derive(Debug, Clone)]
pub(crate) struct Moves {
    pub rows: Vec<Row>,
    /// How many comparisons all intervals allow for.
    pub comparisons: usize,
}

/// The list of a run; absent where there is nothing to choose: one product, one supply model, or one replication.
pub(crate) fn moves(scenario: &Scenario, outcome: &Outcome) -> Option<Moves> {
    let (products, models) = (outcome.products.len(), outcome.models.len());
    if products < 2 || models < 2 || outcome.replications < 2 {
        return None;
    }
    let comparisons = products * (models - 1);
    let revenue = |p: &usize| outcome.products[*p].models[0].sample(Kpi::Revenue).map_or(0.0, |s| s.value);
    let abc = classes::abc(&(0..products).map(|p| revenue(&p)).collect::<Vec<_>>());
    let mut rows: Vec<Row> = Vec::with_capacity(products);
    for (product, of) in outcome.products.iter().enumerate() {
        let deals: Vec<Deal> = (1..models).filter_map(|to| deal(of, to, comparisons)).collect();
        if deals.is_empty() {
            continue;
        }
        let earns_more = |deal: &Deal| deal.told == ties::Told::Apart && deal.gain.value > 0.0;
        let rank = |i: &usize| (earns_more(&deals[*i]), deals[*i].gain.value);
        let best = (0..deals.len())
            .max_by(|a, b| rank(a).0.cmp(&rank(b).0).then(rank(a).1.total_cmp(&rank(b).1)).then(b.cmp(a)))
            .unwrap_or(0);
        let verdict = match deals[best].told {
            ties::Told::Apart if deals[best].gain.value > 0.0 => Verdict::Move,
            ties::Told::Apart if deals.iter().all(|d| d.told == ties::Told::Apart) => Verdict::Stay,
            ties::Told::Same => Verdict::Same,
            _ => Verdict::Open,
        };
        let class = (abc[product], classes::xyz(weekly_variation(&scenario.products[product])));
        let so_far = deals[best].samples.clone();
        rows.push(Row { product, verdict, deals, best, class, so_far });
    }
    rows.sort_by(|a, b| {
        let moves = |row: &Row| row.verdict == Verdict::Move;
        moves(b)
            .cmp(&moves(a))
            .then(b.best().gain.value.total_cmp(&a.best().gain.value))
            .then(a.product.cmp(&b.product))
    });
    for i in 1..rows.len() {
        rows[i].so_far = rows[i - 1].so_far.clone().plus(&rows[i].so_far);
    }
    Some(Moves { rows, comparisons })
}

fn deal(of: &ProductOutcome, to: usize, comparisons: usize) -> Option<Deal> {
    let models = &of.models;
    let better = of.chance_better(OBJECTIVE, 0, to);
    let less = |kpi| Some(models[to].sample(kpi)?.plus(-1.0, &models[0].sample(kpi)?));
    let samples = Samples {
        gain: less(OBJECTIVE)?,
        contribution: less(Kpi::Contribution)?,
        freed: less(Kpi::InvestedCapital)?.times(-1.0),
    };
    let value = |m: usize| models[m].sample(OBJECTIVE).map_or(0.0, |s| s.value);
    let gain = samples.gain.one_of(comparisons);
    let told = ties::told(&gain, value(to), value(0), OBJECTIVE.unit());
    Some(Deal { to, gain, samples, better, told })
}

/// Coefficient of variation of a week's demand, of the law of a day: campaigns, surges and seasons apart.
fn weekly_variation(product: &Product) -> f64 {
    let (mean, variance) = product.demand.moments();
    if mean > 0.0 { (7.0 * variance).sqrt() / (7.0 * mean) } else { f64::INFINITY }
}

impl Moves {
    pub fn count(&self, verdict: Verdict) -> usize {
        self.rows.iter().filter(|row| row.verdict == verdict).count()
    }

    /// All moves together.
    pub fn together(&self) -> Option<&Samples> {
        self.rows.iter().rev().find(|row| row.verdict == Verdict::Move).map(|row| &row.so_far)
    }

    /// The supply model of each product once all moves are made, by the number of the product.
    fn chosen(&self, products: usize) -> Vec<usize> {
        let mut out = vec![0; products];
        for row in self.rows.iter().filter(|row| row.verdict == Verdict::Move) {
            out[row.product] = row.best().to;
        }
        out
    }
}

/// A figure of all products together.
#[derive(Debug, Clone)]
pub(crate) struct Portfolio {
    pub name: &'static str,
    pub unit: Unit,
    /// All products in each supply model; then each where the list leaves it.
    pub cells: Vec<Option<Estimate>>,
}

/// All products in each supply model, and as the list has them.
pub(crate) fn portfolio(scenario: &Scenario, outcome: &Outcome, moves: &Moves) -> Vec<Portfolio> {
    let products = outcome.products.len();
    let mut ways: Vec<Vec<usize>> = (0..outcome.models.len()).map(|m| vec![m; products]).collect();
    ways.push(moves.chosen(products));
    let of = |way: &[usize]| -> Vec<&ModelOutcome> {
        outcome.products.iter().zip(way).map(|(product, model)| &product.models[*model]).collect()
    };
    let sum = |way: &[usize], kpi: Kpi| ModelOutcome::added_up(of(way).into_iter(), kpi).map(|s| s.estimate());
    let fill = |way: &[usize], by_value: bool| {
        let weights = scenario.products.iter().map(|p| if by_value { p.price } else { 1.0 });
        ModelOutcome::weighed(of(way).into_iter().zip(weights), Kpi::FillRate).map(|s| s.estimate())
    };
    let total = |kpi: Kpi| Portfolio {
        name: kpi.label(),
        unit: kpi.unit(),
        cells: ways.iter().map(|way| sum(way, kpi)).collect(),
    };
    let share = |name, by_value| Portfolio {
        name,
        unit: Unit::Share,
        cells: ways.iter().map(|way| fill(way, by_value)).collect(),
    };
    vec![
        total(OBJECTIVE),
        total(Kpi::Contribution),
        total(Kpi::InvestedCapital),
        total(Kpi::NetCapital),
        share("Fill rate, by units", false),
        share("Fill rate, by value", true),
    ]
}

/// Name of the column of products as the list has them.
pub(crate) const AS_LISTED: &str = "as listed";

/// The tidy table behind `moves.csv`: a row for each product in each further model, in the order of the list. Absent where there is nothing to choose.
#[must_use]
pub fn move_table(scenario: &Scenario, outcome: &Outcome) -> Option<Csv> {
    let moves = moves(scenario, outcome)?;
    let mut table = Csv::new(&[
        "rank",
        "product",
        "category",
        "abc",
        "xyz",
        "from",
        "to",
        "verdict",
        "residual_income_gain",
        "all_hold_low",
        "all_hold_high",
        "ci_low",
        "ci_high",
        "probability_better",
        "contribution_gain",
        "contribution_ci_low",
        "contribution_ci_high",
        "capital_freed",
        "freed_ci_low",
        "freed_ci_high",
        "cumulative_gain",
        "cumulative_ci_low",
        "cumulative_ci_high",
        "cumulative_freed",
    ]);
    for (rank, row) in moves.rows.iter().enumerate() {
        let product = &scenario.products[row.product];
        for (i, deal) in row.deals.iter().enumerate() {
            let chosen = i == row.best;
            let so_far = chosen.then_some(&row.so_far);
            let of = |sample: &Sample| {
                let e = sample.estimate();
                let [low, high] = cells(e.interval());
                [cell(e.value), low, high]
            };
            let [low, high] = cells(deal.gain.interval());
            let [_, own_low, own_high] = of(&deal.samples.gain);
            let verdict = if chosen { row.verdict.name() } else { "" };
            let mut line = vec![
                (rank + 1).to_string(),
                product.sku.clone(),
                product.category.clone().unwrap_or_default(),
                row.class.0.to_string(),
                row.class.1.to_string(),
                outcome.models[0].clone(),
                outcome.models[deal.to].clone(),
                verdict.to_owned(),
                cell(deal.gain.value),
                low,
                high,
                own_low,
                own_high,
                deal.better.map_or_else(String::new, cell),
            ];
            line.extend(of(&deal.samples.contribution));
            line.extend(of(&deal.samples.freed));
            line.extend(so_far.map_or_else(|| [const { String::new() }; 3], |s| of(&s.gain)));
            line.push(so_far.map_or_else(String::new, |s| cell(s.freed.value)));
            table.push(line);
        }
    }
    Some(table)
}

/// The same as the title of a chart, in which each figure is a mark.
pub(crate) fn title(outcome: &Outcome, moves: &Moves, currency: &str) -> String {
    match moves.together() {
        Some(_) => finding(outcome, moves, currency),
        None => format!("No move from {} is shown to earn more", outcome.models[0]),
    }
}

/// What the list comes to, in one sentence.
pub(crate) fn finding(outcome: &Outcome, moves: &Moves, currency: &str) -> String {
    let n = moves.rows.len();
    let first = &outcome.models[0];
    let Some(all) = moves.together() else {
        let open = moves.count(Verdict::Open) + moves.count(Verdict::Same);
        return format!(
            "No move from {first} is shown to earn more: {} of {n} products are better left there, of {open} no difference is shown",
            moves.count(Verdict::Stay)
        );
    };
    let (gain, freed) = (all.gain.estimate(), all.freed.estimate());
    let write = |e: &Estimate, value: f64| Digits::of(e, Unit::Money, currency).write(value);
    let capital = if freed.value >= 0.0 {
        format!("frees {} of capital", write(&freed, freed.value))
    } else {
        format!("ties up {} more of capital", write(&freed, -freed.value))
    };
    format!(
        "Moving {} of {n} products from {first} earns {} more and {capital}",
        moves.count(Verdict::Move),
        write(&gain, gain.value)
    )
}

/// How the list was made, for notes below it.
pub(crate) fn note(moves: &Moves) -> String {
    format!(
        "Differences of residual income by paired replications; with a chance of 95 % all {} intervals hold at once. P is the share of replications in which the \
         product earns more there. {} stay, {} are the same within 1 %, {} are not told apart. What products share (a factory, a container) is as in runs in \
         which all of them are supplied alike.",
        format::count(moves.comparisons as f64),
        format::count(moves.count(Verdict::Stay) as f64),
        format::count(moves.count(Verdict::Same) as f64),
        format::count(moves.count(Verdict::Open) as f64)
    )
}

/// Cells of the table of moves that people read: heads, and a row a move.
pub(crate) fn told(scenario: &Scenario, outcome: &Outcome, moves: &Moves, most: usize) -> (Vec<String>, Vec<Column>) {
    let shown: Vec<&Row> = moves.rows.iter().filter(|row| row.verdict == Verdict::Move).take(most).collect();
    let currency = &scenario.currency;
    let column = |head: &str, of: &dyn Fn(&Row) -> String| Column {
        head: head.to_owned(),
        cells: shown.iter().map(|row| of(row)).collect(),
    };
    let money = |s: &Sample| format::plus_minus(Some(&s.estimate()), Unit::Money, currency);
    let to = column("To", &|row| outcome.models[row.best().to].clone());
    let others = [
        column("Class", &|row| format!("{}{}", row.class.0, row.class.1)),
        column("Earns more", &|row| format::plus_minus(Some(&row.best().gain), Unit::Money, currency)),
        column("P", &|row| row.best().better.map_or_else(String::new, format::share)),
        column("Frees capital", &|row| money(&row.best().samples.freed)),
        column("Earned so far", &|row| money(&row.so_far.gain)),
    ];
    // Where there is one model to move to, the head names it.
    let columns = (outcome.models.len() > 2).then_some(to).into_iter().chain(others).collect();
    (shown.iter().map(|row| scenario.products[row.product].sku.clone()).collect(), columns)
}

/// The list for the terminal: what it comes to, the first moves, and all products as they would be supplied.
pub(crate) fn sheet(scenario: &Scenario, outcome: &Outcome, width: u16) -> Option<String> {
    let moves = moves(scenario, outcome)?;
    let currency = &scenario.currency;
    let mut out = super::text::wrapped(&format!("{}.", finding(outcome, &moves, currency)), width);
    let (names, columns) = told(scenario, outcome, &moves, TOLD);
    if !names.is_empty() {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let corner = match outcome.models.as_slice() {
            [_, to] => format!("Move to {to}"),
            _ => "Move".to_owned(),
        };
        out += &format!("\n\n{}", packed(&corner, &names, &columns, width));
        let left = moves.count(Verdict::Move) - names.len();
        if left > 0 {
            out += &format!("\nand {} more: moves.csv has all of them", format::count(left as f64));
        }
    }
    let portfolio = portfolio(scenario, outcome, &moves);
    let names: Vec<&str> = portfolio.iter().map(|p| p.name).collect();
    let heads = outcome.models.iter().map(|m| format!("all {m}")).chain([AS_LISTED.to_owned()]);
    let columns: Vec<Column> = heads
        .enumerate()
        .map(|(way, head)| Column {
            head,
            cells: portfolio.iter().map(|p| format::plus_minus(p.cells[way].as_ref(), p.unit, currency)).collect(),
        })
        .collect();
    out += &format!("\n\n{}", packed("All products", &names, &columns, width));
    out += &format!("\n\n{}", super::text::wrapped(&note(&moves), width));
    Some(out)
}
