//! Tables as Arrow, which every data frame reads.

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, BooleanArray, Date32Array, Float64Array, RecordBatch, UInt32Array};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyList;
use pyo3_arrow::PyTable;
use restock_report::chart::Csv;
use restock_report::table::{Cells, Table as Typed};
use std::sync::Arc;

/// A table of Arrow's types.
#[pyclass(frozen, module = "restock._core")]
pub struct Table {
    batch: RecordBatch,
}

impl Table {
    /// From a typed table.
    pub fn of(table: Typed<'_>) -> PyResult<Self> {
        let mut fields = Vec::new();
        let mut arrays: Vec<ArrayRef> = Vec::new();
        for (name, cells) in table.columns {
            let array: ArrayRef = match cells {
                Cells::Text(cells) => {
                    let mut builder = StringBuilder::new();
                    cells.iter().for_each(|cell| builder.append_option(cell.as_deref()));
                    Arc::new(builder.finish())
                }
                Cells::Number(cells) => Arc::new(Float64Array::from(cells)),
                Cells::Count(cells) => Arc::new(UInt32Array::from(cells)),
                Cells::Date(cells) => Arc::new(Date32Array::from(cells)),
                Cells::Flag(cells) => Arc::new(BooleanArray::from(cells)),
            };
            fields.push(Field::new(name.into_owned(), array.data_type().clone(), true));
            arrays.push(array);
        }
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(wrong)?;
        Ok(Table { batch })
    }

    /// From a table of texts, with the types that its cells have.
    pub fn of_csv(csv: &Csv) -> PyResult<Self> {
        Table::of(Typed::from(csv))
    }
}

fn wrong(e: ArrowError) -> PyErr {
    PyValueError::new_err(e.to_string())
}

#[pymethods]
impl Table {
    /// Rows of the table.
    #[getter]
    fn num_rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// Names of the columns.
    #[getter]
    fn column_names(&self) -> Vec<String> {
        self.batch.schema().fields().iter().map(|f| f.name().clone()).collect()
    }

    /// The cells of a column as Python's own values; dates as days since 1970-01-01.
    fn column(&self, index: usize) -> PyResult<Column> {
        let of = self.batch.columns().get(index).ok_or_else(|| PyValueError::new_err("there is no such column"))?;
        Ok(Column(of.clone()))
    }

    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.shared(py)?.call_method0("__arrow_c_schema__")
    }

    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.shared(py)?.call_method1("__arrow_c_stream__", (requested_schema,))
    }
}

impl Table {
    /// The same memory, as the object that speaks the PyCapsule interface.
    fn shared<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTable>> {
        Bound::new(py, PyTable::try_new(vec![self.batch.clone()], self.batch.schema())?)
    }
}

/// A column on its way to Python.
struct Column(ArrayRef);

impl<'py> IntoPyObject<'py> for Column {
    type Target = PyList;
    type Output = Bound<'py, Self::Target>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        use arrow_array::cast::AsArray;
        use arrow_array::types::{Date32Type, Float64Type, UInt32Type};
        let array = self.0;
        match array.data_type() {
            DataType::Utf8 => PyList::new(py, array.as_string::<i32>().iter()),
            DataType::Float64 => PyList::new(py, array.as_primitive::<Float64Type>().iter()),
            DataType::UInt32 => PyList::new(py, array.as_primitive::<UInt32Type>().iter()),
            DataType::Boolean => PyList::new(py, array.as_boolean().iter()),
            DataType::Date32 => {
                let days = array.as_primitive::<Date32Type>();
                let date = py.import("datetime")?.getattr("date")?;
                let from = date.getattr("fromordinal")?;
                // 1970-01-01 is day 719,163 of Python's calendar.
                let dates = days.iter().map(|d| d.map(|d| from.call1((d + 719_163,))).transpose());
                PyList::new(py, dates.collect::<PyResult<Vec<_>>>()?)
            }
            other => Err(PyValueError::new_err(format!("a column of {other} is not read"))),
        }
    }
}
