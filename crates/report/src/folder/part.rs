//! A part file: what one shard of a run found, with all that says whose run it is, so that shards may be run on any machine and merged on any other.
//!
//! The file begins with a line that names it. A [`Head`] follows, then the partial results, and a closing word: each is a record with its whole SHA-256. A file
//! that is cut short, or of which a byte was changed, is refused.

use super::record;
use crate::manifest::Recipe;
use restock_base::diag::{Error, words};
use restock_base::fingerprint::fingerprint;
use restock_kernel::study::{Saved, Shard};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 16] = b"restock part  1\n";

/// Bytes of the hash of a record: all that SHA-256 has.
const SUM: usize = 32;

/// Closes a file.
const END: &str = "end of the part";

/// Whose part it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Of Restock.
    pub version: String,
    /// The identity of the run: the scenario with all its values, and the bytes of its data files.
    pub run: String,
    /// Which part of the run.
    pub shard: Shard,
    /// Of the arithmetic of the machine on which it was run.
    pub fingerprint: String,
    /// What the run is made from.
    pub recipe: Recipe,
}

impl Head {
    /// The head of a part that is run here.
    #[must_use]
    pub fn here(recipe: Recipe, shard: Shard) -> Self {
        let (version, run) = (env!("CARGO_PKG_VERSION").into(), recipe.run());
        Head { version, run, shard, fingerprint: fingerprint(), recipe }
    }
}

/// What one shard found.
#[derive(Debug)]
pub struct Part {
    /// Whose it is.
    pub head: Head,
    /// Partial results.
    pub saved: Vec<Saved>,
}

/// Writes a part.
///
/// # Errors
///
/// If it cannot be written.
pub fn write_part(to: &mut impl Write, head: &Head, saved: &[Saved]) -> io::Result<()> {
    to.write_all(MAGIC)?;
    put(to, head)?;
    put(to, &(saved.len() as u64))?;
    saved.iter().try_for_each(|saved| put(to, saved))?;
    put(to, &END)
}

fn put(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    to.write_all(&record::framed::<SUM>(value)?)
}

/// Reads a part.
///
/// # Errors
///
/// If the file cannot be read, is no part, is of another layout, or is not whole.
pub fn read_part(path: &Path) -> Result<Part, Error> {
    let wrong = |reason: &str| Error::new("read", reason).at(restock_base::names::path(path));
    let file = File::open(path).map_err(|e| wrong(&words::io(&e)).because(e))?;
    let mut file = BufReader::new(file);
    let mut magic = [0; MAGIC.len()];
    if file.read_exact(&mut magic).is_err() || magic != *MAGIC {
        let of_another = magic.starts_with(b"restock part");
        return Err(wrong(if of_another {
            "it is a part written by another version of Restock; run the shard again with this one"
        } else {
            "it is no part of a run; `restock shard` writes parts"
        }));
    }
    let cut = || wrong("it is not whole: it was cut short or changed; run the shard again");
    let head: Head = next(&mut file).ok_or_else(cut)?;
    let n: u64 = next(&mut file).ok_or_else(cut)?;
    let saved = (0..n).map(|_| next(&mut file)).collect::<Option<Vec<Saved>>>().ok_or_else(cut)?;
    match next::<String>(&mut file).as_deref() {
        Some(END) if file.read(&mut [0]).is_ok_and(|n| n == 0) => Ok(Part { head, saved }),
        _ => Err(cut()),
    }
}

/// Reads all parts of one run, in the order of their files.
///
/// # Errors
///
/// If one cannot be read, or they are not the parts of one run, each once.
pub fn read_run(paths: impl IntoIterator<Item = PathBuf>) -> Result<Vec<(PathBuf, Part)>, Error> {
    let read = |path: PathBuf| read_part(&path).map(|part| (path, part));
    let parts: Vec<(PathBuf, Part)> = paths.into_iter().map(read).collect::<Result<_, Error>>()?;
    let heads: Vec<(PathBuf, Head)> = parts.iter().map(|(path, part)| (path.clone(), part.head.clone())).collect();
    fit(&heads).map_err(|unfit| Error::new("unmerged", unfit.to_string()))?;
    Ok(parts)
}

fn next<T: DeserializeOwned>(file: &mut impl Read) -> Option<T> {
    record::next::<SUM, T>(file).map(|(value, _)| value)
}

/// Why parts are not those of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// None was named.
    None,
    /// Two of them are the same shard.
    Twice(PathBuf, PathBuf, Shard),
    /// Shards that none of them is.
    Missing(Vec<u32>, u32),
    /// Two are not of the same run, or cut it into other numbers of shards.
    Foreign(PathBuf, PathBuf, &'static str),
    /// One was run by another version than this.
    Version(PathBuf, String),
    /// One was run on a machine that computes otherwise than this one.
    Arithmetic(PathBuf, String),
}

/// Shards that a line names; it counts the others.
const NAMED: usize = 12;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = restock_base::names::path;
        match self {
            Unfit::None => write!(f, "no part is named; name those that `restock shard` has written"),
            Unfit::Twice(a, b, shard) => write!(
                f,
                "`{}` and `{}` are both shard {} of {}; leave one of them out",
                shown(a),
                shown(b),
                shard.index,
                shard.of
            ),
            Unfit::Missing(indices, of) => {
                let named: Vec<String> = indices.iter().take(NAMED).map(u32::to_string).collect();
                let more = match indices.len().saturating_sub(NAMED) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                let plural = if indices.len() == 1 { "" } else { "s" };
                write!(
                    f,
                    "shard{plural} {}{more} of {of} missing; run `restock shard .. --index {} --of {of}`, and name its part too",
                    named.join(", "),
                    indices[0]
                )
            }
            Unfit::Foreign(a, b, why) => {
                write!(f, "`{}` and `{}` are not of one run: {why}; name the parts of one run", shown(a), shown(b))
            }
            Unfit::Version(path, version) => write!(
                f,
                "`{}` was run by Restock {version}, this is {}: figures may differ; merge with that version, or run the shard again",
                shown(path),
                env!("CARGO_PKG_VERSION")
            ),
            Unfit::Arithmetic(path, theirs) => write!(
                f,
                "`{}` was run on a machine that computes some functions otherwise (fingerprint {theirs}, here {}): figures would not be those of one machine; run the shards, and merge them, where fingerprints agree",
                shown(path),
                fingerprint()
            ),
        }
    }
}

/// Whether parts are all shards of one run, each once, by this version and on machines that compute as this one does.
///
/// # Errors
///
/// The first thing that does not fit.
pub fn fit(parts: &[(PathBuf, Head)]) -> Result<(), Unfit> {
    let [(first, head), others @ ..] = parts else { return Err(Unfit::None) };
    let here = fingerprint();
    for (path, other) in parts {
        if other.version != env!("CARGO_PKG_VERSION") {
            return Err(Unfit::Version(path.clone(), other.version.clone()));
        }
        if other.fingerprint != here {
            return Err(Unfit::Arithmetic(path.clone(), other.fingerprint.clone()));
        }
    }
    for (path, other) in others {
        let why = if other.run != head.run {
            Some("a scenario, what was set, or a data file differs")
        } else if other.shard.of != head.shard.of {
            Some("they cut it into different numbers of shards")
        } else {
            None
        };
        if let Some(why) = why {
            return Err(Unfit::Foreign(first.clone(), path.clone(), why));
        }
    }
    let mut found: BTreeMap<u32, &PathBuf> = BTreeMap::new();
    for (path, other) in parts {
        if let Some(before) = found.insert(other.shard.index, path) {
            return Err(Unfit::Twice(before.clone(), path.clone(), other.shard));
        }
    }
    let missing: Vec<u32> = (0..head.shard.of).filter(|index| !found.contains_key(index)).collect();
    if missing.is_empty() { Ok(()) } else { Err(Unfit::Missing(missing, head.shard.of)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(index: u32, of: u32) -> Head {
        let recipe = Recipe {
            scenario: "s".into(),
            file: "s.toml".into(),
            overrides: Vec::new(),
            own_policies_only: false,
            inputs: Vec::new(),
            files: Vec::new(),
            resolved: String::new(),
        };
        Head::here(recipe, Shard { index, of })
    }

    fn named(heads: Vec<Head>) -> Vec<(PathBuf, Head)> {
        heads.into_iter().enumerate().map(|(k, head)| (PathBuf::from(format!("{k}.part")), head)).collect()
    }

    #[test]
    fn each_shard_of_one_run_is_there_once() {
        assert_eq!(fit(&named(vec![head(1, 3), head(0, 3), head(2, 3)])), Ok(()));
        assert_eq!(fit(&[]), Err(Unfit::None));
        assert_eq!(fit(&named(vec![head(0, 4), head(2, 4)])), Err(Unfit::Missing(vec![1, 3], 4)));
        let twice = fit(&named(vec![head(0, 2), head(1, 2), head(1, 2)])).unwrap_err();
        assert_eq!(twice.to_string(), "`1.part` and `2.part` are both shard 1 of 2; leave one of them out");
        let other = Head { run: "another".into(), ..head(1, 2) };
        assert!(matches!(fit(&named(vec![head(0, 2), other])), Err(Unfit::Foreign(..))));
        assert!(matches!(fit(&named(vec![head(0, 2), head(1, 3)])), Err(Unfit::Foreign(..))));
        let other = Head { version: "9.9.9".into(), ..head(1, 2) };
        assert!(matches!(fit(&named(vec![head(0, 2), other])), Err(Unfit::Version(..))));
        let other = Head { fingerprint: "0".into(), ..head(1, 2) };
        assert!(matches!(fit(&named(vec![head(0, 2), other])), Err(Unfit::Arithmetic(..))));
    }

    /// At every length but its own, and with any byte changed, a file is no part.
    #[test]
    fn what_is_not_whole_is_refused() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("a.part");
        let mut bytes = Vec::new();
        write_part(&mut bytes, &head(0, 1), &[]).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        assert_eq!(read_part(&path).unwrap().head, head(0, 1));
        for length in 0..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(read_part(&path).is_err(), "{length}");
        }
        for k in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[k] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert!(read_part(&path).is_err(), "{k}");
        }
        let longer = [bytes.as_slice(), b"x"].concat();
        std::fs::write(&path, longer).unwrap();
        assert!(read_part(&path).is_err());
    }
}
