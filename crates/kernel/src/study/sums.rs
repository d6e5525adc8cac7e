//! Sums of KPIs by group of replications, as they are kept once all is known: of a catalogue they are most of what is in memory.

use crate::model::Kpi;
use restock_base::stats::interval::{GROUPS, Pair};
use std::collections::HashMap;

/// Numerators and denominators of one supply model, by KPI and group. A row of groups that several KPIs have in common, as most denominators are, is kept once.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// By KPI: the rows of its numerators and its denominators.
    of: Vec<(u16, u16)>,
    /// Row by row, each as long as there are groups.
    rows: Vec<f64>,
    groups: usize,
}

impl Sums {
    /// Of so many groups, the others being empty.
    pub fn new(sums: &[[Pair; GROUPS]], groups: usize) -> Self {
        let groups = groups.min(GROUPS);
        let mut out = Sums { of: Vec::with_capacity(sums.len()), rows: Vec::new(), groups };
        let mut known: HashMap<Vec<u64>, u16> = HashMap::new();
        for pairs in sums {
            let mut row = |of: fn(&Pair) -> f64| {
                let values = || pairs[..groups].iter().map(of);
                let next = known.len() as u16;
                *known.entry(values().map(f64::to_bits).collect()).or_insert_with(|| {
                    out.rows.extend(values());
                    next
                })
            };
            let (above, below) = (row(|p| p.0), row(|p| p.1));
            out.of.push((above, below));
        }
        out.rows.shrink_to_fit();
        out
    }

    /// Of one KPI, by group.
    pub fn get(&self, kpi: Kpi) -> Vec<Pair> {
        let Some((above, below)) = self.of.get(kpi.index()) else { return Vec::new() };
        let row = |number: u16| self.rows[usize::from(number) * self.groups..][..self.groups].iter().copied();
        row(*above).zip(row(*below)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_given() {
        let sums: Vec<[Pair; GROUPS]> = (0..Kpi::COUNT)
            .map(|k| std::array::from_fn(|g| (if k % 3 == 0 { 0.0 } else { (k * g) as f64 / 7.0 }, (k / 5) as f64)))
            .collect();
        for groups in [0, 1, 5, GROUPS] {
            let kept = Sums::new(&sums, groups);
            for kpi in Kpi::ALL {
                assert_eq!(kept.get(*kpi), &sums[kpi.index()][..groups]);
            }
        }
        let kept = Sums::new(&sums, GROUPS);
        assert!(kept.rows.len() < Kpi::COUNT * GROUPS, "{}", kept.rows.len());
        // Signs of zeros and what is no number stay what they are.
        let odd = [[(-0.0, f64::INFINITY); GROUPS], [(0.0, f64::NAN); GROUPS]];
        let kept = Sums::new(&odd, 2);
        let bits = |k: usize| kept.get(Kpi::ALL[k]).iter().map(|(x, y)| (x.to_bits(), y.to_bits())).collect::<Vec<_>>();
        assert_eq!(bits(0), [((-0.0f64).to_bits(), f64::INFINITY.to_bits()); 2]);
        assert_eq!(bits(1), [(0.0f64.to_bits(), f64::NAN.to_bits()); 2]);
    }
}
