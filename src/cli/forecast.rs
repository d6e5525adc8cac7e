//! `restock forecast`.

use super::estimate::{self, Sample};
use super::folder::{self, FolderArgs};
use super::progress::{Guess, Job, Step};
use super::question::failed;
use super::sales::{NUMBER, SalesArgs, SuspectedArgs};
use super::{Outcome, print, threads};
use crate::data::{Sales, Size};
use crate::forecast::outlook::Spread;
use crate::forecast::totals::{ITEMS, record};
use crate::forecast::{Item, Panel};
use crate::names;
use crate::report::manifest::{Manifest, identity};
use crate::report::outlook::{self, Material};
use crate::report::{RunFolder, WriteError, Written, chart_files, folder_name, occasions, replay, slug};
use crate::task::{Forecast, MOST_ROWS, PATHS, SEED, SHOWN, horizon, new_item, successor};
use std::ops::ControlFlow;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    sales: SalesArgs,
    /// Periods ahead [default: 28 days, 13 weeks or 6 months]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    horizon: Option<u16>,
    /// Totals of so many periods besides, lead times, say: `60,90,120` [horizon: the longest]
    #[arg(long, value_name = "PERIODS", value_delimiter = ',', conflicts_with = "horizon",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    totals: Vec<u16>,
    /// Method [default: `combination`]
    #[arg(long, value_name = "NAME")]
    method: Option<String>,
    /// Sample paths an item
    #[arg(long, default_value_t = PATHS, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    paths: u32,
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// An item without sales, forecast by those like it: `Lamp` or `Lamp,category=Lighting,price=39`; several times for several
    #[arg(long = "new", value_name = "ITEM", value_parser = new_item)]
    new: Vec<Item>,
    /// An item that took the place of another, whose sales it inherits: `OLD=NEW`; several times for several
    #[arg(long = "replaces", value_name = "OLD=NEW", value_parser = successor)]
    replaces: Vec<(String, String)>,
    /// Do not forecast the past to say how good the method was
    #[arg(long)]
    no_record: bool,
    /// Show and chart this item, several times for several [default: those of which most is expected]
    #[arg(long = "only", value_name = "ITEM")]
    only: Vec<String>,
    /// Items charted, and listed in the table
    #[arg(long, default_value_t = SHOWN, value_name = "N")]
    show: usize,
    #[command(flatten)]
    suspected: SuspectedArgs,
    /// Folder of the results [default: output/<name of the file>-forecast, with @<what was set> if something was]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    #[command(flatten)]
    writing: FolderArgs,
    /// Write every path to paths.parquet
    #[arg(long)]
    save_paths: bool,
    /// Threads [default: one a core]
    #[arg(long, default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=i64::from(threads::MOST)))]
    jobs: u16,
    /// Write nothing to disk: only print
    #[arg(long, conflicts_with_all = ["out", "save_paths"])]
    dry_run: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    threads::settle(args.jobs)?;
    let read = args.sales.read(args.suspected.keep_suspected, &|size| needs(args, size))?;
    let ready = args.task().ready(&read.known).map_err(|e| failed(&e, false))?;
    let chosen =
        if args.only.is_empty() { None } else { Some(ready.items(&args.only).map_err(|e| failed(&e, false))?) };
    let name = ready.method.name();
    let run = identity(&[&args.sales.how(), &args.sales.hashes(&read)?.join(" "), &asked(args), &name]);
    let folder = if args.dry_run { None } else { Some(folder::begin(&target(args), &args.writing, None)?) };
    if let Some(sample) = Sample::of(&ready.panel) {
        let (pipeline, method, draws) = (&ready.pipeline, ready.method.as_ref(), ready.draws());
        let drawn = sample.seconds(|panel| {
            let history = pipeline.prepare(panel.clone());
            history.look_ahead(history.fit(method).as_ref(), &draws, &mut |_, _, _| ControlFlow::Continue(()))
        });
        let past = |panel: &Panel| record(panel, &pipeline.calendar, method, ready.spec());
        let recorded = if args.no_record { 0.0 } else { sample.seconds_of(ITEMS, past) };
        let less = "`--no-record`, fewer `--paths`, another `--method` or fewer items (`--where`) take less";
        estimate::say(drawn + recorded, read.bytes, &ready.panel, &format!("by `{name}`"), less);
    }
    let job = Job::begin(steps(args), false);
    let drawn = ready.look(&mut |done, of| {
        job.at(1, done, of);
        ControlFlow::Continue(())
    });
    let Some(found) = drawn else { return Ok(()) };
    let m = found.material();
    let shown = chosen.unwrap_or_else(|| m.largest().into_iter().take(args.show).collect());
    let history = &found.history;
    let dates = occasions::text(&history.sold, &history.calendar, &found.holidays, found.drawn(), print::width());
    let heading = found.heading(&read.known.sales.panel);
    job.print(|| print::out(&(heading + "\n\n" + &outlook::text(&m, &shown, print::width()) + &dates)))?;
    if !args.no_record {
        let text = outlook::record(found.record().as_ref(), &name, history.sold.step, m.horizon, print::width());
        job.print(|| print::out(&text))?;
    }
    let mut place = String::new();
    if let Some(folder) = folder {
        let written = write(args, folder, &m, (&read.known.sales, &shown), &found.paths, &run, &job)
            .map_err(|e| job.print(|| folder::failed(&e)))?;
        place = format!("written to {}, ", names::path(&written.path));
        job.print(|| folder::told(&written));
    }
    let seconds = job.seconds();
    drop(job);
    print::note(&format!("{place}{seconds:.1} s"));
    Ok(())
}

impl Args {
    /// What is asked of the sales.
    fn task(&self) -> Forecast {
        Forecast {
            horizon: self.horizon,
            totals: self.totals.clone(),
            method: self.method.clone(),
            paths: self.paths,
            seed: self.seed,
            new: self.new.clone(),
            replaces: self.replaces.clone(),
            keep_paths: self.save_paths,
        }
    }
}

/// Copies of a panel that are held while it is forecast, items whose paths are drawn at a time, and as many more for those that are added
/// up and sorted: by measurement.
const COPIES: u64 = 24;
const DRAWN: u64 = 64;
const ADDED: u64 = 16;

/// Bytes that a forecast of a panel needs at most: the panel as it was sold, masked, without spikes and as each method sees it, paths
/// that are drawn, and what is kept of them.
fn needs(args: &Args, size: Size) -> u64 {
    let horizon = horizon(args.horizon, &args.totals, size.step) as u64 + 1;
    let items = (size.items + args.new.len()) as u64;
    let paths = u64::from(args.paths) * horizon;
    let saved = if args.save_paths { items * paths } else { 0 };
    if saved > MOST_ROWS {
        // That is refused for itself.
        return 0;
    }
    let kept = size_of::<Spread>() as u64 + NUMBER;
    let drawn = 2 * NUMBER * ((items.min(DRAWN) + ADDED) * paths + saved);
    COPIES * NUMBER * size.item_periods as u64 + drawn + items * horizon * kept
}

fn steps(args: &Args) -> Vec<Step> {
    let mut steps = vec![
        Step { doing: "fitting", what: "items", guess: Guess::Unknown },
        Step { doing: "looking ahead", what: "items", guess: Guess::OfFirst(1.0) },
    ];
    if !args.dry_run {
        let charts = if args.only.is_empty() { args.show } else { args.only.len() };
        let guess = Guess::Seconds(SECONDS_A_CHART * charts as f64);
        steps.push(Step { doing: "drawing", what: "charts", guess });
    }
    steps
}

/// What a chart takes, before the first is drawn.
const SECONDS_A_CHART: f64 = 0.2;

/// What changes the figures, where it is not as usual, as words of a folder's name.
fn options(args: &Args) -> Vec<String> {
    args.task().words(args.sales.countries(), args.suspected.keep_suspected)
}

/// All that decides the results besides the sales and how they are read.
fn asked(args: &Args) -> String {
    format!("{:?} {:?}", options(args), args.new)
}

fn target(args: &Args) -> PathBuf {
    let usual =
        || PathBuf::from("output").join(folder_name(&format!("{}-forecast", args.sales.stem()), &options(args)));
    args.out.clone().unwrap_or_else(usual)
}

/// Writes all files, and puts the folder in its place.
fn write(
    args: &Args,
    folder: RunFolder,
    m: &Material<'_>,
    (sales, shown): (&Sales, &[usize]),
    saved: &(Vec<f64>, Vec<f64>),
    run: &str,
    job: &Job,
) -> Result<Written, WriteError> {
    let source = names::path(&args.sales.file);
    let failed = |why: crate::diag::Error| WriteError { path: target(args), reason: why.to_string() };
    folder.write("forecast.csv", outlook::periods(m).to_text().as_bytes())?;
    folder.write("totals.csv", outlook::totals(m).to_text().as_bytes())?;
    if let Some(table) = outlook::lead_times_table(m) {
        folder.write("lead-times.csv", table.to_text().as_bytes())?;
    }
    folder.write("spikes.csv", outlook::spikes(m).to_text().as_bytes())?;
    folder.write("suspected-stock-outs.csv", outlook::suspected(m).to_text().as_bytes())?;
    // Named after the sales, so that the runs of two forecasts have two folders.
    let history = args.sales.history(sales.item_column.clone(), args.suspected.keep_suspected);
    let told = replay::Source { file: &source, currency: sales.currency.as_deref(), history: &history };
    folder.write(&format!("{}.toml", args.sales.stem()), replay::scenario(m, &told).as_bytes())?;
    if args.save_paths {
        folder.write("paths.parquet", &outlook::paths(m, &saved.0, &saved.1).map_err(failed)?)?;
    }
    for (n, i) in shown.iter().enumerate() {
        job.at(2, n as u64, shown.len() as u64);
        // Numbered, as two names may be one when written as a file's.
        let base = format!("charts/{:02}-{}", n + 1, slug(&m.sold().items[*i].name));
        let mut chart = outlook::fan(m, *i);
        chart.footer =
            format!("{source} · run {} · seed {} · {}", run.get(..8).unwrap_or(run), args.seed, chart.footer);
        for (name, bytes) in chart_files(&base, &chart).map_err(failed)? {
            folder.write(&name, &bytes)?;
        }
    }
    folder.finish(Manifest::new("forecast", run, details(args, m)))
}

fn details(args: &Args, m: &Material<'_>) -> serde_json::Map<String, serde_json::Value> {
    let details = serde_json::json!({
        "sales": args.sales.file.to_string_lossy(),
        "options": options(args),
        "items": m.sold().items.len(),
        "method": m.method,
        "horizon": m.horizon,
        "paths": m.paths,
        "seed": args.seed,
        "started": super::run::now(),
    });
    details.as_object().cloned().unwrap_or_default()
}
