//! The end of every measured day, as series.

use super::accounts::Account;
use super::ledger::Ledger;
use super::lines::{Flows, Line};
use super::set::{Books, Reader};
use crate::sim::flow::{Evening, Event, Now};
use restock_base::units::Money;

/// The series of `daily.parquet`, in this order: one value for each measured day, over all locations. Flows are those of the day, stocks and
/// money those at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Series {
    /// Units demanded on the day. Shoppers lost to the delivery time are not among them.
    Demand,
    /// Units received into stock on the day.
    Receipts,
    /// Units on hand at the end of the day.
    OnHand,
    /// Units that wait at the end of the day.
    Backlog,
    /// Units shipped to customers on the day, from stock and to those who had waited.
    Shipped,
    /// Units of waiting orders cancelled on the day, by customers and by the 30-day rule.
    Cancelled,
    /// Paid for goods of orders that are not yet paid in full.
    DepositCapital,
    /// Goods paid in full that are being made.
    InProductionCapital,
    /// Goods paid in full that wait at the factory or a hub.
    FinishedCapital,
    /// Goods paid in full on their way.
    InTransitCapital,
    /// Freight, handling and duty paid on goods not yet received.
    PrepaidCapital,
    /// Landed cost of the stock on hand beyond the planned safety stock.
    CycleStockCapital,
    /// Landed cost of the stock on hand up to the planned safety stock.
    SafetyStockOnHandCapital,
    /// Invested capital: deposits, pipeline and stock on hand together.
    InvestedCapital,
    /// Memo: amounts still to be paid on orders not yet received.
    UnpaidOnOrder,
    /// Owed for goods, freight, handling and duty received.
    Payables,
    /// Paid by customers for orders that wait.
    CustomerPrepayments,
    /// Paid by customers, less the processor's fee, and not in the account yet.
    Receivables,
    /// Net book value: invested capital and receivables, less payables, customers' prepayments and the provision for obsolescence since the
    /// window began.
    NetCapital,
    /// Balance of the account: opening cash, and all cash in and out since the window began.
    Cash,
}

impl Series {
    /// All series, in the order of their declaration: entry `i` of a [`DayRecord`] is the value of `ALL[i]`.
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
    /// Number of series.
    pub const COUNT: usize = Self::ALL.len();

    /// Name in the column `series` of `daily.parquet`.
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

    /// Whether the series is money, which is kept in hundredths of the currency; the others are in units.
    #[must_use]
    pub fn is_money(self) -> bool {
        self >= Series::DepositCapital
    }
}

/// Values of one measured day, by [`Series`]: units, and money in hundredths of the currency, rounded down.
pub type DayRecord = [i128; Series::COUNT];

/// Keeps the daily records of one replication.
#[derive(Debug, Clone, Default)]
pub struct Daily {
    /// One record for each measured day, in the order of the days.
    pub records: Vec<DayRecord>,
    /// Cash by line since the window began, at the end of each day.
    pub flows: Vec<Flows>,
    today: Today,
    purchases: Purchases,
}

/// The accounts of purchases in hundredths, and the ledger's number of their state: they change on few days.
#[derive(Debug, Clone, Copy, Default)]
struct Purchases {
    changes: u64,
    deposits: i128,
    in_production: i128,
    finished: i128,
    in_transit: i128,
    prepaid: i128,
    unpaid: i128,
    payables: i128,
}

/// Units that moved today.
#[derive(Debug, Clone, Copy, Default)]
struct Today {
    demand: i64,
    receipts: i64,
    shipped: i64,
    cancelled: i64,
}

impl Reader for Daily {
    #[inline(always)]
    fn read(&mut self, now: &Now<'_>, event: &Event<'_>, books: &Books) {
        match *event {
            Event::WindowBegins(_) => {
                self.purchases = Purchases::of(books.ledger());
                self.records.clear();
                self.flows.clear();
                self.today = Today::default();
            }
            Event::Received { lot, .. } => self.today.receipts += lot.units,
            Event::Demanded { interested, lost } => self.today.demand = interested - lost,
            Event::ServedFromStock { units, .. }
            | Event::PreOrderShipped { units, .. }
            | Event::ShippedFromBacklog { units, .. } => {
                self.today.shipped += units;
            }
            Event::Cancelled { units, .. } | Event::PreOrderCancelled { units, .. } => self.today.cancelled += units,
            Event::EndOfDay(evening) => {
                if now.is_measured() {
                    self.record(now, evening, books);
                }
                self.today = Today::default();
            }
            _ => {}
        }
    }
}

impl Purchases {
    fn of(ledger: &Ledger) -> Self {
        let Some((held, changes)) = ledger.purchases().tonight() else { return Purchases::default() };
        let of = |account: Account| held[account as usize].hundredths();
        Purchases {
            changes,
            deposits: of(Account::Deposits),
            in_production: of(Account::InProduction),
            finished: of(Account::Finished),
            in_transit: of(Account::InTransit),
            prepaid: of(Account::Prepaid),
            unpaid: of(Account::Unpaid),
            payables: of(Account::Payables),
        }
    }
}

impl Daily {
    fn record(&mut self, now: &Now<'_>, evening: &Evening<'_>, books: &Books) {
        let (today, Evening { on_hand, backlog, .. }) = (&self.today, *evening);
        let (ledger, tonight) = (books.ledger(), &books.capital().tonight);
        if ledger.purchases().tonight().is_some_and(|(_, changes)| changes != self.purchases.changes) {
            self.purchases = Purchases::of(ledger);
        }
        let a = self.purchases;
        let [demand, receipts, on_hand, waiting, shipped, cancelled] =
            [today.demand, today.receipts, on_hand, backlog, today.shipped, today.cancelled].map(i128::from);
        let cents = Money::hundredths;
        let book = books.days().last().map_or(Money::ZERO, |day| day.book);
        self.records.push([
            demand,
            receipts,
            on_hand,
            waiting,
            shipped,
            cancelled,
            a.deposits,
            a.in_production,
            a.finished,
            a.in_transit,
            a.prepaid,
            cents(ledger.stock() - tonight.buffer),
            cents(tonight.buffer),
            cents(tonight.invested),
            a.unpaid,
            a.payables,
            cents(ledger.prepayments(evening.backlog)),
            cents(ledger.receivables()),
            cents(book),
            cents(now.plan.cash.opening + ledger.cash()),
        ]);
        self.flows.push([Money::ZERO; Line::COUNT]);
        if let Some(flows) = self.flows.last_mut() {
            ledger.fill(flows);
        }
    }
}
