//! A run of a scenario, in memory and in a folder.

use crate::background::{Ear, work};
use crate::chart::Chart;
use crate::error::{json, raise, warn};
use crate::scenario::Scenario;
use crate::table::Table;
use pyo3::prelude::*;
use restock_base::diag::{Diagnostics, Error, Warned};
use restock_kernel::study::{Options, Outcome, Progress, Recorder, Rows, Saved, Step, Stopped, Study};
use restock_report::chart::Csv;
use restock_report::manifest::{Manifest, Recipe, told};
use restock_report::{Finding, Recording, RunFolder, WriteError, all_charts, document, table, text};
use restock_scenario::Loaded;
use restock_task::{Stage, of_experiment, recipe, write};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// A run that ended.
#[pyclass(frozen, module = "restock._core")]
pub struct Run {
    loaded: Loaded,
    recipe: Recipe,
    outcome: Outcome,
    /// The rows of replications, in the order in which they were found.
    rows: Vec<Rows>,
    folder: Option<PathBuf>,
    made: Made,
}

/// How a run was made: what its manifest tells besides.
#[derive(Clone)]
pub struct Made {
    pub threads: usize,
    pub seconds: f64,
    pub started: String,
}

/// Where a run is written while it goes on.
#[derive(Clone)]
pub struct Target {
    pub folder: Option<PathBuf>,
    pub force: bool,
    pub pictures: bool,
}

/// Keeps rows in memory, and writes them into a folder.
struct Kept<'a> {
    rows: Option<Vec<Rows>>,
    recording: Option<Recording<'a>>,
}

impl Recorder for Kept<'_> {
    fn rows(&mut self, rows: &Rows) -> io::Result<()> {
        self.rows.iter_mut().for_each(|kept| kept.push(rows.clone()));
        self.recording.as_mut().map_or(Ok(()), |recording| recording.rows(rows))
    }
}

/// Threads that are told where nobody says how many.
fn threads_of(threads: usize) -> usize {
    if threads > 0 { threads } else { std::thread::available_parallelism().map_or(1, usize::from) }
}

#[expect(clippy::disallowed_methods, reason = "the manifest tells how long a run took; no result depends on it")]
fn now() -> Instant {
    Instant::now()
}

impl Run {
    /// Runs what was loaded, or puts the parts of it together that were run elsewhere, and writes it while it goes on.
    pub fn make(
        (mut loaded, recipe): (Loaded, Recipe),
        parts: Option<Vec<Saved>>,
        (target, keep_rows): (Target, bool),
        (threads, started): (usize, String),
        ear: &Ear,
    ) -> Result<Run, Error> {
        loaded.runnable.scenario.origin.run = recipe.run();
        let folder = target.folder.as_ref().map(|path| RunFolder::create(path, target.force)).transpose()?;
        let begun = now();
        let (scenario, experiment) = (&loaded.runnable.scenario, &loaded.runnable.experiment);
        let recording = folder.as_ref().map(|folder| Recording::begin(folder, scenario)).transpose()?;
        let mut kept = Kept { rows: keep_rows.then(Vec::new), recording };
        let options = Options { daily: true, equal_terms: !recipe.own_policies_only, threads, ..Options::default() };
        let progress = |p: Progress| {
            let doing = match p.step {
                Step::Simulate => "simulating",
                Step::BreakEvens => "finding break-evens",
                Step::EqualTerms => "comparing on equal terms",
            };
            ear.hear(doing, p.done, p.total);
        };
        let study = Study::new(scenario, experiment).options(options).on_progress(&progress).cancel(&ear.cancel);
        let study = study.recorder(&mut kept);
        let outcome = match parts {
            None => study.run(),
            Some(parts) => study.gather(parts),
        }?;
        if let Some(beyond) = &outcome.beyond {
            return Err(Stopped::Beyond(beyond.clone()).into());
        }
        let Kept { rows, recording } = kept;
        recording.map(Recording::finish).transpose()?;
        let made = Made { threads: threads_of(threads), seconds: begun.elapsed().as_secs_f64(), started };
        let mut run = Run { rows: rows.unwrap_or_default(), folder: None, loaded, recipe, outcome, made };
        if let Some(folder) = folder {
            run.folder = Some(run.write(folder, target.pictures, ear)?);
        }
        Ok(run)
    }

    fn write(&self, folder: RunFolder, pictures: bool, ear: &Ear) -> Result<PathBuf, WriteError> {
        let Made { threads, seconds, started } = &self.made;
        let (scenario, outcome) = (&self.loaded.runnable.scenario, &self.outcome);
        let told = told(scenario, outcome.replications, outcome.seed, *threads, *seconds, started);
        let manifest = Manifest::new("run", &scenario.origin.run, self.recipe.details(told));
        let heard = |stage| match stage {
            Stage::Charts(done, all) => ear.goes_on("drawing", done as u64, all as u64),
            Stage::Documents => ControlFlow::Continue(()),
        };
        let written = restock_kernel::study::on_threads(*threads, || {
            write((&self.loaded, outcome), (folder, manifest), pictures, &heard)
        })?;
        Ok(written.path)
    }

    /// Writes the run into a folder as it would have been written while it went on.
    fn save(&self, target: &Path, force: bool, pictures: bool, ear: &Ear) -> Result<PathBuf, Error> {
        let folder = RunFolder::create(target, force)?;
        let mut recording = Recording::begin(&folder, &self.loaded.runnable.scenario)?;
        self.rows
            .iter()
            .try_for_each(|rows| recording.rows(rows))
            .map_err(|e| Error::new("write", e.to_string()).at(restock_base::names::path(target)))?;
        recording.finish()?;
        Ok(self.write(folder, pictures, ear)?)
    }
}

/// Reads a scenario, with a seed and a number of replications if they are not its own, and says what made it.
pub fn read(
    scenario: &Scenario,
    (seed, replications): (Option<u64>, Option<u64>),
    own_policies_only: bool,
) -> Result<(Loaded, Recipe, Diagnostics), Error> {
    let scenario = scenario.with(of_experiment(seed, replications));
    let Warned { value: loaded, warnings } = scenario.load()?;
    let (file, path) = scenario.place();
    let mut recipe = recipe((&loaded, &file, &path), own_policies_only)?;
    recipe.files.splice(0..0, scenario.own_text());
    Ok((loaded, recipe, warnings))
}

/// Runs a scenario.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "one for each keyword of the Python function")]
pub fn run(
    py: Python<'_>,
    scenario: &Scenario,
    seed: Option<u64>,
    replications: Option<u64>,
    own_policies_only: bool,
    out: Option<PathBuf>,
    force: bool,
    pictures: bool,
    keep_rows: bool,
    threads: usize,
    started: String,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Run> {
    let (scenario, target) = (scenario.clone(), Target { folder: out, force, pictures });
    let (run, warnings) = work(py, progress, move |ear| {
        let (loaded, recipe, warnings) = read(&scenario, (seed, replications), own_policies_only)?;
        let run = Run::make((loaded, recipe), None, (target, keep_rows), (threads, started), ear)?;
        Ok((run, warnings))
    })?;
    warn(py, &warnings)?;
    Ok(run)
}

#[pymethods]
impl Run {
    #[getter]
    fn folder(&self) -> Option<PathBuf> {
        self.folder.clone()
    }

    #[getter]
    fn models(&self) -> Vec<String> {
        self.outcome.models.clone()
    }

    #[getter]
    fn products(&self) -> Vec<String> {
        self.outcome.products.iter().map(|p| p.sku.clone()).collect()
    }

    #[getter]
    fn replications(&self) -> u32 {
        self.outcome.replications
    }

    #[getter]
    fn seed(&self) -> u64 {
        self.outcome.seed
    }

    #[getter]
    fn currency(&self) -> String {
        self.loaded.runnable.scenario.currency.to_string()
    }

    #[getter]
    fn scenario_name(&self) -> String {
        self.loaded.runnable.scenario.name.clone()
    }

    #[getter]
    fn run_hash(&self) -> String {
        self.recipe.run()
    }

    #[getter]
    fn precision_met(&self) -> Option<bool> {
        self.outcome.precision_met
    }

    fn verdict(&self) -> Option<String> {
        Finding::of(&self.loaded.runnable.scenario, &self.outcome).map(|finding| finding.sentence)
    }

    fn text(&self, width: u16) -> String {
        text::comparison(&self.loaded.runnable.scenario, &self.outcome, width)
    }

    /// The table of that name; none if the run has no such table.
    fn table(&self, py: Python<'_>, name: &str) -> PyResult<Option<Table>> {
        let (scenario, outcome) = (&self.loaded.runnable.scenario, &self.outcome);
        let typed = py.detach(|| {
            Some(match name {
                "kpis" => table::kpis(scenario, outcome),
                "differences" => table::differences(outcome),
                "replications" if !self.rows.is_empty() => table::replications(scenario, &self.rows),
                "daily" if outcome.daily_replications() > 0 => table::daily(scenario, &outcome.products),
                _ => return None,
            })
        });
        if let Some(typed) = typed {
            return Table::of(typed).map(Some);
        }
        self.csv(name).map(|csv| Table::of_csv(&csv)).transpose()
    }

    /// Whether the run has the table of that name.
    fn has_table(&self, name: &str) -> bool {
        match name {
            "kpis" | "differences" => true,
            "replications" => !self.rows.is_empty(),
            "daily" => self.outcome.daily_replications() > 0,
            _ => self.csv(name).is_some(),
        }
    }

    fn summary<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        json(py, &restock_report::summary(&self.loaded.runnable.scenario, &self.outcome))
    }

    fn charts(&self) -> Vec<(String, Chart)> {
        Chart::all(all_charts(&self.loaded.runnable.scenario, &self.outcome))
    }

    fn report(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| document::report_html(&self.material())).map_err(raise)
    }

    fn workbook(&self, py: Python<'_>) -> PyResult<Vec<u8>> {
        py.detach(|| document::finance_xlsx(&self.material())).map_err(raise)
    }

    fn write_to(
        slf: Py<Self>,
        py: Python<'_>,
        folder: PathBuf,
        force: bool,
        pictures: bool,
        progress: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<PathBuf> {
        work(py, progress, move |ear| slf.get().save(&folder, force, pictures, ear))
    }
}

impl Run {
    /// A table that has no typed form of its own; none if the run has nothing to tell there.
    fn csv(&self, name: &str) -> Option<Csv> {
        let (scenario, outcome) = (&self.loaded.runnable.scenario, &self.outcome);
        match name {
            "events" => Some(restock_report::event_table(scenario, outcome)),
            "groups" => Some(restock_report::group_table(outcome)),
            "locations" => restock_report::place_table(scenario, outcome),
            "markets" => restock_report::market_table(scenario, outcome),
            "moves" => restock_report::move_table(scenario, outcome),
            "changeover" => restock_report::changeover_table(scenario, outcome),
            _ => None,
        }
    }

    fn material(&self) -> document::Material<'_> {
        let Loaded { sources, assumptions, health, runnable, .. } = &self.loaded;
        document::Material { scenario: &runnable.scenario, outcome: &self.outcome, sources, assumptions, health }
    }
}
