//! What all questions have in common: a scenario that is varied, how many replications, and where the answer goes.

use super::folder::{self, FolderArgs};
use super::progress::{Guess, Job, Step};
use super::{Outcome, Reading, exit, print, run, threads};
use crate::diag::{Diagnostics, Error};
use crate::model::{Experiment, Scenario};
use crate::names;
use crate::report::manifest::{Manifest, Recipe};
use crate::report::{Answer, RunFolder, folder_name, format};
use crate::scenario::Loader;
use crate::study;
use crate::task::{Question, Subject, WrongCells};
use std::error::Error as _;
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

/// A scenario that a question is about.
pub(super) struct Asked {
    /// The scenario as `--set` has it, and where its variants are run.
    pub subject: Subject,
    /// What is asked about it: part of the folder's name and of the run's hash.
    question: Question,
    output: Output,
    started: String,
    /// The folder, where it was begun before there is an answer.
    folder: Option<RunFolder>,
}

impl Asked {
    /// Reads the scenario. `words` say what is asked besides, as `word=value`, and decide the folder's name.
    pub fn begin(command: &'static str, common: &Common, words: Vec<String>) -> Result<Self, u8> {
        let json = common.output.json;
        let path = &common.scenario;
        let file = names::path(path);
        let Reading { allow_outside, strict, .. } = common.reading;
        let loader = Loader { allow_outside, strict, ..Loader::default() };
        let refused = |e: Error| refuse(&e, &file, json);
        let document = loader.document(path).map_err(|problems| refused(problems.into()))?;
        let threads = threads::settle(common.output.threads)?;
        let size = (common.seed, common.replications);
        let warned = Subject::new((&document, &file, path), &common.reading.set, size, threads).map_err(refused)?;
        print::problems(&warned.warnings);
        let (mut subject, question) = (warned.value, Question { command, words });
        subject.loaded.runnable.scenario.origin.run = subject.hash(&question);
        Ok(Asked { subject, question, output: common.output.clone(), started: run::now(), folder: None })
    }

    /// The scenario without what is varied.
    pub fn scenario(&self) -> &Scenario {
        self.subject.scenario()
    }

    /// Seed and replications of every variant.
    pub fn experiment(&self) -> &Experiment {
        self.subject.experiment()
    }

    /// The scenario file, as it was named.
    pub fn file(&self) -> &str {
        &self.subject.recipe.file
    }

    /// Threads that work in parallel.
    pub fn threads(&self) -> usize {
        self.subject.threads
    }

    /// Where the answer will be.
    pub fn target(&self) -> PathBuf {
        let usual = || {
            let (Recipe { file, overrides, .. }, Question { command, words }) = (&self.subject.recipe, &self.question);
            let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
            let words: Vec<String> = overrides.iter().chain(words).cloned().collect();
            PathBuf::from("output").join(folder_name(&format!("{}-{command}", names::file_slug(&stem)), &words))
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
    pub fn refuse(&self, error: &Error) -> u8 {
        refuse(error, self.file(), self.output.json)
    }

    /// Begins to show how far the work is; `what` are the things counted.
    pub fn job(&self, doing: &'static str, what: &'static str) -> Job {
        let step = Step { doing, what, guess: Guess::Unknown };
        Job::begin(vec![step], self.output.quiet)
    }

    /// Prints the answer, and writes it into its folder.
    pub fn answer(mut self, answer: Result<Answer, Error>, job: Job) -> Outcome {
        let answer = answer.map_err(|e| job.print(|| self.refuse(&e)))?;
        let answer = self.subject.signed(&self.question, answer);
        let begun = self.folder.take();
        self.output.finish(&answer, (job, self.subject.threads), || {
            let folder = begun.map_or_else(|| folder::begin(&self.target(), &self.output.writing, None), Ok)?;
            Ok((folder, self.subject.manifest(&self.question, &self.started)))
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

/// Prints why a question about the scenario in `file` has no answer: all problems of the scenario, if it is they.
pub(super) fn refuse(error: &Error, file: &str, json: bool) -> u8 {
    let behind = error.source();
    if let Some(problems) = behind.and_then(|e| e.downcast_ref::<Diagnostics>()) {
        invalid(problems, file, json)
    } else if let Some(cells) = behind.and_then(|e| e.downcast_ref::<WrongCells>()) {
        wrong_cells(cells, json)
    } else {
        failed(error, json)
    }
}

/// Prints what is wrong with a scenario of which nothing was run.
fn invalid(problems: &Diagnostics, file: &str, json: bool) -> u8 {
    if json {
        return print::json(&problems.to_json()).err().unwrap_or(exit::INVALID);
    }
    let n = problems.errors();
    let found = if n == 1 { "1 problem".into() } else { format!("{n} problems") };
    print::problems(problems);
    print::note(&format!("\n{file}: {found}, nothing was run. `restock explain CODE` tells more."));
    exit::INVALID
}

/// Cells whose problems are printed.
const TOLD: usize = 5;

/// Prints which cells cannot be run, and why: the scenario's own words.
fn wrong_cells(wrong: &WrongCells, json: bool) -> u8 {
    if json {
        let cell = |(at, said, problems): &(usize, String, Diagnostics)| serde_json::json!({ "cell": at + 1, "levels": said, "problems": problems.to_json() });
        let told = serde_json::json!({ "cells": wrong.list.iter().map(cell).collect::<Vec<_>>() });
        return print::json(&told).err().unwrap_or(exit::INVALID);
    }
    for (at, said, problems) in wrong.list.iter().take(TOLD) {
        print::note(&format!("cell {} of {}, {said}:", at + 1, wrong.of));
        print::problems(problems);
    }
    let more = wrong.list.len().saturating_sub(TOLD);
    if more > 0 {
        print::note(&format!("and {more} more cells"));
    }
    let n = format::counted(wrong.list.len(), "cell");
    print::note(&format!("\n{n} of {} cannot be run, nothing was run. `restock explain CODE` tells more.", wrong.of));
    exit::INVALID
}

/// Prints why something that was asked has no answer: all problems of a file, if it is they.
pub(super) fn failed(error: &Error, json: bool) -> u8 {
    if let Some(problems) = error.source().and_then(|e| e.downcast_ref::<Diagnostics>())
        && !json
    {
        print::problems(problems);
        return exit::INVALID;
    }
    let code = match error.code {
        "usage" => exit::USAGE,
        "read" | "write" => exit::IO,
        "changed" => exit::FAILED,
        _ => exit::INVALID,
    };
    if json {
        let told = serde_json::json!({ "errors": [{ "code": error.code, "message": error.to_string() }] });
        return print::json(&told).err().unwrap_or(code);
    }
    let said = match &error.remedy {
        Some(remedy) if matches!(error.code, "usage" | "question") => format!("{}\nhelp: {remedy}", error.message),
        _ => error.to_string(),
    };
    print::failed(code, &said)
}
