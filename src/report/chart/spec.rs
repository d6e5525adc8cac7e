//! Charts as data: what is drawn, in words and numbers, without a pixel.

use crate::names;

/// A colour by its role. The theme knows the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The supply model with this index: the same in every chart of a run.
    Model(usize),
    /// A lighter tint of a model's colour.
    ModelTint(usize),
    /// Part of a total, from dark to light; never a model's colour.
    Part(usize),
    Ink,
    Grey,
}

/// A chart, complete but for its looks.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartSpec {
    /// File name without extension.
    pub name: String,
    /// One sentence: the finding with its number.
    pub title: String,
    /// What is drawn, unit, conditions.
    pub subtitle: String,
    pub footer: String,
    /// One paragraph for those who cannot see the chart.
    pub alt: String,
    pub legend: Vec<(String, Colour)>,
    pub body: Body,
    /// Exactly the numbers drawn.
    pub data: Csv,
}

/// What fills the frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Nothing to draw, and why.
    Words(String),
    Bars(Bars),
    /// Small multiples in rows of `columns`; panels of one row share the scale of their values.
    Lines {
        panels: Vec<LinePanel>,
        columns: usize,
    },
    Forest(Vec<ForestPanel>),
    /// Side by side, rows in common.
    Waterfall(Vec<WaterfallPanel>),
}

/// How values are written on axes and labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    Share,
    Money(String),
    Units,
    Days,
}

/// Horizontal bars from zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    pub rows: Vec<BarRow>,
    pub format: Format,
    /// Title of the axis.
    pub axis: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct BarRow {
    pub label: String,
    /// A second line under the label.
    pub note: String,
    /// Values that add up to the bar, each with a colour and a label drawn inside if it fits.
    pub segments: Vec<(f64, Colour, String)>,
    pub whisker: Option<(f64, f64)>,
    /// Written after the bar.
    pub value: String,
}

/// Lines and bands over time.
#[derive(Debug, Clone, PartialEq)]
pub struct LinePanel {
    pub title: String,
    pub colour: Colour,
    pub x: XAxis,
    pub format: Format,
    /// Bottom and top of the value axis, if they are fixed.
    pub y_min: Option<f64>,
    pub y_max: Option<f64>,
    pub bands: Vec<BandMark>,
    pub lines: Vec<LineMark>,
    pub events: Vec<EventMark>,
    pub points: Vec<PointMark>,
}

impl LinePanel {
    /// A panel with nothing in it.
    #[must_use]
    pub fn new(title: impl Into<String>, colour: Colour, x: XAxis, format: Format) -> Self {
        LinePanel {
            title: title.into(),
            colour,
            x,
            format,
            y_min: None,
            y_max: None,
            bands: Vec::new(),
            lines: Vec::new(),
            events: Vec::new(),
            points: Vec::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum XAxis {
    /// x counts days from this date.
    Dates(crate::calendar::Day),
    /// x counts days since something, named in the axis title.
    Days(&'static str),
    /// x is a quantity, named in the axis title.
    Values { format: Format, title: String },
}

impl XAxis {
    /// Name of the axis; dates speak for themselves.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            XAxis::Dates(_) => "",
            XAxis::Days(title) => title,
            XAxis::Values { title, .. } => title,
        }
    }
}

/// A dot with a word.
#[derive(Debug, Clone, PartialEq)]
pub struct PointMark {
    pub x: f64,
    pub y: f64,
    pub colour: Colour,
    pub label: String,
}

/// Area between two curves.
#[derive(Debug, Clone, PartialEq)]
pub struct BandMark {
    /// x, low, high.
    pub points: Vec<(f64, f64, f64)>,
    pub colour: Colour,
    pub opacity: f64,
    pub label: String,
    pub reads: Reading,
}

/// What a band says where it is pointed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Its height: a part of a stack, a bar of a distribution.
    Height,
    /// Its ends, under this name.
    Ends(&'static str),
}

#[derive(Debug, Clone, PartialEq)]
pub struct LineMark {
    pub points: Vec<(f64, f64)>,
    pub colour: Colour,
    pub dashed: bool,
    /// Written at the line's end.
    pub label: String,
}

/// A thin vertical with a word.
#[derive(Debug, Clone, PartialEq)]
pub struct EventMark {
    pub x: f64,
    pub label: String,
}

/// Differences with their intervals around zero, one panel a KPI.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestPanel {
    pub title: String,
    pub format: Format,
    pub rows: Vec<ForestRow>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ForestRow {
    pub label: String,
    pub colour: Colour,
    pub value: f64,
    pub interval: Option<(f64, f64)>,
    pub text: String,
}

/// Steps that lead from nothing to a total.
#[derive(Debug, Clone, PartialEq)]
pub struct WaterfallPanel {
    pub title: String,
    pub colour: Colour,
    pub format: Format,
    pub steps: Vec<Step>,
}

/// One row of a waterfall: a bar between two values.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub label: String,
    pub from: f64,
    pub to: f64,
    pub colour: Colour,
    pub whisker: Option<(f64, f64)>,
    pub text: String,
}

/// A small table for a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Csv {
    pub header: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
}

impl Csv {
    #[must_use]
    pub fn new(header: &[&'static str]) -> Self {
        Csv { header: header.to_vec(), rows: Vec::new() }
    }

    pub fn push(&mut self, row: Vec<String>) {
        debug_assert_eq!(row.len(), self.header.len());
        self.rows.push(row);
    }

    /// As text; cells are quoted where they must be (RFC 4180), and none is a formula (see [`names::csv_cell`]).
    #[must_use]
    pub fn to_text(&self) -> String {
        let cell = |text: &str| {
            let text = names::csv_cell(text);
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.into_owned()
            }
        };
        let line = |cells: Vec<String>| cells.join(",") + "\n";
        let mut out = line(self.header.iter().map(|c| cell(c)).collect());
        for row in &self.rows {
            out.push_str(&line(row.iter().map(|c| cell(c)).collect()));
        }
        out
    }
}
