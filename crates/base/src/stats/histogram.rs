//! A log-linear histogram of integers: exact sums, quantiles within a share of themselves, merges in any order to the
//! same bits.
//!
//! With `B` bits values below `2^B` have a bucket each; every octave above has `2^B`, so that the middle of a bucket is
//! within `2^-(B+1)` of what it holds: 0.8 % with 6 bits, 0.2 % with 8. The layout is that of HdrHistogram (G. Tene), signed
//! here by mirroring.

use serde::{Deserialize, Serialize};

/// Counts and exact sum of a set of integers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Histogram<const B: u32 = 6> {
    /// Buckets of values `>= 0`.
    positive: Side,
    /// Buckets of `-value` for values below 0.
    negative: Side,
    count: u64,
    sum: i128,
}

/// Counts from the first bucket that holds something to the last: values far from 0 and near each other take little room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Written", from = "Written")]
struct Side {
    first: usize,
    counts: Vec<u32>,
}

/// The buckets that hold something, each with its distance from the one before, and their counts.
#[derive(Serialize, Deserialize)]
struct Written(Vec<(usize, u32)>);

impl From<Side> for Written {
    fn from(side: Side) -> Self {
        let mut before = 0;
        let held = side.counts.iter().enumerate().filter(|(_, n)| **n > 0);
        let written = held.map(|(i, n)| {
            let bucket = side.first + i;
            (bucket - std::mem::replace(&mut before, bucket), *n)
        });
        Written(written.collect())
    }
}

impl From<Written> for Side {
    fn from(written: Written) -> Self {
        let (mut side, mut bucket) = (Side::default(), 0_usize);
        for (distance, n) in written.0 {
            bucket = bucket.saturating_add(distance).min(LAST_BUCKET);
            side.reach(bucket, bucket + 1)[0] += n;
        }
        side
    }
}

/// No value of 128 bits has a bucket beyond: a file that was tampered with asks for no more room.
const LAST_BUCKET: usize = 129 << 12;

impl Side {
    /// The counts of these buckets, made if they are not there.
    fn reach(&mut self, first: usize, end: usize) -> &mut [u32] {
        if self.counts.is_empty() {
            self.first = first;
        }
        if first < self.first {
            self.counts.splice(0..0, std::iter::repeat_n(0, self.first - first));
            self.first = first;
        }
        if end > self.first + self.counts.len() {
            self.counts.resize(end - self.first, 0);
        }
        &mut self.counts[first - self.first..end - self.first]
    }

    fn merge(&mut self, other: &Side) {
        if !other.counts.is_empty() {
            let mine = self.reach(other.first, other.first + other.counts.len());
            mine.iter_mut().zip(&other.counts).for_each(|(m, t)| *m += t);
        }
    }

    fn buckets(&self) -> impl DoubleEndedIterator<Item = (usize, u64)> + '_ {
        self.counts.iter().enumerate().map(|(i, n)| (self.first + i, u64::from(*n)))
    }
}

impl<const B: u32> Histogram<B> {
    /// Counts `value` once.
    pub fn add(&mut self, value: impl Into<i128>) {
        let value = value.into();
        let side = if value >= 0 { &mut self.positive } else { &mut self.negative };
        let bucket = bucket_of::<B>(value.unsigned_abs());
        // Most values lie where others were before.
        match bucket.checked_sub(side.first).and_then(|at| side.counts.get_mut(at)) {
            Some(count) => *count += 1,
            None => side.reach(bucket, bucket + 1)[0] += 1,
        }
        self.count += 1;
        self.sum += value;
    }

    /// Adds the counts of `other`, bin by bin: the order of merges changes nothing.
    pub fn merge(&mut self, other: &Histogram<B>) {
        self.positive.merge(&other.positive);
        self.negative.merge(&other.negative);
        self.count += other.count;
        self.sum += other.sum;
    }

    /// Number of values counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Exact mean; absent if empty.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// Middle of the bucket that holds rank `ceil(p n)`; absent if empty.
    #[must_use]
    pub fn quantile(&self, p: f64) -> Option<f64> {
        if self.count == 0 {
            return None;
        }
        let rank = ((p * self.count as f64).ceil() as u64).clamp(1, self.count);
        let mut seen = 0;
        let mut reached = |(_, n): &(usize, u64)| {
            seen += n;
            seen >= rank
        };
        // The middle of a bucket takes longer than its count: it is computed of the one that is found.
        let below = self.negative.buckets().rev().find(&mut reached).map(|(i, _)| -middle_of::<B>(i));
        below.or_else(|| self.positive.buckets().find(&mut reached).map(|(i, _)| middle_of::<B>(i)))
    }

    /// The middles of the buckets that hold something, rising, and how many values each holds.
    pub fn buckets(&self) -> impl Iterator<Item = (f64, u64)> + '_ {
        let below = self.negative.buckets().rev().map(|(i, n)| (-middle_of::<B>(i), n));
        let above = self.positive.buckets().map(|(i, n)| (middle_of::<B>(i), n));
        below.chain(above).filter(|bucket| bucket.1 > 0)
    }
}

fn bucket_of<const B: u32>(value: u128) -> usize {
    let each = 1_u64 << B;
    if value < u128::from(each) {
        return value as usize;
    }
    // Numbers of 64 bits are enough for nearly all.
    if let Ok(value) = u64::try_from(value) {
        let octave = u64::from(u64::BITS - 1 - value.leading_zeros() - B);
        return ((octave + 1) * each + ((value >> octave) - each)) as usize;
    }
    let octave = u64::from(u128::BITS - 1 - value.leading_zeros() - B);
    ((octave + 1) * each + ((value >> octave) as u64 - each)) as usize
}

fn middle_of<const B: u32>(bucket: usize) -> f64 {
    let (each, bucket) = (1_u64 << B, bucket as u64);
    if bucket < each {
        return bucket as f64;
    }
    let octave = bucket / each - 1;
    let low = u128::from(bucket % each + each) << octave;
    low as f64 + ((1_u128 << octave) - 1) as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_narrow_and_in_order() {
        let mut last = 0;
        for v in (0..200_000_u128).chain([1 << 40, (1 << 62) + 12345, (1 << 100) + 98765]) {
            let b = bucket_of::<6>(v);
            assert!(b >= last, "{v}");
            last = b;
            assert!((middle_of::<6>(b) - v as f64).abs() <= 0.0079 * v as f64, "{v} -> {}", middle_of::<6>(b));
        }
    }

    #[test]
    fn quantiles_and_mean() {
        let mut h = Histogram::<6>::default();
        for v in -10..=10 {
            h.add(v);
        }
        assert_eq!(h.mean(), Some(0.0));
        assert_eq!(h.quantile(0.5), Some(0.0));
        assert_eq!(h.quantile(1.0), Some(10.0));
        assert_eq!(h.quantile(0.0), Some(-10.0));
        assert_eq!(Histogram::<6>::default().quantile(0.5), None);
    }

    #[test]
    fn what_is_written_is_read() {
        for values in [vec![], vec![0], vec![-5, -5, 3], vec![1 << 40, -(1 << 50), 12, 12, i128::MAX]] {
            let mut h = Histogram::<6>::default();
            values.iter().for_each(|v| h.add(*v));
            let bytes = postcard::to_stdvec(&h).unwrap();
            assert!(bytes.len() < 64, "{}", bytes.len());
            assert_eq!(postcard::from_bytes::<Histogram>(&bytes).unwrap(), h, "{values:?}");
        }
    }

    #[test]
    fn merging_in_any_order_is_the_same() {
        let parts: Vec<Histogram> = (0..5)
            .map(|k| {
                let mut h = Histogram::default();
                (0..100).for_each(|i| h.add((i * 7919 % 1013) * (k + 1) - 900));
                h
            })
            .collect();
        let fold = |order: &[usize]| {
            let mut all = Histogram::<6>::default();
            order.iter().for_each(|i| all.merge(&parts[*i]));
            all
        };
        assert_eq!(fold(&[0, 1, 2, 3, 4]), fold(&[4, 2, 0, 3, 1]));
    }
}
