//! What a file says that its reader should hear of: columns that look like a status, items that look alike, years that cannot be.

use super::cells::{Builder, Cells, Seen};
use super::columns::words;
use super::entries::Entries;
use super::months::{month, plain};
use super::repairs::Repairs;
use super::rows::Reader;
use super::table::{Problem, Table};
use restock_base::calendar::Day;
use restock_base::diag::{Code, Diagnostic};
use restock_forecast::{Item, Panel, Step};
use std::collections::{BTreeMap, HashMap};

/// Words of a status, and how others begin: a row that has one may be no demand.
const STATUS: [&str; 20] = [
    "test",
    "draft",
    "pending",
    "failed",
    "expired",
    "gift",
    "sample",
    "unpaid",
    "rma",
    "retoure",
    "ruckgabe",
    "gutschrift",
    "muster",
    "exchange",
    "devolucion",
    "avoir",
    "abono",
    "creditnota",
    "schwund",
    "inventur",
];
const STATUS_BEGINS: [&str; 25] = [
    "cancel",
    "void",
    "refund",
    "return",
    "chargeback",
    "storn",
    "annul",
    "rembours",
    "erstatt",
    "anul",
    "reso",
    "zwrot",
    "retour",
    "devol",
    "ruckerstatt",
    "reembols",
    "rimbors",
    "terugbeta",
    "geretourneerd",
    "gutschr",
    "adjust",
    "writeoff",
    "scrap",
    "shrink",
    "umbuch",
];
/// The same of two words.
const STATUS_PAIRS: [&str; 6] =
    ["credit memo", "credit note", "write off", "nota de credito", "nota di credito", "money back"];

/// Whether a cell says that its row is no demand, in one of its words.
fn says_no_demand(cell: &str) -> bool {
    let plain = plain(cell);
    let words: Vec<&str> = plain.split(|c: char| !c.is_alphanumeric()).collect();
    let phrase = words.join(" ");
    words.iter().any(|word| STATUS.contains(word) || STATUS_BEGINS.iter().any(|begin| word.starts_with(begin)))
        || STATUS_PAIRS.iter().any(|pair| phrase.contains(pair))
}

/// Values of a column, the commonest first, with their counts: `paid 21, voided 7`.
pub(super) fn values(cells: &Cells) -> String {
    let mut by_count: Vec<(&str, usize)> = cells.seen().map(|s| (s.text, s.rows)).collect();
    by_count.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let more = by_count.len().saturating_sub(6);
    let shown = by_count.iter().take(6).map(|(v, n)| format!("{} {n}", if v.is_empty() { "(blank)" } else { v }));
    let list = shown.collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{list} and {more} more") } else { list }
}

/// Values that a status has at most.
pub(super) const STATES: usize = 15;

/// Points out columns, of those that are not read, that look like a status: few values, one of which says that a row is no demand.
pub(super) fn status(reader: &mut Reader<'_>, unread: &[String]) {
    let table = reader.table;
    for (i, name) in table.names().iter().enumerate().filter(|(_, n)| unread.contains(n)) {
        let Some(seen) = table.few_values(i, STATES) else { continue };
        let (Some(no_demand), Ok(cells)) = (seen.iter().find(|v| says_no_demand(v)), table.column(i)) else { continue };
        reader.repairs.say(
            format!("column `{name}` looks like a status and was not read: {}", values(&cells)),
            format!(
                "leave rows out that are no demand: `--where '{name} != {no_demand}'`, with `--order COLUMN` if further rows of an order are blank"
            ),
        )
        .at((0..cells.len()).filter(|i| says_no_demand(cells.get(*i))).map(|i| table.row(i)));
    }
}

/// Words of columns that hold amounts, not flags.
const AMOUNTS: [&str; 12] =
    ["qty", "quantity", "units", "amount", "value", "price", "menge", "anzahl", "cost", "total", "count", "rate"];

/// Points out columns, of those that are not read, by whose name a row that has something in them is no demand: `Cancelled at`, `is_refunded`.
pub(super) fn flags(reader: &mut Reader<'_>, unread: &[String]) {
    let table = reader.table;
    for name in unread {
        let words = words(name);
        if !says_no_demand(&words.join(" ")) || words.iter().any(|w| AMOUNTS.contains(&w.as_str())) {
            continue;
        }
        let Ok(at) = table.index(name) else { continue };
        if table.separator().is_none() && table.few_values(at, STATES).is_none() {
            continue;
        }
        let Ok(cells) = table.column(at) else { continue };
        let no =
            |text: &str| ["", "0", "no", "n", "false", "nein", "non", "-"].iter().any(|w| text.eq_ignore_ascii_case(w));
        let set: Vec<usize> = (0..cells.len()).filter(|i| !no(cells.get(*i))).collect();
        let (Some(first), Some(unset)) = (set.first(), cells.seen().find(|s| no(s.text))) else { continue };
        let is_amount = |i: &usize| cells.get(*i).parse::<f64>().is_ok_and(|n| n != 1.0);
        if set.iter().any(|i| says_no_demand(cells.get(*i)) || is_amount(i)) {
            // Its cells were pointed out, or are amounts.
            continue;
        }
        let keep = if unset.text.is_empty() { "\"\"" } else { unset.text };
        reader
            .repairs
            .say(
                format!(
                    "column `{name}` is set in {} of {} rows (`{}`, say) and was not read",
                    set.len(),
                    cells.len(),
                    cells.get(*first)
                ),
                format!("if they are no demand, leave them out: `--where '{name} = {keep}'`"),
            )
            .at(set.iter().map(|i| table.row(*i)));
    }
}

/// Words for pieces, packs, weights and volumes.
const MEASURES: [&str; 38] = [
    "ea", "each", "pc", "pcs", "piece", "pieces", "unit", "st", "stk", "stuck", "cs", "case", "cases", "ct", "ctn",
    "carton", "bx", "box", "pk", "pack", "dz", "dozen", "kg", "g", "lb", "oz", "l", "ml", "pal", "pallet", "kar",
    "karton", "pal.", "palette", "caisse", "caja", "doos", "szt",
];

/// Points out a column that says that units are not all of one measure.
pub(super) fn measures(reader: &mut Reader<'_>, unread: &[String]) {
    let table = reader.table;
    for name in unread {
        let Ok(at) = table.index(name) else { continue };
        let Some(seen) = table.few_values(at, STATES) else { continue };
        let mut named: Vec<String> = seen.iter().map(|v| plain(v)).filter(|v| !v.is_empty()).collect();
        named.sort();
        named.dedup();
        if named.len() < 2 || !named.iter().all(|v| MEASURES.contains(&v.as_str())) {
            continue;
        }
        let Ok(cells) = table.column(at) else { continue };
        reader.repairs.say(
            format!(
                "column `{name}` says that units are of several measures, which were added up as they stand: {}",
                values(&cells)
            ),
            format!("give all in one measure, or keep one: `--where '{name} = {}'`", seen[0]),
        );
    }
}

/// Names of items that are none: what stands beside goods on an invoice.
const FEES: [&str; 38] = [
    "shipping",
    "postage",
    "freight",
    "delivery",
    "handling",
    "discount",
    "discounts",
    "tip",
    "tips",
    "tax",
    "fee",
    "fees",
    "deposit",
    "rounding",
    "gift card",
    "voucher",
    "coupon",
    "refund",
    "bank charges",
    "versand",
    "versandkosten",
    "porto",
    "rabatt",
    "gutschein",
    "pfand",
    "trinkgeld",
    "frais de port",
    "livraison",
    "remise",
    "envio",
    "gastos de envio",
    "descuento",
    "propina",
    "spedizione",
    "sconto",
    "frete",
    "verzendkosten",
    "wysylka",
];

/// Points out items that are called as fees and discounts are, among others that are not.
pub(super) fn fees(panel: &Panel, column: Option<&str>, repairs: &mut Repairs) {
    let is = |i: &&Item| FEES.contains(&words(&i.name).join(" ").as_str());
    let found: Vec<&Item> = panel.items.iter().filter(is).collect();
    if found.is_empty() || found.len() == panel.items.len() {
        return;
    }
    let names = found.iter().map(|i| format!("`{}`", i.name)).collect::<Vec<_>>().join(", ");
    let list = found.iter().map(|i| i.name.as_str()).collect::<Vec<_>>().join(", ");
    let units: f64 = found.iter().flat_map(|i| &i.units).sum();
    repairs
        .say(
            format!("items {names} are called as fees and discounts are, not as goods ({units} units)"),
            format!("leave them out: `--where '{} not in ({list})'`", column.unwrap_or("COLUMN")),
        )
        .of(found.iter().map(|i| i.name.clone()));
}

/// Year and week, or year and month, in two columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct InTwo {
    year: usize,
    part: usize,
    week: bool,
    /// Days of the month, in a third column.
    day: Option<usize>,
}

const YEAR_NAMES: [&str; 9] = ["year", "jahr", "annee", "ano", "anno", "jaar", "rok", "yr", "fiscal year"];
const WEEKS: [&str; 8] = ["week", "woche", "kw", "semaine", "semana", "settimana", "tydzien", "iso week"];
const DAYS: [&str; 7] = ["day", "tag", "jour", "dia", "giorno", "dag", "dzien"];
const MONTHS: [&str; 7] = ["month", "monat", "mois", "mes", "mese", "maand", "miesiac"];

/// Names of further columns that a date is told again by.
const OTHER_PARTS: [&str; 18] = [
    "hour",
    "stunde",
    "heure",
    "hora",
    "ora",
    "quarter",
    "quartal",
    "trimestre",
    "weekday",
    "weekday name",
    "day name",
    "day of week",
    "day of the week",
    "month name",
    "wochentag",
    "jour de la semaine",
    "dia de la semana",
    "giorno della settimana",
];

/// Whether a column is called as a part of a date.
pub(super) fn names_part_of_date(name: &str) -> bool {
    let name = plain(name.trim()).replace('_', " ");
    [&YEAR_NAMES[..], &WEEKS, &MONTHS, &DAYS, &OTHER_PARTS].iter().any(|names| names.contains(&name.as_str()))
}

/// Finds them: a column of years beside one of weeks or months.
pub(super) fn year_and_part(table: &Table, counted: bool) -> Option<InTwo> {
    let named =
        |names: &[&str]| table.names().iter().position(|n| names.contains(&plain(n.trim()).replace('_', " ").as_str()));
    let year = named(&YEAR_NAMES)?;
    let (part, week) = named(&WEEKS).map(|i| (i, true)).or_else(|| named(&MONTHS).map(|i| (i, false)))?;
    let years = table.column(year).ok()?;
    let range = if counted { 1.0..100.0 } else { 1950.0..2100.0 };
    let plausible = |c: &str| c.parse::<f64>().is_ok_and(|y| range.contains(&y) && y.fract() == 0.0);
    // Up to 7 they may be days of the week.
    let of_month = |at: &usize| {
        table.column(*at).is_ok_and(|cells| {
            let day = |s: Seen<'_>| s.text.parse::<u8>().ok().filter(|d| (1..=31).contains(d));
            cells.filled().all(|s| day(s).is_some()) && cells.filled().filter_map(day).any(|d| d > 7)
        })
    };
    let day = named(&DAYS).filter(|_| !week).filter(of_month);
    years.filled().all(|c| plausible(c.text)).then_some(InTwo { year, part, week, day })
}

impl InTwo {
    /// As dates: `2026-W27`, `2026-07`.
    pub fn texts(&self, table: &Table) -> Result<Cells, Problem> {
        let (years, parts) = (table.column(self.year)?, table.column(self.part)?);
        let whole = |c: &str| {
            c.trim_start_matches(|c: char| c.is_alphabetic() || c == ' ').parse::<f64>().ok().map(|n| n as u8)
        };
        let text = |year: &str, part: &str| {
            let Some(year) = year.parse::<f64>().ok().map(|y| y as i32) else { return String::new() };
            match (self.week, whole(part), month(part)) {
                (true, Some(w), _) => format!("{year}-W{w:02}"),
                (false, Some(m), _) => format!("{year}-{m:02}"),
                (false, None, Some(m)) => format!("{year}-{m:02}"),
                _ => part.to_owned(),
            }
        };
        let days = self.day.map(|at| table.column(at)).transpose()?;
        let mut out = Builder::default();
        for i in 0..years.len() {
            let month = text(years.get(i), parts.get(i));
            match &days {
                Some(days) => out.push(&format!("{month}-{:0>2}", days.get(i))),
                None => out.push(&month),
            }
        }
        Ok(out.finish())
    }

    pub fn said(&self, table: &Table) -> String {
        let names = table.names();
        match self.day {
            Some(day) => format!("dates from `{}`, `{}` and `{}`", names[self.year], names[self.part], names[day]),
            None => format!("dates from `{}` and `{}`", names[self.year], names[self.part]),
        }
    }
}

/// Points out items that differ by case, blanks, zeros in front or a `.0` behind, and makes those one that differ by case and blanks
/// if that is wanted. Returns the labels as they then are.
pub(super) fn alike(labels: Vec<String>, merge: bool, repairs: &mut Repairs) -> Vec<String> {
    let bare = |t: &str| t.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let loose = |t: &str| {
        let t = bare(t);
        let t = t.strip_suffix(".0").map_or(t.clone(), str::to_owned);
        let trimmed = t.trim_start_matches('0');
        if trimmed.is_empty() || !t.bytes().all(|b| b.is_ascii_digit()) {
            t.replace(' ', "")
        } else {
            trimmed.to_owned()
        }
    };
    let cut: Vec<&String> = labels.iter().filter(|l| is_scientific(l)).collect();
    if let Some(one) = cut.first() {
        repairs
            .say(
                format!("{} items are called as numbers that a spreadsheet has cut, such as `{one}`: several may have become one", cut.len()),
                "export them again, with the column of items as text",
            )
            .of(cut.iter().map(|l| (*l).clone()));
    }
    let mut first: HashMap<String, String> = HashMap::new();
    let out: Vec<String> = if merge {
        labels.iter().map(|l| first.entry(bare(l)).or_insert_with(|| l.clone()).clone()).collect()
    } else {
        labels.clone()
    };
    let mut groups: BTreeMap<String, Vec<&String>> = BTreeMap::new();
    for label in &out {
        let group = groups.entry(loose(label)).or_default();
        if !group.contains(&label) {
            group.push(label);
        }
    }
    let several: Vec<&Vec<&String>> = groups.values().filter(|g| g.len() > 1).collect();
    if let Some(group) = several.first() {
        let names = group.iter().take(4).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" and ");
        let more =
            if several.len() > 1 { format!(", and so do {} more groups", several.len() - 1) } else { String::new() };
        repairs
            .say(
                format!("items {names} differ by case, blanks, zeros in front or `.0` behind alone{more}"),
                "`--merge-case` makes those one that differ by case and blanks; mend the others in the file",
            )
            .of(several.iter().flat_map(|group| group.iter().map(|n| (*n).clone())));
    }
    out
}

/// Whether a name is a long number as a spreadsheet shows it: `4.00639E+12`.
fn is_scientific(name: &str) -> bool {
    let Some((number, power)) = name.split_once(['E', 'e']) else { return false };
    let power = power.strip_prefix('+').and_then(|p| p.parse::<u8>().ok());
    power.is_some_and(|p| p >= 5) && number.replace(',', ".").parse::<f64>().is_ok()
}

/// A hole in days, and how few rows beyond it, from which on these rows are taken for a year gone wrong.
const HOLE: i32 = 400;
const WIDE_HOLE: i32 = 1_100;

/// Years that cannot be: a few rows far from all others, or dates that run back by a year where the file otherwise runs on.
pub(super) fn years(file: &str, entries: &Entries, items: usize, wide: bool) -> Option<Diagnostic> {
    of_another_calendar(file, entries)
        .or_else(|| far_away(file, entries))
        .or_else(|| if wide { None } else { not_moved_on(file, entries, items) })
}

/// Years in which all sales lie that a history has.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2100;

/// Dates none of which lies in a year that a history has: the Buddhist era counts 543 years more, the Hijri some 580 fewer.
fn of_another_calendar(file: &str, entries: &Entries) -> Option<Diagnostic> {
    let (first, last) = entries.days().span()?;
    if first.date().year() <= *YEARS.end() && last.date().year() >= *YEARS.start() {
        return None;
    }
    let message = format!("`{file}`: its dates lie between {first} and {last}");
    let hint = "are they of another calendar? Years of the Buddhist era are 543 more, those of the Hijri some 580 fewer: write them as 2025-07-01";
    Some(Diagnostic::error(Code::HistoryBad, message).hint(hint))
}

fn far_away(file: &str, entries: &Entries) -> Option<Diagnostic> {
    // The days, and how many entries lie before each.
    let mut n = 0;
    let mut days: Vec<i32> = Vec::new();
    let mut before: Vec<usize> = Vec::new();
    for (day, entries) in entries.days().all() {
        days.push(day.0);
        before.push(n);
        n += entries;
    }
    let few = |k: usize, hole: i32| k * 100 <= n && hole > HOLE || k <= 2 && n >= 20 && hole > WIDE_HOLE;
    let hole = |k: usize| days[k] - days[k - 1];
    // The innermost holes that leave only a few rows outside.
    let late = (1..days.len()).find(|k| few(n - before[*k], hole(*k)));
    let early = (1..days.len()).rev().find(|k| few(before[*k], hole(*k)));
    let odd = match (late, early) {
        (Some(k), _) => entries.iter().find(|e| e.day.0 >= days[k]),
        (None, Some(k)) => entries.iter().find(|e| e.day.0 < days[k]),
        (None, None) => return None,
    }?;
    let outside = late.map_or(early.map_or(0, |k| before[k]), |k| n - before[k]);
    let (from, to) = (days[early.unwrap_or(0)], days[late.unwrap_or(days.len()) - 1]);
    let distance = (odd.day.0 - to).max(from - odd.day.0);
    let rows_said = if outside == 1 { "this row alone".to_owned() } else { format!("{outside} rows") };
    let message = format!(
        "`{file}`, row {}: {} lies {} from the other dates, {} to {} ({rows_said} of {n})",
        odd.number,
        odd.day,
        length(distance),
        Day(from),
        Day(to)
    );
    let hint = format!("correct the year, or leave such rows out: `--until {}`", Day(to));
    Some(Diagnostic::error(Code::HistoryBad, message).hint(hint))
}

fn length(days: i32) -> String {
    if days >= 730 { format!("{} years", (f64::from(days) / 365.25).round()) } else { format!("{days} days") }
}

/// The one step back by a year, of a file whose dates otherwise run on, item by item.
fn not_moved_on(file: &str, entries: &Entries, items: usize) -> Option<Diagnostic> {
    let mut last: Vec<Option<(Day, bool)>> = vec![None; items];
    let (mut forward, mut found) = (0_usize, None);
    for entry in entries.iter() {
        let last = &mut last[entry.item as usize];
        let (before, mut back) = last.unwrap_or((entry.day, false));
        let step = entry.day.0 - before.0;
        if step > 0 {
            forward += 1;
        } else if step < 0 {
            // A second step back of an item, or one of another length: the file is in no order.
            if back || !(-400..=-330).contains(&step) {
                return None;
            }
            found.get_or_insert((entry.number, before, entry.day));
            back = true;
        }
        *last = Some((entry.day, back));
    }
    let (number, before, day) = found.filter(|_| forward >= 20)?;
    let message =
        format!("`{file}`, row {number}: dates run backwards, from {before} to {day}; the file is otherwise in order");
    let hint = "the year was not moved on? correct it; if the dates are right, sort the file by date";
    Some(Diagnostic::error(Code::HistoryBad, message).hint(hint))
}

/// Points out units that never fall from one period to the next, in nearly all items: running totals; and periods at the end in which no item sold.
pub(super) fn courses(panel: &Panel, repairs: &mut Repairs) {
    let noun = panel.step.noun();
    let told = |i: &&Item| i.units.iter().filter(|y| **y > 0.0).count() >= RISING;
    let long: Vec<&Item> = panel.items.iter().filter(told).collect();
    let rising: Vec<&&Item> = long.iter().filter(|i| rises(i, panel)).collect();
    if !long.is_empty() && rising.len() * 10 >= long.len() * 9 {
        let items = if rising.len() == 1 { "1 item".to_owned() } else { format!("{} items", rising.len()) };
        repairs
            .say(
                format!("units of {items} never fall from one {noun} to the next: they look like running totals"),
                format!("give what sold in each {noun}, not since the beginning"),
            )
            .of(rising.iter().map(|i| i.name.clone()));
    }
    let sold = |t: &usize| panel.items.iter().any(|i| i.on(*t).is_some_and(|y| y > 0.0));
    let days: Vec<usize> = (0..panel.periods).filter(sold).collect();
    let Some(last) = days.last() else {
        repairs.say(
            "no row has more than 0 units: a forecast will have none",
            "is it the right column? Name it with `--units`",
        );
        return;
    };
    let silent = panel.periods - 1 - last;
    let longest = days.windows(2).map(|w| w[1] - w[0] - 1).max().unwrap_or(0);
    let ended = panel.items.iter().all(|i| i.discontinued.is_some());
    let least = match panel.step {
        Step::Day => 14,
        Step::Week => 4,
        Step::Month | Step::Quarter => 2,
    };
    if silent >= least.max(3 * longest) && days.len() >= least && !ended {
        let end = panel.date(last + 1).plus(-1);
        repairs.say(
            format!(
                "nothing at all sold in the last {silent} {noun}s, after {end}: were they filled with zeros beforehand?"
            ),
            format!("if so, leave them out with `--until {end}`"),
        );
    }
}

/// Periods with sales from which on it is no chance that they never fall.
const RISING: usize = 12;

/// Whether units never fall and mostly rise; they may begin anew with a year.
fn rises(item: &Item, panel: &Panel) -> bool {
    let steps = || item.units.windows(2).enumerate();
    let anew = |i: usize| panel.date(item.start + i + 1).date().year() > panel.date(item.start + i).date().year();
    steps().all(|(i, w)| w[1] >= w[0] || anew(i)) && steps().filter(|(_, w)| w[1] > w[0]).count() * 2 > item.units.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::entries::By;
    use crate::data::rows::{Amount, Meant};
    use crate::data::table::Numbers;
    use std::rc::Rc;

    /// A row a day, of one item; the file's rows are numbered from 1.
    fn rows(days: &[i32]) -> Entries {
        let units = Rc::new(std::iter::repeat_n("1", days.len()).collect());
        let units = vec![Meant::new(units, |text| Amount::parse(text, false))];
        let dates = By::Row(days.iter().map(|d| Some(Day(*d))).collect());
        Entries::new(By::Column(vec![0]), dates, units, vec![true; days.len()], Rc::new(Numbers::default()))
    }

    #[test]
    fn a_year_gone_wrong_is_named() {
        let mut days: Vec<i32> = (20_000..20_365).collect();
        assert!(years("f", &rows(&days), 1, false).is_none());
        days[100] += 36_525;
        let said = years("f", &rows(&days), 1, false).unwrap();
        assert!(said.message.contains("row 101") && said.message.contains("99 years"), "{}", said.message);
        // Two years in which a shop was closed are no mistake: there is much on both sides.
        let closed: Vec<i32> = (20_000..20_100).chain(20_900..21_000).collect();
        assert!(years("f", &rows(&closed), 1, false).is_none());
    }

    #[test]
    fn a_year_that_was_not_moved_on_is_named() {
        let days: Vec<i32> = (20_300..20_360).chain(19_995..20_010).collect();
        let said = years("f", &rows(&days), 1, false).unwrap();
        assert!(said.message.contains("row 61") && said.message.contains("backwards"), "{}", said.message);
        let mut newest_first: Vec<i32> = (20_000..20_365).collect();
        newest_first.reverse();
        assert!(years("f", &rows(&newest_first), 1, false).is_none(), "newest first is an order, too");
    }

    #[test]
    fn items_that_look_alike_are_named() {
        let of = |names: &[&str], merge| {
            let mut repairs = Repairs::default();
            let out = alike(names.iter().map(|n| (*n).to_owned()).collect(), merge, &mut repairs);
            (out, repairs.said.len())
        };
        assert_eq!(of(&["ABC-1", "abc-1"], false).1, 1);
        assert_eq!(of(&["ABC-1", "abc-1"], true), (vec!["ABC-1".into(), "ABC-1".into()], 0));
        assert_eq!(of(&["00123", "123", "123.0", "T 1", "T1"], false).1, 1);
        assert_eq!(of(&["ABC-1", "ABC-2", "10", "100"], false).1, 0);
    }
}
