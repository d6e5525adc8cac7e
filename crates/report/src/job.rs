//! A run cut into jobs that any process can do, on this machine or on another, and put together again.
//!
//! ```text
//! Run::of(&loaded)  .jobs(64)   ->  Job, Job, ..     texts and numbers: serialisable
//! job.run(folder)               ->  Part             what its blocks add up to: serialisable
//! run.gather(parts)             ->  Outcome          the bits of a run that was never cut
//! ```
//!
//! A job says all that its figures hang on: the scenario with its files and changes laid over each other, the data files by their
//! SHA-256, the seed, a product and the numbers of its blocks. So a worker needs this library and the data files, nothing else. Parts
//! come back in any order; one that is missing, there twice, or of another run or version is refused.

use crate::manifest::{digest, identity};
use restock_base::diag::Error;
use restock_kernel::model::Experiment;
use restock_kernel::study::{BLOCK, Options, Outcome, Saved, Study};
use restock_scenario::{Loaded, Loader, write};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A whole run, of which jobs are made and parts are gathered.
pub struct Run<'a> {
    loaded: &'a Loaded,
    options: Options,
    recipe: Recipe,
}

/// Some blocks of one product of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    recipe: Recipe,
    product: usize,
    blocks: Range<u32>,
}

/// What all jobs of a run have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Recipe {
    /// The whole scenario in TOML.
    scenario: String,
    /// The data files that it names.
    inputs: Vec<Input>,
    seed: u64,
    /// Whether days are kept for daily bands.
    daily: bool,
}

/// A data file, as the scenario names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Input {
    file: String,
    sha256: String,
}

/// What the blocks of a job add up to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Part {
    run: String,
    saved: Saved,
}

impl<'a> Run<'a> {
    /// The run of a scenario that was read from `folder`.
    ///
    /// # Errors
    ///
    /// If a data file cannot be read, or the run ends when a precision is met: how many replications that takes nobody knows
    /// beforehand.
    pub fn of(loaded: &'a Loaded, folder: &Path, options: Options) -> Result<Self, Error> {
        if loaded.runnable.experiment.precision.is_some() {
            let why = "a run that ends when a precision is met cannot be cut into jobs beforehand";
            let remedy = "state its replications instead of `monte-carlo.precision`";
            return Err(Error::new("unmerged", why).remedy(remedy));
        }
        let input = |path: &PathBuf| {
            let file = path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
            hash(path).map(|sha256| Input { file, sha256 })
        };
        let recipe = Recipe {
            scenario: write(&loaded.raw),
            inputs: loaded.inputs.iter().map(input).collect::<Result<_, _>>()?,
            seed: loaded.runnable.experiment.seed,
            daily: options.daily,
        };
        Ok(Run { loaded, options, recipe })
    }

    /// All of it in jobs of at most so many blocks, product by product.
    #[must_use]
    pub fn jobs(&self, blocks: u32) -> Vec<Job> {
        let all = self.loaded.runnable.experiment.replications.div_ceil(BLOCK);
        let step = blocks.max(1);
        let job = |product: usize, first: u32| Job {
            recipe: self.recipe.clone(),
            product,
            blocks: first..first.saturating_add(step).min(all),
        };
        let products = 0..self.loaded.runnable.scenario.products.len();
        products.flat_map(|product| (0..all).step_by(step as usize).map(move |first| job(product, first))).collect()
    }

    /// The outcome of the whole run from the parts of all its jobs, in whatever order they come.
    ///
    /// # Errors
    ///
    /// If a part is missing, there twice, or of another run.
    pub fn gather(&self, parts: Vec<Part>) -> Result<Outcome, Error> {
        let identity = self.recipe.identity();
        if parts.iter().any(|part| part.run != identity) {
            return Err(Error::new("unmerged", "a part is of another run, or of another version of Restock"));
        }
        let runnable = &self.loaded.runnable;
        let saved = parts.into_iter().map(|part| part.saved).collect();
        let study = Study::new(&runnable.scenario, &runnable.experiment).options(self.options);
        study.gather(saved).map_err(Error::from)
    }
}

impl Job {
    /// Runs it; `folder` is where the data files are.
    ///
    /// # Errors
    ///
    /// If the scenario cannot be read here, a data file is missing or another one, or there are more units than can be counted.
    pub fn run(&self, folder: &Path, threads: usize) -> Result<Part, Error> {
        let Recipe { scenario, inputs, seed, daily } = &self.recipe;
        for input in inputs {
            let path = folder.join(&input.file);
            if hash(&path)? != input.sha256 {
                let why = "the data file is not the one that the run was made of";
                let remedy = "bring the same file here";
                return Err(Error::new("unmerged", why).at(path.to_string_lossy()).remedy(remedy));
            }
        }
        let loaded = Loader::default().load_str("job.toml", scenario, folder)?.value;
        let experiment = Experiment { seed: *seed, ..loaded.runnable.experiment };
        let options = Options { daily: *daily, threads, ..Options::default() };
        let study = Study::new(&loaded.runnable.scenario, &experiment).options(options);
        let saved = study.part(self.product, self.blocks.clone())?;
        Ok(Part { run: self.recipe.identity(), saved })
    }
}

impl Recipe {
    /// By which the parts of one run know each other.
    fn identity(&self) -> String {
        let (seed, daily) = (self.seed.to_string(), self.daily.to_string());
        let mut parts = vec![self.scenario.as_str(), &seed, &daily];
        parts.extend(self.inputs.iter().flat_map(|i| [i.file.as_str(), i.sha256.as_str()]));
        identity(&parts)
    }
}

fn hash(path: &Path) -> Result<String, Error> {
    let failed =
        |e: std::io::Error| Error::new("read", restock_base::diag::words::io(&e)).at(path.to_string_lossy()).because(e);
    digest(path).map(|(_, sha256)| sha256).map_err(failed)
}
