//! Titles of all charts of all shipped scenarios: told as found, found in the picture, fit to be read aloud. For a copy editor
//! `cargo test --test it titles -- --nocapture` prints them.

use restock::model::{Kpi, Scenario};
use restock::report::chart::{
    Body, ChartSpec, Colour, Csv, Format, LineMark, LinePanel, PointMark, XAxis, draw, figures,
};
use restock::report::format::{self, Digits};
use restock::report::{CHARTED_PRODUCTS, all_charts, text};
use restock::scenario::Loader;
use restock::study::{Options, Outcome, run};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

struct Shipped {
    file: String,
    scenario: Scenario,
    outcome: Outcome,
    charts: Vec<ChartSpec>,
}

fn ran(file: &str, text: &str, folder: &Path, replications: u32) -> Shipped {
    let loader = Loader { overrides: vec![format!("monte-carlo.replications={replications}")], ..Loader::default() };
    let loaded = loader.load_str(file, text, folder).unwrap_or_else(|d| panic!("{}", d.render(false)));
    let r = loaded.value.runnable;
    let options = Options { daily: true, equal_terms: true, threads: 2, ..Options::default() };
    let outcome = run(&r.scenario, &r.experiment, options, &|_| {});
    let charts = all_charts(&r.scenario, &outcome).into_iter().map(|c| c.1).collect();
    Shipped { file: file.into(), scenario: r.scenario, outcome, charts }
}

/// Every shipped scenario with few replications, once for all tests here.
fn shipped() -> &'static [Shipped] {
    static ALL: OnceLock<Vec<Shipped>> = OnceLock::new();
    ALL.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
        let files = std::fs::read_dir(&folder).unwrap().flatten().map(|e| e.path());
        let mut files: Vec<_> = files.filter(|p| p.extension().is_some_and(|e| e == "toml")).collect();
        files.sort();
        let one = |path: &std::path::PathBuf| {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            ran(&name, &std::fs::read_to_string(path).unwrap(), &folder, 40)
        };
        files.iter().map(one).collect()
    })
}

fn names(s: &Shipped) -> Vec<&str> {
    // Of a catalogue the terminal tells those that move.
    let told = if s.outcome.products.len() > CHARTED_PRODUCTS { 0 } else { s.outcome.products.len() };
    let products = s.outcome.products[..told].iter().map(|p| p.sku.as_str());
    s.outcome.models.iter().map(String::as_str).chain(products).collect()
}

/// Figures that a picture writes beside its marks: read from the SVG, without title, subtitle and footer.
fn drawn(spec: &ChartSpec) -> BTreeSet<String> {
    draw::labels(spec).iter().flat_map(|l| figures(l, &[])).collect()
}

#[test]
fn each_figure_of_a_title_is_a_label_in_its_picture() {
    let mut seen = 0;
    for s in shipped() {
        for spec in s.charts.iter().filter(|c| c.nothing().is_none()) {
            let drawn = drawn(spec);
            for figure in figures(&spec.title, &names(s)) {
                seen += 1;
                assert!(
                    drawn.contains(&figure),
                    "{}, {}: `{}` says {figure}; the picture has {drawn:?}",
                    s.file,
                    spec.name,
                    spec.title
                );
            }
        }
    }
    assert!(seen > 250, "{seen} figures");
}

#[test]
fn titles_read_well() {
    for s in shipped() {
        for spec in &s.charts {
            println!("{:<30} {:<27} {}", s.file, spec.name, spec.nothing().unwrap_or(&spec.title));
            if spec.nothing().is_some() {
                continue;
            }
            let t = &spec.title;
            let wrong = |why: &str| panic!("{}, {}: `{t}` {why}", s.file, spec.name);
            for bad in
                ["the least the", "the the", "(s)", "  ", "NaN", "inf", " ,", "..", "models has", "better, better"]
            {
                if t.contains(bad) {
                    wrong(&format!("has `{bad}`"));
                }
            }
            if t.ends_with(['.', ',', ':', ' ']) || t.starts_with(char::is_lowercase) {
                wrong("begins or ends badly");
            }
            if s.outcome.models.iter().filter(|m| t.contains(m.as_str())).count() > 2 {
                wrong("names more than two models");
            }
            if !draw::title_fits(spec) {
                wrong("is longer than two lines");
            }
            // All is all, and nothing nothing.
            let values: Vec<f64> = spec.data.rows.iter().flatten().filter_map(|c| c.parse().ok()).collect();
            for (figure, value) in [("100 %", 1.0), ("0 %", 0.0)] {
                if figures(t, &names(s)).iter().any(|f| f == figure) && !values.contains(&value) {
                    wrong(&format!("rounds to {figure}"));
                }
            }
        }
    }
}

#[test]
fn every_picture_of_the_shipped_scenarios_is_laid_out_well() {
    for s in shipped() {
        for spec in &s.charts {
            let problems = draw::layout_problems(spec);
            assert!(problems.is_empty(), "{}, {}: {problems:#?}", s.file, spec.name);
        }
    }
}

fn chart<'a>(s: &'a Shipped, name: &str) -> &'a ChartSpec {
    s.charts.iter().find(|c| c.name == name).unwrap()
}

fn find(file: &str) -> &'static Shipped {
    shipped().iter().find(|s| s.file == file).unwrap()
}

/// Stages add up to the lead time of their route, routes weighted by units to the KPI of the table.
#[test]
fn lead_times_are_those_of_the_run() {
    for s in shipped() {
        let spec = chart(s, "lead-time");
        for m in &s.outcome.products[0].models {
            let Some(kpi) = m.estimate(Kpi::MeanLeadTime) else { continue };
            let rows: Vec<&Vec<String>> =
                spec.data.rows.iter().filter(|r| r[0] == m.name && r[3] == "replenishment").collect();
            let number = |r: &[String], k: usize| r[k].parse::<f64>().unwrap();
            let routes: BTreeSet<(&str, &str)> =
                rows.iter().filter(|r| !r[2].is_empty()).map(|r| (r[1].as_str(), r[2].as_str())).collect();
            let mut all = 0.0;
            for (location, route) in routes {
                let of = rows.iter().copied().filter(|r| r[1] == location && r[2] == route);
                let (total, stages): (Vec<&Vec<String>>, Vec<&Vec<String>>) = of.partition(|r| r[4] == "total");
                let sum: f64 = stages.iter().map(|r| number(r, 5)).sum();
                assert!((sum - number(total[0], 5)).abs() < 1e-9, "{}, {route}: {sum}", s.file);
                assert!(number(total[0], 6) >= 1.0);
                // What goes from location to location has no share of what is bought.
                all += if total[0][7].is_empty() { 0.0 } else { number(total[0], 5) * number(total[0], 7) };
            }
            assert!((all - kpi.value).abs() < 1e-9 * all, "{}, {}: {all} and {}", s.file, m.name, kpi.value);
        }
    }
    // The port is congested: the plan of the stages says 79 days.
    let s = find("freight-shock.toml");
    assert!(s.outcome.products[0].models[0].estimate(Kpi::MeanLeadTime).unwrap().value > 90.0);
}

#[test]
fn recovery_says_the_two_numbers_of_the_table() {
    let mut seen = 0;
    for s in shipped() {
        let spec = chart(s, "days-to-recover");
        if spec.nothing().is_some() {
            continue;
        }
        let table = text::comparison(&s.scenario, &s.outcome, 160);
        let labels = draw::labels(spec);
        for m in &s.outcome.products[0].models {
            for kpi in [Kpi::ShortAfterSpike, Kpi::DaysToRecover] {
                let Some(e) = m.estimate(kpi) else { continue };
                let said = Digits::of(&e, kpi.unit(), &s.scenario.currency);
                assert!(labels.iter().any(|l| l.starts_with(&said.value())), "{}: {labels:?}", s.file);
                assert!(table.contains(&said.plus_minus()), "{}: {}\n{table}", s.file, said.plus_minus());
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen}");
    assert!(find("bulky-steady.toml").charts.iter().any(|c| c.name == "days-to-recover" && c.nothing().is_some()));
}

#[test]
fn waiting_orders_have_one_pair_of_axes() {
    for s in shipped() {
        if let Body::Lines { panels, .. } = &chart(s, "waiting-orders").body {
            assert_eq!(panels.len(), 1, "{}", s.file);
            let reaches: BTreeSet<_> = panels[0].lines.iter().map(|l| l.points.len()).collect();
            assert_eq!(reaches.len(), 1, "{}: all lines go as far", s.file);
        }
    }
}

/// 80 columns are enough for every shipped scenario, no word is broken, and no line ends in blanks.
#[test]
fn the_table_fits_80_columns() {
    for s in shipped() {
        for width in [80, 100] {
            let table = text::comparison(&s.scenario, &s.outcome, width);
            for line in table.lines() {
                assert!(line.chars().count() <= usize::from(width), "{}: {line}", s.file);
                assert_eq!(line, line.trim_end(), "{}", s.file);
            }
            let labels =
                [Kpi::MeanLeadTime, Kpi::InvestedCapital, Kpi::Contribution, Kpi::FromStockShare].map(Kpi::label);
            for word in names(s).into_iter().chain(labels).flat_map(str::split_whitespace) {
                assert!(table.contains(word), "{}: `{word}` is broken\n{table}", s.file);
            }
        }
    }
}

#[test]
fn the_account_of_the_interested_adds_up_as_written() {
    for s in shipped() {
        for m in &s.outcome.products[0].models {
            let shares = Kpi::OUTCOMES.map(|k| m.estimate(k).map_or(0.0, |e| e.value));
            let written = format::adding_up(&shares);
            let tenths = |t: &String| {
                let figure = t.trim_end_matches(" %").replace('.', "");
                let whole = if t.contains('.') { 1 } else { 10 };
                if t.starts_with('<') { 0 } else { figure.parse::<i64>().unwrap() * whole }
            };
            assert_eq!(written.iter().map(tenths).sum::<i64>(), 1000, "{}: {written:?}", s.file);
            for (share, text) in shares.iter().zip(&written) {
                assert!((share * 1000.0 - tenths(text) as f64).abs() <= 1.0, "{}: {share} {text}", s.file);
            }
        }
    }
}

fn panel(points: Vec<(f64, f64)>, ends: (f64, f64)) -> ChartSpec {
    let mut panel = LinePanel::new("", Colour::Ink, XAxis::Days("days"), Format::Units);
    (panel.y_min, panel.y_max) = (Some(ends.0), Some(ends.1));
    panel.lines.push(LineMark { points, colour: Colour::Model(0), dashed: false, label: String::new() });
    ChartSpec {
        name: "test".into(),
        title: "Title".into(),
        subtitle: "Subtitle".into(),
        footer: "Footer".into(),
        alt: "Alt".into(),
        legend: Vec::new(),
        body: Body::Lines { panels: vec![panel], columns: 1 },
        data: Csv::default(),
    }
}

/// A spike of 1,265 on an axis to 800 is an arrow that says 1,265, and the line ends at the edge on its way there.
#[test]
fn what_lies_outside_an_axis_is_said() {
    let spiky: Vec<(f64, f64)> =
        (0..60).map(|t| (f64::from(t), if t == 30 { 1_265.0 } else { 300.0 + f64::from(t) })).collect();
    let spec = panel(spiky, (0.0, 800.0));
    assert!(drawn(&spec).contains("1,265"), "{:?}", draw::labels(&spec));
    assert!(
        draw::svg(&spec).matches("<polygon").count()
            > draw::svg(&panel(vec![(0.0, 1.0), (9.0, 2.0)], (0.0, 800.0))).matches("<polygon").count()
    );
    // Below as well, and a dot is an arrow too.
    let mut spec = panel(vec![(0.0, 0.6), (10.0, 0.7)], (0.4, 1.0));
    if let Body::Lines { panels, .. } = &mut spec.body {
        panels[0].format = Format::Share;
        panels[0].points.push(PointMark { x: 5.0, y: 0.25, colour: Colour::Model(1), label: String::new() });
    }
    assert!(drawn(&spec).contains("25 %"), "{:?}", draw::labels(&spec));
    assert!(draw::layout_problems(&spec).is_empty());
}

/// Names that the embedded font lacks are drawn with an installed one, or said to be missing: whatever this machine has.
#[test]
fn chinese_names_are_drawn_or_missed_aloud() {
    let text = "name = \"连衣裙\"\n[horizon]\nstart = 2026-07-01\ndays = 60\nwarmup-days = 60\n\
        [[product]]\nsku = \"连衣裙\"\nprice = 60\nunit-cost = 14\n[demand]\nmean-per-day = 20\n";
    let s = ran("dress.toml", text, Path::new("."), 20);
    for spec in s.charts.iter().filter(|c| c.nothing().is_none()) {
        assert!(draw::layout_problems(spec).is_empty(), "{}: {:#?}", spec.name, draw::layout_problems(spec));
    }
    let spec = chart(&s, "backorder-rate");
    let picture = |name: &str| {
        let subtitle = spec.subtitle.replace("连衣裙", name);
        let footer = spec.footer.replace("连衣裙", name);
        let svg = draw::svg(&ChartSpec { subtitle, footer, ..spec.clone() });
        assert!(
            svg.contains(name) && svg.contains("Noto Sans CJK"),
            "the text stays text, and viewers are told where to look"
        );
        draw::png(&svg, "", "").unwrap()
    };
    let (dress, trousers) = (picture("连衣裙"), picture("牛仔裤"));
    let missing = draw::missing_characters();
    if "连衣裙牛仔裤".chars().any(|c| missing.contains(c)) {
        assert!(restock::report::missing_characters().unwrap().contains("U+8FDE"), "{missing}");
    } else {
        assert!(dress != trousers, "two names look alike: boxes");
    }
}

/// A chart with nothing to show is no file; the page says so instead, and so does the terminal.
#[test]
fn nothing_to_draw_is_no_file() {
    let dir = crate::cli::scratch("nothing-to-draw");
    let text = "name = \"deep\"\n[horizon]\nstart = 2026-07-01\ndays = 60\nwarmup-days = 60\n[[product]]\nsku = \"x\"\nprice = 60\nunit-cost = 14\n\
        [demand]\nunits-per-day = 2\n[[supply]]\nname = \"deep\"\npreset = \"direct\"\n[[supply.location]]\nname = \"Origin hub\"\n\
        policy = { base-stock = { level = 100_000 } }\n";
    std::fs::write(dir.join("s.toml"), text).unwrap();
    let run = crate::cli::restock_in(&dir, &["run", "s.toml", "-n", "5", "--own-policies-only", "--out", "output/s"]);
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.success(), "{said}");
    let lines: Vec<&str> = said.lines().filter(|l| l.starts_with("not drawn: ")).collect();
    assert!(
        lines.len() == 1 && lines[0].contains("waiting-orders (every order shipped from stock on its day)"),
        "{said}"
    );
    let charts = dir.join("output/s/charts");
    let page = std::fs::read_to_string(dir.join("output/s/report.html")).unwrap();
    for (name, there) in [("backorder-rate", true), ("waiting-orders", false), ("days-to-recover", false)] {
        for end in ["png", "svg", "csv"] {
            assert_eq!(charts.join(format!("{name}.{end}")).exists(), there, "{name}.{end}");
        }
        assert_eq!(page.contains(&format!("data-chart=\"{name}\"")), there, "{name}");
    }
    assert!(page.contains("Not drawn: "), "the page says what it leaves out");
}
