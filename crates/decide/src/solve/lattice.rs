//! The points of a search, and the way from one to the next.

use restock_base::diag::Error;
use restock_scenario::Key;

/// Values of an axis at most.
const MOST_VALUES: f64 = 1e6;

/// A parameter of a supply model with the values that it may have.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Keys that all get the value: one, or the same key of several locations.
    pub keys: Vec<Key>,
    /// The keys of shares of the other locations, with the parts that they have of what is left: of the share of a hybrid.
    pub rest: Vec<(Key, f64)>,
    /// Lowest value.
    pub low: f64,
    /// Distance of one value from the next, above 0.
    pub step: f64,
    /// Index of the highest value, whose lowest has index 0.
    pub last: i64,
    /// The value that the scenario has, if it is a number.
    pub now: Option<f64>,
}

impl Axis {
    /// An axis from `low` to `high`.
    ///
    /// # Errors
    ///
    /// A message, if the range is empty or has more values than can be looked at.
    pub fn new(keys: Vec<Key>, (low, high, step): (f64, f64, f64)) -> Result<Self, String> {
        let values = (high - low) / step;
        if !(low < high && step > 0.0 && step.is_finite()) {
            return Err(format!("there is nothing between {low} and {high} in steps of {step}"));
        }
        if values > MOST_VALUES {
            return Err(format!(
                "{low} to {high} in steps of {step} are more than {MOST_VALUES} values; take larger steps"
            ));
        }
        Ok(Axis { keys, rest: Vec::new(), low, step, last: (values + 1e-9).floor() as i64, now: None })
    }

    /// The value with index `i`, without the noise of binary fractions.
    #[must_use]
    pub fn value(&self, i: i64) -> f64 {
        let x = self.low + self.step * i as f64;
        (x * 1e9).round() / 1e9
    }

    /// The index whose value is nearest.
    pub(super) fn nearest(&self, value: f64) -> i64 {
        (((value - self.low) / self.step).round() as i64).clamp(0, self.last)
    }

    /// The changes of the scenario that give it a value, as `--set` takes them.
    #[must_use]
    pub fn changes(&self, i: i64) -> Vec<String> {
        let x = self.value(i);
        let own = self.keys.iter().map(|key| format!("{key}={x}"));
        // Shares add up to 1 to the last digit that is read.
        let rest = self.rest.iter().map(|(key, part)| format!("{key}={}", ((1.0 - x) * part * 1e9).round() / 1e9));
        own.chain(rest).collect()
    }
}

/// Where searches begin: at the scenario's own values, in the middle, and a quarter from either end.
pub(super) fn starts(axes: &[Axis]) -> Vec<Vec<i64>> {
    let at = |part: i64| axes.iter().map(|a| a.last * part / 4).collect::<Vec<i64>>();
    let now: Option<Vec<i64>> = axes.iter().map(|a| a.now.map(|x| a.nearest(x))).collect();
    let mut out: Vec<Vec<i64>> = now.into_iter().collect();
    for start in [at(2), at(1), at(3)] {
        if !out.contains(&start) {
            out.push(start);
        }
    }
    out
}

/// All points one step away in each axis, diagonals too where there are three axes at most.
pub(super) fn neighbours(axes: &[Axis], point: &[i64], steps: &[i64]) -> Vec<Vec<i64>> {
    let moves: Vec<Vec<i64>> = if axes.len() <= 3 {
        let longer = |moves: Vec<Vec<i64>>, _: &Axis| {
            moves.iter().flat_map(|m| [-1, 0, 1].map(|d| m.iter().copied().chain([d]).collect())).collect::<Vec<_>>()
        };
        axes.iter().fold(vec![Vec::new()], longer)
    } else {
        let one = |i: usize, d: i64| (0..axes.len()).map(|j| if i == j { d } else { 0 }).collect::<Vec<i64>>();
        (0..axes.len()).flat_map(|i| [one(i, -1), one(i, 1)]).collect()
    };
    let go = |m: &Vec<i64>| -> Option<Vec<i64>> {
        let to = point.iter().zip(m).zip(steps).map(|((p, m), s)| p + m * s).collect::<Vec<i64>>();
        let inside = to.iter().zip(axes).all(|(p, a)| (0..=a.last).contains(p));
        (inside && to != point).then_some(to)
    };
    moves.iter().filter_map(go).collect()
}

/// The value of a point, absent where it has none, found by whoever searches.
type Value<'a, T> = dyn FnMut(&mut T, &[i64]) -> Result<Option<f64>, Error> + 'a;

/// A pattern search (Hooke and Jeeves, Journal of the ACM 8, 1961) for the largest value: to the best neighbour as long as one is better, with
/// steps that are halved when none is, down to single steps.
pub(super) fn pattern_search<T>(
    on: &mut T,
    axes: &[Axis],
    start: Vec<i64>,
    value: &mut Value<'_, T>,
) -> Result<(), Error> {
    let mut steps: Vec<i64> = axes.iter().map(|a| (a.last / 4).max(1)).collect();
    let mut here = (start.clone(), value(on, &start)?);
    loop {
        let mut best = here.clone();
        for point in neighbours(axes, &here.0, &steps) {
            let found = value(on, &point)?;
            if found > best.1 {
                best = (point, found);
            }
        }
        if best.0 != here.0 {
            here = best;
        } else if steps.iter().all(|s| *s == 1) {
            return Ok(());
        } else {
            steps.iter_mut().for_each(|s| *s = (*s / 2).max(1));
        }
    }
}
