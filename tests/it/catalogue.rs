//! Products from a table.

use crate::cli::{done, scratch, stderr};
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
    // What the scenario itself says of a product is laid over its row.
    let own = text.replace("[position]\n", "[[position.stock]]\nproduct = \"a\"\non-hand = 7\n");
    let found =
        Loader::default().load_str("c.toml", &own, &dir).unwrap_or_else(|d| panic!("{}", d.render(false))).value;
    let here = &found.runnable.scenario.models[0].locations[0];
    let units = |p: &str| here.positions.iter().find(|(sku, _)| sku == p).and_then(|(_, position)| position.on_hand);
    assert_eq!((units("a"), units("b")), (Some(7), Some(80)));
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

fn refused(name: &str, table: &str, scenario: &str) -> String {
    let scenario = format!("[catalogue]\nfile = \"products.csv\"\n{scenario}");
    match read(name, table, &scenario, &Loader::default()) {
        Ok(found) => panic!("{:?}", found.value.runnable.scenario.products),
        Err(problems) => problems.render(false),
    }
}

#[test]
fn a_mark_before_three_digits_is_read_as_the_table_has_it_or_told() {
    let weights = |name: &str, table: &str| -> Vec<f64> {
        catalogue(name, table, "").value.runnable.scenario.products.iter().map(|p| p.weight_kg).collect()
    };
    let head = "sku;price;cost;weight-kg;mean-per-day\n";
    // A price with a decimal comma says what the comma in a weight is.
    assert_eq!(weights("comma", &format!("{head}a;19,90;5;1,250;3\nb;30;6;2,125;4\n")), [1.25, 2.125]);
    assert_eq!(weights("point", &format!("{head}a;19.90;5;1.250;3\nb;30;6;2.125;4\n")), [1.25, 2.125]);
    // Nothing says it: each such cell is told with both readings, and the others run.
    let found = catalogue("either", &format!("{head}a;19;5;1,250;3\nb;30;6;2;4\n"), "");
    assert_eq!(
        warnings(&found, Code::WarnRow),
        [
            "row 2 of `products.csv` is left out: `1,250` in column `weight-kg` is 1250 if the point is decimal, 1.25 if the comma is"
        ]
    );
    // Numbers of both kinds each say what they are; one that does not is told.
    let mixed = format!("{head}a;19,90;5;0.5;3\nb;1.250;6;2;4\n");
    let found = catalogue("mixed", &mixed, "");
    assert_eq!(found.value.runnable.scenario.products[0].price, 19.9);
    assert!(
        warnings(&found, Code::WarnRow)[0].contains("`1.250` in column `price` is 1.25 if the point"),
        "{:?}",
        found.warnings
    );
}

/// Numbers of a workbook are no texts: a point in them stands before decimals, however many there are.
#[test]
fn numbers_of_a_workbook_are_what_they_are() {
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, head) in ["sku", "price", "cost", "weight-kg", "mean-per-day"].into_iter().enumerate() {
        sheet.write_string(0, column as u16, head).unwrap();
    }
    for (row, weight) in [(1, 1.125), (2, 2.345)] {
        sheet.write_string(row, 0, format!("p{row}")).unwrap();
        for (column, value) in [20.0, 5.0, weight, 3.0].into_iter().enumerate() {
            sheet.write_number(row, column as u16 + 1, value).unwrap();
        }
    }
    let dir = scratch("catalogue-workbook");
    book.save(dir.join("products.xlsx")).unwrap();
    let text = format!("{HEAD}[catalogue]\nfile = \"products.xlsx\"\n{TWO_MODELS}");
    let found = Loader::default().load_str("c.toml", &text, &dir).unwrap_or_else(|d| panic!("{}", d.render(false)));
    let weights: Vec<f64> = found.value.runnable.scenario.products.iter().map(|p| p.weight_kg).collect();
    assert_eq!(weights, [1.125, 2.345]);
}

#[test]
fn what_is_set_of_a_catalogue_is_refused_unless_it_can_be_heard() {
    let table = "sku,price,list,cost,mean-per-day\na,20,25,5,3\n";
    let set = |text: &str, scenario: &str| {
        let loader = Loader { overrides: vec![text.into()], ..Loader::default() };
        read("set", table, scenario, &loader)
    };
    let with = "[catalogue]\nfile = \"products.csv\"\n";
    for text in ["catalogue.columns.price=\"list\"", "catalogue.sheet=\"q\"", "catalogue.file=\"other.csv\""] {
        let problems = set(text, with).unwrap_err().render(false);
        assert!(problems.contains("cannot be changed by `--set`"), "{text}: {problems}");
    }
    let own = "[[product]]\nsku = \"b\"\nprice = 20\nunit-cost = 5\ndemand = { mean-per-day = 3 }\n";
    let problems = set("catalogue.file=\"products.csv\"", own).unwrap_err().render(false);
    assert!(problems.contains("cannot be named by `--set`"), "{problems}");
    assert!(set("catalogue.strict=true", with).is_ok());
    // What is on hand was not read: a position that is set begins with nothing in silence.
    let loader = Loader { overrides: vec!["position={}".into(), "horizon.warmup-days=0".into()], ..Loader::default() };
    let problems =
        read("set-position", "sku,price,cost,mean-per-day,on-hand\na,20,5,3,100\n", with, &loader).unwrap_err();
    assert!(problems.render(false).contains("to be on hand was not read"), "{}", problems.render(false));
}

#[test]
fn columns_that_are_there_twice_or_of_nobody_are_told_as_columns() {
    let table = |head: &str| format!("sku,price,cost,mean-per-day,{head}\na,20,5,3,10,99\n");
    for (name, head, told) in [
        (
            "twice",
            "moq @ Direct from manufacturer,minimum-order @ Direct from manufacturer",
            "has two columns for `minimum-order` in",
        ),
        ("nobody", "moq @ Unknown model,x", "there is no supply model `Unknown model`"),
        ("capitals", "moq @ direct from manufacturer,x", "did you mean `Direct from manufacturer`?"),
        ("same", "duty,duty", "two columns of `products.csv` are called `duty`"),
    ] {
        let problems = refused(name, &table(head), "");
        assert!(problems.contains(told), "{told}: {problems}");
    }
    let problems = refused(
        "both",
        "sku,price,mean-per-day\na,20,3\n",
        "columns = { unit-cost = \"price\" , price = \"price\" }\n",
    );
    assert!(problems.contains("`price` and `unit-cost` are both the column `price`"), "{problems}");
    // A column that is named keeps the unit that its name says, and is nobody else's.
    let found = catalogue(
        "grams",
        "sku,price,unit price,weight-g,mean-per-day\na,20,7,400,3\n",
        "columns = { unit-cost = \"unit price\", weight-kg = \"weight-g\" }\n",
    );
    let p = &found.value.runnable.scenario.products[0];
    assert_eq!((p.price, p.unit_cost, p.weight_kg), (20.0, 7.0, 0.4));
}

#[test]
fn what_a_spreadsheet_brings_besides_products_is_told() {
    let table = "sku,price,cost,weight-kg,mean-per-day,duty\na,20,5,28,3,4\nb,30,6,,4,4%\nTotal,50,11,28,7,\n";
    let found = catalogue("besides", table, "");
    assert_eq!(
        warnings(&found, Code::WarnRow),
        [
            "row 2 of `products.csv` is left out: `4` in column `duty` is 4 % or 400 %",
            "row 4 of `products.csv` is left out: `Total` looks like the sum of the others"
        ]
    );
    assert_eq!(
        warnings(&found, Code::WarnUnlikely),
        ["`products.csv` has no `weight-kg` in row 3: the default is taken"]
    );
    // They are recorded with the run.
    assert_eq!(found.value.runnable.scenario.origin.left_out.len(), 2);
}

#[test]
fn a_row_that_is_left_out_takes_what_is_laid_over_it_along() {
    let table = "sku,price,cost,mean-per-day\na,20,5,3\nb,x,5,3\n";
    for own in ["price = 88\n", "price = 88\nunit-cost = 4\ndemand = { mean-per-day = 300 }\n"] {
        let found = catalogue("along", table, &format!("[[product]]\nsku = \"b\"\n{own}"));
        let skus: Vec<_> = found.value.runnable.scenario.products.iter().map(|p| p.sku.as_str()).collect();
        assert_eq!(skus, ["a"], "{own}");
    }
    let problems = refused("none-left", "sku,price,cost,mean-per-day\na,-20,5,3\n", "");
    assert!(problems.contains("no row of the table of products can be used"), "{problems}");
    let problems = refused("no-list", "sku,price,cost,mean-per-day\na,20,5,3\n", "[product]\na = { price = 3 }\n");
    assert!(problems.contains("it is a table, not a list"), "{problems}");
    // A stock that nobody reads leaves no row out.
    let found = catalogue("unread-stock", "sku,price,cost,mean-per-day,stock\na,20,5,3,-4\n", "");
    assert_eq!(warnings(&found, Code::WarnRow), Vec::<&str>::new());
}

/// Two sides that have not the same products differ by that, too.
#[test]
fn a_comparison_tells_that_a_side_has_other_rows() {
    let dir = scratch("catalogue-compare");
    let table = "sku,price,cost,mean-per-day,moq @ Direct from manufacturer\na,20,5,3,10\nb,30,6,4,\n";
    std::fs::write(dir.join("products.csv"), table).unwrap();
    let text = format!("{HEAD}[catalogue]\nfile = \"products.csv\"\n{TWO_MODELS}");
    std::fs::write(dir.join("c.toml"), text).unwrap();
    let told = |with: &str| stderr(&done(&dir, &["compare", "c.toml", "-n", "4", "--dry-run", "-q", "--with", with]));
    let renamed = told("renamed: supply.1.name=\"D\"");
    assert!(renamed.contains("renamed has other rows of the catalogue than the file"), "{renamed}");
    assert!(renamed.contains("row 2 of `products.csv` is left out"), "{renamed}");
    assert!(!told("dearer: finance.cost-of-capital=0.2").contains("other rows"));
}
