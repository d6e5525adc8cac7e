//! Rates that turn units and days into money.

/// Money rates shared by all supply models. Shares are fractions, years have 365 days.
#[derive(Debug, Clone, PartialEq)]
pub struct Finance {
    /// Charge on capital tied up, a year; the discount rate of the NPV.
    pub cost_of_capital: f64,
    /// When customers pay: it decides whether backorders bring cash before the goods are there.
    pub customer_pays: CustomerPays,
    /// Days from a customer's payment to the seller's account.
    pub settlement_days: u32,
    /// Share of an order's price that the payment processor keeps; not returned on a refund.
    pub payment_fee_share: f64,
    /// Fixed amount of the scenario's currency that the payment processor keeps of each order.
    pub payment_fee_per_order: f64,
    /// Insurance as a share of the value on hand, a year.
    pub insurance: f64,
    /// Share of the units on hand that vanish, a year.
    pub shrink: f64,
    /// Share of the value on hand that is written down, a year.
    pub obsolescence: f64,
    /// Support contacts of a backordered order.
    pub tickets_per_backorder: f64,
    /// Cost of one support contact, in the scenario's currency.
    pub cost_per_ticket: f64,
    /// Share of the cancelling customers who do so through their bank.
    pub chargeback_share: f64,
    /// Share of the customers who cancel after the promise in force was missed that do so through their bank.
    pub chargeback_share_after_miss: f64,
    /// What the bank charges for each chargeback, in the scenario's currency, besides the refund.
    pub chargeback_fee: f64,
    /// Spent for every shopper who would order, in stock or not.
    pub advertising_per_order: f64,
    /// Later orders that are lost when this one was late or cancelled.
    pub lifetime: LifetimeValue,
    /// What is left at the end is worth this share of its landed cost.
    pub salvage: f64,
    /// What goods are worth that have been on hand for so many days, in rising order: days, share of their landed cost. Empty: the same at any age.
    pub salvage_by_age: Vec<(u32, f64)>,
    /// Rent, salaries and the like, a month: paid day by day, the same for every supply model.
    pub fixed_per_month: f64,
    /// Balance of the account when the measured window begins; absent: 0, and nothing is said of its sufficing.
    pub opening_cash: Option<f64>,
    /// What a bank lends; absent: nothing.
    pub credit_line: Option<CreditLine>,
}

/// What a bank lends when the balance is below zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CreditLine {
    /// Largest amount that may be drawn, in the scenario's currency.
    pub limit: f64,
    /// Interest on what is drawn, a year: paid day by day.
    pub rate: f64,
}

impl Finance {
    /// What the payment processor keeps of a unit at this price: its share, and the unit's part of what is kept by the order.
    #[must_use]
    pub fn payment_fee(&self, price: f64, units_per_order: f64) -> f64 {
        price * self.payment_fee_share + self.payment_fee_per_order / units_per_order
    }

    /// Share of their landed cost that goods are worth after so many days on hand.
    #[must_use]
    pub fn salvage_at(&self, days: u32) -> f64 {
        self.salvage_by_age.iter().rev().find(|(from, _)| *from <= days).map_or(self.salvage, |(_, share)| *share)
    }

    /// The lowest balance that the firm can bear; absent if nothing is known of its cash.
    #[must_use]
    pub fn lowest_balance(&self) -> Option<f64> {
        (self.opening_cash.is_some() || self.credit_line.is_some()).then(|| -self.credit_line.map_or(0.0, |c| c.limit))
    }
}

/// Sourced ranges of what a conclusion hangs on: a break-even inside one is within reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranges {
    /// Of an order, before its weight, from a location whose parcels pay duty one by one.
    pub parcel_price: (f64, f64),
    /// Premium on the unit cost of a route, as a share of the unit cost.
    pub unit_cost_premium: (f64, f64),
    /// Charge on capital, as a share a year.
    pub cost_of_capital: (f64, f64),
    /// Rate by which orders fall with each day that the delivery takes longer.
    pub delivery_sensitivity: (f64, f64),
    /// Worth of what is left at the end, as a share of its landed cost.
    pub salvage: (f64, f64),
}

/// When customers pay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerPays {
    /// The customer is charged when the order is placed, a backorder too.
    AtOrder,
    /// The customer is charged when the order leaves the warehouse.
    AtShipping,
}

/// Future orders lost because this one was late or cancelled: an economic cost, not a cash one.
#[derive(Debug, Clone, PartialEq)]
pub struct LifetimeValue {
    /// Orders that a customer would place later, each worth the contribution of an order served from stock.
    pub future_orders: f64,
    /// Share lost by customers who waited longer than so many days, by rising days.
    pub lost_after_days: Vec<(u32, f64)>,
    /// Share lost, besides, by customers whose order shipped after the promise in force had passed.
    pub lost_on_missed_promise: f64,
    /// Share lost by customers who cancelled.
    pub lost_on_cancellation: f64,
}

impl LifetimeValue {
    /// Share of future orders lost after a wait of `days`.
    #[must_use]
    pub fn lost_after(&self, days: u32) -> f64 {
        self.lost_after_days.iter().rev().find(|(over, _)| days > *over).map_or(0.0, |(_, share)| *share)
    }
}
