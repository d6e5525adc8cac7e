//! What a run leaves in its folder while it goes on: the rows of its replications.

use super::{RunFolder, WriteError};
#[cfg(feature = "frame")]
use crate::frame::Replications;
use restock_kernel::model::Scenario;
use restock_kernel::study::Recorder;
#[cfg(feature = "frame")]
use restock_kernel::study::Rows;
#[cfg(feature = "frame")]
use std::io;

#[cfg(feature = "frame")]
const ROWS: &str = "replications.parquet";

/// Writes rows into a run folder that is under construction.
pub struct Recording<'a> {
    #[cfg_attr(not(feature = "frame"), expect(dead_code, reason = "there is nothing to write"))]
    folder: &'a RunFolder,
    #[cfg(feature = "frame")]
    rows: Replications<'a, io::BufWriter<std::fs::File>>,
}

impl<'a> Recording<'a> {
    /// Begins the files of a run of the scenario.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    #[cfg_attr(not(feature = "frame"), expect(unused_variables, reason = "there is nothing to write"))]
    pub fn begin(folder: &'a RunFolder, scenario: &'a Scenario) -> Result<Self, WriteError> {
        Ok(Recording {
            folder,
            #[cfg(feature = "frame")]
            rows: Replications::new(scenario, io::BufWriter::new(folder.open(ROWS)?))
                .map_err(|e| unwritten(folder, &e))?,
        })
    }

    /// Ends the files.
    ///
    /// # Errors
    ///
    /// If a file cannot be written.
    pub fn finish(self) -> Result<(), WriteError> {
        #[cfg(feature = "frame")]
        {
            self.rows.finish().map_err(|e| unwritten(self.folder, &e))?;
            self.folder.close(ROWS)?;
        }
        Ok(())
    }
}

#[cfg(feature = "frame")]
fn unwritten(folder: &RunFolder, why: &impl ToString) -> WriteError {
    WriteError { path: folder.named.join(ROWS), reason: why.to_string() }
}

impl Recorder for Recording<'_> {
    #[cfg(feature = "frame")]
    fn rows(&mut self, rows: &Rows) -> io::Result<()> {
        self.rows.add(rows).map_err(|e| io::Error::other(e.to_string()))
    }
}
