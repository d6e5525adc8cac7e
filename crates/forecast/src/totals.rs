//! Totals over lead times, against what came: what a stock level rests on.
//!
//! A method that is right day by day may be wrong over a lead time, as the days of a path hang together or not. So totals of every length asked for
//! are scored at past origins, each method on the same items and origins, by their loss and by how often the truth lay inside the bands that
//! were forecast.

use super::backtest::{Spec, origins};
use super::classes::{Class, pattern};
use super::measures::{M5_QUANTILES, pinball, scale};
use super::{Calendar, Fitted, Item, Method, Panel, Shelf, Streams, fit};
use rayon::prelude::*;
use restock_base::stats::interval::quantile;
use std::ops::ControlFlow;

/// One total of one item, forecast at one origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// Index in the panel.
    pub item: usize,
    /// First period forecast, counted from the panel's first.
    pub origin: usize,
    /// Periods that are added up.
    pub periods: usize,
    /// Class of the history before the origin.
    pub class: Class,
    /// Units that were sold in the periods.
    pub units: f64,
    /// Mean of the forecast of the total, in units.
    pub mean: f64,
    /// Mean pinball loss over the nine M5 quantiles, over the mean change from period to period and the number of periods.
    pub loss: f64,
    /// Share of paths below what was sold.
    pub below: f64,
    /// Share of paths that are at most what was sold.
    pub up_to: f64,
}

impl Total {
    /// Whether what was sold lies in the band around the median that holds a share of paths.
    #[must_use]
    pub fn is_inside(&self, band: f64) -> bool {
        let tail = 0.5 * (1.0 - band);
        self.up_to >= tail && self.below <= 1.0 - tail
    }
}

/// The totals of one method, of all items and origins and of each length in turn.
#[derive(Debug, Clone, PartialEq)]
pub struct Totals {
    /// Name of the method.
    pub method: String,
    /// The totals, of all items, origins and lengths.
    pub rows: Vec<Total>,
}

/// How good totals of one length were.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Number of totals that were compared with what was sold.
    pub forecasts: usize,
    /// Mean of the losses of the totals (see [`Total::loss`]).
    pub loss: f64,
    /// Share of totals inside the 50 % and the 95 % band.
    pub inside: [f64; 2],
    /// Share of totals below the 2.5 % quantile, and above that of 97.5 %.
    pub outside: [f64; 2],
    /// Sum of the absolute errors of the mean over units sold; absent where nothing was sold.
    pub error: Option<f64>,
    /// Sum of the errors of the mean over units sold: above 0, too much was forecast; absent where nothing was sold.
    pub bias: Option<f64>,
}

impl Totals {
    /// Quality of totals of so many periods; absent where there is none.
    #[must_use]
    pub fn of(&self, periods: usize) -> Option<Quality> {
        let rows: Vec<&Total> = self.rows.iter().filter(|r| r.periods == periods).collect();
        let n = rows.len() as f64;
        let share = |of: &dyn Fn(&Total) -> bool| rows.iter().filter(|r| of(r)).count() as f64 / n;
        let sum = |of: &dyn Fn(&Total) -> f64| rows.iter().map(|r| of(r)).sum::<f64>();
        let sold = sum(&|r| r.units);
        let over = |v: f64| (sold > 0.0).then(|| v / sold);
        (!rows.is_empty()).then(|| Quality {
            forecasts: rows.len(),
            loss: sum(&|r| r.loss) / n,
            inside: [0.5, 0.95].map(|band| share(&|r| r.is_inside(band))),
            outside: [share(&|r| r.up_to < 0.025), share(&|r| r.below > 0.975)],
            error: over(sum(&|r| (r.mean - r.units).abs())),
            bias: over(sum(&|r| r.mean - r.units)),
        })
    }
}

/// Totals of several lengths from past origins.
#[derive(Clone, Copy)]
pub struct Backlook<'a> {
    /// What was sold.
    pub panel: &'a Panel,
    /// Its days, as far as methods know of them.
    pub calendar: &'a Calendar,
    /// Origins and paths; the horizon is the longest of the lengths.
    pub spec: Spec,
    /// Lengths of totals, in periods.
    pub lengths: &'a [usize],
}

impl Backlook<'_> {
    /// Forecasts of a method from an origin, as fits: one for each method and origin.
    #[must_use]
    pub fn fits(&self, methods: usize) -> usize {
        methods * origins(self.panel, self.spec).len()
    }

    /// Totals by every method. `heard` is told how many fits are done and says whether to go on; absent if it ends it.
    #[must_use]
    pub fn totals(
        &self,
        methods: &[Box<dyn Method>],
        heard: &mut dyn FnMut(usize) -> ControlFlow<()>,
    ) -> Option<Vec<Totals>> {
        let Backlook { panel, calendar, spec, lengths } = *self;
        let seen: Vec<Panel> = origins(panel, spec).into_iter().map(|o| spec.suspected.seen(panel, o)).collect();
        let mut done = 0;
        let mut all = Vec::with_capacity(methods.len());
        for method in methods {
            let mut rows = Vec::new();
            for seen in &seen {
                rows.extend(score(panel, seen, fit(method.as_ref(), seen, calendar).as_ref(), spec, lengths));
                done += 1;
                if heard(done).is_break() {
                    return None;
                }
            }
            all.push(Totals { method: method.name(), rows });
        }
        Some(all)
    }
}

/// The totals that follow the last period that `seen` has.
pub(super) fn score(panel: &Panel, seen: &Panel, fitted: &dyn Fitted, spec: Spec, lengths: &[usize]) -> Vec<Total> {
    let of = |i: usize| item(panel, seen, fitted, i, spec, lengths);
    (0..panel.items.len()).into_par_iter().map(of).collect::<Vec<_>>().concat()
}

fn item(panel: &Panel, seen: &Panel, fitted: &dyn Fitted, i: usize, spec: Spec, lengths: &[usize]) -> Vec<Total> {
    let (item, past, origin) = (&panel.items[i], &seen.items[i], seen.periods);
    let Some(scale) = scale(&past.units) else { return Vec::new() };
    // What would have been sold in a period off the shelf is not known: it is in neither total.
    let at = |h: usize| (origin + h).checked_sub(item.start).filter(|t| item.shelf_at(*t) == Shelf::Full);
    let mut paths = vec![0.0; spec.paths as usize * spec.horizon];
    let streams = Streams::of(spec.seed ^ origin as u64, past);
    fitted.simulate_several(i, &streams, 0, spec.horizon, &mut paths);
    let class = pattern(past).class;
    let of = |periods: usize| {
        let scored: Vec<usize> = (0..periods).filter(|h| at(*h).is_some()).collect();
        let total = |path: &[f64]| scored.iter().map(|h| path[*h]).sum::<f64>();
        let mut sums: Vec<f64> = paths.chunks(spec.horizon).map(total).collect();
        super::sort(&mut sums);
        let units: f64 = scored.iter().filter_map(|h| Some(item.units[at(*h)?])).sum();
        let losses = M5_QUANTILES.iter().map(|p| pinball(*p, quantile(&sums, *p).unwrap_or(0.0), units));
        let n = sums.len() as f64;
        Total {
            item: i,
            origin,
            periods,
            class,
            units,
            mean: sums.iter().sum::<f64>() / n,
            loss: losses.sum::<f64>() / M5_QUANTILES.len() as f64 / scale / scored.len().max(1) as f64,
            below: sums.partition_point(|x| *x < units) as f64 / n,
            up_to: sums.partition_point(|x| *x <= units) as f64 / n,
        }
    };
    lengths.iter().filter(|l| (0..**l).any(|h| at(h).is_some())).map(|l| of(*l)).collect()
}

/// Items whose past is looked at to say how good a method was, and paths of each.
pub const ITEMS: usize = 300;
const PATHS: u32 = 200;
const ORIGINS: usize = 3;

/// How good a method was on this panel before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Record {
    /// How good its totals were.
    pub quality: Quality,
    /// Days in the past from which totals were forecast.
    pub origins: usize,
    /// Items of which totals were forecast.
    pub items: usize,
}

/// How good totals of `horizon` periods by a method were from past origins, of every `n`-th item where there are many; absent where the history is
/// too short for one.
#[must_use]
pub fn record(panel: &Panel, calendar: &Calendar, method: &dyn Method, spec: Spec) -> Option<Record> {
    let sold: Vec<&Item> = panel.items.iter().filter(|i| !i.units.is_empty()).collect();
    let step = sold.len().div_ceil(ITEMS).max(1);
    let items: Vec<Item> = sold.into_iter().step_by(step).cloned().collect();
    let panel = Panel { items, ..*panel };
    // As much history as is forecast, at least: of less nothing can be said of a method.
    let spec = Spec { paths: PATHS, origins: ORIGINS.min((panel.periods / spec.horizon).saturating_sub(1)), ..spec };
    let seen = origins(&panel, spec).into_iter().map(|o| spec.suspected.seen(&panel, o));
    let rows: Vec<Total> = seen
        .flat_map(|seen| score(&panel, &seen, fit(method, &seen, calendar).as_ref(), spec, &[spec.horizon]))
        .collect();
    let quality = Totals { method: method.name(), rows }.of(spec.horizon)?;
    Some(Record { quality, origins: spec.origins, items: panel.items.len() })
}
