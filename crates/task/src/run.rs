//! The files of a run.

use restock_kernel::study::Outcome;
use restock_report::manifest::Manifest;
use restock_report::{RunFolder, WriteError, Written};
use restock_scenario::Loaded;
use std::ops::ControlFlow;

/// What is written of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// So many of so many charts are drawn.
    Charts(usize, usize),
    /// The page and the workbook are written.
    Documents,
}

/// Writes all files of a run but the rows of its replications, and puts the folder in its place. `heard` is told from all threads what is written, and
/// says whether to go on.
///
/// # Errors
///
/// If a file cannot be written, or the folder not be moved; then what was there is still there.
pub fn write(
    (loaded, outcome): (&Loaded, &Outcome),
    (folder, manifest): (RunFolder, Manifest),
    pictures: bool,
    heard: &(dyn Fn(Stage) -> ControlFlow<()> + Sync),
) -> Result<Written, WriteError> {
    let scenario = &loaded.runnable.scenario;
    folder.fill(scenario, outcome, pictures, &|done, all| heard(Stage::Charts(done, all)))?;
    #[cfg(feature = "documents")]
    if pictures {
        let _ = heard(Stage::Documents);
        let Loaded { sources, assumptions, health, .. } = loaded;
        folder.documents(&restock_report::document::Material { scenario, outcome, sources, assumptions, health })?;
    }
    folder.finish(manifest)
}
