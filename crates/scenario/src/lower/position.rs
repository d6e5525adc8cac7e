//! A run from today: what stands on the shelves, what is on its way and who waits, instead of a warm-up.
//!
//! The entries of the scenario and the rows of its files are gathered first, since they say how far back the run must know of. When the
//! supply models are known, each of their locations gets what is its own.

use super::demand::file;
use super::dist::dist;
use super::{Context, KeyPath, lookup, meant, shown, unique};
use crate::data::{Field, Kind, Record, Value, records};
use crate::raw;
use crate::scalar::{Duration, OnDate};
use restock_base::calendar::Day;
use restock_base::diag::{Code, Diagnostic, Diagnostics};
use restock_base::names;
use restock_base::units::limits;
use restock_kernel::model::{OpenBackorder, OpenOrder, Position, Product, Regime, Route, Stage, SupplyModel};
use std::path::Path;

/// Days before the first one of which a position tells at most: three years.
const LONGEST_PAST: i32 = 1_096;

/// What the scenario and its files say of the first day.
pub(super) struct Found {
    start: Day,
    stock: Vec<Entry<raw::OpeningStock>>,
    orders: Vec<Order>,
    backorders: Vec<Entry<raw::OpenBackorder>>,
    payables: Vec<Entry<raw::Payable>>,
    surges: Vec<Entry<raw::SurgeUnderWay>>,
    /// A table `position` says it: it holds for every supply model, and what it leaves out is not there.
    is_whole: bool,
}

/// A purchase order with the day on which it was placed.
struct Order {
    entry: Entry<raw::OpenOrder>,
    placed: Day,
    /// The model and the location in which it stands; absent: every model has it.
    own: Option<(usize, usize)>,
}

/// An entry, and where it stands: under a key of the scenario, or in the row of a file that the key names.
struct Entry<T> {
    key: KeyPath,
    row: Option<(String, usize)>,
    value: T,
}

impl<T> Entry<T> {
    /// Where a value of it stands.
    fn at(&self, key: &str) -> KeyPath {
        if self.row.is_some() { self.key.clone() } else { self.key.key(key) }
    }

    fn error(&self, cx: &mut Context<'_>, key: &str, code: Code, message: &str, hint: &str) {
        let row = self.row.as_ref().map_or(String::new(), |(file, row)| format!("`{file}`, row {row}: "));
        cx.error(&self.at(key), code, &format!("{row}{message}"), hint);
    }

    /// A day before the first one.
    fn is_past(&self, key: &str, day: Day, start: Day, cx: &mut Context<'_>) -> bool {
        let message = format!("`{key}` is {day}, and the run begins on {start}");
        if day >= start {
            self.error(cx, key, Code::DateRange, &message, "write a day before the first one of the run");
        } else if start.0 - day.0 > LONGEST_PAST {
            let hint = format!("write a day at most {LONGEST_PAST} days before the first one of the run");
            self.error(cx, key, Code::DateRange, &message, &hint);
        }
        (1..=LONGEST_PAST).contains(&(start.0 - day.0))
    }

    fn is_some_units(&self, units: u64, cx: &mut Context<'_>) -> bool {
        let is_some = units > 0 && limits::UNITS.contains(units as f64);
        if !is_some {
            let message = format!("`quantity` is {units}");
            self.error(cx, "quantity", Code::OutOfRange, &message, &format!("write {}, at least 1", limits::UNITS));
        }
        is_some
    }
}

impl Found {
    /// Days before the first one that it tells of: one at least.
    pub fn days_back(&self) -> u32 {
        let ordered = self.backorders.iter().map(|b| Day::from_date(b.value.ordered.0));
        let earliest = self.orders.iter().map(|o| o.placed).chain(ordered).min().unwrap_or(self.start);
        (self.start.0 - earliest.0).max(1) as u32
    }
}

/// Gathers what a run from today begins with. Absent: it begins with a warm-up.
pub(super) fn find(raw: &raw::Scenario, cx: &mut Context<'_>) -> Option<Found> {
    let start = Day::from_date(raw.horizon.start.0);
    let mut found = match &raw.position {
        Some(position) => of_table(position, raw, start, cx),
        None => of_locations(raw, start, cx)?,
    };
    let warmup = KeyPath::default().key("horizon").key("warmup-days");
    if raw.horizon.warmup_days.0 != 0.0 && cx.is_set(&warmup) {
        let message =
            format!("`warmup-days` is {}, and the run begins from a position", shown(raw.horizon.warmup_days.0));
        cx.error(&warmup, Code::Contradiction, &message, "leave it out: nothing is simulated before the first day");
    }
    found.orders.retain(|o| o.entry.is_some_units(o.entry.value.quantity, cx));
    found.backorders.retain(|order| {
        let ordered = Day::from_date(order.value.ordered.0);
        let promised = order.value.promised.map(|d| Day::from_date(d.0));
        if let Some(promised) = promised.filter(|day| *day < ordered) {
            let message = format!("`promised` is {promised}, and the order is of {ordered}");
            order.error(
                cx,
                "promised",
                Code::Contradiction,
                &message,
                "write the day promised for shipping, or leave it out",
            );
        }
        order.is_some_units(order.value.quantity, cx) && order.is_past("ordered", ordered, start, cx)
    });
    let last = start.plus(raw.horizon.days.0 as i32 - 1);
    for order in found.orders.iter().map(|o| &o.entry) {
        if let Some(day) = order.value.arrives.map(|d| Day::from_date(d.0)).filter(|day| *day > last) {
            let message = format!("the order is expected on {day}, and the run ends on {last}");
            let hint = "it comes in no day of the run; write a longer `horizon.days` if it is to";
            cx.warn(&order.at("arrives"), Code::WarnUnlikely, &message, hint);
        }
    }
    Some(found)
}

/// What a table `position` says.
fn of_table(position: &raw::Position, raw: &raw::Scenario, start: Day, cx: &mut Context<'_>) -> Found {
    let at = KeyPath::default().key("position");
    let stock = entries(&position.stock, (&at, "stock", position.stock_file.as_deref()), cx);
    let orders = entries(&position.order, (&at, "order", position.order_file.as_deref()), cx);
    let backorders = entries(&position.backorder, (&at, "backorder", position.backorder_file.as_deref()), cx);
    for (i, s) in raw.supply.iter().enumerate() {
        for (j, l) in s.location.iter().enumerate() {
            let at = KeyPath::default().key("supply").index(i).key("location").index(j);
            let given = [
                ("initial-on-hand", l.initial_on_hand.is_some()),
                ("initial-on-order", !l.initial_on_order.is_empty()),
            ];
            for (key, _) in given.iter().filter(|(_, given)| *given) {
                let message = format!("`{key}` of `{}` stands beside a `position`", l.name);
                cx.error(
                    &at.key(key),
                    Code::Contradiction,
                    &message,
                    "say it in `position`, which holds for every supply model",
                );
            }
        }
    }
    let payables = entries(&position.payable, (&at, "payable", position.payable_file.as_deref()), cx);
    let surge = |(i, value): (usize, &raw::SurgeUnderWay)| {
        let entry = Entry { key: at.key("surge").index(i), row: None, value: value.clone() };
        entry.is_past("began", Day::from_date(value.began.0), start, cx).then_some(entry)
    };
    let surges = position.surge.iter().enumerate().filter_map(surge).collect();
    let orders = orders.into_iter().filter_map(|entry| {
        let placed = placed(&entry, raw, start, cx)?;
        Some(Order { entry, placed, own: None })
    });
    let orders = orders.collect();
    Found { start, stock, orders, backorders, payables, surges, is_whole: true }
}

/// What the locations' own keys say; absent if nothing is on its way to any.
fn of_locations(raw: &raw::Scenario, start: Day, cx: &mut Context<'_>) -> Option<Found> {
    let mut orders = Vec::new();
    for (i, s) in raw.supply.iter().enumerate() {
        for (j, l) in s.location.iter().enumerate() {
            let at = KeyPath::default().key("supply").index(i).key("location").index(j).key("initial-on-order");
            for (k, arrival) in l.initial_on_order.iter().enumerate() {
                let value = raw::OpenOrder { location: Some(l.name.clone()), ..arrival.clone().into() };
                let entry = Entry { key: at.index(k), row: None, value };
                if let Some(placed) = placed(&entry, raw, start, cx) {
                    orders.push(Order { entry, placed, own: Some((i, j)) });
                }
            }
        }
    }
    let is_given = raw.supply.iter().flat_map(|s| &s.location).any(|l| !l.initial_on_order.is_empty());
    is_given.then_some(Found {
        start,
        stock: Vec::new(),
        orders,
        backorders: Vec::new(),
        payables: Vec::new(),
        surges: Vec::new(),
        is_whole: false,
    })
}

/// Day on which an order was placed: as it is given, else a mean lead time before it is expected, the day before the first one at the latest.
fn placed(order: &Entry<raw::OpenOrder>, raw: &raw::Scenario, start: Day, cx: &mut Context<'_>) -> Option<Day> {
    let value = &order.value;
    let arrives = value.arrives.map(|d| Day::from_date(d.0));
    if let Some(day) = arrives.filter(|day| *day < start) {
        let message = format!("`arrives` is {day}, and the run begins on {start}");
        let hint = "write the day on which it is expected now, or leave it out: the stages of its route say the rest";
        order.error(cx, "arrives", Code::DateRange, &message, hint);
        return None;
    }
    match (value.placed.map(|d| Day::from_date(d.0)), arrives) {
        (Some(day), _) => order.is_past("placed", day, start, cx).then_some(day),
        (None, Some(arrives)) => {
            let days = mean_lead_time(value, raw, cx).ceil() as i32;
            Some(Day((arrives.0 - days).min(start.0 - 1)))
        }
        (None, None) => {
            let message = "the order has neither `placed` nor `arrives`";
            order.error(
                cx,
                "quantity",
                Code::MissingKey,
                message,
                "say when it was placed, when it is expected, or both",
            );
            None
        }
    }
}

/// Of the first location and route of that name; 0 if there is none, which is said later.
fn mean_lead_time(order: &raw::OpenOrder, raw: &raw::Scenario, cx: &mut Context<'_>) -> f64 {
    for (i, s) in raw.supply.iter().enumerate() {
        for (j, l) in s.location.iter().enumerate() {
            let at = KeyPath::default().key("supply").index(i).key("location").index(j);
            if order.location.as_ref().is_some_and(|name| *name != l.name) {
                continue;
            }
            let route = l.route.iter().position(|r| order.route.as_ref().is_none_or(|name| *name == r.name));
            let Some(r) = route else { continue };
            let at = at.key("route").index(r).key("stage");
            let stages = l.route[r].stage.iter().enumerate();
            let mean: f64 =
                stages.map(|(k, s)| dist(&s.days, &at.index(k).key("days"), limits::DURATION_DAYS, cx).mean()).sum();
            let named = |p: &&raw::Product| order.product.as_ref().is_none_or(|sku| *sku == p.sku);
            let factor = raw.product.iter().find(named).and_then(|p| {
                let here = p.supply.iter().find(|own| own.name == s.name).and_then(|own| own.lead_time_factor);
                here.or(p.lead_time_factor)
            });
            let waits = l.route[r].container.as_ref().and_then(|name| raw.container.iter().find(|c| c.name == *name));
            return mean * factor.unwrap_or(1.0) + waits.map_or(0.0, |c| c.wait_days.0);
        }
    }
    0.0
}

/// What the position says of cash, which is the same as what finance says of it.
pub(super) fn cash(raw: &raw::Scenario, cx: &mut Context<'_>) -> Option<f64> {
    let cash = raw.position.as_ref()?.cash?;
    let at = KeyPath::default().key("position").key("cash");
    if raw.finance.opening_cash.is_some() {
        let message = "`cash` stands beside `finance.opening-cash`";
        cx.error(&at, Code::Contradiction, message, "leave one of them out: both are the balance of the first morning");
    }
    Some(cx.number(&at, cash, limits::CASH))
}

/// The states in which regimes begin, as far as they are known.
pub(super) fn begin_in(raw: &raw::Scenario, regimes: &mut [Regime], cx: &mut Context<'_>) {
    let Some(position) = &raw.position else { return };
    let at = KeyPath::default().key("position").key("regime");
    unique(cx, &at, "name", position.regime.iter().map(|r| r.name.as_str()));
    for (i, known) in position.regime.iter().enumerate() {
        let at = at.index(i);
        let names = regimes.iter().map(|r| r.name.as_str());
        let Some(found) = lookup(cx, &at.key("name"), "regime", &known.name, names) else { continue };
        let states = regimes[found].states.iter().map(|s| s.name.as_str());
        regimes[found].first = lookup(cx, &at.key("state"), "state", &known.state, states);
    }
}

/// Gives each product what is owed for it, and the surges that are under way.
pub(super) fn begin_with(
    found: &Found,
    raw: &raw::Scenario,
    products: &mut [Product],
    last: Day,
    cx: &mut Context<'_>,
) {
    for entry in &found.payables {
        let raw::Payable { product, amount, due } = &entry.value;
        let (amount, due) = (*amount, Day::from_date(due.0));
        if !limits::CASH.contains(amount) {
            let message = format!("`amount` is {}", shown(amount));
            let hint = "write what is owed as a positive amount; what is paid already is left out";
            entry.error(cx, "amount", Code::OutOfRange, &message, hint);
        }
        if due < found.start {
            let message = format!("`due` is {due}, and the run begins on {}", found.start);
            let hint = "write the first day for what is overdue; what is paid already is left out";
            entry.error(cx, "due", Code::DateRange, &message, hint);
        } else if due > last {
            let message = format!("the amount is due on {due}, and the run ends on {last}");
            cx.warn(
                &entry.at("due"),
                Code::WarnUnlikely,
                &message,
                "it is owed to the end; lengthen `horizon.days` to see it paid",
            );
        }
        let at = product_of(entry, product.as_deref(), products, cx).map(|p| p.sku.clone());
        if let Some(product) = products.iter_mut().find(|p| Some(&p.sku) == at.as_ref()) {
            product.payables.push((due, amount));
        }
    }
    for entry in &found.surges {
        let raw::SurgeUnderWay { product, began, peak_uplift } = &entry.value;
        let uplift = cx.number(&entry.at("peak-uplift"), *peak_uplift, limits::UPLIFT);
        let at = product_of(entry, product.as_deref(), products, cx).map(|p| p.sku.clone());
        let Some(i) = products.iter().position(|p| Some(&p.sku) == at.as_ref()) else { continue };
        let told = raw.product[i].demand.as_ref().unwrap_or(&raw.demand);
        match &mut products[i].demand.surge {
            Some(surge) => surge.under_way.push((Day::from_date(began.0), uplift)),
            // No surges a year switch all of them off, this one, too.
            None if told.surge.is_some() => {}
            None => {
                let message = format!("nothing says how surges of `{}` decay", products[i].sku);
                let hint = "add a `[demand.surge]` with a `peak-uplift`, without `per-year` if no further ones come";
                entry.error(cx, "began", Code::MissingKey, &message, hint);
            }
        }
    }
}

/// Gives each location of every supply model what is its own.
pub(super) fn share_out(found: &Found, products: &[Product], models: &mut [SupplyModel], cx: &mut Context<'_>) {
    if found.is_whole {
        for l in models.iter_mut().flat_map(|m| &mut m.locations) {
            let nothing =
                |p: &Product| Position { on_hand: Some(0), unit_cost: Some(p.unit_cost), ..Position::default() };
            l.positions = products.iter().map(|p| (p.sku.clone(), nothing(p))).collect();
        }
    }
    found.stock.iter().for_each(|entry| put_on_the_shelf(entry, products, models, cx));
    found.orders.iter().for_each(|order| send_on_its_way(order, (products, found.start), models, cx));
    found.backorders.iter().for_each(|entry| let_wait(entry, products, models, cx));
    for (_, position) in models.iter_mut().flat_map(|m| &mut m.locations).flat_map(|l| &mut l.positions) {
        position.orders.sort_by_key(|order| order.placed);
        position.backorders.sort_by_key(|order| order.ordered);
    }
}

/// What stands on one shelf at several costs has cost their average.
fn put_on_the_shelf(
    entry: &Entry<raw::OpeningStock>,
    products: &[Product],
    models: &mut [SupplyModel],
    cx: &mut Context<'_>,
) {
    let raw::OpeningStock { product, location, on_hand, unit_cost, level } = &entry.value;
    let on_hand = cx.units(&entry.at("on-hand"), *on_hand);
    let cost = unit_cost.map(|cost| cx.number(&entry.at("unit-cost"), cost, limits::MONEY));
    let level = level.map(|level| cx.number(&entry.at("level"), level, limits::UNITS));
    let Some(product) = product_of(entry, product.as_deref(), products, cx) else { return };
    for (m, l) in locations(entry, location.as_deref(), models, cx) {
        let position = models[m].locations[l].position_of(&product.sku);
        let (before, usual) = (position.on_hand.unwrap_or(0), position.unit_cost.unwrap_or(0.0));
        let all = before + on_hand;
        position.on_hand = Some(all);
        if all > 0 {
            let sum = usual * before as f64 + cost.unwrap_or(product.unit_cost) * on_hand as f64;
            position.unit_cost = Some(sum / all as f64);
        }
    }
    for l in models.iter_mut().flat_map(|m| &mut m.locations).filter(|_| level.is_some()) {
        l.position_of(&product.sku).level = level;
    }
}

fn send_on_its_way(
    Order { entry, placed, own }: &Order,
    (products, start): (&[Product], Day),
    models: &mut [SupplyModel],
    cx: &mut Context<'_>,
) {
    let raw::OpenOrder { product, location, .. } = &entry.value;
    let places = own.map_or_else(|| locations(entry, location.as_deref(), models, cx), |own| vec![own]);
    let of: Vec<&Product> = match own {
        Some(_) => products.iter().collect(),
        None => product_of(entry, product.as_deref(), products, cx).into_iter().collect(),
    };
    for (m, l) in places {
        for product in &of {
            let own = models[m].for_product(product);
            let Some(order) = open_order(entry, *placed, (&own, l), start, cx) else { continue };
            is_paid_for(entry, &models[m].locations[l].routes[order.route], product, cx);
            models[m].locations[l].position_of(&product.sku).orders.push(order);
        }
    }
}

fn let_wait(entry: &Entry<raw::OpenBackorder>, products: &[Product], models: &mut [SupplyModel], cx: &mut Context<'_>) {
    let raw::OpenBackorder { product, location, quantity, ordered, promised } = &entry.value;
    let Some(product) = product_of(entry, product.as_deref(), products, cx) else { return };
    let day = |date: &OnDate| Day::from_date(date.0);
    let order = OpenBackorder { units: *quantity as i64, ordered: day(ordered), promised: promised.as_ref().map(day) };
    for (m, l) in locations(entry, location.as_deref(), models, cx) {
        models[m].locations[l].position_of(&product.sku).backorders.push(order.clone());
    }
}

/// The product that an entry names; the only one if it names none.
fn product_of<'a, T>(
    entry: &Entry<T>,
    name: Option<&str>,
    products: &'a [Product],
    cx: &mut Context<'_>,
) -> Option<&'a Product> {
    let known = || products.iter().map(|p| p.sku.as_str());
    match name {
        None if products.len() == 1 => products.first(),
        None => {
            let message = "there are several products, and it does not say which";
            entry.error(cx, "product", Code::MissingKey, message, "give its SKU: `product = \"..\"`");
            None
        }
        Some(name) => products.iter().find(|p| p.sku == name).or_else(|| {
            let hint = meant(name, known(), || format!("add a `[[product]]` with `sku = \"{name}\"`"));
            entry.error(cx, "product", Code::UnknownName, &format!("there is no product `{name}`"), &hint);
            None
        }),
    }
}

/// The location that an entry names in each supply model: a run from today compares nothing that does not begin alike.
fn locations<T>(
    entry: &Entry<T>,
    name: Option<&str>,
    models: &[SupplyModel],
    cx: &mut Context<'_>,
) -> Vec<(usize, usize)> {
    let Some(name) = name.map(str::to_owned).or_else(|| only_location(entry, models, cx)) else { return Vec::new() };
    let mut out = Vec::new();
    for (m, model) in models.iter().enumerate() {
        let names = || model.locations.iter().map(|l| l.name.as_str());
        match names().position(|l| l == name) {
            Some(l) => out.push((m, l)),
            None => {
                let everywhere =
                    "give every supply model the location at which stock is today: all begin with the same";
                let message = format!("`{}` has no location `{name}`", model.name);
                let hint = meant(&name, names(), || everywhere.into());
                entry.error(cx, "location", Code::UnknownName, &message, &hint);
            }
        }
    }
    out
}

/// The only location that there is, the same one in every supply model.
fn only_location<T>(entry: &Entry<T>, models: &[SupplyModel], cx: &mut Context<'_>) -> Option<String> {
    let first = models.first()?;
    // A location that opens later has nothing today.
    let open =
        |m: &SupplyModel| -> Vec<String> { m.locations.iter().filter(|l| l.is_open).map(|l| l.name.clone()).collect() };
    let ours = open(first).into_iter().next()?;
    let several = models.iter().find(|m| open(m).len() > 1);
    let another = models.iter().find_map(|m| Some((m, open(m).into_iter().next().filter(|l| *l != ours)?)));
    let message = match (several, another) {
        (None, None) => return Some(ours),
        (Some(m), _) => format!("`{}` has several locations, and it does not say which", m.name),
        (None, Some((other, theirs))) => {
            format!("`{}` has `{ours}`, `{}` has `{theirs}`, and it does not say where", first.name, other.name)
        }
    };
    let hint = "name a `location` that every supply model has: all begin with the same";
    entry.error(cx, "location", Code::MissingKey, &message, hint);
    None
}

/// The order on its route in one supply model: the stage that it is in.
fn open_order(
    entry: &Entry<raw::OpenOrder>,
    placed: Day,
    (model, l): (&SupplyModel, usize),
    start: Day,
    cx: &mut Context<'_>,
) -> Option<OpenOrder> {
    let value = &entry.value;
    let location = &model.locations[l];
    let names = || location.routes.iter().map(|r| r.name.as_str());
    let route = match &value.route {
        None => 0,
        Some(name) => names().position(|r| r == name).or_else(|| {
            let hint = meant(name, names(), || "name a route of the location".into());
            let message = format!("`{}` of `{}` has no route `{name}`", location.name, model.name);
            entry.error(cx, "route", Code::UnknownName, &message, &hint);
            None
        })?,
    };
    let route = if route < location.routes.len() { location.route_of_lot(route, value.quantity as i64) } else { route };
    let expected = value.arrives.map(|d| Day::from_date(d.0));
    let stages = &location.routes.get(route)?.stages;
    let names = || stages.iter().map(|s| s.name.as_str());
    let stage = match (&value.stage, value.days_in_stage) {
        (None, None) => stage_reached(stages, placed, expected, start),
        (None, Some(_)) => {
            let message = "`days-in-stage` is given, and no `stage`";
            entry.error(cx, "days-in-stage", Code::Contradiction, message, "say which stage the order is in");
            return None;
        }
        (Some(name), days) => match names().position(|s| s == name) {
            Some(k) => {
                let days = days.map_or(0, |d| cx.days(&entry.at("days-in-stage"), d, limits::WARMUP_DAYS)) as i32;
                (k, Day(start.0 - days.max(i32::from(k == 0))))
            }
            None => {
                let hint = meant(name, names(), || "name a stage of the route".into());
                let message = format!("the route has no stage `{name}`");
                entry.error(cx, "stage", Code::UnknownName, &message, &hint);
                return None;
            }
        },
    };
    if stage.1 < placed && value.placed.is_some() {
        let message = format!("the order is in its stage since {}, and was placed on {placed}", stage.1);
        entry.error(cx, "days-in-stage", Code::Contradiction, &message, "write fewer days, or an earlier `placed`");
        return None;
    }
    let begun = if stage.0 == 0 { placed } else { stage.1.max(placed) };
    let units = value.quantity as i64;
    Some(OpenOrder { route, units, placed, stage: (stage.0, begun), paid: value.paid, expected })
}

/// Reports more that is paid for the goods of an order than they cost.
fn is_paid_for(entry: &Entry<raw::OpenOrder>, route: &Route, product: &Product, cx: &mut Context<'_>) {
    let Some(paid) = entry.value.paid else { return };
    let cost = product.unit_cost * (1.0 + route.unit_cost_premium) * entry.value.quantity as f64;
    if !(0.0..=cost * (1.0 + 1e-9)).contains(&paid) {
        let message = format!("`paid` is {}, and the goods cost {}", shown(paid), shown(cost));
        let hint = "write what was paid for the goods alone, without freight and duty, from 0 to their cost";
        entry.error(cx, "paid", Code::OutOfRange, &message, hint);
    }
}

/// The stage that an order is in by the means of its stages, and the day on which that began: seen from the day on which it is expected, else
/// from the day on which it was placed.
fn stage_reached(stages: &[Stage], placed: Day, expected: Option<Day>, start: Day) -> (usize, Day) {
    let means: Vec<f64> = stages.iter().map(Stage::mean).collect();
    let day = |days: f64| Day(start.0 - (days + 0.5) as i32);
    if let Some(expected) = expected {
        // Mean days from the beginning of a stage to the receipt.
        let mut left: f64 = means.iter().sum();
        for (k, mean) in means.iter().enumerate() {
            if left - mean < f64::from(expected.0 - start.0) || k + 1 == means.len() {
                let spent = (left - f64::from(expected.0 - start.0)).max(0.0);
                return (k, day(spent).max(placed));
            }
            left -= mean;
        }
    }
    let mut since = f64::from(start.0 - placed.0);
    for (k, mean) in means.iter().enumerate() {
        if since < *mean || k + 1 == means.len() {
            return (k, day(since));
        }
        since -= mean;
    }
    (0, placed)
}

/// What files of a position say, row by row: stock, and where there are any open orders and waiting customers.
///
/// # Errors
///
/// Every row that cannot be read, or why a file cannot be.
pub fn read_position(
    stock: &Path,
    order: Option<&Path>,
    backorder: Option<&Path>,
) -> Result<raw::Position, Diagnostics> {
    fn rows<T: Row>(path: Option<&Path>, problems: &mut Diagnostics) -> Vec<T> {
        let Some(path) = path else { return Vec::new() };
        let (read, wrong) = match records(path, T::FIELDS) {
            Ok(records) => of_records(&names::path(path), &records),
            Err(told) => (Vec::new(), told.list),
        };
        wrong.into_iter().for_each(|d| problems.push(d));
        read.into_iter().map(|(_, value)| value).collect()
    }
    let mut problems = Diagnostics::default();
    let position = raw::Position {
        stock: rows(Some(stock), &mut problems),
        order: rows(order, &mut problems),
        backorder: rows(backorder, &mut problems),
        ..raw::Position::default()
    };
    if problems.has_errors() { Err(problems) } else { Ok(position) }
}

/// Entries of the scenario under a key of `at`, and those of the file that the key with `-file` behind it names.
fn entries<T: Row>(
    here: &[T],
    (at, key, named): (&KeyPath, &str, Option<&str>),
    cx: &mut Context<'_>,
) -> Vec<Entry<T>> {
    let list = at.key(key);
    let entry = |(i, value): (usize, &T)| Entry { key: list.index(i), row: None, value: value.clone() };
    let mut out: Vec<Entry<T>> = here.iter().enumerate().map(entry).collect();
    let key = at.key(&format!("{key}-file"));
    let Some((name, path)) = named.and_then(|name| Some((name, file(name, &key, cx)?))) else { return out };
    let records = match cx.files.records(&path, T::FIELDS) {
        Ok(records) => records,
        Err(problems) => {
            cx.told_of_file(problems, &path, name, &key);
            return out;
        }
    };
    let (read, wrong) = of_records(name, &records);
    out.extend(read.into_iter().map(|(row, value)| Entry {
        key: key.clone(),
        row: Some((name.to_owned(), row)),
        value,
    }));
    let place = cx.place(&key);
    wrong.into_iter().for_each(|d| cx.problems.push(d.at(place.clone())));
    out
}

/// The entries of a file with their rows, and what is wrong with the rows that are none.
fn of_records<T: Row>(file: &str, records: &[Record]) -> (Vec<(usize, T)>, Vec<Diagnostic>) {
    let (mut read, mut wrong) = (Vec::new(), Vec::new());
    for record in records {
        match T::of(record) {
            Ok(value) => read.push((record.row, value)),
            Err((message, hint)) => {
                let message = format!("`{file}`, row {}: {message}", record.row);
                wrong.push(Diagnostic::error(Code::OutOfRange, message).hint(hint));
            }
        }
    }
    (read, wrong)
}

/// An entry that may stand in the row of a file.
trait Row: Clone {
    const FIELDS: &'static [Field];

    /// The row as an entry, or what is wrong with it and what to do.
    fn of(record: &Record) -> Result<Self, (String, &'static str)>;
}

const fn text(name: &'static str) -> Field {
    Field { name, kind: Kind::Text, is_needed: false }
}

const fn number(name: &'static str, is_needed: bool) -> Field {
    Field { name, kind: Kind::Number, is_needed }
}

const fn on_date(name: &'static str, is_needed: bool) -> Field {
    Field { name, kind: Kind::Date, is_needed }
}

/// The cells of a row.
struct Cells<'a>(&'a Record);

impl Cells<'_> {
    fn value(&self, name: &str) -> Option<&Value> {
        self.0.values.iter().find(|(field, _)| *field == name).map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.value(name).and_then(|v| if let Value::Text(text) = v { Some(text.clone()) } else { None })
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.value(name).and_then(|v| if let Value::Number(number) = v { Some(*number) } else { None })
    }

    fn date(&self, name: &str) -> Option<OnDate> {
        self.value(name).and_then(|v| if let Value::Date(day) = v { Some(OnDate(day.date())) } else { None })
    }

    fn units(&self, name: &str) -> Result<u64, (String, &'static str)> {
        match self.number(name) {
            Some(n) if n >= 0.0 && n.fract() == 0.0 && n < 1e18 => Ok(n as u64),
            Some(n) => Err((format!("`{name}` is {}", shown(n)), "write whole units")),
            None => Err((format!("`{name}` is empty"), "write whole units, 0 if there are none")),
        }
    }
}

impl Row for raw::OpeningStock {
    const FIELDS: &'static [Field] = &[
        text("product"),
        text("sku"),
        text("location"),
        number("on-hand", true),
        number("unit-cost", false),
        number("level", false),
    ];

    fn of(record: &Record) -> Result<Self, (String, &'static str)> {
        let cells = Cells(record);
        Ok(raw::OpeningStock {
            product: cells.text("product").or_else(|| cells.text("sku")),
            location: cells.text("location"),
            on_hand: cells.units("on-hand")?,
            unit_cost: cells.number("unit-cost"),
            level: cells.number("level"),
        })
    }
}

impl Row for raw::OpenOrder {
    const FIELDS: &'static [Field] = &[
        text("product"),
        text("sku"),
        text("location"),
        text("route"),
        number("quantity", true),
        on_date("placed", false),
        on_date("arrives", false),
        text("stage"),
        number("days-in-stage", false),
        number("paid", false),
    ];

    fn of(record: &Record) -> Result<Self, (String, &'static str)> {
        let cells = Cells(record);
        Ok(raw::OpenOrder {
            product: cells.text("product").or_else(|| cells.text("sku")),
            location: cells.text("location"),
            route: cells.text("route"),
            quantity: cells.units("quantity")?,
            placed: cells.date("placed"),
            arrives: cells.date("arrives"),
            stage: cells.text("stage"),
            days_in_stage: cells.number("days-in-stage").map(Duration),
            paid: cells.number("paid"),
        })
    }
}

impl Row for raw::Payable {
    const FIELDS: &'static [Field] = &[text("product"), text("sku"), number("amount", true), on_date("due", true)];

    fn of(record: &Record) -> Result<Self, (String, &'static str)> {
        let cells = Cells(record);
        let needed = |name: &str, hint| (format!("`{name}` is empty"), hint);
        Ok(raw::Payable {
            product: cells.text("product").or_else(|| cells.text("sku")),
            amount: cells.number("amount").ok_or_else(|| needed("amount", "write what is owed"))?,
            due: cells.date("due").ok_or_else(|| needed("due", "write the day on which it is paid"))?,
        })
    }
}

impl Row for raw::OpenBackorder {
    const FIELDS: &'static [Field] = &[
        text("product"),
        text("sku"),
        text("location"),
        number("quantity", true),
        on_date("ordered", true),
        on_date("promised", false),
    ];

    fn of(record: &Record) -> Result<Self, (String, &'static str)> {
        let cells = Cells(record);
        let ordered = cells.date("ordered");
        Ok(raw::OpenBackorder {
            product: cells.text("product").or_else(|| cells.text("sku")),
            location: cells.text("location"),
            quantity: cells.units("quantity")?,
            ordered: ordered.ok_or_else(|| ("`ordered` is empty".to_owned(), "write the day of the order"))?,
            promised: cells.date("promised"),
        })
    }
}
