//! The books of one replication: every event that moves money posts here.
//!
//! Cash moves only through [`Ledger::post`], which says on which line; so the change of cash over any span is the sum
//! of its lines, to the millionth. What is bought lives in the accounts by where it is: a deposit until the order
//! is paid in full, then goods in production, finished or in transit, then stock at landed cost. The stock itself is
//! kept by the locations ([`super::state::LocationState`]).

use super::plan::Plan;
use super::state::PurchaseOrder;
use crate::model::{CustomerPays, Place};
use crate::units::{Money, share};

macro_rules! lines {
    ($($variant:ident $name:literal $label:literal;)*) => {
        /// A line of the cash flow statement.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Line { $($variant),* }

        impl Line {
            /// All of them, in the order of every table.
            pub const ALL: &'static [Line] = &[$(Line::$variant),*];
            pub const COUNT: usize = Self::ALL.len();

            /// Name in files.
            #[must_use]
            pub fn name(self) -> &'static str { match self { $(Line::$variant => $name),* } }
            /// Name for people.
            #[must_use]
            pub fn label(self) -> &'static str { match self { $(Line::$variant => $label),* } }
        }
    };
}

lines! {
    CustomerPayments "customer_payments" "Customers pay";
    Refunds "refunds" "Refunds";
    PaymentFees "payment_fees" "Payment fees";
    Goods "goods" "Goods";
    Freight "freight" "Inbound freight";
    Handling "handling" "Drayage and receiving";
    Duty "duty" "Duty and entry fees";
    ParcelDuty "parcel_duty" "Duty and clearance of parcels";
    PickAndPack "pick_and_pack" "Pick and pack";
    Delivery "delivery" "Delivery";
    Storage "storage" "Storage";
    Insurance "insurance" "Insurance";
    Support "support" "Support";
    Chargebacks "chargebacks" "Chargebacks";
    Advertising "advertising" "Advertising";
    FixedCosts "fixed_costs" "Fixed costs";
    Interest "interest" "Interest on the credit line";
}

impl Line {
    /// Lines that are a cost when they are paid. The others settle debts and claims, or pay for what is owned; interest
    /// is a matter of how the firm is financed, which the charge on capital stands for.
    pub(super) const EXPENSES: [Line; 9] = [
        Line::ParcelDuty,
        Line::PickAndPack,
        Line::Delivery,
        Line::Storage,
        Line::Insurance,
        Line::Support,
        Line::Chargebacks,
        Line::Advertising,
        Line::FixedCosts,
    ];
}

/// Cash in (positive) and out (negative) by line.
pub type Flows = [Money; Line::COUNT];

/// A part of the landed cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Goods,
    Freight,
    Handling,
    Duty,
}

impl Part {
    pub const ALL: [Part; 4] = [Part::Goods, Part::Freight, Part::Handling, Part::Duty];

    fn line(self) -> Line {
        match self {
            Part::Goods => Line::Goods,
            Part::Freight => Line::Freight,
            Part::Handling => Line::Handling,
            Part::Duty => Line::Duty,
        }
    }
}

/// A landed cost by [`Part`].
pub type Landed = [Money; Part::ALL.len()];

/// Where the money is.
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

    /// Account of goods paid in full.
    pub(super) fn goods_at(&mut self, place: Place) -> &mut Money {
        match place {
            Place::InProduction => &mut self.in_production,
            Place::Finished => &mut self.finished,
            Place::InTransit => &mut self.in_transit,
        }
    }

    /// Account of the goods of an order: a deposit until they are paid in full.
    pub(super) fn goods_of(&mut self, order: &PurchaseOrder) -> &mut Money {
        if order.paid_in_full() { self.goods_at(order.place) } else { &mut self.deposits }
    }
}

/// Accounts, lines, and customers' payments under way.
#[derive(Debug, Clone)]
pub struct Ledger {
    pub(super) accounts: Accounts,
    /// Since the window began.
    pub(super) flows: Flows,
    /// Orders whose payment reaches the account on each day.
    pub(super) settling: Vec<i64>,
}

impl Ledger {
    pub(super) fn new(plan: &Plan) -> Self {
        Ledger {
            accounts: Accounts::default(),
            flows: [Money::ZERO; Line::COUNT],
            settling: vec![0; plan.days + plan.finance.settlement_days as usize],
        }
    }

    pub(super) fn reset(&mut self) {
        self.accounts = Accounts::default();
        self.flows = [Money::ZERO; Line::COUNT];
        self.settling.fill(0);
    }

    /// Cash in, or out if negative.
    #[inline]
    pub(super) fn post(&mut self, line: Line, amount: Money) {
        self.accounts.cash += amount;
        self.flows[line as usize] += amount;
    }

    /// Interest of a day on what is drawn on the credit line; `opening` is the account's cash when the window began.
    pub(super) fn pay_interest(&mut self, plan: &Plan, opening: Money) {
        let balance = plan.cash.opening + self.accounts.cash - opening;
        let drawn = (-balance.to_f64()).clamp(0.0, plan.cash.credit);
        self.post(Line::Interest, -Money::from_f64(drawn * plan.cash.interest_per_day));
    }

    /// Customers pay for `n` orders on `day`; the money arrives after the settlement lag, less the fee.
    #[inline]
    pub(super) fn customers_pay(&mut self, plan: &Plan, n: i64, day: usize) {
        match plan.finance.settlement_days as usize {
            0 => self.settle(plan, n),
            lag => {
                self.accounts.receivables += plan.net_price() * n;
                self.settling[day + lag] += n;
            }
        }
    }

    fn settle(&mut self, plan: &Plan, n: i64) {
        self.post(Line::CustomerPayments, plan.price * n);
        self.post(Line::PaymentFees, -(plan.payment_fee * n));
    }

    /// What customers paid some days ago reaches the account.
    pub(super) fn settle_today(&mut self, plan: &Plan, day: usize) {
        let n = std::mem::take(&mut self.settling[day]);
        if n != 0 {
            self.accounts.receivables -= plan.net_price() * n;
            self.settle(plan, n);
        }
    }

    /// A payment to suppliers, carriers or customs for `part` of an order that has not been received.
    pub(super) fn prepay(&mut self, order: &mut PurchaseOrder, part: Part, amount: Money) {
        self.post(part.line(), -amount);
        self.accounts.unpaid -= amount;
        let a = &mut self.accounts;
        if part == Part::Goods {
            *a.goods_of(order) -= order.paid[Part::Goods as usize];
            order.paid[Part::Goods as usize] += amount;
            *a.goods_of(order) += order.paid[Part::Goods as usize];
        } else {
            order.paid[part as usize] += amount;
            a.prepaid += amount;
        }
    }

    /// The same for an order that has been received: a debt is paid.
    pub(super) fn pay_debt(&mut self, order: &mut PurchaseOrder, part: Part, amount: Money) {
        self.post(part.line(), -amount);
        self.accounts.payables -= amount;
        order.paid[part as usize] += amount;
    }

    /// The goods of an order change their place.
    pub(super) fn moved(&mut self, order: &mut PurchaseOrder, place: Place) {
        let goods = order.paid[Part::Goods as usize];
        *self.accounts.goods_of(order) -= goods;
        order.place = place;
        *self.accounts.goods_of(order) += goods;
    }

    /// The goods come on the books of a location at landed cost; what is unpaid of it is owed.
    pub(super) fn receive(&mut self, order: &PurchaseOrder) {
        let (landed, paid) = (order.landed(), order.paid.into_iter().sum::<Money>());
        let goods = order.paid[Part::Goods as usize];
        *self.accounts.goods_of(order) -= goods;
        self.accounts.prepaid -= paid - goods;
        self.accounts.unpaid -= landed - paid;
        self.accounts.payables += landed - paid;
    }

    /// `n` units are taken off an open order; what was paid on them comes back.
    pub(super) fn take_off(&mut self, order: &mut PurchaseOrder, n: i64) {
        let total = order.units + order.scrapped;
        let (unpaid, goods) = (order.landed() - order.paid.into_iter().sum(), order.paid[Part::Goods as usize]);
        *self.accounts.goods_of(order) -= goods;
        for part in Part::ALL {
            let i = part as usize;
            let back = order.paid[i].part(n, total);
            order.paid[i] -= back;
            // What was complete stays complete, to the millionth.
            order.cost[i] = if order.paid[i] + back == order.cost[i] {
                order.paid[i]
            } else {
                order.cost[i] - order.cost[i].part(n, total)
            };
            self.post(part.line(), back);
            if part != Part::Goods {
                self.accounts.prepaid -= back;
            }
        }
        order.paid_moment -= share(order.paid_moment, n.into(), total.into());
        *self.accounts.goods_of(order) += order.paid[Part::Goods as usize];
        self.accounts.unpaid += order.landed() - order.paid.into_iter().sum() - unpaid;
    }

    /// Whether customers pay when they order.
    pub(super) fn at_order(plan: &Plan) -> bool {
        plan.finance.customer_pays == CustomerPays::AtOrder
    }

    /// Balances now.
    #[must_use]
    pub fn accounts(&self) -> Accounts {
        self.accounts
    }

    /// Cash by line since the window began.
    #[must_use]
    pub fn flows(&self) -> &Flows {
        &self.flows
    }
}
