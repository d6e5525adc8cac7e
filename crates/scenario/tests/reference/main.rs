//! The kernel against the reference: see `restock_kernel::sim::reference`.

mod compare;
mod corners;
mod faults;
mod generated;
mod scenarios;
mod shipped;
