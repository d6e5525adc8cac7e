//! `restock run manifest.json`: a run is repeated from what its manifest records.

use super::question::refuse;
use super::run::Args;
use super::{Outcome, exit, print};
use crate::diag::words;
use crate::report::manifest::{Manifest, Recipe, Unread};
use crate::scenario::Loaded;
use crate::task::{self, started_in};
use std::path::{Path, PathBuf};

/// What a manifest asks for.
pub(super) struct Repeat {
    pub loaded: Loaded,
    pub recipe: Recipe,
    /// Charts and documents were written.
    pub pictures: bool,
    /// The manifest's folder, if it is the folder of the run.
    pub folder: Option<PathBuf>,
}

/// Reads a manifest and the data files that it names; refuses what would not repeat the run.
pub(super) fn repeat(args: &Args) -> Result<Repeat, u8> {
    let path = &args.scenario;
    let shown = crate::names::path(path);
    let wrong = |code: u8, why: &str| print::failed(code, &format!("`{shown}` {why}"));
    let text = std::fs::read(path).map_err(|e| wrong(exit::IO, &format!("cannot be read: {}", words::io(&e))))?;
    let manifest = Manifest::parse(&text).map_err(|unread| {
        let why = match unread {
            Unread::Foreign => "is no manifest of Restock",
            Unread::OtherFormat => "is a manifest of another version of Restock, which this one does not read",
        };
        wrong(exit::INVALID, &format!("{why}; name a scenario file, or the `manifest.json` of a run folder"))
    })?;
    let recipe = manifest.recipe().filter(|_| manifest.command == "run").ok_or_else(|| {
        wrong(
            exit::INVALID,
            &format!("is of `restock {}`; only runs are repeated from their manifest", manifest.command),
        )
    })?;
    plain(args)?;
    if manifest.version != env!("CARGO_PKG_VERSION") {
        let why = format!(
            "is of Restock {}, this is {}: results may differ, nothing was run. Use that version, or run the scenario anew: `restock run {}`",
            manifest.version,
            env!("CARGO_PKG_VERSION"),
            recipe.file
        );
        return Err(wrong(exit::FAILED, &why));
    }
    let (loaded, scenario) = recorded(&recipe, path, args.reading.allow_outside, args.json)?;
    let again = Recipe::of(&loaded, &recipe.file, &scenario, recipe.own_policies_only);
    let again =
        again.map_err(|e| wrong(exit::IO, &format!("names a data file that cannot be read: {}", words::io(&e))))?;
    let told = |key: &str| manifest.details.get(key).and_then(serde_json::Value::as_u64);
    let ours = &loaded.runnable.experiment;
    // A stopping rule may have needed fewer replications.
    let enough =
        |n: u64| n == u64::from(ours.replications) || ours.precision.is_some() && n < u64::from(ours.replications);
    let edited = told("seed") != Some(ours.seed) || !told("replications").is_some_and(enough);
    if edited || again.run() != manifest.run {
        let why = format!(
            "does not make the run {} that it names: it was edited. Nothing was run; run the scenario itself: `restock run {}`",
            manifest.run.get(..8).unwrap_or(&manifest.run),
            recipe.file
        );
        return Err(wrong(exit::FAILED, &why));
    }
    if let Ok(now) = std::fs::read_to_string(&scenario)
        && recipe.files.first().is_some_and(|f| f.text != now.trim_start_matches('\u{feff}'))
    {
        print::note(&format!(
            "note: `{}` was changed since; the run is repeated as it was",
            crate::names::path(&scenario)
        ));
    }
    let home = path.parent().unwrap_or(Path::new(""));
    let lives = manifest.outputs.iter().any(|o| home.join(&o.path).exists());
    let drawn = |o: &crate::report::manifest::Output| o.path == "report.html" || o.path.starts_with("charts/");
    Ok(Repeat {
        loaded,
        pictures: manifest.outputs.iter().any(drawn),
        folder: (lives && path.file_name().is_some_and(|n| n == "manifest.json")).then(|| home.to_path_buf()),
        recipe,
    })
}

/// Loads what a recipe that stands in the file `near` was made from, as it was; with the path of its scenario.
pub(super) fn recorded(recipe: &Recipe, near: &Path, allow_outside: bool, json: bool) -> Result<(Loaded, PathBuf), u8> {
    let base = started_in(near, recipe);
    let again = task::recorded(recipe, &base, allow_outside).map_err(|e| refuse(&e, &recipe.file, json))?;
    print::problems(&again.warnings);
    Ok((again.value, base.join(&recipe.file)))
}

/// A repeated run has no options of its own.
fn plain(args: &Args) -> Outcome {
    let given = [
        (!args.reading.set.is_empty(), "--set"),
        (args.seed.is_some(), "--seed"),
        (args.replications.is_some(), "-n"),
        (args.own_policies_only, "--own-policies-only"),
    ];
    match given.iter().find(|(given, _)| *given) {
        Some((_, flag)) => Err(print::failed(
            exit::USAGE,
            &format!("a manifest is repeated as it is, without `{flag}`; name the scenario file to run something else"),
        )),
        None => Ok(()),
    }
}
