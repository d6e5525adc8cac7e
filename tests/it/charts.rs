//! Charts of odd cases: each draws sensibly, or says in words why there is nothing to draw.

use crate::support::runnable;
use restock::report::all_charts;
use restock::report::chart::{Body, ChartSpec, WaterfallPanel};
use restock::study::{Options, run};

fn charts(text: &str) -> Vec<ChartSpec> {
    let r = runnable(text);
    let outcome = run(
        &r.scenario,
        &r.experiment,
        Options { daily: true, equal_terms: true, threads: 2, ..Options::default() },
        &|_| {},
    );
    all_charts(&r.scenario, &outcome).into_iter().map(|c| c.1).collect()
}

const PRODUCT: &str = "[[product]]\nsku = \"x\"\nprice = 60\nunit-cost = 14\n";

fn scenario(replications: u32, more: &str) -> String {
    format!(
        "\
             name = \"odd\"\n\
             [horizon]\n\
             start = 2026-07-01\n\
             days = 90\n\
             warmup-days = 90\n\
             [monte-carlo]\n\
             replications = {replications}\n\
             {more}"
    )
}

fn all_fit(specs: &[ChartSpec]) {
    assert!(specs.len() >= 10, "{}", specs.len());
    for spec in specs {
        assert!(!spec.title.is_empty() && !spec.subtitle.is_empty() && !spec.alt.is_empty(), "{}", spec.name);
        assert!(!spec.title.contains("NaN") && !spec.title.contains("inf"), "{}", spec.title);
        let problems = restock::report::chart::draw::layout_problems(spec);
        assert!(problems.is_empty(), "{}: {problems:#?}", spec.name);
        // The labels of the first panel stand for all.
        if let Body::Waterfall(panels) = &spec.body {
            let labels = |p: &WaterfallPanel| p.steps.iter().map(|s| s.label.clone()).collect::<Vec<_>>();
            assert!(panels.iter().all(|p| labels(p) == labels(&panels[0])), "{}", spec.name);
        }
    }
}

/// Ocean freight has small landed costs that direct supply has not: their row stands in both panels.
#[test]
fn panels_of_a_waterfall_share_their_rows() {
    let specs = charts(&scenario(20, &format!("{PRODUCT}[demand]\nmean-per-day = 20\n")));
    all_fit(&specs);
    let Body::Waterfall(panels) = &specs.iter().find(|s| s.name == "landed-cost").unwrap().body else { panic!() };
    assert_eq!(panels.len(), 2);
    assert!(panels[1].steps.iter().any(|s| s.label == "Other landed cost"), "the case does not show the fault");
}

fn words<'a>(specs: &'a [ChartSpec], name: &str) -> &'a str {
    match &specs.iter().find(|s| s.name == name).unwrap().body {
        Body::Words(words) => words,
        _ => panic!("{name} draws something"),
    }
}

#[test]
fn no_backorders_at_all() {
    let specs = charts(&scenario(
        20,
        &format!(
            "\
                 {PRODUCT}[demand]\n\
                 units-per-day = 2\n\
                 [[supply]]\n\
                 name = \"deep\"\n\
                 preset = \"direct\"\n\
                 [[supply.location]]\n\
                 name = \"Origin hub\"\n\
                 policy = {{ base-stock = {{ level = 100_000 }} }}\n\
                 [[supply]]\n\
                 name = \"deeper\"\n\
                 preset = \"direct\"\n\
                 [[supply.location]]\n\
                 name = \"Origin hub\"\n\
                 policy = {{ base-stock = {{ level = 100_001 }} }}\n"
        ),
    ));
    all_fit(&specs);
    assert!(words(&specs, "cancellations").contains("no order was cancelled"));
    assert!(words(&specs, "waiting-orders").contains("shipped from stock"));
    assert!(words(&specs, "days-to-recover").contains("no campaign or surge"));
    assert_eq!(specs[0].title, "No backorders in any supply model");
}

#[test]
fn no_orders_at_all() {
    all_fit(&charts(&scenario(20, &format!("{PRODUCT}[demand]\nunits-per-day = 0\n"))));
}

#[test]
fn a_single_model_and_one_replication() {
    let specs = charts(&scenario(
        1,
        &format!("{PRODUCT}[demand]\nmean-per-day = 20\n[[supply]]\nname = \"only\"\npreset = \"direct\"\n"),
    ));
    all_fit(&specs);
    assert!(words(&specs, "paired-differences").contains("one supply model"));
    assert!(specs[0].footer.contains("no interval"));
    all_fit(&charts(&scenario(1, &format!("{PRODUCT}[demand]\nmean-per-day = 20\n"))));
}

#[test]
fn ten_models_with_very_long_names() {
    let models: String = (0..10).map(|i| format!("\
         [[supply]]\n\
         name = \"Number {i}: consolidated ocean freight through Yantian and Long Beach, bonded, with a West Coast third-party warehouse\"\n\
         preset = \"{}\"\n", if i % 2 == 0 { "ocean-3pl" } else { "direct" })).collect();
    all_fit(&charts(&scenario(20, &format!("{PRODUCT}[demand]\nmean-per-day = 20\ndispersion = 2\n{models}"))));
}

#[test]
fn nine_orders_of_magnitude_and_negative_cash() {
    let specs = charts(&scenario(
        20,
        "\
             [[product]]\n\
             sku = \"bolt\"\n\
             price = 0.01\n\
             unit-cost = 0.02\n\
             [[product]]\n\
             sku = \"engine & <b>turbine</b>\"\n\
             price = 900_000\n\
             unit-cost = 500_000\n\
             [product.demand]\n\
             mean-per-day = 40_000\n\
             [demand]\n\
             mean-per-day = 0.05\n",
    ));
    all_fit(&specs);
}

#[test]
fn everything_is_backordered() {
    let specs = charts(&scenario(
        20,
        &format!(
            "\
                 {PRODUCT}[demand]\n\
                 mean-per-day = 20\n\
                 [customers]\n\
                 accept = \"always\"\n\
                 patience = \"endless\"\n\
                 thirty-day-rule = false\n\
                 [[supply]]\n\
                 name = \"make to order\"\n\
                 preset = \"direct\"\n\
                 [[supply.location]]\n\
                 name = \"Origin hub\"\n\
                 policy = {{ base-stock = {{ level = 0 }} }}\n"
        ),
    ));
    all_fit(&specs);
    assert!(specs[0].title.contains("100 %"), "{}", specs[0].title);
}

#[test]
fn titles_state_a_finding_only_if_there_is_one() {
    // Two names for the same model: the difference is exactly nothing.
    let same = charts(&scenario(
        50,
        &format!(
            "\
                 {PRODUCT}[demand]\n\
                 mean-per-day = 20\n\
                 [[supply]]\n\
                 name = \"A\"\n\
                 preset = \"direct\"\n\
                 [[supply]]\n\
                 name = \"B\"\n\
                 preset = \"direct\"\n"
        ),
    ));
    assert!(same[0].title.starts_with("A and B have the same backorders"), "{}", same[0].title);
}

/// Whoever hears how many charts are drawn may end it: then the folder is not made.
#[test]
fn drawing_can_be_ended() {
    let r = crate::support::runnable(&std::fs::read_to_string("scenarios/bulky-steady.toml").unwrap());
    let experiment = restock::model::Experiment { replications: 10, ..r.experiment };
    let options = restock::study::Options { daily: true, ..Default::default() };
    let outcome = restock::study::run(&r.scenario, &experiment, options, &|_| {});
    let place = tempfile::tempdir().unwrap();
    let folder = restock::report::RunFolder::create(&place.path().join("run"), false).unwrap();
    let heard = std::sync::atomic::AtomicUsize::new(0);
    let ended = folder.fill(&r.scenario, &outcome, true, &|_, _| {
        heard.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        std::ops::ControlFlow::Break(())
    });
    assert!(ended.unwrap_err().to_string().contains("asked for the drawing of charts to end"));
    // Those that were being drawn when the first was done are done, too.
    assert!(heard.into_inner() <= std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    assert!(!place.path().join("run").exists());
}
