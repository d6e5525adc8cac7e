//! `restock why`: parts add up, what is not there has no part, cases by hand, and what the command says of what it cannot do.

use crate::cli::{restock, restock_in, scratch};
use crate::support::{outcome, runnable, shipped};
use restock::decide::{Cause, Causes, Lab, Outages, Parts, Why, without};
use restock::model::{Kpi, Policy, Pooling, Scenario};
use restock::scenario::Runnable;
use restock::stats::interval::Estimate;
use restock::study::{Options, run};
use std::collections::BTreeMap;

/// Ten a day without chance, reviewed every four days from the first day on, delivered after four.
fn by_hand(accept: &str, more: &str) -> Runnable {
    runnable(&format!(
        r#"
name = "by hand"
[horizon]
start = 2026-01-01
days = 40
warmup-days = 8
[monte-carlo]
replications = 64
[[product]]
sku = "x"
price = 20
unit-cost = 8
[demand]
units-per-day = 10
[customers]
accept = "{accept}"
patience = "endless"
promise = "none"
thirty-day-rule = false
[planner]
forecast = "truth-without-surges"
first-review = 2025-12-24
[finance]
shrink = 0
insurance = 0
obsolescence = 0
{more}
[[supply]]
name = "a"
[[supply.location]]
name = "l"
storage-per-m3-month = 0
policy = {{ order-up-to = {{ level = 45, review-days = 4 }} }}
[[supply.location.route]]
name = "r"
terms = [{{ share = 1, at = "receipt" }}]
stage = [{{ name = "s", days = 4 }}]
"#
    ))
}

/// A small shop with every cause: a gamma lead time, reviews every five days in lots of twenty, smoothing, and a post that nobody planned.
fn small(seed: u64, replications: u32) -> Runnable {
    runnable(&format!(
        r#"
name = "small"
[horizon]
start = 2026-01-01
days = 28
warmup-days = 21
[monte-carlo]
replications = {replications}
seed = {seed}
[[product]]
sku = "x"
price = 20
unit-cost = 8
[demand]
mean-per-day = 10
dispersion = 3
[[demand.campaign]]
name = "post"
start = 2026-01-10
days = 3
uplift = {{ uniform = [1, 5] }}
planned = false
[customers]
accept = {{ share = 0.6 }}
patience = {{ daily-hazard = "1%" }}
thirty-day-rule = false
[[supply]]
name = "a"
[[supply.location]]
name = "l"
policy = {{ order-up-to = {{ review-days = 5, safety-stock = {{ service-level = "80%" }} }} }}
order-multiple = 20
[[supply.location.route]]
name = "r"
stage = [{{ name = "s", days = {{ gamma = {{ mean = 6, sd = 3 }} }} }}]
"#
    ))
}

fn parts(r: &Runnable, kpis: &[Kpi]) -> Vec<Parts> {
    let why = Why { kpis: kpis.to_vec() };
    why.run(&Lab::new(2), (&r.scenario, &r.experiment), &mut |_| {}).unwrap()
}

fn outages(r: &Runnable) -> Vec<Outages> {
    Outages::run(&Lab::new(2), (&r.scenario, &r.experiment), 2, &mut |_| {}).unwrap()
}

/// In every shipped scenario, for rates, means of days and money: the parts and what is left make the present value, and so do the
/// interactions, up to the rounding of sums of 80 doubles. The same holds of each group of replications, so that the intervals belong
/// together.
#[test]
fn parts_and_what_is_left_add_up_in_each_estimate() {
    let kpis = [Kpi::BackorderRate, Kpi::MeanBacklog, Kpi::InvestedCapital];
    let cases = ["spring-surge.toml", "black-friday.toml", "bulky-steady.toml"]
        .map(|f| shipped(f, &["monte-carlo.replications=64"]));
    for r in cases.iter().chain([&small(1, 96)]) {
        for of in parts(r, &kpis) {
            for (kpi, worlds) in kpis.iter().zip(&of.kpis) {
                let sum = |samples: Vec<restock::stats::interval::Sample>| {
                    samples.iter().fold(worlds.left().clone(), |sum, part| sum.plus(1.0, part))
                };
                let parts = sum(Cause::ALL.map(|c| worlds.part(c)).to_vec());
                let interactions =
                    sum(Causes::sets().filter(|s| !s.is_empty()).map(|s| worlds.interaction(s)).collect());
                for found in [parts, interactions] {
                    let size = Causes::sets().map(|s| worlds.at(s).value.abs()).fold(0.0, f64::max);
                    let near = |a: f64, b: f64| (a - b).abs() <= 1e-13 * size.max(1e-300);
                    assert!(near(found.value, worlds.present().value), "{} {kpi:?}: {}", of.name, found.value);
                    let both = found.residuals().iter().zip(worlds.present().residuals());
                    assert!(both.clone().all(|(a, b)| near(*a, *b)), "{} {kpi:?}", of.name);
                }
            }
        }
    }
}

/// Level 45, four days of lead time L and of review R. On the evening of day L + j after a review 45 - 10 (L + j) are in stock: 5, -5,
/// -15, -25, so that 25 of 40 are backordered, and 0 + 5 + 15 + 25 over four days wait. With a day of either, all are in stock. So
/// either cause is half of both, neither does anything alone, and the three others are not there.
#[test]
fn four_worlds_by_hand() {
    let r = by_hand("always", "");
    let found = &parts(&r, &[Kpi::BackorderRate, Kpi::MeanBacklog])[0];
    assert_eq!(found.absent, [Cause::LeadTimeVariance, Cause::ForecastError, Cause::Spike]);
    for (worlds, present) in found.kpis.iter().zip([0.625, 11.25]) {
        let both = Causes::only(Cause::LeadTime).with(Cause::LotsAndReview);
        assert_eq!((worlds.present().value, worlds.at(both).value, worlds.left().value), (present, present, 0.0));
        for cause in [Cause::LeadTime, Cause::LotsAndReview] {
            assert_eq!((worlds.alone(cause).value, worlds.goes_without(cause).value), (0.0, present));
            assert!((worlds.part(cause).value - present / 2.0).abs() < 1e-12);
        }
        for cause in &found.absent {
            let part = worlds.part(*cause).estimate();
            assert_eq!((part.value, part.interval()), (0.0, Some((0.0, 0.0))), "{cause:?}");
        }
        assert_eq!(worlds.interaction(both).value, present);
    }
}

/// Without chance, and with a level that covers lead time and review, nobody waits: each part of backorders, and what is left, is exactly
/// nothing, and so is the width of its interval. Capital has two parts alone: time and lots.
#[test]
fn no_noise_gives_nothing() {
    let r = by_hand("always", "");
    let mut scenario = r.scenario;
    scenario.models[0].extra_stock_days = 4.0;
    let r = Runnable { scenario, ..r };
    let found = &parts(&r, &[Kpi::BackorderRate, Kpi::InvestedCapital])[0];
    for cause in Cause::ALL {
        let part = found.kpis[0].part(cause).estimate();
        assert_eq!((part.value, part.interval()), (0.0, Some((0.0, 0.0))), "{cause:?}");
    }
    assert_eq!(found.kpis[0].left().value, 0.0);
    let capital = Cause::ALL.map(|c| found.kpis[1].part(c).value);
    assert!(capital[0] != 0.0 && capital[2] != 0.0, "{capital:?}");
    assert_eq!((capital[1], capital[3], capital[4]), (0.0, 0.0, 0.0));
}

/// Each cause is switched off in a scenario that has it not, and in one from which it was taken before: all KPIs of all replications are the same to the bit.
#[test]
fn what_is_not_there_changes_no_bit() {
    let files = std::fs::read_dir("scenarios").unwrap().flatten().map(|e| e.file_name().into_string().unwrap());
    let mut checked = [0; 5];
    for file in files.filter(|f| f.ends_with(".toml")) {
        let r = shipped(&file, &["monte-carlo.replications=2"]);
        for (i, cause) in Cause::ALL.into_iter().enumerate() {
            let once = without(&r.scenario, |c| c == cause);
            let twice = without(&once, |c| c == cause);
            assert_eq!(format!("{once:?}"), format!("{twice:?}"), "{file}, {cause:?}");
            checked[i] += usize::from(format!("{:?}", r.scenario) == format!("{once:?}"));
        }
    }
    assert!(checked[4] > 0, "some scenario has no spike: {checked:?}");
    let r = by_hand("always", "");
    let scenario = without(&r.scenario, |c| matches!(c, Cause::LeadTimeVariance | Cause::ForecastError | Cause::Spike));
    let bits = |r: &Runnable| outcome(r).products[0].models[0].rows.clone();
    let same = Runnable { scenario, ..by_hand("always", "") };
    assert_eq!(format!("{:?}", bits(&r)), format!("{:?}", bits(&same)));
}

/// The mean of a stage stays what it was when its variance goes, and an order takes a day when time and variance are gone.
#[test]
fn lead_times_are_those_that_are_said() {
    let r = small(3, 400);
    let mean = |off: &[Cause]| {
        let scenario = without(&r.scenario, |c| off.contains(&c));
        let o = run(&scenario, &r.experiment, Options::default(), &|_| {});
        o.products[0].models[0].estimate(Kpi::MeanLeadTime).unwrap()
    };
    assert_eq!(mean(&[Cause::LeadTime, Cause::LeadTimeVariance]).value, 1.0);
    assert_eq!(mean(&[Cause::LeadTimeVariance]).value, 6.0);
    let as_it_is = mean(&[]);
    // A lot that is received in the window is one of a few days before it: within four standard errors of six.
    assert!((as_it_is.value - 6.0).abs() < 4.0 * as_it_is.standard_error.unwrap(), "{as_it_is:?}");
    // E max(X - 6, 0) of this law is 1.17; days are rounded, and one is the least.
    let late = mean(&[Cause::LeadTime]).value;
    assert!((1.5..2.4).contains(&late), "{late}");
}

/// Nobody waits: on the evenings after a review 30, 20, 10 and 0 are in stock, then 5, 0, 0 and 0, so that on 4 of 8 days the shelf is empty,
/// and 25 of 80 are lost. A week of demand more, and nobody is: 125 units in 40 days, each with a contribution of 11.12: the price of 20, less
/// the processor's 2.9 % and 0.30, less a cost of 8.
#[test]
fn a_week_earlier_by_hand() {
    let r = by_hand("never", "");
    let found = &outages(&r)[0];
    let x = &found.products[0];
    assert_eq!((x.days.value, x.share.value, x.walked_away.value), (20.0, 0.5, 125.0));
    assert_eq!((x.backordered.value, x.cancelled.value), (0.0, 0.0));
    assert!((x.lost.value - 1_390.0).abs() < 1e-6, "{}", x.lost.value);
    assert!((x.lost_per_day.unwrap().value - 69.5).abs() < 1e-6);
    let earlier = x.earlier.unwrap();
    assert_eq!((earlier.days.value, earlier.units.value), (-20.0, -125.0));
    // To hold stock costs nothing here but capital, so that all of the difference is the contribution of what is sold.
    assert!((earlier.contribution.value - 1_390.0).abs() < 1e-6, "{}", earlier.contribution.value);
    assert!(earlier.capital.value > 0.0);
    let days: Vec<f64> = x.by_day[..8].iter().map(|d| d.walked_away).collect();
    assert_eq!(days, [0.0, 0.0, 0.0, 0.0, 0.0, 5.0, 10.0, 10.0]);
    let empty: Vec<f64> = x.by_day[..8].iter().map(|d| d.out_of_stock).collect();
    assert_eq!(empty, [0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
}

/// Days add up to the window, products to all of them.
#[test]
fn days_and_products_add_up() {
    let one = shipped("online-retail.toml", &["monte-carlo.replications=64"]);
    let lamp = "[[product]]\nsku = \"lamp\"\nprice = 60\nunit-cost = 20\n\n[demand]\n";
    let text = std::fs::read_to_string("scenarios/bulky-steady.toml").unwrap();
    let two = runnable(&text.replace("[demand]\n", lamp).replace("replications = 5_000", "replications = 64"));
    assert_eq!(two.scenario.products.len(), 2);
    let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-9 * a.abs().max(1.0), "{a} and {b}");
    for m in [one, two].iter().flat_map(outages) {
        let each = || m.products.iter();
        near(each().map(|p| p.days.value).sum(), m.all.days.value);
        near(each().map(|p| p.lost.value).sum(), m.all.lost.value);
        for s in each().chain([&m.all]) {
            let sum = |of: fn(&restock::decide::Day) -> f64| s.by_day.iter().map(of).sum::<f64>();
            near(sum(|d| d.out_of_stock), s.days.value);
            near(sum(|d| d.backordered), s.backordered.value);
            near(sum(|d| d.walked_away), s.walked_away.value);
            near(sum(|d| d.cancelled), s.cancelled.value);
            near(sum(|d| d.lost), s.lost.value);
        }
        let week = |p: &restock::decide::Short| p.earlier.unwrap().contribution.value;
        near(each().map(week).sum(), m.all.earlier.unwrap().contribution.value);
    }
}

/// A one-time buy is placed a week earlier, with the units that it has; before the run begins nothing is.
#[test]
fn a_single_order_a_week_earlier_is_the_same_order() {
    let of = |days: i32| {
        let r = by_hand("never", "");
        let mut scenario: Scenario = r.scenario;
        let day = scenario.horizon.start.plus(days);
        scenario.models[0].locations[0].policy = Policy::OneTime { quantity: 100, day };
        scenario.models[0].locations[0].initial_on_hand = Some(100);
        outages(&Runnable { scenario, ..r })[0].products[0].clone()
    };
    let earlier = of(10).earlier.unwrap();
    // 100 are sold before the window's second day is over; the order comes on day 14, or on day 7: seven days sooner, and no unit more.
    assert_eq!((earlier.days.value, earlier.units.value), (0.0, 0.0));
    assert_eq!(of(-6).earlier, None, "a week before is before the first day");
}

/// Intervals of parts, of what is lost, and of what a week is worth: 200 seeds of 128 replications, against 20,000 of other seeds.
#[test]
fn intervals_cover() {
    let kpis = [Kpi::BackorderRate, Kpi::InvestedCapital];
    let figures = |seed: u64, n: u32| -> BTreeMap<String, Estimate> {
        let r = small(seed, n);
        let mut out = BTreeMap::new();
        let found = &parts(&r, &kpis)[0];
        for (kpi, worlds) in kpis.iter().zip(&found.kpis) {
            for cause in Cause::ALL {
                out.insert(format!("{} of {}", cause.name(), kpi.name()), worlds.part(cause).estimate());
            }
            out.insert(format!("left of {}", kpi.name()), worlds.left().estimate());
            let pair = Causes::only(Cause::LeadTime).with(Cause::LotsAndReview);
            out.insert(format!("interaction of {}", kpi.name()), worlds.interaction(pair).estimate());
        }
        let short = outages(&r).remove(0).all;
        let earlier = short.earlier.unwrap();
        let of_shelves = [
            ("days", short.days),
            ("lost", short.lost),
            ("lost per day", short.lost_per_day.unwrap()),
            ("week, contribution", earlier.contribution),
            ("week, residual income", earlier.residual_income),
        ];
        out.extend(of_shelves.map(|(name, e)| (name.to_owned(), e)));
        out
    };
    let truth = figures(1_000_000, 20_000);
    let seeds = 200;
    let mut covered: BTreeMap<String, u32> = BTreeMap::new();
    for seed in 1..=seeds {
        for (name, e) in figures(seed, 128) {
            let (low, high) = e.interval().unwrap();
            let within = low <= truth[&name].value && truth[&name].value <= high;
            *covered.entry(name).or_default() += u32::from(within);
        }
    }
    // Four binomial standard errors of 200 seeds are 6.2 %, and the truth itself is known to 8 % of a half-width.
    let off: Vec<String> = covered
        .iter()
        .map(|(name, n)| (name, f64::from(*n) / seeds as f64))
        .filter(|(_, share)| !(0.885..=1.0).contains(share))
        .map(|(name, share)| format!("{name} covers {:.1} %", 100.0 * share))
        .collect();
    println!("{covered:#?}");
    assert!(off.is_empty(), "{off:#?}");
    // An interval that always covers says too little.
    let mean = covered.values().sum::<u32>() as f64 / covered.len() as f64 / seeds as f64;
    assert!((0.925..0.975).contains(&mean), "{mean}");
}

const FEW: [&str; 6] = ["why", "scenarios/bulky-steady.toml", "-n", "70", "--dry-run", "--json"];

/// The same bytes on one thread and on three.
#[test]
fn threads_change_no_byte() {
    let on = |threads: &str| {
        let out = restock(&[&FEW[..], &["--threads", threads]].concat());
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        out.stdout
    };
    assert!(on("1") == on("3"));
}

/// The folder has the answer, its tables and its charts; a model alone has the figures that it has among others.
#[test]
fn an_answer_is_a_folder() {
    let dir = scratch("why-folder");
    let out = dir.join("out");
    let scenario = format!("{}/scenarios/bulky-steady.toml", env!("CARGO_MANIFEST_DIR"));
    let ran = restock_in(&dir, &["why", &scenario, "-n", "70", "--out", out.to_str().unwrap()]);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    for file in [
        "answer.json",
        "why.csv",
        "interactions.csv",
        "out-of-stock.csv",
        "out-of-stock-by-day.csv",
        "charts/why-backorder-rate.png",
        "charts/why-mean-backlog.png",
        "charts/why-invested-capital.svg",
        "charts/lost-by-day.png",
        "charts/a-week-earlier.png",
    ] {
        assert!(out.join(file).exists(), "{file}");
    }
    let rows = std::fs::read_to_string(out.join("why.csv")).unwrap().lines().count();
    assert_eq!(rows, 1 + 3 * 2 * 7);
    let answer: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("answer.json")).unwrap()).unwrap();
    let alone = restock(&[&FEW[..], &["--model", "Direct from manufacturer"]].concat());
    let alone: serde_json::Value = serde_json::from_slice(&alone.stdout).unwrap();
    assert_eq!(alone["parts"][0]["models"][0], answer["parts"][0]["models"][1]);
    assert_eq!(alone["out_of_stock"]["models"][0], answer["out_of_stock"]["models"][1]);
}

/// Each with its exit code and its exact words; nothing is written.
#[test]
fn what_cannot_be_answered_is_refused() {
    let dir = scratch("why-refused");
    let file = "s.toml";
    let text = std::fs::read_to_string(format!("{}/scenarios/bulky-steady.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
    std::fs::write(dir.join(file), text).unwrap();
    let cases: [(&[&str], i32, &str); 14] = [
        (
            &["--model", "Rail"],
            3,
            "`--model`: the scenario has no supply model `Rail`; it has `Ocean freight + 3PL`, `Direct from manufacturer`",
        ),
        (&["--model", ""], 3, "`--model`: the scenario has no supply model ``; it has `Ocean freight + 3PL`"),
        (
            &["--model", "Ocean freight + 3PL", "--model", "Ocean freight + 3PL"],
            3,
            "`--model`: `Ocean freight + 3PL` is named twice; name each supply model once",
        ),
        (
            &["--kpi", "backorder"],
            2,
            "`--kpi` cannot be `backorder`: there is no KPI of this name; did you mean `backorder_rate`?",
        ),
        (
            &["--kpi", "xyz"],
            2,
            "`--kpi` cannot be `xyz`: there is no KPI of this name; summary.json of a run has all KPIs",
        ),
        (&["--kpi", "p95_wait"], 2, "a quantile of waits has no parts that add up: ask for `mean_wait`"),
        (&["--kpi", "fill_rate", "--kpi", "fill_rate"], 3, "`--kpi`: `fill_rate` is named twice; name each KPI once"),
        (
            &["--kpi", "preorder_on_time_rate"],
            3,
            "`preorder_on_time_rate` has no value in supply model `Ocean freight + 3PL` without replenishment time, its variance, lots and review, forecast error, spike, so that it has no parts; ask for a KPI that exists in every replication, such as `backorder_rate` or `lost_sales_rate`",
        ),
        (&["-n", "0"], 3, "`replications` is 0"),
        (&["-n", "many"], 2, "`--replications` cannot be `many`: write a whole number, 0 or more"),
        (&["--seed", "-1"], 2, "`restock why` has no option `-1`; `restock why --help` lists the options"),
        (&["--set", "demand.mean-per-day=-3"], 3, "`mean-per-day` is -3"),
        (&["--set", "supply.Rail.overflow=true"], 3, "no entry of `supply` is named `Rail`"),
        (&["--dry-run", "--out", "x"], 2, "`--dry-run` and `--out` exclude each other; leave one out"),
    ];
    for (arguments, code, words) in cases {
        let out = restock_in(&dir, &[&["why", file, "-q"], arguments].concat());
        let said = String::from_utf8_lossy(&out.stderr).replace('\n', " ");
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(out.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
    let nowhere = restock_in(&dir, &["why", "nowhere.toml"]);
    assert!(nowhere.status.code().is_some_and(|code| code >= 3));
    let left: Vec<_> = std::fs::read_dir(&dir).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, [file], "nothing was written");
}

/// Every KPI that is a sample somewhere, taken apart: none is refused but for what it is.
#[test]
fn every_kpi_is_taken_apart_or_refused() {
    let r = small(1, 64);
    let lab = Lab::new(2);
    for kpi in Kpi::ALL {
        let found = Why { kpis: vec![*kpi] }.run(&lab, (&r.scenario, &r.experiment), &mut |_| {});
        match found {
            Ok(parts) => {
                assert!(parts[0].kpis[0].present().value.is_finite() && kpi.pooling() != Pooling::WaitQuantile)
            }
            Err(e) => assert!(e.to_string().contains("has no value"), "{kpi:?}: {e}"),
        }
    }
}
