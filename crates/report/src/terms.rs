//! The comparison on equal terms as rows: what the terminal, the page and the workbook show.

use super::format;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{EqualService, Kpi};
use restock_kernel::study::{EqualTerms, Estimates, Found, ModelFrontier, OBJECTIVE, OwnBest, Terms};
use std::borrow::Cow;

/// The models on one of the three terms.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    /// Short name, `best` say.
    pub key: &'static str,
    pub title: String,
    pub rows: Vec<Row>,
}

/// A KPI of each model, or something in words.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub label: String,
    /// Absent for a row of words.
    pub kpi: Option<Kpi>,
    /// Where `summary.json` has the same figures.
    pub table: &'static str,
    /// By model.
    pub estimates: Vec<Option<Estimate>>,
    /// What stands where there is no estimate.
    pub words: Vec<String>,
}

/// The three comparisons of one product, or of all together. Stocks are of one product only.
pub(crate) fn blocks(terms: &EqualTerms, index: Option<usize>, currency: &str) -> Vec<Block> {
    let index = index.or((terms.products.len() == 1).then_some(0));
    let models: &[ModelFrontier] = index.map_or(&[], |i| &terms.products[i].models);
    let budget = match index {
        Some(i) => terms.products[i].capital,
        None => terms.products.iter().map(|p| p.capital).sum(),
    };
    let has_surprises = terms.products.iter().enumerate().any(|(i, p)| index.is_none_or(|x| x == i) && p.has_surprises);
    let best = terms.estimates(index, Terms::OwnBest);
    let at_service = terms.estimates(index, Terms::EqualService);
    let at_capital = terms.estimates(index, Terms::EqualCapital);
    let by = |of: &[Option<Cow<'_, Estimates>>], kpi: Kpi, without: &str| Row {
        label: kpi.label().into(),
        kpi: Some(kpi),
        table: "kpis",
        estimates: of.iter().map(|e| e.as_ref().and_then(|e| e.estimate(kpi))).collect(),
        words: vec![without.to_owned(); of.len()],
    };
    let words = |label: &str, of: &dyn Fn(&ModelFrontier) -> String| {
        (!models.is_empty()).then(|| Row {
            label: label.into(),
            kpi: None,
            table: "",
            estimates: vec![None; models.len()],
            words: models.iter().map(of).collect(),
        })
    };
    let stock =
        |terms: Terms| words("Stock added to the policy", &move |m| m.found(terms).map_or(String::new(), added));
    let indifferent = words("Hardly worse from, to", &|m| range(&m.own_best));
    let surges = has_surprises.then(|| {
        let ordinary = terms.ordinary(index);
        let change = |(all, ordinary): (&Option<Cow<'_, Estimates>>, &Option<Cow<'_, Estimates>>)| {
            all.as_ref()?.minus(ordinary.as_ref()?, OBJECTIVE)
        };
        Row {
            label: format!("{}: change by surges", OBJECTIVE.label()),
            kpi: Some(OBJECTIVE),
            table: "change_by_surges",
            estimates: at_service.iter().zip(&ordinary).map(change).collect(),
            words: vec![String::new(); at_service.len()],
        }
    });
    let fill = |of: &[Option<Cow<'_, Estimates>>], without: &str| Row {
        label: if has_surprises { "Fill rate, surges included" } else { Kpi::FillRate.label() }.into(),
        ..by(of, Kpi::FillRate, without)
    };
    vec![
        Block {
            key: "best",
            title: "Each at its own best".into(),
            rows: [
                Some(by(&best, OBJECTIVE, "")),
                Some(by(&best, Kpi::InvestedCapital, "")),
                Some(fill(&best, "")),
                stock(Terms::OwnBest),
                indifferent,
            ]
            .into_iter()
            .flatten()
            .collect(),
        },
        Block {
            key: "service",
            title: format!("At {}", service(terms.service, has_surprises)),
            rows: [
                Some(by(&at_service, Kpi::InvestedCapital, "not reached")),
                Some(by(&at_service, Kpi::SafetyStockCapital, "")),
                Some(by(&at_service, OBJECTIVE, "")),
                surges,
                has_surprises.then(|| fill(&at_service, "")),
                stock(Terms::EqualService),
            ]
            .into_iter()
            .flatten()
            .collect(),
        },
        Block {
            key: "capital",
            title: format!("With {} invested", format::money(budget, currency)),
            rows: [
                Some(fill(&at_capital, "needs more")),
                Some(by(&at_capital, OBJECTIVE, "")),
                stock(Terms::EqualCapital),
            ]
            .into_iter()
            .flatten()
            .collect(),
        },
    ]
}

/// `97 % fill rate on ordinary days`.
pub(crate) fn service(service: EqualService, has_surprises: bool) -> String {
    let days = if has_surprises { " of ordinary days" } else { "" };
    match service {
        EqualService::FillRate(target) => format!("{} fill rate{days}", format::share(target)),
        EqualService::Chance { fill_rate, chance } => {
            format!("{} chance of {} fill rate{days}", format::share(chance), format::share(fill_rate))
        }
    }
}

fn added(found: &Found) -> String {
    let days = format!("{} d of demand", format::more(found.extra_days));
    if found.beyond_reason() { format!("{days}: no planner would hold it") } else { days }
}

fn range(best: &OwnBest) -> String {
    let bound = |days: f64, at: bool, word: &str| {
        if at { format!("{word} tried") } else { format!("{} d", format::more(days)) }
    };
    format!(
        "{} to {}",
        bound(best.indifferent.0, best.at_least, "the least"),
        bound(best.indifferent.1, best.at_most, "the most")
    )
}
