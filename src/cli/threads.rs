//! How many threads there are. The system may permit fewer than are asked for (`ulimit -u`, a container's limit): then there are
//! fewer, and that is said, as results are the same at any number; where not even the least can be started, nothing is.

use super::{exit, print};
use std::sync::mpsc;

/// Threads that may be asked for.
pub(super) const MOST: u16 = 1_024;

/// Threads besides those of the simulation: for signals, for a progress bar.
const SPARE: usize = 2;

/// Settles how many threads there are; 0 asks for one a core.
pub(super) fn settle(asked: u16) -> Result<usize, u8> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let wanted = if asked == 0 { cores } else { usize::from(asked) };
    // Sales and tables are read and written by threads of their own, one a core, and a study has as many as it is given.
    let apart = cores + SPARE;
    let started = startable(2 * wanted + apart);
    let threads = if started == 2 * wanted + apart { wanted } else { started.saturating_sub(apart) / 2 };
    if threads == 0 {
        return Err(print::failed(
            exit::IO,
            &format!(
                "the system lets {started} threads be started, and {} are needed; raise the number of processes that you may have (`ulimit -u`), or end some",
                apart + 2
            ),
        ));
    }
    if threads < wanted {
        print::note(&format!(
            "note: {threads} threads instead of {wanted}, as the system lets no more be started; results are the same"
        ));
    }
    // Fails only if the pool is there already; then that one serves.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    Ok(threads)
}

/// How many of so many threads can live at the same time: they are started, and end again.
fn startable(wanted: usize) -> usize {
    let mut ends = Vec::with_capacity(wanted);
    let mut threads = Vec::with_capacity(wanted);
    for _ in 0..wanted {
        let (end, wait) = mpsc::channel::<()>();
        // It lives until its end is dropped.
        let thread = std::thread::Builder::new().stack_size(64 << 10).spawn(move || wait.recv().is_err());
        let Ok(thread) = thread else { break };
        ends.push(end);
        threads.push(thread);
    }
    drop(ends);
    threads.into_iter().filter_map(|t| t.join().ok()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_threads_can_be_started() {
        assert_eq!(startable(5), 5);
    }
}
