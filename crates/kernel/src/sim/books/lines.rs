//! The lines of the cash flow statement.

use restock_base::units::Money;

macro_rules! lines {
    ($($(#[$doc:meta])* $variant:ident $name:literal $label:literal;)*) => {
        /// A line of the cash flow statement.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Line { $($(#[$doc])* $variant),* }

        impl Line {
            /// All lines, in the order in which tables list them.
            pub const ALL: &'static [Line] = &[$(Line::$variant),*];
            /// Number of lines.
            pub const COUNT: usize = Self::ALL.len();

            /// Name in files.
            #[must_use]
            pub fn name(self) -> &'static str { match self { $(Line::$variant => $name),* } }
            /// Name for people.
            #[must_use]
            pub fn label(self) -> &'static str { match self { $(Line::$variant => $label),* } }
        }
    };
}

lines! {
    /// Payments of customers that have reached the account, at full price: the processor's fee is a line of its own.
    CustomerPayments "customer_payments" "Customers pay";
    /// Prices paid back to customers whose orders were cancelled, or who have sent goods back.
    Refunds "refunds" "Refunds";
    /// Fees that the processor kept of the payments that have reached the account.
    PaymentFees "payment_fees" "Payment fees";
    /// Payments for goods, less those that came back for units taken off purchase orders.
    Goods "goods" "Goods";
    /// Payments for inbound freight, less those that came back for units taken off purchase orders.
    Freight "freight" "Inbound freight";
    /// Payments for drayage and receiving, less those that came back for units taken off purchase orders.
    Handling "handling" "Drayage and receiving";
    /// Payments of duty and entry fees on purchase orders, less those that came back for units taken off. Duty on customers' parcels is not in it.
    Duty "duty" "Duty and entry fees";
    /// Duty and clearance of the parcels shipped to customers.
    ParcelDuty "parcel_duty" "Duty and clearance of parcels";
    /// Picking and packing of the parcels shipped to customers.
    PickAndPack "pick_and_pack" "Pick and pack";
    /// Carriage of the parcels to customers.
    Delivery "delivery" "Delivery";
    /// Storage of the units on hand at the end of each day.
    Storage "storage" "Storage";
    /// Insurance of the stock on hand, by its landed value at the end of each day.
    Insurance "insurance" "Insurance";
    /// Support contacts of customers whose orders were backordered, at their mean cost.
    Support "support" "Support";
    /// Chargebacks by customers who cancelled orders that they had paid, at their mean cost.
    Chargebacks "chargebacks" "Chargebacks";
    /// Advertising, for every interested shopper.
    Advertising "advertising" "Advertising";
    /// The product's share of the firm's fixed costs, day by day.
    FixedCosts "fixed_costs" "Fixed costs";
    /// Postage and handling of units that customers send back.
    Returns "returns" "Returns";
    /// What units bring that come back and are not sold again.
    Liquidation "liquidation" "Liquidation of returns";
    /// What insurers pay for goods that were lost.
    Claims "claims" "Claims for goods lost";
    /// Interest on the amount drawn on the credit line, day by day.
    Interest "interest" "Interest on the credit line";
}

impl Line {
    /// Lines that are a cost when they are paid, or lessen one when they come in. The others settle debts and claims, or pay for goods that are then owned. Interest is a matter
    /// of how the firm is financed, which the charge on capital stands for.
    pub(super) const EXPENSES: [Line; 11] = [
        Line::ParcelDuty,
        Line::PickAndPack,
        Line::Delivery,
        Line::Storage,
        Line::Insurance,
        Line::Support,
        Line::Chargebacks,
        Line::Advertising,
        Line::FixedCosts,
        Line::Returns,
        Line::Claims,
    ];
}

/// Cash in (positive) and out (negative), by [`Line`].
pub type Flows = [Money; Line::COUNT];
