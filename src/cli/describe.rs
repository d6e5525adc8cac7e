//! `restock describe`: what is in a sales file, before anything is made of it.

use super::sales::{SalesArgs, SuspectedArgs};
use super::{Outcome, print, threads};
use crate::forecast::classes::{Class, abc_xyz, pattern};
use crate::forecast::spikes::{Spike, Spikes};
use crate::forecast::{Panel, Prepared, SuspectedStockOuts};
use crate::report::{format, occasions, text};
use comfy_table::{Cell, CellAlignment};
use std::fmt::Write;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    sales: SalesArgs,
    #[command(flatten)]
    suspected: SuspectedArgs,
    /// Rows of each list: the largest spikes, the most improbable runs without sales
    #[arg(long, default_value_t = 5)]
    show: usize,
}

pub(super) fn run(args: &Args) -> Outcome {
    threads::settle(0)?;
    let read = args.sales.read()?;
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
    let history = args.suspected.pipeline(calendar).prepare(panel.clone());
    out += &spikes(&history.spikes, panel, args.show);
    out += &suspects(&history, args.show);
    out += &stopped(&history, args.show);
    let dates = occasions::text(&history, &holidays, 0, print::width());
    if !dates.is_empty() {
        out += &format!("\n{dates}");
    }
    print::out(&out)
}

fn spikes(found: &Spikes, panel: &Panel, show: usize) -> String {
    let noun = panel.step.noun();
    let (of_periods, _, of_units) = found.shares();
    let bulk = found.bulk_orders().map(|n| format!(", {} mostly one order line", format::count(n as f64)));
    let sizes = found.median_uplift().map(|u| {
        let lasting = format::share(found.lasting_one());
        format!(", median {u:.1} times the usual, {lasting} last one {noun}{}", bulk.unwrap_or_default())
    });
    let mut out = format!(
        "\nSpikes: {} ({} of item-{noun}s, {} of units){}\n",
        format::count(found.list.len() as f64),
        format::share(of_periods),
        format::share(of_units),
        sizes.unwrap_or_default()
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

fn suspects(history: &Prepared, show: usize) -> String {
    let panel = &history.sold;
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

fn stopped(history: &Prepared, show: usize) -> String {
    let panel = &history.sold;
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
