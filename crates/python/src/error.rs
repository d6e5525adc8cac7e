//! Errors of the library as exceptions with the same parts.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use restock_base::diag::{Diagnostics, Error};
use restock_task::WrongCells;
use std::error::Error as _;

/// The exception for an error: `restock.RestockError`, or the one of its kind.
pub fn raise(error: Error) -> PyErr {
    Python::attach(|py| exception(py, &error).unwrap_or_else(|e| e))
}

fn exception(py: Python<'_>, error: &Error) -> PyResult<PyErr> {
    let kind = match error.code {
        "usage" | "question" => "UsageError",
        // A file that a scenario, or the reader, names and that cannot be read.
        "read" | "write" | "E0301" => "FileError",
        "cancelled" => "Cancelled",
        "cells" => "ScenarioError",
        code if code.starts_with('E') => "ScenarioError",
        _ => "RestockError",
    };
    let parts = PyDict::new(py);
    parts.set_item("code", error.code)?;
    parts.set_item("message", &error.message)?;
    parts.set_item("place", error.place.as_deref())?;
    parts.set_item("value", error.value.as_deref())?;
    parts.set_item("remedy", error.remedy.as_deref())?;
    let behind = error.source();
    let (text, problems) = if let Some(all) = behind.and_then(|e| e.downcast_ref::<Diagnostics>()) {
        (all.render(false), json(py, &all.to_json())?)
    } else if let Some(cells) = behind.and_then(|e| e.downcast_ref::<WrongCells>()) {
        let all: Vec<_> =
            cells.list.iter().flat_map(|(_, _, d)| d.to_json().as_array().cloned().unwrap_or_default()).collect();
        (format!("{}\n{cells}", error.message), json(py, &all.into())?)
    } else {
        (error.to_string(), json(py, &serde_json::Value::Array(Vec::new()))?)
    };
    parts.set_item("text", text)?;
    parts.set_item("problems", problems)?;
    let class = py.import("restock._errors")?.getattr(kind)?;
    Ok(PyErr::from_value(class.call((), Some(&parts))?))
}

/// JSON as Python's own lists, dictionaries and numbers.
pub fn json<'py>(py: Python<'py>, value: &serde_json::Value) -> PyResult<Bound<'py, PyAny>> {
    py.import("json")?.getattr("loads")?.call1((value.to_string(),))
}

/// Warnings of something that was read, and notes, as Python's warnings.
pub fn warn(py: Python<'_>, warnings: &Diagnostics) -> PyResult<()> {
    if warnings.list.is_empty() {
        return Ok(());
    }
    let class = py.import("restock._errors")?.getattr("RestockWarning")?;
    // Of the line that called the package: this is called by a function of it, and that by the user.
    py.import("warnings")?.getattr("warn")?.call1((warnings.render(false), class, 2))?;
    Ok(())
}
