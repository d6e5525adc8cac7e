//! Broken scenarios: each file of `tests/invalid/` says in its first lines which diagnostics it must give.

use proptest::prelude::*;
use restock::diag::Severity;
use restock::scenario::Loader;
use std::path::Path;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/invalid")
}

#[test]
fn each_broken_scenario_is_refused_as_it_says() {
    let mut files: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .flatten()
        .map(|e| e.path())
        .filter(|p| p.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    assert!(files.len() >= 40, "{} files", files.len());
    let mut wrong = Vec::new();
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        let expected: Vec<(String, String)> = text
            .lines()
            .filter_map(|l| l.strip_prefix("# expect: "))
            .map(|l| l.split_once(' ').map_or((l.to_owned(), String::new()), |(c, m)| (c.to_owned(), m.to_owned())))
            .collect();
        assert!(!expected.is_empty(), "{name} expects nothing");
        let problems = match Loader::default().load(&path) {
            Ok(_) => {
                wrong.push(format!("{name} was accepted"));
                continue;
            }
            Err(problems) => problems,
        };
        let errors: Vec<_> = problems.list.iter().filter(|d| d.severity == Severity::Error).collect();
        for (code, message) in &expected {
            let whole = |d: &&&restock::diag::Diagnostic| {
                d.code.name() == code
                    && (d.message.contains(message)
                        || d.label.as_ref().is_some_and(|l| l.contains(message))
                        || d.hint.as_ref().is_some_and(|h| h.contains(message)))
            };
            if !errors.iter().any(|d| whole(&d)) {
                wrong.push(format!("{name}: no {code} `{message}` in\n{}", problems.render(false)));
            }
        }
        for d in &errors {
            // Every error names a place in a file and a remedy.
            if d.place.is_none() || d.hint.is_none() && !d.message.contains("more such rows") {
                wrong.push(format!("{name}: no place or no hint: {d:?}"));
            }
            let unexpected = !expected.iter().any(|(code, _)| d.code.name() == code);
            if unexpected {
                wrong.push(format!("{name}: did not expect {}: {}", d.code.name(), d.message));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn all_problems_of_a_file_are_reported_at_once() {
    let problems = Loader::default().load(&folder().join("several-at-once.toml")).unwrap_err();
    assert!(problems.errors() >= 3, "{}", problems.render(false));
    let text = problems.render(false);
    assert!(text.contains("several-at-once.toml:12:9") || text.contains("several-at-once.toml:13:9"), "{text}");
    assert!(text.contains("did you mean `mean-per-day`?"), "{text}");
}

#[test]
fn stated_repairs_are_warnings() {
    let dir = crate::cli::scratch("repairs");
    std::fs::write(dir.join("sales.csv"), "date,units\n2026-01-01,3\n2026-01-01,2\n2026-01-05,4\n").unwrap();
    let text = "\
         name = \"r\"\n\
         [[product]]\n\
         sku = \"x\"\n\
         price = 2\n\
         unit-cost = 1\n\
         [demand]\n\
         history = { file = \"sales.csv\", drives = \"replay\" }\n";
    let loaded = Loader::default().load_str("r.toml", text, &dir).unwrap();
    let messages: String = loaded.warnings.list.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("; ");
    assert!(messages.contains("3 of 5 days have no row") && messages.contains("1 rows repeat a day"), "{messages}");
    let restock::model::Baseline::History(h) = &loaded.value.runnable.scenario.products[0].demand.baseline else {
        panic!()
    };
    assert_eq!(h.units, [5, 0, 0, 0, 4]);
}

/// The same sales as CSV text and as typed Parquet columns are the same history.
#[test]
fn parquet_and_csv_histories_agree() {
    use polars::prelude::{DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series};
    let dir = crate::cli::scratch("parquet-history");
    let (days, units) = (vec![20_454i32, 20_455, 20_457], vec![4i32, 0, 7]);
    let csv: String = days.iter().zip(&units).map(|(d, u)| format!("{},{u}\n", restock::calendar::Day(*d))).collect();
    std::fs::write(dir.join("s.csv"), format!("date,units\n{csv}")).unwrap();
    let dates = Series::new("date".into(), days).cast(&DataType::Date).unwrap().into_column();
    let mut frame = DataFrame::new(3, vec![dates, Series::new("units".into(), units).into_column()]).unwrap();
    ParquetWriter::new(std::fs::File::create(dir.join("s.parquet")).unwrap()).finish(&mut frame).unwrap();
    let read = |file: &str| {
        let text = format!(
            "\
                 name = \"p\"\n\
                 [[product]]\n\
                 sku = \"x\"\n\
                 price = 2\n\
                 unit-cost = 1\n\
                 [demand]\n\
                 history = {{ file = \"{file}\", drives = \"replay\" }}\n"
        );
        let loaded =
            Loader::default().load_str("p.toml", &text, &dir).unwrap_or_else(|d| panic!("{}", d.render(false)));
        let restock::model::Baseline::History(h) = &loaded.value.runnable.scenario.products[0].demand.baseline else {
            panic!()
        };
        (h.first, h.units.clone())
    };
    assert_eq!(read("s.csv"), read("s.parquet"));
    assert_eq!(read("s.csv").1, [4, 0, 0, 7]);
}

const VALID: &str = include_str!("../../scenarios/freight-shock.toml");

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    /// Arbitrary text never panics the loader.
    #[test]
    fn arbitrary_text_is_never_a_panic(text in ".{0,400}") {
        let _ = Loader::default().load_str("x.toml", &text, Path::new("."));
    }

    /// Nor do arbitrary bytes in a file.
    #[test]
    fn arbitrary_bytes_are_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let dir = std::env::temp_dir().join(format!("restock-bytes-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let path = dir.join("x.toml");
        std::fs::write(&path, &bytes).unwrap();
        let _ = Loader::default().load(&path);
    }

    /// Nor does a valid scenario with a piece cut out, doubled, or replaced by something of another type; what is
    /// reported can be rendered.
    #[test]
    fn damaged_scenarios_are_never_a_panic(at in 0..VALID.len(), length in 0usize..60, with in prop_oneof![
        Just(""), Just("-1"), Just("nan"), Just("\"x\""), Just("[]"), Just("{}"), Just("1e308"), Just("2026-13-01"), Just("\n[["), Just("="), Just("0"), Just("ä")
    ]) {
        let floor = |mut i: usize| { while !VALID.is_char_boundary(i) { i -= 1 } i };
        let (from, to) = (floor(at), floor((at + length).min(VALID.len())));
        let text = format!("{}{with}{}", &VALID[..from], &VALID[to..]);
        if let Err(problems) = Loader::default().load_str("x.toml", &text, Path::new(".")) {
            prop_assert!(problems.has_errors());
            prop_assert!(!problems.render(false).is_empty() && !problems.to_json().to_string().is_empty());
        }
    }
}
