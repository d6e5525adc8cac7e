//! The levels of a policy in the units that a buyer enters: reorder point, order-up-to level, lot, safety stock.

use super::plan::{LocationPlan, Plan, planned};
use crate::model::{BaseOrder, Cover, Policy};

/// What is entered for a location in a purchasing system: the levels of its policy, with its extra stock, for the mean demand of an
/// ordinary day on the first measured day. A forecast-driven policy moves them with its forecast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Levels {
    /// Name of the location.
    pub location: String,
    /// Inventory position at or below which is ordered, in units, where the policy has one: of a planner who reacts between reviews the
    /// position below which somebody does.
    pub reorder_point: Option<i64>,
    /// Inventory position up to which is ordered, in units; of a constant or single order absent.
    pub order_up_to: Option<i64>,
    /// Units of an order, where the policy fixes them.
    pub quantity: Option<i64>,
    /// Safety stock that is planned, in units; of a single order absent.
    pub safety_stock: Option<i64>,
    /// Days between two reviews.
    pub review_days: usize,
}

impl Plan {
    /// The levels of each open location.
    #[must_use]
    pub fn levels(&self) -> Vec<Levels> {
        self.locations.iter().filter(|l| l.is_open).map(|l| l.levels(self)).collect()
    }
}

impl LocationPlan {
    fn levels(&self, plan: &Plan) -> Levels {
        let t = plan.warmup.saturating_sub(1);
        let mean = plan.known.mean * self.planned_share * self.net;
        let up_to = || self.target(plan, t, plan.known.mean) + self.extra_stock;
        let reacts = self.react.as_ref().map(|react| {
            let days = match react.cover_below {
                Cover::LeadTime => self.base().lead_time(t),
                Cover::Days(days) => days,
            };
            planned(mean * plan.known.factors(t, days).0) + self.extra_stock
        });
        let needed = |days: f64| planned(mean * plan.known.factors(t, days).0);
        let (reorder_point, order_up_to, quantity) = match self.policy {
            Policy::BaseStock { .. } => (Some(up_to() - 1), Some(up_to()), None),
            Policy::MinMax { reorder_point, .. } => (Some(reorder_point + self.extra_stock), Some(up_to()), None),
            Policy::ReorderQuantity { reorder_point, quantity, .. } => {
                (Some(reorder_point + self.extra_stock), None, Some(quantity))
            }
            Policy::OrderUpToLevel { .. } | Policy::OrderUpToForecast { .. } | Policy::DaysOfCover { .. } => {
                (reacts, Some(up_to()), None)
            }
            Policy::OneTime { quantity, .. } => (None, None, Some(quantity + self.extra_stock)),
            Policy::DualIndex { .. } => (None, Some(up_to()), None),
            Policy::BaseSurge { base, expedite, review_days } => {
                let lot = match base {
                    BaseOrder::Units(quantity) => quantity,
                    BaseOrder::Share(share) => planned(share * mean * plan.known.factors(t, f64::from(review_days)).0),
                };
                (None, Some(expedite.units(needed) + self.extra_stock), Some(lot))
            }
        };
        let safety_stock = match self.policy {
            Policy::OneTime { .. } => None,
            Policy::OrderUpToForecast { .. } | Policy::DaysOfCover { .. } => {
                Some((up_to() - needed(self.base().protection_interval(t, self.review_days))).max(0))
            }
            Policy::BaseStock { .. }
            | Policy::MinMax { .. }
            | Policy::ReorderQuantity { .. }
            | Policy::OrderUpToLevel { .. }
            | Policy::DualIndex { .. }
            | Policy::BaseSurge { .. } => self.implied_safety_stock.map(|units| (units + self.extra_stock).max(0)),
        };
        let (location, review_days) = (self.name.clone(), self.review_days);
        Levels { location, reorder_point, order_up_to, quantity, safety_stock, review_days }
    }
}
