//! A change of supply on a date: capital and cash, week by week, of the models that change and of those that stay.

use super::words;
use super::{
    BandMark, Body, ChartSpec, Colour, Csv, EventMark, Format, LineMark, LinePanel, PointMark, Reading, Source, XAxis,
    cell, cells,
};
use crate::changeover::{ChangeMeasure, Figure, evening, figures};
use crate::format;
use crate::ties::{Told, told};
use restock_base::stats::interval::{Estimate, Sample};
use restock_kernel::model::Unit;
use restock_kernel::study::{Changeover, ChangeoverOutcome};

/// One chart for each date on which a supply model changes.
pub(super) fn changeovers(s: &Source<'_>) -> Vec<ChartSpec> {
    (0..s.product.changes.len()).map(|c| changeover(s, c)).collect()
}

fn changeover(s: &Source<'_>, c: usize) -> ChartSpec {
    let change = &s.product.changes[c];
    let first = evening(s.scenario, change, 0);
    let staying = change.staying(s.scenario);
    let panel = |title: String, of: &dyn Fn(usize, &ChangeoverOutcome, usize) -> Option<Sample>| {
        let mut panel =
            LinePanel::new(&title, Colour::Ink, XAxis::Dates(first), Format::Money(s.scenario.currency.clone()));
        for (i, m) in s.product.models.iter().enumerate() {
            let Some(outcome) = m.changes.get(c) else { continue };
            let each: Vec<(f64, Estimate)> = (0..change.evenings.len())
                .filter_map(|k| Some((x_of(change, k), of(i, outcome, k)?.estimate())))
                .collect();
            let ends = |(x, e): &(f64, Estimate)| e.interval().map(|(low, high)| (*x, low, high));
            panel.bands.push(BandMark {
                points: each.iter().filter_map(ends).collect(),
                colour: Colour::Model(i),
                opacity: 0.25,
                label: m.name.clone(),
                reads: Reading::Ends("95 % interval of the mean"),
            });
            let points = each.iter().map(|(x, e)| (*x, e.value)).collect();
            panel.lines.push(LineMark { points, colour: Colour::Model(i), dashed: false, label: String::new() });
        }
        let on = f64::from(change.on.0 - first.0);
        panel.events.push(EventMark { x: on, label: format!("change, {}", format::date(change.on)) });
        panel
    };
    let mut capital = panel("Invested capital".into(), &|_, outcome, k| outcome.capital(k));
    let others = staying.filter(|_| s.product.models.len() > 1);
    let cash = match others.and_then(|m| Some((m, s.product.models[m].changes.get(c)?))) {
        // Cash grows all year: what the change makes of it is seen beside the model that stays.
        Some((m, stays)) => {
            let against = |i: usize, outcome: &ChangeoverOutcome, k: usize| {
                (i != m).then(|| Some(outcome.cash(k)?.plus(-1.0, &stays.cash(k)?))).flatten()
            };
            panel(format!("Cash, more than with {}", s.product.models[m].name), &against)
        }
        None => panel("Cash".into(), &|_, outcome, k| outcome.cash(k)),
    };
    let title = title(s, c, &mut capital);
    let mut data = Csv::new(&["model", "measure", "evening", "mean", "ci_low", "ci_high"]);
    let drawn = if others.is_some() { ChangeMeasure::CashDifference } else { ChangeMeasure::Cash };
    let drawn = |f: &&Figure| f.measure == ChangeMeasure::Capital || f.measure == drawn;
    for f in figures(s.scenario, s.product, c).iter().filter(drawn) {
        let Some((_, evening)) = f.evening else { continue };
        let [low, high] = cells(f.estimate.interval());
        let model = s.product.models[f.model].name.clone();
        data.push(vec![model, f.measure.name().into(), evening.to_string(), cell(f.estimate.value), low, high]);
    }
    let names = s.product.models.iter().enumerate().map(|(i, m)| (m.name.clone(), Colour::Model(i)));
    ChartSpec {
        name: if c == 0 { "changeover".into() } else { format!("changeover-{}", c + 1) },
        alt: format!("Lines of weekly means, a panel for capital and one for cash. {title}."),
        title,
        subtitle: format!(
            "Every seventh evening from the one before the change on: what is invested in stock, in goods on their way and in what is paid ahead, and what the account holds; {}{} to {}",
            s.of(),
            format::date(first),
            format::date(evening(s.scenario, change, change.evenings.len() - 1))
        ),
        footer: s.footer("lines: means · bands: their 95 % confidence intervals, paired where models are compared"),
        legend: names.collect(),
        body: Body::Lines { panels: vec![capital, cash], columns: 1 },
        data,
    }
}

/// Place of an evening on the axis, which begins with the first one.
fn x_of(change: &Changeover, k: usize) -> f64 {
    (change.evenings[k] - change.evenings[0]) as f64
}

/// What the change has done to capital when the old stock is sold in 19 replications of 20; at the end, if there is no old stock. Its
/// figures are marks of the panel.
fn title(s: &Source<'_>, c: usize, panel: &mut LinePanel) -> String {
    let change = &s.product.changes[c];
    let currency = &s.scenario.currency;
    let last = change.evenings.len() - 1;
    let changing = change.closing.first().or(change.models.first()).copied().unwrap_or(0);
    let Some(outcome) = s.product.models[changing].changes.get(c) else { return "Nothing changes".into() };
    let sold = outcome.sell_out().filter(|sold| sold.share.value >= 0.95);
    let sold = sold.map(|sold| sold.percentiles[2]);
    // The evening on or after the day, as the table has it.
    let at = sold.map_or(last, |days| {
        (0..last).find(|k| change.evenings[*k] >= change.evenings[0] + 1 + days as usize).unwrap_or(last)
    });
    let day = format::date(evening(s.scenario, change, at));
    let Some(now) = outcome.capital(at).map(|sample| sample.estimate()) else { return "Nothing changes".into() };
    let figure = s.figure(&now, Unit::Money);
    let name = words::name(&s.product.models[changing].name);
    let staying = change.staying(s.scenario).filter(|m| *m != changing);
    let (label, against) = match staying.and_then(|m| Some((m, s.product.models[m].changes.get(c)?.capital(at)?))) {
        Some((m, stays)) => {
            let stays_at = stays.estimate().value;
            let difference = outcome.capital(at).map(|own| own.plus(-1.0, &stays).estimate());
            let other = words::name(&s.product.models[m].name);
            match difference {
                Some(d) if told(&d, now.value, stays_at, Unit::Money) == Told::Apart => {
                    let by = format::money(d.value.abs(), currency);
                    let word = if d.value < 0.0 { "less" } else { "more" };
                    (format!("{figure} on {day}, {by} {word}"), format!("{by} {word} than {other}"))
                }
                _ => (format!("{figure} on {day}"), format!("not shown to be other than with {other}")),
            }
        }
        None => {
            let before = outcome.capital(0).map_or(0.0, |sample| sample.estimate().value);
            let by = format::money((before - now.value).abs(), currency);
            let word = if now.value < before { "less" } else { "more" };
            (format!("{figure} on {day}, {by} {word}"), format!("{by} {word} than on the evening before the change"))
        }
    };
    panel.points.push(PointMark { x: x_of(change, at), y: now.value, colour: Colour::Model(changing), label });
    let when = if sold.is_some() { format!("On {day}, with the old stock sold,") } else { format!("On {day}") };
    format!("{when} {name} ties up {figure}, {against}")
}
