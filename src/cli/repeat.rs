//! `restock run manifest.json`: a run is repeated from what its manifest records.

use super::run::Args;
use super::{Outcome, exit, print, read};
use crate::diag::words;
use crate::report::manifest::{Manifest, Recipe, Unread, digest};
use crate::scenario::{Loaded, Loader};
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
    let base = base(near, recipe);
    unchanged(recipe, &base)?;
    let scenario = base.join(&recipe.file);
    let folder = scenario.parent().unwrap_or(Path::new(""));
    let loader = Loader {
        overrides: recipe.overrides.clone(),
        allow_outside,
        recorded: recipe.files.iter().map(|f| (folder.join(&f.path), f.text.clone())).collect(),
        ..Loader::default()
    };
    Ok((read(&loader, &recipe.file, &scenario, json)?, scenario))
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

/// The folder from which the run was started: here, or the nearest one above the manifest in which all is found.
fn base(manifest: &Path, recipe: &Recipe) -> PathBuf {
    let all_there = |base: &Path| recipe.inputs.iter().all(|i| input(base, recipe, &i.path).is_file());
    let above = std::path::absolute(manifest).unwrap_or_default();
    let mut places = std::iter::once(Path::new("")).chain(above.ancestors().skip(1));
    places.find(|base| all_there(base)).unwrap_or(Path::new("")).to_path_buf()
}

fn input(base: &Path, recipe: &Recipe, path: &str) -> PathBuf {
    base.join(&recipe.file).parent().unwrap_or(Path::new("")).join(path)
}

/// Refuses where a data file is not as it was.
fn unchanged(recipe: &Recipe, base: &Path) -> Outcome {
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
            crate::names::path(&path),
            recipe.file
        );
        return Err(print::failed(exit::FAILED, &message));
    }
    Ok(())
}

fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
