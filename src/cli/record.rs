//! What a run keeps while it goes on: rows in its folder and, of a long one, partial results beside it.

use super::{exit, print};
use crate::names;
use crate::report::manifest::digest;
use crate::report::{Journal, Owner, Recording, Unfinished, WriteError, format, journal_of};
use crate::study::{Recorder, Rows, Saved};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Keeps what a run finds.
pub(super) struct Record<'a> {
    recording: Recording<'a>,
    target: PathBuf,
    run: String,
    journal: Option<Journal>,
    every: Duration,
    last: Instant,
    /// Something could not be kept: the run goes on without.
    given_up: bool,
}

impl<'a> Record<'a> {
    /// Keeps partial results of `run` beside `target` every so often, from then on.
    pub fn new(recording: Recording<'a>, target: &Path, run: &str, every: Duration) -> Self {
        let last = Instant::now();
        let (target, run) = (target.to_path_buf(), run.to_owned());
        Record { recording, target, run, journal: None, every, last, given_up: false }
    }

    /// Goes on with the partial results of an earlier run, if there are any.
    pub fn go_on(&mut self) -> Result<Vec<Saved>, u8> {
        let place = names::path(&journal_of(&self.target));
        let failed = |e: &WriteError| print::failed(exit::IO, &e.to_string());
        let Some(unfinished) = Unfinished::read(&self.target).map_err(|e| failed(&e))? else {
            print::note(&format!("note: there is no unfinished run in `{place}`: this one begins anew"));
            return Ok(Vec::new());
        };
        let remedy = "without `--resume` the run begins anew";
        if unfinished.owner.run != self.run {
            let what = "the scenario, what was set, or a data file was changed since";
            return Err(print::failed(exit::INVALID, &format!("`{place}` is of another run: {what}; {remedy}")));
        }
        let owner =
            owner(&self.run).map_err(|e| failed(&WriteError { path: self.target.clone(), reason: e.to_string() }))?;
        if unfinished.owner != owner {
            let what = "was written by another build of Restock, whose figures may differ";
            return Err(print::failed(exit::INVALID, &format!("`{place}` {what}; {remedy}")));
        }
        let (journal, saved) = unfinished.go_on().map_err(|e| failed(&e))?;
        let done: usize = saved.iter().flat_map(|s| &s.rows).map(|rows| rows.models.first().map_or(0, Vec::len)).sum();
        print::note(&format!("going on after {} of an unfinished run", format::counted(done, "replication")));
        self.journal = Some(journal);
        Ok(saved)
    }

    /// Ends what is in the folder; what is beside it is the caller's to remove, when the folder is in its place.
    pub fn finish(self) -> Result<Option<Journal>, WriteError> {
        self.recording.finish()?;
        Ok(self.journal)
    }

    fn keep(&mut self, found: &[Saved]) -> Result<(), WriteError> {
        if self.journal.is_none() {
            let owner =
                owner(&self.run).map_err(|e| WriteError { path: journal_of(&self.target), reason: e.to_string() })?;
            self.journal = Some(Journal::begin(&self.target, &owner)?);
        }
        self.journal.as_mut().map_or(Ok(()), |journal| journal.keep(found))
    }
}

/// Says that there is an unfinished run, which this one takes the place of.
pub(super) fn point_out(target: &Path) {
    if let Ok(Some(_)) = Unfinished::owner(target) {
        let place = names::path(&journal_of(target));
        print::note(&format!(
            "note: `{place}` holds an unfinished run: this one begins anew, `--resume` would go on with it"
        ));
    }
}

/// Removes what was kept of a run that is in its place now.
pub(super) fn clear(target: &Path, run: &str) {
    if let Ok(Some(owner)) = Unfinished::owner(target)
        && owner.run == run
    {
        let _ = std::fs::remove_file(journal_of(target));
    }
}

/// A run by this program.
fn owner(run: &str) -> io::Result<Owner> {
    let (_, program) = digest(&std::env::current_exe()?)?;
    Ok(Owner { run: run.to_owned(), program })
}

impl Recorder for Record<'_> {
    fn rows(&mut self, rows: &Rows) -> io::Result<()> {
        self.recording.rows(rows)
    }

    fn saves(&self) -> bool {
        !self.given_up
    }

    fn due(&mut self) -> bool {
        !self.given_up && self.last.elapsed() >= self.every
    }

    fn save(&mut self, found: &[Saved]) -> io::Result<()> {
        if let Err(e) = self.keep(found) {
            print::note(&format!("note: {e}; the run goes on, but could not be resumed if it were interrupted"));
            self.given_up = true;
            self.journal.take().into_iter().for_each(Journal::remove);
        }
        self.last = Instant::now();
        Ok(())
    }
}
