//! How far a command is: named steps, and one time left over all of them.
//!
//! On a terminal a bar; elsewhere a line every few seconds, so that a log shows that something goes on.

use super::print;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often a bar is drawn anew, and a line is written.
const REDRAWN: Duration = Duration::from_millis(200);
const WRITTEN: Duration = Duration::from_secs(3);

/// Positions of the bar.
const LENGTH: u64 = 1000;

/// How long a step may take, before it is seen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Guess {
    /// Nothing is known: there is no time left to tell before it has begun.
    Unknown,
    Seconds(f64),
    /// As many times as long as the first step.
    OfFirst(f64),
}

/// A step of the work.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// `simulating`
    pub doing: &'static str,
    /// `replications`
    pub what: &'static str,
    pub guess: Guess,
}

/// The steps of some work, and how far it is.
#[derive(Debug)]
struct Clock {
    steps: Vec<Step>,
    /// Seconds that each step before the current one took.
    took: Vec<f64>,
    /// When the current one began, and when something of it was last done.
    began: f64,
    heard: f64,
    done: u64,
    total: u64,
    remark: String,
}

impl Clock {
    fn new(steps: Vec<Step>) -> Self {
        Clock { steps, took: Vec::new(), began: 0.0, heard: 0.0, done: 0, total: 0, remark: String::new() }
    }

    /// Hears at time `now` that `done` of `total` of a step are done. Steps before it are over.
    fn hear(&mut self, step: usize, done: u64, total: u64, now: f64) {
        while self.took.len() < step {
            self.took.push(now - self.began);
            self.began = now;
            self.remark.clear();
        }
        (self.heard, self.done, self.total) = (now, done, total);
    }

    /// Seconds that are left of all steps, as far as can be told at time `now`. Never nothing while something is to be done.
    fn left(&self, now: f64) -> Option<f64> {
        let current = self.left_of_current(now)?;
        let first = self.took.first().copied().unwrap_or(now - self.began + current);
        let guessed = |s: &Step| match s.guess {
            Guess::Unknown => None,
            Guess::Seconds(s) => Some(s),
            Guess::OfFirst(times) => Some(times * first),
        };
        let later: f64 = self.steps.iter().skip(self.took.len() + 1).map(guessed).sum::<Option<f64>>()?;
        Some(current + later)
    }

    fn left_of_current(&self, now: f64) -> Option<f64> {
        let (elapsed, idle) = (now - self.began, now - self.heard);
        let expected = if self.done > 0 {
            (self.heard - self.began) / self.done as f64 * self.total.saturating_sub(self.done) as f64 - idle
        } else {
            let whole = match self.steps[self.took.len()].guess {
                Guess::Unknown => return None,
                Guess::Seconds(s) => s,
                Guess::OfFirst(times) => times * self.took.first()?,
            };
            whole - elapsed
        };
        // What takes longer than was expected takes a while yet.
        Some(expected.max(idle / 2.0))
    }

    /// `simulating 1,200 of 5,000 replications, about 34 s left`
    fn line(&self, now: f64) -> String {
        let step = self.steps[self.took.len()];
        let mut out = step.doing.to_owned();
        if self.total > 1 {
            let count = |n: u64| crate::report::format::count(n as f64);
            out += &format!(" {} of {} {}", count(self.done), count(self.total), step.what);
        }
        if let Some(left) = self.left(now) {
            out += &format!(", about {} left", duration(left));
        }
        if !self.remark.is_empty() {
            out += &format!(", {}", self.remark);
        }
        out
    }

    /// Share of the whole time that is over.
    fn share(&self, now: f64) -> f64 {
        self.left(now).map_or(0.0, |left| now / (now + left).max(1e-9))
    }
}

/// `34 s`, `5 min`, `2 h 10 min`
fn duration(seconds: f64) -> String {
    let minutes = (seconds / 60.0).round() as u64;
    match seconds.ceil().max(1.0) as u64 {
        s @ 0..90 => format!("{s} s"),
        _ if minutes < 100 => format!("{minutes} min"),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// Shows how far a command is. Dropped, it takes its bar away.
pub(super) struct Job {
    shared: Arc<Shared>,
    ticker: Option<JoinHandle<()>>,
}

struct Shared {
    clock: Mutex<Clock>,
    begun: Instant,
    bar: Option<ProgressBar>,
    /// Set, and told, when the job is over.
    over: Mutex<bool>,
    told: Condvar,
}

impl Shared {
    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    fn show(&self) {
        let (line, share) = {
            let (clock, now) = (self.clock(), self.now());
            (clock.line(now), clock.share(now))
        };
        match &self.bar {
            Some(bar) => {
                // A bar never goes back.
                bar.set_position(((share * LENGTH as f64) as u64).clamp(bar.position(), LENGTH - 1));
                bar.set_message(line);
            }
            None => print::note(&line),
        }
    }

    /// Shows until the job is over.
    fn tick(&self) {
        let every = if self.bar.is_some() { REDRAWN } else { WRITTEN };
        let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        while !*over {
            let (guard, waited) =
                self.told.wait_timeout_while(over, every, |over| !*over).unwrap_or_else(PoisonError::into_inner);
            over = guard;
            if waited.timed_out() && !*over {
                self.show();
            }
        }
    }
}

impl Job {
    /// Begins with the first step; `quiet` shows nothing.
    pub fn begin(steps: Vec<Step>, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal() && !quiet;
        let bar = terminal.then(|| {
            let bar = ProgressBar::with_draw_target(Some(LENGTH), ProgressDrawTarget::stderr());
            bar.with_style(
                ProgressStyle::with_template("{bar:24} {wide_msg}").unwrap_or_else(|_| ProgressStyle::default_bar()),
            )
        });
        let (over, told) = (Mutex::new(false), Condvar::new());
        let shared = Arc::new(Shared { clock: Mutex::new(Clock::new(steps)), begun: Instant::now(), bar, over, told });
        let ticker = (!quiet).then(|| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.tick())
        });
        Job { shared, ticker }
    }

    /// So much of a step is done.
    pub fn at(&self, step: usize, done: u64, total: u64) {
        let now = self.shared.now();
        self.shared.clock().hear(step, done, total, now);
    }

    /// Something to show besides, until the step is over.
    pub fn remark(&self, text: String) {
        self.shared.clock().remark = text;
    }

    pub fn seconds(&self) -> f64 {
        self.shared.now()
    }

    /// Prints in the midst of the work.
    pub fn print<R>(&self, print: impl FnOnce() -> R) -> R {
        match &self.shared.bar {
            Some(bar) => bar.suspend(print),
            None => print(),
        }
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        *self.shared.over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.shared.told.notify_all();
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
        if let Some(bar) = &self.shared.bar {
            bar.finish_and_clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        let step = |doing, guess| Step { doing, what: "things", guess };
        let steps = [("first", Guess::Unknown), ("second", Guess::OfFirst(2.0)), ("third", Guess::Seconds(5.0))];
        Clock::new(steps.map(|(doing, guess)| step(doing, guess)).to_vec())
    }

    #[test]
    fn the_time_left_counts_all_steps() {
        let mut c = clock();
        assert_eq!(c.left(1.0), None, "nothing is known yet");
        c.hear(0, 0, 100, 0.0);
        c.hear(0, 25, 100, 1.0);
        // 3 s of the first, twice its 4 s, and 5 s.
        assert!((c.left(1.0).unwrap() - 16.0).abs() < 1e-9, "{:?}", c.left(1.0));
        c.hear(1, 0, 4, 4.0);
        assert!((c.left(4.0).unwrap() - 13.0).abs() < 1e-9, "{:?}", c.left(4.0));
        assert!((c.left(5.0).unwrap() - 12.0).abs() < 1e-9, "it goes on between reports: {:?}", c.left(5.0));
        // The second is slower than was guessed: 3 s each.
        c.hear(1, 1, 4, 7.0);
        assert!((c.left(7.0).unwrap() - 14.0).abs() < 1e-9, "{:?}", c.left(7.0));
    }

    #[test]
    fn nothing_is_left_only_when_all_is_done() {
        let mut c = clock();
        c.hear(0, 50, 100, 1.0);
        c.hear(2, 0, 1, 10.0);
        for late in [14.0, 16.0, 40.0] {
            assert!(c.left(late).unwrap() > 0.9, "{late}: {:?}", c.left(late));
            assert!(c.share(late) < 1.0);
        }
        assert_eq!(c.line(14.0), "third, about 2 s left");
    }

    #[test]
    fn a_line_says_the_step_what_is_done_and_the_time() {
        let mut c = clock();
        c.hear(0, 1200, 4800, 1.0);
        c.remark = "fine".into();
        assert_eq!(c.line(1.0), "first 1,200 of 4,800 things, about 16 s left, fine");
        c.hear(1, 0, 3, 4.0);
        assert_eq!(c.line(4.0), "second 0 of 3 things, about 13 s left", "remarks are of one step");
        assert_eq!([0.2, 89.0, 100.0, 7800.0].map(duration), ["1 s", "89 s", "2 min", "2 h 10 min"]);
    }
}
