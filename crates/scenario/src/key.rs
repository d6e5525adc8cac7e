//! Keys of a scenario, as they are written where one value is named: `supply."Ocean freight + 3PL".location.*.minimum-order`.
//!
//! The grammar is that of TOML's dotted keys, with two things more: a bare number is the place of an entry in its list, counted from 0,
//! and `*` stands for all entries. A quoted part is always a name: `"0"` and `"*"` are names, too.

use restock_base::diag::{Code, Error};
use std::fmt;
use std::ops::Range;
use std::str::FromStr;
use toml::de::DeValue;
use toml_writer::TomlKeyBuilder;

/// The way to a value of a scenario. Written and read again, it is the same key.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(Vec<Part>);

/// One part of a key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    /// A key of a table, or the name of an entry of a list.
    Name(String),
    /// The place of an entry in its list, counted from 0.
    Index(usize),
    /// All entries of a list.
    Every,
}

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyError {
    /// Bytes of the text that are wrong.
    pub at: Range<usize>,
    /// What is wrong, in words.
    pub message: String,
    /// What to write.
    pub hint: String,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.hint)
    }
}

impl std::error::Error for KeyError {}

impl From<KeyError> for Error {
    fn from(wrong: KeyError) -> Self {
        Error::new(Code::Override.name(), wrong.to_string()).because(wrong)
    }
}

impl Key {
    /// Its parts, from the outermost table on.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The key of something inside.
    #[must_use]
    pub fn child(&self, part: Part) -> Key {
        let mut parts = self.0.clone();
        parts.push(part);
        Key(parts)
    }

    /// The key of `name` inside.
    #[must_use]
    pub fn name(&self, name: &str) -> Key {
        self.child(Part::Name(name.into()))
    }

    /// The key of entry `index` inside.
    #[must_use]
    pub fn index(&self, index: usize) -> Key {
        self.child(Part::Index(index))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Bare digits are a place.
            Part::Name(name) if name.bytes().all(|b| b.is_ascii_digit()) => write!(f, "\"{name}\""),
            Part::Name(name) => f.write_str(&written(name)),
            Part::Index(i) => write!(f, "{i}"),
            Part::Every => f.write_str("*"),
        }
    }
}

/// A name as a key of TOML.
pub(super) fn written(name: &str) -> String {
    use toml_writer::ToTomlKey;
    TomlKeyBuilder::new(name).as_default().to_toml_key()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(".")?;
            }
            write!(f, "{part}")?;
        }
        Ok(())
    }
}

impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Key, KeyError> {
        let (parts, end) = read(text)?;
        if end < text.len() {
            return Err(KeyError {
                at: end..text.len(),
                message: format!("`{}` follows the key", text[end..].trim()),
                hint: "write the key alone, without a value".into(),
            });
        }
        Ok(Key(parts.into_iter().map(|(part, _)| part).collect()))
    }
}

/// A part, and where it stands.
pub(super) type Placed = (Part, Range<usize>);

/// Parts of a key at most: more than twice what the deepest key has.
const DEEPEST: usize = 32;

/// Reads the key that a text begins with. Returns where it ends: at a `=`, or with the text.
pub(super) fn read(text: &str) -> Result<(Vec<Placed>, usize), KeyError> {
    let mut parts = Vec::new();
    let mut at = 0;
    loop {
        at = blanks(text, at);
        let (part, end) = part(text, at)?;
        parts.push((part, at..end));
        at = blanks(text, end);
        match text[at..].chars().next() {
            None | Some('=') if parts.len() > DEEPEST => {
                return Err(KeyError {
                    at: 0..at,
                    message: format!("a key of {} parts, which no value of a scenario has", parts.len()),
                    hint: "see `docs/scenario-reference.md` for the keys".into(),
                });
            }
            None | Some('=') => return Ok((parts, at)),
            Some('.') => at += 1,
            Some(_) => return Err(unquoted(text, parts.last().map_or(0, |(_, place)| place.start))),
        }
    }
}

fn blanks(text: &str, from: usize) -> usize {
    from + text[from..].bytes().take_while(|b| matches!(b, b' ' | b'\t')).count()
}

/// The part that begins at `from`, and where it ends.
fn part(text: &str, from: usize) -> Result<(Part, usize), KeyError> {
    let rest = &text[from..];
    match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => quoted(text, from, quote),
        Some('*') => Ok((Part::Every, from + 1)),
        None | Some('.' | '=') => Err(KeyError {
            at: from..from + rest.len().min(1),
            message: if text[..from].trim().is_empty() && !rest.starts_with('.') {
                "no key stands before the value".into()
            } else {
                "a part of the key is empty".into()
            },
            hint: "write the parts with one dot between them: `demand.mean-per-day`".into(),
        }),
        Some(_) => {
            let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
            let name = &rest[..length];
            if length == 0 {
                return Err(unquoted(text, from));
            }
            let place = name.bytes().all(|b| b.is_ascii_digit()).then(|| name.parse().unwrap_or(usize::MAX));
            Ok((place.map_or_else(|| Part::Name(name.into()), Part::Index), from + length))
        }
    }
}

fn quoted(text: &str, from: usize, quote: char) -> Result<(Part, usize), KeyError> {
    let mut escaped = false;
    let closing = text[from + 1..].char_indices().find(|(_, c)| {
        let closes = *c == quote && !escaped;
        escaped = quote == '"' && *c == '\\' && !escaped;
        closes
    });
    let Some((length, _)) = closing else {
        return Err(KeyError {
            at: from..text.len(),
            message: format!("the quote of `{}` is not closed", &text[from..]),
            hint: format!("end the name with {quote}; in a shell, put the whole in quotes of the other kind"),
        });
    };
    let end = from + length + 2;
    let name = DeValue::parse(&text[from..end]).ok().and_then(|value| value.get_ref().as_str().map(str::to_owned));
    let name = name.ok_or_else(|| KeyError {
        at: from..end,
        message: format!("{} is no text of TOML", &text[from..end]),
        hint: "write a backslash twice, or put the name in single quotes".into(),
    })?;
    Ok((Part::Name(name), end))
}

/// A name that is no bare key: it begins at `from`, and goes to the next dot or to the value.
fn unquoted(text: &str, from: usize) -> KeyError {
    let length = text[from..].find(['.', '=']).unwrap_or(text.len() - from);
    let name = text[from..from + length].trim();
    KeyError {
        at: from..from + name.len(),
        message: format!("`{name}` is no bare part of a key, which has letters from a to z, digits, `-` and `_`"),
        hint: format!("write it in quotes: `{}`", written(name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<Part> {
        text.parse::<Key>().unwrap_or_else(|e| panic!("{text}: {e}")).parts().to_vec()
    }

    fn name(text: &str) -> Part {
        Part::Name(text.into())
    }

    #[test]
    fn keys_are_read_as_toml_reads_them() {
        assert_eq!(parts("demand.mean-per-day"), [name("demand"), name("mean-per-day")]);
        assert_eq!(parts(" a . b\t. 3 "), [name("a"), name("b"), Part::Index(3)]);
        assert_eq!(parts("s.*.\"*\".\"0\""), [name("s"), Part::Every, name("*"), name("0")]);
        assert_eq!(parts(r#""a.b".'c "d" \'."é\"=\u0041""#), [name("a.b"), name("c \"d\" \\"), name("é\"=A")]);
        for text in
            ["", ".", "a.", ".a", "a..b", "a b", "a.b c", "a.\"b", "a.'b", "\"\\q\"", "a.é", "a=b", "a\"b\"", "*a"]
        {
            assert!(text.parse::<Key>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for names in
            [&["a", "b-c_d"][..], &["a.b", "c d", "\"", "'", "\\", "\"'\\"], &["0", "*", "", "é", "日本"], &["007"]]
        {
            let key = names.iter().fold(Key::default(), |key, n| key.name(n)).index(7).child(Part::Every);
            assert_eq!(key.to_string().parse::<Key>().as_ref(), Ok(&key), "{key}");
        }
        assert_eq!("a . 'b' . \"c d\" .01".parse::<Key>().unwrap().to_string(), "a.b.\"c d\".1");
    }
}
