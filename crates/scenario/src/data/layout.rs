//! Entries laid out as a panel: which periods they lie in, which of these are whole, and each item's series from its first sale on.

use super::columns::{Columns, Unfinished};
use super::entries::{Days, Entries, Entry};
use super::periods;
use super::repairs::Repairs;
use super::rows::rounded;
use jiff::ToSpan;
use restock_base::calendar::Day;
use restock_base::diag::{Code, Diagnostic, Diagnostics};
use restock_forecast::{Item, Panel, Shelf, Step};
use std::collections::HashMap;

/// Longest history, in days: a longer one is a date gone wrong.
const LONGEST: i32 = 100_000;

/// How large a panel would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Items of the panel.
    pub items: usize,
    /// Periods from the first to the last date.
    pub periods: usize,
    /// Periods of each item from its first sale on, together.
    pub item_periods: usize,
    /// Length of a period.
    pub step: Step,
}

/// Says why there is no room for a panel of that size, if there is none.
pub type Room<'a> = &'a dyn Fn(Size) -> Result<(), String>;

/// Most item-periods that there is room for where nobody knows better: 2 GB.
const MOST: usize = 250_000_000;

/// Room where nobody knows better: for a quarter of a billion item-periods, which are 2 GB.
///
/// # Errors
///
/// How many are read.
pub fn usual_room(size: Size) -> Result<(), String> {
    if size.item_periods > MOST { Err(format!("at most {MOST} are read")) } else { Ok(()) }
}

/// Entries, and the periods that they lie in.
pub(super) struct Periods {
    entries: Entries,
    days: Days,
    /// The panel, without items as yet.
    panel: Panel,
    /// Days are added up.
    finer: bool,
}

/// Settles the periods that entries lie in. Also the period that has begun when the file ends, if it was left out: its first day and units.
pub(super) fn lay_out(
    file: &str,
    mut entries: Entries,
    (quarters, week_ends): (bool, bool),
    names: &Columns,
    repairs: &mut Repairs,
    reading: &mut Vec<String>,
) -> Result<(Periods, Option<(Day, f64)>), Diagnostics> {
    let refuse =
        |code: Code, message: String, hint: &str| Diagnostics::only(Diagnostic::error(code, message).hint(hint));
    let mut days = entries.days();
    let Some((first, last)) = days.span() else {
        let message = format!("`{file}` has no sales");
        return Err(refuse(Code::HistoryEmpty, message, "check the columns of the file"));
    };
    if last.0 - first.0 >= LONGEST {
        let message = format!("`{file}` spans {} days, from {first} to {last}", last.0 - first.0 + 1);
        return Err(refuse(Code::HistoryBad, message, "one of the two dates is wrong"));
    }
    let found = periods::judge(days.all().map(|d| d.0), quarters);
    let step = names.every.unwrap_or(found.step);
    if step == found.step {
        reading.extend(found.said.map(str::to_owned));
    }
    if step == Step::Week && found.shifted > 0 {
        let usual = periods::usual_weekday(days.all());
        let text =
            format!("{} dates lie off the weekday that the other weeks have, and were moved to it", found.shifted);
        let off = entries.iter().filter(|e| e.day.weekday() != usual).map(|e| e.number);
        repairs.say(text, "nothing needs to be done").changed().at(off);
        entries.weekday = Some(usual);
        days = entries.days();
    }
    if matches!(step, Step::Day | Step::Week)
        && step == found.step
        && let Some(stride) = periods::odd_stride(days.sold())
    {
        let text = format!(
            "dates lie {stride} days apart throughout: what sold in {stride} days stands as that of a single {}, and nothing in between",
            step.noun()
        );
        repairs.say(text, "add it up to a period that the file has, as `--every month` does");
    }
    if week_ends && found.step == Step::Week {
        entries.moved = -6;
        days = entries.days();
        reading.push("weeks by their last day".into());
    }
    let finer = step != Step::Day && found.step != step;
    let unfinished = if finer { leave_out(&mut entries, &mut days, step, names, repairs) } else { None };
    let Some((first, last)) = days.span() else {
        let message = format!("`{file}` covers no whole {}", step.noun());
        return Err(refuse(Code::HistoryEmpty, message, "give shorter periods with `--every`"));
    };
    // A month begins on its first day; a week on the first date's weekday, or on Monday where days are added up to weeks.
    let first = match step {
        Step::Day => first,
        Step::Week if found.step == Step::Week => first,
        Step::Quarter if found.said == Some(periods::BY_LAST_DAY) => {
            Day::from_date(first.date().first_of_month().saturating_sub(2.months()))
        }
        // A quarter of a year that begins in February, say.
        Step::Quarter if found.step == Step::Quarter => Day::from_date(first.date().first_of_month()),
        Step::Week | Step::Month | Step::Quarter => periods::bounds(first, step).0,
    };
    let mut panel = Panel { first, step, periods: 0, items: Vec::new() };
    panel.periods = panel.period_of(last) as usize + 1;
    let least = match step {
        Step::Day => 14,
        Step::Week => 8,
        Step::Month => 6,
        Step::Quarter => 4,
    };
    if panel.periods < least {
        let noun = step.noun();
        let n = if panel.periods == 1 { format!("1 {noun} is") } else { format!("{} {noun}s are", panel.periods) };
        repairs
            .say(format!("{n} hardly a history: a forecast of it is a guess"), format!("give {least} {noun}s or more"));
    }
    Ok((Periods { entries, days, panel, finer }, unfinished))
}

/// Entries whose places are held at a time.
const BATCH: usize = 1 << 23;

/// Item-periods an entry from which on a date is likelier to be wrong than an item to be so slow, and those that are no trouble anyway.
const THIN: usize = 2_000;
const SMALL: usize = 4_000_000;

/// The items of entries, in the order of their names: labels that are alike are one.
pub(super) struct Items<'a> {
    of: &'a Periods,
    groups: Option<HashMap<String, String>>,
    names: Vec<&'a String>,
    /// Which of them each label is.
    place: Vec<usize>,
    /// Entries of each.
    sizes: Vec<usize>,
    /// Period of each one's first sale; that behind the last for none.
    starts: Vec<usize>,
    period_of: HashMap<Day, usize>,
}

impl<'a> Items<'a> {
    pub fn new(of: &'a Periods, labels: &'a [String], groups: Option<HashMap<String, String>>) -> Self {
        let mut by_name: Vec<usize> = (0..labels.len()).collect();
        by_name.sort_by(|a, b| labels[*a].cmp(&labels[*b]));
        let mut names: Vec<&String> = Vec::new();
        let mut place = vec![0; labels.len()];
        for label in by_name {
            if names.last() != Some(&&labels[label]) {
                names.push(&labels[label]);
            }
            place[label] = names.len() - 1;
        }
        // A plan before the first sale says nothing.
        let period = |day: Day| usize::try_from(of.panel.period_of(day)).ok();
        let period_of: HashMap<Day, usize> = of.days.all().filter_map(|(day, _)| Some((day, period(day)?))).collect();
        let (mut sizes, mut starts) = (vec![0_usize; names.len()], vec![of.panel.periods; names.len()]);
        for entry in of.entries.iter() {
            let item = place[entry.item as usize];
            sizes[item] += 1;
            if let Some(period) = period_of.get(&entry.day).filter(|_| entry.units.is_some()) {
                starts[item] = starts[item].min(*period);
            }
        }
        Items { of, groups, names, place, sizes, starts, period_of }
    }

    /// Refuses a panel that there is no room for, or whose dates can hardly be right.
    pub fn fits(&self, file: &str, room: Room<'_>) -> Result<(), Diagnostics> {
        let panel = &self.of.panel;
        let item_periods: usize = self.starts.iter().map(|start| panel.periods - start).sum();
        let size = Size { items: self.names.len(), periods: panel.periods, item_periods, step: panel.step };
        let entries: usize = self.sizes.iter().sum();
        let noun = panel.step.noun();
        let (first, last) = (panel.first, panel.date(panel.periods).plus(-1));
        let what = format!(
            "`{file}` holds {} over {} {noun}s, {first} to {last}: {item_periods} item-{noun}s",
            if size.items == 1 { "1 item".to_owned() } else { format!("{} items", size.items) },
            size.periods
        );
        let refuse = |message: String, hint: String| {
            Err(Diagnostics::only(Diagnostic::error(Code::TooLarge, message).hint(hint)))
        };
        if item_periods > SMALL && item_periods / THIN > entries {
            let hint = format!(
                "a date is wrong? correct it, leave it out with `--until`, or take longer periods with `--every`; the first is {first}, the last {last}"
            );
            return refuse(format!("{what}, of which {entries} rows are sales"), hint);
        }
        match room(size) {
            Ok(()) => Ok(()),
            Err(why) => refuse(
                format!("{what}; {why}"),
                "take longer periods with `--every week`, or fewer items with `--where`".into(),
            ),
        }
    }

    /// Puts the entries into the panel, item by item. The places of a batch of items are looked up at a time: those of all would be as large as
    /// the file.
    pub fn fill(&self, repairs: &mut Repairs) -> Panel {
        let Periods { entries, panel, finer, .. } = self.of;
        let mut items = Vec::with_capacity(self.names.len());
        let mut from = 0;
        while from < self.names.len() {
            let mut held = 0;
            let full = |i: &usize| {
                held += self.sizes[*i];
                held > BATCH && *i > from
            };
            let to = (from..self.names.len()).find(full).unwrap_or(self.names.len());
            let mut places: Vec<Vec<u32>> = self.sizes[from..to].iter().map(|n| Vec::with_capacity(*n)).collect();
            for k in 0..entries.places() {
                if let Some(e) = entries.get(k)
                    && (from..to).contains(&self.place[e.item as usize])
                {
                    places[self.place[e.item as usize] - from].push(k as u32);
                }
            }
            for (i, places) in (from..to).zip(places) {
                if self.starts[i] == panel.periods {
                    continue;
                }
                let found = places.into_iter().filter_map(|k| entries.get(k as usize));
                let mut rows: Vec<(usize, Entry)> =
                    found.filter_map(|e| Some((*self.period_of.get(&e.day)?, e))).collect();
                rows.sort_by_key(|r| (r.0, r.1.day));
                let units = vec![0.0; panel.periods - self.starts[i]];
                let mut item = Item::new(self.names[i].clone(), self.starts[i], units);
                item.group = self.groups.as_ref().and_then(|g| g.get(&item.name).cloned());
                fill(&mut item, &rows, panel.periods, *finer, repairs);
                items.push(item);
            }
            from = to;
        }
        Panel { items, ..panel.clone() }
    }

    /// Finds the rows of the items that something was said of.
    pub fn locate(&self, repairs: &mut Repairs) {
        let mut said_of: Vec<Vec<usize>> = vec![Vec::new(); self.names.len()];
        for (k, said) in repairs.said.iter().enumerate() {
            for item in &said.items {
                if let Ok(i) = self.names.binary_search(&item) {
                    said_of[i].push(k);
                }
            }
        }
        if said_of.iter().all(Vec::is_empty) {
            return;
        }
        for entry in self.of.entries.iter() {
            for k in &said_of[self.place[entry.item as usize]] {
                repairs.said[*k].finding.rows.push(entry.number);
            }
        }
    }
}

/// Leaves out the first and the last period if the file covers them in part, and says so.
fn leave_out(
    entries: &mut Entries,
    days: &mut Days,
    step: Step,
    names: &Columns,
    repairs: &mut Repairs,
) -> Option<(Day, f64)> {
    let (first, last) = days.span()?;
    let (early, late) = periods::unfinished(days.sold(), step);
    let whole = periods::bounds(first, step).0 != periods::bounds(last, step).0;
    let how = if whole { names.unfinished } else { Unfinished::Keep };
    let mut scaled = Vec::new();
    let mut said = |what: &str, day: Day| -> (Day, f64) {
        let (from, to) = periods::bounds(day, step);
        let noun = step.noun();
        let within = |e: &Entry| e.units.is_some() && (from..=to).contains(&e.day);
        let units: f64 = entries.iter().filter(within).filter_map(|e| e.units).sum();
        // The file covers it from its first day, or to its last one.
        let covered = (to.0.min(last.0) - from.0.max(first.0) + 1).max(1);
        let days = to.0 - from.0 + 1;
        let done = match how {
            Unfinished::Keep => "it counts as a whole one".to_owned(),
            Unfinished::LeaveOut => "it was left out".to_owned(),
            Unfinished::Scale => {
                let factor = f64::from(days) / f64::from(covered);
                scaled.push((from, to, factor));
                format!("its {covered} of {days} days were scaled to a whole one, {} units", rounded(units * factor))
            }
        };
        let text = format!(
            "the {what} {noun}, {from} to {to}, is not whole: the file covers it {} {day}, {} units; {done}",
            if what == "first" { "from" } else { "to" },
            rounded(units)
        );
        let remedy =
            "`--unfinished keep` takes it for a whole one, `scale` makes it one by its days, `leave-out` leaves it out";
        let said = repairs.say(text, remedy).at(entries.iter().filter(within).map(|e| e.number));
        match how {
            Unfinished::Keep => {}
            Unfinished::LeaveOut => drop(said.left_out()),
            Unfinished::Scale => drop(said.changed()),
        }
        (from, units)
    };
    let begun = early.then(|| said("first", first));
    let ended = late.then(|| said("last", last));
    entries.scaled = scaled;
    if how != Unfinished::LeaveOut {
        return None;
    }
    if begun.is_some() {
        entries.within.0 = periods::bounds(first, step).1.plus(1);
    }
    if let Some((from, _)) = ended {
        // Plans for later periods stay.
        entries.within.1 = from.plus(-1);
    }
    *days = entries.days();
    ended
}

/// Puts an item's rows, in order of their periods, into its columns.
fn fill(item: &mut Item, rows: &[(usize, Entry)], periods: usize, finer: bool, repairs: &mut Repairs) {
    let n = item.units.len();
    let mut seen = vec![false; n];
    let ahead = rows.last().map_or(0, |r| r.0 + 1 - item.start).clamp(n, n + 4_000);
    let (mut prices, mut promotion) = (vec![None; ahead], vec![None; ahead]);
    for (period, row) in rows {
        let Some(i) = period.checked_sub(item.start) else { continue };
        let e = &row.extra;
        if i < ahead {
            prices[i] = e.price.filter(|p| *p > 0.0).or(prices[i]);
            promotion[i] = e.promotion.or(promotion[i]);
        }
        let Some(units) = row.units else {
            if *period < periods {
                repairs.empty.push(row.number);
            }
            continue;
        };
        if units < 0.0 {
            repairs.returns.0.push(row.number);
            repairs.returns.1 -= units;
        } else if units > 0.0 {
            repairs.sales += 1;
        }
        if seen[i] && !finer {
            repairs.repeated.push(row.number);
        }
        seen[i] = true;
        item.units[i] += units.max(0.0);
        if let Some(shelf) = e.shelf {
            item.shelf.resize(n, Shelf::Full);
            item.shelf[i] = shelf;
        }
        if let Some(line) = e.largest_line {
            item.largest_line.resize(n, 0.0);
            item.largest_line[i] = item.largest_line[i].max(line);
        }
    }
    repairs.gaps += seen.iter().filter(|s| !**s).count();
    repairs.spanned += n;
    let known: Vec<f64> = prices.iter().flatten().copied().collect();
    if !known.is_empty() {
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        item.price = Some(mean);
        // A price holds until the next one.
        let mut last = known[0];
        item.relative_price = prices
            .iter()
            .map(|p| {
                last = p.unwrap_or(last);
                last / mean
            })
            .collect();
    }
    if promotion.iter().any(Option::is_some) {
        item.promotion = promotion.iter().map(|p| p.unwrap_or(0.0).clamp(0.0, 1.0)).collect();
    }
}
