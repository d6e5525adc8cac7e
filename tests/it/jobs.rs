//! A run cut into jobs, done anywhere and in any order, has the bits of one that was never cut.

use crate::support::{ocean_and_direct, try_load};
use restock::job::{Job, Part, Run};
use restock::report::{kpi_table, summary};
use restock::scenario::{Loaded, Loader};
use restock::study::{Options, Outcome, Study};
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

/// As a worker elsewhere does it: all that it has are bytes, and the data file.
fn done(job: &Job, folder: &Path) -> Part {
    let job: Job = postcard::from_bytes(&postcard::to_stdvec(job).unwrap()).unwrap();
    let part = job.run(folder, 1).unwrap();
    postcard::from_bytes(&postcard::to_stdvec(&part).unwrap()).unwrap()
}

#[test]
fn jobs_add_up_to_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sales(folder, 4);
    let loaded = load(folder, &[]);
    let runnable = &loaded.runnable;
    let whole = Study::new(&runnable.scenario, &runnable.experiment).options(OPTIONS).run().unwrap();
    let run = Run::of(&loaded, folder, OPTIONS).unwrap();
    for blocks in [1, 3, 100] {
        let jobs = run.jobs(blocks);
        // 500 replications are 8 blocks.
        assert_eq!(jobs.len(), 2 * 8_usize.div_ceil(blocks as usize));
        let parts: Vec<Part> = jobs.iter().rev().map(|job| done(job, folder)).collect();
        assert!(told(&loaded, &run.gather(parts).unwrap()) == told(&loaded, &whole), "jobs of {blocks} blocks");
    }
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sales(folder, 4);
    let loaded = load(folder, &[]);
    let run = Run::of(&loaded, folder, OPTIONS).unwrap();
    let jobs = run.jobs(4);
    let parts: Vec<Part> = jobs.iter().map(|job| done(job, folder)).collect();
    let refused = |parts: Vec<Part>| run.gather(parts).unwrap_err().to_string();
    assert!(refused(parts[..3].to_vec()).contains("the replications from 256 on are in none"));
    let twice: Vec<Part> = parts.iter().chain(&parts[1..2]).cloned().collect();
    assert!(refused(twice).contains("the replications from 256 on are in both"));
    // One part of the same run with another seed, and one of other sales.
    let other = load(folder, &["monte-carlo.seed=9"]);
    let of_other = done(&Run::of(&other, folder, OPTIONS).unwrap().jobs(4)[0], folder);
    let mixed = |part: Part| std::iter::once(part).chain(parts[1..].iter().cloned()).collect::<Vec<_>>();
    assert!(refused(mixed(of_other)).contains("of another run"));
    sales(folder, 5);
    assert!(jobs[0].run(folder, 1).unwrap_err().to_string().contains("not the one that the run was made of"));
    let of_other = done(&Run::of(&loaded, folder, OPTIONS).unwrap().jobs(4)[0], folder);
    assert!(refused(mixed(of_other)).contains("of another run"));
    std::fs::remove_file(folder.join("lamp.csv")).unwrap();
    let gone = jobs[0].run(folder, 1).unwrap_err();
    assert!(gone.to_string().contains("lamp.csv"), "{gone}");
    let precise = load_precise();
    let open = Run::of(&precise, folder, OPTIONS).err().unwrap().to_string();
    assert!(open.contains("cannot be cut into jobs"), "{open}");
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
