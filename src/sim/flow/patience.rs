//! Those who wait: notices of delay, and cancellations.

use super::replication::Replication;
use super::state::{Cohort, NONE};
use super::watch::{Cause, Event, Now, Watch};
use crate::law::Chance;
use crate::rng::Draws;
use crate::sim::plan::PatiencePlan;
use std::collections::VecDeque;

impl<W: Watch> Replication<'_, W> {
    /// Gives notice to the waiting orders of location `i`, and lets them keep waiting or cancel.
    pub fn try_patience(&mut self, i: usize) {
        if self.shop.sites[i].backlog == 0 {
            return;
        }
        let today = self.shop.now.day as u32;
        let customers = &self.shop.now.plan.customers;
        let mut draws = Ahead::default();
        let mut ahead = 0;
        for k in 0..self.shop.sites[i].queue.len() {
            let c = self.shop.sites[i].queue[k];
            if c.units == 0 || c.born == today {
                ahead += c.units;
                continue;
            }
            if customers.notices {
                self.notice(i, k, ahead);
            } else if customers.thirty_day_rule && c.promise != NONE && today == c.promise + 1 {
                self.tell(Event::Breached { units: c.units });
            }
            let mut c = self.shop.sites[i].queue[k];
            let hazard = match &customers.patience {
                PatiencePlan::Endless => None,
                PatiencePlan::ByAge(by_age) => by_age.get((today - c.born) as usize).or(by_age.last()),
                PatiencePlan::ByPromise(within, after_miss) => Some(if c.missed(today) { after_miss } else { within }),
            };
            if let Some(hazard) = hazard.filter(|h| !h.is_never()) {
                let lost = draws.lost(&self.shop.now, (&self.shop.sites[i].queue, k), hazard);
                if lost > 0 {
                    self.cancel((i, k), lost, Cause::Customer);
                    c.units -= lost;
                }
            }
            ahead += c.units;
        }
    }

    /// Tells cohort `k` of a new date if its promise has passed, or will by more than the tolerance. Some leave at the notice.
    ///
    /// Where the 30-day rule holds (16 CFR 435), silence counts as consent only once, and only to a date at most 30 days
    /// after the one promised; otherwise those who do not consent expressly are refunded. Nobody is asked twice at one notice.
    fn notice(&mut self, i: usize, k: usize, ahead: i64) {
        let (customers, today) = (&self.shop.now.plan.customers, self.shop.now.day as u32);
        let c = self.shop.sites[i].queue[k];
        if c.promise == NONE {
            return;
        }
        if !c.missed(today) && self.shop.last_cover(i) <= c.promise.saturating_add(customers.notice_tolerance) {
            return;
        }
        let receipt = self.shop.cover(i, ahead + c.units);
        if !c.missed(today) && receipt.expected <= c.promise + customers.notice_tolerance {
            return;
        }
        let (share, cause) = if customers.thirty_day_rule && (c.notices > 0 || receipt.quoted > c.promise + 30) {
            (customers.leave_without_consent, Cause::Rule)
        } else {
            (customers.leave_at_notice, Cause::Customer)
        };
        let mut draw = self.shop.now.draw(customers.consent_stream.numbered(c.number), c.born as usize, c.notices);
        let leaving = share.binomial(c.units, &mut draw);
        let promise = receipt.quoted.max(today + 1);
        self.tell(Event::NoticeSent { location: i, units: c.units, promise });
        // Who leaves now leaves at the notice, not after a broken promise.
        let c = &mut self.shop.sites[i].queue[k];
        c.promise = promise;
        c.notices += 1;
        self.cancel((i, k), leaving, cause);
    }

    /// `units` of cohort `k` of a location leave the queue.
    fn cancel(&mut self, (location, k): (usize, usize), units: i64, cause: Cause) {
        if units == 0 {
            return;
        }
        let site = &mut self.shop.sites[location];
        site.backlog -= units;
        site.queue[k].units -= units;
        let cohort = site.queue[k];
        self.tell(Event::Cancelled { location, units, cohort: &cohort, cause });
        if self.shop.now.plan.customers.cancel_purchase_order {
            self.take_off(location, units);
        }
    }
}

/// The draws of cohorts in turn, opened some at a time: the first one of them, and they.
#[derive(Default)]
struct Ahead(Option<(usize, Draws)>);

impl Ahead {
    /// How many of the `k`-th cohort of a queue leave today at this chance; `k` does not fall from call to call.
    fn lost(&mut self, now: &Now<'_>, (queue, k): (&VecDeque<Cohort>, usize), chance: &Chance) -> i64 {
        if self.0.as_ref().is_none_or(|(first, _)| k >= first + Draws::MOST) {
            self.0 = Some((k, Ahead::open(now, queue, k)));
        }
        let c = &queue[k];
        let alone = || {
            let stream = now.plan.customers.patience_stream.numbered(c.number);
            now.draw(stream, c.born as usize, now.day as u32 - c.born)
        };
        let drawn = |(first, draws): &(usize, Draws)| {
            chance.binomial_by(c.units, draws.uniform(k - first), || draws.get(k - first, alone()))
        };
        self.0.as_ref().map_or(0, drawn)
    }

    #[inline(never)]
    fn open(now: &Now<'_>, queue: &VecDeque<Cohort>, k: usize) -> Draws {
        let n = (queue.len() - k).min(Draws::MOST);
        let (stream, first) = (now.plan.customers.patience_stream, now.plan.first);
        let key = |c: &Cohort| (first.plus(c.born as i32).0, now.day as u32 - c.born);
        if queue.range(k..k + n).all(|c| c.number == 0) {
            Draws::of_stream(n, now.replication, stream, |l| key(&queue[k + l]))
        } else {
            Draws::open(n, now.replication, |l| {
                let (day, age) = key(&queue[k + l]);
                (stream.numbered(queue[k + l].number), day, age)
            })
        }
    }
}
