//! Pre-orders: taken in a window, and shipped on the date promised, before anybody else is served.

use super::queue::Cohort;
use super::replication::{Replication, Shop, Split};
use super::watch::{Bundle, Event, Watch};

/// Late pre-orders of a day are cohorts that are numbered from here on, beyond those of its shoppers.
const LATE: u32 = 1 << 16;
/// Kinds of draws: who pre-orders has the stream itself, who cancels one of each window.
const CANCELS: u32 = 1;

impl<W: Watch> Replication<'_, W> {
    /// If a window is open today, some of the `shoppers` pre-order, wherever there is stock. They are the last ones by number, so that all others
    /// decide as they would without a window. Returns how many remain.
    #[inline(never)]
    pub fn take_pre_orders(&mut self, shoppers: i64) -> i64 {
        let (now, plan) = (self.shop.now, self.shop.now.plan);
        let Some(window) = plan.pre_orders.iter().position(|w| w.open.contains(&now.day)) else { return shoppers };
        let of = &plan.pre_orders[window];
        let units = of.take_up.binomial(shoppers, &mut now.draw(plan.customers.pre_order_stream, now.day, 0));
        let mut split = Split::of_pre_orders(units);
        let mut first = shoppers - units;
        for (location, l) in plan.locations.iter().enumerate() {
            let orders = split.next(&now, l);
            let units = now.units_of(first..first + orders);
            if units > 0 {
                if plan.baskets.is_some() {
                    let sizes = now.sizes_of(first..first + orders);
                    self.shop.sites[location].pre_orders[window].orders.extend(sizes);
                }
                let site = &mut self.shop.sites[location];
                site.pre_orders[window].units += units;
                site.to_order_for += if of.sizes_order { units } else { 0 };
                site.observed += if of.is_apart { 0 } else { units };
                self.tell(Event::PreOrdered { window, location, units });
                if plan.baskets.is_some() {
                    self.tell(Event::Bundled { of: Bundle::Ahead { window }, bundles: orders, units });
                    self.tell(Event::Bundled { of: Bundle::Shoppers, bundles: orders, units });
                }
            }
            first += orders;
        }
        shoppers - units
    }

    /// Pre-orders that were promised for today: some are cancelled, the others get stock, at first that of their own location. Those for whom there
    /// is none wait from today on.
    #[inline(never)]
    pub fn ship_pre_orders(&mut self) {
        let (now, plan) = (self.shop.now, self.shop.now.plan);
        for window in (0..plan.pre_orders.len()).filter(|w| plan.pre_orders[*w].ships == now.day) {
            self.cancel_pre_orders(window);
            for location in 0..plan.locations.len() {
                for closed in (0..plan.locations.len()).filter(|i| !plan.locations[*i].is_open) {
                    self.ship_pre_orders_from(closed, location, window);
                }
                self.ship_pre_orders_from(location, location, window);
            }
            for location in (0..plan.locations.len()).filter(|_| plan.overflow) {
                for other in (0..plan.locations.len()).filter(|i| plan.locations[*i].serves) {
                    self.ship_pre_orders_from(other, location, window);
                }
            }
            for location in 0..plan.locations.len() {
                self.let_pre_orders_wait(location, window);
            }
        }
    }

    fn cancel_pre_orders(&mut self, window: usize) {
        let (now, of) = (self.shop.now, &self.shop.now.plan.pre_orders[window]);
        let stream = now.plan.customers.pre_order_stream.numbered(CANCELS + window as u32);
        for location in 0..self.shop.sites.len() {
            let site = &mut self.shop.sites[location];
            let all = site.pre_orders[window].units;
            site.to_order_for -= if of.sizes_order { all } else { 0 };
            let waiting = &mut site.pre_orders[window].orders;
            let several = now.plan.baskets.is_some();
            let orders = if several { waiting.len() as i64 } else { all };
            let cancelled = of.cancel.binomial(orders, &mut now.draw(stream, now.day, location as u32));
            // The newest of them.
            let of_the_newest = waiting.len() - if several { cancelled as usize } else { 0 };
            let units = if several { waiting.drain(of_the_newest..).map(i64::from).sum() } else { cancelled };
            if units > 0 {
                site.pre_orders[window].units -= units;
                self.tell(Event::PreOrderCancelled { window, location, units });
            }
        }
    }

    /// Ships from the shelf of location `from` to those who pre-ordered at location `to`.
    fn ship_pre_orders_from(&mut self, from: usize, to: usize, window: usize) {
        if self.shop.now.plan.baskets.is_some() {
            return self.ship_whole_pre_orders(from, to, window);
        }
        let units = self.shop.sites[to].pre_orders[window].units.min(self.shop.sites[from].on_hand);
        if units > 0 {
            self.shop.sites[to].pre_orders[window].units -= units;
            self.shop.sites[from].on_hand -= units;
            self.tell(Event::PreOrderShipped { window, location: from, units });
            self.tell_expected(from, units);
        }
    }

    /// The same where orders are of several units: oldest first, until the shelf has too little for one, of which it ships a part if shipments are split.
    fn ship_whole_pre_orders(&mut self, from: usize, to: usize, window: usize) {
        let splits = self.shop.now.plan.splits_shipments();
        let (mut free, mut units, mut parcels, mut completed) = (self.shop.sites[from].free(), 0, 0, 0);
        let orders = &mut self.shop.sites[to].pre_orders[window].orders;
        while let Some(order) = orders.front_mut() {
            let wanted = i64::from(*order);
            let ships = if splits { wanted.min(free) } else { wanted };
            if ships > free || ships == 0 {
                break;
            }
            free -= ships;
            units += ships;
            parcels += 1;
            *order -= ships as u16;
            if *order == 0 {
                completed += 1;
                orders.pop_front();
            }
        }
        if units > 0 {
            self.shop.sites[to].pre_orders[window].units -= units;
            self.shop.sites[from].on_hand -= units;
            self.tell(Event::PreOrderShipped { window, location: from, units });
            self.tell_expected(from, units);
            let of = Bundle::Parcels { location: from, completed, window: Some(window) };
            self.tell(Event::Bundled { of, bundles: parcels, units });
        }
    }

    fn let_pre_orders_wait(&mut self, location: usize, window: usize) {
        if self.shop.now.plan.baskets.is_some() {
            return self.let_whole_pre_orders_wait(location, window);
        }
        let today = self.shop.now.day as u32;
        let site = &mut self.shop.sites[location];
        let units = std::mem::take(&mut site.pre_orders[window].units);
        let mut number = self.shop.first_late(location, window);
        for (class, units) in self.shop.in_classes(location, units, number) {
            self.wait_late(location, Cohort::new(today, number, today, units).pre_ordered_in(window).of_class(class));
            number += self.shop.late_cohorts();
        }
    }

    fn wait_late(&mut self, location: usize, cohort: Cohort) {
        let site = &mut self.shop.sites[location];
        site.backlog += cohort.units;
        site.wait_in_line(cohort, self.shop.now.plan);
        self.tell(Event::PreOrderLate { location, cohort: &cohort });
    }

    /// The same where orders are of several units: those of equal size that follow one another are a cohort.
    fn let_whole_pre_orders_wait(&mut self, location: usize, window: usize) {
        let today = self.shop.now.day as u32;
        let mut late = std::mem::take(&mut self.shop.sites[location].pre_orders[window]).orders;
        let mut number = self.shop.first_late(location, window);
        while let Some(size) = late.pop_front() {
            let mut bundles = 1;
            while late.front() == Some(&size) {
                late.pop_front();
                bundles += 1;
            }
            for (class, bundles) in self.shop.in_classes(location, bundles, number) {
                let units = bundles * i64::from(size);
                let cohort = Cohort::new(today, number, today, units).pre_ordered_in(window).of_several(size, 0);
                number += self.shop.late_cohorts();
                self.wait_late(location, cohort.of_class(class));
                self.tell(Event::Bundled { of: Bundle::Waiting, bundles, units });
            }
        }
    }

    /// Pre-orders of a location that closes are those of its heir.
    pub fn move_pre_orders(&mut self, closed: usize, heir: usize) {
        for window in 0..self.shop.sites[closed].pre_orders.len() {
            let ahead = std::mem::take(&mut self.shop.sites[closed].pre_orders[window]);
            self.shop.sites[heir].pre_orders[window].add(ahead);
        }
        let units = std::mem::take(&mut self.shop.sites[closed].to_order_for);
        self.shop.sites[heir].to_order_for += units;
    }
}

impl Shop<'_> {
    /// Number of the first cohort of a window at a location that waits from today on. Those after it follow at a distance of [`Shop::late_cohorts`].
    fn first_late(&self, location: usize, window: usize) -> u32 {
        LATE + (window * self.sites.len() + location) as u32
    }

    /// How many windows there are, each at each location.
    fn late_cohorts(&self) -> u32 {
        (self.now.plan.pre_orders.len() * self.sites.len()) as u32
    }
}
