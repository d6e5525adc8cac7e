//! The books: what is counted of the flow of units, by watchers of its events.
//!
//! | file | what is in it |
//! | --- | --- |
//! | `service` (`days`, `replenished`) | what became of shoppers and orders, in units; no money |
//! | `ledger` (`accounts`, `lines`, `shelf`, `purchases`) | every posting, and stock at landed cost |
//! | `capital`, `cash` | what is read off the ledger every evening |
//! | `set` | the ledger with these two: the books of money, and who reads in them |
//! | `daily`, `trace` | readers: the series of every day, and every event |
//! | `kpis` | the KPIs, when the replication is over |
//! | `windows` | what dated events did to the days on which they can be felt |

mod accounts;
mod capital;
mod cash;
mod daily;
mod days;
mod kpis;
mod ledger;
mod lines;
mod purchases;
mod replenished;
mod service;
mod set;
mod shelf;
mod trace;
mod windows;

pub use accounts::{Accounts, Balance};
pub use capital::Capital;
pub use cash::DayMoney;
pub use daily::{Daily, DayRecord, Series};
pub use days::{DayRow, Recovery};
pub use kpis::KpiRow;
pub(super) use kpis::{kpis, needs_books};
pub use ledger::{Income, Ledger};
pub use lines::{Flows, Line};
pub use replenished::RouteTimes;
pub(super) use service::Service;
pub use service::Tally;
pub use set::Books;
pub(super) use set::Read;
pub use trace::{EventKind, Trace, TraceEvent};
pub use windows::{EventWindow, WindowKind, WindowRow};

#[cfg(test)]
mod tests;
