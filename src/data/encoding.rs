//! From bytes to text.

use super::table::Problem;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Text, and what it was written in if that is not UTF-8.
#[derive(Debug)]
pub(super) struct Decoded {
    pub text: String,
    pub encoding: Option<&'static str>,
}

/// Bytes at the beginning by which UTF-16 without a mark is known.
const SAMPLE: usize = 4_096;

/// Decodes by the byte order mark, by NULs in every other place, as UTF-8 if it is valid, else by what its bytes are likeliest to
/// be. A `label` (of the WHATWG Encoding Standard, such as `windows-1252`) overrides all.
///
/// # Errors
///
/// The label is unknown, the bytes are no text, or not all of them are of the label's encoding.
pub(super) fn decode(bytes: Vec<u8>, label: Option<&str>) -> Result<Decoded, Problem> {
    let known = |label: &str| {
        Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| {
            Problem::Unreadable(format!(
                "there is no encoding `{label}`; name one such as `utf-8`, `utf-16le`, `windows-1252`, `shift_jis`, `gbk`"
            ))
        })
    };
    let named = label.map(known).transpose()?;
    let encoding = match named.or_else(|| Encoding::for_bom(&bytes).map(|(e, _)| e)).or_else(|| wide(&bytes)) {
        Some(encoding) => encoding,
        None => match String::from_utf8(bytes) {
            Ok(text) => return plain(text),
            Err(e) => return guessed(&e.into_bytes()),
        },
    };
    let (text, encoding, damaged) = encoding.decode(&bytes);
    if damaged {
        let row = 1 + text[..text.find('\u{FFFD}').unwrap_or(0)].matches('\n').count();
        return Err(Problem::Unreadable(format!("its row {row} is not {}", encoding.name())));
    }
    let said = (encoding != UTF_8).then(|| encoding.name());
    Ok(Decoded { encoding: said, ..plain(text.into_owned())? })
}

fn plain(text: String) -> Result<Decoded, Problem> {
    if let Some(at) = text.find('\0') {
        let row = 1 + text[..at].matches('\n').count();
        return Err(Problem::Unreadable(format!("it is no text: its row {row} holds bytes of zeros")));
    }
    Ok(Decoded { text, encoding: None })
}

/// UTF-16 without a mark: of Latin text every other byte is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(SAMPLE) & !1];
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|b| **b == 0).count() * 2;
    let mostly = |n: usize| n * 10 > sample.len() * 7;
    let hardly = |n: usize| n * 10 < sample.len();
    match (zeros(0), zeros(1)) {
        (even, odd) if mostly(odd) && hardly(even) => Some(UTF_16LE),
        (even, odd) if mostly(even) && hardly(odd) => Some(UTF_16BE),
        _ => None,
    }
}

fn guessed(bytes: &[u8]) -> Result<Decoded, Problem> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let (text, encoding, _) = detector.guess(None, Utf8Detection::Deny).decode(bytes);
    Ok(Decoded { encoding: Some(encoding.name()), ..plain(text.into_owned())? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], label: Option<&str>) -> Result<(String, Option<&'static str>), String> {
        decode(bytes.to_vec(), label).map(|d| (d.text, d.encoding)).map_err(|p| format!("{p:?}"))
    }

    #[test]
    fn text_is_read_in_what_it_was_written_in() {
        let text = "Artikel;Menge\nTürgriff;5\nGroße Tür;7\n";
        let plain = |e: Option<&'static str>| Ok((text.to_owned(), e));
        assert_eq!(read(text.as_bytes(), None), plain(None));
        assert_eq!(read(&[b"\xEF\xBB\xBF", text.as_bytes()].concat(), None), plain(None));
        let latin = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        assert_eq!(read(&latin, None), plain(Some("windows-1252")));
        assert_eq!(read(&latin, Some("latin1")), plain(Some("windows-1252")));
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&little, None), plain(Some("UTF-16LE")), "by its NULs");
        assert_eq!(read(&big, None), plain(Some("UTF-16BE")));
        assert_eq!(read(&[b"\xFF\xFE".as_slice(), &little].concat(), None), plain(Some("UTF-16LE")));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(read(b"a,b\n1,\0\n", None).unwrap_err().contains("row 2"));
        assert!(read(b"a,b\n1,\xFC\n", Some("utf-8")).unwrap_err().contains("row 2 is not UTF-8"));
        assert!(read(b"a", Some("klingon")).unwrap_err().contains("no encoding `klingon`"));
    }
}
