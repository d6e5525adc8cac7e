//! What markets pay and cost on a day, on average over who orders (`docs/model.md`, "Markets").

use super::case::{Case, Fault};
use crate::model::{AtOrBelow, DutyBase, Location, Market, ParcelTerms, Route, chargeable_kg};
use restock_base::units::Money;

/// What is said of a location: of it alone, or else of all locations, where this counts for it.
fn said<'a, T>(market: &'a Market, l: &Location, of: impl Fn(&'a ParcelTerms) -> Option<T>, of_all: bool) -> Option<T> {
    for (name, terms) in &market.from {
        if *name == l.name
            && let Some(found) = of(terms)
        {
            return Some(found);
        }
    }
    if of_all { of(&market.usual) } else { None }
}

/// Shoppers of a market who order from a location for each one who would at its reference.
fn stay(case: &Case<'_>, market: &Market, l: &Location) -> f64 {
    let customers = &case.model.customers;
    let per_day = market.delivery_sensitivity.unwrap_or(customers.delivery_sensitivity);
    let Some(reference) = market.reference_delivery_days.or(customers.reference_delivery_days) else { return 1.0 };
    let days = said(market, l, |terms| terms.days, true).unwrap_or_else(|| l.delivery.days.mean());
    // Nobody else is won by more than five days.
    (-per_day * (days - reference).max(-5.0)).exp()
}

/// Numbers of all markets.
pub(super) fn everywhere(case: &Case<'_>) -> Vec<usize> {
    (0..case.scenario.markets.len()).collect()
}

/// A mean over some markets, told by how far each is from the first.
fn mean(case: &Case<'_>, some: &[usize], weight: impl Fn(usize, &Market) -> f64, of: impl Fn(&Market) -> f64) -> f64 {
    let markets = &case.scenario.markets;
    let first = of(&markets[some[0]]);
    let (mut beyond, mut all) = (0.0, 0.0);
    for (k, market) in some.iter().map(|k| (*k, &markets[*k])) {
        beyond += weight(k, market) * (of(market) - first);
        all += weight(k, market);
    }
    if all > 0.0 { first + beyond / all } else { first }
}

/// Share of a market's shoppers whom a location serves first: all of them if it is the first open one that the market names, and by the shares of
/// the file if the model has none of those. A location that serves nobody first is for those of all markets who find nothing elsewhere.
fn served(case: &Case<'_>, l: &Location, day: usize, k: usize) -> f64 {
    let shares = || case.scenario.markets.iter().map(|market| market.share.at(case.date(day)));
    let anybody = shares().zip(&l.of_markets).any(|(share, part)| share * part > 0.0);
    if anybody { l.of_markets[k] } else { 1.0 }
}

/// Shoppers who order from a location on a day for each one who would at the reference.
pub(super) fn kept(case: &Case<'_>, l: &Location, day: usize) -> f64 {
    let day = day.max(case.begin());
    let share = |k: usize, market: &Market| market.share.at(case.date(day)) * served(case, l, day, k);
    mean(case, &everywhere(case), share, |market| stay(case, market, l))
}

/// Shoppers of each market who order from location number `i` on a day, not scaled: where nobody does, by the markets' shares.
pub(super) fn orders(case: &Case<'_>, i: usize, day: usize) -> Vec<f64> {
    let l = &case.on(day).model.locations[i];
    let share = |market: &Market| market.share.at(case.date(day));
    let each = case.scenario.markets.iter().enumerate();
    let orders: Vec<f64> = each.map(|(k, m)| share(m) * served(case, l, day, k) * stay(case, m, l)).collect();
    if orders.iter().any(|n| *n > 0.0) { orders } else { case.scenario.markets.iter().map(share).collect() }
}

/// The mean of what a parcel from a location amounts to on a day, over those who order from it.
fn over_orders(case: &Case<'_>, some: &[usize], (l, day): (&Location, usize), of: impl Fn(&Market) -> f64) -> f64 {
    let stay = |market: &Market| if case.breaks(Fault::SharesAsGiven) { 1.0 } else { stay(case, market, l) };
    mean(case, some, |k, market| market.share.at(case.date(day)) * served(case, l, day, k) * stay(market), of)
}

/// Price of a unit on a day over all who order in some markets: what the seller keeps, and what customers pay.
pub(super) fn price(case: &Case<'_>, some: &[usize], day: usize) -> (f64, f64) {
    let (date, locations) = (case.date(day), &case.on(day).model.locations);
    let orders = |k: usize, market: &Market| {
        let first = |l: &Location| if l.of_markets.is_empty() { l.share } else { l.of_markets[k] };
        let from = |l: &Location| market.share.at(date) * first(l) * stay(case, market, l);
        locations.iter().map(from).fold(0.0, |sum, orders| sum + orders)
    };
    let full = |market: &Market| case.product.price * market.price_factor;
    let net = |m: &Market| if m.vat_in_price { full(m) / (1.0 + m.vat.at(date)) } else { full(m) };
    let gross = |m: &Market| if m.vat_in_price { full(m) } else { full(m) * (1.0 + m.vat.at(date)) };
    (mean(case, some, orders, net), mean(case, some, orders, gross))
}

/// Postage of a unit that ships from a location to some markets on a day.
pub(super) fn postage(case: &Case<'_>, some: &[usize], l: &Location, day: usize) -> f64 {
    let kg = chargeable_kg(case.product.weight_kg, case.product.volume_litres, l.delivery.dimensional_divisor);
    let own = (l.delivery.per_order, l.delivery.per_kg);
    over_orders(case, some, (l, day), |market| {
        let (per_order, per_kg) = said(market, l, |terms| terms.postage, true).unwrap_or(own);
        per_order / case.product.demand.units_per_order() + per_kg * kg
    })
}

/// Postage of an order, and what its parcel pays by itself.
pub(super) fn of_an_order(case: &Case<'_>, l: &Location, day: usize) -> (f64, f64) {
    let postage = |market: &Market| said(market, l, |terms| terms.postage, true).map_or(l.delivery.per_order, |p| p.0);
    let over = |of: &dyn Fn(&Market) -> f64| over_orders(case, &everywhere(case), (l, day), of);
    (over(&postage), over(&|market| clearance(case, market, l, day)))
}

fn clearance(case: &Case<'_>, market: &Market, l: &Location, day: usize) -> f64 {
    let fixed = said(market, l, |terms| terms.fixed.as_ref(), l.delivery.duty_per_order);
    fixed.map_or(l.delivery.clearance_per_order, |amount| amount.at(case.date(day)))
}

/// Duty, clearance and the difference of taxes of a unit whose parcel ships to some markets on a day.
pub(super) fn at_the_border(case: &Case<'_>, some: &[usize], (l, day): (&Location, usize), route: &Route) -> f64 {
    let (date, product) = (case.date(day), case.product);
    over_orders(case, some, (l, day), |market| {
        let vat = said(market, l, |terms| terms.vat.as_ref(), false).unwrap_or(&market.vat).at(date);
        let (usual, price) = (market.vat.at(date), product.price * market.price_factor);
        let declared = if market.vat_in_price { price / (1.0 + vat) } else { price };
        let cost = route.dutiable_share * product.unit_cost;
        let duty = match said(market, l, |terms| terms.duty.as_ref(), l.delivery.duty_per_order) {
            None if l.delivery.duty_per_order => route.duty.at(date) * cost,
            None => 0.0,
            Some(rules) => match rules.iter().rev().find(|(from, _)| *from <= date) {
                None => 0.0,
                Some((_, rule)) => {
                    let value = rule.value_share * if rule.base == DutyBase::Cost { cost } else { declared };
                    let within = |value: f64, most: f64| match case.breaks(Fault::ThresholdExcluded) {
                        true => Money::from_f64(value) < Money::from_f64(most),
                        false => Money::from_f64(value) <= Money::from_f64(most),
                    };
                    let of_parcel = |value: f64| match rule.threshold {
                        Some((most, or_less)) if within(value, most) => match or_less {
                            AtOrBelow::Exempt => 0.0,
                            AtOrBelow::Flat(amount) => amount,
                            AtOrBelow::Rate(rate) => rate * value,
                        },
                        _ => rule.rate * value,
                    };
                    match &product.demand.order_size {
                        None => of_parcel(value),
                        Some(size) => size.mean_of(|n| of_parcel(f64::from(n) * value)) / size.mean(),
                    }
                }
            },
        };
        let more_tax =
            if vat == usual || !market.vat_in_price { 0.0 } else { price / (1.0 + usual) - price / (1.0 + vat) };
        duty + clearance(case, market, l, day) / product.demand.units_per_order() + more_tax
    })
}
