//! Purchase orders: placed, scheduled, taken off.

use super::queue::NONE;
use super::replication::{Replication, Shop};
use super::state::{PurchaseOrder, Request};
use super::watch::{Event, Now, Watch};
use crate::model::Policy;
use crate::sim::demand::TAIL;
use crate::sim::plan::{RoutePlan, StagePlan};
use restock_base::rng::{Draw, Draws};

impl<W: Watch> Replication<'_, W> {
    /// Places an order of location `i` on route `r`: draws its stages, and files its receipt.
    pub fn place(&mut self, i: usize, r: usize, units: i64) {
        if units <= 0 {
            return;
        }
        let plan = self.shop.now.plan;
        if plan.has_rare_steps {
            if self.shop.is_refused(i, r) {
                return;
            }
            if let Some(source) = plan.locations[i].routes[r].from {
                return self.request(source, (i, r), units);
            }
        }
        let mut lot = PurchaseOrder::new((i, r), self.shop.now.day as u32, units);
        self.shop.schedule(&mut lot);
        let order = self.keep(&mut lot);
        self.tell(Event::Ordered { order, lot: &lot });
    }

    /// Orders of location `i` by route `r` wait at the location from whose stock they come, until they leave it.
    #[inline(never)]
    fn request(&mut self, source: usize, (i, r): (usize, usize), units: i64) {
        let placed = self.shop.now.day as u32;
        self.shop.sites[source].requests.push_back(Request { location: i, route: r, placed, units });
        self.shop.sites[source].owed += units;
        self.shop.sites[i].awaited += units;
        self.tell(Event::Requested { location: i, source, units });
    }

    /// Units of a request leave the stock of a location for another one.
    pub fn send(&mut self, source: usize, request: &Request, units: i64) {
        let Request { location, route, .. } = *request;
        let mut lot = PurchaseOrder::new((location, route), self.shop.now.day as u32, units);
        let route = &self.shop.now.plan.locations[location].routes[route];
        let draws = OrderDraws { now: self.shop.now, route, together: None };
        draws.stages_from(0, self.shop.now.day as f64, &mut 0.0, &mut lot);
        self.shop.sites[source].on_hand -= units;
        // No customer sends them back.
        self.shop.sites[source].before_shipping -= units;
        self.shop.sites[source].owed -= units;
        self.shop.sites[location].awaited -= units;
        let order = self.keep(&mut lot);
        self.tell(Event::Sent { order, lot: &lot, source, asked: request.placed });
    }

    /// Units of a request are not wanted any more.
    pub fn withdraw(&mut self, source: usize, request: &Request, units: i64) {
        self.shop.sites[source].owed -= units;
        self.shop.sites[request.location].awaited -= units;
        self.tell(Event::Withdrawn { location: request.location, units });
    }

    /// Takes units off what a location waits for at others, the latest first. Returns how many.
    #[inline(never)]
    fn take_off_requests(&mut self, i: usize, units: i64) -> i64 {
        let mut left = units;
        for source in self.shop.now.plan.sources() {
            for k in (0..self.shop.sites[*source].requests.len()).rev() {
                let request = self.shop.sites[*source].requests[k];
                let n = request.units.min(left);
                if request.location != i || n == 0 {
                    continue;
                }
                self.shop.sites[*source].requests[k].units -= n;
                self.withdraw(*source, &request, n);
                left -= n;
            }
            self.shop.sites[*source].requests.retain(|request| request.units > 0);
        }
        units - left
    }

    /// Files the receipt of a lot whose stages are known. Returns the number of the order.
    #[inline(always)]
    pub fn keep(&mut self, lot: &mut PurchaseOrder) -> u32 {
        let (i, r) = (lot.location as usize, lot.route as usize);
        let route = &self.shop.now.plan.locations[i].routes[r];
        let site = &mut self.shop.sites[i];
        if !route.order_crossing {
            lot.arrival = lot.arrival.max(site.last_arrival[r]);
            site.last_arrival[r] = lot.arrival;
            lot.ends[route.stages.len() - 1] = lot.arrival;
        }
        site.on_order += lot.total();
        site.cover_day = usize::MAX;
        self.shop.orders.keep(site, lot)
    }

    /// Takes `units` off the latest open orders of location `i`. What is on its way from another location goes on.
    pub fn take_off(&mut self, i: usize, units: i64) {
        let mut left = units;
        if self.shop.sites[i].awaited > 0 {
            left -= self.take_off_requests(i, units);
        }
        let mut next = self.shop.sites[i].latest;
        while next != NONE {
            let order = next;
            let lot = self.shop.orders.slots[order];
            next = lot.older;
            let n = left.min(lot.units);
            let is_sent = self.shop.now.plan.locations[i].routes[lot.route as usize].from.is_some();
            if n == 0 || is_sent {
                continue;
            }
            self.shop.orders.slots[order].units -= n;
            self.shop.sites[i].on_order -= n;
            left -= n;
            self.tell(Event::TakenOff { order, lot: &lot, units: n });
        }
        self.shop.sites[i].cover_day = usize::MAX;
    }
}

impl Shop<'_> {
    /// Whether no order is placed on a route today, because something that it passes is down. A single order, which has one day, is placed and waits.
    fn is_refused(&self, i: usize, r: usize) -> bool {
        let (now, l) = (&self.now, &self.now.plan.locations[i]);
        let refused_by = &l.routes[r].refused_by;
        !refused_by.is_empty()
            && !matches!(l.policy, Policy::OneTime { .. })
            && refused_by.iter().any(|d| now.path.disruptions[*d].is_down(now.day))
    }

    /// Draws the stages of an order placed today. Durations are summed, then rounded half up, at least 1.
    fn schedule(&mut self, lot: &mut PurchaseOrder) {
        let (now, i, r) = (self.now, lot.location as usize, lot.route as usize);
        let (day, l) = (now.day, &now.plan.locations[i]);
        let route = &l.routes[r];
        let stages = route.stages.len();
        let key = |k: usize| (route.stages[k % stages].stream, day + k / stages * l.review_days, 0);
        let open = || now.draws(Draws::MOST, key);
        let together = self.sites[i].stages[r].of_order(day, stages, l.review_days, open);
        let draws = OrderDraws { now, route, together };
        draws.stages_from(0, day as f64, &mut self.orders.factory_free, lot);
    }
}

impl OrderDraws<'_> {
    /// Draws the stages of a lot from number `from` on, which begins at `time`.
    #[inline(always)]
    pub fn stages_from(&self, from: usize, mut time: f64, factory_free: &mut f64, lot: &mut PurchaseOrder) {
        let mut ended = (self.now.day as u32 + 1).max(lot.milestone(from));
        for (k, stage) in self.route.stages.iter().enumerate().skip(from) {
            time = if stage.is_plain {
                stage.worked_until(time, stage.days.draw_by(|| self.uniform(k), || self.stage(k)))
            } else {
                special_stage((self, k), factory_free, time, lot)
            };
            ended = stage.end_day(time).max(ended);
            lot.ends[k] = ended;
        }
        lot.arrival = ended;
        lot.units -= lot.scrapped;
    }
}

/// Time at which stage `k` of an order is over if it begins at `time`, for a stage that its own duration alone does not decide
/// ([`StagePlan::is_plain`]).
#[inline(never)]
fn special_stage(
    (draws, k): (&OrderDraws<'_>, usize),
    factory_free: &mut f64,
    time: f64,
    lot: &mut PurchaseOrder,
) -> f64 {
    let (now, stage) = (&draws.now, &draws.route.stages[k]);
    let (day, units) = (now.day, lot.units);
    let factors = stage.regime.as_ref().map_or((1.0, 1.0), |regime| state(now, regime, time));
    let mut over = worked(now, stage, time, days_in_stage((draws, k), stage, time, factors));
    if stage.production
        && let Some(capacity) = now.plan.factory_capacity
    {
        // The factory makes orders one after the other. An order is done no sooner than its units are made.
        let free = worked(now, stage, factory_free.max(day as f64), units as f64 / capacity);
        *factory_free = free;
        if free > over {
            // A lot is done at the end of the day on which its last unit is made. A lot of two days' capacity takes two days, not three, however
            // its sum is rounded.
            over = (free - 1e-9).ceil();
            lot.queued_until = rounded(now, over + draws.route.mean_from_stage[k + 1]);
        }
    }
    scrap(now, stage, lot);
    over
}

/// When `days` of work in a stage that begins at the time `from` are done, what goes wrong included.
pub(super) fn worked(now: &Now<'_>, stage: &StagePlan, from: f64, days: f64) -> f64 {
    let usual = stage.worked_until(from, days);
    if stage.disruptions.is_empty() { usual } else { disrupted(now, stage, (from, days), usual) }
}

/// The same of a stage that disruptions stop or slow down. Where none is felt until the `usual` end, that is the end to the bit.
#[inline(never)]
fn disrupted(now: &Now<'_>, stage: &StagePlan, (from, days): (f64, f64), usual: f64) -> f64 {
    let pace = |day: usize| stage.disruptions.iter().map(|d| now.path.disruptions[*d].pace(day)).product::<f64>();
    // A stage that takes no time needs the moment in which it begins.
    let last = (usual.ceil() as usize).max(from as usize + 1);
    if (from as usize..last).all(|day| pace(day) == 1.0) {
        return usual;
    }
    let (mut time, mut left) = (from, days);
    for day in from as usize..now.plan.days + TAIL {
        let (pace, evening) = (pace(day), (day + 1) as f64);
        if pace > 0.0 {
            let over = stage.worked_until(time, left / pace);
            if over <= evening {
                return over;
            }
            let whole_day = stage.calendar.as_ref().map_or(evening - time, |c| c.worked_between(time, evening));
            left = (left - pace * whole_day).max(0.0);
        }
        time = evening;
    }
    stage.worked_until(time, left)
}

/// Whether nothing is done in a stage from yesterday evening until this one.
pub(super) fn stands_still(now: &Now<'_>, stage: &StagePlan) -> bool {
    stage.disruptions.iter().any(|d| now.day > 0 && now.path.disruptions[*d].pace(now.day - 1) == 0.0)
}

/// What a stage spoils of a lot placed today.
pub(super) fn scrap(now: &Now<'_>, stage: &StagePlan, lot: &mut PurchaseOrder) {
    if let Some(scrap) = &stage.scrap {
        let share = scrap.draw(&mut now.draw(stage.stream, now.day, 3)).clamp(0.0, 1.0);
        lot.scrapped += ((lot.units - lot.scrapped) as f64 * share + 0.5) as i64;
    }
}

/// The draws of the stages of an order placed today.
pub(super) struct OrderDraws<'a> {
    pub now: Now<'a>,
    pub route: &'a RoutePlan,
    /// Those that were opened beforehand, and the number of the first stage's among them.
    pub together: Option<(&'a Draws, usize)>,
}

impl OrderDraws<'_> {
    /// The draw of stage `k`.
    #[inline]
    fn stage(&self, k: usize) -> Draw {
        let alone = self.now.draw(self.route.stages[k].stream, self.now.day, 0);
        match self.together {
            Some((draws, begin)) if begin + k < Draws::MOST => draws.get(begin + k, alone),
            _ => alone,
        }
    }

    /// The first uniform number of the draw of stage `k`.
    #[inline]
    fn uniform(&self, k: usize) -> f64 {
        match self.together {
            Some((draws, begin)) if begin + k < Draws::MOST => draws.uniform(begin + k),
            _ => self.stage(k).uniform(),
        }
    }
}

/// Factors of a stage that begins at `time` on its duration and on its chance to be late.
pub(super) fn state(now: &Now<'_>, (id, factors): &(usize, Vec<(f64, f64)>), time: f64) -> (f64, f64) {
    let states = &now.path.regimes[*id];
    factors[states[(rounded(now, time) as usize).min(states.len() - 1)] as usize]
}

/// Draws the days that an order placed today spends in stage `k`, which begins at `time`.
#[inline]
fn days_in_stage(
    (draws, k): (&OrderDraws<'_>, usize),
    stage: &StagePlan,
    time: f64,
    (slower, later): (f64, f64),
) -> f64 {
    let mut days = slower
        * match &stage.hazard {
            None => stage.days.draw_by(|| draws.uniform(k), || draws.stage(k)),
            Some((hazard, stream)) => {
                in_order(hazard, |n| draws.now.draw(*stream, (time + 0.5) as usize + n, 0).uniform())
            }
        };
    if let Some((probability, extra)) = &stage.late
        && draws.now.draw(stage.stream, draws.now.day, 1).uniform() < probability * later
    {
        days += extra.draw(&mut draws.now.draw(stage.stream, draws.now.day, 2));
    }
    days
}

/// A time as a day, rounded half up: tomorrow at the earliest.
pub(super) fn rounded(now: &Now<'_>, time: f64) -> u32 {
    ((time + 0.5) as u32).max(now.day as u32 + 1)
}

/// Days in a stage in which orders do not cross (Kaplan, "A dynamic inventory model with stochastic lead
/// times", Management Science 16, 1970): each day one uniform number decides for all orders in the
/// stage, and an order leaves when its hazard exceeds the number. An order's own time has the law of the stage.
/// Where the hazard rises with age no order overtakes another; elsewhere the receipt is held back.
fn in_order(hazard: &[f64], uniform: impl Fn(usize) -> f64) -> f64 {
    hazard.iter().enumerate().position(|(n, h)| *h >= 1.0 || *h > 0.0 && uniform(n) < *h).unwrap_or(hazard.len()) as f64
}
