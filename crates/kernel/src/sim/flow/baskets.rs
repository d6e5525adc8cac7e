//! Orders of several units. Each is served in its turn as one: whole from the shelf, or it waits. A waiting order keeps what it has got and ships
//! when it is whole, or ships in parts, where the shop splits shipments.
//!
//! A shopper is still known by a number: who leaves because of the delivery time, and who accepts to wait, is decided once an order, by the draws
//! that a shopper of one unit has.

use super::delivery::DeliveryDecisions;
use super::queue::Cohort;
use super::replication::{Replication, Shop, Split};
use super::state::{Site, Sum, Today};
use super::watch::{Bundle, Event, Watch};
use std::ops::Range;

/// The receipt that covers an order: location, promise, and the waiting units that it and all before it cover.
type Receipt = (usize, u32, i64);

impl<W: Watch> Replication<'_, W> {
    /// Serves the day's `shoppers`, and takes the orders of those who wait. Returns how many units they were interested in, and how many were lost
    /// because of the delivery time.
    #[inline(never)]
    pub fn serve_baskets(&mut self, shoppers: i64) -> (i64, i64) {
        let (now, plan) = (self.shop.now, self.shop.now.plan);
        let mut delivery = DeliveryDecisions::new(&now, shoppers);
        let further = std::mem::take(&mut self.shop.unmet.baskets.further);
        let interested = Sum { orders: shoppers, units: now.units_of(0..shoppers) };
        self.shop.unmet.baskets = Today { came: shoppers as u32, further, interested, ..Today::default() };
        self.shop.unmet.baskets.further.clear();
        let (mut first, mut split) = (0, Split::new(shoppers));
        for (i, l) in plan.locations.iter().enumerate() {
            let mut own = first..first + split.next(&now, l) as u32;
            first = own.end;
            if plan.asks_elsewhere_first() {
                self.sell_off_in_turn(i, &mut own, &mut delivery);
            }
            let won = self.shop.win(own.clone(), l.kept, &mut delivery);
            self.serve_in_turn(i, own.chain(won), &mut delivery);
        }
        if plan.overflow && plan.locations.len() > 1 {
            self.serve_in_turn_elsewhere(&mut delivery);
        }
        for (i, l) in plan.locations.iter().enumerate() {
            let mut waiting = std::mem::take(&mut self.shop.unmet.shoppers[i]);
            waiting.retain(|k| delivery.stays(*k, l.kept) || self.shop.lose(*k));
            self.take_orders(i, &waiting, &mut delivery);
            waiting.clear();
            self.shop.unmet.shoppers[i] = waiting;
        }
        self.shop.unmet.somebody = false;
        let Today { interested, lost, whole, .. } = &self.shop.unmet.baskets;
        let (interested, lost, whole) = (*interested, *lost, *whole);
        self.tell(Event::OrdersOfToday { demanded: interested.orders - lost.orders, whole });
        self.tell(Event::Bundled { of: Bundle::Shoppers, bundles: interested.orders, units: interested.units });
        (interested.units, lost.units)
    }

    /// Serves shoppers of location `i` one after the other, until one wants more than is left: those who come after that one do not come before it.
    fn serve_in_turn(&mut self, i: usize, shoppers: impl Iterator<Item = u32>, delivery: &mut DeliveryDecisions) {
        let (kept, mut served) = (self.shop.now.plan.locations[i].kept, Sum::default());
        for k in shoppers {
            let wanted = self.shop.basket(k);
            if !self.shop.unmet.shoppers[i].is_empty() || served.units + wanted > self.shop.sites[i].free() {
                self.shop.unmet.shoppers[i].push(k);
            } else if delivery.stays(k, kept) {
                served.add(wanted);
            } else {
                self.shop.lose(k);
            }
        }
        self.serve_whole((i, i), served);
    }

    /// Shoppers whose first choice is location `i` are served in turn from what is left at closed locations, and from the location that serves them in
    /// its place today unless somebody stands in line there, as far as they have whole orders. Those who find too little there remain in `own`. A quicker delivery wins further ones, who are served while it lasts.
    fn sell_off_in_turn(&mut self, i: usize, own: &mut Range<u32>, delivery: &mut DeliveryDecisions) {
        for (j, other) in self.shop.asked_before(i) {
            let has_a_line = !self.shop.unmet.shoppers[j].is_empty();
            let (from, free) = (own.start, if has_a_line { 0 } else { self.shop.sites[j].free() });
            let mut served = Sum::default();
            while own.start < own.end && served.units < free && served.units + self.shop.basket(own.start) <= free {
                let k = own.start;
                own.start += 1;
                if delivery.stays(k, other.kept) { served.add(self.shop.basket(k)) } else { _ = self.shop.lose(k) }
            }
            for k in from..own.start {
                let wanted = self.shop.basket(k);
                if delivery.brings(k, other.kept) && served.units + wanted <= free {
                    self.shop.unmet.baskets.won(wanted);
                    served.add(wanted);
                }
            }
            self.serve_whole((i, j), served);
        }
    }

    /// Shoppers who found too little at their own location are served from the first other one that has the whole order, and where nobody
    /// waits in line already.
    fn serve_in_turn_elsewhere(&mut self, delivery: &mut DeliveryDecisions) {
        for i in 0..self.shop.sites.len() {
            let asked = std::mem::take(&mut self.shop.unmet.shoppers[i]);
            for k in &asked {
                let wanted = self.shop.basket(*k);
                let serves =
                    |j: usize| self.shop.now.plan.locations[j].serves && self.shop.unmet.shoppers[j].is_empty();
                let has_it = |j: &usize| serves(*j) && wanted <= self.shop.sites[*j].free();
                match (0..self.shop.sites.len()).find(has_it) {
                    None => self.shop.unmet.shoppers[i].push(*k),
                    Some(j) if delivery.stays(*k, self.shop.now.plan.locations[j].kept) => {
                        self.serve_whole((i, j), Sum { orders: 1, units: wanted });
                    }
                    Some(_) => _ = self.shop.lose(*k),
                }
            }
        }
    }

    /// Whole orders of shoppers whose first choice is one location ship at once from another one, or the same.
    fn serve_whole(&mut self, (first, location): (usize, usize), served: Sum) {
        let Sum { orders, units } = served;
        if orders > 0 {
            self.shop.unmet.baskets.whole += orders;
            self.shop.sites[first].observed += units;
            self.serve(location, units);
            self.tell(Event::Bundled { of: Bundle::Accepted, bundles: orders, units });
            let of = Bundle::Parcels { location, completed: orders, window: None };
            self.tell(Event::Bundled { of, bundles: orders, units });
        }
    }

    /// Shoppers whose first choice is location `first` found too little, and are quoted a date one after the other. Who accepts it takes what is on
    /// the shelf; who does not leaves it to those who come next. What lies where others stand in line who have not been asked is not theirs.
    fn take_orders(&mut self, first: usize, shoppers: &[u32], delivery: &mut DeliveryDecisions) {
        let plan = self.shop.now.plan;
        // Locations where others stand in line, one bit each.
        let in_line = |j: &usize| !self.shop.unmet.shoppers[*j].is_empty();
        let lines = (0..plan.locations.len()).filter(in_line).fold(0_u64, |bits, j| bits | 1 << j);
        let helps = |j: usize| j == first || plan.overflow && plan.locations[j].is_open && plan.locations[j].serves;
        let mut before: Option<Receipt> = None;
        let mut found_too_little = false;
        for k in shoppers {
            let wanted = self.shop.basket(*k);
            let there = |j: usize, site: &Site| if lines >> j & 1 == 1 { 0 } else { site.free().min(wanted) };
            let mut has_it = |j: &usize| {
                let all = helps(*j) && there(*j, &self.shop.sites[*j]) == wanted;
                all && (*j == first || delivery.stays(*k, plan.locations[*j].kept))
            };
            let others = (0..plan.locations.len()).filter(|j| *j != first);
            if let Some(j) = std::iter::once(first).chain(others).find(&mut has_it) {
                self.serve_whole((first, j), Sum { orders: 1, units: wanted });
                continue;
            }
            if !std::mem::replace(&mut found_too_little, true) {
                self.tell(Event::FoundNoStock { location: first });
            }
            let class = self.shop.class_of(first, *k);
            let ahead = |site: &Site| site.short_before(class, plan);
            let place = |j: usize, site: &Site| ahead(site) + (wanted - there(j, site)).max(1);
            let (location, receipt) = self.shop.earliest_cover(first, place);
            let (promise, chance) = self.shop.offer(&receipt, plan.customers_of(class));
            let there = there(location, &self.shop.sites[location]);
            let number = || self.shop.now.draw(self.shop.now.plan.customers.accept_stream, self.shop.now.day, *k);
            if chance < 1.0 && (chance == 0.0 || number().uniform() >= chance) {
                self.tell(Event::WalkedAway { location, units: wanted, class });
            } else if there == wanted {
                // Its delivery is not what this shopper would have, but the quickest way to the goods.
                self.serve_whole((first, location), Sum { orders: 1, units: wanted });
            } else {
                let covers = receipt.units.saturating_add(place(location, &self.shop.sites[location]));
                let receipt = (location, promise, covers);
                self.shop.sites[first].observed += wanted;
                self.take_order((receipt, class), (wanted, there), before == Some(receipt));
                before = Some(receipt);
            }
        }
    }

    /// An order waits at a location, beside the one before it if both are covered by one receipt. It keeps what is there of the units wanted, or that
    /// ships now.
    fn take_order(
        &mut self,
        ((location, promise, _), class): (Receipt, u8),
        (wanted, there): (i64, i64),
        beside: bool,
    ) {
        let splits = self.shop.now.plan.splits_shipments();
        if splits && there > 0 {
            self.serve(location, there);
            let of = Bundle::Parcels { location, completed: 0, window: None };
            self.tell(Event::Bundled { of, bundles: 1, units: there });
        }
        let (units, kept) = if splits { (wanted - there, 0) } else { (wanted, there) };
        let (born, cohorts) = (self.shop.now.day as u32, &mut self.shop.unmet.cohorts);
        let site = &mut self.shop.sites[location];
        site.backlog += units;
        site.reserved += kept;
        let of_one = |c: &Cohort| i64::from(c.size) == wanted && c.class == class;
        let alike = |c: &&mut Cohort| c.born == born && c.number + 1 == *cohorts && of_one(c);
        // The newest cohort is the last one, unless others have a lower priority.
        let behind = if self.shop.now.plan.is_ranked { site.queue.len() } else { 1 };
        let beside = beside && there == 0;
        match site.queue.iter_mut().rev().take(behind).filter(|_| beside).find(alike) {
            Some(cohort) => cohort.units += units,
            None => {
                let cohort = Cohort::new(born, *cohorts, promise, units).of_several(wanted as u16, kept as u16);
                *cohorts += 1;
                site.wait_in_line(cohort.of_class(class), self.shop.now.plan);
            }
        }
        self.tell(Event::Backordered { location, units, promise, class });
        self.tell(Event::Bundled { of: Bundle::Accepted, bundles: 1, units: wanted });
        self.tell(Event::Bundled { of: Bundle::Waiting, bundles: 1, units });
    }

    /// The cohort of today with this number that waits at a location waits with orders of `size` units.
    pub fn bundle(&mut self, location: usize, number: u32, size: u16) {
        let today = self.shop.now.day as u32;
        let of_today = |c: &&mut Cohort| c.born == today && c.number == number && c.pre_ordered().is_none();
        let Some(cohort) = self.shop.sites[location].queue.iter_mut().rev().find(of_today) else { return };
        cohort.size = size;
        let (bundles, units) = (cohort.orders(), cohort.units);
        self.tell(Event::Bundled { of: Bundle::Accepted, bundles, units });
        self.tell(Event::Bundled { of: Bundle::Waiting, bundles, units });
    }

    /// Stock on hand goes to waiting orders, oldest first, at each location.
    #[inline(never)]
    pub fn allocate_to_baskets(&mut self) {
        for location in 0..self.shop.sites.len() {
            self.ship_to_baskets(location, location);
        }
    }

    /// What location `from` has free goes to those who wait at location `to`. At their own location an order that is not whole keeps it; another
    /// one ships only what is whole, or in parts.
    pub fn ship_to_baskets(&mut self, from: usize, to: usize) {
        let splits = self.shop.now.plan.splits_shipments();
        while self.shop.sites[from].free() > 0 {
            let free = self.shop.sites[from].free();
            let site = &mut self.shop.sites[to];
            let Some(cohort) = site.queue.first_mut() else { break };
            if cohort.units == 0 {
                site.queue.pop_front();
                continue;
            }
            let (size, oldest, kept) = (i64::from(cohort.size), cohort.oldest(), i64::from(cohort.kept));
            let missing = if from == to { oldest - kept } else { oldest };
            if !splits && free < missing {
                if from == to {
                    cohort.kept += free as u16;
                    site.reserved += free;
                }
                break;
            }
            let (units, parcels, completed) = if splits {
                let units = free.min(cohort.units);
                let others = (units - oldest).max(0);
                (units, 1 + (others + size - 1) / size, i64::from(units >= oldest) + others / size)
            } else {
                let others = ((free - missing) / size).min(cohort.orders() - 1);
                (oldest + others * size, 1 + others, 1 + others)
            };
            cohort.units -= units;
            cohort.kept = 0;
            let cohort = *cohort;
            site.reserved -= kept;
            site.backlog -= units;
            if cohort.units == 0 {
                site.queue.pop_front();
            }
            self.shop.sites[from].on_hand -= units;
            self.tell_shipped(from, units, &cohort);
            let of = Bundle::Parcels { location: from, completed, window: cohort.pre_ordered() };
            self.tell(Event::Bundled { of, bundles: parcels, units });
        }
    }
}

impl Shop<'_> {
    /// Units that a shopper of today wants.
    fn basket(&self, k: u32) -> i64 {
        let Today { came, further, .. } = &self.unmet.baskets;
        let units = match k.checked_sub(*came) {
            None => self.now.path.baskets.of(self.now.day)[k as usize],
            Some(number) => further[number as usize],
        };
        i64::from(units)
    }

    /// Where delivery is quicker than the reference, some shoppers bring a further one, who wants as much. Returns their numbers.
    fn win(&mut self, shoppers: Range<u32>, kept: f64, delivery: &mut DeliveryDecisions) -> Range<u32> {
        let first = self.unmet.baskets.interested.orders as u32;
        for k in shoppers.filter(|_| kept > 1.0) {
            if delivery.brings(k, kept) {
                let wanted = self.basket(k);
                self.unmet.baskets.won(wanted);
            }
        }
        first..self.unmet.baskets.interested.orders as u32
    }

    /// A shopper leaves because of the delivery time: is not among those who stay.
    fn lose(&mut self, k: u32) -> bool {
        let wanted = self.basket(k);
        self.unmet.baskets.lost.add(wanted);
        false
    }
}
