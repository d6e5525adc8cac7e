//! Whether a run can be counted: units and money in whole numbers that do not wrap.

use super::super::load::Context;
use super::{market, shown};
use crate::tree::KeyPath;
use restock_base::diag::Code;
use restock_base::units::room;
use restock_kernel::model::{
    Baseline, Delivery, Demand, Location, Product, Route, Scenario, SupplyModel, chargeable_kg,
};

/// Reports products of which a run could not count the units that are expected, or sum the money that they move.
pub(super) fn check(scenario: &Scenario, cx: &mut Context<'_>) {
    let days = scenario.horizon.total();
    let most = room::millionths_a_unit(days) / 1e6;
    for (i, product) in scenario.products.iter().enumerate() {
        let at = KeyPath::default().key("product").index(i);
        let peak = peak(scenario, &product.demand);
        if peak > room::UNITS as f64 {
            cx.error(
                &at,
                Code::NoRoom,
                &format!("demand of `{}` rises to {} units a day", product.sku, figure(peak)),
                &format!(
                    "at most {} can be counted: shorten the horizon or lower the trend, or count in thousands",
                    shown(room::UNITS as f64)
                ),
            );
        }
        let amounts = scenario.models.iter().map(|m| amount_a_unit(scenario, product, m));
        let amount = amounts.fold(0.0, f64::max);
        if amount > most {
            cx.error(
                &at,
                Code::NoRoom,
                &format!(
                    "a unit of `{}` moves up to {} {}: price, cost, freight and fees together",
                    product.sku,
                    figure(amount),
                    scenario.currency
                ),
                &format!(
                    "over {days} days at most {} can be summed to the millionth: give all amounts in thousands, or shorten the horizon",
                    figure(most)
                ),
            );
        }
    }
}

/// A large figure with four digits.
fn figure(value: f64) -> String {
    if value < 1e6 { shown(value.round()) } else { format!("{value:.3e}") }
}

/// Largest mean of a day, as far as the calendar fixes it.
fn peak(scenario: &Scenario, demand: &Demand) -> f64 {
    let (first, start) = (scenario.horizon.first(), scenario.horizon.start);
    let usual = match &demand.baseline {
        Baseline::Counts { .. } | Baseline::Daily(_) | Baseline::Forecast(_) => demand.baseline.moments().0,
        Baseline::History(h) => h.units.iter().copied().max().unwrap_or(0) as f64,
    };
    let of = |t: u32| {
        let day = first.plus(t as i32);
        let years = f64::from(day.0 - start.0) / 365.0;
        demand.weekday[day.weekday()] * demand.season[day.month()] * (1.0 + demand.trend_per_year).powf(years)
    };
    usual * (0..scenario.horizon.total()).map(of).fold(0.0, f64::max)
}

/// No less than any amount that one unit moves in `model`: everything that is charged by it, at the highest rates.
fn amount_a_unit(scenario: &Scenario, product: &Product, model: &SupplyModel) -> f64 {
    let f = &scenario.finance;
    let sale = product.price * (1.0 + f.payment_fee_share)
        + f.payment_fee_per_order
        + f.advertising_per_order
        + f.tickets_per_backorder * f.cost_per_ticket
        + f.chargeback_fee;
    let freight_rate = scenario.regimes.iter().flat_map(|r| &r.states).map(|s| s.freight).fold(1.0, f64::max);
    let model = &*model.for_product(product);
    let of = |l: &Location| {
        let bought = l.routes.iter().map(|r| landed(product, r, freight_rate)).fold(0.0, f64::max);
        sale + bought
            + delivered(product, &l.delivery, &l.routes)
            + stored(product, l)
            + market::amount_a_unit(scenario, product, l, bought)
    };
    model.locations.iter().map(of).fold(0.0, f64::max)
}

/// A unit on its own in an order and in an entry.
fn landed(product: &Product, route: &Route, freight_rate: f64) -> f64 {
    let (kg, litres) = (product.weight_kg, product.volume_litres);
    let cost = product.unit_cost * (1.0 + route.unit_cost_premium);
    // Part of a container costs no more than a whole one.
    let containers = route.freight.container.map_or(0.0, |c| c.filled(1, kg, litres).ceil());
    let freight = route.freight.cost(1, kg, litres) + route.freight.container.map_or(0.0, |c| c.price);
    cost * (1.0 + route.duty.highest())
        + freight * freight_rate
        + route.handling.cost(1, litres, containers)
        + route.entry_fees.cost(cost * route.dutiable_share)
}

fn delivered(product: &Product, d: &Delivery, routes: &[Route]) -> f64 {
    let duty = routes.iter().map(|r| r.duty.highest()).fold(0.0, f64::max) * product.unit_cost;
    let kg = chargeable_kg(product.weight_kg, product.volume_litres, d.dimensional_divisor);
    d.pick_and_pack + d.per_order + d.per_kg * kg + d.clearance_per_order + duty
}

fn stored(product: &Product, l: &Location) -> f64 {
    let month = l.storage_month_factors.into_iter().fold(0.0, f64::max);
    product.volume_litres / 1000.0 * l.storage_per_m3_month * month
}
