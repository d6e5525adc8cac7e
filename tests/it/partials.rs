//! Partial results: whatever way a run is cut into parts, and whenever it is stopped, the same bytes come out.

use crate::support::{ocean_and_direct, runnable_with};
use restock::rng::Stream;
use restock::scenario::Runnable;
use restock::study::{Cancel, Options, Partial, Recorder, Rows, Saved, Stopped, Study, Unmerged};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Two products, so that there are figures of both together, and events, waits and recoveries.
const TEXT: &str = r#"
name = "parts"
[horizon]
start = 2026-01-05
days = 60
warmup-days = 40
[monte-carlo]
replications = 1_500
[[product]]
sku = "mug"
price = 20
unit-cost = 4
[[product]]
sku = "lamp"
price = 60
unit-cost = 20
[demand]
mean-per-day = 8
dispersion = 2
[[demand.campaign]]
name = "spring"
start = 2026-02-01
days = 5
uplift = { uniform = [1.5, 4] }
"#;

fn load(more: &[&str]) -> Runnable {
    runnable_with(&ocean_and_direct(TEXT), &more.iter().map(|o| (*o).to_owned()).collect::<Vec<_>>())
}

/// Keeps everything, as often as it can.
#[derive(Default)]
struct Keeper {
    rows: Vec<Rows>,
    saved: Vec<Saved>,
}

impl Recorder for Keeper {
    fn rows(&mut self, rows: &Rows) -> io::Result<()> {
        self.rows.push(rows.clone());
        Ok(())
    }

    fn saves(&self) -> bool {
        true
    }

    fn due(&mut self) -> bool {
        true
    }

    fn save(&mut self, found: &[Saved]) -> io::Result<()> {
        self.saved.extend_from_slice(found);
        Ok(())
    }
}

/// All that is written of a run, and what its recorder was given.
fn told(r: &Runnable, saved: Vec<Saved>) -> (String, Keeper) {
    let mut keeper = Keeper::default();
    let options = Options { daily: true, threads: 1, ..Options::default() };
    let study = Study::new(&r.scenario, &r.experiment).options(options).recorder(&mut keeper).resume(saved);
    let outcome = study.run().unwrap();
    let bands = outcome.products.iter().flat_map(|p| &p.models).map(|m| format!("{:?}", m.bands)).collect::<String>();
    let table = restock::report::kpi_table(&r.scenario, &outcome).to_text();
    (format!("{table}{}{bands}", restock::report::summary(&r.scenario, &outcome)), keeper)
}

#[test]
fn a_run_resumed_anywhere_ends_with_the_same_bytes() {
    let precise = ["monte-carlo.precision={ kpi = \"fill_rate\", half-width = 0.003 }"];
    for overrides in [&[][..], &precise[..]] {
        let r = load(overrides);
        let (whole, kept) = told(&r, Vec::new());
        let parts = kept.saved.len();
        assert!(parts > 4, "{parts}");
        for cut in [1, parts / 2, parts - 1, parts] {
            let (resumed, again) = told(&r, kept.saved[..cut].to_vec());
            assert!(resumed == whole, "resumed after {cut} of {parts} parts");
            assert!(again.rows == kept.rows, "rows come again, in the same order");
            assert!(again.saved == kept.saved[cut..], "only what is new is saved");
        }
    }
}

/// The parts of each product, written and read, in any order and grouping.
#[test]
fn partial_results_merge_in_any_order() {
    let (_, kept) = told(&load(&[]), Vec::new());
    let stream = Stream::new(1, "test", "partials", "");
    for product in 0..2 {
        let parts: Vec<&Partial> = kept.saved.iter().filter(|s| s.product == product).map(|s| &s.partial).collect();
        assert!(parts.len() > 2);
        let merged = |order: &[usize]| {
            let mut all = parts[order[0]].clone();
            order[1..].iter().for_each(|i| all.merge(parts[*i].clone()).unwrap());
            all
        };
        let plain = merged(&(0..parts.len()).collect::<Vec<_>>());
        for trial in 0..20 {
            let mut draw = stream.at(trial, 0, 0);
            let mut order: Vec<usize> = (0..parts.len()).collect();
            for i in (1..order.len()).rev() {
                order.swap(i, (draw.uniform() * (i + 1) as f64) as usize);
            }
            assert!(merged(&order) == plain, "{order:?}");
            let split = 1 + (draw.uniform() * (order.len() - 1) as f64) as usize;
            let mut halves = merged(&order[..split]);
            halves.merge(merged(&order[split..])).unwrap();
            assert!(halves == plain, "{order:?} split at {split}");
        }
        let mut twice = plain.clone();
        assert_eq!(twice.merge(parts[1].clone()), Err(Unmerged::Twice(4)));
        assert!(twice == plain, "what is refused changes nothing");
    }
    let other = load(&["monte-carlo.replications=30000"]);
    let mut keeper = Keeper::default();
    let cancel = Cancel::default();
    cancel.cancel();
    let study = Study::new(&other.scenario, &other.experiment).recorder(&mut keeper).cancel(&cancel);
    assert_eq!(study.run().map(|_| ()), Err(Stopped::Cancelled));
    assert!(keeper.rows.is_empty());
    assert_eq!(kept.saved[0].partial.clone().merge(Partial::default()), Err(Unmerged::Foreign));
}

fn restock(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_restock"));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// All files of a folder but the manifest, which tells times.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut out = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name != "manifest.json" {
            out.insert(name, std::fs::read(&path).unwrap());
        }
    }
    out
}

/// Killed three times at three places without a chance to clear up, then resumed: every file has the bytes of a run that was
/// left alone.
#[test]
fn a_killed_run_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("s.toml");
    std::fs::write(&scenario, ocean_and_direct(TEXT).replace("1_500", "12_000")).unwrap();
    let scenario = scenario.to_str().unwrap();
    let run = |out: &Path, more: &[&str]| {
        let mut arguments = vec!["run", scenario, "--own-policies-only", "--no-charts", "--quiet", "--threads", "2"];
        arguments.extend(["--save-every", "0", "--out", out.to_str().unwrap()]);
        arguments.extend(more);
        restock(&arguments)
    };
    let alone = folder.path().join("alone");
    assert!(run(&alone, &[]).status().unwrap().success());
    assert!(!folder.path().join("alone.unfinished").exists(), "nothing is kept of a run that is done");

    let killed = folder.path().join("killed");
    let journal = folder.path().join("killed.unfinished");
    let length = || std::fs::metadata(&journal).map_or(0, |m| m.len());
    for time in 0..3 {
        let before = length();
        let mut child = run(&killed, if time == 0 { &[] } else { &["--resume"] }).spawn().unwrap();
        let mut looks = 0;
        while length() <= before && child.try_wait().unwrap().is_none() && looks < 30_000 {
            std::thread::sleep(Duration::from_millis(5));
            looks += 1;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(length() > before, "it was killed in the midst of run {time}");
        assert!(!killed.exists(), "and nothing half-written is in its place");
    }
    // Half a record at the end: the stop came while it was written.
    let mut bytes = std::fs::read(&journal).unwrap();
    bytes.extend([7; 100]);
    std::fs::write(&journal, bytes).unwrap();

    let said = |command: &mut Command| String::from_utf8(command.output().unwrap().stderr).unwrap();
    let other = said(&mut run(&killed, &["--resume", "--seed", "5"]));
    assert!(other.contains("is of another run") && other.contains("without `--resume`"), "{other}");
    let resumed = run(&killed, &["--resume"]).output().unwrap();
    let text = String::from_utf8_lossy(&resumed.stderr);
    assert!(resumed.status.success() && text.contains("going on after"), "{text}");
    assert!(files(&killed) == files(&alone), "the same bytes");
    assert!(!journal.exists(), "what was kept is cleared away");
    let nothing = said(&mut run(&killed, &["--resume"]));
    assert!(nothing.contains("there is no unfinished run"), "{nothing}");
}

/// A file that is none of ours stays as it is, whatever its name.
#[test]
fn what_is_not_ours_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("s.toml");
    std::fs::write(&scenario, ocean_and_direct(TEXT).replace("1_500", "200")).unwrap();
    let mine = folder.path().join("out.unfinished");
    std::fs::write(&mine, "a list of what is left to do\n").unwrap();
    let out = folder.path().join("out");
    let (scenario, out) = (scenario.to_str().unwrap(), out.to_str().unwrap());
    let arguments =
        ["run", scenario, "--own-policies-only", "--no-charts", "--quiet", "--save-every", "0", "--out", out];
    let run = restock(&arguments).output().unwrap();
    let text = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && text.contains("it holds no partial results of Restock"), "{text}");
    let resumed = restock(&arguments).arg("--resume").output().unwrap();
    let text = String::from_utf8_lossy(&resumed.stderr);
    assert!(!resumed.status.success() && text.contains("move it, or choose another folder"), "{text}");
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "a list of what is left to do\n");
}

/// Two runs into one folder at the same time: one keeps what it finds, the other says that it does not, and both end.
#[test]
fn two_runs_at_once_do_not_write_into_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = folder.path().join("s.toml");
    std::fs::write(&scenario, ocean_and_direct(TEXT)).unwrap();
    let out = folder.path().join("out");
    let held = folder.path().join("out.unfinished");
    let (scenario, out) = (scenario.to_str().unwrap(), out.to_str().unwrap());
    let arguments =
        ["run", scenario, "--own-policies-only", "--no-charts", "--quiet", "--save-every", "0", "--out", out];
    // As the other run holds it, before it has written anything.
    let file = std::fs::File::create(&held).unwrap();
    file.lock().unwrap();
    let run = restock(&arguments).output().unwrap();
    let text = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success() && text.contains("another run"), "{text}");
    assert_eq!(file.metadata().unwrap().len(), 0, "nothing is written into it");
}
