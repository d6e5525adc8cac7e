//! Samplers of counts against the exact probabilities of their laws, by Pearson's chi-square.
//!
//! Probabilities come from recurrences, none of which a sampler uses with the same terms: `p(n + 1) / p(n)` of each law, added up as logarithms from
//! `p(0)` on. Seeds are fixed, so a test that passes goes on passing; a right sampler would fail one of a million of them.

use super::counts::poisson;
use super::{CountLaw, CountTable, ask_in_turn, binomial, negative_binomial};
use crate::rng::{Draw, Stream};
use crate::stats::special::{bisect, gamma_q};
use rand_distr::Gamma;

/// Draws of each case, in the tests that always run and in those that are asked for.
const FEW: u32 = 200_000;
const MANY: u32 = 10_000_000;

/// Chance that a right sampler is taken for a wrong one.
const ALARM: f64 = 1e-6;

/// Probabilities of the values from `first` on; what is left of 1 lies beyond the last.
struct Law {
    first: i64,
    p: Vec<f64>,
}

impl Law {
    /// From the logarithm of `p(0)` and the ratios `p(n + 1) / p(n)`, up to where `1e-13` is left.
    fn of(ln_zero: f64, ratio: impl Fn(f64) -> f64) -> Self {
        let (mut ln_p, mut n, mut sum) = (ln_zero, 0, 0.0_f64);
        let mut law = Law { first: 0, p: Vec::new() };
        loop {
            let p = ln_p.exp();
            sum += p;
            if p > 1e-15 || !law.p.is_empty() {
                law.first = if law.p.is_empty() { n } else { law.first };
                law.p.push(p);
            }
            let next = ratio(n as f64);
            if next <= 0.0 || sum > 0.5 && next < 1.0 && p * next / (1.0 - next) < 1e-13 {
                return law;
            }
            ln_p += next.ln();
            n += 1;
        }
    }

    fn poisson(mean: f64) -> Self {
        Law::of(-mean, |n| mean / (n + 1.0))
    }

    /// Of variance `mean + mean^2 / k`.
    fn negative_binomial(mean: f64, k: f64) -> Self {
        Law::of(-k * (mean / k).ln_1p(), |n| mean / (mean + k) * (n + k) / (n + 1.0))
    }

    fn binomial(size: i64, p: f64) -> Self {
        let (size, odds) = (size as f64, p / (1.0 - p));
        Law::of(size * (-p).ln_1p(), |n| odds * (size - n) / (n + 1.0))
    }

    /// Of `asked`, until `wanted` have agreed: `wanted + failures`, failures negative binomial. Who is asked last is the `size`-th: what lies beyond is
    /// the chance that fewer agree, and stands at `-1 - agreed`.
    fn asked(size: i64, p: f64, wanted: i64) -> Self {
        let fewer = Law::binomial(size, p);
        let agreed = |n: i64| fewer.p.get(usize::try_from(n - fewer.first).ok()?).copied();
        let mut all: Vec<f64> = (0..wanted).rev().map(|n| agreed(n).unwrap_or(0.0)).collect();
        all.extend((0..wanted).map(|_| 0.0));
        let w = wanted as f64;
        let mut ln_p = w * p.ln();
        for failures in 0..=size - wanted {
            all.push(ln_p.exp());
            ln_p += ((1.0 - p) * (failures as f64 + w) / (failures as f64 + 1.0)).ln();
        }
        Law { first: -wanted, p: all }
    }

    /// Given that it is at least `least`.
    fn from(mut self, least: i64) -> Self {
        self.p.drain(..usize::try_from(least - self.first).unwrap_or(0));
        self.first = self.first.max(least);
        let left: f64 = self.p.iter().sum();
        self.p.iter_mut().for_each(|p| *p /= left);
        self
    }
}

/// Least that is expected in a cell.
const LEAST: f64 = 10.0;

/// What a right sampler exceeds with the chance [`ALARM`]: `P(chi-square > x) = Q(freedom / 2, x / 2)`.
fn bar(freedom: f64) -> f64 {
    bisect(0.0, 100.0 + 20.0 * freedom, |x| gamma_q(freedom / 2.0, x / 2.0) <= ALARM)
}

/// Chi-square of `draws` values in cells of neighbours in each of which [`LEAST`] or more are expected, both tails in the outermost ones; its number of
/// cells; and the bar.
fn chi_square(law: &Law, draws: u32, sample: &mut dyn FnMut(&mut Draw) -> i64, stream: Stream) -> (f64, usize, f64) {
    let n = f64::from(draws);
    // Number of the cell of each value, and what is expected in each cell.
    let (mut cell, mut expected) = (Vec::with_capacity(law.p.len()), vec![0.0]);
    let mut left = n * law.p.iter().sum::<f64>();
    for p in &law.p {
        let last = expected.len() - 1;
        if expected[last] >= LEAST && left >= LEAST {
            expected.push(0.0);
        }
        cell.push(expected.len() - 1);
        *expected.last_mut().expect("there is a cell") += n * p;
        left -= n * p;
    }
    let beyond = n - expected.iter().sum::<f64>();
    *expected.last_mut().expect("there is a cell") += beyond;
    let mut seen = vec![0_u32; expected.len()];
    for i in 0..draws {
        let value = sample(&mut stream.at(i >> 16, (i & 0xFFFF) as i32, 0));
        let place = (value - law.first).clamp(0, cell.len() as i64 - 1) as usize;
        seen[cell[place]] += 1;
    }
    let chi = seen.iter().zip(&expected).map(|(s, e)| (f64::from(*s) - e).powi(2) / e).sum();
    (chi, expected.len(), bar(expected.len() as f64 - 1.0))
}

/// Holds a sampler against its law.
fn fits(draws: u32, label: &str, law: &Law, mut sample: impl FnMut(&mut Draw) -> i64) {
    let (chi, cells, bar) = chi_square(law, draws, &mut sample, Stream::new(15, "test", "exact", label));
    println!("{label:<44} {cells:>4} cells: {chi:>8.1}, at most {bar:>7.1}");
    // A law of one value has one cell, and no chance to be wrong about it but by missing it.
    assert!(cells == 1 && chi < 1e-6 || cells > 1 && chi <= bar, "{label}: {chi} in {cells} cells, at most {bar}");
}

/// On both sides of the mean at which the algorithm changes, and far from it.
fn poissons(draws: u32) {
    for mean in [0.001, 0.3, 2.5, 9.999, 10.0, 10.7, 24.0, 117.0, 4_000.0, 250_000.0] {
        fits(draws, &format!("Poisson {mean}"), &Law::poisson(mean), |d| poisson(mean, d));
    }
    for mean in [0.001, 0.3, 9.999, 10.0, 117.0, 4_999.0] {
        let table = CountTable::new(mean, None);
        fits(draws, &format!("table of Poisson {mean}"), &Law::poisson(mean), |d| table.draw(d));
    }
}

fn negative_binomials(draws: u32) {
    for (mean, k) in [(0.02, 0.3), (4.0, 0.05), (4.0, 7.0), (9.9, 0.95), (10.1, 300.0), (40.0, 1.0), (600.0, 2.5)] {
        let (law, mixing) = (Law::negative_binomial(mean, k), Gamma::new(k, 1.0 / k).unwrap());
        fits(draws, &format!("negative binomial {mean}, {k}"), &law, |d| negative_binomial(mean, Some(&mixing), d));
        let table = CountTable::new(mean, Some(k));
        fits(draws, &format!("table of negative binomial {mean}, {k}"), &law, |d| table.draw(d));
    }
}

/// Laws whose mean changes from draw to draw: searched up to a mean of 24, mixed above; and what is left of them from some value on.
fn count_laws(draws: u32) {
    for a in [0.0, 0.05, 0.6, 8.0] {
        let law = CountLaw::new(a);
        for mean in [0.01, 0.8, 6.0, 23.999, 24.0, 24.001, 70.0] {
            let exact = if a > 0.0 { Law::negative_binomial(mean, 1.0 / a) } else { Law::poisson(mean) };
            let one = |d: &mut Draw| {
                let u = d.uniform();
                law.draw(mean, u, || d.clone())
            };
            fits(draws, &format!("count law {mean}, {a}"), &exact, one);
        }
        for (mean, least) in [(0.8, 1), (6.0, 9), (6.0, 0), (23.0, 31)] {
            let exact = if a > 0.0 { Law::negative_binomial(mean, 1.0 / a) } else { Law::poisson(mean) };
            let tail = |d: &mut Draw| law.draw_from(mean, f64::from(least), d.uniform()) as i64;
            fits(draws, &format!("count law {mean}, {a} from {least}"), &exact.from(least.into()), tail);
        }
    }
}

/// In one part, in several, mirrored, and from the expansion that holds above ten thousand successes.
fn binomials(draws: u32) {
    for (size, p) in [
        (1, 0.37),
        (7, 0.5),
        (7, 0.500_001),
        (40, 0.003),
        (900, 0.98),
        (199, 0.999),
        (398, 0.5),
        (402, 0.5),
        (5_000, 0.07),
        (33_000, 0.3),
        (33_400, 0.3),
        (33_400, 0.7),
        (2_000_000, 0.006),
    ] {
        fits(draws, &format!("binomial {size}, {p}"), &Law::binomial(size, p), |d| binomial(size, p, d));
    }
}

/// One number for how many were asked and how many of them agreed.
fn outcome((asked, agreed): (i64, i64), wanted: i64) -> i64 {
    if agreed < wanted { -1 - agreed } else { asked }
}

/// A few are found one by one, exactly.
fn asked_in_turn(draws: u32) {
    for (size, p, wanted) in
        [(9, 0.4, 1), (30, 0.5, 12), (400, 0.3, 100), (250, 0.97, 100), (250, 0.4, 100), (60, 0.02, 3)]
    {
        let one = |d: &mut Draw| outcome(ask_in_turn(size, p, wanted, d), wanted);
        fits(draws, &format!("asked in turn {size}, {p}, {wanted}"), &Law::asked(size, p, wanted), one);
    }
}

/// Of more the place of the last one is taken for normal. What that is off is the next term of the law's expansion (F. Y. Edgeworth): a sixth of
/// the skewness times `(z^2 - 1) phi(z)`, which is `1 / sqrt(2 pi)` at most. The skewness is that of the number asked, which is more skewed than
/// it is once the number of all who would agree is known. What a sample adds is at most `sqrt(ln(2 / ALARM) / 2 n)` (Massart 1990).
fn many_asked_in_turn(draws: u32) {
    for (size, p, wanted) in [(400, 0.5, 101), (300, 0.9, 250), (5_000, 0.3, 400), (60_000, 0.4, 20_000)] {
        let law = Law::asked(size, p, wanted);
        let stream = Stream::new(15, "test", "exact", &format!("many asked {size}"));
        let mut seen = vec![0_u32; law.p.len()];
        for i in 0..draws {
            let found = ask_in_turn(size, p, wanted, &mut stream.at(i >> 16, (i & 0xFFFF) as i32, 0));
            seen[(outcome(found, wanted) - law.first) as usize] += 1;
        }
        let (mut below, mut exact, mut off) = (0.0, 0.0, 0.0_f64);
        for (s, p) in seen.iter().zip(&law.p) {
            below += f64::from(*s) / f64::from(draws);
            exact += p;
            off = off.max((below - exact).abs());
        }
        let skewness = (2.0 - p) / (wanted as f64 * (1.0 - p)).sqrt();
        let by_law = skewness / 6.0 / (2.0 * std::f64::consts::PI).sqrt();
        let bar = by_law + ((2.0 / ALARM).ln() / (2.0 * f64::from(draws))).sqrt();
        println!("asked in turn {size}, {p}, {wanted}: off by {off:.5}, at most {bar:.5}");
        assert!(off <= bar, "{size} {p} {wanted}: off by {off}, at most {bar}");
    }
}

#[test]
fn counts_have_their_exact_probabilities() {
    poissons(FEW);
    negative_binomials(FEW);
    count_laws(FEW);
}

#[test]
fn shares_of_units_have_their_exact_probabilities() {
    binomials(FEW);
    asked_in_turn(FEW);
    many_asked_in_turn(FEW / 4);
}

/// The same with ten million draws a case: some minutes.
#[test]
#[ignore = "ten million draws a case take some minutes"]
fn ten_million_draws_have_their_exact_probabilities() {
    poissons(MANY);
    negative_binomials(MANY);
    count_laws(MANY);
    binomials(MANY);
    asked_in_turn(MANY);
    many_asked_in_turn(MANY / 10);
}

/// The bar is the quantile of chi-square, whose tail is a sum of Poisson probabilities where the degrees of freedom are even; and a sampler that is
/// slightly wrong is told apart.
#[test]
fn a_wrong_sampler_exceeds_the_bar() {
    for half in [1_u32, 5, 50, 200] {
        let y = bar(2.0 * f64::from(half)) / 2.0;
        let terms = (1..half).scan(1.0, |term, j| {
            *term *= y / f64::from(j);
            Some(*term)
        });
        let above = (-y).exp() * (1.0 + terms.sum::<f64>());
        assert!((above / ALARM - 1.0).abs() < 1e-6, "{half}: {above}");
    }
    let stream = Stream::new(15, "test", "wrong", "");
    let right = chi_square(&Law::poisson(6.0), FEW, &mut |d| poisson(6.0, d), stream);
    assert!(right.0 <= right.2, "{right:?}");
    let wrong = chi_square(&Law::poisson(6.0), FEW, &mut |d| poisson(6.06, d), stream);
    assert!(wrong.0 > 1.5 * wrong.2, "one per cent more: {wrong:?}");
    let held = chi_square(&Law::poisson(6.0), FEW, &mut |d| poisson(6.0, d).min(15), stream);
    assert!(held.0 > held.2, "cut off beyond one in two thousand: {held:?}");
}
