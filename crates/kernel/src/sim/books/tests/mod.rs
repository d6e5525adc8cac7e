//! A shop for events told by hand, with which watchers are tested.

use crate::model::*;
use crate::sim::demand::{DemandPlan, Path};
use crate::sim::flow::{Evening, Event, Now, PurchaseOrder, Site, Watch};
use crate::sim::plan::Plan;
use restock_base::calendar::{DateSteps, Day};
use restock_base::law::Dist;

/// A unit costs 4 and sells for 10, of which the processor keeps 1; half of an order of goods is paid with it, half at the receipt five
/// days later; a parcel costs 1 to pick and 2 to send; customers' money comes two days later. Ten units are on the shelf when it opens.
fn scenario() -> Scenario {
    Scenario {
        name: "by hand".into(),
        origin: Origin::default(),
        currency: "USD".into(),
        horizon: Horizon { start: Day(20_454), days: 10, warmup_days: 0, from: Start::WarmUp },
        products: vec![product()],
        finance: finance(),
        ranges: Ranges {
            parcel_price: (3.0, 6.5),
            unit_cost_premium: (0.0, 0.2),
            cost_of_capital: (0.1, 0.25),
            delivery_sensitivity: (0.003, 0.015),
            salvage: (0.3, 0.9),
        },
        models: vec![model()],
        factories: Vec::new(),
        containers: Vec::new(),
        markets: Vec::new(),
        regimes: Vec::new(),
        disruptions: Vec::new(),
        stratified: true,
        calendars: Vec::new(),
    }
}

fn product() -> Product {
    let demand = Demand {
        order_size: None,
        baseline: Baseline::Daily(Dist::Constant(0.0)),
        weekday: [1.0; 7],
        season: [1.0; 12],
        trend_per_year: 0.0,
        campaigns: Vec::new(),
        surge: None,
        pre_orders: Vec::new(),
    };
    Product {
        payables: Vec::new(),
        category: None,
        returns: None,
        duty: None,
        minimum_order: None,
        lead_time_factor: 1.0,
        in_models: Vec::new(),
        sku: "x".into(),
        price: 10.0,
        unit_cost: 4.0,
        weight_kg: 0.4,
        volume_litres: 2.5,
        factory: None,
        factory_capacity: None,
        demand,
    }
}

fn finance() -> Finance {
    Finance {
        cost_of_capital: 0.15,
        customer_pays: CustomerPays::AtOrder,
        settlement_days: 2,
        payment_fee_share: 0.0,
        payment_fee_per_order: 1.0,
        insurance: 0.0,
        shrink: 0.0,
        obsolescence: 0.0,
        tickets_per_backorder: 0.5,
        cost_per_ticket: 1.0,
        chargeback_share: 0.5,
        chargeback_share_after_miss: 1.0,
        chargeback_fee: 6.0,
        advertising_per_order: 0.0,
        lifetime: LifetimeValue {
            future_orders: 1.0,
            lost_after_days: vec![(0, 0.021), (10, 0.061)],
            lost_on_missed_promise: 0.05,
            lost_on_cancellation: 0.3,
        },
        salvage: 0.65,
        salvage_by_age: Vec::new(),
        fixed_per_month: 0.0,
        opening_cash: None,
        credit_line: None,
    }
}

fn model() -> SupplyModel {
    let delivery = Delivery {
        lost: None,
        days: Dist::Constant(1.0),
        pick_and_pack: 1.0,
        per_order: 2.0,
        per_kg: 0.0,
        dimensional_divisor: 6000.0,
        clearance_per_order: 0.0,
        duty_per_order: false,
    };
    let location = Location {
        name: "l".into(),
        is_open: true,
        share: 1.0,
        of_markets: Vec::new(),
        delivery,
        storage_per_m3_month: 0.0,
        storage_month_factors: [1.0; 12],
        policy: Policy::BaseStock { level: 10 },
        minimum_order: 1,
        order_multiple: 1,
        initial_on_hand: Some(10),
        positions: Vec::new(),
        ship_from: None,
        allocation: Allocation::OwnCustomers,
        takes_back: TakesBack { to_stock: true, restock_days: 0, cost: 0.0, recovery: 0.0 },
        react: None,
        routes: vec![route()],
    };
    let customers = Customers {
        promise: Promise::ExpectedArrival { buffer_quantile: None },
        accept: Accept::FallsWithQuotedDelay { per_day: 0.01 },
        patience: Patience::PromiseRelative(PromiseHazards {
            daily_within: 0.003,
            at_notice: 0.05,
            daily_after_miss: 0.0,
        }),
        communication: Communication::Clear,
        notice_tolerance: 3,
        delivery_sensitivity: 0.0051,
        reference_delivery_days: Some(1.0),
        thirty_day_rule: true,
        express_consent: 0.6,
        cancel_purchase_order: false,
        split_shipments: false,
    };
    let forecast = Forecast::ExponentialSmoothing { alpha: 0.05, robust: true };
    let planner = Planner { forecast, bias: 0.0, nets_returns: false, first_review: None };
    SupplyModel {
        name: "m".into(),
        locations: vec![location],
        overflow: true,
        extra_stock_days: 0.0,
        customers,
        planner,
        changes: Vec::new(),
        pre_orders: true,
        sizes_order: None,
        has_returns: true,
        pauses_campaigns: true,
    }
}

fn route() -> Route {
    let stage = Stage {
        name: "s".into(),
        days: Dist::Constant(5.0),
        late: None,
        calendar: None,
        regime: None,
        scrap: None,
        production: false,
        place: Place::InTransit,
        waits_for: None,
    };
    let half = |at| Payment { share: 0.5, at, days_later: 0 };
    Route {
        name: "r".into(),
        supplier: None,
        is_open: true,
        stages: vec![stage],
        from: None,
        order_crossing: true,
        payments: vec![half(Milestone::Order), half(Milestone::Receipt)],
        freight: Freight { per_unit: 0.0, per_kg: 0.0, dimensional_divisor: 6000.0, container: None },
        freight_at: Milestone::Receipt,
        handling: Handling { per_purchase_order: 0.0, per_container: 0.0, per_m3: 0.0, per_unit: 0.0 },
        duty: DateSteps::new(Vec::new()),
        duty_at: Milestone::Receipt,
        duty_days_later: 0,
        dutiable_share: 1.0,
        entry_fees: EntryFees { processing_share: 0.0, processing_range: (0.0, 0.0), harbor_share: 0.0, broker: 0.0 },
        unit_cost_premium: 0.0,
        expedite: None,
        lost: None,
        lots_of: None,
    }
}

/// A plan and a path with which events are told to a watcher by hand.
pub struct Shop {
    pub plan: Plan,
    path: Path,
}

impl Shop {
    pub fn new() -> Self {
        let s = scenario();
        let demand = DemandPlan::new(&s, &s.products[0], 0);
        let plan = Plan::new(&s, &s.products[0], &s.models[0], &demand, 0);
        Shop { plan, path: demand.path(0) }
    }

    /// The location with these units on hand, waiting and on order.
    pub fn site(&self, on_hand: i64, backlog: i64, on_order: i64) -> Site {
        Site { on_hand, backlog, on_order, ..Site::new(&self.plan.locations[0]) }
    }

    /// An order of `units` placed on `day`.
    pub fn lot(&self, day: u32, units: i64) -> PurchaseOrder {
        let arrival = day + 5;
        let ends = std::array::from_fn(|_| arrival);
        PurchaseOrder { arrival, ends, ..PurchaseOrder::new((0, 0), day, units) }
    }

    pub fn now(&self, day: usize) -> Now<'_> {
        Now::new(&self.plan, &self.path, 0, day)
    }

    /// Tells `watch` the events of a day.
    pub fn tell(&self, watch: &mut impl Watch, day: usize, events: &[Event<'_>]) {
        for event in events {
            watch.see(&self.now(day), event);
        }
    }

    /// A day ends with this location.
    pub fn end(&self, watch: &mut impl Watch, day: usize, site: Site) {
        let sites = [site];
        self.tell(watch, day, &[Event::EndOfDay(&Evening::of(&sites))]);
    }

    /// The opening, with ten units on the shelf.
    pub fn open(&self, watch: &mut impl Watch) {
        let sites = [self.site(10, 0, 0)];
        self.tell(watch, 0, &[Event::Opened(&sites), Event::WindowBegins(&sites)]);
    }
}
