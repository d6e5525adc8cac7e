//! Markets: which supply model earns more with an order, market by market.

use super::words;
use super::{BarRow, Body, ChartSpec, Colour, Csv, ForestPanel, ForestRow, Format, Source, cell, cells, sentence};
use crate::format::{self, Digits};
use crate::markets::{Class, Row, classes, have_own_customers, largest, more_per_order, outcomes, told_classes};
use crate::ties;
use restock_base::stats::interval::{Estimate, Sample};
use restock_kernel::model::Unit;
use restock_kernel::study::{MarketMeasure, ProductOutcome, market_figure};

/// Markets that have a row of their own: more would not be read on a slide.
const NAMED: usize = 15;

/// Supply models that are compared with the first in the picture; all are in its data.
const COMPARED: usize = 2;

/// What an order of each market brings more in further supply models than in the first; absent without markets.
pub(super) fn per_order(s: &Source<'_>) -> Option<ChartSpec> {
    if s.scenario.markets.is_empty() {
        return None;
    }
    let of = outcomes(s.outcome, s.index);
    let names = s.names();
    let others = compared(s, of);
    let panels: Vec<ForestPanel> = others.iter().map(|m| panel(s, of, *m)).collect();
    let title = others.first().map_or_else(String::new, |m| finding(s, of, *m));
    Some(ChartSpec {
        name: "markets".into(),
        alt: format!("Dots with intervals around zero, one a market. {title}."),
        title,
        subtitle: format!(
            "Contribution of an order, less that with {}, by market; a dot has the colour of the model that earns more, or is grey where none does; expected shares, {}{}",
            names.first().unwrap_or(&""),
            s.of(),
            s.window()
        ),
        footer: s.footer("bars: 95 % confidence interval of the paired difference, that of the product's figures"),
        legend: Vec::new(),
        body: match panels.as_slice() {
            [] => Body::Words("there is one supply model, and nothing to compare it with".into()),
            _ => Body::Forest(panels),
        },
        data: data(s, of),
    })
}

/// What markets with customers of their own lose to shortages, class by class; absent where all customers are alike.
pub(super) fn lost_to_shortages(s: &Source<'_>) -> Option<ChartSpec> {
    let of = outcomes(s.outcome, s.index);
    if !have_own_customers(of) {
        return None;
    }
    let classes = classes(s.scenario);
    let mut data = Csv::new(&["model", "customers_of", "priority", "measure", "estimate", "ci_low", "ci_high"]);
    for (m, model) in s.names().into_iter().enumerate() {
        for class in &classes {
            for measure in MarketMeasure::OF_CLASSES {
                let Some(e) = market_figure(of, m, &class.markets, measure).map(|f| f.estimate()) else { continue };
                let within = |(low, high)| (measure.within(low), measure.within(high));
                let [low, high] = cells(e.interval().map(within));
                let (of, priority) = (class.of.join("; "), class.priority.to_string());
                data.push(vec![model.to_owned(), of, priority, measure.name().into(), cell(e.value), low, high]);
            }
        }
    }
    let shown = told_classes(of, &classes, (LOST_ROWS / (s.names().len() + 1)).max(2));
    let rows: Vec<BarRow> = shown.iter().flat_map(|class| lost_rows(s, of, class)).collect();
    let none = rows.iter().all(|row| row.segments.iter().all(|part| part.0 == 0.0));
    let title = lost_finding(s, of, &shown);
    Some(ChartSpec {
        name: "markets-waiting".into(),
        alt: format!("Stacked bars of what is lost to shortages, by customers and supply model. {title}."),
        title,
        subtitle: format!(
            "Share of the units that customers want which they gave up because of a shortage{}, {}{}",
            if shown.len() < classes.len() { ", of those customers who lose most units" } else { "" },
            s.of(),
            s.window()
        ),
        footer: s.footer("whiskers and brackets: 95 % confidence interval of the total"),
        legend: LOST.iter().map(|(name, colour)| ((*name).to_owned(), *colour)).collect(),
        body: if none {
            Body::Words("nobody walked away or cancelled".into())
        } else {
            Body::bars(rows, Format::Share, "share of what they want")
        },
        data,
    })
}

/// Parts of what is lost to shortages.
const LOST: [(&str, Colour); 2] = [("Walked away", Colour::Part(0)), ("Cancelled while they waited", Colour::Part(1))];

/// Rows that a slide has room for.
const LOST_ROWS: usize = 12;

/// The name of a class, and below it its bars, one a supply model. It has a row of its own: beside a bar there is no room for both names where bars are many.
fn lost_rows(s: &Source<'_>, of: &[ProductOutcome], class: &Class) -> Vec<BarRow> {
    let row = |(m, model): (usize, &str)| {
        let figure = |measure| market_figure(of, m, &class.markets, measure).map(|f| f.estimate());
        let total = figure(MarketMeasure::LostToShortage)?;
        let walked = figure(MarketMeasure::WalkedAway).map_or(0.0, |e| e.value);
        let parts = [walked, (total.value - walked).max(0.0)];
        let digits = Digits::of(&total, Unit::Share, &s.scenario.currency);
        let segments = parts.iter().zip(&LOST).map(|(v, (_, colour))| (*v, *colour, digits.write(*v)));
        let waits = figure(MarketMeasure::WaitDays).map(|e| format!(", waits of {} d", format::fixed(e.value, 1)));
        Some(BarRow {
            label: String::new(),
            note: format!("{model}{}", waits.unwrap_or_default()),
            segments: segments.collect(),
            whisker: total.interval().filter(|_| total.standard_error != Some(0.0)).map(|(a, b)| (a.max(0.0), b)),
            value: s.written(&total, Unit::Share),
        })
    };
    let (note, value) = (String::new(), String::new());
    let head = BarRow { label: class.short(), note, segments: Vec::new(), whisker: None, value };
    std::iter::once(head).chain(s.names().into_iter().enumerate().filter_map(row)).collect()
}

/// The model in which classes differ most, with who loses most and who least in it.
fn lost_finding(s: &Source<'_>, of: &[ProductOutcome], classes: &[&Class]) -> String {
    let lost = |m: usize, class: &Class| market_figure(of, m, &class.markets, MarketMeasure::LostToShortage);
    let mut widest: Option<(f64, String)> = None;
    for (m, model) in s.names().into_iter().enumerate() {
        let mut each: Vec<(&Class, Sample)> = classes.iter().filter_map(|c| Some((*c, lost(m, c)?))).collect();
        each.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
        let [(least, low), .., (most, high)] = each.as_slice() else { continue };
        let written = |sample: &Sample| {
            let e = sample.estimate();
            Digits::of(&e, Unit::Share, &s.scenario.currency).write(e.value)
        };
        let gap = high.value - low.value;
        let difference = high.clone().plus(-1.0, low).estimate();
        let tied = ties::told(&difference, high.value, low.value, Unit::Share) != ties::Told::Apart;
        let text = if tied {
            match (written(low), written(high)) {
                (low, high) if low == high => format!("{model}: shortages take about {low} of demand, wherever it is"),
                (low, high) => {
                    format!("{model}: shortages take {low} to {high} of demand, a tie of all customers shown")
                }
            }
        } else {
            format!(
                "{model}: shortages take {} of demand in {}, {} in {}",
                written(high),
                most.short(),
                written(low),
                least.short()
            )
        };
        if widest.as_ref().is_none_or(|(before, _)| gap > *before) {
            widest = Some((gap, text));
        }
    }
    widest.map_or_else(String::new, |(_, text)| text)
}

/// The supply models that the picture compares with the first: those that bring most.
fn compared(s: &Source<'_>, of: &[ProductOutcome]) -> Vec<usize> {
    let all: Vec<usize> = (0..s.scenario.markets.len()).collect();
    let earns = |m: usize| market_figure(of, m, &all, MarketMeasure::ContributionPerOrder).map_or(0.0, |f| f.value);
    let mut others: Vec<usize> = (1..s.product.models.len()).collect();
    others.sort_by(|a, b| earns(*b).total_cmp(&earns(*a)));
    others.truncate(COMPARED);
    others
}

/// The difference of a row's markets, and whether it is told apart from none.
fn difference(of: &[ProductOutcome], markets: &[usize], model: usize) -> Option<(Estimate, bool)> {
    let value = |m| market_figure(of, m, markets, MarketMeasure::ContributionPerOrder).map(|f| f.value);
    let e = more_per_order(of, markets, (model, 0))?.estimate();
    let told = ties::told(&e, value(model)?, value(0)?, MarketMeasure::ContributionPerOrder.unit());
    Some((e, told == ties::Told::Apart))
}

/// In how many markets the model brings more than the first, in how many less, and the one in which it brings most more or, if in none, most less.
struct Count {
    more: usize,
    less: usize,
    extreme: Option<(usize, Estimate)>,
}

fn count(s: &Source<'_>, of: &[ProductOutcome], model: usize) -> Count {
    let mut count = Count { more: 0, less: 0, extreme: None };
    let mut apart: Vec<(usize, Estimate)> = Vec::new();
    for k in 0..s.scenario.markets.len() {
        let Some((e, true)) = difference(of, &[k], model) else { continue };
        if e.value > 0.0 {
            count.more += 1
        } else {
            count.less += 1
        }
        apart.push((k, e));
    }
    apart.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    count.extreme = if count.more > 0 { apart.first().copied() } else { apart.last().copied() };
    count
}

fn finding(s: &Source<'_>, of: &[ProductOutcome], model: usize) -> String {
    let n = s.scenario.markets.len();
    let Count { more, extreme, less } = count(s, of, model);
    let names = [model, 0].map(|m| words::name(&s.product.models[m].name));
    let Some((k, e)) = extreme else {
        return sentence(&format!("no market shows a difference between {} and {}", names[0], names[1]));
    };
    let market = words::name(&s.scenario.markets[k].name);
    let unit = MarketMeasure::ContributionPerOrder.unit();
    let by = Digits::of(&e, unit, &s.scenario.currency).write(e.value.abs());
    let [who, than] = names;
    let (of_n, word) = if more > 0 { (more, "more") } else { (less, "less") };
    if n == 1 {
        return sentence(&format!("{who} earns {by} {word} per order than {than} in {market}"));
    }
    sentence(&format!("{who} earns {word} per order than {than} in {of_n} of {n} markets: {by} {word} in {market}"))
}

fn panel(s: &Source<'_>, of: &[ProductOutcome], model: usize) -> ForestPanel {
    let rows = largest(s.scenario, of, NAMED);
    let mut shown: Vec<(&Row, Estimate, bool)> = Vec::new();
    for row in &rows {
        shown.extend(difference(of, &row.of, model).map(|(e, apart)| (row, e, apart)));
    }
    let several = |row: &Row| row.of.len() > 1;
    // What is left over stays last. The market of the title has a row even if it is small.
    let Count { more, less, extreme } = count(s, of, model);
    let missing = extreme.filter(|(k, _)| !shown.iter().any(|(row, ..)| row.of == [*k]));
    let own = missing.map(|(k, e)| (Row { name: s.scenario.markets[k].name.clone(), of: vec![k] }, e));
    shown.extend(own.iter().map(|(row, e)| (row, *e, true)));
    shown.sort_by(|a, b| several(a.0).cmp(&several(b.0)).then(b.1.value.total_cmp(&a.1.value)));
    let unit = MarketMeasure::ContributionPerOrder.unit();
    let row = |(row, e, apart): &(&Row, Estimate, bool)| ForestRow {
        label: row.name.clone(),
        colour: match (apart, e.value > 0.0) {
            (false, _) => Colour::Grey,
            (true, true) => Colour::Model(model),
            (true, false) => Colour::Model(0),
        },
        value: e.value,
        interval: e.interval(),
        text: Digits::of(e, unit, &s.scenario.currency).change().0,
    };
    let names = s.names();
    ForestPanel {
        title: format!("{}: more in {more}, less in {less} of {} markets", names[model], s.scenario.markets.len()),
        format: Format::Money(s.scenario.currency.clone()),
        rows: shown.iter().map(row).collect(),
    }
}

/// Every market in every model.
fn data(s: &Source<'_>, of: &[ProductOutcome]) -> Csv {
    let mut data =
        Csv::new(&["market", "model", "contribution_per_order", "compared_with", "difference", "ci_low", "ci_high"]);
    for (k, market) in s.scenario.markets.iter().enumerate() {
        for (m, model) in s.product.models.iter().enumerate() {
            let Some(own) = market_figure(of, m, &[k], MarketMeasure::ContributionPerOrder) else { continue };
            let more = more_per_order(of, &[k], (m, 0)).filter(|_| m > 0).map(|d| d.estimate());
            let [low, high] = cells(more.and_then(|e| e.interval()));
            let against = if m > 0 { s.product.models[0].name.clone() } else { String::new() };
            let difference = more.map_or_else(String::new, |e| cell(e.value));
            data.push(vec![market.name.clone(), model.name.clone(), cell(own.value), against, difference, low, high]);
        }
    }
    data
}
