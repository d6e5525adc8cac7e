//! What replications say of the windows of dated events.

use super::counts::at;
use crate::model::Unit;
use crate::sim::WindowRow;
use restock_base::stats::interval::{Estimate, Left, Pair, Sample, ratio};
use restock_base::stats::survival::{PackedTable, WaitTable};
use serde::{Deserialize, Serialize};

/// What is estimated of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Mean units wanted in the window by those who stay.
    Demanded,
    /// Share of them served from stock.
    FromStock,
    /// Share served after waiting.
    ServedLater,
    /// Share that still waits at the end of the run.
    StillWaiting,
    /// Share that cancelled.
    Cancelled,
    /// Share that walked away from the quoted wait.
    LostToWait,
    /// Mean over replications of the most units that wait at the end of a day.
    PeakBacklog,
    /// Chance that somebody is left unserved in the window.
    Short,
    /// Days from the first unserved unit on, if somebody is.
    DaysToRecover,
    /// Of a disruption: days of full service from its first day on.
    DaysToSurvive,
    /// Days to recover from the end of a disruption on, if somebody is left unserved in its window.
    DaysAfterEnd,
}

impl Measure {
    /// All measures.
    pub const ALL: [Measure; 11] = [
        Measure::Demanded,
        Measure::FromStock,
        Measure::ServedLater,
        Measure::StillWaiting,
        Measure::Cancelled,
        Measure::LostToWait,
        Measure::PeakBacklog,
        Measure::Short,
        Measure::DaysToRecover,
        Measure::DaysToSurvive,
        Measure::DaysAfterEnd,
    ];

    /// Whether only windows of disruptions have it.
    #[must_use]
    pub fn is_of_disruptions(self) -> bool {
        matches!(self, Measure::DaysToSurvive | Measure::DaysAfterEnd)
    }

    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Measure::Demanded => "demanded",
            Measure::FromStock => "from_stock_share",
            Measure::ServedLater => "after_waiting_share",
            Measure::StillWaiting => "still_waiting_share",
            Measure::Cancelled => "cancelled_share",
            Measure::LostToWait => "lost_to_wait_share",
            Measure::PeakBacklog => "peak_backlog",
            Measure::Short => "chance_to_run_short",
            Measure::DaysToRecover => "days_to_recover",
            Measure::DaysToSurvive => "days_to_survive",
            Measure::DaysAfterEnd => "days_to_recover_after_the_end",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Measure::Demanded => "Demanded",
            Measure::FromStock => "Served from stock",
            Measure::ServedLater => "Served after waiting",
            Measure::StillWaiting => "Still waiting at the end",
            Measure::Cancelled => "Cancelled",
            Measure::LostToWait => "Lost to the wait",
            Measure::PeakBacklog => "Waiting at most",
            Measure::Short => "Chance to run short",
            Measure::DaysToRecover => "Days to recover, if so",
            Measure::DaysToSurvive => "Days of full service",
            Measure::DaysAfterEnd => "Days to recover after its end, if so",
        }
    }

    /// Lowest and highest value that it can have.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        (0.0, if self.unit() == Unit::Share { 1.0 } else { f64::INFINITY })
    }

    /// Unit of its estimates.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Measure::Demanded | Measure::PeakBacklog => Unit::Units,
            Measure::DaysToRecover | Measure::DaysToSurvive | Measure::DaysAfterEnd => Unit::Days,
            _ => Unit::Share,
        }
    }
}

/// One window in one supply model.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WindowOutcome {
    groups: Vec<Sums>,
}

/// Sums over the replications of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    replications: u32,
    demanded: i128,
    from_stock: i128,
    served_later: i128,
    still_waiting: i128,
    cancelled: i128,
    walked_away: i128,
    peak_backlog: i128,
    recoveries: PackedTable,
    survived: PackedTable,
    after: PackedTable,
    short: u32,
}

impl Sums {
    fn add(&mut self, row: &WindowRow) {
        self.replications += 1;
        self.demanded += i128::from(row.demanded);
        self.from_stock += i128::from(row.from_stock);
        self.served_later += i128::from(row.served_later);
        self.still_waiting += i128::from(row.still_waiting());
        self.cancelled += i128::from(row.cancelled);
        self.walked_away += i128::from(row.walked_away);
        self.peak_backlog += i128::from(row.peak_backlog);
        self.short += u32::from(row.recovery.is_some());
        let tables = [&mut self.recoveries, &mut self.survived, &mut self.after];
        for (table, found) in tables.into_iter().zip([row.recovery, row.survived, row.after]) {
            if let Some(found) = found {
                let mut one = WaitTable::default();
                found.count(&mut one);
                table.add(&one);
            }
        }
    }

    fn merge(&mut self, other: &Sums) {
        self.replications += other.replications;
        self.demanded += other.demanded;
        self.from_stock += other.from_stock;
        self.served_later += other.served_later;
        self.still_waiting += other.still_waiting;
        self.cancelled += other.cancelled;
        self.walked_away += other.walked_away;
        self.peak_backlog += other.peak_backlog;
        self.recoveries.merge(&other.recoveries);
        self.survived.merge(&other.survived);
        self.after.merge(&other.after);
        self.short += other.short;
    }
}

impl WindowOutcome {
    /// Adds a replication of a group.
    pub(super) fn add(&mut self, group: usize, row: &WindowRow) {
        at(&mut self.groups, group).add(row);
    }

    pub(super) fn merge(&mut self, other: &WindowOutcome) {
        for (i, theirs) in other.groups.iter().enumerate() {
            at(&mut self.groups, i).merge(theirs);
        }
    }

    /// Absent where it cannot be computed.
    #[must_use]
    pub fn estimate(&self, measure: Measure) -> Option<Estimate> {
        let mean = |of: &dyn Fn(&Sums) -> i128| self.pooled(&|g| (of(g) as f64, f64::from(g.replications)));
        let share = |of: &dyn Fn(&Sums) -> i128| self.pooled(&|g| (of(g) as f64, g.demanded as f64));
        match measure {
            Measure::Demanded => mean(&|g| g.demanded),
            Measure::FromStock => share(&|g| g.from_stock),
            Measure::ServedLater => share(&|g| g.served_later),
            Measure::StillWaiting => share(&|g| g.still_waiting),
            Measure::Cancelled => share(&|g| g.cancelled),
            Measure::LostToWait => share(&|g| g.walked_away),
            Measure::PeakBacklog => mean(&|g| g.peak_backlog),
            Measure::Short => mean(&|g| i128::from(g.short)),
            Measure::DaysToRecover => self.mean_days(|g| &g.recoveries),
            Measure::DaysToSurvive => self.mean_days(|g| &g.survived),
            Measure::DaysAfterEnd => self.mean_days(|g| &g.after),
        }
    }

    fn pooled(&self, of: &dyn Fn(&Sums) -> Pair) -> Option<Estimate> {
        ratio(&self.groups.iter().map(of).collect::<Vec<_>>())
    }

    /// The Kaplan-Meier mean of a table of days over the replications that have an entry, with the jackknife's error.
    fn mean_days(&self, of: fn(&Sums) -> &PackedTable) -> Option<Estimate> {
        let mut all = Sums::default();
        self.groups.iter().for_each(|g| all.merge(g));
        let in_all = of(&all).unpacked();
        let value = in_all.mean()?;
        let left = |g: &Sums| {
            let estimate = in_all.without(&of(g).unpacked()).mean()?;
            Some(Left { estimate, share: f64::from(g.replications) / f64::from(all.replications) })
        };
        let left: Option<Vec<Left>> = self.groups.iter().map(left).collect();
        let sample = left.filter(|l| l.len() > 1).map(|l| Sample::jackknife(value, &l));
        Some(sample.map_or(Estimate::new(value, None), |s| s.estimate()))
    }
}
