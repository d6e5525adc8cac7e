//! What replications say of the windows of dated events.

use crate::model::Unit;
use crate::sim::WindowRow;
use crate::stats::interval::{Estimate, Left, Pair, Sample, ratio};
use crate::stats::survival::WaitTable;

/// Groups of replications of the jackknife.
const GROUPS: usize = 32;

/// What is estimated of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    Demanded,
    FromStock,
    ServedLater,
    StillWaiting,
    Cancelled,
    LostToWait,
    PeakBacklog,
    /// Chance that somebody is left unserved in the window.
    Short,
    /// Days from the first unserved unit on, if somebody is.
    DaysToRecover,
}

impl Measure {
    pub const ALL: [Measure; 9] = [
        Measure::Demanded,
        Measure::FromStock,
        Measure::ServedLater,
        Measure::StillWaiting,
        Measure::Cancelled,
        Measure::LostToWait,
        Measure::PeakBacklog,
        Measure::Short,
        Measure::DaysToRecover,
    ];

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
        }
    }

    /// Lowest and highest value that it can have.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        (0.0, if self.unit() == Unit::Share { 1.0 } else { f64::INFINITY })
    }

    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Measure::Demanded | Measure::PeakBacklog => Unit::Units,
            Measure::DaysToRecover => Unit::Days,
            _ => Unit::Share,
        }
    }
}

/// One window in one supply model.
#[derive(Debug, Clone, Default)]
pub struct WindowOutcome {
    /// One row a replication, in order.
    pub rows: Vec<WindowRow>,
}

impl WindowOutcome {
    /// Absent where it cannot be computed.
    #[must_use]
    pub fn estimate(&self, measure: Measure) -> Option<Estimate> {
        let mean = |of: &dyn Fn(&WindowRow) -> i64| self.pooled(&|row| (of(row) as f64, 1.0));
        let share = |of: &dyn Fn(&WindowRow) -> i64| self.pooled(&|row| (of(row) as f64, row.demanded as f64));
        match measure {
            Measure::Demanded => mean(&|r| r.demanded),
            Measure::FromStock => share(&|r| r.from_stock),
            Measure::ServedLater => share(&|r| r.served_later),
            Measure::StillWaiting => share(&WindowRow::still_waiting),
            Measure::Cancelled => share(&|r| r.cancelled),
            Measure::LostToWait => share(&|r| r.walked_away),
            Measure::PeakBacklog => mean(&|r| r.peak_backlog),
            Measure::Short => mean(&|r| i64::from(r.recovery.is_some())),
            Measure::DaysToRecover => self.days_to_recover(),
        }
    }

    fn pooled(&self, of: &dyn Fn(&WindowRow) -> Pair) -> Option<Estimate> {
        ratio(&self.rows.iter().map(of).collect::<Vec<_>>())
    }

    /// The Kaplan-Meier mean over the replications that run short, with the jackknife's error.
    fn days_to_recover(&self) -> Option<Estimate> {
        let size = self.rows.len().div_ceil(GROUPS).max(1);
        let tables: Vec<(WaitTable, usize)> = self.rows.chunks(size).map(|rows| (table(rows), rows.len())).collect();
        let all = table(&self.rows);
        let value = all.mean()?;
        let n = self.rows.len() as f64;
        let left =
            |(t, rows): &(WaitTable, usize)| Some(Left { estimate: all.without(t).mean()?, share: *rows as f64 / n });
        let left: Option<Vec<Left>> = tables.iter().map(left).collect();
        let error = left.filter(|l| l.len() > 1).and_then(|l| Sample::jackknife(value, &l).estimate().standard_error);
        Some(Estimate::new(value, error))
    }
}

fn table(rows: &[WindowRow]) -> WaitTable {
    let mut out = WaitTable::default();
    rows.iter().filter_map(|r| r.recovery).for_each(|r| r.count(&mut out));
    out
}
