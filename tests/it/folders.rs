//! Run folders: nothing of the reader's is lost, no two runs are mixed, every run can be made again.

use crate::cli::{done, restock_in, scratch, stderr as err};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const SCENARIO: &str = r#"name = "Autumn"
[horizon]
days = 60
warmup-days = 60
[monte-carlo]
replications = 12
seed = 3
[[product]]
sku = "tee"
price = 60
unit-cost = 14
[demand]
mean-per-day = 20
"#;

/// A sales file of one item.
fn sales(days: i32, units: i32) -> String {
    let rows: String =
        (0..days).map(|d| format!("{},{}\n", restock::calendar::Day(20_000 + d), units + d % 5)).collect();
    format!("date,units\n{rows}")
}

/// A folder with `autumn.toml` in it.
fn home(name: &str) -> PathBuf {
    let dir = scratch(&format!("folders-{name}"));
    fs::write(dir.join("autumn.toml"), SCENARIO).unwrap();
    dir
}

/// Without equal terms, into `output/autumn` or where `more` says.
fn full(dir: &Path, more: &[&str]) -> String {
    let base = ["run", "autumn.toml", "--quiet", "--own-policies-only"];
    let usual: &[&str] = if more.contains(&"--out") { &[] } else { &["--out", "output/autumn"] };
    err(&done(dir, &[&base, usual, more].concat()))
}

/// The same without charts.
fn quick(dir: &Path, more: &[&str]) -> String {
    full(dir, &[&["--no-charts"], more].concat())
}

fn refused(dir: &Path, args: &[&str], code: i32) -> String {
    let out = restock_in(dir, args);
    assert_eq!(out.status.code(), Some(code), "{args:?}: {}", err(&out));
    err(&out)
}

/// All files below, by path, with their bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(top: &Path, folder: &Path, out: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                walk(top, &path, out);
            } else {
                let name = path.strip_prefix(top).unwrap().to_string_lossy().replace('\\', "/");
                out.insert(name, fs::read(path).unwrap());
            }
        }
    }
    let mut out = BTreeMap::new();
    walk(folder, folder, &mut out);
    out
}

fn names(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> =
        fs::read_dir(folder).unwrap().flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    all.sort();
    all
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

fn listed(folder: &Path) -> Vec<String> {
    let m = manifest(folder);
    m["outputs"].as_array().unwrap().iter().map(|o| o["path"].as_str().unwrap().to_owned()).collect()
}

/// The manifest lists what is there, with its hash, and everything but the reader's.
fn assert_true(folder: &Path, readers: &[&str]) {
    use sha2::{Digest, Sha256};
    let m = manifest(folder);
    let all = files(folder);
    for o in m["outputs"].as_array().unwrap() {
        let (path, sha256) = (o["path"].as_str().unwrap(), o["sha256"].as_str().unwrap());
        let bytes = all.get(path).unwrap_or_else(|| panic!("{path} is listed and not there"));
        let hash: String = Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!((hash.as_str(), o["bytes"].as_u64()), (sha256, Some(bytes.len() as u64)), "{path}");
    }
    let listed = listed(folder);
    for name in all.keys().filter(|n| *n != "manifest.json" && !readers.contains(&n.as_str())) {
        assert!(listed.contains(name), "{name} is there and not listed");
    }
}

#[test]
fn a_rerun_keeps_the_readers_files_and_drops_no_chart() {
    let dir = home("rerun");
    let run = dir.join("output/autumn");
    full(&dir, &[]);
    assert_true(&run, &[]);
    let whole = files(&run);
    fs::write(run.join("notes.txt"), "my notes").unwrap();
    fs::create_dir_all(run.join("charts/mine")).unwrap();
    fs::write(run.join("charts/mine/board.key"), "slides").unwrap();
    fs::create_dir(run.join("empty")).unwrap();
    fs::write(run.join("charts/landed-cost.svg"), "edited by hand").unwrap();
    fs::remove_file(run.join("charts/stock.svg")).unwrap();
    // The same run with fewer outputs: nothing goes, and what is the reader's is named.
    let said = quick(&dir, &[]);
    assert!(said.contains("kept what is not of this run") && said.contains("`notes.txt`"), "{said}");
    assert!(said.contains("landed-cost.svg") && said.contains("board.key"), "{said}");
    let now = files(&run);
    assert_eq!(now["charts/landed-cost.svg"], b"edited by hand");
    assert_eq!((&now["notes.txt"][..], &now["charts/mine/board.key"][..]), (&b"my notes"[..], &b"slides"[..]));
    assert!(run.join("empty").is_dir());
    assert_eq!(now["report.html"], whole["report.html"]);
    let readers = ["notes.txt", "charts/mine/board.key", "charts/landed-cost.svg"];
    assert_true(&run, &readers);
    // With all outputs: what was removed comes back, what was edited stays and is named with the remedy.
    let said = full(&dir, &[]);
    assert!(said.contains("not written") && said.contains("landed-cost.svg") && said.contains("--force"), "{said}");
    let now = files(&run);
    assert_eq!(now["charts/stock.svg"], whole["charts/stock.svg"]);
    assert_eq!(now["charts/landed-cost.svg"], b"edited by hand");
    assert!(!listed(&run).contains(&"charts/landed-cost.svg".to_owned()));
    assert_true(&run, &readers);
    // Asked to overwrite, it does, says so, and touches nothing else.
    let said = full(&dir, &["--force"]);
    assert!(said.contains("overwritten") && said.contains("landed-cost.svg"), "{said}");
    let mut now = files(&run);
    assert_eq!(now.remove("notes.txt").unwrap(), b"my notes");
    assert_eq!(now.remove("charts/mine/board.key").unwrap(), b"slides");
    now.remove("manifest.json");
    let mut whole = whole;
    whole.remove("manifest.json");
    assert_eq!(now.keys().collect::<Vec<_>>(), whole.keys().collect::<Vec<_>>());
    assert!(now == whole);
    assert_eq!(names(&dir.join("output")), ["autumn"], "nothing is left beside the folder");
}

#[test]
fn a_changed_scenario_goes_to_a_folder_of_its_own() {
    let dir = home("own-folder");
    let of = |more: &[&str]| -> String {
        let before = if dir.join("output").exists() { names(&dir.join("output")) } else { Vec::new() };
        done(&dir, &[&["run", "autumn.toml", "--no-charts", "--quiet"], more].concat());
        let new: Vec<String> = names(&dir.join("output")).into_iter().filter(|n| !before.contains(n)).collect();
        assert!(new.len() <= 1, "{new:?}");
        new.into_iter().next().unwrap_or_default()
    };
    assert_eq!(of(&[]), "autumn");
    let first = files(&dir.join("output/autumn"));
    assert_eq!(of(&["--set", "demand.mean-per-day=80"]), "autumn@mean-per-day=80");
    assert_eq!(of(&["-n", "6"]), "autumn@replications=6");
    assert_eq!(of(&["--seed", "9", "-n", "6"]), "autumn@seed=9,replications=6");
    assert_eq!(of(&["--own-policies-only"]), "autumn@own-policies-only");
    assert_eq!(of(&["--set", "customers.communication=silent"]), "autumn@customers.communication=silent");
    // What the file says anyway is no change.
    assert_eq!(of(&["-n", "12", "--seed", "3", "--set", "demand.mean-per-day=20"]), "");
    // Names that a file system would refuse or confuse are shortened, and still differ.
    let (upper, lower) = (of(&["--set", "name=A: b/c?"]), of(&["--set", "name=a: b/c?"]));
    assert!(upper.starts_with("autumn@name=") && upper.contains('~') && upper.to_lowercase() != lower.to_lowercase());
    for name in [&upper, &lower] {
        assert!(!name.contains(['/', '\\', ':', '?', ' ']) && name.len() < 90, "{name}");
    }
    let mut again = files(&dir.join("output/autumn"));
    assert!(again.remove("manifest.json").is_some());
    assert!(again.iter().all(|(name, bytes)| first[name] == *bytes), "the first run is as it was");
    let ids: Vec<String> =
        names(&dir.join("output")).iter().map(|n| manifest(&dir.join("output").join(n))["run"].to_string()).collect();
    let mut unique = ids.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), ids.len(), "every folder holds another run");
}

#[test]
fn another_run_in_the_same_folder_replaces_what_is_ours_and_says_so() {
    let dir = home("other-run");
    let run = dir.join("mine");
    full(&dir, &["--out", "mine"]);
    fs::write(run.join("notes.txt"), "my notes").unwrap();
    fs::write(run.join("charts/backlog.csv"), "edited").unwrap();
    let said = quick(&dir, &["--set", "demand.mean-per-day=25", "--out", "mine"]);
    let lines: Vec<&str> = said.lines().filter(|l| l.contains("held the run")).collect();
    assert!(matches!(lines[..], [line] if line.contains("`mine`") && line.contains("files went")), "{said}");
    assert!(said.contains("`notes.txt`") && said.contains("backlog.csv"), "{said}");
    let now = files(&run);
    assert_eq!((&now["notes.txt"][..], &now["charts/backlog.csv"][..]), (&b"my notes"[..], &b"edited"[..]));
    assert!(!now.contains_key("report.html") && !now.contains_key("charts/stock.png"), "no chart of the earlier run");
    assert_true(&run, &["notes.txt", "charts/backlog.csv"]);
    assert_eq!(manifest(&run)["overrides"][0], "demand.mean-per-day=25");
}

#[test]
fn folders_that_are_not_ours_are_left_alone() {
    let dir = home("foreign");
    let web = dir.join("web");
    for (name, text) in [("manifest.json", "{ \"name\": \"app\", \"start_url\": \"/\" }"), ("src/app.js", "let x = 1;")]
    {
        fs::create_dir_all(web.join(name).parent().unwrap()).unwrap();
        fs::write(web.join(name), text).unwrap();
    }
    let before = files(&web);
    let said = refused(&dir, &["run", "autumn.toml", "--out", "web"], 4);
    assert!(said.contains("not written by Restock") && said.contains("--force"), "{said}");
    assert!(files(&web) == before && names(&dir).len() == 2, "{:?}", names(&dir));
    // By an earlier version, which listed no files.
    fs::write(web.join("manifest.json"), "{ \"tool\": \"restock\", \"version\": \"0.1.0\" }").unwrap();
    let said = refused(&dir, &["run", "autumn.toml", "--out", "web"], 4);
    assert!(said.contains("another version"), "{said}");
    // A list that names files of others, or points outside, deletes nothing.
    quick(&dir, &["--out", "ours"]);
    let mut m = manifest(&dir.join("ours"));
    fs::write(dir.join("precious.txt"), "precious").unwrap();
    fs::write(dir.join("ours/thesis.txt"), "thesis").unwrap();
    for path in ["../precious.txt", "thesis.txt", "/etc/hostname"] {
        let entry = serde_json::json!({ "path": path, "bytes": 8, "sha256": "0".repeat(64) });
        m["outputs"].as_array_mut().unwrap().push(entry);
    }
    fs::write(dir.join("ours/manifest.json"), m.to_string()).unwrap();
    quick(&dir, &["--seed", "8", "--out", "ours"]);
    assert_eq!(fs::read_to_string(dir.join("precious.txt")).unwrap(), "precious");
    assert_eq!(fs::read_to_string(dir.join("ours/thesis.txt")).unwrap(), "thesis");
    assert_true(&dir.join("ours"), &["thesis.txt"]);
    // Forced: files of the same names are overwritten, all others stay.
    let said = quick(&dir, &["--out", "web", "--force"]);
    assert!(said.contains("overwritten") && said.contains("`manifest.json`") && said.contains("app.js"), "{said}");
    assert_eq!(fs::read_to_string(web.join("src/app.js")).unwrap(), "let x = 1;");
    assert_true(&web, &["src/app.js"]);
}

#[cfg(unix)]
#[test]
fn a_linked_folder_is_written_through() {
    let dir = home("link");
    fs::create_dir_all(dir.join("disk/real")).unwrap();
    std::os::unix::fs::symlink("disk/real", dir.join("link")).unwrap();
    quick(&dir, &["--out", "link"]);
    quick(&dir, &["--out", "link"]);
    assert!(dir.join("link").is_symlink());
    assert_true(&dir.join("disk/real"), &[]);
    // A link inside is the reader's, and so is what it leads to.
    fs::write(dir.join("far.txt"), "far").unwrap();
    std::os::unix::fs::symlink("../../far.txt", dir.join("disk/real/near.txt")).unwrap();
    quick(&dir, &["--out", "link", "--seed", "4"]);
    assert_eq!(fs::read_to_string(dir.join("link/near.txt")).unwrap(), "far");
    assert!(dir.join("disk/real/near.txt").is_symlink());
    std::os::unix::fs::symlink("nowhere", dir.join("dangling")).unwrap();
    assert!(refused(&dir, &["run", "autumn.toml", "--out", "dangling"], 4).contains("leads nowhere"));
}

#[test]
fn two_forecasts_make_two_runs() {
    let dir = scratch("folders-forecasts");
    for (name, units) in [("tee", 5), ("mug", 9)] {
        fs::write(dir.join(format!("{name}.csv")), sales(120, units)).unwrap();
        done(&dir, &["forecast", &format!("{name}.csv"), "--paths", "20", "--show", "1"]);
    }
    assert_eq!(names(&dir.join("output")), ["mug-forecast@paths=20", "tee-forecast@paths=20"]);
    for name in ["tee", "mug"] {
        assert_true(&dir.join(format!("output/{name}-forecast@paths=20")), &[]);
        let scenario = format!("output/{name}-forecast@paths=20/{name}.toml");
        done(&dir, &["run", &scenario, "-q", "--no-charts", "--own-policies-only", "-n", "4"]);
    }
    let word = "@replications=4,own-policies-only";
    let expected =
        [format!("mug{word}"), "mug-forecast@paths=20".into(), format!("tee{word}"), "tee-forecast@paths=20".into()];
    let mut expected = expected.to_vec();
    expected.sort();
    assert_eq!(names(&dir.join("output")), expected);
    // Other options: another folder.
    done(&dir, &["forecast", "tee.csv", "--paths", "20", "--show", "1", "--horizon", "7"]);
    assert!(
        names(&dir.join("output")).contains(&"tee-forecast@horizon=7,paths=20".to_owned()),
        "{:?}",
        names(&dir.join("output"))
    );
}

/// But for time and threads.
fn timeless(mut m: Value) -> Value {
    let object = m.as_object_mut().unwrap();
    for key in ["started", "simulated_seconds", "threads"] {
        assert!(object.remove(key).is_some(), "{key}");
    }
    m
}

#[test]
fn a_manifest_repeats_its_run_to_the_byte() {
    let dir = scratch("folders-repeat");
    let work = dir.join("work");
    fs::create_dir_all(work.join("plans/data")).unwrap();
    fs::write(work.join("plans/data/tee.csv"), sales(200, 9)).unwrap();
    let base = SCENARIO.replace(
        "mean-per-day = 20",
        "history = { file = \"data/tee.csv\", date = \"date\", units = \"units\", drives = { bootstrap = { block-days = 14, window-days = 60 } } }",
    );
    fs::write(work.join("plans/base.toml"), base).unwrap();
    fs::write(work.join("plans/autumn.toml"), "extends = \"base.toml\"\nname = \"Autumn, again\"\n").unwrap();
    let overrides = ["--set", "customers.communication=silent", "--seed", "11", "-n", "9"];
    let args: Vec<&str> = ["run", "plans/autumn.toml", "-q", "--threads", "1"].into_iter().chain(overrides).collect();
    done(&work, &args);
    let name = "autumn@customers.communication=silent,seed=11,replications=9";
    let first = work.join("output").join(name);
    assert_eq!(names(&work.join("output")), [name]);
    let m = manifest(&first);
    assert_eq!(m["inputs"][0]["path"], "data/tee.csv");
    let same = |other: &Path| {
        let (mut a, mut b) = (files(&first), files(other));
        a.remove("manifest.json");
        b.remove("manifest.json");
        assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
        for (name, bytes) in &a {
            assert!(b[name] == *bytes, "{name} differs");
        }
        assert_eq!(timeless(manifest(&first)), timeless(manifest(other)));
    };
    // The scenario is edited meanwhile: the run is repeated as it was, from here and from elsewhere.
    fs::write(work.join("plans/autumn.toml"), "extends = \"base.toml\"\nname = \"Something else\"\n").unwrap();
    let path = format!("output/{name}/manifest.json");
    let said = err(&done(&work, &["run", &path, "-q", "--threads", "2", "--out", "again"]));
    assert!(said.contains("was changed since"), "{said}");
    same(&work.join("again"));
    done(&dir, &["run", &format!("work/{path}"), "-q", "--out", "elsewhere"]);
    same(&dir.join("elsewhere"));
    // Without `--out` it is repeated in its place.
    fs::remove_file(first.join("report.html")).unwrap();
    let before = timeless(m);
    done(&work, &["run", &path, "-q"]);
    assert_eq!(timeless(manifest(&first)), before);
    same(&work.join("again"));
    assert_eq!(names(&work.join("output")), [name]);
}

#[test]
fn a_run_that_cannot_be_repeated_is_refused_and_says_why() {
    let dir = home("refused");
    fs::write(dir.join("waits.csv"), "days\n3\n4\n6\n").unwrap();
    let text = format!(
        "\
             {SCENARIO}[demand.surge]\n\
             per-year = 2\n\
             peak-uplift = {{ empirical = {{ file = \"waits.csv\", column = \"days\" }} }}\n\
             decay = {{ exponential = {{ tau-days = 4 }} }}\n"
    );
    fs::write(dir.join("autumn.toml"), text).unwrap();
    quick(&dir, &[]);
    let path = "output/autumn/manifest.json";
    let original = fs::read_to_string(dir.join(path)).unwrap();
    let with = |from: &str, to: &str, code: i32, parts: &[&str]| {
        assert!(original.contains(from), "{from}");
        fs::write(dir.join(path), original.replacen(from, to, 1)).unwrap();
        let said = refused(&dir, &["run", path], code);
        assert!(parts.iter().all(|p| said.contains(p)), "{parts:?}: {said}");
    };
    let version = env!("CARGO_PKG_VERSION");
    with(&format!("\"version\": \"{version}\""), "\"version\": \"0.0.9\"", 1, &["0.0.9", version, "nothing was run"]);
    with("mean-per-day = 20", "mean-per-day = 21", 1, &["was edited"]);
    with("\"tool\": \"restock\"", "\"tool\": \"other\"", 3, &["no manifest of Restock"]);
    with("\"command\": \"run\"", "\"command\": \"forecast\"", 3, &["`restock forecast`"]);
    fs::write(dir.join(path), &original).unwrap();
    for flag in [&["--seed", "4"][..], &["-n", "5"], &["--set", "demand.mean-per-day=4"], &["--own-policies-only"]] {
        let args: Vec<&str> = ["run", path].iter().chain(flag).copied().collect();
        assert!(refused(&dir, &args, 2).contains(flag[0]));
    }
    fs::write(dir.join("waits.csv"), "days\n3\n4\n7\n").unwrap();
    let said = refused(&dir, &["run", path], 1);
    assert!(said.contains("`waits.csv`") && said.contains("SHA-256"), "{said}");
    fs::remove_file(dir.join("waits.csv")).unwrap();
    let said = refused(&dir, &["run", path], 1);
    assert!(said.contains("`waits.csv`") && said.contains("cannot be read"), "{said}");
}

#[test]
fn every_output_names_the_overrides_and_the_run() {
    let dir = home("named");
    let out = restock_in(&dir, &["run", "autumn.toml", "--set", "demand.mean-per-day=80", "-n", "8"]);
    assert!(out.status.success(), "{}", err(&out));
    let run = dir.join("output/autumn@mean-per-day=80,replications=8");
    let hash = manifest(&run)["run"].as_str().unwrap().to_owned();
    let (over, id) = ("demand.mean-per-day=80", format!("run {}", &hash[..8]));
    let has = |text: &str, what: &str| assert!(text.contains(over) && text.contains(&id), "{what}: {text:.400}");
    has(&String::from_utf8_lossy(&out.stdout), "terminal");
    let all = files(&run);
    let text = |name: &str| String::from_utf8_lossy(&all[name]).into_owned();
    let charts: Vec<&String> = all.keys().filter(|n| n.ends_with(".svg")).collect();
    assert!(charts.len() > 10, "{charts:?}");
    for chart in charts {
        has(&text(chart), chart);
    }
    let page = text("report.html");
    has(page.split("</header>").next().unwrap(), "head of the page");
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(run.join("finance.xlsx")).unwrap();
    let sheet = calamine::Reader::worksheet_range(&mut book, "Summary").unwrap();
    let cells: String = sheet.used_cells().map(|(_, _, c)| c.to_string() + "\n").collect();
    has(&cells, "workbook");
    assert_eq!(serde_json::from_str::<Value>(&text("summary.json")).unwrap()["run"], hash);
    // The hash leads to the manifest.
    let told = restock_in(&dir, &["explain", &hash[..8]]);
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.contains(over) && told.contains("autumn.toml") && told.contains("manifest.json"), "{told}");
    assert_eq!(restock_in(&dir, &["explain", "ffffffff"]).status.code(), Some(2));
}

#[cfg(unix)]
fn started(dir: &Path, args: &[&str]) -> std::process::Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_restock"))
        .args(args)
        .current_dir(dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let begun = || fs::read_dir(dir.join("output")).is_ok_and(|d| d.flatten().any(|e| e.path().join("new").is_dir()));
    let seen = (0..1000).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        begun()
    });
    if !seen {
        child.kill().unwrap();
        panic!("the run did not begin: {:?}", child.wait());
    }
    // Until the signals are heard.
    std::thread::sleep(Duration::from_millis(300));
    child
}

#[cfg(unix)]
fn signal(child: &std::process::Child, name: &str) {
    assert!(Command::new("kill").args([name, &child.id().to_string()]).status().unwrap().success());
}

#[cfg(unix)]
const LONG: [&str; 4] = ["run", "autumn.toml", "-n", "2000000"];

#[cfg(unix)]
#[test]
fn signals_leave_nothing_behind() {
    // Under `nohup` the tests ignore SIGHUP, and so do the runs that they start: rightly.
    let hears_hangups = !fs::read_to_string("/proc/self/status").is_ok_and(|status| {
        let ignored = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
        ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    });
    let all = [("-HUP", 129), ("-INT", 130), ("-QUIT", 131), ("-TERM", 143)];
    for (name, code) in all.into_iter().filter(|(name, _)| *name != "-HUP" || hears_hangups) {
        let dir = home(&format!("signal{name}"));
        let mut child = started(&dir, &LONG);
        signal(&child, name);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{name}");
        assert_eq!(names(&dir.join("output")), [""; 0], "{name}");
    }
}

#[cfg(unix)]
#[test]
fn what_was_killed_is_cleared_away_by_the_next_run_and_what_lives_is_not() {
    let dir = home("killed");
    quick(&dir, &[]);
    let before = files(&dir.join("output/autumn"));
    let mut dead = started(&dir, &LONG);
    signal(&dead, "-KILL");
    dead.wait().unwrap();
    let left: Vec<String> = names(&dir.join("output")).into_iter().filter(|n| n != "autumn").collect();
    assert!(matches!(&left[..], [one] if one.starts_with(".restock-")), "{left:?}");
    assert!(files(&dir.join("output/autumn")) == before, "the earlier run is whole");
    // A folder of that name that is no workspace is nobody's to remove.
    fs::create_dir(dir.join("output/.restock-notes")).unwrap();
    fs::write(dir.join("output/.restock-notes/lock"), "").unwrap();
    fs::write(dir.join("output/.restock-notes/poem.txt"), "roses").unwrap();
    let mut live = started(&dir, &["run", "autumn.toml", "-n", "2000001"]);
    let said = quick(&dir, &["--out", "output/third"]);
    let now = names(&dir.join("output"));
    assert!(!now.contains(&left[0]), "{now:?}");
    assert_eq!(now.iter().filter(|n| n.starts_with(".restock-")).count(), 2, "{now:?}: {said}");
    signal(&live, "-TERM");
    live.wait().unwrap();
    assert_eq!(names(&dir.join("output")), [".restock-notes", "autumn", "third"]);
}

/// The disk is full, as far as a shell can make it so: no file may be longer than 8 blocks.
#[cfg(unix)]
#[test]
fn a_write_that_fails_leaves_the_earlier_run_whole() {
    let dir = home("full");
    quick(&dir, &[]);
    let before = files(&dir.join("output/autumn"));
    let restock = env!("CARGO_BIN_EXE_restock");
    let script = format!(
        "trap '' XFSZ; ulimit -f 8; exec '{restock}' run autumn.toml -q --no-charts --seed 5 --out output/autumn"
    );
    let out = Command::new("sh").args(["-c", &script]).current_dir(&dir).output().unwrap();
    assert_eq!(out.status.code(), Some(4), "{}", err(&out));
    assert!(err(&out).contains("cannot write `output/autumn/") && !err(&out).contains(".restock-"), "{}", err(&out));
    assert!(files(&dir.join("output/autumn")) == before);
    assert_eq!(names(&dir.join("output")), ["autumn"]);
}

/// A stop between the two moves of a system that cannot exchange folders.
#[test]
fn an_earlier_run_that_stands_aside_is_put_back() {
    let dir = home("aside");
    quick(&dir, &[]);
    let before = files(&dir.join("output/autumn"));
    let work = dir.join("output/.restock-abc123");
    fs::create_dir_all(work.join("new")).unwrap();
    fs::write(work.join("lock"), "autumn").unwrap();
    fs::rename(dir.join("output/autumn"), work.join("aside")).unwrap();
    quick(&dir, &["--out", "output/other"]);
    assert_eq!(names(&dir.join("output")), ["autumn", "other"]);
    assert!(files(&dir.join("output/autumn")) == before);
}

#[cfg(unix)]
#[test]
fn nohup_is_respected() {
    let dir = home("nohup");
    let script = format!("trap '' HUP; exec '{}' run autumn.toml -q -n 3000", env!("CARGO_BIN_EXE_restock"));
    let mut child = Command::new("sh").args(["-c", &script]).current_dir(&dir).stderr(Stdio::null()).spawn().unwrap();
    while !dir.join("output").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(200));
    signal(&child, "-HUP");
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_true(&dir.join("output/autumn@replications=3000"), &[]);
}

#[test]
fn off_a_terminal_a_line_tells_how_far_it_is() {
    let dir = home("lines");
    let text = SCENARIO.replace("replications = 12", "replications = 40000");
    fs::write(dir.join("autumn.toml"), text).unwrap();
    let out = restock_in(&dir, &["run", "autumn.toml", "--dry-run", "--own-policies-only", "--threads", "1"]);
    let lines: Vec<String> = err(&out).lines().filter(|l| l.starts_with("simulating")).map(str::to_owned).collect();
    assert!(!lines.is_empty() && lines.iter().all(|l| l.contains("of 40,000 replications")), "{}", err(&out));
    assert!(lines.iter().any(|l| l.contains(" left")), "{lines:?}");
    let quiet = restock_in(&dir, &["run", "autumn.toml", "--dry-run", "--own-policies-only", "-q", "-n", "30000"]);
    assert_eq!(err(&quiet), "");
}

#[test]
fn a_checkpoint_is_never_written_over_something_else() {
    let dir = scratch("folders-checkpoint");
    fs::write(dir.join("tee.csv"), sales(200, 9)).unwrap();
    let args = ["backtest", "tee.csv", "--paths", "20", "--origins", "2", "--method", "theta", "--method", "tsb"];
    let with = |file: &'static str| -> Vec<&'static str> { args.into_iter().chain(["--checkpoint", file]).collect() };
    for (name, text) in [("one-line", "years of work"), ("lines", "a\nb\n"), ("binary", "\u{1}\u{2}")] {
        fs::write(dir.join(name), text).unwrap();
        let said = refused(&dir, &with(name), 4);
        assert!(said.contains("no checkpoint") && said.contains(name), "{said}");
        assert_eq!(fs::read_to_string(dir.join(name)).unwrap(), text);
    }
    let plain = restock_in(&dir, &args);
    done(&dir, &with("kept"));
    let kept = fs::read_to_string(dir.join("kept")).unwrap();
    assert_eq!(kept.lines().count(), 1 + 2 * 2, "{kept:.300}");
    // A changed digit, a cut line: done again, with the same result.
    let digit = kept.rfind(|c: char| c.is_ascii_digit()).unwrap();
    let other = if kept.as_bytes()[digit] == b'7' { "8" } else { "7" };
    let mut damaged = kept.clone();
    damaged.replace_range(digit..=digit, other);
    damaged.push_str("0123456789abcdef\ttheta\t");
    fs::write(dir.join("kept"), damaged).unwrap();
    let again = restock_in(&dir, &with("kept"));
    assert!(err(&again).contains("3 fits are taken") && err(&again).contains("2 lines"), "{}", err(&again));
    assert_eq!(again.stdout, plain.stdout);
    let mut lines: [Vec<String>; 2] =
        [kept, fs::read_to_string(dir.join("kept")).unwrap()].map(|t| t.lines().map(str::to_owned).collect());
    lines.iter_mut().for_each(|l| l.sort());
    assert_eq!(lines[0], lines[1]);
    assert_eq!(names(&dir), ["binary", "kept", "lines", "one-line", "tee.csv"]);
}
