//! The accounts of the firm: cash, claims, goods on order and debts, and the balance that they make with the stock.

use super::returns::Amounts;
use crate::model::Place;
use restock_base::units::Money;

/// Balances of the accounts at one moment. Money paid for goods is a deposit until the goods are paid in full. Then it stands for goods in
/// production, finished or in transit, and from the receipt on for stock at landed cost, which the shelves keep.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accounts {
    /// Cash come in since the replication began, less cash gone out, without the scenario's opening cash. Running costs of the warm-up are left
    /// out, so only differences within the window mean something.
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
    /// Memo: amounts still to be paid on orders not yet received. They are no debt yet.
    pub unpaid: Money,
}

impl Accounts {
    /// Goods paid in full that are not yet received, with the freight, handling and duty prepaid. Deposits and stock on the shelf are not in it.
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

/// Everything that is owned and owed at one end of the measured window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balance {
    /// Cash, claims, goods on order and debts.
    pub accounts: Accounts,
    /// Stock on the shelves at landed cost.
    pub on_hand: Money,
    /// Duty and entry fees in the landed cost of the stock on the shelves.
    pub duty_on_hand: Money,
    /// Paid by customers for orders that wait.
    pub prepayments: Money,
    /// Book value of the goods on hand and on order beyond the steady need of the days to come (see Profit in `docs/model.md`).
    pub overhang: Money,
    /// What of it is lost where goods lose worth with their days on hand.
    pub aged: Money,
    /// Of goods that customers will send back: owed for them, and what they bring.
    pub returns: Amounts,
}

impl Balance {
    /// Invested capital: stock on the shelves, and payments on goods on order.
    #[must_use]
    pub fn owned(&self) -> Money {
        self.accounts.deposits + self.accounts.pipeline() + self.on_hand
    }

    /// Net book value: invested capital and receivables, less payables, customers' prepayments and what is owed for goods that come back. Cash is
    /// not in it.
    #[must_use]
    pub fn net(&self) -> Money {
        self.owned() + self.accounts.receivables - self.accounts.payables - self.prepayments - self.returns.net()
    }
}
