//! The events that the flow of units tells, and the trait of those who hear them.

use super::queue::Cohort;
use super::state::{Back, PurchaseOrder, Site};
use crate::model::LossTerms;
use crate::sim::demand::Path;
use crate::sim::plan::{Plan, PriceCut};
use restock_base::rng::{Draw, Draws, Stream};
use restock_base::units::Money;
use std::ops::Range;

/// One day of one replication.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct Now<'a> {
    pub plan: &'a Plan,
    pub path: &'a Path,
    pub replication: u32,
    /// Simulated day; 0 is the first one of the warm-up.
    pub day: usize,
    measured: bool,
}

impl<'a> Now<'a> {
    /// A day of a replication.
    pub fn new(plan: &'a Plan, path: &'a Path, replication: u32, day: usize) -> Self {
        Now { plan, path, replication, day, measured: day >= plan.warmup }
    }

    /// Number of the shoppers of today, where they may want several units.
    pub fn baskets(&self) -> i64 {
        self.path.baskets.of(self.day).len() as i64
    }

    /// Units that the shoppers of today with these numbers want.
    pub fn units_of(&self, shoppers: Range<i64>) -> i64 {
        if self.plan.baskets.is_none() {
            return shoppers.end - shoppers.start;
        }
        self.sizes_of(shoppers).iter().map(|units| i64::from(*units)).sum()
    }

    /// The units that each of them wants, where they may be several.
    pub fn sizes_of(&self, shoppers: Range<i64>) -> &'a [u16] {
        &self.path.baskets.of(self.day)[shoppers.start as usize..shoppers.end as usize]
    }

    /// Whether today belongs to the measured window.
    #[inline(always)]
    pub fn is_measured(&self) -> bool {
        self.measured
    }

    /// A draw that is known by its purpose, a day and a number.
    pub fn draw(&self, stream: Stream, day: usize, index: u32) -> Draw {
        stream.at(self.replication, self.plan.first.plus(day as i32).0, index)
    }

    /// Several draws side by side, at most [`Draws::MOST`]: `key` gives the purpose, day and number of each.
    #[inline]
    pub fn draws(&self, n: usize, key: impl Fn(usize) -> (Stream, usize, u32)) -> Draws {
        Draws::open(n, self.replication, |i| {
            let (stream, day, index) = key(i);
            (stream, self.plan.first.plus(day as i32).0, index)
        })
    }
}

/// An event of today. Locations are numbers of the plan; `order` is the number of a purchase order as long as it is open.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) enum Event<'a> {
    /// A replication begins with the opening stock on the shelves, and nothing on order.
    Opened(&'a [Site]),
    /// The measured window begins with today.
    WindowBegins(&'a [Site]),
    /// A purchase order arrives. Its scrapped units do not.
    Received { order: u32, lot: &'a PurchaseOrder },
    /// Units leave the shelf for a cohort that has waited.
    ShippedFromBacklog { location: usize, units: i64, cohort: &'a Cohort },
    /// Where customers are of several classes: the same once more, of units that were just told.
    ShippedToClass { location: usize, units: i64, cohort: &'a Cohort },
    /// The same of units that were just told, for those who have not waited: nobody has asked which class they are of.
    ShippedToSomebody { location: usize, units: i64 },
    /// Units leave the shelf for shoppers of today.
    ServedFromStock { location: usize, units: i64 },
    /// All shoppers of today have come. Of the `interested` ones, `lost` left because of the delivery time.
    Demanded { interested: i64, lost: i64 },
    /// Shoppers whose first choice is this location pre-order what ships on the date of the window.
    PreOrdered { window: usize, location: usize, units: i64 },
    /// Pre-orders are cancelled on the morning on which they were to ship.
    PreOrderCancelled { window: usize, location: usize, units: i64 },
    /// Pre-orders leave the shelf on the date promised.
    PreOrderShipped { window: usize, location: usize, units: i64 },
    /// Pre-orders for which there is no stock on the date promised wait from now on.
    PreOrderLate { location: usize, cohort: &'a Cohort },
    /// Of the `of` units that have left a location today, some will come back on a day.
    ComesBack { location: usize, due: usize, back: Back, of: i64 },
    /// Units that customers have sent back are there: they get their money.
    Returned { location: usize, back: Back },
    /// Units that were sent back are on hand again.
    Restocked { location: usize, units: i64 },
    /// A campaign runs today: by how much less those pay who order, and what it costs. Of several on one day the largest cut holds.
    CampaignRuns { cut: PriceCut, cost: Money },
    /// Shoppers whom a campaign would have brought, and who did not come because it pauses.
    NotAdvertisedFor { units: i64 },
    /// So many orders, or parcels, hold so many of the units that were just told: what is paid by the order is paid once.
    Bundled { of: Bundle<'a>, bundles: i64, units: i64 },
    /// Where orders are of several units: so many shoppers did not leave because of the delivery time, and so many of these were served at once.
    OrdersOfToday { demanded: i64, whole: i64 },
    /// Shoppers whose first choice is this location found no stock.
    FoundNoStock { location: usize },
    /// Shoppers did not accept the date on which they would be covered here.
    WalkedAway { location: usize, units: i64, class: u8 },
    /// Shoppers accepted the date on which they would be covered here, and wait. `promise` is the day promised to them, or [`super::NONE`].
    Backordered { location: usize, units: i64, promise: u32, class: u8 },
    /// A promised date has passed without the notice that the 30-day rule asks for.
    Breached { orders: i64 },
    /// A cohort hears of a new date.
    NoticeSent { location: usize, units: i64, promise: u32 },
    /// Units of a cohort leave the queue; `cohort` holds those who stay.
    Cancelled { location: usize, units: i64, cohort: &'a Cohort, cause: Cause },
    /// A cohort that waited at a location which is closed waits at another one.
    Moved { location: usize, cohort: &'a Cohort },
    /// Units are taken off an open order; `lot` still holds them.
    TakenOff { order: u32, lot: &'a PurchaseOrder, units: i64 },
    /// Units of an order are lost; `lot` still holds them.
    Lost { order: u32, lot: &'a PurchaseOrder, units: i64, terms: &'a LossTerms },
    /// Units on hand are destroyed.
    Destroyed { location: usize, units: i64, terms: &'a LossTerms },
    /// Units that have left a location today will not reach their customers.
    ParcelsLost { location: usize, units: i64 },
    /// Others ship in the place of units that were lost.
    Reshipped { location: usize, units: i64 },
    /// Customers get the price back of units that were lost.
    LossRefunded { location: usize, units: i64 },
    /// The planner learns that units of an order for a location are lost, and counts on them no more.
    FoundMissing { location: usize, units: i64, placed: u32 },
    /// The planner reviews, regularly or because it reacts.
    Reviewed { location: usize, position: i64 },
    /// A purchase order is placed.
    Ordered { order: u32, lot: &'a PurchaseOrder },
    /// Where locations supply others: the units that shoppers of a location have ordered today, and those of them that wait there.
    OrderedHere { location: usize, units: i64, waiting: i64 },
    /// A location orders from the stock of another one.
    Requested { location: usize, source: usize, units: i64 },
    /// Of what it has ordered there, so much is not wanted any more.
    Withdrawn { location: usize, units: i64 },
    /// Units leave the stock of a location for that of another one, which asked for them on a day: `lot` is placed today. What is told of the days before
    /// the run is not on the shelf any more when it begins.
    Sent { order: u32, lot: &'a PurchaseOrder, source: usize, asked: u32 },
    /// When the run begins, so much has been paid for the goods of an order that was just told, whatever its terms say.
    PaidSoFar { order: u32, lot: &'a PurchaseOrder, amount: Money },
    /// An order leaves in a container, sooner than it was placed for, or not; it bears the price of so many.
    Loaded { order: u32, before: &'a PurchaseOrder, lot: &'a PurchaseOrder, containers: f64 },
    /// All decisions of the day are made: payments that fall due today are made.
    PaymentsDue,
    /// Units vanish from the shelf.
    Shrunk { location: usize, units: i64 },
    /// The day is over.
    EndOfDay(&'a Evening<'a>),
    /// The last day is over.
    WindowEnds(&'a [Site]),
}

/// All locations at the end of a day.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) struct Evening<'a> {
    pub sites: &'a [Site],
    /// Units on hand, those of them that somebody has got who waits for the rest, units that wait, and units on order, over all locations.
    pub on_hand: i64,
    pub reserved: i64,
    pub backlog: i64,
    pub on_order: i64,
    /// Safety stock that planners have planned.
    pub safety_stock: i64,
}

impl<'a> Evening<'a> {
    pub fn of(sites: &'a [Site]) -> Self {
        match sites {
            [one] => {
                let Site { on_hand, reserved, backlog, on_order, safety_stock, .. } = *one;
                Evening { sites, on_hand, reserved, backlog, on_order, safety_stock }
            }
            _ => Evening::of_several(sites),
        }
    }

    /// A loop over one location costs more than the location.
    #[inline(never)]
    fn of_several(sites: &'a [Site]) -> Self {
        let mut evening = Evening { sites, on_hand: 0, reserved: 0, backlog: 0, on_order: 0, safety_stock: 0 };
        for site in sites {
            evening.on_hand += site.on_hand;
            evening.reserved += site.reserved;
            evening.backlog += site.backlog;
            evening.on_order += site.on_order;
            evening.safety_stock += site.safety_stock;
        }
        evening
    }
}

/// What units have in common with others of their order.
#[derive(Debug, Clone, Copy)]
pub(in crate::sim) enum Bundle<'a> {
    /// They were wanted by shoppers who were interested.
    Shoppers,
    /// They were ordered.
    Accepted,
    /// They wait from now on.
    Waiting,
    /// They were pre-ordered in a window.
    Ahead { window: usize },
    /// They left a location, and with them the last units of so many orders, which may have been pre-ordered in a window.
    Parcels { location: usize, completed: i64, window: Option<usize> },
    /// They were cancelled.
    Cancelled(&'a Cohort, Cause),
}

/// Why an order of a customer is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sim) enum Cause {
    Customer,
    /// The 30-day rule: there was no consent.
    Rule,
}

/// Hears every event in turn. The flow is compiled once for each watcher, so that events that a watcher ignores cost nothing.
pub(in crate::sim) trait Watch {
    fn see(&mut self, now: &Now<'_>, event: &Event<'_>);
}

impl<W: Watch> Watch for &mut W {
    #[inline(always)]
    fn see(&mut self, now: &Now<'_>, event: &Event<'_>) {
        (**self).see(now, event);
    }
}

/// Both watchers hear every event, the first one before the second.
impl<A: Watch, B: Watch> Watch for (A, B) {
    #[inline(always)]
    fn see(&mut self, now: &Now<'_>, event: &Event<'_>) {
        self.0.see(now, event);
        self.1.see(now, event);
    }
}
