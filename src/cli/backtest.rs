//! `restock backtest`.

use super::{Outcome, exit, print};
use crate::forecast::backtest::{COVERAGE, Change, Scores, Spec, backtest};
use crate::forecast::{Panel, methods};
use crate::report::chart::Csv;
use crate::report::{format, text};
use crate::scenario::{PanelColumns, panel};
use comfy_table::{Cell, CellAlignment};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Daily sales of one or many items: CSV or Parquet, a row an item and day
    file: PathBuf,
    /// Column of items
    #[arg(long, default_value = "sku")]
    item: String,
    /// Column of dates
    #[arg(long, default_value = "date")]
    date: String,
    /// Column of units sold
    #[arg(long, default_value = "units")]
    units: String,
    /// Days ahead
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u16).range(1..=400))]
    horizon: u16,
    /// Points in the past from which to forecast, one horizon apart
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=100))]
    origins: u16,
    /// Sample paths an item
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    paths: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads [default: one a core]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    jobs: usize,
    /// Write the score of every method, item and origin to this CSV file
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let names = PanelColumns { item: &args.item, date: &args.date, units: &args.units };
    let panel = match panel(&args.file, names) {
        Ok(read) => {
            if !read.warnings.list.is_empty() {
                print::note(&read.warnings.render(print::colour_on_stderr()));
            }
            read.value
        }
        Err(problems) => {
            print::note(&problems.render(print::colour_on_stderr()));
            return Err(exit::INVALID);
        }
    };
    let spec = Spec {
        horizon: usize::from(args.horizon),
        origins: usize::from(args.origins),
        paths: args.paths,
        seed: args.seed,
        jobs: args.jobs,
    };
    let begun = Instant::now();
    let bar = super::run::progress_bar("{bar:32} {pos}/{len} fits, {eta} left", false);
    let scores = backtest(&panel, &methods(), spec, &|done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let scored = scores.first().map_or(0, |s| s.rows.len());
    if scored == 0 {
        let message = format!(
            "nothing can be backtested: {} days of history for a horizon of {}; give more history or a shorter `--horizon`",
            panel.days, spec.horizon
        );
        return Err(print::failed(exit::INVALID, &message));
    }
    if let Some(path) = &args.scores {
        std::fs::write(path, rows(&panel, &scores))
            .map_err(|e| print::failed(exit::IO, &format!("cannot write `{}`: {e}", path.display())))?;
    }
    let heading = format!(
        "{} items, {} days from {}, {} days ahead from {} origins: {} forecasts, {} paths each\n\n",
        format::count(panel.items.len() as f64),
        format::count(panel.days as f64),
        format::date(panel.first),
        spec.horizon,
        spec.origins,
        format::count(scored as f64),
        format::count(f64::from(spec.paths)),
    );
    print::out(&(heading + &table(&scores)))?;
    print::note(&format!("{:.1} s", begun.elapsed().as_secs_f64()));
    Ok(())
}

/// Every score, a row each.
fn rows(panel: &Panel, scores: &[Scores]) -> String {
    let mut csv =
        Csv::new(&["method", "item", "origin", "scaled_pinball", "units_before", "error", "absolute_error", "units"]);
    for s in scores {
        for r in &s.rows {
            let numbers = [r.scaled_pinball, r.weight, r.error, r.absolute_error, r.units].map(|v| v.to_string());
            let origin = panel.first.plus(r.origin as i32).to_string();
            csv.push(
                [s.method.to_owned(), panel.items[r.item].name.clone(), origin].into_iter().chain(numbers).collect(),
            );
        }
    }
    csv.to_text()
}

fn table(scores: &[Scores]) -> String {
    let mut t = text::grid(print::width());
    let names = ["", "Scaled pinball", "by units", "WAPE", "Bias"].map(String::from);
    t.set_header(names.into_iter().chain(COVERAGE.iter().map(|p| format!("≤ {}", format::share(*p)))));
    for s in scores {
        let measures = [format!("{:.4}", s.scaled_pinball(false)), format!("{:.4}", s.scaled_pinball(true))];
        let cells = measures.into_iter().chain([format::share(s.wape()), format::share(s.bias())]);
        let cells = cells.chain((0..COVERAGE.len()).map(|k| format::share(s.coverage(k))));
        t.add_row(
            std::iter::once(Cell::new(s.method)).chain(cells.map(|c| Cell::new(c).set_alignment(CellAlignment::Right))),
        );
    }
    let mut out = format!(
        "{t}\nscaled pinball: mean over the nine M5 quantiles, scaled by the mean change from day to day\n\
         ≤: share of totals over the horizon at or below the forecast's quantile\n"
    );
    let change = |c: Change| {
        let percent = |v: f64| format!("{}{}", if v > 0.0 { "+" } else { "" }, format::fixed(v * 100.0, 1));
        format!("{} % ({} to {})", percent(c.value), percent(c.low), percent(c.high))
    };
    if let Some((base, others)) = scores.split_first() {
        let _ = write!(out, "\nScaled pinball against {} (95 % by resampling items):\n", base.method);
        for s in others {
            let (each, units) = (s.change_against(base, false), s.change_against(base, true));
            let _ = writeln!(out, "  {:<14}  {}, weighted by units {}", s.method, change(each), change(units));
        }
    }
    out
}
