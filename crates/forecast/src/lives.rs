//! Items end: how likely one has, by how long it has not sold, and how likely one will, learned on the panel's own past.
//!
//! An item that sold every day and has not sold for two months has ended, is out of stock, or pauses. Which of these is likely differs from shop to
//! shop: a grocer's items come back, a gift shop's do not. So the panel is asked: of the items that stood as this one does at past
//! origins, how many sold nothing more in the time that followed? Chance gives some of those; the rest had ended (expectation and maximisation
//! over the two). An item's own past speaks too: one that has come back from a silence as long may do so again.
//!
//! On a path an item has ended from the start with that chance, and else ends on a day that is exponential, with the rate at which the panel's
//! items fell silent for good.

use super::{Item, Panel, Shelf, Step, Streams};

/// Lower ends of classes of silence: in mean intervals between the item's sales, and in days.
const INTERVALS: [f64; 7] = [0.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];
const DAYS: [f64; 4] = [0.0, 14.0, 28.0, 60.0];

/// Items that a guess counts for: of the chance of an end where the panel says nothing, and of a class of intervals for one of days.
const PRIOR_ITEMS: f64 = 4.0;

/// Silences, in mean intervals, that are no sign of an end.
const ORDINARY: f64 = 3.0;

/// Rate of ends of a panel that says nothing: none in so many days.
const PRIOR_DAYS: f64 = 3_000.0;

/// Days in which a living item is expected to sell again, if its intervals let it; days of a month and of a week.
const WINDOW: f64 = 60.0;

/// What is left of the chance of an end where the past speaks against it.
const FAINT: f64 = 0.2;

/// Past origins, a window apart.
const ORIGINS: usize = 5;

/// What a panel tells of the ends of its items.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lives {
    /// By item: the chance that it has ended, and the rate at which it will, a period.
    items: Vec<(f64, f64)>,
}

/// An item at an origin.
#[derive(Debug, Clone, Copy)]
struct Standing {
    /// Periods since its last sale, in mean intervals between its sales.
    intervals: f64,
    days: f64,
    /// Mean interval in periods.
    interval: f64,
    /// Earlier silences of at least half as long, after which it sold again.
    returns: f64,
}

fn place(edges: &[f64], value: f64) -> usize {
    edges.partition_point(|e| *e <= value).saturating_sub(1)
}

fn days_of(step: Step) -> f64 {
    365.25 / step.per_year()
}

/// The standing of an item whose history is cut at its own period `end`; absent with fewer than three sales, and where it was known to be off the
/// shelf: its silence means nothing.
fn standing(item: &Item, end: usize, step: Step) -> Option<Standing> {
    let open = |t: usize| item.shelf_at(t) == Shelf::Full;
    let sales: Vec<usize> = (0..end.min(item.units.len())).filter(|t| item.units[*t] > 0.0).collect();
    let (first, last) = (*sales.first()?, *sales.last()?);
    if sales.len() < 3 || !(last + 1..end).all(open) {
        return None;
    }
    let interval = ((last - first) as f64 / (sales.len() - 1) as f64).max(1.0);
    let silent = (end - 1 - last) as f64;
    // Half as long, and no ordinary pause.
    let long = |gap: &usize| *gap as f64 - 1.0 >= (0.5 * silent).max(ORDINARY * interval);
    let returns = sales.windows(2).map(|w| w[1] - w[0]).filter(long).count() as f64;
    Some(Standing { intervals: silent / interval, days: silent * days_of(step), interval, returns })
}

/// Chance that an item has ended which stands so, where a panel says nothing: a silence of a few intervals is none.
fn guess(intervals: f64) -> f64 {
    1.0 - ORDINARY / intervals.max(ORDINARY)
}

/// Chances of an end, by class of silence.
struct Chances {
    table: [[f64; DAYS.len()]; INTERVALS.len()],
}

/// An item at a past origin, and what came: whether it sold in the window after, and how likely a living one would not have.
struct Outcome {
    standing: Standing,
    sold: bool,
    missed: f64,
}

impl Chances {
    fn learn(outcomes: &[Outcome]) -> Self {
        let chance = |of: &[&Outcome], prior: f64| {
            let mut p = prior;
            for _ in 0..30 {
                let ended = |o: &&Outcome| if o.sold { 0.0 } else { p / (p + (1.0 - p) * o.missed).max(1e-12) };
                p = (of.iter().map(ended).sum::<f64>() + PRIOR_ITEMS * prior) / (of.len() as f64 + PRIOR_ITEMS);
            }
            p
        };
        let table = std::array::from_fn(|i| {
            let row: Vec<&Outcome> = outcomes.iter().filter(|o| place(&INTERVALS, o.standing.intervals) == i).collect();
            // The middle of a class stands for it.
            let of_row = chance(&row, guess(1.5 * INTERVALS[i]));
            std::array::from_fn(|d| {
                let cell: Vec<&Outcome> = row.iter().copied().filter(|o| place(&DAYS, o.standing.days) == d).collect();
                chance(&cell, of_row)
            })
        });
        Chances { table }
    }

    fn of(&self, s: &Standing) -> f64 {
        if s.intervals < ORDINARY {
            // An ordinary pause tells of no end: those to come are in the rate.
            return 0.0;
        }
        let learned = self.table[place(&INTERVALS, s.intervals)][place(&DAYS, s.days)];
        // Each return from such a silence is a living item that stood so, among one that the class tells.
        let odds = learned / (1.0 - learned).max(1e-9) / (1.0 + 2.0 * s.returns);
        odds / (1.0 + odds)
    }
}

impl Lives {
    /// Learns from the panel.
    pub(super) fn learn(panel: &Panel) -> Self {
        let window = (WINDOW / days_of(panel.step)).round().max(2.0) as usize;
        let origins = (1..=ORIGINS).filter_map(|k| panel.periods.checked_sub(k * window)).filter(|o| *o >= window);
        let mut outcomes = Vec::new();
        for origin in origins {
            for item in &panel.items {
                let Some(end) = origin.checked_sub(item.start) else { continue };
                let Some(standing) = standing(item, end, panel.step) else { continue };
                let after = &item.units[end..end + window];
                let missed = (-(window as f64) / standing.interval).exp();
                outcomes.push(Outcome { standing, sold: after.iter().any(|y| *y > 0.0), missed });
            }
        }
        let chances = Chances::learn(&outcomes);
        let now: Vec<Option<Standing>> = panel.items.iter().map(|i| standing(i, i.units.len(), panel.step)).collect();
        let has_ended = |item: &Item, s: &Option<Standing>| match s {
            // It is known, and counts among the ends.
            _ if item.has_ended(panel) => 1.0,
            s => s.as_ref().map_or(0.0, |s| chances.of(s)),
        };
        // Ends among the items that lived a year ago, or as long as the panel tells, over the periods that they lived.
        let past = panel.periods.min(panel.step.per_year() as usize);
        let (mut ends, mut lived) = (0.0, PRIOR_DAYS / days_of(panel.step));
        for (item, now) in panel.items.iter().zip(&now) {
            let Some(last) = item.units.iter().rposition(|y| *y > 0.0) else { continue };
            let end = has_ended(item, now);
            let since = item.units.len().saturating_sub(past);
            if last > since {
                ends += end;
                lived += end * (last - since) as f64 + (1.0 - end) * (item.units.len() - since) as f64;
            }
        }
        let rate = ends / lived;
        Lives { items: panel.items.iter().zip(&now).map(|(i, s)| (has_ended(i, s), rate)).collect() }
    }

    /// The same, of items that live on if they live now.
    pub(super) fn without_rate(mut self) -> Self {
        self.items.iter_mut().for_each(|i| i.1 = 0.0);
        self
    }

    /// The same where the past speaks against ends: a part of the chance stays, so that the band still holds what may happen.
    pub(super) fn faint(mut self) -> Self {
        for (ended, rate) in &mut self.items {
            *ended *= FAINT;
            *rate *= FAINT;
        }
        self
    }

    /// Chance that an item has ended.
    pub(super) fn ended(&self, item: usize) -> f64 {
        self.items[item].0
    }

    /// Ends an item on a path: nothing is sold from the period on in which it does.
    pub(super) fn end(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        let (ended, rate) = self.items[item];
        let mut draw = streams.own.at(path, -3, 0);
        let lives = if draw.uniform() < ended { 0.0 } else { -(1.0 - draw.uniform()).ln() / rate.max(1e-12) };
        if lives < out.len() as f64 {
            out[lives as usize..].fill(0.0);
        }
    }

    /// Takes the mean of a period down to what living paths leave of it.
    pub(super) fn fade(&self, item: usize, out: &mut [f64]) {
        let (ended, rate) = self.items[item];
        for (h, y) in out.iter_mut().enumerate() {
            *y *= (1.0 - ended) * (-rate * h as f64).exp();
        }
    }
}
