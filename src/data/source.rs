//! The bytes of a file, and what kind of file they are: told by how they begin, not by the file's name.

use super::table::Problem;
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

/// How files begin that people name by mistake, and what to say they are.
const OTHERS: [(&[u8], &str); 12] = [
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xFF\xD8\xFF", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"SQLite format 3", "an SQLite database"),
    (b"ARROW1", "an Arrow file"),
    (b"ORC", "an ORC file"),
    (b"7z\xBC\xAF", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "compressed with bzip2"),
    (b"\xFD7zXZ", "compressed with xz"),
    (b"\x28\xB5\x2F\xFD", "compressed with zstd"),
];

/// Reads the file, and unpacks it if it is compressed with gzip.
///
/// # Errors
///
/// It is missing, no regular file, empty, too large, or something that holds no table.
pub(super) fn read(path: &Path) -> Result<Source, Problem> {
    let no = |why: String| Err(Problem::Unreadable(why));
    let io = |e: std::io::Error| Problem::Unreadable(told(&e));
    let what = std::fs::metadata(path).map_err(io)?;
    if what.is_dir() {
        return no("it is a folder".into());
    }
    let file = File::open(path).map_err(io)?;
    let mut bytes = within(file, LARGEST)?;
    if bytes.starts_with(b"PAR1") {
        return Ok(Source::Parquet);
    }
    if bytes.starts_with(b"\x1F\x8B") {
        bytes = within(flate2::read::MultiGzDecoder::new(bytes.as_slice()), LARGEST)?;
    }
    if let Some((_, what)) = OTHERS.iter().find(|(begin, _)| bytes.starts_with(begin)) {
        return no(format!("it is {what}"));
    }
    if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("parquet")) {
        return no("it is no Parquet file, or a damaged one".into());
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Ok(Source::Workbook(bytes));
    }
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return no("the file is empty".into());
    }
    Ok(Source::Text(bytes))
}

/// All that `from` holds, if it is no more than `most` bytes.
fn within(from: impl Read, most: u64) -> Result<Vec<u8>, Problem> {
    let mut bytes = Vec::new();
    let read = from.take(most + 1).read_to_end(&mut bytes);
    match read {
        Ok(n) if n as u64 > most => {
            Err(Problem::Unreadable(format!("it holds more than {} GB", most >> 30)))
        }
        Ok(_) => Ok(bytes),
        Err(e) => Err(Problem::Unreadable(told(&e))),
    }
}

/// An error of the operating system in our words.
fn told(e: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match e.kind() {
        ErrorKind::NotFound => "there is no such file".into(),
        ErrorKind::PermissionDenied => "its permissions do not allow it".into(),
        ErrorKind::InvalidInput | ErrorKind::InvalidData | ErrorKind::UnexpectedEof => {
            "what it holds in compressed form is damaged".into()
        }
        ErrorKind::OutOfMemory => "it does not fit into memory".into(),
        _ => "the system could not read it".into(),
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
        assert!(matches!(kind(b"a,b\n1,2\n", "x.parquet"), Err(why) if why.contains("no Parquet file")));
        assert!(matches!(kind(b"PAR1....PAR1", "x.csv"), Ok(Source::Parquet)));
        assert!(matches!(kind(b"%PDF-1.7", "x.csv"), Err(why) if why.contains("a PDF")));
        assert!(matches!(kind(b" \n", "x.csv"), Err(why) if why.contains("empty")));
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(b"a,b\n1,2\n").unwrap();
        let packed = packed.finish().unwrap();
        assert!(matches!(kind(&packed, "x.csv.gz"), Ok(Source::Text(text)) if text == b"a,b\n1,2\n"));
        assert!(matches!(kind(&packed[..packed.len() - 9], "x.csv.gz"), Err(why) if why.contains("damaged")));
    }
}
