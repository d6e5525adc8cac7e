//! The dates that the shop quotes, and what it does when they pass.

use restock::scenario::Loader;
use restock::sim::EventKind;
use restock::study::{TraceLine, trace};
use std::path::Path;

/// One order of 1,000 units placed on the first day over one stage; two shoppers a day, all of whom wait.
fn one_order(stage: &str, customers: &str) -> Vec<TraceLine> {
    let text = format!(
        r#"
name = "one order"
[horizon]
start = 2026-01-01
days = 200
warmup-days = 0
[monte-carlo]
[[product]]
sku = "x"
price = 20
unit-cost = 5
[demand]
units-per-day = 2
[customers]
accept = "always"
{customers}
[[supply]]
name = "m"
[[supply.location]]
name = "l"
policy = {{ one-time = {{ quantity = 1000, date = 2026-01-01 }} }}
[[supply.location.route]]
name = "r"
terms = [{{ share = 1, at = "order" }}]
stage = [{stage}]
"#
    );
    let loaded =
        Loader::default().load_str("test", &text, Path::new(".")).unwrap_or_else(|d| panic!("{}", d.render(false)));
    let r = loaded.value.runnable;
    // A replication whose order takes long shows the dates of old orders.
    (0..50).map(|n| trace(&r.scenario, 1, n)).max_by_key(|lines| received(lines)).unwrap()
}

fn received(lines: &[TraceLine]) -> usize {
    lines.iter().find(|l| l.event == EventKind::Received).map_or(200, |l| l.day)
}

/// Days from order to the promised date, by the day of the order.
fn quotes(lines: &[TraceLine]) -> Vec<(usize, i32)> {
    let quoted = |l: &TraceLine| (l.day, l.other_date.unwrap().0 - l.date.0);
    lines.iter().filter(|l| l.event == EventKind::Backordered).map(quoted).collect()
}

/// An exponential stage does not age: known not to have ended, it takes 1 / (1 - exp(-1/10)) = 10.5 whole days more at every age.
#[test]
fn an_old_lot_is_expected_as_late_as_a_young_one() {
    let lines = one_order(r#"{ name = "Transit", days = { exponential = { mean = 10 } } }"#, r#"patience = "endless""#);
    let quotes: Vec<i32> = quotes(&lines).into_iter().filter(|(day, _)| *day > 0).map(|(_, days)| days).collect();
    assert!(quotes.len() > 30, "{}", quotes.len());
    assert!(quotes.iter().all(|days| *days == 11), "{quotes:?}");
}

/// A lot whose stage takes 10 to 30 days, each alike, and has not ended on day `a` ends on average on day (a + 31) / 2.
#[test]
fn a_lot_that_must_end_soon_is_expected_soon() {
    let lines = one_order(r#"{ name = "Transit", days = { uniform = [9.5, 30.5] } }"#, r#"patience = "endless""#);
    for (day, days) in quotes(&lines).into_iter().filter(|(day, _)| (10..received(&lines)).contains(day)) {
        let mean = (day as f64 + 1.0 + 30.0) / 2.0 - day as f64;
        assert_eq!(days, (mean + 0.5) as i32, "on day {day}");
    }
}
