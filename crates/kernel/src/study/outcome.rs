//! What the replications found: rows of KPIs, waits, bands, and the estimates made of them.

use super::bands::Bands;
use super::changeover::{Changeover, ChangeoverOutcome, Dated};
use super::classes::ClassesOutcome;
use super::counts::{Group, SealedGroup};
use super::partial::{Partial, pairs};
use super::places::PlacesOutcome;
use super::sums::Sums;
use super::values::{Values, quantile};
use super::windows::WindowOutcome;
use crate::model::{Kpi, Pooling, Unit};
use crate::sim::{Beyond, EventWindow, KpiRow, MarketPart, RouteTimes};
use rayon::prelude::*;
use restock_base::stats::interval::{Estimate, Left, Pair, Sample};

/// Share of replications that a tail KPI averages.
pub(super) const TAIL: f64 = 0.05;

/// The quantile of [`Pooling::WaitQuantile`].
const WAIT_QUANTILE: f64 = 0.95;

/// A whole run.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Replications that were run.
    pub replications: u32,
    /// More units in some replication than can be counted: then the figures say nothing.
    pub beyond: Option<Beyond>,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Names of the supply models, in scenario order.
    pub models: Vec<String>,
    /// One entry a product, in scenario order.
    pub products: Vec<ProductOutcome>,
    /// All products together; absent where there is one.
    pub(super) together: Option<ProductOutcome>,
    /// The products of each category together, where there are several categories.
    pub categories: Vec<ProductOutcome>,
    /// Whether the precision asked for was reached; absent if none was.
    pub precision_met: Option<bool>,
    /// The models at equal service and at equal capital, if that was asked for.
    pub equal: Option<super::equal::EqualTerms>,
    /// What would flip the comparison of each further model with the first; empty if that was not asked for.
    pub flips: Vec<super::flip::ModelFlips>,
}

impl Outcome {
    /// Replications of which the percentiles of days are; 0 if days were not kept.
    #[must_use]
    pub fn daily_replications(&self) -> u32 {
        self.products.iter().flat_map(|p| &p.models).map(|m| m.bands.ranked()).max().unwrap_or(0)
    }
}

/// One product in every supply model.
#[derive(Debug, Clone)]
pub struct ProductOutcome {
    /// Stock-keeping unit of the product.
    pub sku: String,
    /// Dated events of the window; none of all products together.
    pub windows: Vec<EventWindow>,
    /// Dates on which supply models change.
    pub changes: Vec<Changeover>,
    /// One entry a supply model, in scenario order.
    pub models: Vec<ModelOutcome>,
    /// What was found, but for values and counts, which the models have.
    found: Partial,
}

/// What a plan alone tells of a product in a supply model.
#[derive(Debug, Clone, Default)]
pub(super) struct OfPlan {
    /// Contribution of an order served from stock.
    pub future_order: f64,
    /// What belongs to each market.
    pub markets: Vec<MarketPart>,
}

/// One product in one supply model.
#[derive(Debug, Clone)]
pub struct ModelOutcome {
    /// Name of the supply model.
    pub name: String,
    /// Replications that were run.
    pub replications: u32,
    /// Numerators and denominators by KPI and group of replications.
    sums: Sums,
    values: Values,
    /// By KPI.
    spreads: Vec<(Option<Spread>, usize)>,
    /// Waits and recoveries, in groups of replications for the jackknife.
    pub(super) groups: Vec<SealedGroup>,
    /// What was received, by location and route of the model; empty of all products together.
    pub routes: Vec<Vec<RouteTimes>>,
    /// What becomes of units at each location, where some supply others; empty of all products together.
    pub places: PlacesOutcome,
    /// What becomes of those who find no stock, by class of customers, where there are several; empty of all products together.
    pub classes: ClassesOutcome,
    /// Daily bands; empty if they were not asked for, and of all products together.
    pub bands: Bands,
    /// Contribution of an order served from stock: what a future order is worth.
    pub future_order: f64,
    /// What belongs to each market, in scenario order; empty without markets, and of all products together.
    pub markets: Vec<MarketPart>,
    /// The windows of dated events, in the product's order.
    pub windows: Vec<WindowOutcome>,
    /// What the model does around the dates on which supply models change, in their order.
    pub changes: Vec<ChangeoverOutcome>,
    /// One row a replication, in order, if they were asked for.
    pub rows: Vec<KpiRow>,
}

/// Percentiles of the per-replication values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// In 5 % of the replications the value is at most this.
    pub p5: f64,
    /// In a quarter of them.
    pub p25: f64,
    /// In half of them.
    pub p50: f64,
    /// In three quarters of them.
    pub p75: f64,
    /// In 95 % of them.
    pub p95: f64,
}

/// A KPI of one product in one supply model: the pooled estimate, and how much replications differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// What is summarised.
    pub kpi: Kpi,
    /// Pooled over the replications, with its interval.
    pub estimate: Estimate,
    /// Percentiles over the replications; absent where there are no values by replication.
    pub spread: Option<Spread>,
    /// Replications in which the KPI exists.
    pub replications: usize,
    /// Why the interval is rough, where it is.
    pub remark: Option<&'static str>,
}

/// A share of fewer events than this has a rough interval.
const RARE: f64 = 200.0;

/// Why the interval of a KPI is rough: it may cover 88 to 99 % where the others cover 93 to 97. `above` and `below` are the
/// sums over replications of numerator and denominator.
pub(super) fn remark(kpi: Kpi, (above, below): Pair) -> Option<&'static str> {
    match kpi.pooling() {
        Pooling::Tail => Some("rests on the worst 5 % of replications"),
        _ if kpi == Kpi::CashTrough => Some("the lowest of many days: skewed"),
        Pooling::Ratio | Pooling::PathMean if kpi.unit() == Unit::Share => {
            let counted = above.min(below - above);
            (counted > 0.0 && counted < RARE).then_some("fewer than 200 counted")
        }
        _ => None,
    }
}

impl ProductOutcome {
    /// What was found of models with these names, and what their plans tell.
    pub(super) fn of(sku: &str, dated: Dated, models: &[(&str, OfPlan)], mut found: Partial) -> Self {
        let sums = found.take_sums();
        let mut each = Vec::with_capacity(models.len());
        for (m, ((name, of_plan), sums)) in models.iter().zip(sums).enumerate() {
            let counts = found.take_counts(m);
            let mut model = ModelOutcome {
                name: (*name).into(),
                replications: counts.groups.iter().map(|g| g.replications).sum(),
                sums: Sums::new(&sums, counts.groups.len()),
                values: found.take_values(m),
                spreads: Vec::new(),
                groups: counts.groups.iter().map(SealedGroup::new).collect(),
                routes: counts.routes,
                places: counts.places,
                classes: counts.classes,
                bands: counts.bands.finish(),
                future_order: of_plan.future_order,
                markets: of_plan.markets.clone(),
                windows: counts.windows,
                changes: counts.changes,
                rows: Vec::new(),
            };
            model.spreads = Kpi::ALL.par_iter().map(|kpi| model.spread(*kpi)).collect();
            each.push(model);
        }
        let Dated { windows, changes } = dated;
        ProductOutcome { sku: sku.into(), windows, changes, models: each, found }
    }

    /// Lets go of the values of single replications, but for those that an estimate is made of: they are read no more, and of a
    /// thousand products they are most of what is held.
    pub(super) fn forget_values(&mut self) {
        self.models.iter_mut().for_each(|model| model.values.keep_tails());
    }

    pub(super) fn beyond(&self) -> Option<&Beyond> {
        self.found.beyond()
    }

    /// Share of the replications in which model `to` is better than model `from`, which comes before it; ties count half. Absent where no side of the KPI is
    /// the better one.
    #[must_use]
    pub fn chance_better(&self, kpi: Kpi, from: usize, to: usize) -> Option<f64> {
        let pair = pairs(self.models.len()).position(|pair| pair == (from, to))?;
        self.to_is_better(pair, kpi)
    }

    /// Share of replications in which the second model of a pair is better; ties count half.
    pub(super) fn to_is_better(&self, pair: usize, kpi: Kpi) -> Option<f64> {
        self.found.to_is_better(pair, kpi)
    }
}

/// A replication of several products together, of the sums over products. What has no meaning summed does not exist.
pub(super) fn together(sums: &KpiRow) -> KpiRow {
    std::array::from_fn(|k| match Kpi::ALL[k].pooling() {
        Pooling::Ratio => sums[k],
        // What no product has does not exist.
        Pooling::Total | Pooling::Tail => (sums[k].0, f64::from(u8::from(sums[k].1 > 0.0))),
        Pooling::PathMean | Pooling::CashCycle | Pooling::Wait | Pooling::WaitQuantile | Pooling::Recovery => {
            (0.0, 0.0)
        }
    })
}

impl ModelOutcome {
    /// A KPI of several products together, replications paired; absent if there is no product, or one of which it does not exist.
    #[must_use]
    pub fn added_up<'a>(mut products: impl Iterator<Item = &'a ModelOutcome>, kpi: Kpi) -> Option<Sample> {
        let first = products.next()?.sample(kpi)?;
        products.try_fold(first, |all, product| Some(all.plus(1.0, &product.sample(kpi)?)))
    }

    /// A rate of several products together, of whose counts each unit has the weight of its product: numerators over denominators. Absent if nothing is
    /// counted.
    #[must_use]
    pub fn weighed<'a>(products: impl Iterator<Item = (&'a ModelOutcome, f64)>, kpi: Kpi) -> Option<Sample> {
        let mut all: Vec<Pair> = Vec::new();
        for (product, weight) in products {
            let own = product.sums(kpi);
            all.resize(own.len(), (0.0, 0.0));
            all.iter_mut().zip(own).for_each(|(all, own)| *all = (all.0 + weight * own.0, all.1 + weight * own.1));
        }
        Sample::ratio(&all)
    }

    /// Sums of numerators and denominators of one KPI, by group of replications.
    #[must_use]
    pub fn sums(&self, kpi: Kpi) -> Vec<Pair> {
        self.sums.get(kpi)
    }

    /// Mean over replications of the numerator of one KPI.
    #[must_use]
    pub fn total(&self, kpi: Kpi) -> Sample {
        let each = self.sums(kpi).into_iter().zip(&self.groups);
        let pairs: Vec<Pair> = each.map(|((x, _), group)| (x, f64::from(group.replications))).collect();
        Sample::ratio(&pairs).unwrap_or_else(|| Sample::constant(0.0, 0))
    }

    /// Mean over replications of the orders shipped.
    #[must_use]
    pub fn orders_shipped(&self) -> Sample {
        let each = self.sums(Kpi::LandedCost).into_iter().zip(&self.groups);
        let pairs: Vec<Pair> = each.map(|((_, orders), group)| (orders, f64::from(group.replications))).collect();
        Sample::ratio(&pairs).unwrap_or_else(|| Sample::constant(0.0, 0))
    }

    /// Values of one KPI that exist, rising, and in how many replications each is found: of many replications within 0.02
    /// points of shares, and within 0.2 % of other values. Empty of single products where there are more than are charted.
    #[must_use]
    pub fn distribution(&self, kpi: Kpi) -> Vec<(f64, u64)> {
        self.values.distribution(kpi)
    }

    /// Values of one KPI by replication, in order, where it exists. Absent where not every value is kept: of more than [`EXACT`](super::EXACT)
    /// replications.
    #[must_use]
    pub fn each(&self, kpi: Kpi) -> Option<Vec<Option<f64>>> {
        let each: Vec<Option<f64>> = self.values.each(kpi).collect();
        (each.len() == self.replications as usize).then_some(each)
    }

    /// Share of the replications in which `holds` is true of a KPI's value, which is `None` where the KPI does not exist. Absent
    /// where not every value is kept.
    #[must_use]
    pub fn chance(&self, kpi: Kpi, holds: &dyn Fn(Option<f64>) -> bool) -> Option<Sample> {
        let each = self.each(kpi)?;
        Some(Sample::mean(each.into_iter().map(|value| f64::from(u8::from(holds(value))))))
    }

    /// All replications' waits and recoveries.
    #[must_use]
    pub fn pooled(&self) -> Group {
        let mut all = Group::default();
        for group in self.groups.iter().map(SealedGroup::unpacked) {
            all.replications += group.replications;
            all.waits.merge(&group.waits);
            all.recoveries.merge(&group.recoveries);
        }
        all
    }

    /// The pooled estimate of a KPI; absent where it cannot be computed.
    #[must_use]
    pub fn estimate(&self, kpi: Kpi) -> Option<Estimate> {
        match kpi.pooling() {
            Pooling::WaitQuantile => Some(self.wait_quantile()?.0),
            // Without one of the groups the estimate may not exist, and then its error is not known.
            Pooling::Wait | Pooling::Recovery => {
                let without_error = || Some(Estimate::new(mean(&self.pooled(), kpi)?, None));
                self.sample(kpi).map(|s| s.estimate()).or_else(without_error)
            }
            _ => self.sample(kpi).map(|s| s.estimate()),
        }
    }

    /// The difference `self - other`, replications paired.
    #[must_use]
    pub fn minus(&self, other: &ModelOutcome, kpi: Kpi) -> Option<Estimate> {
        if kpi.pooling() == Pooling::WaitQuantile {
            let (mine, theirs) = (self.wait_quantile()?, other.wait_quantile()?);
            return Some(mine.0.minus(&theirs.0, correlation(&mine.1, &theirs.1)));
        }
        match (self.sample(kpi), other.sample(kpi)) {
            (Some(mine), Some(theirs)) => Some(mine.plus(-1.0, &theirs).estimate()),
            _ => Some(Estimate::new(self.estimate(kpi)?.value - other.estimate(kpi)?.value, None)),
        }
    }

    /// The pooled estimate with what each replication adds to its error; for Kaplan-Meier estimates with what each
    /// group of replications adds. Absent for quantiles, which have an interval of their own.
    #[must_use]
    pub fn sample(&self, kpi: Kpi) -> Option<Sample> {
        match kpi.pooling() {
            Pooling::Ratio | Pooling::Total | Pooling::PathMean => Sample::ratio(&self.sums(kpi)),
            Pooling::CashCycle => {
                let of = |kpi| Sample::ratio(&self.sums(kpi));
                Some(of(Kpi::DaysInventory)?.plus(1.0, &of(Kpi::DaysSales)?).plus(-1.0, &of(Kpi::DaysPayable)?))
            }
            Pooling::Tail => Sample::lower_tail_mean(&self.values.each(kpi).collect::<Option<Vec<f64>>>()?, TAIL),
            Pooling::Wait | Pooling::Recovery => {
                let all = self.pooled();
                let left: Option<Vec<Left>> =
                    self.used_groups().map(|g| Some(left_out(&g, &all, mean(&all.without(&g), kpi)?))).collect();
                left.filter(|l| l.len() > 1).and_then(|l| Some(Sample::jackknife(mean(&all, kpi)?, &l)))
            }
            Pooling::WaitQuantile => None,
        }
    }

    /// The groups that hold a replication, one after the other.
    pub fn used_groups(&self) -> impl Iterator<Item = Group> {
        self.groups.iter().filter(|g| g.replications > 0).map(SealedGroup::unpacked)
    }

    /// The 95 % quantile of waits, and the survival at that age without each group in turn: by it quantiles of two models
    /// are paired.
    fn wait_quantile(&self) -> Option<(Estimate, Vec<f64>)> {
        let all = self.pooled();
        let curves: Vec<(f64, Vec<f64>)> =
            self.used_groups().map(|g| (share(&g, &all), all.waits.without(&g.waits).kaplan_meier())).collect();
        let estimate = all.waits.quantile_estimate(WAIT_QUANTILE, &curves)?;
        let survival = |c: &(f64, Vec<f64>)| c.1.get(estimate.value as usize).copied().unwrap_or(0.0);
        Some((estimate, curves.iter().map(survival).collect()))
    }

    /// Why the interval of a KPI is rough; absent where it is not.
    #[must_use]
    pub fn remark(&self, kpi: Kpi) -> Option<&'static str> {
        remark(kpi, self.sums(kpi).iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1)))
    }

    /// Estimate and percentiles of a KPI; absent where it cannot be computed.
    #[must_use]
    pub fn summary(&self, kpi: Kpi) -> Option<Summary> {
        let estimate = self.estimate(kpi)?;
        let (spread, replications) = self.spreads[kpi.index()];
        Some(Summary { kpi, estimate, spread, replications, remark: self.remark(kpi) })
    }

    /// Percentiles of a KPI, and the number of replications in which it exists.
    fn spread(&self, kpi: Kpi) -> (Option<Spread>, usize) {
        let values = self.distribution(kpi);
        let q = |p| quantile(&values, p);
        let spread = (|| Some(Spread { p5: q(0.05)?, p25: q(0.25)?, p50: q(0.5)?, p75: q(0.75)?, p95: q(0.95)? }))();
        (spread, values.iter().map(|v| v.1 as usize).sum())
    }
}

fn share(group: &Group, all: &Group) -> f64 {
    f64::from(group.replications) / f64::from(all.replications)
}

fn left_out(group: &Group, all: &Group, estimate: f64) -> Left {
    Left { estimate, share: share(group, all) }
}

/// Mean of the table that the KPI is read from.
fn mean(group: &Group, kpi: Kpi) -> Option<f64> {
    match kpi.pooling() {
        Pooling::Recovery => group.recoveries.mean(),
        _ => group.waits.mean(),
    }
}

/// Correlation of paired values; 0 where one of them does not vary.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len()) as f64;
    let mean = |x: &[f64]| x.iter().sum::<f64>() / n;
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum::<f64>();
    let spread = (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt();
    if spread > 0.0 { sum(&|x, y| x * y) / spread } else { 0.0 }
}

impl Outcome {
    /// All products together: rates as ratios of sums, totals added up. Peaks and percentiles of a path have
    /// no meaning summed, and are absent. Of a single product that product.
    #[must_use]
    pub fn all_products(&self) -> &ProductOutcome {
        self.together.as_ref().unwrap_or(&self.products[0])
    }
}
