//! The commands, as a user meets them.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An empty folder for one test.
pub fn scratch(name: &str) -> PathBuf {
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

pub fn restock_in(dir: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_restock")).args(args).current_dir(dir).output().unwrap()
}

pub fn restock(args: &[&str]) -> Output {
    restock_in(Path::new(env!("CARGO_MANIFEST_DIR")), args)
}

/// Runs, without fail.
pub fn done(dir: &Path, args: &[&str]) -> Output {
    let done = restock_in(dir, args);
    assert!(done.status.success(), "{args:?}: {}", stderr(&done));
    done
}

pub fn stdout(o: &Output) -> String {
    String::from_utf8_lossy(&o.stdout).into_owned()
}

pub fn stderr(o: &Output) -> String {
    String::from_utf8_lossy(&o.stderr).into_owned()
}

#[test]
fn a_newcomer_initialises_checks_and_runs() {
    let dir = scratch("newcomer");
    let init = restock_in(&dir, &["init", "autumn"]);
    assert!(init.status.success(), "{}", stderr(&init));
    let again = restock_in(&dir, &["init", "autumn"]);
    assert_eq!(again.status.code(), Some(4));
    assert!(stderr(&again).contains("left alone"));
    let check = restock_in(&dir, &["check", "autumn.toml"]);
    assert!(stdout(&check).contains("autumn.toml: fine"), "{}", stderr(&check));
    let run = restock_in(&dir, &["run", "autumn.toml", "-n", "40"]);
    assert!(run.status.success(), "{}", stderr(&run));
    assert!(stdout(&run).contains("Backorder rate") && stdout(&run).contains("Direct from manufacturer"));
    for file in [
        "summary.json",
        "kpis.csv",
        "kpis.parquet",
        "replications.parquet",
        "daily.parquet",
        "manifest.json",
        "charts/backorder-rate.png",
    ] {
        assert!(dir.join("output/autumn@replications=40").join(file).exists(), "{file}");
    }
    let left: Vec<_> = std::fs::read_dir(dir.join("output")).unwrap().flatten().map(|e| e.file_name()).collect();
    assert_eq!(left, ["autumn@replications=40"], "nothing half-written stays");
}

#[test]
fn a_foreign_folder_is_left_alone() {
    let dir = scratch("foreign");
    std::fs::create_dir(dir.join("mine")).unwrap();
    std::fs::write(dir.join("mine/thesis.txt"), "years of work").unwrap();
    restock_in(&dir, &["init", "s"]);
    let run = restock_in(&dir, &["run", "s.toml", "-n", "5", "--out", "mine"]);
    assert_eq!(run.status.code(), Some(4));
    assert!(stderr(&run).contains("no earlier run"), "{}", stderr(&run));
    assert_eq!(std::fs::read_to_string(dir.join("mine/thesis.txt")).unwrap(), "years of work");
}

#[test]
fn an_invalid_scenario_writes_nothing_and_exits_with_3() {
    let dir = scratch("invalid-run");
    std::fs::write(dir.join("s.toml"), "name = \"x\"\n[demand]\nmean-per-dya = 4\n").unwrap();
    let run = restock_in(&dir, &["run", "s.toml"]);
    assert_eq!(run.status.code(), Some(3));
    assert!(stdout(&run).is_empty());
    let text = stderr(&run);
    assert!(
        text.contains("s.toml:3:1")
            && text.contains("did you mean `mean-per-day`?")
            && text.contains("nothing was run"),
        "{text}"
    );
    assert!(!dir.join("output").exists());
    let json = restock_in(&dir, &["check", "s.toml", "--json"]);
    let list: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert!(list.as_array().unwrap().iter().any(|d| d["code"] == "E0102" && d["place"]["line"] == 3), "{list}");
}

#[test]
fn a_scenario_that_is_not_there_is_named_with_a_suggestion() {
    let run = restock(&["run", "scenarios/spring-surg.toml"]);
    assert_eq!(run.status.code(), Some(3));
    assert!(stderr(&run).contains("did you mean `spring-surge.toml`?"), "{}", stderr(&run));
}

#[test]
fn overrides_seed_and_json() {
    let base = ["run", "scenarios/spring-surge.toml", "--dry-run", "--json", "-n", "30"];
    let value = |more: &[&str]| -> serde_json::Value {
        let all: Vec<&str> = base.iter().chain(more).copied().collect();
        let run = restock(&all);
        assert!(run.status.success(), "{}", stderr(&run));
        serde_json::from_str(&stdout(&run)).unwrap()
    };
    let plain = value(&[]);
    assert_eq!(plain["replications"], 30);
    assert_eq!(plain, value(&[]), "the same run twice");
    assert_ne!(plain["products"], value(&["--seed", "99"])["products"]);
    let small = value(&["--set", "demand.mean-per-day=5"]);
    let revenue =
        |v: &serde_json::Value| v["products"][0]["models"][0]["kpis"]["revenue"]["estimate"].as_f64().unwrap();
    assert!(revenue(&small) < 0.2 * revenue(&plain));
    let wrong = restock(&["run", "scenarios/spring-surge.toml", "--dry-run", "--set", "demand.mean-per-dya=5"]);
    assert_eq!(wrong.status.code(), Some(3));
    assert!(stderr(&wrong).contains("--set:1:8") && stderr(&wrong).contains("did you mean"), "{}", stderr(&wrong));
}

/// What a run is expected to need, and no more than a run of another size holds: of two products each replication is kept until
/// both are added up.
#[test]
fn a_run_too_large_for_memory_is_refused_with_the_figure() {
    let folder = tempfile::tempdir().unwrap();
    let two = folder.path().join("two.toml");
    let one = std::fs::read_to_string("scenarios/spring-surge.toml").unwrap();
    std::fs::write(&two, one + "\n[[product]]\nsku = \"SECOND\"\nprice = 60\nunit-cost = 18\n").unwrap();
    let needs = ["run", two.to_str().unwrap(), "--dry-run", "-n", "5000000"];
    let run =
        Command::new(env!("CARGO_BIN_EXE_restock")).args(needs).env("RESTOCK_MEMORY", "1000000000").output().unwrap();
    assert_eq!(run.status.code(), Some(3));
    assert!(stderr(&run).contains("E0402") && stderr(&run).contains("GiB"), "{}", stderr(&run));
}

#[test]
fn the_trace_is_a_csv_of_every_event() {
    let run = restock(&["run", "scenarios/bulky-steady.toml", "--trace", "3"]);
    assert!(run.status.success(), "{}", stderr(&run));
    let text = stdout(&run);
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("product,model,date,day,location,event,units,other_date,other_date_is,money"));
    for event in ["demand", "served-from-stock", "purchase-order-placed", "received", "paid-supplier", "end-of-day"] {
        assert!(text.contains(&format!(",{event},")), "{event}");
    }
    assert!(lines.all(|l| l.split(',').count() == 10));
}

#[test]
fn small_commands() {
    assert_eq!(stdout(&restock(&["defaults"])), restock::scenario::DEFAULTS);
    assert!(stdout(&restock(&["explain", "e0204"])).contains("contradict"));
    assert!(stdout(&restock(&["explain"])).lines().count() > 15);
    assert_eq!(restock(&["explain", "E9"]).status.code(), Some(2));
    assert!(stdout(&restock(&["completions", "bash"])).contains("_restock"));
    assert_eq!(restock(&["frobnicate"]).status.code(), Some(2));
    let help = stdout(&restock(&["--help"]));
    assert!(help.contains("Exit codes") && help.contains("verify"));
}
