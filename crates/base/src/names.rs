//! Names are data: the one place where a name from outside becomes a name inside, and where it goes out again.
//!
//! A name comes from a scenario, a sales file, the command line or the file system, and ends on a terminal, a page, a
//! spreadsheet, a picture or as the name of a file. Each of these gives some characters a power: an escape code clears a
//! terminal, an override of the direction shows `exe.txt` for `txt.exe`, a leading `=` makes a spreadsheet calculate.
//! So there are two doors in, and one out for each kind of file:
//!
//! | door | what it does | for |
//! | --- | --- | --- |
//! | [`first_harm`] | finds what is not text, so that it can be refused with its place | scenarios, `--set` |
//! | [`clean`] | puts a space or U+FFFD for it, so that it can be counted and said | sales files |
//! | [`shown`], [`path`] | writes it as `\u001B` | messages, names of files |
//! | [`csv_cell`], [`from_csv_cell`] | an apostrophe before what a spreadsheet would calculate | CSV files |
//! | [`json`] | writes it as JSON's own `\u001b`, which loses nothing | JSON files |
//! | [`slug`], [`slugs`] | letters, digits and hyphens, no two alike | names of files |
//!
//! # What is not text
//!
//! Control characters (C0, DEL, C1), line and paragraph separators, embeddings, overrides and isolates of the direction of
//! writing, characters that cannot be seen, and code points that Unicode keeps free of characters. A tab is a blank, and
//! text. What living scripts need is text: the joiners U+200C and U+200D (Persian, Hindi, emoji) and the marks U+200E,
//! U+200F and U+061C (Hebrew, Arabic) stay. They are invisible all the same, so two names of one list must differ in more
//! than them: see [`visible`].

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write;
use std::path::Path;

/// Longest name of a scenario, in characters: a cell, a heading and a page can hold no text without end.
pub const LONGEST: usize = 200;

/// Longest text of a message, in characters: a value of a megabyte is not repeated.
const LONGEST_SHOWN: usize = 2_000;

/// Why a character is not text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Harm {
    /// It commands a terminal or a printer.
    Control,
    /// It ends the line or the paragraph.
    LineBreak,
    /// It turns the direction of writing.
    Direction,
    /// It cannot be seen.
    Invisible,
    /// Unicode will never give it a meaning.
    NoCharacter,
}

impl Harm {
    /// A noun with its article.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Harm::Control => "a control character",
            Harm::LineBreak => "a line break",
            Harm::Direction => "a character that turns the direction of writing",
            Harm::Invisible => "an invisible character",
            Harm::NoCharacter => "a code point that is no character",
        }
    }
}

/// Why this character is not text; absent if it is.
#[must_use]
pub fn harm(c: char) -> Option<Harm> {
    match c {
        ' '..='~' | '\t' => None,
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => Some(Harm::LineBreak),
        c if c.is_control() => Some(Harm::Control),
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(Harm::Direction),
        // Soft hyphen, fillers, Mongolian vowel separator, zero-width space, word joiner and invisible operators,
        // deprecated format characters, byte order mark, annotations, tags.
        '\u{ad}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{180e}'
        | '\u{200b}'
        | '\u{2060}'..='\u{2064}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}' => Some(Harm::Invisible),
        '\u{2065}' | '\u{fdd0}'..='\u{fdef}' => Some(Harm::NoCharacter),
        c if (c as u32) & 0xfffe == 0xfffe => Some(Harm::NoCharacter),
        _ => None,
    }
}

/// The first character that is not text: where it begins, itself, and why.
#[must_use]
pub fn first_harm(text: &str) -> Option<(usize, char, Harm)> {
    text.char_indices().find_map(|(at, c)| harm(c).map(|why| (at, c, why)))
}

/// The text with a space for what breaks lines, and U+FFFD for what else is not text; absent if all of it is text.
#[must_use]
pub fn clean(text: &str) -> Option<String> {
    first_harm(text)?;
    let put = |c: char| match harm(c) {
        None => c,
        Some(Harm::LineBreak) => ' ',
        Some(_) => char::REPLACEMENT_CHARACTER,
    };
    Some(text.chars().map(put).collect())
}

/// The text as it may stand in a message: what is not text is written as TOML writes it (`\u001B`), and what goes beyond
/// two thousand characters is cut.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, c) in text.chars().enumerate() {
        if n == LONGEST_SHOWN {
            out.push_str(" ..");
            break;
        }
        if harm(c).is_some() { escape(&mut out, c) } else { out.push(c) }
    }
    out
}

/// A path as it may stand in a message.
#[must_use]
pub fn path(path: &Path) -> String {
    shown(&path.to_string_lossy())
}

fn escape(out: &mut String, c: char) {
    let code = c as u32;
    // Writing to a string cannot fail.
    let _ = if code > 0xffff { write!(out, "\\U{code:08X}") } else { write!(out, "\\u{code:04X}") };
}

/// The text with every byte that is not text masked, and all else at its place: for a terminal that shows lines of a file.
/// Line ends stay.
#[must_use]
pub fn masked(text: &str) -> Cow<'_, str> {
    let keep = |c: char| c == '\n' || harm(c).is_none();
    if text.chars().all(keep) {
        return Cow::Borrowed(text);
    }
    // As many bytes as the character has.
    let mask = |c: char| match c.len_utf8() {
        1 => "?",
        2 => "\u{b7}",
        3 => "\u{fffd}",
        _ => "\u{b7}\u{b7}",
    };
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        if keep(c) || (c == '\r' && characters.peek() == Some(&'\n')) {
            out.push(c);
        } else {
            out.push_str(mask(c));
        }
    }
    Cow::Owned(out)
}

/// What a reader sees of a name: neither blanks around it nor marks without a shape. Names that agree in this look alike.
#[must_use]
pub fn visible(name: &str) -> String {
    let shapeless = |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{61c}' | '\u{34f}' | '\u{2800}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}');
    let rest: String = name.chars().filter(|c| !shapeless(*c) && harm(*c).is_none()).collect();
    rest.trim().to_owned()
}

/// Whether a spreadsheet would take this text for a formula: `=`, `+`, `-` or `@` at its beginning, also in their wide
/// forms and behind blanks or apostrophes, or a control character that it skips; and the text is no number.
fn calculates(text: &str) -> bool {
    let behind = text.trim_start_matches('\'');
    let inner = behind.trim_start();
    let formula = inner.starts_with(['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    (formula || behind.starts_with(['\t', '\r', '\n'])) && !is_number(text)
}

/// A plain number, as programs write it: `-3.5e7`.
fn is_number(text: &str) -> bool {
    text.ends_with(|c: char| c.is_ascii_digit()) && text.parse::<f64>().is_ok_and(f64::is_finite)
}

/// A cell of a CSV file: text that a spreadsheet would calculate gets an apostrophe, which makes it text; numbers and other
/// text stay as they are.
#[must_use]
pub fn csv_cell(text: &str) -> Cow<'_, str> {
    if calculates(text) { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// Takes the apostrophe of [`csv_cell`] off again.
#[must_use]
pub fn from_csv_cell(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if calculates(text) => text,
        _ => cell,
    }
}

/// A JSON text in which every character that is not text is written as `\u001b`: the same value, and nothing raw.
#[must_use]
pub fn json(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Line feeds stand between values; inside of texts they are written as `\n` already.
        if c == '\n' || harm(c).is_none() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out
}

/// Names that Windows keeps for devices.
fn is_reserved(slug: &str) -> bool {
    matches!(slug, "con" | "prn" | "aux" | "nul")
        || slug
            .strip_prefix("com")
            .or_else(|| slug.strip_prefix("lpt"))
            .is_some_and(|n| n.len() == 1 && n.as_bytes()[0].is_ascii_digit())
}

/// Longest slug, without what keeps it apart from others.
const SLUG: usize = 60;

/// Lower-case letters, digits and single hyphens; empty if the name has neither letters nor digits of ASCII.
fn plain_slug(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
        if out.len() > SLUG {
            break;
        }
    }
    out.truncate(SLUG);
    out.truncate(out.trim_end_matches('-').len());
    out
}

/// A name that is safe as a file's on every system: lower-case letters, digits and hyphens; `scenario` for a name that has
/// neither letters nor digits.
#[must_use]
pub fn slug(name: &str) -> String {
    slugs([name], "scenario").swap_remove(0)
}

/// A slug for the name of a file, from which a folder is named. Letters that it cannot hold are told apart by a check sum: files
/// of other scripts do not share one.
#[must_use]
pub fn file_slug(stem: &str) -> String {
    let slug = slug(stem);
    if stem.chars().all(|c| c.is_ascii() || !c.is_alphanumeric()) {
        return slug;
    }
    // Fowler, Noll and Vo's hash, of 32 bits.
    let sum = stem.bytes().fold(0x811c_9dc5_u32, |h, b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193));
    format!("{slug}-{sum:08x}")
}

/// Slugs of several names, one each, no two alike on any file system. A name keeps its own slug if no other has the same; the
/// first of those that share one keeps it too, and the others are numbered. `without` stands for a name that has neither letters
/// nor digits of ASCII.
#[must_use]
pub fn slugs<'a>(names: impl IntoIterator<Item = &'a str>, without: &str) -> Vec<String> {
    let plain = |name| match plain_slug(name) {
        slug if slug.is_empty() => without.to_owned(),
        slug => slug,
    };
    let own: Vec<String> = names.into_iter().map(plain).collect();
    let mut used: HashSet<String> = own.iter().filter(|slug| !is_reserved(slug)).cloned().collect();
    let mut next: HashMap<&str, usize> = HashMap::new();
    let numbered = |slug: &str, from: &mut usize, used: &mut HashSet<String>| loop {
        let candidate = format!("{slug}-{from}");
        *from += 1;
        if used.insert(candidate.clone()) {
            return candidate;
        }
    };
    own.iter()
        .map(|slug| match next.get_mut(slug.as_str()) {
            Some(from) => numbered(slug, from, &mut used),
            None => {
                let from = next.entry(slug).or_insert(2);
                if is_reserved(slug) { numbered(slug, from, &mut used) } else { slug.clone() }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Files of other scripts have folders of their own.
    #[test]
    fn files_of_other_scripts_are_told_apart() {
        assert_eq!(file_slug("Spring Surge"), "spring-surge");
        assert!(file_slug("\u{7ea2}").starts_with("scenario-"));
        let names = ["\u{7ea2}", "\u{84dd}", "\u{dc}bung", "bung"].map(file_slug);
        assert_eq!(names.iter().collect::<std::collections::HashSet<_>>().len(), 4, "{names:?}");
    }

    #[test]
    fn what_is_text_and_what_is_not() {
        for c in [
            'a', ' ', '\t', '~', 'é', '\u{a0}', '日', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{fe0f}', '👕',
            '\u{fffd}',
        ] {
            assert_eq!(harm(c), None, "{c:?}");
        }
        for (c, why) in [
            ('\0', Harm::Control),
            ('\u{1b}', Harm::Control),
            ('\u{7f}', Harm::Control),
            ('\u{9b}', Harm::Control),
            ('\n', Harm::LineBreak),
            ('\u{85}', Harm::LineBreak),
            ('\u{2028}', Harm::LineBreak),
            ('\u{202e}', Harm::Direction),
            ('\u{2066}', Harm::Direction),
            ('\u{200b}', Harm::Invisible),
            ('\u{feff}', Harm::Invisible),
            ('\u{e0041}', Harm::Invisible),
            ('\u{fdd0}', Harm::NoCharacter),
            ('\u{ffff}', Harm::NoCharacter),
            ('\u{10fffe}', Harm::NoCharacter),
        ] {
            assert_eq!(harm(c), Some(why), "{c:?}");
        }
    }

    #[test]
    fn messages_show_what_cannot_be_printed() {
        assert_eq!(shown("\u{1b}[2Jtee\u{202e}\u{e0041}"), "\\u001B[2Jtee\\u202E\\U000E0041");
        assert_eq!(path(Path::new("a\u{7}b/c\nd.toml")), "a\\u0007b/c\\u000Ad.toml");
        assert!(shown(&"x".repeat(1_000_000)).len() < 2_010);
        assert_eq!(clean("tee"), None);
        assert_eq!(clean("a\tb\nc\u{1b}d\u{202e}").as_deref(), Some("a\tb c\u{fffd}d\u{fffd}"));
    }

    #[test]
    fn names_that_look_alike() {
        assert_eq!(visible(" tee\u{200d}\u{200e} "), "tee");
        assert_eq!(visible("\u{200b}\u{3164}\u{2800}"), "");
        assert_ne!(visible("tee"), visible("têe"));
    }

    #[test]
    fn formulas_become_text_and_numbers_stay() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+1", "+1"),
            ("-1+1|x", "'-1+1|x"),
            ("@SUM(1)", "'@SUM(1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("  =1", "'  =1"),
            ("＝1", "'＝1"),
            ("'=1", "''=1"),
            ("''=1", "'''=1"),
            ("-inf", "'-inf"),
            ("-", "'-"),
            ("-3.5e7", "-3.5e7"),
            ("'tis", "'tis"),
            ("", ""),
        ] {
            assert_eq!(csv_cell(text), cell, "{text:?}");
            assert_eq!(from_csv_cell(&csv_cell(text)), text);
        }
    }

    #[test]
    fn json_loses_nothing() {
        let value = serde_json::json!({ "a\u{9b}": ["\u{1b}\u{7f}\u{202e}\u{e0041}\u{ffff}", "ä\n\t\""] });
        let text = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(text.chars().all(|c| c == '\n' || harm(c).is_none()), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }

    #[test]
    fn slugs_are_safe_names() {
        for (name, expected) in [
            ("Autumn: ocean vs direct!", "autumn-ocean-vs-direct"),
            ("../../etc", "etc"),
            ("日本", "scenario"),
            ("", "scenario"),
            ("con", "con-2"),
            ("COM1", "com1-2"),
            ("com10", "com10"),
            (" --- ", "scenario"),
        ] {
            assert_eq!(slug(name), expected);
        }
        assert_eq!(slugs(["a b", "a-b", "a-b-2", "A B", "aux"], "x"), ["a-b", "a-b-3", "a-b-2", "a-b-4", "aux-2"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Any text; and texts of few letters, which meet often.
        #[test]
        fn slugs_of_any_names_stay_apart(
            names in proptest::collection::vec(prop_oneof![
                ".{0,90}", "[aA][- _2]{0,3}[bB]?(-[234]){0,2}", "(con|COM1|prn|日|é|scenario|x{70}[ab]?)(-[23])?"
            ], 0..40)
        ) {
            let found = slugs(names.iter().map(String::as_str), "scenario");
            prop_assert_eq!(found.len(), names.len());
            let folded: HashSet<String> = found.iter().map(|s| s.to_lowercase()).collect();
            prop_assert_eq!(folded.len(), names.len(), "{:?}", found);
            for slug in &found {
                prop_assert!(!slug.is_empty() && slug.len() <= SLUG + 6 && !is_reserved(slug));
                prop_assert!(slug.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
                prop_assert!(!slug.starts_with('-') && !slug.ends_with('-'));
            }
        }

        /// A cell reads back as what was written, and none begins a formula.
        #[test]
        fn cells_go_out_and_come_back(text in prop_oneof![".{0,20}", "['=+@\t -]{0,4}[a-z0-9.]{0,4}"]) {
            let cell = csv_cell(&text).into_owned();
            prop_assert_eq!(from_csv_cell(&cell), &text);
            prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']) || is_number(&cell), "{}", cell);
        }

        #[test]
        fn masks_keep_places(text in "(.|[\u{1b}\u{9b}\u{202e}\u{e0041}\r\n\t]){0,30}") {
            let masked = masked(&text);
            prop_assert_eq!(masked.len(), text.len());
            prop_assert!(masked.char_indices().all(|(i, _)| text.is_char_boundary(i) || text.len() > i));
            prop_assert!(masked.chars().all(|c| matches!(c, '\n' | '\t' | '\r') || harm(c).is_none()));
            prop_assert_eq!(clean(&shown(&text)), None);
        }
    }
}
