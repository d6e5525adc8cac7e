//! Scenarios as Python names them: files, and dictionaries.

use crate::error::{json, raise, warn};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyMapping, PyString};
use restock_base::diag::{Error, Warned};
use restock_base::names;
use restock_report::manifest::ScenarioFile;
use restock_scenario::{Document, Loaded, Loader};
use std::path::PathBuf;
use toml::Value;

/// A scenario that is read when it is used.
#[pyclass(frozen, module = "restock._core")]
#[derive(Clone)]
pub struct Scenario {
    source: Source,
    /// `key=value`, laid over it in order.
    set: Vec<String>,
    allow_outside: bool,
    strict: bool,
}

/// Where the scenario is.
#[derive(Clone)]
enum Source {
    File(PathBuf),
    /// A name, a text, and the folder in which its data files lie.
    Text(String, String, PathBuf),
}

impl Scenario {
    /// With more values laid over it.
    pub fn with(&self, more: impl IntoIterator<Item = String>) -> Scenario {
        Scenario { set: self.set.iter().cloned().chain(more).collect(), ..self.clone() }
    }

    /// What was laid over it.
    pub fn set(&self) -> &[String] {
        &self.set
    }

    /// As messages and outputs call it, and where it is or would be.
    pub fn place(&self) -> (String, PathBuf) {
        match &self.source {
            Source::File(path) => (names::path(path), path.clone()),
            Source::Text(name, _, folder) => (name.clone(), folder.join(name)),
        }
    }

    /// Its text, if it is no file: recorded, so that the run can be made again.
    pub fn own_text(&self) -> Option<ScenarioFile> {
        match &self.source {
            Source::File(_) => None,
            Source::Text(name, text, _) => {
                Some(ScenarioFile { name: name.clone(), path: name.clone(), text: text.clone() })
            }
        }
    }

    fn loader(&self, set: &[String]) -> Loader {
        Loader { overrides: set.to_vec(), allow_outside: self.allow_outside, strict: self.strict, ..Loader::default() }
    }

    /// Reads it with all that is laid over it.
    pub fn load(&self) -> Result<Warned<Loaded>, Error> {
        let loader = self.loader(&self.set);
        Ok(match &self.source {
            Source::File(path) => loader.load(path)?,
            Source::Text(name, text, folder) => loader.load_str(name, text, folder)?,
        })
    }

    /// Reads it without what is laid over it.
    pub fn document(&self) -> Result<Document, Error> {
        let loader = self.loader(&[]);
        Ok(match &self.source {
            Source::File(path) => loader.document(path)?,
            Source::Text(name, text, folder) => loader.document_of_text(name, text, folder)?,
        })
    }
}

#[pymethods]
impl Scenario {
    /// A file, if `table` is none; else a dictionary, or a text of TOML, that is called `name` and whose data files lie in `path`.
    #[new]
    #[pyo3(signature = (path, table, name, set, allow_outside, strict))]
    fn new(
        path: PathBuf,
        table: Option<&Bound<'_, PyAny>>,
        name: String,
        set: Vec<String>,
        allow_outside: bool,
        strict: bool,
    ) -> PyResult<Self> {
        let source = match table {
            None => Source::File(path),
            Some(text) if text.is_instance_of::<PyString>() => Source::Text(name, text.extract()?, path),
            Some(table) => {
                let text = toml::to_string(&value(table, "")?).map_err(|e| PyValueError::new_err(e.to_string()))?;
                Source::Text(name, text, path)
            }
        };
        Ok(Scenario { source, set, allow_outside, strict })
    }

    /// What it was made of: the arguments of `new`.
    fn parts(&self) -> (PathBuf, Option<String>, String, Vec<String>, bool, bool) {
        let (path, text, name) = match &self.source {
            Source::File(path) => (path.clone(), None, String::new()),
            Source::Text(name, text, folder) => (folder.clone(), Some(text.clone()), name.clone()),
        };
        (path, text, name, self.set.clone(), self.allow_outside, self.strict)
    }

    /// The same with more values laid over it.
    fn set_more(&self, more: Vec<String>) -> Scenario {
        self.with(more)
    }

    /// The warnings that reading it gives, as dictionaries; problems are raised.
    fn check<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let warned = py.detach(|| self.load()).map_err(raise)?;
        json(py, &warned.warnings.to_json())
    }

    /// The scenario with its files and all that is laid over it, in TOML.
    fn toml(&self, py: Python<'_>) -> PyResult<String> {
        let warned = py.detach(|| self.load()).map_err(raise)?;
        warn(py, &warned.warnings)?;
        Ok(warned.value.resolved)
    }

    #[getter]
    fn name(&self) -> String {
        self.place().0
    }

    #[getter(overrides)]
    fn changes(&self) -> Vec<String> {
        self.set.clone()
    }
}

/// How deep a value may be.
const DEPTH: usize = 64;

/// A value of a scenario; `at` is its key, for messages.
fn value(from: &Bound<'_, PyAny>, at: &str) -> PyResult<Value> {
    of_depth(from, at, 0)
}

fn of_depth(from: &Bound<'_, PyAny>, at: &str, depth: usize) -> PyResult<Value> {
    let below = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    let wrong = |why: &str| PyValueError::new_err(format!("`{at}` {why}"));
    if depth > DEPTH {
        return Err(PyValueError::new_err(
            "a scenario is not as deep as that: does a dictionary or a list hold itself?",
        ));
    }
    if let Ok(table) = from.cast::<PyMapping>() {
        let mut out = toml::Table::new();
        for pair in table.items()? {
            let (key, of): (Bound<'_, PyAny>, Bound<'_, PyAny>) = pair.extract()?;
            let key: String = key.extract().map_err(|_| {
                let place = if at.is_empty() { "a scenario".to_owned() } else { format!("`{at}`") };
                PyTypeError::new_err(format!(
                    "{place} has the key {key}, which is no text; keys of a scenario are texts"
                ))
            })?;
            // A key with nothing is as if it were not there.
            if !of.is_none() {
                out.insert(key.clone(), of_depth(&of, &below(&key), depth + 1)?);
            }
        }
        return Ok(Value::Table(out));
    }
    if from.is_instance_of::<PyBool>() {
        return Ok(Value::Boolean(from.extract()?));
    }
    if from.is_instance_of::<PyString>() {
        return Ok(Value::String(from.extract()?));
    }
    if from.is_instance_of::<PyInt>() {
        return from.extract().map(Value::Integer).map_err(|_| wrong("is larger than any number of a scenario"));
    }
    if from.is_instance_of::<PyFloat>() {
        return Ok(Value::Float(from.extract()?));
    }
    if from.hasattr("isoformat")? {
        let text: String = from.call_method0("isoformat")?.extract()?;
        // A moment at midnight is what other libraries have for a date.
        let date = text.strip_suffix("T00:00:00").unwrap_or(&text);
        let date = date.parse().map(Value::Datetime);
        return date.map_err(|_| wrong(&format!("is `{text}`; give a `datetime.date`")));
    }
    // Arrays of numpy and columns of pandas become lists, their cells Python's own values.
    if from.hasattr("dtype")? && from.hasattr("tolist")? {
        return of_depth(&from.call_method0("tolist")?, at, depth + 1);
    }
    if from.hasattr("__float__")? && !from.hasattr("__len__")? {
        return Ok(Value::Float(from.call_method0("__float__")?.extract()?));
    }
    if let Ok(items) = from.try_iter() {
        let each = items.enumerate().map(|(i, item)| of_depth(&item?, &below(&i.to_string()), depth + 1));
        return each.collect::<PyResult<Vec<_>>>().map(Value::Array);
    }
    let kind = from.get_type();
    Err(PyTypeError::new_err(format!(
        "`{at}` is of type {kind}; a scenario holds dictionaries, lists, texts, numbers, booleans and dates"
    )))
}

/// A dictionary as a table, with `_` in its keys for `-`.
pub fn table_of(from: &Bound<'_, PyDict>) -> PyResult<toml::Table> {
    let Value::Table(table) = value(from.as_any(), "")? else { return Ok(toml::Table::new()) };
    Ok(table.into_iter().map(|(key, of)| (key.replace('_', "-"), of)).collect())
}

/// A value as it stands behind `key=`: texts as they are on the command line, all else in TOML. One of a list that holds a comma is quoted, so that it
/// stays one value.
#[pyfunction]
pub fn literal(from: &Bound<'_, PyAny>, key: &str, listed: bool) -> PyResult<String> {
    if from.is_instance_of::<PyString>() {
        let text: String = from.extract()?;
        let is_written = text.starts_with(['"', '\'', '[', '{']);
        let splits = listed && !is_written && text.contains([',', ':']);
        return Ok(if splits { Value::String(text).to_string() } else { text });
    }
    if from.is_none() {
        return Err(PyTypeError::new_err(format!("`{key}` is None; leave it out, or give a value")));
    }
    Ok(value(from, key)?.to_string())
}
