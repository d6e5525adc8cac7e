//! The state of one replication: allocated once, reset for each.

use super::days::DayRow;
use super::ledger::{Accounts, Flows, Landed, Ledger, Line, Part};
use super::plan::Plan;
use super::probe::{Daily, Trace};
use super::replenished::RouteTimes;
use crate::model::{Place, Policy};
use crate::stats::survival::WaitTable;
use crate::units::limits::STAGES;
use crate::units::{Money, share};
use std::collections::VecDeque;

/// No entry in an intrusive list.
pub(super) const NONE: u32 = u32::MAX;

/// Everything that changes from day to day.
#[derive(Debug, Clone)]
pub struct State {
    pub(super) locations: Vec<LocationState>,
    pub(super) book: OrderBook,
    pub(super) ledger: Ledger,
    pub(super) score: Score,
    pub(super) today: Today,
    /// Numbers of the day's shoppers who found no stock, by their first location; reused.
    pub(super) unmet: Vec<Vec<u32>>,
    /// On the day of a crowd instead: how many they are.
    pub(super) unserved: Vec<i64>,
    pub(super) daily: Daily,
    pub(super) trace: Trace,
}

/// Purchase orders of all locations, and what falls due when.
#[derive(Debug, Clone)]
pub(super) struct OrderBook {
    /// Slots are used again when an order is received and paid.
    pub orders: Vec<PurchaseOrder>,
    pub free_orders: Vec<u32>,
    /// First order received on each day; further ones through [`PurchaseOrder::next_arrival`].
    pub arrivals: Vec<u32>,
    /// First payment due on each day; further ones through [`Due::next`].
    pub due: Vec<u32>,
    pub dues: Vec<Due>,
    pub free_dues: Vec<u32>,
    /// Time until which the factory is busy.
    pub factory_free: f64,
}

/// What the measured window counts.
#[derive(Debug, Clone)]
pub(super) struct Score {
    pub tally: Tally,
    /// Waits of orders placed in the measured window.
    pub waits: WaitTable,
    /// What was received in it, by location and route.
    pub routes: Vec<Vec<RouteTimes>>,
    /// Invested capital at the end of each measured day.
    pub invested: Vec<Money>,
    pub days: Vec<DayRow>,
    /// Balances when the window began, and what of them was overhang.
    pub opening: Balance,
    pub opening_overhang: Money,
}

/// Everything that is owned and owed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    pub accounts: Accounts,
    /// Stock on the shelves at landed cost, and the duty in it.
    pub on_hand: Money,
    pub duty_on_hand: Money,
    /// Paid by customers for orders that wait.
    pub prepayments: Money,
}

impl Balance {
    /// Stock, and what has been paid for goods on order.
    #[must_use]
    pub fn owned(&self) -> Money {
        self.accounts.deposits + self.accounts.pipeline() + self.on_hand
    }

    /// Net book value: what is owned and claimed, less what is owed.
    #[must_use]
    pub fn net(&self) -> Money {
        self.owned() + self.accounts.receivables - self.accounts.payables - self.prepayments
    }
}

/// Flows of the current day.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Today {
    pub demand: i64,
    pub from_stock: i64,
    pub walked_away: i64,
    pub receipts: i64,
    pub shipped: i64,
    pub cancelled: i64,
    /// Cohorts born.
    pub cohorts: u32,
}

/// Something that the planner watches each evening, and acts on some days after it has begun.
#[derive(Debug, Clone, Copy)]
pub(super) struct Watch {
    /// It held the evening before.
    held: bool,
    /// Day on which the planner acts; [`NONE`] if nothing is pending.
    pub due: u32,
}

impl Watch {
    pub const IDLE: Watch = Watch { held: false, due: NONE };

    /// On the first evening on which it `holds`, after one on which it did not, the planner's act is set `latency` days ahead.
    pub fn look(&mut self, holds: bool, today: usize, latency: impl FnOnce() -> f64) {
        if holds && !self.held && self.due == NONE {
            self.due = today as u32 + (latency() + 0.5) as u32;
        }
        self.held = holds;
    }
}

/// Stock, backlog and planner of one location.
#[derive(Debug, Clone)]
pub(super) struct LocationState {
    pub on_hand: i64,
    /// Landed value of what is on hand (weighted average cost).
    pub value: Money,
    /// Parts of that value, and the sum of payment x day behind it, when [`LocationState::settle`] was last called.
    pub landed: Landed,
    pub paid_moment: i128,
    /// Units that have vanished and are still to be taken off: less than one.
    pub shrink_due: f64,
    pub backlog: i64,
    pub on_order: i64,
    pub queue: VecDeque<Cohort>,
    /// Open purchase orders, oldest first.
    pub open: Vec<u32>,
    /// Latest receipt on each route so far, for routes without crossing.
    pub last_arrival: Vec<u32>,
    /// Orders accepted today of shoppers whose first choice is here, wherever they are served: what the planner sees.
    pub observed: i64,
    pub level: f64,
    pub variance: f64,
    /// Days that a fitted planner's level rests on.
    pub weight: f64,
    /// Orders and known factor of each of the last days, as a ring.
    pub window: VecDeque<(f64, f64)>,
    /// The last days as bits, the newest lowest: whether a day lay beyond the bound of the planner's law.
    pub beyond: u32,
    /// Whether the position is below the cover that the planner reacts to, and the extra review that is pending.
    pub react: Watch,
    /// The same of each route's trigger.
    pub expedite: Vec<Watch>,
    /// Safety stock that the planner last planned.
    pub safety_stock: i64,
    /// What is on its way, by the day quoted for it. Valid on `cover_day`.
    pub cover: Vec<Cover>,
    pub cover_day: usize,
    /// No unmet demand since the last receipt.
    pub cycle_clean: bool,
    pub one_time_done: bool,
}

/// Units ordered on one day under one promise. Its members are exchangeable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cohort {
    pub born: u32,
    /// Number among the cohorts born on the same day, over all locations: with the day of birth, what its draws are keyed by.
    pub number: u32,
    /// Shipping date promised first; [`NONE`] if none was.
    pub first_promise: u32,
    /// The promise in force: the date of the last notice.
    pub promise: u32,
    pub units: i64,
    /// Notices of delay sent.
    pub notices: u32,
}

/// Units on their way up to some receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cover {
    /// Day quoted for the receipt: expected, later by the buffer.
    pub quoted: u32,
    pub expected: u32,
    /// Of this receipt and all before it.
    pub units: i64,
}

/// A purchase order.
#[derive(Debug, Clone, Copy)]
pub(super) struct PurchaseOrder {
    pub location: u32,
    pub route: u32,
    pub placed: u32,
    pub arrival: u32,
    /// Earliest expected receipt of an order that queues for the factory; 0 for others.
    pub queued_until: u32,
    /// Day on which each stage ends.
    pub ends: [u32; STAGES],
    pub units: i64,
    pub scrapped: i64,
    pub cost: Landed,
    pub paid: Landed,
    /// Sum of payment x day over all payments, those to come included.
    pub paid_moment: i128,
    pub place: Place,
    /// Payments of the goods that are still to come.
    pub instalments: u32,
    pub received: bool,
    /// Receipt and payments that are still to come.
    pub pending: u32,
    pub next_arrival: u32,
}

/// A payment that falls due.
#[derive(Debug, Clone, Copy)]
pub(super) struct Due {
    pub order: u32,
    pub what: DueKind,
    pub next: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DueKind {
    /// Index into the route's payments.
    Goods(u32),
    /// Freight, handling or duty, in full.
    Extra(Part),
    /// Nothing is paid: the goods change their place.
    Moved(Place),
}

impl Cohort {
    /// Whether the promise in force has passed by `day`.
    pub fn missed(&self, day: u32) -> bool {
        self.promise != NONE && day > self.promise
    }

    /// Whether the first promise has.
    pub fn missed_first(&self, day: u32) -> bool {
        self.first_promise != NONE && day > self.first_promise
    }
}

impl PurchaseOrder {
    pub fn landed(&self) -> Money {
        self.cost.into_iter().sum()
    }

    /// Whether the goods are.
    pub fn paid_in_full(&self) -> bool {
        self.paid[Part::Goods as usize] == self.cost[Part::Goods as usize]
    }
}

/// Counts over the measured window. Integers, so that laws hold exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub days: i64,
    /// Shoppers who would order if the delivery were as quick as the reference.
    pub interested: i64,
    /// Of these, who left because of the delivery time.
    pub lost_to_delivery: i64,
    pub demanded: i64,
    pub accepted: i64,
    pub from_stock: i64,
    pub backordered: i64,
    pub walked_away: i64,
    pub cancelled_by_customer: i64,
    pub cancelled_by_rule: i64,
    pub shipped: i64,
    pub shipped_from_backlog: i64,
    /// Of those shipped: in parcels that pay duty one by one.
    pub parcels: i64,
    pub backlog_at_start: i64,
    pub backlog_at_end: i64,
    pub on_hand_at_start: i64,
    pub on_hand_at_end: i64,
    pub on_order_at_start: i64,
    pub on_order_at_end: i64,
    pub ordered: i64,
    pub order_cancelled: i64,
    pub received: i64,
    pub scrapped: i64,
    pub shrunk: i64,
    pub purchase_orders: i64,
    pub units_expedited: i64,
    /// Lead time of received units, in unit-days, and those units.
    pub lead_time_unit_days: i64,
    pub lead_time_units: i64,
    pub ready_days: i64,
    pub clear_days: i64,
    pub served_days: i64,
    pub on_hand_days: i64,
    pub backlog_days: i64,
    pub on_order_days: i64,
    pub peak_backlog: i64,
    pub promised: i64,
    /// Against the date promised first.
    pub promises_missed: i64,
    /// Against the promise in force.
    pub final_promises_missed: i64,
    /// Units whose seller let a promised date pass without the notice that the 30-day rule asks for.
    pub breached_orders: i64,
    /// Shipped after the promise in force had passed.
    pub shipped_late: i64,
    pub spike_demanded: i64,
    pub spike_shipped: i64,
    /// Sums of end-of-day money, in millionths.
    pub deposits: i128,
    pub in_production: i128,
    pub finished: i128,
    pub in_transit: i128,
    pub prepaid: i128,
    pub cycle_stock: i128,
    pub buffer: i128,
    pub unpaid: i128,
    pub payables: i128,
    pub prepayments: i128,
    pub receivables: i128,
    /// Planned safety stock at landed unit cost.
    pub safety_stock: i128,
    /// On hand just before each receipt, at landed cost, and the number of receipts.
    pub before_receipts: i128,
    pub receipts: i64,
    /// Receipts before which no shopper had met an empty shelf since the one before.
    pub clean_receipts: i64,
    pub revenue: Money,
    /// Landed cost of what was shipped, by part; complete when the window has ended.
    pub sold: Landed,
    /// Landed cost of what vanished.
    pub shrunk_value: Money,
    /// Landed cost of what has left the shelf, sold, vanished or scrapped: known day by day, where `sold` is complete in the end.
    pub left: Money,
    /// Provided for obsolescence.
    pub obsolescence: Money,
    /// Duty and clearance that parcels of what is on hand would pay, summed over days, in millionths.
    pub parcel_duty_on_hand: i128,
    /// Fees of the orders paid for, settled or not.
    pub payment_fees: Money,
    /// Landed cost of what was shipped x the day on which its customers' money arrived, and the sum of
    /// payment x day behind that cost: in millionths x days.
    pub received_moment: i128,
    pub paid_moment: i128,
}

impl State {
    /// A state with room for `plan`.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let location = |l: &super::plan::LocationPlan| LocationState {
            on_hand: 0,
            value: Money::ZERO,
            landed: Landed::default(),
            paid_moment: 0,
            shrink_due: 0.0,
            backlog: 0,
            on_order: 0,
            queue: VecDeque::with_capacity(128),
            open: Vec::with_capacity(64),
            last_arrival: vec![0; l.routes.len()],
            observed: 0,
            level: 0.0,
            variance: 0.0,
            weight: 0.0,
            window: VecDeque::new(),
            beyond: 0,
            react: Watch::IDLE,
            expedite: vec![Watch::IDLE; l.routes.len()],
            safety_stock: 0,
            cover: Vec::with_capacity(64),
            cover_day: usize::MAX,
            cycle_clean: true,
            one_time_done: false,
        };
        let measured = plan.days - plan.warmup;
        let ages = || vec![0; plan.days + 1];
        State {
            locations: plan.locations.iter().map(location).collect(),
            book: OrderBook {
                orders: Vec::with_capacity(128),
                free_orders: Vec::with_capacity(128),
                arrivals: vec![NONE; plan.days],
                due: vec![NONE; plan.days],
                dues: Vec::with_capacity(256),
                free_dues: Vec::with_capacity(256),
                factory_free: 0.0,
            },
            ledger: Ledger::new(plan),
            score: Score {
                tally: Tally::default(),
                waits: WaitTable { ended: ages(), left: ages(), open: ages() },
                routes: RouteTimes::of(plan),
                invested: Vec::with_capacity(measured),
                days: Vec::with_capacity(measured),
                opening: Balance::default(),
                opening_overhang: Money::ZERO,
            },
            today: Today::default(),
            unmet: vec![Vec::new(); plan.locations.len()],
            unserved: vec![0; plan.locations.len()],
            daily: Daily::default(),
            trace: Trace::default(),
        }
    }

    /// Back to the opening position of a replication: stock at the policy's target, nothing on order.
    pub(super) fn reset(&mut self, plan: &Plan) {
        for ((state, l), (on_hand, landed)) in self.locations.iter_mut().zip(&plan.locations).zip(plan.opening()) {
            state.on_hand = on_hand;
            state.value = landed.into_iter().sum();
            // As if paid on the first day.
            (state.landed, state.paid_moment) = (landed, 0);
            state.shrink_due = 0.0;
            state.backlog = 0;
            state.on_order = 0;
            state.queue.clear();
            state.open.clear();
            state.last_arrival.fill(0);
            state.observed = 0;
            state.level = plan.known.mean * l.planned_share;
            state.variance = plan.known.variance * l.planned_share * l.planned_share;
            state.weight = plan.known.fitted.map_or(0.0, |f| f.weight);
            state.window.clear();
            state.beyond = 0;
            state.react = Watch::IDLE;
            state.expedite.fill(Watch::IDLE);
            state.safety_stock = l.implied_safety_stock.map_or(0, |units| (units + l.extra_stock).max(0));
            state.cover_day = usize::MAX;
            state.cycle_clean = true;
            state.one_time_done = !matches!(l.policy, Policy::OneTime { .. });
        }
        let book = &mut self.book;
        book.orders.clear();
        book.free_orders.clear();
        book.arrivals.fill(NONE);
        book.due.fill(NONE);
        book.dues.clear();
        book.free_dues.clear();
        book.factory_free = 0.0;
        self.ledger.reset();
        self.begin_window(plan);
    }

    /// Counts begin with the measured window; stock, backlog and orders carry over from the warm-up.
    pub(super) fn begin_window(&mut self, plan: &Plan) {
        let (on_hand, backlog, on_order) = self.totals();
        // What was sold before does not count.
        for l in &mut self.locations {
            let _ = l.settle();
        }
        self.ledger.flows = Default::default();
        self.score.opening = self.balance(plan);
        self.score.opening_overhang = self.overhang(plan, plan.warmup);
        let Score { tally, waits, routes, invested, days, .. } = &mut self.score;
        routes.iter_mut().flatten().for_each(RouteTimes::clear);
        invested.clear();
        days.clear();
        for ages in [&mut waits.ended, &mut waits.left, &mut waits.open] {
            ages.fill(0);
        }
        *tally = Tally {
            on_hand_at_start: on_hand,
            backlog_at_start: backlog,
            on_order_at_start: on_order,
            ..Tally::default()
        };
    }

    /// Closing balances, and those who still wait.
    pub(super) fn end_window(&mut self, plan: &Plan) {
        let (on_hand, backlog, on_order) = self.totals();
        let Score { tally, waits, .. } = &mut self.score;
        self.locations.iter_mut().for_each(|l| tally.sell(l.settle()));
        tally.on_hand_at_end = on_hand;
        tally.backlog_at_end = backlog;
        tally.on_order_at_end = on_order;
        let last = plan.days as u32 - 1;
        for c in self.locations.iter().flat_map(|l| &l.queue).filter(|c| c.born as usize >= plan.warmup) {
            waits.open[(last - c.born) as usize] += i128::from(c.units);
            tally.promises_missed += if c.missed_first(last) { c.units } else { 0 };
            tally.final_promises_missed += if c.missed(last) { c.units } else { 0 };
        }
    }

    /// Everything owned and owed now.
    #[must_use]
    pub fn balance(&self, plan: &Plan) -> Balance {
        let duty = |l: &LocationState| {
            l.landed[Part::Duty as usize].part(l.value.0, l.landed.into_iter().sum::<Money>().0.max(1))
        };
        Balance {
            accounts: self.ledger.accounts,
            on_hand: self.locations.iter().map(|l| l.value).sum(),
            duty_on_hand: self.locations.iter().map(duty).sum(),
            prepayments: plan.prepayments(self.totals().1),
        }
    }

    /// Balances when the measured window began.
    #[must_use]
    pub fn opening(&self) -> &Balance {
        &self.score.opening
    }

    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The measured days.
    #[must_use]
    pub fn days(&self) -> &[DayRow] {
        &self.score.days
    }

    /// Book value of the overhang when the measured window began.
    #[must_use]
    pub fn opening_overhang(&self) -> Money {
        self.score.opening_overhang
    }

    /// Book value of what is owned now beyond the steady need of the days from `next` on: what the inventory position
    /// exceeds the policy's target by, on hand first, then on order. The target is that of the steady mean of those days,
    /// whatever the planner believes; a one-time buy has no further need.
    #[must_use]
    pub fn overhang(&self, plan: &Plan, next: usize) -> Money {
        let of = |(l, lp): (&LocationState, &super::plan::LocationPlan)| {
            let beyond = (l.position() - lp.steady_need(plan, next)).max(0);
            let on_hand = beyond.min(l.on_hand);
            let on_order = (beyond - on_hand).min(l.on_order);
            let paid = || l.open.iter().flat_map(|id| self.book.orders[*id as usize].paid).sum::<Money>();
            let part = |value: Money, n: i64, of: i64| if n > 0 { value.part(n, of) } else { Money::ZERO };
            part(l.value, on_hand, l.on_hand)
                + part(if on_order > 0 { paid() } else { Money::ZERO }, on_order, l.on_order)
        };
        self.locations.iter().zip(&plan.locations).map(of).sum()
    }

    /// Counts of the measured window.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.score.tally
    }

    /// Waits of the orders placed in the measured window.
    #[must_use]
    pub fn waits(&self) -> &WaitTable {
        &self.score.waits
    }

    /// What was received in the measured window, by location and route.
    #[must_use]
    pub fn routes(&self) -> &[Vec<RouteTimes>] {
        &self.score.routes
    }

    /// Invested capital at the end of each measured day.
    #[must_use]
    pub fn invested(&mut self) -> &mut [Money] {
        &mut self.score.invested
    }

    /// Units on hand, waiting, and on order, over all locations.
    pub(super) fn totals(&self) -> (i64, i64, i64) {
        self.locations.iter().fold((0, 0, 0), |(h, b, o), l| (h + l.on_hand, b + l.backlog, o + l.on_order))
    }
}

impl LocationState {
    /// Inventory position: on hand, less waiting customers, plus what is on order.
    pub fn position(&self) -> i64 {
        self.on_hand - self.backlog + self.on_order
    }

    /// Puts a receipt on the shelf.
    pub fn receive(&mut self, order: &PurchaseOrder) {
        self.on_hand += order.units;
        self.value += order.landed();
        self.landed.iter_mut().zip(order.cost).for_each(|(mine, part)| *mine += part);
        self.paid_moment += order.paid_moment;
    }

    /// Brings the parts of the landed value up to date, and returns what has left the shelf since the last call: all
    /// units on hand at a time share one average cost, so each part has left in proportion.
    pub fn settle(&mut self) -> (Landed, i128) {
        let before: Money = self.landed.into_iter().sum();
        if before == self.value {
            return (Landed::default(), 0);
        }
        let mut left = self.landed.map(|part| part.part(self.value.0, before.0));
        left[Part::Goods as usize] += self.value - left.into_iter().sum::<Money>();
        let gone = std::array::from_fn(|i| self.landed[i] - left[i]);
        let moment = share(self.paid_moment, self.value.0, before.0);
        let gone_moment = self.paid_moment - moment;
        (self.landed, self.paid_moment) = (left, moment);
        (gone, gone_moment)
    }

    /// Takes `units` off the shelf and returns their landed value at weighted average cost.
    pub fn take(&mut self, units: i64) -> Money {
        let value = self.value.part(units, self.on_hand);
        self.on_hand -= units;
        self.value -= value;
        value
    }
}

impl Tally {
    /// What [`LocationState::settle`] says has been sold.
    pub(super) fn sell(&mut self, (landed, paid_moment): (Landed, i128)) {
        self.sold.iter_mut().zip(landed).for_each(|(sum, part)| *sum += part);
        self.paid_moment += paid_moment;
    }

    /// Profit before the charge on capital since the window began: revenue and landed cost at shipment, all else as it is
    /// paid, but payment fees with the customer's payment and obsolescence as it is provided for.
    pub(super) fn earned(&self, flows: &Flows) -> Money {
        let expenses: Money = Line::EXPENSES.iter().map(|line| flows[*line as usize]).sum();
        self.revenue - self.payment_fees - self.left - self.obsolescence + expenses
    }

    /// Landed cost of what was shipped in the window.
    #[must_use]
    pub fn cost_of_goods(&self) -> Money {
        self.sold.into_iter().sum()
    }

    /// Sum of end-of-day invested capital, in millionths.
    #[must_use]
    pub fn invested(&self) -> i128 {
        self.deposits + self.pipeline() + self.cycle_stock + self.buffer
    }

    #[must_use]
    pub fn pipeline(&self) -> i128 {
        self.in_production + self.finished + self.in_transit + self.prepaid
    }

    /// The first conservation law of `docs/model.md` that these counts break, if any.
    #[must_use]
    pub fn broken_law(&self) -> Option<&'static str> {
        let cancelled = self.cancelled_by_customer + self.cancelled_by_rule;
        let laws = [
            ("interested = demanded + lost to delivery", self.interested == self.demanded + self.lost_to_delivery),
            (
                "demanded = from stock + backordered + walked away",
                self.demanded == self.from_stock + self.backordered + self.walked_away,
            ),
            ("accepted = from stock + backordered", self.accepted == self.from_stock + self.backordered),
            (
                "backordered + backlog at start = shipped from backlog + cancelled + backlog at end",
                self.backordered + self.backlog_at_start == self.shipped_from_backlog + cancelled + self.backlog_at_end,
            ),
            (
                "ordered + on order at start = received + scrapped + taken off + on order at end",
                self.ordered + self.on_order_at_start
                    == self.received + self.scrapped + self.order_cancelled + self.on_order_at_end,
            ),
            (
                "change of on hand = received - shipped - shrunk",
                self.on_hand_at_end - self.on_hand_at_start == self.received - self.shipped - self.shrunk,
            ),
            ("shipped = from stock + from backlog", self.shipped == self.from_stock + self.shipped_from_backlog),
            (
                "nothing is negative",
                [self.on_hand_at_end, self.backlog_at_end, self.on_order_at_end].iter().all(|n| *n >= 0)
                    && [
                        self.deposits,
                        self.in_production,
                        self.finished,
                        self.in_transit,
                        self.prepaid,
                        self.cycle_stock,
                        self.buffer,
                        self.unpaid,
                    ]
                    .iter()
                    .all(|m| *m >= 0),
            ),
            (
                "no capital where nothing is owned or prepaid",
                self.on_hand_days + self.on_order_days > 0 || self.invested() == 0,
            ),
        ];
        laws.iter().find(|(_, holds)| !holds).map(|(law, _)| *law)
    }
}

impl State {
    /// The first law of money that the books break, if any: each account against what it should hold, found
    /// another way. After the window has ended.
    #[must_use]
    pub fn broken_money_law(&self, plan: &Plan) -> Option<&'static str> {
        let (t, flows) = (self.tally(), self.ledger.flows());
        let (then, now) = (self.opening(), &self.balance(plan));
        let (a, b) = (&then.accounts, &now.accounts);
        let flow = |line: Line| flows[line as usize];

        // Every account once more, from the purchase orders themselves.
        let mut again = Accounts { cash: b.cash, ..Accounts::default() };
        for order in &self.book.orders {
            let (landed, paid) = (order.landed(), order.paid.into_iter().sum::<Money>());
            if order.received {
                again.payables += landed - paid;
            } else {
                let goods = order.paid[Part::Goods as usize];
                *again.goods_of(order) += goods;
                again.prepaid += paid - goods;
                again.unpaid += landed - paid;
            }
        }
        again.receivables = plan.net_price() * self.ledger.settling.iter().sum::<i64>();

        let laws = [
            ("change of cash = sum of its lines", b.cash - a.cash == flows.iter().copied().sum()),
            (
                "paid to suppliers = change of what is owned and owed + cost of what left",
                -(flow(Line::Goods) + flow(Line::Freight) + flow(Line::Handling) + flow(Line::Duty))
                    == now.owned() - then.owned() - (b.payables - a.payables) + t.cost_of_goods() + t.shrunk_value,
            ),
            (
                "paid by customers = revenue - fees + change of prepayments - change of receivables",
                flow(Line::CustomerPayments) + flow(Line::PaymentFees) + flow(Line::Refunds)
                    == t.revenue - t.payment_fees + (now.prepayments - then.prepayments)
                        - (b.receivables - a.receivables),
            ),
            ("accounts = what the purchase orders and customers say", *b == again),
            ("cost of what left the shelf = sold + vanished", t.left == t.cost_of_goods() + t.shrunk_value),
            (
                "every day: cash = profit - growth of the net book value",
                self.days().iter().all(|d| d.cash - d.interest == d.earned - (d.book - then.net())),
            ),
            (
                "net book value of the last day = what is owned, claimed and owed - provided for obsolescence",
                self.days().last().is_none_or(|d| d.book == now.net() - t.obsolescence),
            ),
            (
                "value on hand = its parts",
                self.locations.iter().all(|l| l.landed.into_iter().sum::<Money>() == l.value),
            ),
        ];
        laws.iter().find(|(_, holds)| !holds).map(|(law, _)| *law)
    }
}
