//! The embedded font, and installed ones for characters that it lacks: Chinese names of goods, say.
//!
//! Installed fonts are looked at only when a text needs them, so that every other picture has the same bytes on every machine.

use resvg::usvg::fontdb::{Database, FaceInfo, Source, Style, Weight};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use ttf_parser::Face;
use unicode_width::UnicodeWidthChar;

pub(super) const REGULAR: &[u8] = include_bytes!("../../../../../assets/Inter-Regular.otf");
pub(super) const SEMIBOLD: &[u8] = include_bytes!("../../../../../assets/Inter-SemiBold.otf");

/// Families that an SVG names behind the embedded one: viewers take from them what it lacks.
pub(super) const FALLBACK: &str =
    "'Noto Sans CJK SC', 'Source Han Sans SC', 'Microsoft YaHei', 'PingFang SC', 'Noto Sans', sans-serif";

/// An installed font: its file, and the name of its family.
type Installed = (PathBuf, String);

/// Where a character that the embedded font lacks is taken from.
static INSTALLED: Mutex<BTreeMap<char, Option<Installed>>> = Mutex::new(BTreeMap::new());

/// Characters of a text that the embedded font has no glyph for. What takes no room needs none.
pub(super) fn lacking(text: &str) -> BTreeSet<char> {
    static FACE: OnceLock<Option<Face<'static>>> = OnceLock::new();
    let face = FACE.get_or_init(|| Face::parse(REGULAR, 0).ok());
    let has = |c: char| face.as_ref().is_none_or(|f| f.glyph_index(c).is_some());
    text.chars().filter(|c| !c.is_ascii() && c.width().unwrap_or(0) > 0 && !c.is_whitespace() && !has(*c)).collect()
}

/// Width of a character that the embedded font lacks, in em: full width or about that of a letter.
pub(super) fn guessed(c: char) -> f64 {
    if c.width() == Some(2) { 1.0 } else { 0.62 }
}

/// Characters of all pictures so far that no font has, in order: boxes stand for them.
pub(super) fn missing() -> String {
    let known = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    known.iter().filter(|(_, file)| file.is_none()).map(|(c, _)| *c).collect()
}

/// The fonts that a text is laid out with: the embedded one, and files of those that have what it lacks.
pub(super) fn database(text: &str) -> Arc<Database> {
    static EMBEDDED: OnceLock<Arc<Database>> = OnceLock::new();
    static WITH_FILES: Mutex<BTreeMap<BTreeSet<PathBuf>, Arc<Database>>> = Mutex::new(BTreeMap::new());
    let files: BTreeSet<PathBuf> = sources(&lacking(text)).into_values().flatten().map(|f| f.0).collect();
    if files.is_empty() {
        return Arc::clone(EMBEDDED.get_or_init(|| Arc::new(embedded())));
    }
    let mut known = WITH_FILES.lock().unwrap_or_else(PoisonError::into_inner);
    let made = known.entry(files).or_insert_with_key(|files| {
        let mut db = embedded();
        // A file that cannot be read any more leaves boxes.
        files.iter().for_each(|file| drop(db.load_font_file(file)));
        Arc::new(db)
    });
    Arc::clone(made)
}

/// An SVG whose characters from installed fonts name their family. Otherwise a whole line would be set in a font that has all of
/// it, wider or narrower than it was measured.
pub(super) fn named(svg: &str) -> String {
    let families = sources(&lacking(svg));
    let mut out = String::with_capacity(svg.len());
    let (mut tag, mut open) = (false, None);
    for c in svg.chars() {
        tag |= c == '<';
        let own = || families.get(&c).and_then(Option::as_ref).map(|f| f.1.replace(['\'', '"', '&', '<'], ""));
        let family = match &open {
            _ if tag => None,
            // A mark that takes no room belongs to the letter before it.
            Some(_) if !c.is_ascii() && c.width() == Some(0) => open.clone(),
            _ => own(),
        };
        if family != open {
            out += if open.is_some() { "</tspan>" } else { "" };
            out += &family.as_ref().map_or_else(String::new, |f| format!("<tspan font-family=\"'{f}'\">"));
            open = family;
        }
        out.push(c);
        tag &= c != '>';
    }
    out
}

fn embedded() -> Database {
    let mut db = Database::new();
    db.load_font_data(REGULAR.to_vec());
    db.load_font_data(SEMIBOLD.to_vec());
    db.set_sans_serif_family("Inter");
    db
}

/// Files of installed fonts that have the characters; `None` for those that no font has.
fn sources(characters: &BTreeSet<char>) -> BTreeMap<char, Option<Installed>> {
    if characters.is_empty() {
        return BTreeMap::new();
    }
    let mut known = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    let new: BTreeSet<char> = characters.iter().copied().filter(|c| !known.contains_key(c)).collect();
    if !new.is_empty() {
        known.extend(search(new));
    }
    characters.iter().filter_map(|c| Some((*c, known.get(c)?.clone()))).collect()
}

/// Looks through the installed fonts, upright sans-serif ones of regular weight first, otherwise by the names of their files.
fn search(mut wanted: BTreeSet<char>) -> BTreeMap<char, Option<Installed>> {
    static FONTS: OnceLock<Database> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut db = Database::new();
        db.load_system_fonts();
        db
    });
    let file = |face: &FaceInfo| match &face.source {
        Source::File(path) | Source::SharedFile(path, _) => Some(path.clone()),
        Source::Binary(_) => None,
    };
    let mut faces: Vec<(&FaceInfo, PathBuf)> = fonts.faces().filter_map(|f| Some((f, file(f)?))).collect();
    faces.sort_by_cached_key(|(face, file)| {
        let sans = face.families.iter().any(|f| f.0.contains("Sans") && !f.0.contains("Mono"));
        let plain = face.style == Style::Normal && face.weight == Weight::NORMAL;
        (Reverse(plain), Reverse(sans), file.clone(), face.index)
    });
    let mut found = BTreeMap::new();
    for (face, file) in faces {
        if wanted.is_empty() {
            break;
        }
        let has = fonts.with_face_data(face.id, |data, index| {
            let face = Face::parse(data, index).ok()?;
            Some(wanted.iter().copied().filter(|c| face.glyph_index(*c).is_some()).collect::<Vec<char>>())
        });
        for c in has.flatten().into_iter().flatten() {
            wanted.remove(&c);
            let family = face.families.first().map_or_else(String::new, |f| f.0.clone());
            found.insert(c, Some((file.clone(), family)));
        }
    }
    found.extend(wanted.into_iter().map(|c| (c, None)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_font_has_what_europe_writes_with() {
        assert!(lacking("Zürich, Łódź, Ελλάδα, Москва, “$1,234 ± 5 %” · …").is_empty());
        assert_eq!(lacking("a 连衣裙").into_iter().collect::<String>().chars().count(), 3);
        // The joiner takes no room.
        assert!(lacking("a\u{200d}b").is_empty());
    }

    /// Only what the embedded font lacks is set in another; attributes stay as they are.
    #[test]
    fn runs_of_foreign_characters_name_their_family() {
        assert_eq!(named("<text x=\"1\">plain — 5 %</text>"), "<text x=\"1\">plain — 5 %</text>");
        let svg = "<text x=\"ქ\">a ქართული b</text>";
        let marked = named(svg);
        let without: String = marked.split("<tspan").map(|p| p.split_once("'\">").map_or(p, |q| q.1)).collect();
        assert_eq!(without.replace("</tspan>", ""), svg);
        assert_eq!(
            marked.contains("'>ქართული</tspan> b") || marked.contains("\">ქართული</tspan> b"),
            !missing().contains('ქ')
        );
    }

    /// Whatever is installed here: a character comes from a font that has it, or is said to be missing.
    #[test]
    fn each_character_has_a_font_or_is_missing() {
        let text = "连衣裙 ქართული";
        let db = database(text);
        for c in lacking(text) {
            let has = db.faces().any(|f| {
                let has = |data: &[u8], index| Face::parse(data, index).is_ok_and(|f| f.glyph_index(c).is_some());
                db.with_face_data(f.id, has).unwrap_or(false)
            });
            assert_eq!(has, !missing().contains(c), "{c}");
        }
        assert_eq!(database("plain").len(), 2, "no installed font without need");
    }
}
