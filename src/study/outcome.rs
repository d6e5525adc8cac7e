//! What the replications found: rows of KPIs, waits, bands, and the estimates made of them.

use super::bands::Bands;
use super::windows::WindowOutcome;
use crate::model::{Kpi, Pooling, Unit};
use crate::sim::{Beyond, EventWindow, KpiRow, RouteTimes};
use crate::stats::interval::{Estimate, Left, Pair, Sample, quantile};
use crate::stats::survival::WaitTable;

/// Share of replications that a tail KPI averages.
pub(super) const TAIL: f64 = 0.05;

/// The quantile of [`Pooling::WaitQuantile`].
const WAIT_QUANTILE: f64 = 0.95;

/// A whole run.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub replications: u32,
    /// More units in some replication than can be counted: then the figures say nothing.
    pub beyond: Option<Beyond>,
    pub seed: u64,
    pub models: Vec<String>,
    pub products: Vec<ProductOutcome>,
    /// Whether the precision asked for was reached; absent if none was.
    pub precision_met: Option<bool>,
    /// The models at equal service and at equal capital, if that was asked for.
    pub equal: Option<super::equal::EqualTerms>,
    /// What would flip the comparison of each further model with the first; empty if that was not asked for.
    pub flips: Vec<super::flip::ModelFlips>,
}

/// One product in every supply model.
#[derive(Debug, Clone)]
pub struct ProductOutcome {
    pub sku: String,
    /// Dated events of the window; none of all products together.
    pub windows: Vec<EventWindow>,
    pub models: Vec<ModelOutcome>,
}

/// One product in one supply model.
#[derive(Debug, Clone)]
pub struct ModelOutcome {
    pub name: String,
    /// One row a replication, in order.
    pub rows: Vec<KpiRow>,
    /// Waits and recoveries, in groups of replications for the jackknife.
    pub groups: Vec<Group>,
    /// What was received, by location and route of the model; empty of all products together.
    pub routes: Vec<Vec<RouteTimes>>,
    pub bands: Bands,
    /// Contribution of an order served from stock: what a future order is worth.
    pub future_order: f64,
    /// The windows of dated events, in the product's order.
    pub windows: Vec<WindowOutcome>,
    pub(super) beyond: Option<Beyond>,
}

/// Pooled tables of a group of replications.
#[derive(Debug, Clone, Default)]
pub struct Group {
    pub replications: u32,
    pub waits: WaitTable,
    pub recoveries: WaitTable,
}

impl Group {
    /// Adds one replication.
    pub(super) fn add(&mut self, waits: &WaitTable, recovery: &WaitTable) {
        self.replications += 1;
        self.waits.merge(waits);
        self.recoveries.merge(recovery);
    }

    pub fn merge(&mut self, other: &Group) {
        self.replications += other.replications;
        self.waits.merge(&other.waits);
        self.recoveries.merge(&other.recoveries);
    }

    fn without(&self, other: &Group) -> Group {
        Group {
            replications: self.replications - other.replications,
            waits: self.waits.without(&other.waits),
            recoveries: self.recoveries.without(&other.recoveries),
        }
    }

    fn share_of(&self, all: &Group) -> f64 {
        f64::from(self.replications) / f64::from(all.replications)
    }

    fn left_out_of(&self, all: &Group, estimate: f64) -> Left {
        Left { estimate, share: self.share_of(all) }
    }

    /// Mean of the table that the KPI is read from.
    fn mean(&self, kpi: Kpi) -> Option<f64> {
        match kpi.pooling() {
            Pooling::Recovery => self.recoveries.mean(),
            _ => self.waits.mean(),
        }
    }
}

/// Percentiles of the per-replication values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub p5: f64,
    pub p25: f64,
    pub p50: f64,
    pub p75: f64,
    pub p95: f64,
}

/// A KPI of one product in one supply model: the pooled estimate, and how much replications differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    pub kpi: Kpi,
    pub estimate: Estimate,
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

impl ModelOutcome {
    pub(super) fn new(name: &str, groups: usize) -> Self {
        ModelOutcome {
            name: name.into(),
            rows: Vec::new(),
            groups: vec![Group::default(); groups],
            routes: Vec::new(),
            bands: Bands::default(),
            future_order: 0.0,
            windows: Vec::new(),
            beyond: None,
        }
    }

    /// The same model over several products, replication by replication.
    pub(super) fn pooled_over_products(name: &str, parts: &[&ModelOutcome]) -> Self {
        let mut out = ModelOutcome::new(name, parts.first().map_or(0, |p| p.groups.len()));
        out.rows = (0..parts.first().map_or(0, |p| p.rows.len()))
            .map(|r| {
                std::array::from_fn(|k| {
                    let pairs = parts.iter().map(|p| p.rows[r][k]);
                    let (x, y) = pairs.fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
                    match Kpi::ALL[k].pooling() {
                        Pooling::Ratio => (x, y),
                        Pooling::Total => (x, 1.0),
                        Pooling::Tail => (x, 1.0),
                        Pooling::PathMean
                        | Pooling::CashCycle
                        | Pooling::Wait
                        | Pooling::WaitQuantile
                        | Pooling::Recovery => (0.0, 0.0),
                    }
                })
            })
            .collect();
        for part in parts {
            for (mine, theirs) in out.groups.iter_mut().zip(&part.groups) {
                mine.replications = theirs.replications;
                mine.waits.merge(&theirs.waits);
            }
        }
        out
    }

    /// Numerators and denominators of one KPI, by replication.
    #[must_use]
    pub fn pairs(&self, kpi: Kpi) -> Vec<Pair> {
        self.rows.iter().map(|row| row[kpi.index()]).collect()
    }

    /// Values of one KPI by replication; absent where it does not exist.
    pub fn values(&self, kpi: Kpi) -> impl Iterator<Item = Option<f64>> + '_ {
        self.rows.iter().map(move |row| {
            let (x, y) = row[kpi.index()];
            (y != 0.0).then(|| x / y)
        })
    }

    /// All replications' waits and recoveries.
    #[must_use]
    pub fn pooled(&self) -> Group {
        let mut all = Group::default();
        self.groups.iter().for_each(|g| all.merge(g));
        all
    }

    /// The pooled estimate of a KPI; absent where it cannot be computed.
    #[must_use]
    pub fn estimate(&self, kpi: Kpi) -> Option<Estimate> {
        match kpi.pooling() {
            Pooling::WaitQuantile => Some(self.wait_quantile()?.0),
            // Without one of the groups the estimate may not exist, and then its error is not known.
            Pooling::Wait | Pooling::Recovery => {
                let without_error = || Some(Estimate::new(self.pooled().mean(kpi)?, None));
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
            Pooling::Ratio | Pooling::Total | Pooling::PathMean => Sample::ratio(&self.pairs(kpi)),
            Pooling::CashCycle => {
                let of = |kpi| Sample::ratio(&self.pairs(kpi));
                Some(of(Kpi::DaysInventory)?.plus(1.0, &of(Kpi::DaysSales)?).plus(-1.0, &of(Kpi::DaysPayable)?))
            }
            Pooling::Tail => Sample::lower_tail_mean(&self.values(kpi).collect::<Option<Vec<f64>>>()?, TAIL),
            Pooling::Wait | Pooling::Recovery => {
                let all = self.pooled();
                let left: Option<Vec<Left>> =
                    self.used_groups().map(|g| Some(g.left_out_of(&all, all.without(g).mean(kpi)?))).collect();
                left.filter(|l| l.len() > 1).and_then(|l| Some(Sample::jackknife(all.mean(kpi)?, &l)))
            }
            Pooling::WaitQuantile => None,
        }
    }

    fn used_groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.iter().filter(|g| g.replications > 0)
    }

    /// The 95 % quantile of waits, and the survival at that age without each group in turn: by it quantiles of two models
    /// are paired.
    fn wait_quantile(&self) -> Option<(Estimate, Vec<f64>)> {
        let all = self.pooled();
        let curves: Vec<(f64, Vec<f64>)> =
            self.used_groups().map(|g| (g.share_of(&all), all.waits.without(&g.waits).kaplan_meier())).collect();
        let estimate = all.waits.quantile_estimate(WAIT_QUANTILE, &curves)?;
        let survival = |c: &(f64, Vec<f64>)| c.1.get(estimate.value as usize).copied().unwrap_or(0.0);
        Some((estimate, curves.iter().map(survival).collect()))
    }

    /// Why the interval of a KPI is rough; absent where it is not.
    #[must_use]
    pub fn remark(&self, kpi: Kpi) -> Option<&'static str> {
        let rows = self.rows.iter().map(|row| row[kpi.index()]);
        remark(kpi, rows.fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1)))
    }

    #[must_use]
    pub fn summary(&self, kpi: Kpi) -> Option<Summary> {
        let estimate = self.estimate(kpi)?;
        let mut sorted: Vec<f64> = self.values(kpi).flatten().collect();
        sorted.sort_by(f64::total_cmp);
        let q = |p| quantile(&sorted, p);
        let spread = (|| Some(Spread { p5: q(0.05)?, p25: q(0.25)?, p50: q(0.5)?, p75: q(0.75)?, p95: q(0.95)? }))();
        Some(Summary { kpi, estimate, spread, replications: sorted.len(), remark: self.remark(kpi) })
    }
}

/// Adds `theirs` to `mine`, location by location and route by route.
pub(super) fn merge_routes(mine: &mut Vec<Vec<RouteTimes>>, theirs: &[Vec<RouteTimes>]) {
    mine.resize(theirs.len(), Vec::new());
    for (mine, theirs) in mine.iter_mut().zip(theirs) {
        mine.resize(theirs.len(), RouteTimes::default());
        mine.iter_mut().zip(theirs).for_each(|(m, t)| m.merge(t));
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
    /// no meaning summed, and are absent.
    #[must_use]
    pub fn all_products(&self) -> ProductOutcome {
        let models = (0..self.models.len()).map(|m| {
            let parts: Vec<&ModelOutcome> = self.products.iter().map(|p| &p.models[m]).collect();
            ModelOutcome::pooled_over_products(&self.models[m], &parts)
        });
        ProductOutcome { sku: "all products".into(), windows: Vec::new(), models: models.collect() }
    }
}
