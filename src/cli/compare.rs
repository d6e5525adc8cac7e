//! `restock compare`.

use super::progress::Job;
use super::question::{Asked, Common, Output, failed};
use super::{Outcome, Reading, exit, folder, print, run, threads};
use crate::decide::{Days, Group};
use crate::diag::{Diagnostics, words};
use crate::model::Experiment;
use crate::names;
use crate::report::manifest::{MANIFEST, Manifest, Recipe, Unread, digest, identity};
use crate::report::{self, Answer, GROUPS, Side, folder_name, read_groups};
use crate::scenario::{Document, Variant};
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Run folders (or their manifest.json) and scenario files; the others are compared with the first
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<PathBuf>,
    /// A variant of the one scenario file: `--with 'dear parcels: supply.*.location.*.delivery.per-order=7; finance.cost-of-capital=20%'`
    #[arg(long, value_name = "NAME: KEY=VALUE; ..", value_parser = group)]
    with: Vec<Group>,
    #[command(flatten)]
    reading: Reading,
    /// Replications of each scenario file [default: those of the scenario, 1,000 at most]
    #[arg(long, short = 'n', value_name = "N")]
    replications: Option<u64>,
    /// Seed of each scenario file, instead of its own
    #[arg(long)]
    seed: Option<u64>,
    #[command(flatten)]
    output: Output,
}

/// Something that is compared.
enum Thing {
    /// A finished run: its folder.
    Folder(PathBuf),
    /// A scenario file, which is run.
    File(PathBuf),
}

pub(super) fn run(args: &Args) -> Outcome {
    let things: Vec<Thing> = args.runs.iter().map(|path| thing(path)).collect();
    fits(args, &things)?;
    let threads = threads::settle(args.output.threads)?;
    let started = run::now();
    let mut sides: Vec<(Side, String)> = Vec::new();
    let job = Job::begin(
        vec![super::progress::Step { doing: "comparing", what: "runs", guess: super::progress::Guess::Unknown }],
        args.output.quiet,
    );
    let all = (things.len() + args.with.len()) as u64;
    for thing in &things {
        match thing {
            Thing::Folder(path) => sides.push(job.print(|| finished(path))?),
            Thing::File(path) => {
                let asked = job.print(|| asked(args, path))?;
                let name = path.file_stem().map_or_else(String::new, |s| names::path(Path::new(s)));
                sides.push(ran(&asked, &asked.subject.base, name, &job)?);
                for group in &args.with {
                    let lay = |variant: Variant, change: &String| variant.set(change);
                    let laid = group.changes.iter().try_fold(asked.subject.base.clone(), lay);
                    let variant = laid.map_err(|mut problems| {
                        if let Some(source) = problems.sources.last_mut() {
                            source.name = "--with".into();
                        }
                        job.print(|| asked.refuse(&problems.into()))
                    })?;
                    sides.push(ran(&asked, &variant, group.name.clone(), &job)?);
                    job.at(0, sides.len() as u64, all);
                }
            }
        }
        job.at(0, sides.len() as u64, all);
    }
    let (sides, hashes): (Vec<Side>, Vec<String>) = sides.into_iter().unzip();
    let sides = named(sides);
    let answer = report::compare(&sides, print::width()).map_err(|e| job.print(|| failed(&e, args.output.json)))?;
    let mut parts = vec!["compare"];
    parts.extend(hashes.iter().map(String::as_str));
    finish(args, (&sides, &identity(&parts), &hashes), answer, (job, threads, &started))
}

fn group(text: &str) -> Result<Group, String> {
    text.parse::<Group>().map_err(|e| e.to_string())
}

fn thing(path: &Path) -> Thing {
    if path.is_dir() {
        Thing::Folder(path.into())
    } else if path.file_name().is_some_and(|name| name == MANIFEST) {
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
        Thing::Folder(folder.unwrap_or(Path::new(".")).into())
    } else {
        Thing::File(path.into())
    }
}

/// Refuses command lines that compare nothing, or say what cannot be done.
fn fits(args: &Args, things: &[Thing]) -> Outcome {
    let wrong = |message: &str| Err(print::failed(exit::USAGE, message));
    let files = things.iter().filter(|t| matches!(t, Thing::File(_))).count();
    let shown = names::path(&args.runs[0]);
    if let ([one], true) = (things, args.with.is_empty()) {
        return match one {
            Thing::File(_) => wrong(&format!(
                "`{shown}` alone is compared with nothing\nhelp: name another run or scenario file, or a variant of this one: `restock compare {shown} --with 'less demand: demand.mean-per-day=40'`"
            )),
            Thing::Folder(_) => wrong(&format!(
                "`{shown}` alone is compared with nothing\nhelp: name another run folder or a scenario file: `restock compare {shown} output/other-run`"
            )),
        };
    }
    if !args.with.is_empty() && (things.len() > 1 || files == 0) {
        return wrong(
            "`--with` makes variants of one scenario file\nhelp: name that file alone, or leave `--with` out",
        );
    }
    let set =
        [(!args.reading.set.is_empty(), "--set"), (args.seed.is_some(), "--seed"), (args.replications.is_some(), "-n")];
    if let (0, Some((_, flag))) = (files, set.iter().find(|(given, _)| *given)) {
        return wrong(&format!(
            "finished runs are compared as they are, without `{flag}`\nhelp: leave it out, or name scenario files"
        ));
    }
    for (i, group) in args.with.iter().enumerate() {
        if args.with[..i].iter().any(|g| g.name == group.name) {
            return wrong(&format!("two variants are called `{}`\nhelp: give each a name of its own", group.name));
        }
    }
    Ok(())
}

/// Reads a scenario file to be run.
fn asked(args: &Args, path: &Path) -> Result<Asked, u8> {
    let common = Common {
        scenario: path.into(),
        reading: args.reading.clone(),
        replications: args.replications,
        seed: args.seed,
        output: args.output.clone(),
    };
    Asked::begin("compare", &common, Vec::new())
}

/// Runs a variant. Its replications and seed are those of the file, unless it changes them itself.
fn ran(asked: &Asked, variant: &Variant, name: String, job: &Job) -> Result<(Side, String), u8> {
    let refuse = |problems: Diagnostics| job.print(|| asked.refuse(&problems.into()));
    let warned = variant.load().map_err(refuse)?;
    // Two sides that have not the same products are told, since the differences hold that, too.
    if warned.value.runnable.scenario.origin.left_out != asked.scenario().origin.left_out {
        job.print(|| {
            print::note(&format!("{name} has other rows of the catalogue than the file:"));
            print::problems(&warned.warnings);
        });
    }
    let loaded = warned.value;
    let scenario = &loaded.runnable.scenario;
    let own = &loaded.runnable.experiment;
    let experiment = Experiment {
        seed: own.seed,
        replications: own.replications.min(asked.experiment().replications),
        ..*asked.experiment()
    };
    let cell = asked.subject.lab.run(scenario, &experiment, Days::AsTheyCome);
    let cell = cell.map_err(|e| job.print(|| failed(&e, false)))?;
    let mut side = Side::ran(name, scenario, &experiment, &cell);
    side.values = values(&loaded.resolved);
    for path in &loaded.inputs {
        let unread = |e: std::io::Error| {
            job.print(|| print::failed(exit::IO, &format!("`{}` cannot be read: {}", names::path(path), words::io(&e))))
        };
        side.inputs.push((names::path(path), digest(path).map_err(unread)?.1));
    }
    let hash = identity(&[&loaded.resolved, &experiment.replications.to_string()]);
    Ok((side, hash))
}

/// Every single value of a scenario that was resolved before.
fn values(resolved: &str) -> Vec<(String, String)> {
    let document = Document::from_text("resolved", resolved, Path::new(""));
    let values = document.map(|d| d.unchanged().values()).unwrap_or_default();
    values.into_iter().map(|(key, value)| (key.to_string(), value)).collect()
}

/// Reads a finished run.
fn finished(folder: &Path) -> Result<(Side, String), u8> {
    let shown = names::path(folder);
    let wrong = |code: u8, why: &str| print::failed(code, &format!("`{shown}` {why}"));
    let remedy = "name the folder of a `restock run`, or a scenario file";
    let text = std::fs::read(folder.join(MANIFEST)).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => {
            wrong(exit::INVALID, &format!("is no run folder: it has no `{MANIFEST}`; {remedy}"))
        }
        _ => wrong(exit::IO, &format!("cannot be read: {}", words::io(&e))),
    })?;
    let manifest = Manifest::parse(&text).map_err(|unread| {
        let why = match unread {
            Unread::Foreign => "holds no manifest of Restock",
            Unread::OtherFormat => "holds a manifest of another version of Restock, which this one does not read",
        };
        wrong(exit::INVALID, &format!("{why}; {remedy}"))
    })?;
    let recipe = manifest.recipe().filter(|_| manifest.command == "run");
    let recipe =
        recipe.ok_or_else(|| wrong(exit::INVALID, &format!("is of `restock {}`; {remedy}", manifest.command)))?;
    if manifest.version != env!("CARGO_PKG_VERSION") {
        print::note(&format!(
            "note: `{shown}` is of Restock {}, this is {}",
            manifest.version,
            env!("CARGO_PKG_VERSION")
        ));
    }
    let kpis = listed(folder, &manifest, "kpis.csv")?;
    let kpis = kpis.ok_or_else(|| {
        wrong(exit::INVALID, &format!("lists no `kpis.csv`; run it anew: `restock run {}`", recipe.file))
    })?;
    let groups = listed(folder, &manifest, GROUPS)?.and_then(|text| read_groups(&text)).unwrap_or_default();
    let models = Side::models_of_tables(&kpis, &groups).filter(|models| !models.is_empty());
    let models =
        models.ok_or_else(|| wrong(exit::INVALID, "has a `kpis.csv` that this version does not read; run it anew"))?;
    let side = side(folder, &manifest, &recipe, models);
    let side =
        side.ok_or_else(|| wrong(exit::INVALID, "has a manifest without seed or replications: it was edited"))?;
    Ok((side, manifest.run.clone()))
}

fn side(folder: &Path, manifest: &Manifest, recipe: &Recipe, models: Vec<report::SideModel>) -> Option<Side> {
    let told = |key: &str| manifest.details.get(key).and_then(serde_json::Value::as_u64);
    let values = values(&recipe.resolved);
    let currency =
        values.iter().find(|(key, _)| key == "currency").map_or("USD", |(_, v)| v.trim_matches('"')).to_owned();
    let absolute = std::path::absolute(folder).unwrap_or_else(|_| folder.into());
    Some(Side {
        name: absolute.file_name().map_or_else(String::new, |n| names::path(Path::new(n))),
        seed: told("seed")?,
        replications: u32::try_from(told("replications")?).ok()?,
        currency,
        inputs: recipe.inputs.iter().map(|i| (i.path.clone(), i.sha256.clone())).collect(),
        values,
        models,
    })
}

/// The text of a file that the manifest lists; absent if it lists none. Refused if it was changed since.
fn listed(folder: &Path, manifest: &Manifest, name: &str) -> Result<Option<String>, u8> {
    let Some(output) = manifest.outputs.iter().find(|o| o.path == name) else { return Ok(None) };
    let path = folder.join(name);
    let shown = names::path(&path);
    let unread = |e: std::io::Error| print::failed(exit::IO, &format!("`{shown}` cannot be read: {}", words::io(&e)));
    if digest(&path).map_err(unread)?.1 != output.sha256 {
        let message = format!("`{shown}` was changed since the run; run it anew, or put the file back as it was");
        return Err(print::failed(exit::INVALID, &message));
    }
    std::fs::read_to_string(&path).map(Some).map_err(unread)
}

/// Names that tell the runs apart.
fn named(mut sides: Vec<Side>) -> Vec<Side> {
    for i in 1..sides.len() {
        let name = sides[i].name.clone();
        let taken = |name: &str, sides: &[Side]| sides[..i].iter().any(|s| s.name == name);
        let mut n = 2;
        while taken(&sides[i].name, &sides) {
            sides[i].name = format!("{name} ({n})");
            n += 1;
        }
    }
    sides
}

/// Prints the answer, and writes it into its folder.
fn finish(
    args: &Args,
    (sides, hash, hashes): (&[Side], &str, &[String]),
    answer: Answer,
    (job, threads, started): (Job, usize, &str),
) -> Outcome {
    let output = &args.output;
    let answer = answer.signed(&format!("comparison {}", hash.get(..8).unwrap_or(hash)));
    output.finish(&answer, (job, threads), || {
        let usual = || {
            let others: Vec<String> = sides.iter().skip(1).map(|s| s.name.clone()).collect();
            let first = names::file_slug(&sides[0].name);
            PathBuf::from("output").join(folder_name(&format!("{first}-compare"), &others))
        };
        let target = output.out.clone().unwrap_or_else(usual);
        let folder = folder::begin(&target, &output.writing, None)?;
        let of = |(s, hash): (&Side, &String)| serde_json::json!({ "name": s.name, "hash": hash, "seed": s.seed, "replications": s.replications });
        let runs: Vec<serde_json::Value> = sides.iter().zip(hashes).map(of).collect();
        let mut details = serde_json::Map::new();
        details.insert("runs".into(), runs.into());
        details.insert("threads".into(), threads.into());
        details.insert("started".into(), started.into());
        Ok((folder, Manifest::new("compare", hash, details)))
    })
}
