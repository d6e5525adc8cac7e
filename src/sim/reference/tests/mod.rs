//! The kernel against the reference.

mod compare;
mod corners;
mod faults;
mod generated;
mod scenarios;
mod shipped;
