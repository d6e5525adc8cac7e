//! `restock sweep`.

use super::question::{Asked, Common, failed};
use super::{Outcome, exit, folder, print, record};
use crate::decide::Found;
use crate::model::Kpi;
use crate::names;
use crate::report::manifest::{digest, identity};
use crate::report::{Journal, Owner, Unfinished, format, journal_of};
use crate::task::{Keeps, Sweep, kpi};
use std::cell::Cell;
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

pub(super) fn run(args: &Args) -> Outcome {
    let json = args.common.output.json;
    let task = Sweep { vary: args.vary.clone(), zip: args.zip, kpis: args.kpi.clone() };
    // What the command line says is wrong before anything is read.
    task.design().map_err(|e| failed(&e, json))?;
    let mut asked = Asked::begin("sweep", &args.common, task.words())?;
    let plan = task.plan(&asked.subject, asked.file()).map_err(|e| asked.refuse(&e))?;
    let target = asked.target();
    asked.hold_folder(journal_of(&target))?;
    let mut kept = Kept::begin(&target, args)?;
    let job = asked.job("sweeping", "cells");
    let answer = plan.run(&asked.subject, &mut kept, print::width(), &mut |done, of| job.at(0, done, of));
    if answer.is_ok() {
        job.print(|| kept.told(plan.len()));
    }
    asked.answer(answer, job)?;
    kept.clear();
    Ok(())
}

/// Finished cells beside the folder, by what they are made of.
struct Kept {
    target: PathBuf,
    journal: Option<Journal>,
    known: HashMap<[u8; 32], Found>,
    /// Whether an earlier sweep is gone on with, how many cells it had, and how many cells of this one are among them.
    resumed: bool,
    before: usize,
    used: Cell<usize>,
}

impl Kept {
    fn begin(target: &Path, args: &Args) -> Result<Self, u8> {
        let (known, used) = (HashMap::new(), Cell::new(0));
        let mut kept = Kept { target: target.into(), journal: None, known, resumed: false, before: 0, used };
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

    /// Says how much was not run again.
    fn told(&self, cells: usize) {
        if self.resumed {
            let used = self.used.get().min(self.before);
            print::note(&format!("{used} of {} were kept from before", format::counted(cells, "cell")));
        }
    }

    fn clear(self) {
        drop(self.journal);
        record::clear(&self.target, &sweeps());
    }
}

impl Keeps for Kept {
    fn known(&self, content: &[u8; 32]) -> Option<Found> {
        let known = self.known.get(content).cloned();
        self.used.set(self.used.get() + usize::from(known.is_some()));
        known
    }

    /// Where it cannot be written the sweep goes on without.
    fn keep(&mut self, found: &Found) {
        self.known.insert(found.content, found.clone());
        if let Some(journal) = &mut self.journal
            && let Err(e) = journal.keep(std::slice::from_ref(found))
        {
            print::note(&format!("note: {e}; the sweep goes on, but what it finds from now on could not be resumed"));
            self.journal = None;
        }
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
