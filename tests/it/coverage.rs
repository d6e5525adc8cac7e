//! Intervals are claims: over many seeds each kind that the product prints covers the truth as often as it says.
//!
//! The acceptance run has 2,000 seeds, fixed beforehand (1 to 2,000), each with 2,000 replications (a search answers with
//! 500), and takes some half an hour of a core:
//!
//! ```text
//! cargo test --release --test it coverage:: -- --ignored --nocapture
//! ```
//!
//! The truth comes from other seeds and many more replications. That of searched figures is read off the whole curve,
//! every stock of which is run, without the code of the search.

use crate::support::runnable;
use restock::model::{Experiment, Kpi};
use restock::scenario::Runnable;
use restock::stats::interval::Estimate;
use restock::study::{MarketMeasure, Measure, OBJECTIVE, Options, Outcome, PlaceMeasure, Terms, market_figure, run};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Base-stock level and mean lead time of two models: for their own policies (waits of many days), and for the search.
const OWN: [(i64, u32); 2] = [(105, 10), (85, 8)];
const SEARCHED: [(i64, u32); 2] = [(46, 4), (36, 3)];

/// The fill rate at which the models are compared.
const TARGET: f64 = 0.95;

/// Surges of the scenario: an unplanned campaign soon after the start, so that there is something to recover from.
const CAMPAIGN: &str = "\
     [[demand.campaign]]\n\
     name = \"post\"\n\
     start = 2026-01-04\n\
     days = 2\n\
     uplift = { uniform = [1, 3] }\n\
     planned = false\n";

/// The scenario, with another seed and so many replications.
fn repeated(r: &Runnable, seed: u64, replications: u32) -> Outcome {
    let experiment = Experiment { seed, replications, ..r.experiment };
    run(&r.scenario, &experiment, Options::default(), &|_| {})
}

/// A small shop: ten orders a day, a gamma lead time whose deviation is half its mean, 28 days after a warm-up of 10.
fn scenario(levels: &[(i64, u32)], campaign: &str, seed: u64, replications: u32) -> Runnable {
    let models: String = levels
        .iter()
        .enumerate()
        .map(|(i, (level, lead))| {
            format!(
                "\
                     [[supply]]\n\
                     name = \"{i}\"\n\
                     [[supply.location]]\n\
                     name = \"l\"\n\
                     policy = {{ base-stock = {{ level = {level} }} }}\n\
                     [[supply.location.route]]\n\
                     name = \"r\"\n\
                     stage = [{{ name = \"s\", days = {{ gamma = {{ mean = {lead}, sd = {} }} }} }}]\n",
                f64::from(*lead) / 2.0
            )
        })
        .collect();
    let text = format!(
        "\
             name = \"c\"\n\
             [horizon]\n\
             start = 2026-01-01\n\
             days = 28\n\
             warmup-days = 10\n\
             [monte-carlo]\n\
             replications = {replications}\n\
             seed = {seed}\n\
             [compare]\n\
             fill-rate = {TARGET}\n\
             [[product]]\n\
             sku = \"x\"\n\
             price = 20\n\
             unit-cost = 8\n\
             [demand]\n\
             mean-per-day = 10\n\
             dispersion = 3\n\
             {campaign}[customers]\n\
             accept = {{ share = 0.6 }}\n\
             patience = {{ daily-hazard = \"0.1%\" }}\n\
             thirty-day-rule = false\n\
             [finance]\n\
             cost-of-capital = 2\n\
             {models}"
    );
    runnable(&text)
}

fn outcome(levels: &[(i64, u32)], campaign: &str, seed: u64, replications: u32, equal_terms: bool) -> Outcome {
    let r = scenario(levels, campaign, seed, replications);
    run(&r.scenario, &r.experiment, Options { equal_terms, ..Options::default() }, &|_| {})
}

/// Estimates by kind of interval.
type Figures = BTreeMap<&'static str, Estimate>;

/// What a run says of the models' own policies.
fn own(o: &Outcome) -> Figures {
    let (a, b) = (&o.products[0].models[0], &o.products[0].models[1]);
    let one = [
        ("ratio", Kpi::FillRate),
        ("total", Kpi::InvestedCapital),
        ("path mean", Kpi::PeakBacklog),
        ("mean wait", Kpi::MeanWait),
        ("95 % wait", Kpi::P95Wait),
        ("recovery", Kpi::DaysToRecover),
        ("cash conversion cycle", Kpi::CashConversionCycle),
        ("worst 5 %", Kpi::ContributionCvar95),
        ("cash trough", Kpi::CashTrough),
        ("rare", Kpi::CancellationRate),
    ];
    let difference = [
        ("difference of ratios", Kpi::FillRate),
        ("difference of totals", Kpi::Contribution),
        ("difference of mean waits", Kpi::MeanWait),
        ("difference of 95 % waits", Kpi::P95Wait),
        ("difference of recoveries", Kpi::DaysToRecover),
    ];
    let of = |(name, kpi): (&'static str, Kpi)| (name, a.estimate(kpi).unwrap());
    let minus = |(name, kpi): (&'static str, Kpi)| (name, b.minus(a, kpi).unwrap());
    // The campaign's own window.
    let window = [
        ("lost share of a window", Measure::LostToWait),
        ("peak of a window", Measure::PeakBacklog),
        ("chance to run short in a window", Measure::Short),
        ("recovery from a window", Measure::DaysToRecover),
    ];
    let felt = |(name, measure): (&'static str, Measure)| (name, a.windows[0].estimate(measure).unwrap());
    let all = one.into_iter().map(of).chain(difference.into_iter().map(minus));
    all.chain(window.into_iter().map(felt)).collect()
}

/// What a run says of the models on equal terms.
fn searched(o: &Outcome) -> Figures {
    let equal = o.equal.as_ref().unwrap();
    let models = &equal.products[0].models;
    let at = |m: usize, terms: Terms| &models[m].found(terms).unwrap().estimates;
    let service = Terms::EqualService;
    [
        ("capital at equal service", at(0, service).estimate(Kpi::InvestedCapital)),
        ("its difference", at(1, service).minus(at(0, service), Kpi::InvestedCapital)),
        ("what surges take of the fill", models[0].at_service.as_ref().unwrap().change_by_surprises(Kpi::FillRate)),
        ("fill at equal capital", at(1, Terms::EqualCapital).estimate(Kpi::FillRate)),
        ("value at its own best", at(0, Terms::OwnBest).estimate(OBJECTIVE)),
        ("capital at its own best", at(0, Terms::OwnBest).estimate(Kpi::InvestedCapital)),
    ]
    .into_iter()
    .map(|(name, e)| (name, e.unwrap()))
    .collect()
}

/// Means over runs of other seeds; of whole days the one in the middle.
fn truth_of_own(chunks: u64, replications: u32) -> BTreeMap<&'static str, f64> {
    let mut values: BTreeMap<&'static str, Vec<f64>> = BTreeMap::new();
    for chunk in 0..chunks {
        for (name, e) in own(&outcome(&OWN, CAMPAIGN, 1_000_000 + chunk, replications, false)) {
            values.entry(name).or_default().push(e.value);
        }
    }
    let middle = |mut v: Vec<f64>, name: &str| {
        v.sort_by(f64::total_cmp);
        if name.contains("95 % wait") { v[v.len() / 2] } else { v.iter().sum::<f64>() / v.len() as f64 }
    };
    values.into_iter().map(|(name, v)| (name, middle(v, name))).collect()
}

/// Every how many units a stock of the curve is run.
const STEP: f64 = 2.0;

/// Mean KPIs by stock.
struct Curve {
    from: i64,
    by_kpi: BTreeMap<Kpi, Vec<f64>>,
}

const KPIS: [Kpi; 4] = [Kpi::FillRate, Kpi::InvestedCapital, OBJECTIVE, Kpi::Revenue];

impl Curve {
    fn new(levels: RangeInclusive<i64>, lead: u32, campaign: &str, chunks: u64, replications: u32) -> Self {
        let models: Vec<(i64, u32)> = levels.clone().step_by(STEP as usize).map(|l| (l, lead)).collect();
        let mut by_kpi: BTreeMap<Kpi, Vec<f64>> = BTreeMap::new();
        for chunk in 0..chunks {
            let o = outcome(&models, campaign, 2_000_000 + chunk, replications, false);
            for kpi in KPIS {
                let sums = by_kpi.entry(kpi).or_insert_with(|| vec![0.0; models.len()]);
                for (sum, m) in sums.iter_mut().zip(&o.products[0].models) {
                    *sum += m.estimate(kpi).unwrap().value / chunks as f64;
                }
            }
        }
        Curve { from: *levels.start(), by_kpi }
    }

    /// Between stocks that were run by the cubic through the four around.
    fn at(&self, kpi: Kpi, x: f64) -> f64 {
        let y = &self.by_kpi[&kpi];
        let x = (x - self.from as f64) / STEP;
        let i = (x.floor() as usize).clamp(1, y.len() - 3) - 1;
        let weight = |j: usize| {
            (0..4).filter(|k| *k != j).map(|k| (x - (i + k) as f64) / (j as f64 - k as f64)).product::<f64>()
        };
        (0..4).map(|j| weight(j) * y[i + j]).sum()
    }

    /// The least stock at which `reached`, in thousandths of a unit.
    fn first(&self, reached: impl Fn(f64) -> bool) -> f64 {
        let last = self.from + (self.by_kpi[&Kpi::FillRate].len() as f64 * STEP) as i64;
        let mut along = (1_000 * self.from..1_000 * last).map(|x| x as f64 / 1_000.0);
        along.find(|x| reached(*x)).expect("the curve is long enough")
    }
}

fn truth_of_searched(chunks: u64, replications: u32) -> BTreeMap<&'static str, f64> {
    let curve = |levels: RangeInclusive<i64>, lead, campaign| Curve::new(levels, lead, campaign, chunks, replications);
    let quiet = [curve(44..=90, 4, ""), curve(34..=70, 3, "")];
    let loud = [curve(44..=110, 4, CAMPAIGN), curve(34..=90, 3, CAMPAIGN)];
    let service = [0, 1].map(|m: usize| quiet[m].first(|x| quiet[m].at(Kpi::FillRate, x) >= TARGET));
    let capital = |m: usize| loud[m].at(Kpi::InvestedCapital, service[m]);
    let budget = loud[0].at(Kpi::InvestedCapital, SEARCHED[0].0 as f64);
    let equal = loud[1].first(|x| loud[1].at(Kpi::InvestedCapital, x) >= budget);
    let best = loud[0].first(|x| loud[0].at(OBJECTIVE, x + 0.001) <= loud[0].at(OBJECTIVE, x));
    let enough = loud[0].at(OBJECTIVE, best) - 0.002_5 * loud[0].at(Kpi::Revenue, best);
    let least = loud[0].first(|x| loud[0].at(OBJECTIVE, x) >= enough);
    println!("stocks at equal service {service:?}, at equal capital {equal}, best {best}, least {least}");
    [
        ("capital at equal service", capital(0)),
        ("its difference", capital(1) - capital(0)),
        ("what surges take of the fill", loud[0].at(Kpi::FillRate, service[0]) - TARGET),
        ("fill at equal capital", loud[1].at(Kpi::FillRate, equal)),
        ("value at its own best", enough),
        ("capital at its own best", loud[0].at(Kpi::InvestedCapital, least)),
    ]
    .into()
}

/// Covered share and what happened, by kind.
fn coverage(
    seeds: u64,
    truth: &BTreeMap<&'static str, f64>,
    figures: impl Fn(u64) -> Figures,
) -> BTreeMap<&'static str, f64> {
    let mut covered: BTreeMap<&'static str, u32> = BTreeMap::new();
    let mut values: BTreeMap<&'static str, Vec<(f64, f64)>> = BTreeMap::new();
    for seed in 1..=seeds {
        for (name, e) in figures(seed) {
            let (low, high) = e.interval().unwrap_or_else(|| panic!("{name} has no interval"));
            let within = low <= truth[name] && truth[name] <= high;
            *covered.entry(name).or_default() += u32::from(within);
            values.entry(name).or_default().push((e.value, high - low));
        }
    }
    println!("{:<30} {:>8} {:>12} {:>12} {:>10} {:>10}", "", "covered", "truth", "mean", "scatter", "said");
    covered
        .into_iter()
        .map(|(name, n)| {
            let v = &values[name];
            let count = v.len() as f64;
            let mean = v.iter().map(|x| x.0).sum::<f64>() / count;
            let scatter = (v.iter().map(|x| (x.0 - mean).powi(2)).sum::<f64>() / count).sqrt();
            let said = v.iter().map(|x| x.1).sum::<f64>() / count / 3.92;
            let share = f64::from(n) / count;
            println!(
                "{name:<30} {:>7.1}% {:>12.5} {mean:>12.5} {scatter:>10.5} {said:>10.5}",
                100.0 * share,
                truth[name]
            );
            (name, share)
        })
        .collect()
}

/// What a kind may cover. `slack` is for the number of seeds.
fn allowed(name: &str, slack: f64) -> (f64, f64) {
    let (low, high) = match name {
        "95 % wait" | "difference of 95 % waits" => (0.93, 1.0),
        "worst 5 %" | "cash trough" | "rare" => (0.88, 0.99),
        _ => (0.93, 0.97),
    };
    (low - slack, high + slack)
}

fn assert_covers(shares: &BTreeMap<&'static str, f64>, slack: f64) {
    let off: Vec<String> = shares
        .iter()
        .filter(|(name, share)| {
            let (low, high) = allowed(name, slack);
            !(low..=high).contains(*share)
        })
        .map(|(name, share)| format!("{name} covers {:.1} %", 100.0 * share))
        .collect();
    assert!(off.is_empty(), "{off:#?}");
}

/// 300 seeds: three binomial standard errors are 3.8 %.
#[test]
fn intervals_of_own_policies_cover() {
    let truth = truth_of_own(10, 10_000);
    assert_covers(&coverage(300, &truth, |seed| own(&outcome(&OWN, CAMPAIGN, seed, 300, false))), 0.03);
}

/// Two markets of one stock, with prices, duties and deliveries of their own.
const MARKETS: &str = "\
     [[market]]\n\
     name = \"near\"\n\
     share = \"70%\"\n\
     per-order = 3\n\
     [[market]]\n\
     name = \"far\"\n\
     share = \"30%\"\n\
     vat = \"20%\"\n\
     per-order = 4.5\n\
     days = 9\n\
     reference-delivery-days = 2\n\
     delivery-sensitivity = { per-day = \"2%\" }\n";

/// What a run says of the second of them.
fn of_markets(o: &Outcome) -> Figures {
    let figure = |model, measure| market_figure(&o.products, model, &[1], measure).unwrap();
    let each = |model| figure(model, MarketMeasure::ContributionPerOrder);
    [
        ("orders of a market", figure(0, MarketMeasure::Orders)),
        ("contribution of a market", figure(0, MarketMeasure::Contribution)),
        ("contribution per order of a market", each(0)),
        ("difference per order in a market", each(1).plus(-1.0, &each(0))),
    ]
    .into_iter()
    .map(|(name, sample)| (name, sample.estimate()))
    .collect()
}

/// 300 seeds: three binomial standard errors are 3.8 %.
#[test]
fn intervals_of_markets_cover() {
    let chunks = 10;
    let mut truth: BTreeMap<&'static str, f64> = BTreeMap::new();
    let with_markets = CAMPAIGN.to_owned() + MARKETS;
    for chunk in 0..chunks {
        for (name, e) in of_markets(&outcome(&OWN, &with_markets, 4_000_000 + chunk, 10_000, false)) {
            *truth.entry(name).or_default() += e.value / chunks as f64;
        }
    }
    assert_covers(&coverage(300, &truth, |seed| of_markets(&outcome(&OWN, &with_markets, seed, 300, false))), 0.03);
}

/// With as many replications as a search answers with: of 300 the capital at its own best covered 87 of 100 times.
#[test]
fn intervals_on_equal_terms_cover() {
    let truth = truth_of_searched(2, 5_000);
    assert_covers(&coverage(100, &truth, |seed| searched(&outcome(&SEARCHED, CAMPAIGN, seed, 500, true))), 0.04);
}

/// A planned campaign whose size makes most of the noise.
const PEAK: &str = "\
     [[demand.campaign]]\n\
     name = \"peak\"\n\
     start = 2026-01-12\n\
     days = 6\n\
     uplift = { uniform = [1, 9] }\n\
     planned = false\n";

/// Spread over the replications or drawn by each on its own: the same mean, and each interval covers it; but the first is better known, at
/// least by the gain named.
/// Over 200 seeds: three binomial standard errors are 4.6 %, and a ratio of variances is beyond 0.7 to 1.4 once in a hundred times.
#[test]
fn sizes_of_dated_peaks_may_be_drawn_independently() {
    let seeds = 200;
    let found = |stratified: bool, kpi: Kpi| -> (f64, f64, f64) {
        let estimate = |seed| {
            let mut r = scenario(&OWN, PEAK, seed, 128);
            r.scenario.stratified = stratified;
            let options = Options { equal_terms: false, ..Options::default() };
            run(&r.scenario, &r.experiment, options, &|_| {}).products[0].models[0].estimate(kpi).unwrap()
        };
        let estimates: Vec<Estimate> = (1..=seeds).map(estimate).collect();
        let n = seeds as f64;
        let mean = estimates.iter().map(|e| e.value).sum::<f64>() / n;
        let variance = estimates.iter().map(|e| (e.value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let covers = |e: &&Estimate| (e.value - mean).abs() <= e.half_width().unwrap();
        (mean, variance, estimates.iter().filter(covers).count() as f64 / n)
    };
    for (kpi, gain) in [(Kpi::FillRate, 3.0), (Kpi::Contribution, 1.7)] {
        let (spread, alone) = (found(true, kpi), found(false, kpi));
        let error = ((spread.1 + alone.1) / seeds as f64).sqrt();
        assert!((spread.0 - alone.0).abs() < 4.0 * error, "{}: {spread:?}, {alone:?}", kpi.name());
        assert!(alone.1 / spread.1 > gain / 1.4, "{}: {spread:?}, {alone:?}", kpi.name());
        for (_, _, share) in [spread, alone] {
            assert!((0.95 - 0.05..=1.0).contains(&share), "{}: {spread:?}, {alone:?}", kpi.name());
        }
    }
}

#[test]
#[ignore = "slow"]
fn slow_intervals_of_own_policies_cover() {
    let truth = truth_of_own(40, 50_000);
    assert_covers(&coverage(2_000, &truth, |seed| own(&outcome(&OWN, CAMPAIGN, seed, 2_000, false))), 0.0);
}

#[test]
#[ignore = "slow"]
fn slow_intervals_on_equal_terms_cover() {
    let truth = truth_of_searched(20, 10_000);
    assert_covers(&coverage(2_000, &truth, |seed| searched(&outcome(&SEARCHED, CAMPAIGN, seed, 2_000, true))), 0.0);
}

/// Three products with returns, a window for pre-orders and a campaign that pauses; two of them are of one category.
const SOLD_IN_MANY_WAYS: &str = "\
     name = \"c\"\n\
     [horizon]\n\
     start = 2026-01-01\n\
     days = 28\n\
     warmup-days = 10\n\
     [demand]\n\
     mean-per-day = 10\n\
     dispersion = 3\n\
     campaign = [{ name = \"ads\", start = 2026-01-04, days = 9, uplift = { uniform = [1.5, 3] }, pause-below-cover-days = 4, discount = 0.1, cost-per-day = 9 }]\n\
     pre-order = [{ name = \"w\", opens = 2026-01-14, closes = 2026-01-18, ships = 2026-01-22, take-up = 0.5, cancel = 0.1, sizes-order = false }]\n\
     [customers]\n\
     accept = { share = 0.6 }\n\
     thirty-day-rule = false\n\
     [[supply]]\n\
     name = \"s\"\n\
     [[supply.location]]\n\
     name = \"l\"\n\
     policy = { base-stock = { level = 80 } }\n\
     [[supply.location.route]]\n\
     name = \"r\"\n\
     stage = [{ name = \"s\", days = { gamma = { mean = 6, sd = 3 } } }]\n";

/// What returns, pre-orders, pauses and categories add has intervals of the same kinds: 300 runs of 192 replications against one of 20,000.
#[test]
fn intervals_of_what_is_sent_back_pre_ordered_paused_or_added_up_cover() {
    let product = |(sku, category): (&str, &str)| {
        format!(
            "[[product]]\nsku = \"{sku}\"\n{category}price = 20\nunit-cost = 8\nreturns = {{ share = 0.2, days = {{ uniform = [2, 9] }}, resaleable = 0.7 }}\n"
        )
    };
    let of = "category = \"c\"\n";
    let products: String = [("a", of), ("b", of), ("d", "")].map(product).concat();
    let r = runnable(&format!("{}{products}", SOLD_IN_MANY_WAYS));
    let figures = |seed: u64, replications: u32| -> Figures {
        let o = repeated(&r, seed, replications);
        let (one, category) = (&o.products[0].models[0], &o.categories[0].models[0]);
        let own = [
            ("sent back", Kpi::ReturnRate),
            ("came back", Kpi::ReturnedUnits),
            ("cost of returns", Kpi::CostOfReturns),
            ("not advertised for", Kpi::PausedDemand),
            ("pre-orders", Kpi::PreOrderUnits),
            ("pre-orders on time", Kpi::PreOrderOnTimeRate),
            ("pre-orders cancelled", Kpi::PreOrderCancelled),
            ("late or backordered", Kpi::LateOrBackorderedRate),
            ("write-down", Kpi::WriteDown),
        ];
        let summed = [("fill of a category", Kpi::FillRate), ("contribution of a category", Kpi::Contribution)];
        let own = own.into_iter().map(|(name, kpi)| (name, one.estimate(kpi).unwrap()));
        own.chain(summed.into_iter().map(|(name, kpi)| (name, category.estimate(kpi).unwrap()))).collect()
    };
    assert_truth_is_covered(figures);
}

/// Three hundred runs of 192 replications against one of 20,000: the interval of each figure holds the truth as often as it says.
fn assert_truth_is_covered(figures: impl Fn(u64, u32) -> Figures) {
    let truth = figures(1_000_001, 20_000);
    let runs = 300;
    let mut held: BTreeMap<&str, u32> = BTreeMap::new();
    for seed in 1..=runs {
        for (name, e) in figures(seed, 192) {
            let (low, high) = e.interval().unwrap_or((e.value, e.value));
            *held.entry(name).or_default() += u32::from((low..=high).contains(&truth[name].value));
        }
    }
    // Four standard deviations of 300 trials either way.
    let slack = 4.0 * (0.95 * 0.05 / runs as f64).sqrt();
    for (name, n) in held {
        let share = f64::from(n) / runs as f64;
        println!("{name}: {:.1} %", 100.0 * share);
        assert!((share - 0.95).abs() < slack, "{name}: {share}");
    }
}

/// Orders of several units that ship in parts, beside a product of single ones, in containers that both share.
const IN_PARTS_AND_CONTAINERS: &str = "\
     name = \"c\"\n\
     [horizon]\n\
     start = 2026-01-01\n\
     days = 56\n\
     warmup-days = 20\n\
     [[container]]\n\
     name = \"box\"\n\
     price = 90\n\
     m3 = 0.5\n\
     payload-kg = 5000\n\
     wait-days = 4\n\
     [[product]]\n\
     sku = \"a\"\n\
     price = 20\n\
     unit-cost = 8\n\
     volume-litres = 4\n\
     demand = { mean-per-day = 12, dispersion = 4, units-per-order = { mixture = [{ weight = 0.6, of = 1 }, { weight = 0.3, of = 3 }, { weight = 0.1, of = 8 }] } }\n\
     [[product]]\n\
     sku = \"b\"\n\
     price = 20\n\
     unit-cost = 8\n\
     volume-litres = 4\n\
     demand = { mean-per-day = 5 }\n\
     [customers]\n\
     accept = { share = 0.8 }\n\
     split-shipments = true\n\
     [[supply]]\n\
     name = \"s\"\n\
     [[supply.location]]\n\
     name = \"l\"\n\
     policy = { order-up-to = { level = 130, review-days = 3 } }\n\
     [[supply.location.route]]\n\
     name = \"r\"\n\
     container = \"box\"\n\
     stage = [{ name = \"Production\", days = 1 }, { name = \"s\", days = { gamma = { mean = 4, sd = 2 } } }]\n";

#[test]
fn intervals_of_orders_of_several_units_and_of_containers_cover() {
    let r = runnable(IN_PARTS_AND_CONTAINERS);
    assert_truth_is_covered(|seed, replications| {
        let o = repeated(&r, seed, replications);
        let (one, all) = (&o.products[0].models[0], &o.all_products().models[0]);
        let own = [
            ("order fill", Kpi::OrderFillRate),
            ("unit fill", Kpi::FillRate),
            ("parcels of an order", Kpi::ParcelsPerOrder),
            ("cost of an order", Kpi::CostOfOrder),
            ("containers", Kpi::Containers),
            ("fill of containers", Kpi::ContainerFill),
        ];
        let summed = [("order fill of all", Kpi::OrderFillRate), ("fill of containers of all", Kpi::ContainerFill)];
        let own = own.into_iter().map(|(name, kpi)| (name, one.estimate(kpi).unwrap()));
        own.chain(summed.into_iter().map(|(name, kpi)| (name, all.estimate(kpi).unwrap()))).collect()
    });
}

/// A reserve that is often short, a store that it supplies, and one that it supplies besides its own shoppers.
const NETWORK: &str = "\
     name = \"c\"\n\
     [horizon]\n\
     start = 2026-01-01\n\
     days = 60\n\
     warmup-days = 30\n\
     [[product]]\n\
     sku = \"a\"\n\
     price = 20\n\
     unit-cost = 8\n\
     demand = { mean-per-day = 12, dispersion = 3 }\n\
     [[supply]]\n\
     name = \"s\"\n\
     overflow = false\n\
     [[supply.location]]\n\
     name = \"store\"\n\
     share = 0.7\n\
     policy = { order-up-to = { level = 60, review-days = 3 } }\n\
     route = [{ name = \"van\", from = \"reserve\", stage = [{ name = \"van\", days = { gamma = { mean = 3, sd = 1 } } }] }]\n\
     [[supply.location]]\n\
     name = \"reserve\"\n\
     share = 0.3\n\
     allocation = \"proportional\"\n\
     policy = { order-up-to = { level = 190, review-days = 7 } }\n\
     route = [{ name = \"sea\", stage = [{ name = \"sea\", days = { gamma = { mean = 8, sd = 3 } } }] }]\n";

#[test]
fn intervals_of_locations_that_supply_one_another_cover() {
    let r = runnable(NETWORK);
    let names = [
        (0, PlaceMeasure::FillRate, "fill of the store"),
        (0, PlaceMeasure::OnHand, "on hand at the store"),
        (0, PlaceMeasure::Backlog, "customers wait at the store"),
        (0, PlaceMeasure::ClearDays, "nobody waits at the store"),
        (1, PlaceMeasure::FillRate, "fill of the reserve"),
        (1, PlaceMeasure::SentAtOnce, "sent at once"),
        (1, PlaceMeasure::OnHand, "on hand at the reserve"),
        (1, PlaceMeasure::Owed, "the store waits for"),
        (1, PlaceMeasure::ClearDays, "nobody waits at the reserve"),
    ];
    assert_truth_is_covered(|seed, replications| {
        let o = repeated(&r, seed, replications);
        let places = &o.products[0].models[0].places;
        names.map(|(i, measure, name)| (name, places.figure(i, measure).unwrap().estimate())).into_iter().collect()
    });
}

/// A shelf that is often empty, for two markets whose customers wait otherwise, one of them served first.
const OWN_CUSTOMERS: &str = "\
     name = \"c\"\n\
     [horizon]\n\
     start = 2026-01-01\n\
     days = 60\n\
     warmup-days = 30\n\
     [[product]]\n\
     sku = \"a\"\n\
     price = 20\n\
     unit-cost = 8\n\
     demand = { mean-per-day = 12, dispersion = 3 }\n\
     [customers]\n\
     thirty-day-rule = false\n\
     [[supply]]\n\
     name = \"s\"\n\
     [[supply.location]]\n\
     name = \"shelf\"\n\
     policy = { order-up-to = { level = 150, review-days = 5 } }\n\
     route = [{ name = \"sea\", stage = [{ name = \"sea\", days = { gamma = { mean = 10, sd = 3 } } }] }]\n\
     [[market]]\n\
     name = \"first\"\n\
     share = 0.3\n\
     customers = { accept = { share = 0.8 }, patience = { daily-hazard = 0.02 } }\n\
     [[market]]\n\
     name = \"second\"\n\
     share = 0.7\n\
     priority = 2\n\
     vat = 0.2\n\
     customers = { accept = { share = 0.5 }, patience = { daily-hazard = 0.06 } }\n";

#[test]
fn intervals_of_markets_with_customers_of_their_own_cover() {
    let r = runnable(OWN_CUSTOMERS);
    let names = [
        (0, MarketMeasure::Waited, "waited in the first"),
        (0, MarketMeasure::WaitDays, "wait in the first"),
        (0, MarketMeasure::Cancelled, "cancelled in the first"),
        (0, MarketMeasure::Orders, "orders of the first"),
        (1, MarketMeasure::WalkedAway, "walked away in the second"),
        (1, MarketMeasure::Cancelled, "cancelled in the second"),
        (1, MarketMeasure::WaitDays, "wait in the second"),
        (1, MarketMeasure::Revenue, "revenue of the second"),
        (1, MarketMeasure::ContributionPerOrder, "contribution of an order of the second"),
    ];
    assert_truth_is_covered(|seed, replications| {
        let o = repeated(&r, seed, replications);
        let figure = |k, measure| market_figure(&o.products, 0, &[k], measure).unwrap().estimate();
        names.map(|(k, measure, name)| (name, figure(k, measure))).into_iter().collect()
    });
}

/// A port that is closed on a date, with losses, and nothing else that goes wrong on a date.
const WHERE_THINGS_GO_WRONG: &str = "\
     name = \"c\"\n\
     [horizon]\n\
     start = 2026-01-01\n\
     days = 60\n\
     warmup-days = 20\n\
     [[product]]\n\
     sku = \"a\"\n\
     price = 20\n\
     unit-cost = 8\n\
     [demand]\n\
     mean-per-day = 10\n\
     dispersion = 4\n\
     [customers]\n\
     accept = { share = 0.7 }\n\
     thirty-day-rule = false\n\
     [[disruption]]\n\
     name = \"closed\"\n\
     on = { stage = \"Port\" }\n\
     from = 2026-01-10\n\
     days = { uniform = [6, 14] }\n\
     destroys = 0.2\n\
     [[disruption]]\n\
     name = \"storm\"\n\
     on = { stage = \"Port\" }\n\
     per-year = 4\n\
     days = 3\n\
     [[supply]]\n\
     name = \"s\"\n\
     [[supply.location]]\n\
     name = \"l\"\n\
     policy = { base-stock = { level = 120 } }\n\
     delivery = { days = 2, per-order = 3, lost = { share = 0.03, after-days = 4 } }\n\
     [[supply.location.route]]\n\
     name = \"r\"\n\
     lost = { share = 0.02, learned-after-days = 4 }\n\
     stage = [{ name = \"Port\", days = { gamma = { mean = 6, sd = 3 } } }]\n";

/// What goes wrong has intervals of the same kinds: days to survive and to recover, what is lost, and what a disruption causes.
#[test]
fn intervals_of_what_goes_wrong_cover() {
    let r = runnable(WHERE_THINGS_GO_WRONG);
    let calm = runnable(&WHERE_THINGS_GO_WRONG.replace("per-year = 4", "per-year = 0"));
    assert_truth_is_covered(|seed, replications| {
        let (o, without) = (repeated(&r, seed, replications), repeated(&calm, seed, replications));
        let (one, other) = (&o.products[0].models[0], &without.products[0].models[0]);
        let measures = [
            ("days to survive", Measure::DaysToSurvive),
            ("days to recover after the end", Measure::DaysAfterEnd),
            ("chance to run short", Measure::Short),
        ];
        let kpis = [
            ("units lost", Kpi::UnitsLost),
            ("parcels lost", Kpi::ParcelsLost),
            ("cost of goods lost", Kpi::CostOfLoss),
        ];
        let caused = |kpi: Kpi| one.sample(kpi).unwrap().plus(-1.0, &other.sample(kpi).unwrap()).estimate();
        let windows = measures.into_iter().map(|(name, m)| (name, one.windows[0].estimate(m).unwrap()));
        let own = kpis.into_iter().map(|(name, kpi)| (name, one.estimate(kpi).unwrap()));
        let caused =
            [("backorders caused", caused(Kpi::BackorderRate)), ("waiting caused", caused(Kpi::BacklogUnitDays))];
        windows.chain(own).chain(caused).collect()
    });
}
