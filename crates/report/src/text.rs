//! The comparison in a terminal.

use super::changeover::changeover_rows;
use super::format::{self, Digits};
use super::sheet::{Column, Sheet, packed};
use super::ties::{rank, verdict};
use super::{CHARTED_PRODUCTS, Finding, markets, moves, origin, products, remark, terms::blocks};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use comfy_table::{ContentLineStyle, LineStyle, TableStyle};
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Better, Kpi, Scenario};
use restock_kernel::study::{Measure, Outcome, ProductOutcome, differences};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// KPIs of the compact table. What has the denominator of the account above it is told there.
const ROWS: [Kpi; 25] = [
    Kpi::BackorderRate,
    Kpi::LateOrBackorderedRate,
    Kpi::FillRate,
    Kpi::OrderFillRate,
    Kpi::ParcelsPerOrder,
    Kpi::PreOrderUnits,
    Kpi::PreOrderOnTimeRate,
    Kpi::PreOrderCancelled,
    Kpi::ReturnRate,
    Kpi::UnitsLost,
    Kpi::ParcelsLost,
    Kpi::PausedDemand,
    Kpi::MeanWait,
    Kpi::ShortAfterSpike,
    Kpi::DaysToRecover,
    Kpi::MeanLeadTime,
    Kpi::ContainerFill,
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

/// The comparison of a run: what becomes of all who are interested, a table of all products (or the only one), paired
/// differences, and a line for each product if there are several. `width` is that of the terminal.
#[must_use]
pub fn comparison(scenario: &Scenario, outcome: &Outcome, width: u16) -> String {
    let h = &scenario.horizon;
    let reported = products(outcome);
    let (_, first) = &reported[0];
    let mut out = String::new();
    let line = |out: &mut String, text: &str| {
        let _ = writeln!(out, "{}", wrapped(text, width));
    };
    line(&mut out, &scenario.name);
    if let Some(overrides) = origin::overridden(scenario) {
        line(&mut out, &format!("with {overrides}"));
    }
    line(
        &mut out,
        &format!(
            "{}, {} to {}, {}, seed {}{}",
            first.sku,
            format::date(h.start),
            format::date(h.start.plus(h.days as i32 - 1)),
            format::counted(outcome.replications as usize, "replication"),
            outcome.seed,
            origin::run(scenario).map_or_else(String::new, |run| format!(", {run}"))
        ),
    );
    if let Some(finding) = Finding::of(scenario, outcome) {
        let _ = writeln!(out, "\n{}", wrapped(&finding.sentence, width));
    }
    let _ = writeln!(out, "\n{}", account(first).render(width));
    let _ = writeln!(out, "\n{}", table(scenario, first).render(width));
    let single = outcome.replications == 1;
    line(
        &mut out,
        if single {
            "One replication: no interval can be given."
        } else {
            "± half-width of the 95 % confidence interval of the mean"
        },
    );
    if first.models.len() > 1 && !single {
        line(
            &mut out,
            "* best, or not told apart from the best; = no model told apart: by paired differences, and by 1 % of the value",
        );
    }
    for (kpi, why) in ROWS.iter().filter_map(|k| Some((k, remark(&first.models, *k)?))) {
        line(&mut out, &format!("{}: a rough interval, {why}", kpi.label()));
    }
    if first.models.len() > 1 {
        let _ = writeln!(out, "\n{}", paired(scenario, first, width));
    }
    if let Some(events) = events(scenario, first, width) {
        let _ = writeln!(out, "\n{events}");
    }
    for change in changeover_rows(scenario, first) {
        let mut sheet = Sheet::new("", names(first));
        sheet.rows = change.rows;
        let title = wrapped(&format!("{}:", change.title), width);
        let _ = writeln!(out, "\n{title}\n{}", sheet.render(width));
    }
    if let Some(locations) = super::places::sheets(scenario, first, width) {
        let _ = writeln!(out, "\n{locations}");
    }
    if let Some(markets) = markets::sheet(scenario, outcome, width) {
        let _ = writeln!(out, "\n{markets}");
        if let Some(classes) = markets::sheet_of_classes(scenario, outcome, width) {
            let _ = writeln!(out, "\n{classes}");
        }
        line(&mut out, markets::note(outcome));
    }
    if !outcome.flips.is_empty() {
        let _ = writeln!(out, "\n{}", flips(scenario, outcome, width));
    }
    if let Some(terms) = equal(scenario, outcome, width) {
        let _ = write!(out, "\n{terms}");
    }
    if let Some(moves) = moves::sheet(scenario, outcome, width) {
        let _ = writeln!(out, "\n{moves}");
    }
    if outcome.products.len() > CHARTED_PRODUCTS {
        let n = format::count(outcome.products.len() as f64);
        let _ = writeln!(out, "\n{}", wrapped(&format!("Each of the {n} products is in kpis.csv."), width));
    } else if reported.len() > 1 {
        let _ = writeln!(out, "\n{}", by_product(scenario, &outcome.products, width));
    }
    if !outcome.categories.is_empty() {
        let _ = writeln!(out, "\n{}", by_product(scenario, &outcome.categories, width));
    }
    out
}

/// A table with a line under its header and between its columns.
pub fn grid(width: u16) -> Table {
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
pub fn wrapped(text: &str, width: u16) -> String {
    let mut out = String::new();
    let mut at = 0;
    for word in text.split_whitespace() {
        let length = word.width();
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

/// What a KPI is called where denominators differ: a share says what it is a share of. Pre-orders are spoken of where there are any.
fn label(kpi: Kpi, product: &ProductOutcome) -> String {
    if !matches!(kpi, Kpi::BackorderRate | Kpi::FillRate) {
        return kpi.label().into();
    }
    let mut of = kpi.denominator().replace(" by customers", "");
    if product.models.iter().all(|m| m.estimate(Kpi::PreOrderUnits).is_none()) {
        of = of.replace(", but for pre-orders", "");
    }
    format!("{}, of {of}", kpi.label())
}

/// A KPI of each model with its half-width; the best are marked, and so is a tie of all.
fn marked(kpi: Kpi, product: &ProductOutcome, currency: &str) -> Option<Vec<String>> {
    let models = &product.models;
    let estimates: Vec<Option<Estimate>> = models.iter().map(|m| m.estimate(kpi)).collect();
    let there = estimates.iter().flatten().count();
    if there == 0 {
        return None;
    }
    let higher = match kpi.better() {
        Better::Higher => Some(true),
        Better::Lower => Some(false),
        Better::Neither => None,
    };
    let ranking = higher
        .filter(|_| there > 1)
        .and_then(|higher| rank(&estimates, &|a, b| models[a].minus(&models[b], kpi), higher, kpi.unit()));
    let mark = |i: usize| match &ranking {
        _ if there < 2 || models.len() < 2 => "",
        Some(r) if r.rest.is_empty() => " =",
        Some(r) if r.lead.contains(&i) => " *",
        _ => "  ",
    };
    let cell = |(i, e): (usize, &Option<Estimate>)| {
        let text = format::plus_minus(e.as_ref(), kpi.unit(), currency);
        text + mark(i)
    };
    Some(estimates.iter().enumerate().map(cell).collect())
}

fn names(product: &ProductOutcome) -> impl Iterator<Item = &str> {
    product.models.iter().map(|m| m.name.as_str())
}

fn table(scenario: &Scenario, product: &ProductOutcome) -> Sheet {
    let mut sheet = Sheet::new("", names(product));
    sheet.rows =
        ROWS.iter().filter_map(|k| Some((label(*k, product), marked(*k, product, &scenario.currency)?))).collect();
    sheet
}

/// What would flip the comparison, a paragraph for each further model.
fn flips(scenario: &Scenario, outcome: &Outcome, width: u16) -> String {
    let told = outcome.flips.iter().map(|f| wrapped(&super::flips::sentence(f, &scenario.currency), width));
    told.collect::<Vec<_>>().join("\n")
}

/// What becomes of all who are interested: the rows of a model add up to 100 %, as they are written.
fn account(product: &ProductOutcome) -> Sheet {
    let mut sheet = Sheet::new("Of all interested, 100 %", names(product));
    let columns: Vec<Vec<String>> = product
        .models
        .iter()
        .map(|m| {
            let estimates = Kpi::OUTCOMES.map(|k| m.estimate(k));
            let shares = estimates.map(|e| e.map_or(0.0, |e| e.value));
            let half = |e: Option<Estimate>| e.and_then(|e| e.half_width()).filter(|h| *h >= 0.000_5);
            let written = format::adding_up(&shares);
            let cells = written.into_iter().zip(estimates).map(|(text, e)| match half(e) {
                Some(h) if !text.contains('<') => format!("{text} ± {}", format::fixed(h * 100.0, 1)),
                _ => text,
            });
            cells.collect()
        })
        .collect();
    for (k, kpi) in Kpi::OUTCOMES.iter().enumerate() {
        if product.models.iter().any(|m| m.estimate(*kpi).is_some_and(|e| e.value != 0.0)) {
            sheet.rows.push((kpi.label().into(), columns.iter().map(|c| c[k].clone()).collect()));
        }
    }
    sheet
}

/// The windows of dated events, in short.
fn events(scenario: &Scenario, product: &ProductOutcome, width: u16) -> Option<String> {
    let measures = [Measure::PeakBacklog, Measure::Short, Measure::DaysToRecover, Measure::DaysAfterEnd];
    let windows = super::events::event_rows(scenario, product, &measures).into_iter().map(|(title, rows)| {
        let mut sheet = Sheet::new("", names(product));
        sheet.rows = rows.into_iter().map(|r| (r.label, r.cells)).collect();
        format!("{}\n{}", wrapped(&format!("In the window of {title}:"), width), sheet.render(width))
    });
    let text = windows.collect::<Vec<_>>().join("\n\n");
    (!product.windows.is_empty()).then_some(text)
}

/// What each further model changes, in words.
fn paired(scenario: &Scenario, product: &ProductOutcome, width: u16) -> String {
    let all = differences(product);
    let mut out =
        wrapped(&format!("Against {}, with the same shoppers, factories and ships:", product.models[0].name), width)
            + "\n";
    for to in 1..product.models.len() {
        let _ = writeln!(out, "{}", hanging(&product.models[to].name, 2, width));
        for kpi in HEADLINE {
            let Some(d) = all.iter().find(|d| d.from == 0 && d.to == to && d.kpi == kpi) else { continue };
            let value = |m: usize| product.models[m].estimate(kpi).map_or(0.0, |e| e.value);
            let (by, ends) = Digits::of(&d.estimate, kpi.unit(), &scenario.currency).change();
            let interval = ends.map(|(a, b)| format!(" ({a} to {b})")).unwrap_or_default();
            let verdict = verdict(kpi, &d.estimate, (value(to), value(0)), d.to_is_better);
            let _ = writeln!(out, "{}", hanging(&format!("{}: {by}{interval}: {verdict}", kpi.label()), 4, width));
        }
    }
    out.trim_end().to_owned()
}

/// Words on lines of at most `width`, indented; what follows the first line stands two further in.
fn hanging(text: &str, indent: usize, width: u16) -> String {
    let lines = wrapped(text, width.saturating_sub(indent as u16 + 2));
    let lines = lines.lines().enumerate().map(|(i, l)| format!("{:1$}{l}", "", indent + if i > 0 { 2 } else { 0 }));
    lines.collect::<Vec<_>>().join("\n")
}

/// The models on equal terms.
fn equal(scenario: &Scenario, outcome: &Outcome, width: u16) -> Option<String> {
    let terms = outcome.equal.as_ref()?;
    let currency = &scenario.currency;
    let heading = format!(
        "On equal terms: each model with more or less stock than it plans ({}):",
        format::counted(terms.replications as usize, "replication")
    );
    let mut out = wrapped(&heading, width) + "\n";
    for block in blocks(terms, None, currency) {
        let mut sheet = Sheet::new("", outcome.models.iter().map(String::as_str));
        for row in block.rows {
            let text = |(e, words): (&Option<Estimate>, &String)| match (e, row.kpi) {
                (Some(e), Some(kpi)) => Digits::of(e, kpi.unit(), currency).plus_minus(),
                _ => words.clone(),
            };
            sheet.rows.push((row.label, row.estimates.iter().zip(&row.words).map(text).collect()));
        }
        let _ = writeln!(out, "\n{}\n{}", wrapped(&format!("{}:", block.title), width), sheet.render(width));
    }
    Some(out)
}

fn by_product(scenario: &Scenario, products: &[ProductOutcome], width: u16) -> String {
    let skus: Vec<&str> = products.iter().map(|p| p.sku.as_str()).collect();
    let of = |kpi: Kpi| {
        let cell = |p: &ProductOutcome, m: usize| {
            format::plus_minus(p.models[m].estimate(kpi).as_ref(), kpi.unit(), &scenario.currency)
        };
        let models = products[0].models.iter().enumerate();
        let columns: Vec<Column> = models
            .map(|(m, model)| Column { head: model.name.clone(), cells: products.iter().map(|p| cell(p, m)).collect() })
            .collect();
        packed(kpi.label(), &skus, &columns, width)
    };
    [Kpi::BackorderRate, Kpi::ResidualIncome].map(of).join("\n\n")
}
