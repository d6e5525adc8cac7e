//! The six phases of a day, in order: supply, allocation, demand, patience, review, books.

use super::crowd::{self, CROWD};
use super::days::DayRow;
use super::demand::Path;
use super::expedite;
use super::ledger::{Ledger, Line, Part};
use super::ordering;
use super::plan::{LocationPlan, PatiencePlan, Plan, PromisePlan};
use super::planner;
use super::probe::{DayRecord, Event, EventKind, Probe};
use super::state::{Cohort, DueKind, LocationState, NONE, PurchaseOrder, Score, State, Tally, Today};
use crate::dist::binomial;
use crate::rng::{Draw, Stream};
use crate::units::Money;

/// One day of one replication: what a phase needs to know besides the state.
pub(super) struct Context<'a, P: Probe> {
    pub plan: &'a Plan,
    pub path: &'a Path,
    pub replication: u32,
    pub day: usize,
    pub probe: &'a mut P,
}

impl<P: Probe> Context<'_, P> {
    pub fn draw(&self, stream: Stream, day: usize, index: u32) -> Draw {
        stream.at(self.replication, self.plan.first.plus(day as i32).0, index)
    }

    #[inline]
    pub fn event(&mut self, location: usize, kind: EventKind, units: i64, other_day: Option<u32>) {
        if P::EVENTS && units != 0 {
            self.record(location, kind, units, other_day, None);
        }
    }

    pub fn record(
        &mut self,
        location: usize,
        kind: EventKind,
        units: i64,
        other_day: Option<u32>,
        money: Option<Money>,
    ) {
        let day = self.day;
        let other_day = other_day.filter(|d| *d != NONE).map(|d| d as usize);
        self.probe.event(Event { day, location, kind, units, other_day, money });
    }
}

/// 1. What arrives today becomes on hand.
pub(super) fn supply<P: Probe>(cx: &mut Context<'_, P>, s: &mut State) {
    let State { locations, book, ledger, score, today, .. } = s;
    *today = Today::default();
    let mut next = book.arrivals[cx.day];
    while next != NONE {
        let id = next;
        let order = &mut book.orders[id as usize];
        next = order.next_arrival;
        let l = &mut locations[order.location as usize];
        let t = &mut score.tally;

        t.receipts += 1;
        t.before_receipts += l.value.0;
        t.clean_receipts += i64::from(l.cycle_clean);
        l.cycle_clean = true;

        if let Some(i) = l.open.iter().position(|o| *o == id) {
            l.open.remove(i);
        }
        l.on_order -= order.units + order.scrapped;
        t.received += order.units;
        t.scrapped += order.scrapped;
        t.lead_time_units += order.units;
        t.lead_time_unit_days += order.units * i64::from(order.arrival - order.placed);
        today.receipts += order.units;
        score.routes[order.location as usize][order.route as usize].receive(order);

        // What was sold so far had the old average cost.
        t.sell(l.settle());
        l.receive(order);
        ledger.receive(order);
        if l.on_hand == 0 {
            // A lot scrapped to the last unit onto an empty shelf is a loss, not stock.
            t.left += l.value;
            l.value = Money::ZERO;
            t.sell(l.settle());
        }
        order.received = true;
        order.pending -= 1;
        let (location, units, placed) = (order.location as usize, order.units, order.placed);
        if order.pending == 0 {
            book.free_orders.push(id);
        }
        cx.event(location, EventKind::Received, units, Some(placed));
    }
}

/// 2. On hand goes to waiting orders, oldest first.
pub(super) fn allocation<P: Probe>(cx: &mut Context<'_, P>, s: &mut State) {
    let State { locations, ledger, score, today, .. } = s;
    for (i, l) in locations.iter_mut().enumerate() {
        while l.on_hand > 0 && l.backlog > 0 {
            let Some(cohort) = l.queue.front_mut() else { break };
            let n = cohort.units.min(l.on_hand);
            cohort.units -= n;
            let c = *cohort;
            if c.units == 0 {
                l.queue.pop_front();
            }
            l.backlog -= n;
            score.tally.shipped_from_backlog += n;
            score.end_of_wait(cx, &c, n, true);
            let cost = l.take(n);
            ship(cx, i, n, c.born, cost, ledger, score, today);
            cx.event(i, EventKind::ShippedFromBacklog, n, Some(c.born));
        }
        if l.backlog == 0 {
            l.queue.clear();
        }
    }
}

/// 3. Today's shoppers: those for whom delivery takes too long leave; the others are served while stock lasts, or quoted a date.
pub(super) fn demand<P: Probe>(cx: &mut Context<'_, P>, s: &mut State) {
    s.unmet.iter_mut().for_each(Vec::clear);
    s.unserved.fill(0);
    let crowd = cx.path.units[cx.day] > CROWD;
    let (interested, lost) =
        if crowd { crowd::served_while_stock_lasts(cx, s) } else { served_while_stock_lasts(cx, s) };
    let State { ledger, score, today, unmet, unserved, .. } = s;
    today.demand = interested - lost;
    ledger.post(Line::Advertising, -(cx.plan.advertising * interested));
    let t = &mut score.tally;
    t.interested += interested;
    t.lost_to_delivery += lost;
    t.demanded += today.demand;
    t.spike_demanded += if cx.path.spike[cx.day] { today.demand } else { 0 };
    t.served_days += i64::from(unmet.iter().all(Vec::is_empty) && unserved.iter().all(|n| *n == 0));
    cx.event(0, EventKind::Demand, today.demand, None);
    cx.event(0, EventKind::LostToDelivery, lost, None);
    for i in 0..s.locations.len() {
        for_backorder(cx, s, i);
    }
}

/// The day's shoppers, one by one, up to those who find no stock and stay: they are left in `unmet`. Returns how many were
/// interested, and how many left because of the delivery time.
fn served_while_stock_lasts<P: Probe>(cx: &mut Context<'_, P>, s: &mut State) -> (i64, i64) {
    let shoppers = cx.path.units[cx.day];
    let State { locations, ledger, score, today, unmet, .. } = s;
    let mut delivery = DeliveryDecisions::new(cx);
    let (mut first, mut left, mut share_left) = (0, shoppers, 1.0);
    let (mut interested, mut lost) = (shoppers, 0);
    let mut split = cx.draw(cx.plan.customers.split_stream, cx.day, 0);
    for (i, l) in locations.iter_mut().enumerate() {
        let LocationPlan { share, kept, .. } = cx.plan.locations[i];
        let n = if share >= share_left { left } else { binomial(left, share / share_left, &mut split) };
        left -= n;
        share_left -= share;
        let own = first..first + n as u32;
        first = own.end;
        let won = if kept > 1.0 { own.clone().filter(|k| delivery.uniform(*k) < kept - 1.0).count() as i64 } else { 0 };
        let further = interested as u32..(interested + won) as u32;
        interested += won;
        let (served, gone) = delivery.serve(own.chain(further), kept, l.on_hand, &mut unmet[i]);
        lost += gone;
        l.observed += served;
        serve(cx, i, served, l, ledger, score, today);
    }
    if cx.plan.overflow {
        for (i, waiting) in unmet.iter_mut().enumerate().filter(|(_, u)| !u.is_empty()) {
            let mut elsewhere = 0;
            for (j, l) in locations.iter_mut().enumerate().filter(|(_, l)| l.on_hand > 0) {
                let asked = std::mem::take(waiting);
                let (served, gone) = delivery.serve(asked.into_iter(), cx.plan.locations[j].kept, l.on_hand, waiting);
                lost += gone;
                elsewhere += served;
                serve(cx, j, served, l, ledger, score, today);
            }
            locations[i].observed += elsewhere;
        }
    }
    for (i, waiting) in unmet.iter_mut().enumerate() {
        let before = waiting.len();
        waiting.retain(|k| delivery.stays(*k, cx.plan.locations[i].kept));
        lost += (before - waiting.len()) as i64;
    }
    (interested, lost)
}

/// What each of the day's shoppers makes of a delivery time: one uniform number a shopper, the same in every supply
/// model, so that a slower model loses whom a faster one loses and others besides.
struct DeliveryDecisions {
    stream: Stream,
    replication: u32,
    date: i32,
    /// Numbers are drawn four at a time: which four, and the numbers.
    four: Option<u32>,
    uniforms: [f64; 4],
}

impl DeliveryDecisions {
    fn new<P: Probe>(cx: &Context<'_, P>) -> Self {
        let (stream, date) = (cx.plan.customers.delivery_stream, cx.plan.first.plus(cx.day as i32).0);
        DeliveryDecisions { stream, replication: cx.replication, date, four: None, uniforms: [0.0; 4] }
    }

    fn uniform(&mut self, shopper: u32) -> f64 {
        if self.four != Some(shopper / 4) {
            self.four = Some(shopper / 4);
            self.uniforms = self.stream.four(self.replication, self.date, shopper / 4);
        }
        self.uniforms[shopper as usize % 4]
    }

    fn stays(&mut self, shopper: u32, kept: f64) -> bool {
        kept >= 1.0 || self.uniform(shopper) < kept
    }

    /// Shoppers in turn: those who stay take what is `on_hand`; whoever comes later is put into `unmet`, undecided. Returns
    /// how many are served, and how many leave.
    fn serve(
        &mut self,
        mut shoppers: impl Iterator<Item = u32>,
        kept: f64,
        on_hand: i64,
        unmet: &mut Vec<u32>,
    ) -> (i64, i64) {
        let (mut served, mut lost) = (0, 0);
        if kept >= 1.0 {
            // Nobody leaves, so nobody needs to be asked: days of a million shoppers cost no more than others.
            served = (shoppers.size_hint().0 as i64).min(on_hand);
            if served > 0 {
                shoppers.nth(served as usize - 1);
            }
        } else {
            while served < on_hand {
                let Some(k) = shoppers.next() else { break };
                if self.stays(k, kept) { served += 1 } else { lost += 1 }
            }
        }
        unmet.extend(shoppers);
        (served, lost)
    }
}

/// Ships `n` units of today's orders from the shelf.
pub(super) fn serve<P: Probe>(
    cx: &mut Context<'_, P>,
    i: usize,
    n: i64,
    l: &mut LocationState,
    ledger: &mut Ledger,
    score: &mut Score,
    today: &mut Today,
) {
    if n == 0 {
        return;
    }
    score.tally.accepted += n;
    score.tally.from_stock += n;
    today.from_stock += n;
    order_accepted(cx, n, ledger, score);
    let cost = l.take(n);
    ship(cx, i, n, cx.day as u32, cost, ledger, score, today);
    cx.event(i, EventKind::ServedFromStock, n, None);
}

/// Quotes a date to the unmet shoppers whose first choice is location `first`, and takes the orders of
/// those who accept it. Each shopper decides by a draw of their own, the same in every supply model.
fn for_backorder<P: Probe>(cx: &mut Context<'_, P>, s: &mut State, first: usize) {
    let State { locations, book, ledger, score, today, unmet, unserved, .. } = s;
    let mut shoppers = unmet[first].as_slice();
    let mut left = shoppers.len() as i64 + unserved[first];
    if left > 0 {
        locations[first].cycle_clean = false;
    }
    let mut receipts = 0;
    while left > 0 {
        let (i, receipt) = ordering::earliest_cover(cx, first, locations, book);
        let promise = match cx.plan.customers.promise {
            PromisePlan::ExpectedArrival => receipt.quoted,
            PromisePlan::FixedDays(days) => cx.day as u32 + days,
            PromisePlan::None => NONE,
        };
        // Without a quoted date shoppers judge by what is really on its way.
        let quoted = if promise == NONE { receipt.quoted } else { promise };
        let chance = cx.plan.customers.accepts(f64::from(quoted.saturating_sub(cx.day as u32)));
        let (asked, accepted) = if shoppers.is_empty() {
            crowd::asked_to_wait(cx, left, chance, receipt.units, (first, receipts))
        } else {
            let (asked, accepted) = asked_to_wait(cx, shoppers, chance, receipt.units);
            shoppers = &shoppers[asked..];
            (asked as i64, accepted)
        };
        left -= asked;
        receipts += 1;
        let walked_away = asked - accepted;
        score.tally.walked_away += walked_away;
        today.walked_away += walked_away;
        cx.event(i, EventKind::WalkedAway, walked_away, None);
        if accepted > 0 {
            locations[first].observed += accepted;
            let l = &mut locations[i];
            l.backlog += accepted;
            l.cycle_clean = false;
            let (born, number) = (cx.day as u32, today.cohorts);
            l.queue.push_back(Cohort { born, number, first_promise: promise, promise, units: accepted, notices: 0 });
            today.cohorts += 1;
            score.tally.accepted += accepted;
            score.tally.backordered += accepted;
            score.tally.promised += if promise == NONE { 0 } else { accepted };
            order_accepted(cx, accepted, ledger, score);
            ledger.post(Line::Support, -(cx.plan.support * accepted));
            cx.event(i, EventKind::Backordered, accepted, Some(promise));
        }
    }
}

/// Asks one shopper after the other, until those who accept fill what a receipt covers. Returns how many were asked, and
/// how many of them accepted.
fn asked_to_wait<P: Probe>(cx: &Context<'_, P>, shoppers: &[u32], chance: f64, room: i64) -> (usize, i64) {
    if chance >= 1.0 {
        let accepted = (shoppers.len() as i64).min(room);
        return (accepted as usize, accepted);
    }
    if chance <= 0.0 {
        return (shoppers.len(), 0);
    }
    let (mut asked, mut accepted) = (0, 0);
    while asked < shoppers.len() && accepted < room {
        let u = cx.draw(cx.plan.customers.accept_stream, cx.day, shoppers[asked]).uniform();
        accepted += i64::from(u < chance);
        asked += 1;
    }
    (asked, accepted)
}

/// 4. Waiting orders of earlier days get notice of delays, and keep waiting or cancel.
pub(super) fn patience<P: Probe>(cx: &mut Context<'_, P>, s: &mut State) {
    let customers = &cx.plan.customers;
    if !customers.notices && !customers.thirty_day_rule && matches!(customers.patience, PatiencePlan::Endless) {
        return;
    }
    let today = cx.day as u32;
    for i in 0..s.locations.len() {
        if s.locations[i].backlog == 0 {
            continue;
        }
        let mut ahead = 0;
        for k in 0..s.locations[i].queue.len() {
            let c = s.locations[i].queue[k];
            if c.units == 0 || c.born == today {
                ahead += c.units;
                continue;
            }
            if customers.notices {
                notice(cx, s, i, k, ahead);
            } else if customers.thirty_day_rule && c.promise != NONE && today == c.promise + 1 {
                s.score.tally.breached_orders += c.units;
            }
            let c = s.locations[i].queue[k];
            let age = today - c.born;
            let hazard = match &customers.patience {
                PatiencePlan::Endless => 0.0,
                PatiencePlan::ByAge(by_age) => by_age[(age as usize).min(by_age.len() - 1)],
                PatiencePlan::ByPromise(within, after_miss) => {
                    if c.missed(today) {
                        *after_miss
                    } else {
                        *within
                    }
                }
            };
            let mut draw = cx.draw(customers.patience_stream.numbered(c.number), c.born as usize, age);
            let lost = binomial(c.units, hazard, &mut draw);
            cancel(cx, s, i, k, lost, EventKind::CancelledByCustomer);
            ahead += s.locations[i].queue[k].units;
        }
    }
}

/// Tells cohort `k` of a new date if its promise has passed, or will by more than the tolerance. Some leave at the notice.
///
/// Where the 30-day rule holds (16 CFR 435), silence counts as consent only once, and only to a date at most 30 days
/// after the one promised; otherwise those who do not consent expressly are refunded. Nobody is asked twice at one notice.
fn notice<P: Probe>(cx: &mut Context<'_, P>, s: &mut State, i: usize, k: usize, ahead: i64) {
    let (customers, today) = (&cx.plan.customers, cx.day as u32);
    let c = s.locations[i].queue[k];
    if c.promise == NONE {
        return;
    }
    let receipt = ordering::cover(cx, i, &mut s.locations[i], &s.book, ahead + c.units);
    if !c.missed(today) && receipt.expected <= c.promise + customers.notice_tolerance {
        return;
    }
    let (share, cause) = if customers.thirty_day_rule && (c.notices > 0 || receipt.quoted > c.promise + 30) {
        (1.0 - customers.express_consent, EventKind::CancelledByRule)
    } else {
        (customers.leave_at_notice, EventKind::CancelledByCustomer)
    };
    let mut draw = cx.draw(customers.consent_stream.numbered(c.number), c.born as usize, c.notices);
    let leaving = binomial(c.units, share, &mut draw);
    let promise = receipt.quoted.max(today + 1);
    cx.event(i, EventKind::NoticeSent, c.units, Some(promise));
    // Who leaves now leaves at the notice, not after a broken promise.
    let c = &mut s.locations[i].queue[k];
    c.promise = promise;
    c.notices += 1;
    cancel(cx, s, i, k, leaving, cause);
}

/// `lost` units of cohort `k` leave the queue; their money goes back, the payment fee does not.
fn cancel<P: Probe>(cx: &mut Context<'_, P>, s: &mut State, i: usize, k: usize, lost: i64, cause: EventKind) {
    if lost == 0 {
        return;
    }
    let State { locations, book, ledger, score, today, .. } = s;
    let l = &mut locations[i];
    let c = &mut l.queue[k];
    c.units -= lost;
    let c = *c;
    l.backlog -= lost;
    today.cancelled += lost;
    let paid = Ledger::at_order(cx.plan);
    if paid {
        ledger.post(Line::Refunds, -(cx.plan.price * lost));
    }
    if cause == EventKind::CancelledByRule {
        score.tally.cancelled_by_rule += lost;
    } else {
        score.tally.cancelled_by_customer += lost;
        if paid {
            let broken = c.missed(cx.day as u32);
            let each = if broken { cx.plan.chargeback_after_miss } else { cx.plan.chargeback };
            ledger.post(Line::Chargebacks, -(each * lost));
        }
    }
    score.end_of_wait(cx, &c, lost, false);
    cx.event(i, cause, lost, Some(c.born));
    if cx.plan.customers.cancel_purchase_order {
        ordering::take_off_order(l, lost, book, ledger, &mut score.tally);
    }
}

/// 5. The planner updates the forecast and, on a review day, orders.
pub(super) fn review<P: Probe>(cx: &mut Context<'_, P>, s: &mut State) {
    for i in 0..s.locations.len() {
        planner::observe(cx.plan, cx.day, &mut s.locations[i]);
    }
    for i in 0..s.locations.len() {
        expedite::watch(cx, i, s);
        if planner::reviews_today(cx, i, s) {
            ordering::review(cx, i, s);
        } else {
            expedite::between_reviews(cx, i, s);
        }
    }
}

/// 6. Payments due today post; end-of-day stock, backlog, capital and cash are recorded.
pub(super) fn books<P: Probe>(cx: &mut Context<'_, P>, s: &mut State) {
    let State { locations, book, ledger, score, today, .. } = s;
    let plan = cx.plan;
    ledger.settle_today(plan, cx.day);
    let mut next = book.due[cx.day];
    while next != NONE {
        let due = book.dues[next as usize];
        book.free_dues.push(next);
        next = due.next;
        let order = &mut book.orders[due.order as usize];
        let amount = pay(plan, order, due.what, ledger);
        order.pending -= 1;
        let (location, placed) = (order.location as usize, order.placed);
        if order.pending == 0 {
            book.free_orders.push(due.order);
        }
        if P::EVENTS && amount != Money::ZERO {
            cx.record(location, EventKind::Paid, 0, Some(placed), Some(amount));
        }
    }

    let (mut storage, mut stock) = (0.0, Money::ZERO);
    let (mut on_hand, mut backlog, mut on_order) = (0, 0, 0);
    let (mut buffer, mut planned, mut safety_stock) = (Money::ZERO, Money::ZERO, 0);
    for (i, (l, lp)) in locations.iter_mut().zip(&plan.locations).enumerate() {
        shrink(cx, i, l, &mut score.tally);
        on_hand += l.on_hand;
        backlog += l.backlog;
        on_order += l.on_order;
        // On hand up to the planned safety stock is the buffer; the rest is cycle stock.
        stock += l.value;
        buffer += l.value.part(l.on_hand.min(l.safety_stock), l.on_hand);
        planned += lp.landed_unit_cost[cx.day] * l.safety_stock;
        safety_stock += l.safety_stock;
        score.tally.parcel_duty_on_hand += (lp.parcel_duty[cx.day] * l.on_hand).0;
        storage += l.on_hand as f64 * lp.storage[cx.day];
    }
    ledger.post(Line::Storage, -Money::from_f64(storage));
    ledger.post(Line::Insurance, -Money::from_f64(stock.to_f64() * plan.finance.insurance / 365.0));
    ledger.post(Line::FixedCosts, -plan.cash.fixed_per_day);
    if cx.day >= plan.warmup {
        ledger.pay_interest(plan, score.opening.accounts.cash);
    }
    let a = ledger.accounts;
    let invested = a.deposits + a.pipeline() + stock;
    let prepayments = plan.prepayments(backlog);

    let t = &mut score.tally;
    t.days += 1;
    t.ready_days += i64::from(on_hand > 0);
    t.clear_days += i64::from(backlog == 0);
    t.on_hand_days += on_hand;
    t.backlog_days += backlog;
    t.on_order_days += on_order;
    t.peak_backlog = t.peak_backlog.max(backlog);
    t.deposits += a.deposits.0;
    t.in_production += a.in_production.0;
    t.finished += a.finished.0;
    t.in_transit += a.in_transit.0;
    t.prepaid += a.prepaid.0;
    t.cycle_stock += (stock - buffer).0;
    t.buffer += buffer.0;
    t.unpaid += a.unpaid.0;
    t.payables += a.payables.0;
    t.prepayments += prepayments.0;
    t.receivables += a.receivables.0;
    t.safety_stock += planned.0;
    t.obsolescence += Money::from_f64(stock.to_f64() * plan.finance.obsolescence / 365.0);

    if cx.day >= plan.warmup {
        score.invested.push(invested);
        let book = invested + a.receivables - a.payables - prepayments - score.tally.obsolescence;
        score.days.push(DayRow {
            demanded: today.demand,
            from_stock: today.from_stock,
            walked_away: today.walked_away,
            served_later: 0,
            cancelled: 0,
            backlog,
            buffered: on_hand >= safety_stock,
            cash: a.cash - score.opening.accounts.cash,
            interest: ledger.flows()[Line::Interest as usize],
            earned: score.tally.earned(ledger.flows()),
            book,
        });
        let [demand, receipts, on_hand, waiting, shipped, cancelled] =
            [today.demand, today.receipts, on_hand, backlog, today.shipped, today.cancelled].map(i128::from);
        let cents = Money::hundredths;
        let record: DayRecord = [
            demand,
            receipts,
            on_hand,
            waiting,
            shipped,
            cancelled,
            cents(a.deposits),
            cents(a.in_production),
            cents(a.finished),
            cents(a.in_transit),
            cents(a.prepaid),
            cents(stock - buffer),
            cents(buffer),
            cents(invested),
            cents(a.unpaid),
            cents(a.payables),
            cents(prepayments),
            cents(a.receivables),
            cents(book),
            cents(plan.cash.opening + a.cash - score.opening.accounts.cash),
        ];
        cx.probe.day(cx.day - plan.warmup, &record, ledger.flows());
    }
    if P::EVENTS {
        for i in 0..s.locations.len() {
            let on_hand = s.locations[i].on_hand - s.locations[i].backlog;
            let value = s.locations[i].value;
            cx.record(i, EventKind::EndOfDay, on_hand, None, Some(value));
        }
    }
}

/// Posts what falls due on an order today; returns what was paid.
fn pay(plan: &Plan, order: &mut PurchaseOrder, what: DueKind, ledger: &mut Ledger) -> Money {
    let (part, amount) = match what {
        DueKind::Goods(k) => {
            let (share, _) = plan.locations[order.location as usize].routes[order.route as usize].payments[k as usize];
            let goods = order.cost[Part::Goods as usize];
            order.instalments -= 1;
            // The last one pays what is left.
            let rest = goods - order.paid[Part::Goods as usize];
            (Part::Goods, if order.instalments == 0 { rest } else { Money::from_f64(goods.to_f64() * share) })
        }
        DueKind::Extra(part) => (part, order.cost[part as usize]),
        DueKind::Moved(place) => {
            if !order.received {
                ledger.moved(order, place);
            }
            return Money::ZERO;
        }
    };
    if order.received {
        ledger.pay_debt(order, part, amount)
    } else {
        ledger.prepay(order, part, amount)
    }
    amount
}

/// Units vanish from the shelf, as many as the yearly rate says on average: without a draw, a fraction at a time.
fn shrink<P: Probe>(cx: &mut Context<'_, P>, i: usize, l: &mut LocationState, t: &mut Tally) {
    l.shrink_due += l.on_hand as f64 * cx.plan.finance.shrink / 365.0;
    if l.shrink_due < 1.0 {
        return;
    }
    let n = (l.shrink_due as i64).min(l.on_hand);
    l.shrink_due -= n as f64;
    t.sell(l.settle());
    t.shrunk += n;
    let value = l.take(n);
    t.shrunk_value += value;
    t.left += value;
    // These parts are not part of what was sold.
    let _ = l.settle();
    cx.event(i, EventKind::Shrunk, n, None);
}

/// `n` shoppers order; those who pay at once do.
fn order_accepted<P: Probe>(cx: &Context<'_, P>, n: i64, ledger: &mut Ledger, score: &mut Score) {
    if Ledger::at_order(cx.plan) {
        score.tally.payment_fees += cx.plan.payment_fee * n;
        ledger.customers_pay(cx.plan, n, cx.day);
    }
}

/// `n` units ordered on day `born` leave location `i`.
#[expect(clippy::too_many_arguments, reason = "disjoint parts of the state, borrowed apart")]
fn ship<P: Probe>(
    cx: &Context<'_, P>,
    i: usize,
    n: i64,
    born: u32,
    cost: Money,
    ledger: &mut Ledger,
    score: &mut Score,
    today: &mut Today,
) {
    let l = &cx.plan.locations[i];
    let t = &mut score.tally;
    t.shipped += n;
    today.shipped += n;
    t.parcels += if l.duty_per_order { n } else { 0 };
    t.spike_shipped += if cx.path.spike[born as usize] && born as usize >= cx.plan.warmup { n } else { 0 };
    t.revenue += cx.plan.price * n;
    t.left += cost;
    ledger.post(Line::PickAndPack, -(l.pick_and_pack * n));
    ledger.post(Line::Delivery, -(l.delivery * n));
    ledger.post(Line::ParcelDuty, -(l.parcel_duty[cx.day] * n));
    let paid_on = if Ledger::at_order(cx.plan) {
        born
    } else {
        t.payment_fees += cx.plan.payment_fee * n;
        ledger.customers_pay(cx.plan, n, cx.day);
        cx.day as u32
    };
    t.received_moment += cost.0 * i128::from(paid_on + cx.plan.finance.settlement_days);
}

impl Score {
    /// `n` units of a cohort stop waiting today, shipped or not.
    pub(super) fn end_of_wait<P: Probe>(&mut self, cx: &Context<'_, P>, c: &Cohort, n: i64, shipped: bool) {
        if c.born as usize >= cx.plan.warmup {
            let today = cx.day as u32;
            self.tally.promises_missed += if c.missed_first(today) { n } else { 0 };
            self.tally.final_promises_missed += if c.missed(today) { n } else { 0 };
            self.tally.shipped_late += if shipped && c.missed(today) { n } else { 0 };
            let age = cx.day - c.born as usize;
            let born = &mut self.days[c.born as usize - cx.plan.warmup];
            *(if shipped { &mut born.served_later } else { &mut born.cancelled }) += n;
            (if shipped { &mut self.waits.ended } else { &mut self.waits.left })[age] += i128::from(n);
        }
    }
}
