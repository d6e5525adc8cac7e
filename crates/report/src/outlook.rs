//! What is to come: tables for the terminal, fan charts for a deck, files for a spreadsheet.

use super::chart::{
    BandMark, Body, ChartSpec, Colour, Csv, EventMark, Format, LineMark, LinePanel, PointMark, Reading, SpanMark, XAxis,
};
use super::table::{self, Table};
use super::{format, standing, text};
use comfy_table::{Cell, CellAlignment};
use restock_base::diag::Error;
use restock_forecast::classes::pattern;
use restock_forecast::outlook::{Ahead, Outlook, Spread};
use restock_forecast::spikes::Spikes;
use restock_forecast::totals::Record;
use restock_forecast::{Panel, Prepared, Step, Suspect, SuspectedStockOuts};
use std::fmt::Write;

/// All that a forecast is reported from.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The panel as it was sold and as methods saw it.
    pub history: &'a Prepared,
    /// What was drawn of the future.
    pub outlook: &'a Outlook,
    /// Name of the method that was fitted.
    pub method: &'a str,
    /// Periods that totals count.
    pub horizon: usize,
    /// Futures drawn for each item.
    pub paths: u32,
    /// Units so far of a period that has begun when the sales end: it is forecast before the others, and in no total.
    pub unfinished: Option<f64>,
    /// Lead times whose totals are told besides, in periods.
    pub lead_times: &'a [usize],
    /// Chance that an item has ended, by item, where the method has one.
    pub ended: &'a [Option<f64>],
}

impl Material<'_> {
    /// Sales as they were.
    #[must_use]
    pub fn sold(&self) -> &Panel {
        &self.history.sold
    }

    /// Spikes, and the count model without them.
    #[must_use]
    pub fn spikes(&self) -> &Spikes {
        &self.history.spikes
    }

    fn noun(&self) -> &'static str {
        self.sold().step.noun()
    }

    /// "the next 28 days".
    fn next(&self) -> String {
        if self.horizon == 1 {
            return format!("the next {}", self.noun());
        }
        format!("the next {} {}s", self.horizon, self.noun())
    }

    /// Units sold in the last periods of the panel, as many as are forecast.
    fn last(&self, item: usize) -> f64 {
        self.sold().items[item].units.iter().rev().take(self.horizon).sum()
    }

    /// Units that were expected in suspected stock-outs of those periods, where they are taken for such.
    fn hidden(&self, item: usize) -> f64 {
        if self.history.suspected == SuspectedStockOuts::Keep {
            return 0.0;
        }
        let from = self.sold().periods.saturating_sub(self.horizon);
        let of = |s: &Suspect| {
            let within = (s.from + s.periods).saturating_sub(from.max(s.from));
            s.expected * within as f64 / s.periods as f64
        };
        self.history.suspects_of(item).map(of).sum()
    }

    /// What suspected stock-outs hide in all, beside what was sold.
    fn hidden_in_all(&self) -> Option<String> {
        let suspects = &self.history.suspects;
        if self.history.suspected == SuspectedStockOuts::Keep || suspects.is_empty() {
            return None;
        }
        let hidden: f64 = suspects.iter().map(|s| s.expected).sum();
        let sold: f64 = self.sold().items.iter().flat_map(|i| &i.units).sum();
        Some(format!(
            "Demand is more than what sold: {} taken for stock-outs, in which {} units were expected, {} of the {} sold; \
             `--keep-suspected` takes them for days without demand.",
            if suspects.len() == 1 {
                "1 run without sales is".to_owned()
            } else {
                format!("{} runs without sales are", format::count(suspects.len() as f64))
            },
            units(hidden),
            format::share(hidden / sold.max(f64::MIN_POSITIVE)),
            units(sold),
        ))
    }

    fn spikes_of(&self, item: usize) -> usize {
        self.spikes().list.iter().filter(|s| s.item == item).count()
    }

    fn suspects_of(&self, item: usize) -> usize {
        self.history.suspects_of(item).count()
    }

    fn conditions(&self) -> String {
        format!("{}, {} paths", self.method, format::count(f64::from(self.paths)))
    }

    /// Items by what is expected of them, most first.
    #[must_use]
    pub fn largest(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.sold().items.len()).collect();
        order.sort_by(|a, b| self.outlook.items[*b].total.mean.total_cmp(&self.outlook.items[*a].total.mean));
        order
    }
}

/// Units: whole, unless they are few.
pub(super) fn units(value: f64) -> String {
    match value.abs() {
        v if v >= 1e6 => format!("{}m", format::fixed(value / 1e6, if v < 1e7 { 2 } else { 1 })),
        v if v >= 1e5 => format!("{}k", format::count((value / 1e3).round())),
        v if !(0.05..10.0).contains(&v) => format::count(value.round()),
        _ => format::fixed(value, 1),
    }
}

/// The table of the terminal: the items of `shown`, and all together.
#[must_use]
pub fn text(m: &Material<'_>, shown: &[usize], width: u16) -> String {
    let several = m.sold().items.len() > 1;
    let mut t = text::grid(width);
    let noun = m.noun();
    let hidden: Vec<f64> = (0..m.sold().items.len()).map(|i| m.hidden(i)).collect();
    let hides = hidden.iter().any(|h| *h > 0.0);
    // Where the last periods hold suspected stock-outs, demand stands beside what sold in them.
    let wanted = hides.then(|| "wanted".to_owned());
    let head = [String::new(), format!("last {}", m.horizon)].into_iter().chain(wanted);
    t.set_header(
        head.chain([format!("next {}", m.horizon)])
            .chain(["5 %", "97.5 %", "sales", "spikes", "outs"].map(str::to_owned))
            .collect::<Vec<String>>(),
    );
    let right = |s: String| Cell::new(s).set_alignment(CellAlignment::Right);
    let row = |name: &str, (last, hidden): (f64, f64), a: &Ahead, rest: [usize; 2]| {
        let [low, high] = [0.05, 0.975].map(|p| a.total.at(p));
        let past = std::iter::once(last).chain(hides.then_some(last + hidden));
        let figures = past.chain([a.total.mean, low, high, a.total_sales.mean]).map(units);
        let rest = rest.map(|n| format::count(n as f64));
        std::iter::once(Cell::new(name)).chain(figures.chain(rest).map(right)).collect::<Vec<Cell>>()
    };
    for i in shown {
        let item = &m.sold().items[*i];
        let rest = [m.spikes_of(*i), m.suspects_of(*i)];
        let name = match item.has_ended(m.sold()) {
            true => format!("{} (discontinued)", item.name),
            false => item.name.clone(),
        };
        t.add_row(row(&name, (m.last(*i), hidden[*i]), &m.outlook.items[*i], rest));
    }
    let mut out = String::new();
    if several {
        let name = format!("all {}", format::count(m.sold().items.len() as f64));
        let last = (0..m.sold().items.len()).map(|i| m.last(i)).sum();
        let counts = [m.spikes().list.len(), m.history.suspects.len()];
        t.add_row(row(&name, (last, hidden.iter().sum()), &m.outlook.all, counts));
    }
    text::keep_figures_whole(&mut t);
    let _ = writeln!(out, "{t}");
    if shown.len() < m.sold().items.len() {
        let _ = writeln!(out, "All items are in totals.csv and forecast.csv.");
    }
    out += &lead_times(m, shown, width);
    for note in standing::notes(m, shown) {
        let _ = writeln!(out, "{}", text::wrapped(&note, width));
    }
    if let Some(so_far) = m.unfinished {
        let (first, next) = (m.sold().date(m.sold().periods), m.sold().date(m.sold().periods + 1));
        let begun = format!(
            "The {noun} from {first} had begun when the sales end ({} units so far). It is forecast ({} in all) and in no total: the next {} begin on {next}.",
            units(so_far),
            units(m.outlook.all.demand[0].mean),
            if m.horizon == 1 { noun.to_owned() } else { format!("{} {noun}s", m.horizon) },
        );
        let _ = writeln!(out, "{}", text::wrapped(&begun, width));
    }
    if let Some(hidden) = m.hidden_in_all() {
        let _ = writeln!(out, "{}", text::wrapped(&hidden, width));
    }
    let note = format!(
        "Units sold in the last {0} {1}{3}; of the next {0}: mean demand, what 5 and 97.5 % of paths stay below, and mean sales if stock-outs come \
         as they did. Outs: suspected stock-outs, no sales for longer than chance explains; {2}.",
        m.horizon,
        if m.horizon == 1 { noun.to_owned() } else { format!("{noun}s") },
        match m.history.suspected {
            SuspectedStockOuts::Mask => "nothing is learned of demand in them",
            SuspectedStockOuts::Keep => "they are taken for demand",
        },
        if hides { ", and with what was expected in suspected stock-outs of these" } else { "" },
    );
    let _ = writeln!(out, "{}", text::wrapped(&note, width));
    out
}

/// Totals over the lead times asked for; nothing where none was.
fn lead_times(m: &Material<'_>, shown: &[usize], width: u16) -> String {
    if m.lead_times.is_empty() {
        return String::new();
    }
    let mut t = text::grid(width);
    let heads = m.lead_times.iter().map(|l| format!("{}: mean, 5 to 97.5 %", format::counted(*l, m.noun())));
    t.set_header(std::iter::once(String::new()).chain(heads));
    let several = m.sold().items.len() > 1;
    let all = several.then(|| (format!("all {}", format::count(m.sold().items.len() as f64)), &m.outlook.all));
    let rows = shown.iter().map(|i| (m.sold().items[*i].name.clone(), &m.outlook.items[*i])).chain(all);
    for (name, ahead) in rows {
        let of = |s: &Spread| {
            let [mean, low, high] = [s.mean, s.at(0.05), s.at(0.975)].map(units);
            Cell::new(format!("{mean}, {low} to {high}")).set_alignment(CellAlignment::Right)
        };
        t.add_row(std::iter::once(Cell::new(name)).chain(ahead.lead_times.iter().map(of)));
    }
    text::keep_names_whole(&mut t);
    format!("{t}\n")
}

/// Totals that are counted, not told as a share.
const FEW: usize = 20;

/// How good the method was before, in words.
#[must_use]
pub fn record(record: Option<&Record>, method: &str, step: Step, horizon: usize, width: u16) -> String {
    let noun = step.noun();
    let length = format::counted(horizon, noun);
    let Some(Record { quality: q, origins, items }) = record else {
        let said = format!("The history is too short to say how good `{method}` was at {length} before.");
        return text::wrapped(&said, width) + "\n";
    };
    // A share of a handful says more than it knows.
    let held = |share: f64| match q.forecasts {
        n if n < FEW => format!("{} of {n}", (share * n as f64).round()),
        _ => format::share(share),
    };
    let [half, most] = q.inside.map(held);
    let off = match (q.error, q.bias) {
        (Some(error), Some(bias)) => {
            let way = if bias >= 0.0 { "too much" } else { "too little" };
            format!(
                "; means were off by {} of units sold, {} {way} in all",
                format::share(error),
                format::share(bias.abs())
            )
        }
        _ => String::new(),
    };
    let said = format!(
        "How good `{method}` was before, {length} ahead of {} in the past: of {} the band of 50 % held {half}, that of 95 % {most}{off}.",
        format::counted(*origins, "origin"),
        format::counted(q.forecasts, "total")
            .replace("totals", &format!("totals of {}", format::counted(*items, "item"))),
    );
    text::wrapped(&said, width) + "\n"
}

/// `forecast.csv`: a row an item and period.
#[must_use]
pub fn periods(m: &Material<'_>) -> Csv {
    let mut csv = Csv::new(&[
        "item", "date", "mean", "sales", "q0.005", "q0.025", "q0.05", "q0.1", "q0.25", "q0.5", "q0.75", "q0.9",
        "q0.95", "q0.975", "q0.995",
    ]);
    for (item, ahead) in m.sold().items.iter().zip(&m.outlook.items) {
        for (h, spread) in ahead.demand.iter().enumerate() {
            let date = m.sold().date(m.sold().periods + h).to_string();
            csv.push(figures(vec![item.name.clone(), date], spread, ahead.sales[h]));
        }
    }
    csv
}

fn figures(mut head: Vec<String>, spread: &Spread, sales: f64) -> Vec<String> {
    head.extend([spread.mean, sales].iter().chain(&spread.quantiles).map(|v| short(*v)));
    head
}

/// A number to six digits: no more is known.
fn short(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { (5 - value.abs().log10().floor() as i32).clamp(0, 9) };
    let text = format!("{value:.*}", digits as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `totals.csv`: a row an item, and one for all together.
#[must_use]
pub fn totals(m: &Material<'_>) -> Csv {
    let mut csv = Csv::new(&[
        "item",
        "class",
        "last",
        "spikes",
        "suspected",
        "mean",
        "sales",
        "q0.005",
        "q0.025",
        "q0.05",
        "q0.1",
        "q0.25",
        "q0.5",
        "q0.75",
        "q0.9",
        "q0.95",
        "q0.975",
        "q0.995",
    ]);
    for (i, (item, ahead)) in m.sold().items.iter().zip(&m.outlook.items).enumerate() {
        let head = vec![
            item.name.clone(),
            pattern(item).class.name().to_owned(),
            short(m.last(i)),
            m.spikes_of(i).to_string(),
            m.suspects_of(i).to_string(),
        ];
        csv.push(figures(head, &ahead.total, ahead.total_sales.mean));
    }
    let last: f64 = (0..m.sold().items.len()).map(|i| m.last(i)).sum();
    let head = vec![
        String::new(),
        "all items".into(),
        short(last),
        m.spikes().list.len().to_string(),
        m.history.suspects.len().to_string(),
    ];
    csv.push(figures(head, &m.outlook.all.total, m.outlook.all.total_sales.mean));
    csv
}

/// `lead-times.csv`: a row an item and lead time, and those of all together; absent where none was asked for.
#[must_use]
pub fn lead_times_table(m: &Material<'_>) -> Option<Csv> {
    let mut csv = Csv::new(&[
        "item", "periods", "mean", "q0.005", "q0.025", "q0.05", "q0.1", "q0.25", "q0.5", "q0.75", "q0.9", "q0.95",
        "q0.975", "q0.995",
    ]);
    let items = m.sold().items.iter().map(|i| i.name.as_str()).zip(&m.outlook.items);
    for (name, ahead) in items.chain([("", &m.outlook.all)]) {
        for (periods, s) in m.lead_times.iter().zip(&ahead.lead_times) {
            let figures = std::iter::once(&s.mean).chain(&s.quantiles).map(|v| short(*v));
            csv.push([name.to_owned(), periods.to_string()].into_iter().chain(figures).collect());
        }
    }
    (!m.lead_times.is_empty()).then_some(csv)
}

/// `spikes.csv`.
#[must_use]
pub fn spikes(m: &Material<'_>) -> Csv {
    let mut csv = Csv::new(&["item", "date", "periods", "units", "expected", "uplift", "largest_line_share"]);
    for s in &m.spikes().list {
        csv.push(vec![
            m.sold().items[s.item].name.clone(),
            m.sold().date(s.from).to_string(),
            s.periods.to_string(),
            short(s.units),
            short(s.expected),
            short(s.uplift),
            s.largest_line.map(short).unwrap_or_default(),
        ]);
    }
    csv
}

/// `suspected-stock-outs.csv`.
#[must_use]
pub fn suspected(m: &Material<'_>) -> Csv {
    let mut csv = Csv::new(&["item", "date", "periods", "expected_units", "chance"]);
    for s in &m.history.suspects {
        csv.push(vec![
            m.sold().items[s.item].name.clone(),
            m.sold().date(s.from).to_string(),
            s.periods.to_string(),
            short(s.expected),
            format!("{:.2e}", s.chance),
        ]);
    }
    csv
}

/// Periods of history on a chart.
fn shown_history(m: &Material<'_>) -> usize {
    let least = match m.sold().step {
        Step::Day => 120,
        Step::Week => 78,
        Step::Month => 36,
        Step::Quarter => 20,
    };
    (3 * m.horizon).max(least).min(m.sold().periods)
}

/// The fan of one item.
#[must_use]
pub fn fan(m: &Material<'_>, item: usize) -> ChartSpec {
    let (history, ahead) = (&m.sold().items[item], &m.outlook.items[item]);
    let noun = m.noun();
    let first = m.sold().first;
    let x = |period: usize| f64::from(m.sold().date(period).0 - first.0);
    let (from, end) = (m.sold().periods - shown_history(m), m.sold().periods);
    let sold: Vec<(usize, f64)> = (from..end).filter_map(|t| Some((t, history.on(t)?))).collect();
    let mut data = Csv::new(&["date", "sold", "median", "p5", "p25", "p75", "p95", "spike", "suspected_stock_out"]);
    let spiky: Vec<&restock_forecast::spikes::Spike> =
        m.spikes().list.iter().filter(|s| s.item == item && s.from >= from).collect();
    let missing: Vec<&Suspect> = m.history.suspects_of(item).filter(|s| s.from + s.periods > from).collect();
    for (t, y) in &sold {
        let spike = spiky.iter().any(|s| (s.from..s.from + s.periods).contains(t));
        let suspect = missing.iter().any(|s| (s.from..s.from + s.periods).contains(t));
        let flag = |f: bool| if f { "1".to_owned() } else { String::new() };
        let empty = || String::new();
        let date = m.sold().date(*t).to_string();
        data.push(vec![date, short(*y), empty(), empty(), empty(), empty(), empty(), flag(spike), flag(suspect)]);
    }
    for (h, s) in ahead.demand.iter().enumerate() {
        let date = m.sold().date(end + h).to_string();
        let values = [0.5, 0.05, 0.25, 0.75, 0.95].map(|p| short(s.at(p)));
        data.push([vec![date, String::new()], values.to_vec(), vec![String::new(); 2]].concat());
    }

    let mut panel = LinePanel::new("", Colour::Ink, XAxis::Dates(first), Format::Units);
    // As high as the forecast and all but the highest tenth of the past need; spikes beyond are written at the top.
    let mut past: Vec<f64> = sold.iter().map(|s| s.1).collect();
    past.sort_unstable_by(f64::total_cmp);
    let usual = restock_base::stats::interval::quantile(&past, 0.95).unwrap_or(0.0);
    let widest = ahead.demand.iter().map(|s| s.at(0.95)).fold(usual, f64::max).max(1.0);
    let top = past.last().copied().unwrap_or(0.0);
    let highest = if top > 2.4 * widest { 1.5 * widest } else { top.max(widest) };
    panel.y_min = Some(0.0);
    panel.y_max = Some(highest);
    for s in &missing {
        let (a, b) = (x(s.from.max(from)), x(s.from + s.periods));
        panel.spans.push(SpanMark { from: a, to: b, colour: Colour::Grey, label: "suspected stock-out".into() });
    }
    for (low, high, opacity, name) in [(0.05, 0.95, 0.2, "90 % of paths"), (0.25, 0.75, 0.35, "50 % of paths")] {
        panel.bands.push(BandMark {
            points: ahead.demand.iter().enumerate().map(|(h, s)| (x(end + h), s.at(low), s.at(high))).collect(),
            colour: Colour::Model(0),
            opacity,
            label: String::new(),
            reads: Reading::Ends(name),
        });
    }
    panel.lines.push(LineMark {
        points: sold.iter().map(|(t, y)| (x(*t), *y)).collect(),
        colour: Colour::Ink,
        dashed: false,
        label: String::new(),
    });
    panel.lines.push(LineMark {
        points: ahead.demand.iter().enumerate().map(|(h, s)| (x(end + h), s.at(0.5))).collect(),
        colour: Colour::Model(0),
        dashed: false,
        label: String::new(),
    });
    let (mean, most) = (units(ahead.total.mean), units(ahead.total.at(0.975)));
    let label = format!("forecast for {}: {mean} units on average, 97.5 % of cases up to {most}", m.next());
    panel.events.push(EventMark { x: x(end), label });
    for s in &spiky {
        let top = (s.from..s.from + s.periods).max_by(|a, b| {
            let at = |t: &usize| history.on(*t).unwrap_or(0.0);
            at(a).total_cmp(&at(b))
        });
        let t = top.unwrap_or(s.from);
        let y = history.on(t).unwrap_or(0.0);
        panel.points.push(PointMark { x: x(t), y, colour: Colour::Model(1), label: units(y) });
    }
    let new = history.units.is_empty();
    let title = format!(
        "{}{}: {mean} units in {}, {most} cover 97.5 % of cases",
        history.name,
        match standing::ended(m, item) {
            _ if new => " is new".to_owned(),
            _ if history.discontinued.is_some() => format!(" is {}", standing::known_end(m, item).unwrap_or_default()),
            Some(chance) if chance >= 0.5 => " has probably ended".to_owned(),
            Some(_) => " may have ended".to_owned(),
            None => String::new(),
        },
        m.next(),
    );
    let mut legend = vec![("Sold".to_owned(), Colour::Ink), ("Forecast".to_owned(), Colour::Model(0))];
    if new {
        legend.remove(0);
    }
    if !spiky.is_empty() {
        legend.push(("Spike".into(), Colour::Model(1)));
    }
    if !missing.is_empty() {
        legend.push(("Suspected stock-out".into(), Colour::Grey));
    }
    ChartSpec {
        name: "forecast".into(),
        alt: format!(
            "Units of {} by {noun}: sold until {}, then a fan of the forecast. {title}.",
            history.name,
            format::date(m.sold().date(end).plus(-1))
        ),
        title,
        subtitle: format!("Units a {noun}; forecast: line median, dark band 50 %, light band 90 % of paths"),
        footer: if new {
            format!("Restock · {} · not sold yet: as items like it when they were new", m.conditions())
        } else {
            format!(
                "Restock · {} · sold {} to {}",
                m.conditions(),
                format::date(m.sold().date(history.start)),
                format::date(m.sold().date(end).plus(-1))
            )
        },
        legend,
        body: Body::Lines { panels: vec![panel], columns: 1 },
        data,
    }
}

/// Sample paths: a row an item, path and period. `demand` and `sales` are item by item, path by path.
#[must_use]
pub fn path_table<'a>(m: &Material<'a>, demand: &[f64], sales: &[f64]) -> Table<'a> {
    let sold = &m.history.sold;
    let names: Vec<&str> = sold.items.iter().map(|i| i.name.as_str()).collect();
    // Those of the totals, and the one that has begun.
    let drawn = m.horizon + usize::from(m.unfinished.is_some());
    let dates: Vec<i32> = (0..drawn).map(|h| sold.date(sold.periods + h).0).collect();
    table::paths(&names, (m.paths, &dates), (demand, sales))
}

/// `paths.parquet`: a row an item, path and period. `demand` and `sales` are item by item, path by path.
///
/// # Errors
///
/// A message, if the table cannot be written.
#[cfg(feature = "frame")]
pub fn paths(m: &Material<'_>, demand: &[f64], sales: &[f64]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    super::frame::whole(path_table(m, demand, sales), &mut out).map_err(|e| Error::unmade(e).at("paths.parquet"))?;
    Ok(out)
}

/// Without the feature `frame`.
///
/// # Errors
///
/// Always.
#[cfg(not(feature = "frame"))]
pub fn paths(_: &Material<'_>, _: &[f64], _: &[f64]) -> Result<Vec<u8>, Error> {
    Err(Error::unmade("paths.parquet needs the feature `frame`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_six_digits() {
        for (v, s) in [(0.0, "0"), (1.5, "1.5"), (123_456.7, "123457"), (0.000_123_456_7, "0.000123457"), (12.0, "12")]
        {
            assert_eq!(short(v), s);
        }
    }
}
