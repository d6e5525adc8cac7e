//! Several methods at once, each as far as it has proved itself on items of the same kind.

use super::backtest::{Spec, score};
use super::classes::{Class, pattern};
use super::{Calendar, CountModel, Ets, Fitted, Item, Method, Panel, Pooled, RecentWeeks, Step, Streams, Theta, fit};
use std::collections::BTreeMap;

/// A mixture of methods. Members forecast from origins inside the history; a member's weight in a class of demand is the inverse of its loss
/// there, to a power. A path is one of one member, drawn with the weights, so that it hangs together; the point forecast is the weighted mean.
pub struct Combination {
    pub members: Vec<Member>,
    /// Origins inside the history, and periods ahead of each.
    pub origins: usize,
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

/// Items a class must have for weights of its own.
const FEWEST: usize = 10;

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
        for (j, member) in self.members.iter().enumerate() {
            let rivals = |c: &Class| self.members.iter().filter(|m| m.classes.contains(c)).count() > 1;
            let contested = |item: &Item| {
                let class = pattern(item).class;
                member.classes.contains(&class) && rivals(&class)
            };
            for origin in origins.iter().filter(|_| member.classes.iter().any(rivals)) {
                let seen = panel.until(*origin);
                let fitted = fit(member.method.as_ref(), &seen, calendar);
                for row in score(panel, &seen, fitted.as_ref(), spec, &contested) {
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
}

impl Method for Combination {
    fn name(&self) -> String {
        "combination".into()
    }

    fn reads_shelf(&self) -> bool {
        true
    }

    fn fit(&self, panel: &Panel, calendar: &Calendar) -> Box<dyn Fitted> {
        let weights = self.weights(panel, calendar);
        let classes: Vec<Class> = panel.items.iter().map(|i| pattern(i).class).collect();
        let used = |j: usize| classes.iter().any(|c| weights[c][j] > if j > 0 { weights[c][j - 1] } else { 0.0 });
        let members = self.members.iter().enumerate();
        let members = members.map(|(j, m)| used(j).then(|| fit(m.method.as_ref(), panel, calendar))).collect();
        Box::new(FittedMixture { members, weights, classes })
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
