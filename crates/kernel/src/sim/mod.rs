//! The simulator: one replication of one product in one supply model, day by day.
//!
//! # A day
//!
//! 1. **Supply**: units that arrive today become stock on hand.
//! 2. **Allocation**: stock on hand goes to waiting orders, oldest order date first.
//! 3. **Demand**: today's shoppers are served while stock lasts; the rest are quoted a date and
//!    accept (a backorder) or walk away (a lost sale).
//! 4. **Patience**: waiting orders of earlier days keep waiting or cancel.
//! 5. **Review**: the planner updates the forecast and, on a review day, orders.
//! 6. **Books**: payments post; end-of-day stock, backlog, capital and cash are recorded.
//!
//! An order placed at step 5 of day `t` with lead time `L >= 1` is received at step 1 of day `t + L`,
//! so the lead time covers exactly `L` demands.
//!
//! # Lifecycle
//!
//! ```text
//! DemandPlan::new(scenario, product)   once a product       draws a Path     once a replication
//! Plan::new(.., model, ..)             once a model
//! Kernel::new(demand, plans, needs)    once a study
//! Kernel::desk()                       once a thread        Kernel::block    once a block of replications
//! ```
//!
//! The [`Path`] holds shoppers, campaigns, surges and regimes, which are the same for every supply model. Every
//! other draw is keyed (see [`restock_base::rng`]), so that models that ask for the same draw get the same value.

mod books;
mod demand;
mod disruptions;
mod flow;
mod kernel;
mod landed;
mod levels;
mod markets;
mod plan;
#[cfg(feature = "reference")]
#[doc(hidden)]
pub mod reference;
mod slots;
mod split;
mod strata;
mod walk;

pub(crate) use books::WindowRow;
pub use books::{
    Accounts, Balance, Books, ClassTally, Daily, DayMoney, DayRecord, DayRow, EventKind, EventWindow, Flows, Income,
    KpiRow, Ledger, Line, PlaceTally, RouteTimes, Series, Tally, Trace, TraceEvent, WindowKind,
};
pub(crate) use demand::DemandRoots;
pub use demand::{DemandPlan, Path};
pub use disruptions::Spells;
pub use flow::Beyond;
pub use kernel::{Desk, InGroup, Kernel, Needs, Replica};
pub use landed::{Landed, Part};
pub use levels::Levels;
pub use plan::{LocationPlan, Plan, RoutePlan};
pub use split::{MarketOrder, MarketPart};
pub use walk::{Shelf, ToOrder, Walk};
