//! Supply models on equal terms: what each earns at its own best, what safety stock costs at equal service, and how
//! service rises with capital.

use super::words::{self, Field, Measure};
use super::{
    BarRow, Body, ChartSpec, Colour, Csv, Format, LevelMark, LineMark, LinePanel, PointMark, Source, XAxis, cell,
    cells, sentence,
};
use crate::{Finding, format, terms};
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{EqualService, Kpi, Unit};
use restock_kernel::study::{EqualTerms, Estimates, OBJECTIVE, Point, Terms};

/// What each model earns with the stock that is best for itself.
pub(super) fn own_best(s: &Source<'_>, equal: &EqualTerms) -> ChartSpec {
    let currency = &s.scenario.currency;
    let found = equal.estimates(s.index, Terms::OwnBest);
    let found: Vec<Option<&Estimates>> = found.iter().map(Option::as_deref).collect();
    let name = OBJECTIVE.name();
    let mut data = Csv::new(&[
        "model",
        name,
        "ci_low",
        "ci_high",
        "invested_capital",
        "invested_ci_low",
        "invested_ci_high",
        "extra_days_of_demand",
        "indifferent_from_days",
        "indifferent_to_days",
    ]);
    let nothing = Estimate::new(0.0, None);
    let of = |i: usize, kpi: Kpi| found[i].and_then(|e| e.estimate(kpi)).unwrap_or(nothing);
    let mut rows = Vec::new();
    for (i, m) in s.product.models.iter().enumerate() {
        let best = s.index.map(|p| &equal.products[p].models[i].own_best);
        let (earned, invested) = (of(i, OBJECTIVE), of(i, Kpi::InvestedCapital));
        let [low, high] = cells(earned.interval());
        let [invested_low, invested_high] = cells(invested.interval());
        let days = best
            .map_or([const { String::new() }; 3], |b| [b.least.extra_days, b.indifferent.0, b.indifferent.1].map(cell));
        let mut row = vec![m.name.clone(), cell(earned.value), low, high];
        row.extend([cell(invested.value), invested_low, invested_high]);
        row.extend(days);
        data.push(row);
        let stock = best.map_or(String::new(), |b| format!("{} days of demand; ", format::more(b.least.extra_days)));
        rows.push(BarRow {
            label: m.name.clone(),
            note: format!("{stock}invested {}", format::money(invested.value, currency)),
            segments: vec![(earned.value, Colour::Model(i), String::new())],
            whisker: earned.interval().filter(|_| earned.standard_error != Some(0.0)),
            value: s.written(&earned, Unit::Money),
        });
    }
    let title = verdict(s, &mut rows).unwrap_or_else(|| at_best(s, &found));
    ChartSpec {
        name: "own-best".into(),
        alt: format!("Bar chart. {title}."),
        title,
        subtitle: format!(
            "{} where each supply model has the least stock that earns hardly less than its best; the same shoppers, factories and ships; {}{}",
            OBJECTIVE.label(),
            s.of(),
            s.window()
        ),
        footer: s.footer("whiskers and brackets: 95 % confidence interval, the search for the stock included"),
        legend: Vec::new(),
        body: if rows.iter().all(|r| r.segments[0].0 == 0.0) {
            Body::Words("no supply model earns anything".into())
        } else {
            Body::bars(rows, Format::Money(currency.clone()), currency.as_str())
        },
        data,
    }
}

/// Characters of a title that fit its two lines.
const TWO_LINES: usize = 120;

/// The verdict of the run as a title, where one model is best and all products are meant: its figure is told inside the bar of the best.
fn verdict(s: &Source<'_>, rows: &mut [BarRow]) -> Option<String> {
    let finding = Finding::of(s.scenario, s.outcome)?;
    let all = s.index.is_none() || s.outcome.products.len() == 1;
    let ([best], Some(next), Some(by), true) =
        (finding.best.as_slice(), finding.next, finding.by, all && finding.at_own_best)
    else {
        return None;
    };
    let names = [*best, next].map(|m| words::name(&s.scenario.models[m].name));
    let by = s.figure(&by, Unit::Money);
    let title =
        format!("Take {}: it earns {by} more residual income than {}, each at its own best", names[0], names[1]);
    if title.chars().count() > TWO_LINES {
        return None;
    }
    let row = rows.get_mut(*best)?;
    // Inside its bar, which is the longest.
    row.segments[0].2 = format!("{by} ahead");
    Some(title)
}

fn at_best(s: &Source<'_>, found: &[Option<&Estimates>]) -> String {
    let measure = Measure::higher(OBJECTIVE, "residual income");
    words::finding_where("with the stock that is best for each", s, &Field::found(s, found, OBJECTIVE), &measure)
}

/// The capital that safety stock ties up where every model serves alike.
pub(super) fn safety_stock(s: &Source<'_>, equal: &EqualTerms) -> ChartSpec {
    let currency = &s.scenario.currency;
    let target = terms::service(equal.service, equal.products.iter().any(|p| p.has_surprises));
    let found = equal.estimates(s.index, Terms::EqualService);
    let days = |i: usize| {
        let product = &equal.products[s.index?];
        Some(product.models[i].at_service.as_ref()?.found.extra_days)
    };
    let mut data = Csv::new(&[
        "model",
        "safety_stock_capital",
        "ci_low",
        "ci_high",
        "invested_capital",
        "invested_ci_low",
        "invested_ci_high",
        "extra_days_of_demand",
    ]);
    let mut rows = Vec::new();
    for (i, m) in s.product.models.iter().enumerate() {
        let of = |kpi| found[i].as_ref().and_then(|o| o.estimate(kpi));
        let (Some(stock), Some(invested)) = (of(Kpi::SafetyStockCapital), of(Kpi::InvestedCapital)) else {
            rows.push(BarRow {
                label: m.name.clone(),
                note: "Not reached".into(),
                segments: vec![(0.0, Colour::Model(i), String::new())],
                whisker: None,
                value: "no stock within reach of the search gets there".into(),
            });
            continue;
        };
        let [low, high] = cells(stock.interval());
        let [invested_low, invested_high] = cells(invested.interval());
        let extra = days(i).map_or(String::new(), cell);
        data.push(vec![
            m.name.clone(),
            cell(stock.value),
            low,
            high,
            cell(invested.value),
            invested_low,
            invested_high,
            extra,
        ]);
        let change = days(i).map_or(String::new(), |d| format!("{d:+.0} days of demand; "));
        rows.push(BarRow {
            label: m.name.clone(),
            note: format!("{change}invested {}", format::money(invested.value, currency)),
            segments: vec![(stock.value, Colour::Model(i), String::new())],
            whisker: stock.interval().filter(|_| stock.standard_error != Some(0.0)).map(|(a, b)| (a.max(0.0), b)),
            value: s.written(&stock, Unit::Money),
        });
    }
    let none = rows.iter().all(|r| r.segments[0].0 == 0.0);
    let found: Vec<Option<&Estimates>> = found.iter().map(Option::as_deref).collect();
    let title = at_service(s, &found, &target, &Measure::lower(Kpi::SafetyStockCapital, "safety stock", "least"));
    ChartSpec {
        name: "safety-stock-equal-service".into(),
        alt: format!("Bar chart. {title}."),
        title,
        subtitle: format!(
            "Planned safety stock at landed cost when every supply model has just enough of it for {target}; the same shoppers, factories and ships; {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("whiskers and brackets: 95 % confidence interval, the search for the stock included"),
        legend: Vec::new(),
        body: if none {
            Body::Words(if found.iter().any(Option::is_some) {
                format!("no supply model needs safety stock for {target}")
            } else {
                format!("no supply model gets to {target} with any stock that was tried")
            })
        } else {
            Body::bars(rows, Format::Money(currency.clone()), format!("{currency} of safety stock for {target}"))
        },
        data,
    }
}

/// The models that get there compared at equal service.
fn at_service(s: &Source<'_>, found: &[Option<&Estimates>], target: &str, m: &Measure) -> String {
    if found[0].is_none() {
        return sentence(&format!(
            "{} does not get to {target} with any stock",
            words::name(&s.product.models[0].name)
        ));
    }
    words::finding_where(&format!("for {target}"), s, &Field::found(s, found, m.kpi), m)
}

/// Fill rate over invested capital, as stock is added and taken off. For one product: several have no common step.
pub(super) fn frontier(s: &Source<'_>, equal: &EqualTerms) -> Option<ChartSpec> {
    let product = &equal.products[s.index?];
    let currency = &s.scenario.currency;
    let mut data = Csv::new(&[
        "model",
        "extra_days_of_demand",
        "invested_capital",
        "invested_ci_low",
        "invested_ci_high",
        "fill_rate_of_ordinary_days",
        "fill_rate_ci_low",
        "fill_rate_ci_high",
        "fill_rate",
        OBJECTIVE.name(),
    ]);
    // A few names fit beside their curves.
    let direct = product.models.len() <= 4 && product.models.iter().all(|m| m.name.len() <= 32);
    let axis = XAxis::Values {
        format: Format::Money(currency.clone()),
        title: format!("invested capital, {currency}, mean of days"),
    };
    let mut panel = LinePanel::new("", Colour::Ink, axis, Format::Share);
    let reach = |m: &restock_kernel::study::ModelFrontier| {
        let capital = |terms| m.found(terms)?.estimates.estimate(Kpi::InvestedCapital).map(|e| e.value);
        let served = m.frontier.iter().find(|p| p.ordinary_fill_rate.value >= 0.985);
        [capital(Terms::OwnBest), capital(Terms::EqualService), served.map(|p| p.invested_capital.value)]
            .into_iter()
            .flatten()
    };
    // Beyond where the last model is served well, curves only run on.
    let widest = product.models.iter().flat_map(reach).fold(0.0, f64::max) * 1.1;
    for (i, m) in product.models.iter().enumerate() {
        for p in &m.frontier {
            let [low, high] = cells(p.invested_capital.interval());
            let [fill_low, fill_high] = cells(p.ordinary_fill_rate.interval());
            data.push(vec![
                m.name.clone(),
                cell(p.extra_days),
                cell(p.invested_capital.value),
                low,
                high,
                cell(p.ordinary_fill_rate.value),
                fill_low,
                fill_high,
                cell(p.fill_rate.value),
                cell(p.value.value),
            ]);
        }
        let points = || m.frontier.iter().map(|p| (p.invested_capital.value, p.ordinary_fill_rate.value));
        panel.lines.push(LineMark {
            points: points().filter(|p| widest == 0.0 || p.0 <= widest).collect(),
            colour: Colour::Model(i),
            dashed: false,
            label: String::new(),
        });
        if let Some(own) = m.frontier.iter().find(|p| p.extra_days == 0.0) {
            panel.points.push(PointMark {
                x: own.invested_capital.value,
                y: own.ordinary_fill_rate.value,
                colour: Colour::Model(i),
                label: if direct { m.name.clone() } else { String::new() },
            });
        }
    }
    let found = equal.estimates(s.index, Terms::EqualService);
    let found: Vec<Option<&Estimates>> = found.iter().map(Option::as_deref).collect();
    for (i, (m, estimates)) in product.models.iter().zip(&found).enumerate() {
        // The dot of the target stands on the curve, at the stock that was found.
        let at = m.found(Terms::EqualService).and_then(|f| fill_at(&m.frontier, f.extra_days));
        let (Some(y), Some(capital)) = (at, estimates.and_then(|e| e.estimate(Kpi::InvestedCapital))) else { continue };
        let label = s.figure(&capital, Unit::Money);
        panel.points.push(PointMark { x: capital.value, y, colour: Colour::Model(i), label });
    }
    let xs = || panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.0));
    let ends = (xs().fold(f64::INFINITY, f64::min), xs().fold(0.0, f64::max));
    let target = match equal.service {
        EqualService::FillRate(target) | EqualService::Chance { fill_rate: target, .. } => target,
    };
    let asked = terms::service(equal.service, product.has_surprises);
    panel.levels.push(LevelMark { y: target, colour: Colour::Grey, label: asked.clone() });
    let lowest = panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.1)).fold(1.0, f64::min);
    (panel.y_min, panel.y_max) = (Some(((lowest * 10.0).floor() / 10.0).min(0.9)), Some(1.0));
    let title = at_service(s, &found, &asked, &Measure::lower(Kpi::InvestedCapital, "capital tied up", "least").one());
    let empty = ends.0 >= ends.1;
    Some(ChartSpec {
        name: "service-capital-frontier".into(),
        alt: format!("Lines of fill rate over invested capital, one a supply model. {title}."),
        title,
        subtitle: format!(
            "Fill rate{} against mean invested capital as safety stock is added or taken off, the same days of demand at every location; dots with names: the scenario's own policies; dots with capital: at the service asked for; {}{}",
            if product.has_surprises { " of ordinary days" } else { "" },
            s.of(),
            s.window()
        ),
        footer: s.footer(&format!("{} replications a point", format::count(f64::from(equal.frontier_replications)))),
        legend: if direct {
            Vec::new()
        } else {
            product.models.iter().enumerate().map(|(i, m)| (m.name.clone(), Colour::Model(i))).collect()
        },
        body: if empty {
            Body::Words("capital does not change with the stock that is added".into())
        } else {
            Body::Lines { panels: vec![panel], columns: 1 }
        },
        data,
    })
}

/// Fill rate of ordinary days with so much stock added, between the points that were run.
fn fill_at(frontier: &[Point], extra_days: f64) -> Option<f64> {
    let pairs = frontier.windows(2);
    let around = pairs.into_iter().find(|w| w[0].extra_days <= extra_days && extra_days <= w[1].extra_days)?;
    let [a, b] = around else { return None };
    let part = (extra_days - a.extra_days) / (b.extra_days - a.extra_days);
    Some(a.ordinary_fill_rate.value + part * (b.ordinary_fill_rate.value - a.ordinary_fill_rate.value))
}
