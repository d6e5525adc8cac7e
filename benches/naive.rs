//! The two workloads written down plainly, as a baseline: one loop, distributions built where they are used, a
//! sequential generator. They are exact: W1 gives fill 0.97995 and on hand 157.075, W2 fill 0.84521 and
//! on hand 447.31 (12 million and 800,000 replications of reference).

use rand_distr::{Binomial, Distribution, Gamma, LogNormal, Poisson};
use restock::rng::Draw;

pub const DAYS: usize = 365;

/// Fill rate, days without backlog, mean on hand, mean backlog.
pub fn w1(rng: &mut Draw) -> [f64; 4] {
    let mut due = [0i64; DAYS + 61];
    let (mut oh, mut bo, mut oo) = (1000i64, 0i64, 0i64);
    let (mut demanded, mut filled, mut ready, mut sum_oh, mut sum_bo) = (0i64, 0i64, 0i64, 0i64, 0i64);
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
        demanded += d;
        filled += sold;
        let position = oh - bo + oo;
        if position <= 999 {
            let q = 1000 - position;
            let lead = 30 + (rng.uniform() * 31.0) as usize;
            due[t + lead] += q;
            oo += q;
        }
        sum_oh += oh;
        sum_bo += bo;
        ready += i64::from(bo == 0);
    }
    let days = DAYS as f64;
    [filled as f64 / demanded as f64, ready as f64 / days, sum_oh as f64 / days, sum_bo as f64 / days]
}

fn lognormal(mean: f64, cv: f64) -> LogNormal<f64> {
    LogNormal::from_mean_cv(mean, cv).unwrap()
}

/// Fill rate, days without backlog, mean on hand, mean backlog, cancelled share of demand.
pub fn w2(rng: &mut Draw) -> [f64; 5] {
    let mut arrivals = vec![0i64; DAYS + 200];
    let mut ships = vec![0i64; DAYS + 200];
    for k in 1..=6 {
        arrivals[7 * k] = 140;
    }
    let (mut oh, mut unshipped, mut transit) = (400i64, 0i64, 840i64);
    let (mut level, mut variance, mut excess) = (20.0, 80.0, 0.0);
    let mut cohorts: Vec<(usize, i64)> = Vec::new();
    let (mut demanded, mut filled, mut ready, mut sum_oh, mut sum_bo, mut cancelled) =
        (0i64, 0i64, 0i64, 0i64, 0i64, 0i64);
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
            cancelled += x;
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
        demanded += d;
        filled += sold;
        sum_oh += oh;
        sum_bo += bo;
        ready += i64::from(bo == 0);
    }
    let days = DAYS as f64;
    [
        filled as f64 / demanded as f64,
        ready as f64 / days,
        sum_oh as f64 / days,
        sum_bo as f64 / days,
        cancelled as f64 / demanded as f64,
    ]
}
