//! Which products to move from the first supply model to another one.

use crate::cli::{done, scratch, stdout};
use crate::support::{outcome, runnable};
use restock::model::{Experiment, Kpi};
use restock::report::{move_table, summary, text};
use restock::scenario::Runnable;
use restock::study::{OBJECTIVE, Options, Outcome, run};
use std::collections::BTreeMap;

/// Rows of `moves.csv`, by the names of its columns.
fn rows(r: &Runnable, outcome: &Outcome) -> Vec<BTreeMap<String, String>> {
    let table = move_table(&r.scenario, outcome).expect("there is something to choose");
    let named = |row: &Vec<String>| table.header.iter().map(|h| h.to_string()).zip(row.iter().cloned()).collect();
    table.rows.iter().map(named).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} is `{}`", row[column]))
}

/// So many products in two or three supply models: what sells much earns more where parcels are cheap, what sells little where no stock waits.
fn shop(products: usize, third: bool) -> String {
    let mut out = String::from(
        "name = \"c\"\n[horizon]\nstart = 2026-01-01\ndays = 28\nwarmup-days = 10\n[monte-carlo]\nreplications = 128\n\
         [customers]\naccept = { share = 0.7 }\nthirty-day-rule = false\ndelivery-sensitivity = { per-day = 0 }\n",
    );
    for i in 0..products {
        let mean = 10.0 / (i + 1) as f64;
        out += &format!(
            "[[product]]\nsku = \"p{i}\"\nprice = {}\nunit-cost = 8\ncategory = \"k{}\"\ndemand = {{ mean-per-day = {mean}, dispersion = 3 }}\n",
            20 + i % 5,
            i % 3
        );
    }
    let model = |name: &str, policy: &str, lead: u32, parcel: f64| {
        format!(
            "[[supply]]\nname = \"{name}\"\n[[supply.location]]\nname = \"l\"\npolicy = {policy}\n\
             delivery = {{ days = 3, per-order = {parcel} }}\n[[supply.location.route]]\nname = \"r\"\n\
             stage = [{{ name = \"s\", days = {{ gamma = {{ mean = {lead}, sd = {} }} }} }}]\n",
            f64::from(lead) / 2.0
        )
    };
    out += &model("far", "{ order-up-to = { review-days = 7, safety-stock = { service-level = 0.95 } } }", 12, 4.0);
    out += &model("near", "{ order-up-to = { review-days = 2, safety-stock = { service-level = 0.95 } } }", 4, 4.6);
    if third {
        out +=
            &model("between", "{ order-up-to = { review-days = 4, safety-stock = { service-level = 0.9 } } }", 8, 4.2);
    }
    out
}

#[test]
fn the_list_adds_up_and_is_in_order() {
    let r = runnable(&shop(9, true));
    let o = outcome(&r);
    let rows = rows(&r, &o);
    // A row for each product in each further model, those of a product beside each other.
    assert_eq!(rows.len(), 18);
    let chosen: Vec<_> = rows.iter().filter(|row| !row["verdict"].is_empty()).collect();
    assert_eq!(chosen.len(), 9);
    let (mut gain, mut freed, mut last) = (0.0, 0.0, f64::INFINITY);
    let mut moves_are_over = false;
    for row in &chosen {
        let p = o.products.iter().find(|p| p.sku == row["product"]).unwrap();
        let to = o.models.iter().position(|m| *m == row["to"]).unwrap();
        let of = |m: usize, kpi: Kpi| p.models[m].estimate(kpi).unwrap().value;
        let more = of(to, OBJECTIVE) - of(0, OBJECTIVE);
        assert!((number(row, "residual_income_gain") - more).abs() < 1e-6 * (1.0 + more.abs()));
        gain += more;
        freed += of(0, Kpi::InvestedCapital) - of(to, Kpi::InvestedCapital);
        assert!((number(row, "cumulative_gain") - gain).abs() < 1e-6 * (1.0 + gain.abs()));
        assert!((number(row, "cumulative_freed") - freed).abs() < 1e-6 * (1.0 + freed.abs()));
        // Moves first, and both parts by what they gain.
        if row["verdict"] != "move" && !moves_are_over {
            (moves_are_over, last) = (true, f64::INFINITY);
        }
        assert!(row["verdict"] != "move" || !moves_are_over);
        assert!(more <= last);
        last = more;
        // An interval that holds with all others is wider than one that holds alone.
        assert!(
            number(row, "all_hold_low") < number(row, "ci_low")
                && number(row, "ci_high") < number(row, "all_hold_high")
        );
        if row["verdict"] == "move" {
            assert!(number(row, "all_hold_low") > 0.0);
        }
    }
    let other = |row: &BTreeMap<String, String>| rows.iter().filter(|r| r["product"] == row["product"]).count();
    assert!(chosen.iter().all(|row| other(row) == 2));
    // All products as listed: the first model, and the gains of the moves.
    let told = summary(&r.scenario, &o);
    let moved: f64 =
        chosen.iter().filter(|row| row["verdict"] == "move").map(|row| number(row, "residual_income_gain")).sum();
    let earned = &told["moves"]["portfolio"][0]["ways"];
    let (first, listed) = (&earned[0]["figure"]["estimate"], &earned[3]["figure"]["estimate"]);
    let gap = listed.as_f64().unwrap() - first.as_f64().unwrap();
    assert!((gap - moved).abs() < 1e-6 * (1.0 + moved.abs()), "{gap}, {moved}");
    let all = o.all_products().models[0].estimate(OBJECTIVE).unwrap().value;
    assert!((first.as_f64().unwrap() - all).abs() < 1e-6 * all.abs());
}

/// A model with another name is the same to the bit: no difference is a gain, and no ranking invents one.
#[test]
fn what_is_the_same_is_no_move() {
    let twice = shop(5, false);
    let (head, models) = twice.split_once("[[supply]]").unwrap();
    let far = models.split("[[supply]]").next().unwrap();
    let text = format!("{head}[[supply]]{far}[[supply]]{}", far.replace("name = \"far\"", "name = \"far away\""));
    let r = runnable(&text);
    let o = outcome(&r);
    for row in rows(&r, &o) {
        assert_eq!((row["verdict"].as_str(), number(&row, "residual_income_gain")), ("the same", 0.0));
        assert_eq!(number(&row, "probability_better"), 0.5);
    }
    let told = text::comparison(&r.scenario, &o, 100);
    assert!(told.contains("No move from far is shown to earn more: 0 of 5 products are better left there"), "{told}");
}

#[test]
fn there_is_no_list_where_there_is_no_choice() {
    let one = runnable(&shop(1, false));
    assert!(move_table(&one.scenario, &outcome(&one)).is_none());
    let text = shop(3, false);
    let alone = runnable(text.rsplit_once("[[supply]]").unwrap().0);
    assert!(move_table(&alone.scenario, &outcome(&alone)).is_none());
    let mut single = runnable(&text);
    single.experiment.replications = 1;
    assert!(move_table(&single.scenario, &outcome(&single)).is_none());
    // Classes: values of 80 and of 95 %.
    let r = runnable(&shop(9, false));
    let classes: Vec<_> =
        rows(&r, &outcome(&r)).iter().map(|row| (row["product"].clone(), row["abc"].clone())).collect();
    let class = |sku: &str| classes.iter().find(|(p, _)| p == sku).unwrap().1.clone();
    assert_eq!((class("p0").as_str(), class("p8").as_str()), ("A", "C"));
}

/// With a chance of 95 % all intervals of a list hold at once, and those of what the moves come to each by itself: over 300 seeds.
#[test]
fn all_intervals_of_a_list_hold_at_once() {
    let r = runnable(&shop(12, true));
    let repeated = |seed: u64, replications: u32| {
        let experiment = Experiment { seed, replications, ..r.experiment };
        run(&r.scenario, &experiment, Options::default(), &|_| {})
    };
    let mut truth: BTreeMap<(String, String), f64> = BTreeMap::new();
    let chunks = 4;
    for chunk in 0..chunks {
        for row in rows(&r, &repeated(9_000_000 + chunk, 10_000)) {
            let key = (row["product"].clone(), row["to"].clone());
            *truth.entry(key).or_default() += number(&row, "residual_income_gain") / chunks as f64;
        }
    }
    let (seeds, mut all_hold, mut sums_hold, mut each_holds, mut each) = (300, 0, 0, 0, 0);
    for seed in 1..=seeds {
        let rows = rows(&r, &repeated(seed, 128));
        let of = |row: &BTreeMap<String, String>| truth[&(row["product"].clone(), row["to"].clone())];
        let covers = |row: &BTreeMap<String, String>, low: &str, high: &str, truth: f64| {
            number(row, low) <= truth && truth <= number(row, high)
        };
        all_hold += usize::from(rows.iter().all(|row| covers(row, "all_hold_low", "all_hold_high", of(row))));
        each += rows.len();
        each_holds += rows.iter().filter(|row| covers(row, "ci_low", "ci_high", of(row))).count();
        // Every product in the further model that the same replications show as its best.
        let chosen: Vec<_> = rows.iter().filter(|row| !row["verdict"].is_empty()).collect();
        let last = chosen.last().unwrap();
        let sum: f64 = chosen.iter().map(|row| of(row)).sum();
        sums_hold += usize::from(covers(last, "cumulative_ci_low", "cumulative_ci_high", sum));
    }
    let share = |n: usize, of: usize| n as f64 / of as f64;
    println!("all {}, sum {}, each {}", share(all_hold, 300), share(sums_hold, 300), share(each_holds, each));
    // Three binomial errors are 3.8 %; Bonferroni's bound is not sharp, so more may hold than is claimed.
    assert!(share(all_hold, 300) >= 0.95 - 0.038);
    assert!((share(sums_hold, 300) - 0.95).abs() <= 0.038);
    assert!((share(each_holds, each) - 0.95).abs() <= 0.02);
}

#[test]
fn a_run_of_a_catalogue_writes_its_list() {
    let dir = scratch("moves-catalogue");
    std::fs::write(dir.join("shop.toml"), shop(30, false)).unwrap();
    let told = stdout(&done(&dir, &["run", "shop.toml", "--own-policies-only", "--no-charts", "--out", "out"]));
    assert!(told.contains("Each of the 30 products is in kpis.csv."), "{told}");
    assert!(told.contains("All products"), "{told}");
    let list = std::fs::read_to_string(dir.join("out/moves.csv")).unwrap();
    assert_eq!(list.lines().count(), 31);
    assert!(list.starts_with("rank,product,category,abc,xyz,from,to,verdict,residual_income_gain,all_hold_low,"));
}
