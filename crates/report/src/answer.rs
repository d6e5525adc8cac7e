//! The answer to a question, whatever it was: what is printed, what is drawn, and what is written.

use super::chart::{ChartSpec, Csv};
use super::folder::{RunFolder, WriteError, Written};
use super::manifest::Manifest;
use super::{File, chart_files, in_parallel};
use restock_base::diag::Error;
use serde_json::Value;

/// An answer, complete but for the run that it is of. Pure data: it is printed and written by whoever asked.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The finding, in a sentence or a few: what the terminal shows first and `answer.json` begins with.
    pub verdict: String,
    /// What the terminal shows: a table and what is to be known of it, wrapped to the terminal's width.
    pub text: String,
    /// The whole answer for machines.
    pub json: Value,
    /// Tables by file name, with its ending.
    pub tables: Vec<(String, Csv)>,
    /// Charts; those with nothing to draw are left out.
    pub charts: Vec<ChartSpec>,
}

impl Answer {
    /// Writes the answer into a folder that was begun: `answer.json`, the tables, and the charts in `charts/`.
    ///
    /// # Errors
    ///
    /// If something cannot be drawn or written.
    pub fn write(&self, folder: RunFolder, manifest: Manifest, draws: bool) -> Result<Written, WriteError> {
        let text = restock_base::names::json(&format!("{:#}", self.json)) + "\n";
        folder.write("answer.json", text.as_bytes())?;
        for (name, table) in &self.tables {
            folder.write(name, table.to_text().as_bytes())?;
        }
        if draws {
            let files = in_parallel(&self.charts, |spec| chart_files(&format!("charts/{}", spec.name), spec));
            let files: Result<Vec<Vec<File>>, Error> = files.into_iter().collect();
            let files = files.map_err(|e| WriteError { path: "charts".into(), reason: e.to_string() })?;
            for (name, bytes) in files.into_iter().flatten() {
                folder.write(&name, &bytes)?;
            }
        }
        folder.finish(manifest)
    }

    /// Marks every chart with what made it, such as the run and its seed: the line at its foot.
    #[must_use]
    pub fn signed(mut self, by: &str) -> Self {
        for chart in &mut self.charts {
            let own = std::mem::take(&mut chart.footer);
            chart.footer = if own.is_empty() { by.to_owned() } else { format!("{by} · {own}") };
        }
        self
    }
}
