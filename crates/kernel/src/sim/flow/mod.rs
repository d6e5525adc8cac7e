//! The flow of units: shoppers, shelves, waiting orders, purchase orders, planners.
//!
//! Units alone decide what happens next. A decision may look at prices and costs that the plan fixes (an expedite route with a trigger by money does), never at
//! a balance or a posted sum: so nothing here names [`super::books`], and a run that is asked for a fill rate keeps no books. The flow
//! tells a [`Watch`] all that happens, as [`Event`]s, in the order in which they happen.
//!
//! | file | content |
//! | --- | --- |
//! | `day` | the six phases of a day, and the loop over the days |
//! | `shoppers`, `crowd`, `delivery` | the third phase: who is served, who waits, who leaves |
//! | `classes` | the third phase where customers are of several classes |
//! | `baskets` | the second and the third phase where orders are of several units |
//! | `patience` | the fourth phase: notices of delay, cancellations |
//! | `policies`, `expedite`, `planner` | the fifth phase: how much is ordered, and on which days |
//! | `orders`, `ahead`, `promises` | purchase orders, draws of their stages, and the days on which the shop expects open ones |
//! | `boxes` | containers that goods wait for |
//! | `losses` | goods that are destroyed, and orders that never come |
//! | `changeover` | a change of the supply model on a date, and what becomes of a closed location |
//! | `transfers` | stock that other locations have ordered: who gets it, and what leaves |
//! | `returns` | what customers send back, and when |
//! | `campaigns` | campaigns that pause while there is little to sell, and what those cost that run |
//! | `preorders` | who pre-orders, and what ships on the date promised |
//! | `past` | what a position tells of the days before the run |
//! | `together` | the loop over the days of products that share a factory or a container |
//! | `replication` | the parts that all of these work on |
//! | `state`, `queue`, `watch`, `room` | state that changes from day to day, events that tell of it, and how many units can be counted |

mod ahead;
mod baskets;
mod boxes;
mod campaigns;
mod changeover;
mod classes;
mod crowd;
mod day;
mod delivery;
mod expedite;
mod losses;
mod orders;
mod past;
mod patience;
mod planner;
mod policies;
mod preorders;
mod promises;
mod queue;
mod replication;
mod returns;
mod room;
mod shoppers;
mod state;
mod together;
mod transfers;
mod watch;

pub(super) use queue::{Cohort, NONE};
pub use room::Beyond;
pub(super) use state::{Back, Flow, PurchaseOrder, Site};
pub(super) use together::{Member, leave_in_containers, run_together};
pub(super) use watch::{Bundle, Cause, Evening, Event, Now, Watch};
