//! Changes of a supply model on a date, or with an event: the locations that it has before and after each, all of them in every span.

use super::super::raw;
use super::network;
use super::supply::{Names, location, shares, ship_from};
use super::{KeyPath, count, lookup, unique};
use crate::load::Context;
use restock_base::calendar::Day;
use restock_base::diag::Code;
use restock_base::units::limits;
use restock_kernel::model::{Change, Cue, Location, Policy, Route, SupplyModel};

/// A location on the way from change to change.
struct State<'a> {
    raw: &'a raw::Location,
    at: KeyPath,
    lowered: Location,
}

/// Gives `model`, which has its first locations, the changes of `s`, and the locations that open with them.
pub(super) fn lower(s: &raw::Supply, model: &mut SupplyModel, names: &Names<'_>, at: &KeyPath, cx: &mut Context<'_>) {
    if s.change.is_empty() {
        return;
    }
    let at_changes = at.key("change");
    count(cx, &at_changes, s.change.len(), limits::CHANGES);
    let first = s.location.iter().zip(&model.locations).enumerate();
    let mut states: Vec<State<'_>> =
        first.map(|(i, (raw, l))| State { raw, at: at.key("location").index(i), lowered: l.clone() }).collect();
    let mut before = Before::default();
    for (k, c) in s.change.iter().enumerate() {
        let at = at_changes.index(k);
        let on = c.on.map(|on| Day::from_date(on.0));
        date((on, &mut before), names, &at, cx);
        says_something(c, &at, cx);
        let cue = cue(c, &states, &at.key("when"), cx);
        open_and_close(c, &mut states, names, &at, cx);
        let places: Vec<&str> = states.iter().map(|state| state.raw.name.as_str()).collect();
        for state in states.iter_mut().filter(|state| state.at.begins_with(&at)) {
            state.lowered.ship_from = ship_from(state.raw, &places, &state.at, cx);
        }
        let open: Vec<(&raw::Location, KeyPath)> =
            states.iter().filter(|state| state.lowered.is_open).map(|state| (state.raw, state.at.clone())).collect();
        if open.is_empty() && !states.is_empty() {
            let message = format!("no location of `{}` is open from {} on", s.name, moment(c));
            cx.error(
                &at.key("close"),
                Code::NothingToRun,
                &message,
                "say which `location` supplies then, or go over `to` a model",
            );
        }
        let shares = shares(&open, &format!("the shares of `{}` from {} on", s.name, moment(c)), cx);
        let open = states.iter_mut().filter(|state| state.lowered.is_open);
        open.zip(shares).for_each(|(state, share)| state.lowered.share = share);
        let locations = states.iter().map(|state| state.lowered.clone()).collect();
        let overflow = c.overflow.unwrap_or(model.changes.last().map_or(model.overflow, |before| before.overflow));
        model.changes.push(Change { on, cue, locations, overflow, move_waiting: c.move_waiting });
    }
    count(cx, &at.key("location"), states.len(), limits::LOCATIONS);
    let last: Vec<Location> = states.into_iter().map(|state| state.lowered).collect();
    complete(model, &last);
}

/// What is known of the changes before one.
#[derive(Default)]
struct Before {
    /// The date of the last one that has one.
    on: Option<Day>,
    /// One of them may never come.
    may_never_come: bool,
}

/// When a change holds, for a message.
fn moment(c: &raw::Change) -> String {
    c.on.map_or_else(|| "the change".into(), |on| Day::from_date(on.0).to_string())
}

/// Whether the date of a change lies in the measured days, and after the change before it.
fn date((on, before): (Option<Day>, &mut Before), names: &Names<'_>, at: &KeyPath, cx: &mut Context<'_>) {
    let (horizon, at) = (names.horizon, at.key("on"));
    let last = horizon.start.plus(horizon.days as i32 - 1);
    let Some(on) = on else {
        before.may_never_come = true;
        return;
    };
    if on < horizon.start || on > last {
        let message = format!("the change of {on} is outside the measured days, {} to {last}", horizon.start);
        cx.error(&at, Code::DateRange, &message, "move the change, or the horizon");
    }
    if before.on.is_some_and(|before| on <= before) {
        let message = format!("the change of {on} does not come after the one before it");
        cx.error(&at, Code::DateRange, &message, "write changes in the order of their dates, one a day");
    }
    if before.may_never_come {
        let message = format!("the change of {on} comes after one without a date, which may never come");
        cx.error(&at, Code::Contradiction, &message, "give that one an `on`, the latest day on which it comes");
    }
    before.on = Some(on);
}

/// The event that brings a change. Locations that it names are those of before.
fn cue(c: &raw::Change, states: &[State<'_>], at: &KeyPath, cx: &mut Context<'_>) -> Option<Cue> {
    match c.when.as_ref() {
        None => {
            if c.on.is_none() {
                let remedy =
                    "write `on = 2026-07-01`, or the event that brings it: `when = { first-receipt = \"..\" }`";
                cx.error(&at.parent(), Code::MissingKey, "the change has neither `on` nor `when`", remedy);
            }
            None
        }
        Some(raw::ChangeWhen::FirstReceipt(name)) => {
            let known = states.iter().map(|state| state.raw.name.as_str());
            lookup(cx, &at.key("first-receipt"), "location", name, known).map(Cue::FirstReceipt)
        }
        Some(raw::ChangeWhen::DemandReaches(level)) => {
            let at = at.key("demand-reaches");
            Some(Cue::DemandReaches {
                per_day: cx.number(&at.key("mean-per-day"), level.mean_per_day, limits::MEAN_PER_DAY),
                days: cx.days(&at.key("over-days"), level.over_days, limits::REVIEW_DAYS),
            })
        }
    }
}

/// Whether a change changes anything, and goes over to one model alone.
fn says_something(c: &raw::Change, at: &KeyPath, cx: &mut Context<'_>) {
    if c.to.is_some() && c.preset.is_some() {
        let message = "a change goes over to one model: `to` and `preset` both name one";
        cx.error(&at.key("preset"), Code::Contradiction, message, "leave one of them out");
    }
    if c.to.is_none() && c.preset.is_none() && c.close.is_empty() && c.location.is_empty() && c.overflow.is_none() {
        let remedy = "say what supplies from then on: `to = \"name of a model\"`, a `location`, or `close = [..]`";
        cx.error(at, Code::MissingKey, "the change changes nothing", remedy);
    }
}

/// Opens the locations that a change names, on its terms, and closes those that it closes.
fn open_and_close<'a>(
    c: &'a raw::Change,
    states: &mut Vec<State<'a>>,
    names: &Names<'_>,
    at: &KeyPath,
    cx: &mut Context<'_>,
) {
    if c.to.is_some() || c.preset.is_some() {
        // What supplies from now on supplies alone.
        states.iter_mut().for_each(close);
    }
    for (i, name) in c.close.iter().enumerate() {
        let known = || states.iter().map(|state| state.raw.name.as_str());
        if let Some(found) = lookup(cx, &at.key("close").index(i), "location", name, known()) {
            close(&mut states[found]);
        }
    }
    unique(cx, &at.key("location"), "name", c.location.iter().map(|l| l.name.as_str()));
    let mut places: Vec<&str> = states.iter().map(|state| state.raw.name.as_str()).collect();
    for l in &c.location {
        if !places.contains(&l.name.as_str()) {
            places.push(&l.name);
        }
    }
    for (i, raw) in c.location.iter().enumerate() {
        let at = at.key("location").index(i);
        let mut lowered = location(raw, 0.0, names, &at, cx);
        network::sources(raw, &places, &mut lowered, &at, cx);
        let known = states.iter().find(|state| state.raw.name == raw.name).map(|state| &state.lowered.policy);
        if let Policy::OneTime { day, .. } = lowered.policy
            && let Some(on) = c.on.map(|on| Day::from_date(on.0))
            && day < on
            && c.when.is_none()
            && known != Some(&lowered.policy)
        {
            let message = format!("the order of {day} lies before the change of {on}");
            cx.error(
                &at.key("policy").key("one-time").key("date"),
                Code::DateRange,
                &message,
                "order on the day of the change, or later",
            );
        }
        let new = State { raw, at: at.clone(), lowered };
        match states.iter_mut().find(|state| state.raw.name == raw.name) {
            Some(known) => {
                stays_as_it_is((&known.lowered, &new.lowered), &moment(c), &at, cx);
                *known = new;
            }
            None => {
                if raw.initial_on_hand.is_some() || !raw.initial_on_order.is_empty() {
                    let message = format!("`{}` opens on {}, and has nothing on the first day", raw.name, moment(c));
                    cx.error(&at, Code::Contradiction, &message, "leave `initial-on-hand` and `initial-on-order` out");
                }
                states.push(new);
            }
        }
    }
}

fn close(state: &mut State<'_>) {
    (state.lowered.is_open, state.lowered.share) = (false, 0.0);
}

/// Reports what is built, and would be another from a date on.
fn stays_as_it_is((before, after): (&Location, &Location), on: &str, at: &KeyPath, cx: &mut Context<'_>) {
    let remedy = "give the location, or the route, another name: what is built does not change on a date";
    let mut differs = |key: &str, at: &KeyPath, of: &str| {
        let message = format!("`{key}` of `{of}` is another from {on} on");
        cx.error(at, Code::Contradiction, &message, remedy);
    };
    if before.delivery != after.delivery {
        differs("delivery", &at.key("delivery"), &before.name);
    }
    let storage = |l: &Location| (l.storage_per_m3_month, l.storage_month_factors);
    if storage(before) != storage(after) {
        differs("storage-per-m3-month", &at.key("storage-per-m3-month"), &before.name);
    }
    let (then, now) = (before.takes_back, after.takes_back);
    for (key, stays) in [
        ("return-to", then.to_stock == now.to_stock),
        ("restock-days", then.restock_days == now.restock_days),
        ("return-cost", then.cost == now.cost),
        ("recovery", then.recovery == now.recovery),
    ] {
        if !stays {
            differs(key, &at.key(key), &before.name);
        }
    }
    // By what a route is triggered, and whether anything is ordered by it, is up to the planner.
    let built = |r: &Route| Route { expedite: None, is_open: true, ..r.clone() };
    for (k, route) in after.routes.iter().enumerate() {
        let known = before.routes.iter().find(|r| r.name == route.name);
        let curve = |l: &Location| -> Vec<Route> {
            let of = |r: &&Route| r.lots_of.as_ref().is_some_and(|of| of.route == route.name);
            l.routes.iter().filter(of).map(built).collect()
        };
        if known.is_some() && curve(before) != curve(after) {
            differs("lot-curve", &at.key("route").index(k).key("lot-curve"), &route.name);
            continue;
        }
        if route.lots_of.is_none() && known.is_some_and(|known| built(known) != built(route)) {
            differs("route", &at.key("route").index(k), &route.name);
        }
    }
}

/// Gives every span all locations and all routes, in the places that they have in the end: what is not there yet is closed.
fn complete(model: &mut SupplyModel, last: &[Location]) {
    let whole = |locations: &mut Vec<Location>| {
        for (i, end) in last.iter().enumerate() {
            if i == locations.len() {
                locations.push(Location { is_open: false, share: 0.0, initial_on_hand: Some(0), ..end.clone() });
            }
            let known = std::mem::take(&mut locations[i].routes);
            let route = |end: &Route| known.iter().find(|r| r.name == end.name).cloned();
            let closed = |end: &Route| Route { is_open: false, ..end.clone() };
            locations[i].routes = end.routes.iter().map(|r| route(r).unwrap_or_else(|| closed(r))).collect();
        }
    };
    whole(&mut model.locations);
    model.changes.iter_mut().for_each(|change| whole(&mut change.locations));
}
