//! What is kept of a run until its folder is in its place: a file beside it, to which partial results are appended, so that an
//! interrupted run can go on.
//!
//! The file begins with [`MAGIC`]; records follow, the first of which says whose run it is. A record that was being written
//! when the run was stopped is left out.

use super::place::parent;
use super::{WriteError, at, record};
use restock_kernel::study::Saved;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

const MAGIC: &[u8; 16] = b"restock journal\n";
/// Bytes of the hash of a record.
const SUM: usize = 8;

/// Whose partial results they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The identity of the run: the scenario with all its values, and the bytes of its data files.
    pub run: String,
    /// The SHA-256 of the program.
    pub program: String,
}

/// The partial results of an unfinished run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: File,
}

/// What is found beside a folder: of a run its blocks, of a question its cells.
#[derive(Debug)]
pub struct Unfinished<T = Saved> {
    /// The run that the results are part of.
    pub owner: Owner,
    /// The results, in the order in which they were kept.
    pub saved: Vec<T>,
    path: PathBuf,
    /// Bytes up to the last whole record.
    length: u64,
}

/// The file beside the folder `target` in which partial results are kept: `spring-surge.unfinished`.
#[must_use]
pub fn journal_of(target: &Path) -> PathBuf {
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(".unfinished");
    parent(target).join(name)
}

impl Journal {
    /// Begins a new one in place of any that is there.
    ///
    /// # Errors
    ///
    /// If it cannot be written, another run is writing it, or a file that is none of ours has its place.
    pub fn begin(target: &Path, owner: &Owner) -> Result<Journal, WriteError> {
        let path = journal_of(target);
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = opened.map_err(at(&path))?;
        hold(&file, &path)?;
        if file.metadata().map_err(at(&path))?.len() > 0 {
            recognise(&mut file, &path)?;
        }
        let cleared = file.set_len(0).and_then(|()| file.rewind());
        cleared.and_then(|()| file.write_all(MAGIC)).map_err(at(&path))?;
        let mut journal = Journal { path, file };
        journal.append(owner)?;
        Ok(journal)
    }

    /// Keeps what was found.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn keep<T: Serialize>(&mut self, found: &[T]) -> Result<(), WriteError> {
        found.iter().try_for_each(|saved| self.append(saved))
    }

    fn append<T: Serialize>(&mut self, value: &T) -> Result<(), WriteError> {
        let written = record::framed::<SUM>(value).and_then(|bytes| self.file.write_all(&bytes));
        written.and_then(|()| self.file.sync_data()).map_err(at(&self.path))
    }
}

impl Unfinished {
    /// Whose run is beside `target`: nobody's if there is nothing.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is none of ours.
    pub fn owner(target: &Path) -> Result<Option<Owner>, WriteError> {
        Ok(open(&journal_of(target))?.map(|(_, owner, _)| owner))
    }
}

impl<T: DeserializeOwned> Unfinished<T> {
    /// Reads what is beside `target`: nothing if there is nothing, or not even an owner.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or is none of ours.
    pub fn read(target: &Path) -> Result<Option<Unfinished<T>>, WriteError> {
        let path = journal_of(target);
        let Some((mut file, owner, mut length)) = open(&path)? else { return Ok(None) };
        let mut saved = Vec::new();
        while let Some((found, bytes)) = record::next::<SUM, T>(&mut file) {
            saved.push(found);
            length += bytes;
        }
        Ok(Some(Unfinished { owner, saved, path, length }))
    }

    /// Goes on with the file where the last whole record ends.
    ///
    /// # Errors
    ///
    /// If it cannot be written, or another run is writing it.
    pub fn go_on(self) -> Result<(Journal, Vec<T>), WriteError> {
        let mut file = OpenOptions::new().write(true).open(&self.path).map_err(at(&self.path))?;
        hold(&file, &self.path)?;
        let end = file.set_len(self.length).and_then(|()| file.seek(SeekFrom::Start(self.length)));
        end.map_err(at(&self.path))?;
        Ok((Journal { path: self.path, file }, self.saved))
    }
}

/// A file with its owner, and where the records after it begin; absent if there is none, or not even an owner.
fn open(path: &Path) -> Result<Option<(BufReader<File>, Owner, u64)>, WriteError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(at(path)(e)),
    };
    let mut file = BufReader::new(file);
    recognise(&mut file, path)?;
    let owner = record::next::<SUM, Owner>(&mut file);
    Ok(owner.map(|(owner, bytes)| (file, owner, MAGIC.len() as u64 + bytes)))
}

/// Refuses a file that is none of ours.
fn recognise(file: &mut impl Read, path: &Path) -> Result<(), WriteError> {
    let mut magic = [0; MAGIC.len()];
    if file.read_exact(&mut magic).is_ok() && magic == *MAGIC {
        return Ok(());
    }
    let reason = "it holds no partial results of Restock; move it, or choose another folder with `--out`".into();
    Err(WriteError { path: path.to_path_buf(), reason })
}

/// Holds the file against other runs for as long as it is open. Where files cannot be locked, nothing is held.
fn hold(file: &File, path: &Path) -> Result<(), WriteError> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let reason = "another run is writing it; choose another folder with `--out`".into();
            Err(WriteError { path: path.to_path_buf(), reason })
        }
        Err(TryLockError::Error(_)) | Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use restock_kernel::study::Partial;

    fn saved(product: usize) -> Saved {
        Saved { product, partial: Partial::default(), rows: Vec::new() }
    }

    fn owner() -> Owner {
        Owner { run: "run".into(), program: "program".into() }
    }

    /// Whatever the length at which it is cut, the whole records before the cut are read, and the file goes on after them.
    #[test]
    fn what_is_cut_short_is_read_up_to_its_last_whole_record() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("run");
        let mut journal = Journal::begin(&target, &owner()).unwrap();
        let mut ends = vec![std::fs::metadata(journal_of(&target)).unwrap().len()];
        for product in 0..3 {
            journal.keep(&[saved(product)]).unwrap();
            ends.push(std::fs::metadata(journal_of(&target)).unwrap().len());
        }
        drop(journal);
        let whole = std::fs::read(journal_of(&target)).unwrap();
        for cut in 0..=whole.len() {
            std::fs::write(journal_of(&target), &whole[..cut]).unwrap();
            let records = ends.iter().filter(|end| **end <= cut as u64).count();
            match Unfinished::<Saved>::read(&target) {
                Err(_) => assert!(cut < MAGIC.len()),
                Ok(None) => assert!(records == 0 && cut >= MAGIC.len()),
                Ok(Some(found)) => {
                    assert_eq!(found.owner, owner());
                    assert_eq!(found.saved.len() + 1, records, "cut at {cut}");
                    let (mut journal, _) = found.go_on().unwrap();
                    journal.keep(&[saved(7)]).unwrap();
                    let again = Unfinished::<Saved>::read(&target).unwrap().unwrap();
                    assert_eq!(again.saved.last().unwrap().product, 7);
                }
            }
        }
        // A byte that was changed ends what can be trusted.
        let mut broken = whole.clone();
        broken[ends[1] as usize - 1] ^= 1;
        std::fs::write(journal_of(&target), &broken).unwrap();
        assert_eq!(Unfinished::<Saved>::read(&target).unwrap().unwrap().saved.len(), 0);
    }
}
