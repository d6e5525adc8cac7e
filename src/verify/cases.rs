//! The cases, in the order of the literature they come from.

use super::{Case, combination, deviation, kpi, numerators, wait_tail};
use crate::model::Kpi;
use crate::scenario::raw::{
    Accept, BaseStock, BaseSurge, Campaign, Communication, Demand, DisruptedNode, Disruption, Distribution, DualIndex,
    Duration, Empirical, Family, Forecast, Location, Mean, MeanSd, MinMax, OnCancel, OneTime, Patience, PaymentFee,
    Policy, Product, Promise, PromiseRelative, ReorderQuantity, Route, Scenario, Share, Stage, Supply, Term,
};
use crate::scenario::write;
use jiff::civil::{Date, date};

/// A scenario of one product and one location, with nothing that the textbooks do not have.
#[derive(Clone)]
pub(super) struct Setup(pub(super) Scenario);

impl Setup {
    pub(super) fn new(demand: Demand, policy: Policy, lead_time: impl Into<Distribution>) -> Self {
        let mut s = Scenario::new("truth");
        s.horizon.start = date(2026, 1, 1).into();
        s.product.push(Product::new("x", 100.0, 12.0));
        s.demand = demand;
        s.customers.promise = Promise::None;
        s.customers.thirty_day_rule = false;
        s.planner.forecast = Forecast::Truth;
        s.finance.shrink = Share(0.0);
        let mut store = Location { policy, ..Location::new("store") };
        store.route.push(route("only", "Transit", lead_time));
        s.supply.push(Supply { location: vec![store], ..Supply::new("textbook") });
        Setup(s).over(365, 100).customers(Accept::Always, Patience::Endless)
    }

    /// 100 days to the time unit: long runs.
    fn continuous(policy: Policy, lead_time: impl Into<Distribution>) -> Self {
        Setup::new(poisson(0.015), policy, lead_time).over(100_000, 10_000)
    }

    pub(super) fn over(mut self, days: u32, warmup: u32) -> Self {
        self.0.horizon.days = Duration(f64::from(days));
        self.0.horizon.warmup_days = Duration(f64::from(warmup));
        self
    }

    fn customers(mut self, accept: Accept, patience: Patience) -> Self {
        self.0.customers.accept = accept;
        self.0.customers.patience = patience;
        self
    }

    /// Demand times `uplift` for some days.
    fn campaign(mut self, start: Date, days: u32, uplift: f64) -> Self {
        let days = Duration(f64::from(days));
        self.0.demand.campaign.push(Campaign::new("event", start.into(), days, uplift.into()));
        self
    }

    /// The one supplier is down now and then, and orders wait for it.
    fn failing(mut self, fails: f64, recovers: f64) -> Self {
        self.location().route[0].supplier = Some("maker".into());
        self.0.disruption.push(failing(DisruptedNode::Supplier("maker".into()), fails, recovers));
        self
    }

    fn on_hand(mut self, units: u64) -> Self {
        self.location().initial_on_hand = Some(units);
        self
    }

    pub(super) fn location(&mut self) -> &mut Location {
        &mut self.0.supply[0].location[0]
    }
}

/// Something that fails on a day with the first chance, and recovers on one with the second.
fn failing(on: DisruptedNode, fails: f64, recovers: f64) -> Disruption {
    Disruption {
        fails_daily: Some(Share(fails)),
        recovers_daily: Some(Share(recovers)),
        ..Disruption::new("failure", on)
    }
}

/// A route of one stage, paid with the order.
fn route(name: &str, stage: &str, days: impl Into<Distribution>) -> Route {
    let terms = vec![Term { share: Share(1.0), at: "order".into(), days_later: Duration(0.0) }];
    Route { stage: vec![Stage::new(stage, days.into())], terms, ..Route::new(name) }
}

pub(super) fn poisson(mean: f64) -> Demand {
    Demand { mean_per_day: Some(mean), ..Demand::new() }
}

pub(super) fn every_day(units: impl Into<Distribution>) -> Demand {
    Demand { units_per_day: Some(units.into()), ..Demand::new() }
}

pub(super) fn base_stock(level: i64) -> Policy {
    Policy::BaseStock(BaseStock { level })
}

fn one_time(quantity: u64) -> Policy {
    Policy::OneTime(OneTime { quantity, date: date(2026, 1, 1).into() })
}

fn exponential(mean: f64) -> Distribution {
    Family::Exponential(Mean { mean }).into()
}

const DAILY: Duration = Duration(1.0);
const SNYDER: &str = "Snyder and Shen 2019, Fundamentals of Supply Chain Theory";
const ZIPKIN: &str = "Zipkin 2000, Foundations of Inventory Management";

pub(super) fn all() -> Vec<Case> {
    let mut cases = periodic();
    cases.extend(zheng_federgruen());
    cases.extend(near_continuous());
    cases.extend(orders_of_several());
    cases.extend(lost_sales());
    cases.extend(cancellations());
    cases.extend(promises());
    cases.extend(delivery());
    cases.extend(capital());
    cases.extend(dual_sourcing());
    cases.extend(disruptions());
    cases.extend(super::networks::networks());
    // A seed each: the errors of the cases are independent of each other.
    for (i, case) in cases.iter_mut().enumerate() {
        case.seed = 20_260_101 + i as u64;
    }
    cases
}

pub(super) fn case(
    section: &'static str,
    name: &'static str,
    source: &'static str,
    setup: &Setup,
    replications: u32,
    checks: Vec<super::Check>,
) -> Case {
    Case { section, name, source, scenario: write(&setup.0), seed: 0, replications, checks }
}

fn periodic() -> Vec<Case> {
    let section = "periodic base stock, full backordering";
    let checks = |eoh, ebo, clear, fill, pipeline| {
        vec![
            kpi("on hand", eoh, 5e-5, Kpi::MeanOnHand),
            kpi("backlog", ebo, 5e-7, Kpi::MeanBacklog),
            kpi("P(no backlog)", clear, 5e-7, Kpi::NoBacklogRate),
            kpi("fill rate", fill, 5e-7, Kpi::FillRate),
            kpi("on order (Little)", pipeline, 0.0, Kpi::MeanOnOrder),
        ]
    };
    vec![
        case(
            section,
            "Poisson 20, L 4, S 90",
            SNYDER,
            &Setup::new(poisson(20.0), base_stock(90), 4.0),
            4_000,
            checks(10.6294, 0.629_357, 0.878_564, 0.968_548, 80.0),
        ),
        case(
            section,
            "Poisson 5, L 3, S 20",
            SNYDER,
            &Setup::new(poisson(5.0), base_stock(20), 3.0),
            4_000,
            checks(5.2123, 0.2123, 0.917_029, 0.958_096, 15.0),
        ),
    ]
}

fn zheng_federgruen() -> Vec<Case> {
    // 64 an order, 1 a unit on hand and day, 9 a unit waiting and day.
    const COST: &[(f64, Kpi)] = &[(64.0 / 365.0, Kpi::PurchaseOrders), (1.0, Kpi::MeanOnHand), (9.0, Kpi::MeanBacklog)];
    let table: [(&'static str, f64, i64, i64, f64); 7] = [
        ("mean 10, s 6, S 40", 10.0, 6, 40, 35.022),
        ("mean 20, s 14, S 62", 20.0, 14, 62, 49.173),
        ("mean 30, s 23, S 66", 30.0, 23, 66, 57.819),
        ("mean 40, s 33, S 87", 40.0, 33, 87, 64.512),
        ("mean 50, s 42, S 108", 50.0, 42, 108, 70.975),
        ("mean 60, s 52, S 129", 60.0, 52, 129, 77.306),
        ("mean 70, s 62, S 81", 70.0, 62, 81, 79.037),
    ];
    let of = |(name, mean, s, big_s, cost)| {
        let policy = Policy::MinMax(MinMax { reorder_point: s, order_up_to: big_s, review_days: DAILY, react: None });
        case(
            "(s, S), cost a day",
            name,
            "Zheng and Federgruen 1991",
            &Setup::new(poisson(mean), policy, 1.0),
            4_000,
            vec![combination("cost a day", cost, 5e-4, COST)],
        )
    };
    table.into_iter().map(of).collect()
}

fn near_continuous() -> Vec<Case> {
    let section = "continuous time, 100 days a unit";
    let half_rate = 0.0075;
    let base = |s: i64, lead: Distribution| Setup::continuous(base_stock(s), lead);
    let gamma = || Distribution::from(Family::Gamma(MeanSd { mean: 1000.0, sd: 500.0 }));
    let reorder_quantity =
        Policy::ReorderQuantity(ReorderQuantity { reorder_point: 3, quantity: 5, review_days: DAILY, react: None });
    let tail = |what, exact, days| wait_tail(what, exact, half_rate * exact, days);
    vec![
        case(
            section,
            "base stock, L 10, S 20",
            ZIPKIN,
            &base(20, 1000.0.into()),
            400,
            vec![
                kpi("ready rate", 0.875_219, 5e-7, Kpi::ReadyRate),
                kpi("backlog", 0.2123, 5e-5, Kpi::MeanBacklog),
                kpi("on hand", 5.2123, 5e-5, Kpi::MeanOnHand),
                kpi("on order", 15.0, 0.0, Kpi::MeanOnOrder),
                numerators(
                    "mean wait over all, days",
                    14.1533,
                    half_rate * 14.1533,
                    Some(Kpi::BackorderRate),
                    &[(1.0, Kpi::BacklogUnitDays)],
                ),
            ],
        ),
        case(
            section,
            "waiting-time tail, L 10, S 15",
            ZIPKIN,
            &base(15, 1000.0.into()),
            400,
            vec![
                tail("P(wait > 0)", 0.534_346, 0),
                tail("P(wait > 1)", 0.376_729, 100),
                tail("P(wait > 2)", 0.227_975, 200),
                tail("P(wait > 3)", 0.112_112, 300),
                tail("P(wait > 5)", 0.010_260_4, 500),
            ],
        ),
        case(
            section,
            "gamma lead time, orders cross",
            ZIPKIN,
            &base(20, gamma()),
            400,
            vec![
                kpi("fill rate", 0.875_219, half_rate * 0.125, Kpi::FillRate),
                kpi("backlog", 0.2123, 5e-5, Kpi::MeanBacklog),
            ],
        ),
        Case {
            section,
            name: "gamma lead time, no crossing",
            source: "Kaplan 1970; Zipkin 2000",
            scenario: {
                let mut setup = base(20, gamma());
                setup.location().route[0].order_crossing = false;
                write(&setup.0)
            },
            seed: 0,
            replications: 400,
            checks: vec![
                kpi("fill rate", 0.744_458, half_rate * 0.256, Kpi::FillRate),
                kpi("backlog", 1.645_91, 5e-6, Kpi::MeanBacklog),
            ],
        },
        case(
            section,
            "(r, Q), L 2, r 3, Q 5",
            "Hadley and Whitin 1963",
            &Setup::continuous(reorder_quantity, 200.0),
            400,
            vec![
                kpi("fill rate", 0.866_633, half_rate * 0.866_633, Kpi::FillRate),
                kpi("backlog", 0.105_433, half_rate * 0.105_433, Kpi::MeanBacklog),
                kpi("on hand", 3.105_43, half_rate * 3.105_43, Kpi::MeanOnHand),
                combination("orders a time unit", 0.3, half_rate * 0.3, &[(1e-3, Kpi::PurchaseOrders)]),
            ],
        ),
    ]
}

/// Orders of 1, 2 and 3 units with 0.6, 0.3 and 0.1, served in the order in which they come, in parts.
fn orders_of_several() -> Vec<Case> {
    let of = |name, level, orders: f64, units: f64, backlog| {
        let mut setup = Setup::continuous(base_stock(level), 1000.0);
        let sizes = [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0];
        setup.0.demand = Demand {
            units_per_order: Some(Family::Empirical(Empirical::Values(sizes.to_vec())).into()),
            ..poisson(0.0225)
        };
        setup.0.customers.split_shipments = true;
        // An order of the day meets the demand of half a day less.
        let half_rate = 0.0075;
        let checks = vec![
            kpi("order fill rate", orders, half_rate * orders, Kpi::OrderFillRate),
            kpi("fill rate", units, half_rate * units, Kpi::FillRate),
            kpi("backlog", backlog, 5e-7, Kpi::MeanBacklog),
        ];
        case("orders of several units, 100 days a unit", name, "compound Poisson law", &setup, 400, checks)
    };
    vec![
        of("1.5 orders of 1.5 units, L 10, S 25", 25, 0.612_265, 0.618_195, 1.526_229),
        of("1.5 orders of 1.5 units, L 10, S 30", 30, 0.845_241, 0.848_776, 0.449_605),
    ]
}

fn lost_sales() -> Vec<Case> {
    let section = "lost sales and partial backordering";
    let half_rate = 0.0075;
    let with =
        |accept, lead: Distribution| Setup::continuous(base_stock(15), lead).customers(accept, Patience::Endless);
    let mut cases = vec![
        case(
            section,
            "Erlang loss, constant L 10, S 15",
            "Erlang; Karush 1957",
            &with(Accept::Never, 1000.0.into()),
            400,
            vec![
                kpi("lost", 0.180_316, half_rate * 0.18, Kpi::LostSalesRate),
                kpi("on hand", 2.704_75, half_rate * 2.7, Kpi::MeanOnHand),
            ],
        ),
        case(
            section,
            "Erlang loss, exponential L 10, S 15",
            "Erlang; Palm",
            &with(Accept::Never, exponential(1000.0)),
            400,
            vec![
                kpi("lost", 0.180_316, half_rate * 0.18, Kpi::LostSalesRate),
                kpi("on hand", 2.704_75, half_rate * 2.7, Kpi::MeanOnHand),
            ],
        ),
        case(
            section,
            "half of the customers wait",
            "birth-death chain",
            &with(Accept::Share(Share(0.5)), exponential(1000.0)),
            400,
            vec![
                kpi("lost", 0.142_689, half_rate * 0.142_689, Kpi::LostSalesRate),
                numerators(
                    "backordered share of demand",
                    0.142_689,
                    half_rate * 0.142_689,
                    Some(Kpi::LostSalesRate),
                    &[(1.0, Kpi::BackorderRate)],
                ),
                kpi("backlog", 0.217_737, half_rate * 0.217_737, Kpi::MeanBacklog),
            ],
        ),
        case(
            section,
            "known arrival, accept a wait up to 2",
            "Erlang B with load 12",
            &with(Accept::WithinDays(Duration(200.0)), 1000.0.into()),
            400,
            vec![kpi("lost", 0.085_729_2, half_rate * 0.085_729_2, Kpi::LostSalesRate)],
        ),
    ];
    const LOST_4: &[(f64, Kpi)] = &[(1.0, Kpi::MeanOnHand), (4.0 * 5.0, Kpi::LostSalesRate)];
    const LOST_9: &[(f64, Kpi)] = &[(1.0, Kpi::MeanOnHand), (9.0 * 5.0, Kpi::LostSalesRate)];
    const LOST_19: &[(f64, Kpi)] = &[(1.0, Kpi::MeanOnHand), (19.0 * 5.0, Kpi::LostSalesRate)];
    const LOST_39: &[(f64, Kpi)] = &[(1.0, Kpi::MeanOnHand), (39.0 * 5.0, Kpi::LostSalesRate)];
    // Long replications: the ratio lost / demanded of one is then nearly unbiased.
    let table = [
        ("periodic, penalty 4, L 2, S 12", 12, 2.0, 4.163, LOST_4),
        ("periodic, penalty 9, L 3, S 19", 19, 3.0, 6.316, LOST_9),
        ("periodic, penalty 19, L 4, S 26", 26, 4.0, 8.604, LOST_19),
        ("periodic, penalty 39, L 5, S 33", 33, 5.0, 11.062, LOST_39),
    ];
    cases.extend(table.into_iter().map(|(name, s, lead, cost, terms)| {
        let setup =
            Setup::new(poisson(5.0), base_stock(s), lead).over(10_000, 100).customers(Accept::Never, Patience::Endless);
        case(
            section,
            name,
            "Zipkin 2008, Operations Research 56:5",
            &setup,
            400,
            vec![combination("cost a day", cost, 5e-4, terms)],
        )
    }));
    cases
}

/// A thousand customers order on the first day and are promised 20 days; the goods come `late` days after that.
fn promises() -> Vec<Case> {
    let case = |name, late: u32, communication, cancelled| {
        let daily_within = Some(Share(0.003));
        let patience = match communication {
            Communication::Silent => {
                PromiseRelative { daily_within, at_notice: None, daily_after_miss: Some(Share(0.03)) }
            }
            Communication::Clear => {
                PromiseRelative { daily_within, at_notice: Some(Share(0.05)), daily_after_miss: None }
            }
        };
        let mut setup = Setup::new(every_day(1000.0), one_time(1_000), f64::from(21 + late))
            .over(60, 0)
            .customers(Accept::Always, Patience::PromiseRelative(patience))
            .campaign(date(2026, 1, 2), 59, 0.0)
            .on_hand(0);
        let customers = &mut setup.0.customers;
        (customers.promise, customers.communication) = (Promise::FixedDays(Duration(20.0)), communication);
        if let Communication::Clear = communication {
            customers.notice_tolerance = Duration(100.0);
        }
        case(
            "late promises, by hand",
            name,
            "survival, day by day",
            &setup,
            4_000,
            vec![kpi("cancelled", cancelled, 5e-7, Kpi::CancellationRate)],
        )
    };
    let (within, silent, notice) = (0.997_f64, 0.97_f64, 0.95);
    vec![
        case("10 days late, silent", 10, Communication::Silent, 1.0 - within.powi(20) * silent.powi(10)),
        case("10 days late, one notice", 10, Communication::Clear, 1.0 - within.powi(30) * notice),
        case("1 day late, silent", 1, Communication::Silent, 1.0 - within.powi(20) * silent),
        case("1 day late, one notice", 1, Communication::Clear, 1.0 - within.powi(21) * notice),
    ]
}

/// Shoppers thinned by `exp(-0.0051 x days)`: a base stock under Poisson demand of the mean that stays.
fn delivery() -> Vec<Case> {
    let case = |name, days: f64, lost, eoh, ebo, clear: Option<f64>, fill| {
        let mut checks = vec![
            kpi("lost to delivery", lost, 5e-8, Kpi::LostToDeliveryRate),
            kpi("on hand", eoh, 5e-6, Kpi::MeanOnHand),
            kpi("backlog", ebo, 5e-7, Kpi::MeanBacklog),
            kpi("fill rate", fill, 5e-7, Kpi::FillRate),
        ];
        checks.extend(clear.map(|p| kpi("P(no backlog)", p, 5e-7, Kpi::NoBacklogRate)));
        let mut setup = Setup::new(poisson(20.0), base_stock(90), 4.0);
        setup.location().delivery.days = days.into();
        setup.0.customers.delivery_sensitivity.per_day = Share(0.0051);
        setup.0.customers.reference_delivery_days = Some(Duration(0.0));
        case("delivery time", name, "base stock, Poisson thinned", &setup, 4_000, checks)
    };
    vec![
        case("10 days", 10.0, 0.049_721_3, 14.207_13, 0.229_421, Some(0.948_463), 0.987_931),
        case("5 days", 5.0, 1.0 - 19.496_45 / 20.0, 12.401_17, 0.386_958, None, 0.980_159),
    ]
}

fn cancellations() -> Vec<Case> {
    let section = "cancellations";
    const WAITING: &[(f64, Kpi)] = &[(1.0, Kpi::BackorderRate), (-1.0, Kpi::CancellationRate)];
    const CANCELLED: &[(f64, Kpi)] = &[(1.0, Kpi::CancellationRate)];
    let one_order = || one_time(100_000_000);
    let patient = |mean| Patience::Time(exponential(mean));
    let queue = |on_cancel| {
        let mut setup =
            Setup::continuous(base_stock(15), exponential(1000.0)).customers(Accept::Always, patient(1000.0));
        setup.0.customers.on_cancel = on_cancel;
        setup
    };
    let half_rate = 0.0075;
    vec![
        case(
            section,
            "30 days out of stock, exponential patience 14",
            "Palm; M/M/infinity",
            &Setup::new(poisson(0.2), one_order(), 3000.0)
                .over(3_000, 0)
                .customers(Accept::Always, patient(1400.0))
                .on_hand(0),
            4_000,
            vec![
                // The sum over days of birth is 247.239 in place of the integral.
                numerators("waiting at restock", 247.151, 0.1, None, WAITING),
                numerators("cancelled", 352.849, 0.1, None, CANCELLED),
                deviation("sd of cancelled (Poisson)", 352.849_f64.sqrt(), 0.01, Kpi::CancellationRate),
            ],
        ),
        case(
            section,
            "30 days out of stock, fixed patience 21",
            "by hand",
            &Setup::new(every_day(20.0), one_order(), 30.0)
                .over(30, 0)
                .customers(Accept::Always, Patience::Time(21.0.into()))
                .on_hand(0),
            2,
            vec![
                numerators("waiting at restock", 420.0, 0.0, None, WAITING),
                numerators("cancelled", 180.0, 0.0, None, CANCELLED),
            ],
        ),
        case(
            section,
            "1000 backorders, 3 % a day, 12 decisions",
            "binomial",
            &Setup::new(every_day(1000.0), one_order(), 30.0)
                .over(13, 0)
                .customers(Accept::Always, Patience::DailyHazard(Share(0.03)))
                .campaign(date(2026, 1, 2), 12, 0.0)
                .on_hand(0),
            40_000,
            vec![
                numerators("cancelled", 306.158, 5e-4, None, CANCELLED),
                deviation("sd of cancelled", 14.5748, 5e-5, Kpi::CancellationRate),
            ],
        ),
        case(
            section,
            "impatient customers, purchase order cancelled",
            "M/M/c with reneging",
            &queue(OnCancel::CancelOrder),
            400,
            vec![
                kpi("cancelled share of demand", 0.059_853_7, half_rate * 0.0599, Kpi::CancellationRate),
                kpi("fill rate", 0.544_167, half_rate * 0.544, Kpi::FillRate),
                kpi("backlog", 0.897_805, half_rate * 0.898, Kpi::MeanBacklog),
            ],
        ),
        case(
            section,
            "impatient customers, purchase order kept",
            "two-dimensional chain",
            &queue(OnCancel::KeepOrder),
            400,
            vec![
                kpi("cancelled share of demand", 0.058_400_1, half_rate * 0.0584, Kpi::CancellationRate),
                kpi("fill rate", 0.550_071, half_rate * 0.55, Kpi::FillRate),
                kpi("backlog", 0.876_001, half_rate * 0.876, Kpi::MeanBacklog),
            ],
        ),
        case(
            section,
            "spike x4 for 10 days, receipt on day 30 (fluid)",
            "fluid limit, hundredths of units and days",
            &Setup::new(every_day(20.0), one_order(), 3000.0)
                .over(3_000, 0)
                .customers(Accept::Always, patient(1400.0))
                .campaign(date(2026, 1, 1), 1000, 4.0)
                .on_hand(50_000),
            200,
            vec![
                // Time goes in hundredths: the last of them in stock ends empty, and sums stand for integrals.
                combination("stock-out, days", 6.25, 0.0101, &[(30.0, Kpi::ReadyRate)]),
                numerators("backlog at restock", 27_596.9, 15.0, None, WAITING),
                numerators("cancelled", 42_403.1, 15.0, None, CANCELLED),
            ],
        ),
    ]
}

fn capital() -> Vec<Case> {
    let section = "capital";
    let setup = |level: i64, lead: f64| Setup::new(poisson(20.0), base_stock(level), lead).over(365, 200);
    let checks = |on_hand, pipeline, safety| {
        vec![
            combination(
                "on hand",
                on_hand,
                5e-3,
                &[(1.0, Kpi::CycleStockCapital), (1.0, Kpi::SafetyStockOnHandCapital)],
            ),
            kpi("pipeline", pipeline, 0.0, Kpi::PipelineCapital),
            kpi("safety stock as planned", safety, 0.0, Kpi::SafetyStockCapital),
        ]
    };
    vec![
        case(
            section,
            "bulk: 20 a day, cost 12, L 98, S 2100",
            "Zipkin 2000; Little",
            &setup(2_100, 98.0),
            2_000,
            checks(1_680.13, 23_520.0, 1_680.0),
        ),
        case(
            section,
            "direct: 20 a day, cost 12, L 34, S 760",
            "Zipkin 2000; Little",
            &setup(760, 34.0),
            2_000,
            checks(960.117, 8_160.0, 960.0),
        ),
        cash_conversion(section),
    ]
}

/// 400 a day bought at 10 and sold at 20: 60 days of stock, paid 15 days after receipt; customers' money takes a day.
fn cash_conversion(section: &'static str) -> Case {
    let mut year = Setup::new(every_day(400.0), base_stock(24_400), 1.0).over(365, 2_000);
    year.0.product[0] = Product::new("x", 20.0, 10.0);
    year.0.finance.settlement_days = Duration(1.0);
    year.0.finance.payment_fee = PaymentFee { share: Share(0.0), per_order: 0.0 };
    let term = Term { share: Share(1.0), at: "receipt".into(), days_later: Duration(15.0) };
    year.location().route[0].terms = vec![term];
    Case {
        section,
        name: "cash conversion: stock 240,000, payables 60,000, receivables 8,000",
        source: "definitions",
        scenario: write(&year.0),
        seed: 0,
        replications: 2,
        checks: vec![
            kpi("days of inventory", 60.0, 0.0, Kpi::DaysInventory),
            kpi("days of sales", 1.0, 0.0, Kpi::DaysSales),
            kpi("days of payables", 15.0, 0.0, Kpi::DaysPayable),
            kpi("cash conversion cycle", 46.0, 0.0, Kpi::CashConversionCycle),
            // A unit is paid for 15 days after receipt, is sold after 60 on average, and its customer's money takes a day.
            // The shelf has one average date of payment, so that the opening stock is forgotten at a sixtieth a day.
            kpi("cash to cash", 46.0, 1e-9, Kpi::CashToCash),
        ],
    }
}

fn dual_sourcing() -> Vec<Case> {
    // 5 a unit on hand, 495 a unit waiting, 10 more for a unit of the express route.
    const COST: &[(f64, Kpi)] = &[(5.0, Kpi::MeanOnHand), (495.0, Kpi::MeanBacklog)];
    let section = "dual sourcing, cost a day";
    let source = "Veeraraghavan and Scheller-Wolf 2008";
    let demand = || every_day(Family::Empirical(Empirical::Values(vec![0.0, 1.0, 2.0, 3.0, 4.0])));
    let one = |policy| Setup::new(demand(), policy, 3.0).over(2_000, 100);
    let two = |policy| {
        let mut setup = one(policy);
        setup.location().route.push(route("express", "Air", 1.0));
        write(&setup.0)
    };
    let with_premium = |exact, allowance| super::Check {
        what: "cost a day",
        exact,
        allowance,
        value: Box::new(|m: &crate::study::ModelOutcome| {
            let cost = |row: &crate::sim::KpiRow| {
                row[Kpi::MeanOnHand.index()].0 * 5.0
                    + row[Kpi::MeanBacklog.index()].0 * 495.0
                    + row[Kpi::ExpeditedShare.index()].0 * 10.0 / 2_000.0
            };
            crate::stats::interval::ratio(&m.rows.iter().map(|row| (cost(row), 1.0)).collect::<Vec<_>>())
        }),
    };
    vec![
        Case {
            section,
            name: "dual index, 8 and 4",
            source,
            scenario: two(Policy::DualIndex(DualIndex {
                regular: Some(8),
                regular_cover_days: None,
                expedite: Some(4),
                expedite_cover_days: None,
                review_days: DAILY,
                react: None,
            })),
            seed: 0,
            replications: 1_000,
            checks: vec![with_premium(20.1253, 5e-5)],
        },
        Case {
            section,
            name: "tailored base surge, 1 and 4",
            source: "Allon and Van Mieghem 2010",
            scenario: two(Policy::BaseSurge(BaseSurge {
                quantity: Some(1),
                base_share: None,
                expedite: Some(4),
                expedite_cover_days: None,
                review_days: DAILY,
                react: None,
            })),
            seed: 0,
            replications: 1_000,
            checks: vec![with_premium(21.903, 5e-4)],
        },
        case(
            section,
            "regular only, S 11",
            source,
            &one(base_stock(11)),
            1_000,
            vec![combination("cost a day", 29.0, 0.0, COST)],
        ),
    ]
}

/// A supplier that is down on a sixth of the days, in spells of ten days on average; and an economic order quantity with one that fails 1.5 times a
/// year and recovers at a rate of 14, of which a year has 1,300 days here, so that one unit is sold a day.
fn disruptions() -> Vec<Case> {
    // 1 a unit on hand and day, 9 a unit waiting and day.
    const COST: &[(f64, Kpi)] = &[(1.0, Kpi::MeanOnHand), (9.0, Kpi::MeanBacklog)];
    let section = "supplier that fails, 0.02 and 0.1 a day";
    let of = |name, level: i64, values: Option<(f64, f64, f64)>, cost| {
        let setup = Setup::new(every_day(20.0), base_stock(level), 1.0).failing(0.02, 0.1);
        let mut checks = vec![combination("cost a day", cost, 5e-4, COST)];
        if let Some((ebo, eoh, fill)) = values {
            checks.push(kpi("backlog", ebo, 5e-4, Kpi::MeanBacklog));
            checks.push(kpi("on hand", eoh, 5e-5, Kpi::MeanOnHand));
            checks.push(kpi("fill rate", fill, 5e-7, Kpi::FillRate));
            checks.push(kpi("P(no backlog)", fill, 5e-7, Kpi::NoBacklogRate));
        }
        case(section, name, "two-state Markov chain", &setup, 4_000, checks)
    };
    const YEAR: f64 = 1_300.0;
    // 8 an order, 0.225 a unit on hand and year, 5 a unit not sold: over a hundred years.
    const OF_YEARS: &[(f64, Kpi)] =
        &[(8.0 / 100.0, Kpi::PurchaseOrders), (0.225, Kpi::MeanOnHand), (5.0 * YEAR, Kpi::LostSalesRate)];
    let policy = Policy::MinMax(MinMax { reorder_point: 0, order_up_to: 773, review_days: DAILY, react: None });
    let eoq = Setup::new(every_day(1.0), policy, 1.0)
        .over((100.0 * YEAR) as u32, (10.0 * YEAR) as u32)
        .customers(Accept::Never, Patience::Endless)
        .failing(1.5 / YEAR, 14.0 / YEAR);
    // What is sold in the middle of a day in continuous time has left by its evening: half a unit on hand.
    let half_a_unit = 0.5 * 0.225;
    vec![
        of("S 100", 100, Some((21.87, 68.5367, 0.89065)), 265.367),
        of("S 120, the best", 120, Some((19.683, 86.3497, 0.901_585)), 263.497),
        of("S 140", 140, None, 263.814),
        case(
            "economic order quantity, supplier that fails",
            "Q 773, cost a year",
            SNYDER,
            &eoq,
            400,
            vec![combination("cost a year", 173.950_003, half_a_unit + 1e-3, OF_YEARS)],
        ),
    ]
}
