//! Service against capital: each supply model over the whole range of stocks.
//!
//! A point of the frontier is the model with more or less stock than its own policies ask for (`extra-stock-days`), on the same shoppers.
//! The ends are looked for with few replications: hardly an order waits at the one, half of them do, or no stock is left to take off, at the
//! other. Points between them are laid where the curve is long: by service and by capital alike.

use super::lab::{Days, Lab};
use restock_base::diag::Error;
use restock_base::stats::interval::{Estimate, Sample};
use restock_kernel::model::{Experiment, Kpi, Scenario};
use restock_kernel::study::{BLOCK, ModelOutcome};

/// Service at the ends of a frontier.
const ENDS: (f64, f64) = (0.5, 0.995);

/// How far below its lower end a frontier may begin, as a share.
const BELOW: f64 = 0.1;

/// Days of demand by which the search for an end begins, and the most that are added or taken off.
const FIRST_STEP: f64 = 8.0;
const MOST_DAYS: f64 = 400.0;

/// Replications with which the ends are looked for.
const SCREEN: u32 = 2 * BLOCK;

/// What a frontier is of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Frontier {
    /// A share of which more is better: the fill rate, say.
    pub service: Kpi,
    /// Of which days the service is. Capital is always that of the days as they come.
    pub days: Days,
    /// Points of each model, its own policies among them; at least 3.
    pub points: usize,
    /// The service that is marked, as a share.
    pub target: f64,
}

/// The frontier of one supply model.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Name of the supply model.
    pub name: String,
    /// By rising stock.
    pub points: Vec<Point>,
    /// Which of the points is the model's own policies.
    pub present: usize,
    /// Where the curve reaches the target; absent where it does not.
    pub reached: Option<Reached>,
}

/// Where a frontier reaches its target: on the line between two points that were run.
#[derive(Debug, Clone, PartialEq)]
pub struct Reached {
    /// Days of mean demand beyond what the policies ask for.
    pub extra_days: f64,
    /// Mean capital invested, in the currency, with the error of where the target is reached. Those of several models can be paired.
    pub capital: Sample,
    /// Mean capital that one percentage point of service more costs there, in the currency; absent where the curve begins above the target.
    pub marginal: Option<Estimate>,
}

/// A supply model with some stock.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Days of mean demand beyond what the policies ask for, as `extra-stock-days` of the scenario: its own value at the present point.
    pub extra_days: f64,
    /// The service, as a share.
    pub service: Estimate,
    /// Mean capital invested, in the currency.
    pub capital: Estimate,
    /// Mean capital of the planned safety stock, in the currency.
    pub safety_capital: Estimate,
    /// Residual income over the window, in the currency.
    pub value: Estimate,
    /// Mean capital that one percentage point of service more costs, from the point before to this one; absent at the first point, and where
    /// the service does not rise.
    pub marginal: Option<Estimate>,
}

/// A point that was run.
struct Run {
    extra_days: f64,
    service: Sample,
    capital: Sample,
    safety_capital: Estimate,
    value: Estimate,
}

impl Run {
    fn spot(&self) -> Spot {
        (self.extra_days, self.service.value, self.capital.value)
    }
}

impl Frontier {
    /// Runs the frontier of every supply model. `told` hears how many points of all are done.
    ///
    /// # Errors
    ///
    /// As of [`Lab::run`].
    pub fn run(
        &self,
        lab: &Lab,
        (scenario, experiment): (&Scenario, &Experiment),
        told: &mut dyn FnMut(u64),
    ) -> Result<Vec<Curve>, Error> {
        let mut done = 0;
        let mut curves = Vec::new();
        for model in 0..scenario.models.len() {
            let ends = self.ends(lab, (scenario, experiment), model, ENDS)?;
            let mut points = vec![];
            for extra_days in [ends.0, scenario.models[model].extra_stock_days, ends.1] {
                if points.iter().all(|p: &Run| p.extra_days != extra_days) {
                    points.push(self.at(lab, (scenario, experiment), model, extra_days)?);
                    told(done + points.len() as u64);
                }
            }
            while points.len() < self.points {
                let spots: Vec<Spot> = points.iter().map(Run::spot).collect();
                let Some((at, extra_days)) = longest_gap(&spots) else { break };
                points.insert(at, self.at(lab, (scenario, experiment), model, extra_days)?);
                told(done + points.len() as u64);
            }
            done += points.len() as u64;
            let own = scenario.models[model].extra_stock_days;
            curves.push(curve(&scenario.models[model].name, &points, (own, self.target)));
        }
        Ok(curves)
    }

    /// Days of extra stock at which the curve begins and ends: where service is about as low, and as high, as this.
    pub(super) fn ends(
        &self,
        lab: &Lab,
        (scenario, experiment): (&Scenario, &Experiment),
        model: usize,
        (least, most): (f64, f64),
    ) -> Result<(f64, f64), Error> {
        let few = Experiment { replications: experiment.replications.min(SCREEN), ..*experiment };
        let own = scenario.models[model].extra_stock_days;
        let look = |extra_days: f64| -> Result<(f64, f64), Error> {
            let run = self.at(lab, (scenario, &few), model, extra_days)?;
            Ok((run.service.value, run.capital.value))
        };
        let present = look(own)?;
        let (mut high, mut served, mut step) = (own, present.0, FIRST_STEP);
        while served < most && high < own + MOST_DAYS {
            high = (high + step).min(own + MOST_DAYS);
            served = look(high)?.0;
            step *= 1.5;
        }
        let (mut before, mut low, mut here, mut step) = (own, own, present, FIRST_STEP);
        while here.0 > least && low > own - MOST_DAYS {
            let next = (low - step).max(own - MOST_DAYS);
            let there = look(next)?;
            // Nothing is left to take off.
            if there == here {
                break;
            }
            (before, low, here) = (low, next, there);
            step *= 1.5;
        }
        // The last step may have gone far below.
        while here.0 < least - BELOW && before - low > 1.0 {
            let middle = ((before + low) / 2.0).round();
            let there = look(middle)?;
            if there.0 > least {
                before = middle;
            } else {
                (low, here) = (middle, there);
            }
        }
        Ok((low, high))
    }

    fn at(
        &self,
        lab: &Lab,
        (scenario, experiment): (&Scenario, &Experiment),
        model: usize,
        extra_days: f64,
    ) -> Result<Run, Error> {
        let mut varied = scenario.clone();
        varied.models[model].extra_stock_days = extra_days;
        let outcome = lab.model(&varied, experiment, Days::AsTheyCome, model)?;
        let found = &outcome.all_products().models[0];
        let service = match self.days {
            Days::AsTheyCome => sample(found, self.service),
            Days::Ordinary => {
                sample(&lab.model(&varied, experiment, Days::Ordinary, model)?.all_products().models[0], self.service)
            }
        };
        let estimate = |kpi| sample(found, kpi).estimate();
        Ok(Run {
            extra_days,
            service,
            capital: sample(found, Kpi::InvestedCapital),
            safety_capital: estimate(Kpi::SafetyStockCapital),
            value: estimate(Kpi::ResidualIncome),
        })
    }
}

/// A KPI that exists of every model; without demand all are served.
fn sample(model: &ModelOutcome, kpi: Kpi) -> Sample {
    model.sample(kpi).unwrap_or_else(|| Sample::constant(1.0, model.replications as usize))
}

/// Extra days, service and capital of a point.
pub(super) type Spot = (f64, f64, f64);

/// Between which two points the curve is longest, and the middle of their stocks to a tenth of a day. Service and capital each count as a share
/// of their range.
pub(super) fn longest_gap(points: &[Spot]) -> Option<(usize, f64)> {
    let range = |of: fn(&Spot) -> f64| {
        let (low, high) = points.iter().map(of).fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(x), h.max(x)));
        (high - low).max(f64::MIN_POSITIVE)
    };
    let service = |p: &Spot| p.1;
    let capital = |p: &Spot| p.2;
    let (of_service, of_capital) = (range(service), range(capital));
    let gaps = points.windows(2).enumerate().filter_map(|(i, w)| {
        let middle = ((w[0].0 + w[1].0) * 5.0).round() / 10.0;
        let apart = |of: fn(&Spot) -> f64, range: f64| (of(&w[1]) - of(&w[0])) / range;
        let inside = w[0].0 < middle && middle < w[1].0;
        inside.then(|| (i + 1, middle, apart(service, of_service).hypot(apart(capital, of_capital))))
    });
    gaps.max_by(|a, b| a.2.total_cmp(&b.2)).map(|(at, middle, _)| (at, middle))
}

/// Capital that a percentage point of service more costs from one point to the next, where the service is shown to rise.
fn marginal(before: &Run, here: &Run) -> Option<Estimate> {
    let more = here.service.clone().plus(-1.0, &before.service).times(100.0);
    let capital = here.capital.clone().plus(-1.0, &before.capital);
    let rises = more.estimate().interval().is_some_and(|(low, _)| low > 0.0);
    capital.over(&more).filter(|_| rises).map(|s| s.estimate())
}

/// Where the curve reaches the target, by a straight line between the points before and behind it. To first order the error of the service moves
/// the place along that line, and the capital with it.
fn reached(points: &[Run], target: f64) -> Option<Reached> {
    let behind = points.iter().position(|p| p.service.value >= target)?;
    let here = &points[behind];
    let Some(before) = behind.checked_sub(1).map(|i| &points[i]) else {
        return Some(Reached { extra_days: here.extra_days, capital: here.capital.clone(), marginal: None });
    };
    let rise = here.service.value - before.service.value;
    let part = (target - before.service.value) / rise;
    let between = |a: &Sample, b: &Sample| a.clone().times(1.0 - part).plus(part, b);
    let service = between(&before.service, &here.service);
    let slope = (here.capital.value - before.capital.value) / rise;
    Some(Reached {
        extra_days: before.extra_days + part * (here.extra_days - before.extra_days),
        capital: between(&before.capital, &here.capital).with_error(-slope, &service),
        marginal: marginal(before, here),
    })
}

fn curve(name: &str, points: &[Run], (own, target): (f64, f64)) -> Curve {
    let point = |(i, run): (usize, &Run)| Point {
        extra_days: run.extra_days,
        service: run.service.estimate(),
        capital: run.capital.estimate(),
        safety_capital: run.safety_capital,
        value: run.value,
        marginal: i.checked_sub(1).and_then(|before| marginal(&points[before], run)),
    };
    let present = points.iter().position(|p| p.extra_days == own).unwrap_or(0);
    let each = points.iter().enumerate().map(point).collect();
    Curve { name: name.into(), points: each, present, reached: reached(points, target) }
}
