//! Cash, profit and book value at the ends of days.

use super::capital::Capital;
use super::ledger::{Earnings, Ledger};
use restock_base::units::Money;

/// Money at the end of one measured day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayMoney {
    /// Cash that has come in since the window began, less what has gone out. Interest is in it.
    pub cash: Money,
    /// Interest on the credit line since the window began, as cash: negative where interest was paid.
    pub(super) interest: Money,
    /// Counts and amounts from which [`super::Books::earned`] computes the profit.
    pub(super) earnings: Earnings,
    /// Net book value at the end of the day: stock, prepaid and receivables, less payables, customers' prepayments and
    /// the provision for obsolescence since the window began.
    pub book: Money,
}

impl DayMoney {
    /// Reads an evening off the ledger.
    #[inline(always)]
    pub(super) fn of(ledger: &Ledger, capital: &Capital) -> Self {
        let tonight = &capital.tonight;
        let claimed = tonight.receivables - ledger.of_purchases().payables - tonight.prepayments;
        DayMoney {
            cash: ledger.cash(),
            interest: ledger.interest(),
            earnings: ledger.earnings(),
            book: tonight.invested + claimed - ledger.obsolescence(),
        }
    }
}

/// The law of money over time that is broken, if one is.
pub(super) fn broken_law(days: &[DayMoney], ledger: &Ledger) -> Option<&'static str> {
    let (then, now) = (ledger.opening().net(), ledger.closing().net());
    if days.iter().any(|d| d.cash - d.interest != ledger.profit(&d.earnings) - (d.book - then)) {
        return Some("every day: cash = profit - growth of the net book value");
    }
    let last_is_wrong = days.last().is_some_and(|d| d.book != now - ledger.obsolescence());
    last_is_wrong
        .then_some("net book value of the last day = what is owned, claimed and owed - provided for obsolescence")
}
