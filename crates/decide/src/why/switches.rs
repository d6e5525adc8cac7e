//! Causes, switched off: one function a cause, each a change of the scenario alone.
//!
//! What is not there is left as it is, so that to switch off what a scenario does not have changes no bit. Policies keep the parameters
//! that they were given: levels in units stay, and policies that plan by a forecast plan anew, with the lead time, its variance and the
//! review interval that there are then.

use super::Cause;
use restock_base::calendar::WorkCalendar;
use restock_base::law::Dist;
use restock_kernel::model::{
    BaseOrder, Baseline, Calendar, Forecast, Location, PartialContainer, Policy, Product, Regime, Route, Scenario,
    Stage, SupplyModel,
};

/// The scenario without the causes that are `off`.
#[must_use]
pub fn without(scenario: &Scenario, off: impl Fn(Cause) -> bool) -> Scenario {
    let mut changed = scenario.clone();
    // The variance goes first: it is made of the lead time that there is.
    if off(Cause::LeadTimeVariance) {
        hold_lead_times(&mut changed);
    }
    if off(Cause::LeadTime) {
        shorten_lead_times(&mut changed);
    }
    if off(Cause::LotsAndReview) {
        order_daily_and_singly(&mut changed);
    }
    if off(Cause::ForecastError) {
        know_the_law(&mut changed);
    }
    if off(Cause::Spike) {
        calm_demand(&mut changed);
    }
    changed
}

/// Whether a supply model is another one without a cause, or has other shoppers.
pub(super) fn changes(scenario: &Scenario, model: usize, cause: Cause) -> bool {
    let changed = without(scenario, |c| c == cause);
    let alone = |s: &Scenario| format!("{:?} {:?} {:?} {:?}", s.models[model], s.products, s.regimes, s.disruptions);
    alone(scenario) != alone(&changed)
}

/// Replenishment time off: no stage takes longer than nothing, but for what it takes beyond its mean. So an order is received on the
/// day after it was placed, the least that there is, unless something delays it; what delays is the variance, and a cause of its
/// own. Factories have no limit, because to wait for one is part of the time that goods take.
fn shorten_lead_times(scenario: &mut Scenario) {
    scenario.products.iter_mut().for_each(|p| p.factory_capacity = None);
    every_stage(&mut scenario.models, |stage| stage.days = beyond_its_mean(&stage.days));
}

/// Equally likely parts by which the law of what exceeds a mean is taken.
const PARTS: u32 = 400;

/// A stage that is over at once with this chance has no time of its own: all that it ever takes is a delay. Where a mean was taken off before,
/// this holds for any law of one peak, so that nothing is taken off twice.
const AT_ONCE: f64 = 0.25;

/// `max(X - E X, 0)`: by the middles of [`PARTS`] equally likely parts, and exactly nothing of a constant.
fn beyond_its_mean(days: &Dist) -> Dist {
    if days.is_constant() {
        return Dist::Constant(0.0);
    }
    if days.cdf(0.0) >= AT_ONCE {
        return days.clone();
    }
    let middle = |i: u32| days.quantile((f64::from(i) + 0.5) / f64::from(PARTS));
    Dist::empirical((0..PARTS).map(|i| (middle(i) - days.mean()).max(0.0)).collect())
}

/// The variance of the replenishment time off: each stage takes its mean, in calendar days, lateness, regimes and days without work
/// included, whenever it begins. Nothing goes wrong. What a regime does to freight rates stays.
fn hold_lead_times(scenario: &mut Scenario) {
    let weights: Vec<Vec<f64>> = scenario.regimes.iter().map(|r| weights(r, scenario)).collect();
    let held = scenario.clone();
    scenario.disruptions.clear();
    for model in &mut scenario.models {
        for route in model.spans_mut().flat_map(|l| &mut l.routes) {
            let varies = |s: &Stage| s.waits_for.is_none() && varies(s, &held);
            if !route.stages.iter().any(varies) {
                continue;
            }
            // What takes the same time for all cannot cross. The rule for those that do not counts each stage in whole days.
            route.order_crossing = true;
            for stage in route.stages.iter_mut().filter(|s| varies(s)) {
                let state = stage.regime.map(|id| (&held.regimes[id.0], weights[id.0].as_slice()));
                let worked = mean_days(stage, state);
                stage.days = Dist::Constant(on_the_calendar(&held, stage, worked));
                (stage.late, stage.calendar) = (None, None);
            }
        }
    }
    for regime in &mut scenario.regimes {
        if is_felt(regime) {
            regime.states.iter_mut().for_each(|s| (s.duration, s.late) = (1.0, 1.0));
        }
    }
}

/// Whether a stage does not always take the same time.
fn varies(stage: &Stage, scenario: &Scenario) -> bool {
    let stands_still = |c: &Calendar| !c.closed_weekdays.is_empty() || !c.closures.is_empty();
    !stage.days.is_constant()
        || stage.late.is_some()
        || stage.calendar.is_some_and(|id| stands_still(&scenario.calendars[id.0]))
        || stage.regime.is_some_and(|id| is_felt(&scenario.regimes[id.0]))
}

/// Whether some state of a regime makes stages slower or later.
fn is_felt(regime: &Regime) -> bool {
    regime.states.iter().any(|s| s.duration != 1.0 || s.late != 1.0)
}

/// Share of the days of a run that a regime is in each of its states, on average: dated spells as they are, other days by the mean stays.
fn weights(regime: &Regime, scenario: &Scenario) -> Vec<f64> {
    let by_chance = by_chance(regime);
    let horizon = &scenario.horizon;
    let mut out = vec![0.0; regime.states.len()];
    let days = horizon.begin()..horizon.total();
    let each = 1.0 / days.len().max(1) as f64;
    for day in days {
        let date = horizon.first().plus(day as i32);
        match regime.scripted.iter().rev().find(|(from, to, _)| *from <= date && date <= *to) {
            Some((_, _, state)) => out[*state] += each,
            None => out.iter_mut().zip(&by_chance).for_each(|(share, p)| *share += each * p),
        }
    }
    out
}

/// Chances of the states on a day that no dated spell decides. From each state the others follow with equal chances, so that a state is
/// met in proportion to its mean stay; one that is never left is stayed in.
fn by_chance(regime: &Regime) -> Vec<f64> {
    let stays: Vec<f64> = regime.states.iter().map(|s| s.mean_days).collect();
    let for_ever: Vec<usize> = (0..stays.len()).filter(|i| stays[*i].is_infinite()).collect();
    let one = |state: usize| (0..stays.len()).map(|i| f64::from(u8::from(i == state))).collect();
    match for_ever.as_slice() {
        [] => {
            let all: f64 = stays.iter().sum();
            stays.iter().map(|stay| stay / all).collect()
        }
        [first, ..] => one(Some(regime.first.unwrap_or(0)).filter(|i| for_ever.contains(i)).unwrap_or(*first)),
    }
}

/// Mean working days of a stage, in the states of its regime by their weights.
fn mean_days(stage: &Stage, regime: Option<(&Regime, &[f64])>) -> f64 {
    let late = |factor: f64| stage.late.as_ref().map_or(0.0, |l| (l.probability * factor).min(1.0) * l.days.mean());
    match regime {
        None => stage.days.mean() + late(1.0),
        Some((regime, weights)) => {
            let in_state = regime.states.iter().map(|s| s.duration * stage.days.mean() + late(s.late));
            in_state.zip(weights).map(|(days, weight)| days * weight).sum()
        }
    }
}

/// Days of the calendar that so many working days of a stage take, on average over the days of the run on which it can begin.
fn on_the_calendar(scenario: &Scenario, stage: &Stage, worked: f64) -> f64 {
    let Some(id) = stage.calendar else { return worked };
    /// Days beyond the run that a stage may last.
    const BEYOND: usize = 1_000;
    let calendar = &scenario.calendars[id.0];
    let days = scenario.horizon.total() as usize;
    let first = scenario.horizon.first().plus(1);
    let work = WorkCalendar::new(first, days + BEYOND, &calendar.closed_weekdays, &calendar.closures);
    let takes = |day: usize| work.finish(day as f64, worked) - day as f64;
    (0..days).map(takes).sum::<f64>() / days.max(1) as f64
}

/// Lots and review off: every evening is a review, and an order has as many units as are needed, without minimum, multiple, container to
/// be filled, or amount that is paid by the order. A reorder point stays where it is, and the lot above it goes.
fn order_daily_and_singly(scenario: &mut Scenario) {
    let lots_of_products: Vec<bool> = scenario.products.iter().map(has_minimum).collect();
    let everywhere = lots_of_products.contains(&true);
    for model in &mut scenario.models {
        for l in model.spans_mut().filter(|l| everywhere || has_lots(l)) {
            order_singly(l);
        }
    }
    scenario.products.iter_mut().filter(|p| has_minimum(p)).for_each(|p| p.minimum_order = Some(1));
}

fn has_minimum(product: &Product) -> bool {
    product.minimum_order.is_some_and(|least| least > 1)
}

/// Whether anything but need decides when, and how much, is ordered for a location.
fn has_lots(l: &Location) -> bool {
    let boxes = |r: &Route| r.lots_of.is_some() || r.stages.iter().any(|s| s.waits_for.is_some());
    daily(&l.policy) != l.policy || l.minimum_order > 1 || l.order_multiple > 1 || l.routes.iter().any(boxes)
}

fn order_singly(l: &mut Location) {
    // One order is one order.
    if matches!(l.policy, Policy::OneTime { .. }) {
        return;
    }
    l.policy = daily(&l.policy);
    (l.minimum_order, l.order_multiple) = (l.minimum_order.min(1), 1);
    let own: Vec<Route> = l.routes.iter().map(|r| l.routes[l.stands_for(index(&l.routes, r))].clone()).collect();
    for (route, own) in l.routes.iter_mut().zip(own) {
        // What stands for a route where lots are large is that route.
        if route.lots_of.is_some() {
            (route.stages, route.unit_cost_premium) = (own.stages, own.unit_cost_premium);
        }
        for stage in route.stages.iter_mut().filter(|s| s.waits_for.is_some()) {
            (stage.waits_for, stage.days) = (None, Dist::Constant(0.0));
        }
        if let Some(container) = &mut route.freight.container {
            container.partial = PartialContainer::Shared;
        }
        route.handling.per_purchase_order = 0.0;
        (route.entry_fees.processing_range.0, route.entry_fees.broker) = (0.0, 0.0);
    }
}

fn index(routes: &[Route], of: &Route) -> usize {
    routes.iter().position(|r| std::ptr::eq(r, of)).unwrap_or(0)
}

/// The policy with a review every evening, and lots of one unit.
fn daily(policy: &Policy) -> Policy {
    let review_days = 1;
    match *policy {
        Policy::BaseStock { .. } | Policy::OneTime { .. } => policy.clone(),
        Policy::MinMax { reorder_point, .. } => {
            Policy::MinMax { reorder_point, order_up_to: reorder_point + 1, review_days }
        }
        Policy::ReorderQuantity { reorder_point, .. } => {
            Policy::ReorderQuantity { reorder_point, quantity: 1, review_days }
        }
        Policy::OrderUpToLevel { level, .. } => Policy::OrderUpToLevel { level, review_days },
        Policy::OrderUpToForecast { safety_stock, pooled, .. } => {
            Policy::OrderUpToForecast { safety_stock, pooled, review_days }
        }
        Policy::DaysOfCover { days, .. } => Policy::DaysOfCover { days, review_days },
        Policy::DualIndex { regular, expedite, .. } => Policy::DualIndex { regular, expedite, review_days },
        // A constant order is a rate: it is kept to the unit, in the smallest whole orders that make it. A share of the forecast is a rate already.
        Policy::BaseSurge { base: BaseOrder::Units(quantity), expedite, review_days } => {
            let orders = greatest_common_divisor(quantity.unsigned_abs(), u64::from(review_days)).max(1) as u32;
            let base = BaseOrder::Units(quantity / i64::from(orders));
            Policy::BaseSurge { base, expedite, review_days: review_days / orders }
        }
        Policy::BaseSurge { base: BaseOrder::Share(share), expedite, .. } => {
            Policy::BaseSurge { base: BaseOrder::Share(share), expedite, review_days }
        }
    }
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Forecast error off: the planner knows the law of demand, and no more: its level, season and planned campaigns, without a bias. Where
/// demand is a fitted model, whose level moves, that law is known by the model's own filter. Who foresees surges has no forecast
/// error, and stays.
fn know_the_law(scenario: &mut Scenario) {
    let fitted = scenario.products.iter().any(|p| matches!(p.demand.baseline, Baseline::Forecast(_)));
    for model in &mut scenario.models {
        model.planner.bias = 0.0;
        model.planner.forecast = match model.planner.forecast {
            Forecast::Truth => Forecast::Truth,
            Forecast::TruthWithoutSurges if !fitted => Forecast::TruthWithoutSurges,
            Forecast::TruthWithoutSurges
            | Forecast::ExponentialSmoothing { .. }
            | Forecast::MovingAverage { .. }
            | Forecast::Fitted => {
                if fitted {
                    Forecast::Fitted
                } else {
                    Forecast::TruthWithoutSurges
                }
            }
        };
    }
}

/// The spike off: ordinary days, without surges and unplanned campaigns. Planned campaigns stay.
fn calm_demand(scenario: &mut Scenario) {
    let under_way = |p: &Product| p.demand.surge.as_ref().is_some_and(|s| !s.under_way.is_empty());
    for product in scenario.products.iter_mut().filter(|p| p.demand.has_surprises() || under_way(p)) {
        product.demand = product.demand.without_surprises();
    }
}

/// Does something to every stage but those in which goods wait for a container: that wait is one of lots.
fn every_stage(models: &mut [SupplyModel], change: impl Fn(&mut Stage)) {
    let routes = models.iter_mut().flat_map(SupplyModel::spans_mut).flat_map(|l| &mut l.routes);
    routes.flat_map(|r| &mut r.stages).filter(|s| s.waits_for.is_none()).for_each(change);
}

#[cfg(test)]
mod tests {
    use super::*;
    use restock_kernel::model::{Late, Level, Place};

    fn stage(days: Dist) -> Stage {
        let (late, calendar, regime, scrap, waits_for) = (None, None, None, None, None);
        let (name, production, place) = ("Ocean".into(), false, Place::InTransit);
        Stage { name, days, late, calendar, regime, scrap, production, place, waits_for }
    }

    /// Of a uniform law on 10 to 30 half is beyond 20: 5 days if it is, 2.5 on average.
    #[test]
    fn what_exceeds_a_mean_is_that_by_hand() {
        let law = beyond_its_mean(&Dist::Uniform { low: 10.0, high: 30.0 });
        assert!((law.mean() - 2.5).abs() < 1e-9, "{}", law.mean());
        assert!((law.cdf(0.0) - 0.5).abs() < 1e-9 && law.upper_bound().unwrap() < 10.0);
        assert_eq!(beyond_its_mean(&Dist::Constant(30.0)), Dist::Constant(0.0));
        assert_eq!(beyond_its_mean(&law), law, "what has no time of its own keeps its delays");
    }

    /// 10 days in calm, 20 where it is congested, in one day of four; late by 8 days in one case of ten, of two then: 10 x 0.75 + 20 x 0.25 +
    /// 8 x (0.1 x 0.75 + 0.2 x 0.25) = 13.5.
    #[test]
    fn a_mean_counts_regimes_and_lateness() {
        let state = |mean_days, duration, late| restock_kernel::model::RegimeState {
            name: String::new(),
            mean_days,
            duration,
            late,
            freight: 1.0,
        };
        let states = vec![state(30.0, 1.0, 1.0), state(10.0, 2.0, 2.0)];
        let regime = Regime { name: "port".into(), states, first: None, scripted: Vec::new() };
        let late = Some(Late { probability: 0.1, days: Dist::Constant(8.0) });
        let stage = Stage { late, ..stage(Dist::Uniform { low: 5.0, high: 15.0 }) };
        let weights = by_chance(&regime);
        assert_eq!(weights, [0.75, 0.25]);
        assert!((mean_days(&stage, Some((&regime, &weights))) - 13.5).abs() < 1e-12);
        assert!((mean_days(&stage, None) - 10.8).abs() < 1e-12);
        let stuck = Regime { states: vec![state(30.0, 1.0, 1.0), state(f64::INFINITY, 2.0, 1.0)], ..regime };
        assert_eq!(by_chance(&stuck), [0.0, 1.0]);
    }

    /// A lot goes, a rate stays.
    #[test]
    fn policies_lose_their_lots_alone() {
        let (reorder_point, review_days) = (40, 14);
        let lots = Policy::ReorderQuantity { reorder_point, quantity: 500, review_days };
        assert_eq!(daily(&lots), Policy::ReorderQuantity { reorder_point, quantity: 1, review_days: 1 });
        let min_max = Policy::MinMax { reorder_point, order_up_to: 300, review_days };
        assert_eq!(daily(&min_max), Policy::MinMax { reorder_point, order_up_to: 41, review_days: 1 });
        let rate = |quantity, review_days| Policy::BaseSurge {
            base: BaseOrder::Units(quantity),
            expedite: Level::Units(9),
            review_days,
        };
        assert_eq!(daily(&rate(100, 30)), rate(10, 3));
        assert_eq!(daily(&rate(7, 30)), rate(7, 30));
        assert_eq!(daily(&rate(60, 30)), rate(2, 1));
        let steady = Policy::BaseStock { level: 12 };
        assert_eq!(daily(&steady), steady);
    }
}
