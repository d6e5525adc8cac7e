//! What goes wrong: a node of the chain that is down now and then, or on a date.

use super::{Product, Route, Scenario};
use restock_base::calendar::Day;
use restock_base::law::Dist;

/// A node that is down in spells, which every supply model and product that has the node meets on the same days.
#[derive(Debug, Clone, PartialEq)]
pub struct Disruption {
    /// Its unique name, by which others set it off.
    pub name: String,
    /// The node that is down.
    pub on: Node,
    /// When its spells begin.
    pub onset: Onset,
    /// Days of a spell, rounded half up, at least 1. A spell of [`Onset::Daily`] ends by chance, and a dated one that has a last day on that.
    pub days: Dist,
    /// Days after a spell on which the pace comes back, evenly.
    pub ramp_days: u32,
    /// Work that is done in a day of a spell, as a share of the usual: 0 where everything stops.
    pub pace: f64,
    /// Whether new purchase orders that would pass the node are not placed while it is down. Otherwise they are placed, and wait.
    pub refuses: bool,
    /// Share of the units at the node that is lost on the evening on which a spell begins.
    pub destroys: f64,
    /// Who bears what is lost, and when it is known.
    pub loss: LossTerms,
    /// What its spells may set off.
    pub sets_off: Vec<SetsOff>,
}

/// A node of the chain, by its name: in every supply model that has one of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// The routes that name this supplier: all stages up to the last one in which goods are made, or the first one where none are.
    Supplier(String),
    /// The factory of this number: the stages in which its products are made.
    Factory(usize),
    /// All stages of the routes of this name.
    Route(String),
    /// The stages of this name.
    Stage(String),
    /// The locations of this name: nothing ships from them, to whomever.
    Location(String),
}

/// Who bears the goods that are lost before they are on the shelf, and when the planner knows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossTerms {
    /// The supplier gives back what was paid on them, and nothing more is owed. Otherwise the seller has paid for them.
    pub by_supplier: bool,
    /// Share of the seller's loss that an insurer pays.
    pub insured: f64,
    /// Days until the planner knows. Until then, or until the order comes without them, they count as on order.
    pub known_after_days: u32,
}

/// Parcels that customers do not get. A replacement is not lost again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LostParcels {
    /// Share of the units shipped.
    pub share: f64,
    /// Days from shipping until the seller makes good, at least 1.
    pub after_days: u32,
    /// Another unit ships from stock, if there is one then. Otherwise the customer gets the price back.
    pub reships: bool,
}

/// Purchase orders of a route that never come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LostLots {
    /// Chance of each order.
    pub share: f64,
    /// Who bears them. They are known so many days after the day on which they were to come.
    pub terms: LossTerms,
}

/// When the spells of a disruption begin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Onset {
    /// When others set it off.
    SetOff,
    /// At random, so many times a year on average (a Poisson process).
    PerYear(f64),
    /// On each day that is up with the first chance; and each day that is down ends it with the second one.
    Daily {
        /// Chance that a day is down if the day before was up.
        fails: f64,
        /// Chance that a day is up if the day before was down.
        recovers: f64,
    },
    /// On a date, until a last day that may be given.
    Dated {
        /// The first day that is down.
        from: Day,
        /// The last day that is down; absent: as many days as the law says.
        until: Option<Day>,
    },
}

/// A further disruption, which a spell sets off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SetsOff {
    /// Its number among those of the scenario.
    pub disruption: usize,
    /// Chance that a spell sets it off.
    pub probability: f64,
    /// Days from the beginning of the spell to that of the further one.
    pub after_days: u32,
}

impl Node {
    /// Its name in a scenario.
    #[must_use]
    pub fn name<'a>(&'a self, scenario: &'a Scenario) -> &'a str {
        match self {
            Node::Supplier(name) | Node::Route(name) | Node::Stage(name) | Node::Location(name) => name,
            Node::Factory(number) => &scenario.factories[*number].name,
        }
    }

    /// Whether stage number `k` of a route, on which a product comes, belongs to the node.
    #[must_use]
    pub fn has(&self, product: &Product, route: &Route, k: usize) -> bool {
        let made = || route.stages.iter().rposition(|s| s.production).unwrap_or(0);
        match self {
            Node::Supplier(name) => route.supplier.as_ref() == Some(name) && k <= made(),
            Node::Factory(number) => product.factory == Some(*number) && route.stages[k].production,
            Node::Route(name) => route.lots_of.as_ref().map_or(&route.name, |of| &of.route) == name,
            Node::Stage(name) => route.stages[k].name == *name,
            Node::Location(_) => false,
        }
    }
}

impl Disruption {
    /// The disruptions of a scenario in an order in which each comes after all that set it off.
    #[must_use]
    pub fn in_order(all: &[Disruption]) -> Vec<usize> {
        let mut order = Vec::with_capacity(all.len());
        let sets_off = |k: usize, i: usize| all[k].sets_off.iter().any(|s| s.disruption == i);
        while order.len() < all.len() {
            let left = |i: &usize| !order.contains(i);
            let free = |i: &usize| (0..all.len()).filter(left).all(|k| !sets_off(k, *i));
            // In a circle, which no file may have, none is free.
            let Some(next) = (0..all.len()).filter(left).find(free) else { break };
            order.push(next);
        }
        order
    }
}
