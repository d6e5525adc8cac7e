//! Items that sell now and then: the Croston family.
//!
//! The size of a sale and the wait for it are smoothed apart by simple exponential smoothing. With fixed weights the rates
//! agree with statsforecast's (`tests/golden/forecast.json`).
//!
//! A path sells on a day with the smoothed chance, and then as much as one of the item's last sales, scaled to the smoothed size: the
//! family itself says nothing about spread. How days hang together is taken from the past by an empirical copula.

use super::copula::Copula;
use super::{Calendar, Fitted, Item, Method, Panel, Streams};

/// How the rate follows from sizes and waits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Intermittent {
    /// Smoothed size over smoothed wait, both with this weight of the newest, updated at sales only (Croston, Operational
    /// Research Quarterly 23, 1972).
    Croston {
        /// Weight of the newest size and of the newest wait, from 0 to 1.
        alpha: f64,
    },
    /// Croston's rate less its bias: times `1 - alpha / 2` (Syntetos and Boylan, International Journal of Forecasting 21, 2005).
    SyntetosBoylan {
        /// Weight of the newest size and of the newest wait, from 0 to 1.
        alpha: f64,
    },
    /// Smoothed size times the smoothed chance of a sale, the latter updated every day, so that it falls where nothing sells
    /// any more (Teunter, Syntetos and Babai, European Journal of Operational Research 214, 2011).
    TeunterSyntetosBabai {
        /// Weight of the newest size, from 0 to 1.
        size: f64,
        /// Weight of the newest period in the chance of a sale, from 0 to 1.
        chance: f64,
    },
}

/// Simple exponential smoothing from the first value on; absent without values.
#[must_use]
pub fn exponential_smoothing(values: &[f64], alpha: f64) -> Option<f64> {
    let (first, rest) = values.split_first()?;
    Some(rest.iter().fold(*first, |level, y| level + alpha * (y - level)))
}

/// Smoothed size of a sale, and chance of one a day; absent without a sale.
fn size_and_chance(of: Intermittent, units: &[f64]) -> Option<(f64, f64)> {
    let sizes: Vec<f64> = units.iter().copied().filter(|y| *y > 0.0).collect();
    let waits = || {
        let days: Vec<usize> = (0..units.len()).filter(|t| units[*t] > 0.0).collect();
        let since = std::iter::once(days[0] + 1).chain(days.windows(2).map(|w| w[1] - w[0]));
        since.map(|d| d as f64).collect::<Vec<f64>>()
    };
    let first = *sizes.first()?;
    let smoothed = |values: &[f64], alpha| exponential_smoothing(values, alpha).unwrap_or(first);
    Some(match of {
        Intermittent::Croston { alpha } => (smoothed(&sizes, alpha), 1.0 / smoothed(&waits(), alpha)),
        Intermittent::SyntetosBoylan { alpha } => {
            (smoothed(&sizes, alpha), (1.0 - alpha / 2.0) / smoothed(&waits(), alpha))
        }
        Intermittent::TeunterSyntetosBabai { size, chance } => {
            let sold: Vec<f64> = units.iter().map(|y| f64::from(u8::from(*y > 0.0))).collect();
            (smoothed(&sizes, size), smoothed(&sold, chance))
        }
    })
}

impl Intermittent {
    /// Units a day; 0 without a sale.
    #[must_use]
    pub fn rate(self, units: &[f64]) -> f64 {
        size_and_chance(self, units).map_or(0.0, |(size, chance)| size * chance)
    }
}

/// Sales of a path are drawn among so many past ones.
const SIZES: usize = 30;

struct Sellers {
    items: Vec<Seller>,
    copula: Copula,
}

struct Seller {
    chance: f64,
    /// Sizes of past sales, ascending, scaled to the smoothed size.
    sizes: Vec<f64>,
}

impl Method for Intermittent {
    fn name(&self) -> String {
        match self {
            Intermittent::Croston { .. } => "Croston",
            Intermittent::SyntetosBoylan { .. } => "SBA",
            Intermittent::TeunterSyntetosBabai { .. } => "TSB",
        }
        .into()
    }

    fn fit(&self, panel: &Panel, _: &Calendar) -> Box<dyn Fitted> {
        // An item that never sold sells one unit at a time, as often as if the panel's mean had been seen for a week.
        let typical = panel.mean_of_items();
        let of = |item: &Item| match size_and_chance(*self, &item.units) {
            Some((size, chance)) => {
                let mut past: Vec<f64> = item.units.iter().rev().copied().filter(|y| *y > 0.0).take(SIZES).collect();
                past.sort_unstable_by(f64::total_cmp);
                let mean = past.iter().sum::<f64>() / past.len() as f64;
                Seller { chance: chance.min(1.0), sizes: past.iter().map(|y| y * size / mean).collect() }
            }
            None => {
                let chance = 7.0 * typical / (7.0 + item.units.len() as f64);
                Seller { chance: chance.min(1.0), sizes: vec![1.0] }
            }
        };
        Box::new(Sellers { items: panel.items.iter().map(of).collect(), copula: Copula::new(panel) })
    }
}

impl Fitted for Sellers {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        let Seller { chance, sizes } = &self.items[item];
        self.copula.uniforms(item, streams, path, out);
        for (h, y) in out.iter_mut().enumerate() {
            let sells = *y - (1.0 - chance);
            *y = if sells > 0.0 {
                let i = (sells / chance * sizes.len() as f64) as usize;
                // Whole units: rounded up or down by chance, so that the mean stays.
                (sizes[i.min(sizes.len() - 1)] + streams.own.at(path, h as i32, 3).uniform()).floor()
            } else {
                0.0
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fan, Step};
    use restock_base::calendar::Day;

    const ALL: [Intermittent; 3] = [
        Intermittent::Croston { alpha: 0.1 },
        Intermittent::SyntetosBoylan { alpha: 0.1 },
        Intermittent::TeunterSyntetosBabai { size: 0.1, chance: 0.2 },
    ];

    /// Sales of 5 and 2 on days 3 and 21: size 0.1 x 2 + 0.9 x 5 = 4.7, wait 0.1 x 18 + 0.9 x 3 = 4.5.
    #[test]
    fn croston_by_hand() {
        let mut units = vec![0.0; 30];
        (units[2], units[20]) = (5.0, 2.0);
        assert!((ALL[0].rate(&units) - 4.7 / 4.5).abs() < 1e-12);
        assert!((ALL[1].rate(&units) - 0.95 * 4.7 / 4.5).abs() < 1e-12);
        assert_eq!([[].as_slice(), &[0.0; 9]].map(|u| ALL[2].rate(u)), [0.0, 0.0]);
    }

    /// The mean of paths is the rate, within 4 standard errors of 40,000 days.
    #[test]
    fn paths_sell_at_the_rate() {
        let units: Vec<f64> = (0..200).map(|t| if t % 5 == 0 { 1.0 + (t % 3) as f64 } else { 0.0 }).collect();
        for method in ALL {
            let item = Item::new("x", 0, units.clone());
            let panel = Panel { first: Day(0), step: Step::Day, periods: 200, items: vec![item] };
            let fan =
                Fan::draw(method.fit(&panel, &Calendar::default()).as_ref(), 0, &Streams::new(1, "x", None), 2_000, 20);
            let mean = (0..20).map(|h| fan.mean(h)).sum::<f64>() / 20.0;
            let rate = method.rate(&units);
            assert!((mean - rate).abs() < 4.0 * (rate * 3.0 / 40_000.0).sqrt(), "{}: {mean} and {rate}", method.name());
        }
    }
}
