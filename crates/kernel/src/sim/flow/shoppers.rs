//! The day's shoppers: served while stock lasts, then quoted a date.

use super::crowd::CROWD;
use super::delivery::DeliveryDecisions;
use super::queue::Cohort;
use super::replication::{Replication, Shop, Split};
use super::watch::{Event, Now, Watch};
use crate::sim::plan::LocationPlan;
use restock_base::rng::Draws;
use std::ops::Range;

impl<W: Watch> Replication<'_, W> {
    /// Serves the day's shoppers while stock lasts. Those who find no stock and stay are left in `unmet`. Returns how many were interested,
    /// and how many left because of the delivery time.
    #[inline(always)]
    pub fn serve_while_stock_lasts(&mut self) -> (i64, i64) {
        self.shop.unmet.cohorts = 0;
        let shoppers = self.shop.now.path.units[self.shop.now.day];
        let plan = self.shop.now.plan;
        if shoppers <= CROWD && plan.everybody_stays {
            self.serve_all(shoppers);
            return (shoppers, 0);
        }
        self.serve_some(shoppers)
    }

    /// The same where some shoppers do something else than to take a unit: they leave, pre-order, send back, or want several.
    #[inline(never)]
    fn serve_some(&mut self, shoppers: i64) -> (i64, i64) {
        let plan = self.shop.now.plan;
        if plan.ships_from_elsewhere {
            self.shop.choose_where_to_ship_from();
        }
        if plan.baskets.is_some() {
            return self.serve_orders_of_several();
        }
        self.shop.unmet.somebody = true;
        let shoppers = if plan.campaigns.is_empty() { shoppers } else { self.advertise(shoppers) };
        let left = if plan.pre_orders.is_empty() { shoppers } else { self.take_pre_orders(shoppers) };
        let (interested, lost) = if left > CROWD { self.serve_a_crowd(left) } else { self.serve_one_by_one(left) };
        self.draw_returns();
        (interested + shoppers - left, lost)
    }

    /// The same where they want several units.
    #[inline(never)]
    fn serve_orders_of_several(&mut self) -> (i64, i64) {
        let shoppers = self.shop.now.baskets();
        let shoppers = self.advertise(shoppers);
        let left = self.take_pre_orders(shoppers);
        let (interested, lost) = self.serve_baskets(left);
        self.draw_returns();
        // Those who pre-order are interested, too.
        (interested + self.shop.now.units_of(left..shoppers), lost)
    }

    /// Serves shoppers where no delivery time differs from the reference, so that nobody needs to be asked about it. A loop over one location costs more
    /// than the location.
    #[inline(always)]
    fn serve_all(&mut self, shoppers: i64) {
        if let [_] = self.shop.sites {
            self.serve_here(0, 0, shoppers);
        } else {
            self.serve_all_at_several(shoppers);
        }
    }

    #[inline(never)]
    fn serve_all_at_several(&mut self, shoppers: i64) {
        let (mut first, mut split) = (0, Split::new(shoppers));
        for (location, l) in self.shop.now.plan.locations.iter().enumerate() {
            let n = split.next(&self.shop.now, l);
            self.serve_here(location, first, n);
            first += n;
        }
        if self.shop.unmet.somebody && self.shop.now.plan.overflow {
            self.serve_all_elsewhere();
        }
    }

    /// Serves `n` shoppers of a location, who are numbered from `first` on, from its own stock.
    #[inline(always)]
    fn serve_here(&mut self, location: usize, first: i64, n: i64) {
        let Shop { now, sites, unmet, .. } = &mut self.shop;
        let site = &mut sites[location];
        let units = n.min(site.on_hand);
        if units < n {
            unmet.somebody = true;
            unmet.in_a_row[location] = (first + units) as u32..(first + n) as u32;
        }
        if units > 0 {
            site.observed += units;
            site.on_hand -= units;
            self.watch.see(now, &Event::ServedFromStock { location, units });
        }
    }

    fn serve_all_elsewhere(&mut self) {
        for i in 0..self.shop.sites.len() {
            for j in 0..self.shop.sites.len() {
                let served = (self.shop.unmet.in_a_row[i].len() as i64).min(self.shop.sites[j].on_hand);
                if served > 0 && self.shop.now.plan.locations[j].serves {
                    self.shop.unmet.in_a_row[i].start += served as u32;
                    self.shop.sites[i].observed += served;
                    self.serve(j, served);
                }
            }
        }
    }

    #[inline(never)]
    fn serve_one_by_one(&mut self, shoppers: i64) -> (i64, i64) {
        let (now, plan) = (self.shop.now, self.shop.now.plan);
        let mut delivery = DeliveryDecisions::new(&now, shoppers);
        let (mut first, mut interested, mut lost) = (0, shoppers, 0);
        let mut split = Split::new(shoppers);
        for i in 0..self.shop.sites.len() {
            let kept = plan.locations[i].kept;
            let n = split.next(&now, &plan.locations[i]);
            let mut own = first..first + n as u32;
            first = own.end;
            if plan.asks_elsewhere_first() {
                let (won, gone) = self.sell_off(i, &mut own, &mut delivery);
                interested += won;
                lost += gone;
            }
            let n = own.len() as i64;
            let won = if kept > 1.0 { delivery.count_below(own.clone(), kept - 1.0) } else { 0 };
            let further = interested as u32..(interested + won) as u32;
            interested += won;
            let on_hand = self.shop.sites[i].on_hand;
            let (served, gone) = if kept < 1.0 && n <= on_hand {
                // There is stock for all who stay, and nobody is won where delivery takes longer.
                let served = delivery.count_below(own, kept);
                (served, n - served)
            } else {
                delivery.serve(own.chain(further), kept, on_hand, &mut self.shop.unmet.shoppers[i])
            };
            lost += gone;
            self.shop.sites[i].observed += served;
            self.serve(i, served);
        }
        if plan.overflow && self.shop.sites.len() > 1 {
            lost += self.serve_elsewhere(&mut delivery);
        }
        for (i, l) in plan.locations.iter().enumerate().filter(|(_, l)| l.kept < 1.0) {
            let waiting = &mut self.shop.unmet.shoppers[i];
            let before = waiting.len();
            waiting.retain(|k| delivery.stays(*k, l.kept));
            lost += (before - waiting.len()) as i64;
        }
        (interested, lost)
    }

    /// Shoppers whose first choice is location `i` are served in turn from what is left at closed locations, and from the location that serves them in
    /// its place today. Those who find nothing there remain in `own`. Returns how many further ones the quicker delivery won, who are all served, and how many left because of the delivery time.
    fn sell_off(&mut self, i: usize, own: &mut Range<u32>, delivery: &mut DeliveryDecisions) -> (i64, i64) {
        let (mut won, mut lost) = (0, 0);
        for (j, other) in self.shop.asked_before(i) {
            let (from, on_hand) = (own.start, self.shop.sites[j].on_hand);
            let (mut served, mut further) = (0, 0);
            while served < on_hand {
                let Some(k) = own.next() else { break };
                if delivery.stays(k, other.kept) { served += 1 } else { lost += 1 }
            }
            if other.kept > 1.0 {
                further = delivery.count_below(from..own.start, other.kept - 1.0).min(on_hand - served);
            }
            won += further;
            self.shop.sites[i].observed += served + further;
            self.serve(j, served + further);
        }
        (won, lost)
    }

    /// Shoppers who found no stock at their own location are served from another one. Returns how many left because of its delivery time.
    fn serve_elsewhere(&mut self, delivery: &mut DeliveryDecisions) -> i64 {
        let mut lost = 0;
        for i in 0..self.shop.sites.len() {
            if self.shop.unmet.shoppers[i].is_empty() {
                continue;
            }
            for j in 0..self.shop.sites.len() {
                let on_hand = self.shop.sites[j].on_hand;
                if on_hand == 0 || !self.shop.now.plan.locations[j].serves {
                    continue;
                }
                let (waiting, asked) = (&mut self.shop.unmet.shoppers[i], &mut self.shop.unmet.asked);
                std::mem::swap(waiting, asked);
                waiting.clear();
                let kept = self.shop.now.plan.locations[j].kept;
                let (served, gone) = delivery.serve(asked.iter().copied(), kept, on_hand, waiting);
                lost += gone;
                self.shop.sites[i].observed += served;
                self.serve(j, served);
            }
        }
        lost
    }

    /// Quotes a date to the unmet shoppers whose first choice is location `first`, and takes the orders of those who accept it. Each
    /// shopper decides by a draw of their own, the same in every supply model.
    #[inline(never)]
    pub fn take_backorders(&mut self, first: usize) {
        self.tell(Event::FoundNoStock { location: first });
        let plan = self.shop.now.plan;
        let (mut turn, mut receipts) = (0, 0);
        while let Some(class) = self.shop.next_class(first, turn) {
            turn += 1;
            let customers = plan.customers_of(class);
            let (mut next, mut left) = (0, self.shop.unmet.left(first));
            while left > 0 {
                let (location, receipt) = self.shop.earliest_cover(first, |_, site| site.short_before(class, plan) + 1);
                let (promise, chance) = self.shop.offer(&receipt, customers);
                let (asked, accepted) = if self.shop.unmet.crowd[first] > 0 {
                    self.shop.crowd_asked_to_wait((first, receipts), left, chance, receipt.units)
                } else {
                    let (now, unmet) = (&self.shop.now, &*self.shop.unmet);
                    match unmet.shoppers[first].get(next..) {
                        Some(some) if !some.is_empty() => asked_to_wait(now, left, chance, receipt.units, |k| some[k]),
                        _ => {
                            let from = unmet.in_a_row[first].start + next as u32;
                            asked_to_wait(now, left, chance, receipt.units, |k| from + k as u32)
                        }
                    }
                };
                next += asked as usize;
                left -= asked;
                receipts += 1;
                self.tell(Event::WalkedAway { location, units: asked - accepted, class });
                if accepted > 0 {
                    self.shop.sites[first].observed += accepted;
                    self.backorder((location, class), accepted, promise);
                }
            }
        }
        self.shop.unmet.done(first);
    }

    /// `units` of today's shoppers of a class wait at a location. Returns the number of their cohort.
    pub fn backorder(&mut self, (location, class): (usize, u8), units: i64, promise: u32) -> u32 {
        let (born, number) = (self.shop.now.day as u32, self.shop.unmet.cohorts);
        self.shop.unmet.cohorts += 1;
        let site = &mut self.shop.sites[location];
        site.backlog += units;
        site.wait_in_line(Cohort::new(born, number, promise, units).of_class(class), self.shop.now.plan);
        self.tell(Event::Backordered { location, units, promise, class });
        number
    }
}

impl<'a> Shop<'a> {
    /// The class of customers whose turn it is among the unmet shoppers of a location; all of them are asked at once where they are alike.
    #[inline(always)]
    fn next_class(&mut self, first: usize, turn: usize) -> Option<u8> {
        if self.now.plan.classes.is_empty() { (turn == 0).then_some(0) } else { self.next_of_several(first, turn) }
    }

    /// Decides for today: shoppers of a location whose stock covers fewer days of the forecast than its rule says are served from another one.
    #[inline(never)]
    fn choose_where_to_ship_from(&mut self) {
        for (i, l) in self.now.plan.locations.iter().enumerate() {
            let falls_short =
                |(days, _): &(f64, usize)| (self.sites[i].free() as f64) < self.now.forecast(i, self.level(i).0, *days);
            self.sites[i].ships_from = l.ship_from.filter(falls_short).map(|(_, instead)| instead);
        }
    }

    /// The locations whose stock shoppers of location `i` are served from before its own.
    pub fn asked_before(&self, i: usize) -> impl Iterator<Item = (usize, &'a LocationPlan)> + use<'a> {
        let (locations, instead) = (&self.now.plan.locations, self.sites[i].ships_from);
        let closed = locations.iter().enumerate().filter(|(_, l)| !l.is_open);
        closed.chain(instead.map(|j| (j, &locations[j])))
    }
}

/// Asks the shoppers one after the other whether they accept the wait, until those who do are as many as a receipt has `room` for. `number` gives
/// the number of the shopper in a place. Returns how many were asked, and how many of them accepted.
fn asked_to_wait(now: &Now<'_>, shoppers: i64, chance: f64, room: i64, number: impl Fn(usize) -> u32) -> (i64, i64) {
    if chance >= 1.0 {
        let accepted = shoppers.min(room);
        return (accepted, accepted);
    }
    if chance <= 0.0 {
        return (shoppers, 0);
    }
    let (stream, day) = (now.plan.customers.accept_stream, now.plan.first.plus(now.day as i32).0);
    let (mut asked, mut accepted) = (0, 0);
    while asked < shoppers && accepted < room {
        let some = ((shoppers - asked) as usize).min(Draws::MOST);
        let key = |k| (day, number(asked as usize + k));
        if accepted + some as i64 <= room {
            // There is room for all of them, whatever they decide.
            accepted += stream.count_below(some, chance, now.replication, key);
            asked += some as i64;
            continue;
        }
        for u in &stream.uniforms(some, now.replication, key)[..some] {
            if accepted == room {
                break;
            }
            accepted += i64::from(*u < chance);
            asked += 1;
        }
    }
    (asked, accepted)
}
