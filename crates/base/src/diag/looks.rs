//! What a file looks like that was given for something else: one sentence instead of a thousand errors.

/// How much of a file is looked at, in bytes.
pub const HEAD: usize = 64 << 10;

/// A kind of file, by its first bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// Cells separated by commas, semicolons or tabs.
    Csv,
    /// A Restock scenario in TOML.
    Scenario,
    /// A JSON document.
    Json,
    /// A YAML document.
    Yaml,
    /// HTML or XML.
    Markup,
    /// An Apache Parquet file (it begins with `PAR1`).
    Parquet,
    /// An Excel workbook.
    Excel,
    /// A zip archive that is no workbook.
    Zip,
    /// A picture.
    Image,
    /// A PDF document.
    Pdf,
    /// Text in UTF-16.
    Utf16,
    /// Compressed data, such as gzip.
    Compressed,
    /// Bytes that are no text and of no kind known here.
    Binary,
}

/// Beginnings of binary files, and what they are.
const MAGIC: &[(&[u8], Looks)] = &[
    (b"PAR1", Looks::Parquet),
    (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", Looks::Excel),
    (b"PK\x03\x04", Looks::Zip),
    (b"\x89PNG\r\n\x1A\n", Looks::Image),
    (b"\xFF\xD8\xFF", Looks::Image),
    (b"GIF8", Looks::Image),
    (b"RIFF", Looks::Image),
    (b"BM", Looks::Image),
    (b"II*\0", Looks::Image),
    (b"MM\0*", Looks::Image),
    (b"%PDF-", Looks::Pdf),
    (b"\xFF\xFE", Looks::Utf16),
    (b"\xFE\xFF", Looks::Utf16),
    (b"\x1F\x8B", Looks::Compressed),
    (b"BZh", Looks::Compressed),
    (b"\xFD7zXZ\0", Looks::Compressed),
    (b"\x28\xB5\x2F\xFD", Looks::Compressed),
    (b"7z\xBC\xAF\x27\x1C", Looks::Compressed),
];

/// What a file is that begins with these bytes; absent if nothing speaks for any kind.
#[must_use]
pub fn looks(head: &[u8]) -> Option<Looks> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    if let Some((_, kind)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        // Two or three letters may begin a text as well.
        let letters = matches!(head.first(), Some(b'B' | b'R' | b'G'));
        if !letters || head.iter().any(|b| *b == 0 || *b >= 0x80) {
            let excel = *kind == Looks::Zip && holds(head, b"xl/");
            return Some(if excel { Looks::Excel } else { *kind });
        }
    }
    if head.contains(&0) {
        return Some(Looks::Binary);
    }
    // A head may end inside of a character, and an old export may have other letters than UTF-8.
    of_text(&String::from_utf8_lossy(head))
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

fn of_text(text: &str) -> Option<Looks> {
    let begun = text.trim_start();
    let inside = begun.strip_prefix('[').map(str::trim_start);
    if begun.starts_with('{') || inside.is_some_and(|i| i.starts_with('{')) {
        return Some(Looks::Json);
    }
    if begun.starts_with('<') {
        return Some(Looks::Markup);
    }
    let mut lines = begun.lines().map(str::trim).filter(|l| !l.is_empty());
    let first = lines.next()?;
    // Excel's line that names the separator.
    if first.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("sep=")) && first.len() == 5 {
        return Some(Looks::Csv);
    }
    let key = |text: &str| {
        let quotes = text.matches(['"', '\'']).count();
        !text.is_empty()
            && quotes.is_multiple_of(2)
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.\"' ".contains(c))
    };
    let toml = |line: &str| {
        line.starts_with('#')
            || (line.starts_with('[') && line.contains(']'))
            || line.split_once('=').is_some_and(|(k, _)| key(k.trim()))
    };
    if toml(first) {
        let holds_a_key = begun.lines().any(|l| l.trim_start().starts_with("[[") || toml(l.trim()) && l.contains('='));
        return holds_a_key.then_some(Looks::Scenario);
    }
    let count = |line: &str, separator: char| line.matches(separator).count();
    let second = lines.next();
    let table = |separator: char| {
        let n = count(first, separator);
        n > 0 && second.is_none_or(|s| count(s, separator) >= n)
    };
    if [',', ';', '\t'].into_iter().any(table) {
        return Some(Looks::Csv);
    }
    let yaml = |line: &str| {
        line == "---"
            || line.split_once(':').is_some_and(|(k, v)| !k.contains(' ') && (v.is_empty() || v.starts_with(' ')))
    };
    (yaml(first) && second.is_none_or(|s| yaml(s) || s.starts_with("- "))).then_some(Looks::Yaml)
}

impl Looks {
    /// A noun with its article.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Looks::Csv => "a CSV sales file",
            Looks::Scenario => "a scenario",
            Looks::Json => "a JSON file",
            Looks::Yaml => "a YAML file",
            Looks::Markup => "a page or a drawing (HTML, XML, SVG)",
            Looks::Parquet => "a Parquet sales file",
            Looks::Excel => "an Excel workbook",
            Looks::Zip => "a zip archive",
            Looks::Image => "an image",
            Looks::Pdf => "a PDF document",
            Looks::Utf16 => "text in UTF-16",
            Looks::Compressed => "a compressed file",
            Looks::Binary => "a binary file",
        }
    }

    /// What to do with it, if a scenario was wanted; `file` is its name. Absent for a scenario.
    #[must_use]
    pub fn instead_of_a_scenario(self, file: &str) -> Option<String> {
        Some(match self {
            Looks::Scenario => return None,
            Looks::Csv | Looks::Parquet => {
                format!("use `restock describe {file}`, or name it in a scenario as `history`")
            }
            Looks::Excel => format!("use `restock describe {file}`, or name it in a scenario as `history`"),
            Looks::Utf16 => "save the file as UTF-8".into(),
            Looks::Compressed | Looks::Zip => "unpack it, and name the scenario".into(),
            Looks::Json | Looks::Yaml => "write the scenario as TOML; `restock init` writes one to begin with".into(),
            _ => "name a scenario file; `restock init` writes one to begin with".into(),
        })
    }

    /// What to do with it, if sales were wanted and it is not read as such. Absent for what is read.
    #[must_use]
    pub fn instead_of_sales(self, file: &str) -> Option<String> {
        Some(match self {
            Looks::Csv | Looks::Yaml | Looks::Excel | Looks::Parquet | Looks::Utf16 => return None,
            Looks::Scenario => format!("use `restock check {file}` or `restock run {file}`"),
            Looks::Compressed | Looks::Zip => "unpack it, and name the CSV or Parquet file".into(),
            _ => "name a file with a header: CSV, a workbook (`.xlsx`, `.ods`) or Parquet".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_their_beginning() {
        for (head, kind) in [
            (&b"date,sku,units\n2026-01-01,a,3\n"[..], Some(Looks::Csv)),
            (b"\xEF\xBB\xBFdate;units\r\n1;2\r\n", Some(Looks::Csv)),
            (b"date\tunits", Some(Looks::Csv)),
            (b"sep=;\r\nsku;date\r\nx=1;2", Some(Looks::Csv)),
            (b"\"a=b\",c\n1,2\n", Some(Looks::Csv)),
            (b"# mine\nname = \"x\"\n", Some(Looks::Scenario)),
            (b"[[product]]\nsku = 1\n", Some(Looks::Scenario)),
            (b"BMI-index = 3", Some(Looks::Scenario)),
            (b"{ \"a\": 1 }", Some(Looks::Json)),
            (b" [ { \"a\": 1 } ]", Some(Looks::Json)),
            (b"name: x\nhorizon:\n", Some(Looks::Yaml)),
            (b"<svg/>", Some(Looks::Markup)),
            (b"PAR1\x15\x04", Some(Looks::Parquet)),
            (b"PK\x03\x04....xl/workbook.xml", Some(Looks::Excel)),
            (b"PK\x03\x04....word/document.xml", Some(Looks::Zip)),
            (b"\x89PNG\r\n\x1A\n", Some(Looks::Image)),
            (b"BM\x00\x01\x00", Some(Looks::Image)),
            (b"%PDF-1.7", Some(Looks::Pdf)),
            (b"\xFF\xFEd\0", Some(Looks::Utf16)),
            (b"\x1F\x8B\x08", Some(Looks::Compressed)),
            (b"a\0b", Some(Looks::Binary)),
            (b"It was a night", None),
            (b"", None),
            (b"# only a remark, no key\n", None),
        ] {
            assert_eq!(looks(head), kind, "{:?}", String::from_utf8_lossy(head));
        }
    }
}
