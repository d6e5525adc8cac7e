//! From bytes to text, in pieces.

use super::source::{Bytes, LARGEST, PIECE};
use super::table::Problem;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use restock_base::diag::words;
use std::io::{Error, ErrorKind, Read};

/// Text, and what it was written in.
#[derive(Debug)]
pub(super) struct Text {
    bytes: Bytes,
    encoding: &'static Encoding,
}

/// Bytes at the beginning by which UTF-16 without a mark is known.
const SAMPLE: usize = 4_096;

impl Text {
    /// Settles what the bytes are written in: by the byte order mark, by NULs in every other place, UTF-8 if they are valid, else what they
    /// are likeliest to be. A `label` (of the WHATWG Encoding Standard, such as `windows-1252`) overrides all. All of the text is
    /// then looked at once.
    ///
    /// # Errors
    ///
    /// The label is unknown, the bytes are no text or nothing but blanks, not all of them are of the label's encoding, or a quote is not closed.
    pub fn new(bytes: Bytes, label: Option<&str>) -> Result<Self, Problem> {
        let known = |label: &str| {
            Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| {
                Problem::Unreadable(format!(
                    "there is no encoding `{label}`; name one such as `utf-8`, `utf-16le`, `windows-1252`, `shift_jis`, `gbk`"
                ))
            })
        };
        let head = bytes.head(SAMPLE)?;
        let named = label.map(known).transpose()?;
        let encoding = match named.or_else(|| Encoding::for_bom(&head).map(|(e, _)| e)).or_else(|| wide(&head)) {
            Some(encoding) => encoding,
            None if is_utf8(&bytes)? => UTF_8,
            None => guessed(&bytes)?,
        };
        let text = Text { bytes, encoding };
        text.check()?;
        Ok(text)
    }

    /// What it was written in, if that is not UTF-8.
    pub fn said(&self) -> Option<&'static str> {
        (self.encoding != UTF_8).then(|| self.encoding.name())
    }

    /// Reads it from the beginning, as UTF-8 without a mark.
    ///
    /// # Errors
    ///
    /// The file cannot be opened.
    pub fn open(&self) -> Result<Decoded, Problem> {
        Ok(Decoded {
            from: self.bytes.open()?,
            decoder: self.encoding.new_decoder(),
            raw: vec![0; PIECE],
            out: String::with_capacity(PIECE),
            given: 0,
            rows: 1,
            name: self.encoding.name(),
            read: 0,
            ended: false,
        })
    }

    /// Looks for what makes it no text.
    fn check(&self) -> Result<(), Problem> {
        let mut from = self.open()?;
        let (mut row, mut quote, mut blank) = (1_usize, None, true);
        loop {
            let piece = from.piece()?;
            if piece.is_empty() {
                break;
            }
            let (from_row, bytes) = (row, piece.as_bytes());
            if let Some(at) = piece.find('\0') {
                let row = from_row + lines(&bytes[..at]);
                return Err(Problem::Unreadable(format!("it is no text: its row {row} holds bytes of zeros")));
            }
            blank = blank && piece.trim().is_empty();
            // Only the line of the last quote that opened is kept.
            for (at, _) in piece.match_indices('"') {
                quote = if quote.is_some() { None } else { Some((from_row, at)) };
            }
            if let Some((of, at)) = quote
                && at != usize::MAX
            {
                quote = Some((of + lines(&bytes[..at]), usize::MAX));
            }
            row += lines(bytes);
        }
        match quote {
            _ if blank => Err(Problem::Unreadable("the file is empty".into())),
            Some((line, _)) => Err(Problem::Unreadable(format!("a quote that opens in line {line} is not closed"))),
            None => Ok(()),
        }
    }
}

fn lines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b == b'\n').count()
}

/// Text in pieces.
pub(super) struct Decoded {
    from: Box<dyn Read>,
    decoder: Decoder,
    raw: Vec<u8>,
    out: String,
    /// Bytes of `out` that were given.
    given: usize,
    /// Row that `out` begins in.
    rows: usize,
    name: &'static str,
    read: u64,
    ended: bool,
}

impl Decoded {
    /// The next piece; empty at the end.
    fn piece(&mut self) -> Result<&str, Problem> {
        self.fill().map_err(|e| match e.kind() {
            ErrorKind::Other => Problem::Unreadable(e.to_string()),
            _ => Problem::Unreadable(words::io(&e)),
        })?;
        self.given = self.out.len();
        Ok(&self.out)
    }

    fn fill(&mut self) -> std::io::Result<()> {
        self.rows += lines(self.out.as_bytes());
        self.out.clear();
        self.given = 0;
        while self.out.is_empty() && !self.ended {
            let n = self.from.read(&mut self.raw)?;
            self.ended = n == 0;
            self.read += n as u64;
            if self.read >= LARGEST {
                return Err(Error::other(format!("it holds more than {} GB", LARGEST >> 30)));
            }
            let room = self.decoder.max_utf8_buffer_length(n).unwrap_or(4 * PIECE);
            self.out.reserve(room);
            let (_, _, damaged) = self.decoder.decode_to_string(&self.raw[..n], &mut self.out, self.ended);
            if damaged {
                let row = self.rows + lines(&self.out.as_bytes()[..self.out.find('\u{FFFD}').unwrap_or(0)]);
                return Err(Error::other(format!("its row {row} is not {}", self.name)));
            }
        }
        Ok(())
    }
}

impl Read for Decoded {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.given == self.out.len() {
            self.fill()?;
        }
        let n = buffer.len().min(self.out.len() - self.given);
        buffer[..n].copy_from_slice(&self.out.as_bytes()[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

fn is_utf8(bytes: &Bytes) -> Result<bool, Problem> {
    let (mut valid, mut rest) = (true, Vec::new());
    bytes.each(|piece| {
        if !valid {
            return;
        }
        // A character may be cut in two by the end of a piece.
        let joined: Vec<u8>;
        let piece = if rest.is_empty() {
            piece
        } else {
            joined = [&rest, piece].concat();
            &joined
        };
        let tail = match std::str::from_utf8(piece) {
            Ok(_) => Vec::new(),
            Err(e) if e.error_len().is_none() => piece[e.valid_up_to()..].to_vec(),
            Err(_) => {
                valid = false;
                Vec::new()
            }
        };
        rest = tail;
    })?;
    Ok(valid && rest.is_empty())
}

/// UTF-16 without a mark: of Latin text every other byte is zero.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len() & !1];
    let zeros = |first: usize| sample.iter().skip(first).step_by(2).filter(|b| **b == 0).count() * 2;
    let mostly = |n: usize| n * 10 > sample.len() * 7;
    let hardly = |n: usize| n * 10 < sample.len();
    match (zeros(0), zeros(1)) {
        (even, odd) if mostly(odd) && hardly(even) => Some(UTF_16LE),
        (even, odd) if mostly(even) && hardly(odd) => Some(UTF_16BE),
        _ => None,
    }
}

fn guessed(bytes: &Bytes) -> Result<&'static Encoding, Problem> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    bytes.each(|piece| {
        detector.feed(piece, false);
    })?;
    detector.feed(&[], true);
    Ok(detector.guess(None, Utf8Detection::Deny))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], label: Option<&str>) -> Result<(String, Option<&'static str>), String> {
        let text = Text::new(Bytes::Held(bytes.into()), label).map_err(|p| format!("{p:?}"))?;
        let mut all = String::new();
        text.open().unwrap().read_to_string(&mut all).unwrap();
        Ok((all, text.said()))
    }

    #[test]
    fn text_is_read_in_what_it_was_written_in() {
        let text = "Artikel;Menge\nTürgriff;5\nGroße Tür;7\n";
        let plain = |e: Option<&'static str>| Ok((text.to_owned(), e));
        assert_eq!(read(text.as_bytes(), None), plain(None));
        assert_eq!(read(&[b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat(), None), plain(None));
        let latin = encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
        assert_eq!(read(&latin, None), plain(Some("windows-1252")));
        assert_eq!(read(&latin, Some("latin1")), plain(Some("windows-1252")));
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read(&little, None), plain(Some("UTF-16LE")), "by its NULs");
        assert_eq!(read(&big, None), plain(Some("UTF-16BE")));
        assert_eq!(read(&[b"\xFF\xFE".as_slice(), &little].concat(), None), plain(Some("UTF-16LE")));
    }

    /// Characters of two bytes on both sides of the end of a piece.
    #[test]
    fn characters_may_be_cut_in_two() {
        for before in [0, 1] {
            let text = "x".repeat(before) + &"ü".repeat(PIECE);
            assert_eq!(read(text.as_bytes(), None), Ok((text.clone(), None)));
        }
        let latin = [vec![b'a'; PIECE - 1], b"T\xFCr\n".to_vec()].concat();
        assert!(read(&latin, None).unwrap().0.ends_with("aTür\n"));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert!(read(b"a,b\n1,\0\n", None).unwrap_err().contains("row 2"));
        assert!(read(b"a,b\n1,\xFC\n", Some("utf-8")).unwrap_err().contains("row 2 is not UTF-8"));
        assert!(read(b"a", Some("klingon")).unwrap_err().contains("no encoding `klingon`"));
        assert!(read(b" \n", None).unwrap_err().contains("empty"));
        let open = [b"a,\"b\"\n".as_slice(), &b"1,2\n".repeat(PIECE / 2), b"3,\"4\n5,6\n"].concat();
        assert!(read(&open, None).unwrap_err().contains(&format!("line {} is not closed", PIECE / 2 + 2)));
    }
}
