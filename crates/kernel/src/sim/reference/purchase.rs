//! The money of one purchase order.

use super::account::Balance;
use super::costs::stage_of;
use super::diary::Order;
use crate::model::{Payment, Place, Route};
use crate::sim::landed::{Landed, Part};
use restock_base::units::{Money, share};

/// What it costs, and what has been paid of it.
pub(super) struct Purchase {
    pub cost: Landed,
    /// What of the cost was paid where the goods come from, if that is another location.
    pub brought: Landed,
    pub paid: Landed,
    /// Sum of payment x day over all payments, those to come included.
    pub paid_moment: i128,
    pub place: Place,
    pub received: bool,
    /// Instalments on the goods that are still to come.
    instalments: usize,
    /// What was said to be paid for the goods when the run begins.
    pub said: Option<Money>,
}

/// Something that falls due on a day.
#[derive(Clone)]
pub(super) struct Due {
    pub day: usize,
    pub order: usize,
    pub what: Payable,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Payable {
    /// Number of the payment among the route's terms.
    Instalment(usize),
    /// What is left of the goods, of which no instalment is to come.
    Rest,
    /// Freight, handling, duty: in full.
    Part(Part),
    /// Nothing is paid: the goods are elsewhere from now on.
    Moves(Place),
}

impl Purchase {
    /// An order of this cost, and all that will fall due on it.
    pub fn placed(id: usize, order: &Order, route: &Route, cost: Landed) -> (Self, Vec<Due>) {
        let place = route.stages[0].place;
        let bought: &[Payment] = if route.from.is_some() { &[] } else { &route.payments };
        let (instalments, received) = (bought.len(), false);
        let (paid, brought) = (Landed::default(), Landed::default());
        let mut purchase = Purchase { cost, brought, paid, paid_moment: 0, place, received, instalments, said: None };
        let mut dues = Vec::new();
        let mut file = |what, day: usize, amount: Money| {
            purchase.paid_moment += amount.0 * day as i128;
            dues.push(Due { day, order: id, what });
        };
        for (k, p) in bought.iter().enumerate() {
            let day = order.milestone(stage_of(route, p.at)) + p.days_later as usize;
            file(Payable::Instalment(k), day, Money::from_f64(cost[Part::Goods as usize].to_f64() * p.share));
        }
        let receipt = order.milestone(route.stages.len());
        let freight = order.milestone(stage_of(route, route.freight_at));
        let duty = order.milestone(stage_of(route, route.duty_at)) + route.duty_days_later as usize;
        for (part, day) in [(Part::Freight, freight), (Part::Handling, receipt), (Part::Duty, duty)] {
            let amount = cost[part as usize];
            if amount != Money::ZERO {
                file(Payable::Part(part), day, amount);
            }
        }
        for (k, stages) in route.stages.windows(2).enumerate() {
            if stages[0].place != stages[1].place {
                file(Payable::Moves(stages[1].place), order.milestone(k + 1), Money::ZERO);
            }
        }
        (purchase, dues)
    }

    /// The goods come from another location, where they had cost so much, paid on a mean day.
    pub fn bring(&mut self, brought: Landed, moment: i128) {
        self.cost.iter_mut().zip(brought).for_each(|(cost, there)| *cost += there);
        (self.brought, self.paid) = (brought, brought);
        self.paid_moment += moment;
    }

    /// What is paid for a part on the way.
    pub fn extra(&self, part: Part) -> Money {
        self.cost[part as usize] - self.brought[part as usize]
    }

    /// So many instalments are still to come.
    pub fn expect_instalments(&mut self, to_come: usize) {
        self.instalments = to_come;
    }

    /// Sum of payment x day: what is paid counts as paid on the day `begin`, and what is to come on its own days.
    pub fn count_moment_from<'d>(&mut self, begin: usize, terms: &[Payment], dues: impl Iterator<Item = &'d Due>) {
        let goods = self.cost[Part::Goods as usize];
        let mut left = goods - self.paid[Part::Goods as usize];
        self.paid_moment = self.paid.into_iter().sum::<Money>().0 * begin as i128;
        // The last instalment pays what is left; of several on one day it is the route's first.
        let mut instalments: Vec<(usize, std::cmp::Reverse<usize>)> = Vec::new();
        for due in dues {
            match due.what {
                Payable::Instalment(k) => instalments.push((due.day, std::cmp::Reverse(k))),
                Payable::Part(part) => self.paid_moment += self.extra(part).0 * due.day as i128,
                Payable::Rest => self.paid_moment += left.0 * due.day as i128,
                Payable::Moves(_) => {}
            }
        }
        instalments.sort();
        let last = instalments.len().saturating_sub(1);
        for (i, (day, k)) in instalments.into_iter().enumerate() {
            let amount = if i == last { left } else { Money::from_f64(goods.to_f64() * terms[k.0].share).min(left) };
            self.paid_moment += amount.0 * day as i128;
            left -= amount;
        }
    }

    /// The next instalment; the last one pays what is left.
    pub fn instalment(&mut self, share: f64) -> Money {
        self.instalments -= 1;
        let goods = self.cost[Part::Goods as usize];
        let left = goods - self.paid[Part::Goods as usize];
        if self.instalments == 0 { left } else { Money::from_f64(goods.to_f64() * share).min(left) }
    }

    /// Takes `n` of `of` units off, and returns what was paid on them. What was paid in full stays so, to the millionth.
    pub fn take_off(&mut self, n: i64, of: i64) -> Landed {
        let back = self.paid.map(|paid| paid.part(n, of));
        self.brought = self.brought.map(|there| there - there.part(n, of));
        for ((cost, paid), back) in self.cost.iter_mut().zip(&mut self.paid).zip(back) {
            let in_full = *paid == *cost;
            *paid -= back;
            *cost = if in_full { *paid } else { *cost - cost.part(n, of) };
        }
        self.paid_moment -= share(self.paid_moment, n.into(), of.into());
        back
    }

    /// Where its money is: paid in full, the goods are where they are; before that they are a deposit; what is unpaid at the receipt is owed.
    pub fn add_to(&self, balance: &mut Balance, never_paid_in_full: bool) {
        let landed: Money = self.cost.into_iter().sum();
        let paid: Money = self.paid.into_iter().sum();
        if self.received {
            balance.payables += landed - paid;
            return;
        }
        let goods = self.paid[Part::Goods as usize];
        let in_full = goods == self.cost[Part::Goods as usize] && !never_paid_in_full;
        let account = match self.place {
            _ if !in_full => &mut balance.deposits,
            Place::InProduction => &mut balance.in_production,
            Place::Finished => &mut balance.finished,
            Place::InTransit => &mut balance.in_transit,
        };
        *account += goods;
        balance.prepaid += paid - goods;
        balance.unpaid += landed - paid;
    }
}
