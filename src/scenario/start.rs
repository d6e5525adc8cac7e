//! Types of the file with every default, to make scenarios of: what a key that is left out would be.

use super::load;
use super::raw::{Location, OnDate, Product, Route, Scenario};
use super::tree::Node;
use crate::diag::Diagnostics;
use serde::de::DeserializeOwned;
use std::sync::OnceLock;
use toml::Value;

/// Defaults of a scenario, and of each entry of a list.
struct Defaults {
    scenario: Value,
    each: Option<Value>,
}

fn defaults() -> &'static Defaults {
    static DEFAULTS: OnceLock<Defaults> = OnceLock::new();
    DEFAULTS.get_or_init(|| {
        let mut layers = Node::parse(0, super::DEFAULTS, &mut Diagnostics::default());
        let beneath = load::beneath(&mut layers);
        let scenario = beneath.under(&layers, &mut Diagnostics::default()).to_value();
        Defaults { scenario, each: beneath.each.map(|each| each.to_value()) }
    })
}

/// `template` with the keys that have no default.
fn made<T: DeserializeOwned>(template: &Value, given: &[(&str, Value)]) -> T {
    let mut value = template.clone();
    if let Value::Table(table) = &mut value {
        table.extend(given.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
    }
    T::deserialize(value).unwrap_or_else(|e| panic!("the defaults are complete: {e}"))
}

fn each<T: DeserializeOwned>(list: &str, given: &[(&str, Value)]) -> T {
    let empty = Value::Table(toml::Table::new());
    made(defaults().each.as_ref().and_then(|each| each.get(list)).unwrap_or(&empty), given)
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

impl Scenario {
    /// A scenario of that name with every default, and nothing in its lists yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        made(&defaults().scenario, &[("name", text(name))])
    }
}

impl Product {
    /// A product with every default: the three have none.
    #[must_use]
    pub fn new(sku: &str, price: f64, unit_cost: f64) -> Self {
        each("product", &[("sku", text(sku)), ("price", Value::Float(price)), ("unit-cost", Value::Float(unit_cost))])
    }
}

impl Location {
    /// A location of that name with every default, and no route yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        each("location", &[("name", text(name))])
    }
}

impl Route {
    /// A route of that name with every default, and no stage yet.
    #[must_use]
    pub fn new(name: &str) -> Self {
        each("route", &[("name", text(name))])
    }
}

impl From<jiff::civil::Date> for OnDate {
    fn from(date: jiff::civil::Date) -> Self {
        OnDate(date)
    }
}
