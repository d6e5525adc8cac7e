//! What a library says of an error, in the words of the reader: the one translation of input and output, of TOML
//! and of the typed reader of scenarios. (Command lines are translated in `cli/usage.rs`, data files in `data/table.rs`, because only they know
//! those libraries.)

use std::io::{Error, ErrorKind};

/// Why a file could not be read or written: a fragment without a number of the system.
#[must_use]
pub fn io(error: &Error) -> String {
    let known = match error.kind() {
        ErrorKind::NotFound => "there is no such file or folder",
        ErrorKind::PermissionDenied => "the system does not permit it",
        ErrorKind::AlreadyExists => "there is a file of that name",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "a part of its path is a file, not a folder",
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "your share of the disk is used up",
        ErrorKind::FileTooLarge => "the file would be larger than is permitted",
        ErrorKind::ReadOnlyFilesystem => "the disk can only be read",
        ErrorKind::InvalidFilename => "the system does not permit such a name, or one so long",
        ErrorKind::DirectoryNotEmpty => "the folder is not empty",
        ErrorKind::OutOfMemory => "there is too little memory",
        ErrorKind::BrokenPipe => "nobody reads it any more",
        ErrorKind::TimedOut => "it took too long",
        ErrorKind::InvalidData | ErrorKind::UnexpectedEof => "it is damaged, or not whole",
        _ => "",
    };
    if !known.is_empty() {
        return known.to_owned();
    }
    // What the system says, without its number.
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or("").trim_end_matches('.');
    let mut letters = text.chars();
    letters.next().map_or_else(|| "the system gives no reason".into(), |c| c.to_lowercase().chain(letters).collect())
}

/// Names that the typed reader has for what it wants, and ours. Longer ones first, as they may begin alike.
const WANTED: &[(&str, &str)] = &[
    ("u64", "a whole number, 0 or more"),
    ("u32", "a whole number, 0 or more"),
    ("u16", "a whole number, 0 or more"),
    ("u8", "a whole number, 0 or more"),
    ("usize", "a whole number, 0 or more"),
    ("i64", "a whole number"),
    ("i32", "a whole number"),
    ("i16", "a whole number"),
    ("i8", "a whole number"),
    ("f64", "a number"),
    ("f32", "a number"),
    ("bool", "`true` or `false`"),
    ("a boolean", "`true` or `false`"),
    ("a string", "text"),
    ("string", "text"),
    ("string or map", "text, or a table with one key"),
    ("a sequence", "a list"),
    ("a map", "a table of keys"),
    ("map", "a table of keys"),
    ("map with a single key", "a table with one key"),
    ("string only", "text, or a table with one key"),
    ("a TOML datetime", "a date without quotes, such as 2026-07-01"),
];

/// What was wanted, from a message of the typed reader.
#[must_use]
pub fn wanted(message: &str) -> String {
    let Some((_, expected)) = message.split_once("expected ") else {
        return if message.is_ascii() && !message.is_empty() { message.to_owned() } else { "another value".into() };
    };
    let expected = expected.trim_end_matches('.');
    if let Some((_, ours)) = WANTED.iter().find(|(name, _)| *name == expected) {
        return (*ours).to_owned();
    }
    if let Some(length) = expected.strip_prefix("an array of length ") {
        return format!("a list of {length} values");
    }
    let number =
        expected.strip_suffix(" elements in sequence").or_else(|| expected.strip_suffix(" element in sequence"));
    if let Some(number) = number {
        return format!("a list of {number} values");
    }
    // A type of ours has no name for the reader.
    if ["struct", "enum", "tuple", "unit", "newtype", "variant", "option"].iter().any(|w| expected.starts_with(w)) {
        return if expected.starts_with("struct") { "a table of keys".into() } else { "another value".into() };
    }
    expected.to_owned()
}

/// What is wrong with the form of a TOML file.
#[must_use]
pub fn syntax(message: &str) -> String {
    let message = message.trim().replace('\n', " ");
    if message.contains("recurs") {
        return "it is nested too deeply".into();
    }
    message.strip_suffix(", expected nothing").map_or_else(|| message.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_no_numbers_of_the_system() {
        for code in 1..134 {
            let text = io(&Error::from_raw_os_error(code));
            assert!(
                !text.contains("os error") && !text.is_empty() && !text.starts_with(char::is_uppercase),
                "{code}: {text}"
            );
        }
    }

    #[test]
    fn types_have_the_readers_names() {
        for (message, ours) in [
            ("invalid type: string \"x\", expected f64", "a number"),
            ("invalid value: integer `-5`, expected u64", "a whole number, 0 or more"),
            ("invalid length 1, expected an array of length 2", "a list of 2 values"),
            ("invalid type: map, expected struct Thing", "a table of keys"),
            (
                "invalid type: map, expected a number or a distribution such as { triangular = [5, 9, 21] }",
                "a number or a distribution such as { triangular = [5, 9, 21] }",
            ),
        ] {
            assert_eq!(wanted(message), ours, "{message}");
        }
        assert_eq!(syntax("extra `=`, expected nothing"), "extra `=`");
        assert_eq!(syntax("cannot recurse further; max recursion depth met"), "it is nested too deeply");
    }
}
