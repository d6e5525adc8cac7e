//! How much stock each product has, so that all together serve as asked with the least capital.

use crate::cli::{done, restock_in, scratch, stderr, stdout};
use crate::support::runnable;
use restock::decide::{By, Lab, Mix, Mixed};
use restock::model::{Experiment, Kpi, Terms};
use restock::report::mix;
use restock::scenario::{Loader, Runnable};
use restock::study::{Options, run};

/// So many products, dear and cheap, steady and not, in two supply models.
fn shop(products: usize) -> String {
    let mut out = String::from(
        "name = \"c\"\n[horizon]\nstart = 2026-01-01\ndays = 28\nwarmup-days = 20\n[monte-carlo]\nreplications = 300\n\
         [customers]\naccept = { share = 0.7 }\nthirty-day-rule = false\ndelivery-sensitivity = { per-day = 0 }\n",
    );
    for i in 0..products {
        out += &format!(
            "[[product]]\nsku = \"p{i}\"\nprice = {}\nunit-cost = {}\ndemand = {{ mean-per-day = {}, dispersion = {} }}\n",
            20 + 10 * (i % 4),
            4 + 9 * (i % 3),
            [9, 3, 5, 1][i % 4],
            [6, 2, 1, 3][i % 4],
        );
    }
    for (name, lead) in [("far", 9), ("near", 4)] {
        out += &format!(
            "[[supply]]\nname = \"{name}\"\n[[supply.location]]\nname = \"l\"\n\
             policy = {{ order-up-to = {{ review-days = 5, safety-stock = {{ service-level = 0.9 }} }} }}\n\
             [[supply.location.route]]\nname = \"r\"\nstage = [{{ name = \"s\", days = {{ gamma = {{ mean = {lead}, sd = {} }} }} }}]\n",
            f64::from(lead) / 2.0
        );
    }
    out
}

fn asked(target: f64, by: By) -> Mix {
    Mix { target, by, points: 8, screen: 192 }
}

fn found(r: &Runnable, mix: &Mix, seed: u64, replications: u32, model: usize) -> Mixed {
    let experiment = Experiment { seed, replications, ..r.experiment };
    mix.run(&Lab::new(0), (&r.scenario, &experiment), model, &mut |_| {}).unwrap()
}

/// All products with these days more, on other shoppers: capital, and service by units.
fn run_with(r: &Runnable, days: &[f64], seed: u64, replications: u32) -> (f64, f64) {
    let mut scenario = r.scenario.clone();
    scenario.models.truncate(1);
    for (product, days) in scenario.products.iter_mut().zip(days) {
        let terms = Terms { extra_stock_days: *days, ..Terms::default() };
        product.in_models = vec![(scenario.models[0].name.clone(), terms)];
    }
    let experiment = Experiment { seed, replications, ..r.experiment };
    let o = run(&scenario, &experiment, Options::default(), &|_| {});
    let all = &o.all_products().models[0];
    (all.estimate(Kpi::InvestedCapital).unwrap().value, all.estimate(Kpi::FillRate).unwrap().value)
}

#[test]
fn a_mix_serves_as_asked_with_less_capital() {
    let r = runnable(&shop(8));
    for (model, by) in [(0, By::Units), (1, By::Units), (0, By::Value)] {
        let m = found(&r, &asked(0.95, by), 7, 1_000, model);
        let mixed = m.mixed.as_ref().unwrap();
        assert!((mixed.service.value - 0.95).abs() < 0.004, "{}", mixed.service.value);
        let (_, alike) = m.same_days.as_ref().unwrap();
        assert!((alike.service.value - 0.95).abs() < 0.004, "{}", alike.service.value);
        let (low, _) = m.saves().unwrap().interval().unwrap();
        assert!(low > 0.0, "{:?}", m.saves());
        // What is saved at the same service is nearly what is tied up less.
        let less = alike.capital.value - mixed.capital.value;
        assert!((m.saves().unwrap().value - less).abs() < 0.02 * alike.capital.value);
    }
}

/// The columns of `catalogue.csv` are the mix: a scenario that has them ties up, and serves, what was told, to the bit.
#[test]
fn the_columns_that_are_written_are_the_mix() {
    let r = runnable(&shop(5));
    let asked = asked(0.95, By::Units);
    let experiment = Experiment { seed: 7, replications: 300, ..r.experiment };
    let m = asked.run(&Lab::new(0), (&r.scenario, &experiment), 0, &mut |_| {}).unwrap();
    let answer = mix((&r.scenario, &experiment), &asked, std::slice::from_ref(&m), 100);
    let (_, columns) = answer.tables.iter().find(|(name, _)| name == "catalogue.csv").unwrap();
    let mut table = String::from("sku,price,cost,mean-per-day,dispersion,extra-stock-days @ far\n");
    for (p, row) in r.scenario.products.iter().zip(&columns.rows) {
        let i: usize = p.sku[1..].parse().unwrap();
        table += &format!(
            "{},{},{},{},{},{}\n",
            p.sku,
            p.price,
            p.unit_cost,
            [9, 3, 5, 1][i % 4],
            [6, 2, 1, 3][i % 4],
            row[1]
        );
    }
    let dir = scratch("mix-columns");
    std::fs::write(dir.join("products.csv"), table).unwrap();
    let text = shop(0).replace("[customers]", "[catalogue]\nfile = \"products.csv\"\n[customers]");
    let again = Loader::default().load_str("c.toml", &text, &dir);
    let again = again.unwrap_or_else(|d| panic!("{}", d.render(false))).value.runnable;
    let days: Vec<f64> = m.products.iter().map(|c| c.mixed.extra_days).collect();
    assert!(days.iter().any(|d| *d != days[0]), "{days:?}");
    let experiment = Experiment { seed: 99, replications: 128, ..again.experiment };
    let mut scenario = again.scenario.clone();
    scenario.models.truncate(1);
    let o = run(&scenario, &experiment, Options::default(), &|_| {});
    let all = &o.all_products().models[0];
    let (capital, service) = run_with(&r, &days, 99, 128);
    assert_eq!(all.estimate(Kpi::InvestedCapital).unwrap().value.to_bits(), capital.to_bits());
    assert_eq!(all.estimate(Kpi::FillRate).unwrap().value.to_bits(), service.to_bits());
}

/// What a mix saves, and what it serves, is covered by its interval as often as it says: each choice is run once more on many other shoppers.
#[test]
fn intervals_of_what_a_mix_saves_cover() {
    let r = runnable(&shop(3));
    let (seeds, mut saves, mut capital, mut service) = (200, 0, 0, 0);
    for seed in 1..=seeds {
        let m = found(&r, &asked(0.93, By::Units), seed, 256, 0);
        let days: Vec<f64> = m.products.iter().map(|c| c.mixed.extra_days).collect();
        let (alike, _) = m.same_days.as_ref().unwrap();
        let truth = |days: &[f64]| run_with(&r, days, 5_000_000 + seed, 5_000);
        let (mixed, same) = (truth(&days), truth(&[*alike; 3]));
        let saved = same.0 - mixed.0 - m.slope * (same.1 - mixed.1);
        let covers = |e: restock::stats::interval::Estimate, truth: f64| {
            let (low, high) = e.interval().unwrap();
            low <= truth && truth <= high
        };
        saves += usize::from(covers(m.saves().unwrap(), saved));
        capital += usize::from(covers(m.mixed.as_ref().unwrap().capital.estimate(), mixed.0));
        service += usize::from(covers(m.mixed.as_ref().unwrap().service.estimate(), mixed.1));
    }
    let share = |n: usize| n as f64 / seeds as f64;
    println!("saves {}, capital {}, service {}", share(saves), share(capital), share(service));
    // Three binomial errors of 200 are 4.6 %; the truth has an error of its own, a fifth of that of an estimate, which takes 0.4 %.
    for covered in [saves, capital, service] {
        assert!((share(covered) - 0.95).abs() < 0.05, "{}", share(covered));
    }
}

#[test]
fn what_cannot_be_reached_or_is_not_there_is_said() {
    let dir = scratch("mix-said");
    std::fs::write(dir.join("shop.toml"), shop(3)).unwrap();
    let o = restock_in(&dir, &["mix", "shop.toml", "--model", "nearby", "--dry-run"]);
    assert_eq!(o.status.code(), Some(2));
    assert!(stderr(&o).contains("there is no supply model `nearby`; the scenario has `far`, `near`"), "{}", stderr(&o));
    let o = restock_in(&dir, &["mix", "shop.toml", "--target", "150%", "--dry-run"]);
    assert_eq!(o.status.code(), Some(2));
    let told = stdout(&done(
        &dir,
        &["mix", "shop.toml", "--target", "100%", "--model", "near", "-n", "64", "--dry-run", "-q", "--json"],
    ));
    assert!(told.contains("No supply model reaches a 100 % fill rate of all products"), "{told}");
    let told =
        stdout(&done(&dir, &["mix", "shop.toml", "--by", "value", "--target", "93%", "-n", "128", "--out", "out"]));
    assert!(told.contains("by value"), "{told}");
    for file in ["answer.json", "mix.csv", "catalogue.csv", "curves.csv", "charts/mix.png", "manifest.json"] {
        assert!(dir.join("out").join(file).exists(), "{file}");
    }
    let one = |threads: &str| {
        stdout(&done(&dir, &["mix", "shop.toml", "-n", "64", "--json", "--dry-run", "-q", "--threads", threads]))
    };
    assert_eq!(one("1"), one("2"));
}
