//! Every event and every evening of a replication, as the trace and the daily series tell them.

use super::account::DayEnd;
use super::diary::{Happened, Story};
use super::money::Books;
use super::service::{Day, Service};
use restock_base::units::Money;

/// One line of the trace.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub day: usize,
    pub place: usize,
    pub name: &'static str,
    pub units: i64,
    /// The other day that matters: promised, placed, ordered or expected on.
    pub other_day: Option<usize>,
    pub money: Option<Money>,
}

/// The trace of a replication. Events of no unit are not told.
pub fn trace(story: &Story, books: &Books<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    for entry in &story.entries {
        let day = entry.day;
        let mut tell = |place, name, units, other_day| {
            if units != 0 {
                lines.push(Line { day, place, name, units, other_day, money: None });
            }
        };
        match &entry.what {
            Happened::Loaded { order, units, ends, .. } => {
                tell(story.orders[*order].place, "loaded", *units, ends.last().copied());
            }
            Happened::Received { order } => {
                let order = &story.orders[*order];
                tell(order.place, "received", order.units, Some(order.placed));
            }
            Happened::ShippedFromBacklog { place, units, cohort } => {
                tell(*place, "shipped-from-backlog", *units, Some(cohort.born));
            }
            Happened::Served { place, units } => tell(*place, "served-from-stock", *units, None),
            Happened::Demanded { interested, lost_to_delivery } => {
                tell(0, "demand", interested - lost_to_delivery, None);
                tell(0, "lost-to-delivery", *lost_to_delivery, None);
            }
            Happened::Returned { place, to_stock, liquidated } => {
                tell(*place, "returned", to_stock + liquidated, None);
                tell(*place, "liquidated", *liquidated, None);
            }
            Happened::NotAdvertisedFor { units } => tell(0, "not-advertised-for", *units, None),
            Happened::Restocked { place, units } => tell(*place, "back-in-stock", *units, None),
            Happened::PreOrdered { window, place, units } => {
                let ships = books.case.product.demand.pre_orders[*window].ships.0 - books.case.first().0;
                tell(*place, "pre-ordered", *units, Some(ships as usize));
            }
            Happened::PreOrderCancelled { place, units, .. } => tell(*place, "pre-order-cancelled", *units, None),
            Happened::PreOrderShipped { place, units, .. } => tell(*place, "pre-order-shipped", *units, None),
            Happened::PreOrderLate { place, cohort } => tell(*place, "pre-order-late", cohort.units, cohort.promise),
            Happened::WalkedAway { place, units, .. } => tell(*place, "walked-away", *units, None),
            Happened::Backordered { place, cohort } => tell(*place, "backordered", cohort.units, cohort.promise),
            Happened::Notice { place, cohort } => tell(*place, "notice-sent", cohort.units, cohort.promise),
            Happened::Moved { place, cohort } => tell(*place, "waits-here-now", cohort.units, Some(cohort.born)),
            Happened::Cancelled { place, units, cohort, by_rule } => {
                let name = if *by_rule { "cancelled-by-30-day-rule" } else { "cancelled-by-customer" };
                tell(*place, name, *units, Some(cohort.born));
            }
            Happened::Ordered { order } => {
                let order = &story.orders[*order];
                tell(order.place, "purchase-order-placed", order.ordered, Some(order.when_placed().arrival));
            }
            Happened::Requested { place, units, .. } => tell(*place, "requested", *units, None),
            Happened::Withdrawn { place, units } => tell(*place, "withdrawn", *units, None),
            Happened::Sent { order, source, .. } => {
                let order = &story.orders[*order];
                tell(*source, "sent-on", order.ordered, Some(order.when_placed().arrival));
            }
            Happened::Shrunk { place, units } => tell(*place, "shrunk", *units, None),
            Happened::Lost { order, units, .. } => {
                let order = &story.orders[*order];
                tell(order.place, "lost-on-the-way", *units, Some(order.placed));
            }
            Happened::FoundMissing { place, units, placed } => tell(*place, "found-missing", *units, Some(*placed)),
            Happened::Destroyed { place, units, .. } => tell(*place, "destroyed", *units, None),
            Happened::ParcelsLost { place, units } => tell(*place, "lost-on-the-way-to-customers", *units, None),
            Happened::Reshipped { place, units } => tell(*place, "shipped-again", *units, None),
            Happened::LossRefunded { place, units } => tell(*place, "loss-refunded", *units, None),
            Happened::Reviewed { place, position } => {
                let (place, units) = (*place, *position);
                lines.push(Line { day, place, name: "reviewed", units, other_day: None, money: None });
            }
            Happened::PaymentsDue => {
                for (_, order, amount) in books.paid.iter().filter(|p| p.0 == day && p.2 != Money::ZERO) {
                    // What was owed before the run is of no order.
                    let (place, placed) = order.map_or((0, 0), |o| (story.orders[o].place, story.orders[o].placed));
                    let (other_day, money) = (Some(placed), Some(*amount));
                    lines.push(Line { day, place, name: "paid-supplier", units: 0, other_day, money });
                }
            }
            // What stood on the shelves before the run, nobody has said.
            Happened::EndOfDay(_) if day < books.case.begin() => {}
            Happened::EndOfDay(evening) => {
                for (place, (e, value)) in evening.iter().zip(&books.value[day]).enumerate() {
                    let (units, money) = (e.on_hand - e.waiting, Some(*value));
                    lines.push(Line { day, place, name: "end-of-day", units, other_day: None, money });
                }
            }
            Happened::FoundNoStock { .. }
            | Happened::Bundled { .. }
            | Happened::OrdersOfToday { .. }
            | Happened::ComesBack { .. }
            | Happened::OrderedHere { .. }
            | Happened::CampaignRuns { .. }
            | Happened::Breached { .. }
            | Happened::TakenOff { .. }
            | Happened::PaidSoFar { .. } => {}
        }
    }
    lines
}

/// The series of every measured day, by their names in files: units, and money in hundredths, rounded down.
pub fn series(books: &Books<'_>, service: &Service) -> Vec<Vec<(&'static str, i128)>> {
    let cents = |amount: Money| amount.0.div_euclid(10_000);
    let of_day = |(end, day): (&DayEnd, &Day)| {
        let b = &end.balance;
        vec![
            ("demand", (day.demanded + day.preordered).into()),
            ("receipts", day.receipts.into()),
            ("on_hand", day.on_hand.into()),
            ("backlog", day.waiting.into()),
            ("shipped", day.shipped.into()),
            ("cancelled", day.cancellations.into()),
            ("deposit_capital", cents(b.deposits)),
            ("in_production_capital", cents(b.in_production)),
            ("finished_capital", cents(b.finished)),
            ("in_transit_capital", cents(b.in_transit)),
            ("prepaid_capital", cents(b.prepaid)),
            ("cycle_stock_capital", cents(b.on_hand - b.buffer)),
            ("safety_stock_on_hand_capital", cents(b.buffer)),
            ("invested_capital", cents(b.invested())),
            ("unpaid_on_order", cents(b.unpaid)),
            ("payables", cents(b.payables)),
            ("customer_prepayments", cents(b.prepayments)),
            ("receivables", cents(b.receivables)),
            ("net_capital", cents(b.net() - end.obsolescence)),
            ("cash", cents(books.case.plan.cash.opening + end.cash)),
        ]
    };
    books.days.iter().zip(&service.days).map(of_day).collect()
}
