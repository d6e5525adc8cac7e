//! Which holidays and other events a forecast knows of, and which dates it would do better to know of.

use super::{format, text};
use restock_base::calendar::{Day, Occasion};
use restock_forecast::{Calendar, Panel, Recurring, recurring};
use std::collections::BTreeSet;

/// Dates that are named as a remedy, at most, and events that are listed.
const SHOWN: usize = 4;
const LISTED: usize = 30;

/// What is known of the calendar: events that the history has seen, those in the `ahead` periods after it (0 for a history alone), and those of
/// `holidays` whose dates are estimates. Then dates that sell much more or less year after year and that no event names.
#[must_use]
pub fn text(panel: &Panel, calendar: &Calendar, holidays: &[Occasion], ahead: usize, width: u16) -> String {
    let mut lines = known(panel, calendar, holidays, ahead);
    lines.extend(recurring(panel, calendar).iter().take(SHOWN).map(remedy));
    lines.iter().map(|l| text::wrapped(l, width) + "\n").collect()
}

fn known(panel: &Panel, calendar: &Calendar, holidays: &[Occasion], ahead: usize) -> Vec<String> {
    let end = panel.date(panel.periods);
    let last = panel.date(panel.periods + ahead);
    let within = |from: Day, to: Day| -> BTreeSet<&str> {
        let events = calendar.events.iter().filter(|e| e.0 >= from && e.0 < to);
        events.map(|e| e.1.as_str()).collect()
    };
    let (seen, coming) = (within(panel.first, end), within(end, last));
    if seen.is_empty() && coming.is_empty() {
        return Vec::new();
    }
    let names: Vec<&str> = seen.iter().copied().take(LISTED).collect();
    let more = seen.len() - names.len();
    let mut out = vec![format!(
        "Events, each with an effect of its own: {}{}.",
        if names.is_empty() { "none in the history".to_owned() } else { names.join(", ") },
        if more > 0 { format!(" and {more} more") } else { String::new() }
    )];
    if ahead > 0 {
        let next = coming.iter().map(|name| format!("{name} ({})", dates(&days_of(calendar, name, end, last))));
        let next: Vec<String> = next.collect();
        out.push(if next.is_empty() {
            "None of them is in the periods to come.".to_owned()
        } else {
            format!("To come: {}.", next.join(", "))
        });
    }
    let new: Vec<&str> = coming.difference(&seen).copied().collect();
    if !new.is_empty() {
        out.push(format!(
            "Not in the history, so that their effect is not known and none is taken: {}.",
            new.join(", ")
        ));
    }
    let estimated: BTreeSet<&str> = holidays
        .iter()
        .filter(|o| o.estimated && o.day >= panel.first && o.day < last.max(end))
        .map(|o| o.name.as_str())
        .collect();
    if !estimated.is_empty() {
        let names: Vec<&str> = estimated.into_iter().collect();
        out.push(format!(
            "Some dates of these are estimates, as the moon is looked for: a day earlier or later is possible: {}.",
            names.join(", ")
        ));
    }
    out
}

fn days_of(calendar: &Calendar, name: &str, from: Day, to: Day) -> Vec<Day> {
    let events = calendar.events.iter().filter(|e| e.1 == name && e.0 >= from && e.0 < to);
    let days: BTreeSet<Day> = events.map(|e| e.0).collect();
    days.into_iter().collect()
}

/// "27 Nov 26", or "1 Dec 26 to 23 Dec 26" for several.
fn dates(days: &[Day]) -> String {
    match days {
        [] => String::new(),
        [day] => format::date(*day),
        [first, .., last] => format!("{} to {}", format::date(*first), format::date(*last)),
    }
}

/// What a recurring date sold, and what would tell the forecast of it.
fn remedy(found: &Recurring) -> String {
    let years = found.years.iter().map(ToString::to_string).collect::<Vec<_>>();
    let years = match years.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => years.join(""),
    };
    let sold = match found.times {
        t if t >= 10.0 => format!("{t:.0} times the usual"),
        t if t > 1.0 => format!("{} times the usual", format::fixed(t, 1).trim_end_matches(".0")),
        t => format!("{} of the usual", format::share(t)),
    };
    let fixed = days_of_year(found);
    let (what, how) = match &found.known {
        None => (fixed, "name these days with `--events`".to_owned()),
        Some((name, countries)) => {
            let others = if countries.len() > 1 { " or another that has it" } else { "" };
            let country = format!(
                "name it with `--events`, or by the holidays of a country that has it (`--country {}`{others})",
                countries[0]
            );
            (if found.moves { format!("{name}, last on {fixed},") } else { format!("{fixed} ({name})") }, country)
        }
    };
    format!("{what} sold {sold} in {years}, and no event says so: {how}.")
}

/// "1 to 31 December", "28 November to 2 December", "14 February".
fn days_of_year(found: &Recurring) -> String {
    let (a, b) = (found.from.date(), found.to.date());
    let month = |d: jiff::civil::Date| MONTHS[d.month() as usize - 1];
    match () {
        () if a == b => format!("{} {}", a.day(), month(a)),
        () if a.month() == b.month() => format!("{} to {} {}", a.day(), b.day(), month(b)),
        () => format!("{} {} to {} {}", a.day(), month(a), b.day(), month(b)),
    }
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
