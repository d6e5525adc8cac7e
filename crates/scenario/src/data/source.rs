//! The bytes of a file, and what kind of file they are: told by how they begin, not by the file's name.

use super::table::Problem;
use flate2::read::MultiGzDecoder;
use restock_base::diag::looks::{HEAD, Looks, looks};
use restock_base::diag::words;
use restock_base::names::path as shown;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Most bytes of a file, and of what a compressed one holds.
pub(super) const LARGEST: u64 = 4 << 30;

/// Most bytes of what is held in memory as it is: a workbook, or what comes through a pipe.
pub(super) const HELD: u64 = 512 << 20;

/// What a file holds.
#[derive(Debug)]
pub(super) enum Source {
    Text(Bytes),
    /// `.xlsx`, `.xls`, `.xlsb` or `.ods`.
    Workbook(Vec<u8>),
    Parquet,
}

/// Bytes that can be read from their beginning more than once, so that a large file is never in memory as a whole.
#[derive(Debug, Clone)]
pub(super) enum Bytes {
    File(PathBuf),
    /// Compressed with gzip.
    Packed(PathBuf),
    /// Of a pipe, which gives them once.
    Held(Rc<[u8]>),
}

impl Bytes {
    /// Reads from the beginning.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn open(&self) -> Result<Box<dyn Read>, Problem> {
        let file = |path| File::open(path).map_err(|e| io(&e));
        Ok(match self {
            Bytes::File(path) => Box::new(file(path)?.take(LARGEST)),
            Bytes::Packed(path) => Box::new(MultiGzDecoder::new(BufReader::new(file(path)?)).take(LARGEST)),
            Bytes::Held(bytes) => Box::new(std::io::Cursor::new(Rc::clone(bytes))),
        })
    }

    /// The first `most` bytes.
    ///
    /// # Errors
    ///
    /// They cannot be read.
    pub fn head(&self, most: usize) -> Result<Vec<u8>, Problem> {
        let mut head = Vec::new();
        self.open()?.take(most as u64).read_to_end(&mut head).map_err(|e| io(&e))?;
        Ok(head)
    }

    /// What is said of one that holds more than is read.
    fn too_large(&self) -> Problem {
        match self {
            Bytes::Packed(path) => {
                let packed = std::fs::metadata(path).map_or(0, |m| m.len());
                too_large_unpacked(packed, &format!("more than {}", size(LARGEST)), LARGEST)
            }
            Bytes::File(_) | Bytes::Held(_) => too_large(LARGEST),
        }
    }

    /// Gives all bytes, in pieces.
    ///
    /// # Errors
    ///
    /// They cannot be read, or are too many.
    pub fn each(&self, mut visit: impl FnMut(&[u8])) -> Result<(), Problem> {
        let mut from = self.open()?;
        let mut buffer = vec![0; PIECE];
        let mut all = 0;
        loop {
            let n = from.read(&mut buffer).map_err(|e| io(&e))?;
            if n == 0 {
                return Ok(());
            }
            all += n as u64;
            if all == LARGEST {
                return Err(self.too_large());
            }
            visit(&buffer[..n]);
        }
    }
}

/// Bytes that are read at a time.
pub(super) const PIECE: usize = 256 << 10;

fn io(e: &std::io::Error) -> Problem {
    Problem::Unreadable(words::io(e))
}

/// `4 GB`, `512 MB`, `3 kB`
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        b if b >= 1 << 30 => format!("{:.1} GB", b as f64 / f64::from(1 << 30)).replace(".0 ", " "),
        b if b >= 1 << 20 => format!("{} MB", b >> 20),
        b => format!("{} kB", b.div_ceil(1 << 10)),
    }
}

fn too_large(most: u64) -> Problem {
    Problem::Unreadable(format!("it holds more than {}", size(most)))
}

/// Of a file of so many bytes that holds so much once it is unpacked.
pub(super) fn too_large_unpacked(packed: u64, holds: &str, most: u64) -> Problem {
    Problem::Unreadable(format!(
        "its {} hold {holds} once unpacked, and at most {} are read; write fewer rows, or them alone, without the rest",
        size(packed),
        size(most)
    ))
}

/// Looks at the file: unpacked if it is compressed with gzip.
///
/// # Errors
///
/// It is missing, a folder, empty, too large, or something that holds no table.
pub(super) fn read(path: &Path) -> Result<Source, Problem> {
    let unreadable = |why: &str| Err(Problem::Unreadable(why.into()));
    let kind = std::fs::metadata(path).map_err(|e| io(&e))?;
    if kind.is_dir() {
        return unreadable("it is a folder");
    }
    let mut bytes = if kind.is_file() {
        Bytes::File(path.to_owned())
    } else {
        Bytes::Held(within(File::open(path).map_err(|e| io(&e))?, HELD)?.into())
    };
    let mut head = bytes.head(HEAD)?;
    if head.starts_with(b"PAR1") {
        return Ok(Source::Parquet);
    }
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")) {
        return unreadable("it is no whole Parquet file: damaged, cut short, or of another kind");
    }
    if head.starts_with(b"\x1F\x8B") {
        bytes = match bytes {
            Bytes::Held(packed) => Bytes::Held(within(MultiGzDecoder::new(&*packed), HELD)?.into()),
            _ => Bytes::Packed(path.to_owned()),
        };
        head = bytes.head(HEAD)?;
    }
    match looks(&head) {
        Some(Looks::Excel | Looks::Zip) => return Ok(Source::Workbook(within(bytes.open()?, HELD)?)),
        // Text in UTF-16 without a mark holds zeros as a binary file does.
        None | Some(Looks::Utf16 | Looks::Binary) => {}
        Some(kind) => {
            if let Some(remedy) = kind.instead_of_sales(&shown(path)) {
                return Err(Problem::Other { what: kind.what(), remedy });
            }
        }
    }
    Ok(Source::Text(bytes))
}

/// All that `from` holds, if it is no more than `most` bytes.
fn within(from: impl Read, most: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    match from.take(most + 1).read_to_end(&mut bytes) {
        Ok(n) if n as u64 > most => Err(too_large(most)),
        Ok(_) => Ok(bytes),
        Err(e) => Err(io(&e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn kind(bytes: &[u8], name: &str) -> Result<Source, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        read(&path).map_err(|p| format!("{p:?}"))
    }

    #[test]
    fn a_file_is_what_it_begins_with() {
        assert!(matches!(kind(b"a,b\n1,2\n", "x.parquet"), Err(why) if why.contains("no whole Parquet file")));
        assert!(matches!(kind(b"PAR1....PAR1", "x.csv"), Ok(Source::Parquet)));
        assert!(matches!(kind(b"%PDF-1.7", "x.csv"), Err(why) if why.contains("a PDF")));
        assert!(matches!(kind(b"sep=;\na;b\n1;2\n", "x.csv"), Ok(Source::Text(Bytes::File(_)))));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"a,b\n1,2\n").unwrap();
        let packed = packed.finish().unwrap();
        assert!(matches!(kind(&packed, "x.csv.gz"), Ok(Source::Text(Bytes::Packed(_)))));
        assert!(matches!(kind(&packed[..packed.len() - 9], "x.csv.gz"), Err(why) if why.contains("damaged")));
    }

    #[test]
    fn bytes_are_read_again_and_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        std::fs::write(&path, b"a,b\n1,2\n").unwrap();
        let bytes = Bytes::File(path);
        for _ in 0..2 {
            let mut all = Vec::new();
            bytes.each(|piece| all.extend_from_slice(piece)).unwrap();
            assert_eq!(all, b"a,b\n1,2\n");
        }
        assert_eq!(bytes.head(3).unwrap(), b"a,b");
    }
}
