//! Factory calendars: Chinese New Year, Tet and Golden Week, with their ramps.
//!
//! The dates are facts of the lunar calendar. How long output stops and how it comes back are
//! parameters with a source, listed in `docs/assumptions.md` under `calendar`.

use super::{Closure, Day};
use jiff::civil::date;

/// First and last year of the table of lunar new years.
pub const YEARS: (i16, i16) = (2009, 2040);

/// Chinese New Year as (month, day), from 2009.
const CHINESE_NEW_YEAR: [(i8, i8); 32] = [
    (1, 26),
    (2, 14),
    (2, 3),
    (1, 23),
    (2, 10),
    (1, 31),
    (2, 19),
    (2, 8), // 2009 to 2016
    (1, 28),
    (2, 16),
    (2, 5),
    (1, 25),
    (2, 12),
    (2, 1),
    (1, 22),
    (2, 10), // 2017 to 2024
    (1, 29),
    (2, 17),
    (2, 6),
    (1, 26),
    (2, 13),
    (2, 3),
    (1, 23),
    (2, 11), // 2025 to 2032
    (1, 31),
    (2, 19),
    (2, 8),
    (1, 28),
    (2, 15),
    (2, 4),
    (1, 24),
    (2, 12), // 2033 to 2040
];

/// Calendars that a stage can name without defining them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltIn {
    /// Chinese New Year and Golden Week stop it.
    ChinaFactory,
    /// Tet stops it.
    VietnamFactory,
    /// Saturdays and Sundays do not count.
    BusinessDays,
}

impl BuiltIn {
    /// Every built-in calendar.
    pub const ALL: [BuiltIn; 3] = [BuiltIn::ChinaFactory, BuiltIn::VietnamFactory, BuiltIn::BusinessDays];

    /// The name in a scenario file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            BuiltIn::ChinaFactory => "cn-factory",
            BuiltIn::VietnamFactory => "vn-factory",
            BuiltIn::BusinessDays => "business-days",
        }
    }

    /// Weekdays on which nothing is done (Monday is 0).
    #[must_use]
    pub fn closed_weekdays(self) -> &'static [usize] {
        match self {
            BuiltIn::BusinessDays => &[5, 6],
            BuiltIn::ChinaFactory | BuiltIn::VietnamFactory => &[],
        }
    }

    /// Every closure of the table's years.
    #[must_use]
    pub fn closures(self) -> Vec<Closure> {
        let mut out = Vec::new();
        for (i, &(month, day)) in CHINESE_NEW_YEAR.iter().enumerate() {
            let year = YEARS.0 + i as i16;
            let new_year = Day::from_date(date(year, month, day));
            match self {
                BuiltIn::ChinaFactory => {
                    // Last output about eight days before, restart about eight days after; slower for
                    // two weeks before and coming back over eighteen days.
                    out.extend(around(new_year, 8, 7, (14, 0.7), (18, 0.3)));
                    let october = Day::from_date(date(year, 10, 1));
                    out.push(Closure { from: october, to: october.plus(6), pace: (0.0, 0.0) });
                }
                BuiltIn::VietnamFactory => {
                    // Tet falls a day before the Chinese date in 2030, for Hanoi's time zone.
                    let tet = if year == 2030 { new_year.plus(-1) } else { new_year };
                    out.extend(around(tet, 4, 5, (7, 0.7), (10, 0.5)));
                }
                BuiltIn::BusinessDays => {}
            }
        }
        out
    }
}

/// Closed from `before` days before to `after` days after; a slow-down of (days, pace) leading in, and
/// a ramp of (days, first pace) leading out.
fn around(new_year: Day, before: i32, after: i32, slow: (i32, f64), ramp: (i32, f64)) -> [Closure; 3] {
    let (from, to) = (new_year.plus(-before), new_year.plus(after));
    [
        Closure { from: from.plus(-slow.0), to: from.plus(-1), pace: (slow.1, slow.1) },
        Closure { from, to, pace: (0.0, 0.0) },
        Closure { from: to.plus(1), to: to.plus(ramp.0), pace: (ramp.1, 1.0) },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::WorkCalendar;

    #[test]
    fn the_table_is_within_its_astronomical_bounds() {
        // A lunar new year falls between 21 January and 20 February, and years are 12 or 13 moons apart.
        let days: Vec<Day> = CHINESE_NEW_YEAR
            .iter()
            .enumerate()
            .map(|(i, &(m, d))| Day::from_date(date(YEARS.0 + i as i16, m, d)))
            .collect();
        for d in &days {
            let (m, n) = (d.date().month(), d.date().day());
            assert!((m == 1 && n >= 21) || (m == 2 && n <= 20), "{d}");
        }
        for pair in days.windows(2) {
            let gap = pair[1].0 - pair[0].0;
            assert!((353..=355).contains(&gap) || (383..=385).contains(&gap), "{} after {}", gap, pair[0]);
        }
    }

    #[test]
    fn an_order_before_new_year_waits_for_the_factory() {
        let first = Day::from_date(date(2026, 2, 1));
        let closures = BuiltIn::ChinaFactory.closures();
        let calendar = WorkCalendar::new(first, 400, &[], &closures);
        // From 8 February (nine days before New Year, at 0.7 of the pace) ten days of work take more than a month.
        let start = 7.0;
        let took = calendar.finish(start, 10.0) - start;
        assert!((30.0..40.0).contains(&took), "{took}");
    }
}
