//! Special functions behind the distributions: the normal law and the incomplete gamma function.

use std::f64::consts::{PI, SQRT_2};

/// 90 % quantile of the standard normal law.
pub const Z90: f64 = 1.281_551_565_544_600_4;

/// Distribution function of the standard normal law.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// Density of the standard normal law.
#[must_use]
pub fn normal_pdf(z: f64) -> f64 {
    (-0.5 * z * z).exp() / (2.0 * PI).sqrt()
}

/// Quantile of the standard normal law for `p` in (0, 1): bisection on the distribution function,
/// to the last bit that matters. Used when a plan is built, and in the day loop only for thousands of units at once.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    bisect(-40.0, 40.0, |z| normal_cdf(z) >= p)
}

/// Two-sided 95 % quantile of Student's law with so many degrees of freedom, at most 63 of them; that of the normal law beyond,
/// and with none.
#[must_use]
pub fn student_95(degrees: usize) -> f64 {
    static QUANTILES: std::sync::LazyLock<[f64; 64]> = std::sync::LazyLock::new(|| {
        std::array::from_fn(|n| {
            bisect(0.0, 20.0, |t| n == 0 && t >= super::interval::Z95 || n > 0 && student_within(t, n) >= 0.95)
        })
    });
    QUANTILES.get(degrees).copied().unwrap_or(super::interval::Z95)
}

/// Two-sided quantile of Student's law with `degrees >= 1` degrees of freedom: how far it reaches with a chance of `1 - outside`.
#[must_use]
pub fn student_reach(outside: f64, degrees: usize) -> f64 {
    bisect(0.0, 1e9, |t| 1.0 - student_within(t, degrees) <= outside)
}

/// `P(|T| <= t)` of Student's law with `n >= 1` degrees of freedom, by the finite sums of Abramowitz and Stegun 26.7.3 and 26.7.4.
fn student_within(t: f64, n: usize) -> f64 {
    let angle = (t / (n as f64).sqrt()).atan();
    let (sine, cosine) = angle.sin_cos();
    let odd = n % 2 == 1;
    // Terms up to the power n - 2 of the cosine; each is the one before times its square and a ratio.
    let mut term = if odd { cosine } else { 1.0 };
    let (mut sum, mut power) = (0.0, if odd { 1 } else { 0 });
    while power + 2 <= n {
        sum += term;
        term *= cosine * cosine * (power + 1) as f64 / (power + 2) as f64;
        power += 2;
    }
    if odd { 2.0 / PI * (angle + sine * sum) } else { sine * sum }
}

/// Regularised lower incomplete gamma function `P(a, x)`, `a > 0`, `x >= 0`: series below `a + 1`,
/// Lentz's continued fraction above (Abramowitz and Stegun 6.5.29 and 6.5.31). Of an `a` above a million, whose terms would be too
/// many, by Wilson and Hilferty's normal law of the cube root (PNAS 17, 1931): to one in 10^7 of the larger of `P` and `1 - P`.
#[must_use]
pub fn gamma_p(a: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if a > MANY_TERMS {
        return normal_cdf(by_cube_root(a, x));
    }
    if x < a + 1.0 {
        let front = front(a, x);
        let (mut term, mut sum, mut n) = (1.0 / a, 1.0 / a, a);
        for _ in 0..10_000 {
            n += 1.0;
            term *= x / n;
            sum += term;
            if term < sum * 1e-16 {
                break;
            }
        }
        (sum * front).min(1.0)
    } else {
        (1.0 - upper(a, x)).max(0.0)
    }
}

/// `1 - P(a, x)`, without loss where little is left.
#[must_use]
pub fn gamma_q(a: f64, x: f64) -> f64 {
    if a > MANY_TERMS && x > 0.0 {
        return normal_cdf(-by_cube_root(a, x));
    }
    if x < a + 1.0 { 1.0 - gamma_p(a, x) } else { upper(a, x) }
}

const MANY_TERMS: f64 = 1e6;

fn by_cube_root(a: f64, x: f64) -> f64 {
    ((x / a).cbrt() - (1.0 - 1.0 / (9.0 * a))) * 3.0 * a.sqrt()
}

/// `x^a exp(-x) / Gamma(a)`.
fn front(a: f64, x: f64) -> f64 {
    (a * x.ln() - x - libm::lgamma(a)).exp()
}

/// The continued fraction of `1 - P(a, x)`, for `x >= a + 1`.
fn upper(a: f64, x: f64) -> f64 {
    let tiny = 1e-300;
    let mut b = x + 1.0 - a;
    let mut c = 1.0 / tiny;
    let mut d = 1.0 / b;
    let mut h = d;
    for i in 1..10_000 {
        let i = f64::from(i);
        let an = -i * (i - a);
        b += 2.0;
        d = 1.0 / nonzero(an * d + b, tiny);
        c = nonzero(b + an / c, tiny);
        let step = c * d;
        h *= step;
        if (step - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front(a, x) * h
}

fn nonzero(x: f64, tiny: f64) -> f64 {
    if x.abs() < tiny { tiny } else { x }
}

/// Smallest `x` in `[low, high]` for which the monotone predicate holds, to full precision.
pub fn bisect(mut low: f64, mut high: f64, reached: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if reached(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Abramowitz and Stegun, table 26.10.
    #[test]
    fn students_quantiles_of_the_tables() {
        for (degrees, t) in [(1, 12.706), (2, 4.303), (3, 3.182), (9, 2.262), (10, 2.228), (30, 2.042), (60, 2.000)] {
            assert!((student_95(degrees) - t).abs() < 6e-4, "{degrees}: {}", student_95(degrees));
        }
        for beyond in [0, 64, 1000] {
            assert!((student_95(beyond) - 1.959_963_984_540_054).abs() < 1e-12);
        }
    }

    #[test]
    fn normal_values_of_the_tables() {
        for (p, z) in
            [(0.5, 0.0), (0.90, 1.281_551_565_5), (0.95, 1.644_853_627), (0.99, 2.326_347_874), (0.001, -3.090_232_306)]
        {
            assert!((normal_quantile(p) - z).abs() < 1e-9, "{p}");
            assert!((normal_cdf(z) - p).abs() < 1e-9, "{p}");
        }
    }

    #[test]
    fn incomplete_gamma_is_the_exponential_and_the_poisson() {
        for x in [0.1_f64, 1.0, 3.0, 20.0] {
            assert!((gamma_p(1.0, x) - (1.0 - (-x).exp())).abs() < 1e-14);
        }
        // What is left of an exponential law, where `1 - P` has no digit left.
        assert!((gamma_q(1.0, 80.0) / (-80.0_f64).exp() - 1.0).abs() < 1e-12);
        // On both sides of the border between the two ways, four standard deviations around.
        for z in [-4.0, -1.0, 0.0, 1.0, 4.0] {
            let at = |a: f64| (gamma_p(a, a + z * a.sqrt()), gamma_q(a, a + z * a.sqrt()));
            let (exact, near) = (at(MANY_TERMS), at(MANY_TERMS + 1e-3));
            assert!((exact.0 - near.0).abs() < 1e-7 && (exact.1 - near.1).abs() < 1e-7, "{z}: {exact:?} {near:?}");
        }
        // P(Poisson(5) <= 3) = 1 - P(4, 5) = 0.2650259153.
        assert!((1.0 - gamma_p(4.0, 5.0) - 0.265_025_915_3).abs() < 1e-10);
    }
}
