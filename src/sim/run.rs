//! One replication: the day loop.

use super::demand::Path;
use super::phases::{self, Context};
use super::plan::Plan;
use super::probe::Probe;
use super::room::{self, Beyond};
use super::state::State;

/// Runs replication number `replication` of `plan` on the shoppers of `path`. No allocation after the
/// first replications, no I/O.
///
/// # Errors
///
/// If there are more units than can be counted: `state` then says nothing.
pub(super) fn replication<P: Probe>(
    plan: &Plan,
    path: &Path,
    replication: u32,
    state: &mut State,
    probe: &mut P,
) -> Result<(), Beyond> {
    room::shoppers(plan, path)?;
    state.reset(plan);
    for day in 0..plan.days {
        if day == plan.warmup {
            state.begin_window(plan);
        }
        let cx = &mut Context { plan, path, replication, day, probe };
        phases::supply(cx, state);
        phases::allocation(cx, state);
        phases::demand(cx, state);
        phases::patience(cx, state);
        phases::review(cx, state);
        phases::books(cx, state);
        room::balances(plan, state, day)?;
    }
    state.end_window(plan);
    debug_assert_eq!(state.tally().broken_law(), None);
    debug_assert_eq!(state.broken_money_law(plan), None);
    Ok(())
}
