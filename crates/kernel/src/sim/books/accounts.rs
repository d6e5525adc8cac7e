//! What is owned and owed.

use crate::model::Place;
use restock_base::units::Money;

/// Where the money is. What is bought is a deposit until the order is paid in full, then goods in production, finished or in
/// transit, then stock at landed cost, which the shelves keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accounts {
    pub cash: Money,
    /// Paid by customers, less the processor's fee, and not in the account yet.
    pub receivables: Money,
    /// Owed for goods, freight, handling and duty received.
    pub payables: Money,
    /// Paid on goods of orders that are not yet paid in full.
    pub deposits: Money,
    /// Goods paid in full that are being made.
    pub in_production: Money,
    /// Goods paid in full that wait at the factory or a hub.
    pub finished: Money,
    /// Goods paid in full on their way.
    pub in_transit: Money,
    /// Freight, handling and duty paid on goods not yet received.
    pub prepaid: Money,
    /// Memo: what is still to be paid on orders not yet received.
    pub unpaid: Money,
}

impl Accounts {
    /// Paid for on its way: everything but deposits and what is on the shelf.
    #[must_use]
    pub fn pipeline(&self) -> Money {
        self.in_production + self.finished + self.in_transit + self.prepaid
    }

    /// Accounts of purchases; cash and receivables are empty.
    pub(super) fn of(held: &Held) -> Self {
        let of = |account: Account| held[account as usize];
        Accounts {
            cash: Money::ZERO,
            receivables: Money::ZERO,
            payables: of(Account::Payables),
            deposits: of(Account::Deposits),
            in_production: of(Account::InProduction),
            finished: of(Account::Finished),
            in_transit: of(Account::InTransit),
            prepaid: of(Account::Prepaid),
            unpaid: of(Account::Unpaid),
        }
    }
}

/// An account of purchases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Account {
    Deposits,
    InProduction,
    Finished,
    InTransit,
    Prepaid,
    Unpaid,
    Payables,
}

/// What is held in each [`Account`].
pub(super) type Held = [Money; Account::COUNT];

impl Account {
    pub const COUNT: usize = 7;

    /// The account of goods that are paid in full.
    pub fn of_goods(place: Place) -> Self {
        match place {
            Place::InProduction => Account::InProduction,
            Place::Finished => Account::Finished,
            Place::InTransit => Account::InTransit,
        }
    }
}

/// Everything that is owned and owed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    pub accounts: Accounts,
    /// Stock on the shelves at landed cost, and the duty in it.
    pub on_hand: Money,
    pub duty_on_hand: Money,
    /// Paid by customers for orders that wait.
    pub prepayments: Money,
    /// Of what is owned, what exceeds the steady need of the days to come.
    pub overhang: Money,
}

impl Balance {
    /// Stock, and what has been paid for goods on order.
    #[must_use]
    pub fn owned(&self) -> Money {
        self.accounts.deposits + self.accounts.pipeline() + self.on_hand
    }

    /// Net book value: what is owned and claimed, less what is owed.
    #[must_use]
    pub fn net(&self) -> Money {
        self.owned() + self.accounts.receivables - self.accounts.payables - self.prepayments
    }
}
