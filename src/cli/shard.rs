//! `restock shard` and `restock merge`: a run in parts, on as many machines as there are, with the bytes of one.

use super::folder::FolderArgs;
use super::progress::{Guess, Job, Step};
use super::question::failed;
use super::run::{self, Asked};
use super::{Outcome, Reading, exit, files, print, repeat, threads};
use crate::names;
use crate::report::format;
use crate::report::part::{self, Head, Part};
use crate::study::{Options, Shard, Stopped, Study};
use crate::task::can_be_cut;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct ShardArgs {
    /// Scenario file
    scenario: PathBuf,
    /// Which shard, counted from 0: the index of a job array
    #[arg(long, value_name = "I")]
    index: u32,
    /// How many shards the run is cut into
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(MOST)))]
    of: u32,
    /// Part file [default: parts/<name of the file>-<index>-of-<N>.part]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Overwrite a part of another run
    #[arg(long)]
    force: bool,
    /// Seed, instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// Replications of the whole run, instead of the scenario's
    #[arg(long, short = 'n', value_name = "N")]
    replications: Option<u64>,
    /// Threads [default: one a core]
    #[arg(long, default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=i64::from(threads::MOST)))]
    threads: u16,
    #[command(flatten)]
    reading: Reading,
    /// Leave the comparison on equal terms out when the parts are merged
    #[arg(long)]
    own_policies_only: bool,
    /// No progress
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct MergeArgs {
    /// Part files, all of one run: `parts/*`
    #[arg(required = true)]
    parts: Vec<PathBuf>,
    /// Run folder [default: as that of `restock run`]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    #[command(flatten)]
    writing: FolderArgs,
    /// Threads [default: one a core]
    #[arg(long, default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=i64::from(threads::MOST)))]
    threads: u16,
    /// Let the scenario name files outside its folder
    #[arg(long)]
    allow_outside: bool,
    /// Print summary.json instead of the table; errors as JSON too
    #[arg(long)]
    json: bool,
    /// No progress, no table
    #[arg(long, short)]
    quiet: bool,
    /// Leave the charts, report.html and finance.xlsx out
    #[arg(long)]
    no_charts: bool,
}

/// Most shards of a run.
const MOST: u32 = 1_000_000;

/// Runs one shard, and writes its part.
pub(super) fn shard(args: &ShardArgs) -> Outcome {
    let shard = Shard { index: args.index, of: args.of };
    if shard.index >= shard.of {
        let last = shard.of - 1;
        let message = format!("there is no shard {} of {}: shards count from 0 to {last}", shard.index, shard.of);
        return Err(print::failed(exit::USAGE, &message));
    }
    let Asked { loaded, recipe, .. } = run::asked(&args.as_run())?;
    let (scenario, experiment) = (&loaded.runnable.scenario, &loaded.runnable.experiment);
    can_be_cut(experiment).map_err(|e| failed(&e, false))?;
    let head = Head::here(recipe, shard);
    let path = args.out.clone().unwrap_or_else(|| place(&args.scenario, shard));
    may_write(&path, &head, args.force)?;
    let threads = threads::settle(args.threads)?;
    let options = Options { daily: true, equal_terms: false, threads, ..Options::default() };
    let job = Job::begin(vec![Step { doing: "simulating", what: "replications", guess: Guess::Unknown }], args.quiet);
    let progress = |p: crate::study::Progress| job.at(0, p.done, p.total);
    let found = Study::new(scenario, experiment).options(options).on_progress(&progress).shard(shard);
    let saved = found.map_err(|stopped| {
        job.print(|| match &stopped {
            Stopped::Beyond(beyond) => run::uncounted(beyond),
            other => print::failed(exit::IO, &other.to_string()),
        })
    })?;
    let mut bytes = Vec::new();
    let written = part::write_part(&mut bytes, &head, &saved);
    drop(job);
    written.map_err(|e| print::failed(exit::IO, &format!("cannot write `{}`: {e}", names::path(&path))))?;
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|e| {
            let why = crate::diag::words::io(&e);
            print::failed(exit::IO, &format!("cannot make the folder `{}`: {why}", names::path(folder)))
        })?;
    }
    files::write(&path, &bytes)?;
    if !args.quiet {
        let replications: usize = saved.iter().flat_map(|s| &s.rows).map(|rows| rows.models[0].len()).sum();
        print::note(&format!(
            "shard {} of {}: {} written to `{}`",
            shard.index,
            shard.of,
            format::counted(replications, "replication"),
            names::path(&path)
        ));
    }
    Ok(())
}

/// Where a part is if nobody says.
fn place(scenario: &Path, shard: Shard) -> PathBuf {
    let stem = scenario.file_stem().unwrap_or_default().to_string_lossy();
    let digits = (shard.of - 1).to_string().len();
    PathBuf::from("parts").join(format!("{}-{:0digits$}-of-{}.part", names::file_slug(&stem), shard.index, shard.of))
}

/// Refuses to overwrite what is not this shard, run before.
fn may_write(path: &Path, head: &Head, force: bool) -> Outcome {
    if force || !path.exists() {
        return Ok(());
    }
    let theirs = part::read_part(path).map(|part| part.head);
    if theirs.is_ok_and(|theirs| (&theirs.run, theirs.shard) == (&head.run, head.shard)) {
        return Ok(());
    }
    let message = format!(
        "`{}` is there, and is not this shard of this run; name another file with `--out`, or overwrite it with `--force`",
        names::path(path)
    );
    Err(print::failed(exit::IO, &message))
}

impl ShardArgs {
    /// As arguments of a run of the same scenario.
    fn as_run(&self) -> run::Args {
        run::Args {
            scenario: self.scenario.clone(),
            seed: self.seed,
            replications: self.replications,
            reading: self.reading.clone(),
            own_policies_only: self.own_policies_only,
            ..run::Args::default()
        }
    }
}

/// Adds the parts of a run up, and writes its folder.
pub(super) fn merge(args: &MergeArgs) -> Outcome {
    let parts = part::read_run(args.parts.iter().cloned()).map_err(|e| failed(&e, args.json))?;
    let Some((path, Part { head, .. })) = parts.first() else { return Ok(()) };
    let path = path.clone();
    let recipe = head.recipe.clone();
    let (loaded, _) = repeat::recorded(&recipe, &path, args.allow_outside, args.json)?;
    let asked = Asked { loaded, folder: run::folder_of(&recipe), recipe, pictures: !args.no_charts };
    let saved = parts.into_iter().flat_map(|(_, part)| part.saved).collect();
    run::go_on(&args.as_run(&path), asked, Some(saved))
}

impl MergeArgs {
    /// As arguments of the whole run, of which nothing is kept on the way: all of it is there.
    fn as_run(&self, part: &Path) -> run::Args {
        run::Args {
            scenario: part.to_path_buf(),
            out: self.out.clone(),
            writing: self.writing.clone(),
            threads: self.threads,
            json: self.json,
            quiet: self.quiet,
            save_every: u64::MAX,
            ..run::Args::default()
        }
    }
}
