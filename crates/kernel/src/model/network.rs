//! Locations that are replenished from the stock of others: in which order they stand, and whose demand reaches whom.

use super::Scenario;
use super::supply::{Location, SupplyModel};
use restock_base::calendar::Day;

/// Who comes first where the stock of a location that supplies others is not enough for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allocation {
    /// The customers who wait at the location, then the orders of other locations, oldest first.
    OwnCustomers,
    /// Whoever ordered first; of one day customers come first, who order before the evening.
    Oldest,
    /// Each gets the same share of what waits: the location's own customers together, and each other location.
    Proportional,
}

/// Numbers of the locations, each after those that supply it, of several the first; absent where locations supply one another in a circle.
#[must_use]
pub fn upstream_first(locations: &[Location]) -> Option<Vec<usize>> {
    let mut order: Vec<usize> = Vec::new();
    while order.len() < locations.len() {
        let ready = |i: &usize| !order.contains(i) && locations[*i].sources().all(|source| order.contains(&source));
        order.push((0..locations.len()).find(ready)?);
    }
    Some(order)
}

/// Share of the product's demand that the planner of each location expects there: that of its own shoppers, of which `own` tells, and that of
/// every location whose base route begins at it.
fn expected_shares(locations: &[Location], own: impl Fn(&Location) -> f64) -> Vec<f64> {
    let mut shares: Vec<f64> = locations.iter().map(own).collect();
    for i in upstream_first(locations).into_iter().flatten().rev().filter(|i| locations[*i].is_open) {
        if let Some(source) = locations[i].supplied_from() {
            shares[source] += shares[i];
        }
    }
    shares
}

/// Whether parcels leave location number `i`. What supplies others and has no share of the shoppers is a warehouse that serves none, even where locations
/// help out one another.
#[must_use]
pub fn serves_shoppers(locations: &[Location], i: usize) -> bool {
    let l = &locations[i];
    let supplies = locations.iter().any(|other| other.sources().any(|source| source == i));
    !(l.is_open && l.share == 0.0 && supplies)
}

impl Location {
    /// Numbers of the locations from whose stock some of its routes take.
    pub fn sources(&self) -> impl Iterator<Item = usize> {
        self.routes.iter().filter_map(|route| route.from)
    }

    /// The location from whose stock its base route takes; absent where goods are bought.
    #[must_use]
    pub fn supplied_from(&self) -> Option<usize> {
        self.routes.get(self.base()).and_then(|route| route.from)
    }
}

impl SupplyModel {
    /// The locations that parcels leave, as they are before any change.
    pub fn shipping(&self) -> impl Iterator<Item = &Location> {
        let each = self.locations.iter().enumerate();
        each.filter(|(i, _)| serves_shoppers(&self.locations, *i)).map(|(_, l)| l)
    }

    /// Share of the product's demand that the planner of one of its locations expects there, as the locations are between two changes, from a day on.
    #[must_use]
    pub fn expected_share(&self, (scenario, from): (&Scenario, Day), locations: &[Location], i: usize) -> f64 {
        expected_shares(locations, |l| l.share * scenario.kept(&self.customers, l, from))[i]
    }
}
