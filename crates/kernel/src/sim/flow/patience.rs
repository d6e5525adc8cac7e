//! Customers who wait: notices of delay, and cancellations.

use super::queue::{Cohort, NONE, Queue};
use super::replication::Replication;
use super::watch::{Bundle, Cause, Event, Now, Watch};
use crate::sim::plan::PatiencePlan;
use restock_base::law::Hazard;
use restock_base::rng::Draws;

impl<W: Watch> Replication<'_, W> {
    /// Gives notice to the waiting orders of location `i`, and lets them keep waiting or cancel. They may `DIFFER`: orders are of several units, or customers of
    /// several classes.
    #[inline(never)]
    pub fn try_patience<const DIFFER: bool>(&mut self, i: usize) {
        let today = self.shop.now.day as u32;
        let mut customers = &self.shop.now.plan.customers;
        let mut draws = Ahead::NONE;
        let mut ahead = 0;
        for k in 0..self.shop.sites[i].queue.len() {
            let mut c = self.shop.sites[i].queue[k];
            if c.units == 0 || c.born == today {
                ahead += if DIFFER { c.short() } else { c.units };
                continue;
            }
            if DIFFER {
                customers = self.shop.now.plan.customers_of(c.class);
            }
            if customers.notices {
                if self.may_be_late(i, &c) {
                    self.notice(i, k, ahead);
                    c = self.shop.sites[i].queue[k];
                }
            } else if customers.thirty_day_rule && c.promise != NONE && today == c.promise + 1 {
                self.tell(Event::Breached { orders: c.orders() });
            }
            let hazard = match &customers.patience {
                PatiencePlan::Endless => None,
                PatiencePlan::ByAge(by_age) => by_age.get((today - c.born) as usize).or(by_age.last()),
                PatiencePlan::ByPromise(within, after_miss) => Some(if c.missed(today) { after_miss } else { within }),
            };
            if let Some(hazard) = hazard.filter(|h| !h.is_never()) {
                if k >= draws.end {
                    draws.draw(&self.shop.now, &self.shop.sites[i].queue, k);
                }
                let orders = if DIFFER { c.orders() } else { c.units };
                let lost = draws.lost(&self.shop.now, k, (&c, orders), hazard);
                if lost > 0 {
                    self.cancel((i, k), lost, Cause::Customer);
                    if DIFFER {
                        c = self.shop.sites[i].queue[k];
                    } else {
                        c.units -= lost;
                    }
                }
            }
            ahead += if DIFFER { c.short() } else { c.units };
        }
    }

    /// Whether the promise to a cohort of location `i` has passed, or may be exceeded by more than the tolerance. This is a bound, without the
    /// cohort's place in the queue: nobody there is covered later than by the last expected receipt.
    #[inline(always)]
    fn may_be_late(&mut self, i: usize, c: &Cohort) -> bool {
        let tolerance = self.shop.now.plan.customers.notice_tolerance;
        c.promise != NONE
            && (c.missed(self.shop.now.day as u32) || self.shop.last_cover(i) > c.promise.saturating_add(tolerance))
    }

    /// Tells cohort `k` a new date if its promise has passed, or is expected to be exceeded by more than the tolerance. A share leaves at the notice.
    ///
    /// Where the 30-day rule holds (16 CFR 435), silence counts as consent only once, and only to a date at most 30 days
    /// after the one promised; otherwise those who do not consent expressly are refunded. Nobody is asked twice at one notice.
    #[inline(never)]
    fn notice(&mut self, i: usize, k: usize, ahead: i64) {
        let c = self.shop.sites[i].queue[k];
        let (customers, today) = (self.shop.now.plan.customers_of(c.class), self.shop.now.day as u32);
        let receipt = self.shop.cover(i, ahead + c.short());
        if !c.missed(today) && receipt.expected <= c.promise + customers.notice_tolerance {
            return;
        }
        let (share, cause) = if customers.thirty_day_rule && (c.notices > 0 || receipt.quoted > c.promise + 30) {
            (customers.leave_without_consent, Cause::Rule)
        } else {
            (customers.leave_at_notice, Cause::Customer)
        };
        let mut draw =
            self.shop.now.draw(customers.consent_stream.numbered(c.number), c.born as usize, u32::from(c.notices));
        let leaving = share.binomial(c.orders(), &mut draw);
        let promise = receipt.quoted.max(today + 1);
        self.tell(Event::NoticeSent { location: i, units: c.units, promise });
        // The new promise is in force already, so customers who leave now do not count as leaving after a broken promise.
        let c = &mut self.shop.sites[i].queue[k];
        c.promise = promise;
        c.notices += 1;
        self.cancel((i, k), leaving, cause);
    }

    /// So many orders of cohort `k` of a location leave the queue, the newest first: one that has got some of its units is the last to leave, and
    /// leaves these behind.
    fn cancel(&mut self, (location, k): (usize, usize), orders: i64, cause: Cause) {
        if orders == 0 {
            return;
        }
        let site = &mut self.shop.sites[location];
        let cohort = &mut site.queue[k];
        let before = *cohort;
        let units = cohort.units_of(orders);
        site.backlog -= units;
        cohort.units -= units;
        let cohort = *cohort;
        self.tell(Event::Cancelled { location, units, cohort: &cohort, cause });
        if self.shop.now.plan.baskets.is_some() {
            self.cancelled_several((location, k), &before, (orders, units), cause);
        }
        if self.shop.now.plan.customers.cancel_purchase_order {
            self.take_off(location, units);
        }
    }
}

impl<W: Watch> Replication<'_, W> {
    /// Of orders of several units that were cancelled: what they had got is free, and one that had shipped in part ships no more.
    #[inline(never)]
    fn cancelled_several(
        &mut self,
        (location, k): (usize, usize),
        before: &Cohort,
        (orders, units): (i64, i64),
        cause: Cause,
    ) {
        let site = &mut self.shop.sites[location];
        let cohort = &mut site.queue[k];
        let all_left = cohort.units == 0;
        if all_left {
            site.reserved -= i64::from(std::mem::take(&mut cohort.kept));
        }
        let cohort = *cohort;
        self.tell(Event::Bundled { of: Bundle::Cancelled(&cohort, cause), bundles: orders, units });
        if all_left && before.oldest() < i64::from(before.size) && self.shop.now.plan.splits_shipments() {
            let of = Bundle::Parcels { location, completed: 1, window: cohort.pre_ordered() };
            self.tell(Event::Bundled { of, bundles: 0, units: 0 });
        }
    }
}

/// The first uniform numbers of the cohorts of a queue, drawn for several neighbours at a time.
struct Ahead {
    /// Place in the queue of the first cohort whose number is drawn.
    first: usize,
    /// Place in the queue behind the last cohort whose number is drawn.
    end: usize,
    uniforms: [f64; Draws::MOST],
}

impl Ahead {
    const NONE: Ahead = Ahead { first: 0, end: 0, uniforms: [0.0; Draws::MOST] };

    /// How many of the `orders` of cohort `c` leave today at this chance. The cohort is the `k`-th of the queue, and its number is drawn.
    #[inline(always)]
    fn lost(&self, now: &Now<'_>, k: usize, (c, orders): (&Cohort, i64), hazard: &Hazard) -> i64 {
        hazard.binomial_by(orders, self.uniforms[k - self.first], || {
            let stream = now.plan.customers.patience_stream.numbered(c.number);
            now.draw(stream, c.born as usize, now.day as u32 - c.born)
        })
    }

    /// Draws the numbers of the `k`-th cohort of a queue and of the cohorts behind it, as many as are drawn at a time.
    #[inline(never)]
    fn draw(&mut self, now: &Now<'_>, queue: &Queue, k: usize) {
        let some = &queue[k..];
        let some = &some[..some.len().min(Draws::MOST)];
        let (stream, replication) = (now.plan.customers.patience_stream, now.replication);
        let (today, date) = (now.day as u32, now.plan.first.plus(now.day as i32).0);
        let key = |c: &Cohort| (date - (today - c.born) as i32, today - c.born);
        (self.first, self.end) = (k, k + some.len());
        self.uniforms = if some.iter().all(|c| c.number == 0) {
            stream.uniforms(some.len(), replication, |l| key(&some[l]))
        } else {
            let draws = Draws::open(some.len(), replication, |l| {
                let (day, age) = key(&some[l]);
                (stream.numbered(some[l].number), day, age)
            });
            std::array::from_fn(|l| draws.uniform(l))
        };
    }
}
