//! Distributions: do the parameters describe one, and does it lie in the range asked for?

use super::super::scalar::{Column, Distribution, Empirical, Family};
use super::demand::file;
use super::{KeyPath, shown};
use crate::load::Context;
use restock_base::diag::Code;
use restock_base::law::Dist;
use restock_base::units::Limit;

/// A distribution whose values lie within `limit`.
pub(super) fn dist(d: &Distribution, at: &KeyPath, limit: Limit, cx: &mut Context<'_>) -> Dist {
    let family = match d {
        Distribution::Constant(value) => return Dist::Constant(cx.number(at, *value, limit)),
        Distribution::Family(family) => family.as_ref(),
    };
    let bad = |cx: &mut Context<'_>, message: String, hint: &str| {
        cx.error(at, Code::Distribution, &message, hint);
        Dist::Constant(limit.low)
    };
    let finite = |values: &[f64]| values.iter().all(|v| v.is_finite());
    let result = match family {
        Family::Uniform([low, high]) => {
            if !finite(&[*low, *high]) || low > high {
                return bad(cx, format!("`uniform` from {low} to {high}"), "write the lower value first");
            }
            Dist::Uniform { low: *low, high: *high }
        }
        Family::Triangular([low, mode, high]) => {
            if !finite(&[*low, *mode, *high]) || low > mode || mode > high {
                return bad(
                    cx,
                    format!("`triangular` of {low}, {mode}, {high}"),
                    "write lowest, most likely and highest value, in that order",
                );
            }
            if low == high { Dist::Constant(*low) } else { Dist::Triangular { low: *low, mode: *mode, high: *high } }
        }
        Family::Normal(p) => {
            // Far below zero a truncated normal would be drawn for ever.
            if !finite(&[p.mean, p.sd]) || p.sd < 0.0 || p.mean < 0.0 {
                return bad(
                    cx,
                    format!("`normal` of mean {} and sd {}", p.mean, p.sd),
                    "write a mean and a standard deviation that are not negative",
                );
            }
            if p.sd == 0.0 { Dist::Constant(p.mean) } else { Dist::Normal { mean: p.mean, sd: p.sd } }
        }
        Family::Lognormal(p) => match (p.median, p.p90, p.mean, p.cv) {
            (Some(median), Some(p90), None, None)
                if median.is_finite() && p90.is_finite() && median > 0.0 && p90 >= median =>
            {
                Dist::lognormal_median_p90(median, p90)
            }
            (None, None, Some(mean), Some(cv)) if mean.is_finite() && mean > 0.0 && (0.0..=100.0).contains(&cv) => {
                Dist::lognormal_mean_cv(mean, cv)
            }
            (Some(median), Some(p90), None, None) => {
                return bad(
                    cx,
                    format!("`lognormal` with median {median} and 90th percentile {p90}"),
                    "the median must be positive and not above `p90`",
                );
            }
            (None, None, Some(mean), Some(cv)) => {
                return bad(
                    cx,
                    format!("`lognormal` with mean {mean} and coefficient of variation {cv}"),
                    "the mean must be positive and `cv` 0 to 100",
                );
            }
            _ => {
                return bad(
                    cx,
                    "`lognormal` takes `median` and `p90`, or `mean` and `cv`".into(),
                    "write exactly one of the two pairs",
                );
            }
        },
        Family::Gamma(p) => {
            if !finite(&[p.mean, p.sd]) || p.mean <= 0.0 || p.sd < 0.0 || p.sd > 100.0 * p.mean {
                return bad(
                    cx,
                    format!("`gamma` of mean {} and sd {}", p.mean, p.sd),
                    "the mean must be positive, `sd` not negative and at most 100 means",
                );
            }
            if p.sd == 0.0 { Dist::Constant(p.mean) } else { Dist::gamma_mean_sd(p.mean, p.sd) }
        }
        Family::Exponential(p) => {
            if !p.mean.is_finite() || p.mean <= 0.0 {
                return bad(cx, format!("`exponential` of mean {}", p.mean), "the mean must be positive");
            }
            Dist::Exponential { mean: p.mean }
        }
        Family::Weibull(p) => {
            if !finite(&[p.shape, p.scale]) || !(0.1..=1000.0).contains(&p.shape) || p.scale <= 0.0 {
                return bad(
                    cx,
                    format!("`weibull` of shape {} and scale {}", p.shape, p.scale),
                    "`shape` must be 0.1 to 1_000 and `scale` positive",
                );
            }
            Dist::Weibull { shape: p.shape, scale: p.scale }
        }
        Family::Poisson(p) => {
            if !p.mean.is_finite() || p.mean < 0.0 {
                return bad(cx, format!("`poisson` of mean {}", p.mean), "the mean must not be negative");
            }
            Dist::Poisson { mean: p.mean }
        }
        Family::Empirical(e) => {
            let values = match e {
                Empirical::Values(values) => values.clone(),
                Empirical::Column(Column { file: name, column }) => {
                    let at = at.key("empirical").key("file");
                    let Some(path) = file(name, &at, cx) else { return Dist::Constant(limit.low) };
                    let place = cx.place(&at);
                    match cx.files.column(&path, column) {
                        Ok(values) => values.to_vec(),
                        Err(problem) => {
                            cx.problems.push(problem.into_diagnostic(name).at(place));
                            return Dist::Constant(limit.low);
                        }
                    }
                }
            };
            if values.is_empty() || !finite(&values) {
                return bad(
                    cx,
                    format!("`empirical` with {} values", values.len()),
                    "give at least one value, all of them finite numbers",
                );
            }
            if let Some(value) = values.iter().find(|v| !limit.contains(**v)) {
                cx.number(at, *value, limit);
            }
            Dist::empirical(values)
        }
        Family::Mixture(parts) => {
            let total: f64 = parts.iter().map(|p| p.weight.0).sum();
            if parts.is_empty() || (total - 1.0).abs() > 1e-6 || parts.iter().any(|p| p.weight.0 < 0.0) {
                cx.error(
                    at,
                    Code::Shares,
                    &format!("the weights of the mixture add up to {}", shown((total * 1e6).round() / 1e6)),
                    "make them add up to 1 (100 %)",
                );
                return Dist::Constant(limit.low);
            }
            let at = at.key("mixture");
            let parts = parts
                .iter()
                .enumerate()
                .map(|(i, p)| (p.weight.0 / total, dist(&p.of, &at.index(i).key("of"), limit, cx)));
            Dist::Mixture(parts.collect())
        }
    };
    let (mean, high) = (result.mean(), result.quantile(0.999_999));
    if matches!(family, Family::Uniform([low, _]) | Family::Triangular([low, ..]) if !limit.contains(*low)) {
        let (Family::Uniform([low, _]) | Family::Triangular([low, ..])) = family else { return result };
        cx.number(at, *low, limit);
    } else if !limit.contains(mean) || !limit.contains(result.upper_bound().unwrap_or(high)) {
        cx.number(at, result.upper_bound().unwrap_or(high).max(mean), limit);
    }
    result
}
