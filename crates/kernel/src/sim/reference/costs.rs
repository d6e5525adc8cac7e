//! What things cost on a day, from the model's own rates (`docs/model.md`, "Capital", "Cash" and "Profit").

use super::case::Case;
use super::markets;
use super::world::World;
use crate::model::{Location, Milestone, Route, SupplyModel, chargeable_kg};
use crate::sim::landed::{Landed, Part};
use restock_base::calendar::Day;
use restock_base::units::Money;

/// The place of a location and of a route in it.
pub(super) type Way = (usize, usize);

pub(super) fn route<'a>(case: &Case<'a>, (i, r): Way) -> &'a Route {
    &case.model.locations[i].routes[r]
}

/// Number of the stage at whose end a milestone lies, counted from 1; 0 for the order itself.
pub(super) fn stage_of(route: &Route, at: Milestone) -> usize {
    match at {
        Milestone::Order => 0,
        Milestone::StageEnd(k) => k + 1,
        Milestone::Receipt => route.stages.len(),
    }
}

/// Landed cost of an order that enters on a day, at `rate` times the usual freight rate.
pub(super) fn landed(case: &Case<'_>, way: Way, units: i64, day: usize, rate: f64) -> Landed {
    let (route, product) = (route(case, way), case.product);
    let (kg, litres) = (product.weight_kg, product.volume_litres);
    let worth = product.unit_cost * (1.0 + route.unit_cost_premium);
    let dutiable = worth * route.dutiable_share;
    // What comes from another location has been bought.
    let unit_cost = if route.from.is_some() { 0.0 } else { worth };
    // Where duty is paid on parcels, it is not paid on the way in.
    let on_parcels = case.model.locations[way.0].delivery.duty_per_order;
    let duty = if on_parcels { 0.0 } else { route.duty.at(case.date(day.min(case.days() - 1))) * dutiable };
    let containers = route.freight.container.map_or(0.0, |c| c.filled(units, kg, litres));
    let mut cost = Landed::default();
    cost[Part::Goods as usize] = Money::from_f64(unit_cost) * units;
    cost[Part::Freight as usize] = Money::from_f64(route.freight.cost(units, kg, litres) * rate);
    cost[Part::Handling as usize] = Money::from_f64(route.handling.cost(units, litres, containers));
    cost[Part::Duty as usize] =
        Money::from_f64(duty) * units + Money::from_f64(route.entry_fees.cost(dutiable * units as f64));
    cost
}

/// The same of an order that bears the price of so many containers.
pub(super) fn landed_in(case: &Case<'_>, way: Way, (units, containers): (i64, f64), day: usize, rate: f64) -> Landed {
    let (route, product) = (route(case, way), case.product);
    let kg = chargeable_kg(product.weight_kg, product.volume_litres, route.freight.dimensional_divisor);
    let by_unit = units as f64 * (route.freight.per_unit + route.freight.per_kg * kg);
    let freight = by_unit + 0.0 + containers * route.freight.container.map_or(0.0, |c| c.price);
    let mut cost = landed(case, way, units, day, rate);
    cost[Part::Freight as usize] = Money::from_f64(freight * rate);
    cost[Part::Handling as usize] = Money::from_f64(route.handling.cost(units, product.volume_litres, containers));
    cost
}

/// Factor on the freight rate on a day: that of the state of the first regime that the route's stages follow.
pub(super) fn freight_rate(case: &Case<'_>, world: &World, way: Way, day: usize) -> f64 {
    let Some(id) = route(case, way).stages.iter().find_map(|s| s.regime) else { return 1.0 };
    let states = &world.regimes[id.0];
    case.scenario.regimes[id.0].states[states[day.min(states.len() - 1)]].freight
}

/// Landed cost of a unit by the base route, in an order of the usual size.
pub(super) fn usual_landed(case: &Case<'_>, i: usize, day: usize) -> Landed {
    let (own, source) = (own_landed(case, i, day), source(case, i, day));
    plus(own, source.map(|source| usual_landed(case, source, day)))
}

/// What it costs on the way to the location.
fn own_landed(case: &Case<'_>, i: usize, day: usize) -> Landed {
    let model = case.terms_of(i, day);
    let usual = usual_lot(case, model, i, day);
    landed(case, (i, usual_route(case, model, i, day)), usual, day, 1.0).map(|part| part.part(1, usual))
}

/// The location from whose stock it comes.
fn source(case: &Case<'_>, i: usize, day: usize) -> Option<usize> {
    route(case, (i, usual_route(case, case.terms_of(i, day), i, day))).from
}

fn plus(own: Landed, there: Option<Landed>) -> Landed {
    let there = there.unwrap_or_default();
    std::array::from_fn(|part| own[part] + there[part])
}

/// The base route of lots of the usual size.
pub(super) fn usual_route(case: &Case<'_>, model: &SupplyModel, i: usize, day: usize) -> usize {
    let l = &model.locations[i];
    l.route_of_lot(l.base(), usual_lot(case, model, i, day))
}

/// The date from which the terms of a day hold.
fn terms_from(case: &Case<'_>, day: usize) -> Day {
    let last = case.spans.iter().rev().find(|span| span.from <= day);
    case.date(last.map_or(case.begin(), |span| span.from.max(case.begin())))
}

/// An order of the usual size: what is sold between reviews.
fn usual_lot(case: &Case<'_>, model: &SupplyModel, i: usize, day: usize) -> i64 {
    let (mean, _) = case.product.demand.moments();
    let l = &model.locations[i];
    let sold = mean
        * model.expected_share((case.scenario, terms_from(case, day)), &model.locations, i)
        * f64::from(l.policy.review_days());
    let (least, multiple) = ((sold.ceil() as i64).max(l.minimum_order).max(1), l.order_multiple.max(1));
    (least + multiple - 1) / multiple * multiple
}

/// Shoppers who order from a location on a day for each one who would at the reference delivery.
pub(super) fn kept(case: &Case<'_>, l: &Location, day: usize) -> f64 {
    match case.scenario.markets.as_slice() {
        [] => case.model.customers.kept(l.delivery.days.mean()),
        _ => markets::kept(case, l, day),
    }
}

/// A location as it is on a day, open or closed.
fn as_it_is<'a>(case: &Case<'a>, l: &Location, day: usize) -> &'a Location {
    let all = &case.on(day).model.locations;
    all.iter().find(|other| other.name == l.name).expect("changes keep all locations")
}

/// Price of a unit on a day: what the seller keeps, and what customers pay.
fn price_on(case: &Case<'_>, day: usize) -> (f64, f64) {
    match case.scenario.markets.as_slice() {
        [] => (case.product.price, case.product.price),
        _ => markets::price(case, &markets::everywhere(case), day),
    }
}

/// The same in some markets alone, with the processor's fee.
pub(super) fn price_and_fee_in(case: &Case<'_>, some: &[usize], day: usize) -> (Money, Money) {
    let (net, gross) = markets::price(case, some, day);
    (Money::from_f64(net), fee_of(case, gross))
}

/// By what postage, and duty with clearance, of a unit that ships to some markets alone exceed what they are on average.
pub(super) fn parcel_beyond(case: &Case<'_>, some: &[usize], i: usize, day: usize) -> (Money, Money) {
    let (l, base) = (as_it_is(case, &case.model.locations[i], day), case.terms(i, day).base_route());
    let postage_there = Money::from_f64(markets::postage(case, some, l, day));
    let duty_there = Money::from_f64(markets::at_the_border(case, some, (l, day), base));
    (postage_there - postage(case, i, day), duty_there - parcel_duty(case, i, day))
}

/// Price and processor's fee of a unit that is ordered on a day, less a discount.
pub(super) fn price_and_fee(case: &Case<'_>, day: usize, discount: f64) -> (Money, Money) {
    let (net, gross) = price_on(case, day);
    (Money::from_f64(net * (1.0 - discount)), fee_of(case, gross * (1.0 - discount)))
}

/// The full price: that of the first measured day.
pub(super) fn full_price(case: &Case<'_>) -> Money {
    price_and_fee(case, case.warmup(), 0.0).0
}

/// What a unit on the shelf has cost when the run begins: as the position says, else as in an order of the usual size.
pub(super) fn opening(case: &Case<'_>, i: usize) -> Landed {
    let positions = &case.model.locations[i].positions;
    let known = positions.iter().find(|(sku, _)| *sku == case.product.sku).and_then(|(_, p)| p.unit_cost);
    match known {
        Some(cost) => [Money::from_f64(cost), Money::ZERO, Money::ZERO, Money::ZERO],
        None => {
            let there = source(case, i, case.begin()).map(|source| opening(case, source));
            plus(own_landed(case, i, case.begin()), there)
        }
    }
}

/// Duty and clearance of a parcel of one unit; clearance alone where duty is paid on the way in.
pub(super) fn parcel_duty(case: &Case<'_>, i: usize, day: usize) -> Money {
    let (delivery, base) = (&case.model.locations[i].delivery, case.terms(i, day).base_route());
    if !case.scenario.markets.is_empty() {
        let (all, l) = (markets::everywhere(case), as_it_is(case, &case.model.locations[i], day));
        return Money::from_f64(markets::at_the_border(case, &all, (l, day), base));
    }
    let rate = if delivery.duty_per_order { base.duty.at(case.date(day)) } else { 0.0 };
    Money::from_f64(rate * (base.dutiable_share * case.product.unit_cost) + delivery.clearance_per_order / bears(case))
}

/// Units that bear together, on average, what is paid by the order.
pub(super) fn bears(case: &Case<'_>) -> f64 {
    case.product.demand.units_per_order()
}

/// Postage of a parcel of one unit that ships on a day.
pub(super) fn postage(case: &Case<'_>, i: usize, day: usize) -> Money {
    let delivery = &case.model.locations[i].delivery;
    if !case.scenario.markets.is_empty() {
        let (all, l) = (markets::everywhere(case), as_it_is(case, &case.model.locations[i], day));
        return Money::from_f64(markets::postage(case, &all, l, day));
    }
    let kg = chargeable_kg(case.product.weight_kg, case.product.volume_litres, delivery.dimensional_divisor);
    Money::from_f64(delivery.per_order / bears(case) + delivery.per_kg * kg)
}

/// Postage of an order that ships on a day, and what its parcel pays by itself.
pub(super) fn of_an_order(case: &Case<'_>, i: usize, day: usize) -> (f64, f64) {
    let l = &case.model.locations[i];
    match case.scenario.markets.as_slice() {
        [] => (l.delivery.per_order, l.delivery.clearance_per_order),
        _ => markets::of_an_order(case, as_it_is(case, l, day), day),
    }
}

/// Storage of a unit on a day.
pub(super) fn storage(case: &Case<'_>, i: usize, day: usize) -> f64 {
    let l = &case.model.locations[i];
    let month = l.storage_month_factors[case.date(day).month()];
    case.product.volume_litres / 1000.0 * l.storage_per_m3_month * 12.0 / 365.0 * month
}

/// What the payment processor keeps of an order at this price.
fn fee_of(case: &Case<'_>, price: f64) -> Money {
    let f = &case.scenario.finance;
    Money::from_f64(price * f.payment_fee_share + f.payment_fee_per_order / bears(case))
}

/// What the payment processor keeps of an order at the full price.
pub(super) fn payment_fee(case: &Case<'_>) -> Money {
    price_and_fee(case, case.warmup(), 0.0).1
}

/// What returns take of an order on average: the price and the cost of the return, less what the goods bring, or are worth as stock.
pub(super) fn returned(case: &Case<'_>, i: usize, landed: f64) -> f64 {
    let Some(returns) = case.model.returns(case.product) else { return 0.0 };
    let takes = case.model.locations[i].takes_back;
    let again = if takes.to_stock { returns.resaleable } else { 0.0 };
    let price = full_price(case).to_f64();
    let [cost, recovery] = [takes.cost, case.product.price * takes.recovery].map(|x| Money::from_f64(x).to_f64());
    returns.share * (price + cost - (1.0 - again) * recovery) - returns.share * again * landed
}

/// Contribution of an order served from stock on the average measured day, by the locations' shares: what a future order is worth.
pub(super) fn future_order(case: &Case<'_>) -> f64 {
    let days = (case.days() - case.warmup()).max(1) as f64;
    let (mut all, mut shares) = (0.0, 0.0);
    // An order of the future is served as the model is in the end.
    let last = case.spans.last().map_or(case.first, |span| &span.model);
    for (i, l) in last.locations.iter().enumerate() {
        let of_day = |t| (usual_landed(case, i, t).into_iter().sum::<Money>() + parcel_duty(case, i, t)).to_f64();
        let goods = (case.warmup()..case.days()).map(of_day).sum::<f64>() / days;
        let of_day = |t| usual_landed(case, i, t).into_iter().sum::<Money>().to_f64();
        let landed = (case.warmup()..case.days()).map(of_day).sum::<f64>() / days;
        let usual = case.warmup();
        let to_serve = Money::from_f64(l.delivery.pick_and_pack / bears(case)) + postage(case, i, usual);
        let net = full_price(case) - payment_fee(case);
        // What orders of other days bring less, or cost more.
        let less = |t| {
            let (price, fee) = price_and_fee(case, t, 0.0);
            (net - (price - fee)).to_f64()
        };
        let dearer = |t| (postage(case, i, t) - postage(case, i, usual)).to_f64();
        let over = |of: &dyn Fn(usize) -> f64| (case.warmup()..case.days()).map(of).sum::<f64>() / days;
        let (less, dearer) = if case.scenario.markets.is_empty() { (0.0, 0.0) } else { (over(&less), over(&dearer)) };
        all += l.share * ((net - to_serve).to_f64() - (less + dearer) - goods - returned(case, i, landed));
        shares += l.share;
    }
    (all / shares.max(f64::MIN_POSITIVE)).max(0.0)
}

/// The amounts of a pre-order: price, what of it is paid at once, and the processor's fee, which is kept of the first payment.
pub(super) struct PreOrderPrice {
    pub price: Money,
    pub deposit: Money,
    pub fee: Money,
}

pub(super) fn pre_order(case: &Case<'_>, window: usize) -> PreOrderPrice {
    let w = &case.product.demand.pre_orders[window];
    let opens = (w.opens.0 - case.first().0).max(0) as usize;
    let (price, fee) = price_and_fee(case, opens, w.discount);
    let deposit = Money::from_f64(price_on(case, opens).0 * (1.0 - w.discount) * w.deposit);
    PreOrderPrice { price, deposit, fee }
}
