//! Dates and day numbers, holiday closures, and schedules that step by date.
//!
//! A [`Day`] counts from 1970-01-01. The simulator's clock is continuous inside a day: an order placed
//! at the end of day `t` is at time `t`, and the interval `(t, t + 1]` is worked at the pace of day
//! `t + 1`.

mod countries;
mod holidays;

pub use countries::{Occasion, OutsideTable, countries, country, covered as holidays_covered, known_events, occasions};
pub use holidays::{BuiltIn, YEARS as HOLIDAY_YEARS};

use jiff::civil::Date;
use jiff::{ToSpan, Unit};

/// A day number: days since 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

impl Day {
    /// Counts the days from 1970-01-01 to the date; earlier dates are negative.
    #[must_use]
    pub fn from_date(date: Date) -> Self {
        // Any two dates of the library's range are fewer than 2^31 days apart.
        Day(EPOCH.until((Unit::Day, date)).map_or(0, |span| span.get_days()))
    }

    /// The calendar date, clamped to the last one the calendar knows (year 9999).
    #[must_use]
    pub fn date(self) -> Date {
        EPOCH.checked_add(self.0.days()).unwrap_or(Date::MAX)
    }

    /// The day so many days later; earlier if `days` is negative.
    #[must_use]
    #[inline]
    pub fn plus(self, days: i32) -> Self {
        Day(self.0.saturating_add(days))
    }

    /// Monday is 0, Sunday 6.
    #[must_use]
    pub fn weekday(self) -> usize {
        // 1970-01-01 was a Thursday.
        (self.0 + 3).rem_euclid(7) as usize
    }

    /// January is 0.
    #[must_use]
    pub fn month(self) -> usize {
        self.date().month() as usize - 1
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.date().fmt(f)
    }
}

/// Days on which less than usual is done: from, to (inclusive), and the pace between them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closure {
    /// First day of the spell.
    pub from: Day,
    /// Last day of the spell, which belongs to it.
    pub to: Day,
    /// 0 is closed, 1 the usual pace; a ramp runs linearly from the first to the second.
    pub pace: (f64, f64),
}

/// The pace at which a stage works, day by day: holidays stop it, ramps slow it.
#[derive(Debug, Clone)]
pub struct WorkCalendar {
    /// `work[i]`: working days done by the end of day `first + i - 1`; `work[0] = 0`.
    work: Vec<f64>,
}

impl WorkCalendar {
    /// Lays out the closures over `days` days from `first`. Outside them every day counts in full.
    #[must_use]
    pub fn new(first: Day, days: usize, closed_weekdays: &[usize], closures: &[Closure]) -> Self {
        let mut pace = vec![1.0_f64; days];
        for (i, p) in pace.iter_mut().enumerate() {
            if closed_weekdays.contains(&first.plus(i as i32).weekday()) {
                *p = 0.0;
            }
        }
        for c in closures {
            let length = f64::from(c.to.0 - c.from.0 + 1);
            let from = (c.from.0 - first.0).max(0);
            let to = (c.to.0 - first.0).min(days as i32 - 1);
            for i in from..=to {
                let position = (f64::from(i + first.0 - c.from.0) + 0.5) / length;
                let of_closure = c.pace.0 + (c.pace.1 - c.pace.0) * position;
                pace[i as usize] = pace[i as usize].min(of_closure);
            }
        }
        let mut work = Vec::with_capacity(days + 1);
        let mut sum = 0.0;
        work.push(sum);
        for p in pace {
            sum += p;
            work.push(sum);
        }
        WorkCalendar { work }
    }

    /// When `duration` days of work begun at time `start` are done. Both in days since `first`'s eve:
    /// time 0 is the end of the day before `first`.
    #[must_use]
    #[inline]
    pub fn finish(&self, start: f64, duration: f64) -> f64 {
        let last = self.work.len() - 1;
        if start >= last as f64 {
            return start + duration;
        }
        let target = self.worked(start) + duration;
        if target >= self.work[last] {
            return last as f64 + target - self.work[last];
        }
        // The first day by whose end the target is reached. A day holds at most a day's work, so it is no earlier than if no day were closed, but for
        // rounding: it is looked for from there.
        let mut i = ((start + duration) as usize).clamp(1, last);
        while self.work[i] < target {
            i += 1;
        }
        while i > 1 && self.work[i - 1] >= target {
            i -= 1;
        }
        let done = self.work[i - 1];
        let pace = self.work[i] - done;
        let within = if pace > 0.0 { (target - done) / pace } else { 0.0 };
        ((i - 1) as f64 + within).max(start)
    }

    /// Whether anything is done between the times `day - 1` and `day`; beyond the table every day counts.
    #[must_use]
    #[inline]
    pub fn is_open(&self, day: usize) -> bool {
        day == 0 || day >= self.work.len() || self.work[day] > self.work[day - 1]
    }

    /// Working days between two times.
    #[must_use]
    pub fn worked_between(&self, from: f64, to: f64) -> f64 {
        let last = (self.work.len() - 1) as f64;
        let beyond = |t: f64| (t - last).max(0.0);
        self.worked(to.min(last)) + beyond(to) - self.worked(from.min(last)) - beyond(from)
    }

    fn worked(&self, time: f64) -> f64 {
        let i = (time.max(0.0).floor() as usize).min(self.work.len() - 2);
        let fraction = time.max(0.0) - i as f64;
        self.work[i] + fraction * (self.work[i + 1] - self.work[i])
    }
}

/// A quantity that steps by date: each entry holds from its day on.
#[derive(Debug, Clone, PartialEq)]
pub struct DateSteps(Vec<(Day, f64)>);

impl DateSteps {
    /// Steps in any order; before the first the value is 0.
    #[must_use]
    pub fn new(mut steps: Vec<(Day, f64)>) -> Self {
        steps.sort_by_key(|s| s.0);
        DateSteps(steps)
    }

    /// The same value on all days.
    #[must_use]
    pub fn always(value: f64) -> Self {
        DateSteps(vec![(Day(i32::MIN), value)])
    }

    /// The value in force on `day`: that of the latest step that is not after it, and 0 before all steps.
    #[must_use]
    pub fn at(&self, day: Day) -> f64 {
        let next = self.0.partition_point(|s| s.0 <= day);
        if next == 0 { 0.0 } else { self.0[next - 1].1 }
    }

    /// The largest value of any day.
    #[must_use]
    pub fn highest(&self) -> f64 {
        self.0.iter().map(|s| s.1).fold(0.0, f64::max)
    }

    /// The days of the steps, rising; that of a value of all days lies before all others.
    pub fn days(&self) -> impl Iterator<Item = Day> + '_ {
        self.0.iter().map(|s| s.0)
    }

    /// The day of the earliest step; `None` without steps.
    #[must_use]
    pub fn first_day(&self) -> Option<Day> {
        self.0.first().map(|s| s.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_and_dates_agree() {
        let d = Day::from_date(date(2026, 11, 27));
        assert_eq!(d.date(), date(2026, 11, 27));
        assert_eq!(d.weekday(), 4, "Black Friday is a Friday");
        assert_eq!(d.month(), 10);
        assert_eq!(Day::from_date(date(1970, 1, 1)), Day(0));
    }

    #[test]
    fn work_stops_while_closed() {
        let first = Day(100);
        let closure = Closure { from: Day(103), to: Day(105), pace: (0.0, 0.0) };
        let calendar = WorkCalendar::new(first, 20, &[], &[closure]);
        // Days 100, 101, 102 are worked, 103 to 105 are not.
        assert_eq!(calendar.finish(0.0, 2.5), 2.5);
        assert_eq!(calendar.finish(0.0, 3.5), 6.5);
        assert_eq!(calendar.finish(4.0, 1.0), 7.0);
        assert_eq!(calendar.finish(4.0, 0.0), 4.0);
        assert_eq!(calendar.finish(30.0, 5.0), 35.0, "beyond the table every day counts");
        assert_eq!(calendar.finish(0.0, 100.0), 103.0);
    }

    #[test]
    fn a_ramp_slows_work() {
        let closure = Closure { from: Day(0), to: Day(9), pace: (0.0, 1.0) };
        let calendar = WorkCalendar::new(Day(0), 30, &[], &[closure]);
        assert!((calendar.finish(0.0, 5.0) - 10.0).abs() < 1e-12, "half of ten days is done on the ramp");
    }

    #[test]
    fn weekends_close() {
        let monday = Day::from_date(date(2026, 11, 23));
        let calendar = WorkCalendar::new(monday, 30, &[5, 6], &[]);
        assert_eq!(calendar.finish(0.0, 5.0), 5.0);
        assert_eq!(calendar.finish(0.0, 6.0), 8.0);
    }

    #[test]
    fn steps_hold_from_their_day() {
        let steps = DateSteps::new(vec![(Day(20), 0.1), (Day(10), 0.24)]);
        assert_eq!([9, 10, 19, 20, 90].map(|d| steps.at(Day(d))), [0.0, 0.24, 0.24, 0.1, 0.1]);
        assert_eq!(steps.highest(), 0.24);
    }
}
