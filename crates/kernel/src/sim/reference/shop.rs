//! The shop: shelves, who waits, what is on order; the day in its six phases (`docs/model.md`, "The day").

use super::case::{Case, Fault};
use super::classes::{Class, classes};
use super::diary::{Cohort, Entry, Evening, Happened, Order, Story};
use super::world::{Almanac, Totals, World};
use crate::model::Policy;
use restock_base::units::room::UNITS;
use std::collections::BTreeMap;

/// One supply model under way.
pub struct Shop<'a> {
    pub case: Case<'a>,
    pub world: &'a World,
    pub today: usize,
    pub sites: Vec<Site>,
    pub orders: Vec<Order>,
    /// Units that are lost and not known to be.
    pub missing: Vec<Missing>,
    /// Receipts that were filed.
    pub filed: usize,
    /// Time until which the factory makes what was ordered so far.
    pub factory_busy: f64,
    /// What the planner expects of each day relative to an ordinary one, and sums of it and of its squares.
    pub known: Vec<f64>,
    pub known_total: Totals,
    pub known_squares: Totals,
    /// Classes of customers: one where all are alike.
    pub classes: Vec<Class>,
    /// Cohorts born today.
    pub born_today: u32,
    /// Units that planners saw ordered on each day of the run so far.
    pub ordered: Vec<i64>,
    /// Days of the changes made so far.
    pub turned: Vec<usize>,
    pub entries: Vec<Entry>,
}

/// One location.
#[derive(Default)]
pub struct Site {
    pub on_hand: i64,
    /// Units lost on the way to customers, by the day on which they are made good.
    pub make_good: BTreeMap<usize, i64>,
    /// Units that cannot ship today.
    pub shut_in: i64,
    /// Who waits, oldest first.
    pub queue: Vec<Cohort>,
    /// What other locations wait for here, oldest first.
    pub requests: Vec<Request>,
    /// What will come back here, by day: to stock, and to be liquidated.
    pub coming_back: BTreeMap<usize, (i64, i64)>,
    /// What has come back and will be on hand, by day.
    pub to_restock: BTreeMap<usize, i64>,
    /// Units pre-ordered here that have not shipped, by window.
    pub pre_orders: Vec<i64>,
    /// The units of each of these orders, oldest first, where they may be several.
    pub pre_ordered: Vec<Vec<i64>>,
    /// Units that have vanished and are not yet taken off: less than one.
    pub vanished: f64,
    /// Accepted orders of today of shoppers whose first choice is here.
    pub observed: i64,
    /// The location that serves today's shoppers of this one before it does.
    pub ships_from: Option<usize>,
    /// The planner's level and variance of an ordinary day, and the days that a fitted level rests on.
    pub level: f64,
    pub variance: f64,
    pub weight: f64,
    /// Orders and known factor of every day.
    pub seen: Vec<(f64, f64)>,
    /// Of the days since the planner last believed in a new level: whether they lay beyond the bound.
    pub beyond: Vec<bool>,
    pub react: Alarm,
    /// One a route.
    pub expedite: Vec<Alarm>,
    pub safety_stock: i64,
    pub bought: bool,
}

/// What a location has ordered from the stock of another one, and has not left there.
#[derive(Clone)]
pub struct Request {
    pub place: usize,
    pub route: usize,
    pub placed: usize,
    pub units: i64,
}

/// Units of an order that are lost, and on which the planner counts until an evening.
pub struct Missing {
    pub order: usize,
    pub units: i64,
    pub known: usize,
}

/// Something that is watched every evening, and acted on some days after it has begun.
#[derive(Clone, Default)]
pub struct Alarm {
    pub held: bool,
    pub due: Option<usize>,
}

impl Alarm {
    /// The first evening on which it holds, after one on which it did not, sets the act `latency` days ahead, if none is pending.
    pub fn look(&mut self, holds: bool, today: usize, latency: f64) {
        if holds && !self.held && self.due.is_none() {
            self.due = Some(today + (latency + 0.5) as usize);
        }
        self.held = holds;
    }
}

impl<'a> Shop<'a> {
    fn new(case: Case<'a>, almanac: &Almanac, world: &'a World) -> Self {
        let (sites, orders, entries) = (Vec::new(), Vec::new(), Vec::new());
        let (today, factory_busy, born_today) = (0, 0.0, 0);
        let (known, known_total, known_squares) = almanac.as_planned(&case);
        let mut shop = Shop {
            case,
            world,
            today,
            sites,
            orders,
            missing: Vec::new(),
            filed: 0,
            factory_busy,
            known,
            known_total,
            known_squares,
            classes: classes(&case),
            born_today,
            ordered: Vec::new(),
            turned: Vec::new(),
            entries,
        };
        let known = &case.plan.known;
        for (i, l) in case.plan.locations.iter().enumerate() {
            let share = l.planned_share;
            // Stock that is given is opened with as it is, but at a launch more stock means more of it, too.
            let extra = if l.initial_on_hand.is_none() || case.plan.is_launch { l.extra_stock } else { 0 };
            let target = || l.initial_on_hand.unwrap_or_else(|| shop.steady_target(i, case.begin(), known.mean));
            let is_open = case.model.locations[i].is_open;
            let on_hand = if is_open { (target() + extra).max(0) } else { l.initial_on_hand.unwrap_or(0) };
            shop.sites.push(Site {
                on_hand,
                level: l.past.level.unwrap_or(known.mean) * share,
                variance: known.variance * share * share,
                weight: known.fitted.map_or(0.0, |f| f.weight),
                expedite: vec![Alarm::default(); l.routes.len()],
                safety_stock: l.implied_safety_stock.map_or(0, |units| (units + l.extra_stock).max(0)),
                pre_orders: vec![0; case.windows().len()],
                pre_ordered: vec![Vec::new(); case.windows().len()],
                bought: !matches!(l.policy, Policy::OneTime { .. }),
                ..Site::default()
            });
        }
        shop
    }

    /// Runs a whole replication of a product.
    pub fn run(case: Case<'a>, almanac: &'a Almanac, world: &'a World) -> Story {
        Shop::run_together(&[(case, almanac, world)]).pop().expect("there is one")
    }

    /// Runs a whole replication of products that share a factory or a container. A factory makes what is ordered first, and of one day in the order of
    /// the products.
    pub fn run_together(products: &[(Case<'a>, &'a Almanac, &'a World)]) -> Vec<Story> {
        let mut shops: Vec<Shop<'_>> = products.iter().map(|(case, a, w)| Shop::new(*case, a, w)).collect();
        let opening: Vec<Vec<Evening>> = shops.iter().map(Shop::evening).collect();
        let (begin, days) = products.first().map_or((0, 0), |(case, ..)| (case.begin(), case.days()));
        let mut busy: BTreeMap<Option<usize>, f64> = BTreeMap::new();
        for today in 0..days {
            shops.iter_mut().for_each(|shop| shop.today = today);
            if today >= begin {
                Shop::leave_in_containers(&mut shops);
            }
            for shop in &mut shops {
                let factory = shop.case.product.factory;
                if factory.is_some() && !shop.case.breaks(Fault::FactoryForEach) {
                    shop.factory_busy = *busy.get(&factory).unwrap_or(&0.0);
                }
                if today < begin {
                    shop.past();
                } else {
                    shop.turn();
                    shop.supply();
                    shop.allocation();
                    shop.demand();
                    shop.patience();
                    shop.review();
                }
                busy.insert(factory, shop.factory_busy);
            }
            shops.iter_mut().filter(|_| today >= begin).for_each(Shop::books);
            if shops.iter().any(Shop::beyond) {
                break;
            }
        }
        shops.into_iter().zip(opening).map(|(shop, opening)| shop.story(opening)).collect()
    }

    /// What has happened.
    fn story(mut self, opening: Vec<Evening>) -> Story {
        let case = Case { model: self.case.first, plan: self.case.whole, ..self.case };
        let turned = std::mem::take(&mut self.turned);
        let shop = &mut self;
        let beyond = shop.beyond().then_some(shop.today);
        let waiting = shop.sites.iter().flat_map(|s| s.queue.clone()).collect();
        let mut needs = |next: usize, on: Case<'a>| {
            shop.case = on;
            let of = |i| shop.is_open(i).then(|| shop.steady_need(i, next));
            (0..shop.sites.len()).map(of).collect()
        };
        // What there is in the beginning is valued on the terms of the day before.
        let begins = case.warmup().checked_sub(1).map_or(case, |day| case.on(day));
        let steady_need = [needs(case.warmup(), begins), needs(case.days(), case.after(turned.len()))];
        Story { opening, entries: self.entries, orders: self.orders, waiting, steady_need, beyond, turned }
    }

    /// 1. Purchase orders whose last stage ends today become on hand; of several the latest first.
    fn supply(&mut self) {
        let mut due: Vec<usize> = (0..self.orders.len()).filter(|o| self.orders[*o].arrival == self.today).collect();
        due.sort_by_key(|o| std::cmp::Reverse(self.orders[*o].filed));
        for order in due {
            if self.comes_without(order) {
                continue;
            }
            self.orders[order].received = true;
            let Order { place, units, .. } = self.orders[order];
            self.sites[place].on_hand += units;
            self.tell(Happened::Received { order });
        }
    }

    /// 2. On hand goes to the pre-orders of today, then to waiting orders, oldest order date first.
    fn allocation(&mut self) {
        self.take_back();
        self.shut_in(self.today.checked_sub(1));
        self.make_good();
        if !self.case.breaks(Fault::PreOrdersLast) {
            self.ship_pre_orders();
        }
        self.allocate_by_rule();
        for place in 0..self.sites.len() {
            self.allocate(place, place);
        }
        // What closed locations have left goes to those who wait elsewhere.
        for closed in (0..self.sites.len()).filter(|i| !self.is_open(*i)).collect::<Vec<_>>() {
            for place in 0..self.sites.len() {
                if self.is_open(place) {
                    self.allocate(closed, place);
                }
            }
            self.move_away(closed, self.on_order(closed));
        }
        for place in (0..self.sites.len()).filter(|_| self.has_baskets()).collect::<Vec<_>>() {
            self.allocate(place, place);
        }
        if self.case.breaks(Fault::PreOrdersLast) {
            self.ship_pre_orders();
        }
        self.supply_others();
    }

    /// What location `from` has goes to those who wait at location `place`.
    fn allocate(&mut self, from: usize, place: usize) {
        if self.has_baskets() {
            return self.allocate_to_baskets(from, place);
        }
        while self.sites[from].on_hand > 0 && !self.sites[place].queue.is_empty() {
            let newest = self.sites[place].queue.len() - 1;
            let first = if self.case.breaks(Fault::NewestFirst) { newest } else { 0 };
            let units = self.sites[place].queue[first].units.min(self.sites[from].on_hand);
            self.sites[from].on_hand -= units;
            let site = &mut self.sites[place];
            site.queue[first].units -= units;
            let cohort = site.queue[first].clone();
            site.queue.retain(|c| c.units > 0);
            self.tell(Happened::ShippedFromBacklog { place: from, units, cohort });
        }
    }

    /// 3. Shoppers for whom delivery takes too long leave; the others are served while stock lasts; then they are quoted a date.
    fn demand(&mut self) {
        self.born_today = 0;
        let (interested, lost_to_delivery, unmet) = self.serve_while_stock_lasts();
        self.foresee_returns();
        self.tell(Happened::Demanded { interested, lost_to_delivery });
        for (place, unmet) in unmet.into_iter().enumerate() {
            self.quote_a_date(place, unmet);
        }
        self.lose_parcels();
        self.let_out();
    }

    /// 4. Waiting orders of earlier days whose date slips get a notice; then each keeps waiting or cancels.
    fn patience(&mut self) {
        for place in 0..self.sites.len() {
            self.try_patience(place);
        }
    }

    /// 5. The planner takes in today's orders, sees whether to react and, on a review day, orders.
    fn review(&mut self) {
        self.lose();
        self.ordered.push(self.sites.iter().map(|site| site.observed).sum());
        self.look_downstream();
        for i in 0..self.sites.len() {
            self.observe(i);
        }
        for i in self.order_of_reviews() {
            if !self.is_open(i) {
                continue;
            }
            self.watch_triggers(i);
            if self.reviews_today(i) {
                self.order_by_policy(i);
            } else {
                self.expedite_what_is_due(i);
            }
        }
        self.shut_in(Some(self.today));
        self.supply_others();
        self.let_out();
    }

    /// 6. What is due is paid, units vanish, the day ends.
    fn books(&mut self) {
        self.tell(Happened::PaymentsDue);
        let rate = self.case.scenario.finance.shrink;
        for place in 0..self.sites.len() {
            let free = self.free(place);
            let site = &mut self.sites[place];
            site.vanished += site.on_hand as f64 * rate / 365.0;
            if self.case.breaks(Fault::ShrinkForgotten) {
                site.vanished = site.vanished.fract();
            }
            let units = (site.vanished as i64).min(free);
            site.vanished -= units as f64;
            site.on_hand -= units;
            if units > 0 {
                self.tell(Happened::Shrunk { place, units });
            }
        }
        let evening = self.evening();
        self.tell(Happened::EndOfDay(evening));
    }

    /// Whether there are more units than can be counted.
    fn beyond(&self) -> bool {
        let sums =
            self.evening().iter().fold([0, 0, 0], |s, e| [s[0] + e.on_hand, s[1] + e.waiting, s[2] + e.on_order]);
        sums.iter().any(|units| *units > UNITS)
    }

    /// The number of a receipt that is filed now.
    pub fn filed_next(&mut self) -> usize {
        self.filed += 1;
        self.filed
    }

    pub fn tell(&mut self, what: Happened) {
        self.entries.push(Entry { day: self.today, what });
    }

    pub fn evening(&self) -> Vec<Evening> {
        let of = |i: usize| Evening {
            on_hand: self.sites[i].on_hand,
            free: self.free(i),
            waiting: self.waiting(i),
            pre_orders: self.sites[i].pre_orders.clone(),
            late: (0..self.case.windows().len()).map(|w| self.late(i, w)).collect(),
            on_order: self.on_order(i),
            owed: self.owed(i),
            awaited: self.awaited(i),
            safety_stock: self.sites[i].safety_stock,
            open: self.open(i).collect(),
        };
        (0..self.sites.len()).map(of).collect()
    }

    /// Units that wait at a location.
    pub fn waiting(&self, i: usize) -> i64 {
        self.sites[i].queue.iter().map(|c| c.units).sum()
    }

    /// Units that wait at a location and were pre-ordered in a window.
    fn late(&self, i: usize, window: usize) -> i64 {
        self.sites[i].queue.iter().filter(|c| c.window == Some(window)).map(|c| c.units).sum()
    }

    /// Open orders of a location, oldest first.
    pub fn open(&self, i: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.orders.len())
            .filter(move |o| self.orders[*o].place == i && !self.orders[*o].received && !self.orders[*o].gone)
    }

    pub fn on_order(&self, i: usize) -> i64 {
        self.open(i).map(|o| self.orders[o].total() + self.missing_of(o)).sum()
    }

    /// `IP = OH - B + OO`, with the location's part of what is left at closed ones, less pre-orders that are ordered for.
    pub fn position(&self, i: usize) -> i64 {
        self.for_location(i, |shop, i| {
            let waiting = if shop.case.breaks(Fault::PositionWithoutBacklog) { 0 } else { shop.waiting(i) };
            shop.sites[i].on_hand - waiting - shop.owed(i) + shop.on_order(i) + shop.awaited(i)
        })
    }
}
