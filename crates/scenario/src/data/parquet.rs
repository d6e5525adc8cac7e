//! Parquet files, a column at a time: what is not named is not read. The only file here that names polars.

use super::cells::{Builder, Cells};
use super::table::Problem;
use polars::prelude::{Column, DataType, ParquetReader, PolarsError, PolarsResult, SerReader, TimeUnit};
use restock_base::calendar::Day;
use std::fs::File;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

fn damaged() -> Problem {
    Problem::Unreadable("it is no whole Parquet file: damaged, cut short, or of another kind".into())
}

fn open(path: &Path) -> Result<ParquetReader<File>, Problem> {
    let file = File::open(path).map_err(|e| Problem::Unreadable(restock_base::diag::words::io(&e)))?;
    Ok(ParquetReader::new(file))
}

/// Names of its columns.
///
/// # Errors
///
/// The file is damaged.
pub(super) fn names(path: &Path) -> Result<Vec<String>, Problem> {
    guarded(|| {
        let schema = open(path)?.schema().map_err(|_| damaged())?;
        Ok(schema.iter_names().map(ToString::to_string).collect())
    })
}

/// Rows that are read at a time.
const ROWS: usize = 1 << 22;

/// A column as text: dates as `2026-07-01`, moments with their distance from UTC where they have a time zone.
///
/// # Errors
///
/// The file is damaged, or the column holds neither text nor numbers nor dates.
pub(super) fn column(path: &Path, name: &str) -> Result<Cells, Problem> {
    let mut cells = Builder::default();
    let rows = guarded(|| open(path)?.num_rows().map_err(|_| damaged()))?;
    for from in (0..rows).step_by(ROWS) {
        guarded(|| {
            let reader = open(path)?.with_columns(Some(vec![name.to_owned()])).with_slice(Some((from, ROWS)));
            let frame = reader.finish().map_err(|_| damaged())?;
            let column = frame.columns().first().ok_or_else(damaged)?;
            texts(column, &mut |text| cells.push(text)).map_err(|_: PolarsError| {
                Problem::Unreadable(format!("column `{name}` holds neither text nor numbers nor dates"))
            })
        })?;
    }
    Ok(cells.finish())
}

/// Gives a column's cells as text, empty where they are absent.
fn texts(column: &Column, push: &mut dyn FnMut(&str)) -> PolarsResult<()> {
    match column.dtype() {
        // Many rows, few dates: each is written once.
        DataType::Date => {
            let mut written: std::collections::HashMap<i32, String> = std::collections::HashMap::new();
            for day in column.cast(&DataType::Int32)?.i32()?.iter() {
                push(day.map_or("", |d| written.entry(d).or_insert_with(|| Day(d).to_string())));
            }
        }
        DataType::Datetime(unit, zone) => {
            let per_second = match unit {
                TimeUnit::Nanoseconds => 1_000_000_000,
                TimeUnit::Microseconds => 1_000_000,
                TimeUnit::Milliseconds => 1_000,
            };
            let zoned = zone.is_some();
            let text = |t: i64| {
                let moment = jiff::Timestamp::from_second(t.div_euclid(per_second)).ok()?;
                let text = moment.to_string();
                Some(if zoned { text } else { text.trim_end_matches('Z').to_owned() })
            };
            for ticks in column.cast(&DataType::Int64)?.i64()?.iter() {
                push(&ticks.and_then(text).unwrap_or_default());
            }
        }
        _ => {
            for text in column.cast(&DataType::String)?.str()?.iter() {
                push(text.unwrap_or("").trim());
            }
        }
    }
    Ok(())
}

/// Reads with polars, whose panics over damaged files are errors like others, and say nothing of their own.
fn guarded<T>(read: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let usual: Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync> = Arc::from(take_hook());
    let ours = Arc::clone(&usual);
    set_hook(Box::new(move |info| {
        // Paths of this package are relative; a panic of other code is the file's fault.
        if info.location().is_some_and(|l| Path::new(l.file()).is_relative()) {
            ours(info);
        }
    }));
    let result = catch_unwind(AssertUnwindSafe(read));
    set_hook(Box::new(move |info| usual(info)));
    result.unwrap_or_else(|_| Err(damaged()))
}
