//! Forecasts that anybody would make: the yardsticks.

use super::{Calendar, Fitted, Item, Method, Panel, Step, Streams};

/// The last period again, plus the errors that this made in the past: one drawn for each period ahead and added up, nothing below 0
/// (a random walk).
#[derive(Debug, Clone, Copy, Default)]
pub struct Naive;

/// The last cycle again (week of days, year of weeks or months), plus the errors that this made in the past: whole cycles of errors drawn
/// with equal chances, nothing below 0. Below two cycles of history, the last period again.
#[derive(Debug, Clone, Copy, Default)]
pub struct SeasonalNaive;

/// Whole past weeks, one drawn for each week ahead, with weights that fall by `fade` a week; single periods where the panel has weeks or
/// months.
#[derive(Debug, Clone, Copy)]
pub struct RecentWeeks {
    /// Factor on the weight of a past week for each week that it lies further back, above 0 and at most 1.
    pub fade: f64,
}

impl Default for RecentWeeks {
    fn default() -> Self {
        RecentWeeks { fade: 0.93 }
    }
}

struct Cycles {
    items: Vec<Repeated>,
}

/// One item: a cycle that is repeated, and others of which one is added to it each time.
struct Repeated {
    base: Vec<f64>,
    /// Cumulative weight, and the cycle.
    added: Vec<(f64, Vec<f64>)>,
    /// What was added stays: a random walk.
    stays: bool,
}

/// Stretches of `length` periods, the latest first; each from its oldest period to its newest.
fn stretches(item: &Item, length: usize) -> Vec<Vec<f64>> {
    item.units.rchunks_exact(length).map(<[f64]>::to_vec).collect()
}

impl Cycles {
    fn new(panel: &Panel, length: usize, of: impl Fn(&Item) -> Repeated) -> Self {
        // An item without a whole stretch repeats the mean of what it has, or of the panel.
        let typical = panel.mean_of_items();
        let known = |item: &Item| {
            if item.units.len() >= length {
                of(item)
            } else {
                let mean = if item.units.is_empty() { typical } else { item.mean() };
                Repeated { base: vec![mean; length], added: vec![(1.0, vec![0.0; length])], stays: false }
            }
        };
        Cycles { items: panel.items.iter().map(known).collect() }
    }
}

impl Fitted for Cycles {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        let Repeated { base, added, stays } = &self.items[item];
        let total = added.last().map_or(0.0, |w| w.0);
        let mut moved = 0.0;
        for (block, periods) in out.chunks_mut(base.len()).enumerate() {
            let u = streams.own.at(path, block as i32, 0).uniform() * total;
            let drawn = added.partition_point(|w| w.0 < u).min(added.len() - 1);
            for (h, y) in periods.iter_mut().enumerate() {
                *y = (base[h] + moved + added[drawn].1[h]).max(0.0);
            }
            if *stays {
                moved += added[drawn].1[0];
            }
        }
    }

    fn point(&self, item: usize, out: &mut [f64]) -> bool {
        let r = &self.items[item];
        // Repeated as it is; where the base is nothing but zeros the mean of the paths is the forecast.
        let repeats = r.base.iter().any(|b| *b > 0.0) && r.added.iter().any(|a| a.1.iter().any(|v| *v < 0.0));
        if repeats {
            for (h, y) in out.iter_mut().enumerate() {
                *y = r.base[h % r.base.len()];
            }
        }
        repeats
    }
}

/// The last stretch of `length` periods, and the changes from each stretch to the next, with equal weights.
fn repeated(item: &Item, length: usize, stays: bool) -> Repeated {
    let stretches = stretches(item, length);
    let mut errors: Vec<(f64, Vec<f64>)> = stretches
        .windows(2)
        .enumerate()
        .map(|(i, w)| (i as f64 + 1.0, w[0].iter().zip(&w[1]).map(|(new, old)| new - old).collect()))
        .collect();
    if errors.is_empty() {
        errors.push((1.0, vec![0.0; length]));
    }
    Repeated { base: stretches[0].clone(), added: errors, stays }
}

impl Method for Naive {
    fn name(&self) -> String {
        "naive".into()
    }

    fn fit(&self, panel: &Panel, _: &Calendar) -> Box<dyn Fitted> {
        Box::new(Cycles::new(panel, 1, |item| repeated(item, 1, true)))
    }
}

impl Method for SeasonalNaive {
    fn name(&self) -> String {
        "seasonal naive".into()
    }

    fn fit(&self, panel: &Panel, _: &Calendar) -> Box<dyn Fitted> {
        let cycle = panel.step.cycle();
        Box::new(Cycles::new(panel, 1, |item| {
            if item.units.len() >= 2 * cycle { repeated(item, cycle, false) } else { repeated(item, 1, false) }
        }))
    }
}

impl Method for RecentWeeks {
    fn name(&self) -> String {
        "recent weeks".into()
    }

    fn fit(&self, panel: &Panel, _: &Calendar) -> Box<dyn Fitted> {
        let (fade, length) = (self.fade, if panel.step == Step::Day { 7 } else { 1 });
        Box::new(Cycles::new(panel, length, |item| {
            let mut sum = 0.0;
            let weighted = stretches(item, length).into_iter().enumerate().map(|(i, week)| {
                sum += fade.powi(i as i32);
                (sum, week)
            });
            Repeated { base: vec![0.0; length], added: weighted.collect(), stays: false }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fan;
    use restock_base::calendar::Day;

    fn panel(units: Vec<f64>) -> Panel {
        Panel { first: Day(0), step: Step::Day, periods: units.len(), items: vec![Item::new("x", 0, units)] }
    }

    #[test]
    fn a_history_that_repeats_is_repeated() {
        let week = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0];
        let p = panel(week.iter().copied().cycle().take(35).collect());
        for method in [&SeasonalNaive as &dyn Method, &RecentWeeks::default()] {
            let fan = Fan::draw(method.fit(&p, &Calendar::default()).as_ref(), 0, &Streams::new(1, "x", None), 20, 14);
            for h in 0..14 {
                assert_eq!(
                    (fan.quantile(h, 0.01), fan.quantile(h, 0.99)),
                    (week[h % 7], week[h % 7]),
                    "{}",
                    method.name()
                );
            }
        }
    }

    #[test]
    fn short_histories_have_a_forecast() {
        for units in [vec![], vec![3.0], vec![0.0; 8]] {
            let p = panel(units);
            for method in [&SeasonalNaive as &dyn Method, &RecentWeeks::default()] {
                let fan =
                    Fan::draw(method.fit(&p, &Calendar::default()).as_ref(), 0, &Streams::new(1, "x", None), 5, 10);
                assert!((0..10).all(|h| fan.mean(h).is_finite() && fan.mean(h) >= 0.0));
            }
        }
    }
}
