//! Rates that turn units and days into money.

/// Money rates shared by all supply models. Shares are fractions, years have 365 days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finance {
    /// Charge on capital tied up, a year.
    pub cost_of_capital: f64,
    /// Share of an order's price that the payment processor keeps; not returned on a refund.
    pub payment_fee_share: f64,
    pub payment_fee_per_order: f64,
    /// Shares of the value on hand, a year.
    pub insurance: f64,
    pub shrink: f64,
    pub obsolescence: f64,
    /// Support contacts of a backordered order, and the cost of one.
    pub tickets_per_backorder: f64,
    pub cost_per_ticket: f64,
}
