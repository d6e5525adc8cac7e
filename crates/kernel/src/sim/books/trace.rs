//! Every event of one replication, in words that a reader can follow.

use super::daily::Daily;
use super::set::{Books, Reader};
use crate::sim::flow::{Cause, Event, NONE, Now};
use restock_base::units::Money;

/// One line of a trace.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TraceEvent {
    /// Simulated day, 0 the first of the warm-up.
    pub day: usize,
    /// Number of the location in its supply model, from 0.
    pub location: usize,
    /// Kind of the event, which gives the units, the other day and the money their meaning.
    pub kind: EventKind,
    /// Units that the event moves or is about; 0 for a payment. Only a review and the end of a day may have a negative figure.
    pub units: i64,
    /// The simulated day that [`EventKind::other_day_is`] names, counted as `day` is; absent if the event has none.
    pub other_day: Option<usize>,
    /// Amount of a payment, or landed value of the stock at the end of a day; absent for all other events.
    pub money: Option<Money>,
}

/// Kind of an event of a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// The day's demand over all locations, told of location 0.
    Demand,
    /// Shoppers of the day who left because of the delivery time, over all locations, told of location 0.
    LostToDelivery,
    /// Units shipped from the shelf to shoppers of the day.
    ServedFromStock,
    /// Shoppers whom a campaign would have brought that pauses.
    NotAdvertisedFor,
    /// Units that customers have sent back.
    Returned,
    /// Those of them that are not sold again.
    Liquidated,
    /// Units that were sent back and are on hand again.
    BackInStock,
    /// Units pre-ordered, with the date promised.
    PreOrdered,
    /// Pre-orders cancelled on the morning on which they were to ship.
    PreOrderCancelled,
    /// Pre-orders shipped on the date promised.
    PreOrderShipped,
    /// Pre-orders for which there is no stock on the date promised, with that date.
    PreOrderLate,
    /// Units whose shoppers accepted to wait, with the shipping date promised to them, if one was.
    Backordered,
    /// Units whose shoppers did not accept the wait.
    WalkedAway,
    /// Units that customers cancelled, at a notice or while they waited, with the day on which they were ordered.
    CancelledByCustomer,
    /// Customers who waited at a location that is closed wait here from now on.
    Moved,
    /// Units refunded under the 30-day rule for want of consent, with the day on which they were ordered.
    CancelledByRule,
    /// Notice of a new date to a cohort that waits, with the new date. The units are those of the whole cohort.
    NoticeSent,
    /// Units shipped to customers who had waited, with the day on which they were ordered.
    ShippedFromBacklog,
    /// A review, regular or extra; its units are the inventory position.
    Reviewed,
    /// A purchase order placed, with the day of its receipt. Units that will be scrapped are among its units.
    OrderPlaced,
    /// A purchase order received, with the day on which it was placed. Scrapped units are not among its units.
    Received,
    /// Units that a location has ordered from the stock of another one.
    Requested,
    /// Of these, units that are not wanted any more.
    Withdrawn,
    /// Units that leave for another location, with the day of their receipt there.
    SentOn,
    /// A purchase order that left in a shared container, with the day of its receipt.
    Loaded,
    /// Units of a purchase order that were lost, with the day on which it was placed. The planner does not know yet.
    Lost,
    /// Units of a purchase order that the planner learns to be lost, with the day on which it was placed.
    FoundMissing,
    /// Units on hand that were destroyed.
    Destroyed,
    /// Units shipped today that will not reach their customers.
    ParcelsLost,
    /// Units that ship in the place of lost ones.
    Reshipped,
    /// Lost units whose price is given back.
    LossRefunded,
    /// Units that vanished from the shelf.
    Shrunk,
    /// A payment on a purchase order, to a supplier, a carrier or the customs, with the day on which the order was placed.
    Paid,
    /// The end of a day at a location: units on hand less units that wait, and the landed value of the stock.
    EndOfDay,
}

impl EventKind {
    /// Name in the printed trace.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            EventKind::Demand => "demand",
            EventKind::LostToDelivery => "lost-to-delivery",
            EventKind::ServedFromStock => "served-from-stock",
            EventKind::NotAdvertisedFor => "not-advertised-for",
            EventKind::Returned => "returned",
            EventKind::Liquidated => "liquidated",
            EventKind::BackInStock => "back-in-stock",
            EventKind::PreOrdered => "pre-ordered",
            EventKind::PreOrderCancelled => "pre-order-cancelled",
            EventKind::PreOrderShipped => "pre-order-shipped",
            EventKind::PreOrderLate => "pre-order-late",
            EventKind::Backordered => "backordered",
            EventKind::WalkedAway => "walked-away",
            EventKind::CancelledByCustomer => "cancelled-by-customer",
            EventKind::CancelledByRule => "cancelled-by-30-day-rule",
            EventKind::NoticeSent => "notice-sent",
            EventKind::Moved => "waits-here-now",
            EventKind::ShippedFromBacklog => "shipped-from-backlog",
            EventKind::Reviewed => "reviewed",
            EventKind::OrderPlaced => "purchase-order-placed",
            EventKind::Received => "received",
            EventKind::Requested => "requested",
            EventKind::Withdrawn => "withdrawn",
            EventKind::SentOn => "sent-on",
            EventKind::Loaded => "loaded",
            EventKind::Lost => "lost-on-the-way",
            EventKind::FoundMissing => "found-missing",
            EventKind::Destroyed => "destroyed",
            EventKind::ParcelsLost => "lost-on-the-way-to-customers",
            EventKind::Reshipped => "shipped-again",
            EventKind::LossRefunded => "loss-refunded",
            EventKind::Shrunk => "shrunk",
            EventKind::Paid => "paid-supplier",
            EventKind::EndOfDay => "end-of-day",
        }
    }

    /// What [`TraceEvent::other_day`] is, as words before a date; empty if the event has no other day.
    #[must_use]
    pub fn other_day_is(self) -> &'static str {
        match self {
            EventKind::Backordered | EventKind::NoticeSent | EventKind::PreOrdered | EventKind::PreOrderLate => {
                "promised for"
            }
            EventKind::CancelledByCustomer
            | EventKind::CancelledByRule
            | EventKind::Moved
            | EventKind::ShippedFromBacklog => "ordered on",
            EventKind::OrderPlaced | EventKind::Loaded | EventKind::SentOn => "will be received on",
            EventKind::Received | EventKind::Lost | EventKind::FoundMissing | EventKind::Paid => "placed on",
            EventKind::Demand
            | EventKind::LostToDelivery
            | EventKind::ServedFromStock
            | EventKind::NotAdvertisedFor
            | EventKind::Returned
            | EventKind::Liquidated
            | EventKind::BackInStock
            | EventKind::PreOrderCancelled
            | EventKind::PreOrderShipped
            | EventKind::WalkedAway
            | EventKind::Requested
            | EventKind::Withdrawn
            | EventKind::Reviewed
            | EventKind::Destroyed
            | EventKind::ParcelsLost
            | EventKind::Reshipped
            | EventKind::LossRefunded
            | EventKind::Shrunk
            | EventKind::EndOfDay => "",
        }
    }
}

/// Keeps every event of one replication.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The events in the order in which they happened, those of the warm-up included. Movements of no units and payments of nothing are left out.
    pub events: Vec<TraceEvent>,
}

/// Keeps the series of every day and every event: for whoever is not in a hurry.
#[derive(Debug, Clone, Default)]
pub(in crate::sim) struct Everything {
    pub daily: Daily,
    pub trace: Trace,
}

impl Reader for Everything {
    const READS_PAYMENTS: bool = true;

    fn read(&mut self, now: &Now<'_>, event: &Event<'_>, books: &Books) {
        self.daily.read(now, event, books);
        self.trace.read(now, event, books);
    }
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
            Event::Returned { location, back } => {
                line(location, EventKind::Returned, back.units(), None);
                line(location, EventKind::Liquidated, back.liquidated, None);
            }
            Event::NotAdvertisedFor { units } => line(0, EventKind::NotAdvertisedFor, units, None),
            Event::Restocked { location, units } => line(location, EventKind::BackInStock, units, None),
            Event::PreOrdered { window, location, units } => {
                line(location, EventKind::PreOrdered, units, Some(now.plan.pre_orders[window].ships));
            }
            Event::PreOrderCancelled { location, units, .. } => {
                line(location, EventKind::PreOrderCancelled, units, None);
            }
            Event::PreOrderShipped { location, units, .. } => line(location, EventKind::PreOrderShipped, units, None),
            Event::PreOrderLate { location, cohort } => {
                line(location, EventKind::PreOrderLate, cohort.units, other(cohort.promise));
            }
            Event::WalkedAway { location, units, .. } => line(location, EventKind::WalkedAway, units, None),
            Event::Backordered { location, units, promise, .. } => {
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
            Event::Moved { location, cohort } => line(location, EventKind::Moved, cohort.units, other(cohort.born)),
            Event::Reviewed { location, position } => {
                self.events.push(TraceEvent { units: position, ..today(location, EventKind::Reviewed) });
            }
            Event::Ordered { lot, .. } => {
                line(lot.location as usize, EventKind::OrderPlaced, lot.total(), other(lot.arrival));
            }
            Event::Requested { location, units, .. } => line(location, EventKind::Requested, units, None),
            Event::Withdrawn { location, units, .. } => line(location, EventKind::Withdrawn, units, None),
            Event::Sent { lot, source, .. } => line(source, EventKind::SentOn, lot.total(), other(lot.arrival)),
            Event::PaymentsDue => {
                for payment in books.ledger().purchases().paid_today().iter().filter(|p| p.amount != Money::ZERO) {
                    let event = today(payment.location as usize, EventKind::Paid);
                    let (other_day, money) = (other(payment.placed), Some(payment.amount));
                    self.events.push(TraceEvent { other_day, money, ..event });
                }
            }
            Event::Loaded { lot, .. } => {
                line(lot.location as usize, EventKind::Loaded, lot.total(), other(lot.arrival))
            }
            Event::Shrunk { location, units } => line(location, EventKind::Shrunk, units, None),
            Event::Lost { lot, units, .. } => line(lot.location as usize, EventKind::Lost, units, other(lot.placed)),
            Event::FoundMissing { location, units, placed } => {
                line(location, EventKind::FoundMissing, units, other(placed));
            }
            Event::Destroyed { location, units, .. } => line(location, EventKind::Destroyed, units, None),
            Event::ParcelsLost { location, units } => line(location, EventKind::ParcelsLost, units, None),
            Event::Reshipped { location, units } => line(location, EventKind::Reshipped, units, None),
            Event::LossRefunded { location, units } => line(location, EventKind::LossRefunded, units, None),
            Event::EndOfDay(evening) => {
                // What stood on the shelves before the run, nobody has said.
                let known = if now.day >= now.plan.begin { evening.sites } else { &[] };
                for (i, site) in known.iter().enumerate() {
                    let (units, money) = (site.on_hand - site.backlog, Some(books.ledger().value_at(i)));
                    self.events.push(TraceEvent { units, money, ..today(i, EventKind::EndOfDay) });
                }
            }
            Event::WindowBegins(_)
            | Event::FoundNoStock { .. }
            | Event::Bundled { .. }
            | Event::OrdersOfToday { .. }
            | Event::ComesBack { .. }
            | Event::CampaignRuns { .. }
            | Event::Breached { .. }
            | Event::TakenOff { .. }
            | Event::OrderedHere { .. }
            | Event::PaidSoFar { .. }
            | Event::ShippedToClass { .. }
            | Event::ShippedToSomebody { .. }
            | Event::WindowEnds(_) => {}
        }
    }
}
