//! Stock on the shelf of a location, at weighted average cost.

use crate::sim::landed::{Landed, Part};
use restock_base::units::{Money, share};

/// Stock at landed cost. All units on hand have the same average cost.
#[derive(Debug, Clone, Default)]
pub(super) struct Shelf {
    pub units: i64,
    pub value: Money,
    /// Parts of the value when [`Shelf::settle`] was last called, with those of receipts since then.
    landed: Landed,
    /// Sum of payment x day behind `landed`.
    paid_moment: i128,
    /// Whether some part besides the goods was ever different from zero.
    mixed: bool,
}

/// What has left a shelf: its landed cost, and the sum of payment x day behind it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Gone {
    pub landed: Landed,
    pub paid_moment: i128,
}

fn is_mixed(landed: &Landed) -> bool {
    Part::ALL.iter().any(|part| *part != Part::Goods && landed[*part as usize] != Money::ZERO)
}

impl Shelf {
    /// A shelf with `units` that were paid for on the day `begin`, with which the run begins.
    pub fn open(units: i64, landed: Landed, begin: usize) -> Self {
        let value: Money = landed.into_iter().sum();
        Shelf { units, value, landed, paid_moment: value.0 * begin as i128, mixed: is_mixed(&landed) }
    }

    /// Puts a receipt on the shelf: settle what was there first, since it had another average cost. `mixed` says that it may cost more than
    /// its goods.
    #[inline]
    pub fn receive(&mut self, units: i64, landed: &Landed, paid_moment: i128, mixed: bool) {
        self.units += units;
        self.paid_moment += paid_moment;
        self.mixed |= mixed;
        if mixed {
            self.value += landed.iter().copied().sum();
            self.landed.iter_mut().zip(landed).for_each(|(mine, part)| *mine += *part);
        } else {
            self.value += landed[Part::Goods as usize];
            self.landed[Part::Goods as usize] += landed[Part::Goods as usize];
        }
    }

    /// Takes `units` off the shelf and returns their landed value.
    #[inline(always)]
    pub fn take(&mut self, units: i64) -> Money {
        let value = self.value.part(units, self.units);
        self.units -= units;
        self.value -= value;
        value
    }

    /// Takes `units` off the shelf for another one, with all that they have cost: settle what was there first.
    pub fn give(&mut self, units: i64) -> Gone {
        self.take(units);
        let mut gone = Gone::default();
        self.settle(&mut gone);
        gone
    }

    /// Takes the value of an empty shelf off the books and returns it: the cost of a lot scrapped to the last unit is a loss, not stock.
    pub fn write_off(&mut self) -> Money {
        std::mem::replace(&mut self.value, Money::ZERO)
    }

    /// Brings the parts of the landed value up to date, and adds what has left the shelf since the last call to `gone`: all
    /// units on hand at a time share one average cost, so each part has left in proportion.
    #[inline(always)]
    pub fn settle(&mut self, gone: &mut Gone) {
        if self.mixed {
            self.settle_parts(gone);
            return;
        }
        let goods = &mut self.landed[Part::Goods as usize];
        if *goods != self.value {
            let moment = share(self.paid_moment, self.value.0, goods.0);
            gone.paid_moment += self.paid_moment - moment;
            gone.landed[Part::Goods as usize] += *goods - self.value;
            (*goods, self.paid_moment) = (self.value, moment);
        }
    }

    #[inline(never)]
    fn settle_parts(&mut self, gone: &mut Gone) {
        let before = self.of_parts();
        if before == self.value {
            return;
        }
        let mut left = self.landed.map(|part| part.portion(self.value, before));
        left[Part::Goods as usize] += self.value - left.into_iter().sum::<Money>();
        for ((gone, left), part) in gone.landed.iter_mut().zip(left).zip(self.landed) {
            *gone += part - left;
        }
        let moment = share(self.paid_moment, self.value.0, before.0);
        gone.paid_moment += self.paid_moment - moment;
        (self.landed, self.paid_moment) = (left, moment);
    }

    /// Duty and entry fees in the value.
    pub fn duty(&self) -> Money {
        self.landed[Part::Duty as usize].portion(self.value, self.of_parts().max(Money(1)))
    }

    /// Sum of the parts: equal to the value just after [`Shelf::settle`].
    pub fn of_parts(&self) -> Money {
        self.landed.into_iter().sum()
    }
}
