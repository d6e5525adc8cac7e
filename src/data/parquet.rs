//! Parquet files, a column at a time: what is not named is not read. The only file here that names polars.

use super::table::{Cells, Problem};
use crate::calendar::Day;
use polars::prelude::{DataType, ParquetReader, PolarsError, SerReader, TimeUnit};
use std::fs::File;
use std::path::Path;

fn damaged() -> Problem {
    Problem::Unreadable("it is no whole Parquet file: damaged, cut short, or of another kind".into())
}

fn open(path: &Path) -> Result<ParquetReader<File>, Problem> {
    let file = File::open(path).map_err(|e| Problem::Unreadable(crate::diag::words::io(&e)))?;
    Ok(ParquetReader::new(file))
}

/// Names of its columns.
///
/// # Errors
///
/// The file is damaged.
pub(super) fn names(path: &Path) -> Result<Vec<String>, Problem> {
    let schema = open(path)?.schema().map_err(|_| damaged())?;
    Ok(schema.iter_names().map(ToString::to_string).collect())
}

/// A column as text: dates as `2026-07-01`, moments with their distance from UTC where they have a time zone.
///
/// # Errors
///
/// The file is damaged, or the column holds neither text nor numbers nor dates.
pub(super) fn column(path: &Path, name: &str) -> Result<Cells, Problem> {
    let frame = open(path)?.with_columns(Some(vec![name.to_owned()])).finish().map_err(|_| damaged())?;
    let column = frame.columns().first().ok_or_else(damaged)?;
    let no_text =
        |_: PolarsError| Problem::Unreadable(format!("column `{name}` holds neither text nor numbers nor dates"));
    match column.dtype() {
        // Many rows, few dates: each is written once.
        DataType::Date => {
            let days = column.cast(&DataType::Int32).map_err(no_text)?;
            let mut written: std::collections::HashMap<i32, String> = std::collections::HashMap::new();
            let mut text = |d: i32| written.entry(d).or_insert_with(|| Day(d).to_string()).clone();
            Ok(days.i32().map_err(no_text)?.iter().map(|d| d.map(&mut text)).collect())
        }
        DataType::Datetime(unit, zone) => {
            let per_second = match unit {
                TimeUnit::Nanoseconds => 1_000_000_000,
                TimeUnit::Microseconds => 1_000_000,
                TimeUnit::Milliseconds => 1_000,
            };
            let ticks = column.cast(&DataType::Int64).map_err(no_text)?;
            let zoned = zone.is_some();
            let text = |t: i64| {
                let moment = jiff::Timestamp::from_second(t.div_euclid(per_second)).ok()?;
                let text = moment.to_string();
                Some(if zoned { text } else { text.trim_end_matches('Z').to_owned() })
            };
            Ok(ticks.i64().map_err(no_text)?.iter().map(|t| t.and_then(text)).collect())
        }
        _ => {
            let text = column.cast(&DataType::String).map_err(no_text)?;
            let text = text.str().map_err(no_text)?;
            Ok(text.iter().map(|v| v.map(|v| v.trim().to_owned())).collect())
        }
    }
}
