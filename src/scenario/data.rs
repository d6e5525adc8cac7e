//! Data files that a scenario names: daily sales and columns of numbers, as CSV or Parquet.
//!
//! One of the two files of the crate that name polars.

use crate::calendar::Day;
use crate::diag::{Code, Diagnostic, Diagnostics, Place, Warned, did_you_mean};
use crate::forecast::{Item, Panel};
use std::collections::BTreeMap;
use std::path::Path;

/// Which rows and columns make a history.
pub(super) struct Request<'a> {
    /// As named in the scenario.
    pub file: &'a str,
    pub date: &'a str,
    pub units: &'a str,
    pub sku_column: Option<&'a str>,
    pub sku: &'a str,
}

/// Longest history, in days: a longer one is a date gone wrong.
const LONGEST: i32 = 100_000;

/// Daily sales without gaps, from the first day with a row to the last. Gaps become days without sales and
/// rows of the same day are added up, both with a warning; anything else that is wrong is an error.
pub(super) fn history(
    path: &Path,
    request: &Request<'_>,
    place: Option<Place>,
    problems: &mut Diagnostics,
) -> Option<(Day, Vec<i64>)> {
    let file = request.file;
    let mut wanted = vec![request.date, request.units];
    wanted.extend(request.sku_column);
    let columns = match read(path, &wanted) {
        Ok(columns) => columns,
        Err(problem) => {
            problems.push(problem.into_diagnostic(file, place));
            return None;
        }
    };
    let bad = |row: usize, message: String, hint: &str| {
        // The header is line 1.
        Diagnostic::error(Code::HistoryBad, format!("`{file}`, row {}: {message}", row + 2))
            .at(place.clone())
            .hint(hint)
    };
    let mut days: BTreeMap<Day, i64> = BTreeMap::new();
    let (mut repeated, mut errors) = (0, 0);
    for (row, (date, units)) in columns[0].iter().zip(&columns[1]).enumerate() {
        if let Some(sku) = columns.get(2)
            && sku[row].as_deref().map(str::trim) != Some(request.sku)
        {
            continue;
        }
        let problem = match (parse_date(date.as_deref()), parse_units(units.as_deref())) {
            (Some(day), Ok(n)) => {
                match days.entry(day) {
                    std::collections::btree_map::Entry::Vacant(e) => {
                        e.insert(n);
                    }
                    std::collections::btree_map::Entry::Occupied(mut e) => {
                        repeated += 1;
                        *e.get_mut() += n;
                    }
                }
                continue;
            }
            (None, _) => {
                bad(row, format!("`{}` is no date", date.as_deref().unwrap_or("")), "write dates as 2026-07-01")
            }
            (_, Err(why)) => bad(row, why, "write whole numbers, not negative; take returns out of the sales"),
        };
        errors += 1;
        if errors <= 5 {
            problems.push(problem);
        }
    }
    if errors > 5 {
        problems.push(
            Diagnostic::error(Code::HistoryBad, format!("`{file}` has {} more such rows", errors - 5))
                .at(place.clone()),
        );
    }
    if errors > 0 {
        return None;
    }
    let (Some((first, _)), Some((last, _))) = (days.first_key_value(), days.last_key_value()) else {
        let mut names: Vec<&str> =
            columns.get(2).map(|c| c.iter().flatten().map(String::as_str).collect()).unwrap_or_default();
        names.sort_unstable();
        names.dedup();
        let hint = match did_you_mean(request.sku, names) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "check the `sku` of the product and the columns of the file".into(),
        };
        let of = if columns.len() > 2 { format!(" for `{}`", request.sku) } else { String::new() };
        problems.push(Diagnostic::error(Code::HistoryEmpty, format!("`{file}` has no sales{of}")).at(place).hint(hint));
        return None;
    };
    let (first, length) = (*first, last.0 - first.0 + 1);
    if length > LONGEST {
        problems.push(
            Diagnostic::error(Code::HistoryBad, format!("`{file}` spans {length} days, from {first} to {last}"))
                .at(place)
                .hint("one of the two dates is wrong"),
        );
        return None;
    }
    let gaps = length as usize - days.len();
    let warn = |message: String| Diagnostic::warning(Code::WarnRepair, message).at(place.clone());
    if gaps > 0 {
        problems.push(
            warn(format!("`{file}`: {gaps} of {length} days have no row and count as days without sales"))
                .hint("if stock was out on them, demand is underestimated"),
        );
    }
    if repeated > 0 {
        problems.push(
            warn(format!("`{file}`: {repeated} rows repeat a day and were added to it"))
                .hint("check that the file holds one row a day and product"),
        );
    }
    let units: Vec<i64> = (0..length).map(|i| days.get(&first.plus(i)).copied().unwrap_or(0)).collect();
    if units.iter().all(|u| *u == 0) {
        problems.push(
            Diagnostic::error(Code::HistoryEmpty, format!("`{file}` has no unit sold for `{}`", request.sku))
                .at(place)
                .hint("check the column of units"),
        );
        return None;
    }
    Some((first, units))
}

/// Columns of a file of daily sales of many items.
#[derive(Debug, Clone, Copy)]
pub struct PanelColumns<'a> {
    pub item: &'a str,
    pub date: &'a str,
    pub units: &'a str,
}

/// Daily sales of many items. An item begins on its first day with a number of units; days without a row after that are
/// days without sales, and rows of the same day are added up. Rows without a number are left out.
///
/// # Errors
///
/// Every row that cannot be read (five of them, and how many more), or that the file cannot be.
pub fn panel(path: &Path, names: PanelColumns<'_>) -> Result<Warned<Panel>, Diagnostics> {
    let mut problems = Diagnostics::default();
    let file = path.display().to_string();
    let columns = match read(path, &[names.item, names.date, names.units]) {
        Ok(columns) => columns,
        Err(problem) => {
            problems.push(problem.into_diagnostic(&file, None));
            return Err(problems);
        }
    };
    let mut sales: BTreeMap<&str, BTreeMap<Day, i64>> = BTreeMap::new();
    let (mut empty, mut repeated, mut errors) = (0, 0, 0);
    for (row, ((item, date), units)) in columns[0].iter().zip(&columns[1]).zip(&columns[2]).enumerate() {
        if units.as_deref().is_none_or(|u| u.trim().is_empty()) {
            empty += 1;
            continue;
        }
        let item = item.as_deref().map_or("", str::trim);
        let (message, hint) = match (parse_date(date.as_deref()), parse_units(units.as_deref())) {
            (Some(day), Ok(n)) => {
                let on = sales.entry(item).or_default();
                repeated += usize::from(on.contains_key(&day));
                *on.entry(day).or_default() += n;
                continue;
            }
            (None, _) => (format!("`{}` is no date", date.as_deref().unwrap_or("")), "write dates as 2026-07-01"),
            (_, Err(why)) => (why, "write whole numbers, not negative; take returns out of the sales"),
        };
        errors += 1;
        if errors <= 5 {
            // The header is line 1.
            let message = format!("`{file}`, row {}: {message}", row + 2);
            problems.push(Diagnostic::error(Code::HistoryBad, message).hint(hint));
        }
    }
    if errors > 5 {
        problems.push(Diagnostic::error(Code::HistoryBad, format!("`{file}` has {} more such rows", errors - 5)));
    }
    let days = || sales.values().flat_map(|on| on.keys());
    let (Some(first), Some(last)) = (days().min().copied(), days().max().copied()) else {
        if errors == 0 {
            let message = format!("`{file}` has no sales");
            problems.push(Diagnostic::error(Code::HistoryEmpty, message).hint("check the columns of the file"));
        }
        return Err(problems);
    };
    let length = last.0 - first.0 + 1;
    if length > LONGEST {
        let message = format!("`{file}` spans {length} days, from {first} to {last}");
        problems.push(Diagnostic::error(Code::HistoryBad, message).hint("one of the two dates is wrong"));
    }
    if problems.has_errors() {
        return Err(problems);
    }
    let warn = |message: String| Diagnostic::warning(Code::WarnRepair, message);
    if repeated > 0 {
        problems.push(warn(format!("`{file}`: {repeated} rows repeat an item's day and were added to it")));
    }
    if empty > 0 {
        problems.push(warn(format!("`{file}`: {empty} rows have no number of units and were left out")));
    }
    let item = |(name, on): (&&str, &BTreeMap<Day, i64>)| {
        let begun = on.first_key_value().map_or(first, |(day, _)| *day);
        let units = (begun.0..=last.0).map(|d| on.get(&Day(d)).copied().unwrap_or(0) as f64).collect();
        Item { name: (*name).to_owned(), start: (begun.0 - first.0) as usize, units }
    };
    let panel = Panel { first, days: length as usize, items: sales.iter().map(item).collect() };
    Ok(Warned { value: panel, warnings: problems })
}

/// A column of numbers.
pub(super) fn column(
    path: &Path,
    file: &str,
    name: &str,
    place: Option<Place>,
    problems: &mut Diagnostics,
) -> Option<Vec<f64>> {
    let columns = match read(path, &[name]) {
        Ok(columns) => columns,
        Err(problem) => {
            problems.push(problem.into_diagnostic(file, place));
            return None;
        }
    };
    let mut values = Vec::new();
    for (row, text) in columns[0].iter().enumerate() {
        match text.as_deref().map(str::trim) {
            None | Some("") => {}
            Some(text) => match text.parse::<f64>() {
                Ok(v) if v.is_finite() => values.push(v),
                _ => {
                    problems.push(
                        Diagnostic::error(
                            Code::HistoryBad,
                            format!("`{file}`, row {}: `{text}` is no number", row + 2),
                        )
                        .at(place),
                    );
                    return None;
                }
            },
        }
    }
    Some(values)
}

fn parse_date(text: Option<&str>) -> Option<Day> {
    let text = text?.trim();
    // A time of day after the date is dropped.
    let date = text.get(..10).unwrap_or(text);
    date.parse::<jiff::civil::Date>().ok().map(Day::from_date)
}

fn parse_units(text: Option<&str>) -> Result<i64, String> {
    let text = text.map(str::trim).filter(|t| !t.is_empty()).ok_or("the number of units is missing")?;
    let value: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if value < 0.0 {
        return Err(format!("{text} units were sold"));
    }
    if value.fract() != 0.0 || !(0.0..=1e9).contains(&value) {
        return Err(format!("`{text}` is no whole number of units"));
    }
    Ok(value as i64)
}

/// Why a file could not be read.
enum Problem {
    Unreadable(String),
    #[cfg_attr(not(feature = "frame"), expect(dead_code, reason = "without frames no column is looked for"))]
    NoColumn {
        wanted: String,
        known: Vec<String>,
    },
}

impl Problem {
    fn into_diagnostic(self, file: &str, place: Option<Place>) -> Diagnostic {
        match self {
            Problem::Unreadable(why) => Diagnostic::error(Code::FileMissing, format!("cannot read `{file}`: {why}"))
                .at(place)
                .hint("name a CSV file with a header, or a Parquet file (`.parquet`)"),
            Problem::NoColumn { wanted, known } => {
                let hint = match did_you_mean(&wanted, known.iter().map(String::as_str)) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("its columns: `{}`", known.join("`, `")),
                };
                Diagnostic::error(Code::HistoryBad, format!("`{file}` has no column `{wanted}`")).at(place).hint(hint)
            }
        }
    }
}

/// Columns as text, row by row.
type Columns = Vec<Vec<Option<String>>>;

#[cfg(feature = "frame")]
fn read(path: &Path, wanted: &[&str]) -> Result<Columns, Problem> {
    use polars::prelude::{CsvReadOptions, DataType, ParquetReader, SerReader};
    let unreadable =
        |e: polars::prelude::PolarsError| Problem::Unreadable(e.to_string().lines().next().unwrap_or("").to_owned());
    let is_parquet = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet"));
    let frame = if is_parquet {
        let file = std::fs::File::open(path).map_err(|e| Problem::Unreadable(e.to_string()))?;
        ParquetReader::new(file).finish()
    } else {
        if std::fs::metadata(path).is_ok_and(|m| m.len() == 0) {
            return Err(Problem::Unreadable("the file is empty".into()));
        }
        // Everything as text: what is a date and what a number is decided here, with the row to name.
        CsvReadOptions::default()
            .with_has_header(true)
            .with_infer_schema_length(Some(0))
            .try_into_reader_with_file_path(Some(path.to_path_buf()))
            .and_then(SerReader::finish)
    }
    .map_err(unreadable)?;
    wanted
        .iter()
        .map(|name| {
            let column = frame.column(name).map_err(|_| Problem::NoColumn {
                wanted: (*name).to_owned(),
                known: frame.get_column_names().iter().map(ToString::to_string).collect(),
            })?;
            let text = column.cast(&DataType::String).map_err(unreadable)?;
            let text = text.str().map_err(unreadable)?;
            Ok(text.iter().map(|v| v.map(str::to_owned)).collect())
        })
        .collect()
}

#[cfg(not(feature = "frame"))]
fn read(_path: &Path, _wanted: &[&str]) -> Result<Columns, Problem> {
    Err(Problem::Unreadable("this build cannot read data files; build with the feature `frame`".into()))
}
