//! `restock run`.

use super::{Outcome, Reading, exit, load, memory, print};
use crate::diag::Code;
use crate::model::{Experiment, Scenario};
use crate::report::{Manifest, RunFolder, format, slug, summary, text};
use crate::study::{self, Options, Progress, TraceLine, Trial};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Scenario file
    scenario: PathBuf,
    /// Run folder [default: output/<name of the file>]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Seed, instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// Replications, instead of the scenario's
    #[arg(long, short = 'n', value_name = "N")]
    replications: Option<u64>,
    /// Threads [default: one a core]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,
    #[command(flatten)]
    reading: Reading,
    /// Print summary.json instead of the table; errors as JSON too
    #[arg(long)]
    json: bool,
    /// No progress bar, no table
    #[arg(long, short)]
    quiet: bool,
    /// Leave the charts, report.html and finance.xlsx out
    #[arg(long)]
    no_charts: bool,
    /// Compare the models at their own policies only, not on equal terms (own best, equal service, equal capital) as well
    #[arg(long)]
    own_policies_only: bool,
    /// Write nothing to disk: only print
    #[arg(long, conflicts_with = "out")]
    dry_run: bool,
    /// Print every event of one replication as CSV instead of running the study
    #[arg(long, value_name = "REPLICATION", num_args = 0..=1, default_missing_value = "0")]
    trace: Option<u32>,
}

/// Folder under construction: removed when the user interrupts.
static UNFINISHED: Mutex<Option<PathBuf>> = Mutex::new(None);

pub(super) fn run(args: &Args) -> Outcome {
    let extra: Vec<String> = [
        args.seed.map(|s| format!("monte-carlo.seed={s}")),
        args.replications.map(|n| format!("monte-carlo.replications={n}")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let loaded = load(&args.scenario, &args.reading, &extra, args.json)?;
    let (scenario, experiment) = (&loaded.runnable.scenario, &loaded.runnable.experiment);
    if let Some(number) = args.trace {
        return print::out(&trace_csv(&study::trace(scenario, experiment.seed, number)));
    }
    let threads =
        if args.threads > 0 { args.threads } else { std::thread::available_parallelism().map_or(1, usize::from) };
    memory::fits(memory::Wanted {
        study: study::estimated_bytes(scenario, experiment, threads),
        threads: threads as u64,
        writes: !args.dry_run,
    })?;
    if !args.quiet {
        forewarn(scenario, experiment, !args.own_policies_only, threads);
    }

    let folder = if args.dry_run {
        None
    } else {
        let stem = args.scenario.file_stem().unwrap_or_default().to_string_lossy();
        let target = args.out.clone().unwrap_or_else(|| PathBuf::from("output").join(slug(&stem)));
        let folder = RunFolder::create(&target).map_err(|e| print::failed(exit::IO, &e.to_string()))?;
        on_interrupt(folder.work_path().to_path_buf());
        Some(folder)
    };

    let begun = Instant::now();
    let bar = progress_bar(
        "{bar:32} {human_pos}/{human_len} replications, {rate}, {eta} left  {msg}",
        args.quiet || args.json,
    );
    let options = Options { daily: folder.is_some(), equal_terms: !args.own_policies_only, threads };
    let outcome = study::run(scenario, experiment, options, &|p| show(&bar, p));
    bar.finish_and_clear();
    let seconds = begun.elapsed().as_secs_f64();
    if let Some(beyond) = &outcome.beyond {
        return Err(print::failed(exit::INVALID, &format!("[{}] {beyond}", Code::NoRoom.name())));
    }

    let mut written = None;
    if let Some(folder) = folder {
        let manifest = Manifest {
            sources: &loaded.sources,
            overrides: &args.reading.set,
            threads,
            simulated_seconds: seconds,
            started: now(),
        };
        #[cfg(feature = "documents")]
        let material = crate::report::document::Material {
            scenario,
            outcome: &outcome,
            sources: &loaded.sources,
            overrides: &args.reading.set,
            assumptions: &loaded.assumptions,
        };
        let documents = || -> Result<(), crate::report::WriteError> {
            #[cfg(feature = "documents")]
            if !args.no_charts {
                folder.documents(&material)?;
            }
            Ok(())
        };
        folder
            .fill(scenario, &outcome, !args.no_charts)
            .and_then(|()| documents())
            .and_then(|()| folder.finish(&manifest.to_json(scenario, &outcome)))
            .map(|path| written = Some(path))
            .map_err(|e| print::failed(exit::IO, &e.to_string()))?;
        *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
    if args.json {
        print::out(&format!("{:#}\n", summary(scenario, &outcome)))?;
    } else if !args.quiet {
        print::out(&text::comparison(scenario, &outcome, print::width()))?;
    }
    if outcome.precision_met == Some(false) {
        print::note(&format!(
            "warning: the precision asked for was not reached in {} replications; raise `monte-carlo.replications`",
            outcome.replications
        ));
    }
    if !args.quiet {
        let days = f64::from(scenario.horizon.total())
            * f64::from(outcome.replications)
            * (scenario.products.len() * scenario.models.len()) as f64;
        let place = written.map(|p| format!("written to {}, ", p.display())).unwrap_or_default();
        print::note(&format!("{place}{:.1} million product-days simulated in {seconds:.1} s", days / 1e6));
    }
    Ok(())
}

/// Says how long the study will take, if that is long, from a trial of its largest product.
fn forewarn(scenario: &Scenario, experiment: &Experiment, equal_terms: bool, threads: usize) {
    let begun = Instant::now();
    let Some(mut trial) = Trial::new(scenario, experiment) else { return };
    let laid_out = begun.elapsed().as_secs_f64();
    let mut tried = 0;
    while tried < experiment.replications.min(TRIED) && (tried < 2 || begun.elapsed().as_secs_f64() < laid_out + 0.1) {
        // Units that cannot be counted are found again, and told, by the run itself.
        if trial.replication(tried).is_err() {
            return;
        }
        tried += 1;
    }
    let each = (begun.elapsed().as_secs_f64() - laid_out) / f64::from(tried.max(1));
    let all = study::replications_in_all(scenario, experiment, equal_terms);
    let seconds = laid_out * scenario.products.len() as f64 + all * each / threads as f64;
    if seconds > LONG {
        print::note(&format!(
            "about {} of simulation: {} replications of {} days in {} and {}{}; fewer replications (`-n`) take less",
            time(seconds),
            format::count(f64::from(experiment.replications)),
            format::count(f64::from(scenario.horizon.total())),
            format::counted(scenario.models.len(), "model"),
            format::counted(scenario.products.len(), "product"),
            if equal_terms { ", and the search for equal terms (`--own-policies-only` leaves it out)" } else { "" },
        ));
    }
}

/// Replications of a trial at most.
const TRIED: u32 = 16;
/// Seconds that are worth a word beforehand.
const LONG: f64 = 60.0;

/// A time as people say it.
fn time(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} seconds"),
        s if s < 5_400.0 => format!("{:.0} minutes", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} hours", s / 3_600.0),
        s => format!("{} days", format::count((s / 86_400.0).round())),
    }
}

pub(super) fn on_interrupt(work: PathBuf) {
    *UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner) = Some(work);
    // Fails only if a handler is set already: then that one serves.
    let _ = ctrlc::set_handler(|| {
        if let Some(path) = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = std::fs::remove_dir_all(path);
        }
        print::note("\ninterrupted, nothing was written");
        std::process::exit(i32::from(exit::INTERRUPTED));
    });
}

pub(super) fn progress_bar(template: &str, hidden: bool) -> ProgressBar {
    let target = if hidden || !std::io::stderr().is_terminal() {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr_with_hz(8)
    };
    let bar = ProgressBar::with_draw_target(Some(1), target);
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.with_style(style.with_key("rate", |state: &ProgressState, w: &mut dyn std::fmt::Write| {
        let _ = write!(w, "{:.0} a second", state.per_sec());
    }))
}

fn show(bar: &ProgressBar, p: Progress) {
    bar.set_length(p.total.max(p.done));
    bar.set_position(p.done);
    if p.searching {
        bar.set_message("models done in the search for equal terms");
    }
    if let Some((value, half_width)) = p.headline {
        bar.set_message(format!("backorder rate {:.2} ± {:.2} %", value * 100.0, half_width * 100.0));
    }
}

pub(super) fn now() -> String {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    jiff::Timestamp::from_second(seconds as i64).map(|t| t.to_string()).unwrap_or_default()
}

fn trace_csv(lines: &[TraceLine]) -> String {
    let mut csv = crate::report::chart::Csv::new(&[
        "product",
        "model",
        "date",
        "day",
        "location",
        "event",
        "units",
        "other_date",
        "other_date_is",
        "money",
    ]);
    for l in lines {
        csv.push(vec![
            l.product.clone(),
            l.model.clone(),
            l.date.to_string(),
            l.day.to_string(),
            l.location.clone(),
            l.event.name().into(),
            l.units.to_string(),
            l.other_date.map(|d| d.to_string()).unwrap_or_default(),
            if l.other_date.is_some() { l.event.other_day_is().into() } else { String::new() },
            l.money.map(|m| m.to_string()).unwrap_or_default(),
        ]);
    }
    csv.to_text()
}
