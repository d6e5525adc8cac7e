//! The run folder: written beside its final place and renamed, so that nobody ever sees half of it.

use super::{File, all_charts, event_table, kpi_table, summary};
use crate::diag::words;
use crate::model::Scenario;
use crate::names;
use crate::study::Outcome;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// Name of the file by which a folder is known to be ours.
const MANIFEST: &str = "manifest.json";

/// A folder under construction. Dropped unfinished, it removes itself.
#[derive(Debug)]
pub struct RunFolder {
    work: tempfile::TempDir,
    target: PathBuf,
}

/// Why a run folder could not be written.
#[derive(Debug)]
pub struct WriteError {
    pub path: PathBuf,
    pub reason: String,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot write `{}`: {}", names::path(&self.path), self.reason)
    }
}

impl std::error::Error for WriteError {}

fn at(path: &Path) -> impl Fn(std::io::Error) -> WriteError + '_ {
    move |e| WriteError { path: path.to_path_buf(), reason: words::io(&e) }
}

impl RunFolder {
    /// Prepares to write `target`. An existing folder is replaced only if it is an earlier run's.
    ///
    /// # Errors
    ///
    /// If `target` is something else, or its parent cannot be written.
    pub fn create(target: &Path) -> Result<Self, WriteError> {
        let error = |reason: &str| WriteError { path: target.to_path_buf(), reason: reason.into() };
        if target.file_name().is_none() {
            return Err(error("name a folder of its own, `--out output/my-run` say"));
        }
        if target.exists() {
            if !target.is_dir() {
                return Err(error("there is a file of that name"));
            }
            let empty = fs::read_dir(target).map_err(at(target))?.next().is_none();
            if !empty && !target.join(MANIFEST).exists() {
                return Err(error(
                    "the folder holds other files and is no earlier run; nothing was changed. Choose another with `--out`",
                ));
            }
        }
        let parent = target.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(at(parent))?;
        let work = tempfile::Builder::new().prefix(".restock-").tempdir_in(parent).map_err(at(parent))?;
        Ok(RunFolder { work, target: target.to_path_buf() })
    }

    /// Where the files are while the folder is under construction: to be removed on Ctrl-C.
    #[must_use]
    pub fn work_path(&self) -> &Path {
        self.work.path()
    }

    /// Writes everything but the manifest.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn fill(&self, scenario: &Scenario, outcome: &Outcome, charts: bool) -> Result<(), WriteError> {
        let table = kpi_table(scenario, outcome);
        self.write("summary.json", json_text(&summary(scenario, outcome)).as_bytes())?;
        self.write("kpis.csv", table.to_text().as_bytes())?;
        self.write("events.csv", event_table(scenario, outcome).to_text().as_bytes())?;
        #[cfg(feature = "frame")]
        {
            use super::frame;
            self.frame("kpis.parquet", |out| frame::kpis(&table, out))?;
            self.frame("replications.parquet", |out| frame::replications(outcome, out))?;
            self.frame("daily.parquet", |out| frame::daily(scenario, outcome, out))?;
        }
        if charts {
            for (path, bytes) in chart_files(scenario, outcome)
                .map_err(|reason| WriteError { path: self.target.join("charts"), reason })?
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
            let path = self.target.join(name);
            move |reason| WriteError { path, reason }
        };
        self.write("report.html", report_html(material).map_err(failed("report.html"))?.as_bytes())?;
        self.write("finance.xlsx", &finance_xlsx(material).map_err(failed("finance.xlsx"))?)
    }

    /// Writes the manifest, and puts the folder in its place.
    ///
    /// # Errors
    ///
    /// If a file cannot be written or the folder not be moved; then the earlier run is still there.
    pub fn finish(self, manifest: &serde_json::Value) -> Result<PathBuf, WriteError> {
        self.write(MANIFEST, json_text(manifest).as_bytes())?;
        let target = self.target.clone();
        set_mode(self.work.path());
        let work = self.work.keep();
        let moved = if target.exists() {
            // Two renames: the earlier run is aside for a moment, never lost.
            let aside = work.with_extension("old");
            fs::rename(&target, &aside).and_then(|()| match fs::rename(&work, &target) {
                Ok(()) => {
                    let _ = fs::remove_dir_all(&aside);
                    Ok(())
                }
                Err(e) => fs::rename(&aside, &target).and(Err(e)),
            })
        } else {
            fs::rename(&work, &target)
        };
        if let Err(e) = moved {
            let _ = fs::remove_dir_all(&work);
            return Err(WriteError { path: target, reason: words::io(&e) });
        }
        Ok(target)
    }

    /// Writes one file; `name` may have folders of its own.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), WriteError> {
        // Where it will be, not where it is under construction: that folder is nobody's business.
        let shown = self.target.join(name);
        let path = self.work.path().join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(at(&shown))?;
        }
        fs::write(&path, bytes).map_err(at(&shown))
    }

    #[cfg(feature = "frame")]
    fn frame<E>(&self, name: &str, write: impl FnOnce(fs::File) -> Result<(), E>) -> Result<(), WriteError> {
        let path = self.target.join(name);
        let file = fs::File::create(self.work.path().join(name)).map_err(at(&path))?;
        write(file).map_err(|_| WriteError { path, reason: "the disk may be full".into() })
    }
}

/// A temporary folder is private; a run folder is as open as any other.
#[cfg(unix)]
fn set_mode(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o755));
}

#[cfg(not(unix))]
fn set_mode(_path: &Path) {}

fn json_text(value: &serde_json::Value) -> String {
    names::json(&serde_json::to_string_pretty(value).unwrap_or_default()) + "\n"
}

/// Files of every chart.
fn chart_files(scenario: &Scenario, outcome: &Outcome) -> Result<Vec<File>, String> {
    let charts = all_charts(scenario, outcome);
    let each = super::in_parallel(&charts, |(folder, spec)| {
        super::chart_files(&format!("charts/{folder}{}", spec.name), spec)
    });
    Ok(each.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
