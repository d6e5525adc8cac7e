//! The sales and plans of a file, made anew from its columns whenever they are asked for: a file of forty million rows has as many of
//! them, and together they would be ten times as large as the columns.

use super::periods;
use super::rows::{Amount, Meant, Others};
use super::table::Numbers;
use restock_base::calendar::Day;
use restock_forecast::Shelf;
use std::collections::BTreeMap;
use std::rc::Rc;

/// One item's sale on a day, or a plan.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub item: u32,
    pub day: Day,
    /// Its row in the file.
    pub number: usize,
    /// Absent for plans: a row without units that gives a price or a promotion.
    pub units: Option<f64>,
    pub extra: Extra,
}

#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Extra {
    pub price: Option<f64>,
    pub promotion: Option<f64>,
    pub shelf: Option<Shelf>,
    pub largest_line: Option<f64>,
}

/// Where something stands in a table of rows and columns of units.
#[derive(Debug, Clone)]
pub(super) enum By<T> {
    /// In a column of its own.
    Cell(Meant<T>),
    Row(Vec<T>),
    Column(Vec<T>),
}

impl<T: Copy> By<T> {
    fn at(&self, row: usize, column: usize) -> T {
        match self {
            By::Cell(meant) => meant.at(row),
            By::Row(of) => of[row],
            By::Column(of) => of[column],
        }
    }
}

/// Columns of a long table besides items, dates and units.
#[derive(Debug, Clone, Default)]
pub(super) struct Besides {
    pub price: Option<Others>,
    pub promotion: Option<Others>,
    pub in_stock: Option<Others>,
    pub on_hand: Option<Others>,
    pub hours: Option<Others>,
    pub largest_line: Option<Others>,
}

impl Besides {
    fn of(&self, row: usize, sold: f64) -> Extra {
        let at = |column: &Option<Others>| column.as_ref().and_then(|c| c.at(row));
        let ran_out = if sold > 0.0 { Shelf::RanOut } else { Shelf::Open(0.0) };
        let shelf = match (at(&self.in_stock).or(at(&self.hours).map(|h| h / 24.0)), at(&self.on_hand)) {
            (Some(s), _) if s <= 0.0 => Some(ran_out),
            (Some(s), _) if s < 1.0 => Some(Shelf::Open(s)),
            (_, Some(h)) if h <= 0.0 => Some(ran_out),
            _ => None,
        };
        Extra { price: at(&self.price), promotion: at(&self.promotion), shelf, largest_line: at(&self.largest_line) }
    }

    /// Whether a row without units may be a plan.
    pub fn has_plans(&self) -> bool {
        self.price.is_some() || self.promotion.is_some()
    }
}

/// All entries of a file, by the rows and columns that they stand in.
#[derive(Debug, Clone)]
pub(super) struct Entries {
    pub items: By<u32>,
    /// Absent where a row has none and is no entry.
    pub days: By<Option<Day>>,
    /// By column.
    pub units: Vec<Meant<Amount>>,
    pub besides: Besides,
    /// By row: whether it is read.
    pub keep: Vec<bool>,
    pub numbers: Rc<Numbers>,
    /// Sales and plans before this day, and sales after that one, are left out.
    pub within: (Day, Day),
    /// Days by which all dates are moved.
    pub moved: i32,
    /// Weekday that dates are moved to, by three days at most.
    pub weekday: Option<usize>,
    /// Periods whose units are multiplied: first and last day, and by how much.
    pub scaled: Vec<(Day, Day, f64)>,
}

/// All days that there are.
const ALWAYS: (Day, Day) = (Day(i32::MIN), Day(i32::MAX));

impl Entries {
    /// Entries of the rows that are kept, all of their days as they stand, with nothing known besides units.
    pub fn new(
        items: By<u32>,
        days: By<Option<Day>>,
        units: Vec<Meant<Amount>>,
        keep: Vec<bool>,
        numbers: Rc<Numbers>,
    ) -> Self {
        let (besides, scaled) = (Besides::default(), Vec::new());
        Entries { items, days, units, besides, keep, numbers, within: ALWAYS, moved: 0, weekday: None, scaled }
    }

    /// Places in which an entry may stand.
    pub fn places(&self) -> usize {
        self.keep.len() * self.units.len()
    }

    /// The entry in a place.
    pub fn get(&self, place: usize) -> Option<Entry> {
        let (row, column) = (place / self.units.len(), place % self.units.len());
        if !self.keep[row] {
            return None;
        }
        let units = self.units[column].at(row).value();
        if units.is_none() && !self.besides.has_plans() {
            return None;
        }
        let day = self.days.at(row, column)?;
        let day = self.weekday.map_or(day, |w| periods::nearest(day, w)).plus(self.moved);
        if day < self.within.0 || units.is_some() && day > self.within.1 {
            return None;
        }
        let factor = self.scaled.iter().find(|(from, to, _)| (*from..=*to).contains(&day)).map(|s| s.2);
        let units = units.map(|u| factor.map_or(u, |f| u * f));
        let extra = self.besides.of(row, units.unwrap_or(0.0));
        Some(Entry { item: self.items.at(row, column), day, number: self.numbers.of(row), units, extra })
    }

    /// In the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = Entry> {
        (0..self.places()).filter_map(|place| self.get(place))
    }

    /// The rows that are read: item and day, which a row with a column for each date or item has none of.
    pub fn rows(&self) -> impl Iterator<Item = (usize, u32, Option<Day>)> {
        let day = |row: usize| if matches!(self.days, By::Cell(_)) { self.days.at(row, 0) } else { None };
        (0..self.keep.len()).filter(|row| self.keep[*row]).map(move |row| (row, self.items.at(row, 0), day(row)))
    }

    /// Day of the last sale.
    pub fn last_sale(&self) -> Option<Day> {
        self.iter().filter(|e| e.units.is_some()).map(|e| e.day).max()
    }

    /// How many entries each day has, and how many of them are sales.
    pub fn days(&self) -> Days {
        let mut counts: BTreeMap<Day, [usize; 2]> = BTreeMap::new();
        let mut run = (Day(0), [0, 0]);
        for entry in self.iter() {
            if entry.day != run.0 {
                add(&mut counts, run);
                run = (entry.day, [0, 0]);
            }
            run.1[0] += 1;
            run.1[1] += usize::from(entry.units.is_some());
        }
        add(&mut counts, run);
        Days(counts)
    }
}

fn add(counts: &mut BTreeMap<Day, [usize; 2]>, (day, [all, sold]): (Day, [usize; 2])) {
    if all > 0 {
        let of = counts.entry(day).or_default();
        *of = [of[0] + all, of[1] + sold];
    }
}

/// Entries, and sales among them, by day.
pub(super) struct Days(BTreeMap<Day, [usize; 2]>);

impl Days {
    /// The days, in order, with their entries.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = (Day, usize)> {
        self.0.iter().map(|(day, n)| (*day, n[0]))
    }

    /// Days with sales, in order.
    pub fn sold(&self) -> impl DoubleEndedIterator<Item = Day> {
        self.0.iter().filter(|(_, n)| n[1] > 0).map(|(day, _)| *day)
    }

    /// First and last day with sales.
    pub fn span(&self) -> Option<(Day, Day)> {
        self.sold().next().zip(self.sold().next_back())
    }
}
