//! Locations that are replenished from the stock of others.

use super::super::raw;
use super::supply::makes_goods;
use super::{KeyPath, lookup};
use crate::load::Context;
use restock_base::calendar::Day;
use restock_base::diag::{Code, did_you_mean};
use restock_kernel::model::{Allocation, Location, Policy, Product, Route, SupplyModel, upstream_first};

/// Who comes first where stock is not enough.
pub(super) fn allocation(of: Option<raw::Allocation>) -> Allocation {
    match of {
        None | Some(raw::Allocation::OwnCustomers) => Allocation::OwnCustomers,
        Some(raw::Allocation::Oldest) => Allocation::Oldest,
        Some(raw::Allocation::Proportional) => Allocation::Proportional,
    }
}

/// Finds the locations from whose stock the routes of `l` take. `names` are those of all locations, in their order.
pub(super) fn sources(raw: &raw::Location, names: &[&str], l: &mut Location, at: &KeyPath, cx: &mut Context<'_>) {
    let usual = raw.supplied_from.as_ref().and_then(|name| usual_source(name, names, &at.key("supplied-from"), cx));
    for (k, r) in raw.route.iter().enumerate() {
        let at = at.key("route").index(k);
        let (source, at_source) = match &r.from {
            Some(name) => (lookup(cx, &at.key("from"), "location", name, names.iter().copied()), at.key("from")),
            None => (usual, at.parent().parent().key("supplied-from")),
        };
        let Some(source) = source else { continue };
        if names[source] == raw.name {
            let message = format!("`{}` cannot be supplied from its own stock", raw.name);
            cx.error(&at_source, Code::Contradiction, &message, "name another location, or leave it out");
            continue;
        }
        says_nothing_of_a_purchase(r, names[source], &at, cx);
        let stands =
            |route: &Route| route.name == r.name || route.lots_of.as_ref().is_some_and(|of| of.route == r.name);
        l.routes.iter_mut().filter(|route| stands(route)).for_each(|route| route.from = Some(source));
    }
}

/// The location that supplies all routes which say nothing else. A name that is none of the supply model's is that of a supplier.
fn usual_source(name: &str, names: &[&str], at: &KeyPath, cx: &mut Context<'_>) -> Option<usize> {
    let known = names.iter().copied();
    if names.contains(&name) || did_you_mean(name, known.clone()).is_some() {
        return lookup(cx, at, "location", name, known);
    }
    cx.warn(
        at,
        Code::WarnUnlikely,
        &format!("no location of the supply model is called `{name}`: it is taken for a supplier who always has stock"),
        &format!("add a `[[supply.location]]` with `name = \"{name}\"` if its stock is to be simulated"),
    );
    None
}

/// Goods of another location are bought already: what says how they are bought has no place on the way from it.
fn says_nothing_of_a_purchase(r: &raw::Route, source: &str, at: &KeyPath, cx: &mut Context<'_>) {
    let mut refuse = |at: KeyPath, what: &str, remedy: &str| {
        let message = format!("{what}, and goods of route `{}` come from the stock of `{source}`", r.name);
        cx.error(&at, Code::Contradiction, &message, remedy);
    };
    if let Some(k) = r.stage.iter().position(makes_goods) {
        let what = format!("stage `{}` makes goods", r.stage[k].name);
        let remedy = "give it another name or `production = false`, or let the goods be made before they come there";
        refuse(at.key("stage").index(k), &what, remedy);
    }
    if r.unit_cost_premium.0 != 0.0 {
        refuse(at.key("unit-cost-premium"), "a premium is paid on a purchase", "leave it out, or write a `freight`");
    }
    if !r.lot_curve.is_empty() {
        refuse(at.key("lot-curve"), "a lot curve is a manufacturer's", "leave it out");
    }
    // Terms that are the usual ones say nothing.
    if r.terms != raw::Route::new(&r.name).terms {
        let message = format!(
            "`terms` say how goods are paid, and those of route `{}` come from the stock of `{source}`",
            r.name
        );
        let remedy = format!("leave them out: goods are paid when `{source}` buys them");
        cx.error(&at.key("terms"), Code::Contradiction, &message, &remedy);
    }
}

/// What holds of all locations together, before and after each change.
pub(super) fn check(s: &raw::Supply, model: &SupplyModel, at: &KeyPath, cx: &mut Context<'_>) {
    let Some(last) = model.spans().last() else { return };
    let supplies = |i: usize| last.iter().any(|l| l.sources().any(|source| source == i));
    if upstream_first(last).is_none() {
        let message = format!("locations of `{}` supply one another in a circle", s.name);
        cx.error(&at.key("location"), Code::Contradiction, &message, "let one of them buy from a manufacturer");
        return;
    }
    for (i, l) in s.location.iter().enumerate() {
        let at = at.key("location").index(i);
        if l.allocation.is_some() && !supplies(i) {
            let message = format!("`{}` supplies no other location", l.name);
            cx.error(
                &at.key("allocation"),
                Code::Contradiction,
                &message,
                "leave `allocation` out, or name `from` elsewhere",
            );
        }
    }
    pooled(s, model, at, cx);
    let opens = std::iter::once(None).chain(model.changes.iter().map(|change| change.on));
    for (k, (span, on)) in model.spans().zip(opens).enumerate() {
        let at = k.checked_sub(1).map_or_else(|| at.key("location"), |change| at.key("change").index(change));
        for l in span.iter().filter(|l| l.is_open) {
            let closed = |r: &&Route| r.is_open && r.from.is_some_and(|source| !span[source].is_open);
            let Some(source) = l.routes.iter().find(closed).and_then(|r| r.from) else { continue };
            let from = on.map_or_else(String::new, |on: Day| format!(" from {on} on"));
            let message = format!("`{}` is closed{from}, and `{}` is supplied from it", span[source].name, l.name);
            cx.error(
                &at,
                Code::Contradiction,
                &message,
                "give it a route from elsewhere and `stop` this one, or close both",
            );
        }
    }
}

/// A safety stock that is pooled is that of all shoppers; of which locations that supply others see some once more.
fn pooled(s: &raw::Supply, model: &SupplyModel, at: &KeyPath, cx: &mut Context<'_>) {
    let network = model.spans().flatten().any(|l| l.sources().next().is_some());
    let pools = |l: &Location| matches!(l.policy, Policy::OrderUpToForecast { pooled: true, .. });
    if let Some(l) = model.spans().flatten().find(|l| network && pools(l)) {
        let at = s.location.iter().position(|raw| raw.name == l.name).map_or_else(
            || at.key("change"),
            |i| at.key("location").index(i).key("policy").key("order-up-to").key("pooled"),
        );
        let message = format!("`{}` pools the safety stock of all locations, and some of them supply others", l.name);
        cx.error(
            &at,
            Code::Contradiction,
            &message,
            "leave `pooled` out: what supplies others plans for their demand, too",
        );
    }
}

/// Orders of several units keep what they have got; only a location's own customers do so.
pub(super) fn orders_of_several_units(
    raw: &raw::Scenario,
    products: &[Product],
    models: &[SupplyModel],
    cx: &mut Context<'_>,
) {
    if products.iter().all(|p| p.demand.order_size.is_none()) {
        return;
    }
    for (i, (s, model)) in raw.supply.iter().zip(models).enumerate() {
        for (j, l) in s.location.iter().enumerate() {
            let lowered = model.locations.get(j).is_some_and(|l| l.allocation != Allocation::OwnCustomers);
            if lowered {
                let at = KeyPath::default().key("supply").index(i).key("location").index(j).key("allocation");
                let message = format!(
                    "orders of several units keep what they have got, and `{}` would give it to a location",
                    l.name
                );
                cx.error(
                    &at,
                    Code::Contradiction,
                    &message,
                    "write `allocation = \"own-customers\"`, or leave `units-per-order` out",
                );
            }
        }
    }
}
