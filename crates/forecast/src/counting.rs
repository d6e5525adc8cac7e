//! The unit in which an item is counted: a forecast does not depend on whether sales are written in pieces, dozens, kilograms or tonnes.
//!
//! Count methods take their numbers for counts: a law of counts scatters at least as a Poisson law does, and priors weigh as so many units. What is
//! sold by weight, or written in thousands, is none. So each item is divided by a unit of its own before a method sees it, and its paths are
//! multiplied by that afterwards:
//!
//! - the common divisor of the panel's sales, where there is one: 0.37, 0.74 and 1.11 are counts of 0.37, and 20, 40 and 60 are counts of 20;
//! - else, for what is weighed, the unit in which its variance is [`SCATTER`] times its mean: a law of counts can follow that.
//!
//! A panel of whole numbers whose common divisor is 1 is left as it is, to the bit.

use super::{Fitted, Item, Panel, Streams};
use rayon::prelude::*;

/// Variance over mean of a weighed item in its unit: a quarter of it is the scatter of a Poisson law.
const SCATTER: f64 = 4.0;

/// Sales, and different sizes among them, from which a common divisor is believed: one order of 12 does not make a dozen.
const SALES: usize = 10;
const SIZES: usize = 3;

/// Variance over mean, in the common divisor, below which sales are weighed and not counted; and the divisors in a usual sale above which they
/// are.
const LEAST_SCATTER: f64 = 0.7;
const MOST_TYPICAL: f64 = 1_000.0;

/// Share of the largest sale below which a remainder is a rounding error.
const ROUNDING: f64 = 1e-9;

/// Units of the items of a panel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counting {
    units: Vec<f64>,
}

/// What the sales of one item tell of its unit.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    whole: bool,
    /// Common divisor; absent where too few sales tell it, or none is found.
    divisor: Option<f64>,
    /// Variance over mean.
    scatter: f64,
    /// Middle sale.
    typical: f64,
}

/// Largest number of which two numbers are multiples, to within `rounding`.
fn common_divisor(a: f64, b: f64, rounding: f64) -> f64 {
    let (mut a, mut b) = (a.max(b), a.min(b));
    while b > rounding {
        // The remainder nearest to 0, as a quotient of 2.9999999 is 3.
        (a, b) = (b, (a - b * (a / b).round()).abs());
    }
    a
}

fn is_multiple(value: f64, of: f64) -> bool {
    let quotient = value / of;
    (quotient - quotient.round()).abs() <= 1e-6
}

impl Sizes {
    fn of(item: &Item, cycle: usize) -> Self {
        let mut sizes: Vec<f64> = item.units.iter().map(|y| y.abs()).filter(|y| *y > 0.0).collect();
        sizes.sort_unstable_by(f64::total_cmp);
        let whole = are_whole(&sizes);
        let typical = sizes.get(sizes.len() / 2).copied().unwrap_or(0.0);
        let sales = sizes.len();
        let rounding = ROUNDING * sizes.last().copied().unwrap_or(0.0);
        sizes.dedup_by(|a, b| (*a - *b).abs() <= rounding);
        let enough = sales >= SALES && sizes.len() >= SIZES;
        let divisor = enough.then(|| sizes.iter().fold(0.0, |d, y| common_divisor(d, *y, rounding)));
        // A remainder of a few roundings is one.
        let divisor = divisor.filter(|d| *d > 1e3 * rounding);
        Sizes { whole, divisor, scatter: scatter(&item.units, cycle), typical }
    }

    fn is_counted(&self) -> bool {
        self.divisor.is_some_and(|d| self.scatter >= LEAST_SCATTER * d && self.typical <= MOST_TYPICAL * d)
    }
}

/// Variance over mean by the differences of neighbours, or of the same places of two cycles, which a slow change of level hardly moves; the
/// largest fiftieth is left out, as a spike is no scatter.
fn scatter(y: &[f64], cycle: usize) -> f64 {
    let mean = y.iter().sum::<f64>() / y.len().max(1) as f64;
    let half_square = |lag: usize| {
        let mut squares: Vec<f64> = y.iter().zip(&y[lag..]).map(|(a, b)| 0.5 * (a - b).powi(2)).collect();
        squares.sort_unstable_by(f64::total_cmp);
        squares.truncate((squares.len() as f64 * 0.98).ceil() as usize);
        squares.iter().sum::<f64>() / squares.len().max(1) as f64
    };
    if y.len() < 3 || mean <= 0.0 {
        return 0.0;
    }
    let near = half_square(1);
    let far = if y.len() >= 3 * cycle { half_square(cycle) } else { near };
    near.min(far) / mean
}

impl Counting {
    pub(super) fn of(panel: &Panel) -> Self {
        let cycle = panel.step.cycle();
        let sizes: Vec<Sizes> = panel.items.par_iter().map(|i| Sizes::of(i, cycle)).collect();
        let common = |of: &dyn Fn(&Sizes) -> bool| {
            let divisors = sizes.iter().filter(|s| of(s)).filter_map(|s| s.divisor);
            divisors.fold(0.0, |d, x| common_divisor(d, x, ROUNDING * f64::max(d, x)))
        };
        let pieces = common(&|s| s.whole);
        let pieces = if pieces > 0.0 { pieces } else { 1.0 };
        let (broken, whole) =
            (sizes.iter().filter(|s| !s.whole), sizes.iter().filter(|s| s.whole && s.divisor.is_some()));
        // One scale for the whole panel, if most items are counts of something that is no whole number.
        let counted = broken.clone().filter(|s| s.is_counted()).count();
        let parts = common(&|s| !s.whole && s.is_counted());
        let in_parts = parts > 0.0 && 2 * counted > broken.count() && counted > whole.count();
        let of = |(item, s): (&Item, &Sizes)| {
            let all = |d: f64| item.units.iter().all(|y| is_multiple(*y, d));
            match s {
                // Pieces among what is written to hundredths stay pieces.
                s if in_parts && all(parts) && !(s.whole && is_multiple(1.0, parts)) => parts,
                s if s.whole && all(pieces) => pieces,
                s if s.whole => 1.0,
                // A weight that never changes has no scatter: a millionth of it is fine enough.
                s => f64::max(s.scatter / SCATTER, 1e-6 * s.typical),
            }
        };
        Counting { units: panel.items.iter().zip(&sizes).map(of).collect() }
    }

    /// Whether every item is counted in units as they are.
    pub(super) fn is_plain(&self) -> bool {
        self.units.iter().all(|u| *u == 1.0)
    }

    /// The panel in its units of counting.
    pub(super) fn counted(&self, panel: &Panel) -> Panel {
        let mut out = panel.clone();
        for (item, unit) in out.items.iter_mut().zip(&self.units) {
            // A multiple of the unit is a whole number again.
            let divide = |y: &mut f64| *y = if is_multiple(*y, *unit) { (*y / unit).round() } else { *y / unit };
            item.units.iter_mut().for_each(divide);
            item.largest_line.iter_mut().for_each(|y| *y /= unit);
        }
        out
    }

    /// Units of one count of an item.
    pub(super) fn unit(&self, item: usize) -> f64 {
        self.units[item]
    }

    /// What was fitted on the counted panel, in the units of the panel itself.
    pub(super) fn in_units(self, fitted: Box<dyn Fitted>) -> Box<dyn Fitted> {
        Box::new(InUnits { fitted, counting: self })
    }
}

/// Whether units are whole numbers throughout.
pub(super) fn are_whole(units: &[f64]) -> bool {
    units.iter().all(|y| y.fract() == 0.0)
}

/// Makes a path one of whole numbers: what is left of each period is carried to the next, from a share of a unit drawn for the path, so that totals
/// stay as they were to within one.
pub(super) fn to_whole(path: &mut [f64], share: f64) {
    let mut carried = share;
    for y in path {
        carried += *y;
        *y = carried.floor();
        carried -= *y;
    }
}

struct InUnits {
    fitted: Box<dyn Fitted>,
    counting: Counting,
}

impl InUnits {
    fn multiply(&self, item: usize, out: &mut [f64]) {
        out.iter_mut().for_each(|y| *y *= self.counting.units[item]);
    }
}

impl Fitted for InUnits {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        self.fitted.simulate(item, streams, path, out);
        self.multiply(item, out);
    }

    fn simulate_several(&self, item: usize, streams: &Streams, first: u32, horizon: usize, out: &mut [f64]) {
        self.fitted.simulate_several(item, streams, first, horizon, out);
        self.multiply(item, out);
    }

    fn point(&self, item: usize, out: &mut [f64]) -> bool {
        let has = self.fitted.point(item, out);
        self.multiply(item, out);
        has
    }
    fn ended(&self, item: usize) -> Option<f64> {
        self.fitted.ended(item)
    }
}
