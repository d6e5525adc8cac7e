//! What all questions have in common: a scenario that is varied, how many replications, and where the answer goes.

use super::folder::{self, FolderArgs};
use super::progress::{Guess, Job, Step};
use super::{Outcome, Reading, exit, print, run, threads};
use crate::decide::Lab;
use crate::diag::{Diagnostics, Error, words};
use crate::model::{Experiment, Scenario};
use crate::names;
use crate::report::manifest::{Manifest, Recipe, identity};
use crate::report::{Answer, RunFolder, folder_name};
use crate::scenario::{Document, Loaded, Loader, Variant};
use crate::study;
use std::path::{Path, PathBuf};

/// Arguments of every question.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Common {
    /// Scenario file
    pub scenario: PathBuf,
    #[command(flatten)]
    pub reading: Reading,
    /// Replications of each variant [default: those of the scenario, 1,000 at most]
    #[arg(long, short = 'n', value_name = "N")]
    pub replications: Option<u64>,
    /// Seed, instead of the scenario's
    #[arg(long)]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub output: Output,
}

/// Where an answer goes.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Output {
    /// Folder of the answer [default: output/<name of the file>-<command>, with @<what was asked>]
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    #[command(flatten)]
    pub writing: FolderArgs,
    /// Print the answer as JSON instead of the table; errors as JSON too
    #[arg(long)]
    pub json: bool,
    /// No progress, no table
    #[arg(long, short)]
    pub quiet: bool,
    /// Leave the charts out
    #[arg(long)]
    pub no_charts: bool,
    /// Write nothing to disk: only print
    #[arg(long, conflicts_with = "out")]
    pub dry_run: bool,
    /// Threads [default: one a core]
    #[arg(long, default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=i64::from(threads::MOST)))]
    pub threads: u16,
}

/// Replications of a variant where nobody says how many: of a question there are many variants, and they are paired.
const REPLICATIONS: u32 = 1_000;

/// A scenario that a question is about.
pub(super) struct Asked {
    /// The scenario as `--set` has it: what is varied is laid over it.
    pub base: Variant,
    /// The same, checked.
    pub loaded: Loaded,
    /// Where variants are run.
    pub lab: Lab,
    command: &'static str,
    /// What was asked besides the scenario, in words: part of the folder's name and of the run's hash.
    question: Vec<String>,
    recipe: Recipe,
    output: Output,
    threads: usize,
    started: String,
    /// The folder, where it was begun before there is an answer.
    folder: Option<RunFolder>,
}

impl Asked {
    /// Reads the scenario. `question` says what is asked besides, as `word=value`, and decides the folder's name.
    pub fn begin(command: &'static str, common: &Common, question: Vec<String>) -> Result<Self, u8> {
        let json = common.output.json;
        let path = &common.scenario;
        let file = names::path(path);
        let refused = |problems: &Diagnostics| refuse(problems, &file, json);
        let Reading { allow_outside, strict, .. } = common.reading;
        let loader = Loader { allow_outside, strict, ..Loader::default() };
        let document: Document = loader.document(path).map_err(|p| refused(&p))?;
        let lay = |variant: Variant, set: &String| variant.set(set).map_err(|p| refused(&p));
        let mut base = common.reading.set.iter().try_fold(document.unchanged(), lay)?;
        if let Some(seed) = common.seed {
            base = lay(base, &format!("monte-carlo.seed={seed}"))?;
        }
        let set_here = common.replications.map(|n| format!("monte-carlo.replications={n}"));
        if let Some(set) = &set_here {
            base = lay(base, set)?;
        }
        let warned = base.load().map_err(|p| refused(&p))?;
        print::problems(&warned.warnings);
        let mut loaded = warned.value;
        let experiment = &mut loaded.runnable.experiment;
        if set_here.is_none() {
            experiment.replications = experiment.replications.min(REPLICATIONS);
        }
        let recipe = Recipe::of(&loaded, &file, path, true)
            .map_err(|e| print::failed(exit::IO, &format!("cannot read a data file of `{file}`: {}", words::io(&e))))?;
        let threads = threads::settle(common.output.threads)?;
        let (lab, output) = (Lab::new(threads), common.output.clone());
        let mut asked =
            Asked { base, loaded, lab, command, question, recipe, output, threads, started: run::now(), folder: None };
        asked.loaded.runnable.scenario.origin.run = asked.hash();
        Ok(asked)
    }

    /// The scenario without what is varied.
    pub fn scenario(&self) -> &Scenario {
        &self.loaded.runnable.scenario
    }

    /// Seed and replications of every variant.
    pub fn experiment(&self) -> &Experiment {
        &self.loaded.runnable.experiment
    }

    /// The scenario file, as it was named.
    pub fn file(&self) -> &str {
        &self.recipe.file
    }

    /// Threads that work in parallel.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// SHA-256 of all that decides the answer.
    fn hash(&self) -> String {
        let question = self.question.join("\n");
        let n = self.experiment().replications.to_string();
        identity(&[self.command, &question, &self.recipe.run(), &n])
    }

    /// Where the answer will be.
    pub fn target(&self) -> PathBuf {
        let usual = || {
            let stem = Path::new(&self.recipe.file).file_stem().unwrap_or_default().to_string_lossy();
            let mut words = self.recipe.overrides.clone();
            words.extend(self.question.iter().cloned());
            PathBuf::from("output").join(folder_name(&format!("{}-{}", names::file_slug(&stem), self.command), &words))
        };
        self.output.out.clone().unwrap_or_else(usual)
    }

    /// Begins the folder before there is an answer: what is wrong with it is told now, and a signal says that what was found is in `kept`.
    pub fn hold_folder(&mut self, kept: PathBuf) -> Outcome {
        if !self.output.dry_run {
            self.folder = Some(folder::begin(&self.target(), &self.output.writing, Some(kept))?);
        }
        Ok(())
    }

    /// Prints what is wrong with a variant or a question, and ends with the code for it.
    pub fn refuse(&self, problems: &Diagnostics) -> u8 {
        refuse(problems, &self.recipe.file, self.output.json)
    }

    /// Begins to show how far the work is; `what` are the things counted.
    pub fn job(&self, doing: &'static str, what: &'static str) -> Job {
        let step = Step { doing, what, guess: Guess::Unknown };
        Job::begin(vec![step], self.output.quiet)
    }

    /// Prints the answer, and writes it into its folder.
    pub fn answer(mut self, answer: Answer, job: Job) -> Outcome {
        let run = self.hash();
        let seed = self.experiment().seed;
        let answer =
            answer.signed(&format!("{} · run {} · seed {seed}", self.scenario().name, run.get(..8).unwrap_or(&run)));
        let begun = self.folder.take();
        self.output.finish(&answer, (job, self.threads), || {
            let folder = begun.map_or_else(|| folder::begin(&self.target(), &self.output.writing, None), Ok)?;
            let (asked, simulated) = self.lab.runs();
            let details = self.recipe.details(serde_json::json!({
                "question": self.question,
                "seed": seed,
                "replications": self.experiment().replications,
                "model_runs_asked": asked,
                "model_runs_simulated": simulated,
                "threads": self.threads,
                "started": self.started,
            }));
            Ok((folder, Manifest::new(self.command, &run, details)))
        })
    }
}

impl Output {
    /// Prints an answer, and writes it into the folder that `begin` begins, unless nothing is to be written.
    pub fn finish(
        &self,
        answer: &Answer,
        (job, threads): (Job, usize),
        begin: impl FnOnce() -> Result<(RunFolder, Manifest), u8>,
    ) -> Outcome {
        job.print(|| {
            if self.json {
                print::json(&answer.json)
            } else if self.quiet {
                Ok(())
            } else {
                print::out(&format!("{}\n", answer.text.trim_end()))
            }
        })?;
        let seconds = job.seconds();
        let mut place = String::new();
        if self.dry_run {
            drop(job);
        } else {
            let (folder, manifest) = begin()?;
            let written = study::on_threads(threads, || answer.write(folder, manifest, !self.no_charts))
                .map_err(|e| job.print(|| folder::failed(&e)))?;
            drop(job);
            folder::told(&written);
            place = format!("written to {}, ", names::path(&written.path));
        }
        if !self.quiet {
            print::note(&format!("{place}{seconds:.1} s"));
        }
        Ok(())
    }
}

/// Prints why nothing was run.
fn refuse(problems: &Diagnostics, file: &str, json: bool) -> u8 {
    if json {
        if let Err(code) = print::json(&problems.to_json()) {
            return code;
        }
    } else {
        let n = problems.errors();
        let found = if n == 1 { "1 problem".into() } else { format!("{n} problems") };
        print::problems(problems);
        print::note(&format!("\n{file}: {found}, nothing was run. `restock explain CODE` tells more."));
    }
    exit::INVALID
}

/// Prints why a question has no answer.
pub(super) fn failed(error: &Error, json: bool) -> u8 {
    let code = if error.code == "write" { exit::IO } else { exit::INVALID };
    if json {
        let told = serde_json::json!({ "errors": [{ "code": error.code, "message": error.to_string() }] });
        return print::json(&told).err().unwrap_or(code);
    }
    print::failed(code, &error.to_string())
}
