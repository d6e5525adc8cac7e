//! A run cut into shards that processes elsewhere run from bytes has the bits of one that was never cut.

use crate::support::{ocean_and_direct, try_load};
use restock::report::manifest::Recipe;
use restock::report::part::{Part, read_part};
use restock::report::{kpi_table, summary};
use restock::scenario::{Loaded, Loader};
use restock::study::{Cancel, Options, Outcome, Saved, Shard, Study};
use restock::task::{Sent, can_be_cut, recipe};
use std::path::Path;

const OPTIONS: Options = Options { daily: true, rows: false, equal_terms: false, threads: 2 };

/// Two products, of which one is driven by a file of sales.
const TEXT: &str = r#"
name = "jobs"
[horizon]
start = 2026-01-05
days = 60
warmup-days = 40
[monte-carlo]
replications = 500
[[product]]
sku = "mug"
price = 20
unit-cost = 4
[product.demand]
mean-per-day = 8
dispersion = 2
[[product]]
sku = "lamp"
price = 60
unit-cost = 20
[product.demand.history]
file = "lamp.csv"
"#;

fn load(folder: &Path, more: &[&str]) -> Loaded {
    let loader = Loader { overrides: more.iter().map(|o| (*o).to_owned()).collect(), ..Loader::default() };
    loader.load_str("s.toml", &ocean_and_direct(TEXT), folder).unwrap_or_else(|d| panic!("{}", d.render(false))).value
}

fn sales(folder: &Path, last: u32) {
    let rows: String = (0..200)
        .map(|k| {
            format!(
                "{},{}\n",
                restock::calendar::Day(20_000).plus(k),
                if k == 199 { last } else { 3 + k as u32 * 7 % 5 }
            )
        })
        .collect();
    std::fs::write(folder.join("lamp.csv"), format!("date,units\n{rows}")).unwrap();
}

fn told(loaded: &Loaded, outcome: &Outcome) -> String {
    let bands: String = outcome.products.iter().flat_map(|p| &p.models).map(|m| format!("{:?}", m.bands)).collect();
    let scenario = &loaded.runnable.scenario;
    kpi_table(scenario, outcome).to_text() + &summary(scenario, outcome).to_string() + &bands
}

/// What is sent of a run.
fn sent(loaded: &Loaded, folder: &Path) -> Vec<u8> {
    let recipe: Recipe = recipe((loaded, "s.toml", &folder.join("s.toml")), true).unwrap();
    Sent::of(&Recipe { files: vec![text_of(loaded)], ..recipe }).unwrap().to_bytes().unwrap()
}

/// The scenario's text, which was read from no file.
fn text_of(loaded: &Loaded) -> restock::report::manifest::ScenarioFile {
    let text = loaded.sources.iter().find(|s| s.name == "s.toml").unwrap().text.clone();
    restock::report::manifest::ScenarioFile { name: "s.toml".into(), path: "s.toml".into(), text }
}

/// As a worker elsewhere does it: all that it has are bytes, and the data files in a folder of its own.
fn done(sent: &[u8], folder: &Path, index: u32, of: u32) -> Result<Part, restock::Error> {
    let sent = Sent::from_bytes(sent)?;
    let part = sent.run(&sent.load(folder)?, Shard { index, of }, 1, &Cancel::default())?;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), part).unwrap();
    read_part(file.path())
}

#[test]
fn shards_run_elsewhere_add_up_to_the_run() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    sales(here.path(), 4);
    let loaded = load(here.path(), &["monte-carlo.seed=5"]);
    let sent = sent(&loaded, here.path());
    std::fs::rename(here.path().join("lamp.csv"), there.path().join("lamp.csv")).unwrap();
    let runnable = &loaded.runnable;
    let study = || Study::new(&runnable.scenario, &runnable.experiment).options(OPTIONS);
    let whole = study().run().unwrap();
    for of in [1, 3, 16, 20] {
        // In no order.
        let saved: Vec<Saved> =
            (0..of).rev().flat_map(|index| done(&sent, there.path(), index, of).unwrap().saved).collect();
        assert!(told(&loaded, &study().gather(saved).unwrap()) == told(&loaded, &whole), "{of} shards");
    }
}

#[test]
fn what_a_worker_cannot_run_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sales(folder, 4);
    let loaded = load(folder, &[]);
    let sent = sent(&loaded, folder);
    sales(folder, 5);
    let other = done(&sent, folder, 0, 2).unwrap_err();
    assert!(other.code == "changed" && other.to_string().contains("was changed since the run"), "{other}");
    std::fs::remove_file(folder.join("lamp.csv")).unwrap();
    let gone = done(&sent, folder, 0, 2).unwrap_err();
    assert!(gone.to_string().contains("lamp.csv"), "{gone}");
    assert_eq!(Sent::from_bytes(b"{}").unwrap_err().code, "unmerged");
    let open = can_be_cut(&load_precise().runnable.experiment).unwrap_err();
    assert!(open.to_string().contains("cannot be cut into shards"), "{open}");
    let mut outside = recipe((&load_precise(), "s.toml", Path::new("s.toml")), true).unwrap();
    outside.inputs.push(restock::report::manifest::Input { path: "../x.csv".into(), bytes: 0, sha256: String::new() });
    let outside = Sent::of(&outside).unwrap_err();
    assert!(outside.code == "usage" && outside.to_string().contains("lies outside"), "{outside}");
}

fn load_precise() -> Loaded {
    let precision = "monte-carlo.precision={ kpi = \"fill_rate\", half-width = 0.003 }".to_owned();
    try_load(
        &ocean_and_direct(TEXT)
            .replace("[product.demand.history]\nfile = \"lamp.csv\"", "[product.demand]\nmean-per-day = 3"),
        &[precision],
    )
    .unwrap()
    .value
}
