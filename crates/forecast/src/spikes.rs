//! Spikes: periods that the count model did not think possible, and the surges and promotions that they are samples of.
//!
//! A period is a spike if it sold more than the count model's extreme quantile ([`EXTREME`]), with parameters from which spikes are
//! left out: the model is fitted, spikes are cut down to what was expected, and it is fitted again. Where the largest order line of a period is
//! known and the rest of the period is nothing unusual, only that line is taken out: a bulk order.

use super::counting::Counting;
use super::{Calendar, CountModel, FittedCounts, Item, Panel, Shelf};
use rayon::prelude::*;
use restock_base::law::Dist;
use restock_base::stats::special::Z90;
use std::sync::Arc;

/// Probability that a period without a spike stays below.
pub const EXTREME: f64 = 0.999;

/// The same in the first round.
const BOLD: f64 = 0.995;

/// A spike sells at least so many times what was expected, and so many units.
const LEAST_UPLIFT: f64 = 4.0;
const LEAST_UNITS: f64 = 4.0;

/// Times that the model is fitted without the spikes found so far.
const ROUNDS: usize = 3;

/// A run of spikes of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Spike {
    /// Index in the panel.
    pub item: usize,
    /// First period of the run, counted from the panel's first.
    pub from: usize,
    /// Number of periods of the run.
    pub periods: usize,
    /// Units sold in the run.
    pub units: f64,
    /// Units that were expected.
    pub expected: f64,
    /// Highest ratio of units to what was expected.
    pub uplift: f64,
    /// Largest order line of its periods over their units, where lines are known.
    pub largest_line: Option<f64>,
}

/// The spikes of a panel.
#[derive(Debug, Clone)]
pub struct Spikes {
    /// The spikes, item by item.
    pub list: Vec<Spike>,
    /// The panel without bulk orders, and with other spikes cut down to what was expected of their periods: the baseline's history.
    pub without: Panel,
    /// The count model of that.
    pub model: Arc<FittedCounts>,
    /// Item-periods of the panel.
    pub periods: f64,
    /// Units sold in the whole panel.
    pub units: f64,
    /// Item-periods in which something sold, spikes among them.
    pub selling: f64,
}

/// Finds the spikes of a panel. Periods under promotion are none: they were planned.
#[must_use]
pub fn detect(panel: &Panel, calendar: &Calendar) -> Spikes {
    let mut without = panel.clone();
    let mut flags: Vec<Vec<bool>> = panel.items.iter().map(|i| vec![false; i.units.len()]).collect();
    // Spikes make the law wide and the weekdays they fell on large: the first fit does without the highest periods of each item, whatever they are.
    let mut model = CountModel::default().fit_counts(&lowered(panel), calendar);
    for round in 0..ROUNDS {
        // The first round cuts boldly: what is left of the spikes still widens the law.
        let p = if round == 0 { BOLD } else { EXTREME };
        // By item: its units without spikes, and where they were.
        let cut = |(i, item): (usize, &Item)| {
            let means = usual(&model, i, &without);
            let law = model.item(i).law();
            let mut units = item.units.clone();
            let mut spiky = vec![false; units.len()];
            for (t, y) in item.units.iter().enumerate() {
                let mean = means[t];
                let promoted = item.promotion.get(t).is_some_and(|p| *p > 0.0);
                let possible = |units: f64| units < LEAST_UNITS || units < LEAST_UPLIFT * mean;
                if possible(*y) || promoted || *y <= law.quantile(mean.max(1e-3), p) {
                    continue;
                }
                spiky[t] = true;
                // One order line that makes the difference is taken out alone; else the day is cut down to what is usual.
                let others = item.largest_line.get(t).map(|line| (y - line).max(0.0)).filter(|rest| possible(*rest));
                units[t] = others.unwrap_or(mean.round());
            }
            (units, spiky)
        };
        let found: Vec<(Vec<f64>, Vec<bool>)> = panel.items.par_iter().enumerate().map(cut).collect();
        for ((item, spiky), found) in without.items.iter_mut().zip(&mut flags).zip(found) {
            (item.units, *spiky) = found;
        }
        model = CountModel::default().fit_counts(&without, calendar);
    }
    let mut list = Vec::new();
    for (i, item) in panel.items.iter().enumerate() {
        let means = usual(&model, i, &without);
        let mut t = 0;
        while t < flags[i].len() {
            if !flags[i][t] {
                t += 1;
                continue;
            }
            let run = flags[i][t..].iter().take_while(|f| **f).count();
            let of = |v: &[f64]| v[t..t + run].iter().sum::<f64>();
            let expected = of(&means);
            let uplift = (t..t + run).map(|k| item.units[k] / means[k].max(1e-3)).fold(0.0, f64::max);
            let units = of(&item.units);
            let largest_line = item.largest_line.get(t..t + run).map(|l| l.iter().copied().fold(0.0, f64::max) / units);
            list.push(Spike { item: i, from: item.start + t, periods: run, units, expected, uplift, largest_line });
            t += run;
        }
    }
    Spikes::among(list, panel, without, model)
}

/// Share of an item's periods that may be spikes at first.
const HIGHEST: f64 = 0.01;

/// The panel with the highest [`HIGHEST`] of each item's periods cut down to the highest of the others.
fn lowered(panel: &Panel) -> Panel {
    let mut out = panel.clone();
    for item in &mut out.items {
        let mut sorted = item.units.clone();
        sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        if let Some(limit) = sorted.get((HIGHEST * sorted.len() as f64).ceil() as usize) {
            for y in &mut item.units {
                *y = y.min(*limit);
            }
        }
    }
    out
}

/// Share of an ordinary period that is usual at least: a sale on a weekday on which nothing sells is measured against the others.
const LEAST_FACTOR: f64 = 0.3;

/// What is usual in each period of an item: what was expected of it, or of a period in the long run if that is more (a lull does not make what
/// follows a spike).
fn usual(model: &FittedCounts, item: usize, panel: &Panel) -> Vec<f64> {
    let m = model.item(item);
    let means = m.expected(&panel.items[item]);
    means.iter().enumerate().map(|(t, (mean, _))| mean.max(m.long_run() * m.factor_at(t).max(LEAST_FACTOR))).collect()
}

/// The law of an item's unplanned surges: what forecasts draw and scenarios have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurgeFit {
    /// Arrivals in 365 days: memoryless.
    pub per_year: f64,
    /// Lognormal factor on the first day.
    pub median_uplift: f64,
    /// Factor on the first day's demand that one surge in ten exceeds.
    pub p90_uplift: f64,
    /// Days in which the excess falls to `1/e`.
    pub tau_days: f64,
}

impl SurgeFit {
    /// Law of the factor on demand on the first day.
    #[must_use]
    pub fn peak_uplift(&self) -> Dist {
        Dist::lognormal_median_p90(self.median_uplift, self.p90_uplift)
    }

    /// The same surge day by day, of one that was measured in periods of so many days: each of the first period's days has its excess, and as much is
    /// sold in all.
    #[must_use]
    pub fn by_day(self, period_days: f64) -> Self {
        if period_days <= 1.0 {
            return self;
        }
        let left = self.left(period_days);
        SurgeFit { tau_days: -1.0 / (-(1.0 - left) / period_days).ln_1p(), ..self }
    }

    /// Share of the first day's excess that is left after so many days.
    #[must_use]
    pub fn left(&self, days: f64) -> f64 {
        (-days / self.tau_days).exp()
    }
}

/// Surges of a panel's kind: what an item's own few are shrunk to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SurgePrior {
    /// Arrivals in 365 days of one item.
    pub per_year: f64,
    /// Mean of the logarithm of the uplift: the logarithm of its median.
    pub mean_log: f64,
    /// Standard deviation of the logarithm of the uplift.
    pub sd_log: f64,
    /// Share of a period's excess that the next one has.
    pub left: f64,
    /// Coefficient of variation of the gaps between spikes of an item: 1 if they are memoryless.
    pub gap_variation: Option<f64>,
}

/// Years of the panel's rate, and surges of its size, that an item's own are mixed with.
const PRIOR_YEARS: f64 = 1.0;
const PRIOR_SURGES: f64 = 5.0;

/// Largest uplift of a surge, and the quantile of the standard normal law that one draw in a million is above.
const LARGEST: f64 = 9_500.0;
const Z_MILLION: f64 = 4.753_424_308_822_899;

impl Spikes {
    /// None, of a panel whose spikes are left among its ordinary periods.
    #[must_use]
    pub fn none(panel: &Panel, calendar: &Calendar) -> Self {
        Spikes::among(Vec::new(), panel, panel.clone(), CountModel::default().fit_counts(panel, calendar))
    }

    /// Spikes that were found in the counts of `panel`, in its units.
    pub(super) fn in_units(mut self, panel: &Panel, counting: &Counting, calendar: &Calendar) -> Self {
        for s in &mut self.list {
            s.units *= counting.unit(s.item);
            s.expected *= counting.unit(s.item);
        }
        let mut without = panel.clone();
        for (i, (item, counted)) in without.items.iter_mut().zip(&self.without.items).enumerate() {
            item.units = counted.units.iter().map(|y| y * counting.unit(i)).collect();
        }
        let model = CountModel::default().fit_counts(&without, calendar);
        Spikes::among(self.list, panel, without, model)
    }

    /// Those of `list` among the periods of `panel`.
    fn among(list: Vec<Spike>, panel: &Panel, without: Panel, model: FittedCounts) -> Self {
        let all = || panel.items.iter().flat_map(|i| &i.units);
        Spikes {
            list,
            model: Arc::new(model),
            periods: all().count() as f64,
            units: all().sum(),
            selling: all().filter(|y| **y > 0.0).count() as f64,
            without,
        }
    }

    /// Share of item-periods that are spikes; of those in which something sold; and of units sold in them.
    #[must_use]
    pub fn shares(&self) -> (f64, f64, f64) {
        let periods: usize = self.list.iter().map(|s| s.periods).sum();
        let units: f64 = self.list.iter().map(|s| s.units).sum();
        let share = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
        (share(periods as f64, self.periods), share(periods as f64, self.selling), share(units, self.units))
    }

    /// Median uplift; absent without a spike.
    #[must_use]
    pub fn median_uplift(&self) -> Option<f64> {
        let mut uplifts: Vec<f64> = self.list.iter().map(|s| s.uplift).collect();
        uplifts.sort_unstable_by(f64::total_cmp);
        restock_base::stats::interval::quantile(&uplifts, 0.5)
    }

    /// Share of spikes that last one period.
    #[must_use]
    pub fn lasting_one(&self) -> f64 {
        self.list.iter().filter(|s| s.periods == 1).count() as f64 / self.list.len().max(1) as f64
    }

    /// Spikes of which one order line makes up half or more; absent where lines are not known.
    #[must_use]
    pub fn bulk_orders(&self) -> Option<usize> {
        let known = self.list.iter().filter_map(|s| s.largest_line);
        (known.clone().count() > 0).then(|| known.filter(|l| *l >= 0.5).count())
    }

    /// Promotions by item, spikes apart; absent for items without one.
    #[must_use]
    pub fn promotions(&self) -> Vec<Option<PromotionFit>> {
        promotions(&self.without, &self.model)
    }

    /// What all items' spikes have in common.
    #[must_use]
    pub fn prior(&self) -> SurgePrior {
        let per_period = self.without.step.per_year();
        let years = self.periods / per_period;
        let n = self.list.len() as f64;
        let mut logs: Vec<f64> = self.list.iter().map(|s| s.uplift.max(1.01).ln()).collect();
        logs.sort_unstable_by(f64::total_cmp);
        let quantile = |p| restock_base::stats::interval::quantile(&logs, p);
        // By quantiles, as one absurd day among few would make the law absurd. Below five spikes their spread is a guess.
        let mean = quantile(0.5).unwrap_or(5.0_f64.ln());
        let spread = quantile(0.9).filter(|_| logs.len() >= 5).map_or(0.6, |high| (high - mean) / Z90);
        // What lasts one period leaves nothing; of d periods, at the threshold's height, a share of 1 - 1/d.
        let periods: f64 = self.list.iter().map(|s| s.periods as f64).sum();
        let left = if periods > 0.0 { (1.0 - n / periods).clamp(0.0, 0.95) } else { 0.0 };
        let mut gaps = Vec::new();
        // The list goes by items.
        for own in self.list.chunk_by(|a, b| a.item == b.item) {
            let span = self.without.items[own[0].item].units.len() as f64;
            // In units of the item's own mean gap.
            gaps.extend(own.windows(2).map(|w| (w[1].from - w[0].from) as f64 * own.len() as f64 / span));
        }
        let m = gaps.len() as f64;
        let mean_gap = gaps.iter().sum::<f64>() / m.max(1.0);
        let gap_spread = (gaps.iter().map(|g| (g - mean_gap).powi(2)).sum::<f64>() / (m - 1.0).max(1.0)).sqrt();
        SurgePrior {
            per_year: if years > 0.0 { n / years } else { 0.0 },
            mean_log: mean,
            sd_log: spread.clamp(0.1, 1.5),
            left,
            gap_variation: (m >= 20.0).then(|| gap_spread / mean_gap),
        }
    }

    /// The surges of an item, shrunk to the panel's; absent where nothing of the kind was ever seen.
    #[must_use]
    pub fn surge(&self, item: usize) -> Option<SurgeFit> {
        self.surge_among(&self.prior(), item)
    }

    /// The surges of every item, in the order of the panel.
    #[must_use]
    pub fn surges(&self) -> Vec<Option<SurgeFit>> {
        let prior = self.prior();
        (0..self.without.items.len()).map(|i| self.surge_among(&prior, i)).collect()
    }

    fn surge_among(&self, prior: &SurgePrior, item: usize) -> Option<SurgeFit> {
        if self.list.is_empty() {
            return None;
        }
        // The list goes by items.
        let upto = |past: &dyn Fn(usize) -> bool| self.list.partition_point(|s| past(s.item));
        let own = &self.list[upto(&|i| i < item)..upto(&|i| i <= item)];
        let n = own.len() as f64;
        let years = self.without.items[item].units.len() as f64 / self.without.step.per_year();
        let per_year = (n + PRIOR_YEARS * prior.per_year) / (years + PRIOR_YEARS);
        let sum: f64 = own.iter().map(|s| s.uplift.max(1.01).ln()).sum();
        let mean = ((sum + PRIOR_SURGES * prior.mean_log) / (n + PRIOR_SURGES)).min(LARGEST.ln());
        // No draw in a million is more than what a scenario takes for possible.
        let sd = prior.sd_log.min((LARGEST.ln() - mean) / Z_MILLION);
        let periods: f64 = own.iter().map(|s| s.periods as f64).sum();
        // Shrunk in numbers of surges, as the uplift is.
        let left = 1.0 - (n + PRIOR_SURGES) / (periods + PRIOR_SURGES / (1.0 - prior.left));
        let days = self.without.step.per_year().recip() * 365.25;
        Some(SurgeFit {
            per_year,
            median_uplift: mean.exp(),
            p90_uplift: (mean + Z90 * sd).exp(),
            // A tenth of the excess is nothing any more: what lasts one period has a tau of about 0.4.
            tau_days: if left > 0.1 { -days / left.ln() } else { 0.4 * days },
        })
    }
}

/// Promotions of one item: when they come, and what they do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PromotionFit {
    /// Promotions in the history.
    pub seen: usize,
    /// Mean days of a promotion.
    pub days: f64,
    /// Days from start to start: mean and coefficient of variation; absent with fewer than two.
    pub every_days: Option<(f64, f64)>,
    /// Mean factor on demand, shrunk to the panel's.
    pub uplift: f64,
    /// Standard deviation of the logarithm of the uplift from promotion to promotion.
    pub sd_log: f64,
    /// Factor on the days after it, as many as it lasted, likewise shrunk.
    pub after: f64,
    /// First day of the last one.
    pub last_start: usize,
}

/// Expected units that the panel's effect counts for against an item's own.
const PRIOR_UNITS: f64 = 40.0;

/// Promotions by item; absent for items without one. Effects are measured on periods on the shelf, against the moving average of those without promotions
/// around them.
fn promotions(panel: &Panel, model: &FittedCounts) -> Vec<Option<PromotionFit>> {
    struct Seen {
        runs: Vec<(usize, usize)>,
        /// Units and expected units of each run, and of the periods after it.
        during: Vec<(f64, f64)>,
        after: (f64, f64),
        /// What chance makes of a run's units: its variance relative to the mean.
        chance: Vec<f64>,
    }
    let look = |i: usize| -> Option<Seen> {
        let item = &panel.items[i];
        let n = item.units.len();
        let full = |t: &usize| item.shelf_at(*t) == Shelf::Full;
        let on = |t: usize| item.promotion.get(t).is_some_and(|p| *p > 0.0);
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for t in (0..n).filter(|t| on(*t)) {
            match runs.last_mut() {
                Some(r) if r.0 + r.1 == t => r.1 += 1,
                _ => runs.push((t, 1)),
            }
        }
        if runs.is_empty() {
            return None;
        }
        // Free of promotions and of the days right after them.
        let apart = |t: &usize| runs.iter().all(|(from, length)| t < from || *t >= from + 2 * length);
        let free: Vec<bool> = (0..n).map(|t| full(&t) && apart(&t)).collect();
        let base = |from: usize, to: usize| {
            let around = (from.saturating_sub(56)..(to + 56).min(n)).filter(|t| free[*t]);
            let (sum, count) = around.fold((0.0, 0.0), |s, t| (s.0 + item.units[t], s.1 + 1.0));
            if count > 0.0 { sum / count } else { item.mean() }
        };
        let total = |from: usize, to: usize| {
            let to = to.min(n);
            let open: Vec<usize> = (from..to).filter(full).collect();
            (open.iter().map(|t| item.units[*t]).sum::<f64>(), base(from, to) * open.len() as f64)
        };
        let during: Vec<(f64, f64)> = runs.iter().map(|(from, length)| total(*from, from + length)).collect();
        let a = model.item(i).law().inverse_dispersion();
        let chance = during.iter().zip(&runs).map(|(d, r)| 1.0 / d.0.max(1.0) + a / r.1 as f64).collect();
        let after = runs.iter().map(|(from, length)| total(from + length, from + 2 * length));
        let after = after.fold((0.0, 0.0), |s, x| (s.0 + x.0, s.1 + x.1));
        Some(Seen { runs, during, after, chance })
    };
    let seen: Vec<Option<Seen>> = (0..panel.items.len()).map(look).collect();
    let pooled = |of: &dyn Fn(&Seen) -> (f64, f64)| {
        let (y, m) = seen.iter().flatten().map(of).fold((0.0, 0.0), |s, x| (s.0 + x.0, s.1 + x.1));
        if m > 0.0 { y / m } else { 1.0 }
    };
    let sum = |s: &Seen| s.during.iter().fold((0.0, 0.0), |a, x| (a.0 + x.0, a.1 + x.1));
    let (all_during, all_after) = (pooled(&sum), pooled(&|s| s.after));
    // How much promotions differ beyond what chance makes of each.
    let excess: Vec<f64> = seen
        .iter()
        .flatten()
        .flat_map(|s| s.during.iter().zip(&s.chance).filter(|(d, _)| d.1 >= 10.0))
        .map(|(d, chance)| (d.0 / d.1 / all_during).max(0.05).ln().powi(2) - chance)
        .collect();
    let sd_log = (excess.iter().sum::<f64>() / excess.len().max(1) as f64).max(0.0).sqrt();
    let days = 365.25 / panel.step.per_year();
    seen.iter()
        .map(|s| {
            let s = s.as_ref()?;
            let shrunk = |(y, m): (f64, f64), all: f64| (y + PRIOR_UNITS * all) / (m + PRIOR_UNITS);
            let gaps: Vec<f64> = s.runs.windows(2).map(|w| (w[1].0 - w[0].0) as f64 * days).collect();
            let mean = gaps.iter().sum::<f64>() / gaps.len().max(1) as f64;
            let gap_spread = (gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / gaps.len().max(1) as f64).sqrt();
            Some(PromotionFit {
                seen: s.runs.len(),
                days: s.runs.iter().map(|r| r.1 as f64).sum::<f64>() / s.runs.len() as f64 * days,
                every_days: (!gaps.is_empty()).then(|| (mean, gap_spread / mean)),
                uplift: shrunk(sum(s), all_during),
                sd_log,
                after: shrunk(s.after, all_after),
                last_start: s.runs[s.runs.len() - 1].0,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Item, Step};
    use restock_base::calendar::Day;
    use restock_base::rng::Stream;

    fn noise(name: &str, days: usize, mean: f64, at: impl Fn(usize) -> f64) -> Item {
        let s = Stream::new(4, name, "test", "");
        let units = (0..days)
            .map(|t| restock_base::law::negative_binomial(mean * at(t), None, &mut s.at(0, t as i32, 0)) as f64)
            .collect();
        Item::new(name, 0, units)
    }

    /// Poisson demand of 3 a day with three days of 60: those are found, and almost nothing else. 20 items of 400 days: at 0.1 % a day and
    /// a least uplift of 4 (12 units, a chance of 7e-5) less than one false spike is expected; three are allowed.
    #[test]
    fn spikes_are_found_and_cut_out() {
        let items: Vec<Item> = (0..20)
            .map(|i| {
                noise(&format!("{i}"), 400, 3.0, |t| if i == 0 && [100, 200, 201].contains(&t) { 20.0 } else { 1.0 })
            })
            .collect();
        let panel = Panel { first: Day(0), step: Step::Day, periods: 400, items };
        let found = detect(&panel, &Calendar::default());
        let own: Vec<(usize, usize)> = found.list.iter().filter(|s| s.item == 0).map(|s| (s.from, s.periods)).collect();
        assert!(own.contains(&(100, 1)) && own.contains(&(200, 2)), "{own:?}");
        assert!(found.list.len() <= 5, "{:?}", found.list);
        assert!((found.list.iter().find(|s| s.from == 100 && s.item == 0).unwrap().uplift - 20.0).abs() < 7.0);
        let mean = found.without.items[0].mean();
        assert!((mean - 3.0).abs() < 0.35, "the baseline is free of them: {mean}");
        let surge = found.surge(0).unwrap();
        assert!(surge.per_year > found.surge(5).unwrap().per_year, "an item's own spikes count for more than others'");
    }

    /// One item alone, whose two days of 400 make its law so wide that it would allow them: they are found all the same.
    #[test]
    fn spikes_do_not_hide_themselves() {
        let item = noise("alone", 300, 3.0, |t| if [210, 260].contains(&t) { 133.0 } else { 1.0 });
        let panel = Panel { first: Day(0), step: Step::Day, periods: 300, items: vec![item] };
        let found = detect(&panel, &Calendar::default());
        assert_eq!(found.list.iter().map(|s| s.from).collect::<Vec<_>>(), [210, 260]);
        assert!((found.without.items[0].mean() - 3.0).abs() < 0.4);
    }

    /// Promotions of a week every six weeks that double demand, with a fifth missing in the week after.
    #[test]
    fn promotions_are_measured() {
        let on = |t: usize| t % 42 < 7 && t > 42;
        let items: Vec<Item> = (0..12)
            .map(|i| {
                let mut item = noise(&format!("{i}"), 500, 8.0, |t| match t % 42 {
                    _ if t <= 42 => 1.0,
                    0..7 => 2.0,
                    7..14 => 0.8,
                    _ => 1.0,
                });
                item.promotion = (0..500).map(|t| f64::from(u8::from(on(t)))).collect();
                item
            })
            .collect();
        let panel = Panel { first: Day(0), step: Step::Day, periods: 500, items };
        let p = detect(&panel, &Calendar::default()).promotions()[3].unwrap();
        assert!((p.days - 7.0).abs() < 0.2 && (p.every_days.unwrap().0 - 42.0).abs() < 0.2, "{p:?}");
        // 11 promotions x 56 units: standard errors of 3 % and 5 %.
        assert!((p.uplift - 2.0).abs() < 0.15 && (p.after - 0.8).abs() < 0.1, "{p:?}");
    }
}
