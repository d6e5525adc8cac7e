//! Figures of markets: the product's figures, each times the market's expected share of it.
//!
//! A market has no draws of its own, so it has no percentiles either: its figures vary as those of the product do, and their intervals are the product's.
//! Where markets have customers of their own it is drawn what class of them those are of who find no stock. Then a market has its part of what becomes
//! of its class, and of all the rest its expected share.

use super::outcome::{ModelOutcome, ProductOutcome};
use crate::model::{Better, Kpi, Unit};
use crate::sim::{ClassTally, MarketOrder, MarketPart};
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
    /// Share of what was wanted that waited, of markets some of which have customers of their own; so are those that follow.
    Waited,
    /// Share of it whose shoppers did not accept the wait.
    WalkedAway,
    /// Share of what waited that was cancelled.
    Cancelled,
    /// Share of what was wanted that was lost to shortages: walked away, or cancelled while it waited.
    LostToShortage,
    /// Mean days that those waited who got what they waited for: those who cancelled, or still wait, are not among them.
    WaitDays,
}

use MarketMeasure::{
    Cancelled, Contribution, ContributionPerOrder, CostToServe, DeliveryDays, Duty, LandedCost, LostToShortage, Orders,
    Revenue, WaitDays, Waited, WalkedAway,
};

impl MarketMeasure {
    /// All of them, in the order of tables.
    pub const ALL: [MarketMeasure; 13] = [
        Orders,
        Revenue,
        LandedCost,
        Duty,
        CostToServe,
        Contribution,
        ContributionPerOrder,
        DeliveryDays,
        Waited,
        WalkedAway,
        Cancelled,
        LostToShortage,
        WaitDays,
    ];

    /// What is told only where some market has customers of its own.
    pub const OF_CLASSES: [MarketMeasure; 5] = [Waited, WalkedAway, Cancelled, LostToShortage, WaitDays];

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
            Waited => "waited_rate",
            WalkedAway => "walked_away_rate",
            Cancelled => "cancelled_of_waited_rate",
            LostToShortage => "lost_to_shortage_rate",
            WaitDays => "mean_wait_days",
        }
    }

    /// The value nearest to this one that it can have: limits of intervals are drawn by a law that knows nothing of it.
    #[must_use]
    pub fn within(self, value: f64) -> f64 {
        match self {
            Waited | WalkedAway | Cancelled | LostToShortage => value.clamp(0.0, 1.0),
            Orders | DeliveryDays | WaitDays => value.max(0.0),
            Revenue | LandedCost | Duty | CostToServe | Contribution | ContributionPerOrder => value,
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
            Waited => "Waited",
            WalkedAway => "Walked away",
            Cancelled => "Cancelled of those who waited",
            LostToShortage => "Lost to shortages",
            WaitDays => "Mean wait of what was shipped",
        }
    }

    /// Unit of its value.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Orders => Unit::CustomerOrders,
            Revenue | LandedCost | Duty | CostToServe | Contribution => Unit::MoneyOverWindow,
            ContributionPerOrder => Unit::MoneyPerOrder,
            DeliveryDays | WaitDays => Unit::Days,
            Waited | WalkedAway | Cancelled | LostToShortage => Unit::Share,
        }
    }

    /// Which way is better.
    #[must_use]
    pub fn better(self) -> Better {
        match self {
            Orders => Better::Neither,
            Revenue | Contribution | ContributionPerOrder => Better::Higher,
            LandedCost | Duty | CostToServe | DeliveryDays => Better::Lower,
            Waited | WalkedAway | Cancelled | LostToShortage | WaitDays => Better::Lower,
        }
    }
}

/// What becomes of the classes of a product's customers in a supply model, and by how much the orders of markets differ from their expected shares for it.
struct Classes<'a> {
    model: &'a ModelOutcome,
}

/// Millionths of a unit in a unit.
const MILLION: f64 = 1e6;

/// Units of a class.
type Count = fn(&ClassTally) -> f64;

/// An amount that each order of a market comes to.
type OfOrder = fn(&MarketOrder) -> f64;

impl Classes<'_> {
    /// Orders of a market beyond its expected share of them, where it has its part of what counts for its class; absent where all customers are alike.
    fn beyond(&self, part: &MarketPart, of: Count) -> Option<Sample> {
        let classes = &self.model.classes;
        if classes.is_empty() {
            return None;
        }
        let own = classes.total(part.class, of).times(part.of_class);
        Some(own.plus(-part.orders, &classes.of_all(of)).times(1.0 / part.order.units))
    }

    /// What such orders of all markets come to together.
    fn all_beyond(&self, of: Count, each: OfOrder) -> Sample {
        let (classes, parts) = (&self.model.classes, &self.model.markets);
        let mean: f64 = parts.iter().map(|part| part.orders * each(&part.order)).sum();
        let number = parts.iter().map(|part| part.class).max().unwrap_or(0) + 1;
        let mut all = classes.of_all(of).times(0.0);
        for class in 0..number {
            let own = parts.iter().filter(|part| part.class == class);
            let of_own: f64 = own.map(|part| part.of_class * each(&part.order)).sum();
            all = all.plus((of_own - mean) / parts[0].order.units, &classes.total(class, of));
        }
        all
    }

    /// The part of a market in a line: its share, and what its orders beyond its expected share of them come to. Over markets it adds up to the line.
    fn line(&self, total: Sample, share: f64, part: &MarketPart, (of, each): (Count, OfOrder)) -> Sample {
        let Some(beyond) = self.beyond(part, of) else { return total.times(share) };
        total.plus(-1.0, &self.all_beyond(of, each)).times(share).plus(each(&part.order), &beyond)
    }

    /// The same where each that is counted comes to the same amount in every market: what they come to together is the line.
    fn line_by_count(&self, total: Sample, part: &MarketPart, of: Count) -> Sample {
        let all = self.model.classes.of_all(of).value;
        let each = if all > 0.0 { total.value / all * part.order.units } else { 0.0 };
        let line = total.times(part.orders);
        self.beyond(part, of).map_or_else(|| line.clone(), |beyond| line.clone().plus(each, &beyond))
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
    /// Units wanted, of which so many waited or walked away; of these cancelled and shipped, and unit-days of waits. Absent where all customers are alike.
    stock_out: Option<[Sample; 6]>,
}

impl Sums {
    fn of(m: &ModelOutcome, part: &MarketPart) -> Sums {
        let total = |kpi: Kpi, share: f64| m.total(kpi).times(share);
        let (all, by_order) = (m.orders_shipped(), part.orders);
        let classes = Classes { model: m };
        let shipped: Count = |class| class.at_once as f64 / MILLION + class.from_backlog as f64;
        let ordered: Count = |class| class.at_once as f64 / MILLION + class.waited as f64;
        let kept_waiting: Count = |class| (class.waited + class.late) as f64;
        let cancelled: Count = |class| class.cancelled as f64;
        let paid = if part.order.paid_at_once { ordered } else { shipped };
        // Duty and fixed amounts of parcels may have either sign, so they are shared by orders, and what a market pays beyond that is an amount an order.
        let border = classes.line(m.total(Kpi::CostOfParcelDuty), by_order, part, (shipped, |order| order.border));
        let border = border.plus(part.border_beyond, &all);
        let add = |sum: Sample, line: Sample| sum.plus(1.0, &line);
        let on_shelf = [Kpi::CostOfProduct, Kpi::CostOfFreight, Kpi::CostOfHandling, Kpi::CostOfDuty];
        let (landed, duty_in) = if m.classes.is_empty() {
            let lines = on_shelf.into_iter().map(|kpi| total(kpi, part.landed));
            (lines.fold(border.clone(), add), total(Kpi::CostOfDuty, part.landed))
        } else {
            let lines = on_shelf.into_iter().map(|kpi| m.total(kpi)).fold(all.clone().times(0.0), add);
            let (cost, duty) = (lines.value, m.total(Kpi::CostOfDuty));
            let own = classes.line(lines.clone(), part.landed, part, (shipped, |order| order.landed));
            // Of what the market bears beyond its share as much is duty as of all landed cost.
            let share = if cost > 0.0 { duty.value / cost } else { 0.0 };
            let duty = duty.times(part.landed).plus(share, &own.clone().plus(-part.landed, &lines));
            (border.clone().plus(1.0, &own), duty)
        };
        let to_serve = Kpi::SERVE_LINES.iter().map(|kpi| {
            let line = m.total(*kpi);
            match kpi {
                Kpi::CostOfPickAndPack => {
                    classes.line(line, part.pick_and_pack, part, (shipped, |order| order.pick_and_pack))
                }
                Kpi::CostOfDelivery => classes.line(line, part.delivery, part, (shipped, |order| order.delivery)),
                Kpi::CostOfPayment => classes.line(line, part.payment_fees, part, (paid, |order| order.payment_fee)),
                Kpi::CostOfAdvertising => line.times(part.interested),
                Kpi::CostOfSupport => classes.line_by_count(line, part, kept_waiting),
                Kpi::CostOfChargebacks => classes.line_by_count(line, part, cancelled),
                _ => line.times(by_order),
            }
        });
        let orders = all.clone().times(by_order);
        let orders = match classes.beyond(part, shipped) {
            None => orders,
            Some(beyond) => orders.plus(1.0, &beyond),
        };
        Sums {
            revenue: classes.line(m.total(Kpi::Revenue), part.revenue, part, (shipped, |order| order.revenue)),
            landed,
            duty: duty_in.plus(1.0, &border),
            to_serve: to_serve.fold(all.times(0.0), add),
            capital: total(Kpi::CostOfCapital, by_order),
            days: orders.clone().times(part.delivery_days),
            orders,
            stock_out: (!m.classes.is_empty()).then(|| {
                let of = |of: Count| m.classes.total(part.class, of).times(part.of_class);
                [
                    m.classes.demanded().times(part.orders),
                    of(|class| class.waited as f64),
                    of(|class| class.walked_away as f64),
                    of(|class| class.waited_and_cancelled as f64),
                    of(|class| class.waited_and_shipped as f64),
                    of(|class| class.shipped_unit_days as f64),
                ]
            }),
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
            stock_out: self.stock_out.zip(other.stock_out.as_ref()).map(|(mine, theirs)| {
                let mut theirs = theirs.iter();
                mine.map(|sum| theirs.next().map_or_else(|| sum.clone(), |other| sum.clone().plus(1.0, other)))
            }),
        }
    }

    fn measure(self, measure: MarketMeasure) -> Option<Sample> {
        let Sums { orders, revenue, landed, duty, to_serve, capital, days, stock_out } = self;
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
            Waited | WalkedAway | Cancelled | LostToShortage | WaitDays => {
                let [wanted, waited, walked_away, cancelled, shipped, unit_days] = stock_out?;
                match measure {
                    Waited => waited.over(&wanted),
                    WalkedAway => walked_away.over(&wanted),
                    Cancelled => cancelled.over(&waited),
                    LostToShortage => walked_away.plus(1.0, &cancelled).over(&wanted),
                    _ => unit_days.over(&shipped),
                }
            }
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
