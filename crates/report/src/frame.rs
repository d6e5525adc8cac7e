//! Data frames to Parquet. With `data/table.rs` the only file that names polars.

use super::summary::{KpiLine, kpi_lines};
use super::tabled;
use polars::io::parquet::write::BatchedWriter;
use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, PolarsError, Series as Frame,
};
use restock_kernel::model::{Kpi, Scenario};
use restock_kernel::sim::Series;
use restock_kernel::study::{Band, ModelOutcome, Outcome, ProductOutcome, Rows};
use std::io::{self, Write};

/// A column of the daily bands.
type Field = fn(&Band) -> f64;

type Result = std::result::Result<(), PolarsError>;

fn write(columns: Vec<Column>, out: impl Write) -> Result {
    let height = columns.first().map_or(0, Column::len);
    let mut frame = DataFrame::new(height, columns)?;
    ParquetWriter::new(out).finish(&mut frame).map(|_| ())
}

/// Writes frames of one kind, of which `empty` is one, into one file.
fn batches(
    empty: std::result::Result<DataFrame, PolarsError>,
    mut frames: impl Iterator<Item = std::result::Result<DataFrame, PolarsError>>,
    out: impl Write,
) -> io::Result<()> {
    let write = || {
        let mut writer = ParquetWriter::new(out).batched(empty?.schema())?;
        frames.try_for_each(|frame| writer.write_batch(&frame?))?;
        writer.finish()
    };
    write().map(|_| ()).map_err(|e: PolarsError| io::Error::other(e.to_string()))
}

fn text(name: &str, values: Vec<&str>) -> Column {
    Frame::new(name.into(), values).into_column()
}

/// `kpis.parquet`: the same table as `kpis.csv`, typed; a product at a time.
pub(super) fn kpis(scenario: &Scenario, outcome: &Outcome, out: impl Write) -> io::Result<()> {
    let frame = |lines: Vec<KpiLine<'_>>| {
        let figure = |(i, name): (usize, &&str)| {
            Frame::new((*name).into(), lines.iter().map(|l| l.figures()[i]).collect::<Vec<Option<f64>>>()).into_column()
        };
        let replications: Vec<u32> = lines.iter().map(|l| l.summary.replications as u32).collect();
        let mut columns = vec![
            text("product", lines.iter().map(|l| l.product).collect()),
            text("model", lines.iter().map(|l| l.model).collect()),
            text("kpi", lines.iter().map(|l| l.summary.kpi.name()).collect()),
            text("unit", lines.iter().map(|l| l.unit.as_str()).collect()),
        ];
        columns.extend(KpiLine::COLUMNS[4..12].iter().enumerate().map(figure));
        columns.push(Frame::new("replications".into(), replications).into_column());
        let remarks: Vec<Option<&str>> = lines.iter().map(|l| l.summary.remark).collect();
        columns.push(Frame::new("remark".into(), remarks).into_column());
        DataFrame::new(lines.len(), columns)
    };
    let each = tabled(outcome).map(|product| frame(kpi_lines(scenario, product).collect()));
    batches(frame(Vec::new()), each, out)
}

/// `replications.parquet`: a row for each product, replication and model, a column a KPI; null where it does not exist. Rows are
/// written as they come, so that a file of any length needs little room.
pub(super) struct Replications<W: Write> {
    products: Vec<String>,
    models: Vec<String>,
    writer: BatchedWriter<W>,
    waiting: Vec<Rows>,
}

/// Blocks of replications that are written together.
const BLOCKS: usize = 32;

impl<W: Write> Replications<W> {
    /// The file of a run of the scenario.
    pub fn new(scenario: &Scenario, out: W) -> std::result::Result<Self, PolarsError> {
        let products: Vec<String> = scenario.products.iter().map(|p| p.sku.clone()).collect();
        let models: Vec<String> = scenario.models.iter().map(|m| m.name.clone()).collect();
        let empty = replication_frame(&products, &models, &[])?;
        let writer = ParquetWriter::new(out).batched(empty.schema())?;
        Ok(Replications { products, models, writer, waiting: Vec::new() })
    }

    /// Takes the rows of the next block.
    pub fn add(&mut self, rows: &Rows) -> Result {
        self.waiting.push(rows.clone());
        if self.waiting.len() >= BLOCKS { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result {
        let frame = replication_frame(&self.products, &self.models, &self.waiting)?;
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

fn replication_frame(
    products: &[String],
    models: &[String],
    blocks: &[Rows],
) -> std::result::Result<DataFrame, PolarsError> {
    let each = || {
        blocks
            .iter()
            .flat_map(|b| (0..b.models[0].len()).flat_map(move |r| (0..b.models.len()).map(move |m| (b, r, m))))
    };
    let mut columns = vec![
        text("product", each().map(|(b, ..)| products[b.product].as_str()).collect()),
        text("model", each().map(|(.., m)| models[m].as_str()).collect()),
        Frame::new("replication".into(), each().map(|(b, r, _)| b.first + r as u32).collect::<Vec<u32>>())
            .into_column(),
    ];
    for kpi in Kpi::ALL {
        let value = |(b, r, m): (&Rows, usize, usize)| {
            let (x, y) = b.models[m][r][kpi.index()];
            (y != 0.0).then(|| x / y)
        };
        columns.push(Frame::new(kpi.name().into(), each().map(value).collect::<Vec<Option<f64>>>()).into_column());
    }
    DataFrame::new(columns.first().map_or(0, Column::len), columns)
}

/// `daily.parquet`: mean and percentiles of every series on every measured day; a product at a time.
pub(super) fn daily(scenario: &Scenario, outcome: &Outcome, out: impl Write) -> io::Result<()> {
    let days = scenario.horizon.days as usize;
    let frame = |products: &[ProductOutcome]| {
        let each = || {
            let of = |p| move |m| Series::ALL.into_iter().map(move |s| (p, m, s));
            products.iter().flat_map(move |p: &ProductOutcome| p.models.iter().flat_map(of(p)))
        };
        let dates: Vec<i32> = each().flat_map(|_| (0..days as i32).map(|t| scenario.horizon.start.plus(t).0)).collect();
        let mut columns = vec![
            text("product", each().flat_map(|(p, ..)| std::iter::repeat_n(p.sku.as_str(), days)).collect()),
            text(
                "model",
                each()
                    .flat_map(|(_, m, _): (_, &ModelOutcome, _)| std::iter::repeat_n(m.name.as_str(), days))
                    .collect(),
            ),
            Frame::new("date".into(), dates).cast(&DataType::Date)?.into_column(),
            text("series", each().flat_map(|(.., s)| std::iter::repeat_n(s.name(), days)).collect()),
        ];
        let fields: [(&str, Field); 6] = [
            ("mean", |b| b.mean),
            ("p5", |b| b.p5),
            ("p25", |b| b.p25),
            ("p50", |b| b.p50),
            ("p75", |b| b.p75),
            ("p95", |b| b.p95),
        ];
        for (name, value) in fields {
            let values: Vec<f64> = each().flat_map(|(_, m, s)| m.bands.series(s).iter().map(value)).collect();
            columns.push(Frame::new(name.into(), values).into_column());
        }
        DataFrame::new(columns.first().map_or(0, Column::len), columns)
    };
    batches(frame(&[]), outcome.products.chunks(1).map(frame), out)
}

/// `paths.parquet`: demand and sales by item, path and date (days since 1970).
pub(super) fn paths(
    names: &[&str],
    paths: u32,
    dates: &[i32],
    demand: &[f64],
    sales: &[f64],
    out: impl Write,
) -> Result {
    let each = || names.iter().flat_map(|n| (0..paths).map(move |k| (*n, k)));
    let n = dates.len();
    let columns = vec![
        text("item", each().flat_map(|(name, _)| std::iter::repeat_n(name, n)).collect()),
        Frame::new("path".into(), each().flat_map(|(_, k)| std::iter::repeat_n(k, n)).collect::<Vec<u32>>())
            .into_column(),
        Frame::new("date".into(), each().flat_map(|_| dates.iter().copied()).collect::<Vec<i32>>())
            .cast(&DataType::Date)?
            .into_column(),
        Frame::new("demand".into(), demand).into_column(),
        Frame::new("sales".into(), sales).into_column(),
    ];
    write(columns, out)
}
