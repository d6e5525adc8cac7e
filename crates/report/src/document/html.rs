//! `report.html`: one page that needs nothing else, for screens, phones and paper.
//!
//! The template escapes whatever comes from the scenario; only the charts, which are drawn here, go in as they are.

use super::{COMPARISON, Material, finding, finding_at_equal_service, not_modelled};
use crate::changeover::changeover_rows;
use crate::events::{EventRow, event_rows};
use crate::flips::sentence;
use crate::format::Digits;
use crate::terms::{self, Block, Row};
use crate::ties::{Told, told};
use crate::{CHARTED_PRODUCTS, Finding, chart, format, lost_orders, origin, remark};
use minijinja::{Environment, Value, context};
use restock_base::diag::Error;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Better, Kpi};
use restock_kernel::study::{MarketMeasure, Measure, ProductOutcome, differences};

const TEMPLATE: &str = include_str!("page.html");
/// The head of all pages: name, style, and the mark by which one is known.
pub(super) const HEAD: &str = include_str!("head.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page.
///
/// # Errors
///
/// A message, if the template is broken: a bug.
pub fn report_html(m: &Material<'_>) -> Result<String, Error> {
    let mut env = Environment::new();
    env.add_template_owned("report.html", HEAD.to_owned() + TEMPLATE).map_err(Error::unmade)?;
    let template = env.get_template("report.html").map_err(Error::unmade)?;
    template.render(page(m)).map_err(|e| Error::unmade(format!("{e:#}")))
}

fn page(m: &Material<'_>) -> Value {
    let (scenario, outcome) = (m.scenario, m.outcome);
    let products = crate::products(outcome);
    let h = &scenario.horizon;
    let charted = |index: Option<usize>| index.is_none_or(|i| i < CHARTED_PRODUCTS);
    let shown = products.iter().enumerate().filter(|(_, (index, _))| charted(*index));
    let sections: Vec<Value> = shown.map(|(i, (index, product))| section(m, product, *index, i)).collect();
    let sources: Vec<Value> =
        m.sources.iter().skip(1).map(|s| context! { name => s.name.as_str(), text => s.text.as_str() }).collect();
    let assumptions: Vec<Value> = m
        .assumptions
        .iter()
        .map(|a| {
            context! {
                section => a.section.as_str(), key => a.key.as_str(), value => a.value.as_str(), what => a.what.as_str(),
                source => a.source.as_str(), date => a.date.as_str(), confidence => a.confidence.as_str(),
                given => a.given.as_deref(),
            }
        })
        .collect();
    context! {
        style => fonts() + STYLE,
        script => SCRIPT,
        name => scenario.name.as_str(),
        title => scenario.name.as_str(),
        currency => scenario.currency.as_str(),
        window => format!("{} to {}", format::date(h.start), format::date(h.start.plus(h.days as i32 - 1))),
        replications => format::count(f64::from(outcome.replications)),
        one_replication => outcome.replications == 1,
        seed => outcome.seed,
        version => env!("CARGO_PKG_VERSION"),
        verdict => Finding::of(scenario, outcome).map(|f| f.sentence),
        finding => finding(m),
        at_equal_service => finding_at_equal_service(m),
        flips => outcome.flips.iter().map(|f| sentence(f, &m.scenario.currency)).collect::<Vec<_>>(),
        models => outcome.models.clone(),
        sections => sections,
        categories => categories(m),
        markets => markets(m),
        markets_note => crate::markets::note(outcome),
        moves => moves(m),
        left_out => outcome.products.len().saturating_sub(CHARTED_PRODUCTS),
        sources => sources,
        facts => crate::facts(scenario),
        overrides => scenario.origin.overrides.clone(),
        overridden => origin::overridden(scenario),
        run => origin::run(scenario),
        assumptions => assumptions,
        not_modelled => not_modelled(),
    }
}

/// A few KPIs of each category, if there are any.
fn categories(m: &Material<'_>) -> Vec<Value> {
    let of = |kpi: Kpi| {
        let row = |p: &ProductOutcome| {
            let cells: Vec<String> = p
                .models
                .iter()
                .map(|o| format::plus_minus(o.estimate(kpi).as_ref(), kpi.unit(), &m.scenario.currency))
                .collect();
            context! { label => p.sku.as_str(), cells => cells }
        };
        let rows: Vec<Value> = m.outcome.categories.iter().map(row).collect();
        context! { title => kpi.label(), rows => rows }
    };
    if m.outcome.categories.is_empty() {
        return Vec::new();
    }
    [Kpi::BackorderRate, Kpi::FillRate, Kpi::InvestedCapital, Kpi::Contribution, Kpi::ResidualIncome].map(of).to_vec()
}

/// Products that the page tells by name of those to move.
const MOVED: usize = 200;

/// Which products to move, and all products together as they would be supplied.
fn moves(m: &Material<'_>) -> Option<Value> {
    use crate::moves;
    let (scenario, outcome) = (m.scenario, m.outcome);
    let list = moves::moves(scenario, outcome)?;
    let (names, columns) = moves::told(scenario, outcome, &list, MOVED);
    let rows: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(i, name)| context! { label => name, cells => columns.iter().map(|c| c.cells[i].clone()).collect::<Vec<_>>() })
        .collect();
    let portfolio: Vec<Value> = moves::portfolio(scenario, outcome, &list)
        .iter()
        .map(|p| {
            let cell = |e: &Option<Estimate>| format::plus_minus(e.as_ref(), p.unit, &scenario.currency);
            context! { label => p.name, cells => p.cells.iter().map(cell).collect::<Vec<_>>() }
        })
        .collect();
    Some(context! {
        finding => moves::finding(outcome, &list, &scenario.currency),
        note => moves::note(&list),
        heads => columns.iter().map(|c| c.head.clone()).collect::<Vec<_>>(),
        more => list.count(moves::Verdict::Move) - rows.len(),
        rows => rows,
        ways => outcome.models.iter().map(|name| format!("all {name}")).chain([moves::AS_LISTED.to_owned()]).collect::<Vec<_>>(),
        portfolio => portfolio,
    })
}

/// Every measure of the largest markets, of all products together, if there are any.
fn markets(m: &Material<'_>) -> Vec<Value> {
    let index = (m.outcome.products.len() == 1).then_some(0);
    let Some(told) = crate::markets::told(m.scenario, m.outcome, index, &MarketMeasure::ALL) else {
        return Vec::new();
    };
    let group = |(measure, of_models): &(MarketMeasure, Vec<Vec<String>>)| {
        let row = |(i, row): (usize, &crate::markets::Row)| {
            let cells: Vec<String> = of_models.iter().map(|cells| cells[i].clone()).collect();
            context! { label => row.name.as_str(), cells => cells }
        };
        context! { title => measure.label(), rows => told.rows.iter().enumerate().map(row).collect::<Vec<_>>() }
    };
    told.measures.iter().map(group).collect()
}

/// One product, or all together: scorecard, tables, charts.
fn section(m: &Material<'_>, product: &ProductOutcome, index: Option<usize>, number: usize) -> Value {
    let currency = &m.scenario.currency;
    let row = |kpi: Kpi| -> Option<Value> {
        let cells: Vec<Option<Estimate>> = product.models.iter().map(|o| o.estimate(kpi)).collect();
        if cells.iter().all(Option::is_none) {
            return None;
        }
        let cells: Vec<Value> = cells.iter().map(|e| cell(e.as_ref(), kpi, currency)).collect();
        Some(
            context! { label => kpi.label(), kpi => kpi.name(), terms => "own", table => "kpis", unit => kpi.unit().name(currency), over => kpi.denominator(), remark => remark(&product.models, kpi), cells => cells },
        )
    };
    let groups: Vec<Value> = COMPARISON
        .iter()
        .map(|(title, kpis)| {
            context! { title => *title, rows => kpis.iter().filter_map(|k| row(*k)).collect::<Vec<_>>() }
        })
        .collect();
    let scorecard = [Kpi::DaysInventory, Kpi::CashConversionCycle, Kpi::CashToCash, Kpi::Gmroi, Kpi::Turns];
    let scorecard: Vec<Value> = scorecard.iter().filter_map(|k| row(*k)).collect();
    let own = [Kpi::FillRate, Kpi::InvestedCapital, Kpi::SafetyStockCapital, Kpi::Contribution, Kpi::ResidualIncome];
    let own =
        context! { title => "At their own policies", rows => own.iter().filter_map(|k| row(*k)).collect::<Vec<_>>() };
    let blocks = m.outcome.equal.as_ref().map_or_else(Vec::new, |e| terms::blocks(e, index, currency));
    let headline: Vec<Value> = std::iter::once(own).chain(blocks.iter().map(|b| on_terms(b, currency))).collect();
    let compared = [
        Kpi::BackorderRate,
        Kpi::CancellationRate,
        Kpi::InvestedCapital,
        Kpi::NetCapital,
        Kpi::CashToCash,
        Kpi::Contribution,
        Kpi::ResidualIncome,
        Kpi::Npv,
    ];
    let paired: Vec<Value> = differences(product)
        .into_iter()
        .filter(|d| d.from == 0 && compared.contains(&d.kpi))
        .map(|d| {
            let value = |m: usize| product.models[m].estimate(d.kpi).map_or(0.0, |e| e.value);
            let better = match (d.kpi.better(), told(&d.estimate, value(d.to), value(d.from), d.kpi.unit())) {
                (Better::Neither, _) | (_, Told::Unknown) => "",
                (_, Told::Same) => "the same within 1 %",
                (_, Told::NotShown) => "no difference shown",
                (Better::Lower, _) if d.estimate.value < 0.0 => "better",
                (Better::Higher, _) if d.estimate.value > 0.0 => "better",
                _ => "worse",
            };
            let chance = d.to_is_better.map(format::share);
            context! {
                model => product.models[d.to].name.as_str(), colour => d.to, label => d.kpi.label(), verdict => better, chance => chance,
                cell => change(&d.estimate, d.kpi, currency),
            }
        })
        .collect();
    let lost: Vec<Value> = index.map_or_else(Vec::new, |index| {
        let each: Vec<_> = product.models.iter().map(|o| lost_orders(m.scenario, index, o)).collect();
        let kinds = each.first().map_or(0, Vec::len);
        (0..kinds)
            .map(|k| {
                let cells: Vec<Value> = each
                    .iter()
                    .map(|rows| {
                        let orders = format!("{} orders", format::count(rows[k].orders.round()));
                        context! { text => format::money(rows[k].value, currency), interval => orders }
                    })
                    .collect();
                context! { who => each[0][k].who.as_str(), share => format::share(each[0][k].share), cells => cells }
            })
            .collect()
    });
    let events: Vec<Value> = event_rows(m.scenario, product, &Measure::ALL)
        .into_iter()
        .map(|(title, rows)| {
            let row = |r: &EventRow| context! { label => r.label.as_str(), measure => r.measure.name(), cells => r.cells.clone() };
            context! { title => title, rows => rows.iter().map(row).collect::<Vec<_>>() }
        })
        .collect();
    let changes: Vec<Value> = changeover_rows(m.scenario, product)
        .into_iter()
        .map(|change| {
            let row =
                |(label, cells): &(String, Vec<String>)| context! { label => label.as_str(), cells => cells.clone() };
            context! { title => change.title, rows => change.rows.iter().map(row).collect::<Vec<_>>() }
        })
        .collect();
    let locations: Vec<Value> = crate::places::told(m.scenario, product).iter().map(|t| locations(m, t)).collect();
    let specs = chart::charts(m.scenario, m.outcome, product, index);
    let not_drawn: Vec<String> = specs.iter().filter_map(|c| Some(format!("{} ({})", c.name, c.nothing()?))).collect();
    let drawn: Vec<&chart::ChartSpec> = specs.iter().filter(|c| c.nothing().is_none()).collect();
    let charts: Vec<Value> = figures(&drawn);
    context! {
        name => product.sku.as_str(), all => index.is_none(), open => number == 0, number => number,
        scorecard => scorecard, headline => headline, groups => groups, paired => paired, lost => lost, charts => charts, not_drawn => not_drawn.join("; "), events => events, changes => changes, locations => locations,
        base => product.models.first().map(|o| o.name.clone()),
    }
}

/// The locations of a supply model in which some supply others.
fn locations(m: &Material<'_>, told: &crate::places::Told) -> Value {
    let heads: Vec<&str> = told.measures.iter().map(|(measure, _)| measure.label()).collect();
    let row = |(i, name): (usize, &String)| {
        let cells: Vec<String> = told.measures.iter().map(|(_, cells)| cells[i].clone()).collect();
        context! { label => name.as_str(), cells => cells }
    };
    let rows: Vec<Value> = told.locations.iter().enumerate().map(row).collect();
    context! { model => m.outcome.models[told.model].as_str(), colour => told.model, heads => heads, rows => rows }
}

/// One of the three comparisons on equal terms.
fn on_terms(block: &Block, currency: &str) -> Value {
    let row = |row: &Row| {
        let cells = row.estimates.iter().zip(&row.words).map(|(e, words)| match (e, row.kpi) {
            (Some(e), Some(kpi)) => cell(Some(e), kpi, currency),
            _ => context! { text => words.as_str() },
        });
        let cells: Vec<Value> = cells.collect();
        let (name, unit, over) = row
            .kpi
            .map_or(("", "words".to_owned(), "models"), |k| (k.name(), k.unit().name(currency), k.denominator()));
        context! { label => row.label.as_str(), kpi => name, terms => block.key, table => row.table, unit => unit, over => over, cells => cells }
    };
    context! { title => block.title.as_str(), rows => block.rows.iter().map(row).collect::<Vec<_>>() }
}

fn cell(e: Option<&Estimate>, kpi: Kpi, currency: &str) -> Value {
    let Some(e) = e else { return context! { text => "-" } };
    let digits = Digits::of(e, kpi.unit(), currency);
    let interval = digits.ends().map(|(a, b)| format!("{a} to {b}"));
    context! { value => e.value, text => digits.value(), interval => interval }
}

fn change(e: &Estimate, kpi: Kpi, currency: &str) -> Value {
    let (text, ends) = Digits::of(e, kpi.unit(), currency).change();
    context! { text => text, interval => ends.map(|(a, b)| format!("{a} to {b}")) }
}

/// The font, so that the page looks the same everywhere: charts are laid out with it.
pub(super) fn fonts() -> String {
    use base64::Engine;
    let face = |weight: u32, font: &[u8]| {
        let data = base64::engine::general_purpose::STANDARD.encode(font);
        format!("@font-face{{font-family:Inter;font-weight:{weight};src:url(data:font/otf;base64,{data})}}\n")
    };
    face(400, include_bytes!("../../../../assets/Inter-Regular.otf"))
        + &face(600, include_bytes!("../../../../assets/Inter-SemiBold.otf"))
}

/// Charts for the page, drawn on all cores.
fn figures(specs: &[&chart::ChartSpec]) -> Vec<Value> {
    crate::in_parallel(specs, |spec| figure(spec))
}

#[cfg(feature = "charts")]
fn figure(spec: &chart::ChartSpec) -> Value {
    context! {
        name => spec.name.as_str(), title => spec.title.as_str(), subtitle => spec.subtitle.as_str(), footer => spec.footer.as_str(),
        svg => chart::draw::web(spec).map(Value::from_safe_string),
    }
}

#[cfg(not(feature = "charts"))]
fn figure(spec: &chart::ChartSpec) -> Value {
    context! {
        name => spec.name.as_str(), title => spec.title.as_str(), subtitle => spec.subtitle.as_str(), footer => spec.footer.as_str(),
        words => "Built without charts: the numbers are in the CSV beside this page.",
    }
}
