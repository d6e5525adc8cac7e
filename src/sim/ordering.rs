//! What the planner orders, and what the shop knows of open orders.

use super::expedite;
use super::ledger::{Landed, Ledger, Part};
use super::phases::Context;
use super::plan::{MilestoneDay, RoutePlan, safety_units};
use super::planner::{self, forecast, level, stays};
use super::probe::{EventKind, Probe};
use super::room::planned;
use super::state::{Cover, Due, DueKind, LocationState, NONE, OrderBook, PurchaseOrder, State, Tally};
use crate::model::Policy;
use crate::units::Money;
use crate::units::limits::STAGES;

/// Decides and orders at location `i`.
pub(super) fn review<P: Probe>(cx: &mut Context<'_, P>, i: usize, s: &mut State) {
    let lp = &cx.plan.locations[i];
    let (mean, variance) = level(cx, i, &s.locations[i]);
    if P::EVENTS {
        cx.record(i, EventKind::Reviewed, s.locations[i].position(), None, None);
    }
    expedite::all(cx, i, s);
    // Raising every target by the extra stock is the same as not counting it.
    let position = s.locations[i].position() - lp.extra_stock;
    let base = &lp.routes[0];
    let wanted = match lp.policy {
        Policy::BaseStock { level } | Policy::OrderUpToLevel { level, .. } => level - position,
        Policy::MinMax { reorder_point, order_up_to, .. } => {
            if position <= reorder_point {
                order_up_to - position
            } else {
                0
            }
        }
        Policy::ReorderQuantity { reorder_point, quantity, .. } => {
            if position <= reorder_point {
                ((reorder_point - position) / quantity + 1) * quantity
            } else {
                0
            }
        }
        Policy::OrderUpToForecast { safety_stock, pooled, .. } => {
            let horizon = base.protection_interval(cx.day, lp.review_days);
            let demand = forecast(cx, i, mean, horizon);
            // The level is only estimated: its variance, that of a day over the days it rests on, adds to the total's.
            let variance = match cx.plan.known.fitted {
                Some(f) if s.locations[i].weight > 0.0 => {
                    variance * (1.0 + stays(f.damping, horizon).powi(2) / (s.locations[i].weight * horizon))
                }
                _ => variance,
            };
            let (of_mean, of_variance) =
                if pooled { planner::all_locations(cx, &s.locations) } else { (mean, variance) };
            let factors = cx.plan.known.factors(cx.day, horizon);
            let safety = safety_units(safety_stock, of_mean, of_variance, horizon, factors, base);
            s.locations[i].safety_stock = (planned(safety) + lp.extra_stock).max(0);
            planned(demand + safety) - position
        }
        Policy::DaysOfCover { days, .. } => {
            let target = forecast(cx, i, mean, days);
            let needed = forecast(cx, i, mean, base.protection_interval(cx.day, lp.review_days));
            s.locations[i].safety_stock = (planned(target - needed) + lp.extra_stock).max(0);
            planned(target) - position
        }
        Policy::OneTime { quantity, day } => {
            let l = &mut s.locations[i];
            if l.one_time_done || day.0 != cx.day as i32 {
                0
            } else {
                l.one_time_done = true;
                quantity + lp.extra_stock
            }
        }
        Policy::DualIndex { regular, expedite, .. } => {
            let soon = soon(cx, i, &s.locations[i], &s.book, &lp.routes[1]);
            place(cx, i, 1, lot(expedite + lp.extra_stock - soon, lp.minimum_order, lp.order_multiple), s);
            regular + lp.extra_stock - s.locations[i].position()
        }
        Policy::BaseSurge { quantity, expedite, .. } => {
            let soon = soon(cx, i, &s.locations[i], &s.book, &lp.routes[1]);
            place(cx, i, 1, lot(expedite + lp.extra_stock - soon, lp.minimum_order, lp.order_multiple), s);
            quantity
        }
    };
    place(cx, i, 0, lot(wanted, lp.minimum_order, lp.order_multiple), s);
}

/// Net stock plus what is expected within the lead time of `route`.
pub(super) fn soon<P: Probe>(
    cx: &Context<'_, P>,
    i: usize,
    l: &LocationState,
    book: &OrderBook,
    route: &RoutePlan,
) -> i64 {
    let until = (cx.day as f64 + route.lead_time(cx.day)).round() as u32;
    let due: i64 = l
        .open
        .iter()
        .map(|o| &book.orders[*o as usize])
        .filter(|o| expected(&cx.plan.locations[i].routes[o.route as usize], o, cx.day) <= until)
        .map(|o| o.units)
        .sum();
    l.on_hand - l.backlog + due
}

/// Lot size: at least the minimum, in multiples.
pub(super) fn lot(wanted: i64, minimum: i64, multiple: i64) -> i64 {
    if wanted <= 0 { 0 } else { (wanted.max(minimum) + multiple - 1) / multiple * multiple }
}

/// Places an order: draws its stages, and files its receipt and its payments.
pub(super) fn place<P: Probe>(cx: &mut Context<'_, P>, i: usize, r: usize, units: i64, s: &mut State) {
    if units <= 0 {
        return;
    }
    let route = &cx.plan.locations[i].routes[r];
    let (l, book) = (&mut s.locations[i], &mut s.book);
    let mut order = schedule(cx, route, units, book);
    if !route.order_crossing {
        order.arrival = order.arrival.max(l.last_arrival[r]);
        l.last_arrival[r] = order.arrival;
        order.ends[route.stages.len() - 1] = order.arrival;
    }
    (order.location, order.route) = (i as u32, r as u32);

    let id = book.free_orders.pop().unwrap_or_else(|| {
        book.orders.push(order);
        book.orders.len() as u32 - 1
    });
    for (k, (share, at)) in route.payments.iter().enumerate() {
        let goods = order.cost[Part::Goods as usize].to_f64();
        file(book, id, &mut order, DueKind::Goods(k as u32), *at, Money::from_f64(goods * share));
    }
    let receipt = MilestoneDay { stage: route.stages.len(), days_later: 0 };
    for (part, at) in [(Part::Freight, route.freight_at), (Part::Handling, receipt), (Part::Duty, route.duty_at)] {
        let amount = order.cost[part as usize];
        if amount != Money::ZERO {
            file(book, id, &mut order, DueKind::Extra(part), at, amount);
        }
    }
    for (k, places) in route.places.windows(2).enumerate() {
        if places[0] != places[1] {
            let at = MilestoneDay { stage: k + 1, days_later: 0 };
            file(book, id, &mut order, DueKind::Moved(places[1]), at, Money::ZERO);
        }
    }
    if let Some(head) = book.arrivals.get_mut(order.arrival as usize) {
        order.next_arrival = *head;
        *head = id;
    }
    book.orders[id as usize] = order;
    l.open.push(id);
    l.on_order += units;
    l.cover_day = usize::MAX;
    s.ledger.accounts.unpaid += order.landed();

    let t = &mut s.score.tally;
    t.ordered += units;
    t.purchase_orders += 1;
    t.units_expedited += if r > 0 { units } else { 0 };
    cx.event(i, EventKind::OrderPlaced, units, Some(order.arrival));
}

/// Files what is due on an order at a milestone.
fn file(book: &mut OrderBook, id: u32, order: &mut PurchaseOrder, what: DueKind, at: MilestoneDay, amount: Money) {
    let milestone = if at.stage == 0 { order.placed } else { order.ends[at.stage - 1] };
    let day = milestone + at.days_later;
    order.pending += 1;
    order.paid_moment += amount.0 * i128::from(day);
    if let Some(head) = book.due.get_mut(day as usize) {
        let due = Due { order: id, what, next: *head };
        *head = book.free_dues.pop().inspect(|slot| book.dues[*slot as usize] = due).unwrap_or_else(|| {
            book.dues.push(due);
            book.dues.len() as u32 - 1
        });
    }
}

/// Draws the stages of an order placed today. Durations are summed, then rounded half up, at least 1.
fn schedule<P: Probe>(cx: &Context<'_, P>, route: &RoutePlan, units: i64, book: &mut OrderBook) -> PurchaseOrder {
    let day = cx.day;
    let rounded = |x: f64| ((x + 0.5).floor() as u32).max(day as u32 + 1);
    let mut ended = day as u32;
    let mut ends = [0; STAGES];
    let mut time = day as f64;
    let mut queued_until = 0.0;
    let mut scrapped = 0;
    for (k, stage) in route.stages.iter().enumerate() {
        let state = stage.regime.as_ref().map(|(id, factors)| {
            let states = &cx.path.regimes[*id];
            factors[states[(rounded(time) as usize).min(states.len() - 1)] as usize]
        });
        let (slower, later) = state.unwrap_or((1.0, 1.0));
        let mut days = slower
            * match &stage.hazard {
                None => stage.days.draw(&mut cx.draw(stage.stream, day, 0)),
                Some((hazard, stream)) => {
                    in_order(hazard, |n| cx.draw(*stream, (time + 0.5) as usize + n, 0).uniform())
                }
            };
        if let Some((probability, extra)) = &stage.late
            && cx.draw(stage.stream, day, 1).uniform() < probability * later
        {
            days += extra.draw(&mut cx.draw(stage.stream, day, 2));
        }
        time = stage.worked_until(time, days);
        if stage.production
            && let Some(capacity) = cx.plan.factory_capacity
        {
            // The factory takes orders one after the other; an order is no sooner done than its units are made.
            book.factory_free = stage.worked_until(book.factory_free.max(day as f64), units as f64 / capacity);
            if book.factory_free > time {
                // A lot is done on the day on which its last unit is made: that day's whole capacity counts, and no more.
                time = (book.factory_free - 1e-9).ceil();
                queued_until = time + route.mean_from_stage[k + 1];
            }
        }
        if let Some(scrap) = &stage.scrap {
            let share = scrap.draw(&mut cx.draw(stage.stream, day, 3)).clamp(0.0, 1.0);
            scrapped += ((units - scrapped) as f64 * share + 0.5).floor() as i64;
        }
        ended = stage.end_day(time).max(ended).max(day as u32 + 1);
        ends[k] = ended;
    }
    let arrival = ends[route.stages.len() - 1];
    let at = |m: super::plan::MilestoneDay| if m.stage == 0 { day } else { ends[m.stage - 1] as usize };
    let rate = freight_rate(cx, route, at(route.freight_at));
    let duty_day = at(route.duty_at).min(route.duty_per_unit.len() - 1);
    PurchaseOrder {
        location: 0,
        route: 0,
        placed: day as u32,
        arrival,
        queued_until: if queued_until > 0.0 { rounded(queued_until) } else { 0 },
        ends,
        units: units - scrapped,
        scrapped,
        cost: route.landed(units, duty_day, rate),
        paid: Landed::default(),
        paid_moment: 0,
        place: route.places[0],
        received: false,
        instalments: route.payments.len() as u32,
        pending: 1,
        next_arrival: NONE,
    }
}

/// Factor on the route's freight rates on a day.
pub(super) fn freight_rate<P: Probe>(cx: &Context<'_, P>, route: &RoutePlan, day: usize) -> f64 {
    route.freight_regime.as_ref().map_or(1.0, |(id, factors)| {
        let states = &cx.path.regimes[*id];
        factors[states[day.min(states.len() - 1)] as usize]
    })
}

/// Days in a stage that keeps its order (Kaplan, "A dynamic inventory model with stochastic lead
/// times", Management Science 16, 1970): each day one uniform number decides for all orders in the
/// stage, an order leaves when its hazard exceeds it. The law of an order's own time is the stage's;
/// where the hazard rises with age no order overtakes another, elsewhere the receipt is held back.
fn in_order(hazard: &[f64], uniform: impl Fn(usize) -> f64) -> f64 {
    hazard.iter().enumerate().position(|(n, h)| *h >= 1.0 || *h > 0.0 && uniform(n) < *h).unwrap_or(hazard.len()) as f64
}

/// Day on which an open order is expected, as far as the shop knows: which stage it is in, for how long
/// already, what such a stage then takes on average, and the means of the stages after it, holidays included.
fn expected(route: &RoutePlan, order: &PurchaseOrder, today: usize) -> u32 {
    let current = order.ends[..route.stages.len()].iter().take_while(|end| **end <= today as u32).count();
    let begun = if current == 0 { order.placed } else { order.ends[current - 1] };
    let mut time = today as f64;
    for (k, stage) in route.stages.iter().enumerate().skip(current) {
        // Nothing is known yet of an order placed today, nor of stages to come.
        let known = k == current && (k > 0 || order.placed < today as u32);
        let left = if known { stage.expected_left(f64::from(begun), time) } else { stage.mean };
        time = stage.worked_until(time, left);
    }
    ((time + 0.5) as u32).max(order.queued_until).max(today as u32 + 1)
}

/// Rebuilds, at most once a day, the list of what is on its way to location `i`.
pub(super) fn refresh_cover<P: Probe>(cx: &Context<'_, P>, i: usize, l: &mut LocationState, book: &OrderBook) {
    if l.cover_day == cx.day {
        return;
    }
    l.cover_day = cx.day;
    l.cover.clear();
    for id in &l.open {
        let order = &book.orders[*id as usize];
        let route = &cx.plan.locations[i].routes[order.route as usize];
        let expected = expected(route, order, cx.day);
        let quoted = expected + (route.promise_buffer + 0.5) as u32;
        l.cover.push(Cover { quoted, expected, units: order.units });
    }
    l.cover.sort_unstable();
    let mut sum = 0;
    for entry in &mut l.cover {
        sum += entry.units;
        entry.units = sum;
    }
}

/// The receipt that covers the `place`-th waiting unit of location `i`; `units` are those that it covers from this one on.
/// If nothing on its way does: the next review and the lead time after it.
pub(super) fn cover<P: Probe>(
    cx: &Context<'_, P>,
    i: usize,
    l: &mut LocationState,
    book: &OrderBook,
    place: i64,
) -> Cover {
    refresh_cover(cx, i, l, book);
    let k = l.cover.partition_point(|c| c.units < place);
    if let Some(c) = l.cover.get(k) {
        return Cover { units: c.units - place + 1, ..*c };
    }
    let lp = &cx.plan.locations[i];
    let route = &lp.routes[0];
    let next_review = planner::next_review(cx, i, l);
    let expected = next_review as f64 + route.lead_time(next_review);
    let day = |buffer: f64| (expected + buffer + 0.5) as u32;
    Cover { quoted: day(route.promise_buffer), expected: day(0.0), units: i64::MAX }
}

/// Where one more backorder of a shopper of location `first` is covered first: the location, and the receipt.
pub(super) fn earliest_cover<P: Probe>(
    cx: &Context<'_, P>,
    first: usize,
    locations: &mut [LocationState],
    book: &OrderBook,
) -> (usize, Cover) {
    if !cx.plan.customers.needs_date {
        let today = cx.day as u32;
        return (first, Cover { quoted: today, expected: today, units: i64::MAX });
    }
    let at = |i: usize, l: &mut LocationState| {
        let place = l.backlog + 1;
        cover(cx, i, l, book, place)
    };
    let mut best = (first, at(first, &mut locations[first]));
    if cx.plan.overflow {
        for (i, l) in locations.iter_mut().enumerate().filter(|(i, _)| *i != first) {
            let there = at(i, l);
            if there.quoted < best.1.quoted {
                best = (i, there);
            }
        }
    }
    best
}

/// Takes `units` off the latest open orders, with what has been paid on them.
pub(super) fn take_off_order(
    l: &mut LocationState,
    units: i64,
    book: &mut OrderBook,
    ledger: &mut Ledger,
    tally: &mut Tally,
) {
    let mut left = units;
    for id in l.open.iter().rev() {
        let order = &mut book.orders[*id as usize];
        let n = left.min(order.units);
        if n == 0 {
            continue;
        }
        ledger.take_off(order, n);
        order.units -= n;
        l.on_order -= n;
        tally.order_cancelled += n;
        left -= n;
    }
    l.cover_day = usize::MAX;
}
