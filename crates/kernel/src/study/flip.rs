//! What would flip the comparison: for each supply model the value of one figure, all else alike, at which its residual
//! income is that of the first model.
//!
//! Every lever is a line near the break-even, `difference(x) = value + slope (x - at)`: a value and a slope, both with what
//! each group of replications adds to their errors. Where residual income is linear in the lever the line is read off the run
//! itself (the price of a parcel, the cost of capital, the salvage value); a premium on unit cost takes a run of its own, as
//! fees of entry have bounds. Only the delivery sensitivity, which changes what is sold, is searched for.

use super::bench::{Bench, Days};
use super::engine::Engine;
use super::outcome::{Outcome, ProductOutcome};
use super::search::{REPLICATIONS, SCREEN};
use crate::model::{Experiment, Kpi, Market, Product, Scenario, SupplyModel, Unit, mean};
use crate::sim::{Beyond, Needs, Plan};
use restock_base::stats::interval::{Estimate, Sample};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// A difference below half a hundredth of the currency is none.
const CENT: f64 = 0.005;

/// Runs at most for a premium on unit cost, and for a delivery sensitivity; each of few replications.
const STEPS: usize = 4;
const SEARCH_STEPS: usize = 12;

/// A few replications look for a delivery sensitivity until it is known so closely.
const CLOSE: f64 = 1e-5;

/// The highest delivery sensitivity that is tried, a day.
const MOST_SENSITIVE: f64 = 0.05;

/// A figure on which the conclusion hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lever {
    /// Of an order, before its weight, from locations of the model whose parcels pay duty one by one.
    ParcelPrice,
    /// On the routes of the model.
    UnitCostPremium,
    /// Yearly rate by which capital is charged, of all models, as the two that follow.
    CostOfCapital,
    /// Share of shoppers lost a day of quoted delivery beyond the usual.
    DeliverySensitivity,
    /// Share of the unit cost that is got back for what is left over.
    Salvage,
}

impl Lever {
    /// All levers.
    pub const ALL: [Lever; 5] =
        [Lever::ParcelPrice, Lever::UnitCostPremium, Lever::CostOfCapital, Lever::DeliverySensitivity, Lever::Salvage];

    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Lever::ParcelPrice => "parcel_price",
            Lever::UnitCostPremium => "unit_cost_premium",
            Lever::CostOfCapital => "cost_of_capital",
            Lever::DeliverySensitivity => "delivery_sensitivity",
            Lever::Salvage => "salvage",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Lever::ParcelPrice => "parcel price before weight",
            Lever::UnitCostPremium => "unit-cost premium",
            Lever::CostOfCapital => "cost of capital",
            Lever::DeliverySensitivity => "orders lost a day of delivery",
            Lever::Salvage => "salvage value",
        }
    }

    /// Unit of its values.
    #[must_use]
    pub fn unit(self) -> Unit {
        if self == Lever::ParcelPrice { Unit::MoneyPerOrder } else { Unit::Share }
    }

    /// Values that the lever can have.
    fn domain(self) -> (f64, f64) {
        match self {
            Lever::ParcelPrice => (0.0, f64::INFINITY),
            Lever::UnitCostPremium => (-1.0, f64::INFINITY),
            Lever::CostOfCapital => (0.0, f64::INFINITY),
            Lever::DeliverySensitivity => (0.0, MOST_SENSITIVE),
            Lever::Salvage => (0.0, 1.0),
        }
    }

    fn range(self, scenario: &Scenario) -> (f64, f64) {
        let r = &scenario.ranges;
        match self {
            Lever::ParcelPrice => r.parcel_price,
            Lever::UnitCostPremium => r.unit_cost_premium,
            Lever::CostOfCapital => r.cost_of_capital,
            Lever::DeliverySensitivity => r.delivery_sensitivity,
            Lever::Salvage => r.salvage,
        }
    }
}

/// A break-even.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Flip {
    /// The figure.
    pub lever: Lever,
    /// The scenario's value.
    pub now: f64,
    /// The break-even with Fieller's interval, which may have no bounds.
    pub at: Estimate,
    /// Where the value may lie by its source.
    pub range: (f64, f64),
    /// Distance from the scenario's value in lengths of that range.
    pub distance: f64,
}

impl Flip {
    /// Whether the break-even lies where the value may lie.
    #[must_use]
    pub fn within_range(&self) -> bool {
        (self.range.0..=self.range.1).contains(&self.at.value)
    }
}

/// What would flip the comparison of one model with the first.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFlips {
    /// Name of the supply model.
    pub model: String,
    /// Name of the first supply model.
    pub compared_with: String,
    /// Residual income more than that of the first model.
    pub difference: Estimate,
    /// Nearest first.
    pub flips: Vec<Flip>,
    /// Levers that flip nothing at any value.
    pub never: Vec<Lever>,
}

/// The mean difference near `at`: a value there, and a slope.
struct Line {
    at: f64,
    value: Sample,
    slope: Sample,
}

impl Line {
    /// Where the mean difference is 0.
    fn root(&self) -> Option<Estimate> {
        let back = self.value.over(&self.slope)?;
        let at = |ratio: f64| self.at - ratio;
        Some(match self.value.fieller(&self.slope) {
            Some((low, high)) => Estimate::between(at(back.value), at(high), at(low)),
            None => Estimate::new(at(back.value), None),
        })
    }
}

/// For every model but the first. Must run where [`super::run`] runs: on its threads. `progress` hears how many models are
/// done.
///
/// # Errors
///
/// If there are more units in some replication than can be counted.
pub(super) fn flips(
    engine: &Engine,
    scenario: &Scenario,
    experiment: &Experiment,
    products: &[ProductOutcome],
    progress: &dyn Fn(u64),
) -> Result<Vec<ModelFlips>, Beyond> {
    // Those of all products are in use at once, so that each has its part of the room.
    let kept = experiment.replications.min(REPLICATIONS) / scenario.products.len() as u32;
    let bench = |p| Bench::new(engine, scenario, p, experiment.seed, kept);
    let benches = scenario.products.iter().map(bench).collect();
    let study = Study { scenario, experiment, benches, products, known: RefCell::default() };
    let model = |m: usize| {
        let found = study.model(m);
        progress(m as u64);
        found
    };
    let flips = (1..scenario.models.len()).map(model).collect();
    match study.benches.iter().find_map(Bench::beyond) {
        Some(beyond) => Err(beyond.clone()),
        None => Ok(flips),
    }
}

struct Study<'a> {
    scenario: &'a Scenario,
    experiment: &'a Experiment,
    benches: Vec<Bench>,
    products: &'a [ProductOutcome],
    /// By model, delivery sensitivity (as bits) and replications: the first model is compared with all others.
    known: RefCell<BTreeMap<(usize, u64, u32), Sample>>,
}

impl Study<'_> {
    fn model(&self, m: usize) -> ModelFlips {
        let difference = self.change(m, Kpi::ResidualIncome);
        let mut out = ModelFlips {
            model: self.scenario.models[m].name.clone(),
            compared_with: self.scenario.models[0].name.clone(),
            difference: difference.estimate(),
            flips: Vec::new(),
            never: Vec::new(),
        };
        for lever in Lever::ALL {
            let Some(now) = self.now(lever, m) else { continue };
            let (low, high) = lever.domain();
            let range = lever.range(self.scenario);
            let at = self.line(lever, now, m, &difference).and_then(|line| line.root()).map(|at| yearly(lever, at));
            match at.filter(|at| (low..=high).contains(&at.value)) {
                Some(at) => {
                    let distance = (at.value - now).abs() / (range.1 - range.0);
                    out.flips.push(Flip { lever, now, at, range, distance });
                }
                None => out.never.push(lever),
            }
        }
        out.flips.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        out
    }

    /// The lever's value in the scenario; absent where the model has no such thing.
    fn now(&self, lever: Lever, m: usize) -> Option<f64> {
        let model = &self.scenario.models[m];
        match lever {
            Lever::ParcelPrice => {
                let l = model.locations.iter().find(|l| l.delivery.duty_per_order)?;
                if self.scenario.markets.is_empty() {
                    return Some(l.delivery.per_order);
                }
                let shares = self.scenario.ordering(&model.customers, l, self.scenario.horizon.start);
                Some(mean(&shares, self.scenario.markets.iter().map(|m| m.per_order(l))))
            }
            Lever::UnitCostPremium => Some(model.locations[0].base_route().unit_cost_premium),
            Lever::CostOfCapital => Some(self.scenario.finance.cost_of_capital),
            Lever::DeliverySensitivity => {
                // Where every market has its own there is no one value that could be raised.
                let of_model =
                    |markets: &[Market]| markets.is_empty() || markets.iter().any(|m| m.delivery_sensitivity.is_none());
                let reference = model.customers.reference_delivery_days.filter(|_| of_model(&self.scenario.markets));
                reference.map(|_| model.customers.delivery_sensitivity)
            }
            // By age there is no one value that could be raised.
            Lever::Salvage => {
                Some(self.scenario.finance.salvage).filter(|_| self.scenario.finance.salvage_by_age.is_empty())
            }
        }
    }

    fn line(&self, lever: Lever, now: f64, m: usize, difference: &Sample) -> Option<Line> {
        let value = || difference.clone();
        match lever {
            Lever::ParcelPrice => {
                let slope = self.sum(m, Kpi::Parcels).times(-1.0);
                Some(Line { at: now, value: value(), slope })
            }
            // In the daily rate: the yearly one is not linear.
            Lever::CostOfCapital => {
                let slope = self.change(m, Kpi::NetCapitalDays).times(-1.0);
                Some(Line { at: daily(now), value: value(), slope })
            }
            Lever::Salvage => {
                let slope = self.change(m, Kpi::OverhangGrowth);
                Some(Line { at: now, value: value(), slope })
            }
            Lever::UnitCostPremium => self.premium(now, m, difference),
            Lever::DeliverySensitivity => self.sensitivity(now, m, difference),
        }
    }

    /// By the secant from a premium of ten points more, until there is no difference at the break-even. The slope is that
    /// from no or from ten points more, whichever is farther: where costs bear on what is ordered the difference goes in
    /// steps. What a premium changes is the same in nearly every replication, so that the first ones tell it: it is added to the
    /// difference that all have without.
    fn premium(&self, now: f64, m: usize, difference: &Sample) -> Option<Line> {
        let few = self.experiment.replications.min(REPLICATIONS);
        let at = |more: f64| {
            let mut model = self.scenario.models[m].clone();
            for route in model.spans_mut().flat_map(|l| &mut l.routes) {
                route.unit_cost_premium += more;
            }
            self.run(&model, few)
        };
        let own = self.scenario.models[m].customers.delivery_sensitivity;
        let without = difference.clone().plus(-1.0, &self.at_sensitivity(m, own, few));
        let run = |more: f64| (more, at(more).plus(1.0, &without));
        let ends = [(0.0, difference.clone()), run(0.1)];
        let (mut before, mut last) = ((ends[0].0, ends[0].1.value), ends[1].clone());
        for _ in 0..STEPS {
            let level = last.1.value;
            let next = last.0 - level * (last.0 - before.0) / (level - before.1);
            if level.abs() < CENT || !next.is_finite() || next <= -1.0 {
                break;
            }
            before = (last.0, level);
            last = run(next);
        }
        let from = ends.iter().max_by(|a, b| (a.0 - last.0).abs().total_cmp(&(b.0 - last.0).abs()))?;
        Some(Line { at: now + last.0, slope: slope(&last, from), value: last.1 })
    }

    /// By false position, with the weight of an end that stays halved (Illinois). A few replications look for the break-even,
    /// lifted to the level that all have at the scenario's value; more of them then mend what the few found: how much the
    /// difference changes from the scenario's value on is added to what it is there. The slope is that from the
    /// scenario's value, or from the end of the search if that is farther: nearby, the difference goes in steps of single shoppers.
    fn sensitivity(&self, now: f64, m: usize, difference: &Sample) -> Option<Line> {
        let n = self.experiment.replications.min(REPLICATIONS);
        let between = |x: f64, n: u32| self.at_sensitivity(m, x, n).plus(-1.0, &self.at_sensitivity(0, x, n));
        let seen = between(now, n.min(SCREEN)).value;
        let few = |x: f64| (x, between(x, n.min(SCREEN)).value - seen + difference.value);
        let mut a = (now, difference.value);
        let mut b = [0.0, MOST_SENSITIVE].into_iter().map(few).find(|end| end.1 * a.1 <= 0.0)?;
        let far = b.0;
        let (mut weight_a, mut weight_b) = (a.1, b.1);
        for _ in 0..SEARCH_STEPS {
            if b.1.abs() < CENT || (a.0 - b.0).abs() < CLOSE || weight_a == weight_b {
                break;
            }
            let found = few(b.0 - weight_b * (b.0 - a.0) / (weight_b - weight_a));
            if found.1 * b.1 < 0.0 {
                (a, weight_a) = (b, weight_b);
            } else {
                weight_a /= 2.0;
            }
            (b, weight_b) = (found, found.1);
        }
        let without = difference.clone().plus(-1.0, &between(now, n));
        let all = |x: f64| (x, between(x, n).plus(1.0, &without));
        let here = (now, difference.clone());
        let from = if (far - b.0).abs() > (now - b.0).abs() { all(far) } else { here };
        let (mut before, mut last) = (from.clone(), all(b.0));
        for _ in 0..STEPS {
            let next = last.0 - last.1.value / slope(&last, &before).value;
            if last.1.value.abs() < CENT || !(0.0..=MOST_SENSITIVE).contains(&next) {
                break;
            }
            before = std::mem::replace(&mut last, all(next));
        }
        Some(Line { at: last.0, slope: slope(&last, &from), value: last.1 })
    }

    /// Mean residual income of model `m` at a delivery sensitivity, in the first replications.
    fn at_sensitivity(&self, m: usize, x: f64, replications: u32) -> Sample {
        let key = (m, x.to_bits(), replications);
        if let Some(known) = self.known.borrow().get(&key) {
            return known.clone();
        }
        let mut model = self.scenario.models[m].clone();
        model.customers.delivery_sensitivity = x;
        let found = self.run(&model, replications);
        self.known.borrow_mut().insert(key, found.clone());
        found
    }

    /// Mean residual income of a model in the first replications, all products together.
    fn run(&self, model: &SupplyModel, replications: u32) -> Sample {
        let of = |(product, bench): (&Product, &Bench)| {
            let plan = Plan::new(self.scenario, product, model, bench.demand(), self.experiment.seed);
            let companions = bench.companions(self.scenario, model, self.experiment.seed);
            let needs = Needs::of(&[Kpi::ResidualIncome], false);
            let rows = bench.rows((&plan, &companions), Days::AsTheyCome, 0..replications, needs);
            Sample::mean(rows.iter().map(|row| row[Kpi::ResidualIncome.index()].0))
        };
        let none = Sample::constant(0.0, replications as usize);
        self.scenario.products.iter().zip(&self.benches).map(of).fold(none, |sum, s| sum.plus(1.0, &s))
    }

    /// Mean of a KPI's numerators in the run's own replications of model `m`, all products together.
    fn sum(&self, m: usize, kpi: Kpi) -> Sample {
        let none = Sample::constant(0.0, self.experiment.replications as usize);
        self.products.iter().fold(none, |sum, p| sum.plus(1.0, &p.models[m].total(kpi)))
    }

    /// The same of model `m` less that of the first.
    fn change(&self, m: usize, kpi: Kpi) -> Sample {
        self.sum(m, kpi).plus(-1.0, &self.sum(0, kpi))
    }
}

/// Slope between two points.
fn slope(a: &(f64, Sample), b: &(f64, Sample)) -> Sample {
    a.1.clone().plus(-1.0, &b.1).times(1.0 / (a.0 - b.0))
}

fn daily(rate: f64) -> f64 {
    (rate.ln_1p() / 365.0).exp_m1()
}

/// A daily rate of capital as a yearly one; other levers as they are.
fn yearly(lever: Lever, at: Estimate) -> Estimate {
    if lever != Lever::CostOfCapital {
        return at;
    }
    let year = |rate: f64| (rate.max(-0.5).ln_1p() * 365.0).exp_m1();
    match at.interval() {
        Some((low, high)) => Estimate::between(year(at.value), year(low), year(high)),
        None => Estimate::new(year(at.value), None),
    }
}

impl Outcome {
    /// What would flip the comparison of this model with the first, if that was asked for.
    #[must_use]
    pub fn flips_of(&self, model: &str) -> Option<&ModelFlips> {
        self.flips.iter().find(|f| f.model == model)
    }
}
