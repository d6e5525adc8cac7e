//! What is lost, and locations that are shut (`docs/model.md`, "What goes wrong").

use super::case::Fault;
use super::diary::{Happened, Order};
use super::shop::{Missing, Shop};
use crate::model::{Disruption, LossTerms, Node};
use restock_base::law::binomial;
use restock_base::rng::Stream;

impl Shop<'_> {
    /// In the evening, before the reviews: disruptions that begin today destroy what is at their nodes; then planners learn what is known by now.
    pub(super) fn lose(&mut self) {
        for number in 0..self.case.scenario.disruptions.len() {
            let d = &self.case.scenario.disruptions[number];
            if d.destroys > 0.0 && self.world.disruptions[number].begin.contains(&self.today) {
                for place in 0..self.sites.len() {
                    self.destroy(place, d);
                }
            }
        }
        let (known, unknown) = std::mem::take(&mut self.missing).into_iter().partition(|m| m.known <= self.today);
        self.missing = unknown;
        let known: Vec<Missing> = known;
        for m in known {
            self.find_missing(&m);
            let never = self.orders[m.order].total() == 0 && !self.missing.iter().any(|other| other.order == m.order);
            self.orders[m.order].gone = never && self.orders[m.order].arrival <= self.today;
        }
    }

    fn destroy(&mut self, place: usize, d: &Disruption) {
        let share = |units: i64| (units as f64 * d.destroys + 0.5).floor() as i64;
        if matches!(&d.on, Node::Location(name) if *name == self.case.model.locations[place].name) {
            let units = share(self.free(place));
            self.sites[place].on_hand -= units;
            if units > 0 {
                self.tell(Happened::Destroyed { place, units, terms: d.loss });
            }
        }
        for order in self.open(place).collect::<Vec<_>>() {
            if self.is_at(&self.orders[order], d) {
                let units = share(self.orders[order].units);
                self.lose_units(order, (units, 0), d.loss);
            }
        }
    }

    /// Whether an order, which was placed before today, is in a stage of the node.
    fn is_at(&self, order: &Order, d: &Disruption) -> bool {
        let route = &self.case.model.locations[order.place].routes[order.route];
        let ended = order.ends.iter().filter(|end| **end <= self.today).count();
        order.placed < self.today && ended < route.stages.len() && d.on.has(self.case.product, route, ended)
    }

    fn lose_units(&mut self, order: usize, (units, scrapped): (i64, i64), terms: LossTerms) {
        if units + scrapped == 0 {
            return;
        }
        let of = self.orders[order].total();
        self.orders[order].units -= units;
        self.orders[order].scrapped -= scrapped;
        let units = units + scrapped;
        let later = if self.case.breaks(Fault::LossKnownAtOnce) { 0 } else { terms.known_after_days as usize };
        self.missing.push(Missing { order, units, known: self.today + later });
        self.tell(Happened::Lost { order, units, of, terms });
    }

    fn find_missing(&mut self, m: &Missing) {
        let Order { place, placed, .. } = self.orders[m.order];
        self.tell(Happened::FoundMissing { place, units: m.units, placed });
    }

    /// The morning on which an order is to come. Returns whether nothing comes of it.
    pub(super) fn comes_without(&mut self, order: usize) -> bool {
        let (found, others) = std::mem::take(&mut self.missing).into_iter().partition(|m| m.order == order);
        self.missing = others;
        let found: Vec<Missing> = found;
        for m in found {
            self.find_missing(&m);
        }
        let o = &self.orders[order];
        if o.total() == 0 {
            let can_be_lost = self.case.plan.can_lose;
            self.orders[order].gone = can_be_lost;
            return can_be_lost;
        }
        let (units, scrapped) = (o.units, o.scrapped);
        let Some(terms) = self.never_comes(o) else { return false };
        self.lose_units(order, (units, scrapped), terms);
        true
    }

    /// Who bears an order that never comes; absent if it does. All that one route brings of one day's orders is lost, or none.
    pub(super) fn never_comes(&self, order: &Order) -> Option<LossTerms> {
        let route = &self.case.model.locations[order.place].routes[order.route];
        let lost = route.lost?;
        let stream = Stream::new(self.case.seed, &self.case.product.sku, "lost", &route.name);
        let is_lost = self.case.draw(stream, order.placed, 0).uniform() < lost.share;
        (is_lost && !self.case.breaks(Fault::NothingLost)).then_some(lost.terms)
    }

    /// What customers did not get is made good: another unit ships, as long as there are some, or the price is given back.
    pub(super) fn make_good(&mut self) {
        for place in 0..self.sites.len() {
            let today = self.today;
            let due = self.sites[place].make_good.remove(&today).unwrap_or(0);
            let reships = self.case.model.locations[place].delivery.lost.is_some_and(|lost| lost.reships);
            let again = if reships { due.min(self.free(place)) } else { 0 };
            self.sites[place].on_hand -= again;
            if again > 0 {
                self.tell(Happened::Reshipped { place, units: again });
            }
            if due > again {
                self.tell(Happened::LossRefunded { place, units: due - again });
            }
        }
    }

    /// Of what has left a location today some is lost.
    pub(super) fn lose_parcels(&mut self) {
        for place in 0..self.sites.len() {
            let Some(lost) = self.case.model.locations[place].delivery.lost else { continue };
            let of = self.shipped_today(place);
            let stream = Stream::new(self.case.seed, &self.case.product.sku, "lost-parcel", "");
            let units = binomial(of, lost.share, &mut self.case.draw(stream, self.today, place as u32));
            let late = usize::from(self.case.breaks(Fault::MadeGoodADayLate));
            *self.sites[place].make_good.entry(self.today + lost.after_days as usize + late).or_default() += units;
            if units > 0 {
                self.tell(Happened::ParcelsLost { place, units });
            }
        }
    }

    /// What is free at a location that was down on an evening cannot ship until the next one.
    pub(super) fn shut_in(&mut self, evening: Option<usize>) {
        for place in 0..self.sites.len() {
            let name = &self.case.model.locations[place].name;
            let was_down = |(number, d): (usize, &Disruption)| {
                let down = evening.is_some_and(|day| self.world.disruptions[number].down[day]);
                down && matches!(&d.on, Node::Location(on) if on == name)
            };
            let is_shut = self.case.scenario.disruptions.iter().enumerate().any(was_down);
            if is_shut && !self.case.breaks(Fault::NeverShut) {
                let units = self.free(place);
                self.sites[place].on_hand -= units;
                self.sites[place].shut_in = units;
            }
        }
    }

    /// When shoppers are served it is on hand again.
    pub(super) fn let_out(&mut self) {
        for site in &mut self.sites {
            site.on_hand += std::mem::take(&mut site.shut_in);
        }
    }

    /// Units of an order that are lost and on which the planner counts.
    pub(super) fn missing_of(&self, order: usize) -> i64 {
        self.missing.iter().filter(|m| m.order == order).map(|m| m.units).sum()
    }
}
