//! How items stand at the end of their history, where that makes their forecast what it is: they are discontinued, have stopped, sell at a new
//! level, grow or shrink, or are new.

use super::format;
use super::outlook::{Material, units};
use restock_forecast::classes::pattern;

/// Items of a kind that are named.
const NAMED: usize = 5;

/// A sentence for each kind of item that there is among `shown`.
pub(super) fn notes(m: &Material<'_>, shown: &[usize]) -> Vec<String> {
    [discontinued(m), stopped(m, shown), new_levels(m, shown), growing(m, shown), young(m, shown)]
        .into_iter()
        .flatten()
        .collect()
}

/// Chance that an item has ended, where it has not sold for longer than chance explains.
pub(super) fn ended(m: &Material<'_>, item: usize) -> Option<f64> {
    m.ended.get(item).copied().flatten().filter(|p| *p >= 0.1 && m.history.stopped.iter().any(|s| s.item == item))
}

/// What is known of the end of an item: `discontinued`, or from when on.
pub(super) fn known_end(m: &Material<'_>, item: usize) -> Option<String> {
    let item = &m.sold().items[item];
    let last = item.discontinued?;
    Some(match item.has_ended(m.sold()) {
        true => "discontinued".to_owned(),
        // With the whole year: it stands in a heading.
        false => format!("discontinued after {last}"),
    })
}

/// Items that are discontinued, shown or not: little or nothing is expected of them.
fn discontinued(m: &Material<'_>) -> Option<String> {
    let said = (0..m.sold().items.len()).filter_map(|i| {
        let end = known_end(m, i)?;
        Some(format!("{} is {end}", m.sold().items[i].name))
    });
    Some(listed(said)? + ": nothing is expected afterwards.")
}

fn stopped(m: &Material<'_>, shown: &[usize]) -> Option<String> {
    let noun = m.sold().step.noun();
    let said = m.history.stopped.iter().filter(|s| shown.contains(&s.item)).map(|s| {
        let fate = match ended(m, s.item) {
            Some(chance) => format!("it has ended on {} of paths", format::share(chance)),
            None => "it goes on, as others did after such a pause".to_owned(),
        };
        let name = &m.sold().items[s.item].name;
        let silent = format::counted(s.periods, noun);
        format!("{name} has not sold for {silent}, in which {} units were expected: {fate}", units(s.expected))
    });
    let said = listed(said)?;
    Some(format!("{said}. Ended, or out of stock? `--in-stock` or `--on-hand` tells stock-outs."))
}

fn new_levels(m: &Material<'_>, shown: &[usize]) -> Option<String> {
    let said = shown.iter().filter_map(|i| {
        let item = &m.sold().items[*i];
        let held = (!item.units.is_empty()).then(|| m.spikes().model.item(*i).held()).flatten()?;
        let since = format::date(m.sold().date(item.start + held.since));
        let times = if held.ratio > 1.0 { format::fixed(held.ratio, 1) } else { format::share(held.ratio) };
        let what = if held.ratio > 1.0 { format!("{times} times as much") } else { format!("{times} of what it sold") };
        Some(format!("{} sells {what} since {since}: {} of that is believed", item.name, format::share(held.believed)))
    });
    listed(said).map(|s| s + ".")
}

/// Items whose sales have grown, or shrunk, for a year and a half or longer, where some of that goes on.
fn growing(m: &Material<'_>, shown: &[usize]) -> Option<String> {
    let said = shown.iter().filter_map(|i| {
        let item = &m.sold().items[*i];
        let trend = (!item.units.is_empty()).then(|| m.spikes().model.item(*i).trend()).flatten()?;
        let a_year = trend.a_year();
        let what = if a_year > 0.0 { "grown" } else { "shrunk" };
        let (by, believed) = (format::share(a_year.abs()), format::share(trend.believed));
        Some(format!("{} has {what} by {by} a year: {believed} of that is taken to go on", item.name))
    });
    listed(said).map(|s| s + ".")
}

/// Items with less than two weeks, or cycles, of history among others.
fn young(m: &Material<'_>, shown: &[usize]) -> Option<String> {
    let (step, all) = (m.sold().step, &m.sold().items);
    let enough = step.cycle().min(14);
    let said = shown.iter().map(|i| &all[*i]).filter_map(|item| {
        let known = item.units.iter().position(|y| *y > 0.0).map(|first| item.units.len() - first)?;
        let few = known < enough && all.len() > 1;
        let sold = format::counted(known, step.noun());
        few.then(|| format!("{} is new: it has sold for {sold} ({} so far)", item.name, pattern(item).class.name()))
    });
    Some(listed(said)? + "; items like it speak for it.")
}

/// Joined by semicolons; how many more there are.
fn listed(said: impl Iterator<Item = String>) -> Option<String> {
    let all: Vec<String> = said.collect();
    let more = all.len().saturating_sub(NAMED);
    let mut text = all.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join("; ");
    if more > 0 {
        text += &format!("; and {more} more");
    }
    (!all.is_empty()).then_some(text)
}
