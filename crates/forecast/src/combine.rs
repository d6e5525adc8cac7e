//! Several methods at once, each as far as it has proved itself on items of the same kind.

use super::Shelf;
use super::backtest::{Spec, score};
use super::classes::{Class, pattern};
use super::counting::{are_whole, to_whole};
use super::demand::Basis;
use super::lives::Lives;
use super::measures::scale;
use super::reach::WithinReach;
use super::spread::{Chance, Past, Spread};
use super::{Calendar, CountModel, Ets, Fitted, Item, Method, Panel, Pooled, RecentWeeks, Step, Streams, Theta};
use rand_distr::{Distribution, StandardNormal};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// A mixture of methods. Members forecast from origins inside the history; a member's weight in a class of demand is the inverse of its loss
/// there, to a power. A path is one of one member, drawn with the weights, so that it hangs together; the point forecast is the weighted mean.
pub struct Combination {
    /// The methods that are mixed.
    pub members: Vec<Member>,
    /// Origins inside the history from which members forecast.
    pub origins: usize,
    /// Periods that members forecast from each origin inside the history.
    pub horizon: usize,
    /// Power of the inverse loss.
    pub power: i32,
}

/// A method, and the classes of demand that it is for.
pub struct Member {
    pub method: Box<dyn Method>,
    pub classes: &'static [Class],
}

/// Classes that sell in most periods, and the others.
const OFTEN: &[Class] = &[Class::Smooth, Class::Erratic];
const SELDOM: &[Class] = &[Class::Intermittent, Class::Lumpy, Class::New];

/// Paths a member is scored by.
const PATHS: u32 = 60;

/// Periods since its first sale from which an item's class is believed: two sales in the last two months are not yet one that sells often.
const SETTLED: usize = 6;

/// The class of an item, as far as it can be told.
fn class(item: &Item) -> Class {
    let since = item.units.iter().position(|y| *y > 0.0).map_or(0, |first| item.units.len() - first);
    if since < SETTLED { Class::New } else { pattern(item).class }
}

/// Items a class must have for weights of its own.
const FEWEST: usize = 10;

/// A mixture, with what totals of the past taught.
struct Learned {
    mixture: FittedMixture,
    lives: Lives,
    spread: Spread,
}

struct FittedMixture {
    /// Absent where a member has no weight in any class of the panel.
    members: Vec<Option<Box<dyn Fitted>>>,
    /// Cumulative weights by class.
    weights: BTreeMap<Class, Vec<f64>>,
    classes: Vec<Class>,
}

impl Combination {
    /// The members that earn their place on a panel of this step: count methods where days are few units, smoothing where periods are long.
    #[must_use]
    pub fn of(step: Step) -> Self {
        let member = |classes, method| Member { method, classes };
        let (members, horizon) = match step {
            Step::Day => (
                vec![
                    member(&Class::ALL[..], Box::<CountModel>::default() as Box<dyn Method>),
                    member(&Class::ALL, Box::<RecentWeeks>::default()),
                    member(&Class::ALL, Box::new(Theta)),
                ],
                28,
            ),
            Step::Week | Step::Month | Step::Quarter => (
                vec![
                    member(OFTEN, Box::new(Ets)),
                    member(OFTEN, Box::new(Theta)),
                    member(OFTEN, Box::new(Pooled)),
                    member(SELDOM, Box::<CountModel>::default()),
                ],
                step.usual_horizon(),
            ),
        };
        Combination { members, origins: 2, horizon, power: 4 }
    }

    /// Weights of the members in each class.
    fn weights(&self, panel: &Panel, calendar: &Calendar) -> BTreeMap<Class, Vec<f64>> {
        let horizon = self.horizon.min(panel.periods / 4).max(1);
        let origins: Vec<usize> = (1..=self.origins)
            .rev()
            .filter_map(|k| panel.periods.checked_sub(k * horizon))
            .filter(|o| *o > 0)
            .collect();
        let spec = Spec { horizon, paths: PATHS, seed: 0, ..Spec::default() };
        // Loss and number of forecasts of each member, by class and in all.
        let mut losses: BTreeMap<Option<Class>, (Vec<f64>, usize)> = BTreeMap::new();
        let seen: Vec<Panel> = origins.iter().map(|origin| panel.until(*origin)).collect();
        let bases: Vec<Basis<'_>> = seen.iter().map(|seen| Basis::of(seen, calendar)).collect();
        for (j, member) in self.members.iter().enumerate() {
            let rivals = |c: &Class| self.members.iter().filter(|m| m.classes.contains(c)).count() > 1;
            let contested = |item: &Item| {
                let class = class(item);
                member.classes.contains(&class) && rivals(&class)
            };
            let contests = member.classes.iter().any(rivals);
            for (seen, basis) in seen.iter().zip(&bases).filter(|_| contests) {
                let fitted = within_reach(member.method.as_ref(), seen, basis);
                for row in score(panel, seen, fitted.as_ref(), spec, &contested) {
                    for key in [None, Some(row.class)] {
                        let sum = losses.entry(key).or_insert_with(|| (vec![0.0; self.members.len()], 0));
                        sum.0[j] += row.scaled_pinball;
                        sum.1 += usize::from(j == 0);
                    }
                }
            }
        }
        let equal = vec![1.0; self.members.len()];
        let of = |class: Class| {
            let own = losses.get(&Some(class)).filter(|l| l.1 >= FEWEST).or(losses.get(&None));
            let losses = own.map_or(&equal, |l| &l.0);
            let own = || self.members.iter().zip(losses).filter(|(m, _)| m.classes.contains(&class)).map(|(_, l)| *l);
            let best = own().fold(f64::INFINITY, f64::min).max(1e-12);
            let weight = |(m, l): (&Member, &f64)| {
                if m.classes.contains(&class) { (best / l.max(1e-12)).powi(self.power) } else { 0.0 }
            };
            let raw: Vec<f64> = self.members.iter().zip(losses).map(weight).collect();
            let sum: f64 = raw.iter().sum();
            let mut so_far = 0.0;
            raw.iter()
                .map(|w| {
                    so_far += w / sum;
                    so_far
                })
                .collect()
        };
        Class::ALL.iter().map(|c| (*c, of(*c))).collect()
    }

    /// The mixture on a panel.
    fn mixture(&self, panel: &Panel, calendar: &Calendar, weights: &BTreeMap<Class, Vec<f64>>) -> FittedMixture {
        let classes: Vec<Class> = panel.items.iter().map(class).collect();
        let used = |j: usize| classes.iter().any(|c| weights[c][j] > if j > 0 { weights[c][j - 1] } else { 0.0 });
        let basis = Basis::of(panel, calendar);
        let members = self.members.iter().enumerate();
        let members = members.map(|(j, m)| used(j).then(|| within_reach(m.method.as_ref(), panel, &basis))).collect();
        FittedMixture { members, weights: weights.clone(), classes }
    }

    /// What past totals say of ends, and of the spread of totals.
    fn hindsight(&self, panel: &Panel, calendar: &Calendar, weights: &BTreeMap<Class, Vec<f64>>) -> (Lives, Spread) {
        if panel.step != Step::Day {
            // Weeks and months are few: what has stopped may have ended, and no more is learned of them.
            return (Lives::learn(panel).without_rate(), Spread::learn(&[]));
        }
        let lengths: Vec<usize> = LENGTHS.into_iter().filter(|l| 3 * l <= panel.periods).collect();
        let (Some(shortest), Some(longest)) = (lengths.first(), lengths.last()) else {
            return (Lives::learn(panel), Spread::learn(&[]));
        };
        let origins = (0..LOOKS_BACK).filter_map(|k| panel.periods.checked_sub(longest + k * shortest));
        let past = |origin: usize| {
            let seen = panel.until(origin);
            let (mixture, lives) = (self.mixture(&seen, calendar, weights), Lives::learn(&seen));
            let faint = lives.clone().faint();
            let of = |i: usize| looked_back(panel, &seen, (&mixture, &faint, &lives), i, &lengths);
            (0..panel.items.len()).into_par_iter().flat_map_iter(of).collect::<Vec<Hindsight>>()
        };
        let all: Vec<Hindsight> = origins.filter(|o| o >= longest).flat_map(past).collect();
        // Items that may have ended tell. Without enough of them in the past the chance of an end stands as it is: nothing speaks against it.
        let doubted = || all.iter().filter(|h| h.doubted);
        let gained: f64 = doubted().map(|h| h.faint.loss() - h.whole.loss()).sum();
        let helps = doubted().count() < FEWEST || gained > 0.0;
        let (faint, whole): (Vec<Past>, Vec<Past>) = all.into_iter().map(|h| (h.faint, h.whole)).unzip();
        let lives = Lives::learn(panel);
        if helps { (lives, Spread::learn(&whole)) } else { (lives.faint(), Spread::learn(&faint)) }
    }
}

/// Totals of one item at a past origin, with the chance of an end as it was learned then, and with little of it.
struct Hindsight {
    /// Whether the item may well have ended by then.
    doubted: bool,
    faint: Past,
    whole: Past,
}

/// Days of the totals that are looked back at: about a month, two and three.
const LENGTHS: [usize; 3] = [28, 60, 90];

/// Chance of an end from which an item's totals say whether ends help.
const DOUBT: f64 = 0.2;

/// Past origins at which totals are looked back at.
const LOOKS_BACK: usize = 3;

/// Totals of item `i` after `seen`; none where it was off the shelf, or never changed.
fn looked_back(
    panel: &Panel,
    seen: &Panel,
    (mixture, faint, whole): (&FittedMixture, &Lives, &Lives),
    i: usize,
    lengths: &[usize],
) -> Vec<Hindsight> {
    let (item, past, origin) = (&panel.items[i], &seen.items[i], seen.periods);
    let longest = lengths.last().copied().unwrap_or(0);
    let Some(scale) = scale(&past.units) else { return Vec::new() };
    let known = |h: usize| (origin + h).checked_sub(item.start).filter(|t| item.shelf_at(*t) == Shelf::Full);
    if !(0..longest).all(|h| known(h).is_some()) {
        return Vec::new();
    }
    let streams = Streams::of(origin as u64, past);
    let mut alive = vec![0.0; longest * PATHS as usize];
    mixture.simulate_several(i, &streams, 0, longest, &mut alive);
    let doubted = whole.ended(i) >= DOUBT;
    let [faint, whole] = [faint, whole].map(|lives| {
        let mut lived = alive.clone();
        for (k, path) in (0..).zip(lived.chunks_mut(longest)) {
            lives.end(i, &streams, k, path);
        }
        lived
    });
    let after = &item.units[origin - item.start..];
    let of = |length: &usize| {
        let class = mixture.classes[i];
        let totals = |paths: &[f64]| paths.chunks(longest).map(|p| p[..*length].iter().sum()).collect();
        let units = after[..*length].iter().sum();
        let scale = scale * *length as f64;
        let past = |paths: &[f64]| Past { class, length: *length, totals: totals(paths), units, scale };
        Hindsight { doubted, faint: past(&faint), whole: past(&whole) }
    };
    lengths.iter().map(of).collect()
}

/// A member on a panel of counts: no path of one is beyond reach, so that the mean of several is not either.
fn within_reach(method: &dyn Method, panel: &Panel, basis: &Basis<'_>) -> Box<dyn Fitted> {
    WithinReach::of(basis.fit(method), panel)
}

impl Method for Combination {
    fn name(&self) -> String {
        "combination".into()
    }

    fn reads_shelf(&self) -> bool {
        true
    }

    fn reads_calendar(&self) -> bool {
        true
    }

    fn fit(&self, panel: &Panel, calendar: &Calendar) -> Box<dyn Fitted> {
        let weights = self.weights(panel, calendar);
        let (lives, spread) = self.hindsight(panel, calendar, &weights);
        Box::new(Learned { mixture: self.mixture(panel, calendar, &weights), lives, spread })
    }
}

impl Fitted for FittedMixture {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        let weights = &self.weights[&self.classes[item]];
        let u = streams.all.at(path, -1, 0).uniform();
        // The last one with a weight, if rounding leaves the sum below the number drawn.
        let place =
            weights.partition_point(|w| *w <= u).min(weights.partition_point(|w| *w < weights[weights.len() - 1]));
        if let Some(member) = &self.members[place] {
            member.simulate(item, streams, path, out);
        }
    }

    fn point(&self, item: usize, out: &mut [f64]) -> bool {
        let weights = &self.weights[&self.classes[item]];
        let streams = Streams::new(0, "", None);
        let (mut sum, mut paths) = (vec![0.0; out.len()], vec![0.0; out.len() * PATHS as usize]);
        let mut before = 0.0;
        for (member, upto) in self.members.iter().zip(weights) {
            let weight = upto - before;
            before = *upto;
            let Some(member) = member.as_ref().filter(|_| weight > 0.0) else { continue };
            if !member.point(item, out) {
                out.fill(0.0);
                member.simulate_several(item, &streams, 0, out.len(), &mut paths);
                for path in paths.chunks(out.len().max(1)) {
                    for (y, v) in out.iter_mut().zip(path) {
                        *y += v / f64::from(PATHS);
                    }
                }
            }
            for (s, y) in sum.iter_mut().zip(out.iter()) {
                *s += weight * y;
            }
        }
        out.copy_from_slice(&sum);
        true
    }
}

impl Learned {
    /// Moves paths, of `horizon` periods each, as far as totals of the past say.
    fn spread(&self, item: usize, streams: &Streams, first: u32, horizon: usize, out: &mut [f64]) {
        let class = self.mixture.classes[item];
        if self.spread.is_nothing(class) {
            return;
        }
        let amounts = self.spread.by_period(class, horizon);
        let mut means = vec![0.0; horizon];
        if Spread::draws_together(&amounts) {
            // Of the same paths whichever is asked for.
            let mut paths = vec![0.0; horizon * PATHS as usize];
            self.mixture.simulate_several(item, streams, 0, horizon, &mut paths);
            for path in paths.chunks(horizon) {
                means.iter_mut().zip(path).for_each(|(m, y)| *m += y / f64::from(PATHS));
            }
        }
        for (k, path) in (first..).zip(out.chunks_mut(horizon.max(1))) {
            let whole = are_whole(path);
            let mut draw = streams.own.at(k, -4, 0);
            let (z, round) = (StandardNormal.sample(&mut draw), draw.uniform());
            Spread::apply(&amounts, &means, Chance::new(z, draw.uniform()), path);
            // Counts stay counts.
            if whole {
                to_whole(path, round);
            }
        }
    }
}

impl Fitted for Learned {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        self.simulate_several(item, streams, path, out.len(), out);
    }

    fn simulate_several(&self, item: usize, streams: &Streams, first: u32, horizon: usize, out: &mut [f64]) {
        self.mixture.simulate_several(item, streams, first, horizon, out);
        self.spread(item, streams, first, horizon, out);
        for (k, path) in (first..).zip(out.chunks_mut(horizon.max(1))) {
            self.lives.end(item, streams, k, path);
        }
    }

    fn point(&self, item: usize, out: &mut [f64]) -> bool {
        let has = self.mixture.point(item, out);
        self.lives.fade(item, out);
        has
    }

    fn ended(&self, item: usize) -> Option<f64> {
        Some(self.lives.ended(item))
    }
}
