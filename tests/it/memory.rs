//! What a run is said to need is what it takes.

use std::process::{Command, Stdio};
use std::time::Duration;

/// Products of one shop in three supply models, half a year.
fn catalogue(products: usize) -> String {
    let product = |i: usize| {
        format!(
            "\
                 [[product]]\n\
                 sku = \"p{i}\"\n\
                 price = {}\n\
                 unit-cost = {}\n\
                 [product.demand]\n\
                 mean-per-day = {}\n\
                 dispersion = 3\n",
            20 + i % 40,
            5 + i % 9,
            5 + i % 30
        )
    };
    let products: String = (0..products).map(product).collect();
    let supply: String = ["ocean-3pl", "direct", "hybrid"]
        .map(|preset| format!("[[supply]]\nname = \"{preset}\"\npreset = \"{preset}\"\n"))
        .concat();
    format!("name = \"catalogue\"\n[horizon]\nstart = 2026-01-05\ndays = 182\nwarmup-days = 200\n{products}{supply}")
}

/// The most memory that a process has had, in bytes, as long as it lives.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// What the refusal says that a run would need, in bytes.
fn said(text: &str) -> f64 {
    let rest = text.split("would need about ").nth(1).unwrap_or_else(|| panic!("{text}"));
    let mut words = rest.split([' ', ',']);
    let figure: f64 = words.next().unwrap().parse().unwrap();
    figure * if words.next() == Some("GiB") { 1_073_741_824.0 } else { 1_048_576.0 }
}

/// Within 0.7 and 1.5 of the peak over sizes: few and many replications, with and without files, products with and without days.
#[test]
fn the_estimate_tells_the_peak() {
    if peak(std::process::id()).is_none() {
        println!("this system does not tell what a process takes");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = |products: usize| {
        let path = folder.path().join(format!("{products}.toml"));
        std::fs::write(&path, catalogue(products)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (few, many) = (file(20), file(80));
    let surge = "scenarios/spring-surge.toml";
    let dry: &[&str] = &["--dry-run"];
    let own: &[&str] = &["--dry-run", "--own-policies-only"];
    let tables: &[&str] = &["--own-policies-only", "--no-charts"];
    let cases: [(&str, &str, &[&str]); 9] = [
        (surge, "200", dry),
        (surge, "3000", own),
        (surge, "200", tables),
        (surge, "2500", tables),
        (surge, "100", &["--own-policies-only"]),
        ("scenarios/bulky-steady.toml", "1000", tables),
        (&few, "20", tables),
        (&many, "60", tables),
        (&many, "200", own),
    ];
    let mut wrong = Vec::new();
    for (i, (scenario, n, more)) in cases.into_iter().enumerate() {
        let out = folder.path().join(format!("out{i}"));
        let run = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_restock"));
            command.args(["run", scenario, "-n", n, "--threads", "2", "--quiet"]).args(more);
            if !more.contains(&"--dry-run") {
                command.arg("--out").arg(&out);
            }
            command
        };
        let refused = run().env("RESTOCK_MEMORY", "1000").output().unwrap();
        let said = said(&String::from_utf8_lossy(&refused.stderr));
        let mut child = run().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut most = 0;
        while child.try_wait().unwrap().is_none() {
            most = most.max(peak(child.id()).unwrap_or(0));
            std::thread::sleep(Duration::from_millis(2));
        }
        assert!(child.wait().unwrap().success());
        let ratio = said / most as f64;
        let line = format!(
            "{scenario} -n {n} {more:?}: said {:.0} MiB, took {} MiB, {ratio:.2}",
            said / 1_048_576.0,
            most >> 20
        );
        println!("{line}");
        if !(0.7..1.5).contains(&ratio) {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
