//! Supply models at equal service and at equal capital.
//!
//! At their own policies supply models differ in service and in capital at once, and neither can be judged
//! alone. Here each model gets more or less safety stock, the same days of demand at all its locations, until
//! it reaches the target fill rate, or ties up as much capital as the first model does at its own policy.
//! All points of a search run on the same shoppers, factories and ships, so that what differs is the stock.

use super::outcome::{ModelOutcome, Outcome};
use super::replicate::ModelStudy;
use crate::model::{Experiment, Kpi, Product, Scenario};
use crate::stats::interval::{Estimate, Sample};
use std::borrow::Cow;

/// Extra days of demand tried upwards and downwards from the model's own policy: the frontier that charts
/// show. The steps end where hardly an order waits, and where half of them do.
const UPWARDS: [f64; 5] = [15.0, 35.0, 60.0, 100.0, 160.0];
const DOWNWARDS: [f64; 4] = [-12.0, -25.0, -40.0, -60.0];
const FRONTIER: std::ops::Range<f64> = 0.5..0.995;

/// The most extra days of demand that a search tries.
const MOST_DAYS: f64 = 400.0;

/// A search ends between points this close, in days of demand.
const CLOSE: f64 = 0.5;

/// Slopes are taken over so many days of demand to either side.
const WIDE: f64 = 8.0;

/// A search runs on so many replications at most.
const REPLICATIONS: u32 = 1_000;

/// A model with a given extra stock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Days of mean demand added to every target of the policy; negative: taken off.
    pub extra_days: f64,
    pub fill_rate: Estimate,
    pub invested_capital: Estimate,
    pub safety_stock_capital: Estimate,
}

/// What a search found: the point, and all its KPIs.
///
/// Other replications would have led the search to another stock. To first order that moves a KPI by its slope
/// along the search times the error of what was searched for; the rows of `outcome` carry this error, so that the
/// intervals of its estimates and differences hold for "the capital at 97 %" and not only for "the capital with so
/// much stock". Single rows and waits mean nothing beyond that.
#[derive(Debug, Clone)]
pub struct Found {
    pub point: Point,
    pub outcome: ModelOutcome,
}

/// One model of one product, searched.
#[derive(Debug, Clone)]
pub struct ModelFrontier {
    pub name: String,
    /// Every point that was run, by rising extra stock; points where there was no stock left to take off are
    /// left out.
    pub frontier: Vec<Point>,
    /// The least stock that reaches the target fill rate; absent if even 400 days more do not.
    pub at_service: Option<Found>,
    /// The most stock that ties up no more than the first model's own capital; absent if even the least does.
    pub at_capital: Option<Found>,
}

/// One product, all models.
#[derive(Debug, Clone)]
pub struct EqualProduct {
    pub sku: String,
    /// Invested capital of the first model at its own policy.
    pub capital: f64,
    pub models: Vec<ModelFrontier>,
}

/// Supply models compared on equal terms.
#[derive(Debug, Clone)]
pub struct EqualTerms {
    pub fill_rate: f64,
    pub replications: u32,
    pub products: Vec<EqualProduct>,
}

/// Which of the two comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    EqualService,
    EqualCapital,
}

/// Searches every product and model. Must run where [`super::run`] runs: on its threads.
/// `progress` hears how many models are done.
pub(super) fn equal_terms(scenario: &Scenario, experiment: &Experiment, progress: &dyn Fn(u64)) -> EqualTerms {
    let replications = experiment.replications.min(REPLICATIONS);
    let experiment = Experiment { replications, precision: None, ..*experiment };
    let mut done = 0;
    let product = |p: &Product| {
        let mut capital: Option<Sample> = None;
        let mut models = Vec::with_capacity(scenario.models.len());
        for m in &scenario.models {
            let mut search = Search {
                study: ModelStudy::new(scenario, p, m, &experiment),
                points: Vec::new(),
                outcomes: Vec::new(),
            };
            let own = search.tried(0.0);
            let capital = capital.get_or_insert_with(|| search.sample(own, Kpi::InvestedCapital));
            models.push(search.frontier(&m.name, experiment.equal_fill_rate, capital));
            done += 1;
            progress(done);
        }
        EqualProduct { sku: p.sku.clone(), capital: capital.map_or(0.0, |c| c.value), models }
    };
    EqualTerms {
        fill_rate: experiment.equal_fill_rate,
        replications,
        products: scenario.products.iter().map(product).collect(),
    }
}

/// The points of one model tried so far, by rising extra stock.
struct Search<'a> {
    study: ModelStudy<'a>,
    points: Vec<Point>,
    outcomes: Vec<ModelOutcome>,
}

impl Search<'_> {
    /// Index of the point with so much extra stock, run if it is new.
    fn tried(&mut self, extra_days: f64) -> usize {
        let i = self.points.partition_point(|p| p.extra_days < extra_days);
        if self.points.get(i).is_none_or(|p| p.extra_days != extra_days) {
            let outcome = self.study.run(extra_days);
            let nothing = Estimate { value: 0.0, standard_error: None };
            let point = Point {
                extra_days,
                // Without demand every order is filled.
                fill_rate: outcome.estimate(Kpi::FillRate).unwrap_or(Estimate { value: 1.0, standard_error: None }),
                invested_capital: outcome.estimate(Kpi::InvestedCapital).unwrap_or(nothing),
                safety_stock_capital: outcome.estimate(Kpi::SafetyStockCapital).unwrap_or(nothing),
            };
            self.points.insert(i, point);
            self.outcomes.insert(i, outcome);
        }
        i
    }

    fn frontier(mut self, name: &str, fill_rate: f64, capital: &Sample) -> ModelFrontier {
        for days in UPWARDS {
            if self.points[self.points.len() - 1].fill_rate.value >= FRONTIER.end {
                break;
            }
            self.tried(days);
        }
        for days in DOWNWARDS {
            if self.points[0].fill_rate.value < FRONTIER.start {
                break;
            }
            self.tried(days);
        }
        // The least stock that reaches the target.
        let at_service = self
            .bracket(&|p| p.fill_rate.value - fill_rate)
            .map(|(_, above)| self.found(above, &|s, i| s.sample(i, Kpi::FillRate)));
        // The most that ties up no more than the first model.
        let most = match self.bracket(&|p| match p.invested_capital.value - capital.value {
            excess if excess > 0.0 => excess,
            // What ties up just as much is not above.
            within => within.min(-f64::MIN_POSITIVE),
        }) {
            Some((below, _)) => below,
            None => Some(self.points.len() - 1),
        };
        let at_capital = most.map(|i| self.found(i, &|s, i| s.sample(i, Kpi::InvestedCapital).plus(-1.0, capital)));
        let mut frontier = self.points;
        let steps = |a: &Point, b: &Point| {
            a.invested_capital.value != b.invested_capital.value || a.fill_rate.value != b.fill_rate.value
        };
        let first = (1..frontier.len()).find(|i| steps(&frontier[i - 1], &frontier[*i])).map_or(0, |i| i - 1);
        frontier.drain(..first);
        ModelFrontier { name: name.to_owned(), frontier, at_service, at_capital }
    }

    /// Point `i`; `goal` is what the search steered by.
    fn found(&self, i: usize, goal: &dyn Fn(&Self, usize) -> Sample) -> Found {
        let mut outcome = self.outcomes[i].clone();
        // The slope over a stretch wide enough that its noise does not matter.
        let days = self.points[i].extra_days;
        let low = self.points.iter().rposition(|p| p.extra_days <= days - WIDE).unwrap_or(0);
        let high = self.points.iter().position(|p| p.extra_days >= days + WIDE).unwrap_or(self.points.len() - 1);
        let (at, rise) = (goal(self, i), goal(self, high).value - goal(self, low).value);
        if rise != 0.0 {
            let n = outcome.rows.len() as f64;
            let mean = |o: &ModelOutcome, k: usize| {
                let (x, y) = o.rows.iter().fold((0.0, 0.0), |s, row| (s.0 + row[k].0, s.1 + row[k].1));
                (x / n, y / n)
            };
            for k in 0..Kpi::COUNT {
                let (a, b) = (mean(&self.outcomes[low], k), mean(&self.outcomes[high], k));
                let slope = ((b.0 - a.0) / rise, (b.1 - a.1) / rise);
                for (row, error) in outcome.rows.iter_mut().zip(at.residuals()) {
                    row[k].0 -= slope.0 * error * n;
                    row[k].1 -= slope.1 * error * n;
                }
            }
        }
        Found { point: self.points[i], outcome }
    }

    /// A KPI that exists at every point; nothing where there is no demand.
    fn sample(&self, i: usize, kpi: Kpi) -> Sample {
        let rows = self.outcomes[i].rows.len();
        self.outcomes[i].sample(kpi).unwrap_or_else(|| Sample::constant(1.0, rows))
    }

    /// Neighbours between which `excess` changes its sign, no further than [`CLOSE`] apart: the index of the
    /// last point below (absent if there is none) and of the first that is not.
    fn bracket(&mut self, excess: &dyn Fn(&Point) -> f64) -> Option<(Option<usize>, usize)> {
        while self.points.last().is_some_and(|p| excess(p) < 0.0) {
            let last = self.points[self.points.len() - 1].extra_days;
            if last >= MOST_DAYS {
                return None;
            }
            self.tried((last * 2.0).clamp(1.0, MOST_DAYS));
        }
        let mut halve = false;
        loop {
            let above = self.points.iter().position(|p| excess(p) >= 0.0)?;
            let Some(below) = above.checked_sub(1) else { return Some((None, above)) };
            let (a, b) = (&self.points[below], &self.points[above]);
            let width = b.extra_days - a.extra_days;
            if width <= CLOSE + 1e-9 {
                return Some((Some(below), above));
            }
            // The secant and halving in turn: the one is fast, the other certain.
            let share = if halve { 0.5 } else { excess(a) / (excess(a) - excess(b)) };
            halve = !halve;
            let tenths = |days: f64| (days * 10.0).round() / 10.0;
            let aside = CLOSE / 2.0;
            let next = (a.extra_days + width * share).clamp(a.extra_days + aside, b.extra_days - aside);
            self.tried(tenths(next));
        }
    }
}

impl EqualProduct {
    /// The models that have a point on these terms, as outcomes: for estimates and paired differences.
    #[must_use]
    pub fn outcomes(&self, terms: Terms) -> Vec<Option<&ModelOutcome>> {
        self.models.iter().map(|m| m.found(terms).map(|f| &f.outcome)).collect()
    }
}

impl ModelFrontier {
    #[must_use]
    pub fn found(&self, terms: Terms) -> Option<&Found> {
        match terms {
            Terms::EqualService => self.at_service.as_ref(),
            Terms::EqualCapital => self.at_capital.as_ref(),
        }
    }
}

impl EqualTerms {
    /// The models on these terms, all products together; absent if a model has no such point for any product.
    #[must_use]
    pub fn outcomes(&self, outcome: &Outcome, terms: Terms) -> Vec<Option<Cow<'_, ModelOutcome>>> {
        if let [only] = self.products.as_slice() {
            return only.outcomes(terms).into_iter().map(|o| o.map(Cow::Borrowed)).collect();
        }
        let of_model = |m: usize| -> Option<Cow<'_, ModelOutcome>> {
            let each: Option<Vec<&ModelOutcome>> = self.products.iter().map(|p| p.outcomes(terms)[m]).collect();
            Some(Cow::Owned(ModelOutcome::pooled_over_products(&outcome.models[m], &each?)))
        };
        (0..outcome.models.len()).map(of_model).collect()
    }
}
