//! Keyed random draws: a draw is a function of its key, and of nothing else.
//!
//! The key is (seed, product, purpose) for the [`Stream`], and (replication, day, index) for the
//! [`Draw`] taken from it. No state is carried from one draw to the next, so
//!
//! - any replication can be replayed alone, on any thread, in any order;
//! - adding a stage, a product or a supply model to a scenario changes no other draw;
//! - two supply models that ask for the same thing (the shoppers of a day, the production time of an
//!   order placed on a day) get the same number: common random numbers by construction.
//!
//! Names are hashed into the key, never added to it. The generator is Philox4x32-10 (Salmon, Moraes,
//! Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC11, 2011): the key is the counter,
//! so opening a draw costs nothing.
//!
//! # The promise
//!
//! The same scenario, seed and binary give the same values. A change of the values is value-breaking
//! and is announced in the changelog.

use rand::rand_core::{Infallible, TryRng};

/// All draws of one purpose for one product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stream {
    key: [u32; 2],
}

impl Stream {
    /// The stream of `purpose` (and, within it, of `name`: a stage, say) for `product` under `seed`.
    #[must_use]
    pub fn new(seed: u64, product: &str, purpose: &str, name: &str) -> Self {
        let mut hash = Hash::new();
        hash.write(&seed.to_le_bytes());
        for part in [product, purpose, name] {
            // The length first: ("ab", "c") and ("a", "bc") are different names.
            hash.write(&(part.len() as u64).to_le_bytes());
            hash.write(part.as_bytes());
        }
        let h = hash.finish();
        Stream { key: [h as u32, (h >> 32) as u32] }
    }

    /// The stream of the `n`-th thing of its kind: number 0 keeps this stream, every other has one of its own.
    #[must_use]
    #[inline]
    pub fn numbered(self, n: u32) -> Self {
        if n == 0 {
            return self;
        }
        let mut hash = Hash::new();
        for word in [self.key[0], self.key[1], n] {
            hash.write(&word.to_le_bytes());
        }
        let h = hash.finish();
        Stream { key: [h as u32, (h >> 32) as u32] }
    }

    /// Four uniform numbers in (0, 1) of 32 random bits each: for laws of small counts, at a quarter of the price.
    #[must_use]
    #[inline]
    pub fn four(self, replication: u32, day: i32, index: u32) -> [f64; 4] {
        philox4x32_10([u32::MAX, index, day as u32, replication], self.key)
            .map(|w| (f64::from(w) + 0.5) * (1.0 / 4_294_967_296.0))
    }

    /// The draw of one replication, day and index. `day` is a day number of the calendar, so that
    /// moving the start of a run leaves the draws of its dates alone.
    #[must_use]
    #[inline]
    pub fn at(self, replication: u32, day: i32, index: u32) -> Draw {
        Draw { key: self.key, counter: [0, index, day as u32, replication], buffer: [0; 4], used: 4 }
    }
}

/// A short generator: as many values as a sampler asks for, all functions of one key.
#[derive(Debug, Clone)]
pub struct Draw {
    key: [u32; 2],
    counter: [u32; 4],
    buffer: [u32; 4],
    used: usize,
}

impl Draw {
    /// A uniform number in the open interval (0, 1), with 53 random bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
    }

    #[inline]
    fn bits(&mut self) -> u64 {
        if self.used > 2 {
            self.buffer = philox4x32_10(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        let low = u64::from(self.buffer[self.used]);
        let high = u64::from(self.buffer[self.used + 1]);
        self.used += 2;
        high << 32 | low
    }
}

impl TryRng for Draw {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.bits() as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        for chunk in dst.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// Philox4x32 with ten rounds: a bijection of the counter under the key.
#[inline]
fn philox4x32_10(mut c: [u32; 4], mut k: [u32; 2]) -> [u32; 4] {
    const M0: u64 = 0xD251_1F53;
    const M1: u64 = 0xCD9E_8D57;
    const W0: u32 = 0x9E37_79B9;
    const W1: u32 = 0xBB67_AE85;
    for _ in 0..10 {
        let p0 = M0 * u64::from(c[0]);
        let p1 = M1 * u64::from(c[2]);
        c = [(p1 >> 32) as u32 ^ c[1] ^ k[0], p1 as u32, (p0 >> 32) as u32 ^ c[3] ^ k[1], p0 as u32];
        k = [k[0].wrapping_add(W0), k[1].wrapping_add(W1)];
    }
    c
}

/// FNV-1a over the bytes, then the finalizer of SplitMix64: short, fixed, and no library can change it.
struct Hash(u64);

impl Hash {
    fn new() -> Self {
        Hash(0xCBF2_9CE4_8422_2325)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = (self.0 ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    fn finish(&self) -> u64 {
        let mut z = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    /// The known answers that the authors publish with Random123.
    #[test]
    fn philox_gives_its_published_answers() {
        assert_eq!(philox4x32_10([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox4x32_10([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        assert_eq!(
            philox4x32_10([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    /// Value stability: these numbers change only with a value-breaking release.
    #[test]
    fn keyed_draws_are_stable() {
        let stream = Stream::new(7, "tee", "demand", "");
        assert_eq!(stream.at(3, 20_000, 0).next_u64(), 3_112_542_903_458_619_592);
    }

    #[test]
    fn names_do_not_run_into_each_other() {
        assert_ne!(Stream::new(1, "ab", "c", ""), Stream::new(1, "a", "bc", ""));
        assert_ne!(Stream::new(1, "a", "b", ""), Stream::new(2, "a", "b", ""));
    }

    /// Mean and variance of neighbouring keys, as a day loop uses them. Bounds are 5 standard
    /// errors: a correct generator fails this once in a million or so.
    #[test]
    fn neighbouring_keys_are_uniform_and_uncorrelated() {
        let stream = Stream::new(1, "p", "demand", "");
        let n = 100_000;
        let u: Vec<f64> = (0..n).map(|i| stream.at((i / 365) as u32, i % 365, 0).uniform()).collect();
        let mean = u.iter().sum::<f64>() / f64::from(n);
        let lag: f64 = u.windows(2).map(|w| (w[0] - 0.5) * (w[1] - 0.5)).sum::<f64>() / f64::from(n - 1);
        let se = 1.0 / (12.0 * f64::from(n)).sqrt();
        assert!((mean - 0.5).abs() < 5.0 * se, "{mean}");
        assert!(lag.abs() < 5.0 / 12.0 / f64::from(n).sqrt(), "{lag}");
    }
}
