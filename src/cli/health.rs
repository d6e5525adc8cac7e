//! The page of `restock describe --report`: what was read of a sales file, left out, changed and is to be checked.

use super::describe::Found;
use super::folder::FolderArgs;
use super::{Outcome, exit, files, print};
use crate::data::Sales;
use crate::diag::health::{Done, Finding, Health, RowRuns};
use crate::forecast::{Suspect, SuspectedStockOuts};
use crate::report::document::{health_html, is_health_html};
use crate::report::format;
use std::io::Read;
use std::path::Path;

/// How the file was read, and what was found in it, in rows and in items.
fn health(sales: &Sales, found: &Found, file: &str) -> Health {
    let mut health = sales.health(file);
    let (panel, noun) = (&sales.panel, sales.panel.step.noun());
    let run = |s: &Suspect| {
        let (name, day, last) =
            (&panel.items[s.item].name, panel.date(s.from), panel.date(s.from + s.periods).plus(-1));
        let length = format::counted(s.periods, noun);
        format!("`{name}`: nothing sold for {length}, {day} to {last}; {:.0} units were expected", s.expected)
    };
    let mut add = |done, what, remedy: &str| {
        health.findings.push(Finding { done, what, remedy: remedy.into(), rows: RowRuns::default() });
    };
    for s in &found.stopped {
        add(Done::Kept, run(s), "has it ended, or is it out of stock? It is forecast as if it went on");
    }
    let (done, treated) = match found.suspected {
        SuspectedStockOuts::Mask => {
            (Done::LeftOut, "out of stock? Nothing is learned of demand in it; `--keep-suspected` takes it for demand")
        }
        SuspectedStockOuts::Keep => (Done::Kept, "out of stock? It is taken for demand"),
    };
    for s in &found.suspects {
        add(done, run(s), treated);
    }
    health
}

/// Writes the page, in the place of an earlier one or of nothing.
pub(super) fn write(path: &Path, force: &FolderArgs, sales: &Sales, found: &Found, file: &str) -> Outcome {
    let health = health(sales, found, file);
    let shown = crate::names::path(path);
    let head = std::fs::File::open(path).map(|file| {
        let mut head = String::new();
        let _ = file.take(1 << 10).read_to_string(&mut head);
        head
    });
    if head.is_ok_and(|head| !is_health_html(&head)) && !force.force {
        let message = format!(
            "`{shown}` was not written, as a file that Restock did not write has the place; move it, or overwrite it with `--force`"
        );
        return Err(print::failed(exit::IO, &message));
    }
    let command = format!("restock describe {} ..", health.file);
    let page = health_html(&health, &command).map_err(|e| print::failed(exit::IO, &e.to_string()))?;
    files::write(path, page.as_bytes())?;
    print::note(&format!("written to {shown}"));
    Ok(())
}
