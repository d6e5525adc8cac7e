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

use fearless_simd::{Level, Simd};
use rand::rand_core::{Infallible, TryRng};
use std::sync::LazyLock;

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
        Draw { key: self.key, counter: [0, index, day as u32, replication], buffer: [0; 8], used: 8 }
    }
}

/// A short generator: as many values as a sampler asks for, all functions of one key.
#[derive(Debug, Clone)]
pub struct Draw {
    key: [u32; 2],
    counter: [u32; 4],
    /// Up to two blocks of words; the last ones are used last.
    buffer: [u32; 8],
    used: usize,
}

impl Draw {
    /// A uniform number in the open interval (0, 1), with 53 random bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        uniform(self.bits())
    }

    #[inline]
    fn bits(&mut self) -> u64 {
        if self.used > 6 {
            self.buffer[4..].copy_from_slice(&philox4x32_10(self.counter, self.key));
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 4;
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

/// The uniform number of 64 random bits.
#[inline(always)]
fn uniform(bits: u64) -> f64 {
    ((bits >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
}

// Multipliers of Philox4x32, what its keys grow by from round to round, and its rounds.
const M0: u64 = 0xD251_1F53;
const M1: u64 = 0xCD9E_8D57;
const W0: u32 = 0x9E37_79B9;
const W1: u32 = 0xBB67_AE85;
const ROUNDS: usize = 10;

/// Philox4x32 with ten rounds: a bijection of the counter under the key.
#[inline]
fn philox4x32_10(mut c: [u32; 4], mut k: [u32; 2]) -> [u32; 4] {
    for _ in 0..ROUNDS {
        let p0 = M0 * u64::from(c[0]);
        let p1 = M1 * u64::from(c[2]);
        c = [(p1 >> 32) as u32 ^ c[1] ^ k[0], p1 as u32, (p0 >> 32) as u32 ^ c[3] ^ k[1], p0 as u32];
        k = [k[0].wrapping_add(W0), k[1].wrapping_add(W1)];
    }
    c
}

/// The first words of several draws, computed side by side: the same as one by one, at a quarter of the price each where the processor has wide
/// registers.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    /// Word by word.
    words: [[u32; Draws::MOST]; 4],
}

impl Draws {
    /// The most that are opened at once.
    pub const MOST: usize = 8;
    /// Fewer than this are opened faster one by one.
    pub const FEW: usize = 3;

    /// Opens `n` draws of a replication, at most [`Draws::MOST`]: `key` says of each its stream, day and index. Others must not be asked for.
    #[must_use]
    #[inline]
    pub fn open(n: usize, replication: u32, key: impl Fn(usize) -> (Stream, i32, u32)) -> Self {
        Draws { words: Keys::of_streams(n, replication, key).words(n) }
    }

    /// [`Draws::open`] where all are of one stream: `key` says of each its day and index.
    #[must_use]
    #[inline]
    pub fn of_stream(n: usize, replication: u32, stream: Stream, key: impl Fn(usize) -> (i32, u32)) -> Self {
        Draws { words: Keys::of_stream(n, replication, stream, key).words(n) }
    }

    /// The words of the same draws after those: for draws that take more than two numbers each.
    #[must_use]
    #[inline]
    pub fn second(n: usize, replication: u32, stream: Stream, key: impl Fn(usize) -> (i32, u32)) -> Self {
        let keys = Keys::of_stream(n, replication, stream, key);
        Draws { words: Keys { first: 1, ..keys }.words(n) }
    }

    /// The `i`-th draw. `alone` is the same as [`Stream::at`] opens it, with nothing drawn yet.
    #[must_use]
    #[inline]
    pub fn get(&self, i: usize, alone: Draw) -> Draw {
        let mut draw = Draw { used: 4, ..alone };
        draw.buffer[4..].copy_from_slice(&self.block(i));
        draw.counter[0] = 1;
        draw
    }

    /// The same with the words of [`Draws::second`].
    #[must_use]
    #[inline]
    pub fn get_with(&self, i: usize, second: &Draws, alone: Draw) -> Draw {
        let mut draw = Draw { used: 0, ..alone };
        draw.buffer[..4].copy_from_slice(&self.block(i));
        draw.buffer[4..].copy_from_slice(&second.block(i));
        draw.counter[0] = 2;
        draw
    }

    #[inline]
    fn block(&self, i: usize) -> [u32; 4] {
        self.words.map(|words| words[i])
    }

    /// The first uniform number of the `i`-th: that of [`Draw::uniform`].
    #[must_use]
    #[inline]
    pub fn uniform(&self, i: usize) -> f64 {
        uniform(u64::from(self.words[1][i]) << 32 | u64::from(self.words[0][i]))
    }
}

impl Stream {
    /// The first uniform numbers of `n` draws of a replication, at most [`Draws::MOST`]: `key` says of each its day and index. Others mean nothing.
    #[must_use]
    #[inline]
    pub fn uniforms(self, n: usize, replication: u32, key: impl Fn(usize) -> (i32, u32)) -> [f64; Draws::MOST] {
        Keys::of_stream(n, replication, self, key).uniforms(n)
    }

    /// [`Stream::four`] of `n` indices in a row, at most [`Draws::MOST`], one after the other. Others mean nothing.
    #[must_use]
    #[inline]
    pub fn fours(self, n: usize, replication: u32, day: i32, index: u32) -> [f64; 4 * Draws::MOST] {
        let keys = Keys::of_stream(n, replication, self, |i| (day, index.wrapping_add(i as u32)));
        let words = Keys { first: u32::MAX, ..keys }.words(n);
        std::array::from_fn(|i| (f64::from(words[i % 4][i / 4]) + 0.5) * (1.0 / 4_294_967_296.0))
    }

    /// How many of them are below `chance`.
    #[must_use]
    #[inline]
    pub fn count_below(self, n: usize, chance: f64, replication: u32, key: impl Fn(usize) -> (i32, u32)) -> i64 {
        let keys = Keys::of_stream(n, replication, self, key);
        keys.count_by_halves(n, chance)
            .unwrap_or_else(|| keys.uniforms(n)[..n.min(Draws::MOST)].iter().map(|u| i64::from(*u < chance)).sum())
    }
}

/// What fills a wide register: words of draws, each in a wider one whose upper half means nothing. That is how wide registers multiply.
type Lanes = [u64; 4];

/// A word of each of [`Draws::MOST`] draws.
type Wide = [Lanes; Draws::MOST / 4];

/// Keys and counters of several draws, word by word: of one stream (`K` is 1), or each of its own (`K` is 2).
#[derive(Debug, Clone, Copy)]
struct Keys<const K: usize> {
    key: [[Lanes; K]; 2],
    /// First words of the counters: the number of the block.
    first: u32,
    index: Wide,
    day: Wide,
    replication: u32,
}

/// Lower half of a wide word.
const LOW: u64 = 0xFFFF_FFFF;

/// What the processor can: found out once.
static LEVEL: LazyLock<Level> = LazyLock::new(Level::new);

impl Keys<1> {
    #[inline(always)]
    fn of_stream(n: usize, replication: u32, stream: Stream, key: impl Fn(usize) -> (i32, u32)) -> Self {
        let mut keys = Keys {
            key: stream.key.map(|k| [[k.into(); 4]]),
            first: 0,
            index: [[0; 4]; 2],
            day: [[0; 4]; 2],
            replication,
        };
        for i in 0..n.min(Draws::MOST) {
            let (day, index) = key(i);
            keys.index[i / 4][i % 4] = index.into();
            keys.day[i / 4][i % 4] = (day as u32).into();
        }
        keys
    }
}

impl Keys<2> {
    #[inline(always)]
    fn of_streams(n: usize, replication: u32, key: impl Fn(usize) -> (Stream, i32, u32)) -> Self {
        let none = [[0; 4]; 2];
        let mut keys = Keys { key: [none; 2], first: 0, index: none, day: none, replication };
        for i in 0..n.min(Draws::MOST) {
            let (Stream { key: [low, high] }, day, index) = key(i);
            let (half, lane) = (i / 4, i % 4);
            (keys.key[0][half][lane], keys.key[1][half][lane]) = (low.into(), high.into());
            (keys.index[half][lane], keys.day[half][lane]) = (index.into(), (day as u32).into());
        }
        keys
    }
}

impl<const K: usize> Keys<K> {
    /// First words of the first `n`.
    #[inline]
    fn words(&self, n: usize) -> [[u32; Draws::MOST]; 4] {
        match LEVEL.as_avx2() {
            Some(avx2) if n >= Draws::FEW => avx2.vectorize(
                #[inline(always)]
                || self.abreast().map(narrow),
            ),
            _ => self.one_by_one(n),
        }
    }

    /// First uniform numbers of the first `n`.
    #[inline]
    fn uniforms(&self, n: usize) -> [f64; Draws::MOST] {
        match LEVEL.as_avx2() {
            Some(avx2) if n >= Draws::FEW => avx2.vectorize(
                #[inline(always)]
                || {
                    let [low, high, ..] = self.abreast();
                    std::array::from_fn(|i| uniform(high[i / 4][i % 4] << 32 | low[i / 4][i % 4] & LOW))
                },
            ),
            _ => {
                let [low, high, ..] = self.one_by_one(n);
                std::array::from_fn(|i| uniform(u64::from(high[i]) << 32 | u64::from(low[i])))
            }
        }
    }

    /// How many of the first `n` uniform numbers are below `chance`, if their upper halves tell: all but two in four thousand millions do.
    #[inline]
    #[expect(
        clippy::needless_range_loop,
        reason = "with iterators no compiler does it side by side, and it takes twice as long"
    )]
    fn count_by_halves(&self, n: usize, chance: f64) -> Option<i64> {
        let avx2 = LEVEL.as_avx2().filter(|_| n >= Draws::FEW)?;
        // A number whose upper half is `h` lies between `h` and `h + 1` times 2^-32.
        let near = (chance * 4_294_967_296.0) as i64 - 1;
        avx2.vectorize(
            #[inline(always)]
            || {
                let [_, high, ..] = self.abreast();
                // Written with signs in place of comparisons, which a compiler does side by side.
                let is_negative = |x: i64| x as u64 >> 63;
                let (mut below, mut unsure) = ([0; 4], [0; 4]);
                for half in 0..2 {
                    for lane in 0..4 {
                        let over = (high[half][lane] & LOW) as i64 - near;
                        let counts = is_negative((4 * half + lane) as i64 - n as i64);
                        below[lane] += is_negative(over) & counts;
                        unsure[lane] += is_negative(over - 2) - is_negative(over);
                    }
                }
                (unsure.iter().sum::<u64>() == 0).then_some(below.iter().sum::<u64>() as i64)
            },
        )
    }

    fn one_by_one(&self, n: usize) -> [[u32; Draws::MOST]; 4] {
        let mut out = [[0; Draws::MOST]; 4];
        for i in 0..n.min(Draws::MOST) {
            let (half, lane) = (i / 4, i % 4);
            let counter = [self.first, self.index[half][lane] as u32, self.day[half][lane] as u32, self.replication];
            let words = philox4x32_10(counter, self.key.map(|k| k[half % K][lane] as u32));
            out.iter_mut().zip(words).for_each(|(all, word)| all[i] = word);
        }
        out
    }

    /// [`philox4x32_10`] of all, written so that a compiler sees the same step done to each.
    #[inline(always)]
    fn abreast(&self) -> [Wide; 4] {
        let all = |word: u32| [[word.into(); 4]; 2];
        let (mut c, mut k): ([Wide; 4], _) = ([all(self.first), self.index, self.day, all(self.replication)], self.key);
        for _ in 0..ROUNDS {
            let mut next = [[[0; 4]; 2]; 4];
            for half in 0..2 {
                for i in 0..4 {
                    let (p0, p1) = (M0 * (c[0][half][i] & LOW), M1 * (c[2][half][i] & LOW));
                    next[0][half][i] = (p1 >> 32) ^ c[1][half][i] ^ k[0][half % K][i];
                    next[1][half][i] = p1;
                    next[2][half][i] = (p0 >> 32) ^ c[3][half][i] ^ k[1][half % K][i];
                    next[3][half][i] = p0;
                }
            }
            c = next;
            k = [
                k[0].map(|lanes| lanes.map(|x| x.wrapping_add(W0.into()))),
                k[1].map(|lanes| lanes.map(|x| x.wrapping_add(W1.into()))),
            ];
        }
        c
    }
}

#[inline(always)]
fn narrow(words: Wide) -> [u32; Draws::MOST] {
    std::array::from_fn(|i| words[i / 4][i % 4] as u32)
}

/// FNV-1a over the bytes, then the finalizer of SplitMix64: short, fixed, and no library can change it.
pub(crate) struct Hash(u64);

impl Hash {
    pub fn new() -> Self {
        Hash(0xCBF2_9CE4_8422_2325)
    }

    pub fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = (self.0 ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    pub fn finish(&self) -> u64 {
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

    /// Side by side or one by one, on every path: the same words, and the same draws as each opened alone.
    #[test]
    fn draws_side_by_side_are_the_same() {
        let stream = Stream::new(7, "tee", "demand", "");
        let key = |i: usize| (-3 + 1_000_003 * i as i32, u32::MAX - 5 * i as u32);
        for n in 0..=Draws::MOST {
            let keys = Keys::of_stream(n, 41, stream, key);
            let first = |words: [[u32; Draws::MOST]; 4]| words.map(|w| w[..n].to_vec());
            assert_eq!(first(keys.abreast().map(narrow)), first(keys.one_by_one(n)));
            assert_eq!(first(keys.words(n)), first(keys.one_by_one(n)));
            let uniforms = stream.uniforms(n, 41, key);
            // At each of the numbers, and just above it, the upper half alone does not tell.
            for chance in uniforms[..n].iter().flat_map(|u| [*u, u.next_up(), 0.0, 0.3, 0.7, 1.0]) {
                let below = uniforms[..n].iter().filter(|u| **u < chance).count();
                assert_eq!(stream.count_below(n, chance, 41, key), below as i64, "{n}, {chance}");
            }
            let fours = stream.fours(n, 41, -3, u32::MAX - 2);
            for (i, four) in fours.chunks(4).enumerate().take(n) {
                assert_eq!(four, stream.four(41, -3, (u32::MAX - 2).wrapping_add(i as u32)));
            }
            let (draws, second) = (Draws::of_stream(n, 41, stream, key), Draws::second(n, 41, stream, key));
            let others = Draws::open(n, 41, |i| (stream.numbered(i as u32), key(i).0, key(i).1));
            for (i, uniform) in uniforms.iter().enumerate().take(n) {
                let alone = stream.at(41, key(i).0, key(i).1);
                assert_eq!(draws.uniform(i), alone.clone().uniform());
                assert_eq!(*uniform, alone.clone().uniform());
                assert_eq!(others.uniform(i), stream.numbered(i as u32).at(41, key(i).0, key(i).1).uniform());
                let several = |mut draw: Draw| [(); 9].map(|()| draw.next_u64());
                assert_eq!(several(draws.get(i, alone.clone())), several(alone.clone()));
                assert_eq!(several(draws.get_with(i, &second, alone.clone())), several(alone));
            }
        }
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
