//! Cash, profit and book value at the ends of days.

use super::capital::Capital;
use super::ledger::Ledger;
use restock_base::units::Money;

/// Money at the end of one measured day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayMoney {
    /// Cash that has come in since the window began, less what has gone out. Interest is in it.
    pub cash: Money,
    /// Interest on the credit line since the window began, as cash: negative where interest was paid.
    pub(super) interest: Money,
    /// Net book value at the end of the day: stock, prepaid and receivables, less payables, customers' prepayments and
    /// the provision for obsolescence since the window began.
    pub book: Money,
    pub(super) invested: Money,
}

impl DayMoney {
    /// Reads an evening off the ledger. `prepayments` is what customers have paid for orders that wait.
    #[inline(always)]
    pub(super) fn of(ledger: &Ledger, capital: &Capital, prepayments: Money) -> Self {
        let invested = capital.tonight.invested;
        let owned = invested + ledger.receivables();
        DayMoney {
            invested,
            cash: ledger.cash(),
            interest: ledger.interest(),
            book: owned
                - ledger.purchases().payables()
                - prepayments
                - ledger.obsolescence()
                - ledger.owed_for_returns(),
        }
    }
}

impl DayMoney {
    /// Profit before the charge on capital from the beginning of the window to the end of this day: what has come in, and the growth of the
    /// net book value. It is what the ledger finds by adding up what was sold and spent ([`Ledger::earned`]).
    pub(super) fn earned(&self, ledger: &Ledger) -> Money {
        self.cash - self.interest + self.book - ledger.opening().net()
    }
}

/// The law of money over time that is broken, if one is.
pub(super) fn broken_law(days: &[DayMoney], ledger: &Ledger) -> Option<&'static str> {
    let last = days.last()?;
    if last.earned(ledger) != ledger.earned() {
        return Some("cash = profit - growth of the net book value");
    }
    let last_is_wrong = last.book != ledger.closing().net() - ledger.obsolescence();
    last_is_wrong
        .then_some("net book value of the last day = what is owned, claimed and owed - provided for obsolescence")
}
