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
mod tests {
    use crate::scenario::Loader;
    use crate::sim::demand::{DemandPlan, Path};
    use crate::sim::flow::{Evening, Event, Now, PurchaseOrder, Site, Watch};
    use crate::sim::plan::Plan;

    /// A shop for events told by hand: a unit costs 4 and sells for 10, of which the processor keeps 1; half of an order of goods is paid with
    /// it, half at the receipt five days later; a parcel costs 1 to pick and 2 to send; customers' money comes two days later. Ten units are
    /// on the shelf when it opens.
    const SHOP: &str = r#"
name = "by hand"
[horizon]
start = 2026-01-01
days = 10
warmup-days = 0
[[product]]
sku = "x"
price = 10
unit-cost = 4
[demand]
units-per-day = 0
[finance]
customer-pays = "at-order"
settlement-days = 2
payment-fee = { share = 0, per-order = 1 }
insurance = 0
shrink = 0
obsolescence = 0
tickets-per-backorder = 0.5
cost-per-ticket = 1
chargeback = { share = "50%", fee = 6, share-after-miss = 1 }
[[supply]]
name = "m"
[[supply.location]]
name = "l"
policy = { base-stock = { level = 10 } }
initial-on-hand = 10
storage-per-m3-month = 0
delivery = { days = 1, pick-and-pack = 1, per-order = 2 }
[[supply.location.route]]
name = "r"
terms = [{ share = "50%", at = "order" }, { share = "50%", at = "receipt" }]
stage = [{ name = "s", days = 5 }]
"#;

    /// What a watcher is told by hand.
    pub struct Shop {
        pub plan: Plan,
        path: Path,
    }

    impl Shop {
        pub fn new() -> Self {
            let loaded = Loader::default().load_str("by hand", SHOP, std::path::Path::new("."));
            let s = loaded.unwrap_or_else(|d| panic!("{}", d.render(false))).value.runnable.scenario;
            let demand = DemandPlan::new(&s, &s.products[0], 0);
            let plan = Plan::new(&s, &s.products[0], &s.models[0], &demand, 0);
            Shop { plan, path: demand.path(0) }
        }

        /// The location with so many units on hand, waiting and on order.
        pub fn site(&self, on_hand: i64, backlog: i64, on_order: i64) -> Site {
            Site { on_hand, backlog, on_order, ..Site::new(&self.plan.locations[0]) }
        }

        /// An order of `units` placed on `day`.
        pub fn lot(&self, day: u32, units: i64) -> PurchaseOrder {
            let arrival = day + 5;
            let ends = std::array::from_fn(|_| arrival);
            PurchaseOrder { arrival, ends, ..PurchaseOrder::new((0, 0), day, units) }
        }

        pub fn now(&self, day: usize) -> Now<'_> {
            Now::new(&self.plan, &self.path, 0, day)
        }

        /// Tells `watch` what happens on a day.
        pub fn tell(&self, watch: &mut impl Watch, day: usize, events: &[Event<'_>]) {
            for event in events {
                watch.see(&self.now(day), event);
            }
        }

        /// A day ends with this location.
        pub fn end(&self, watch: &mut impl Watch, day: usize, site: Site) {
            let sites = [site];
            self.tell(watch, day, &[Event::EndOfDay(&Evening::of(&sites))]);
        }

        /// The opening, with ten units on the shelf.
        pub fn open(&self, watch: &mut impl Watch) {
            let sites = [self.site(10, 0, 0)];
            self.tell(watch, 0, &[Event::Opened(&sites), Event::WindowBegins(&sites)]);
        }
    }
}
