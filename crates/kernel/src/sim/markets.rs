//! Markets of a supply model, laid out by day: what a location's orders cost, and what is paid for a unit, on average over the markets.

use crate::model::{CustomerClass, Location, Market, Parcel, Product, Route, Scenario, SupplyModel, mean};
use restock_base::calendar::Day;

/// The markets that a product is sold to in one supply model.
pub(super) struct Mix<'a> {
    scenario: &'a Scenario,
    product: &'a Product,
    model: &'a SupplyModel,
    /// Days of the run, from one of which to the next nothing changes in what markets pay and cost: the first of them is day 0.
    spans: Vec<usize>,
}

/// What is paid for a unit on each day.
#[derive(Debug, Clone)]
pub(super) struct Prices {
    /// What the seller keeps, before the processor's fee, and what customers pay: with taxes. One entry where all days are alike.
    each: Vec<(f64, f64)>,
}

impl Prices {
    /// One price, without taxes.
    pub fn one(price: f64) -> Self {
        Prices { each: vec![(price, price)] }
    }

    /// Those of a day.
    pub fn on(&self, day: usize) -> (f64, f64) {
        self.each[day.min(self.each.len() - 1)]
    }

    /// Whether all days have the same.
    pub fn are_steady(&self) -> bool {
        self.each.len() == 1
    }
}

/// A location's orders on a day, on average over the markets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Orders {
    /// Postage of a unit, and of an order without what it weighs.
    pub postage: f64,
    pub per_order: f64,
    /// What a parcel pays by itself.
    pub clearance: f64,
    /// Duty, what a parcel pays by itself, and the difference of taxes, of a unit.
    pub at_the_border: f64,
}

impl<'a> Mix<'a> {
    /// Of a model as it is for the product; absent without markets.
    pub fn new(scenario: &'a Scenario, product: &'a Product, model: &'a SupplyModel) -> Option<Self> {
        if scenario.markets.is_empty() {
            return None;
        }
        let (first, total) = (scenario.horizon.first(), scenario.horizon.total() as i32);
        let routes = model.spans().flatten().flat_map(|l| &l.routes);
        let others = routes.flat_map(|r| r.duty.days()).chain(model.changes.iter().filter_map(|c| c.on));
        let mut days = scenario.market_spans(first);
        days.extend(others.filter(|day| *day > first));
        let mut spans: Vec<usize> = days.iter().map(|day| (day.0 - first.0).min(total) as usize).collect();
        spans.sort_unstable();
        spans.dedup();
        Some(Mix { scenario, product, model, spans })
    }

    /// A value of each day, found once for days between which nothing changes.
    pub fn by_day<T: Clone>(&self, of: impl Fn(Day) -> T) -> Vec<T> {
        let (first, total) = (self.scenario.horizon.first(), self.scenario.horizon.total() as usize);
        let mut out = Vec::with_capacity(total);
        for (i, from) in self.spans.iter().enumerate().filter(|(_, from)| **from < total) {
            let until = self.spans.get(i + 1).copied().unwrap_or(total).min(total);
            out.resize(until, of(first.plus(*from as i32)));
        }
        out
    }

    /// The locations of the model on a day, if no event brings a change before its day.
    pub fn locations(&self, day: Day) -> &'a [Location] {
        let changes = self.model.changes.iter().rev();
        let last = changes.into_iter().find(|c| c.on.is_some_and(|on| on <= day));
        last.map_or(&self.model.locations, |change| &change.locations)
    }

    /// Numbers of all markets.
    pub fn all(&self) -> Vec<usize> {
        (0..self.scenario.markets.len()).collect()
    }

    /// Mean of a figure over some of the markets, by the weights that all of them have.
    fn over(&self, weights: &[f64], some: &[usize], of: &dyn Fn(&Market) -> f64) -> f64 {
        let weights: Vec<f64> = some.iter().map(|k| weights[*k]).collect();
        mean(&weights, some.iter().map(|k| of(&self.scenario.markets[*k])))
    }

    /// Shoppers of each market who order on a day, from whatever location.
    fn orders_of_all(&self, day: Day) -> Vec<f64> {
        let mut all = vec![0.0; self.scenario.markets.len()];
        for l in self.locations(day) {
            let here = self.scenario.market_orders(&self.model.customers, l, day);
            all.iter_mut().zip(here).for_each(|(all, share)| *all += share);
        }
        all
    }

    /// What some of the markets pay for a unit.
    pub fn prices(&self, some: &[usize]) -> Prices {
        let of = |day: Day| {
            let shares = self.orders_of_all(day);
            let price = |of: fn(&Market, &Product, Day) -> f64| self.over(&shares, some, &|m| of(m, self.product, day));
            (price(Market::net_price), price(Market::gross_price))
        };
        let mut each = self.by_day(of);
        if each.iter().all(|price| *price == each[0]) {
            each.truncate(1);
        }
        Prices { each }
    }

    /// For each of some classes of markets, by day: the share of those who order from location number `i` who are of it or of a class before it.
    pub fn shares_up_to(&self, i: usize, classes: &[CustomerClass]) -> Vec<Vec<f64>> {
        let of_day = |day: Day| {
            let mut orders = self.scenario.ordering(&self.model.customers, &self.locations(day)[i], day);
            if orders.iter().all(|n| *n == 0.0) {
                orders = self.scenario.market_shares(day);
            }
            let (all, mut sum) = (orders.iter().sum::<f64>(), 0.0);
            let up_to = classes.iter().map(|class| {
                sum += class.markets.iter().map(|k| orders[*k]).sum::<f64>();
                sum / all
            });
            let mut up_to: Vec<f64> = up_to.collect();
            // Whoever is left is of the last class that orders.
            if let Some(last) = (0..up_to.len()).find(|k| up_to[*k] >= 1.0 - 1e-12) {
                up_to[last..].fill(1.0);
            }
            up_to
        };
        let days = self.by_day(of_day);
        (0..classes.len()).map(|class| days.iter().map(|up_to| up_to[class]).collect()).collect()
    }

    /// What orders of some of the markets from location number `i` cost on each day, where goods are bought by the base route `route`.
    pub fn orders(&self, i: usize, route: &Route, some: &[usize]) -> Vec<Orders> {
        self.by_day(|day| {
            let location = &self.locations(day)[i];
            let shares = self.scenario.ordering(&self.model.customers, location, day);
            let over = |of: &dyn Fn(&Market) -> f64| self.over(&shares, some, of);
            Orders {
                postage: over(&|m| m.postage(self.product, location)),
                per_order: over(&|m| m.per_order(location)),
                clearance: over(&|m| m.clearance(location, day)),
                at_the_border: over(&|market| {
                    Parcel { market, product: self.product, location }.at_the_border(route, day)
                }),
            }
        })
    }
}
