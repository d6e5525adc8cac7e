//! The state that changes from day to day: allocated once, reset for each replication. It holds units only, no money.

use super::ahead::StageDraws;
use super::queue::{Cohort, NONE, Queue};
use crate::model::Policy;
use crate::sim::plan::{LocationPlan, MilestoneDay, Plan};
use crate::sim::slots::Slots;
use restock_base::units::limits::STAGES;
use std::collections::VecDeque;
use std::ops::Range;

/// All locations, all purchase orders, and the day's shoppers who are still to be served.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Flow {
    pub sites: Vec<Site>,
    pub orders: Orders,
    pub unmet: Unmet,
    /// Changes of the supply model that have been made.
    pub changes: usize,
    /// Units that planners saw ordered on each day so far, at all locations, where a change waits for them to reach a level.
    pub ordered: Vec<i64>,
}

/// The day's shoppers who found no stock, by their first location. Between the demand of one day and that of the next there are none. Buffers
/// are reused.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Unmet {
    /// Numbers of the shoppers.
    pub shoppers: Vec<Vec<u32>>,
    /// Numbers of the shoppers on days on which nobody leaves in between: they follow one another, and `shoppers` is empty.
    pub in_a_row: Vec<Range<u32>>,
    /// Number of shoppers on the day of a crowd, on which `shoppers` and `in_a_row` are empty.
    pub crowd: Vec<i64>,
    /// Numbers of the shoppers of one location, while another location serves them.
    pub asked: Vec<u32>,
    /// Number of cohorts born today, over all locations.
    pub cohorts: u32,
    /// The same shoppers of one location by their classes, where there are several.
    pub lines: Lines,
    /// The same shoppers, where they may want several units.
    pub baskets: Today,
    /// Whether there may be any such shopper.
    pub somebody: bool,
}

/// The shoppers of one location by their classes. Buffers are reused.
#[derive(Debug, Clone, Default)]
pub(in crate::sim) struct Lines {
    /// Numbers of the shoppers of each class, and how many there are of a crowd.
    pub each: Vec<Vec<u32>>,
    pub crowd: Vec<i64>,
    /// Classes in the order in which those of a day are asked.
    pub turns: Vec<u8>,
}

impl Lines {
    pub fn new(plan: &Plan) -> Self {
        let classes = plan.classes.len();
        Lines {
            each: vec![Vec::new(); classes],
            crowd: vec![0; classes],
            turns: (0..classes).map(|class| class as u8).collect(),
        }
    }
}

/// What is known of the day's shoppers while they are served: their units, and how many of them are served at once.
#[derive(Debug, Clone, Default)]
pub(in crate::sim) struct Today {
    /// Shoppers who came because of the demand of the day.
    pub came: u32,
    /// Units of those whom a quicker delivery brings besides. Their numbers follow.
    pub further: Vec<u16>,
    pub interested: Sum,
    pub lost: Sum,
    pub whole: i64,
}

impl Today {
    /// A further shopper comes, with the next number.
    pub fn won(&mut self, wanted: i64) {
        self.further.push(wanted as u16);
        self.interested.add(wanted);
    }
}

/// Orders, and the units that they hold.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::sim) struct Sum {
    pub orders: i64,
    pub units: i64,
}

impl Sum {
    pub fn add(&mut self, units: i64) {
        self.orders += 1;
        self.units += units;
    }
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
    /// Units that are lost and not known to be.
    pub missing: Vec<Missing>,
}

/// Units of an order that are lost, until the planner knows.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct Missing {
    pub order: u32,
    pub units: i64,
    /// The evening on which it is known, unless the order comes without them before.
    pub known: u32,
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
    /// Units that are lost, and that the planner still counts on.
    pub missing: i64,
    pub next_arrival: u32,
    /// The orders of its location that were placed just before and after it, among those that are open.
    pub older: u32,
    pub newer: u32,
}

/// What a location has ordered from the stock of another one, and has not left there.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct Request {
    pub location: usize,
    pub route: usize,
    pub placed: u32,
    pub units: i64,
}

/// Units on their way up to some receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::sim) struct Cover {
    /// Day quoted for the receipt: the expected one and the promise buffer.
    pub quoted: u32,
    /// Day on which the receipt is expected.
    pub expected: u32,
    /// Units of this receipt and all receipts before it.
    pub units: i64,
}

/// A condition that the planner watches each evening, and acts on some days after it has begun to hold.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct Alarm {
    /// Whether the condition held the evening before.
    held: bool,
    /// Day on which the planner acts; [`NONE`] if nothing is pending.
    pub due: u32,
}

/// Units on their way back to a location, or come back: those that will be sold again, and the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::sim) struct Back {
    pub to_stock: i64,
    pub liquidated: i64,
}

impl Back {
    pub fn units(self) -> i64 {
        self.to_stock + self.liquidated
    }
}

/// What has been pre-ordered in a window and has not shipped.
#[derive(Debug, Clone, Default)]
pub(in crate::sim) struct Ahead {
    pub units: i64,
    /// The units of each order, oldest first, where they may be several.
    pub orders: VecDeque<u16>,
}

impl Ahead {
    fn clear(&mut self) {
        self.units = 0;
        self.orders.clear();
    }

    /// These, too.
    pub fn add(&mut self, other: Ahead) {
        self.units += other.units;
        self.orders.extend(other.orders);
    }
}

/// Stock, backlog and planner of one location.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Site {
    pub on_hand: i64,
    pub backlog: i64,
    pub on_order: i64,
    /// Units lost on the way to customers that are made good on each day.
    pub make_good: Vec<i64>,
    /// Units that cannot ship today, which are not counted as on hand while shoppers are served.
    pub shut_in: i64,
    /// Units on hand that orders have got which wait for the rest.
    pub reserved: i64,
    /// Units that other locations wait for here, and units that this one waits for at others.
    pub owed: i64,
    pub awaited: i64,
    /// What other locations wait for here, oldest first.
    pub requests: VecDeque<Request>,
    /// Units that have vanished and are still to be taken off: less than one.
    pub shrink_due: f64,
    /// Customers who wait, oldest first.
    pub queue: Queue,
    /// The latest open purchase order; those before it through [`PurchaseOrder::older`].
    pub latest: u32,
    /// Day of the latest receipt on each route so far, for routes without crossing.
    pub last_arrival: Vec<u32>,
    /// Draws of each route's stages.
    pub stages: Vec<StageDraws>,
    /// Units pre-ordered here that have not shipped, by window, and how many of them the planner orders for.
    pub pre_orders: Vec<Ahead>,
    pub to_order_for: i64,
    /// Units that customers will have sent back on each day, and units on hand this morning before anything shipped.
    pub returns: Vec<Back>,
    pub before_shipping: i64,
    /// Units ordered today by shoppers whose first choice is here, wherever they are served or wait. The planner sees them.
    pub observed: i64,
    /// The location whose stock today's shoppers are served from before that of this one.
    pub ships_from: Option<usize>,
    pub level: f64,
    pub variance: f64,
    /// Days that a fitted planner's level rests on.
    pub weight: f64,
    /// Units that the planner observed on each day so far, if it looks back at days. Its window is the end of the list.
    pub days: Vec<f64>,
    /// The last days as bits, the newest the lowest: a bit is set if the day lay beyond the bound of the planner's law.
    pub beyond: u32,
    /// The condition that the position is below the cover that the planner reacts to, and the extra review that is pending.
    pub react: Alarm,
    /// The trigger of each route, and the day on which it is acted on.
    pub expedite: Vec<Alarm>,
    /// Day of the next review on the planner's calendar, today's included until it is over.
    pub next_review: usize,
    /// Safety stock that the planner last planned.
    pub safety_stock: i64,
    /// The receipts expected of open orders, by the day quoted for them. Valid on `cover_day`.
    pub cover: Vec<Cover>,
    /// The latest day on which a receipt of an open order, or of an order of the next review, is expected. Valid on `cover_day`.
    pub last_expected: u32,
    /// Day of which `cover` is.
    pub cover_day: usize,
    pub one_time_done: bool,
}

impl Flow {
    /// Room for `plan`.
    pub fn new(plan: &Plan) -> Self {
        Flow {
            sites: plan.locations.iter().map(Site::new).collect(),
            orders: Orders {
                slots: Slots::with_capacity(128),
                arrivals: vec![NONE; plan.days],
                factory_free: 0.0,
                missing: Vec::new(),
            },
            unmet: Unmet {
                shoppers: vec![Vec::new(); plan.locations.len()],
                in_a_row: vec![0..0; plan.locations.len()],
                crowd: vec![0; plan.locations.len()],
                asked: Vec::new(),
                cohorts: 0,
                lines: Lines::new(plan),
                baskets: Today::default(),
                somebody: false,
            },
            changes: 0,
            ordered: Vec::new(),
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
        self.changes = 0;
        self.ordered.clear();
        self.orders.slots.clear();
        self.orders.arrivals.fill(NONE);
        self.orders.factory_free = 0.0;
        self.orders.missing.clear();
    }
}

impl Unmet {
    /// Nobody is left.
    pub fn clear(&mut self) {
        (0..self.crowd.len()).for_each(|i| self.done(i));
        self.somebody = false;
    }

    /// Number of shoppers left whose first choice is location `i`.
    pub fn left(&self, i: usize) -> i64 {
        self.shoppers[i].len() as i64 + self.in_a_row[i].len() as i64 + self.crowd[i]
    }

    /// The shoppers of location `i` have decided: none is left.
    pub fn done(&mut self, i: usize) {
        self.shoppers[i].clear();
        self.in_a_row[i] = 0..0;
        self.crowd[i] = 0;
    }
}

impl Alarm {
    pub const IDLE: Alarm = Alarm { held: false, due: NONE };

    /// On the first evening on which the condition `holds`, after one on which it did not, the planner's act is set `latency` days ahead.
    pub fn look(&mut self, holds: bool, today: usize, latency: impl FnOnce() -> f64) {
        if holds && !self.held && self.due == NONE {
            self.due = today as u32 + (latency() + 0.5) as u32;
        }
        self.held = holds;
    }
}

impl PurchaseOrder {
    /// An order for a location by one of its routes, not yet scheduled.
    pub fn new((location, route): (usize, usize), placed: u32, units: i64) -> Self {
        PurchaseOrder {
            location: location as u32,
            route: route as u32,
            placed,
            arrival: placed,
            queued_until: 0,
            ends: [0; STAGES],
            units,
            scrapped: 0,
            missing: 0,
            next_arrival: NONE,
            older: NONE,
            newer: NONE,
        }
    }

    /// Units that the planner counts on: those of the order, and those that are lost and not known to be.
    pub fn counted_on(&self) -> i64 {
        self.units + self.missing
    }

    /// Units of the order that are not taken off, with those that are scrapped.
    pub fn total(&self) -> i64 {
        self.units + self.scrapped
    }

    /// Day on which stage number `stage` ends, counted from 1; for 0 the day of the order.
    pub fn milestone(&self, stage: usize) -> u32 {
        if stage == 0 { self.placed } else { self.ends[stage - 1] }
    }

    /// Day of a milestone and a delay after it.
    pub fn day_of(&self, at: MilestoneDay) -> u32 {
        self.milestone(at.stage) + at.days_later
    }
}

impl Orders {
    /// Keeps an order of a location until it is received.
    #[inline]
    pub fn keep(&mut self, site: &mut Site, lot: &mut PurchaseOrder) -> u32 {
        let order = self.slots.next();
        if site.latest != NONE {
            self.slots[site.latest].newer = order;
        }
        lot.older = std::mem::replace(&mut site.latest, order);
        // An order that would arrive after the run never does.
        if let Some(first) = self.arrivals.get_mut(lot.arrival as usize) {
            lot.next_arrival = std::mem::replace(first, order);
        }
        self.slots.put(*lot)
    }

    /// An order will be received sooner. Of those received on that day it comes first.
    pub fn bring_forward(&mut self, order: u32, lot: &mut PurchaseOrder) {
        let before = self.slots[order];
        if lot.arrival != before.arrival {
            if let Some(first) = self.arrivals.get_mut(before.arrival as usize) {
                let mut at = *first;
                if at == order {
                    *first = before.next_arrival;
                } else {
                    while self.slots[at].next_arrival != order {
                        at = self.slots[at].next_arrival;
                    }
                    self.slots[at].next_arrival = before.next_arrival;
                }
            }
            lot.next_arrival = NONE;
            if let Some(first) = self.arrivals.get_mut(lot.arrival as usize) {
                lot.next_arrival = std::mem::replace(first, order);
            }
        }
        self.slots[order] = *lot;
    }

    /// Takes an order of a location off the open ones.
    pub fn close(&mut self, site: &mut Site, order: u32) {
        let PurchaseOrder { older, newer, .. } = self.slots[order];
        *if newer == NONE { &mut site.latest } else { &mut self.slots[newer].older } = older;
        if older != NONE {
            self.slots[older].newer = newer;
        }
        self.slots.free(order);
    }

    /// The orders that are received on a day.
    pub fn arriving(&self, day: usize) -> impl Iterator<Item = &PurchaseOrder> {
        let lot = |order: u32| (order != NONE).then(|| &self.slots[order]);
        std::iter::successors(lot(self.arrivals[day]), move |of| lot(of.next_arrival))
    }

    /// The open orders of a location, from its `latest` back to the oldest.
    pub fn open(&self, latest: u32) -> impl Iterator<Item = u32> {
        let known = |order: u32| (order != NONE).then_some(order);
        std::iter::successors(known(latest), move |order| known(self.slots[*order].older))
    }
}

impl Site {
    pub fn new(l: &LocationPlan) -> Self {
        Site {
            on_hand: 0,
            backlog: 0,
            on_order: 0,
            make_good: Vec::new(),
            shut_in: 0,
            reserved: 0,
            owed: 0,
            awaited: 0,
            requests: VecDeque::new(),
            shrink_due: 0.0,
            queue: Queue::with_capacity(128),
            latest: NONE,
            last_arrival: vec![0; l.routes.len()],
            stages: vec![StageDraws::default(); l.routes.len()],
            pre_orders: Vec::new(),
            to_order_for: 0,
            returns: Vec::new(),
            before_shipping: 0,
            observed: 0,
            ships_from: None,
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
        self.make_good.clear();
        self.make_good.resize(if plan.loses_parcels { plan.days } else { 0 }, 0);
        self.shut_in = 0;
        self.reserved = 0;
        (self.owed, self.awaited) = (0, 0);
        self.requests.clear();
        self.shrink_due = 0.0;
        self.queue.clear();
        self.latest = NONE;
        self.last_arrival.fill(0);
        self.stages.iter_mut().for_each(StageDraws::clear);
        self.pre_orders.iter_mut().for_each(Ahead::clear);
        self.pre_orders.resize(plan.pre_orders.len(), Ahead::default());
        self.to_order_for = 0;
        self.returns.clear();
        self.returns.resize(if plan.returns.is_some() { plan.days } else { 0 }, Back::default());
        self.observed = 0;
        self.ships_from = None;
        self.level = l.past.level.unwrap_or(plan.known.mean) * l.planned_share;
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

    /// The location goes on by other terms from `day` on.
    pub fn turn(&mut self, day: usize, l: &LocationPlan) {
        // Draws of the next reviews were opened for the days on which reviews were to be.
        self.stages.iter_mut().for_each(StageDraws::clear);
        if l.react.is_none() {
            self.react = Alarm::IDLE;
        }
        for (alarm, route) in self.expedite.iter_mut().zip(&l.routes) {
            if !l.is_open || route.expedite.is_none() {
                *alarm = Alarm::IDLE;
            }
        }
        if !l.is_open {
            self.safety_stock = 0;
        } else if let Some(units) = l.implied_safety_stock {
            self.safety_stock = (units + l.extra_stock).max(0);
        }
        self.cover_day = usize::MAX;
        self.one_time_done = !matches!(l.policy, Policy::OneTime { day: at, .. } if at.0 >= day as i32);
    }

    /// Units on hand that nobody who waits has got.
    pub fn free(&self) -> i64 {
        self.on_hand - self.reserved
    }

    /// Units that wait and are not on hand.
    pub fn short(&self) -> i64 {
        self.backlog - self.reserved
    }

    /// A cohort of today joins those who wait, behind all who are not of a lower priority.
    #[inline(always)]
    pub fn wait_in_line(&mut self, cohort: Cohort, plan: &Plan) {
        if plan.is_ranked {
            self.queue.insert(cohort, |c| plan.rank(c.class));
        } else {
            self.queue.push_back(cohort);
        }
    }

    /// Units that wait here, are not on hand, and come before those of a class who order now.
    #[inline(always)]
    pub fn short_before(&self, class: u8, plan: &Plan) -> i64 {
        if plan.is_ranked { self.short_of_rank(plan.rank(class), plan) } else { self.short() }
    }

    #[inline(never)]
    fn short_of_rank(&self, rank: u32, plan: &Plan) -> i64 {
        let before = self.queue.iter().filter(|c| plan.rank(c.class) <= rank);
        before.map(Cohort::short).sum()
    }

    /// Takes up to `most` units, at least 1, off what the first cohort of the queue waits for. Returns how many, and the cohort as it is then; absent where
    /// nobody waits.
    #[inline(always)]
    pub fn serve_the_first(&mut self, most: i64) -> Option<(i64, Cohort)> {
        let first = self.queue.first_mut()?;
        let units = first.units.min(most);
        first.units -= units;
        let cohort = *first;
        if cohort.units == 0 {
            self.queue.pop_front();
        }
        self.backlog -= units;
        Some((units, cohort))
    }

    /// Units on hand, less units that customers and other locations wait for.
    pub fn net(&self) -> i64 {
        self.on_hand - self.backlog - self.owed
    }

    /// The same, plus units on order, wherever they are.
    pub fn position(&self) -> i64 {
        self.net() + self.on_order + self.awaited
    }

    /// Units on hand, units that wait, and units on order, over all locations.
    pub fn totals(sites: &[Site]) -> (i64, i64, i64) {
        sites.iter().fold((0, 0, 0), |(h, b, o), l| (h + l.on_hand, b + l.backlog, o + l.on_order))
    }
}
