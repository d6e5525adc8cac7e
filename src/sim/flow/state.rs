//! What changes from day to day: allocated once, reset for each replication. Units only.

use crate::model::Policy;
use crate::sim::plan::{LocationPlan, MilestoneDay, Plan};
use crate::sim::slots::Slots;
use crate::units::limits::STAGES;
use std::collections::VecDeque;
use std::ops::Range;

/// No day, no entry in an intrusive list.
pub(in crate::sim) const NONE: u32 = u32::MAX;

/// All locations, all purchase orders, and the day's shoppers who are still to be served.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Flow {
    pub sites: Vec<Site>,
    pub orders: Orders,
    pub unmet: Unmet,
}

/// The day's shoppers who found no stock, by their first location: nobody, between one day's demand and the next one's. Buffers are reused.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Unmet {
    /// Their numbers.
    pub shoppers: Vec<Vec<u32>>,
    /// Where nobody leaves in between, their numbers follow one another, and are kept so instead.
    pub in_a_row: Vec<Range<u32>>,
    /// On the day of a crowd instead: how many they are.
    pub crowd: Vec<i64>,
    /// Those of one location, while another one serves them.
    pub asked: Vec<u32>,
    /// Cohorts born today.
    pub cohorts: u32,
}

/// Purchase orders of all locations.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Orders {
    /// An order's place is free when it is received.
    pub slots: Slots<PurchaseOrder>,
    /// First order received on each day; further ones through [`PurchaseOrder::next_arrival`].
    pub arrivals: Vec<u32>,
    /// Time until which the factory is busy.
    pub factory_free: f64,
}

/// A purchase order.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct PurchaseOrder {
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
    pub next_arrival: u32,
}

/// Units ordered on one day under one promise. Its members are exchangeable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) struct Cohort {
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
pub(in crate::sim) struct Cover {
    /// Day quoted for the receipt: expected, later by the buffer.
    pub quoted: u32,
    pub expected: u32,
    /// Of this receipt and all before it.
    pub units: i64,
}

/// Something that the planner watches each evening, and acts on some days after it has begun.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct Alarm {
    /// It held the evening before.
    held: bool,
    /// Day on which the planner acts; [`NONE`] if nothing is pending.
    pub due: u32,
}

/// Stock, backlog and planner of one location.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Site {
    pub on_hand: i64,
    pub backlog: i64,
    pub on_order: i64,
    /// Units that have vanished and are still to be taken off: less than one.
    pub shrink_due: f64,
    /// Customers who wait, oldest first.
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
    /// What the planner observed on each day so far, if it looks back at days: the last ones are its window.
    pub days: Vec<f64>,
    /// The last days as bits, the newest lowest: whether a day lay beyond the bound of the planner's law.
    pub beyond: u32,
    /// Whether the position is below the cover that the planner reacts to, and the extra review that is pending.
    pub react: Alarm,
    /// The same of each route's trigger.
    pub expedite: Vec<Alarm>,
    /// Day of the next review on the planner's calendar, today's included until it is over.
    pub next_review: usize,
    /// Safety stock that the planner last planned.
    pub safety_stock: i64,
    /// What is on its way, by the day quoted for it. Valid on `cover_day`.
    pub cover: Vec<Cover>,
    /// The latest day on which any of it is expected, or what the next review orders.
    pub last_expected: u32,
    pub cover_day: usize,
    pub one_time_done: bool,
}

impl Flow {
    /// Room for `plan`.
    pub fn new(plan: &Plan) -> Self {
        Flow {
            sites: plan.locations.iter().map(Site::new).collect(),
            orders: Orders { slots: Slots::with_capacity(128), arrivals: vec![NONE; plan.days], factory_free: 0.0 },
            unmet: Unmet {
                shoppers: vec![Vec::new(); plan.locations.len()],
                in_a_row: vec![0..0; plan.locations.len()],
                crowd: vec![0; plan.locations.len()],
                asked: Vec::new(),
                cohorts: 0,
            },
        }
    }

    /// Back to the opening position of a replication: stock at the policy's target, nothing on order. `review_phase` places the first
    /// reviews.
    pub fn reset(&mut self, plan: &Plan, review_phase: f64) {
        for ((site, l), on_hand) in self.sites.iter_mut().zip(&plan.locations).zip(plan.opening_units()) {
            site.open_with(on_hand, l, plan);
            site.next_review = plan.first_review_of(l, review_phase);
        }
        self.unmet.clear();
        self.orders.slots.clear();
        self.orders.arrivals.fill(NONE);
        self.orders.factory_free = 0.0;
    }
}

impl Unmet {
    /// Nobody is left.
    pub fn clear(&mut self) {
        (0..self.crowd.len()).for_each(|i| self.done(i));
    }

    /// How many are left of those whose first choice is location `i`.
    pub fn left(&self, i: usize) -> i64 {
        self.shoppers[i].len() as i64 + self.in_a_row[i].len() as i64 + self.crowd[i]
    }

    /// Those of location `i` have made up their minds.
    pub fn done(&mut self, i: usize) {
        self.shoppers[i].clear();
        self.in_a_row[i] = 0..0;
        self.crowd[i] = 0;
    }
}

impl Alarm {
    pub const IDLE: Alarm = Alarm { held: false, due: NONE };

    /// On the first evening on which it `holds`, after one on which it did not, the planner's act is set `latency` days ahead.
    pub fn look(&mut self, holds: bool, today: usize, latency: impl FnOnce() -> f64) {
        if holds && !self.held && self.due == NONE {
            self.due = today as u32 + (latency() + 0.5) as u32;
        }
        self.held = holds;
    }
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
    /// Units that were ordered and are neither received nor taken off: those that were scrapped, too.
    pub fn total(&self) -> i64 {
        self.units + self.scrapped
    }

    /// Day on which stage number `stage` ends, counted from 1; the order's own for 0.
    pub fn milestone(&self, stage: usize) -> u32 {
        if stage == 0 { self.placed } else { self.ends[stage - 1] }
    }

    /// Day of a milestone and a delay after it.
    pub fn day_of(&self, at: MilestoneDay) -> u32 {
        self.milestone(at.stage) + at.days_later
    }
}

impl Orders {
    /// Keeps an order until it is received.
    pub fn keep(&mut self, lot: &mut PurchaseOrder) -> u32 {
        let first = self.arrivals.get_mut(lot.arrival as usize);
        if let Some(first) = &first {
            lot.next_arrival = **first;
        }
        let id = self.slots.put(*lot);
        if let Some(first) = first {
            *first = id;
        }
        id
    }
}

impl Site {
    pub fn new(l: &LocationPlan) -> Self {
        Site {
            on_hand: 0,
            backlog: 0,
            on_order: 0,
            shrink_due: 0.0,
            queue: VecDeque::with_capacity(128),
            open: Vec::with_capacity(64),
            last_arrival: vec![0; l.routes.len()],
            observed: 0,
            level: 0.0,
            variance: 0.0,
            weight: 0.0,
            days: Vec::new(),
            beyond: 0,
            react: Alarm::IDLE,
            expedite: vec![Alarm::IDLE; l.routes.len()],
            next_review: 0,
            safety_stock: 0,
            cover: Vec::with_capacity(64),
            last_expected: 0,
            cover_day: usize::MAX,
            one_time_done: false,
        }
    }

    fn open_with(&mut self, on_hand: i64, l: &LocationPlan, plan: &Plan) {
        self.on_hand = on_hand;
        self.backlog = 0;
        self.on_order = 0;
        self.shrink_due = 0.0;
        self.queue.clear();
        self.open.clear();
        self.last_arrival.fill(0);
        self.observed = 0;
        self.level = plan.known.mean * l.planned_share;
        self.variance = plan.known.variance * l.planned_share * l.planned_share;
        self.weight = plan.known.fitted.map_or(0.0, |f| f.weight);
        self.days.clear();
        self.beyond = 0;
        self.react = Alarm::IDLE;
        self.expedite.fill(Alarm::IDLE);
        self.safety_stock = l.implied_safety_stock.map_or(0, |units| (units + l.extra_stock).max(0));
        self.cover_day = usize::MAX;
        self.one_time_done = !matches!(l.policy, Policy::OneTime { .. });
    }

    /// Inventory position: on hand, less waiting customers, plus what is on order.
    pub fn position(&self) -> i64 {
        self.on_hand - self.backlog + self.on_order
    }

    /// Units on hand, waiting, and on order, over all locations.
    pub fn totals(sites: &[Site]) -> (i64, i64, i64) {
        sites.iter().fold((0, 0, 0), |(h, b, o), l| (h + l.on_hand, b + l.backlog, o + l.on_order))
    }
}
