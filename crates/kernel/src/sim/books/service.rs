//! Service: the outcomes of shoppers and orders, in units.

use super::classes::ClassTally;
use super::days::DayRow;
use super::places::PlaceTally;
use super::replenished::RouteTimes;
use crate::sim::flow::{Bundle, Cause, Cohort, Evening, Event, NONE, Now, PurchaseOrder, Site, Watch};
use crate::sim::plan::{LocationPlan, Plan};
use restock_base::stats::survival::WaitTable;

/// Counts of units and orders in the measured window, and the state that they need from day to day.
#[derive(Debug, Clone)]
pub(in crate::sim) struct Service {
    pub tally: Tally,
    /// Waits of orders placed in the measured window.
    pub waits: WaitTable,
    /// Lead times of the orders received in the measured window, by location and route.
    pub routes: Vec<Vec<RouteTimes>>,
    pub days: Vec<DayRow>,
    /// By location, where some supply others; else empty.
    pub places: Vec<PlaceTally>,
    /// By class of customers, where there are several; else empty.
    pub classes: Vec<ClassTally>,
    /// By location: since the last receipt no shopper has met an empty shelf there or begun to wait.
    clean: Vec<bool>,
    today: Today,
}

/// Units that moved on the current day.
#[derive(Debug, Clone, Copy, Default)]
struct Today {
    demand: i64,
    from_stock: i64,
    walked_away: i64,
    /// Some unit demanded today was not served from stock.
    unmet: bool,
}

/// Counts over the measured window, of all locations together. They are integers, so that laws hold exactly. A shopper wants one unit,
/// so that units are shoppers and customers' orders, too, unless orders are of several units: then these are counted besides.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Days of the measured window.
    pub days: i64,
    /// Shoppers who would order at the reference delivery time, and those whom a quicker delivery brings besides.
    pub interested: i64,
    /// Interested shoppers who left because of the delivery time.
    pub lost_to_delivery: i64,
    /// Units demanded: interested shoppers less those lost to the delivery time.
    pub demanded: i64,
    /// Units ordered by customers: those served from stock and those backordered.
    pub accepted: i64,
    /// Units demanded that were served from stock on the same day.
    pub from_stock: i64,
    /// Units whose shoppers accepted to wait.
    pub backordered: i64,
    /// Units pre-ordered. They are demanded, and neither served from stock nor backordered.
    pub preordered: i64,
    /// Units pre-ordered that shipped on the date promised.
    pub preorders_on_time: i64,
    /// Units pre-ordered that were cancelled before they were to ship.
    pub preorders_cancelled: i64,
    /// Units pre-ordered for which there was no stock on the date promised.
    pub preorders_late: i64,
    /// Units of these that were cancelled while they waited.
    pub late_preorders_cancelled: i64,
    /// Units pre-ordered that are to ship after the window.
    pub preorders_at_end: i64,
    /// Units of those shipped in the window that customers send back, whenever they come.
    pub sent_back: i64,
    /// Units that came back, those that had shipped before the window among them.
    pub returned: i64,
    /// Units that came back and became stock.
    pub back_in_stock: i64,
    /// Shoppers whom campaigns that paused did not bring.
    pub paused: i64,
    /// Units whose shoppers did not accept the wait: lost sales.
    pub walked_away: i64,
    /// Units that customers cancelled, at a notice or while they waited; orders from before the window are among them, pre-orders are not.
    pub cancelled_by_customer: i64,
    /// Units refunded under the 30-day rule for want of consent; orders from before the window are among them.
    pub cancelled_by_rule: i64,
    /// Units shipped to customers; orders from before the window are among them.
    pub shipped: i64,
    /// Units shipped to customers who had waited; orders from before the window are among them.
    pub shipped_from_backlog: i64,
    /// Parcels shipped from locations whose parcels pay duty one by one.
    pub parcels: i64,
    /// Of orders of several units: those of interested shoppers who stayed. They are 0 where orders are of one unit, and so are the following.
    pub orders_demanded: i64,
    /// Orders that shipped at once with all their units.
    pub orders_from_stock: i64,
    /// Millionths of shared containers that were paid.
    pub containers: i64,
    /// Millionths of them that were filled.
    pub containers_filled: i64,
    /// Parcels shipped.
    pub order_parcels: i64,
    /// Orders of which all has shipped that will; orders from before the window are among them.
    pub orders_completed: i64,
    /// Orders that were cancelled, whole or what was left of them.
    pub orders_cancelled: i64,
    /// Units that waited when the window began.
    pub backlog_at_start: i64,
    /// Units that waited when the window had ended.
    pub backlog_at_end: i64,
    /// Units on hand when the window began.
    pub on_hand_at_start: i64,
    /// Units on hand when the window had ended.
    pub on_hand_at_end: i64,
    /// Units on order when the window began, those that will be scrapped included.
    pub on_order_at_start: i64,
    /// Units on order when the window had ended, those that will be scrapped included.
    pub on_order_at_end: i64,
    /// Units on the purchase orders placed in the window, on all routes, those that will be scrapped included.
    pub ordered: i64,
    /// Units that left the stock of a location for that of another one, those that will be scrapped on the way included.
    pub sent: i64,
    /// Units taken off open purchase orders because customers cancelled.
    pub order_cancelled: i64,
    /// Units received into stock.
    pub received: i64,
    /// Units of the received purchase orders that were scrapped and did not come into stock.
    pub scrapped: i64,
    /// Units that vanished from the shelves.
    pub shrunk: i64,
    /// Units of purchase orders that were lost.
    pub lost: i64,
    /// Units of purchase orders that planners learnt to be lost.
    pub found_missing: i64,
    /// Units destroyed on the shelves.
    pub destroyed: i64,
    /// Units of those shipped that did not reach their customers.
    pub parcels_lost: i64,
    /// Units that left a shelf in the place of such units. They are not among those shipped.
    pub reshipped: i64,
    /// Purchase orders placed, on all routes.
    pub purchase_orders: i64,
    /// Units on purchase orders placed on other routes than the base route.
    pub units_expedited: i64,
    /// Days from the order to the receipt, summed over the units received: unit-days.
    pub lead_time_unit_days: i64,
    /// Units received, by which `lead_time_unit_days` is divided for the mean lead time.
    pub lead_time_units: i64,
    /// Days that ended with stock on hand at some location.
    pub ready_days: i64,
    /// Days that ended without a backlog at any location.
    pub clear_days: i64,
    /// Days on which every unit demanded was served from stock; days without demand are among them.
    pub served_days: i64,
    /// Units on hand at the end of the day, summed over the days: unit-days.
    pub on_hand_days: i64,
    /// Units that waited at the end of the day, summed over the days: unit-days.
    pub backlog_days: i64,
    /// Units on order at the end of the day, summed over the days: unit-days.
    pub on_order_days: i64,
    /// The most units that waited at the end of a day.
    pub peak_backlog: i64,
    /// Units backordered under a promised shipping date.
    pub promised: i64,
    /// Units ordered in the window whose first promised date passed before they were shipped or cancelled, or before the window ended.
    pub promises_missed: i64,
    /// Units ordered in the window whose promise in force passed before they were shipped or cancelled, or before the window ended.
    pub final_promises_missed: i64,
    /// Units whose seller let a promised date pass without the notice that the 30-day rule asks for.
    pub breached_orders: i64,
    /// Units ordered in the window that were shipped after the promise in force had passed.
    pub shipped_late: i64,
    /// Units demanded on days of a campaign or a surge.
    pub spike_demanded: i64,
    /// Units ordered on measured days of a campaign or a surge, and shipped before the window ended.
    pub spike_shipped: i64,
    /// Purchase orders received.
    pub receipts: i64,
    /// Receipts at a location where nobody had met an empty shelf or begun to wait since the receipt before.
    pub clean_receipts: i64,
}

impl Watch for Service {
    #[inline(always)]
    fn see(&mut self, now: &Now<'_>, event: &Event<'_>) {
        if !now.is_measured() {
            return self.see_before_the_window(event);
        }
        match *event {
            Event::Opened(_) => self.open(),
            Event::WindowBegins(sites) => self.begin_window(sites),
            Event::Received { lot, .. } => self.receive(lot),
            Event::ShippedFromBacklog { location, units, cohort } => {
                self.tally.shipped_from_backlog += units;
                if cohort.pre_ordered().is_some() {
                    self.tally.shipped_late += if cohort.missed(now.day as u32) { units } else { 0 };
                    return self.ship_ahead(now, location, units);
                }
                self.end_of_wait(now, cohort, units, true);
                self.ship(now, location, units, cohort.born);
            }
            Event::ShippedToSomebody { location, units } => self.expect_classes(now, location, units),
            Event::ShippedToClass { units, cohort, .. } => {
                self.classes[usize::from(cohort.class)].ship(units, cohort, (now.day, now.plan.warmup));
            }
            Event::ServedFromStock { location, units } => {
                self.tally.accepted += units;
                self.tally.from_stock += units;
                self.today.from_stock += units;
                self.ship(now, location, units, now.day as u32);
            }
            Event::Demanded { interested, lost } => self.demand(now, interested, lost),
            Event::NotAdvertisedFor { units } => self.tally.paused += units,
            Event::ComesBack { back, .. } => self.tally.sent_back += back.units(),
            Event::Returned { back, .. } => self.tally.returned += back.units(),
            Event::Restocked { units, .. } => self.tally.back_in_stock += units,
            Event::PreOrdered { units, .. } => {
                self.tally.preordered += units;
                self.tally.spike_demanded -= if now.path.spike[now.day] { units } else { 0 };
                self.today.demand -= units;
            }
            Event::PreOrderCancelled { units, .. } => self.tally.preorders_cancelled += units,
            Event::PreOrderShipped { location, units, .. } => {
                self.tally.preorders_on_time += units;
                self.ship_ahead(now, location, units);
            }
            Event::PreOrderLate { location, cohort } => {
                self.clean[location] = false;
                self.tally.preorders_late += cohort.units;
                if let Some(class) = self.classes.get_mut(usize::from(cohort.class)) {
                    class.late += cohort.units;
                }
            }
            Event::FoundNoStock { location } => {
                self.today.unmet = true;
                self.clean[location] = false;
            }
            Event::WalkedAway { location, units, class } => {
                if let Some(class) = self.classes.get_mut(usize::from(class)) {
                    class.walked_away += units;
                }
                if let Some(place) = self.places.get_mut(location) {
                    place.demanded += units;
                }
                self.tally.walked_away += units;
                self.today.walked_away += units;
            }
            Event::Backordered { location, units, promise, class } => {
                self.clean[location] = false;
                if let Some(class) = self.classes.get_mut(usize::from(class)) {
                    class.waited += units;
                }
                self.tally.accepted += units;
                self.tally.backordered += units;
                self.tally.promised += if promise == NONE { 0 } else { units };
            }
            Event::Bundled { of, bundles, units } => self.bundle(now, of, bundles, units),
            Event::OrdersOfToday { demanded, whole, .. } => {
                self.tally.orders_demanded += demanded;
                self.tally.orders_from_stock += whole;
            }
            Event::Breached { orders } => self.tally.breached_orders += orders,
            Event::Cancelled { units, cohort, cause, .. } => {
                if let Some(class) = self.classes.get_mut(usize::from(cohort.class)) {
                    class.cancel(units, cohort, now.plan.warmup);
                }
                if cohort.pre_ordered().is_some() {
                    self.tally.late_preorders_cancelled += units;
                    return;
                }
                match cause {
                    Cause::Customer => self.tally.cancelled_by_customer += units,
                    Cause::Rule => self.tally.cancelled_by_rule += units,
                }
                self.end_of_wait(now, cohort, units, false);
            }
            Event::TakenOff { units, .. } => self.tally.order_cancelled += units,
            Event::Lost { units, .. } => self.tally.lost += units,
            Event::Destroyed { units, .. } => self.tally.destroyed += units,
            Event::ParcelsLost { units, .. } => self.tally.parcels_lost += units,
            Event::Reshipped { units, .. } => self.tally.reshipped += units,
            Event::FoundMissing { units, .. } => self.tally.found_missing += units,
            Event::Ordered { lot, .. } => {
                self.tally.ordered += lot.total();
                self.tally.purchase_orders += 1;
                let l = &now.plan.locations[lot.location as usize];
                if !l.is_base(lot.route as usize) {
                    self.tally.units_expedited += lot.total();
                }
            }
            Event::OrderedHere { location, units, waiting } => self.places[location].order(units, waiting),
            Event::Requested { source, units, .. } => self.places[source].requested += units,
            Event::Sent { lot, source, asked, .. } => self.send(lot, source, lot.placed == asked),
            Event::Loaded { lot, containers, .. } => self.load(now.plan, lot, containers),
            Event::Shrunk { units, .. } => self.tally.shrunk += units,
            Event::EndOfDay(evening) => self.close_the_day(now.plan, evening),
            Event::WindowEnds(sites) => self.end_window(now, sites),
            Event::NoticeSent { .. }
            | Event::Withdrawn { .. }
            | Event::LossRefunded { .. }
            | Event::Moved { .. }
            | Event::Reviewed { .. }
            | Event::PaidSoFar { .. }
            | Event::CampaignRuns { .. }
            | Event::PaymentsDue => {}
        }
    }
}

impl Service {
    pub fn new(plan: &Plan) -> Self {
        let ages = || Vec::with_capacity(plan.days + 1);
        Service {
            tally: Tally::default(),
            waits: WaitTable { ended: ages(), left: ages(), open: ages() },
            routes: RouteTimes::of(plan),
            days: Vec::with_capacity(plan.days - plan.warmup),
            places: vec![PlaceTally::default(); if plan.network.is_some() { plan.locations.len() } else { 0 }],
            classes: vec![ClassTally::default(); plan.classes.len()],
            clean: vec![true; plan.locations.len()],
            today: Today::default(),
        }
    }

    fn open(&mut self) {
        self.clean.fill(true);
        self.today = Today::default();
        self.tally = Tally::default();
    }

    /// Before the window nothing is counted. But whether a shopper has met an empty shelf since the last receipt is kept for the window.
    #[inline(always)]
    fn see_before_the_window(&mut self, event: &Event<'_>) {
        match *event {
            Event::Opened(_) => self.open(),
            Event::WindowBegins(sites) => self.begin_window(sites),
            Event::Received { lot, .. } => self.clean[lot.location as usize] = true,
            Event::FoundNoStock { location } | Event::Backordered { location, .. } => self.clean[location] = false,
            _ => {}
        }
    }

    /// Counts begin with the measured window; stock, backlog and orders carry over from the warm-up.
    fn begin_window(&mut self, sites: &[Site]) {
        self.routes.iter_mut().flatten().for_each(RouteTimes::clear);
        self.places.fill(PlaceTally::default());
        self.classes.fill(ClassTally::default());
        self.days.clear();
        for ages in [&mut self.waits.ended, &mut self.waits.left, &mut self.waits.open] {
            ages.clear();
        }
        let (on_hand_at_start, backlog_at_start, on_order_at_start) = Site::totals(sites);
        // Containers leave in the morning, before the window is said to begin with this day.
        let Tally { containers, containers_filled, .. } = self.tally;
        let counted = Tally { containers, containers_filled, ..Tally::default() };
        self.tally = Tally { on_hand_at_start, backlog_at_start, on_order_at_start, ..counted };
    }

    /// Counts the orders that still wait when the window ends, and the balances of that evening.
    fn end_window(&mut self, now: &Now<'_>, sites: &[Site]) {
        self.add_up_lead_times(now.plan);
        let t = &mut self.tally;
        (t.on_hand_at_end, t.backlog_at_end, t.on_order_at_end) = Site::totals(sites);
        t.preorders_at_end = sites.iter().flat_map(|site| &site.pre_orders).map(|ahead| ahead.units).sum();
        let last = now.plan.days as u32 - 1;
        let of_window = |c: &&Cohort| c.born as usize >= now.plan.warmup && c.pre_ordered().is_none();
        for c in sites.iter().flat_map(|site| site.queue.iter()).filter(of_window) {
            *at(&mut self.waits.open, (last - c.born) as usize) += i128::from(c.units);
            t.promises_missed += if c.missed_first(last) { c.units } else { 0 };
            t.final_promises_missed += if c.missed(last) { c.units } else { 0 };
        }
    }

    fn receive(&mut self, lot: &PurchaseOrder) {
        let t = &mut self.tally;
        t.receipts += 1;
        t.clean_receipts += i64::from(std::mem::replace(&mut self.clean[lot.location as usize], true));
        t.received += lot.units;
        t.scrapped += lot.scrapped;
        self.routes[lot.location as usize][lot.route as usize].receive(lot);
    }

    /// How long what was bought took, over all routes.
    fn add_up_lead_times(&mut self, plan: &Plan) {
        for (routes, l) in self.routes.iter().zip(&plan.locations) {
            for (times, _) in routes.iter().zip(&l.routes).filter(|(_, route)| route.from.is_none()) {
                self.tally.lead_time_units += times.units;
                self.tally.lead_time_unit_days += times.unit_days();
            }
        }
    }

    #[inline(always)]
    fn demand(&mut self, now: &Now<'_>, interested: i64, lost: i64) {
        let demanded = interested - lost;
        self.today.demand += demanded;
        self.tally.interested += interested;
        self.tally.lost_to_delivery += lost;
        self.tally.demanded += demanded;
        self.tally.spike_demanded += if now.path.spike[now.day] { demanded } else { 0 };
    }

    /// Units leave a location for shoppers of whom nobody has asked which class they are of.
    #[inline(never)]
    fn expect_classes(&mut self, now: &Now<'_>, location: usize, units: i64) {
        for (class, here) in self.classes.iter_mut().zip(&now.plan.classes_at[location]) {
            class.expect(units, here.share[now.day]);
        }
    }

    /// `n` units ordered on day `born` leave location `i`.
    #[inline(always)]
    fn ship(&mut self, now: &Now<'_>, i: usize, n: i64, born: u32) {
        let born = born as usize;
        self.tally.shipped += n;
        self.tally.parcels += if now.plan.locations[i].duty_per_order { n } else { 0 };
        self.tally.spike_shipped += if now.path.spike[born] && born >= now.plan.warmup { n } else { 0 };
    }

    /// Units leave a location for another one.
    #[inline(never)]
    fn send(&mut self, lot: &PurchaseOrder, source: usize, at_once: bool) {
        self.tally.sent += lot.total();
        if at_once {
            self.places[source].sent_at_once += lot.total();
        }
    }

    #[inline(never)]
    fn load(&mut self, plan: &Plan, lot: &PurchaseOrder, containers: f64) {
        let route = &plan.locations[lot.location as usize].routes[lot.route as usize];
        let Some(container) = &route.freight.container else { return };
        let filled = container.filled(lot.total(), route.weight_kg, route.volume_litres);
        self.tally.containers += (containers * 1e6).round() as i64;
        self.tally.containers_filled += (filled * 1e6).round() as i64;
    }

    #[inline(never)]
    fn bundle(&mut self, now: &Now<'_>, of: Bundle<'_>, bundles: i64, units: i64) {
        let t = &mut self.tally;
        if let Bundle::Cancelled(cohort, _) = of {
            t.orders_cancelled += if cohort.pre_ordered().is_none() { bundles } else { 0 };
        } else if let Bundle::Parcels { location, completed, .. } = of {
            t.order_parcels += bundles;
            t.orders_completed += completed;
            t.parcels += if now.plan.locations[location].duty_per_order { bundles - units } else { 0 };
        }
    }

    /// `n` units that were pre-ordered leave location `i`.
    fn ship_ahead(&mut self, now: &Now<'_>, i: usize, n: i64) {
        self.tally.shipped += n;
        self.tally.parcels += if now.plan.locations[i].duty_per_order { n } else { 0 };
    }

    /// `n` units of a cohort stop waiting today, shipped or not.
    fn end_of_wait(&mut self, now: &Now<'_>, c: &Cohort, n: i64, shipped: bool) {
        let (today, warmup) = (now.day as u32, now.plan.warmup);
        if (c.born as usize) < warmup {
            return;
        }
        self.tally.promises_missed += if c.missed_first(today) { n } else { 0 };
        self.tally.final_promises_missed += if c.missed(today) { n } else { 0 };
        self.tally.shipped_late += if shipped && c.missed(today) { n } else { 0 };
        let age = now.day - c.born as usize;
        let born = &mut self.days[c.born as usize - warmup];
        *(if shipped { &mut born.served_later } else { &mut born.cancelled }) += n;
        *at(if shipped { &mut self.waits.ended } else { &mut self.waits.left }, age) += i128::from(n);
    }

    #[inline(always)]
    fn close_the_day(&mut self, plan: &Plan, evening: &Evening<'_>) {
        let today = std::mem::take(&mut self.today);
        let Evening { sites, on_hand, reserved, backlog, on_order, safety_stock } = *evening;
        let stocked = if plan.has_rare_steps && plan.network.is_some() {
            self.close_places(plan, sites)
        } else {
            on_hand > reserved
        };
        let t = &mut self.tally;
        t.days += 1;
        t.ready_days += i64::from(stocked);
        t.clear_days += i64::from(backlog == 0);
        t.served_days += i64::from(!today.unmet);
        t.on_hand_days += on_hand;
        t.backlog_days += backlog;
        t.on_order_days += on_order;
        t.peak_backlog = t.peak_backlog.max(backlog);
        self.days.push(DayRow {
            demanded: today.demand,
            from_stock: today.from_stock,
            walked_away: today.walked_away,
            served_later: 0,
            cancelled: 0,
            backlog,
            left: if plan.sells_off { left_at_closed_locations(plan, sites) } else { 0 },
            buffered: on_hand >= safety_stock,
            stocked,
        });
    }

    /// Counts the end of a day by location. Returns whether shoppers can be served: stock behind a location is none that they could get.
    #[inline(never)]
    fn close_places(&mut self, plan: &Plan, sites: &[Site]) -> bool {
        for ((place, clean), site) in self.places.iter_mut().zip(&mut self.clean).zip(sites) {
            place.close_the_day(site);
            *clean &= site.owed == 0;
        }
        let serves = |l: &LocationPlan| l.serves && (plan.overflow || l.share > 0.0 || !l.is_open);
        sites.iter().zip(&plan.locations).any(|(site, l)| serves(l) && site.free() > 0)
    }
}

/// Units on hand and on order at closed locations.
#[inline(never)]
fn left_at_closed_locations(plan: &Plan, sites: &[Site]) -> i64 {
    let closed = sites.iter().zip(&plan.locations).filter(|(_, l)| !l.is_open);
    closed.map(|(site, _)| site.on_hand + site.on_order).sum()
}

impl Tally {
    /// The first conservation law of `docs/model.md` that these counts break, if any.
    #[must_use]
    pub fn broken_law(&self) -> Option<&'static str> {
        let cancelled = self.cancelled_by_customer + self.cancelled_by_rule + self.late_preorders_cancelled;
        let laws = [
            ("interested = demanded + lost to delivery", self.interested == self.demanded + self.lost_to_delivery),
            (
                "demanded = from stock + backordered + walked away + pre-ordered",
                self.demanded == self.from_stock + self.backordered + self.walked_away + self.preordered,
            ),
            (
                "pre-ordered = shipped on the date + cancelled before + late + still to ship",
                self.preordered
                    == self.preorders_on_time + self.preorders_cancelled + self.preorders_late + self.preorders_at_end,
            ),
            ("accepted = from stock + backordered", self.accepted == self.from_stock + self.backordered),
            (
                "backordered + late pre-orders + backlog at start = shipped from backlog + cancelled + backlog at end",
                self.backordered + self.preorders_late + self.backlog_at_start
                    == self.shipped_from_backlog + cancelled + self.backlog_at_end,
            ),
            (
                "ordered + sent on + on order at start = received + scrapped + taken off + found missing + on order at end",
                self.ordered + self.sent + self.on_order_at_start
                    == self.received + self.scrapped + self.order_cancelled + self.found_missing + self.on_order_at_end,
            ),
            (
                "change of on hand = received + returned to stock - shipped - sent on - shrunk - destroyed - reshipped",
                self.on_hand_at_end - self.on_hand_at_start
                    == self.received + self.back_in_stock
                        - self.shipped
                        - self.sent
                        - self.shrunk
                        - self.destroyed
                        - self.reshipped,
            ),
            (
                "shipped = from stock + from backlog + pre-orders on the date",
                self.shipped == self.from_stock + self.shipped_from_backlog + self.preorders_on_time,
            ),
            ("orders from stock <= orders", self.orders_from_stock <= self.orders_demanded),
            ("parcels <= units shipped", self.order_parcels <= self.shipped),
            (
                "nothing is negative",
                [self.on_hand_at_end, self.backlog_at_end, self.on_order_at_end].iter().all(|n| *n >= 0),
            ),
        ];
        laws.iter().find(|(_, holds)| !holds).map(|(law, _)| *law)
    }
}

/// The entry of an age in a table by age, which is made longer if the age is beyond its end.
fn at(ages: &mut Vec<i128>, age: usize) -> &mut i128 {
    if ages.len() <= age {
        ages.resize(age + 1, 0);
    }
    &mut ages[age]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::books::tests::Shop;

    /// Twelve shoppers come. Two leave because of the delivery time, six are served, one walks away, and three wait with a promise for day 4. On
    /// day 5 two of the three are served a day late, and one cancels.
    #[test]
    fn what_becomes_of_shoppers_is_counted() {
        let shop = Shop::new();
        let mut service = Service::new(&shop.plan);
        shop.open(&mut service);
        let day_0 = [
            Event::ServedFromStock { location: 0, units: 6 },
            Event::Demanded { interested: 12, lost: 2 },
            Event::FoundNoStock { location: 0 },
            Event::WalkedAway { location: 0, units: 1, class: 0 },
            Event::Backordered { location: 0, units: 3, promise: 4, class: 0 },
        ];
        shop.tell(&mut service, 0, &day_0);
        shop.end(&mut service, 0, shop.site(4, 3, 0));
        for day in 1..5 {
            shop.end(&mut service, day, shop.site(4, 3, 8));
        }
        let lot = shop.lot(0, 8);
        let waits = |units| Cohort::new(0, 0, 4, units);
        let day_5 = [
            Event::Received { order: 0, lot: &lot },
            Event::ShippedFromBacklog { location: 0, units: 2, cohort: &waits(1) },
            Event::Cancelled { location: 0, units: 1, cohort: &waits(0), cause: Cause::Customer },
        ];
        shop.tell(&mut service, 5, &day_5);
        shop.end(&mut service, 5, shop.site(10, 0, 0));

        let t = &service.tally;
        assert_eq!((t.interested, t.lost_to_delivery, t.demanded), (12, 2, 10));
        assert_eq!((t.from_stock, t.walked_away, t.backordered, t.promised), (6, 1, 3, 3));
        assert_eq!((t.shipped, t.shipped_from_backlog, t.cancelled_by_customer), (8, 2, 1));
        assert_eq!((t.promises_missed, t.shipped_late), (3, 2), "who cancels after the date was let down, too");
        assert_eq!((t.receipts, t.clean_receipts), (1, 0), "somebody had found no stock");
        assert_eq!((t.days, t.served_days, t.clear_days, t.backlog_days, t.peak_backlog), (6, 5, 1, 15, 3));
        assert_eq!((service.waits.ended[5], service.waits.left[5]), (2, 1));
        assert_eq!(
            (service.days[0].served_later, service.days[0].cancelled),
            (2, 1),
            "counted on the day of the order"
        );
        assert_eq!((service.routes[0][0].units, service.routes[0][0].by_days[5]), (8, 8));
    }

    /// No event of the warm-up counts, but the stock, backlog and orders at its end are the start of the window.
    #[test]
    fn the_window_begins_with_nothing_counted() {
        let shop = Shop::new();
        let mut service = Service::new(&shop.plan);
        shop.open(&mut service);
        shop.tell(&mut service, 0, &[Event::ServedFromStock { location: 0, units: 6 }]);
        shop.tell(&mut service, 1, &[Event::WindowBegins(&[shop.site(4, 1, 9)])]);
        let expected = Tally { on_hand_at_start: 4, backlog_at_start: 1, on_order_at_start: 9, ..Tally::default() };
        assert_eq!(service.tally, expected);
    }
}
