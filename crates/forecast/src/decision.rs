//! What a forecast is worth: stock that is ordered by it, replayed on what was really sold.

use super::Panel;
use super::backtest::Scores;
use super::measures::value_of;

/// Service levels at which order-up-to levels are set: quantiles of the total over the horizon.
pub const SERVICE: [f64; 7] = [0.5, 0.7, 0.8, 0.9, 0.95, 0.975, 0.99];

/// One point of a method's curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stocked {
    /// Service level, in (0, 1): the quantile of the total to which stock was raised.
    pub service: f64,
    /// Units served from stock over units wanted.
    pub fill_rate: f64,
    /// Mean stock at the end of a period, in periods of mean demand, weighted by value.
    pub stock: f64,
}

/// A method's curve: fill rate against average stock.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// Points of the curve, by rising service level.
    pub points: Vec<Stocked>,
}

impl Decision {
    /// Replays periodic order-up-to: at each origin the stock is raised to the forecast's quantile of the total until the next one, arrives at once, and
    /// serves what was really sold; what is left stays, what is missing is lost.
    #[must_use]
    pub fn replay(panel: &Panel, scores: &Scores, horizon: usize) -> Decision {
        let mut items: Vec<usize> = (0..scores.rows.len()).collect();
        items.sort_by_key(|i| (scores.rows[*i].item, scores.rows[*i].origin));
        let point = |k: usize| {
            let (mut wanted, mut served, mut stock_value, mut demand_value) = (0.0, 0.0, 0.0, 0.0);
            let (mut stock, mut last) = (0.0_f64, usize::MAX);
            for i in &items {
                let row = &scores.rows[*i];
                if row.item != last {
                    (stock, last) = (0.0, row.item);
                }
                stock = stock.max(row.order_up_to[k]);
                let item = &panel.items[row.item];
                let value = value_of(item);
                for t in row.origin..(row.origin + horizon).min(panel.periods) {
                    let y = item.on(t).unwrap_or(0.0);
                    let sold = y.min(stock);
                    stock -= sold;
                    wanted += y;
                    served += sold;
                    stock_value += stock * value;
                    demand_value += y * value;
                }
            }
            let ratio = |a: f64, b: f64| if b > 0.0 { a / b } else { 0.0 };
            Stocked { service: SERVICE[k], fill_rate: ratio(served, wanted), stock: ratio(stock_value, demand_value) }
        };
        Decision { points: (0..SERVICE.len()).map(point).collect() }
    }

    /// Stock at which the curve reaches a fill rate, between its points; absent where it does not.
    #[must_use]
    pub fn stock_at(&self, fill_rate: f64) -> Option<f64> {
        self.points.windows(2).find_map(|w| {
            let (a, b) = (w[0], w[1]);
            let inside = a.fill_rate <= fill_rate && fill_rate <= b.fill_rate && b.fill_rate > a.fill_rate;
            inside.then(|| a.stock + (b.stock - a.stock) * (fill_rate - a.fill_rate) / (b.fill_rate - a.fill_rate))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backtest::Row;
    use crate::{Item, Step};
    use restock_base::calendar::Day;

    /// Two periods of 4 and 2 units, stock of 5: serves 4 and 1; ends with 1 and 0. Then 3 and 0 with stock 5: serves all; ends with 2 and 2.
    #[test]
    fn a_replay_by_hand() {
        let panel = Panel {
            first: Day(0),
            step: Step::Day,
            periods: 6,
            items: vec![Item::new("x", 0, vec![1.0, 1.0, 4.0, 2.0, 3.0, 0.0])],
        };
        let row = |origin: usize| Row { item: 0, origin, order_up_to: [5.0; SERVICE.len()], ..Row::default() };
        let scores = Scores { method: "x".into(), rows: vec![row(4), row(2)] };
        let d = Decision::replay(&panel, &scores, 2);
        assert_eq!(d.points[0].fill_rate, 8.0 / 9.0);
        assert!((d.points[0].stock - 5.0 / 9.0).abs() < 1e-12);
        assert_eq!(d.stock_at(0.5), None);
    }
}
