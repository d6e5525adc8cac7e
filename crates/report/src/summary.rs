//! `summary.json` and `kpis.csv`.

use super::changeover::{Figure, figures};
use super::chart::Csv;
use super::events::span;
use super::moves::{AS_LISTED, Moves, finding, moves, portfolio};
use super::{Finding, lost_orders, products, tabled};
use restock_base::stats::interval::{Estimate, p_value};
use restock_kernel::model::{EqualService, Kpi, Scenario, Start};
use restock_kernel::sim::EventWindow;
use restock_kernel::study::{
    AtService, Changeover, EqualProduct, EqualTerms, Flip, Found, Measure, ModelFlips, ModelFrontier, ModelOutcome,
    OBJECTIVE, Outcome, OwnBest, Point, ProductOutcome, Summary as KpiSummary, differences,
};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

/// Version of the layout of `summary.json`: raised when a reader must change.
const FORMAT: u32 = 2;

/// `summary.json`: every KPI by product and model, and the paired differences. A KPI that cannot be
/// computed is absent.
#[must_use]
pub fn summary(scenario: &Scenario, outcome: &Outcome) -> Value {
    serde_json::to_value(Summary { scenario, outcome }).unwrap_or(Value::Null)
}

/// The same, made product by product while it is written: of a thousand products one at a time is in memory.
pub(super) struct Summary<'a> {
    pub scenario: &'a Scenario,
    pub outcome: &'a Outcome,
}

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Summary { scenario, outcome } = *self;
        let h = &scenario.horizon;
        let last = h.start.plus(h.days as i32 - 1).to_string();
        let all = products(outcome);
        let mut o = serializer.serialize_map(None)?;
        o.serialize_entry("format", &FORMAT)?;
        o.serialize_entry("scenario", &scenario.name)?;
        o.serialize_entry("overrides", &scenario.origin.overrides)?;
        if !scenario.origin.left_out.is_empty() {
            o.serialize_entry("left_out", &scenario.origin.left_out)?;
        }
        o.serialize_entry("run", &scenario.origin.run)?;
        o.serialize_entry("currency", &scenario.currency)?;
        let first = h.start.to_string();
        let window = match h.from {
            Start::WarmUp => json!({ "first": first, "last": last, "days": h.days, "warmup_days": h.warmup_days }),
            Start::Position => json!({ "first": first, "last": last, "days": h.days, "begins_with": "position" }),
        };
        o.serialize_entry("window", &window)?;
        o.serialize_entry("seed", &outcome.seed)?;
        o.serialize_entry("replications", &outcome.replications)?;
        o.serialize_entry("precision_met", &outcome.precision_met)?;
        o.serialize_entry("daily_replications", &outcome.daily_replications())?;
        o.serialize_entry("interval", "95 % confidence interval of the estimate, within the range that the KPI can have; p5 to p95 are percentiles over replications")?;
        let of = |i: usize| {
            let mut told = of_product(scenario, all[i].0, all[i].1);
            if !scenario.markets.is_empty() {
                told["markets"] = markets(scenario, outcome, all[i].0);
            }
            told
        };
        o.serialize_entry("products", &Each { number: all.len(), of })?;
        if !outcome.categories.is_empty() {
            let of = |i: usize| {
                let mut told = of_product(scenario, None, &outcome.categories[i]);
                told["all_products"] = false.into();
                told
            };
            o.serialize_entry("categories", &Each { number: outcome.categories.len(), of })?;
        }
        if let Some(moves) = moves(scenario, outcome) {
            o.serialize_entry("moves", &told_moves(scenario, outcome, &moves))?;
        }
        if let Some(finding) = Finding::of(scenario, outcome) {
            o.serialize_entry("verdict", &finding.json(scenario))?;
        }
        if !outcome.flips.is_empty() {
            o.serialize_entry("break_even", &outcome.flips.iter().map(break_even).collect::<Value>())?;
        }
        if let Some(terms) = &outcome.equal {
            o.serialize_entry("equal_terms", &Equal { scenario, terms })?;
        }
        o.end()
    }
}

/// Which products to move to another supply model, and what that comes to.
fn told_moves(scenario: &Scenario, outcome: &Outcome, moves: &Moves) -> Value {
    let figure = |e: &Estimate| {
        let mut o = Map::new();
        ends(&mut o, e, |v| v);
        Value::Object(o)
    };
    let list: Vec<Value> = moves
        .rows
        .iter()
        .map(|row| {
            let deal = row.best();
            json!({
                "product": scenario.products[row.product].sku,
                "verdict": row.verdict.name(),
                "to": outcome.models[deal.to],
                "class": format!("{}{}", row.class.0, row.class.1),
                "residual_income_gain": figure(&deal.gain),
                "probability_better": deal.better.map(number),
                "contribution_gain": figure(&deal.samples.contribution.estimate()),
                "capital_freed": figure(&deal.samples.freed.estimate()),
                "cumulative_gain": figure(&row.so_far.gain.estimate()),
                "cumulative_freed": figure(&row.so_far.freed.estimate()),
            })
        })
        .collect();
    let portfolio: Vec<Value> = portfolio(scenario, outcome, moves)
        .iter()
        .map(|p| {
            let way = |(name, e): (&str, &Option<Estimate>)| json!({ "supply": name, "figure": e.as_ref().map(figure) });
            let names = outcome.models.iter().map(String::as_str).chain([AS_LISTED]);
            json!({ "measure": p.name, "unit": p.unit.name(&scenario.currency), "ways": names.zip(&p.cells).map(way).collect::<Vec<_>>() })
        })
        .collect();
    json!({
        "from": outcome.models[0],
        "finding": finding(outcome, moves, &scenario.currency),
        "comparisons": moves.comparisons,
        "residual_income_gain_interval": "with a chance of 95 % the intervals of all comparisons hold at once",
        "products": list,
        "portfolio": portfolio,
    })
}

/// A list, each entry of which is made when it is written.
struct Each<F> {
    number: usize,
    of: F,
}

impl<F: Fn(usize) -> Value> Serialize for Each<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq((0..self.number).map(&self.of))
    }
}

/// One product, or all together without an index.
fn of_product(scenario: &Scenario, index: Option<usize>, product: &ProductOutcome) -> Value {
    let lost = |m: &ModelOutcome| -> Value {
        let Some(index) = index else { return Value::Null };
        let rows = lost_orders(scenario, index, m).into_iter();
        rows.map(|r| json!({ "customers": r.who, "orders": number(r.orders), "share_lost": number(r.share), "value": number(r.value) })).collect()
    };
    let models: Vec<Value> = product
        .models
        .iter()
        .map(
            |m| json!({ "name": m.name, "kpis": kpis(m, &scenario.currency), "lifetime_value_lost_by_delay": lost(m) }),
        )
        .collect();
    let differences: Vec<Value> = differences(product)
        .iter()
        .map(|d| {
            let mut o = Map::new();
            o.insert("kpi".into(), d.kpi.name().into());
            o.insert("model".into(), product.models[d.to].name.clone().into());
            o.insert("compared_with".into(), product.models[d.from].name.clone().into());
            o.insert("difference".into(), number(d.estimate.value));
            if let Some((a, b)) = d.estimate.interval() {
                o.insert("ci_low".into(), number(a));
                o.insert("ci_high".into(), number(b));
            }
            if let Some(p) = p_value(&d.estimate) {
                o.insert("p_value".into(), number(p));
            }
            if let Some(p) = d.to_is_better {
                o.insert("probability_better".into(), number(p));
            }
            Value::Object(o)
        })
        .collect();
    let mut out = json!({ "product": product.sku, "all_products": index.is_none(), "models": models, "differences": differences, "events": events(scenario, product) });
    if !product.changes.is_empty() {
        out["changes"] = changes(scenario, product);
    }
    let locations = locations(scenario, product);
    if !locations.is_empty() {
        out["locations"] = locations.into();
    }
    out
}

/// The figures of locations, where some supply others.
fn locations(scenario: &Scenario, product: &ProductOutcome) -> Vec<Value> {
    let figure = |f: &super::places::Figure<'_>| {
        let mut o = Map::new();
        o.insert("model".into(), product.models[f.model].name.clone().into());
        o.insert("location".into(), f.location.into());
        o.insert("measure".into(), f.measure.name().into());
        o.insert("unit".into(), f.measure.unit().name(&scenario.currency).into());
        ends(&mut o, &f.estimate, |v| v);
        Value::Object(o)
    };
    super::places::figures(scenario, product).iter().map(figure).collect()
}

/// The figures of markets of a product, or of all products.
fn markets(scenario: &Scenario, outcome: &Outcome, index: Option<usize>) -> Value {
    let figure = |f: &super::markets::Figure| {
        let mut o = Map::new();
        o.insert("market".into(), scenario.markets[f.market].name.clone().into());
        o.insert("model".into(), outcome.models[f.model].clone().into());
        if let Some(against) = f.against {
            o.insert("against".into(), outcome.models[against].clone().into());
        }
        o.insert("measure".into(), f.name().into());
        o.insert("unit".into(), f.measure.unit().name(&scenario.currency).into());
        ends(&mut o, &f.estimate, |v| if f.against.is_some() { v } else { f.measure.within(v) });
        Value::Object(o)
    };
    super::markets::figures(scenario, outcome, index).iter().map(figure).collect()
}

/// The models on equal terms, and the frontier of each. Estimates and their intervals: no replication ran with a stock
/// that was searched for, so there are no percentiles.
struct Equal<'a> {
    scenario: &'a Scenario,
    terms: &'a EqualTerms,
}

impl Serialize for Equal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Equal { scenario, terms } = *self;
        let (fill_rate, chance) = match terms.service {
            EqualService::FillRate(fill_rate) => (fill_rate, None),
            EqualService::Chance { fill_rate, chance } => (fill_rate, Some(chance)),
        };
        let mut o = serializer.serialize_map(None)?;
        o.serialize_entry("objective", OBJECTIVE.name())?;
        o.serialize_entry("fill_rate", &number(fill_rate))?;
        o.serialize_entry("chance_of_fill_rate", &chance)?;
        o.serialize_entry("replications", &terms.replications)?;
        o.serialize_entry("frontier_replications", &terms.frontier_replications)?;
        let of = |i: usize| equal(scenario, &terms.products[i]);
        o.serialize_entry("products", &Each { number: terms.products.len(), of })?;
        o.end()
    }
}

/// One product on equal terms.
fn equal(scenario: &Scenario, p: &EqualProduct) -> Value {
    let unit = |o: &mut Map<String, Value>, kpi: Kpi| {
        o.insert("unit".into(), kpi.unit().name(&scenario.currency).into());
        o.insert("denominator".into(), kpi.denominator().into());
    };
    let one = |kpi: Kpi, e: &Estimate| {
        let mut o = Map::new();
        estimate(&mut o, kpi, e);
        Value::Object(o)
    };
    let point = |p: &Point| {
        json!({
            "extra_days_of_demand": number(p.extra_days),
            "fill_rate": one(Kpi::FillRate, &p.fill_rate),
            "fill_rate_of_ordinary_days": one(Kpi::FillRate, &p.ordinary_fill_rate),
            "invested_capital": one(Kpi::InvestedCapital, &p.invested_capital),
            "safety_stock_capital": one(Kpi::SafetyStockCapital, &p.safety_stock_capital),
            OBJECTIVE.name(): one(OBJECTIVE, &p.value),
        })
    };
    let all = |of: &dyn Fn(Kpi) -> Option<Estimate>, remark: &dyn Fn(Kpi) -> Option<&'static str>, clamped: bool| {
        let each = Kpi::ALL.iter().filter_map(|kpi| {
            let e = of(*kpi)?;
            let mut o = Map::new();
            if clamped {
                estimate(&mut o, *kpi, &e);
            } else {
                ends(&mut o, &e, |x| x);
            }
            unit(&mut o, *kpi);
            if let Some(remark) = remark(*kpi) {
                o.insert("remark".into(), remark.into());
            }
            Some((kpi.name().to_owned(), Value::Object(o)))
        });
        Value::Object(each.collect())
    };
    let found = |f: &Found| {
        json!({
            "extra_days_of_demand": number(f.extra_days),
            "no_planner_would_hold_it": f.beyond_reason(),
            "kpis": all(&|kpi| f.estimates.estimate(kpi), &|kpi| f.estimates.remark(kpi), true),
        })
    };
    let service = |s: &AtService| {
        let mut o = found(&s.found);
        o["least_stock_tried"] = s.at_least.into();
        o["kpis_on_ordinary_days"] = all(&|kpi| s.ordinary.estimate(kpi), &|kpi| s.ordinary.remark(kpi), true);
        o["change_by_surges"] = all(&|kpi| s.change_by_surprises(kpi), &|_| None, false);
        o
    };
    let best = |b: &OwnBest| {
        let mut o = found(&b.least);
        o["best"] = json!({ "extra_days_of_demand": number(b.best_days), OBJECTIVE.name(): one(OBJECTIVE, &b.value) });
        o["indifferent"] = json!({
            "from_extra_days": number(b.indifferent.0),
            "to_extra_days": number(b.indifferent.1),
            "from_is_the_least_tried": b.at_least,
            "to_is_the_most_tried": b.at_most,
        });
        o
    };
    let model = |m: &ModelFrontier| {
        json!({
            "name": m.name,
            "at_own_best": best(&m.own_best),
            "at_equal_service": m.at_service.as_ref().map_or(Value::Null, service),
            "at_equal_capital": m.at_capital.as_ref().map_or(Value::Null, found),
            "frontier": m.frontier.iter().map(point).collect::<Vec<_>>(),
        })
    };
    json!({ "product": p.sku, "capital": number(p.capital), "has_surges": p.has_surprises, "models": p.models.iter().map(model).collect::<Vec<_>>() })
}

/// An estimate with its interval, which does not leave the KPI's range: what cannot be does not belong to it.
fn estimate(o: &mut Map<String, Value>, kpi: Kpi, e: &Estimate) {
    let (low, high) = kpi.range();
    ends(o, e, |x| x.clamp(low, high));
}

fn ends(o: &mut Map<String, Value>, e: &Estimate, within: impl Fn(f64) -> f64) {
    o.insert("estimate".into(), number(e.value));
    if let Some((a, b)) = e.interval() {
        o.insert("ci_low".into(), number(within(a)));
        o.insert("ci_high".into(), number(within(b)));
    }
}

/// What would flip the comparison of one model with the first.
fn break_even(f: &ModelFlips) -> Value {
    let lever = |flip: &Flip| {
        let mut o = Map::new();
        o.insert("lever".into(), flip.lever.name().into());
        o.insert("now".into(), number(flip.now));
        ends(&mut o, &flip.at, |v| v);
        o.insert("range".into(), json!([number(flip.range.0), number(flip.range.1)]));
        o.insert("distance_in_ranges".into(), number(flip.distance));
        o.insert("within_range".into(), flip.within_range().into());
        Value::Object(o)
    };
    let mut difference = Map::new();
    ends(&mut difference, &f.difference, |v| v);
    json!({
        "model": f.model, "compared_with": f.compared_with, "residual_income": difference,
        "levers": f.flips.iter().map(lever).collect::<Vec<_>>(),
        "at_no_value": f.never.iter().map(|l| l.name()).collect::<Vec<_>>(),
    })
}

/// The windows of dated events.
fn events(scenario: &Scenario, product: &ProductOutcome) -> Value {
    let event = |(i, w): (usize, &EventWindow)| {
        let measures = |m: &ModelOutcome| -> Value {
            let of = |measure: Measure| {
                let mut o = Map::new();
                let e = m.windows[i].estimate(measure)?;
                o.insert("estimate".into(), number(e.value));
                let (low, high) = measure.range();
                ends(&mut o, &e, |v| v.clamp(low, high));
                o.insert("unit".into(), measure.unit().name(&scenario.currency).into());
                Some((measure.name().to_owned(), Value::Object(o)))
            };
            Value::Object(Measure::ALL.into_iter().filter_map(of).collect())
        };
        let [first, last] = span(scenario, w).map(|d| d.to_string());
        let models: Vec<Value> =
            product.models.iter().map(|m| json!({ "name": m.name, "measures": measures(m) })).collect();
        json!({
            "name": w.name, "kind": w.kind.name(), "first": w.first.to_string(), "last": w.last.to_string(),
            "window": { "first": first, "last": last }, "models": models,
        })
    };
    product.windows.iter().enumerate().map(event).collect()
}

/// Capital and cash around the dates on which supply models change.
fn changes(scenario: &Scenario, product: &ProductOutcome) -> Value {
    let figure = |f: &Figure| {
        let mut o = Map::new();
        o.insert("model".into(), product.models[f.model].name.clone().into());
        if let Some(against) = f.against {
            o.insert("against".into(), product.models[against].name.clone().into());
        }
        if let Some((week, evening)) = f.evening {
            o.insert("week".into(), week.into());
            o.insert("evening".into(), evening.to_string().into());
        }
        o.insert("measure".into(), f.measure.name().into());
        o.insert("unit".into(), f.measure.unit().name(&scenario.currency).into());
        ends(&mut o, &f.estimate, |v| v);
        Value::Object(o)
    };
    let change = |(c, change): (usize, &Changeover)| {
        let figures: Vec<Value> = figures(scenario, product, c).iter().map(figure).collect();
        json!({ "on": change.on.to_string(), "figures": figures })
    };
    product.changes.iter().enumerate().map(change).collect()
}

fn number(v: f64) -> Value {
    serde_json::Number::from_f64(v).map_or(Value::Null, Value::Number)
}

fn kpis(m: &ModelOutcome, currency: &str) -> Value {
    let mut out = Map::new();
    for kpi in Kpi::ALL {
        let Some(s) = m.summary(*kpi) else { continue };
        let mut o = Map::new();
        estimate(&mut o, *kpi, &s.estimate);
        if let Some(p) = s.spread {
            for (name, v) in [("p5", p.p5), ("p25", p.p25), ("p50", p.p50), ("p75", p.p75), ("p95", p.p95)] {
                o.insert(name.into(), number(v));
            }
        }
        o.insert("unit".into(), kpi.unit().name(currency).into());
        o.insert("denominator".into(), kpi.denominator().into());
        o.insert("replications".into(), s.replications.into());
        if let Some(remark) = s.remark {
            o.insert("remark".into(), remark.into());
        }
        out.insert(kpi.name().into(), Value::Object(o));
    }
    Value::Object(out)
}

/// A line of `kpis.csv` and `kpis.parquet`.
pub(super) struct KpiLine<'a> {
    pub product: &'a str,
    pub model: &'a str,
    pub unit: String,
    /// The interval does not leave the range that the KPI can have.
    pub interval: Option<(f64, f64)>,
    pub summary: KpiSummary,
}

impl KpiLine<'_> {
    pub const COLUMNS: [&'static str; 14] = [
        "product",
        "model",
        "kpi",
        "unit",
        "estimate",
        "ci_low",
        "ci_high",
        "p5",
        "p25",
        "p50",
        "p75",
        "p95",
        "replications",
        "remark",
    ];

    /// From the estimate to the 95 % percentile.
    pub fn figures(&self) -> [Option<f64>; 8] {
        let s = &self.summary;
        let (low, high) = self.interval.unzip();
        let spread = s.spread.map(|p| [p.p5, p.p25, p.p50, p.p75, p.p95].map(Some)).unwrap_or_default();
        let [p5, p25, p50, p75, p95] = spread;
        [Some(s.estimate.value), low, high, p5, p25, p50, p75, p95]
    }

    fn cells(&self) -> Vec<String> {
        let s = &self.summary;
        let mut row = vec![self.product.to_owned(), self.model.to_owned(), s.kpi.name().to_owned(), self.unit.clone()];
        row.extend(self.figures().map(|v| v.map(|v| v.to_string()).unwrap_or_default()));
        row.extend([s.replications.to_string(), s.remark.unwrap_or_default().to_owned()]);
        row
    }
}

/// The KPIs of a product that can be computed, model by model.
pub(super) fn kpi_lines<'a>(scenario: &'a Scenario, product: &'a ProductOutcome) -> impl Iterator<Item = KpiLine<'a>> {
    let line = |m: &'a ModelOutcome, kpi: Kpi| {
        let summary = m.summary(kpi)?;
        let (low, high) = kpi.range();
        let interval = summary.estimate.interval().map(|(a, b)| (a.clamp(low, high), b.clamp(low, high)));
        Some(KpiLine {
            product: &product.sku,
            model: &m.name,
            unit: kpi.unit().name(&scenario.currency),
            interval,
            summary,
        })
    };
    product.models.iter().flat_map(move |m| Kpi::ALL.iter().filter_map(move |kpi| line(m, *kpi)))
}

/// The tidy table of `kpis.csv`, of one product.
pub(super) fn kpi_table_of(scenario: &Scenario, product: &ProductOutcome) -> Csv {
    let rows = kpi_lines(scenario, product).map(|line| line.cells()).collect();
    Csv { rows, ..Csv::new(&KpiLine::COLUMNS) }
}

/// The tidy table behind `kpis.csv` and `kpis.parquet`.
#[must_use]
pub fn kpi_table(scenario: &Scenario, outcome: &Outcome) -> Csv {
    let rows = tabled(outcome).flat_map(|product| kpi_table_of(scenario, product).rows).collect();
    Csv { rows, ..Csv::new(&KpiLine::COLUMNS) }
}
