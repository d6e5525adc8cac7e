//! What is made of sales: descriptions, forecasts, and how good these would have been.

use crate::background::{Ear, cancelled, work};
use crate::chart::Chart;
use crate::error::{json, raise, warn};
use crate::scenario::table_of;
use crate::table::Table;
use arrow_array::{Array, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3_arrow::PyTable;
use restock_base::diag::{Diagnostics, Error, Warned};
use restock_base::names;
use restock_forecast::Item;
use restock_forecast::backtest::{Row, Task, Watch};
use restock_kernel::study::on_threads;
use restock_report::{accuracy, occasions, outlook, replay};
use restock_scenario::data::usual_room;
use restock_scenario::raw::History;
use restock_task as task;
use restock_task::{Backtested, Forecasted, Found, Known, new_item, successor, usage};
use std::fmt::Write as _;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Sales as Python names them: a file, or a data frame that speaks Arrow.
pub enum Sales {
    File(PathBuf),
    /// The text of a sales file, and the time zone of its moments, if they have one.
    Frame(Vec<u8>, Option<String>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Sales {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        if !object.hasattr("__arrow_c_stream__")? {
            return object.extract().map(Sales::File);
        }
        let table: PyTable = object.extract()?;
        let (batches, schema) = table.into_inner();
        Ok(Sales::Frame(csv(&batches, &schema)?, zone(&schema)))
    }
}

/// A data frame as the text of a sales file.
fn csv(batches: &[RecordBatch], schema: &Schema) -> PyResult<Vec<u8>> {
    let cell = |text: &str| {
        if text.contains([',', '"', '\n', '\r']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let mut names = Vec::new();
    let mut columns: Vec<Vec<String>> = Vec::new();
    for (i, field) in schema.fields().iter().enumerate() {
        let arrays: Vec<&dyn Array> = batches.iter().map(|b| b.column(i).as_ref()).collect();
        let Some(name) = name_of(field)? else { continue };
        columns.push(cells(field, &arrays)?);
        names.push(cell(&name));
    }
    let mut out = names.join(",") + "\n";
    for row in 0..columns.first().map_or(0, Vec::len) {
        let line: Vec<String> = columns.iter().map(|column| cell(&column[row])).collect();
        out += &line.join(",");
        out.push('\n');
    }
    Ok(out.into_bytes())
}

/// Name of a column; none of one that is no data. An index of pandas that has no name is one of rows, or of dates.
fn name_of(field: &Field) -> PyResult<Option<String>> {
    let name = field.name();
    if let Some(kind) = field.metadata().get("ARROW:extension:name") {
        let remedy = if kind == "pandas.period" { "; write its periods as dates: `.dt.to_timestamp()`" } else { "" };
        return Err(PyTypeError::new_err(format!(
            "column `{name}` is of type {kind}; sales are dates, texts and numbers{remedy}"
        )));
    }
    let index = name.strip_prefix("__index_level_").and_then(|rest| rest.strip_suffix("__"));
    if index.is_none_or(|level| level.parse::<usize>().is_err()) {
        return Ok(Some(name.clone()));
    }
    Ok(match field.data_type() {
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Some("date".into()),
        DataType::Int64 | DataType::Int32 | DataType::UInt64 => None,
        _ => Some("item".into()),
    })
}

/// The cells of a column as texts; what is missing, or no number, is empty.
fn cells(field: &Field, arrays: &[&dyn Array]) -> PyResult<Vec<String>> {
    let wrong = |e: ArrowError| PyValueError::new_err(e.to_string());
    let kind = field.data_type();
    if kind.is_nested() || matches!(kind, DataType::Binary | DataType::LargeBinary | DataType::BinaryView) {
        let name = field.name();
        return Err(PyTypeError::new_err(format!(
            "column `{name}` is of type {kind}; sales are dates, texts and numbers"
        )));
    }
    let options = FormatOptions::default();
    let mut out = Vec::new();
    for array in arrays {
        let shown = ArrayFormatter::try_new(*array, &options).map_err(wrong)?;
        out.extend((0..array.len()).map(|row| shown.value(row).to_string()));
    }
    match kind {
        // 12 is written as whole numbers are, so that an item which a gap has made a number is called as before.
        DataType::Float64 | DataType::Float32 | DataType::Float16 => {
            for text in &mut out {
                match text.parse::<f64>() {
                    Ok(v) if v.is_nan() => text.clear(),
                    Ok(v) if v.abs() < 1e15 => *text = v.to_string(),
                    _ => {}
                }
            }
        }
        // Midnights are how data frames write dates.
        DataType::Timestamp(_, None) | DataType::Date64
            if out.iter().all(|t| t.is_empty() || t.ends_with("T00:00:00")) =>
        {
            out.iter_mut().for_each(|text| text.truncate(text.len().saturating_sub("T00:00:00".len())));
        }
        _ => {}
    }
    Ok(out)
}

/// The time zone of the first column of moments that has one with a name.
fn zone(schema: &Schema) -> Option<String> {
    schema.fields().iter().find_map(|field| match field.data_type() {
        DataType::Timestamp(_, Some(zone)) if zone.contains('/') => Some(zone.to_string()),
        _ => None,
    })
}

/// How sales are read: what a scenario's `history` says.
pub struct How(History);

impl<'a, 'py> FromPyObject<'a, 'py> for How {
    type Error = PyErr;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> PyResult<Self> {
        let mut options = table_of(&object.to_owned().cast_into::<PyDict>()?)?;
        options.insert("file".into(), "sales".into());
        // Which of them is wrong is found out by trying them alone.
        let read = |options: toml::Table| toml::Value::Table(options).try_into::<History>();
        let file = options["file"].clone();
        for (key, value) in &options {
            let alone = [("file".to_owned(), file.clone()), (key.clone(), value.clone())].into_iter().collect();
            if let Err(e) = read(alone) {
                let key = key.replace('-', "_");
                return Err(raise(usage(format!("`{key}` is {value}: {}", e.message()))));
            }
        }
        read(options).map(How).map_err(|e| raise(usage(e.message().to_owned())))
    }
}

/// What messages call sales that are no file.
const FRAME: &str = "the data frame";

/// Reads sales, and shows them as they were named.
fn read(sales: Sales, How(how): &mut How, events: Option<&Path>) -> Result<(Warned<Known>, String), Error> {
    match sales {
        Sales::File(path) => Ok((Known::read(&path, events, how, &usual_room)?, names::path(&path))),
        Sales::Frame(text, zone) => {
            if how.time_zone.is_none() {
                how.time_zone = zone;
            }
            let wrong = |e: std::io::Error| Error::new("write", format!("a temporary file cannot be written: {e}"));
            let mut file = tempfile::Builder::new().suffix(".csv").tempfile().map_err(wrong)?;
            file.write_all(&text).map_err(wrong)?;
            let known = Known::called(file.path(), Some(FRAME), (events, how), &usual_room)?;
            Ok((known, FRAME.to_owned()))
        }
    }
}

/// What was found in sales.
#[pyclass(frozen, module = "restock._core")]
pub struct Description {
    known: Known,
    found: Found,
    shown: String,
}

/// Looks at sales.
#[pyfunction]
pub fn describe(
    py: Python<'_>,
    sales: Sales,
    mut how: How,
    events: Option<PathBuf>,
    threads: usize,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Description> {
    let (description, warnings): (_, Diagnostics) = work(py, progress, move |_| {
        let (Warned { value: known, warnings }, shown) = read(sales, &mut how, events.as_deref())?;
        let pipeline = known.pipeline(known.calendar(0)?.0);
        let found = on_threads(threads, || Found::look(&pipeline, &known.sales.panel));
        Ok((Description { known, found, shown }, warnings))
    })?;
    warn(py, &warnings)?;
    Ok(description)
}

#[pymethods]
impl Description {
    #[getter]
    fn notes(&self) -> Vec<String> {
        self.known.notes()
    }

    fn text(&self, show: usize, width: u16) -> PyResult<String> {
        task::description(&self.known, &self.found, show, width).map_err(raise)
    }

    fn items(&self) -> PyResult<Table> {
        Table::of_csv(&task::item_table(&self.known.sales.panel))
    }

    fn spikes(&self) -> PyResult<Table> {
        Table::of_csv(&self.found.spike_table(&self.known.sales.panel))
    }

    fn silences(&self) -> PyResult<Table> {
        Table::of_csv(&self.found.silence_table(&self.known.sales.panel))
    }

    /// The page of what was read, left out and changed.
    fn report(&self) -> PyResult<String> {
        let health = task::health(&self.known.sales, &self.found, &self.shown);
        restock_report::document::health_html(&health, "restock.describe(..)").map_err(raise)
    }
}

/// A forecast of sales.
#[pyclass(frozen, module = "restock._core")]
pub struct Forecast {
    known: Known,
    found: Forecasted,
    shown: Vec<usize>,
    how: History,
    file: String,
    /// How good the method was on the past, in words; absent if that was not asked for.
    record: Option<(String, serde_json::Value)>,
}

/// What `forecast` is asked.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Ahead {
    horizon: Option<u16>,
    totals: Vec<u16>,
    method: Option<String>,
    paths: u32,
    seed: u64,
    new: Vec<String>,
    replaces: Vec<String>,
    keep_paths: bool,
    record: bool,
    only: Vec<String>,
    show: usize,
    threads: usize,
}

impl Ahead {
    fn task(&self) -> Result<task::Forecast, Error> {
        within("horizon", self.horizon, 1_000)?;
        self.totals.iter().try_for_each(|t| within("totals", Some(*t), 1_000))?;
        if self.horizon.is_some() && !self.totals.is_empty() {
            return Err(usage("`horizon` and `totals` exclude one another: the horizon is the longest total"));
        }
        paths(self.paths)?;
        let each = |of: &str, texts: &[String]| -> Result<Vec<Item>, Error> {
            texts.iter().map(|t| new_item(t).map_err(|e| usage(format!("`{of}`: `{t}`: {e}")))).collect()
        };
        let pair = |t: &String| successor(t).map_err(|e| usage(format!("`replaces`: `{t}`: {e}")));
        Ok(task::Forecast {
            horizon: self.horizon,
            totals: self.totals.clone(),
            method: self.method.clone(),
            paths: self.paths,
            seed: self.seed,
            new: each("new", &self.new)?,
            replaces: self.replaces.iter().map(pair).collect::<Result<_, _>>()?,
            keep_paths: self.keep_paths,
        })
    }
}

fn within(of: &str, value: Option<u16>, most: u16) -> Result<(), Error> {
    match value {
        Some(value) if !(1..=most).contains(&value) => {
            Err(usage(format!("`{of}` is {value}; it must be 1 to {most} periods")))
        }
        _ => Ok(()),
    }
}

fn paths(paths: u32) -> Result<(), Error> {
    if (20..=100_000).contains(&paths) {
        Ok(())
    } else {
        Err(usage(format!("`paths` is {paths}; it must be 20 to 100,000")))
    }
}

/// Forecasts sales.
#[pyfunction]
pub fn forecast(
    py: Python<'_>,
    sales: Sales,
    reading: (How, Option<PathBuf>),
    asked: Ahead,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Forecast> {
    let (mut how, events) = reading;
    let (forecast, warnings): (_, Diagnostics) = work(py, progress, move |ear: &Ear| {
        let wanted = asked.task()?;
        let (Warned { value: known, warnings }, file) = read(sales, &mut how, events.as_deref())?;
        let ready = wanted.ready(&known)?;
        let only = ready.items(&asked.only)?;
        let (found, record) = on_threads(asked.threads, || {
            let found = ready.look(&mut |done, of| ear.goes_on("looking ahead", done, of)).ok_or_else(cancelled)?;
            let record = asked.record.then(|| {
                let (record, step) = (found.record(), found.history.sold.step);
                let text = outlook::record(record.as_ref(), &found.method, step, found.material().horizon, 100);
                (text, record.map_or(serde_json::Value::Null, |r| measured(&r)))
            });
            Ok::<_, Error>((found, record))
        })?;
        let shown =
            if only.is_empty() { found.material().largest().into_iter().take(asked.show).collect() } else { only };
        // A data frame is a file by the time the scenario is run.
        let file = if file == FRAME { "sales.csv".to_owned() } else { file };
        let how = History { file: file.clone(), sku: known.sales.item_column.clone(), ..how.0 };
        Ok((Forecast { known, found, shown, how, file, record }, warnings))
    })?;
    warn(py, &warnings)?;
    Ok(forecast)
}

/// How good a method was on totals of the past.
fn measured(record: &restock_forecast::totals::Record) -> serde_json::Value {
    let q = &record.quality;
    serde_json::json!({
        "items": record.items,
        "origins": record.origins,
        "forecasts": q.forecasts,
        "loss": q.loss,
        "error": q.error,
        "bias": q.bias,
        "inside_50": q.inside[0],
        "inside_90": q.inside[1],
    })
}

#[pymethods]
impl Forecast {
    #[getter]
    fn method(&self) -> &str {
        &self.found.method
    }

    #[getter]
    fn horizon(&self) -> usize {
        self.found.material().horizon
    }

    #[getter]
    fn step(&self) -> &'static str {
        self.known.sales.panel.step.noun()
    }

    #[getter]
    fn notes(&self) -> Vec<String> {
        self.known.notes()
    }

    fn text(&self, width: u16) -> String {
        let (m, history) = (self.found.material(), &self.found.history);
        let dates = occasions::text(&history.sold, &history.calendar, &self.found.holidays, self.found.drawn(), width);
        let mut out =
            self.found.heading(&self.known.sales.panel) + "\n\n" + &outlook::text(&m, &self.shown, width) + &dates;
        if let Some((text, _)) = &self.record {
            let _ = write!(out, "{text}");
        }
        out
    }

    fn record<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json(py, self.record.as_ref().map_or(&serde_json::Value::Null, |(_, record)| record))
    }

    fn table(&self, name: &str) -> PyResult<Option<Table>> {
        let m = self.found.material();
        let (demand, sales) = &self.found.paths;
        let csv = match name {
            "periods" => outlook::periods(&m),
            "totals" => outlook::totals(&m),
            "spikes" => outlook::spikes(&m),
            "suspected" => outlook::suspected(&m),
            "lead_times" => match outlook::lead_times_table(&m) {
                Some(table) => table,
                None => return Ok(None),
            },
            "paths" if !demand.is_empty() => return Table::of(outlook::path_table(&m, demand, sales)).map(Some),
            _ => return Ok(None),
        };
        Table::of_csv(&csv).map(Some)
    }

    /// Fan charts of the items that are shown.
    fn charts(&self) -> Vec<(String, Chart)> {
        let m = self.found.material();
        let one = |i: &usize| (String::new(), outlook::fan(&m, *i));
        let names = self.shown.iter().map(|i| m.sold().items[*i].name.clone());
        let charts = Chart::all(self.shown.iter().map(one)).into_iter().map(|(_, chart)| chart);
        names.zip(charts).collect()
    }

    /// A scenario of the fitted demand, in TOML.
    fn scenario(&self) -> String {
        let told =
            replay::Source { file: &self.file, currency: self.known.sales.currency.as_deref(), history: &self.how };
        replay::scenario(&self.found.material(), &told)
    }
}

/// How good methods were.
#[pyclass(frozen, module = "restock._core")]
pub struct Backtest {
    known: Known,
    found: Backtested,
}

/// What `backtest` is asked.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Behind {
    horizon: Option<u16>,
    totals: Vec<u16>,
    origins: u16,
    paths: u32,
    seed: u64,
    methods: Vec<String>,
    mask_suspected: bool,
    threads: usize,
}

impl Behind {
    fn task(&self) -> Result<task::Backtest, Error> {
        within("horizon", self.horizon, 400)?;
        self.totals.iter().try_for_each(|t| within("totals", Some(*t), 400))?;
        if self.horizon.is_some() && !self.totals.is_empty() {
            return Err(usage("`horizon` and `totals` exclude one another: the horizon is the longest total"));
        }
        paths(self.paths)?;
        if !(1..=100).contains(&self.origins) {
            return Err(usage(format!("`origins` is {}; it must be 1 to 100", self.origins)));
        }
        Ok(task::Backtest {
            horizon: self.horizon,
            totals: self.totals.clone(),
            origins: self.origins,
            paths: self.paths,
            seed: self.seed,
            methods: self.methods.clone(),
            mask_suspected: self.mask_suspected,
        })
    }
}

/// Hears of every fit.
struct Fits<'a>(&'a Ear);

impl Watch for Fits<'_> {
    fn done(&self, _: &Task, _: &[Row], done: usize, all: usize) -> ControlFlow<()> {
        self.0.goes_on("forecasting the past", done as u64, all as u64)
    }
}

/// Forecasts the past.
#[pyfunction]
pub fn backtest(
    py: Python<'_>,
    sales: Sales,
    reading: (How, Option<PathBuf>),
    asked: Behind,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Backtest> {
    let (mut how, events) = reading;
    let (backtest, warnings): (_, Diagnostics) = work(py, progress, move |ear: &Ear| {
        let wanted = asked.task()?;
        let (Warned { value: known, warnings }, _) = read(sales, &mut how, events.as_deref())?;
        let trials = wanted.ready(&known, asked.threads)?;
        let compared = on_threads(asked.threads, || {
            trials.compare(trials.panel, &Fits(ear), &mut |done, of| ear.goes_on("adding up totals", done, of))
        });
        let found = trials.ended(compared.ok_or_else(cancelled)?)?;
        Ok((Backtest { found, known }, warnings))
    })?;
    warn(py, &warnings)?;
    Ok(backtest)
}

#[pymethods]
impl Backtest {
    #[getter]
    fn horizon(&self) -> usize {
        self.found.horizon
    }

    #[getter]
    fn methods(&self) -> Vec<String> {
        self.found.scores.iter().map(|s| s.method.clone()).collect()
    }

    #[getter]
    fn notes(&self) -> Vec<String> {
        self.known.notes()
    }

    fn text(&self, width: u16) -> String {
        self.found.text(&self.known.sales.panel, width)
    }

    fn scores(&self) -> PyResult<Table> {
        Table::of_csv(&self.found.table(&self.known.sales.panel))
    }

    fn charts(&self) -> Vec<(String, Chart)> {
        let charts = accuracy::charts(&self.known.sales.panel, &self.found.scores, self.found.horizon);
        Chart::all(charts.into_iter().map(|chart| (String::new(), chart)))
    }
}
