//! Series as they come: holidays, stock-outs that are none, and weeks and months that drive a scenario.

use crate::cli::{restock_in, scratch};
use restock::calendar::Day;
use restock::data::{Columns, read_sales};
use restock::forecast::{Calendar, CountModel, Fan, Item, Method, Panel, Silences, Step, Streams, Surging, silences};
use restock::model::{Baseline, Scenario};
use restock::rng::Stream;
use std::fmt::Write;
use std::path::Path;

fn day(text: &str) -> Day {
    Day::from_date(text.parse().unwrap())
}

/// A Poisson draw of a name's own, about `mean`.
fn poisson(name: &str, t: usize, mean: f64) -> f64 {
    restock::law::negative_binomial(mean, None, &mut Stream::new(23, name, "series", "").at(0, t as i32, 0)) as f64
}

/// Text of standard output and error, on one line.
fn said(dir: &Path, args: &[&str]) -> String {
    let run = restock_in(dir, args);
    let text = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Items that sell five times as much on Black Friday, over three years that end before one.
fn black_fridays() -> Panel {
    let fridays = [day("2021-11-26"), day("2022-11-25"), day("2023-11-24")];
    let first = day("2021-11-20");
    let days = (day("2024-11-20").0 - first.0) as usize;
    let of = |i: usize| {
        let name = format!("item {i}");
        let mean = |t: usize| (2 + i) as f64 * if fridays.contains(&first.plus(t as i32)) { 5.0 } else { 1.0 };
        Item::new(name.clone(), 0, (0..days).map(|t| poisson(&name, t, mean(t))).collect())
    };
    Panel { first, step: Step::Day, periods: days, items: (0..12).map(of).collect() }
}

/// With the country's holidays the next Black Friday is forecast as it has always been; the other days stay as they were.
#[test]
fn a_country_s_black_friday_is_forecast() {
    let panel = black_fridays();
    let mut with = Calendar::plain(14);
    let found = with.observe(&["US"], &panel).unwrap();
    assert!(found.iter().any(|o| o.name == "Black Friday" && o.day == day("2024-11-29") && !o.estimated));
    let means = |calendar: &Calendar| -> Vec<f64> {
        let fitted = Surging.fit(&panel, calendar);
        let mut sums = vec![0.0; 14];
        for (i, item) in panel.items.iter().enumerate() {
            let fan = Fan::draw(fitted.as_ref(), i, &Streams::of(1, item), 400, 14);
            (0..14).for_each(|h| sums[h] += fan.mean(h));
        }
        sums
    };
    let (without, with) = (means(&Calendar::plain(14)), means(&with));
    // All items sell 2 + 3 + .. + 13 = 90 a day, 450 on the Friday, which is the tenth day.
    let errors = ((without[9] - 450.0).abs(), (with[9] - 450.0).abs());
    assert!(errors.1 < 90.0 && errors.0 > 300.0, "{errors:?}");
    for h in [1, 3, 6, 13] {
        assert!((with[h] / 90.0 - 1.0).abs() < 0.12, "{h}: {}", with[h]);
    }
}

fn sales(dir: &Path, panel: &Panel) {
    let mut csv = String::from("sku,date,units\n");
    for item in &panel.items {
        for (i, y) in item.units.iter().enumerate() {
            let _ = writeln!(csv, "{},{},{y}", item.name, panel.date(item.start + i));
        }
    }
    std::fs::write(dir.join("sales.csv"), csv).unwrap();
}

#[test]
fn events_are_said_and_years_end() {
    let dir = scratch("countries");
    sales(&dir, &black_fridays());
    let run = ["forecast", "sales.csv", "--horizon", "14", "--paths", "50", "--dry-run"];
    let plain = said(&dir, &run);
    assert!(
        plain.contains("Black Friday, last on 24 November, sold ")
            && plain.contains("times the usual in 2021, 2022 and 2023, and no event says so")
            && plain.contains("`--country US`"),
        "{plain}"
    );
    let told = said(&dir, &[&run[..], &["--country", "us,SA"]].concat());
    for words in [
        "Events, each with an effect of its own: Black Friday,",
        "To come: Black Friday (29 Nov 24), Cyber Monday (2 Dec 24), Thanksgiving Day (28 Nov 24)",
        "Mother's Day (SA), Mother's Day (US)",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(!told.contains("a day earlier or later") && !told.contains("no event says so"), "{told}");
    // In a thousand days Ramadan comes again, of 2027, for which nobody has looked at the moon.
    let far =
        said(&dir, &[&run[..2], &["--horizon", "1000", "--paths", "20", "--dry-run", "--country", "SA"]].concat());
    assert!(far.contains("a day earlier or later is possible: ") && far.contains("Ramadan"), "{far}");
    for command in ["describe", "backtest"] {
        let unknown = said(&dir, &[command, "sales.csv", "--country", "XX"]);
        assert!(unknown.contains("its holidays are not known; they are of US, CA,"), "{unknown}");
    }
    let old = Panel { first: day("2006-01-01"), ..black_fridays() };
    sales(&dir, &old);
    let early = said(&dir, &["forecast", "sales.csv", "--dry-run", "--country", "US"]);
    assert!(early.contains("holidays are known from 2009 to 2040, and 2006-01-01 is needed"), "{early}");
}

/// Ten a day, and 60 in December: the dates are named by every command that reads the file, until an event names them.
#[test]
fn a_month_of_its_own_is_pointed_out() {
    let dir = scratch("december");
    let first = day("2022-11-01");
    let mean = |t: usize| if first.plus(t as i32).date().month() == 12 { 60.0 } else { 10.0 };
    let item = Item::new("T-1", 0, (0..1095).map(|t| poisson("T-1", t, mean(t))).collect());
    let panel = Panel { first, step: Step::Day, periods: 1095, items: vec![item] };
    sales(&dir, &panel);
    for command in [&["describe", "sales.csv"][..], &["forecast", "sales.csv", "--paths", "20", "--dry-run"]] {
        let text = said(&dir, command);
        let told =
            text.split("1 to 31 December (Weeks before Christmas) sold ").nth(1).unwrap_or_else(|| panic!("{text}"));
        let (times, rest) = told.split_once(" times the usual in ").unwrap();
        assert!((times.parse::<f64>().unwrap() - 6.0).abs() < 0.4, "{told}");
        assert!(rest.starts_with("2022, 2023 and 2024, and no event says so"), "{told}");
    }
    let mut events = String::from("date,event\n");
    for d in 0..1500 {
        let day = first.plus(d);
        if day.date().month() == 12 {
            let _ = writeln!(events, "{day},December");
        }
    }
    std::fs::write(dir.join("events.csv"), events).unwrap();
    let text = said(&dir, &["describe", "sales.csv", "--events", "events.csv"]);
    assert!(!text.contains("no event says so") && text.contains("effect of its own: December."), "{text}");
}

fn daily(items: Vec<Item>) -> Panel {
    let periods = items.iter().map(|i| i.start + i.units.len()).max().unwrap();
    Panel { first: day("2022-01-03"), step: Step::Day, periods, items }
}

/// Spare parts: spells of orders, of few or many units, and months between them in which nothing is wanted. None of them is out of stock.
#[test]
fn spells_of_spare_parts_are_no_stock_outs() {
    let of = |n: usize| {
        let (name, mut units) = (format!("part {n}"), vec![0.0; 1000]);
        let stream = Stream::new(29, &name, "spares", "");
        let (mut t, mut k) = (0.0, 0);
        let mut next = || {
            k += 1;
            stream.at(0, k, 0).uniform()
        };
        while t < 1000.0 {
            let end = t - 60.0 * next().ln();
            while t < end.min(1000.0) {
                units[t as usize] = (6.0 * (1.2 * (2.0 * next() - 1.0) * 1.6).exp()).round().max(1.0);
                t += 1.0 - 5.0 * next().ln();
            }
            t = end - 80.0 * next().ln();
        }
        Item::new(name, 0, units)
    };
    let panel = daily((0..60).map(of).collect());
    let sold: f64 = panel.items.iter().flat_map(|i| &i.units).sum();
    let Silences { suspects, .. } = silences(&panel);
    let hidden: f64 = suspects.iter().map(|s| s.expected).sum();
    // A stock-out of a part that is asked for every other day is one, and is found among them.
    println!("{} suspects, {:.1} % of what sold", suspects.len(), 100.0 * hidden / sold);
    assert!(hidden < 0.15 * sold, "{} suspects, {hidden:.0} of {sold:.0}", suspects.len());
}

/// One real stock-out of an item that sells every day, in a chain that is closed on Sundays and holidays but for one shop: the closed days
/// are no stock-outs, and the month of one item is.
#[test]
fn closed_days_of_a_chain_are_no_stock_outs() {
    let holidays = [100, 250, 251, 465, 616, 617];
    let of = |n: usize| {
        let name = format!("shop {n}");
        let units = |t: usize| {
            let shut = (t % 7 == 6 || holidays.contains(&t)) && n != 7;
            let out = n == 3 && (400..430).contains(&t);
            if shut || out { 0.0 } else { poisson(&name, t, 400.0) }
        };
        Item::new(name.clone(), 0, (0..700).map(units).collect())
    };
    let panel = daily((0..30).map(of).collect());
    let Silences { suspects, to_the_end } = silences(&panel);
    let found: Vec<(usize, usize)> = suspects.iter().map(|s| (s.item, s.from)).collect();
    assert_eq!(found.len(), 1, "{suspects:?}");
    assert!(found[0].0 == 3 && (399..=400).contains(&found[0].1), "{suspects:?}");
    assert!(to_the_end.is_empty(), "{to_the_end:?}");
}

/// Gaps that an item has had before are its own; one that is much longer than all of them is not.
#[test]
fn gaps_as_before_are_no_stock_outs() {
    let of = |gaps: &[(usize, usize)]| {
        let units = |t: usize| {
            if gaps.iter().any(|g| (g.0..g.1).contains(&t)) { 0.0 } else { poisson("gaps", t, 6.0).max(1.0) }
        };
        daily(vec![Item::new("gaps", 0, (0..900).map(units).collect())])
    };
    // Three weeks off each quarter: no stock-out. A single time: a stock-out.
    let quarterly: Vec<_> = (0..9).map(|q| (60 + 95 * q, 81 + 95 * q)).collect();
    assert_eq!(silences(&of(&quarterly)).suspects, []);
    let once = silences(&of(&[(400, 440)])).suspects;
    assert_eq!(once.len(), 1);
    assert_eq!((once[0].from, once[0].periods), (400, 40));
    // The same among single days, which chance explains.
    let short: Vec<_> = (0..9).map(|q| (60 + 95 * q, 61 + 95 * q)).chain([(500, 560)]).collect();
    let found = silences(&of(&short)).suspects;
    assert_eq!(found.iter().map(|s| (s.from, s.periods)).collect::<Vec<_>>(), [(500, 60)]);
}

/// Where the last periods hold a stock-out, the table has what was wanted beside what sold, and says what is hidden in all.
#[test]
fn what_sold_stands_beside_demand() {
    let dir = scratch("wanted");
    let out = |t: usize| (360..380).contains(&t);
    let units = (0..390).map(|t| if out(t) { 0.0 } else { poisson("lamp", t, 10.0) }).collect();
    sales(&dir, &daily(vec![Item::new("lamp", 0, units)]));
    let run = ["forecast", "sales.csv", "--paths", "50", "--dry-run"];
    let text = said(&dir, &run);
    assert!(text.contains("│ last 28 │ wanted │ next 28 │"), "{text}");
    let figures: Vec<f64> = text
        .split("lamp │")
        .nth(1)
        .unwrap()
        .split('│')
        .take(2)
        .map(|f| f.trim().replace(',', "").parse().unwrap())
        .collect();
    // 8 days at 10 before the stock-out and 10 after it are in the last 28: 180 and 100.
    let sold: f64 = (362..390).filter(|t| !out(*t)).map(|t| poisson("lamp", t, 10.0)).sum();
    assert_eq!(figures[0], sold);
    assert!((figures[1] - sold - 180.0).abs() < 30.0, "{figures:?}");
    assert!(text.contains("1 run without sales is taken for stock-outs, in which"), "{text}");
    let kept = said(&dir, &[&run[..], &["--keep-suspected"]].concat());
    assert!(!kept.contains("wanted │") && !kept.contains("is taken for stock-outs"), "{kept}");
}

const SEED: u64 = 31;

/// Three items by week or month, about negative binomial means, in a file with a currency.
fn coarse(dir: &Path, step: Step) -> Panel {
    let law = restock::law::CountLaw::new(0.1);
    let first = day("2021-02-01");
    let periods = if step == Step::Week { 156 } else { 60 };
    let mut panel = Panel { first, step, periods, items: Vec::new() };
    for (name, mean) in [("Lamp", 40.0), ("Shade", 12.0), ("Bulb", 95.0)] {
        let s = Stream::new(37, name, "coarse", "");
        let units = (0..periods as i32).map(|t| law.draw(mean, s.at(0, t, 0).uniform(), || s.at(0, t, 1)) as f64);
        panel.items.push(Item::new(name, 0, units.collect()));
    }
    let mut csv = String::from("Week of,Product,Qty,Price,Currency,State\n");
    for item in &panel.items {
        for (t, y) in item.units.iter().enumerate() {
            let _ = writeln!(csv, "{},{},{y},19.5,EUR,paid", panel.date(t), item.name);
            let _ = writeln!(csv, "{},{},7,19.5,EUR,void", panel.date(t), item.name);
        }
    }
    std::fs::write(dir.join("sales.csv"), csv).unwrap();
    panel
}

/// The keys by which the file is read as it is meant.
const KEYS: &str = "file = \"sales.csv\", sku = \"Product\", where = [\"State = paid\"]";

fn load(dir: &Path, start: Day, days: u32, demand: &str) -> (Scenario, String) {
    let text = format!(
        "name = \"c\"\n[horizon]\nstart = {start}\ndays = {days}\nwarmup-days = 90\n[monte-carlo]\nseed = {SEED}\n\
         [demand]\n{demand}\n[[product]]\nsku = \"Lamp\"\nprice = 9\nunit-cost = 3\n"
    );
    let loaded = restock::scenario::Loader::default()
        .load_str("c.toml", &text, dir)
        .unwrap_or_else(|d| panic!("{}", d.render(false)));
    let warnings = loaded.warnings.render(false).split_whitespace().collect::<Vec<_>>().join(" ");
    (loaded.value.runnable.scenario, warnings)
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

/// A run that begins where the weeks or months end: what is simulated of each of them is the path that a forecast draws, unit by unit, and so has the
/// mean and spread of the history; its days have the pattern of the week that is given.
fn drives(step: Step) {
    let dir = scratch(if step == Step::Week { "weeks" } else { "months" });
    let panel = coarse(&dir, step);
    let (start, ahead) = (panel.date(panel.periods), if step == Step::Week { 26 } else { 6 });
    let days = (panel.date(panel.periods + ahead).0 - start.0) as u32;
    let week = [2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0];
    let demand =
        format!("history = {{ {KEYS}, surges = false, yearly-wave = false }}\nweekday = [2, 1, 1, 1, 1, 1, 0]");
    let (scenario, warnings) = load(&dir, start, days, &demand);
    let noun = step.noun();
    assert!(
        warnings.contains(&format!("has a row a {noun}: its units are spread over the days by the pattern of")),
        "{warnings}"
    );
    let product = &scenario.products[0];
    let Baseline::Forecast(f) = &product.demand.baseline else { panic!("{:?}", product.demand.baseline) };
    assert_eq!(f.from, start);
    let alphabetical = Panel {
        items: {
            let mut items = panel.items.clone();
            items.sort_by(|a, b| a.name.cmp(&b.name));
            items
        },
        ..panel.clone()
    };
    let fitted = CountModel::default().fit(&alphabetical, &Calendar::plain(366));
    let lamp = alphabetical.items.iter().position(|i| i.name == "Lamp").unwrap();
    let plan = restock::sim::DemandPlan::new(&scenario, product, SEED);
    let streams = Streams::of(SEED, &alphabetical.items[lamp]);
    let (mut drawn, mut path, mut totals) = (restock::sim::Path::default(), vec![0.0; ahead], Vec::new());
    let mut by_weekday = [0.0; 7];
    for k in 0..300 {
        plan.draw(k, &mut drawn);
        fitted.simulate(lamp, &streams, k, &mut path);
        let simulated = &drawn.units[90..];
        for (h, y) in path.iter().enumerate() {
            let [a, b] = [h, h + 1].map(|h| (panel.date(panel.periods + h).0 - start.0) as usize);
            let total: i64 = simulated[a..b].iter().sum();
            assert_eq!(total as f64, *y, "path {k}, {noun} {h}");
            totals.push(total as f64);
        }
        for (t, y) in simulated.iter().enumerate() {
            by_weekday[start.plus(t as i32).weekday()] += *y as f64;
        }
    }
    let ((mean, sd), (was, spread)) = (moments(&totals), moments(&panel.items[0].units));
    println!("{noun}s: simulated {mean:.1} ± {sd:.1}, history {was:.1} ± {spread:.1}");
    assert!((mean / was - 1.0).abs() < 0.1 && (sd / spread - 1.0).abs() < 0.25, "{mean} {was}; {sd} {spread}");
    let all: f64 = by_weekday.iter().sum();
    for (share, weight) in by_weekday.iter().zip(week) {
        assert!((share / all - weight / 7.0).abs() < 0.01, "{by_weekday:?}");
    }
    // The planner's ordinary day, and the run's: a tenth of a month is as much of it.
    assert!((plan.mean_per_day() * 365.25 / step.per_year() / mean - 1.0).abs() < 0.1);
    // Warm-up is as it was, every unit of it: to the last whole period.
    let warm: i64 = drawn.units[..90].iter().sum();
    let back = |k: usize| (start.0 - panel.date(panel.periods - k).0) as usize;
    let k = (1..).take_while(|k| back(*k) <= 90).last().unwrap();
    let last: f64 = panel.items[0].units.iter().rev().take(k).sum();
    assert!(warm as f64 >= last && drawn.units[90 - back(k)..90].iter().sum::<i64>() as f64 == last);
}

#[test]
fn weeks_drive_a_scenario() {
    drives(Step::Week);
}

#[test]
fn months_drive_a_scenario() {
    drives(Step::Month);
}

/// A replay spreads each week over its days, evenly unless a pattern is known, and loses nothing; days have no pattern besides.
#[test]
fn weeks_are_replayed_whole() {
    let dir = scratch("replayed");
    let panel = coarse(&dir, Step::Week);
    let (scenario, warnings) = load(&dir, panel.date(20), 140, &format!("history = {{ {KEYS}, drives = \"replay\" }}"));
    assert!(warnings.contains("are spread over the days evenly"), "{warnings}");
    let plan = restock::sim::DemandPlan::new(&scenario, &scenario.products[0], SEED);
    let mut drawn = restock::sim::Path::default();
    plan.draw(0, &mut drawn);
    for (k, week) in drawn.units[90..].chunks(7).enumerate() {
        assert_eq!(week.iter().sum::<i64>() as f64, panel.items[0].units[20 + k], "week {k}");
        assert!(week.iter().max().unwrap() - week.iter().min().unwrap() <= 1, "{week:?}");
    }
}

/// Weeks that were asked of days are spread as the days were.
#[test]
fn weeks_of_days_keep_their_weekdays() {
    let dir = scratch("weeks-of-days");
    let of = |t: usize| poisson("Lamp", t, 20.0 * [2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0][t % 7]);
    let panel = daily(vec![Item::new("Lamp", 0, (0..364).map(of).collect())]);
    sales(&dir, &panel);
    let demand = "history = { file = \"sales.csv\", sku = \"sku\", every = \"week\" }";
    let (scenario, warnings) = load(&dir, panel.date(364), 60, demand);
    assert!(warnings.contains("spread over the days by the weekdays of the file's own days"), "{warnings}");
    let Baseline::Forecast(f) = &scenario.products[0].demand.baseline else { panic!() };
    let weekday = f.spread.unwrap().weekday;
    assert!((weekday[0] / weekday[1] - 2.0).abs() < 0.15 && weekday[6] < 0.05, "{weekday:?}");
}

/// A forecast of weeks writes a scenario that runs, knows price and currency, and holds the line by which the same file is read alike.
#[test]
fn a_forecast_of_weeks_is_a_scenario_that_runs() {
    let dir = scratch("weekly-scenario");
    let panel = coarse(&dir, Step::Week);
    let told = [
        "forecast",
        "sales.csv",
        "--price",
        "price",
        "--where",
        "State = paid",
        "--country",
        "DE",
        "--paths",
        "50",
        "--show",
        "1",
    ];
    let text = said(&dir, &[&told[..], &["--out", "out"]].concat());
    assert!(text.contains("3 items, 156 weeks"), "{text}");
    let written = std::fs::read_to_string(dir.join("out/sales.toml")).unwrap();
    assert!(written.contains("currency = \"EUR\"\n") && written.contains("price = 19.5\n"), "{written}");
    let run = restock_in(&dir, &["run", "out/sales.toml", "-n", "20", "--no-charts"]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let line = written.lines().find_map(|l| l.strip_prefix("# history = ")).unwrap();
    for key in ["sku = \"Product\"", "price = \"price\"", "where = [\"State = paid\"]", "country = [\"DE\"]"] {
        assert!(line.contains(key), "{line}");
    }
    let (scenario, _) = load(&dir, panel.date(panel.periods), 60, &format!("history = {line}"));
    let Baseline::Forecast(f) = &scenario.products[0].demand.baseline else { panic!() };
    assert_eq!(f.past.units.iter().sum::<i64>() as f64, panel.items[0].units.iter().sum::<f64>());
    let names = Columns { price: Some("price".into()), conditions: vec!["State = paid".into()], ..Columns::default() };
    let read = read_sales(&dir.join("sales.csv"), &names).unwrap();
    assert_eq!((read.item_column.as_deref(), read.currency.as_deref()), (Some("Product"), Some("EUR")));
}

/// The scenario's keys for holidays and events do what the options do, and say what they cannot.
#[test]
fn a_history_observes_holidays() {
    let dir = scratch("history-country");
    let panel = black_fridays();
    sales(&dir, &panel);
    let start = panel.date(panel.periods);
    let scenario = |more: &str| {
        let text = format!(
            "name = \"c\"\n[horizon]\nstart = {start}\ndays = 30\nwarmup-days = 30\n[demand]\nhistory = {{ file = \"sales.csv\", sku = \"sku\"{more} }}\n\
             [[product]]\nsku = \"item 3\"\nprice = 9\nunit-cost = 3\n"
        );
        restock::scenario::Loader::default().load_str("c.toml", &text, &dir)
    };
    let factor = |more: &str| {
        let loaded = scenario(more).unwrap_or_else(|d| panic!("{}", d.render(false)));
        let Baseline::Forecast(f) = &loaded.value.runnable.scenario.products[0].demand.baseline else { panic!() };
        f.factor_on(day("2024-11-29")) / f.factor_on(day("2024-11-22"))
    };
    assert!((factor("") - 1.0).abs() < 0.05 && (factor(", country = [\"US\"]") - 5.0).abs() < 1.2);
    std::fs::write(dir.join("events.csv"), "date,event\n2021-11-26,BF\n2022-11-25,BF\n2023-11-24,BF\n2024-11-29,BF\n")
        .unwrap();
    assert!((factor(", events = \"events.csv\"") - 5.0).abs() < 1.2);
    let refused = |more: &str| scenario(more).err().map(|d| d.render(false)).unwrap_or_default();
    assert!(
        refused(", country = [\"ZZ\"]").contains("there is no country `ZZ`"),
        "{}",
        refused(", country = [\"ZZ\"]")
    );
}
