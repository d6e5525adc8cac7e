//! What a question is about.

use restock_base::diag::{Error, Warned, words};
use restock_decide::Lab;
use restock_kernel::model::{Experiment, Scenario};
use restock_report::Answer;
use restock_report::manifest::{Manifest, Recipe, identity};
use restock_scenario::{Document, Loaded, Variant};
use serde_json::json;
use std::path::Path;

/// A scenario that questions are asked about, and where its variants are run.
pub struct Subject {
    /// The scenario with what was set: what is varied is laid over it.
    pub base: Variant,
    /// The same, checked.
    pub loaded: Loaded,
    /// Where variants are run.
    pub lab: Lab,
    /// What it was made from.
    pub recipe: Recipe,
    /// Threads that work in parallel, 0 for one a core.
    pub threads: usize,
}

/// What is asked about a subject, in words: by which answers, and their folders, are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// `solve`
    pub command: &'static str,
    /// What is asked besides, as `word=value`.
    pub words: Vec<String>,
}

impl Subject {
    /// Replications of a variant where nobody says how many: of a question there are many variants, and they are paired.
    pub const REPLICATIONS: u32 = 1_000;

    /// A scenario, which was read from `path` and is shown as `file`, with values laid over it (`key=value`), a seed and a number of replications if
    /// they are not its own.
    ///
    /// # Errors
    ///
    /// All problems of the scenario, or a data file cannot be read.
    pub fn new(
        (document, file, path): (&Document, &str, &Path),
        set: &[String],
        (seed, replications): (Option<u64>, Option<u64>),
        threads: usize,
    ) -> Result<Warned<Self>, Error> {
        let mut all = set.iter().cloned().chain(of_experiment(seed, replications));
        let base = all.try_fold(document.unchanged(), |variant, set| variant.set(&set))?;
        let Warned { value: mut loaded, warnings } = base.load()?;
        if replications.is_none() {
            let experiment = &mut loaded.runnable.experiment;
            experiment.replications = experiment.replications.min(Self::REPLICATIONS);
        }
        let recipe = recipe((&loaded, file, path), true)?;
        let subject = Subject { base, loaded, lab: Lab::new(threads), recipe, threads };
        Ok(Warned { value: subject, warnings })
    }

    /// The scenario without what is varied.
    #[must_use]
    pub fn scenario(&self) -> &Scenario {
        &self.loaded.runnable.scenario
    }

    /// Seed and replications of every variant.
    #[must_use]
    pub fn experiment(&self) -> &Experiment {
        &self.loaded.runnable.experiment
    }

    /// SHA-256 of all that decides the answer to a question.
    #[must_use]
    pub fn hash(&self, question: &Question) -> String {
        let (words, n) = (question.words.join("\n"), self.experiment().replications.to_string());
        identity(&[question.command, &words, &self.recipe.run(), &n])
    }

    /// An answer whose charts tell what made them.
    #[must_use]
    pub fn signed(&self, question: &Question, answer: Answer) -> Answer {
        let run = self.hash(question);
        let run = run.get(..8).unwrap_or(&run);
        answer.signed(&format!("{} · run {run} · seed {}", self.scenario().name, self.experiment().seed))
    }

    /// The manifest of an answer, begun at a time in words.
    #[must_use]
    pub fn manifest(&self, question: &Question, started: &str) -> Manifest {
        let (asked, simulated) = self.lab.runs();
        let details = self.recipe.details(json!({
            "question": question.words,
            "seed": self.experiment().seed,
            "replications": self.experiment().replications,
            "model_runs_asked": asked,
            "model_runs_simulated": simulated,
            "threads": self.threads,
            "started": started,
        }));
        Manifest::new(question.command, &self.hash(question), details)
    }
}

/// A seed and a number of replications as `key=value`, if they are not the scenario's own.
pub fn of_experiment(seed: Option<u64>, replications: Option<u64>) -> impl Iterator<Item = String> {
    let seed = seed.map(|seed| format!("monte-carlo.seed={seed}"));
    let replications = replications.map(|n| format!("monte-carlo.replications={n}"));
    seed.into_iter().chain(replications)
}

/// What made a scenario that was read from `path` and is shown as `file`.
///
/// # Errors
///
/// If a data file cannot be read again.
pub fn recipe((loaded, file, path): (&Loaded, &str, &Path), own_policies_only: bool) -> Result<Recipe, Error> {
    Recipe::of(loaded, file, path, own_policies_only).map_err(|e| {
        let message = format!("cannot read a data file of `{file}`: {}", words::io(&e));
        Error::new("read", message).because(e)
    })
}
