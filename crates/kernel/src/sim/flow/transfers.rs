//! Stock that other locations have ordered: who gets it where it is not enough for all, and what leaves.
//!
//! What waits is looked at twice a day, upstream first: in the morning, when goods have come, and in the evening, when all have ordered. What a location orders
//! in the evening leaves in the evening, if it is there.

use super::replication::{Replication, Shop};
use super::state::Site;
use super::watch::{Event, Now, Watch};
use crate::model::Allocation;

impl<W: Watch> Replication<'_, W> {
    /// Where a location does not serve its own customers first, its stock goes to them and to other locations by its rule.
    #[inline(never)]
    pub fn allocate_by_rule(&mut self) {
        let plan = self.shop.now.plan;
        let by_rule = |source: &&usize| plan.locations[**source].allocation != Allocation::OwnCustomers;
        for source in plan.sources().iter().filter(by_rule) {
            self.share_out(*source);
        }
    }

    /// What is left of stock goes to the locations that wait for it.
    #[inline(never)]
    pub fn supply_others(&mut self) {
        let plan = self.shop.now.plan;
        for source in plan.sources() {
            self.share_out(*source);
        }
    }

    fn share_out(&mut self, source: usize) {
        if self.shop.sites[source].owed == 0 || self.shop.sites[source].free() <= 0 {
            return;
        }
        match self.shop.now.plan.locations[source].allocation {
            Allocation::OwnCustomers => self.send_oldest(source, |_, _| i64::MAX),
            Allocation::Oldest => {
                for k in 0..self.shop.sites[source].requests.len() {
                    // Customers of that day ordered before its evening.
                    let placed = self.shop.sites[source].requests[k].placed;
                    self.ship_to_the_queue(source, placed, i64::MAX);
                    self.send_part(source, k, i64::MAX);
                }
                self.shop.sites[source].requests.retain(|request| request.units > 0);
            }
            Allocation::Proportional => {
                let mut claims = self.shop.claims(source);
                let own = claims.remove(0);
                self.ship_to_the_queue(source, u32::MAX, own);
                self.send_oldest(source, |location, units| {
                    let part = units.min(claims[location]);
                    claims[location] -= part;
                    part
                });
            }
        }
    }

    /// Sends of each request, the oldest first, what `part` gives to its location, of so many units, as far as the stock goes.
    fn send_oldest(&mut self, source: usize, mut part: impl FnMut(usize, i64) -> i64) {
        for k in 0..self.shop.sites[source].requests.len() {
            let request = self.shop.sites[source].requests[k];
            self.send_part(source, k, part(request.location, request.units));
        }
        self.shop.sites[source].requests.retain(|request| request.units > 0);
    }

    /// Sends so many units of request number `k`, if there are as many.
    fn send_part(&mut self, source: usize, k: usize, most: i64) {
        let site = &mut self.shop.sites[source];
        let request = site.requests[k];
        let units = request.units.min(most).min(site.free());
        if units > 0 {
            site.requests[k].units -= units;
            self.send(source, &request, units);
        }
    }

    /// Ships up to `most` units to customers who wait at a location and have ordered by the day `until`.
    fn ship_to_the_queue(&mut self, location: usize, until: u32, most: i64) {
        let mut most = most;
        loop {
            let site = &mut self.shop.sites[location];
            let stock = site.on_hand.min(most);
            // Cohorts of which all have cancelled stand in line until their turn comes.
            while site.queue.first().is_some_and(|cohort| cohort.units == 0) {
                site.queue.pop_front();
            }
            let has_ordered = site.queue.first().is_some_and(|cohort| cohort.born <= until);
            let first = if stock > 0 && has_ordered { site.serve_the_first(stock) } else { None };
            let Some((units, cohort)) = first else { break };
            site.on_hand -= units;
            most -= units;
            self.tell_shipped(location, units, &cohort);
        }
    }

    /// A location that is closed supplies no other one, and is supplied by none.
    #[inline(never)]
    pub fn withdraw_from_what_is_closed(&mut self, now: &Now<'_>) {
        let is_open = |location: usize| now.plan.locations[location].is_open;
        for source in now.plan.sources() {
            for request in std::mem::take(&mut self.shop.sites[*source].requests) {
                if is_open(*source) && is_open(request.location) {
                    self.shop.sites[*source].requests.push_back(request);
                } else {
                    self.withdraw(*source, &request, request.units);
                }
            }
        }
    }
}

impl<W: Watch> Replication<'_, W> {
    /// Planners of locations that supply others see what is sold there.
    #[inline(never)]
    pub fn look_downstream(&mut self) {
        let (plan, today) = (self.shop.now.plan, self.shop.now.day as u32);
        for location in 0..self.shop.sites.len() {
            let Site { observed: units, ref queue, .. } = self.shop.sites[location];
            let waiting = queue.iter().filter(|cohort| cohort.born == today).map(|cohort| cohort.units).sum();
            self.tell(Event::OrderedHere { location, units, waiting });
        }
        for i in plan.network.iter().flat_map(|network| &network.downstream_first) {
            if let Some(source) = plan.locations[*i].base().from {
                let Site { observed, .. } = self.shop.sites[*i];
                self.shop.sites[source].observed += observed;
            }
        }
    }
}

impl Shop<'_> {
    /// What the stock of a location is shared out to in proportion: units for its customers, and for each location.
    fn claims(&self, source: usize) -> Vec<i64> {
        let site = &self.sites[source];
        let mut claims = vec![0; 1 + self.sites.len()];
        claims[0] = site.backlog;
        site.requests.iter().for_each(|request| claims[1 + request.location] += request.units);
        parts(site.free(), &claims)
    }
}

/// Units of a stock that go to each of some claims: all of them if it is enough, else in proportion, in whole units. Of what rounding leaves, claims
/// with the largest fractions get one each, of equal ones the first.
fn parts(stock: i64, claims: &[i64]) -> Vec<i64> {
    let all: i64 = claims.iter().sum();
    if all <= stock {
        return claims.to_vec();
    }
    let wide = |claim: i64| i128::from(stock) * i128::from(claim);
    let mut parts: Vec<i64> = claims.iter().map(|claim| (wide(*claim) / i128::from(all)) as i64).collect();
    let left = (stock - parts.iter().sum::<i64>()) as usize;
    let mut by_fraction: Vec<usize> = (0..claims.len()).collect();
    by_fraction.sort_by_key(|k| std::cmp::Reverse(wide(claims[*k]) % i128::from(all)));
    by_fraction.into_iter().take(left).for_each(|k| parts[k] += 1);
    parts
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn stock_is_shared_out_to_the_last_unit() {
        assert_eq!(parts(10, &[4, 3, 2]), [4, 3, 2]);
        // 10/3, 5 and 5/3: one unit is left, and the largest fraction is that of the last.
        assert_eq!(parts(10, &[4, 6, 2]), [3, 5, 2]);
        // Equal fractions: the first gets it.
        assert_eq!(parts(1, &[0, 5, 5]), [0, 1, 0]);
        assert_eq!(parts(0, &[1, 2]), [0, 0]);
    }
}
