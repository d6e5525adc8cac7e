//! The bytes of a file, and what kind of file they are: told by how they begin, not by the file's name.

use super::table::Problem;
use crate::diag::looks::{HEAD, Looks, looks};
use crate::diag::words;
use crate::names::path as shown;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Most bytes of a file, and of what a compressed one holds.
const LARGEST: u64 = 4 << 30;

/// What a file holds.
#[derive(Debug)]
pub(super) enum Source {
    Text(Vec<u8>),
    /// `.xlsx`, `.xls`, `.xlsb` or `.ods`.
    Workbook(Vec<u8>),
    Parquet,
}

/// Reads the file, and unpacks it if it is compressed with gzip.
///
/// # Errors
///
/// It is missing, a folder, empty, too large, or something that holds no table.
pub(super) fn read(path: &Path) -> Result<Source, Problem> {
    let unreadable = |why: &str| Err(Problem::Unreadable(why.into()));
    let io = |e: std::io::Error| Problem::Unreadable(words::io(&e));
    if path.is_dir() {
        return unreadable("it is a folder");
    }
    let mut file = File::open(path).map_err(io)?;
    // A Parquet file is read by its own reader, and not by us as well.
    let mut bytes = within(file.by_ref().take(4), LARGEST)?;
    if bytes == b"PAR1" {
        return Ok(Source::Parquet);
    }
    bytes.append(&mut within(file, LARGEST)?);
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")) {
        return unreadable("it is no whole Parquet file: damaged, cut short, or of another kind");
    }
    if bytes.starts_with(b"\x1F\x8B") {
        bytes = within(flate2::read::MultiGzDecoder::new(bytes.as_slice()), LARGEST)?;
    }
    match looks(&bytes[..bytes.len().min(HEAD)]) {
        Some(Looks::Excel | Looks::Zip) => return Ok(Source::Workbook(bytes)),
        // Text in UTF-16 without a mark holds zeros as a binary file does.
        None | Some(Looks::Utf16 | Looks::Binary) => {}
        Some(kind) => {
            if let Some(remedy) = kind.instead_of_sales(&shown(path)) {
                return Err(Problem::Other { what: kind.what(), remedy });
            }
        }
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return unreadable("the file is empty");
    }
    Ok(Source::Text(bytes))
}

/// All that `from` holds, if it is no more than `most` bytes.
fn within(from: impl Read, most: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    match from.take(most + 1).read_to_end(&mut bytes) {
        Ok(n) if n as u64 > most => Err(Problem::Unreadable(format!("it holds more than {} GB", most >> 30))),
        Ok(_) => Ok(bytes),
        Err(e) => Err(Problem::Unreadable(words::io(&e))),
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
        assert!(matches!(kind(b" \n", "x.csv"), Err(why) if why.contains("empty")));
        assert!(matches!(kind(b"sep=;\na;b\n1;2\n", "x.csv"), Ok(Source::Text(_))));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"a,b\n1,2\n").unwrap();
        let packed = packed.finish().unwrap();
        assert!(matches!(kind(&packed, "x.csv.gz"), Ok(Source::Text(text)) if text == b"a,b\n1,2\n"));
        assert!(matches!(kind(&packed[..packed.len() - 9], "x.csv.gz"), Err(why) if why.contains("damaged")));
    }
}
