//! The distributions of the scenario file: moments, distribution function, and samplers built once.
//!
//! A [`Dist`] is a description; a [`Sampler`] draws from it. Samplers are built when a plan is laid
//! out and never in the day loop.

mod count_law;
mod counts;
mod elementary;
#[cfg(test)]
mod exact;
mod sampler;

pub use count_law::{ABREAST, CountLaw, Tail};
pub use counts::{Chance, CountTable, Hazard, ask_in_turn, binomial, negative_binomial};
pub use sampler::Sampler;

use crate::stats::special::{bisect, gamma_p, normal_cdf, normal_pdf, normal_quantile};
use std::sync::Arc;

/// A distribution of a non-negative quantity. Parameters have been checked by whoever made it.
#[derive(Debug, Clone, PartialEq)]
pub enum Dist {
    /// Every draw is this value.
    Constant(f64),
    /// Uniform on the interval from `low` to `high`.
    Uniform {
        /// Least value.
        low: f64,
        /// Largest value; it may equal `low`.
        high: f64,
    },
    /// A density that rises in a straight line from `low` to `mode` and falls in one to `high`.
    Triangular {
        /// Least value.
        low: f64,
        /// Most likely value, from `low` to `high`.
        mode: f64,
        /// Largest value.
        high: f64,
    },
    /// Normal truncated at 0: a draw below 0 is drawn again.
    Normal {
        /// Mean before the truncation, which raises it.
        mean: f64,
        /// Standard deviation before the truncation, which lowers it.
        sd: f64,
    },
    /// `exp(N(mu, sigma^2))`.
    LogNormal {
        /// Mean of the natural logarithm.
        mu: f64,
        /// Standard deviation of the natural logarithm; 0 makes a constant.
        sigma: f64,
    },
    /// Gamma with mean `shape * scale` and variance `shape * scale^2`.
    Gamma {
        /// Shape parameter: one over the squared coefficient of variation.
        shape: f64,
        /// Scale parameter, in the unit of the values.
        scale: f64,
    },
    /// Exponential with `P(X > x) = exp(-x / mean)`: what is left of a duration does not depend on its age.
    Exponential {
        /// Mean, which is the standard deviation, too.
        mean: f64,
    },
    /// Weibull with `P(X > x) = exp(-(x / scale)^shape)`.
    Weibull {
        /// Shape parameter: the hazard rises with age if it is above 1, and falls if it is below 1.
        shape: f64,
        /// Scale parameter, in the unit of the values: a share of `1/e` lies above it.
        scale: f64,
    },
    /// Poisson: whole numbers from 0 on.
    Poisson {
        /// Mean, which is the variance, too.
        mean: f64,
    },
    /// Each of the values is equally likely. They stand in ascending order.
    Empirical(Arc<[f64]>),
    /// Distributions with the weights by which one of them is drawn. The weights add up to 1.
    Mixture(Vec<(f64, Dist)>),
}

impl Dist {
    /// Lognormal with the given median and 90th percentile (`0 < median <= p90`).
    #[must_use]
    pub fn lognormal_median_p90(median: f64, p90: f64) -> Self {
        Dist::LogNormal { mu: median.ln(), sigma: (p90 / median).ln() / normal_quantile(0.9) }
    }

    /// Lognormal with the given mean and coefficient of variation.
    #[must_use]
    pub fn lognormal_mean_cv(mean: f64, cv: f64) -> Self {
        let variance = (1.0 + cv * cv).ln();
        Dist::LogNormal { mu: mean.ln() - variance / 2.0, sigma: variance.sqrt() }
    }

    /// Gamma with the given mean and standard deviation (both positive).
    #[must_use]
    pub fn gamma_mean_sd(mean: f64, sd: f64) -> Self {
        Dist::Gamma { shape: (mean / sd).powi(2), scale: sd * sd / mean }
    }

    /// An empirical distribution over `values` (not empty, all finite).
    #[must_use]
    pub fn empirical(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Dist::Empirical(values.into())
    }

    /// The distribution of `factor` times the quantity, `factor` above 0; absent for a Poisson law, whose multiples are of no law here.
    #[must_use]
    pub fn times(&self, factor: f64) -> Option<Dist> {
        Some(match self {
            Dist::Constant(value) => Dist::Constant(value * factor),
            Dist::Uniform { low, high } => Dist::Uniform { low: low * factor, high: high * factor },
            Dist::Triangular { low, mode, high } => {
                Dist::Triangular { low: low * factor, mode: mode * factor, high: high * factor }
            }
            Dist::Normal { mean, sd } => Dist::Normal { mean: mean * factor, sd: sd * factor },
            Dist::LogNormal { mu, sigma } => Dist::LogNormal { mu: mu + libm::log(factor), sigma: *sigma },
            Dist::Gamma { shape, scale } => Dist::Gamma { shape: *shape, scale: scale * factor },
            Dist::Exponential { mean } => Dist::Exponential { mean: mean * factor },
            Dist::Weibull { shape, scale } => Dist::Weibull { shape: *shape, scale: scale * factor },
            Dist::Poisson { .. } => return None,
            Dist::Empirical(values) => Dist::Empirical(values.iter().map(|v| v * factor).collect()),
            Dist::Mixture(parts) => {
                let part = |(weight, dist): &(f64, Dist)| Some((*weight, dist.times(factor)?));
                Dist::Mixture(parts.iter().map(part).collect::<Option<_>>()?)
            }
        })
    }

    /// Expected value.
    #[must_use]
    pub fn mean(&self) -> f64 {
        match self {
            Dist::Constant(value) => *value,
            Dist::Uniform { low, high } => 0.5 * (low + high),
            Dist::Triangular { low, mode, high } => (low + mode + high) / 3.0,
            Dist::Normal { mean, sd } => {
                let alpha = -mean / sd;
                mean + sd * normal_pdf(alpha) / normal_cdf(-alpha)
            }
            Dist::LogNormal { mu, sigma } => (mu + 0.5 * sigma * sigma).exp(),
            Dist::Gamma { shape, scale } => shape * scale,
            Dist::Exponential { mean } | Dist::Poisson { mean } => *mean,
            Dist::Weibull { shape, scale } => scale * libm::tgamma(1.0 + 1.0 / shape),
            Dist::Empirical(values) => values.iter().sum::<f64>() / values.len() as f64,
            Dist::Mixture(parts) => parts.iter().map(|(w, d)| w * d.mean()).sum(),
        }
    }

    /// Variance.
    #[must_use]
    pub fn variance(&self) -> f64 {
        match self {
            Dist::Constant(_) => 0.0,
            Dist::Uniform { low, high } => (high - low).powi(2) / 12.0,
            Dist::Triangular { low, mode, high } => {
                (low * low + mode * mode + high * high - low * mode - low * high - mode * high) / 18.0
            }
            Dist::Normal { mean, sd } => {
                let alpha = -mean / sd;
                let ratio = normal_pdf(alpha) / normal_cdf(-alpha);
                sd * sd * (1.0 + alpha * ratio - ratio * ratio)
            }
            Dist::LogNormal { sigma, .. } => self.mean().powi(2) * (sigma * sigma).exp_m1(),
            Dist::Gamma { shape, scale } => shape * scale * scale,
            Dist::Exponential { mean } => mean * mean,
            Dist::Poisson { mean } => *mean,
            Dist::Weibull { shape, scale } => {
                let (g1, g2) = (libm::tgamma(1.0 + 1.0 / shape), libm::tgamma(1.0 + 2.0 / shape));
                scale * scale * (g2 - g1 * g1)
            }
            Dist::Empirical(values) => {
                let mean = self.mean();
                values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
            }
            Dist::Mixture(parts) => {
                let mean = self.mean();
                parts.iter().map(|(w, d)| w * (d.variance() + (d.mean() - mean).powi(2))).sum()
            }
        }
    }

    /// `P(X <= x)`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        match self {
            Dist::Constant(value) => f64::from(u8::from(x >= *value)),
            Dist::Uniform { low, high } if low == high => f64::from(u8::from(x >= *low)),
            Dist::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Dist::Triangular { low, mode, high } => {
                if x >= *high {
                    1.0
                } else if x < *low {
                    0.0
                } else if x < *mode {
                    (x - low).powi(2) / ((high - low) * (mode - low))
                } else {
                    1.0 - (high - x).powi(2) / ((high - low) * (high - mode))
                }
            }
            _ if x < 0.0 => 0.0,
            Dist::Normal { mean, sd } => {
                let below = normal_cdf(-mean / sd);
                (normal_cdf((x - mean) / sd) - below) / (1.0 - below)
            }
            Dist::LogNormal { mu, sigma } if *sigma == 0.0 => f64::from(u8::from(x >= mu.exp())),
            Dist::LogNormal { mu, sigma } => normal_cdf((x.max(1e-300).ln() - mu) / sigma),
            Dist::Gamma { shape, scale } => gamma_p(*shape, x / scale),
            Dist::Exponential { mean } => -(-x / mean).exp_m1(),
            Dist::Weibull { shape, scale } => -(-(x / scale).powf(*shape)).exp_m1(),
            Dist::Poisson { mean } if *mean == 0.0 => 1.0,
            Dist::Poisson { mean } => 1.0 - gamma_p(x.floor() + 1.0, *mean),
            Dist::Empirical(values) => values.partition_point(|v| *v <= x) as f64 / values.len() as f64,
            Dist::Mixture(parts) => parts.iter().map(|(w, d)| w * d.cdf(x)).sum(),
        }
    }

    /// Smallest `x` with `P(X <= x) >= p`, for `p` in (0, 1).
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if let Dist::Constant(value) = self {
            return *value;
        }
        let mut high = self.mean() + 1.0;
        while self.cdf(high) < p && high < 1e15 {
            high *= 2.0;
        }
        bisect(0.0, high, |x| self.cdf(x) >= p)
    }

    /// The largest value that the distribution takes, if there is one.
    #[must_use]
    pub fn upper_bound(&self) -> Option<f64> {
        match self {
            Dist::Constant(value) => Some(*value),
            Dist::Uniform { high, .. } | Dist::Triangular { high, .. } => Some(*high),
            Dist::Empirical(values) => values.last().copied(),
            Dist::Mixture(parts) => {
                parts.iter().map(|(_, d)| d.upper_bound()).try_fold(0.0_f64, |m, b| b.map(|b| m.max(b)))
            }
            _ => None,
        }
    }

    /// True if every draw is the same number.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.variance() == 0.0
    }

    /// Hazard of a duration counted in whole days, rounded half up: entry `n` is
    /// `P(X rounds to n | X rounds to n or more)`. Ends where the tail is below one in 10^12, with 1.
    #[must_use]
    pub fn daily_hazard(&self, longest: usize) -> Vec<f64> {
        let mut hazard = Vec::new();
        let mut survival = 1.0;
        for n in 0..=longest {
            // Rounded half up: n is [n - 1/2, n + 1/2). The mass at exactly n + 1/2 belongs to n + 1.
            let below = self.cdf((n as f64 + 0.5).next_down());
            let h = if survival > 1e-12 { ((survival - (1.0 - below)) / survival).clamp(0.0, 1.0) } else { 1.0 };
            hazard.push(h);
            if h >= 1.0 {
                return hazard;
            }
            survival = 1.0 - below;
        }
        hazard.push(1.0);
        hazard
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Stream;

    fn all() -> Vec<Dist> {
        vec![
            Dist::Constant(3.0),
            Dist::Uniform { low: 2.0, high: 5.0 },
            Dist::Triangular { low: 5.0, mode: 9.0, high: 21.0 },
            Dist::Triangular { low: 5.0, mode: 5.0, high: 21.0 },
            Dist::Normal { mean: 4.0, sd: 3.0 },
            Dist::lognormal_median_p90(30.0, 45.0),
            Dist::lognormal_mean_cv(15.0, 0.2),
            Dist::gamma_mean_sd(4.8, 3.4),
            Dist::gamma_mean_sd(1.0, 3.0),
            Dist::Exponential { mean: 14.0 },
            Dist::Weibull { shape: 1.5, scale: 10.0 },
            Dist::Poisson { mean: 4.2 },
            Dist::empirical(vec![1.0, 2.0, 2.0, 9.0]),
            Dist::Mixture(vec![(0.7, Dist::Uniform { low: 2.0, high: 3.0 }), (0.3, Dist::Constant(10.0))]),
        ]
    }

    /// Each sampler's mean and variance against the closed forms, within 5 standard errors (the
    /// error of the variance from the sample's own fourth moment), and the distribution function at
    /// four points within 5 binomial standard errors.
    #[test]
    fn samplers_have_the_stated_law() {
        let n = 200_000_u32;
        for (which, dist) in all().into_iter().enumerate() {
            let sampler = Sampler::new(&dist);
            let stream = Stream::new(11, "test", "dist", &which.to_string());
            let x: Vec<f64> = (0..n).map(|i| sampler.draw(&mut stream.at(0, i as i32, 0))).collect();
            let n = f64::from(n);
            let mean = x.iter().sum::<f64>() / n;
            let m2 = x.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n;
            let m4 = x.iter().map(|v| (v - mean).powi(4)).sum::<f64>() / n;
            let sd = dist.variance().sqrt();
            assert!((mean - dist.mean()).abs() <= 5.0 * sd / n.sqrt() + 1e-12, "{dist:?} mean {mean}");
            let se = ((m4 - m2 * m2) / n).max(0.0).sqrt();
            assert!((m2 - dist.variance()).abs() <= 5.0 * se + 1e-12, "{dist:?} variance {m2}");
            for p in [0.1, 0.5, 0.9, 0.99] {
                let q = dist.quantile(p);
                let expected = dist.cdf(q);
                let share = x.iter().filter(|v| **v <= q).count() as f64 / n;
                let se = (expected * (1.0 - expected) / n).sqrt();
                assert!((share - expected).abs() <= 5.0 * se + 1e-9, "{dist:?} at p {p}: {share} vs {expected}");
            }
        }
    }

    #[test]
    fn quantiles_are_those_asked_for() {
        let d = Dist::lognormal_median_p90(30.0, 45.0);
        assert!((d.quantile(0.5) - 30.0).abs() < 1e-9 && (d.quantile(0.9) - 45.0).abs() < 1e-9);
    }

    #[test]
    fn daily_hazards_rebuild_the_law() {
        for dist in all() {
            let hazard = dist.daily_hazard(10_000);
            let mut survival = 1.0;
            for (n, h) in hazard.iter().enumerate().take(200) {
                survival *= 1.0 - h;
                let exact = 1.0 - dist.cdf((n as f64 + 0.5).next_down());
                assert!((survival - exact).abs() < 1e-9, "{dist:?} at {n}");
            }
            assert_eq!(hazard.last(), Some(&1.0));
        }
    }
}
