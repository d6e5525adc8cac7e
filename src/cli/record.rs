//! What a run keeps while it goes on: rows in its folder and, of a long one, partial results beside it.

use super::{exit, folder, print};
use crate::model::Scenario;
use crate::names;
use crate::report::manifest::digest;
use crate::report::{Journal, Owner, Recording, RunFolder, Unfinished, WriteError, format, journal_of};
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
    /// Begins the files of a run in its folder; keeps partial results beside `target` every so often, from now on.
    pub fn begin(folder: &'a RunFolder, scenario: &'a Scenario, target: &Path, every: Duration) -> Result<Self, u8> {
        let recording = Recording::begin(folder, scenario).map_err(|e| folder::failed(&e))?;
        let (target, run) = (target.to_path_buf(), scenario.origin.run.clone());
        Ok(Record { recording, target, run, journal: None, every, last: Instant::now(), given_up: false })
    }

    /// What an earlier run kept, if this one is to go on with it.
    pub fn earlier(&mut self, resume: bool) -> Result<Vec<Saved>, u8> {
        let place = names::path(&journal_of(&self.target));
        if !resume {
            if let Ok(Some(_)) = Unfinished::owner(&self.target) {
                let what = "holds an unfinished run: this one begins anew, `--resume` would go on with it";
                print::note(&format!("note: `{place}` {what}"));
            }
            return Ok(Vec::new());
        }
        let failed = |e: &WriteError| folder::failed(e);
        let Some(unfinished) = Unfinished::<Saved>::read(&self.target).map_err(|e| failed(&e))? else {
            print::note(&format!("note: there is no unfinished run in `{place}`: this one begins anew"));
            return Ok(Vec::new());
        };
        let remedy = "without `--resume` the run begins anew";
        if unfinished.owner.run != self.run {
            let what = "the scenario, what was set, or a data file was changed since";
            return Err(print::failed(exit::INVALID, &format!("`{place}` is of another run: {what}; {remedy}")));
        }
        let owner = self.owner().map_err(|e| failed(&e))?;
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

    /// Ends the files in the folder; what is beside it is [`clear`]ed when the folder is in its place.
    pub fn finish(self) -> Result<(), WriteError> {
        self.recording.finish()
    }

    /// This run, by this program.
    fn owner(&self) -> Result<Owner, WriteError> {
        let program = std::env::current_exe().and_then(|path| digest(&path));
        let why = |e: io::Error| WriteError { path: journal_of(&self.target), reason: crate::diag::words::io(&e) };
        Ok(Owner { run: self.run.clone(), program: program.map_err(why)?.1 })
    }

    fn keep(&mut self, found: &[Saved]) -> Result<(), WriteError> {
        if self.journal.is_none() {
            self.journal = Some(Journal::begin(&self.target, &self.owner()?)?);
        }
        self.journal.as_mut().map_or(Ok(()), |journal| journal.keep(found))
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
            print::note(&format!("note: {e}; the run goes on, but what it finds from now on could not be resumed"));
            self.given_up = true;
        }
        self.last = Instant::now();
        Ok(())
    }
}
