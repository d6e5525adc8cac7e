//! Supply models on equal terms: what each earns at its own best, what safety stock costs at equal service, and how
//! service rises with capital.

use super::{
    BarRow, Bars, Body, ChartSpec, Colour, Csv, Format, LineMark, LinePanel, PointMark, Source, XAxis, cell, cells,
};
use crate::model::{EqualService, Kpi, Unit};
use crate::report::{format, terms};
use crate::stats::interval::Estimate;
use crate::study::{EqualTerms, Estimates, OBJECTIVE, Terms};

/// What each model earns with the stock that is best for itself.
pub(super) fn own_best(s: &Source<'_>, equal: &EqualTerms) -> ChartSpec {
    let currency = &s.scenario.currency;
    let found = equal.estimates(s.index, Terms::OwnBest);
    let found: Vec<&Estimates> = found.iter().flatten().map(AsRef::as_ref).collect();
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
    let of = |i: usize, kpi: Kpi| found[i].estimate(kpi).unwrap_or(nothing);
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
        let stock = best.map_or(String::new(), |b| format!("{:+.0} days of demand; ", b.least.extra_days));
        rows.push(BarRow {
            label: m.name.clone(),
            note: format!("{stock}invested {}", format::money(invested.value, currency)),
            segments: vec![(earned.value, Colour::Model(i), String::new())],
            whisker: earned.interval().filter(|_| earned.standard_error != Some(0.0)),
            value: s.written(&earned, Unit::Money),
        });
    }
    let what = OBJECTIVE.label().to_lowercase();
    let title = match gain(&found, OBJECTIVE) {
        None => format!("At its own best, {} has a {what} of {}", s.product.models[0].name, rows[0].value),
        Some((i, by, true)) => format!(
            "With the stock that is best for itself, {} has {} {} {what} than {}",
            s.product.models[i].name,
            format::money(by.abs(), currency),
            if by > 0.0 { "more" } else { "less" },
            s.product.models[0].name
        ),
        Some((i, ..)) => format!(
            "With the stock that is best for each, {} and {} show no difference in {what}",
            s.product.models[i].name, s.product.models[0].name
        ),
    };
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
            Body::Words("Nothing to draw: no supply model earns anything.".into())
        } else {
            Body::Bars(Bars { rows, format: Format::Money(currency.clone()), axis: currency.clone() })
        },
        data,
    }
}

/// The model that has most of a KPI besides the first, by how much, and whether the interval of the difference excludes 0.
fn gain(models: &[&Estimates], kpi: Kpi) -> Option<(usize, f64, bool)> {
    let value = |i: usize| models[i].estimate(kpi).map_or(f64::MIN, |e| e.value);
    let best = (1..models.len()).max_by(|a, b| value(*a).total_cmp(&value(*b)))?;
    let difference = models[best].minus(models[0], kpi)?;
    let shown = difference.interval().is_some_and(|(low, high)| low > 0.0 || high < 0.0);
    Some((best, difference.value, shown))
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
    let title = title(s, &found.iter().map(Option::as_deref).collect::<Vec<_>>(), &target);
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
            Body::Words(format!(
                "Nothing to draw: no supply model needs safety stock for {target}, or none gets there."
            ))
        } else {
            Body::Bars(Bars { rows, format: Format::Money(currency.clone()), axis: currency.clone() })
        },
        data,
    }
}

fn title(s: &Source<'_>, found: &[Option<&Estimates>], target: &str) -> String {
    let name = |i: usize| &s.product.models[i].name;
    let value = |m: &Estimates| m.estimate(Kpi::SafetyStockCapital).map_or(0.0, |e| e.value);
    let money = |m: &Estimates| format::money(value(m), &s.scenario.currency);
    let Some(base) = found.first().copied().flatten() else {
        return format!("{} does not reach {target} with any stock", name(0));
    };
    let others = found.iter().enumerate().skip(1).filter_map(|(i, m)| Some((i, (*m)?)));
    let Some((i, other)) = others.min_by(|a, b| value(a.1).total_cmp(&value(b.1))) else {
        return format!("{} needs {} of safety stock for {target}", name(0), money(base));
    };
    match other.minus(base, Kpi::SafetyStockCapital).and_then(|d| d.interval()) {
        Some((low, high)) if low > 0.0 || high < 0.0 => {
            let ((i, a), (j, b)) = if high < 0.0 { ((i, other), (0, base)) } else { ((0, base), (i, other)) };
            format!("For {target}, {} needs {} of safety stock, {} {}", name(i), money(a), name(j), money(b))
        }
        _ => format!(
            "For {target}, {} and {} show no difference in safety stock ({} and {})",
            name(i),
            name(0),
            money(other),
            money(base)
        ),
    }
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
    let reach = |m: &crate::study::ModelFrontier| {
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
    let xs = || panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.0));
    let ends = (xs().fold(f64::INFINITY, f64::min), xs().fold(0.0, f64::max));
    let target = match equal.service {
        EqualService::FillRate(target) | EqualService::Chance { fill_rate: target, .. } => target,
    };
    if ends.0 < ends.1 {
        panel.lines.push(LineMark {
            points: vec![(ends.0, target), (ends.1, target)],
            colour: Colour::Grey,
            dashed: true,
            label: String::new(),
        });
    }
    let lowest = panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.1)).fold(1.0, f64::min);
    (panel.y_min, panel.y_max) = (Some(((lowest * 10.0).floor() / 10.0).min(0.9)), Some(1.0));
    let title = title_of_frontier(s, equal, product.capital);
    let empty = ends.0 >= ends.1;
    Some(ChartSpec {
        name: "service-capital-frontier".into(),
        alt: format!("Lines of fill rate over invested capital, one a supply model. {title}."),
        title,
        subtitle: format!(
            "Fill rate{} against mean invested capital as safety stock is added or taken off, the same days of demand at every location; dots: the scenario's own policies; dashed: {}; {}{}",
            if product.has_surprises { " of ordinary days" } else { "" },
            format::share(target),
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
            Body::Words("Nothing to draw: capital does not change with the stock that is added.".into())
        } else {
            Body::Lines { panels: vec![panel], columns: 1 }
        },
        data,
    })
}

fn title_of_frontier(s: &Source<'_>, equal: &EqualTerms, capital: f64) -> String {
    let budget = format::money(capital, &s.scenario.currency);
    let name = |i: usize| &s.product.models[i].name;
    let found = equal.estimates(s.index, Terms::EqualCapital);
    let Some(models) = found.iter().map(Option::as_deref).collect::<Option<Vec<&Estimates>>>() else {
        return format!("Not every supply model can run on the {budget} that {} ties up", name(0));
    };
    let fill = |i: usize| format::share(models[i].estimate(Kpi::FillRate).map_or(0.0, |e| e.value));
    match gain(&models, Kpi::FillRate) {
        None => format!("{} serves {} of units from stock with {budget}", name(0), fill(0)),
        Some((i, gain, true)) => {
            let (a, b) = if gain > 0.0 { (i, 0) } else { (0, i) };
            format!(
                "With {budget} invested, {} serves {} of units from stock, {} {}",
                name(a),
                fill(a),
                name(b),
                fill(b)
            )
        }
        Some((i, ..)) => format!(
            "With {budget} invested, {} and {} show no difference in service ({} and {})",
            name(i),
            name(0),
            fill(i),
            fill(0)
        ),
    }
}
