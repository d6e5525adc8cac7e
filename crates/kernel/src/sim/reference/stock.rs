//! What is on the shelf of a location, at weighted average cost.

use crate::sim::landed::{Landed, Part};
use restock_base::units::{Money, share};

/// All units on hand share one average cost, and one average day of payment.
#[derive(Default)]
pub(super) struct Stock {
    pub units: i64,
    pub value: Money,
    /// Parts of that value when they were last averaged, and payment x day behind them.
    parts: Landed,
    paid_moment: i128,
    /// Units and cost of the last receipt.
    last: (i64, Money),
}

impl Stock {
    /// Stock that was paid for on the day `begin`, with which the run begins.
    pub fn opened(units: i64, parts: Landed, begin: usize) -> Self {
        let value: Money = parts.into_iter().sum();
        Stock { units, value, parts, paid_moment: value.0 * begin as i128, last: (units, value) }
    }

    /// A receipt: the average changes, so what was there must have been averaged.
    pub fn receive(&mut self, units: i64, cost: Landed, paid_moment: i128) {
        for (mine, part) in self.parts.iter_mut().zip(cost) {
            *mine += part;
        }
        self.units += units;
        self.value += cost.into_iter().sum();
        self.paid_moment += paid_moment;
        self.last = (units, cost.into_iter().sum());
    }

    /// Takes units off at the average cost, rounded down to a millionth; the last one takes what is left. At the cost of the last receipt if
    /// that is what is tried.
    pub fn take(&mut self, units: i64, at_the_last_cost: bool) -> Money {
        let average = self.value.part(units, self.units);
        let last =
            if self.last.0 > units && units < self.units { self.last.1.part(units, self.last.0) } else { average };
        let value = if at_the_last_cost && last < self.value { last } else { average };
        self.units -= units;
        self.value -= value;
        value
    }

    /// What it is worth is lost.
    pub fn write_off(&mut self) -> Money {
        std::mem::take(&mut self.value)
    }

    /// Shares what has left since the last time out to the parts, in proportion; goods bear the rounding. Returns it.
    pub fn average(&mut self) -> (Landed, i128) {
        let before = self.of_parts();
        if before == self.value {
            return (Landed::default(), 0);
        }
        let mut left = self.parts.map(|part| part.portion(self.value, before));
        left[Part::Goods as usize] += self.value - left.into_iter().sum::<Money>();
        let moment = share(self.paid_moment, self.value.0, before.0);
        let gone = (std::array::from_fn(|k| self.parts[k] - left[k]), self.paid_moment - moment);
        (self.parts, self.paid_moment) = (left, moment);
        gone
    }

    fn of_parts(&self) -> Money {
        self.parts.into_iter().sum()
    }

    /// The duty in the value.
    pub fn duty(&self) -> Money {
        self.parts[Part::Duty as usize].portion(self.value, self.of_parts().max(Money(1)))
    }
}
