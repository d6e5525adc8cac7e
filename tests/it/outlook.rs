//! `restock forecast`: its files, the scenario it writes, its fan charts, and what it says of bad input.

use crate::cli::{restock_in, scratch};
use restock::calendar::Day;
use restock::forecast::{Calendar, CountModel, Item, Panel, Pipeline, Step};
use restock::report::chart::draw::{labels, layout_problems};
use restock::report::chart::figures;
use restock::report::outlook::{Material, fan, text};
use restock::rng::Stream;
use std::fmt::Write;
use std::path::Path;
use std::process::Output;

/// Units of item `i` on day `t`: Poisson about a weekly cycle, doubled every sixth week, two bulk orders of the first item.
fn units(i: usize, t: usize) -> (f64, bool) {
    let law = restock::law::CountLaw::new(0.2);
    let promoted = t % 42 < 7 && t > 42;
    let mean = (1.0 + i as f64) * [0.6, 0.8, 0.9, 1.0, 1.1, 1.4, 1.2][t % 7] * if promoted { 2.0 } else { 1.0 };
    let s = Stream::new(11, &format!("{i}"), "sales", "");
    let bulk = if i == 0 && (t == 150 || t == 310) { 90.0 } else { 0.0 };
    (law.draw(mean, s.at(0, t as i32, 0).uniform(), || s.at(0, t as i32, 1)) as f64 + bulk, promoted)
}

/// A year and a half of sales of five items in two categories.
fn history(dir: &Path) {
    let mut csv = String::from("sku,date,units,category,price,promo\n");
    for i in 0..5 {
        for t in 0..540 {
            let (y, promoted) = units(i, t);
            let category = if i < 3 { "Lighting" } else { "Desks" };
            let day = Day(20_000 + t as i32);
            let _ = writeln!(csv, "item {i},{day},{y},{category},{},{}", 20 * (i + 1), u8::from(promoted));
        }
    }
    std::fs::write(dir.join("sales.csv"), csv).unwrap();
}

fn forecast(dir: &Path, more: &[&str]) -> Output {
    let columns = ["forecast", "sales.csv", "--group", "category", "--price", "price", "--promotion", "promo"];
    restock_in(dir, &[&columns[..], more].concat())
}

fn said(o: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&o.stdout), String::from_utf8_lossy(&o.stderr))
}

/// Rows of a CSV file by column names.
pub fn rows(path: &Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text.lines();
    let names: Vec<String> = lines.next().unwrap().split(',').map(str::to_owned).collect();
    lines.map(|l| names.iter().cloned().zip(l.split(',').map(str::to_owned)).collect()).collect()
}

#[test]
fn a_forecast_is_a_folder_with_a_scenario_that_runs() {
    let dir = scratch("forecast");
    history(&dir);
    let run = forecast(
        &dir,
        &[
            "--new",
            "Lamp,category=Lighting,price=39",
            "--paths",
            "200",
            "--save-paths",
            "--out",
            "output/sales-forecast",
        ],
    );
    assert!(run.status.success(), "{}", said(&run));
    let out = dir.join("output/sales-forecast");
    for file in ["spikes.csv", "suspected-stock-outs.csv", "paths.parquet", "manifest.json", "charts/01-item-4.png"] {
        assert!(out.join(file).exists(), "{file}: {}", said(&run));
    }
    let periods = rows(&out.join("forecast.csv"));
    assert_eq!(periods.len(), 6 * 28, "five items and the new one");
    let number = |r: &std::collections::BTreeMap<String, String>, c: &str| r[c].parse::<f64>().unwrap();
    for r in &periods {
        let levels =
            ["q0.005", "q0.025", "q0.05", "q0.1", "q0.25", "q0.5", "q0.75", "q0.9", "q0.95", "q0.975", "q0.995"];
        let quantiles: Vec<f64> = levels.iter().map(|q| number(r, q)).collect();
        assert!(quantiles.is_sorted() && number(r, "mean") > 0.0 && number(r, "sales") <= number(r, "mean"), "{r:?}");
    }
    // Item 4 sells 5 a day, in two of six weeks of this horizon's cycle twice as much: the mean of four weeks is between.
    let mean = |name: &str| periods.iter().filter(|r| r["item"] == name).map(|r| number(r, "mean")).sum::<f64>();
    assert!((120.0..220.0).contains(&mean("item 4")), "{}", mean("item 4"));
    let lamp = mean("Lamp");
    assert!((10.0..120.0).contains(&lamp), "as its category sells: {lamp}");
    let bulk = rows(&out.join("spikes.csv"));
    assert_eq!(bulk.iter().filter(|r| r["item"] == "item 0").count(), 2, "{bulk:?}");

    let scenario = std::fs::read_to_string(out.join("sales.toml")).unwrap();
    for expected in ["[product.demand.surge]", "Promotion", "After the promotion", "sku = \"Lamp\"", "weekday"] {
        assert!(scenario.contains(expected), "{expected}: {scenario}");
    }
    let check = restock_in(&dir, &["check", "output/sales-forecast/sales.toml"]);
    assert!(said(&check).contains("fine"), "{}", said(&check));
    let again = restock_in(&dir, &["run", "output/sales-forecast/sales.toml", "-n", "20", "--no-charts", "--quiet"]);
    assert!(again.status.success(), "{}", said(&again));
}

#[test]
fn a_forecast_has_the_same_bytes_at_any_number_of_threads() {
    let dir = scratch("forecast-threads");
    history(&dir);
    for jobs in ["1", "3"] {
        let run = forecast(&dir, &["--paths", "60", "--jobs", jobs, "--out", jobs, "--show", "1"]);
        assert!(run.status.success(), "{}", said(&run));
    }
    for file in ["forecast.csv", "totals.csv", "spikes.csv", "sales.toml", "charts/01-item-4.svg"] {
        let read = |jobs: &str| std::fs::read(dir.join(jobs).join(file)).unwrap();
        assert!(read("1") == read("3"), "{file}");
    }
}

#[test]
fn what_cannot_be_forecast_is_said() {
    let dir = scratch("forecast-refused");
    history(&dir);
    for (more, expected) in [
        (&["--only", "itm 3"][..], "did you mean `item 3`?"),
        (&["--new", "item 2"], "there are sales of that item"),
        (&["--new", "Lamp,category=Lamps"], "no item of the file is of the category `Lamps`"),
        (&["--new", "Lamp,price=free"], "price `free` is no number"),
        (&["--new", "Lamp,colour=red"], "neither `category=..` nor `price=..`"),
        (&["--method", "arima"], "`count model and surges`"),
        (&["--horizon", "0"], "0"),
        (&["--save-paths", "--paths", "100000", "--horizon", "1000"], "paths.parquet would have"),
    ] {
        let run = forecast(&dir, more);
        assert_eq!(run.status.code(), Some(2), "{more:?}: {}", said(&run));
        assert!(said(&run).contains(expected), "{more:?}: {}", said(&run));
    }
    assert!(!dir.join("output").exists(), "nothing is left behind");
    std::fs::write(dir.join("empty.csv"), "").unwrap();
    let empty = restock_in(&dir, &["forecast", "empty.csv"]);
    assert_eq!(empty.status.code(), Some(3), "{}", said(&empty));
    // One sale of one item is enough for a forecast.
    std::fs::write(dir.join("one.csv"), "sku,date,units\nLamp,2026-03-01,2\n").unwrap();
    let one = restock_in(&dir, &["forecast", "one.csv", "--dry-run"]);
    assert!(one.status.success() && said(&one).contains("Lamp"), "{}", said(&one));
}

/// Fan charts of odd items: nothing is cut, too small or on other text.
#[test]
fn fan_charts_of_odd_items_fit() {
    let plain =
        |name: &str, start: usize, y: &dyn Fn(usize) -> f64| Item::new(name, start, (start..400).map(y).collect());
    let items = vec![
        plain("steady", 0, &|t| units(2, t).0),
        plain("spiky", 0, &|t| if t % 90 == 50 { 900.0 } else { units(1, t).0 }),
        plain("out of stock for two months", 0, &|t| if (250..310).contains(&t) { 0.0 } else { units(4, t).0 }),
        plain("never sold", 0, &|_| 0.0),
        plain("sold once", 398, &|t| f64::from(u8::from(t == 399))),
        plain("millions", 0, &|t| 2.5e6 + 4e5 * units(3, t).0),
        plain(&"Lamp <b>brushed</b> brass & oak, E27, dimmable, ".repeat(4), 0, &|t| units(0, t).0),
        Item::new("launched next week", 400, Vec::new()),
    ];
    let panel = Panel { first: Day(20_000), step: Step::Day, periods: 400, items };
    for horizon in [1, 28, 180] {
        let history = Pipeline::new(Calendar::plain(horizon)).prepare(panel.clone());
        let fitted = history.fit(&CountModel::default());
        let ahead = history.look_ahead(
            fitted.as_ref(),
            &restock::forecast::outlook::Draws::new(40, 0..horizon, 1),
            &mut |_, _, _| std::ops::ControlFlow::Continue(()),
        );
        let ahead = ahead.unwrap();
        let m = Material {
            lead_times: &[],
            ended: &[],
            history: &history,
            outlook: &ahead,
            method: "count model",
            horizon,
            paths: 40,
            unfinished: None,
        };
        for (i, item) in panel.items.iter().enumerate() {
            let spec = fan(&m, i);
            assert!(!spec.title.contains("NaN") && !spec.alt.is_empty(), "{}", spec.title);
            let problems = layout_problems(&spec);
            assert!(problems.is_empty(), "{} {horizon}: {problems:#?}", item.name);
            let written: Vec<String> = labels(&spec).iter().flat_map(|l| figures(l, &[])).collect();
            for figure in figures(&spec.title, &[&item.name]) {
                assert!(written.contains(&figure), "`{}` says {figure}: {written:?}", spec.title);
            }
        }
        // A table that is read in a window of 80 columns.
        let wide = text(&m, &[0, 1, 2, 3, 4, 5, 7], 80);
        println!("{wide}");
        assert!(wide.lines().all(|l| l.chars().count() <= 80), "{wide}");
        assert!(!history.suspects.is_empty() && !history.spikes.list.is_empty());
    }
}

/// Sales that have doubled in two years are written as a level and a growth: the growth is no season, and the first months are not below the level.
#[test]
fn a_trend_is_written_as_growth() {
    let dir = scratch("forecast-trend");
    let mut text = String::from("sku,date,units\n");
    for t in 0..731 {
        let mean = 40.0 * f64::powf(2.0, f64::from(t) / 730.0);
        let mut draw = restock::rng::Stream::new(11, "trend", "outlook", "").at(0, t, 0);
        let units = restock::law::negative_binomial(mean, None, &mut draw);
        text += &format!("T,{},{units}\n", restock::calendar::Day(19_723 + t));
    }
    std::fs::write(dir.join("sales.csv"), text).unwrap();
    let run = restock_in(&dir, &["forecast", "sales.csv", "--paths", "100", "--no-record", "--out", "out"]);
    assert!(run.status.success() && said(&run).contains("T has grown by"), "{}", said(&run));
    let written = std::fs::read_to_string(dir.join("out/sales.toml")).unwrap();
    let value = |key: &str| -> Option<f64> {
        let line = written.lines().find(|l| l.starts_with(key))?;
        let text = line.split_once('=')?.1.split('#').next()?.trim();
        let percent = text.trim_matches('"').strip_suffix('%').map(|p| p.parse::<f64>().map(|p| p / 100.0).ok());
        percent.unwrap_or_else(|| text.parse().ok())
    };
    // A growth of 41 % a year that levels off over a year: 24 % in the next. 80 units a day at the end.
    let (growth, mean) = (value("trend-per-year").unwrap(), value("mean-per-day").unwrap());
    assert!((0.16..0.32).contains(&growth) && (74.0..86.0).contains(&mean), "{written}");
    if let Some(season) = written.lines().find(|l| l.starts_with("season")) {
        let list = season.split_once('[').unwrap().1.split(']').next().unwrap();
        let months: Vec<f64> = list.split(',').map(|m| m.trim().parse().unwrap()).collect();
        assert!(months.iter().all(|m| (m - 1.0).abs() < 0.1), "{season}");
    }
    let check = restock_in(&dir, &["check", "out/sales.toml"]);
    assert!(check.status.success(), "{}", said(&check));
}
