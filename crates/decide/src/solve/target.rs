//! A target reached at least capital.

use super::lattice::{Axis, pattern_search, starts};
use super::{Aim, Ending, Missed, SCREEN, Seen, Solver};
use crate::lab::Days;
use restock_base::diag::Error;
use restock_base::stats::interval::{Estimate, Sample};
use std::rc::Rc;

/// Steps by which the neighbours of an answer are confirmed, on either side.
const NEIGHBOURS: i64 = 2;

/// Points of an axis at which a target is looked for that neither end reaches.
const SCANNED: i64 = 16;

/// Where a target begins to be reached along an axis.
enum Crossing {
    /// At this value, seen from the end that misses it; `toward` is the direction in which the target is reached.
    At { at: i64, toward: i64, is_uneven: bool },
    /// Nowhere; this value comes nearest.
    Missed { nearest: i64, toward: i64 },
    /// No value makes a scenario.
    Nowhere,
}

fn with(head: &[i64], last: i64) -> Vec<i64> {
    head.iter().copied().chain([last]).collect()
}

impl Solver<'_> {
    pub(super) fn reach(&mut self) -> Result<Ending, Error> {
        let n = self.experiment.replications;
        let (others, last) = self.axes.split_at(self.axes.len() - 1);
        if others.is_empty() {
            return self.reach_along(&[], &last[0], n);
        }
        // The least capital of what reaches the target; few replications tell where.
        let few = self.screened();
        let mut best: Option<(Vec<i64>, f64)> = None;
        let mut missed: Option<(Vec<i64>, f64)> = None;
        let mut value = |solver: &mut Self, head: &[i64]| -> Result<Option<f64>, Error> {
            let axis = &solver.axes[solver.axes.len() - 1];
            match solver.crossing(head, axis, few)? {
                Crossing::At { at, .. } => {
                    let capital = solver.sure(&with(head, at), few)?.capital.value;
                    if best.as_ref().is_none_or(|b| capital < b.1) {
                        best = Some((head.to_vec(), capital));
                    }
                    Ok(Some(-capital))
                }
                Crossing::Missed { nearest, .. } => {
                    let Some(seen) = solver.seen(&with(head, nearest), few)? else { return Ok(None) };
                    if missed.as_ref().is_none_or(|m| seen.least() > m.1) {
                        missed = Some((head.to_vec(), seen.least()));
                    }
                    // Out of reach everywhere is worse than any capital, and the nearer the better.
                    Ok(Some(-1e18 + seen.least()))
                }
                Crossing::Nowhere => Ok(None),
            }
        };
        for start in starts(others) {
            pattern_search(self, others, start, &mut value)?;
        }
        let head = best.or(missed).map(|b| b.0);
        match head {
            Some(head) => self.reach_along(&head, &last[0], n),
            None => Err(self.no_scenario()),
        }
    }

    /// The answer along the last axis, the others being as in `head`.
    fn reach_along(&mut self, head: &[i64], axis: &Axis, n: u32) -> Result<Ending, Error> {
        let (at, toward, is_uneven) = match self.crossing(head, axis, n)? {
            Crossing::At { at, toward, is_uneven } => (at, toward, is_uneven),
            Crossing::Missed { nearest, toward } => return self.missed(head, axis, (nearest, toward)),
            Crossing::Nowhere => {
                return Err(self.no_scenario());
            }
        };
        if let Some(cheaper) = self.cheaper(head, axis, (at, toward))? {
            let mut found = self.solution(&with(head, cheaper), n)?;
            found.binds = false;
            return Ok(Ending::Solved(Box::new(found)));
        }
        let point = with(head, at);
        let worst = if toward > 0 { 0 } else { axis.last };
        let best = if toward > 0 { axis.last } else { 0 };
        // From where on the upper ends reach it, and from where on the lower ends do.
        let upper = self.edge(head, axis, at, (worst, 1.0), n)?;
        let lower = self.edge(head, axis, at, (best, -1.0), n)?;
        let end = |i: i64, edge: i64| (axis.value(i), i == edge);
        let (first, second) = (end(upper, worst), end(lower, best));
        let between = if toward > 0 { (first, second) } else { (second, first) };
        let here = self.sure(&point, n)?;
        // The slope is that over the interval, and over a step at least on either side.
        let apart = |edge: i64, step: i64| if edge == at { (at + step).clamp(0, axis.last) } else { edge };
        let capital = self.with_error(head, (apart(upper, -toward), apart(lower, toward)), &here, n)?;
        let mut found = self.solution(&point, n)?;
        (found.between, found.is_uneven, found.at_end) = (Some(between), is_uneven, at == worst);
        found.capital = capital;
        Ok(Ending::Solved(Box::new(found)))
    }

    /// A value that reaches the target with less capital than the first one that does: where more service does not cost more capital, the target does
    /// not bind. Ending by a pattern search with few replications and taken if all say so beyond their error.
    fn cheaper(&mut self, head: &[i64], axis: &Axis, (at, toward): (i64, i64)) -> Result<Option<i64>, Error> {
        let (n, few) = (self.experiment.replications, self.screened());
        let best = if toward > 0 { axis.last } else { 0 };
        let capital = |solver: &mut Self, i: i64, n: u32| -> Result<Option<Sample>, Error> {
            let seen = solver.seen(&with(head, i), n)?;
            Ok(seen.filter(|seen| seen.reaches(0.0)).map(|seen| seen.capital.clone()))
        };
        let span = best - at;
        let mut least: Option<(i64, f64)> = None;
        for k in 0..=8 {
            let i = at + span * k / 8;
            if let Some(c) = capital(self, i, few)?
                && least.is_none_or(|l| c.value < l.1)
            {
                least = Some((i, c.value));
            }
        }
        let Some((mut i, mut value)) = least.filter(|l| l.0 != at) else { return Ok(None) };
        let mut step = (span.abs() / 16).max(1);
        loop {
            let mut moved = false;
            for next in [i - step, i + step] {
                let inside = (at.min(best)..=at.max(best)).contains(&next);
                if inside
                    && let Some(c) = capital(self, next, few)?
                    && c.value < value
                {
                    (i, value, moved) = (next, c.value, true);
                }
            }
            if !moved {
                if step == 1 {
                    break;
                }
                step = (step / 2).max(1);
            }
        }
        let (first, found) = (capital(self, at, n)?, capital(self, i, n)?);
        let less = |(first, found): (Sample, Sample)| {
            first.plus(-1.0, &found).estimate().interval().is_some_and(|(low, _)| low > 0.0)
        };
        Ok(first.zip(found).is_some_and(less).then_some(i))
    }

    /// Capital at the answer with the error of where the answer lies: to first order its slope along the target times the target's error.
    fn with_error(&mut self, head: &[i64], (upper, lower): (i64, i64), here: &Seen, n: u32) -> Result<Sample, Error> {
        let ends = (self.seen(&with(head, upper), n)?, self.seen(&with(head, lower), n)?);
        let (Some(a), Some(b)) = ends else { return Ok(here.capital.clone()) };
        let slope = (0..here.excess.len()).filter_map(|t| {
            let rise = b.excess[t].value - a.excess[t].value;
            (rise > 0.0).then(|| (t, (b.capital.value - a.capital.value) / rise))
        });
        // The target that binds is the one that is nearest to its limit.
        let binding = slope.min_by(|x, y| here.excess[x.0].value.total_cmp(&here.excess[y.0].value));
        Ok(match binding {
            Some((t, slope)) => here.capital.clone().with_error(-slope, &here.excess[t]),
            None => here.capital.clone(),
        })
    }

    /// The value of the last axis at which the target begins to be reached, seen from the end that misses it.
    fn crossing(&mut self, head: &[i64], axis: &Axis, n: u32) -> Result<Crossing, Error> {
        let few = n.min(SCREEN);
        let ends = [self.seen(&with(head, 0), few)?, self.seen(&with(head, axis.last), few)?];
        let least = |seen: &Option<Rc<Seen>>| seen.as_ref().map_or(f64::NEG_INFINITY, |s| s.least());
        let toward: i64 = if least(&ends[1]) >= least(&ends[0]) { 1 } else { -1 };
        let (worst, mut best) = if toward > 0 { (0, axis.last) } else { (axis.last, 0) };
        if !self.reached(&with(head, best), few, 0.0)? {
            // Somewhere between the ends it may be reached nevertheless.
            let mut nearest: Option<(i64, f64)> = None;
            for k in 0..=SCANNED {
                let i = axis.last * k / SCANNED;
                if let Some(seen) = self.seen(&with(head, i), few)?
                    && nearest.is_none_or(|x| seen.least() > x.1)
                {
                    nearest = Some((i, seen.least()));
                }
            }
            let Some((i, excess)) = nearest else { return Ok(Crossing::Nowhere) };
            // Few replications may miss what all reach.
            if excess < 0.0 && !self.reached(&with(head, i), n, 0.0)? {
                return Ok(Crossing::Missed { nearest: i, toward });
            }
            best = i;
        }
        if self.reached(&with(head, worst), n, 0.0)? {
            return Ok(Crossing::At { at: worst, toward, is_uneven: false });
        }
        let near = self.bisect(head, (worst, best), few, 0.0)?;
        let at = self.gallop(head, near, (worst, best), (n, 0.0))?;
        let Some(at) = at else {
            return Ok(Crossing::Missed { nearest: best, toward });
        };
        self.confirm(head, at, (worst, best, toward), n)
    }

    /// Runs the neighbours: a value before the answer that reaches the target is taken in its place, one behind it that misses it again moves
    /// the answer on.
    fn confirm(
        &mut self,
        head: &[i64],
        at: i64,
        (worst, best, toward): (i64, i64, i64),
        n: u32,
    ) -> Result<Crossing, Error> {
        let (mut at, mut is_uneven) = (at, false);
        let within = |i: i64| (worst.min(best)..=worst.max(best)).contains(&i);
        // Each round moves on, so that their number is bounded by that of the values.
        loop {
            let behind = (1..=NEIGHBOURS).map(|k| at + toward * k).filter(|i| within(*i));
            let mut misses = None;
            for i in behind {
                if !self.reached(&with(head, i), n, 0.0)? {
                    misses = Some(i);
                }
            }
            let Some(i) = misses.map(|i| i + toward).filter(|i| within(*i)) else { break };
            is_uneven = true;
            at = i;
            while within(at) && !self.reached(&with(head, at), n, 0.0)? {
                at += toward;
            }
            if !within(at) {
                return Ok(Crossing::Missed { nearest: best, toward });
            }
        }
        for k in 2..=NEIGHBOURS {
            let before = at - toward * k;
            is_uneven |= within(before) && self.reached(&with(head, before), n, 0.0)?;
        }
        Ok(Crossing::At { at, toward, is_uneven })
    }

    /// From `at` towards `end`: how far the ends of the intervals leave it open whether the target is reached.
    fn edge(&mut self, head: &[i64], axis: &Axis, at: i64, (end, side): (i64, f64), n: u32) -> Result<i64, Error> {
        debug_assert!((0..=axis.last).contains(&end));
        // Where the lower end reaches the target at the answer already, nothing behind it is open.
        if at == end || side < 0.0 && self.reached(&with(head, at), n, side)? {
            return Ok(at);
        }
        // Upper ends reach the target at the answer, and somewhere before it no longer do. Lower ends do not at the answer, and somewhere behind do.
        let open = |reached: bool| if side > 0.0 { reached } else { !reached };
        let toward = (end - at).signum();
        let (mut last, mut step) = (at, 1);
        loop {
            let next = if toward > 0 { (last + step).min(end) } else { (last - step).max(end) };
            let reached = self.reached(&with(head, next), n, side)?;
            if !open(reached) {
                // Between `last`, which is open, and `next`, which is not.
                let (mut a, mut b) = (last, next);
                while (b - a).abs() > 1 {
                    let middle = a + (b - a) / 2;
                    if open(self.reached(&with(head, middle), n, side)?) { a = middle } else { b = middle }
                }
                // The first value whose lower end reaches the target belongs to the interval: the answer may be as far as that.
                return Ok(if side > 0.0 { a } else { b });
            }
            if next == end {
                return Ok(end);
            }
            (last, step) = (next, step * 2);
        }
    }

    fn reached(&mut self, point: &[i64], n: u32, side: f64) -> Result<bool, Error> {
        Ok(self.seen(point, n)?.is_some_and(|seen| seen.reaches(side)))
    }

    /// Between `worst`, which misses the target, and `best`, which reaches it: the value next to the last one that misses it.
    fn bisect(&mut self, head: &[i64], (worst, best): (i64, i64), n: u32, side: f64) -> Result<i64, Error> {
        let (mut a, mut b) = (worst, best);
        while (b - a).abs() > 1 {
            let middle = a + (b - a) / 2;
            if self.reached(&with(head, middle), n, side)? { b = middle } else { a = middle }
        }
        Ok(b)
    }

    /// From a value that few replications found to the one that more find, by steps that double; absent if even `best` misses the target.
    fn gallop(
        &mut self,
        head: &[i64],
        near: i64,
        (worst, best): (i64, i64),
        (n, side): (u32, f64),
    ) -> Result<Option<i64>, Error> {
        let reaches = self.reached(&with(head, near), n, side)?;
        let end = if reaches { worst } else { best };
        let toward = (end - near).signum();
        let (mut last, mut step) = (near, 1);
        loop {
            if last == end {
                return Ok(reaches.then_some(last));
            }
            let next = if toward > 0 { (last + step).min(end) } else { (last - step).max(end) };
            if self.reached(&with(head, next), n, side)? != reaches {
                let bracket = if reaches { (next, last) } else { (last, next) };
                return self.bisect(head, bracket, n, side).map(Some);
            }
            (last, step) = (next, step * 2);
        }
    }

    fn missed(&mut self, head: &[i64], axis: &Axis, (nearest, toward): (i64, i64)) -> Result<Ending, Error> {
        let n = self.experiment.replications;
        let point = with(head, nearest);
        let Aim::Reach(targets) = self.aim else { return Err(Error::new("unsolved", "nothing was to be reached")) };
        let scenario = self.scenario(&point);
        let Some(scenario) = scenario else {
            return Err(self.no_scenario());
        };
        let (mut reached, mut ordinary) = (Vec::new(), Vec::new());
        for target in targets {
            let of = |days| -> Result<Estimate, Error> {
                let outcome = self.lab.model(&scenario, self.experiment, days, self.model)?;
                Ok(target.measured(&outcome.all_products().models[0]).estimate())
            };
            reached.push(of(target.days)?);
            ordinary.push(of(Days::Ordinary)?);
        }
        // Against a value well inside: an eighth of the axis before it.
        let inside = (nearest - toward * (axis.last / 8).max(1)).clamp(0, axis.last);
        let (end, before) = (self.sure(&point, n)?, self.seen(&with(head, inside), n)?);
        let rises = |before: Rc<Seen>| {
            let gain = |(a, b): (&Sample, &Sample)| a.clone().plus(-1.0, b).estimate();
            let pairs = end.excess.iter().zip(&before.excess);
            pairs.map(gain).any(|e| e.interval().is_some_and(|(low, _)| low > 0.0))
        };
        let at_end = nearest == if toward > 0 { axis.last } else { 0 };
        let still_rising = at_end && before.is_some_and(rises);
        Ok(Ending::Missed(Missed { values: self.values(&point), reached, ordinary, still_rising }))
    }
}
