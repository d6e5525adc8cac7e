//! Rolling origins: what would have been forecast then, against what came.
//!
//! At each origin every method is fitted on the panel cut there, profiles, pooled parameters, weights and suspected stock-outs included, and
//! forecasts the horizon that follows. All methods are scored on the same items, origins and periods, so that they can be compared
//! item by item. Periods in which an item ran out or was off the shelf are not scored: what would have been sold in them is not known.

use super::classes::{Class, pattern};
use super::decision::SERVICE;
use super::measures::{M5_QUANTILES, PIT_BINS, add_pit, crps, pinball, scale, seasonal_scales, smape, value_of};
use super::{Calendar, Fan, Fitted, Item, Method, Panel, Shelf, Streams, SuspectedStockOuts, fit};
use rayon::prelude::*;
use restock_base::rng::Stream;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spec {
    /// Periods ahead.
    pub horizon: usize,
    /// Origins, one horizon apart, the last one a horizon before the panel's end.
    pub origins: usize,
    /// Paths that are drawn for each item at each origin.
    pub paths: u32,
    /// Seed of the paths.
    pub seed: u64,
    /// Threads; 0 for one a core.
    pub jobs: usize,
    /// What runs of zeros that chance does not explain are taken for at each origin.
    pub suspected: SuspectedStockOuts,
}

impl Default for Spec {
    fn default() -> Self {
        Spec { horizon: 28, origins: 4, paths: 500, seed: 1, jobs: 0, suspected: SuspectedStockOuts::Keep }
    }
}

/// Quantiles whose coverage is counted, of single periods and of the total over the horizon.
pub const COVERAGE: [f64; 4] = [0.5, 0.95, 0.975, 0.995];

/// One item at one origin. Sums and means go over the periods that are scored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// Index in the panel.
    pub item: usize,
    /// First period forecast, counted from the panel's first.
    pub origin: usize,
    /// Class of the history before the origin.
    pub class: Class,
    /// Periods scored.
    pub periods: f64,
    /// Scaled pinball loss: mean over periods and the nine M5 quantiles.
    pub scaled_pinball: f64,
    /// Scaled pinball loss of the total over the horizon: its scale is that of a period times the number of periods.
    pub total_pinball: f64,
    /// Continuous ranked probability score, mean over periods, over the same scale.
    pub crps: f64,
    /// Units sold in the horizon before the origin: the weight of an item that sells much.
    pub weight: f64,
    /// Units sold in the horizon before the origin, times the price of one.
    pub value: f64,
    /// Sum over the periods of the point forecast's error, in units: above 0, too much was forecast.
    pub error: f64,
    /// Sum over the periods of the absolute value of the point forecast's error, in units.
    pub absolute_error: f64,
    /// Units sold in the periods that are scored.
    pub units: f64,
    /// Mean absolute scaled error: over the error of repeating the last cycle (see [`super::measures::seasonal_scales`]), or over the
    /// mean change from period to period where that is absent.
    pub mase: f64,
    /// Root mean square scaled error, with the scales of `mase`.
    pub rmsse: f64,
    /// Symmetric absolute percentage error, from 0 to 2, mean over periods.
    pub smape: f64,
    /// Whether each quantile of [`COVERAGE`] was at least the total; and the share of periods in which it was.
    pub covered: [f64; COVERAGE.len()],
    /// Share of the periods in which each quantile of [`COVERAGE`] was at least what was sold.
    pub periods_covered: [f64; COVERAGE.len()],
    /// Probability integral transform over periods: adds up to 1.
    pub pit: [f64; PIT_BINS],
    /// Quantiles of the total at the service levels of the decision score.
    pub order_up_to: [f64; SERVICE.len()],
}

impl Default for Row {
    fn default() -> Self {
        Row {
            item: 0,
            origin: 0,
            class: Class::New,
            periods: 0.0,
            scaled_pinball: 0.0,
            total_pinball: 0.0,
            crps: 0.0,
            weight: 0.0,
            value: 0.0,
            error: 0.0,
            absolute_error: 0.0,
            units: 0.0,
            mase: 0.0,
            rmsse: 0.0,
            smape: 0.0,
            covered: [0.0; COVERAGE.len()],
            periods_covered: [0.0; COVERAGE.len()],
            pit: [0.0; PIT_BINS],
            order_up_to: [0.0; SERVICE.len()],
        }
    }
}

/// A method's scores; row `i` is the same item and origin in every method.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Name of the method.
    pub method: String,
    /// Scores by item and origin.
    pub rows: Vec<Row>,
}

/// A mean of scores, or its change against another method's, with a 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The mean, or the change relative to the other method's.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
}

/// A method at an origin: what is done at a time, kept, and not done again when a backtest is resumed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Name of the method that is fitted.
    pub method: String,
    /// First period forecast, counted from the panel's first.
    pub origin: usize,
}

/// Hears and remembers what was done.
pub trait Watch: Sync {
    /// Rows of a task that was done in an earlier run.
    fn known(&self, _task: &Task) -> Option<Vec<Row>> {
        None
    }
    /// A task was done; so many of all are. Says whether to go on.
    fn done(&self, _task: &Task, _rows: &[Row], _done: usize, _all: usize) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Neither hears nor remembers.
pub struct Unwatched;
impl Watch for Unwatched {}

/// Scores of every method; absent if `watch` ends it.
#[must_use]
pub fn backtest(
    panel: &Panel,
    calendar: &Calendar,
    methods: &[Box<dyn Method>],
    spec: Spec,
    watch: &dyn Watch,
) -> Option<Vec<Scores>> {
    let here = || score_all(panel, calendar, methods, spec, watch);
    match rayon::ThreadPoolBuilder::new().num_threads(spec.jobs).build() {
        Ok(pool) => pool.install(here),
        // Without threads of our own the machine's common ones do the same.
        Err(_) => here(),
    }
}

/// First periods forecast, the oldest first.
pub(super) fn origins(panel: &Panel, spec: Spec) -> Vec<usize> {
    (1..=spec.origins).rev().filter_map(|k| panel.periods.checked_sub(k * spec.horizon)).filter(|o| *o > 0).collect()
}

fn score_all(
    panel: &Panel,
    calendar: &Calendar,
    methods: &[Box<dyn Method>],
    spec: Spec,
    watch: &dyn Watch,
) -> Option<Vec<Scores>> {
    let origins = origins(panel, spec);
    let seen: Vec<Panel> = origins.par_iter().map(|origin| spec.suspected.seen(panel, *origin)).collect();
    let done = AtomicUsize::new(0);
    let all = methods.len() * origins.len();
    // Tasks and items in parallel, collected in order: the same rows at any number of threads.
    let rows: Option<Vec<Vec<Row>>> = (0..all)
        .into_par_iter()
        .map(|i| {
            let (method, seen) = (&methods[i / origins.len()], &seen[i % origins.len()]);
            let task = Task { method: method.name(), origin: seen.periods };
            let rows = watch
                .known(&task)
                .unwrap_or_else(|| score(panel, seen, fit(method.as_ref(), seen, calendar).as_ref(), spec, &|_| true));
            let goes_on = watch.done(&task, &rows, done.fetch_add(1, Ordering::Relaxed) + 1, all).is_continue();
            goes_on.then_some(rows)
        })
        .collect();
    let mut rows = rows?.into_iter();
    let scores = methods.iter().map(|m| {
        let rows = rows.by_ref().take(origins.len()).flatten().collect();
        Scores { method: m.name(), rows }
    });
    Some(scores.collect())
}

/// Rows after the last period that `seen` has, of the items for which `keep` holds of what was seen of them.
pub(super) fn score(
    panel: &Panel,
    seen: &Panel,
    fitted: &dyn Fitted,
    spec: Spec,
    keep: &(dyn Fn(&Item) -> bool + Sync),
) -> Vec<Row> {
    let of = |i: usize| if keep(&seen.items[i]) { row(panel, seen, fitted, i, spec) } else { None };
    (0..panel.items.len()).into_par_iter().map(of).collect::<Vec<Option<Row>>>().into_iter().flatten().collect()
}

fn row(panel: &Panel, seen: &Panel, fitted: &dyn Fitted, i: usize, spec: Spec) -> Option<Row> {
    let (item, past, origin) = (&panel.items[i], &seen.items[i], seen.periods);
    let scale = scale(&past.units)?;
    let at = |h: usize| (origin + h).checked_sub(item.start);
    let scored = |h: usize| at(h).is_some_and(|t| item.shelf_at(t) == Shelf::Full);
    let streams = Streams::of(spec.seed ^ origin as u64, past);
    let fan = Fan::draw_over(fitted, i, &streams, spec.paths, spec.horizon, &scored);
    let mut point = vec![0.0; spec.horizon];
    if !fitted.point(i, &mut point) {
        for (h, p) in point.iter_mut().enumerate() {
            *p = fan.mean(h);
        }
    }
    let sold = |t: usize| item.on(t).unwrap_or(0.0);
    let (absolute, root) = seasonal_scales(&past.units, panel.step).unwrap_or((scale, scale));
    let mut r = Row { item: i, origin, class: pattern(past).class, ..Row::default() };
    let mut squares = 0.0;
    for h in (0..spec.horizon).filter(|h| scored(*h)) {
        let y = sold(origin + h);
        r.periods += 1.0;
        r.scaled_pinball += M5_QUANTILES.iter().map(|p| pinball(*p, fan.quantile(h, *p), y)).sum::<f64>();
        r.crps += crps(fan.values(h), y);
        let e = point[h] - y;
        r.error += e;
        r.absolute_error += e.abs();
        squares += e * e;
        r.smape += smape(point[h], y);
        r.units += y;
        for (c, p) in r.periods_covered.iter_mut().zip(COVERAGE) {
            *c += f64::from(u8::from(y <= fan.quantile(h, p)));
        }
        add_pit(&mut r.pit, fan.values(h), y);
    }
    if r.periods == 0.0 {
        return None;
    }
    let n = r.periods;
    let nine = M5_QUANTILES.len() as f64;
    r.total_pinball =
        M5_QUANTILES.iter().map(|p| pinball(*p, fan.total_quantile(*p), r.units)).sum::<f64>() / nine / scale / n;
    r.scaled_pinball /= n * nine * scale;
    r.crps /= n * scale;
    r.mase = r.absolute_error / n / absolute;
    r.rmsse = (squares / n).sqrt() / root;
    r.smape /= n;
    r.weight = (origin.saturating_sub(spec.horizon)..origin).map(sold).sum();
    r.value = r.weight * value_of(item);
    r.covered = COVERAGE.map(|p| f64::from(u8::from(r.units <= fan.total_quantile(p))));
    for c in &mut r.periods_covered {
        *c /= n;
    }
    for b in &mut r.pit {
        *b /= n;
    }
    r.order_up_to = SERVICE.map(|p| fan.total_quantile(p));
    Some(r)
}

/// How items are weighed in a mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weigh {
    /// Every item counts as much as every other.
    Equally,
    /// By units sold before the origin.
    Units,
    /// By their value.
    Value,
}

impl Weigh {
    fn of(self, r: &Row) -> f64 {
        match self {
            Weigh::Equally => 1.0,
            Weigh::Units => r.weight,
            Weigh::Value => r.value,
        }
    }
}

/// A mean loss of rows.
pub type Loss = fn(&Row) -> f64;

impl Scores {
    /// The rows of one class.
    #[must_use]
    pub fn of_class(&self, class: Class) -> Scores {
        Scores { method: self.method.clone(), rows: self.rows.iter().filter(|r| r.class == class).copied().collect() }
    }

    /// Weighted mean of `of` over items and origins.
    #[must_use]
    pub fn mean(&self, of: Loss, weigh: Weigh) -> f64 {
        let (x, w) = self.rows.iter().fold((0.0, 0.0), |s, r| (s.0 + weigh.of(r) * of(r), s.1 + weigh.of(r)));
        if w > 0.0 { x / w } else { 0.0 }
    }

    /// Mean scaled pinball loss over items and origins.
    #[must_use]
    pub fn scaled_pinball(&self, weigh: Weigh) -> f64 {
        self.mean(|r| r.scaled_pinball, weigh)
    }

    /// Weighted absolute percentage error of the point forecast: absolute errors over units sold.
    #[must_use]
    pub fn wape(&self) -> f64 {
        self.over_units(|r| r.absolute_error)
    }

    /// Errors of the point forecast over units sold: above 0, too much was forecast.
    #[must_use]
    pub fn bias(&self) -> f64 {
        self.over_units(|r| r.error)
    }

    fn over_units(&self, of: Loss) -> f64 {
        let units: f64 = self.rows.iter().map(|r| r.units).sum();
        if units > 0.0 { self.rows.iter().map(of).sum::<f64>() / units } else { 0.0 }
    }

    /// Share of totals over the horizon that were at most the forecast's quantile `COVERAGE[k]`.
    #[must_use]
    pub fn coverage(&self, k: usize) -> f64 {
        self.rows.iter().map(|r| r.covered[k]).sum::<f64>() / self.rows.len().max(1) as f64
    }

    /// Share of single periods whose sales were at most the forecast's quantile `COVERAGE[k]`.
    #[must_use]
    pub fn coverage_of_periods(&self, k: usize) -> f64 {
        let (x, n) =
            self.rows.iter().fold((0.0, 0.0), |s, r| (s.0 + r.periods_covered[k] * r.periods, s.1 + r.periods));
        if n > 0.0 { x / n } else { 0.0 }
    }

    /// Histogram of the probability integral transform over all periods: each bin 1 if forecasts are right.
    #[must_use]
    pub fn pit(&self) -> [f64; PIT_BINS] {
        let n: f64 = self.rows.iter().map(|r| r.periods).sum();
        std::array::from_fn(|i| {
            self.rows.iter().map(|r| r.pit[i] * r.periods).sum::<f64>() / n.max(1.0) * PIT_BINS as f64
        })
    }

    /// Relative change of a mean loss against `base`: items are drawn with replacement 1,000 times, all
    /// origins of an item together, the same items for both methods (Efron and Tibshirani 1993, section 13.3).
    #[must_use]
    pub fn change_against(&self, base: &Scores, of: Loss, weigh: Weigh) -> Change {
        let items = self.rows.iter().map(|r| r.item + 1).max().unwrap_or(0);
        let mut sums = vec![(0.0, 0.0); items];
        for (a, b) in self.rows.iter().zip(&base.rows) {
            let weight = weigh.of(a);
            sums[a.item].0 += weight * of(a);
            sums[a.item].1 += weight * of(b);
        }
        sums.retain(|s| s.1 > 0.0);
        let relative = |s: (f64, f64)| if s.1 > 0.0 { s.0 / s.1 - 1.0 } else { 0.0 };
        let add = |s: (f64, f64), x: &(f64, f64)| (s.0 + x.0, s.1 + x.1);
        let stream = Stream::new(0, "", "bootstrap", "");
        let mut drawn: Vec<f64> = (0..1_000)
            .map(|k| {
                let pick = |i: usize| {
                    let u = stream.at(k, i as i32, 0).uniform();
                    &sums[((u * sums.len() as f64) as usize).min(sums.len() - 1)]
                };
                relative((0..sums.len()).map(pick).fold((0.0, 0.0), add))
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        let q = |p| restock_base::stats::interval::quantile(&drawn, p).unwrap_or(0.0);
        Change { value: relative(sums.iter().fold((0.0, 0.0), add)), low: q(0.025), high: q(0.975) }
    }
}

impl Row {
    /// Figures of the row in the order of its fields, exact: what a checkpoint keeps.
    #[must_use]
    pub fn to_line(&self) -> String {
        let class = Class::ALL.iter().position(|c| *c == self.class).unwrap_or(0);
        let head = [self.item as f64, self.origin as f64, class as f64];
        let numbers = head.iter().chain(&self.numbers()).map(f64::to_string).collect::<Vec<_>>();
        numbers.join(",")
    }

    /// The row of such a line; absent if it is none.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Row> {
        let numbers: Vec<f64> = line.split(',').map(|t| t.parse().ok()).collect::<Option<_>>()?;
        let (head, rest) = numbers.split_at_checked(3)?;
        let mut row = Row {
            item: head[0] as usize,
            origin: head[1] as usize,
            class: *Class::ALL.get(head[2] as usize)?,
            ..Row::default()
        };
        if rest.len() != row.numbers().len() {
            return None;
        }
        let mut rest = rest.iter().copied();
        row.each(&mut |x| *x = rest.next().unwrap_or(0.0));
        Some(row)
    }

    fn numbers(&self) -> Vec<f64> {
        let mut out = Vec::new();
        let mut copy = *self;
        copy.each(&mut |x| out.push(*x));
        out
    }

    fn each(&mut self, of: &mut dyn FnMut(&mut f64)) {
        for x in [
            &mut self.periods,
            &mut self.scaled_pinball,
            &mut self.total_pinball,
            &mut self.crps,
            &mut self.weight,
            &mut self.value,
            &mut self.error,
            &mut self.absolute_error,
            &mut self.units,
            &mut self.mase,
            &mut self.rmsse,
            &mut self.smape,
        ] {
            of(x);
        }
        for x in
            self.covered.iter_mut().chain(&mut self.periods_covered).chain(&mut self.pit).chain(&mut self.order_up_to)
        {
            of(x);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Step, methods};
    use restock_base::calendar::Day;

    /// A panel that jumps at `jump`: nobody who has not seen the future knows.
    fn panel(jump: usize) -> Panel {
        let level = |t: usize| if t >= jump { 9.0 } else { 3.0 };
        let item = |i: usize| {
            let units = (0..140).map(|t| level(t) + ((t * 7 + i * 3) % 4) as f64).collect();
            Item::new(format!("item {i}"), 0, units)
        };
        Panel { first: Day(0), step: Step::Day, periods: 140, items: (0..6).map(item).collect() }
    }

    const SPEC: Spec =
        Spec { horizon: 28, origins: 2, paths: 100, seed: 1, jobs: 1, suspected: SuspectedStockOuts::Mask };

    fn run(panel: &Panel) -> Vec<Scores> {
        backtest(panel, &Calendar::plain(28), &methods(Step::Day), SPEC, &Unwatched).unwrap()
    }

    /// Ends a backtest when so many tasks are done.
    struct Until(usize);

    impl Watch for Until {
        fn done(&self, _: &Task, _: &[Row], done: usize, _: usize) -> ControlFlow<()> {
            if done < self.0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        }
    }

    #[test]
    fn a_backtest_can_be_ended() {
        let scores = |until| backtest(&panel(112), &Calendar::plain(28), &methods(Step::Day), SPEC, &Until(until));
        assert!(scores(1).is_none() && scores(usize::MAX).is_some());
    }

    #[test]
    fn nothing_after_an_origin_changes_its_forecast() {
        for (a, b) in run(&panel(1_000)).iter().zip(run(&panel(112))) {
            // The first origin, 84: its horizon ends where the jump comes.
            assert_eq!(a.rows[..6], b.rows[..6], "{}", a.method);
            assert!(b.rows[6..].iter().all(|r| r.error < 0.0), "{} could not know of the jump", a.method);
        }
    }

    #[test]
    fn a_method_against_itself_is_no_change() {
        let scores = run(&panel(1_000));
        assert_eq!(scores[1].rows.len(), 12);
        for weigh in [Weigh::Equally, Weigh::Units] {
            let change = scores[1].change_against(&scores[1], |r| r.scaled_pinball, weigh);
            assert_eq!(change, Change { value: 0.0, low: 0.0, high: 0.0 });
        }
    }

    #[test]
    fn a_panel_shorter_than_the_horizon_has_no_origin() {
        assert!(run(&panel(1_000).until(20)).iter().all(|s| s.rows.is_empty()));
    }

    #[test]
    fn rows_survive_a_checkpoint_to_the_bit() {
        for s in run(&panel(90)) {
            for r in s.rows {
                assert_eq!(Row::from_line(&r.to_line()), Some(r));
            }
        }
        assert_eq!([Row::from_line(""), Row::from_line("1,2,3"), Row::from_line("x")], [None; 3]);
    }
}
