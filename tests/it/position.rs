//! Runs from today: what is on the shelf, on its way and waited for, day by day and cent by cent.

use crate::support::{laid_out, loaded, runnable, try_load};
use restock::model::Kpi;
use restock::sim::{Daily, Kernel, KpiRow, Ledger, Needs, Series};
use restock::study::{Options, run};

/// Nobody comes. 12 units stand on the shelf at 11 each, two orders of 40 and 30 at 20 each are on their way, 5 units wait since
/// 25 February that were paid for at 50 each. Nothing more is ordered: the position is at the base-stock level.
const TODAY: &str = r#"
name = "today"
horizon = { start = 2026-03-02, days = 20 }
monte-carlo = { replications = 1 }
[[product]]
sku = "A"
price = 50
unit-cost = 20
demand = { units-per-day = 0 }
[customers]
promise = "none"
accept = "always"
patience = "endless"
thirty-day-rule = false
[finance]
cost-of-capital = 0
customer-pays = "at-order"
settlement-days = 0
payment-fee = { share = 0, per-order = 0 }
insurance = 0
shrink = 0
obsolescence = 0
tickets-per-backorder = 0
advertising-per-order = 0
[position]
stock = [{ on-hand = 0, unit-cost = 11 }]
order = [{ quantity = 40, placed = 2026-02-20, arrives = 2026-03-05 }, { quantity = 30, placed = 2026-02-25, arrives = 2026-03-10 }]
backorder = [{ quantity = 5, ordered = 2026-02-25, promised = 2026-03-06 }]
[[supply]]
name = "S"
[[supply.location]]
name = "w"
policy = { base-stock = { level = 65 } }
storage-per-m3-month = 0
delivery = { days = 1, pick-and-pack = 1, per-order = 6 }
[[supply.location.route]]
name = "r"
terms = [{ share = "30%", at = "order" }, { share = "70%", at = "receipt" }]
stage = [{ name = "Production", days = 13 }]
"#;

/// The only replication of the only product and model: its days, and what its ledger holds in the end.
fn books(text: &str) -> (Daily, Ledger) {
    let r = runnable(text);
    let (demand, plans) = laid_out(&r.scenario, 0, 0);
    let mut found = None;
    for needs in [Needs::Series, Needs::Books] {
        let kernel = Kernel::new(&demand, &plans, needs);
        kernel.block(0..1, &mut kernel.desk(), &mut |_, mut replica| {
            assert!(replica.kpis().is_ok());
            if needs == Needs::Series {
                found = Some((replica.daily().clone(), replica.books().ledger().clone()));
            }
        });
    }
    found.unwrap()
}

#[test]
fn two_open_orders_and_a_backorder_by_hand() {
    let (daily, ledger) = books(TODAY);
    assert_eq!(daily.records.len(), 20, "the days before the first one are not measured");
    let mut cash = 0.0;
    for (day, record) in daily.records.iter().enumerate() {
        let units = |s: Series| record[s as usize];
        let money = |s: Series| record[s as usize] as f64 / 100.0;
        let receipts = match day {
            3 => 40,
            8 => 30,
            _ => 0,
        };
        // Three days later five units leave as soon as the first order is in: each is picked and delivered for 7.
        let (on_hand, waiting) = match day {
            0..3 => (0, 5),
            3..8 => (35, 0),
            _ => (65, 0),
        };
        cash -= 0.7 * 20.0 * receipts as f64 + if day == 3 { 5.0 * 7.0 } else { 0.0 };
        assert_eq!(
            (units(Series::Receipts), units(Series::OnHand), units(Series::Backlog)),
            (receipts, on_hand, waiting)
        );
        assert_eq!(money(Series::CustomerPrepayments), 50.0 * waiting as f64, "day {day}");
        assert_eq!(money(Series::Cash), cash, "day {day}");
        let stock = money(Series::CycleStockCapital) + money(Series::SafetyStockOnHandCapital);
        assert_eq!(stock, 20.0 * on_hand as f64, "day {day}");
        // 30 % of what is on its way is paid; on the first day for both orders.
        let on_order = 70.0 - [0.0, 40.0, 70.0][usize::from(day >= 3) + usize::from(day >= 8)];
        assert_eq!(
            money(Series::DepositCapital) + money(Series::InProductionCapital),
            0.3 * 20.0 * on_order,
            "day {day}"
        );
        assert_eq!(money(Series::UnpaidOnOrder), 0.7 * 20.0 * on_order, "day {day}");
    }
    let earned = ledger.income();
    assert_eq!((earned.revenue.to_f64(), earned.cost_of_goods().to_f64()), (250.0, 100.0));
}

/// `../field-cases` of one who tried it: 15 on hand, 40 arriving on the 5th, ten a day, a base-stock level of 80.
#[test]
fn what_arrives_may_be_said_at_the_location() {
    let text = r#"
name = "Today's position"
[horizon]
start = 2026-03-02
days = 20
warmup-days = 0
[monte-carlo]
replications = 1
[customers]
promise = "none"
accept = "always"
patience = "endless"
thirty-day-rule = false
[[product]]
sku = "A"
price = 50
unit-cost = 20
demand = { units-per-day = 10 }
[[supply]]
name = "S"
[[supply.location]]
name = "w"
initial-on-hand = 15
initial-on-order = [{ quantity = 40, arrives = 2026-03-05 }]
policy = { base-stock = { level = 80 } }
[[supply.location.route]]
name = "r"
stage = [{ name = "Production", days = 7 }]
terms = [{ share = "100%", at = "receipt" }]
"#;
    let (daily, _) = books(text);
    let net: Vec<i128> =
        daily.records.iter().map(|r| r[Series::OnHand as usize] - r[Series::Backlog as usize]).collect();
    assert_eq!(net[..9], [5, -5, -15, 15, 5, -5, -15, 10, 10]);
    assert!(net[9..].iter().all(|n| *n == 10));
    let receipts: Vec<i128> = daily.records.iter().map(|r| r[Series::Receipts as usize]).collect();
    assert_eq!(receipts[..9], [0, 0, 0, 40, 0, 0, 0, 35, 10]);
}

/// A stage whose law is known: an order that has been in it for 4 days of a uniform 2 to 10 comes on days that are left, each alike.
#[test]
fn what_is_under_way_takes_what_its_law_leaves() {
    let order = "order = [{ quantity = 40, placed = 2026-02-26, stage = \"Production\", days-in-stage = 4 }]";
    let text = TODAY
        .replace("days = 13", "days = { uniform = [2, 10] }")
        .replace("replications = 1 ", "replications = 4_000 ");
    let from = text.find("order = [{ quantity").unwrap();
    let to = text.find("\nbackorder = ").unwrap();
    let r = runnable(&format!("{}{order}{}", &text[..from], &text[to..]));
    let (demand, plans) = laid_out(&r.scenario, 0, 3);
    let kernel = Kernel::new(&demand, &plans, Needs::Series);
    let mut came = [0_u32; 20];
    kernel.block(0..4_000, &mut kernel.desk(), &mut |_, replica| {
        // The base-stock level asks for 30 more on the first day, which may come on the same one.
        let day =
            replica.daily().records.iter().position(|r| [40, 70].contains(&r[Series::Receipts as usize])).unwrap();
        came[day] += 1;
    });
    // Durations of 3.5 to 10 days after four days, rounded: not over by yesterday evening, so over today, ... in six days.
    let shares = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5].map(|part| part / 6.5);
    for (day, share) in shares.iter().enumerate() {
        let (n, expected) = (f64::from(came[day]), 4_000.0 * share);
        assert!((n - expected).abs() < 4.5 * expected.sqrt(), "day {day}: {n}, {expected} expected; {came:?}");
    }
    assert_eq!(came.iter().sum::<u32>(), 4_000);
}

/// An order that is expected on a day comes about that day, with the spread of its law: its mean is the day.
#[test]
fn an_expected_day_moves_the_law() {
    let text = TODAY.replace("days = 13", "days = { uniform = [2, 24] }");
    let r = runnable(&text);
    let (demand, plans) = laid_out(&r.scenario, 0, 3);
    let kernel = Kernel::new(&demand, &plans, Needs::Series);
    let mut days = Vec::new();
    kernel.block(0..4_000, &mut kernel.desk(), &mut |_, replica| {
        let day = replica.daily().records.iter().position(|r| r[Series::Receipts as usize] >= 40);
        days.extend(day.map(|day| day as f64));
    });
    let mean = days.iter().sum::<f64>() / days.len() as f64;
    // Expected on day 3, with a spread of some days, of which those before the first are cut off.
    assert!(days.len() > 3_900 && (2.5..4.5).contains(&mean), "{mean} of {}", days.len());
    assert!(days.contains(&0.0) && days.iter().any(|d| *d >= 6.0));
}

/// The same from files, under names of columns as people write them, with dates as their office does.
#[test]
fn files_say_the_same_as_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("stock.csv", "SKU,Location,On hand,Unit cost,Remark\nA,w,0,11,counted on Monday\n");
    write(
        "orders.csv",
        "sku;location;quantity;placed;arrives\nA;w;40;20.02.2026;05.03.2026\nA;w;30;25.02.2026;10.03.2026\n",
    );
    write("backorders.csv", "sku,location,quantity,ordered,promised\nA,w,5,2026-02-25,2026-03-06\n");
    let from = TODAY.find("stock = [").unwrap();
    let to = TODAY.find("[[supply]]").unwrap();
    let files = "stock-file = \"stock.csv\"\norder-file = \"orders.csv\"\nbackorder-file = \"backorders.csv\"\n";
    let path = folder.path().join("today.toml");
    std::fs::write(&path, format!("{}{files}{}", &TODAY[..from], &TODAY[to..])).unwrap();
    let read = restock::scenario::Loader::default().load(&path).unwrap_or_else(|d| panic!("{}", d.render(false)));
    let ours = runnable(TODAY);
    let found = |s: &restock::model::Scenario| format!("{:?} {:?}", s.horizon, s.models);
    assert_eq!(found(&read.value.runnable.scenario), found(&ours.scenario));
    assert_eq!(read.value.inputs.len(), 3, "files are part of what a run is known by");
}

/// What is written of a run from today is read as the same run.
#[test]
fn a_position_is_written_and_read() {
    let first = loaded(TODAY).value;
    let text = restock::scenario::write(&first.raw);
    let second = try_load(&text, &[]).unwrap_or_else(|d| panic!("{}\n{text}", d.render(false))).value;
    let found = |s: &restock::model::Scenario| format!("{:?} {:?} {:?}", s.horizon, s.products, s.models);
    assert_eq!(found(&first.runnable.scenario), found(&second.runnable.scenario), "{text}");
    assert_eq!(restock::scenario::write(&second.raw), text);
    assert!(text.contains("[[position.order]]") || text.contains("order = ["), "{text}");
}

/// How long ago another product's order was placed is nothing to this one: neither its shoppers, surges and reviews nor the sea hang on
/// how far back the run must know of.
#[test]
fn what_another_product_waits_for_moves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let sales: String =
        (0..500).map(|t| format!("{},{}\n", restock::calendar::Day(20_000 + t), 3 + t * 7 % 11)).collect();
    std::fs::write(folder.path().join("sales.csv"), format!("date,units\n{sales}")).unwrap();
    let surge = "surge = { per-year = 9, peak-uplift = 4, lasting-lift = \"5%\" }";
    for demand in [
        format!("mean-per-day = 6\ndispersion = 3\n{surge}"),
        format!("units-per-day = {{ gamma = {{ mean = 6, sd = 4 }} }}\n{surge}"),
        format!(
            "history = {{ file = \"sales.csv\", date = \"date\", units = \"units\", drives = {{ bootstrap = {{ block-days = 14, window-days = 60 }} }} }}\n{surge}"
        ),
        "history = { file = \"sales.csv\", date = \"date\", units = \"units\", drives = \"replay\" }".to_owned(),
        "history = { file = \"sales.csv\", date = \"date\", units = \"units\" }".to_owned(),
    ] {
        let rows = |placed: &str| -> Vec<KpiRow> {
            let text = TODAY
                .replace("demand = { units-per-day = 0 }", "")
                .replace("[customers]", &format!("[[product]]\nsku = \"B\"\nprice = 9\nunit-cost = 2\n[demand]\n{demand}\n[customers]"))
                .replace("base-stock = { level = 65 }", "order-up-to = { safety-stock = { days = 20 }, review-days = 7 }")
                .replace("stage = [{ name = \"Production\", days = 13 }]", "stage = [{ name = \"Production\", days = 13, regime = \"sea\" }]")
                .replace("[position]", "[[regime]]\nname = \"sea\"\nstate = [{ name = \"calm\", mean-days = 20 }, { name = \"rough\", mean-days = 9, duration-factor = 1.5 }]\n[position]")
                .replace("stock = [{ on-hand = 0", "stock = [{ product = \"A\", on-hand = 60")
                .replace("quantity =", "product = \"A\", quantity =")
                .replace("backorder = [", &format!("order-file = \"of-b-{placed}.csv\"\nbackorder = ["));
            let of_b = format!("product,quantity,placed,arrives\nB,10,{placed},2026-03-09\n");
            std::fs::write(folder.path().join(format!("of-b-{placed}.csv")), of_b).unwrap();
            let path = folder.path().join("two.toml");
            std::fs::write(&path, &text).unwrap();
            let read = restock::scenario::Loader::default().load(&path);
            let read = read.unwrap_or_else(|d| panic!("{}\n{text}", d.render(false)));
            let s = read.value.runnable.scenario;
            let days = if placed < "2026" { 100 } else { 5 };
            assert!(s.horizon.begin() > days, "the past is long: {:?}", s.horizon);
            let (demand, plans) = laid_out(&s, 0, 5);
            let kernel = Kernel::new(&demand, &plans, Needs::Books);
            let mut rows = Vec::new();
            kernel.block(0..40, &mut kernel.desk(), &mut |_, mut replica| rows.push(replica.kpis().unwrap().0));
            rows
        };
        let (near, far) = (rows("2026-02-27"), rows("2025-06-11"));
        for (n, (a, b)) in near.iter().zip(&far).enumerate() {
            for kpi in Kpi::ALL {
                assert_eq!(a[kpi.index()], b[kpi.index()], "{} of replication {n}: {demand}", kpi.name());
            }
        }
    }
}

/// Stock on one shelf at several costs has cost their average; what is said of no cost, the product's own.
#[test]
fn lots_of_one_shelf_are_averaged() {
    let of = |stock: &str| {
        let text = TODAY.replace("stock = [{ on-hand = 0, unit-cost = 11 }]", stock);
        let positions = runnable(&text).scenario.models[0].locations[0].positions.clone();
        (positions[0].1.on_hand, positions[0].1.unit_cost)
    };
    assert_eq!(
        of("stock = [{ on-hand = 30, unit-cost = 11 }, { on-hand = 10, unit-cost = 15 }]"),
        (Some(40), Some(12.0))
    );
    assert_eq!(of("stock = [{ on-hand = 30 }, { on-hand = 10, unit-cost = 24 }]"), (Some(40), Some(21.0)));
    assert_eq!(of(""), (Some(0), Some(20.0)));
    // What is expected beyond the last day is told.
    let late = TODAY.replace("arrives = 2026-03-10", "arrives = 2029-03-10");
    let warnings = loaded(&late).warnings.render(false);
    assert!(warnings.contains("the order is expected on 2029-03-10, and the run ends on 2026-03-21"), "{warnings}");
}

/// Models that do not begin alike are not compared.
#[test]
fn every_model_begins_with_the_same() {
    let second = "[[supply]]\nname = \"Direct\"\npreset = \"direct\"\n";
    let told = try_load(&format!("{TODAY}{second}"), &[]).map(|_| ()).unwrap_err();
    let text = told.render(false);
    assert!(text.contains("`S` has `w`, `Direct` has ") && text.contains("it does not say where"), "{text}");
}

/// A run from today, as it is printed and kept.
#[test]
fn a_run_from_today_is_a_run() {
    let text =
        TODAY.replace("replications = 1 ", "replications = 100 ").replace("units-per-day = 0", "mean-per-day = 4");
    let r = runnable(&text);
    let outcome = run(&r.scenario, &r.experiment, Options::default(), &|_| {});
    let fill = outcome.products[0].models[0].estimate(Kpi::FillRate).unwrap();
    assert!(fill.value > 0.0 && fill.value < 1.0, "{fill:?}");
}

/// The command writes a scenario of files that can be checked and run at once; what no file tells is marked.
#[test]
fn a_scenario_is_begun_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("stock.csv", "sku,location,on hand,unit cost,level\ntee,Memphis,640,17.20,21.5\ncap,Memphis,90,6,\n");
    write("orders.csv", "sku,location,route,quantity,placed,arrives\ntee,Memphis,Sea,1500,2026-04-20,2026-07-09\n");
    let restock = |args: &[&str]| {
        let out =
            std::process::Command::new(env!("CARGO_BIN_EXE_restock")).args(args).current_dir(folder.path()).output();
        let out = out.unwrap();
        (out.status.code(), String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr))
    };
    let made = restock(&["init", "today", "--on", "2026-07-01", "--from-position", "stock.csv", "orders.csv"]);
    assert_eq!(made.0, Some(0), "{}", made.1);
    let text = std::fs::read_to_string(folder.path().join("today.toml")).unwrap();
    for said in [
        "mean-per-day = 21.5",
        "stock-file = \"stock.csv\"",
        "order-file = \"orders.csv\"",
        "name = \"Memphis\"",
        "name = \"Sea\"",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    assert!(text.lines().filter(|l| l.starts_with("price")).all(|l| l.contains("assumption")), "{text}");
    let checked = restock(&["check", "today.toml"]);
    assert_eq!(checked.0, Some(0), "{}\n{text}", checked.1);
    let told = "tee: begins on 1 Jul 26 with 640 on hand, 1,500 on order (1,500 in ";
    assert!(
        checked.1.contains(told) && checked.1.contains("cap: begins on 1 Jul 26 with 90 on hand, 0 on order"),
        "{}",
        checked.1
    );
    let ran = restock(&["run", "today.toml", "-n", "20", "--dry-run", "--quiet", "--own-policies-only"]);
    assert_eq!(ran.0, Some(0), "{}", ran.1);
    let undated = restock(&["init", "undated", "--on", "tomorrow", "--from-position", "stock.csv"]);
    assert!(undated.0 == Some(2) && undated.1.contains("write a date such as 2026-07-01"), "{}", undated.1);
    // Done twice, the first is left as it is.
    let again = restock(&["init", "today", "--from-position", "stock.csv"]);
    assert!(again.0 == Some(4) && again.1.contains("is there already and was left alone"), "{}", again.1);
    assert_eq!(std::fs::read_to_string(folder.path().join("today.toml")).unwrap(), text);
    // A row that cannot be read is named, and nothing is written.
    write("bad.csv", "sku,location,on hand\ntee,Memphis,-3\n");
    let refused = restock(&["init", "other", "--from-position", "bad.csv"]);
    assert_eq!(refused.0, Some(3), "{}", refused.1);
    assert!(refused.1.contains("`bad.csv`, row 2: `on-hand` is -3"), "{}", refused.1);
    assert!(!folder.path().join("other.toml").exists());
}

/// What was paid on the first order is 500, not the 30 % of its terms; 300 are owed for goods received before, due on 6 March, and 1,000 are in
/// the account. On a third order more was to be paid by now than was: the rest is due on the first morning.
#[test]
fn cash_debts_and_what_was_paid_by_hand() {
    let text = TODAY
        .replace("[position]\n", "[position]\ncash = 1_000\npayable = [{ amount = 300, due = 2026-03-06 }]\n")
        .replace("placed = 2026-02-20,", "paid = 500, placed = 2026-02-20,")
        .replace("level = 65", "level = 75")
        .replace(
            "\norder = [{",
            "\norder = [{ quantity = 10, placed = 2026-02-22, arrives = 2026-03-12, route = \"s\", paid = 150 }, {",
        );
    let text = text
        + "[[supply.location.route]]\nname = \"s\"\nterms = [{ share = 1, at = \"order\" }]\nstage = [{ name = \"Production\", days = 18 }]\n\
        expedite = { below-days-of-cover = 0, up-to-days = 0 }\n";
    let (daily, ledger) = books(&text);
    for (day, record) in daily.records.iter().enumerate() {
        let money = |s: Series| record[s as usize] as f64 / 100.0;
        // On the first morning 50 of the 200 of the third order; at the receipts of the others what is left: 300 of 800, and 70 % of 600.
        let mut cash = 1_000.0 - 50.0;
        cash -= if day >= 3 { 300.0 + 5.0 * 7.0 } else { 0.0 };
        cash -= if day >= 4 { 300.0 } else { 0.0 };
        cash -= if day >= 8 { 420.0 } else { 0.0 };
        assert_eq!(money(Series::Cash), cash, "day {day}");
        assert_eq!(money(Series::Payables), if day < 4 { 300.0 } else { 0.0 }, "day {day}");
        let paid_ahead = money(Series::DepositCapital) + money(Series::InProductionCapital);
        let deposits = [500.0, 180.0, 200.0];
        let left = deposits.iter().zip([3, 8, 10]).filter(|(_, arrives)| day < *arrives).map(|(d, _)| d).sum::<f64>();
        assert_eq!(paid_ahead, left, "day {day}");
    }
    assert_eq!(ledger.accounts().payables.to_f64(), 0.0);
    // What is owed and paid for goods is no cost of the year: the profit is that of five sold.
    assert_eq!(ledger.income().cost_of_goods().to_f64(), 100.0);
}

/// A surge of six times the usual began ten days ago, and the port is congested: both are known.
#[test]
fn a_surge_under_way_and_a_known_regime_go_on() {
    let text = TODAY
        .replace("demand = { units-per-day = 0 }", "demand = { units-per-day = 100 }")
        .replace("[customers]", "[demand.surge]\npeak-uplift = 3\ndecay = { exponential = { tau-days = 5 } }\n\
            [[regime]]\nname = \"port\"\nstate = [{ name = \"open\", mean-days = 1000 }, { name = \"congested\", mean-days = 1000, duration-factor = 2 }]\n\
            [customers]")
        .replace("[position]\n", "[position]\nsurge = [{ began = 2026-02-20, peak-uplift = 6 }]\nregime = [{ name = \"port\", state = \"congested\" }]\n")
        .replace("days = 13 }]", "days = 13, regime = \"port\" }]")
        .replace("demand = { units-per-day = 100 }", "[product.demand]\nunits-per-day = 100\n");
    let text = text.replace("[demand.surge]", "[product.demand.surge]");
    let r = runnable(&text);
    let (demand, _) = laid_out(&r.scenario, 0, 0);
    for replication in 0..40 {
        let path = demand.path(replication);
        let begin = r.scenario.horizon.begin() as usize;
        for day in 0..20 {
            let left = 5.0 * (-(f64::from(day) + 10.0) / 5.0_f64).exp();
            let units = path.units[begin + day as usize] as f64;
            assert!((units - 100.0 * (1.0 + left)).abs() < 1.0, "day {day}: {units}");
        }
        assert_eq!(path.regimes[0][begin], 1, "it is congested in every replication");
    }
}
