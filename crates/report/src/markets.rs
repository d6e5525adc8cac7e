//! Markets: what files, the terminal, the page and the workbook say of each in each supply model.

use super::chart::{self, Csv, cells};
use super::sheet::{Column, packed};
use super::{format, products};
use format::Digits;
use restock_base::stats::interval::{Estimate, Sample};
use restock_kernel::model::Scenario;
use restock_kernel::study::{MarketMeasure, Outcome, ProductOutcome, market_figure};

/// Markets of which tables for people tell by name; the others are told together.
const TOLD: usize = 12;

/// A market by name, or several that are told together.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub name: String,
    /// Numbers of the markets.
    pub of: Vec<usize>,
}

/// The outcomes behind a reported product: one, or all.
pub(crate) fn outcomes(outcome: &Outcome, index: Option<usize>) -> &[ProductOutcome] {
    match index {
        Some(i) => &outcome.products[i..=i],
        None => &outcome.products,
    }
}

/// The markets to which most is shipped by the first supply model, most first, and all others together.
pub(crate) fn largest(scenario: &Scenario, of: &[ProductOutcome], named: usize) -> Vec<Row> {
    let orders = |k: usize| market_figure(of, 0, &[k], MarketMeasure::Orders).map_or(0.0, |s| s.value);
    let mut all: Vec<(usize, f64)> = (0..scenario.markets.len()).map(|k| (k, orders(k))).collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1));
    // One that is left over has its name, too.
    let named = if all.len() <= named + 1 { all.len() } else { named };
    let row = |(k, _): &(usize, f64)| Row { name: scenario.markets[*k].name.clone(), of: vec![*k] };
    let mut rows: Vec<Row> = all[..named].iter().map(row).collect();
    if named < all.len() {
        let of: Vec<usize> = all[named..].iter().map(|(k, _)| *k).collect();
        rows.push(Row { name: format!("{} others", of.len()), of });
    }
    rows
}

/// By how much an order of these markets brings more in one model than in another.
pub(crate) fn more_per_order(of: &[ProductOutcome], markets: &[usize], (a, b): (usize, usize)) -> Option<Sample> {
    let each = |model| market_figure(of, model, markets, MarketMeasure::ContributionPerOrder);
    Some(each(a)?.plus(-1.0, &each(b)?))
}

/// A figure of a market in a supply model, or by how much it differs from that of another model.
pub(crate) struct Figure {
    /// Number of the supply model, and of the one that is subtracted of a difference.
    pub model: usize,
    pub against: Option<usize>,
    /// Number of the market.
    pub market: usize,
    pub measure: MarketMeasure,
    pub estimate: Estimate,
}

impl Figure {
    /// Its interval, within what it can be.
    pub fn interval(&self) -> Option<(f64, f64)> {
        let within = |value: f64| if self.against.is_some() { value } else { self.measure.within(value) };
        self.estimate.interval().map(|(low, high)| (within(low), within(high)))
    }

    /// Name in files.
    pub fn name(&self) -> String {
        let difference = if self.against.is_some() { "_difference" } else { "" };
        format!("{}{difference}", self.measure.name())
    }
}

/// All figures of a product, or of all.
pub(crate) fn figures(scenario: &Scenario, outcome: &Outcome, index: Option<usize>) -> Vec<Figure> {
    let of = outcomes(outcome, index);
    let mut out = Vec::new();
    for model in 0..outcome.models.len() {
        for market in 0..scenario.markets.len() {
            let mut add = |measure, against, sample: Option<Sample>| {
                out.extend(sample.map(|s| Figure { model, against, market, measure, estimate: s.estimate() }));
            };
            for measure in MarketMeasure::ALL {
                add(measure, None, market_figure(of, model, &[market], measure));
            }
            if model > 0 {
                let more = more_per_order(of, &[market], (model, 0));
                add(MarketMeasure::ContributionPerOrder, Some(0), more);
            }
        }
    }
    out
}

/// The tidy table behind `markets.csv`; absent without markets. Differences name the supply model that they are from.
#[must_use]
pub fn market_table(scenario: &Scenario, outcome: &Outcome) -> Option<Csv> {
    if scenario.markets.is_empty() {
        return None;
    }
    let mut table = Csv::new(&[
        "product",
        "model",
        "against",
        "market",
        "currency",
        "measure",
        "unit",
        "estimate",
        "ci_low",
        "ci_high",
        "priority",
        "customers",
    ]);
    let classes = classes(scenario);
    let class_of = |market: usize| classes.iter().position(|class| class.markets.contains(&market)).unwrap_or(0);
    for (index, product) in products(outcome) {
        for f in figures(scenario, outcome, index) {
            let [low, high] = cells(f.interval());
            let market = &scenario.markets[f.market];
            table.push(vec![
                product.sku.clone(),
                outcome.models[f.model].clone(),
                f.against.map_or_else(String::new, |a| outcome.models[a].clone()),
                market.name.clone(),
                market.currency.clone(),
                f.name(),
                f.measure.unit().name(&scenario.currency),
                f.estimate.value.to_string(),
                low,
                high,
                market.customers.priority.to_string(),
                (class_of(f.market) + 1).to_string(),
            ]);
        }
    }
    Some(table)
}

/// Whether some market has customers of its own.
pub(crate) fn have_own_customers(of: &[ProductOutcome]) -> bool {
    of.iter().flat_map(|product| &product.models).any(|model| !model.classes.is_empty())
}

/// What people read of markets.
pub(crate) struct Told {
    pub rows: Vec<Row>,
    /// By measure, by supply model: a cell a row.
    pub measures: Vec<(MarketMeasure, Vec<Vec<String>>)>,
}

/// These measures of the markets of a product, or of all; absent without markets.
pub(crate) fn told(
    scenario: &Scenario,
    outcome: &Outcome,
    index: Option<usize>,
    measures: &[MarketMeasure],
) -> Option<Told> {
    if scenario.markets.is_empty() {
        return None;
    }
    let of = outcomes(outcome, index);
    let rows = largest(scenario, of, TOLD);
    let cell = |row: &Row, model: usize, measure: MarketMeasure| {
        let figure = market_figure(of, model, &row.of, measure);
        figure.map_or_else(|| "-".into(), |s| written(&s.estimate(), measure, scenario))
    };
    let column = |model, measure| rows.iter().map(|row| cell(row, model, measure)).collect();
    let of_models = |measure| (0..outcome.models.len()).map(|m| column(m, measure)).collect();
    let told = |measure: &&MarketMeasure| have_own_customers(of) || !MarketMeasure::OF_CLASSES.contains(*measure);
    let measures = measures.iter().filter(told).map(|measure| (*measure, of_models(*measure))).collect();
    Some(Told { rows, measures })
}

/// A figure with its half-width; days to the door are expected, and have none.
fn written(e: &Estimate, measure: MarketMeasure, scenario: &Scenario) -> String {
    match measure {
        MarketMeasure::DeliveryDays => format!("{} d", format::fixed(e.value, 1)),
        MarketMeasure::Waited
        | MarketMeasure::WalkedAway
        | MarketMeasure::Cancelled
        | MarketMeasure::LostToShortage
        | MarketMeasure::WaitDays
        | MarketMeasure::Orders
        | MarketMeasure::Revenue
        | MarketMeasure::LandedCost
        | MarketMeasure::Duty
        | MarketMeasure::CostToServe
        | MarketMeasure::Contribution
        | MarketMeasure::ContributionPerOrder => Digits::of(e, measure.unit(), &scenario.currency).plus_minus(),
    }
}

/// Customers who are alike, of one market or several.
pub(crate) struct Class {
    /// Names of the markets.
    pub of: Vec<String>,
    /// Numbers of the markets.
    pub markets: Vec<usize>,
    pub priority: u32,
}

/// The classes of customers, by the first supply model: which markets are alike is the same in all.
pub(crate) fn classes(scenario: &Scenario) -> Vec<Class> {
    let Some(model) = scenario.models.first() else { return Vec::new() };
    let each = scenario.classes(&model.customers).into_iter().map(|class| {
        let of = class.markets.iter().map(|k| scenario.markets[*k].name.clone()).collect();
        Class { of, markets: class.markets, priority: class.priority }
    });
    each.collect()
}

impl Class {
    /// A name for people.
    pub fn name(&self) -> String {
        named(&self.of)
    }

    /// The same as charts write it: names of markets that are long are cut, and how many there are is not.
    pub fn short(&self) -> String {
        let of: Vec<String> = self.of.iter().map(|market| chart::name(market)).collect();
        named(&of)
    }
}

fn named(markets: &[String]) -> String {
    match markets {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, others @ ..] => format!("{one} and {} others", others.len()),
    }
}

/// Classes that are told of: those that lose most units to shortages in any supply model, in their order. Those that want nothing are left out.
pub(crate) fn told_classes<'a>(of: &[ProductOutcome], classes: &'a [Class], most: usize) -> Vec<&'a Class> {
    let models = of.first().map_or(0, |product| product.models.len());
    let lost = |class: &Class| {
        let of_model = |model: usize| {
            let figure = |measure| market_figure(of, model, &class.markets, measure).map(|f| f.value);
            Some((figure(MarketMeasure::Orders)?, figure(MarketMeasure::LostToShortage)?))
        };
        (0..models).filter_map(of_model).map(|(orders, share)| orders.max(1.0) * share).fold(-1.0, f64::max)
    };
    let each: Vec<f64> = classes.iter().map(lost).collect();
    let mut by_loss: Vec<usize> = (0..classes.len()).filter(|k| each[*k] >= 0.0).collect();
    by_loss.sort_by(|a, b| each[*b].total_cmp(&each[*a]));
    by_loss.truncate(most);
    by_loss.sort_unstable();
    by_loss.into_iter().map(|k| &classes[k]).collect()
}

/// The table of a terminal of what becomes of those who find no stock, where customers differ.
pub(crate) fn sheet_of_classes(scenario: &Scenario, outcome: &Outcome, width: u16) -> Option<String> {
    let index = (outcome.products.len() == 1).then_some(0);
    let of = outcomes(outcome, index);
    if !have_own_customers(of) {
        return None;
    }
    let classes = classes(scenario);
    let shown = told_classes(of, &classes, TOLD);
    let ranked = classes.iter().any(|class| class.priority != classes[0].priority);
    let name = |class: &&Class| match ranked {
        true => format!("{}, priority {}", class.name(), class.priority),
        false => class.name(),
    };
    let names: Vec<String> = shown.iter().map(name).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut columns = Vec::new();
    for measure in [MarketMeasure::Waited, MarketMeasure::LostToShortage, MarketMeasure::WaitDays] {
        for (model, name) in outcome.models.iter().enumerate() {
            let figure = |class: &Class| market_figure(of, model, &class.markets, measure);
            let cell = |class| figure(class).map_or("-".into(), |s| written(&s.estimate(), measure, scenario));
            let several = outcome.models.len() > 1;
            let head = if several { format!("{}, {name}", measure.label()) } else { measure.label().to_owned() };
            columns.push(Column { head, cells: shown.iter().map(|class| cell(class)).collect() });
        }
    }
    let sheet = packed("By customers", &names, &columns, width);
    Some(match classes.len() - shown.len() {
        0 => sheet,
        more => {
            let others = match more {
                1 => "Another kind of customers loses less, or wants nothing".into(),
                _ => format!("{more} other kinds of customers lose less, or want nothing"),
            };
            format!("{}\n{others}: markets.csv has all.\n", sheet.trim_end())
        }
    })
}

/// What figures of markets are, in a sentence.
pub(crate) fn note(outcome: &Outcome) -> &'static str {
    if have_own_customers(&outcome.products) {
        "Figures of markets are expected shares of the product's: their intervals are the product's, and markets have no \
         percentiles of their own. Of those who find no stock it is drawn which customers they are of; markets of the same \
         customers, priority and locations wait and walk away alike. Their mean wait is that of what was shipped: who \
         cancelled is not in it."
    } else {
        "Figures of markets are expected shares of the product's: their intervals are the product's, and markets have no \
         percentiles of their own."
    }
}

/// The table of a terminal.
pub(crate) fn sheet(scenario: &Scenario, outcome: &Outcome, width: u16) -> Option<String> {
    let index = (outcome.products.len() == 1).then_some(0);
    let shown = [MarketMeasure::ContributionPerOrder, MarketMeasure::Orders, MarketMeasure::DeliveryDays];
    let Told { rows, measures } = told(scenario, outcome, index, &shown)?;
    let names: Vec<&str> = rows.iter().map(|r| r.name.as_str()).collect();
    let several = outcome.models.len() > 1;
    let mut columns = Vec::new();
    for (measure, of_models) in measures {
        // Orders hardly differ between supply models: those of the first tell how large a market is.
        let shown = if measure == MarketMeasure::Orders { 1 } else { outcome.models.len() };
        for (name, cells) in outcome.models.iter().zip(of_models).take(shown) {
            let label = measure.label();
            columns.push(Column { head: if several { format!("{label}, {name}") } else { label.to_owned() }, cells });
        }
    }
    Some(packed("By market", &names, &columns, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is cut of a name leaves how many markets there are.
    #[test]
    fn a_class_of_long_names_says_how_many_markets_it_has() {
        let long = |k: usize| format!("Market number {k} of those with a very long name");
        let class = |n: usize| Class { of: (0..n).map(long).collect(), markets: (0..n).collect(), priority: 1 };
        let cut = "Market number 0 of those with a v…";
        assert_eq!(class(1).short(), cut);
        assert_eq!(class(5).short(), format!("{cut} and 4 others"));
        assert_eq!(class(5).name(), format!("{} and 4 others", long(0)));
    }
}
