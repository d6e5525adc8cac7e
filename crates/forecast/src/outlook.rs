//! What is to come, item by item and in all: the numbers of a forecast, read off its paths.

use super::{Availability, Fitted, Panel, Streams};
use rayon::prelude::*;
use std::ops::{ControlFlow, Range};

/// Quantiles that are kept.
pub const LEVELS: [f64; 11] = [0.005, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975, 0.995];

/// Mean and quantiles of some units over paths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// Mean over the paths, in units.
    pub mean: f64,
    /// At [`LEVELS`].
    pub quantiles: [f64; LEVELS.len()],
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draws<'a> {
    /// Futures of every item, at least 1.
    pub paths: u32,
    /// Periods that totals count: the first after the panel may be left out of them.
    pub counted: Range<usize>,
    /// Seed of the paths: the same seed draws the same futures.
    pub seed: u64,
    /// Lead times, in periods: totals of so many are kept, too.
    pub lead_times: &'a [usize],
}

impl Draws<'_> {
    /// Draws of `paths` futures of every item, whose totals count the periods `counted`, without lead times.
    #[must_use]
    pub fn new(paths: u32, counted: Range<usize>, seed: u64) -> Self {
        Draws { paths, counted, seed, lead_times: &[] }
    }
}

/// What is to come of one item, or of all together.
#[derive(Debug, Clone, PartialEq)]
pub struct Ahead {
    /// Demand of each period.
    pub demand: Vec<Spread>,
    /// Demand of all counted periods together.
    pub total: Spread,
    /// Totals over the lead times asked for.
    pub lead_times: Vec<Spread>,
    /// Mean sales of each period, where stock-outs come as they did.
    pub sales: Vec<f64>,
    /// Sales of all counted periods together, where stock-outs come as they did.
    pub total_sales: Spread,
}

/// The outlook of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// What is to come of each item, in the order of the panel.
    pub items: Vec<Ahead>,
    /// All items together, path by path.
    pub all: Ahead,
}

/// Paths of one item, one after the other.
struct Paths {
    demand: Vec<f64>,
    sales: Vec<f64>,
}

/// Items whose paths are held at a time.
const HELD: usize = 64;

impl Spread {
    /// Sorts `values`.
    fn of(values: &mut [f64]) -> Self {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        super::sort(values);
        let q = |p: f64| restock_base::stats::interval::quantile(values, p).unwrap_or(0.0);
        Spread { mean, quantiles: LEVELS.map(q) }
    }

    /// The quantile at one of [`LEVELS`].
    ///
    /// # Panics
    ///
    /// If `p` is none of them.
    #[must_use]
    pub fn at(&self, p: f64) -> f64 {
        let place = LEVELS.iter().position(|l| (l - p).abs() < 1e-9);
        self.quantiles[place.expect("one of LEVELS")]
    }
}

impl Ahead {
    /// Of paths of `counted.end` periods; totals are those of the periods `counted`.
    fn of(paths: &Paths, draws: &Draws<'_>) -> Self {
        let counted = &draws.counted;
        let horizon = counted.end;
        let period = |h: usize, of: &[f64]| of.iter().skip(h).step_by(horizon).copied().collect::<Vec<f64>>();
        let over = |of: &[f64], periods: Range<usize>| {
            Spread::of(&mut of.chunks(horizon).map(|p| p[periods.clone()].iter().sum()).collect::<Vec<f64>>())
        };
        let total = |of: &[f64]| over(of, counted.clone());
        let first = counted.start;
        let mean = |v: Vec<f64>| v.iter().sum::<f64>() / v.len().max(1) as f64;
        Ahead {
            demand: (0..horizon).map(|h| Spread::of(&mut period(h, &paths.demand))).collect(),
            total: total(&paths.demand),
            lead_times: draws.lead_times.iter().map(|l| over(&paths.demand, first..first + l)).collect(),
            sales: (0..horizon).map(|h| mean(period(h, &paths.sales))).collect(),
            total_sales: total(&paths.sales),
        }
    }
}

/// Told an item's number and its paths of demand and of sales; says whether to go on.
pub type Heard<'a> = &'a mut dyn FnMut(usize, &[f64], &[f64]) -> ControlFlow<()>;

/// Draws futures of every item, to the end of the periods that are counted. `heard` is told each item's paths of demand and of sales, item by item in
/// order, `draws.counted.end` numbers a path. Absent if it said that this should end.
///
/// # Panics
///
/// If a lead time is longer than what is counted.
#[must_use]
pub fn look_ahead(
    panel: &Panel,
    fitted: &dyn Fitted,
    available: &Availability,
    draws: &Draws<'_>,
    heard: Heard<'_>,
) -> Option<Outlook> {
    let horizon = draws.counted.end;
    let size = draws.paths as usize * horizon;
    let draw = |i: usize| {
        let streams = Streams::of(draws.seed, &panel.items[i]);
        let mut drawn = Paths { demand: vec![0.0; size], sales: vec![0.0; size] };
        fitted.simulate_several(i, &streams, 0, horizon, &mut drawn.demand);
        drawn.sales.copy_from_slice(&drawn.demand);
        for (k, sales) in (0..).zip(drawn.sales.chunks_mut(horizon)) {
            available.limit(i, &streams, k, sales);
        }
        let ahead = Ahead::of(&drawn, draws);
        (ahead, drawn)
    };
    let mut all = Paths { demand: vec![0.0; size], sales: vec![0.0; size] };
    let mut items = Vec::with_capacity(panel.items.len());
    for first in (0..panel.items.len()).step_by(HELD) {
        let held = first..(first + HELD).min(panel.items.len());
        // In parallel, and added up in order: the same sums at any number of threads.
        let drawn: Vec<(Ahead, Paths)> = held.into_par_iter().map(draw).collect();
        for (i, (ahead, paths)) in drawn.into_iter().enumerate() {
            if heard(first + i, &paths.demand, &paths.sales).is_break() {
                return None;
            }
            for (sum, y) in all.demand.iter_mut().zip(&paths.demand).chain(all.sales.iter_mut().zip(&paths.sales)) {
                *sum += y;
            }
            items.push(ahead);
        }
    }
    Some(Outlook { items, all: Ahead::of(&all, draws) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Calendar, CountModel, Item, Method, Shelf, Step};
    use restock_base::calendar::Day;

    /// Two items, one of which is off the shelf every other week: it goes on so in sales, and demand is what it was on the others.
    #[test]
    fn sales_lack_what_stock_outs_take() {
        let mut items: Vec<Item> = (0..2)
            .map(|i| Item::new(format!("{i}"), 0, (0..280).map(|t| f64::from((t * 5 + i) % 4)).collect()))
            .collect();
        let off = |t: usize| (t / 7).is_multiple_of(2);
        items[1].shelf = (0..280).map(|t| if off(t) { Shelf::Open(0.0) } else { Shelf::Full }).collect();
        for t in (0..280).filter(|t| off(*t)) {
            items[1].units[t] = 0.0;
        }
        let panel = Panel { first: Day(0), step: Step::Day, periods: 280, items };
        let fitted = CountModel::default().fit(&panel, &Calendar::default());
        let mut seen = 0;
        let available = Availability::of(&panel, &Calendar::default());
        let out =
            look_ahead(&panel, fitted.as_ref(), &available, &Draws::new(400, 0..14, 1), &mut |i, demand, sales| {
                assert_eq!(i, seen);
                assert!(demand.len() == 400 * 14 && demand.iter().zip(sales).all(|(d, s)| s <= d));
                seen += 1;
                ControlFlow::Continue(())
            })
            .unwrap();
        // Whoever hears of the first item may end it there.
        let mut heard = 0;
        let ended = look_ahead(&panel, fitted.as_ref(), &available, &Draws::new(400, 0..14, 1), &mut |_, _, _| {
            heard += 1;
            ControlFlow::Break(())
        });
        assert_eq!((ended, heard), (None, 1));
        assert_eq!(seen, 2);
        let share = |i: usize| out.items[i].total_sales.mean / out.items[i].total.mean;
        assert_eq!(share(0), 1.0);
        assert!((share(1) - 0.5).abs() < 0.02, "{}", share(1));
        assert!((out.items[1].total.mean / out.items[0].total.mean - 1.0).abs() < 0.1);
        assert!((out.all.total.mean - out.items[0].total.mean - out.items[1].total.mean).abs() < 1e-9);
        assert!(out.all.total.at(0.025) < out.all.total.at(0.975));
    }
}
