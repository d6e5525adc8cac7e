//! The changeover report: capital and cash week by week around the date on which a supply model changes, when its old stock is sold, and what
//! is released by then.

use super::chart::Csv;
use super::{format, products};
use format::Digits;
use restock_base::calendar::Day;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Scenario, Unit};
use restock_kernel::study::{Changeover, ChangeoverOutcome, Outcome, ProductOutcome};

/// One figure of a changeover.
pub(crate) struct Figure {
    /// Number of the supply model.
    pub model: usize,
    pub measure: ChangeMeasure,
    /// Number of the supply model that is subtracted, of a difference.
    pub against: Option<usize>,
    /// Weeks since the evening before the change, and the evening; absent of what has no evening.
    pub evening: Option<(usize, Day)>,
    pub estimate: Estimate,
}

/// What is told of a changeover.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeMeasure {
    Capital,
    Released,
    Cash,
    CapitalDifference,
    CashDifference,
    Trough,
    SoldShare,
    SoldDays,
    /// Of the days until the old stock is sold: in 5, 50 and 95 % of replications it takes no longer.
    SoldDaysP5,
    SoldDaysP50,
    SoldDaysP95,
    ReleasedWhenSold,
}

use ChangeMeasure::{
    Capital, CapitalDifference, Cash, CashDifference, Released, ReleasedWhenSold, SoldDays, SoldDaysP5, SoldDaysP50,
    SoldDaysP95, SoldShare, Trough,
};

impl ChangeMeasure {
    /// Name in files.
    pub fn name(self) -> &'static str {
        match self {
            Capital => "invested_capital",
            Released => "capital_released",
            Cash => "cash",
            CapitalDifference => "invested_capital_difference",
            CashDifference => "cash_difference",
            Trough => "cash_trough",
            SoldShare => "old_stock_sold_share",
            SoldDays => "days_until_old_stock_is_sold",
            SoldDaysP5 => "days_until_old_stock_is_sold_p5",
            SoldDaysP50 => "days_until_old_stock_is_sold_p50",
            SoldDaysP95 => "days_until_old_stock_is_sold_p95",
            ReleasedWhenSold => "capital_released_when_old_stock_is_sold",
        }
    }

    pub fn unit(self) -> Unit {
        match self {
            SoldShare => Unit::Share,
            SoldDays | SoldDaysP5 | SoldDaysP50 | SoldDaysP95 => Unit::Days,
            _ => Unit::Money,
        }
    }
}

/// The date of evening number `k` of a change.
pub(crate) fn evening(scenario: &Scenario, change: &Changeover, k: usize) -> Day {
    scenario.horizon.start.plus(change.evenings[k] as i32)
}

/// All figures of change number `c` of a product.
pub(crate) fn figures(scenario: &Scenario, product: &ProductOutcome, c: usize) -> Vec<Figure> {
    let change = &product.changes[c];
    let staying = change.staying(scenario);
    let of = |m: usize| -> Option<&ChangeoverOutcome> { product.models[m].changes.get(c) };
    let mut out = Vec::new();
    for model in 0..product.models.len() {
        let Some(outcome) = of(model) else { continue };
        let mut add = |measure, against, evening, estimate: Option<Estimate>| {
            out.extend(estimate.map(|estimate| Figure { model, measure, against, evening, estimate }));
        };
        for k in 0..change.evenings.len() {
            let at = Some((k, evening(scenario, change, k)));
            add(Capital, None, at, outcome.capital(k).map(|s| s.estimate()));
            add(Released, None, at, outcome.released(k).map(|s| s.estimate()));
            add(Cash, None, at, outcome.cash(k).map(|s| s.estimate()));
            let stays = staying.filter(|s| *s != model);
            if let Some(stays) = stays.and_then(of) {
                let minus = |a: Option<restock_base::stats::interval::Sample>, b: Option<_>| {
                    Some(a?.plus(-1.0, &b?).estimate())
                };
                add(CapitalDifference, staying, at, minus(outcome.capital(k), stays.capital(k)));
                add(CashDifference, staying, at, minus(outcome.cash(k), stays.cash(k)));
            }
        }
        add(Trough, None, None, outcome.trough().map(|s| s.estimate()));
        if let Some(sold) = outcome.sell_out() {
            add(SoldShare, None, None, Some(sold.share));
            add(SoldDays, None, None, Some(sold.days));
            for (measure, days) in [SoldDaysP5, SoldDaysP50, SoldDaysP95].into_iter().zip(sold.percentiles) {
                add(measure, None, None, Some(Estimate::new(f64::from(days), None)));
            }
            add(ReleasedWhenSold, None, None, Some(sold.released));
        }
    }
    out
}

/// The tidy table behind `changeover.csv`; absent if no supply model changes.
#[must_use]
pub fn changeover_table(scenario: &Scenario, outcome: &Outcome) -> Option<Csv> {
    let names = "product|change|model|against|week|evening|measure|unit|estimate|ci_low|ci_high";
    let mut table = Csv::new(&names.split('|').collect::<Vec<_>>());
    for (_, product) in products(outcome) {
        for (c, change) in product.changes.iter().enumerate() {
            for f in figures(scenario, product, c) {
                let ends = f.estimate.interval();
                let name = |m: usize| product.models[m].name.clone();
                table.push(vec![
                    product.sku.clone(),
                    change.on.to_string(),
                    name(f.model),
                    f.against.map(name).unwrap_or_default(),
                    f.evening.map(|e| e.0.to_string()).unwrap_or_default(),
                    f.evening.map(|e| e.1.to_string()).unwrap_or_default(),
                    f.measure.name().into(),
                    f.measure.unit().name(&scenario.currency),
                    f.estimate.value.to_string(),
                    ends.map(|e| e.0.to_string()).unwrap_or_default(),
                    ends.map(|e| e.1.to_string()).unwrap_or_default(),
                ]);
            }
        }
    }
    outcome.products.iter().any(|p| !p.changes.is_empty()).then_some(table)
}

/// Weeks after the evening before a change of which people are told; the last one that there is is told, too.
const TOLD: [usize; 6] = [0, 4, 8, 13, 26, 52];

/// What people read of a changeover: a title, and rows of a label and a cell for each supply model.
pub(crate) struct ChangeoverRows {
    pub title: String,
    pub rows: Vec<(String, Vec<String>)>,
}

/// The changes of a product in rows.
pub(crate) fn changeover_rows(scenario: &Scenario, product: &ProductOutcome) -> Vec<ChangeoverRows> {
    (0..product.changes.len()).map(|c| rows_of(scenario, product, c)).collect()
}

fn rows_of(scenario: &Scenario, product: &ProductOutcome, c: usize) -> ChangeoverRows {
    let change = &product.changes[c];
    let all = figures(scenario, product, c);
    let last = change.evenings.len() - 1;
    let mut told: Vec<usize> = TOLD.into_iter().filter(|k| *k < last).collect();
    told.push(last);
    let cells = |is: &dyn Fn(&Figure) -> bool, of: &dyn Fn(&Figure) -> String| -> Vec<String> {
        let cell = |m: usize| all.iter().find(|f| f.model == m && is(f)).map_or_else(|| "-".into(), of);
        (0..product.models.len()).map(cell).collect()
    };
    let plain = |f: &Figure| Digits::of(&f.estimate, f.measure.unit(), &scenario.currency).plus_minus();
    let weekly = |measure: ChangeMeasure, k: usize| {
        cells(&|f| f.measure == measure && f.evening.is_some_and(|e| e.0 == k), &plain)
    };
    let single = |measure: ChangeMeasure| cells(&|f| f.measure == measure, &plain);
    let when = |k: usize| {
        let on = format::date(evening(scenario, change, k));
        match k {
            0 => format!("the evening before, {on}"),
            1 => format!("1 week later, {on}"),
            k => format!("{k} weeks later, {on}"),
        }
    };
    let mut rows = Vec::new();
    for k in &told {
        rows.push((format!("Capital {}", when(*k)), weekly(Capital, *k)));
    }
    if let Some(stays) = change.staying(scenario) {
        for k in told.iter().filter(|k| **k > 0) {
            let label = format!("Capital against {}, {}", product.models[stays].name, when(*k));
            rows.push((label, weekly(CapitalDifference, *k)));
        }
    }
    for k in &told {
        rows.push((format!("Cash {}", when(*k)), weekly(Cash, *k)));
    }
    rows.push(("Cash at its lowest after the change, less that of the evening before".into(), single(Trough)));
    if all.iter().any(|f| f.measure == SoldShare) {
        rows.push(("Old stock is sold before the end, in".into(), single(SoldShare)));
        rows.push(("Days until it is sold".into(), single(SoldDays)));
        let days = |m: ChangeMeasure, model: usize| {
            all.iter().find(|f| f.measure == m && f.model == model).map_or(0.0, |f| f.estimate.value)
        };
        let spread = cells(&|f| f.measure == SoldDaysP50, &|f| {
            format!("{} to {}", days(SoldDaysP5, f.model), days(SoldDaysP95, f.model))
        });
        rows.push(("in 90 of 100 cases".into(), spread));
        rows.push(("Capital released when it is sold".into(), single(ReleasedWhenSold)));
    }
    // Of several products together there is no trough.
    rows.retain(|(_, cells)| cells.iter().any(|cell| cell != "-"));
    let who: Vec<&str> = change.models.iter().map(|m| product.models[*m].name.as_str()).collect();
    let verb = if who.len() == 1 { "changes" } else { "change" };
    ChangeoverRows { title: format!("{} {verb} on {}", who.join(", "), format::date(change.on)), rows }
}
