//! Keys of a scenario take other values, and the supply models are compared in every cell.

use super::{Subject, Told, usage};
use restock_base::diag::{Diagnostics, Error, did_you_mean};
use restock_decide::{Design, Factor, FactorError, Found, Sweep as Run};
use restock_kernel::model::{Kpi, Scenario};
use restock_report::{self as report, Answer, Swept, USUAL_KPIS};
use restock_scenario::{Change, Part, Variant};
use std::fmt;

/// What is varied and looked at, as it is written; without anything varied, what the scenario's own `[sweep]` asks for.
#[derive(Debug, Clone, Default)]
pub struct Sweep {
    /// Each a key and the values that it takes: `demand.mean-per-day=20:80:10`.
    pub vary: Vec<String>,
    /// Whether the first values of all keys go together, then the second ones, and so on, instead of each with each.
    pub zip: bool,
    /// KPIs to look at, the one that decides first; without any, the usual ones.
    pub kpis: Vec<Kpi>,
}

/// A sweep every cell of which can be run.
pub struct SweepPlan {
    design: Design,
    sweep: Run,
    cells: Cells,
}

/// Keeps the cells that are found, for a sweep that goes on later.
pub trait Keeps {
    /// What is known already of the cell of this content.
    fn known(&self, content: &[u8; 32]) -> Option<Found>;
    /// Keeps a cell that was run.
    fn keep(&mut self, found: &Found);
}

/// Keeps nothing.
pub struct KeepsNothing;

impl Keeps for KeepsNothing {
    fn known(&self, _: &[u8; 32]) -> Option<Found> {
        None
    }

    fn keep(&mut self, _: &Found) {}
}

impl Sweep {
    /// Part of the name of a folder.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let mut words = self.vary.clone();
        words.extend(self.zip.then(|| "zip".to_owned()));
        let names: Vec<&str> = self.kpis.iter().map(|k| k.name()).collect();
        words.extend((!names.is_empty()).then(|| format!("kpi={}", names.join("+"))));
        words
    }

    /// What is varied, as far as it is said here.
    ///
    /// # Errors
    ///
    /// If a key or a list of values cannot be read, or lists that go together are not as long as each other.
    pub fn design(&self) -> Result<Option<Design>, Error> {
        if self.vary.is_empty() {
            return Ok(None);
        }
        self.factors().map(Some).map_err(|e| usage(e.message).remedy(e.hint))
    }

    fn factors(&self) -> Result<Design, FactorError> {
        let factors: Vec<Factor> = self.vary.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        let common =
            factors.iter().find(|f| matches!(f.key.parts().first(), Some(Part::Name(name)) if name == "monte-carlo"));
        if let Some(factor) = common {
            let message =
                format!("`{}` is common to all cells: they are compared on the same random numbers", factor.key);
            return Err(FactorError::new(message, "set it once, with `-n`, `--seed` or `--set`"));
        }
        Design::new(factors, self.zip)
    }

    /// Lays every cell over a scenario that is called `file`, and checks it before anything is run. What is not said here is taken from the
    /// scenario's `[sweep]`.
    ///
    /// # Errors
    ///
    /// If nothing is varied, or a cell cannot be run: then [`WrongCells`] is behind the error.
    pub fn plan(&self, subject: &Subject, file: &str) -> Result<SweepPlan, Error> {
        let table = Table { subject, file };
        let theirs = table.sweep()?;
        let kpis = [&self.kpis, &theirs.kpis].into_iter().find(|kpis| !kpis.is_empty());
        let kpis = distinct(kpis.map_or(USUAL_KPIS.as_slice(), Vec::as_slice));
        let design = match self.design()? {
            Some(design) => design,
            None if theirs.vary.is_empty() => return Err(table.nothing()),
            None => theirs.factors().map_err(|e| table.wrong(&e.message, e.hint))?,
        };
        let cells = Cells::checked(subject, &design)?;
        Ok(SweepPlan { design, sweep: Run { kpis }, cells })
    }
}

impl SweepPlan {
    /// How many cells there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.variants.len()
    }

    /// Whether there is no cell, which no design has.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs what is not known yet; tables of the answer fit so many columns.
    ///
    /// # Errors
    ///
    /// If a cell is cancelled, or has more units than can be counted.
    pub fn run(&self, subject: &Subject, keeps: &mut dyn Keeps, width: u16, told: Told<'_>) -> Result<Answer, Error> {
        let experiment = *subject.experiment();
        let mut found = Vec::new();
        for (at, variant) in self.cells.variants.iter().enumerate() {
            let runnable = variant.runnable()?;
            let content = self.sweep.content(&runnable.scenario, &experiment);
            found.push(match keeps.known(&content) {
                Some(known) => known,
                None => {
                    let run = self.sweep.run(&subject.lab, &runnable.scenario, &experiment)?;
                    keeps.keep(&run);
                    run
                }
            });
            told(at as u64 + 1, self.len() as u64);
        }
        let swept = Swept {
            scenario: subject.scenario(),
            experiment: &experiment,
            design: &self.design,
            keys: self.cells.keys.clone(),
            kpis: &self.sweep.kpis,
            found,
            now: self.cells.now,
        };
        Ok(report::sweep(&swept, width))
    }
}

/// The `[sweep]` of a scenario.
struct Table<'a> {
    subject: &'a Subject,
    file: &'a str,
}

impl Table<'_> {
    /// What it asks for.
    fn sweep(&self) -> Result<Sweep, Error> {
        let mut sweep = Sweep::default();
        for (key, value) in self.subject.base.values() {
            let parts: Vec<String> = key.parts().iter().map(ToString::to_string).collect();
            match parts.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["sweep", "vary", _] => sweep.vary.push(text_of(&value)),
                ["sweep", "zip"] => sweep.zip = value == "true",
                ["sweep", "kpi", _] => {
                    let name = text_of(&value);
                    let found = kpi(&name).map_err(|why| self.wrong(&format!("`{name}` in `{key}`"), why))?;
                    sweep.kpis.push(found);
                }
                _ => {}
            }
        }
        Ok(sweep)
    }

    /// Neither whoever asks nor the scenario says what is varied.
    fn nothing(&self) -> Error {
        let file = self.file;
        usage(format!("nothing is varied: `{file}` has no `sweep.vary`")).remedy(format!(
            "write `restock sweep {file} --vary demand.mean-per-day=20:80:10`, or a `[sweep]` table with `vary = [\"demand.mean-per-day=20:80:10\"]`"
        ))
    }

    /// What is wrong with it.
    fn wrong(&self, what: &str, remedy: String) -> Error {
        Error::new("question", format!("`[sweep]` of `{}`: {what}", self.file)).remedy(remedy)
    }
}

/// A text of TOML as it is meant.
fn text_of(value: &str) -> String {
    serde_json::from_str(value).unwrap_or_else(|_| value.trim_matches('\'').to_owned())
}

/// Each once, in order.
fn distinct(kpis: &[Kpi]) -> Vec<Kpi> {
    let mut out = Vec::new();
    for kpi in kpis {
        if !out.contains(kpi) {
            out.push(*kpi);
        }
    }
    out
}

/// A KPI by its name.
///
/// # Errors
///
/// What to write instead.
pub fn kpi(text: &str) -> Result<Kpi, String> {
    let names = || Kpi::ALL.iter().map(|kpi| kpi.name());
    let text = text.trim();
    Kpi::ALL.iter().find(|kpi| kpi.name() == text).copied().ok_or_else(|| match did_you_mean(text, names()) {
        Some(near) => format!("no KPI has this name; did you mean `{near}`?"),
        None => {
            format!(
                "no KPI has this name; `kpis.csv` of a run lists all, such as {}",
                USUAL_KPIS.map(Kpi::name).join(", ")
            )
        }
    })
}

/// The cells of a sweep, all of which can be run.
struct Cells {
    variants: Vec<Variant>,
    /// The keys as the scenario names them.
    keys: Vec<String>,
    /// The cell that changes nothing.
    now: Option<usize>,
}

/// Cells that cannot be run, and why: the scenario's own words.
#[derive(Debug)]
pub struct WrongCells {
    /// Number of the cell, from 0, its levels in words, and its problems.
    pub list: Vec<(usize, String, Diagnostics)>,
    /// Cells of the sweep.
    pub of: usize,
}

impl fmt::Display for WrongCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list.iter().try_for_each(|(at, said, problems)| {
            writeln!(f, "cell {} of {}, {said}:\n{}", at + 1, self.of, problems.render(false))
        })
    }
}

impl std::error::Error for WrongCells {}

impl Cells {
    /// Lays the levels over the scenario and checks every cell before anything is run.
    fn checked(subject: &Subject, design: &Design) -> Result<Self, Error> {
        let own = subject.base.changes().len();
        let mut cells = Cells { variants: Vec::new(), keys: Vec::new(), now: None };
        let mut wrong = WrongCells { list: Vec::new(), of: 0 };
        let all = design.cells();
        for (at, levels) in all.iter().enumerate() {
            let said = said(design, levels);
            // A key that is wrong is wrong in every cell.
            let variant = variant(subject, design, levels)?;
            let changes = &variant.changes()[own..];
            if cells.keys.is_empty() {
                cells.keys = changes.iter().map(|c| c.key().to_string()).collect();
            }
            if cells.now.is_none() && !changes.iter().any(Change::alters) {
                cells.now = Some(at);
            }
            match variant.runnable() {
                Ok(runnable) => same_world(subject.scenario(), &runnable.scenario, &said)?,
                Err(problems) => wrong.list.push((at, said, typed(problems, levels.len()))),
            }
            cells.variants.push(variant);
        }
        if wrong.list.is_empty() {
            return Ok(cells);
        }
        wrong.of = all.len();
        let message = format!(
            "{} of {} cannot be run, nothing was run",
            report::format::counted(wrong.list.len(), "cell"),
            wrong.of
        );
        Err(Error::new("cells", message).because(wrong))
    }
}

/// The levels of a cell: `a = 1, b = 2`.
fn said(design: &Design, levels: &[usize]) -> String {
    let each = levels.iter().zip(&design.factors).map(|(i, f)| format!("{} = {}", f.key, f.levels[*i]));
    each.collect::<Vec<_>>().join(", ")
}

fn variant(subject: &Subject, design: &Design, levels: &[usize]) -> Result<Variant, Error> {
    let lay = |variant: Variant, (i, factor): (&usize, &Factor)| variant.with(&factor.key, &factor.levels[*i]);
    let laid = levels.iter().zip(&design.factors).try_fold(subject.base.clone(), lay);
    // Of a key that is wrong one text was laid over the others.
    laid.map_err(|problems| typed(problems, 1).into())
}

/// The last texts of changes are those that are varied, not those that are set.
fn typed(mut problems: Diagnostics, last: usize) -> Diagnostics {
    problems.sources.iter_mut().rev().take(last).for_each(|source| source.name = "--vary".into());
    problems
}

/// What cells must have in common to be compared.
fn same_world(base: &Scenario, cell: &Scenario, said: &str) -> Result<(), Error> {
    let models = |s: &Scenario| s.models.iter().map(|m| m.name.clone()).collect::<Vec<_>>();
    let refuse = |what: &str| Err(Error::new("question", format!("with {said} {what}, nothing was run")));
    if models(base) != models(cell) {
        return refuse(&format!(
            "the supply models are {}, not {}: cells are compared model by model; vary what a model does, not which there are",
            models(cell).join(", "),
            models(base).join(", ")
        ));
    }
    if base.currency != cell.currency {
        return refuse(&format!(
            "amounts are in {}, not in {}: cells could not be compared; leave `currency` out",
            cell.currency, base.currency
        ));
    }
    Ok(())
}
