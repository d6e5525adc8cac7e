//! One sales file, one answer: what `describe` finds, what `forecast` continues and what a scenario's `history` draws
//! are the same.

use crate::cli::{restock_in, scratch};
use crate::outlook::rows;
use restock::data::{Columns, read_sales};
use restock::forecast::spikes::{SurgeFit, detect};
use restock::forecast::{Calendar, Fan, ItemModel, Pipeline, Prepared, Streams, Surging, SuspectedStockOuts};
use restock::model::{Baseline, Decay, Scenario, Surge};
use restock::rng::Stream;
use std::fmt::Write;
use std::path::Path;

const SEED: u64 = 31;
const DAYS: usize = 28;
const PATHS: u32 = 400;
const WARMUP: usize = 90;

/// A sales file in a folder of its own, and how the commands and a scenario are told its columns.
struct File {
    dir: std::path::PathBuf,
    columns: Columns,
    flags: &'static [&'static str],
    keys: &'static str,
}

/// The shipped history: one item, three suspected stock-outs around Christmas and Easter.
fn shipped(name: &str) -> File {
    let dir = scratch(name);
    std::fs::copy("scenarios/history/online-retail-85123A.csv", dir.join("sales.csv")).unwrap();
    File { dir, columns: Columns::default(), flags: &[], keys: "sku = \"sku\"" }
}

/// Five items of two categories over 800 days, negative binomial about a weekly cycle. Three run out for weeks, two
/// have bulk orders, and one, of which little is sold, is not on sale from the start.
fn several(name: &str) -> File {
    let dir = scratch(name);
    let law = restock::law::CountLaw::new(0.25);
    let mut csv = String::from("sku,date,units,category\n");
    for i in 0..5 {
        let s = Stream::new(17, &format!("{i}"), "sales", "");
        for t in if i == 4 { 600..800 } else { 0..800 } {
            let mean = [3.0, 6.0, 9.0, 4.0, 0.4][i] * [0.6, 0.8, 0.9, 1.0, 1.1, 1.4, 1.2][t % 7];
            let out = [300..340, 500..520, 0..0, 640..660, 0..0][i].contains(&t);
            let bulk = if i < 2 && [90, 411, 700].contains(&(t + 13 * i)) { 40.0 * (i + 1) as f64 } else { 0.0 };
            let y = law.draw(mean, s.at(0, t as i32, 0).uniform(), || s.at(0, t as i32, 1)) as f64;
            let units = if out { 0.0 } else { y + bulk };
            let day = restock::calendar::Day(19_000 + t as i32);
            let _ = writeln!(csv, "item {i},{day},{units},{}", if i < 3 { "Lamps" } else { "Desks" });
        }
    }
    std::fs::write(dir.join("sales.csv"), csv).unwrap();
    let columns = Columns { group: Some("category".into()), ..Columns::default() };
    File { dir, columns, flags: &["--group", "category"], keys: "sku = \"sku\", group = \"category\"" }
}

impl File {
    fn prepared(&self, suspected: SuspectedStockOuts) -> Prepared {
        let sold =
            read_sales(&self.dir.join("sales.csv"), &self.columns).unwrap_or_else(|d| panic!("{}", d.render(false)));
        let calendar = Calendar { yearly: true, ..Calendar::plain(DAYS) };
        Pipeline { suspected, ..Pipeline::new(calendar) }.prepare(sold.panel)
    }

    fn command(&self, words: &[&str]) -> String {
        let run = restock_in(&self.dir, &[&words[..1], &["sales.csv"], self.flags, &words[1..]].concat());
        assert!(run.status.success(), "{words:?}: {}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8_lossy(&run.stdout).into_owned()
    }

    /// A scenario that begins on the day after the sales, with a warm-up that the history covers.
    fn scenario(&self, history: &Prepared, more: &str) -> (Scenario, String) {
        let start = history.sold.date(history.sold.periods);
        let mut text = format!(
            "name = \"h\"\n[horizon]\nstart = {start}\ndays = 60\nwarmup-days = {WARMUP}\n\
             [monte-carlo]\nseed = {SEED}\n[demand]\nhistory = {{ file = \"sales.csv\", {}{more} }}\n",
            self.keys
        );
        for item in &history.sold.items {
            let _ = write!(text, "[[product]]\nsku = \"{}\"\nprice = 9\nunit-cost = 3\n", item.name);
        }
        let loaded = restock::scenario::Loader::default()
            .load_str("h.toml", &text, &self.dir)
            .unwrap_or_else(|d| panic!("{}", d.render(false)));
        (loaded.value.runnable.scenario, loaded.warnings.render(false))
    }
}

/// Everything of an item's model that its next days depend on.
fn figures(m: &ItemModel) -> Vec<u64> {
    let law = [m.level(), m.long_run(), m.weight(), m.alpha(), m.damping(), m.shock(), m.law().inverse_dispersion()];
    law.into_iter().chain((0..DAYS).map(|h| m.factor(h))).map(f64::to_bits).collect()
}

fn surge_figures(s: &Surge) -> Vec<u64> {
    let Decay::Exponential { tau_days } = s.decay else { panic!("{:?}", s.decay) };
    let size = |p| s.peak_uplift.quantile(p);
    [s.per_year, size(0.5), size(0.9), tau_days].map(f64::to_bits).to_vec()
}

/// The three answers to one file, whichever way suspected stock-outs are taken: the same suspects and spikes, the same
/// models and surges, and the same demand on every path, to the bit.
fn agree(file: &File, suspected: SuspectedStockOuts) {
    let keep = suspected == SuspectedStockOuts::Keep;
    let (flag, key) =
        if keep { (&["--keep-suspected"][..], ", suspected-stock-outs = \"keep\"") } else { (&[][..], "") };
    let history = file.prepared(suspected);
    let (spikes, suspects) = (&history.spikes.list, &history.suspects);
    assert!(!spikes.is_empty() && !suspects.is_empty());

    let described = file.command(&[&["describe"], flag].concat());
    let described = described.split_whitespace().collect::<Vec<_>>().join(" ");
    for expected in [format!("Spikes: {} (", spikes.len()), format!("Suspected stock-outs: {} runs", suspects.len())] {
        assert!(described.contains(&expected), "{expected}: {described}");
    }
    assert_eq!(described.contains("they are taken for demand"), keep, "{described}");

    let told =
        [&["forecast", "--method", "count model and surges", "--seed", "31", "--paths", "400", "--out", "out"], flag]
            .concat();
    let said = file.command(&told).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(said.contains("they are taken for demand"), keep, "{said}");
    let out = file.dir.join("out");
    let listed = |name: &str| -> Vec<(String, String, String)> {
        let of = |r: &std::collections::BTreeMap<String, String>| {
            (r["item"].clone(), r["date"].clone(), r["periods"].clone())
        };
        rows(&out.join(name)).iter().map(of).collect()
    };
    let known = |item: usize, from: usize, periods: usize| {
        let panel = &history.sold;
        (panel.items[item].name.clone(), panel.date(from).to_string(), periods.to_string())
    };
    assert_eq!(listed("spikes.csv"), spikes.iter().map(|s| known(s.item, s.from, s.periods)).collect::<Vec<_>>());
    let found: Vec<_> = suspects.iter().map(|s| known(s.item, s.from, s.periods)).collect();
    assert_eq!(listed("suspected-stock-outs.csv"), found);

    let (scenario, warnings) = file.scenario(&history, key);
    let warnings = warnings.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(warnings.contains("are taken for stock-outs"), !keep, "{warnings}");
    let fitted = history.fit(&Surging);
    let totals = rows(&out.join("totals.csv"));
    for (i, product) in scenario.products.iter().enumerate() {
        let item = &history.sold.items[i];
        let Baseline::Forecast(f) = &product.demand.baseline else { panic!("{:?}", product.demand.baseline) };
        assert_eq!(figures(&f.model), figures(history.spikes.model.item(i)), "{}", item.name);
        let surge: Surge = history.spikes.surge(i).unwrap().into();
        assert_eq!(surge_figures(product.demand.surge.as_ref().unwrap()), surge_figures(&surge), "{}", item.name);

        let plan = restock::sim::DemandPlan::new(&scenario, product, SEED);
        let streams = Streams::of(SEED, item);
        let (mut drawn, mut path, mut sum, mut cut) = (restock::sim::Path::default(), [0.0; DAYS], 0.0, 0);
        let highest = item.units.iter().copied().fold(0.0, f64::max);
        for k in 0..PATHS {
            plan.draw(k, &mut drawn);
            fitted.simulate(i, &streams, k, &mut path);
            let simulated = &drawn.units[WARMUP..WARMUP + DAYS];
            // A surge beyond what the item ever sold is cut in a forecast: no forecast leaves the range of reason.
            let within = |b: f64| b <= restock::forecast::REACH * highest;
            assert!(
                path.iter().zip(simulated).all(|(a, b)| *a == *b as f64 || !within(*b as f64)),
                "{} {k}: {path:?} {simulated:?}",
                item.name
            );
            cut += simulated.iter().filter(|b| !within(**b as f64)).count();
            sum += path.iter().sum::<f64>();
        }
        // Written to six digits.
        let written: f64 = totals.iter().find(|r| r["item"] == item.name).unwrap()["mean"].parse().unwrap();
        assert!(cut * 1_000 <= DAYS * PATHS as usize, "{cut} periods are cut");
        let mean = sum / f64::from(PATHS);
        println!(
            "{}, {suspected:?}: {} spikes in all, next {DAYS} days {written}, simulated {mean}",
            item.name,
            spikes.len()
        );
        assert!((written / mean - 1.0).abs() < 1e-5, "{}: {written} in totals.csv, {mean} simulated", item.name);
    }
}

#[test]
fn the_shipped_history_has_one_answer() {
    let file = shipped("one-answer");
    agree(&file, SuspectedStockOuts::Mask);
    agree(&file, SuspectedStockOuts::Keep);
}

#[test]
fn several_items_have_one_answer() {
    let file = several("answers");
    let masked = file.prepared(SuspectedStockOuts::Mask);
    let runs: Vec<_> = masked.suspects.iter().map(|s| (s.item, s.from, s.periods)).collect();
    // A day without a sale beside a run belongs to it.
    for (item, from, periods) in [(0, 300, 40), (1, 500, 20), (3, 640, 20)] {
        assert!(
            runs.iter().any(|r| r.0 == item && r.1 <= from && r.1 + r.2 >= from + periods && r.2 < periods + 5),
            "{runs:?}"
        );
    }
    agree(&file, SuspectedStockOuts::Mask);
    agree(&file, SuspectedStockOuts::Keep);
}

/// What is masked is not learned: demand after a long stock-out is what it was before, where sales say less.
#[test]
fn suspected_stock_outs_do_not_lower_demand() {
    let file = several("masked");
    let of = |suspected| {
        let history = file.prepared(suspected);
        (history.spikes.model.item(0).long_run(), history.sold)
    };
    let ((masked, sold), (kept, again)) = (of(SuspectedStockOuts::Mask), of(SuspectedStockOuts::Keep));
    assert_eq!(sold, again, "sales stay as they were");
    // 3 a day; the long run rests on about 100 days of variance 5: a standard error of 0.22.
    assert!((masked - 3.0).abs() < 0.7, "{masked}");
    assert!(kept < masked, "{kept} {masked}");
}

/// A fit of prepared sales takes the spikes that were found: with none of them there are no surges, though the sales
/// have spikes.
#[test]
fn spikes_are_not_looked_for_again() {
    let mut history = several("once").prepared(SuspectedStockOuts::Mask);
    let mean = |history: &Prepared| {
        let streams = Streams::of(1, &history.sold.items[1]);
        let fan = Fan::draw(history.fit(&Surging).as_ref(), 1, &streams, 2_000, 365);
        fan.totals().iter().sum::<f64>() / 2_000.0
    };
    let with = mean(&history);
    history.spikes.list.clear();
    let without = mean(&history);
    // 6 a day, and about one and a half surges a year of 80 units.
    assert!(with > without + 60.0, "{with} {without}");
}

/// The scenario that `forecast` writes has the surges of the one that reads the history, to the four digits of its
/// text.
#[test]
fn a_written_scenario_has_the_same_surges() {
    let file = several("written");
    let history = file.prepared(SuspectedStockOuts::Mask);
    file.command(&["forecast", "--paths", "20", "--out", "out"]);
    let loaded = restock::scenario::Loader::default().load(&file.dir.join("out/sales.toml")).unwrap();
    let products = loaded.value.runnable.scenario.products;
    assert_eq!(products.len(), history.sold.items.len());
    for product in products {
        let index = history.sold.items.iter().position(|i| i.name == product.sku).unwrap();
        let SurgeFit { per_year, median_uplift, p90_uplift, tau_days } = history.spikes.surge(index).unwrap();
        let surge = product.demand.surge.unwrap();
        let Decay::Exponential { tau_days: written } = surge.decay else { panic!("{:?}", surge.decay) };
        let size = |p| surge.peak_uplift.quantile(p);
        let pairs =
            [(surge.per_year, per_year), (size(0.5), median_uplift), (size(0.9), p90_uplift), (written, tau_days)];
        assert!(pairs.iter().all(|(a, b)| (a / b - 1.0).abs() < 1e-3), "{}: {pairs:?}", product.sku);
    }
}

/// Without suspected stock-outs the way sales are made ready does not matter, and spikes are those of the panel itself.
#[test]
fn a_history_without_gaps_is_as_it_is() {
    let path = Path::new("scenarios/history/online-retail-85123A.csv");
    let mut sold = read_sales(path, &Columns::default()).unwrap().panel;
    // Stock is said to have been there: then no run of zeros is suspected, and none is missing.
    for item in &mut sold.items {
        item.shelf = vec![restock::forecast::Shelf::Full; item.units.len()];
        item.shelf[0] = restock::forecast::Shelf::Open(0.5);
    }
    let of = |suspected| Pipeline { suspected, ..Pipeline::new(Calendar::plain(DAYS)) }.prepare(sold.clone());
    let (masked, kept) = (of(SuspectedStockOuts::Mask), of(SuspectedStockOuts::Keep));
    assert!(masked.suspects.is_empty() && masked.panel == sold && kept.panel == sold);
    assert_eq!(masked.spikes.list, kept.spikes.list);
    assert_eq!(masked.spikes.list, detect(&sold, &Calendar::plain(365)).list);
}
