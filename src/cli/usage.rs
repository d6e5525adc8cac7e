//! A wrong command line, in our words: what is wrong, and what to write instead.

use super::{exit, print};
use crate::diag::did_you_mean;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};
use std::process::ExitCode;

/// Says what is wrong, or prints the help that was asked for.
pub(super) fn refuse(error: &clap::Error, arguments: &[String]) -> ExitCode {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        // A closed pipe is a normal end.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(exit::USAGE));
    }
    let command = arguments.get(1).map_or("", String::as_str);
    let command = if is_command(command) { format!("restock {command}") } else { "restock".to_owned() };
    print::note(&format!("error: {}", said(error, &command)));
    let usage = error.get(ContextKind::Usage).map(ToString::to_string);
    if let Some(usage) = usage {
        print::note(&format!("\n{}", usage.trim()));
    }
    print::note(&format!("`{command} --help` tells more."));
    ExitCode::from(exit::USAGE)
}

fn is_command(word: &str) -> bool {
    use clap::CommandFactory;
    super::Cli::command().get_subcommands().any(|c| c.get_name() == word)
}

/// What is wrong, and the remedy.
fn said(error: &clap::Error, command: &str) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("`, `"),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let (argument, value) = (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue));
    let name = name_of(&argument);
    match error.kind() {
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            let typed = argument.split('=').next().unwrap_or("");
            let near = match error.get(ContextKind::SuggestedArg) {
                Some(ContextValue::String(near)) => Some(near.clone()),
                _ => None,
            };
            let remedy = synonym(OPTIONS, typed).map(str::to_owned).or(near.map(|n| format!("did you mean `{n}`?")));
            let remedy = remedy.unwrap_or_else(|| format!("`{command} --help` lists the options"));
            format!("`{command}` has no option `{typed}`; {remedy}")
        }
        ErrorKind::UnknownArgument if command == "restock run" => {
            format!("`{argument}` is one argument too many; run one scenario at a time")
        }
        ErrorKind::UnknownArgument => format!("`{argument}` is one argument too many"),
        ErrorKind::InvalidSubcommand => no_command(&text(ContextKind::InvalidSubcommand)),
        ErrorKind::InvalidValue if value.is_empty() => format!("`{name}` needs a value"),
        ErrorKind::InvalidValue => {
            let known = text(ContextKind::ValidValue);
            let near = did_you_mean(&value, known.split("`, `")).map(|n| format!("; did you mean `{n}`?"));
            format!("`{name}` cannot be `{value}`: write one of `{known}`{}", near.unwrap_or_default())
        }
        ErrorKind::ValueValidation if name == "--trace" && value.ends_with(".toml") => {
            format!("`--trace` takes the number of a replication; write the file first: `{command} {value} --trace`")
        }
        ErrorKind::ValueValidation => {
            let why = reason(error).unwrap_or_else(|| format!("write a whole number, {}", range(command, name)));
            format!("`{name}` cannot be `{value}`: {why}")
        }
        ErrorKind::MissingRequiredArgument => missing(&text(ContextKind::InvalidArg)),
        ErrorKind::ArgumentConflict => {
            let prior = text(ContextKind::PriorArg);
            let prior = name_of(&prior);
            if prior == name || prior.is_empty() {
                format!("`{name}` was given twice; give it once")
            } else {
                format!("`{name}` and `{prior}` exclude each other; leave one out")
            }
        }
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8 text".into(),
        _ => format!("the arguments do not fit `{command}`"),
    }
}

/// `--seed` of `--seed <SEED>`.
fn name_of(argument: &str) -> &str {
    argument.split([' ', '=']).next().unwrap_or(argument).trim_end_matches('[')
}

fn missing(arguments: &str) -> String {
    match arguments {
        "<SCENARIO>" | "<FILES>..." => "name a scenario file; `restock init` writes one to begin with".into(),
        "<FILE>" => "name a sales file, CSV or Parquet".into(),
        "<SHELL>" => "name a shell: bash, elvish, fish, powershell or zsh".into(),
        other => format!("`{other}` is missing"),
    }
}

fn no_command(typed: &str) -> String {
    let ends = |ending: &str| typed.to_ascii_lowercase().ends_with(ending);
    let remedy = if ends(".toml") {
        format!("did you mean `restock run {typed}`?")
    } else if ends(".csv") || ends(".parquet") {
        format!("did you mean `restock describe {typed}`?")
    } else {
        use clap::CommandFactory;
        let cli = super::Cli::command();
        let known: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
        let near = did_you_mean(typed, known.iter().copied()).map(|n| format!("did you mean `{n}`?"));
        let listed = || format!("there are `{}`", known.join("`, `"));
        synonym(COMMANDS, typed).map(str::to_owned).or(near).unwrap_or_else(listed)
    };
    format!("there is no command `{typed}`; {remedy}")
}

/// Why a value does not fit; absent if it is no whole number.
fn reason(error: &clap::Error) -> Option<String> {
    let Some(source) = std::error::Error::source(error) else { return Some("it is none".into()) };
    if let Some(number) = source.downcast_ref::<ParseIntError>() {
        return (*number.kind() == IntErrorKind::PosOverflow).then(|| "the number is too large".into());
    }
    if source.is::<ParseFloatError>() {
        return Some("write a number, 12.5 say".into());
    }
    let text = source.to_string();
    // A number out of its range: `7 is not in 1..=5`.
    Some(match text.split_once(" is not in ") {
        Some((_, range)) => match range.split_once("..") {
            Some((low, "")) => format!("it must be {low} or more"),
            // The end of the type is no limit that anybody set.
            Some((low, high)) if high.len() >= 10 => format!("it must be {low} or more"),
            Some((low, high)) => match high.strip_prefix('=') {
                Some(high) => format!("it must be {low} to {high}"),
                None => format!("it must be {low} or more, and below {high}"),
            },
            None => "it is out of range".into(),
        },
        None => text,
    })
}

/// The whole numbers that an option takes, as it says itself when it is given 0.
fn range(command: &str, option: &str) -> String {
    use clap::Parser;
    let zero = format!("{option}=0");
    let tried = super::Cli::try_parse_from(command.split(' ').chain([zero.as_str()]));
    let refused = tried.err().filter(|e| e.kind() == ErrorKind::ValueValidation).and_then(|e| reason(&e));
    refused.as_deref().and_then(|why| why.strip_prefix("it must be ")).unwrap_or("0 or more").to_owned()
}

fn synonym(table: &[(&str, &'static str)], typed: &str) -> Option<&'static str> {
    table.iter().find(|(word, _)| *word == typed).map(|(_, remedy)| *remedy)
}

/// What other tools call it.
const OPTIONS: &[(&str, &str)] = &[
    ("--reps", "write `--replications` or `-n`"),
    ("--runs", "write `--replications` or `-n`"),
    ("--simulations", "write `--replications` or `-n`"),
    ("--iterations", "write `--replications` or `-n`"),
    ("--output", "write `--out`"),
    ("-o", "write `--out`"),
    ("--outdir", "write `--out`"),
    ("--no-plots", "write `--no-charts`"),
    ("--override", "write `--set key.path=value`"),
    ("-D", "write `--set key.path=value`"),
    ("--parallel", "write `--threads` (`--jobs` with sales)"),
    ("--cores", "write `--threads` (`--jobs` with sales)"),
];

const COMMANDS: &[(&str, &str)] = &[
    ("new", "`restock init` writes a scenario to begin with"),
    ("create", "`restock init` writes a scenario to begin with"),
    ("simulate", "write `restock run`"),
    ("validate", "write `restock check`"),
    ("lint", "write `restock check`"),
    ("predict", "write `restock forecast`"),
    ("inspect", "write `restock describe`"),
    ("open", "open `report.html` in the folder that `restock run` names"),
    ("report", "`restock run` writes `report.html` into its folder"),
    ("diff", "write `restock compare`"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn told(arguments: &[&str]) -> String {
        let arguments: Vec<&str> = std::iter::once("restock").chain(arguments.iter().copied()).collect();
        let error = super::super::Cli::try_parse_from(&arguments).unwrap_err();
        let command = if is_command(arguments[1]) { format!("restock {}", arguments[1]) } else { "restock".into() };
        said(&error, &command)
    }

    #[test]
    fn wrong_command_lines_are_told_with_a_remedy() {
        for (arguments, expected) in [
            (&["run", "--reps", "5", "a.toml"][..], "has no option `--reps`; write `--replications`"),
            (&["run", "--replicatons", "5", "a.toml"], "did you mean `--replications`?"),
            (&["run", "a.toml", "b.toml"], "run one scenario at a time"),
            (&["run"], "name a scenario file"),
            (&["run", "a.toml", "--seed", "abc"], "`--seed` cannot be `abc`: write a whole number, 0 or more"),
            (&["run", "a.toml", "-n", "99999999999999999999"], "too large"),
            (&["run", "a.toml", "--threads", "100000"], "`--threads` cannot be `100000`: it must be 0 to 1024"),
            (&["run", "a.toml", "--seed"], "`--seed` needs a value"),
            (&["run", "a.toml", "--seed", "1", "--seed", "2"], "`--seed` was given twice"),
            (&["run", "a.toml", "--dry-run", "--out", "x"], "exclude each other"),
            (&["run", "--trace", "a.toml"], "write the file first: `restock run a.toml --trace`"),
            (&["forecast", "a.csv", "--every", "fortnight"], "write one of `day`, `week`, `month`"),
            (&["forecast", "a.csv", "--horizon", "0"], "it must be 1 to"),
            (
                &["forecast", "a.csv", "--totals", "60,abc"],
                "`--totals` cannot be `abc`: write a whole number, 1 to 1000",
            ),
            (&["backtest", "a.csv", "--origins", "x"], "write a whole number, 1 to 100"),
            (&["verify", "--replications", "1"], "it must be 2 or more"),
            (&["autumn.toml"], "did you mean `restock run autumn.toml`?"),
            (&["sales.csv"], "did you mean `restock describe sales.csv`?"),
            (&["open"], "open `report.html`"),
            (&["chekc"], "did you mean `check`?"),
        ] {
            let text = told(arguments);
            assert!(text.contains(expected), "{arguments:?}: {text}");
        }
    }
}
