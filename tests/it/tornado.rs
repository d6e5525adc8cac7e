//! What a comparison hinges on: ranges of assumptions, their effects, break-evens, sensitivity indices, maps.

use crate::cli::{restock_in, scratch};
use crate::support::runnable;
use restock::decide::{BreakEven, Lab, Map, Pair, Runs, Sobol, SobolDesign, Tornado};
use restock::model::Kpi;
use restock::scenario::{Document, Loader, Ranged, Register, Variant, assumptions, register};
use restock::stats::interval::Estimate;
use restock::study::{Lever, Options, run};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Output;

/// A small shop with two models: near, and far with parcels that pay duty one by one.
fn shop(seed: u64, replications: u32) -> String {
    let model = |name: &str, days: u32, level: u32, delivery: &str| {
        format!(
            "\
             [[supply]]\n\
             name = \"{name}\"\n\
             [[supply.location]]\n\
             name = \"l\"\n\
             policy = {{ base-stock = {{ level = {level} }} }}\n\
             delivery = {{ {delivery} }}\n\
             [[supply.location.route]]\n\
             name = \"r\"\n\
             stage = [{{ name = \"Production\", days = {{ gamma = {{ mean = {days}, sd = 3 }} }} }}]\n"
        )
    };
    format!(
        "\
         name = \"Shop\"\n\
         [horizon]\n\
         start = 2026-01-01\n\
         days = 28\n\
         warmup-days = 10\n\
         [monte-carlo]\n\
         replications = {replications}\n\
         seed = {seed}\n\
         [[product]]\n\
         sku = \"x\"\n\
         price = 20\n\
         unit-cost = 8\n\
         [demand]\n\
         mean-per-day = 10\n\
         dispersion = 3\n\
         [customers]\n\
         accept = {{ share = 0.6 }}\n\
         patience = {{ daily-hazard = \"0.1%\" }}\n\
         thirty-day-rule = false\n\
         {}{}",
        model("Near", 8, 90, "days = 3, per-order = 5, per-kg = 1"),
        model("Far", 6, 70, "days = 5, per-order = 4.6, per-kg = 2, duty-per-order = true"),
    )
}

fn variant(text: &str) -> Variant {
    Document::from_text("shop.toml", text, Path::new(".")).unwrap_or_else(|d| panic!("{}", d.render(false))).unchanged()
}

const PAIR: Pair = Pair { of: 1, against: 0 };

/// A tornado of the assumptions that are named, between the ends given.
fn tornado(text: &str, named: &[(&str, f64, f64)]) -> Tornado {
    let base = variant(text);
    let ranged: Vec<Ranged> = named.iter().map(|n| of(&base, *n)).collect();
    let lab = Lab::new(1);
    let mut runs = Runs::new(&lab, &base, &base.runnable().unwrap().experiment, Kpi::ResidualIncome);
    Tornado::run(&mut runs, PAIR, &ranged, &mut |_| {}).unwrap()
}

fn of(base: &Variant, (name, low, high): (&str, f64, f64)) -> Ranged {
    if let Some(known) = register(base, "Far").get(name) {
        let mut known = known.clone();
        known.range = (low, high);
        return known;
    }
    Ranged::of_key(base, &name.parse().unwrap(), (low, high), false).unwrap_or_else(|d| panic!("{}", d.render(false)))
}

/// Every range has a source, a date and a confidence, and holds the values of every preset and shipped scenario, but for those that are
/// listed with their reason.
#[test]
fn every_range_is_sourced_and_holds_the_defaults() {
    let page = assumptions();
    let section = page.split("## ranges\n").nth(1).unwrap().split("\n## ").next().unwrap();
    let rows: Vec<Vec<&str>> =
        section.lines().filter(|l| l.starts_with("| `")).map(|l| l.split(" | ").collect()).collect();
    assert!(rows.len() >= 35, "{} ranges", rows.len());
    for row in &rows {
        let [name, _, what, source, date, confidence] = row.as_slice() else { panic!("{row:?}") };
        assert!(what.len() > 5 && source.len() > 2 && !date.is_empty(), "{row:?}");
        assert!(["H", "M", "L", "K", "X"].contains(&confidence.trim_end_matches(" |")), "{row:?}");
        let name = name.trim_start_matches("| `").trim_end_matches('`');
        assert!(Register::knows(name), "{name} is nowhere applied");
    }
    // What a scenario has of its own, where its goods, its currency or its subject are not those of the range.
    let own = [
        ("black-friday.toml", "minimum-order"),          // make-up, in lots of 2,000
        ("black-friday-preorder.toml", "minimum-order"), // the same
        ("factory-delay.toml", "inspection-failure"),    // a factory in trouble is its subject
        ("online-retail.toml", "domestic-postage"),      // pounds
    ];
    let mut checked = BTreeMap::new();
    let presets = ["ocean-3pl", "direct", "hybrid", "ocean-us-east", "ocean-eu", "direct-small-batch"];
    let models = presets.map(|p| format!("[[supply]]\nname = \"{p}\"\npreset = \"{p}\"\n")).concat();
    let head = "name = \"p\"\n[[product]]\nsku = \"x\"\nprice = 60\nunit-cost = 14\n[demand]\nmean-per-day = 5\n\
                [demand.surge]\nper-year = 2\npeak-uplift = 4\n";
    let mut all = vec![("presets".to_owned(), variant(&format!("{head}{models}")))];
    for entry in std::fs::read_dir("scenarios").unwrap().flatten() {
        let file = entry.file_name().to_string_lossy().into_owned();
        if file.ends_with(".toml") {
            let document = Loader::default().document(&entry.path()).unwrap_or_else(|d| panic!("{}", d.render(false)));
            all.push((file, document.unchanged()));
        }
    }
    let mut left = own.to_vec();
    for (file, base) in &all {
        let models = base.runnable().unwrap_or_else(|d| panic!("{}", d.render(false))).scenario.models;
        for r in models.iter().flat_map(|m| register(base, &m.name).used) {
            let Some((low, high)) = r.present() else { panic!("{file}: {} has no number", r.name) };
            let holds = r.range.0 <= low && high <= r.range.1;
            let here = (file.as_str(), r.name.as_str());
            assert!(holds != own.contains(&here), "{here:?} is {low} to {high}, its range {:?}", r.range);
            left.retain(|o| *o != here);
            *checked.entry(r.name).or_insert(0) += 1;
        }
    }
    assert!(left.is_empty(), "{left:?} are no exceptions");
    assert!(checked.len() >= 30, "{checked:?}");
}

/// Nobody returns anything and no parcel weighs: what a model does not use moves it by nothing, to the bit.
#[test]
fn what_neither_model_uses_moves_nothing() {
    let t = tornado(
        &shop(1, 128),
        &[
            ("finance.lifetime-value.future-orders", 0.0, 5.0),
            ("customers.express-consent", 0.1, 0.9),
            ("parcel-price", 3.0, 6.0),
        ],
    );
    for bar in &t.bars {
        let (low, high) = bar.effect.interval().unwrap();
        let nothing = bar.assumption.name != "parcel-price";
        assert_eq!(nothing, bar.effect.value == 0.0 && low == 0.0 && high == 0.0, "{bar:?}");
        assert_eq!(nothing, bar.is_nothing());
    }
    assert_eq!(t.bars[0].assumption.name, "parcel-price");
    // Both that move nothing share a place.
    assert_eq!(t.bars.iter().map(|b| b.rank).collect::<Vec<_>>(), [1, 2, 2]);
}

/// The parcel price is a line that a run reads off itself: the search finds the same root, and its interval is as long.
#[test]
fn a_searched_break_even_is_that_of_the_line() {
    let text = shop(3, 512);
    let r = runnable(&text);
    let outcome = run(&r.scenario, &r.experiment, Options { equal_terms: true, ..Options::default() }, &|_| {});
    let line = outcome.flips_of("Far").unwrap().flips.iter().find(|f| f.lever == Lever::ParcelPrice).unwrap();
    let t = tornado(&text, &[("parcel-price", line.at.value - 3.0, line.at.value + 1.0)]);
    let BreakEven::At { at, shown } = t.bars[0].break_even else { panic!("{:?}", t.bars[0]) };
    assert!(shown);
    let half = line.at.half_width().unwrap();
    assert!((at.value - line.at.value).abs() < 1e-3 * half, "{at:?} {:?}", line.at);
    let ((a, b), (c, d)) = (at.interval().unwrap(), line.at.interval().unwrap());
    assert!((a - c).abs() < 0.02 * half && (b - d).abs() < 0.02 * half, "{a} {b} {c} {d}");
    // Beyond the root there is none.
    let t = tornado(&text, &[("parcel-price", line.at.value + 0.5, line.at.value + 2.0)]);
    assert!(matches!(t.bars[0].break_even, BreakEven::None { .. }), "{:?}", t.bars[0]);
}

/// Coverage over 300 seeds of each kind of interval of a bar: the difference at an end, the effect of a lever that goes straight and of one that
/// does not, and the break-even of each. The truth is that of 8 other seeds with 4,096 replications; three binomial standard errors are 3.8 %.
#[test]
fn intervals_of_bars_cover() {
    const LEVERS: [(&str, f64, f64); 2] = [("parcel-price", 3.0, 6.5), ("demand.mean-per-day", 8.0, 13.0)];
    let figures = |seed: u64, n: u32| -> Vec<(&'static str, Estimate)> {
        let t = tornado(&shop(seed, n), &LEVERS);
        let bar = |name: &str| t.bars.iter().find(|b| b.assumption.name == name).unwrap();
        let at = |name: &str| match bar(name).break_even {
            BreakEven::At { at, .. } => at,
            BreakEven::None { .. } => panic!("{seed}: {:?}", bar(name)),
        };
        let (straight, bent) = (bar(LEVERS[0].0), bar(LEVERS[1].0));
        vec![
            ("difference at an end", straight.high),
            ("effect of a line", straight.effect),
            ("effect", bent.effect),
            ("break-even of a line", at(LEVERS[0].0)),
            ("break-even", at(LEVERS[1].0)),
        ]
    };
    let mut truth: BTreeMap<&str, f64> = BTreeMap::new();
    const OTHERS: u64 = 8;
    for seed in 0..OTHERS {
        for (name, e) in figures(1_000_000 + seed, 4_096) {
            *truth.entry(name).or_default() += e.value / OTHERS as f64;
        }
    }
    const SEEDS: u64 = 300;
    let mut covered: BTreeMap<&str, f64> = BTreeMap::new();
    for seed in 1..=SEEDS {
        for (name, e) in figures(seed, 256) {
            // Without a bound all is allowed.
            let within = e.interval().is_none_or(|(low, high)| low <= truth[name] && truth[name] <= high);
            *covered.entry(name).or_default() += f64::from(u8::from(within)) / SEEDS as f64;
        }
    }
    println!("{truth:?} {covered:?}");
    for (name, share) in covered {
        assert!((share - 0.95).abs() < 0.038 + 0.01, "{name} covers {share}");
    }
}

/// Two assumptions that add up: each index is what it would be alone, and the map is level where the tornado says.
#[test]
fn indices_and_maps_agree_with_single_effects() {
    let text = shop(5, 256);
    let base = variant(&text);
    let lab = Lab::new(1);
    let mut runs = Runs::new(&lab, &base, &base.runnable().unwrap().experiment, Kpi::ResidualIncome);
    let levers = [of(&base, ("parcel-price", 3.0, 6.5)), of(&base, ("cost-of-capital", 0.1, 0.25))];
    let t = Tornado::run(&mut runs, PAIR, &levers, &mut |_| {}).unwrap();
    let design = SobolDesign { inputs: 2, scrambles: 8, power: 5 };
    let found = Sobol::run(&runs, (PAIR, &levers), (design, 128), &mut |_| {}).unwrap();
    let effect = |name: &str| t.bars.iter().find(|b| b.assumption.name == name).unwrap().effect.value;
    let (a, b) = (effect("parcel-price").powi(2), effect("cost-of-capital").powi(2));
    for (i, share) in [a / (a + b), b / (a + b)].into_iter().enumerate() {
        let index = found.indices.inputs[i];
        for e in [index.first, index.total] {
            // Shorter than a third of the whole, so that the intervals say something.
            let (low, high) = e.interval().unwrap();
            assert!(low - 1e-9 <= share && share <= high + 1e-9 && high - low < 0.33, "{index:?} {share}");
        }
    }
    let BreakEven::At { at, .. } = t.bars[0].break_even else { panic!("{:?}", t.bars[0]) };
    let now = levers[1].now().unwrap();
    let map = Map::run(&mut runs, (PAIR, levers), (&[3.0, 4.0, 5.0, 6.5], &[now, 0.2]), &mut |_| {}).unwrap();
    assert!((map.level(0).unwrap() - at.value).abs() < 1e-3, "{:?} {at:?}", map.level(0));
    assert_ne!(map.level(0), map.level(1));
}

/// A scenario's own range takes the place of the sourced one, and `--set` may have set what is varied.
#[test]
fn a_scenario_may_have_its_own_ranges() {
    let text = format!("{}\n[ranges]\nparcel-price = [2, 9]\n", shop(1, 8));
    let base = variant(&text).set("supply.Far.location.l.delivery.per-order=5").unwrap().settled();
    let all = register(&base, "Far");
    let own = all.get("parcel-price").unwrap();
    assert_eq!((own.range, own.source.as_str(), own.now()), ((2.0, 9.0), "the scenario", Some(5.0)));
    assert_eq!(own.at(&base, 7.0).unwrap().runnable().unwrap().scenario.models[1].locations[0].delivery.per_order, 7.0);
    // Before it is settled, two changes of one value are a mistake.
    let open = variant(&text).set("supply.Far.location.l.delivery.per-order=5").unwrap();
    assert!(own.at(&open, 7.0).is_err());
}

/// A factor is laid on each value and on each parameter of a distribution.
#[test]
fn a_factor_is_laid_on_what_the_scenario_has() {
    let base = variant(&shop(1, 8));
    let before = base.runnable().unwrap().scenario;
    let all = register(&base, "Far");
    let days = all.get("production-days").unwrap();
    let after = days.at(&base, 1.5).unwrap().runnable().unwrap().scenario;
    for (a, b) in before.models.iter().zip(&after.models) {
        let mean = |m: &restock::model::SupplyModel| m.locations[0].base_route().stages[0].days.mean();
        assert!((mean(b) / mean(a) - 1.5).abs() < 1e-12);
    }
    assert_eq!((days.now(), days.keys().count()), (Some(1.0), 2));
}

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    for folder in [dir.to_path_buf(), dir.join("charts")] {
        for entry in std::fs::read_dir(folder).unwrap().flatten().filter(|e| e.path().is_file()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name != "manifest.json" {
                out.insert(name, std::fs::read(entry.path()).unwrap());
            }
        }
    }
    out
}

/// The answer's bytes are the same with one thread and with three.
#[test]
fn threads_change_no_byte() {
    let dir = scratch("tornado-threads");
    std::fs::write(dir.join("shop.toml"), shop(2, 200)).unwrap();
    let run = |threads: &str| {
        let folder = format!("out-{threads}");
        let args = [
            "tornado",
            "shop.toml",
            "--sobol",
            "--sobol-points",
            "32",
            "--sobol-keys",
            "3",
            "--threads",
            threads,
            "--out",
            &folder,
        ];
        let out = restock_in(&dir, &args);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        files(&dir.join(folder))
    };
    let (one, three) = (run("1"), run("3"));
    assert_eq!(one.keys().collect::<Vec<_>>(), three.keys().collect::<Vec<_>>());
    for name in ["answer.json", "tornado.csv", "sobol.csv", "tornado.png", "tornado.svg", "sobol.svg"] {
        assert!(one.contains_key(name), "{name}: {:?}", one.keys());
    }
    for (name, bytes) in &one {
        assert!(three[name] == *bytes, "{name}");
    }
}

fn told(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// What is wrong is said with its place and remedy; nothing is written.
#[test]
fn bad_questions_are_refused_in_words() {
    let dir = scratch("tornado-bad");
    std::fs::write(dir.join("shop.toml"), shop(2, 20)).unwrap();
    let alone = shop(2, 20);
    std::fs::write(dir.join("alone.toml"), &alone[..alone.find("[[supply]]\nname = \"Far\"").unwrap()]).unwrap();
    std::fs::write(dir.join("range.toml"), format!("{}\n[ranges]\nstorage = [2, 1]\n", shop(2, 20))).unwrap();
    for (code, args, expected) in [
        (3, &["alone.toml"][..], "the scenario has one supply model, `Near`: there is no difference to explain"),
        (3, &["range.toml"], "the range `storage` begins at 2 and ends at 1"),
        (3, &["shop.toml", "--of", "Fra"], "no supply model is named `Fra`; did you mean `Far`?"),
        (3, &["shop.toml", "--of", "Far", "--against", "Far"], "`Far` is compared with itself; name another model"),
        (2, &["shop.toml", "--kpi", "residual"], "did you mean `residual_income`?"),
        (2, &["shop.toml", "--only", "parcel-price=6:3"], "the range of `parcel-price` begins at 6 and ends at 3"),
        (2, &["shop.toml", "--only", "parcel-price=6"], "`6` is no range of `parcel-price`"),
        (
            3,
            &["shop.toml", "--only", "parcel-prices"],
            "`parcel-prices` is no name of `[ranges]`, and so has no range of its own; did you mean `parcel-price`?",
        ),
        (
            3,
            &["shop.toml", "--only", "surge-size"],
            "`surge-size` (size of surges) cannot be varied: the scenario has no such value",
        ),
        (3, &["shop.toml", "--only", "demand.mean=1:2"], "unknown key `mean` in `demand`"),
        (3, &["shop.toml", "--only", "supply.Far.name=1:2"], "`supply.Far.name` is the text \"Far\" and no number"),
        (3, &["shop.toml", "--only", "storage", "--only", "storage=1:2"], "`storage` is varied twice; give it once"),
        (3, &["shop.toml", "--map", "storage=1:2:1"], "a map has two axes and `--map` is given 1 times; give it twice"),
        (
            3,
            &["shop.toml", "--map", "storage=1:2:1", "--map", "duty=1"],
            "`duty` is an axis of the map and needs two numbers or more",
        ),
        (
            3,
            &["shop.toml", "--map", "parcel-price=1:2:1", "--map", "supply.*.location.*.delivery.per-order=1:2:1"],
            "both axes of the map set the same value",
        ),
        (3, &["shop.toml", "--map", "storage=1:2:0.01", "--map", "salvage=0:1:0.01"], "the map would have 10201 cells"),
        (2, &["shop.toml", "--sobol-points", "64"], "--sobol"),
        (2, &["shop.toml", "--all-pairs", "--of", "Far"], "--all-pairs"),
    ] {
        let args: Vec<&str> = ["tornado"].into_iter().chain(args.iter().copied()).collect();
        let out = restock_in(&dir, &args);
        assert_eq!(out.status.code(), Some(code), "{args:?}: {}", told(&out));
        // Lines are broken where the terminal ends.
        let said = told(&out).split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(expected), "{args:?}: {said}");
        assert!(!dir.join("output").exists(), "{args:?}");
    }
}

/// An end that the scenario cannot have leaves the assumption out, with the reason; the rest is answered.
#[test]
fn an_impossible_end_is_left_out_with_its_reason() {
    let t = tornado(&shop(1, 16), &[("parcel-price", 3.0, 6.0), ("finance.salvage", 0.5, 1.5)]);
    assert_eq!(t.bars.len(), 1);
    assert_eq!(t.left_out[0].0, "finance.salvage");
    assert!(t.left_out[0].1.contains("cannot have an end of the range: `salvage` is 1.5"), "{:?}", t.left_out);
}
