//! `restock backtest`.

use super::sales::SalesArgs;
use super::{Outcome, exit, print, threads};
use crate::diag::words;
use crate::forecast::backtest::{Row, Scores, Spec, Task, Watch, backtest};
use crate::forecast::{Method, Panel, SuspectedStockOuts, all_methods, method, methods};
use crate::names;
use crate::report::chart::Csv;
use crate::report::{accuracy, format};
use indicatif::ProgressBar;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    sales: SalesArgs,
    /// Periods ahead [default: 28 days, 13 weeks or 6 months]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=400))]
    horizon: Option<u16>,
    /// Points in the past from which to forecast, one horizon apart
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=100))]
    origins: u16,
    /// Sample paths an item
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    paths: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A method to compare, several times for several [default: all]
    #[arg(long = "method", value_name = "NAME")]
    methods: Vec<String>,
    /// Take runs of zeros that chance does not explain for stock-outs
    #[arg(long)]
    mask_suspected: bool,
    /// Threads [default: one a core]
    #[arg(long, default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=i64::from(threads::MOST)))]
    jobs: u16,
    /// Keep what is done in this file, and begin from it if it is there
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Write the scores of every method, item and origin to this CSV file
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,
    /// Write charts and their tables into this folder: accuracy, calibration, PIT, decision curve
    #[arg(long, value_name = "FOLDER")]
    charts: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let jobs = threads::settle(args.jobs)?;
    let read = args.sales.read()?;
    let panel = &read.sales.panel;
    let horizon = args.horizon.map_or_else(|| panel.step.usual_horizon(), usize::from);
    let compared = chosen(&args.methods, panel)?;
    let spec = Spec {
        horizon,
        origins: usize::from(args.origins),
        paths: args.paths,
        seed: args.seed,
        jobs,
        suspected: if args.mask_suspected { SuspectedStockOuts::Mask } else { SuspectedStockOuts::Keep },
    };
    let begun = Instant::now();
    let bar = super::run::progress_bar("{bar:32} {pos}/{len} fits, {eta} left", false);
    let calendar = read.calendar(horizon);
    let asked = || format!("{calendar:?} {:?}", Spec { jobs: 0, ..spec });
    let open = |path: &PathBuf| Checkpoint::open(path, &fingerprint(panel, &asked()));
    let checkpoint = args.checkpoint.as_ref().map(open).transpose()?;
    let scores = backtest(panel, &calendar, &compared, spec, &Progress { bar: &bar, checkpoint: checkpoint.as_ref() });
    bar.finish_and_clear();
    let scored = scores.first().map_or(0, |s| s.rows.len());
    if scored == 0 {
        let noun = panel.step.noun();
        let message = format!(
            "nothing can be backtested: {} {noun}s of history for a horizon of {horizon}; give more history or a shorter `--horizon`",
            panel.periods
        );
        return Err(print::failed(exit::INVALID, &message));
    }
    if let Some(path) = &args.scores {
        write(path, rows(panel, &scores).as_bytes())?;
    }
    if let Some(folder) = &args.charts {
        std::fs::create_dir_all(folder).map_err(|e| failed(folder, &e))?;
        for (name, bytes) in accuracy::files(panel, &scores, horizon).map_err(|e| print::failed(exit::IO, &e))? {
            write(&folder.join(name), &bytes)?;
        }
    }
    let heading = format!(
        "{}, {} from {}, {horizon} ahead from {}: {}, {} each\n\n",
        format::counted(panel.items.len(), "item"),
        format::counted(panel.periods, panel.step.noun()),
        panel.first,
        format::counted(spec.origins, "origin"),
        format::counted(scored, "forecast"),
        format::counted(spec.paths as usize, "path"),
    );
    print::out(&(heading + &accuracy::text(panel, &scores, horizon, print::width())))?;
    print::note(&format!("{:.1} s", begun.elapsed().as_secs_f64()));
    Ok(())
}

/// The methods that were named, or all.
fn chosen(names: &[String], panel: &Panel) -> Result<Vec<Box<dyn Method>>, u8> {
    if names.is_empty() {
        return Ok(methods(panel.step));
    }
    names.iter().map(|name| named(name, panel)).collect()
}

/// The method of that name.
pub(super) fn named(name: &str, panel: &Panel) -> Result<Box<dyn Method>, u8> {
    method(name, panel.step).ok_or_else(|| {
        let known: Vec<String> = all_methods(panel.step).iter().map(|m| m.name()).collect();
        let message = format!("there is no method `{name}`; there are `{}`", known.join("`, `"));
        print::failed(exit::USAGE, &message)
    })
}

fn failed(path: &Path, e: &std::io::Error) -> u8 {
    print::failed(exit::IO, &format!("cannot write `{}`: {}", names::path(path), words::io(e)))
}

fn write(path: &Path, bytes: &[u8]) -> Outcome {
    std::fs::write(path, bytes).map_err(|e| failed(path, &e))
}

/// Every score, a row each.
fn rows(panel: &Panel, scores: &[Scores]) -> String {
    let mut csv = Csv::new(&[
        "method",
        "item",
        "origin",
        "class",
        "periods",
        "scaled_pinball",
        "total_pinball",
        "crps",
        "units_before",
        "error",
        "absolute_error",
        "units",
        "mase",
        "rmsse",
        "smape",
    ]);
    for s in scores {
        for r in &s.rows {
            let numbers = [
                r.periods,
                r.scaled_pinball,
                r.total_pinball,
                r.crps,
                r.weight,
                r.error,
                r.absolute_error,
                r.units,
                r.mase,
                r.rmsse,
                r.smape,
            ];
            let origin = panel.date(r.origin).to_string();
            let head = [s.method.clone(), panel.items[r.item].name.clone(), origin, r.class.name().to_owned()];
            csv.push(head.into_iter().chain(numbers.map(|v| v.to_string())).collect());
        }
    }
    csv.to_text()
}

/// What a checkpoint must agree with: the sales and everything that was asked.
fn fingerprint(panel: &Panel, asked: &str) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    hash.update(format!("{panel:?} {asked} {}", env!("CARGO_PKG_VERSION")));
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

/// Tasks that were done, in a file: a line each as soon as it is done. A line that a stop cut short is left out and done again.
struct Checkpoint {
    known: BTreeMap<(String, usize), Vec<Row>>,
    file: Mutex<std::fs::File>,
}

impl Checkpoint {
    fn open(path: &Path, fingerprint: &str) -> Result<Self, u8> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(failed(path, &e)),
        };
        let header = format!("restock backtest {fingerprint}");
        let mut lines = text.split_inclusive('\n').filter(|l| l.ends_with('\n')).map(|l| l.trim_end_matches('\n'));
        if lines.next().is_some_and(|first| first != header) {
            let message = format!(
                "`{}` is the checkpoint of other sales or other settings; nothing was run. Name another file, or remove it",
                names::path(path)
            );
            return Err(print::failed(exit::IO, &message));
        }
        let task = |line: &str| {
            let mut cells = line.split('\t');
            let key = (cells.next()?.to_owned(), cells.next()?.parse().ok()?);
            let number: usize = cells.next()?.parse().ok()?;
            let rows: Vec<Row> = cells.map(Row::from_line).collect::<Option<_>>()?;
            (rows.len() == number).then_some((key, rows))
        };
        let known: BTreeMap<_, _> = lines.filter_map(task).collect();
        if !known.is_empty() {
            print::note(&format!("{} fits are taken from `{}`", known.len(), names::path(path)));
        }
        // Written anew, so that no half line is left in the middle.
        let mut file = std::fs::File::create(path).map_err(|e| failed(path, &e))?;
        let mut all = header + "\n";
        for ((method, origin), rows) in &known {
            all += &line(&Task { method: method.clone(), origin: *origin }, rows);
        }
        file.write_all(all.as_bytes()).map_err(|e| failed(path, &e))?;
        Ok(Checkpoint { known, file: Mutex::new(file) })
    }
}

fn line(task: &Task, rows: &[Row]) -> String {
    let mut out = format!("{}\t{}\t{}", task.method, task.origin, rows.len());
    for row in rows {
        out.push('\t');
        out.push_str(&row.to_line());
    }
    out.push('\n');
    out
}

struct Progress<'a> {
    bar: &'a ProgressBar,
    checkpoint: Option<&'a Checkpoint>,
}

impl Watch for Progress<'_> {
    fn known(&self, task: &Task) -> Option<Vec<Row>> {
        self.checkpoint?.known.get(&(task.method.clone(), task.origin)).cloned()
    }

    fn done(&self, task: &Task, rows: &[Row], done: usize, all: usize) {
        self.bar.set_length(all as u64);
        self.bar.set_position(done as u64);
        if let Some(c) = self.checkpoint
            && !c.known.contains_key(&(task.method.clone(), task.origin))
            && let Ok(mut file) = c.file.lock()
        {
            // What cannot be kept is done again next time.
            let _ = file.write_all(line(task, rows).as_bytes());
        }
    }
}
