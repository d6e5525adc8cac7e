//! `manifest.json`: what a run folder holds, what it was made from, and how to make it again.

use restock_kernel::model::Scenario;
use restock_scenario::Loaded;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};

/// Name of the file by which a folder is known to be ours.
pub const MANIFEST: &str = "manifest.json";

const TOOL: &str = "restock";

/// Version of the layout of `manifest.json`: raised when a reader must change.
const FORMAT: u32 = 2;

/// What a run folder holds and what it was made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    tool: String,
    format: u32,
    /// Of Restock.
    pub version: String,
    /// `run`, `forecast` or `backtest`.
    pub command: String,
    /// SHA-256 of all that decides the results, in hexadecimal.
    pub run: String,
    /// What else the command records, by its name.
    #[serde(flatten)]
    pub details: Map<String, Value>,
    /// Every file of the run, by path.
    pub outputs: Vec<Output>,
}

/// A file of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Inside the folder, with `/` between its parts.
    pub path: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A data file that a scenario names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// From the folder of the scenario.
    pub path: String,
    /// Size of the file in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

/// A scenario file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioFile {
    /// As shown in messages and reports.
    pub name: String,
    /// From the folder of the scenario.
    pub path: String,
    /// The whole text.
    pub text: String,
}

/// What `restock run` records, and needs to repeat a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipe {
    /// Name of the scenario.
    pub scenario: String,
    /// The scenario file, as it was named on the command line.
    pub file: String,
    /// `key.path=value` laid over the files, in order.
    pub overrides: Vec<String>,
    /// Whether the comparison on equal terms and the break-evens were left out.
    pub own_policies_only: bool,
    /// Data files that were read.
    pub inputs: Vec<Input>,
    /// Scenario files that were read.
    pub files: Vec<ScenarioFile>,
    /// The scenario as its files and overrides have it, in TOML.
    pub resolved: String,
}

/// Why a file is no manifest that this version reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// Not written by Restock.
    Foreign,
    /// By another version, with another layout.
    OtherFormat,
}

impl Manifest {
    /// A manifest that lists no file yet.
    #[must_use]
    pub fn new(command: &str, run: &str, details: Map<String, Value>) -> Self {
        Manifest {
            tool: TOOL.into(),
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            command: command.into(),
            run: run.into(),
            details,
            outputs: Vec::new(),
        }
    }

    /// Reads the text of a manifest.
    ///
    /// # Errors
    ///
    /// If it is none, or has the layout of another version.
    pub fn parse(text: &[u8]) -> Result<Self, Unread> {
        let value: Value = serde_json::from_slice(text).map_err(|_| Unread::Foreign)?;
        if value["tool"] != TOOL {
            return Err(Unread::Foreign);
        }
        if value["format"] != FORMAT {
            return Err(Unread::OtherFormat);
        }
        serde_json::from_value(value).map_err(|_| Unread::Foreign)
    }

    /// The text of `manifest.json`.
    #[must_use]
    pub fn to_text(&self) -> String {
        restock_base::names::json(&serde_json::to_string_pretty(self).unwrap_or_default()) + "\n"
    }

    /// What `restock run` needs to repeat the run; absent for other commands.
    #[must_use]
    pub fn recipe(&self) -> Option<Recipe> {
        serde_json::from_value(Value::Object(self.details.clone())).ok()
    }

    /// The run in a few words: its short hash, the scenario and what was laid over it.
    #[must_use]
    pub fn words(&self) -> String {
        let short = self.run.get(..8).unwrap_or(&self.run);
        match self.recipe() {
            Some(r) if r.overrides.is_empty() => format!("{short} (`{}`)", r.file),
            Some(r) => format!("{short} (`{}` with {})", r.file, r.overrides.join(", ")),
            None => short.to_owned(),
        }
    }
}

impl Output {
    /// The record of a file of these bytes.
    #[must_use]
    pub fn of(path: &str, bytes: &[u8]) -> Self {
        Output { path: path.into(), bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) }
    }
}

impl Recipe {
    /// What made `loaded`, which was read from `file`.
    ///
    /// # Errors
    ///
    /// If a data file cannot be read again.
    pub fn of(loaded: &Loaded, file: &str, path: &Path, own_policies_only: bool) -> io::Result<Self> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let inside = |p: &Path| slashed(p.strip_prefix(folder).unwrap_or(p));
        let input = |p: &PathBuf| -> io::Result<Input> {
            let (bytes, sha256) = digest(p)?;
            Ok(Input { path: inside(p), bytes, sha256 })
        };
        let files = loaded.sources.iter().filter_map(|s| {
            let path = inside(s.path.as_ref()?);
            Some(ScenarioFile { name: s.name.clone(), path, text: s.text.clone() })
        });
        let scenario = &loaded.runnable.scenario;
        Ok(Recipe {
            scenario: scenario.name.clone(),
            file: file.into(),
            overrides: scenario.origin.overrides.clone(),
            own_policies_only,
            inputs: loaded.inputs.iter().map(input).collect::<io::Result<_>>()?,
            files: files.collect(),
            resolved: loaded.resolved.clone(),
        })
    }

    /// SHA-256 of all that decides the results: the version, the scenario as resolved (seed and replications are in it),
    /// the data files, and whether the models are compared on equal terms.
    #[must_use]
    pub fn run(&self) -> String {
        let mut parts = vec![self.resolved.as_str(), if self.own_policies_only { "own" } else { "equal" }];
        parts.extend(self.inputs.iter().map(|i| i.sha256.as_str()));
        identity(&parts)
    }

    /// As entries of the manifest, with what is told besides.
    #[must_use]
    pub fn details(&self, more: Value) -> Map<String, Value> {
        let (Ok(Value::Object(mut all)), Value::Object(more)) = (serde_json::to_value(self), more) else {
            return Map::new();
        };
        all.extend(more);
        all
    }
}

/// What is told of a run besides its recipe. Only `threads`, `simulated_seconds` and `started` differ from one run of the
/// same recipe to the next.
#[must_use]
pub fn told(scenario: &Scenario, replications: u32, seed: u64, threads: usize, seconds: f64, started: &str) -> Value {
    let pairs = (scenario.products.len() * scenario.models.len()) as u64;
    let days = u64::from(scenario.horizon.total()) * u64::from(replications) * pairs;
    json!({
        "seed": seed,
        "replications": replications,
        "products": scenario.products.len(),
        "models": scenario.models.len(),
        "product_days": days,
        "platform": format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
        "threads": threads,
        "simulated_seconds": seconds,
        "started": started,
    })
}

/// SHA-256 of this version and of parts, each apart from the next.
#[must_use]
pub fn identity(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in std::iter::once(&env!("CARGO_PKG_VERSION")).chain(parts) {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())
}

/// Size of a file and its SHA-256.
///
/// # Errors
///
/// If it cannot be read.
pub fn digest(path: &Path) -> io::Result<(u64, String)> {
    let mut file = std::fs::File::open(path)?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok((bytes, hex(&hash.finalize())));
        }
        hash.update(&buffer[..n]);
        bytes += n as u64;
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// A path with `/` between its parts, as it is written in files that go from one system to another.
pub(super) fn slashed(path: &Path) -> String {
    let part = |c: Component<'_>| match c {
        Component::RootDir => String::new(),
        c => c.as_os_str().to_string_lossy().into_owned(),
    };
    path.components().map(part).collect::<Vec<_>>().join("/")
}
