//! Supply models at equal service: what safety stock costs then, and how service rises with capital.

use super::{
    BarRow, Bars, Body, ChartSpec, Colour, Csv, Format, LineMark, LinePanel, PointMark, Source, XAxis, cell, cells,
};
use crate::model::{Kpi, Unit};
use crate::report::format;
use crate::study::{ModelOutcome, Terms};

/// The capital that safety stock ties up where every model serves alike.
pub(super) fn safety_stock(s: &Source<'_>) -> ChartSpec {
    let currency = &s.scenario.currency;
    let target = format::share(s.outcome.equal.as_ref().map_or(0.0, |e| e.fill_rate));
    let found = s.outcome.on_terms(s.index, Terms::EqualService);
    let days = |i: usize| {
        let product = &s.outcome.equal.as_ref()?.products[s.index?];
        Some(product.models[i].at_service.as_ref()?.point.extra_days)
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
            "Planned safety stock at landed cost when every supply model has just enough of it for a fill rate of {target}; the same shoppers, factories and ships; {}{}",
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

fn title(s: &Source<'_>, found: &[Option<&ModelOutcome>], target: &str) -> String {
    let money = |m: &ModelOutcome| {
        format::money(m.estimate(Kpi::SafetyStockCapital).map_or(0.0, |e| e.value), &s.scenario.currency)
    };
    let Some(base) = found.first().copied().flatten() else {
        return format!("{} does not reach a fill rate of {target} with any stock", s.product.models[0].name);
    };
    let least = found[1..].iter().copied().flatten().min_by(|a, b| {
        let value = |m: &ModelOutcome| m.estimate(Kpi::SafetyStockCapital).map_or(0.0, |e| e.value);
        value(a).total_cmp(&value(b))
    });
    let Some(other) = least else {
        return format!("{} needs {} of safety stock for a fill rate of {target}", base.name, money(base));
    };
    match other.minus(base, Kpi::SafetyStockCapital).and_then(|d| d.interval()) {
        Some((low, high)) if low > 0.0 || high < 0.0 => {
            let (a, b) = if high < 0.0 { (other, base) } else { (base, other) };
            format!(
                "For a fill rate of {target}, {} needs {} of safety stock, {} {}",
                a.name,
                money(a),
                b.name,
                money(b)
            )
        }
        _ => format!(
            "For a fill rate of {target}, {} and {} show no difference in safety stock ({} and {})",
            other.name,
            base.name,
            money(other),
            money(base)
        ),
    }
}

/// Fill rate over invested capital, as stock is added and taken off. For one product: several have no common step.
pub(super) fn frontier(s: &Source<'_>) -> Option<ChartSpec> {
    let equal = s.outcome.equal.as_ref()?;
    let product = &equal.products[s.index?];
    let currency = &s.scenario.currency;
    let mut data = Csv::new(&[
        "model",
        "extra_days_of_demand",
        "invested_capital",
        "invested_ci_low",
        "invested_ci_high",
        "fill_rate",
        "fill_rate_ci_low",
        "fill_rate_ci_high",
    ]);
    // A few names fit beside their curves.
    let direct = product.models.len() <= 4 && product.models.iter().all(|m| m.name.len() <= 32);
    let axis = XAxis::Values {
        format: Format::Money(currency.clone()),
        title: format!("invested capital, {currency}, mean of days"),
    };
    let mut panel = LinePanel::new("", Colour::Ink, axis, Format::Share);
    let reach = |m: &crate::study::ModelFrontier| {
        m.at_service
            .as_ref()
            .map(|f| f.point.invested_capital.value)
            .into_iter()
            .chain(m.frontier.iter().find(|p| p.fill_rate.value >= 0.985).map(|p| p.invested_capital.value))
    };
    // Beyond where the last model is served well, curves only run on.
    let widest = product.models.iter().flat_map(reach).fold(0.0, f64::max) * 1.1;
    for (i, m) in product.models.iter().enumerate() {
        for p in &m.frontier {
            let [low, high] = cells(p.invested_capital.interval());
            let [fill_low, fill_high] = cells(p.fill_rate.interval());
            data.push(vec![
                m.name.clone(),
                cell(p.extra_days),
                cell(p.invested_capital.value),
                low,
                high,
                cell(p.fill_rate.value),
                fill_low,
                fill_high,
            ]);
        }
        let points = || m.frontier.iter().map(|p| (p.invested_capital.value, p.fill_rate.value));
        panel.lines.push(LineMark {
            points: points().filter(|p| widest == 0.0 || p.0 <= widest).collect(),
            colour: Colour::Model(i),
            dashed: false,
            label: String::new(),
        });
        if let Some(own) = m.frontier.iter().find(|p| p.extra_days == 0.0) {
            panel.points.push(PointMark {
                x: own.invested_capital.value,
                y: own.fill_rate.value,
                colour: Colour::Model(i),
                label: if direct { m.name.clone() } else { String::new() },
            });
        }
    }
    let xs = || panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.0));
    let ends = (xs().fold(f64::INFINITY, f64::min), xs().fold(0.0, f64::max));
    if ends.0 < ends.1 {
        panel.lines.push(LineMark {
            points: vec![(ends.0, equal.fill_rate), (ends.1, equal.fill_rate)],
            colour: Colour::Grey,
            dashed: true,
            label: String::new(),
        });
    }
    let lowest = panel.lines.iter().flat_map(|l| l.points.iter().map(|p| p.1)).fold(1.0, f64::min);
    (panel.y_min, panel.y_max) = (Some(((lowest * 10.0).floor() / 10.0).min(0.9)), Some(1.0));
    let title = title_of_frontier(s, product.capital);
    let empty = ends.0 >= ends.1;
    Some(ChartSpec {
        name: "service-capital-frontier".into(),
        alt: format!("Lines of fill rate over invested capital, one a supply model. {title}."),
        title,
        subtitle: format!(
            "Fill rate against mean invested capital as safety stock is added or taken off, the same days of demand at every location; dots: the scenario's own policies; dashed: {}; {}{}",
            format::share(equal.fill_rate),
            s.of(),
            s.window()
        ),
        footer: s.footer(&format!("{} replications a point", format::count(f64::from(equal.replications)))),
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

fn title_of_frontier(s: &Source<'_>, capital: f64) -> String {
    let budget = format::money(capital, &s.scenario.currency);
    let found = s.outcome.on_terms(s.index, Terms::EqualCapital);
    let models: Vec<&ModelOutcome> = found.iter().map(Option::as_deref).collect::<Option<_>>().unwrap_or_default();
    let fill = |i: usize| format::share(models[i].estimate(Kpi::FillRate).map_or(0.0, |e| e.value));
    if models.is_empty() {
        return format!("Not every supply model can run on the {budget} that {} ties up", s.product.models[0].name);
    }
    match s.best(&models, Kpi::FillRate) {
        None => format!("{} serves {} of units from stock with {budget}", models[0].name, fill(0)),
        Some((i, gain, true)) => {
            let (a, b) = if gain > 0.0 { (i, 0) } else { (0, i) };
            format!(
                "With {budget} invested at most, {} serves {} of units from stock, {} {}",
                models[a].name,
                fill(a),
                models[b].name,
                fill(b)
            )
        }
        Some((i, ..)) => format!(
            "With {budget} invested at most, {} and {} show no difference in service ({} and {})",
            models[i].name,
            models[0].name,
            fill(i),
            fill(0)
        ),
    }
}
