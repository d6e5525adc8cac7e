//! The comparison can fail: with one rule of the reference broken on purpose, random scenarios tell.

use crate::compare::{Comparison, load};
use crate::generated::RANDOM;
use crate::scenarios::{
    changing, disrupted, following, in_containers, in_lots, in_markets, of_several, pausing, pre_ordering, returning,
    scenario, sharing, supplied,
};
use restock_kernel::sim::reference::case::Fault;

/// How many of the random scenarios notice each fault, and what the first one says.
#[test]
fn every_broken_rule_is_noticed() {
    let plain = RANDOM.step_by(3).map(scenario);
    let runnables: Vec<_> = plain
        .chain(RANDOM.step_by(8).map(changing))
        .chain(RANDOM.step_by(12).map(sharing))
        .chain(RANDOM.step_by(5).map(pre_ordering))
        .chain(RANDOM.step_by(9).map(returning))
        .chain(RANDOM.step_by(9).map(in_lots))
        .chain(RANDOM.step_by(5).map(pausing))
        .chain(RANDOM.step_by(5).map(of_several))
        .chain(RANDOM.step_by(5).map(in_containers))
        .chain(RANDOM.step_by(4).map(following))
        .chain(RANDOM.step_by(8).map(disrupted))
        .chain(RANDOM.step_by(6).map(supplied))
        .chain(RANDOM.step_by(4).map(in_markets))
        .map(|text| load(&text))
        .collect();
    let mut unnoticed = Vec::new();
    for fault in Fault::ALL {
        let found = |r| Comparison { fault: Some(*fault), ..Comparison::of(r, 1) }.run().err();
        let notices: Vec<String> = runnables.iter().filter_map(found).collect();
        let first = notices.first().map_or("", |n| n.split(": the kernel").next().unwrap_or(n));
        println!("{:<22} {:>3} of {}: {first}", format!("{fault:?}"), notices.len(), runnables.len());
        if notices.is_empty() {
            unnoticed.push(fault);
        }
    }
    assert!(unnoticed.is_empty(), "{unnoticed:?}");
}
