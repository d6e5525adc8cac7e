//! Data frames to Parquet. With `data/table.rs` the only file that names polars.

use super::chart::Csv;
use crate::model::{Kpi, Scenario};
use crate::sim::Series;
use crate::study::{Band, Outcome};
use polars::prelude::{
    Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, PolarsError, Series as Frame,
};
use std::io::Write;

/// A column of the daily bands.
type Field = fn(&Band) -> f64;

type Result = std::result::Result<(), PolarsError>;

fn write(columns: Vec<Column>, out: impl Write) -> Result {
    let height = columns.first().map_or(0, Column::len);
    let mut frame = DataFrame::new(height, columns)?;
    ParquetWriter::new(out).finish(&mut frame).map(|_| ())
}

fn text(name: &str, values: Vec<&str>) -> Column {
    Frame::new(name.into(), values).into_column()
}

/// `kpis.parquet`: the same table as `kpis.csv`, typed.
pub(super) fn kpis(table: &Csv, out: impl Write) -> Result {
    let columns = table.header.iter().enumerate().map(|(i, name)| {
        let cells = table.rows.iter().map(|r| r[i].as_str());
        match *name {
            "product" | "model" | "kpi" | "unit" => text(name, cells.collect()),
            "replications" => {
                Frame::new((*name).into(), cells.map(|c| c.parse::<u32>().ok()).collect::<Vec<_>>()).into_column()
            }
            _ => Frame::new((*name).into(), cells.map(|c| c.parse::<f64>().ok()).collect::<Vec<_>>()).into_column(),
        }
    });
    write(columns.collect(), out)
}

/// `replications.parquet`: a row for each product, model and replication, a column a KPI; null where it does
/// not exist.
pub(super) fn replications(outcome: &Outcome, out: impl Write) -> Result {
    let n = outcome.replications as usize;
    let each = || outcome.products.iter().flat_map(|p| p.models.iter().map(move |m| (p, m)));
    let mut columns = vec![
        text("product", each().flat_map(|(p, _)| std::iter::repeat_n(p.sku.as_str(), n)).collect()),
        text("model", each().flat_map(|(_, m)| std::iter::repeat_n(m.name.as_str(), n)).collect()),
        Frame::new("replication".into(), each().flat_map(|_| 0..n as u32).collect::<Vec<u32>>()).into_column(),
    ];
    for kpi in Kpi::ALL {
        let values: Vec<Option<f64>> = each().flat_map(|(_, m)| m.values(*kpi)).collect();
        columns.push(Frame::new(kpi.name().into(), values).into_column());
    }
    write(columns, out)
}

/// `daily.parquet`: mean and percentiles of every series on every measured day.
pub(super) fn daily(scenario: &Scenario, outcome: &Outcome, out: impl Write) -> Result {
    let days = scenario.horizon.days as usize;
    let each = || {
        outcome
            .products
            .iter()
            .flat_map(move |p| p.models.iter().flat_map(move |m| Series::ALL.into_iter().map(move |s| (p, m, s))))
    };
    let dates: Vec<i32> = each().flat_map(|_| (0..days as i32).map(|t| scenario.horizon.start.plus(t).0)).collect();
    let mut columns = vec![
        text("product", each().flat_map(|(p, ..)| std::iter::repeat_n(p.sku.as_str(), days)).collect()),
        text("model", each().flat_map(|(_, m, _)| std::iter::repeat_n(m.name.as_str(), days)).collect()),
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
    write(columns, out)
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
