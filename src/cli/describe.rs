//! `restock describe`: what is in a sales file, before anything is made of it.

use super::estimate::{self, Sample};
#[cfg(feature = "documents")]
use super::folder::FolderArgs;
use super::sales::{NUMBER, SalesArgs, SuspectedArgs};
use super::{Outcome, print, threads};
use crate::data::Size;
use crate::forecast::classes::{Class, abc_xyz, pattern};
use crate::forecast::spikes::{Spike, Spikes};
use crate::forecast::{Item, Panel, Pipeline, Prepared, Suspect, SuspectedStockOuts};
use crate::report::{format, occasions, text};
use comfy_table::{Cell, CellAlignment};
use std::fmt::Write;
#[cfg(feature = "documents")]
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    sales: SalesArgs,
    #[command(flatten)]
    suspected: SuspectedArgs,
    /// Rows of each list: the largest spikes, the most improbable runs without sales
    #[arg(long, default_value_t = 5)]
    show: usize,
    /// Write a page of what was read, left out, changed and is to be checked, with the rows of the file, for a colleague to check
    #[cfg(feature = "documents")]
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    #[cfg(feature = "documents")]
    #[command(flatten)]
    writing: FolderArgs,
}

pub(super) fn run(args: &Args) -> Outcome {
    threads::settle(0)?;
    let read = args.sales.read(&needs)?;
    let panel = &read.sales.panel;
    let noun = panel.step.noun();
    let periods: usize = panel.items.iter().map(|i| i.units.len()).sum();
    let units: f64 = panel.items.iter().flat_map(|i| &i.units).sum();
    let mut out = format!(
        "{}, {} from {} to {}, {} units, {} of item-{noun}s without a sale\n\n",
        format::counted(panel.items.len(), "item"),
        format::counted(panel.periods, noun),
        panel.first,
        panel.date(panel.periods).plus(-1),
        format::count(units),
        format::share(panel.items.iter().flat_map(|i| &i.units).filter(|y| **y == 0.0).count() as f64 / periods as f64),
    );
    out += &classes(panel);
    let (calendar, holidays) = read.calendar(0)?;
    let pipeline = args.suspected.pipeline(calendar.clone());
    if let Some(sample) = Sample::of(panel) {
        let seconds = sample.seconds(|panel| Found::look(&pipeline, panel));
        estimate::say(
            seconds,
            read.bytes,
            panel,
            "looked through",
            "fewer items (`--where`) or longer periods (`--every`) take less",
        );
    }
    let found = Found::look(&pipeline, panel);
    out += &spikes(&found, panel, args.show);
    out += &suspects(&found, panel, args.show);
    out += &discontinued(panel, args.show);
    out += &stopped(&found, panel, args.show);
    let dates = occasions::text(panel, &calendar, &holidays, 0, print::width());
    if !dates.is_empty() {
        out += &format!("\n{dates}");
    }
    print::out(&out)?;
    #[cfg(feature = "documents")]
    if let Some(path) = &args.report {
        super::health::write(path, &args.writing, &read.sales, &found, &args.sales.shown())?;
    }
    Ok(())
}

/// Item-periods that are looked at together.
const GROUP: usize = 1 << 21;

/// Copies of a group that are held while it is looked at: by measurement.
const COPIES: usize = 8;

/// Bytes that a look at a panel needs at most.
fn needs(size: Size) -> u64 {
    NUMBER * (size.item_periods + COPIES * size.item_periods.min(GROUP)) as u64
}

/// What was found in a panel. A large one is looked at in groups of items, in the order of their names, so that memory is that of a group.
pub(super) struct Found {
    spikes: Spikes,
    pub suspects: Vec<Suspect>,
    pub stopped: Vec<Suspect>,
    pub suspected: SuspectedStockOuts,
    groups: usize,
}

impl Found {
    fn look(pipeline: &Pipeline, panel: &Panel) -> Self {
        let all: usize = panel.items.iter().map(|i| i.units.len()).sum();
        let groups = all.div_ceil(GROUP).max(1);
        let size = panel.items.len().div_ceil(groups).max(1);
        let mut found: Option<Found> = None;
        for (g, items) in panel.items.chunks(size).enumerate() {
            let part = Panel { items: items.to_vec(), ..*panel };
            let Prepared { suspects, stopped, spikes, suspected, .. } = pipeline.prepare(part);
            let mut of_group = Found { spikes, suspects, stopped, suspected, groups: 1 };
            of_group.number_from(g * size);
            match &mut found {
                None => found = Some(of_group),
                Some(all) => all.join(of_group),
            }
        }
        found.unwrap_or_else(|| {
            let Prepared { suspects, stopped, spikes, suspected, .. } = pipeline.prepare(panel.clone());
            Found { spikes, suspects, stopped, suspected, groups }
        })
    }

    /// Makes indices of a group's items those of the panel's.
    fn number_from(&mut self, first: usize) {
        self.spikes.list.iter_mut().for_each(|s| s.item += first);
        self.suspects.iter_mut().chain(&mut self.stopped).for_each(|s| s.item += first);
    }

    fn join(&mut self, mut other: Found) {
        let (all, spikes) = (&mut self.spikes, &mut other.spikes);
        all.list.append(&mut spikes.list);
        all.periods += spikes.periods;
        all.units += spikes.units;
        all.selling += spikes.selling;
        self.suspects.append(&mut other.suspects);
        self.stopped.append(&mut other.stopped);
        self.groups += 1;
    }
}

fn spikes(all: &Found, panel: &Panel, show: usize) -> String {
    let (found, noun) = (&all.spikes, panel.step.noun());
    let (of_periods, _, of_units) = found.shares();
    let bulk = found.bulk_orders().map(|n| format!(", {} mostly one order line", format::count(n as f64)));
    let sizes = found.median_uplift().map(|u| {
        let lasting = format::share(found.lasting_one());
        format!(", median {u:.1} times the usual, {lasting} last one {noun}{}", bulk.unwrap_or_default())
    });
    let mut out = format!(
        "\nSpikes: {} ({} of item-{noun}s, {} of units){}{}\n",
        format::count(found.list.len() as f64),
        format::share(of_periods),
        format::share(of_units),
        sizes.unwrap_or_default(),
        if all.groups > 1 { format!("; looked for in {} groups of items", all.groups) } else { String::new() }
    );
    let mut largest: Vec<&Spike> = found.list.iter().collect();
    largest.sort_by(|a, b| (b.units - b.expected).total_cmp(&(a.units - a.expected)));
    for s in largest.iter().take(show) {
        let (name, day) = (&panel.items[s.item].name, panel.date(s.from));
        let _ = writeln!(
            out,
            "  {name}, {day}: {} units in {}, {:.0} times the usual",
            format::count(s.units),
            format::counted(s.periods, noun),
            s.uplift
        );
    }
    out
}

fn suspects(history: &Found, panel: &Panel, show: usize) -> String {
    let mut runs = history.suspects.clone();
    runs.sort_by(|a, b| b.expected.total_cmp(&a.expected));
    let hidden: f64 = runs.iter().map(|s| s.expected).sum();
    let found = format!(
        "Suspected stock-outs: {} runs without sales that chance does not explain, {} units were expected in them; {}",
        format::count(runs.len() as f64),
        format::count(hidden),
        match history.suspected {
            SuspectedStockOuts::Mask =>
                "nothing is learned of demand in them (`--keep-suspected` takes them for demand)",
            SuspectedStockOuts::Keep => "they are taken for demand",
        }
    );
    let mut out = format!("\n{}\n", text::wrapped(&found, print::width()));
    for s in runs.iter().take(show) {
        let (name, day) = (&panel.items[s.item].name, panel.date(s.from));
        let _ = writeln!(
            out,
            "  {name}: {} {}s from {day}, {:.0} units expected",
            s.periods,
            panel.step.noun(),
            s.expected
        );
    }
    out
}

/// Items that are known to end, or to have ended, those that sold most first.
fn discontinued(panel: &Panel, show: usize) -> String {
    let sold = |item: &Item| item.units.iter().sum::<f64>();
    let mut items: Vec<&Item> = panel.items.iter().filter(|i| i.discontinued.is_some()).collect();
    items.sort_by(|a, b| sold(b).total_cmp(&sold(a)));
    if items.is_empty() {
        return String::new();
    }
    let found = format!(
        "Discontinued: {}; nothing is forecast of them after their last day (`--discontinued none` takes them to go on)",
        format::counted(items.len(), "item"),
    );
    let mut out = format!("\n{}\n", text::wrapped(&found, print::width()));
    for (item, last) in items.iter().take(show).filter_map(|i| Some((i, i.discontinued?))) {
        let when = if item.has_ended(panel) { format!("since {last}") } else { format!("after {last}") };
        let _ = writeln!(out, "  {}: {when}, {} units sold", item.name, format::count(sold(item)));
    }
    out
}

fn stopped(history: &Found, panel: &Panel, show: usize) -> String {
    let mut runs = history.stopped.clone();
    runs.sort_by(|a, b| b.expected.total_cmp(&a.expected));
    if runs.is_empty() {
        return String::new();
    }
    let noun = panel.step.noun();
    let found = format!(
        "Stopped: {} sold nothing at the end of the file, for longer than chance explains. Ended, or out of stock? Forecasts take them to go on",
        format::counted(runs.len(), "item"),
    );
    let mut out = format!("\n{}\n", text::wrapped(&found, print::width()));
    for s in runs.iter().take(show) {
        let (name, day) = (&panel.items[s.item].name, panel.date(s.from));
        let _ = writeln!(out, "  {name}: {} {noun}s from {day}, {:.0} units expected", s.periods, s.expected);
    }
    out
}

/// Items and units by class of demand, and by value and variation.
fn classes(panel: &Panel) -> String {
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let units = |keep: &dyn Fn(usize) -> bool| -> (usize, f64) {
        let items = || (0..panel.items.len()).filter(|i| keep(*i));
        (items().count(), items().map(|i| panel.items[i].units.iter().sum::<f64>()).sum())
    };
    let all: f64 = panel.items.iter().flat_map(|i| &i.units).sum();
    let share = |u: f64| if all > 0.0 { format::share(u / all) } else { "-".into() };
    let of: Vec<Class> = panel.items.iter().map(|i| pattern(i).class).collect();
    let mut t = text::grid(print::width());
    t.set_header(["Demand", "items", "of units"]);
    for class in Class::ALL {
        let (n, u) = units(&|i| of[i] == class);
        t.add_row(vec![Cell::new(class.name()), right(format::count(n as f64)), right(share(u))]);
    }
    let ranks = abc_xyz(panel);
    let mut grid = text::grid(print::width());
    grid.set_header(["Items", "X: steady", "Y: varying", "Z: erratic", "of units"]);
    for (rank, label) in [('A', "A: first 80 % of value"), ('B', "B: up to 95 %"), ('C', "C: the rest")] {
        let mut row = vec![Cell::new(label)];
        for variation in ['X', 'Y', 'Z'] {
            row.push(right(format::count(units(&|i| ranks[i] == (rank, variation)).0 as f64)));
        }
        row.push(right(share(units(&|i| ranks[i].0 == rank).1)));
        grid.add_row(row);
    }
    format!("{t}\n\n{grid}\n")
}
