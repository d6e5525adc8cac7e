//! Dates on which a panel sells much more, or much less, than is usual around them, year after year: what an events file, or the holidays of a
//! country, would tell a forecast.
//!
//! All items together are held against the median of the half year around each period, by weekday. A date counts if it differs by
//! [`MORE`] or [`LESS`] in every year that the panel has of it, two at least, and by more than chance does. The smooth wave of a year is no
//! such date: a stretch ends at [`LONGEST`] days, and must stand out of what is before or after it.

use super::{Calendar, Panel, Step};
use restock_base::calendar::{Day, known_events};
use std::collections::BTreeSet;

/// Dates that come again, and what is sold on them.
#[derive(Debug, Clone, PartialEq)]
pub struct Recurring {
    /// First day as it was last time.
    pub from: Day,
    /// Last day as it was last time.
    pub to: Day,
    /// Units over the usual ones.
    pub times: f64,
    /// Years in which it was so.
    pub years: Vec<i16>,
    /// The event that these are the days of, and the countries whose holidays have it.
    pub known: Option<(&'static str, Vec<&'static str>)>,
    /// Whether the dates are others each year.
    pub moves: bool,
    /// Units more or less than usual, in all years.
    excess: f64,
    periods: BTreeSet<usize>,
}

/// Times the usual from which on, and up to which, a date differs much.
const MORE: f64 = 1.75;
const LESS: f64 = 0.4;

/// Standard deviations of what chance makes of a date in a year.
const BEYOND_CHANCE: f64 = 4.0;

/// Days of the longest stretch, and of what is before and after it.
const LONGEST: i32 = 45;
const BESIDE: i32 = 14;

/// Share of a stretch that an event must cover to be its name, and share of its days that a calendar must know for it to need none.
const COVERS: f64 = 0.7;

/// A panel's units by period, and what is usual.
struct Totals<'a> {
    panel: &'a Panel,
    units: Vec<f64>,
    usual: Vec<f64>,
    /// Variance over the mean of a period's units.
    scatter: f64,
}

/// Dates of `panel` that recur and that no event of `calendar` names; those that matter most come first. Months have a cycle of their own.
#[must_use]
pub fn recurring(panel: &Panel, calendar: &Calendar) -> Vec<Recurring> {
    if panel.step == Step::Month || (panel.periods as f64) < panel.step.per_year() {
        return Vec::new();
    }
    let totals = Totals::of(panel);
    let mut found = totals.stretches();
    for event in known_events() {
        totals.add_known(&event, &mut found);
    }
    found.retain(|r| !totals.is_told(r, calendar));
    found.sort_by(|a, b| b.excess.abs().total_cmp(&a.excess.abs()));
    found
}

impl<'a> Totals<'a> {
    fn of(panel: &'a Panel) -> Self {
        let mut units = vec![0.0; panel.periods];
        for item in &panel.items {
            for (sum, y) in units[item.start..].iter_mut().zip(&item.units) {
                *sum += y;
            }
        }
        let cycle = if panel.step == Step::Day { 7 } else { 1 };
        let places: Vec<usize> = (0..panel.periods).map(|t| if cycle > 1 { panel.season(t) } else { 0 }).collect();
        let weights = weekdays(&units, &places, cycle);
        let half = (panel.step.per_year() / 4.0) as usize;
        let usual: Vec<f64> = (0..panel.periods)
            .map(|t| {
                let (from, to) = (t.saturating_sub(half), (t + half + 1).min(panel.periods));
                let open = (from..to).filter(|i| weights[places[*i]] > 0.0);
                usual_of(open.map(|i| units[i] / weights[places[i]]).collect()) * weights[places[t]]
            })
            .collect();
        let off = units.iter().zip(&usual).filter(|(_, u)| **u > 0.0);
        let deviation = median(off.map(|(y, u)| (y - u).abs() / u.sqrt()).collect()) / 0.6745;
        Totals { panel, units, usual, scatter: deviation * deviation }
    }

    /// Units and usual units of some periods.
    fn sums(&self, periods: &[usize]) -> (f64, f64) {
        periods.iter().fold((0.0, 0.0), |s, t| (s.0 + self.units[*t], s.1 + self.usual[*t]))
    }

    /// Whether some periods sold much more (1) or much less (-1) than usual, and more than chance makes of it; else 0.
    fn differs(&self, periods: &[usize]) -> i32 {
        let (sold, usual) = self.sums(periods);
        let by_chance = BEYOND_CHANCE * (self.scatter * usual).sqrt();
        match sold / usual {
            _ if usual <= 0.0 => 0,
            ratio if ratio >= MORE && sold - usual > by_chance => 1,
            ratio if ratio <= LESS && usual - sold > by_chance => -1,
            _ => 0,
        }
    }

    /// What the same dates of several years have in common, if they all differ alike.
    fn alike(&self, years: &[Vec<usize>]) -> Option<Recurring> {
        let first = self.differs(years.first()?);
        if years.len() < 2 || first == 0 || years.iter().any(|y| self.differs(y) != first) {
            return None;
        }
        let (sold, usual) = self.sums(&years.concat());
        let last = years.last()?;
        Some(Recurring {
            from: self.panel.date(last[0]),
            to: self.panel.date(last[last.len() - 1] + 1).plus(-1),
            times: sold / usual,
            years: years.iter().map(|y| self.panel.date(y[0]).date().year()).collect(),
            known: None,
            moves: false,
            excess: sold - usual,
            periods: years.iter().flatten().copied().collect(),
        })
    }

    /// Length of a period in days.
    fn days(&self) -> i32 {
        if self.panel.step == Step::Day { 1 } else { 7 }
    }

    /// Stretches of the year that differ.
    fn stretches(&self) -> Vec<Recurring> {
        let days = self.days();
        let places = 365 / days;
        // Day of a common year of a period's middle, so that a date has one place in all years; the last place takes what is left over.
        let place = |t: usize| {
            let middle = self.panel.date(t).plus(days / 2).date();
            let common = i32::from(middle.day_of_year_no_leap().unwrap_or(59));
            ((common - 1) / days).min(places - 1)
        };
        let mut by_place: Vec<(f64, f64)> = vec![(0.0, 0.0); places as usize];
        for t in 0..self.panel.periods {
            let sum = &mut by_place[place(t) as usize];
            *sum = (sum.0 + self.units[t], sum.1 + self.usual[t]);
        }
        let ratio: Vec<f64> = by_place.iter().map(|(y, u)| if *u > 0.0 { y / u } else { 1.0 }).collect();
        let mut found = Vec::new();
        for high in [true, false] {
            let odd = |p: i32| {
                let r = ratio[p.rem_euclid(places) as usize];
                if high { r > (1.0 + MORE) / 2.0 } else { r < (1.0 + LESS) / 2.0 }
            };
            let begins = (0..places).filter(|p| odd(*p) && !odd(p - 1));
            for first in begins {
                let length = (0..places).take_while(|i| odd(first + i)).count() as i32;
                if length * days <= LONGEST {
                    found.extend(self.stretch(&place, places, (first, length)));
                }
            }
        }
        found
    }

    /// The stretch of so many places from `first` on, if it differs in every year and stands out of what is around it.
    fn stretch(&self, place: &dyn Fn(usize) -> i32, places: i32, (first, length): (i32, i32)) -> Option<Recurring> {
        let within = |t: usize, from: i32, length: i32| (place(t) - from).rem_euclid(places) < length;
        let years = self.runs(&|t| within(t, first, length));
        // A year that the panel has in part says nothing.
        let whole: Vec<Vec<usize>> = years.into_iter().filter(|y| y.len() as i32 >= length).collect();
        let found = self.alike(&whole)?;
        // One day that lies elsewhere each year makes no stretch of all these days.
        let odd = |t: &&usize| {
            let ratio = self.units[**t] / self.usual[**t];
            if found.times > 1.0 { ratio > (1.0 + MORE) / 2.0 } else { ratio < (1.0 + LESS) / 2.0 }
        };
        if whole.iter().any(|year| 2 * year.iter().filter(odd).count() < year.len()) {
            return None;
        }
        let beside = (BESIDE / self.days()).max(1);
        let ratio = |from: i32| {
            let (sold, usual) = self.sums(&self.runs(&|t| within(t, from, beside)).concat());
            if usual > 0.0 { sold / usual } else { 1.0 }
        };
        let around = [ratio(first - beside), ratio(first + length)];
        let stands_out = if found.times > 1.0 {
            found.times >= MORE * around[0].min(around[1])
        } else {
            found.times <= LESS * around[0].max(around[1])
        };
        stands_out.then_some(found)
    }

    /// Periods for which `is` holds, run by run.
    fn runs(&self, is: &dyn Fn(usize) -> bool) -> Vec<Vec<usize>> {
        let mut out: Vec<Vec<usize>> = Vec::new();
        for t in (0..self.panel.periods).filter(|t| is(*t)) {
            match out.last_mut() {
                Some(run) if run.last() == Some(&(t - 1)) => run.push(t),
                _ => out.push(vec![t]),
            }
        }
        out
    }

    /// Adds an event of the countries' holidays if its days differ: as the name of a stretch that it covers, or by itself where no stretch says
    /// as much.
    fn add_known(&self, event: &(&'static str, Vec<&'static str>, Vec<Day>), found: &mut Vec<Recurring>) {
        let (name, countries, days) = event;
        let periods: BTreeSet<i64> = days.iter().map(|d| self.panel.period_of(*d)).collect();
        let Some(own) = self.alike(&self.runs(&|t| periods.contains(&(t as i64)))) else { return };
        let moves = {
            let of = |d: &Day| (d.date().month(), d.date().day());
            days.iter().map(of).collect::<BTreeSet<_>>().len() as i32 > own.to.0 - own.from.0 + 1
        };
        let own = Recurring { known: Some((name, countries.clone())), moves, ..own };
        let shared = |r: &Recurring| r.periods.intersection(&own.periods).count() as f64;
        let part = |r: &Recurring| shared(r) / own.periods.len() as f64;
        match found.iter_mut().find(|r| part(r) >= COVERS) {
            Some(r) if shared(r) >= COVERS * r.periods.len() as f64 => {
                let better = r.known.as_ref().is_none_or(|k| k.1.len() < countries.len());
                if better {
                    (r.known, r.moves) = (own.known, own.moves);
                }
            }
            // What stands out of its stretch is one of its own.
            Some(r) if own.times < MORE * r.times => {}
            _ => found.push(own),
        }
    }

    /// Whether the calendar has events on these days, each year.
    fn is_told(&self, found: &Recurring, calendar: &Calendar) -> bool {
        let events: BTreeSet<i64> = calendar.events.iter().map(|e| self.panel.period_of(e.0)).collect();
        let told = found.periods.iter().filter(|t| events.contains(&(**t as i64))).count();
        told as f64 >= COVERS * found.periods.len() as f64
    }
}

/// Mean of each place of the cycle over the mean of all.
fn weekdays(units: &[f64], places: &[usize], cycle: usize) -> Vec<f64> {
    let all = units.iter().sum::<f64>() / units.len().max(1) as f64;
    (0..cycle)
        .map(|place| {
            let own: Vec<f64> = units.iter().zip(places).filter(|(_, p)| **p == place).map(|(y, _)| *y).collect();
            if all > 0.0 { own.iter().sum::<f64>() / own.len().max(1) as f64 / all } else { 1.0 }
        })
        .collect()
}

/// Mean of the values that differ from their median by less than a date would have to.
fn usual_of(values: Vec<f64>) -> f64 {
    let middle = median(values.clone());
    let like = || values.iter().filter(|v| **v > LESS * middle && **v < MORE * middle);
    let n = like().count();
    if n > 0 { like().sum::<f64>() / n as f64 } else { middle }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    restock_base::stats::interval::quantile(&values, 0.5).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Item;
    use restock_base::rng::Stream;

    fn day(text: &str) -> Day {
        Day::from_date(text.parse().unwrap())
    }

    /// Three years of Poisson demand about `mean` of a day.
    fn panel(first: &str, days: usize, mean: impl Fn(Day) -> f64) -> Panel {
        let (first, stream) = (day(first), Stream::new(5, "recurring", "test", ""));
        let draw = |t: usize| {
            let mean = mean(first.plus(t as i32));
            restock_base::law::negative_binomial(mean, None, &mut stream.at(0, t as i32, 0)) as f64
        };
        let items = vec![Item::new("item", 0, (0..days).map(draw).collect())];
        Panel { first, step: Step::Day, periods: days, items }
    }

    #[test]
    fn a_month_that_is_different_is_found_and_named() {
        let of = |d: Day| if d.date().month() == 12 { 60.0 } else { 10.0 };
        let found = recurring(&panel("2022-11-01", 1096, of), &Calendar::default());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].from, found[0].to), (day("2024-12-01"), day("2024-12-31")));
        assert_eq!(found[0].years, [2022, 2023, 2024]);
        assert!((found[0].times - 6.0).abs() < 0.4, "{}", found[0].times);
        assert_eq!(found[0].known.as_ref().unwrap().0, "Weeks before Christmas");
    }

    /// Black Friday is on another date each year; the calendar of a country knows it, and then nothing is left to be said.
    #[test]
    fn moving_days_are_found_by_their_names() {
        let friday = [day("2022-11-25"), day("2023-11-24"), day("2024-11-29")];
        let sales = panel("2022-01-01", 1096, |d| if friday.contains(&d) { 50.0 } else { 10.0 });
        let found = recurring(&sales, &Calendar::default());
        let names: Vec<&str> = found.iter().map(|r| r.known.as_ref().unwrap().0).collect();
        assert_eq!(names, ["Black Friday"]);
        assert!(found[0].moves && found[0].to == day("2024-11-29"));
        assert!(found[0].known.as_ref().unwrap().1.contains(&"US"));
        let mut calendar = Calendar::plain(28);
        calendar.observe(&["US"], &sales).unwrap();
        assert_eq!(recurring(&sales, &calendar), []);
    }

    /// A wave of the year, noise alone, one odd December and a shop that is closed on Sundays: nothing of that recurs on dates.
    #[test]
    fn what_does_not_recur_is_not_found() {
        let wave = |d: Day| 10.0 * (1.0 + 0.6 * (f64::from(d.date().day_of_year()) / 58.1).cos());
        let once = |d: Day| if (d.date().year(), d.date().month()) == (2023, 12) { 60.0 } else { 10.0 };
        let closed = |d: Day| if d.weekday() == 6 { 0.0 } else { 12.0 };
        for (what, found) in [
            ("wave", recurring(&panel("2022-01-01", 1096, wave), &Calendar::default())),
            ("noise", recurring(&panel("2022-01-01", 1096, |_| 5.0), &Calendar::default())),
            ("once", recurring(&panel("2022-01-01", 1096, once), &Calendar::default())),
            ("closed", recurring(&panel("2022-01-01", 1096, closed), &Calendar::default())),
            ("one year", recurring(&panel("2024-01-01", 400, once), &Calendar::default())),
        ] {
            assert_eq!(found, [], "{what}");
        }
    }

    #[test]
    fn closed_holidays_and_weeks_are_found() {
        let shut = |d: Day| if (d.date().month(), d.date().day()) == (12, 25) { 0.0 } else { 30.0 };
        let found = recurring(&panel("2022-01-01", 1096, shut), &Calendar::default());
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].times, found[0].known.as_ref().unwrap().0), (0.0, "Christmas Day"));

        let weeks = |first: Day| {
            let of = |t: usize| {
                let middle = first.plus(7 * t as i32 + 3).date();
                if middle.month() == 7 && middle.day() <= 21 { 300.0 } else { 100.0 + (t * 7 % 11) as f64 }
            };
            let items = vec![Item::new("item", 0, (0..160).map(of).collect())];
            Panel { first, step: Step::Week, periods: 160, items }
        };
        let found = recurring(&weeks(day("2022-01-03")), &Calendar::default());
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].known.is_none() && found[0].from.date().month() == 7 && found[0].years.len() == 3);
    }
}
