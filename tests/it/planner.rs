//! When the planner reviews and what it learns; and traps that once changed figures without a word.

use crate::support::{loaded, runnable};
use restock::model::Kpi;
use restock::sim::EventKind;
use restock::study::{ModelOutcome, Options, TraceLine, run, trace};
use std::collections::BTreeSet;

/// One product that sells 10 a day, with what the case adds.
fn scenario(demand: &str, planner: &str, supply: &str) -> String {
    format!(
        r#"
name = "planner"
[horizon]
start = 2026-01-01
days = 120
warmup-days = 0
[monte-carlo]
replications = 50
[[product]]
sku = "x"
price = 20
unit-cost = 5
[demand]
{demand}
[customers]
accept = "always"
patience = "endless"
[planner]
{planner}
[finance]
shrink = 0
{supply}
"#
    )
}

fn model(name: &str, policy: &str, stage: &str, more: &str) -> String {
    format!(
        "\
             [[supply]]\n\
             name = \"{name}\"\n\
             [[supply.location]]\n\
             name = \"l\"\n\
             policy = {{ {policy} }}\n\
             {more}\n\
             [[supply.location.route]]\n\
             name = \"r\"\n\
             terms = [{{ share = 1, at = \"order\" }}]\n\
             stage = [{stage}]\n"
    )
}

const TEN_DAYS: &str = "{ name = \"s\", days = 10 }";

/// Days of reviews, by model.
fn reviews(lines: &[TraceLine], model: &str) -> Vec<usize> {
    lines.iter().filter(|l| l.event == EventKind::Reviewed && l.model == model).map(|l| l.day).collect()
}

/// The first review lies on each day of the interval alike, is the same in all models, and further ones follow at the interval.
#[test]
fn the_phase_of_reviews_is_drawn_once_for_all_models() {
    let policy = |days| format!("order-up-to = {{ review-days = {days}, level = 400 }}");
    let supply = model("a", &policy(30), TEN_DAYS, "") + &model("b", &policy(30), "{ name = \"t\", days = 25 }", "");
    let text = scenario("units-per-day = 10", "", &(supply + &model("c", &policy(7), TEN_DAYS, "")));
    let r = runnable(&text);
    let mut seen = [0_u32; 30];
    let n = 3_000;
    for replication in 0..n {
        let lines = trace(&r.scenario, 5, replication);
        let (a, b, c) = (reviews(&lines, "a"), reviews(&lines, "b"), reviews(&lines, "c"));
        assert_eq!(a, b);
        assert!(a[0] < 30 && a.windows(2).all(|w| w[1] == w[0] + 30));
        // One number places the first review of every interval: u in [a, a + 1) / 30.
        assert!((a[0] * 7 / 30..=(a[0] * 7 + 6) / 30).contains(&c[0]), "{} {}", a[0], c[0]);
        seen[a[0]] += 1;
    }
    // Chi-square with 29 degrees of freedom: 58.3 is exceeded once in a thousand.
    let expected = f64::from(n) / 30.0;
    let chi: f64 = seen.iter().map(|k| (f64::from(*k) - expected).powi(2) / expected).sum();
    assert!(chi < 58.3, "{chi}");
}

/// A date fixes the phase, for runs that must be followed by hand; a warm-up does not move it.
#[test]
fn a_date_fixes_the_phase() {
    let policy = "order-up-to = { review-days = 30, level = 400 }";
    let text = scenario("units-per-day = 10", "first-review = 2026-02-03", &model("a", policy, TEN_DAYS, ""));
    let lines = trace(&runnable(&text).scenario, 5, 0);
    assert_eq!(reviews(&lines, "a"), [3, 33, 63, 93]);
    let later = text.replace("warmup-days = 0", "warmup-days = 10");
    assert_eq!(reviews(&trace(&runnable(&later).scenario, 5, 0), "a")[..3], [13, 43, 73]);
}

/// Ten a day, ordered up to 390 on days 0, 30, 60: lead time 10, review 30. On day 10 there are 150 more, so that the position of the
/// evening is 390 - 10 t - 150; it falls below the ten days of the lead time on day 15.
fn with_a_spike(latency: u32) -> Vec<usize> {
    let policy = format!(
        "order-up-to = {{ review-days = 30, safety-stock = {{ units = 0 }}, react = {{ cover-below = \"lead-time\", latency = {latency} }} }}"
    );
    let demand = "\
         units-per-day = 10\n\
         [[demand.campaign]]\n\
         name = \"spike\"\n\
         start = 2026-01-11\n\
         days = 1\n\
         uplift = 16\n\
         planned = false";
    let planner = "forecast = \"truth-without-surges\"\nfirst-review = 2026-01-01";
    let lines = trace(&runnable(&scenario(demand, planner, &model("a", &policy, TEN_DAYS, ""))).scenario, 5, 0);
    reviews(&lines, "a")
}

#[test]
fn a_reaction_is_an_extra_review_after_its_latency() {
    assert_eq!(with_a_spike(3), [0, 18, 30, 60, 90], "the calendar is not moved");
    assert_eq!(with_a_spike(0), [0, 15, 30, 60, 90], "the same evening");
    assert_eq!(with_a_spike(20), [0, 30, 60, 90], "a regular review meanwhile cancels it");
}

/// The level that the planner orders up to on a day: position at the review plus what it orders.
fn target(lines: &[TraceLine], day: usize) -> i64 {
    let on = |kind| lines.iter().find(|l| l.day == day && l.event == kind).map_or(0, |l| l.units);
    on(EventKind::Reviewed) + on(EventKind::OrderPlaced)
}

const TEN_DAYS_OF_COVER: &str = "days-of-cover = { review-days = 1, days = 10 }";

/// A single day of twenty times the usual enters at the bound of the planner's own law: the level hardly moves.
#[test]
fn one_spike_does_not_fool_the_planner() {
    let spike = "\
         mean-per-day = 20\n\
         [[demand.campaign]]\n\
         name = \"spike\"\n\
         start = 2026-02-20\n\
         days = 1\n\
         uplift = 20\n\
         planned = false";
    let after = |planner: &str| {
        let text = scenario(spike, planner, &model("a", TEN_DAYS_OF_COVER, "{ name = \"s\", days = 1 }", ""));
        let lines = trace(&runnable(&text).scenario, 5, 0);
        (target(&lines, 49), target(&lines, 50))
    };
    let (before, robust) = after("forecast = { exponential-smoothing = { alpha = 0.05 } }");
    assert!((robust - before) < 15, "{before} {robust}: at most 0.05 x 10 x (35 - 20) more");
    let (before, plain) = after("forecast = { exponential-smoothing = { alpha = 0.05, robust = false } }");
    assert!(plain - before > 150, "{before} {plain}");
}

/// A level ten times as high is believed after 14 days of 21: it becomes the mean of these 21 days, (7 x 20 + 14 x 200) / 21 = 140.
#[test]
fn a_level_that_lasts_is_believed() {
    let demand = "\
         units-per-day = 20\n\
         [[demand.campaign]]\n\
         name = \"shift\"\n\
         start = 2026-02-20\n\
         days = 60\n\
         uplift = 10\n\
         planned = false";
    let text = scenario(
        demand,
        "forecast = { exponential-smoothing = { alpha = 0.05 } }",
        &model("a", TEN_DAYS_OF_COVER, "{ name = \"s\", days = 1 }", ""),
    );
    let lines = trace(&runnable(&text).scenario, 5, 0);
    let days = [61, 62, 63].map(|day| target(&lines, day));
    assert!(days[1] - days[0] < 100 && days[1] < 900, "smoothed day by day at first: {days:?}");
    assert_eq!(days[2], 1_400);
}

/// The planner who knows the law plans for the true mean, whatever surge comes; the clairvoyant one sees it come.
#[test]
fn knowing_the_law_is_not_foreseeing() {
    let demand = "mean-per-day = 20\n[demand.surge]\non = [2026-02-20]\npeak-uplift = 8";
    let targets = |forecast: &str| {
        let text =
            scenario(demand, &format!("forecast = \"{forecast}\""), &model("a", TEN_DAYS_OF_COVER, TEN_DAYS, ""));
        let lines = trace(&runnable(&text).scenario, 5, 0);
        [30, 49, 55].map(|day| target(&lines, day))
    };
    assert_eq!(targets("truth-without-surges"), [200, 200, 200]);
    let [before, eve, _] = targets("truth");
    assert!(before == 200 && eve > 400, "{before} {eve}");
}

/// `per-year = 0` switches all surges off, dated ones too: every figure is that of the file without the surge.
#[test]
fn no_surges_a_year_are_none_at_all() {
    let with = |surge: &str| {
        let demand = format!("mean-per-day = 20\n{surge}");
        let text = scenario(&demand, "", &model("a", TEN_DAYS_OF_COVER, TEN_DAYS, ""));
        let r = runnable(&text);
        let options = Options { rows: true, ..Options::default() };
        format!("{:?}", run(&r.scenario, &r.experiment, options, &|_| {}).products[0].models[0].rows)
    };
    assert_eq!(with(""), with("[demand.surge]\nper-year = 0\non = [2026-02-20]\npeak-uplift = 8"));
    assert_ne!(with(""), with("[demand.surge]\non = [2026-02-20]\npeak-uplift = 8"));
}

/// A stage that is closed on Saturdays and Sundays ends on neither, however its end is rounded.
#[test]
fn no_lot_leaves_a_closed_stage() {
    let stage = "{ name = \"Port\", days = { uniform = [0.5, 6] }, calendar = \"week\" }";
    let calendar = "[[calendar]]\nname = \"week\"\nweekends-closed = true\n";
    let policy = "base-stock = { level = 100 }";
    let text = scenario("units-per-day = 10", "", &(calendar.to_owned() + &model("a", policy, stage, "")));
    let r = runnable(&text);
    let mut days = BTreeSet::new();
    for replication in 0..40 {
        let lines = trace(&r.scenario, 5, replication);
        days.extend(lines.iter().filter(|l| l.event == EventKind::Received).map(|l| l.date.weekday()));
    }
    assert_eq!(days.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

/// A factory that makes 60 a day needs two days for a lot of 84, and one for 60.
#[test]
fn capacity_holds_for_a_single_lot() {
    for (quantity, day) in [(60, 1), (61, 2), (84, 2), (120, 2), (121, 3)] {
        let policy = format!("one-time = {{ quantity = {quantity}, date = 2026-01-01 }}");
        let stage = "{ name = \"Production\", days = 0.1 }";
        let text = scenario("units-per-day = 1", "", &model("a", &policy, stage, ""))
            .replace("unit-cost = 5", "unit-cost = 5\nfactory-capacity-per-day = 60");
        let lines = trace(&runnable(&text).scenario, 5, 0);
        let received = lines.iter().find(|l| l.event == EventKind::Received).unwrap().day;
        assert_eq!(received, day, "{quantity} units");
    }
}

/// A cover of no days asks for nothing: the expedite route is never used, even by a shop that owes units.
#[test]
fn no_cover_never_expedites() {
    let air = "\
         [[supply.location.route]]\n\
         name = \"air\"\n\
         expedite = { below-days-of-cover = 0, up-to-days = 5 }\n\
         terms = [{ share = 1, at = \"order\" }]\n\
         stage = [{ name = \"a\", days = 2 }]\n";
    let supply = model("a", "base-stock = { level = 60 }", TEN_DAYS, "") + air;
    let text = scenario("mean-per-day = 10", "", &supply);
    let figures = |text: &str| -> ModelOutcome {
        let r = runnable(text);
        run(&r.scenario, &r.experiment, Options::default(), &|_| {}).products[0].models[0].clone()
    };
    let value = |o: &ModelOutcome, k| o.estimate(k).unwrap().value;
    let never = figures(&text);
    assert!(value(&never, Kpi::BackorderRate) > 0.5 && value(&never, Kpi::ExpeditedShare) == 0.0);
    let some = figures(&text.replace("below-days-of-cover = 0", "below-days-of-cover = 1"));
    assert!(value(&some, Kpi::ExpeditedShare) > 0.1);
}

/// A location with all shoppers beside one without any is the model of that location alone, to the last bit.
#[test]
fn shares_of_nothing_and_all_are_the_pure_model() {
    let route = "\
         [[supply.location.route]]\n\
         name = \"r\"\n\
         terms = [{ share = 1, at = \"order\" }]\n\
         stage = [{ name = \"s\", days = { gamma = { mean = 12, sd = 5 } } }]\n";
    let location = |name: &str, share: &str, level: u32| {
        format!(
            "\
                 [[supply.location]]\n\
                 name = \"{name}\"\n\
                 {share}\n\
                 policy = {{ base-stock = {{ level = {level} }} }}\n\
                 {route}"
        )
    };
    let pure = format!("[[supply]]\nname = \"pure\"\n{}", location("hub", "", 120));
    let both = |first: &str| format!("[[supply]]\nname = \"both\"\noverflow = false\n{first}");
    let (all, none) = (location("hub", "share = 1", 120), location("shop", "share = 0", 0));
    let rows = |supply: &str| {
        let text = scenario("mean-per-day = 10\ndispersion = 3", "", supply)
            .replace("patience = \"endless\"", "patience = { promise-relative = {} }");
        let r = runnable(&text);
        let options = Options { rows: true, ..Options::default() };
        format!("{:?}", run(&r.scenario, &r.experiment, options, &|_| {}).products[0].models[0].rows)
    };
    let alone = rows(&pure);
    assert_eq!(rows(&both(&format!("{all}{none}"))), alone);
    assert_eq!(rows(&both(&format!("{none}{all}"))), alone, "whichever stands first");
}

/// What is due at production on a route that makes nothing is paid with the order: `check` says so.
#[test]
fn a_balance_due_at_no_stage_is_warned_of() {
    let text = scenario("mean-per-day = 10", "", &model("a", "base-stock = { level = 60 }", TEN_DAYS, ""))
        .replace("terms = [{ share = 1, at = \"order\" }]", "");
    let loaded = loaded(&text);
    let warnings: Vec<&str> = loaded.warnings.list.iter().map(|d| d.message.as_str()).collect();
    assert!(warnings.iter().any(|w| w.contains("no stage of route `r` makes goods")), "{warnings:?}");
}

/// Ten a day; ordered up to 690 on days 0, 30, 60 by a base route of 40 days, a unit for 5; on day 20 there are 300 more. That evening 180
/// are left, 10 come on day 40, and what is ordered on day 30 on day 70: the 49 days before it want 490, so 300 are short.
/// `air` brings a unit in five days for twice the money. Returns day and units of what is ordered by air.
fn by_air(price: f64, accept: &str, expedite: &str, more: &str) -> Vec<(usize, i64)> {
    let policy = "order-up-to = { review-days = 30, safety-stock = { units = 0 } }";
    let demand = "\
         units-per-day = 10\n\
         [[demand.campaign]]\n\
         name = \"spike\"\n\
         start = 2026-01-21\n\
         days = 1\n\
         uplift = 31\n\
         planned = false";
    let planner = "forecast = \"truth-without-surges\"\nfirst-review = 2026-01-01";
    let air = format!(
        "\
             [[supply.location.route]]\n\
             name = \"air\"\n\
             expedite = {{ {expedite} }}\n\
             unit-cost-premium = 1\n\
             {more}\n\
             terms = [{{ share = 1, at = \"order\" }}]\n\
             stage = [{{ name = \"a\", days = 5 }}]\n"
    );
    let text = scenario(demand, planner, &(model("a", policy, "{ name = \"s\", days = 40 }", "") + &air))
        .replace("price = 20", &format!("price = {price}"))
        .replace("accept = \"always\"", &format!("accept = {accept}"));
    let lines = trace(&runnable(&text).scenario, 5, 0);
    let placed = lines.iter().filter(|l| l.event == EventKind::OrderPlaced && l.other_date == Some(l.date.plus(5)));
    placed.map(|l| (l.day, l.units)).collect()
}

/// By cover: on a review, or so many days after the trigger was first met.
#[test]
fn an_expedite_route_may_react_between_reviews() {
    let cover = "below-days-of-cover = 20, up-to-days = 50";
    assert_eq!(by_air(20.0, "\"never\"", cover, "")[0], (30, 500 - 80), "looked at on reviews only");
    assert_eq!(by_air(20.0, "\"never\"", &format!("{cover}, latency = 0"), "")[0], (20, 500 - 180), "the same evening");
    let late = by_air(20.0, "\"never\"", &format!("{cover}, latency = 3"), "");
    assert_eq!(late[0], (23, 500 - 150), "computed anew three days later");
    let review = by_air(20.0, "\"never\"", &format!("{cover}, latency = 15"), "");
    assert!(
        review[0] == (30, 420) && review.iter().all(|x| x.0 != 35),
        "a review meanwhile takes its place: {review:?}"
    );
}

/// By money: what is short is flown in if the sales that it saves earn more than it costs more, and not otherwise.
#[test]
fn an_expedite_route_may_be_used_where_the_margin_saved_exceeds_its_cost() {
    let when = "when = \"margin-saved-exceeds-cost\"";
    let now = &format!("{when}, latency = 0");
    assert_eq!(by_air(20.0, "\"never\"", when, "")[0], (30, 300));
    assert_eq!(by_air(20.0, "\"never\"", now, "")[0], (20, 300));
    // A margin of less than 4 does not pay for 5 more.
    assert_eq!(by_air(9.0, "\"never\"", now, ""), []);
    // Who waits in any case is not lost: nothing is saved.
    assert_eq!(by_air(20.0, "\"always\"", now, ""), []);
    // Of those who are told of a wait one in two is lost: half of a margin of 14 is enough, half of one of 9 is not.
    assert_eq!(by_air(20.0, "{ share = 0.5 }", now, "")[0], (20, 300));
    assert_eq!(by_air(15.0, "{ share = 0.5 }", now, ""), []);
    // 300 units save some 4,100: a fee of 2,000 is paid, one of 4,000 (1,500 more for the units) is not.
    assert_eq!(by_air(20.0, "\"never\"", now, "entry-fees = { broker = 2000 }")[0], (20, 300));
    assert_eq!(by_air(20.0, "\"never\"", now, "entry-fees = { broker = 4000 }"), []);
}
