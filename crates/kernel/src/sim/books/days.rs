//! The measured days of a replication, one row each. Windows and recoveries are read off them when the replication is over.

use restock_base::stats::survival::WaitTable;

/// One measured day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayRow {
    /// Units demanded on this day, but for pre-orders.
    pub demanded: i64,
    /// Units demanded on this day and served from stock.
    pub from_stock: i64,
    /// Units demanded on this day whose shoppers did not accept the wait.
    pub walked_away: i64,
    /// Units ordered on this day and shipped on later days of the window.
    pub served_later: i64,
    /// Units ordered on this day and cancelled on later days of the window.
    pub cancelled: i64,
    /// Units that wait at the end of the day.
    pub backlog: i64,
    /// Units that are left at closed locations at the end of the day, on hand and on order.
    pub left: i64,
    /// Whether at least the planned safety stock is on hand at the end of the day, over all locations.
    pub buffered: bool,
    /// Whether anything is on hand at the end of the day that is not put aside for orders which wait to be whole.
    pub stocked: bool,
}

/// Calm days in a row that end a shortage.
const CALM: usize = 7;

/// A shortage and its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Recovery {
    /// Seven calm days in a row began this many days after the first unserved unit.
    After(usize),
    /// No seven calm days in a row follow in the window, whose last day is this many days after the first unserved unit.
    Open(usize),
}

impl Recovery {
    /// The recovery from the first of the days `from..until` (indices of `days`) on which somebody waits or walks away; absent if there is none.
    #[must_use]
    pub fn of(days: &[DayRow], from: usize, until: usize) -> Option<Recovery> {
        let short = (from..until.min(days.len())).find(|t| days[*t].is_short())?;
        let calm = |t: &usize| days[*t..*t + CALM].iter().all(DayRow::is_calm);
        let ended = (short..(days.len() + 1).saturating_sub(CALM)).find(calm);
        Some(ended.map_or(Recovery::Open(days.len() - 1 - short), |t| Recovery::After(t - short)))
    }

    /// Days without a shortage from the day `from` on, until the first with one.
    #[must_use]
    pub fn until_short(days: &[DayRow], from: usize) -> Recovery {
        let short = (from..days.len()).find(|t| days[*t].is_short());
        short.map_or(Recovery::Open(days.len() - from), |t| Recovery::After(t - from))
    }

    /// Days from the day `from` to the first of seven calm days; absent if the days end before it.
    #[must_use]
    pub fn since(days: &[DayRow], from: usize) -> Option<Recovery> {
        let calm = |t: &usize| days[*t..*t + CALM].iter().all(DayRow::is_calm);
        let ended = (from..(days.len() + 1).saturating_sub(CALM)).find(calm);
        let open = || (from < days.len()).then(|| Recovery::Open(days.len() - 1 - from));
        ended.map(|t| Recovery::After(t - from)).or_else(open)
    }

    /// Adds this recovery to a table of recoveries by their length in days.
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
    /// Whether nobody waits, nobody has walked away, and at least the planned safety stock is on hand.
    #[must_use]
    pub fn is_calm(&self) -> bool {
        self.backlog == 0 && self.walked_away == 0 && self.buffered
    }

    /// Whether somebody waits at the end of the day or has walked away on it.
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

    /// By hand: full days before the first shortage, and days from the end of the event to the first of seven calm days.
    #[test]
    fn surviving_and_recovering_are_counted_from_the_event() {
        let survived = |text: &str, from| Recovery::until_short(&days(text), from);
        assert_eq!(survived("....bb", 1), Recovery::After(3));
        assert_eq!(survived("b.....", 1), Recovery::Open(5), "nobody is left unserved until the end");
        assert_eq!(survived("..w", 2), Recovery::After(0));
        let since = |text: &str, from| Recovery::since(&days(text), from);
        assert_eq!(since("bbbb.......", 2), Some(Recovery::After(2)));
        assert_eq!(since("bb........", 3), Some(Recovery::After(0)), "it had recovered before the end");
        assert_eq!(since("bbbb......", 2), Some(Recovery::Open(7)));
        assert_eq!(since("bb", 2), None);
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
