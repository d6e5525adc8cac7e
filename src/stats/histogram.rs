//! A log-linear histogram of integers: exact sums, quantiles within 0.8 %, merges in any order to the
//! same bits.
//!
//! Values below 64 have a bucket each; every octave above has 64. The layout is that of HdrHistogram
//! (G. Tene), signed here by mirroring.

const SUB_BITS: u32 = 6;
const SUB: u64 = 1 << SUB_BITS;

/// Counts and exact sum of a set of integers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// Buckets of values `>= 0`, grown as needed.
    positive: Vec<u32>,
    /// Buckets of `-value` for values below 0.
    negative: Vec<u32>,
    count: u64,
    sum: i128,
}

impl Histogram {
    pub fn add(&mut self, value: impl Into<i128>) {
        let value = value.into();
        let side = if value >= 0 { &mut self.positive } else { &mut self.negative };
        let bucket = bucket_of(value.unsigned_abs());
        if bucket >= side.len() {
            side.resize(bucket + 1, 0);
        }
        side[bucket] += 1;
        self.count += 1;
        self.sum += value;
    }

    pub fn merge(&mut self, other: &Histogram) {
        for (mine, theirs) in [(&mut self.positive, &other.positive), (&mut self.negative, &other.negative)] {
            if theirs.len() > mine.len() {
                mine.resize(theirs.len(), 0);
            }
            for (m, t) in mine.iter_mut().zip(theirs) {
                *m += t;
            }
        }
        self.count += other.count;
        self.sum += other.sum;
    }

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
        for (i, n) in self.negative.iter().enumerate().rev() {
            seen += u64::from(*n);
            if seen >= rank {
                return Some(-middle_of(i));
            }
        }
        for (i, n) in self.positive.iter().enumerate() {
            seen += u64::from(*n);
            if seen >= rank {
                return Some(middle_of(i));
            }
        }
        None
    }
}

fn bucket_of(value: u128) -> usize {
    if value < u128::from(SUB) {
        return value as usize;
    }
    let octave = u64::from(u128::BITS - 1 - value.leading_zeros() - SUB_BITS);
    ((octave + 1) * SUB + ((value >> octave) as u64 - SUB)) as usize
}

fn middle_of(bucket: usize) -> f64 {
    let bucket = bucket as u64;
    if bucket < SUB {
        return bucket as f64;
    }
    let octave = bucket / SUB - 1;
    let low = u128::from(bucket % SUB + SUB) << octave;
    low as f64 + ((1_u128 << octave) - 1) as f64 / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_narrow_and_in_order() {
        let mut last = 0;
        for v in (0..200_000_u128).chain([1 << 40, (1 << 62) + 12345, (1 << 100) + 98765]) {
            let b = bucket_of(v);
            assert!(b >= last, "{v}");
            last = b;
            assert!((middle_of(b) - v as f64).abs() <= 0.0079 * v as f64, "{v} -> {}", middle_of(b));
        }
    }

    #[test]
    fn quantiles_and_mean() {
        let mut h = Histogram::default();
        for v in -10..=10 {
            h.add(v);
        }
        assert_eq!(h.mean(), Some(0.0));
        assert_eq!(h.quantile(0.5), Some(0.0));
        assert_eq!(h.quantile(1.0), Some(10.0));
        assert_eq!(h.quantile(0.0), Some(-10.0));
        assert_eq!(Histogram::default().quantile(0.5), None);
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
            let mut all = Histogram::default();
            order.iter().for_each(|i| all.merge(&parts[*i]));
            all
        };
        assert_eq!(fold(&[0, 1, 2, 3, 4]), fold(&[4, 2, 0, 3, 1]));
    }
}
