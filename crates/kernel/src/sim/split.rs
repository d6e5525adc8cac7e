//! What of a product's figures belongs to each market: expected shares, told by the plan alone.
//!
//! Nobody is told which market a shopper is of. So a market has an expected share of each line, and the shares of a line add up to 1: by orders, and by
//! what an order of the market pays or costs on that line.

use super::markets::Mix;
use super::plan::Plan;
use crate::model::{Market, Parcel, Product, Scenario, SupplyModel};
use restock_base::calendar::Day;

/// The part of one market in the figures of a product in one supply model.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MarketPart {
    /// Share of the orders, and of all lines that cost the same wherever an order goes.
    pub orders: f64,
    /// Share of the shoppers who are interested.
    pub interested: f64,
    /// Share of the revenue.
    pub revenue: f64,
    /// Share of the landed cost up to the shelf.
    pub landed: f64,
    /// Share of pick and pack.
    pub pick_and_pack: f64,
    /// Share of the postage.
    pub delivery: f64,
    /// Share of the processor's fees.
    pub payment_fees: f64,
    /// Duty and fixed amounts of its parcels beyond its share by orders, an amount for each order of the product that ships to any market.
    pub border_beyond: f64,
    /// Mean days from shipping to the door.
    pub delivery_days: f64,
    /// Number of the class of its customers.
    pub class: usize,
    /// Its part of the orders of that class.
    pub of_class: f64,
    /// What one of its orders pays and costs.
    pub order: MarketOrder,
}

/// What an order of a market pays and costs on average, in the scenario's currency.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MarketOrder {
    /// Units of an order.
    pub units: f64,
    /// Revenue.
    pub revenue: f64,
    /// Landed cost up to the shelf.
    pub landed: f64,
    /// Pick and pack.
    pub pick_and_pack: f64,
    /// Postage.
    pub delivery: f64,
    /// The processor's fee.
    pub payment_fee: f64,
    /// Duty and fixed amounts of its parcel.
    pub border: f64,
    /// It is paid when it is placed; else when it ships.
    pub paid_at_once: bool,
}

impl Plan {
    /// The parts of the markets of a scenario in this plan of a product in a model, in their order; empty without markets. Days count by the demand that is
    /// expected on them, locations by the shoppers whom they are to serve.
    #[must_use]
    pub fn market_parts(&self, scenario: &Scenario, product: &Product, model: &SupplyModel) -> Vec<MarketPart> {
        let model = &*model.in_scenario(scenario, product);
        let Some(mix) = Mix::new(scenario, product, model) else { return Vec::new() };
        let mut sums = vec![MarketPart::default(); scenario.markets.len()];
        let spans = mix.by_day(|day| day);
        let units = product.demand.units_per_order();
        let mut t = self.warmup;
        while t < self.days {
            let day = spans[t];
            let ends = (t..self.days).find(|later| spans[*later] != day).unwrap_or(self.days);
            let expected: f64 = self.known.factor[t..ends].iter().sum();
            for (i, l) in mix.locations(day).iter().enumerate() {
                let plan = &self.locations[i];
                let route = &l.routes[plan.base];
                let (landed, pick) = (plan.landed_unit_cost[t].to_f64(), plan.pick_and_pack.to_f64());
                for (k, (market, sum)) in scenario.markets.iter().zip(&mut sums).enumerate() {
                    let come = expected * l.share_of_market(k) * market.share.at(day);
                    let kept = market.kept(&model.customers, l);
                    let n = come * kept;
                    sum.interested += come * kept.max(1.0);
                    sum.orders += n;
                    sum.revenue += n * market.net_price(product, day);
                    sum.landed += n * landed;
                    sum.pick_and_pack += n * pick;
                    sum.delivery += n * market.postage(product, l);
                    sum.payment_fees += n * fee(scenario, product, market, day);
                    let border = Parcel { market, product, location: l }.at_the_border(route, day);
                    sum.border_beyond += n * border * units;
                    sum.delivery_days += n * market.delivery_days(l);
                }
            }
            t = ends;
        }
        let mut parts = shares(&sums, &scenario.market_shares(scenario.horizon.start));
        for (part, sum) in parts.iter_mut().zip(&sums) {
            part.order = MarketOrder { paid_at_once: self.paid_at_order(), ..sum.an_order(units) };
        }
        for (number, class) in scenario.classes(&model.customers).iter().enumerate() {
            let all: f64 = class.markets.iter().map(|k| parts[*k].orders).sum();
            for k in &class.markets {
                let part = parts[*k].orders;
                parts[*k].class = number;
                parts[*k].of_class = if all > 0.0 { part / all } else { 1.0 / class.markets.len() as f64 };
            }
        }
        parts
    }
}

impl MarketPart {
    /// What an order of so many units pays and costs where this is a sum over orders.
    fn an_order(&self, units: f64) -> MarketOrder {
        let each = |sum: f64| if self.orders > 0.0 { sum / self.orders } else { 0.0 };
        MarketOrder {
            units,
            revenue: each(self.revenue) * units,
            landed: each(self.landed) * units,
            pick_and_pack: each(self.pick_and_pack) * units,
            delivery: each(self.delivery) * units,
            payment_fee: each(self.payment_fees) * units,
            border: each(self.border_beyond),
            paid_at_once: false,
        }
    }
}

fn fee(scenario: &Scenario, product: &Product, market: &Market, day: Day) -> f64 {
    scenario.finance.payment_fee(market.gross_price(product, day), product.demand.units_per_order())
}

/// Sums over days and locations become shares; where a line is nothing its shares are those of the orders, and where nobody is expected those of the markets.
fn shares(sums: &[MarketPart], usual: &[f64]) -> Vec<MarketPart> {
    let total = |of: fn(&MarketPart) -> f64| sums.iter().map(of).sum::<f64>();
    let all = total(|m| m.orders);
    let per_order = if all > 0.0 { total(|m| m.border_beyond) / all } else { 0.0 };
    let of = |(sum, usual): (&MarketPart, &f64)| {
        let share = |of: fn(&MarketPart) -> f64, otherwise: f64| {
            let all = total(of);
            if all > 0.0 { of(sum) / all } else { otherwise }
        };
        let orders = share(|m| m.orders, *usual);
        MarketPart {
            orders,
            interested: share(|m| m.interested, *usual),
            revenue: share(|m| m.revenue, orders),
            landed: share(|m| m.landed, orders),
            pick_and_pack: share(|m| m.pick_and_pack, orders),
            delivery: share(|m| m.delivery, orders),
            payment_fees: share(|m| m.payment_fees, orders),
            border_beyond: if all > 0.0 { sum.border_beyond / all - orders * per_order } else { 0.0 },
            delivery_days: if sum.orders > 0.0 { sum.delivery_days / sum.orders } else { 0.0 },
            ..MarketPart::default()
        }
    };
    sums.iter().zip(usual).map(of).collect()
}
