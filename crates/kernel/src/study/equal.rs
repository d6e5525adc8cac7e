//! Supply models on equal terms: each at its own best, at equal service, at equal capital.
//!
//! At their own policies supply models differ in service and in capital at once, and neither can be judged alone. Here
//! each model gets more or less stock, the same days of demand at all its locations, and is judged where it earns most,
//! where all serve alike on ordinary days, and where all tie up what the first model does.

use super::bench::{Bench, Days};
use super::engine::Engine;
use super::estimates::Estimates;
use super::search::{Answer, Crossing, Goal, REPLICATIONS, Search, sample};
use crate::model::{EqualService, Experiment, Kpi, Product, Scenario, SupplyModel};
use crate::sim::{Beyond, KpiRow, Plan};
use restock_base::stats::interval::{Estimate, Sample, Z95};
use std::borrow::Cow;

/// What a model's own best is the best of.
pub const OBJECTIVE: Kpi = Kpi::ResidualIncome;

/// A loss below this share of revenue is indifferent.
const INDIFFERENT: f64 = 0.002_5;

/// Extra days of demand tried upwards and downwards from the model's own policy: the frontier that charts show. The
/// steps end where hardly an order waits, and where half of them do.
const UPWARDS: [f64; 5] = [15.0, 35.0, 60.0, 100.0, 160.0];
const DOWNWARDS: [f64; 4] = [-12.0, -25.0, -40.0, -60.0];
const FRONTIER: std::ops::Range<f64> = 0.5..0.995;

/// The most extra days of demand that a search tries.
const MOST_DAYS: f64 = 400.0;

/// Beyond so many extra days of demand no planner would hold the stock.
const HALF_A_YEAR: f64 = 182.5;

/// A model with a given extra stock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Days of mean demand added to every target of the policy; negative: taken off.
    pub extra_days: f64,
    /// Of all days.
    pub fill_rate: Estimate,
    /// Of ordinary days, without surges and unplanned campaigns.
    pub ordinary_fill_rate: Estimate,
    /// Mean capital invested, in the currency.
    pub invested_capital: Estimate,
    /// Mean capital of the safety stock that is planned, in the currency.
    pub safety_stock_capital: Estimate,
    /// The [`OBJECTIVE`].
    pub value: Estimate,
}

/// What a search found: the stock, and the KPIs of the days as they come.
///
/// Other replications would have led the search to another stock. To first order that moves a KPI by its slope along
/// the search times the error of what was searched for; the estimates carry this error, so that their intervals hold
/// for "the capital at 97 %" and not only for "the capital with so much stock".
#[derive(Debug, Clone)]
pub struct Found {
    /// Days of mean demand added to every target of the policy; a fraction where the answer lies between whole units.
    pub extra_days: f64,
    /// The KPIs of the days as they come, with the error of the search in them.
    pub estimates: Estimates,
}

/// The stock at which a model earns most.
#[derive(Debug, Clone)]
pub struct OwnBest {
    /// The least stock that is not shown to earn less than the best, or hardly less: its capital is the least of
    /// equals.
    pub least: Found,
    /// Extra days of demand at the best.
    pub best_days: f64,
    /// Least and most extra days of demand between which the loss is indifferent: its interval contains 0, or it is under 0.25 %
    /// of revenue.
    pub indifferent: (f64, f64),
    /// The [`OBJECTIVE`] at the best.
    pub value: Estimate,
    /// The best, or the end of the indifferent stocks on that side, is the least stock that the search tries.
    pub at_least: bool,
    /// The same at the other end: the most stock that the search tries.
    pub at_most: bool,
}

/// The stock that serves ordinary days as was asked for.
#[derive(Debug, Clone)]
pub struct AtService {
    /// The stock, and the KPIs of the days as they come.
    pub found: Found,
    /// The same stock in the same replications without surges and unplanned campaigns.
    pub ordinary: Estimates,
    /// Even the least stock that the search tries serves so well.
    pub at_least: bool,
}

/// One model of one product, searched.
#[derive(Debug, Clone)]
pub struct ModelFrontier {
    /// Name of the supply model.
    pub name: String,
    /// The points at which the search looked, by rising extra stock; points where there was no stock left to take off are
    /// left out.
    pub frontier: Vec<Point>,
    /// Where it earns most.
    pub own_best: OwnBest,
    /// Absent if even 400 days more do not reach the target.
    pub at_service: Option<AtService>,
    /// Absent if even the least stock ties up more than the first model's own policy.
    pub at_capital: Option<Found>,
}

/// One product, all models.
#[derive(Debug, Clone)]
pub struct EqualProduct {
    /// Stock-keeping unit of the product.
    pub sku: String,
    /// Invested capital of the first model at its own policy.
    pub capital: f64,
    /// Whether surges or unplanned campaigns come, so that ordinary days are not all days.
    pub has_surprises: bool,
    /// One entry a supply model, in scenario order.
    pub models: Vec<ModelFrontier>,
}

/// Supply models compared on equal terms.
#[derive(Debug, Clone)]
pub struct EqualTerms {
    /// The service that all are brought to.
    pub service: EqualService,
    /// Replications of what was found.
    pub replications: u32,
    /// Replications of the points of the frontier.
    pub frontier_replications: u32,
    /// One entry a product, in scenario order.
    pub products: Vec<EqualProduct>,
}

/// Which of the three comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    /// Each with the least stock that earns as much as its best.
    OwnBest,
    /// All with the stock that serves ordinary days alike.
    EqualService,
    /// All with the stock that ties up what the first model does.
    EqualCapital,
}

impl Found {
    /// More than half a year of demand is added: an answer that no planner would hold.
    #[must_use]
    pub fn beyond_reason(&self) -> bool {
        self.extra_days > HALF_A_YEAR
    }
}

impl AtService {
    /// What surges and unplanned campaigns change, replications paired; negative where they take away.
    #[must_use]
    pub fn change_by_surprises(&self, kpi: Kpi) -> Option<Estimate> {
        self.found.estimates.minus(&self.ordinary, kpi)
    }
}

/// Searches every product and model. Must run where [`super::run`] runs: on its threads. `progress` hears how many
/// models are done.
///
/// # Errors
///
/// If there are more units in some replication than can be counted.
pub(super) fn equal_terms(
    engine: &Engine,
    scenario: &Scenario,
    experiment: &Experiment,
    progress: &dyn Fn(u64),
) -> Result<EqualTerms, Beyond> {
    let mut done = 0;
    let (mut replications, mut screened) = (0, 0);
    let mut product = |p: &Product| {
        let bench = Bench::new(engine, scenario, p, experiment.seed, experiment.replications.min(REPLICATIONS));
        let mut own: Option<Vec<KpiRow>> = None;
        let mut models = Vec::with_capacity(scenario.models.len());
        for m in &scenario.models {
            let plan = Plan::new(scenario, p, m, bench.demand(), experiment.seed);
            let companions = bench.companions(scenario, m, experiment.seed);
            let mut search = ModelSearch::new(Search::new(&bench, (plan, companions), experiment.replications));
            (replications, screened) = (search.points.replications, search.points.screened());
            let first = own.get_or_insert_with(|| search.points.rows(Days::AsTheyCome, 0, replications).to_vec());
            models.push(search.model(m, experiment.equal_service, first));
            done += 1;
            progress(done);
        }
        if let Some(beyond) = bench.beyond() {
            return Err(beyond.clone());
        }
        Ok(EqualProduct {
            sku: p.sku.clone(),
            capital: own.map_or(0.0, |rows| sample(&rows, Kpi::InvestedCapital).value),
            has_surprises: bench.has_surprises(),
            models,
        })
    };
    let products = scenario.products.iter().map(&mut product).collect::<Result<_, Beyond>>()?;
    Ok(EqualTerms { service: experiment.equal_service, replications, frontier_replications: screened, products })
}

/// The searches of one model.
struct ModelSearch<'a> {
    points: Search<'a>,
    /// Least and most units that are tried.
    range: (i64, i64),
}

impl<'a> ModelSearch<'a> {
    /// Looks at the steps of the frontier.
    fn new(mut points: Search<'a>) -> Self {
        let n = points.screened();
        let fill =
            |s: &mut Search<'a>, days, units| sample(s.rows_for(Kpi::FillRate, days, units, n), Kpi::FillRate).value;
        let mut served = fill(&mut points, Days::Ordinary, 0);
        fill(&mut points, Days::AsTheyCome, 0);
        for days in UPWARDS {
            if served >= FRONTIER.end {
                break;
            }
            let units = points.units(days);
            served = fill(&mut points, Days::Ordinary, units);
            fill(&mut points, Days::AsTheyCome, units);
        }
        let mut least = 0;
        let mut served = fill(&mut points, Days::AsTheyCome, 0);
        for days in DOWNWARDS {
            if served < FRONTIER.start {
                break;
            }
            least = points.units(days);
            served = fill(&mut points, Days::AsTheyCome, least);
            fill(&mut points, Days::Ordinary, least);
        }
        let range = (least, points.units(MOST_DAYS));
        ModelSearch { points, range }
    }

    fn model(mut self, m: &SupplyModel, service: EqualService, first: &[KpiRow]) -> ModelFrontier {
        let own_best = self.own_best();
        let at_service = self.at_service(service);
        let at_capital = self.at_capital(first);
        ModelFrontier { name: m.name.clone(), frontier: self.frontier(), own_best, at_service, at_capital }
    }

    fn found(&mut self, answer: &Answer) -> Found {
        Found { extra_days: self.days(answer.units), estimates: self.points.estimates(Days::AsTheyCome, answer) }
    }

    fn days(&self, units: f64) -> f64 {
        if self.points.day > 0.0 { units / self.points.day } else { 0.0 }
    }

    /// The least stock at which the goal is reached, with all replications; whether it is the least that is tried.
    fn least(&mut self, days: Days, goal: &Goal<'_>, range: (i64, i64)) -> Option<(Answer, bool)> {
        match self.points.cross(days, goal, range) {
            Crossing::Least => Some((Answer::at(range.0), true)),
            Crossing::At(units) => Some((self.points.answer(days, goal, units, range), false)),
            Crossing::Beyond => None,
        }
    }

    fn own_best(&mut self) -> OwnBest {
        let value = |rows: &[KpiRow]| sample(rows, OBJECTIVE).value;
        let near = self.points.peak(&value, self.range);
        let best = self.points.best(&value, near, self.range);
        let at_best = self.points.estimates(Days::AsTheyCome, &best);
        let revenue = at_best.estimate(Kpi::Revenue).map_or(0.0, |e| e.value);
        // What the loss may be, less what it is. Fewer replications see the same limit.
        let screened = Estimates::of(self.points.rows(Days::AsTheyCome, near, self.points.screened()));
        let (all, few) = (f64::from(self.points.replications), f64::from(self.points.screened()));
        let spare = move |rows: &[KpiRow]| {
            let (best, scale) =
                if rows.len() as f64 == all { (&at_best, 1.0) } else { (&screened, (few / all).sqrt()) };
            let best = best.sample(OBJECTIVE).unwrap_or_else(|| Sample::constant(0.0, rows.len()));
            let gain = sample(rows, OBJECTIVE).plus(-1.0, &best);
            let noise = Z95 * scale * gain.estimate().standard_error.unwrap_or(0.0);
            gain.plus(1.0, &Sample::constant(noise.max(INDIFFERENT * revenue), rows.len()))
        };
        let middle = near.max(best.units.round() as i64).clamp(self.range.0, self.range.1);
        let goal = Goal { kpi: OBJECTIVE, excess: &spare };
        let low = self.least(Days::AsTheyCome, &goal, (self.range.0, middle));
        let (low, at_least) = low.unwrap_or_else(|| (best.clone(), false));
        let lost = |rows: &[KpiRow]| spare(rows).times(-1.0);
        let goal = Goal { kpi: OBJECTIVE, excess: &lost };
        let high = match self.points.cross(Days::AsTheyCome, &goal, (middle, self.range.1)) {
            Crossing::At(units) => Some(units),
            Crossing::Least => Some(middle as f64),
            Crossing::Beyond => None,
        };
        let at_most = high.is_none();
        let value = self.points.estimates(Days::AsTheyCome, &best).estimate(OBJECTIVE);
        OwnBest {
            best_days: self.days(best.units),
            indifferent: (self.days(low.units), self.days(high.unwrap_or(self.range.1 as f64))),
            least: self.found(&low),
            value: value.unwrap_or(Estimate::new(0.0, None)),
            at_least,
            at_most,
        }
    }

    fn at_service(&mut self, service: EqualService) -> Option<AtService> {
        let excess = move |rows: &[KpiRow]| match service {
            EqualService::FillRate(target) => {
                sample(rows, Kpi::FillRate).plus(-1.0, &Sample::constant(target, rows.len()))
            }
            EqualService::Chance { fill_rate, chance } => {
                let reached = rows.iter().map(|row| {
                    let (served, wanted) = row[Kpi::FillRate.index()];
                    f64::from(u8::from(served >= fill_rate * wanted)) - chance
                });
                Sample::mean(reached)
            }
        };
        let goal = Goal { kpi: Kpi::FillRate, excess: &excess };
        let (answer, at_least) = self.least(Days::Ordinary, &goal, self.range)?;
        Some(AtService {
            found: self.found(&answer),
            ordinary: self.points.estimates(Days::Ordinary, &answer),
            at_least,
        })
    }

    /// The stock that ties up what `first` does.
    fn at_capital(&mut self, first: &[KpiRow]) -> Option<Found> {
        let excess = |rows: &[KpiRow]| {
            sample(rows, Kpi::InvestedCapital).plus(-1.0, &sample(&first[..rows.len()], Kpi::InvestedCapital))
        };
        let goal = Goal { kpi: Kpi::InvestedCapital, excess: &excess };
        let answer = match self.least(Days::AsTheyCome, &goal, self.range) {
            Some((_, true)) => {
                // The least stock ties up just as much, or more.
                let n = self.points.replications;
                let above = excess(self.points.rows(Days::AsTheyCome, self.range.0, n)).value;
                (above <= 0.0).then(|| Answer::at(self.range.0))?
            }
            Some((answer, false)) => answer,
            None => Answer::at(self.range.1),
        };
        Some(self.found(&answer))
    }

    /// The points at which the search looked at all days and at ordinary ones.
    fn frontier(&mut self) -> Vec<Point> {
        let n = self.points.screened();
        let mut out: Vec<Point> = Vec::new();
        let ordinary = self.points.known(Days::Ordinary, self.range);
        for units in self.points.known(Days::AsTheyCome, self.range) {
            if ordinary.binary_search(&units).is_err() {
                continue;
            }
            let extra_days = self.days(units as f64);
            let ordinary_fill_rate =
                sample(self.points.rows_for(Kpi::FillRate, Days::Ordinary, units, n), Kpi::FillRate).estimate();
            let rows = self.points.rows(Days::AsTheyCome, units, n);
            let money = |kpi| if rows.is_empty() { Sample::constant(0.0, 0) } else { sample(rows, kpi) }.estimate();
            let point = Point {
                extra_days,
                fill_rate: sample(rows, Kpi::FillRate).estimate(),
                ordinary_fill_rate,
                invested_capital: money(Kpi::InvestedCapital),
                safety_stock_capital: money(Kpi::SafetyStockCapital),
                value: money(OBJECTIVE),
            };
            // Where nothing was left to take off, less is the same.
            if let [.., last] = out.as_slice()
                && out.len() == 1
                && (last.invested_capital.value, last.fill_rate.value)
                    == (point.invested_capital.value, point.fill_rate.value)
            {
                out.clear();
            }
            out.push(point);
        }
        out
    }
}

impl ModelFrontier {
    /// What was found on these terms; absent where nothing was.
    #[must_use]
    pub fn found(&self, terms: Terms) -> Option<&Found> {
        match terms {
            Terms::OwnBest => Some(&self.own_best.least),
            Terms::EqualService => self.at_service.as_ref().map(|s| &s.found),
            Terms::EqualCapital => self.at_capital.as_ref(),
        }
    }
}

impl EqualTerms {
    /// KPIs of the models on these terms, of one product or of all together. A model without such a point (for any of
    /// the products) is absent.
    #[must_use]
    pub fn estimates(&self, product: Option<usize>, terms: Terms) -> Vec<Option<Cow<'_, Estimates>>> {
        self.each(product, |m| m.found(terms).map(|f| &f.estimates))
    }

    /// The same for ordinary days at equal service.
    #[must_use]
    pub fn ordinary(&self, product: Option<usize>) -> Vec<Option<Cow<'_, Estimates>>> {
        self.each(product, |m| m.at_service.as_ref().map(|s| &s.ordinary))
    }

    fn each<'a>(
        &'a self,
        product: Option<usize>,
        of: impl Fn(&'a ModelFrontier) -> Option<&'a Estimates>,
    ) -> Vec<Option<Cow<'a, Estimates>>> {
        let products = match product {
            Some(i) => &self.products[i..=i],
            None => &self.products[..],
        };
        let model = |m: usize| -> Option<Cow<'a, Estimates>> {
            let parts: Vec<&Estimates> = products.iter().map(|p| of(&p.models[m])).collect::<Option<_>>()?;
            match parts.as_slice() {
                [only] => Some(Cow::Borrowed(*only)),
                _ => Some(Cow::Owned(Estimates::pooled_over_products(&parts))),
            }
        };
        (0..products.first().map_or(0, |p| p.models.len())).map(model).collect()
    }
}
