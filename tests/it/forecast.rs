//! Forecasts: reading panels, the backtest, and what it says on real sales.

use crate::cli::{restock, scratch};
use restock::forecast::backtest::{Spec, backtest};
use restock::forecast::{Fan, Intermittent, exponential_smoothing, methods, stream};
use restock::scenario::{PanelColumns, panel};
use std::path::Path;

const NAMES: PanelColumns<'static> = PanelColumns { item: "sku", date: "date", units: "units" };

fn file(name: &str, text: &str) -> std::path::PathBuf {
    let path = scratch(name).join("sales.csv");
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_panel_is_what_the_rows_say() {
    let text = "sku,date,units\nb,2026-03-02,4\na,2026-03-01,1\na,2026-03-04,2\na,2026-03-04,5\nb,2026-03-03,\n";
    let read = panel(&file("panel", text), NAMES).unwrap();
    let p = &read.value;
    assert_eq!((p.first.to_string().as_str(), p.days), ("2026-03-01", 4));
    let of = |i: usize| (p.items[i].name.as_str(), p.items[i].start, p.items[i].units.as_slice());
    assert_eq!(of(0), ("a", 0, [1.0, 0.0, 0.0, 7.0].as_slice()), "gaps are days without sales, repeats are added");
    assert_eq!(of(1), ("b", 1, [4.0, 0.0, 0.0].as_slice()), "an item begins with its first row");
    let warnings = read.warnings.render(false);
    assert!(warnings.contains("1 rows repeat") && warnings.contains("1 rows have no number"), "{warnings}");
}

#[test]
fn a_messy_file_is_refused_with_its_rows() {
    let many: String = (0..9).map(|i| format!("a,2026-13-0{i},1\n")).collect();
    for (name, text, expected) in [
        ("word", "sku,date,units\na,2026-01-01,x\n".to_owned(), "row 2: `x` is no number"),
        ("minus", "sku,date,units\na,2026-01-01,-3\n".into(), "take returns out of the sales"),
        ("header", "sku,date,units\n".into(), "has no sales"),
        ("empty", String::new(), "the file is empty"),
        ("column", "article,date,units\na,2026-01-01,1\n".into(), "no column `sku`"),
        ("many", format!("sku,date,units\n{many}"), "has 4 more such rows"),
        ("span", "sku,date,units\na,0026-01-01,1\na,2026-01-01,1\n".into(), "one of the two dates is wrong"),
        ("short", "sku,date,units\na,2026-01-01,1\na,2026-01-02,1\n".into(), "a shorter `--horizon`"),
    ] {
        let run = restock(&["backtest", file(&format!("messy-{name}"), &text).to_str().unwrap()]);
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(3), "{name}: {said}");
        assert!(said.contains(expected), "{name}: {said}");
        assert!(run.stdout.is_empty(), "{name}");
    }
}

#[test]
fn the_same_scores_at_any_number_of_threads() {
    let read = panel(Path::new("scenarios/history/online-retail-85123A.csv"), NAMES).unwrap();
    let at = |jobs: usize| {
        let spec = Spec { horizon: 28, origins: 3, paths: 80, seed: 4, jobs };
        backtest(&read.value, &methods(), spec, &|_, _| {})
    };
    assert_eq!(at(1), at(3));
}

/// Path `k` is the same however many are drawn: supply models that ask for it see one future.
#[test]
fn a_path_is_a_function_of_its_number() {
    let read = panel(Path::new("scenarios/history/online-retail-85123A.csv"), NAMES).unwrap();
    for method in methods() {
        let fitted = method.fit(&read.value);
        let draw = |k: u32| {
            let mut path = [0.0; 30];
            fitted.simulate(0, stream(1, "85123A"), k, &mut path);
            path
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8), "{}", method.name());
        let fan = Fan::draw(fitted.as_ref(), 0, stream(1, "85123A"), 50, 30);
        assert!((0..30).all(|h| fan.quantile(h, 0.1) <= fan.quantile(h, 0.9)));
    }
}

/// On the M5 extract beside the repository, where it is there: the count model's scaled pinball loss is at least 3 % below
/// that of drawing whole recent weeks, with its interval, and totals over 28 days are covered by their 97.5 % quantile
/// 94 to 98.5 % of the time.
#[test]
fn the_count_model_earns_its_place_on_real_sales() {
    let path = Path::new("../shared/data/m5_subset1000_long.parquet");
    if !path.exists() {
        println!("skipped: {} is not on this machine", path.display());
        return;
    }
    let read = panel(path, PanelColumns { item: "id", ..NAMES }).unwrap();
    let spec = Spec { horizon: 28, origins: 3, paths: 300, seed: 1, jobs: 0 };
    let scores = backtest(&read.value, &methods(), spec, &|_, _| {});
    let of = |name: &str| scores.iter().find(|s| s.method == name).unwrap();
    let (weeks, counts) = (of("recent weeks"), of("count model"));
    assert!(counts.rows.len() > 2_900);
    let change = counts.change_against(weeks, false);
    assert!(change.high < -0.03, "{change:?}");
    assert!((0.94..0.985).contains(&counts.coverage(2)), "{}", counts.coverage(2));
}

/// With the same fixed weights the rates are statsforecast's, to a millionth.
#[test]
fn fixed_weights_give_the_golden_rates() {
    let golden: serde_json::Value = serde_json::from_str(include_str!("../golden/forecast.json")).unwrap();
    let mut seen = 0;
    for case in golden["cases"].as_array().unwrap() {
        let units: Vec<f64> = case["units"].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect();
        for (name, expected) in case["forecasts"].as_object().unwrap() {
            let found = match name.as_str() {
                "ses 0.1" => exponential_smoothing(&units, 0.1).unwrap(),
                "ses 0.4" => exponential_smoothing(&units, 0.4).unwrap(),
                "croston" => Intermittent::Croston { alpha: 0.1 }.rate(&units),
                "sba" => Intermittent::SyntetosBoylan { alpha: 0.1 }.rate(&units),
                "tsb 0.1 0.2" => Intermittent::TeunterSyntetosBabai { size: 0.1, chance: 0.2 }.rate(&units),
                "tsb 0.3 0.05" => Intermittent::TeunterSyntetosBabai { size: 0.3, chance: 0.05 }.rate(&units),
                other => panic!("{other}"),
            };
            let expected = expected.as_f64().unwrap();
            assert!(
                (found - expected).abs() <= 1e-6 * expected.abs().max(1.0),
                "{name} of {}: {found}, {expected}",
                case["name"]
            );
            seen += 1;
        }
    }
    assert_eq!(seen, 42);
}

#[test]
fn every_score_can_be_had() {
    let out = scratch("scores").join("scores.csv");
    let run = restock(&[
        "backtest",
        "scenarios/history/online-retail-85123A.csv",
        "--origins",
        "2",
        "--paths",
        "20",
        "--scores",
        out.to_str().unwrap(),
    ]);
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = std::fs::read_to_string(&out).unwrap();
    assert_eq!(text.lines().count(), 1 + methods().len() * 2, "a row a method and origin");
    assert!(text.lines().nth(1).unwrap().starts_with("seasonal naive,85123A,2011-10-15,"), "{text}");
}
