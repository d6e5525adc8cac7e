//! The state of one replication: allocated once, reset for each.

use super::plan::Plan;
use crate::model::Policy;
use crate::stats::survival::WaitTable;
use crate::units::Money;
use crate::units::limits::STAGES;
use std::collections::VecDeque;

/// No entry in an intrusive list.
pub(super) const NONE: u32 = u32::MAX;

/// Everything that changes from day to day.
#[derive(Debug, Clone)]
pub struct State {
    pub(super) locations: Vec<LocationState>,
    pub(super) book: OrderBook,
    pub(super) accounts: Accounts,
    pub(super) score: Score,
    pub(super) today: Today,
    /// Shoppers of the day who found no stock, by their first location; reused.
    pub(super) unmet: Vec<i64>,
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

/// Where the money is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accounts {
    pub cash: Money,
    /// Owed for goods, freight and duty received.
    pub payables: Money,
    /// Paid on orders that are not yet paid in full.
    pub deposits: Money,
    /// Paid for goods on their way, freight and duty included.
    pub pipeline: Money,
}

/// What the measured window counts.
#[derive(Debug, Clone)]
pub(super) struct Score {
    pub tally: Tally,
    /// Waits of orders placed in the measured window.
    pub waits: WaitTable,
    /// Invested capital at the end of each measured day.
    pub invested: Vec<i64>,
    /// Days without backlog in a row.
    pub clear_days: u32,
}

/// Flows of the current day.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Today {
    pub demand: i64,
    pub receipts: i64,
    pub shipped: i64,
    pub cancelled: i64,
}

/// Stock, backlog and planner of one location.
#[derive(Debug, Clone)]
pub(super) struct LocationState {
    pub on_hand: i64,
    /// Landed value of what is on hand (weighted average cost).
    pub value: Money,
    pub backlog: i64,
    pub on_order: i64,
    pub queue: VecDeque<Cohort>,
    /// Open purchase orders, oldest first.
    pub open: Vec<u32>,
    /// Latest receipt on each route so far, for routes without crossing.
    pub last_arrival: Vec<u32>,
    /// Orders accepted here today: what the planner sees.
    pub observed: i64,
    pub level: f64,
    pub variance: f64,
    /// Orders and known factor of each past day of a moving average, as a ring.
    pub window: VecDeque<(f64, f64)>,
    /// Safety stock that the planner last planned.
    pub safety_stock: i64,
    /// What is on its way, by expected day: (day, units up to then). Valid on `cover_day`.
    pub cover: Vec<(u32, i64)>,
    pub cover_day: usize,
    /// No unmet demand since the last receipt.
    pub cycle_clean: bool,
    pub one_time_done: bool,
}

/// Units ordered on one day under one promise. Its members are exchangeable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cohort {
    pub born: u32,
    /// Shipping date promised first; [`NONE`] if none was.
    pub promise: u32,
    /// Date agreed on under the 30-day rule.
    pub deadline: u32,
    pub units: i64,
    /// Notices of delay sent under the 30-day rule.
    pub notices: u32,
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
    pub goods: Money,
    pub goods_paid: Money,
    pub freight: Money,
    pub duty: Money,
    /// Freight and duty paid before receipt.
    pub extras_paid: Money,
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
    Freight,
    Duty,
}

/// Counts over the measured window. Integers, so that laws hold exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub days: i64,
    pub demanded: i64,
    pub accepted: i64,
    pub from_stock: i64,
    pub backordered: i64,
    pub walked_away: i64,
    pub cancelled_by_customer: i64,
    pub cancelled_by_rule: i64,
    pub shipped: i64,
    pub shipped_from_backlog: i64,
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
    pub promises_missed: i64,
    pub spike_demanded: i64,
    pub spike_shipped: i64,
    /// Day of recovery from the first spike, if it came.
    pub recovered: Option<usize>,
    /// Sums of end-of-day money, in millionths.
    pub deposits: i128,
    pub pipeline: i128,
    pub cycle_stock: i128,
    pub buffer: i128,
    pub payables: i128,
    pub prepayments: i128,
    /// Planned safety stock at landed unit cost.
    pub safety_stock: i128,
    /// On hand just before each receipt, at landed cost, and the number of receipts.
    pub before_receipts: i128,
    pub receipts: i64,
    /// Receipts before which no shopper had met an empty shelf since the one before.
    pub clean_receipts: i64,
    pub revenue: Money,
    pub cost_of_goods: Money,
    pub fulfilment: Money,
    pub parcel_duty: Money,
    pub payment_fees: Money,
    pub storage: Money,
}

impl State {
    /// A state with room for `plan`.
    #[must_use]
    pub fn new(plan: &Plan) -> Self {
        let location = |l: &super::plan::LocationPlan| LocationState {
            on_hand: 0,
            value: Money::ZERO,
            backlog: 0,
            on_order: 0,
            queue: VecDeque::with_capacity(128),
            open: Vec::with_capacity(64),
            last_arrival: vec![0; l.routes.len()],
            observed: 0,
            level: 0.0,
            variance: 0.0,
            window: VecDeque::new(),
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
            accounts: Accounts::default(),
            score: Score {
                tally: Tally::default(),
                waits: WaitTable { ended: ages(), left: ages(), open: ages() },
                invested: Vec::with_capacity(measured),
                clear_days: 0,
            },
            today: Today::default(),
            unmet: vec![0; plan.locations.len()],
        }
    }

    /// Back to the opening position of a replication: stock at the policy's target, nothing on order.
    pub(super) fn reset(&mut self, plan: &Plan) {
        for ((state, l), (on_hand, value)) in self.locations.iter_mut().zip(&plan.locations).zip(plan.opening()) {
            state.on_hand = on_hand;
            state.value = value;
            state.backlog = 0;
            state.on_order = 0;
            state.queue.clear();
            state.open.clear();
            state.last_arrival.fill(0);
            state.observed = 0;
            state.level = plan.known.mean * l.share;
            state.variance = plan.known.variance * l.share * l.share;
            state.window.clear();
            state.safety_stock = l.implied_safety_stock;
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
        self.accounts = Accounts::default();
        self.score.clear_days = 0;
        self.begin_window();
    }

    /// Counts begin with the measured window; stock, backlog and orders carry over from the warm-up.
    pub(super) fn begin_window(&mut self) {
        let (on_hand, backlog, on_order) = self.totals();
        let Score { tally, waits, invested, .. } = &mut self.score;
        invested.clear();
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
        tally.on_hand_at_end = on_hand;
        tally.backlog_at_end = backlog;
        tally.on_order_at_end = on_order;
        let last = plan.days as u32 - 1;
        for c in self.locations.iter().flat_map(|l| &l.queue).filter(|c| c.born as usize >= plan.warmup) {
            waits.open[(last - c.born) as usize] += c.units;
            tally.promises_missed += if c.promise != NONE && last > c.promise { c.units } else { 0 };
        }
    }

    /// Closing balances.
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        self.accounts
    }

    /// Landed value on the shelves at the end.
    #[must_use]
    pub fn value_on_hand(&self) -> Money {
        self.locations.iter().map(|l| l.value).sum()
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

    /// Invested capital at the end of each measured day, in millionths.
    #[must_use]
    pub fn invested(&mut self) -> &mut [i64] {
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

    /// Takes `units` off the shelf and returns their landed value at weighted average cost.
    pub fn take(&mut self, units: i64) -> Money {
        let value = self.value.part(units, self.on_hand);
        self.on_hand -= units;
        self.value -= value;
        value
    }
}

impl Tally {
    /// The first conservation law of `docs/model.md` that these counts break, if any.
    #[must_use]
    pub fn broken_law(&self) -> Option<&'static str> {
        let cancelled = self.cancelled_by_customer + self.cancelled_by_rule;
        let laws = [
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
                "change of on hand = received - shipped",
                self.on_hand_at_end - self.on_hand_at_start == self.received - self.shipped,
            ),
            ("shipped = from stock + from backlog", self.shipped == self.from_stock + self.shipped_from_backlog),
            (
                "nothing is negative",
                [self.on_hand_at_end, self.backlog_at_end, self.on_order_at_end].iter().all(|n| *n >= 0)
                    && [self.deposits, self.pipeline, self.cycle_stock, self.buffer].iter().all(|m| *m >= 0),
            ),
            (
                "no capital where nothing is owned or prepaid",
                self.on_hand_days + self.on_order_days > 0
                    || self.deposits + self.pipeline + self.cycle_stock + self.buffer == 0,
            ),
        ];
        laws.iter().find(|(_, holds)| !holds).map(|(law, _)| *law)
    }
}
