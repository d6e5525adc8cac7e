//! The landed cost of goods, by part.

use restock_base::units::Money;

/// A part of the landed cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Unit cost of the goods on the route, with its premium.
    Goods,
    /// Inbound freight.
    Freight,
    /// Drayage and receiving.
    Handling,
    /// Duty on the way in, and entry fees. Duty that is paid on customers' parcels is not in it.
    Duty,
}

impl Part {
    /// All parts, in the order of [`Landed`].
    pub const ALL: [Part; 4] = [Part::Goods, Part::Freight, Part::Handling, Part::Duty];
}

/// A landed cost: one amount for each [`Part`].
pub type Landed = [Money; Part::ALL.len()];
