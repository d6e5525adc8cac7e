//! What happened, in order: all that is counted, in units and in money, is read from here when the replication is over.

use crate::model::LossTerms;

/// Something that happened on a day.
pub struct Entry {
    pub day: usize,
    pub what: Happened,
}

/// Places are numbers of locations, `order` is that of a purchase order: the first one placed is 0.
pub enum Happened {
    Received {
        order: usize,
    },
    /// Units of a cohort leave the shelf.
    ShippedFromBacklog {
        place: usize,
        units: i64,
        cohort: Cohort,
    },
    /// Units leave the shelf for shoppers of today.
    Served {
        place: usize,
        units: i64,
    },
    Demanded {
        interested: i64,
        lost_to_delivery: i64,
    },
    /// So many orders, or parcels, hold so many units that were told.
    Bundled {
        of: Bundle,
        bundles: i64,
        units: i64,
    },
    /// Orders of several units: of those who did not leave because of the delivery, and of those who got all at once.
    OrdersOfToday {
        demanded: i64,
        whole: i64,
    },
    /// Shoppers whose first choice is here found no stock anywhere.
    FoundNoStock {
        place: usize,
    },
    WalkedAway {
        place: usize,
        units: i64,
        class: usize,
    },
    Backordered {
        place: usize,
        cohort: Cohort,
    },
    /// Of the `of` units that have left a location today these will come back on a day.
    ComesBack {
        place: usize,
        due: usize,
        to_stock: i64,
        liquidated: i64,
        of: i64,
    },
    Returned {
        place: usize,
        to_stock: i64,
        liquidated: i64,
    },
    /// A campaign runs today, the one of this number.
    CampaignRuns {
        number: usize,
    },
    /// Shoppers whom a campaign would have brought that pauses.
    NotAdvertisedFor {
        units: i64,
    },
    /// What came back some days ago is on hand.
    Restocked {
        place: usize,
        units: i64,
    },
    /// What ships on the date of the window.
    PreOrdered {
        window: usize,
        place: usize,
        units: i64,
    },
    /// On the morning on which they were to ship.
    PreOrderCancelled {
        window: usize,
        place: usize,
        units: i64,
    },
    /// Pre-orders leave the shelf on the date promised.
    PreOrderShipped {
        window: usize,
        place: usize,
        units: i64,
    },
    /// Pre-orders for which there is no stock on that date wait.
    PreOrderLate {
        place: usize,
        cohort: Cohort,
    },
    /// A promised date has passed without the notice that the 30-day rule asks for.
    Breached {
        orders: i64,
    },
    Notice {
        place: usize,
        cohort: Cohort,
    },
    /// A cohort that waited at a closed location waits here from now on.
    Moved {
        place: usize,
        cohort: Cohort,
    },
    Cancelled {
        place: usize,
        units: i64,
        cohort: Cohort,
        by_rule: bool,
    },
    /// Units are taken off an open order of `of` units.
    TakenOff {
        order: usize,
        units: i64,
        of: i64,
    },
    /// Units of an open order of `of` units are lost.
    Lost {
        order: usize,
        units: i64,
        of: i64,
        terms: LossTerms,
    },
    /// Units on hand are destroyed.
    Destroyed {
        place: usize,
        units: i64,
        terms: LossTerms,
    },
    /// Units that left a location today and will not reach their customers.
    ParcelsLost {
        place: usize,
        units: i64,
    },
    /// Others ship in their place.
    Reshipped {
        place: usize,
        units: i64,
    },
    /// The price of lost units is given back.
    LossRefunded {
        place: usize,
        units: i64,
    },
    /// The planner counts on these units no more.
    FoundMissing {
        place: usize,
        units: i64,
        placed: usize,
    },
    Reviewed {
        place: usize,
        position: i64,
    },
    Ordered {
        order: usize,
    },
    /// Units that shoppers of a location have ordered today, and those of them that wait there, where locations supply others.
    OrderedHere {
        place: usize,
        units: i64,
        waiting: i64,
    },
    /// A location orders from the stock of another one.
    Requested {
        place: usize,
        source: usize,
        units: i64,
    },
    Withdrawn {
        place: usize,
        units: i64,
    },
    /// An order leaves the stock of another location, which was asked for it on a day.
    Sent {
        order: usize,
        source: usize,
        asked: usize,
    },
    /// An order of so many units leaves in a container: its stages end on these days now, and it bears the price of so many.
    Loaded {
        order: usize,
        units: i64,
        ends: Vec<usize>,
        containers: f64,
    },
    /// So much has been paid for the goods of an order when the run begins.
    PaidSoFar {
        order: usize,
        amount: restock_base::units::Money,
    },
    /// All decisions are made: what is due today is paid.
    PaymentsDue,
    Shrunk {
        place: usize,
        units: i64,
    },
    EndOfDay(Vec<Evening>),
}

/// What so many orders or parcels are.
pub enum Bundle {
    /// Of those who were interested.
    Shoppers,
    /// Ordered.
    Accepted,
    /// Of those who wait from now on.
    Waiting,
    /// Shipped from a location, and with them the last units of so many orders.
    Parcels { place: usize, completed: i64, window: Option<usize> },
    /// Pre-ordered.
    Ahead { window: usize },
    /// Cancelled, after a broken promise or not.
    Cancelled { late: bool, by_rule: bool, window: Option<usize> },
}

/// An order of several units that waits: what has not shipped of it, and what of this is kept for it on the shelf.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub left: i64,
    pub kept: i64,
}

/// Units ordered on one day under one promise, as they were when it happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Cohort {
    pub born: usize,
    /// Number among those born on the same day: a key of their draws.
    pub number: u32,
    pub first_promise: Option<usize>,
    /// The promise in force.
    pub promise: Option<usize>,
    pub units: i64,
    pub notices: u32,
    /// The window in which it was pre-ordered.
    pub window: Option<usize>,
    /// The class of its customers.
    pub class: usize,
    /// Units of an order, and, if orders are of several units, each one that waits, the oldest first.
    pub size: i64,
    pub orders: Vec<Waiting>,
}

impl Cohort {
    /// Orders of one unit each.
    pub fn of_single(born: usize, number: u32, promise: Option<usize>, units: i64) -> Self {
        let (window, class, orders) = (None, 0, Vec::new());
        Cohort { born, number, first_promise: promise, promise, units, notices: 0, window, class, size: 1, orders }
    }

    /// Number of orders.
    pub fn count(&self) -> i64 {
        if self.orders.is_empty() { self.units } else { self.orders.len() as i64 }
    }

    /// Units on the shelf that are kept for it.
    pub fn kept(&self) -> i64 {
        self.orders.iter().map(|order| order.kept).sum()
    }

    /// Whether the promise in force has passed by `day`.
    pub fn is_late(&self, day: usize) -> bool {
        self.promise.is_some_and(|p| day > p)
    }

    pub fn is_late_by_the_first(&self, day: usize) -> bool {
        self.first_promise.is_some_and(|p| day > p)
    }
}

/// A purchase order.
#[derive(Debug, Clone, Default)]
pub struct Order {
    pub place: usize,
    pub route: usize,
    pub placed: usize,
    pub arrival: usize,
    /// Receipt that is expected at the earliest, of an order that queues for the factory.
    pub queued_until: usize,
    /// Day on which each stage ends.
    pub ends: Vec<usize>,
    /// Units ordered.
    pub ordered: i64,
    /// What comes of it, and what is scrapped on the way.
    pub units: i64,
    pub scrapped: i64,
    pub received: bool,
    /// All of it was lost, and the planner knows.
    pub gone: bool,
    /// Its stages and its receipt as they were when it was placed, if a container has left sooner.
    pub as_placed: Option<(Vec<usize>, usize)>,
    /// Which one it was of those whose receipt was filed. Of the receipts of a day the last one comes first.
    pub filed: usize,
}

impl Order {
    /// The order on the evening on which it was placed.
    pub fn when_placed(&self) -> Order {
        let (ends, arrival) = self.as_placed.clone().unwrap_or_else(|| (self.ends.clone(), self.arrival));
        Order { ends, arrival, ..self.clone() }
    }

    pub fn total(&self) -> i64 {
        self.units + self.scrapped
    }

    /// Day on which a stage ends, counted from 1; that of the order itself for 0.
    pub fn milestone(&self, stage: usize) -> usize {
        if stage == 0 { self.placed } else { self.ends[stage - 1] }
    }
}

/// A location at the end of a day.
#[derive(Debug, Clone, Default)]
pub struct Evening {
    pub on_hand: i64,
    /// Of these, units that nobody who waits has got.
    pub free: i64,
    pub waiting: i64,
    /// By window: units pre-ordered that are to ship, and those that were and wait.
    pub pre_orders: Vec<i64>,
    pub late: Vec<i64>,
    pub on_order: i64,
    /// Units that other locations wait for here, and that this one waits for at others.
    pub owed: i64,
    pub awaited: i64,
    /// Planned safety stock.
    pub safety_stock: i64,
    /// Numbers of its open orders.
    pub open: Vec<usize>,
}

/// A replication in units.
pub struct Story {
    /// Before the first day.
    pub opening: Vec<Evening>,
    pub entries: Vec<Entry>,
    pub orders: Vec<Order>,
    /// Who still waits at the end.
    pub waiting: Vec<Cohort>,
    /// Units that the policies of the locations need for the steady mean, when the measured window begins and when it ends; none of those that are
    /// closed.
    pub steady_need: [Vec<Option<i64>>; 2],
    /// Day at whose end there were more units than can be counted: it is the last one.
    pub beyond: Option<usize>,
    /// Days of the changes of the supply model, in order.
    pub turned: Vec<usize>,
}

impl Story {
    /// How many changes have been made when day `t` is over.
    pub fn changes(&self, t: usize) -> usize {
        self.turned.iter().filter(|day| **day <= t).count()
    }

    /// All locations when day `t` begins.
    pub fn morning(&self, t: usize) -> &[Evening] {
        let before = self.entries.iter().filter(|e| e.day < t).rev();
        let evening = |e: &'_ Entry| matches!(e.what, Happened::EndOfDay(_));
        match before.into_iter().find(|e| evening(e)).map(|e| &e.what) {
            Some(Happened::EndOfDay(evening)) => evening,
            _ => &self.opening,
        }
    }
}
