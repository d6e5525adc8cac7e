//! `restock run`.

use super::cluster::{self, ClusterArgs, Engine, Parts};
use super::folder::{self, FolderArgs};
use super::progress::{Guess, Job, Step};
use super::question::failed;
use super::record::{self, Record};
use super::repeat::repeat;
use super::{Outcome, Reading, estimate, exit, load, memory, print, threads};
use crate::diag::Code;
use crate::model::{Experiment, Scenario};
use crate::names;
use crate::report::manifest::{self, Manifest, Recipe};
use crate::report::{
    CHARTED_PRODUCTS, RunFolder, WriteError, Written, folder_name, format, journal_of, not_drawn, summary, text,
};
use crate::scenario::Loaded;
use crate::study::{self, Options, Progress, Saved, Study, TraceLine, Trial};
use crate::task::{self, Stage};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[derive(Debug, Default, clap::Args)]
pub(super) struct Args {
    /// Scenario file, or the manifest.json of a run to be repeated
    pub scenario: PathBuf,
    /// Run folder [default: output/<name of the file>, with @<what was set> if something was]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub writing: FolderArgs,
    /// Seed, instead of the scenario's
    #[arg(long)]
    pub seed: Option<u64>,
    /// Replications, instead of the scenario's
    #[arg(long, short = 'n', value_name = "N")]
    pub replications: Option<u64>,
    /// Threads [default: one a core]
    #[arg(long, default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=i64::from(threads::MOST)))]
    pub threads: u16,
    #[command(flatten)]
    pub reading: Reading,
    /// Print summary.json instead of the table; errors as JSON too
    #[arg(long)]
    pub json: bool,
    /// No progress, no table
    #[arg(long, short)]
    pub quiet: bool,
    /// Leave the charts, report.html and finance.xlsx out
    #[arg(long)]
    pub no_charts: bool,
    /// Compare the models at their own policies only, not on equal terms (own best, equal service, equal capital) as well
    #[arg(long)]
    pub own_policies_only: bool,
    /// Write nothing to disk: only print
    #[arg(long, conflicts_with = "out")]
    pub dry_run: bool,
    /// Go on with a run that was interrupted: what it had simulated is kept beside its folder
    #[arg(long, conflicts_with_all = ["dry_run", "trace"])]
    pub resume: bool,
    /// Keep what is simulated every so many seconds, so that an interrupted run can be resumed
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub save_every: u64,
    #[command(flatten)]
    pub cluster: ClusterArgs,
    /// Print every event of one replication as CSV instead of running the study
    #[arg(long, value_name = "REPLICATION", num_args = 0..=1, default_missing_value = "0")]
    pub trace: Option<u32>,
}

/// What is run, and what its folder records of it.
pub(super) struct Asked {
    pub loaded: Loaded,
    pub recipe: Recipe,
    /// Whether charts and documents are made, and where the folder is if nobody says.
    pub pictures: bool,
    pub folder: PathBuf,
}

pub(super) fn run(args: &Args) -> Outcome {
    cluster::plain(args)?;
    let asked = asked(args)?;
    if args.cluster.engine == Engine::Here {
        return go_on(args, asked, None);
    }
    let target = args.out.clone().unwrap_or_else(|| asked.folder.clone());
    let Parts { saved, paths } = cluster::parts(args, &asked, &target)?;
    go_on(args, asked, Some(saved))?;
    Parts::clear(&paths);
    Ok(())
}

/// Runs it, or what is left to do of it where all its replications have been run in parts.
pub(super) fn go_on(args: &Args, mut asked: Asked, parts: Option<Vec<Saved>>) -> Outcome {
    if !args.dry_run {
        asked.loaded.runnable.scenario.origin.run = asked.recipe.run();
    }
    let (scenario, experiment) = (&asked.loaded.runnable.scenario, &asked.loaded.runnable.experiment);
    if let Some(number) = args.trace {
        return print::out(&trace_csv(&study::trace(scenario, experiment.seed, number)));
    }
    let threads = threads::settle(args.threads)?;
    let equal_terms = !asked.recipe.own_policies_only;
    let options = Options { daily: !args.dry_run, equal_terms, threads, ..Options::default() };
    memory::fits(memory::Wanted {
        study: study::estimated_bytes(scenario, experiment, options),
        threads: threads as u64,
        writes: !args.dry_run,
        draws: asked.pictures,
    })?;
    if !args.quiet && parts.is_none() {
        forewarn(scenario, experiment, equal_terms, threads);
    }
    let target = args.out.as_ref().unwrap_or(&asked.folder);
    let folder =
        if args.dry_run { None } else { Some(folder::begin(target, &args.writing, Some(journal_of(target)))?) };
    let every = Duration::from_secs(args.save_every);
    let begin = |folder| Record::begin(folder, scenario, target, every);
    let mut record = folder.as_ref().map(begin).transpose()?;
    let saved = record.as_mut().map(|record| record.earlier(args.resume)).transpose()?.unwrap_or_default();

    let simulated = parts.is_none();
    let started = now();
    let job = Job::begin(steps(&asked, args.dry_run), args.quiet);
    let progress = |p| show(&job, p);
    let study = Study::new(scenario, experiment).options(options).on_progress(&progress).resume(saved);
    let study = match &mut record {
        Some(record) => study.recorder(record),
        None => study,
    };
    let outcome = match parts {
        None => study.run(),
        Some(parts) => study.gather(parts),
    };
    let outcome = outcome.map_err(|e| job.print(|| print::failed(exit::IO, &e.to_string())))?;
    if let Some(record) = record {
        record.finish().map_err(|e| job.print(|| folder::failed(&e)))?;
    }
    let seconds = job.seconds();
    if let Some(beyond) = &outcome.beyond {
        record::clear(target, &scenario.origin.run);
        return Err(job.print(|| uncounted(beyond)));
    }
    job.print(|| results(args, scenario, &outcome))?;

    let mut place = String::new();
    if let Some(folder) = folder {
        let told = manifest::told(scenario, outcome.replications, outcome.seed, threads, seconds, &started);
        let manifest = Manifest::new("run", &scenario.origin.run, asked.recipe.details(told));
        let written = study::on_threads(threads, || write(&asked, &outcome, folder, manifest, &job))
            .map_err(|e| job.print(|| folder::failed(&e)))?;
        drop(job);
        record::clear(target, &scenario.origin.run);
        folder::told(&written);
        if asked.pictures && !args.quiet {
            not_drawn(scenario, &outcome).iter().for_each(|line| print::note(line));
        }
        place = format!("written to {}, ", names::path(&written.path));
    } else {
        drop(job);
    }
    if !args.quiet && simulated {
        let days = f64::from(scenario.horizon.total())
            * f64::from(outcome.replications)
            * (scenario.products.len() * scenario.models.len()) as f64;
        print::note(&format!("{place}{:.1} million product-days simulated in {seconds:.1} s", days / 1e6));
    } else if !args.quiet && !place.is_empty() {
        print::note(place.trim_end_matches(", "));
    }
    Ok(())
}

/// Says that there are more units in some replication than can be counted.
pub(super) fn uncounted(beyond: &impl std::fmt::Display) -> u8 {
    print::failed(exit::INVALID, &format!("[{}] {beyond}", Code::NoRoom.name()))
}

/// The folder of a run if nobody says: its name tells the scenario, and what was laid over it.
pub(super) fn folder_of(recipe: &Recipe) -> PathBuf {
    let stem = Path::new(&recipe.file).file_stem().unwrap_or_default().to_string_lossy();
    let mut laid_over = recipe.overrides.clone();
    laid_over.extend(recipe.own_policies_only.then(|| "own-policies-only".to_owned()));
    PathBuf::from("output").join(folder_name(&names::file_slug(&stem), &laid_over))
}

/// Reads the scenario, or the manifest of a run that is to be repeated.
pub(super) fn asked(args: &Args) -> Result<Asked, u8> {
    if args.scenario.extension().is_some_and(|e| e == "json") {
        let again = repeat(args)?;
        let folder = again.folder.unwrap_or_else(|| folder_of(&again.recipe));
        let pictures = again.pictures && !args.no_charts;
        return Ok(Asked { loaded: again.loaded, recipe: again.recipe, pictures, folder });
    }
    let extra: Vec<String> = task::of_experiment(args.seed, args.replications).collect();
    let loaded = load(&args.scenario, &args.reading, &extra, args.json)?;
    let file = names::path(&args.scenario);
    let made_of = (&loaded, file.as_str(), args.scenario.as_path());
    let recipe = task::recipe(made_of, args.own_policies_only).map_err(|e| failed(&e, args.json))?;
    let folder = folder_of(&recipe);
    Ok(Asked { loaded, recipe, pictures: !args.no_charts, folder })
}

/// Prints what was found.
fn results(args: &Args, scenario: &Scenario, outcome: &study::Outcome) -> Outcome {
    if args.json {
        print::json(&summary(scenario, outcome))?;
    } else if !args.quiet {
        print::out(&text::comparison(scenario, outcome, print::width()))?;
    }
    if outcome.precision_met == Some(false) {
        print::note(&format!(
            "warning: the precision asked for was not reached in {} replications; raise `monte-carlo.replications`",
            outcome.replications
        ));
    }
    Ok(())
}

/// Writes all files, and puts the folder in its place.
fn write(
    asked: &Asked,
    outcome: &study::Outcome,
    folder: RunFolder,
    manifest: Manifest,
    job: &Job,
) -> Result<Written, WriteError> {
    let draw = if asked.recipe.own_policies_only { 1 } else { 3 };
    if asked.pictures {
        job.at(draw, 0, 0);
    }
    task::write((&asked.loaded, outcome), (folder, manifest), asked.pictures, &|stage| {
        match stage {
            Stage::Charts(done, all) => job.at(draw, done as u64, all as u64),
            Stage::Documents => job.at(draw + 1, 0, 1),
        }
        ControlFlow::Continue(())
    })
}

/// The steps of a run. How long those after the first take is a guess, which is mended as soon as they have begun.
fn steps(asked: &Asked, dry: bool) -> Vec<Step> {
    let runnable = &asked.loaded.runnable;
    let mut steps = vec![Step { doing: "simulating", what: "replications", guess: Guess::Unknown }];
    if !asked.recipe.own_policies_only {
        // In runs of one replication, measured on the shipped scenarios: right to about half or double. With daily bands a
        // replication of the first step takes about three times as long as one of a search.
        let first = if dry { 1.0 } else { 3.0 };
        let n = f64::from(runnable.experiment.replications);
        let searched = n.min(500.0);
        let (break_evens, equal_terms) = (4.0 * n + 12.0 * searched, 4000.0 + 10.0 * searched);
        let of = |runs: f64| Guess::OfFirst(runs / n / first);
        steps.push(Step { doing: "finding break-evens", what: "models", guess: of(break_evens) });
        steps.push(Step { doing: "comparing on equal terms", what: "models", guess: of(equal_terms) });
    }
    if asked.pictures && !dry {
        let products = runnable.scenario.products.len().min(CHARTED_PRODUCTS + 1) as f64;
        steps.push(Step { doing: "drawing", what: "charts", guess: Guess::Seconds(CHARTS * products) });
        steps.push(Step {
            doing: "writing report and workbook",
            what: "",
            guess: Guess::Seconds(DOCUMENTS * products),
        });
    }
    steps
}

/// Seconds to draw and to write one product, until they are measured.
const CHARTS: f64 = 2.5;
const DOCUMENTS: f64 = 0.7;

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
    if seconds > estimate::LONG {
        print::note(&format!(
            "about {} of simulation: {} replications of {} days in {} and {}{}; fewer replications (`-n`) take less",
            estimate::time(seconds),
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

fn show(job: &Job, p: Progress) {
    let step = match p.step {
        study::Step::Simulate => 0,
        study::Step::BreakEvens => 1,
        study::Step::EqualTerms => 2,
    };
    job.at(step, p.done, p.total);
    if let Some((value, half_width)) = p.headline {
        job.remark(format!("backorder rate {:.2} ± {:.2} %", value * 100.0, half_width * 100.0));
    }
}

pub(super) fn now() -> String {
    instant().map(|t| t.to_string()).unwrap_or_default()
}

/// Today's date, by Greenwich.
pub(super) fn today() -> jiff::civil::Date {
    instant().map_or(jiff::civil::Date::ZERO, |t| jiff::tz::Offset::UTC.to_datetime(t).date())
}

fn instant() -> Option<jiff::Timestamp> {
    let seconds = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    jiff::Timestamp::from_second(seconds as i64).ok()
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
