//! What is counted of the replications of one supply model: integers, which add up in any order to the same.

use super::bands::BandBuilder;
use super::changeover::{ChangeoverOutcome, Dated};
use super::classes::ClassesOutcome;
use super::places::PlacesOutcome;
use super::windows::WindowOutcome;
use crate::sim::{Replica, RouteTimes, WindowRow};
use restock_base::stats::interval::GROUPS;
use restock_base::stats::survival::{PackedTable, SealedTable, WaitTable};
use serde::{Deserialize, Serialize};

/// Counts over a set of replications.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Counts {
    pub groups: Vec<PackedGroup>,
    /// What was received, by location and route.
    pub routes: Vec<Vec<RouteTimes>>,
    /// Locations, where some supply others.
    pub places: PlacesOutcome,
    /// Classes of customers, where there are several.
    pub classes: ClassesOutcome,
    /// The windows of dated events, in the product's order.
    pub windows: Vec<WindowOutcome>,
    /// Changes of supply, by date.
    pub changes: Vec<ChangeoverOutcome>,
    pub bands: BandBuilder,
}

/// Pooled tables of a group of replications.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// How many replications belong to the group.
    pub replications: u32,
    /// Waits in days of the orders of the window, in units.
    pub waits: WaitTable,
    /// Days from the first unserved unit to the recovery: an entry a replication that runs short, open where the window ends before.
    pub recoveries: WaitTable,
}

impl Group {
    #[must_use]
    pub(super) fn without(&self, other: &Group) -> Group {
        Group {
            replications: self.replications - other.replications,
            waits: self.waits.without(&other.waits),
            recoveries: self.recoveries.without(&other.recoveries),
        }
    }
}

/// A group as it is kept, of which there are many.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PackedGroup {
    pub replications: u32,
    waits: PackedTable,
    recoveries: PackedTable,
}

/// A group of a product of which all is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct SealedGroup {
    pub replications: u32,
    waits: SealedTable,
    recoveries: SealedTable,
}

impl SealedGroup {
    pub fn new(group: &PackedGroup) -> Self {
        let PackedGroup { replications, waits, recoveries } = group;
        let (waits, recoveries) = (SealedTable::new(waits), SealedTable::new(recoveries));
        SealedGroup { replications: *replications, waits, recoveries }
    }

    /// The group, to be read.
    pub fn unpacked(&self) -> Group {
        let SealedGroup { replications, waits, recoveries } = self;
        Group { replications: *replications, waits: waits.unpacked(), recoveries: recoveries.unpacked() }
    }
}

impl PackedGroup {
    pub fn merge(&mut self, other: &PackedGroup) {
        self.replications += other.replications;
        self.waits.merge(&other.waits);
        self.recoveries.merge(&other.recoveries);
    }
}

impl Counts {
    /// The waits, and the changes, of several products together, by group.
    pub fn together<'a>(products: impl Iterator<Item = (&'a [SealedGroup], &'a [ChangeoverOutcome])>) -> Self {
        let mut out = Counts::default();
        for (groups, changes) in products {
            for (i, group) in groups.iter().enumerate() {
                let mine = at(&mut out.groups, i);
                mine.replications = group.replications;
                mine.waits.add(&group.waits.unpacked());
            }
            for (i, change) in changes.iter().enumerate() {
                at(&mut out.changes, i).add_product(change);
            }
        }
        out
    }

    /// A copy without bands.
    pub fn without_bands(&self) -> Self {
        Counts {
            groups: self.groups.clone(),
            routes: self.routes.clone(),
            places: self.places.clone(),
            classes: self.classes.clone(),
            windows: self.windows.clone(),
            changes: self.changes.clone(),
            bands: BandBuilder::default(),
        }
    }

    /// Adds one replication in supply model `model` whose KPIs are known, with its recovery from the first spike; its days, unless `daily` is 0, and to their
    /// percentiles if it is one of the first `daily`.
    pub fn add(&mut self, replica: &Replica<'_>, recovery: &WaitTable, (dated, model): (&Dated, usize), daily: u32) {
        let group = replica.number as usize % GROUPS;
        let mine = at(&mut self.groups, group);
        mine.replications += 1;
        mine.waits.add(replica.waits());
        mine.recoveries.add(recovery);
        merge_routes(&mut self.routes, replica.routes());
        self.places.add(group, replica.places());
        let tally = replica.tally();
        self.classes.add(group, tally.demanded - tally.preordered, replica.classes());
        for (i, window) in dated.windows.iter().enumerate() {
            at(&mut self.windows, i)
                .add(group, &WindowRow::of(window, replica.days(), (replica.path, replica.plan.warmup)));
        }
        for (i, change) in dated.changes.iter().enumerate() {
            at(&mut self.changes, i).add((group, model), change, replica);
        }
        if daily > 0 {
            self.bands.add(replica.daily(), replica.days(), replica.number < daily);
        }
    }

    pub fn merge(&mut self, other: &Counts) {
        for (i, theirs) in other.groups.iter().enumerate() {
            at(&mut self.groups, i).merge(theirs);
        }
        merge_routes(&mut self.routes, &other.routes);
        self.places.merge(&other.places);
        self.classes.merge(&other.classes);
        for (i, theirs) in other.windows.iter().enumerate() {
            at(&mut self.windows, i).merge(theirs);
        }
        for (i, theirs) in other.changes.iter().enumerate() {
            at(&mut self.changes, i).merge(theirs);
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
