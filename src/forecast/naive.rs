//! Forecasts that anybody would make: the yardsticks.

use super::{Fitted, Item, Method, Panel};
use crate::rng::Stream;

/// Last week again, plus the errors that this made in the past: whole weeks of errors drawn with equal chances, nothing
/// below 0.
#[derive(Debug, Clone, Copy, Default)]
pub struct SeasonalNaive;

/// Whole past weeks, one drawn for each week ahead, with weights that fall by `fade` a week.
#[derive(Debug, Clone, Copy)]
pub struct RecentWeeks {
    pub fade: f64,
}

impl Default for RecentWeeks {
    fn default() -> Self {
        RecentWeeks { fade: 0.93 }
    }
}

/// Weeks of history, the latest first; each from its oldest day to its newest.
fn weeks(item: &Item) -> Vec<Vec<f64>> {
    item.units.rchunks_exact(7).map(<[f64]>::to_vec).collect()
}

struct Weeks {
    items: Vec<Repeated>,
}

/// One item: a week that is repeated, and weeks of which one is added to it each time.
struct Repeated {
    base: Vec<f64>,
    /// Cumulative weight, and the week.
    added: Vec<(f64, Vec<f64>)>,
}

impl Weeks {
    fn new(panel: &Panel, of: impl Fn(&Item) -> Repeated) -> Self {
        // An item without a whole week repeats the mean of what it has, or of the panel.
        let typical = panel.items.iter().map(Item::mean).sum::<f64>() / panel.items.len().max(1) as f64;
        let known = |item: &Item| {
            if item.units.len() >= 7 {
                of(item)
            } else {
                let mean = if item.units.is_empty() { typical } else { item.mean() };
                Repeated { base: vec![mean; 7], added: vec![(1.0, vec![0.0; 7])] }
            }
        };
        Weeks { items: panel.items.iter().map(known).collect() }
    }
}

impl Fitted for Weeks {
    fn simulate(&self, item: usize, stream: Stream, path: u32, out: &mut [f64]) {
        let Repeated { base, added } = &self.items[item];
        let total = added.last().map_or(0.0, |w| w.0);
        for (week, days) in out.chunks_mut(7).enumerate() {
            let u = stream.at(path, week as i32, 0).uniform() * total;
            let drawn = added.partition_point(|w| w.0 < u).min(added.len() - 1);
            for (h, y) in days.iter_mut().enumerate() {
                *y = (base[h] + added[drawn].1[h]).max(0.0);
            }
        }
    }
}

impl Method for SeasonalNaive {
    fn name(&self) -> &'static str {
        "seasonal naive"
    }

    fn fit(&self, panel: &Panel) -> Box<dyn Fitted> {
        Box::new(Weeks::new(panel, |item| {
            let weeks = weeks(item);
            let mut errors: Vec<(f64, Vec<f64>)> = weeks
                .windows(2)
                .enumerate()
                .map(|(i, w)| (i as f64 + 1.0, w[0].iter().zip(&w[1]).map(|(new, old)| new - old).collect()))
                .collect();
            if errors.is_empty() {
                errors.push((1.0, vec![0.0; 7]));
            }
            Repeated { base: weeks[0].clone(), added: errors }
        }))
    }
}

impl Method for RecentWeeks {
    fn name(&self) -> &'static str {
        "recent weeks"
    }

    fn fit(&self, panel: &Panel) -> Box<dyn Fitted> {
        let fade = self.fade;
        Box::new(Weeks::new(panel, |item| {
            let mut sum = 0.0;
            let weighted = weeks(item).into_iter().enumerate().map(|(i, week)| {
                sum += fade.powi(i as i32);
                (sum, week)
            });
            Repeated { base: vec![0.0; 7], added: weighted.collect() }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Day;
    use crate::forecast::{Fan, stream};

    fn panel(units: Vec<f64>) -> Panel {
        Panel { first: Day(0), days: units.len(), items: vec![Item { name: "x".into(), start: 0, units }] }
    }

    #[test]
    fn a_history_that_repeats_is_repeated() {
        let week = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0];
        let p = panel(week.iter().copied().cycle().take(35).collect());
        for method in [&SeasonalNaive as &dyn Method, &RecentWeeks::default()] {
            let fan = Fan::draw(method.fit(&p).as_ref(), 0, stream(1, "x"), 20, 14);
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
                let fan = Fan::draw(method.fit(&p).as_ref(), 0, stream(1, "x"), 5, 10);
                assert!((0..10).all(|h| fan.mean(h).is_finite() && fan.mean(h) >= 0.0));
            }
        }
    }
}
