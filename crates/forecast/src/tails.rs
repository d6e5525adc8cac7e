//! What is left of demand beyond some units, as it was: no law is assumed.
//!
//! Scores of demand (less its usual mean, over its standard deviation) with periods in which the item ran out as right-censored: the product-limit estimator of
//! Kaplan and Meier, "Nonparametric estimation from incomplete observations", Journal of the American Statistical Association 53, 1958. A negative
//! binomial law with the variance of real sales, which have more zeros than it knows, has too much beyond.

/// Periods that were not hidden which an item must have to speak for itself.
const FEWEST: usize = 100;

/// See the module. Lists go by scores that were seen in full, ascending.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tails {
    scores: Vec<f64>,
    /// Probability of at least the score.
    left: Vec<f64>,
    /// Mean, and mean square, of what is at least the score.
    mean: Vec<f64>,
    square: Vec<f64>,
}

impl Tails {
    /// From scores of units to their mean, each with whether the item ran out at it. Absent where too few did not.
    pub fn of(mut seen: Vec<(f64, bool)>) -> Option<Self> {
        if seen.iter().filter(|s| !s.1).count() < FEWEST {
            return None;
        }
        // Of equal scores those seen in full come first: the others are at least as large.
        seen.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut at_risk = seen.len() as f64;
        let mut survival = 1.0;
        let mut out = Tails { scores: Vec::new(), left: Vec::new(), mean: Vec::new(), square: Vec::new() };
        for (score, ran_out) in seen {
            if !ran_out {
                out.scores.push(score);
                out.left.push(survival);
                survival *= 1.0 - 1.0 / at_risk;
            }
            at_risk -= 1.0;
        }
        // What is left beyond the last is taken to be there (Efron 1967).
        let n = out.scores.len();
        (out.mean, out.square) = (vec![0.0; n], vec![0.0; n]);
        let (mut sum, mut squares, mut next) = (0.0, 0.0, 0.0);
        for i in (0..n).rev() {
            let mass = out.left[i] - next;
            sum += mass * out.scores[i];
            squares += mass * out.scores[i] * out.scores[i];
            (out.mean[i], out.square[i]) = (sum / out.left[i], squares / out.left[i]);
            next = out.left[i];
        }
        Some(out)
    }

    fn place(&self, score: f64) -> Option<usize> {
        let i = self.scores.partition_point(|r| *r < score);
        (i < self.scores.len()).then_some(i)
    }

    /// Mean and mean square of scores of at least `score`; absent beyond the largest that was seen in full.
    pub fn beyond(&self, score: f64) -> Option<(f64, f64)> {
        self.place(score).map(|i| (self.mean[i], self.square[i]))
    }

    /// The score that the uniform number `u` selects among those of at least `score`; absent likewise.
    pub fn draw(&self, score: f64, u: f64) -> Option<f64> {
        let i = self.place(score)?;
        let level = self.left[i] * (1.0 - u);
        // The last one whose own probability is not below the level.
        let k = self.left.partition_point(|l| *l >= level).max(i + 1) - 1;
        Some(self.scores[k])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 scores 1, 100 that ran out at 1, and 100 of 3: of 300 a third are 1, the others all 3, as those that ran out go the way of the rest.
    #[test]
    fn what_was_hidden_goes_the_way_of_the_rest() {
        let seen = [(1.0, false), (1.0, true), (3.0, false)].into_iter().flat_map(|s| std::iter::repeat_n(s, 100));
        let t = Tails::of(seen.collect()).unwrap();
        let (mean, square) = t.beyond(0.0).unwrap();
        assert!((mean - (1.0 / 3.0 + 2.0)).abs() < 1e-9 && (square - (1.0 / 3.0 + 6.0)).abs() < 1e-9);
        assert_eq!(t.beyond(1.5), t.beyond(3.0));
        assert!((t.beyond(2.0).unwrap().0 - 3.0).abs() < 1e-9);
        assert_eq!(t.beyond(3.5), None);
        assert_eq!([0.1, 0.3, 0.4, 0.9].map(|u| t.draw(0.0, u)), [Some(1.0), Some(1.0), Some(3.0), Some(3.0)]);
        assert_eq!(t.draw(2.0, 0.0), Some(3.0));
        assert!(Tails::of(vec![(1.0, false); 99]).is_none());
    }
}
