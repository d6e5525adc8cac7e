//! The day, in six phases, and the loop over the days.

use super::queue::NONE;
use super::replication::{Replication, Shop};
use super::room::{self, Beyond};
use super::state::{Flow, Site};
use super::watch::{Evening, Event, Now, Watch};
use crate::sim::demand::Path;
use crate::sim::plan::{Later, Plan};

impl Flow {
    /// Runs replication `number` of `plan` on the shoppers of `path`, and tells `watch` every event. There is no allocation after the
    /// first replications, and no I/O.
    ///
    /// # Errors
    ///
    /// If there are more units than can be counted. The state and the counts of watchers are not valid then.
    pub fn run<W: Watch>(&mut self, plan: &Plan, path: &Path, number: u32, watch: &mut W) -> Result<(), Beyond> {
        self.begin(plan, path, number, watch)?;
        let mut day = plan.begin;
        while day < plan.days {
            self.change(plan, path, (number, day), watch);
            let first = Now::new(plan.after(self.changes), path, number, day);
            day = self.each_day(first, plan.later.get(self.changes), watch)?;
        }
        self.on(Now::new(plan.after(self.changes), path, number, plan.days - 1), watch).end();
        Ok(())
    }

    /// The days from `first` until the `next` change, which have one plan. They are a function of their own, so that the plan is known to stay what it
    /// is. Returns the day of the change.
    #[inline(never)]
    fn each_day<W: Watch>(&mut self, first: Now<'_>, next: Option<&Later>, watch: &mut W) -> Result<usize, Beyond> {
        let (end, cue) = next.map_or((first.plan.days, None), |next| (next.from, next.cue));
        let mut replication = self.on(first, watch);
        for day in first.day..end {
            replication.shop.now = Now::new(first.plan, first.path, first.replication, day);
            if cue.is_some_and(|cue| day > first.day && replication.shop.has_come(cue)) {
                return Ok(day);
            }
            replication.until_evening();
            replication.books()?;
        }
        Ok(end)
    }

    /// The morning of a day: the supply model goes on by the terms of every change that comes with it.
    #[inline(never)]
    pub fn change<W: Watch>(&mut self, plan: &Plan, path: &Path, (number, day): (u32, usize), watch: &mut W) {
        while let Some(next) = plan.later.get(self.changes) {
            let mut eve = self.on(Now::new(plan.after(self.changes), path, number, day), watch);
            if next.from > day && !next.cue.is_some_and(|cue| eve.shop.has_come(cue)) {
                return;
            }
            eve.turn(Now::new(&next.plan, path, number, day), next.move_waiting);
            self.changes += 1;
        }
    }

    /// Opens a replication, and tells of the days before it.
    ///
    /// # Errors
    ///
    /// If there are more units than can be counted.
    pub fn begin<W: Watch>(&mut self, plan: &Plan, path: &Path, number: u32, watch: &mut W) -> Result<(), Beyond> {
        self.open(plan, path, number, watch)?;
        (0..plan.begin).try_for_each(|day| self.on(Now::new(plan, path, number, day), watch).past())
    }

    /// Opens a replication.
    pub fn open<W: Watch>(&mut self, plan: &Plan, path: &Path, number: u32, watch: &mut W) -> Result<(), Beyond> {
        room::shoppers(plan, path)?;
        self.reset(plan, path.review_phase);
        let replication = self.on(Now::new(plan, path, number, 0), watch);
        replication.watch.see(&replication.shop.now, &Event::Opened(replication.shop.sites));
        replication.watch.see(&replication.shop.now, &Event::WindowBegins(replication.shop.sites));
        Ok(())
    }

    /// A day of the replication, on whose parts the phases work.
    pub fn on<'a, W: Watch>(&'a mut self, now: Now<'a>, watch: &'a mut W) -> Replication<'a, W> {
        let Flow { sites, orders, unmet, ordered, .. } = self;
        Replication { shop: Shop { now, sites, orders, unmet, ordered }, watch }
    }
}

impl<W: Watch> Replication<'_, W> {
    /// Today as far as the policies' orders of the evening.
    #[inline(always)]
    pub fn until_evening(&mut self) {
        // A window without a warm-up has begun before the first day, and one that begins with a change before that.
        let (day, plan) = (self.shop.now.day, self.shop.now.plan);
        if day == plan.warmup && day > plan.from {
            self.watch.see(&self.shop.now, &Event::WindowBegins(self.shop.sites));
        }
        self.supply();
        self.allocation();
        self.demand();
        if plan.has_rare_steps {
            self.after_shipping();
        }
        self.patience();
        self.review();
    }

    /// The window is over with today.
    pub fn end(&mut self) {
        self.watch.see(&self.shop.now, &Event::WindowEnds(self.shop.sites));
    }

    /// 1. Units that arrive today become stock on hand.
    fn supply(&mut self) {
        if self.shop.now.plan.has_rare_steps {
            return self.supply_what_is_not_lost();
        }
        let mut next = self.shop.orders.arrivals[self.shop.now.day];
        while next != NONE {
            next = self.receive(next);
        }
    }

    /// The same where orders may be lost.
    #[inline(never)]
    fn supply_what_is_not_lost(&mut self) {
        let mut next = self.shop.orders.arrivals[self.shop.now.day];
        while next != NONE {
            let after = self.shop.orders.slots[next].next_arrival;
            if !self.shop.now.plan.can_lose || !self.comes_without(next) {
                self.receive(next);
            }
            next = after;
        }
    }

    /// An order comes. Returns the next one of today.
    #[inline(always)]
    fn receive(&mut self, order: u32) -> u32 {
        let lot = &self.shop.orders.slots[order];
        let next = lot.next_arrival;
        let site = &mut self.shop.sites[lot.location as usize];
        site.on_order -= lot.total();
        site.on_hand += lot.units;
        self.watch.see(&self.shop.now, &Event::Received { order, lot });
        self.shop.orders.close(site, order);
        next
    }

    /// Where parcels may be lost, or locations shut: what has left today, and what could not.
    #[inline(never)]
    fn after_shipping(&mut self) {
        if self.shop.now.plan.loses_parcels {
            self.lose_parcels();
        }
        if self.shop.now.plan.can_be_shut {
            self.shop.let_out();
        }
    }

    /// 2. Stock on hand goes to the pre-orders that are to ship today, then to waiting orders, oldest first.
    fn allocation(&mut self) {
        if self.shop.now.plan.has_extra_steps {
            return self.allocate_besides();
        }
        self.allocate();
        if self.shop.now.plan.sells_off {
            self.allocate_what_is_left();
        }
    }

    /// What most plans have not: returns, pre-orders, orders of several units, classes of customers, lost parcels, locations that are shut or supply others.
    #[inline(never)]
    fn allocate_besides(&mut self) {
        let plan = self.shop.now.plan;
        self.take_back();
        if plan.loses_parcels {
            self.shop.count_before_shipping();
        }
        if plan.can_be_shut {
            self.shop.shut_in(self.shop.now.day.wrapping_sub(1));
        }
        if plan.loses_parcels {
            self.make_good();
        }
        self.ship_pre_orders();
        self.allocate_by_rule();
        let several = plan.baskets.is_some();
        match (several, plan.classes.is_empty()) {
            (true, _) => self.allocate_to_baskets(),
            (false, true) => self.allocate(),
            (false, false) => self.allocate_to_classes(),
        }
        if plan.sells_off {
            self.allocate_what_is_left();
            if several {
                // What orders had got that were served from elsewhere goes to the next ones.
                self.allocate_to_baskets();
            }
        }
        self.supply_others();
    }

    #[inline(always)]
    fn allocate(&mut self) {
        match &mut *self.shop.sites {
            [site] => allocate_here(&self.shop.now, (0, site), self.watch),
            _ => self.allocate_at_several(),
        }
    }

    #[inline(never)]
    fn allocate_at_several(&mut self) {
        for site in self.shop.sites.iter_mut().enumerate() {
            allocate_here(&self.shop.now, site, self.watch);
        }
    }

    /// 3. Today's shoppers: those for whom delivery takes too long leave; the others are served while stock lasts, or quoted a date.
    fn demand(&mut self) {
        let (interested, lost) = self.serve_while_stock_lasts();
        self.tell(Event::Demanded { interested, lost });
        if std::mem::take(&mut self.shop.unmet.somebody) {
            for location in 0..self.shop.sites.len() {
                if self.shop.unmet.left(location) > 0 {
                    self.take_backorders(location);
                }
            }
        }
    }

    /// 4. Waiting orders of earlier days get notice of delays, and keep waiting or cancel.
    fn patience(&mut self) {
        if self.shop.now.plan.may_leave {
            for location in 0..self.shop.sites.len() {
                if self.shop.sites[location].backlog > 0 {
                    match self.shop.now.plan.differ {
                        false => self.try_patience::<false>(location),
                        true => self.try_patience::<true>(location),
                    }
                }
            }
        }
    }

    /// 5. The planner updates the forecast and, on a review day, orders.
    fn review(&mut self) {
        if self.shop.now.plan.has_rare_steps {
            return self.review_besides();
        }
        if let [site] = &mut *self.shop.sites {
            observe_here(&self.shop.now, site);
            self.review_if_due(0);
        } else {
            self.review_at_several();
        }
    }

    #[inline(never)]
    fn review_at_several(&mut self) {
        self.observe();
        (0..self.shop.sites.len()).for_each(|location| self.review_if_due(location));
    }

    #[inline(always)]
    fn review_if_due(&mut self, location: usize) {
        let l = &self.shop.now.plan.locations[location];
        if l.is_watched || self.shop.sites[location].next_review == self.shop.now.day {
            self.review_location(location);
        }
    }

    /// The same where goods may be lost, a change waits for demand, or locations supply others.
    #[inline(never)]
    fn review_besides(&mut self) {
        let plan = self.shop.now.plan;
        if plan.can_lose {
            self.lose();
        }
        if plan.counts_orders {
            self.shop.count_orders();
        }
        if plan.network.is_some() {
            self.look_downstream();
        }
        self.observe();
        // Locations review before those that supply them, so that these know what is ordered from them; what is there leaves this evening.
        let downstream_first = plan.network.as_ref().map(|network| network.downstream_first.as_slice());
        for k in 0..plan.locations.len() {
            let location = downstream_first.map_or(k, |order| order[k]);
            self.review_if_due(location);
        }
        if downstream_first.is_some() {
            if plan.can_be_shut {
                self.shop.shut_in(self.shop.now.day);
            }
            self.supply_others();
            if plan.can_be_shut {
                self.shop.let_out();
            }
        }
    }

    #[inline(always)]
    fn observe(&mut self) {
        for site in &mut *self.shop.sites {
            observe_here(&self.shop.now, site);
        }
    }

    /// Looks at the position and the triggers that a location watches every evening, and orders if it reviews.
    #[inline(always)]
    fn review_location(&mut self, location: usize) {
        let has_triggers = self.shop.now.plan.locations[location].has_triggers;
        if has_triggers {
            self.shop.watch_triggers(location);
        }
        if self.shop.reviews_today(location) {
            self.order_by_policy(location);
        } else if has_triggers {
            self.expedite_between_reviews(location);
        }
        self.shop.turn_the_calendar(location);
    }

    /// 6. Payments that fall due are made, units vanish, and the day is closed. The watchers keep the books.
    ///
    /// # Errors
    ///
    /// If there are more units than can be counted.
    pub fn books(&mut self) -> Result<(), Beyond> {
        self.tell(Event::PaymentsDue);
        if self.shop.now.plan.finance.shrink > 0.0 {
            for location in 0..self.shop.sites.len() {
                self.shrink(location);
            }
        }
        let evening = Evening::of(self.shop.sites);
        self.watch.see(&self.shop.now, &Event::EndOfDay(&evening));
        room::balances(&self.shop.now, &evening)
    }

    /// Units vanish from the shelf, as many as the yearly rate says on average: without a draw, a fraction at a time.
    fn shrink(&mut self, location: usize) {
        let site = &mut self.shop.sites[location];
        site.shrink_due += site.on_hand as f64 * self.shop.now.plan.finance.shrink / 365.0;
        if site.shrink_due < 1.0 {
            return;
        }
        let units = (site.shrink_due as i64).min(site.free());
        site.shrink_due -= units as f64;
        site.on_hand -= units;
        self.tell(Event::Shrunk { location, units });
    }
}

/// Stock on hand of a location goes to those who wait there.
#[inline(always)]
fn allocate_here<W: Watch>(now: &Now<'_>, (location, site): (usize, &mut Site), watch: &mut W) {
    while site.on_hand > 0 && site.backlog > 0 {
        let Some((units, cohort)) = site.serve_the_first(site.on_hand) else { break };
        site.on_hand -= units;
        watch.see(now, &Event::ShippedFromBacklog { location, units, cohort: &cohort });
    }
    if site.backlog == 0 && !site.queue.is_empty() {
        site.queue.clear();
    }
}

/// The planner of a location sees what was ordered today.
#[inline(always)]
fn observe_here(now: &Now<'_>, site: &mut Site) {
    let orders = std::mem::take(&mut site.observed);
    if now.plan.observes {
        site.observe(orders as f64, now);
    }
}
