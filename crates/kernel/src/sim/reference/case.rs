//! What a replication is of, and the rules of which one may be broken on purpose.

use crate::model::{Product, Scenario, SupplyModel};
use crate::sim::plan::Plan;
use restock_base::calendar::Day;
use restock_base::rng::{Draw, Stream};

/// One replication of one product in one supply model.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub scenario: &'a Scenario,
    pub product: &'a Product,
    pub model: &'a SupplyModel,
    /// Parameters only: rates as money, samplers, stages with their streams.
    pub plan: &'a Plan,
    pub seed: u64,
    /// Number of the replication.
    pub number: u32,
    /// The rule that is broken, to see whether anybody notices.
    pub fault: Option<Fault>,
}

impl Case<'_> {
    /// Whether this rule is the broken one.
    pub fn breaks(&self, fault: Fault) -> bool {
        self.fault == Some(fault)
    }

    /// First simulated day.
    pub fn first(&self) -> Day {
        self.scenario.horizon.first()
    }

    pub fn date(&self, day: usize) -> Day {
        self.first().plus(day as i32)
    }

    /// Number of the first simulated day.
    pub fn begin(&self) -> usize {
        self.plan.begin
    }

    /// Simulated days, and how many of them come before the measured window.
    pub fn days(&self) -> usize {
        self.scenario.horizon.total() as usize
    }

    pub fn warmup(&self) -> usize {
        self.scenario.horizon.warmup_days as usize
    }

    pub fn is_measured(&self, day: usize) -> bool {
        day >= self.warmup()
    }

    /// The draw of a purpose, a day and a number.
    pub fn draw(&self, stream: Stream, day: usize, number: u32) -> Draw {
        stream.at(self.number, self.date(day).0, number)
    }
}

macro_rules! faults {
    ($($(#[$what:meta])* $fault:ident,)*) => {
        /// A rule of `docs/model.md` that the reference breaks if it is told to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Fault { $($(#[$what])* $fault),* }

        impl Fault {
            pub const ALL: &'static [Fault] = &[$(Fault::$fault),*];
        }
    };
}

faults! {
    /// Waiting orders are served newest first.
    NewestFirst,
    /// Every purchase order is received a day later.
    ReceivedADayLate,
    /// Orders of today may cancel today.
    CancelToday,
    /// The inventory position does not count who waits.
    PositionWithoutBacklog,
    /// The lead time covers one demand more.
    OneDemandMore,
    /// Lots are rounded down to the multiple.
    RoundedDown,
    /// Planners see those who walk away.
    WalkAwaysSeen,
    /// The location that comes last in the file helps out first.
    LastHelpsFirst,
    /// A notice is sent a day of tolerance later.
    NoticeADayLater,
    /// A notice leaves the promise in force as it was.
    PromiseNotRenewed,
    /// Receipts may overtake each other on routes without crossing, too.
    Overtaking,
    /// The factory makes as many units a day as one likes.
    EndlessCapacity,
    /// Units that vanish are taken off a day at a time only.
    ShrinkForgotten,
    /// Who waits is covered by the receipt that comes last.
    CoveredByTheLast,
    /// Not a fault: what the page says. Scrap is learnt at the receipt, so promises and expedite routes count open orders with it.
    ScrapLearntAtTheReceipt,
    /// Reactions to a low position come at once.
    NoLatency,
    /// Freight is posted twice.
    FreightTwice,
    /// A refund brings the payment fee back.
    FeeRefunded,
    /// Customers' money is a day too early.
    SettledADayEarly,
    /// Goods leave the shelf at the cost of the last receipt.
    LastCost,
    /// What is paid in full before the receipt stays a deposit.
    DepositForEver,
    /// Interest is paid on the whole of what is missing, beyond the credit line.
    InterestWithoutLimit,
    /// The overhang counts no orders.
    OverhangOnHandOnly,
}
