//! Checked scalars: the ranges a scenario's numbers must lie in, and exact money.
//!
//! Every limit of the file format stands in [`limits`], so that an error message, the schema and the
//! reference page quote the same figure. A range check written as `contains` is false for NaN: no
//! number that is not one passes.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

/// An inclusive range with the name of its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limit {
    /// Least value allowed.
    pub low: f64,
    /// Largest value allowed.
    pub high: f64,
    /// The unit in words, said behind the bounds in messages; may be empty.
    pub unit: &'static str,
}

impl Limit {
    const fn new(low: f64, high: f64, unit: &'static str) -> Self {
        Limit { low, high, unit }
    }

    /// True if `value` is a number inside the range; false for NaN.
    #[must_use]
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", plain(self.low), plain(self.high))?;
        if !self.unit.is_empty() {
            write!(f, " {}", self.unit)?;
        }
        Ok(())
    }
}

/// A number as a person writes it: no exponent below a million million, no trailing zeros.
#[must_use]
pub fn plain(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 {
        let digits = format!("{}", value.abs() as i64);
        let mut out = String::new();
        for (i, c) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) && digits.len() > 4 {
                out.push('_');
            }
            out.push(c);
        }
        if value < 0.0 { format!("-{out}") } else { out }
    } else {
        format!("{value}")
    }
}

/// Every limit of the scenario format, in one table.
pub mod limits {
    use super::Limit;

    /// Length of the measured window.
    pub const HORIZON_DAYS: Limit = Limit::new(1.0, 1_000_000.0, "days");
    /// Length of the warm-up before the window.
    pub const WARMUP_DAYS: Limit = Limit::new(0.0, 100_000.0, "days");
    /// Number of replications of a run.
    pub const REPLICATIONS: Limit = Limit::new(1.0, 10_000_000.0, "replications");
    /// Replications of which the percentiles of days are taken.
    pub const DAILY_REPLICATIONS: Limit = Limit::new(0.0, 10_000_000.0, "replications");
    /// Any duration: of a stage, a delivery, a patience.
    pub const DURATION_DAYS: Limit = Limit::new(0.0, 100_000.0, "days");
    /// Time between two reviews of a policy.
    pub const REVIEW_DAYS: Limit = Limit::new(1.0, 3_650.0, "days");
    /// Days of forecast demand that something covers.
    pub const COVER_DAYS: Limit = Limit::new(0.0, 900.0, "days");
    /// Stock beyond a policy's own, in days of demand; negative: less.
    pub const EXTRA_STOCK_DAYS: Limit = Limit::new(-900.0, 900.0, "days");
    /// Mean demand of an ordinary day.
    pub const MEAN_PER_DAY: Limit = Limit::new(0.0, 10_000_000.0, "units a day");
    /// Mean units of a customer's order.
    pub const UNITS_PER_ORDER: Limit = Limit::new(1.0, 10_000.0, "units");
    /// Dispersion of negative binomial demand, smaller for more uneven days.
    pub const DISPERSION: Limit = Limit::new(0.001, 1e9, "");
    /// A factor on demand, durations, lateness or rates.
    pub const FACTOR: Limit = Limit::new(0.0, 1_000.0, "");
    /// Uplift of a campaign or surge.
    pub const UPLIFT: Limit = Limit::new(0.0, 10_000.0, "times the usual demand");
    /// A quantity of goods.
    pub const UNITS: Limit = Limit::new(0.0, 1_000_000_000.0, "units");
    /// Order-up-to levels and reorder points may be negative: such a policy keeps customers waiting on purpose.
    pub const LEVEL: Limit = Limit::new(-1_000_000_000.0, 1_000_000_000.0, "units");
    /// A share or a probability, both ends included.
    pub const SHARE: Limit = Limit::new(0.0, 1.0, "(0% to 100%)");
    /// What a surge policy orders steadily, of the forecast: more than all of it is stock that nobody asked for.
    pub const BASE_SHARE: Limit = Limit::new(0.0, 2.0, "(0% to 200%)");
    /// A fill rate that policies or comparisons aim at.
    pub const FILL_RATE_TARGET: Limit = Limit::new(0.01, 0.999_9, "(1% to 99.99%)");
    /// A share that can be neither nothing nor everything.
    pub const OPEN_SHARE: Limit = Limit::new(0.000_001, 0.999_999, "(above 0%, below 100%)");
    /// A rate: of duty, or of capital a year.
    pub const RATE: Limit = Limit::new(0.0, 10.0, "(0% to 1000%)");
    /// Factor on the lead times of a product.
    pub const LEAD_TIME_FACTOR: Limit = Limit::new(0.01, 20.0, "times the usual days");
    /// Error of the planner's level, as a share of it.
    pub const BIAS: Limit = Limit::new(-0.99, 10.0, "(-99% to 1000%)");
    /// Amounts a unit, a parcel, a container: rupiah, dong and won have their place.
    pub const MONEY: Limit = Limit::new(0.0, 1_000_000_000.0, "");
    /// Price of a unit, in the scenario's currency.
    pub const PRICE: Limit = Limit::new(0.0, 1_000_000_000.0, "");
    /// Weight of a unit.
    pub const WEIGHT_KG: Limit = Limit::new(0.0, 100_000.0, "kg");
    /// Volume of a unit.
    pub const VOLUME_LITRES: Limit = Limit::new(0.0, 100_000_000.0, "litres");
    /// Divisor of the dimensional weight; 0 for none.
    pub const DIMENSIONAL_DIVISOR: Limit = Limit::new(0.0, 100_000.0, "cm3 a kg");
    /// Payload of a container.
    pub const PAYLOAD_KG: Limit = Limit::new(1.0, 1_000_000.0, "kg");
    /// Days from a customer's payment to the seller's account.
    pub const SETTLEMENT_DAYS: Limit = Limit::new(0.0, 365.0, "days");
    /// Later orders of a customer.
    pub const FUTURE_ORDERS: Limit = Limit::new(0.0, 1_000.0, "orders");
    /// A balance or a limit of credit, in the scenario's currency.
    pub const CASH: Limit = Limit::new(0.0, 1e16, "");
    /// Delays that may be none.
    pub const REVIEW_DAYS_OR_NONE: Limit = Limit::new(0.0, 3_650.0, "days");
    /// A number of events in a year.
    pub const PER_YEAR: Limit = Limit::new(0.0, 365.0, "a year");
    /// An exponent of a power law.
    pub const EXPONENT: Limit = Limit::new(0.01, 20.0, "");
    /// Stages of one route: they are kept in place, so the number is bounded.
    pub const STAGES: usize = 12;
    /// Largest number of products, models and locations of one scenario.
    pub const PRODUCTS: usize = 10_000;
    /// Most supply models in a scenario.
    pub const MODELS: usize = 50;
    /// Most locations in a supply model.
    pub const LOCATIONS: usize = 16;
    /// Most markets of a scenario: there are fewer countries.
    pub const MARKETS: usize = 300;
    /// Most classes of customers that are told apart.
    pub const CUSTOMER_CLASSES: usize = 100;
    /// Most changes of a supply model on a date.
    pub const CHANGES: usize = 16;
    /// Most windows for pre-orders of a product.
    pub const PRE_ORDERS: usize = 16;
    /// Most routes of a location.
    pub const ROUTES: usize = 8;
    /// Most steps of a lot curve.
    pub const LOT_STEPS: usize = 8;
}

/// What fits into the sums of a run. Each replication checks the units day by day, and stops with an error beyond; the amounts
/// that a unit may move are checked before the run, by the days that it has ([`room::millionths_a_unit`]).
pub mod room {
    use super::limits;

    /// Most units of one day's demand, on hand, waiting, or on order: sums of them over all days are whole words.
    pub const UNITS: i64 = 4_000_000_000_000;
    /// Most orders of several units of a product on a day: they are drawn one by one.
    pub const ORDERS_A_DAY: i64 = 50_000;
    /// Planned levels are cut here, far beyond [`UNITS`]: so is whatever is ordered by them, and the replication stops.
    pub const PLANNED: f64 = 1e15;

    const DAYS: i64 = (limits::HORIZON_DAYS.high + limits::WARMUP_DAYS.high) as i64;
    const _: () = assert!(UNITS.checked_mul(2 * DAYS).is_some());

    /// Most that one unit may move, in millionths of the currency, over a run of so many days. A day posts at most a hundred
    /// such amounts for each of [`UNITS`], days are summed, and some sums weigh them by the day: the product of all four is less
    /// than an `i128` holds.
    #[must_use]
    pub fn millionths_a_unit(days: u32) -> f64 {
        i128::MAX as f64 / (100.0 * UNITS as f64 * f64::from(days.max(1)).powi(2))
    }
}

/// An amount of money in millionths of the scenario's currency: sums are exact in any order.
///
/// An `i128` of millionths holds 1.7e32 units of currency. That no sum of a run comes near it follows from what
/// [`room`] admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct Money(pub i128);

impl Money {
    /// No money.
    pub const ZERO: Money = Money(0);
    const SCALE: f64 = 1e6;

    /// Rounds to the nearest millionth. `amount` comes from a range-checked key.
    #[must_use]
    #[inline]
    pub fn from_f64(amount: f64) -> Self {
        // By truncation: `round` is a call to the maths library, and this runs several times a day. To a word of the
        // machine where that is enough: to 128 bits is a call, too.
        let millionths = amount * Self::SCALE;
        let rounded = millionths + 0.5_f64.copysign(millionths);
        Money(if rounded.abs() < Self::WORD { i128::from(rounded as i64) } else { rounded as i128 })
    }

    /// What fits into a word of the machine with some room.
    const WORD: f64 = 9.2e18;

    /// The share of `units` of `of` units in this amount, rounded towards zero; all of it for all units.
    /// `units` lies between 0 and `of`.
    #[must_use]
    #[inline]
    pub fn part(self, units: i64, of: i64) -> Money {
        if units == of {
            return self;
        }
        // Without signs: a division of words of the machine without one is a third of the instructions.
        match u64::try_from(self.0).ok().and_then(|amount| amount.checked_mul(units as u64)) {
            Some(product) => Money(i128::from(product / of as u64)),
            None => Money(share_of_many(self.0, units.into(), of.into())),
        }
    }

    /// The same share of this amount as `part` is of `of`; all of it for all of that.
    #[must_use]
    #[inline]
    pub fn portion(self, part: Money, of: Money) -> Money {
        Money(if part == of || self.0 == 0 { self.0 } else { share(self.0, part.0, of.0) })
    }

    /// The amount in whole units of the currency, such as dollars, as the nearest float.
    #[must_use]
    #[inline]
    pub fn to_f64(self) -> f64 {
        nearest(self.0) / Self::SCALE
    }

    /// In hundredths of the currency, rounded down.
    #[must_use]
    #[inline]
    pub fn hundredths(self) -> i128 {
        i64::try_from(self.0).map_or_else(|_| self.0.div_euclid(10_000), |word| i128::from(word.div_euclid(10_000)))
    }
}

/// The double next to a whole number.
#[must_use]
#[inline]
pub fn nearest(whole: i128) -> f64 {
    match i64::try_from(whole) {
        Ok(word) => word as f64,
        Err(_) => nearest_of_many(whole),
    }
}

/// The same by the longer way. Apart, for a compiler sees that both ways give the same, and would take this one alone.
#[cold]
#[inline(never)]
fn nearest_of_many(whole: i128) -> f64 {
    whole as f64
}

/// `amount x part / of`, rounded towards zero, for `part` between 0 and `of`: exact, however large the product.
#[must_use]
#[inline]
pub fn share(amount: i128, part: i128, of: i128) -> i128 {
    if let (Ok(a), Ok(b), Ok(c)) = (u64::try_from(amount), u64::try_from(part), u64::try_from(of)) {
        if let Some(product) = a.checked_mul(b) {
            return i128::from(product / c);
        }
        if a < 1 << ESTIMATED && b <= c && c < 1 << 63 {
            return i128::from(share_of_words(a as i64, b as i64, c as i64));
        }
    }
    share_of_many(amount, part, of)
}

/// Amounts of so many binary digits have a [`share`] that a float finds to one.
const ESTIMATED: u32 = 51;

/// [`share`] without a division of 128 bits. A float says what it is about: its four roundings move an amount below `2^51` by less than
/// one, so that its whole part is the share or a neighbour; and the rest says which of the three.
#[inline]
fn share_of_words(amount: i64, part: i64, of: i64) -> i64 {
    let about = (amount as f64 * (part as f64 / of as f64)) as i64;
    let rest = i128::from(amount) * i128::from(part) - i128::from(about) * i128::from(of);
    about - i64::from(rest < 0) + i64::from(rest >= i128::from(of))
}

/// [`share`] of what may not fit into words of the machine.
#[inline(never)]
fn share_of_many(amount: i128, part: i128, of: i128) -> i128 {
    match amount.checked_mul(part) {
        Some(product) => product / of,
        None => amount / of * part + long_share(amount % of, part, of),
    }
}

/// [`share`] bit by bit, for an `amount` below `of`: the product never stands anywhere.
fn long_share(amount: i128, part: i128, of: i128) -> i128 {
    let (size, of) = (amount.unsigned_abs(), of.unsigned_abs());
    let (mut quotient, mut rest) = (0_u128, 0_u128);
    for bit in (0..u128::BITS - part.unsigned_abs().leading_zeros()).rev() {
        quotient *= 2;
        // Twice a rest, and one more amount: each less than `of`, which is less than half the range.
        for more in [rest, if part >> bit & 1 == 1 { size } else { 0 }] {
            rest += more;
            if rest >= of {
                rest -= of;
                quotient += 1;
            }
        }
    }
    quotient as i128 * amount.signum()
}

impl Add for Money {
    type Output = Money;
    #[inline]
    fn add(self, other: Money) -> Money {
        Money(self.0 + other.0)
    }
}
impl Sub for Money {
    type Output = Money;
    #[inline]
    fn sub(self, other: Money) -> Money {
        Money(self.0 - other.0)
    }
}
impl Neg for Money {
    type Output = Money;
    #[inline]
    fn neg(self) -> Money {
        Money(-self.0)
    }
}
/// An amount a unit times a number of units.
impl Mul<i64> for Money {
    type Output = Money;
    #[inline]
    fn mul(self, units: i64) -> Money {
        let units = i128::from(units);
        // Of two words of the machine: one instruction, and nothing to check.
        Money(i64::try_from(self.0).map_or_else(|_| self.0 * units, |word| i128::from(word) * units))
    }
}
impl AddAssign for Money {
    #[inline]
    fn add_assign(&mut self, other: Money) {
        self.0 += other.0;
    }
}
impl SubAssign for Money {
    #[inline]
    fn sub_assign(&mut self, other: Money) {
        self.0 -= other.0;
    }
}
impl Sum for Money {
    #[inline]
    fn sum<I: Iterator<Item = Money>>(iter: I) -> Money {
        iter.fold(Money::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_refuses_what_is_not_a_number() {
        assert!(limits::SHARE.contains(0.0) && limits::SHARE.contains(1.0));
        for bad in [f64::NAN, f64::INFINITY, -0.1, 1.1] {
            assert!(!limits::SHARE.contains(bad), "{bad}");
        }
    }

    #[test]
    fn money_is_exact_in_any_order() {
        let parts = [0.1, 0.2, 1e6, -1e6, 0.3].map(Money::from_f64);
        let forward: Money = parts.iter().copied().sum();
        let backward: Money = parts.iter().rev().copied().sum();
        assert_eq!(forward, backward);
        assert_eq!(forward, Money(600_000));
    }

    /// Against the same in small numbers, times powers of two that leave no room for the product.
    #[test]
    fn a_share_is_exact_however_large_the_product() {
        for (amount, part, of) in
            [(7, 3, 11), (-7, 3, 11), (1_000_003, 999, 1_000), (5, 0, 9), (-1, 8, 9), (123_457, 9, 9)]
        {
            assert_eq!(share(amount, part, of), amount * part / of);
            // The part and the whole scaled alike: the same share.
            for shift in [40, 90, 110] {
                assert_eq!(
                    share(amount, part << shift, of << shift),
                    amount * part / of,
                    "{amount} {part} {of} {shift}"
                );
                let large = share(amount << 80, part << shift, of << shift);
                assert_eq!(large, (amount << 80) / of * part + (amount << 80) % of * part / of);
            }
        }
    }

    /// A float finds a share to one, and the rest mends it: against the long way, with shares that are whole and those that just are not.
    #[test]
    fn a_share_of_words_is_exact() {
        let mut state = 1_u64;
        let mut draw = |digits: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 1 >> (63 - digits)) as i64
        };
        for n in 0..200_000 {
            let (amount, of) = (draw(n % (ESTIMATED + 1)), draw(1 + n % 63).max(1));
            let part = draw(63) % (of + 1);
            for part in [part, of, of - 1, 0, of / 2] {
                let exact = i128::from(amount) * i128::from(part) / i128::from(of);
                assert_eq!(i128::from(share_of_words(amount, part, of)), exact, "{amount} {part} {of}");
                assert_eq!(share(amount.into(), part.into(), of.into()), exact);
            }
        }
    }

    #[test]
    fn a_part_is_the_share_of_its_units() {
        for amount in [0, 1, 999_999, 1 << 40, -(1 << 40), -7, 1 << 70, -(1 << 70)] {
            for (units, of) in [(0, 0), (0, 9), (1, 3), (2, 3), (3, 3), (4_000_000_000, 4_000_000_001)] {
                let expected = if units == of { amount } else { amount * i128::from(units) / i128::from(of) };
                assert_eq!(Money(amount).part(units, of), Money(expected), "{amount} {units} {of}");
            }
        }
    }

    /// Where the short way is taken and where it is not, a number is the same.
    #[test]
    fn money_converts_alike_by_the_short_way_and_the_long() {
        for amount in [0.0, 1.0, -2.5e-7, 0.3, 9.1e12, 9.3e12, -9.3e12, 1e22, -1e25] {
            let money = Money::from_f64(amount);
            assert_eq!(money.0, (amount * 1e6 + 0.5_f64.copysign(amount)) as i128, "{amount}");
            assert_eq!(money.to_f64(), money.0 as f64 / 1e6);
            assert_eq!(money.hundredths(), money.0.div_euclid(10_000));
        }
    }

    #[test]
    fn numbers_are_written_as_people_write_them() {
        assert_eq!(plain(10_000.0), "10_000");
        assert_eq!(plain(365.0), "365");
        assert_eq!(plain(0.25), "0.25");
        assert_eq!(limits::HORIZON_DAYS.to_string(), "1 to 1_000_000 days");
    }
}
