//! How a sales file is named on the command line: shared by `forecast`, `backtest` and `describe`.

use super::question::failed;
use super::{exit, memory, print};
use crate::calendar::{Day, countries, country};
use crate::data::Size;
use crate::report::manifest::{digest, identity};
use crate::scenario::raw::{History, SuspectedStockOuts};
use crate::scenario::read_as;
use crate::task::Known;
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Every {
    Day,
    Week,
    Month,
    Quarter,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Order {
    DayFirst,
    MonthFirst,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Part {
    LeaveOut,
    Keep,
    /// Scaled to a whole one by the days that it lacks
    Scale,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Shapes {
    /// A row an item and period, or a sale
    Long,
    /// A column a date
    DatesAcross,
    /// A column an item
    ItemsAcross,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Decimal {
    Point,
    Comma,
}

fn day(text: &str) -> Result<Day, String> {
    text.parse().map(Day::from_date).map_err(|_| "write the date as 2026-07-01".into())
}

fn code(text: &str) -> Result<&'static str, String> {
    country(text).ok_or_else(|| {
        format!("its holidays are not known; they are of {}: name others with `--events`", countries().join(", "))
    })
}

#[derive(Debug, clap::Args)]
pub(super) struct SalesArgs {
    /// Sales of one or many items, CSV, workbook or Parquet: a row an item and period or a sale, or a wide table with a column a date
    /// or an item
    pub file: PathBuf,
    /// Column of items [default: `sku`, or another usual name]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    item: Option<String>,
    /// Column of dates [default: `date`, or another usual name]
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    date: Option<String>,
    /// Column of units sold [default: `units`, or another usual name]; `rows` counts rows
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    units: Option<String>,
    /// Column of categories: their items share priors and shocks
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    group: Option<String>,
    /// Column of prices: a regressor, bands of analogues, weights by value
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    price: Option<String>,
    /// Column that tells whether, or for what share of the period, the item was promoted
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    promotion: Option<String>,
    /// Column that tells whether, or for what share of the period, the item was in stock
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    in_stock: Option<String>,
    /// Column of stock at the end of the period: at 0 the item ran out
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    on_hand: Option<String>,
    /// Column of hours a day that the item was in stock
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    hours: Option<String>,
    /// Column of the largest single order line of the period: larger ones than usual are taken apart as bulk orders
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    largest_line: Option<String>,
    /// Column of dates on which items end, or of words that say that they have [default: one called so, or a status]; `none` for none
    #[arg(long, value_name = "COLUMN", help_heading = "Columns")]
    discontinued: Option<String>,
    /// Length of a period [default: read off the dates]; finer data are added up
    #[arg(long, help_heading = "Reading")]
    every: Option<Every>,
    /// First and last week, month or quarter that the file covers in part
    #[arg(long, value_enum, default_value_t = Part::LeaveOut, help_heading = "Reading")]
    unfinished: Part,
    /// Keep the rows for which this holds: `COLUMN = VALUE`, `!=`, `in (A, B)`, `not in (A, B)`; may be given several times
    #[arg(long = "where", value_name = "CONDITION", help_heading = "Reading")]
    conditions: Vec<String>,
    /// Column of order names: blank cells of an order's further rows are those of its first
    #[arg(long, value_name = "COLUMN", help_heading = "Reading")]
    order: Option<String>,
    /// Leave out rows after this day
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = "Reading")]
    until: Option<Day>,
    /// First day of year 1, where dates count years from 1, as `1-01` does
    #[arg(long, value_name = "DATE", value_parser = day, help_heading = "Reading")]
    start: Option<Day>,
    /// Take items for one that differ by upper and lower case and blanks alone
    #[arg(long, help_heading = "Reading")]
    merge_case: bool,
    /// Shape of the table [default: read off its columns]
    #[arg(long, help_heading = "Reading")]
    layout: Option<Shapes>,
    /// Row of the header [default: the first that looks like one]
    #[arg(long, value_name = "ROW", help_heading = "Reading")]
    header_row: Option<u32>,
    /// Sheet of a workbook [default: the only one with a table]
    #[arg(long, value_name = "NAME", help_heading = "Reading")]
    sheet: Option<String>,
    /// Encoding of text [default: found]: `utf-8`, `utf-16le`, `windows-1252`, `shift_jis`, ..
    #[arg(long, value_name = "LABEL", help_heading = "Reading")]
    encoding: Option<String>,
    /// What stands before decimals [default: read off all numbers]
    #[arg(long, help_heading = "Reading")]
    decimal: Option<Decimal>,
    /// Form of dates, as of strftime: `%d.%m.%Y`
    #[arg(long, value_name = "FORMAT", help_heading = "Reading")]
    date_format: Option<String>,
    /// Time zone of the shop, such as America/Los_Angeles: moments with a distance from UTC are days there
    #[arg(long, value_name = "ZONE", help_heading = "Reading")]
    time_zone: Option<String>,
    /// What stands first in dates such as 3/4/2026 [default: read off dates that leave no choice]
    #[arg(long, help_heading = "Reading")]
    date_order: Option<Order>,
    /// Holidays and other events, known beforehand: a file with columns `date` and `event`
    #[arg(long, value_name = "FILE", help_heading = "Reading")]
    events: Option<PathBuf>,
    /// Public holidays and commerce days of a country, as `US` or `DE`; several for several. Each has an effect of its own
    #[arg(long = "country", value_name = "CODE", value_parser = code, value_delimiter = ',', help_heading = "Reading")]
    countries: Vec<&'static str>,
    /// Leave a yearly wave out, though the history has more than a year
    #[arg(long, help_heading = "Reading")]
    no_year: bool,
}

/// Bytes of the program itself, and of a panel's number.
const BASE: u64 = 48 << 20;
pub(super) const NUMBER: u64 = 8;
/// An option's value, as a scenario has it: both have the same words.
fn as_written<T: DeserializeOwned>(value: Option<&impl clap::ValueEnum>) -> Option<T> {
    let word = value?.to_possible_value()?;
    let word: StrDeserializer<'_, serde::de::value::Error> = word.get_name().into_deserializer();
    T::deserialize(word).ok()
}

/// What suspected stock-outs are taken for: shared by `forecast` and `describe`.
#[derive(Debug, clap::Args)]
pub(super) struct SuspectedArgs {
    /// Take runs of zeros that chance does not explain for demand, not for stock-outs
    #[arg(long)]
    pub keep_suspected: bool,
}

/// Sales that were read.
pub(super) struct Read {
    pub known: Known,
    /// Bytes that are needed for what is made of them, at most.
    pub bytes: u64,
}

impl SalesArgs {
    /// How the file is read, in words: by which runs are told apart.
    pub fn how(&self) -> String {
        let countries = if self.countries.is_empty() { String::new() } else { format!(" {:?}", self.countries) };
        format!("{:?} no year: {}{countries}", read_as(&self.history(self.item.clone(), false), None), self.no_year)
    }

    /// The countries whose holidays are observed, in words of a folder's name.
    pub fn countries(&self) -> Option<String> {
        (!self.countries.is_empty()).then(|| self.countries.join("+").to_lowercase())
    }

    /// A scenario's `history` that reads the file as it is read here; `item` is the column of items.
    pub fn history(&self, item: Option<String>, keep_suspected: bool) -> History {
        let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        History {
            sku: item,
            date: self.date.clone(),
            units: self.units.clone(),
            group: self.group.clone(),
            price: self.price.clone(),
            promotion: self.promotion.clone(),
            in_stock: self.in_stock.clone(),
            on_hand: self.on_hand.clone(),
            hours: self.hours.clone(),
            largest_line: self.largest_line.clone(),
            discontinued: self.discontinued.clone(),
            every: as_written(self.every.as_ref()),
            unfinished: as_written(Some(&self.unfinished)).unwrap_or_default(),
            conditions: self.conditions.clone(),
            order: self.order.clone(),
            start: self.start.map(|d| d.date().into()),
            until: self.until.map(|d| d.date().into()),
            merge_case: self.merge_case,
            layout: as_written(self.layout.as_ref()),
            header_row: self.header_row,
            sheet: self.sheet.clone(),
            encoding: self.encoding.clone(),
            decimal: as_written(self.decimal.as_ref()),
            date_format: self.date_format.clone(),
            time_zone: self.time_zone.clone(),
            date_order: as_written(self.date_order.as_ref()),
            country: self.countries.iter().map(|c| (*c).to_owned()).collect(),
            events: self.events.as_deref().map(name),
            yearly_wave: !self.no_year,
            suspected_stock_outs: if keep_suspected { SuspectedStockOuts::Keep } else { SuspectedStockOuts::Mask },
            ..History::new(&name(&self.file))
        }
    }

    /// Hashes by which the sales, and the events if there are some, are known: of their files; of what was read where that was a pipe, which gives its
    /// bytes once.
    pub fn hashes(&self, read: &Read) -> Result<Vec<String>, u8> {
        let hash = |path: &PathBuf, read: String| match path.is_file() {
            false => Ok(identity(&[&read])),
            true => digest(path).map(|(_, sha256)| sha256).map_err(|e| {
                let why = format!("cannot read `{}`: {}", crate::names::path(path), crate::diag::words::io(&e));
                print::failed(exit::IO, &why)
            }),
        };
        let sales = hash(&self.file, format!("{:?}", read.known.sales.panel));
        let events = self.events.iter().map(|path| hash(path, format!("{:?}", read.known.events)));
        std::iter::once(sales).chain(events).collect()
    }

    /// Name of the file without its ending, as a file name of ours.
    pub fn stem(&self) -> String {
        crate::names::file_slug(&self.file.file_stem().unwrap_or_default().to_string_lossy())
    }

    /// The file as it is shown.
    #[cfg(feature = "documents")]
    pub fn shown(&self) -> String {
        crate::names::path(&self.file)
    }

    /// Reads the file if there is room for what is made of it, by its size in bytes; repairs and problems are said on standard error.
    pub fn read(&self, keep_suspected: bool, needs: &dyn Fn(Size) -> u64) -> Result<Read, u8> {
        let room = |size: Size| memory::room(BASE + needs(size));
        let how = self.history(self.item.clone(), keep_suspected);
        let read = Known::read(&self.file, self.events.as_deref(), &how, &room).map_err(|e| failed(&e, false))?;
        print::problems(&read.warnings);
        let known = read.value;
        known.notes().iter().for_each(|note| print::note(&format!("note: {note}")));
        let panel = &known.sales.panel;
        let item_periods = panel.items.iter().map(|i| i.units.len()).sum();
        let size = Size { items: panel.items.len(), periods: panel.periods, item_periods, step: panel.step };
        let bytes = BASE + needs(size);
        Ok(Read { known, bytes })
    }
}
