//! Returns: what customers send back, drawn on the day on which it ships, and taken back on the day on which it comes.

use super::replication::Replication;
use super::state::Back;
use super::watch::{Event, Watch};

impl<W: Watch> Replication<'_, W> {
    /// What customers have sent back comes in the morning, after the purchase orders. What can be sold again is on hand, at once or some days later.
    #[inline(never)]
    pub fn take_back(&mut self) {
        let (day, plan) = (self.shop.now.day, self.shop.now.plan);
        if plan.returns.is_none() {
            return;
        }
        for (location, l) in plan.locations.iter().enumerate() {
            let site = &mut self.shop.sites[location];
            let back = site.returns[day];
            let units = day.checked_sub(l.restock_days).map_or(0, |came| site.returns[came].to_stock);
            site.on_hand += units;
            site.before_shipping = site.on_hand;
            if back.units() > 0 {
                self.tell(Event::Returned { location, back });
            }
            if units > 0 {
                self.tell(Event::Restocked { location, units });
            }
        }
    }

    /// When all of today's units have left the shelves: how many of them come back, and when. Units that shipped on one day from one place are
    /// exchangeable, so that one number of each day is drawn from one key.
    #[inline(never)]
    pub fn draw_returns(&mut self) {
        let (now, plan) = (self.shop.now, self.shop.now.plan);
        let Some(returns) = &plan.returns else { return };
        for (location, l) in plan.locations.iter().enumerate() {
            let of = self.shop.sites[location].before_shipping - self.shop.sites[location].on_hand;
            if of == 0 {
                continue;
            }
            let mut draw = now.draw(returns.stream, now.day, location as u32);
            let all = returns.share.binomial(of, &mut draw);
            let to_stock = if l.takes_back { returns.resaleable.binomial(all, &mut draw) } else { 0 };
            let mut left = Back { to_stock, liquidated: all - to_stock };
            for (k, ends) in returns.after.iter().enumerate() {
                if left.units() == 0 {
                    break;
                }
                let to_stock = ends.binomial(left.to_stock, &mut draw);
                let liquidated = ends.binomial(left.liquidated, &mut draw);
                let (back, due) = (Back { to_stock, liquidated }, now.day + 1 + k);
                if back.units() > 0 {
                    left.to_stock -= to_stock;
                    left.liquidated -= liquidated;
                    if let Some(day) = self.shop.sites[location].returns.get_mut(due) {
                        day.to_stock += to_stock;
                        day.liquidated += liquidated;
                    }
                    self.tell(Event::ComesBack { location, due, back, of });
                }
            }
        }
    }
}
