//! Which columns of a table hold what: as named, or under names that are usual for it.

use super::cells::Cells;
use super::months::plain;
use super::parse::{DateOrder, DecimalMark, SIGNS, Written, bare, date, excel_serial, number};
use super::sums::is_word;
use super::table::{Layout, Problem, Table};
use restock_base::calendar::Day;
use restock_forecast::Step;

/// What stands in the columns of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A row an item and period, or a sale.
    Long,
    /// A row for each item, a column for each date.
    DatesAcross,
    /// A row for each date, a column for each item.
    ItemsAcross,
}

/// What is done with a first or last period that the file covers in part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unfinished {
    /// The period is not in the panel.
    #[default]
    LeaveOut,
    /// The period is in the panel with the units that the file has.
    Keep,
    /// Its units are scaled by the days that it lacks.
    Scale,
}

/// Which columns hold what, and how they are to be read. A column that is not named is looked for under its usual names; what is not
/// said of the reading is judged over the whole file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// Column of the items' names.
    pub item: Option<String>,
    /// Column of the dates.
    pub date: Option<String>,
    /// A column, or `rows` to count rows.
    pub units: Option<String>,
    /// Category.
    pub group: Option<String>,
    /// Column of the price of a unit.
    pub price: Option<String>,
    /// Share of the period under promotion, or yes and no.
    pub promotion: Option<String>,
    /// Yes and no, or the share of the period on the shelf.
    pub in_stock: Option<String>,
    /// Stock at the end of the period: at 0 it ran out.
    pub on_hand: Option<String>,
    /// Hours on the shelf.
    pub hours: Option<String>,
    /// Column of the largest single order line of a row, in units.
    pub largest_line: Option<String>,
    /// Dates on which items end, or words that say that they have; `none` for no column, whatever there is.
    pub discontinued: Option<String>,
    /// Period; found from the dates if not given. Finer data are added up.
    pub every: Option<Step>,
    /// Whether the day or the month comes first in dates that could be read both ways.
    pub date_order: Option<DateOrder>,
    /// Name of the only item: all rows are its own, whatever columns there are.
    pub only: Option<String>,
    /// Encoding, row of the header and sheet.
    pub layout: Layout,
    /// What the columns of the table hold.
    pub shape: Option<Shape>,
    /// The decimal mark of numbers that could be read both ways.
    pub decimal: Option<DecimalMark>,
    /// As of `strftime`: `%d.%m.%Y`.
    pub date_format: Option<String>,
    /// IANA name: moments with a distance from UTC are days there.
    pub time_zone: Option<String>,
    /// Conditions on rows, all of which must hold.
    pub conditions: Vec<String>,
    /// Column of order names: blank cells of an order's further rows are those of its first.
    pub order: Option<String>,
    /// Rows after this day are left out.
    pub until: Option<Day>,
    /// Dates are years, months and days counted from 1, the first of which begins on this day.
    pub start: Option<Day>,
    /// What is done with a period that the file covers in part.
    pub unfinished: Unfinished,
    /// Items that differ by case and blanks alone are one.
    pub merge_case: bool,
}

/// What a column is looked for by: names that are taken as they stand, words of names, and words that speak against it.
struct Usual {
    what: &'static str,
    option: &'static str,
    names: &'static [&'static str],
    words: &'static [&'static str],
    not: &'static [&'static str],
}

const ITEM: Usual = Usual {
    what: "the items",
    option: "--item",
    names: &["sku", "item", "id", "product", "series", "unique_id", "stockcode", "article"],
    words: &[
        "sku", "asin", "ean", "upc", "gtin", "item", "artikel", "article", "articulo", "articolo", "artigo",
        "material", "product", "produkt", "produit", "producto", "prodotto", "produto",
    ],
    not: &[
        "name",
        "title",
        "type",
        "category",
        "group",
        "vendor",
        "quantity",
        "qty",
        "price",
        "description",
        "status",
        "count",
        "sold",
        "sales",
        "units",
        "items",
        "tags",
        "date",
        "menge",
        "bezeichnung",
    ],
};

/// Where no column holds a key of the items, their names do.
const ITEM_BY_NAME: Usual = Usual {
    names: &[
        "product title",
        "product name",
        "item name",
        "lineitem name",
        "artikelnummer",
        "artikelbezeichnung",
        "produktname",
        "bezeichnung",
        "reference",
        "référence",
        "référence article",
        "title",
        "style",
        "model",
        "description",
    ],
    not: &[
        "type", "category", "group", "vendor", "quantity", "qty", "price", "status", "count", "sold", "sales", "units",
        "date", "menge",
    ],
    ..ITEM
};

const DATE: Usual = Usual {
    what: "the dates",
    option: "--date",
    names: &["date", "day", "ds", "week", "month", "period", "invoicedate", "order_date"],
    words: &[
        "date",
        "datum",
        "fecha",
        "data",
        "day",
        "tag",
        "jour",
        "giorno",
        "dia",
        "week",
        "woche",
        "semaine",
        "semana",
        "month",
        "monat",
        "mois",
        "mes",
        "mese",
        "period",
        "periode",
        "created",
        "time",
        "timestamp",
        "dzien",
    ],
    not: &["updated", "cancelled", "canceled", "fulfilled", "paid", "refunded", "delivery", "delivered", "due"],
};

const UNITS: Usual = Usual {
    what: "the units",
    option: "--units",
    names: &["units", "quantity", "qty", "sales", "sold", "y", "demand", "value"],
    words: &[
        "units",
        "sold",
        "quantity",
        "qty",
        "pieces",
        "pcs",
        "menge",
        "stueck",
        "stuck",
        "anzahl",
        "quantite",
        "cantidad",
        "unidades",
        "quantita",
        "quantidade",
        "aantal",
        "ilosc",
        "sztuk",
        "verkauft",
        "demand",
        "absatz",
    ],
    not: &[
        "price",
        "amount",
        "cost",
        "revenue",
        "value",
        "discount",
        "refund",
        "refunded",
        "returned",
        "returns",
        "tax",
        "stock",
        "hand",
        "inventory",
        "available",
    ],
};

/// The words of a name: `Net items sold` and `net_itemsSold` alike.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut spaced = String::new();
    let mut before = ' ';
    for c in name.chars() {
        if c.is_uppercase() && before.is_lowercase() {
            spaced.push(' ');
        }
        spaced.push(if c.is_alphanumeric() { c } else { ' ' });
        before = c;
    }
    plain(&spaced).split_whitespace().map(str::to_owned).collect()
}

/// Whether a name says that its dates are the last days of weeks: `week ending`.
pub(super) fn names_week_ends(name: &str) -> bool {
    let words = words(name);
    let has = |known: &[&str]| words.iter().any(|w| known.contains(&w.as_str()));
    let weeks = ["week", "weeks", "wk", "woche", "kw", "semaine", "semana", "settimana", "tydzien"];
    let ends =
        ["ending", "ended", "ends", "end", "ende", "endend", "bis", "fin", "fine", "fim", "eind", "einde", "koniec"];
    has(&weeks) && has(&ends) || words == ["we", "date"] || words == ["w", "e"] || words == ["weekending"]
}

/// A column that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub name: String,
    /// By a word of its name, or by what it holds.
    pub guessed: bool,
}

impl Usual {
    /// The column named, or the one that is called so; else the only one with a word that says so and cells that `fit`.
    fn find(
        &self,
        given: Option<&String>,
        table: &Table,
        fits: &dyn Fn(&Cells) -> bool,
    ) -> Result<Option<Found>, Problem> {
        if let Some(name) = given {
            return Ok(Some(Found { name: name.clone(), guessed: false }));
        }
        let names = table.names();
        let usual = || self.names.iter().filter_map(|u| names.iter().position(|n| n.eq_ignore_ascii_case(u)));
        let found = |at: usize| Found { name: names[at].clone(), guessed: names[at] != self.names[0] };
        // The first usual name stands for itself, whatever it holds; a `month` beside a `datum` may be a part of it.
        let speaks = |at: &usize| {
            names[*at].eq_ignore_ascii_case(self.names[0]) || table.column(*at).is_ok_and(|cells| fits(&cells))
        };
        if let Some(at) = usual().find(speaks) {
            return Ok(Some(found(at)));
        }
        for word in self.words {
            let mut named = Vec::new();
            for (i, name) in names.iter().enumerate() {
                let words = words(name);
                let speaks = words.iter().any(|w| w == word) && !words.iter().any(|w| self.not.contains(&w.as_str()));
                if speaks && matches!(date(name), Written::No) && table.column(i).is_ok_and(|cells| fits(&cells)) {
                    named.push(name.clone());
                }
            }
            match named.as_slice() {
                [] => {}
                [one] => return Ok(Some(Found { name: one.clone(), guessed: true })),
                several => {
                    let list = several.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(" and ");
                    return Err(Problem::Unreadable(format!(
                        "{list} could hold {}; name one with `{}`",
                        self.what, self.option
                    )));
                }
            }
        }
        Ok(usual().next().map(found))
    }
}

/// Whether so many of the filled cells are as they should be: all but one in ten, and not none.
fn mostly(cells: &Cells, fits: impl Fn(&str) -> bool) -> bool {
    let filled: usize = cells.filled().map(|s| s.rows).sum();
    let fitting: usize = cells.filled().filter(|s| fits(s.text)).map(|s| s.rows).sum();
    filled > 0 && fitting * 10 >= filled * 9
}

pub(super) fn dates(cells: &Cells) -> bool {
    mostly(cells, |c| !matches!(date(c), Written::No) || excel_serial(c).is_some() || is_word(c))
}

pub(super) fn numbers(cells: &Cells) -> bool {
    mostly(cells, |c| number(c, false).is_some() || number(c, true).is_some())
}

/// Names of columns of units that amounts of money often have.
const MONEY: [&str; 3] = ["sales", "value", "y"];

/// Words of columns that stand beside amounts of money, and signs of currencies.
const BESIDE_MONEY: [&str; 24] = [
    "price",
    "prices",
    "preis",
    "prix",
    "precio",
    "prezzo",
    "preco",
    "prijs",
    "cena",
    "currency",
    "revenue",
    "umsatz",
    "quantity",
    "qty",
    "units",
    "menge",
    "orders",
    "cost",
    "tax",
    "eur",
    "usd",
    "gbp",
    "discount",
    "discounts",
];

/// Why a column that was taken for the units by its name holds amounts of money, if it seems to: most have two decimals, and its name and the
/// columns beside it, or a sign of a currency, say so too.
pub(super) fn money(name: &str, cells: &Cells, names: &[String]) -> Option<String> {
    let (mut all, mut cents, mut signed) = (0, 0, 0);
    for seen in cells.filled().filter(|s| s.text.bytes().any(|b| matches!(b, b'1'..=b'9'))) {
        let bare = bare(seen.text);
        let decimals = bare.rsplit_once(['.', ',']).map(|(_, d)| d);
        let two = decimals.is_some_and(|d| d.len() == 2 && d.bytes().all(|b| b.is_ascii_digit()));
        all += seen.rows;
        cents += if two { seen.rows } else { 0 };
        signed += if bare.len() < seen.text.len() { seen.rows } else { 0 };
    }
    if all > 0 && signed * 2 > all {
        return Some(format!("{signed} of its {all} numbers have the sign of a currency"));
    }
    let beside = names
        .iter()
        .filter(|n| *n != name)
        .find(|n| n.contains(SIGNS) || words(n).iter().any(|w| BESIDE_MONEY.contains(&w.as_str())))?;
    let could_be = MONEY.iter().any(|m| name.eq_ignore_ascii_case(m));
    (could_be && cents * 2 > all)
        .then(|| format!("{cents} of its {all} numbers have two decimals, and column `{beside}` stands beside it"))
}

/// The columns of items, dates and units.
#[derive(Debug, Default)]
pub(super) struct Main {
    pub item: Option<Found>,
    pub date: Option<Found>,
    pub units: Option<Found>,
}

impl Main {
    /// Looks for them.
    ///
    /// # Errors
    ///
    /// Several columns could be meant.
    pub fn find(names: &Columns, table: &Table) -> Result<Main, Problem> {
        let item = if names.only.is_some() && names.item.is_none() {
            None
        } else {
            let text = |cells: &Cells| !dates(cells);
            match ITEM.find(names.item.as_ref(), table, &text)? {
                Some(found) => Some(found),
                None => ITEM_BY_NAME.find(None, table, &text)?.map(|f| Found { guessed: true, ..f }),
            }
        };
        Ok(Main {
            item,
            date: DATE.find(names.date.as_ref(), table, &dates)?,
            units: UNITS.find(names.units.as_ref(), table, &numbers)?,
        })
    }

    /// Those that were found: dates, units, items.
    pub fn found(&self) -> impl Iterator<Item = &Found> {
        [&self.date, &self.units, &self.item].into_iter().flatten()
    }

    /// What is wanted where no table can be made of the columns.
    pub fn missing(&self, names: &Columns, table: &Table) -> Problem {
        let wanted = match &self.date {
            None => names.date.clone().unwrap_or_else(|| DATE.names[0].into()),
            Some(_) => names.units.clone().unwrap_or_else(|| UNITS.names[0].into()),
        };
        let remedy = if table.has_no_header() {
            "its first row looks like data: give it a header, or say which row it is with `--header-row`".to_owned()
        } else if self.date.is_none() {
            "name the column of dates with `--date`, or the row of the header with `--header-row`".to_owned()
        } else {
            "name the column of units with `--units`; `--units rows` counts rows, a sale each".to_owned()
        };
        Problem::NoColumn { wanted, known: table.names().to_vec(), remedy: Some(remedy) }
    }
}

#[cfg(test)]
mod tests {
    use super::{names_week_ends, words};

    #[test]
    fn names_say_that_weeks_are_called_by_their_ends() {
        assert!(["Week ending", "week_end_date", "W/E", "Woche bis", "WeekEnding"].into_iter().all(names_week_ends));
        assert!(!["week", "weekend sales", "end date", "Week"].into_iter().any(names_week_ends));
    }

    #[test]
    fn names_are_words() {
        assert_eq!(words("Net items sold"), ["net", "items", "sold"]);
        assert_eq!(words("productVariantSKU"), ["product", "variant", "sku"]);
        assert_eq!(words("Quantité_vendue"), ["quantite", "vendue"]);
    }
}
