//! The ledger: every event that moves money posts here.
//!
//! Units that each cost, or bring, the same amount are only counted ([`Counts`]), and their line is computed when it is asked for. Cash itself
//! is kept up with every event. So nothing forces the change of cash to be the sum of its lines: that it is, to the millionth, is a law that is
//! checked.
//! Goods on order stand in the accounts by the place where they are ([`Accounts`]), stock stands on the shelves, at landed cost.

use super::accounts::{Accounts, Balance};
use super::besides::Besides;
use super::lines::{Flows, Line};
use super::purchases::{Posted, Purchases, Terms};
use super::returns::Returns;
use super::shelf::{Gone, Shelf};
use crate::model::LossTerms;
use crate::sim::flow::{Back, Bundle, Cause, Cohort, Evening, Event, Now, PurchaseOrder, Site, Watch};
use crate::sim::landed::{Landed, Part};
use crate::sim::plan::{ByOrder, LocationPlan, Plan, RoutePlan};
use restock_base::units::Money;

/// Accounts, lines, stock at landed cost, and payments under way.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    rates: Rates,
    /// Cash that was spent as an expense since the window began, and all other cash, since the beginning.
    expenses: Money,
    trade: Money,
    counts: Counts,
    sums: Sums,
    /// Complete but for what [`Counts`] and what was sold make of it.
    income: Income,
    /// What has left the shelves and has not vanished: complete when the window has ended.
    sold: Gone,
    /// Orders that customers have paid for since the beginning, and those of them whose money has arrived.
    paid: i64,
    settled: i64,
    /// Those paid until the evening of each day.
    paid_until: Vec<i64>,
    /// Paid, and arrived, when the window began.
    before: (i64, i64),
    /// One a location.
    shelves: Vec<Shelf>,
    /// Landed value of all shelves at the end of the last day.
    stock: Money,
    /// What was bought and is not on a shelf, and debts.
    purchases: Purchases,
    /// What customers have paid besides orders at the full price: for pre-orders, and less where the price was cut.
    ahead: Besides,
    /// What customers send back.
    returns: Returns,
    /// Receipts by location, day and units: kept where goods lose worth with their age.
    receipts: Vec<Vec<(usize, i64)>>,
    opening: Balance,
    closing: Balance,
}

/// Amounts that the plan fixes.
#[derive(Debug, Clone, Default)]
struct Rates {
    price: Money,
    payment_fee: Money,
    net_price: Money,
    /// What customers pay before they are served.
    prepaid: Money,
    advertising: Money,
    support: Money,
    chargeback: Money,
    chargeback_after_miss: Money,
    fixed_per_day: Money,
    /// Pick and pack, and delivery, by location.
    parcels: Vec<(Money, Money)>,
    /// Pick and pack and delivery together, by location.
    parcel: Vec<Money>,
    /// Some location's parcels pay duty or clearance.
    parcel_duty: bool,
    /// Some location's postage is not the same on all days; and either of the two.
    postage_by_day: bool,
    by_parcel: bool,
    /// Pre-orders are taken, or prices are cut; and the latter.
    besides: bool,
    price_cuts: bool,
    /// What ships is told apart by the day on which it was ordered: prices are cut, or customers send goods back.
    by_birth: bool,
    /// Customers are of several classes.
    by_class: bool,
    /// Customers send goods back.
    returns: bool,
    /// Orders are of several units.
    bundles: bool,
    /// Cost of a unit that comes back, by location.
    return_cost: Vec<Money>,
    /// Some location costs storage.
    storage: bool,
    /// Whether there is insurance or obsolescence, which follow the value of the stock.
    by_value: bool,
}

/// Units and days since the window began, each of which costs, or brings, the same amount: their lines are computed when they are asked for.
#[derive(Debug, Clone, Default)]
struct Counts {
    days: i64,
    refunded: i64,
    interested: i64,
    backordered: i64,
    cancelled: i64,
    cancelled_after_miss: i64,
    /// Parcels by location.
    parcels: Vec<i64>,
    /// Of those that went out in the place of lost ones.
    again: Vec<i64>,
    /// Lost units whose price was given back.
    loss_refunded: i64,
}

/// Cash of the lines whose amounts change from day to day, since the window began.
#[derive(Debug, Clone, Default)]
struct Sums {
    parcel_duty: Money,
    /// Postage beyond what it is by the plan's rate for all days.
    delivery: Money,
    storage: Money,
    insurance: Money,
    interest: Money,
    claims: Money,
    /// Of campaigns.
    campaigns: Money,
    /// By what orders of several units cost more than their units bear, by line.
    bundles: Flows,
}

/// Revenue, and the landed cost of units that left the shelf, since the window began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Income {
    /// Price of the units shipped.
    pub revenue: Money,
    /// Landed cost of the units shipped, by part, with that of lots scrapped to the last unit; complete when the window has ended.
    pub sold: Landed,
    /// Landed cost of those units shipped that will be stock again, by part.
    pub returned: Landed,
    /// What units that come back and are not sold again bring.
    pub recovered: Money,
    /// Landed cost of the units that vanished from the shelves.
    pub shrunk_value: Money,
    /// Cost of the goods that were lost on the way or destroyed on the shelves, as far as the seller bears it.
    pub lost_value: Money,
    /// Landed cost of the units that have left the shelf, sold, vanished or scrapped, and of those lost: known day by day, where `sold` is complete in the end.
    pub(super) left: Money,
    /// Provision for obsolescence.
    pub obsolescence: Money,
    /// The processor's fees on the orders paid for, whether or not their money has arrived.
    pub payment_fees: Money,
    /// Landed cost of the units shipped x the day on which their customers' money arrives, in millionths x days.
    pub(super) received_moment: i128,
    /// Payments behind the landed cost of the units shipped, each x its day, in millionths x days.
    pub(super) paid_moment: i128,
    /// Landed cost of the stock on hand just before each receipt, summed over the receipts, in millionths.
    pub(super) before_receipts: i128,
}

/// An end of the measured window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Opening,
    Closing,
}

impl Watch for Ledger {
    #[inline(always)]
    fn see(&mut self, now: &Now<'_>, event: &Event<'_>) {
        match *event {
            Event::Opened(sites) => self.open(now, sites),
            Event::WindowBegins(sites) => self.begin_window(now, sites),
            Event::Received { order, lot } => self.receive(order, lot),
            Event::ShippedFromBacklog { location, units, cohort } => match cohort.pre_ordered() {
                None => self.ship(now, location, units, cohort.born),
                Some(window) => self.ship_late(now, window, (location, units)),
            },
            Event::ShippedToClass { location, units, cohort } => self.ship_to_class(now, location, units, cohort),
            Event::ComesBack { location, due, back, of } => self.foresee(now, location, (back, of), due),
            Event::Returned { location, back } => self.take_back(now, location, back),
            Event::Restocked { location, units } => self.restock(now, location, units),
            Event::PreOrdered { window, units, .. } => {
                self.ahead.place(window, &now.plan.pre_orders[window], units, now.day);
            }
            Event::PreOrderCancelled { window, units, .. } => self.refund_ahead(now, window, units),
            Event::PreOrderShipped { window, location, units } => self.ship_ahead(now, window, (location, units)),
            Event::PreOrderLate { cohort, .. } => {
                self.ahead.late += cohort.units;
                self.counts.backordered += cohort.units;
                self.spend(self.rates.support, cohort.units);
            }
            Event::ServedFromStock { location, units } => {
                self.order_accepted(now, units);
                self.ship(now, location, units, now.day as u32);
            }
            Event::Demanded { interested, .. } => {
                self.counts.interested += interested;
                self.spend(self.rates.advertising, interested);
            }
            Event::Backordered { units, class, .. } => {
                self.order_accepted(now, units);
                if self.rates.by_class && now.plan.paid_at_order() {
                    self.ahead.pay_otherwise(class, now.day as u32, units);
                    self.ahead.owe_otherwise(class, now.day as u32, units);
                }
                self.counts.backordered += units;
                self.spend(self.rates.support, units);
            }
            Event::Cancelled { units, cohort, cause, .. } => self.refund(now, units, cohort, cause),
            Event::TakenOff { order, lot, units } => self.take_off(now, (order, lot), units),
            Event::Lost { order, lot, units, terms } => self.lose(now, (order, lot), units, terms),
            Event::Destroyed { location, units, terms } => self.destroy(location, units, terms),
            Event::Reshipped { location, units } => self.reship(now, location, units),
            Event::LossRefunded { units, .. } => self.refund_loss(units),
            Event::Ordered { order, lot } => self.order(now, order, lot),
            Event::Sent { order, lot, source, .. } => self.send_on(now, (order, lot), source),
            Event::PaidSoFar { order, lot, amount } => self.paid_so_far(now, (order, lot), amount),
            Event::Loaded { order, before, lot, containers } => self.load(now, order, (before, lot), containers),
            Event::PaymentsDue => self.pay_what_is_due(now),
            Event::Shrunk { location, units } => self.shrink(location, units),
            Event::EndOfDay(evening) => self.close_the_day(now, evening),
            Event::WindowEnds(sites) => self.end_window(now, sites),
            Event::CampaignRuns { cut, cost } => {
                self.ahead.cut(now.day, cut);
                self.expenses -= cost;
                self.sums.campaigns -= cost;
            }
            Event::Bundled { of, bundles, units } => self.bundle(now, of, (bundles, units)),
            Event::FoundNoStock { .. }
            | Event::ShippedToSomebody { .. }
            | Event::ParcelsLost { .. }
            | Event::FoundMissing { .. }
            | Event::OrdersOfToday { .. }
            | Event::NotAdvertisedFor { .. }
            | Event::WalkedAway { .. }
            | Event::Breached { .. }
            | Event::NoticeSent { .. }
            | Event::Moved { .. }
            | Event::Requested { .. }
            | Event::OrderedHere { .. }
            | Event::Withdrawn { .. }
            | Event::Reviewed { .. } => {}
        }
    }
}

impl Rates {
    fn new(plan: &Plan) -> Self {
        let parcel_duty = plan.locations.iter().any(|l| !l.parcel_duty.is_nothing());
        let postage_by_day = plan.locations.iter().any(|l| l.delivery_beyond.is_some());
        Rates {
            price: plan.price,
            payment_fee: plan.payment_fee,
            net_price: plan.net_price(),
            prepaid: plan.prepayments(1),
            parcel_duty,
            postage_by_day,
            by_parcel: parcel_duty || postage_by_day,
            besides: false,
            price_cuts: false,
            by_birth: false,
            by_class: !plan.classes.is_empty(),
            returns: plan.returns.is_some(),
            bundles: plan.baskets.is_some(),
            return_cost: plan.locations.iter().map(|l| l.return_cost).collect(),
            advertising: plan.advertising,
            support: plan.support,
            chargeback: plan.chargeback,
            chargeback_after_miss: plan.chargeback_after_miss,
            fixed_per_day: plan.cash.fixed_per_day,
            parcels: plan.locations.iter().map(|l| (l.pick_and_pack, l.delivery)).collect(),
            parcel: plan.locations.iter().map(|l| l.pick_and_pack + l.delivery).collect(),
            storage: plan.locations.iter().any(|l| l.storage.iter().any(|cost| *cost != 0.0)),
            by_value: plan.finance.insurance != 0.0 || plan.finance.obsolescence != 0.0,
        }
    }
}

impl Counts {
    fn clear(&mut self) {
        let [parcels, again] = [&mut self.parcels, &mut self.again].map(|counts| {
            counts.fill(0);
            std::mem::take(counts)
        });
        *self = Counts { parcels, again, ..Counts::default() };
    }
}

impl Ledger {
    pub(super) fn new(plan: &Plan) -> Self {
        let ahead = Besides::new(plan);
        Ledger {
            rates: Rates {
                besides: ahead.exist(),
                price_cuts: ahead.cuts_prices(),
                by_birth: ahead.cuts_prices() || plan.returns.is_some(),
                ..Rates::new(plan)
            },
            expenses: Money::ZERO,
            trade: Money::ZERO,
            counts: Counts {
                parcels: vec![0; plan.locations.len()],
                again: vec![0; plan.locations.len()],
                ..Counts::default()
            },
            sums: Sums::default(),
            income: Income::default(),
            sold: Gone::default(),
            paid: 0,
            settled: 0,
            paid_until: vec![0; plan.days],
            before: (0, 0),
            shelves: vec![Shelf::default(); plan.locations.len()],
            stock: Money::ZERO,
            purchases: Purchases::new(plan),
            ahead,
            returns: Returns::new(plan),
            receipts: vec![Vec::new(); if plan.finance.salvage_by_age.is_empty() { 0 } else { plan.locations.len() }],
            opening: Balance::default(),
            closing: Balance::default(),
        }
    }

    fn open(&mut self, now: &Now<'_>, sites: &[Site]) {
        (self.expenses, self.trade) = (Money::ZERO, Money::ZERO);
        (self.paid, self.settled) = (0, 0);
        self.purchases.reset();
        self.ahead.open();
        self.returns.open();
        for (receipts, site) in self.receipts.iter_mut().zip(sites) {
            receipts.clear();
            receipts.push((now.plan.begin, site.on_hand));
        }
        for ((shelf, site), l) in self.shelves.iter_mut().zip(sites).zip(&now.plan.locations) {
            *shelf = Shelf::open(site.on_hand, l.opening_unit_cost.map(|part| part * site.on_hand), now.plan.begin);
        }
        for (due, amount) in &now.plan.payables {
            self.purchases.owe(*amount, *due);
        }
    }

    /// Sales before the window do not count.
    fn begin_window(&mut self, now: &Now<'_>, sites: &[Site]) {
        for shelf in &mut self.shelves {
            shelf.settle(&mut self.sold);
        }
        self.sold = Gone::default();
        self.trade += std::mem::take(&mut self.expenses);
        self.before = (self.paid, self.settled);
        self.ahead.begin_window();
        self.counts.clear();
        self.sums = Sums::default();
        self.income = Income::default();
        self.returns.begin_window();
        self.opening = self.balance(now.plan, sites, End::Opening);
    }

    fn end_window(&mut self, now: &Now<'_>, sites: &[Site]) {
        for shelf in &mut self.shelves {
            shelf.settle(&mut self.sold);
        }
        self.closing = self.balance(now.plan, sites, End::Closing);
    }

    /// Spends an amount a unit; the units are counted apart.
    #[inline]
    fn spend(&mut self, each: Money, units: i64) {
        if each != Money::ZERO {
            self.expenses -= each * units;
        }
    }

    /// The goods come on the shelf of a location at landed cost; what is unpaid of it is owed.
    fn receive(&mut self, order: u32, lot: &PurchaseOrder) {
        let purchase = self.purchases.get(order);
        let shelf = &mut self.shelves[lot.location as usize];
        self.income.before_receipts += shelf.value.0;
        shelf.settle(&mut self.sold);
        shelf.receive(lot.units, &purchase.cost, purchase.paid_moment, purchase.mixed);
        if let Some(receipts) = self.receipts.get_mut(lot.location as usize) {
            receipts.push((lot.arrival as usize, lot.units));
        }
        if shelf.units == 0 {
            self.income.left += shelf.write_off();
            shelf.settle(&mut self.sold);
        }
    }

    /// `n` shoppers order, and pay where customers pay at the order.
    #[inline]
    fn order_accepted(&mut self, now: &Now<'_>, n: i64) {
        if now.plan.paid_at_order() {
            self.paid += n;
        }
    }

    /// `n` units ordered on day `born` leave location `i`.
    #[inline(always)]
    fn ship(&mut self, now: &Now<'_>, i: usize, n: i64, born: u32) {
        let cost = self.shelves[i].take(n);
        let paid_on = if now.plan.paid_at_order() {
            born
        } else {
            self.paid += n;
            now.day as u32
        };
        if self.rates.by_birth {
            self.ship_by_birth(now, (i, n), born, cost);
        }
        // Before the window begins only balances are kept, no costs.
        if !now.is_measured() {
            return;
        }
        self.send(now, i, n);
        self.income.left += cost;
        self.income.received_moment += cost.0 * i128::from(paid_on + now.plan.finance.settlement_days);
    }

    /// `n` units leave that were ordered on day `born`, when the price may have been less, and of which some may come back.
    #[inline(never)]
    fn ship_by_birth(&mut self, now: &Now<'_>, (i, n): (usize, i64), born: u32, cost: Money) {
        let less = self.ahead.cut_of(born).price * n;
        if self.rates.returns {
            self.returns.ship(i, now.day, cost, self.rates.price * n - less);
        }
        if !now.plan.paid_at_order() {
            self.ahead.pay_less(born, n);
        } else {
            // Who waits has paid less since the evening of the order; who is served at once never waits.
            self.ahead.held += less;
        }
        self.ahead.discounts += less;
    }

    /// `n` units of a cohort leave location `i`, as all do that are ordered on its day: what its class pays and costs otherwise.
    #[inline(never)]
    fn ship_to_class(&mut self, now: &Now<'_>, i: usize, n: i64, cohort: &Cohort) {
        if cohort.pre_ordered().is_some() {
            return;
        }
        let (class, born) = (cohort.class, cohort.born);
        let less = self.ahead.otherwise(class, born).price * n;
        if self.rates.returns {
            self.returns.ship(i, now.day, Money::ZERO, -less);
        }
        if now.plan.paid_at_order() {
            self.ahead.owe_otherwise(class, born, -n);
        } else {
            self.ahead.pay_otherwise(class, born, n);
        }
        self.ahead.discounts += less;
        if now.is_measured() {
            let l = &now.plan.locations[i];
            let here = &now.plan.classes_at[i][usize::from(class)];
            let usual = l.delivery_beyond.as_ref().map_or(Money::ZERO, |beyond| beyond[now.day]) + l.delivery;
            let (postage, border) =
                ((here.postage[now.day] - usual) * n, (here.border[now.day] - l.parcel_duty[now.day]) * n);
            self.expenses -= postage + border;
            self.sums.delivery -= postage;
            self.sums.parcel_duty -= border;
        }
    }

    /// `n` parcels leave location `i`.
    #[inline(always)]
    fn send(&mut self, now: &Now<'_>, i: usize, n: i64) {
        self.counts.parcels[i] += n;
        self.pay_parcels(now, i, n);
    }

    /// What parcels of `n` units cost that leave a location today.
    #[inline(always)]
    fn pay_parcels(&mut self, now: &Now<'_>, i: usize, n: i64) {
        self.spend(self.rates.parcel[i], n);
        if self.rates.by_parcel {
            let l = &now.plan.locations[i];
            let duty = l.parcel_duty[now.day] * n;
            self.expenses -= duty;
            self.sums.parcel_duty -= duty;
            if self.rates.postage_by_day {
                self.send_by_day(l, now.day, n);
            }
        }
    }

    /// Postage of `n` units of a day on which it is not what it is on others.
    #[inline(never)]
    fn send_by_day(&mut self, l: &LocationPlan, day: usize, n: i64) {
        let Some(beyond) = &l.delivery_beyond else { return };
        let more = beyond[day] * n;
        self.expenses -= more;
        self.sums.delivery -= more;
    }

    /// So many orders, or parcels, hold so many units: what is paid by the order is paid once.
    #[inline(never)]
    fn bundle(&mut self, now: &Now<'_>, of: Bundle<'_>, (bundles, units): (i64, i64)) {
        let Some(baskets) = &now.plan.baskets else { return };
        let mut spend = |line: Line, by: ByOrder| {
            let more = by.beyond(bundles, units);
            self.expenses -= more;
            self.sums.bundles[line as usize] -= more;
        };
        let pays = match of {
            Bundle::Shoppers => {
                spend(Line::Advertising, baskets.advertising);
                false
            }
            Bundle::Waiting => {
                spend(Line::Support, baskets.support);
                false
            }
            Bundle::Accepted => now.plan.paid_at_order(),
            Bundle::Ahead { window } => now.plan.paid_with(Some(window)),
            Bundle::Parcels { location, window, .. } => {
                if now.is_measured() {
                    let [pick_and_pack, postage, clearance] = baskets.parcel(location, now.day);
                    spend(Line::PickAndPack, pick_and_pack);
                    spend(Line::Delivery, postage);
                    spend(Line::ParcelDuty, clearance);
                }
                !now.plan.paid_with(window)
            }
            Bundle::Cancelled(cohort, cause) => {
                if cause == Cause::Customer && now.plan.paid_with(cohort.pre_ordered()) {
                    let late = cohort.missed(now.day as u32);
                    spend(Line::Chargebacks, if late { baskets.chargeback_after_miss } else { baskets.chargeback });
                }
                false
            }
        };
        if pays {
            self.ahead.pay(Money::ZERO, baskets.payment_fee.beyond(bundles, units));
        }
    }

    /// Pre-orders leave a location, and the rest of their price is paid. They lie in the measured window.
    #[inline(never)]
    fn ship_ahead(&mut self, now: &Now<'_>, window: usize, (i, n): (usize, i64)) {
        let (cost, of) = (self.shelves[i].take(n), &now.plan.pre_orders[window]);
        self.ahead.ship(of, n, self.rates.price);
        if self.rates.returns {
            self.returns.ship(i, now.day, cost, of.price * n);
        }
        self.send(now, i, n);
        self.income.left += cost;
        let lag = i128::from(now.plan.finance.settlement_days);
        self.income.received_moment += self.ahead.paid_moment(window, of, now.day, cost) + cost.0 * lag;
    }

    /// The same of those that have waited.
    fn ship_late(&mut self, now: &Now<'_>, window: usize, (i, n): (usize, i64)) {
        self.ahead.late -= n;
        self.ship_ahead(now, window, (i, n));
    }

    /// Of the `of` units that have left a location today some will come back on a day: they have not been sold.
    #[inline(never)]
    fn foresee(&mut self, now: &Now<'_>, location: usize, (back, of): (Back, i64), due: usize) {
        let l = (location, &now.plan.locations[location]);
        let cost = self.returns.foresee(l, (back, of), due, now.is_measured());
        self.income.left -= if now.is_measured() { cost } else { Money::ZERO };
    }

    /// Units come back: their customers get the price back, and what is not sold again brings what it brings.
    #[inline(never)]
    fn take_back(&mut self, now: &Now<'_>, location: usize, back: Back) {
        self.trade -= self.returns.take_back(location, back, now.day);
        self.spend(self.rates.return_cost[location], back.units());
    }

    /// Units that were sent back are on the shelf again, at what they had cost.
    #[inline(never)]
    fn restock(&mut self, now: &Now<'_>, location: usize, units: i64) {
        let l = &now.plan.locations[location];
        let (cost, landed) = self.returns.restock((location, l), units, now.day - l.restock_days);
        let shelf = &mut self.shelves[location];
        shelf.settle(&mut self.sold);
        shelf.receive(units, &landed, cost.0 * now.day as i128, true);
        if let Some(receipts) = self.receipts.get_mut(location) {
            receipts.push((now.day, units));
        }
    }

    /// Share of their landed cost that units on hand lose by their age in the morning of day `next`. What came first has left first, so they are those
    /// that came last.
    fn lost_by_age(&self, plan: &Plan, (i, on_hand): (usize, i64), next: usize) -> f64 {
        let (mut left, mut lost) = (on_hand, 0.0);
        for (day, units) in self.receipts.get(i).into_iter().flatten().rev() {
            let units = left.min(*units);
            lost += units as f64 * (1.0 - plan.finance.salvage_at((next - day) as u32));
            left -= units;
        }
        if on_hand > 0 { lost / on_hand as f64 } else { 0.0 }
    }

    /// Customers who cancel pre-orders get the deposit back.
    fn refund_ahead(&mut self, now: &Now<'_>, window: usize, n: i64) {
        self.trade -= self.ahead.refund(&now.plan.pre_orders[window], n);
    }

    /// Customers who cancel get the price back. The payment fee does not come back to the shop.
    fn refund(&mut self, now: &Now<'_>, n: i64, cohort: &Cohort, cause: Cause) {
        if let Some(window) = cohort.pre_ordered() {
            self.ahead.late -= n;
            self.refund_ahead(now, window, n);
        }
        if !now.plan.paid_with(cohort.pre_ordered()) {
            return;
        }
        if cohort.pre_ordered().is_none() {
            self.counts.refunded += n;
            self.trade -= self.rates.price * n;
            if self.rates.price_cuts {
                let less = (self.ahead.cut_of(cohort.born) + self.ahead.otherwise(cohort.class, cohort.born)).price * n;
                self.trade += less;
                self.ahead.refunded -= less;
                self.ahead.held += less;
            }
        }
        if cause == Cause::Customer {
            if cohort.missed(now.day as u32) {
                self.counts.cancelled_after_miss += n;
                self.spend(self.rates.chargeback_after_miss, n);
            } else {
                self.counts.cancelled += n;
                self.spend(self.rates.chargeback, n);
            }
        }
    }

    /// An order is placed.
    fn order(&mut self, now: &Now<'_>, order: u32, lot: &PurchaseOrder) {
        let route = &now.plan.locations[lot.location as usize].routes[lot.route as usize];
        self.purchases.place(&Terms { order, lot, route }, &landed(now, route, lot));
    }

    /// Goods leave the shelf of a location for another one, with what they have cost. What had left before the run costs what the stock there is opened
    /// with.
    #[inline(never)]
    fn send_on(&mut self, now: &Now<'_>, (order, lot): (u32, &PurchaseOrder), source: usize) {
        let route = &now.plan.locations[lot.location as usize].routes[lot.route as usize];
        let gone = if now.day < now.plan.begin {
            let landed = now.plan.locations[source].opening_unit_cost.map(|part| part * lot.total());
            let paid_moment = landed.into_iter().sum::<Money>().0 * i128::from(lot.placed);
            Gone { landed, paid_moment }
        } else {
            let shelf = &mut self.shelves[source];
            shelf.settle(&mut self.sold);
            shelf.give(lot.total())
        };
        let terms = Terms { order, lot, route };
        self.purchases.send(&terms, (&gone.landed, gone.paid_moment), &landed(now, route, lot));
    }

    /// An order leaves in a container, and bears the price of so many.
    #[inline(never)]
    fn load(&mut self, now: &Now<'_>, order: u32, (before, lot): (&PurchaseOrder, &PurchaseOrder), containers: f64) {
        let route = &now.plan.locations[lot.location as usize].routes[lot.route as usize];
        let duty_day = (lot.milestone(route.duty_at.stage) as usize).min(route.duty_per_unit.len() - 1);
        let rate = route.freight_rate(now.path, lot.milestone(route.freight_at.stage) as usize);
        let cost = route.landed_in(lot.total(), duty_day, rate, containers);
        let terms = |lot| Terms { order, lot, route };
        self.purchases.load(&terms(before), &terms(lot), &cost, now.day as u32);
    }

    /// What has been paid for the goods of an open order when the run begins.
    fn paid_so_far(&mut self, now: &Now<'_>, (order, lot): (u32, &PurchaseOrder), amount: Money) {
        let route = &now.plan.locations[lot.location as usize].routes[lot.route as usize];
        self.purchases.paid_so_far(&Terms { order, lot, route }, amount, now.plan.begin as u32);
    }

    /// `n` units are taken off an open order; what was paid on them comes back.
    fn take_off(&mut self, now: &Now<'_>, (order, lot): (u32, &PurchaseOrder), n: i64) {
        let route = &now.plan.locations[lot.location as usize].routes[lot.route as usize];
        self.purchases.take_off(&Terms { order, lot, route }, n, now.day as u32);
    }

    /// `n` units of an open order are lost. Where the supplier bears it what was paid on them comes back. Otherwise the rest of their price is due now, and
    /// freight, handling and duty that are not paid are not due.
    #[inline(never)]
    fn lose(&mut self, now: &Now<'_>, (order, lot): (u32, &PurchaseOrder), n: i64, terms: &LossTerms) {
        let route = &now.plan.locations[lot.location as usize].routes[lot.route as usize];
        // Goods of another location are the seller's.
        if terms.by_supplier && route.from.is_none() {
            return self.take_off(now, (order, lot), n);
        }
        let loss = self.purchases.lose(&Terms { order, lot, route }, n, now.day as u32);
        self.write_off(loss, terms);
    }

    /// `n` units ship in the place of units that were lost: the goods are lost, and parcels are paid once more.
    #[inline(never)]
    fn reship(&mut self, now: &Now<'_>, location: usize, n: i64) {
        self.destroy(location, n, &LossTerms { by_supplier: false, insured: 0.0, known_after_days: 0 });
        if now.is_measured() {
            self.counts.again[location] += n;
            self.pay_parcels(now, location, n);
        }
    }

    /// Customers get the price of `n` lost units back.
    #[inline(never)]
    fn refund_loss(&mut self, n: i64) {
        self.counts.loss_refunded += n;
        self.trade -= self.rates.price * n;
    }

    /// `n` units on hand are destroyed.
    #[inline(never)]
    fn destroy(&mut self, location: usize, n: i64, terms: &LossTerms) {
        let shelf = &mut self.shelves[location];
        shelf.settle(&mut self.sold);
        let value = shelf.take(n);
        shelf.settle(&mut Gone::default());
        self.write_off(value, terms);
    }

    /// Goods of this value are lost, of which an insurer pays a share at once.
    fn write_off(&mut self, value: Money, terms: &LossTerms) {
        self.income.lost_value += value;
        self.income.left += value;
        let claim = Money::from_f64(value.to_f64() * terms.insured);
        self.expenses += claim;
        self.sums.claims += claim;
    }

    /// Customers' payments of some days ago reach the account, and payments on purchase orders that fall due today are made.
    #[inline(always)]
    fn pay_what_is_due(&mut self, now: &Now<'_>) {
        let (day, lag) = (now.day, now.plan.finance.settlement_days as usize);
        self.paid_until[day] = self.paid;
        self.settled = if day < lag { 0 } else { self.paid_until[day - lag] };
        if self.rates.besides {
            if now.plan.paid_at_order() {
                // Who has ordered today has paid today's price, and is owed it as long as nothing has shipped.
                let before = day.checked_sub(1).map_or(0, |yesterday| self.paid_until[yesterday]);
                let ordered = self.paid - before;
                self.ahead.pay_less(day as u32, ordered);
                self.ahead.held -= self.ahead.cut_of(day as u32).price * ordered;
            }
            self.trade += self.ahead.settle(day, lag);
        }
        self.trade -= self.purchases.fall_due(now.day);
    }

    fn shrink(&mut self, location: usize, n: i64) {
        let shelf = &mut self.shelves[location];
        shelf.settle(&mut self.sold);
        let value = shelf.take(n);
        self.income.shrunk_value += value;
        self.income.left += value;
        // These parts are not part of what was sold.
        shelf.settle(&mut Gone::default());
    }

    /// Posts the costs of the day itself. The days before the window have none, because cash is counted from the window on.
    #[inline(always)]
    fn close_the_day(&mut self, now: &Now<'_>, evening: &Evening<'_>) {
        self.stock = match &self.shelves[..] {
            [one] => one.value,
            all => all.iter().map(|shelf| shelf.value).sum(),
        };
        if !now.is_measured() {
            return;
        }
        let plan = now.plan;
        self.counts.days += 1;
        if self.rates.fixed_per_day != Money::ZERO {
            self.expenses -= self.rates.fixed_per_day;
        }
        if self.rates.storage {
            let of = |site: &Site, l: &LocationPlan| site.on_hand as f64 * l.storage[now.day];
            let cost = match (evening.sites, &plan.locations[..]) {
                ([site], [l]) => of(site, l),
                (sites, locations) => sites.iter().zip(locations).fold(0.0, |sum, (site, l)| sum + of(site, l)),
            };
            let cost = of_no_less_than_nothing(cost);
            self.expenses -= cost;
            self.sums.storage -= cost;
        }
        if self.rates.by_value {
            self.cost_by_value(plan);
        }
        if plan.cash.credit > 0.0 {
            self.pay_interest(plan);
        }
    }

    /// Insurance of the stock, and what is provided for its obsolescence.
    #[inline(always)]
    fn cost_by_value(&mut self, plan: &Plan) {
        let stock = self.stock.to_f64();
        if plan.finance.insurance != 0.0 {
            let cost = of_no_less_than_nothing(stock * plan.finance.insurance / 365.0);
            self.expenses -= cost;
            self.sums.insurance -= cost;
        }
        if plan.finance.obsolescence != 0.0 {
            self.income.obsolescence += of_no_less_than_nothing(stock * plan.finance.obsolescence / 365.0);
        }
    }

    /// Interest of a day on the amount drawn on the credit line.
    fn pay_interest(&mut self, plan: &Plan) {
        let balance = plan.cash.opening + self.cash();
        let drawn = (-balance.to_f64()).clamp(0.0, plan.cash.credit);
        let cost = Money::from_f64(drawn * plan.cash.interest_per_day);
        self.trade -= cost;
        self.sums.interest -= cost;
    }

    /// Everything owned and owed at an end of the window.
    fn balance(&self, plan: &Plan, sites: &[Site], end: End) -> Balance {
        let held = match end {
            End::Opening => self.purchases.posted().opening(),
            End::Closing => self.purchases.posted().closing(),
        };
        let (overhang, aged) = self.overhang(plan, sites, end);
        Balance {
            accounts: self.with_cash(Accounts::of(held)),
            on_hand: self.shelves.iter().map(|shelf| shelf.value).sum(),
            duty_on_hand: self.shelves.iter().map(Shelf::duty).sum(),
            prepayments: self.prepayments(Site::totals(sites).1),
            overhang,
            aged,
            returns: self.returns.under_way,
        }
    }

    /// Book value of what is owned then beyond the steady need of the days to come: what the inventory position
    /// exceeds the policy's target by, on hand first, then on order, then what comes back to be stock again. The target is that of the steady mean of those days,
    /// whatever the planner believes; a one-time buy has no further need. What is left at a closed location is needed as far as the open ones are
    /// short of their targets. With what of it is lost, where goods lose worth with their age.
    fn overhang(&self, plan: &Plan, sites: &[Site], end: End) -> (Money, Money) {
        let next = match end {
            End::Opening => plan.warmup,
            End::Closing => plan.days,
        };
        let to_restock = |i: usize| self.returns.to_restock.get(i).copied().unwrap_or_default();
        let beyond_need = |i: usize, site: &Site, l: &LocationPlan| {
            site.position() + to_restock(i).0
                - site.pre_orders.iter().map(|ahead| ahead.units).sum::<i64>()
                - l.steady_need(plan, next)
        };
        let open = sites.iter().zip(&plan.locations).enumerate().filter(|(_, (_, l))| l.is_open);
        let mut short: i64 = open.map(|(i, (site, l))| (-beyond_need(i, site, l)).max(0)).sum();
        let mut of = |(i, ((site, shelf), l)): (usize, ((&Site, &Shelf), &LocationPlan))| {
            let mut beyond = beyond_need(i, site, l).max(0);
            if !l.is_open {
                let used = beyond.min(short);
                (beyond, short) = (beyond - used, short - used);
            }
            let on_hand = beyond.min(site.on_hand);
            let on_order = (beyond - on_hand).min(site.on_order);
            let (opening, closing) = self.purchases.posted().on_its_way_to(i);
            let paid = match end {
                End::Opening => opening,
                End::Closing => closing,
            };
            let part = |value: Money, n: i64, of: i64| if n > 0 { value.part(n, of) } else { Money::ZERO };
            let (coming, cost) = to_restock(i);
            let back = part(cost, (beyond - on_hand - on_order).min(coming), coming);
            let (held, ordered) =
                (part(shelf.value, on_hand, site.on_hand), part(paid, on_order, site.on_order) + back);
            let lost = |value: Money, share: f64| Money::from_f64(value.to_f64() * share);
            let aged = lost(held, self.lost_by_age(plan, (i, site.on_hand), next));
            (held + ordered, aged + lost(ordered, 1.0 - plan.finance.salvage_at(0)))
        };
        let each = sites.iter().zip(&self.shelves).zip(&plan.locations).enumerate().map(&mut of);
        let sum = |a: (Money, Money), b: (Money, Money)| (a.0 + b.0, a.1 + b.1);
        each.fold((Money::ZERO, Money::ZERO), sum)
    }

    /// Landed value of the stock on the shelf of a location.
    pub(super) fn value_at(&self, location: usize) -> Money {
        self.shelves[location].value
    }

    /// Landed value of all shelves at the end of the day.
    pub(super) fn stock(&self) -> Money {
        self.stock
    }

    /// Cash that has come in since the window began, less what has gone out.
    #[must_use]
    pub fn cash(&self) -> Money {
        self.balance_of_cash() - self.opening.accounts.cash
    }

    /// Cash since the beginning.
    #[inline(always)]
    fn balance_of_cash(&self) -> Money {
        self.trade + self.expenses + self.rates.net_price * self.settled
    }

    /// Balances when the window has ended.
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        self.with_cash(Accounts::of(self.purchases.posted().closing()))
    }

    /// Accounts of purchases, with cash and receivables as they are now.
    fn with_cash(&self, of_purchases: Accounts) -> Accounts {
        Accounts { cash: self.balance_of_cash(), receivables: self.receivables(), ..of_purchases }
    }

    /// What was bought and is not on a shelf, and debts.
    pub(super) fn purchases(&self) -> &Posted {
        self.purchases.posted()
    }

    /// Keeps them day by day, for those who read every day, and single payments if they are asked for.
    pub(super) fn keep_days_of_purchases(&mut self, payments: bool) {
        self.purchases.keep_days(payments);
    }

    /// What customers have paid for orders that wait, and for pre-orders.
    #[inline(always)]
    pub(super) fn prepayments(&self, backlog: i64) -> Money {
        let all = self.rates.prepaid * backlog;
        if self.rates.besides { all + self.prepaid_ahead() } else { all }
    }

    /// What customers have paid for pre-orders, less what those of them that wait would have paid if they were backorders, and less by cuts of the price.
    pub(super) fn prepaid_ahead(&self) -> Money {
        self.ahead.held - self.rates.prepaid * self.ahead.late
    }

    /// Paid besides, less the fees, and not in the account yet.
    pub(super) fn receivables_ahead(&self) -> Money {
        self.ahead.receivables()
    }

    /// What is owed for goods that customers will send back, beyond what those bring.
    #[inline(always)]
    pub(super) fn owed_for_returns(&self) -> Money {
        if self.rates.returns { self.returns.under_way.net() } else { Money::ZERO }
    }

    /// Whether customers pay for pre-orders, or less than the full price.
    #[inline(always)]
    pub(super) fn has_besides(&self) -> bool {
        self.rates.besides
    }

    /// Whether some parcel pays duty or clearance by itself.
    #[inline(always)]
    pub(super) fn pays_parcel_duty(&self) -> bool {
        self.rates.parcel_duty
    }

    /// Paid by customers, less the fee, and not in the account yet.
    #[inline(always)]
    pub(super) fn receivables(&self) -> Money {
        let all = self.rates.net_price * self.outstanding();
        if self.rates.besides { all + self.receivables_ahead() } else { all }
    }

    /// Number of orders, but for pre-orders, that customers have paid for and whose money has not arrived.
    pub(super) fn outstanding(&self) -> i64 {
        self.paid - self.settled
    }

    /// Interest since the window began, as cash: negative where interest was paid.
    pub(super) fn interest(&self) -> Money {
        self.sums.interest
    }

    /// Cash by line since the window began.
    #[must_use]
    pub fn flows(&self) -> Flows {
        let mut flows = [Money::ZERO; Line::COUNT];
        self.fill(&mut flows);
        flows
    }

    /// The same where they are to stay, for those who keep them every evening. `flows` is of zeros.
    pub(super) fn fill(&self, flows: &mut Flows) {
        let (r, c, s) = (&self.rates, &self.counts, &self.sums);
        let settled = self.settled - self.before.1;
        let mut pay = |line: Line, each: Money, units: i64| {
            if units != 0 && each != Money::ZERO {
                flows[line as usize] -= each * units;
            }
        };
        pay(Line::Refunds, r.price, c.refunded + c.loss_refunded);
        pay(Line::PaymentFees, r.payment_fee, settled);
        for ((pick_and_pack, delivery), (parcels, again)) in r.parcels.iter().zip(c.parcels.iter().zip(&c.again)) {
            pay(Line::PickAndPack, *pick_and_pack, *parcels + *again);
            pay(Line::Delivery, *delivery, *parcels + *again);
        }
        pay(Line::Support, r.support, c.backordered);
        pay(Line::Chargebacks, r.chargeback, c.cancelled);
        pay(Line::Chargebacks, r.chargeback_after_miss, c.cancelled_after_miss);
        pay(Line::Advertising, r.advertising, c.interested);
        pay(Line::FixedCosts, r.fixed_per_day, c.days);
        flows[Line::CustomerPayments as usize] = r.price * settled;
        flows[Line::Advertising as usize] += s.campaigns;
        if r.besides {
            let ahead = self.ahead.settled();
            flows[Line::CustomerPayments as usize] += ahead.gross;
            flows[Line::PaymentFees as usize] -= ahead.fees;
            flows[Line::Refunds as usize] -= self.ahead.refunded;
        }
        if r.returns {
            let come = &self.returns.come;
            flows[Line::Refunds as usize] -= come.refund;
            flows[Line::Liquidation as usize] = come.recovery;
            let costs = r.return_cost.iter().zip(&self.returns.units).map(|(each, units)| *each * *units);
            flows[Line::Returns as usize] -= costs.sum::<Money>();
        }
        for (line, part) in [
            (Line::Goods, Part::Goods),
            (Line::Freight, Part::Freight),
            (Line::Handling, Part::Handling),
            (Line::Duty, Part::Duty),
        ] {
            flows[line as usize] = -self.purchases.posted().paid()[part as usize];
        }
        flows[Line::Delivery as usize] += s.delivery;
        flows[Line::ParcelDuty as usize] = s.parcel_duty;
        flows[Line::Storage as usize] = s.storage;
        flows[Line::Insurance as usize] = s.insurance;
        flows[Line::Interest as usize] = s.interest;
        flows[Line::Claims as usize] = s.claims;
        if self.rates.bundles {
            flows.iter_mut().zip(&s.bundles).for_each(|(flow, more)| *flow += *more);
        }
    }

    /// Revenue, landed cost and provisions since the window began.
    #[must_use]
    pub fn income(&self) -> Income {
        let (revenue, payment_fees) = (self.revenue(), self.payment_fees());
        let Gone { landed: sold, paid_moment } = self.sold;
        let (returned, recovered) = (self.returns.landed, self.returns.foreseen.recovery);
        Income { revenue, payment_fees, sold, paid_moment, returned, recovered, ..self.income }
    }

    fn revenue(&self) -> Money {
        self.rates.price * (self.counts.parcels.iter().sum::<i64>() - self.counts.loss_refunded)
            - self.ahead.discounts
            - self.returns.foreseen.refund
    }

    fn payment_fees(&self) -> Money {
        self.rates.payment_fee * (self.paid - self.before.0) + self.ahead.fees()
    }

    /// Provision for obsolescence since the window began.
    pub(super) fn obsolescence(&self) -> Money {
        self.income.obsolescence
    }

    /// Profit before the charge on capital since the window began: revenue and landed cost at shipment, all else as it is
    /// paid, but payment fees with the customer's payment and obsolescence as it is provided for.
    #[must_use]
    pub fn earned(&self) -> Money {
        self.revenue() - self.payment_fees() + self.expenses + self.returns.foreseen.recovery
            - self.income.left
            - self.income.obsolescence
    }

    /// Balances when the measured window began.
    #[must_use]
    pub fn opening(&self) -> &Balance {
        &self.opening
    }

    /// Balances when the measured window had ended.
    #[must_use]
    pub fn closing(&self) -> &Balance {
        &self.closing
    }

    /// The first law of money that the ledger breaks, if any: each account is compared with its balance computed another way. It may be
    /// asked when the window has ended.
    #[must_use]
    pub fn broken_law(&self, plan: &Plan) -> Option<&'static str> {
        let (income, flows) = (self.income(), self.flows());
        let (then, now) = (&self.opening, &self.closing);
        let (a, b) = (&then.accounts, &now.accounts);
        let flow = |line: Line| flows[line as usize];
        let laws = [
            ("change of cash = sum of its lines", b.cash - a.cash == flows.iter().copied().sum()),
            (
                "paid to suppliers = change of what is owned and owed + cost of what left",
                -(flow(Line::Goods) + flow(Line::Freight) + flow(Line::Handling) + flow(Line::Duty))
                    == now.owned() - then.owned() + now.returns.cost - then.returns.cost - (b.payables - a.payables)
                        + income.cost_of_goods()
                        + income.shrunk_value
                        + income.lost_value,
            ),
            (
                "paid by customers = revenue - fees + change of prepayments - change of receivables",
                flow(Line::CustomerPayments) + flow(Line::PaymentFees) + flow(Line::Refunds)
                    == income.revenue - income.payment_fees
                        + (now.prepayments - then.prepayments)
                        + (now.returns.refund - then.returns.refund)
                        - (b.receivables - a.receivables),
            ),
            (
                "expenses = sum of their lines",
                self.expenses == Line::EXPENSES.iter().map(|line| flows[*line as usize]).sum(),
            ),
            (
                "recovered = come in + change of what is still to come",
                income.recovered == flow(Line::Liquidation) + now.returns.recovery - then.returns.recovery,
            ),
            ("receivables = what customers have paid last", b.receivables == self.receivables_again(plan)),
            ("accounts of purchases = what their days add up to", self.purchases.posted().agree()),
            (
                "cost of what left the shelf, or was lost = sold + vanished + lost",
                income.left == income.cost_of_goods() + income.shrunk_value + income.lost_value,
            ),
            ("value on hand = its parts", self.shelves.iter().all(|shelf| shelf.of_parts() == shelf.value)),
        ];
        laws.iter().find(|(_, holds)| !holds).map(|(law, _)| *law)
    }

    /// Receivables once more, from the last days of the run.
    fn receivables_again(&self, plan: &Plan) -> Money {
        let days = self.paid_until.iter().rev();
        let lag = plan.finance.settlement_days as usize;
        let (paid, arrived) = (days.clone().next(), days.clone().nth(lag));
        plan.net_price() * (paid.copied().unwrap_or(0) - arrived.copied().unwrap_or(0))
            + self.ahead.receivables_again(lag)
    }
}

/// What a lot costs that is placed today: at the freight rate and the duty of the days on which they will be paid.
#[inline(always)]
fn landed(now: &Now<'_>, route: &RoutePlan, lot: &PurchaseOrder) -> Landed {
    if route.goods_alone {
        return route.landed(lot.total(), 0, 1.0);
    }
    let duty_day = (lot.milestone(route.duty_at.stage) as usize).min(route.duty_per_unit.len() - 1);
    route.landed(lot.total(), duty_day, route.freight_rate(now.path, lot.milestone(route.freight_at.stage) as usize))
}

/// [`Money::from_f64`] of an amount that has no sign: it runs several times a day. To half a word of the machine where that is enough:
/// nothing is left to check.
#[inline(always)]
fn of_no_less_than_nothing(amount: f64) -> Money {
    let millionths = amount * 1e6 + 0.5;
    if millionths < f64::from(u32::MAX) { Money(i128::from(millionths as u32)) } else { Money::from_f64(amount) }
}

impl Income {
    /// Landed cost of what was shipped in the window and is not sold again.
    #[must_use]
    pub fn cost_of_goods(&self) -> Money {
        self.sold.into_iter().sum::<Money>() - self.returned.into_iter().sum::<Money>()
    }

    /// A part of it.
    pub(super) fn part(&self, part: Part) -> Money {
        self.sold[part as usize] - self.returned[part as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::books::purchases::Payment;
    use crate::sim::books::tests::Shop;

    /// Of a ledger that keeps its days: accounts at the end of the last one.
    fn tonight(ledger: &Ledger) -> Accounts {
        let (held, _) = ledger.purchases().tonight().unwrap();
        ledger.with_cash(Accounts::of(held))
    }

    fn ledger_by_day(shop: &Shop) -> Ledger {
        let mut ledger = Ledger::new(&shop.plan);
        ledger.keep_days_of_purchases(true);
        ledger
    }

    fn money(amount: f64) -> Money {
        Money::from_f64(amount)
    }

    /// Three of ten are sold on day 0 and twenty ordered; the customers' money comes on day 2, the goods on day 5.
    #[test]
    fn goods_are_ordered_paid_received_and_sold() {
        let shop = Shop::new();
        let mut ledger = ledger_by_day(&shop);
        shop.open(&mut ledger);
        assert_eq!(ledger.opening().on_hand, money(40.0));
        let lot = shop.lot(0, 20);
        let day_0 = [
            Event::ServedFromStock { location: 0, units: 3 },
            Event::Ordered { order: 0, lot: &lot },
            Event::PaymentsDue,
        ];
        shop.tell(&mut ledger, 0, &day_0);
        shop.end(&mut ledger, 0, shop.site(7, 0, 20));
        let a = tonight(&ledger);
        assert_eq!((a.receivables, ledger.stock()), (money(27.0), money(28.0)));
        assert_eq!((a.deposits, a.unpaid, a.payables), (money(40.0), money(40.0), Money::ZERO));
        // Half of 80 for the goods, 1 and 2 a parcel.
        assert_eq!(a.cash, money(-40.0 - 9.0));
        assert_eq!(ledger.purchases().paid_today(), [Payment { location: 0, placed: 0, amount: money(40.0) }]);
        assert_eq!(ledger.earned(), money(30.0 - 3.0 - 12.0 - 9.0));

        for day in 1..5 {
            shop.tell(&mut ledger, day, &[Event::PaymentsDue]);
            shop.end(&mut ledger, day, shop.site(7, 0, 20));
        }
        assert_eq!((tonight(&ledger).receivables, tonight(&ledger).cash), (Money::ZERO, money(-49.0 + 27.0)));

        shop.tell(&mut ledger, 5, &[Event::Received { order: 0, lot: &lot }]);
        assert_eq!(ledger.value_at(0), money(28.0 + 80.0));
        shop.tell(&mut ledger, 5, &[Event::PaymentsDue, Event::WindowEnds(&[shop.site(27, 0, 0)])]);
        let a = tonight(&ledger);
        assert_eq!((a.deposits, a.unpaid, a.payables), (Money::ZERO, Money::ZERO, Money::ZERO));
        assert_eq!((ledger.accounts(), ledger.cash()), (a, money(-62.0)));
        assert_eq!(ledger.income().cost_of_goods(), money(12.0));
        assert_eq!(ledger.broken_law(&shop.plan), None);
    }

    /// A slot of the flow is used again when its order has been received. A debt for the old order belongs to another purchase.
    #[test]
    fn a_debt_outlives_the_slot_of_its_order() {
        let shop = Shop::new();
        let mut ledger = ledger_by_day(&shop);
        shop.open(&mut ledger);
        let (first, second) = (shop.lot(0, 20), shop.lot(5, 100));
        shop.tell(&mut ledger, 0, &[Event::Ordered { order: 0, lot: &first }, Event::PaymentsDue]);
        shop.tell(&mut ledger, 5, &[Event::Received { order: 0, lot: &first }]);
        shop.tell(&mut ledger, 5, &[Event::Ordered { order: 0, lot: &second }, Event::PaymentsDue]);
        let a = tonight(&ledger);
        assert_eq!((a.payables, a.deposits, a.unpaid), (Money::ZERO, money(200.0), money(200.0)));
        assert_eq!(a.cash, money(-80.0 - 200.0));
    }

    /// Half of an order is taken off: the deposit on it comes back.
    #[test]
    fn what_is_taken_off_an_order_is_not_paid() {
        let shop = Shop::new();
        let mut ledger = ledger_by_day(&shop);
        shop.open(&mut ledger);
        let lot = shop.lot(0, 20);
        shop.tell(&mut ledger, 0, &[Event::Ordered { order: 0, lot: &lot }, Event::PaymentsDue]);
        shop.tell(&mut ledger, 1, &[Event::TakenOff { order: 0, lot: &lot, units: 10 }, Event::PaymentsDue]);
        let a = tonight(&ledger);
        assert_eq!((a.deposits, a.unpaid, a.cash), (money(20.0), money(20.0), money(-20.0)));
        let left = PurchaseOrder { units: 10, ..lot };
        shop.tell(&mut ledger, 5, &[Event::Received { order: 0, lot: &left }, Event::PaymentsDue]);
        assert_eq!((ledger.value_at(0), tonight(&ledger).cash), (money(80.0), money(-40.0)));
    }

    /// A refund gives the price back and not the fee. Half of those who cancel cost a chargeback of 6, all of them after a broken promise.
    #[test]
    fn a_cancellation_costs_more_after_a_broken_promise() {
        let shop = Shop::new();
        let mut ledger = ledger_by_day(&shop);
        shop.open(&mut ledger);
        let waits = |units| Cohort::new(0, 0, 4, units);
        shop.tell(&mut ledger, 0, &[Event::Backordered { location: 0, units: 4, promise: 4, class: 0 }]);
        for (day, units, cause) in [(3, 2, Cause::Customer), (5, 1, Cause::Customer), (6, 1, Cause::Rule)] {
            shop.tell(&mut ledger, day, &[Event::Cancelled { location: 0, units, cohort: &waits(0), cause }]);
        }
        let of = |line: Line| ledger.flows()[line as usize];
        assert_eq!(of(Line::Refunds), money(-40.0));
        assert_eq!(of(Line::Chargebacks), money(-2.0 * 3.0 - 6.0));
        assert_eq!(of(Line::Support), money(-2.0));
        assert_eq!(ledger.income().payment_fees, money(4.0));
    }

    /// Where half a word is enough and where it is not.
    #[test]
    fn amounts_of_a_day_are_rounded_as_all_are() {
        for amount in
            [0.0, 4.9e-7, 5e-7, 1.5e-6, 0.1, 4_294.967_294, 4_294.967_294_5, 4_294.967_295, 4_294.967_296, 1e9, 1e20]
        {
            assert_eq!(of_no_less_than_nothing(amount), money(amount), "{amount}");
        }
    }
}
