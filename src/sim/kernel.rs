//! The one door into the simulator: blocks of replications of one product, in one or several supply models.
//!
//! Nothing outside knows how a replication is laid out in memory, so the layout is free to change.

use super::days::DayRow;
use super::demand::{DemandPlan, Path};
use super::kpis::{KpiRow, kpis};
use super::plan::Plan;
use super::probe::{Daily, NoProbe, Trace};
use super::replenished::RouteTimes;
use super::room::Beyond;
use super::run::replication;
use super::state::{State, Tally};
use crate::stats::survival::WaitTable;
use std::ops::Range;

/// What is asked of each replication. The kernel is compiled once for each, so that what is not asked for costs nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needs {
    /// All KPIs.
    Books,
    /// And the end of every measured day.
    Series,
    /// And every event.
    Trace,
}

/// One product in its supply models.
#[derive(Debug, Clone, Copy)]
pub struct Kernel<'a> {
    demand: &'a DemandPlan,
    plans: &'a [Plan],
    needs: Needs,
    kept: &'a [Path],
}

/// What a thread works with: allocated once, used for many blocks.
#[derive(Debug, Clone)]
pub struct Desk {
    path: Path,
    states: Vec<State>,
}

/// One replication in one supply model, when it is over.
pub struct Replica<'a> {
    pub number: u32,
    pub plan: &'a Plan,
    /// What every supply model saw alike.
    pub path: &'a Path,
    /// More units than can be counted: then all else says nothing, but for the events until then.
    pub beyond: Option<Beyond>,
    state: &'a mut State,
}

impl<'a> Kernel<'a> {
    /// The shoppers of `demand` in each of `plans`.
    #[must_use]
    pub fn new(demand: &'a DemandPlan, plans: &'a [Plan], needs: Needs) -> Self {
        Kernel { demand, plans, needs, kept: &[] }
    }

    /// The same with the first replications' paths, which were drawn before: they are not drawn again.
    #[must_use]
    pub fn with_kept(self, kept: &'a [Path]) -> Self {
        Kernel { kept, ..self }
    }

    /// Room to work in.
    #[must_use]
    pub fn desk(&self) -> Desk {
        Desk { path: Path::default(), states: self.plans.iter().map(State::new).collect() }
    }

    /// Runs `replications` in all supply models, and shows `each` of them with the model's number. A replication is the same in
    /// whatever block it is run. No allocation after the first replications at a desk, no I/O.
    pub fn block(&self, replications: Range<u32>, desk: &mut Desk, each: &mut dyn FnMut(usize, Replica<'_>)) {
        for number in replications {
            let path = match self.kept.get(number as usize) {
                Some(path) => path,
                None => {
                    self.demand.draw(number, &mut desk.path);
                    &desk.path
                }
            };
            for (model, (plan, state)) in self.plans.iter().zip(&mut desk.states).enumerate() {
                let beyond = self.run(plan, path, number, state).err();
                each(model, Replica { number, plan, path, beyond, state });
            }
        }
    }

    fn run(&self, plan: &Plan, path: &Path, number: u32, state: &mut State) -> Result<(), Beyond> {
        let (mut daily, mut trace) = (std::mem::take(&mut state.daily), std::mem::take(&mut state.trace));
        let result = match self.needs {
            Needs::Books => replication(plan, path, number, state, &mut NoProbe),
            Needs::Series => replication(plan, path, number, state, &mut daily),
            Needs::Trace => {
                trace.events.clear();
                replication(plan, path, number, state, &mut trace)
            }
        };
        (state.daily, state.trace) = (daily, trace);
        result
    }
}

impl Replica<'_> {
    /// KPIs, and the recovery from the first spike as a table of one entry (none if there was no spike).
    ///
    /// # Errors
    ///
    /// If there were more units than can be counted.
    pub fn kpis(&mut self) -> Result<(KpiRow, WaitTable), Beyond> {
        match &self.beyond {
            Some(beyond) => Err(beyond.clone()),
            None => Ok(kpis(self.plan, self.path, self.state)),
        }
    }

    /// Counts of the measured window.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        self.state.tally()
    }

    /// The measured days.
    #[must_use]
    pub fn days(&self) -> &[DayRow] {
        self.state.days()
    }

    /// Waits of the orders placed in the measured window.
    #[must_use]
    pub fn waits(&self) -> &WaitTable {
        self.state.waits()
    }

    /// What was received in the measured window, by location and route.
    #[must_use]
    pub fn routes(&self) -> &[Vec<RouteTimes>] {
        self.state.routes()
    }

    /// Everything else that it left behind.
    #[must_use]
    pub fn books(&self) -> &State {
        self.state
    }

    /// The end of each measured day, if asked for.
    #[must_use]
    pub fn daily(&self) -> &Daily {
        &self.state.daily
    }

    /// Every event, if asked for.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.state.trace
    }
}
