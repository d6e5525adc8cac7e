//! What goes wrong: nodes by their names, when they are down, and what that sets off.

use super::{Duration, KeyPath, Share, count, dist, lookup, raw, unique};
use crate::load::Context;
use restock_base::calendar::Day;
use restock_base::diag::Code;
use restock_base::law::Dist;
use restock_base::units::{Limit, limits};
use restock_kernel::model::{Disruption, Horizon, LossTerms, LostLots, LostParcels, Node, Onset, SetsOff};

/// Most disruptions of a scenario: each has its days in every replication.
const MOST: usize = 64;

/// All disruptions.
pub(super) fn disruptions(raw: &raw::Scenario, horizon: Horizon, cx: &mut Context<'_>) -> Vec<Disruption> {
    let at = KeyPath::default().key("disruption");
    count(cx, &at, raw.disruption.len(), MOST);
    unique(cx, &at, "name", raw.disruption.iter().map(|d| d.name.as_str()));
    let one = |(i, d): (usize, &raw::Disruption)| {
        let at = at.index(i);
        let on = node(raw, d, &at.key("on"), cx)?;
        let onset = onset(raw, d, &at, cx)?;
        never_felt(d, onset, horizon, &at, cx);
        of_no_use(d, &at, cx);
        let days = d.days.as_ref().map(|days| dist(days, &at.key("days"), limits::DURATION_DAYS, cx));
        let pace = d.slows.map_or(0.0, |slows| {
            1.0 / cx.number(&at.key("slows"), slows, Limit { low: 1.0, high: 1_000.0, unit: "times as long" })
        });
        Some(Disruption {
            name: d.name.clone(),
            on,
            onset,
            days: days.unwrap_or(Dist::Constant(1.0)),
            ramp_days: cx.days(&at.key("ramp-days"), d.ramp_days, limits::REVIEW_DAYS_OR_NONE),
            pace,
            refuses: d.while_down == raw::WhileDown::Refused,
            destroys: cx.share(&at.key("destroys"), d.destroys, limits::SHARE),
            loss: loss_terms((d.borne_by, d.insured, d.learned_after_days), &at, cx),
            sets_off: sets_off(raw, d, &at.key("sets-off"), cx),
        })
    };
    // Numbers of others are places in the file: they hold only if nothing is left out, which is an error.
    let all: Vec<Disruption> = raw.disruption.iter().enumerate().filter_map(one).collect();
    if all.len() == raw.disruption.len() {
        refuse_circles(&all, &at, cx);
    }
    all
}

/// Who bears what is lost, and when it is known.
fn loss_terms(
    (borne_by, insured, learned): (raw::BorneBy, Share, Duration),
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> LossTerms {
    let insured = cx.share(&at.key("insured"), insured, limits::SHARE);
    if borne_by == raw::BorneBy::Supplier && insured > 0.0 {
        let message = "the seller's loss is insured, and the supplier bears it";
        cx.error(
            &at.key("insured"),
            Code::Contradiction,
            message,
            "leave `insured` out, or write `borne-by = \"seller\"`",
        );
    }
    LossTerms {
        by_supplier: borne_by == raw::BorneBy::Supplier,
        insured,
        known_after_days: cx.days(&at.key("learned-after-days"), learned, limits::REVIEW_DAYS_OR_NONE),
    }
}

/// Orders of a route that never come.
pub(super) fn lost_lots(lost: &raw::LostLots, at: &KeyPath, cx: &mut Context<'_>) -> LostLots {
    LostLots {
        share: cx.share(&at.key("share"), lost.share, limits::SHARE),
        terms: loss_terms((lost.borne_by, lost.insured, lost.learned_after_days), at, cx),
    }
}

/// Parcels that customers do not get.
pub(super) fn lost_parcels(lost: &raw::LostParcels, at: &KeyPath, cx: &mut Context<'_>) -> LostParcels {
    LostParcels {
        share: cx.share(&at.key("share"), lost.share, limits::SHARE),
        after_days: cx.days(&at.key("after-days"), lost.after_days, limits::REVIEW_DAYS),
        reships: lost.remedy == raw::Remedy::Reship,
    }
}

/// Keys that decide nothing beside the others are errors: somebody expects something of them.
fn of_no_use(d: &raw::Disruption, at: &KeyPath, cx: &mut Context<'_>) {
    if matches!(d.on, raw::DisruptedNode::Location(_)) {
        let ramp = d.ramp_days.0 > 0.0;
        let refused = d.while_down == raw::WhileDown::Refused;
        for (key, _) in
            [("slows", d.slows.is_some()), ("ramp-days", ramp), ("while-down", refused)].iter().filter(|k| k.1)
        {
            let message = format!("`{key}` of `{}` stands at a location, which ships or does not", d.name);
            let hint = "leave it out; a stage or a route is slowed, and orders for the location come in the meantime";
            cx.error(&at.key(key), Code::Contradiction, &message, hint);
        }
    }
    let destroys = d.destroys.0 != 0.0;
    let terms = [
        ("borne-by", d.borne_by == raw::BorneBy::Supplier),
        ("insured", d.insured.0 != 0.0),
        ("learned-after-days", d.learned_after_days.0 != 0.0),
    ];
    for (key, _) in terms.iter().filter(|(_, said)| *said && !destroys) {
        let message = format!("`{key}` of `{}`, which destroys nothing", d.name);
        cx.error(&at.key(key), Code::Contradiction, &message, "add `destroys = \"20%\"`, or leave it out");
    }
}

/// The node by its name, which some supply model must have.
fn node(raw: &raw::Scenario, d: &raw::Disruption, at: &KeyPath, cx: &mut Context<'_>) -> Option<Node> {
    let routes = || {
        let built = raw.supply.iter().flat_map(|s| &s.location).flat_map(|l| &l.route);
        let changed = raw.supply.iter().flat_map(|s| &s.change).flat_map(|c| &c.location).flat_map(|l| &l.route);
        built.chain(changed)
    };
    let names = |all: &mut dyn Iterator<Item = &str>| {
        let mut names: Vec<String> = Vec::new();
        for name in all {
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    };
    let mut known = |key: &str, what: &str, name: &str, all: Vec<String>| {
        lookup(cx, &at.key(key), what, name, all.iter().map(String::as_str))
    };
    match &d.on {
        raw::DisruptedNode::Supplier(name) => {
            let all = names(&mut routes().filter_map(|r| r.supplier.as_deref()));
            if all.is_empty() {
                cx.error(
                    &at.key("supplier"),
                    Code::UnknownName,
                    &format!("no route names a supplier, `{name}` neither"),
                    &format!("write `supplier = \"{name}\"` at the routes that it delivers"),
                );
                return None;
            }
            known("supplier", "supplier", name, all)?;
            Some(Node::Supplier(name.clone()))
        }
        raw::DisruptedNode::Factory(name) => {
            let number = known("factory", "factory", name, names(&mut raw.factory.iter().map(|f| f.name.as_str())))?;
            Some(Node::Factory(number))
        }
        raw::DisruptedNode::Route(name) => {
            known("route", "route", name, names(&mut routes().map(|r| r.name.as_str())))?;
            Some(Node::Route(name.clone()))
        }
        raw::DisruptedNode::Location(name) => {
            let built = raw.supply.iter().flat_map(|s| &s.location).map(|l| l.name.as_str());
            let changed = raw.supply.iter().flat_map(|s| &s.change).flat_map(|c| &c.location);
            known("location", "location", name, names(&mut built.chain(changed.map(|l| l.name.as_str()))))?;
            Some(Node::Location(name.clone()))
        }
        raw::DisruptedNode::Stage(name) => {
            let stages = routes().flat_map(|r| r.stage.iter().map(|s| s.name.as_str()).chain(r.container.as_deref()));
            known("stage", "stage", name, names(&mut { stages }))?;
            Some(Node::Stage(name.clone()))
        }
    }
}

/// When it begins, which is said in one way.
fn onset(raw: &raw::Scenario, d: &raw::Disruption, at: &KeyPath, cx: &mut Context<'_>) -> Option<Onset> {
    let daily = d.fails_daily.is_some() || d.recovers_daily.is_some();
    let dated = d.from.is_some() || d.until.is_some();
    let ways = [(d.per_year.is_some(), "per-year"), (daily, "fails-daily"), (dated, "from")];
    let said: Vec<&str> = ways.iter().filter(|(said, _)| *said).map(|(_, key)| *key).collect();
    if let [first, second, ..] = said[..] {
        let message = format!("`{}` begins by `{first}` and by `{second}`", d.name);
        let hint = "say when it begins in one way; write a `[[disruption]]` for each";
        cx.error(&at.key(second), Code::Contradiction, &message, hint);
        return None;
    }
    let needs_days = |cx: &mut Context<'_>| {
        if d.days.is_none() {
            let message = format!("nothing says how long `{}` is down", d.name);
            cx.error(at, Code::MissingKey, &message, "add `days = { triangular = [2, 5, 14] }` or a number");
        }
    };
    if let Some(rate) = d.per_year {
        needs_days(cx);
        return Some(Onset::PerYear(cx.number(&at.key("per-year"), rate, limits::PER_YEAR)));
    }
    if daily {
        let (Some(fails), Some(recovers)) = (d.fails_daily, d.recovers_daily) else {
            let (there, missing) = if d.fails_daily.is_some() {
                ("fails-daily", "recovers-daily")
            } else {
                ("recovers-daily", "fails-daily")
            };
            let message = format!("`{there}` of `{}` stands without `{missing}`", d.name);
            cx.error(&at.key(there), Code::MissingKey, &message, "a chain of two states has both chances");
            return None;
        };
        if d.days.is_some() {
            let message = format!("`{}` ends by `recovers-daily` and by `days`", d.name);
            cx.error(&at.key("days"), Code::Contradiction, &message, "leave one of the two out");
        }
        let fails = cx.share(&at.key("fails-daily"), fails, limits::SHARE);
        return Some(Onset::Daily { fails, recovers: cx.share(&at.key("recovers-daily"), recovers, limits::SHARE) });
    }
    if let Some(from) = d.from {
        match d.until {
            Some(until) if until.0 < from.0 => {
                let message = format!("`until` ({}) is before `from` ({})", until.0, from.0);
                cx.error(&at.key("until"), Code::Contradiction, &message, "exchange the two dates");
            }
            Some(_) if d.days.is_some() => {
                let message = format!("`{}` ends by `until` and by `days`", d.name);
                cx.error(&at.key("days"), Code::Contradiction, &message, "leave one of the two out");
            }
            Some(_) => {}
            None => needs_days(cx),
        }
        return Some(Onset::Dated { from: Day::from_date(from.0), until: d.until.map(|day| Day::from_date(day.0)) });
    }
    if let Some(until) = d.until {
        let message = format!("`until` ({}) of `{}` stands without `from`", until.0, d.name);
        cx.error(&at.key("until"), Code::MissingKey, &message, "add the day on which it begins, `from`");
        return None;
    }
    if !raw.disruption.iter().flat_map(|other| &other.sets_off).any(|s| s.disruption == d.name) {
        let message = format!("nothing says when `{}` begins", d.name);
        let hint =
            "add `per-year`, `fails-daily` and `recovers-daily`, or `from`; or let another disruption set it off";
        cx.error(at, Code::MissingKey, &message, hint);
        return None;
    }
    needs_days(cx);
    Some(Onset::SetOff)
}

/// A date that no day of the run meets is told.
fn never_felt(d: &raw::Disruption, onset: Onset, horizon: Horizon, at: &KeyPath, cx: &mut Context<'_>) {
    let Onset::Dated { from, until } = onset else { return };
    let end = horizon.start.plus(horizon.days as i32);
    if from >= end || until.is_some_and(|until| until < horizon.opens()) {
        let message = format!("`{}` lies outside of the run, {} to {}", d.name, horizon.opens(), end.plus(-1));
        cx.warn(
            &at.key("from"),
            Code::WarnUnlikely,
            &message,
            "nothing of it is felt; move the dates if that is not meant",
        );
    }
}

fn sets_off(raw: &raw::Scenario, d: &raw::Disruption, at: &KeyPath, cx: &mut Context<'_>) -> Vec<SetsOff> {
    let one = |(k, s): (usize, &raw::SetsOff)| {
        let at = at.index(k);
        let known = raw.disruption.iter().map(|other| other.name.as_str());
        let other = lookup(cx, &at.key("disruption"), "disruption", &s.disruption, known)?;
        if raw.disruption[other].days.is_none() {
            let message =
                format!("`{}` sets off `{}`, of which nothing says how long it is down", d.name, s.disruption);
            let hint =
                "give it `days`; what fails and recovers by daily chances, or on a date, cannot be set off besides";
            cx.error(&at.key("disruption"), Code::MissingKey, &message, hint);
        }
        Some(SetsOff {
            disruption: other,
            probability: cx.share(&at.key("probability"), s.probability, limits::SHARE),
            after_days: cx.days(&at.key("after-days"), s.after_days, limits::REVIEW_DAYS_OR_NONE),
        })
    };
    d.sets_off.iter().enumerate().filter_map(one).collect()
}

/// Reports disruptions that set each other off in a circle: they would never end.
fn refuse_circles(all: &[Disruption], at: &KeyPath, cx: &mut Context<'_>) {
    let ordered = Disruption::in_order(all);
    // Whoever is set off by a circle waits for it, too: the circle goes on from one to another.
    let Some(first) = (0..all.len()).find(|i| !ordered.contains(i)) else { return };
    let mut way = vec![first];
    loop {
        let last = way[way.len() - 1];
        let sets_off = |i: &usize| all[*i].sets_off.iter().any(|s| s.disruption == last);
        let Some(before) = (0..all.len()).filter(|i| !ordered.contains(i)).find(sets_off) else { return };
        if let Some(begin) = way.iter().position(|i| *i == before) {
            let circle: Vec<String> = way[begin..].iter().rev().map(|i| format!("`{}`", all[*i].name)).collect();
            let message = match &circle[..] {
                [one] => format!("{one} sets itself off"),
                several => format!("{} set each other off in a circle", several.join(" and ")),
            };
            let place = at.index(before).key("sets-off");
            cx.error(&place, Code::Contradiction, &message, "leave one of them out of `sets-off`: a chain has an end");
            return;
        }
        way.push(before);
    }
}
