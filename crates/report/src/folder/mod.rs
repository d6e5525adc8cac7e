//! The run folder: written beside its place and put there in one step, so that nobody ever sees half of it, and nothing
//! that is not an earlier run's is lost.

mod journal;
pub mod part;
mod place;
mod plan;
mod record;
mod recording;

use super::chart::Csv;
use super::groups::{GROUPS, group_table};
use super::manifest::digest;
use super::manifest::{MANIFEST, Manifest, Output, Unread, slashed};
use super::summary::{KpiLine, Summary, kpi_table_of};
use super::{File, all_charts, changeover_table, event_table, market_table, move_table, place_table, tabled};
pub use journal::{Journal, Owner, Unfinished, journal_of};
use place::{Workspace, hold, parent, scan, sweep};
use plan::{State, plan};
pub use recording::Recording;
use restock_base::diag::{Error, words};
use restock_base::names;
use restock_kernel::model::Scenario;
use restock_kernel::study::Outcome;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io::{self, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A folder under construction. Dropped unfinished, it removes itself.
#[derive(Debug)]
pub struct RunFolder {
    stage: Stage,
    /// Where the folder will be, links followed.
    target: PathBuf,
    /// The same, as the reader named it.
    named: PathBuf,
    force: bool,
    /// Workspaces of stopped runs that were cleared away.
    pub swept: Vec<PathBuf>,
}

/// The folder while it is built, shared with who may give it up; gone once it is in its place or given up.
#[derive(Debug, Clone)]
struct Stage(Arc<Mutex<Option<Built>>>);

#[derive(Debug)]
struct Built {
    workspace: Workspace,
    outputs: BTreeMap<String, Output>,
}

/// Gives a folder under construction up, from another thread.
#[derive(Debug, Clone)]
pub struct GiveUp(Stage);

/// What putting a run into its folder meant for what was there.
#[derive(Debug)]
pub struct Written {
    /// The folder.
    pub path: PathBuf,
    /// The other run that was there, in words, and how many of its files went.
    pub replaced: Option<(String, usize)>,
    /// The reader's files that stayed.
    pub kept: Vec<PathBuf>,
    /// The reader's files that gave way to new ones, as was asked for.
    pub overwritten: Vec<PathBuf>,
    /// Files of this run that were not written, as the reader's stand in their place.
    pub withheld: Vec<PathBuf>,
}

/// Why a run folder could not be written.
#[derive(Debug)]
pub struct WriteError {
    /// The file or folder that could not be written.
    pub path: PathBuf,
    /// Why, in words.
    pub reason: String,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write `{}`: {}", names::path(&self.path), self.reason)
    }
}

impl std::error::Error for WriteError {}

impl From<WriteError> for Error {
    fn from(e: WriteError) -> Self {
        Error::new("write", format!("it cannot be written: {}", e.reason)).at(names::path(&e.path)).because(e)
    }
}

fn at(path: &Path) -> impl Fn(std::io::Error) -> WriteError + '_ {
    move |e| WriteError { path: path.to_path_buf(), reason: words::io(&e) }
}

impl Stage {
    fn lock(&self) -> MutexGuard<'_, Option<Built>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whoever may give the folder up lives on: what was not finished goes with its maker.
impl Drop for RunFolder {
    fn drop(&mut self) {
        drop(self.stage.lock().take());
    }
}

impl GiveUp {
    /// Removes what was built, and says so to `then`: false if there was nothing left to remove, since the folder is in its
    /// place. Nothing is written while `then` runs.
    pub fn now(&self, then: impl FnOnce(bool)) {
        let mut stage = self.0.lock();
        let unfinished = stage.is_some();
        drop(stage.take());
        then(unfinished);
    }
}

impl RunFolder {
    /// Prepares to write `target`, through a link if it is one. What stopped runs left beside it is cleared away.
    ///
    /// An existing folder must be empty or an earlier run's: of that, only files which it lists and which are unchanged are
    /// replaced or removed. With `force` the folder may be anything, and files of the same names are overwritten.
    ///
    /// # Errors
    ///
    /// If `target` is something else, or its parent cannot be written.
    pub fn create(target: &Path, force: bool) -> Result<Self, WriteError> {
        let error = |reason: &str| WriteError { path: target.to_path_buf(), reason: reason.into() };
        if target.file_name().is_none() {
            return Err(error("name a folder of its own, `--out output/my-run` say"));
        }
        let named = target.to_path_buf();
        let mut target = named.clone();
        if named.is_symlink() {
            target = named.canonicalize().map_err(|_| error("it is a link that leads nowhere"))?;
        }
        fs::create_dir_all(parent(&target)).map_err(at(parent(&target)))?;
        let swept = sweep(parent(&target));
        if target.exists() {
            if !target.is_dir() {
                return Err(error("there is a file of that name"));
            }
            if mounted(&target) {
                return Err(error(
                    "a mounted volume cannot be replaced in one step; name a folder inside it with `--out`",
                ));
            }
            earlier(&target, force).map_err(|reason| error(&reason))?;
        }
        let workspace = Workspace::beside(&target).map_err(at(parent(&target)))?;
        let stage = Stage(Arc::new(Mutex::new(Some(Built { workspace, outputs: BTreeMap::new() }))));
        Ok(RunFolder { stage, target, named, force, swept })
    }

    /// By which the folder can be given up while it is built.
    #[must_use]
    pub fn give_up(&self) -> GiveUp {
        GiveUp(self.stage.clone())
    }

    /// Writes everything but rows of replications, documents and the manifest. `drawn` hears how many charts of how many are drawn, from
    /// all threads, and says whether to go on.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn fill(
        &self,
        scenario: &Scenario,
        outcome: &Outcome,
        charts: bool,
        drawn: &(dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
    ) -> Result<(), WriteError> {
        self.stream("summary.json", |mut out| {
            serde_json::to_writer_pretty(&mut out, &Summary { scenario, outcome })?;
            out.write_all(b"\n")
        })?;
        self.stream("kpis.csv", |out| {
            out.write_all(Csv::new(&KpiLine::COLUMNS).to_text().as_bytes())?;
            let mut each = tabled(outcome).map(|product| kpi_table_of(scenario, product));
            each.try_for_each(|table| out.write_all(table.rows_to_text().as_bytes()))
        })?;
        self.write(GROUPS, group_table(outcome).to_text().as_bytes())?;
        self.write("events.csv", event_table(scenario, outcome).to_text().as_bytes())?;
        if let Some(table) = place_table(scenario, outcome) {
            self.write("locations.csv", table.to_text().as_bytes())?;
        }
        if let Some(table) = market_table(scenario, outcome) {
            self.write("markets.csv", table.to_text().as_bytes())?;
        }
        if let Some(table) = move_table(scenario, outcome) {
            self.write("moves.csv", table.to_text().as_bytes())?;
        }
        if let Some(table) = changeover_table(scenario, outcome) {
            self.write("changeover.csv", table.to_text().as_bytes())?;
        }
        #[cfg(feature = "frame")]
        {
            use super::frame;
            self.stream("kpis.parquet", |out| frame::kpis(scenario, outcome, out))?;
            if outcome.daily_replications() > 0 {
                self.stream("daily.parquet", |out| frame::daily(scenario, outcome, out))?;
            }
        }
        if charts {
            for (path, bytes) in chart_files(scenario, outcome, drawn)
                .map_err(|why| WriteError { path: self.named.join("charts"), reason: why.to_string() })?
            {
                self.write(&path, &bytes)?;
            }
        }
        Ok(())
    }

    /// Writes the documents: `report.html` and `finance.xlsx`.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    #[cfg(feature = "documents")]
    pub fn documents(&self, material: &super::document::Material<'_>) -> Result<(), WriteError> {
        use super::document::{finance_xlsx, report_html};
        let failed = |name: &str| {
            let path = self.named.join(name);
            move |why: Error| WriteError { path, reason: why.to_string() }
        };
        self.write("report.html", report_html(material).map_err(failed("report.html"))?.as_bytes())?;
        self.write("finance.xlsx", &finance_xlsx(material).map_err(failed("finance.xlsx"))?)
    }

    /// Writes the manifest, and puts the folder in its place.
    ///
    /// # Errors
    ///
    /// If a file cannot be written or the folder not be moved; then what was there is still there.
    pub fn finish(self, mut manifest: Manifest) -> Result<Written, WriteError> {
        let target = &self.target;
        let mut stage = self.stage.lock();
        let built = stage.as_mut().ok_or_else(|| self.given_up())?;
        let _held = hold(parent(target));
        let error = |reason| WriteError { path: self.named.clone(), reason };
        let earlier = if target.exists() { earlier(target, self.force).map_err(error)? } else { None };
        let found = if target.exists() { scan(target, earlier.as_ref()).map_err(at(target))? } else { BTreeMap::new() };
        let same = earlier.as_ref().is_some_and(|m| m.run == manifest.run);
        let mut new: BTreeSet<PathBuf> = built.outputs.keys().map(PathBuf::from).collect();
        new.insert(MANIFEST.into());
        let plan = plan(&found, same, &new, self.force);
        let is = |list: &[PathBuf], o: &Output| list.iter().any(|p| slashed(p) == o.path);
        let made = built.outputs.values().filter(|o| !is(&plan.withheld, o));
        let carried = earlier.iter().flat_map(|m| &m.outputs).filter(|o| is(&plan.carried, o));
        manifest.outputs = made.chain(carried).cloned().collect();
        manifest.outputs.sort_by(|a, b| a.path.cmp(&b.path));
        put_file(&built.workspace.new_folder().join(MANIFEST), manifest.to_text().as_bytes())?;
        built.workspace.put(target, &plan, &found).map_err(at(&self.named))?;
        let ours = found.values().filter(|s| **s == State::Ours).count();
        let replaced = earlier.filter(|_| !same).map(|m| (m.words(), ours));
        *stage = None;
        let files = |paths: Vec<PathBuf>| paths.into_iter().filter(|p| found[p] != State::EmptyFolder).collect();
        Ok(Written {
            path: self.named.clone(),
            replaced,
            kept: files(plan.kept),
            overwritten: files(plan.overwritten),
            withheld: plan.withheld,
        })
    }

    /// Writes one file; `name` may have folders of its own, with `/` between its parts.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        let mut stage = self.stage.lock();
        let built = stage.as_mut().ok_or_else(|| self.given_up())?;
        put_file(&built.workspace.new_folder().join(name), bytes)
            .map_err(|e| WriteError { path: self.named.join(name), ..e })?;
        built.outputs.insert(name.to_owned(), Output::of(name, bytes));
        Ok(())
    }

    /// Makes a file that is written bit by bit; [`RunFolder::close`] ends it.
    fn open(&self, name: &str) -> Result<fs::File, WriteError> {
        let mut stage = self.stage.lock();
        let built = stage.as_mut().ok_or_else(|| self.given_up())?;
        let path = built.workspace.new_folder().join(name);
        fs::File::create(&path).map_err(at(&self.named.join(name)))
    }

    /// Takes a file into the list, when it is written.
    fn close(&self, name: &str) -> Result<(), WriteError> {
        let mut stage = self.stage.lock();
        let built = stage.as_mut().ok_or_else(|| self.given_up())?;
        let path = built.workspace.new_folder().join(name);
        let ended = fs::File::open(&path).and_then(|file| file.sync_all()).and_then(|()| digest(&path));
        let (bytes, sha256) = ended.map_err(at(&self.named.join(name)))?;
        built.outputs.insert(name.to_owned(), Output { path: name.to_owned(), bytes, sha256 });
        Ok(())
    }

    fn given_up(&self) -> WriteError {
        WriteError { path: self.named.clone(), reason: "the run was given up".into() }
    }

    /// Writes a file bit by bit.
    fn stream(
        &self,
        name: &str,
        write: impl FnOnce(&mut io::BufWriter<fs::File>) -> io::Result<()>,
    ) -> Result<(), WriteError> {
        let mut out = io::BufWriter::new(self.open(name)?);
        write(&mut out).and_then(|()| out.flush()).map_err(at(&self.named.join(name)))?;
        self.close(name)
    }
}

/// The run that is in a folder, if there is one; or why nothing may be written there.
fn earlier(target: &Path, force: bool) -> Result<Option<Manifest>, String> {
    let remedy =
        "nothing was changed. Choose another with `--out`, or overwrite files of the same names with `--force`";
    let path = target.join(MANIFEST);
    let empty = || fs::read_dir(target).is_ok_and(|mut d| d.next().is_none());
    if fs::symlink_metadata(&path).is_err() {
        let nothing = force || empty();
        return if nothing {
            Ok(None)
        } else {
            Err(format!("the folder holds other files and is no earlier run; {remedy}"))
        };
    }
    match fs::read(&path).map_err(|_| Unread::Foreign).and_then(|text| Manifest::parse(&text)) {
        Ok(manifest) => Ok(Some(manifest)),
        Err(_) if force => Ok(None),
        Err(Unread::Foreign) => Err(format!("its `{MANIFEST}` was not written by Restock; {remedy}")),
        Err(Unread::OtherFormat) => Err(format!(
            "its `{MANIFEST}` is of another version of Restock and does not tell which files are its own; {remedy}"
        )),
    }
}

/// Whether a folder is the top of another file system than the one above it.
#[cfg(unix)]
fn mounted(target: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |p: &Path| fs::metadata(p).map(|m| m.dev()).ok();
    device(target) != device(parent(target))
}

#[cfg(not(unix))]
fn mounted(_target: &Path) -> bool {
    false
}

/// Writes a file that lasts: it is on the disk before its name is moved.
fn put_file(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    fs::create_dir_all(parent(path)).map_err(at(parent(path)))?;
    let mut file = fs::File::create(path).map_err(at(path))?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(at(path))
}

/// The name of the folder of a run: that of the scenario file, and what was laid over it.
///
/// Two lists of overrides never share a name, whether or not the file system tells capitals apart, and no name is one that a
/// system refuses: what cannot be written so is shortened, and ends in a part of its SHA-256.
#[must_use]
pub fn folder_name(stem: &str, overrides: &[String]) -> String {
    const LONGEST: usize = 60;
    if overrides.is_empty() {
        return if device(stem) { format!("{stem}-run") } else { stem.to_owned() };
    }
    let short = |o: &str| {
        let o: String = o.split_whitespace().collect();
        // Of these tables one key is known without the table's name.
        let key = ["demand.", "monte-carlo."].iter().find_map(|table| o.strip_prefix(table));
        key.filter(|k| !k.split('=').next().unwrap_or("").contains('.')).map_or_else(|| o.clone(), str::to_owned)
    };
    let words: Vec<String> = overrides.iter().map(|o| short(o)).collect();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.=+".contains(c);
    let exact = words
        .iter()
        .zip(overrides)
        .all(|(word, o)| word.chars().all(plain) && word.matches('=').count() <= 1 && !o.contains(char::is_whitespace));
    let text = words.join(",");
    if exact && text.len() <= LONGEST && !text.ends_with('.') {
        return format!("{stem}@{text}");
    }
    let readable: String =
        text.chars().map(|c| if plain(c) || c == ',' { c } else { '-' }).take(LONGEST - 20).collect();
    let hash = Sha256::digest(overrides.join("\n").as_bytes());
    let digits: String = hash.iter().take(5).map(|b| format!("{b:02x}")).collect();
    format!("{stem}@{}~{digits}", readable.trim_matches(['-', '.', ',']))
}

/// Whether Windows takes this for a device.
fn device(name: &str) -> bool {
    let numbered = |port: &str| name.strip_prefix(port).is_some_and(|n| matches!(n.as_bytes(), [b'0'..=b'9']));
    ["con", "prn", "aux", "nul"].contains(&name) || numbered("com") || numbered("lpt")
}

const ENDED: &str = "somebody asked for the drawing of charts to end";

/// Files of every chart. Those not begun when `drawn` ends it are left out, and the whole fails.
fn chart_files(
    scenario: &Scenario,
    outcome: &Outcome,
    drawn: &(dyn Fn(usize, usize) -> ControlFlow<()> + Sync),
) -> Result<Vec<File>, Error> {
    let specs = all_charts(scenario, outcome);
    let (done, ended) = (AtomicUsize::new(0), AtomicBool::new(false));
    let each = super::in_parallel(&specs, |(folder, spec)| {
        if ended.load(Ordering::Relaxed) {
            return Err(Error::new("cancelled", ENDED));
        }
        let files = super::chart_files(&format!("charts/{folder}{}", spec.name), spec);
        let goes_on = drawn(done.fetch_add(1, Ordering::Relaxed) + 1, specs.len());
        ended.fetch_or(goes_on.is_break(), Ordering::Relaxed);
        files
    });
    if ended.into_inner() {
        return Err(Error::new("cancelled", ENDED));
    }
    Ok(each.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use super::folder_name;

    fn name(overrides: &[&str]) -> String {
        folder_name("autumn", &overrides.iter().map(|o| (*o).to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn folders_are_named_after_what_was_set() {
        assert_eq!(folder_name("con", &[]), "con-run");
        assert_eq!(folder_name("com10", &[]), "com10");
        for (overrides, expected) in [
            (&[][..], "autumn"),
            (&["demand.mean-per-day=80"], "autumn@mean-per-day=80"),
            (&["monte-carlo.seed=9", "customers.communication=silent"], "autumn@seed=9,customers.communication=silent"),
            (&["demand.surge.per-year=2"], "autumn@demand.surge.per-year=2"),
            (&["own-policies-only"], "autumn@own-policies-only"),
        ] {
            assert_eq!(name(overrides), expected);
        }
    }

    #[test]
    fn no_two_lists_of_overrides_share_a_name_and_every_system_takes_it() {
        let long = format!("name={}", "x".repeat(300));
        let lists: &[&[&str]] = &[
            &["name=a"],
            &["name=A"],
            &["name=a."],
            &["name=a b"],
            &["name=a/b"],
            &["name=a\\b"],
            &["name=a:b"],
            &["name=a,b=c"],
            &["name=a", "b=c"],
            &["name= a"],
            &["name=\u{7}"],
            &["name=連衣裙"],
            &["name=.."],
            &["product.0.name=a"],
            &["product.1.name=a"],
            &["demand.surge.decay={ exponential = { tau-days = 4 } }"],
            &["demand.surge.decay={ exponential = { tau-days = 5 } }"],
            &[&long],
            &[&long, "name=a"],
        ];
        let mut seen = std::collections::BTreeSet::new();
        for list in lists {
            let name = name(list);
            assert!(name.len() <= 80 && !name.ends_with(['.', ' ']), "{name}");
            let safe = |c: char| c.is_ascii_alphanumeric() || "-_.=+,@~".contains(c);
            assert!(name.chars().all(safe), "{name}");
            assert!(seen.insert(name.to_lowercase()), "{list:?}: {name}");
        }
    }
}
