//! Observers of a replication. The kernel is compiled once for each, so that one who does not look
//! costs nothing.

use super::ledger::Flows;
use crate::units::Money;

/// Sees the days and, if it asks for them, the events of a replication.
pub trait Probe {
    /// Whether [`event`](Probe::event) is called.
    const EVENTS: bool;

    /// End of a measured day (0 is the first one).
    /// `flows` is cash by line since the window began.
    fn day(&mut self, day: usize, record: &DayRecord, flows: &Flows);

    /// Something happened on a simulated day (warm-up included).
    fn event(&mut self, _event: Event) {}
}

/// The series of `daily.parquet`, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Series {
    Demand,
    Receipts,
    OnHand,
    Backlog,
    Shipped,
    Cancelled,
    DepositCapital,
    InProductionCapital,
    FinishedCapital,
    InTransitCapital,
    PrepaidCapital,
    CycleStockCapital,
    SafetyStockOnHandCapital,
    InvestedCapital,
    UnpaidOnOrder,
    Payables,
    CustomerPrepayments,
    Receivables,
    NetCapital,
    /// Since the window began.
    Cash,
}

impl Series {
    pub const ALL: [Series; 20] = [
        Series::Demand,
        Series::Receipts,
        Series::OnHand,
        Series::Backlog,
        Series::Shipped,
        Series::Cancelled,
        Series::DepositCapital,
        Series::InProductionCapital,
        Series::FinishedCapital,
        Series::InTransitCapital,
        Series::PrepaidCapital,
        Series::CycleStockCapital,
        Series::SafetyStockOnHandCapital,
        Series::InvestedCapital,
        Series::UnpaidOnOrder,
        Series::Payables,
        Series::CustomerPrepayments,
        Series::Receivables,
        Series::NetCapital,
        Series::Cash,
    ];
    pub const COUNT: usize = Self::ALL.len();

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Series::Demand => "demand",
            Series::Receipts => "receipts",
            Series::OnHand => "on_hand",
            Series::Backlog => "backlog",
            Series::Shipped => "shipped",
            Series::Cancelled => "cancelled",
            Series::DepositCapital => "deposit_capital",
            Series::InProductionCapital => "in_production_capital",
            Series::FinishedCapital => "finished_capital",
            Series::InTransitCapital => "in_transit_capital",
            Series::PrepaidCapital => "prepaid_capital",
            Series::CycleStockCapital => "cycle_stock_capital",
            Series::SafetyStockOnHandCapital => "safety_stock_on_hand_capital",
            Series::InvestedCapital => "invested_capital",
            Series::UnpaidOnOrder => "unpaid_on_order",
            Series::Payables => "payables",
            Series::CustomerPrepayments => "customer_prepayments",
            Series::Receivables => "receivables",
            Series::NetCapital => "net_capital",
            Series::Cash => "cash",
        }
    }

    /// Money series are kept in hundredths of the currency, the others in units.
    #[must_use]
    pub fn is_money(self) -> bool {
        self >= Series::DepositCapital
    }
}

/// End-of-day values: units, and money in hundredths of the currency.
pub type DayRecord = [i128; Series::COUNT];

/// One line of a trace.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// Simulated day, 0 the first of the warm-up.
    pub day: usize,
    /// Number of the location.
    pub location: usize,
    pub kind: EventKind,
    pub units: i64,
    /// The other day that matters: promised, placed, ordered or expected on.
    pub other_day: Option<usize>,
    pub money: Option<Money>,
}

/// What can happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    Demand,
    LostToDelivery,
    ServedFromStock,
    Backordered,
    WalkedAway,
    CancelledByCustomer,
    CancelledByRule,
    NoticeSent,
    ShippedFromBacklog,
    /// A review, regular or extra; its units are the inventory position.
    Reviewed,
    OrderPlaced,
    Received,
    Shrunk,
    Paid,
    EndOfDay,
}

impl EventKind {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Demand => "demand",
            EventKind::LostToDelivery => "lost-to-delivery",
            EventKind::ServedFromStock => "served-from-stock",
            EventKind::Backordered => "backordered",
            EventKind::WalkedAway => "walked-away",
            EventKind::CancelledByCustomer => "cancelled-by-customer",
            EventKind::CancelledByRule => "cancelled-by-30-day-rule",
            EventKind::NoticeSent => "notice-sent",
            EventKind::ShippedFromBacklog => "shipped-from-backlog",
            EventKind::Reviewed => "reviewed",
            EventKind::OrderPlaced => "purchase-order-placed",
            EventKind::Received => "received",
            EventKind::Shrunk => "shrunk",
            EventKind::Paid => "paid-supplier",
            EventKind::EndOfDay => "end-of-day",
        }
    }

    /// What the other day of the event is.
    #[must_use]
    pub fn other_day_is(self) -> &'static str {
        match self {
            EventKind::Backordered | EventKind::NoticeSent => "promised for",
            EventKind::CancelledByCustomer | EventKind::CancelledByRule | EventKind::ShippedFromBacklog => "ordered on",
            EventKind::OrderPlaced => "will be received on",
            EventKind::Received | EventKind::Paid => "placed on",
            EventKind::Demand
            | EventKind::LostToDelivery
            | EventKind::ServedFromStock
            | EventKind::WalkedAway
            | EventKind::Reviewed
            | EventKind::Shrunk
            | EventKind::EndOfDay => "",
        }
    }
}

/// Looks at nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProbe;

impl Probe for NoProbe {
    const EVENTS: bool = false;
    fn day(&mut self, _day: usize, _record: &DayRecord, _flows: &Flows) {}
}

/// Keeps the daily records of one replication.
#[derive(Debug, Clone, Default)]
pub struct Daily {
    pub records: Vec<DayRecord>,
    /// Cash by line since the window began, at the end of each day.
    pub flows: Vec<Flows>,
}

impl Probe for Daily {
    const EVENTS: bool = false;
    fn day(&mut self, day: usize, record: &DayRecord, flows: &Flows) {
        if day == 0 {
            self.records.clear();
            self.flows.clear();
        }
        self.records.push(*record);
        self.flows.push(*flows);
    }
}

/// Keeps every event of one replication.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    pub events: Vec<Event>,
}

impl Probe for Trace {
    const EVENTS: bool = true;
    fn day(&mut self, _day: usize, _record: &DayRecord, _flows: &Flows) {}
    fn event(&mut self, event: Event) {
        self.events.push(event);
    }
}
