//! A run made again from what was recorded of it: with the scenario files as they were, and data files that are held against their hashes.

use restock_base::diag::{Error, Warned, words};
use restock_base::names;
use restock_report::manifest::{Recipe, digest};
use restock_scenario::{Loaded, Loader};
use std::path::{Path, PathBuf};

/// The folder from which the run was started: here, or the nearest one above the file `near` in which all data files are found.
#[must_use]
pub fn started_in(near: &Path, recipe: &Recipe) -> PathBuf {
    let all_there = |base: &Path| recipe.inputs.iter().all(|i| input(base, recipe, &i.path).is_file());
    let above = std::path::absolute(near).unwrap_or_default();
    let mut places = std::iter::once(Path::new("")).chain(above.ancestors().skip(1));
    places.find(|base| all_there(base)).unwrap_or(Path::new("")).to_path_buf()
}

/// Loads what a recipe was made from, as it was, with `base` as the folder from which the run was started.
///
/// # Errors
///
/// If a data file is not there or is not as it was (`changed`), or the scenario cannot be read.
pub fn recorded(recipe: &Recipe, base: &Path, allow_outside: bool) -> Result<Warned<Loaded>, Error> {
    unchanged(recipe, base)?;
    let scenario = base.join(&recipe.file);
    let folder = scenario.parent().unwrap_or(Path::new(""));
    let loader = Loader {
        overrides: recipe.overrides.clone(),
        allow_outside,
        recorded: recipe.files.iter().map(|f| (folder.join(&f.path), f.text.clone())).collect(),
        ..Loader::default()
    };
    Ok(loader.load_as(&recipe.file, &scenario)?)
}

fn input(base: &Path, recipe: &Recipe, path: &str) -> PathBuf {
    base.join(&recipe.file).parent().unwrap_or(Path::new("")).join(path)
}

/// Refuses where a data file is not as it was.
fn unchanged(recipe: &Recipe, base: &Path) -> Result<(), Error> {
    for i in &recipe.inputs {
        let path = input(base, recipe, &i.path);
        let why = match digest(&path) {
            Ok((_, now)) if now == i.sha256 => continue,
            Ok((_, now)) => {
                format!("was changed since the run: its SHA-256 was {} and is {}", short(&i.sha256), short(&now))
            }
            Err(e) => format!("is needed to repeat the run and cannot be read: {}", words::io(&e)),
        };
        let message = format!(
            "`{}` {why}; nothing was run. Put the file back as it was, or run the scenario anew: `restock run {}`",
            names::path(&path),
            recipe.file
        );
        return Err(Error::new("changed", message));
    }
    Ok(())
}

fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
