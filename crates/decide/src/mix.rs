//! A stock mix: how much stock each product of a catalogue has, so that all together serve as asked with the least capital.
//!
//! Each product has a response curve: units served and mean capital at a few amounts of stock, the same days of its mean demand at each point for all products, so
//! that one run gives a point of every curve. Of each curve the upper concave hull counts: between two of its corners a product may have any stock. All products
//! begin where they tie up least, and then the step is taken that serves most for its capital, of whatever product, until the target is reached. On the
//! hulls no other choice reaches it with less capital (the steps of each product come in falling order, so the sum is a knapsack with parts). The curves
//! are found with few replications, of which the hull picks the lucky points: so the choice is run on other replications, and what it is
//! aimed at is moved by what it misses there. What is compared with it, the same days more for all products, is brought to the same service in the same way.

use super::frontier::{Frontier, Spot, longest_gap};
use super::lab::{Days, Lab};
use restock_base::diag::Error;
use restock_base::stats::interval::{Estimate, Sample};
use restock_kernel::model::{Experiment, Kpi, Scenario, Terms};
use restock_kernel::study::{ModelOutcome, Outcome};

/// Service at the ends of the curves of all products together.
const ENDS: (f64, f64) = (0.8, 0.998);

/// How often a choice that misses the target on other replications is mended, and by how much it may miss it.
const ROUNDS: usize = 5;
const NEAR: f64 = 0.0002;

/// Added to the seed for the replications on which a choice is judged.
const OTHER_SEED: u64 = 0x9e37_79b9;

/// What service all products have together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// Units served over units demanded.
    Units,
    /// The same, each unit by its price.
    Value,
}

/// What a mix is to reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mix {
    /// Fill rate of all products together.
    pub target: f64,
    /// How products count in it.
    pub by: By,
    /// Points of each response curve; at least 3.
    pub points: usize,
    /// Replications of each of them.
    pub screen: u32,
}

/// A product with some stock, on the replications of its response curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// Days of mean demand beyond what the policies ask for.
    pub extra_days: f64,
    /// Units served in the window, on average.
    pub served: f64,
    /// Mean capital invested.
    pub capital: f64,
}

/// What a product has in a mix.
#[derive(Debug, Clone, PartialEq)]
pub struct Chosen {
    /// Units demanded in the window, on average.
    pub demanded: f64,
    /// At the policies as they are.
    pub now: Held,
    /// In the mix.
    pub mixed: Held,
    /// Days rounded to a tenth, as they are run and written; in units of mean demand.
    pub extra_units: f64,
}

/// All products together, on replications that no curve was read from.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// Their service.
    pub service: Sample,
    /// Mean capital invested.
    pub capital: Sample,
    /// Residual income over the window.
    pub income: Sample,
}

/// The mix of one supply model.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixed {
    /// Name of the supply model.
    pub name: String,
    /// By product.
    pub products: Vec<Chosen>,
    /// Capital and service of all products as stock is added where it serves most, and as every product has the same days more.
    pub curve: Vec<(f64, f64)>,
    /// See `curve`.
    pub alike: Vec<(f64, f64)>,
    /// The policies as they are.
    pub now: Judged,
    /// The mix; absent where no stock that was tried reaches the target.
    pub mixed: Option<Judged>,
    /// The same days more for all products that reach the target, and what they do.
    pub same_days: Option<(f64, Judged)>,
    /// Capital that service costs there, by the share: a hundred times that of a percentage point.
    pub slope: f64,
}

/// The points of every product's curve in one supply model.
struct Curves {
    /// By product and point, stock rising.
    held: Vec<Vec<Held>>,
    /// By product.
    demanded: Vec<f64>,
    /// By product: what a unit counts.
    weight: Vec<f64>,
}

/// A step along the hull of a product.
struct Step {
    product: usize,
    /// The corner that it leads to.
    to: usize,
    /// Service and capital that it adds.
    gain: f64,
    cost: f64,
}

impl Mix {
    /// Finds the mix of a supply model.
    ///
    /// # Errors
    ///
    /// As of [`Lab::run`].
    pub fn run(
        &self,
        lab: &Lab,
        (scenario, experiment): (&Scenario, &Experiment),
        model: usize,
        told: &mut dyn FnMut(u64),
    ) -> Result<Mixed, Error> {
        let few = Experiment { replications: self.screen.min(experiment.replications), ..*experiment };
        let (curves, own) = self.curves(lab, (scenario, &few), model, told)?;
        let hulls: Vec<Vec<Held>> = curves.held.iter().map(|points| hull(points)).collect();
        let other = Experiment { seed: experiment.seed ^ OTHER_SEED, ..*experiment };
        let days_of = |held: &[Held]| held.iter().map(|h| tenth(h.extra_days)).collect::<Vec<f64>>();
        let now: Vec<Held> = curves.held.iter().map(|points| points[own]).collect();
        let judge = |days: &[f64]| self.judge(lab, (scenario, &other), model, days);
        let mixed = self.settle(&judge, &|aim| {
            choose(&curves, &hulls, aim).map(|held| {
                let days = days_of(&held);
                (held, days)
            })
        })?;
        let same = self.settle(&judge, &|aim| {
            let days = tenth(alike(&curves, aim)?);
            Some((days, vec![days; scenario.products.len()]))
        })?;
        let held = mixed.as_ref().map_or(&now, |(held, _)| held);
        let means: Vec<f64> = scenario.products.iter().map(|p| p.demand.moments().0).collect();
        let chosen = |p: usize| Chosen {
            demanded: curves.demanded[p],
            now: now[p],
            mixed: Held { extra_days: tenth(held[p].extra_days), ..held[p] },
            extra_units: (tenth(held[p].extra_days) * means[p]).round(),
        };
        Ok(Mixed {
            name: scenario.models[model].name.clone(),
            products: (0..scenario.products.len()).map(chosen).collect(),
            curve: along(&curves, &hulls),
            alike: (0..curves.held[0].len()).map(|k| curves.together(&|points| points[k])).collect(),
            now: judge(&days_of(&now))?,
            mixed: mixed.map(|(_, judged)| judged),
            slope: slope(&curves, self.target),
            same_days: same,
        })
    }

    /// The response curves, and which of their points is the policies as they are.
    fn curves(
        &self,
        lab: &Lab,
        (scenario, few): (&Scenario, &Experiment),
        model: usize,
        told: &mut dyn FnMut(u64),
    ) -> Result<(Curves, usize), Error> {
        let frontier =
            Frontier { service: Kpi::FillRate, days: Days::AsTheyCome, points: self.points, target: self.target };
        let own = scenario.models[model].extra_stock_days;
        let ends = frontier.ends(lab, (scenario, few), model, ENDS)?;
        // By rising stock: the days, and what each product has and is asked for.
        let mut found: Vec<(f64, Vec<Held>, Vec<f64>)> = Vec::new();
        let mut add = |found: &mut Vec<_>, at: usize, days: f64| -> Result<(), Error> {
            let outcome = of_days(lab, (scenario, few), model, &vec![days; scenario.products.len()])?;
            let held = |p| held(&outcome, p, days);
            let (held, demanded): (Vec<Held>, Vec<f64>) = (0..scenario.products.len()).map(held).unzip();
            found.insert(at, (days, held, demanded));
            told(found.len() as u64);
            Ok(())
        };
        for days in [ends.0, own, ends.1] {
            let at = found.len();
            if found.iter().all(|(known, ..)| *known != days) {
                add(&mut found, at, days)?;
            }
        }
        let spot = |(days, held, demanded): &(f64, Vec<Held>, Vec<f64>)| {
            let (served, capital) = held.iter().fold((0.0, 0.0), |all, h| (all.0 + h.served, all.1 + h.capital));
            (*days, served / demanded.iter().sum::<f64>().max(f64::MIN_POSITIVE), capital)
        };
        while found.len() < self.points {
            let spots: Vec<Spot> = found.iter().map(spot).collect();
            let Some((at, days)) = longest_gap(&spots) else { break };
            add(&mut found, at, days)?;
        }
        let own = found.iter().position(|(days, ..)| *days == own).unwrap_or(0);
        let products = 0..scenario.products.len();
        let of = |p: usize| found.iter().map(|(_, held, _)| held[p]).collect();
        let weight = |p: usize| if self.by == By::Value { scenario.products[p].price } else { 1.0 };
        let curves = Curves {
            held: products.clone().map(of).collect(),
            demanded: products.clone().map(|p| found[own].2[p]).collect(),
            weight: products.map(weight).collect(),
        };
        Ok((curves, own))
    }

    /// The choice that comes to the target on other replications: what it is aimed at on the curves is moved by what it misses there. Absent where the
    /// curves do not reach the target.
    fn settle<T>(
        &self,
        judge: &dyn Fn(&[f64]) -> Result<Judged, Error>,
        choose: &dyn Fn(f64) -> Option<(T, Vec<f64>)>,
    ) -> Result<Option<(T, Judged)>, Error> {
        let mut best: Option<(T, Judged)> = None;
        let mut aim = self.target;
        let off = |judged: &Judged| (self.target - judged.service.value).abs();
        for _ in 0..ROUNDS {
            let Some((choice, days)) = choose(aim) else { break };
            let judged = judge(&days)?;
            let (missed, by) = (off(&judged), self.target - judged.service.value);
            if best.as_ref().is_none_or(|(_, before)| missed < off(before)) {
                best = Some((choice, judged));
            }
            if missed <= NEAR {
                break;
            }
            aim = (aim + by).min(1.0);
        }
        Ok(best)
    }

    /// What all products do together with these days more.
    fn judge(
        &self,
        lab: &Lab,
        (scenario, experiment): (&Scenario, &Experiment),
        model: usize,
        days: &[f64],
    ) -> Result<Judged, Error> {
        let outcome = of_days(lab, (scenario, experiment), model, days)?;
        let models = || outcome.products.iter().map(|p| &p.models[0]);
        let weights = scenario.products.iter().map(|p| if self.by == By::Value { p.price } else { 1.0 });
        let known = |sample: Option<Sample>, value| {
            sample.unwrap_or_else(|| Sample::constant(value, outcome.replications as usize))
        };
        Ok(Judged {
            service: known(ModelOutcome::weighed(models().zip(weights), Kpi::FillRate), 1.0),
            capital: known(ModelOutcome::added_up(models(), Kpi::InvestedCapital), 0.0),
            income: known(ModelOutcome::added_up(models(), Kpi::ResidualIncome), 0.0),
        })
    }
}

impl Mixed {
    /// Capital that the mix ties up less than the same days more for all products at the same service: what one of them serves more on the replications by which
    /// they are judged counts for what it costs. So the error holds that of the service, too.
    #[must_use]
    pub fn saves(&self) -> Option<Estimate> {
        let (mixed, (_, alike)) = (self.mixed.as_ref()?, self.same_days.as_ref()?);
        let capital = alike.capital.clone().plus(-1.0, &mixed.capital);
        Some(capital.plus(-self.slope, &alike.service).plus(self.slope, &mixed.service).estimate())
    }
}

impl Curves {
    /// Capital and service of all products, each with one of its points.
    fn together(&self, point: &dyn Fn(&[Held]) -> Held) -> (f64, f64) {
        let (mut capital, mut served, mut demanded) = (0.0, 0.0, 0.0);
        for ((points, units), weight) in self.held.iter().zip(&self.demanded).zip(&self.weight) {
            let held = point(points);
            capital += held.capital;
            served += weight * held.served;
            demanded += weight * units;
        }
        (capital, if demanded > 0.0 { served / demanded } else { 1.0 })
    }

    fn demand(&self) -> f64 {
        self.demanded.iter().zip(&self.weight).map(|(units, weight)| units * weight).sum()
    }
}

/// Days as they are run and written.
fn tenth(days: f64) -> f64 {
    (days * 10.0).round() / 10.0
}

/// All products in one supply model, each with so many days of its mean demand beyond what the policies ask for.
fn of_days(
    lab: &Lab,
    (scenario, experiment): (&Scenario, &Experiment),
    model: usize,
    days: &[f64],
) -> Result<std::sync::Arc<Outcome>, Error> {
    let name = &scenario.models[model].name;
    let mut varied = scenario.clone();
    let own = scenario.models[model].extra_stock_days;
    for (product, days) in varied.products.iter_mut().zip(days) {
        let besides = days - own;
        match product.in_models.iter_mut().find(|(of, _)| of == name) {
            Some((_, terms)) => terms.extra_stock_days += besides,
            None => {
                let terms = Terms { extra_stock_days: besides, ..Terms::default() };
                product.in_models.push((name.clone(), terms));
            }
        }
    }
    lab.model(&varied, experiment, Days::AsTheyCome, model)
}

/// What a product has and serves in an outcome, and what is demanded of it.
fn held(outcome: &Outcome, product: usize, extra_days: f64) -> (Held, f64) {
    let found = &outcome.products[product].models[0];
    let n = f64::from(found.replications).max(1.0);
    let (served, demanded) =
        found.sums(Kpi::FillRate).iter().fold((0.0, 0.0), |all, own| (all.0 + own.0, all.1 + own.1));
    let capital = found.sample(Kpi::InvestedCapital).map_or(0.0, |s| s.value);
    (Held { extra_days, served: served / n, capital }, demanded / n)
}

/// The upper concave hull of a curve: corners by rising capital and service, the steps between them ever less worth their capital.
fn hull(points: &[Held]) -> Vec<Held> {
    let mut by_capital = points.to_vec();
    by_capital.sort_by(|a, b| a.capital.total_cmp(&b.capital).then(b.served.total_cmp(&a.served)));
    let mut out: Vec<Held> = Vec::new();
    let slope = |a: &Held, b: &Held| (b.served - a.served) / (b.capital - a.capital);
    for point in by_capital {
        if out.last().is_some_and(|last| point.served <= last.served || point.capital <= last.capital) {
            continue;
        }
        while out.len() > 1 && slope(&out[out.len() - 2], &out[out.len() - 1]) <= slope(&out[out.len() - 1], &point) {
            out.pop();
        }
        out.push(point);
    }
    out
}

/// Every step of every hull, those first that serve most for their capital.
fn steps(curves: &Curves, hulls: &[Vec<Held>]) -> Vec<Step> {
    let of = |(product, hull): (usize, &Vec<Held>)| {
        let weight = curves.weight[product];
        let step = move |(i, w): (usize, &[Held])| Step {
            product,
            to: i + 1,
            gain: weight * (w[1].served - w[0].served),
            cost: w[1].capital - w[0].capital,
        };
        hull.windows(2).enumerate().map(step).collect::<Vec<_>>()
    };
    let mut all: Vec<Step> = hulls.iter().enumerate().flat_map(of).collect();
    let worth = |step: &Step| step.gain / step.cost;
    all.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.product.cmp(&b.product)).then(a.to.cmp(&b.to)));
    all
}

/// What service costs where every product has the same days more and they reach the target; 0 where that cannot be told.
fn slope(curves: &Curves, target: f64) -> f64 {
    let at = |k: usize| curves.together(&|points| points[k]);
    let behind = (1..curves.held[0].len()).find(|k| at(*k).1 >= target);
    let Some((before, here)) = behind.map(|k| (at(k - 1), at(k))) else { return 0.0 };
    if here.1 > before.1 { (here.0 - before.0) / (here.1 - before.1) } else { 0.0 }
}

/// The days more of every product alike that reach a service on the curves.
fn alike(curves: &Curves, target: f64) -> Option<f64> {
    let service = |k: usize| curves.together(&|points| points[k]).1;
    let behind = (0..curves.held[0].len()).find(|k| service(*k) >= target)?;
    let days = |k: usize| curves.held[0][k].extra_days;
    let Some(before) = behind.checked_sub(1) else { return Some(days(behind)) };
    let part = (target - service(before)) / (service(behind) - service(before));
    Some(days(before) + part * (days(behind) - days(before)))
}

/// What each product has where all together reach a service with the least capital; absent where they do not reach it.
fn choose(curves: &Curves, hulls: &[Vec<Held>], target: f64) -> Option<Vec<Held>> {
    let mut held: Vec<Held> = hulls.iter().map(|hull| hull[0]).collect();
    let start: f64 = held.iter().zip(&curves.weight).map(|(h, weight)| h.served * weight).sum();
    let mut missing = target * curves.demand() - start;
    if missing <= 0.0 {
        return Some(held);
    }
    for step in steps(curves, hulls) {
        let (from, to) = (held[step.product], hulls[step.product][step.to]);
        if step.gain < missing {
            held[step.product] = to;
            missing -= step.gain;
            continue;
        }
        let part = missing / step.gain;
        let between = |of: fn(&Held) -> f64| of(&from) + part * (of(&to) - of(&from));
        held[step.product] = Held {
            extra_days: between(|h| h.extra_days),
            served: between(|h| h.served),
            capital: between(|h| h.capital),
        };
        return Some(held);
    }
    None
}

/// Capital and service of all products, step by step.
fn along(curves: &Curves, hulls: &[Vec<Held>]) -> Vec<(f64, f64)> {
    let demand = curves.demand().max(f64::MIN_POSITIVE);
    let mut capital: f64 = hulls.iter().map(|hull| hull[0].capital).sum();
    let mut served: f64 = hulls.iter().zip(&curves.weight).map(|(hull, weight)| hull[0].served * weight).sum();
    let mut out = vec![(capital, served / demand)];
    for step in steps(curves, hulls) {
        capital += step.cost;
        served += step.gain;
        out.push((capital, served / demand));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(extra_days: f64, served: f64, capital: f64) -> Held {
        Held { extra_days, served, capital }
    }

    #[test]
    fn a_hull_has_falling_steps_and_no_point_above_it() {
        let points = [
            held(0.0, 50.0, 10.0),
            held(1.0, 52.0, 20.0),
            held(2.0, 70.0, 25.0),
            held(3.0, 69.0, 30.0),
            held(4.0, 75.0, 40.0),
        ];
        let corners: Vec<f64> = hull(&points).iter().map(|h| h.extra_days).collect();
        assert_eq!(corners, [0.0, 2.0, 4.0]);
        // Stock that ties up more and serves no more is no corner.
        assert_eq!(hull(&[held(0.0, 9.0, 5.0), held(1.0, 9.0, 6.0)]).len(), 1);
        assert_eq!(hull(&[held(0.0, 9.0, 5.0), held(1.0, 12.0, 5.0)])[0].served, 12.0);
    }

    /// Two products by hand: of the first a step serves 20 units for 10, then 10 for 20; of the second 30 for 30. 100 are demanded of each.
    #[test]
    fn the_least_capital_takes_the_steps_that_serve_most() {
        let hulls = vec![
            vec![held(0.0, 50.0, 10.0), held(5.0, 70.0, 20.0), held(9.0, 80.0, 40.0)],
            vec![held(0.0, 60.0, 10.0), held(6.0, 90.0, 40.0)],
        ];
        let curves = |weight: Vec<f64>| Curves { held: hulls.clone(), demanded: vec![100.0, 100.0], weight };
        // 140 of 200: 110 are served with the least, the first step brings 20, and a third of the second product's the rest.
        let chosen = choose(&curves(vec![1.0, 1.0]), &hulls, 0.7).unwrap();
        assert_eq!(chosen, [held(5.0, 70.0, 20.0), held(2.0, 70.0, 20.0)]);
        assert_eq!(choose(&curves(vec![1.0, 1.0]), &hulls, 0.5).unwrap(), [hulls[0][0], hulls[1][0]]);
        assert!(choose(&curves(vec![1.0, 1.0]), &hulls, 0.86).is_none());
        // By value a unit of the second counts thrice: its step comes first. 440 x 0.. of 400 demanded.
        let chosen = choose(&curves(vec![1.0, 3.0]), &hulls, 0.75).unwrap();
        assert_eq!((chosen[0], chosen[1].extra_days.round()), (hulls[0][0], 5.0));
    }

    /// Brute force over a fine grid finds nothing cheaper.
    #[test]
    fn no_other_choice_on_the_hulls_is_cheaper() {
        let hulls = vec![
            vec![held(0.0, 40.0, 5.0), held(4.0, 70.0, 25.0), held(8.0, 85.0, 60.0)],
            vec![held(0.0, 20.0, 1.0), held(4.0, 45.0, 9.0), held(8.0, 50.0, 30.0)],
            vec![held(0.0, 5.0, 2.0), held(8.0, 9.0, 22.0)],
        ];
        let curves = Curves { held: hulls.clone(), demanded: vec![90.0, 50.0, 10.0], weight: vec![1.0; 3] };
        let at = |hull: &[Held], x: f64| {
            let i = (x as usize).min(hull.len() - 2);
            let part = x - i as f64;
            let of = |f: fn(&Held) -> f64| f(&hull[i]) * (1.0 - part) + f(&hull[i + 1]) * part;
            (of(|h| h.served), of(|h| h.capital))
        };
        for target in [0.5, 0.6, 0.7, 0.8, 0.9] {
            let chosen: f64 = choose(&curves, &hulls, target).unwrap().iter().map(|h| h.capital).sum();
            let mut least = f64::INFINITY;
            for a in 0..=100 {
                for b in 0..=100 {
                    for c in 0..=50 {
                        let parts = [
                            at(&hulls[0], f64::from(a) / 50.0),
                            at(&hulls[1], f64::from(b) / 50.0),
                            at(&hulls[2], f64::from(c) / 50.0),
                        ];
                        if parts.iter().map(|p| p.0).sum::<f64>() >= target * 150.0 {
                            least = least.min(parts.iter().map(|p| p.1).sum());
                        }
                    }
                }
            }
            assert!(chosen <= least + 1e-9, "{target}: {chosen}, {least}");
        }
    }
}
