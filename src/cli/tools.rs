//! The smaller commands: check, init, explain, verify.

use super::{Outcome, Reading, exit, load, print, threads};
use crate::calendar::Day;
use crate::diag::{Code, did_you_mean, words};
use crate::names;
use crate::report::format::counted;
use crate::report::manifest::{MANIFEST, Manifest};
use crate::report::opening::{self, Files};
use crate::scenario::read_position;
use comfy_table::{Cell, CellAlignment};
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Scenario files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reading: Reading,
    /// Problems as JSON on standard output
    #[arg(long)]
    json: bool,
}

pub(super) fn check(args: &CheckArgs) -> Outcome {
    threads::settle(0)?;
    let mut worst = Ok(());
    for file in &args.files {
        match load(file, &args.reading, &[], args.json) {
            Ok(loaded) => {
                let s = &loaded.runnable.scenario;
                if !args.json {
                    print::out(&format!(
                        "{}: fine ({}, {}, {})\n",
                        names::path(file),
                        counted(s.products.len(), "product"),
                        counted(s.models.len(), "supply model"),
                        counted(s.horizon.days as usize, "day")
                    ))?;
                    for fact in crate::report::facts(s) {
                        print::out(&format!("  {fact}\n"))?;
                    }
                }
            }
            Err(code) => worst = Err(code),
        }
    }
    worst
}

#[derive(Debug, clap::Args)]
pub(super) struct InitArgs {
    /// Name of the new scenario: writes NAME.toml
    #[arg(default_value = "my-scenario")]
    name: String,
    /// Begin with what files tell: stock, and where there are any open orders and waiting customers (columns as in `position`)
    #[arg(long, value_name = "FILE", num_args = 1..=3)]
    from_position: Vec<PathBuf>,
    /// The day of whose morning they tell [default: today]
    #[arg(long, value_name = "DATE", requires = "from_position", value_parser = a_date)]
    on: Option<jiff::civil::Date>,
}

const STARTER: &str = include_str!("starter.toml");

pub(super) fn init(args: &InitArgs) -> Outcome {
    let path = if args.name.ends_with(".toml") {
        PathBuf::from(&args.name)
    } else {
        PathBuf::from(format!("{}.toml", args.name))
    };
    let shown = names::path(&path);
    let title = path.file_stem().unwrap_or_default().to_string_lossy().replace(['-', '_'], " ").replace('"', "");
    let title = names::clean(&title).unwrap_or(title);
    let text = match args.from_position.split_first() {
        None => STARTER.replace("{{name}}", &title.replace('\\', "")),
        Some(files) => from_position(files, args.on, &title, path.parent().unwrap_or(Path::new("")))?,
    };
    let file = std::fs::File::create_new(&path).and_then(|mut f| std::io::Write::write_all(&mut f, text.as_bytes()));
    match file {
        Ok(()) => {
            print::note(&format!("wrote {shown}; now edit it, and `restock run {shown}`"));
            Ok(())
        }
        Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
            Err(print::failed(exit::IO, &format!("`{shown}` is there already and was left alone; choose another name")))
        }
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Err(print::failed(
            exit::IO,
            &format!("cannot write `{shown}`: its folder is not there; make it first, or choose another"),
        )),
        Err(e) => Err(print::failed(exit::IO, &format!("cannot write `{shown}`: {}", words::io(&e)))),
    }
}

fn a_date(text: &str) -> Result<jiff::civil::Date, &'static str> {
    text.parse().map_err(|_| "write a date such as 2026-07-01")
}

/// The scenario that begins with what these files tell.
fn from_position(
    (stock, more): (&PathBuf, &[PathBuf]),
    on: Option<jiff::civil::Date>,
    title: &str,
    folder: &Path,
) -> Result<String, u8> {
    let (order, backorder) = (more.first(), more.get(1));
    let failed = |problems: crate::diag::Diagnostics| {
        print::problems(&problems);
        exit::INVALID
    };
    let position =
        read_position(stock, order.map(PathBuf::as_path), backorder.map(PathBuf::as_path)).map_err(failed)?;
    let start = Day::from_date(on.unwrap_or_else(super::run::today));
    // Files are named from where the scenario is.
    let name = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_string_lossy().into_owned();
    let (stock, order, backorder) = (name(stock), order.map(|p| name(p)), backorder.map(|p| name(p)));
    let files = Files { stock: &stock, order: order.as_deref(), backorder: backorder.as_deref() };
    opening::scenario(title, start, &files, &position).map_err(failed)
}

pub(super) fn explain(code: Option<&str>) -> Outcome {
    let Some(name) = code else {
        let lines: String = Code::ALL.iter().map(|c| format!("{}  {}\n", c.name(), c.title())).collect();
        return print::out(&lines);
    };
    match Code::from_name(name) {
        Some(c) => print::out(&format!("{}: {}\n\n{}\n", c.name(), c.title(), c.explanation())),
        None if runs(name).next().is_some() => {
            let found: String = runs(name).map(|(folder, m)| told(&folder, &m)).collect();
            print::out(&found)
        }
        None => {
            let near = did_you_mean(name, Code::ALL.iter().map(|c| c.name()))
                .map(|n| format!("; did you mean {n}?"))
                .unwrap_or_default();
            Err(print::failed(
                exit::USAGE,
                &format!(
                    "there is no code `{name}`{near}, and no run of that hash in `output`; `restock explain` lists the codes"
                ),
            ))
        }
    }
}

/// Runs in `output` whose hash begins with these digits, of which four are enough.
fn runs(digits: &str) -> impl Iterator<Item = (PathBuf, Manifest)> {
    let digits = digits.to_lowercase();
    let enough = digits.len() >= 4 && digits.chars().all(|c| c.is_ascii_hexdigit());
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir("output").into_iter().flatten().flatten().map(|e| e.path()).collect();
    folders.sort();
    folders.into_iter().filter(move |_| enough).filter_map(move |folder| {
        let manifest = Manifest::parse(&std::fs::read(folder.join(MANIFEST)).ok()?).ok()?;
        manifest.run.starts_with(&digits).then_some((folder, manifest))
    })
}

/// Which run it is, and how to make it again.
fn told(folder: &Path, m: &Manifest) -> String {
    let mut out = format!("{}: `restock {}` by Restock {}, run {}\n", names::path(folder), m.command, m.version, m.run);
    let mut line = |name: &str, value: &str| out += &format!("  {name:13}{value}\n");
    if let Some(recipe) = m.recipe() {
        line("scenario", &format!("{} ({})", recipe.scenario, recipe.file));
        recipe.overrides.iter().for_each(|o| line("with", o));
        line("again", &format!("restock run {}", names::path(&folder.join(MANIFEST))));
    }
    for key in ["sales", "method", "seed", "replications", "started"] {
        match m.details.get(key) {
            Some(serde_json::Value::String(text)) => line(key, text),
            Some(value) => line(key, &value.to_string()),
            None => {}
        }
    }
    out
}

pub(super) fn verify(replications: Option<u32>) -> Outcome {
    threads::settle(0)?;
    let mut table = crate::report::text::grid(140);
    table.set_header(["case", "value", "exact", "found", "std. error", "deviation", ""]);
    let (mut held, mut total, mut section) = (0, 0, "");
    for case in crate::verify::cases() {
        if case.section != section {
            section = case.section;
            print::note(&format!("{section} .."));
        }
        for (i, f) in case.run(replications).into_iter().enumerate() {
            total += 1;
            held += u32::from(f.holds());
            let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
            let label = if i == 0 { format!("{}\n[{}]", case.name, case.source) } else { String::new() };
            table.add_row([
                Cell::new(label),
                Cell::new(f.what),
                right(significant(f.exact)),
                right(significant(f.found)),
                right(format!("{:.1e}", f.standard_error)),
                right(format!("{:.1} se", f.standard_errors())),
                Cell::new(if f.holds() { "ok" } else { "DEVIATES" }),
            ]);
        }
    }
    let mut text = format!("{table}\n\n");
    let _ = writeln!(
        text,
        "{held} of {total} values lie within 4 standard errors of the exact ones, beyond the discretisation stated with each case in src/verify."
    );
    print::out(&text)?;
    if held == total { Ok(()) } else { Err(exit::FAILED) }
}

/// Six significant digits.
fn significant(v: f64) -> String {
    if v == 0.0 || !v.is_finite() {
        return format!("{v}");
    }
    let decimals = (5 - v.abs().log10().floor() as i32).clamp(0, 9) as usize;
    format!("{v:.decimals$}")
}
