//! `restock solve`: textbook optima are found from a poor start, targets are reached, and intervals cover what they say.

use crate::cli::restock;
use crate::support::{runnable, runnable_with, value};
use restock::decide::{Aim, Axis, Ending, Lab, Missed, Objective, Parameter, Solution, Solver, Target};
use restock::model::{Experiment, Kpi};
use restock::scenario::Document;
use restock::study::{Options, run};
use restock::verify;
use std::path::Path;

/// A search in the first supply model of a scenario.
fn solve(text: &str, overrides: &[&str], vary: &[&str], aim: &Aim) -> Ending {
    let document =
        Document::from_text("solve.toml", text, Path::new(".")).unwrap_or_else(|d| panic!("{}", d.render(false)));
    let set = |variant: restock::scenario::Variant, o: &&str| {
        variant.set(o).unwrap_or_else(|d| panic!("{}", d.render(false)))
    };
    let base = overrides.iter().fold(document.unchanged(), set);
    let settings = base.keys().unwrap_or_else(|d| panic!("{}", d.render(false)));
    let r = base.runnable().unwrap_or_else(|d| panic!("{}", d.render(false)));
    let name = r.scenario.models[0].name.as_str();
    let axis = |text: &&str| -> Axis {
        let parameter: Parameter = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        parameter.axis(&settings, (name, 0)).unwrap_or_else(|e| panic!("{text}: {e}")).expect("it is of this model")
    };
    let axes: Vec<Axis> = vary.iter().map(axis).collect();
    let experiment = Experiment { precision: None, ..r.experiment };
    let lab = Lab::new(0);
    let found = Solver::new(&lab, (&base, &experiment), 0, &axes, aim).run();
    found.unwrap_or_else(|e| panic!("{e}"))
}

fn solved(found: Ending) -> Solution {
    match found {
        Ending::Solved(solution) => *solution,
        Ending::Missed(missed) => panic!("{missed:?}"),
    }
}

fn missed(found: Ending) -> Missed {
    match found {
        Ending::Missed(missed) => missed,
        Ending::Solved(solution) => panic!("{:?}", solution.values),
    }
}

fn reach(targets: &[&str]) -> Aim {
    Aim::Reach(targets.iter().map(|t| t.parse::<Target>().unwrap_or_else(|e| panic!("{t}: {e}"))).collect())
}

fn minimise(objective: &str) -> Aim {
    Aim::Maximise(objective.parse::<Objective>().unwrap().negated(), None)
}

/// The scenario of a textbook case.
fn case(name: &str) -> String {
    let cases = verify::cases();
    cases.iter().find(|c| c.name == name).unwrap_or_else(|| panic!("{name}")).scenario_text().to_owned()
}

/// The same with other levels to begin with.
fn poor(name: &str, levels: &[(&str, i64)]) -> String {
    let mut text = case(name);
    for (key, to) in levels {
        let at = text.find(&format!("{key} = ")).unwrap_or_else(|| panic!("`{key}` in {text}")) + key.len() + 3;
        let end = at + text[at..].find(|c: char| !c.is_ascii_digit() && c != '-').expect("something follows");
        text.replace_range(at..end, &to.to_string());
    }
    text
}

/// The least cost by the literature is reached within the indifference zone (a quarter of a per cent), four standard errors on fresh shoppers, and
/// what a year that ends changes (`edge`).
fn costs(text: &str, overrides: &[&str], vary: &[&str], (cost, least, edge): (&str, f64, f64)) -> Solution {
    let solution = solved(solve(text, overrides, vary, &minimise(cost)));
    let fresh = solution.fresh[0];
    let bar = 0.0025 * least + 4.0 * fresh.standard_error.unwrap() + edge;
    let (found, costs) = (&solution.values, -fresh.value);
    assert!((costs - least).abs() <= bar, "{found:?} costs {costs}, not {least} within {bar}");
    solution
}

#[test]
fn the_optimum_of_zheng_and_federgruen_is_reached_from_a_poor_start() {
    let text = poor("mean 10, s 6, S 40", &[("reorder-point", 60), ("order-up-to", 120)]);
    // 64 an order, over 365 days.
    let cost = "0.175342466 x purchase_orders + mean_on_hand + 9 x mean_backlog";
    let vary = ["reorder-point=-10:70:1", "order-up-to=0:130:1"];
    let solution = costs(&text, &["monte-carlo.replications=512"], &vary, (cost, 35.022, 0.0));
    let [s, big_s] = solution.values[..] else { panic!("two axes") };
    assert!((3.0..=9.0).contains(&s) && (34.0..=46.0).contains(&big_s), "({s}, {big_s}) is not near (6, 40)");
    let selection = solution.selection.expect("it was selected");
    assert!(selection.candidates > 9 && selection.kept.contains(&selection.best));
}

#[test]
fn the_best_base_stock_of_lost_sales_is_reached() {
    let text = poor("periodic, penalty 9, L 3, S 19", &[("level", 60)]);
    let cost = ("mean_on_hand + 45 x lost_sales_rate", 6.316, 0.0);
    let overrides = ["monte-carlo.replications=128", "horizon.days=2000"];
    let solution = costs(&text, &overrides, &["order-up-to=0:80:1"], cost);
    assert!((18.0..=20.0).contains(&solution.values[0]), "{:?} is not near 19", solution.values);
}

#[test]
fn dual_index_and_tailored_base_surge_are_reached() {
    // 10 more for a unit of the express route, of two units a day.
    let cost = "5 x mean_on_hand + 495 x mean_backlog + 20 x expedited_share";
    let overrides = ["monte-carlo.replications=256", "horizon.days=1000"];
    let text = poor("dual index, 8 and 4", &[("regular", 28), ("expedite", 15)]);
    let solution = costs(&text, &overrides, &["base=0:30:1", "expedite=0:20:1"], (cost, 20.1253, 0.01));
    assert_eq!(solution.values, [8.0, 4.0]);
    let text = poor("tailored base surge, 1 and 4", &[("quantity", 0), ("expedite", 15)]);
    let solution = costs(&text, &overrides, &["base=0:3:1", "expedite=0:20:1"], (cost, 21.903, 0.01));
    assert_eq!(solution.values, [1.0, 4.0]);
}

/// Poisson demand of 200 on one day, 40 lost with a unit that is short and 15 with one that is left: the critical ratio is 8 / 11.
const NEWSVENDOR: &str = "\
     name = \"newsvendor\"\n\
     horizon = { start = 2026-01-01, days = 1, warmup-days = 0 }\n\
     monte-carlo = { replications = 2000, seed = 5 }\n\
     [[product]]\n\
     sku = \"x\"\n\
     price = 60\n\
     unit-cost = 20\n\
     [demand]\n\
     mean-per-day = 200\n\
     [customers]\n\
     accept = \"never\"\n\
     [finance]\n\
     shrink = 0\n\
     [[supply]]\n\
     name = \"once\"\n\
     [[supply.location]]\n\
     name = \"shop\"\n\
     initial-on-hand = 20\n\
     policy = { base-stock = { level = 0 } }\n\
     [[supply.location.route]]\n\
     name = \"r\"\n\
     stage = [{ name = \"s\", days = 30 }]\n";

#[test]
fn the_newsvendor_buys_the_critical_quantile() {
    let cost = minimise("15 x mean_on_hand + 8000 x lost_sales_rate");
    let solution = solved(solve(NEWSVENDOR, &[], &["supply.once.location.shop.initial-on-hand=0:400:1"], &cost));
    // The quantile is 208; two units more or less cost less than a quarter of a per cent of what is earned.
    assert!((205.0..=211.0).contains(&solution.values[0]), "{:?}", solution.values);
    // 15 x 10.5511 + 40 x 2.5511, at the quantile.
    let fresh = solution.fresh[0];
    assert!((-fresh.value - 260.31).abs() < 4.0 * fresh.standard_error.unwrap() + 2.0, "{fresh:?}");
}

/// Poisson demand of 20 a day, four days until an order is there, base stock: fill rates are known exactly.
fn exact_level(target: f64) -> i64 {
    let backorders = |level: i64, mean: f64| {
        let (mut p, mut sum, mut below) = ((-mean).exp(), 0.0, 0.0);
        // E[(D - S)+] = mean - S + sum over d < S of (S - d) p(d).
        for d in 0..level {
            below += (level - d) as f64 * p;
            sum += p;
            p *= mean / (d + 1) as f64;
        }
        let _ = sum;
        mean - level as f64 + below
    };
    (0..400)
        .find(|s| 1.0 - (backorders(*s, 80.0) - backorders(*s, 60.0)) / 20.0 >= target)
        .expect("some level reaches it")
}

#[test]
fn the_least_level_for_a_fill_rate_lies_between_the_ends_as_often_as_said() {
    let text = case("Poisson 20, L 4, S 90");
    let truth = exact_level(0.95) as f64;
    let axis = ["order-up-to=40:140:1"];
    let aim = reach(&["fill_rate >= 95%"]);
    let (mut covered, mut capital_covered) = (0, 0);
    const SEEDS: u32 = 200;
    // What the true level ties up.
    let at_truth = format!("supply.0.location.0.policy.base-stock.level={truth}");
    let many = runnable_with(
        &text,
        &[at_truth, "monte-carlo.replications=4000".into(), "horizon.days=60".into(), "monte-carlo.seed=77".into()],
    );
    let exact = run(&many.scenario, &many.experiment, Options::default(), &|_| {});
    let exact = value(&exact.products[0].models[0], Kpi::InvestedCapital);
    let price_of_a_level = 12.0;
    for seed in 1..=SEEDS {
        let seed = format!("monte-carlo.seed={seed}");
        let found = solved(solve(&text, &["horizon.days=60", "monte-carlo.replications=64", &seed], &axis, &aim));
        let ((low, _), (high, _)) = found.between.expect("a target has an interval");
        assert!(low <= found.values[0] && found.values[0] <= high);
        covered += u32::from(low <= truth && truth <= high);
        let (a, b) = found.capital.estimate().interval().expect("there is an error");
        capital_covered += u32::from(a - price_of_a_level <= exact && exact <= b + price_of_a_level);
    }
    println!("level {covered} and capital {capital_covered} of {SEEDS}");
    // 95 % less three binomial standard errors of 200; whole levels cover more rather than less.
    assert!(covered >= 181, "{covered} of {SEEDS} cover {truth}");
    assert!(capital_covered >= 181, "{capital_covered} of {SEEDS} cover {exact}");
}

#[test]
fn four_seeds_agree_within_their_intervals() {
    let text = case("Poisson 20, L 4, S 90");
    let of = |seed: u32| {
        let seed = format!("monte-carlo.seed={seed}");
        let found = solved(solve(
            &text,
            &["monte-carlo.replications=512", &seed],
            &["order-up-to=40:140:1"],
            &reach(&["fill_rate >= 97%"]),
        ));
        found.between.expect("a target has an interval")
    };
    let each = [11, 12, 13, 14].map(of);
    let (low, high) = each.iter().fold((f64::MIN, f64::MAX), |(l, h), (a, b)| (l.max(a.0), h.min(b.0)));
    assert!(low <= high, "{each:?} have nothing in common");
    assert!(low <= exact_level(0.97) as f64 && exact_level(0.97) as f64 <= high, "{each:?}");
}

/// A small shop with a spike, and a factory that works in lots.
fn shop(policy: &str, more: &str) -> String {
    format!(
        "\
             name = \"shop\"\n\
             horizon = {{ start = 2026-01-05, days = 120, warmup-days = 60 }}\n\
             monte-carlo = {{ replications = 128, seed = 3 }}\n\
             [[product]]\n\
             sku = \"x\"\n\
             price = 20\n\
             unit-cost = 8\n\
             [demand]\n\
             mean-per-day = 10\n\
             dispersion = 4\n\
             {more}\
             [[supply]]\n\
             name = \"one\"\n\
             [[supply.location]]\n\
             name = \"l\"\n\
             policy = {policy}\n\
             [[supply.location.route]]\n\
             name = \"r\"\n\
             stage = [{{ name = \"s\", days = {{ gamma = {{ mean = 12, sd = 4 }} }} }}]\n"
    )
}

const WEEKLY: &str = "{ order-up-to = { review-days = 7, safety-stock = { service-level = 0.8 } } }";
const SURGE: &str = "[demand.surge]\non = [2026-02-10]\npeak-uplift = 12\ndecay = { exponential = { tau-days = 5 } }\n";

#[test]
fn the_answer_can_be_run_and_is_what_was_told() {
    for vary in [&["stock"][..], &["safety-stock=0.5:0.995:0.005"], &["review=1:28:1", "stock=-5:60:1"]] {
        let text = shop(WEEKLY, "");
        let found = solved(solve(&text, &[], vary, &reach(&["fill_rate >= 96%"])));
        assert!(found.reached[0].value >= 0.96, "{:?}", found.reached);
        let overrides: Vec<String> = found.changes.clone();
        let r = runnable_with(&text, &overrides);
        let outcome = run(&r.scenario, &r.experiment, Options::default(), &|_| {});
        let (told, ran) = (&found.outcome.products[0].models[0], &outcome.products[0].models[0]);
        for kpi in [Kpi::FillRate, Kpi::InvestedCapital, Kpi::ResidualIncome] {
            assert_eq!(value(told, kpi).to_bits(), value(ran, kpi).to_bits(), "{overrides:?}: {kpi:?}");
        }
        let fresh = found.fresh[0];
        assert!((fresh.value - 0.96).abs() < 0.05, "fresh shoppers are served like the others: {fresh:?}");
    }
}

#[test]
fn a_step_less_misses_the_target() {
    let text = shop(WEEKLY, "");
    let found = solved(solve(&text, &[], &["stock"], &reach(&["fill_rate >= 96%"])));
    let less = format!("supply.one.extra-stock-days={}", found.values[0] - 1.0);
    let r = runnable_with(&text, &[less]);
    let outcome = run(&r.scenario, &r.experiment, Options::default(), &|_| {});
    assert!(value(&outcome.products[0].models[0], Kpi::FillRate) < 0.96);
}

/// A longer review serves worse: the target is reached downwards.
#[test]
fn a_target_may_be_reached_downwards() {
    let text = shop("{ order-up-to = { review-days = 28, level = 330 } }", "");
    let found = solved(solve(&text, &[], &["review=1:28:1"], &reach(&["fill_rate >= 97%"])));
    let ((low, _), (high, _)) = found.between.expect("a target has an interval");
    assert!(low <= found.values[0] && found.values[0] <= high && low < high);
    let at = |days: f64| {
        let r = runnable_with(&text, &[format!("supply.one.location.l.policy.order-up-to.review-days={days}")]);
        value(&run(&r.scenario, &r.experiment, Options::default(), &|_| {}).products[0].models[0], Kpi::FillRate)
    };
    assert!(at(found.values[0]) >= 0.97 && at(found.values[0] + 1.0) < 0.97, "{:?}", found.values);
}

#[test]
fn ordinary_days_chances_and_several_targets() {
    let text = shop(WEEKLY, SURGE);
    let of = |targets: &[&str]| solved(solve(&text, &[], &["stock=-10:300:1"], &reach(targets))).values[0];
    let (ordinary, all) = (of(&["ordinary fill_rate >= 97%"]), of(&["fill_rate >= 97%"]));
    assert!(ordinary < all, "the surge needs stock of its own: {ordinary} and {all}");
    let chance = of(&["P(fill_rate >= 97%) >= 90%"]);
    assert!(chance > all, "nine years of ten need more than the mean: {chance} and {all}");
    let both = of(&["ordinary fill_rate >= 97%", "P(fill_rate >= 97%) >= 90%"]);
    assert_eq!(both, chance, "the harder one binds");
    let at_most = of(&["P(backorder_rate > 5%) <= 10%"]);
    assert!(at_most > 0.0);
}

#[test]
fn what_is_out_of_reach_says_how_far_one_gets_and_what_binds() {
    let text = shop(WEEKLY, SURGE);
    let short = missed(solve(&text, &[], &["stock=-10:5:1"], &reach(&["fill_rate >= 99%"])));
    assert!(short.still_rising && short.values == [5.0], "{short:?}");
    let never = shop("{ base-stock = { level = 0 } }", "");
    let storage = "supply.one.location.l.storage-per-m3-month=1:50:1";
    let review = missed(solve(&never, &[], &[storage], &reach(&["fill_rate >= 99%"])));
    assert!(!review.still_rising, "{review:?}");
}

#[test]
fn the_share_of_a_hybrid_leaves_the_rest_to_the_others() {
    let text = shop(WEEKLY, "").replace("name = \"l\"\n", "name = \"l\"\nshare = 0.5\n")
        + "[[supply.location]]\nname = \"near\"\nshare = 0.5\npolicy = { order-up-to = { review-days = 7, safety-stock = { service-level = 0.8 } } }\n\
           [[supply.location.route]]\nname = \"r\"\nstage = [{ name = \"s\", days = 2 }]\n";
    let found = solved(solve(&text, &[], &["share=5%:95%:5%"], &reach(&["fill_rate >= 94%"])));
    assert_eq!(found.changes.len(), 2);
    let shares: f64 = found.scenario.models[0].locations.iter().map(|l| l.share).sum();
    assert!((shares - 1.0).abs() < 1e-9, "{:?}", found.changes);
}

/// Who dislikes risk holds the same stock as the mean asks for if all is sure, and values a spread less than its mean.
#[test]
fn a_certainty_equivalent_is_below_the_mean() {
    let text = shop(WEEKLY, SURGE);
    let of = |tolerance: Option<f64>| {
        let objective = Objective { risk_tolerance: tolerance, ..Objective::mean(Kpi::ResidualIncome) };
        let r = runnable(&text);
        let outcome = run(&r.scenario, &r.experiment, Options::default(), &|_| {});
        objective.value(&outcome.products[0].models[0]).expect("it exists").estimate()
    };
    let (mean, careful, bold) = (of(None), of(Some(100.0)), of(Some(1e9)));
    assert!(careful.value < mean.value - 100.0, "{careful:?} {mean:?}");
    assert!((bold.value - mean.value).abs() < 1.0, "{bold:?} {mean:?}");
    assert!((bold.standard_error.unwrap() / mean.standard_error.unwrap() - 1.0).abs() < 0.01);
}

#[test]
fn the_answer_has_the_same_bytes_at_any_number_of_threads() {
    let answer = |threads: &str| {
        let out = restock(&[
            "solve",
            "scenarios/bulky-steady.toml",
            "-n",
            "128",
            "--json",
            "--dry-run",
            "-q",
            "--threads",
            threads,
            "--vary",
            "stock=-20:60:2",
        ]);
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let one = answer("1");
    assert_eq!(one, answer("3"));
    let json: serde_json::Value = serde_json::from_str(&one).unwrap();
    let models = json["models"].as_array().unwrap();
    assert!(!models.is_empty() && models.iter().all(|m| m["solved"].is_object() || m["missed"].is_object()));
    // What a buyer enters.
    let levels = models[0]["levels"].as_array().unwrap();
    assert!(levels[0]["order_up_to"].as_i64().is_some_and(|u| u > 0), "{levels:?}");
    assert!(models[0]["next_orders"][0]["date"].as_str().is_some(), "{}", models[0]["next_orders"]);
}

/// The verdict says of a model what fresh shoppers show: that it falls short where their whole interval does, and nothing where it does not.
#[test]
fn the_verdict_says_what_fresh_shoppers_show() {
    let mut short = 0;
    // The first is the file's own.
    for seed in [&[][..], &["--seed", "1"], &["--seed", "2"]] {
        let file = "scenarios/bulky-steady.toml";
        let asked = ["solve", file, "-n", "128", "--target", "fill_rate >= 97%", "--json", "--dry-run", "-q"];
        let out = restock(&[&asked, seed].concat());
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        let json: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
        let verdict = json["verdict"].as_str().unwrap();
        for model in json["models"].as_array().unwrap() {
            let falls = model["solved"]["fresh_shoppers"][0]["ci_high"].as_f64().unwrap() < 0.97;
            let said = verdict.split("but with fresh shoppers").nth(1).unwrap_or_default();
            assert_eq!(said.contains(model["model"].as_str().unwrap()), falls, "{seed:?}: {verdict}");
            short += usize::from(falls);
        }
    }
    assert!(short > 0, "of few shoppers some mislead");
}

#[test]
fn what_cannot_be_solved_is_told_with_its_remedy() {
    let file = "scenarios/bulky-steady.toml";
    for (args, code, expected) in [
        (&["--target", "fil_rate >= 97%"][..], 2, "did you mean `fill_rate`?"),
        (&["--target", "fill_rate >= 97"], 2, "write a share with `%`"),
        (&["--target", "fill_rate"], 2, "compares nothing"),
        (&["--vary", "reorder-piont=1:2"], 2, "did you mean `reorder-point`?"),
        (&["--vary", "reorder-point=0:100"], 2, "have no `reorder-point`"),
        (&["--vary", "stock=10:5"], 2, "is empty"),
        (&["--vary", "stock=0:10:0"], 2, "write a step above 0"),
        (&["--vary", "stock=0:a"], 2, "is no number"),
        (&["--vary", "stock=0:5000"], 2, "is never 5000"),
        (&["--vary", "stock=0:0.5:0.0000001"], 2, "take larger steps"),
        (&["--vary", "product.*.priec=1:2"], 2, "did you mean"),
        (&["--model", "Oceann"], 2, "there is no supply model `Oceann`"),
        (&["--maximise", "profit"], 2, "there is no KPI `profit`"),
        (&["--maximise", "p95_wait"], 2, "take `mean_wait`"),
        (&["--maximise", "contribution", "--target", "fill_rate >= 97%"], 2, "exclude each other"),
        (&["--indifference", "5"], 2, "add `--maximise residual_income`"),
        (&["--maximise", "contribution", "--risk-tolerance", "0"], 2, "write an amount above 0"),
        (&["--target", "P(fill_rate >= 95%) >= 90%", "-n", "30000"], 2, "20000 at most"),
        (&["--set", "demand.mean-per-day=-1"], 3, "mean-per-day"),
    ] {
        let mut all = vec!["solve", file, "-n", "64", "--dry-run", "-q"];
        if args.contains(&"-n") {
            all = vec!["solve", file, "--dry-run", "-q"];
        }
        all.extend(args);
        let out = restock(&all);
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(told.split_whitespace().collect::<Vec<_>>().join(" ").contains(expected), "{args:?}: {told}");
        assert_eq!(out.status.code(), Some(code), "{args:?}: {told}");
    }
}
