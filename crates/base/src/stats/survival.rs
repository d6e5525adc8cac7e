//! Waiting times with censoring: the product-limit estimator of Kaplan and Meier (JASA 53, 1958), and the
//! interval of its quantiles of Brookmeyer and Crowley (Biometrics 38, 1982).

use super::interval::{Estimate, Left, Sample};
use serde::{Deserialize, Serialize};

/// Events and censorings by whole-day age.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitTable {
    /// Units whose wait ended (they shipped) at this age.
    pub ended: Vec<i128>,
    /// Units that left the table (cancelled) at this age without their wait having ended.
    pub left: Vec<i128>,
    /// Units still waiting at this age when the window closed.
    pub open: Vec<i128>,
}

impl WaitTable {
    /// Adds the waits of `other`.
    pub fn merge(&mut self, other: &WaitTable) {
        for (mine, theirs) in
            [(&mut self.ended, &other.ended), (&mut self.left, &other.left), (&mut self.open, &other.open)]
        {
            if theirs.len() > mine.len() {
                mine.resize(theirs.len(), 0);
            }
            for (m, t) in mine.iter_mut().zip(theirs) {
                *m += t;
            }
        }
    }

    /// `self - other`, for the jackknife.
    #[must_use]
    pub fn without(&self, other: &WaitTable) -> WaitTable {
        let minus =
            |a: &[i128], b: &[i128]| a.iter().enumerate().map(|(i, v)| v - b.get(i).copied().unwrap_or(0)).collect();
        WaitTable {
            ended: minus(&self.ended, &other.ended),
            left: minus(&self.left, &other.left),
            open: minus(&self.open, &other.open),
        }
    }

    /// Units counted, those that still waited at the end included.
    #[must_use]
    pub fn units(&self) -> i128 {
        [&self.ended, &self.left, &self.open].iter().map(|v| v.iter().sum::<i128>()).sum()
    }

    /// Longest age at which anything happened.
    #[must_use]
    pub fn last_age(&self) -> usize {
        let last = |v: &[i128]| v.iter().rposition(|n| *n != 0).unwrap_or(0);
        last(&self.ended).max(last(&self.left)).max(last(&self.open))
    }

    /// Survival `P(wait > age)` for each age. Those who cancel or still wait are censored: at risk
    /// until then, and afterwards like the others, not dropped.
    #[must_use]
    pub fn kaplan_meier(&self) -> Vec<f64> {
        self.curve().collect()
    }

    /// The same, age by age.
    fn curve(&self) -> impl Iterator<Item = f64> + '_ {
        let mut at_risk = self.units();
        let at = |v: &[i128], i: usize| v.get(i).copied().unwrap_or(0);
        let mut survival = 1.0;
        (0..=self.last_age()).map(move |age| {
            let ended = at(&self.ended, age);
            if at_risk > 0 && ended != 0 {
                survival *= 1.0 - ended as f64 / at_risk as f64;
            }
            at_risk -= ended + at(&self.left, age) + at(&self.open, age);
            survival
        })
    }

    /// Mean wait in days, restricted to the longest age seen: the area under the survival curve.
    /// Absent without units.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        // P(wait > a) for a = 0, 1, ...: the mean of an integer is the sum of these.
        (self.units() > 0).then(|| self.curve().take(self.last_age()).sum())
    }

    /// Smallest age with `P(wait > age) <= 1 - p`; absent if the curve never falls so far.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        if self.units() == 0 {
            return None;
        }
        self.curve().position(|s| s <= 1.0 - p + 1e-12).map(|age| age as f64)
    }

    /// Quantile `p` with its interval: the whole days at which the survival curve may have come down to `1 - p`,
    /// by its band on the complementary log-log scale. `left` are the curves without each of a number of independent
    /// groups, with the share that the group holds: units that wait for one receipt wait together, so that Greenwood's
    /// variance, which takes them for independent, would be far too small. Absent where the curve never falls so far; without an
    /// interval where its upper end never does.
    #[must_use]
    pub fn quantile_estimate(&self, p: f64, left: &[(f64, Vec<f64>)]) -> Option<Estimate> {
        let value = self.quantile(p)?;
        let without = Estimate::new(value, None);
        if left.len() < 2 {
            return Some(without);
        }
        let bands = self.kaplan_meier().into_iter().enumerate().map(|(age, s)| {
            // Beyond its last entry a curve stays where it is.
            let at = |(share, c): &(f64, Vec<f64>)| Left {
                estimate: c.get(age).or(c.last()).copied().unwrap_or(1.0),
                share: *share,
            };
            survival_band(s, &left.iter().map(at).collect::<Vec<_>>())
        });
        let reached = |s: f64| s <= 1.0 - p + 1e-12;
        let (mut low, mut high) = (None, None);
        for (age, (lower, upper)) in bands.enumerate() {
            low = low.or(reached(lower).then_some(age as f64));
            high = high.or(reached(upper).then_some(age as f64));
        }
        Some(low.zip(high).map_or(without, |(low, high)| Estimate::between(value, low.min(value), high.max(value))))
    }

    /// Share of units shipped, cancelled and still waiting by the end of each age, as they happened.
    #[must_use]
    pub fn shares(&self) -> Vec<[f64; 3]> {
        let total = self.units() as f64;
        let at = |v: &[i128], i: usize| v.get(i).copied().unwrap_or(0) as f64;
        let (mut shipped, mut left) = (0.0, 0.0);
        (0..=self.last_age())
            .map(|age| {
                shipped += at(&self.ended, age);
                left += at(&self.left, age);
                [shipped / total, left / total, 1.0 - (shipped + left) / total]
            })
            .collect()
    }
}

/// A [`WaitTable`] summed over many replications, in a quarter of the room where the counts are small.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackedTable {
    ended: Packed,
    left: Packed,
    open: Packed,
}

impl PackedTable {
    /// Adds the waits of a table.
    pub fn add(&mut self, table: &WaitTable) {
        self.ended.add(table.ended.iter().copied());
        self.left.add(table.left.iter().copied());
        self.open.add(table.open.iter().copied());
    }

    /// Adds the waits of `other`.
    pub fn merge(&mut self, other: &PackedTable) {
        self.ended.add(other.ended.counts());
        self.left.add(other.left.counts());
        self.open.add(other.open.counts());
    }

    /// The table.
    #[must_use]
    pub fn unpacked(&self) -> WaitTable {
        let each = |packed: &Packed| packed.counts().collect();
        WaitTable { ended: each(&self.ended), left: each(&self.left), open: each(&self.open) }
    }
}

/// A [`WaitTable`] to which nothing is added any more: the ages at which something happened, in a tenth of the room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SealedTable(Box<[u8]>);

impl SealedTable {
    /// Of a table that is complete.
    #[must_use]
    pub fn new(table: &PackedTable) -> Self {
        let mut bytes = Vec::new();
        for packed in [&table.ended, &table.left, &table.open] {
            let counts = || packed.counts().enumerate().filter(|(_, n)| *n != 0);
            write(&mut bytes, packed.counts().len() as u128);
            write(&mut bytes, counts().count() as u128);
            let mut before = 0;
            for (age, n) in counts() {
                write(&mut bytes, (age - before) as u128);
                write(&mut bytes, n as u128);
                before = age;
            }
        }
        SealedTable(bytes.into())
    }

    /// The table.
    #[must_use]
    pub fn unpacked(&self) -> WaitTable {
        let mut rest = &*self.0;
        let mut next = || -> Vec<i128> {
            let mut counts = vec![0; read(&mut rest) as usize];
            let mut age = 0;
            for _ in 0..read(&mut rest) {
                age += read(&mut rest) as usize;
                counts[age] = read(&mut rest) as i128;
            }
            counts
        };
        let (ended, left, open) = (next(), next(), next());
        WaitTable { ended, left, open }
    }
}

/// Writes a number by seven bits a byte, the low ones first.
fn write(bytes: &mut Vec<u8>, mut n: u128) {
    while n >= 0x80 {
        bytes.push(n as u8 | 0x80);
        n >>= 7;
    }
    bytes.push(n as u8);
}

/// Reads what [`write`] has written; 0 behind the end.
fn read(bytes: &mut &[u8]) -> u128 {
    let (mut n, mut shift) = (0, 0);
    while let Some((byte, rest)) = bytes.split_first() {
        *bytes = rest;
        n |= u128::from(byte & 0x7f) << shift;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    n
}

/// Counts that are kept in 32 bits until one does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Packed {
    Narrow(Vec<u32>),
    Wide(Vec<i128>),
}

impl Default for Packed {
    fn default() -> Self {
        Packed::Narrow(Vec::new())
    }
}

impl Packed {
    fn counts(&self) -> Box<dyn ExactSizeIterator<Item = i128> + '_> {
        match self {
            Packed::Narrow(counts) => Box::new(counts.iter().map(|n| i128::from(*n))),
            Packed::Wide(counts) => Box::new(counts.iter().copied()),
        }
    }

    /// Adds counts one by one.
    fn add(&mut self, theirs: impl ExactSizeIterator<Item = i128>) {
        for (age, n) in theirs.enumerate().filter(|(_, n)| *n != 0) {
            if let Packed::Narrow(mine) = self {
                mine.resize(mine.len().max(age + 1), 0);
                match u32::try_from(i128::from(mine[age]) + n) {
                    Ok(sum) => {
                        mine[age] = sum;
                        continue;
                    }
                    Err(_) => *self = Packed::Wide(self.counts().collect()),
                }
            }
            if let Packed::Wide(mine) = self {
                mine.resize(mine.len().max(age + 1), 0);
                mine[age] += n;
            }
        }
    }
}

/// 95 % interval of a survival by the jackknife, on the scale `ln(-ln s)`; the survival itself where it is 0 or 1.
fn survival_band(s: f64, left: &[Left]) -> (f64, f64) {
    let log_log = |s: f64| (-s.ln()).ln();
    if s <= 0.0 || s >= 1.0 {
        return (s, s);
    }
    let reach = Sample::jackknife(s, left).estimate().half_width().unwrap_or(0.0) / (s * s.ln().abs());
    let back = |x: f64| (-x.exp()).exp();
    (back(log_log(s) + reach), back(log_log(s) - reach))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_table_is_the_table() {
        let tables = [
            WaitTable::default(),
            WaitTable { ended: vec![0, 0, 3, 0], left: vec![], open: vec![0; 200] },
            WaitTable { ended: vec![1, 127, 128, 1 << 40], left: vec![0, 9], open: vec![5; 300] },
            WaitTable { ended: vec![i128::MAX, 0, 1], left: vec![0], open: vec![] },
        ];
        for table in &tables {
            let mut packed = PackedTable::default();
            packed.add(table);
            assert_eq!(SealedTable::new(&packed).unpacked(), packed.unpacked());
        }
        let mut all = PackedTable::default();
        tables.iter().take(3).for_each(|t| all.add(t));
        assert_eq!(SealedTable::new(&all).unpacked(), all.unpacked());
    }

    #[test]
    fn a_packed_table_holds_what_a_plain_one_does() {
        let table = |n: i128| WaitTable { ended: vec![0, n, 0, 3 * n], left: vec![n], open: Vec::new() };
        let (mut plain, mut packed) = (WaitTable::default(), PackedTable::default());
        // The last does not fit into 32 bits.
        for n in [1, 7, 1 << 20, 1 << 31, 1 << 90] {
            plain.merge(&table(n));
            packed.add(&table(n));
            let mut twice = packed.clone();
            twice.merge(&packed);
            let double = |v: &[i128]| v.iter().map(|n| 2 * n).collect::<Vec<_>>();
            assert_eq!(packed.unpacked(), plain);
            assert_eq!(twice.unpacked().ended, double(&plain.ended));
        }
        // What adds nothing takes no room.
        let mut none = PackedTable::default();
        none.add(&WaitTable { ended: vec![0; 99], ..WaitTable::default() });
        assert_eq!(none, PackedTable::default());
    }

    #[test]
    fn without_censoring_it_is_the_plain_mean() {
        let t = WaitTable { ended: vec![0, 2, 0, 2], ..WaitTable::default() };
        assert_eq!(t.mean(), Some(2.0));
        assert_eq!(t.quantile(0.5), Some(1.0));
        assert_eq!(t.quantile(0.95), Some(3.0));
    }

    /// Hand-computed: 10 units; 2 ship at day 1, 4 cancel at day 2, 2 ship at day 3, 2 still wait at 4.
    /// S(1) = 0.8; S(3) = 0.8 x (1 - 2/4) = 0.4. Mean to day 4: 1 + 0.8 + 0.8 + 0.4 = 3.0.
    #[test]
    fn censored_units_are_at_risk_until_they_leave() {
        let t = WaitTable { ended: vec![0, 2, 0, 2], left: vec![0, 0, 4], open: vec![0, 0, 0, 0, 2] };
        let km = t.kaplan_meier();
        for (got, want) in km.iter().zip([1.0, 0.8, 0.8, 0.4, 0.4]) {
            assert!((got - want).abs() < 1e-12);
        }
        assert!((t.mean().unwrap() - 3.0).abs() < 1e-12);
        assert_eq!(t.quantile(0.95), None, "the curve ends at 0.4");
        let shares = t.shares();
        assert!((shares[4][0] - 0.4).abs() < 1e-12 && (shares[4][1] - 0.4).abs() < 1e-12);
    }

    #[test]
    fn an_empty_table_has_no_mean() {
        assert_eq!(WaitTable::default().mean(), None);
    }
}
