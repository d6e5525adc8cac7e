//! Markets that one stock serves: their shares of the shoppers, prices and taxes, and what a parcel to them takes and costs from each location.
//!
//! Markets share one stream of shoppers: nobody is told which one a shopper is of. So every figure of a location is a mean over the markets, by the shares
//! that they have among those who order from it ([`mean`]).

use super::customer::{Accept, Customers, Patience};
use super::supply::{Location, Route, chargeable_kg};
use super::{OrderSize, Product, Scenario, SupplyModel};
use restock_base::calendar::{DateSteps, Day};
use restock_base::units::Money;

/// A country, or another set of customers, with prices, taxes and deliveries of its own. All amounts are in the scenario's currency.
#[derive(Debug, Clone)]
pub struct Market {
    /// Its unique name.
    pub name: String,
    /// Share of the shoppers, at the delivery time under which demand was observed. On each day the shares of all markets add up to 1.
    pub share: DateSteps,
    /// ISO code of the currency in which it pays.
    pub currency: String,
    /// Units of that currency for one of the scenario's.
    pub rate: f64,
    /// Price as a multiple of the product's.
    pub price_factor: f64,
    /// Rate of the value-added tax, or of another tax on what is sold.
    pub vat: DateSteps,
    /// Whether the tax is part of the price; otherwise customers pay it on top.
    pub vat_in_price: bool,
    /// Rate by which orders fall with each day of delivery, if it is not that of the supply model's customers.
    pub delivery_sensitivity: Option<f64>,
    /// Delivery time to it under which its share was observed, if it is not that of the supply model's customers.
    pub reference_delivery_days: Option<f64>,
    /// What its customers do while stock is out, and who of them comes first.
    pub customers: OwnCustomers,
    /// Names of locations: all its shoppers are served first from the one that comes first among those of a supply model that are open. Without any, by the
    /// shares of the locations.
    pub served_from: Vec<String>,
    /// What holds from every location that `from` says nothing else of. Its duty and its fixed amount hold where parcels pay duty one by one.
    pub usual: ParcelTerms,
    /// What holds from single locations, by name.
    pub from: Vec<(String, ParcelTerms)>,
}

/// What the customers of a market do otherwise than those of the supply model, and which of them are served first.
#[derive(Debug, Clone)]
pub struct OwnCustomers {
    /// Those of a lower number are served first of all who wait.
    pub priority: u32,
    /// Whether shoppers who find the stock out order all the same.
    pub accept: Option<Accept>,
    /// How long they wait.
    pub patience: Option<Patience>,
    /// Whether the US rule on late orders is kept.
    pub thirty_day_rule: Option<bool>,
    /// Share of them who consent when the rule asks for it.
    pub express_consent: Option<f64>,
}

impl OwnCustomers {
    /// Customers as those of the supply model are, none of whom comes before the others.
    pub const AS_ALL: OwnCustomers =
        OwnCustomers { priority: 1, accept: None, patience: None, thirty_day_rule: None, express_consent: None };

    /// Customers of a supply model with what is their own.
    #[must_use]
    pub fn of(&self, all: &Customers) -> Customers {
        Customers {
            accept: self.accept.unwrap_or(all.accept),
            patience: self.patience.as_ref().unwrap_or(&all.patience).clone(),
            thirty_day_rule: self.thirty_day_rule.unwrap_or(all.thirty_day_rule),
            express_consent: self.express_consent.unwrap_or(all.express_consent),
            ..all.clone()
        }
    }
}

/// Markets whose customers do alike while stock is out, have one priority and are served from the same locations: to those who wait it makes no difference which
/// of them they are of.
#[derive(Debug, Clone)]
pub struct CustomerClass {
    /// Classes of a lower number are served first.
    pub priority: u32,
    /// What its customers do.
    pub customers: Customers,
    /// Numbers of the markets.
    pub markets: Vec<usize>,
}

/// What a parcel from a location to a market takes and costs. What is absent is as the location says.
#[derive(Debug, Clone, Default)]
pub struct ParcelTerms {
    /// Mean days from shipping to the door.
    pub days: Option<f64>,
    /// Postage of an order, and by chargeable weight.
    pub postage: Option<(f64, f64)>,
    /// Rules of the duty, each with the day from which it holds, in rising order. Before the first there is none.
    pub duty: Option<Vec<(Day, ParcelDuty)>>,
    /// Fixed amount of a parcel, such as a handling fee or a levy, in place of the location's clearance.
    pub fixed: Option<DateSteps>,
    /// Rate of the value-added tax, where parcels from here pay another one than the market's.
    pub vat: Option<DateSteps>,
}

/// The duty of a parcel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParcelDuty {
    /// What it is a share of.
    pub base: DutyBase,
    /// Share of that value which is declared: less than 1 where customs take the wholesale part of a retail price.
    pub value_share: f64,
    /// Share of the declared value that is paid.
    pub rate: f64,
    /// Declared value of a parcel up to which another rule holds, the value itself included.
    pub threshold: Option<(f64, AtOrBelow)>,
}

/// What a parcel's duty is a share of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DutyBase {
    /// Its dutiable cost: that of the base route's goods.
    Cost,
    /// Its selling price, less the tax in it that the parcel pays.
    Price,
}

/// The duty of a parcel whose declared value does not exceed the threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AtOrBelow {
    /// None.
    Exempt,
    /// An amount for each tariff line. A parcel holds units of one product, so it has one.
    Flat(f64),
    /// Another share of the declared value.
    Rate(f64),
}

impl ParcelDuty {
    /// Duty of a parcel of this declared value. Values are compared to the millionth.
    #[must_use]
    pub fn of(&self, value: f64) -> f64 {
        let exceeds = |most: f64| Money::from_f64(value) > Money::from_f64(most);
        match self.threshold {
            Some((most, rule)) if !exceeds(most) => match rule {
                AtOrBelow::Exempt => 0.0,
                AtOrBelow::Flat(amount) => amount,
                AtOrBelow::Rate(rate) => rate * value,
            },
            _ => self.rate * value,
        }
    }

    /// The largest share of a value, and the largest amount beside it, that it can take.
    #[must_use]
    pub fn highest(&self) -> (f64, f64) {
        match self.threshold {
            Some((_, AtOrBelow::Rate(rate))) => (rate.max(self.rate), 0.0),
            Some((_, AtOrBelow::Flat(amount))) => (self.rate, amount),
            Some((_, AtOrBelow::Exempt)) | None => (self.rate, 0.0),
        }
    }
}

/// What the parcels of a product cost from a location to a market.
#[derive(Clone, Copy)]
pub struct Parcel<'a> {
    /// The market.
    pub market: &'a Market,
    /// The product.
    pub product: &'a Product,
    /// The location.
    pub location: &'a Location,
}

impl Market {
    /// What `of` finds of a location: in what is said of it alone, or else in what is said of all.
    fn term<'a, T>(&'a self, location: &Location, of: impl Fn(&'a ParcelTerms) -> Option<T>) -> Option<T> {
        self.own(location).and_then(&of).or_else(|| of(&self.usual))
    }

    fn own(&self, location: &Location) -> Option<&ParcelTerms> {
        self.from.iter().find(|(name, _)| *name == location.name).map(|(_, terms)| terms)
    }

    /// The same of what holds, where nothing is said of the location alone, only if its parcels pay duty one by one.
    fn parcel_term<'a, T>(&'a self, location: &Location, of: impl Fn(&'a ParcelTerms) -> Option<T>) -> Option<T> {
        let usual = || of(&self.usual).filter(|_| location.delivery.duty_per_order);
        self.own(location).and_then(&of).or_else(usual)
    }

    /// Mean days from a location to the door.
    #[must_use]
    pub fn delivery_days(&self, location: &Location) -> f64 {
        self.term(location, |terms| terms.days).unwrap_or_else(|| location.delivery.days.mean())
    }

    /// Postage of an order from a location.
    #[must_use]
    pub fn per_order(&self, location: &Location) -> f64 {
        self.term(location, |terms| terms.postage).map_or(location.delivery.per_order, |(per_order, _)| per_order)
    }

    /// Postage of a unit of a product from a location, of which an order holds so many on average.
    #[must_use]
    pub fn postage(&self, product: &Product, location: &Location) -> f64 {
        let d = &location.delivery;
        let kg = chargeable_kg(product.weight_kg, product.volume_litres, d.dimensional_divisor);
        let (per_order, per_kg) = self.term(location, |terms| terms.postage).unwrap_or((d.per_order, d.per_kg));
        per_order / product.demand.units_per_order() + per_kg * kg
    }

    /// What a parcel from a location pays by itself, besides its duty.
    #[must_use]
    pub fn clearance(&self, location: &Location, day: Day) -> f64 {
        let fixed = self.parcel_term(location, |terms| terms.fixed.as_ref());
        fixed.map_or(location.delivery.clearance_per_order, |amount| amount.at(day))
    }

    /// Price that the seller keeps of a unit: without the tax on it.
    #[must_use]
    pub fn net_price(&self, product: &Product, day: Day) -> f64 {
        self.less_tax(product.price * self.price_factor, self.vat.at(day))
    }

    /// Price that customers pay for a unit, with the tax on it.
    #[must_use]
    pub fn gross_price(&self, product: &Product, day: Day) -> f64 {
        let price = product.price * self.price_factor;
        if self.vat_in_price { price } else { price * (1.0 + self.vat.at(day)) }
    }

    fn less_tax(&self, price: f64, vat: f64) -> f64 {
        if self.vat_in_price { price / (1.0 + vat) } else { price }
    }

    /// Number of the location by which all its shoppers are served first; absent where the shares of locations say it.
    fn server(&self, locations: &[Location]) -> Option<usize> {
        let place = |name: &String| locations.iter().position(|l| l.is_open && l.name == *name);
        self.served_from.iter().find_map(place)
    }

    /// Shoppers who order from a location for each one who would at the market's reference delivery time.
    #[must_use]
    pub fn kept(&self, customers: &Customers, location: &Location) -> f64 {
        let per_day = self.delivery_sensitivity.unwrap_or(customers.delivery_sensitivity);
        let reference = self.reference_delivery_days.or(customers.reference_delivery_days);
        Customers::kept_at(per_day, reference, self.delivery_days(location))
    }

    /// Days on which some amount or share of it changes.
    fn days_of_change(&self) -> impl Iterator<Item = Day> + '_ {
        let terms = || std::iter::once(&self.usual).chain(self.from.iter().map(|(_, terms)| terms));
        let steps = terms().flat_map(|t| t.fixed.iter().chain(&t.vat)).flat_map(DateSteps::days);
        let duties = terms().flat_map(|t| t.duty.iter().flatten()).map(|(day, _)| *day);
        self.share.days().chain(self.vat.days()).chain(steps).chain(duties)
    }
}

impl Parcel<'_> {
    /// Duty that a unit bears on a day, on average over the sizes of orders. `base_route` is the route whose duty and cost count where the market has no
    /// rule of its own.
    #[must_use]
    pub fn duty(&self, base_route: &Route, day: Day) -> f64 {
        let (market, l) = (self.market, self.location);
        let dutiable = base_route.dutiable_share * self.product.unit_cost;
        let Some(rules) = market.parcel_term(l, |terms| terms.duty.as_ref()) else {
            return if l.delivery.duty_per_order { base_route.duty.at(day) * dutiable } else { 0.0 };
        };
        let Some((_, rule)) = rules.iter().rev().find(|(from, _)| *from <= day) else { return 0.0 };
        let value = rule.value_share
            * match rule.base {
                DutyBase::Cost => dutiable,
                DutyBase::Price => market.less_tax(self.product.price * market.price_factor, self.vat(day)),
            };
        match &self.product.demand.order_size {
            None => rule.of(value),
            Some(size) => size.mean_of(|n| rule.of(f64::from(n) * value)) / OrderSize::mean(size),
        }
    }

    /// Rate of the tax that the parcel pays.
    fn vat(&self, day: Day) -> f64 {
        self.market.own(self.location).and_then(|t| t.vat.as_ref()).unwrap_or(&self.market.vat).at(day)
    }

    /// Tax of a unit beyond what is not part of the revenue: where parcels from the location pay another rate than the market's. Below 0 where they pay less.
    #[must_use]
    pub fn tax(&self, day: Day) -> f64 {
        let (market, vat) = (self.market, self.vat(day));
        let (usual, price) = (market.vat.at(day), self.product.price * market.price_factor);
        if vat == usual || !market.vat_in_price { 0.0 } else { price / (1.0 + usual) - price / (1.0 + vat) }
    }

    /// Duty, fixed amounts and the difference of taxes of a unit on a day.
    #[must_use]
    pub fn at_the_border(&self, base_route: &Route, day: Day) -> f64 {
        let units = self.product.demand.units_per_order();
        self.duty(base_route, day) + self.market.clearance(self.location, day) / units + self.tax(day)
    }
}

/// Mean of values by weights that are not negative: exactly the value that all of them have, if they have one.
#[must_use]
pub fn mean(weights: &[f64], values: impl Iterator<Item = f64>) -> f64 {
    let (mut first, mut beyond, mut all) = (0.0, 0.0, 0.0);
    for (i, (weight, value)) in weights.iter().zip(values).enumerate() {
        if i == 0 {
            first = value;
        }
        beyond += weight * (value - first);
        all += weight;
    }
    if all > 0.0 { first + beyond / all } else { first }
}

/// The classes of some markets' customers: see [`Scenario::classes`].
#[must_use]
pub fn classes_of(markets: &[Market], all: &Customers) -> Vec<CustomerClass> {
    let do_alike = |class: &CustomerClass, own: &Customers| {
        let they = &class.customers;
        (they.accept, they.thirty_day_rule) == (own.accept, own.thirty_day_rule)
            && they.express_consent == own.express_consent
            && they.patience == own.patience
    };
    let told_apart = |by_location: bool| {
        let mut classes: Vec<CustomerClass> = Vec::new();
        for (k, market) in markets.iter().enumerate() {
            let (priority, customers) = (market.customers.priority, market.customers.of(all));
            let alike = |class: &&mut CustomerClass| {
                let from = &markets[class.markets[0]].served_from;
                class.priority == priority
                    && do_alike(class, &customers)
                    && (!by_location || *from == market.served_from)
            };
            match classes.iter_mut().find(alike) {
                Some(class) => class.markets.push(k),
                None => classes.push(CustomerClass { priority, customers, markets: vec![k] }),
            }
        }
        classes
    };
    let mut classes = told_apart(false);
    match classes.len() {
        0 => return vec![CustomerClass { priority: 1, customers: all.clone(), markets: Vec::new() }],
        1 => return classes,
        // Once customers are told apart, those who are served from elsewhere are, too: they are short of other stock.
        _ => classes = told_apart(true),
    }
    classes.sort_by_key(|class| class.priority);
    classes
}

impl Scenario {
    /// The classes that the customers of a supply model fall into, by priority, and those of one priority by their first markets. Without markets, and
    /// where no market's customers differ from others', there is one.
    #[must_use]
    pub fn classes(&self, all: &Customers) -> Vec<CustomerClass> {
        classes_of(&self.markets, all)
    }

    /// Shares of the markets on a day, in their order.
    #[must_use]
    pub fn market_shares(&self, day: Day) -> Vec<f64> {
        self.markets.iter().map(|m| m.share.at(day)).collect()
    }

    /// Shoppers of each market who order from a location on a day, as shares of all shoppers: those who leave because of the delivery time are not among them.
    #[must_use]
    pub fn market_orders(&self, customers: &Customers, location: &Location, day: Day) -> Vec<f64> {
        let each = self.markets.iter().enumerate();
        each.map(|(k, m)| m.share.at(day) * location.share_of_market(k) * m.kept(customers, location)).collect()
    }

    /// Shoppers of each market who come to a location on a day, not scaled. To one that serves nobody first, markets come by their shares: for what
    /// others have not got.
    fn coming(&self, location: &Location, day: Day) -> Vec<f64> {
        let shares = self.market_shares(day);
        if location.of_markets.is_empty() {
            return shares;
        }
        let own: Vec<f64> = shares.iter().zip(&location.of_markets).map(|(all, part)| all * part).collect();
        if own.iter().any(|n| *n > 0.0) { own } else { shares }
    }

    /// Shoppers of each market who order from a location on a day, not scaled.
    #[must_use]
    pub fn ordering(&self, customers: &Customers, location: &Location, day: Day) -> Vec<f64> {
        let come = self.coming(location, day);
        come.iter().zip(&self.markets).map(|(n, m)| n * m.kept(customers, location)).collect()
    }

    /// Shoppers who order from a location for each one who would at the reference delivery time, on a day: on average over the markets that come to it.
    #[must_use]
    pub fn kept(&self, customers: &Customers, location: &Location, day: Day) -> f64 {
        if self.markets.is_empty() {
            return customers.kept(location.delivery.days.mean());
        }
        mean(&self.coming(location, day), self.markets.iter().map(|m| m.kept(customers, location)))
    }

    /// The days after `first` on which something of some market changes, in order, `first` before them: between two of them all is as on the first of them.
    #[must_use]
    pub fn market_spans(&self, first: Day) -> Vec<Day> {
        let later = self.markets.iter().flat_map(Market::days_of_change).filter(|day| *day > first);
        let mut days: Vec<Day> = std::iter::once(first).chain(later).collect();
        days.sort_unstable();
        days.dedup();
        days
    }

    /// A supply model whose locations have the shares that their markets give them, with a change on each day on which these shares, or what part of the
    /// shoppers orders from some location, are not what they were.
    pub(crate) fn with_markets(&self, model: &mut SupplyModel) {
        let begins = self.horizon.opens();
        let ends = self.horizon.start.plus(self.horizon.days as i32);
        let mut days: Vec<Day> = self.markets.iter().flat_map(|m| m.share.days()).collect();
        days.retain(|day| *day > begins && *day < ends);
        days.sort_unstable();
        days.dedup();
        let assigned = self.markets.iter().any(|m| !m.served_from.is_empty());
        if assigned {
            for locations in
                std::iter::once(&mut model.locations).chain(model.changes.iter_mut().map(|c| &mut c.locations))
            {
                self.assign(locations);
            }
        }
        for day in days {
            let differs = |l: &Location| {
                let on = |day: Day| (self.share_of(l, day), self.kept(&model.customers, l, day));
                on(day) != on(day.plus(-1))
            };
            let dated = |c: &super::Change| c.on.is_some_and(|on| on <= day);
            let before = model.changes.iter().rposition(dated);
            let (locations, overflow) = match before {
                Some(k) if model.changes[k].on == Some(day) => continue,
                Some(k) => (&model.changes[k].locations, model.changes[k].overflow),
                None => (&model.locations, model.overflow),
            };
            if !locations.iter().any(differs) {
                continue;
            }
            let locations = locations.clone();
            let change = super::Change { on: Some(day), cue: None, locations, overflow, move_waiting: false };
            model.changes.insert(before.map_or(0, |k| k + 1), change);
        }
        if assigned {
            self.share_out(&mut model.locations, begins);
            for change in &mut model.changes {
                self.share_out(&mut change.locations, change.on.map_or(begins, |on| on.max(begins)));
            }
        }
    }

    /// Tells each of the locations of a supply model what share of each market's shoppers it serves first.
    fn assign(&self, locations: &mut [Location]) {
        let servers: Vec<Option<usize>> = self.markets.iter().map(|m| m.server(locations)).collect();
        for (i, l) in locations.iter_mut().enumerate() {
            let share = |server: &Option<usize>| server.map_or(l.share, |j| f64::from(u8::from(i == j)));
            l.of_markets = servers.iter().map(share).collect();
        }
    }

    /// The shares of locations on a day. The last one that serves anybody takes what the others leave, so that no rounding is left over.
    fn share_out(&self, locations: &mut [Location], day: Day) {
        locations.iter_mut().for_each(|l| l.share = self.share_of(l, day));
        if let Some(last) = locations.iter().rposition(|l| l.share > 0.0) {
            locations[last].share = locations[..last].iter().fold(1.0, |left, l| left - l.share);
        }
    }

    /// Share of all shoppers whom a location serves first on a day.
    fn share_of(&self, l: &Location, day: Day) -> f64 {
        if l.of_markets.is_empty() {
            return l.share;
        }
        self.markets.iter().zip(&l.of_markets).map(|(m, share)| m.share.at(day) * share).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(base: DutyBase, rate: f64, threshold: Option<(f64, AtOrBelow)>) -> ParcelDuty {
        ParcelDuty { base, value_share: 1.0, rate, threshold }
    }

    /// The five shapes, below the threshold, at it, and a cent above it.
    #[test]
    fn a_threshold_holds_up_to_its_value_and_not_beyond() {
        let of = |threshold| rule(DutyBase::Price, 0.12, threshold);
        let full = of(None);
        let exempt = of(Some((150.0, AtOrBelow::Exempt)));
        let flat = of(Some((150.0, AtOrBelow::Flat(3.0))));
        let share = of(Some((150.0, AtOrBelow::Rate(0.2))));
        let none = rule(DutyBase::Price, 0.0, None);
        for (value, expected) in [
            (100.0, [12.0, 0.0, 3.0, 20.0, 0.0]),
            (150.0, [18.0, 0.0, 3.0, 30.0, 0.0]),
            (150.01, [18.0012, 18.0012, 18.0012, 18.0012, 0.0]),
        ] {
            let found = [full, exempt, flat, share, none].map(|rule| rule.of(value));
            assert_eq!(found.map(Money::from_f64), expected.map(Money::from_f64), "{value}");
        }
        // What a division leaves behind the last digit is no excess.
        assert_eq!(exempt.of(150.0 * 1.1 / 1.1), 0.0);
    }

    #[test]
    fn a_mean_of_equal_values_is_that_value() {
        let weights: Vec<f64> = (1..=75).map(|i| f64::from(i) / 2850.0).collect();
        for value in [0.1, 1.0 / 3.0, 59.99, 1e-9] {
            assert_eq!(mean(&weights, std::iter::repeat_n(value, 75)), value);
        }
        assert_eq!(mean(&[1.0, 3.0], [10.0, 20.0].into_iter()), 17.5);
        assert_eq!(mean(&[0.0, 0.0], [10.0, 20.0].into_iter()), 10.0);
    }
}
