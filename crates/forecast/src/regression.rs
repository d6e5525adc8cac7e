//! Dated factors: events, a yearly wave, prices, promotions and the launch of new items, as offsets on a log link.
//!
//! ```text
//! ln E[y_it] = ln(level_it cycle_it) + x_it b + z_it b_i
//! ```
//!
//! Poisson quasi-likelihood with a ridge penalty, by Newton's method (McCullagh and Nelder, Generalized Linear Models, 1989, section 2.5).
//! `x` (events, Fourier terms of the year) has one coefficient for the panel; `z` (logarithm of the relative price, promotion) one for the
//! panel and a deviation for each item that is shrunk to it. The level is a slow moving average around each period, so that it does
//! not take the effects for its own.
//!
//! The launch curve is the panel's: what items sold in each week after their first, relative to their later weeks.

use super::calendar::Course;
use super::optimise::solve;
use super::path::Factors;
use super::{Calendar, Item, Panel, Step};

/// Prior precision of an event's or wave's effect: that of a standard deviation of 0.5.
const RIDGE: f64 = 4.0;

/// Prior precision of an item's own deviation, in expected units: what 40 units say weighs as much as the panel.
const OWN_RIDGE: f64 = 40.0;

/// Factors are kept within `exp(-LARGEST)` and `exp(LARGEST)`.
const LARGEST: f64 = 3.0;

/// Weeks of the launch curve, and how many items must have been launched within the panel for there to be one.
const LAUNCH_WEEKS: usize = 26;
const LAUNCHES: usize = 20;

/// Pairs of Fourier terms of the year.
const WAVES: usize = 2;

/// Effects fitted on a panel.
#[derive(Debug, Clone, Default)]
pub(super) struct Dated {
    /// Logarithm of the common factor of each period of the panel and ahead; empty for none.
    common: Vec<f64>,
    /// Effects of the logarithm of the relative price and of a promotion, by item; empty for none.
    own: Vec<[f64; 2]>,
    /// Factor by week since the launch; empty for none.
    launch: Vec<f64>,
}

impl Dated {
    pub(super) fn fit(panel: &Panel, calendar: &Calendar, factors: &[Factors]) -> Self {
        let mut out = Dated { launch: launch_curve(panel), ..Dated::default() };
        if !calendar.has_regressors(panel) {
            return out;
        }
        let course = calendar.course(panel);
        let mut columns = common_columns(panel, calendar);
        // Beside a wave of which each part was seen once, a trend; it is the level's, and not part of what is common.
        let seasonal = columns.len();
        if course == Course::Once {
            columns.push((0..panel.periods + calendar.ahead).map(|t| t as f64 / panel.step.per_year()).collect());
        }
        let with_own = panel.items.iter().any(|i| !i.relative_price.is_empty() || !i.promotion.is_empty());
        // First an intercept: the moving average holds the effects' mean. The level takes it up afterwards.
        let width = 1 + columns.len() + if with_own { 2 } else { 0 };
        // Sums over items by period are enough for the columns that all items share.
        // A moving average over a year takes no season for its own. Where there is hardly more than a year, one level stands for the whole.
        let half = if course == Course::Once { panel.periods } else { (panel.step.per_year() / 2.0) as usize };
        let mut rows: Vec<(Vec<f64>, Vec<f64>)> = panel
            .items
            .iter()
            .zip(factors)
            .map(|(item, f)| (item.units.clone(), yearly_means(item, f, half)))
            .collect();
        let shared = shared_rows(panel.periods + calendar.ahead, &columns, width);
        let mut b = vec![0.0; width];
        for round in 0..12 {
            if course == Course::Once && round > 0 {
                let log: Vec<f64> =
                    (0..panel.periods).map(|t| columns.iter().zip(&b[1..]).map(|(c, b)| c[t] * b).sum()).collect();
                relevel(panel, factors, &log, &mut rows);
            }
            let normal = equations(panel, &rows, &shared, with_own, &b);
            if normal.improve(&mut b) < 1e-6 {
                break;
            }
        }
        if course == Course::Once {
            shrink_wave(panel, &columns, &rows, seasonal, &mut b);
        }
        let length = panel.periods + calendar.ahead;
        let common = |t: usize| columns[..seasonal].iter().zip(&b[1..]).map(|(c, b)| c[t] * b).sum();
        out.common = (0..length).map(common).collect();
        if course == Course::Repeated && panel.step == Step::Day {
            let months = months(panel, &rows, &out.common, b[0]);
            for (t, log) in out.common.iter_mut().enumerate() {
                *log += months[panel.date(t).month()];
            }
        }
        if with_own {
            let pooled = [b[width - 2], b[width - 1]];
            out.own = panel
                .items
                .iter()
                .zip(&rows)
                .map(|(item, (units, means))| own_effects(item, units, means, (&out.common, b[0]), pooled))
                .collect();
        }
        out
    }

    /// Factors of an item by its own period, in the history and ahead; empty if all are 1.
    pub(super) fn of(&self, panel: &Panel, calendar: &Calendar, index: usize, item: &Item) -> Vec<f64> {
        let per_week = if panel.step == Step::Day { 7 } else { 1 };
        // What began with the panel was on sale before, for all that is known; what is grown up speaks for itself.
        let launched = !self.launch.is_empty() && item.start > 0 && item.units.len() < LAUNCH_WEEKS * per_week;
        if self.common.is_empty() && self.own.is_empty() && !launched {
            return Vec::new();
        }
        (0..item.units.len() + calendar.ahead)
            .map(|i| {
                let mut log = self.common.get(item.start + i).copied().unwrap_or(0.0);
                if let Some(b) = self.own.get(index) {
                    let z = own_row(item, i);
                    log += z[0] * b[0] + z[1] * b[1];
                }
                let launch = if launched { self.launch.get(i / per_week).copied().unwrap_or(1.0) } else { 1.0 };
                log.clamp(-LARGEST, LARGEST).exp() * launch
            })
            .collect()
    }
}

/// Regressors of each period as far as all items share them: the intercept, the columns, and room for an item's own.
fn shared_rows(periods: usize, columns: &[Vec<f64>], width: usize) -> Vec<Vec<f64>> {
    let of = |t: usize| {
        let mut x = vec![1.0; width];
        x[1..].iter_mut().zip(columns).for_each(|(x, column)| *x = column[t]);
        x
    };
    (0..periods).map(of).collect()
}

/// The normal equations at `b`, of units and means by item. Where no item has regressors of its own the effect of a period is that of all of them.
fn equations(panel: &Panel, rows: &[(Vec<f64>, Vec<f64>)], shared: &[Vec<f64>], with_own: bool, b: &[f64]) -> Normal {
    let mut normal = Normal::new(b.len(), RIDGE, b);
    let effects: Vec<f64> = if with_own { Vec::new() } else { shared.iter().map(|x| effect(x, b)).collect() };
    let mut own = vec![1.0; b.len()];
    for (item, (units, means)) in panel.items.iter().zip(rows) {
        for (i, (y, m)) in units.iter().zip(means).enumerate().filter(|(_, (_, m))| **m > 0.0) {
            let t = item.start + i;
            if with_own {
                own.copy_from_slice(&shared[t]);
                let place = own.len() - 2;
                own[place..].copy_from_slice(&own_row(item, i));
                normal.add(&own, *y, m * effect(&own, b));
            } else {
                normal.add(&shared[t], *y, m * effects[t]);
            }
        }
    }
    normal
}

/// What a period with the regressors `x` is multiplied by.
fn effect(x: &[f64], b: &[f64]) -> f64 {
    let log: f64 = x.iter().zip(b).map(|(x, b)| x * b).sum();
    log.clamp(-LARGEST, LARGEST).exp()
}

/// Levels of items whose periods have these logarithms of common factors.
fn relevel(panel: &Panel, factors: &[Factors], log: &[f64], rows: &mut [(Vec<f64>, Vec<f64>)]) {
    for ((item, f), (units, means)) in panel.items.iter().zip(factors).zip(rows) {
        let weight = |i: usize| f.at(i) * item.exposure(i);
        let expected: f64 =
            (0..units.len()).map(|i| weight(i) * log[item.start + i].clamp(-LARGEST, LARGEST).exp()).sum();
        let level = if expected > 0.0 { units.iter().sum::<f64>() / expected } else { 0.0 };
        for (i, m) in means.iter_mut().enumerate() {
            *m = level * weight(i);
        }
    }
}

/// Shrinks a wave of which each part was seen once by what that can tell (the positive part of James and Stein, with the standard error of
/// coefficients from weekly residuals of the panel, which hang together from week to week).
fn shrink_wave(panel: &Panel, columns: &[Vec<f64>], rows: &[(Vec<f64>, Vec<f64>)], seasonal: usize, b: &mut [f64]) {
    let weeks = panel.periods / 7;
    let (mut sold, mut expected) = (vec![0.0; weeks], vec![0.0; weeks]);
    for (item, (units, means)) in panel.items.iter().zip(rows) {
        for (i, (y, m)) in units.iter().zip(means).enumerate() {
            let t = item.start + i;
            if t / 7 < weeks {
                let log: f64 = columns.iter().zip(&b[1..]).map(|(c, b)| c[t] * b).sum();
                sold[t / 7] += y;
                expected[t / 7] += m * (b[0] + log).clamp(-LARGEST, LARGEST).exp();
            }
        }
    }
    let residuals: Vec<f64> = sold.iter().zip(&expected).filter(|(_, m)| **m > 0.0).map(|(y, m)| y / m - 1.0).collect();
    let n = residuals.len() as f64;
    let (square, together) = scatter(&residuals);
    // Of a wave's coefficient over n weeks: 2 / n of the variance of a week.
    let error = 2.0 / n.max(1.0) * square / (n - 6.0).max(1.0) * (1.0 + together) / (1.0 - together);
    let wave = &mut b[1 + seasonal - 2 * WAVES..1 + seasonal];
    let size: f64 = wave.iter().map(|b| b * b).sum();
    let left = (1.0 - wave.len() as f64 * error / size.max(1e-12)).max(0.0);
    wave.iter_mut().for_each(|b| *b *= left);
}

/// Sum of squares of residuals in order, and how far each hangs together with the next: their autocorrelation, from nothing to 0.9.
pub(super) fn scatter(residuals: &[f64]) -> (f64, f64) {
    let square: f64 = residuals.iter().map(|r| r * r).sum();
    let lagged: f64 = residuals.windows(2).map(|w| w[0] * w[1]).sum();
    (square, (lagged / square.max(1e-12)).clamp(0.0, 0.9))
}

/// Logarithms of what the months of the year sold over what was expected of them: what a wave of a year and its half is too round for. Of each
/// month as much is believed as all of its years agree on, and of all of them as much as one year tells of another.
fn months(panel: &Panel, rows: &[(Vec<f64>, Vec<f64>)], common: &[f64], intercept: f64) -> [f64; 12] {
    let mut out = [0.0; 12];
    let years = (panel.periods as f64 / 365.25) as usize;
    // Years are counted from the end; the place of a day in them.
    let place = |t: usize| ((panel.periods - 1 - t) as f64 / 365.25) as usize;
    let (mut sold, mut expected) = (vec![[0.0; 12]; years + 1], vec![[0.0; 12]; years + 1]);
    for (item, (units, means)) in panel.items.iter().zip(rows) {
        for (i, (y, m)) in units.iter().zip(means).enumerate() {
            let t = item.start + i;
            let month = panel.date(t).month();
            sold[place(t)][month] += y;
            expected[place(t)][month] += m * (intercept + common[t]).clamp(-LARGEST, LARGEST).exp();
        }
    }
    // In each full year; a month of nothing says as much as one of a tenth.
    let ratio =
        |y: usize, m: usize| if expected[y][m] > 0.0 { (sold[y][m] / expected[y][m]).max(0.1).ln() } else { 0.0 };
    let pairs = || (1..years).flat_map(|y| (0..12).map(move |m| (ratio(y - 1, m), ratio(y, m))));
    let (both, squares) = pairs().fold((0.0, 0.0), |s, (a, b)| (s.0 + a * b, s.1 + 0.5 * (a * a + b * b)));
    let agreed = if squares > 0.0 { (both / squares).clamp(0.0, 1.0) } else { 0.0 };
    for (m, log) in out.iter_mut().enumerate() {
        let all = || (0..years).map(|y| ratio(y, m));
        if all().all(|r| r > 0.0) || all().all(|r| r < 0.0) {
            // Geometric: a month that one year had and another hardly did is not the mean of both.
            let size = (all().map(|r| r.abs().ln()).sum::<f64>() / years as f64).exp();
            *log = agreed * size.copysign(ratio(0, m));
        }
    }
    out
}

/// Common factors of the panel's periods and of those ahead, with a mean of 1 over the history; absent where there is nothing in common.
pub(super) fn common(panel: &Panel, calendar: &Calendar, factors: &[Factors]) -> Option<Vec<f64>> {
    let log = Dated::fit(panel, calendar, factors).common;
    let factors: Vec<f64> = log.iter().map(|l| l.clamp(-LARGEST, LARGEST).exp()).collect();
    let mean = factors.iter().take(panel.periods).sum::<f64>() / panel.periods.max(1) as f64;
    (!factors.is_empty()).then(|| factors.into_iter().map(|f| f / mean).collect())
}

/// Columns that all items share, by period of the panel and ahead.
fn common_columns(panel: &Panel, calendar: &Calendar) -> Vec<Vec<f64>> {
    let length = panel.periods + calendar.ahead;
    let mut columns = Vec::new();
    let mut names: Vec<&str> = calendar.events.iter().map(|e| e.1.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let mut column = vec![0.0; length];
        for (day, _) in calendar.events.iter().filter(|e| e.1 == name) {
            if let Ok(t) = usize::try_from(panel.period_of(*day))
                && t < length
            {
                column[t] = 1.0;
            }
        }
        // An event that the history has not seen has no effect that could be known.
        if column[..panel.periods].contains(&1.0) {
            columns.push(column);
        }
    }
    if calendar.is_yearly(panel) {
        for k in 1..=WAVES {
            let angle = |t: usize| std::f64::consts::TAU * k as f64 * t as f64 / panel.step.per_year();
            columns.push((0..length).map(|t| angle(t).cos()).collect());
            columns.push((0..length).map(|t| angle(t).sin()).collect());
        }
    }
    columns
}

/// The price that holds until it is known to change: the middle one of the last, as a single period's may be one odd order's.
fn held(prices: &[f64]) -> f64 {
    let mut last: Vec<f64> = prices.iter().rev().take(HELD).copied().collect();
    last.sort_unstable_by(f64::total_cmp);
    last.get(last.len() / 2).copied().unwrap_or(1.0)
}

/// Periods whose middle price holds.
const HELD: usize = 5;

/// Logarithm of the relative price, and promotion, in the item's own period `i`.
fn own_row(item: &Item, i: usize) -> [f64; 2] {
    let price = item.relative_price.get(i).copied().unwrap_or_else(|| held(&item.relative_price));
    [price.max(1e-3).ln(), item.promotion.get(i).copied().unwrap_or(0.0)]
}

/// Means of an item: a moving average over `half` periods on each side, times its factors.
pub(super) fn slow_means(item: &Item, factors: &Factors, half: usize) -> Vec<f64> {
    let n = item.units.len();
    moving_means(item, factors, &|i| (i.saturating_sub(half), (i + half + 1).min(n)))
}

/// The same, near an end over as many periods on the other side: each mean is of a whole year, and has no season in it.
fn yearly_means(item: &Item, factors: &Factors, half: usize) -> Vec<f64> {
    let n = item.units.len();
    let window = |i: usize| {
        let from = i.saturating_sub(half).min(n.saturating_sub(2 * half + 1));
        (from, (from + 2 * half + 1).min(n))
    };
    moving_means(item, factors, &window)
}

fn moving_means(item: &Item, factors: &Factors, window: &dyn Fn(usize) -> (usize, usize)) -> Vec<f64> {
    let n = item.units.len();
    let (mut units, mut weights) = (vec![0.0], vec![0.0]);
    for i in 0..n {
        units.push(units[i] + item.units[i]);
        weights.push(weights[i] + factors.at(i) * item.exposure(i));
    }
    (0..n)
        .map(|i| {
            let (from, to) = window(i);
            let weight = weights[to] - weights[from];
            if weight > 0.0 { (units[to] - units[from]) / weight * factors.at(i) * item.exposure(i) } else { 0.0 }
        })
        .collect()
}

/// Effects of price and promotion of one item, shrunk to the panel's.
fn own_effects(
    item: &Item,
    units: &[f64],
    means: &[f64],
    (common, intercept): (&[f64], f64),
    pooled: [f64; 2],
) -> [f64; 2] {
    let mut b = pooled.to_vec();
    for _ in 0..8 {
        let away = [b[0] - pooled[0], b[1] - pooled[1]];
        let mut normal = Normal::new(2, OWN_RIDGE, &away);
        for (i, (y, m)) in units.iter().zip(means).enumerate() {
            if *m > 0.0 {
                let x = own_row(item, i);
                let mean = m * (intercept + common.get(item.start + i).copied().unwrap_or(0.0)).exp();
                normal.add(&x, *y, mean * effect(&x, &b));
            }
        }
        if normal.improve(&mut b) < 1e-6 {
            break;
        }
    }
    [b[0], b[1]]
}

/// The normal equations of one Newton step.
struct Normal {
    width: usize,
    /// Row by row, lower half.
    matrix: Vec<f64>,
    right: Vec<f64>,
}

impl Normal {
    /// A penalty of `ridge` on each coefficient that is `away` from its prior.
    fn new(width: usize, ridge: f64, away: &[f64]) -> Self {
        let mut matrix = vec![0.0; width * width];
        for i in 0..width {
            matrix[i * width + i] = ridge;
        }
        Normal { width, matrix, right: away.iter().map(|b| -ridge * b).collect() }
    }

    /// A period with the regressors `x` that sold `y` units where `mu` were expected.
    fn add(&mut self, x: &[f64], y: f64, mu: f64) {
        for i in 0..self.width {
            if x[i] != 0.0 {
                self.right[i] += x[i] * (y - mu);
                let weight = mu * x[i];
                let row = &mut self.matrix[i * self.width..][..=i];
                row.iter_mut().zip(x).for_each(|(sum, x)| *sum += weight * x);
            }
        }
    }

    /// Solves and moves `b`; the largest move.
    fn improve(mut self, b: &mut [f64]) -> f64 {
        solve(&mut self.matrix, &mut self.right);
        let mut largest = 0.0_f64;
        for (b, step) in b.iter_mut().zip(&self.right) {
            let step = step.clamp(-1.0, 1.0);
            *b += step;
            largest = largest.max(step.abs());
        }
        largest
    }
}

/// What items launched within the panel sold by week since, over their later weeks; empty if too few were launched.
fn launch_curve(panel: &Panel) -> Vec<f64> {
    let per_week = match panel.step {
        Step::Day => 7,
        Step::Week => 1,
        Step::Month | Step::Quarter => return Vec::new(),
    };
    let grown = LAUNCH_WEEKS * per_week;
    let (mut units, mut expected) = (vec![0.0; LAUNCH_WEEKS], vec![0.0; LAUNCH_WEEKS]);
    let mut launches = 0;
    for item in panel.items.iter().filter(|i| i.start >= 4 * per_week && i.units.len() >= grown + grown / 2) {
        let until = (2 * grown).min(item.units.len());
        let mean = |units: &[f64]| units.iter().sum::<f64>() / units.len() as f64;
        let (all, later) = (mean(&item.units[..until]), mean(&item.units[grown..until]));
        if all <= 0.0 {
            continue;
        }
        launches += 1;
        // Not the first period: an item begins with one that sold.
        for (i, y) in item.units[..grown].iter().enumerate().skip(1) {
            // Each item counts alike, whatever it sells; and as sums are divided, not each by its own, one that hardly sold later is no launch of thousands.
            units[i / per_week] += y / all;
            expected[i / per_week] += later / all;
        }
    }
    if launches < LAUNCHES {
        return Vec::new();
    }
    // Shrunk to 1 as if ten more items had sold evenly; three weeks are averaged.
    let prior = 10.0 * per_week as f64;
    let raw: Vec<f64> = units.iter().zip(&expected).map(|(u, e)| (u + prior) / (e + prior)).collect();
    (0..LAUNCH_WEEKS)
        .map(|w| {
            let around = &raw[w.saturating_sub(1)..(w + 2).min(LAUNCH_WEEKS)];
            around.iter().sum::<f64>() / around.len() as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CountModel, Fan, Streams};
    use restock_base::calendar::Day;
    use restock_base::rng::Stream;

    /// Items whose Poisson demand doubles on event days, falls with price to the power of -2 and rises by half under promotion: all
    /// three are found again, and used ahead.
    #[test]
    fn effects_are_found_again() {
        let (days, ahead) = (400, 14);
        let first = Day(0);
        let event = |t: usize| t % 37 == 5;
        let of = |n: usize| {
            let s = Stream::new(2, &format!("{n}"), "test", "");
            let price = |t: usize| if (t + n * 11) % 50 < 10 { 0.8 } else { 1.0 };
            let promoted = |t: usize| f64::from(u8::from((t + n * 7) % 40 < 6));
            let mut item = Item::new(format!("item {n}"), 0, Vec::new());
            item.relative_price = (0..days + ahead).map(price).collect();
            item.promotion = (0..days + ahead).map(promoted).collect();
            item.units = (0..days)
                .map(|t| {
                    let mean = 6.0
                        * if event(t) { 2.0 } else { 1.0 }
                        * f64::powf(price(t), -2.0)
                        * if promoted(t) > 0.0 { 1.5 } else { 1.0 };
                    restock_base::law::negative_binomial(mean, None, &mut s.at(0, t as i32, 0)) as f64
                })
                .collect();
            item
        };
        let panel = Panel { first, step: Step::Day, periods: days, items: (0..40).map(of).collect() };
        let events =
            (0..days + ahead).filter(|t| event(*t)).map(|t| (first.plus(t as i32), "sale".to_owned())).collect();
        let calendar = Calendar { ahead, events, yearly: false };
        let fitted = CountModel::default().fit_counts(&panel, &calendar);
        let base = (0..days).map(|t| fitted.item(0).dated_at(t)).fold(f64::INFINITY, f64::min);
        let found = |t: usize| fitted.item(0).dated_at(t) / base;
        // 400 event days x 6 units: a standard error of about 2 %; shrinkage takes some.
        let t = (0..days).find(|t| event(*t) && t % 50 >= 10 && t % 40 >= 6).unwrap();
        assert!((found(t) - 2.0).abs() < 0.12, "event {}", found(t));
        let t = (0..days).find(|t| !event(*t) && t % 50 < 10 && t % 40 >= 6).unwrap();
        assert!((found(t) / f64::powf(0.8, -2.0) - 1.0).abs() < 0.1, "price {}", found(t));
        let t = (0..days).find(|t| !event(*t) && t % 50 >= 10 && t % 40 < 6).unwrap();
        assert!((found(t) - 1.5).abs() < 0.15, "promotion {}", found(t));
        // Ahead: day 412 is an event day (412 % 37 = 5).
        let fan = Fan::draw(&fitted, 0, &Streams::new(1, "item 0", None), 400, ahead);
        assert!(fan.mean(12) > 1.6 * fan.mean(13), "{} {}", fan.mean(12), fan.mean(13));
    }

    /// 40 items launched within the panel sell 6 a day for 13 weeks and 3 after that, the first day 200 units of whoever began. Half of them hardly sell later.
    /// An odd last price does not hold.
    #[test]
    fn launches_are_a_curve_and_prices_hold() {
        let of = |n: usize| {
            let s = Stream::new(4, &format!("{n}"), "test", "");
            let mean = |t: usize| match t {
                0 => 200.0,
                1..91 => 6.0,
                _ if n.is_multiple_of(2) => 5.9,
                _ => 0.1,
            };
            let draw = |t: usize| restock_base::law::negative_binomial(mean(t), None, &mut s.at(0, t as i32, 0)) as f64;
            Item::new(format!("{n}"), 40, (0..360).map(draw).collect())
        };
        let mut items: Vec<Item> = (0..40).map(of).collect();
        items.push(Item::new("new", 400, Vec::new()));
        let panel = Panel { first: Day(0), step: Step::Day, periods: 400, items };
        let curve = launch_curve(&panel);
        // Over their means, 6.5 and 2.1, the two kinds sell 0.93 and 2.82 at first, 0.91 and 0.05 later; ten items of prior: (40 x 1.87 + 10) / (40 x 0.48 + 10).
        assert!((curve[3] - 2.91).abs() < 0.15 && (curve[25] - 1.0).abs() < 0.05, "{curve:?}");
        assert_eq!(held(&[1.0, 1.0, 1.1, 1.0, 1.5]), 1.0);
        assert_eq!(held(&[1.0, 1.2, 1.2, 1.2]), 1.2);
        assert_eq!(held(&[]), 1.0);
    }
}
