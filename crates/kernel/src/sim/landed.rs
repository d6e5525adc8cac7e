//! The landed cost of goods, by part.

use restock_base::units::Money;

/// A part of the landed cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Goods,
    Freight,
    Handling,
    Duty,
}

impl Part {
    pub const ALL: [Part; 4] = [Part::Goods, Part::Freight, Part::Handling, Part::Duty];
}

/// A landed cost by [`Part`].
pub type Landed = [Money; Part::ALL.len()];
