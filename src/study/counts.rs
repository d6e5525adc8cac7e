//! What is counted of the replications of one supply model: integers, which add up in any order to the same.

use super::bands::BandBuilder;
use super::windows::WindowOutcome;
use crate::sim::{EventWindow, Replica, RouteTimes, WindowRow};
use crate::stats::interval::GROUPS;
use crate::stats::survival::WaitTable;
use serde::{Deserialize, Serialize};

/// Counts over a set of replications.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub groups: Vec<Group>,
    /// What was received, by location and route.
    pub routes: Vec<Vec<RouteTimes>>,
    /// The windows of dated events, in the product's order.
    pub windows: Vec<WindowOutcome>,
    pub bands: BandBuilder,
}

/// Pooled tables of a group of replications.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    pub replications: u32,
    pub waits: WaitTable,
    pub recoveries: WaitTable,
}

impl Group {
    pub fn merge(&mut self, other: &Group) {
        self.replications += other.replications;
        self.waits.merge(&other.waits);
        self.recoveries.merge(&other.recoveries);
    }

    #[must_use]
    pub(super) fn without(&self, other: &Group) -> Group {
        Group {
            replications: self.replications - other.replications,
            waits: self.waits.without(&other.waits),
            recoveries: self.recoveries.without(&other.recoveries),
        }
    }
}

impl Counts {
    /// The waits of several products together, by group.
    pub fn of_waits<'a>(products: impl Iterator<Item = &'a [Group]>) -> Self {
        let mut out = Counts::default();
        for (i, group) in products.flat_map(|groups| groups.iter().enumerate()) {
            let mine = at(&mut out.groups, i);
            mine.replications = group.replications;
            mine.waits.merge(&group.waits);
        }
        out
    }

    /// Adds one replication whose KPIs are known, with its recovery from the first spike.
    pub fn add(&mut self, replica: &Replica<'_>, recovery: &WaitTable, windows: &[EventWindow], bands: bool) {
        let group = replica.number as usize % GROUPS;
        let mine = at(&mut self.groups, group);
        mine.replications += 1;
        mine.waits.merge(replica.waits());
        mine.recoveries.merge(recovery);
        merge_routes(&mut self.routes, replica.routes());
        for (i, window) in windows.iter().enumerate() {
            at(&mut self.windows, i).add(group, &WindowRow::of(window, replica.days()));
        }
        if bands {
            self.bands.add(replica.daily());
        }
    }

    pub fn merge(&mut self, other: &Counts) {
        for (i, theirs) in other.groups.iter().enumerate() {
            at(&mut self.groups, i).merge(theirs);
        }
        merge_routes(&mut self.routes, &other.routes);
        for (i, theirs) in other.windows.iter().enumerate() {
            at(&mut self.windows, i).merge(theirs);
        }
        self.bands.merge(&other.bands);
    }
}

/// The entry `i`, made if it is not there.
pub(super) fn at<T: Default + Clone>(list: &mut Vec<T>, i: usize) -> &mut T {
    if i >= list.len() {
        list.resize(i + 1, T::default());
    }
    &mut list[i]
}

/// Adds `theirs` to `mine`, location by location and route by route.
fn merge_routes(mine: &mut Vec<Vec<RouteTimes>>, theirs: &[Vec<RouteTimes>]) {
    mine.resize(mine.len().max(theirs.len()), Vec::new());
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        mine.resize(mine.len().max(theirs.len()), RouteTimes::default());
        mine.iter_mut().zip(theirs).for_each(|(m, t)| m.merge(t));
    }
}
