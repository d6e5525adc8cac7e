//! What a comparison of two supply models hinges on: each assumption from one end of its range to the other, all else as it is, and how far
//! that moves the difference between the models.
//!
//! All variants run on common random numbers, so the effect of an assumption (the difference at one end less that at the other) has a
//! paired interval of its own, which is far shorter than those of the ends. A break-even is a root of the mean difference over all
//! replications, found by false position (Illinois); its interval is Fieller's, of the difference there over a slope.

use super::runs::{Level, Runs, Unrun};
use super::sobol::{Design, Indices};
use restock_base::diag::{Diagnostics, Error};
use restock_base::rng::Stream;
use restock_base::stats::interval::{Estimate, Sample};
use restock_kernel::model::{Better, Kpi};
use restock_scenario::{By, Ranged};

/// Runs of a search for a break-even, at most.
const STEPS: usize = 12;

/// A break-even is known when the search is this part of the range long, or the difference this part of the largest.
const CLOSE: f64 = 1e-4;
const LEVEL: f64 = 1e-4;

/// The slope at a break-even is taken over at least this part of the range: nearby, a difference may go in steps of single shoppers.
const CHORD: f64 = 0.1;

/// Two supply models, by their places in the scenario: the difference is `of` less `against`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pair {
    /// The model whose KPI counts.
    pub of: usize,
    /// The model whose KPI is taken off.
    pub against: usize,
}

impl Pair {
    /// The best of the others, and the first model.
    ///
    /// # Errors
    ///
    /// If the scenario cannot be run.
    pub fn usual(runs: &mut Runs<'_>, models: usize) -> Result<Pair, Error> {
        Ok(Pair { of: Pair::best_but(runs, models, 0)?, against: 0 })
    }

    /// The best model by a KPI but for one: where more or less is neither better nor worse, the first of them.
    ///
    /// # Errors
    ///
    /// If the scenario cannot be run.
    pub fn best_but(runs: &mut Runs<'_>, models: usize, one: usize) -> Result<usize, Error> {
        let all: Vec<usize> = (0..models).collect();
        let found = runs.at(&[], &all)?;
        let sign = match runs.kpi().better() {
            Better::Higher => 1.0,
            Better::Lower => -1.0,
            Better::Neither => 0.0,
        };
        let value = |m: usize| found[m].as_ref().map_or(f64::NEG_INFINITY, |s| sign * s.value);
        let others = all.into_iter().filter(|m| *m != one);
        // The first of those that are as good.
        Ok(others.reduce(|best, m| if value(m) > value(best) { m } else { best }).unwrap_or(one))
    }
}

/// Where the difference is 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BreakEven {
    /// Inside the range.
    At {
        /// The value with Fieller's interval, which may have no bounds.
        at: Estimate,
        /// Whether beyond it, at the end of the range, the difference is shown to have the other sign.
        shown: bool,
    },
    /// Nowhere between the values that were run: the difference has one sign at both ends and now.
    None {
        /// Whether it is shown to have it at all three.
        shown: bool,
    },
}

/// One assumption, and how it moves the difference.
#[derive(Debug, Clone)]
pub struct Bar {
    /// The assumption with its range.
    pub assumption: Ranged,
    /// The difference at the low end.
    pub low: Estimate,
    /// The difference at the high end.
    pub high: Estimate,
    /// What the difference changes by, paired: from the low end to the high one, or from now to the end that is farther where both ends lie
    /// beyond it.
    pub effect: Estimate,
    /// Whether the difference turns within the range: both ends are shown to lie on one side of that now.
    pub turns: bool,
    /// Where the models are level.
    pub break_even: BreakEven,
    /// Place by the size of the effect, from 1; those that are not told apart from the first of their place share it.
    pub rank: usize,
    /// The effect with what each group of replications adds to its error.
    sample: Sample,
}

impl Bar {
    /// Whether the range moves nothing at all: neither model uses the assumption.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.effect.value == 0.0 && self.effect.interval().is_none_or(|(low, high)| low == 0.0 && high == 0.0)
    }
}

/// The assumptions of one comparison, by the size of their effects.
#[derive(Debug, Clone)]
pub struct Tornado {
    /// The models compared.
    pub pair: Pair,
    /// The difference as the scenario has it.
    pub now: Estimate,
    /// Largest effect first.
    pub bars: Vec<Bar>,
    /// Names of assumptions that were not varied, and why.
    pub left_out: Vec<(String, String)>,
}

impl Tornado {
    /// Runs each assumption at both ends of its range. `told` hears how many variants were run.
    ///
    /// # Errors
    ///
    /// If a variant cannot be run, or the KPI exists in one of the models not even now. An assumption whose ends the scenario refuses is
    /// left out.
    pub fn run(
        runs: &mut Runs<'_>,
        pair: Pair,
        assumptions: &[Ranged],
        told: &mut dyn FnMut(u64),
    ) -> Result<Tornado, Error> {
        let now = runs.difference(&[], pair.of, pair.against)?.ok_or_else(|| no_value(runs.kpi()))?;
        let (mut bars, mut left_out) = (Vec::new(), Vec::new());
        for assumption in assumptions {
            match bar(runs, pair, assumption, &now) {
                Ok(Some(bar)) => bars.push(bar),
                Ok(None) => {
                    left_out.push((assumption.label.clone(), "the KPI has no value at an end of the range".into()));
                }
                Err(Unrun::Refused(problems)) => left_out.push((assumption.label.clone(), refusal(&problems))),
                Err(Unrun::Failed(error)) => return Err(error),
            }
            told(runs.done());
        }
        rank(&mut bars);
        Ok(Tornado { pair, now: now.estimate(), bars, left_out })
    }
}

fn no_value(kpi: Kpi) -> Error {
    Error::new("question", format!("`{}` has no value in one of the two supply models", kpi.name()))
}

/// What a scenario has against a value, in a clause.
fn refusal(problems: &Diagnostics) -> String {
    let first = problems.list.first().map_or_else(String::new, |d| d.message.clone());
    format!("the scenario cannot have an end of the range: {first}")
}

/// A place in the range, and the difference there.
type At = (f64, Sample);

fn bar(runs: &mut Runs<'_>, pair: Pair, assumption: &Ranged, now: &Sample) -> Result<Option<Bar>, Unrun> {
    let mut at = |x: f64| runs.difference(&[(assumption, x)], pair.of, pair.against);
    let (from, to) = assumption.range;
    let (Some(low), Some(high)) = (at(from)?, at(to)?) else { return Ok(None) };
    let minus = |a: &Sample, b: &Sample| a.clone().plus(-1.0, b);
    let sides = [minus(&low, now), minus(&high, now)];
    let shown = |s: &Sample| s.estimate().interval().is_some_and(|(a, b)| a > 0.0 || b < 0.0);
    let same_side = sides[0].value * sides[1].value > 0.0;
    let turns = same_side && sides.iter().all(shown);
    let sample = match turns {
        true if sides[0].value.abs() > sides[1].value.abs() => sides[0].clone(),
        true => sides[1].clone(),
        false => minus(&high, &low),
    };
    let mut known: Vec<At> = vec![(from, low.clone()), (to, high.clone())];
    // Several values now are none that all places can have.
    if let Some(x) = assumption.now().filter(|x| from < *x && *x < to) {
        known.insert(1, (x, now.clone()));
    }
    let break_even = match crossing(&known, assumption.now()) {
        Some(i) => search(&mut at, &mut known, i)?,
        None => BreakEven::None { shown: known.iter().all(|(_, s)| shown(s)) && shown(now) },
    };
    let (low, high) = (low.estimate(), high.estimate());
    let effect = sample.estimate();
    Ok(Some(Bar { assumption: assumption.clone(), low, high, effect, turns, break_even, rank: 0, sample }))
}

/// The first of two neighbours between which the difference changes its sign: those nearest to now, if there are several.
fn crossing(known: &[At], now: Option<f64>) -> Option<usize> {
    let change = |i: &usize| {
        let (a, b) = (known[*i].1.value, known[i + 1].1.value);
        a * b < 0.0 || (a == 0.0) != (b == 0.0)
    };
    // The root lies about there if the difference goes straight.
    let about = |i: usize| {
        let ((x, a), (y, b)) = ((known[i].0, known[i].1.value), (known[i + 1].0, known[i + 1].1.value));
        x + (y - x) * a / (a - b)
    };
    let away = |i: usize| now.map_or(0.0, |now| (about(i) - now).abs());
    (0..known.len() - 1).filter(change).min_by(|i, j| away(*i).total_cmp(&away(*j)))
}

/// The root between neighbours `i` and `i + 1` of what is known, by false position with the weight of an end that stays halved (Illinois).
fn search(
    at: &mut impl FnMut(f64) -> Result<Option<Sample>, Unrun>,
    known: &mut Vec<At>,
    i: usize,
) -> Result<BreakEven, Unrun> {
    let length = known[known.len() - 1].0 - known[0].0;
    let most = known.iter().map(|(_, s)| s.value.abs()).fold(0.0, f64::max);
    let (mut a, mut b) = (known[i].clone(), known[i + 1].clone());
    let shown = |s: &Sample, sign: f64| {
        s.estimate().interval().is_some_and(|(low, high)| if sign > 0.0 { low > 0.0 } else { high < 0.0 })
    };
    let both = shown(&a.1, a.1.value) && shown(&b.1, b.1.value);
    let (mut weight_a, mut weight_b) = (a.1.value, b.1.value);
    for _ in 0..STEPS {
        if a.1.value.abs().min(b.1.value.abs()) <= LEVEL * most || (a.0 - b.0).abs() <= CLOSE * length {
            break;
        }
        let x = b.0 - weight_b * (b.0 - a.0) / (weight_b - weight_a);
        let Some(found) = at(x)? else { break };
        known.push((x, found.clone()));
        if found.value * b.1.value < 0.0 {
            (a, weight_a) = (b, weight_b);
        } else {
            weight_a /= 2.0;
        }
        weight_b = found.value;
        b = (x, found);
    }
    let root = if a.1.value.abs() < b.1.value.abs() { a } else { b };
    known.sort_by(|a, b| a.0.total_cmp(&b.0));
    let slope = chord(known, root.0, CHORD * length);
    let estimate = slope.and_then(|slope| {
        let back = root.1.over(&slope)?;
        let at = |ratio: f64| root.0 - ratio;
        Some(match root.1.fieller(&slope) {
            Some((low, high)) => Estimate::between(at(back.value), at(high), at(low)),
            None => Estimate::new(at(back.value), None),
        })
    });
    Ok(BreakEven::At { at: estimate.unwrap_or_else(|| Estimate::new(root.0, None)), shown: both })
}

/// The slope about `x`, between the nearest of the known places on either side that are at least so far apart.
fn chord(known: &[At], x: f64, apart: f64) -> Option<Sample> {
    let below = known.iter().rev().filter(|(at, _)| *at <= x);
    let pairs = below.flat_map(|a| known.iter().filter(|(at, _)| *at >= x).map(move |b| (a, b)));
    let far = pairs.filter(|(a, b)| b.0 - a.0 >= apart);
    let (a, b) = far.min_by(|p, q| (p.1.0 - p.0.0).total_cmp(&(q.1.0 - q.0.0)))?;
    Some(b.1.clone().plus(-1.0, &a.1).times(1.0 / (b.0 - a.0)))
}

/// Orders bars by the size of their effects. Whose size is not told apart from that of the first of a place has the same place.
fn rank(bars: &mut [Bar]) {
    bars.sort_by(|a, b| b.effect.value.abs().total_cmp(&a.effect.value.abs()));
    let size = |bar: &Bar| bar.sample.clone().times(if bar.sample.value < 0.0 { -1.0 } else { 1.0 });
    let mut first = 0;
    for i in 0..bars.len() {
        let less = size(&bars[first]).plus(-1.0, &size(&bars[i])).estimate();
        let apart = less.interval().is_some_and(|(low, _)| low > 0.0);
        if i > first && apart {
            first = i;
        }
        bars[i].rank = first + 1;
    }
}

/// Sobol's indices of a difference: its assumptions vary all at once, uniformly over their ranges.
#[derive(Debug, Clone)]
pub struct Sobol {
    /// What varies, in the order of the indices.
    pub assumptions: Vec<Ranged>,
    /// Points, scrambles.
    pub design: Design,
    /// Replications of each point.
    pub replications: u32,
    /// The indices.
    pub indices: Indices,
}

impl Sobol {
    /// Runs the design. `told` hears how many variants were run.
    ///
    /// # Errors
    ///
    /// If a variant cannot be run, or its KPI has no value.
    pub fn run(
        runs: &Runs<'_>,
        (pair, assumptions): (Pair, &[Ranged]),
        (design, replications): (Design, u32),
        told: &mut dyn FnMut(u64),
    ) -> Result<Sobol, Error> {
        let mut runs = runs.afresh(replications);
        let kpi = runs.kpi();
        let stream = Stream::new(runs.experiment().seed, "", "sobol", "");
        let indices = design.run(stream, |u| {
            let place = |(a, u): (&Ranged, &f64)| a.range.0 + (a.range.1 - a.range.0) * u;
            let levels: Vec<Level<'_>> =
                assumptions.iter().zip(u).map(|pair| (pair.0, place((pair.0, pair.1)))).collect();
            let found = runs.difference(&levels, pair.of, pair.against).map_err(Error::from)?;
            told(runs.done());
            found.ok_or_else(|| no_value(kpi))
        })?;
        Ok(Sobol { assumptions: assumptions.to_vec(), design, replications, indices })
    }
}

/// One cell of a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Value of the first assumption.
    pub x: f64,
    /// Value of the second one.
    pub y: f64,
    /// The difference; absent where the KPI has no value.
    pub difference: Option<Estimate>,
}

/// The difference over two assumptions.
#[derive(Debug, Clone)]
pub struct Map {
    /// The models compared.
    pub pair: Pair,
    /// What runs from left to right, and what from bottom to top.
    pub assumptions: [Ranged; 2],
    /// Row by row, from the first value of the second assumption on.
    pub rows: Vec<Vec<Cell>>,
}

impl Map {
    /// Runs every cell of the grid. `told` hears how many were run.
    ///
    /// # Errors
    ///
    /// If a cell cannot be run.
    pub fn run(
        runs: &mut Runs<'_>,
        (pair, assumptions): (Pair, [Ranged; 2]),
        (xs, ys): (&[f64], &[f64]),
        told: &mut dyn FnMut(u64),
    ) -> Result<Map, Error> {
        let mut rows = Vec::new();
        for y in ys {
            let mut row = Vec::new();
            for x in xs {
                let levels = [(&assumptions[0], *x), (&assumptions[1], *y)];
                let found = runs.difference(&levels, pair.of, pair.against).map_err(Error::from)?;
                row.push(Cell { x: *x, y: *y, difference: found.map(|s| s.estimate()) });
                told(runs.done());
            }
            rows.push(row);
        }
        Ok(Map { pair, assumptions, rows })
    }

    /// Where the difference changes its sign along a row, by a straight line between neighbours: a value of the first assumption.
    #[must_use]
    pub fn level(&self, row: usize) -> Option<f64> {
        self.rows.get(row)?.windows(2).find_map(|pair| {
            let (a, b) = (pair[0].difference?.value, pair[1].difference?.value);
            (a * b < 0.0 || a == 0.0).then(|| pair[0].x + (pair[1].x - pair[0].x) * a / (a - b))
        })
    }

    /// The assumption's value now, if it is one and no factor.
    #[must_use]
    pub fn now(&self, i: usize) -> Option<f64> {
        let assumption = &self.assumptions[i];
        assumption
            .now()
            .filter(|_| assumption.by == By::Value || assumption.range.0 <= 1.0 && 1.0 <= assumption.range.1)
    }
}
