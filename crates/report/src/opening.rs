//! A scenario that begins with today's stock, open orders and waiting customers, made of the files that tell of them.

use restock_base::calendar::Day;
use restock_base::diag::Diagnostics;
use restock_scenario::raw::{self, Duration};
use restock_scenario::{Key, Loader, Notes, write, write_with};
use std::path::Path;

/// The files, as the scenario is to name them.
#[derive(Debug, Clone, Copy)]
pub struct Files<'a> {
    /// What stands on the shelves.
    pub stock: &'a str,
    /// Purchase orders on their way.
    pub order: Option<&'a str>,
    /// Customers' orders that wait.
    pub backorder: Option<&'a str>,
}

/// What no file tells.
const ASSUMPTION: &str = "assumption: replace it";

/// Days of the scenario, and days of demand that stock and open orders are taken to last where nobody has said how much is sold.
const DAYS: u32 = 180;
const LASTS: f64 = 90.0;

/// The preset whose locations and route every location of the files is given.
const PRESET: &str = "ocean-3pl";

/// The scenario that begins on the morning of `start` with `position`, which is what `files` hold.
///
/// # Errors
///
/// If the files name neither a product nor a location.
pub fn scenario(name: &str, start: Day, files: &Files<'_>, position: &raw::Position) -> Result<String, Diagnostics> {
    let mut notes = Notes::default();
    let mut s = raw::Scenario::new(name);
    notes.head("A run from today: what stands on the shelves, is on its way and is waited for is in the files below.");
    notes.head("What they do not tell is an assumption, and marked: replace it. Everything else has a default with its source:");
    notes.head("`restock defaults` prints them. Then:  restock check, restock run <this file>");
    let horizon = |key: &str| Key::default().name("horizon").name(key);
    (s.horizon.start, s.horizon.days) = (start.date().into(), Duration(f64::from(DAYS)));
    ["start", "days"].into_iter().for_each(|key| notes.keep(horizon(key)));
    s.position = Some(raw::Position {
        stock_file: Some(files.stock.into()),
        order_file: files.order.map(Into::into),
        backorder_file: files.backorder.map(Into::into),
        ..raw::Position::default()
    });
    for sku in distinct(rows(position).map(|row| row.0)) {
        let at = Key::default().name("product").index(s.product.len());
        s.product.push(product(sku, position, &at, &mut notes));
    }
    s.supply.push(supply(&distinct(rows(position).map(|row| row.1)), position, &mut notes)?);
    Ok(write_with(&s, &notes))
}

/// Product and location of each row of all files.
fn rows(position: &raw::Position) -> impl Iterator<Item = (&Option<String>, &Option<String>)> {
    let stock = position.stock.iter().map(|r| (&r.product, &r.location));
    let orders = position.order.iter().map(|r| (&r.product, &r.location));
    stock.chain(orders).chain(position.backorder.iter().map(|r| (&r.product, &r.location)))
}

/// Different names, in the order of the files.
fn distinct<'a>(names: impl Iterator<Item = &'a Option<String>>) -> Vec<&'a str> {
    let mut out: Vec<&str> = Vec::new();
    for name in names.flatten().filter(|name| !name.is_empty()) {
        if !out.contains(&name.as_str()) {
            out.push(name);
        }
    }
    out
}

fn product(sku: &str, position: &raw::Position, at: &Key, notes: &mut Notes) -> raw::Product {
    let own = || position.stock.iter().filter(|r| r.product.as_deref() == Some(sku));
    let ordered = position.order.iter().filter(|r| r.product.as_deref() == Some(sku)).map(|r| r.quantity);
    let units: u64 = own().map(|r| r.on_hand).chain(ordered).sum();
    let cost = own().find_map(|r| r.unit_cost);
    let level = own().find_map(|r| r.level);
    let unit_cost = cost.unwrap_or(10.0);
    let mut product = raw::Product::new(sku, (3.0 * unit_cost * 100.0).round() / 100.0, unit_cost);
    notes.beside(at.name("price"), ASSUMPTION);
    let of_cost = if cost.is_some() {
        "what a unit on the shelf has cost: replace it by the price of the factory"
    } else {
        ASSUMPTION
    };
    notes.beside(at.name("unit-cost"), of_cost);
    let mut demand = raw::Demand::new();
    demand.mean_per_day = Some(level.unwrap_or(((units as f64 / LASTS) * 10.0).round().max(1.0) / 10.0));
    if level.is_none() {
        let lasts = format!("assumption: what there is lasts {LASTS} days; replace it, or name a `history`");
        notes.beside(at.name("demand").name("mean-per-day"), &lasts);
    }
    product.demand = Some(demand);
    product
}

/// The locations of the files, each supplied as the preset's is.
fn supply(names: &[&str], position: &raw::Position, notes: &mut Notes) -> Result<raw::Supply, Diagnostics> {
    let preset = raw::Supply { preset: Some(PRESET.into()), ..raw::Supply::new("As today") };
    let mut loaded = {
        // Written and read, a preset is laid out.
        let mut shop = raw::Scenario::new("preset");
        shop.product.push(raw::Product::new("any", 2.0, 1.0));
        shop.demand.mean_per_day = Some(1.0);
        shop.supply.push(preset.clone());
        Loader::default().load_str("preset", &write(&shop), Path::new("."))?
    };
    let mut supply = loaded.value.raw.supply.swap_remove(0);
    let usual = supply.location.swap_remove(0);
    let at = Key::default().name("supply").index(0);
    if names.len() < 2 && names.iter().all(|name| *name == usual.name) {
        return Ok(preset);
    }
    supply.preset = None;
    let routes: Vec<&String> = position.order.iter().filter_map(|r| r.route.as_ref()).collect();
    supply.location = names
        .iter()
        .map(|name| {
            let mut location = raw::Location { name: (*name).into(), ..usual.clone() };
            location.share = Some(raw::Share(1.0 / names.len() as f64));
            if let (Some(route), Some(first)) = (location.route.first_mut(), routes.first()) {
                route.name.clone_from(first);
            }
            location
        })
        .collect();
    notes.above(
        at,
        "Each location is supplied as the preset `ocean-3pl` says: put its own stages, terms and costs in their place.",
    );
    Ok(supply)
}
