//! The reference: one replication of one product in one supply model, written for a reader in the words and the order of `docs/model.md`.
//!
//! The kernel that everybody runs must be fast; this one must be plain. Tests hold one against the other, to the bit. What they share are the keys of
//! draws ([`restock_base::rng`]), the laws and their samplers ([`restock_base::law`], a path of [`restock_forecast`]), calendars, exact money, and the
//! parameters of a [`crate::sim::Plan`]: rates as money, stages with their streams, the mean residual and the hazard of a stage by age, the
//! buffer of a promise, the hazard of a patience time. They share nothing of layout, of batches or of books: here is no table that is kept
//! up to date, no slot, no ring. What is on order is a sum over all orders, cash a sum over a list of postings.
//!
//! First units move, and a diary says what happened ([`shop`], [`diary`]). Then it is read twice: what became of shoppers and orders
//! ([`service`]), and of money ([`money`]). KPIs, series and the trace are made of that ([`kpis`], [`trace`]).
//!
//! Where the page is silent and the last bit depends on it, or where it says otherwise, the reference does as the kernel does:
//!
//! - Scrap of an open order is not counted in promises and in triggers of expedite routes, as if the shop knew it beforehand. The page says that
//!   it is learnt at the receipt; so it is in the inventory position.
//! - Of receipts of one day the one that was ordered last comes first; of payments of one day what was filed last is paid first.
//! - Where nothing depends on the day that covers them, all who wait of a day are one cohort; elsewhere those whom one receipt covers are.
//! - Costs are taken off a shelf with each event, rounded down to a millionth. Their parts follow when the average is about to change
//!   and at both ends of the window, in proportion, and goods bear the rounding.
//! - A count is drawn from its table where nothing but the calendar multiplies the day's mean, elsewhere by its other sampler.
//! - Days of crowds are drawn by their batched law ([`restock_base::law::ask_in_turn`]), as the page says: there is no other.

pub mod account;
mod baskets;
mod boxes;
mod campaigns;
pub mod case;
mod changeover;
pub mod classes;
mod costs;
mod customers;
pub mod diary;
pub mod kpis;
mod lines;
mod losses;
mod markets;
pub mod money;
mod ordering;
mod past;
mod planner;
mod preorders;
mod purchase;
mod returns;
pub mod service;
pub mod shop;
mod stock;
mod supply;
pub mod trace;
mod transfers;
pub mod world;
