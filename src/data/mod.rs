//! Sales files: read as text, repaired where a repair is certain, laid out as panels.
//!
//! ```text
//! file -> Table (columns of text)        table: the only file here that names polars
//! text -> number, date                   parse: thousands separators, decimal commas, orders of day and month
//! Table -> Panel, Repairs                sales: long or wide, daily, weekly or monthly
//! ```
//!
//! A repair is made only where it cannot be wrong by much, and is always stated ([`Repairs`]). What could mean two things
//! is an error that names the row, the value and the remedy.

mod parse;
mod sales;
mod table;

pub use parse::DateOrder;
pub use sales::{Columns, Repairs, Sales, events, panel, read_sales};
pub use table::{Problem, Table, column};
