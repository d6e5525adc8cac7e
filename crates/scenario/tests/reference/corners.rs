//! Scenarios made by hand, each at an edge of some rule; and demand from real sales, which random scenarios have none of.

use crate::compare::{Comparison, load};
use restock_base::calendar::Day;
use restock_base::rng::Stream;
use restock_forecast::{Calendar, CountModel, Item, Panel, Step};
use restock_kernel::model::{Baseline, Forecast, Forecasted, History, HistoryUse, Spread};
use restock_kernel::sim::{DemandPlan, Kernel, Needs, Plan};
use restock_scenario::Runnable;

/// A shop that is often out of stock: everything that follows changes some of its lines.
const SHOP: &str = r#"
name = "corner"
[horizon]
start = 2026-02-01
days = 70
warmup-days = 30
[monte-carlo]
replications = 4
seed = 5
[[product]]
sku = "x"
price = 40
unit-cost = 11.3
weight-kg = 0.7
volume-litres = 3.1
[demand]
mean-per-day = 9
[customers]
accept = "always"
thirty-day-rule = false
[planner]
forecast = "truth-without-surges"
[finance]
shrink = "20%"
[[supply]]
name = "m"
[[supply.location]]
name = "l"
policy = { order-up-to = { review-days = 7, level = 130 } }
delivery = { days = 3, per-order = 4 }
[[supply.location.route]]
name = "r"
terms = [{ share = 0.3, at = "order" }, { share = 0.7, at = "Production" }]
freight = { per-unit = 0.9 }
duty = [{ from = 2020-01-01, rate = 0.1 }]
stage = [{ name = "Production", days = { triangular = [2, 6, 14] } }, { name = "Ocean", days = { gamma = { mean = 8, sd = 5 } } }]
"#;

/// The shop with each of the first texts replaced by the second.
fn shop(changes: &[(&str, &str)]) -> Runnable {
    let mut text = SHOP.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from} is not in the shop");
        text = text.replace(from, to);
    }
    load(&text)
}

fn agree(what: &str, runnable: &Runnable) {
    let found = Comparison::of(runnable, 4).run();
    assert_eq!(found, Ok(()), "{what}");
}

/// A second location beside the first.
const HUB: &str = "\
     [[supply.location]]\n\
     name = \"hub\"\n\
     share = 0.4\n\
     policy = { base-stock = { level = 25 } }\n\
     delivery = { days = 9, per-order = 6, duty-per-order = true }\n\
     [[supply.location.route]]\n\
     name = \"truck\"\n\
     stage = [{ name = \"Truck\", days = { uniform = [0, 4] } }]\n\
     [[supply.location]]";

const LEVEL: &str = "policy = { order-up-to = { review-days = 7, level = 130 } }";
const STAGES: &str = "stage = [{ name = \"Production\", days = { triangular = [2, 6, 14] } }, { name = \"Ocean\", days = { gamma = { mean = 8, sd = 5 } } }]";
const ALWAYS: &str = "accept = \"always\"\nthirty-day-rule = false";

#[test]
fn nothing_is_wanted() {
    agree("no demand", &shop(&[("mean-per-day = 9", "mean-per-day = 0")]));
    agree("no demand and no stock", &shop(&[("mean-per-day = 9", "units-per-day = 0"), ("level = 130", "level = 0")]));
    agree("one unit a month", &shop(&[("mean-per-day = 9", "mean-per-day = 0.03"), ("level = 130", "level = 1")]));
    agree("a level below zero", &shop(&[("level = 130", "level = -40")]));
}

#[test]
fn the_shortest_lead_times() {
    for stages in ["[{ name = \"s\", days = 0 }]", "[{ name = \"s\", days = 1 }]", "[{ name = \"s\", days = 0.5 }]"] {
        let stage = format!("stage = {stages}");
        let terms = ("at = \"Production\"", "at = \"s\"");
        agree(stages, &shop(&[(STAGES, &stage), terms]));
        agree(stages, &shop(&[(STAGES, &stage), terms, (LEVEL, "policy = { base-stock = { level = 8 } }")]));
    }
}

#[test]
fn the_shortest_runs() {
    for days in ["1", "2", "8"] {
        let days = format!("days = {days}");
        agree(&days, &shop(&[("days = 70", &days)]));
        agree(&days, &shop(&[("days = 70", &days), ("warmup-days = 30", "warmup-days = 0")]));
    }
}

#[test]
fn several_locations() {
    let first = "name = \"l\"\n";
    for (overflow, sensitivity) in [("true", "0"), ("true", "\"9%\""), ("false", "\"9%\"")] {
        let sells =
            format!("{ALWAYS}\ndelivery-sensitivity = {{ per-day = {sensitivity} }}\nreference-delivery-days = 6");
        let model = format!("name = \"m\"\noverflow = {overflow}\n");
        let hub = HUB.trim_end_matches("[[supply.location]]");
        let both = |text: &str| format!("{text}{hub}");
        let runnable = shop(&[
            (ALWAYS, &sells),
            ("name = \"m\"\n", &model),
            (first, "name = \"l\"\nshare = 0.6\n"),
            (STAGES, &both(&format!("{STAGES}\n"))),
        ]);
        agree(&format!("overflow {overflow}, {sensitivity} a day"), &runnable);
    }
}

#[test]
fn every_way_to_expedite() {
    let air = |trigger: &str| {
        format!(
            "\
                 {STAGES}\n\
                 [[supply.location.route]]\n\
                 name = \"air\"\n\
                 order-crossing = true\n\
                 freight = {{ per-kg = 6 }}\n\
                 unit-cost-premium = \"4%\"\n\
                 {trigger}stage = [{{ name = \"Air\", days = {{ triangular = [1, 3, 6] }} }}]"
        )
    };
    for trigger in [
        "expedite = { below-days-of-cover = 5, up-to-days = 12 }\n",
        "expedite = { below-days-of-cover = 0, up-to-days = 12 }\n",
        "expedite = { below-days-of-cover = 9, up-to-days = 12, latency = { uniform = [0, 6] } }\n",
        "expedite = { when = \"margin-saved-exceeds-cost\" }\n",
        "expedite = { when = \"margin-saved-exceeds-cost\", latency = 2 }\n",
    ] {
        for forecast in ["\"truth\"", "{ exponential-smoothing = { alpha = 0.1 } }"] {
            let forecast = format!("forecast = {forecast}");
            agree(trigger, &shop(&[(STAGES, &air(trigger)), ("forecast = \"truth-without-surges\"", &forecast)]));
        }
    }
    for policy in [
        "policy = { dual-index = { regular = 150, expedite = 40, review-days = 3 } }",
        "policy = { base-surge = { quantity = 20, expedite = 60, review-days = 4 } }",
    ] {
        agree(policy, &shop(&[(STAGES, &air("")), (LEVEL, policy)]));
    }
}

#[test]
fn silence_and_notices() {
    for communication in ["clear", "silent"] {
        for promise in
            ["\"expected-arrival\"", "{ expected-arrival = { buffer = { quantile = 0.7 } } }", "{ fixed-days = 3 }"]
        {
            for (rule, tolerance) in [(true, 0), (true, 5), (false, 2)] {
                let heard = if communication == "clear" { "at-notice = \"25%\"" } else { "daily-after-miss = \"15%\"" };
                let customers = format!(
                    "\
                         accept = \"always\"\n\
                         thirty-day-rule = {rule}\n\
                         promise = {promise}\n\
                         communication = \"{communication}\"\n\
                         notice-tolerance = {tolerance}\n\
                         express-consent = 0.4\n\
                         on-cancel = \"cancel-order\"\n\
                         patience = {{ promise-relative = {{ daily-within = \"2%\", {heard} }} }}"
                );
                agree(&customers, &shop(&[(ALWAYS, &customers), ("level = 130", "level = 60")]));
            }
        }
    }
}

#[test]
fn a_factory_that_is_too_small() {
    for capacity in ["4", "9.3", "60"] {
        let capacity = format!("volume-litres = 3.1\nfactory-capacity-per-day = {capacity}");
        let calendar = STAGES.replace("14] }", "14] }, calendar = \"cn-factory\"");
        agree(&capacity, &shop(&[("volume-litres = 3.1", &capacity)]));
        agree(&capacity, &shop(&[("volume-litres = 3.1", &capacity), (STAGES, &calendar)]));
    }
}

#[test]
fn duties_that_step_and_entries_that_wait() {
    let steps = "duty = [{ from = 2025-01-01, rate = 0.05 }, { from = 2026-02-14, rate = 0.4 }, { from = 2026-03-06, rate = 0 }]";
    for at in ["", "\nduty-at = \"Production\"", "\nduty-days-later = 25", "\nduty-at = \"Ocean\"\nduty-days-later = 7"]
    {
        let duty = format!(
            "{steps}{at}\nentry-fees = {{ processing = {{ share = \"0.3%\", least = 9, most = 60 }}, broker = 70 }}"
        );
        agree(at, &shop(&[("duty = [{ from = 2020-01-01, rate = 0.1 }]", &duty)]));
        let parcels = ("per-order = 4 }", "per-order = 4, duty-per-order = true, clearance-per-order = 0.4 }");
        agree(at, &shop(&[("duty = [{ from = 2020-01-01, rate = 0.1 }]", &duty), parcels]));
    }
}

/// A receipt is held back, and freight with it, if it is due at the end of the last stage.
#[test]
fn freight_is_held_back_where_orders_do_not_cross() {
    let late = STAGES.replace("sd = 5 } }", "sd = 5 } }, late = { probability = 0.4, days = 20 }");
    for freight in [
        "freight = { per-unit = 0.9 }",
        "freight = { per-unit = 0.9 }\nfreight-at = \"Ocean\"",
        "freight = { per-unit = 0.9 }\nfreight-at = \"Production\"",
    ] {
        let freight = format!("order-crossing = false\n{freight}");
        for policy in [LEVEL, "policy = { base-stock = { level = 130 } }"] {
            agree(&freight, &shop(&[("freight = { per-unit = 0.9 }", &freight), (STAGES, &late), (LEVEL, policy)]));
        }
    }
}

/// Lots of which little or nothing is left, onto shelves that are empty or not.
#[test]
fn lots_that_are_lost() {
    for scrap in ["1", "{ uniform = [0.7, 1] }", "{ mixture = [{ weight = 0.5, of = 1 }, { weight = 0.5, of = 0 }] }"] {
        let stages = STAGES.replace("sd = 5 } }", &format!("sd = 5 }} }}, scrap = {scrap}"));
        let silent = format!("{ALWAYS}\npatience = {{ daily-hazard = \"9%\" }}\non-cancel = \"cancel-order\"");
        agree(scrap, &shop(&[(STAGES, &stages)]));
        agree(scrap, &shop(&[(STAGES, &stages), (ALWAYS, &silent), ("level = 130", "level = 70")]));
        agree(
            scrap,
            &shop(&[(STAGES, &stages), (LEVEL, "policy = { one-time = { quantity = 400, date = 2026-02-03 } }")]),
        );
    }
}

/// A level that has moved is believed after weeks; until then its days enter at the bound of the planner's law.
#[test]
fn a_level_that_moves() {
    let policy = "policy = { order-up-to = { review-days = 7, safety-stock = { service-level = 0.9 } } }";
    let lasting = "mean-per-day = 9\ncampaign = [{ name = \"new level\", start = 2026-02-10, days = 60, uplift = 6, planned = false }]";
    for (demand, bias) in [("mean-per-day = 9", "-0.9"), (lasting, "0"), (lasting, "0.5")] {
        for alpha in ["0.01", "0.05"] {
            let forecast = format!("forecast = {{ exponential-smoothing = {{ alpha = {alpha} }} }}\nbias = {bias}");
            let changes =
                [("mean-per-day = 9", demand), (LEVEL, policy), ("forecast = \"truth-without-surges\"", &forecast)];
            agree(&forecast, &shop(&changes));
        }
    }
}

/// Nothing that is not needed to see orders run away.
const SMALL_FACTORY: &str = r#"
name = "a small factory"
[horizon]
start = 2026-02-01
days = 10
warmup-days = 0
[monte-carlo]
replications = 1
[[product]]
sku = "x"
price = 40
unit-cost = 10
factory-capacity-per-day = 5
[demand]
units-per-day = 9
[planner]
forecast = "truth-without-surges"
[[supply]]
name = "m"
[[supply.location]]
name = "l"
policy = { base-stock = { level = 60 } }
[[supply.location.route]]
name = "base"
stage = [{ name = "Production", days = 6 }, { name = "Ocean", days = 10 }]
[[supply.location.route]]
name = "air"
expedite = { when = "margin-saved-exceeds-cost" }
stage = [{ name = "Production", days = 6 }, { name = "Air", days = 3 }]
"#;

/// Of nine units a day the factory makes five, and has orders for weeks. A planner who expedites by money knows that a new lot waits for
/// them: taken to be made at once it would leave a gap until those are in, and the more is ordered the longer the gap.
#[test]
fn expediting_by_money_does_not_run_away_from_a_small_factory() {
    let runnable = load(SMALL_FACTORY);
    agree("a small factory", &runnable);
    let (scenario, product) = (&runnable.scenario, &runnable.scenario.products[0]);
    let demand = DemandPlan::new(scenario, product, 5);
    let plans = [Plan::new(scenario, product, &scenario.models[0], &demand, 5)];
    let kernel = Kernel::new(&demand, &plans, Needs::Units);
    kernel.block(0..1, &mut kernel.desk(), &mut |_, replica| {
        // Ten days sell 90 units, and a lead time of three weeks needs 190.
        let ordered = replica.tally().ordered;
        assert!(ordered < 1_000, "{ordered} units ordered in ten days");
    });
}

/// More shoppers than decide one by one.
#[test]
fn days_of_crowds() {
    let sells = format!("{ALWAYS}\ndelivery-sensitivity = {{ per-day = \"6%\" }}\nreference-delivery-days = 5");
    let some = sells.replace("\"always\"", "{ falls-with-quoted-delay = { per-day = 0.02 } }");
    let hub =
        format!("{STAGES}\n{}", HUB.trim_end_matches("[[supply.location]]").replace("level = 25", "level = 90_000"));
    for customers in [ALWAYS, &sells, &some] {
        let crowd = [("mean-per-day = 9", "mean-per-day = 60_000\ndispersion = 6"), ("level = 130", "level = 700_000")];
        agree(customers, &shop(&[&crowd[..], &[(ALWAYS, customers)]].concat()));
        let share = ("name = \"l\"\n", "name = \"l\"\nshare = 0.6\n");
        agree(customers, &shop(&[&crowd[..], &[(ALWAYS, customers), share, (STAGES, &hub)]].concat()));
    }
}

/// Two years of sales: about seven a day, fewer on Sundays, with a few silent days.
fn sales(first: Day, days: i32) -> Vec<i64> {
    let stream = Stream::new(3, "", "sales", "");
    let day = |t: i32| {
        let mean = if first.plus(t).weekday() == 6 { 2.0 } else { 8.0 };
        restock_base::law::negative_binomial(mean, None, &mut stream.at(0, t, 0))
    };
    (0..days).map(day).collect()
}

#[test]
fn a_history_that_is_replayed_or_cut_to_blocks() {
    let mut runnable = shop(&[]);
    let start = runnable.scenario.horizon.first();
    // Covering the run, ending before it, and far too short.
    for (from, days) in [(-100, 300), (-731, 720), (-30, 17)] {
        let first = start.plus(from);
        for used in [HistoryUse::Replay, HistoryUse::Bootstrap { block_days: 9, window_days: 20 }] {
            let history = History { first, units: sales(first, days), used };
            runnable.scenario.products[0].demand.baseline = Baseline::History(history);
            agree(&format!("{used:?} of {days} days from {from} on"), &runnable);
        }
    }
}

/// A path of the fitted model, of days and of weeks, from before the run, from its measured window and from within it; with campaigns, surges and
/// a planner who goes on with the model.
#[test]
fn a_forecast_goes_on_from_its_history() {
    let surges = "\
         mean-per-day = 9\n\
         campaign = [{ name = \"sale\", start = 2026-02-20, days = 9, uplift = { uniform = [1, 4] } }]\n\
         [demand.surge]\n\
         per-year = 8\n\
         peak-uplift = { uniform = [2, 6] }\n\
         pull-forward = { share = 0.4, days = 10 }";
    for demand in ["mean-per-day = 9", surges] {
        let mut runnable = shop(&[
            ("mean-per-day = 9", demand),
            (LEVEL, "policy = { order-up-to = { review-days = 7, safety-stock = { service-level = 0.9 } } }"),
        ]);
        let run = runnable.scenario.horizon;
        for (step, weeks_before) in
            [(Step::Day, 0), (Step::Day, 7), (Step::Week, 0), (Step::Week, 9), (Step::Day, -3), (Step::Week, -3)]
        {
            let length = if step == Step::Day { 1 } else { 7 };
            let from = run.start.plus(-7 * weeks_before);
            let first = from.plus(-700);
            let units = sales(first, 700);
            let periods = units.chunks(length).map(|days| days.iter().sum::<i64>() as f64).collect::<Vec<_>>();
            let panel = Panel { first, step, periods: periods.len(), items: vec![Item::new("x", 0, periods)] };
            let model = CountModel::default().fit_counts(&panel, &Calendar::plain(60)).item(0).clone();
            let weekday = [1.1, 1.0, 1.0, 1.0, 1.2, 1.3, 0.4];
            let spread = (step == Step::Week).then_some(Spread { step, weekday });
            let past = History { first, units, used: HistoryUse::Replay };
            let baseline = Forecasted { past, from, model, group: None, spread };
            runnable.scenario.products[0].demand.baseline = Baseline::Forecast(Box::new(baseline));
            for forecast in
                [Forecast::Fitted, Forecast::Truth, Forecast::ExponentialSmoothing { alpha: 0.1, robust: true }]
            {
                runnable.scenario.models[0].planner.forecast = forecast;
                agree(&format!("{step:?}, {weeks_before} weeks before, {forecast:?}"), &runnable);
            }
        }
    }
}
