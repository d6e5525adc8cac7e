//! Pre-orders (`docs/model.md`, "Pre-orders"): who pre-orders, and what becomes of it on the date promised.

use super::customers::shares_of;
use super::diary::{Bundle, Cohort, Happened, Waiting};
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
        let mut first = (shoppers - all) as usize;
        for (place, orders) in shares_of(all, self.case.model, &mut where_).into_iter().enumerate() {
            let mut units = orders;
            if self.has_baskets() {
                let sizes = &self.world.baskets[self.today][first..first + orders as usize];
                units = sizes.iter().sum();
                self.sites[place].pre_ordered[number].extend(sizes);
                first += orders as usize;
            }
            self.sites[place].pre_orders[number] += units;
            self.sites[place].observed += if window.is_apart() { 0 } else { units };
            if units > 0 {
                self.tell(Happened::PreOrdered { window: number, place, units });
                if self.has_baskets() {
                    self.bundle(Bundle::Ahead { window: number }, orders, units);
                    self.bundle(Bundle::Shoppers, orders, units);
                }
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
                let mut draw = self.case.draw(key, self.today, place as u32);
                let units = if self.has_baskets() {
                    let orders = &mut self.sites[place].pre_ordered[number];
                    let leave = binomial(orders.len() as i64, cancel, &mut draw);
                    orders.split_off(orders.len() - leave as usize).into_iter().sum()
                } else {
                    binomial(all, cancel, &mut draw)
                };
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
                    for from in (0..places).filter(|from| self.serves(*from)).collect::<Vec<_>>() {
                        self.hand_over_pre_orders(number, from, place);
                    }
                }
            }
            for place in 0..places {
                let units = std::mem::take(&mut self.sites[place].pre_orders[number]);
                let late = std::mem::take(&mut self.sites[place].pre_ordered[number]);
                if self.has_baskets() {
                    self.let_baskets_wait(place, number, &late);
                } else {
                    let (born, promise) = (self.today, Some(self.today));
                    let mut number_of_day = (1 << 16) + (number * places + place) as u32;
                    for (class, units) in self.in_classes(place, units, number_of_day) {
                        let cohort = Cohort::of_single(born, number_of_day, promise, units);
                        let cohort = Cohort { window: Some(number), class, ..cohort };
                        self.wait_in_line(place, cohort.clone());
                        self.tell(Happened::PreOrderLate { place, cohort });
                        number_of_day += (self.case.windows().len() * places) as u32;
                    }
                }
            }
        }
    }

    /// Late orders of equal size that follow one another are a cohort.
    fn let_baskets_wait(&mut self, place: usize, window: usize, late: &[i64]) {
        let (places, windows) = (self.sites.len(), self.case.windows().len());
        let mut number = (1 << 16) + (window * places + place) as u32;
        for run in late.chunk_by(|a, b| a == b) {
            let size = run[0];
            for (class, orders) in self.in_classes(place, run.len() as i64, number) {
                let units = orders * size;
                let cohort = Cohort {
                    window: Some(window),
                    class,
                    size,
                    orders: vec![Waiting { left: size, kept: 0 }; orders as usize],
                    ..Cohort::of_single(self.today, number, Some(self.today), units)
                };
                self.wait_in_line(place, cohort.clone());
                self.tell(Happened::PreOrderLate { place, cohort });
                self.bundle(Bundle::Waiting, orders, units);
                number += (windows * places) as u32;
            }
        }
    }

    /// Orders ship as far as there are whole ones, or a part of the one after.
    fn hand_over_baskets(&mut self, window: usize, from: usize, to: usize) {
        let splits = self.case.model.customers.split_shipments;
        let (mut free, mut units, mut parcels, mut completed) = (self.free(from), 0, 0, 0);
        while let Some(order) = self.sites[to].pre_ordered[window].first().copied() {
            let n = if splits { order.min(free) } else { order };
            if n > free || n == 0 {
                break;
            }
            free -= n;
            units += n;
            parcels += 1;
            self.sites[to].pre_ordered[window][0] -= n;
            if n == order {
                completed += 1;
                self.sites[to].pre_ordered[window].remove(0);
            }
        }
        self.sites[to].pre_orders[window] -= units;
        self.sites[from].on_hand -= units;
        if units > 0 {
            self.tell(Happened::PreOrderShipped { window, place: from, units });
            self.bundle(Bundle::Parcels { place: from, completed, window: Some(window) }, parcels, units);
        }
    }

    fn hand_over_pre_orders(&mut self, window: usize, from: usize, to: usize) {
        if self.has_baskets() {
            return self.hand_over_baskets(window, from, to);
        }
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
            let orders = std::mem::take(&mut self.sites[closed].pre_ordered[window]);
            self.sites[heir].pre_ordered[window].extend(orders);
        }
    }
}
