//! `restock tornado`: what a comparison hinges on.

use super::{estimate, marked, window};
use crate::Answer;
use crate::chart::{Body, ChartSpec, Colour, Csv, Format, TornadoPanel, TornadoRow, cell, cells, name};
use crate::format::{self, Digits};
use crate::sheet::{Column, packed};
use crate::text::wrapped;
use restock_base::stats::interval::Estimate;
use restock_decide::{Bar, BreakEven, Index, Map, Pair, Sobol, Tornado};
use restock_kernel::model::{Experiment, Kpi, Scenario, Unit};
use restock_scenario::{By, Measure, Ranged};
use serde_json::{Value, json};

/// Bars of a chart at most.
const DRAWN: usize = 14;

/// Rows of the terminal's table at most.
const SHOWN: usize = 20;

/// Names in a sentence at most.
const NAMED: usize = 3;

/// What was found of one or several pairs of supply models.
#[derive(Debug, Clone, Copy)]
pub struct Comparison<'a> {
    /// The KPI whose difference is explained.
    pub kpi: Kpi,
    /// One a pair, at least one.
    pub tornadoes: &'a [Tornado],
    /// Indices of the first pair, if they were asked for.
    pub sobol: Option<&'a Sobol>,
}

/// Words and digits of one scenario and KPI.
#[derive(Clone, Copy)]
struct Words<'a> {
    scenario: &'a Scenario,
    experiment: &'a Experiment,
    kpi: Kpi,
}

impl Words<'_> {
    fn currency(&self) -> &str {
        &self.scenario.currency
    }

    /// The KPI inside a sentence.
    fn label(&self) -> String {
        let label = self.kpi.label();
        let mut chars = label.chars();
        match (chars.next(), chars.next()) {
            // An abbreviation stays as it is.
            (Some(first), Some(second)) if second.is_lowercase() => {
                first.to_lowercase().chain([second]).chain(chars).collect()
            }
            _ => label.to_owned(),
        }
    }

    /// A difference, to its digits.
    fn change(&self, e: &Estimate) -> String {
        Digits::of(e, self.kpi.unit(), self.currency()).change().0
    }

    /// A difference with its half-width.
    fn plus_minus(&self, e: &Estimate) -> String {
        let half = Digits::of(e, self.kpi.unit(), self.currency()).half_width();
        half.map_or_else(|| self.change(e), |half| format!("{} ± {half}", self.change(e)))
    }

    /// A difference with the ends of its interval.
    fn range(&self, e: &Estimate) -> String {
        match Digits::of(e, self.kpi.unit(), self.currency()).change() {
            (value, Some((low, high))) => format!("{value} ({low} to {high})"),
            (value, None) => value,
        }
    }

    /// A value of an assumption.
    fn value(&self, assumption: &Ranged, x: f64) -> String {
        match assumption.measure {
            Measure::Share => format::share(x),
            Measure::Money if x.abs() >= 100.0 => format::money(x, self.currency()),
            Measure::Money => format::amount(x, self.currency()),
            Measure::Factor => format!("×{}", plain(x)),
            Measure::Number => plain(x),
        }
    }

    fn ends(&self, assumption: &Ranged) -> String {
        let (low, high) = assumption.range;
        format!("{} to {}", self.value(assumption, low), self.value(assumption, high))
    }

    fn now(&self, assumption: &Ranged) -> String {
        match assumption.present() {
            None => "-".into(),
            Some((low, high)) if low == high => self.value(assumption, low),
            Some((low, high)) => format!("{} to {}", self.value(assumption, low), self.value(assumption, high)),
        }
    }

    /// A break-even to the digits of its interval.
    fn level(&self, assumption: &Ranged, at: &Estimate) -> String {
        let length = assumption.range.1 - assumption.range.0;
        // An interval without bounds, or one far beyond the range, tells no digits.
        let told = at.half_width().is_some_and(|half| half > 0.0 && half < length);
        let e = if told { *at } else { Estimate::new(at.value, None) };
        let digits = |unit| Digits::of(&e, unit, self.currency()).value();
        match assumption.measure {
            Measure::Share if told => digits(Unit::Share),
            Measure::Money if told => digits(Unit::MoneyPerOrder),
            Measure::Factor if told => format!("×{}", digits(Unit::PerYear)),
            Measure::Number if told && length >= 0.5 => digits(Unit::PerYear),
            Measure::Share | Measure::Money | Measure::Factor | Measure::Number => {
                self.value(assumption, three_digits(e.value))
            }
        }
    }

    /// Where the models are level, in a cell.
    fn break_even(&self, bar: &Bar) -> String {
        let assumption = &bar.assumption;
        match &bar.break_even {
            BreakEven::None { shown: true } => "none in its range".into(),
            BreakEven::None { shown: false } => "none found".into(),
            BreakEven::At { at, shown } => {
                let value = self.level(assumption, at);
                let bounds = at.interval().map_or_else(
                    || "no bound".to_owned(),
                    |(low, high)| {
                        format!(
                            "{} to {}",
                            self.value(assumption, three_digits(low)),
                            self.value(assumption, three_digits(high))
                        )
                    },
                );
                let sure = if *shown { "" } else { ", not shown" };
                format!("{value} ({bounds}{sure})")
            }
        }
    }

    fn model(&self, i: usize) -> String {
        name(&self.scenario.models[i].name)
    }

    /// `A less B`.
    fn pair(&self, pair: Pair) -> String {
        format!("{} less {}", self.model(pair.of), self.model(pair.against))
    }

    /// The difference now, in a sentence without its full stop.
    fn opening(&self, tornado: &Tornado) -> String {
        let (of, against) = (self.model(tornado.pair.of), self.model(tornado.pair.against));
        let label = self.label();
        let digits = Digits::of(&tornado.now, self.kpi.unit(), self.currency());
        let size = digits.write(tornado.now.value.abs());
        let size = if self.kpi.unit() == Unit::Share { size.replace(" %", " points") } else { size };
        let bounds = match digits.change().1 {
            Some((low, high)) => format!(" ({low} to {high})"),
            None => String::new(),
        };
        match tornado.now.interval() {
            Some((low, high)) if low <= 0.0 && 0.0 <= high => {
                format!(
                    "No difference in {label} is shown between {of} and {against}: {}{bounds}",
                    self.change(&tornado.now)
                )
            }
            _ if tornado.now.value < 0.0 => format!("{of} has {size}{bounds} less {label} than {against}"),
            _ => format!("{of} has {size}{bounds} more {label} than {against}"),
        }
    }
}

/// A number with the digits that it has, three at least if it has so many.
fn plain(x: f64) -> String {
    if x.abs() >= 1_000.0 {
        return format::count(x);
    }
    format!("{}", (x * 1e6).round() / 1e6)
}

/// Rounded to three digits.
fn three_digits(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let power = 10_f64.powi(2 - x.abs().log10().floor() as i32);
    (x * power).round() / power
}

/// What a bar's row begins with: its place, which it may share.
fn place(bars: &[Bar], i: usize) -> String {
    let shared = bars.iter().filter(|b| b.rank == bars[i].rank).count() > 1;
    format!("{}{}", bars[i].rank, if shared { "=" } else { "" })
}

fn confidence(assumption: &Ranged) -> &str {
    if assumption.confidence.is_empty() { "-" } else { &assumption.confidence }
}

/// The answer: bars by the size of their effects, break-evens, and Sobol's indices if they were asked for.
#[must_use]
pub fn tornado((scenario, experiment): (&Scenario, &Experiment), found: &Comparison<'_>, width: u16) -> Answer {
    let words = Words { scenario, experiment, kpi: found.kpi };
    let verdicts: Vec<String> = found.tornadoes.iter().map(|t| verdict(&words, t)).collect();
    let several = found.tornadoes.len() > 1;
    let mut text = String::new();
    for (tornado, verdict) in found.tornadoes.iter().zip(&verdicts) {
        text += &format!("{}\n\n{}\n\n", wrapped(verdict, width), table(&words, tornado, width));
        text += &format!("{}\n\n", wrapped(&left_out(tornado), width));
    }
    if let Some(sobol) = found.sobol {
        text += &format!("{}\n\n", indices_text(&words, sobol, width));
    }
    text += &wrapped(&notes(&words, found), width);
    let mut charts: Vec<ChartSpec> = found.tornadoes.iter().map(|t| chart(&words, t)).collect();
    if several {
        charts.iter_mut().enumerate().for_each(|(i, c)| c.name = format!("tornado-{}", i + 1));
    }
    let mut tables: Vec<(String, Csv)> = vec![("tornado.csv".into(), rows(&words, found.tornadoes))];
    if let Some(sobol) = found.sobol {
        let spec = indices_chart(&words, found.tornadoes[0].pair, sobol);
        tables.push(("sobol.csv".into(), spec.data.clone()));
        charts.push(spec);
    }
    let json = json!({
        "verdict": verdicts.join(" "),
        "kpi": found.kpi.name(),
        "currency": scenario.currency,
        "replications": experiment.replications,
        "comparisons": found.tornadoes.iter().zip(&verdicts).map(|(t, v)| comparison(&words, t, v)).collect::<Vec<_>>(),
        "sobol": found.sobol.map(indices_json),
    });
    Answer { verdict: verdicts.join(" "), text, json, tables, charts: marked(charts, scenario) }
}

/// What the difference hinges on, and what flips it.
fn verdict(words: &Words<'_>, tornado: &Tornado) -> String {
    let opening = words.opening(tornado);
    let moving: Vec<&Bar> = tornado.bars.iter().filter(|b| !b.is_nothing()).collect();
    let Some(first) = moving.first() else { return format!("{opening}; no assumption moves that.") };
    let lead: Vec<&Bar> = moving.iter().copied().filter(|b| b.rank == first.rank).collect();
    let hinges = match lead.as_slice() {
        [one] => format!("it hinges most on {}: {}", one.assumption.label, ends(words, one)),
        several => {
            let named: Vec<String> = several.iter().take(NAMED).map(|b| b.assumption.label.clone()).collect();
            let more = several.len() - named.len();
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!(
                "it hinges most on {}{more}, whose effects are not told apart: {}",
                named.join(", "),
                ends(words, first)
            )
        }
    };
    let all = tornado.bars.len();
    let flips = |sure: bool| {
        let at = move |b: &&Bar| matches!(b.break_even, BreakEven::At { shown, .. } if shown == sure);
        moving.iter().copied().filter(at).collect::<Vec<_>>()
    };
    let (shown, not_shown) = (flips(true), flips(false));
    let told = |bars: &[&Bar]| {
        let one = |b: &&Bar| match &b.break_even {
            BreakEven::At { at, .. } => format!("{} at {}", b.assumption.label, words.level(&b.assumption, at)),
            BreakEven::None { .. } => b.assumption.label.clone(),
        };
        let more = bars.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", bars.iter().take(NAMED).map(one).collect::<Vec<_>>().join("; "))
    };
    let of = |n: usize| if n == 1 { "1".to_owned() } else { format::count(n as f64) };
    let flipped = match (shown.as_slice(), not_shown.as_slice()) {
        ([], []) => format!("None of {all} assumptions flips it within its range, each alone."),
        ([], maybe) => format!(
            "None of {all} assumptions is shown to flip it within its range, each alone; {} may: {}.",
            of(maybe.len()),
            told(maybe)
        ),
        (sure, maybe) => {
            let verb = if sure.len() == 1 { "flips it within its range" } else { "flip it within their ranges" };
            let may = if maybe.is_empty() { String::new() } else { format!(" {} more may.", of(maybe.len())) };
            format!("{} of {all} assumptions {verb}, each alone: {}.{may}", of(sure.len()), told(sure))
        }
    };
    format!("{opening}; {hinges}. {flipped}")
}

/// `from +$3k at $3.00 to -$2k at $6.50`.
fn ends(words: &Words<'_>, bar: &Bar) -> String {
    let (low, high) = bar.assumption.range;
    format!(
        "from {} at {} to {} at {}",
        words.change(&bar.low),
        words.value(&bar.assumption, low),
        words.change(&bar.high),
        words.value(&bar.assumption, high)
    )
}

fn table(words: &Words<'_>, tornado: &Tornado, width: u16) -> String {
    let bars: Vec<(usize, &Bar)> =
        tornado.bars.iter().enumerate().filter(|(_, b)| !b.is_nothing()).take(SHOWN).collect();
    let labels: Vec<String> =
        bars.iter().map(|(i, b)| format!("{} {}", place(&tornado.bars, *i), b.assumption.label)).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let column = |head: &str, of: &dyn Fn(&Bar) -> String| Column {
        head: head.into(),
        cells: bars.iter().map(|(_, b)| of(b)).collect(),
    };
    let source = |b: &Bar| {
        let a = &b.assumption;
        let parts = [a.source.as_str(), a.date.as_str()].into_iter().filter(|p| !p.is_empty() && *p != "-");
        parts.collect::<Vec<_>>().join("; ")
    };
    let columns = [
        column("conf.", &|b| confidence(&b.assumption).into()),
        column("now", &|b| words.now(&b.assumption)),
        column("range", &|b| words.ends(&b.assumption)),
        column("at low", &|b| words.plus_minus(&b.low)),
        column("at high", &|b| words.plus_minus(&b.high)),
        column("effect", &|b| format!("{}{}", words.plus_minus(&b.effect), if b.turns { " (turns)" } else { "" })),
        column("level at", &|b| words.break_even(b)),
        column("source of the range", &source),
    ];
    packed("Assumption", &labels, &columns, width)
}

/// What moves nothing, and what was not varied.
fn left_out(tornado: &Tornado) -> String {
    let nothing: Vec<&str> =
        tornado.bars.iter().filter(|b| b.is_nothing()).map(|b| b.assumption.label.as_str()).collect();
    let mut out = Vec::new();
    let smaller: Vec<&str> =
        tornado.bars.iter().filter(|b| !b.is_nothing()).skip(SHOWN).map(|b| b.assumption.label.as_str()).collect();
    if !smaller.is_empty() {
        out.push(format!("Smaller effects, in tornado.csv: {}.", smaller.join(", ")));
    }
    if !nothing.is_empty() {
        out.push(format!("Changes nothing in either model: {}.", nothing.join(", ")));
    }
    let mut whys: Vec<&str> = tornado.left_out.iter().map(|(_, why)| why.as_str()).collect();
    whys.sort_unstable();
    whys.dedup();
    for why in whys {
        let labels: Vec<&str> =
            tornado.left_out.iter().filter(|(_, w)| w == why).map(|(label, _)| label.as_str()).collect();
        out.push(format!("Left out, as {why}: {}.", labels.join(", ")));
    }
    out.join(" ")
}

fn notes(words: &Words<'_>, found: &Comparison<'_>) -> String {
    let pairs: Vec<String> = found.tornadoes.iter().map(|t| words.pair(t.pair)).collect();
    let n = format::count(f64::from(words.experiment.replications));
    format!(
        "Differences: {} in {}, each assumption alone from the low to the high end of its range. ± half-width of the 95 % confidence interval; {n} \
         replications, the same shoppers at all values. \"Effect\": high less low, paired; \"turns\": both ends lie on one side of now, and the \
         effect is that from now to the farther end. Places with \"=\" are not told apart. \"Level at\": where the models are level, with Fieller's \
         interval; \"not shown\": an end of the range is not told apart from level. Confidence: H official or peer-reviewed, M trade press, L vendor, K \
         general knowledge, X judgement; a dash: your own range.",
        pairs.join("; "),
        words.label(),
    )
}

/// What the range is of.
fn applied(a: &Ranged) -> &'static str {
    match a.by {
        By::Value => "value",
        By::Factor => "factor",
    }
}

fn assumption_json(a: &Ranged) -> Value {
    let (now_low, now_high) = a.present().unzip();
    json!({
        "name": a.name,
        "label": a.label,
        "keys": a.keys().map(ToString::to_string).collect::<Vec<_>>(),
        "applied_as": applied(a),
        "low": a.range.0,
        "high": a.range.1,
        "now": a.now(),
        "now_low": now_low,
        "now_high": now_high,
        "source": a.source,
        "date": a.date,
        "confidence": a.confidence,
    })
}

fn comparison(words: &Words<'_>, tornado: &Tornado, verdict: &str) -> Value {
    let bar = |b: &Bar| {
        let break_even = match &b.break_even {
            BreakEven::At { at, shown } => json!({ "at": estimate(at), "shown": shown }),
            BreakEven::None { .. } => Value::Null,
        };
        let shown = matches!(b.break_even, BreakEven::None { shown: true });
        json!({
            "rank": b.rank,
            "assumption": assumption_json(&b.assumption),
            "difference_at_low": estimate(&b.low),
            "difference_at_high": estimate(&b.high),
            "effect": estimate(&b.effect),
            "turns": b.turns,
            "break_even": break_even,
            "no_break_even_shown": shown,
        })
    };
    let left_out = |(label, why): &(String, String)| json!({ "label": label, "why": why });
    json!({
        "of": words.scenario.models[tornado.pair.of].name,
        "against": words.scenario.models[tornado.pair.against].name,
        "verdict": verdict,
        "difference_now": estimate(&tornado.now),
        "assumptions": tornado.bars.iter().map(bar).collect::<Vec<_>>(),
        "left_out": tornado.left_out.iter().map(left_out).collect::<Vec<_>>(),
    })
}

fn rows(words: &Words<'_>, tornadoes: &[Tornado]) -> Csv {
    let mut data = Csv::new(&[
        "of",
        "against",
        "rank",
        "name",
        "label",
        "applied_as",
        "low",
        "high",
        "now",
        "difference_at_low",
        "at_low_ci_low",
        "at_low_ci_high",
        "difference_now",
        "now_ci_low",
        "now_ci_high",
        "difference_at_high",
        "at_high_ci_low",
        "at_high_ci_high",
        "effect",
        "effect_ci_low",
        "effect_ci_high",
        "turns",
        "break_even",
        "break_even_ci_low",
        "break_even_ci_high",
        "confidence",
        "source",
        "date",
    ]);
    for t in tornadoes {
        for b in &t.bars {
            let a = &b.assumption;
            let mut row = vec![
                words.scenario.models[t.pair.of].name.clone(),
                words.scenario.models[t.pair.against].name.clone(),
                b.rank.to_string(),
                a.name.clone(),
                a.label.clone(),
                applied(a).into(),
                cell(a.range.0),
                cell(a.range.1),
                a.now().map_or_else(String::new, cell),
            ];
            for e in [&b.low, &t.now, &b.high, &b.effect] {
                row.push(cell(e.value));
                row.extend(cells(e.interval()));
            }
            row.push(b.turns.to_string());
            match &b.break_even {
                BreakEven::At { at, .. } => {
                    row.push(cell(at.value));
                    row.extend(cells(at.interval()));
                }
                BreakEven::None { .. } => row.extend([String::new(), String::new(), String::new()]),
            }
            row.extend([a.confidence.clone(), a.source.clone(), a.date.clone()]);
            data.push(row);
        }
    }
    data
}

fn chart(words: &Words<'_>, tornado: &Tornado) -> ChartSpec {
    let moving: Vec<(usize, &Bar)> = tornado.bars.iter().enumerate().filter(|(_, b)| !b.is_nothing()).collect();
    let row = |(i, b): &(usize, &Bar)| {
        let (low, high) = b.assumption.range;
        let level = match &b.break_even {
            BreakEven::At { at, shown } => {
                format!("; level at {}{}", words.level(&b.assumption, at), if *shown { "" } else { " (not shown)" })
            }
            BreakEven::None { .. } => String::new(),
        };
        TornadoRow {
            label: format!("{}  {}", place(&tornado.bars, *i), b.assumption.label),
            note: confidence(&b.assumption).into(),
            low: (b.low.value, words.value(&b.assumption, low)),
            high: (b.high.value, words.value(&b.assumption, high)),
            crosses: matches!(b.break_even, BreakEven::At { .. }),
            text: format!("{} to {}{level}", words.change(&b.low), words.change(&b.high)),
        }
    };
    let rows: Vec<TornadoRow> = moving.iter().take(DRAWN).map(row).collect();
    let more = moving.len().saturating_sub(DRAWN);
    let more = if more > 0 { format!(" · {more} smaller effects are in tornado.csv") } else { String::new() };
    let title = title(words, tornado);
    ChartSpec {
        name: "tornado".into(),
        alt: format!("Bars of a difference between two supply models over the range of each assumption. {title}."),
        subtitle: format!(
            "{}: {}, each assumption alone from the low to the high end of its range, widest effect first; dots: the models are level; {}",
            words.pair(tornado.pair),
            words.label(),
            window(words.scenario)
        ),
        title,
        footer: format!("places with = are not told apart · confidence H official to X judgement{more}"),
        legend: vec![("at the low end".into(), Colour::Part(1)), ("at the high end".into(), Colour::Part(8))],
        body: if rows.is_empty() {
            Body::Words("no assumption moves the difference".into())
        } else {
            Body::Tornado(TornadoPanel {
                format: Format::of(words.kpi.unit(), words.currency()),
                axis: format!("{}, {}", words.label(), words.pair(tornado.pair)),
                at: tornado.now.value,
                now: format!("now {}", words.range(&tornado.now)),
                notes: "conf.".into(),
                rows,
            })
        },
        data: self::rows(words, std::slice::from_ref(tornado)),
    }
}

/// The finding in few words, each figure of which a bar has.
fn title(words: &Words<'_>, tornado: &Tornado) -> String {
    let moving: Vec<&Bar> = tornado.bars.iter().filter(|b| !b.is_nothing()).collect();
    let Some(first) = moving.first() else { return "No assumption moves the difference".into() };
    let lead: Vec<&Bar> = moving.iter().copied().filter(|b| b.rank == first.rank).collect();
    let what = match lead.as_slice() {
        [one] => format!(
            "The difference hinges most on {}: {} to {}",
            one.assumption.label,
            words.change(&one.low),
            words.change(&one.high)
        ),
        [a, b] => {
            format!("The difference hinges most on {} and {}, not told apart", a.assumption.label, b.assumption.label)
        }
        [a, rest @ ..] => format!(
            "The difference hinges most on {} and {} others, not told apart",
            a.assumption.label,
            ordinal(rest.len())
        ),
        [] => String::new(),
    };
    let drawn = || moving.iter().take(DRAWN);
    let flip = drawn().find_map(|b| match &b.break_even {
        BreakEven::At { at, shown: true } => Some((b, at)),
        BreakEven::At { .. } | BreakEven::None { .. } => None,
    });
    match flip {
        Some((b, at)) if b.assumption.label == first.assumption.label => {
            format!("{what}, level at {}", words.level(&b.assumption, at))
        }
        Some((b, at)) => format!("{what}; {} flips it at {}", b.assumption.label, words.level(&b.assumption, at)),
        None if tornado.now.interval().is_none_or(|(low, high)| low <= 0.0 && 0.0 <= high) => {
            format!("{what}; now none is shown")
        }
        None => format!("{what}; nothing is shown to flip it"),
    }
}

/// Small numbers as words: a figure of a title is a mark of its chart.
fn ordinal(n: usize) -> &'static str {
    ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"].get(n).copied().unwrap_or("many")
}

fn indices_text(words: &Words<'_>, sobol: &Sobol, width: u16) -> String {
    let found = &sobol.indices;
    let runs = format::count(sobol.design.evaluations() as f64);
    let head = format!(
        "Sobol's indices: {} assumptions vary all at once, uniformly and independently over their ranges; {runs} variants ({} points in {} scrambles, \
         {} replications each). The difference has a standard deviation of {} over them; noise of the replications, {} of the variance, is taken off.",
        sobol.assumptions.len(),
        sobol.design.points(),
        sobol.design.scrambles,
        sobol.replications,
        format::value(found.variance.sqrt(), words.kpi.unit(), words.currency()),
        format::share(found.noise.max(0.0)),
    );
    if found.inputs.is_empty() {
        return wrapped(&format!("{head} The difference does not vary."), width);
    }
    let order = order(sobol);
    let labels: Vec<&str> = order.iter().map(|i| sobol.assumptions[*i].label.as_str()).collect();
    let column = |head: &str, of: &dyn Fn(&Index) -> Estimate| Column {
        head: head.into(),
        cells: order.iter().map(|i| index(&of(&found.inputs[*i]))).collect(),
    };
    let conf = Column {
        head: "conf.".into(),
        cells: order.iter().map(|i| confidence(&sobol.assumptions[*i]).into()).collect(),
    };
    let columns = [conf, column("alone (first order)", &|i| i.first), column("in all (total)", &|i| i.total)];
    let alone = found.alone.map_or_else(String::new, |e| {
        format!("Alone they make {} of the variance; the rest is made by several together.", index(&e))
    });
    format!(
        "{}\n\n{}\n\n{}",
        wrapped(&head, width),
        packed("Assumption", &labels, &columns, width),
        wrapped(&alone, width)
    )
}

/// Inputs by their total index.
fn order(sobol: &Sobol) -> Vec<usize> {
    let mut order: Vec<usize> = (0..sobol.indices.inputs.len()).collect();
    let total = |i: &usize| sobol.indices.inputs[*i].total.value;
    order.sort_by(|a, b| total(b).total_cmp(&total(a)));
    order
}

/// An index to two digits, with its half-width: an estimate may lie a little outside 0 to 1.
fn index(e: &Estimate) -> String {
    let decimals = if e.half_width().is_some_and(|half| half < 0.005) { 3 } else { 2 };
    let half = e.half_width().map_or_else(String::new, |half| format!(" ± {}", format::fixed(half, decimals)));
    format!("{}{half}", format::fixed(e.value, decimals))
}

/// An index without its half-width.
fn index_alone(e: &Estimate) -> String {
    index(e).split(' ').next().unwrap_or_default().to_owned()
}

fn indices_json(sobol: &Sobol) -> Value {
    let found = &sobol.indices;
    let one = |(a, i): (&Ranged, &Index)| json!({ "assumption": assumption_json(a), "first_order": estimate(&i.first), "total": estimate(&i.total) });
    json!({
        "variants": sobol.design.evaluations(),
        "points": sobol.design.points(),
        "scrambles": sobol.design.scrambles,
        "replications": sobol.replications,
        "variance": found.variance,
        "noise_taken_off": found.noise,
        "first_order_together": found.alone.as_ref().map(estimate),
        "inputs": sobol.assumptions.iter().zip(&found.inputs).map(one).collect::<Vec<_>>(),
    })
}

fn indices_chart(words: &Words<'_>, pair: Pair, sobol: &Sobol) -> ChartSpec {
    use crate::chart::{BarRow, Bars};
    let mut data = Csv::new(&[
        "name",
        "label",
        "first_order",
        "first_ci_low",
        "first_ci_high",
        "total",
        "total_ci_low",
        "total_ci_high",
    ]);
    for (a, i) in sobol.assumptions.iter().zip(&sobol.indices.inputs) {
        let mut row = vec![a.name.clone(), a.label.clone()];
        for e in [&i.first, &i.total] {
            row.push(cell(e.value));
            row.extend(cells(e.interval()));
        }
        data.push(row);
    }
    let order = order(sobol);
    let bars = |title: &str, of: &dyn Fn(&Index) -> Estimate, colour: Colour| Bars {
        title: title.into(),
        rows: order
            .iter()
            .map(|i| {
                let e = of(&sobol.indices.inputs[*i]);
                BarRow {
                    label: sobol.assumptions[*i].label.clone(),
                    note: String::new(),
                    segments: vec![(e.value.max(0.0), colour, String::new())],
                    whisker: e.interval().map(|(low, high)| (low.max(0.0), high.max(0.0))),
                    value: index(&e),
                }
            })
            .collect(),
        format: Format::Units,
        axis: "share of the variance of the difference".into(),
    };
    let first = order.first().map(|i| (&sobol.assumptions[*i].label, &sobol.indices.inputs[*i]));
    let title = first.map_or_else(
        || "The difference does not vary".to_owned(),
        |(label, i)| {
            // Digits of a key are no figures.
            let label = if label.contains(|c: char| c.is_ascii_digit()) { "the first of them" } else { label.as_str() };
            format!(
                "With all assumptions open, {label} makes the largest part of the variance: {} alone, {} in all",
                index_alone(&i.first),
                index_alone(&i.total)
            )
        },
    );
    ChartSpec {
        name: "sobol".into(),
        alt: format!("Bars of first-order and total indices of sensitivity. {title}."),
        title,
        subtitle: format!(
            "{}: {}; first-order and total indices of Sobol, assumptions uniform and independent over their ranges; {}",
            words.pair(pair),
            words.label(),
            window(words.scenario)
        ),
        footer: "whiskers: 95 % confidence interval".into(),
        legend: Vec::new(),
        body: if order.is_empty() {
            Body::Words("the difference does not vary".into())
        } else {
            Body::Bars(vec![
                bars("alone (first order)", &|i| i.first, Colour::Part(1)),
                bars("in all (total)", &|i| i.total, Colour::Part(8)),
            ])
        },
        data,
    }
}

/// The answer: the difference over two assumptions, and where it is 0.
#[must_use]
pub fn map((scenario, experiment): (&Scenario, &Experiment), kpi: Kpi, map: &Map, width: u16) -> Answer {
    let words = Words { scenario, experiment, kpi };
    let [x, y] = &map.assumptions;
    let verdict = map_verdict(&words, map);
    let xs: Vec<f64> = map.rows.first().map_or_else(Vec::new, |row| row.iter().map(|c| c.x).collect());
    let labels: Vec<String> = map.rows.iter().map(|row| words.value(y, row[0].y)).collect();
    let labels: Vec<&str> = labels.iter().map(String::as_str).collect();
    let difference =
        |row: usize, i: usize| map.rows[row][i].difference.as_ref().map_or_else(|| "-".into(), |e| words.change(e));
    let rows = 0..map.rows.len();
    let mut columns: Vec<Column> = xs
        .iter()
        .enumerate()
        .map(|(i, at)| Column { head: words.value(x, *at), cells: rows.clone().map(|r| difference(r, i)).collect() })
        .collect();
    let level = |row| map.level(row).map_or_else(|| "-".into(), |at| words.value(x, three_digits(at)));
    columns.push(Column { head: "level at".into(), cells: rows.clone().map(level).collect() });
    let n = format::count(f64::from(experiment.replications));
    let text = format!(
        "{}\n\n{}\n\n{}",
        wrapped(&verdict, width),
        packed(&format!("{} \\ {}", y.label, x.label), &labels, &columns, width),
        wrapped(
            &format!(
                "{} in {}: {} from left to right, {} down. \"Level at\": where it is 0 along the row, by a straight line between neighbours. {n} replications, \
                 the same shoppers in all cells; intervals are in map.csv.",
                words.pair(map.pair),
                words.label(),
                x.label,
                y.label
            ),
            width
        )
    );
    let cell_json =
        |c: &restock_decide::MapCell| json!({ "x": c.x, "y": c.y, "difference": c.difference.as_ref().map(estimate) });
    let json = json!({
        "verdict": verdict,
        "kpi": kpi.name(),
        "currency": scenario.currency,
        "replications": experiment.replications,
        "of": scenario.models[map.pair.of].name,
        "against": scenario.models[map.pair.against].name,
        "x": assumption_json(x),
        "y": assumption_json(y),
        "cells": map.rows.iter().flatten().map(cell_json).collect::<Vec<_>>(),
        "level": rows.map(|r| json!({ "y": map.rows[r][0].y, "x": map.level(r) })).collect::<Vec<_>>(),
    });
    let mut data = Csv::new(&["x", "y", "difference", "ci_low", "ci_high"]);
    for c in map.rows.iter().flatten() {
        let mut row = vec![cell(c.x), cell(c.y), c.difference.map_or_else(String::new, |e| cell(e.value))];
        row.extend(cells(c.difference.and_then(|e| e.interval())));
        data.push(row);
    }
    let chart = heat(&words, map, &verdict, data.clone());
    Answer { verdict, text, json, tables: vec![("map.csv".into(), data)], charts: marked(vec![chart], scenario) }
}

fn map_verdict(words: &Words<'_>, map: &Map) -> String {
    let [x, y] = &map.assumptions;
    let (of, against) = (words.model(map.pair.of), words.model(map.pair.against));
    let known: Vec<Estimate> = map.rows.iter().flatten().filter_map(|c| c.difference).collect();
    let shown = |sign: f64| {
        let has =
            |e: &&Estimate| e.interval().is_some_and(|(low, high)| if sign > 0.0 { low > 0.0 } else { high < 0.0 });
        known.iter().filter(has).count()
    };
    let (more, less) = (shown(1.0), shown(-1.0));
    let label = words.label();
    let what = format!("{} and {}", x.label, y.label);
    let cells = known.len();
    match (more, less) {
        (m, _) if m == cells => format!("{of} has more {label} than {against} at all {cells} values of {what}"),
        (_, l) if l == cells => format!("{of} has less {label} than {against} at all {cells} values of {what}"),
        (m, l) => format!(
            "Of {cells} combinations of {what}, {of} has more {label} than {against} in {m} and less in {l}; in {} no difference is shown",
            cells - m - l
        ),
    }
}

fn heat(words: &Words<'_>, map: &Map, verdict: &str, data: Csv) -> ChartSpec {
    use crate::chart::{HeatAxis, HeatCell, HeatKey, HeatPanel};
    let [x, y] = &map.assumptions;
    let (of, against) = (words.model(map.pair.of), words.model(map.pair.against));
    let axis = |i: usize, levels: Vec<f64>| {
        let assumption = &map.assumptions[i];
        HeatAxis {
            title: assumption.label.clone(),
            levels: levels.into_iter().map(|v| words.value(assumption, v)).collect(),
        }
    };
    // The cell of the scenario itself, if the grid has it.
    let now = |c: &restock_decide::MapCell| x.now() == Some(c.x) && y.now() == Some(c.y);
    let one = |c: &restock_decide::MapCell| HeatCell {
        value: c.difference.map(|e| e.value),
        label: c.difference.as_ref().map_or_else(|| "-".into(), |e| words.change(e)),
        told: c.difference.as_ref().and_then(Estimate::interval).is_some_and(|(low, high)| low > 0.0 || high < 0.0),
        mark: now(c).then(|| "now".into()),
    };
    let xs = map.rows.first().map_or_else(Vec::new, |row| row.iter().map(|c| c.x).collect());
    let ys = map.rows.iter().map(|row| row[0].y).collect();
    let panel = HeatPanel {
        title: String::new(),
        colour: Colour::Ink,
        x: axis(0, xs),
        y: axis(1, ys),
        cells: map.rows.iter().flatten().map(one).collect(),
        contour: true,
    };
    let title = map_title(words, map);
    let has = |sign: f64| signs(map, sign);
    let line = if has(1.0) && has(-1.0) { "the line: the models are level; " } else { "" };
    ChartSpec {
        name: "map".into(),
        alt: format!("A heat map of a difference between two supply models over two assumptions. {verdict}."),
        title,
        subtitle: format!(
            "{}: {} over {} and {}; {line}{}",
            words.pair(map.pair),
            words.label(),
            x.label,
            y.label,
            window(words.scenario)
        ),
        footer: "the same shoppers in all cells".into(),
        legend: Vec::new(),
        body: Body::Heat {
            panels: vec![panel],
            columns: 1,
            key: HeatKey {
                title: format!("{}, {}", words.label(), words.pair(map.pair)),
                format: Format::of(words.kpi.unit(), words.currency()),
                low: if has(-1.0) { format!("{against} has more") } else { String::new() },
                high: if has(1.0) { format!("{of} has more") } else { String::new() },
            },
        },
        data,
    }
}

/// Whether the difference has this sign anywhere.
fn signs(map: &Map, sign: f64) -> bool {
    map.rows.iter().flatten().filter_map(|c| c.difference).any(|e| e.value * sign > 0.0)
}

/// The finding in words: which model has more, and where.
fn map_title(words: &Words<'_>, map: &Map) -> String {
    let [x, y] = &map.assumptions;
    let (of, against) = (words.model(map.pair.of), words.model(map.pair.against));
    let label = words.label();
    match (signs(map, 1.0), signs(map, -1.0)) {
        (true, true) => {
            format!("{of} or {against}: which has more {label} hangs on {} and {}", x.label, y.label)
        }
        (true, false) => format!("{of} has more {label} than {against} at all values of {} and {}", x.label, y.label),
        (false, true) => format!("{of} has less {label} than {against} at all values of {} and {}", x.label, y.label),
        (false, false) => format!("{of} and {against} have the same {label}"),
    }
}
