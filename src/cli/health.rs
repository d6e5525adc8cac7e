//! The page of `restock describe --report`: what was read of a sales file, left out, changed and is to be checked.

use super::folder::FolderArgs;
use super::{Outcome, exit, files, print};
use crate::data::Sales;
use crate::report::document::{health_html, is_health_html};
use crate::task::{self, Found};
use std::io::Read;
use std::path::Path;

/// Writes the page, in the place of an earlier one or of nothing.
pub(super) fn write(path: &Path, force: &FolderArgs, sales: &Sales, found: &Found, file: &str) -> Outcome {
    let health = task::health(sales, found, file);
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
