//! How much a workbook holds once it is unpacked, found before anything of it is kept: a file of a few kilobytes may say that it holds a million times as
//! much, or hold it without saying so.

use super::source::{HELD, size, too_large_unpacked};
use super::table::Problem;
use std::io::{BufRead, BufReader, Cursor, Read};
use zip::ZipArchive;

/// Most cells of a sheet, from its first row and column to its last: a million rows of 32 columns.
pub(super) const CELLS: u64 = 1 << 25;

/// Refuses a workbook whose parts are too large together, by what they say and by what they really hold, or whose sheets repeat cells too often.
///
/// # Errors
///
/// It is too large, or damaged.
pub(super) fn fits(bytes: &[u8]) -> Result<(), Problem> {
    if !bytes.starts_with(b"PK") {
        // The older format is not packed.
        return Ok(());
    }
    let damaged = || Problem::Unreadable("it is no workbook, or a damaged or protected one".into());
    let mut book = ZipArchive::new(Cursor::new(bytes)).map_err(|_| damaged())?;
    let packed = bytes.len() as u64;
    let mut said: u64 = 0;
    for i in 0..book.len() {
        let part = book.by_index_raw(i).map_err(|_| damaged())?;
        let is_read = part.name().is_ok_and(|name| is_read(&name));
        said = said.saturating_add(if is_read { part.size() } else { 0 });
    }
    if said > HELD {
        return Err(too_large_unpacked(packed, &size(said), HELD));
    }
    // A part may hold more than it says.
    let mut held: u64 = 0;
    for i in 0..book.len() {
        let part = book.by_index(i).map_err(|_| damaged())?;
        let Some(name) = part.name().ok().filter(|name| is_read(name)) else { continue };
        let cells = name == "content.xml";
        let mut part = BufReader::new(part.take(HELD + 1 - held));
        held += match if cells { repeated(&mut part) } else { std::io::copy(&mut part, &mut std::io::sink()) } {
            Ok(n) => n,
            Err(e) if e.kind() == std::io::ErrorKind::FileTooLarge => return Err(too_many_cells(&e.to_string())),
            Err(_) => return Err(damaged()),
        };
        if held > HELD {
            return Err(too_large_unpacked(packed, &format!("more than {}", size(HELD)), HELD));
        }
    }
    Ok(())
}

/// Whether a part of a workbook is read: pictures and the like are not.
fn is_read(name: &str) -> bool {
    [".xml", ".rels", ".bin"].iter().any(|end| name.ends_with(end))
}

/// What is said of a sheet with too many cells.
pub(super) fn too_many_cells(how: &str) -> Problem {
    let most = CELLS >> 20;
    Problem::Unreadable(format!(
        "a sheet of it has {how}, and at most {most} million cells are read, and {} of text; write the rows that are needed as a CSV file",
        size(HELD)
    ))
}

/// Reads the sheets of an OpenDocument and counts what its cells become when they and their rows are repeated as often as they say. Returns how many
/// bytes were read; an error of the kind `FileTooLarge` says how many cells, or how much text, there would be.
fn repeated(from: &mut impl BufRead) -> std::io::Result<u64> {
    let (mut all, mut sheet, mut tag) = (0, Repeats::default(), Vec::new());
    loop {
        tag.clear();
        // A mark inside of quotes ends nothing.
        while from.read_until(b'>', &mut tag)? > 0 && inside_quotes(&tag) {}
        if tag.is_empty() {
            return Ok(all);
        }
        all += tag.len() as u64;
        sheet.hear(&tag);
        if let Some(what) = sheet.is_too_much() {
            return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, what));
        }
    }
}

/// Bytes of a cell's tag that are no text: names and short attributes.
const MARKUP: u64 = 256;

/// What the rows and cells of an OpenDocument become.
#[derive(Default)]
struct Repeats {
    cells: u64,
    text: u64,
    /// Of a sheet: its widest row, and empty rows since the last filled one.
    widest: u64,
    empty: u64,
    /// Of a row: how often it stands, its cells, and those of them to the last filled one.
    rows: u64,
    width: u64,
    filled: u64,
    /// Of a cell: whether it is filled, how often it stands, and the bytes of its text.
    full: bool,
    times: u64,
    own: u64,
}

impl Repeats {
    /// Hears a tag, with the text before it.
    fn hear(&mut self, tag: &[u8]) {
        let Some(at) = tag.iter().position(|b| *b == b'<') else { return };
        let (name, alone) = (&tag[at + 1..], tag.ends_with(b"/>"));
        self.own += at as u64;
        if name.starts_with(b"table:table ") {
            (self.widest, self.empty) = (0, 0);
        } else if name.starts_with(b"table:table-row") {
            (self.width, self.filled) = (0, 0);
            self.rows = attribute(name, b"table:number-rows-repeated").unwrap_or(1);
        } else if name.starts_with(b"table:table-cell") || name.starts_with(b"table:covered-table-cell") {
            self.times = attribute(name, b"table:number-columns-repeated").unwrap_or(1);
            self.own = (tag.len() as u64).saturating_sub(MARKUP);
            self.width = self.width.saturating_add(self.times);
            self.full = contains(name, b"office:") || contains(name, b"table:formula");
            if self.full {
                self.filled = self.width;
            }
        }
        if name.starts_with(b"/table:table-cell") || alone && self.times > 0 && contains(name, b"table-cell") {
            if self.full {
                self.text = self.text.saturating_add(self.times.saturating_mul(self.own).saturating_mul(self.rows));
            }
            self.times = 0;
        }
        if name.starts_with(b"/table:table-row") || alone && name.starts_with(b"table:table-row") {
            self.end_row();
        }
    }

    fn end_row(&mut self) {
        if self.filled == 0 {
            self.empty = self.empty.saturating_add(self.rows);
            return;
        }
        self.widest = self.widest.max(self.filled);
        self.cells = self.cells.saturating_add((self.empty + self.rows).saturating_mul(self.widest));
        self.empty = 0;
    }

    fn is_too_much(&self) -> Option<String> {
        if self.cells.max(self.filled) > CELLS {
            return Some(format!("more than {} million cells", CELLS >> 20));
        }
        (self.text > HELD).then(|| format!("more than {} of text", size(HELD)))
    }
}

fn inside_quotes(tag: &[u8]) -> bool {
    let from = tag.iter().rposition(|b| *b == b'<').unwrap_or(0);
    let mut open = None;
    for b in &tag[from..] {
        match (open, b) {
            (None, b'"' | b'\'') => open = Some(*b),
            (Some(quote), b) if quote == *b => open = None,
            _ => {}
        }
    }
    open.is_some() && tag.last() == Some(&b'>')
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|w| w == part)
}

/// The number that an attribute has.
fn attribute(tag: &[u8], name: &[u8]) -> Option<u64> {
    let at = tag.windows(name.len()).position(|w| w == name)? + name.len();
    let rest = tag[at..].strip_prefix(b"=\"").or_else(|| tag[at..].strip_prefix(b"='"))?;
    let digits: String = rest.iter().take_while(|b| b.is_ascii_digit()).map(|b| char::from(*b)).collect();
    digits.parse().ok()
}
