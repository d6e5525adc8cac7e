//! What is in sales, before anything is made of them.

use super::Known;
use comfy_table::{Cell, CellAlignment};
use restock_base::diag::Error;
use restock_base::diag::health::{Done, Finding, Health, RowRuns};
use restock_forecast::classes::{Class, abc_xyz, pattern};
use restock_forecast::spikes::{Spike, Spikes};
use restock_forecast::{Item, Panel, Pipeline, Prepared, Suspect, SuspectedStockOuts};
use restock_report::chart::Csv;
use restock_report::{format, occasions, text};
use restock_scenario::data::Sales;
use std::fmt::Write;

/// How many items sales have, over which time, and their classes: what is seen without a look at each item.
#[must_use]
pub fn heading(panel: &Panel, width: u16) -> String {
    let noun = panel.step.noun();
    let periods: usize = panel.items.iter().map(|i| i.units.len()).sum();
    let units: f64 = panel.items.iter().flat_map(|i| &i.units).sum();
    let without = panel.items.iter().flat_map(|i| &i.units).filter(|y| **y == 0.0).count();
    format!(
        "{}, {} from {} to {}, {} units, {} of item-{noun}s without a sale\n\n{}",
        format::counted(panel.items.len(), "item"),
        format::counted(panel.periods, noun),
        panel.first,
        panel.date(panel.periods).plus(-1),
        format::count(units),
        format::share(without as f64 / periods as f64),
        classes(panel, width),
    )
}

/// All that is said of sales: rows of each list at most `show`, in so many columns.
///
/// # Errors
///
/// If holidays are not known so long ago.
pub fn description(known: &Known, found: &Found, show: usize, width: u16) -> Result<String, Error> {
    let panel = &known.sales.panel;
    let (calendar, holidays) = known.calendar(0)?;
    let mut out = heading(panel, width);
    out += &spikes(found, panel, show);
    out += &suspects(found, panel, (show, width));
    out += &discontinued(panel, (show, width));
    out += &stopped(found, panel, (show, width));
    let dates = occasions::text(panel, &calendar, &holidays, 0, width);
    if !dates.is_empty() {
        out += &format!("\n{dates}");
    }
    Ok(out)
}

/// A row an item: how it sells.
#[must_use]
pub fn item_table(panel: &Panel) -> Csv {
    let mut csv = Csv::new(&[
        "item", "category", "first", "periods", "units", "class", "interval", "cv2", "abc", "xyz", "price", "last",
    ]);
    for (item, (abc, xyz)) in panel.items.iter().zip(abc_xyz(panel)) {
        let of = pattern(item);
        let number = |v: Option<f64>| v.map(|v| v.to_string()).unwrap_or_default();
        csv.push(vec![
            item.name.clone(),
            item.group.clone().unwrap_or_default(),
            panel.date(item.start).to_string(),
            item.units.len().to_string(),
            item.units.iter().sum::<f64>().to_string(),
            of.class.name().to_owned(),
            number(of.interval),
            number(of.cv2),
            abc.to_string(),
            xyz.to_string(),
            number(item.price),
            item.discontinued.map(|last| last.to_string()).unwrap_or_default(),
        ]);
    }
    csv
}

/// Item-periods that are looked at together.
const GROUP: usize = 1 << 21;

/// Copies of a group that are held while it is looked at: by measurement.
const COPIES: usize = 8;

/// What was found in a panel. A large one is looked at in groups of items, in the order of their names, so that memory is that of a group.
pub struct Found {
    spikes: Spikes,
    /// Runs without sales that chance does not explain.
    pub suspects: Vec<Suspect>,
    /// Items that have stopped selling for longer than chance explains.
    pub stopped: Vec<Suspect>,
    /// What such runs were taken for.
    pub suspected: SuspectedStockOuts,
    groups: usize,
}

impl Found {
    /// Bytes that a look at so many item-periods needs at most.
    #[must_use]
    pub fn bytes(item_periods: usize) -> u64 {
        (size_of::<f64>() * (item_periods + COPIES * item_periods.min(GROUP))) as u64
    }

    /// Looks at a panel.
    #[must_use]
    pub fn look(pipeline: &Pipeline, panel: &Panel) -> Self {
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

    /// A row a spike, item by item.
    #[must_use]
    pub fn spike_table(&self, panel: &Panel) -> Csv {
        let mut csv = Csv::new(&["item", "date", "periods", "units", "expected", "uplift", "largest_line_share"]);
        for s in &self.spikes.list {
            csv.push(vec![
                panel.items[s.item].name.clone(),
                panel.date(s.from).to_string(),
                s.periods.to_string(),
                s.units.to_string(),
                s.expected.to_string(),
                s.uplift.to_string(),
                s.largest_line.map(|v| v.to_string()).unwrap_or_default(),
            ]);
        }
        csv
    }

    /// A row a run without sales that chance does not explain; of those that last until the end of the file `stopped` is true.
    #[must_use]
    pub fn silence_table(&self, panel: &Panel) -> Csv {
        let mut csv = Csv::new(&["item", "date", "periods", "expected_units", "chance", "stopped"]);
        let each =
            |list: &'_ [Suspect], stopped: bool| list.iter().map(move |s| (s.clone(), stopped)).collect::<Vec<_>>();
        for (s, stopped) in each(&self.suspects, false).into_iter().chain(each(&self.stopped, true)) {
            csv.push(vec![
                panel.items[s.item].name.clone(),
                panel.date(s.from).to_string(),
                s.periods.to_string(),
                s.expected.to_string(),
                s.chance.to_string(),
                stopped.to_string(),
            ]);
        }
        csv
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

fn suspects(history: &Found, panel: &Panel, (show, width): (usize, u16)) -> String {
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
    let mut out = format!("\n{}\n", text::wrapped(&found, width));
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
fn discontinued(panel: &Panel, (show, width): (usize, u16)) -> String {
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
    let mut out = format!("\n{}\n", text::wrapped(&found, width));
    for (item, last) in items.iter().take(show).filter_map(|i| Some((i, i.discontinued?))) {
        let when = if item.has_ended(panel) { format!("since {last}") } else { format!("after {last}") };
        let _ = writeln!(out, "  {}: {when}, {} units sold", item.name, format::count(sold(item)));
    }
    out
}

fn stopped(history: &Found, panel: &Panel, (show, width): (usize, u16)) -> String {
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
    let mut out = format!("\n{}\n", text::wrapped(&found, width));
    for s in runs.iter().take(show) {
        let (name, day) = (&panel.items[s.item].name, panel.date(s.from));
        let _ = writeln!(out, "  {name}: {} {noun}s from {day}, {:.0} units expected", s.periods, s.expected);
    }
    out
}

/// Items and units by class of demand, and by value and variation.
fn classes(panel: &Panel, width: u16) -> String {
    let right = |text: String| Cell::new(text).set_alignment(CellAlignment::Right);
    let units = |keep: &dyn Fn(usize) -> bool| -> (usize, f64) {
        let items = || (0..panel.items.len()).filter(|i| keep(*i));
        (items().count(), items().map(|i| panel.items[i].units.iter().sum::<f64>()).sum())
    };
    let all: f64 = panel.items.iter().flat_map(|i| &i.units).sum();
    let share = |u: f64| if all > 0.0 { format::share(u / all) } else { "-".into() };
    let of: Vec<Class> = panel.items.iter().map(|i| pattern(i).class).collect();
    let mut t = text::grid(width);
    t.set_header(["Demand", "items", "of units"]);
    for class in Class::ALL {
        let (n, u) = units(&|i| of[i] == class);
        t.add_row(vec![Cell::new(class.name()), right(format::count(n as f64)), right(share(u))]);
    }
    let ranks = abc_xyz(panel);
    let mut grid = text::grid(width);
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

/// How a file was read, and what was found in it, in rows and in items: for a page that a colleague checks.
#[must_use]
pub fn health(sales: &Sales, found: &Found, file: &str) -> Health {
    let mut health = sales.health(file);
    let (panel, noun) = (&sales.panel, sales.panel.step.noun());
    let run = |s: &Suspect| {
        let (name, day, last) =
            (&panel.items[s.item].name, panel.date(s.from), panel.date(s.from + s.periods).plus(-1));
        let length = format::counted(s.periods, noun);
        format!("`{name}`: nothing sold for {length}, {day} to {last}; {:.0} units were expected", s.expected)
    };
    let mut add = |done, what, remedy: &str| {
        health.findings.push(Finding { done, what, remedy: remedy.into(), rows: RowRuns::default() });
    };
    for s in &found.stopped {
        add(Done::Kept, run(s), "has it ended, or is it out of stock? It is forecast as if it went on");
    }
    let (done, treated) = match found.suspected {
        SuspectedStockOuts::Mask => {
            (Done::LeftOut, "out of stock? Nothing is learned of demand in it; `--keep-suspected` takes it for demand")
        }
        SuspectedStockOuts::Keep => (Done::Kept, "out of stock? It is taken for demand"),
    };
    for s in &found.suspects {
        add(done, run(s), treated);
    }
    health
}
