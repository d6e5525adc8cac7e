//! The lines of the cash flow statement.

use restock_base::units::Money;

macro_rules! lines {
    ($($variant:ident $name:literal $label:literal;)*) => {
        /// A line of the cash flow statement.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Line { $($variant),* }

        impl Line {
            /// All of them, in the order of every table.
            pub const ALL: &'static [Line] = &[$(Line::$variant),*];
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
    CustomerPayments "customer_payments" "Customers pay";
    Refunds "refunds" "Refunds";
    PaymentFees "payment_fees" "Payment fees";
    Goods "goods" "Goods";
    Freight "freight" "Inbound freight";
    Handling "handling" "Drayage and receiving";
    Duty "duty" "Duty and entry fees";
    ParcelDuty "parcel_duty" "Duty and clearance of parcels";
    PickAndPack "pick_and_pack" "Pick and pack";
    Delivery "delivery" "Delivery";
    Storage "storage" "Storage";
    Insurance "insurance" "Insurance";
    Support "support" "Support";
    Chargebacks "chargebacks" "Chargebacks";
    Advertising "advertising" "Advertising";
    FixedCosts "fixed_costs" "Fixed costs";
    Interest "interest" "Interest on the credit line";
}

impl Line {
    /// Lines that are a cost when they are paid. The others settle debts and claims, or pay for what is owned; interest
    /// is a matter of how the firm is financed, which the charge on capital stands for.
    pub(super) const EXPENSES: [Line; 9] = [
        Line::ParcelDuty,
        Line::PickAndPack,
        Line::Delivery,
        Line::Storage,
        Line::Insurance,
        Line::Support,
        Line::Chargebacks,
        Line::Advertising,
        Line::FixedCosts,
    ];
}

/// Cash in (positive) and out (negative) by line.
pub type Flows = [Money; Line::COUNT];
