//! The cases, in the order of the literature they come from.

use super::{Case, combination, deviation, kpi, numerators, wait_tail};
use crate::model::Kpi;

/// A scenario of one product and one location, with nothing that the textbooks do not have.
struct Setup {
    demand: &'static str,
    customers: &'static str,
    policy: String,
    lead_time: String,
    days: u32,
    warmup: u32,
    more: &'static str,
}

impl Setup {
    fn new(demand: &'static str, policy: impl Into<String>, lead_time: impl Into<String>) -> Self {
        Setup {
            demand,
            customers: "",
            policy: policy.into(),
            lead_time: lead_time.into(),
            days: 365,
            warmup: 100,
            more: "",
        }
    }

    /// 100 days to the time unit: long runs.
    fn continuous(policy: impl Into<String>, lead_time: impl Into<String>) -> Self {
        Setup { days: 100_000, warmup: 10_000, ..Setup::new("mean-per-day = 0.015", policy, lead_time) }
    }

    fn toml(&self) -> String {
        let Setup { demand, customers, policy, lead_time, days, warmup, more } = self;
        let customers = if customers.is_empty() { "accept = \"always\"\npatience = \"endless\"" } else { customers };
        let promise = if customers.contains("promise = ") { "" } else { "promise = \"none\"" };
        format!(
            r#"
name = "truth"
[horizon]
start = 2026-01-01
days = {days}
warmup-days = {warmup}
[monte-carlo]
[[product]]
sku = "x"
price = 100
unit-cost = 12
[demand]
{demand}
[customers]
{customers}
{promise}
thirty-day-rule = false
[planner]
forecast = "truth"
[finance]
shrink = 0
[[supply]]
name = "textbook"
[[supply.location]]
name = "store"
policy = {{ {policy} }}
{more}
[[supply.location.route]]
name = "only"
terms = [{{ share = 1, at = "order" }}]
stage = [{{ name = "Transit", days = {lead_time} }}]
"#
        )
    }
}

const NEVER: &str = "accept = \"never\"\npatience = \"endless\"";
const SNYDER: &str = "Snyder and Shen 2019, Fundamentals of Supply Chain Theory";
const ZIPKIN: &str = "Zipkin 2000, Foundations of Inventory Management";

pub(super) fn all() -> Vec<Case> {
    let mut cases = periodic();
    cases.extend(zheng_federgruen());
    cases.extend(near_continuous());
    cases.extend(lost_sales());
    cases.extend(cancellations());
    cases.extend(promises());
    cases.extend(delivery());
    cases.extend(capital());
    cases.extend(dual_sourcing());
    // A seed each: the errors of the cases are independent of each other.
    for (i, case) in cases.iter_mut().enumerate() {
        case.seed = 20_260_101 + i as u64;
    }
    cases
}

fn case(
    section: &'static str,
    name: &'static str,
    source: &'static str,
    setup: &Setup,
    replications: u32,
    checks: Vec<super::Check>,
) -> Case {
    Case { section, name, source, scenario: setup.toml(), seed: 0, replications, checks }
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
            &Setup::new("mean-per-day = 20", "base-stock = { level = 90 }", "4"),
            4_000,
            checks(10.6294, 0.629_357, 0.878_564, 0.968_548, 80.0),
        ),
        case(
            section,
            "Poisson 5, L 3, S 20",
            SNYDER,
            &Setup::new("mean-per-day = 5", "base-stock = { level = 20 }", "3"),
            4_000,
            checks(5.2123, 0.2123, 0.917_029, 0.958_096, 15.0),
        ),
    ]
}

fn zheng_federgruen() -> Vec<Case> {
    // 64 an order, 1 a unit on hand and day, 9 a unit waiting and day.
    const COST: &[(f64, Kpi)] = &[(64.0 / 365.0, Kpi::PurchaseOrders), (1.0, Kpi::MeanOnHand), (9.0, Kpi::MeanBacklog)];
    let table: [(&'static str, &'static str, i64, i64, f64); 7] = [
        ("mean 10, s 6, S 40", "mean-per-day = 10", 6, 40, 35.022),
        ("mean 20, s 14, S 62", "mean-per-day = 20", 14, 62, 49.173),
        ("mean 30, s 23, S 66", "mean-per-day = 30", 23, 66, 57.819),
        ("mean 40, s 33, S 87", "mean-per-day = 40", 33, 87, 64.512),
        ("mean 50, s 42, S 108", "mean-per-day = 50", 42, 108, 70.975),
        ("mean 60, s 52, S 129", "mean-per-day = 60", 52, 129, 77.306),
        ("mean 70, s 62, S 81", "mean-per-day = 70", 62, 81, 79.037),
    ];
    let of = |(name, demand, s, big_s, cost)| {
        let policy = format!("min-max = {{ reorder-point = {s}, order-up-to = {big_s} }}");
        case(
            "(s, S), cost a day",
            name,
            "Zheng and Federgruen 1991",
            &Setup::new(demand, policy, "1"),
            4_000,
            vec![combination("cost a day", cost, 5e-4, COST)],
        )
    };
    table.into_iter().map(of).collect()
}

fn near_continuous() -> Vec<Case> {
    let section = "continuous time, 100 days a unit";
    let half_rate = 0.0075;
    let base = |s: i64, lead: &str| Setup::continuous(format!("base-stock = {{ level = {s} }}"), lead);
    let tail = |what, exact, days| wait_tail(what, exact, half_rate * exact, days);
    vec![
        case(
            section,
            "base stock, L 10, S 20",
            ZIPKIN,
            &base(20, "1000"),
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
            &base(15, "1000"),
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
            &base(20, "{ gamma = { mean = 1000, sd = 500 } }"),
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
            scenario: base(20, "{ gamma = { mean = 1000, sd = 500 } }")
                .toml()
                .replace("name = \"only\"", "name = \"only\"\norder-crossing = false"),
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
            &Setup::continuous("reorder-quantity = { reorder-point = 3, quantity = 5 }", "200"),
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

fn lost_sales() -> Vec<Case> {
    let section = "lost sales and partial backordering";
    let half_rate = 0.0075;
    let with = |customers, lead: &str| Setup { customers, ..Setup::continuous("base-stock = { level = 15 }", lead) };
    let mut cases = vec![
        case(
            section,
            "Erlang loss, constant L 10, S 15",
            "Erlang; Karush 1957",
            &with(NEVER, "1000"),
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
            &with(NEVER, "{ exponential = { mean = 1000 } }"),
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
            &with("accept = { share = 0.5 }\npatience = \"endless\"", "{ exponential = { mean = 1000 } }"),
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
            &with("accept = { within-days = 200 }\npatience = \"endless\"", "1000"),
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
        ("periodic, penalty 4, L 2, S 12", 12, "2", 4.163, LOST_4),
        ("periodic, penalty 9, L 3, S 19", 19, "3", 6.316, LOST_9),
        ("periodic, penalty 19, L 4, S 26", 26, "4", 8.604, LOST_19),
        ("periodic, penalty 39, L 5, S 33", 33, "5", 11.062, LOST_39),
    ];
    cases.extend(table.into_iter().map(|(name, s, lead, cost, terms)| {
        let setup = Setup {
            customers: NEVER,
            days: 10_000,
            ..Setup::new("mean-per-day = 5", format!("base-stock = {{ level = {s} }}"), lead)
        };
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
    let case = |name, late: u32, communication: &str, cancelled| {
        let customers: &'static str = match communication {
            "silent" => {
                "accept = \"always\"\npromise = { fixed-days = 20 }\ncommunication = \"silent\"\npatience = { promise-relative = { daily-within = \"0.3%\", daily-after-miss = \"3%\" } }"
            }
            _ => {
                "accept = \"always\"\npromise = { fixed-days = 20 }\ncommunication = \"clear\"\nnotice-tolerance = 100\npatience = { promise-relative = { daily-within = \"0.3%\", at-notice = \"5%\" } }"
            }
        };
        case(
            "late promises, by hand",
            name,
            "survival, day by day",
            &Setup {
                customers,
                days: 60,
                warmup: 0,
                more: "initial-on-hand = 0",
                ..Setup::new(
                    "units-per-day = 1000\n[[demand.campaign]]\nname = \"nobody\"\nstart = 2026-01-02\ndays = 59\nuplift = 0",
                    "one-time = { quantity = 1_000, date = 2026-01-01 }",
                    format!("{}", 21 + late),
                )
            },
            4_000,
            vec![kpi("cancelled", cancelled, 5e-7, Kpi::CancellationRate)],
        )
    };
    let (within, silent, notice) = (0.997_f64, 0.97_f64, 0.95);
    vec![
        case("10 days late, silent", 10, "silent", 1.0 - within.powi(20) * silent.powi(10)),
        case("10 days late, one notice", 10, "clear", 1.0 - within.powi(30) * notice),
        case("1 day late, silent", 1, "silent", 1.0 - within.powi(20) * silent),
        case("1 day late, one notice", 1, "clear", 1.0 - within.powi(21) * notice),
    ]
}

/// Shoppers thinned by `exp(-0.0051 x days)`: a base stock under Poisson demand of the mean that stays.
fn delivery() -> Vec<Case> {
    let case = |name, more: &'static str, lost, eoh, ebo, clear: Option<f64>, fill| {
        let mut checks = vec![
            kpi("lost to delivery", lost, 5e-8, Kpi::LostToDeliveryRate),
            kpi("on hand", eoh, 5e-6, Kpi::MeanOnHand),
            kpi("backlog", ebo, 5e-7, Kpi::MeanBacklog),
            kpi("fill rate", fill, 5e-7, Kpi::FillRate),
        ];
        checks.extend(clear.map(|p| kpi("P(no backlog)", p, 5e-7, Kpi::NoBacklogRate)));
        case(
            "delivery time",
            name,
            "base stock, Poisson thinned",
            &Setup {
                customers: "accept = \"always\"\npatience = \"endless\"\ndelivery-sensitivity = { per-day = 0.0051 }\nreference-delivery-days = 0",
                more,
                ..Setup::new("mean-per-day = 20", "base-stock = { level = 90 }", "4")
            },
            4_000,
            checks,
        )
    };
    vec![
        case("10 days", "delivery = { days = 10 }", 0.049_721_3, 14.207_13, 0.229_421, Some(0.948_463), 0.987_931),
        case("5 days", "delivery = { days = 5 }", 1.0 - 19.496_45 / 20.0, 12.401_17, 0.386_958, None, 0.980_159),
    ]
}

fn cancellations() -> Vec<Case> {
    let section = "cancellations";
    const WAITING: &[(f64, Kpi)] = &[(1.0, Kpi::BackorderRate), (-1.0, Kpi::CancellationRate)];
    const CANCELLED: &[(f64, Kpi)] = &[(1.0, Kpi::CancellationRate)];
    let one_order = "one-time = { quantity = 100_000_000, date = 2026-01-01 }";
    let exponential = "accept = \"always\"\npatience = { time = { exponential = { mean = 1400 } } }";
    let queue = |more| Setup {
        customers: if more {
            "on-cancel = \"cancel-order\"\naccept = \"always\"\npatience = { time = { exponential = { mean = 1000 } } }"
        } else {
            "accept = \"always\"\npatience = { time = { exponential = { mean = 1000 } } }"
        },
        ..Setup::continuous("base-stock = { level = 15 }", "{ exponential = { mean = 1000 } }")
    };
    let half_rate = 0.0075;
    vec![
        case(
            section,
            "30 days out of stock, exponential patience 14",
            "Palm; M/M/infinity",
            &Setup {
                customers: exponential,
                days: 3_000,
                warmup: 0,
                more: "initial-on-hand = 0",
                ..Setup::new("mean-per-day = 0.2", one_order, "3000")
            },
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
            &Setup {
                customers: "accept = \"always\"\npatience = { time = 21 }",
                days: 30,
                warmup: 0,
                more: "initial-on-hand = 0",
                ..Setup::new("units-per-day = 20", one_order, "30")
            },
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
            &Setup {
                customers: "accept = \"always\"\npatience = { daily-hazard = \"3%\" }",
                days: 13,
                warmup: 0,
                more: "initial-on-hand = 0",
                ..Setup::new(
                    "units-per-day = 1000\n[[demand.campaign]]\nname = \"silence\"\nstart = 2026-01-02\ndays = 12\nuplift = 0",
                    one_order,
                    "30",
                )
            },
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
            &queue(true),
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
            &queue(false),
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
            &Setup {
                customers: exponential,
                days: 3_000,
                warmup: 0,
                more: "initial-on-hand = 50_000",
                ..Setup::new(
                    "units-per-day = 20\n[[demand.campaign]]\nname = \"spike\"\nstart = 2026-01-01\ndays = 1000\nuplift = 4",
                    one_order,
                    "3000",
                )
            },
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
    let setup = |level: i64, lead: &str| Setup {
        warmup: 200,
        ..Setup::new("mean-per-day = 20", format!("base-stock = {{ level = {level} }}"), lead)
    };
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
            &setup(2_100, "98"),
            2_000,
            checks(1_680.13, 23_520.0, 1_680.0),
        ),
        case(
            section,
            "direct: 20 a day, cost 12, L 34, S 760",
            "Zipkin 2000; Little",
            &setup(760, "34"),
            2_000,
            checks(960.117, 8_160.0, 960.0),
        ),
        cash_conversion(section),
    ]
}

/// 400 a day bought at 10 and sold at 20: 60 days of stock, paid 15 days after receipt; customers' money takes a day.
fn cash_conversion(section: &'static str) -> Case {
    let year =
        Setup { days: 365, warmup: 2_000, ..Setup::new("units-per-day = 400", "base-stock = { level = 24_400 }", "1") };
    let toml = year
        .toml()
        .replace("price = 100\nunit-cost = 12", "price = 20\nunit-cost = 10")
        .replace("shrink = 0", "shrink = 0\nsettlement-days = 1\npayment-fee = { share = 0, per-order = 0 }")
        .replace("at = \"order\" }]", "at = \"receipt\", days-later = 15 }]");
    Case {
        section,
        name: "cash conversion: stock 240,000, payables 60,000, receivables 8,000",
        source: "definitions",
        scenario: toml,
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
    let demand = "units-per-day = { empirical = [0, 1, 2, 3, 4] }";
    let two = |policy: &str| {
        let one = Setup { days: 2_000, ..Setup::new(demand, policy, "3") }.toml();
        one + "[[supply.location.route]]\nname = \"express\"\nterms = [{ share = 1, at = \"order\" }]\nstage = [{ name = \"Air\", days = 1 }]\n"
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
            scenario: two("dual-index = { regular = 8, expedite = 4 }"),
            seed: 0,
            replications: 1_000,
            checks: vec![with_premium(20.1253, 5e-5)],
        },
        Case {
            section,
            name: "tailored base surge, 1 and 4",
            source: "Allon and Van Mieghem 2010",
            scenario: two("base-surge = { quantity = 1, expedite = 4 }"),
            seed: 0,
            replications: 1_000,
            checks: vec![with_premium(21.903, 5e-4)],
        },
        case(
            section,
            "regular only, S 11",
            source,
            &Setup { days: 2_000, ..Setup::new(demand, "base-stock = { level = 11 }", "3") },
            1_000,
            vec![combination("cost a day", 29.0, 0.0, COST)],
        ),
    ]
}
