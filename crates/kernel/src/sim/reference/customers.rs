//! Shoppers and those who wait: phases 3 and 4 (`docs/model.md`, "Customers").

use super::case::Fault;
use super::costs;
use super::diary::{Cohort, Happened};
use super::shop::Shop;
use crate::model::{Accept, Communication, Customers, Patience, Promise, ShipFrom, SupplyModel};
use crate::sim::plan::PatiencePlan;
use restock_base::law::{ask_in_turn, binomial};
use restock_base::rng::Draw;

/// Above so many shoppers a day only counts are drawn.
const CROWD: i64 = 50_000;

/// The day's shoppers of a location who found no stock: by number, or, of a crowd, how many.
pub(super) enum Unmet {
    Each(Vec<u32>),
    Crowd(i64),
}

impl Shop<'_> {
    /// What the shop says and does is the same for all classes.
    fn customers(&self) -> &Customers {
        &self.case.model.customers
    }

    fn customers_of(&self, class: usize) -> &Customers {
        &self.classes[class].customers
    }

    /// Shoppers who order from location `i` for each one who would at the reference delivery.
    pub(super) fn kept(&self, i: usize) -> f64 {
        costs::kept(&self.case, &self.case.model.locations[i], self.today)
    }

    /// Serves today's shoppers. Returns how many were interested, how many left because of the delivery, and who found no stock.
    pub(super) fn serve_while_stock_lasts(&mut self) -> (i64, i64, Vec<Unmet>) {
        let baskets = self.world.baskets.get(self.today).map(|sizes| sizes.len() as i64);
        let shoppers = self.advertised_for(baskets.unwrap_or(self.world.shoppers[self.today]));
        let ahead = self.pre_order(shoppers);
        let left = shoppers - ahead;
        self.choose_where_to_ship_from();
        if self.has_baskets() {
            let (interested, lost) = self.serve_baskets(left);
            let ahead: i64 = self.world.baskets[self.today][left as usize..shoppers as usize].iter().sum();
            return (interested + ahead, lost, Vec::new());
        }
        let (interested, lost, unmet) =
            if left > CROWD { self.serve_a_crowd(left) } else { self.serve_one_by_one(left) };
        (interested + ahead, lost, unmet)
    }

    /// Splits the shoppers by the locations' shares.
    pub(super) fn split(&self, shoppers: i64) -> Vec<i64> {
        let mut draw = self.case.draw(self.case.plan.customers.split_stream, self.today, 0);
        shares_of(shoppers, self.case.model, &mut draw)
    }

    fn serve_one_by_one(&mut self, shoppers: i64) -> (i64, i64, Vec<Unmet>) {
        let (mut interested, mut lost, mut first) = (shoppers, 0, 0);
        let mut unmet: Vec<Vec<u32>> = Vec::new();
        for (i, n) in self.split(shoppers).into_iter().enumerate() {
            let mut own: Vec<u32> = (first..first + n as u32).collect();
            first += n as u32;
            for other in self.asked_before(i) {
                let kept_back =
                    self.case.breaks(Fault::OldStockLast) && self.sites[i].on_hand > 0 && !self.is_open(other);
                if !kept_back {
                    own = self.sell_what_is_left(i, other, own, (&mut interested, &mut lost));
                }
            }
            // Faster than the reference: each brings a further one with probability `e - 1`.
            let won = own.iter().filter(|k| self.decision(**k) < self.kept(i) - 1.0).count() as i64;
            own.extend(interested as u32..(interested + won) as u32);
            interested += won;
            unmet.push(self.serve_in_turn(i, i, own, &mut lost));
        }
        let places = self.sites.len();
        if self.case.model.overflow {
            for (i, unmet) in unmet.iter_mut().enumerate() {
                for j in 0..places {
                    let j = if self.case.breaks(Fault::LastHelpsFirst) { places - 1 - j } else { j };
                    if self.serves(j) {
                        *unmet = self.serve_in_turn(i, j, std::mem::take(unmet), &mut lost);
                    }
                }
            }
        }
        for (i, unmet) in unmet.iter_mut().enumerate() {
            let before = unmet.len();
            unmet.retain(|k| self.decision(*k) < self.kept(i));
            lost += (before - unmet.len()) as i64;
        }
        (interested, lost, unmet.into_iter().map(Unmet::Each).collect())
    }

    /// A location whose stock covers fewer days of the forecast than its rule says is spared today: another one, if it is open, serves its shoppers.
    fn choose_where_to_ship_from(&mut self) {
        for i in 0..self.sites.len() {
            let rule = self.case.model.locations[i].ship_from.filter(|_| !self.case.breaks(Fault::NothingSpared));
            let falls_short = |days: f64| (self.free(i) as f64) < self.forecast(i, self.level(i).0, days);
            let applies = |rule: &ShipFrom| {
                let both_open = self.is_open(i) && self.is_open(rule.instead);
                both_open && rule.below_cover_days > 0.0 && falls_short(rule.below_cover_days)
            };
            self.sites[i].ships_from = rule.filter(applies).map(|rule| rule.instead);
        }
    }

    /// Where shoppers of a location are served before it is asked: at closed ones, then where they are served in its place today.
    pub(super) fn asked_before(&self, i: usize) -> Vec<usize> {
        (0..self.sites.len()).filter(|k| !self.is_open(*k)).chain(self.sites[i].ships_from).collect()
    }

    /// Shoppers of location `first` come to a closed location, or to one that serves them in its place, in turn, while it has something left. If its delivery is faster than the reference,
    /// further ones come with those who were asked, as far as the rest goes. Returns those who come when nothing is left.
    fn sell_what_is_left(
        &mut self,
        first: usize,
        closed: usize,
        shoppers: Vec<u32>,
        (interested, lost): (&mut i64, &mut i64),
    ) -> Vec<u32> {
        let (on_hand, kept) = (self.sites[closed].on_hand, self.kept(closed));
        let (mut served, mut further, mut unmet) = (0, 0, Vec::new());
        for k in shoppers {
            if served == on_hand {
                unmet.push(k);
                continue;
            }
            let u = self.decision(k);
            *(if u < kept { &mut served } else { &mut *lost }) += 1;
            further += i64::from(u < kept - 1.0);
        }
        let further = further.min(on_hand - served);
        *interested += further;
        self.serve(first, closed, served + further);
        unmet
    }

    /// What a shopper makes of a delivery time: one number a shopper, the same in every supply model.
    pub(super) fn decision(&self, shopper: u32) -> f64 {
        let stream = self.case.plan.customers.delivery_stream;
        stream.four(self.case.number, self.case.date(self.today).0, shopper / 4)[shopper as usize % 4]
    }

    /// Shoppers of location `first`, one after the other: while location `place` has stock, each leaves because of its delivery or takes a
    /// unit. Returns those who come when nothing is left.
    fn serve_in_turn(&mut self, first: usize, place: usize, shoppers: Vec<u32>, lost: &mut i64) -> Vec<u32> {
        let (mut served, mut unmet) = (0, Vec::new());
        for k in shoppers {
            if served == self.sites[place].on_hand {
                unmet.push(k);
            } else if self.decision(k) < self.kept(place) {
                served += 1;
            } else {
                *lost += 1;
            }
        }
        self.serve(first, place, served);
        unmet
    }

    pub(super) fn serve(&mut self, first: usize, place: usize, units: i64) {
        self.sites[place].on_hand -= units;
        self.sites[first].observed += units;
        if units > 0 {
            self.tell(Happened::Served { place, units });
        }
    }

    /// The same of a crowd: how many stay is binomial, how many are asked until the stock is gone is drawn at once.
    fn serve_a_crowd(&mut self, shoppers: i64) -> (i64, i64, Vec<Unmet>) {
        let (mut interested, mut lost) = (shoppers, 0);
        let mut unmet = Vec::new();
        for (i, mut n) in self.split(shoppers).into_iter().enumerate() {
            for other in self.asked_before(i) {
                let number = (i * self.sites.len() + other) as u32;
                let (on_hand, kept) = (self.sites[other].on_hand, self.kept(other));
                let (asked, stay) = ask_in_turn(n, kept, on_hand, &mut self.of_crowd(1 << 16, number));
                let further = binomial(asked, kept - 1.0, &mut self.of_crowd((1 << 16) + 1, number));
                let further = further.min(on_hand - stay);
                interested += further;
                lost += asked - stay;
                self.serve(i, other, stay + further);
                n -= asked;
            }
            let won = binomial(n, self.kept(i) - 1.0, &mut self.of_crowd(0, i as u32));
            interested += won;
            unmet.push(self.serve_part(i, i, n + won, (1, i as u32), &mut lost));
        }
        let places = self.sites.len();
        for i in (0..places).filter(|_| self.case.model.overflow) {
            for j in (0..places).filter(|j| self.serves(*j)).collect::<Vec<_>>() {
                unmet[i] = self.serve_part(i, j, unmet[i], (2, (i * places + j) as u32), &mut lost);
            }
        }
        for (i, unmet) in unmet.iter_mut().enumerate() {
            let stay = binomial(*unmet, self.kept(i), &mut self.of_crowd(3, i as u32));
            lost += *unmet - stay;
            *unmet = stay;
        }
        (interested, lost, unmet.into_iter().map(Unmet::Crowd).collect())
    }

    fn of_crowd(&self, kind: u32, number: u32) -> restock_base::rng::Draw {
        self.case.draw(self.case.plan.customers.crowd_stream.numbered(kind), self.today, number)
    }

    fn serve_part(&mut self, first: usize, place: usize, n: i64, key: (u32, u32), lost: &mut i64) -> i64 {
        let mut draw = self.of_crowd(key.0, key.1);
        let (asked, stay) = ask_in_turn(n, self.kept(place), self.sites[place].on_hand, &mut draw);
        *lost += asked - stay;
        self.serve(first, place, stay);
        n - asked
    }

    /// Quotes a date to those who found no stock, and takes the orders of those who accept it.
    pub(super) fn quote_a_date(&mut self, first: usize, unmet: Unmet) {
        let (shoppers, crowd) = match unmet {
            Unmet::Each(shoppers) => (shoppers, 0),
            Unmet::Crowd(n) => (Vec::new(), n),
        };
        if !shoppers.is_empty() || crowd > 0 {
            self.tell(Happened::FoundNoStock { place: first });
        }
        let crowds = self.classes_of_a_crowd(first, crowd);
        let classes: Vec<usize> = shoppers.iter().map(|k| self.class_of(first, *k)).collect();
        let mut receipt = 0;
        for class in self.in_turn() {
            let own = shoppers.iter().zip(&classes).filter(|(_, of)| **of == class).map(|(k, _)| *k).collect();
            self.quote_to_a_class((first, class), (own, crowds[class]), &mut receipt);
        }
    }

    fn quote_to_a_class(
        &mut self,
        (first, class): (usize, usize),
        (mut left, mut crowd): (Vec<u32>, i64),
        receipt: &mut u32,
    ) {
        loop {
            if left.is_empty() && crowd == 0 {
                return;
            }
            let (place, cover) = self.earliest_cover_of(first, &|shop, i| shop.ahead_of(class, i) + 1);
            let promise = match self.customers().promise {
                Promise::ExpectedArrival { .. } => Some(cover.quoted),
                Promise::FixedDays(days) => Some(self.today + days as usize),
                Promise::None => None,
            };
            // Unquoted, shoppers judge by the same expectation.
            let wait = promise.unwrap_or(cover.quoted).saturating_sub(self.today);
            let chance = accepts(&self.customers_of(class).accept, wait as f64);
            let room = cover.units;
            let (asked, accepted) = if crowd > 0 {
                let (asked, accepted) =
                    ask_in_turn(crowd, chance, room, &mut self.of_crowd(4 + first as u32, *receipt));
                crowd -= asked;
                (asked, accepted)
            } else {
                let (asked, accepted) = self.ask_one_by_one(&left, chance, room);
                left.drain(..asked as usize);
                (asked, accepted)
            };
            *receipt += 1;
            self.tell(Happened::WalkedAway { place, units: asked - accepted, class });
            self.sites[first].observed += accepted;
            if self.case.breaks(Fault::WalkAwaysSeen) {
                self.sites[first].observed += asked - accepted;
            }
            if accepted > 0 {
                let (born, number) = (self.today, self.born_today);
                self.born_today += 1;
                let cohort = Cohort { class, ..Cohort::of_single(born, number, promise, accepted) };
                self.wait_in_line(place, cohort.clone());
                self.tell(Happened::Backordered { place, cohort });
            }
        }
    }

    /// Each shopper accepts by a draw of their own, until those who do fill what a receipt covers.
    fn ask_one_by_one(&self, shoppers: &[u32], chance: f64, room: i64) -> (i64, i64) {
        let (mut asked, mut accepted) = (0, 0);
        for k in shoppers {
            if accepted == room {
                break;
            }
            let u = self.case.draw(self.case.plan.customers.accept_stream, self.today, *k).uniform();
            accepted += i64::from(u < chance);
            asked += 1;
        }
        (asked, accepted)
    }

    /// Lets those who wait at a location hear of delays, and leave.
    pub fn try_patience(&mut self, place: usize) {
        let clear = self.customers().communication == Communication::Clear;
        let notices = clear && self.customers().promise != Promise::None;
        let today = self.today;
        let mut ahead = 0;
        for k in 0..self.sites[place].queue.len() {
            let born = self.sites[place].queue[k].born;
            if born < today || self.case.breaks(Fault::CancelToday) {
                let c = &self.sites[place].queue[k];
                if notices {
                    self.notice(place, k, ahead);
                } else if self.customers_of(c.class).thirty_day_rule && c.promise.is_some_and(|p| today == p + 1) {
                    let orders = c.count();
                    self.tell(Happened::Breached { orders });
                }
                let c = &self.sites[place].queue[k];
                let (key, age) = (self.case.plan.customers.patience_stream.numbered(c.number), today - born);
                let mut draw = self.case.draw(key, born, age as u32);
                let leave = binomial(c.count(), self.hazard(c), &mut draw);
                self.cancel(place, k, leave, false);
            }
            let c = &self.sites[place].queue[k];
            ahead += c.units - c.kept();
        }
        self.sites[place].queue.retain(|c| c.units > 0);
    }

    /// Chance that somebody of a cohort cancels today.
    fn hazard(&self, c: &Cohort) -> f64 {
        match (&self.customers_of(c.class).patience, self.law_of_patience(c.class)) {
            (Patience::Endless, _) => 0.0,
            (Patience::DailyHazard(p), _) => *p,
            (Patience::PromiseRelative(h), _) => {
                if c.is_late(self.today) {
                    h.daily_after_miss
                } else {
                    h.daily_within
                }
            }
            // Of a personal patience time the plan has the hazard of each age.
            (Patience::Time(_), PatiencePlan::ByAge(hazard)) => hazard[(self.today - c.born).min(hazard.len() - 1)].p(),
            (Patience::Time(_), _) => unreachable!("a patience time is a hazard by age"),
        }
    }

    /// A cohort hears of a new date, if its expected date lies too far beyond the promise in force, or that has passed.
    fn notice(&mut self, place: usize, k: usize, ahead: i64) {
        let c = self.sites[place].queue[k].clone();
        let (customers, today) = (self.customers_of(c.class), self.today);
        let Some(promise) = c.promise else { return };
        let cover = self.cover(place, ahead + c.units - c.kept());
        let late = if self.case.breaks(Fault::NoticeADayLater) { 1 } else { 0 };
        let tolerance = customers.notice_tolerance as usize + late;
        if !c.is_late(today) && cover.expected <= promise + tolerance {
            return;
        }
        // Silence is consent once, to a date at most 30 days after the promise; else those who do not consent are refunded.
        let by_rule = customers.thirty_day_rule && (c.notices > 0 || cover.quoted > promise + 30);
        let share = match (&customers.patience, by_rule) {
            (Patience::Endless, _) => 0.0,
            (_, true) => 1.0 - customers.express_consent,
            (Patience::PromiseRelative(h), false) => h.at_notice,
            (Patience::DailyHazard(_) | Patience::Time(_), false) => 0.0,
        };
        let key = self.case.plan.customers.consent_stream.numbered(c.number);
        let leave = binomial(c.count(), share, &mut self.case.draw(key, c.born, c.notices));
        let new = if self.case.breaks(Fault::PromiseNotRenewed) { promise } else { cover.quoted.max(today + 1) };
        let cohort = Cohort { promise: Some(new), notices: c.notices + 1, ..c };
        self.sites[place].queue[k] = cohort.clone();
        self.tell(Happened::Notice { place, cohort });
        self.cancel(place, k, leave, by_rule);
    }

    fn cancel(&mut self, place: usize, k: usize, units: i64, by_rule: bool) {
        if units == 0 {
            return;
        }
        let units = if self.has_baskets() {
            self.cancel_baskets(place, k, units, by_rule)
        } else {
            self.sites[place].queue[k].units -= units;
            let cohort = self.sites[place].queue[k].clone();
            self.tell(Happened::Cancelled { place, units, cohort, by_rule });
            units
        };
        if self.customers().cancel_purchase_order {
            self.take_off(place, units);
        }
    }

    /// Takes units off the latest open orders. What another location has sent goes on.
    fn take_off(&mut self, place: usize, units: i64) {
        let mut left = self.take_off_requests(place, units);
        let bought = |shop: &Self, order: &usize| shop.route(place, shop.orders[*order].route).from.is_none();
        let orders: Vec<usize> = self.open(place).filter(|order| bought(self, order)).collect();
        for order in orders.into_iter().rev() {
            let n = left.min(self.orders[order].units);
            let of = self.orders[order].total();
            if n > 0 {
                self.orders[order].units -= n;
                left -= n;
                self.tell(Happened::TakenOff { order, units: n, of });
            }
        }
    }

    /// The plan's hazards by age of a patience time, which are no more than the law of that time.
    fn law_of_patience(&self, class: usize) -> &PatiencePlan {
        &self.case.plan.customers_of(class as u8).patience
    }

    /// Share of those of a class quoted a wait of `days` who are lost to it: they do not order, or leave within a promise that is kept.
    pub fn lost_of_a_class(&self, class: usize, days: f64) -> f64 {
        let stay = match (&self.customers_of(class).patience, self.law_of_patience(class)) {
            (Patience::PromiseRelative(h), _) => (1.0 - h.daily_within).powf(days),
            (_, PatiencePlan::ByAge(hazard)) => {
                (1..=days as usize).map(|age| 1.0 - hazard[age.min(hazard.len() - 1)].p()).product()
            }
            _ => 1.0,
        };
        1.0 - accepts(&self.customers_of(class).accept, days) * stay
    }
}

/// Splits people by the locations' shares.
pub(super) fn shares_of(people: i64, model: &SupplyModel, draw: &mut Draw) -> Vec<i64> {
    let (mut left, mut share_left) = (people, 1.0);
    let mut first_choice = |share: f64| {
        let n = if share >= share_left { left } else { binomial(left, share / share_left, draw) };
        left -= n;
        share_left -= share;
        n
    };
    model.locations.iter().map(|l| first_choice(l.share)).collect()
}

pub(super) fn accepts(accept: &Accept, days: f64) -> f64 {
    match *accept {
        Accept::Always => 1.0,
        Accept::Never => 0.0,
        Accept::Share(share) => share,
        Accept::FallsWithQuotedDelay { per_day } => (-per_day * days).exp(),
        Accept::WithinDays(most) => {
            if days <= f64::from(most) {
                1.0
            } else {
                0.0
            }
        }
    }
}
