//! Diagnostics: what is wrong with a scenario, where, and what to do about it.
//!
//! A diagnostic names the place (file, line, column), the value found, what is allowed, and a remedy.
//! All problems of a file are collected before anything is said; the first twenty are shown, and how many more there are.
//! Warnings are values and travel with the result ([`Warned`]). Whatever a message repeats of a file is made fit to be shown
//! where the message is made (see [`names::shown`]).

mod codes;
mod error;
pub mod health;
pub mod looks;
pub mod words;

pub use codes::Code;
pub use error::Error;

use crate::names;
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::path::PathBuf;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// The file is accepted, and the reader is told.
    Warning,
}

/// A place in one of the sources that a scenario was read from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Index in [`Diagnostics::sources`].
    pub source: usize,
    /// Bytes of the source's text, counted from 0, without the end.
    pub span: Range<usize>,
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its number, under which `restock explain` says more.
    pub code: Code,
    /// Whether it stops the work.
    pub severity: Severity,
    /// Lower-case fragment, keys in backticks.
    pub message: String,
    /// Where it is, if it is at one place of a source.
    pub place: Option<Place>,
    /// What stands at the place.
    pub label: Option<String>,
    /// Imperative: what to do.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error without place, label and hint.
    #[must_use]
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        let message = names::shown(&message.into());
        Diagnostic { code, severity: Severity::Error, message, place: None, label: None, hint: None }
    }

    /// A warning without place, label and hint.
    #[must_use]
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(code, message) }
    }

    /// Sets the place.
    #[must_use]
    pub fn at(mut self, place: Option<Place>) -> Self {
        self.place = place;
        self
    }

    /// Sets what is said of the place itself.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(names::shown(&label.into()));
        self
    }

    /// Sets the remedy.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(names::shown(&hint.into()));
        self
    }
}

/// A file, or a piece of one, that diagnostics point into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// As shown to the user.
    pub name: String,
    /// Where the file is on disk; absent for a text that was not read from one.
    pub path: Option<PathBuf>,
    /// The whole text, into which places point.
    pub text: String,
}

/// Problems that are shown.
pub const SHOWN: usize = 20;

/// Problems that are kept, so that those first in the file can be shown; the others are counted.
const KEPT: usize = 1_000;

/// Problems, with the sources they point into.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics {
    /// The texts that places point into.
    pub sources: Vec<Source>,
    /// The problems, in the order in which they were found.
    pub list: Vec<Diagnostic>,
    /// What was pushed, so that nothing is said twice.
    seen: HashSet<u64>,
    /// Errors beyond those kept.
    more: usize,
}

/// A result and the warnings that came with it.
#[derive(Debug, Clone)]
pub struct Warned<T> {
    /// What was asked for.
    pub value: T,
    /// What the reader should know of it; no error among them.
    pub warnings: Diagnostics,
}

impl Diagnostics {
    /// One problem of nothing that was read as a source.
    #[must_use]
    pub fn only(diagnostic: Diagnostic) -> Self {
        let mut all = Diagnostics::default();
        all.push(diagnostic);
        all
    }

    /// Adds a problem, unless it was said before.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let mut hasher = DefaultHasher::new();
        let Diagnostic { code, severity, message, place, label, hint } = &diagnostic;
        (code, severity, message, place, label, hint).hash(&mut hasher);
        if !self.seen.insert(hasher.finish()) {
            return;
        }
        let error = diagnostic.severity == Severity::Error;
        // A thousand warnings leave room for the error behind them.
        if self.list.len() < if error { 2 * KEPT } else { KEPT } {
            self.list.push(diagnostic);
        } else {
            self.more += usize::from(error);
        }
    }

    /// Takes back what was found after the first `known` problems, and says something else instead.
    pub fn replace_from(&mut self, known: usize, instead: impl IntoIterator<Item = Diagnostic>) {
        let mut kept = std::mem::take(&mut self.list);
        kept.truncate(known);
        self.seen.clear();
        self.more = 0;
        kept.into_iter().chain(instead).for_each(|d| self.push(d));
    }

    /// Whether at least one of the problems is an error.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|d| d.severity == Severity::Error)
    }

    /// How many errors were found, kept or not.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.list.iter().filter(|d| d.severity == Severity::Error).count() + self.more
    }

    /// The first problems in the order of their places, errors before warnings where not all are shown, and how many more
    /// there are.
    fn shown(&self) -> (Vec<&Diagnostic>, usize) {
        let mut ordered: Vec<&Diagnostic> = self.list.iter().collect();
        let place = |d: &Diagnostic| d.place.as_ref().map_or((usize::MAX, 0), |p| (p.source, p.span.start));
        if ordered.len() > SHOWN {
            ordered.sort_by_key(|d| (d.severity == Severity::Warning, place(d)));
            ordered.truncate(SHOWN);
        }
        ordered.sort_by_key(|d| place(d));
        let more = self.list.len() - ordered.len() + self.more;
        (ordered, more)
    }

    /// As text for a terminal, in the order of their places: the first [`SHOWN`], and how many more.
    #[must_use]
    pub fn render(&self, colour: bool) -> String {
        let (shown, more) = self.shown();
        let mut parts: Vec<String> = shown.into_iter().map(|d| self.render_one(d, colour)).collect();
        if more > 0 {
            parts.push(format!("and {more} more"));
        }
        parts.join("\n\n")
    }

    fn render_one(&self, d: &Diagnostic, colour: bool) -> String {
        let level = match d.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let mut group = level.primary_title(d.message.as_str()).id(d.code.name());
        let mut groups = Vec::new();
        let source = d.place.as_ref().and_then(|p| self.sources.get(p.source).map(|s| (p, s)));
        let masked: Option<Cow<'_, str>> = source.map(|(_, s)| names::masked(&s.text));
        let mut report = match source {
            Some((place, source)) => {
                let text: &str = masked.as_deref().unwrap_or("");
                let start = floor_char(text, place.span.start.min(text.len()));
                let stop = floor_char(text, place.span.end.clamp(start, text.len()));
                let annotation = AnnotationKind::Primary.span(start..stop);
                let annotation = match &d.label {
                    Some(label) => annotation.label(label.as_str()),
                    None => annotation,
                };
                let snippet = Snippet::source(text).path(source.name.as_str()).annotation(annotation);
                std::mem::replace(&mut group, Level::ERROR.primary_title("")).element(snippet)
            }
            None => {
                let text = match &d.label {
                    Some(label) => Level::NOTE.message(label.clone()),
                    None => Level::NOTE.message("this is not about one place of the file"),
                };
                let title = std::mem::replace(&mut group, Level::ERROR.primary_title(""));
                if d.label.is_some() { title.element(text) } else { annotate_snippets::Group::with_title(title) }
            }
        };
        if let Some(hint) = &d.hint {
            report = report.element(Level::HELP.message(hint.clone()));
        }
        groups.push(report);
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        renderer.decor_style(DecorStyle::Ascii).render(&groups)
    }

    /// One JSON object a problem, for programs: the first [`SHOWN`], and one more with the code E0107 if there are more.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let (shown, more) = self.shown();
        let rest = (more > 0).then(|| Diagnostic::error(Code::More, format!("and {more} more")));
        shown
            .into_iter()
            .chain(&rest)
            .map(|d| {
                let place = d.place.as_ref().and_then(|p| {
                    let source = self.sources.get(p.source)?;
                    let (line, column) = line_and_column(&source.text, p.span.start);
                    Some(serde_json::json!({ "file": source.name, "line": line, "column": column }))
                });
                serde_json::json!({
                    "code": d.code.name(),
                    "severity": if d.severity == Severity::Error { "error" } else { "warning" },
                    "message": d.message, "place": place, "label": d.label, "hint": d.hint,
                })
            })
            .collect()
    }
}

fn floor_char(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Line and column, both from 1; the column counts characters.
#[must_use]
pub fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..floor_char(text, offset.min(text.len()))];
    let line_start = before.rfind('\n').map_or(0, |i| i + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The names closest to what was typed, best first.
#[must_use]
pub fn did_you_mean<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(typed, name), strsim::jaro_winkler(typed, name), name))
        .filter(|(distance, likeness, name)| {
            *distance <= 2.max(name.len() / 4) || *likeness > 0.88 || (typed.len() > 3 && name.contains(typed))
        })
        .min_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)))
        .map(|(_, _, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_lines_and_columns() {
        assert_eq!(line_and_column("ab\ncd", 0), (1, 1));
        assert_eq!(line_and_column("ab\ncd", 4), (2, 2));
        assert_eq!(line_and_column("äb\ncd", 2), (1, 2));
        assert_eq!(line_and_column("ab", 99), (1, 3));
    }

    #[test]
    fn suggestions_are_close() {
        let known = ["mean-per-day", "dispersion", "weekday"];
        assert_eq!(did_you_mean("mean-per-dya", known), Some("mean-per-day"));
        assert_eq!(did_you_mean("weekdays", known), Some("weekday"));
        assert_eq!(did_you_mean("colour", known), None);
    }

    #[test]
    fn a_rendered_problem_names_file_line_and_hint() {
        let mut all = Diagnostics::default();
        all.sources.push(Source { name: "a.toml".into(), path: None, text: "days = -1\n".into() });
        all.push(
            Diagnostic::error(Code::OutOfRange, "`days` is -1")
                .at(Some(Place { source: 0, span: 7..9 }))
                .label("must be 1 to 1_000_000 days")
                .hint("write a positive number"),
        );
        let text = all.render(false);
        for part in ["error[E0202]", "`days` is -1", "a.toml:1:8", "must be 1", "help: write a positive"] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
