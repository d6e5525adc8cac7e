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

impl ChartSpec {
    /// Why there is nothing to draw, if so. Then no file is written.
    #[must_use]
    pub fn nothing(&self) -> Option<&str> {
        if let Body::Words(why) = &self.body { Some(why) } else { None }
    }

    /// Figures of the title that no label of the chart has. `names` are those of models, products and events: their digits are
    /// no findings. Empty for a good chart: each number of a title can be found in the picture.
    #[must_use]
    pub fn unmarked(&self, names: &[&str]) -> Vec<String> {
        if self.nothing().is_some() {
            return Vec::new();
        }
        let labels = self.body.labels();
        let known: Vec<String> = labels.iter().flat_map(|l| figures(l, &[])).collect();
        figures(&self.title, names).into_iter().filter(|f| !known.contains(f)).collect()
    }
}

/// The figures in a text, without their signs: `22.0 %`, `$13.9k`, `1,035`. Those of names do not count.
#[must_use]
pub fn figures(text: &str, names: &[&str]) -> Vec<String> {
    let mut rest = text.to_owned();
    let mut names: Vec<&str> = names.iter().copied().filter(|n| !n.is_empty()).collect();
    // A name may be part of another.
    names.sort_by_key(|n| std::cmp::Reverse(n.len()));
    for name in names {
        rest = rest.replace(name, "\u{2026}");
    }
    let chars: Vec<char> = rest.chars().collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !chars[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let from = at;
        // Commas and points inside, not behind.
        while at < chars.len()
            && (chars[at].is_ascii_digit()
                || matches!(chars[at], ',' | '.') && chars.get(at + 1).is_some_and(char::is_ascii_digit))
        {
            at += 1;
        }
        let mut figure: String = chars[from..at].iter().collect();
        if from > 0 && "$€£¥".contains(chars[from - 1]) {
            figure.insert(0, chars[from - 1]);
        }
        for suffix in [" %", "bn", "k", "m"] {
            let end = at + suffix.chars().count();
            let follows = chars.get(at..end).is_some_and(|c| c.iter().collect::<String>() == suffix);
            if follows && !chars.get(end).is_some_and(|c| c.is_alphanumeric()) {
                figure += suffix;
                break;
            }
        }
        out.push(figure);
    }
    out
}

impl Body {
    /// One column of bars.
    #[must_use]
    pub fn bars(rows: Vec<BarRow>, format: Format, axis: impl Into<String>) -> Self {
        Body::Bars(vec![Bars { title: String::new(), rows, format, axis: axis.into() }])
    }

    /// Everything that is written beside marks and axes.
    #[must_use]
    pub fn labels(&self) -> Vec<&str> {
        match self {
            Body::Words(_) => Vec::new(),
            Body::Bars(columns) => columns
                .iter()
                .flat_map(|b| {
                    let rows = b.rows.iter().flat_map(|r| {
                        let inside = r.segments.iter().map(|s| s.2.as_str());
                        [r.note.as_str(), r.value.as_str()].into_iter().chain(inside)
                    });
                    [b.title.as_str(), b.axis.as_str()].into_iter().chain(rows)
                })
                .collect(),
            Body::Lines { panels, .. } => panels
                .iter()
                .flat_map(|p| {
                    let lines = p.lines.iter().map(|l| l.label.as_str());
                    let levels = p.levels.iter().map(|l| l.label.as_str());
                    let events = p.events.iter().map(|e| e.label.as_str());
                    let points = p.points.iter().map(|p| p.label.as_str());
                    [p.title.as_str(), p.x.title()].into_iter().chain(lines).chain(levels).chain(events).chain(points)
                })
                .collect(),
            Body::Forest(panels) => panels
                .iter()
                .flat_map(|p| std::iter::once(&p.title).chain(p.rows.iter().map(|r| &r.text)))
                .map(String::as_str)
                .collect(),
            Body::Waterfall(panels) => panels
                .iter()
                .flat_map(|p| std::iter::once(&p.title).chain(p.steps.iter().map(|s| &s.text)))
                .map(String::as_str)
                .collect(),
        }
    }
}

/// What fills the frame.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Nothing to draw, and why: a clause that a list of charts not drawn ends with.
    Words(String),
    /// Side by side, rows in common.
    Bars(Vec<Bars>),
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
    /// Over the bars, where there is more than one column of them.
    pub title: String,
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
    /// Bottom and top of the value axis, if they are fixed. What lies outside is marked at the edge with its value.
    pub y_min: Option<f64>,
    pub y_max: Option<f64>,
    pub bands: Vec<BandMark>,
    pub spans: Vec<SpanMark>,
    pub lines: Vec<LineMark>,
    pub levels: Vec<LevelMark>,
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
            spans: Vec::new(),
            lines: Vec::new(),
            levels: Vec::new(),
            events: Vec::new(),
            points: Vec::new(),
        }
    }

    /// Lowest and highest value of all marks; the axis begins at zero if none is negative.
    #[must_use]
    pub fn extent(&self) -> (f64, f64) {
        let bands = self.bands.iter().flat_map(|b| b.points.iter().flat_map(|p| [p.1, p.2]));
        let lines = self.lines.iter().flat_map(|l| l.points.iter().map(|p| p.1));
        let marks = self.levels.iter().map(|l| l.y).chain(self.points.iter().map(|p| p.y));
        bands.chain(lines).chain(marks).fold((0.0, 0.0), |(low, high), v| (v.min(low), v.max(high)))
    }

    /// First and last place of all marks that are drawn along the x axis.
    #[must_use]
    pub fn reach(&self) -> Option<(f64, f64)> {
        let bands = self.bands.iter().flat_map(|b| b.points.iter().map(|p| p.0));
        let lines = self.lines.iter().flat_map(|l| l.points.iter().map(|p| p.0));
        let marks = self.points.iter().map(|p| p.x).chain(self.events.iter().map(|e| e.x));
        let all = bands.chain(lines).chain(marks);
        all.fold(None, |reach: Option<(f64, f64)>, x| Some(reach.map_or((x, x), |(a, b)| (a.min(x), b.max(x)))))
    }

    /// Gives panels that are compared one value axis, on which all their marks lie.
    pub fn share_axis(panels: &mut [LinePanel]) {
        let (low, high) =
            panels.iter().map(LinePanel::extent).fold((0.0, 0.0), |a: (f64, f64), b| (a.0.min(b.0), a.1.max(b.1)));
        for panel in panels {
            (panel.y_min, panel.y_max) = (Some(low), Some(if high > low { high } else { low + 1.0 }));
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

/// A dashed horizontal across the panel with a word.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelMark {
    pub y: f64,
    pub colour: Colour,
    pub label: String,
}

/// Times that are set apart, from bottom to top.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanMark {
    pub from: f64,
    pub to: f64,
    pub colour: Colour,
    /// What is said where it is pointed at.
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
