//! What replications add up to: one product in all supply models, over a set of blocks.
//!
//! A [`Partial`] is all that is known of the replications that were run, and two of them over other blocks of the same run
//! merge into what one would be over the blocks of both, to the last bit: counts are integers, sums of floats are folded in
//! a fixed tree over the numbers of the blocks. So it is at once what a thread returns, what is kept of an interrupted run,
//! and what another machine can send.

use super::counts::Counts;
use super::values::Values;
use crate::model::{Better, Kpi};
use crate::sim::{Beyond, KpiRow};
use restock_base::stats::interval::{GROUPS, Pair};
use restock_base::stats::tree::{Tree, Twice};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Replications of a block; the last block may be short. One of each group.
pub const BLOCK: u32 = 64;

const _: () = assert!((BLOCK as usize).is_multiple_of(GROUPS), "each block holds as many replications of each group");

/// The version of what is written.
const FORMAT: u32 = 5;

/// One product in all supply models, over a set of blocks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Partial {
    format: u32,
    /// By model, KPI and group: sums of numerators and of denominators.
    sums: Tree<Vec<f64>>,
    values: Vec<Values>,
    /// By pair of models, in the order of [`pairs`].
    contests: Vec<Contests>,
    counts: Vec<Counts>,
    /// Such a run fails, and is not kept.
    #[serde(skip)]
    beyond: Option<Beyond>,
}

/// Why partial results cannot be merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmerged {
    /// A block is in both.
    Twice(u32),
    /// A block is in none.
    Missing(u32),
    /// They are of another run, or written by another version.
    Foreign,
}

impl fmt::Display for Unmerged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unmerged::Twice(block) => {
                let first = u64::from(*block) * u64::from(BLOCK);
                write!(f, "the replications from {first} on are in both")
            }
            Unmerged::Missing(block) => {
                let first = u64::from(*block) * u64::from(BLOCK);
                write!(f, "the replications from {first} on are in none")
            }
            Unmerged::Foreign => write!(f, "they are of different runs, or of different versions of Restock"),
        }
    }
}

impl std::error::Error for Unmerged {}

impl From<Twice> for Unmerged {
    fn from(twice: Twice) -> Self {
        Unmerged::Twice(twice.0)
    }
}

/// How often the second of two models has less of each KPI than the first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Contests(Vec<Contest>);

/// Replications in which both models have the KPI.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Contest {
    less: u32,
    tied: u32,
    more: u32,
}

/// Pairs of `models` supply models, in scenario order.
pub(super) fn pairs(models: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..models).flat_map(move |from| (from + 1..models).map(move |to| (from, to)))
}

/// Nothing of no model.
impl Default for Partial {
    fn default() -> Self {
        Partial::new(0, true)
    }
}

impl Partial {
    /// Nothing yet. Values are kept one by one if `exact`, else counted in bins.
    pub(super) fn new(models: usize, exact: bool) -> Self {
        Partial {
            format: FORMAT,
            sums: Tree::default(),
            values: vec![Values::new(exact); models],
            contests: vec![Contests(vec![Contest::default(); Kpi::COUNT]); pairs(models).count()],
            counts: vec![Counts::default(); models],
            beyond: None,
        }
    }

    /// Adds the rows of one block, by model.
    pub(super) fn add(&mut self, block: u32, rows: &[Vec<KpiRow>]) -> Result<(), Unmerged> {
        let mut sums = vec![0.0; rows.len() * Kpi::COUNT * GROUPS * 2];
        for (m, rows) in rows.iter().enumerate() {
            for (r, row) in rows.iter().enumerate() {
                for (k, (x, y)) in row.iter().enumerate() {
                    let at = ((m * Kpi::COUNT + k) * GROUPS + r % GROUPS) * 2;
                    sums[at] += x;
                    sums[at + 1] += y;
                }
            }
        }
        self.sums.add(block, sums)?;
        self.values.iter_mut().zip(rows).for_each(|(values, rows)| values.add(block, rows));
        for (contests, (from, to)) in self.contests.iter_mut().zip(pairs(rows.len())) {
            rows[from].iter().zip(&rows[to]).for_each(|(from, to)| contests.add(from, to));
        }
        Ok(())
    }

    /// Adds what was counted, by model, of blocks that are added.
    pub(super) fn count(&mut self, counts: &[Counts]) {
        self.counts.iter_mut().zip(counts).for_each(|(mine, theirs)| mine.merge(theirs));
    }

    /// There were more units than can be counted.
    pub(super) fn lose(&mut self, beyond: Option<Beyond>) {
        self.beyond = self.beyond.take().or(beyond);
    }

    /// Adds other blocks of the same run.
    ///
    /// # Errors
    ///
    /// If a block is in both, or the other is not of the same run; then nothing has changed.
    pub fn merge(&mut self, other: Partial) -> Result<(), Unmerged> {
        let alike = |a: &Partial| (a.format, a.values.len(), a.values.iter().map(Values::is_exact).collect::<Vec<_>>());
        if alike(self) != alike(&other) {
            return Err(Unmerged::Foreign);
        }
        self.sums.merge(other.sums)?;
        self.values.iter_mut().zip(other.values).for_each(|(mine, theirs)| mine.merge(theirs));
        self.contests.iter_mut().zip(&other.contests).for_each(|(mine, theirs)| mine.merge(theirs));
        self.count(&other.counts);
        self.lose(other.beyond);
        Ok(())
    }

    /// Whether a block is there.
    #[must_use]
    pub fn holds(&self, block: u32) -> bool {
        self.sums.holds(block)
    }

    /// How many blocks there are.
    #[must_use]
    pub fn blocks(&self) -> u64 {
        self.sums.blocks()
    }

    pub(super) fn beyond(&self) -> Option<&Beyond> {
        self.beyond.as_ref()
    }

    /// A copy without bands: all that an estimate is made of.
    pub(super) fn without_bands(&self) -> Partial {
        Partial {
            format: self.format,
            sums: self.sums.clone(),
            values: self.values.clone(),
            contests: self.contests.clone(),
            counts: self.counts.iter().map(Counts::without_bands).collect(),
            beyond: self.beyond.clone(),
        }
    }

    /// Takes numerators and denominators by model, KPI and group.
    pub(super) fn take_sums(&mut self) -> Vec<Vec<[Pair; GROUPS]>> {
        let models = self.values.len();
        let Some(all) = std::mem::take(&mut self.sums).total() else {
            return vec![vec![[(0.0, 0.0); GROUPS]; Kpi::COUNT]; models];
        };
        let of = |kpi: &[f64]| std::array::from_fn(|g| (kpi[2 * g], kpi[2 * g + 1]));
        let model = |m: &[f64]| m.chunks_exact(GROUPS * 2).map(of).collect();
        all.chunks_exact(Kpi::COUNT * GROUPS * 2).map(model).collect()
    }

    /// Share of replications in which model `to` is better than `from`; ties count half.
    pub(super) fn to_is_better(&self, pair: usize, kpi: Kpi) -> Option<f64> {
        let contest = self.contests[pair].0[kpi.index()];
        let better = match kpi.better() {
            Better::Lower => contest.less,
            Better::Higher => contest.more,
            Better::Neither => return None,
        };
        let all = contest.less + contest.tied + contest.more;
        (all > 0).then(|| (f64::from(better) + 0.5 * f64::from(contest.tied)) / f64::from(all))
    }

    /// Takes the values of a model's KPIs.
    pub(super) fn take_values(&mut self, model: usize) -> Values {
        std::mem::take(&mut self.values[model])
    }

    /// Takes what was counted of a model.
    pub(super) fn take_counts(&mut self, model: usize) -> Counts {
        std::mem::take(&mut self.counts[model])
    }
}

impl Contests {
    fn add(&mut self, from: &KpiRow, to: &KpiRow) {
        for (contest, (a, b)) in self.0.iter_mut().zip(from.iter().zip(to)) {
            if a.1 == 0.0 || b.1 == 0.0 {
                continue;
            }
            let (a, b) = (a.0 / a.1, b.0 / b.1);
            contest.less += u32::from(b < a);
            contest.tied += u32::from(b == a);
            contest.more += u32::from(b > a);
        }
    }

    fn merge(&mut self, other: &Contests) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            mine.less += theirs.less;
            mine.tied += theirs.tied;
            mine.more += theirs.more;
        }
    }
}
