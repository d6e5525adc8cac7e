//! `restock sweep`.

use super::question::{Asked, Common, failed};
use super::{Outcome, exit, folder, print, record};
use crate::decide::{Design, Factor, FactorError, Found, Sweep};
use crate::diag::{Diagnostics, did_you_mean};
use crate::model::{Kpi, Scenario};
use crate::report::manifest::{digest, identity};
use crate::report::{self, Journal, Owner, Swept, USUAL_KPIS, Unfinished, format, journal_of};
use crate::scenario::{Part, Variant};
use crate::{names, scenario};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// Key and the values that it takes: `--vary demand.mean-per-day=20,40,80`, or `=20:80:10` from 20 to 80 by 10; several are crossed
    /// [default: `sweep.vary` of the scenario]
    #[arg(long = "vary", value_name = "KEY=VALUES")]
    vary: Vec<String>,
    /// Take the first values of all keys together, then the second ones, and so on, instead of each with each
    #[arg(long, requires = "vary")]
    zip: bool,
    /// KPIs to look at, the one that decides first [default: residual_income, contribution, backorder_rate, fill_rate, cancellation_rate,
    /// invested_capital]
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = kpi)]
    kpi: Vec<Kpi>,
    /// Go on with a sweep that was interrupted: finished cells are kept beside its folder
    #[arg(long, conflicts_with = "dry_run")]
    resume: bool,
}

/// Cells whose problems are printed.
const TOLD: usize = 5;

pub(super) fn run(args: &Args) -> Outcome {
    // What the command line says is wrong before anything is read.
    let typed = Wish { vary: args.vary.clone(), zip: args.zip, kpis: args.kpi.clone() };
    let design = if typed.vary.is_empty() { None } else { Some(typed.design().map_err(|e| wrong(&e))?) };
    let mut asked = Asked::begin("sweep", &args.common, typed.question())?;
    let table = Wish::of_table(&asked)?;
    let kpis = [typed.kpis, table.kpis.clone(), USUAL_KPIS.to_vec()]
        .into_iter()
        .find(|kpis| !kpis.is_empty())
        .unwrap_or_default();
    let design = match design {
        Some(design) => design,
        None if table.vary.is_empty() => return Err(nothing(&asked)),
        None => table.design().map_err(|e| in_table(&asked, &e.message, &e.hint))?,
    };
    let cells = Cells::checked(&asked, &design, args.common.output.json)?;

    let (sweep, target) = (Sweep { kpis: distinct(kpis) }, asked.target());
    asked.hold_folder(journal_of(&target))?;
    let mut kept = Kept::begin(&target, args)?;
    let (found, job) = found(&asked, &cells, &sweep, &mut kept)?;
    let scenario = asked.scenario().clone();
    let swept = Swept {
        scenario: &scenario,
        experiment: &asked.experiment().clone(),
        design: &design,
        keys: cells.keys,
        kpis: &sweep.kpis,
        found,
        now: cells.now,
    };
    let answer = report::sweep(&swept, print::width());
    asked.answer(answer, job)?;
    kept.clear();
    Ok(())
}

/// What is varied and looked at, by the command line or by the scenario's table.
struct Wish {
    vary: Vec<String>,
    zip: bool,
    kpis: Vec<Kpi>,
}

impl Wish {
    /// What the scenario's `[sweep]` asks for.
    fn of_table(asked: &Asked) -> Result<Self, u8> {
        let mut wish = Wish { vary: Vec::new(), zip: false, kpis: Vec::new() };
        for (key, value) in asked.base.values() {
            let parts: Vec<String> = key.parts().iter().map(ToString::to_string).collect();
            match parts.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["sweep", "vary", _] => wish.vary.push(text_of(&value)),
                ["sweep", "zip"] => wish.zip = value == "true",
                ["sweep", "kpi", _] => {
                    let name = text_of(&value);
                    let found = kpi(&name).map_err(|why| in_table(asked, &format!("`{name}` in `{key}`"), &why))?;
                    wish.kpis.push(found);
                }
                _ => {}
            }
        }
        Ok(wish)
    }

    /// Part of the name of the folder.
    fn question(&self) -> Vec<String> {
        let mut question = self.vary.clone();
        question.extend(self.zip.then(|| "zip".to_owned()));
        let names: Vec<&str> = self.kpis.iter().map(|k| k.name()).collect();
        question.extend((!names.is_empty()).then(|| format!("kpi={}", names.join("+"))));
        question
    }

    fn design(&self) -> Result<Design, FactorError> {
        design(&self.vary, self.zip)
    }
}

/// A text of TOML as it is meant.
fn text_of(value: &str) -> String {
    serde_json::from_str(value).unwrap_or_else(|_| value.trim_matches('\'').to_owned())
}

/// Neither the command line nor the scenario says what is varied.
fn nothing(asked: &Asked) -> u8 {
    let file = asked.file();
    print::failed(
        exit::USAGE,
        &format!(
            "nothing is varied: `{file}` has no `sweep.vary`\nhelp: write `restock sweep {file} --vary demand.mean-per-day=20:80:10`, or a `[sweep]` table with `vary = [\"demand.mean-per-day=20:80:10\"]`"
        ),
    )
}

/// What is wrong with the scenario's `[sweep]`.
fn in_table(asked: &Asked, what: &str, remedy: &str) -> u8 {
    print::failed(exit::INVALID, &format!("`[sweep]` of `{}`: {what}\nhelp: {remedy}", asked.file()))
}

/// What is varied, from texts.
fn design(vary: &[String], zip: bool) -> Result<Design, FactorError> {
    let factors: Vec<Factor> = vary.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
    let common =
        factors.iter().find(|f| matches!(f.key.parts().first(), Some(Part::Name(name)) if name == "monte-carlo"));
    if let Some(factor) = common {
        let message = format!("`{}` is common to all cells: they are compared on the same random numbers", factor.key);
        return Err(FactorError::new(message, "set it once, with `-n`, `--seed` or `--set`"));
    }
    Design::new(factors, zip)
}

/// Each once, in order.
fn distinct(kpis: Vec<Kpi>) -> Vec<Kpi> {
    let mut out = Vec::new();
    for kpi in kpis {
        if !out.contains(&kpi) {
            out.push(kpi);
        }
    }
    out
}

/// A command line that cannot be run.
fn wrong(e: &FactorError) -> u8 {
    print::failed(exit::USAGE, &format!("{}\nhelp: {}", e.message, e.hint))
}

fn kpi(text: &str) -> Result<Kpi, String> {
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

impl Cells {
    /// Lays the levels over the scenario and checks every cell before anything is run.
    fn checked(asked: &Asked, design: &Design, json: bool) -> Result<Self, u8> {
        let own = asked.base.changes().len();
        let mut cells = Cells { variants: Vec::new(), keys: Vec::new(), now: None };
        let mut wrong: Vec<(usize, String, Diagnostics)> = Vec::new();
        let all = design.cells();
        for (at, levels) in all.iter().enumerate() {
            let said = said(design, levels);
            match variant(asked, design, levels) {
                Ok(variant) => {
                    let changes = &variant.changes()[own..];
                    if cells.keys.is_empty() {
                        cells.keys = changes.iter().map(|c| c.key().to_string()).collect();
                    }
                    if cells.now.is_none() && !changes.iter().any(scenario::Change::alters) {
                        cells.now = Some(at);
                    }
                    match variant.runnable() {
                        Ok(runnable) => same_world(asked.scenario(), &runnable.scenario, &said)?,
                        Err(problems) => wrong.push((at, said, typed(problems, levels.len()))),
                    }
                    cells.variants.push(variant);
                }
                // A key that is wrong is wrong in every cell.
                Err(problems) => return Err(asked.refuse(&problems)),
            }
        }
        if wrong.is_empty() { Ok(cells) } else { Err(refuse(&wrong, all.len(), json)) }
    }
}

/// The levels of a cell: `a = 1, b = 2`.
fn said(design: &Design, levels: &[usize]) -> String {
    let each = levels.iter().zip(&design.factors).map(|(i, f)| format!("{} = {}", f.key, f.levels[*i]));
    each.collect::<Vec<_>>().join(", ")
}

fn variant(asked: &Asked, design: &Design, levels: &[usize]) -> Result<Variant, Diagnostics> {
    let lay = |variant: Variant, (i, factor): (&usize, &Factor)| variant.with(&factor.key, &factor.levels[*i]);
    let laid = levels.iter().zip(&design.factors).try_fold(asked.base.clone(), lay);
    // Of a key that is wrong one text was laid over the others.
    laid.map_err(|problems| typed(problems, 1))
}

/// The last texts of changes are those of `--vary`, not of `--set`.
fn typed(mut problems: Diagnostics, last: usize) -> Diagnostics {
    problems.sources.iter_mut().rev().take(last).for_each(|source| source.name = "--vary".into());
    problems
}

/// What cells must have in common to be compared.
fn same_world(base: &Scenario, cell: &Scenario, said: &str) -> Outcome {
    let models = |s: &Scenario| s.models.iter().map(|m| m.name.clone()).collect::<Vec<_>>();
    let refuse = |what: &str| Err(print::failed(exit::INVALID, &format!("with {said} {what}, nothing was run")));
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

/// Tells which cells cannot be run, and why: the scenario's own words.
fn refuse(wrong: &[(usize, String, Diagnostics)], all: usize, json: bool) -> u8 {
    if json {
        let cell = |(at, said, problems): &(usize, String, Diagnostics)| serde_json::json!({ "cell": at + 1, "levels": said, "problems": problems.to_json() });
        let told = serde_json::json!({ "cells": wrong.iter().map(cell).collect::<Vec<_>>() });
        return print::json(&told).err().unwrap_or(exit::INVALID);
    }
    for (at, said, problems) in wrong.iter().take(TOLD) {
        print::note(&format!("cell {} of {all}, {said}:", at + 1));
        print::problems(problems);
    }
    let more = wrong.len().saturating_sub(TOLD);
    if more > 0 {
        print::note(&format!("and {more} more cells"));
    }
    let n = format::counted(wrong.len(), "cell");
    print::note(&format!("\n{n} of {all} cannot be run, nothing was run. `restock explain CODE` tells more."));
    exit::INVALID
}

/// Runs what is not known yet.
fn found(
    asked: &Asked,
    cells: &Cells,
    sweep: &Sweep,
    kept: &mut Kept,
) -> Result<(Vec<Found>, super::progress::Job), u8> {
    let experiment = *asked.experiment();
    let all = cells.variants.len() as u64;
    let job = asked.job("sweeping", "cells");
    let mut found = Vec::new();
    let mut resumed = 0;
    for (at, variant) in cells.variants.iter().enumerate() {
        let runnable = variant.runnable().map_err(|p| job.print(|| asked.refuse(&p)))?;
        let content = sweep.content(&runnable.scenario, &experiment);
        if let Some(known) = kept.known.get(&content) {
            resumed += usize::from(kept.resumed);
            found.push(known.clone());
        } else {
            let run = sweep.run(&asked.lab, &runnable.scenario, &experiment);
            let run = run.map_err(|e| job.print(|| failed(&e, kept.json)))?;
            kept.keep(&run);
            found.push(run);
        }
        job.at(0, at as u64 + 1, all);
    }
    if kept.resumed {
        job.print(|| {
            print::note(&format!(
                "{} of {} were kept from before",
                resumed.min(kept.before),
                format::counted(found.len(), "cell")
            ))
        });
    }
    Ok((found, job))
}

/// Finished cells beside the folder, by what they are made of.
struct Kept {
    target: PathBuf,
    journal: Option<Journal>,
    known: HashMap<[u8; 32], Found>,
    /// Whether an earlier sweep is gone on with, and how many cells it had.
    resumed: bool,
    before: usize,
    json: bool,
}

impl Kept {
    fn begin(target: &Path, args: &Args) -> Result<Self, u8> {
        let json = args.common.output.json;
        let mut kept =
            Kept { target: target.into(), journal: None, known: HashMap::new(), resumed: false, before: 0, json };
        if args.common.output.dry_run {
            return Ok(kept);
        }
        let place = names::path(&journal_of(target));
        let owner = owner().map_err(|e| print::failed(exit::IO, &format!("cannot read this program: {e}")))?;
        if args.resume {
            match Unfinished::<Found>::read(target).map_err(|e| folder::failed(&e))? {
                Some(unfinished) => {
                    let remedy = "without `--resume` the sweep begins anew";
                    if unfinished.owner.run != owner.run {
                        return Err(print::failed(
                            exit::INVALID,
                            &format!("`{place}` is of a run, not of a sweep; {remedy}"),
                        ));
                    }
                    if unfinished.owner != owner {
                        let what = "was written by another build of Restock, whose figures may differ";
                        return Err(print::failed(exit::INVALID, &format!("`{place}` {what}; {remedy}")));
                    }
                    let (journal, cells) = unfinished.go_on().map_err(|e| folder::failed(&e))?;
                    kept.journal = Some(journal);
                    (kept.resumed, kept.before) = (true, cells.len());
                    kept.known = cells.into_iter().map(|found| (found.content, found)).collect();
                    return Ok(kept);
                }
                None => print::note(&format!("note: there is no unfinished sweep in `{place}`: this one begins anew")),
            }
        } else if let Ok(Some(_)) = Unfinished::owner(target) {
            let what = "holds an unfinished sweep: this one begins anew, `--resume` would go on with it";
            print::note(&format!("note: `{place}` {what}"));
        }
        kept.journal = Some(Journal::begin(target, &owner).map_err(|e| folder::failed(&e))?);
        Ok(kept)
    }

    /// Keeps a cell; where it cannot be written the sweep goes on without.
    fn keep(&mut self, found: &Found) {
        self.known.insert(found.content, found.clone());
        if let Some(journal) = &mut self.journal
            && let Err(e) = journal.keep(std::slice::from_ref(found))
        {
            print::note(&format!("note: {e}; the sweep goes on, but what it finds from now on could not be resumed"));
            self.journal = None;
        }
    }

    fn clear(self) {
        drop(self.journal);
        record::clear(&self.target, &sweeps());
    }
}

/// What all sweeps are known by: a cell is known by its content, whatever sweep it is part of.
fn sweeps() -> String {
    identity(&["sweep"])
}

/// This program.
fn owner() -> Result<Owner, String> {
    let program = std::env::current_exe().and_then(|path| digest(&path));
    let program = program.map_err(|e| crate::diag::words::io(&e))?.1;
    Ok(Owner { run: sweeps(), program })
}
