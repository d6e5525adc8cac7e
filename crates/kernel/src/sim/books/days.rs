//! The measured days of a replication, one row each: what windows and recoveries are read from when the replication is over.

use restock_base::stats::survival::WaitTable;

/// One measured day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayRow {
    /// Units that were wanted on this day, served from stock, and not waited for.
    pub demanded: i64,
    pub from_stock: i64,
    pub walked_away: i64,
    /// Of the units ordered on this day: shipped and cancelled on later days of the window.
    pub served_later: i64,
    pub cancelled: i64,
    /// Units that wait at the end of the day.
    pub backlog: i64,
    /// At the end of the day at least the planned safety stock is on hand.
    pub buffered: bool,
}

/// Calm days in a row that end a shortage.
const CALM: usize = 7;

/// A shortage and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// So many days from the first unserved unit to the first of seven calm days in a row.
    After(usize),
    /// Not within the so many days that were left of the window.
    Open(usize),
}

impl Recovery {
    /// Of the first shortage that begins on the days `from..until`, if one does.
    #[must_use]
    pub fn of(days: &[DayRow], from: usize, until: usize) -> Option<Recovery> {
        let short = (from..until.min(days.len())).find(|t| days[*t].is_short())?;
        let calm = |t: &usize| days[*t..*t + CALM].iter().all(DayRow::is_calm);
        let ended = (short..(days.len() + 1).saturating_sub(CALM)).find(calm);
        Some(ended.map_or(Recovery::Open(days.len() - 1 - short), |t| Recovery::After(t - short)))
    }

    /// Adds it to a table of recoveries.
    pub fn count(self, table: &mut WaitTable) {
        let (column, age) = match self {
            Recovery::After(age) => (&mut table.ended, age),
            Recovery::Open(age) => (&mut table.open, age),
        };
        if column.len() <= age {
            column.resize(age + 1, 0);
        }
        column[age] += 1;
    }
}

impl DayRow {
    /// Nobody waits, nobody has walked away, and the safety stock is there.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.backlog == 0 && self.walked_away == 0 && self.buffered
    }

    /// Somebody waits or has walked away.
    #[must_use]
    pub fn is_short(&self) -> bool {
        self.backlog > 0 || self.walked_away > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `.` is a calm day, `b` one with a backlog, `w` one with a walk-away, `s` one with less than the safety stock.
    fn days(text: &str) -> Vec<DayRow> {
        let day = |c| DayRow {
            backlog: i64::from(c == 'b'),
            walked_away: i64::from(c == 'w'),
            buffered: c == '.',
            ..DayRow::default()
        };
        text.chars().map(day).collect()
    }

    /// By hand: from the first unserved unit at or after the event to the first of seven calm days.
    #[test]
    fn a_recovery_runs_from_the_first_unserved_unit() {
        let of = |text: &str, from| Recovery::of(&days(text), from, text.len());
        assert_eq!(of("..........", 0), None, "nobody is left unserved");
        assert_eq!(of("ssssssssss", 0), None, "a thin stock alone is no shortage");
        assert_eq!(of("b.........", 1), None, "the shortage was over before the event");
        assert_eq!(of("...bb.......", 0), Some(Recovery::After(2)));
        assert_eq!(of("...bb...s.......", 0), Some(Recovery::After(6)), "the safety stock was touched once more");
        assert_eq!(of("...w.......", 2), Some(Recovery::After(1)), "a walk-away counts as a backorder does");
        assert_eq!(of("...bb......", 0), Some(Recovery::Open(7)), "six calm days are not seven");
        assert_eq!(of("b", 0), Some(Recovery::Open(0)));
        assert_eq!(
            Recovery::of(&days("...b......."), 0, 3),
            None,
            "the shortage begins after the days that are looked at"
        );
    }
}
