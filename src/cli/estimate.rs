//! How long a command on sales will take, said before work that is long: measured on a few of its items, so that it is the time of this machine, these
//! histories and this method.

use super::{memory, print};
use crate::forecast::{Item, Panel};
use crate::report::format;
use std::time::Instant;

/// Seconds that are worth a word beforehand.
pub(super) const LONG: f64 = 60.0;

/// Items that are tried, and those of a panel from which on they are a small part of it.
const TRIED: usize = 16;
const MANY: usize = 400;

/// A few items of a panel, spread over it.
pub(super) struct Sample {
    panel: Panel,
    /// Items and item-periods of the whole panel, for one of the sample.
    items: f64,
    times: f64,
}

impl Sample {
    /// Absent where a panel has so few items that they are soon done.
    pub fn of(panel: &Panel) -> Option<Self> {
        if panel.items.len() < MANY {
            return None;
        }
        let items: Vec<Item> = panel.items.iter().step_by(panel.items.len() / TRIED).cloned().collect();
        let periods = |items: &[Item]| items.iter().map(|i| i.units.len()).sum::<usize>().max(1) as f64;
        let (times, each) = (periods(&panel.items) / periods(&items), panel.items.len() as f64 / items.len() as f64);
        Some(Sample { panel: Panel { items, ..*panel }, items: each, times })
    }

    /// Seconds that something would take with the whole panel.
    pub fn seconds<T>(&self, work: impl FnOnce(&Panel) -> T) -> f64 {
        let begun = Instant::now();
        drop(work(&self.panel));
        begun.elapsed().as_secs_f64() * self.times
    }

    /// The same of something that takes so many items at most.
    pub fn seconds_of<T>(&self, most: usize, work: impl FnOnce(&Panel) -> T) -> f64 {
        let part = most as f64 / (self.items * self.panel.items.len() as f64);
        self.seconds(work) * part.min(1.0)
    }
}

/// Says how long, and with how many bytes of memory, `what` will take, if that is long; `less` takes less.
pub(super) fn say(seconds: f64, bytes: u64, panel: &Panel, what: &str, less: &str) {
    if seconds > LONG {
        print::note(&words(seconds, bytes, panel, what, less));
    }
}

fn words(seconds: f64, bytes: u64, panel: &Panel, what: &str, less: &str) -> String {
    format!(
        "about {}, and at most {} of memory: {} over {} {what}; {less}",
        time(seconds),
        memory::size(bytes),
        format::counted(panel.items.len(), "item"),
        format::counted(panel.periods, panel.step.noun()),
    )
}

/// A time as people say it.
pub(super) fn time(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{s:.0} seconds"),
        s if s < 5_400.0 => format!("{:.0} minutes", s / 60.0),
        s if s < 172_800.0 => format!("{:.0} hours", s / 3_600.0),
        s => format!("{} days", format::count((s / 86_400.0).round())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::Day;
    use crate::forecast::Step;

    #[test]
    fn long_work_is_announced_with_its_time_and_memory() {
        let items = |n: usize| (0..n).map(|i| Item::new(format!("{i}"), i % 10, vec![1.0; 100 - i % 10])).collect();
        let panel = |n: usize| Panel { first: Day(0), step: Step::Day, periods: 100, items: items(n) };
        let said = words(754.0, 3 << 29, &panel(1_200), "by `combination`", "`--no-record` takes less");
        assert_eq!(
            said,
            "about 13 minutes, and at most 1.5 GiB of memory: 1,200 items over 100 days by `combination`; `--no-record` takes less"
        );
        assert!(Sample::of(&panel(399)).is_none());
        let sample = Sample::of(&panel(1_600)).unwrap();
        assert_eq!((sample.panel.items.len(), sample.items), (16, 100.0));
        // Every hundredth has a full history, and all together 95.5 of 100 periods.
        assert!((sample.times - 95.5).abs() < 1e-9, "{}", sample.times);
    }
}
