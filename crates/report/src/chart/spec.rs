//! Charts as data: what is drawn, in words and numbers, without a pixel.

use restock_base::names;
use restock_kernel::model::Unit;
use std::borrow::Cow;

/// A colour by its role. The theme knows the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// The supply model with this index: the same in every chart of a run.
    Model(usize),
    /// A lighter tint of a model's colour.
    ModelTint(usize),
    /// Part of a total, from dark to light; never a model's colour.
    Part(usize),
    /// The colour of text: for marks that are nobody's.
    Ink,
    /// The colour of what stands back: lines of reference, what is left out.
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
    /// The line at the foot: what made the chart, such as the run and its seed.
    pub footer: String,
    /// One paragraph for those who cannot see the chart.
    pub alt: String,
    /// Words and their colours, in the order in which they are drawn.
    pub legend: Vec<(String, Colour)>,
    /// The marks.
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
            Body::Tornado(panel) => {
                let rows = panel.rows.iter().flat_map(|r| [&r.label, &r.low.1, &r.high.1, &r.note, &r.text]);
                [&panel.now, &panel.axis].into_iter().chain(rows).map(String::as_str).collect()
            }
            Body::Waterfall(panels) => panels
                .iter()
                .flat_map(|p| std::iter::once(&p.title).chain(p.steps.iter().map(|s| &s.text)))
                .map(String::as_str)
                .collect(),
            Body::Heat { panels, key, .. } => {
                panels.iter().flat_map(HeatPanel::labels).chain([key.title.as_str(), &key.low, &key.high]).collect()
            }
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
        /// The panels, row by row.
        panels: Vec<LinePanel>,
        /// Panels in a row.
        columns: usize,
    },
    /// Differences with their intervals.
    Forest(Vec<ForestPanel>),
    /// Bars from the low end of a range to the high one, around the value now.
    Tornado(TornadoPanel),
    /// Side by side, rows in common.
    Waterfall(Vec<WaterfallPanel>),
    /// Maps of coloured cells in rows of `columns`; one colour is one value in all of them.
    Heat {
        /// The maps, row by row.
        panels: Vec<HeatPanel>,
        /// Maps in a row.
        columns: usize,
        /// What the colours mean.
        key: HeatKey,
    },
}

/// How values are written on axes and labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// A fraction, written in per cent.
    Share,
    /// An amount in the currency with this ISO code.
    Money(String),
    /// Units of the product, without decimals.
    Units,
    /// A number of days.
    Days,
}

impl Format {
    /// How values of a unit are written; `currency` is the ISO code of the scenario's money.
    #[must_use]
    pub fn of(unit: Unit, currency: &str) -> Self {
        match unit {
            Unit::Share => Format::Share,
            Unit::Money | Unit::MoneyOverWindow | Unit::MoneyPerOrder | Unit::MoneyDays => {
                Format::Money(currency.into())
            }
            Unit::Days => Format::Days,
            Unit::Units
            | Unit::UnitDays
            | Unit::Orders
            | Unit::CustomerOrders
            | Unit::Parcels
            | Unit::Containers
            | Unit::PerYear => Format::Units,
        }
    }
}

/// Horizontal bars from zero.
#[derive(Debug, Clone, PartialEq)]
pub struct Bars {
    /// Over the bars, where there is more than one column of them.
    pub title: String,
    /// The bars, from top to bottom.
    pub rows: Vec<BarRow>,
    /// How values are written on the axis.
    pub format: Format,
    /// Title of the axis.
    pub axis: String,
}

/// One bar of a [`Bars`] column.
#[derive(Debug, Clone, PartialEq)]
pub struct BarRow {
    /// Name at the left of the bar.
    pub label: String,
    /// A second line under the label.
    pub note: String,
    /// Values that add up to the bar, each with a colour and a label drawn inside if it fits.
    pub segments: Vec<(f64, Colour, String)>,
    /// Ends of the 95 % interval, on the axis of the values; absent: none is drawn.
    pub whisker: Option<(f64, f64)>,
    /// Written after the bar.
    pub value: String,
}

/// Lines and bands over time.
#[derive(Debug, Clone, PartialEq)]
pub struct LinePanel {
    /// Written over the panel.
    pub title: String,
    /// Colour of the panel's title.
    pub colour: Colour,
    /// What runs from left to right.
    pub x: XAxis,
    /// How values are written on the value axis.
    pub format: Format,
    /// Bottom and top of the value axis, if they are fixed. What lies outside is marked at the edge with its value.
    pub y_min: Option<f64>,
    /// Top of the value axis, if it is fixed.
    pub y_max: Option<f64>,
    /// Areas, drawn first.
    pub bands: Vec<BandMark>,
    /// Spans of the x axis that are set apart.
    pub spans: Vec<SpanMark>,
    /// Lines, drawn over the bands.
    pub lines: Vec<LineMark>,
    /// Dashed horizontals.
    pub levels: Vec<LevelMark>,
    /// Thin verticals.
    pub events: Vec<EventMark>,
    /// Dots.
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

/// What runs from left to right in a [`LinePanel`].
#[derive(Debug, Clone, PartialEq)]
pub enum XAxis {
    /// x counts days from this date.
    Dates(restock_base::calendar::Day),
    /// x counts days since something, named in the axis title.
    Days(&'static str),
    /// x is a quantity, named in the axis title.
    Values {
        /// How the values are written.
        format: Format,
        /// Name of the axis, with its unit.
        title: String,
    },
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
    /// Place on the x axis, in the unit of [`XAxis`].
    pub x: f64,
    /// Value, in the unit of the panel's format.
    pub y: f64,
    /// Colour of the dot.
    pub colour: Colour,
    /// The word beside the dot.
    pub label: String,
}

/// Area between two curves.
#[derive(Debug, Clone, PartialEq)]
pub struct BandMark {
    /// x, low, high.
    pub points: Vec<(f64, f64, f64)>,
    /// Colour of the area.
    pub colour: Colour,
    /// From 0 (not seen) to 1 (hides what lies behind).
    pub opacity: f64,
    /// The name of the area, read where it is pointed at.
    pub label: String,
    /// What is read where it is pointed at.
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

/// A line through points.
#[derive(Debug, Clone, PartialEq)]
pub struct LineMark {
    /// x and value, from left to right.
    pub points: Vec<(f64, f64)>,
    /// Colour of the line.
    pub colour: Colour,
    /// Whether the line is broken.
    pub dashed: bool,
    /// Written at the line's end.
    pub label: String,
}

/// A dashed horizontal across the panel with a word.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelMark {
    /// Value at which the line lies, in the unit of the panel's format.
    pub y: f64,
    /// Colour of line and word.
    pub colour: Colour,
    /// The word at the line.
    pub label: String,
}

/// Times that are set apart, from bottom to top.
#[derive(Debug, Clone, PartialEq)]
pub struct SpanMark {
    /// Left end, in the unit of [`XAxis`].
    pub from: f64,
    /// Right end, in the unit of [`XAxis`].
    pub to: f64,
    /// Colour of the span.
    pub colour: Colour,
    /// What is said where it is pointed at.
    pub label: String,
}

/// A thin vertical with a word.
#[derive(Debug, Clone, PartialEq)]
pub struct EventMark {
    /// Place on the x axis, in the unit of [`XAxis`].
    pub x: f64,
    /// The word at the vertical.
    pub label: String,
}

/// Differences with their intervals around zero, one panel a KPI.
#[derive(Debug, Clone, PartialEq)]
pub struct ForestPanel {
    /// Name of the KPI, with the unit of the difference.
    pub title: String,
    /// How differences are written on the axis.
    pub format: Format,
    /// The differences, from top to bottom.
    pub rows: Vec<ForestRow>,
}

/// One paired difference of a [`ForestPanel`].
#[derive(Debug, Clone, PartialEq)]
pub struct ForestRow {
    /// What is compared, written at the left.
    pub label: String,
    /// Colour of dot and interval.
    pub colour: Colour,
    /// The difference, in the unit of the panel's format.
    pub value: f64,
    /// Ends of the 95 % interval; absent where there is none.
    pub interval: Option<(f64, f64)>,
    /// The difference in words, written at the right.
    pub text: String,
}

/// Bars around the value now, widest at the top.
#[derive(Debug, Clone, PartialEq)]
pub struct TornadoPanel {
    /// How values are written on the axis.
    pub format: Format,
    /// Title of the axis.
    pub axis: String,
    /// The value now, and its word.
    pub at: f64,
    /// The word at the value now.
    pub now: String,
    /// Over the column of notes.
    pub notes: String,
    /// The bars, from top to bottom.
    pub rows: Vec<TornadoRow>,
}

/// One bar of a [`TornadoPanel`].
#[derive(Debug, Clone, PartialEq)]
pub struct TornadoRow {
    /// Name at the left of the bar.
    pub label: String,
    /// A letter or a word behind the name.
    pub note: String,
    /// Where the bar ends at the low end of the range, and the word at that end.
    pub low: (f64, String),
    /// Where the bar ends at the high end of the range, and the word at that end.
    pub high: (f64, String),
    /// Whether the bar is marked where it crosses zero.
    pub crosses: bool,
    /// Written at the right.
    pub text: String,
}

/// Steps that lead from nothing to a total.
#[derive(Debug, Clone, PartialEq)]
pub struct WaterfallPanel {
    /// Name over the panel.
    pub title: String,
    /// Colour of the panel's title.
    pub colour: Colour,
    /// How values are written on the axis.
    pub format: Format,
    /// The steps, from top to bottom; rows are in common with the panels beside it.
    pub steps: Vec<Step>,
}

/// One row of a waterfall: a bar between two values.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Name at the left of the bar.
    pub label: String,
    /// Value at which the bar begins.
    pub from: f64,
    /// Value at which the bar ends.
    pub to: f64,
    /// Colour of the bar.
    pub colour: Colour,
    /// Ends of the 95 % interval, on the axis of the values; absent: none is drawn.
    pub whisker: Option<(f64, f64)>,
    /// The amount in words, written beside the bar.
    pub text: String,
}

/// What the colours of a heat map mean. Values of both signs are coloured by two hues that meet at zero; values of one sign by one hue,
/// from light to dark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatKey {
    /// What is coloured, with its unit.
    pub title: String,
    /// How values are written beside the colours.
    pub format: Format,
    /// What the low end stands for: `ocean earns more`. May be empty.
    pub low: String,
    /// What the high end stands for. May be empty.
    pub high: String,
}

/// Cells by two quantities.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatPanel {
    /// Written over the map.
    pub title: String,
    /// Colour of the title.
    pub colour: Colour,
    /// From left to right.
    pub x: HeatAxis,
    /// From bottom to top.
    pub y: HeatAxis,
    /// Row by row from the bottom, each from left to right: one for each pair of levels.
    pub cells: Vec<HeatCell>,
    /// Whether a line is drawn where the value crosses zero: between the middles of neighbouring cells, as if it went straight. For axes
    /// of numbers.
    pub contour: bool,
}

/// One side of a heat map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeatAxis {
    /// What the levels are of, with its unit.
    pub title: String,
    /// The levels in words, in the order in which they stand. Each has as much room as any other.
    pub levels: Vec<String>,
}

/// One cell of a heat map.
#[derive(Debug, Clone, PartialEq)]
pub struct HeatCell {
    /// The value, in the unit of the key's format; absent where there is none.
    pub value: Option<f64>,
    /// The value in words, written into the cell where all of a map have room for theirs, and read where it is pointed at.
    pub label: String,
    /// Whether the value is told apart from zero. Cells that are not are hatched.
    pub told: bool,
    /// A word for a cell that is set apart, `now` say: it gets a frame, which the key explains, and its label whether the others have
    /// room or not. One word for all cells of a chart.
    pub mark: Option<String>,
}

impl HeatPanel {
    /// Everything that is written in the map and at its sides.
    fn labels(&self) -> Vec<&str> {
        let sides = [&self.x, &self.y].into_iter().flat_map(|a| std::iter::once(&a.title).chain(&a.levels));
        let cells = self.cells.iter().flat_map(|c| std::iter::once(&c.label).chain(&c.mark));
        std::iter::once(&self.title).chain(sides).chain(cells).map(String::as_str).collect()
    }

    /// The cell at these levels; absent where there is no such level.
    #[must_use]
    pub fn cell(&self, x: usize, y: usize) -> Option<&HeatCell> {
        (x < self.x.levels.len()).then(|| self.cells.get(y * self.x.levels.len() + x)).flatten()
    }
}

/// A small table for a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Csv {
    /// Names of the columns.
    pub header: Vec<Cow<'static, str>>,
    /// Cells, row by row, each row as long as the header.
    pub rows: Vec<Vec<String>>,
}

impl Csv {
    /// A table with these columns and without rows.
    #[must_use]
    pub fn new(header: &[&'static str]) -> Self {
        Csv { header: header.iter().map(|name| Cow::Borrowed(*name)).collect(), rows: Vec::new() }
    }

    /// Adds a row, which has a cell for each column.
    pub fn push(&mut self, row: Vec<String>) {
        debug_assert_eq!(row.len(), self.header.len());
        self.rows.push(row);
    }

    /// As text; cells are quoted where they must be (RFC 4180), and none is a formula (see [`names::csv_cell`]).
    #[must_use]
    pub fn to_text(&self) -> String {
        let header =
            Csv { header: Vec::new(), rows: vec![self.header.iter().map(|c| c.clone().into_owned()).collect()] };
        header.rows_to_text() + &self.rows_to_text()
    }

    /// The same without the header.
    pub(crate) fn rows_to_text(&self) -> String {
        let cell = |text: &str| {
            let text = names::csv_cell(text);
            if text.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", text.replace('"', "\"\""))
            } else {
                text.into_owned()
            }
        };
        let line = |cells: Vec<String>| cells.join(",") + "\n";
        let mut out = String::new();
        for row in &self.rows {
            out.push_str(&line(row.iter().map(|c| cell(c)).collect()));
        }
        out
    }
}
