//! Public holidays and commerce days of countries: days on which people buy more or less than on others.
//!
//! The dates are in `assets/holidays/countries.txt`, written once by the script beside it, which names its sources and licence. Holidays are
//! those of the whole country; where they differ by state, of the most populous one (`CA` as in Ontario, `GB` as in England, `AU` as in New
//! South Wales), and without those of single states in `DE`, `US` and the others. Commerce days are Valentine's and Mother's Day, Easter
//! Sunday, Singles' Day, Black Friday, Cyber Monday, the weeks before Christmas and Ramadan, each where it is known.
//!
//! ```
//! use restock_base::calendar::{Day, country, occasions};
//!
//! let day = |text: &str| Day::from_date(text.parse().unwrap());
//! let uk = country("uk").unwrap();
//! let found = occasions(&[uk], day("2025-04-15"), day("2025-04-25")).unwrap();
//! let names: Vec<&str> = found.iter().map(|o| o.name.as_str()).collect();
//! assert_eq!(names, ["Good Friday", "Easter Sunday", "Easter Monday"]);
//! assert_eq!(found[1].day, day("2025-04-20"));
//! ```

use super::{Day, HOLIDAY_YEARS};
use jiff::civil::date;
use std::collections::BTreeMap;

const TABLE: &str = include_str!("../../../../assets/holidays/countries.txt");

/// A day of a holiday or a commerce day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// The day on which it falls.
    pub day: Day,
    /// Name of the holiday or event, alike in all years.
    pub name: String,
    /// Whether the day was not known when the table was made: where the moon is looked for, it may be a day earlier or later.
    pub estimated: bool,
}

/// A day of which the table does not know whether it is a holiday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutsideTable(pub Day);

impl std::fmt::Display for OutsideTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (first, last) = HOLIDAY_YEARS;
        write!(f, "holidays are known from {first} to {last}, and {} is needed", self.0)
    }
}

/// An event of one country, with its days and whether each is estimated.
struct Event {
    country: &'static str,
    name: &'static str,
    days: BTreeMap<Day, bool>,
}

/// Codes of the countries whose holidays are known, as of ISO 3166.
#[must_use]
pub fn countries() -> Vec<&'static str> {
    let mut out: Vec<&str> = rows().map(|r| r.0).collect();
    out.dedup();
    out
}

/// The code of a country as the table has it: `us` is `US`, and `UK` is `GB`. Absent where its holidays are not known.
#[must_use]
pub fn country(code: &str) -> Option<&'static str> {
    let code = if code.eq_ignore_ascii_case("UK") { "GB" } else { code };
    countries().into_iter().find(|c| c.eq_ignore_ascii_case(code))
}

/// Holidays and commerce days of the countries with these codes, from `first` to `last`, in order. What several of them have on the same days is one
/// event; what they have on other days, as Mother's Day, has the country in its name.
///
/// # Errors
///
/// The first day that the table does not cover.
pub fn occasions(codes: &[&str], first: Day, last: Day) -> Result<Vec<Occasion>, OutsideTable> {
    let (from, to) = covered();
    if let Some(day) = [first, last].into_iter().find(|d| *d < from || *d > to) {
        return Err(OutsideTable(day));
    }
    let events: Vec<Event> = events().filter(|e| codes.contains(&e.country)).collect();
    let mut out: Vec<Occasion> = Vec::new();
    for event in &events {
        let same: Vec<&Event> = events.iter().filter(|e| e.name == event.name).collect();
        let alike = same.iter().all(|e| e.days.keys().eq(event.days.keys()));
        if alike && same[0].country != event.country {
            continue;
        }
        let name = if alike { event.name.to_owned() } else { format!("{} ({})", event.name, event.country) };
        let days = event.days.range(first..=last);
        out.extend(days.map(|(day, estimated)| Occasion { day: *day, name: name.clone(), estimated: *estimated }));
    }
    out.sort_by(|a, b| (a.day, &a.name).cmp(&(b.day, &b.name)));
    Ok(out)
}

/// First and last day of the table.
#[must_use]
pub fn covered() -> (Day, Day) {
    (Day::from_date(date(HOLIDAY_YEARS.0, 1, 1)), Day::from_date(date(HOLIDAY_YEARS.1, 12, 31)))
}

/// Names of all events that come again, each with the countries that have it on these days, and the days.
#[must_use]
pub fn known_events() -> Vec<(&'static str, Vec<&'static str>, Vec<Day>)> {
    let mut out: Vec<(&str, Vec<&str>, Vec<Day>)> = Vec::new();
    for event in events() {
        let days: Vec<Day> = event.days.into_keys().collect();
        match out.iter_mut().find(|o| o.0 == event.name && o.2 == days) {
            Some(known) => known.1.push(event.country),
            None => out.push((event.name, vec![event.country], days)),
        }
    }
    out
}

/// Country, event and days of the table's rows, as they are written.
fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TABLE.lines().filter(|l| !l.starts_with('#')).filter_map(|line| {
        let (country, rest) = line.split_once('\t')?;
        let (name, days) = rest.split_once('\t')?;
        Some((country, name, days))
    })
}

fn events() -> impl Iterator<Item = Event> {
    rows().map(|(country, name, written)| Event { country, name, days: written.split(' ').flat_map(days).collect() })
}

/// Days of `24:0410+3~`: in 2024 three days from 10 April, estimated; of `09-40:1225`: every 25 December from 2009 to 2040.
fn days(written: &str) -> Vec<(Day, bool)> {
    let (years, rest) = written.split_once(':').unwrap_or((written, ""));
    let (first, last) = years.split_once('-').unwrap_or((years, years));
    let (rest, estimated) = rest.strip_suffix('~').map_or((rest, false), |r| (r, true));
    let (day, length) = rest.split_once('+').unwrap_or((rest, "1"));
    let number = |text: &str| text.parse::<i16>().ok();
    let spans = || Some((number(first)?, number(last)?, number(day)?, number(length)?));
    let Some((first, last, day, length)) = spans() else { return Vec::new() };
    let begins = (first..=last)
        .filter_map(|year| jiff::civil::Date::new(2000 + year, (day / 100) as i8, (day % 100) as i8).ok());
    begins.flat_map(|d| (0..i32::from(length)).map(move |i| (Day::from_date(d).plus(i), estimated))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        Day::from_date(text.parse().unwrap())
    }

    fn on(code: &str, text: &str) -> Vec<String> {
        let found = occasions(&[country(code).unwrap()], day(text), day(text)).unwrap();
        found.into_iter().map(|o| o.name).collect()
    }

    /// Dates that are known from elsewhere, at least one of each country.
    #[test]
    fn known_days_are_known() {
        let known = [
            ("US", "2024-11-28", "Thanksgiving Day"),
            ("US", "2024-11-29", "Black Friday"),
            ("US", "2024-12-02", "Cyber Monday"),
            ("US", "2025-04-20", "Easter Sunday"),
            ("US", "2025-05-11", "Mother's Day"),
            ("US", "2023-07-04", "Independence Day"),
            ("US", "2024-12-01", "Weeks before Christmas"),
            ("CA", "2024-10-14", "Thanksgiving Day"),
            ("CA", "2025-05-19", "Victoria Day"),
            ("MX", "2025-05-10", "Mother's Day"),
            ("MX", "2024-09-16", "Independence Day"),
            ("BR", "2025-03-04", "Carnival"),
            ("BR", "2024-11-20", "National Day of Zumbi and Black Awareness"),
            ("GB", "2025-03-30", "Mother's Day"),
            ("UK", "2024-08-26", "Late Summer Bank Holiday"),
            ("DE", "2024-10-03", "German Unity Day"),
            ("DE", "2025-06-09", "Pentecost Monday"),
            ("FR", "2025-05-25", "Mother's Day"),
            ("FR", "2023-06-04", "Mother's Day"),
            ("FR", "2024-07-14", "National Day"),
            ("IT", "2024-08-15", "Assumption Of Mary Day"),
            ("ES", "2025-05-04", "Mother's Day"),
            ("ES", "2022-12-25", "Christmas Day"),
            ("ES", "2025-01-06", "Epiphany"),
            ("NL", "2025-04-26", "King's Day"),
            ("PL", "2025-06-19", "Corpus Christi"),
            ("TR", "2024-04-10", "Eid al-Fitr"),
            ("TR", "2024-10-29", "Republic Day"),
            ("AE", "2024-04-10", "Eid al-Fitr"),
            ("AE", "2024-12-02", "National Day"),
            ("SA", "2024-04-10", "Eid al-Fitr"),
            ("SA", "2025-03-01", "Ramadan"),
            ("SA", "2024-09-23", "National Day"),
            ("IN", "2024-10-31", "Diwali"),
            ("IN", "2036-10-19", "Diwali"),
            ("IN", "2025-03-14", "Holi"),
            ("ID", "2025-03-31", "Eid al-Fitr"),
            ("ID", "2024-08-17", "Independence Day"),
            ("CN", "2025-01-29", "Chinese New Year"),
            ("CN", "2024-10-07", "National Day"),
            ("CN", "2024-11-11", "Singles' Day"),
            ("JP", "2024-05-05", "Children's Day"),
            ("JP", "2024-05-06", "Day in lieu"),
            ("KR", "2024-09-17", "Chuseok"),
            ("KR", "2025-01-29", "Korean New Year"),
            ("SG", "2025-01-29", "Chinese New Year"),
            ("SG", "2024-08-09", "National Day"),
            ("AU", "2025-04-25", "ANZAC Day"),
            ("AU", "2024-06-10", "Sovereign's Birthday"),
        ];
        for (code, text, name) in known {
            assert!(on(code, text).iter().any(|n| n == name), "{code} {text}: {:?}", on(code, text));
        }
        let tried: std::collections::BTreeSet<&str> = known.iter().filter_map(|k| country(k.0)).collect();
        assert_eq!(tried.len(), countries().len(), "one of each country");
        assert!(on("US", "2024-11-27").is_empty() && on("CN", "2024-11-29").is_empty());
    }

    /// Every row is read whole: days of all years, none outside the table, each country with New Year and something in each year.
    #[test]
    fn the_table_is_whole() {
        assert_eq!(countries().len(), 21);
        let (first, last) = covered();
        for event in events() {
            let written = rows().find(|r| (r.0, r.1) == (event.country, event.name)).unwrap().2;
            assert!(written.split(' ').all(|w| !days(w).is_empty()), "{} {}", event.country, event.name);
            // A span may go on into the next year.
            assert!(event.days.keys().all(|d| *d >= first && *d <= last.plus(6)), "{} {}", event.country, event.name);
        }
        for code in countries() {
            for year in HOLIDAY_YEARS.0..=HOLIDAY_YEARS.1 {
                let of_year = |m: i8, d: i8| Day::from_date(date(year, m, d));
                let n = occasions(&[code], of_year(1, 1), of_year(12, 31)).unwrap().len();
                assert!(n >= 8, "{code} {year}: {n}");
            }
        }
        // Of the moon: Eid comes 33 times in 32 years, 354 or 355 days apart.
        let eids: Vec<Day> = events()
            .find(|e| e.country == "ID" && e.name == "Eid al-Fitr")
            .unwrap()
            .days
            .into_keys()
            .collect::<Vec<Day>>()
            .chunks(2)
            .map(|c| c[0])
            .collect();
        assert_eq!(eids.len(), 33);
        assert!(eids.windows(2).all(|w| (353..=356).contains(&(w[1].0 - w[0].0))), "{eids:?}");
    }

    #[test]
    fn countries_share_what_falls_on_the_same_days() {
        let both = occasions(&["US", "GB"], day("2024-01-01"), day("2024-12-31")).unwrap();
        let of = |name: &str| both.iter().filter(|o| o.name == name).map(|o| o.day).collect::<Vec<Day>>();
        assert_eq!(of("Christmas Day"), [day("2024-12-25")]);
        assert_eq!(of("Mother's Day (GB)"), [day("2024-03-10")]);
        assert_eq!(of("Mother's Day (US)"), [day("2024-05-12")]);
        assert_eq!(of("Thanksgiving Day"), [day("2024-11-28")]);
        assert!(both.windows(2).all(|w| w[0].day <= w[1].day));
    }

    #[test]
    fn the_moon_is_estimated_and_the_years_end() {
        let of = |code: &str, text: &str| occasions(&[code], day(text), day(text)).unwrap();
        assert!(of("SA", "2030-02-04").iter().any(|o| o.name == "Eid al-Fitr" && o.estimated));
        assert!(of("AE", "2024-04-10").iter().any(|o| o.name == "Eid al-Fitr" && !o.estimated));
        assert!(of("US", "2040-11-22").iter().all(|o| !o.estimated));
        let late = occasions(&["US"], day("2040-01-01"), day("2041-01-01")).unwrap_err();
        assert_eq!(late.to_string(), "holidays are known from 2009 to 2040, and 2041-01-01 is needed");
        assert!(occasions(&["US"], day("2008-12-31"), day("2010-01-01")).is_err());
    }
}
