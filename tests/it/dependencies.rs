//! What is depended on: licences, sources and banned crates as `deny.toml` says, and the notices that licences ask for. Cargo
//! tells of the packages that all crates are made of; those of crates that are built on request alone are fetched if they are not at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

const NOTICES: &str = "THIRD-PARTY-NOTICES.md";

/// Of what the Python package is made of besides.
const OF_PYTHON: &str = "crates/python/THIRD-PARTY-NOTICES.md";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn cargo(arguments: &[&str]) -> String {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = |more: &[&str]| {
        Command::new(&cargo).args(arguments).args(more).arg("--locked").current_dir(root()).output().unwrap()
    };
    let mut out = run(&["--offline"]);
    if !out.status.success() {
        out = run(&[]);
    }
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// The platform that this is built for: of others, not all packages are at hand.
fn host() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let text = String::from_utf8(Command::new(rustc).arg("-vV").output().unwrap().stdout).unwrap();
    text.lines().find_map(|l| l.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

struct Package {
    name: String,
    version: String,
    licence: String,
    source: Option<String>,
    folder: PathBuf,
}

fn is_ours(name: &str) -> bool {
    name == "restock" || name.starts_with("restock-")
}

/// Every package of the lock file that this platform may need.
fn packages() -> Vec<Package> {
    let text = cargo(&["metadata", "--format-version", "1", "--filter-platform", &host()]);
    let metadata: serde_json::Value = serde_json::from_str(&text).unwrap();
    let text = |p: &serde_json::Value, key: &str| p[key].as_str().unwrap_or_default().to_owned();
    let package = |p: &serde_json::Value| Package {
        name: text(p, "name"),
        version: text(p, "version"),
        licence: text(p, "license"),
        source: p["source"].as_str().map(str::to_owned),
        folder: Path::new(&text(p, "manifest_path")).parent().unwrap().to_path_buf(),
    };
    metadata["packages"].as_array().unwrap().iter().map(package).filter(|p| !is_ours(&p.name)).collect()
}

/// Name and version of what is in the binary: neither tests nor what only builds.
fn built() -> BTreeSet<(String, String)> {
    built_of("restock")
}

/// The same of any of our crates.
fn built_of(krate: &str) -> BTreeSet<(String, String)> {
    let edges = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"];
    let text = cargo(&[&["tree", "--package", krate], &edges[..]].concat());
    let built = text.lines().filter_map(|l| {
        let mut words = l.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
    });
    built.filter(|(name, _)| !is_ours(name)).collect()
}

fn deny() -> toml::Table {
    std::fs::read_to_string(root().join("deny.toml")).unwrap().parse().unwrap()
}

fn allowed() -> Vec<String> {
    let allow = deny()["licenses"]["allow"].as_array().unwrap().clone();
    allow.iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

/// Words of an SPDX expression; an old `/` is an OR.
fn words(expression: &str) -> Vec<String> {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let mut out: Vec<String> = Vec::new();
    let mut words = spaced.split_whitespace();
    while let Some(word) = words.next() {
        match (word, out.last_mut()) {
            ("WITH", Some(licence)) => *licence += &format!(" WITH {}", words.next().unwrap_or_default()),
            _ => out.push(word.to_owned()),
        }
    }
    out
}

/// The licences under which a package is taken, as ranks in the list of those allowed: the best choice, absent if none is allowed.
fn elected(expression: &str, allowed: &[String]) -> Option<BTreeSet<usize>> {
    fn any(words: &mut std::slice::Iter<'_, String>, allowed: &[String]) -> Option<BTreeSet<usize>> {
        let mut best = all(words, allowed);
        while words.as_slice().first().is_some_and(|w| w == "OR") {
            words.next();
            let other = all(words, allowed);
            best = match (best, other) {
                (Some(a), Some(b)) => Some(if (b.len(), &b) < (a.len(), &a) { b } else { a }),
                (a, b) => a.or(b),
            };
        }
        best
    }
    fn all(words: &mut std::slice::Iter<'_, String>, allowed: &[String]) -> Option<BTreeSet<usize>> {
        let mut found = one(words, allowed);
        while words.as_slice().first().is_some_and(|w| w == "AND") {
            words.next();
            let other = one(words, allowed);
            found = found.zip(other).map(|(a, b)| a.union(&b).copied().collect());
        }
        found
    }
    fn one(words: &mut std::slice::Iter<'_, String>, allowed: &[String]) -> Option<BTreeSet<usize>> {
        let word = words.next()?;
        if word == "(" {
            let inside = any(words, allowed);
            words.next();
            return inside;
        }
        allowed.iter().position(|a| a == word).map(|rank| BTreeSet::from([rank]))
    }
    any(&mut words(expression).iter(), allowed)
}

#[test]
fn expressions_of_licences_are_read() {
    let allowed = ["Apache-2.0", "MIT", "Zlib", "Apache-2.0 WITH LLVM-exception"].map(String::from);
    for (expression, ranks) in [
        ("MIT", Some(&[1][..])),
        ("MIT OR Apache-2.0", Some(&[0])),
        ("MIT/Apache-2.0", Some(&[0])),
        ("GPL-3.0 OR MIT", Some(&[1])),
        ("GPL-3.0 AND MIT", None),
        ("(MIT OR GPL-3.0) AND Zlib", Some(&[1, 2])),
        ("Apache-2.0 WITH LLVM-exception OR GPL-3.0", Some(&[3])),
        ("", None),
    ] {
        assert_eq!(elected(expression, &allowed), ranks.map(|r| r.iter().copied().collect()), "{expression}");
    }
}

#[test]
fn licences_sources_and_banned_crates_are_as_agreed() {
    let (allowed, deny, packages) = (allowed(), deny(), packages());
    assert!(packages.len() > 100, "{} packages", packages.len());
    let mut wrong = Vec::new();
    let mut used = BTreeSet::new();
    for p in &packages {
        match elected(&p.licence, &allowed) {
            Some(licences) => used.extend(licences),
            None => wrong.push(format!("{} {} is under `{}`", p.name, p.version, p.licence)),
        }
        let registry = deny["sources"]["allow-registry"][0].as_str().unwrap();
        if p.source.as_deref() != Some(&format!("registry+{registry}")) {
            wrong.push(format!("{} {} comes from {:?}", p.name, p.version, p.source));
        }
    }
    let built = built();
    assert!(built.len() > 50, "{} packages", built.len());
    for ban in deny["bans"]["deny"].as_array().unwrap() {
        let (name, below) = match ban["crate"].as_str().unwrap().split_once(":<") {
            Some((name, version)) => (name, Some(version)),
            None => (ban["crate"].as_str().unwrap(), None),
        };
        let number = |v: &str| v.split('.').map(|n| n.parse().unwrap_or(0)).collect::<Vec<u32>>();
        for (_, version) in built.iter().filter(|b| b.0 == name) {
            if below.is_none_or(|b| number(version) < number(b)) {
                wrong.push(format!("{name} {version} is banned: {}", ban["reason"]));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let idle: Vec<&String> = allowed.iter().enumerate().filter(|(i, _)| !used.contains(i)).map(|(_, a)| a).collect();
    assert!(idle.is_empty(), "no package needs {idle:?}");
}

/// The licence that the name of a file speaks of; absent if it may hold any.
fn licence_of(file: &str) -> Option<&'static str> {
    let file = file.to_ascii_uppercase();
    [
        ("LLVM", "Apache-2.0 WITH LLVM-exception"),
        ("APACHE", "Apache-2.0"),
        ("_A2", "Apache-2.0"),
        ("MIT0", "MIT-0"),
        ("MIT-0", "MIT-0"),
        ("MIT", "MIT"),
        ("ZLIB", "Zlib"),
        ("0BSD", "0BSD"),
        ("BSD-2", "BSD-2-Clause"),
        ("BSD", "BSD-3-Clause"),
        ("ISC", "ISC"),
        ("CC0", "CC0-1.0"),
        ("UNLICENSE", "Unlicense"),
        ("BOOST", "BSL-1.0"),
    ]
    .into_iter()
    .find(|(part, _)| file.contains(part))
    .map(|(_, licence)| licence)
}

/// The texts that a package ships of the licences under which it is taken, and its notices.
fn texts(p: &Package, licences: &[&str]) -> Vec<String> {
    let begins = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE", "UNLICENSE"];
    let mut files: Vec<String> = std::fs::read_dir(&p.folder)
        .unwrap()
        .flatten()
        .filter(|e| e.path().is_file())
        .map(|e| e.file_name().to_string_lossy().into_owned())
        .filter(|name| begins.iter().any(|b| name.to_ascii_uppercase().starts_with(b)))
        .collect();
    files.sort();
    let fits = |name: &&String| licence_of(name).is_none_or(|l| licences.contains(&l));
    let fitting: Vec<&String> = files.iter().filter(fits).collect();
    let whole = fitting
        .iter()
        .any(|f| !f.to_ascii_uppercase().starts_with("NOTICE") && !f.to_ascii_uppercase().starts_with("COPYRIGHT"));
    let chosen = if whole { fitting } else { files.iter().collect() };
    chosen
        .into_iter()
        .map(|name| String::from_utf8_lossy(&std::fs::read(p.folder.join(name)).unwrap()).into_owned())
        .map(|text| text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n").trim_matches('\n').to_owned())
        .collect()
}

/// The packages of a list, then each text once with the packages that ship it.
fn list_and_texts(built: &BTreeSet<(String, String)>, besides: &[(&str, &str)]) -> String {
    let allowed = allowed();
    let mut list = String::new();
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut packages = packages();
    packages.retain(|p| built.contains(&(p.name.clone(), p.version.clone())));
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    for p in &packages {
        let licences = elected(&p.licence, &allowed).unwrap_or_else(|| panic!("{} is under `{}`", p.name, p.licence));
        let licences: Vec<&str> = licences.into_iter().map(|rank| allowed[rank].as_str()).collect();
        let texts = texts(p, &licences);
        let ships = if texts.is_empty() { "; ships no text of it" } else { "" };
        let _ = writeln!(list, "- {} {}: {}{ships}", p.name, p.version, licences.join(" and "));
        for text in texts {
            by_text.entry(text).or_default().push(format!("{} {}", p.name, p.version));
        }
    }
    for (of, file) in besides {
        let text = std::fs::read_to_string(root().join(file)).unwrap();
        by_text.entry(text.trim().to_owned()).or_default().push((*of).to_owned());
    }
    let mut out = format!("## Packages\n\n{list}\n## Texts\n");
    let mut texts: Vec<(&String, &Vec<String>)> = by_text.iter().collect();
    texts.sort_by_key(|(text, of)| (std::cmp::Reverse(of.len()), of.first(), text.len(), *text));
    for (text, of) in texts {
        let fence = if text.contains("```") { "~~~~" } else { "```" };
        let _ = write!(out, "\n### {}\n\n{fence}text\n{text}\n{fence}\n", of.join(", "));
    }
    out
}

/// The notices of what is in the binary.
fn notices() -> String {
    let besides =
        [("the font Inter", "assets/Inter-LICENSE.txt"), ("the table of holidays", "assets/holidays/LICENSE.txt")];
    format!(
        "# Third-party notices\n\n\
         Restock is made with the packages below, on Linux; on other systems a few others of the system take the place of some. Where a\n\
         package may be had under several licences, it is taken under the one named here. The font Inter is under the SIL Open Font License 1.1;\n\
         the table of holidays is made with the Python package holidays, under MIT.\n\n\
         Written by `RESTOCK_BLESS=1 cargo test --test it -- dependencies`; a test holds it against `Cargo.lock`.\n\n\
         {}",
        list_and_texts(&built(), &besides)
    )
}

/// The notices of what the Python package holds besides.
fn notices_of_python() -> String {
    let more: BTreeSet<_> = built_of("restock-python").difference(&built()).cloned().collect();
    format!(
        "# Third-party notices\n\n\
         The Python package of Restock is made with what the command is made with, whose notices are `{NOTICES}` of the project, and with the packages\n\
         below.\n\n\
         Written by `RESTOCK_BLESS=1 cargo test --test it -- dependencies`; a test holds it against `Cargo.lock`.\n\n\
         {}",
        list_and_texts(&more, &[])
    )
}

/// What the notices list is what the lock file holds; and on the platform for which they are written, all of it.
#[test]
fn notices_are_those_of_the_lock_file() {
    notices_are(NOTICES, 100, notices);
    notices_are(OF_PYTHON, 10, notices_of_python);
}

fn notices_are(file: &str, least: usize, notices: fn() -> String) {
    let path = root().join(file);
    let linux = host() == "x86_64-unknown-linux-gnu";
    if std::env::var_os("RESTOCK_BLESS").is_some() && linux {
        std::fs::write(&path, notices()).unwrap();
    }
    let text = std::fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    let lock: toml::Table = std::fs::read_to_string(root().join("Cargo.lock")).unwrap().parse().unwrap();
    let locked: BTreeSet<String> = lock["package"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| format!("{} {}", p["name"].as_str().unwrap(), p["version"].as_str().unwrap()))
        .collect();
    let listed: Vec<&str> =
        text.lines().filter_map(|l| l.strip_prefix("- ")?.split_once(':').map(|(p, _)| p)).collect();
    assert!(listed.len() > least, "{} packages", listed.len());
    let unknown: Vec<&&str> = listed.iter().filter(|p| !locked.contains(**p)).collect();
    assert!(unknown.is_empty(), "{file} lists {unknown:?}, which Cargo.lock has not: RESTOCK_BLESS=1 writes it anew");
    if linux {
        assert!(text == notices(), "{file} is out of date: RESTOCK_BLESS=1 cargo test --test it -- dependencies");
    }
}
