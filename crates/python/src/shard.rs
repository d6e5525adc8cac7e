//! A run cut into shards, which any process on any machine runs from bytes alone.

use crate::background::{Ear, work};
use crate::error::warn;
use crate::run::{Run, Target, read};
use crate::scenario::Scenario;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use restock_base::diag::Error;
use restock_base::names;
use restock_kernel::study::{BLOCK, Shard};
use restock_report::manifest::Recipe;
use restock_report::part::{self, Part};
use restock_scenario::Loaded;
use restock_task::{Sent, can_be_cut, of_experiment};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A run that is to be cut into shards.
#[pyclass(frozen, module = "restock._core")]
pub struct Plan {
    /// With its seed and number of replications laid over it.
    scenario: Scenario,
    recipe: Recipe,
    sent: Vec<u8>,
    /// The folder in which its data files lie here.
    folder: PathBuf,
    blocks: u64,
}

#[pymethods]
impl Plan {
    /// Reads a scenario that is to be run in shards.
    #[new]
    fn new(
        py: Python<'_>,
        scenario: &Scenario,
        seed: Option<u64>,
        replications: Option<u64>,
        own_policies_only: bool,
    ) -> PyResult<Self> {
        let scenario = scenario.with(of_experiment(seed, replications));
        let (plan, warnings) = work(py, None, move |_| {
            let (loaded, recipe, warnings) = read(&scenario, (None, None), own_policies_only)?;
            let (products, experiment) = (loaded.runnable.scenario.products.len(), &loaded.runnable.experiment);
            can_be_cut(experiment)?;
            let (_, path) = scenario.place();
            let plan = Plan {
                folder: path.parent().unwrap_or(Path::new("")).to_path_buf(),
                sent: Sent::of(&recipe)?.to_bytes()?,
                blocks: products as u64 * u64::from(experiment.replications.div_ceil(BLOCK)),
                recipe,
                scenario,
            };
            Ok((plan, warnings))
        })?;
        warn(py, &warnings)?;
        Ok(plan)
    }

    /// The identity of the run: its scenario with all values, and its data files.
    #[getter]
    fn run_hash(&self) -> String {
        self.recipe.run()
    }

    /// Blocks of replications of all products: of more shards some are empty.
    #[getter]
    fn blocks(&self) -> u64 {
        self.blocks
    }

    /// The data files: as the recipe names them, and where they are here.
    fn inputs(&self) -> Vec<(String, PathBuf)> {
        self.recipe.inputs.iter().map(|i| (i.path.clone(), self.folder.join(&i.path))).collect()
    }

    /// What a worker is sent.
    fn recipe<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        PyBytes::new(py, &self.sent)
    }
}

/// What a worker read last: of the shards that it runs one after the other only the first waits for files to be read and sales to be fitted.
static LAST: Mutex<Option<(Vec<u8>, Arc<Loaded>)>> = Mutex::new(None);

fn loaded(recipe: &[u8], sent: &Sent, files: &[(String, Vec<u8>)]) -> Result<Arc<Loaded>, Error> {
    let last = || LAST.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((known, loaded)) = &*last()
        && known == recipe
    {
        return Ok(Arc::clone(loaded));
    }
    let wrong = |e: std::io::Error| Error::new("write", format!("a temporary file cannot be written: {e}"));
    let folder = tempfile::tempdir().map_err(wrong)?;
    for (name, bytes) in files {
        if Path::new(name).components().any(|part| !matches!(part, Component::Normal(_))) {
            return Err(Error::new("unmerged", format!("`{name}` lies outside the folder of a worker")));
        }
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap_or(folder.path())).map_err(wrong)?;
        std::fs::write(path, bytes).map_err(wrong)?;
    }
    let loaded = Arc::new(sent.load(folder.path())?);
    *last() = Some((recipe.to_vec(), Arc::clone(&loaded)));
    Ok(loaded)
}

/// Runs a shard of the run that was sent, with its data files by name. The bytes of its part.
#[pyfunction]
pub fn run_shard<'py>(
    py: Python<'py>,
    recipe: Vec<u8>,
    files: Vec<(String, Vec<u8>)>,
    shard: (u32, u32),
    threads: usize,
) -> PyResult<Bound<'py, PyBytes>> {
    let bytes = work(py, None, move |ear: &Ear| {
        let sent = Sent::from_bytes(&recipe)?;
        let loaded = loaded(&recipe, &sent, &files)?;
        sent.run(&loaded, Shard { index: shard.0, of: shard.1 }, threads, &ear.cancel)
    })?;
    Ok(PyBytes::new(py, &bytes))
}

/// Whose part a file is: the run, which shard, and of how many.
#[pyfunction]
pub fn part_of(py: Python<'_>, path: PathBuf) -> PyResult<(String, u32, u32)> {
    work(py, None, move |_| {
        let Part { head, .. } = part::read_part(&path)?;
        Ok((head.run, head.shard.index, head.shard.of))
    })
}

/// Puts the parts of a run together, from files.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "one for each keyword of the Python function")]
pub fn merge(
    py: Python<'_>,
    parts: Vec<PathBuf>,
    plan: Py<Plan>,
    out: Option<PathBuf>,
    force: bool,
    pictures: bool,
    keep_rows: bool,
    threads: usize,
    started: String,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Run> {
    let target = Target { folder: out, force, pictures };
    work(py, progress, move |ear| {
        let parts = part::read_run(parts)?;
        let Plan { scenario, recipe, .. } = plan.get();
        let (loaded, again, _) = read(scenario, (None, None), recipe.own_policies_only)?;
        for (path, Part { head, .. }) in &parts {
            if head.run != again.run() {
                let what = "the scenario, what was set, or a data file was changed since";
                let message = format!("`{}` is of another run: {what}", names::path(path));
                return Err(Error::new("unmerged", message));
            }
        }
        let saved = parts.into_iter().flat_map(|(_, part)| part.saved).collect();
        Run::make((loaded, again), Some(saved), (target, keep_rows), (threads, started), ear)
    })
}
