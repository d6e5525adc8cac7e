//! The books: units and money counted by watchers of the flow's events.
//!
//! | file | content |
//! | --- | --- |
//! | `service` (`days`, `places`, `classes`, `replenished`) | outcomes of shoppers and orders, in units; no money |
//! | `ledger` (`accounts`, `lines`, `shelf`, `purchases`, `besides`, `returns`) | every posting, and stock at landed cost |
//! | `capital`, `cash` | figures read off the ledger every evening |
//! | `set` | the ledger, capital and cash together: the books of money, and the trait of their readers |
//! | `daily`, `trace` | readers: the series of every day, and every event |
//! | `kpis` | the KPIs, when the replication is over |
//! | `windows` | service on the days on which a dated event can be felt |

mod accounts;
mod besides;
mod capital;
mod cash;
mod classes;
mod daily;
mod days;
mod kpis;
mod ledger;
mod lines;
mod places;
mod purchases;
mod replenished;
mod returns;
mod service;
mod set;
mod shelf;
mod trace;
mod windows;

pub use accounts::{Accounts, Balance};
pub use cash::DayMoney;
pub use classes::ClassTally;
pub use daily::{Daily, DayRecord, Series};
pub use days::DayRow;
pub use kpis::KpiRow;
pub(super) use kpis::{kpis, needs_books};
pub use ledger::{Income, Ledger};
pub use lines::{Flows, Line};
pub use places::PlaceTally;
pub use replenished::RouteTimes;
pub(super) use service::Service;
pub use service::Tally;
pub use set::Books;
pub(super) use set::Read;
pub(super) use trace::Everything;
pub use trace::{EventKind, Trace, TraceEvent};
pub(crate) use windows::WindowRow;
pub use windows::{EventWindow, WindowKind};

#[cfg(test)]
mod tests;
