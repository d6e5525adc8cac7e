//! Supply models: stocking locations, the routes that replenish them, and the planner who orders.

use super::customer::Customers;
use super::network::Allocation;
use super::{LostLots, LostParcels, PreOrder, Product, Returns, Scenario};
use restock_base::calendar::{DateSteps, Day};
use restock_base::ids::{CalendarId, RegimeId};
use restock_base::law::{Dist, Sampler};
use restock_base::rng::Draw;
use std::borrow::Cow;

/// One way of supplying customers: one or more stocking locations.
#[derive(Debug, Clone)]
pub struct SupplyModel {
    /// Its unique name, printed on tables and charts.
    pub name: String,
    /// Stocking locations; their shares of the shoppers add up to 1.
    pub locations: Vec<Location>,
    /// An order that its own location cannot serve is served from another one's stock, or waits where
    /// it will be covered first.
    pub overflow: bool,
    /// Days of the product's mean demand added to the targets of all policies; negative: taken off.
    pub extra_stock_days: f64,
    /// How its customers behave.
    pub customers: Customers,
    /// What its planner knows and how demand is forecast.
    pub planner: Planner,
    /// What is different from a date on, in the order of the dates.
    pub changes: Vec<Change>,
    /// Whether its shoppers may pre-order in the product's windows.
    pub pre_orders: bool,
    /// Whether its planners order for what is pre-ordered; absent: as each window says.
    pub sizes_order: Option<bool>,
    /// Whether its customers send goods back, where the product has returns.
    pub has_returns: bool,
    /// Whether campaigns pause that have a cover below which they do.
    pub pauses_campaigns: bool,
}

impl SupplyModel {
    /// The windows in which its shoppers may pre-order a product.
    pub fn windows<'a>(&self, product: &'a Product) -> impl Iterator<Item = PreOrder> + 'a {
        let (taken, sizes_order) = (self.pre_orders, self.sizes_order);
        let own = move |w: &PreOrder| PreOrder { sizes_order: sizes_order.unwrap_or(w.sizes_order), ..w.clone() };
        product.demand.pre_orders.iter().filter(move |_| taken).map(own)
    }

    /// What its customers send back of a product; absent: nothing.
    #[must_use]
    pub fn returns<'a>(&self, product: &'a Product) -> Option<&'a Returns> {
        product.returns.as_ref().filter(|_| self.has_returns)
    }
}

/// How a supply model goes on from a date, or from an event on. What is built stays as it is: locations, what their stages take and what they cost. What changes
/// is who serves whom, who orders, by which route, and by which policy.
#[derive(Debug, Clone)]
pub struct Change {
    /// The first day on which it holds; with a cue the latest one. Absent: it comes with its cue, or never.
    pub on: Option<Day>,
    /// What brings it before that day.
    pub cue: Option<Cue>,
    /// The locations of the model as they are from then on: all of them, in the same order, with the same routes.
    pub locations: Vec<Location>,
    /// As that of the supply model.
    pub overflow: bool,
    /// Whoever waits at a location that closes waits where shoppers are served then. Otherwise they stay as long as stock or open orders there
    /// cover them.
    pub move_waiting: bool,
}

/// An event that brings a change of a supply model, for each product and replication on its own day. It is looked at every morning from the second
/// measured day on, once all changes before it have been made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cue {
    /// This morning units of a purchase order arrive at the location of this number: it changes before they do.
    FirstReceipt(usize),
    /// On the last `days` days, which lie in the run, planners saw `per_day` units a day or more, at all locations together.
    DemandReaches {
        /// Units that were ordered a day, on average.
        per_day: f64,
        /// Days over which they are averaged.
        days: u32,
    },
}

impl Change {
    /// The date of a change that has one and waits for nothing else.
    #[must_use]
    pub fn dated(&self) -> Option<Day> {
        self.on.filter(|_| self.cue.is_none())
    }
}

impl SupplyModel {
    /// The locations before and after each change.
    pub fn spans(&self) -> impl Iterator<Item = &[Location]> {
        std::iter::once(&self.locations).chain(self.changes.iter().map(|c| &c.locations)).map(Vec::as_slice)
    }

    /// The supply model as it is simulated for a product: as it is for that, with locations that serve their markets, and with a change on
    /// each day on which shares of markets change who orders.
    #[must_use]
    pub fn in_scenario(&self, scenario: &Scenario, product: &Product) -> Cow<'_, SupplyModel> {
        let mut own = self.for_product(product);
        if !scenario.markets.is_empty() {
            scenario.with_markets(own.to_mut());
        }
        own
    }

    /// The supply model as it is for a product that has duty rates, a minimum or lead times of its own, everywhere or here.
    #[must_use]
    pub fn for_product(&self, product: &Product) -> Cow<'_, SupplyModel> {
        let here = product.terms_in(self);
        let duty = here.and_then(|terms| terms.duty.as_ref()).or(product.duty.as_ref());
        let minimum_order = here.and_then(|terms| terms.minimum_order).or(product.minimum_order);
        let lead_time_factor = product.lead_time_factor_in(self);
        let premium = here.and_then(|terms| terms.unit_cost_premium);
        // Added, so that what a search adds to all products is added to each.
        let extra_stock_days = self.extra_stock_days + here.map_or(0.0, |terms| terms.extra_stock_days);
        let is_usual = duty.is_none() && minimum_order.is_none() && lead_time_factor == 1.0 && premium.is_none();
        if is_usual && extra_stock_days == self.extra_stock_days {
            return Cow::Borrowed(self);
        }
        let mut own = self.clone();
        own.extra_stock_days = extra_stock_days;
        for l in own.spans_mut() {
            // A minimum is a factory's, and so are lead times; what goes from location to location has a duty of its own where it crosses a border.
            if l.supplied_from().is_none() {
                l.minimum_order = minimum_order.unwrap_or(l.minimum_order);
            }
            for route in &mut l.routes {
                let pays_duty = route.from.is_none() || route.duty.first_day().is_some();
                if let Some(duty) = duty.filter(|_| pays_duty) {
                    route.duty.clone_from(duty);
                }
                if route.from.is_none() {
                    route.stages.iter_mut().for_each(|stage| stage.take_times(lead_time_factor));
                    route.unit_cost_premium = premium.unwrap_or(route.unit_cost_premium);
                }
            }
        }
        Cow::Owned(own)
    }

    /// Whether goods of some route wait for a container.
    #[must_use]
    pub fn waits_for_containers(&self) -> bool {
        let waits = |l: &Location| l.routes.iter().flat_map(|r| &r.stages).any(|s| s.waits_for.is_some());
        self.locations.iter().any(waits)
    }

    /// Every location, before and after each change: for what is the same in all of them.
    pub fn spans_mut(&mut self) -> impl Iterator<Item = &mut Location> {
        let changed = self.changes.iter_mut().flat_map(|c| &mut c.locations);
        self.locations.iter_mut().chain(changed)
    }
}

/// A stock that serves customers.
#[derive(Debug, Clone)]
pub struct Location {
    /// Its name, unique within the supply model.
    pub name: String,
    /// Whether shoppers are served from here and anything is ordered for it. What a closed location has, and what is still on its way to it, is
    /// sold before anything else.
    pub is_open: bool,
    /// Share of shoppers served first from here; 0 if it is closed.
    pub share: f64,
    /// Share of each market's shoppers who are served first from here, where markets differ in that; else empty, and that of all is `share`.
    pub of_markets: Vec<f64>,
    /// How units reach the customer, and what that costs.
    pub delivery: Delivery,
    /// A cubic metre, a month.
    pub storage_per_m3_month: f64,
    /// Factor on it in each month, January first.
    pub storage_month_factors: [f64; 12],
    /// When its shoppers are served from another location, so that what is left here is kept.
    pub ship_from: Option<ShipFrom>,
    /// Who comes first where its stock is not enough for its customers and for the locations that it supplies.
    pub allocation: Allocation,
    /// When the planner orders for this location, and how much.
    pub policy: Policy,
    /// Fewest units of a purchase order; 0 for no minimum.
    pub minimum_order: i64,
    /// Units of a purchase order are rounded up to a multiple of this number.
    pub order_multiple: i64,
    /// Units of every product on the first simulated day; absent: the policy's own target.
    pub initial_on_hand: Option<i64>,
    /// By SKU, what a run finds there that begins with a [`super::Position`].
    pub positions: Vec<(String, super::Position)>,
    /// What becomes of units that customers send back.
    pub takes_back: TakesBack,
    /// When the planner orders between reviews; absent: never.
    pub react: Option<React>,
    /// The first that is open is the base route; further ones expedite.
    pub routes: Vec<Route>,
}

/// Shoppers of a location are served from another one while its own stock covers too few days.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShipFrom {
    /// Days of forecast demand that the stock on hand covers at least if shoppers are served from it; 0: always.
    pub below_cover_days: f64,
    /// Number of the location that serves them in its place. While it is closed the rule rests.
    pub instead: usize,
}

/// What becomes of units that customers send back to a location, and what that costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TakesBack {
    /// What can be sold again becomes stock; otherwise everything is liquidated.
    pub to_stock: bool,
    /// Days from the return of a unit that can be sold again until it is stock: of a consolidated shipment back to the origin, say.
    pub restock_days: u32,
    /// Postage and handling of a unit.
    pub cost: f64,
    /// Share of the price that a unit brings which is not sold again.
    pub recovery: f64,
}

impl Location {
    /// Share of the shoppers of market number `k` who are served first from here.
    #[must_use]
    pub fn share_of_market(&self, k: usize) -> f64 {
        self.of_markets.get(k).copied().unwrap_or(self.share)
    }

    /// Number of the base route: the first one that is open.
    #[must_use]
    pub fn base(&self) -> usize {
        self.routes.iter().position(|r| r.is_open).unwrap_or(0)
    }

    /// Number of the second route that is open, on which policies of two routes order besides; 0 if there is none.
    #[must_use]
    pub fn second(&self) -> usize {
        let open = self.routes.iter().enumerate().filter(|(_, r)| r.is_open && r.lots_of.is_none());
        open.map(|(r, _)| r).nth(1).unwrap_or(0)
    }

    /// The base route.
    #[must_use]
    pub fn base_route(&self) -> &Route {
        &self.routes[self.base()]
    }

    /// The route on which a lot of route `r` goes: the route itself, or the one that stands for it where lots are that large.
    #[must_use]
    pub fn route_of_lot(&self, r: usize, units: i64) -> usize {
        let own = &self.routes[r];
        let name = own.lots_of.as_ref().map_or(&own.name, |of| &of.route);
        let stands = |route: &Route| route.lots_of.as_ref().filter(|of| of.route == *name).map(|of| of.from);
        let from = |r: &Route| if r.name == *name { Some(i64::MIN) } else { stands(r) };
        let fits = self.routes.iter().enumerate().filter_map(|(k, r)| Some((from(r)?, k))).filter(|(n, _)| *n <= units);
        fits.max().map_or(r, |(_, k)| k)
    }

    /// The route that route `r` stands for, or itself.
    #[must_use]
    pub fn stands_for(&self, r: usize) -> usize {
        self.route_of_lot(r, i64::MIN)
    }
}

/// From the location to the customer's door.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Days from the location to the customer's door.
    pub days: Dist,
    /// Handling in the warehouse, an order.
    pub pick_and_pack: f64,
    /// Postage or line haul, an order.
    pub per_order: f64,
    /// Postage by chargeable weight.
    pub per_kg: f64,
    /// Cubic centimetres a kilogram by which volume is charged as weight (see [`chargeable_kg`]); 0: weight alone
    /// counts.
    pub dimensional_divisor: f64,
    /// Customs clearance of a parcel.
    pub clearance_per_order: f64,
    /// Duty is paid on each parcel when it ships, at the rates of the base route's schedule, and not on
    /// the way in.
    pub duty_per_order: bool,
    /// Parcels that customers do not get; absent: all come.
    pub lost: Option<LostParcels>,
}

/// When and how much to order. Levels are inventory positions in units.
#[derive(Debug, Clone, PartialEq)]
pub enum Policy {
    /// Order up to `level` every day.
    BaseStock {
        /// Order-up-to level, in units.
        level: i64,
    },
    /// The (s, S) policy: at a review, order up to `order_up_to` if the position is at or below `reorder_point`.
    MinMax {
        /// Inventory position at or below which an order is placed, in units.
        reorder_point: i64,
        /// Inventory position to which an order lifts, in units.
        order_up_to: i64,
        /// Days between two reviews.
        review_days: u32,
    },
    /// The (r, nQ) policy: at a review, as many lots as lift the position above `reorder_point`.
    ReorderQuantity {
        /// Inventory position above which nothing is ordered, in units.
        reorder_point: i64,
        /// Size `Q` of a lot, in units.
        quantity: i64,
        /// Days between two reviews.
        review_days: u32,
    },
    /// Periodic (R, S) with a given level.
    OrderUpToLevel {
        /// Order-up-to level, in units.
        level: i64,
        /// Days between two reviews.
        review_days: u32,
    },
    /// Periodic (R, S) with a level from the planner's forecast over review and lead time, plus safety stock.
    /// `pooled`: the safety stock is that of all locations' demand together, held here.
    OrderUpToForecast {
        /// Stock beyond the forecast over review and lead time.
        safety_stock: SafetyStock,
        /// Whether the safety stock is that of all locations' demand together.
        pooled: bool,
        /// Days between two reviews.
        review_days: u32,
    },
    /// Periodic, up to the forecast of the coming `days` days.
    DaysOfCover {
        /// Days of forecast demand that an order covers, with what is on hand and on order.
        days: f64,
        /// Days between two reviews.
        review_days: u32,
    },
    /// A single order.
    OneTime {
        /// Units of the one order.
        quantity: i64,
        /// Day on which it is placed.
        day: Day,
    },
    /// Two order-up-to levels (Veeraraghavan and Scheller-Wolf, Operations Research 56, 2008): the
    /// expedite route lifts what arrives within its lead time to `expedite`, the base route lifts the whole position to `regular`.
    DualIndex {
        /// Order-up-to level of the whole inventory position.
        regular: Level,
        /// Order-up-to level of what arrives within the expedite route's lead time.
        expedite: Level,
        /// Days between two reviews.
        review_days: u32,
    },
    /// Tailored base surge (Allon and Van Mieghem, Management Science 56, 2010): a constant order on the
    /// base route, and the expedite route up to `expedite`.
    BaseSurge {
        /// What is ordered on the base route at each review.
        base: BaseOrder,
        /// Order-up-to level of the expedite route.
        expedite: Level,
        /// Days between two reviews.
        review_days: u32,
    },
}

impl Policy {
    /// Days between reviews.
    #[must_use]
    pub fn review_days(&self) -> u32 {
        match *self {
            Policy::BaseStock { .. } | Policy::OneTime { .. } => 1,
            Policy::MinMax { review_days, .. }
            | Policy::ReorderQuantity { review_days, .. }
            | Policy::OrderUpToLevel { review_days, .. }
            | Policy::OrderUpToForecast { review_days, .. }
            | Policy::DaysOfCover { review_days, .. }
            | Policy::DualIndex { review_days, .. }
            | Policy::BaseSurge { review_days, .. } => review_days,
        }
    }

    /// Whether a planner who follows it looks at a forecast.
    #[must_use]
    pub fn follows_forecast(&self) -> bool {
        match self {
            Policy::OrderUpToForecast { .. } | Policy::DaysOfCover { .. } => true,
            Policy::DualIndex { regular, expedite, .. } => regular.days().or(expedite.days()).is_some(),
            Policy::BaseSurge { base, expedite, .. } => {
                matches!(base, BaseOrder::Share(_)) || expedite.days().is_some()
            }
            Policy::BaseStock { .. }
            | Policy::OrderUpToLevel { .. }
            | Policy::MinMax { .. }
            | Policy::ReorderQuantity { .. }
            | Policy::OneTime { .. } => false,
        }
    }

    /// True if the policy itself orders on two routes.
    #[must_use]
    pub fn uses_two_routes(&self) -> bool {
        matches!(self, Policy::DualIndex { .. } | Policy::BaseSurge { .. })
    }
}

/// An order-up-to level of a policy of two routes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Level {
    /// A fixed number of units.
    Units(i64),
    /// The forecast of the coming days.
    Days(f64),
}

impl Level {
    /// Days of forecast demand, if it is given so.
    #[must_use]
    pub fn days(self) -> Option<f64> {
        match self {
            Level::Units(_) => None,
            Level::Days(days) => Some(days),
        }
    }

    /// The level in units, where `forecast` tells the demand of so many coming days.
    pub fn units(self, forecast: impl FnOnce(f64) -> i64) -> i64 {
        match self {
            Level::Units(units) => units,
            Level::Days(days) => forecast(days),
        }
    }
}

/// The constant order of a tailored base surge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum BaseOrder {
    /// A fixed number of units.
    Units(i64),
    /// A share of the demand that is forecast for the review interval that begins when the order is expected.
    Share(f64),
}

/// An extra review, some days after the position has fallen below a cover that cannot wait for the next one.
#[derive(Debug, Clone)]
pub struct React {
    /// Days of cover of the inventory position below which somebody reacts.
    pub cover_below: Cover,
    /// Days until somebody has noticed, decided and ordered.
    pub latency: Dist,
}

/// Days of forecast demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cover {
    /// Those of the expected lead time of an order placed today.
    LeadTime,
    /// A fixed number of days of forecast demand.
    Days(f64),
}

/// Stock kept beyond the forecast.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SafetyStock {
    /// `z x sqrt(forecast error variance + lead time variance)`, `z` the normal quantile: the textbook
    /// formula, which is what planners use and is not exact.
    ServiceLevel {
        /// Normal quantile of the service level: 1.645 for 95 %.
        z: f64,
    },
    /// Days of forecast demand.
    Days(f64),
    /// A fixed number of units.
    Units(i64),
}

/// One way to a location: from a manufacturer, or from the stock of another location.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Its name, unique within the location.
    pub name: String,
    /// Who makes the goods; absent: nobody says.
    pub supplier: Option<String>,
    /// Whether anything is ordered by it.
    pub is_open: bool,
    /// Number of the location from whose stock its goods come; absent: they are bought.
    pub from: Option<usize>,
    /// Steps from the order to the shelf, one after the other.
    pub stages: Vec<Stage>,
    /// Orders may overtake each other.
    pub order_crossing: bool,
    /// Parts of the price of the goods, and when each falls due.
    pub payments: Vec<Payment>,
    /// What inbound transport costs.
    pub freight: Freight,
    /// When the freight is paid.
    pub freight_at: Milestone,
    /// Paid at receipt.
    pub handling: Handling,
    /// Duty as a share of the dutiable value, by the day of entry.
    pub duty: DateSteps,
    /// Day of entry.
    pub duty_at: Milestone,
    /// Days from entry to payment: the statement.
    pub duty_days_later: u32,
    /// Share of the unit cost that is dutiable: less than 1 where a middleman's margin is left out (first sale).
    pub dutiable_share: f64,
    /// Fees of a customs entry besides the duty.
    pub entry_fees: EntryFees,
    /// Added to the unit cost on this route: a small-batch premium, say. 0.05 is 5 %.
    pub unit_cost_premium: f64,
    /// Trigger of an expedite route; absent on the base route.
    pub expedite: Option<Expedite>,
    /// Orders that never come; absent: all come.
    pub lost: Option<LostLots>,
    /// It stands for another route where a lot has at least so many units; absent: it is a route of its own.
    pub lots_of: Option<LotsOf>,
}

impl Route {
    /// The route as it is for lots of `from` units and more: goods take `production_time` times as long to make, and cost what they cost in such lots.
    #[must_use]
    pub fn for_lots(&self, from: i64, production_time: f64, unit_cost_premium: f64) -> Route {
        let mut own = self.clone();
        own.name = format!("{}, {from} or more", self.name);
        own.stages.iter_mut().filter(|stage| stage.production).for_each(|stage| stage.take_times(production_time));
        own.unit_cost_premium = unit_cost_premium;
        own.lots_of = Some(LotsOf { route: self.name.clone(), from });
        own
    }
}

/// The route that another one stands for where lots are large.
#[derive(Debug, Clone, PartialEq)]
pub struct LotsOf {
    /// Name of that route.
    pub route: String,
    /// Fewest units of a lot.
    pub from: i64,
}

/// A step of a route.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name, printed in tables and traces.
    pub name: String,
    /// Duration in working days of its calendar, before lateness and regime.
    pub days: Dist,
    /// An extra delay that happens now and then; absent: never.
    pub late: Option<Late>,
    /// Working calendar by which its days are counted; absent: every day is worked.
    pub calendar: Option<CalendarId>,
    /// Shared state of the world that stretches its duration; absent: none does.
    pub regime: Option<RegimeId>,
    /// Share of the lot that is scrapped here.
    pub scrap: Option<Dist>,
    /// Goods are made here: the factory's capacity applies.
    pub production: bool,
    /// Where the goods are while it lasts.
    pub place: Place,
    /// Goods wait here for a container, of this number among the scenario's: as long as `days` says, unless it is full before.
    pub waits_for: Option<usize>,
}

/// Points at which [`Stage::survival`] takes the law of a lateness.
const LATE_POINTS: u32 = 50;

/// Where goods on order are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Not finished.
    InProduction,
    /// Finished, at the factory or a hub beside it.
    Finished,
    /// On its way between places, customs included.
    InTransit,
}

impl Stage {
    /// It takes `factor` times as long, lateness included. A law whose multiples are of no law stays as it is.
    fn take_times(&mut self, factor: f64) {
        if self.waits_for.is_some() {
            return;
        }
        let late = self.late.as_mut().map(|late| &mut late.days);
        for days in std::iter::once(&mut self.days).chain(late) {
            *days = days.times(factor).unwrap_or_else(|| days.clone());
        }
    }

    /// Mean duration in working days, the chance of lateness included.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.days.mean() + self.late.as_ref().map_or(0.0, |l| l.probability * l.days.mean())
    }

    /// `P(duration >= x)` in working days as a function of `x`, the chance of lateness included. The law of the lateness is
    /// taken at the middles of 50 equally likely parts.
    pub fn survival(&self) -> impl Fn(f64) -> f64 + '_ {
        let points = |l: &Late| {
            (0..LATE_POINTS).map(|i| l.days.quantile((f64::from(i) + 0.5) / f64::from(LATE_POINTS))).collect()
        };
        let late: Option<(f64, Vec<f64>)> = self.late.as_ref().map(|l| (l.probability, points(l)));
        move |x| {
            let on_time = |x: f64| 1.0 - self.days.cdf(x.next_down());
            let Some((probability, points)) = &late else { return on_time(x) };
            let later = points.iter().map(|days| on_time(x - days)).sum::<f64>() / f64::from(LATE_POINTS);
            (1.0 - probability) * on_time(x) + probability * later
        }
    }

    /// Variance of the duration in working days.
    #[must_use]
    pub fn variance(&self) -> f64 {
        let late = self.late.as_ref().map_or(0.0, |l| {
            let (p, m) = (l.probability, l.days.mean());
            p * (l.days.variance() + m * m) - (p * m).powi(2)
        });
        self.days.variance() + late
    }
}

/// Draws whole durations of a stage, lateness included, from one key: for tables and charts. The simulator itself
/// draws the parts from keys of their own.
#[derive(Debug, Clone)]
pub struct StageSampler {
    days: Sampler,
    late: Option<(f64, Sampler)>,
}

impl StageSampler {
    /// Prepares the laws of the stage's duration and of its lateness.
    #[must_use]
    pub fn new(stage: &Stage) -> Self {
        let late = stage.late.as_ref().map(|l| (l.probability, Sampler::new(&l.days)));
        StageSampler { days: Sampler::new(&stage.days), late }
    }

    /// One duration in working days, lateness included. A draw of the chance of lateness comes first.
    pub fn draw(&self, draw: &mut Draw) -> f64 {
        let extra = match &self.late {
            Some((probability, days)) if draw.uniform() < *probability => days.draw(draw),
            _ => 0.0,
        };
        extra + self.days.draw(draw)
    }
}

/// An extra delay that happens with some probability.
#[derive(Debug, Clone, PartialEq)]
pub struct Late {
    /// Probability of the delay, from 0 to 1.
    pub probability: f64,
    /// Length of the delay when it happens, in working days.
    pub days: Dist,
}

/// A moment of a purchase order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Milestone {
    /// The day on which the order is placed.
    Order,
    /// End of the stage with this index.
    StageEnd(usize),
    /// Sellable at the location.
    Receipt,
}

/// Part of the price of the goods, due at a milestone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Payment {
    /// Share of the price of the goods, from 0 to 1.
    pub share: f64,
    /// The milestone from which the days of credit are counted.
    pub at: Milestone,
    /// Days from the milestone to the payment.
    pub days_later: u32,
}

/// Inbound freight: the parts add up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Freight {
    /// A unit, in the scenario's currency.
    pub per_unit: f64,
    /// By chargeable weight.
    pub per_kg: f64,
    /// Cubic centimetres a kilogram by which volume is charged as weight (see [`chargeable_kg`]); 0: weight alone
    /// counts.
    pub dimensional_divisor: f64,
    /// Price of containers; absent: none is paid by the container.
    pub container: Option<Container>,
}

/// A container and its price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Container {
    /// A whole container, in the scenario's currency.
    pub price: f64,
    /// Volume that is filled.
    pub m3: f64,
    /// Weight that it may carry, in kilograms.
    pub payload_kg: f64,
    /// What the container that is not full costs.
    pub partial: PartialContainer,
}

/// What goods pay that do not fill a container.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PartialContainer {
    /// Their share of one that others fill.
    Shared,
    /// A whole one.
    Whole,
    /// A rate a cubic metre (less than container load), and never more than a whole one.
    PerCubicMetre(f64),
}

/// Weight that carriers charge: the real one, or the volume over the divisor (cubic centimetres a kilogram) if that is more.
#[must_use]
pub fn chargeable_kg(weight_kg: f64, volume_litres: f64, divisor: f64) -> f64 {
    if divisor > 0.0 { weight_kg.max(volume_litres * 1000.0 / divisor) } else { weight_kg }
}

impl Container {
    /// Containers that `units` fill, as a fraction: the scarcer of volume and payload decides.
    #[must_use]
    pub fn filled(&self, units: i64, weight_kg: f64, volume_litres: f64) -> f64 {
        let units = units as f64;
        (units * volume_litres / 1000.0 / self.m3).max(units * weight_kg / self.payload_kg)
    }

    /// Price of moving `units`: whole containers, and what the partial one costs.
    #[must_use]
    pub fn cost(&self, units: i64, weight_kg: f64, volume_litres: f64) -> f64 {
        let filled = self.filled(units, weight_kg, volume_litres);
        let whole = filled.floor();
        let rest = filled - whole;
        let partial = match self.partial {
            PartialContainer::Shared => rest * self.price,
            PartialContainer::Whole => {
                if rest > 0.0 {
                    self.price
                } else {
                    0.0
                }
            }
            PartialContainer::PerCubicMetre(rate) => (rest * self.m3 * rate).min(self.price),
        };
        whole * self.price + partial
    }
}

impl Freight {
    /// Cost of an order of `units`.
    #[must_use]
    pub fn cost(&self, units: i64, weight_kg: f64, volume_litres: f64) -> f64 {
        let kg = chargeable_kg(weight_kg, volume_litres, self.dimensional_divisor);
        units as f64 * (self.per_unit + self.per_kg * kg)
            + self.container.map_or(0.0, |c| c.cost(units, weight_kg, volume_litres))
    }
}

/// From the port to the shelf: drayage, unloading, receiving. The parts add up.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Handling {
    /// A purchase order, whatever its size.
    pub per_purchase_order: f64,
    /// Shared by partial containers.
    pub per_container: f64,
    /// A cubic metre of goods.
    pub per_m3: f64,
    /// A unit of the product.
    pub per_unit: f64,
}

impl Handling {
    /// Cost of an order of `units` that comes in `containers`.
    #[must_use]
    pub fn cost(&self, units: i64, volume_litres: f64, containers: f64) -> f64 {
        self.per_purchase_order
            + self.per_container * containers
            + units as f64 * (self.per_unit + self.per_m3 * volume_litres / 1000.0)
    }
}

/// Fees of a customs entry besides the duty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EntryFees {
    /// Share of the value entered, between a least and a largest amount (the US merchandise processing fee).
    pub processing_share: f64,
    /// Least and largest fee of one entry, in the scenario's currency.
    pub processing_range: (f64, f64),
    /// Share of the value entered, without bounds (the US harbor maintenance fee).
    pub harbor_share: f64,
    /// The broker's, an entry.
    pub broker: f64,
}

impl EntryFees {
    /// Fees on an entry of this value.
    #[must_use]
    pub fn cost(&self, value: f64) -> f64 {
        let (least, most) = self.processing_range;
        let processing =
            if self.processing_share > 0.0 { (self.processing_share * value).clamp(least, most) } else { 0.0 };
        processing + self.harbor_share * value + self.broker
    }
}

/// When an expedite route is used.
#[derive(Debug, Clone, PartialEq)]
pub struct Expedite {
    /// What must hold for the route to be used.
    pub trigger: Trigger,
    /// Days from the evening on which the trigger is first met to the order. Absent: the trigger is looked at on reviews only.
    pub latency: Option<Dist>,
}

/// What makes a planner pay for speed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trigger {
    /// What is on hand or arrives within the route's lead time covers fewer than `below` days; orders up to `up_to` days.
    Cover {
        /// Days of cover below which the route is used.
        below: f64,
        /// Days of cover up to which the route fills.
        up_to: f64,
    },
    /// Orders as much as is expected to save more margin than it costs more.
    MarginSavedExceedsCost,
    /// Takes this share of every order of the base route: a purchase order that is split.
    Share(f64),
}

impl Trigger {
    /// The share that it takes of every order; absent where it does not.
    #[must_use]
    pub fn share_of_order(self) -> Option<f64> {
        match self {
            Trigger::Share(share) => Some(share),
            Trigger::Cover { .. } | Trigger::MarginSavedExceedsCost => None,
        }
    }
}

/// A state of the world that routes share: port congestion, say.
#[derive(Debug, Clone)]
pub struct Regime {
    /// Its unique name, by which stages refer to it.
    pub name: String,
    /// Its states. A replication begins in one by chance, in proportion to their mean stays; in the first if one stay is infinite.
    pub states: Vec<RegimeState>,
    /// The state in which a run from today begins; absent: it begins in one by chance.
    pub first: Option<usize>,
    /// Dated spells that override the chance ones: from, to (inclusive), state.
    pub scripted: Vec<(Day, Day, usize)>,
}

/// One state of a [`Regime`]. The next state is drawn among the others with equal chances.
#[derive(Debug, Clone)]
pub struct RegimeState {
    /// Name of the state, by which dated spells refer to it.
    pub name: String,
    /// Mean stay; infinite for a state that only a script leaves.
    pub mean_days: f64,
    /// Factor on stage durations.
    pub duration: f64,
    /// Factor on the probability of lateness.
    pub late: f64,
    /// Factor on freight rates.
    pub freight: f64,
}

/// What the planner knows and how demand is forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Planner {
    /// The method by which demand is forecast.
    pub forecast: Forecast,
    /// The planner's level is off by this share from the start: 0.1 is 10 % too high.
    pub bias: f64,
    /// It expects that much less demand as will come back and be sold again.
    pub nets_returns: bool,
    /// A day on which reviews take place, of all locations and products. Absent: each replication draws its own.
    pub first_review: Option<Day>,
}

/// The planner's forecasting method. Weekday, season and planned campaigns are known in all of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Forecast {
    /// The true mean of every day, surges included.
    Truth,
    /// The true level, season and planned campaigns; surges and unplanned campaigns are not foreseen, and teach nothing.
    TruthWithoutSurges,
    /// Simple exponential smoothing of the demand seen, day by day.
    ExponentialSmoothing {
        /// Weight of the newest day, from 0 to 1.
        alpha: f64,
        /// Days beyond the 99.9 % bound of the planner's own law enter at the bound; a level that has held for weeks is believed.
        robust: bool,
    },
    /// Mean of the demand seen on the last days.
    MovingAverage {
        /// Number of days of which the mean is taken.
        days: u32,
    },
    /// The model fitted on the product's history, kept up with the orders that come in: the same filter, fed with what a planner sees.
    Fitted,
}
