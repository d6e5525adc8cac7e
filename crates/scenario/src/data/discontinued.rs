//! Which items of a file have ended, by a column of it: a date, yes or no, or a status as products have one (`archived`, `ausgelistet`).
//!
//! A status may be that of orders as well. That differs from row to row of an item; that of an item holds for a while and then changes once. So a
//! column that nobody named is taken for the status of items if it is such a one for nine in ten of the items that it ends, and the reading says so.

use super::cells::Cells;
use super::columns::{Columns, words};
use super::entries::Entries;
use super::months::plain;
use super::parse::{DateOrder, Written, date, excel_serial, in_order};
use super::rows::Reader;
use super::suspects::STATES;
use super::table::{Problem, Table};
use restock_base::calendar::Day;
use restock_forecast::Panel;
use std::collections::HashMap;

/// The name under which no column is taken.
pub(super) const NONE: &str = "none";

/// Beginnings of words that say of an item that it has ended, in eight languages, without accents.
const ENDED: [&str; 44] = [
    "discontinu",
    "delist",
    "archiv",
    "obsolet",
    "retired",
    "withdrawn",
    "inactiv",
    "deactivat",
    "ausgelauf",
    "ausgelist",
    "eingestellt",
    "abgekundigt",
    "inaktiv",
    "deaktiv",
    "veraltet",
    "arrete",
    "dereferenc",
    "inactif",
    "desactiv",
    "retire",
    "descatalog",
    "descontinu",
    "inactivo",
    "dismess",
    "inattiv",
    "disattiv",
    "ritirat",
    "arquivad",
    "inativ",
    "desativ",
    "stopgezet",
    "beeindigd",
    "uitgefaseerd",
    "inactief",
    "gearchiveerd",
    "vervallen",
    "wycofan",
    "nieaktywn",
    "zarchiwiz",
    "archiwal",
    "przestarzal",
    "phased",
    "ausgephast",
    "uitgelopen",
];

/// The same of several words, as they stand.
const PHRASES: [&str; 23] = [
    "eol",
    "end of life",
    "end of sale",
    "phase out",
    "no longer sold",
    "no longer available",
    "not available any more",
    "out of production",
    "nicht mehr lieferbar",
    "nicht mehr verfugbar",
    "nicht mehr im sortiment",
    "fin de vie",
    "fin de vida",
    "fuera de catalogo",
    "fuori produzione",
    "fuori catalogo",
    "fine vita",
    "fim de vida",
    "fora de linha",
    "einde levensduur",
    "niet meer leverbaar",
    "uit assortiment",
    "koniec zycia",
];

const ACTIVE: [&str; 9] = ["active", "aktiv", "actif", "activo", "attivo", "ativo", "actief", "aktywny", "is active"];
const NOT: [&str; 8] = ["not", "no", "nicht", "pas", "non", "nao", "niet", "nie"];
const YES: [&str; 18] = [
    "yes",
    "y",
    "true",
    "1",
    "1.0",
    "x",
    "ja",
    "j",
    "wahr",
    "oui",
    "vrai",
    "si",
    "verdadero",
    "vero",
    "sim",
    "tak",
    "t",
    "waar",
];
const NO: [&str; 14] =
    ["no", "n", "false", "0", "0.0", "-", "nein", "falsch", "non", "faux", "nao", "falso", "nee", "nie"];

/// Words of columns of a status; `Artikelstatus` ends with one.
const STATUS: [&str; 16] = [
    "status",
    "state",
    "lifecycle",
    "cycle",
    "phase",
    "stage",
    "availability",
    "zustand",
    "verfugbarkeit",
    "statut",
    "etat",
    "estado",
    "stato",
    "situacao",
    "toestand",
    "stan",
];

/// Words of names that speak of orders and people, not of items.
const OF_OTHERS: [&str; 17] = [
    "order",
    "orders",
    "payment",
    "financial",
    "fulfillment",
    "fulfilment",
    "shipping",
    "shipment",
    "delivery",
    "customer",
    "invoice",
    "bestellung",
    "kunde",
    "kunden",
    "zahlung",
    "commande",
    "client",
];

/// What is known of an item at a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    On,
    Ended,
    Until(Day),
}

/// What a column's cells are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Dates of the end, or whether there is one.
    Ends,
    /// Whether the item is still sold.
    Active,
    Status,
}

impl Kind {
    /// By the name of a column.
    fn of(name: &str) -> Kind {
        let words = words(name);
        let says = |w: &String| w == "eol" || ENDED.iter().any(|begin| w.starts_with(begin));
        let phrase = words.join(" ");
        if words.iter().any(says) || PHRASES.iter().any(|p| phrase.starts_with(p)) {
            Kind::Ends
        } else if words.iter().any(|w| ACTIVE.contains(&w.as_str())) {
            Kind::Active
        } else {
            Kind::Status
        }
    }

    /// What a cell says, as far as it is known.
    fn reads(self, text: &str, day: &dyn Fn(&str) -> Option<Day>) -> Option<State> {
        let bare = plain(text.trim());
        let bare: Vec<&str> =
            bare.split(|c: char| !c.is_alphanumeric() && c != '.' && c != '-').filter(|w| !w.is_empty()).collect();
        let said = bare.join(" ");
        if said.is_empty() || ACTIVE.contains(&said.as_str()) {
            return Some(State::On);
        }
        if ended(&bare) {
            return Some(State::Ended);
        }
        let (yes, no) = (YES.contains(&said.as_str()), NO.contains(&said.as_str()));
        match self {
            Kind::Ends if yes => Some(State::Ended),
            Kind::Ends if no => Some(State::On),
            Kind::Ends => day(text).map(State::Until),
            Kind::Active if yes => Some(State::On),
            Kind::Active if no => Some(State::Ended),
            Kind::Active => None,
            // A status has many words besides.
            Kind::Status => Some(State::On),
        }
    }
}

/// Whether the words of a cell say that something has ended.
fn ended(words: &[&str]) -> bool {
    let begins = |w: &&str| ENDED.iter().any(|begin| w.starts_with(begin));
    let active = |w: &&str| ACTIVE.contains(w);
    match words {
        [not, rest @ ..] if NOT.contains(not) && rest.iter().any(active) => true,
        [not, rest @ ..] if NOT.contains(not) && rest.iter().any(begins) => false,
        // A sentence is no status.
        _ => words.len() <= 5 && (PHRASES.contains(&words.join(" ").as_str()) || words.iter().any(begins)),
    }
}

/// What a column says of the items, by label.
#[derive(Debug, Clone)]
pub(super) struct Ends {
    pub column: String,
    items: Vec<Option<State>>,
    /// Last day of the file.
    last: Day,
}

/// An item's rows, as far as they are told apart.
#[derive(Debug, Clone, Copy, Default)]
struct Course {
    /// The latest day, and what is said of it; whether rows of that day disagree.
    latest: Option<(Option<Day>, State)>,
    torn: bool,
    last_on: Option<Day>,
    first_off: Option<Day>,
}

impl Course {
    fn hear(&mut self, day: Option<Day>, state: State) {
        match self.latest {
            Some((known, said)) if day == known => self.torn |= said != state,
            Some((known, _)) if day < known => {}
            _ => (self.latest, self.torn) = (Some((day, state)), false),
        }
        match state {
            State::On => self.last_on = self.last_on.max(day),
            _ => self.first_off = Some(self.first_off.map_or(day, |d| Some(d).min(day)).unwrap_or(Day(i32::MIN))),
        }
    }

    /// Whether it was on, and then off: no row of its end lies before or beside one of its life.
    fn is_of_an_item(&self) -> bool {
        !self.torn && (self.last_on.is_none() || self.first_off > self.last_on)
    }
}

/// A column of these, read.
struct Told {
    name: String,
    courses: Vec<Course>,
}

impl Told {
    fn read(name: &str, cells: &Cells, of: &[Option<State>], entries: &Entries, items: usize) -> Self {
        let mut courses = vec![Course::default(); items];
        for (row, item, day) in entries.rows() {
            if let Some(state) = of[cells.code(row)] {
                courses[item as usize].hear(day, state);
            }
        }
        Told { name: name.to_owned(), courses }
    }

    /// Items that it ends at some row, and those of them in whose rows it changes as an item's status does.
    fn ended(&self) -> (usize, usize) {
        let off = || self.courses.iter().filter(|c| c.first_off.is_some());
        (off().count(), off().filter(|c| c.is_of_an_item()).count())
    }
}

/// Finds the column that says which items have ended: as named, or by its name and cells. It is taken out of the columns that are not read.
pub(super) fn find(
    reader: &mut Reader<'_>,
    names: &Columns,
    unread: &mut Vec<String>,
    entries: &Entries,
    items: usize,
) -> Result<Option<Ends>, Problem> {
    let table = reader.table;
    let told = match &names.discontinued {
        Some(none) if none.eq_ignore_ascii_case(NONE) && table.index(none).is_err() => return Ok(None),
        Some(name) => Some(named(reader, names, name, entries, items)?),
        None => guessed(reader, names, unread, entries, items)?,
    };
    let Some(told) = told else { return Ok(None) };
    unread.retain(|n| !n.eq_ignore_ascii_case(&told.name));
    if let Some(torn) = told.courses.iter().find(|c| c.torn) {
        let day = torn.latest.and_then(|(day, _)| day).map_or(String::new(), |d| format!(" of {d}"));
        reader.repairs.say(
            format!("column `{}` says two things of an item in its latest rows{day}: it was taken to go on", told.name),
            "let all rows of an item say the same, or leave the column out with `--discontinued none`",
        );
    }
    let items = told.courses.iter().map(|c| c.latest.map(|l| l.1).filter(|s| !c.torn && *s != State::On)).collect();
    let last = entries.last_sale().unwrap_or(Day(0));
    Ok(Some(Ends { column: told.name, items, last }))
}

/// The column of that name: each cell must be understood.
fn named(
    reader: &mut Reader<'_>,
    names: &Columns,
    name: &str,
    entries: &Entries,
    items: usize,
) -> Result<Told, Problem> {
    let table = reader.table;
    let at = table.index(name)?;
    let (name, cells) = (&table.names()[at], table.column(at)?);
    let day = |text: &str| day(text, order(&cells, reader, names), names);
    let mut kind = Kind::of(name);
    let is = |kind: Kind| cells.filled().all(|s| kind.reads(s.text, &day).is_some());
    if kind == Kind::Status && is(Kind::Ends) {
        kind = Kind::Ends;
    }
    let of = cells.each(|text| kind.reads(text, &day));
    let odd = cells.filled().find(|s| of[cells.code(s.first)].is_none());
    if let Some(odd) = odd {
        let message =
            format!("`{}` of column `{name}` is neither a date nor a word for an item that has ended", odd.text);
        reader.error(odd.first, &message, "write a date, yes or no, or a word such as discontinued or active");
    }
    Ok(Told::read(name, &cells, &of, entries, items))
}

/// The first column that is not read otherwise and says that items have ended.
fn guessed(
    reader: &mut Reader<'_>,
    names: &Columns,
    unread: &[String],
    entries: &Entries,
    items: usize,
) -> Result<Option<Told>, Problem> {
    let mut candidates: Vec<(Kind, usize)> = Vec::new();
    for name in unread {
        let Ok(at) = reader.table.index(name) else { continue };
        let (words, kind) = (words(name), Kind::of(name));
        let of_others = words.iter().any(|w| OF_OTHERS.contains(&w.as_str()));
        let speaks =
            kind != Kind::Status || words.iter().any(|w| w.ends_with("status") || STATUS.contains(&w.as_str()));
        if !of_others && speaks && could_be(reader.table, at, kind) {
            candidates.push((kind, at));
        }
    }
    candidates.sort_by_key(|(kind, _)| *kind as usize);
    for (kind, at) in candidates {
        let (name, cells) = (&reader.table.names()[at], reader.table.column(at)?);
        let day = |text: &str| day(text, order(&cells, reader, names), names);
        let of = cells.each(|text| kind.reads(text, &day));
        if let Some(odd) = cells.filled().find(|s| of[cells.code(s.first)].is_none()) {
            if kind == Kind::Ends {
                let what = format!(
                    "column `{name}` is called as if it told which items have ended, but `{}` is neither a date nor yes or no: it was not read",
                    odd.text
                );
                reader.repairs.say(what, format!("correct it, and name it with `--discontinued '{name}'`"));
            }
            continue;
        }
        let told = Told::read(name, &cells, &of, entries, items);
        let (ended, as_items_do) = told.ended();
        if kind == Kind::Ends || as_items_do * 10 >= ended * 9 {
            return Ok(Some(told));
        }
        let what = format!(
            "`{name}` is taken for a status of orders, as it differs among the rows of an item (`--discontinued` takes it for that of items)"
        );
        reader.reading.push(what);
    }
    Ok(None)
}

/// Whether a column is told, or called, to be of ends.
pub(super) fn is_called_so(name: &str, names: &Columns) -> bool {
    match &names.discontinued {
        Some(told) => told.eq_ignore_ascii_case(name),
        None => Kind::of(name) == Kind::Ends,
    }
}

/// Whether a column may tell of ends: by its name, or by one of its few cells.
fn could_be(table: &Table, at: usize, kind: Kind) -> bool {
    match kind {
        Kind::Ends => true,
        Kind::Active => table.few_values(at, STATES).is_some_and(|v| v.iter().any(|v| !v.is_empty())),
        Kind::Status => table
            .few_values(at, STATES)
            .is_some_and(|v| v.iter().any(|v| Kind::Status.reads(v, &|_| None) == Some(State::Ended))),
    }
}

/// What stands first in dates of a column: as told, as its own dates leave no choice, or as the file's other dates have it.
fn order(cells: &Cells, reader: &Reader<'_>, names: &Columns) -> Option<DateOrder> {
    let own = cells.filled().find_map(|s| match date(s.text) {
        Written::Either { first: 13.., .. } => Some(DateOrder::DayFirst),
        Written::Either { second: 13.., .. } => Some(DateOrder::MonthFirst),
        _ => None,
    });
    names.date_order.or(own).or(reader.repairs.ordered.map(|o| o.1))
}

fn day(text: &str, order: Option<DateOrder>, names: &Columns) -> Option<Day> {
    let told = names.date_format.as_ref().and_then(|f| jiff::civil::Date::strptime(f, text).ok()).map(Day::from_date);
    told.or_else(|| match date(text) {
        Written::Known(day) => Some(day),
        Written::Either { first, second, year } => in_order(order?, first, second, year),
        Written::No => excel_serial(text),
    })
}

impl Ends {
    /// Ends the items of a panel, and says so. `labels` are the items' names, by label.
    pub fn apply(&self, panel: &mut Panel, labels: &[String], reading: &mut Vec<String>, repairs: &mut super::Repairs) {
        // Of several labels that are one item all must have ended.
        let mut of: HashMap<&str, Option<State>> = HashMap::new();
        for (label, state) in labels.iter().zip(&self.items) {
            let known = of.entry(label).or_insert(*state);
            *known = known.zip(*state).map(|(a, b)| self.later(a, b));
        }
        let dates = Panel { items: Vec::new(), ..*panel };
        let end = dates.date(dates.periods).plus(-1);
        let (mut ended, mut sold_on) = (Vec::new(), Vec::new());
        for item in &mut panel.items {
            let Some(state) = of.get(item.name.as_str()).copied().flatten() else { continue };
            let last = self.last_day(state).max(if state == State::Ended { end } else { Day(i32::MIN) });
            item.discontinued = Some(last);
            let first_after = dates.period_of(last) + 1 - item.start as i64;
            let after = item.units.iter().skip(usize::try_from(first_after).unwrap_or(0)).sum::<f64>();
            if after > 0.0 {
                sold_on.push((item.name.clone(), after, last));
            }
            item.take_off_the_shelf(&dates, if state == State::Ended { dates.first } else { last });
            ended.push(item.name.clone());
        }
        let all = panel.items.len();
        let count = if ended.is_empty() { "none".to_owned() } else { ended.len().to_string() };
        reading.push(format!("column `{}` tells which items are discontinued, {count} of {all}", self.column));
        if let Some(first) = ended.first() {
            let names = ended.iter().take(4).map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
            let more = if ended.len() > 4 { format!(" and {} more", ended.len() - 4) } else { String::new() };
            let what = format!(
                "{names}{more} {} discontinued by column `{}`: nothing is expected of {} afterwards",
                if ended.len() == 1 { "is" } else { "are" },
                self.column,
                if ended.len() == 1 { format!("`{first}`") } else { "them".to_owned() }
            );
            repairs.say(what, "`--discontinued none` takes them to go on").of(ended.iter().cloned());
        }
        if let Some((name, units, last)) = sold_on.first() {
            let more =
                if sold_on.len() > 1 { format!(", and so did {} more", sold_on.len() - 1) } else { String::new() };
            let what = format!(
                "`{name}` is discontinued on {last} by column `{}`, but sold {} units after it{more}",
                self.column,
                super::rows::rounded(*units)
            );
            repairs
                .say(what, "is the date right? `--discontinued none` leaves the column out")
                .of(sold_on.iter().map(|s| s.0.clone()));
        }
    }

    fn last_day(&self, state: State) -> Day {
        match state {
            State::Until(day) => day,
            State::On | State::Ended => self.last,
        }
    }

    fn later(&self, a: State, b: State) -> State {
        if self.last_day(a) >= self.last_day(b) { a } else { b }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_eight_languages_say_that_an_item_has_ended() {
        let reads = |kind: Kind, text: &str| kind.reads(text, &|t| day(t, None, &Columns::default()));
        for text in [
            "Discontinued",
            "delisted",
            "End of Life",
            "EOL",
            "phased out",
            "Inactive",
            "archived",
            "not active",
            "ausgelaufen",
            "eingestellt",
            "Ausgelistet",
            "inaktiv",
            "archiviert",
            "abgekündigt",
            "arrêté",
            "déréférencé",
            "fin de vie",
            "inactif",
            "descatalogado",
            "descontinuado",
            "inactivo",
            "fuera de catálogo",
            "fuori produzione",
            "dismesso",
            "inattivo",
            "descontinuado",
            "inativo",
            "fora de linha",
            "arquivado",
            "stopgezet",
            "beëindigd",
            "uitgefaseerd",
            "inactief",
            "wycofany",
            "nieaktywny",
            "zarchiwizowany",
            "DISCONTINUED - replaced",
        ] {
            assert_eq!(reads(Kind::Status, text), Some(State::Ended), "{text}");
        }
        for text in [
            "active",
            "aktiv",
            "new",
            "draft",
            "",
            "not discontinued",
            "paid",
            "cancelled",
            "refunded",
            "closed",
            "in stock",
        ] {
            assert_eq!(reads(Kind::Status, text), Some(State::On), "{text}");
        }
        for (text, state) in [
            ("yes", Some(State::Ended)),
            ("0", Some(State::On)),
            ("ja", Some(State::Ended)),
            ("2026-03-31", Some(State::Until(Day(20_543)))),
            ("46112", Some(State::Until(Day(20_543)))),
            ("maybe", None),
        ] {
            assert_eq!(reads(Kind::Ends, text), state, "{text}");
        }
        assert_eq!((reads(Kind::Active, "no"), reads(Kind::Active, "1")), (Some(State::Ended), Some(State::On)));
        for (name, kind) in [
            ("Discontinued", Kind::Ends),
            ("discontinued_at", Kind::Ends),
            ("EOL date", Kind::Ends),
            ("Descatalogado", Kind::Ends),
            ("is_active", Kind::Active),
            ("Aktiv", Kind::Active),
            ("Status", Kind::Status),
        ] {
            assert_eq!(Kind::of(name), kind, "{name}");
        }
    }
}
