//! Orders of several units: allocation and demand, one order after the other (`docs/model.md`, "Orders of several units").

use super::case::Fault;
use super::customers::accepts;
use super::diary::{Bundle, Cohort, Happened, Waiting};
use super::shop::Shop;
use crate::model::Promise;

/// A shopper of today: by number, with the units wanted.
#[derive(Clone, Copy)]
struct Shopper {
    number: u32,
    units: i64,
}

/// Orders and units of today.
#[derive(Default)]
struct Counts {
    interested: (i64, i64),
    lost: (i64, i64),
    whole: i64,
}

fn add(count: &mut (i64, i64), units: i64) {
    *count = (count.0 + 1, count.1 + units);
}

impl Shop<'_> {
    pub(super) fn has_baskets(&self) -> bool {
        self.case.product.demand.order_size.is_some()
    }

    /// Units on hand that nobody who waits has got.
    pub(super) fn free(&self, place: usize) -> i64 {
        self.sites[place].on_hand - self.kept_for(place)
    }

    /// Units on hand that those have got who wait for the rest.
    fn kept_for(&self, place: usize) -> i64 {
        self.sites[place].queue.iter().map(Cohort::kept).sum()
    }

    /// The orders of as many shoppers as come. Returns the units that they were interested in, and those lost to the delivery time.
    pub(super) fn serve_baskets(&mut self, came: i64) -> (i64, i64) {
        let mut day = Counts::default();
        let sizes = &self.world.baskets[self.today][..came as usize];
        let mut shoppers: Vec<Shopper> =
            sizes.iter().zip(0..).map(|(units, number)| Shopper { number, units: *units }).collect();
        sizes.iter().for_each(|units| add(&mut day.interested, *units));
        let places = self.sites.len();
        let mut lines: Vec<Vec<Shopper>> = Vec::new();
        for (i, n) in self.split(came).into_iter().enumerate() {
            let mut own: Vec<Shopper> = shoppers.drain(..n as usize).collect();
            for other in self.asked_before(i) {
                // Where somebody stands in line nobody else gets anything.
                if lines.get(other).is_none_or(Vec::is_empty) {
                    own = self.sell_off_baskets(i, other, own, &mut day);
                }
            }
            for k in own.clone() {
                if self.decision(k.number) < self.kept(i) - 1.0 {
                    own.push(Shopper { number: day.interested.0 as u32, ..k });
                    add(&mut day.interested, k.units);
                }
            }
            let (mut line, mut served) = (Vec::new(), (0, 0));
            for k in own {
                let overtakes = self.case.breaks(Fault::SmallOvertakes);
                if !overtakes && !line.is_empty() || served.1 + k.units > self.free(i) {
                    line.push(k);
                } else if self.decision(k.number) < self.kept(i) {
                    add(&mut served, k.units);
                } else {
                    add(&mut day.lost, k.units);
                }
            }
            self.ship_whole(i, i, served, &mut day);
            lines.push(line);
        }
        if self.case.model.overflow {
            for i in 0..places {
                for k in std::mem::take(&mut lines[i]) {
                    // Where somebody stands in line nobody else gets anything.
                    let has_it = |j: &usize| self.serves(*j) && lines[*j].is_empty() && k.units <= self.free(*j);
                    match (0..places).find(has_it) {
                        None => lines[i].push(k),
                        Some(j) if self.decision(k.number) < self.kept(j) => {
                            self.ship_whole(i, j, (1, k.units), &mut day);
                        }
                        Some(_) => add(&mut day.lost, k.units),
                    }
                }
            }
        }
        for i in 0..places {
            let line = std::mem::take(&mut lines[i]);
            let (stay, leave): (Vec<_>, Vec<_>) =
                line.into_iter().partition(|k| self.decision(k.number) < self.kept(i));
            leave.iter().for_each(|k| add(&mut day.lost, k.units));
            let has_a_line: Vec<bool> = lines.iter().map(|line| !line.is_empty()).collect();
            self.quote_one_by_one(i, stay, &has_a_line, &mut day);
        }
        self.tell(Happened::OrdersOfToday { demanded: day.interested.0 - day.lost.0, whole: day.whole });
        self.bundle(Bundle::Shoppers, day.interested.0, day.interested.1);
        (day.interested.1, day.lost.1)
    }

    pub(super) fn bundle(&mut self, of: Bundle, bundles: i64, units: i64) {
        self.tell(Happened::Bundled { of, bundles, units });
    }

    /// Shoppers of location `first` take whole orders from a closed location, or from one that serves them in its place, until one wants more than it has. Returns those who are left.
    fn sell_off_baskets(
        &mut self,
        first: usize,
        closed: usize,
        shoppers: Vec<Shopper>,
        day: &mut Counts,
    ) -> Vec<Shopper> {
        let (free, mut served, mut left, mut asked) = (self.free(closed), (0, 0), Vec::new(), Vec::new());
        for k in shoppers {
            if !left.is_empty() || served.1 + k.units > free {
                left.push(k);
                continue;
            }
            asked.push(k);
            if self.decision(k.number) < self.kept(closed) {
                add(&mut served, k.units);
            } else {
                add(&mut day.lost, k.units);
            }
        }
        for k in asked {
            if self.decision(k.number) < self.kept(closed) - 1.0 && served.1 + k.units <= free {
                add(&mut served, k.units);
                add(&mut day.interested, k.units);
            }
        }
        self.ship_whole(first, closed, served, day);
        left
    }

    fn ship_whole(&mut self, first: usize, place: usize, (orders, units): (i64, i64), day: &mut Counts) {
        if orders > 0 {
            day.whole += orders;
            self.serve(first, place, units);
            self.bundle(Bundle::Accepted, orders, units);
            self.bundle(Bundle::Parcels { place, completed: orders, window: None }, orders, units);
        }
    }

    /// Those who found too little are quoted a date, each for the whole order. Nothing is theirs where others stand in line.
    fn quote_one_by_one(&mut self, first: usize, shoppers: Vec<Shopper>, has_a_line: &[bool], day: &mut Counts) {
        let overtakes = self.case.breaks(Fault::LineOvertaken);
        let reach = |shop: &Self, i: usize| if has_a_line[i] && !overtakes { 0 } else { shop.free(i) };
        let mut last = None;
        let mut told = false;
        for k in shoppers {
            let mut ways: Vec<usize> = (0..self.sites.len())
                .filter(|j| self.case.model.overflow && self.is_open(*j) && self.serves(*j))
                .collect();
            ways.retain(|j| *j != first && self.decision(k.number) < self.kept(*j));
            ways.insert(0, first);
            if let Some(place) = ways.into_iter().find(|j| k.units <= reach(self, *j)) {
                self.ship_whole(first, place, (1, k.units), day);
                continue;
            }
            if !told {
                self.tell(Happened::FoundNoStock { place: first });
                told = true;
            }
            let missing = |shop: &Self, i: usize| (k.units - reach(shop, i).min(k.units)).max(1);
            let class = self.class_of(first, k.number);
            let ahead = |shop: &Self, i: usize| shop.ahead_of(class, i);
            let (place, cover) = self.earliest_cover_of(first, &|shop, i| ahead(shop, i) + missing(shop, i));
            let promise = match self.case.model.customers.promise {
                Promise::ExpectedArrival { .. } => Some(cover.quoted),
                Promise::FixedDays(days) => Some(self.today + days as usize),
                Promise::None => None,
            };
            let wait = promise.unwrap_or(cover.quoted).saturating_sub(self.today);
            let u = self.case.draw(self.case.plan.customers.accept_stream, self.today, k.number).uniform();
            if u >= accepts(&self.classes[class].customers.accept, wait as f64) {
                self.tell(Happened::WalkedAway { place, units: k.units, class });
                continue;
            }
            if k.units <= reach(self, place) {
                self.ship_whole(first, place, (1, k.units), day);
                continue;
            }
            // Orders that one receipt covers wait side by side.
            let receipt = (place, promise, cover.units.saturating_add(ahead(self, place) + missing(self, place)));
            self.sites[first].observed += k.units;
            let there = reach(self, place).min(k.units);
            self.let_wait((place, promise, class), (k.units, there), last == Some(receipt));
            last = Some(receipt);
        }
    }

    fn let_wait(
        &mut self,
        (place, promise, class): (usize, Option<usize>, usize),
        (wanted, there): (i64, i64),
        beside: bool,
    ) {
        let splits = self.case.model.customers.split_shipments;
        if splits && there > 0 {
            self.sites[place].on_hand -= there;
            self.tell(Happened::Served { place, units: there });
            self.bundle(Bundle::Parcels { place, completed: 0, window: None }, 1, there);
        }
        let keeps = !splits && !self.case.breaks(Fault::KeepsNothing);
        let left = if splits { wanted - there } else { wanted };
        let order = Waiting { left, kept: if keeps { there } else { 0 } };
        let (born, today) = (self.today, self.born_today);
        let of_one = |c: &Cohort| c.size == wanted && c.class == class;
        let alike = |c: &&mut Cohort| c.born == born && c.number + 1 == today && of_one(c);
        let last = self.sites[place].queue.iter_mut().filter(|_| beside && there == 0).find(alike);
        let cohort = if let Some(cohort) = last {
            cohort.units += left;
            cohort.orders.push(order);
            Cohort { units: left, ..cohort.clone() }
        } else {
            self.born_today += 1;
            let cohort = Cohort {
                born,
                number: today,
                first_promise: promise,
                promise,
                units: left,
                notices: 0,
                window: None,
                class,
                size: wanted,
                orders: vec![order],
            };
            self.wait_in_line(place, cohort.clone());
            cohort
        };
        self.tell(Happened::Backordered { place, cohort });
        self.bundle(Bundle::Accepted, 1, wanted);
        self.bundle(Bundle::Waiting, 1, left);
    }

    /// Orders of a position: as many as hold so many units, of which the first may hold fewer.
    pub(super) fn bundle_past(&mut self, place: usize, number: u32) {
        let size = self.case.product.demand.units_per_order().round() as i64;
        let today = self.today;
        let newest = |c: &&mut Cohort| c.born == today && c.number == number;
        let cohort = self.sites[place].queue.iter_mut().find(newest).expect("it has just come");
        let (mut left, units) = (cohort.units, cohort.units);
        cohort.size = size;
        while left > 0 {
            cohort.orders.insert(0, Waiting { left: left.min(size), kept: 0 });
            left -= left.min(size);
        }
        let orders = cohort.orders.len() as i64;
        self.bundle(Bundle::Accepted, orders, units);
        self.bundle(Bundle::Waiting, orders, units);
    }

    /// What location `from` has free goes to those who wait at location `to`, order by order.
    pub(super) fn allocate_to_baskets(&mut self, from: usize, to: usize) {
        let splits = self.case.model.customers.split_shipments;
        while self.free(from) > 0 && !self.sites[to].queue.is_empty() {
            let mut cohort = self.sites[to].queue[0].clone();
            let (mut free, mut shipped, mut parcels, mut completed) = (self.free(from), 0, 0, 0);
            while let Some(order) = cohort.orders.first_mut() {
                let kept = if from == to { order.kept } else { 0 };
                let n = if splits { free.min(order.left) } else { order.left };
                if n - kept > free || n == 0 {
                    break;
                }
                free -= n - kept;
                shipped += n;
                parcels += 1;
                order.left -= n;
                if order.left == 0 {
                    completed += 1;
                    cohort.orders.remove(0);
                }
            }
            if shipped == 0 {
                if from == to && !self.case.breaks(Fault::KeepsNothing) {
                    self.sites[to].queue[0].orders[0].kept += free;
                }
                return;
            }
            cohort.units -= shipped;
            self.sites[from].on_hand -= shipped;
            if cohort.units == 0 {
                self.sites[to].queue.remove(0);
            } else {
                self.sites[to].queue[0] = cohort.clone();
            }
            let window = cohort.window;
            self.tell(Happened::ShippedFromBacklog { place: from, units: shipped, cohort });
            let parcels = if self.case.breaks(Fault::OneParcel) { completed.max(1) } else { parcels };
            self.bundle(Bundle::Parcels { place: from, completed, window }, parcels, shipped);
        }
    }

    /// So many orders of a cohort are cancelled, the newest first. Returns their units.
    pub(super) fn cancel_baskets(&mut self, place: usize, k: usize, orders: i64, by_rule: bool) -> i64 {
        let splits = self.case.model.customers.split_shipments;
        let cohort = &mut self.sites[place].queue[k];
        let left = cohort.orders.len() - orders as usize;
        let began = left == 0 && cohort.orders[0].left < cohort.size;
        let units = cohort.orders.drain(left..).map(|order| order.left).sum();
        cohort.units -= units;
        let late = cohort.is_late(self.today);
        let (parts, window) = (began && splits, cohort.window);
        let cohort = cohort.clone();
        self.tell(Happened::Cancelled { place, units, cohort, by_rule });
        self.bundle(Bundle::Cancelled { late, by_rule, window }, orders, units);
        if parts {
            // All that will ship of it has shipped.
            self.bundle(Bundle::Parcels { place, completed: 1, window }, 0, 0);
        }
        units
    }
}
