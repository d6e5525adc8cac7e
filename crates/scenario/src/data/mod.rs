//! Sales files: read as text, judged over all of their cells, repaired where a repair is certain, laid out as panels.
//!
//! ```text
//! file -> bytes -> text -> rows -> Table      source, encoding, grid, workbook, table; parquet: the only file here that names polars
//! cells                                       cells: a column, each different cell kept once
//! Table -> which columns hold what            columns, conditions
//! text -> number, date                        parse, months: one decimal mark, one order of day and month for a file
//! cells -> entries                            rows, entries: sales and plans, made anew whenever they are asked for
//! entries -> Panel, Repairs                   layout, sales: long or wide, daily, weekly or monthly; periods, sums, suspects, discontinued
//! ```
//!
//! A reading is chosen by all cells, never by the order of rows, and is said ([`Sales::reading`]). A repair is made only where it cannot be
//! wrong by much, and is always stated ([`Repairs`]). What could mean two things is an error that names the row, the value and the remedy.

mod catalogue;
mod cells;
mod columns;
mod conditions;
mod currency;
mod discontinued;
#[cfg(feature = "frame")]
mod encoding;
mod entries;
#[cfg(feature = "frame")]
mod grid;
mod layout;
mod months;
#[cfg(feature = "frame")]
mod parquet;
mod parse;
mod periods;
mod records;
mod repairs;
mod rows;
mod sales;
#[cfg(feature = "frame")]
mod source;
mod sums;
mod suspects;
mod table;
#[cfg(feature = "frame")]
mod unpacked;
#[cfg(feature = "frame")]
mod workbook;

pub use catalogue::{Cell, CellKind, CellRow, catalogue};
pub use columns::{Columns, Shape, Unfinished};
pub use layout::{Room, Size, usual_room};
pub use parse::{DateOrder, DecimalMark};
pub use records::{Field, Kind, Record, Value, records};
pub use repairs::Repairs;
pub use sales::{Sales, events, panel, panel_within, read_sales};
pub use table::Layout;
pub use table::{Problem, column};
