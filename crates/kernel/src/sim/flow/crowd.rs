//! Days of very many shoppers: how many of them stay, or wait, is drawn at once.
//!
//! On other days each shopper decides by a number of their own, so that a shopper decides alike in every supply
//! model. The time that this takes grows with the number of shoppers. Of a crowd only the counts are drawn, from the laws that they have on other
//! days, too: binomial, and negative binomial for how many are asked until stock or a receipt is used up. Supply models share the uniform
//! numbers of these counts, so a slower model still loses no fewer. [`restock_base::law::ask_in_turn`] and [`restock_base::law::binomial`] say
//! how they approximate.

use super::replication::{Replication, Shop, Split};
use super::watch::Watch;
use restock_base::law::{ask_in_turn, binomial};
use restock_base::rng::Draw;

/// A day of more shoppers than this is a crowd.
pub(super) const CROWD: i64 = 50_000;

const COMES: u32 = 0;
const STAYS: u32 = 1;
const OVERFLOWS: u32 = 2;
const REMAINS: u32 = 3;
const WAITS: u32 = 4;
/// Kinds from [`WAITS`] on are as many as there are locations.
const LEFT_OVER: u32 = 1 << 16;
const LEFT_OVER_WON: u32 = LEFT_OVER + 1;

impl<W: Watch> Replication<'_, W> {
    /// Serves the day's shoppers while stock lasts. The number of those who find no stock and stay is left in `unmet`, by location. Returns how
    /// many were interested, and how many left because of the delivery time.
    #[inline(never)]
    pub fn serve_a_crowd(&mut self, shoppers: i64) -> (i64, i64) {
        let plan = self.shop.now.plan;
        let (mut interested, mut lost) = (shoppers, 0);
        let mut split = Split::new(shoppers);
        for i in 0..self.shop.sites.len() {
            let kept = plan.locations[i].kept;
            let mut n = split.next(&self.shop.now, &plan.locations[i]);
            if plan.asks_elsewhere_first() {
                let (asked, won, gone) = self.sell_off_to_a_crowd(i, n);
                n -= asked;
                interested += won;
                lost += gone;
            }
            let won = binomial(n, kept - 1.0, &mut self.shop.crowd_draw(COMES, i as u32));
            interested += won;
            let on_hand = self.shop.sites[i].on_hand;
            let (asked, stay) = ask_in_turn(n + won, kept, on_hand, &mut self.shop.crowd_draw(STAYS, i as u32));
            lost += asked - stay;
            self.shop.unmet.crowd[i] = n + won - asked;
            self.shop.sites[i].observed += stay;
            self.serve(i, stay);
        }
        if plan.overflow {
            lost += self.serve_crowds_elsewhere();
        }
        for i in 0..self.shop.sites.len() {
            let waiting = self.shop.unmet.crowd[i];
            let stay = binomial(waiting, plan.locations[i].kept, &mut self.shop.crowd_draw(REMAINS, i as u32));
            lost += waiting - stay;
            self.shop.unmet.crowd[i] = stay;
        }
        (interested, lost)
    }

    /// Serves `n` shoppers whose first choice is location `i` from what is left at closed locations, and from the location that serves them in its
    /// place today. Returns how many of them were asked, how many
    /// further ones the quicker delivery won, and how many left because of the delivery time.
    fn sell_off_to_a_crowd(&mut self, i: usize, n: i64) -> (i64, i64, i64) {
        let locations = self.shop.sites.len();
        let (mut all, mut won, mut lost) = (0, 0, 0);
        for (j, other) in self.shop.asked_before(i) {
            let (on_hand, number) = (self.shop.sites[j].on_hand, (i * locations + j) as u32);
            let draw = &mut self.shop.crowd_draw(LEFT_OVER, number);
            let (asked, stay) = ask_in_turn(n - all, other.kept, on_hand, draw);
            let further = binomial(asked, other.kept - 1.0, &mut self.shop.crowd_draw(LEFT_OVER_WON, number));
            let further = further.min(on_hand - stay);
            all += asked;
            won += further;
            lost += asked - stay;
            self.shop.sites[i].observed += stay + further;
            self.serve(j, stay + further);
        }
        (all, won, lost)
    }

    fn serve_crowds_elsewhere(&mut self) -> i64 {
        let (mut lost, locations) = (0, self.shop.sites.len());
        for i in 0..locations {
            for j in 0..locations {
                let (waiting, on_hand) = (self.shop.unmet.crowd[i], self.shop.sites[j].on_hand);
                if waiting == 0 || on_hand == 0 || !self.shop.now.plan.locations[j].serves {
                    continue;
                }
                let (kept, number) = (self.shop.now.plan.locations[j].kept, (i * locations + j) as u32);
                let (asked, stay) = ask_in_turn(waiting, kept, on_hand, &mut self.shop.crowd_draw(OVERFLOWS, number));
                lost += asked - stay;
                self.shop.unmet.crowd[i] -= asked;
                self.serve(j, stay);
                self.shop.sites[i].observed += stay;
            }
        }
        lost
    }
}

impl Shop<'_> {
    /// Draw number `n` of the kind `kind` today.
    fn crowd_draw(&self, kind: u32, n: u32) -> Draw {
        self.now.draw(self.now.plan.customers.crowd_stream.numbered(kind), self.now.day, n)
    }

    /// Asks `shoppers` of location `first`, one after the other, whether they will wait, until those who do are as many as a receipt has `room`
    /// for. `number` tells the day's receipts apart. Returns how many are asked, and how many of them wait.
    pub fn crowd_asked_to_wait(
        &self,
        (first, number): (usize, u32),
        shoppers: i64,
        chance: f64,
        room: i64,
    ) -> (i64, i64) {
        ask_in_turn(shoppers, chance, room, &mut self.crowd_draw(WAITS + first as u32, number))
    }
}
