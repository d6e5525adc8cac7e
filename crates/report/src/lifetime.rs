//! Future orders lost, by how long customers waited: an economic cost, shown apart from cash.

use restock_kernel::model::{Kpi, Scenario};
use restock_kernel::study::ModelOutcome;

/// Customers of one kind, mean of replications.
#[derive(Debug, Clone, PartialEq)]
pub struct LostOrders {
    /// `waited 1 to 10 days`, `cancelled`.
    pub who: String,
    /// Orders of such customers.
    pub orders: f64,
    /// Share of their future orders that is lost.
    pub share: f64,
    /// In the scenario's currency.
    pub value: f64,
}

/// By delay, then those whose promise was broken (who lose that besides), then those who cancelled. The values add up to the KPI `lifetime_value_lost`.
#[must_use]
pub fn lost_orders(scenario: &Scenario, product: usize, outcome: &ModelOutcome) -> Vec<LostOrders> {
    let value = &scenario.finance.lifetime;
    let n = f64::from(outcome.replications.max(1));
    let a_customer = value.future_orders * outcome.future_order;
    let waits = outcome.pooled().waits;
    // Waits are counted by the unit, and the contribution of a future order is that of a unit, too.
    let units_per_order = scenario.products[product].demand.units_per_order();
    let row = |who: String, units: f64, share: f64| {
        let units = units / n;
        LostOrders { who, orders: units / units_per_order, share, value: units * share * a_customer }
    };
    let steps = &value.lost_after_days;
    let mut out: Vec<LostOrders> = steps
        .iter()
        .enumerate()
        .map(|(i, (over, share))| {
            let until = steps.get(i + 1).map(|next| next.0);
            let ages = *over as usize + 1..until.map_or(usize::MAX, |u| u as usize + 1);
            let orders =
                waits.ended.iter().enumerate().filter(|(age, _)| ages.contains(age)).map(|(_, n)| *n).sum::<i128>();
            let who = match until {
                Some(until) => format!("waited {} to {until} days", over + 1),
                None => format!("waited more than {over} days"),
            };
            row(who, orders as f64, *share)
        })
        .collect();
    let late = outcome.sums(Kpi::ShippedLate).iter().map(|p| p.0).sum();
    out.push(row("were served after the promise".into(), late, value.lost_on_missed_promise));
    out.push(row("cancelled".into(), waits.left.iter().sum::<i128>() as f64, value.lost_on_cancellation));
    out
}
