//! What became of shoppers and orders, in units, read from the diary (`docs/model.md`, "Customers" and "Estimates").

use super::case::Case;
use super::classes::{classes, expected_shares};
use super::diary::{Bundle, Cohort, Entry, Evening, Happened, Order, Story};
use super::world::World;
use crate::model::{Container, Location, SupplyModel, serves_shoppers};
use crate::sim::ClassTally;
use restock_base::stats::survival::WaitTable;

/// Counts of the measured window.
#[derive(Default)]
pub struct Service {
    pub interested: i64,
    pub lost_to_delivery: i64,
    pub from_stock: i64,
    pub backordered: i64,
    pub walked_away: i64,
    pub paused: i64,
    pub sent_back: i64,
    pub returned: i64,
    pub preordered: i64,
    pub preorders_on_time: i64,
    pub preorders_late: i64,
    /// Before they were to ship, or while they waited.
    pub preorders_cancelled: i64,
    pub cancelled_by_customer: i64,
    pub cancelled_by_rule: i64,
    pub shipped: i64,
    pub parcels_with_duty: i64,
    /// Of orders of several units: those of shoppers who stayed, those that shipped at once, parcels, and orders whose last unit shipped.
    pub orders: i64,
    pub orders_from_stock: i64,
    pub parcels: i64,
    /// Millionths of shared containers that were paid, and of those that were filled.
    pub containers: i64,
    pub containers_filled: i64,
    pub orders_completed: i64,
    pub orders_cancelled: i64,
    pub breached: i64,
    pub promised: i64,
    pub missed_the_first: i64,
    pub missed_the_last: i64,
    pub shipped_late: i64,
    pub spike_demanded: i64,
    pub spike_shipped: i64,
    pub purchase_orders: i64,
    pub ordered: i64,
    /// Units lost on the way or destroyed on the shelves.
    pub lost: i64,
    /// Units that did not reach their customers.
    pub parcels_lost: i64,
    pub expedited: i64,
    pub received: i64,
    /// Of these, what was bought, and did not come from another location.
    pub bought: i64,
    pub lead_time_days: i64,
    pub receipts: i64,
    pub clean_receipts: i64,
    /// One a location, where some supply others.
    pub places: Vec<Place>,
    /// One a class of customers.
    pub classes: Vec<ClassTally>,
    /// One a measured day.
    pub days: Vec<Day>,
    /// Orders of the window: shipped, cancelled and still waiting, by days from the order.
    pub ended: Vec<i128>,
    pub left: Vec<i128>,
    pub open: Vec<i128>,
}

/// What becomes of units at a location.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Place {
    pub demanded: i64,
    pub from_stock: i64,
    pub requested: i64,
    pub sent_at_once: i64,
    pub on_hand_days: i64,
    pub backlog_days: i64,
    pub owed_days: i64,
    pub clear_days: i64,
}

/// A measured day.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Day {
    /// But for pre-orders.
    pub demanded: i64,
    pub preordered: i64,
    pub from_stock: i64,
    pub walked_away: i64,
    /// Of its orders: shipped and cancelled later.
    pub served_later: i64,
    pub cancelled: i64,
    pub receipts: i64,
    pub shipped: i64,
    /// Of any orders.
    pub cancellations: i64,
    /// Somebody found no stock anywhere.
    pub unmet: bool,
    pub on_hand: i64,
    /// Of these, units that nobody who waits has got.
    pub free: i64,
    pub waiting: i64,
    pub on_order: i64,
    /// At closed locations, on hand and on order.
    pub left: i64,
    pub safety_stock: i64,
}

impl Day {
    pub fn is_short(&self) -> bool {
        self.waiting > 0 || self.walked_away > 0
    }

    fn is_calm(&self) -> bool {
        !self.is_short() && self.on_hand >= self.safety_stock
    }
}

impl Service {
    pub fn of(case: &Case<'_>, world: &World, story: &Story) -> Self {
        let ages = || vec![0; case.days() + 1];
        let mut service = Service { ended: ages(), left: ages(), open: ages(), ..Service::default() };
        service.days = vec![Day::default(); case.days() - case.warmup()];
        service.places = vec![Place::default(); case.model.locations.len()];
        service.classes = vec![ClassTally::default(); classes(case).len()];
        let mut clean = vec![true; case.model.locations.len()];
        for entry in &story.entries {
            let first_since = shelf_was_met(entry, &story.orders, &mut clean);
            if let Happened::EndOfDay(evening) = &entry.what
                && case.is_measured(entry.day)
            {
                // Who waits for a shelf that is empty may be a location, too.
                clean.iter_mut().zip(evening).for_each(|(clean, e)| *clean &= e.owed == 0);
            }
            if case.is_measured(entry.day) {
                service.clean_receipts += i64::from(first_since);
                service.read(case, world, story, entry);
            }
        }
        let last = case.days() - 1;
        for c in story.waiting.iter().filter(|c| case.is_measured(c.born) && c.window.is_none()) {
            service.open[last - c.born] += i128::from(c.units);
            service.missed(c, c.units, last);
        }
        service
    }

    /// What becomes of customers by class; of those who do not wait a part is expected.
    fn read_by_class(&mut self, case: &Case<'_>, story: &Story, entry: &Entry) {
        let counts = |cohort: &Cohort| cohort.window.is_none() && case.is_measured(cohort.born);
        match &entry.what {
            Happened::Backordered { cohort, .. } => self.classes[cohort.class].waited += cohort.units,
            Happened::PreOrderLate { cohort, .. } => self.classes[cohort.class].late += cohort.units,
            Happened::WalkedAway { units, class, .. } => self.classes[*class].walked_away += units,
            Happened::Cancelled { units, cohort, .. } => {
                self.classes[cohort.class].cancelled += units;
                self.classes[cohort.class].waited_and_cancelled += if counts(cohort) { *units } else { 0 };
            }
            Happened::ShippedFromBacklog { units, cohort, .. } => {
                let class = &mut self.classes[cohort.class];
                class.from_backlog += units;
                if counts(cohort) {
                    class.waited_and_shipped += units;
                    class.shipped_unit_days += units * (entry.day - cohort.born) as i64;
                }
            }
            Happened::Served { place, units } | Happened::PreOrderShipped { place, units, .. } => {
                let all = classes(case);
                if all.len() > 1 {
                    let today = case.after(story.changes(entry.day));
                    let shares = expected_shares(&today, &all, *place, entry.day);
                    for (class, share) in self.classes.iter_mut().zip(shares) {
                        class.at_once += i128::from(*units) * i128::from(share);
                    }
                }
            }
            _ => {}
        }
    }

    fn read(&mut self, case: &Case<'_>, world: &World, story: &Story, entry: &Entry) {
        self.read_by_class(case, story, entry);
        let t = entry.day - case.warmup();
        let today = &mut self.days[t];
        match &entry.what {
            Happened::Received { order } => {
                let order = &story.orders[*order];
                today.receipts += order.units;
                self.receipts += 1;
                self.received += order.units;
                if case.model.locations[order.place].routes[order.route].from.is_none() {
                    self.bought += order.units;
                    self.lead_time_days += order.units * (order.arrival - order.placed) as i64;
                }
            }
            Happened::Served { place, units } => {
                today.from_stock += units;
                today.shipped += units;
                self.from_stock += units;
                self.ship(case, *place, *units, world.spike[entry.day]);
            }
            Happened::ParcelsLost { units, .. } => self.parcels_lost += units,
            Happened::Lost { units, .. } | Happened::Destroyed { units, .. } => self.lost += units,
            Happened::ComesBack { to_stock, liquidated, .. } => self.sent_back += to_stock + liquidated,
            Happened::Returned { to_stock, liquidated, .. } => self.returned += to_stock + liquidated,
            Happened::Restocked { .. } => {}
            Happened::CampaignRuns { .. } => {}
            Happened::NotAdvertisedFor { units } => self.paused += units,
            Happened::PreOrdered { units, .. } => {
                today.preordered += units;
                self.preordered += units;
                self.spike_demanded -= if world.spike[entry.day] { *units } else { 0 };
            }
            Happened::PreOrderCancelled { units, .. } => {
                today.cancellations += units;
                self.preorders_cancelled += units;
            }
            Happened::PreOrderShipped { place, units, .. } => {
                today.shipped += units;
                self.preorders_on_time += units;
                self.ship(case, *place, *units, false);
            }
            Happened::PreOrderLate { cohort, .. } => self.preorders_late += cohort.units,
            Happened::ShippedFromBacklog { place, units, cohort } if cohort.window.is_some() => {
                today.shipped += units;
                self.ship(case, *place, *units, false);
                self.shipped_late += if cohort.is_late(entry.day) { *units } else { 0 };
            }
            Happened::Cancelled { units, cohort, .. } if cohort.window.is_some() => {
                today.cancellations += units;
                self.preorders_cancelled += units;
            }
            Happened::ShippedFromBacklog { place, units, cohort } => {
                today.shipped += units;
                let of_window = case.is_measured(cohort.born);
                self.ship(case, *place, *units, of_window && world.spike[cohort.born]);
                if of_window {
                    self.days[cohort.born - case.warmup()].served_later += units;
                    self.ended[entry.day - cohort.born] += i128::from(*units);
                    self.missed(cohort, *units, entry.day);
                    self.shipped_late += if cohort.is_late(entry.day) { *units } else { 0 };
                }
            }
            Happened::Cancelled { units, cohort, by_rule, .. } => {
                today.cancellations += units;
                *(if *by_rule { &mut self.cancelled_by_rule } else { &mut self.cancelled_by_customer }) += units;
                if case.is_measured(cohort.born) {
                    self.days[cohort.born - case.warmup()].cancelled += units;
                    self.left[entry.day - cohort.born] += i128::from(*units);
                    self.missed(cohort, *units, entry.day);
                }
            }
            Happened::Demanded { interested, lost_to_delivery } => {
                let demanded = interested - lost_to_delivery;
                today.demanded = demanded - today.preordered;
                self.interested += interested;
                self.lost_to_delivery += lost_to_delivery;
                self.spike_demanded += if world.spike[entry.day] { demanded } else { 0 };
            }
            Happened::FoundNoStock { .. } => today.unmet = true,
            Happened::WalkedAway { place, units, .. } => {
                self.places[*place].demanded += units;
                today.walked_away += units;
                self.walked_away += units;
            }
            Happened::Backordered { cohort, .. } => {
                self.backordered += cohort.units;
                self.promised += cohort.promise.map_or(0, |_| cohort.units);
            }
            Happened::Breached { orders } => self.breached += orders,
            Happened::Loaded { units, order, containers, .. } => {
                let order = &story.orders[*order];
                let route = &case.model.locations[order.place].routes[order.route];
                let product = case.product;
                let filled = |c: &Container| c.filled(*units, product.weight_kg, product.volume_litres);
                self.containers += (containers * 1e6).round() as i64;
                self.containers_filled += (route.freight.container.as_ref().map_or(0.0, filled) * 1e6).round() as i64;
            }
            Happened::OrdersOfToday { demanded, whole } => {
                self.orders += demanded;
                self.orders_from_stock += whole;
            }
            Happened::Bundled { of: Bundle::Parcels { place, completed, .. }, bundles, units } => {
                self.parcels += bundles;
                self.orders_completed += completed;
                let with_duty = case.model.locations[*place].delivery.duty_per_order;
                self.parcels_with_duty += if with_duty { bundles - units } else { 0 };
            }
            Happened::Bundled { of: Bundle::Cancelled { window: None, .. }, bundles, .. } => {
                self.orders_cancelled += bundles;
            }
            Happened::Bundled { .. } => {}
            Happened::OrderedHere { place, units, waiting } => {
                self.places[*place].demanded += units;
                self.places[*place].from_stock += units - waiting;
            }
            Happened::Requested { source, units, .. } => self.places[*source].requested += units,
            Happened::Sent { order, source, asked } if *asked == entry.day => {
                self.places[*source].sent_at_once += story.orders[*order].ordered;
            }
            Happened::Sent { .. } => {}
            Happened::Ordered { order } => {
                let order = &story.orders[*order];
                self.purchase_orders += 1;
                self.ordered += order.ordered;
                let l = &case.after(story.changes(entry.day)).model.locations[order.place];
                let by_base = l.stands_for(order.route) == l.stands_for(l.base());
                self.expedited += if by_base { 0 } else { order.ordered };
            }
            Happened::EndOfDay(evening) => {
                let sum = |of: fn(&Evening) -> i64| evening.iter().map(of).sum();
                today.on_hand = sum(|e| e.on_hand);
                today.free = for_shoppers(case.after(story.changes(entry.day)).model, evening);
                for (place, e) in self.places.iter_mut().zip(evening) {
                    place.on_hand_days += e.on_hand;
                    place.backlog_days += e.waiting;
                    place.owed_days += e.owed;
                    place.clear_days += i64::from(e.waiting + e.owed == 0);
                }
                today.waiting = sum(|e| e.waiting);
                today.on_order = sum(|e| e.on_order);
                let closed = case
                    .after(story.changes(entry.day))
                    .model
                    .locations
                    .iter()
                    .zip(evening)
                    .filter(|(l, _)| !l.is_open);
                today.left = closed.map(|(_, e)| e.on_hand + e.on_order).sum();
                today.safety_stock = sum(|e| e.safety_stock);
            }
            Happened::Notice { .. }
            | Happened::Withdrawn { .. }
            | Happened::Moved { .. }
            | Happened::TakenOff { .. }
            | Happened::FoundMissing { .. }
            | Happened::Reshipped { .. }
            | Happened::LossRefunded { .. }
            | Happened::PaidSoFar { .. }
            | Happened::Reviewed { .. }
            | Happened::PaymentsDue
            | Happened::Shrunk { .. } => {}
        }
    }

    fn ship(&mut self, case: &Case<'_>, place: usize, units: i64, of_spike: bool) {
        self.shipped += units;
        self.parcels_with_duty += if case.model.locations[place].delivery.duty_per_order { units } else { 0 };
        self.spike_shipped += if of_spike { units } else { 0 };
    }

    /// Units of a cohort stop waiting, or still wait at the end: was what they were promised kept?
    fn missed(&mut self, cohort: &Cohort, units: i64, day: usize) {
        self.missed_the_first += if cohort.is_late_by_the_first(day) { units } else { 0 };
        self.missed_the_last += if cohort.is_late(day) { units } else { 0 };
    }

    pub fn demanded(&self) -> i64 {
        self.interested - self.lost_to_delivery
    }

    pub fn accepted(&self) -> i64 {
        self.from_stock + self.backordered
    }

    pub fn waits(&self) -> WaitTable {
        WaitTable { ended: self.ended.clone(), left: self.left.clone(), open: self.open.clone() }
    }

    /// Days from the first unserved unit on or after measured day `onset` to the first of seven calm days in a row; until the end of the window
    /// if there are none, which is said.
    pub fn recovery(&self, onset: usize) -> Option<(usize, bool)> {
        let short = (onset..self.days.len()).find(|t| self.days[*t].is_short())?;
        let calm = |t: &usize| self.days[*t..*t + 7].iter().all(Day::is_calm);
        let recovered = (short..).take_while(|t| t + 7 <= self.days.len()).find(calm);
        Some(recovered.map_or((self.days.len() - 1 - short, false), |t| (t - short, true)))
    }
}

/// Units on hand that nobody has got, at locations that serve shoppers.
fn for_shoppers(model: &SupplyModel, evening: &[Evening]) -> i64 {
    let locations = &model.locations;
    let is_network = locations.iter().any(|l| l.sources().next().is_some());
    let serves = |(i, l): (usize, &Location)| {
        let helps = model.overflow || l.share > 0.0 || !l.is_open;
        !is_network || helps && serves_shoppers(locations, i)
    };
    let free = |(i, e): (usize, &Evening)| if serves((i, &locations[i])) { e.free } else { 0 };
    evening.iter().enumerate().map(free).sum()
}

/// Follows by location whether a shopper has met an empty shelf since the last receipt. Returns whether this is a receipt before which nobody
/// had.
fn shelf_was_met(entry: &Entry, orders: &[Order], clean: &mut [bool]) -> bool {
    match &entry.what {
        Happened::Received { order } => std::mem::replace(&mut clean[orders[*order].place], true),
        Happened::FoundNoStock { place }
        | Happened::Backordered { place, .. }
        | Happened::PreOrderLate { place, .. } => {
            clean[*place] = false;
            false
        }
        _ => false,
    }
}
