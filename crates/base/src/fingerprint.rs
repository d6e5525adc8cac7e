//! A fingerprint of this machine's arithmetic: two programs of one version draw the same numbers and compute the same functions exactly if it is equal.
//!
//! Results of several machines may be merged only if they are those of one machine. A library of mathematics, a compiler or a processor that rounds one
//! function otherwise would change a figure without a word.

use crate::law::{Dist, Sampler, binomial};
use crate::rng::{Hash, Stream};
use crate::stats::special::{gamma_p, normal_cdf, normal_quantile};

/// How many values it is made of.
pub const VALUES: usize = 4_096;

/// The fingerprint in hexadecimal: a hash of the bits of [`VALUES`] values of functions and draws.
#[must_use]
pub fn fingerprint() -> String {
    format!("{:016x}", of(values()))
}

fn of(values: impl Iterator<Item = f64>) -> u64 {
    let mut hash = Hash::new();
    values.for_each(|value| hash.write(&value.to_bits().to_le_bytes()));
    hash.finish()
}

/// An eighth of the values each: uniform numbers, exponentials, powers, the normal law and its quantiles, the gamma law, draws of durations, and counts.
fn values() -> impl Iterator<Item = f64> {
    let stream = Stream::new(7, "fingerprint", "", "");
    let laws = [
        Dist::LogNormal { mu: 1.5, sigma: 0.6 },
        Dist::Gamma { shape: 2.3, scale: 4.1 },
        Dist::Triangular { low: 1.0, mode: 3.0, high: 9.0 },
        Dist::Uniform { low: 2.0, high: 5.0 },
    ]
    .map(|law| Sampler::new(&law));
    (0..VALUES as u32 / 8).flat_map(move |k| {
        let mut draw = stream.at(k, k as i32, k);
        let u = draw.uniform();
        let days = laws[k as usize % laws.len()].draw(&mut draw);
        let count = binomial(i64::from(k) + 1, u, &mut draw) as f64;
        let x = 20.0 * u - 10.0;
        [
            u,
            x.exp(),
            (u + 1.0).powf(x),
            normal_cdf(x),
            normal_quantile(u),
            gamma_p(1.0 + 9.0 * u, 10.0 * u),
            days,
            count,
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bit of one value is another fingerprint, and there are as many values as are said.
    #[test]
    fn one_bit_is_another_fingerprint() {
        assert_eq!(values().count(), VALUES);
        assert!(values().all(f64::is_finite));
        let all: Vec<f64> = values().collect();
        for k in [0, 1_234, VALUES - 1] {
            let mut other = all.clone();
            other[k] = f64::from_bits(other[k].to_bits() ^ 1);
            assert_ne!(of(other.into_iter()), of(all.iter().copied()), "{k}");
        }
        assert_eq!(fingerprint(), fingerprint());
    }
}
