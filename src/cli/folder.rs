//! The folder that a command writes: where it is, what it meant for what was there, and what a signal does to it.

use super::{exit, print};
use crate::report::{GiveUp, RunFolder, WriteError, Written};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Default, clap::Args)]
pub(super) struct FolderArgs {
    /// Overwrite files of the same names that are not an earlier run's
    #[arg(long)]
    pub force: bool,
}

/// Files that a line names; it counts the others.
const NAMED: usize = 5;

/// Begins the folder at `target`; signals from now on remove what is unfinished, but for partial results in `kept`.
pub(super) fn begin(target: &Path, args: &FolderArgs, kept: Option<PathBuf>) -> Result<RunFolder, u8> {
    let folder = RunFolder::create(target, args.force).map_err(|e| failed(&e))?;
    for path in &folder.swept {
        print::note(&format!("note: removed `{}`, which a stopped run had left behind", crate::names::path(path)));
    }
    give_up_on_signals(folder.give_up(), kept);
    Ok(folder)
}

pub(super) fn failed(e: &WriteError) -> u8 {
    print::failed(exit::IO, &e.to_string())
}

/// Says what became of what was in the folder.
pub(super) fn told(w: &Written) {
    let folder = crate::names::path(&w.path);
    if let Some((run, files)) = &w.replaced {
        let files = crate::report::format::counted(*files, "file");
        print::note(&format!("note: `{folder}` held the run {run}: its {files} went"));
    }
    let say = |paths: &[PathBuf], what: &str, remedy: &str| {
        if !paths.is_empty() {
            print::note(&format!("note: {what} in `{folder}`: {}{remedy}", listed(paths)));
        }
    };
    say(&w.overwritten, "overwritten, as was asked for,", "");
    let other: Vec<PathBuf> = w.kept.iter().filter(|p| !w.withheld.contains(p)).cloned().collect();
    say(&other, "kept what is not of this run", "");
    say(
        &w.withheld,
        "not written, as a file that Restock did not write, or that was changed since, has the place",
        "; move it, or overwrite it with `--force`",
    );
}

fn listed(paths: &[PathBuf]) -> String {
    let names: Vec<String> = paths.iter().take(NAMED).map(|p| format!("`{}`", crate::names::path(p))).collect();
    match paths.len().saturating_sub(NAMED) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.join(", ")),
    }
}

/// Ctrl-C and its like remove what is unfinished and end the process, as a shell counts: 128 and the signal's number.
#[cfg(unix)]
fn give_up_on_signals(folder: GiveUp, kept: Option<PathBuf>) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
    let heard = [SIGINT, SIGTERM, SIGQUIT, SIGHUP].into_iter().filter(|s| *s != SIGHUP || !hangup_is_ignored());
    // Fails only where signals cannot be heard: then the next run clears away.
    let Ok(mut signals) = signal_hook::iterator::Signals::new(heard) else { return };
    std::thread::spawn(move || {
        for signal in signals.forever() {
            folder.now(|unfinished| {
                let kept = kept.as_ref().filter(|path| path.exists());
                let what = match kept {
                    _ if !unfinished => "the results are written".to_owned(),
                    None => "nothing was written".to_owned(),
                    Some(path) => {
                        format!(
                            "what was simulated is kept in `{}`: `--resume` goes on with it",
                            crate::names::path(path)
                        )
                    }
                };
                print::note(&format!("\ninterrupted, {what}"));
                std::process::exit(exit::SIGNALLED + signal);
            });
        }
    });
}

/// Whether we were started to outlive the terminal, by `nohup` say. Only Linux tells.
#[cfg(unix)]
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|m| u64::from_str_radix(m.trim(), 16).ok()).unwrap_or(0);
    mask & (1 << (signal_hook::consts::SIGHUP - 1)) != 0
}

/// Elsewhere the process ends at once, and the next run clears away.
#[cfg(not(unix))]
fn give_up_on_signals(_folder: GiveUp, _kept: Option<PathBuf>) {}
