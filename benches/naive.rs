//! The two workloads written down plainly, as a baseline: one loop, distributions built where they are used, a
//! sequential generator. They are exact: W1 gives fill 0.97995 and on hand 157.075, W2 fill 0.84521 and
//! on hand 447.31 (12 million and 800,000 replications of reference). Nothing here changes when the kernel does: the generator is a copy
//! of the first one that the kernel had.

use rand::rand_core::{Infallible, TryRng};
use rand_distr::{Binomial, Distribution, Gamma, LogNormal, Poisson};
use std::sync::LazyLock;

pub const DAYS: usize = 365;

/// What a replication comes to: units, days, and unit-days at the ends of days.
#[derive(Default)]
pub struct Year {
    pub demanded: i64,
    /// On the day on which they were demanded.
    pub filled: i64,
    pub cancelled: i64,
    pub days_without_backlog: i64,
    pub on_hand: i64,
    pub backlog: i64,
}

/// Philox4x32 with ten rounds, two words a number: the numbers of one replication, one after the other.
pub struct Draw {
    key: [u32; 2],
    counter: [u32; 4],
    buffer: [u32; 4],
    used: usize,
}

impl Draw {
    /// The numbers of `replication` under `seed`.
    pub fn new(seed: u32, replication: u32) -> Self {
        Draw { key: [seed, 0x6E61_6976], counter: [0, 0, 0, replication], buffer: [0; 4], used: 4 }
    }

    /// A number in (0, 1).
    fn uniform(&mut self) -> f64 {
        ((self.bits() >> 11) as f64 + 0.5) * (1.0 / (1u64 << 53) as f64)
    }

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

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.bits() as u32)
    }

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

fn philox4x32_10(mut c: [u32; 4], mut k: [u32; 2]) -> [u32; 4] {
    for _ in 0..10 {
        let p0 = 0xD251_1F53 * u64::from(c[0]);
        let p1 = 0xCD9E_8D57 * u64::from(c[2]);
        c = [(p1 >> 32) as u32 ^ c[1] ^ k[0], p1 as u32, (p0 >> 32) as u32 ^ c[3] ^ k[1], p0 as u32];
        k = [k[0].wrapping_add(0x9E37_79B9), k[1].wrapping_add(0xBB67_AE85)];
    }
    c
}

pub fn w1(rng: &mut Draw) -> Year {
    let mut due = [0i64; DAYS + 61];
    let (mut oh, mut bo, mut oo) = (1000i64, 0i64, 0i64);
    let mut year = Year::default();
    for t in 0..DAYS {
        oo -= due[t];
        oh += due[t];
        let k = oh.min(bo);
        oh -= k;
        bo -= k;
        let d = Poisson::new(20.0).unwrap().sample(rng) as i64;
        let sold = d.min(oh);
        oh -= sold;
        bo += d - sold;
        let position = oh - bo + oo;
        if position <= 999 {
            let q = 1000 - position;
            let lead = 30 + (rng.uniform() * 31.0) as usize;
            due[t + lead] += q;
            oo += q;
        }
        year.demanded += d;
        year.filled += sold;
        year.on_hand += oh;
        year.backlog += bo;
        year.days_without_backlog += i64::from(bo == 0);
    }
    year
}

fn lognormal(mean: f64, cv: f64) -> LogNormal<f64> {
    LogNormal::from_mean_cv(mean, cv).unwrap()
}

/// The exact variant.
pub fn w2(rng: &mut Draw) -> Year {
    let mut arrivals = vec![0i64; DAYS + 200];
    let mut ships = vec![0i64; DAYS + 200];
    for k in 1..=6 {
        arrivals[7 * k] = 140;
    }
    let (mut oh, mut unshipped, mut transit) = (400i64, 0i64, 840i64);
    let (mut level, mut variance, mut excess) = (20.0, 80.0, 0.0);
    let mut cohorts: Vec<(usize, i64)> = Vec::new();
    let mut year = Year::default();
    for t in 0..DAYS {
        unshipped -= ships[t];
        transit += ships[t] - arrivals[t];
        oh += arrivals[t];
        for c in &mut cohorts {
            let k = c.1.min(oh);
            c.1 -= k;
            oh -= k;
        }
        for _ in 0..Poisson::new(4.0 / 365.0).unwrap().sample(rng) as usize {
            excess += LogNormal::new(1.5_f64.ln(), 0.6).unwrap().sample(rng);
        }
        let mixed = Gamma::<f64>::new(20.0 / 3.0, 3.0).unwrap().sample(rng);
        let mut d = Poisson::new(mixed.max(1e-9)).unwrap().sample(rng) as i64;
        if excess > 0.0 {
            d += Poisson::new(20.0 * excess).unwrap().sample(rng) as i64;
        }
        excess *= (-0.1_f64).exp();
        if excess < 1e-3 {
            excess = 0.0;
        }
        let sold = d.min(oh);
        oh -= sold;
        for c in &mut cohorts {
            let age = t - c.0;
            let hazard = if age >= 60 { 1.0 } else { 0.01 * age as f64 };
            let x = Binomial::new(c.1 as u64, hazard).unwrap().sample(rng) as i64;
            c.1 -= x;
            year.cancelled += x;
        }
        cohorts.retain(|c| c.1 > 0);
        if d > sold {
            cohorts.push((t, d - sold));
        }
        let bo: i64 = cohorts.iter().map(|c| c.1).sum();
        let error = d as f64 - level;
        level += 0.05 * error;
        variance += 0.05 * (error * error - variance);
        if t % 7 == 0 {
            let target = level * 50.0 + 1.5 * (variance * 50.0 + level * level * 44.0_f64).sqrt();
            let q = (target - (oh - bo + unshipped + transit) as f64).max(0.0).round() as i64;
            if q > 0 {
                let production = lognormal(15.0, 0.2).sample(rng).ceil().max(1.0) as usize;
                let rest = Gamma::<f64>::new(16.0, 1.25).unwrap().sample(rng).ceil().max(1.0)
                    + Gamma::<f64>::new(16.0 / 9.0, 2.25).unwrap().sample(rng).ceil().max(1.0)
                    + lognormal(2.0, 0.5).sample(rng).ceil().max(1.0);
                unshipped += q;
                ships[t + production] += q;
                arrivals[t + (production + rest as usize).min(126)] += q;
            }
        }
        year.demanded += d;
        year.filled += sold;
        year.on_hand += oh;
        year.backlog += bo;
        year.days_without_backlog += i64::from(bo == 0);
    }
    year
}

/// W2 by the rules of `w2.toml`, whose header says in what they differ from those of [`w2`].
pub fn w2_as_in_the_scenario(rng: &mut Draw) -> Year {
    let mut arrivals = vec![0i64; DAYS + 400];
    let (mut oh, mut on_order) = (1240i64, 0i64);
    let (mut level, mut variance, mut excess) = (20.0, 80.0, 0.0);
    let mut cohorts: Vec<(usize, i64)> = Vec::new();
    let mut year = Year::default();
    for t in 0..DAYS {
        on_order -= arrivals[t];
        oh += arrivals[t];
        for c in &mut cohorts {
            let k = c.1.min(oh);
            c.1 -= k;
            oh -= k;
        }
        for _ in 0..Poisson::new(4.0 / 365.0).unwrap().sample(rng) as usize {
            excess += lognormal(2.796, 0.4229).sample(rng) - 1.0;
        }
        let mean = 20.0 * f64::max(1.0 + excess, 1e-9);
        let mixed = Gamma::<f64>::new(6.666_667, mean / 6.666_667).unwrap().sample(rng);
        let d = Poisson::new(mixed.max(1e-9)).unwrap().sample(rng) as i64;
        excess *= (-0.1_f64).exp();
        let sold = d.min(oh);
        oh -= sold;
        for c in &mut cohorts {
            let x = Binomial::new(c.1 as u64, HAZARD[t - c.0]).unwrap().sample(rng) as i64;
            c.1 -= x;
            year.cancelled += x;
        }
        cohorts.retain(|c| c.1 > 0);
        if d > sold {
            cohorts.push((t, d - sold));
        }
        let bo: i64 = cohorts.iter().map(|c| c.1).sum();
        let error = d as f64 - level;
        level += 0.05 * error;
        variance += 0.05 * (error * error - variance);
        if t % 7 == 0 {
            let safety = 1.6396 * (variance * 49.0 + level * level * 44.0_f64).sqrt();
            let q = (level * 49.0 + safety).round() as i64 - (oh - bo + on_order);
            if q > 0 {
                let mut days = lognormal(15.5, 0.19355).sample(rng);
                days += Gamma::<f64>::new(16.81, 20.5 / 16.81).unwrap().sample(rng);
                days += Gamma::<f64>::new(2.25, 2.0).unwrap().sample(rng);
                days += lognormal(2.5, 0.4).sample(rng);
                arrivals[(t + days.round() as usize).min(DAYS + 399)] += q;
                on_order += q;
            }
        }
        year.demanded += d;
        year.filled += sold;
        year.on_hand += oh;
        year.backlog += bo;
        year.days_without_backlog += i64::from(bo == 0);
    }
    year
}

/// Of those who waited until the day of each age, the share that leaves on it: their patience is a Weibull law.
static HAZARD: LazyLock<[f64; DAYS]> = LazyLock::new(|| {
    let cumulative = |age: usize| (age as f64 / 13.5).powf(1.9);
    std::array::from_fn(|age| if age == 0 { 0.0 } else { -(cumulative(age - 1) - cumulative(age)).exp_m1() })
});
