//! Random scenarios: two hundred and more, every mechanism together.

use crate::compare::{Comparison, load};
use crate::scenarios::{
    changing, changing_from_today, disrupted, disrupted_from_today, following, following_from_today, from_today,
    in_containers, in_containers_from_today, in_lots, in_lots_from_today, in_markets, in_markets_from_today,
    of_several, of_several_from_today, pausing, pausing_from_today, pre_ordering, pre_ordering_from_today, returning,
    returning_from_today, scenario, sharing, sharing_from_today, supplied, supplied_from_today,
};

/// Numbers of the random scenarios.
pub const RANDOM: std::ops::Range<u32> = 0..240;

/// All of them, three replications each, every other with more or less stock than its policies ask for.
#[test]
fn kernel_and_reference_agree_on_random_scenarios() {
    agree(scenario);
}

/// The same scenarios as runs from today, with open orders in every state and customers who wait.
#[test]
fn kernel_and_reference_agree_on_runs_from_today() {
    agree(from_today);
}

/// Supply models that change on a date.
#[test]
fn kernel_and_reference_agree_on_changes() {
    agree(changing);
}

/// The same from today: change, open orders and waiting customers.
#[test]
fn kernel_and_reference_agree_on_changes_from_today() {
    agree(changing_from_today);
}

/// Products that one factory makes, with changes and without.
#[test]
fn kernel_and_reference_agree_on_shared_factories() {
    agree(sharing);
}

/// The same from today.
#[test]
fn kernel_and_reference_agree_on_shared_factories_from_today() {
    agree(sharing_from_today);
}

/// Windows for pre-orders in scenarios of all these kinds.
#[test]
fn kernel_and_reference_agree_on_pre_orders() {
    agree(pre_ordering);
}

/// The same from today.
#[test]
fn kernel_and_reference_agree_on_pre_orders_from_today() {
    agree(pre_ordering_from_today);
}

/// Products that are sent back, in scenarios of all these kinds.
#[test]
fn kernel_and_reference_agree_on_returns() {
    agree(returning);
}

/// The same from today.
#[test]
fn kernel_and_reference_agree_on_returns_from_today() {
    agree(returning_from_today);
}

/// Lots of different prices and split orders, in scenarios of all these kinds.
#[test]
fn kernel_and_reference_agree_on_lots() {
    agree(in_lots);
}

/// The same from today.
#[test]
fn kernel_and_reference_agree_on_lots_from_today() {
    agree(in_lots_from_today);
}

/// Campaigns that pause, in scenarios of all these kinds.
#[test]
fn kernel_and_reference_agree_on_pauses() {
    agree(pausing);
}

/// The same from today.
#[test]
fn kernel_and_reference_agree_on_pauses_from_today() {
    agree(pausing_from_today);
}

/// Orders of several units, with changes, lots, returns, campaigns that pause and a shared factory.
#[test]
fn kernel_and_reference_agree_on_orders_of_several_units() {
    agree(of_several);
}

#[test]
fn kernel_and_reference_agree_on_orders_of_several_units_from_today() {
    agree(of_several_from_today);
}

/// Containers that orders and products wait for, with all of these.
#[test]
fn kernel_and_reference_agree_on_shared_containers() {
    agree(in_containers);
}

#[test]
fn kernel_and_reference_agree_on_shared_containers_from_today() {
    agree(in_containers_from_today);
}

/// Locations that are spared, policies of two routes that follow the forecast, changes that events bring, with all of these.
#[test]
fn kernel_and_reference_agree_on_rules_that_follow_stock_and_demand() {
    agree(following);
}

#[test]
fn kernel_and_reference_agree_on_rules_that_follow_stock_and_demand_from_today() {
    agree(following_from_today);
}

/// Things that go wrong, with all of these.
#[test]
fn kernel_and_reference_agree_on_disruptions() {
    agree(disrupted);
}

#[test]
fn kernel_and_reference_agree_on_disruptions_from_today() {
    agree(disrupted_from_today);
}

/// Locations that are supplied from the stock of others, with all of these.
#[test]
fn kernel_and_reference_agree_on_networks() {
    agree(supplied);
}

#[test]
fn kernel_and_reference_agree_on_networks_from_today() {
    agree(supplied_from_today);
}

/// Markets with prices, taxes, duties and deliveries of their own, with all of these.
#[test]
fn kernel_and_reference_agree_on_markets() {
    agree(in_markets);
}

#[test]
fn kernel_and_reference_agree_on_markets_from_today() {
    agree(in_markets_from_today);
}

fn agree(scenario: fn(u32) -> String) {
    let mut failed = Vec::new();
    for n in RANDOM {
        let runnable = load(&scenario(n));
        let extra_stock = [0, 0, 37, -11][n as usize % 4];
        let comparison = Comparison { extra_stock, ..Comparison::of(&runnable, 3) };
        let found = comparison.run();
        failed.extend(found.err().map(|e| format!("scenario {n}: {e}")));
    }
    assert!(failed.is_empty(), "{} differ\n{}", failed.len(), failed[..failed.len().min(40)].join("\n"));
}
