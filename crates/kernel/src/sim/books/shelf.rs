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

fn is_mixed(landed: &Landed) -> bool {
    Part::ALL.iter().any(|part| *part != Part::Goods && landed[*part as usize] != Money::ZERO)
}

impl Shelf {
    /// A shelf with `units` that were paid for on the first day.
    pub fn open(units: i64, landed: Landed) -> Self {
        Shelf { units, value: landed.into_iter().sum(), landed, paid_moment: 0, mixed: is_mixed(&landed) }
    }

    /// Puts a receipt on the shelf. [`Shelf::settle`] must be called before, because the units there had another average cost.
    pub fn receive(&mut self, units: i64, landed: Landed, paid_moment: i128) {
        self.units += units;
        self.value += landed.into_iter().sum();
        self.mixed |= is_mixed(&landed);
        self.landed.iter_mut().zip(landed).for_each(|(mine, part)| *mine += part);
        self.paid_moment += paid_moment;
    }

    /// Takes `units` off the shelf and returns their landed value.
    pub fn take(&mut self, units: i64) -> Money {
        let value = self.value.part(units, self.units);
        self.units -= units;
        self.value -= value;
        value
    }

    /// Takes the value of an empty shelf off the books and returns it: the cost of a lot scrapped to the last unit is a loss, not stock.
    pub fn write_off(&mut self) -> Money {
        std::mem::replace(&mut self.value, Money::ZERO)
    }

    /// Brings the parts of the landed value up to date, and returns those that have left the shelf since the last call, with their sum of
    /// payment x day. All units on hand have the same average cost, so each part has left in proportion.
    pub fn settle(&mut self) -> (Landed, i128) {
        let before = if self.mixed { self.of_parts() } else { self.landed[Part::Goods as usize] };
        if before == self.value {
            return (Landed::default(), 0);
        }
        if !self.mixed {
            let moment = share(self.paid_moment, self.value.0, before.0);
            let gone_moment = self.paid_moment - moment;
            self.paid_moment = moment;
            self.landed[Part::Goods as usize] = self.value;
            return ([before - self.value, Money::ZERO, Money::ZERO, Money::ZERO], gone_moment);
        }
        let mut left = self.landed.map(|part| part.portion(self.value, before));
        left[Part::Goods as usize] += self.value - left.into_iter().sum::<Money>();
        let gone = std::array::from_fn(|i| self.landed[i] - left[i]);
        let moment = share(self.paid_moment, self.value.0, before.0);
        let gone_moment = self.paid_moment - moment;
        (self.landed, self.paid_moment) = (left, moment);
        (gone, gone_moment)
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
