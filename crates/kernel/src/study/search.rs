//! One supply model with more or less stock: where a goal is reached, and what the KPIs are there.
//!
//! A search looks with few replications where the answer is, then runs three stocks around it with all of them and
//! reads the answer off the parabola through them: between whole units, on the target, with slopes of the curve where
//! it lies. All points of all searches run on the same replications.

use super::bench::{Bench, Days};
use super::estimates::Estimates;
use crate::model::Kpi;
use crate::sim::{KpiRow, Needs, Plan};
use restock_base::stats::interval::Sample;
use std::collections::BTreeMap;

/// A search looks around with so many replications, and answers with so many at most.
pub(super) const SCREEN: u32 = 64;
pub(super) const REPLICATIONS: u32 = 500;

/// Days of demand: looking around ends between points this close; stocks around the answer are at most so far apart.
const CLOSE: f64 = 0.5;
const WIDEST: f64 = 8.0;

/// The slope at the answer is to be known this well, as a share of itself.
const SLOPE_ERROR: f64 = 0.15;

/// Where a search is to end.
pub(super) struct Goal<'a> {
    /// The KPI that is looked at.
    pub kpi: Kpi,
    /// How far it is from where it is wanted in some replications; rises with the stock.
    pub excess: &'a dyn Fn(&[KpiRow]) -> Sample,
}

/// The points of one model.
pub(super) struct Search<'a> {
    bench: &'a Bench,
    plan: Plan,
    /// The products with which it shares a factory, by place in the group; empty if it is made alone.
    companions: Vec<Plan>,
    /// Mean demand of a day, in units.
    pub day: f64,
    pub replications: u32,
    points: BTreeMap<(Days, i64), Point>,
}

/// The first replications of a point: those KPIs that were asked for.
struct Point {
    needs: Needs,
    rows: Vec<KpiRow>,
}

/// Where looking around found the goal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Crossing {
    /// Even the least stock reaches it.
    Least,
    At(f64),
    /// Not even the most does.
    Beyond,
}

/// A stock read off points that were run.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    /// Units added to the policy's targets.
    pub units: f64,
    points: Vec<i64>,
    /// Of the parabola through the points, and of the line between its neighbours.
    weights: Vec<f64>,
    line: Vec<f64>,
    /// Of the parabola's slope, and the error of the stock.
    slopes: Vec<f64>,
    error: Option<Sample>,
}

impl Answer {
    /// A stock that was run.
    pub fn at(units: i64) -> Self {
        Answer {
            units: units as f64,
            points: vec![units],
            weights: vec![1.0],
            line: vec![1.0],
            slopes: vec![0.0],
            error: None,
        }
    }
}

impl<'a> Search<'a> {
    /// A search of `plan`, beside the plans of the products with which it shares a factory.
    pub fn new(bench: &'a Bench, (plan, companions): (Plan, Vec<Plan>), replications: u32) -> Self {
        let day = bench.demand().mean_per_day();
        Search { bench, plan, companions, day, replications: replications.min(REPLICATIONS), points: BTreeMap::new() }
    }

    /// Replications with which the search looks around.
    pub fn screened(&self) -> u32 {
        self.replications.min(SCREEN)
    }

    /// The first `n` replications of a point with all their KPIs, run if they are new.
    pub fn rows(&mut self, days: Days, units: i64, n: u32) -> &[KpiRow] {
        self.run(days, units, n, Needs::Books)
    }

    /// The same of which only one KPI is read: where units decide it, no books are kept.
    pub fn rows_for(&mut self, kpi: Kpi, days: Days, units: i64, n: u32) -> &[KpiRow] {
        self.run(days, units, n, Needs::of(&[kpi], false))
    }

    fn run(&mut self, days: Days, units: i64, n: u32, needs: Needs) -> &[KpiRow] {
        // At most points the days as they come are read whole sooner or later.
        let (days, needs) = match days {
            Days::Ordinary if self.bench.has_surprises() => (days, needs),
            _ => (Days::AsTheyCome, Needs::Books),
        };
        let point = self.points.entry((days, units)).or_insert(Point { needs, rows: Vec::new() });
        let known = point.rows.len() as u32;
        let missing = if point.needs < needs { 0..n.max(known) } else { known..n };
        if !missing.is_empty() {
            let plan = self.plan.with_extra_stock(units);
            let needs = needs.max(point.needs);
            point.rows.truncate(missing.start as usize);
            point.rows.extend(self.bench.rows((&plan, &self.companions), days, missing, needs));
            point.needs = needs;
        }
        &point.rows[..n as usize]
    }

    /// Units of so many days of demand.
    pub fn units(&self, days_of_demand: f64) -> i64 {
        (days_of_demand * self.day).round() as i64
    }

    /// Stocks within `range` at which the search has looked, from the least.
    pub fn known(&self, days: Days, range: (i64, i64)) -> Vec<i64> {
        let days = if self.bench.has_surprises() { days } else { Days::AsTheyCome };
        self.points.range((days, range.0)..=(days, range.1)).map(|(key, _)| key.1).collect()
    }

    /// Looks for the least stock within `range` that reaches the goal.
    pub fn cross(&mut self, days: Days, goal: &Goal<'_>, range: (i64, i64)) -> Crossing {
        self.cross_lifted(days, goal, range, 0.0)
    }

    /// The same where all see `lift` more than those that look around.
    fn cross_lifted(&mut self, days: Days, goal: &Goal<'_>, range: (i64, i64), lift: f64) -> Crossing {
        let n = self.screened();
        let at =
            |s: &mut Self, units: i64| (units as f64, (goal.excess)(s.rows_for(goal.kpi, days, units, n)).value + lift);
        let mut known: Vec<(f64, f64)> = self.known(days, range).into_iter().map(|u| at(self, u)).collect();
        if known.is_empty() {
            known.push(at(self, range.0));
        }
        while let Some(last) = known.last().filter(|last| last.1 < 0.0 && last.0 < range.1 as f64) {
            let next = (last.0 * 2.0).max(last.0 + self.day.max(1.0)).min(range.1 as f64);
            known.push(at(self, next as i64));
        }
        let Some(above) = known.iter().position(|p| p.1 >= 0.0) else { return Crossing::Beyond };
        let Some(below) = above.checked_sub(1) else { return Crossing::Least };
        let close = (CLOSE * self.day).max(1.0);
        Crossing::At(illinois(known[below], known[above], close, |x| at(self, x as i64).1))
    }

    /// The stock of the largest value within `range`, by golden section between the neighbours of the best known.
    pub fn peak(&mut self, value: &dyn Fn(&[KpiRow]) -> f64, range: (i64, i64)) -> i64 {
        let n = self.screened();
        let at = |s: &mut Self, units: i64| value(s.rows(Days::AsTheyCome, units, n));
        let mut known: Vec<(i64, f64)> =
            self.known(Days::AsTheyCome, range).into_iter().map(|u| (u, at(self, u))).collect();
        let best = |known: &[(i64, f64)]| (0..known.len()).fold(0, |b, i| if known[i].1 > known[b].1 { i } else { b });
        while let Some(last) = known.last().filter(|l| best(&known) + 1 == known.len() && l.0 < range.1) {
            let next = (last.0 * 2).max(last.0 + self.units(WIDEST).max(1)).min(range.1);
            known.push((next, at(self, next)));
        }
        let close = self.units(1.0).max(1);
        loop {
            let b = best(&known);
            let gap = |i: usize, j: usize| known[j].0 - known[i].0;
            let below = if b > 0 { gap(b - 1, b) } else { 0 };
            let above = if b + 1 < known.len() { gap(b, b + 1) } else { 0 };
            if below.max(above) <= close {
                return known[b].0;
            }
            let step = |gap: i64| ((gap as f64 * 0.382).round() as i64).clamp(1, gap - 1);
            let next = if above > below { known[b].0 + step(above) } else { known[b].0 - step(below) };
            let i = known.partition_point(|p| p.0 < next);
            known.insert(i, (next, at(self, next)));
        }
    }

    /// How far apart stocks around `at` may be: the shortage changes by about a third from one to the next.
    fn width(&mut self, days: Days, at: f64) -> i64 {
        let n = self.screened();
        let fill = |s: &mut Self, units: i64| sample(s.rows_for(Kpi::FillRate, days, units, n), Kpi::FillRate).value;
        let short = |s: &mut Self, units: i64| 1.0 - fill(s, units);
        let widest = (WIDEST * self.day).max(1.0);
        let known = self.known(days, (i64::MIN, i64::MAX));
        let i = known.partition_point(|u| (*u as f64) < at).clamp(1, known.len().max(2) - 1);
        let (mut low, mut high) = (i - 1, i);
        let length = loop {
            let (Some(a), Some(b)) = (known.get(low).copied(), known.get(high).copied()) else { break widest };
            let ratio = (short(self, a) / short(self, b)).ln();
            if ratio >= 0.3 {
                break (b - a) as f64 / ratio;
            }
            match (low, high) {
                (0, h) if h + 1 == known.len() => break widest,
                (_, h) if h + 1 < known.len() && (low == 0 || (known[h] as f64 - at) <= at - known[low] as f64) => {
                    high += 1;
                }
                _ => low -= 1,
            }
        };
        (length / 3.0).clamp(1.0, widest).round() as i64
    }

    /// Three stocks, `width` apart, that hold the answer between them: from `centre` on they move along until they do.
    fn around(
        &mut self,
        centre: i64,
        width: i64,
        range: (i64, i64),
        step: &mut dyn FnMut(&mut Self, [i64; 3]) -> i64,
    ) -> [i64; 3] {
        let within = |c: i64| c.clamp(range.0 + width, (range.1 - width).max(range.0 + width));
        let mut centre = within(centre);
        let mut moved = 0;
        loop {
            let points = [centre - width, centre, centre + width];
            let next = within(centre + step(self, points) * width);
            // Back and forth is an edge of noise: either end will do.
            if next == centre || next - centre == -moved {
                return points;
            }
            moved = next - centre;
            centre = next;
        }
    }

    /// The stock that reaches the goal with all replications, near `at`.
    pub fn answer(&mut self, days: Days, goal: &Goal<'_>, at: f64, range: (i64, i64)) -> Answer {
        let n = self.replications;
        let whole = at.round() as i64;
        // All KPIs of these points will be read.
        let there = (goal.excess)(self.rows(days, whole, n));
        // What is there to the last bit (a model with as much capital as itself) needs no neighbours.
        if there.value == 0.0 && there.residuals().iter().all(|r| *r == 0.0) || range.1 - range.0 < 2 {
            return Answer::at(whole);
        }
        // Those that looked around saw more or less than all do: where they would have gone had they seen what all see there.
        let few = (goal.excess)(self.rows_for(goal.kpi, days, whole, self.screened())).value;
        let whole = match self.cross_lifted(days, goal, range, there.value - few) {
            Crossing::Least => range.0,
            Crossing::At(units) => units.round() as i64,
            Crossing::Beyond => range.1,
        };
        let mut width = self.width(days, at).min((range.1 - range.0) / 2);
        let widest = self.units(WIDEST).max(1).min((range.1 - range.0) / 2);
        loop {
            let points = self.around(whole, width, range, &mut |s, p| {
                let value = |s: &mut Self, units| (goal.excess)(s.rows(days, units, n)).value;
                if value(s, p[2]) < 0.0 {
                    1
                } else if value(s, p[0]) >= 0.0 {
                    -1
                } else {
                    0
                }
            });
            let goals = points.map(|units| (goal.excess)(self.rows(days, units, n)));
            let answer = read_off(points, &goals);
            match answer {
                Some((answer, error)) if error <= SLOPE_ERROR || width >= widest => return answer,
                None if width >= widest => {
                    // Flat as far as one can see, or out of reach: the nearest stock that was run.
                    let i = goals.iter().position(|g| g.value >= 0.0).unwrap_or(2);
                    return Answer::at(points[i]);
                }
                _ => width = (width * 2).min(widest),
            }
        }
    }

    /// The stock of the largest value with all replications, near `at`. To first order its error moves no value.
    pub fn best(&mut self, value: &dyn Fn(&[KpiRow]) -> f64, at: i64, range: (i64, i64)) -> Answer {
        let n = self.replications;
        if at <= range.0 || at >= range.1 || range.1 - range.0 < 2 {
            return Answer::at(at.clamp(range.0, range.1));
        }
        let width = self.width(Days::AsTheyCome, at as f64).min((range.1 - range.0) / 2);
        let at_units = |s: &mut Self, units| value(s.rows(Days::AsTheyCome, units, n));
        let points = self.around(at, width, range, &mut |s, p| {
            let v = p.map(|units| at_units(s, units));
            if v[1] >= v[0].max(v[2]) {
                0
            } else if v[2] > v[0] {
                1
            } else {
                -1
            }
        });
        let v = points.map(|units| at_units(self, units));
        let highest = (0..3).fold(1, |b, i| if v[i] > v[b] { i } else { b });
        let bend = v[0] - 2.0 * v[1] + v[2];
        if highest != 1 || bend >= 0.0 {
            return Answer::at(points[highest]);
        }
        let top = points[1] as f64 + (points[2] - points[1]) as f64 * 0.5 * (v[0] - v[2]) / bend;
        Answer { error: None, ..through(points, top) }
    }

    /// All KPIs at an answer, on days of either kind.
    pub fn estimates(&mut self, days: Days, answer: &Answer) -> Estimates {
        let n = self.replications;
        let each: Vec<Estimates> = answer.points.iter().map(|u| Estimates::of(self.rows(days, *u, n))).collect();
        let each: Vec<&Estimates> = each.iter().collect();
        let line = Estimates::weighted(&each, &answer.line);
        let value = Estimates::weighted(&each, &answer.weights).within_range_or(&line);
        match &answer.error {
            Some(error) => value.searched(&Estimates::weighted(&each, &answer.slopes), error),
            None => value,
        }
    }
}

/// A KPI that exists at every point; 1 where there is no demand.
pub(super) fn sample(rows: &[KpiRow], kpi: Kpi) -> Sample {
    let pairs: Vec<(f64, f64)> = rows.iter().map(|row| row[kpi.index()]).collect();
    Sample::ratio(&pairs).unwrap_or_else(|| Sample::constant(1.0, rows.len()))
}

/// The root between a point below 0 and one that is not, by regula falsi with Illinois's halving (Dowell and Jarratt,
/// BIT 11, 1971) over whole numbers. Steps keep off the ends, so that both sides close in; the last is linear.
fn illinois(mut a: (f64, f64), mut b: (f64, f64), close: f64, mut f: impl FnMut(f64) -> f64) -> f64 {
    let aside = (close / 2.0).floor().max(1.0);
    let (mut weight_a, mut weight_b) = (a.1, b.1);
    let mut above_last = None;
    while b.0 - a.0 > close {
        let secant = a.0 + (b.0 - a.0) * weight_a / (weight_a - weight_b);
        let x = secant.round().clamp(a.0 + aside, b.0 - aside);
        let y = f(x);
        let above = y >= 0.0;
        let again = above_last == Some(above);
        if above {
            (b, weight_b) = ((x, y), y);
            weight_a *= if again { 0.5 } else { 1.0 };
        } else {
            (a, weight_a) = ((x, y), y);
            weight_b *= if again { 0.5 } else { 1.0 };
        }
        above_last = Some(above);
    }
    a.0 + (b.0 - a.0) * a.1 / (a.1 - b.1)
}

/// Weights of the parabola through three points at `x`, and of its slope (Lagrange), and those of the line.
fn through(points: [i64; 3], x: f64) -> Answer {
    let p = points.map(|u| u as f64);
    let others = |i: usize| ((i + 1) % 3, (i + 2) % 3);
    let below = |i: usize| {
        let (j, k) = others(i);
        (p[i] - p[j]) * (p[i] - p[k])
    };
    let weight = |i: usize| {
        let (j, k) = others(i);
        (x - p[j]) * (x - p[k]) / below(i)
    };
    let slope = |i: usize| {
        let (j, k) = others(i);
        (2.0 * x - p[j] - p[k]) / below(i)
    };
    let low = usize::from(x >= p[1]);
    let share = ((x - p[low]) / (p[low + 1] - p[low])).clamp(0.0, 1.0);
    let mut line = vec![0.0; 3];
    (line[low], line[low + 1]) = (1.0 - share, share);
    Answer {
        units: x,
        points: points.to_vec(),
        weights: (0..3).map(weight).collect(),
        line,
        slopes: (0..3).map(slope).collect(),
        error: None,
    }
}

/// The answer where the parabola through the goals is 0, with the error of its slope relative to the slope. Absent if
/// the goal is not between the points, or does not rise.
fn read_off(points: [i64; 3], goals: &[Sample; 3]) -> Option<(Answer, f64)> {
    let sum = |weights: &[f64]| {
        let first = goals[0].clone().times(weights[0]);
        first.plus(weights[1], &goals[1]).plus(weights[2], &goals[2])
    };
    let low = match goals {
        [a, b, _] if a.value < 0.0 && b.value >= 0.0 => 0,
        [_, b, c] if b.value < 0.0 && c.value >= 0.0 => 1,
        _ => return None,
    };
    let x = restock_base::stats::special::bisect(points[low] as f64, points[low + 1] as f64, |x| {
        sum(&through(points, x).weights).value >= 0.0
    });
    let answer = through(points, x);
    let slope = sum(&answer.slopes).estimate();
    if slope.value <= 0.0 {
        return None;
    }
    let error = sum(&answer.weights).times(-1.0 / slope.value);
    Some((Answer { error: Some(error), ..answer }, slope.standard_error.unwrap_or(0.0) / slope.value))
}
