//! What becomes of those who find no stock, by class of customers, where there are several.

use super::counts::at;
use crate::sim::ClassTally;
use restock_base::stats::interval::{Pair, Sample};
use serde::{Deserialize, Serialize};

/// Counts of the classes of a supply model's customers, in groups of replications; empty where all are alike.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassesOutcome {
    groups: Vec<OfGroup>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct OfGroup {
    replications: u32,
    /// Units that were wanted but for pre-orders, of all classes together.
    demanded: i64,
    classes: Vec<ClassTally>,
}

impl ClassesOutcome {
    /// Adds a replication of a group, in which so many units were wanted but for pre-orders.
    pub(super) fn add(&mut self, group: usize, demanded: i64, classes: &[ClassTally]) {
        if classes.is_empty() {
            return;
        }
        let mine = at(&mut self.groups, group);
        mine.replications += 1;
        mine.demanded += demanded;
        classes.iter().enumerate().for_each(|(i, class)| at(&mut mine.classes, i).merge(class));
    }

    pub(super) fn merge(&mut self, other: &ClassesOutcome) {
        for (group, theirs) in other.groups.iter().enumerate() {
            let mine = at(&mut self.groups, group);
            mine.replications += theirs.replications;
            mine.demanded += theirs.demanded;
            theirs.classes.iter().enumerate().for_each(|(i, class)| at(&mut mine.classes, i).merge(class));
        }
    }

    /// Whether all customers are alike.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    fn mean(&self, of: impl Fn(&OfGroup) -> f64) -> Sample {
        let pairs: Vec<Pair> = self.groups.iter().map(|g| (of(g), f64::from(g.replications))).collect();
        Sample::ratio(&pairs).unwrap_or_else(|| Sample::constant(0.0, 0))
    }

    /// Mean over replications of the units that were wanted but for pre-orders, of all classes together.
    #[must_use]
    pub fn demanded(&self) -> Sample {
        self.mean(|g| g.demanded as f64)
    }

    /// Mean over replications of a count of a class, by its number.
    #[must_use]
    pub fn total(&self, class: usize, of: fn(&ClassTally) -> f64) -> Sample {
        self.mean(|g| g.classes.get(class).map_or(0.0, of))
    }

    /// The same of all classes together.
    #[must_use]
    pub fn of_all(&self, of: fn(&ClassTally) -> f64) -> Sample {
        self.mean(|g| g.classes.iter().map(of).sum())
    }
}
