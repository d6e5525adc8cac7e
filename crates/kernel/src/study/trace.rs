//! Every event of one replication, for debugging a scenario by hand.

use crate::model::Scenario;
use crate::sim::{DemandPlan, EventKind, InGroup, Kernel, Levels, Needs, Plan, TraceEvent};
use restock_base::calendar::Day;

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceLine {
    /// Stock-keeping unit of the product.
    pub product: String,
    /// Name of the supply model.
    pub model: String,
    /// Date of the event.
    pub date: Day,
    /// Simulated day, 0 the first of the warm-up.
    pub day: usize,
    /// Name of the location; empty where the event has none.
    pub location: String,
    /// What happened.
    pub event: EventKind,
    /// How many units it concerns.
    pub units: i64,
    /// A second date of the event, such as the expected receipt of an order.
    pub other_date: Option<Day>,
    /// In the scenario's currency.
    pub money: Option<f64>,
}

/// Replays replication `number` of every product in every supply model. Where there is more than can be counted, the trace
/// ends with the day before.
#[must_use]
pub fn trace(scenario: &Scenario, seed: u64, number: u32) -> Vec<TraceLine> {
    let mut lines = Vec::new();
    for group in scenario.groups() {
        let laid_out = |p: &usize| {
            let product = &scenario.products[*p];
            let demand = DemandPlan::new(scenario, product, seed);
            let plans: Vec<Plan> =
                scenario.models.iter().map(|model| Plan::new(scenario, product, model, &demand, seed)).collect();
            (demand, plans)
        };
        let products: Vec<(DemandPlan, Vec<Plan>)> = group.iter().map(laid_out).collect();
        let in_group = products.iter().map(|(demand, plans)| InGroup { demand, plans, kept: &[] });
        let kernel = Kernel::of_group(in_group.collect(), Needs::Trace);
        kernel.block(number..number + 1, &mut kernel.desk(), &mut |m, replica| {
            let line = |e: &TraceEvent| TraceLine {
                product: scenario.products[group[replica.product]].sku.clone(),
                model: scenario.models[m].name.clone(),
                date: replica.plan.first.plus(e.day as i32),
                day: e.day,
                location: replica.plan.locations[e.location].name.clone(),
                event: e.kind,
                units: e.units,
                other_date: e.other_day.map(|d| replica.plan.first.plus(d as i32)),
                money: e.money.map(restock_base::units::Money::to_f64),
            };
            lines.extend(replica.trace().events.iter().map(line));
        });
    }
    lines
}

/// What a buyer enters for each open location of a product in a supply model, for the mean demand of an ordinary day on the first measured day.
#[must_use]
pub fn levels(scenario: &Scenario, seed: u64, (product, model): (usize, usize)) -> Vec<Levels> {
    let product = &scenario.products[product];
    let demand = DemandPlan::new(scenario, product, seed);
    Plan::new(scenario, product, &scenario.models[model], &demand, seed).levels()
}
