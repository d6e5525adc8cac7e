//! Products from a table.

use crate::cli::scratch;
use crate::support::{bits, loaded, outcome};
use restock::diag::{Code, Diagnostics, Severity, Warned};
use restock::scenario::{Loaded, Loader, write};
use std::path::Path;

const HEAD: &str = "name = \"Catalogue\"\n[horizon]\nstart = 2027-01-01\ndays = 60\nwarmup-days = 120\n[monte-carlo]\nreplications = 64\n";

const TWO_MODELS: &str = "
[[supply]]
name = \"Ocean freight + 3PL\"
preset = \"ocean-3pl\"
[[supply]]
name = \"Direct from manufacturer\"
preset = \"direct\"
";

fn read(name: &str, table: &str, scenario: &str, loader: &Loader) -> Result<Warned<Loaded>, Diagnostics> {
    let dir = scratch(&format!("catalogue-{name}"));
    std::fs::write(dir.join("products.csv"), table).unwrap();
    loader.load_str("c.toml", &format!("{HEAD}{scenario}{TWO_MODELS}"), &dir)
}

fn catalogue(name: &str, table: &str, scenario: &str) -> Warned<Loaded> {
    let scenario = format!("[catalogue]\nfile = \"products.csv\"\n{scenario}");
    read(name, table, &scenario, &Loader::default()).unwrap_or_else(|d| panic!("{}", d.render(false)))
}

fn same_figures(a: &Loaded, b: &Loaded) {
    let (a, b) = (outcome(&a.runnable), outcome(&b.runnable));
    assert_eq!(a.products.len(), b.products.len());
    for (a, b) in a.products.iter().zip(&b.products) {
        assert_eq!(a.sku, b.sku);
        a.models.iter().zip(&b.models).for_each(|(a, b)| assert_eq!(bits(a, &[]), bits(b, &[]), "{}", a.name));
    }
}

fn warnings(found: &Warned<Loaded>, code: Code) -> Vec<&str> {
    found.warnings.list.iter().filter(|d| d.code == code).map(|d| d.message.as_str()).collect()
}

/// Every column, in the words of a shop, and what the same is as text of a scenario.
#[test]
fn a_row_is_the_product_that_a_scenario_would_write() {
    let table = "\
Item;RRP;Cost;weight-g;CBM;Type;Duty rate;MOQ;Lead time factor;mean per day;dispersion;duty @ Direct from manufacturer;\
moq @ Direct from manufacturer;unit-cost-premium @ Direct from manufacturer;lead-time-factor @ Ocean freight + 3PL
a;60,00;14,50;400;0,0025;tees;16%;300;1,5;5;4;8%;20;10%;1,25
b;30,00;9,00;250;0,0015;;;;;2;;;;;
";
    let of_table = catalogue("columns", table, "");
    assert_eq!(of_table.warnings.list, []);
    let text = "
[[product]]
sku = \"a\"
price = 60
unit-cost = 14.5
weight-kg = 0.4
volume-litres = 2.5
category = \"tees\"
duty = \"16%\"
minimum-order = 300
lead-time-factor = 1.5
demand = { mean-per-day = 5, dispersion = 4 }
supply = [
  { name = \"Direct from manufacturer\", duty = \"8%\", minimum-order = 20, unit-cost-premium = \"10%\" },
  { name = \"Ocean freight + 3PL\", lead-time-factor = 1.25 },
]
[[product]]
sku = \"b\"
price = 30
unit-cost = 9
weight-kg = 0.25
volume-litres = 1.5
demand = { mean-per-day = 2 }
";
    let of_text = loaded(&format!("{HEAD}{text}{TWO_MODELS}")).value;
    same_figures(&of_table.value, &of_text);
    // What is said of one model holds there, and not in the other.
    let plain =
        loaded(&format!("{HEAD}{}{TWO_MODELS}", text.replace("supply = [", "x = [").split("x = [").next().unwrap()))
            .value;
    let (s, p) = (&of_text.runnable.scenario, &plain.runnable.scenario);
    let direct = |s: &restock::model::Scenario| s.models[1].for_product(&s.products[0]).into_owned();
    let ocean = |s: &restock::model::Scenario| s.models[0].for_product(&s.products[0]).into_owned();
    assert_eq!((direct(s).locations[0].minimum_order, direct(p).locations[0].minimum_order), (20, 300));
    assert_eq!((ocean(s).locations[0].minimum_order, ocean(p).locations[0].minimum_order), (300, 300));
    assert_eq!(direct(s).locations[0].routes[0].unit_cost_premium, 0.1);
    assert_eq!(ocean(s).locations[0].routes[0].unit_cost_premium, ocean(p).locations[0].routes[0].unit_cost_premium);
    let mean = |m: &restock::model::SupplyModel| m.locations[0].routes[0].stages[1].days.mean();
    assert!((mean(&ocean(s)) / mean(&ocean(p)) - 1.25 / 1.5).abs() < 1e-9);
    assert_eq!(mean(&direct(s)), mean(&direct(p)));
}

#[test]
fn the_scenario_is_laid_over_rows_and_adds_products() {
    let table = "sku,price,cost,mean-per-day\na,60,14,5\nb,30,9,2\n";
    let own = "[[product]]\nsku = \"b\"\nprice = 33\n[[product]]\nsku = \"c\"\nprice = 20\nunit-cost = 6\ndemand = { mean-per-day = 1 }\n";
    let found = catalogue("laid-over", table, own).value;
    let products: Vec<_> = found.runnable.scenario.products.iter().map(|p| (p.sku.as_str(), p.price)).collect();
    assert_eq!(products, [("a", 60.0), ("b", 33.0), ("c", 20.0)]);
    // A product of a row is changed by its name, and the table is a file that the run depends on.
    let loader = Loader { overrides: vec!["product.a.price=70".into()], ..Loader::default() };
    let changed = read("laid-over", table, "[catalogue]\nfile = \"products.csv\"\n", &loader).unwrap().value;
    assert_eq!(changed.runnable.scenario.products[0].price, 70.0);
    assert!(changed.inputs.iter().any(|path| path.ends_with("products.csv")));
    assert!(changed.sources.iter().all(|source| source.name != "products.csv"));
}

const BAD: &str = "\
sku,price,cost,mean-per-day,duty,moq
good,60,14,5,,
words,abc,14,5,,
negative,-3,14,5,,
priceless,,14,5,,
good,61,14,5,,
dear,60,14,5,1600%,
half,60,14,5,,10.5
,60,14,5,,
other,30,9,2,,
";

#[test]
fn a_wrong_row_is_told_with_its_place_and_the_rest_runs() {
    let found = catalogue("wrong", BAD, "");
    let told = warnings(&found, Code::WarnRow);
    for expected in [
        "row 3 of `products.csv` is left out: `abc` in column `price` is no number",
        "row 4 of `products.csv` is left out: `price` is -3",
        "row 5 of `products.csv` is left out: it has no `price`",
        "row 6 of `products.csv` is left out: `good` is the product of row 2",
        "row 7 of `products.csv` is left out: `duty` is 16",
        "row 8 of `products.csv` is left out: `10.5` in column `moq` is no number of units",
        "row 9 of `products.csv` is left out: it has no `sku`",
    ] {
        assert!(told.contains(&expected), "{expected}\nis none of\n{told:#?}");
    }
    assert_eq!(told.len(), 7);
    for d in found.warnings.list.iter().filter(|d| d.code == Code::WarnRow) {
        let place = d.place.clone().unwrap();
        let source = &found.warnings.sources[place.source];
        let line = source.text[..place.span.start].matches('\n').count() + 1;
        assert!(d.message.starts_with(&format!("row {line} of ")), "{}: line {line}", d.message);
    }
    let clean = catalogue("right", "sku,price,cost,mean-per-day\ngood,60,14,5\nother,30,9,2\n", "");
    same_figures(&found.value, &clean.value);
}

#[test]
fn strict_refuses_every_wrong_row_at_once() {
    for (scenario, loader) in [
        ("[catalogue]\nfile = \"products.csv\"\nstrict = true\n", Loader::default()),
        ("[catalogue]\nfile = \"products.csv\"\n", Loader { strict: true, ..Loader::default() }),
    ] {
        let problems = read("strict", BAD, scenario, &loader).unwrap_err();
        let errors: Vec<_> = problems.list.iter().filter(|d| d.severity == Severity::Error).collect();
        assert_eq!(errors.len(), 7, "{}", problems.render(false));
        assert!(errors.iter().all(|d| d.place.is_some() && d.hint.is_some()));
    }
}

#[test]
fn what_is_wrong_with_all_is_no_matter_of_a_row() {
    let table = "sku,price,cost\na,60,14\nb,30,9\n";
    let scenario = "[catalogue]\nfile = \"products.csv\"\n[demand]\nmean-per-day = -1\n";
    let problems = read("shared", table, scenario, &Loader::default()).unwrap_err();
    assert_eq!(problems.errors(), 1, "{}", problems.render(false));
    assert!(problems.render(false).contains("c.toml"), "{}", problems.render(false));
    // No row is left: that is said, with each row's reason.
    let scenario = "[catalogue]\nfile = \"products.csv\"\n[demand]\nmean-per-day = 1\n";
    let problems = read("none", "sku,price,cost\na,x,14\n", scenario, &Loader::default()).unwrap_err();
    assert!(problems.render(false).contains("has no row that is a product"), "{}", problems.render(false));
    assert!(problems.render(false).contains("`x` in column `price` is no number"));
}

#[test]
fn a_product_that_the_sales_file_lacks_is_a_wrong_row() {
    let table = "sku,price,cost\na,60,14\nnowhere,30,9\nsilent,30,9\n";
    let mut sales = String::from("date,sku,units\n");
    for day in 1..=28 {
        for month in 1..=12 {
            sales +=
                &format!("2026-{month:02}-{day:02},a,{}\n2026-{month:02}-{day:02},silent,0\n", 3 + (day * month) % 5);
        }
    }
    let dir = scratch("catalogue-sales");
    std::fs::write(dir.join("products.csv"), table).unwrap();
    std::fs::write(dir.join("sales.csv"), sales).unwrap();
    let scenario =
        "[catalogue]\nfile = \"products.csv\"\n[demand]\nhistory = { file = \"sales.csv\", sku = \"sku\" }\n";
    let found = Loader::default().load_str("c.toml", &format!("{HEAD}{scenario}{TWO_MODELS}"), &dir);
    let found = found.unwrap_or_else(|d| panic!("{}", d.render(false)));
    let told = warnings(&found, Code::WarnRow);
    assert_eq!(
        told,
        [
            "row 3 of `products.csv` is left out: `sales.csv` has no sales for `nowhere`",
            "row 4 of `products.csv` is left out: `sales.csv` has no unit sold for `silent`"
        ]
    );
    assert_eq!(found.value.runnable.scenario.products.len(), 1);
}

#[test]
fn what_is_on_hand_begins_a_run_from_today() {
    let table = "sku,price,cost,mean-per-day,on-hand\na,60,14,5,700\nb,30,9,2,80\n";
    let dir = scratch("catalogue-today");
    std::fs::write(dir.join("products.csv"), table).unwrap();
    let text = "name = \"Today\"\n[horizon]\nstart = 2027-01-01\ndays = 60\n[position]\n[catalogue]\nfile = \"products.csv\"\n\
                [[supply]]\nname = \"Ocean\"\npreset = \"ocean-3pl\"\n";
    let found = Loader::default().load_str("c.toml", text, &dir);
    let found = found.unwrap_or_else(|d| panic!("{}", d.render(false))).value;
    let on_hand = |p: &str| {
        let here = &found.runnable.scenario.models[0].locations[0];
        here.positions.iter().find(|(sku, _)| sku == p).and_then(|(_, position)| position.on_hand)
    };
    assert_eq!((on_hand("a"), on_hand("b")), (Some(700), Some(80)));
    // Without a position nothing is read in silence.
    let found = catalogue("warm-up", table, "");
    assert!(warnings(&found, Code::WarnUnlikely)[0].contains("begins with a warm-up: it is not read"));
}

#[test]
fn columns_that_are_not_known_are_told_and_named() {
    let table = "sku,list,cost,colour,mean-per-day\na,60,14,red,5\n";
    let found = catalogue("named", table, "columns = { price = \"list\" }\n");
    assert_eq!(warnings(&found, Code::WarnUnlikely), ["columns of `products.csv` that are not read: `colour`"]);
    let scenario = "[catalogue]\nfile = \"products.csv\"\n";
    let problems = read("unnamed", table, scenario, &Loader::default()).unwrap_err();
    assert!(problems.render(false).contains("has no column `price`"), "{}", problems.render(false));
    let mistyped = "[catalogue]\nfile = \"products.csv\"\ncolumns = { price = \"lst\" }\n";
    let problems = read("mistyped", table, mistyped, &Loader::default()).unwrap_err();
    assert!(problems.render(false).contains("did you mean `list`?"), "{}", problems.render(false));
    let twice = "sku,price,rrp,cost,mean-per-day\na,60,61,14,5\n";
    let problems = read("twice", twice, scenario, &Loader::default()).unwrap_err();
    assert!(problems.render(false).contains("two columns for `price`"), "{}", problems.render(false));
    let nowhere = "sku,price,cost,mean-per-day,moq @ Direkt\na,60,14,5,3\n";
    let found = catalogue("two", "sku,price,cost,mean-per-day\nb,60,14,5\n", "");
    assert_eq!(found.value.runnable.scenario.products.len(), 1);
    let problems = read("nowhere", nowhere, scenario, &Loader { strict: true, ..Loader::default() }).unwrap_err();
    assert!(problems.render(false).contains("there is no supply model `Direkt`"), "{}", problems.render(false));
}

#[test]
fn a_catalogue_is_written_as_its_products() {
    let table = "sku,price,cost,mean-per-day\na,60,14,5\nbad,x,9,2\nb,30,9,2\n";
    let found = catalogue("written", table, "").value;
    let again = Loader::default().load_str("c.toml", &write(&found.raw), Path::new("."));
    let again = again.unwrap_or_else(|d| panic!("{}", d.render(false))).value;
    same_figures(&found, &again);
}
