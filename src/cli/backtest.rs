//! `restock backtest`.

use super::estimate::{self, Sample};
use super::files::write;
use super::folder::{self, FolderArgs};
use super::progress::{Guess, Job, Step};
use super::question::failed;
use super::sales::{NUMBER, SalesArgs};
use super::{Outcome, exit, print, threads};
use crate::forecast::Panel;
use crate::forecast::backtest::{Row, Spec, Task, Unwatched, Watch};
use crate::names;
use crate::report::manifest::{Manifest, identity};
use crate::report::{accuracy, format};
use crate::task::Backtest;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    sales: SalesArgs,
    /// Periods ahead [default: 28 days, 13 weeks or 6 months]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=400))]
    horizon: Option<u16>,
    /// Score totals of so many periods, a lead time, say: `60,90,120` [horizon: the longest]
    #[arg(long, value_name = "PERIODS", value_delimiter = ',', conflicts_with = "horizon",
          value_parser = clap::value_parser!(u16).range(1..=400))]
    totals: Vec<u16>,
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
    #[command(flatten)]
    writing: FolderArgs,
}

/// Copies of a panel that a backtest holds: of all, and of each thread. By measurement.
const PANELS: u64 = 3;
const COPIES: u64 = 16;

pub(super) fn run(args: &Args) -> Outcome {
    let jobs = threads::settle(args.jobs)?;
    let read = args.sales.read(false, &|size| (PANELS + COPIES * jobs as u64) * NUMBER * size.item_periods as u64)?;
    let refused = |e| failed(&e, false);
    let trials = args.task().ready(&read.known, jobs).map_err(refused)?;
    let panel = trials.panel;
    let asked = fingerprint(panel, &format!("{:?} {:?}", trials.calendar, Spec { jobs: 0, ..trials.spec }));
    let checkpoint = args.checkpoint.as_ref().map(|path| Checkpoint::open(path, &asked)).transpose()?;
    let folder = args.charts.as_ref().map(|target| folder::begin(target, &args.writing, None)).transpose()?;
    if let Some(sample) = Sample::of(panel) {
        let seconds = sample.seconds(|panel| trials.compare(panel, &Unwatched, &mut |_, _| ControlFlow::Continue(())));
        let what = format!("by {}", format::counted(trials.compared.len(), "method"));
        let less =
            "fewer `--origins`, `--paths` or methods (`--method`) take less, and `--checkpoint` keeps what is done";
        estimate::say(seconds, read.bytes, panel, &what, less);
    }
    let step = |doing| Step { doing, what: "fits", guess: Guess::Unknown };
    let mut steps = vec![step("forecasting the past")];
    steps.extend((!trials.of_totals().is_empty()).then(|| step("adding up totals")));
    let job = Job::begin(steps, false);
    let progress = Progress { job: &job, checkpoint: checkpoint.as_ref() };
    let compared = trials.compare(panel, &progress, &mut |done, all| {
        job.at(1, done, all);
        ControlFlow::Continue(())
    });
    let Some(compared) = compared else { return Ok(()) };
    let seconds = job.seconds();
    drop(job);
    let found = trials.ended(compared).map_err(refused)?;
    if let Some(path) = &args.scores {
        let _ = write(path, found.table(panel).to_text().as_bytes())?;
    }
    if let Some(folder) = folder {
        let names: Vec<&str> = found.scores.iter().map(|s| s.method.as_str()).collect();
        let run = identity(&[&asked, &names.join(",")]);
        for (name, bytes) in
            accuracy::files(panel, &found.scores, found.horizon).map_err(|e| print::failed(exit::IO, &e.to_string()))?
        {
            folder.write(&name, &bytes).map_err(|e| folder::failed(&e))?;
        }
        let details =
            serde_json::json!({ "sales": args.sales.file.to_string_lossy(), "methods": names, "seed": args.seed });
        let manifest = Manifest::new("backtest", &run, details.as_object().cloned().unwrap_or_default());
        folder::told(&folder.finish(manifest).map_err(|e| folder::failed(&e))?);
    }
    print::out(&found.text(panel, print::width()))?;
    print::note(&format!("{seconds:.1} s"));
    Ok(())
}

impl Args {
    /// What is asked of the sales.
    fn task(&self) -> Backtest {
        Backtest {
            horizon: self.horizon,
            totals: self.totals.clone(),
            origins: self.origins,
            paths: self.paths,
            seed: self.seed,
            methods: self.methods.clone(),
            mask_suspected: self.mask_suspected,
        }
    }
}

/// What a checkpoint must agree with: the sales and everything that was asked.
fn fingerprint(panel: &Panel, asked: &str) -> String {
    identity(&[&format!("{panel:?}"), asked])
}

/// Tasks that were done, in a file: a line each as soon as it is done, with a check sum. A line that a stop cut short, or that
/// was changed, is left out and done again.
struct Checkpoint {
    known: BTreeMap<(String, usize), Vec<Row>>,
    fingerprint: String,
    file: Mutex<File>,
}

/// What a checkpoint begins with.
const WORD: &str = "restock backtest ";

impl Checkpoint {
    fn open(path: &Path, fingerprint: &str) -> Result<Self, u8> {
        let text = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => {
                return Err(print::failed(
                    exit::IO,
                    &format!("cannot read `{}`: {}", names::path(path), crate::diag::words::io(&e)),
                ));
            }
        };
        let refuse = |what: &str| {
            let message =
                format!("`{}` is {what}; nothing was run. Name another file, or remove it", names::path(path));
            Err(print::failed(exit::IO, &message))
        };
        let header = format!("{WORD}{fingerprint}");
        let mut lines = text.lines();
        match lines.next() {
            Some(first) if !first.starts_with(WORD) => return refuse("no checkpoint of `restock backtest`"),
            Some(first) if first != header => return refuse("the checkpoint of other sales or other settings"),
            _ => {}
        }
        let (mut known, mut damaged) = (BTreeMap::new(), 0);
        for line in lines {
            match task(line, fingerprint) {
                Some((key, rows)) => drop(known.insert(key, rows)),
                None => damaged += 1,
            }
        }
        if !known.is_empty() {
            print::note(&format!("{} fits are taken from `{}`", known.len(), names::path(path)));
        }
        if damaged > 0 {
            let lines = format::counted(damaged, "line");
            print::note(&format!("note: {lines} of `{}` cannot be used: done again", names::path(path)));
        }
        // Written anew, so that no half line is left in the middle.
        let mut all = header + "\n";
        for ((method, origin), rows) in &known {
            all += &line(&Task { method: method.clone(), origin: *origin }, rows, fingerprint);
        }
        let file = Mutex::new(write(path, all.as_bytes())?);
        Ok(Checkpoint { known, fingerprint: fingerprint.to_owned(), file })
    }
}

/// `check sum, method, origin, number of rows, rows`, with tabs between them.
fn line(task: &Task, rows: &[Row], fingerprint: &str) -> String {
    let mut out = format!("{}\t{}\t{}", task.method, task.origin, rows.len());
    for row in rows {
        out.push('\t');
        out.push_str(&row.to_line());
    }
    format!("{}\t{out}\n", check_sum(&out, fingerprint))
}

/// Reads a line of a checkpoint; nothing if it is not as it was written.
fn task(line: &str, fingerprint: &str) -> Option<((String, usize), Vec<Row>)> {
    let (sum, rest) = line.split_once('\t')?;
    if sum != check_sum(rest, fingerprint) {
        return None;
    }
    let mut cells = rest.split('\t');
    let key = (cells.next()?.to_owned(), cells.next()?.parse().ok()?);
    let number: usize = cells.next()?.parse().ok()?;
    let rows: Vec<Row> = cells.map(Row::from_line).collect::<Option<_>>()?;
    (rows.len() == number).then_some((key, rows))
}

/// Of a line of this checkpoint and no other.
fn check_sum(line: &str, fingerprint: &str) -> String {
    identity(&[fingerprint, line])[..16].to_owned()
}

struct Progress<'a> {
    job: &'a Job,
    checkpoint: Option<&'a Checkpoint>,
}

impl Watch for Progress<'_> {
    fn known(&self, task: &Task) -> Option<Vec<Row>> {
        self.checkpoint?.known.get(&(task.method.clone(), task.origin)).cloned()
    }

    fn done(&self, task: &Task, rows: &[Row], done: usize, all: usize) -> ControlFlow<()> {
        self.job.at(0, done as u64, all as u64);
        if let Some(c) = self.checkpoint
            && !c.known.contains_key(&(task.method.clone(), task.origin))
            && let Ok(mut file) = c.file.lock()
        {
            // What cannot be kept is done again next time.
            let _ = file.write_all(line(task, rows, &c.fingerprint).as_bytes());
        }
        ControlFlow::Continue(())
    }
}
