//! `restock run --engine ray`: the replications of a run on a cluster. Python's package drives it (`python3 -m restock._ray`); this command says what is
//! to be run, hears how far it is, and puts the parts together.

use super::progress::{Guess, Job, Step};
use super::question::failed;
use super::run::{Args, Asked};
use super::{Outcome, exit, print};
use crate::diag::words;
use crate::names;
use crate::report::format;
use crate::report::part;
use crate::study::{BLOCK, Saved};
use crate::task::{Sent, can_be_cut};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where replications are run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Engine {
    /// On this machine
    #[default]
    Here,
    /// On a Ray cluster, by Restock's Python package
    Ray,
}

/// On which cluster, and in how many parts.
#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct ClusterArgs {
    /// Where replications are run
    #[arg(long, value_enum, default_value_t = Engine::Here, conflicts_with_all = ["resume", "dry_run", "trace"])]
    pub engine: Engine,
    /// Address of the cluster's head, `10.0.0.5:6379` or `auto` [default: a cluster of this machine alone, which ends with the run]
    #[arg(long, value_name = "ADDRESS", requires = "engine")]
    address: Option<String>,
    /// Shards that the run is cut into [default: so many that each takes 5 to 60 seconds]
    #[arg(long, value_name = "N", requires = "engine", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    shards: Option<u32>,
}

/// The folder beside a run folder in which parts are kept until the run is in its place.
fn kept(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".parts");
    target.with_file_name(name)
}

/// What a cluster found of a run, and the files in which it is kept.
pub(super) struct Parts {
    pub saved: Vec<Saved>,
    pub paths: Vec<PathBuf>,
}

/// Has the run simulated on the cluster, and reads its parts. Those that are kept of a run that was interrupted are not run again.
pub(super) fn parts(args: &Args, asked: &Asked, target: &Path) -> Result<Parts, u8> {
    let (scenario, experiment) = (&asked.loaded.runnable.scenario, &asked.loaded.runnable.experiment);
    can_be_cut(experiment).map_err(|e| failed(&e, args.json))?;
    let kept = kept(target);
    let unwritten = |e: std::io::Error| {
        print::failed(exit::IO, &format!("cannot write `{}`: {}", names::path(&kept), words::io(&e)))
    };
    let scratch = tempfile::tempdir().map_err(unwritten)?;
    let recipe = scratch.path().join("recipe");
    let sent = Sent::of(&asked.recipe).and_then(|sent| sent.to_bytes()).map_err(|e| failed(&e, args.json))?;
    std::fs::write(&recipe, sent).map_err(unwritten)?;
    let home = args.scenario.parent().unwrap_or(Path::new(""));
    let absolute = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let inputs: Vec<(&str, PathBuf)> =
        asked.recipe.inputs.iter().map(|i| (i.path.as_str(), absolute(&home.join(&i.path)))).collect();
    let told = json!({
        "recipe": recipe,
        "inputs": inputs,
        "run": asked.recipe.run(),
        "blocks": scenario.products.len() as u64 * u64::from(experiment.replications.div_ceil(BLOCK)),
        "shards": args.cluster.shards,
        "keep": absolute(&kept),
        "address": args.cluster.address,
        "threads": 1,
        "retries": 3,
    });
    let job = scratch.path().join("job.json");
    std::fs::write(&job, told.to_string()).map_err(unwritten)?;
    let of = drive(&job, &kept, args.quiet)?;
    let found = std::fs::read_dir(&kept).map_err(unwritten)?;
    let ending = format!("-of-{of}.part");
    let is_part = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(&ending));
    let mut paths: Vec<PathBuf> = found.flatten().map(|entry| entry.path()).filter(is_part).collect();
    paths.sort();
    let parts = part::read_run(paths.iter().cloned()).map_err(|e| failed(&e, args.json))?;
    Ok(Parts { saved: parts.into_iter().flat_map(|(_, part)| part.saved).collect(), paths })
}

impl Parts {
    /// Removes the files of a run that is in its place now, and their folder if nothing else is in it.
    pub fn clear(paths: &[PathBuf]) {
        paths.iter().for_each(|path| drop(std::fs::remove_file(path)));
        let _ = paths.first().and_then(|path| path.parent()).map(std::fs::remove_dir);
    }
}

/// Has Python drive the cluster; how many shards there are.
fn drive(job: &Path, kept: &Path, quiet: bool) -> Result<u64, u8> {
    let python = std::env::var("RESTOCK_PYTHON").unwrap_or_else(|_| "python3".into());
    let remedy = "install Restock's Python package (`pip install './crates/python[ray]'`), and name the Python that has it: `RESTOCK_PYTHON=venv/bin/python`";
    let begun = Command::new(&python)
        .args(["-m", "restock._ray"])
        .arg(job)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut driver = begun
        .map_err(|e| print::failed(exit::IO, &format!("`{python}` cannot be started: {}; {remedy}", words::io(&e))))?;
    let shown = Job::begin(vec![Step { doing: "running shards", what: "shards", guess: Guess::Unknown }], quiet);
    let (mut done, mut of, mut why) = (0, 0, None);
    for said in lines(&mut driver) {
        match said.get("error") {
            Some(error) => why = Some(error.clone()),
            None => {
                let number = |key: &str| said[key].as_u64().unwrap_or(0);
                (done, of) = (number("done"), number("of"));
                shown.at(0, done, of);
            }
        }
    }
    let ended = driver.wait();
    let well = ended.as_ref().is_ok_and(std::process::ExitStatus::success);
    if well && why.is_none() && of > 0 {
        return Ok(of);
    }
    let text = |key: &str| why.as_ref().and_then(|why| why[key].as_str()).map(str::to_owned);
    let what = text("message").unwrap_or_else(|| match &ended {
        // Python could not even find the package.
        _ if of == 0 => format!("`{python} -m restock._ray` did not begin; {remedy}"),
        _ => "the connection to the cluster was lost: is its head still there?".into(),
    });
    let kept = match done {
        0 => text("remedy"),
        _ => Some(format!(
            "{done} of {} are kept in `{}`: the same command goes on with them",
            format::counted(of as usize, "shard"),
            names::path(kept)
        )),
    };
    let all = kept.map_or_else(|| what.clone(), |kept| format!("{what}; {kept}"));
    Err(shown.print(|| print::failed(exit::IO, &all)))
}

/// What it says, a line of JSON each; other lines are not ours.
fn lines(driver: &mut Child) -> impl Iterator<Item = Value> + use<> {
    let out = driver.stdout.take();
    let lines = out.into_iter().flat_map(|out| BufReader::new(out).lines().map_while(Result::ok));
    lines.filter_map(|line| serde_json::from_str(&line).ok())
}

/// Refuses what makes no sense with a cluster.
pub(super) fn plain(args: &Args) -> Outcome {
    let manifest = args.scenario.extension().is_some_and(|e| e == "json");
    if args.cluster.engine == Engine::Ray && manifest {
        let message = "a manifest is repeated on this machine; leave `--engine` out, or name the scenario file";
        return Err(print::failed(exit::USAGE, message));
    }
    Ok(())
}
