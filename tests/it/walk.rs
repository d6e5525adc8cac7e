//! A replication walked a day at a time, from outside.

use crate::support::{laid_out, ocean_and_direct, runnable};
use restock::sim::{Kernel, Needs, Shelf, ToOrder};

const SHOP: &str = "name = \"walk\"\nhorizon = { start = 2026-01-05, days = 120, warmup-days = 60 }\nmonte-carlo = { replications = 2 }\n\
    [[product]]\nsku = \"tee\"\nprice = 60\nunit-cost = 14\n[demand]\nmean-per-day = 20\ndispersion = 4\n";

/// Nobody interferes: the same KPIs as in a block, to the bit, and the days go by one after the other.
#[test]
fn a_walk_ends_where_a_block_does() {
    let r = runnable(&ocean_and_direct(SHOP));
    let (demand, plans) = laid_out(&r.scenario, 0, 7);
    let kernel = Kernel::new(&demand, &plans, Needs::Books);
    let mut rows = Vec::new();
    kernel.block(3..4, &mut kernel.desk(), &mut |_, mut replica| rows.push(replica.kpis().unwrap()));
    for (m, row) in rows.iter().enumerate() {
        let mut walk = kernel.walk(m, 3).unwrap();
        assert_eq!(walk.next_day(), Some(r.scenario.horizon.first()));
        let mut days = 0;
        while walk.next_day().is_some() {
            assert!(walk.kpis().is_none(), "not before it is over");
            walk.step(&mut |_| Vec::new()).unwrap();
            days += 1;
        }
        assert_eq!((days, walk.days().len()), (180, 120));
        assert_eq!(walk.kpis().as_ref(), Some(row));
        walk.step(&mut |_| Vec::new()).unwrap();
        assert_eq!(walk.kpis().as_ref(), Some(row), "after the last day nothing happens");
    }
}

/// A policy of one's own: ordering up to 300 from outside is the policy that orders up to 300.
#[test]
fn a_policy_from_outside_is_the_policy() {
    let model = |name: &str, level: i64| {
        format!(
            "[[supply]]\nname = \"{name}\"\n[[supply.location]]\nname = \"l\"\ninitial-on-hand = 300\n\
             policy = {{ base-stock = {{ level = {level} }} }}\n[[supply.location.route]]\nname = \"r\"\n\
             stage = [{{ name = \"s\", days = {{ gamma = {{ mean = 9, sd = 4 }} }} }}]\n"
        )
    };
    let r = runnable(&format!("{SHOP}{}{}", model("policy", 300), model("outside", -100_000)));
    let (demand, plans) = laid_out(&r.scenario, 0, 7);
    let kernel = Kernel::new(&demand, &plans, Needs::Books);
    let walked = |m: usize, decide: &mut dyn FnMut(&[Shelf]) -> Vec<ToOrder>| {
        let mut walk = kernel.walk(m, 0).unwrap();
        let mut evenings = Vec::new();
        while walk.next_day().is_some() {
            walk.step(decide).unwrap();
            evenings.push(walk.shelves().collect::<Vec<_>>());
        }
        (evenings, walk.books().ledger().cash())
    };
    let by_policy = walked(0, &mut |_| Vec::new());
    let mut up_to_300 = |shelves: &[Shelf]| {
        let order = ToOrder { location: 0, route: 0, units: 300 - shelves[0].position() };
        // What is not there is left out, and nothing is no order.
        vec![order, ToOrder { location: 1, ..order }, ToOrder { route: 1, ..order }, ToOrder { units: 0, ..order }]
    };
    let from_outside = walked(1, &mut up_to_300);
    assert!(by_policy.0.iter().any(|evening| evening[0].backlog > 0) && by_policy.0.len() == 180);
    assert_eq!(from_outside, by_policy);
}
