//! What is paid on purchase orders, what is owed on them, and where their goods are.
//!
//! An order knows all of it when it is placed: when its payments fall due, when its goods change their place, when they are received. So it
//! is posted once, and no order is looked at again before its receipt. What is held in an account from one day to another is summed over the
//! measured evenings at once ([`Posted::days`]); what changes the totals of a day is filed in the row of that day, which the day adds up
//! ([`Purchases::fall_due`]). If units are taken off an order, what it would still post is taken back, and posted anew.

use super::accounts::{Account, Held};
use crate::sim::flow::{NONE, PurchaseOrder};
use crate::sim::landed::{Landed, Part};
use crate::sim::plan::{MilestoneDay, Plan, RoutePlan};
use restock_base::units::{Money, share};

/// The money of one open purchase order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Purchase {
    pub cost: Landed,
    /// What goods of another location had cost there, by part: it is paid.
    brought: Landed,
    /// Sum of payment x day over all payments, those to come included.
    pub paid_moment: i128,
    /// What had been paid in the morning of the day `since`; from then on it is paid by its terms.
    paid: Landed,
    since: u32,
    /// The evening from which on what is paid is held: that of `since`, or the one before, if somebody has said what was paid by then.
    held_from: u32,
    /// What is left to be paid for the goods is due on the day `since`: less was paid than the terms say, and no instalment is to come.
    overdue: bool,
    /// More is paid than the goods.
    pub mixed: bool,
}

/// An open order and its route: when it is paid, and where its goods are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms<'a> {
    pub order: u32,
    pub lot: &'a PurchaseOrder,
    pub route: &'a RoutePlan,
}

/// A payment on an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Due {
    what: What,
    amount: Money,
    day: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Goods: number of the instalment among the route's.
    Instalment(usize),
    /// Freight, handling or duty, in full.
    Extra(Part),
}

/// All purchases of a replication.
#[derive(Debug, Clone, Default)]
pub(super) struct Purchases {
    /// By slot of the flow's orders.
    open: Vec<Purchase>,
    posted: Posted,
}

/// What they have posted, and will.
#[derive(Debug, Clone, Default)]
pub(super) struct Posted {
    /// The first measured day, and the one after the last.
    warmup: u32,
    end: u32,
    rows: Vec<Row>,
    /// Days that have been added up.
    added_up: usize,
    /// Paid on orders that are not received, and owed on those that are, at the end of the last day.
    on_its_way: Money,
    payables: Money,
    /// By account: sum over the measured evenings, and what is held when the window begins and when it has ended.
    days: Held,
    opening: Held,
    closing: Held,
    /// The same ends of what is on its way, by location.
    on_its_way_to: Vec<(Money, Money)>,
    /// Paid in the window, by part.
    paid: Landed,
    detail: Option<Box<Detail>>,
}

/// What a day changes.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    on_its_way: Money,
    payables: Money,
    paid: Money,
    /// Something of it is not zero.
    changes: bool,
}

/// Purchases day by day, for those who read every day.
#[derive(Debug, Clone, Default)]
struct Detail {
    rows: Vec<DetailRow>,
    /// Accounts at the end of the last day, and how often they have changed.
    held: Held,
    changes: u64,
    /// Paid since the window began, by part.
    paid: Landed,
    /// Payments by day, the last one filed first; empty if nobody reads them.
    payments: Vec<Vec<Filed>>,
    /// Those of the last day.
    today: Vec<Payment>,
}

#[derive(Debug, Clone, Copy, Default)]
struct DetailRow {
    held: Held,
    paid: Landed,
    changes: bool,
}

#[derive(Debug, Clone, Copy)]
struct Filed {
    order: u32,
    what: What,
    payment: Payment,
}

/// A payment to suppliers, carriers or customs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Payment {
    pub location: u32,
    /// Day on which the order was placed.
    pub placed: u32,
    pub amount: Money,
}

impl Purchase {
    /// Takes `n` of `total` units off. Returns what was paid on them, by part.
    fn take_off(&mut self, n: i64, total: i64) -> Landed {
        let mut back = Landed::default();
        for part in Part::ALL {
            let i = part as usize;
            back[i] = self.paid[i].part(n, total);
            self.paid[i] -= back[i];
            self.brought[i] -= self.brought[i].part(n, total);
            // A part that was paid in full stays paid in full, to the millionth.
            self.cost[i] = if self.paid[i] + back[i] == self.cost[i] {
                self.paid[i]
            } else {
                self.cost[i] - self.cost[i].part(n, total)
            };
        }
        self.paid_moment -= share(self.paid_moment, n.into(), total.into());
        back
    }

    /// What is paid for freight, handling or duty, besides what was paid where the goods come from.
    fn extra(&self, part: Part) -> Money {
        self.cost[part as usize] - self.brought[part as usize]
    }

    /// Its opposite: what it posts takes back what the purchase has posted.
    fn negated(&self) -> Self {
        let minus = |landed: Landed| landed.map(|part| -part);
        Purchase { cost: minus(self.cost), paid: minus(self.paid), brought: minus(self.brought), ..*self }
    }
}

/// A share of what is paid for the goods, rounded to the millionth.
#[inline(always)]
fn instalment(goods: Money, share: f64) -> Money {
    // All of it comes back through a float as it was, if it has 50 digits at most: two roundings move it by less than half a millionth.
    let is_short = u64::try_from(goods.0).is_ok_and(|goods| goods < 1 << 50);
    if share == 1.0 && is_short { goods } else { rounded(goods, share) }
}

#[inline(never)]
fn rounded(goods: Money, share: f64) -> Money {
    Money::from_f64(goods.to_f64() * share)
}

impl Terms<'_> {
    /// The day on which an instalment is paid.
    #[inline(always)]
    fn day(&self, k: usize) -> u32 {
        self.lot.day_of(self.route.payments[k].1)
    }

    /// Whether each instalment is paid on a later day than the one before it.
    #[inline(always)]
    fn is_in_order(&self) -> bool {
        (1..self.route.payments.len()).all(|k| self.day(k - 1) < self.day(k))
    }

    /// The first instalment that is paid on a day or later, and the day.
    #[inline(always)]
    fn first(&self, from: u32, in_order: bool) -> Option<(u32, usize)> {
        let all = in_order && from == self.lot.placed && !self.route.payments.is_empty();
        if all { Some((self.day(0), 0)) } else { self.after((from, usize::MAX)) }
    }

    /// The instalment that is paid after one of a day.
    #[inline(always)]
    fn next(&self, (day, k): (u32, usize), in_order: bool) -> Option<(u32, usize)> {
        if !in_order {
            return self.after((day, k));
        }
        (k + 1 < self.route.payments.len()).then(|| (self.day(k + 1), k + 1))
    }

    /// The next one by day, and of those of one day the last of the route's first.
    #[inline(never)]
    fn after(&self, (day, k): (u32, usize)) -> Option<(u32, usize)> {
        let mut next: Option<(u32, usize)> = None;
        for (j, (_, at)) in self.route.payments.iter().enumerate() {
            let falls_due = self.lot.day_of(*at);
            let is_later = falls_due > day || falls_due == day && j < k;
            if is_later && next.is_none_or(|(first, _)| falls_due <= first) {
                next = Some((falls_due, j));
            }
        }
        next
    }

    /// What is paid with an instalment that is the last one or not. The last one pays what is left, and none pays more.
    #[inline(always)]
    fn amount(&self, (goods, paid): (Money, Money), k: usize, is_last: bool) -> Money {
        let left = goods - paid;
        if is_last {
            return left;
        }
        let amount = instalment(goods, self.route.payments[k].0);
        // What is taken back is negative.
        if amount.0.abs() > left.0.abs() { left } else { amount }
    }

    /// What has been paid on a purchase before a day.
    fn paid_before(&self, purchase: &Purchase, day: u32) -> Landed {
        let (mut paid, goods) = (purchase.paid, purchase.cost[Part::Goods as usize]);
        if purchase.overdue && day > purchase.since {
            paid[Part::Goods as usize] = goods;
        }
        let mut next = self.first(purchase.since, false);
        while let Some((due, k)) = next.filter(|(due, _)| *due < day) {
            next = self.next((due, k), false);
            paid[Part::Goods as usize] += self.amount((goods, paid[Part::Goods as usize]), k, next.is_none());
        }
        for (part, _) in self.extras().into_iter().filter(|(_, due)| (purchase.since..day).contains(due)) {
            paid[part as usize] += purchase.extra(part);
        }
        paid
    }

    /// Sum of payment x day over all payments of an order of this cost.
    #[inline(always)]
    fn paid_moment(&self, cost: &Landed) -> i128 {
        let goods = cost[Part::Goods as usize];
        let mut moment = 0;
        for (share, at) in &self.route.payments {
            moment += (instalment(goods, *share) * i64::from(self.lot.day_of(*at))).0;
        }
        if !self.route.goods_alone {
            for (part, day) in self.extras() {
                moment += (cost[part as usize] * i64::from(day)).0;
            }
        }
        moment
    }

    /// Sum of payment x day: of what is paid by the morning of the day `since`, as if on that day, and of what is to come.
    fn moment_from(&self, purchase: &Purchase) -> i128 {
        let goods = purchase.cost[Part::Goods as usize];
        let mut paid = purchase.paid[Part::Goods as usize];
        let mut moment = (purchase.paid.into_iter().sum::<Money>() * i64::from(purchase.since)).0;
        if purchase.overdue {
            moment += ((goods - paid) * i64::from(purchase.since)).0;
        }
        let mut next = self.first(purchase.since, false);
        while let Some((day, k)) = next {
            next = self.next((day, k), false);
            let amount = self.amount((goods, paid), k, next.is_none());
            moment += (amount * i64::from(day)).0;
            paid += amount;
        }
        for (part, day) in self.extras().into_iter().filter(|(_, day)| *day >= purchase.since) {
            moment += (purchase.extra(part) * i64::from(day)).0;
        }
        moment
    }

    /// When freight, handling and duty fall due.
    #[inline]
    fn extras(&self) -> [(Part, u32); 3] {
        let receipt = MilestoneDay { stage: self.route.stages.len(), days_later: 0 };
        let days =
            [(Part::Freight, self.route.freight_at), (Part::Handling, receipt), (Part::Duty, self.route.duty_at)];
        days.map(|(part, at)| (part, self.lot.day_of(at)))
    }

    /// Calls `stay` with each account in which goods that are paid in full are from the evening of the day `from` on, until their receipt.
    #[inline]
    fn each_place(&self, from: u32, mut stay: impl FnMut(Account, u32, u32)) {
        let arrival = self.lot.arrival;
        let (mut place, mut since, mut moved) = (self.route.first_place, from, NONE);
        for (stage, next) in &self.route.moves {
            let day = self.lot.milestone(*stage);
            // Of the moves of one day the first one is carried out last.
            if day == moved {
                continue;
            }
            if day >= arrival {
                break;
            }
            if day > since {
                stay(Account::of_goods(place), since, day);
                since = day;
            }
            (place, moved) = (*next, day);
        }
        if since < arrival {
            stay(Account::of_goods(place), since, arrival);
        }
    }
}

impl Purchases {
    pub fn new(plan: &Plan) -> Self {
        let posted = Posted {
            warmup: plan.warmup as u32,
            end: plan.days as u32,
            rows: vec![Row::default(); plan.days],
            on_its_way_to: vec![(Money::ZERO, Money::ZERO); plan.locations.len()],
            ..Posted::default()
        };
        Purchases { open: Vec::with_capacity(128), posted }
    }

    /// Keeps accounts day by day, too, and single payments if they are asked for.
    pub fn keep_days(&mut self, payments: bool) {
        let days = self.posted.rows.len();
        let detail = self.posted.detail.get_or_insert_default();
        detail.rows.resize(days, DetailRow::default());
        if payments {
            detail.payments.resize(days, Vec::new());
        }
    }

    pub fn reset(&mut self) {
        self.open.clear();
        self.posted.reset();
    }

    /// An order of this cost is placed: posts all that will become of it.
    #[inline]
    pub fn place(&mut self, terms: &Terms<'_>, cost: &Landed) {
        let slot = terms.order as usize;
        if slot == self.open.len() {
            self.open.push(Purchase::default());
        }
        let purchase = &mut self.open[slot];
        purchase.cost = *cost;
        (purchase.paid, purchase.brought) = (Landed::default(), Landed::default());
        (purchase.since, purchase.held_from, purchase.overdue) = (terms.lot.placed, terms.lot.placed, false);
        purchase.mixed = !terms.route.goods_alone;
        if let ([(share, at)], true) = (&terms.route.payments[..], terms.route.goods_alone) {
            // One payment: there is no order to find.
            let (amount, day) = (cost[Part::Goods as usize], terms.lot.day_of(*at));
            purchase.paid_moment = (instalment(amount, *share) * i64::from(day)).0;
            self.posted.post_payment(terms, Due { what: What::Instalment(0), amount, day }, terms.lot.placed);
            self.posted.hold_goods(terms, (amount, amount), (day, terms.lot.arrival));
            return;
        }
        purchase.paid_moment = terms.paid_moment(cost);
        self.posted.post(purchase, terms);
    }

    /// Goods leave another location, where they had cost `brought`: posts what becomes of them, and what `cost` they have besides.
    #[inline(never)]
    pub fn send(&mut self, terms: &Terms<'_>, (brought, moment): (&Landed, i128), cost: &Landed) {
        self.place(terms, cost);
        let purchase = &mut self.open[terms.order as usize];
        purchase.cost.iter_mut().zip(brought).for_each(|(cost, brought)| *cost += *brought);
        (purchase.paid, purchase.brought) = (*brought, *brought);
        purchase.paid_moment += moment;
        purchase.mixed |= Part::ALL.iter().any(|part| *part != Part::Goods && brought[*part as usize] != Money::ZERO);
        self.posted.post_paid(purchase, terms);
        let goods = brought[Part::Goods as usize];
        self.posted.hold_goods(terms, (goods, goods), (terms.lot.placed, terms.lot.arrival));
    }

    /// An open order.
    #[inline]
    pub fn get(&self, order: u32) -> &Purchase {
        &self.open[order as usize]
    }

    /// `n` units are taken off an open order on `day`; what was paid on them comes back.
    pub fn take_off(&mut self, terms: &Terms<'_>, n: i64, day: u32) {
        let (back, _) = self.without(terms, n, day);
        for part in Part::ALL {
            self.posted.pay(part, -back[part as usize], day);
        }
    }

    /// `n` units of an open order are lost on `day`: what is left of their price is paid. Returns what they have cost.
    pub fn lose(&mut self, terms: &Terms<'_>, n: i64, day: u32) -> Money {
        let (paid, unpaid) = self.without(terms, n, day);
        self.posted.pay(Part::Goods, unpaid, day);
        paid.into_iter().sum::<Money>() + unpaid
    }

    /// Takes `n` units off an open order on `day`. Returns what was paid on them, by part, and what is unpaid of their goods.
    fn without(&mut self, terms: &Terms<'_>, n: i64, day: u32) -> (Landed, Money) {
        let purchase = &mut self.open[terms.order as usize];
        let paid = terms.paid_before(purchase, day);
        purchase.overdue &= day == purchase.since;
        (purchase.paid, purchase.since, purchase.held_from) = (paid, day, day);
        self.posted.post(&purchase.negated(), terms);
        let goods = purchase.cost[Part::Goods as usize];
        let back = purchase.take_off(n, terms.lot.total());
        let unpaid = goods - purchase.cost[Part::Goods as usize] - back[Part::Goods as usize];
        self.posted.post(purchase, terms);
        (back, unpaid)
    }

    /// An order leaves on `day` in a container: what is still to come falls due as it goes on from there, and all but the goods costs what is known now.
    pub fn load(&mut self, before: &Terms<'_>, now: &Terms<'_>, cost: &Landed, day: u32) {
        let purchase = &mut self.open[before.order as usize];
        let paid = before.paid_before(purchase, day);
        purchase.overdue &= day == purchase.since;
        (purchase.paid, purchase.since, purchase.held_from) = (paid, day, day);
        self.posted.post(&purchase.negated(), before);
        let foreseen = before.moment_from(purchase);
        let (goods, brought) = (purchase.cost[Part::Goods as usize], purchase.brought);
        purchase.cost = [goods, brought[1] + cost[1], brought[2] + cost[2], brought[3] + cost[3]];
        purchase.paid_moment += now.moment_from(purchase) - foreseen;
        self.posted.post(purchase, now);
    }

    /// In the morning of the day `begin` so much has been paid for the goods of an order, whatever its terms say. From then on its instalments are
    /// paid as they fall due, the last of them with what is left; if none is to come, what is left is due on that day.
    pub fn paid_so_far(&mut self, terms: &Terms<'_>, amount: Money, begin: u32) {
        let purchase = &mut self.open[terms.order as usize];
        let evening = begin - 1;
        (purchase.paid, purchase.since) = (terms.paid_before(purchase, evening), evening);
        purchase.held_from = evening;
        self.posted.post(&purchase.negated(), terms);
        purchase.paid = terms.paid_before(purchase, begin);
        purchase.paid[Part::Goods as usize] = amount;
        purchase.since = begin;
        purchase.overdue = amount != purchase.cost[Part::Goods as usize] && terms.first(begin, false).is_none();
        purchase.paid_moment = terms.moment_from(purchase);
        self.posted.post(purchase, terms);
    }

    /// An amount is owed from before the run on, for goods that were received then.
    pub fn owe(&mut self, amount: Money, due: u32) {
        self.posted.owe(amount, (0, due));
        self.posted.pay(Part::Goods, amount, due);
        if let Some(detail) = &mut self.posted.detail
            && let Some(filed) = detail.payments.get_mut(due as usize)
        {
            let payment = Payment { location: 0, placed: 0, amount };
            filed.push(Filed { order: NONE, what: What::Instalment(0), payment });
        }
    }

    pub fn posted(&self) -> &Posted {
        &self.posted
    }

    /// A day's receipts, payments and debts count. Returns the cash that is paid.
    #[inline(always)]
    pub fn fall_due(&mut self, day: usize) -> Money {
        self.posted.fall_due(day)
    }
}

impl Posted {
    fn reset(&mut self) {
        // A row is empty when its day has been added up.
        self.rows[self.added_up..].fill(Row::default());
        self.added_up = 0;
        (self.on_its_way, self.payables) = (Money::ZERO, Money::ZERO);
        (self.days, self.opening, self.closing) = (Held::default(), Held::default(), Held::default());
        self.on_its_way_to.fill((Money::ZERO, Money::ZERO));
        self.paid = Landed::default();
        if let Some(detail) = &mut self.detail {
            detail.reset();
        }
    }

    /// Posts what a purchase holds from the morning of the day `since` on, and what is still to be paid on it.
    fn post(&mut self, purchase: &Purchase, terms: &Terms<'_>) {
        let (since, held_from, arrival) = (purchase.since, purchase.held_from, terms.lot.arrival);
        if since > terms.lot.placed {
            self.post_paid(purchase, terms);
        }
        let (goods, mut paid) = (purchase.cost[Part::Goods as usize], purchase.paid[Part::Goods as usize]);
        let in_order = terms.is_in_order();
        let (mut from, mut next) = (held_from, terms.first(since, in_order));
        if purchase.overdue {
            self.hold_goods(terms, (paid, goods), (from, since));
            let (what, amount) = (What::Instalment(terms.route.payments.len()), goods - paid);
            self.post_payment(terms, Due { what, amount, day: since }, held_from);
            (from, paid) = (since, goods);
        }
        while let Some((day, k)) = next {
            next = terms.next((day, k), in_order);
            self.hold_goods(terms, (paid, goods), (from, day));
            let amount = terms.amount((goods, paid), k, next.is_none());
            self.post_payment(terms, Due { what: What::Instalment(k), amount, day }, held_from);
            (from, paid) = (day, paid + amount);
        }
        self.hold_goods(terms, (paid, goods), (from, arrival));
        if purchase.mixed {
            self.post_extras(purchase, terms);
        }
    }

    /// Posts what had been paid before the day `since`.
    #[inline(never)]
    fn post_paid(&mut self, purchase: &Purchase, terms: &Terms<'_>) {
        let paid: Money = purchase.paid.into_iter().sum();
        self.send(terms, paid, purchase.held_from);
        let extras = paid - purchase.paid[Part::Goods as usize];
        self.hold(Account::Prepaid, extras, (purchase.held_from, terms.lot.arrival));
    }

    #[inline(never)]
    fn post_extras(&mut self, purchase: &Purchase, terms: &Terms<'_>) {
        for (part, day) in terms.extras() {
            let amount = purchase.extra(part);
            if day >= purchase.since && amount != Money::ZERO {
                self.post_payment(terms, Due { what: What::Extra(part), amount, day }, purchase.held_from);
                self.hold(Account::Prepaid, amount, (day, terms.lot.arrival));
            }
        }
    }

    /// Posts a payment on an order that is unpaid from the day `since` on.
    #[inline(always)]
    fn post_payment(&mut self, terms: &Terms<'_>, due: Due, since: u32) {
        let arrival = terms.lot.arrival;
        let Due { what, amount, day } = due;
        self.hold(Account::Unpaid, amount, (since, day.min(arrival)));
        if day < arrival {
            self.send(terms, amount, day);
        } else if day > arrival {
            self.owe(amount, (arrival, day));
        }
        self.pay(what.part(), amount, day);
        if let Some(detail) = &mut self.detail {
            detail.file(terms, due);
        }
    }

    /// An amount is owed from the receipt until it is paid.
    #[inline(never)]
    fn owe(&mut self, amount: Money, (arrival, day): (u32, u32)) {
        self.hold(Account::Payables, amount, (arrival, day));
        self.change(arrival, |row| row.payables += amount);
        self.change(day, |row| row.payables -= amount);
    }

    /// Goods for which `paid` has been paid stay where they are from the evening of one day to that of another, or to the receipt.
    #[inline(always)]
    fn hold_goods(&mut self, terms: &Terms<'_>, paid_of_all: (Money, Money), (from, to): (u32, u32)) {
        let to = to.min(terms.lot.arrival);
        if from < to && paid_of_all.0 != Money::ZERO {
            self.hold_paid_goods(terms, paid_of_all, (from, to));
        }
    }

    #[inline(never)]
    fn hold_paid_goods(&mut self, terms: &Terms<'_>, (paid, all): (Money, Money), (from, to): (u32, u32)) {
        if paid == all {
            terms.each_place(from, |account, from, until| self.hold(account, paid, (from, until.min(to))));
        } else {
            self.hold(Account::Deposits, paid, (from, to));
        }
    }

    /// An amount is in an account on the evenings from one day until before another.
    #[inline(always)]
    fn hold(&mut self, account: Account, amount: Money, (from, to): (u32, u32)) {
        if from >= to {
            return;
        }
        let (i, measured) = (account as usize, |day: u32| day.clamp(self.warmup, self.end));
        let evenings = measured(to) - measured(from);
        self.days[i] += amount * i64::from(evenings);
        if from < self.warmup && to >= self.warmup {
            self.opening[i] += amount;
        }
        if from < self.end && to >= self.end {
            self.closing[i] += amount;
        }
        if let Some(detail) = &mut self.detail {
            detail.hold(account, amount, (from, to));
        }
    }

    /// What is paid on an order on a day before its receipt is on its way until then.
    #[inline(never)]
    fn send(&mut self, terms: &Terms<'_>, amount: Money, day: u32) {
        let arrival = terms.lot.arrival;
        self.change(day, |row| row.on_its_way += amount);
        self.change(arrival, |row| row.on_its_way -= amount);
        let (opening, closing) = &mut self.on_its_way_to[terms.lot.location as usize];
        if day < self.warmup && arrival >= self.warmup {
            *opening += amount;
        }
        if day < self.end && arrival >= self.end {
            *closing += amount;
        }
    }

    /// Cash is paid on a day, or comes back.
    #[inline(always)]
    fn pay(&mut self, part: Part, amount: Money, day: u32) {
        if day >= self.end {
            return;
        }
        self.change(day, |row| row.paid += amount);
        let measured = day >= self.warmup;
        if measured {
            self.paid[part as usize] += amount;
        }
        if let Some(detail) = &mut self.detail {
            detail.pay(part, if measured { amount } else { Money::ZERO }, day);
        }
    }

    /// Changes the row of a day; what happens after the run never comes.
    #[inline]
    fn change(&mut self, day: u32, change: impl FnOnce(&mut Row)) {
        if let Some(row) = self.rows.get_mut(day as usize) {
            row.changes = true;
            change(row);
        }
    }

    /// A day's receipts, payments and debts count. Returns the cash that is paid.
    #[inline(always)]
    fn fall_due(&mut self, day: usize) -> Money {
        self.added_up = day + 1;
        if let Some(detail) = &mut self.detail {
            detail.fall_due(day);
        }
        let row = &mut self.rows[day];
        if !row.changes {
            return Money::ZERO;
        }
        self.on_its_way += row.on_its_way;
        self.payables += row.payables;
        std::mem::take(row).paid
    }

    /// Paid on orders that are not received, at the end of the last day.
    #[inline(always)]
    pub fn on_its_way(&self) -> Money {
        self.on_its_way
    }

    /// Owed on those that are.
    #[inline(always)]
    pub fn payables(&self) -> Money {
        self.payables
    }

    /// Sums of the accounts over the measured evenings: complete when the window has ended.
    pub fn days(&self) -> &Held {
        &self.days
    }

    /// What is held when the window begins, and when it has ended.
    pub fn opening(&self) -> &Held {
        &self.opening
    }

    pub fn closing(&self) -> &Held {
        &self.closing
    }

    /// What has been paid then on orders on their way to each location.
    pub fn on_its_way_to(&self, location: usize) -> (Money, Money) {
        self.on_its_way_to[location]
    }

    /// Cash paid since the window began, by part: all of the window's, or until the last day where days are kept.
    pub fn paid(&self) -> &Landed {
        self.detail.as_ref().map_or(&self.paid, |detail| &detail.paid)
    }

    /// Where days are kept: accounts at the end of the last day, and how often they have changed.
    pub fn tonight(&self) -> Option<(&Held, u64)> {
        self.detail.as_ref().map(|detail| (&detail.held, detail.changes))
    }

    /// Where days are kept: the payments of the last day.
    pub fn paid_today(&self) -> &[Payment] {
        self.detail.as_ref().map_or(&[], |detail| &detail.today)
    }

    /// Whether what was summed over days and what the days added up agree. After the window has ended.
    pub fn agree(&self) -> bool {
        let [deposits, in_production, finished, in_transit, prepaid, _, payables] = self.closing;
        let on_its_way = deposits + in_production + finished + in_transit + prepaid;
        let to_locations: Money = self.on_its_way_to.iter().map(|(_, closing)| *closing).sum();
        let by_day = |detail: &Detail| detail.held == self.closing && detail.paid == self.paid;
        (self.on_its_way, self.payables) == (on_its_way, payables)
            && on_its_way == to_locations
            && self.detail.as_deref().is_none_or(by_day)
    }
}

impl What {
    fn part(self) -> Part {
        match self {
            What::Instalment(_) => Part::Goods,
            What::Extra(part) => part,
        }
    }
}

impl Detail {
    fn reset(&mut self) {
        self.rows.fill(DetailRow::default());
        (self.held, self.paid) = (Held::default(), Landed::default());
        self.changes += 1;
        self.payments.iter_mut().for_each(Vec::clear);
        self.today.clear();
    }

    fn change(&mut self, day: u32, change: impl FnOnce(&mut DetailRow)) {
        if let Some(row) = self.rows.get_mut(day as usize) {
            row.changes = true;
            change(row);
        }
    }

    #[inline(never)]
    fn hold(&mut self, account: Account, amount: Money, (from, to): (u32, u32)) {
        self.change(from, |row| row.held[account as usize] += amount);
        self.change(to, |row| row.held[account as usize] -= amount);
    }

    #[inline(never)]
    fn pay(&mut self, part: Part, amount: Money, day: u32) {
        self.change(day, |row| row.paid[part as usize] += amount);
    }

    /// Files a payment, or changes the one that was filed before.
    #[inline(never)]
    fn file(&mut self, terms: &Terms<'_>, due: Due) {
        let Some(filed) = self.payments.get_mut(due.day as usize) else { return };
        let (order, what) = (terms.order, due.what);
        let PurchaseOrder { location, placed, .. } = *terms.lot;
        let of_order = |f: &Filed| (f.order, f.payment.placed) == (order, placed);
        if let Some(known) = filed.iter_mut().find(|f| of_order(f) && f.what == what) {
            known.payment.amount += due.amount;
            return;
        }
        // In the order of the route's terms, where several instalments fall due on one day.
        let is_later = |f: &Filed| match (f.what, what) {
            (What::Instalment(other), What::Instalment(k)) => of_order(f) && other > k,
            _ => false,
        };
        let place = filed.iter().position(is_later).unwrap_or(filed.len());
        filed.insert(place, Filed { order, what, payment: Payment { location, placed, amount: due.amount } });
    }

    fn fall_due(&mut self, day: usize) {
        let row = &self.rows[day];
        if row.changes {
            self.held.iter_mut().zip(row.held).for_each(|(sum, change)| *sum += change);
            self.paid.iter_mut().zip(row.paid).for_each(|(sum, part)| *sum += part);
            self.changes += 1;
        }
        self.today.clear();
        if let Some(filed) = self.payments.get(day) {
            self.today.extend(filed.iter().rev().map(|filed| filed.payment));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Place;
    use crate::sim::books::tests::Shop;
    use restock_base::rng::Stream;

    fn money(amount: f64) -> Money {
        Money::from_f64(amount)
    }

    /// All that is posted until the evening of each day.
    fn evenings(shop: &Shop, purchases: &mut Purchases) -> Vec<(Money, Money, Money)> {
        let evening = |day| {
            let paid = purchases.fall_due(day);
            (paid, purchases.posted.on_its_way(), purchases.posted.payables())
        };
        (0..shop.plan.days).map(evening).collect()
    }

    fn of(held: &Held, account: Account) -> Money {
        held[account as usize]
    }

    /// Twenty units at 4 are ordered on day 0 and come on day 5; half is paid at once, half three days after the receipt.
    #[test]
    fn what_is_paid_late_is_owed_from_the_receipt_on() {
        let mut shop = Shop::new();
        shop.plan.warmup = 2;
        let half = |stage, days_later| (0.5, MilestoneDay { stage, days_later });
        shop.plan.locations[0].routes[0].payments = vec![half(0, 0), half(1, 3)];
        let (lot, mut purchases) = (shop.lot(0, 20), Purchases::new(&shop.plan));
        purchases.keep_days(false);
        let terms = Terms { order: 0, lot: &lot, route: &shop.plan.locations[0].routes[0] };
        purchases.place(&terms, &[money(80.0), Money::ZERO, Money::ZERO, Money::ZERO]);
        let (forty, nothing) = (money(40.0), Money::ZERO);
        let days = evenings(&shop, &mut purchases);
        assert_eq!(days[0], (forty, forty, nothing));
        assert_eq!(days[1..5], [(nothing, forty, nothing); 4]);
        assert_eq!(days[5..8], [(nothing, nothing, forty); 3]);
        assert_eq!(days[8..], [(forty, nothing, nothing), (nothing, nothing, nothing)]);
        let posted = purchases.posted();
        // Deposits and what is unpaid on the evenings of days 2 to 4, debts on those of days 5 to 7.
        for account in [Account::Deposits, Account::Unpaid, Account::Payables] {
            assert_eq!(of(posted.days(), account), money(120.0), "{account:?}");
        }
        assert_eq!(of(posted.opening(), Account::Deposits), forty);
        assert_eq!(
            (posted.on_its_way_to(0), posted.paid()[0]),
            ((forty, nothing), forty),
            "the first half was paid before the window"
        );
        assert!(posted.agree());
    }

    /// What is paid in full waits where it is: finished from day 2 on, on its way from day 4 on. Of the two moves of day 4 the first counts.
    #[test]
    fn goods_that_are_paid_for_change_their_place() {
        let mut shop = Shop::new();
        let route = &mut shop.plan.locations[0].routes[0];
        route.payments = vec![(1.0, MilestoneDay { stage: 0, days_later: 0 })];
        route.first_place = Place::InProduction;
        route.moves = vec![(1, Place::Finished), (2, Place::InTransit), (3, Place::Finished)];
        let (mut lot, mut purchases) = (shop.lot(0, 20), Purchases::new(&shop.plan));
        lot.ends[..3].copy_from_slice(&[2, 4, 4]);
        let terms = Terms { order: 0, lot: &lot, route: &shop.plan.locations[0].routes[0] };
        purchases.place(&terms, &[money(80.0), Money::ZERO, Money::ZERO, Money::ZERO]);
        evenings(&shop, &mut purchases);
        let days = [Account::InProduction, Account::Finished, Account::InTransit, Account::Deposits];
        assert_eq!(days.map(|account| of(purchases.posted().days(), account)), [160.0, 160.0, 80.0, 0.0].map(money));
        assert!(purchases.posted().agree());
    }

    /// The short way and the long one, up to where the short one ends.
    #[test]
    fn all_of_an_amount_is_all_of_it() {
        let stream = Stream::new(7, "", "amounts", "");
        for n in 0..20_000 {
            let goods = Money((stream.at(n, 0, 0).uniform() * (1_u64 << (10 + n % 41)) as f64) as i128);
            assert_eq!(rounded(goods, 1.0), goods);
        }
        let most = Money((1 << 50) - 1);
        assert_eq!(rounded(most, 1.0), most);
        assert_eq!(instalment(Money(-5), 1.0), Money(-5));
        assert_eq!(instalment(Money(10), 0.25), Money(3));
    }
}
