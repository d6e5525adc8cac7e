//! A run cut into shards that processes anywhere run: what they are sent are bytes, what they send back are parts.

use super::{recorded, usage};
use restock_base::diag::{Error, Warned};
use restock_kernel::model::Experiment;
use restock_kernel::study::{Cancel, Options, Shard, Study};
use restock_report::manifest::Recipe;
use restock_report::part::{self, Head};
use restock_scenario::Loaded;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// All that says what a shard's figures are, but for the data files, which it tells by their hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// What the run is made from, with its scenario in the folder of its data files.
    recipe: Recipe,
    /// The scenario file as it was named where the run was asked for.
    named: String,
}

/// Refuses an experiment that cannot be cut beforehand.
///
/// # Errors
///
/// If it goes on until a precision is reached.
pub fn can_be_cut(experiment: &Experiment) -> Result<(), Error> {
    if experiment.precision.is_none() {
        return Ok(());
    }
    let why = "a run that goes on until a precision is reached cannot be cut into shards: how many replications it takes is not \
               known beforehand; leave `monte-carlo.precision` out, and say `-n`";
    Err(Error::new("question", why))
}

impl Sent {
    /// What the workers of a run are sent.
    ///
    /// # Errors
    ///
    /// If a data file lies outside the scenario's folder: a worker has one folder for all of them.
    pub fn of(recipe: &Recipe) -> Result<Self, Error> {
        let outside = |path: &str| Path::new(path).is_absolute() || path.split('/').any(|part| part == "..");
        if let Some(input) = recipe.inputs.iter().find(|i| outside(&i.path)) {
            let message = format!("`{}` lies outside the scenario's folder, and cannot be sent to workers", input.path);
            return Err(usage(message).remedy("put it beside the scenario"));
        }
        let name = Path::new(&recipe.file).file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut sent = Sent { named: recipe.file.clone(), recipe: recipe.clone() };
        // Scenario files that it extends may lie above it: their texts are sent, so that their place matters no more.
        sent.recipe.file = name;
        Ok(sent)
    }

    /// As bytes.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(Error::unmade)
    }

    /// From bytes.
    ///
    /// # Errors
    ///
    /// If these are of another version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        serde_json::from_slice(bytes)
            .map_err(|e| Error::new("unmerged", format!("this is no run of this version: {e}")))
    }

    /// Reads the scenario, whose data files lie in `folder`.
    ///
    /// # Errors
    ///
    /// If a data file is not the one that was meant, or the scenario cannot be read here.
    pub fn load(&self, folder: &Path) -> Result<Loaded, Error> {
        let Warned { value, .. } = recorded(&self.recipe, folder, false)?;
        Ok(value)
    }

    /// Runs a shard of what was loaded: the bytes of its part file.
    ///
    /// # Errors
    ///
    /// If it is cancelled, or there are more units in some replication than can be counted.
    pub fn run(&self, loaded: &Loaded, shard: Shard, threads: usize, cancel: &Cancel) -> Result<Vec<u8>, Error> {
        let options = Options { daily: true, equal_terms: false, threads, ..Options::default() };
        let (scenario, experiment) = (&loaded.runnable.scenario, &loaded.runnable.experiment);
        let saved = Study::new(scenario, experiment).options(options).cancel(cancel).shard(shard)?;
        let head = Head::here(Recipe { file: self.named.clone(), ..self.recipe.clone() }, shard);
        let mut bytes = Vec::new();
        part::write_part(&mut bytes, &head, &saved).map_err(Error::unmade)?;
        Ok(bytes)
    }
}
