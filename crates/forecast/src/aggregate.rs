//! Sums of several periods are steadier than single ones: ADIDA and IMAPA.

use super::copula::Copula;
use super::intermittent::exponential_smoothing;
use super::{Calendar, Fitted, Item, Method, Panel, Streams};
use restock_base::law::CountLaw;

/// Simple exponential smoothing of non-overlapping sums, given back to the periods in equal parts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Aggregated {
    /// Sums over as many periods as pass between two sales on average (Nikolopoulos, Syntetos, Boylan, Petropoulos and Assimakopoulos,
    /// Journal of the Operational Research Society 62, 2011).
    Adida {
        /// Weight of the newest sum, from 0 to 1.
        alpha: f64,
    },
    /// The mean over all sums up to those (Petropoulos and Kourentzes, Journal of the Operational Research Society 66, 2015).
    Imapa {
        /// Weight of the newest sum, from 0 to 1.
        alpha: f64,
    },
}

/// Mean number of periods from a sale to the next, the first counted from the beginning.
fn mean_interval(units: &[f64]) -> f64 {
    let last = units.iter().rposition(|y| *y > 0.0).map_or(0, |i| i + 1);
    let sales = units.iter().filter(|y| **y > 0.0).count();
    if sales > 0 { last as f64 / sales as f64 } else { 1.0 }
}

/// Units a period from sums over `length` periods; the oldest ones that make no whole sum are left out.
fn at_length(units: &[f64], length: usize, alpha: f64) -> Option<f64> {
    let rest = units.len() % length;
    let sums: Vec<f64> = units[rest..].chunks_exact(length).map(|c| c.iter().sum()).collect();
    exponential_smoothing(&sums, alpha).map(|s| s / length as f64)
}

impl Aggregated {
    /// Units a period; 0 without a sale.
    #[must_use]
    pub fn rate(self, units: &[f64]) -> f64 {
        if units.iter().all(|y| *y == 0.0) {
            return 0.0;
        }
        let longest = (mean_interval(units).round() as usize).clamp(1, units.len().max(1));
        match self {
            Aggregated::Adida { alpha } => at_length(units, longest, alpha).unwrap_or(0.0),
            Aggregated::Imapa { alpha } => {
                (1..=longest).filter_map(|k| at_length(units, k, alpha)).sum::<f64>() / longest as f64
            }
        }
    }
}

struct Rates {
    /// Units a period, and the law around them.
    items: Vec<(f64, CountLaw)>,
    copula: Copula,
}

impl Method for Aggregated {
    fn name(&self) -> String {
        match self {
            Aggregated::Adida { .. } => "ADIDA",
            Aggregated::Imapa { .. } => "IMAPA",
        }
        .into()
    }

    fn fit(&self, panel: &Panel, _: &Calendar) -> Box<dyn Fitted> {
        let typical = panel.mean_of_items();
        let of = |item: &Item| {
            let n = item.units.len() as f64;
            let mean = item.mean();
            let rate = if mean > 0.0 { self.rate(&item.units) } else { 7.0 * typical / (7.0 + n) };
            let excess = item.units.iter().map(|y| (y - mean).powi(2) - mean).sum::<f64>() / n.max(1.0);
            let a = if mean > 0.0 { (excess / (mean * mean)).clamp(0.0, 100.0) } else { 1.0 };
            (rate, CountLaw::new(a))
        };
        Box::new(Rates { items: panel.items.iter().map(of).collect(), copula: Copula::new(panel) })
    }
}

impl Fitted for Rates {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        let (rate, law) = &self.items[item];
        self.copula.uniforms(item, streams, path, out);
        for (h, y) in out.iter_mut().enumerate() {
            *y = law.draw(*rate, *y, || streams.own.at(path, h as i32, 3)) as f64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sales of 6 every third period: sums of three are always 6, so the rate is 2 whatever the weight.
    #[test]
    fn by_hand() {
        let units: Vec<f64> = (1..=30).map(|t| if t % 3 == 0 { 6.0 } else { 0.0 }).collect();
        assert_eq!(mean_interval(&units), 3.0);
        assert_eq!(Aggregated::Adida { alpha: 0.2 }.rate(&units), 2.0);
        // Single periods by smoothing, pairs (0 0)(6 0)... no: pairs are 0+0, 6+0, 0+6 over and over; the mean of three lengths.
        let one = exponential_smoothing(&units, 0.2).unwrap();
        let pairs: Vec<f64> = units.chunks(2).map(|c| c.iter().sum()).collect();
        let two = exponential_smoothing(&pairs, 0.2).unwrap() / 2.0;
        assert!((Aggregated::Imapa { alpha: 0.2 }.rate(&units) - (one + two + 2.0) / 3.0).abs() < 1e-12);
        assert_eq!(Aggregated::Imapa { alpha: 0.2 }.rate(&[0.0; 5]), 0.0);
        assert_eq!(Aggregated::Adida { alpha: 0.2 }.rate(&[]), 0.0);
    }
}
