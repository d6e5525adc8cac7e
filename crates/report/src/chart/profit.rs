//! What an order costs, what a switch of supply model changes, and how contribution is spread.

use super::words::{self, Field, Measure};
use super::{
    BandMark, Body, ChartSpec, Colour, Csv, EventMark, Format, LinePanel, Reading, Source, Step, WaterfallPanel, XAxis,
    cell, cells,
};
use crate::format::{self, Digits};
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Kpi, Unit};
use restock_kernel::study::{ModelOutcome, quantile};
use std::collections::BTreeSet;
use std::ops::Range;

/// Supply models side by side in a waterfall.
const SIDE_BY_SIDE: usize = 3;

/// Models shown side by side: the first, and the best of the others, in the order of the scenario.
fn side_by_side(s: &Source<'_>, m: &Measure) -> Vec<usize> {
    let field = Field::own(s, m.kpi);
    // Where no model is told apart the title says how far they reach.
    if let Some(r) = field.rank(m).filter(|r| r.rest.is_empty() && r.lead.len() > SIDE_BY_SIDE) {
        let ends: BTreeSet<usize> =
            [Some(0), r.lead.first().copied(), r.lead.last().copied()].into_iter().flatten().collect();
        return ends.into_iter().collect();
    }
    let value = |i: &usize| field.estimates[*i].map_or(f64::INFINITY, |e| if m.higher { -e.value } else { e.value });
    let mut order: Vec<usize> = (1..field.estimates.len()).collect();
    order.sort_by(|a, b| value(a).total_cmp(&value(b)));
    let mut shown: Vec<usize> = std::iter::once(0).chain(order).take(SIDE_BY_SIDE).collect();
    shown.sort_unstable();
    shown
}

/// Lines worth a row of their own: those that reach `share` of the largest in some model.
fn worth_a_row(values: &[Vec<f64>], share: f64) -> Vec<usize> {
    let largest = values.iter().flatten().map(|v| v.abs()).fold(0.0, f64::max);
    let lines = values.first().map_or(0, Vec::len);
    (0..lines).filter(|k| largest > 0.0 && values.iter().any(|v| v[*k].abs() >= share * largest)).collect()
}

/// Rows of a waterfall with their labels and colours, and the sum that they lead to.
type Stretch = (Vec<(String, f64, Colour)>, Step);

/// Steps from 0 through the rows of each stretch to its sum, and on from there.
fn steps(stretches: &[Stretch], write: &dyn Fn(f64) -> String) -> Vec<Step> {
    let mut at = 0.0;
    let mut out = Vec::new();
    for (rows, sum) in stretches {
        out.extend(rows.iter().map(|(label, value, colour)| {
            let from = at;
            at += value;
            Step { label: label.clone(), from, to: at, colour: *colour, whisker: None, text: write(*value) }
        }));
        out.push(sum.clone());
        at = sum.to;
    }
    out
}

/// A sum, from 0, with its interval.
fn total_step(label: &str, e: &Estimate, colour: Colour, text: String) -> Step {
    let whisker = e.interval().filter(|_| e.standard_error != Some(0.0));
    Step { label: label.into(), from: 0.0, to: e.value, colour, whisker, text }
}

/// The cost of a shipped order, line by line: landed on the shelf, then to serve.
pub(super) fn landed_cost(s: &Source<'_>) -> ChartSpec {
    let currency = &s.scenario.currency;
    let mut data = Csv::new(&["model", "line", "cost_per_order", "ci_low", "ci_high"]);
    let models = &s.product.models;
    let measure = Measure::lower(Kpi::CostOfOrder, "cost of an order", "lowest").one();
    let shown: Vec<(usize, &ModelOutcome)> = side_by_side(s, &measure).into_iter().map(|i| (i, &models[i])).collect();
    for m in models {
        for kpi in Kpi::COST_LINES.into_iter().chain([Kpi::LandedCost, Kpi::CostToServe, Kpi::CostOfOrder]) {
            if let Some(e) = m.estimate(kpi) {
                let [low, high] = cells(e.interval());
                data.push(vec![m.name.clone(), kpi.name().into(), cell(e.value), low, high]);
            }
        }
    }
    let values: Vec<Vec<f64>> = shown
        .iter()
        .map(|(_, m)| Kpi::COST_LINES.iter().map(|k| m.estimate(*k).map_or(0.0, |e| e.value)).collect())
        .collect();
    let rows = worth_a_row(&values, 0.012);
    let write = |v: f64| format::amount(v, currency);
    let (split, end) = (Kpi::LANDED_LINES.len(), Kpi::COST_LINES.len());
    // What has no row of its own has one in all panels or in none: they share their labels.
    let rest = |of: &Range<usize>, values: &[f64]| -> f64 {
        of.clone().filter(|k| !rows.contains(k)).map(|k| values[k]).sum()
    };
    let any_rest = |of: &Range<usize>| values.iter().any(|v| rest(of, v).abs() > 1e-9);
    let panels: Vec<WaterfallPanel> = shown
        .iter()
        .zip(&values)
        .filter_map(|((i, m), values)| {
            let i = *i;
            let (landed, total) = (m.estimate(Kpi::LandedCost)?, m.estimate(Kpi::CostOfOrder)?);
            let colour = Colour::ModelTint(i);
            let lines = |of: Range<usize>, others: &str| {
                let named = rows.iter().filter(|k| of.contains(k));
                let mut out: Vec<_> =
                    named.map(|k| (Kpi::COST_LINES[*k].label().to_owned(), values[*k], colour)).collect();
                out.extend(any_rest(&of).then(|| (others.to_owned(), rest(&of, values), colour)));
                out
            };
            let on_shelf = lines(0..split, "Other landed cost");
            let served = lines(split..end, "Everything else");
            let sum =
                |label: &str, e: &Estimate| total_step(label, e, Colour::Model(i), s.figure(e, Unit::MoneyPerOrder));
            Some(WaterfallPanel {
                title: m.name.clone(),
                colour: Colour::Model(i),
                format: Format::Money(currency.clone()),
                steps: steps(
                    &[
                        (on_shelf, sum(Kpi::LandedCost.label(), &landed)),
                        (served, sum(Kpi::CostOfOrder.label(), &total)),
                    ],
                    &write,
                ),
            })
        })
        .collect();
    let title = s.finding(&measure);
    let left_out = match models.len() - shown.len() {
        0 => String::new(),
        n => format!(" ({} in the data file)", format::counted(n, "further model")),
    };
    ChartSpec {
        name: "landed-cost".into(),
        alt: format!("Waterfall of costs, one panel a supply model. {title}."),
        title,
        subtitle: format!(
            "Everything that an order shipped costs: landed on the shelf (duty in, wherever it is paid), then to serve, capital included{left_out}; {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("whiskers: 95 % confidence intervals of the sums"),
        legend: Vec::new(),
        body: if panels.is_empty() { Body::Words("no order was shipped".into()) } else { Body::Waterfall(panels) },
        data,
    }
}

/// From the first model to each other: what is gained and lost on the way to contribution, and from there to residual
/// income.
pub(super) fn bridge(s: &Source<'_>) -> Option<ChartSpec> {
    let (base, others) = s.product.models.split_first()?;
    if others.is_empty() {
        return None;
    }
    let currency = &s.scenario.currency;
    let lines = || {
        let costs = Kpi::COST_LINES.into_iter().filter(|k| *k != Kpi::CostOfCapital);
        [Kpi::Revenue].into_iter().chain(costs).chain([Kpi::WriteDown, Kpi::CapitalCharge])
    };
    let change = |m: &ModelOutcome| -> Vec<f64> { lines().map(|k| gain(m, k) - gain(base, k)).collect() };
    let mut data = Csv::new(&["from", "to", "line", "change", "ci_low", "ci_high"]);
    for m in others {
        for (kpi, value) in lines().zip(change(m)) {
            data.push(vec![
                base.name.clone(),
                m.name.clone(),
                kpi.name().into(),
                cell(value),
                String::new(),
                String::new(),
            ]);
        }
        for kpi in [Kpi::Contribution, Kpi::ResidualIncome] {
            let Some(d) = m.minus(base, kpi) else { continue };
            let [low, high] = cells(d.interval());
            data.push(vec![base.name.clone(), m.name.clone(), kpi.name().into(), cell(d.value), low, high]);
        }
    }
    let measure = Measure::higher(Kpi::ResidualIncome, "residual income");
    let compared = side_by_side(s, &measure).into_iter().filter(|i| *i > 0);
    let shown: Vec<(usize, &ModelOutcome)> = compared.map(|i| (i, &others[i - 1])).collect();
    let changes: Vec<Vec<f64>> = shown.iter().map(|(_, m)| change(m)).collect();
    let rows = worth_a_row(&changes, 0.02);
    let signed = |v: f64| format::change(v, Unit::Money, currency);
    let panels: Vec<WaterfallPanel> = shown
        .iter()
        .zip(&changes)
        .filter_map(|((n, m), changes)| {
            let n = *n;
            let (contribution, total) = (m.minus(base, Kpi::Contribution)?, m.minus(base, Kpi::ResidualIncome)?);
            let shade = |v: f64| if v >= 0.0 { Colour::Part(1) } else { Colour::Part(3) };
            let name = |k: usize| lines().nth(k).map_or("", Kpi::label).to_owned();
            let row = |k: usize| (name(k), changes[k], shade(changes[k]));
            let split = changes.len() - 2;
            let mut of: Vec<_> = rows.iter().filter(|k| **k < split).map(|k| row(*k)).collect();
            let rest = contribution.value - of.iter().map(|r| r.1).sum::<f64>();
            of.push(("Everything else".into(), rest, shade(rest)));
            let after = vec![row(split), row(split + 1)];
            let sum = |kpi: Kpi, e: &Estimate| {
                total_step(kpi.label(), e, Colour::Model(n), Digits::of(e, kpi.unit(), currency).change().0)
            };
            let parts = [(of, sum(Kpi::Contribution, &contribution)), (after, sum(Kpi::ResidualIncome, &total))];
            Some(WaterfallPanel {
                title: m.name.clone(),
                colour: Colour::Model(n),
                format: Format::Money(currency.clone()),
                steps: steps(&parts, &signed),
            })
        })
        .collect();
    let title = words::switch(s, &Field::own(s, Kpi::ResidualIncome));
    let of_base = base.estimate(Kpi::ResidualIncome);
    let of_base = of_base.map_or_else(String::new, |e| format!(", {} of residual income", s.figure(&e, Unit::Money)));
    let left_out = match others.len() - shown.len() {
        0 => String::new(),
        n => format!(" ({} in the data file)", format::counted(n, "further model")),
    };
    Some(ChartSpec {
        name: "contribution-bridge".into(),
        alt: format!("Waterfall of changes against {}, one panel a supply model. {title}.", base.name),
        title,
        subtitle: format!(
            "Change against {}{of_base}, line by line: costs saved count up, costs added down; contribution is before the write-down of overhang and the charge on net capital{left_out}; {}{}",
            base.name,
            s.of(),
            s.window()
        ),
        footer: s.footer("whiskers: 95 % confidence intervals of the paired differences"),
        legend: vec![("Adds".into(), Colour::Part(1)), ("Takes away".into(), Colour::Part(3))],
        body: Body::Waterfall(panels),
        data,
    })
}

/// What a line adds to the mean residual income over the window.
fn gain(m: &ModelOutcome, kpi: Kpi) -> f64 {
    let total = m.total(kpi).value;
    if kpi == Kpi::Revenue { total } else { -total }
}

/// Distribution of contribution over replications, with its mean and its worst twentieth.
pub(super) fn distribution(s: &Source<'_>) -> ChartSpec {
    const BINS: usize = 48;
    let currency = &s.scenario.currency;
    let values: Vec<Vec<(f64, u64)>> = s.product.models.iter().map(|m| m.distribution(Kpi::Contribution)).collect();
    // A spike has a long tail: the axis ends where one replication in a hundred is left.
    let mut sorted: Vec<(f64, u64)> = values.iter().flatten().copied().collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let low = sorted.first().map_or(0.0, |v| v.0);
    let high = quantile(&sorted, 0.99).unwrap_or(low);
    let mut data = Csv::new(&["model", "from", "to", "share_of_replications"]);
    let width = (high - low) / BINS as f64;
    let drawn = width > 0.0 && width.is_finite();
    let mut panels = Vec::new();
    let models = values.len();
    let columns = models.div_ceil(3);
    for (i, (m, values)) in s.product.models.iter().zip(&values).enumerate().filter(|_| drawn) {
        let mut counts = [0_u64; BINS];
        let shown = values.iter().filter(|(v, _)| *v <= high);
        shown.for_each(|(v, n)| counts[(((v - low) / width) as usize).min(BINS - 1)] += n);
        let all = values.iter().map(|v| v.1).sum::<u64>() as f64;
        let mut points = Vec::new();
        for (b, n) in counts.iter().enumerate() {
            let (from, to) = (low + b as f64 * width, low + (b + 1) as f64 * width);
            let share = *n as f64 / all;
            data.push(vec![m.name.clone(), cell(from), cell(to), cell(share)]);
            points.extend([(from, 0.0, share), (to, 0.0, share)]);
        }
        let axis = XAxis::Values {
            format: Format::Money(currency.clone()),
            title: if i / columns == (models - 1) / columns {
                format!("contribution over the window, {currency}")
            } else {
                String::new()
            },
        };
        let said = |kpi: Kpi| m.estimate(kpi).map(|e| s.written(&e, Unit::MoneyOverWindow)).unwrap_or_default();
        let name = if columns == 1 { format!("{}: mean {}", m.name, said(Kpi::Contribution)) } else { m.name.clone() };
        let mut panel = LinePanel::new(name, Colour::Model(i), axis, Format::Share);
        panel.bands.push(BandMark {
            points,
            colour: Colour::Model(i),
            opacity: 0.45,
            label: String::new(),
            reads: Reading::Height,
        });
        panel.events = m
            .estimate(Kpi::ContributionCvar95)
            .map(|e| EventMark { x: e.value, label: format!("worst 5 %: {}", said(Kpi::ContributionCvar95)) })
            .into_iter()
            .collect();
        panels.push(panel);
    }
    LinePanel::share_axis(&mut panels);
    let measure = Measure::higher(Kpi::ContributionCvar95, "contribution");
    let title = words::finding_where("in the worst 5 % of cases", s, &Field::own(s, measure.kpi), &measure);
    ChartSpec {
        name: "contribution-distribution".into(),
        alt: format!("Distributions, one panel a supply model. {title}."),
        title,
        subtitle: format!(
            "Share of replications by contribution (the highest 1 % are off the axis); mark: the mean of the worst 5 % (CVaR95); {}{}",
            s.of(),
            s.window()
        ),
        footer: s.footer("brackets: 95 % confidence interval"),
        legend: Vec::new(),
        body: if drawn {
            Body::Lines { panels, columns }
        } else {
            Body::Words("contribution is the same in every replication of every supply model".into())
        },
        data,
    }
}
