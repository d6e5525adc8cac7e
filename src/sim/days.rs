//! The measured days of a replication, one row each: what windows, recoveries and present values are read from when the
//! replication is over.

use crate::units::Money;

/// One measured day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayRow {
    /// Units that were wanted on this day, served from stock, and not waited for.
    pub demanded: i64,
    pub from_stock: i64,
    pub walked_away: i64,
    /// Of the units ordered on this day: shipped and cancelled on later days of the window.
    pub served_later: i64,
    pub cancelled: i64,
    /// Units that wait at the end of the day.
    pub backlog: i64,
    /// At the end of the day at least the planned safety stock is on hand.
    pub buffered: bool,
    /// Cash that has come in since the window began, less what has gone out.
    pub cash: Money,
    /// Profit before the charge on capital since the window began.
    pub earned: Money,
    /// Net book value at the end of the day: stock, prepaid and receivables, less payables, customers' prepayments and
    /// what has been provided for obsolescence since the window began.
    pub book: Money,
}

impl DayRow {
    /// Nobody waits, nobody has walked away, and the safety stock is there.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.backlog == 0 && self.walked_away == 0 && self.buffered
    }

    /// Somebody waits or has walked away.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.backlog > 0 || self.walked_away > 0
    }
}
