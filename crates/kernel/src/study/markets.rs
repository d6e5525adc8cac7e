//! Figures of markets: the product's figures, each times the market's expected share of it.
//!
//! A market has no draws of its own, so it has no percentiles either: its figures vary as those of the product do, and their intervals are the product's.

use super::outcome::{ModelOutcome, ProductOutcome};
use crate::model::{Better, Kpi, Unit};
use crate::sim::MarketPart;
use restock_base::stats::interval::Sample;

/// What is told of a market in a supply model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarketMeasure {
    /// Orders shipped to it.
    Orders,
    /// What is kept of their prices, without taxes.
    Revenue,
    /// Landed cost, with the duty of parcels.
    LandedCost,
    /// The duty in it: on the way in, and of parcels with what these pay by themselves.
    Duty,
    /// Pick and pack, postage, fees and all that is spent from the shelf on, with the charge on capital.
    CostToServe,
    /// Revenue less all costs but the charge on capital.
    Contribution,
    /// The same of an order.
    ContributionPerOrder,
    /// Mean days from shipping to the door.
    DeliveryDays,
}

use MarketMeasure::{Contribution, ContributionPerOrder, CostToServe, DeliveryDays, Duty, LandedCost, Orders, Revenue};

impl MarketMeasure {
    /// All of them, in the order of tables.
    pub const ALL: [MarketMeasure; 8] =
        [Orders, Revenue, LandedCost, Duty, CostToServe, Contribution, ContributionPerOrder, DeliveryDays];

    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Orders => "orders",
            Revenue => "revenue",
            LandedCost => "landed_cost",
            Duty => "duty",
            CostToServe => "cost_to_serve",
            Contribution => "contribution",
            ContributionPerOrder => "contribution_per_order",
            DeliveryDays => "delivery_days",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Orders => "Orders shipped, expected",
            Revenue => "Revenue without tax",
            LandedCost => "Landed cost",
            Duty => "of it duty and clearance",
            CostToServe => "Cost to serve",
            Contribution => "Contribution",
            ContributionPerOrder => "Contribution of an order",
            DeliveryDays => "Days to the door",
        }
    }

    /// Unit of its value.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Orders => Unit::CustomerOrders,
            Revenue | LandedCost | Duty | CostToServe | Contribution => Unit::MoneyOverWindow,
            ContributionPerOrder => Unit::MoneyPerOrder,
            DeliveryDays => Unit::Days,
        }
    }

    /// Which way is better.
    #[must_use]
    pub fn better(self) -> Better {
        match self {
            Orders => Better::Neither,
            Revenue | Contribution | ContributionPerOrder => Better::Higher,
            LandedCost | Duty | CostToServe | DeliveryDays => Better::Lower,
        }
    }
}

/// The sums of a market in a supply model, over the window and on average over replications.
#[derive(Debug, Clone)]
struct Sums {
    orders: Sample,
    revenue: Sample,
    landed: Sample,
    duty: Sample,
    to_serve: Sample,
    capital: Sample,
    days: Sample,
}

impl Sums {
    fn of(m: &ModelOutcome, part: &MarketPart) -> Sums {
        let total = |kpi: Kpi, share: f64| m.total(kpi).times(share);
        let (all, by_order) = (m.orders_shipped(), part.orders);
        // Duty and fixed amounts of parcels may have either sign, so they are shared by orders, and what a market pays beyond that is an amount an order.
        let border = total(Kpi::CostOfParcelDuty, by_order).plus(part.border_beyond, &all);
        let on_shelf = [Kpi::CostOfProduct, Kpi::CostOfFreight, Kpi::CostOfHandling, Kpi::CostOfDuty];
        let on_shelf = on_shelf.into_iter().map(|kpi| total(kpi, part.landed));
        let to_serve = Kpi::SERVE_LINES.iter().map(|kpi| {
            let share = match kpi {
                Kpi::CostOfPickAndPack => part.pick_and_pack,
                Kpi::CostOfDelivery => part.delivery,
                Kpi::CostOfPayment => part.payment_fees,
                Kpi::CostOfAdvertising => part.interested,
                _ => by_order,
            };
            total(*kpi, share)
        });
        let add = |sum: Sample, line: Sample| sum.plus(1.0, &line);
        let orders = all.clone().times(by_order);
        Sums {
            revenue: total(Kpi::Revenue, part.revenue),
            landed: on_shelf.fold(border.clone(), add),
            duty: total(Kpi::CostOfDuty, part.landed).plus(1.0, &border),
            to_serve: to_serve.fold(all.times(0.0), add),
            capital: total(Kpi::CostOfCapital, by_order),
            days: orders.clone().times(part.delivery_days),
            orders,
        }
    }

    fn plus(self, other: &Sums) -> Sums {
        Sums {
            orders: self.orders.plus(1.0, &other.orders),
            revenue: self.revenue.plus(1.0, &other.revenue),
            landed: self.landed.plus(1.0, &other.landed),
            duty: self.duty.plus(1.0, &other.duty),
            to_serve: self.to_serve.plus(1.0, &other.to_serve),
            capital: self.capital.plus(1.0, &other.capital),
            days: self.days.plus(1.0, &other.days),
        }
    }

    fn measure(self, measure: MarketMeasure) -> Option<Sample> {
        let Sums { orders, revenue, landed, duty, to_serve, capital, days } = self;
        let contribution = || revenue.clone().plus(-1.0, &landed).plus(-1.0, &to_serve).plus(1.0, &capital);
        match measure {
            Orders => Some(orders),
            Contribution => Some(contribution()),
            ContributionPerOrder => contribution().over(&orders),
            Revenue => Some(revenue),
            LandedCost => Some(landed),
            Duty => Some(duty),
            CostToServe => Some(to_serve),
            DeliveryDays => days.over(&orders),
        }
    }
}

/// A figure of these markets together in model number `model`, of these products together; absent where there is no such market, or nothing is shipped there.
#[must_use]
pub fn market_figure(
    products: &[ProductOutcome],
    model: usize,
    markets: &[usize],
    measure: MarketMeasure,
) -> Option<Sample> {
    let mut sums: Option<Sums> = None;
    for product in products {
        let m = product.models.get(model)?;
        for market in markets {
            let one = Sums::of(m, m.markets.get(*market)?);
            sums = Some(match sums {
                None => one,
                Some(sums) => sums.plus(&one),
            });
        }
    }
    sums?.measure(measure)
}
