//! The error of the library.

use super::{Diagnostics, Severity, line_and_column};
use std::error::Error as StdError;
use std::fmt;

/// Why something could not be done: in words, and in parts for a program that handles it.
///
/// # Design
///
/// One type for the whole library: whoever calls several of its parts writes `?` and has one error to show. What a program may
/// want to tell apart is the [`code`](Error::code), which never changes its meaning; what it may want to point at is the place and
/// the value; what a person wants to know is the message and the remedy, both in [`Display`](fmt::Display). Further fields may come.
#[derive(Debug)]
#[non_exhaustive]
pub struct Error {
    /// `E0104` and its like (`restock explain` tells more), or a word: `read`, `write`, `cancelled`, `unmade`, `unmerged`.
    pub code: &'static str,
    /// What is wrong, without a full stop.
    pub message: String,
    /// Where: `spring.toml:12:5`, or a file.
    pub place: Option<Box<str>>,
    /// What stands there.
    pub value: Option<Box<str>>,
    /// What to do.
    pub remedy: Option<Box<str>>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error that says no more than its message.
    #[must_use]
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Error { code, message: message.into(), place: None, value: None, remedy: None, source: None }
    }

    /// Something that could not be made: a chart, a page, a table.
    #[must_use]
    pub fn unmade(why: impl fmt::Display) -> Self {
        Error::new("unmade", why.to_string())
    }

    /// With the place.
    #[must_use]
    pub fn at(self, place: impl Into<Box<str>>) -> Self {
        Error { place: Some(place.into()), ..self }
    }

    /// With what to do.
    #[must_use]
    pub fn remedy(self, remedy: impl Into<Box<str>>) -> Self {
        Error { remedy: Some(remedy.into()), ..self }
    }

    /// With the error that is behind it.
    #[must_use]
    pub fn because(self, source: impl StdError + Send + Sync + 'static) -> Self {
        Error { source: Some(Box::new(source)), ..self }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.message)?;
        self.remedy.as_ref().map_or(Ok(()), |remedy| write!(f, "; {remedy}"))
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|e| &**e as &(dyn StdError + 'static))
    }
}

/// All problems, one after the other, without colour.
impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl StdError for Diagnostics {}

/// The longest value that is told.
const LONGEST: usize = 80;

/// The first error in parts; all problems are its source.
impl From<Diagnostics> for Error {
    fn from(all: Diagnostics) -> Self {
        let Some(first) = all.list.iter().find(|d| d.severity == Severity::Error).or(all.list.first()) else {
            return Error::new("E0107", "there are problems that nobody named").because(all);
        };
        let found = first.place.as_ref().and_then(|p| Some((p, all.sources.get(p.source)?)));
        let place = found.map(|(place, source)| {
            let (line, column) = line_and_column(&source.text, place.span.start);
            Box::from(format!("{}:{line}:{column}", source.name))
        });
        let value = found.and_then(|(place, source)| source.text.get(place.span.clone()));
        let value = value.filter(|v| !v.is_empty() && v.len() <= LONGEST && !v.contains('\n')).map(Box::from);
        let more = all.errors().saturating_sub(1);
        let message = match more {
            0 => first.message.clone(),
            1 => format!("{} (and one more problem)", first.message),
            more => format!("{} (and {more} more problems)", first.message),
        };
        let (code, remedy) = (first.code.name(), first.hint.as_deref().map(Box::from));
        Error { code, message, place, value, remedy, source: Some(Box::new(all)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Diagnostic, Place, Source};

    #[test]
    fn the_first_problem_is_told_in_parts_and_all_are_its_source() {
        let source = Source { name: "s.toml".into(), path: None, text: "a = 1\nprice = -3\n".into() };
        let mut all = Diagnostics { sources: vec![source], ..Diagnostics::default() };
        all.push(Diagnostic::warning(Code::More, "something small"));
        let place = Some(Place { source: 0, span: 14..16 });
        all.push(Diagnostic::error(Code::More, "`price` is negative").at(place).hint("write a price above 0"));
        all.push(Diagnostic::error(Code::More, "another"));
        let error = Error::from(all);
        assert_eq!(error.place.as_deref(), Some("s.toml:2:9"));
        assert_eq!(error.value.as_deref(), Some("-3"));
        assert_eq!(error.remedy.as_deref(), Some("write a price above 0"));
        assert_eq!(error.to_string(), "s.toml:2:9: `price` is negative (and one more problem); write a price above 0");
        assert!(StdError::source(&error).unwrap().to_string().contains("another"));
    }
}
