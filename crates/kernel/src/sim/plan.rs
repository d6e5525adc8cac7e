//! From the model to flat arrays: everything that the day loop needs, computed once.
//!
//! A [`Plan`] is one product in one supply model. It cannot fail to be built, because the model has been checked.

use super::demand::{DemandPlan, Known, Path, TAIL};
use super::landed::{Landed, Part};
use super::markets::{Mix, Prices};
use crate::model::{
    Accept, Allocation, BaseOrder, Baseline, Communication, Cover, Cue, CustomerClass, CustomerPays, Customers,
    Disruption, EntryFees, Finance, Forecast, Freight, Handling, Level, Location, LossTerms, Milestone, Node,
    OpenOrder, Patience, Place, Policy, Position, PreOrder, Product, Promise, Returns, Route, SafetyStock, Scenario,
    SharedContainer, Stage, StageSampler, Start, SupplyModel, Trigger, chargeable_kg, serves_shoppers, upstream_first,
};
use restock_base::calendar::{Day, WorkCalendar};
use restock_base::law::{Chance, Hazard, Sampler};
use restock_base::rng::Stream;
use restock_base::units::limits::STAGES;
use restock_base::units::{Money, room};
use std::ops::{Index, Range};
use std::sync::Arc;

/// One product in one supply model, laid out for the day loop.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Date of simulated day 0.
    pub first: Day,
    /// Number of simulated days; the first `warmup` of them are not measured.
    pub days: usize,
    /// Number of simulated days before the measured window.
    pub warmup: usize,
    /// Nothing has gone before: neither a warm-up nor what a position tells of.
    pub(super) is_launch: bool,
    /// The first day that is simulated: those before it are the past of a position.
    pub(super) begin: usize,
    /// The model's locations, in the scenario's order.
    pub locations: Vec<LocationPlan>,
    pub(super) overflow: bool,
    /// The day of the change from which it holds, at the latest; 0 of the first plan.
    pub(super) from: usize,
    /// What destroys goods: numbers of disruptions that do so at some node of this model.
    pub(super) destroyers: Vec<Destroyer>,
    /// Something may be lost before it is on the shelf.
    pub(super) can_lose: bool,
    /// The scenario says of some goods that they may be lost, of this model or another.
    pub(super) knows_losses: bool,
    /// Parcels to customers may be lost; and so the scenario says of this model or another.
    pub(super) loses_parcels: bool,
    pub(super) knows_lost_parcels: bool,
    pub(super) parcel_stream: Stream,
    /// Something may keep a location from shipping.
    pub(super) can_be_shut: bool,
    /// Some change waits for demand to reach a level: orders are counted by day.
    pub(super) counts_orders: bool,
    /// Some location is closed: what is left there is sold before anything else.
    pub(super) sells_off: bool,
    /// Shoppers of some location are served from another one while its stock covers too few days.
    pub(super) ships_from_elsewhere: bool,
    /// Windows in which shoppers may pre-order.
    pub(super) pre_orders: Vec<PreOrderPlan>,
    /// The product has such windows, whether or not they are open to this model's shoppers.
    pub(super) has_windows: bool,
    /// Orders are of several units.
    pub(super) baskets: Option<BasketPlan>,
    /// Orders of some product are, of this one or another.
    pub(super) knows_baskets: bool,
    /// What customers send back.
    pub(super) returns: Option<ReturnPlan>,
    /// Campaigns that pause, cut the price or cost money.
    pub(super) campaigns: Vec<CampaignRule>,
    /// The product has such campaigns, whether or not they pause in this model.
    pub(super) knows_pauses: bool,
    pub(super) pause_stream: Stream,
    /// The product has returns, whether or not they come back to this model.
    pub(super) knows_returns: bool,
    /// Orders may be refused, goods or parcels lost, locations shut or supplying others, or some change waits for demand: one question for what hardly a plan
    /// has.
    pub(super) has_rare_steps: bool,
    /// Locations that supply others; absent where all goods are bought.
    pub(super) network: Option<Network>,
    /// It sells off, takes pre-orders, has returns, orders of several units or locations that supply others: there are steps that most plans have not.
    pub(super) has_extra_steps: bool,
    /// How it goes on from the days of changes, in their order. Plans of changes have none.
    pub(super) later: Vec<Later>,
    /// No location is closed, nor served from another one, no campaign pauses, nobody pre-orders, sends back or wants several units, customers are of one class, and at no location a shopper leaves, or a further one comes, because of the delivery time.
    pub(super) everybody_stays: bool,
    pub(super) customers: CustomerPlan,
    /// Classes of customers, by priority; empty where all are alike.
    pub(super) classes: Vec<ClassPlan>,
    /// By location and class; empty where there are no classes.
    pub(super) classes_at: Vec<Vec<ClassHere>>,
    /// Some customer who waits may get a notice of delay, or leave.
    pub(super) may_leave: bool,
    /// Those who wait may differ: orders are of several units, or customers of several classes.
    pub(super) differ: bool,
    /// Some class is served before another.
    pub(super) is_ranked: bool,
    pub(super) class_stream: Stream,
    pub(super) forecast: Forecast,
    /// Whether any decision depends on the orders that planners observe.
    pub(super) observes: bool,
    /// A simulated day on which reviews take place; absent if they follow the replication's own phase.
    pub(super) first_review: Option<i64>,
    pub(super) react_stream: Stream,
    pub(super) known: Known,
    pub(super) factory_capacity: Option<f64>,
    /// Number of the factory that makes other products, too.
    pub(super) factory: Option<usize>,
    /// The scenario's containers.
    pub(super) containers: Vec<SharedContainer>,
    /// Full price of a unit: where markets pay different ones the mean over those who order on the first measured day, without taxes.
    pub(super) price: Money,
    /// By day, by what those pay less who order on it; empty where every day has the full price.
    pub(super) prices: Vec<PriceCut>,
    /// Fee that the payment processor keeps of an order.
    pub(super) payment_fee: Money,
    /// Mean of an ordinary day, without the planner's bias.
    pub(super) true_mean: f64,
    /// Mean of an ordinary day in the long run. It differs from `true_mean` where a fitted model goes back to a long run of its own.
    pub(super) steady_mean: f64,
    pub(super) finance: Finance,
    /// Spent for every interested shopper.
    pub(super) advertising: Money,
    /// Mean cost of the support contacts of a backorder.
    pub(super) support: Money,
    /// Mean cost of the chargeback of a cancellation by the customer, while the promise in force is kept.
    pub(super) chargeback: Money,
    /// Mean cost of the chargeback of a cancellation after the promise in force was missed.
    pub(super) chargeback_after_miss: Money,
    pub(super) cash: CashPlan,
    /// Owed for goods received before the run, with the day on which it is paid.
    pub(super) payables: Vec<(u32, Money)>,
    /// Contribution of an order served from stock, for lifetime value.
    pub(super) future_order: f64,
}

/// A disruption that destroys goods.
#[derive(Debug, Clone, Copy)]
pub(super) struct Destroyer {
    /// Its number among those of the scenario.
    pub disruption: usize,
    /// Share of the units at its node.
    pub share: f64,
    pub terms: LossTerms,
}

/// What a plan becomes on the day of a change. Locations, routes and costs are those of before, in the same places.
#[derive(Debug, Clone)]
pub(super) struct Later {
    /// The first day on which it holds, at the latest; a day after the run if it has none.
    pub from: usize,
    /// What brings it before that.
    pub cue: Option<Cue>,
    /// Whoever waits at a location that closes waits where shoppers are served then.
    pub move_waiting: bool,
    pub plan: Plan,
}

/// Locations that supply others.
#[derive(Debug, Clone)]
pub(super) struct Network {
    /// All locations, each before those that supply it.
    pub downstream_first: Vec<usize>,
    /// Those of them that supply others, each after those that supply it.
    pub sources: Vec<usize>,
}

impl Network {
    /// Absent where no location is supplied by another one.
    fn new(locations: &[Location]) -> Option<Self> {
        let supplies = |i: &usize| locations.iter().any(|l| l.sources().any(|source| source == *i));
        let upstream_first = upstream_first(locations)?;
        let sources: Vec<usize> = upstream_first.iter().copied().filter(supplies).collect();
        let downstream_first = upstream_first.into_iter().rev().collect();
        (!sources.is_empty()).then_some(Network { downstream_first, sources })
    }
}

/// Orders of several units. What is paid by the order is borne by its units in equal parts until the order is known.
#[derive(Debug, Clone)]
pub(super) struct BasketPlan {
    /// An order ships in parts.
    pub splits: bool,
    /// Units of an order of which nothing else is known.
    pub usual_size: u16,
    pub payment_fee: ByOrder,
    pub advertising: ByOrder,
    pub support: ByOrder,
    pub chargeback: ByOrder,
    pub chargeback_after_miss: ByOrder,
    /// By location, and by the first day from which they hold: pick and pack, postage and clearance of a parcel.
    pub parcels: Vec<Vec<(usize, [ByOrder; 3])>>,
}

/// An amount that is paid by the order, and what of it a unit bears on average.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByOrder {
    once: Money,
    each: Money,
}

impl ByOrder {
    fn new(amount: f64, units: f64) -> Self {
        ByOrder { once: Money::from_f64(amount), each: Money::from_f64(amount / units) }
    }

    /// What so many orders cost.
    pub fn of(self, orders: i64) -> Money {
        self.once * orders
    }

    /// By what so many orders cost more than their units bear.
    pub fn beyond(self, orders: i64, units: i64) -> Money {
        self.once * orders - self.each * units
    }
}

impl BasketPlan {
    fn new(units: f64, (model, locations): (&SupplyModel, &[LocationPlan]), f: &Finance) -> Self {
        let by = |amount: f64| ByOrder::new(amount, units);
        let parcel = |(l, plan): (&Location, &LocationPlan)| {
            let d = &l.delivery;
            if plan.parcels.is_empty() {
                return vec![(0, [d.pick_and_pack, d.per_order, d.clearance_per_order].map(by))];
            }
            let of = |(day, (per_order, clearance)): &(usize, (f64, f64))| {
                (*day, [d.pick_and_pack, *per_order, *clearance].map(by))
            };
            plan.parcels.iter().map(of).collect()
        };
        BasketPlan {
            splits: model.customers.split_shipments,
            usual_size: (units + 0.5) as u16,
            payment_fee: by(f.payment_fee_per_order),
            advertising: by(f.advertising_per_order),
            support: by(f.tickets_per_backorder * f.cost_per_ticket),
            chargeback: by(f.chargeback_share * f.chargeback_fee),
            chargeback_after_miss: by(f.chargeback_share_after_miss * f.chargeback_fee),
            parcels: model.locations.iter().zip(locations).map(parcel).collect(),
        }
    }

    /// Pick and pack, postage and clearance of a parcel that a location sends on a day.
    pub fn parcel(&self, location: usize, day: usize) -> [ByOrder; 3] {
        let steps = &self.parcels[location];
        steps[steps.partition_point(|(from, _)| *from <= day).saturating_sub(1)].1
    }
}

/// What customers send back, laid out for the day loop.
#[derive(Debug, Clone)]
pub(super) struct ReturnPlan {
    pub share: Chance,
    pub resaleable: Chance,
    /// Chance that a unit which is not back yet comes on each day after it has shipped. The last one is 1.
    pub after: Vec<Chance>,
    pub stream: Stream,
}

impl ReturnPlan {
    fn new(of: &Returns, stream: Stream) -> Self {
        let (mut after, mut before) = (Vec::new(), 0.0);
        for day in 1..=Self::LONGEST {
            let until = if day == Self::LONGEST { 1.0 } else { of.days.cdf(f64::from(day) + 0.5).clamp(before, 1.0) };
            let left = 1.0 - before;
            let ends = if until > 1.0 - 1e-12 { 1.0 } else { (until - before) / left };
            after.push(Chance::prepared(ends));
            if ends == 1.0 {
                break;
            }
            before = until;
        }
        let (share, resaleable) = (Chance::prepared(of.share), Chance::prepared(of.resaleable));
        ReturnPlan { share, resaleable, after, stream }
    }

    /// Nothing takes longer to come back, in days.
    const LONGEST: u32 = 1_000;
}

/// What depends on a campaign besides the number of shoppers, laid out for the day loop.
#[derive(Debug, Clone)]
pub(super) struct CampaignRule {
    /// Its days.
    pub days: Range<usize>,
    /// Its place among the campaigns that may pause, and the days of cover below which it does.
    pub pauses: Option<(usize, f64)>,
    /// First day on which its money counts: that of the measured window.
    pub measured: usize,
    /// What its price is less by, and what the processor's fee is, on its first day; and on each day where the price of a unit is not the same on all days.
    pub cut: PriceCut,
    cut_by_day: Vec<PriceCut>,
    /// Whether its price is less than without it.
    is_cheaper: bool,
    /// What it costs on a day.
    pub cost: Money,
}

/// By what an order costs its customer less, and its seller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PriceCut {
    pub price: Money,
    /// Less of the processor's fee.
    pub fee: Money,
}

impl std::ops::Add for PriceCut {
    type Output = PriceCut;

    fn add(self, other: PriceCut) -> PriceCut {
        PriceCut { price: self.price + other.price, fee: self.fee + other.fee }
    }
}

impl CampaignRule {
    /// The campaigns of a product that have a rule, in their order.
    fn all(product: &Product, may_pause: bool, pay: &Pay<'_>, (first, start): (Day, Day)) -> Vec<CampaignRule> {
        let mut number = 0;
        let mut out = Vec::new();
        for c in &product.demand.campaigns {
            let day = |d: Day| (d.0 - first.0).max(0) as usize;
            let days = day(c.start)..day(c.start.plus(c.days as i32));
            let by_day = if pay.prices.are_steady() { 0..0 } else { days.clone() };
            let pauses = c.pause_below_cover_days.map(|cover| (number, cover));
            number += usize::from(pauses.is_some());
            let rule = CampaignRule {
                pauses: pauses.filter(|_| may_pause),
                measured: day(start),
                cut: pay.cut(days.start, c.discount),
                cut_by_day: by_day.map(|t| pay.cut(t, c.discount)).collect(),
                is_cheaper: pay.cut(days.start, c.discount) != pay.cut(days.start, 0.0),
                cost: Money::from_f64(c.cost_per_day),
                days,
            };
            if rule.pauses.is_some() || rule.costs() {
                out.push(rule);
            }
        }
        out
    }

    /// Whether money follows from it.
    pub fn costs(&self) -> bool {
        self.is_cheaper || self.cost != Money::ZERO
    }

    /// By what those pay less who order on one of its days.
    pub fn cut_on(&self, day: usize) -> PriceCut {
        self.cut_by_day.get(day - self.days.start).copied().unwrap_or(self.cut)
    }
}

/// What customers pay, and what the processor keeps of it.
struct Pay<'a> {
    prices: Prices,
    /// The day whose price is the full one: what is paid on other days is told by how much it is less.
    usual: usize,
    units_per_order: f64,
    finance: &'a Finance,
}

impl Pay<'_> {
    /// Price and fee of a unit on a day, less a discount.
    fn of(&self, day: usize, discount: f64) -> (Money, Money) {
        let (net, gross) = self.prices.on(day);
        let fee = self.finance.payment_fee(gross * (1.0 - discount), self.units_per_order);
        (Money::from_f64(net * (1.0 - discount)), Money::from_f64(fee))
    }

    /// By what that is less than the full price and its fee.
    fn cut(&self, day: usize, discount: f64) -> PriceCut {
        let ((price, fee), (less, less_fee)) = (self.of(self.usual, 0.0), self.of(day, discount));
        PriceCut { price: price - less, fee: fee - less_fee }
    }
}

/// A window in which shoppers may pre-order, laid out for the day loop.
#[derive(Debug, Clone)]
pub(super) struct PreOrderPlan {
    /// Days on which pre-orders are taken, and the day on which they ship.
    pub open: Range<usize>,
    pub ships: usize,
    pub take_up: Chance,
    pub cancel: Chance,
    pub price: Money,
    /// Paid with the pre-order, of the price.
    pub deposit: Money,
    /// The processor's fee of the whole price.
    fee: Money,
    pub sizes_order: bool,
    /// It is neither expected nor observed with other orders.
    pub is_apart: bool,
}

impl PreOrderPlan {
    fn new(of: &PreOrder, pay: &Pay<'_>, first: Day) -> Self {
        let day = |day: Day| (day.0 - first.0).max(0) as usize;
        let price = pay.prices.on(day(of.opens)).0 * (1.0 - of.discount);
        PreOrderPlan {
            open: day(of.opens)..day(of.closes) + 1,
            ships: day(of.ships),
            take_up: Chance::prepared(of.take_up),
            cancel: Chance::prepared(of.cancel),
            price: Money::from_f64(price),
            deposit: Money::from_f64(price * of.deposit),
            fee: pay.of(day(of.opens), of.discount).1,
            sizes_order: of.sizes_order,
            is_apart: of.is_apart(),
        }
    }

    /// Of these days, price, deposit and fee.
    #[cfg(test)]
    pub fn by_hand(open: Range<usize>, ships: usize, (price, deposit, fee): (Money, Money, Money)) -> Self {
        let (take_up, cancel) = (Chance::prepared(0.5), Chance::prepared(0.0));
        PreOrderPlan { open, ships, take_up, cancel, price, deposit, fee, sizes_order: true, is_apart: true }
    }

    /// The processor keeps its fee of the first payment: that with the pre-order, or that at shipment if nothing is paid before.
    pub fn fee(&self, at_order: bool) -> Money {
        if at_order == (self.deposit != Money::ZERO) { self.fee } else { Money::ZERO }
    }
}

/// What becomes of a planner's level when the share of the location changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Handover {
    /// The share is what it was.
    Kept,
    /// The level of before times a factor.
    Own(f64),
    /// The level of all locations together times a factor: nothing was sold here before.
    OfAll(f64),
}

/// The product's part of the firm's account. A firm has one account, but products are simulated apart: so each bears the share that it has
/// of expected revenue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct CashPlan {
    pub fixed_per_day: Money,
    pub opening: Money,
    /// The largest amount that can be drawn; 0 without a credit line.
    pub credit: f64,
    /// The lowest balance that can be borne, if the scenario says it.
    pub lowest_balance: Option<f64>,
    pub interest_per_day: f64,
}

impl CashPlan {
    fn new(scenario: &Scenario, product: &Product) -> Self {
        let expected = |p: &Product| p.price * p.demand.moments().0;
        let all: f64 = scenario.products.iter().map(expected).sum();
        let share = if scenario.products.len() > 1 && all > 0.0 { expected(product) / all } else { 1.0 };
        let f = &scenario.finance;
        CashPlan {
            fixed_per_day: Money::from_f64(f.fixed_per_month * 12.0 / 365.0 * share),
            opening: Money::from_f64(f.opening_cash.unwrap_or(0.0) * share),
            credit: f.credit_line.map_or(0.0, |c| c.limit * share),
            lowest_balance: f.lowest_balance().map(|b| b * share),
            interest_per_day: f.credit_line.map_or(0.0, |c| c.rate / 365.0),
        }
    }
}

#[derive(Debug, Clone)]
pub(super) struct CustomerPlan {
    pub promise: PromisePlan,
    pub accept: Accept,
    /// Whether anything depends on the day that covers a backorder: a promise, a decision, a choice of location.
    pub needs_date: bool,
    pub patience: PatiencePlan,
    /// Customers get a notice when the promise in force will not be kept.
    pub notices: bool,
    /// Days by which the expected date may lie beyond the promise before a notice is due.
    pub notice_tolerance: u32,
    /// Share who leave at a notice.
    pub leave_at_notice: Chance,
    pub thirty_day_rule: bool,
    /// Share who leave where the rule asks for express consent.
    pub leave_without_consent: Chance,
    pub cancel_purchase_order: bool,
    pub delivery_stream: Stream,
    pub accept_stream: Stream,
    pub patience_stream: Stream,
    pub consent_stream: Stream,
    pub split_stream: Stream,
    pub crowd_stream: Stream,
    pub pre_order_stream: Stream,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum PromisePlan {
    ExpectedArrival,
    FixedDays(u32),
    None,
}

#[derive(Debug, Clone)]
pub(super) enum PatiencePlan {
    Endless,
    /// Chance of cancelling on each day, by age in days. The last entry holds for all higher ages.
    ByAge(Vec<Hazard>),
    /// Chance of cancelling on a day until the promise in force, and on a day after it.
    ByPromise(Hazard, Hazard),
}

/// Customers who do otherwise than others while stock is out, or come before them.
#[derive(Debug, Clone)]
pub(super) struct ClassPlan {
    pub customers: CustomerPlan,
    /// Who waits in a class of a lower number is served first.
    pub priority: u32,
    /// By day, by what those of it pay less who order on it than all do on average; empty where they pay the same.
    pub prices: Vec<PriceCut>,
}

/// Shares are counted as whole numbers: of one in so many.
pub(super) const WHOLE: i64 = 1_000_000;

/// A class at a location, by day.
#[derive(Debug, Clone)]
pub(super) struct ClassHere {
    /// Share of those who order here who are of this class or of one before it.
    pub up_to: Vec<f64>,
    /// Share who are of this class, in millionths: those of all classes add up to a million.
    pub share: Vec<i64>,
    /// Postage, and duty with what parcels pay by themselves, of a unit that ships to it.
    pub postage: DayAmounts,
    pub border: DayAmounts,
}

/// One location of the plan.
#[derive(Debug, Clone)]
pub struct LocationPlan {
    /// Name in the scenario.
    pub name: String,
    /// Whether shoppers are served from here and anything is ordered for it.
    pub(super) is_open: bool,
    /// Numbers of the disruptions while which nothing ships from here.
    pub(super) shut_by: Vec<usize>,
    /// Where those wait who waited here and are not covered: here itself while it is open, else at the location of the largest share.
    pub(super) heir: usize,
    /// What it counts as its own of what is left at closed locations: from one share up to another.
    pub(super) of_left: (f64, f64),
    /// What becomes of the planner's level on the day from which this plan holds.
    pub(super) handover: Handover,
    /// Share of shoppers served first from here.
    pub(super) share: f64,
    /// Share of the shoppers that the locations before it have left; absent if this location gets all of them.
    pub(super) split: Option<Chance>,
    /// Shoppers who order from here for each one who would at the reference delivery time: below 1 some leave because the
    /// delivery takes longer, above 1 further ones come.
    pub(super) kept: f64,
    /// Share of the product's demand that comes from its own shoppers: `share x kept`.
    pub(super) own_share: f64,
    /// Share that the planner expects here: with that of the locations whose base route begins here.
    pub(super) planned_share: f64,
    /// Who comes first where its stock is not enough for its customers and for the locations that it supplies.
    pub(super) allocation: Allocation,
    /// Parcels leave it: it helps out other locations.
    pub(super) serves: bool,
    /// Days of cover below which its shoppers are served from another location, and the number of that.
    pub(super) ship_from: Option<(f64, usize)>,
    pub(super) policy: Policy,
    pub(super) review_days: usize,
    pub(super) react: Option<ReactPlan>,
    /// Whether some route has a trigger that reviews look at.
    pub(super) expedites: bool,
    /// Whether some route has a trigger that is watched every evening.
    pub(super) has_triggers: bool,
    /// Whether a trigger, or the position that the planner reacts to, is looked at every evening.
    pub(super) is_watched: bool,
    pub(super) minimum_order: i64,
    pub(super) order_multiple: i64,
    pub(super) initial_on_hand: Option<i64>,
    /// What is on its way and who waits when the run begins.
    pub(super) past: Past,
    /// Units added to every target of the policy.
    pub(super) extra_stock: i64,
    /// Safety stock that the policy's levels imply without extra stock, where they are given in units.
    pub(super) implied_safety_stock: Option<i64>,
    /// Routes into the location.
    pub routes: Vec<RoutePlan>,
    /// Whether orders are split, or go on a route by their size.
    pub(super) is_by_lot: bool,
    /// The routes that take a share of every order of the base route.
    pub(super) split_off: Vec<(usize, f64)>,
    /// Number of the base route, as lots of the usual size go on it, and of the one after it that a policy of two routes orders on.
    pub(super) base: usize,
    pub(super) second: usize,
    pub(super) pick_and_pack: Money,
    pub(super) delivery: Money,
    /// What is paid beyond `delivery` for a unit that ships on a day; absent where that is the same on all days.
    pub(super) delivery_beyond: Option<DayAmounts>,
    /// Postage of an order and what a parcel pays by itself, from days on; empty where the location says it.
    parcels: Vec<(usize, (f64, f64))>,
    pub(super) duty_per_order: bool,
    /// Duty and clearance of a parcel shipped on each day, a unit; clearance alone if duty is paid on the way in.
    pub(super) parcel_duty: DayAmounts,
    /// Storage of a unit on each day.
    pub(super) storage: Vec<f64>,
    /// Cost of a unit landed by the base route on each day, in an order of the usual size.
    pub(super) landed_unit_cost: DayAmounts,
    /// Parts of the landed cost of a unit on the first day.
    pub(super) opening_unit_cost: Landed,
    /// Parcels that customers do not get: their chance, days until it is made good, and whether another one is sent.
    pub(super) lost_parcels: Option<(Chance, usize, bool)>,
    /// Whether what can be sold again of what customers send back becomes stock.
    pub(super) takes_back: bool,
    /// Days from its return until it is.
    pub(super) restock_days: usize,
    /// Cost of a unit that comes back, and what it brings if it is not sold again.
    pub(super) return_cost: Money,
    pub(super) recovery: Money,
    /// What returns take of an order on average: an amount, less a share of its landed cost.
    pub(super) returned: (f64, f64),
    /// Share of demand that the planner orders for: less what it expects to come back.
    pub(super) net: f64,
}

/// An amount a unit on each day.
#[derive(Debug, Clone)]
pub(super) struct DayAmounts {
    each: Vec<Money>,
    /// The one amount of all days, where there is only one.
    steady: Option<Money>,
}

/// Units of days times the amounts of their days: where all days have one amount, only the units are summed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct DaySum {
    units: i128,
    amount: Money,
}

impl DayAmounts {
    fn new(each: impl Iterator<Item = Money>) -> Self {
        let each: Vec<Money> = each.collect();
        let steady = each.first().copied().filter(|first| each.iter().all(|amount| amount == first));
        DayAmounts { each, steady }
    }

    /// Whether the amount is zero on every day.
    pub fn is_nothing(&self) -> bool {
        self.steady == Some(Money::ZERO)
    }
}

impl Index<usize> for DayAmounts {
    type Output = Money;

    #[inline]
    fn index(&self, day: usize) -> &Money {
        &self.each[day]
    }
}

impl DaySum {
    /// Adds `units` of `day`.
    #[inline]
    pub fn add(&mut self, amounts: &DayAmounts, day: usize, units: i64) {
        match amounts.steady {
            Some(_) => self.units += i128::from(units),
            None => self.amount += amounts[day] * units,
        }
    }

    /// The sum of all units times the amounts of their days.
    pub fn total(&self, amounts: &DayAmounts) -> Money {
        self.amount + amounts.steady.map_or(Money::ZERO, |amount| Money(amount.0 * self.units))
    }
}

/// When the planner orders between reviews.
#[derive(Debug, Clone)]
pub(super) struct ReactPlan {
    pub cover_below: Cover,
    pub latency: Sampler,
    /// What the forecast of the days to cover takes from the plan, by day: it is looked at every evening. Empty where the planner is told the truth.
    pub ahead: Vec<Ahead>,
}

/// When an expedite route is used.
#[derive(Debug, Clone)]
pub(super) struct ExpeditePlan {
    pub trigger: Trigger,
    pub latency: Option<Sampler>,
}

/// One route into a location.
#[derive(Debug, Clone)]
pub struct RoutePlan {
    /// Name in the scenario.
    pub name: String,
    /// Number of the location from whose stock its goods come; absent: they are bought.
    pub(super) from: Option<usize>,
    /// The routes on which its lots go from a number of units on, beginning with the fewest; none if all go on this one.
    pub(super) by_lot: Vec<(i64, usize)>,
    pub(super) stages: Vec<StagePlan>,
    pub(super) order_crossing: bool,
    /// Mean days from the start of each stage to receipt, calendars aside.
    pub(super) mean_from_stage: Vec<f64>,
    /// Standard deviation of the lead time.
    pub(super) lead_time_sd: f64,
    /// Expected lead time of an order placed on each day, holidays included, at least 1.
    pub(super) lead_time_of_day: Vec<f64>,
    /// Days added to a quoted date.
    pub(super) promise_buffer: f64,
    pub(super) unit_cost: Money,
    /// Payments for the goods: share of their cost, and the day.
    pub(super) payments: Vec<(f64, MilestoneDay)>,
    pub(super) freight: Freight,
    pub(super) handling: Handling,
    pub(super) weight_kg: f64,
    pub(super) volume_litres: f64,
    pub(super) freight_at: MilestoneDay,
    /// Factor of each state on the freight rate, with the regime it follows.
    pub(super) freight_regime: Option<(usize, Vec<f64>)>,
    /// Duty a unit for an entry on each day.
    pub(super) duty_per_unit: Vec<Money>,
    pub(super) duty_at: MilestoneDay,
    pub(super) entry_fees: EntryFees,
    /// Value of a unit at customs.
    pub(super) dutiable_value: f64,
    /// Whether the goods are the only cost: no freight, handling, duty or entry fees.
    pub(super) goods_alone: bool,
    /// Where the goods are at first, and where they are after the milestones at which they change their place.
    pub(super) first_place: Place,
    pub(super) moves: Vec<(usize, Place)>,
    pub(super) expedite: Option<ExpeditePlan>,
    /// The stage in which goods wait for a container, and the number of that.
    pub(super) loading: Option<(usize, usize)>,
    /// Numbers of the disruptions while which no order is placed on it.
    pub(super) refused_by: Vec<usize>,
    /// Orders that never come: their chance, who bears them, and the draw.
    pub(super) lost: Option<(f64, LossTerms, Stream)>,
}

/// A milestone and a delay after it. `stage` 0 is the order itself, `i + 1` the end of stage `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct MilestoneDay {
    pub stage: usize,
    pub days_later: u32,
}

/// What happened at a location before the run begins, as far as its position tells.
#[derive(Debug, Clone, Default)]
pub(super) struct Past {
    /// Purchase orders that are on their way, the oldest first.
    pub orders: Vec<OnItsWay>,
    /// Customers' orders that wait, the oldest first: units, day, and the shipping date promised.
    pub backorders: Vec<(i64, u32, Option<u32>)>,
    /// Units of an ordinary day at all locations, as the planner believes.
    pub level: Option<f64>,
}

/// A purchase order on its way when the run begins.
#[derive(Debug, Clone)]
pub(super) struct OnItsWay {
    pub route: usize,
    pub units: i64,
    pub placed: u32,
    /// Days on which the stages ended that are over: the last of them is the day on which the present one began.
    pub ended: Vec<u32>,
    /// Paid for its goods, if it is not what the terms say.
    pub paid: Option<Money>,
    /// Day on which it is expected, if anybody has said so.
    pub expected: Option<u32>,
}

#[derive(Debug, Clone)]
pub(super) struct StagePlan {
    pub days: Sampler,
    pub late: Option<(f64, Sampler)>,
    pub scrap: Option<Sampler>,
    pub calendar: Option<Arc<WorkCalendar>>,
    /// Regime and, for each state, the factors on duration and on the chance of lateness.
    pub regime: Option<(usize, Vec<(f64, f64)>)>,
    pub production: bool,
    /// Whether its own duration alone decides when it is over, and no unit is scrapped: it has no regime, no lateness and no capacity, and
    /// orders may cross.
    pub is_plain: bool,
    pub stream: Stream,
    /// Mean duration in working days.
    pub mean: f64,
    /// Mean days left of the stage, by whole days already spent in it. The last entry holds for all longer times.
    pub residual: Vec<f64>,
    /// On a route without crossing: the hazard of leaving the stage by days in it.
    pub hazard: Option<(Vec<f64>, Stream)>,
    /// Numbers of the disruptions that stop it or slow it down.
    pub disruptions: Vec<usize>,
}

impl Plan {
    /// Lays out `product` in `model`, before and after its changes. The draws of stages, reactions and customers are keyed by `seed`.
    #[must_use]
    pub fn new(scenario: &Scenario, product: &Product, model: &SupplyModel, demand: &DemandPlan, seed: u64) -> Self {
        let model = &*model.in_scenario(scenario, product);
        let world = World {
            scenario,
            product,
            first: scenario.horizon.first(),
            days: scenario.horizon.total() as usize,
            seed,
            mix: Mix::new(scenario, product, model),
            classes: scenario.classes(&model.customers),
        };
        let spans: Vec<&[Location]> = model.spans().collect();
        let mut plan = world.plan((model, &spans, model.overflow), 0, demand);
        for (k, change) in model.changes.iter().enumerate() {
            let mut later = world.plan((model, &spans, change.overflow), k + 1, demand);
            later.take_over(plan.later.last().map_or(&plan, |before| &before.plan));
            let date = |on: Day| (on.0 - plan.first.0).clamp(plan.begin as i32, plan.days as i32) as usize;
            let from = change.on.map_or(plan.days, date);
            later.from = from;
            plan.later.push(Later { from, cue: change.cue, move_waiting: change.move_waiting, plan: later });
        }
        let counts_orders = plan.later.iter().any(|l| matches!(l.cue, Some(Cue::DemandReaches { .. })));
        plan.counts_orders = counts_orders;
        plan.later.iter_mut().for_each(|later| later.plan.counts_orders = counts_orders);
        plan.has_rare_steps = plan.is_rare();
        plan.later.iter_mut().for_each(|later| later.plan.has_rare_steps = later.plan.is_rare());
        plan.agree_on_costs();
        // Planners learn even while nothing depends on it: they may hand over what they know.
        let observes = plan.observes || plan.later.iter().any(|later| later.plan.observes);
        plan.observes = observes;
        plan.later.iter_mut().for_each(|later| later.plan.observes = observes);
        plan.future_order = plan.contribution_of_an_order();
        if let Some(last) = plan.later.last_mut() {
            plan.future_order = last.plan.contribution_of_an_order();
        }
        match (model.extra_stock_days * demand.mean_per_day()).round() as i64 {
            0 => plan,
            units => plan.with_extra_stock(units),
        }
    }

    /// Numbers of the locations that supply others, each after those that supply it.
    #[inline]
    pub(super) fn sources(&self) -> &[usize] {
        self.network.as_ref().map_or(&[], |network| &network.sources)
    }

    fn is_rare(&self) -> bool {
        let refuses = self.locations.iter().flat_map(|l| &l.routes).any(|r| !r.refused_by.is_empty());
        let loses = self.can_lose || self.loses_parcels;
        refuses || loses || self.can_be_shut || self.counts_orders || self.network.is_some()
    }

    /// Lays out what planners that react look at every evening.
    fn look_ahead(&mut self) {
        if self.known.truth {
            return;
        }
        for l in &mut self.locations {
            let Some(cover) = l.react.as_ref().map(|react| react.cover_below) else { continue };
            let ahead = (0..self.days).map(|t| self.known.ahead(t, l.days_to_cover(cover, t))).collect();
            if let Some(react) = &mut l.react {
                react.ahead = ahead;
            }
        }
    }

    /// What becomes of the planners' levels of the plan that held before.
    fn take_over(&mut self, before: &Plan) {
        let all: f64 = before.locations.iter().map(|l| l.own_share).sum();
        for (l, before) in self.locations.iter_mut().zip(&before.locations) {
            l.handover = match (before.planned_share, l.planned_share) {
                (before, now) if before == now => Handover::Kept,
                (0.0, now) => Handover::OfAll(now / all),
                (before, now) => Handover::Own(now / before),
            };
        }
    }

    /// What a unit costs on a day is what it costs by the terms of that day, in every plan: so it does not matter which of them is asked. Of a change
    /// that an event brings the latest day counts: what a unit costs is no matter of the replication.
    fn agree_on_costs(&mut self) {
        if self.later.is_empty() {
            return;
        }
        for i in 0..self.locations.len() {
            let each = |of: fn(&LocationPlan) -> &DayAmounts| {
                DayAmounts::new((0..self.days).map(|t| of(&self.on(t).locations[i])[t]))
            };
            let (landed, parcel) = (each(|l| &l.landed_unit_cost), each(|l| &l.parcel_duty));
            let opening = self.locations[i].opening_unit_cost;
            let later = self.later.iter_mut().map(|later| &mut later.plan.locations[i]);
            for l in std::iter::once(&mut self.locations[i]).chain(later) {
                l.landed_unit_cost.clone_from(&landed);
                l.parcel_duty.clone_from(&parcel);
                l.opening_unit_cost = opening;
            }
            for class in 0..self.classes.len() {
                let on = |t: usize| self.on(t).classes_at[i][class].border[t];
                let border = DayAmounts::new((0..self.days).map(on));
                self.later.iter_mut().for_each(|later| later.plan.classes_at[i][class].border.clone_from(&border));
                self.classes_at[i][class].border = border;
            }
        }
    }

    /// Shares out what is left at closed locations: who counts it as their own, and where those wait whom it does not cover.
    fn leave_what_is_closed(&mut self) {
        let open = |l: &LocationPlan| if l.is_open { l.own_share } else { 0.0 };
        let all: f64 = self.locations.iter().map(open).sum();
        let largest = self.locations.iter().enumerate().filter(|(_, l)| l.is_open);
        let heir = largest.rev().max_by(|a, b| a.1.share.total_cmp(&b.1.share)).map_or(0, |(i, _)| i);
        let mut shares = 0.0;
        for (i, l) in self.locations.iter_mut().enumerate() {
            l.heir = if l.is_open { i } else { heir };
            l.of_left.0 = shares / all;
            shares += open(l);
            l.of_left.1 = shares / all;
        }
    }

    /// The plan that holds on a day if no event brings a change before its day.
    fn on(&self, day: usize) -> &Plan {
        self.later.iter().rev().find(|later| later.from <= day).map_or(self, |later| &later.plan)
    }

    /// The plan that holds after so many changes.
    pub(super) fn after(&self, changes: usize) -> &Plan {
        changes.checked_sub(1).and_then(|k| self.later.get(k)).map_or(self, |later| &later.plan)
    }

    /// Mean contribution of an order served from stock, over the measured days: price less payment fee, landed cost in an order of the usual
    /// size, duty of the parcel, pick and pack, delivery, and what returns take. There is no advertising in it, because the customer is known.
    fn contribution_of_an_order(&self) -> f64 {
        let days = self.warmup..self.days;
        let n = days.len().max(1) as f64;
        // What is paid less, and costs more, on average where that is not the same on all days.
        let less = |t: usize| self.prices.get(t).map_or(0.0, |cut| (cut.price - cut.fee).to_f64());
        let less = days.clone().map(less).sum::<f64>() / n;
        let of = |l: &LocationPlan| {
            let beyond = |of: &DayAmounts| days.clone().map(|t| of[t].to_f64()).sum::<f64>() / n;
            let more = less + l.delivery_beyond.as_ref().map_or(0.0, beyond);
            let goods: f64 = days.clone().map(|t| (l.landed_unit_cost[t] + l.parcel_duty[t]).to_f64()).sum::<f64>() / n;
            let landed = days.clone().map(|t| l.landed_unit_cost[t].to_f64()).sum::<f64>() / n;
            let returned = l.returned.0 - l.returned.1 * landed;
            l.share * ((self.net_price() - l.pick_and_pack - l.delivery).to_f64() - more - goods - returned)
        };
        let shares: f64 = self.locations.iter().map(|l| l.share).sum();
        (self.locations.iter().map(of).sum::<f64>() / shares.max(f64::MIN_POSITIVE)).max(0.0)
    }

    /// Contribution of an order served from stock, in the scenario's currency, never negative: lifetime value counts it for each future order.
    #[must_use]
    pub fn future_order(&self) -> f64 {
        self.future_order
    }
}

impl CustomerPlan {
    /// Whether any of them who waits may get a notice of delay, or leave.
    pub fn may_leave(&self) -> bool {
        self.notices || self.thirty_day_rule || !matches!(self.patience, PatiencePlan::Endless)
    }

    fn new((c, may_choose): (&Customers, bool), days: usize, stream: impl Fn(&str) -> Stream) -> Self {
        let notices = c.communication == Communication::Clear && c.promise != Promise::None;
        let (leave_at_notice, express_consent) = match &c.patience {
            Patience::PromiseRelative(h) => (h.at_notice, c.express_consent),
            // Customers who wait without end consent to every date.
            Patience::Endless => (0.0, 1.0),
            Patience::DailyHazard(_) | Patience::Time(_) => (0.0, c.express_consent),
        };
        CustomerPlan {
            promise: match c.promise {
                Promise::ExpectedArrival { .. } => PromisePlan::ExpectedArrival,
                Promise::FixedDays(days) => PromisePlan::FixedDays(days),
                Promise::None => PromisePlan::None,
            },
            accept: c.accept,
            needs_date: matches!(c.promise, Promise::ExpectedArrival { .. })
                || matches!(c.accept, Accept::FallsWithQuotedDelay { .. } | Accept::WithinDays(_))
                || may_choose,
            patience: patience(&c.patience, days),
            notices,
            notice_tolerance: c.notice_tolerance,
            leave_at_notice: Chance::prepared(leave_at_notice),
            thirty_day_rule: c.thirty_day_rule,
            leave_without_consent: Chance::prepared(1.0 - express_consent),
            cancel_purchase_order: c.cancel_purchase_order,
            delivery_stream: stream("delivery"),
            accept_stream: stream("accept"),
            patience_stream: stream("patience"),
            consent_stream: stream("consent"),
            split_stream: stream("split"),
            crowd_stream: stream("crowd"),
            pre_order_stream: stream("pre-order"),
        }
    }

    /// Chance that a shopper who is quoted a wait of `days` orders nevertheless.
    pub fn accepts(&self, days: f64) -> f64 {
        match self.accept {
            Accept::Always => 1.0,
            Accept::Never => 0.0,
            Accept::Share(share) => share,
            Accept::FallsWithQuotedDelay { per_day } => (-per_day * days).exp(),
            Accept::WithinDays(most) => f64::from(u8::from(days <= f64::from(most))),
        }
    }

    /// Share of the shoppers quoted a wait of `days` who are lost to the wait: they do not order, or leave while they wait although the
    /// promise is kept.
    pub fn lost_to_a_wait(&self, days: f64) -> f64 {
        let stays = match &self.patience {
            PatiencePlan::Endless => 1.0,
            PatiencePlan::ByAge(hazard) => {
                (1..=days as usize).map(|age| 1.0 - hazard[age.min(hazard.len() - 1)].p()).product()
            }
            PatiencePlan::ByPromise(within, _) => (1.0 - within.p()).powf(days),
        };
        1.0 - self.accepts(days) * stays
    }
}

impl Plan {
    /// This plan with `units` more of extra stock. They are added to the targets of the locations' policies by the
    /// locations' shares, or, where a safety stock is pooled, at the location that holds it.
    #[must_use]
    pub fn with_extra_stock(&self, units: i64) -> Plan {
        let mut plan = self.clone();
        plan.later.iter_mut().for_each(|later| later.plan = later.plan.with_extra_stock(units));
        // Where a safety stock is pooled, extra stock is pooled, too.
        let pools = |l: &LocationPlan| l.is_open && matches!(l.policy, Policy::OrderUpToForecast { pooled: true, .. });
        let pooled = plan.locations.iter().any(pools);
        let part = |l: &LocationPlan| if pooled { f64::from(u8::from(pools(l))) } else { l.share };
        let all: f64 = plan.locations.iter().map(part).sum();
        let (mut shares, mut given) = (0.0, 0);
        for l in &mut plan.locations {
            shares += part(l);
            let up_to_here = if all > 0.0 { (units as f64 * shares / all).round() as i64 } else { units };
            l.extra_stock += up_to_here - given;
            given = up_to_here;
        }
        plan
    }

    /// Cost of capital a day: compounded over 365 days it is the yearly rate.
    pub(super) fn daily_rate(&self) -> f64 {
        (self.finance.cost_of_capital.ln_1p() / 365.0).exp_m1()
    }

    /// Price of an order, less the processor's fee.
    pub(super) fn net_price(&self) -> Money {
        self.price - self.payment_fee
    }

    /// Amount that customers have paid for `backlog` orders that wait: 0 where they pay at shipment.
    #[must_use]
    pub fn prepayments(&self, backlog: i64) -> Money {
        if self.paid_at_order() { self.price * backlog } else { Money::ZERO }
    }

    /// Whether shoppers may be served from elsewhere before their own location is asked.
    pub(super) fn asks_elsewhere_first(&self) -> bool {
        self.sells_off || self.ships_from_elsewhere
    }

    /// What customers of a class do.
    #[inline]
    pub(super) fn customers_of(&self, class: u8) -> &CustomerPlan {
        self.classes.get(usize::from(class)).map_or(&self.customers, |class| &class.customers)
    }

    /// Those of a lower rank are served first.
    pub(super) fn rank(&self, class: u8) -> u32 {
        self.classes.get(usize::from(class)).map_or(0, |class| class.priority)
    }

    /// Share of the shoppers of a location who are quoted a wait of `days` today and are lost to it, over all classes.
    pub(super) fn lost_to_a_wait(&self, (location, today): (usize, usize), days: f64) -> f64 {
        if self.classes.is_empty() {
            return self.customers.lost_to_a_wait(days);
        }
        self.shares_of_classes(location, today).map(|(share, they)| share * they.lost_to_a_wait(days)).sum()
    }

    /// The share of the customers of a location who are of each class on a day, with what those of the class do; none where all are alike.
    pub(super) fn shares_of_classes(&self, location: usize, day: usize) -> impl Iterator<Item = (f64, &CustomerPlan)> {
        let mut before = 0.0;
        let here = self.classes_at.get(location).into_iter().flatten();
        self.classes.iter().zip(here).map(move |(class, here)| {
            let up_to = here.up_to[day];
            (up_to - std::mem::replace(&mut before, up_to), &class.customers)
        })
    }

    /// Whether an order of several units ships in parts.
    pub(super) fn splits_shipments(&self) -> bool {
        self.baskets.as_ref().is_some_and(|baskets| baskets.splits)
    }

    /// Whether customers pay when they order.
    pub(super) fn paid_at_order(&self) -> bool {
        self.finance.customer_pays == CustomerPays::AtOrder
    }

    /// The same of those who pre-order in a window, if it is one.
    pub(super) fn paid_with(&self, window: Option<usize>) -> bool {
        window.map_or_else(|| self.paid_at_order(), |window| self.pre_orders[window].deposit != Money::ZERO)
    }

    /// Day of the first review of a location: reviews lie an interval apart, from a day that the plan fixes or from the replication's phase.
    pub(super) fn first_review_of(&self, l: &LocationPlan, phase: f64) -> usize {
        self.review_from(self.begin, l, phase)
    }

    /// Day of the first review of a location from `day` on; a closed one has none.
    pub(super) fn review_from(&self, day: usize, l: &LocationPlan, phase: f64) -> usize {
        if !l.is_open {
            return usize::MAX;
        }
        let (day, interval) = (day as i64, l.review_days as i64);
        let one = self.first_review.unwrap_or(self.begin as i64 + (phase * interval as f64) as i64);
        (day + (one - day).rem_euclid(interval)) as usize
    }

    /// Units with which each location opens: its policy's target, unless the scenario gives a quantity. Extra stock is added to a target, and
    /// at a launch, where there is no warm-up, to a given quantity, too, because that quantity is searched for then. A position is
    /// as it is. A closed location has what the scenario gives it.
    pub(super) fn opening_units(&self) -> impl Iterator<Item = i64> + '_ {
        self.locations.iter().map(|l| {
            if !l.is_open {
                return l.initial_on_hand.unwrap_or(0);
            }
            let extra = if l.initial_on_hand.is_none() || self.is_launch { l.extra_stock } else { 0 };
            (l.initial_on_hand.unwrap_or_else(|| l.opening_target(self)) + extra).max(0)
        })
    }
}

impl StagePlan {
    /// Time at which `days` of working time of this stage are over, if it begins at `from`.
    pub fn worked_until(&self, from: f64, days: f64) -> f64 {
        self.calendar.as_ref().map_or(from + days, |c| c.finish(from, days))
    }

    /// Day on which a stage that ends at the time `time` has ended, rounded half up, but never onto a day on which the stage does not work.
    pub fn end_day(&self, time: f64) -> u32 {
        let day = (time + 0.5) as u32;
        let closed = self.calendar.as_ref().is_some_and(|c| f64::from(day) < time && !c.is_open(day as usize));
        day + u32::from(closed)
    }

    /// Expected working days left at the time `now` of a stage that began at `begun` and is known not to have ended: the mean residual of the
    /// duration in whole days.
    pub fn expected_left(&self, begun: f64, now: f64) -> f64 {
        let spent = self.calendar.as_ref().map_or(now - begun, |c| c.worked_between(begun, now));
        let i = (spent as usize).min(self.residual.len() - 1);
        (self.residual[i] - spent.fract()).max(0.0)
    }
}

/// A survival probability below this is taken for the end of a stage's law.
const END: f64 = 1e-14;
/// Mean residuals are taken from survival probabilities above this. Older lots keep the last mean residual.
const RARE: f64 = 1e-8;
/// Longest stage whose residuals are tabulated, in days.
const LONGEST: usize = 20_000;

/// Mean residual of a stage in whole days, by its age in whole days: entry `a` is `E[D - a | D > a]` with `D` the duration
/// rounded half up. A stage is known not to have ended on day `a` exactly if its duration is `a + 1/2` or more, so
///
/// `E[D - a | D > a] = sum over j >= a of S(j + 1/2) / S(a + 1/2)`, `S(x) = P(duration >= x)`.
///
/// The table ends at the age that hardly a lot reaches. Its last entry holds for all higher ages.
fn residual(s: &Stage) -> Vec<f64> {
    let survival = s.survival();
    let survival: Vec<f64> = (0..LONGEST).map(|j| survival(j as f64 + 0.5)).take_while(|p| *p > END).collect();
    let known = survival.partition_point(|p| *p > RARE);
    let mut left = vec![0.0; survival.len()];
    let mut sum = 0.0;
    for (j, p) in survival.iter().enumerate().rev() {
        sum += p;
        left[j] = sum / p;
    }
    left.truncate(known);
    // A stage that always takes less than half a day is expected to be over tomorrow.
    if left.is_empty() { vec![1.0] } else { left }
}

/// Entry `a` is the chance to cancel on the day of age `a`, having waited until then.
fn patience(patience: &Patience, days: usize) -> PatiencePlan {
    match patience {
        Patience::Endless => PatiencePlan::Endless,
        Patience::DailyHazard(p) => PatiencePlan::ByAge([0.0, *p].map(Hazard::new).into()),
        Patience::Time(dist) => {
            // Cancels on the first day whose age is at least the personal patience time.
            let mut hazard = vec![0.0];
            let mut left = 1.0;
            for age in 1..=days {
                let after = 1.0 - dist.cdf(age as f64);
                let h = if left > 1e-12 { ((left - after) / left).clamp(0.0, 1.0) } else { 1.0 };
                hazard.push(h);
                left = after;
                if h >= 1.0 {
                    break;
                }
            }
            PatiencePlan::ByAge(hazard.into_iter().map(Hazard::new).collect())
        }
        Patience::PromiseRelative(h) => {
            PatiencePlan::ByPromise(Hazard::new(h.daily_within), Hazard::new(h.daily_after_miss))
        }
    }
}

/// Whether an order by a route pays no freight, no handling and no entry fees.
fn costs_nothing_more(r: &Route) -> bool {
    let (freight, handling, fees) = (&r.freight, &r.handling, &r.entry_fees);
    let amounts = [
        freight.per_unit,
        freight.per_kg,
        handling.per_purchase_order,
        handling.per_container,
        handling.per_m3,
        handling.per_unit,
        fees.processing_share,
        fees.harbor_share,
        fees.broker,
    ];
    freight.container.is_none() && amounts.iter().all(|amount| *amount == 0.0)
}

/// Whether the planner of a location ever looks at its forecast: for its policy's target, a trigger, or the position that it reacts to.
fn looks_at_forecast(l: &Location) -> bool {
    l.is_open && (l.policy.follows_forecast() || by_triggers(l))
}

/// Whether anything but its policy makes the planner of a location look at its forecast.
fn by_triggers(l: &Location) -> bool {
    l.react.is_some() || l.ship_from.is_some() || l.routes.iter().any(|r| r.expedite.is_some())
}

struct World<'a> {
    scenario: &'a Scenario,
    product: &'a Product,
    first: Day,
    days: usize,
    seed: u64,
    mix: Option<Mix<'a>>,
    classes: Vec<CustomerClass>,
}

/// A supply model, its locations before and after each change, and whether one of them helps out another.
type Spans<'a> = (&'a SupplyModel, &'a [&'a [Location]], bool);

impl World<'_> {
    /// The plan of one span between two changes.
    fn plan(&self, (model, spans, overflow): Spans<'_>, span: usize, demand: &DemandPlan) -> Plan {
        let World { scenario, product, first, days, seed, mix, .. } = self;
        let (first, days, seed) = (*first, *days, *seed);
        let (planner, locations) = (&model.planner, spans[span]);
        let opens = scenario.horizon.opens();
        let from = span.checked_sub(1).and_then(|k| model.changes[k].on).map_or(opens, |on| on.max(opens));
        let expects = |span: &[Location], i: usize| model.expected_share((scenario, from), span, i);
        // What is closed is bought on the terms on which it is, or was, open.
        let usual_span = |i: usize, l: &Location| {
            if l.is_open { None } else { spans.iter().copied().find(|span| span[i].is_open) }
        };
        let lay_out = |(i, l): (usize, &Location), above: &[Option<LocationPlan>]| {
            let usual = usual_span(i, l);
            let usual = usual.map_or((l, expects(locations, i)), |span| (&span[i], expects(span, i)));
            let shares = (expects(locations, i), usual.1);
            let kept = scenario.kept(&model.customers, l, from);
            self.location((i, l, usual.0), (&model.customers.promise, kept, shares), (&demand.known, above))
        };
        let network = Network::new(locations);
        let in_order = upstream_first(locations).unwrap_or_else(|| (0..locations.len()).collect());
        let mut laid_out: Vec<Option<LocationPlan>> = vec![None; locations.len()];
        for i in in_order {
            laid_out[i] = Some(lay_out((i, &locations[i]), &laid_out));
        }
        let returns = model.returns(product);
        let units = product.demand.units_per_order();
        let baskets = product.demand.order_size.is_some();
        let pay = Pay {
            prices: mix.as_ref().map_or_else(|| Prices::one(product.price), |mix| mix.prices(&mix.all())),
            usual: scenario.horizon.warmup_days as usize,
            units_per_order: units,
            finance: &scenario.finance,
        };
        let stream = |purpose: &str| Stream::new(seed, &product.sku, purpose, "");
        let may_choose = overflow && model.locations.len() > 1;
        let mut customers = CustomerPlan::new((&self.classes[0].customers, may_choose), days, stream);
        let classes = self.class_plans(&pay, may_choose);
        customers.needs_date |= classes.iter().any(|class| class.customers.needs_date);
        let here = |(i, laid_out): (usize, &LocationPlan)| {
            let usual = usual_span(i, &locations[i]).unwrap_or(locations);
            self.classes_at(i, &usual[i].routes[laid_out.base])
        };
        let laid_out: Vec<LocationPlan> = laid_out.into_iter().flatten().collect();
        let classes_at = if classes.is_empty() { Vec::new() } else { laid_out.iter().enumerate().map(here).collect() };
        let (price, payment_fee) = pay.of(pay.usual, 0.0);
        let campaigns = CampaignRule::all(product, model.pauses_campaigns, &pay, (first, scenario.horizon.start));
        let pre_orders: Vec<PreOrderPlan> =
            model.windows(product).map(|of| PreOrderPlan::new(&of, &pay, first)).collect();
        let loses = |locations: &[Location]| locations.iter().any(|l| l.delivery.lost.is_some());
        let loses_parcels = loses(locations);
        let mut plan = Plan {
            first,
            days,
            warmup: scenario.horizon.warmup_days as usize,
            is_launch: scenario.horizon.warmup_days == 0 && scenario.horizon.from == Start::WarmUp,
            begin: scenario.horizon.begin() as usize,
            overflow,
            from: 0,
            destroyers: Vec::new(),
            can_lose: false,
            knows_losses: self.knows_losses(),
            loses_parcels,
            knows_lost_parcels: self.scenario.models.iter().flat_map(SupplyModel::spans).any(loses),
            parcel_stream: Stream::new(seed, &product.sku, "lost-parcel", ""),
            can_be_shut: false,
            counts_orders: false,
            sells_off: locations.iter().any(|l| !l.is_open),
            ships_from_elsewhere: false,
            has_extra_steps: loses_parcels
                || !pre_orders.is_empty()
                || returns.is_some()
                || baskets
                || !classes.is_empty()
                || network.is_some()
                || locations.iter().any(|l| !l.is_open),
            network,
            has_rare_steps: false,
            knows_baskets: scenario.products.iter().any(|p| p.demand.order_size.is_some()),
            baskets: baskets.then(|| BasketPlan::new(units, (model, &laid_out), &scenario.finance)),
            locations: laid_out,
            returns: returns.map(|r| ReturnPlan::new(r, Stream::new(seed, &product.sku, "returns", ""))),
            knows_returns: product.returns.is_some(),
            knows_pauses: product.demand.pausing().next().is_some(),
            pause_stream: Stream::new(seed, &product.sku, "paused", ""),
            pre_orders: Vec::new(),
            has_windows: !product.demand.pre_orders.is_empty(),
            later: Vec::new(),
            everybody_stays: false,
            may_leave: customers.may_leave() || classes.iter().any(|class| class.customers.may_leave()),
            differ: baskets || !classes.is_empty(),
            customers,
            is_ranked: classes.iter().any(|class| class.priority != classes[0].priority),
            classes,
            classes_at,
            class_stream: stream("class"),
            forecast: planner.forecast,
            observes: campaigns.iter().any(|c| c.pauses.is_some()) || locations.iter().any(looks_at_forecast),
            campaigns,
            first_review: planner.first_review.map(|day| i64::from(day.0 - first.0)),
            react_stream: Stream::new(seed, &product.sku, "react", ""),
            known: Known {
                mean: demand.known.mean * (1.0 + planner.bias),
                truth: planner.forecast == Forecast::Truth,
                fitted: demand.known.fitted.filter(|_| planner.forecast == Forecast::Fitted),
                ..demand.known.clone()
            }
            .less_pre_orders(&pre_orders),
            factory_capacity: product.factory_capacity,
            factory: product.factory,
            containers: if model.waits_for_containers() { scenario.containers.clone() } else { Vec::new() },
            price,
            prices: if pay.prices.are_steady() { Vec::new() } else { (0..days).map(|t| pay.cut(t, 0.0)).collect() },
            payment_fee,
            true_mean: demand.known.mean,
            steady_mean: match &product.demand.baseline {
                Baseline::Forecast(f) => f.long_run(),
                _ => demand.known.mean,
            },
            advertising: Money::from_f64(scenario.finance.advertising_per_order / units),
            support: Money::from_f64(scenario.finance.tickets_per_backorder * scenario.finance.cost_per_ticket / units),
            chargeback: Money::from_f64(scenario.finance.chargeback_share * scenario.finance.chargeback_fee / units),
            chargeback_after_miss: Money::from_f64(
                scenario.finance.chargeback_share_after_miss * scenario.finance.chargeback_fee / units,
            ),
            cash: CashPlan::new(scenario, product),
            payables: product
                .payables
                .iter()
                .map(|(due, amount)| ((due.0 - first.0).max(0) as u32, Money::from_f64(*amount)))
                .collect(),
            future_order: 0.0,
            finance: scenario.finance.clone(),
        };
        plan.pre_orders = pre_orders;
        if let Some(returns) = returns {
            let price = plan.price.to_f64();
            for l in &mut plan.locations {
                let again = if l.takes_back { returns.resaleable } else { 0.0 };
                let each = price + l.return_cost.to_f64() - (1.0 - again) * l.recovery.to_f64();
                l.returned = (returns.share * each, returns.share * again);
                l.net = if planner.nets_returns { 1.0 - returns.share * again } else { 1.0 };
            }
        }
        plan.locations.iter_mut().enumerate().for_each(|(i, l)| l.serves = serves_shoppers(locations, i));
        let mut share_left = 1.0;
        for l in &mut plan.locations {
            l.split = (l.share < share_left).then(|| Chance::prepared(l.share / share_left));
            share_left -= l.share;
        }
        // A rule rests while the other location is closed, and no stock covers less than no days.
        let rests = |of: (f64, usize)| of.0 <= 0.0 || !locations[of.1].is_open;
        plan.locations.iter_mut().for_each(|l| l.ship_from = l.ship_from.filter(|of| l.is_open && !rests(*of)));
        plan.ships_from_elsewhere = plan.locations.iter().any(|l| l.ship_from.is_some());
        let plain = |l: &LocationPlan| l.is_open && l.kept == 1.0 && l.ship_from.is_none();
        let as_they_come = plan.pre_orders.is_empty() && plan.campaigns.is_empty() && plan.classes.is_empty();
        plan.everybody_stays = as_they_come && plan.returns.is_none() && !baskets && plan.locations.iter().all(plain);
        plan.leave_what_is_closed();
        plan.look_ahead();
        plan.can_be_shut = plan.locations.iter().any(|l| !l.shut_by.is_empty());
        plan.has_extra_steps |= plan.can_be_shut;
        plan.destroyers = self.destroyers(&plan);
        plan.can_lose =
            !plan.destroyers.is_empty() || plan.locations.iter().flat_map(|l| &l.routes).any(|r| r.lost.is_some());
        plan
    }

    /// The classes of customers, where `all` is what all of them pay; none where they are alike.
    fn class_plans(&self, all: &Pay<'_>, may_choose: bool) -> Vec<ClassPlan> {
        let (Some(mix), 2..) = (&self.mix, self.classes.len()) else { return Vec::new() };
        let of = |class: &CustomerClass| {
            let pay = Pay { prices: mix.prices(&class.markets), ..*all };
            let less = |t: usize| {
                let ((price, fee), (own, own_fee)) = (all.of(t, 0.0), pay.of(t, 0.0));
                PriceCut { price: price - own, fee: fee - own_fee }
            };
            let prices: Vec<PriceCut> = (0..self.days).map(less).collect();
            let alike = prices.iter().all(|cut| *cut == PriceCut::default());
            let stream = |purpose: &str| Stream::new(self.seed, &self.product.sku, purpose, "");
            ClassPlan {
                customers: CustomerPlan::new((&class.customers, may_choose), self.days, stream),
                priority: class.priority,
                prices: if alike { Vec::new() } else { prices },
            }
        };
        self.classes.iter().map(of).collect()
    }

    /// What destroys goods at some node of a plan.
    fn destroyers(&self, plan: &Plan) -> Vec<Destroyer> {
        let stages = || plan.locations.iter().flat_map(|l| &l.routes).flat_map(|r| &r.stages);
        let acts = |number: usize| {
            plan.locations.iter().any(|l| l.shut_by.contains(&number))
                || stages().any(|s| s.disruptions.contains(&number))
        };
        let all = self.scenario.disruptions.iter().enumerate();
        let destroys = all.filter(|(number, d)| d.destroys > 0.0 && acts(*number));
        destroys.map(|(disruption, d)| Destroyer { disruption, share: d.destroys, terms: d.loss }).collect()
    }

    /// Whether anything may be lost in some supply model.
    fn knows_losses(&self) -> bool {
        let models = || self.scenario.models.iter().flat_map(SupplyModel::spans).flatten();
        self.scenario.disruptions.iter().any(|d| d.destroys > 0.0)
            || models().flat_map(|l| &l.routes).any(|r| r.lost.is_some())
    }

    /// The classes at location number `i`, where goods are bought by a route.
    fn classes_at(&self, i: usize, route: &Route) -> Vec<ClassHere> {
        let Some(mix) = &self.mix else { return Vec::new() };
        let shares = mix.shares_up_to(i, &self.classes);
        let whole = |share: &f64| (share * WHOLE as f64).round() as i64;
        let mut before: Vec<i64> = vec![0; self.days];
        let of = |(class, up_to): (&CustomerClass, Vec<f64>)| {
            let orders = mix.orders(i, route, &class.markets);
            let all: Vec<i64> = up_to.iter().map(whole).collect();
            let share = all.iter().zip(&before).map(|(all, before)| all - before).collect();
            before = all;
            ClassHere {
                up_to,
                share,
                postage: DayAmounts::new(orders.iter().map(|of_day| Money::from_f64(of_day.postage))),
                border: DayAmounts::new(orders.iter().map(|of_day| Money::from_f64(of_day.at_the_border))),
            }
        };
        self.classes.iter().zip(shares).map(of).collect()
    }

    /// A location as it is in a span, with its number, and as it is when it is open. `kept` shoppers order for each one who would at the reference
    /// delivery; `shares` are those of demand that its planner expects, now and then; `above` are the locations that supply it.
    fn location(
        &self,
        (i, l, usual): (usize, &Location, &Location),
        (promise, kept, shares): (&Promise, f64, (f64, f64)),
        (known, above): (&Known, &[Option<LocationPlan>]),
    ) -> LocationPlan {
        let buffer = match promise {
            Promise::ExpectedArrival { buffer_quantile } => *buffer_quantile,
            Promise::FixedDays(_) | Promise::None => None,
        };
        let (planned_share, usual_share) = shares;
        let mut routes: Vec<RoutePlan> =
            l.routes.iter().map(|r| self.route(r, l.delivery.duty_per_order, buffer)).collect();
        for (r, route) in routes.iter_mut().enumerate() {
            let own = l.stands_for(r);
            let larger = |k: usize| l.routes[k].lots_of.as_ref().map(|of| (of.from, k));
            route.by_lot = (0..l.routes.len()).filter(|k| l.stands_for(*k) == own).filter_map(larger).collect();
            if !route.by_lot.is_empty() {
                route.by_lot.push((i64::MIN, own));
                route.by_lot.sort_unstable();
            }
        }
        let position = l.positions.iter().find(|(sku, _)| *sku == self.product.sku).map(|(_, position)| position);
        // The usual order: mean demand between reviews.
        let lot = known.mean * usual_share * f64::from(usual.policy.review_days());
        let lot = (planned(lot.ceil()).max(usual.minimum_order).max(1) as u64)
            .next_multiple_of(usual.order_multiple.max(1) as u64) as i64;
        let number = usual.route_of_lot(usual.base(), lot);
        let (base, base_route) = (&routes[number], &usual.routes[number]);
        let orders = self.mix.as_ref().map_or_else(Vec::new, |mix| mix.orders(i, base_route, &mix.all()));
        let dutiable = base_route.dutiable_share * self.product.unit_cost;
        let units = self.product.demand.units_per_order();
        let on_parcel = |t: usize| {
            if let Some(orders) = orders.get(t) {
                return Money::from_f64(orders.at_the_border);
            }
            let duty =
                if l.delivery.duty_per_order { base_route.duty.at(self.first.plus(t as i32)) * dutiable } else { 0.0 };
            Money::from_f64(duty + l.delivery.clearance_per_order / units)
        };
        let kg = chargeable_kg(self.product.weight_kg, self.product.volume_litres, l.delivery.dimensional_divisor);
        let usual_day = self.scenario.horizon.warmup_days as usize;
        let delivery = Money::from_f64(match orders.get(usual_day) {
            Some(orders) => orders.postage,
            None => l.delivery.per_order / units + l.delivery.per_kg * kg,
        });
        let beyond = DayAmounts::new(orders.iter().map(|of_day| Money::from_f64(of_day.postage) - delivery));
        let mut parcels: Vec<(usize, (f64, f64))> =
            orders.iter().map(|of_day| (of_day.per_order, of_day.clearance)).enumerate().collect();
        parcels.dedup_by(|later, earlier| later.1 == earlier.1);
        let storage = |t: usize| {
            let factor = l.storage_month_factors[self.first.plus(t as i32).month()];
            self.product.volume_litres / 1000.0 * l.storage_per_m3_month * 12.0 / 365.0 * factor
        };
        let landed = |t: usize| base.landed(lot, t, 1.0).map(|part| part.part(1, lot));
        // Goods of another location have cost what they cost there.
        let source = base.from.and_then(|source| above[source].as_ref());
        let there = |t: usize| source.map_or(Money::ZERO, |source| source.landed_unit_cost[t]);
        // Units by which a level given in units exceeds the mean demand of lead time and review interval (ordinary days).
        let over = |lead: f64, review: u32| known.mean * planned_share * (lead + f64::from(review) - 1.0);
        let lead = base.mean_from_stage[0].max(1.0);
        let spare = |level: i64, needed: f64| Some(planned(level as f64 - needed));
        let second = usual.second();
        let implied_safety_stock = match l.policy {
            _ if !l.is_open => None,
            Policy::BaseStock { level } => spare(level, over(lead, 1)),
            Policy::MinMax { reorder_point, review_days, .. }
            | Policy::ReorderQuantity { reorder_point, review_days, .. } => {
                spare(reorder_point, over(lead, review_days))
            }
            Policy::OrderUpToLevel { level, review_days } => spare(level, over(lead, review_days)),
            Policy::DualIndex { regular: Level::Units(regular), review_days, .. } => {
                spare(regular, over(lead, review_days))
            }
            Policy::BaseSurge { expedite: Level::Units(expedite), review_days, .. } => {
                spare(expedite, over(routes[second].mean_from_stage[0].max(1.0), review_days))
            }
            Policy::DualIndex { regular: Level::Days(_), .. }
            | Policy::BaseSurge { expedite: Level::Days(_), .. }
            | Policy::OneTime { .. }
            | Policy::OrderUpToForecast { .. }
            | Policy::DaysOfCover { .. } => None,
        };
        let triggers = || l.routes.iter().filter(|r| l.is_open && r.is_open).filter_map(|r| r.expedite.as_ref());
        let share = |r: &Route| r.expedite.as_ref().filter(|_| l.is_open && r.is_open)?.trigger.share_of_order();
        let has_triggers = triggers().any(|e| e.latency.is_some());
        let react = l.react.as_ref().filter(|_| l.is_open);
        LocationPlan {
            expedites: triggers().any(|e| e.trigger.share_of_order().is_none()),
            is_by_lot: l.routes.iter().any(|r| r.lots_of.is_some() || share(r).is_some()),
            split_off: l.routes.iter().enumerate().filter_map(|(r, route)| Some((r, share(route)?))).collect(),
            has_triggers,
            is_watched: has_triggers || react.is_some(),
            name: l.name.clone(),
            is_open: l.is_open,
            shut_by: self.numbers(|d| matches!(&d.on, Node::Location(name) if *name == l.name)),
            heir: 0,
            of_left: (0.0, 0.0),
            handover: Handover::Kept,
            base: number,
            second,
            share: l.share,
            split: None,
            kept,
            own_share: l.share * kept,
            planned_share,
            allocation: l.allocation,
            serves: true,
            ship_from: l.ship_from.map(|of| (of.below_cover_days, of.instead)),
            policy: self.dated(&l.policy),
            review_days: l.policy.review_days() as usize,
            react: react.map(|r| ReactPlan {
                cover_below: r.cover_below,
                latency: Sampler::new(&r.latency),
                ahead: Vec::new(),
            }),
            minimum_order: l.minimum_order,
            order_multiple: l.order_multiple.max(1),
            initial_on_hand: position.and_then(|p| p.on_hand).or(l.initial_on_hand),
            past: position.map_or_else(Past::default, |p| self.past(p, &routes)),
            extra_stock: 0,
            implied_safety_stock,
            pick_and_pack: Money::from_f64(l.delivery.pick_and_pack / units),
            duty_per_order: l.delivery.duty_per_order,
            delivery,
            delivery_beyond: (!orders.is_empty() && !beyond.is_nothing()).then_some(beyond),
            parcels,
            parcel_duty: DayAmounts::new((0..self.days).map(on_parcel)),
            storage: (0..self.days).map(storage).collect(),
            landed_unit_cost: DayAmounts::new((0..self.days).map(|t| there(t) + landed(t).into_iter().sum::<Money>())),
            lost_parcels: l
                .delivery
                .lost
                .map(|lost| (Chance::prepared(lost.share), lost.after_days as usize, lost.reships)),
            takes_back: l.takes_back.to_stock,
            restock_days: l.takes_back.restock_days as usize,
            return_cost: Money::from_f64(l.takes_back.cost),
            recovery: Money::from_f64(self.product.price * l.takes_back.recovery),
            returned: (0.0, 0.0),
            net: 1.0,
            opening_unit_cost: match position.and_then(|p| p.unit_cost) {
                Some(cost) => [Money::from_f64(cost), Money::ZERO, Money::ZERO, Money::ZERO],
                None => {
                    let of_source = source.map_or(Landed::default(), |source| source.opening_unit_cost);
                    let own = landed(self.scenario.horizon.begin() as usize);
                    std::array::from_fn(|part| of_source[part] + own[part])
                }
            },
            routes,
        }
    }

    /// The past of a position, by days of the run. Where only the beginning of the present stage is known, the ends of those before it are spread
    /// over the time since the order by their means.
    fn past(&self, position: &Position, routes: &[RoutePlan]) -> Past {
        let day = |date: Day| (date.0 - self.first.0).max(0) as u32;
        let order = |o: &OpenOrder| {
            let (stages, (present, begun)) = (&routes[o.route].stages, o.stage);
            let (placed, begun) = (day(o.placed), day(begun));
            let mean: f64 = stages[..present].iter().map(|s| s.mean).sum();
            let share = if mean > 0.0 { f64::from(begun.saturating_sub(placed)) / mean } else { 0.0 };
            let mut over = 0.0;
            let ended = stages[..present].iter().map(|s| {
                over += s.mean;
                placed + (over * share + 0.5) as u32
            });
            // What comes from another location is paid.
            let paid = o.paid.filter(|_| routes[o.route].from.is_none()).map(Money::from_f64);
            let (ended, expected) = (ended.collect(), o.expected.map(day));
            OnItsWay { route: o.route, units: o.units, placed, ended, paid, expected }
        };
        Past {
            orders: position.orders.iter().map(order).collect(),
            backorders: position.backorders.iter().map(|b| (b.units, day(b.ordered), b.promised.map(day))).collect(),
            level: position.level,
        }
    }

    /// A one-time buy is kept as a day of the run.
    fn dated(&self, policy: &Policy) -> Policy {
        match policy {
            Policy::OneTime { quantity, day } => {
                Policy::OneTime { quantity: *quantity, day: Day(day.0 - self.first.0) }
            }
            other => other.clone(),
        }
    }

    fn route(&self, r: &Route, duty_per_order: bool, buffer: Option<f64>) -> RoutePlan {
        let last = r.stages.len();
        debug_assert!((1..=STAGES).contains(&last), "a route has 1 to {STAGES} stages");
        let stages: Vec<StagePlan> = (0..last).map(|k| self.stage(k, r)).collect();
        let mut mean_from_stage: Vec<f64> = vec![0.0; last + 1];
        for (i, s) in r.stages.iter().enumerate().rev() {
            mean_from_stage[i] = mean_from_stage[i + 1] + s.mean();
        }
        let variance: f64 = r.stages.iter().map(Stage::variance).sum();
        let lead_time_of_day = (0..self.days + TAIL)
            .map(|t| {
                let end = r.stages.iter().zip(&stages).fold(t as f64, |x, (s, plan)| match &plan.calendar {
                    Some(calendar) => calendar.finish(x, s.mean()),
                    None => x + s.mean(),
                });
                (end - t as f64).max(1.0)
            })
            .collect();
        let at = |m: Milestone, days_later| MilestoneDay {
            stage: match m {
                Milestone::Order => 0,
                Milestone::StageEnd(i) => i + 1,
                Milestone::Receipt => last,
            },
            days_later,
        };
        let payments = r.payments.iter().filter(|_| r.from.is_none());
        let payments = payments.map(|p| (p.share, at(p.at, p.days_later))).collect();
        let worth = self.product.unit_cost * (1.0 + r.unit_cost_premium);
        let dutiable_value = worth * r.dutiable_share;
        // What comes from another location was bought before.
        let unit_cost = if r.from.is_some() { 0.0 } else { worth };
        let duty = |t: usize| {
            if duty_per_order {
                Money::ZERO
            } else {
                Money::from_f64(r.duty.at(self.first.plus(t as i32)) * dutiable_value)
            }
        };
        RoutePlan {
            name: r.name.clone(),
            from: r.from,
            by_lot: Vec::new(),
            order_crossing: r.order_crossing,
            lead_time_sd: variance.sqrt(),
            promise_buffer: buffer.map_or(0.0, |q| self.buffer(r, q, mean_from_stage[0])),
            mean_from_stage,
            lead_time_of_day,
            unit_cost: Money::from_f64(unit_cost),
            payments,
            freight: r.freight,
            handling: r.handling,
            weight_kg: self.product.weight_kg,
            volume_litres: self.product.volume_litres,
            freight_at: at(r.freight_at, 0),
            freight_regime: r
                .stages
                .iter()
                .find_map(|s| s.regime)
                .map(|id| (id.0, self.scenario.regimes[id.0].states.iter().map(|s| s.freight).collect())),
            goods_alone: (0..self.days).all(|t| duty(t) == Money::ZERO) && costs_nothing_more(r),
            duty_per_unit: (0..self.days).map(duty).collect(),
            duty_at: at(r.duty_at, r.duty_days_later),
            entry_fees: r.entry_fees,
            dutiable_value,
            lost: r.lost.map(|lost| {
                // The name alone is the key: an order of one day is lost in every supply model that has the route, or in none.
                (lost.share, lost.terms, Stream::new(self.seed, &self.product.sku, "lost", &r.name))
            }),
            refused_by: {
                let all = (0..last).flat_map(|k| self.disruptions_of(r, k));
                let mut numbers: Vec<usize> = all.filter(|(_, d)| d.refuses).map(|(number, _)| number).collect();
                numbers.sort_unstable();
                numbers.dedup();
                numbers
            },
            loading: r.stages.iter().enumerate().find_map(|(k, stage)| Some((k, stage.waits_for?))),
            first_place: r.stages[0].place,
            moves: r
                .stages
                .windows(2)
                .enumerate()
                .filter(|(_, pair)| pair[0].place != pair[1].place)
                .map(|(k, pair)| (k + 1, pair[1].place))
                .collect(),
            expedite: r
                .expedite
                .as_ref()
                .filter(|_| r.is_open)
                .map(|e| ExpeditePlan { trigger: e.trigger, latency: e.latency.as_ref().map(Sampler::new) }),
            stages,
        }
    }

    /// The disruptions that act on a stage of a route, with their numbers.
    fn disruptions_of<'s>(&'s self, route: &'s Route, k: usize) -> impl Iterator<Item = (usize, &'s Disruption)> {
        let all = self.scenario.disruptions.iter().enumerate();
        all.filter(move |(_, d)| d.on.has(self.product, route, k))
    }

    /// Numbers of disruptions.
    fn numbers(&self, of: impl Fn(&Disruption) -> bool) -> Vec<usize> {
        let all = self.scenario.disruptions.iter().enumerate();
        all.filter(|(_, d)| of(d)).map(|(number, _)| number).collect()
    }

    fn stage(&self, k: usize, route: &Route) -> StagePlan {
        let s = &route.stages[k];
        let disruptions: Vec<usize> = self.disruptions_of(route, k).map(|(number, _)| number).collect();
        StagePlan {
            days: Sampler::new(&s.days),
            late: s.late.as_ref().map(|l| (l.probability, Sampler::new(&l.days))),
            scrap: s.scrap.as_ref().map(Sampler::new),
            calendar: s.calendar.map(|id| {
                let c = &self.scenario.calendars[id.0];
                Arc::new(WorkCalendar::new(self.first.plus(1), self.days + TAIL, &c.closed_weekdays, &c.closures))
            }),
            regime: s
                .regime
                .map(|id| (id.0, self.scenario.regimes[id.0].states.iter().map(|x| (x.duration, x.late)).collect())),
            production: s.production,
            is_plain: s.regime.is_none()
                && route.order_crossing
                && s.late.is_none()
                && s.scrap.is_none()
                && disruptions.is_empty()
                && (!s.production || self.product.factory_capacity.is_none()),
            mean: s.mean(),
            residual: residual(s),
            // The name alone is the key: stages of one name, of orders placed on one day, have one draw in
            // every supply model.
            stream: Stream::new(self.seed, &self.product.sku, "stage", &s.name),
            hazard: (!route.order_crossing).then(|| {
                (s.days.daily_hazard(self.days + TAIL), Stream::new(self.seed, &self.product.sku, "in-order", &s.name))
            }),
            disruptions,
        }
    }

    /// Quantile `q` of the lead time less its mean, from a fixed sample of 4,000 sums of the stages.
    fn buffer(&self, r: &Route, q: f64, mean: f64) -> f64 {
        let stream = Stream::new(0, "", "promise-buffer", "");
        let samplers: Vec<StageSampler> = r.stages.iter().map(StageSampler::new).collect();
        let total = |n| samplers.iter().enumerate().map(|(i, s)| s.draw(&mut stream.at(n, i as i32, 0))).sum();
        let mut totals: Vec<f64> = (0..4_000).map(total).collect();
        totals.sort_by(f64::total_cmp);
        (restock_base::stats::interval::quantile(&totals, q).unwrap_or(mean) - mean).max(0.0)
    }
}

impl LocationPlan {
    /// The base route.
    #[inline]
    pub(super) fn base(&self) -> &RoutePlan {
        &self.routes[self.base]
    }

    /// Days that the position of a planner who reacts is to cover.
    pub(super) fn days_to_cover(&self, cover: Cover, day: usize) -> f64 {
        match cover {
            Cover::LeadTime => self.base().lead_time(day),
            Cover::Days(days) => days,
        }
    }

    /// The route on which a lot of route `r` goes.
    #[inline]
    pub(super) fn route_of_lot(&self, r: usize, units: i64) -> usize {
        self.routes[r].by_lot.iter().rev().find(|(from, _)| *from <= units).map_or(r, |(_, k)| *k)
    }

    /// Whether a route is the base route, for lots of whatever size.
    #[inline]
    pub(super) fn is_base(&self, r: usize) -> bool {
        r == self.base || self.is_by_lot && self.stands_for_base(r)
    }

    #[inline(never)]
    fn stands_for_base(&self, r: usize) -> bool {
        self.routes[self.base].by_lot.iter().any(|(_, k)| *k == r)
    }

    /// Lot for `wanted` units: at least the minimum, rounded up to a multiple; 0 if none are wanted.
    pub(super) fn lot(&self, wanted: i64) -> i64 {
        let multiple = self.order_multiple;
        if wanted <= 0 { 0 } else { (wanted.max(self.minimum_order) + multiple - 1) / multiple * multiple }
    }

    /// The policy's target position at the start, from the planner's first level.
    pub(super) fn opening_target(&self, plan: &Plan) -> i64 {
        self.target(plan, plan.begin, plan.known.mean)
    }

    /// Units that the policy needs for the steady mean of the days from `next` on; a one-time buy needs none, nor does what is closed.
    pub(super) fn steady_need(&self, plan: &Plan, next: usize) -> i64 {
        match self.policy {
            Policy::OneTime { .. } => 0,
            _ if !self.is_open => 0,
            _ => self.target(plan, next.saturating_sub(1), plan.steady_mean) + self.extra_stock,
        }
    }

    /// The policy's target position on the evening of day `t`, if an ordinary day of all locations sells `mean` on average.
    pub(super) fn target(&self, plan: &Plan, t: usize, mean: f64) -> i64 {
        let level = mean * self.planned_share * self.net;
        let of_days = |days: f64| planned(level * plan.known.factors(t, days).0);
        match self.policy {
            Policy::BaseStock { level } | Policy::OrderUpToLevel { level, .. } => level,
            Policy::MinMax { order_up_to, .. } => order_up_to,
            Policy::ReorderQuantity { reorder_point, quantity, .. } => reorder_point + quantity,
            Policy::OrderUpToForecast { safety_stock, pooled, review_days } => {
                let horizon = self.base().protection_interval(t, review_days as usize);
                let factors = plan.known.factors(t, horizon);
                let share =
                    if pooled { plan.locations.iter().map(|l| l.planned_share).sum() } else { self.planned_share };
                let variance = plan.known.variance * share * share;
                let safety = safety_units(safety_stock, (mean * share, variance), horizon, factors, self.base());
                planned(level * factors.0 + safety)
            }
            Policy::DaysOfCover { days, .. } => of_days(days),
            Policy::OneTime { .. } => 0,
            Policy::DualIndex { regular, .. } => regular.units(of_days),
            Policy::BaseSurge { base, expedite, review_days } => {
                let lead = self.base().mean_from_stage[0];
                let on_its_way = match base {
                    BaseOrder::Units(quantity) => quantity as f64 * lead / f64::from(review_days),
                    BaseOrder::Share(share) => share * (level * plan.known.factors(t, lead).0),
                };
                expedite.units(of_days) + planned(on_its_way)
            }
        }
    }
}

impl RoutePlan {
    /// Days of demand that an order placed on day `t` must last: its lead time and the review interval
    /// after it, less the day of its own receipt (see `docs/model.md`).
    pub(super) fn protection_interval(&self, t: usize, review_days: usize) -> f64 {
        self.lead_time(t) + review_days as f64 - 1.0
    }

    /// Landed cost of an order of `units` that enters on day `t` at `rate` times the freight rate.
    pub(super) fn landed(&self, units: i64, t: usize, rate: f64) -> Landed {
        let mut out = Landed::default();
        out[Part::Goods as usize] = self.unit_cost * units;
        if self.goods_alone {
            return out;
        }
        let containers = self.freight.container.map_or(0.0, |c| c.filled(units, self.weight_kg, self.volume_litres));
        let fees = self.entry_fees.cost(self.dutiable_value * units as f64);
        out[Part::Freight as usize] =
            Money::from_f64(self.freight.cost(units, self.weight_kg, self.volume_litres) * rate);
        out[Part::Handling as usize] = Money::from_f64(self.handling.cost(units, self.volume_litres, containers));
        out[Part::Duty as usize] = self.duty_per_unit[t] * units + Money::from_f64(fees);
        out
    }

    /// The same of an order whose part of shared containers is known.
    pub(super) fn landed_in(&self, units: i64, t: usize, rate: f64, containers: f64) -> Landed {
        let mut out = self.landed(units, t, rate);
        let alone = Freight { container: None, ..self.freight };
        let price = self.freight.container.map_or(0.0, |c| c.price);
        let freight = alone.cost(units, self.weight_kg, self.volume_litres) + containers * price;
        out[Part::Freight as usize] = Money::from_f64(freight * rate);
        out[Part::Handling as usize] = Money::from_f64(self.handling.cost(units, self.volume_litres, containers));
        out
    }

    /// Factor on the freight rates on a day.
    pub(super) fn freight_rate(&self, path: &Path, day: usize) -> f64 {
        self.freight_regime.as_ref().map_or(1.0, |(id, factors)| {
            let states = &path.regimes[*id];
            factors[states[day.min(states.len() - 1)] as usize]
        })
    }

    /// Expected lead time of an order placed on day `t`.
    pub(super) fn lead_time(&self, t: usize) -> f64 {
        self.lead_time_of_day[t.min(self.lead_time_of_day.len() - 1)]
    }
}

impl Known {
    /// The same with these factors.
    pub(super) fn with_factors(self, factor: Vec<f64>) -> Self {
        let prefix = |of: fn(f64) -> f64| {
            let mut sum = 0.0;
            let sums = factor.iter().map(|f| {
                sum += of(*f);
                sum
            });
            std::iter::once(0.0).chain(sums).collect()
        };
        Known { sum: prefix(|f| f), sum_of_squares: prefix(|f| f * f), factor, ..self }
    }

    /// What a planner expects who orders for pre-orders apart: the shoppers of their windows who do not pre-order.
    fn less_pre_orders(self, windows: &[PreOrderPlan]) -> Self {
        if !windows.iter().any(|w| w.is_apart) {
            return self;
        }
        let mut factor = self.factor.clone();
        for window in windows.iter().filter(|w| w.is_apart) {
            let end = window.open.end.min(factor.len());
            factor[window.open.start.min(end)..end].iter_mut().for_each(|f| *f *= 1.0 - window.take_up.p());
        }
        self.with_factors(factor)
    }

    /// What a forecast over the `horizon` days after day `t` takes from the plan.
    pub(super) fn ahead(&self, t: usize, horizon: f64) -> Ahead {
        // The level goes back to the long run, as the level of a path does.
        let stays = self.fitted.map_or(1.0, |f| f.stays(horizon) / horizon.max(1.0));
        Ahead { stays, factors: over(&self.sum, t, horizon) }
    }

    /// Sum of the known factors, and of their squares, over the `horizon` days after day `t`.
    pub(super) fn factors(&self, t: usize, horizon: f64) -> (f64, f64) {
        (over(&self.sum, t, horizon), over(&self.sum_of_squares, t, horizon))
    }
}

/// What a forecast takes from the plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ahead {
    /// Share of a deviation of the level from the long run that is left on average.
    pub stays: f64,
    /// Sum of the known factors.
    pub factors: f64,
}

/// Difference of prefix sums over the `horizon` days after day `t`, interpolated within a day. Days
/// beyond the table count as its last day.
pub(super) fn over(prefix: &[f64], t: usize, horizon: f64) -> f64 {
    let last = prefix.len() - 1;
    let value = |x: f64| {
        let i = (x as usize).min(last);
        let slope = if i < last { prefix[i + 1] - prefix[i] } else { prefix[last] - prefix[last - 1] };
        prefix[i] + (x - i as f64) * slope
    };
    let from = (t + 1) as f64;
    value(from + horizon) - value(from)
}

/// A planned level in whole units.
pub(super) fn planned(units: f64) -> i64 {
    units.round().clamp(-room::PLANNED, room::PLANNED) as i64
}

/// Safety stock in units. The service-level form is the textbook formula
/// `z sqrt(variance of the demand forecast over the interval + mean^2 x variance of the lead time)`
/// (Snyder and Shen 2019, eq. 4.49), which assumes a normal law.
pub(super) fn safety_units(
    safety_stock: SafetyStock,
    (level, variance): (f64, f64),
    horizon: f64,
    (factor, factor_squared): (f64, f64),
    route: &RoutePlan,
) -> f64 {
    match safety_stock {
        SafetyStock::ServiceLevel { z } => {
            let mean_per_day = level * factor / horizon;
            (z * (variance * factor_squared + (mean_per_day * route.lead_time_sd).powi(2)).sqrt()).max(0.0)
        }
        SafetyStock::Days(days) => days * level * factor / horizon,
        SafetyStock::Units(units) => units as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Late;
    use restock_base::law::Dist;

    fn stage(days: Dist, late: Option<Late>) -> Stage {
        let (name, calendar, regime, scrap) = ("Transit".into(), None, None, None);
        let waits_for = None;
        Stage { name, days, late, calendar, regime, scrap, production: false, place: Place::InTransit, waits_for }
    }

    /// Of an exponential stage of mean 10: `1 / (1 - exp(-1/10))` whole days at every age.
    #[test]
    fn an_exponential_stage_does_not_age() {
        let left = residual(&stage(Dist::Exponential { mean: 10.0 }, None));
        let exact = -1.0 / (-0.1_f64).exp_m1();
        assert!(left.len() > 150 && left.iter().all(|x| (x - exact).abs() < 1e-3), "{left:?}");
    }

    /// 10 days, or 20 in one case of four: 12.5 when it begins, and 20 - a once it is known to be late.
    #[test]
    fn lateness_shows_when_the_usual_time_is_over() {
        let late = Late { probability: 0.25, days: Dist::Constant(10.0) };
        let left = residual(&stage(Dist::Constant(10.0), Some(late)));
        assert!((left[0] - 12.5).abs() < 1e-12 && (left[9] - 3.5).abs() < 1e-12, "{left:?}");
        assert!((left[10] - 10.0).abs() < 1e-12 && (left[19] - 1.0).abs() < 1e-12 && left.len() == 20);
    }
}
