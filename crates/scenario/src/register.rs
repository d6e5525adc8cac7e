//! Assumptions with the ranges in which they may lie: what each of them is in one scenario, and that scenario with another value of it.
//!
//! Names, ranges, sources, dates and confidence are those of `[ranges]` in `defaults.toml`, over which a scenario may lay its own. This file
//! says where in a scenario each of them stands, and whether the range is of the value itself or of a factor on the scenario's own values.

use super::document::Variant;
use super::key::{self, Key, Part, Placed};
use super::reference;
use super::resolve::{part_of, resolve};
use super::scalar::{Distribution, Duration, Empirical, Family, Lognormal, MeanSd, Share};
use super::tree::{KeyPath, Kind, Node, Step};
use restock_base::diag::{Code, Diagnostic, Diagnostics, Place, did_you_mean};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What lies between the ends of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The value itself, the same at all places.
    Value,
    /// A factor on the value that the scenario has at each place.
    Factor,
}

/// How values between the ends of a range are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// A fraction, in per cent.
    Share,
    /// An amount in the scenario's currency.
    Money,
    /// Times the usual.
    Factor,
    /// A number without a unit, or one that its name says.
    Number,
}

/// An assumption of one scenario, and the range in which it may lie.
#[derive(Debug, Clone)]
pub struct Ranged {
    /// Key in `[ranges]`; the scenario's own key where there is no such entry.
    pub name: String,
    /// Name for people.
    pub label: String,
    /// Least and most.
    pub range: (f64, f64),
    /// What lies between them.
    pub by: By,
    /// How the values are written.
    pub measure: Measure,
    /// Where the range comes from.
    pub source: String,
    /// When the source was looked at or is of.
    pub date: String,
    /// H official or peer-reviewed, M trade press, L vendor, K general knowledge, X judgement; empty where the reader gives the range.
    pub confidence: String,
    whole: bool,
    spots: Vec<Spot>,
}

/// A place of the scenario that an assumption sets.
#[derive(Debug, Clone)]
struct Spot {
    key: Key,
    path: KeyPath,
    now: Now,
}

#[derive(Debug, Clone)]
enum Now {
    Number(f64),
    Law(Distribution),
    /// Nothing is written, and no default is known.
    Nothing,
}

/// The assumptions of a scenario.
#[derive(Debug, Clone, Default)]
pub struct Register {
    /// Those that the scenario has, in the order of `[ranges]`.
    pub used: Vec<Ranged>,
    /// Names for people of those that it has not, and why not.
    pub left_out: Vec<(String, String)>,
}

/// Where an assumption stands.
#[derive(Debug, Clone, Copy)]
enum At {
    /// One place of the scenario.
    Scenario,
    /// Demand of the scenario, and that of products.
    Demand,
    /// Customers of the scenario, and those of supply models.
    Customers,
    Product,
    /// Locations of all supply models, before and after a change.
    Location,
    /// Of these, the ones whose parcels pay duty one by one.
    Hub,
    /// Of these, the others.
    Warehouse,
    Route,
    /// Routes of the model that is compared with another.
    OwnRoute,
    /// Stages of this name.
    Stage(&'static str),
}

/// What is taken where nothing is written, beyond the defaults' file.
#[derive(Debug, Clone, Copy)]
enum Unwritten {
    /// This.
    Value(f64),
    /// The chance of cancelling that goes with what customers hear.
    Hazard,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    name: &'static str,
    label: &'static str,
    by: By,
    measure: Measure,
    /// Ways below the place; a part behind `?` need not be written.
    targets: &'static [(At, &'static str)],
    unwritten: Option<Unwritten>,
    /// Values that are not above this are none: no postage, no minimum.
    above: f64,
    /// Whether only whole numbers can be.
    whole: bool,
    /// Whether it matters only where customers send something back.
    of_returns: bool,
}

const ALL: f64 = f64::NEG_INFINITY;

const fn entry(
    (name, label): (&'static str, &'static str),
    (by, measure): (By, Measure),
    targets: &'static [(At, &'static str)],
) -> Entry {
    Entry { name, label, by, measure, targets, unwritten: None, above: ALL, whole: false, of_returns: false }
}

const VALUE: (By, Measure) = (By::Value, Measure::Number);
const SHARE: (By, Measure) = (By::Value, Measure::Share);
const MONEY: (By, Measure) = (By::Value, Measure::Money);
const TIMES: (By, Measure) = (By::Factor, Measure::Factor);

/// In the order of `[ranges]`.
const ENTRIES: &[Entry] = &[
    Entry {
        above: 0.0,
        ..entry(("parcel-price", "parcel price before weight"), MONEY, &[(At::Hub, "delivery.per-order")])
    },
    entry(
        ("unit-cost-premium", "unit-cost premium of the compared model"),
        SHARE,
        &[(At::OwnRoute, "unit-cost-premium")],
    ),
    entry(("cost-of-capital", "cost of capital"), SHARE, &[(At::Scenario, "finance.cost-of-capital")]),
    entry(
        ("delivery-sensitivity", "orders lost a day of delivery"),
        SHARE,
        &[(At::Customers, "delivery-sensitivity.per-day")],
    ),
    entry(("salvage", "salvage value"), SHARE, &[(At::Scenario, "finance.salvage")]),
    Entry {
        above: 0.0,
        ..entry(("parcel-per-kg", "parcel price per kilogram"), MONEY, &[(At::Hub, "delivery.per-kg")])
    },
    Entry {
        above: 0.0,
        ..entry(("domestic-postage", "domestic postage before weight"), MONEY, &[(At::Warehouse, "delivery.per-order")])
    },
    Entry {
        above: 0.0,
        ..entry(("pick-and-pack", "pick and pack"), TIMES, &[(At::Location, "delivery.pick-and-pack")])
    },
    Entry { above: 0.0, ..entry(("storage", "storage"), TIMES, &[(At::Location, "storage-per-m3-month")]) },
    Entry {
        above: 0.0,
        ..entry(
            ("duty", "duty rates"),
            TIMES,
            &[(At::Route, "duty.*.rate"), (At::Product, "duty"), (At::Product, "duty.*.rate")],
        )
    },
    Entry {
        above: 0.0,
        ..entry(
            ("container-price", "freight of a container"),
            MONEY,
            &[(At::Route, "freight.per-container"), (At::Scenario, "container.*.price")],
        )
    },
    entry(
        ("partial-container", "freight of part of a container"),
        MONEY,
        &[(At::Route, "freight.partial-container.per-m3")],
    ),
    Entry {
        above: 0.0,
        ..entry(("air-freight", "air freight of goods per kilogram"), MONEY, &[(At::Route, "freight.per-kg")])
    },
    Entry {
        unwritten: Some(Unwritten::Value(1.0)),
        ..entry(("lead-time", "lead times of all stages"), TIMES, &[(At::Product, "?lead-time-factor")])
    },
    entry(("production-days", "days of production"), TIMES, &[(At::Stage("Production"), "days")]),
    entry(("ocean-days", "days at sea"), TIMES, &[(At::Stage("Ocean"), "days")]),
    entry(("ocean-late", "share of late ships"), SHARE, &[(At::Stage("Ocean"), "late.probability")]),
    entry(("inspection-failure", "lots that fail inspection"), SHARE, &[(At::Stage("Inspection"), "late.probability")]),
    entry(("delivery-days", "days to the door from a hub"), TIMES, &[(At::Hub, "delivery.days")]),
    Entry { above: 0.0, ..entry(("demand-level", "level of demand"), TIMES, &[(At::Demand, "mean-per-day")]) },
    entry(("dispersion", "dispersion k of demand"), VALUE, &[(At::Demand, "dispersion")]),
    entry(("surge-size", "size of surges"), TIMES, &[(At::Demand, "surge.peak-uplift")]),
    Entry { above: 0.0, ..entry(("surges-per-year", "surges a year"), VALUE, &[(At::Demand, "surge.per-year")]) },
    Entry {
        unwritten: Some(Unwritten::Value(1.4)),
        ..entry(("surge-decay", "decay exponent of surges"), VALUE, &[(At::Demand, "surge.?decay.power-law.exponent")])
    },
    entry(
        ("acceptance", "orders lost a day of wait quoted"),
        VALUE,
        &[(At::Customers, "accept.falls-with-quoted-delay.per-day")],
    ),
    entry(("express-consent", "express consent"), SHARE, &[(At::Customers, "express-consent")]),
    Entry {
        unwritten: Some(Unwritten::Hazard),
        ..entry(
            ("cancel-within", "cancelling a day within the promise"),
            SHARE,
            &[(At::Customers, "patience.promise-relative.?daily-within")],
        )
    },
    Entry {
        unwritten: Some(Unwritten::Hazard),
        ..entry(
            ("cancel-at-notice", "cancelling at a notice of delay"),
            SHARE,
            &[(At::Customers, "patience.promise-relative.?at-notice")],
        )
    },
    Entry {
        unwritten: Some(Unwritten::Hazard),
        ..entry(
            ("cancel-after-miss", "cancelling a day after a missed promise"),
            SHARE,
            &[(At::Customers, "patience.promise-relative.?daily-after-miss")],
        )
    },
    entry(
        ("tickets-per-backorder", "support contacts of a backorder"),
        VALUE,
        &[(At::Scenario, "finance.tickets-per-backorder")],
    ),
    entry(("cost-per-ticket", "cost of a support contact"), MONEY, &[(At::Scenario, "finance.cost-per-ticket")]),
    Entry { above: 0.0, ..entry(("returned-share", "share sent back"), TIMES, &[(At::Product, "returns.share")]) },
    Entry { of_returns: true, ..entry(("return-cost", "cost of a return"), MONEY, &[(At::Location, "return-cost")]) },
    Entry {
        of_returns: true,
        ..entry(("recovery", "recovery of unsold returns"), SHARE, &[(At::Location, "recovery")])
    },
    entry(("obsolescence", "obsolescence"), SHARE, &[(At::Scenario, "finance.obsolescence")]),
    entry(("insurance", "insurance of stock"), SHARE, &[(At::Scenario, "finance.insurance")]),
    entry(("shrink", "shrink"), SHARE, &[(At::Scenario, "finance.shrink")]),
    entry(("payment-fee", "fee of card payments"), SHARE, &[(At::Scenario, "finance.payment-fee.share")]),
    Entry {
        above: 1.0,
        whole: true,
        ..entry(("minimum-order", "minimum order"), VALUE, &[(At::Location, "minimum-order")])
    },
    Entry {
        whole: true,
        ..entry(("review-interval", "review intervals"), TIMES, &[(At::Location, "policy.*.review-days")])
    },
];

/// The ranges of a scenario as they stand in its tree: `[ranges]`, each with its ends.
pub(super) fn given(tree: &Node) -> Vec<(String, [f64; 2])> {
    let Some(Kind::Table(entries)) = tree.get("ranges").map(|r| &r.kind) else { return Vec::new() };
    let ends = |node: &Node| Some([number(node.items().first()?)?, number(node.items().get(1)?)?]);
    entries.iter().filter_map(|(key, node)| Some((key.clone(), ends(node)?))).collect()
}

/// The assumptions that a scenario has, with their ranges. Some are those of one supply model, `of`, that is compared with another.
#[must_use]
pub fn register(variant: &Variant, of: &str) -> Register {
    let whole = variant.whole();
    let sourced: BTreeMap<String, reference::Assumption> =
        reference::entries().into_iter().filter(|e| e.section == "ranges").map(|e| (e.key.clone(), e)).collect();
    let ranges: BTreeMap<String, [f64; 2]> = given(&whole).into_iter().collect();
    let mut out = Register::default();
    for entry in ENTRIES {
        let (Some(range), Some(sourced)) = (ranges.get(entry.name), sourced.get(entry.name)) else { continue };
        let own = whole.get("ranges").and_then(|r| r.get(entry.name)).is_some_and(|node| node.place.source != 0);
        let spots =
            if entry.of_returns && !anything_returns(&whole) { Vec::new() } else { entry.spots(&whole, variant, of) };
        if spots.is_empty() {
            out.left_out.push((entry.label.into(), "the scenario has no such value".into()));
            continue;
        }
        let law = |spot: &Spot| matches!(&spot.now, Now::Law(law) if times(law, 2.0).is_none());
        if spots.iter().any(law) {
            out.left_out.push((entry.label.into(), "a Poisson law or a column of a file has no multiples".into()));
            continue;
        }
        let (source, date, confidence) = match own {
            true => ("the scenario".to_owned(), String::new(), String::new()),
            false => (sourced.source.clone(), sourced.date.clone(), sourced.confidence.clone()),
        };
        out.used.push(Ranged {
            name: entry.name.into(),
            label: entry.label.into(),
            range: (range[0], range[1]),
            by: entry.by,
            measure: entry.measure,
            source,
            date,
            confidence,
            whole: entry.whole,
            spots,
        });
    }
    out
}

fn anything_returns(whole: &Node) -> bool {
    whole.get("product").map(Node::items).unwrap_or_default().iter().any(|p| p.get("returns").is_some())
}

impl Register {
    /// An assumption by its name in `[ranges]`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Ranged> {
        self.used.iter().find(|r| r.name == name)
    }

    /// Whether there is an assumption of this name, used by the scenario or not.
    #[must_use]
    pub fn knows(name: &str) -> bool {
        ENTRIES.iter().any(|e| e.name == name)
    }

    /// Name for people of an assumption that may not be used by the scenario.
    #[must_use]
    pub fn label(name: &str) -> Option<&'static str> {
        ENTRIES.iter().find(|e| e.name == name).map(|e| e.label)
    }

    /// The name nearest to one that is none, if one is near.
    #[must_use]
    pub fn near(name: &str) -> Option<&'static str> {
        let near = did_you_mean(name, ENTRIES.iter().map(|e| e.name))?.to_owned();
        ENTRIES.iter().map(|e| e.name).find(|n| *n == near)
    }
}

impl Ranged {
    /// Any value of the scenario, by its key, with a range that the reader gives.
    ///
    /// # Errors
    ///
    /// What is wrong with the key, and a value that is no number.
    pub fn of_key(variant: &Variant, key: &Key, range: (f64, f64), share: bool) -> Result<Ranged, Diagnostics> {
        let text = key.to_string();
        let refuse = |code: Code, message: String, hint: &str| {
            let mut problems = Diagnostics::default();
            problems.sources.push(super::document::source(&text));
            let place = Some(Place { source: 0, span: 0..text.len() });
            problems.push(Diagnostic::error(code, message).at(place).hint(hint));
            problems
        };
        let parts: Vec<Placed> = match key::read(&text) {
            Ok((parts, _)) => parts,
            Err(wrong) => return Err(refuse(Code::Override, wrong.message, &wrong.hint)),
        };
        let whole = variant.whole();
        let found = resolve(&parts, &whole).map_err(|r| refuse(r.code, r.message, &r.hint))?;
        let mut spots = Vec::new();
        for path in &found.paths {
            let (node, steps) = whole.find(path);
            let now = match (steps == path.steps().len()).then_some(node) {
                None => Now::Nothing,
                Some(node) => match number(node) {
                    Some(number) => Now::Number(number),
                    None => {
                        let message = format!("`{text}` is {} and no number", node.found());
                        return Err(refuse(Code::WrongType, message, "vary a number inside it, by its own key"));
                    }
                },
            };
            spots.push(Spot { key: named(path, &whole), path: path.clone(), now });
        }
        Ok(Ranged {
            label: found.key.to_string(),
            name: text,
            range,
            by: By::Value,
            measure: if share { Measure::Share } else { Measure::Number },
            source: "given".into(),
            date: String::new(),
            confidence: String::new(),
            whole: false,
            spots,
        })
    }

    /// The scenario's value; absent if its places have several, or none. A factor is 1.
    #[must_use]
    pub fn now(&self) -> Option<f64> {
        let (low, high) = self.present()?;
        (low == high).then_some(low)
    }

    /// Least and largest of the values that the scenario has at its places.
    #[must_use]
    pub fn present(&self) -> Option<(f64, f64)> {
        if self.by == By::Factor {
            return Some((1.0, 1.0));
        }
        let values: Option<Vec<f64>> = self
            .spots
            .iter()
            .map(|spot| match spot.now {
                Now::Number(number) => Some(number),
                Now::Law(_) | Now::Nothing => None,
            })
            .collect();
        let values = values?;
        let (low, high) = values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
        Some((low, high))
    }

    /// The keys of the scenario that it sets.
    pub fn keys(&self) -> impl Iterator<Item = &Key> {
        self.spots.iter().map(|s| &s.key)
    }

    /// Whether both set a place, or something in it.
    #[must_use]
    pub fn meets(&self, other: &Ranged) -> bool {
        let same = |a: &KeyPath, b: &KeyPath| a.begins_with(b) || b.begins_with(a);
        self.spots.iter().any(|a| other.spots.iter().any(|b| same(&a.path, &b.path)))
    }

    /// The variant with the value `x` of this assumption: at all its places, or as a factor on what stands there.
    ///
    /// # Errors
    ///
    /// What is wrong with the keys; what is wrong with the value is told when the variant is loaded.
    pub fn at(&self, variant: &Variant, x: f64) -> Result<Variant, Diagnostics> {
        self.spots.iter().try_fold(variant.clone(), |variant, spot| variant.with(&spot.key, self.written(spot, x)))
    }

    fn written(&self, spot: &Spot, x: f64) -> String {
        let value = match (self.by, &spot.now) {
            (By::Factor, Now::Law(law)) => {
                let law = times(law, x).unwrap_or_else(|| law.clone());
                return toml::Value::try_from(&law).map_or_else(|_| String::new(), |v| super::write::inline(&v));
            }
            (By::Factor, Now::Number(now)) => now * x,
            (By::Factor, Now::Nothing) | (By::Value, _) => x,
        };
        if self.whole { format!("{:.0}", value.round().max(1.0)) } else { format!("{value}") }
    }
}

impl Entry {
    fn spots(&self, whole: &Node, variant: &Variant, of: &str) -> Vec<Spot> {
        let mut out: Vec<Spot> = Vec::new();
        for (at, way) in self.targets {
            for (path, anchor) in at.anchors(whole, of) {
                let mut found = Vec::new();
                walk(anchor, &path, &way.split('.').collect::<Vec<_>>(), &mut found);
                for (path, node) in found {
                    let now = match node {
                        Some(node) => self.now(node),
                        None => self.unwritten(&path, whole, variant).map(Now::Number),
                    };
                    let Some(now) = now else { continue };
                    let counts = if let Now::Number(number) = now { number > self.above } else { true };
                    if counts && out.iter().all(|spot| spot.path != path) {
                        out.push(Spot { key: named(&path, whole), path, now });
                    }
                }
            }
        }
        out
    }

    /// What stands at a place: a number, or a law whose multiples are wanted.
    fn now(&self, node: &Node) -> Option<Now> {
        if let Some(number) = number(node) {
            return Some(Now::Number(number));
        }
        if self.by == By::Value {
            return None;
        }
        Distribution::deserialize(node.to_value()).ok().map(Now::Law)
    }

    fn unwritten(&self, path: &KeyPath, whole: &Node, variant: &Variant) -> Option<f64> {
        match self.unwritten? {
            Unwritten::Value(value) => Some(value),
            Unwritten::Hazard => {
                let customers = whole.find(&path.parent().parent().parent()).0;
                let silent = customers.get("communication").and_then(Node::text) == Some("silent");
                let [clear, silence] = &variant.document().base().beneath.hazards;
                let hazards = if silent { silence } else { clear };
                let share = match path.last_key() {
                    "daily-within" => hazards.daily_within,
                    "at-notice" => hazards.at_notice,
                    _ => hazards.daily_after_miss,
                };
                share.map(|s| s.0)
            }
        }
    }
}

impl At {
    /// The tables below which the way goes on.
    fn anchors<'a>(self, whole: &'a Node, of: &str) -> Vec<(KeyPath, &'a Node)> {
        let from = |way: &str| {
            let mut found = Vec::new();
            walk(whole, &KeyPath::default(), &way.split('.').collect::<Vec<_>>(), &mut found);
            found.into_iter().filter_map(|(path, node)| Some((path, node?))).collect::<Vec<_>>()
        };
        let both = |a: &str, b: &str| from(a).into_iter().chain(from(b)).collect::<Vec<_>>();
        let locations = || both("supply.*.location.*", "supply.*.change.*.location.*");
        let below = |anchors: Vec<(KeyPath, &'a Node)>, way: &str| {
            let mut found = Vec::new();
            let parts: Vec<&str> = way.split('.').collect();
            anchors.iter().for_each(|(path, node)| walk(node, path, &parts, &mut found));
            found.into_iter().filter_map(|(path, node)| Some((path, node?))).collect::<Vec<_>>()
        };
        let hub = |node: &Node| {
            let flag = node.get("delivery").and_then(|d| d.get("duty-per-order"));
            flag.is_some_and(|f| matches!(f.kind, Kind::Leaf(toml::Value::Boolean(true))))
        };
        match self {
            At::Scenario => vec![(KeyPath::default(), whole)],
            At::Demand => both("demand", "product.*.demand"),
            At::Customers => both("customers", "supply.*.customers"),
            At::Product => from("product.*"),
            At::Location => locations(),
            At::Hub => locations().into_iter().filter(|(_, node)| hub(node)).collect(),
            At::Warehouse => locations().into_iter().filter(|(_, node)| !hub(node)).collect(),
            At::Route => below(locations(), "route.*"),
            At::OwnRoute => {
                let own = |path: &KeyPath| match path.steps() {
                    [_, Step::Index(i), ..] => {
                        let model = whole.get("supply").and_then(|s| s.items().get(*i));
                        model.and_then(|m| m.get("name")).and_then(Node::text).is_some_and(|name| name.trim() == of)
                    }
                    _ => false,
                };
                below(locations().into_iter().filter(|(path, _)| own(path)).collect(), "route.*")
            }
            At::Stage(name) => {
                let stages = below(locations(), "route.*.stage.*");
                stages.into_iter().filter(|(_, s)| s.get("name").and_then(Node::text) == Some(name)).collect()
            }
        }
    }
}

/// The values at the end of a way: those that are written, and those that need not be where all before them is. `*` are all entries.
fn walk<'a>(here: &'a Node, path: &KeyPath, way: &[&str], out: &mut Vec<(KeyPath, Option<&'a Node>)>) {
    let [part, rest @ ..] = way else {
        out.push((path.clone(), Some(here)));
        return;
    };
    match (*part, &here.kind) {
        ("*", Kind::Array(items)) => {
            items.iter().enumerate().for_each(|(i, node)| walk(node, &path.index(i), rest, out));
        }
        ("*", Kind::Table(entries)) => entries.iter().for_each(|(key, node)| walk(node, &path.key(key), rest, out)),
        (part, Kind::Table(_)) => {
            let (name, free) = part.strip_prefix('?').map_or((part, false), |name| (name, true));
            match here.get(name) {
                Some(node) => walk(node, &path.key(name), rest, out),
                None if free => out.push((rest.iter().fold(path.key(name), |path, part| path.key(part)), None)),
                None => {}
            }
        }
        (_, Kind::Array(_) | Kind::Leaf(_)) => {}
    }
}

/// A way as a key: with names where entries have one of their own.
fn named(path: &KeyPath, whole: &Node) -> Key {
    let (mut key, mut here) = (Key::default(), Some(whole));
    for step in path.steps() {
        match step {
            Step::Key(name) => {
                key = key.name(name);
                here = here.and_then(|node| node.get(name));
            }
            Step::Index(i) => {
                let items = here.map(Node::items).unwrap_or_default();
                key = key.child(if items.is_empty() { Part::Index(*i) } else { part_of(items, *i) });
                here = items.get(*i);
            }
        }
    }
    key
}

/// A number, a share such as `"30%"` as a fraction, or a time such as `"6 weeks"` in days.
fn number(node: &Node) -> Option<f64> {
    if let Some(number) = node.number() {
        return Some(number);
    }
    let Kind::Leaf(value) = &node.kind else { return None };
    let share = || Share::deserialize(value.clone()).ok().map(|s| s.0);
    share().or_else(|| Duration::deserialize(value.clone()).ok().map(|d| d.0))
}

/// The law of `factor` times a draw; absent where it is of no family. As [`restock_base::law::Dist::times`], of what is written.
fn times(law: &Distribution, factor: f64) -> Option<Distribution> {
    let family = match law {
        Distribution::Constant(value) => return Some(Distribution::Constant(value * factor)),
        Distribution::Family(family) => family.as_ref(),
    };
    let both = |p: &MeanSd| MeanSd { mean: p.mean * factor, sd: p.sd * factor };
    Some(Distribution::from(match family {
        Family::Uniform(ends) => Family::Uniform(ends.map(|x| x * factor)),
        Family::Triangular(points) => Family::Triangular(points.map(|x| x * factor)),
        Family::Normal(p) => Family::Normal(both(p)),
        Family::Gamma(p) => Family::Gamma(both(p)),
        Family::Lognormal(p) => {
            let by = |x: Option<f64>| x.map(|x| x * factor);
            Family::Lognormal(Lognormal { median: by(p.median), p90: by(p.p90), mean: by(p.mean), cv: p.cv })
        }
        Family::Exponential(p) => {
            let mut p = p.clone();
            p.mean *= factor;
            Family::Exponential(p)
        }
        Family::Weibull(p) => {
            let mut p = p.clone();
            p.scale *= factor;
            Family::Weibull(p)
        }
        Family::Poisson(_) | Family::Empirical(Empirical::Column(_)) => return None,
        Family::Empirical(Empirical::Values(values)) => {
            Family::Empirical(Empirical::Values(values.iter().map(|v| v * factor).collect()))
        }
        Family::Mixture(parts) => {
            let part = |part: &super::raw::Part| {
                let mut part = part.clone();
                part.of = times(&part.of, factor)?;
                Some(part)
            };
            Family::Mixture(parts.iter().map(part).collect::<Option<_>>()?)
        }
    }))
}
