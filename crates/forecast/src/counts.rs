//! The negative-binomial count model: the default for items that sell a few units a period, or now and then.
//!
//! ```text
//! y_t ~ NB(mean m_t = l_(t-1) f_t, variance m_t + a m_t^2)       f_t: cycle x regressors x launch x time on the shelf
//! l_t = S_t / W_t,   S_t = d S_(t-1) + y_t,   W_t = d W_(t-1) + f_t,   d = 1 - alpha      in the history
//! the same, and then l_t += phi (L - l_t)                        on a path, L the level with the smallest alpha
//! ```
//!
//! The level is the discounted gamma-Poisson filter of Harvey and Fernandes ("Time series models for count or qualitative
//! observations", Journal of Business and Economic Statistics 7, 1989, equations 2.8 to 2.12): what is sold over what could have been, both
//! discounted. It begins as a gamma prior of the item's analogues, so that an item's first weeks are the conjugate daily update, and
//! a period off the shelf counts for nothing. Where an item ran out, the expected demand given that it was at least what was sold takes
//! its place, with what the round before found (EM, Dempster, Laird and Rubin 1977): the tails of the item's own past where it is long
//! enough, else those of the law.
//!
//! On a path the level follows what is sold as in the history: a path that sells well goes on selling well, which is what makes
//! totals over weeks spread as they do (Snyder, Ord and Beaumont, International Journal of Forecasting 28, 2012: their damped
//! negative-binomial model; without damping, paths of counts end at 0 for good). Each path begins at a level of its own, gamma
//! with `S` and `W` for its parameters, as the level itself is only estimated; and each week of a path has a factor that all items
//! of the category share.
//!
//! What one item cannot tell, the panel does: the cycle is shrunk to the panel's profile, `alpha` and `a` to what fits the panel.

use super::levels::{Level, levels};
use super::path::{Factors, ItemModel};
use super::regression::{Dated, slow_means};
use super::tails::Tails;
use super::trends::trends;
use super::{Calendar, Fitted, Item, Method, Panel, Shelf, Step, Streams};
use rand_distr::Gamma;
use rayon::prelude::*;
use restock_base::law::CountLaw;
use std::collections::BTreeMap;

/// The negative binomial count model, whose level is a discounted gamma-Poisson filter (Harvey and Fernandes, 1989).
#[derive(Debug, Clone, Copy)]
pub struct CountModel {
    /// Units of the panel's cycle that an item's own is mixed with.
    pub cycle_prior_units: f64,
    /// Periods of the panel's dispersion that an item's own is mixed with.
    pub dispersion_prior_periods: f64,
    /// Share by which a path's level goes back to the long-run level each period; absent for the default of the panel's step.
    pub damping: Option<f64>,
    /// Factor on the variance of the level that a path begins with: filters understate it, since their parameters are estimated too.
    pub level_spread: f64,
}

impl Default for CountModel {
    fn default() -> Self {
        CountModel { cycle_prior_units: 200.0, dispersion_prior_periods: 60.0, damping: None, level_spread: 3.0 }
    }
}

/// Weights of the newest period that are tried.
const ALPHAS: [f64; LANES] = [0.01, 0.02, 0.04, 0.07, 0.11, 0.17, 0.26];
const LANES: usize = 7;

/// Rounds of expectation and maximisation where demand was hidden, at most, and the relative change of all demand that ends them.
const ROUNDS: usize = 30;
const SETTLED: f64 = 3e-5;

/// Largest inverse dispersion.
const LARGEST_A: f64 = 100.0;

/// Periods from which an item's own scatter and weight are known.
const KNOWN: f64 = 100.0;

/// Levels are not let below this.
const LEAST_LEVEL: f64 = 1e-4;

/// The count model, fitted on a panel.
#[derive(Debug, Clone)]
pub struct FittedCounts {
    items: Vec<ItemModel>,
    heard: Vec<Heard>,
}

/// An item filtered with every `alpha` at once, a lane each.
#[derive(Debug, Clone, Copy, Default)]
struct Filtered {
    sold: [f64; LANES],
    weight: [f64; LANES],
    /// Quasi-log-likelihood of a Poisson law: the level's fit without the dispersion.
    fit: [f64; LANES],
    /// `sum (y - m)^2 - m` and `sum m^2`: their ratio is `a`.
    excess: [f64; LANES],
    squares: [f64; LANES],
    /// `sum (y - m)^2 / m` over periods, and their number: how much more than Poisson the item scatters.
    scatter: [f64; LANES],
    seen: f64,
    /// Variance of the level over its square, before anything was seen.
    widest: f64,
}

/// What one look at a panel found, by item.
struct Look {
    factors: Vec<Factors>,
    held: Vec<Option<Level>>,
    filtered: Vec<Filtered>,
    /// Lane of `alpha`, and inverse dispersion.
    laws: Vec<(usize, f64)>,
    heard: Vec<Heard>,
}

/// What the filter made of an item whose demand was hidden; empty for others.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    /// By period: what was expected before it, and its units, with expected demand in the place of sales where the item ran out.
    pub(super) periods: Vec<(f64, f64)>,
    /// Mean of the periods around each, and the standard deviation of a law of that mean: what tails relate to.
    usual: Vec<(f64, f64)>,
    /// By year of the item; absent where a year has too few periods that were not hidden.
    tails: Vec<Option<Tails>>,
    year: usize,
}

/// Share of a year on each side over which the usual mean of a period is taken.
const AROUND: f64 = 0.5;

/// Half a unit less than what was sold: where means differ from period to period, other counts of as many units are at least this.
fn least(units: f64) -> f64 {
    units - 0.5
}

impl Heard {
    fn new(item: &Item, periods: Vec<(f64, f64)>, usual: Vec<f64>, law: &CountLaw, year: usize) -> Self {
        let usual: Vec<(f64, f64)> = usual.into_iter().map(|m| (m, law.variance(m).sqrt())).collect();
        let scores = |(t, (mean, scale)): (usize, &(f64, f64))| match item.shelf_at(t) {
            _ if *scale <= 0.0 => None,
            Shelf::Open(_) => None,
            Shelf::RanOut => Some(((least(item.units[t]) - mean) / scale, true)),
            Shelf::Full => Some(((item.units[t] - mean) / scale, false)),
        };
        let all: Vec<Option<(f64, bool)>> = usual.iter().enumerate().map(scores).collect();
        let tails = all.chunks(year).map(|block| Tails::of(block.iter().copied().flatten().collect())).collect();
        Heard { periods, usual, tails, year }
    }

    fn at(&self, t: usize) -> Option<(f64, f64, &Tails)> {
        let (mean, scale) = *self.usual.get(t)?;
        (scale > 0.0).then_some((mean, scale, self.tails.get(t / self.year)?.as_ref()?))
    }

    /// Mean and variance of demand of at least `units` in period `t`; absent where the item's past does not say.
    fn beyond(&self, t: usize, units: f64) -> Option<(f64, f64)> {
        let (mean, scale, tails) = self.at(t)?;
        let (first, second) = tails.beyond((least(units) - mean) / scale)?;
        Some((mean + scale * first, scale * scale * (second - first * first)))
    }

    /// The demand that the uniform number `u` selects among those of at least `units`; absent likewise.
    pub(super) fn draw(&self, t: usize, units: f64, u: f64) -> Option<f64> {
        let (mean, scale, tails) = self.at(t)?;
        let score = tails.draw((least(units) - mean) / scale, u)?;
        Some((mean + scale * score).round().max(units))
    }
}

/// How demand behind a stock-out is guessed: by the item's own past, else by the law.
struct Hidden<'a> {
    lane: usize,
    law: CountLaw,
    heard: &'a Heard,
}

impl Hidden<'_> {
    /// Mean and variance of demand of at least `units` in period `t`, where the filter expected `mean`.
    fn beyond(&self, t: usize, mean: f64, units: f64) -> (f64, f64) {
        let (first, variance) = self.heard.beyond(t, units).unwrap_or_else(|| {
            let tail = self.law.tail(mean, units);
            (tail.mean, tail.square - tail.mean * tail.mean)
        });
        (first.max(units), variance.max(0.0))
    }
}

/// Gamma prior of an item's level: `units` as if seen in `periods`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Prior {
    units: f64,
    periods: f64,
}

impl CountModel {
    /// Fits the panel.
    #[must_use]
    pub fn fit_counts(&self, panel: &Panel, calendar: &Calendar) -> FittedCounts {
        let mut look = self.look(panel, panel, calendar, None);
        if panel.items.iter().any(Item::is_censored) {
            let mut wanted = panel.clone();
            let total = |p: &Panel| p.items.iter().flat_map(|i| &i.units).sum::<f64>();
            for round in 0..ROUNDS {
                let before = total(&wanted);
                for (item, heard) in wanted.items.iter_mut().zip(&look.heard) {
                    if !heard.periods.is_empty() {
                        item.units = heard.periods.iter().map(|p| p.1).collect();
                        for shelf in item.shelf.iter_mut().filter(|s| **s == Shelf::RanOut) {
                            *shelf = Shelf::Full;
                        }
                    }
                }
                // The first look guessed nothing.
                if round > 0 && (total(&wanted) / before - 1.0).abs() < SETTLED {
                    break;
                }
                look = self.look(panel, &wanted, calendar, Some(&look));
            }
        }
        let damping = self.damping.unwrap_or(match panel.step {
            Step::Day => 0.04,
            Step::Week => 0.08,
            Step::Month | Step::Quarter => 0.1,
        });
        let fits = look.factors.into_iter().zip(look.held).zip(look.filtered).zip(look.laws);
        let mut items: Vec<ItemModel> = panel
            .items
            .iter()
            .zip(fits)
            .map(|(item, (((factors, held), found), (lane, a)))| {
                let (sold, weight) = (found.sold[lane], found.weight[lane].max(1e-9));
                let level = (sold / weight).max(LEAST_LEVEL);
                let law = CountLaw::new(a);
                // Variance of a level over its square: that of `weight` periods, each as dispersed as the law, or of the analogues if that is less.
                let spread = |level: f64, weight: f64| {
                    // Of what scatters less than chance the level is known better, too.
                    let scatter = if found.seen >= KNOWN { (found.scatter[lane] / found.seen).min(1.0) } else { 1.0 };
                    // A level that is followed with the smallest weight has hardly moved: what it rests on is all that it is uncertain by.
                    let steady = lane == 0 && found.seen >= KNOWN;
                    let factor = if steady { self.level_spread.min(1.0) } else { self.level_spread };
                    (factor * scatter * law.variance(level) / (level * level * weight)).min(found.widest)
                };
                let slow_weight = found.weight[0].max(1e-9);
                let long_run = (found.sold[0] / slow_weight).max(LEAST_LEVEL);
                let relative = spread(level, weight);
                let start =
                    Gamma::new(1.0 / relative, relative).ok().filter(|_| relative.is_finite() && relative > 1e-9);
                ItemModel {
                    factors,
                    held,
                    length: item.units.len(),
                    sold: level * weight,
                    weight,
                    long_run,
                    lasting: (spread(long_run, slow_weight) / relative).min(1.0),
                    alpha: ALPHAS[lane],
                    damping,
                    start,
                    law,
                    shock: 0.0,
                    shock_lasts: if panel.step == Step::Day { 7 } else { 1 },
                }
            })
            .collect();
        shared_shocks(panel, &mut items);
        FittedCounts { items, heard: look.heard }
    }

    /// Factors of the cycle, of `wanted`, and of each item's trend.
    pub(super) fn factors(&self, panel: &Panel, wanted: &Panel) -> Vec<Factors> {
        let cycles = self.cycles(wanted);
        let of = |(item, cycle): (&Item, Vec<f64>)| Factors {
            first: if cycle.len() > 1 { panel.season(item.start) } else { 0 },
            cycle,
            dated: Vec::new(),
            trend: None,
        };
        let mut factors: Vec<Factors> = wanted.items.iter().zip(cycles).map(of).collect();
        let found = trends(panel, &|i, t| factors[i].at(t));
        factors.iter_mut().zip(found).for_each(|(f, trend)| f.trend = trend);
        factors
    }

    /// Looks at the panel once: factors and priors from `wanted`, the demand of the look before; then the filter, with the laws of the look before where
    /// demand was hidden.
    fn look(&self, panel: &Panel, wanted: &Panel, calendar: &Calendar, before: Option<&Look>) -> Look {
        let priors = Priors::new(wanted);
        let mut factors = self.factors(panel, wanted);
        let held = levels(panel, &factors);
        let dated = Dated::fit(wanted, calendar, &factors);
        for (f, (i, item)) in factors.iter_mut().zip(wanted.items.iter().enumerate()) {
            f.dated = dated.of(wanted, calendar, i, item);
        }
        let follow = |(i, item): (usize, &Item)| {
            if !item.is_censored() {
                let found = filter(item, (&factors[i], held[i]), priors.of(item), None, &mut |_, _, _| {});
                return (found, Heard::default());
            }
            let hidden =
                before.map(|b| Hidden { lane: b.laws[i].0, law: CountLaw::new(b.laws[i].1), heard: &b.heard[i] });
            let mut periods = Vec::with_capacity(item.units.len());
            let found = filter(item, (&factors[i], held[i]), priors.of(item), hidden.as_ref(), &mut |t, level, y| {
                periods.push((level * factors[i].at(t), y));
            });
            let usual = slow_means(&wanted.items[i], &factors[i], (panel.step.per_year() * AROUND) as usize);
            let law = hidden.map_or_else(|| CountLaw::new(0.0), |h| h.law);
            (found, Heard::new(item, periods, usual, &law, panel.step.per_year() as usize))
        };
        let (filtered, heard): (Vec<Filtered>, Vec<Heard>) = panel.items.par_iter().enumerate().map(follow).unzip();
        let prior = prior_of_alphas(&filtered);
        let lanes: Vec<usize> = filtered.iter().map(|f| best(f, &prior)).collect();
        let sum = |of: fn(&Filtered) -> &[f64; LANES]| filtered.iter().zip(&lanes).map(|(f, a)| of(f)[*a]).sum::<f64>();
        let (excess, squares) = (sum(|f| &f.excess), sum(|f| &f.squares));
        let pooled = if squares > 0.0 { (excess / squares).clamp(0.0, LARGEST_A) } else { 0.0 };
        let laws = filtered.iter().zip(lanes).map(|(f, lane)| (lane, self.dispersion(f, lane, pooled))).collect();
        Look { factors, held, filtered, laws, heard }
    }

    /// Inverse dispersion of an item; the panel's counts as so many periods of this item's level.
    fn dispersion(&self, f: &Filtered, lane: usize, pooled: f64) -> f64 {
        let level = f.sold[lane] / f.weight[lane].max(1e-9);
        let prior = self.dispersion_prior_periods * level * level;
        ((f.excess[lane] + pooled * prior) / (f.squares[lane] + prior)).clamp(0.0, LARGEST_A)
    }

    /// Cycle of each item, shrunk to the panel's: a gamma-Poisson update in units. Weeks have none.
    fn cycles(&self, panel: &Panel) -> Vec<Vec<f64>> {
        let length = if panel.step == Step::Week { 1 } else { panel.step.cycle() };
        if length == 1 || panel.periods < 2 * length {
            return vec![vec![1.0]; panel.items.len()];
        }
        let places: Vec<usize> = (0..panel.periods).map(|t| panel.season(t)).collect();
        let (mut units, mut periods) = (vec![0.0; length], vec![0.0; length]);
        for item in &panel.items {
            let mean = item.mean();
            if mean > 0.0 {
                for (i, y) in item.units.iter().enumerate() {
                    units[places[item.start + i]] += y / mean;
                    periods[places[item.start + i]] += item.exposure(i);
                }
            }
        }
        let raw: Vec<f64> = units.iter().zip(&periods).map(|(u, n)| if *n > 0.0 { u / n } else { 1.0 }).collect();
        let profile = normalised(raw);
        let own = |item: &Item| {
            let (mut units, mut expected) = (vec![0.0; length], vec![0.0; length]);
            let mean = item.mean();
            for (i, y) in item.units.iter().enumerate() {
                units[places[item.start + i]] += y;
                expected[places[item.start + i]] += mean * item.exposure(i);
            }
            let prior = self.cycle_prior_units / length as f64;
            normalised((0..length).map(|d| (units[d] + prior * profile[d]) / (expected[d] + prior)).collect())
        };
        panel.items.iter().map(own).collect()
    }
}

/// Factors scaled to a mean of 1; all 1 if they add up to nothing.
fn normalised(factors: Vec<f64>) -> Vec<f64> {
    let mean = factors.iter().sum::<f64>() / factors.len() as f64;
    if mean > 0.0 { factors.iter().map(|f| f / mean).collect() } else { vec![1.0; factors.len()] }
}

/// Filters an item with every `alpha`. Periods in which the item ran out count with their expected demand, if it is known how to guess it; else for
/// nothing. `heard` is told each period's index, the level before it (the first lane's, or the guess's), and the demand that took its place.
fn filter(
    item: &Item,
    (factors, held): (&Factors, Option<Level>),
    prior: Prior,
    hidden: Option<&Hidden<'_>>,
    heard: &mut dyn FnMut(usize, f64, f64),
) -> Filtered {
    let mut out = Filtered {
        sold: [prior.units; LANES],
        weight: [prior.periods; LANES],
        widest: 1.0 / prior.units,
        ..Filtered::default()
    };
    let lane = hidden.map_or(0, |h| h.lane);
    let plain = item.shelf.is_empty();
    let rest = ALPHAS.map(|a| 1.0 - a);
    for (i, sold) in item.units.iter().enumerate() {
        if let Some(held) = held.filter(|l| l.since == i) {
            // The level before it is remembered as far as the new one is not believed.
            for (sold, weight) in out.sold.iter_mut().zip(&mut out.weight) {
                let kept = (held.kept(item.units.len() - i) / weight.max(1e-9)).min(1.0);
                *sold *= kept;
                *weight *= kept;
            }
        }
        let (mut y, mut f, mut more) = (*sold, factors.at(i), 0.0);
        let level = out.sold[lane] / out.weight[lane];
        if !plain {
            match item.shelf_at(i) {
                Shelf::Full => {}
                Shelf::Open(share) => f *= share,
                Shelf::RanOut => match hidden {
                    Some(h) => (y, more) = h.beyond(i, level * f, y),
                    None => f = 0.0,
                },
            }
        }
        heard(i, level, y);
        if f <= 0.0 {
            continue;
        }
        out.seen += 1.0;
        for (a, rest) in rest.iter().enumerate() {
            let m = out.sold[a] / out.weight[a] * f;
            let y = y.min(highest(m, out.seen));
            let e2 = (y - m) * (y - m) + more;
            out.excess[a] += e2 - m;
            out.squares[a] += m * m;
            out.scatter[a] += e2 / m.max(1e-9);
            out.fit[a] -= m;
            out.sold[a] = rest * out.sold[a] + y;
            out.weight[a] = rest * out.weight[a] + f;
            if y > 0.0 {
                out.fit[a] += y * m.max(1e-12).ln();
            }
        }
    }
    out
}

/// Units of a period that are believed of a new item: one order of thousands, of an item of which nothing else is known, is no level.
#[inline]
fn highest(mean: f64, seen: f64) -> f64 {
    if seen > NEW { f64::INFINITY } else { BELIEVED * (mean + 1.0) }
}

/// Periods for which an item is new, and times its mean that a period is believed to tell then.
const NEW: f64 = 14.0;
const BELIEVED: f64 = 10.0;

/// How well each `alpha` fits an item: its quasi-likelihood, discounted by how much more than Poisson the item
/// scatters, and the panel's prior.
fn scores(f: &Filtered, prior: &[f64; LANES]) -> [f64; LANES] {
    let scatter = f.scatter.iter().copied().fold(f64::INFINITY, f64::min) / f.seen.max(1.0);
    std::array::from_fn(|a| f.fit[a] / scatter.max(1.0) + prior[a].ln())
}

fn best(f: &Filtered, prior: &[f64; LANES]) -> usize {
    let scores = scores(f, prior);
    // Of weights that fit alike the slowest: a constant series fits them all, and scatters least under it.
    (0..LANES).rev().max_by(|a, b| scores[*a].total_cmp(&scores[*b])).unwrap_or(0)
}

/// How often each `alpha` fits the panel's items: two rounds of expectation and maximisation from equal weights.
fn prior_of_alphas(filtered: &[Filtered]) -> [f64; LANES] {
    let mut prior = [1.0 / LANES as f64; LANES];
    for _ in 0..2 {
        // One item's worth of equal weights, so that none is ruled out.
        let mut weights = [1.0 / LANES as f64; LANES];
        for f in filtered {
            let scores = scores(f, &prior);
            let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let sum: f64 = scores.iter().map(|s| (s - top).exp()).sum();
            for (w, s) in weights.iter_mut().zip(scores) {
                *w += (s - top).exp() / sum;
            }
        }
        let sum: f64 = weights.iter().sum();
        prior = weights.map(|w| w / sum);
    }
    prior
}

/// Priors of levels: gamma laws that have the mean and variance of what analogues sold.
struct Priors {
    /// By category and price band; by category; of all.
    of: BTreeMap<(Option<String>, Option<i32>), Prior>,
}

/// Analogues that a category or band must have to speak for itself.
const ANALOGUES: usize = 5;

/// Price bands are this factor wide.
const BAND: f64 = 2.0;

impl Priors {
    fn new(panel: &Panel) -> Self {
        let mut means: BTreeMap<(Option<String>, Option<i32>), Vec<f64>> = BTreeMap::new();
        for item in panel.items.iter().filter(|i| i.units.len() >= 2 * panel.step.cycle().min(14)) {
            let mean = item.mean();
            if mean > 0.0 {
                for key in Self::keys(item) {
                    means.entry(key).or_default().push(mean);
                }
            }
        }
        let law = |x: &Vec<f64>| {
            let n = x.len() as f64;
            let mean = x.iter().sum::<f64>() / n;
            let variance = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
            // Shape: mean^2 / variance. With few analogues their spread is uncertain too: it is taken as exponential.
            let shape =
                if x.len() >= ANALOGUES && variance > 0.0 { (mean * mean / variance).clamp(0.2, 10.0) } else { 1.0 };
            Prior { units: shape, periods: shape / mean }
        };
        let of = means
            .iter()
            .filter(|(key, x)| x.len() >= ANALOGUES || **key == (None, None))
            .map(|(key, x)| (key.clone(), law(x)))
            .collect();
        Priors { of }
    }

    /// From the closest analogues to all items.
    fn keys(item: &Item) -> Vec<(Option<String>, Option<i32>)> {
        let band = item.price.filter(|p| *p > 0.0).map(|p| (p.ln() / BAND.ln()).floor() as i32);
        let mut keys = vec![(item.group.clone(), band), (item.group.clone(), None), (None, band), (None, None)];
        keys.dedup();
        keys.sort();
        keys.dedup();
        keys.reverse();
        keys
    }

    fn of(&self, item: &Item) -> Prior {
        // A panel in which nothing ever sold: a unit in ten periods, and little trust in that.
        let nothing = Prior { units: 0.1, periods: 1.0 };
        Self::keys(item).iter().find_map(|k| self.of.get(k)).copied().unwrap_or(nothing)
    }
}

/// Estimates the factor that items of a category share in a week: how much more the ratio of what they sold to
/// what was expected of them varies than their own laws explain.
fn shared_shocks(panel: &Panel, items: &mut [ItemModel]) {
    let lasts = if panel.step == Step::Day { 7 } else { 1 };
    let blocks = panel.periods.div_ceil(lasts);
    // Blocks of the last two years, at most.
    let from = blocks.saturating_sub(104);
    let mut sums: BTreeMap<Option<&str>, Vec<(f64, f64, f64)>> = BTreeMap::new();
    for (item, model) in panel.items.iter().zip(items.iter()) {
        let group = sums.entry(item.group.as_deref()).or_insert_with(|| vec![(0.0, 0.0, 0.0); blocks]);
        let (mut sold, mut weight) = (0.0, 0.0);
        for (i, y) in item.units.iter().enumerate() {
            let f = if item.shelf_at(i) == Shelf::RanOut { 0.0 } else { model.factors.at(i) * item.exposure(i) };
            let (block, m) = ((item.start + i) / lasts, sold / f64::max(weight, 1e-9) * f);
            // Not before the level has settled.
            if block >= from && weight > 0.25 / model.alpha && f > 0.0 {
                let g = &mut group[block];
                *g = (g.0 + y, g.1 + m, g.2 + model.law.variance(m));
            }
            sold = (1.0 - model.alpha) * sold + if f > 0.0 { *y } else { 0.0 };
            weight = (1.0 - model.alpha) * weight + f;
        }
    }
    let mut shocks: BTreeMap<Option<&str>, f64> = BTreeMap::new();
    for (group, blocks) in &sums {
        let ratios: Vec<(f64, f64)> =
            blocks.iter().filter(|b| b.1 > 1.0).map(|b| ((b.0 - b.1) / b.1, b.2 / (b.1 * b.1))).collect();
        if ratios.len() >= 8 {
            let n = ratios.len() as f64;
            let mean = ratios.iter().map(|r| r.0).sum::<f64>() / n;
            let excess = ratios.iter().map(|r| (r.0 - mean).powi(2) - r.1).sum::<f64>() / n;
            shocks.insert(*group, excess.clamp(0.0, 0.25).ln_1p().sqrt());
        }
    }
    for (item, model) in panel.items.iter().zip(items) {
        model.shock = shocks.get(&item.group.as_deref()).copied().unwrap_or(0.0);
    }
}

impl ItemModel {
    /// The item's history again, with the fitted parameters: for each period the mean that was expected before it, and the demand that
    /// the filter took in (expected demand where the item ran out).
    #[must_use]
    pub fn expected(&self, item: &Item) -> Vec<(f64, f64)> {
        let lane = ALPHAS.iter().position(|a| *a == self.alpha).unwrap_or(0);
        // Begins at the item's own mean: what is looked for is what sticks out of it, not how it was learned.
        let prior = Prior { units: item.mean().max(LEAST_LEVEL) * 14.0, periods: 14.0 };
        let mut out = Vec::with_capacity(item.units.len());
        let hidden = Hidden { lane, law: self.law.clone(), heard: &Heard::default() };
        filter(item, (&self.factors, self.held), prior, Some(&hidden), &mut |i, level, y| {
            out.push((level * self.factors.at(i), y));
        });
        out
    }
}

impl FittedCounts {
    /// What was fitted of the item at this index of the panel.
    #[must_use]
    pub fn item(&self, item: usize) -> &ItemModel {
        &self.items[item]
    }

    /// What was made of an item's hidden demand.
    pub(super) fn heard(&self, item: usize) -> &Heard {
        &self.heard[item]
    }
}

impl Method for CountModel {
    fn name(&self) -> String {
        "count model".into()
    }

    fn reads_shelf(&self) -> bool {
        true
    }

    fn reads_calendar(&self) -> bool {
        true
    }

    fn fit(&self, panel: &Panel, calendar: &Calendar) -> Box<dyn Fitted> {
        Box::new(self.fit_counts(panel, calendar))
    }
}

impl Fitted for FittedCounts {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        self.items[item].draw_several(streams, path, out.len(), None, out);
    }

    fn simulate_several(&self, item: usize, streams: &Streams, first: u32, horizon: usize, out: &mut [f64]) {
        self.items[item].draw_several(streams, first, horizon, None, out);
    }
}
