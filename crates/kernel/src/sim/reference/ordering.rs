//! What is ordered: policies, lots, expedite routes (`docs/model.md`, "Planner").

use super::case::Fault;
use super::costs;
use super::diary::Happened;
use super::planner::whole;
use super::shop::Shop;
use crate::model::{BaseOrder, Level, Policy, Trigger};
use restock_base::stats::special::{normal_cdf, normal_pdf, normal_quantile};
use restock_base::units::Money;

/// What lies within this share of a cost decides nothing: amounts are rounded.
const ROUNDING: f64 = 1e-6;

impl Shop<'_> {
    /// A lot: at least the minimum, in multiples.
    fn lot(&self, i: usize, wanted: i64) -> i64 {
        let l = &self.case.model.locations[i];
        let (units, multiple) = (wanted.max(l.minimum_order), l.order_multiple.max(1));
        let up = if self.case.breaks(Fault::RoundedDown) { 0 } else { multiple - 1 };
        if wanted <= 0 { 0 } else { (units + up) / multiple * multiple }
    }

    /// Location `i` reviews.
    pub fn order_by_policy(&mut self, i: usize) {
        self.tell(Happened::Reviewed { place: i, position: self.position(i) });
        for r in 0..self.case.model.locations[i].routes.len() {
            self.expedite(i, r);
        }
        let extra = self.case.plan.locations[i].extra_stock;
        let below = |shop: &Self, target: i64| target + extra - shop.position(i);
        let wanted = match self.case.plan.locations[i].policy {
            Policy::BaseStock { level } | Policy::OrderUpToLevel { level, .. } => below(self, level),
            Policy::MinMax { reorder_point, order_up_to, .. } => {
                if below(self, reorder_point) >= 0 {
                    below(self, order_up_to)
                } else {
                    0
                }
            }
            Policy::ReorderQuantity { reorder_point, quantity, .. } => {
                let short = below(self, reorder_point);
                // As many lots as lift the position above the reorder point.
                (0..).map(|lots| lots * quantity).find(|units| *units > short).unwrap_or(0)
            }
            Policy::OrderUpToForecast { safety_stock, pooled, .. } => {
                let target = self.target_by_forecast(i, safety_stock, pooled);
                below(self, target)
            }
            Policy::DaysOfCover { days, .. } => {
                let target = self.target_by_cover(i, days, self.base(i));
                below(self, target)
            }
            Policy::OneTime { quantity, day } => {
                let now = !self.sites[i].bought && day.0 == self.today as i32;
                self.sites[i].bought |= now;
                if now { quantity + self.ordered_for(i) + extra } else { 0 }
            }
            Policy::DualIndex { regular, expedite, .. } => {
                let expedite = match expedite {
                    Level::Units(units) => units,
                    Level::Days(days) => whole(self.forecast(i, self.level(i).0, days)),
                };
                let regular = match regular {
                    Level::Units(units) => units,
                    Level::Days(days) => self.target_by_cover(i, days, self.base(i)),
                };
                self.fly_up_to(i, expedite);
                below(self, regular)
            }
            Policy::BaseSurge { base, expedite, .. } => {
                let expedite = match expedite {
                    Level::Units(units) => units,
                    Level::Days(days) => self.target_by_cover(i, days, self.case.model.locations[i].second()),
                };
                self.fly_up_to(i, expedite);
                match base {
                    BaseOrder::Units(quantity) => quantity,
                    BaseOrder::Share(share) => self.share_of_what_it_will_meet(i, share),
                }
            }
        };
        let mut left = self.lot(i, wanted);
        let (units, multiple) = (left, self.case.model.locations[i].order_multiple.max(1));
        for r in 0..self.case.model.locations[i].routes.len() {
            let route = &self.case.model.locations[i].routes[r];
            let takes = route.expedite.as_ref().filter(|_| route.is_open).and_then(|e| e.trigger.share_of_order());
            // Whole multiples fly; the rest of the order takes the base route.
            let part = (whole(units as f64 * takes.unwrap_or(0.0)) / multiple * multiple).min(left);
            self.place(i, r, part);
            left -= if self.case.breaks(Fault::FliesBesides) { 0 } else { part };
        }
        // The factory makes one lot, of the whole order.
        let base = self.base(i);
        let of_lot = self.case.model.locations[i].route_of_lot(base, units);
        self.place(i, if self.case.breaks(Fault::SmallLots) { base } else { of_lot }, left);
    }

    /// A share of the demand that an order by the base route will meet: that of a review interval from the day on which it is expected.
    fn share_of_what_it_will_meet(&self, i: usize, share: f64) -> i64 {
        let (mean, lead) = (self.level(i).0, self.lead_time(i, self.base(i), self.today));
        let interval = f64::from(self.case.model.locations[i].policy.review_days());
        // The demand of the day on which it is expected is the first that it meets.
        let demand = self.forecast(i, mean, lead + interval - 1.0) - self.forecast(i, mean, lead - 1.0);
        let next = self.case.breaks(Fault::BaseOfTheNextDays);
        whole(share * if next { self.forecast(i, mean, interval) } else { demand })
    }

    /// The second route lifts what is there within its lead time to a level.
    fn fly_up_to(&mut self, i: usize, level: i64) {
        let second = self.case.model.locations[i].second();
        let wanted = level + self.case.plan.locations[i].extra_stock - self.soon(i, second);
        self.place(i, second, self.lot(i, wanted));
    }

    /// Looks at the triggers that have a latency.
    pub fn watch_triggers(&mut self, i: usize) {
        for r in 0..self.case.model.locations[i].routes.len() {
            let expedite = self.case.plan.locations[i].routes[r].expedite.as_ref();
            if let Some(latency) = expedite.and_then(|e| e.latency.as_ref()) {
                let met = self.asked_for(i, r) > 0;
                let days = latency.draw(&mut self.case.draw(self.case.plan.react_stream, self.today, r as u32));
                self.sites[i].expedite[r].look(met, self.today, days);
            }
        }
    }

    /// Between reviews: orders on the routes whose latency is over.
    pub fn expedite_what_is_due(&mut self, i: usize) {
        for r in 0..self.sites[i].expedite.len() {
            if self.sites[i].expedite[r].due == Some(self.today) {
                self.expedite(i, r);
            }
        }
    }

    /// Orders on route `r` what its trigger asks for; what was pending is done with.
    fn expedite(&mut self, i: usize, r: usize) {
        self.sites[i].expedite[r].due = None;
        self.place(i, r, self.asked_for(i, r));
    }

    /// The lot that the trigger of route `r` asks for; 0 if it is not met, or there is none.
    fn asked_for(&self, i: usize, r: usize) -> i64 {
        let route = &self.case.model.locations[i].routes[r];
        match route.expedite.as_ref().filter(|_| route.is_open).map(|e| e.trigger) {
            None => 0,
            Some(Trigger::MarginSavedExceedsCost) => self.worth_its_price(i, r),
            Some(Trigger::Share(_)) => 0,
            Some(Trigger::Cover { below, .. }) if below <= 0.0 => 0,
            Some(Trigger::Cover { below, up_to }) => {
                let (mean, soon) = (self.level(i).0, self.soon(i, r));
                let enough = soon as f64 >= self.forecast(i, mean, below);
                if enough { 0 } else { self.lot(i, whole(self.forecast(i, mean, up_to)) - soon) }
            }
        }
    }

    /// As long as `P(D > stock + units) x P(lost to the wait) x margin > extra cost of one more unit`, and if the whole lot saves more
    /// than it costs.
    fn worth_its_price(&self, i: usize, r: usize) -> i64 {
        let (case, today) = (&self.case, self.today);
        let base = costs::usual_landed(case, i, today).into_iter().sum::<Money>().to_f64();
        let pick = Money::from_f64(case.model.locations[i].delivery.pick_and_pack / costs::bears(case));
        let to_serve = pick + costs::postage(case, i, case.warmup()) + costs::parcel_duty(case, i, today);
        let net = costs::full_price(case) - costs::payment_fee(case);
        let margin = (net - to_serve).to_f64() - base - costs::returned(case, i, base);
        if margin <= 0.0 {
            return 0;
        }
        let rate = costs::freight_rate(case, self.world, (i, r), today);
        let source = costs::route(case, (i, r)).from;
        let there = source.map(|source| costs::usual_landed(case, source, today).into_iter().sum::<Money>().to_f64());
        let landed = |units: i64| -> f64 {
            let own: f64 = costs::landed(case, (i, r), units, today, rate).iter().map(|part| part.to_f64()).sum();
            own + there.map_or(0.0, |there| there * units as f64)
        };
        let extra = |units: i64| landed(units) - units as f64 * base;
        let mut best: Option<(i64, Gap)> = None;
        for gap in self.gaps(i, r) {
            let about = whole(gap.need.max(1.0).ceil());
            let one_more = (extra(2 * about) - extra(about)) / about as f64;
            let units = whole(gap.units(one_more / margin).min(gap.made).floor());
            if units > best.as_ref().map_or(0, |b| b.0) {
                best = Some((units, gap));
            }
        }
        let Some((units, gap)) = best else { return 0 };
        let lot = self.lot(i, units);
        let pays = gap.saved(lot as f64) * margin - extra(lot) > ROUNDING * landed(lot);
        if pays { lot } else { 0 }
    }

    /// The gap before each receipt that is expected after an expedited lot could be there, the last of them the base route's next review's.
    fn gaps(&self, i: usize, r: usize) -> Vec<Gap> {
        let now = self.today as f64;
        let (mean, variance) = self.level(i);
        let there = self.expected_of_a_lot(i, r, self.today).round();
        let demand = |before: f64| self.forecast(i, mean, (before - 1.0 - now).max(0.0));
        let net = self.for_location(i, |shop, i| shop.sites[i].on_hand - shop.waiting(i) - shop.owed(i)) as f64;
        let mut coming: Vec<(f64, f64)> =
            self.on_their_way(i).iter().map(|c| (c.expected as f64, c.units as f64)).collect();
        let (from, to) = self.part_of_what_is_left(i);
        for closed in (0..self.sites.len()).filter(|k| !self.is_open(*k)) {
            // Receipts of closed locations are told as sums, of which a part is taken.
            let (mut upto, mut before) = (0, 0.0);
            for cover in self.on_their_way(closed) {
                upto += cover.units;
                let part = upto as f64 * (to - from);
                coming.push((cover.expected as f64, part - before));
                before = part;
            }
        }
        coming.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut upto = 0.0;
        let mut receipts: Vec<(f64, f64)> = Vec::new();
        for (day, units) in coming {
            upto += units;
            receipts.push((day, upto));
        }
        let mut due = receipts.iter().filter(|c| c.0 <= there).map(|c| c.1).fold(0.0, f64::max);
        // Of what is short before the expedited lot is there, the lost share is gone.
        let gone = (demand(there) - net - due).max(0.0) * self.lost_to_a_wait(i, (there - now) / 2.0);
        let review = self.next_review(i);
        receipts.push((self.expected_of_a_lot(i, self.base(i), review), f64::MAX));
        let mut gaps = Vec::new();
        for (at, units) in receipts.into_iter().filter(|c| c.0 > there) {
            let sd = (variance * self.known_squares.after(self.today, at - 1.0 - now)).sqrt();
            // A shopper who meets a gap waits half of it on average.
            let lost = self.lost_to_a_wait(i, (at - there) / 2.0);
            gaps.push(Gap { need: demand(at) - net - due - gone, sd, lost, made: self.made_within(i, r, at - there) });
            due = due.max(units);
        }
        gaps
    }
}

/// Demand, taken as normal, that is expected to find the stock out, and the share of it that is lost.
struct Gap {
    need: f64,
    sd: f64,
    lost: f64,
    /// Units that the factory makes in time.
    made: f64,
}

impl Gap {
    /// Units that `more` units are expected to save, by the normal loss function.
    fn saved(&self, more: f64) -> f64 {
        let loss = |x: f64| {
            let z = (x - self.need) / self.sd;
            let normal = self.sd * (normal_pdf(z) - z * (1.0 - normal_cdf(z)));
            if self.sd == 0.0 { (self.need - x).max(0.0) } else { normal }
        };
        self.lost * (loss(0.0) - loss(more))
    }

    /// The most units of which each saves a share of at least `worth` of a sale; of hardly any worth, a need of one case in a thousand.
    fn units(&self, worth: f64) -> f64 {
        if self.lost <= 0.0 || worth >= self.lost {
            return 0.0;
        }
        let chance = (worth / self.lost).max(0.001);
        (self.need + self.sd * normal_quantile(1.0 - chance)).max(0.0)
    }
}
