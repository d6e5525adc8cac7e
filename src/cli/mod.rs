//! The command line. The only place that prints, reads clocks and looks at the environment.
//!
//! Results go to standard output, everything else to standard error.

mod backtest;
mod cluster;
mod compare;
mod describe;
mod estimate;
mod files;
mod folder;
mod forecast;
mod frontier;
#[cfg(feature = "documents")]
mod health;
mod memory;
mod mix;
mod print;
mod progress;
mod question;
mod record;
mod repeat;
mod run;
mod sales;
mod shard;
mod solve;
mod stress;
mod sweep;
mod threads;
mod tools;
mod tornado;
mod usage;
mod why;

use crate::scenario::{Loaded, Loader};
use clap::{CommandFactory, Parser, Subcommand};
use std::path::Path;
use std::process::ExitCode;

/// Exit codes, as documented in `restock --help` and the README.
pub(crate) mod exit {
    /// Something that was asked for does not hold: `verify` found a deviation.
    pub const FAILED: u8 = 1;
    /// The command line is wrong (from clap).
    pub const USAGE: u8 = 2;
    /// A scenario is wrong.
    pub const INVALID: u8 = 3;
    /// A file cannot be read or written.
    pub const IO: u8 = 4;
    /// Ended by a signal, whose number is added: 130 is Ctrl-C.
    pub const SIGNALLED: i32 = 128;
}

/// Compares supply models by simulation: backorders, cancellations, capital in safety stock.
#[derive(Debug, Parser)]
#[command(name = "restock", version, max_term_width = 100, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done, 1 a check failed, 2 wrong command line, 3 invalid scenario, \
    4 a file cannot be read or written, 128 + n ended by signal n (130: Ctrl-C).";

#[derive(Debug, Subcommand)]
enum Command {
    /// Simulate a scenario and write its run folder: tables, charts, data
    Run(run::Args),
    /// Trace service against capital for every supply model, from little stock to much
    Frontier(Box<frontier::Args>),
    /// Find the policy that reaches a target at least capital, or earns most, in units that a buyer can enter
    Solve(Box<solve::Args>),
    /// Find how much stock each product of a catalogue has, so that all together serve as asked with the least capital
    Mix(Box<mix::Args>),
    /// Say where backorders and capital come from, and what empty shelves cost
    Why(Box<why::Args>),
    /// Let each thing that can go wrong do so: what it costs, how long the chain lasts without the node, how long it takes to recover
    Stress(Box<stress::Args>),
    /// Compare finished runs, scenario files, or variants of one file: which keys differ, and by how much the KPIs
    Compare(Box<compare::Args>),
    /// Let keys of a scenario take other values, and compare the supply models in every cell
    Sweep(Box<sweep::Args>),
    /// Find what a comparison hinges on: each assumption over its range, break-evens, sensitivity indices, maps
    Tornado(Box<tornado::Args>),
    /// Run one of so many parts of a run: a job of an array, on any machine
    Shard(Box<shard::ShardArgs>),
    /// Merge the parts of a run into its folder: the bytes of a run on one machine
    Merge(Box<shard::MergeArgs>),
    /// Check scenario files without running them
    Check(tools::CheckArgs),
    /// Say what is in a sales file: gaps, classes of demand, spikes, suspected stock-outs
    Describe(Box<describe::Args>),
    /// Forecast a sales file: fan charts, quantiles, spikes, and a scenario of the fitted demand
    Forecast(Box<forecast::Args>),
    /// Forecast the past of a sales file and measure how good it was
    Backtest(Box<backtest::Args>),
    /// Print every default with its source
    Defaults,
    /// Print the JSON schema of scenario files
    Schema,
    /// Write a commented starter scenario
    Init(tools::InitArgs),
    /// Explain a diagnostic, E0202 say, or name the run of a short hash
    Explain {
        /// Code of the diagnostic, or first digits of a run's hash; without one, all codes are listed
        code: Option<String>,
    },
    /// Reproduce the exact results of the literature, and print them beside our own
    Verify {
        /// Replications of each case (each has its own number by default)
        #[arg(long, value_parser = clap::value_parser!(u32).range(2..))]
        replications: Option<u32>,
    },
    /// Print shell completions
    Completions { shell: clap_complete::Shell },
}

/// How scenarios are read.
#[derive(Debug, Clone, Default, clap::Args)]
struct Reading {
    /// Change a value: `--set demand.mean-per-day=80`, `--set 'supply."Ocean freight + 3PL".overflow=false'` by name,
    /// `--set supply.0.overflow=false` by place, `--set 'supply.*.overflow=false'` for all
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Let the scenario name files outside its folder
    #[arg(long)]
    allow_outside: bool,
    /// Refuse a catalogue with a row that cannot be used, instead of leaving the row out
    #[arg(long)]
    strict: bool,
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let arguments: Vec<String> = std::env::args_os().map(|a| a.to_string_lossy().into_owned()).collect();
            return usage::refuse(&error, &arguments);
        }
    };
    let result = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Frontier(args) => frontier::run(&args),
        Command::Solve(args) => solve::run(&args),
        Command::Mix(args) => mix::run(&args),
        Command::Why(args) => why::run(&args),
        Command::Stress(args) => stress::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Sweep(args) => sweep::run(&args),
        Command::Tornado(args) => tornado::run(&args),
        Command::Shard(args) => shard::shard(&args),
        Command::Merge(args) => shard::merge(&args),
        Command::Check(args) => tools::check(&args),
        Command::Describe(args) => describe::run(&args),
        Command::Forecast(args) => forecast::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Defaults => print::out(crate::scenario::DEFAULTS),
        Command::Schema => print::out(&crate::scenario::json_schema()),
        Command::Init(args) => tools::init(&args),
        Command::Explain { code } => tools::explain(code.as_deref()),
        Command::Verify { replications } => tools::verify(replications),
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "restock", &mut text);
            print::out(&String::from_utf8_lossy(&text))
        }
    };
    if let Some(warning) = crate::report::missing_characters() {
        print::note(&warning);
    }
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(code) => ExitCode::from(code),
    }
}

/// Success, or an exit code after the reason was printed.
type Outcome = Result<(), u8>;

/// Loads a scenario; problems and warnings go to standard error.
fn load(path: &Path, reading: &Reading, extra: &[String], json: bool) -> Result<Loaded, u8> {
    let loader = Loader {
        overrides: reading.set.iter().chain(extra).cloned().collect(),
        allow_outside: reading.allow_outside,
        strict: reading.strict,
        ..Loader::default()
    };
    read(&loader, &crate::names::path(path), path, json)
}

/// Loads a scenario that is called `name`; problems and warnings go to standard error.
fn read(loader: &Loader, name: &str, path: &Path, json: bool) -> Result<Loaded, u8> {
    match loader.load_as(name, path) {
        Ok(warned) => {
            print::problems(&warned.warnings);
            Ok(warned.value)
        }
        Err(problems) => {
            if json {
                print::json(&problems.to_json())?;
            } else {
                let n = problems.errors();
                let found = if n == 1 { "1 problem".into() } else { format!("{n} problems") };
                print::problems(&problems);
                print::note(&format!("\n{name}: {found}, nothing was run. `restock explain CODE` tells more."));
            }
            Err(exit::INVALID)
        }
    }
}
