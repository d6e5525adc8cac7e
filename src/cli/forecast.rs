//! `restock forecast`.

use super::estimate::{self, Sample};
use super::folder::{self, FolderArgs};
use super::progress::{Guess, Job, Step};
use super::sales::{NUMBER, Read, SalesArgs, SuspectedArgs};
use super::{Outcome, exit, print, threads};
use crate::data::{Sales, Size};
use crate::forecast::backtest::Spec;
use crate::forecast::outlook::{Draws, Spread};
use crate::forecast::totals::{ITEMS, record};
use crate::forecast::{Item, Panel, default_method};
use crate::names;
use crate::report::manifest::{Manifest, identity};
use crate::report::outlook::{self, Material};
use crate::report::{RunFolder, WriteError, Written, chart_files, folder_name, format, occasions, replay, slug};
use crate::scenario::raw::SuspectedStockOuts;
use std::ops::ControlFlow;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    sales: SalesArgs,
    /// Periods ahead [default: 28 days, 13 weeks or 6 months]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000))]
    horizon: Option<u16>,
    /// Totals of so many periods besides, lead times, say: `60,90,120` [horizon: the longest]
    #[arg(long, value_name = "PERIODS", value_delimiter = ',', conflicts_with = "horizon",
          value_parser = clap::value_parser!(u16).range(1..=1000))]
    totals: Vec<u16>,
    /// Method [default: `combination`]
    #[arg(long, value_name = "NAME")]
    method: Option<String>,
    /// Sample paths an item
    #[arg(long, default_value_t = PATHS, value_parser = clap::value_parser!(u32).range(20..=100_000))]
    paths: u32,
    #[arg(long, default_value_t = SEED)]
    seed: u64,
    /// An item without sales, forecast by those like it: `Lamp` or `Lamp,category=Lighting,price=39`; several times for several
    #[arg(long = "new", value_name = "ITEM", value_parser = new_item)]
    new: Vec<Item>,
    /// An item that took the place of another, whose sales it inherits: `OLD=NEW`; several times for several
    #[arg(long = "replaces", value_name = "OLD=NEW", value_parser = successor)]
    replaces: Vec<(String, String)>,
    /// Do not forecast the past to say how good the method was
    #[arg(long)]
    no_record: bool,
    /// Show and chart this item, several times for several [default: those of which most is expected]
    #[arg(long = "only", value_name = "ITEM")]
    only: Vec<String>,
    /// Items charted, and listed in the table
    #[arg(long, default_value_t = SHOWN, value_name = "N")]
    show: usize,
    #[command(flatten)]
    suspected: SuspectedArgs,
    /// Folder of the results [default: output/<name of the file>-forecast, with @<what was set> if something was]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    #[command(flatten)]
    writing: FolderArgs,
    /// Write every path to paths.parquet
    #[arg(long)]
    save_paths: bool,
    /// Threads [default: one a core]
    #[arg(long, default_value_t = 0, hide_default_value = true, value_parser = clap::value_parser!(u16).range(0..=i64::from(threads::MOST)))]
    jobs: u16,
    /// Write nothing to disk: only print
    #[arg(long, conflicts_with_all = ["out", "save_paths"])]
    dry_run: bool,
}

const PATHS: u32 = 1000;
const SEED: u64 = 1;
const SHOWN: usize = 8;

/// Rows of paths.parquet at most: what fits into the memory of a small machine.
const MOST_ROWS: u64 = 20_000_000;

pub(super) fn run(args: &Args) -> Outcome {
    threads::settle(args.jobs)?;
    let read = args.sales.read(&|size| needs(args, size))?;
    let mut panel = read.sales.panel.clone();
    succeed(&mut panel, &args.replaces)?;
    launch(&mut panel, &args.new)?;
    let chosen = chosen(&panel, &args.only)?;
    let lead_times = super::backtest::lengths(&args.totals);
    let horizon = horizon(args, panel.step);
    // A period that has begun when the file ends is drawn, and in no total.
    let unfinished = read.sales.unfinished.map(|u| u.1);
    let begun_periods = usize::from(unfinished.is_some());
    let drawn = begun_periods + horizon;
    let rows = panel.items.len() as u64 * u64::from(args.paths) * drawn as u64;
    if args.save_paths && rows > MOST_ROWS {
        let message = format!(
            "paths.parquet would have {} rows, {} at most are written; ask for fewer `--paths` or a shorter `--horizon`",
            format::count(rows as f64),
            format::count(MOST_ROWS as f64)
        );
        return Err(print::failed(exit::USAGE, &message));
    }
    let method = match &args.method {
        Some(name) => super::backtest::named(name, &panel)?,
        None => default_method(panel.step),
    };
    let name = method.name();
    let (calendar, holidays) = read.calendar(drawn)?;
    let run = identity(&[&args.sales.how(), &args.sales.hashes(&read)?.join(" "), &asked(args), &name]);
    let folder = if args.dry_run { None } else { Some(folder::begin(&target(args), &args.writing, None)?) };
    let counted = begun_periods..drawn;
    let draws = Draws { paths: args.paths, counted, seed: args.seed, lead_times: &lead_times };
    let pipeline = args.suspected.pipeline(calendar);
    let spec = Spec { horizon, seed: args.seed, suspected: pipeline.suspected, ..Spec::default() };
    if let Some(sample) = Sample::of(&panel) {
        let drawn = sample.seconds(|panel| {
            let history = pipeline.prepare(panel.clone());
            history.look_ahead(history.fit(method.as_ref()).as_ref(), &draws, &mut |_, _, _| ControlFlow::Continue(()))
        });
        let past = |panel: &Panel| record(panel, &pipeline.calendar, method.as_ref(), spec);
        let recorded = if args.no_record { 0.0 } else { sample.seconds_of(ITEMS, past) };
        let less = "`--no-record`, fewer `--paths`, another `--method` or fewer items (`--where`) take less";
        estimate::say(drawn + recorded, read.bytes, &panel, &format!("by `{name}`"), less);
    }
    let job = Job::begin(steps(args), false);
    let history = pipeline.prepare(panel);
    let fitted = history.fit(method.as_ref());
    let items = history.sold.items.len() as u64;
    job.at(1, 0, items);
    let mut saved = (Vec::new(), Vec::new());
    let outlook = history.look_ahead(fitted.as_ref(), &draws, &mut |i, demand, sales| {
        job.at(1, i as u64 + 1, items);
        if args.save_paths {
            saved.0.extend_from_slice(demand);
            saved.1.extend_from_slice(sales);
        }
        ControlFlow::Continue(())
    });
    let Some(outlook) = outlook else { return Ok(()) };
    let ended: Vec<Option<f64>> = (0..history.sold.items.len()).map(|i| fitted.ended(i)).collect();
    let m = Material {
        history: &history,
        outlook: &outlook,
        method: &name,
        horizon,
        paths: args.paths,
        unfinished,
        lead_times: &lead_times,
        ended: &ended,
    };
    let shown = chosen.unwrap_or_else(|| m.largest().into_iter().take(args.show).collect());
    let dates = occasions::text(&history.sold, &history.calendar, &holidays, drawn, print::width());
    job.print(|| print::out(&(heading(&read, &m) + &outlook::text(&m, &shown, print::width()) + &dates)))?;
    if !args.no_record {
        let record = record(&history.sold, &history.calendar, method.as_ref(), spec);
        let text = outlook::record(record.as_ref(), &name, history.sold.step, horizon, print::width());
        job.print(|| print::out(&text))?;
    }
    let mut place = String::new();
    if let Some(folder) = folder {
        let written = write(args, folder, &m, (&read.sales, &shown), &saved, &run, &job)
            .map_err(|e| job.print(|| folder::failed(&e)))?;
        place = format!("written to {}, ", names::path(&written.path));
        job.print(|| folder::told(&written));
    }
    let seconds = job.seconds();
    drop(job);
    print::note(&format!("{place}{seconds:.1} s"));
    Ok(())
}

/// Periods ahead: as told, those of the longest lead time, or as usual.
fn horizon(args: &Args, step: crate::forecast::Step) -> usize {
    let longest = args.totals.iter().max().copied();
    longest.or(args.horizon).map_or_else(|| step.usual_horizon(), usize::from)
}

/// Copies of a panel that are held while it is forecast, items whose paths are drawn at a time, and as many more for those that are added
/// up and sorted: by measurement.
const COPIES: u64 = 24;
const DRAWN: u64 = 64;
const ADDED: u64 = 16;

/// Bytes that a forecast of a panel needs at most: the panel as it was sold, masked, without spikes and as each method sees it, paths
/// that are drawn, and what is kept of them.
fn needs(args: &Args, size: Size) -> u64 {
    let horizon = horizon(args, size.step) as u64 + 1;
    let items = (size.items + args.new.len()) as u64;
    let paths = u64::from(args.paths) * horizon;
    let saved = if args.save_paths { items * paths } else { 0 };
    if saved > MOST_ROWS {
        // That is refused for itself.
        return 0;
    }
    let kept = size_of::<Spread>() as u64 + NUMBER;
    let drawn = 2 * NUMBER * ((items.min(DRAWN) + ADDED) * paths + saved);
    COPIES * NUMBER * size.item_periods as u64 + drawn + items * horizon * kept
}

fn steps(args: &Args) -> Vec<Step> {
    let mut steps = vec![
        Step { doing: "fitting", what: "items", guess: Guess::Unknown },
        Step { doing: "looking ahead", what: "items", guess: Guess::OfFirst(1.0) },
    ];
    if !args.dry_run {
        let charts = if args.only.is_empty() { args.show } else { args.only.len() };
        let guess = Guess::Seconds(SECONDS_A_CHART * charts as f64);
        steps.push(Step { doing: "drawing", what: "charts", guess });
    }
    steps
}

/// What a chart takes, before the first is drawn.
const SECONDS_A_CHART: f64 = 0.2;

/// What changes the figures, where it is not as usual, as words of a folder's name.
fn options(args: &Args) -> Vec<String> {
    let mut out = Vec::new();
    let mut word = |name: &str, value: Option<String>| out.extend(value.map(|v| format!("{name}={v}")));
    word("horizon", args.horizon.map(|h| h.to_string()));
    let listed = |t: &[u16]| t.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
    word("totals", (!args.totals.is_empty()).then(|| listed(&args.totals)));
    args.replaces.iter().for_each(|(old, new)| word("replaces", Some(format!("{old}={new}"))));
    word("method", args.method.clone());
    word("paths", (args.paths != PATHS).then(|| args.paths.to_string()));
    word("seed", (args.seed != SEED).then(|| args.seed.to_string()));
    args.new.iter().for_each(|item| word("new", Some(item.name.clone())));
    word("country", args.sales.countries());
    word("suspected", args.suspected.keep_suspected.then(|| "keep".to_owned()));
    out
}

/// All that decides the results besides the sales and how they are read.
fn asked(args: &Args) -> String {
    format!("{:?} {:?}", options(args), args.new)
}

fn target(args: &Args) -> PathBuf {
    let usual =
        || PathBuf::from("output").join(folder_name(&format!("{}-forecast", args.sales.stem()), &options(args)));
    args.out.clone().unwrap_or_else(usual)
}

fn heading(read: &Read, m: &Material<'_>) -> String {
    let panel = &read.sales.panel;
    format!(
        "{}, {} from {} to {}; {}, {} paths\n\n",
        format::counted(m.sold().items.len(), "item"),
        format::counted(panel.periods, panel.step.noun()),
        panel.first,
        panel.date(panel.periods).plus(-1),
        m.method,
        format::count(f64::from(m.paths)),
    )
}

/// Writes all files, and puts the folder in its place.
fn write(
    args: &Args,
    folder: RunFolder,
    m: &Material<'_>,
    (sales, shown): (&Sales, &[usize]),
    saved: &(Vec<f64>, Vec<f64>),
    run: &str,
    job: &Job,
) -> Result<Written, WriteError> {
    let source = names::path(&args.sales.file);
    let failed = |why: crate::diag::Error| WriteError { path: target(args), reason: why.to_string() };
    folder.write("forecast.csv", outlook::periods(m).to_text().as_bytes())?;
    folder.write("totals.csv", outlook::totals(m).to_text().as_bytes())?;
    if let Some(table) = outlook::lead_times_table(m) {
        folder.write("lead-times.csv", table.to_text().as_bytes())?;
    }
    folder.write("spikes.csv", outlook::spikes(m).to_text().as_bytes())?;
    folder.write("suspected-stock-outs.csv", outlook::suspected(m).to_text().as_bytes())?;
    // Named after the sales, so that the runs of two forecasts have two folders.
    let mut history = args.sales.history(sales);
    if args.suspected.keep_suspected {
        history.suspected_stock_outs = SuspectedStockOuts::Keep;
    }
    let told = replay::Source { file: &source, currency: sales.currency.as_deref(), history: &history };
    folder.write(&format!("{}.toml", args.sales.stem()), replay::scenario(m, &told).as_bytes())?;
    if args.save_paths {
        folder.write("paths.parquet", &outlook::paths(m, &saved.0, &saved.1).map_err(failed)?)?;
    }
    for (n, i) in shown.iter().enumerate() {
        job.at(2, n as u64, shown.len() as u64);
        // Numbered, as two names may be one when written as a file's.
        let base = format!("charts/{:02}-{}", n + 1, slug(&m.sold().items[*i].name));
        let mut chart = outlook::fan(m, *i);
        chart.footer =
            format!("{source} · run {} · seed {} · {}", run.get(..8).unwrap_or(run), args.seed, chart.footer);
        for (name, bytes) in chart_files(&base, &chart).map_err(failed)? {
            folder.write(&name, &bytes)?;
        }
    }
    folder.finish(Manifest::new("forecast", run, details(args, m)))
}

fn details(args: &Args, m: &Material<'_>) -> serde_json::Map<String, serde_json::Value> {
    let details = serde_json::json!({
        "sales": args.sales.file.to_string_lossy(),
        "options": options(args),
        "items": m.sold().items.len(),
        "method": m.method,
        "horizon": m.horizon,
        "paths": m.paths,
        "seed": args.seed,
        "started": super::run::now(),
    });
    details.as_object().cloned().unwrap_or_default()
}

/// `OLD=NEW`.
fn successor(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').map(|(old, new)| (old.trim(), new.trim()));
    match parts {
        Some((old, new)) if !old.is_empty() && !new.is_empty() && old != new => Ok((old.to_owned(), new.to_owned())),
        _ => Err("name both items: `OLD=NEW`".into()),
    }
}

/// Gives each successor the sales of the item that it took the place of, which is no item of its own any longer. In periods in which both sold, both
/// count.
fn succeed(panel: &mut Panel, replaces: &[(String, String)]) -> Outcome {
    for (old, new) in replaces {
        let find = |name| found(panel, name, &format!("`--replaces {old}={new}`: the file has no item `{name}`"));
        let (from, to) = (find(old)?, find(new)?);
        let before = panel.items[from].clone();
        panel.items[to].inherit(&before);
        panel.items.remove(from);
    }
    Ok(())
}

/// Adds new items, which begin with the first period forecast.
fn launch(panel: &mut Panel, new: &[Item]) -> Outcome {
    for item in new {
        if panel.items.iter().any(|i| i.name == item.name) {
            let message =
                format!("`--new {}`: there are sales of that item; leave `--new` out, or give another name", item.name);
            return Err(print::failed(exit::USAGE, &message));
        }
        if let Some(group) = &item.group
            && !panel.items.iter().any(|i| i.group.as_ref() == Some(group))
        {
            let message = format!(
                "`--new {}`: no item of the file is of the category `{group}`; name the column of categories with `--group`, and one that it has",
                item.name
            );
            return Err(print::failed(exit::USAGE, &message));
        }
        panel.items.push(Item { start: panel.periods, ..item.clone() });
    }
    Ok(())
}

/// The item of a name, by index; else `refusal` is said, with a name that is close.
fn found(panel: &Panel, name: &str, refusal: &str) -> Result<usize, u8> {
    panel.items.iter().position(|i| i.name == name).ok_or_else(|| {
        let close = crate::diag::did_you_mean(name, panel.items.iter().map(|i| i.name.as_str()));
        let hint = close.map(|c| format!("; did you mean `{c}`?")).unwrap_or_default();
        print::failed(exit::USAGE, &format!("{refusal}{hint}"))
    })
}

/// Items that were named, by index.
fn chosen(panel: &Panel, names: &[String]) -> Result<Option<Vec<usize>>, u8> {
    let find = |name: &String| found(panel, name, &format!("`--only {name}`: the file has no such item"));
    if names.is_empty() { Ok(None) } else { names.iter().map(find).collect::<Result<_, _>>().map(Some) }
}

/// `Lamp,category=Lighting,price=39`.
fn new_item(text: &str) -> Result<Item, String> {
    let mut parts = text.split(',').map(str::trim);
    let name = parts.next().filter(|n| !n.is_empty()).ok_or("name the item: `Lamp,category=Lighting,price=39`")?;
    if let Some((_, c, why)) = names::first_harm(text) {
        return Err(format!("it holds {} (U+{:04X}); write it without", why.what(), c as u32));
    }
    let mut item = Item::new(name, 0, Vec::new());
    for part in parts {
        match part.split_once('=').map(|(k, v)| (k.trim(), v.trim())) {
            Some(("category", v)) => item.group = Some(v.to_owned()),
            Some(("price", v)) => {
                let price: f64 = v.parse().map_err(|_| format!("price `{v}` is no number"))?;
                if !(price.is_finite() && price > 0.0) {
                    return Err(format!("price `{v}` must be above 0"));
                }
                item.price = Some(price);
            }
            _ => return Err(format!("`{part}` is neither `category=..` nor `price=..`")),
        }
    }
    Ok(item)
}
