//! Locations that supply others: exact results for one warehouse with two retailers, and for stages in series.

use super::cases::{Setup, base_stock, case, every_day, poisson};
use super::{Case, Check, kpi};
use crate::model::Kpi;
use crate::scenario::raw::{Demand, Distribution, Family, Location, MeanSd, Route, Share, Stage};
use crate::stats::interval::{Estimate, Sample};
use crate::study::ModelOutcome;
use crate::study::PlaceMeasure::{self, Backlog, FillRate, OnHand, Owed, SentAtOnce};

const CONVOLUTION: &str = "convolution of two Poisson laws";
const ONE_FOR_ONE: &str = "Axsaeter 1990, one-for-one replenishment";
const CLARK_SCARF: &str = "Clark and Scarf 1960; Snyder and Shen 2019";
const SHANG_SONG: &str = "Shang and Song 2003, Table 1";

/// A figure of a location, by its number in the supply model.
type Figure = (usize, PlaceMeasure);

fn place(what: &'static str, exact: f64, allowance: f64, (location, measure): Figure) -> Check {
    let value = move |m: &ModelOutcome| m.places.figure(location, measure).map(|s| s.estimate());
    Check { what, exact, allowance, value: Box::new(value) }
}

/// What stock on hand at each stage costs a day, what a unit that a customer waits for does, and what all on its way together.
struct Cost {
    prices: &'static [f64],
    penalty: f64,
    on_its_way: f64,
}

/// The cost of a day, of stages of which the first serves the customers.
fn total(what: &'static str, exact: f64, allowance: f64, cost: Cost) -> Check {
    let value = move |m: &ModelOutcome| {
        let waiting = m.places.figure(0, Backlog)?.times(cost.penalty);
        let stock = |(i, price): (usize, &f64)| Some(m.places.figure(i, OnHand)?.times(*price));
        let stock: Option<Vec<Sample>> = cost.prices.iter().enumerate().map(stock).collect();
        let e = stock?.iter().fold(waiting, |sum, part| sum.plus(1.0, part)).estimate();
        Some(Estimate::new(e.value + cost.on_its_way, e.standard_error))
    };
    Check { what, exact, allowance, value: Box::new(value) }
}

/// A location that serves so many of the shoppers, whose stock comes from another one.
fn supplied(name: &str, share: f64, (level, days): (i64, f64), from: &str) -> Location {
    let stage = vec![Stage::new("Transfer", Distribution::from(days))];
    let route = Route { from: Some(from.into()), stage, ..Route::new("transfer") };
    Location { share: Some(Share(share)), policy: base_stock(level), route: vec![route], ..Location::new(name) }
}

/// Stages in series with base stocks: the first serves all shoppers, and each is supplied by the next. Levels and lead times, in units and days.
fn in_series(demand: Demand, stages: &[(i64, f64)]) -> Setup {
    let last = stages.len() - 1;
    let mut setup = Setup::new(demand, base_stock(stages[last].0), stages[last].1);
    let name = |k: usize| format!("stage {}", k + 1);
    let mut source = setup.location().clone();
    (source.name, source.share) = (name(last), Some(Share(0.0)));
    let share = |k: usize| if k == 0 { 1.0 } else { 0.0 };
    let chain = (0..last).map(|k| supplied(&name(k), share(k), stages[k], &name(k + 1)));
    setup.0.supply[0].location = chain.chain([source]).collect();
    // Stock upstream is nothing that shoppers get.
    setup.0.supply[0].overflow = false;
    setup
}

const SECTION: &str = "networks";

pub(super) fn networks() -> Vec<Case> {
    let mut cases = two_echelons();
    cases.push(one_warehouse_two_retailers());
    cases.extend(serial());
    cases
}

/// `E[((D(L2) - S2)+ + D(L1) - S1)+]` and the like, by convolution of two Poisson laws.
fn two_echelons() -> Vec<Case> {
    let two = |mean: f64, down: (i64, f64), up: (i64, f64)| in_series(poisson(mean), &[down, up]);
    let checks = |upstream: f64, [on_hand, backlog, clear, fill]: [f64; 4]| {
        vec![
            place("upstream backorders", upstream, 5e-7, (1, Owed)),
            place("downstream on hand", on_hand, 5e-7, (0, OnHand)),
            kpi("backlog", backlog, 5e-7, Kpi::MeanBacklog),
            kpi("P(no backlog)", clear, 5e-7, Kpi::NoBacklogRate),
            kpi("fill rate", fill, 5e-7, Kpi::FillRate),
        ]
    };
    let cases = [
        (
            "Poisson 5, L 3 + 4, S 18 + 20",
            two(5.0, (18, 3.0), (20, 4.0)),
            1.776_706,
            [2.582_024, 1.358_730, 0.670_079, 0.770_592],
        ),
        (
            "Poisson 5, L 3 + 4, S 18 + 22",
            two(5.0, (18, 3.0), (22, 4.0)),
            0.979_497,
            [2.973_339, 0.952_835, 0.736_856, 0.830_013],
        ),
        (
            "Poisson 20, L 4 + 10, S 92 + 200",
            two(20.0, (92, 4.0), (200, 10.0)),
            5.639_546,
            [8.879_733, 2.519_278, 0.741_393, 0.882_087],
        ),
    ];
    let mut cases: Vec<Case> = cases
        .into_iter()
        .map(|(name, setup, upstream, down)| case(SECTION, name, CONVOLUTION, &setup, 4_000, checks(upstream, down)))
        .collect();
    cases[0].checks.push(place("upstream on hand", 1.776_706, 5e-7, (1, OnHand)));
    cases
}

/// One for one at the warehouse and at both retailers, who are served in the order of their orders.
fn one_warehouse_two_retailers() -> Case {
    let mut setup = in_series(poisson(0.03), &[(4, 200.0), (14, 500.0)]).over(100_000, 10_000);
    let warehouse = setup.0.supply[0].location[1].name.clone();
    let locations = &mut setup.0.supply[0].location;
    locations[0].share = Some(Share(1.0 / 3.0));
    locations.insert(1, supplied("retailer 2", 2.0 / 3.0, (9, 300.0), &warehouse));
    // Of the units of a day the second finds one less: in three cases of two hundred, at one level in three at most. Of the orders of a day that of the
    // first retailer comes first.
    let (fill, order) = (0.015 / 3.0, 0.015);
    let checks = vec![
        place("warehouse backorders", 2.070_884, 5e-7, (2, Owed)),
        place("warehouse on hand", 1.070_884, 5e-7, (2, OnHand)),
        place("warehouse fill", 0.363_218, fill, (2, SentAtOnce)),
        place("fill 1", 0.712_971, fill, (0, FillRate)),
        place("backorders 1", 0.283_919, order * 0.283_919, (0, Backlog)),
        place("on hand 1", 1.593_624, order * 0.283_919, (0, OnHand)),
        place("fill 2", 0.673_009, fill, (1, FillRate)),
        place("backorders 2", 0.638_063, order * 0.638_063, (1, Backlog)),
        place("on hand 2", 2.257_473, order * 0.638_063, (1, OnHand)),
    ];
    case(SECTION, "one warehouse, two retailers, 100 days a unit", ONE_FOR_ONE, &setup, 400, checks)
}

/// Stages in series at their best echelon levels: the local level of a stage is its echelon level less that of the next one downstream. Of four stages a
/// day is a quarter of the unit of time: stock and backlog at an instant have the law of continuous time. What is on its way to a stage costs what it costs at
/// the stage before.
fn serial() -> Vec<Case> {
    let four = |name, exact, levels: [i64; 4], cost: Cost| {
        let setup = in_series(poisson(4.0), &levels.map(|level| (level, 1.0)));
        case(SECTION, name, SHANG_SONG, &setup, 4_000, vec![total("cost at the best levels", exact, 5e-7, cost)])
    };
    let fill = 0.02 / 5.0;
    vec![
        case(
            SECTION,
            "two stages, 100 days a unit, L 3 + 10, S 18 + 42",
            CONVOLUTION,
            &in_series(poisson(0.04), &[(18, 300.0), (42, 1000.0)]).over(100_000, 10_000),
            400,
            // Of the units of a day the second finds one less: in one case of fifty, at one level in five at most.
            vec![
                place("downstream fill", 0.817_679, fill, (0, FillRate)),
                place("downstream backlog", 0.566_272, 5e-7, (0, Backlog)),
                place("downstream on hand", 4.903_142, 5e-7, (0, OnHand)),
                place("upstream backorders", 1.663_13, 5e-6, (1, Owed)),
                place("upstream on hand", 3.663_13, 5e-6, (1, OnHand)),
            ],
        ),
        four(
            "Poisson 16, four stages, p 9",
            12.686_939,
            [8, 5, 5, 4],
            Cost { prices: FOUR, penalty: 9.0, on_its_way: 6.0 },
        ),
        four(
            "Poisson 16, four stages, p 99",
            16.197_879,
            [11, 6, 5, 5],
            Cost { prices: FOUR, penalty: 99.0, on_its_way: 6.0 },
        ),
        case(
            SECTION,
            "normal 10, sd 2, three stages, in hundredths",
            CLARK_SCARF,
            &in_series(
                every_day(Family::Normal(MeanSd { mean: 1000.0, sd: 200.0 })),
                &[(1279, 1.0), (1074, 1.0), (2279, 2.0)],
            ),
            4_000,
            // Levels are rounded to a hundredth: at the best ones that costs less than half a hundredth.
            vec![total(
                "cost at the best levels",
                86.016_065,
                0.005,
                Cost { prices: &[0.08, 0.04, 0.01], penalty: 0.4, on_its_way: 10.0 * 4.0 + 10.0 * 1.0 },
            )],
        ),
    ]
}

/// Local holding costs of four stages of the same echelon holding cost, the first downstream.
const FOUR: &[f64] = &[1.0, 0.75, 0.5, 0.25];
