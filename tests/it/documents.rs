//! report.html and finance.xlsx: what is in them is what the run found, and text stays text.

use calamine::{Data, Reader, Xlsx};
use restock::model::{Kpi, Scenario};
use restock::report::document::{Material, finance_xlsx, report_html};
use restock::report::summary;
use restock::scenario::{Loaded, Loader};
use restock::study::{Measure, Options, Outcome, run};
use std::io::Cursor;
use std::path::Path;

/// The scenario of the browser test: names with markup, scripts and formulas.
const HOSTILE: &str = include_str!("../browser/hostile.toml");

struct Run {
    loaded: Loaded,
    outcome: Outcome,
}

impl Run {
    fn new(text: &str) -> Self {
        let loaded = Loader::default()
            .load_str("hostile.toml", text, Path::new("."))
            .unwrap_or_else(|d| panic!("{}", d.render(false)))
            .value;
        let options = Options { daily: true, equal_terms: true, threads: 2, ..Options::default() };
        let outcome = run(&loaded.runnable.scenario, &loaded.runnable.experiment, options, &|_| {});
        Run { loaded, outcome }
    }

    fn scenario(&self) -> &Scenario {
        &self.loaded.runnable.scenario
    }

    fn material(&self) -> Material<'_> {
        Material {
            scenario: self.scenario(),
            outcome: &self.outcome,
            sources: &self.loaded.sources,
            assumptions: &self.loaded.assumptions,
            health: &self.loaded.health,
        }
    }
}

#[test]
fn the_page_needs_nothing_else_and_escapes_what_scenarios_say() {
    let run = Run::new(HOSTILE);
    let html = report_html(&run.material()).unwrap();
    assert_eq!(html.matches("<script").count(), 1, "only its own");
    assert!(html.contains("&lt;script&gt;window.caught = 1"), "the name is there as text");
    assert!(!html.contains("<img") && !html.contains("<b onclick"));
    assert!(html.contains("{{ 7 * 7 }}"), "names are no templates");
    // The only addresses are namespaces and what the scenario's own text says.
    for (i, _) in html.match_indices("http") {
        let rest = &html[i..(i + 40).min(html.len())];
        let known = ["http://www.w3.org/2000/svg", "http:&#x2f;&#x2f;example.invalid", "http://example.invalid"];
        assert!(known.iter().any(|k| rest.starts_with(k)), "{rest}");
    }
    assert!(!html.contains("NaN") && !html.contains("inf "), "no number that is none");
    assert_eq!(report_html(&run.material()).unwrap(), html, "the same bytes");
}

#[test]
fn the_numbers_on_the_page_are_those_of_the_summary() {
    let run = Run::new(HOSTILE);
    let html = report_html(&run.material()).unwrap();
    let summary = summary(run.scenario(), &run.outcome);
    let mut seen = 0;
    for cell in html.split("<td data-product=\"").skip(1) {
        let attribute = |name: &str| {
            let after = cell.split(&format!("data-{name}=\"")).nth(1).filter(|_| cell.find('>') > cell.find(name));
            after.and_then(|rest| rest.split('"').next()).unwrap_or("")
        };
        if attribute("terms") != "own" || attribute("value").is_empty() {
            continue;
        }
        let product: usize = cell.split('"').next().unwrap().parse().unwrap();
        let model: usize = attribute("model").parse().unwrap();
        let kpi = attribute("kpi");
        let expected = summary["products"][product]["models"][model]["kpis"][kpi]["estimate"].as_f64().unwrap();
        assert_eq!(attribute("value").parse::<f64>().unwrap(), expected, "{kpi} of {product}, {model}");
        seen += 1;
    }
    assert!(seen > 100, "{seen} cells");
}

fn workbook(run: &Run) -> Xlsx<Cursor<Vec<u8>>> {
    Xlsx::new(Cursor::new(finance_xlsx(&run.material()).unwrap())).unwrap()
}

#[test]
fn the_workbook_has_its_sheets_and_text_stays_text() {
    let run = Run::new(HOSTILE);
    let mut book = workbook(&run);
    assert_eq!(
        book.sheet_names(),
        [
            "Summary",
            "Capital by month",
            "Cash by week",
            "Landed cost",
            "Paired differences",
            "Events",
            "Moves",
            "Break-evens",
            "Assumptions",
            "Data dictionary"
        ]
    );
    let names: Vec<String> = run.scenario().products.iter().map(|p| p.sku.clone()).collect();
    assert!(names.iter().any(|n| n.starts_with('=')));
    let range = book.worksheet_range("Summary").unwrap();
    for name in &names {
        assert!(range.rows().any(|r| r[0] == Data::String(name.clone())), "{name} is a text cell");
    }
    // Formulas are differences and sums of cells, never a name.
    for sheet in book.sheet_names() {
        let formulas = book.worksheet_formula(&sheet).unwrap();
        for (_, _, text) in formulas.used_cells() {
            assert!(!text.contains("HYPERLINK") && !text.contains("SUM(A1:A9)"), "{sheet}: {text}");
        }
    }
    assert_eq!(finance_xlsx(&run.material()).unwrap(), finance_xlsx(&run.material()).unwrap(), "the same bytes");
}

#[test]
fn the_numbers_in_the_workbook_are_those_of_the_run() {
    let run = Run::new(HOSTILE);
    let mut book = workbook(&run);
    let text = |d: &Data| if let Data::String(s) = d { s.clone() } else { String::new() };
    let number = |d: &Data| match d {
        Data::Float(v) => *v,
        Data::Int(v) => *v as f64,
        other => panic!("{other:?} is no number"),
    };

    let range = book.worksheet_range("Summary").unwrap();
    let mut seen = 0;
    for product in &run.outcome.products {
        for row in range.rows().filter(|r| text(&r[0]) == product.sku && text(&r[1]) == "own policies") {
            let label = text(&row[2]);
            let label = label.split(" (rough interval").next().unwrap();
            let kpi = Kpi::ALL.iter().find(|k| k.label() == label).unwrap();
            for (i, m) in product.models.iter().enumerate() {
                let Some(e) = m.estimate(*kpi) else { continue };
                assert_eq!(number(&row[4 + 3 * i]), e.value, "{kpi:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 80, "{seen} values");

    // Totals are formulas, and the values kept with them are right.
    let range = book.worksheet_range("Events").unwrap();
    let product = &run.outcome.products[0];
    let first = product.models[0].windows[0].estimate(Measure::Demanded).unwrap();
    let row: Vec<&Data> = range.rows().nth(3).unwrap().iter().collect();
    assert_eq!((text(row[0]), text(row[1])), (product.sku.clone(), product.windows[0].name.clone()));
    assert_eq!((text(row[8]), number(row[10])), ("Demanded".into(), first.value));

    let range = book.worksheet_range("Break-evens").unwrap();
    let flips = &run.outcome.flips[0];
    let rows = range.rows().skip(3).filter(|r| text(&r[0]) == flips.model).count();
    assert_eq!(rows, flips.flips.len() + flips.never.len(), "a row each");
    if let Some(flip) = flips.flips.first() {
        let row: Vec<&Data> = range.rows().nth(3).unwrap().iter().collect();
        assert_eq!((text(row[2]), number(row[5])), (flip.lever.label().into(), flip.at.value));
        assert!((number(row[8]) - (flip.at.value - flip.now)).abs() < 1e-9);
    }

    let range = book.worksheet_range("Capital by month").unwrap();
    let formulas = book.worksheet_formula("Capital by month").unwrap();
    assert!(formulas.used_cells().filter(|c| c.2.starts_with("SUM(")).count() >= 8);
    for row in range.rows().skip(3).filter(|r| !text(&r[0]).is_empty()) {
        let parts: f64 = row[3..10].iter().map(number).sum();
        assert!((parts - number(&row[10])).abs() < 1e-6 * parts.abs().max(1.0));
        assert!(matches!(row[2], Data::DateTime(_)), "a month is a date");
    }

    // The weeks of a model add up to the change of its cash.
    let range = book.worksheet_range("Cash by week").unwrap();
    let product = &run.outcome.products[0];
    let weeks: Vec<f64> = range
        .rows()
        .skip(3)
        .filter(|r| text(&r[0]) == product.sku && text(&r[1]) == product.models[0].name)
        .map(|r| number(&r[3 + restock::sim::Line::COUNT]))
        .collect();
    assert_eq!(weeks.len(), run.scenario().horizon.days.div_ceil(7) as usize);
    let last = product.models[0].bands.series(restock::sim::Series::Cash).last().unwrap().mean;
    assert!((weeks.iter().sum::<f64>() - last).abs() < 0.02, "{} and {last}", weeks.iter().sum::<f64>());

    // Every default that bears on the run is listed, with what the scenario says instead.
    let range = book.worksheet_range("Assumptions").unwrap();
    assert_eq!(range.rows().skip(2).filter(|r| !text(&r[1]).is_empty()).count(), run.loaded.assumptions.len() + 1);
    let given = range.rows().find(|r| text(&r[0]) == "horizon" && text(&r[1]) == "days").unwrap();
    assert_eq!((text(&given[2]), text(&given[3])), ("365".into(), "120".into()));
}

#[test]
fn future_orders_lost_by_delay_add_up_to_their_kpi() {
    let surge = "\
         dispersion = 3\n\
         [demand.surge]\n\
         on = [2026-08-01]\n\
         peak-uplift = 9\n\
         decay = { exponential = { tau-days = 9 } }";
    let run = Run::new(&HOSTILE.replace("days = 120", "days = 200").replace("dispersion = 3", surge));
    for found in &run.outcome.products {
        for m in &found.models {
            let rows = restock::report::lost_orders(run.scenario(), 0, m);
            let who: Vec<&str> = rows.iter().map(|r| r.who.as_str()).collect();
            assert_eq!(
                who,
                ["waited 1 to 10 days", "waited more than 10 days", "were served after the promise", "cancelled"]
            );
            let sum: f64 = rows.iter().map(|r| r.value).sum();
            let kpi = m.estimate(Kpi::LifetimeValueLost).unwrap().value;
            assert!(kpi > 0.0 && (sum - kpi).abs() < 1e-9 * kpi, "{sum} and {kpi}");
        }
    }
}

/// An exclamation mark in a title would be taken for a reference to cells.
#[test]
fn a_name_like_a_cell_is_a_title() {
    let run = Run::new(&HOSTILE.replace("=HYPERLINK(", "tee!A1("));
    assert!(
        run.scenario().products.iter().any(|p| p.sku.contains("tee!A1")) || run.outcome.models[0].contains("tee!A1")
    );
    let sheets = workbook(&run).sheet_names();
    assert!(sheets.contains(&"Summary".to_owned()));
}
