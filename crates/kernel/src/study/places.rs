//! Figures of the locations of a supply model in which some supply others.

use super::counts::at;
use crate::model::{Better, Unit};
use crate::sim::PlaceTally;
use restock_base::stats::interval::{Pair, Sample};
use serde::{Deserialize, Serialize};

/// What is told of a location.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceMeasure {
    /// Share of the units that its own shoppers wanted which were served at once.
    FillRate,
    /// Share of the units that other locations ordered from it which left on the same evening.
    SentAtOnce,
    /// Mean units on hand at the end of a day.
    OnHand,
    /// Mean units that customers wait for at the end of a day.
    Backlog,
    /// Mean units that other locations wait for at the end of a day.
    Owed,
    /// Share of the days that end with nobody waiting: no customer, no location.
    ClearDays,
}

use PlaceMeasure::{Backlog, ClearDays, FillRate, OnHand, Owed, SentAtOnce};

impl PlaceMeasure {
    /// All of them, in the order of tables.
    pub const ALL: [PlaceMeasure; 6] = [FillRate, SentAtOnce, OnHand, Backlog, Owed, ClearDays];

    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            FillRate => "fill_rate",
            SentAtOnce => "sent_at_once_rate",
            OnHand => "mean_on_hand",
            Backlog => "mean_backlog",
            Owed => "mean_owed",
            ClearDays => "nobody_waits_rate",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            FillRate => "Fill rate of own shoppers",
            SentAtOnce => "Sent on the evening of the order",
            OnHand => "On hand in the evening",
            Backlog => "Customers wait for",
            Owed => "Locations wait for",
            ClearDays => "Evenings on which nobody waits",
        }
    }

    /// Unit of its value.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            FillRate | SentAtOnce | ClearDays => Unit::Share,
            OnHand | Backlog | Owed => Unit::Units,
        }
    }

    /// Which way is better.
    #[must_use]
    pub fn better(self) -> Better {
        match self {
            FillRate | SentAtOnce | ClearDays => Better::Higher,
            Backlog | Owed => Better::Lower,
            OnHand => Better::Neither,
        }
    }

    /// Numerator and denominator.
    fn of(self, t: &PlaceTally) -> Pair {
        let (above, below) = match self {
            FillRate => (t.from_stock, t.demanded),
            SentAtOnce => (t.sent_at_once, t.requested),
            OnHand => (t.on_hand_days, t.days),
            Backlog => (t.backlog_days, t.days),
            Owed => (t.owed_days, t.days),
            ClearDays => (t.clear_days, t.days),
        };
        (above as f64, below as f64)
    }
}

/// Counts of the locations of a supply model, in groups of replications; empty where no location supplies another one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlacesOutcome {
    groups: Vec<Vec<PlaceTally>>,
}

impl PlacesOutcome {
    /// Adds a replication of a group.
    pub(super) fn add(&mut self, group: usize, places: &[PlaceTally]) {
        if places.is_empty() {
            return;
        }
        let mine = at(&mut self.groups, group);
        for (i, place) in places.iter().enumerate() {
            at(mine, i).merge(place);
        }
    }

    pub(super) fn merge(&mut self, other: &PlacesOutcome) {
        for (group, places) in other.groups.iter().enumerate() {
            self.add(group, places);
        }
    }

    /// Number of locations; 0 where no location supplies another one.
    #[must_use]
    pub fn len(&self) -> usize {
        self.groups.first().map_or(0, Vec::len)
    }

    /// Whether no location supplies another one.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A figure of a location, by its number in the supply model; absent where there is nothing to divide by.
    #[must_use]
    pub fn figure(&self, location: usize, measure: PlaceMeasure) -> Option<Sample> {
        let of = |places: &Vec<PlaceTally>| places.get(location).map_or((0.0, 0.0), |place| measure.of(place));
        Sample::ratio(&self.groups.iter().map(of).collect::<Vec<Pair>>())
    }
}
