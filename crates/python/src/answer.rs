//! Answers to questions about a scenario.

use crate::background::work;
use crate::chart::Chart;
use crate::error::json;
use crate::table::Table;
use pyo3::prelude::*;
use restock_kernel::study::on_threads;
use restock_report::manifest::Manifest;
use restock_report::{self as report, RunFolder};
use std::path::PathBuf;

/// An answer, with all that its folder holds.
#[pyclass(frozen, module = "restock._core")]
pub struct Answer {
    pub answer: report::Answer,
    pub manifest: Manifest,
    pub threads: usize,
}

#[pymethods]
impl Answer {
    #[getter]
    fn verdict(&self) -> &str {
        &self.answer.verdict
    }

    #[getter]
    fn text(&self) -> &str {
        &self.answer.text
    }

    #[getter]
    fn command(&self) -> &str {
        &self.manifest.command
    }

    #[getter]
    fn run_hash(&self) -> &str {
        &self.manifest.run
    }

    fn json<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json(py, &self.answer.json)
    }

    /// The tables by the names of their files, without the ending.
    fn tables(&self) -> PyResult<Vec<(String, Table)>> {
        let each = self.answer.tables.iter();
        each.map(|(name, csv)| Ok((name.trim_end_matches(".csv").to_owned(), Table::of_csv(csv)?))).collect()
    }

    fn charts(&self) -> Vec<(String, Chart)> {
        Chart::all(self.answer.charts.iter().map(|spec| (String::new(), spec.clone())))
    }

    fn write_to(slf: Py<Self>, py: Python<'_>, folder: PathBuf, force: bool, pictures: bool) -> PyResult<PathBuf> {
        work(py, None, move |_| {
            let Answer { answer, manifest, threads } = slf.get();
            let folder = RunFolder::create(&folder, force)?;
            let written = on_threads(*threads, || answer.write(folder, manifest.clone(), pictures))?;
            Ok(written.path)
        })
    }
}
