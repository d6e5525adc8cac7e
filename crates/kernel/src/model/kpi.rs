//! The key performance indicators: names, units, denominators, and how each is pooled.

/// How a KPI is estimated from replications.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Ratio of sums over replications (and over products).
    Ratio,
    /// Mean over replications; adds up over products.
    Total,
    /// Mean over replications; has no meaning summed over products (a peak, a percentile).
    PathMean,
    /// Days of inventory, plus days of sales outstanding, less days of payables: a sum of three ratios.
    CashCycle,
    /// Mean of the worst 5 % of replications.
    Tail,
    /// Mean from the pooled table of waits, censored ones included (Kaplan-Meier).
    Wait,
    /// 95 % quantile from that table, in whole days.
    WaitQuantile,
    /// Mean from the pooled table of recoveries, censored ones included (Kaplan-Meier).
    Recovery,
}

/// Unit of a KPI's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// A fraction, from 0 to 1 where it is a part of a whole.
    Share,
    /// Units of the product.
    Units,
    /// Units times the days that they lie or wait.
    UnitDays,
    /// Days, with fractions.
    Days,
    /// Purchase orders placed with the manufacturer.
    Orders,
    /// Orders of customers.
    CustomerOrders,
    /// Parcels to customers.
    Parcels,
    /// Containers, with fractions: parts of one belong to several products.
    Containers,
    /// The scenario's currency.
    Money,
    /// The scenario's currency over the measured window.
    MoneyOverWindow,
    /// Of one shipped order.
    MoneyPerOrder,
    /// An amount times the days that it is tied up.
    MoneyDays,
    /// A number of times in a year of 365 days, such as turns of the stock.
    PerYear,
}

impl Unit {
    /// The unit in words, as it stands in the heads of tables; `currency` is the ISO code of the scenario's money.
    #[must_use]
    pub fn name(self, currency: &str) -> String {
        match self {
            Unit::Share => "share".into(),
            Unit::Units => "units".into(),
            Unit::UnitDays => "unit-days".into(),
            Unit::Days => "days".into(),
            Unit::Orders => "purchase orders".into(),
            Unit::CustomerOrders => "orders".into(),
            Unit::Parcels => "parcels".into(),
            Unit::Containers => "containers".into(),
            Unit::Money => currency.into(),
            Unit::MoneyOverWindow => format!("{currency} over the window"),
            Unit::MoneyPerOrder => format!("{currency} per order"),
            Unit::MoneyDays => format!("{currency}-days"),
            Unit::PerYear => "per year".into(),
        }
    }
}

/// Which way is better, for titles and marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// A smaller value is better.
    Lower,
    /// A larger value is better.
    Higher,
    /// A larger value is better for one purpose and worse for another, such as the mean stock.
    Neither,
}

macro_rules! kpis {
    ($($variant:ident $name:literal $label:literal $unit:ident $pooling:ident $better:ident $of:literal;)*) => {
        /// A key performance indicator of one product in one supply model.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kpi { $(
            #[doc = concat!($label, " (`", $name, "` in files), counted over: ", $of, ".")]
            $variant
        ),* }

        impl Kpi {
            /// All of them, in the order of every table.
            pub const ALL: &'static [Kpi] = &[$(Kpi::$variant),*];
            /// Number of KPIs: the length of a row that holds all of them.
            pub const COUNT: usize = Self::ALL.len();

            /// Name in files.
            #[must_use]
            pub fn name(self) -> &'static str { match self { $(Kpi::$variant => $name),* } }
            /// Name for people.
            #[must_use]
            pub fn label(self) -> &'static str { match self { $(Kpi::$variant => $label),* } }
            /// Unit of its value and of its standard error.
            #[must_use]
            pub fn unit(self) -> Unit { match self { $(Kpi::$variant => Unit::$unit),* } }
            /// How replications and products are put together into one estimate.
            #[must_use]
            pub fn pooling(self) -> Pooling { match self { $(Kpi::$variant => Pooling::$pooling),* } }
            /// Which way is better.
            #[must_use]
            pub fn better(self) -> Better { match self { $(Kpi::$variant => Better::$better),* } }
            /// What it is counted over.
            #[must_use]
            pub fn denominator(self) -> &'static str { match self { $(Kpi::$variant => $of),* } }
        }
    };
}

kpis! {
    BackorderRate "backorder_rate" "Backorder rate" Share Ratio Lower "units ordered by customers";
    FillRate "fill_rate" "Fill rate" Share Ratio Higher "units demanded, but for pre-orders";
    FillRateAccepted "fill_rate_accepted" "Fill rate of accepted orders" Share Ratio Higher "units ordered by customers";
    OrderFillRate "order_fill_rate" "Order fill rate" Share Ratio Higher "orders demanded";
    ParcelsPerOrder "parcels_per_order" "Parcels of an order" Parcels Ratio Lower "orders shipped";
    CancellationRate "cancellation_rate" "Cancellation rate" Share Ratio Lower "units ordered by customers";
    CancellationRateCustomer "cancellation_rate_customer" "Cancelled by the customer" Share Ratio Lower "units ordered by customers";
    CancellationRateRule "cancellation_rate_thirty_day_rule" "Cancelled by the 30-day rule" Share Ratio Lower "units ordered by customers";
    CancelledShareOfBackorders "cancelled_share_of_backorders" "Cancelled share of backorders" Share Ratio Lower "units backordered";
    LostSalesRate "lost_sales_rate" "Lost sales" Share Ratio Lower "units demanded";
    LostToDeliveryRate "lost_to_delivery_rate" "Lost to the delivery time" Share Ratio Lower "shoppers interested";
    FromStockShare "from_stock_share" "Served from stock" Share Ratio Higher "shoppers interested";
    AfterWaitingShare "after_waiting_share" "Served after waiting" Share Ratio Neither "shoppers interested";
    StillWaitingShare "still_waiting_share" "Still waiting at the end" Share Ratio Lower "shoppers interested";
    CancelledShare "cancelled_share" "Cancelled" Share Ratio Lower "shoppers interested";
    LostToWaitShare "lost_to_wait_share" "Lost to the wait" Share Ratio Lower "shoppers interested";
    PausedDemand "paused_demand" "Shoppers not advertised for" Units Total Neither "replications";
    ReturnRate "return_rate" "Sent back" Share Ratio Neither "units shipped";
    ReturnedUnits "returned_units" "Units that came back" Units Total Neither "replications";
    PreOrderedShare "preordered_share" "Pre-ordered and kept" Share Ratio Neither "shoppers interested";
    PreOrderUnits "preorder_units" "Pre-orders" Units Total Neither "replications";
    PreOrderOnTimeRate "preorder_on_time_rate" "Pre-orders shipped on the date promised" Share Ratio Higher "units pre-ordered, due and not cancelled";
    PreOrderCancelled "preorder_cancelled" "Pre-orders cancelled" Units Total Lower "replications";
    LateOrBackorderedRate "late_or_backordered_rate" "Backordered, or pre-ordered and late" Share Ratio Lower "units ordered by customers, pre-orders included";
    ReadyRate "ready_rate" "Ready rate" Share Ratio Higher "days";
    NoBacklogRate "no_backlog_rate" "Days without backlog" Share Ratio Higher "days";
    PeriodService "period_service" "Period service" Share Ratio Higher "days";
    CycleService "cycle_service" "Cycle service" Share Ratio Higher "replenishment cycles";
    GammaService "gamma_service" "Gamma service" Share Ratio Higher "units demanded";
    MeanOnHand "mean_on_hand" "Mean on hand" Units Total Neither "days";
    MeanBacklog "mean_backlog" "Mean backlog" Units Total Lower "days";
    PeakBacklog "peak_backlog" "Peak backlog" Units PathMean Lower "replications";
    BacklogUnitDays "backlog_unit_days" "Backlog" UnitDays Total Lower "replications";
    MeanWait "mean_wait" "Mean wait of a backorder" Days Wait Lower "units backordered";
    P95Wait "p95_wait" "95th percentile of the wait" Days WaitQuantile Lower "units backordered";
    PromiseMissRate "promise_miss_rate" "Promises missed" Share Ratio Lower "units promised";
    FinalPromiseMissRate "final_promise_miss_rate" "Promises missed, last date given" Share Ratio Lower "units promised";
    BreachedOrders "breached_orders" "Orders late without the notice that the 30-day rule asks for" CustomerOrders Total Lower "replications";
    ShippedLate "shipped_late" "Shipped after the promise in force" Units Total Lower "replications";
    ShortAfterSpike "short_after_spike" "Chance to run short after the spike" Share PathMean Lower "replications with a spike";
    DaysToRecover "days_to_recover" "Days to recover, if so" Days Recovery Lower "replications short after the spike";
    SpikeCapture "spike_capture" "Spike captured" Share Ratio Higher "units demanded in the spike";
    MeanLeadTime "mean_lead_time" "Mean replenishment lead time" Days Ratio Neither "units received";
    Parcels "parcels" "Parcels that pay duty one by one" Parcels Total Neither "replications";
    Containers "shared_containers" "Shared containers paid" Containers Total Neither "replications";
    ContainerFill "shared_container_fill" "Fill of shared containers" Share Ratio Higher "containers paid";
    PurchaseOrders "purchase_orders" "Purchase orders" Orders Total Neither "replications";
    UnitsLost "units_lost" "Units lost before they were sold" Units Total Lower "replications";
    ParcelsLost "parcels_lost" "Units lost on the way to customers" Units Total Lower "replications";
    UnitsOrdered "units_ordered" "Units ordered from suppliers" Units Total Neither "replications";
    ExpeditedShare "expedited_share" "Expedited share of purchases" Share Ratio Neither "units ordered from suppliers";
    MeanOnOrder "mean_on_order" "Mean on order" Units Total Neither "days";
    InvestedCapital "invested_capital" "Invested capital" Money Total Lower "days";
    InvestedCapitalP95 "invested_capital_p95" "Invested capital, 95th percentile of days" Money PathMean Lower "replications";
    InvestedCapitalPeak "invested_capital_peak" "Invested capital, peak day" Money PathMean Lower "replications";
    DepositCapital "deposit_capital" "Deposits" Money Total Lower "days";
    PipelineCapital "pipeline_capital" "Pipeline" Money Total Lower "days";
    CycleStockCapital "cycle_stock_capital" "Cycle stock" Money Total Lower "days";
    SafetyStockOnHandCapital "safety_stock_on_hand_capital" "Safety stock on hand" Money Total Lower "days";
    SafetyStockCapital "safety_stock_capital" "Safety stock as planned" Money Total Lower "days";
    RealisedBufferCapital "realised_buffer_capital" "Stock just before a receipt" Money Ratio Lower "receipts";
    InProductionCapital "in_production_capital" "Goods in production" Money Total Lower "days";
    FinishedCapital "finished_capital" "Finished at the factory" Money Total Lower "days";
    InTransitCapital "in_transit_capital" "Goods in transit" Money Total Lower "days";
    PrepaidCapital "prepaid_capital" "Freight and duty prepaid" Money Total Lower "days";
    CapitalDays "capital_days" "Capital tied up over time" MoneyDays Total Lower "replications";
    NetCapitalDays "net_capital_days" "Net capital over time, at days' starts" MoneyDays Total Lower "replications";
    OverhangGrowth "overhang_growth" "Growth of the overhang at book value" MoneyOverWindow Total Lower "replications";
    UnpaidOnOrder "unpaid_on_order" "Unpaid on order" Money Total Neither "days";
    Receivables "receivables" "Receivables" Money Total Lower "days";
    NetCapital "net_capital" "Net capital" Money Total Lower "days";
    Payables "payables" "Payables" Money Total Neither "days";
    CustomerPrepayments "customer_prepayments" "Customer prepayments" Money Total Neither "days";
    CarryingCost "carrying_cost" "Carrying cost" MoneyOverWindow Total Lower "replications";
    Revenue "revenue" "Revenue shipped" MoneyOverWindow Total Higher "replications";
    Contribution "contribution" "Contribution" MoneyOverWindow Total Higher "replications";
    FixedCosts "fixed_costs" "Fixed costs" MoneyOverWindow Total Neither "replications";
    WriteDown "write_down" "Write-down of overhang" MoneyOverWindow Total Lower "replications";
    CapitalCharge "capital_charge" "Charge on net capital" MoneyOverWindow Total Lower "replications";
    ResidualIncome "residual_income" "Residual income" MoneyOverWindow Total Higher "replications";
    CapitalChargeGross "capital_charge_on_invested" "Charge on invested capital (memo)" MoneyOverWindow Total Lower "replications";
    ContributionCvar95 "contribution_cvar95" "Contribution in the worst 5 %" MoneyOverWindow Tail Higher "worst replications";
    LandedCost "landed_cost_per_order" "Landed cost of an order" MoneyPerOrder Ratio Lower "orders shipped";
    CostToServe "cost_to_serve_per_order" "Cost to serve an order" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfOrder "cost_per_order" "Cost of an order" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfProduct "cost_product" "Product" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfFreight "cost_freight" "Inbound freight" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfHandling "cost_handling" "Drayage and receiving" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfDuty "cost_duty" "Duty and entry fees" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfParcelDuty "cost_parcel_duty" "Duty and clearance of parcels" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfPickAndPack "cost_pick_and_pack" "Pick and pack" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfDelivery "cost_delivery" "Delivery" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfPayment "cost_payment_fees" "Payment fees" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfReturns "cost_returns" "Returns, less what they bring" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfSupport "cost_support" "Support" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfChargebacks "cost_chargebacks" "Chargebacks" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfStorage "cost_storage" "Storage" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfInsurance "cost_insurance" "Insurance" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfShrink "cost_shrink" "Shrink" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfLoss "cost_lost_goods" "Goods lost, less what insurers pay" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfObsolescence "cost_obsolescence" "Obsolescence" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfCapital "cost_capital" "Charge on net capital" MoneyPerOrder Ratio Lower "orders shipped";
    CostOfAdvertising "cost_advertising" "Advertising" MoneyPerOrder Ratio Lower "orders shipped";
    DutyOnUnsold "duty_on_unsold" "Duty paid on unsold units" Money Total Lower "replications";
    LifetimeValueLost "lifetime_value_lost" "Lifetime value lost (not cash)" MoneyOverWindow Total Lower "replications";
    AdvertisingWasted "advertising_on_cancelled" "Advertising for orders that cancelled" MoneyOverWindow Total Lower "replications";
    DaysSales "dso" "Days of sales outstanding" Days Ratio Lower "revenue a day";
    DaysPayable "dpo" "Days of payables outstanding" Days Ratio Neither "cost of goods a day";
    CashConversionCycle "cash_conversion_cycle" "Cash conversion cycle" Days CashCycle Lower "cost of goods and revenue a day";
    CashToCash "cash_to_cash_days" "Cash to cash" Days Ratio Lower "landed cost of units shipped";
    CashTrough "cash_trough" "Cash trough" Money PathMean Higher "replications";
    CashTroughDay "cash_trough_day" "Days to the cash trough" Days PathMean Neither "replications";
    CashNegativeDays "cash_negative_days" "Days with a balance below zero" Days PathMean Lower "replications";
    CashShortfall "cash_shortfall" "Chance to need more than the credit line" Share PathMean Lower "replications";
    Interest "interest" "Interest on the credit line" MoneyOverWindow Total Lower "replications";
    Npv "npv" "Net present value" MoneyOverWindow Total Higher "replications";
    DaysInventory "dio" "Days of inventory outstanding" Days Ratio Lower "cost of goods a day";
    Turns "turns" "Inventory turns" PerYear Ratio Higher "mean stock, duty in";
    Gmroi "gmroi" "Gross margin return on inventory" PerYear Ratio Higher "mean stock, duty in";
}

impl Kpi {
    /// What an order costs, line by line: landed on the shelf (or, where duty is paid on parcels, at the door), then to
    /// serve. Revenue less these is residual income before the write-down; without the charge on capital it is the contribution.
    pub const COST_LINES: [Kpi; 18] = [
        Kpi::CostOfProduct,
        Kpi::CostOfFreight,
        Kpi::CostOfHandling,
        Kpi::CostOfDuty,
        Kpi::CostOfParcelDuty,
        Kpi::CostOfPickAndPack,
        Kpi::CostOfDelivery,
        Kpi::CostOfPayment,
        Kpi::CostOfReturns,
        Kpi::CostOfSupport,
        Kpi::CostOfChargebacks,
        Kpi::CostOfStorage,
        Kpi::CostOfInsurance,
        Kpi::CostOfShrink,
        Kpi::CostOfLoss,
        Kpi::CostOfObsolescence,
        Kpi::CostOfAdvertising,
        Kpi::CostOfCapital,
    ];

    /// The lines of the landed cost.
    pub const LANDED_LINES: &[Kpi] = Kpi::COST_LINES.split_at(5).0;
    /// The lines of the cost to serve.
    pub const SERVE_LINES: &[Kpi] = Kpi::COST_LINES.split_at(5).1;

    /// What becomes of all who are interested in the window: the shares add up to 1.
    pub const OUTCOMES: [Kpi; 7] = [
        Kpi::FromStockShare,
        Kpi::PreOrderedShare,
        Kpi::AfterWaitingShare,
        Kpi::StillWaitingShare,
        Kpi::CancelledShare,
        Kpi::LostToWaitShare,
        Kpi::LostToDeliveryRate,
    ];

    /// Parts of invested capital: they add up to it.
    pub const CAPITAL_PARTS: [Kpi; 7] = [
        Kpi::DepositCapital,
        Kpi::InProductionCapital,
        Kpi::FinishedCapital,
        Kpi::InTransitCapital,
        Kpi::PrepaidCapital,
        Kpi::CycleStockCapital,
        Kpi::SafetyStockOnHandCapital,
    ];

    /// Lowest and highest value that the KPI can have in any replication, and so its estimate. Rates of what was
    /// ordered before the window (cancellations, missed promises) may exceed 1.
    #[must_use]
    pub fn range(self) -> (f64, f64) {
        match self {
            Kpi::GammaService => (f64::NEG_INFINITY, 1.0),
            Kpi::CancellationRate
            | Kpi::CancellationRateCustomer
            | Kpi::CancellationRateRule
            | Kpi::CancelledShareOfBackorders
            | Kpi::PromiseMissRate
            | Kpi::SpikeCapture => (0.0, f64::INFINITY),
            Kpi::WriteDown
            | Kpi::NetCapitalDays
            | Kpi::OverhangGrowth
            | Kpi::CapitalCharge
            | Kpi::ResidualIncome
            | Kpi::CostOfCapital
            | Kpi::CostOfReturns
            | Kpi::NetCapital
            | Kpi::Contribution
            | Kpi::ContributionCvar95
            | Kpi::Npv
            | Kpi::Gmroi => (f64::NEG_INFINITY, f64::INFINITY),
            Kpi::CashConversionCycle | Kpi::CashToCash | Kpi::CashTrough => (f64::NEG_INFINITY, f64::INFINITY),
            _ if self.unit() == Unit::Share => (0.0, 1.0),
            _ => (0.0, f64::INFINITY),
        }
    }

    /// The KPI whose name in files ([`Kpi::name`]) is `name`; `None` if there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Kpi> {
        Kpi::ALL.iter().copied().find(|k| k.name() == name)
    }

    /// Its place in [`Kpi::ALL`], from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self as usize
    }
}
