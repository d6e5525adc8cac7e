//! Printing: results to standard output, the rest to standard error.

use super::{Outcome, exit};
use crate::diag::{Diagnostics, words};
use crate::names;
use std::io::{IsTerminal, Write};

/// Writes to standard output. A closed pipe (`| head`) is a normal end.
pub(super) fn out(text: &str) -> Outcome {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(e) => {
            note(&format!("error: cannot write to standard output: {}", words::io(&e)));
            Err(exit::IO)
        }
    }
}

/// Writes JSON to standard output.
pub(super) fn json(value: &serde_json::Value) -> Outcome {
    out(&(names::json(&format!("{value:#}")) + "\n"))
}

/// Writes lines to standard error. What is not text in them is escaped: they may hold a path or an argument.
pub(super) fn note(text: &str) {
    let lines: Vec<String> = text.lines().map(names::shown).collect();
    let _ = writeln!(std::io::stderr().lock(), "{}", lines.join("\n"));
}

/// Writes problems or warnings to standard error, in colours on a terminal.
pub(super) fn problems(problems: &Diagnostics) {
    let text = problems.render(colour_on_stderr());
    if !text.is_empty() {
        let _ = writeln!(std::io::stderr().lock(), "{text}");
    }
}

/// An error that is not about a place in a scenario.
pub(super) fn failed(code: u8, message: &str) -> u8 {
    note(&format!("error: {message}"));
    code
}

fn colour_on_stderr() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Width of the terminal on standard output; 100 columns if it goes elsewhere.
pub(super) fn width() -> u16 {
    let terminal = terminal_size::terminal_size_of(std::io::stdout());
    terminal.map_or(100, |(width, _)| width.0.clamp(60, 160))
}
