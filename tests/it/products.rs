//! Products with duty rates, minimums and lead times of their own.

use crate::support::{outcome, runnable, runnable_with};
use restock::model::Kpi;
use restock::sim::EventKind;
use restock::study::{Options, Outcome, Shard, Study, run, trace};

/// One container, three products (`s2` of those who tried it): 4 % duty on goods of 7, the route's 10 % on goods of 11, none on goods of 25.
const MIXED: &str = r#"
name = "One container, three products"
[horizon]
start = 2026-01-01
days = 60
warmup-days = 0
[monte-carlo]
replications = 2
[[product]]
sku = "crate-l"
price = 20
unit-cost = 7
weight-kg = 12
duty = "4%"
demand = { units-per-day = 5 }
[[product]]
sku = "crate-m"
price = 20
unit-cost = 11
weight-kg = 9
demand = { units-per-day = 4 }
[[product]]
sku = "crate-s"
price = 40
unit-cost = 25
weight-kg = 4
duty = "0%"
demand = { units-per-day = 3 }
[[supply]]
name = "Mixed load"
[[supply.location]]
name = "shop"
policy = { one-time = { quantity = 300, date = 2026-01-02 } }
initial-on-hand = 0
[[supply.location.route]]
name = "road"
terms = [{ share = "100%", at = "receipt" }]
stage = [{ name = "Production", days = 1 }]
freight = { per-container = 1260, container-m3 = 1000, payload-kg = 8400, fill = "100%", partial-container = "shared" }
duty = [{ from = 2020-01-01, rate = "10%" }]
"#;

fn of_each(o: &Outcome, kpi: Kpi) -> Vec<f64> {
    o.products.iter().map(|p| p.models[0].estimate(kpi).map_or(f64::NAN, |e| e.value)).collect()
}

#[test]
fn each_product_pays_its_own_duty() {
    let o = outcome(&runnable(MIXED));
    for (found, right) in of_each(&o, Kpi::CostOfDuty).iter().zip([0.28, 1.10, 0.0]) {
        assert!((found - right).abs() < 1e-9, "{found} for {right}");
    }
    // Rates that step by date: what enters on 3 January pays that of the day.
    let steps = "[{ from = 2020-01-01, rate = \"4%\" }, { from = 2026-01-03, rate = \"20%\" }]";
    let o = outcome(&runnable(&MIXED.replace("duty = \"4%\"", &format!("duty = {steps}"))));
    assert!((of_each(&o, Kpi::CostOfDuty)[0] - 1.4).abs() < 1e-9);
}

#[test]
fn minimums_and_lead_times_are_the_products_own() {
    let text = MIXED.replace("{ one-time = { quantity = 300, date = 2026-01-02 } }", "{ base-stock = { level = 60 } }");
    let text = text.replace("days = 1 }]", "days = 4, late = { probability = 1, days = 2 } }]");
    let own = text.replace("sku = \"crate-m\"", "sku = \"crate-m\"\nminimum-order = 40\nlead-time-factor = 1.5");
    let (shared, own) = (outcome(&runnable(&text)), outcome(&runnable(&own)));
    let orders = |o: &Outcome| of_each(o, Kpi::PurchaseOrders);
    // Four a day in orders of forty, one in ten days, where the others order every day.
    assert_eq!(orders(&shared), vec![60.0; 3]);
    assert_eq!((orders(&own)[0], orders(&own)[2]), (60.0, 60.0));
    assert!((5.0..=8.0).contains(&orders(&own)[1]), "{:?}", orders(&own));
    // Four days and two of delay, half as long again.
    assert_eq!(of_each(&own, Kpi::MeanLeadTime), vec![6.0, 9.0, 6.0]);
}

/// What is said of a product as the route, the location and everybody have it changes nothing, to the bit.
#[test]
fn what_is_as_before_changes_nothing() {
    let same = "duty = [{ from = 2020-01-01, rate = \"10%\" }]\nminimum-order = 0\nlead-time-factor = 1\ncategory = \"crates\"";
    let text = MIXED.replace("sku = \"crate-m\"", &format!("sku = \"crate-m\"\n{same}"));
    let bits = |o: &Outcome| -> Vec<u64> {
        let rows = o.products.iter().flat_map(|p| &p.models).flat_map(|m| &m.rows);
        rows.flatten().flat_map(|(x, y)| [x.to_bits(), y.to_bits()]).collect()
    };
    assert_eq!(bits(&outcome(&runnable(MIXED))), bits(&outcome(&runnable(&text))));
}

/// A factor on lead times is a factor on every law that has multiples: mean, variance and survival.
#[test]
fn a_lead_time_factor_scales_the_law() {
    use restock::law::Dist;
    let laws = [
        Dist::Constant(4.0),
        Dist::Uniform { low: 1.0, high: 5.0 },
        Dist::Triangular { low: 1.0, mode: 2.0, high: 9.0 },
        Dist::Normal { mean: 6.0, sd: 2.0 },
        Dist::lognormal_median_p90(30.0, 45.0),
        Dist::gamma_mean_sd(4.8, 3.4),
        Dist::Exponential { mean: 4.0 },
        Dist::Weibull { shape: 1.5, scale: 12.0 },
        Dist::empirical(vec![1.0, 2.0, 2.5, 9.0]),
        Dist::Mixture(vec![(0.7, Dist::Constant(2.0)), (0.3, Dist::gamma_mean_sd(4.8, 3.4))]),
    ];
    for law in laws {
        let times = law.times(1.7).unwrap();
        assert!((times.mean() / (1.7 * law.mean()) - 1.0).abs() < 1e-9, "{law:?}");
        assert!((times.variance() - 1.7 * 1.7 * law.variance()).abs() < 1e-6 * (1.0 + law.variance()), "{law:?}");
        for x in [0.5, 2.0, 4.1, 8.3, 20.0] {
            assert!((times.cdf(1.7 * x * (1.0 + 1e-12)) - law.cdf(x * (1.0 + 1e-12))).abs() < 1e-9, "{law:?} at {x}");
        }
    }
    assert_eq!(Dist::Poisson { mean: 3.0 }.times(2.0), None);
}

/// Rates as a product's key can be changed by name, as every other value.
#[test]
fn a_rate_is_changed_by_its_key() {
    let r = runnable_with(MIXED, &["product.crate-m.duty=30%".into()]);
    assert!((of_each(&outcome(&r), Kpi::CostOfDuty)[1] - 3.3).abs() < 1e-9);
}

/// Two products that one factory makes at ten a day. Both are ordered on the first evening: 50 of the one, then 30 of the other, are done
/// after five and after eight days.
const SHARED: &str = r#"
name = "One factory"
horizon = { start = 2026-01-01, days = 60, warmup-days = 0 }
monte-carlo = { replications = 300 }
customers = { accept = "always", patience = "endless", promise = "none", thirty-day-rule = false }
planner = { first-review = 2026-01-01 }
[[factory]]
name = "works"
capacity-per-day = 10
[[product]]
sku = "first"
price = 30
unit-cost = 10
factory = "works"
demand = { mean-per-day = 4, dispersion = 2 }
[[product]]
sku = "alone"
price = 30
unit-cost = 10
factory-capacity-per-day = 10
demand = { mean-per-day = 3 }
[[product]]
sku = "second"
price = 30
unit-cost = 10
factory = "works"
demand = { mean-per-day = 3, dispersion = 2 }
[[supply]]
name = "A"
[[supply.location]]
name = "w"
initial-on-hand = 100
policy = { order-up-to = { review-days = 7, level = 150 } }
[[supply.location.route]]
name = "r"
stage = [{ name = "Production", days = 2 }]
[[supply]]
name = "B"
[[supply.location]]
name = "w"
initial-on-hand = 100
policy = { order-up-to = { review-days = 14, level = 150 } }
[[supply.location.route]]
name = "r"
stage = [{ name = "Production", days = 2 }, { name = "Transit", days = { uniform = [3, 6] } }]
"#;

#[test]
fn one_factory_makes_what_was_ordered_first() {
    let text = SHARED
        .replace("mean-per-day = 4, dispersion = 2", "units-per-day = 0")
        .replace("mean-per-day = 3, dispersion = 2", "units-per-day = 0")
        .replace("sku = \"second\"", "sku = \"second\"\nminimum-order = 30")
        .replacen("level = 150", "level = 130", 1);
    let r = runnable(&text.replace("initial-on-hand = 100", "initial-on-hand = 80"));
    let lines = trace(&r.scenario, r.experiment.seed, 0);
    let received = |sku: &str| -> Vec<(usize, i64)> {
        let of = |l: &&restock::study::TraceLine| l.product == sku && l.model == "A" && l.event == EventKind::Received;
        lines.iter().filter(of).map(|l| (l.day, l.units)).collect()
    };
    // Ordered on the evening of day 0.
    assert_eq!(received("first"), vec![(5, 50)]);
    assert_eq!(received("second"), vec![(10, 50)]);
}

/// A factory that makes one product is the capacity of the product, to the bit; what shares one is not what it would be alone.
#[test]
fn a_factory_of_one_product_is_its_capacity() {
    let own = SHARED.replace("factory = \"works\"", "factory-capacity-per-day = 10");
    let one = own.replacen("factory-capacity-per-day = 10", "factory = \"works\"", 1);
    let bits = |o: &Outcome, p: usize| -> Vec<u64> {
        let rows = o.products[p].models.iter().flat_map(|m| &m.rows);
        rows.flatten().flat_map(|(x, y)| [x.to_bits(), y.to_bits()]).collect()
    };
    let (own, one, shared) = (outcome(&runnable(&own)), outcome(&runnable(&one)), outcome(&runnable(SHARED)));
    for p in 0..3 {
        assert_eq!(bits(&own, p), bits(&one, p));
    }
    assert_eq!(bits(&shared, 1), bits(&own, 1), "what is made alone does not see the others");
    assert!(bits(&shared, 0) != bits(&own, 0) && bits(&shared, 2) != bits(&own, 2));
    let days = |o: &Outcome, p: usize| o.products[p].models[1].estimate(Kpi::MeanLeadTime).unwrap().value;
    assert!(days(&shared, 2) > days(&own, 2) + 0.5, "{} {}", days(&shared, 2), days(&own, 2));
}

/// The same at any number of threads, from parts, and where a run was killed between two products of a factory.
#[test]
fn products_of_a_factory_merge() {
    let r = runnable(SHARED);
    let table = |o: &Outcome| restock::report::kpi_table(&r.scenario, o).to_text();
    let same = |what: &str, a: &Outcome, b: &Outcome| {
        let (a, b) = (table(a), table(b));
        let differs = a.lines().zip(b.lines()).find(|(a, b)| a != b);
        assert!(differs.is_none() && a.len() == b.len(), "{what}: {differs:?}");
    };
    let with = |threads| Options { rows: true, threads, ..Options::default() };
    let whole = Study::new(&r.scenario, &r.experiment).options(with(1)).run().unwrap();
    let two = Study::new(&r.scenario, &r.experiment).options(with(2)).run().unwrap();
    same("two threads", &whole, &two);
    let study = || Study::new(&r.scenario, &r.experiment).options(with(2));
    // Some blocks of a product: each is one of as many shards as there are blocks of groups of products.
    let groups = r.scenario.groups();
    let of = groups.len() as u32 * 5;
    let part = |product: usize, blocks: std::ops::Range<u32>| {
        let group = groups.iter().position(|group| group.contains(&product)).unwrap() as u32;
        let of_block = |block| study().shard(Shard { index: group * 5 + block, of }).unwrap();
        let mut pieces = blocks.flat_map(of_block).filter(|saved| saved.product == product);
        let mut whole = pieces.next().unwrap();
        for next in pieces {
            whole.partial.merge(next.partial).unwrap();
            whole.rows.extend(next.rows);
        }
        whole
    };
    let parts = (0..3).flat_map(|p| [part(p, 3..5), part(p, 0..3)]).collect();
    let gathered = Study::new(&r.scenario, &r.experiment).options(with(2)).gather(parts).unwrap();
    same("gathered", &whole, &gathered);
    // Of what follows one another as it is saved, the second product of the factory is missing: it is run again.
    let saved = vec![part(0, 0..3)];
    let resumed = Study::new(&r.scenario, &r.experiment).options(with(2)).resume(saved).run().unwrap();
    same("half is left out", &whole, &resumed);
    let saved = vec![part(0, 0..3), part(0, 0..2), part(2, 0..2)];
    let resumed = Study::new(&r.scenario, &r.experiment).options(with(2)).resume(saved).run().unwrap();
    same("what came later holds", &whole, &resumed);
}

/// A search looks at a product as the run does, with the others in the same factory.
#[test]
fn a_search_sees_the_factory() {
    let r = runnable(SHARED);
    let options = Options { equal_terms: true, ..Options::default() };
    let o = run(&r.scenario, &r.experiment, options, &|_| {});
    let terms = o.equal.as_ref().unwrap();
    for (p, equal) in o.products.iter().zip(&terms.products) {
        let own = p.models[0].estimate(Kpi::InvestedCapital).unwrap().value;
        assert!((equal.capital - own).abs() < 1e-6 * own, "{}: {} for {own}", p.sku, equal.capital);
    }
}

/// Products of a category are told together: totals are sums, rates are ratios of sums, at any number of threads. A single category says nothing.
#[test]
fn products_of_a_category_are_told_together() {
    let kinds = |l: &str, s: &str| {
        let text =
            MIXED.replace("units-per-day = 5", "mean-per-day = 5").replace("replications = 2", "replications = 90");
        let text = text.replace("sku = \"crate-l\"", &format!("sku = \"crate-l\"\n{l}"));
        outcome(&runnable(&text.replace("sku = \"crate-s\"", &format!("sku = \"crate-s\"\n{s}"))))
    };
    let o = kinds("category = \"crates\"", "category = \" crates \"");
    let names: Vec<&str> = o.categories.iter().map(|c| c.sku.as_str()).collect();
    assert_eq!(names, ["category crates"], "the one without a category is in none");
    let value = |kpi: Kpi| o.categories[0].models[0].estimate(kpi).unwrap();
    for kpi in [Kpi::Revenue, Kpi::Contribution, Kpi::InvestedCapital, Kpi::ResidualIncome] {
        let each = of_each(&o, kpi);
        assert!((value(kpi).value - (each[0] + each[2])).abs() < 1e-6, "{kpi:?}: {} of {each:?}", value(kpi).value);
    }
    let served = |p: usize| -> (f64, f64) {
        let rows = o.products[p].models[0].rows.iter().map(|row| row[Kpi::FillRate.index()]);
        rows.fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1))
    };
    let ((a, of_a), (b, of_b)) = (served(0), served(2));
    assert!((value(Kpi::FillRate).value - (a + b) / (of_a + of_b)).abs() < 1e-12);
    assert!(value(Kpi::FillRate).standard_error.unwrap() > 0.0);

    let two = kinds("category = \"large\"", "category = \"small\"");
    assert_eq!(two.categories.iter().map(|c| c.sku.as_str()).collect::<Vec<_>>(), ["category large", "category small"]);
    assert!(kinds("", "").categories.is_empty());
    let one = MIXED.replace("weight-kg", "category = \"all\"\nweight-kg");
    assert!(outcome(&runnable(&one)).categories.is_empty(), "all products are told anyway");

    let text = restock::report::text::comparison(&runnable(MIXED).scenario, &two, 100);
    assert!(text.contains("category large") && text.contains("category small"), "{text}");
    let table = restock::report::kpi_table(&runnable(MIXED).scenario, &two).to_text();
    assert!(table.lines().any(|line| line.starts_with("category small,")), "{table}");
    let summary = restock::report::summary(&runnable(MIXED).scenario, &two);
    assert_eq!(summary["categories"][1]["product"], "category small");
}
