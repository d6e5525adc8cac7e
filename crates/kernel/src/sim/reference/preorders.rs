//! Pre-orders (`docs/model.md`, "Pre-orders"): who pre-orders, and what becomes of it on the date promised.

use super::customers::shares_of;
use super::diary::{Cohort, Happened};
use super::shop::Shop;
use crate::model::PreOrder;
use restock_base::law::binomial;

impl Shop<'_> {
    /// Of today's shoppers, as many as pre-order if a window is open. Each location has its share of them.
    pub(super) fn pre_order(&mut self, shoppers: i64) -> i64 {
        let today = self.case.date(self.today);
        let of_today = |w: &PreOrder| (w.opens..=w.closes).contains(&today);
        let Some(number) = self.case.windows().iter().position(of_today) else { return 0 };
        let window = self.case.windows().swap_remove(number);
        let streams = &self.case.plan.customers;
        let mut who = self.case.draw(streams.pre_order_stream, self.today, 0);
        let all = binomial(shoppers, window.take_up, &mut who);
        let mut where_ = self.case.draw(streams.split_stream, self.today, 1);
        for (place, units) in shares_of(all, self.case.model, &mut where_).into_iter().enumerate() {
            self.sites[place].pre_orders[number] += units;
            self.sites[place].observed += if window.is_apart() { 0 } else { units };
            if units > 0 {
                self.tell(Happened::PreOrdered { window: number, place, units });
            }
        }
        all
    }

    /// Units that the planner of a location orders for besides its forecast.
    pub fn ordered_for(&self, i: usize) -> i64 {
        let sized = |(w, _): &(&PreOrder, &i64)| w.sizes_order;
        self.case.windows().iter().zip(&self.sites[i].pre_orders).filter(sized).map(|(_, units)| units).sum()
    }

    /// What ships today: some of it is cancelled, the rest is taken from the shelf of its location, what is left elsewhere first, then from any shelf.
    /// Who gets nothing waits.
    pub(super) fn ship_pre_orders(&mut self) {
        let places = self.sites.len();
        for number in 0..self.case.windows().len() {
            if self.case.windows()[number].ships != self.case.date(self.today) {
                continue;
            }
            let cancel = self.case.windows()[number].cancel;
            let key = self.case.plan.customers.pre_order_stream.numbered(1 + number as u32);
            for place in 0..places {
                let all = self.sites[place].pre_orders[number];
                let units = binomial(all, cancel, &mut self.case.draw(key, self.today, place as u32));
                self.sites[place].pre_orders[number] -= units;
                if units > 0 {
                    self.tell(Happened::PreOrderCancelled { window: number, place, units });
                }
            }
            for place in 0..places {
                let closed: Vec<usize> = (0..places).filter(|i| !self.is_open(*i)).collect();
                for from in closed.into_iter().chain([place]) {
                    self.hand_over_pre_orders(number, from, place);
                }
            }
            if self.case.model.overflow {
                for place in 0..places {
                    for from in 0..places {
                        self.hand_over_pre_orders(number, from, place);
                    }
                }
            }
            for place in 0..places {
                let units = std::mem::take(&mut self.sites[place].pre_orders[number]);
                if units > 0 {
                    let (born, promise) = (self.today, Some(self.today));
                    let number_of_day = (1 << 16) + (number * places + place) as u32;
                    let cohort = Cohort::of_single(born, number_of_day, promise, units);
                    let cohort = Cohort { window: Some(number), ..cohort };
                    self.sites[place].queue.push(cohort.clone());
                    self.tell(Happened::PreOrderLate { place, cohort });
                }
            }
        }
    }

    fn hand_over_pre_orders(&mut self, window: usize, from: usize, to: usize) {
        let units = self.sites[to].pre_orders[window].min(self.sites[from].on_hand);
        self.sites[to].pre_orders[window] -= units;
        self.sites[from].on_hand -= units;
        if units > 0 {
            self.tell(Happened::PreOrderShipped { window, place: from, units });
        }
    }

    /// Pre-orders of a location that closes are those of the location where others wait, too.
    pub(super) fn move_pre_orders(&mut self, closed: usize) {
        let heir = self.heir();
        for window in 0..self.case.windows().len() {
            let units = std::mem::take(&mut self.sites[closed].pre_orders[window]);
            self.sites[heir].pre_orders[window] += units;
        }
    }
}
