//! How good forecasts were: tables for the terminal, charts for a deck.

use super::chart::{
    BandMark, BarRow, Body, ChartSpec, Colour, Csv, Format, LevelMark, LineMark, LinePanel, PointMark, Reading, XAxis,
};
use super::{format, text};
use comfy_table::{Cell, CellAlignment};
use restock_base::diag::Error;
use restock_forecast::backtest::{COVERAGE, Change, Loss, Scores, Weigh};
use restock_forecast::classes::Class;
use restock_forecast::measures::PIT_BINS;
use restock_forecast::totals::Totals;
use restock_forecast::{Decision, Panel};
use std::fmt::Write;

/// Fill rates at which stock is compared.
const FILL: [f64; 3] = [0.9, 0.95, 0.98];

/// Models beyond this number are not drawn: nobody could tell their lines apart.
const DRAWN: usize = 7;

const PINBALL: Loss = |r| r.scaled_pinball;
const TOTAL: Loss = |r| r.total_pinball;

fn row(name: &str, cells: impl Iterator<Item = String>) -> Vec<Cell> {
    std::iter::once(Cell::new(name)).chain(cells.map(|c| Cell::new(c).set_alignment(CellAlignment::Right))).collect()
}

fn grid(width: u16, header: impl Iterator<Item = String>) -> comfy_table::Table {
    let mut t = text::grid(width);
    t.set_header(header);
    t
}

/// All tables of a backtest.
#[must_use]
pub fn text(panel: &Panel, scores: &[Scores], horizon: usize, width: u16) -> String {
    let noun = panel.step.noun();
    let priced = panel.items.iter().any(|i| i.price.is_some());
    let four = |v: f64| format!("{v:.4}");
    let two = |v: f64| format!("{v:.3}");
    let mut names: Vec<String> = ["", "pinball", "by units"].map(String::from).to_vec();
    if priced {
        names.push("by value".into());
    }
    names.extend(["totals", "CRPS", "MASE", "RMSSE", "sMAPE", "WAPE", "bias"].map(String::from));
    let mut t = grid(width, names.into_iter());
    for s in scores {
        let mut cells = vec![four(s.scaled_pinball(Weigh::Equally)), four(s.scaled_pinball(Weigh::Units))];
        if priced {
            cells.push(four(s.scaled_pinball(Weigh::Value)));
        }
        let mean = |of: Loss| s.mean(of, Weigh::Equally);
        cells.extend([mean(TOTAL), mean(|r| r.crps)].map(four));
        cells.extend([mean(|r| r.mase), mean(|r| r.rmsse)].map(two));
        cells.extend([mean(|r| r.smape), s.wape(), s.bias()].map(format::share));
        t.add_row(row(&s.method, cells.into_iter()));
    }
    text::keep_names_whole(&mut t);
    let note = |text: String| text::wrapped(&text, width);
    let losses = note(format!(
        "Pinball, totals: scaled pinball, the mean loss over the nine M5 quantiles of a {noun}, and of all {horizon} together, over the mean change \
         from {noun} to {noun}."
    ));
    let mut out = format!("{t}\n{losses}\n\n");
    let heads = |what: &str| COVERAGE.map(|p| format!("{what}{}", format::share(p)));
    let mut t = grid(width, std::iter::once(String::new()).chain(heads("")).chain(heads("Σ ")));
    for s in scores {
        let periods = (0..COVERAGE.len()).map(|k| s.coverage_of_periods(k));
        let totals = (0..COVERAGE.len()).map(|k| s.coverage(k));
        t.add_row(row(&s.method, periods.chain(totals).map(format::share)));
    }
    text::keep_names_whole(&mut t);
    let shares =
        note(format!("Share of {noun}s, and (Σ) of totals over {horizon}, at or below that quantile of the forecast."));
    let _ = writeln!(out, "{t}\n{shares}\n");
    let classes: Vec<Class> =
        Class::ALL.into_iter().filter(|c| scores.iter().any(|s| s.rows.iter().any(|r| r.class == *c))).collect();
    let count = |c: Class| scores.first().map_or(0, |s| s.rows.iter().filter(|r| r.class == c).count());
    let head = classes.iter().map(|c| format!("{}\n({})", c.name(), format::count(count(*c) as f64)));
    let stock = FILL.map(|f| format!("stock\n{}", format::share(f)));
    let mut t = grid(width, std::iter::once(String::new()).chain(head).chain(stock));
    for s in scores {
        let own = classes.iter().map(|c| four(s.of_class(*c).scaled_pinball(Weigh::Equally)));
        let decision = Decision::replay(panel, s, horizon);
        let stock = FILL.map(|f| decision.stock_at(f).map_or("-".into(), |d| format!("{d:.1}")));
        t.add_row(row(&s.method, own.chain(stock)));
    }
    text::keep_names_whole(&mut t);
    let stocked = note(format!(
        "Scaled pinball by class of demand (number of forecasts); mean stock, in {noun}s of demand, that served 90, 95 and 98 % of units from the \
         shelf, ordered up to the forecast's quantile every {horizon} {noun}s; -: never."
    ));
    let _ = writeln!(out, "{t}\n{stocked}");
    for base in bases(scores) {
        let _ = writeln!(out, "\nScaled pinball against {} (95 % by resampling items):", base.method);
        for s in scores.iter().filter(|s| s.method != base.method) {
            let change = |of: Loss, weigh| changed(s.change_against(base, of, weigh));
            let _ = writeln!(
                out,
                "  {:<24}{}; by units {}; totals {}",
                s.method,
                change(PINBALL, Weigh::Equally),
                change(PINBALL, Weigh::Units),
                change(TOTAL, Weigh::Equally)
            );
        }
    }
    out
}

/// How good totals of each of `lengths` were; nothing where none was asked for.
#[must_use]
pub fn totals(panel: &Panel, totals: &[Totals], lengths: &[usize], width: u16) -> String {
    if totals.is_empty() {
        return String::new();
    }
    let noun = panel.step.noun();
    let heads = ["", "forecasts", "loss", "in 50 %", "in 95 %", "below 2.5 %", "above 97.5 %", "WAPE", "bias"];
    let mut t = grid(width, heads.map(String::from).into_iter());
    for length in lengths {
        for (method, q) in totals.iter().filter_map(|m| Some((&m.method, m.of(*length)?))) {
            let shares = q.inside.into_iter().chain(q.outside).map(format::share);
            let errors = [q.error, q.bias].map(|v| v.map_or("-".into(), format::share));
            let head = [format::count(q.forecasts as f64), format!("{:.4}", q.loss)];
            let name = format!("{}: {method}", format::counted(*length, noun));
            t.add_row(row(&name, head.into_iter().chain(shares).chain(errors)));
        }
    }
    text::keep_names_whole(&mut t);
    let note = format!(
        "Totals of so many {noun}s against what was sold: loss as above; share inside the bands that hold 50 and 95 % of paths, and outside of the \
         latter; absolute errors of the mean over units sold, and its errors."
    );
    format!("\n{t}\n{}\n", text::wrapped(&note, width))
}

/// What others are compared with: the first method, and ETS where it took part.
fn bases(scores: &[Scores]) -> impl Iterator<Item = &Scores> {
    let ets = scores.iter().skip(1).find(|s| s.method == "ETS");
    scores.first().filter(|_| scores.len() > 1).into_iter().chain(ets)
}

fn changed(c: Change) -> String {
    let bare = |v: f64| percent(v).replace(" %", "");
    format!("{} ({} to {})", percent(c.value), bare(c.low), bare(c.high))
}

/// A change with its sign.
fn percent(v: f64) -> String {
    format!("{}{} %", if v > 0.0 { "+" } else { "" }, format::fixed(v * 100.0, 1))
}

/// The method with the least loss.
fn best(scores: &[Scores]) -> Option<&Scores> {
    scores.iter().min_by(|a, b| a.scaled_pinball(Weigh::Equally).total_cmp(&b.scaled_pinball(Weigh::Equally)))
}

/// Charts of a backtest.
#[must_use]
pub fn charts(panel: &Panel, scores: &[Scores], horizon: usize) -> Vec<ChartSpec> {
    let rows = scores.first().map_or(0, |s| s.rows.len());
    let noun = panel.step.noun();
    let conditions = format!("{}, {}", format::counted(panel.items.len(), "item"), format::counted(rows, "forecast"));
    let footer = format!(
        "Restock · {} to {} · {horizon} {noun}s ahead from rolling origins · nothing fitted past an origin",
        format::date(panel.first),
        format::date(panel.date(panel.periods).plus(-1)),
    );
    vec![
        bars(scores, &conditions, &footer),
        calibration(scores, horizon, noun, &conditions, &footer),
        pit(scores, noun, &conditions, &footer),
        decision(panel, scores, horizon, &conditions, &footer),
    ]
}

/// The best methods by loss, at most as many as can be told apart, in the order of the backtest.
fn drawn(scores: &[Scores]) -> Vec<&Scores> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| {
        scores[*a].scaled_pinball(Weigh::Equally).total_cmp(&scores[*b].scaled_pinball(Weigh::Equally))
    });
    order.truncate(DRAWN);
    order.sort_unstable();
    order.into_iter().map(|i| &scores[i]).collect()
}

fn bars(scores: &[Scores], conditions: &str, footer: &str) -> ChartSpec {
    let base = &scores[0];
    let mut data = Csv::new(&["method", "scaled_pinball", "change", "low", "high"]);
    let mut order: Vec<&Scores> = scores.iter().collect();
    order.sort_by(|a, b| a.scaled_pinball(Weigh::Equally).total_cmp(&b.scaled_pinball(Weigh::Equally)));
    let bars = order
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let loss = s.scaled_pinball(Weigh::Equally);
            let change = s.change_against(base, PINBALL, Weigh::Equally);
            data.push(
                std::iter::once(s.method.clone())
                    .chain([loss, change.value, change.low, change.high].map(|v| v.to_string()))
                    .collect(),
            );
            let against = if s.method == base.method { String::new() } else { changed(change) };
            BarRow {
                label: s.method.clone(),
                note: if against.is_empty() { String::new() } else { format!("{against} against {}", base.method) },
                segments: vec![(loss, if i == 0 { Colour::Model(0) } else { Colour::ModelTint(0) }, String::new())],
                whisker: None,
                value: if s.method == base.method {
                    format!("{loss:.4}")
                } else {
                    format!("{loss:.4}, {}", percent(change.value))
                },
            }
        })
        .collect();
    let title = match (best(scores), scores.len()) {
        (Some(b), n) if n > 1 && b.method != base.method => {
            let c = b.change_against(base, PINBALL, Weigh::Equally);
            let less = percent(c.value.abs()).replace('+', "");
            match c.high < 0.0 {
                // The interval is over items.
                true if b.rows.iter().all(|r| r.item == b.rows[0].item) => {
                    format!(
                        "{}: {less} less loss than {}, of one item and so without an interval",
                        b.method, base.method
                    )
                }
                // Less than one part in a hundred is nothing to choose a method by.
                true if c.value > -0.01 => {
                    format!("{} and {} forecast equally well: {} of loss", b.method, base.method, percent(c.value))
                }
                true => format!("{} forecasts best: its loss is {less} below that of {}", b.method, base.method),
                false => format!("No method is shown to forecast better than {}", base.method),
            }
        }
        _ => format!("{}: scaled pinball loss {:.4}", base.method, base.scaled_pinball(Weigh::Equally)),
    };
    ChartSpec {
        name: "accuracy".into(),
        alt: format!("Bars of the scaled pinball loss of {} forecasting methods. {title}.", scores.len()),
        title,
        subtitle: format!("Scaled pinball loss over the nine M5 quantiles, less is better; {conditions}"),
        footer: footer.to_owned(),
        legend: Vec::new(),
        body: Body::bars(bars, Format::Units, "Scaled pinball loss"),
        data,
    }
}

fn calibration(scores: &[Scores], horizon: usize, noun: &str, conditions: &str, footer: &str) -> ChartSpec {
    let mut data = Csv::new(&["method", "of", "quantile", "covered"]);
    let shown = drawn(scores);
    let axis = || XAxis::Values { format: Format::Share, title: "Quantile of the forecast".into() };
    let panel = |title: String, of: &'static str, covered: &dyn Fn(&Scores, usize) -> f64, data: &mut Csv| {
        let mut panel = LinePanel::new(title, Colour::Ink, axis(), Format::Share);
        (panel.y_min, panel.y_max) = (Some(0.0), Some(1.0));
        panel.lines.push(LineMark {
            points: vec![(0.5, 0.5), (0.995, 0.995)],
            colour: Colour::Grey,
            dashed: true,
            label: String::new(),
        });
        for (i, s) in shown.iter().enumerate() {
            let points: Vec<(f64, f64)> = COVERAGE.iter().enumerate().map(|(k, p)| (*p, covered(s, k))).collect();
            for (p, c) in &points {
                data.push(vec![s.method.clone(), of.into(), p.to_string(), c.to_string()]);
            }
            panel.lines.push(LineMark { points, colour: Colour::Model(i), dashed: false, label: String::new() });
        }
        panel
    };
    let singles = panel(
        format!("Single {noun}s (ties count as below)"),
        noun_static(noun),
        &|s, k| s.coverage_of_periods(k),
        &mut data,
    );
    let mut totals = panel(format!("Totals of {horizon} {noun}s"), "total", &|s, k| s.coverage(k), &mut data);
    let title = best(scores).map_or_else(String::new, |b| {
        let (covered, i) = (b.coverage(2), shown.iter().position(|s| s.method == b.method).unwrap_or(0));
        let label = format!("{} at {}", format::share(covered), format::share(COVERAGE[2]));
        totals.points.push(PointMark { x: COVERAGE[2], y: covered, colour: Colour::Model(i), label });
        format!("{}: {} of totals lie at or below their 97.5 % quantile", b.method, format::share(b.coverage(2)))
    });
    ChartSpec {
        name: "calibration".into(),
        alt: format!(
            "Share of outcomes at or below each forecast quantile, by method; on the dashed line forecasts are right. {title}."
        ),
        title,
        subtitle: format!("Share of outcomes at or below the quantile; dashed: as it should be; {conditions}"),
        footer: footer.to_owned(),
        legend: shown.iter().enumerate().map(|(i, s)| (s.method.clone(), Colour::Model(i))).collect(),
        body: Body::Lines { panels: vec![singles, totals], columns: 2 },
        data,
    }
}

fn noun_static(noun: &str) -> &'static str {
    match noun {
        "week" => "week",
        "month" => "month",
        _ => "day",
    }
}

fn pit(scores: &[Scores], noun: &str, conditions: &str, footer: &str) -> ChartSpec {
    let mut data = Csv::new(&["method", "from", "to", "density"]);
    let mut shown: Vec<(usize, &Scores)> = drawn(scores).into_iter().enumerate().collect();
    // The yardstick, and the three best: each histogram needs its room.
    shown.sort_by(|a, b| a.1.scaled_pinball(Weigh::Equally).total_cmp(&b.1.scaled_pinball(Weigh::Equally)));
    shown.truncate(4);
    shown.sort_by_key(|s| s.0);
    let mut panels: Vec<LinePanel> = shown
        .iter()
        .map(|(i, s)| {
            let axis = XAxis::Values { format: Format::Share, title: "Probability integral transform".into() };
            let above = format::share(s.pit()[PIT_BINS - 1] / PIT_BINS as f64);
            let name = format!("{}: {above} in the highest 5 %", s.method);
            let mut panel = LinePanel::new(name, Colour::Model(*i), axis, Format::Units);
            for (b, density) in s.pit().iter().enumerate() {
                let (from, to) = (b as f64 / PIT_BINS as f64, (b + 1) as f64 / PIT_BINS as f64);
                data.push(vec![s.method.clone(), from.to_string(), to.to_string(), density.to_string()]);
                panel.bands.push(BandMark {
                    points: vec![(from, 0.0, *density), (to - 0.003, 0.0, *density)],
                    colour: Colour::Model(*i),
                    opacity: 0.6,
                    label: String::new(),
                    reads: Reading::Height,
                });
            }
            panel.lines.push(LineMark {
                points: vec![(0.0, 1.0), (1.0, 1.0)],
                colour: Colour::Ink,
                dashed: true,
                label: String::new(),
            });
            panel
        })
        .collect();
    LinePanel::share_axis(&mut panels);
    let title = best(scores).map_or_else(String::new, |b| {
        let pit = b.pit();
        let above = pit[PIT_BINS - 1] / PIT_BINS as f64;
        format!("{}: {} of {noun}s fell into the highest 5 % of their forecast", b.method, format::share(above))
    });
    ChartSpec {
        name: "pit".into(),
        alt: format!("Histograms of where outcomes fell in their forecasts, flat if forecasts are right. {title}."),
        title,
        subtitle: format!(
            "Where outcomes fell in their forecast distributions; flat (dashed): as it should be; {conditions}"
        ),
        footer: footer.to_owned(),
        legend: Vec::new(),
        body: Body::Lines { columns: panels.len().clamp(1, 2), panels },
        data,
    }
}

fn decision(panel: &Panel, scores: &[Scores], horizon: usize, conditions: &str, footer: &str) -> ChartSpec {
    let noun = panel.step.noun();
    let mut data = Csv::new(&["method", "service_level", "fill_rate", "stock_periods"]);
    let axis = XAxis::Values { format: Format::Units, title: format!("Mean stock, {noun}s of demand") };
    let mut chart = LinePanel::new("", Colour::Ink, axis, Format::Share);
    let shown = drawn(scores);
    let mut need: Vec<(String, f64)> = Vec::new();
    let mut lowest = 1.0_f64;
    for (i, s) in shown.iter().enumerate() {
        let d = Decision::replay(panel, s, horizon);
        for p in &d.points {
            data.push(
                std::iter::once(s.method.clone())
                    .chain([p.service, p.fill_rate, p.stock].map(|v| v.to_string()))
                    .collect(),
            );
            lowest = lowest.min(p.fill_rate);
        }
        need.extend(d.stock_at(0.95).map(|x| (s.method.clone(), x)));
        let points = d.points.iter().map(|p| (p.stock, p.fill_rate)).collect();
        chart.lines.push(LineMark { points, colour: Colour::Model(i), dashed: false, label: String::new() });
        for p in &d.points {
            chart.points.push(PointMark { x: p.stock, y: p.fill_rate, colour: Colour::Model(i), label: String::new() });
        }
    }
    (chart.y_min, chart.y_max) = (Some((lowest * 20.0).floor() / 20.0), Some(1.0));
    need.sort_by(|a, b| a.1.total_cmp(&b.1));
    let title = match need.as_slice() {
        [first, .., last] => {
            for (method, stock) in [first, last] {
                let i = shown.iter().position(|s| s.method == *method).unwrap_or(0);
                let label = format!("{stock:.1} {noun}s");
                chart.points.push(PointMark { x: *stock, y: 0.95, colour: Colour::Model(i), label });
            }
            chart.levels.push(LevelMark { y: 0.95, colour: Colour::Grey, label: "95 % of units".into() });
            format!(
                "To serve 95 % of units, {} needs {:.1} {noun}s of stock, {} {:.1}",
                first.0, first.1, last.0, last.1
            )
        }
        _ => "What each forecast makes of stock: fill rate against mean stock".into(),
    };
    ChartSpec {
        name: "decision-curve".into(),
        alt: format!("Fill rate against mean stock when stock is ordered by each forecast. {title}."),
        title,
        subtitle: format!(
            "Stock raised to the forecast's quantile every {horizon} {noun}s, replayed on what was sold; higher and further left is better; {conditions}"
        ),
        footer: footer.to_owned(),
        legend: shown.iter().enumerate().map(|(i, s)| (s.method.clone(), Colour::Model(i))).collect(),
        body: Body::Lines { panels: vec![chart], columns: 1 },
        data,
    }
}

/// Files of the charts: SVG, PNG and CSV of each.
///
/// # Errors
///
/// A message, if a chart cannot be drawn.
pub fn files(panel: &Panel, scores: &[Scores], horizon: usize) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut specs = charts(panel, scores, horizon);
    for spec in &mut specs {
        // A title may begin with a method's name.
        let mut letters = spec.title.chars();
        spec.title = letters.next().map_or_else(String::new, |c| c.to_uppercase().chain(letters).collect());
    }
    let each = super::in_parallel(&specs, |spec| super::chart_files(&spec.name, spec));
    Ok(each.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
