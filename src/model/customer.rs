//! What customers are told when stock is out, whether they order all the same, and how long they wait.

use crate::dist::Dist;

/// The behaviour of all customers.
#[derive(Debug, Clone)]
pub struct Customers {
    pub promise: Promise,
    pub accept: Accept,
    pub patience: Patience,
    pub thirty_day_rule: bool,
    /// Share of customers who consent when the rule asks for their express consent.
    pub express_consent: f64,
    /// A cancelled backorder takes its unit off the latest purchase order.
    pub cancel_purchase_order: bool,
}

/// The date that the shop quotes for a backorder.
#[derive(Debug, Clone, PartialEq)]
pub enum Promise {
    /// The expected receipt that will cover the order, later by a buffer: the gap between the mean
    /// and this quantile of the route's lead time.
    ExpectedArrival { buffer_quantile: Option<f64> },
    /// So many days from the order, whatever is on its way.
    FixedDays(u32),
    /// No date.
    None,
}

/// Whether a shopper who finds the stock out orders all the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Accept {
    Always,
    /// Lost sales.
    Never,
    Share(f64),
    /// `exp(-per_day x quoted extra days)`.
    FallsWithQuotedDelay {
        per_day: f64,
    },
    /// If and only if the quoted wait is no longer.
    WithinDays(u32),
}

/// How a waiting customer decides, day by day, whether to keep waiting.
#[derive(Debug, Clone)]
pub enum Patience {
    Endless,
    /// The same chance of cancelling every day.
    DailyHazard(f64),
    /// Cancels when a personal patience time, counted from the order, is over.
    Time(Dist),
    PromiseRelative(PromiseHazards),
}

/// Chances of cancelling relative to the promised date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PromiseHazards {
    /// A day, up to the promised date.
    pub daily_within: f64,
    /// Once, on the day after the promised date.
    pub at_notice: f64,
    /// A day, after that.
    pub daily_after_miss: f64,
}

/// Which of two sets of promise-relative hazards applies by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Communication {
    /// Customers hear of a delay: some leave at the notice, the others stay calmer.
    Clear,
    /// They find out by themselves.
    Silent,
}
