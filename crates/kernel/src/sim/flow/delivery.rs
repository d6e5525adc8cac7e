//! Who leaves because of the delivery time, and who comes because of it: decided by a number a shopper.

use super::watch::Now;
use restock_base::rng::{Draws, Stream};
use std::ops::Range;

/// The decisions of the day's shoppers about a delivery time. Each has one uniform number, the same in every supply
/// model, so that a slower model loses all shoppers whom a faster one loses, and others besides.
pub(super) struct DeliveryDecisions {
    stream: Stream,
    replication: u32,
    date: i32,
    /// Number of shoppers who come at the reference delivery time. Further ones have higher numbers.
    shoppers: u32,
    /// Uniform numbers are drawn side by side. Those of these shoppers are at hand.
    at_hand: Range<u32>,
    uniforms: [f64; ABREAST as usize],
}

/// How many shoppers' uniform numbers are drawn side by side. The number of the first of these shoppers is a multiple of it.
const ABREAST: u32 = 4 * Draws::MOST as u32;

impl DeliveryDecisions {
    pub fn new(now: &Now<'_>, shoppers: i64) -> Self {
        let (stream, date) = (now.plan.customers.delivery_stream, now.plan.first.plus(now.day as i32).0);
        let uniforms = [0.0; ABREAST as usize];
        DeliveryDecisions {
            stream,
            replication: now.replication,
            date,
            shoppers: shoppers as u32,
            at_hand: 0..0,
            uniforms,
        }
    }

    fn uniform(&mut self, shopper: u32) -> f64 {
        if !self.at_hand.contains(&shopper) {
            self.draw(shopper);
        }
        self.uniforms[(shopper % ABREAST) as usize]
    }

    /// Draws the uniform numbers of a shopper and of the neighbours who come.
    #[inline(never)]
    fn draw(&mut self, shopper: u32) {
        let first = shopper - shopper % ABREAST;
        let end = if shopper < self.shoppers { self.shoppers.min(first + ABREAST) } else { first + ABREAST };
        let fours = (end - first).div_ceil(4);
        self.uniforms = self.stream.fours(fours as usize, self.replication, self.date, first / 4);
        self.at_hand = first..first + 4 * fours;
    }

    /// How many of these shoppers have a uniform number below `chance`.
    pub fn count_below(&mut self, shoppers: Range<u32>, chance: f64) -> i64 {
        let (mut next, mut below) = (shoppers.start, 0);
        while next < shoppers.end {
            if !self.at_hand.contains(&next) {
                self.draw(next);
            }
            let end = self.at_hand.end.min(shoppers.end);
            let at = (next % ABREAST) as usize;
            let some = &self.uniforms[at..at + (end - next) as usize];
            below += some.iter().map(|u| i64::from(*u < chance)).sum::<i64>();
            next = end;
        }
        below
    }

    pub fn stays(&mut self, shopper: u32, kept: f64) -> bool {
        kept >= 1.0 || self.uniform(shopper) < kept
    }

    /// Whether a further shopper comes with this one, where delivery is quicker than the reference.
    pub fn brings(&mut self, shopper: u32, kept: f64) -> bool {
        kept > 1.0 && self.uniform(shopper) < kept - 1.0
    }

    /// Serves shoppers in turn: those who stay take the units `on_hand`. Shoppers who come when these are gone are put into `unmet` and have not
    /// decided yet. Returns how many are served, and how many leave.
    pub fn serve(
        &mut self,
        mut shoppers: impl Iterator<Item = u32>,
        kept: f64,
        on_hand: i64,
        unmet: &mut Vec<u32>,
    ) -> (i64, i64) {
        let (mut served, mut lost) = (0, 0);
        if kept >= 1.0 {
            // Nobody leaves, so nobody needs to be asked: days of a million shoppers cost no more than others.
            served = (shoppers.size_hint().0 as i64).min(on_hand);
            if served > 0 {
                shoppers.nth(served as usize - 1);
            }
        } else {
            while served < on_hand {
                let Some(k) = shoppers.next() else { break };
                if self.stays(k, kept) { served += 1 } else { lost += 1 }
            }
        }
        unmet.extend(shoppers);
        (served, lost)
    }
}
