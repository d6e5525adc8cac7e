//! Which periods the dates of a file are, and which of them it covers in part.

use jiff::ToSpan;
use restock_base::calendar::Day;
use restock_forecast::Step;

/// The period of a file's dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Periods {
    pub step: Step,
    /// How the dates stand for periods, where that needs a word.
    pub said: Option<&'static str>,
    /// Dates that lie off the weekday that the others of a weekly file have.
    pub shifted: usize,
}

/// Dates a quarter apart from which on it is no chance that a file has no other.
const QUARTERS: usize = 6;

/// Judges the dates: quarters if they say so, or lie three months apart throughout; months if each has one date, on its first or last day or on the same day; weeks if dates lie whole weeks
/// apart, or all but one in ten do and no week has two.
pub(super) fn judge(days: impl Iterator<Item = Day>, quarters: bool) -> Periods {
    let mut days: Vec<Day> = days.collect();
    days.sort_unstable_by_key(|d| d.0);
    days.dedup();
    let of = |step, said, shifted| Periods { step, said, shifted };
    if quarters {
        return of(Step::Quarter, None, 0);
    }
    if days.len() < 3 {
        return of(Step::Day, None, 0);
    }
    let month = |d: &Day| (d.date().year(), d.date().month());
    let months = |d: &Day| 12 * i32::from(d.date().year()) + i32::from(d.date().month());
    let apart = days.windows(2).all(|w| (months(&w[1]) - months(&w[0])) % 3 == 0 && month(&w[0]) != month(&w[1]));
    if days.len() >= QUARTERS && apart {
        if days.iter().all(|d| d.date().day() == 1) {
            return of(Step::Quarter, Some("quarters by their first day"), 0);
        }
        if days.iter().all(|d| *d == last_of_month(*d)) {
            return of(Step::Quarter, Some(BY_LAST_DAY), 0);
        }
    }
    if days.windows(2).all(|w| month(&w[0]) != month(&w[1])) {
        if days.iter().all(|d| d.date().day() == 1) {
            return of(Step::Month, None, 0);
        }
        if days.iter().all(|d| *d == last_of_month(*d)) {
            return of(Step::Month, Some("months by their last day"), 0);
        }
        let near_end = |d: &Day| d.0 + 4 > last_of_month(*d).0;
        let consecutive = days.windows(2).all(|w| months(&w[1]) - months(&w[0]) == 1);
        if days.len() >= QUARTERS && consecutive && days.iter().all(near_end) {
            return of(Step::Month, Some("months by their last working day"), 0);
        }
        if days.len() >= QUARTERS && consecutive && days.iter().all(|d| d.date().day() <= 4) {
            return of(Step::Month, Some("months by their first working day"), 0);
        }
        let usual = days[0].date().day();
        if days.iter().all(|d| d.date().day() == usual || *d == last_of_month(*d) && d.date().day() < usual) {
            return of(Step::Month, Some("months by one day of each"), 0);
        }
    }
    if days.windows(2).all(|w| (w[1].0 - w[0].0) % 7 == 0) {
        return of(Step::Week, None, 0);
    }
    let usual = usual_weekday(days.iter().map(|d| (*d, 1)));
    let off = days.iter().filter(|d| d.weekday() != usual).count();
    let week = |d: &Day| (d.0 - nearest(*d, usual).0, nearest(*d, usual));
    if off * 10 <= days.len() && days.windows(2).all(|w| week(&w[0]).1 != week(&w[1]).1) {
        return of(Step::Week, Some("weeks by a day that shifts"), off);
    }
    of(Step::Day, None, 0)
}

/// Days that lie between all dates of a file, if they are as many throughout, and neither one day nor one week.
pub(super) fn odd_stride(days: impl Iterator<Item = Day>) -> Option<i32> {
    let mut days: Vec<i32> = days.map(|d| d.0).collect();
    days.sort_unstable();
    days.dedup();
    let stride = days.get(1)? - days[0];
    (days.len() >= QUARTERS && stride > 1 && stride != 7 && days.windows(2).all(|w| w[1] - w[0] == stride))
        .then_some(stride)
}

/// Quarters that end in the month of their date.
pub(super) const BY_LAST_DAY: &str = "quarters by their last day";

/// Weekday of most dates, each with how often it stands.
pub(super) fn usual_weekday(days: impl Iterator<Item = (Day, usize)>) -> usize {
    let mut counts = [0_usize; 7];
    days.for_each(|(d, n)| counts[d.weekday()] += n);
    (0..7).max_by_key(|w| (counts[*w], usize::MAX - w)).unwrap_or(0)
}

/// The day of a weekday that lies nearest.
pub(super) fn nearest(day: Day, weekday: usize) -> Day {
    let ahead = (weekday + 7 - day.weekday()) as i32 % 7;
    day.plus(if ahead > 3 { ahead - 7 } else { ahead })
}

pub(super) fn last_of_month(day: Day) -> Day {
    Day::from_date(day.date().last_of_month())
}

/// First and last day of the period that a day lies in; weeks begin on Monday.
pub(super) fn bounds(day: Day, step: Step) -> (Day, Day) {
    match step {
        Step::Day => (day, day),
        Step::Week => {
            let monday = day.plus(-(day.weekday() as i32));
            (monday, monday.plus(6))
        }
        Step::Month => (Day::from_date(day.date().first_of_month()), last_of_month(day)),
        Step::Quarter => {
            let first = day.date().first_of_month().saturating_sub(i64::from((day.date().month() - 1) % 3).months());
            (Day::from_date(first), last_of_month(Day::from_date(first.saturating_add(2.months()))))
        }
    }
}

/// Whether the first and the last period are covered in part: where another date would have been expected before the file's first
/// one, or after its last one, inside of them. A date is expected after the gap that 19 of 20 dates keep.
pub(super) fn unfinished(days: impl Iterator<Item = Day>, step: Step) -> (bool, bool) {
    let mut days: Vec<i32> = days.map(|d| d.0).collect();
    days.sort_unstable();
    days.dedup();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return (false, false) };
    let mut gaps: Vec<i32> = days.windows(2).map(|w| w[1] - w[0]).collect();
    gaps.sort_unstable();
    let gap = gaps.get(gaps.len() * 19 / 20).or(gaps.last()).copied().unwrap_or(1);
    (first - gap >= bounds(Day(*first), step).0.0, last + gap <= bounds(Day(*last), step).1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::from_date(text.parse().unwrap())
    }

    fn of(texts: &str) -> (Step, Option<&'static str>) {
        let found = judge(texts.split(' ').map(day), false);
        (found.step, found.said)
    }

    #[test]
    fn periods_are_judged_over_all_dates() {
        assert_eq!(of("2025-01-01 2025-02-01 2025-04-01"), (Step::Month, None));
        assert_eq!(of("2025-01-31 2025-02-28 2025-03-31").1, Some("months by their last day"));
        assert_eq!(of("2025-01-15 2025-02-15 2025-03-15").0, Step::Month);
        assert_eq!(of("2025-01-30 2025-02-28 2025-03-30").0, Step::Month);
        assert_eq!(of("2025-01-06 2025-01-13 2025-01-27"), (Step::Week, None));
        assert_eq!(of("2025-01-06 2025-01-07 2025-01-13").0, Step::Day);
        let mut weeks: Vec<Day> = (0..20).map(|w| day("2025-01-06").plus(7 * w)).collect();
        weeks[4] = weeks[4].plus(1);
        weeks[9] = weeks[9].plus(-1);
        let found = judge(weeks.into_iter(), false);
        assert_eq!((found.step, found.shifted), (Step::Week, 2));
        let quarters = "2024-01-01 2024-04-01 2024-07-01 2024-10-01 2025-01-01 2025-07-01";
        assert_eq!(of(quarters).0, Step::Quarter);
        assert_eq!(of(&quarters[..43]).0, Step::Month, "four dates may be chance");
        assert_eq!(judge([day("2024-01-01")].into_iter(), true).step, Step::Quarter);
        let ends = "2024-03-31 2024-06-30 2024-09-30 2024-12-31 2025-03-31 2025-06-30";
        assert_eq!(of(ends), (Step::Quarter, Some(BY_LAST_DAY)));
        assert_eq!(bounds(day("2024-05-20"), Step::Quarter), (day("2024-04-01"), day("2024-06-30")));
        let working = "2024-05-31 2024-06-28 2024-07-31 2024-08-30 2024-09-30 2024-10-31 2024-11-29";
        assert_eq!(of(working), (Step::Month, Some("months by their last working day")));
        let first = "2024-05-01 2024-06-03 2024-07-01 2024-08-01 2024-09-02 2024-10-01 2024-11-01";
        assert_eq!(of(first), (Step::Month, Some("months by their first working day")));
        // A slow item sells on any day of the week.
        assert_eq!(of("2025-01-06 2025-01-14 2025-01-25 2025-02-02 2025-02-07").0, Step::Day);
    }

    #[test]
    fn a_period_is_unfinished_where_another_date_was_due() {
        let daily = |from: &str, to: &str, step| unfinished((day(from).0..=day(to).0).map(Day), step);
        assert_eq!(daily("2024-01-01", "2026-01-03", Step::Month), (false, true));
        assert_eq!(daily("2024-01-02", "2026-01-31", Step::Month), (true, false));
        assert_eq!(daily("2024-01-01", "2026-01-30", Step::Month), (false, true), "a single day is missing");
        assert_eq!(daily("2024-01-01", "2026-01-04", Step::Week), (false, false));
        // Closed at weekends: Friday the 30th ends the month.
        let weekdays = (day("2025-09-01").0..=day("2026-01-30").0).map(Day).filter(|d| d.weekday() < 5);
        assert_eq!(unfinished(weekdays, Step::Month), (false, false));
        // A sale every ten days: the next is not due before the month ends.
        let slow = (0..20).map(|k| day("2025-01-02").plus(10 * k)).filter(|d| *d <= day("2025-06-25"));
        assert_eq!(unfinished(slow, Step::Month), (false, false));
    }
}
