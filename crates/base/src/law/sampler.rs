//! Samplers: what a [`Dist`] becomes when a plan is laid out.

use super::Dist;
use crate::rng::Draw;
use rand_distr::Distribution;
use std::sync::Arc;

/// Draws from one distribution. Every value is a function of the [`Draw`] alone.
#[derive(Debug, Clone)]
pub struct Sampler(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Constant(f64),
    Uniform {
        low: f64,
        width: f64,
    },
    Triangular(rand_distr::Triangular<f64>),
    Normal(rand_distr::Normal<f64>),
    LogNormal(rand_distr::LogNormal<f64>),
    Gamma(rand_distr::Gamma<f64>),
    Exponential {
        mean: f64,
    },
    Weibull(rand_distr::Weibull<f64>),
    Poisson {
        mean: f64,
    },
    Empirical(Arc<[f64]>),
    /// Cumulative weight, sampler.
    Mixture(Vec<(f64, Kind)>),
}

impl Sampler {
    /// Builds the sampler. A `Dist` has been range-checked, so this does not fail; a parameter on the
    /// edge of what a sampler takes (a width of 0) becomes the constant that it means.
    #[must_use]
    pub fn new(dist: &Dist) -> Self {
        Sampler(Kind::new(dist))
    }

    /// One value, made of as many numbers of `draw` as the distribution takes.
    #[inline]
    pub fn draw(&self, draw: &mut Draw) -> f64 {
        self.0.draw(draw)
    }

    /// The value of [`Sampler::draw`] where the draw's first uniform number is at hand. Constants and uniform distributions take no more
    /// than that number; `draw` is opened for the others alone.
    #[inline]
    pub fn draw_by(&self, first: impl FnOnce() -> f64, draw: impl FnOnce() -> Draw) -> f64 {
        match &self.0 {
            Kind::Constant(value) => *value,
            Kind::Uniform { low, width } => low + width * first(),
            kind => kind.draw(&mut draw()),
        }
    }
}

impl Kind {
    fn new(dist: &Dist) -> Self {
        let fallback = || Kind::Constant(dist.mean());
        match dist {
            Dist::Constant(value) => Kind::Constant(*value),
            Dist::Uniform { low, high } => Kind::Uniform { low: *low, width: high - low },
            Dist::Triangular { low, mode, high } => {
                rand_distr::Triangular::new(*low, *high, *mode).map_or_else(|_| fallback(), Kind::Triangular)
            }
            Dist::Normal { mean, sd } => rand_distr::Normal::new(*mean, *sd).map_or_else(|_| fallback(), Kind::Normal),
            Dist::LogNormal { mu, sigma } => {
                rand_distr::LogNormal::new(*mu, *sigma).map_or_else(|_| fallback(), Kind::LogNormal)
            }
            Dist::Gamma { shape, scale } => {
                rand_distr::Gamma::new(*shape, *scale).map_or_else(|_| fallback(), Kind::Gamma)
            }
            Dist::Exponential { mean } => Kind::Exponential { mean: *mean },
            Dist::Weibull { shape, scale } => {
                rand_distr::Weibull::new(*scale, *shape).map_or_else(|_| fallback(), Kind::Weibull)
            }
            Dist::Poisson { mean } => Kind::Poisson { mean: *mean },
            Dist::Empirical(values) => Kind::Empirical(Arc::clone(values)),
            Dist::Mixture(parts) => {
                let mut sum = 0.0;
                let part = |(w, d): &(f64, Dist)| {
                    sum += w;
                    (sum, Kind::new(d))
                };
                Kind::Mixture(parts.iter().map(part).collect())
            }
        }
    }

    fn draw(&self, draw: &mut Draw) -> f64 {
        match self {
            Kind::Constant(value) => *value,
            Kind::Uniform { low, width } => low + width * draw.uniform(),
            Kind::Triangular(d) => d.sample(draw),
            Kind::Normal(d) => loop {
                let x = d.sample(draw);
                if x >= 0.0 {
                    return x;
                }
            },
            Kind::LogNormal(d) => d.sample(draw),
            Kind::Gamma(d) => d.sample(draw),
            // By inversion: one uniform, so that two means compared share it.
            Kind::Exponential { mean } => -mean * (-draw.uniform()).ln_1p(),
            Kind::Weibull(d) => d.sample(draw),
            Kind::Poisson { mean } => super::counts::poisson(*mean, draw) as f64,
            Kind::Empirical(values) => values[(draw.uniform() * values.len() as f64) as usize],
            Kind::Mixture(parts) => {
                let u = draw.uniform();
                let which = parts.partition_point(|(sum, _)| *sum < u).min(parts.len() - 1);
                parts[which].1.draw(draw)
            }
        }
    }
}
