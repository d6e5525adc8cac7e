//! Every event of one replication, in words that a reader can follow.

use super::set::{Books, Reader};
use crate::sim::flow::{Cause, Event, NONE, Now};
use restock_base::units::Money;

/// One line of a trace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TraceEvent {
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

/// Keeps every event of one replication.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    pub events: Vec<TraceEvent>,
}

impl Reader for Trace {
    const READS_PAYMENTS: bool = true;

    fn read(&mut self, now: &Now<'_>, event: &Event<'_>, books: &Books) {
        let day = now.day;
        let today = |location, kind| TraceEvent { day, location, kind, units: 0, other_day: None, money: None };
        let other = |day: u32| Some(day).filter(|d| *d != NONE).map(|d| d as usize);
        let mut line = |location, kind, units, other_day| {
            if units != 0 {
                self.events.push(TraceEvent { units, other_day, ..today(location, kind) });
            }
        };
        match *event {
            Event::Opened(_) => self.events.clear(),
            Event::Received { lot, .. } => {
                line(lot.location as usize, EventKind::Received, lot.units, other(lot.placed));
            }
            Event::ShippedFromBacklog { location, units, cohort } => {
                line(location, EventKind::ShippedFromBacklog, units, other(cohort.born));
            }
            Event::ServedFromStock { location, units } => line(location, EventKind::ServedFromStock, units, None),
            Event::Demanded { interested, lost } => {
                line(0, EventKind::Demand, interested - lost, None);
                line(0, EventKind::LostToDelivery, lost, None);
            }
            Event::WalkedAway { location, units } => line(location, EventKind::WalkedAway, units, None),
            Event::Backordered { location, units, promise } => {
                line(location, EventKind::Backordered, units, other(promise));
            }
            Event::NoticeSent { location, units, promise } => {
                line(location, EventKind::NoticeSent, units, other(promise));
            }
            Event::Cancelled { location, units, cohort, cause } => {
                let kind = match cause {
                    Cause::Customer => EventKind::CancelledByCustomer,
                    Cause::Rule => EventKind::CancelledByRule,
                };
                line(location, kind, units, other(cohort.born));
            }
            Event::Reviewed { location, position } => {
                self.events.push(TraceEvent { units: position, ..today(location, EventKind::Reviewed) });
            }
            Event::Ordered { lot, .. } => {
                line(lot.location as usize, EventKind::OrderPlaced, lot.total(), other(lot.arrival));
            }
            Event::PaymentsDue => {
                for payment in books.ledger().purchases().paid_today().iter().filter(|p| p.amount != Money::ZERO) {
                    let event = today(payment.location as usize, EventKind::Paid);
                    let (other_day, money) = (other(payment.placed), Some(payment.amount));
                    self.events.push(TraceEvent { other_day, money, ..event });
                }
            }
            Event::Shrunk { location, units } => line(location, EventKind::Shrunk, units, None),
            Event::EndOfDay(evening) => {
                for (i, site) in evening.sites.iter().enumerate() {
                    let (units, money) = (site.on_hand - site.backlog, Some(books.ledger().value_at(i)));
                    self.events.push(TraceEvent { units, money, ..today(i, EventKind::EndOfDay) });
                }
            }
            Event::WindowBegins(_)
            | Event::FoundNoStock { .. }
            | Event::Breached { .. }
            | Event::TakenOff { .. }
            | Event::WindowEnds(_) => {}
        }
    }
}
