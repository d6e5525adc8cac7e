//! What goes wrong, one thing at a time: what it costs, how long the chain lasts without a node, and how long it takes to recover.
//!
//! Of each disruption of a scenario three things are found, in every supply model and on the same shoppers:
//!
//! - *Caused*: the scenario as it is less the scenario without the disruption, and without what only it sets off, replications paired.
//! - *One spell*: nothing goes wrong but this, once, on the first measured day, for as long as its own law says. How often somebody is then left
//!   unserved, and how long it takes from the end of the spell until all are served again and the planned safety stock is there.
//! - *Cut*: the node is down from the first measured day to the last. The days until the first shopper is left unserved are the *time to survive*
//!   (Simchi-Levi, Schmidt and Wei, "From superstorms to factory fires", Harvard Business Review 92, 2014).

use super::lab::{Days, Lab};
use restock_base::diag::Error;
use restock_base::law::Dist;
use restock_base::stats::interval::{Estimate, Sample};
use restock_kernel::model::{Disruption, Experiment, Kpi, Node, Onset, Product, Route, Scenario};
use restock_kernel::sim::DemandPlan;
use restock_kernel::study::{Measure, Outcome, ProductOutcome};

/// What is found of one disruption.
#[derive(Debug, Clone, PartialEq)]
pub struct Stress {
    /// Its name.
    pub name: String,
    /// Share of the replications in whose measured window it begins, or is down.
    pub happens: Estimate,
    /// Days of the measured window on which it is down.
    pub days_down: Estimate,
    /// In each supply model, in scenario order.
    pub models: Vec<Borne>,
}

/// What a disruption does to a supply model.
#[derive(Debug, Clone, PartialEq)]
pub struct Borne {
    /// Name of the supply model.
    pub name: String,
    /// The model passes neither the node nor one that this sets off: nothing is changed, in any replication.
    pub untouched: bool,
    /// Backorder rate caused.
    pub backorder_rate: Estimate,
    /// Unit-days of waiting caused.
    pub waiting: Estimate,
    /// Residual income caused: negative where it costs.
    pub residual_income: Estimate,
    /// Chance that somebody is left unserved after one spell.
    pub short: Option<Estimate>,
    /// Days from the end of the spell until it has recovered, over the replications that run short.
    pub recovers: Option<Estimate>,
    /// Days of full service with the node cut.
    pub survives: Option<Estimate>,
    /// Days of full service where nothing goes wrong at all.
    pub calm: Option<Estimate>,
    /// No replication runs short while the node is cut, until the window ends: the days are those of the window.
    pub outlasts: bool,
}

/// Variants that each disruption asks for, a supply model each: without it, one spell, and the node cut.
const VARIANTS: u64 = 3;

/// Those that all have in common: the scenario as it is, and one in which nothing goes wrong.
const SHARED: u64 = 2;

impl Stress {
    /// Runs that are counted for so many disruptions and supply models.
    #[must_use]
    pub fn runs(disruptions: usize, models: usize) -> u64 {
        models as u64 * (SHARED + VARIANTS * disruptions as u64)
    }

    /// Finds all of it. `told` hears how many runs are done.
    ///
    /// # Errors
    ///
    /// As of [`Lab::run`].
    pub fn run(
        lab: &Lab,
        (scenario, experiment): (&Scenario, &Experiment),
        told: &mut dyn FnMut(u64),
    ) -> Result<Vec<Stress>, Error> {
        let mut done = 0;
        let mut count = |n: u64| {
            done += n;
            told(done);
        };
        let mut out: Vec<Stress> = Vec::new();
        for (d, days) in scenario.disruptions.iter().zip(days_down(scenario, experiment)) {
            let happens = Sample::mean(days.iter().map(|days| f64::from(u8::from(*days > 0.0)))).estimate();
            let days_down = Sample::mean(days.into_iter()).estimate();
            out.push(Stress { name: d.name.clone(), happens, days_down, models: Vec::new() });
        }
        for model in 0..scenario.models.len() {
            let run = |variant: &Scenario| lab.model(variant, experiment, Days::AsTheyCome, model);
            let now = run(scenario)?;
            let calm = run(&calm(scenario))?;
            count(SHARED);
            for (number, stress) in out.iter_mut().enumerate() {
                let without = run(&without(scenario, number))?;
                let spell = run(&alone(scenario, number, false))?;
                let cut = run(&alone(scenario, number, true))?;
                count(VARIANTS);
                let untouched = !touches(scenario, model, number);
                let name = &scenario.models[model].name;
                stress.models.push(borne((name, untouched), [&now, &without, &spell, &cut, &calm]));
            }
        }
        Ok(out)
    }
}

fn borne((name, untouched): (&str, bool), [now, without, spell, cut, calm]: [&Outcome; 5]) -> Borne {
    let caused = |kpi: Kpi| {
        let of = |o: &Outcome| o.all_products().models[0].sample(kpi);
        let both = of(now).zip(of(without));
        both.map_or_else(|| Sample::constant(0.0, 1), |(now, without)| now.plus(-1.0, &without)).estimate()
    };
    // Of several products the one that runs short first, most often, or recovers last.
    let of_products = |o: &Outcome, measure: Measure| -> Vec<Estimate> {
        let of = |p: &ProductOutcome| {
            let window = p.windows.iter().position(|w| w.disruption().is_some())?;
            p.models[0].windows[window].estimate(measure)
        };
        o.products.iter().filter_map(of).collect()
    };
    let most = |all: Vec<Estimate>| all.into_iter().max_by(|a, b| a.value.total_cmp(&b.value));
    let least = |all: Vec<Estimate>| all.into_iter().min_by(|a, b| a.value.total_cmp(&b.value));
    let short_when_cut = most(of_products(cut, Measure::Short)).is_some_and(|e| e.value > 0.0);
    Borne {
        name: name.to_owned(),
        untouched,
        backorder_rate: caused(Kpi::BackorderRate),
        waiting: caused(Kpi::BacklogUnitDays),
        residual_income: caused(Kpi::ResidualIncome),
        short: most(of_products(spell, Measure::Short)),
        recovers: most(of_products(spell, Measure::DaysAfterEnd)),
        survives: least(of_products(cut, Measure::DaysToSurvive)),
        calm: least(of_products(calm, Measure::DaysToSurvive)),
        outlasts: !short_when_cut,
    }
}

/// Of each disruption, by replication: the measured days on which it is down.
fn days_down(scenario: &Scenario, experiment: &Experiment) -> Vec<Vec<f64>> {
    // Shoppers are drawn with it, of one product: disruptions are the same for all.
    let demand = DemandPlan::new(scenario, &scenario.products[0], experiment.seed);
    let window = scenario.horizon.warmup_days as usize..scenario.horizon.total() as usize;
    let mut out = vec![Vec::with_capacity(experiment.replications as usize); scenario.disruptions.len()];
    for replication in 0..experiment.replications {
        for (days, spells) in out.iter_mut().zip(demand.disruptions(replication)) {
            days.push(spells.down[window.clone()].iter().filter(|down| **down).count() as f64);
        }
    }
    out
}

/// The scenario without a disruption. What only it sets off never begins.
#[must_use]
pub fn without(scenario: &Scenario, number: usize) -> Scenario {
    let mut changed = scenario.clone();
    changed.disruptions.remove(number);
    for d in &mut changed.disruptions {
        d.sets_off.retain(|s| s.disruption != number);
        d.sets_off.iter_mut().for_each(|s| s.disruption -= usize::from(s.disruption > number));
    }
    changed
}

/// The scenario in which one disruption is all that goes wrong, with what it sets off: once from the first measured day on, or until the last one.
fn alone(scenario: &Scenario, number: usize, cut: bool) -> Scenario {
    let mut changed = scenario.clone();
    let start = scenario.horizon.start;
    for (other, d) in changed.disruptions.iter_mut().enumerate() {
        if other == number {
            let last = start.plus(scenario.horizon.days as i32 - 1);
            d.days = one_spell(d, scenario);
            d.onset = Onset::Dated { from: start, until: cut.then_some(last) };
            if cut {
                d.pace = 0.0;
                // A fire is no part of what a cut is: only that nothing passes.
                d.destroys = 0.0;
                d.sets_off.clear();
            }
        } else {
            d.onset = Onset::SetOff;
        }
    }
    changed
}

/// The scenario in which nothing goes wrong, but for a node that nobody has: so that days are counted as in the others.
fn calm(scenario: &Scenario) -> Scenario {
    let mut changed = alone(scenario, 0, true);
    changed.disruptions[0].on = Node::Stage(String::new());
    changed
}

/// Whether a supply model has the node of a disruption, or one that it may set off.
fn touches(scenario: &Scenario, model: usize, number: usize) -> bool {
    let d = &scenario.disruptions[number];
    let locations = || scenario.models[model].spans().flatten();
    let by_stage = |route: &Route| {
        let has = |product: &Product| (0..route.stages.len()).any(|k| d.on.has(product, route, k));
        scenario.products.iter().any(has)
    };
    let has_node = match &d.on {
        Node::Location(name) => locations().any(|l| l.name == *name),
        Node::Supplier(_) | Node::Factory(_) | Node::Route(_) | Node::Stage(_) => {
            locations().flat_map(|l| &l.routes).any(by_stage)
        }
    };
    has_node || d.sets_off.iter().any(|s| touches(scenario, model, s.disruption))
}

/// The law of the length of one spell.
fn one_spell(d: &Disruption, scenario: &Scenario) -> Dist {
    match d.onset {
        Onset::SetOff | Onset::PerYear(_) | Onset::Dated { until: None, .. } => d.days.clone(),
        Onset::Dated { from, until: Some(until) } => Dist::Constant(f64::from(until.0 - from.0 + 1)),
        // The mean of a geometric law. What never recovers is down for the whole window.
        Onset::Daily { recovers, .. } => {
            Dist::Constant(if recovers > 0.0 { (1.0 / recovers).round() } else { f64::from(scenario.horizon.days) })
        }
    }
}
