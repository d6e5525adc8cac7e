//! Charts as pictures and numbers.

use crate::error::raise;
use crate::table::Table;
use pyo3::prelude::*;
use restock_report::chart::{ChartSpec, draw};

/// A chart that is drawn when it is looked at.
#[pyclass(frozen, module = "restock._core")]
pub struct Chart {
    spec: ChartSpec,
}

impl Chart {
    /// The charts that have something to draw, each with the folder that it would be in.
    pub fn all(specs: impl IntoIterator<Item = (String, ChartSpec)>) -> Vec<(String, Chart)> {
        let drawn = specs.into_iter().filter(|(_, spec)| spec.nothing().is_none());
        drawn.map(|(folder, spec)| (format!("{folder}{}", spec.name), Chart { spec })).collect()
    }
}

#[pymethods]
impl Chart {
    #[getter]
    fn name(&self) -> &str {
        &self.spec.name
    }

    #[getter]
    fn title(&self) -> &str {
        &self.spec.title
    }

    #[getter]
    fn subtitle(&self) -> &str {
        &self.spec.subtitle
    }

    #[getter]
    fn alt(&self) -> &str {
        &self.spec.alt
    }

    /// The numbers that are drawn.
    fn data(&self) -> PyResult<Table> {
        Table::of_csv(&self.spec.data)
    }

    fn svg(&self, py: Python<'_>) -> String {
        py.detach(|| draw::svg(&self.spec))
    }

    fn png(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        py.detach(|| draw::png(&draw::svg(&self.spec), &self.spec.title, &self.spec.alt)).map_err(raise)
    }
}
