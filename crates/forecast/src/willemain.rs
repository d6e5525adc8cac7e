//! Spare parts: whether something sells follows a Markov chain, sizes are past ones, jittered.
//!
//! Willemain, Smart and Schwarz, "A new approach to forecasting intermittent demand for service parts inventories", International Journal of
//! Forecasting 20, 2004, section 3: two states (nothing, something) with the transition frequencies of the history; a size `x` drawn from the past
//! becomes `1 + int(x + z sqrt(x))`, or `x` itself where that is not positive.

use super::{Calendar, Fitted, Item, Method, Panel, Streams};
use rand_distr::{Distribution, StandardNormal};

/// The bootstrap of spare parts: a Markov chain of sales and pauses, with jittered past sizes (Willemain, Smart and Schwarz, 2004).
#[derive(Debug, Clone, Copy, Default)]
pub struct Willemain;

struct Chains {
    items: Vec<Chain>,
}

struct Chain {
    /// Chance of a sale after a period without one, and after one with.
    after: [f64; 2],
    /// Whether the last period had a sale.
    last: bool,
    sizes: Vec<f64>,
}

/// Transitions of an item that never sold are those of the panel, and each item's own are mixed with so many of these.
const PRIOR_TRANSITIONS: f64 = 2.0;

fn transitions(item: &Item) -> [[f64; 2]; 2] {
    let mut n = [[0.0; 2]; 2];
    for w in item.units.windows(2) {
        n[usize::from(w[0] > 0.0)][usize::from(w[1] > 0.0)] += 1.0;
    }
    n
}

impl Method for Willemain {
    fn name(&self) -> String {
        "Willemain".into()
    }

    fn fit(&self, panel: &Panel, _: &Calendar) -> Box<dyn Fitted> {
        let mut all = [[1.0, 0.1], [1.0, 0.1]];
        for item in &panel.items {
            for (sum, own) in all.iter_mut().flatten().zip(transitions(item).iter().flatten()) {
                *sum += own;
            }
        }
        let of_all = all.map(|n| n[1] / (n[0] + n[1]));
        let of = |item: &Item| {
            let n = transitions(item);
            let after = std::array::from_fn(|s| {
                (n[s][1] + PRIOR_TRANSITIONS * of_all[s]) / (n[s][0] + n[s][1] + PRIOR_TRANSITIONS)
            });
            let mut sizes: Vec<f64> = item.units.iter().copied().filter(|y| *y > 0.0).collect();
            if sizes.is_empty() {
                sizes.push(1.0);
            }
            Chain { after, last: item.units.last().is_some_and(|y| *y > 0.0), sizes }
        };
        Box::new(Chains { items: panel.items.iter().map(of).collect() })
    }
}

impl Fitted for Chains {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        let chain = &self.items[item];
        let mut sold = chain.last;
        for (h, y) in out.iter_mut().enumerate() {
            let mut draw = streams.own.at(path, h as i32, 0);
            sold = draw.uniform() < chain.after[usize::from(sold)];
            *y = if sold {
                let i = (draw.uniform() * chain.sizes.len() as f64) as usize;
                let x = chain.sizes[i.min(chain.sizes.len() - 1)];
                let z: f64 = StandardNormal.sample(&mut draw);
                let jittered = 1.0 + (x + z * x.sqrt()).trunc();
                if jittered > 0.0 { jittered } else { x }
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

    /// Runs of sales are followed by sales: the chance of a sale in the first period is the one after a sale, and far ahead it is the chain's
    /// own share. 2,000 paths: a standard error of 1.1 %, four are allowed.
    #[test]
    fn paths_follow_the_chain() {
        let units: Vec<f64> = (0..400).map(|t| f64::from(u8::from(t % 20 < 5 || t == 399))).collect();
        let panel = Panel { first: Day(0), step: Step::Day, periods: 400, items: vec![Item::new("x", 0, units)] };
        let fan =
            Fan::draw(Willemain.fit(&panel, &Calendar::default()).as_ref(), 0, &Streams::new(1, "x", None), 2_000, 200);
        let share = |h: usize| fan.values(h).iter().filter(|y| **y > 0.0).count() as f64 / 2_000.0;
        // 80 of 101 periods after a sale had one; 100 of 400 sell.
        assert!((share(0) - 0.8).abs() < 0.045, "{}", share(0));
        assert!((share(199) - 0.25).abs() < 0.045, "{}", share(199));
        // Sizes of 1 become 1 + int(1 + z): 2 on average within half a unit, never 0.
        assert!(fan.values(0).iter().all(|y| *y == 0.0 || *y >= 1.0));
    }
}
