//! How many units a customer's order holds.

use restock_base::law::Dist;

/// The law of the units of an order: whole numbers from 1 on.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderSize {
    /// Probability of at most 1, 2, .. units. The last one is 1.
    up_to: Vec<f64>,
}

impl OrderSize {
    /// No order holds more units.
    pub const LARGEST: u16 = 10_000;

    /// The law of a quantity that is rounded half up, and of which at least one unit is ordered; absent where every order is of one unit.
    #[must_use]
    pub fn of(units: &Dist) -> Option<Self> {
        let mut up_to = Vec::new();
        for n in 1..=Self::LARGEST {
            let p = units.cdf((f64::from(n) + 0.5).next_down());
            // What lies so far out in the tail is never drawn from a number of 32 bits.
            if p >= 1.0 - 1e-10 || n == Self::LARGEST {
                break;
            }
            up_to.push(p);
        }
        (!up_to.is_empty()).then(|| {
            up_to.push(1.0);
            OrderSize { up_to }
        })
    }

    /// Mean units of an order.
    #[must_use]
    pub fn mean(&self) -> f64 {
        // An order holds a unit, and a further one for each n up to which it does not end.
        1.0 + self.up_to.iter().map(|p| 1.0 - p).sum::<f64>()
    }

    /// Mean over orders of what an order of so many units amounts to.
    pub fn mean_of(&self, amount: impl Fn(u16) -> f64) -> f64 {
        let before = std::iter::once(&0.0).chain(&self.up_to);
        self.up_to.iter().zip(before).zip(1..).map(|((up_to, before), n)| (up_to - before) * amount(n)).sum()
    }

    /// Mean of the square of an order's units.
    #[must_use]
    pub fn mean_square(&self) -> f64 {
        1.0 + self.up_to.iter().enumerate().map(|(i, p)| (2 * i + 3) as f64 * (1.0 - p)).sum::<f64>()
    }

    /// The size whose place in the law is `u`, from 0 to below 1.
    #[must_use]
    pub fn at(&self, u: f64) -> u16 {
        1 + self.up_to.partition_point(|p| *p <= u) as u16
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes 1, 2 and 3 with 0.6, 0.3 and 0.1.
    #[test]
    fn sizes_have_the_law_that_is_given() {
        let parts = [(0.6, 1.0), (0.3, 2.0), (0.1, 3.0)].map(|(w, n)| (w, Dist::Constant(n)));
        let size = OrderSize::of(&Dist::Mixture(parts.to_vec())).unwrap();
        assert!((size.mean() - 1.5).abs() < 1e-12 && (size.mean_square() - 2.7).abs() < 1e-12);
        let square = size.mean_of(|n| f64::from(n).powi(2));
        assert!((square - 2.7).abs() < 1e-12, "{square}");
        let n = 100_000;
        let mut counts = [0; 4];
        (0..n).for_each(|i| counts[usize::from(size.at((f64::from(i) + 0.5) / f64::from(n)))] += 1);
        assert_eq!(counts, [0, 60_000, 30_000, 10_000]);
    }

    #[test]
    fn a_quantity_is_rounded_and_at_least_one() {
        assert_eq!(OrderSize::of(&Dist::Constant(1.0)), None);
        assert_eq!(OrderSize::of(&Dist::Constant(0.2)), None);
        let size = OrderSize::of(&Dist::Constant(17.0)).unwrap();
        assert_eq!((size.mean(), size.mean_square(), size.at(0.0), size.at(0.999)), (17.0, 289.0, 17, 17));
        // Half of what is uniform from 0 to 3 is below 1.5 and becomes one.
        let size = OrderSize::of(&Dist::Uniform { low: 0.0, high: 3.0 }).unwrap();
        assert_eq!((size.at(0.49), size.at(0.5), size.at(0.84)), (1, 2, 3));
    }

    #[test]
    fn a_long_tail_ends() {
        let size = OrderSize::of(&Dist::lognormal_median_p90(5_000.0, 9_000.0)).unwrap();
        assert_eq!(size.at(1.0 - f64::EPSILON), OrderSize::LARGEST);
    }
}
