//! What would flip the comparison, in one line.

use super::format;
use restock_kernel::model::Unit;
use restock_kernel::study::{Flip, Lever, ModelFlips};

/// Break-evens that are told: the nearest.
const TOLD: usize = 3;

/// Lengths of its sourced range beyond which a break-even is out of reach: its figure would say nothing.
const REACH: f64 = 3.0;

/// One line: what a model earns more or less than the first, and the nearest break-evens, each alone.
pub(crate) fn sentence(f: &ModelFlips, currency: &str) -> String {
    let d = &f.difference;
    let money = |v: f64| format::money(v.abs(), currency);
    let interval = d.interval().map_or_else(String::new, |(low, high)| {
        let end = |v| format::change(v, Unit::Money, currency);
        format!(" ({} to {})", end(low), end(high))
    });
    let word = if d.value < 0.0 { "less" } else { "more" };
    let opening =
        format!("{} earns {}{interval} {word} residual income than {}.", f.model, money(d.value), f.compared_with);
    let near = |flip: &&Flip| flip.distance <= REACH;
    let nearest: Vec<String> = f.flips.iter().filter(near).take(TOLD).map(|flip| told(flip, currency)).collect();
    let far = f.flips.iter().filter(|flip| !near(flip)).map(|flip| flip.lever);
    let out_of_reach: Vec<&str> = far.chain(f.never.iter().copied()).map(Lever::label).collect();
    let rest = match out_of_reach.as_slice() {
        [] => String::new(),
        some => format!(" Out of reach, each alone: {}.", some.join(", ")),
    };
    let level =
        if nearest.is_empty() { String::new() } else { format!(" Level, each alone, at: {}.", nearest.join("; ")) };
    format!("{opening}{level}{rest}")
}

/// `parcel price before weight $8.12 (8.01 to 8.24; now $4.00, sourced $3.00 to $6.50)`.
fn told(f: &Flip, currency: &str) -> String {
    let show = |v: f64| format::value(v, f.lever.unit(), currency);
    let interval =
        f.at.interval().map_or_else(|| "no bound".to_owned(), |(low, high)| format!("{} to {}", show(low), show(high)));
    let reach = if f.within_range() { "inside" } else { "outside" };
    format!(
        "{} {} ({interval}; now {}; {reach} its sourced {} to {})",
        f.lever.label(),
        show(f.at.value),
        show(f.now),
        show(f.range.0),
        show(f.range.1)
    )
}
