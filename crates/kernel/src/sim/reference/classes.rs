//! Classes of customers (`docs/model.md`, "Customers of their own"): which there are, and what share of those who order at a location each is.

use super::case::Case;
use super::markets;
use crate::model::Customers;

/// Customers who do alike while stock is out.
pub struct Class {
    pub priority: u32,
    pub customers: Customers,
    /// Numbers of the markets.
    pub markets: Vec<usize>,
}

/// The classes of a supply model's customers, those who are served first before the others: one where nothing tells them apart.
pub fn classes(case: &Case<'_>) -> Vec<Class> {
    let all = &case.model.customers;
    if case.scenario.markets.is_empty() {
        return vec![Class { priority: 1, customers: all.clone(), markets: Vec::new() }];
    }
    let told_apart = |by_location: bool| {
        let mut classes: Vec<(String, Class)> = Vec::new();
        for (number, market) in case.scenario.markets.iter().enumerate() {
            let own = &market.customers;
            let mut customers = all.clone();
            if let Some(accept) = own.accept {
                customers.accept = accept;
            }
            if let Some(patience) = &own.patience {
                customers.patience = patience.clone();
            }
            if let Some(rule) = own.thirty_day_rule {
                customers.thirty_day_rule = rule;
            }
            if let Some(consent) = own.express_consent {
                customers.express_consent = consent;
            }
            let served = if by_location { market.served_from.as_slice() } else { &[] };
            let name = format!("{} {customers:?} {served:?}", own.priority);
            match classes.iter_mut().find(|(known, _)| *known == name) {
                Some((_, class)) => class.markets.push(number),
                None => classes.push((name, Class { priority: own.priority, customers, markets: vec![number] })),
            }
        }
        classes
    };
    // Where customers differ those are told apart, too, who are served from elsewhere.
    let classes = told_apart(false);
    let classes = if classes.len() > 1 { told_apart(true) } else { classes };
    let mut classes: Vec<Class> = classes.into_iter().map(|(_, class)| class).collect();
    classes.sort_by_key(|class| class.priority);
    classes
}

/// Share of those who order at a location on a day who are of each class or of one before it.
pub(super) fn shares_up_to(case: &Case<'_>, classes: &[Class], place: usize, day: usize) -> Vec<f64> {
    let orders = markets::orders(case, place, day);
    let all: f64 = orders.iter().sum();
    let mut sum = 0.0;
    let mut up_to: Vec<f64> = Vec::new();
    for class in classes {
        sum += class.markets.iter().map(|k| orders[*k]).sum::<f64>();
        up_to.push(sum / all);
    }
    let last = up_to.iter().position(|share| *share >= 1.0 - 1e-12).unwrap_or(up_to.len() - 1);
    up_to[last..].fill(1.0);
    up_to
}

/// Expected millionths of the units that leave a location today for somebody who has not waited, by class.
pub fn expected_shares(case: &Case<'_>, classes: &[Class], place: usize, day: usize) -> Vec<i64> {
    let mut before = 0;
    let each = shares_up_to(case, classes, place, day).into_iter().map(|up_to| {
        let all = (up_to * 1e6).round() as i64;
        let share = all - before;
        before = all;
        share
    });
    each.collect()
}
