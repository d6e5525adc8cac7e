//! What a replication is of, and the rules of which one may be broken on purpose.

use crate::model::{Cue, Location, PreOrder, Product, Scenario, SupplyModel};
use crate::sim::plan::Plan;
use restock_base::calendar::Day;
use restock_base::rng::{Draw, Stream};

/// One replication of one product in one supply model.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    pub scenario: &'a Scenario,
    pub product: &'a Product,
    pub model: &'a SupplyModel,
    /// The model as it is at first.
    pub first: &'a SupplyModel,
    /// The model as it is from the days of its changes on.
    pub spans: &'a [Span],
    /// Parameters only: rates as money, samplers, stages with their streams; those of today, and those of the whole run.
    pub plan: &'a Plan,
    pub whole: &'a Plan,
    pub seed: u64,
    /// Number of the replication.
    pub number: u32,
    /// The rule that is broken, to see whether anybody notices.
    pub fault: Option<Fault>,
}

/// A supply model from a change on.
pub struct Span {
    /// Its day, at the latest; a day after the run if it has none.
    pub from: usize,
    /// What brings it before that day.
    pub cue: Option<Cue>,
    pub model: SupplyModel,
    /// Those who wait at a location that closes wait elsewhere.
    pub moves: bool,
}

impl Span {
    /// The changes of a model, in order.
    pub fn of(scenario: &Scenario, model: &SupplyModel) -> Vec<Span> {
        let begin = scenario.horizon.begin() as i32;
        let of = |change: &crate::model::Change| Span {
            from: change.on.map_or(scenario.horizon.total() as usize, |on| {
                (on.0 - scenario.horizon.first().0).max(begin) as usize
            }),
            cue: change.cue,
            model: SupplyModel { locations: change.locations.clone(), overflow: change.overflow, ..model.clone() },
            moves: change.move_waiting,
        };
        model.changes.iter().map(of).collect()
    }
}

impl<'a> Case<'a> {
    /// The case after so many changes.
    pub fn after(&self, changes: usize) -> Case<'a> {
        match changes.checked_sub(1) {
            Some(last) => Case { model: &self.spans[last].model, plan: self.plan_of_span(last), ..*self },
            None => Case { model: self.first, plan: self.whole, ..*self },
        }
    }

    /// The case as it is on a day if no event brings a change before its day: by this what a unit costs is told.
    pub fn on(&self, day: usize) -> Case<'a> {
        match self.spans.iter().rev().find(|span| span.from <= day) {
            Some(span) => self.after(1 + self.spans.iter().rposition(|s| std::ptr::eq(s, span)).unwrap_or(0)),
            None => self.after(0),
        }
    }

    /// The plan of a change.
    fn plan_of_span(&self, number: usize) -> &'a Plan {
        &self.whole.later[number].plan
    }

    /// A location on the terms of a day; while it is closed on those on which it is first open.
    pub fn terms(&self, i: usize, day: usize) -> &'a Location {
        &self.terms_of(i, day).locations[i]
    }

    /// The supply model of those terms.
    pub fn terms_of(&self, i: usize, day: usize) -> &'a SupplyModel {
        let today = self.on(day).model;
        if today.locations[i].is_open { today } else { self.first_open(i) }
    }

    /// The supply model in which a location is first open.
    pub fn first_open(&self, i: usize) -> &'a SupplyModel {
        let mut models = std::iter::once(self.first).chain(self.spans.iter().map(|span| &span.model));
        models.find(|model| model.locations[i].is_open).unwrap_or(self.first)
    }

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

    /// Windows in which shoppers may pre-order.
    pub fn windows(&self) -> Vec<PreOrder> {
        self.first.windows(self.product).collect()
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
    /// Products that one factory makes do not wait for each other.
    FactoryForEach,
    /// A small order is served before a larger one that came before it.
    SmallOvertakes,
    /// Shoppers of another location get what lies where somebody stands in line.
    LineOvertaken,
    /// Whoever waits for the rest of an order leaves what there is to others.
    KeepsNothing,
    /// What ships in parts is one parcel.
    OneParcel,
    /// Containers leave when somebody has waited long enough, full or not.
    NeverFull,
    /// A container costs what is in it, as if others filled the rest.
    PartOfAContainer,
    /// Nothing that is down stops or slows anything.
    NothingGoesWrong,
    /// Orders are placed whatever is down.
    NeverRefused,
    /// What is lost is known at once.
    LossKnownAtOnce,
    /// Orders that never come do.
    NothingLost,
    /// What lies at a location that is down ships nevertheless.
    NeverShut,
    /// The supplier bears nothing that is lost.
    SellerBearsAll,
    /// Lost parcels are made good a day later.
    MadeGoodADayLate,
    /// Insurers pay nothing.
    NothingInsured,
    /// Goods on hand are as good as new.
    NeverAges,
    /// Who cancels gets the full price, whatever was paid.
    FullPriceBack,
    /// Campaigns go on whatever there is to sell.
    NeverPauses,
    /// Every lot is made and priced as a usual one is.
    SmallLots,
    /// The base order of a surge policy is for the days that come next, not for those that it will meet.
    BaseOfTheNextDays,
    /// A change that waits for demand to reach a level waits for a day more.
    LevelOfADayMore,
    /// Locations whose stock covers too few days are not spared.
    NothingSpared,
    /// What flies is ordered besides the order, and not taken from it.
    FliesBesides,
    /// What comes back is there a day later.
    ReturnedADayLate,
    /// What comes back is taken for a full loss.
    ReturnsWorthNothing,
    /// Pre-orders get what waiting orders have left.
    PreOrdersLast,
    /// The deposit of a cancelled pre-order stays with the shop.
    DepositKept,
    /// Planners do not count what is left at closed locations.
    OldStockForgotten,
    /// A new location's planner begins with nothing learnt.
    NothingInherited,
    /// Shoppers find what is left at closed locations only when their own has run out.
    OldStockLast,
    /// Locations that supply others review before these have ordered.
    UpstreamReviewsFirst,
    /// What a location orders from another one leaves on the day after.
    LeavesTheNextDay,
    /// A warehouse without shoppers of its own helps out the others.
    WarehouseServes,
    /// Planners of locations that supply others see their own shoppers alone.
    BlindUpstream,
    /// Goods that go from location to location lose what they have cost besides their price.
    FreightForgotten,
    /// Markets are weighed by their shares, whoever leaves because of the delivery.
    SharesAsGiven,
    /// A parcel worth as much as the threshold is above it.
    ThresholdExcluded,
    /// Who waits is served by age, whatever the priority.
    PriorityForgotten,
    /// Customers of every class pay what all do on average.
    OnePriceForAll,
}
