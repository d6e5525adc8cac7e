//! Supply models: locations, policies, routes, stages.

use super::super::raw;
use super::super::scalar::CoverBelow;
use super::change;
use super::demand::factors;
use super::dist::dist;
use super::network;
use super::{KeyPath, count, lookup, shown, unique};
use crate::load::Context;
use restock_base::calendar::{DateSteps, Day, HOLIDAY_YEARS};
use restock_base::diag::Code;
use restock_base::ids::{CalendarId, RegimeId};
use restock_base::law::Dist;
use restock_base::stats::special::normal_quantile;
use restock_base::units::{Limit, limits};
use restock_kernel::model::{
    BaseOrder, Calendar, Container, Cover, Customers, Delivery, EntryFees, Expedite, Freight, Handling, Horizon, Late,
    Level, Location, Milestone, PartialContainer, Payment, Place, Planner, Policy, React, Regime, Route, SafetyStock,
    SharedContainer, ShipFrom, Stage, SupplyModel, TakesBack, Trigger,
};

pub(super) struct Names<'a> {
    pub horizon: Horizon,
    pub calendars: &'a [Calendar],
    pub regimes: &'a [Regime],
    pub containers: &'a [SharedContainer],
}

pub(super) fn model(
    s: &raw::Supply,
    (customers, planner): (Customers, Planner),
    names: &Names<'_>,
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> SupplyModel {
    let locations_at = at.key("location");
    if s.location.is_empty() {
        cx.error(
            at,
            Code::NothingToRun,
            &format!("supply model `{}` has no location", s.name),
            "add a `[[supply.location]]`, or start from a `preset`",
        );
    }
    count(cx, &locations_at, s.location.len(), limits::LOCATIONS);
    unique(cx, &locations_at, "name", s.location.iter().map(|l| l.name.as_str()));
    let each: Vec<(&raw::Location, KeyPath)> = s.location.iter().zip((0..).map(|i| locations_at.index(i))).collect();
    let shares = shares(&each, &format!("the shares of `{}`", s.name), cx);
    let mut lowered: Vec<Location> =
        each.iter().zip(shares).map(|((l, at), share)| location(l, share, names, at, cx)).collect();
    let places: Vec<&str> = s.location.iter().map(|l| l.name.as_str()).collect();
    for ((raw, at), l) in each.iter().zip(&mut lowered) {
        l.ship_from = ship_from(raw, &places, at, cx);
        network::sources(raw, &places, l, at, cx);
    }
    let mut model = SupplyModel {
        name: s.name.clone(),
        locations: lowered,
        overflow: s.overflow,
        extra_stock_days: cx.number(&at.key("extra-stock-days"), s.extra_stock_days, limits::EXTRA_STOCK_DAYS),
        customers,
        planner,
        changes: Vec::new(),
        pre_orders: s.pre_orders,
        sizes_order: s.sizes_order,
        has_returns: s.returns,
        pauses_campaigns: s.pause_campaigns,
    };
    change::lower(s, &mut model, names, at, cx);
    network::check(s, &model, at, cx);
    model
}

/// Shares of locations that are open together, which add up to 1. `what` they are the shares of, for a message.
pub(super) fn shares(locations: &[(&raw::Location, KeyPath)], what: &str, cx: &mut Context<'_>) -> Vec<f64> {
    let share = |(l, at): &(&raw::Location, KeyPath), cx: &mut Context<'_>| match l.share {
        Some(share) => cx.share(&at.key("share"), share, limits::SHARE),
        None if locations.len() == 1 => 1.0,
        None => {
            cx.error(
                at,
                Code::MissingKey,
                &format!("`share` is missing in location `{}`", l.name),
                "say which share of shoppers it serves first; 0 makes it a back-up for the others",
            );
            0.0
        }
    };
    let shares: Vec<f64> = locations.iter().map(|l| share(l, cx)).collect();
    let total: f64 = shares.iter().sum();
    if let Some((_, at)) = locations.first()
        && locations.iter().all(|(l, _)| l.share.is_some())
        && (total - 1.0).abs() > 1e-6
    {
        cx.error(
            &at.key("share"),
            Code::Shares,
            &format!("{what} add up to {} %", shown((total * 1e8).round() / 1e6)),
            "make them add up to 100 %",
        );
    }
    shares
}

/// The rule by which shoppers of a location are served from another one. `names` are those of all locations, in their order.
pub(super) fn ship_from(l: &raw::Location, names: &[&str], at: &KeyPath, cx: &mut Context<'_>) -> Option<ShipFrom> {
    let (rule, at) = (l.ship_from.as_ref()?, at.key("ship-from"));
    let below_cover_days = cx.number(&at.key("below-cover-days"), rule.below_cover_days.0, limits::COVER_DAYS);
    let instead = lookup(cx, &at.key("instead"), "location", &rule.instead, names.iter().copied())?;
    if names[instead] == l.name {
        let message = format!("`{}` cannot be served from itself instead", l.name);
        cx.error(&at.key("instead"), Code::Contradiction, &message, "name another location, or leave `ship-from` out");
        return None;
    }
    Some(ShipFrom { below_cover_days, instead })
}

/// A location that is open.
pub(super) fn location(
    l: &raw::Location,
    share: f64,
    names: &Names<'_>,
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> Location {
    let policy = policy(&l.policy, names.horizon, &at.key("policy"), cx);
    let routes_at = at.key("route");
    if l.route.is_empty() {
        cx.error(
            at,
            Code::NothingToRun,
            &format!("location `{}` has no route", l.name),
            "add a `[[supply.location.route]]` with its stages",
        );
    }
    count(cx, &routes_at, l.route.len(), limits::ROUTES);
    unique(cx, &routes_at, "name", l.route.iter().map(|r| r.name.as_str()));
    let delivery_at = at.key("delivery");
    for (i, name) in l.stop.iter().enumerate() {
        lookup(cx, &at.key("stop").index(i), "route", name, l.route.iter().map(|r| r.name.as_str()));
    }
    let routes: Vec<Route> =
        l.route.iter().enumerate().map(|(i, r)| route((r, l), names, &routes_at.index(i), cx)).collect();
    let mut routes: Vec<Route> =
        routes.into_iter().map(|r| Route { is_open: !l.stop.contains(&r.name), ..r }).collect();
    let open = || l.route.iter().enumerate().filter(|(_, r)| !l.stop.contains(&r.name));
    if !l.route.is_empty() && open().next().is_none() {
        cx.error(
            &at.key("stop"),
            Code::Contradiction,
            &format!("every route of `{}` is stopped", l.name),
            "leave one open, or close the location",
        );
    }
    for (i, (number, r)) in open().enumerate() {
        let at = routes_at.index(number);
        let hint = "`expedite = { below-days-of-cover = 10, up-to-days = 30 }` says when a further route is used";
        match (i, policy.uses_two_routes(), r.expedite.is_some()) {
            (0, _, true) if number == 0 => cx.error(
                &at.key("expedite"),
                Code::Contradiction,
                "the first route is the base route and has no trigger",
                "put the expedite route second",
            ),
            (1.., false, false) => {
                cx.error(&at, Code::Contradiction, &format!("route `{}` is never used", r.name), hint)
            }
            (_, true, true) => cx.error(
                &at.key("expedite"),
                Code::Contradiction,
                "the policy itself orders on this route",
                "leave `expedite` out, or choose another policy",
            ),
            _ => {}
        }
    }
    let (base, open) = (open().next().map_or(0, |(number, _)| number), open().count());
    // A route that is the base route because those before it are stopped has no trigger any more.
    routes.iter_mut().take(base + 1).for_each(|r| r.expedite = None);
    if policy.uses_two_routes() && open != 2 {
        cx.error(
            &at.key("policy"),
            Code::Contradiction,
            &format!("this policy orders on two routes, `{}` has {open}", l.name),
            "give the location a base route and an expedite route",
        );
    }
    let curves = l.route.iter().zip(routes.clone()).enumerate();
    for (number, (r, route)) in curves.filter(|(_, (r, _))| !r.lot_curve.is_empty()) {
        let at = routes_at.index(number).key("lot-curve");
        if number > 0 || route.is_open && policy.uses_two_routes() {
            cx.error(
                &at,
                Code::Contradiction,
                &format!("`{}` is not the only base route of `{}`", r.name, l.name),
                "leave `lot-curve` out: expedite routes and policies of two routes have one price",
            );
        }
        routes.extend(lot_curve(&r.lot_curve, &route, &at, cx));
    }
    let taken = |r: &Route| r.expedite.as_ref().and_then(|e| e.trigger.share_of_order()).unwrap_or(0.0);
    let shares: f64 = routes.iter().map(taken).sum();
    if shares > 1.0 {
        let last = routes.iter().rposition(|r| taken(r) > 0.0).unwrap_or(0);
        cx.error(
            &routes_at.index(last).key("expedite").key("share-of-order"),
            Code::Shares,
            &format!("the routes of `{}` take {} % of every order", l.name, shown((shares * 1e8).round() / 1e6)),
            "let the shares add up to 100 % at most: the base route takes what is left",
        );
    }
    let order_multiple = cx.units(&at.key("order-multiple"), l.order_multiple);
    if order_multiple == 0 {
        cx.error(&at.key("order-multiple"), Code::OutOfRange, "`order-multiple` is 0", "write 1 for single units");
    }
    Location {
        name: l.name.clone(),
        is_open: true,
        share,
        of_markets: Vec::new(),
        delivery: Delivery {
            days: dist(&l.delivery.days, &delivery_at.key("days"), limits::DURATION_DAYS, cx),
            pick_and_pack: cx.number(&delivery_at.key("pick-and-pack"), l.delivery.pick_and_pack, limits::MONEY),
            per_order: cx.number(&delivery_at.key("per-order"), l.delivery.per_order, limits::MONEY),
            per_kg: cx.number(&delivery_at.key("per-kg"), l.delivery.per_kg, limits::MONEY),
            dimensional_divisor: cx.number(
                &delivery_at.key("dimensional-divisor"),
                l.delivery.dimensional_divisor,
                limits::DIMENSIONAL_DIVISOR,
            ),
            clearance_per_order: cx.number(
                &delivery_at.key("clearance-per-order"),
                l.delivery.clearance_per_order,
                limits::MONEY,
            ),
            duty_per_order: l.delivery.duty_per_order,
            lost: l
                .delivery
                .lost
                .as_ref()
                .map(|lost| super::disruption::lost_parcels(lost, &delivery_at.key("lost"), cx)),
        },
        storage_per_m3_month: cx.number(&at.key("storage-per-m3-month"), l.storage_per_m3_month, limits::MONEY),
        storage_month_factors: factors::<12>(&l.storage_month_factors, &at.key("storage-month-factors"), cx),
        ship_from: None,
        allocation: network::allocation(l.allocation),
        policy,
        react: react(&l.policy, &at.key("policy"), cx),
        minimum_order: cx.units(&at.key("minimum-order"), l.minimum_order),
        order_multiple,
        initial_on_hand: l.initial_on_hand.map(|n| cx.units(&at.key("initial-on-hand"), n)),
        takes_back: TakesBack {
            to_stock: matches!(l.return_to, raw::ReturnTo::Stock),
            restock_days: cx.days(&at.key("restock-days"), l.restock_days, limits::DURATION_DAYS),
            cost: cx.number(&at.key("return-cost"), l.return_cost, limits::MONEY),
            recovery: cx.share(&at.key("recovery"), l.recovery, limits::SHARE),
        },
        positions: Vec::new(),
        routes,
    }
}

fn policy(p: &raw::Policy, horizon: Horizon, at: &KeyPath, cx: &mut Context<'_>) -> Policy {
    match p {
        raw::Policy::BaseStock(b) => Policy::BaseStock { level: cx.level(&at.key("base-stock").key("level"), b.level) },
        raw::Policy::MinMax(m) => {
            let at = at.key("min-max");
            let (s, big_s) =
                (cx.level(&at.key("reorder-point"), m.reorder_point), cx.level(&at.key("order-up-to"), m.order_up_to));
            if s >= big_s {
                cx.error(
                    &at.key("reorder-point"),
                    Code::Contradiction,
                    &format!("`reorder-point` ({s}) is not below `order-up-to` ({big_s})"),
                    "exchange the two, or raise `order-up-to`",
                );
            }
            Policy::MinMax {
                reorder_point: s,
                order_up_to: big_s,
                review_days: cx.days(&at.key("review-days"), m.review_days, limits::REVIEW_DAYS).max(1),
            }
        }
        raw::Policy::ReorderQuantity(r) => {
            let at = at.key("reorder-quantity");
            let quantity = cx.units(&at.key("quantity"), r.quantity);
            if quantity == 0 {
                cx.error(
                    &at.key("quantity"),
                    Code::OutOfRange,
                    "`quantity` is 0",
                    "write the size of a lot, at least 1",
                );
            }
            Policy::ReorderQuantity {
                reorder_point: cx.level(&at.key("reorder-point"), r.reorder_point),
                quantity: quantity.max(1),
                review_days: cx.days(&at.key("review-days"), r.review_days, limits::REVIEW_DAYS).max(1),
            }
        }
        raw::Policy::OrderUpTo(o) => {
            let at = at.key("order-up-to");
            let review_days = cx.days(&at.key("review-days"), o.review_days, limits::REVIEW_DAYS).max(1);
            match (o.level, &o.safety_stock) {
                (Some(level), None) => Policy::OrderUpToLevel { level: cx.level(&at.key("level"), level), review_days },
                (None, Some(s)) => Policy::OrderUpToForecast {
                    safety_stock: safety_stock(s, &at.key("safety-stock"), cx),
                    pooled: o.pooled,
                    review_days,
                },
                _ => {
                    cx.error(
                        &at,
                        Code::Contradiction,
                        "`order-up-to` takes either `level` or `safety-stock`",
                        "give exactly one: a level in units, or a safety stock on top of the forecast",
                    );
                    Policy::OrderUpToLevel { level: 0, review_days }
                }
            }
        }
        raw::Policy::DaysOfCover(d) => {
            let at = at.key("days-of-cover");
            Policy::DaysOfCover {
                days: cx.number(&at.key("days"), d.days.0, Limit { high: 900.0, ..limits::REVIEW_DAYS }),
                review_days: cx.days(&at.key("review-days"), d.review_days, limits::REVIEW_DAYS).max(1),
            }
        }
        raw::Policy::OneTime(o) => {
            let at = at.key("one-time");
            let day = Day::from_date(o.date.0);
            let end = horizon.start.plus(horizon.days as i32);
            if day < horizon.opens() || day >= end {
                cx.error(
                    &at.key("date"),
                    Code::DateRange,
                    &format!(
                        "the order of {day} is outside the run, which covers {} to {}",
                        horizon.opens(),
                        end.plus(-1)
                    ),
                    "move the order, or lengthen the warm-up",
                );
            }
            Policy::OneTime { quantity: cx.units(&at.key("quantity"), o.quantity), day }
        }
        raw::Policy::DualIndex(d) => {
            let at = at.key("dual-index");
            let regular = level("regular", (d.regular, d.regular_cover_days), &at, cx);
            let expedite = level("expedite", (d.expedite, d.expedite_cover_days), &at, cx);
            let above = match (expedite, regular) {
                (Level::Units(expedite), Level::Units(regular)) => (expedite > regular)
                    .then(|| ("expedite", format!("`expedite` ({expedite}) is above `regular` ({regular})"))),
                (Level::Days(expedite), Level::Days(regular)) => (expedite > regular).then(|| {
                    let days = (shown(expedite), shown(regular));
                    let told = format!("`expedite-cover-days` ({}) is above `regular-cover-days` ({})", days.0, days.1);
                    ("expedite-cover-days", told)
                }),
                // What is more depends on what sells.
                (Level::Units(_), Level::Days(_)) | (Level::Days(_), Level::Units(_)) => None,
            };
            if let Some((key, message)) = above {
                cx.error(&at.key(key), Code::Contradiction, &message, "the expedite level is the lower one");
            }
            Policy::DualIndex {
                regular,
                expedite,
                review_days: cx.days(&at.key("review-days"), d.review_days, limits::REVIEW_DAYS).max(1),
            }
        }
        raw::Policy::BaseSurge(b) => {
            let at = at.key("base-surge");
            Policy::BaseSurge {
                base: base_order(b, &at, cx),
                expedite: level("expedite", (b.expedite, b.expedite_cover_days), &at, cx),
                review_days: cx.days(&at.key("review-days"), b.review_days, limits::REVIEW_DAYS).max(1),
            }
        }
    }
}

/// A level of a policy of two routes: in units at its own key, or in days of demand at a key beside it.
fn level(name: &str, given: (Option<i64>, Option<raw::Duration>), at: &KeyPath, cx: &mut Context<'_>) -> Level {
    let in_days = format!("{name}-cover-days");
    match given {
        (Some(units), None) => Level::Units(cx.level(&at.key(name), units)),
        (None, Some(days)) => Level::Days(cx.number(&at.key(&in_days), days.0, limits::COVER_DAYS)),
        (units, _) => {
            one_of((name, &in_days), units.is_some(), at, cx);
            Level::Units(0)
        }
    }
}

/// What a surge policy orders steadily.
fn base_order(b: &raw::BaseSurge, at: &KeyPath, cx: &mut Context<'_>) -> BaseOrder {
    match (b.quantity, b.base_share) {
        (Some(units), None) => BaseOrder::Units(cx.units(&at.key("quantity"), units)),
        (None, Some(share)) => BaseOrder::Share(cx.share(&at.key("base-share"), share, limits::BASE_SHARE)),
        (units, _) => {
            one_of(("quantity", "base-share"), units.is_some(), at, cx);
            BaseOrder::Units(0)
        }
    }
}

/// Reports that of two keys both are given, or neither.
fn one_of((units, forecast): (&str, &str), both: bool, at: &KeyPath, cx: &mut Context<'_>) {
    let (given, remedy) = match both {
        true => ("both are given", "leave one out"),
        false => ("neither is given", "give one of them: the first in units, the second following the forecast"),
    };
    let place = if both { at.key(forecast) } else { at.clone() };
    cx.error(
        &place,
        if both { Code::Contradiction } else { Code::MissingKey },
        &format!("`{}` takes either `{units}` or `{forecast}`, and {given}", at.last_key()),
        remedy,
    );
}

/// When the policy orders between reviews.
fn react(p: &raw::Policy, at: &KeyPath, cx: &mut Context<'_>) -> Option<React> {
    let (name, react) = match p {
        raw::Policy::BaseStock(_) | raw::Policy::OneTime(_) => return None,
        raw::Policy::MinMax(p) => ("min-max", &p.react),
        raw::Policy::ReorderQuantity(p) => ("reorder-quantity", &p.react),
        raw::Policy::OrderUpTo(p) => ("order-up-to", &p.react),
        raw::Policy::DaysOfCover(p) => ("days-of-cover", &p.react),
        raw::Policy::DualIndex(p) => ("dual-index", &p.react),
        raw::Policy::BaseSurge(p) => ("base-surge", &p.react),
    };
    let (react, at) = (react.as_ref()?, at.key(name).key("react"));
    Some(React {
        cover_below: match react.cover_below {
            CoverBelow::LeadTime => Cover::LeadTime,
            CoverBelow::Days(days) => {
                Cover::Days(cx.number(&at.key("cover-below"), days, Limit { high: 900.0, ..limits::DURATION_DAYS }))
            }
        },
        latency: dist(&react.latency, &at.key("latency"), limits::DURATION_DAYS, cx),
    })
}

fn safety_stock(s: &raw::SafetyStock, at: &KeyPath, cx: &mut Context<'_>) -> SafetyStock {
    match s {
        raw::SafetyStock::ServiceLevel(p) => {
            SafetyStock::ServiceLevel { z: normal_quantile(cx.share(&at.key("service-level"), *p, limits::OPEN_SHARE)) }
        }
        raw::SafetyStock::Days(d) => SafetyStock::Days(cx.number(&at.key("days"), d.0, limits::DURATION_DAYS)),
        raw::SafetyStock::Units(n) => SafetyStock::Units(cx.units(&at.key("units"), *n)),
    }
}

fn route((r, l): (&raw::Route, &raw::Location), names: &Names<'_>, at: &KeyPath, cx: &mut Context<'_>) -> Route {
    let stage_at = at.key("stage");
    if r.stage.is_empty() {
        cx.error(
            at,
            Code::NothingToRun,
            &format!("route `{}` has no stage", r.name),
            "list its stages: `stage = [{ name = \"Production\", days = 30 }]`",
        );
    }
    unique(cx, &stage_at, "name", r.stage.iter().map(|s| s.name.as_str()));
    let made = r.stage.iter().rposition(makes_goods);
    let mut stages: Vec<Stage> = r
        .stage
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let place = match s.goods_are {
                Some(raw::GoodsAre::InProduction) => Place::InProduction,
                Some(raw::GoodsAre::AtFactory) => Place::Finished,
                Some(raw::GoodsAre::InTransit) => Place::InTransit,
                None if made.is_some_and(|made| i <= made) => Place::InProduction,
                None => Place::InTransit,
            };
            stage(s, place, names, &stage_at.index(i), cx)
        })
        .collect();
    let shared = shared_container(r, (&mut stages, made), names, at, cx);
    count(cx, &stage_at, stages.len(), limits::STAGES);
    let milestone = |name: &str, at: &KeyPath, cx: &mut Context| match name {
        "order" => Milestone::Order,
        "receipt" => Milestone::Receipt,
        // The end of the stage in which goods are made; with the order where nothing is made.
        "production" => stages.iter().position(|s| s.production).map_or(Milestone::Order, Milestone::StageEnd),
        name => {
            let known = ["order", "production", "receipt"].into_iter().chain(stages.iter().map(|s| s.name.as_str()));
            lookup(cx, at, "milestone", name, known)
                .map_or(Milestone::Order, |i| Milestone::StageEnd(i.saturating_sub(3)))
        }
    };
    let terms_at = at.key("terms");
    let payments: Vec<Payment> = r
        .terms
        .iter()
        .enumerate()
        .map(|(i, t)| {
            let at = terms_at.index(i);
            Payment {
                share: cx.share(&at.key("share"), t.share, limits::SHARE),
                at: milestone(&t.at, &at.key("at"), cx),
                days_later: cx.days(&at.key("days-later"), t.days_later, limits::REVIEW_DAYS_OR_NONE),
            }
        })
        .collect();
    let is_bought = r.from.is_none() && l.supplied_from.is_none();
    if made.is_none()
        && is_bought
        && let Some(i) = r.terms.iter().position(|t| t.at == "production")
    {
        cx.warn(
            &terms_at.index(i).key("at"),
            Code::WarnUnlikely,
            &format!("no stage of route `{}` makes goods: what is due at production is paid with the order", r.name),
            "call the stage `Production`, mark it with `production = true`, or give the route `terms` of its own",
        );
    }
    let total: f64 = payments.iter().map(|p| p.share).sum();
    if (total - 1.0).abs() > 1e-6 {
        cx.error(
            &terms_at,
            Code::Shares,
            &format!("the terms of route `{}` add up to {} %", r.name, shown((total * 1e8).round() / 1e6)),
            "make the shares add up to 100 %",
        );
    }
    let duty = duty(&r.duty, names.horizon.first(), &at.key("duty"), cx);
    let mut freight = freight(&r.freight, &at.key("freight"), cx);
    freight.container = shared.map_or(freight.container, |number| Some(names.containers[number].size));
    let handling = handling(&r.handling, &at.key("handling"), cx);
    if handling.per_container > 0.0 && freight.container.is_none() {
        cx.error(
            &at.key("handling").key("per-container"),
            Code::MissingKey,
            &format!("route `{}` has no container to handle", r.name),
            "add `per-container` and `container-m3` to its `freight`, or use `per-m3`",
        );
    }
    let freight_at =
        r.freight_at.as_deref().map_or(Milestone::Receipt, |name| milestone(name, &at.key("freight-at"), cx));
    let duty_at = r.duty_at.as_deref().map_or(Milestone::Receipt, |name| milestone(name, &at.key("duty-at"), cx));
    if let Some(loading) = stages.iter().position(|s| s.waits_for.is_some()) {
        for (key, what, when) in [("freight-at", "freight", freight_at), ("duty-at", "duty", duty_at)] {
            if matches!(when, Milestone::Order) || matches!(when, Milestone::StageEnd(k) if k < loading) {
                cx.error(
                    &at.key(key),
                    Code::Contradiction,
                    &format!(
                        "{what} of route `{}` falls due before `{}` leaves, and its part of that is known only then",
                        r.name, stages[loading].name
                    ),
                    &format!("leave `{key}` out: receipt"),
                );
            }
        }
    }
    Route {
        name: r.name.clone(),
        supplier: r.supplier.clone(),
        is_open: true,
        from: None,
        order_crossing: r.order_crossing,
        payments,
        freight,
        freight_at,
        handling,
        duty,
        duty_at,
        duty_days_later: cx.days(&at.key("duty-days-later"), r.duty_days_later, limits::REVIEW_DAYS_OR_NONE),
        dutiable_share: cx.share(&at.key("dutiable-share"), r.dutiable_share, limits::SHARE),
        entry_fees: entry_fees(&r.entry_fees, &at.key("entry-fees"), cx),
        unit_cost_premium: cx.share(&at.key("unit-cost-premium"), r.unit_cost_premium, limits::BIAS),
        expedite: r.expedite.as_ref().and_then(|e| expedite(e, &at.key("expedite"), cx)),
        lost: r.lost.as_ref().map(|lost| super::disruption::lost_lots(lost, &at.key("lost"), cx)),
        lots_of: None,
        stages,
    }
}

/// Puts the wait for the container of a route among its stages. Returns the number of the container.
fn shared_container(
    r: &raw::Route,
    (stages, made): (&mut Vec<Stage>, Option<usize>),
    names: &Names<'_>,
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> Option<usize> {
    let Some(name) = &r.container else {
        if r.loaded_after.is_some() {
            let message = format!("route `{}` is loaded into no container", r.name);
            let remedy = "name its `container`, or leave `loaded-after` out";
            cx.error(&at.key("loaded-after"), Code::MissingKey, &message, remedy);
        }
        return None;
    };
    let known = names.containers.iter().map(|c| c.name.as_str());
    let number = lookup(cx, &at.key("container"), "container", name, known)?;
    let after = match &r.loaded_after {
        Some(stage) => {
            let known = stages.iter().map(|s| s.name.as_str());
            Some(lookup(cx, &at.key("loaded-after"), "stage", stage, known)?)
        }
        None => made,
    };
    let place = after.map_or(0, |k| k + 1);
    let refuse = |cx: &mut Context<'_>, message: String, remedy: &str| {
        cx.error(&at.key("container"), Code::Contradiction, &message, remedy);
    };
    if stages.iter().any(|s| s.name == *name) {
        let message = format!("a stage of route `{}` has the name of its container, `{name}`", r.name);
        refuse(cx, message, "goods wait in a stage of that name: give the other one another name");
    } else if place == stages.len() {
        let message = format!("nothing follows on route `{}` when `{name}` has left", r.name);
        refuse(cx, message, "name the stage after which it is loaded in `loaded-after`");
    } else if stages[place..].iter().any(|s| s.production || s.scrap.is_some()) {
        let message = format!("route `{}` makes or scraps goods when `{name}` has left", r.name);
        refuse(cx, message, "name a later stage in `loaded-after`");
    } else if !r.order_crossing {
        let message = format!("goods of several orders of route `{}` leave at once, so that orders cross", r.name);
        refuse(cx, message, "leave `order-crossing = false` out");
    } else {
        let waits = Stage {
            name: name.clone(),
            days: Dist::Constant(f64::from(names.containers[number].wait_days)),
            late: None,
            calendar: None,
            regime: None,
            scrap: None,
            production: false,
            place: Place::Finished,
            waits_for: Some(number),
        };
        stages.insert(place, waits);
    }
    Some(number)
}

/// Duty rates by date, of a run that begins on the day `begins`.
pub(super) fn duty(steps: &[raw::DutyStep], begins: Day, at: &KeyPath, cx: &mut Context<'_>) -> DateSteps {
    let rate = |(i, d): (usize, &raw::DutyStep)| {
        (Day::from_date(d.from.0), cx.share(&at.index(i).key("rate"), d.rate, limits::RATE))
    };
    let duty = DateSteps::new(steps.iter().enumerate().map(rate).collect());
    if let Some(first) = duty.first_day()
        && first > begins
    {
        cx.warn(
            at,
            Code::WarnUnlikely,
            &format!("the first duty rate holds from {first}, the run begins on {begins}"),
            "before the first step no duty is paid; add an earlier one if that is not meant",
        );
    }
    duty
}

fn expedite(e: &raw::Expedite, at: &KeyPath, cx: &mut Context<'_>) -> Option<Expedite> {
    let limit = limits::COVER_DAYS;
    let trigger = match (e.when, &e.below_days_of_cover, &e.up_to_days, e.share_of_order) {
        (Some(raw::ExpediteWhen::MarginSavedExceedsCost), None, None, None) => Trigger::MarginSavedExceedsCost,
        (None, None, None, Some(share)) => {
            if e.latency.is_some() {
                cx.error(
                    &at.key("latency"),
                    Code::Contradiction,
                    "a share of an order leaves with the order",
                    "leave `latency` out, or expedite by a cover or by money",
                );
            }
            Trigger::Share(cx.share(&at.key("share-of-order"), share, limits::SHARE))
        }
        (None, Some(below), Some(up_to), None) => {
            let below = cx.number(&at.key("below-days-of-cover"), below.0, limit);
            let up_to = cx.number(&at.key("up-to-days"), up_to.0, limit);
            if up_to < below {
                cx.error(
                    &at.key("up-to-days"),
                    Code::Contradiction,
                    &format!("`up-to-days` ({up_to}) is less than `below-days-of-cover` ({below})"),
                    "order at least up to the trigger",
                );
            }
            Trigger::Cover { below, up_to }
        }
        _ => {
            cx.error(
                at,
                Code::Contradiction,
                "an expedite route has one trigger: a cover, money, or a share of every order",
                "write `{ below-days-of-cover = 10, up-to-days = 30 }`, `{ when = \"margin-saved-exceeds-cost\" }` or `{ share-of-order = \"20%\" }`",
            );
            return None;
        }
    };
    let latency = e.latency.as_ref().map(|days| dist(days, &at.key("latency"), limits::DURATION_DAYS, cx));
    Some(Expedite { trigger, latency })
}

/// The routes that stand for a route where lots are larger.
fn lot_curve(steps: &[raw::LotStep], route: &Route, at: &KeyPath, cx: &mut Context<'_>) -> Vec<Route> {
    count(cx, at, steps.len(), limits::LOT_STEPS);
    let mut least = 1;
    let mut out = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        let at = at.index(i);
        let from = cx.units(&at.key("from"), step.from);
        if from <= least {
            cx.error(
                &at.key("from"),
                Code::Contradiction,
                &format!("`from` is {from}, and lots of {least} are spoken of before"),
                "let each step begin with more units; lots below the first are the route's own",
            );
        }
        least = from.max(least);
        let time = cx.number(&at.key("production-time"), step.production_time, limits::LEAD_TIME_FACTOR);
        let made = || route.stages.iter().filter(|s| s.production);
        let problem = if made().next().is_none() {
            let remedy = "call the stage in which they are made `Production`, or give it `production = true`";
            Some((format!("no stage of route `{}` makes goods", route.name), remedy))
        } else {
            let remedy = "write 1, or give the stage in which goods are made a law such as lognormal or gamma";
            let fixed = made().find(|s| time > 0.0 && s.days.times(time).is_none());
            fixed.map(|s| (format!("a multiple of the days of `{}` is of no law known here", s.name), remedy))
        };
        if let Some((message, remedy)) = problem.filter(|_| time != 1.0) {
            cx.error(&at.key("production-time"), Code::Contradiction, &message, remedy);
        }
        let premium = cx.share(&at.key("unit-cost-premium"), step.unit_cost_premium, limits::BIAS);
        out.push(route.for_lots(from, time, premium));
    }
    out
}

/// Whether goods are made in a stage.
pub(super) fn makes_goods(s: &raw::Stage) -> bool {
    s.production.unwrap_or(s.name == "Production")
}

fn stage(s: &raw::Stage, place: Place, names: &Names<'_>, at: &KeyPath, cx: &mut Context<'_>) -> Stage {
    let calendar = s.calendar.as_ref().and_then(|name| {
        lookup(cx, &at.key("calendar"), "calendar", name, names.calendars.iter().map(|c| c.name.as_str()))
    });
    if let Some(i) = calendar
        && names.calendars[i].closures.len() > 20
    {
        let (first, last) =
            (names.horizon.first().date().year(), names.horizon.start.plus(names.horizon.days as i32).date().year());
        if first < HOLIDAY_YEARS.0 || last > HOLIDAY_YEARS.1 {
            cx.error(
                &at.key("calendar"),
                Code::DateRange,
                &format!(
                    "the holidays of `{}` are known for {} to {}, the run covers {first} to {last}",
                    names.calendars[i].name, HOLIDAY_YEARS.0, HOLIDAY_YEARS.1
                ),
                "define a `[[calendar]]` of your own for these years",
            );
        }
    }
    Stage {
        name: s.name.clone(),
        days: dist(&s.days, &at.key("days"), limits::DURATION_DAYS, cx),
        late: s.late.as_ref().map(|l| Late {
            probability: cx.share(&at.key("late").key("probability"), l.probability, limits::SHARE),
            days: dist(&l.days, &at.key("late").key("days"), limits::DURATION_DAYS, cx),
        }),
        calendar: calendar.map(CalendarId),
        regime: s
            .regime
            .as_ref()
            .and_then(|name| {
                lookup(cx, &at.key("regime"), "regime", name, names.regimes.iter().map(|r| r.name.as_str()))
            })
            .map(RegimeId),
        scrap: s.scrap.as_ref().map(|d| dist(d, &at.key("scrap"), limits::SHARE, cx)),
        production: makes_goods(s),
        place,
        waits_for: None,
    }
}

fn freight(f: &raw::Freight, at: &KeyPath, cx: &mut Context<'_>) -> Freight {
    let mut money = |key: &str, value: Option<f64>| value.map_or(0.0, |v| cx.number(&at.key(key), v, limits::MONEY));
    let (per_unit, per_kg) = (money("per-unit", f.per_unit), money("per-kg", f.per_kg));
    let dimensional_divisor =
        cx.number(&at.key("dimensional-divisor"), f.dimensional_divisor, limits::DIMENSIONAL_DIVISOR);
    let payload_kg = cx.number(&at.key("payload-kg"), f.payload_kg, limits::PAYLOAD_KG);
    let partial = match f.partial_container {
        raw::PartialContainer::Shared => PartialContainer::Shared,
        raw::PartialContainer::Whole => PartialContainer::Whole,
        raw::PartialContainer::PerM3(rate) => {
            PartialContainer::PerCubicMetre(cx.number(&at.key("partial-container").key("per-m3"), rate, limits::MONEY))
        }
    };
    let container = match (f.per_container, f.container_m3) {
        (Some(price), Some(m3)) => {
            let m3 = cx.number(&at.key("container-m3"), m3, Limit { low: 0.1, high: 1000.0, unit: "m3" });
            let fill = f.fill.map_or(1.0, |s| cx.share(&at.key("fill"), s, Limit { low: 0.01, ..limits::SHARE }));
            let price = cx.number(&at.key("per-container"), price, limits::MONEY);
            Some(Container { price, m3: m3 * fill, payload_kg, partial })
        }
        (Some(_), None) => {
            cx.error(
                at,
                Code::MissingKey,
                "`per-container` needs `container-m3`",
                "a 40-foot high cube has about 64 usable m3",
            );
            None
        }
        (None, Some(_)) => {
            cx.error(at, Code::MissingKey, "`container-m3` needs `per-container`", "add the price of a container");
            None
        }
        (None, None) => {
            if f.fill.is_some() {
                cx.error(
                    &at.key("fill"),
                    Code::Contradiction,
                    "`fill` goes with `per-container`",
                    "leave it out, or add `per-container` and `container-m3`",
                );
            }
            None
        }
    };
    Freight { per_unit, per_kg, dimensional_divisor, container }
}

fn handling(h: &raw::Handling, at: &KeyPath, cx: &mut Context<'_>) -> Handling {
    let mut money = |key: &str, value: Option<f64>| value.map_or(0.0, |v| cx.number(&at.key(key), v, limits::MONEY));
    Handling {
        per_purchase_order: money("per-purchase-order", h.per_purchase_order),
        per_container: money("per-container", h.per_container),
        per_m3: money("per-m3", h.per_m3),
        per_unit: money("per-unit", h.per_unit),
    }
}

fn entry_fees(f: &raw::EntryFees, at: &KeyPath, cx: &mut Context<'_>) -> EntryFees {
    let (processing_share, processing_range) = f.processing.as_ref().map_or((0.0, (0.0, 0.0)), |p| {
        let at = at.key("processing");
        let (least, most) =
            (cx.number(&at.key("least"), p.least, limits::MONEY), cx.number(&at.key("most"), p.most, limits::MONEY));
        if most < least {
            cx.error(
                &at.key("most"),
                Code::Contradiction,
                &format!("`most` ({}) is less than `least` ({})", shown(most), shown(least)),
                "exchange the two",
            );
        }
        (cx.share(&at.key("share"), p.share, limits::SHARE), (least, most.max(least)))
    });
    EntryFees {
        processing_share,
        processing_range,
        harbor_share: f.harbor.map_or(0.0, |s| cx.share(&at.key("harbor"), s, limits::SHARE)),
        broker: f.broker.map_or(0.0, |v| cx.number(&at.key("broker"), v, limits::MONEY)),
    }
}
