//! The shipped scenarios tell the story that their headers promise, and the generated documents are current.

use restock::model::Kpi;
use restock::report::move_table;
use restock::scenario::Loader;
use restock::study::{
    Difference, MarketMeasure, Measure, Options, Outcome, PlaceMeasure, differences, market_figure, run,
};
use std::path::Path;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn outcome(name: &str) -> Outcome {
    let loader = Loader { overrides: vec!["monte-carlo.replications=400".into()], ..Loader::default() };
    let loaded = loader
        .load(&root().join("scenarios").join(format!("{name}.toml")))
        .unwrap_or_else(|d| panic!("{}", d.render(false)));
    let r = loaded.value.runnable;
    run(&r.scenario, &r.experiment, Options { rows: true, ..Options::default() }, &|_| {})
}

fn difference(o: &Outcome, kpi: Kpi, to: usize) -> Difference {
    differences(&o.products[0]).into_iter().find(|d| d.kpi == kpi && d.from == 0 && d.to == to).unwrap()
}

fn below(d: Difference) -> bool {
    d.estimate.interval().unwrap().1 < 0.0
}

fn above(d: Difference) -> bool {
    d.estimate.interval().unwrap().0 > 0.0
}

#[test]
fn spring_surge_recovers_sooner_with_less_capital_directly() {
    let o = outcome("spring-surge");
    assert!(below(difference(&o, Kpi::BackorderRate, 1)) && below(difference(&o, Kpi::MeanWait, 1)));
    assert!(below(difference(&o, Kpi::InvestedCapital, 1)) && above(difference(&o, Kpi::Contribution, 1)));
    assert!(below(difference(&o, Kpi::BackorderRate, 2)), "the hybrid helps too");
    // Air rescue leaves fewer customers waiting than the ship alone.
    assert!(below(difference(&o, Kpi::BackorderRate, 3)) && below(difference(&o, Kpi::MeanWait, 3)));
}

#[test]
fn black_friday_is_milder_because_it_is_planned() {
    let o = outcome("black-friday");
    let rate = o.products[0].models[0].estimate(Kpi::BackorderRate).unwrap().value;
    assert!(rate < 0.08, "{rate}");
    assert!(below(difference(&o, Kpi::BackorderRate, 1)));
}

#[test]
fn a_new_product_is_put_right_sooner_directly() {
    let o = outcome("new-sku-miss");
    assert!(below(difference(&o, Kpi::BackorderRate, 1)) && below(difference(&o, Kpi::InvestedCapital, 1)));
}

#[test]
fn a_shut_factory_gate_leaves_little_between_the_models() {
    let (delayed, usual) = (outcome("factory-delay"), outcome("spring-surge"));
    let gain = |o: &Outcome| {
        difference(o, Kpi::Contribution, 1).estimate.value
            / o.products[0].models[0].estimate(Kpi::Revenue).unwrap().value
    };
    assert!(gain(&delayed) < 0.25 * gain(&usual), "{} and {}", gain(&delayed), gain(&usual));
}

#[test]
fn a_freight_shock_hits_the_ocean_alone() {
    let o = outcome("freight-shock");
    let rate = |m: usize| o.products[0].models[m].estimate(Kpi::BackorderRate).unwrap().value;
    assert!(rate(0) > 3.0 * rate(1), "{} and {}", rate(0), rate(1));
    assert!(below(difference(&o, Kpi::BackorderRate, 2)), "the reserve at the origin helps");
}

#[test]
fn tight_cash_is_paid_in_backorders_and_air_buys_some_back() {
    let o = outcome("cash-tight-reorder-point");
    assert!(o.products[0].models[0].estimate(Kpi::BackorderRate).unwrap().value > 0.15);
    assert!(below(difference(&o, Kpi::BackorderRate, 2)));
    assert!(o.products[0].models[2].estimate(Kpi::ExpeditedShare).unwrap().value > 0.01);
}

#[test]
fn bulk_wins_where_it_should_and_the_tool_says_so() {
    let o = outcome("bulky-steady");
    assert!(below(difference(&o, Kpi::Contribution, 1)), "direct earns less");
    assert!(below(difference(&o, Kpi::InvestedCapital, 1)), "although it ties up less");
}

/// A hybrid beats both pure models: it sells sooner than the ship, and ships cheaper than the hub once bulk is there.
#[test]
fn direct_until_bulk_lands_beats_both() {
    let o = outcome("until-bulk-lands");
    let models = &o.products[0].models;
    let d = |to: usize, from: usize, kpi| models[to].minus(&models[from], kpi).unwrap().interval().unwrap();
    for pure in [0, 1] {
        assert!(d(2, pure, Kpi::ResidualIncome).0 > 5_000.0, "{:?}", d(2, pure, Kpi::ResidualIncome));
        // Bulk that waits for the market, too, though less.
        assert!(d(3, pure, Kpi::ResidualIncome).0 > 0.0, "{:?}", d(3, pure, Kpi::ResidualIncome));
    }
    assert!(d(3, 2, Kpi::ResidualIncome).1 < 0.0, "{:?}", d(3, 2, Kpi::ResidualIncome));
    // A launch that stays small stays direct: less is tied up than where bulk is bought on the first day.
    assert!(d(3, 2, Kpi::InvestedCapital).1 < 0.0 && d(2, 1, Kpi::InvestedCapital).0 > 0.0);
}

/// A reserve is nearly always able to fill the truck, and still costs more than it saves: both coasts wait for the same ships.
#[test]
fn a_reserve_behind_two_coasts_does_not_pay() {
    let o = outcome("reserve-and-regions");
    let (coasts, reserve) = (&o.products[0].models[0], &o.products[0].models[1]);
    let more = coasts.minus(reserve, Kpi::ResidualIncome).unwrap();
    assert!(more.interval().unwrap().0 > 5_000.0, "{more:?}");
    assert!(coasts.places.is_empty());
    let figure = |i, measure| reserve.places.figure(i, measure).unwrap().value;
    assert!((0.9..1.0).contains(&figure(0, PlaceMeasure::SentAtOnce)));
    assert!(figure(0, PlaceMeasure::OnHand) > 5.0 * figure(1, PlaceMeasure::OnHand));
    assert!(reserve.places.figure(0, PlaceMeasure::FillRate).is_none(), "the reserve has no shoppers of its own");
}

/// In countries where parcels are free of duty the hub earns far more with an order than bulk that crosses a border; where a warehouse stands bulk earns more.
#[test]
fn a_warehouse_wins_where_it_stands() {
    let o = outcome("twelve-markets");
    let loaded = Loader::default().load(&root().join("scenarios/twelve-markets.toml")).unwrap();
    let markets = loaded.value.runnable.scenario.markets;
    let number = |name: &str| markets.iter().position(|m| m.name == name).unwrap();
    let more = |model: usize, name: &str| {
        let each = |m| market_figure(&o.products, m, &[number(name)], MarketMeasure::ContributionPerOrder).unwrap();
        each(model).plus(-1.0, &each(0)).estimate().interval().unwrap()
    };
    for name in ["Australia", "Japan", "New Zealand", "United Kingdom"] {
        assert!(more(1, name).1 < -10.0 && more(2, name).1 < -4.0, "{name}: {:?}", more(2, name));
    }
    assert!(more(1, "United States").0 > 0.3, "{:?}", more(1, "United States"));
    for name in ["Germany", "France", "Netherlands"] {
        assert!(more(1, name).1 < -10.0 && more(2, name).0 > 1.5, "{name}: {:?}", more(2, name));
    }
    assert!(below(difference(&o, Kpi::ResidualIncome, 1)) && below(difference(&o, Kpi::ResidualIncome, 2)));
}

/// Where the plane costs what a unit earns, mixed models serve better and earn less than the ship.
#[test]
fn the_plane_does_not_pay_for_heavy_goods() {
    let o = outcome("sea-and-air");
    for mixed in [2, 3] {
        assert!(below(difference(&o, Kpi::BackorderRate, mixed)));
        let d = difference(&o, Kpi::ResidualIncome, mixed).estimate.interval().unwrap();
        assert!(d.1 < -30_000.0, "{d:?}");
        assert!(o.products[0].models[mixed].estimate(Kpi::ExpeditedShare).unwrap().value > 0.02);
    }
    assert!(below(difference(&o, Kpi::ResidualIncome, 1)));
}

/// Structural, or a matter of forecasts: knowing the law of demand does not empty the queue, foreseeing the surge does most of it; and
/// what lead time takes from the usual planner, direct supply gives back.
#[test]
fn foresight_is_no_skill() {
    let o = outcome("structural-or-forecast");
    let rate = |m: usize| o.products[0].models[m].estimate(Kpi::BackorderRate).unwrap().value;
    assert!(below(difference(&o, Kpi::BackorderRate, 2)), "the clairvoyant planner has fewer backorders");
    assert!(rate(1) > 0.6 * rate(0), "most remains for who knows the law: {} of {}", rate(1), rate(0));
    assert!(rate(2) < rate(1), "{} {}", rate(2), rate(1));
}

/// A short promise keeps shoppers and is broken; a careful one costs orders and is kept; silence breaches the rule.
#[test]
fn promises_cost_orders_or_are_broken() {
    let o = outcome("promises");
    let d = |kpi, to| difference(&o, kpi, to);
    assert!(above(d(Kpi::PromiseMissRate, 1)) && below(d(Kpi::LostSalesRate, 1)));
    assert!(below(d(Kpi::PromiseMissRate, 2)) && above(d(Kpi::LostSalesRate, 2)));
    assert!(above(d(Kpi::BreachedOrders, 3)) && below(d(Kpi::CancellationRateRule, 3)));
}

/// Pre-orders ship on their date and leave more for the others, by either way of supply; their discount costs more than that earns.
#[test]
fn pre_orders_serve_the_peak_and_cost_their_discount() {
    let o = outcome("black-friday-preorder");
    let models = &o.products[0].models;
    for (without, with) in [(0, 2), (1, 3)] {
        let on_time = models[with].estimate(Kpi::PreOrderOnTimeRate).unwrap().value;
        assert!((0.9..1.0).contains(&on_time), "{on_time}");
        assert_eq!(models[without].estimate(Kpi::PreOrderUnits).unwrap().value, 0.0);
        let d = |kpi| models[with].minus(&models[without], kpi).unwrap().interval().unwrap();
        assert!(d(Kpi::LateOrBackorderedRate).1 < 0.0, "{:?}", d(Kpi::LateOrBackorderedRate));
        assert!(d(Kpi::ResidualIncome).1 < -3_000.0, "{:?}", d(Kpi::ResidualIncome));
    }
}

/// The week after a spike: who pauses the advertising or flies in what pays has half the queue, and only the latter earns more. Small lots at sea do not
/// help.
#[test]
fn levers_shorten_the_queue_after_a_spike() {
    let o = outcome("week-one");
    let models = &o.products[0].models;
    let d = |to: usize, kpi: Kpi| models[to].minus(&models[0], kpi).unwrap().interval().unwrap();
    let waits = |m: usize| models[m].estimate(Kpi::BackorderRate).unwrap().value;
    for (m, share) in [(1, 0.65), (2, 0.5), (3, 0.8), (5, 0.3)] {
        assert!(waits(m) < share * waits(0), "{}: {} of {}", models[m].name, waits(m), waits(0));
    }
    assert!(waits(4) > 1.5 * waits(0));
    assert!(d(2, Kpi::ResidualIncome).0 > 5_000.0, "{:?}", d(2, Kpi::ResidualIncome));
    assert!([1, 4, 5].into_iter().all(|m| d(m, Kpi::ResidualIncome).1 < 0.0));
    assert!(models[1].estimate(Kpi::PausedDemand).unwrap().value > 100.0);
    assert_eq!(models[0].estimate(Kpi::PausedDemand).unwrap().value, 0.0);
}

/// Stock near the customers loses less to returns; selling off what comes back is better than shipping it back to the hub.
#[test]
fn returns_speak_for_stock_near_the_customers() {
    let o = outcome("apparel-returns");
    let models = &o.products[0].models;
    let income = |m: usize| models[m].estimate(Kpi::ResidualIncome).unwrap().value;
    let d = |to: usize, from: usize| models[to].minus(&models[from], Kpi::ResidualIncome).unwrap().interval().unwrap();
    let (with, without) = (d(0, 1), d(3, 4));
    assert!(without.0 > 3_000.0 && with.0 > without.1 + 3_000.0, "{with:?} {without:?}");
    assert!(d(1, 2).0 > 1_000.0, "{:?}", d(1, 2));
    assert!(income(0) < 0.66 * income(3) && income(1) < 0.66 * income(4));
}

/// The strike leaves fewer waiting where parcels fly, who is short more often where the factory fails and little is in stock, and direct still earns more.
#[test]
fn a_port_closure_hits_bulk_and_a_failed_factory_hits_direct() {
    let o = outcome("port-closure");
    let windows = &o.products[0].windows;
    let strike = windows.iter().position(|w| w.name == "Port strike").unwrap();
    let short = |m: usize| o.products[0].models[m].windows[strike].estimate(Measure::Short).unwrap().value;
    assert!(short(1) < 0.6 * short(0) && short(2) < 0.6 * short(0), "{} {} {}", short(0), short(1), short(2));
    assert!(below(difference(&o, Kpi::BackorderRate, 1)) && below(difference(&o, Kpi::BackorderRate, 2)));
    assert!(above(difference(&o, Kpi::ResidualIncome, 1)) && above(difference(&o, Kpi::ResidualIncome, 2)));
    let file = root().join("scenarios/port-closure.toml");
    let set = vec!["monte-carlo.replications=200".to_owned()];
    let loader = restock::scenario::Loader { overrides: set, ..restock::scenario::Loader::default() };
    let r = loader.load(&file).unwrap().value.runnable;
    let lab = restock::decide::Lab::new(2);
    let found = restock::decide::Stress::run(&lab, (&r.scenario, &r.experiment), &mut |_| {}).unwrap();
    let days = |disruption: usize, m: usize| found[disruption].models[m].survives.unwrap().value;
    assert!(found[0].models[1].untouched && !found[1].models[1].untouched);
    assert!(days(1, 1) < 0.6 * days(1, 0), "{} and {}", days(1, 1), days(1, 0));
}

/// Going direct releases capital and cash, which the old stock and the water give back by summer, at a cost in profit; the hybrid ties up more
/// on the way.
#[test]
fn a_switch_releases_capital_when_the_old_stock_is_sold() {
    let o = outcome("switch-in-march");
    let of = |m: usize| &o.products[0].models[m].changes[0];
    let against = |m: usize, k: usize| of(m).capital(k).unwrap().plus(-1.0, &of(0).capital(k).unwrap()).estimate();
    let apart = |e: restock::stats::interval::Estimate| e.interval().is_some_and(|(low, high)| low > 0.0 || high < 0.0);
    assert!(against(1, 26).value < -30_000.0 && apart(against(1, 26)));
    assert!(against(2, 8).value > 0.0 && apart(against(2, 8)));
    assert!(above(difference(&o, Kpi::FillRate, 1)) && below(difference(&o, Kpi::ResidualIncome, 1)));
    let sold = of(1).sell_out().unwrap();
    assert!(sold.share.value > 0.95 && (90..160).contains(&sold.percentiles[1]), "{sold:?}");
    assert!(of(0).sell_out().is_none() && of(2).sell_out().is_none(), "only who closes a location sells it out");
}

/// The warm-up is what was really sold; the year after it is forecast, at about the level of the year before and with its surges.
#[test]
fn real_sales_go_on_as_a_forecast() {
    let o = outcome("online-retail");
    let demanded: Vec<f64> = o.products[0].models[0].rows.iter().map(|r| r[Kpi::FillRate.index()].1).collect();
    let text = std::fs::read_to_string(root().join("scenarios/history/online-retail-85123A.csv")).unwrap();
    let sold = |from: &str| -> f64 {
        text.lines().skip(1).filter(|l| *l >= from).map(|l| l.rsplit(',').next().unwrap().parse::<f64>().unwrap()).sum()
    };
    let mean = demanded.iter().sum::<f64>() / demanded.len() as f64;
    let last_year = sold("2010-12-10");
    assert!((0.6..1.5).contains(&(mean / last_year)), "{mean} forecast, {last_year} sold the year before");
    assert!(demanded.windows(2).any(|w| w[0] != w[1]), "each replication is a path of its own");
    let file = root().join("scenarios/online-retail.toml");
    let scenario = restock::scenario::Loader::default().load(&file).unwrap().value.runnable.scenario;
    let plan = restock::sim::DemandPlan::new(&scenario, &scenario.products[0], 31);
    let mut path = restock::sim::Path::default();
    plan.draw(3, &mut path);
    let warmup: i64 = path.units[..270].iter().sum();
    // 270 days before 2011-12-10.
    assert_eq!(warmup as f64, sold("2011-03-15"));
}

/// A few large and heavy products are better left on the water, and many small ones go direct: all of them together would lose.
#[test]
fn a_catalogue_moves_in_part() {
    let o = outcome("catalogue");
    let loaded = Loader::default().load(&root().join("scenarios/catalogue.toml")).unwrap();
    let table = move_table(&loaded.value.runnable.scenario, &o).unwrap();
    let column = |name: &str| table.header.iter().position(|h| h == name).unwrap();
    let number = |row: &Vec<String>, name: &str| row[column(name)].parse::<f64>().unwrap();
    let moves: Vec<_> = table.rows.iter().filter(|row| row[column("verdict")] == "move").collect();
    assert!((20..40).contains(&moves.len()), "{} of {} move", moves.len(), table.rows.len());
    assert!(number(moves.last().unwrap(), "cumulative_ci_low") > 30_000.0);
    assert!(number(table.rows.last().unwrap(), "cumulative_ci_high") < -100_000.0);
    assert!(moves.iter().all(|row| number(row, "freed_ci_low") > 0.0));
    let stay = &table.rows.last().unwrap()[column("product")];
    assert!(stay.starts_with("backpack"), "{stay}");
}

#[test]
fn every_shipped_scenario_is_tested_here() {
    let me = include_str!("shipped.rs");
    let mut n = 0;
    for entry in std::fs::read_dir(root().join("scenarios")).unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(stem) = name.strip_suffix(".toml") {
            n += 1;
            assert!(me.contains(&format!("outcome(\"{stem}\")")), "{stem} has no test");
        }
    }
    assert_eq!(n, 20);
}

/// Generated files are those that the code would write. `RESTOCK_BLESS=1 cargo test` writes them.
#[test]
fn generated_documents_are_current() {
    let files = [
        ("docs/assumptions.md", restock::scenario::assumptions()),
        ("docs/scenario-reference.md", restock::scenario::reference()),
        ("scenarios/restock.schema.json", restock::scenario::json_schema()),
    ];
    for (name, text) in files {
        let path = root().join(name);
        if std::env::var_os("RESTOCK_BLESS").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(&path).unwrap_or_default(),
            text,
            "{name} is out of date: RESTOCK_BLESS=1 cargo test generated"
        );
    }
}

#[test]
fn every_default_has_a_source_and_a_confidence() {
    let table = restock::scenario::assumptions();
    let rows: Vec<&str> = table.lines().filter(|l| l.starts_with("| `")).collect();
    assert!(rows.len() > 50, "{}", rows.len());
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
        let (source, confidence) = (cells[cells.len() - 3], cells[cells.len() - 1].trim_matches(['|', ' ']));
        assert!(!source.is_empty(), "{row}");
        assert!(["H", "M", "L", "K", "X"].contains(&confidence) || source.starts_with("as in"), "{row}");
    }
}
