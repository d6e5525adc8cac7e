//! `summary.json` and `kpis.csv`.

use super::chart::Csv;
use super::events::span;
use super::{lost_orders, products};
use crate::model::{EqualService, Kpi, Scenario};
use crate::sim::EventWindow;
use crate::stats::interval::{Estimate, p_value};
use crate::study::{
    AtService, EqualProduct, EqualTerms, Flip, Found, Measure, ModelFlips, ModelFrontier, ModelOutcome, OBJECTIVE,
    Outcome, OwnBest, Point, ProductOutcome, differences,
};
use serde_json::{Map, Value, json};

/// Version of the layout of `summary.json`: raised when a reader must change.
const FORMAT: u32 = 2;

/// `summary.json`: every KPI by product and model, and the paired differences. A KPI that cannot be
/// computed is absent.
#[must_use]
pub fn summary(scenario: &Scenario, outcome: &Outcome) -> Value {
    let products: Vec<Value> = products(outcome)
        .iter()
        .map(|(index, product)| {
            let lost = |m: &ModelOutcome| -> Value {
                if index.is_none() {
                    return Value::Null;
                }
                let rows = lost_orders(scenario, m).into_iter();
                rows.map(|r| json!({ "customers": r.who, "orders": number(r.orders), "share_lost": number(r.share), "value": number(r.value) })).collect()
            };
            let models: Vec<Value> = product
                .models
                .iter()
                .map(|m| json!({ "name": m.name, "kpis": kpis(m, &scenario.currency), "lifetime_value_lost_by_delay": lost(m) }))
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
            json!({ "product": product.sku, "all_products": index.is_none(), "models": models, "differences": differences, "events": events(scenario, product) })
        })
        .collect();
    let h = &scenario.horizon;
    let mut out = json!({
        "format": FORMAT,
        "scenario": scenario.name,
        "overrides": scenario.origin.overrides,
        "run": scenario.origin.run,
        "currency": scenario.currency,
        "window": { "first": h.start.to_string(), "last": h.start.plus(h.days as i32 - 1).to_string(), "days": h.days, "warmup_days": h.warmup_days },
        "seed": outcome.seed,
        "replications": outcome.replications,
        "precision_met": outcome.precision_met,
        "interval": "95 % confidence interval of the estimate, within the range that the KPI can have; p5 to p95 are percentiles over replications",
        "products": products,
    });
    if let (false, Some(object)) = (outcome.flips.is_empty(), out.as_object_mut()) {
        object.insert("break_even".into(), outcome.flips.iter().map(break_even).collect());
    }
    if let (Some(terms), Some(object)) = (&outcome.equal, out.as_object_mut()) {
        object.insert("equal_terms".into(), equal(scenario, terms));
    }
    out
}

/// The models on equal terms, and the frontier of each. Estimates and their intervals: no replication ran with a stock
/// that was searched for, so there are no percentiles.
fn equal(scenario: &Scenario, terms: &EqualTerms) -> Value {
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
    let product = |p: &EqualProduct| json!({ "product": p.sku, "capital": number(p.capital), "has_surges": p.has_surprises, "models": p.models.iter().map(model).collect::<Vec<_>>() });
    let (fill_rate, chance) = match terms.service {
        EqualService::FillRate(fill_rate) => (fill_rate, None),
        EqualService::Chance { fill_rate, chance } => (fill_rate, Some(chance)),
    };
    json!({
        "objective": OBJECTIVE.name(),
        "fill_rate": number(fill_rate),
        "chance_of_fill_rate": chance,
        "replications": terms.replications,
        "frontier_replications": terms.frontier_replications,
        "products": terms.products.iter().map(product).collect::<Vec<_>>(),
    })
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

/// The tidy table behind `kpis.csv` and `kpis.parquet`.
#[must_use]
pub fn kpi_table(scenario: &Scenario, outcome: &Outcome) -> Csv {
    let mut table = Csv::new(&[
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
    ]);
    for (_, product) in products(outcome) {
        for m in &product.models {
            for kpi in Kpi::ALL {
                let Some(s) = m.summary(*kpi) else { continue };
                let optional = |v: Option<f64>| v.map(|v| v.to_string()).unwrap_or_default();
                let (low, high) = kpi.range();
                let interval = s.estimate.interval().map(|(a, b)| (a.clamp(low, high), b.clamp(low, high)));
                let mut row = vec![
                    product.sku.clone(),
                    m.name.clone(),
                    kpi.name().into(),
                    kpi.unit().name(&scenario.currency),
                    s.estimate.value.to_string(),
                ];
                row.extend([optional(interval.map(|i| i.0)), optional(interval.map(|i| i.1))]);
                row.extend(
                    [
                        s.spread.map(|p| p.p5),
                        s.spread.map(|p| p.p25),
                        s.spread.map(|p| p.p50),
                        s.spread.map(|p| p.p75),
                        s.spread.map(|p| p.p95),
                    ]
                    .map(optional),
                );
                row.push(s.replications.to_string());
                row.push(s.remark.unwrap_or_default().to_owned());
                table.push(row);
            }
        }
    }
    table
}
