//! Typed tables to Parquet. With `data/parquet.rs` the only file that names polars.

use super::table::{self, Cells, Table};
use super::tabled;
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, PolarsError, Series as Frame,
};
use restock_kernel::model::Scenario;
use restock_kernel::study::{Outcome, Rows};
use std::borrow::Cow;
use std::io::{self, Write};

type Result<T = ()> = std::result::Result<T, PolarsError>;

fn frame(table: Table<'_>) -> Result<DataFrame> {
    let height = table.len();
    let column = |(name, cells): (Cow<'_, str>, Cells<'_>)| -> Result<Column> {
        let name = name.as_ref().into();
        let of = match cells {
            Cells::Text(cells) => Frame::new(name, cells.iter().map(|c| c.as_deref()).collect::<Vec<_>>()),
            Cells::Number(cells) => Frame::new(name, cells),
            Cells::Count(cells) => Frame::new(name, cells),
            Cells::Date(cells) => Frame::new(name, cells).cast(&DataType::Date)?,
            Cells::Flag(cells) => Frame::new(name, cells),
        };
        Ok(of.into_column())
    };
    DataFrame::new(height, table.columns.into_iter().map(column).collect::<Result<_>>()?)
}

/// Writes tables with the same columns, of which `empty` is one, into one file.
fn batches<'a>(empty: Table<'_>, tables: impl Iterator<Item = Table<'a>>, out: impl Write) -> io::Result<()> {
    let write = || {
        let mut writer = ParquetWriter::new(out).batched(frame(empty)?.schema())?;
        tables.map(frame).try_for_each(|frame| writer.write_batch(&frame?))?;
        writer.finish()
    };
    write().map(|_| ()).map_err(|e: PolarsError| io::Error::other(e.to_string()))
}

/// `kpis.parquet`: the same table as `kpis.csv`, typed; a product at a time.
pub(super) fn kpis(scenario: &Scenario, outcome: &Outcome, out: impl Write) -> io::Result<()> {
    let each = tabled(outcome).map(|product| table::kpis_of(scenario, std::iter::once(product)));
    batches(table::kpis_of(scenario, std::iter::empty()), each, out)
}

/// `replications.parquet`: a row for each product, replication and model, a column a KPI; null where it does not exist. Rows are
/// written as they come, so that a file of any length needs little room.
pub(super) struct Replications<'a, W: Write> {
    scenario: &'a Scenario,
    writer: BatchedWriter<W>,
    waiting: Vec<Rows>,
}

/// Blocks of replications that are written together.
const BLOCKS: usize = 32;

impl<'a, W: Write> Replications<'a, W> {
    /// The file of a run of the scenario.
    pub fn new(scenario: &'a Scenario, out: W) -> Result<Self> {
        let empty = frame(table::replications(scenario, &[]))?;
        let writer = ParquetWriter::new(out).batched(empty.schema())?;
        Ok(Replications { scenario, writer, waiting: Vec::new() })
    }

    /// Takes the rows of the next block.
    pub fn add(&mut self, rows: &Rows) -> Result {
        self.waiting.push(rows.clone());
        if self.waiting.len() >= BLOCKS { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result {
        let frame = frame(table::replications(self.scenario, &self.waiting))?;
        self.waiting.clear();
        self.writer.write_batch(&frame)
    }

    /// Ends the file.
    pub fn finish(mut self) -> Result {
        if !self.waiting.is_empty() {
            self.write()?;
        }
        self.writer.finish().map(|_| ())
    }
}

/// `daily.parquet`: mean and percentiles of every series on every measured day; a product at a time.
pub(super) fn daily(scenario: &Scenario, outcome: &Outcome, out: impl Write) -> io::Result<()> {
    let each = outcome.products.chunks(1).map(|product| table::daily(scenario, product));
    batches(table::daily(scenario, &[]), each, out)
}

/// One table, such as `paths.parquet`.
pub(super) fn whole(table: Table<'_>, out: impl Write) -> Result {
    ParquetWriter::new(out).finish(&mut frame(table)?).map(|_| ())
}
