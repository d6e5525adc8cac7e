//! Where a run may begin instead of with a warm-up: what stands on the shelves today, what is on order, and who waits.

use restock_base::calendar::Day;

/// How the first measured day finds the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// As the simulated days before it leave it.
    WarmUp,
    /// As a [`Position`] says. The days before it are not simulated: nothing happens on them but that the orders of the position
    /// are placed, and paid for as their terms say.
    Position,
}

/// What there is of a product in a supply model on the morning of the first day, at one location.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Position {
    /// Units on the shelf; absent: the policy's target.
    pub on_hand: Option<i64>,
    /// What a unit on the shelf has cost, in the currency; absent: the landed cost of an order of the usual size.
    pub unit_cost: Option<f64>,
    /// Purchase orders that are on their way, the oldest first.
    pub orders: Vec<OpenOrder>,
    /// Customers' orders that wait, the oldest first.
    pub backorders: Vec<OpenBackorder>,
    /// Units of an ordinary day that the planner believes the product sells at all locations; absent: the mean of its demand.
    pub level: Option<f64>,
}

/// A purchase order placed before the first day and not yet received.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOrder {
    /// Number of its route among those of the location.
    pub route: usize,
    /// Units that are still to come.
    pub units: i64,
    /// Day on which it was placed, before the first day.
    pub placed: Day,
    /// The stage that it is in, as its number on the route, and the day on which it began.
    pub stage: (usize, Day),
    /// What has been paid for its goods, if it is not what the route's terms say.
    pub paid: Option<f64>,
    /// Day on which it is expected, if anybody has said so: then it comes so much sooner or later than the stages alone would tell.
    pub expected: Option<Day>,
}

/// A customer's order placed before the first day that has not been shipped.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenBackorder {
    /// Units that wait.
    pub units: i64,
    /// Day of the order.
    pub ordered: Day,
    /// Shipping date that was promised; absent: none was.
    pub promised: Option<Day>,
}

impl super::Location {
    /// What a run from today finds here of a product.
    pub fn position_of(&mut self, sku: &str) -> &mut Position {
        let known = self.positions.iter().position(|(s, _)| s == sku);
        let at = known.unwrap_or_else(|| {
            self.positions.push((sku.to_owned(), Position::default()));
            self.positions.len() - 1
        });
        &mut self.positions[at].1
    }
}
