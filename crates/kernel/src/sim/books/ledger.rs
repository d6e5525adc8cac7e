//! The ledger: every event that moves money posts here.
//!
//! Units that each cost, or bring, the same amount are only counted ([`Counts`]), and their line is computed when it is asked for. Cash itself
//! is kept up with every event. So nothing forces the change of cash to be the sum of its lines: that it is, to the millionth, is a law that is
//! checked.
//! Goods on order stand in the accounts by the place where they are ([`Accounts`]), stock stands on the shelves, at landed cost.

use super::accounts::{Accounts, Balance};
use super::lines::{Flows, Line};
use super::purchases::{DueKind, Purchase, Purchases};
use super::shelf::Shelf;
use crate::model::Place;
use crate::sim::flow::{Cause, Cohort, Evening, Event, Now, PurchaseOrder, Site, Watch};
use crate::sim::landed::{Landed, Part};
use crate::sim::plan::{LocationPlan, Plan};
use restock_base::units::Money;

/// Accounts, lines, stock at landed cost, and payments under way.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    rates: Rates,
    /// Goods bought that are not on a shelf, and debts. Cash and receivables are kept in the fields below.
    accounts: Accounts,
    /// How often an account of purchases has changed.
    changes: u64,
    /// Cash that was spent as an expense since the window began, and all other cash, since the beginning.
    expenses: Money,
    trade: Money,
    counts: Counts,
    sums: Sums,
    /// Complete except for revenue and payment fees, which are made of [`Counts`].
    income: Income,
    /// By day, the orders whose payment reaches the account on it; and the number of all orders whose payment has not reached it yet.
    settling: Vec<i64>,
    outstanding: i64,
    /// One for each location.
    shelves: Vec<Shelf>,
    /// Landed value of all shelves at the end of the last day.
    stock: Money,
    purchases: Purchases,
    /// Payments on purchase orders of today.
    paid: Vec<Payment>,
    opening: Balance,
    closing: Balance,
}

/// Amounts that the plan fixes.
#[derive(Debug, Clone, Default)]
struct Rates {
    price: Money,
    payment_fee: Money,
    advertising: Money,
    support: Money,
    chargeback: Money,
    chargeback_after_miss: Money,
    fixed_per_day: Money,
    /// Pick and pack, and delivery, by location.
    parcels: Vec<(Money, Money)>,
    /// Pick and pack and delivery together, by location.
    parcel: Vec<Money>,
    /// Whether storage costs anything at some location.
    storage: bool,
    /// Whether there is insurance or obsolescence, which follow the value of the stock.
    by_value: bool,
}

/// Units and days since the window began, each of which costs, or brings, the same amount: their lines are computed when they are asked for.
#[derive(Debug, Clone, Default)]
struct Counts {
    days: i64,
    shipped: i64,
    /// Orders that customers have paid, orders whose money has arrived, and refunds.
    paid: i64,
    settled: i64,
    refunded: i64,
    interested: i64,
    backordered: i64,
    cancelled: i64,
    cancelled_after_miss: i64,
    /// Parcels by location.
    parcels: Vec<i64>,
}

/// Cash of the lines whose amounts change from day to day, since the window began.
#[derive(Debug, Clone, Default)]
struct Sums {
    purchases: Landed,
    parcel_duty: Money,
    storage: Money,
    insurance: Money,
    interest: Money,
}

/// Revenue, and the landed cost of units that left the shelf, since the window began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Income {
    /// Price of the units shipped.
    pub revenue: Money,
    /// Landed cost of the units shipped, by part, with that of lots scrapped to the last unit; complete when the window has ended.
    pub sold: Landed,
    /// Landed cost of the units that vanished from the shelves.
    pub shrunk_value: Money,
    /// Landed cost of the units that have left the shelf, sold, vanished or scrapped: known day by day, where `sold` is complete in the end.
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

/// Counts and amounts of which profit is made: orders shipped and orders paid for since the window began, which cost nothing to keep up, and
/// all other amounts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Earnings {
    shipped: i64,
    paid: i64,
    other: Money,
}

/// A payment to suppliers, carriers or customs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Payment {
    pub location: u32,
    /// Day on which the order was placed.
    pub placed: u32,
    pub amount: Money,
}

impl Watch for Ledger {
    #[inline(always)]
    fn see(&mut self, now: &Now<'_>, event: &Event<'_>) {
        match *event {
            Event::Opened(sites) => self.open(now, sites),
            Event::WindowBegins(sites) => self.begin_window(now, sites),
            Event::Received { order, lot } => self.receive(order, lot),
            Event::ShippedFromBacklog { location, units, cohort } => self.ship(now, location, units, cohort.born),
            Event::ServedFromStock { location, units } => {
                self.order_accepted(now, units);
                self.ship(now, location, units, now.day as u32);
            }
            Event::Demanded { interested, .. } => {
                self.counts.interested += interested;
                self.spend(self.rates.advertising, interested);
            }
            Event::Backordered { units, .. } => {
                self.order_accepted(now, units);
                self.counts.backordered += units;
                self.spend(self.rates.support, units);
            }
            Event::Cancelled { units, cohort, cause, .. } => self.refund(now, units, cohort, cause),
            Event::TakenOff { order, lot, units } => self.take_off(order, lot, units),
            Event::Ordered { order, lot } => self.order(now, order, lot),
            Event::PaymentsDue => self.pay_what_is_due(now),
            Event::Shrunk { location, units } => self.shrink(location, units),
            Event::EndOfDay(evening) => self.close_the_day(now, evening),
            Event::WindowEnds(sites) => self.end_window(now, sites),
            Event::FoundNoStock { .. }
            | Event::WalkedAway { .. }
            | Event::Breached { .. }
            | Event::NoticeSent { .. }
            | Event::Reviewed { .. } => {}
        }
    }
}

impl Rates {
    fn new(plan: &Plan) -> Self {
        Rates {
            price: plan.price,
            payment_fee: plan.payment_fee,
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
        let mut parcels = std::mem::take(&mut self.parcels);
        parcels.fill(0);
        *self = Counts { parcels, ..Counts::default() };
    }
}

impl Ledger {
    pub(super) fn new(plan: &Plan) -> Self {
        Ledger {
            rates: Rates::new(plan),
            accounts: Accounts::default(),
            changes: 0,
            expenses: Money::ZERO,
            trade: Money::ZERO,
            counts: Counts { parcels: vec![0; plan.locations.len()], ..Counts::default() },
            sums: Sums::default(),
            income: Income::default(),
            settling: vec![0; plan.days + plan.finance.settlement_days as usize],
            outstanding: 0,
            shelves: vec![Shelf::default(); plan.locations.len()],
            stock: Money::ZERO,
            purchases: Purchases::new(plan.days),
            paid: Vec::new(),
            opening: Balance::default(),
            closing: Balance::default(),
        }
    }

    fn open(&mut self, now: &Now<'_>, sites: &[Site]) {
        self.accounts = Accounts::default();
        self.changes += 1;
        (self.expenses, self.trade, self.outstanding) = (Money::ZERO, Money::ZERO, 0);
        self.settling.fill(0);
        self.purchases.reset();
        for ((shelf, site), l) in self.shelves.iter_mut().zip(sites).zip(&now.plan.locations) {
            *shelf = Shelf::open(site.on_hand, l.opening_unit_cost.map(|part| part * site.on_hand));
        }
    }

    /// Sales before the window do not count.
    fn begin_window(&mut self, now: &Now<'_>, sites: &[Site]) {
        for shelf in &mut self.shelves {
            let _ = shelf.settle();
        }
        self.trade += std::mem::take(&mut self.expenses);
        self.counts.clear();
        self.sums = Sums::default();
        self.income = Income::default();
        self.opening = self.balance(now.plan, sites, now.plan.warmup);
    }

    fn end_window(&mut self, now: &Now<'_>, sites: &[Site]) {
        for shelf in &mut self.shelves {
            self.income.sell(shelf.settle());
        }
        self.closing = self.balance(now.plan, sites, now.plan.days);
    }

    /// Spends an amount a unit; the units are counted apart.
    #[inline]
    fn spend(&mut self, each: Money, units: i64) {
        if each != Money::ZERO {
            self.expenses -= each * units;
        }
    }

    /// Pays an amount on a part of the landed cost; a negative amount comes back.
    #[inline]
    fn purchase(&mut self, part: Part, amount: Money) {
        self.trade -= amount;
        self.sums.purchases[part as usize] -= amount;
    }

    /// The goods come on the shelf of a location at landed cost. The part of it that is not paid yet is owed.
    fn receive(&mut self, order: u32, lot: &PurchaseOrder) {
        let id = self.purchases.of(order);
        let purchase = self.purchases.get(id);
        let shelf = &mut self.shelves[lot.location as usize];
        self.income.before_receipts += shelf.value.0;
        self.income.sell(shelf.settle());
        shelf.receive(lot.units, purchase.cost, purchase.paid_moment);

        let (landed, paid, goods) = (purchase.landed(), purchase.paid_in_all(), purchase.goods());
        *goods_of(&mut self.accounts, purchase) -= goods;
        self.accounts.prepaid -= paid - goods;
        self.accounts.unpaid -= landed - paid;
        self.accounts.payables += landed - paid;
        self.changes += 1;

        if shelf.units == 0 {
            self.income.left += shelf.write_off();
            self.income.sell(shelf.settle());
        }
        self.purchases.get_mut(id).received = true;
        self.purchases.done(id);
    }

    /// `n` shoppers order, and pay where customers pay at the order.
    #[inline]
    fn order_accepted(&mut self, now: &Now<'_>, n: i64) {
        if now.plan.paid_at_order() {
            self.customers_pay(now, n);
        }
    }

    /// Customers pay for `n` orders; the money arrives after the settlement lag, less the fee.
    #[inline]
    fn customers_pay(&mut self, now: &Now<'_>, n: i64) {
        self.counts.paid += n;
        match now.plan.finance.settlement_days as usize {
            0 => self.settle(n),
            lag => {
                self.outstanding += n;
                self.settling[now.day + lag] += n;
            }
        }
    }

    /// The money of `n` orders reaches the account, less the fee.
    #[inline]
    fn settle(&mut self, n: i64) {
        self.counts.settled += n;
        self.trade += (self.rates.price - self.rates.payment_fee) * n;
    }

    /// `n` units ordered on day `born` leave location `i`.
    #[inline(always)]
    fn ship(&mut self, now: &Now<'_>, i: usize, n: i64, born: u32) {
        let cost = self.shelves[i].take(n);
        let paid_on = if now.plan.paid_at_order() {
            born
        } else {
            self.customers_pay(now, n);
            now.day as u32
        };
        // Before the window begins only balances are kept, no costs.
        if !now.is_measured() {
            return;
        }
        self.counts.shipped += n;
        self.counts.parcels[i] += n;
        self.spend(self.rates.parcel[i], n);
        let duty = &now.plan.locations[i].parcel_duty;
        if !duty.is_nothing() {
            let duty = duty[now.day] * n;
            self.expenses -= duty;
            self.sums.parcel_duty -= duty;
        }
        self.income.left += cost;
        self.income.received_moment += cost.0 * i128::from(paid_on + now.plan.finance.settlement_days);
    }

    /// Customers who cancel get the price back. The payment fee does not come back to the shop.
    fn refund(&mut self, now: &Now<'_>, n: i64, cohort: &Cohort, cause: Cause) {
        if !now.plan.paid_at_order() {
            return;
        }
        self.counts.refunded += n;
        self.trade -= self.rates.price * n;
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

    /// An order is placed at the freight rate and the duty of the days on which they will be paid.
    fn order(&mut self, now: &Now<'_>, order: u32, lot: &PurchaseOrder) {
        let route = &now.plan.locations[lot.location as usize].routes[lot.route as usize];
        let rate = route.freight_rate(now.path, lot.milestone(route.freight_at.stage) as usize);
        let duty_day = (lot.milestone(route.duty_at.stage) as usize).min(route.duty_per_unit.len() - 1);
        let cost = route.landed(lot.total(), duty_day, rate);
        self.accounts.unpaid += cost.into_iter().sum();
        self.changes += 1;
        self.purchases.place(order, lot, cost, route);
    }

    /// `n` units are taken off an open order, and the payments on them come back.
    fn take_off(&mut self, order: u32, lot: &PurchaseOrder, n: i64) {
        let purchase = self.purchases.get_mut(self.purchases.of(order));
        let (unpaid, goods) = (purchase.landed() - purchase.paid_in_all(), purchase.goods());
        *goods_of(&mut self.accounts, purchase) -= goods;
        let back = purchase.take_off(n, lot.total());
        *goods_of(&mut self.accounts, purchase) += purchase.goods();
        self.accounts.unpaid += purchase.landed() - purchase.paid_in_all() - unpaid;
        self.changes += 1;
        for part in Part::ALL {
            let amount = back[part as usize];
            self.purchase(part, -amount);
            self.accounts.prepaid -= if part == Part::Goods { Money::ZERO } else { amount };
        }
    }

    /// Customers' payments of some days ago reach the account, and payments on purchase orders that fall due today are made.
    #[inline(always)]
    fn pay_what_is_due(&mut self, now: &Now<'_>) {
        self.paid.clear();
        // Without a lag customers' money has arrived at once.
        if now.plan.finance.settlement_days > 0 {
            let n = std::mem::take(&mut self.settling[now.day]);
            self.outstanding -= n;
            self.settle(n);
        }
        if self.purchases.is_any_due(now.day) {
            self.pay_purchases(now);
        }
    }

    /// Makes the payments on purchase orders that fall due today, and moves goods that change their place today.
    #[inline(never)]
    fn pay_purchases(&mut self, now: &Now<'_>) {
        while let Some((id, what)) = self.purchases.next_due(now.day) {
            match what {
                DueKind::Moved(place) => self.move_goods(id, place),
                DueKind::Goods(_) | DueKind::Extra(_) => self.pay(now.plan, id, what),
            }
            self.changes += 1;
            self.purchases.done(id);
        }
    }

    /// The goods of an order that has not been received change their place.
    fn move_goods(&mut self, id: u32, place: Place) {
        let purchase = self.purchases.get_mut(id);
        if !purchase.received {
            let goods = purchase.goods();
            *goods_of(&mut self.accounts, purchase) -= goods;
            purchase.place = place;
            *goods_of(&mut self.accounts, purchase) += goods;
        }
    }

    /// A payment to suppliers, carriers or customs: in advance for units still to come, or of a debt for units received.
    fn pay(&mut self, plan: &Plan, id: u32, what: DueKind) {
        let purchase = self.purchases.get_mut(id);
        let route = &plan.locations[purchase.location as usize].routes[purchase.route as usize];
        let (part, amount) = purchase.amount(what, route);
        let a = &mut self.accounts;
        if purchase.received {
            a.payables -= amount;
            purchase.paid[part as usize] += amount;
        } else {
            a.unpaid -= amount;
            if part == Part::Goods {
                *goods_of(a, purchase) -= purchase.goods();
                purchase.paid[part as usize] += amount;
                *goods_of(a, purchase) += purchase.goods();
            } else {
                purchase.paid[part as usize] += amount;
                a.prepaid += amount;
            }
        }
        self.paid.push(Payment { location: purchase.location, placed: purchase.placed, amount });
        self.purchase(part, amount);
    }

    fn shrink(&mut self, location: usize, n: i64) {
        let shelf = &mut self.shelves[location];
        self.income.sell(shelf.settle());
        let value = shelf.take(n);
        self.income.shrunk_value += value;
        self.income.left += value;
        // The cost of units that vanished is no cost of goods sold.
        let _ = shelf.settle();
    }

    /// Posts the costs of the day itself. The days before the window have none, because cash is counted from the window on.
    #[inline(always)]
    fn close_the_day(&mut self, now: &Now<'_>, evening: &Evening<'_>) {
        self.stock = self.shelves.iter().map(|shelf| shelf.value).sum();
        if !now.is_measured() {
            return;
        }
        let plan = now.plan;
        self.counts.days += 1;
        if self.rates.fixed_per_day != Money::ZERO {
            self.expenses -= self.rates.fixed_per_day;
        }
        if self.rates.storage {
            let of = |(i, site): (usize, &Site)| site.on_hand as f64 * plan.locations[i].storage[now.day];
            let cost = evening.sites.iter().enumerate().map(of).fold(0.0, |sum, cost| sum + cost);
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

    /// Insurance of the stock, and the provision for its obsolescence.
    #[inline]
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

    /// Everything that is owned and owed now; `next` is the first day to come.
    fn balance(&self, plan: &Plan, sites: &[Site], next: usize) -> Balance {
        Balance {
            accounts: self.accounts(),
            on_hand: self.shelves.iter().map(|shelf| shelf.value).sum(),
            duty_on_hand: self.shelves.iter().map(Shelf::duty).sum(),
            prepayments: plan.prepayments(Site::totals(sites).1),
            overhang: self.overhang(plan, sites, next),
        }
    }

    /// Overhang: book value of the units by which the inventory position exceeds the policy's target, units on hand first, then
    /// units on order. The target is the one for the steady mean of the days from `next` on, whatever the planner believes. A one-time buy
    /// has no further need, so its target is 0.
    fn overhang(&self, plan: &Plan, sites: &[Site], next: usize) -> Money {
        let of = |(i, ((site, shelf), l)): (usize, ((&Site, &Shelf), &LocationPlan))| {
            let beyond = (site.position() - l.steady_need(plan, next)).max(0);
            let on_hand = beyond.min(site.on_hand);
            let on_order = (beyond - on_hand).min(site.on_order);
            let open = || self.purchases.iter().filter(|p| !p.received && p.location as usize == i);
            let paid = || open().map(Purchase::paid_in_all).sum();
            let part = |value: Money, n: i64, of: i64| if n > 0 { value.part(n, of) } else { Money::ZERO };
            part(shelf.value, on_hand, site.on_hand)
                + part(if on_order > 0 { paid() } else { Money::ZERO }, on_order, site.on_order)
        };
        sites.iter().zip(&self.shelves).zip(&plan.locations).enumerate().map(of).sum()
    }

    /// Landed value of the stock on the shelf of a location.
    pub(super) fn value_at(&self, location: usize) -> Money {
        self.shelves[location].value
    }

    /// Landed value of all shelves at the end of the day.
    pub(super) fn stock(&self) -> Money {
        self.stock
    }

    /// Payments on purchase orders of today.
    pub(super) fn paid_today(&self) -> &[Payment] {
        &self.paid
    }

    /// Cash that has come in since the window began, less what has gone out.
    #[must_use]
    pub fn cash(&self) -> Money {
        self.trade + self.expenses - self.opening.accounts.cash
    }

    /// Balances of the accounts now.
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        let receivables = (self.rates.price - self.rates.payment_fee) * self.outstanding;
        Accounts { cash: self.trade + self.expenses, receivables, ..self.accounts }
    }

    /// The accounts of purchases now: goods bought that are not on a shelf, and debts. Cash and receivables are 0 here.
    pub(super) fn of_purchases(&self) -> &Accounts {
        &self.accounts
    }

    /// How often the accounts of purchases have changed.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }

    /// Number of orders that customers have paid for and whose money has not arrived.
    pub(super) fn outstanding(&self) -> i64 {
        self.outstanding
    }

    /// Interest since the window began, as cash: negative where interest was paid.
    pub(super) fn interest(&self) -> Money {
        self.sums.interest
    }

    /// Cash by line since the window began.
    #[must_use]
    pub fn flows(&self) -> Flows {
        let (r, c, s) = (&self.rates, &self.counts, &self.sums);
        let mut flows = [Money::ZERO; Line::COUNT];
        let mut pay = |line: Line, each: Money, units: i64| {
            if units != 0 && each != Money::ZERO {
                flows[line as usize] -= each * units;
            }
        };
        pay(Line::Refunds, r.price, c.refunded);
        pay(Line::PaymentFees, r.payment_fee, c.settled);
        for ((pick_and_pack, delivery), parcels) in r.parcels.iter().zip(&c.parcels) {
            pay(Line::PickAndPack, *pick_and_pack, *parcels);
            pay(Line::Delivery, *delivery, *parcels);
        }
        pay(Line::Support, r.support, c.backordered);
        pay(Line::Chargebacks, r.chargeback, c.cancelled);
        pay(Line::Chargebacks, r.chargeback_after_miss, c.cancelled_after_miss);
        pay(Line::Advertising, r.advertising, c.interested);
        pay(Line::FixedCosts, r.fixed_per_day, c.days);
        flows[Line::CustomerPayments as usize] = r.price * c.settled;
        for (line, part) in [
            (Line::Goods, Part::Goods),
            (Line::Freight, Part::Freight),
            (Line::Handling, Part::Handling),
            (Line::Duty, Part::Duty),
        ] {
            flows[line as usize] = s.purchases[part as usize];
        }
        flows[Line::ParcelDuty as usize] = s.parcel_duty;
        flows[Line::Storage as usize] = s.storage;
        flows[Line::Insurance as usize] = s.insurance;
        flows[Line::Interest as usize] = s.interest;
        flows
    }

    /// Revenue, landed cost and provisions since the window began.
    #[must_use]
    pub fn income(&self) -> Income {
        let (revenue, payment_fees) = (self.revenue(), self.payment_fees());
        Income { revenue, payment_fees, ..self.income }
    }

    fn revenue(&self) -> Money {
        self.rates.price * self.counts.shipped
    }

    fn payment_fees(&self) -> Money {
        self.rates.payment_fee * self.counts.paid
    }

    /// Provision for obsolescence since the window began.
    pub(super) fn obsolescence(&self) -> Money {
        self.income.obsolescence
    }

    /// Counts and amounts of which [`Ledger::earned`] is made now.
    #[inline(always)]
    pub(super) fn earnings(&self) -> Earnings {
        let other = self.expenses - self.income.left - self.income.obsolescence;
        Earnings { shipped: self.counts.shipped, paid: self.counts.paid, other }
    }

    /// Profit before the charge on capital that these counts and amounts make.
    pub(super) fn profit(&self, e: &Earnings) -> Money {
        self.rates.price * e.shipped - self.rates.payment_fee * e.paid + e.other
    }

    /// Profit before the charge on capital since the window began: revenue and landed cost at shipment, payment fees with the customer's
    /// payment, obsolescence as it is provided for, and all other costs as they are paid.
    #[must_use]
    pub fn earned(&self) -> Money {
        self.profit(&self.earnings())
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
                    == now.owned() - then.owned() - (b.payables - a.payables)
                        + income.cost_of_goods()
                        + income.shrunk_value,
            ),
            (
                "paid by customers = revenue - fees + change of prepayments - change of receivables",
                flow(Line::CustomerPayments) + flow(Line::PaymentFees) + flow(Line::Refunds)
                    == income.revenue - income.payment_fees + (now.prepayments - then.prepayments)
                        - (b.receivables - a.receivables),
            ),
            (
                "expenses = sum of their lines",
                self.expenses == Line::EXPENSES.iter().map(|line| flows[*line as usize]).sum(),
            ),
            ("accounts = what the purchase orders and customers say", *b == self.accounts_again(plan)),
            (
                "cost of what left the shelf = sold + vanished",
                income.left == income.cost_of_goods() + income.shrunk_value,
            ),
            ("value on hand = its parts", self.shelves.iter().all(|shelf| shelf.of_parts() == shelf.value)),
        ];
        laws.iter().find(|(_, holds)| !holds).map(|(law, _)| *law)
    }

    /// Every account once more, from the purchase orders and the customers' payments themselves.
    fn accounts_again(&self, plan: &Plan) -> Accounts {
        let mut again = Accounts { cash: self.accounts().cash, ..Accounts::default() };
        for purchase in self.purchases.iter() {
            let (landed, paid) = (purchase.landed(), purchase.paid_in_all());
            if purchase.received {
                again.payables += landed - paid;
            } else {
                *goods_of(&mut again, purchase) += purchase.goods();
                again.prepaid += paid - purchase.goods();
                again.unpaid += landed - paid;
            }
        }
        again.receivables = plan.net_price() * self.settling.iter().sum::<i64>();
        again
    }
}

/// [`Money::from_f64`] of an amount that has no sign: it runs several times a day.
#[inline(always)]
fn of_no_less_than_nothing(amount: f64) -> Money {
    let millionths = amount * 1e6 + 0.5;
    // A word of the machine, with some room.
    if millionths < 9.2e18 { Money(i128::from(millionths as i64)) } else { Money::from_f64(amount) }
}

/// The account of the goods of an order: deposits until they are paid in full.
fn goods_of<'a>(accounts: &'a mut Accounts, purchase: &Purchase) -> &'a mut Money {
    if purchase.goods_are_paid() { accounts.goods_at(purchase.place) } else { &mut accounts.deposits }
}

impl Income {
    /// Adds the landed cost and the moment that [`Shelf::settle`] says have left the shelf.
    fn sell(&mut self, (landed, paid_moment): (Landed, i128)) {
        self.sold.iter_mut().zip(landed).for_each(|(sum, part)| *sum += part);
        self.paid_moment += paid_moment;
    }

    /// Landed cost of the units shipped in the window, over all parts, with that of lots scrapped to the last unit.
    #[must_use]
    pub fn cost_of_goods(&self) -> Money {
        self.sold.into_iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::books::tests::Shop;

    fn money(amount: f64) -> Money {
        Money::from_f64(amount)
    }

    /// Three of ten are sold on day 0 and twenty ordered; the customers' money comes on day 2, the goods on day 5.
    #[test]
    fn goods_are_ordered_paid_received_and_sold() {
        let shop = Shop::new();
        let mut ledger = Ledger::new(&shop.plan);
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
        let a = ledger.accounts();
        assert_eq!((a.receivables, ledger.stock()), (money(27.0), money(28.0)));
        assert_eq!((a.deposits, a.unpaid, a.payables), (money(40.0), money(40.0), Money::ZERO));
        // Half of 80 for the goods, 1 and 2 a parcel.
        assert_eq!(a.cash, money(-40.0 - 9.0));
        assert_eq!(ledger.paid_today(), [Payment { location: 0, placed: 0, amount: money(40.0) }]);
        assert_eq!(ledger.earned(), money(30.0 - 3.0 - 12.0 - 9.0));

        for day in 1..5 {
            shop.tell(&mut ledger, day, &[Event::PaymentsDue]);
            shop.end(&mut ledger, day, shop.site(7, 0, 20));
        }
        assert_eq!((ledger.accounts().receivables, ledger.accounts().cash), (Money::ZERO, money(-49.0 + 27.0)));

        shop.tell(&mut ledger, 5, &[Event::Received { order: 0, lot: &lot }]);
        let a = ledger.accounts();
        assert_eq!((a.deposits, a.unpaid, a.payables), (Money::ZERO, Money::ZERO, money(40.0)));
        assert_eq!(ledger.value_at(0), money(28.0 + 80.0));
        shop.tell(&mut ledger, 5, &[Event::PaymentsDue, Event::WindowEnds(&[shop.site(27, 0, 0)])]);
        assert_eq!((ledger.accounts().payables, ledger.cash()), (Money::ZERO, money(-62.0)));
        assert_eq!(ledger.income().cost_of_goods(), money(12.0));
        assert_eq!(ledger.broken_law(&shop.plan), None);
    }

    /// A slot of the flow is used again when its order has been received. A debt for the old order belongs to another purchase.
    #[test]
    fn a_debt_outlives_the_slot_of_its_order() {
        let shop = Shop::new();
        let mut ledger = Ledger::new(&shop.plan);
        shop.open(&mut ledger);
        let (first, second) = (shop.lot(0, 20), shop.lot(5, 100));
        shop.tell(&mut ledger, 0, &[Event::Ordered { order: 0, lot: &first }, Event::PaymentsDue]);
        shop.tell(&mut ledger, 5, &[Event::Received { order: 0, lot: &first }]);
        shop.tell(&mut ledger, 5, &[Event::Ordered { order: 0, lot: &second }, Event::PaymentsDue]);
        let a = ledger.accounts();
        assert_eq!((a.payables, a.deposits, a.unpaid), (Money::ZERO, money(200.0), money(200.0)));
        assert_eq!(a.cash, money(-80.0 - 200.0));
    }

    /// Half of an order is taken off: the deposit on it comes back.
    #[test]
    fn what_is_taken_off_an_order_is_not_paid() {
        let shop = Shop::new();
        let mut ledger = Ledger::new(&shop.plan);
        shop.open(&mut ledger);
        let lot = shop.lot(0, 20);
        shop.tell(&mut ledger, 0, &[Event::Ordered { order: 0, lot: &lot }, Event::PaymentsDue]);
        shop.tell(&mut ledger, 1, &[Event::TakenOff { order: 0, lot: &lot, units: 10 }]);
        let a = ledger.accounts();
        assert_eq!((a.deposits, a.unpaid, a.cash), (money(20.0), money(20.0), money(-20.0)));
        let left = PurchaseOrder { units: 10, ..lot };
        shop.tell(&mut ledger, 5, &[Event::Received { order: 0, lot: &left }, Event::PaymentsDue]);
        assert_eq!((ledger.value_at(0), ledger.accounts().cash), (money(80.0), money(-40.0)));
    }

    /// A refund gives the price back and not the fee. Half of those who cancel cost a chargeback of 6, all of them after a broken promise.
    #[test]
    fn a_cancellation_costs_more_after_a_broken_promise() {
        let shop = Shop::new();
        let mut ledger = Ledger::new(&shop.plan);
        shop.open(&mut ledger);
        let waits = |units| Cohort { born: 0, number: 0, first_promise: 4, promise: 4, units, notices: 0 };
        shop.tell(&mut ledger, 0, &[Event::Backordered { location: 0, units: 4, promise: 4 }]);
        for (day, units, cause) in [(3, 2, Cause::Customer), (5, 1, Cause::Customer), (6, 1, Cause::Rule)] {
            shop.tell(&mut ledger, day, &[Event::Cancelled { location: 0, units, cohort: &waits(0), cause }]);
        }
        let of = |line: Line| ledger.flows()[line as usize];
        assert_eq!(of(Line::Refunds), money(-40.0));
        assert_eq!(of(Line::Chargebacks), money(-2.0 * 3.0 - 6.0));
        assert_eq!(of(Line::Support), money(-2.0));
        assert_eq!(ledger.income().payment_fees, money(4.0));
    }
}
