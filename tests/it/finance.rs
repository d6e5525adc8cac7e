//! Finance by hand: what is written off, what a recovery takes.

use crate::laws::each;
use crate::support::{ocean_and_direct, runnable, runnable_with};
use restock::model::Kpi;
use restock::study::{Lever, Measure, Options, Outcome, run};

/// One buy for a season of sixty, two units a day; what comes on the morning of the second day serves 58.
fn season(quantity: i64) -> String {
    format!(
        r#"
name = "One buy, a season of 60"
[horizon]
start = 2026-03-02
days = 30
warmup-days = 0
[monte-carlo]
replications = 1
[customers]
promise = "none"
accept = "never"
patience = "endless"
thirty-day-rule = false
[[product]]
sku = "A"
price = 50
unit-cost = 20
demand = {{ units-per-day = 2 }}
[[supply]]
name = "S"
[[supply.location]]
name = "w"
initial-on-hand = 0
policy = {{ one-time = {{ quantity = {quantity}, date = 2026-03-02 }} }}
[[supply.location.route]]
name = "r"
stage = [{{ name = "Production", days = 1 }}]
terms = [{{ share = "100%", at = "receipt" }}]
[finance]
salvage = "50%"
"#
    )
}

fn value(text: &str, wanted: &[Kpi]) -> Vec<f64> {
    let mut out = Vec::new();
    each(text, |_, mut replica| {
        let (row, _) = replica.kpis().unwrap();
        out = wanted.iter().map(|k| row[k.index()].0 / row[k.index()].1).collect();
    });
    out
}

/// By hand, with `bought` units: 2,900 of revenue, less 1,160 of goods, 101.50 of payment fees, and on 20 for each unit on the
/// shelf at the ends of days 7 % a year of insurance and obsolescence and the rent of 2.5 litres. What is left has no further
/// use and loses half its cost. 15 % a year, day by day, are charged on stock, less what has been provided for obsolescence,
/// and on what two days' customers have paid; the independent figures, 1,191 and 152, charge a 365th of the yearly rate
/// on what is invested at the ends of days instead.
#[test]
fn what_is_left_of_a_season_is_written_down() {
    for (bought, write_down, independent) in [(100.0, 420.0, 1_191.0), (200.0, 1_420.0, 152.0)] {
        let rate = 1.15_f64.powf(1.0 / 365.0) - 1.0;
        let (mut holding, mut provided, mut charge, mut book) = (0.0, 0.0, 0.0, 0.0);
        for day in 0..30 {
            charge += rate * book;
            let on_hand = if day == 0 { 0.0 } else { bought - 2.0 * f64::from(day) };
            provided += on_hand * 20.0 * 0.05 / 365.0;
            holding += on_hand * (20.0 * 0.02 + 2.5 / 1_000.0 * 18.0 * 12.0) / 365.0;
            let receivables = f64::from(day.min(2)) * 2.0 * (50.0 - 1.75);
            book = on_hand * 20.0 - provided + receivables;
        }
        let contribution = 2_900.0 - 1_160.0 - 101.5 - provided - holding;
        let kpis = [Kpi::WriteDown, Kpi::Contribution, Kpi::CapitalCharge, Kpi::ResidualIncome];
        let by_hand = [write_down, contribution, charge, contribution - write_down - charge];
        for ((kpi, found), by_hand) in kpis.iter().zip(value(&season(bought as i64), &kpis)).zip(by_hand) {
            assert!((found - by_hand).abs() < 1e-4, "{kpi:?}: {found}, by hand {by_hand}");
        }
        assert!((by_hand[3] - independent).abs() < 2.0, "{}", by_hand[3]);
    }
}

/// Ten a day; 100 last through day 9, and 300 come on day 20. The spike of day 4 brings ten more: the shelf is empty at the end
/// of day 8, day 9's ten wait, and from day 20 on nobody does. A recovery of eleven days; without the spike there is none to count.
#[test]
fn a_recovery_by_hand() {
    let scenario = |spike: &str| {
        format!(
            r#"
name = "recovery by hand"
[horizon]
start = 2026-01-01
days = 39
warmup-days = 0
[monte-carlo]
replications = 1
[[product]]
sku = "x"
price = 50
unit-cost = 10
[demand]
units-per-day = 10
{spike}
[customers]
accept = "always"
patience = "endless"
thirty-day-rule = false
[finance]
shrink = 0
[[supply]]
name = "m"
[[supply.location]]
name = "l"
policy = {{ one-time = {{ quantity = 300, date = 2026-01-01 }} }}
initial-on-hand = 100
[[supply.location.route]]
name = "r"
stage = [{{ name = "s", days = 20 }}]
"#
        )
    };
    let spike = "[[demand.campaign]]\nname = \"spike\"\nstart = 2026-01-05\ndays = 1\nuplift = 2";
    let text = scenario(spike);
    assert_eq!(value(&text, &[Kpi::ShortAfterSpike, Kpi::DaysToRecover]), [1.0, 11.0]);
    assert!(value(&scenario(""), &[Kpi::ShortAfterSpike])[0].is_nan(), "no spike, no recovery");

    // The window of the spike: its day and the 20 of the lead time, days 4 to 24. 220 are wanted; 60 are served from stock
    // before day 9 (20 on day 4), and 50 on days 20 to 24; day 9 to 19's 110 wait, all at once at most, and are served on day 20.
    let r = runnable(&text);
    let found = run(&r.scenario, &r.experiment, Options::default(), &|_| {});
    let (windows, of) = (&found.products[0].windows, &found.products[0].models[0].windows);
    assert_eq!((windows.len(), windows[0].name.as_str(), windows[0].days.clone()), (1, "spike", 4..25));
    let measures = [
        (Measure::Demanded, 220.0),
        (Measure::FromStock, 0.5),
        (Measure::ServedLater, 0.5),
        (Measure::StillWaiting, 0.0),
        (Measure::Cancelled, 0.0),
        (Measure::LostToWait, 0.0),
        (Measure::PeakBacklog, 110.0),
        (Measure::Short, 1.0),
        (Measure::DaysToRecover, 11.0),
    ];
    for (measure, value) in measures {
        assert_eq!(of[0].estimate(measure).map(|e| e.value), Some(value), "{measure:?}");
    }
}

const SHOP: &str = r#"
name = "two"
[horizon]
start = 2026-03-01
days = 120
warmup-days = 120
[monte-carlo]
replications = 80
[[product]]
sku = "x"
price = 60
unit-cost = 12
[demand]
mean-per-day = 14
dispersion = 3
[[demand.campaign]]
name = "spike"
start = 2026-04-01
days = 5
uplift = { uniform = [2, 8] }
planned = false
"#;

fn compared(overrides: &[String], equal_terms: bool) -> Outcome {
    let r = runnable_with(&ocean_and_direct(SHOP), overrides);
    run(&r.scenario, &r.experiment, Options { equal_terms, ..Options::default() }, &|_| {})
}

fn difference(o: &Outcome) -> f64 {
    let [ocean, direct] = [0, 1].map(|m| o.products[0].models[m].estimate(Kpi::ResidualIncome).unwrap().value);
    direct - ocean
}

/// A run with one figure at its break-even shows no difference: to the cent where residual income is a line in the figure,
/// and by less than five shoppers of all replications for the delivery sensitivity, in which it goes in steps of single
/// shoppers. Returns the parcel's break-even, and which levers have one.
fn level_at_the_break_evens(base: &[String]) -> (f64, Vec<Lever>) {
    let now = compared(base, true);
    let flips = now.flips_of("Direct").unwrap();
    assert_eq!(flips.compared_with, "Ocean");
    assert!((flips.difference.value - difference(&now)).abs() < 1e-6);
    assert_eq!(flips.flips.len() + flips.never.len(), Lever::ALL.len());
    assert!(flips.flips.windows(2).all(|w| w[0].distance <= w[1].distance), "nearest first");
    for f in &flips.flips {
        let at = f.at.value;
        let set = match f.lever {
            Lever::ParcelPrice => format!("supply.1.location.0.delivery.per-order={at}"),
            Lever::UnitCostPremium => format!("supply.1.location.0.route.0.unit-cost-premium={at}"),
            Lever::CostOfCapital => format!("finance.cost-of-capital={at}"),
            Lever::DeliverySensitivity => format!("customers.delivery-sensitivity.per-day={at}"),
            Lever::Salvage => format!("finance.salvage={at}"),
        };
        // A key is given once.
        let key = |o: &String| o.split('=').next().map(str::to_owned);
        let mut all: Vec<String> = base.iter().filter(|b| key(b) != key(&set)).cloned().collect();
        all.push(set.clone());
        let left = difference(&compared(&all, false));
        println!("{set}: {left}, at first {}; {:?}", flips.difference.value, f.at.interval());
        let shoppers = 5.0 * 60.0 / f64::from(now.replications);
        let level = if f.lever == Lever::DeliverySensitivity { shoppers } else { 0.01 };
        assert!(left.abs() < level, "{set}: {left}");
        if let Some((low, high)) = f.at.interval() {
            assert!(low <= at && at <= high, "{set}: {low} to {high}");
        }
    }
    let parcel = flips.flips.iter().find(|f| f.lever == Lever::ParcelPrice).expect("parcels flip it").at.value;
    (parcel, flips.flips.iter().map(|f| f.lever).collect())
}

#[test]
fn a_run_at_the_break_even_is_level() {
    let (parcel, found) = level_at_the_break_evens(&[]);
    for lever in [Lever::ParcelPrice, Lever::UnitCostPremium, Lever::DeliverySensitivity] {
        assert!(found.contains(&lever), "{lever:?} has a break-even");
    }
    // Near the parcel's break-even the weaker levers flip it, too.
    for cents in [-0.05, 0.05] {
        let (_, near) =
            level_at_the_break_evens(&[format!("supply.1.location.0.delivery.per-order={}", parcel + cents)]);
        assert!(near.contains(&Lever::CostOfCapital) || near.contains(&Lever::Salvage), "{near:?}");
        println!("{cents}: {near:?}");
    }
}
