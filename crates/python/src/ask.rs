//! Questions about a scenario: what is asked in texts, as on the command line, and answered by the same tasks.

use crate::answer::Answer;
use crate::background::{Ear, work};
use crate::error::warn;
use crate::scenario::Scenario;
use pyo3::prelude::*;
use restock_base::diag::{Diagnostics, Error, Warned, did_you_mean};
use restock_kernel::model::Kpi;
use restock_report as report;
use restock_task::{KeepsNothing, Question, SobolSize, Solve, Subject, Sweep, Told, TornadoTask, kpi, positive, usage};
use std::fmt::Display;
use std::str::FromStr;

/// What every question says besides.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Common {
    seed: Option<u64>,
    replications: Option<u64>,
    threads: usize,
    width: u16,
    started: String,
}

/// Asks; `words` name what is asked.
fn ask(
    py: Python<'_>,
    (scenario, common): (&Scenario, Common),
    question: Question,
    progress: Option<&Bound<'_, PyAny>>,
    answer: impl FnOnce(&Subject, &str, u16, Told<'_>) -> Result<report::Answer, Error> + Send + 'static,
) -> PyResult<Answer> {
    let scenario = scenario.clone();
    let doing = question.command;
    let (answer, warnings): (Answer, Diagnostics) = work(py, progress, move |ear: &Ear| {
        let (file, path) = scenario.place();
        let document = scenario.document()?;
        let size = (common.seed, common.replications);
        let Warned { value: mut subject, warnings } =
            Subject::new((&document, &file, &path), scenario.set(), size, common.threads)?;
        subject.recipe.files.splice(0..0, scenario.own_text());
        subject.lab = std::mem::take(&mut subject.lab).stopped_by(&ear.cancel);
        subject.loaded.runnable.scenario.origin.run = subject.hash(&question);
        let found = answer(&subject, &file, common.width, &mut |done, of| ear.hear(doing, done.min(of), of))?;
        let (answer, manifest) = (subject.signed(&question, found), subject.manifest(&question, &common.started));
        Ok((Answer { answer, manifest, threads: common.threads }, warnings))
    })?;
    warn(py, &warnings)?;
    Ok(answer)
}

/// Texts, each read as what is wanted; `of` is the argument that they are of.
fn read<T: FromStr<Err: Display>>(texts: &[String], of: &str) -> Result<Vec<T>, Error> {
    let one = |text: &String| text.parse().map_err(|e: T::Err| usage(format!("`{of}`: `{text}`: {e}")));
    texts.iter().map(one).collect()
}

fn amount(text: Option<&String>, of: &str) -> Result<Option<f64>, Error> {
    text.map(|text| positive(text).map_err(|e| usage(format!("`{of}`: `{text}`: {e}")))).transpose()
}

/// Lets keys take other values.
#[pyfunction]
pub fn sweep(
    py: Python<'_>,
    scenario: &Scenario,
    varied: (Vec<String>, bool, Vec<String>),
    common: Common,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Answer> {
    let (vary, zip, kpis) = varied;
    let one = |name: &String| kpi(name).map_err(|why| crate::error::raise(usage(format!("`kpi`: `{name}`: {why}"))));
    let task = Sweep { vary, zip, kpis: kpis.iter().map(one).collect::<PyResult<_>>()? };
    let question = Question { command: "sweep", words: task.words() };
    ask(py, (scenario, common), question, progress, move |subject, file, width, told| {
        task.plan(subject, file)?.run(subject, &mut KeepsNothing, width, told)
    })
}

/// What `solve` is asked.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Wanted {
    vary: Vec<String>,
    target: Vec<String>,
    maximise: Option<String>,
    minimise: Option<String>,
    indifference: Option<String>,
    risk_tolerance: Option<String>,
    model: Vec<String>,
}

impl Wanted {
    fn task(self) -> Result<Solve, Error> {
        if [!self.target.is_empty(), self.maximise.is_some(), self.minimise.is_some()].iter().filter(|x| **x).count()
            > 1
        {
            return Err(usage("`target`, `maximise` and `minimise` exclude one another; give one of them"));
        }
        let objective = |text: &Option<String>, of| {
            let list = text.iter().cloned().collect::<Vec<_>>();
            read(&list, of).map(|mut list| list.pop())
        };
        Ok(Solve {
            vary: read(&self.vary, "vary")?,
            targets: read(&self.target, "target")?,
            maximise: objective(&self.maximise, "maximise")?,
            minimise: objective(&self.minimise, "minimise")?,
            indifference: amount(self.indifference.as_ref(), "indifference")?,
            risk_tolerance: amount(self.risk_tolerance.as_ref(), "risk_tolerance")?,
            models: self.model,
        })
    }
}

/// Finds the policy that reaches a target, or earns most.
#[pyfunction]
pub fn solve(
    py: Python<'_>,
    scenario: &Scenario,
    wanted: Wanted,
    common: Common,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Answer> {
    let task = wanted.task().map_err(crate::error::raise)?;
    let question = Question { command: "solve", words: task.words() };
    ask(py, (scenario, common), question, progress, move |subject, _, width, told| task.run(subject, width, told))
}

/// What `tornado` is asked.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub struct Varied {
    of: Option<String>,
    against: Option<String>,
    all_pairs: bool,
    kpi: String,
    only: Vec<String>,
    range: Vec<String>,
    sobol: bool,
    sobol_keys: u16,
    sobol_points: u32,
    sobol_replications: u32,
    map: Vec<String>,
}

impl Varied {
    fn task(self) -> Result<TornadoTask, Error> {
        let excluded = [
            (
                !self.only.is_empty() && !self.range.is_empty(),
                "`only` and `range` exclude one another; give one of them",
            ),
            (!self.map.is_empty() && self.sobol, "`map` and `sobol` are two questions; ask one after the other"),
            (
                !self.map.is_empty() && (!self.only.is_empty() || !self.range.is_empty()),
                "a `map` has axes of its own; leave `only` and `range` out",
            ),
            (
                self.all_pairs && (self.of.is_some() || self.against.is_some() || self.sobol || !self.map.is_empty()),
                "`all_pairs` goes with no `of`, `against`, `sobol` or `map`",
            ),
        ];
        if let Some((_, why)) = excluded.iter().find(|(holds, _)| *holds) {
            return Err(usage(*why));
        }
        let within = |value: u32, low: u32, high: u32, of: &str| {
            if (low..=high).contains(&value) {
                Ok(())
            } else {
                Err(usage(format!("`{of}` is {value}; it must be {low} to {high}")))
            }
        };
        within(self.sobol_keys.into(), 1, SobolSize::MOST_KEYS.into(), "sobol_keys")?;
        within(self.sobol_points, SobolSize::LEAST_POINTS, SobolSize::MOST_POINTS, "sobol_points")?;
        within(self.sobol_replications, 2, u32::MAX, "sobol_replications")?;
        let size =
            SobolSize { keys: self.sobol_keys, points: self.sobol_points, replications: self.sobol_replications };
        let kpi = Kpi::from_name(&self.kpi).ok_or_else(|| {
            let near = did_you_mean(&self.kpi, Kpi::ALL.iter().map(|k| k.name()));
            let near = near.map_or("write a name as in kpis.csv".into(), |near| format!("did you mean `{near}`?"));
            usage(format!("`kpi`: no KPI is called `{}`; {near}", self.kpi))
        })?;
        Ok(TornadoTask {
            of: self.of,
            against: self.against,
            all_pairs: self.all_pairs,
            kpi,
            only: read(&self.only, "only")?,
            range: read(&self.range, "range")?,
            sobol: self.sobol.then_some(size),
            map: read(&self.map, "map")?,
        })
    }
}

/// Finds what a comparison hinges on.
#[pyfunction]
pub fn tornado(
    py: Python<'_>,
    scenario: &Scenario,
    varied: Varied,
    common: Common,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Answer> {
    let task = varied.task().map_err(crate::error::raise)?;
    let question = Question { command: "tornado", words: task.words() };
    ask(py, (scenario, common), question, progress, move |subject, _, width, told| task.run(subject, width, told))
}
