//! Locations that supply others (`docs/model.md`, "Networks").

use super::case::Fault;
use super::diary::{Happened, Order};
use super::shop::{Request, Shop};
use super::supply::Cover;
use crate::model::{Allocation, serves_shoppers, upstream_first};

impl Shop<'_> {
    /// Each location after those that supply it.
    fn upstream_first(&self) -> Vec<usize> {
        upstream_first(&self.case.model.locations).expect("nobody supplies in a circle")
    }

    pub fn is_network(&self) -> bool {
        self.case.model.locations.iter().any(|l| l.sources().next().is_some())
    }

    /// The order in which locations review: before those that supply them.
    pub fn order_of_reviews(&self) -> Vec<usize> {
        let upstream = self.upstream_first();
        let backwards = self.is_network() && !self.case.breaks(Fault::UpstreamReviewsFirst);
        if backwards { upstream.into_iter().rev().collect() } else { (0..self.sites.len()).collect() }
    }

    /// Whether parcels leave a location.
    pub fn serves(&self, i: usize) -> bool {
        serves_shoppers(&self.case.model.locations, i) || self.case.breaks(Fault::WarehouseServes)
    }

    /// Units that other locations wait for here.
    pub fn owed(&self, i: usize) -> i64 {
        self.sites[i].requests.iter().map(|request| request.units).sum()
    }

    /// Units that a location waits for at others.
    pub fn awaited(&self, i: usize) -> i64 {
        let of = |request: &&Request| request.place == i;
        self.sites.iter().flat_map(|site| &site.requests).filter(of).map(|request| request.units).sum()
    }

    /// A location orders from another one.
    pub(super) fn request(&mut self, source: usize, (place, route): (usize, usize), units: i64) {
        let placed = self.today;
        self.sites[source].requests.push(Request { place, route, placed, units });
        self.tell(Happened::Requested { place, source, units });
    }

    /// Sources that do not serve their own customers first share out what they have.
    pub fn allocate_by_rule(&mut self) {
        for source in self.upstream_first() {
            if self.case.model.locations[source].allocation != Allocation::OwnCustomers {
                self.share_out(source);
            }
        }
    }

    /// What is left goes to the locations that wait for it.
    pub fn supply_others(&mut self) {
        for source in self.upstream_first() {
            self.share_out(source);
        }
    }

    fn share_out(&mut self, source: usize) {
        if self.sites[source].requests.is_empty() || self.free(source) <= 0 {
            return;
        }
        match self.case.model.locations[source].allocation {
            Allocation::OwnCustomers => {
                (0..self.sites[source].requests.len()).for_each(|k| self.send(source, k, i64::MAX));
            }
            Allocation::Oldest => {
                for k in 0..self.sites[source].requests.len() {
                    let placed = self.sites[source].requests[k].placed;
                    self.serve_the_queue(source, placed, i64::MAX);
                    self.send(source, k, i64::MAX);
                }
            }
            Allocation::Proportional => {
                // Whole units of the share of each, and one more for those that lose most by that.
                let places = self.sites.len();
                let waits = |place: usize| -> i64 {
                    let of = |request: &&Request| request.place == place;
                    self.sites[source].requests.iter().filter(of).map(|request| request.units).sum()
                };
                let claims: Vec<i64> = std::iter::once(self.waiting(source)).chain((0..places).map(waits)).collect();
                let all = i128::from(claims.iter().sum::<i64>());
                let stock = i128::from(self.free(source)).min(all);
                let mut parts: Vec<i64> = claims.iter().map(|c| (i128::from(*c) * stock / all) as i64).collect();
                while i128::from(parts.iter().sum::<i64>()) < stock {
                    let lost = |k: usize| i128::from(claims[k]) * stock - i128::from(parts[k]) * all;
                    let most = (0..parts.len()).rev().max_by_key(|k| lost(*k)).expect("there are claims");
                    parts[most] += 1;
                }
                self.serve_the_queue(source, usize::MAX, parts[0]);
                for k in 0..self.sites[source].requests.len() {
                    let Request { place, units, .. } = self.sites[source].requests[k];
                    let part = units.min(parts[1 + place]);
                    parts[1 + place] -= part;
                    self.send(source, k, part);
                }
            }
        }
        self.sites[source].requests.retain(|request| request.units > 0);
    }

    /// Units of a request leave, as far as there are any.
    fn send(&mut self, source: usize, k: usize, most: i64) {
        let Request { place, route, placed: asked, units } = self.sites[source].requests[k];
        let units = units.min(most).min(self.free(source));
        if units <= 0 {
            return;
        }
        self.sites[source].requests[k].units -= units;
        self.sites[source].on_hand -= units;
        let placed = self.today;
        let mut order = Order { place, route, placed, ordered: units, units, ..Order::default() };
        let leaves = self.today as f64 + if self.case.breaks(Fault::LeavesTheNextDay) { 1.0 } else { 0.0 };
        self.later_stages(&mut order, leaves);
        let order = self.keep(order);
        self.tell(Happened::Sent { order, source, asked });
    }

    /// Customers who have ordered by a day get up to so many units.
    fn serve_the_queue(&mut self, place: usize, until: usize, most: i64) {
        let mut left = most;
        while self.sites[place].on_hand.min(left) > 0 {
            let stock = self.sites[place].on_hand.min(left);
            let Some(first) = self.sites[place].queue.first_mut().filter(|cohort| cohort.born <= until) else { return };
            let units = first.units.min(stock);
            first.units -= units;
            let cohort = first.clone();
            left -= units;
            self.sites[place].on_hand -= units;
            self.sites[place].queue.retain(|c| c.units > 0);
            self.tell(Happened::ShippedFromBacklog { place, units, cohort });
        }
    }

    /// Planners of locations that supply others see what is sold there.
    pub fn look_downstream(&mut self) {
        if !self.is_network() {
            return;
        }
        for place in 0..self.sites.len() {
            let born_today = self.sites[place].queue.iter().filter(|c| c.born == self.today);
            let waiting = born_today.map(|c| c.units).sum();
            self.tell(Happened::OrderedHere { place, units: self.sites[place].observed, waiting });
        }
        if self.case.breaks(Fault::BlindUpstream) {
            return;
        }
        for place in self.upstream_first().into_iter().rev() {
            if let Some(source) = self.case.model.locations[place].routes[self.base(place)].from {
                self.sites[source].observed += self.sites[place].observed;
            }
        }
    }

    /// Closed locations supply nobody, and are supplied by nobody.
    pub fn withdraw_from_what_is_closed(&mut self) {
        for source in self.upstream_first() {
            for request in std::mem::take(&mut self.sites[source].requests) {
                if self.is_open(source) && self.is_open(request.place) {
                    self.sites[source].requests.push(request);
                } else {
                    self.tell(Happened::Withdrawn { place: request.place, units: request.units });
                }
            }
        }
    }

    /// Takes units off what a location waits for elsewhere, the latest first. Returns how many are left to take off.
    pub fn take_off_requests(&mut self, place: usize, units: i64) -> i64 {
        let mut left = units;
        for source in self.upstream_first() {
            for k in (0..self.sites[source].requests.len()).rev() {
                let request = &mut self.sites[source].requests[k];
                let n = request.units.min(left);
                if request.place == place && n > 0 {
                    request.units -= n;
                    left -= n;
                    self.tell(Happened::Withdrawn { place, units: n });
                }
            }
            self.sites[source].requests.retain(|request| request.units > 0);
        }
        left
    }

    /// What a location waits for at others, as it is covered there after all who stand before it.
    pub(super) fn awaited_receipts(&self, i: usize) -> Vec<Cover> {
        let mut all = Vec::new();
        for source in 0..self.sites.len() {
            let mut before = self.waiting(source);
            for request in &self.sites[source].requests {
                let until = before + request.units;
                while request.place == i && before < until {
                    let on_hand = self.sites[source].on_hand;
                    let (leaves, covered) = if before < on_hand {
                        (self.today, on_hand - before)
                    } else {
                        let cover = self.cover(source, before + 1 - on_hand);
                        (cover.expected, cover.units)
                    };
                    let units = covered.min(until - before);
                    let expected = (leaves as f64 + self.lead_time(i, request.route, leaves) + 0.5) as usize;
                    let buffer = self.route(i, request.route).promise_buffer;
                    all.push(Cover { quoted: expected + (buffer + 0.5) as usize, expected, units });
                    before += units;
                }
                before = until;
            }
        }
        all
    }
}
