//! What customers are told when stock is out, whether they order all the same, and how long they wait.

use restock_base::law::Dist;

/// The behaviour of all customers.
#[derive(Debug, Clone)]
pub struct Customers {
    /// Which date the shop quotes for a backorder.
    pub promise: Promise,
    /// Whether shoppers who find the stock out order all the same.
    pub accept: Accept,
    /// How long a customer with a backorder waits before cancelling.
    pub patience: Patience,
    /// Whether customers hear of a delay beforehand or find out by themselves.
    pub communication: Communication,
    /// Under clear communication: days by which the expected date may lie beyond the promise before a notice is sent.
    pub notice_tolerance: u32,
    /// Orders fall by this rate for each day that the delivery takes longer than the reference; 0 for not at all.
    pub delivery_sensitivity: f64,
    /// Delivery time at which the demand figures were observed; absent where delivery time does not sell.
    pub reference_delivery_days: Option<f64>,
    /// Whether the US rule on late mail orders (16 CFR 435) is kept: a customer who does not consent to a delay is
    /// refunded.
    pub thirty_day_rule: bool,
    /// Share of customers who consent when the rule asks for their express consent.
    pub express_consent: f64,
    /// A cancelled backorder takes its unit off the latest purchase order.
    pub cancel_purchase_order: bool,
    /// An order of several units ships in parts, as they come; else it waits until it is whole.
    pub split_shipments: bool,
}

/// Days faster than the reference up to which sales were seen to grow: beyond them nobody else is won.
const WON_UP_TO_DAYS: f64 = 5.0;

impl Customers {
    /// Shoppers who order at a delivery time of `days` for each one who would at the reference: `exp(-b (days - reference))`
    /// (the form of Cui, Lu, Sun and Golden, MSOM 26, 2024), at most as of five days faster.
    #[must_use]
    pub fn kept(&self, days: f64) -> f64 {
        Customers::kept_at(self.delivery_sensitivity, self.reference_delivery_days, days)
    }

    /// The same at a rate of `per_day` and another reference.
    pub(super) fn kept_at(per_day: f64, reference: Option<f64>, days: f64) -> f64 {
        let Some(reference) = reference else { return 1.0 };
        (-per_day * (days - reference).max(-WON_UP_TO_DAYS)).exp()
    }
}

/// The date that the shop quotes for a backorder.
#[derive(Debug, Clone, PartialEq)]
pub enum Promise {
    /// The expected receipt that will cover the order, later by a buffer: the gap between the mean
    /// and this quantile of the route's lead time.
    ExpectedArrival {
        /// Probability in (0, 1) of the lead time's quantile up to which the date is put later; absent: the mean,
        /// without a buffer.
        buffer_quantile: Option<f64>,
    },
    /// So many days from the order, whatever is on its way.
    FixedDays(u32),
    /// No date.
    None,
}

/// Whether a shopper who finds the stock out orders all the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Accept {
    /// Every shopper orders, however long the wait.
    Always,
    /// Lost sales.
    Never,
    /// Each shopper orders with this probability, whatever the wait.
    Share(f64),
    /// `exp(-per_day x quoted extra days)`.
    FallsWithQuotedDelay {
        /// Rate a day at which the share of shoppers who order falls with each quoted day beyond an order served from
        /// stock.
        per_day: f64,
    },
    /// If and only if the quoted wait is no longer.
    WithinDays(u32),
}

/// How a waiting customer decides, day by day, whether to keep waiting.
#[derive(Debug, Clone, PartialEq)]
pub enum Patience {
    /// Nobody cancels.
    Endless,
    /// The same chance of cancelling every day.
    DailyHazard(f64),
    /// Cancels when a personal patience time, counted from the order, is over.
    Time(Dist),
    /// Cancels with chances that depend on the promised date and on notices of delay.
    PromiseRelative(PromiseHazards),
}

/// Chances of cancelling relative to the promise in force.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PromiseHazards {
    /// A day, up to the promised date.
    pub daily_within: f64,
    /// Once, at each notice of delay: of clear communication.
    pub at_notice: f64,
    /// A day, after the promised date: of silence, since a notice renews the promise.
    pub daily_after_miss: f64,
}

/// What customers hear when the promised date will not be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Communication {
    /// A notice with a new date: some leave at once, the others wait within the new promise.
    Clear,
    /// Nothing: they find out when the date has passed.
    Silent,
}
