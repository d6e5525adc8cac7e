//! Documents for readers who do not open data files: `report.html` and `finance.xlsx`.

mod health;
mod html;
mod xlsx;

pub use health::{health_html, is_health_html};
pub use html::report_html;
pub use xlsx::finance_xlsx;

use super::format::Digits;
use super::ties::{Told, told};
use restock_base::diag::Source;
use restock_base::diag::health::Health;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Kpi, Scenario};
use restock_kernel::study::{ModelOutcome, Outcome};
use restock_scenario::Assumption;

/// What a document is made of.
#[derive(Debug, Clone, Copy)]
pub struct Material<'a> {
    /// The scenario that was run.
    pub scenario: &'a Scenario,
    /// What the run found.
    pub outcome: &'a Outcome,
    /// Texts of the scenario files: name and text.
    pub sources: &'a [Source],
    /// The defaults that bear on the scenario.
    pub assumptions: &'a [Assumption],
    /// How sales files were read, and what was found in them.
    pub health: &'a [Health],
}

/// The comparison: groups of rows.
pub(super) const COMPARISON: [(&str, &[Kpi]); 5] = [
    ("What becomes of all who are interested", &Kpi::OUTCOMES),
    (
        "Service",
        &[
            Kpi::BackorderRate,
            Kpi::LateOrBackorderedRate,
            Kpi::FillRate,
            Kpi::OrderFillRate,
            Kpi::ParcelsPerOrder,
            Kpi::PreOrderUnits,
            Kpi::PreOrderOnTimeRate,
            Kpi::PreOrderCancelled,
            Kpi::ReturnRate,
            Kpi::ReturnedUnits,
            Kpi::PausedDemand,
            Kpi::CancellationRate,
            Kpi::LostSalesRate,
            Kpi::MeanWait,
            Kpi::PromiseMissRate,
            Kpi::ShortAfterSpike,
            Kpi::DaysToRecover,
            Kpi::MeanLeadTime,
            Kpi::Containers,
            Kpi::ContainerFill,
            Kpi::UnitsLost,
            Kpi::ParcelsLost,
        ],
    ),
    (
        "Capital, mean of days",
        &[
            Kpi::InvestedCapital,
            Kpi::DepositCapital,
            Kpi::InProductionCapital,
            Kpi::FinishedCapital,
            Kpi::InTransitCapital,
            Kpi::PrepaidCapital,
            Kpi::CycleStockCapital,
            Kpi::SafetyStockOnHandCapital,
            Kpi::Payables,
            Kpi::CustomerPrepayments,
            Kpi::NetCapital,
            Kpi::Receivables,
            Kpi::UnpaidOnOrder,
            Kpi::InvestedCapitalPeak,
            Kpi::SafetyStockCapital,
            Kpi::RealisedBufferCapital,
        ],
    ),
    (
        "Profit over the window",
        &[
            Kpi::Revenue,
            Kpi::Contribution,
            Kpi::FixedCosts,
            Kpi::WriteDown,
            Kpi::CapitalCharge,
            Kpi::ResidualIncome,
            Kpi::ContributionCvar95,
            Kpi::CapitalChargeGross,
            Kpi::CarryingCost,
            Kpi::CostOfLoss,
            Kpi::LandedCost,
            Kpi::CostToServe,
            Kpi::CostOfOrder,
            Kpi::Npv,
            Kpi::LifetimeValueLost,
            Kpi::AdvertisingWasted,
            Kpi::DutyOnUnsold,
        ],
    ),
    (
        "Cash",
        &[
            Kpi::DaysInventory,
            Kpi::DaysSales,
            Kpi::DaysPayable,
            Kpi::CashConversionCycle,
            Kpi::CashToCash,
            Kpi::Turns,
            Kpi::Gmroi,
            Kpi::CashTrough,
            Kpi::CashTroughDay,
            Kpi::CashNegativeDays,
            Kpi::CashShortfall,
            Kpi::Interest,
        ],
    ),
];

/// The finding in a sentence or two, with intervals: the first model against the one of the others with the most residual income.
pub(super) fn finding(m: &Material<'_>) -> String {
    let products = super::products(m.outcome);
    let models = &products[0].1.models;
    let currency = &m.scenario.currency;
    let Some((base, others)) = models.split_first() else { return String::new() };
    let value = |x: &ModelOutcome, kpi: Kpi| x.estimate(kpi).map(|e| e.value);
    let best = others.iter().max_by(|a, b| {
        let of = |x: &ModelOutcome| value(x, Kpi::ResidualIncome).unwrap_or(f64::MIN);
        of(a).total_cmp(&of(b))
    });
    let Some(best) = best else {
        let said = |kpi| base.estimate(kpi).map_or("-".into(), |e| with_interval(&e, kpi, currency));
        return format!(
            "{} has {} of units ordered waiting, ties up {} and earns {} of residual income.",
            base.name,
            said(Kpi::BackorderRate),
            said(Kpi::InvestedCapital),
            said(Kpi::ResidualIncome)
        );
    };
    let change = |kpi: Kpi, more: &str, less: &str, none: &str| -> String {
        let Some(d) = best.minus(base, kpi) else { return none.into() };
        let digits = Digits::of(&d, kpi.unit(), currency);
        let word = if d.value > 0.0 { more } else { less };
        let by = digits.write(d.value.abs());
        let Some((low, high)) = d.interval() else { return format!("{by} {word}") };
        let of = |x: &ModelOutcome| value(x, kpi).unwrap_or(0.0);
        match told(&d, of(best), of(base), kpi.unit()) {
            Told::NotShown => none.into(),
            Told::Same => format!("{none} (less than 1 %)"),
            _ => {
                let (a, b) = if d.value > 0.0 { (low, high) } else { (-high, -low) };
                format!("{by} {word} ({} to {})", digits.write(a), digits.write(b))
            }
        }
    };
    let rate = |x: &ModelOutcome| {
        let e = x.estimate(Kpi::BackorderRate);
        e.map_or("-".into(), |e| Digits::of(&e, Kpi::BackorderRate.unit(), currency).value())
    };
    format!(
        "Against {}, {} ties up {}, and earns {}; {} of units ordered wait instead of {}.",
        base.name,
        best.name,
        change(Kpi::InvestedCapital, "more capital", "less capital", "no shown difference in capital"),
        change(
            Kpi::ResidualIncome,
            "more residual income",
            "less residual income",
            "no shown difference of residual income"
        ),
        rate(best),
        rate(base)
    )
}

/// What the models need at equal service, in a sentence.
pub(super) fn finding_at_equal_service(m: &Material<'_>) -> Option<String> {
    let equal = m.outcome.equal.as_ref()?;
    let found = equal.estimates(None, restock_kernel::study::Terms::EqualService);
    let each = m.outcome.models.iter().zip(&found).map(|(name, o)| {
        let capital = o.as_ref().and_then(|o| o.estimate(Kpi::InvestedCapital));
        capital.map_or_else(
            || format!("{name} does not get there"),
            |e| format!("{name} needs {}", with_interval(&e, Kpi::InvestedCapital, &m.scenario.currency)),
        )
    });
    Some(format!(
        "For {}, counting all capital tied up: {}.",
        super::terms::service(equal.service, equal.products.iter().any(|p| p.has_surprises)),
        each.collect::<Vec<_>>().join("; ")
    ))
}

/// `$118k ($117k to $120k)`.
pub(super) fn with_interval(e: &Estimate, kpi: Kpi, currency: &str) -> String {
    Digits::of(e, kpi.unit(), currency).range()
}

/// What is not modelled, as `docs/model.md` lists it.
pub(super) fn not_modelled() -> Vec<String> {
    let text = include_str!("../../../../docs/model.md");
    let section = text.split("## Not modelled yet").nth(1).unwrap_or("").trim();
    let first = section.split('.').next().unwrap_or("");
    first
        .split(',')
        .map(|item| item.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|i| !i.is_empty())
        .collect()
}
