//! Every event of one replication, for debugging a scenario by hand.

use crate::calendar::Day;
use crate::model::Scenario;
use crate::sim::{DayRecord, DemandPlan, Event, EventKind, Flows, Path, Plan, Probe, State, replication};

/// One event.
#[derive(Debug, Clone, PartialEq)]
pub struct TraceLine {
    pub product: String,
    pub model: String,
    pub date: Day,
    /// Simulated day, 0 the first of the warm-up.
    pub day: usize,
    pub location: String,
    pub event: EventKind,
    pub units: i64,
    pub other_date: Option<Day>,
    /// In the scenario's currency.
    pub money: Option<f64>,
}

/// Replays replication `number` of every product in every supply model.
#[must_use]
pub fn trace(scenario: &Scenario, seed: u64, number: u32) -> Vec<TraceLine> {
    let mut lines = Vec::new();
    let mut path = Path::default();
    for product in &scenario.products {
        let demand = DemandPlan::new(scenario, product, seed);
        demand.draw(number, &mut path);
        for model in &scenario.models {
            let plan = Plan::new(scenario, product, model, &demand, seed);
            let mut collector =
                Collector { product: &product.sku, model: &model.name, first: plan.first, lines: &mut lines };
            // Where there is more than can be counted, the trace ends with the day before.
            let _ = replication(&plan, &path, number, &mut State::new(&plan), &mut collector);
        }
    }
    lines
}

struct Collector<'a> {
    product: &'a str,
    model: &'a str,
    first: Day,
    lines: &'a mut Vec<TraceLine>,
}

impl Probe for Collector<'_> {
    const EVENTS: bool = true;

    fn day(&mut self, _day: usize, _record: &DayRecord, _flows: &Flows) {}

    fn event(&mut self, e: Event<'_>) {
        self.lines.push(TraceLine {
            product: self.product.into(),
            model: self.model.into(),
            date: self.first.plus(e.day as i32),
            day: e.day,
            location: e.location.into(),
            event: e.kind,
            units: e.units,
            other_date: e.other_day.map(|d| self.first.plus(d as i32)),
            money: e.money.map(crate::units::Money::to_f64),
        });
    }
}
