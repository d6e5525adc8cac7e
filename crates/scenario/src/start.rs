//! Types of the file with every default, to make scenarios of: what a key that is left out would be.

use super::load;
use super::raw::{
    BorneBy, Campaign, Decay, Demand, DisruptedNode, Disruption, Distribution, Duration, History, Location, OnDate,
    Product, Route, Scenario, Shape, Share, Stage, Supply, Surge, WhileDown,
};
use super::tree::Node;
use restock_base::diag::Diagnostics;
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
    made(defaults().each.as_ref().and_then(|each| each.get(list)).unwrap_or(&empty()), given)
}

fn empty() -> Value {
    Value::Table(toml::Table::new())
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

impl Demand {
    /// Demand with every default: what sells is yet to be said.
    #[must_use]
    pub fn new() -> Self {
        made(defaults().scenario.get("demand").unwrap_or(&empty()), &[])
    }
}

impl Default for Demand {
    fn default() -> Self {
        Demand::new()
    }
}

impl History {
    /// A file of sales that is read without being told how.
    #[must_use]
    pub fn new(file: &str) -> Self {
        made(&empty(), &[("file", text(file))])
    }
}

impl Campaign {
    /// A planned campaign at its full height every day.
    #[must_use]
    pub fn new(name: &str, start: OnDate, days: Duration, uplift: Distribution) -> Self {
        Campaign {
            name: name.into(),
            start,
            days,
            uplift,
            shape: Shape::default(),
            planned: true,
            pause_below_cover_days: None,
            discount: Share(0.0),
            cost_per_day: 0.0,
        }
    }
}

impl Surge {
    /// Surges of that size: when they come is yet to be said.
    #[must_use]
    pub fn new(peak_uplift: Distribution) -> Self {
        let (decay, lasting_lift) = (Decay::default(), Share::default());
        Surge { per_year: None, on: Vec::new().into(), peak_uplift, decay, lasting_lift, pull_forward: None }
    }
}

impl Disruption {
    /// A stop of a node in which orders wait: when it comes, and for how long, is yet to be said.
    #[must_use]
    pub fn new(name: &str, on: DisruptedNode) -> Self {
        Disruption {
            name: name.into(),
            on,
            per_year: None,
            fails_daily: None,
            recovers_daily: None,
            from: None,
            until: None,
            days: None,
            ramp_days: Duration(0.0),
            slows: None,
            while_down: WhileDown::default(),
            sets_off: Vec::new(),
            destroys: Share(0.0),
            borne_by: BorneBy::default(),
            insured: Share(0.0),
            learned_after_days: Duration(0.0),
        }
    }
}

impl Supply {
    /// A supply model of that name, without a location.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let (location, change) = (Vec::new(), Vec::new());
        let (preset, customers, planner, sizes_order) = (None, None, None, None);
        let name = name.into();
        Supply {
            name,
            preset,
            overflow: true,
            extra_stock_days: 0.0,
            pre_orders: true,
            returns: true,
            pause_campaigns: true,
            sizes_order,
            customers,
            planner,
            location,
            change,
        }
    }
}

impl Stage {
    /// A stage that always takes place, on every day of the week.
    #[must_use]
    pub fn new(name: &str, days: Distribution) -> Self {
        let (late, calendar, regime, scrap, production, goods_are) = (None, None, None, None, None, None);
        Stage { name: name.into(), days, late, calendar, regime, scrap, production, goods_are }
    }
}

impl From<Vec<OnDate>> for super::raw::Dates {
    fn from(dates: Vec<OnDate>) -> Self {
        super::raw::Dates(dates)
    }
}

impl From<jiff::civil::Date> for OnDate {
    fn from(date: jiff::civil::Date) -> Self {
        OnDate(date)
    }
}
