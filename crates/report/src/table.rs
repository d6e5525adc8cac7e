//! Tables whose columns have types: what data frames, Parquet files and Arrow streams are made of.

use super::chart::Csv;
use super::summary::{KpiLine, kpi_lines};
use super::tabled;
use restock_base::calendar::Day;
use restock_base::stats::interval::p_value;
use restock_kernel::model::{Kpi, Scenario};
use restock_kernel::sim::Series;
use restock_kernel::study::{
    Band, Difference, ModelOutcome, Outcome, ProductOutcome, Rows, differences as differences_of,
};
use std::borrow::Cow;

/// A table, a column after the other; all have the same length.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table<'a> {
    /// Names and cells of the columns.
    pub columns: Vec<(Cow<'a, str>, Cells<'a>)>,
}

/// The cells of a column, of one type.
#[derive(Debug, Clone, PartialEq)]
pub enum Cells<'a> {
    /// Names and words.
    Text(Vec<Option<Cow<'a, str>>>),
    /// Measured or computed.
    Number(Vec<Option<f64>>),
    /// Counted, none missing.
    Count(Vec<u32>),
    /// Days since 1970-01-01.
    Date(Vec<Option<i32>>),
    /// Yes or no.
    Flag(Vec<Option<bool>>),
}

/// A column of the daily bands.
type Field = fn(&Band) -> f64;

impl Cells<'_> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Cells::Text(cells) => cells.len(),
            Cells::Number(cells) => cells.len(),
            Cells::Count(cells) => cells.len(),
            Cells::Date(cells) => cells.len(),
            Cells::Flag(cells) => cells.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<'a> Table<'a> {
    /// Rows of the table.
    #[must_use]
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, |(_, cells)| cells.len())
    }

    /// Whether it has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn with(mut self, name: &'a str, cells: Cells<'a>) -> Self {
        self.columns.push((Cow::Borrowed(name), cells));
        self
    }

    fn texts(self, name: &'a str, cells: impl Iterator<Item = &'a str>) -> Self {
        self.with(name, Cells::Text(cells.map(|text| Some(Cow::Borrowed(text))).collect()))
    }
}

/// The KPIs of some products: a row for each product, model and KPI, as in `kpis.csv`.
pub(crate) fn kpis_of<'a>(scenario: &'a Scenario, products: impl Iterator<Item = &'a ProductOutcome>) -> Table<'a> {
    let lines: Vec<KpiLine<'a>> = products.flat_map(|product| kpi_lines(scenario, product)).collect();
    let units = lines.iter().map(|l| Some(Cow::Owned(l.unit.clone()))).collect();
    let mut table = Table::default()
        .texts("product", lines.iter().map(|l| l.product))
        .texts("model", lines.iter().map(|l| l.model))
        .texts("kpi", lines.iter().map(|l| l.summary.kpi.name()))
        .with("unit", Cells::Text(units));
    for (i, name) in KpiLine::COLUMNS[4..12].iter().enumerate() {
        table = table.with(name, Cells::Number(lines.iter().map(|l| l.figures()[i]).collect()));
    }
    let remarks = lines.iter().map(|l| l.summary.remark.map(Cow::Borrowed)).collect();
    table
        .with("replications", Cells::Count(lines.iter().map(|l| l.summary.replications as u32).collect()))
        .with("remark", Cells::Text(remarks))
}

/// The typed form of `kpis.csv`: a row for each product, model and KPI.
#[must_use]
pub fn kpis<'a>(scenario: &'a Scenario, outcome: &'a Outcome) -> Table<'a> {
    kpis_of(scenario, tabled(outcome))
}

/// How the models differ: a row for each product, KPI and pair of models. The p-value is of the mean difference; `probability_better` is the share of
/// replications in which `model` is better than `compared_with`.
#[must_use]
pub fn differences(outcome: &Outcome) -> Table<'_> {
    let lines: Vec<(&ProductOutcome, Difference)> =
        tabled(outcome).flat_map(|product| differences_of(product).into_iter().map(move |d| (product, d))).collect();
    let numbers = |of: &dyn Fn(&Difference) -> Option<f64>| Cells::Number(lines.iter().map(|(_, d)| of(d)).collect());
    Table::default()
        .texts("product", lines.iter().map(|(p, _)| p.sku.as_str()))
        .texts("kpi", lines.iter().map(|(_, d)| d.kpi.name()))
        .texts("model", lines.iter().map(|(p, d)| p.models[d.to].name.as_str()))
        .texts("compared_with", lines.iter().map(|(p, d)| p.models[d.from].name.as_str()))
        .with("difference", numbers(&|d| Some(d.estimate.value)))
        .with("ci_low", numbers(&|d| d.estimate.interval().map(|i| i.0)))
        .with("ci_high", numbers(&|d| d.estimate.interval().map(|i| i.1)))
        .with("p_value", numbers(&|d| p_value(&d.estimate)))
        .with("probability_better", numbers(&|d| d.to_is_better))
}

/// A row for each product, replication and model, a column a KPI; missing where it does not exist. `blocks` are in the order of products and replications.
#[must_use]
pub fn replications<'a>(scenario: &'a Scenario, blocks: &[Rows]) -> Table<'a> {
    let each = || {
        blocks
            .iter()
            .flat_map(|b| (0..b.models[0].len()).flat_map(move |r| (0..b.models.len()).map(move |m| (b, r, m))))
    };
    let mut table = Table::default()
        .texts("product", each().map(|(b, ..)| scenario.products[b.product].sku.as_str()))
        .texts("model", each().map(|(.., m)| scenario.models[m].name.as_str()))
        .with("replication", Cells::Count(each().map(|(b, r, _)| b.first + r as u32).collect()));
    for kpi in Kpi::ALL {
        let value = |(b, r, m): (&Rows, usize, usize)| {
            let (x, y) = b.models[m][r][kpi.index()];
            (y != 0.0).then(|| x / y)
        };
        table = table.with(kpi.name(), Cells::Number(each().map(value).collect()));
    }
    table
}

/// Mean and percentiles of every series on every measured day, of some products.
#[must_use]
pub fn daily<'a>(scenario: &Scenario, products: &'a [ProductOutcome]) -> Table<'a> {
    let days = scenario.horizon.days as usize;
    let each = || {
        let of = |p| move |m| Series::ALL.into_iter().map(move |s| (p, m, s));
        products.iter().flat_map(move |p: &ProductOutcome| p.models.iter().flat_map(of(p)))
    };
    let dates = each().flat_map(|_| (0..days as i32).map(|t| Some(scenario.horizon.start.plus(t).0))).collect();
    let mut table = Table::default()
        .texts("product", each().flat_map(|(p, ..)| std::iter::repeat_n(p.sku.as_str(), days)))
        .texts("model", each().flat_map(|(_, m, _): (_, &ModelOutcome, _)| std::iter::repeat_n(m.name.as_str(), days)))
        .with("date", Cells::Date(dates))
        .texts("series", each().flat_map(|(.., s)| std::iter::repeat_n(s.name(), days)));
    let fields: [(&str, Field); 6] = [
        ("mean", |b| b.mean),
        ("p5", |b| b.p5),
        ("p25", |b| b.p25),
        ("p50", |b| b.p50),
        ("p75", |b| b.p75),
        ("p95", |b| b.p95),
    ];
    for (name, value) in fields {
        let values = each().flat_map(|(_, m, s)| m.bands.series(s).iter().map(|b| Some(value(b)))).collect();
        table = table.with(name, Cells::Number(values));
    }
    table
}

/// Sample paths of a forecast: a row an item, path and date. `demand` and `sales` are item by item, path by path.
pub(crate) fn paths<'a>(
    names: &[&'a str],
    (paths, dates): (u32, &[i32]),
    (demand, sales): (&[f64], &[f64]),
) -> Table<'a> {
    let each = || names.iter().flat_map(|n| (0..paths).map(move |k| (*n, k)));
    let n = dates.len();
    let numbers = |values: &[f64]| Cells::Number(values.iter().map(|v| Some(*v)).collect());
    Table::default()
        .texts("item", each().flat_map(|(name, _)| std::iter::repeat_n(name, n)))
        .with("path", Cells::Count(each().flat_map(|(_, k)| std::iter::repeat_n(k, n)).collect()))
        .with("date", Cells::Date(each().flat_map(|_| dates.iter().map(|d| Some(*d))).collect()))
        .with("demand", numbers(demand))
        .with("sales", numbers(sales))
}

/// Columns that hold names and words, however these look: a product may be called `123`.
const WORDS: [&str; 38] = [
    "product",
    "sku",
    "item",
    "model",
    "kpi",
    "unit",
    "market",
    "location",
    "category",
    "class",
    "abc",
    "xyz",
    "method",
    "name",
    "label",
    "applied_as",
    "measure",
    "kind",
    "event",
    "cause",
    "causes_at_work",
    "disruption",
    "remark",
    "from",
    "to",
    "of",
    "against",
    "supply",
    "run",
    "compared_run",
    "compared_model",
    "compared_with",
    "key",
    "source",
    "confidence",
    "values",
    "series",
    "customers",
];

/// Columns of dates, though no cell may be there to tell.
const DATES: [&str; 6] = ["date", "first", "origin", "evening", "date_p5", "date_p95"];

/// A table of texts with the types that its cells have: a column is of dates, of numbers or of `true` and `false` if each of its cells is, or is
/// missing; columns of names are of texts always.
impl<'a> From<&'a Csv> for Table<'a> {
    fn from(csv: &'a Csv) -> Self {
        let column = |i: usize| csv.rows.iter().map(move |row| row[i].as_str());
        let typed = |(i, name): (usize, &'a Cow<'static, str>)| {
            let name = name.as_ref();
            let missing = || column(i).all(str::is_empty);
            let of = if DATES.contains(&name) && missing() {
                Cells::Date(vec![None; csv.rows.len()])
            } else {
                cells(WORDS.contains(&name), || column(i))
            };
            (Cow::Borrowed(name), of)
        };
        Table { columns: csv.header.iter().enumerate().map(typed).collect() }
    }
}

/// Cells of the type that all have.
fn cells<'a, I: Iterator<Item = &'a str>>(words: bool, column: impl Fn() -> I) -> Cells<'a> {
    fn all<'a, T>(
        column: impl Iterator<Item = &'a str>,
        read: impl Fn(&'a str) -> Option<T>,
    ) -> Option<Vec<Option<T>>> {
        column.map(|cell| if cell.is_empty() { Some(None) } else { read(cell).map(Some) }).collect()
    }
    let number = |cell: &str| cell.parse().ok().filter(|v: &f64| v.is_finite());
    let date = |cell: &str| (cell.len() == 10).then(|| cell.parse().ok().map(|d| Day::from_date(d).0)).flatten();
    let flag = |cell: &str| cell.parse().ok();
    let text = || Cells::Text(column().map(|c| (!c.is_empty()).then_some(Cow::Borrowed(c))).collect());
    if words {
        return text();
    }
    all(column(), number)
        .map(Cells::Number)
        .or_else(|| all(column(), date).map(Cells::Date))
        .or_else(|| all(column(), flag).map(Cells::Flag))
        .unwrap_or_else(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_texts_get_the_type_of_their_cells() {
        let mut csv = Csv::new(&["product", "date", "value", "is_reached", "level", "nothing"]);
        csv.push(["123", "2026-11-28", "1.5e3", "true", "20%", ""].map(String::from).to_vec());
        csv.push(["456", "", "", "false", "30", ""].map(String::from).to_vec());
        let table = Table::from(&csv);
        let text = |cells: [&'static str; 2]| Cells::Text(cells.map(|c| Some(Cow::Borrowed(c))).to_vec());
        let day = Day::from_date(jiff::civil::date(2026, 11, 28)).0;
        let found: Vec<&Cells<'_>> = table.columns.iter().map(|(_, cells)| cells).collect();
        assert_eq!(found[0], &text(["123", "456"]), "a product is called as it is called");
        assert_eq!(found[1], &Cells::Date(vec![Some(day), None]));
        assert_eq!(found[2], &Cells::Number(vec![Some(1500.0), None]));
        assert_eq!(found[3], &Cells::Flag(vec![Some(true), Some(false)]));
        assert_eq!(found[4], &text(["20%", "30"]));
        assert_eq!(found[5], &Cells::Number(vec![None, None]));
    }

    /// A table without rows has the types of one that has some.
    #[test]
    fn a_column_of_dates_is_one_without_a_date() {
        assert_eq!(Table::from(&Csv::new(&["date"])).columns[0].1, Cells::Date(Vec::new()));
    }

    /// Infinity and what is no number are words that a reader of numbers would take.
    #[test]
    fn words_that_a_reader_of_numbers_takes_are_words() {
        let mut csv = Csv::new(&["level"]);
        csv.push(vec!["inf".into()]);
        assert_eq!(Table::from(&csv).columns[0].1, Cells::Text(vec![Some("inf".into())]));
    }
}
