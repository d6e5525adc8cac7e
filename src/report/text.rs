//! The comparison in a terminal.

use super::{format, origin, products, remark, terms::blocks};
use crate::model::{Better, Kpi, Scenario, Unit};
use crate::stats::interval::Estimate;
use crate::study::{Measure, Outcome, ProductOutcome, differences};
use comfy_table::{Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, Width};
use comfy_table::{ContentLineStyle, LineStyle, TableStyle};
use std::fmt::Write;

/// KPIs of the compact table.
const ROWS: [Kpi; 16] = [
    Kpi::BackorderRate,
    Kpi::FillRate,
    Kpi::CancellationRate,
    Kpi::LostSalesRate,
    Kpi::MeanWait,
    Kpi::ShortAfterSpike,
    Kpi::DaysToRecover,
    Kpi::MeanLeadTime,
    Kpi::InvestedCapital,
    Kpi::InvestedCapitalPeak,
    Kpi::SafetyStockCapital,
    Kpi::PipelineCapital,
    Kpi::CarryingCost,
    Kpi::Contribution,
    Kpi::WriteDown,
    Kpi::ResidualIncome,
];

/// KPIs whose paired differences are told.
const HEADLINE: [Kpi; 5] =
    [Kpi::BackorderRate, Kpi::CancellationRate, Kpi::InvestedCapital, Kpi::Contribution, Kpi::ResidualIncome];

/// The comparison of a run: a table of all products (or the only one), paired differences, and a line for
/// each product if there are several. `width` is that of the terminal.
#[must_use]
pub fn comparison(scenario: &Scenario, outcome: &Outcome, width: u16) -> String {
    let h = &scenario.horizon;
    let reported = products(outcome);
    let (_, first) = &reported[0];
    let mut out = String::new();
    let _ = writeln!(out, "{}", scenario.name);
    if let Some(overrides) = origin::overridden(scenario) {
        let _ = writeln!(out, "with {overrides}");
    }
    let _ = writeln!(
        out,
        "{}, {} to {}, {} replication{}, seed {}{}",
        first.sku,
        format::date(h.start),
        format::date(h.start.plus(h.days as i32 - 1)),
        format::count(f64::from(outcome.replications)),
        if outcome.replications == 1 { "" } else { "s" },
        outcome.seed,
        origin::run(scenario).map_or_else(String::new, |run| format!(", {run}"))
    );
    let _ = writeln!(out, "\n{}", table(scenario, first, width));
    let _ = writeln!(out, "± half-width of the 95 % confidence interval of the mean");
    for (kpi, why) in ROWS.iter().filter_map(|k| Some((k, remark(&first.models, *k)?))) {
        let _ = writeln!(out, "{}: a rough interval, {why}", kpi.label());
    }
    if outcome.replications == 1 {
        let _ = writeln!(out, "One replication: no interval can be given.");
    }
    if first.models.len() > 1 {
        let _ = writeln!(out, "\n{}", paired(scenario, first));
    }
    let _ = writeln!(out, "\n{}", outcomes(scenario, first, width));
    if let Some(events) = events(scenario, first, width) {
        let _ = writeln!(out, "\n{events}");
    }
    if !outcome.flips.is_empty() {
        let _ = writeln!(out, "\n{}", flips(scenario, outcome, width));
    }
    if let Some(terms) = equal(scenario, outcome, width) {
        let _ = write!(out, "\n{terms}");
    }
    if reported.len() > 1 {
        let _ = writeln!(out, "\n{}", by_product(scenario, &outcome.products, width));
    }
    out
}

/// A table with a line under its header and between its columns.
pub(crate) fn grid(width: u16) -> Table {
    let mut table = Table::new();
    let columns = ContentLineStyle::none().junction('│');
    let style = TableStyle::new()
        .header_lines(columns)
        .header_separator(LineStyle::none().fill('─').junction('┼'))
        .content_lines(columns);
    table.load_style(style).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table
}

/// Does not break what stands right of the first column.
pub(crate) fn keep_figures_whole(table: &mut Table) {
    for (i, width) in table.column_max_content_widths().into_iter().enumerate().skip(1) {
        if let Some(column) = table.column_mut(i) {
            column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(width + 2)));
        }
    }
}

/// Words on lines of at most `width`.
pub(crate) fn wrapped(text: &str, width: u16) -> String {
    let mut out = String::new();
    let mut at = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if at > 0 && at + 1 + length > usize::from(width) {
            out.push('\n');
            at = 0;
        } else if at > 0 {
            out.push(' ');
            at += 1;
        }
        out += word;
        at += length;
    }
    out
}

/// Does not break the names of the first column of a full table, unless they are long.
pub(crate) fn keep_names_whole(table: &mut Table) {
    let whole = (table.column_max_content_widths().first().copied().unwrap_or(0) + 2).min(26);
    if let Some(first) = table.column_mut(0) {
        first.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(whole)));
    }
}

fn estimate(e: &Estimate, unit: Unit, currency: &str) -> String {
    let value = format::value(e.value, unit, currency);
    match e.half_width() {
        Some(h) if h > 0.0 => {
            format!("{value} ± {}", format::bare(h, unit, currency))
        }
        _ => value,
    }
}

/// A KPI of each model with its half-width.
fn kpi_row(kpi: Kpi, cells: &[Option<Estimate>], currency: &str) -> Vec<Cell> {
    let shown = cells.iter().map(|e| e.as_ref().map_or("-".into(), |e| estimate(e, kpi.unit(), currency)));
    let right = shown.map(|c| Cell::new(c).set_alignment(CellAlignment::Right));
    std::iter::once(Cell::new(kpi.label())).chain(right).collect()
}

fn table(scenario: &Scenario, product: &ProductOutcome, width: u16) -> Table {
    let mut t = grid(width);
    t.set_header(std::iter::once("").chain(product.models.iter().map(|m| m.name.as_str())));
    for kpi in ROWS {
        let cells: Vec<Option<Estimate>> = product.models.iter().map(|m| m.estimate(kpi)).collect();
        if cells.iter().all(Option::is_none) {
            continue;
        }
        t.add_row(kpi_row(kpi, &cells, &scenario.currency));
    }
    t
}

/// What would flip the comparison, a paragraph for each further model.
fn flips(scenario: &Scenario, outcome: &Outcome, width: u16) -> String {
    let told = outcome.flips.iter().map(|f| wrapped(&super::flips::sentence(f, &scenario.currency), width));
    told.collect::<Vec<_>>().join("\n")
}

/// What becomes of all who are interested.
fn outcomes(scenario: &Scenario, product: &ProductOutcome, width: u16) -> String {
    let mut t = grid(width);
    t.set_header(std::iter::once("Of all interested, 100 %").chain(product.models.iter().map(|m| m.name.as_str())));
    for kpi in Kpi::OUTCOMES {
        let cells: Vec<Option<Estimate>> = product.models.iter().map(|m| m.estimate(kpi)).collect();
        if cells.iter().flatten().all(|e| e.value == 0.0) {
            continue;
        }
        t.add_row(kpi_row(kpi, &cells, &scenario.currency));
    }
    t.to_string()
}

/// The windows of dated events, in short.
fn events(scenario: &Scenario, product: &ProductOutcome, width: u16) -> Option<String> {
    let mut t = grid(width);
    t.set_header(std::iter::once("In the window of").chain(product.models.iter().map(|m| m.name.as_str())));
    for (title, rows) in
        super::events::event_rows(scenario, product, &[Measure::PeakBacklog, Measure::Short, Measure::DaysToRecover])
    {
        t.add_row(vec![Cell::new(title)]);
        for row in rows {
            let cells = row.cells.into_iter().map(|c| Cell::new(c).set_alignment(CellAlignment::Right));
            t.add_row(std::iter::once(Cell::new(format!("  {}", row.label))).chain(cells));
        }
    }
    (!product.windows.is_empty()).then(|| t.to_string())
}

/// What each further model changes, in words.
fn paired(scenario: &Scenario, product: &ProductOutcome) -> String {
    let all = differences(product);
    let mut out = format!("Against {}, with the same shoppers, factories and ships:\n", product.models[0].name);
    for to in 1..product.models.len() {
        let _ = writeln!(out, "  {}", product.models[to].name);
        for kpi in HEADLINE {
            let Some(d) = all.iter().find(|d| d.from == 0 && d.to == to && d.kpi == kpi) else { continue };
            let (v, unit) = (d.estimate.value, kpi.unit());
            let signed = |v: f64| format::change(v, unit, &scenario.currency);
            let verdict = match (d.estimate.interval(), kpi.better()) {
                (Some((a, b)), _) if a <= 0.0 && 0.0 <= b => "no difference shown",
                (Some(_), Better::Lower) if v < 0.0 => "better",
                (Some(_), Better::Higher) if v > 0.0 => "better",
                (Some(_), _) => "worse",
                (None, _) => "one replication",
            };
            let interval = d
                .estimate
                .interval()
                .map(|(a, b)| format!(" ({} to {})", signed(a).replace(" points", ""), signed(b)))
                .unwrap_or_default();
            let better = d
                .to_is_better
                .map(|p| format!(", better in {} of replications", format::share((p * 1000.0).round() / 1000.0)))
                .unwrap_or_default();
            let _ = writeln!(out, "    {:<19} {}{interval}: {verdict}{better}", kpi.label(), signed(v));
        }
    }
    out.trim_end().to_owned()
}

/// The models on equal terms.
fn equal(scenario: &Scenario, outcome: &Outcome, width: u16) -> Option<String> {
    let terms = outcome.equal.as_ref()?;
    let currency = &scenario.currency;
    let mut t = grid(width);
    t.set_header(std::iter::once("").chain(outcome.models.iter().map(String::as_str)));
    for block in blocks(terms, None, currency) {
        t.add_row(vec![Cell::new(block.title)]);
        for row in block.rows {
            let text = |(e, words): (&Option<Estimate>, &String)| match (e, row.kpi) {
                (Some(e), Some(kpi)) => estimate(e, kpi.unit(), currency),
                _ => words.clone(),
            };
            let cells = row.estimates.iter().zip(&row.words).map(text);
            let cells = cells.map(|text| Cell::new(text).set_alignment(CellAlignment::Right));
            t.add_row(std::iter::once(Cell::new(format!("  {}", row.label))).chain(cells));
        }
    }
    Some(format!(
        "On equal terms: each model with more or less stock than it plans ({} replication{}):\n{t}\n",
        format::count(f64::from(terms.replications)),
        if terms.replications == 1 { "" } else { "s" },
    ))
}

fn by_product(scenario: &Scenario, products: &[ProductOutcome], width: u16) -> Table {
    let mut t = grid(width);
    let names =
        products[0].models.iter().flat_map(|m| [format!("{}: backorders", m.name), "residual income".to_owned()]);
    t.set_header(std::iter::once("Product".to_owned()).chain(names));
    for p in products {
        let cells = p.models.iter().flat_map(|m| {
            [Kpi::BackorderRate, Kpi::ResidualIncome]
                .map(|k| m.estimate(k).map_or("-".into(), |e| format::value(e.value, k.unit(), &scenario.currency)))
        });
        t.add_row(
            std::iter::once(Cell::new(&p.sku)).chain(cells.map(|c| Cell::new(c).set_alignment(CellAlignment::Right))),
        );
    }
    t
}
