//! What goes wrong in a replication: the days on which nodes are down. The draws do not depend on product or supply model, so that all meet the same.
//!
//! The state of a day is read in its evening: what it says holds until the next one.

use crate::model::{Disruption, Onset, Start};
use restock_base::calendar::Day;
use restock_base::law::Sampler;
use restock_base::rng::{Draw, Stream};
use restock_forecast::arrivals;
use std::ops::Range;

/// The days of one disruption in a replication, from the first that has a number on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Spells {
    /// Whether each day is down.
    pub down: Vec<bool>,
    /// Work that is done from the evening of each day to the next one, as a share of the usual.
    pub pace: Vec<f64>,
    /// Days on which spells begin.
    pub begin: Vec<usize>,
}

impl Spells {
    /// Work that is done from the evening of a day to the next one; the usual beyond the last.
    #[inline]
    pub(super) fn pace(&self, day: usize) -> f64 {
        self.pace.get(day).copied().unwrap_or(1.0)
    }

    /// Whether a day is down.
    #[inline]
    pub(super) fn is_down(&self, day: usize) -> bool {
        self.down.get(day).copied().unwrap_or(false)
    }
}

/// A disruption laid out for drawing.
#[derive(Debug, Clone)]
struct One {
    /// Its number among those of the scenario.
    number: usize,
    onset: Onset,
    days: Sampler,
    ramp_days: usize,
    pace: f64,
    /// Those that it sets off: number, chance, days.
    sets_off: Vec<(usize, f64, usize)>,
    stream: Stream,
}

/// Numbers of draws of one day. Those of arrivals have numbers of their own, by epochs.
mod index {
    pub const STEP: u32 = 0;
    pub const FIRST: u32 = 1;
    pub const LENGTH: u32 = 2;
    /// The first of those that tell whether another one is set off, and of those of the length of what is.
    pub const SETS_OFF: u32 = 1_000;
    pub const LENGTH_OF_SET_OFF: u32 = 2_000;
}

/// All disruptions of a scenario, each after those that set it off.
#[derive(Debug, Clone)]
pub(super) struct DisruptionPlan {
    all: Vec<One>,
    /// Date of the day that has number 0, the first day that is simulated, and one behind the last that is drawn.
    first: Day,
    days: Range<usize>,
    /// A run from today begins with everything up.
    from_today: bool,
}

impl DisruptionPlan {
    pub fn new(all: &[Disruption], (first, from): (Day, Start), days: Range<usize>, seed: u64) -> Self {
        let one = |number: usize| {
            let d = &all[number];
            One {
                number,
                onset: d.onset,
                days: Sampler::new(&d.days),
                ramp_days: d.ramp_days as usize,
                pace: d.pace,
                sets_off: d.sets_off.iter().map(|s| (s.disruption, s.probability, s.after_days as usize)).collect(),
                stream: Stream::new(seed, "", "disruption", &d.name),
            }
        };
        let from_today = from == Start::Position;
        DisruptionPlan { all: Disruption::in_order(all).into_iter().map(one).collect(), first, days, from_today }
    }

    /// Whether nothing goes wrong.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Draws a replication.
    #[inline(never)]
    pub fn draw(&self, replication: u32, out: &mut Vec<Spells>) {
        out.resize_with(self.all.len(), Spells::default);
        // Spells that others have set off so far: number, first day, days.
        let mut set_off: Vec<(usize, usize, usize)> = Vec::new();
        for one in &self.all {
            let at = |day: usize, index: u32| one.stream.at(replication, self.first.plus(day as i32).0, index);
            let spells = &mut out[one.number];
            spells.down.clear();
            spells.down.resize(self.days.end, false);
            spells.begin.clear();
            // Whether a spell begins on the first day.
            let (first, mut fresh) = (self.days.start, false);
            match one.onset {
                Onset::SetOff => {}
                Onset::PerYear(rate) => {
                    let days = (self.first.plus(self.days.start as i32), self.days.len());
                    arrivals(one.stream, rate, replication, days, &mut |day, mut draw| {
                        fresh |= day == 0;
                        spells.fall((first + day) as i64, one.length(&mut draw));
                    });
                }
                Onset::Daily { fails, recovers } => self.chain(spells, (fails, recovers), at),
                Onset::Dated { from, until } => {
                    let day = i64::from(from.0 - self.first.0);
                    let days = match until {
                        Some(until) => (until.0 - from.0 + 1).max(0) as usize,
                        None => one.length(&mut one.stream.at(replication, from.0, index::LENGTH)),
                    };
                    fresh = day == first as i64;
                    spells.fall(day, days);
                }
            }
            for (_, day, days) in set_off.iter().filter(|s| s.0 == one.number) {
                fresh |= *day == first;
                spells.fall(*day as i64, *days);
            }
            spells.settle(first, fresh && self.from_today);
            spells.keep_pace(one.pace, one.ramp_days);
            for (k, (other, chance, after)) in (0..).zip(&one.sets_off) {
                for begins in &spells.begin {
                    let day = begins + after;
                    if day < self.days.end && at(*begins, index::SETS_OFF + k).uniform() < *chance {
                        let Some(other) = self.all.iter().find(|o| o.number == *other) else { continue };
                        set_off.push((other.number, day, other.length(&mut at(*begins, index::LENGTH_OF_SET_OFF + k))));
                    }
                }
            }
        }
    }

    /// A chain of two states: it begins in its stationary law, or up where the run begins today.
    fn chain(&self, spells: &mut Spells, (fails, recovers): (f64, f64), at: impl Fn(usize, u32) -> Draw) {
        let both = fails + recovers;
        let mut down = !self.from_today && both > 0.0 && at(self.days.start, index::FIRST).uniform() * both < fails;
        spells.down[self.days.start] = down;
        for day in self.days.start + 1..self.days.end {
            let number = at(day, index::STEP).uniform();
            down = if down { number >= recovers } else { number < fails };
            spells.down[day] = down;
        }
    }
}

impl One {
    /// Days of a spell.
    fn length(&self, draw: &mut Draw) -> usize {
        ((self.days.draw(draw) + 0.5) as usize).max(1)
    }
}

impl Spells {
    /// The days of a spell are down, as far as they have a number.
    fn fall(&mut self, from: i64, days: usize) {
        let end = self.down.len() as i64;
        let (from, until) = (from.clamp(0, end), (from + days as i64).clamp(0, end));
        self.down[from as usize..until as usize].fill(true);
    }

    /// Finds the days on which spells begin: those that are down after one that is not, and the first day if one is `fresh`. Days before it
    /// are up.
    fn settle(&mut self, first: usize, fresh: bool) {
        self.down[..first].fill(false);
        let begins = |day: &usize| self.down[*day] && if *day == first { fresh } else { !self.down[*day - 1] };
        self.begin = (first..self.down.len()).filter(begins).collect();
    }

    /// The pace of each day: that of the disruption while it is down, and from then on evenly more until it is the usual one.
    fn keep_pace(&mut self, while_down: f64, ramp_days: usize) {
        self.pace.clear();
        // Days since the last that was down.
        let mut since = usize::MAX;
        for down in &self.down {
            since = if *down { 0 } else { since.saturating_add(1) };
            let back = if since > ramp_days { 1.0 } else { since as f64 / (ramp_days + 1) as f64 };
            self.pace.push(while_down + (1.0 - while_down) * back);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{LossTerms, Node, SetsOff};
    use restock_base::law::Dist;

    fn disruption(name: &str, onset: Onset, days: f64) -> Disruption {
        Disruption {
            name: name.into(),
            on: Node::Stage("Port".into()),
            onset,
            days: Dist::Constant(days),
            ramp_days: 0,
            pace: 0.0,
            refuses: false,
            destroys: 0.0,
            loss: LossTerms { by_supplier: false, insured: 0.0, known_after_days: 0 },
            sets_off: Vec::new(),
        }
    }

    fn drawn(all: &[Disruption], days: Range<usize>, replication: u32) -> Vec<Spells> {
        let mut out = Vec::new();
        let from = if days.start > 0 { Start::Position } else { Start::WarmUp };
        DisruptionPlan::new(all, (Day(20_000), from), days, 7).draw(replication, &mut out);
        out
    }

    /// Of chances 0.02 and 0.1 a sixth of all days is down, on the first day as later, and spells last ten days on average.
    #[test]
    fn a_chain_begins_in_its_stationary_law() {
        let all = [disruption("supplier", Onset::Daily { fails: 0.02, recovers: 0.1 }, 1.0)];
        let n = 4_000_u32;
        let (mut seen, mut days, mut spells) = ([0_u32; 2], 0, 0);
        for r in 0..n {
            let s = &drawn(&all, 0..300, r)[0];
            seen[0] += u32::from(s.down[0]);
            seen[1] += u32::from(s.down[299]);
            // Spells that begin early have ended.
            for begin in s.begin.iter().filter(|b| **b < 100) {
                days += s.down[*begin..].iter().take_while(|d| **d).count();
                spells += 1;
            }
        }
        let se = (1.0 / 6.0 * 5.0 / 6.0 / f64::from(n)).sqrt();
        for count in seen {
            assert!((f64::from(count) / f64::from(n) - 1.0 / 6.0).abs() < 4.0 * se, "{seen:?}");
        }
        // Geometric of mean 10, whose standard deviation is sqrt(90).
        let mean = days as f64 / f64::from(spells);
        assert!((mean - 10.0).abs() < 4.0 * (90.0 / f64::from(spells)).sqrt(), "{mean} of {spells}");
        assert!((0..50).all(|r| !drawn(&all, 5..300, r)[0].down[..6].contains(&true)), "a run from today begins up");
    }

    /// As many a year as it says, and those that meet are one.
    #[test]
    fn random_spells_come_as_often_as_they_say() {
        let all = [disruption("storm", Onset::PerYear(1.2), 2.0)];
        let n = 3_000;
        let spells: usize = (0..n).map(|r| drawn(&all, 0..730, r)[0].begin.len()).sum();
        let mean = spells as f64 / f64::from(n);
        // Of two that meet, which happens about 1.2 / 365 times two days of 2.4 spells, one is seen.
        assert!((mean - 2.4 * (1.0 - 2.0 * 1.2 / 365.0)).abs() < 4.0 * (2.4 / f64::from(n)).sqrt(), "{mean}");
    }

    /// By hand: five days from day 3 on, then three days on which the pace comes back, 1/4, 2/4 and 3/4 of what is missing.
    #[test]
    fn the_pace_comes_back_evenly() {
        let until = Some(Day(20_007));
        let slow =
            Disruption { pace: 0.2, ramp_days: 3, ..disruption("d", Onset::Dated { from: Day(20_003), until }, 1.0) };
        let s = &drawn(&[slow], 0..14, 0)[0];
        assert_eq!(s.begin, [3]);
        assert_eq!((0..14).filter(|t| s.down[*t]).collect::<Vec<_>>(), [3, 4, 5, 6, 7]);
        let pace = [1.0, 1.0, 1.0, 0.2, 0.2, 0.2, 0.2, 0.2, 0.4, 0.6, 0.8, 1.0, 1.0, 1.0];
        assert!(s.pace.iter().zip(pace).all(|(a, b)| (a - b).abs() < 1e-12), "{:?}", s.pace);
    }

    /// One begins another five days later, always or never, wherever it stands in the file; the other one ends after its own days.
    #[test]
    fn one_sets_off_another() {
        for (chance, order) in [(1.0, [0, 1]), (1.0, [1, 0]), (0.0, [0, 1])] {
            let mut first = disruption("quake", Onset::Dated { from: Day(20_010), until: None }, 4.0);
            first.sets_off = vec![SetsOff { disruption: order[1], probability: chance, after_days: 5 }];
            let second = disruption("power", Onset::SetOff, 7.0);
            let mut all = [first.clone(), second.clone()];
            if order[0] == 1 {
                all.reverse();
            }
            let s = &drawn(&all, 0..60, 3)[order[1]];
            assert_eq!(s.begin, if chance == 1.0 { vec![15] } else { vec![] });
            assert_eq!(s.down.iter().filter(|d| **d).count(), if chance == 1.0 { 7 } else { 0 });
        }
    }
}
