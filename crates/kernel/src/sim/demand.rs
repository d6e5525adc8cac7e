//! The shoppers of one replication: drawn once, then shown to every supply model.

use super::disruptions::{DisruptionPlan, Spells};
use super::strata::Spread;
use crate::model::{
    Baseline, Demand, Disruption, Forecast, Forecasted, History, HistoryUse, Horizon, OrderSize, Product, Regime,
    Scenario,
};
use rand_distr::Gamma;
use restock_base::calendar::Day;
use restock_base::law::{CountTable, Dist, Sampler, binomial, negative_binomial};
use restock_base::rng::{Draws, Stream};
use restock_base::units::room;
use restock_forecast::{ItemModel, Streams, arrivals};
use std::collections::HashMap;
use std::ops::Range;

/// Days laid out beyond the last simulated one, because orders of the last days look ahead.
pub(super) const TAIL: usize = 1_000;

/// Everything about demand that is the same in every replication.
#[derive(Debug, Clone)]
pub struct DemandPlan {
    first: Day,
    days: usize,
    warmup: usize,
    /// The first day on which anything is drawn: those before it are the past of a position.
    begin: usize,
    baseline: BaselinePlan,
    /// Mean of each day, as far as the calendar fixes it, until `TAIL` days beyond the end.
    fixed_mean: Vec<f64>,
    /// Factor of each day on units that are not drawn from a mean (histories, daily distributions).
    fixed_factor: Vec<f64>,
    campaigns: Vec<CampaignPlan>,
    /// Those that may pause.
    pausing: Vec<CampaignPlan>,
    surge: Option<SurgePlan>,
    regimes: Vec<RegimePlan>,
    disruptions: DisruptionPlan,
    /// Days of dated campaigns.
    campaign_days: Vec<bool>,
    demand_stream: Stream,
    /// The law of the units of an order, if they may be several.
    order_size: Option<(OrderSize, Stream)>,
    review_stream: Stream,
    /// Knowledge about demand that the planner has beforehand.
    pub(super) known: Known,
}

/// The planner's calendar: expected demand of a day relative to an ordinary one.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub factor: Vec<f64>,
    /// Sums of `factor` and of its squares over the days before each.
    pub sum: Vec<f64>,
    pub sum_of_squares: Vec<f64>,
    /// Mean and variance of an ordinary day.
    pub mean: f64,
    pub variance: f64,
    /// The planner (in [`DemandPlan`]: some model's planner) is told each replication's true means.
    pub truth: bool,
    /// Constants of the model fitted on the history, for a planner who uses it.
    pub fitted: Option<FittedPlanner>,
}

/// Constants that a planner takes from the fitted model.
#[derive(Debug, Clone, Copy)]
pub(super) struct FittedPlanner {
    pub alpha: f64,
    /// Inverse dispersion of a day's count.
    pub inverse_dispersion: f64,
    /// Days that the first level rests on.
    pub weight: f64,
    pub damping: f64,
    pub long_run: f64,
}

impl FittedPlanner {
    /// Sum over the next `horizon` days of the share of a deviation of the level that is left, in days: it decays at a rate a day.
    pub(super) fn stays(&self, horizon: f64) -> f64 {
        if self.damping > 0.0 { -(-self.damping * horizon).exp_m1() / self.damping } else { horizon }
    }
}

#[derive(Debug, Clone)]
enum BaselinePlan {
    Counts {
        /// Mean number of orders of each day.
        means: Vec<f64>,
        tables: Vec<CountTable>,
        table_of_day: Vec<u32>,
        mixing: Option<Gamma<f64>>,
    },
    Daily(Sampler),
    Replay(Vec<i64>),
    Bootstrap {
        history: History,
        block_days: u32,
        window_days: u32,
        stream: Stream,
    },
    Forecast {
        /// Units sold on the first days of the run, which the history covers.
        past: Vec<i64>,
        /// Days of a path between the end of the history and the first day that is not past.
        skip: usize,
        model: Box<ItemModel>,
        streams: Streams,
    },
    /// A fitted model of weeks or months.
    Periods(PeriodPlan),
}

/// A path of weeks or months, whose units are drawn to their days.
#[derive(Debug, Clone)]
struct PeriodPlan {
    /// Units sold on the first days of the run, which the history covers.
    past: Vec<i64>,
    /// Days of a path between the end of the history and the first day that is not past. They are over before the run begins.
    skip: usize,
    model: Box<ItemModel>,
    streams: Streams,
    /// Share of each day of each period of a path.
    shares: Vec<Vec<f64>>,
}

const NO_TABLE: u32 = u32::MAX;
/// Most entries of all tables of one product. Days for which there is no room draw without a table.
const TABLE_ENTRIES: usize = 2_000_000;

#[derive(Debug, Clone)]
struct CampaignPlan {
    from: usize,
    heights: Vec<f64>,
    uplift: PeakPlan,
}

/// The size of a dated peak.
#[derive(Debug, Clone)]
struct PeakPlan {
    size: Dist,
    spread: Spread,
}

#[derive(Debug, Clone)]
struct SurgePlan {
    per_year: f64,
    scripted: Vec<(usize, PeakPlan)>,
    /// Excess of surges that began before the run, by day.
    under_way: Vec<f64>,
    peak_uplift: Sampler,
    /// Share of the peak's excess left after each day.
    left: Vec<f64>,
    window: usize,
    lasting_lift: f64,
    pull_forward: Option<(f64, usize)>,
    stream: Stream,
}

#[derive(Debug, Clone)]
struct RegimePlan {
    mean_days: Vec<f64>,
    first: Option<usize>,
    scripted: Vec<(i32, i32, u8)>,
    stream: Stream,
}

/// One replication's world outside the supply models: shoppers, spikes and regimes. Buffers are reused.
#[derive(Debug, Clone, Default)]
pub struct Path {
    /// Units wanted on each simulated day by shoppers who would order at the reference delivery time: each of them one, where orders are of one.
    pub units: Vec<i64>,
    /// How many units each of them wants, where that may be several.
    pub(super) baskets: Baskets,
    /// Sums of the day means before each day, for a planner who is told the truth.
    pub(super) mean_sum: Vec<f64>,
    /// Whether a day belongs to a campaign or to the window of a surge.
    pub spike: Vec<bool>,
    /// First simulated day, not before the measured window, on which a campaign or a surge begins; absent if there is none.
    pub onset: Option<usize>,
    /// Uniform number that places the first review within the review interval, the same in every supply model.
    pub review_phase: f64,
    /// State of each regime, in the scenario's order, on each day from the first simulated one to 1,000 days after the last one.
    pub regimes: Vec<Vec<u8>>,
    /// Spells of each disruption, in the scenario's order; none where nothing can go wrong.
    pub disruptions: Vec<Spells>,
    /// What campaigns that may pause multiply each day by, in the order of those campaigns.
    pub(super) lifts: Vec<Vec<f64>>,
    multiplier: Vec<f64>,
    excess: Vec<f64>,
}

/// The units that each shopper of a replication wants, by day.
#[derive(Debug, Clone, Default)]
pub(super) struct Baskets {
    sizes: Vec<u16>,
    /// Number of the first shopper of each day, and of the last day the number behind its last one.
    begins: Vec<usize>,
    /// The first day on which there are more shoppers than [`Baskets::MOST`].
    pub beyond: Option<usize>,
}

impl Baskets {
    /// No more shoppers of one day are told apart.
    pub const MOST: i64 = room::ORDERS_A_DAY;

    /// The units that each shopper of a day wants, in the order in which they come.
    pub fn of(&self, day: usize) -> &[u16] {
        &self.sizes[self.begins[day]..self.begins[day + 1]]
    }

    /// Draws the units of each shopper. A day's `units` are the number of its shoppers if that is what is counted, and become the units that these
    /// want. Otherwise they are given: as many shoppers come as want them, and the last one wants what is left.
    fn draw(
        &mut self,
        size: &OrderSize,
        units: &mut [i64],
        counts_shoppers: bool,
        mut number: impl FnMut(usize, u32) -> f64,
    ) {
        self.beyond = None;
        self.sizes.clear();
        self.begins.clear();
        self.begins.push(0);
        for (day, units) in units.iter_mut().enumerate() {
            let (shoppers, most) = if counts_shoppers { (*units, i64::MAX) } else { (i64::MAX, *units) };
            let (mut shopper, mut sum) = (0, 0);
            while i64::from(shopper) < shoppers.min(Self::MOST) && sum < most {
                let wanted = i64::from(size.at(number(day, shopper))).min(most - sum);
                self.sizes.push(wanted as u16);
                sum += wanted;
                shopper += 1;
            }
            if i64::from(shopper) < shoppers && sum < most {
                self.beyond = self.beyond.or(Some(day));
            }
            *units = sum;
            self.begins.push(self.sizes.len());
        }
    }
}

/// Everything that a [`DemandPlan`] depends on: products whose roots are equal have the same shoppers in every replication.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DemandRoots<'a> {
    seed: u64,
    horizon: &'a Horizon,
    sku: &'a str,
    /// The product by whose SKU the review phase is drawn: the first of those that are made by one factory.
    phase_of: &'a str,
    demand: &'a Demand,
    regimes: &'a [Regime],
    disruptions: &'a [Disruption],
    /// Whether some planner is told each replication's true means.
    truth: bool,
    stratified: bool,
}

impl<'a> DemandRoots<'a> {
    /// The roots of one product of a scenario.
    #[must_use]
    pub fn of(scenario: &'a Scenario, product: &'a Product, seed: u64) -> Self {
        DemandRoots {
            seed,
            horizon: &scenario.horizon,
            sku: &product.sku,
            phase_of: scenario.made_with(product).next().map_or(&product.sku, |first| &first.sku),
            demand: &product.demand,
            regimes: &scenario.regimes,
            disruptions: &scenario.disruptions,
            truth: scenario.models.iter().any(|m| m.planner.forecast == Forecast::Truth),
            stratified: scenario.stratified,
        }
    }
}

impl DemandPlan {
    /// Mean units of an ordinary day: without weekday, season, trend, campaigns and surges.
    #[must_use]
    pub fn mean_per_day(&self) -> f64 {
        self.known.mean
    }

    /// Lays out the demand of one product.
    #[must_use]
    pub fn new(scenario: &Scenario, product: &Product, seed: u64) -> Self {
        Self::of(&DemandRoots::of(scenario, product, seed))
    }

    /// Lays out the demand of which these are the roots.
    #[must_use]
    pub(crate) fn of(roots: &DemandRoots<'_>) -> Self {
        let DemandRoots { seed, horizon, sku, phase_of, demand: d, regimes, disruptions, truth, stratified } = *roots;
        let (first, days) = (horizon.first(), horizon.total() as usize);
        let (warmup, begin) = (horizon.warmup_days as usize, horizon.begin() as usize);
        let (mean, variance) = d.moments();
        let length = days + TAIL;
        let offset = |day: Day| day.0 - first.0;
        let pattern = Pattern::new(d, horizon.start);
        let peak = |size: &Dist, stream, key| {
            let spread = Spread::new(stream, key);
            PeakPlan { size: size.clone(), spread: if stratified { spread } else { spread.independent() } }
        };

        let mut fixed_factor: Vec<f64> = (0..length).map(|t| pattern.factor(first.plus(t as i32))).collect();
        let mut known: Vec<f64> = (0..length).map(|t| pattern.known(first.plus(t as i32))).collect();
        let mut campaign_days = vec![false; days];
        let (mut campaigns, mut pausing) = (Vec::new(), Vec::new());
        for (index, c) in d.campaigns.iter().enumerate() {
            let heights: Vec<f64> = (0..c.days).map(|i| c.shape.height(i, c.days)).collect();
            let from = offset(c.start);
            let each = || {
                heights
                    .iter()
                    .enumerate()
                    .filter_map(move |(i, h)| usize::try_from(from + i as i32).ok().map(|t| (t, *h)))
            };
            for (t, h) in each().filter(|(t, _)| *t < length) {
                if c.planned {
                    known[t] *= 1.0 + (c.uplift.mean() - 1.0) * h;
                }
                if c.uplift.is_constant() {
                    fixed_factor[t] *= 1.0 + (c.uplift.mean() - 1.0) * h;
                }
                if t < days {
                    campaign_days[t] = true;
                }
            }
            if from + c.days as i32 > 0 && from < days as i32 {
                let stream = Stream::new(seed, sku, "campaign", &format!("{}#{index}", c.name));
                let skipped = (-from).max(0) as usize;
                let plan = CampaignPlan {
                    from: from.max(0) as usize,
                    heights: heights[skipped..].to_vec(),
                    uplift: peak(&c.uplift, stream, (0, 0)),
                };
                pausing.extend(c.pause_below_cover_days.map(|_| plan.clone()));
                campaigns.extend((!c.uplift.is_constant()).then_some(plan));
            }
        }
        let surge = d.surge.as_ref().map(|s| {
            let window = (s.decay.window_days().ceil() as usize).clamp(1, days);
            let stream = Stream::new(seed, sku, "surge", "");
            let scripted = |day: &Day| {
                let t = usize::try_from(offset(*day)).ok().filter(|t| (begin..days).contains(t))?;
                Some((t, peak(&s.peak_uplift, stream, (day.0, 1))))
            };
            let mut under_way = vec![0.0; if s.under_way.is_empty() { 0 } else { days }];
            for (began, uplift) in &s.under_way {
                let since = |t: usize| f64::from(t as i32 - offset(*began));
                for (t, excess) in under_way.iter_mut().enumerate().skip(begin) {
                    *excess += (uplift - 1.0) * s.decay.left(since(t)) + s.lasting_lift;
                }
            }
            SurgePlan {
                under_way,
                per_year: s.per_year,
                scripted: s.scripted.iter().filter_map(scripted).collect(),
                peak_uplift: Sampler::new(&s.peak_uplift),
                left: (0..days).map(|h| s.decay.left(h as f64)).collect(),
                window,
                lasting_lift: s.lasting_lift,
                pull_forward: s.pull_forward.map(|p| (p.share, p.days as usize)),
                stream,
            }
        });
        let fixed_mean: Vec<f64> =
            (0..length).map(|t| fixed_factor[t] * mean * pattern.of_model(first.plus(t as i32))).collect();
        let known = Known {
            factor: Vec::new(),
            sum: Vec::new(),
            sum_of_squares: Vec::new(),
            mean,
            variance,
            truth,
            fitted: match &d.baseline {
                Baseline::Forecast(f) => Some(FittedPlanner {
                    alpha: f.by_day(f.model.alpha()),
                    inverse_dispersion: f.inverse_dispersion(),
                    weight: f.model.weight() * f.days(),
                    damping: f.by_day(f.model.damping()),
                    long_run: f.long_run(),
                }),
                _ => None,
            },
        }
        .with_factors(known);
        DemandPlan {
            first,
            days,
            warmup,
            begin,
            baseline: {
                let orders: Vec<f64> = fixed_mean[..days].iter().map(|mean| mean / d.units_per_order()).collect();
                BaselinePlan::new(&d.baseline, orders, (first, begin), sku, seed)
            },
            fixed_mean,
            fixed_factor,
            campaigns,
            pausing,
            surge,
            regimes: regimes.iter().map(|r| RegimePlan::new(r, first, seed)).collect(),
            disruptions: DisruptionPlan::new(disruptions, (first, horizon.from), begin..length, seed),
            campaign_days,
            demand_stream: Stream::new(seed, sku, "demand", ""),
            order_size: d.order_size.clone().map(|size| (size, Stream::new(seed, sku, "order-size", ""))),
            review_stream: Stream::new(seed, phase_of, "review-phase", ""),
            known,
        }
    }

    /// Bytes of the tables, for the memory estimate.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &self.baseline {
            BaselinePlan::Counts { tables, .. } => tables.iter().map(CountTable::bytes).sum(),
            _ => 0,
        }
    }

    /// Draws one replication to be kept: without the buffers that only drawing needs.
    #[must_use]
    pub fn path(&self, replication: u32) -> Path {
        let mut path = Path::default();
        self.draw(replication, &mut path);
        Path { multiplier: Vec::new(), excess: Vec::new(), ..path }
    }

    /// The spells of each disruption in a replication, in the scenario's order: the same for all products.
    #[must_use]
    pub fn disruptions(&self, replication: u32) -> Vec<Spells> {
        let mut out = Vec::new();
        self.disruptions.draw(replication, &mut out);
        out
    }

    /// Draws one replication into `path`.
    pub fn draw(&self, replication: u32, path: &mut Path) {
        path.review_phase = self.review_stream.at(replication, 0, 0).uniform();
        self.draw_events(replication, path);
        self.draw_units(replication, path);
        if let Some((size, stream)) = &self.order_size {
            // A block has the numbers of four shoppers, who come one after the other.
            let mut block = [0.0; 4];
            let number = |t: usize, shopper: u32| {
                if shopper.is_multiple_of(4) {
                    block = stream.four(replication, self.first.plus(t as i32).0, shopper / 4);
                }
                block[shopper as usize % 4]
            };
            let counts_orders = matches!(self.baseline, BaselinePlan::Counts { .. });
            path.baskets.draw(size, &mut path.units, counts_orders, number);
        }
        if self.known.truth {
            let mut sum = 0.0;
            path.mean_sum.clear();
            path.mean_sum.push(0.0);
            for (t, mean) in self.fixed_mean.iter().enumerate() {
                sum += mean * path.multiplier.get(t).copied().unwrap_or(1.0);
                path.mean_sum.push(sum);
            }
        }
        path.regimes.resize_with(self.regimes.len(), Vec::new);
        for (plan, states) in self.regimes.iter().zip(&mut path.regimes) {
            plan.draw(replication, self.first, self.begin..self.days + TAIL, states);
        }
        if !self.disruptions.is_empty() {
            self.disruptions.draw(replication, &mut path.disruptions);
        }
    }

    /// Campaigns of random height, and surges.
    fn draw_events(&self, replication: u32, path: &mut Path) {
        path.multiplier.clear();
        path.multiplier.resize(self.days, 1.0);
        path.spike.clear();
        path.spike.extend_from_slice(&self.campaign_days);
        for c in &self.campaigns {
            let uplift = c.uplift.draw(replication);
            for (m, h) in path.multiplier[c.from..].iter_mut().zip(&c.heights) {
                *m *= 1.0 + (uplift - 1.0) * h;
            }
        }
        path.lifts.resize_with(self.pausing.len(), Vec::new);
        for (c, lifts) in self.pausing.iter().zip(&mut path.lifts) {
            let uplift = c.uplift.draw(replication);
            lifts.clear();
            lifts.resize(self.days, 1.0);
            lifts[c.from..].iter_mut().zip(&c.heights).for_each(|(lift, h)| *lift = 1.0 + (uplift - 1.0) * h);
        }
        path.onset =
            (self.warmup..self.days).find(|&t| self.campaign_days[t] && (t == 0 || !self.campaign_days[t - 1]));
        path.excess.clear();
        let Some(surge) = &self.surge else { return };
        path.excess.resize(self.days, 0.0);
        path.excess.iter_mut().zip(&surge.under_way).for_each(|(e, more)| *e += more);
        for (t, peak) in &surge.scripted {
            surge.add(self, *t, peak.draw(replication), path);
        }
        if surge.per_year > 0.0 {
            // The surges of past days are in the units of these days already, or are not known.
            let past = self.baseline.past_days().max(self.begin);
            let ahead = (self.first.plus(past as i32), self.days - past);
            arrivals(surge.stream, surge.per_year, replication, ahead, &mut |t, mut draw| {
                surge.add(self, past + t, surge.peak_uplift.draw(&mut draw), path);
            });
        }
        for (m, e) in path.multiplier.iter_mut().zip(&path.excess) {
            *m *= (1.0 + e).max(0.0);
        }
    }

    fn draw_units(&self, replication: u32, path: &mut Path) {
        let key = |t: usize| self.demand_stream.at(replication, self.first.plus(t as i32).0, 0);
        let Path { units, multiplier, excess, .. } = path;
        units.clear();
        match &self.baseline {
            BaselinePlan::Counts { means, tables, table_of_day, mixing } => {
                let multipliers = multiplier.chunks(Draws::MOST).zip(means.chunks(Draws::MOST));
                for (k, (some, (factors, means))) in table_of_day.chunks(Draws::MOST).zip(multipliers).enumerate() {
                    let day = |i: usize| self.first.plus((k * Draws::MOST + i) as i32).0;
                    let (n, stream) = (some.len(), self.demand_stream);
                    if factors.iter().all(|factor| *factor == 1.0) && some.iter().all(|table| *table != NO_TABLE) {
                        let uniforms = stream.uniforms(n, replication, |i| (day(i), 0));
                        units.extend(some.iter().zip(&uniforms).map(|(table, u)| tables[*table as usize].at(*u)));
                        continue;
                    }
                    let draws = Draws::of_stream(n, replication, stream, |i| (day(i), 0));
                    // A mixture of Poissons takes more numbers.
                    let mixed = factors.iter().filter(|factor| **factor != 1.0).count() >= Draws::FEW;
                    let second = mixed.then(|| Draws::second(n, replication, stream, |i| (day(i), 0)));
                    let draw = |i| {
                        let alone = stream.at(replication, day(i), 0);
                        match &second {
                            Some(second) => draws.get_with(i, second, alone),
                            None => draws.get(i, alone),
                        }
                    };
                    let drawn = some.iter().zip(factors).zip(means).enumerate().map(|(i, ((table, factor), mean))| {
                        if *factor == 1.0 && *table != NO_TABLE {
                            tables[*table as usize].at(draws.uniform(i))
                        } else {
                            negative_binomial(mean * factor, mixing.as_ref(), &mut draw(i))
                        }
                    });
                    units.extend(drawn);
                }
            }
            BaselinePlan::Daily(sampler) => {
                units.extend(
                    (0..self.days).map(|t| scaled(sampler.draw(&mut key(t)), self.fixed_factor[t] * multiplier[t])),
                );
            }
            BaselinePlan::Replay(history) => {
                units.extend((0..self.days).map(|t| scaled(history[t] as f64, self.fixed_factor[t] * multiplier[t])));
            }
            BaselinePlan::Forecast { past, skip, model, streams } => {
                units.extend_from_slice(past);
                let mut state = model.begin(streams.own, replication);
                let mut u = [0.0; 4];
                for h in 0..skip + self.days - past.len() {
                    if h % 4 == 0 {
                        u = streams.own.four(replication, (h / 4) as i32, 0);
                    }
                    let t = (past.len() + h).checked_sub(*skip).filter(|_| h >= *skip);
                    let more = t.and_then(|t| excess.get(t)).map_or(0.0, |e| e.max(0.0));
                    // The extra units of a surge are added to the path. Its pull-forward, and campaigns, multiply the path.
                    let factor = t.map_or(1.0, |t| self.fixed_factor[t] * multiplier[t] / (1.0 + more));
                    let y = model.step(&mut state, streams, replication, u[h % 4], (factor, more));
                    if t.is_some() {
                        units.push(y as i64);
                    }
                }
            }
            BaselinePlan::Periods(plan) => {
                units.extend_from_slice(&plan.past);
                self.draw_periods(plan, replication, path);
            }
            BaselinePlan::Bootstrap { history, block_days, window_days, stream } => {
                let mut t = self.begin;
                units.resize(t, 0);
                while t < self.days {
                    let from = block_start(
                        history,
                        self.first.plus(t as i32),
                        *window_days,
                        stream.at(replication, self.first.plus(t as i32).0, 0),
                    );
                    for i in 0..*block_days as usize {
                        if t == self.days {
                            break;
                        }
                        let value = history.units[(from + i) % history.units.len()];
                        units.push(scaled(value as f64, self.fixed_factor[t] * multiplier[t]));
                        t += 1;
                    }
                }
            }
        }
    }
}

impl DemandPlan {
    /// Draws the days after the past ones: the units of each period fall on its days by the days' shares and factors.
    fn draw_periods(&self, plan: &PeriodPlan, replication: u32, path: &mut Path) {
        let PeriodPlan { past, skip, model, streams, shares } = plan;
        let Path { units, multiplier, excess, .. } = path;
        let mut state = model.begin(streams.own, replication);
        let mut u = [0.0; 4];
        let mut begun = 0;
        let mut weights = Vec::with_capacity(31);
        for (k, shares) in shares.iter().enumerate() {
            if k % 4 == 0 {
                u = streams.own.four(replication, (k / 4) as i32, 0);
            }
            // The run's day of each day of the period, if it is one.
            let of_run = |i: usize| (past.len() + begun + i).checked_sub(*skip);
            let day = |i: usize| of_run(i).filter(|t| begun + i >= *skip && *t < self.days);
            let (mut factor, mut more) = (0.0, 0.0);
            weights.clear();
            for (i, share) in shares.iter().enumerate() {
                let t = day(i);
                let e = t.and_then(|t| excess.get(t)).map_or(0.0, |e| e.max(0.0));
                let f = share * t.map_or(1.0, |t| self.fixed_factor[t] * multiplier[t] / (1.0 + e));
                factor += f;
                more += f * e;
                weights.push(f * (1.0 + e));
            }
            let more = if factor > 0.0 { more / factor } else { 0.0 };
            let mut rest = model.step(&mut state, streams, replication, u[k % 4], (factor, more)) as i64;
            let mut weight: f64 = weights.iter().sum();
            let mut draw = streams.own.at(replication, k as i32, 4);
            let last = weights.iter().rposition(|w| *w > 0.0);
            for (i, w) in weights.iter().enumerate() {
                let n = if last == Some(i) { rest } else { binomial(rest, (w / weight).clamp(0.0, 1.0), &mut draw) };
                rest -= n;
                weight -= w;
                if day(i).is_some() {
                    units.push(n);
                }
            }
            begun += shares.len();
        }
    }
}

fn scaled(units: f64, factor: f64) -> i64 {
    (units * factor + 0.5).floor() as i64
}

/// Weekday, season and trend.
struct Pattern<'a> {
    demand: &'a Demand,
    start: Day,
    /// Weekday pattern of the history, as a planner would find it.
    of_history: Option<[f64; 7]>,
    /// The fitted model, which has a weekday pattern of its own.
    fitted: Option<&'a Forecasted>,
}

impl<'a> Pattern<'a> {
    fn new(demand: &'a Demand, start: Day) -> Self {
        let of_history = match &demand.baseline {
            Baseline::History(h) => Some(weekday_pattern(h)),
            _ => None,
        };
        let fitted = match &demand.baseline {
            Baseline::Forecast(f) => Some(f.as_ref()),
            _ => None,
        };
        Pattern { demand, start, of_history, fitted }
    }

    /// The fitted model's factor of a day; 1 without one.
    fn of_model(&self, day: Day) -> f64 {
        self.fitted.map_or(1.0, |f| f.factor_on(day))
    }

    /// Factor on demand itself. A history has its own weekdays.
    fn factor(&self, day: Day) -> f64 {
        let trend = (1.0 + self.demand.trend_per_year).powf(f64::from(day.0 - self.start.0) / 365.0);
        self.demand.weekday[day.weekday()] * self.demand.season[day.month()] * trend
    }

    /// Factor that the planner expects.
    fn known(&self, day: Day) -> f64 {
        self.factor(day) * self.of_history.map_or(1.0, |w| w[day.weekday()]) * self.of_model(day)
    }
}

/// Mean of each weekday relative to the mean of all days; 1 where a weekday never sold.
fn weekday_pattern(history: &History) -> [f64; 7] {
    let (mut sum, mut n) = ([0.0; 7], [0.0; 7]);
    for (i, u) in history.units.iter().enumerate() {
        let w = history.first.plus(i as i32).weekday();
        sum[w] += *u as f64;
        n[w] += 1.0;
    }
    let mean = history.mean();
    std::array::from_fn(|w| if n[w] > 0.0 && mean > 0.0 { sum[w] / n[w] / mean } else { 1.0 })
}

/// Index of the history at which a bootstrap block for `day` begins: the same weekday, within the
/// window around the same day of any year of the history (anywhere if the history has no such day).
fn block_start(history: &History, day: Day, window_days: u32, mut draw: restock_base::rng::Draw) -> usize {
    let window = i64::from(window_days);
    let fits = |i: usize| {
        let candidate = history.first.plus(i as i32);
        let apart = (i64::from(candidate.0 - day.0)).rem_euclid(365);
        candidate.weekday() == day.weekday() && (apart <= window || apart >= 365 - window)
    };
    let n = history.units.len();
    let count = (0..n).filter(|i| fits(*i)).count();
    let u = draw.uniform();
    if count == 0 {
        return (u * n as f64) as usize;
    }
    (0..n).filter(|i| fits(*i)).nth((u * count as f64) as usize).unwrap_or(0)
}

impl BaselinePlan {
    /// Number of the first days of the run that the history covers and that are taken from it.
    fn past_days(&self) -> usize {
        match self {
            BaselinePlan::Forecast { past, .. } | BaselinePlan::Periods(PeriodPlan { past, .. }) => past.len(),
            _ => 0,
        }
    }

    /// Of a law of counts, `means` are those of each day's orders.
    fn new(baseline: &Baseline, means: Vec<f64>, (first, begin): (Day, usize), sku: &str, seed: u64) -> Self {
        match baseline {
            Baseline::Counts { dispersion, .. } => {
                let mut tables: Vec<CountTable> = Vec::new();
                let mut of_mean: HashMap<u64, u32> = HashMap::new();
                let mut entries = 0;
                let table_of_day = means
                    .iter()
                    .map(|mean| {
                        if let Some(table) = of_mean.get(&mean.to_bits()) {
                            return *table;
                        }
                        // The far tail of a widely spread law is as long as its gamma law's.
                        let length = mean * (1.0 + dispersion.map_or(0.0, |k| 41.0 / k));
                        if *mean > CountTable::LARGEST_MEAN || entries > TABLE_ENTRIES || length > TABLE_ENTRIES as f64
                        {
                            return NO_TABLE;
                        }
                        let table = CountTable::new(*mean, *dispersion);
                        entries += table.bytes() / 8;
                        tables.push(table);
                        of_mean.insert(mean.to_bits(), tables.len() as u32 - 1);
                        tables.len() as u32 - 1
                    })
                    .collect();
                let mixing = dispersion.and_then(|k| Gamma::new(k, 1.0 / k).ok());
                BaselinePlan::Counts { means, tables, table_of_day, mixing }
            }
            Baseline::Daily(dist) => BaselinePlan::Daily(Sampler::new(dist)),
            Baseline::Forecast(f) => {
                // Days before the model's first are past; if it begins before the run, a path is followed from there.
                let past_days = usize::try_from(f.from.0 - first.0).unwrap_or(0).min(means.len());
                let past = (0..past_days as i32).map(|t| as_it_was(&f.past, first.plus(t))).collect();
                let skip = usize::try_from(first.0 - f.from.0).unwrap_or(0);
                let model = Box::new(f.model.clone());
                let streams = Streams::new(seed, sku, f.group.as_deref());
                let Some(spread) = f.spread else {
                    return BaselinePlan::Forecast { past, skip, model, streams };
                };
                let (dates, end) = (f.dates(), first.plus(means.len() as i32));
                let begun = (0..).map(|k| dates.date(k)).take_while(|d| *d < end);
                let shares = begun.enumerate().map(|(k, d)| spread.shares(d, dates.date(k + 1))).collect();
                BaselinePlan::Periods(PeriodPlan { past, skip, model, streams, shares })
            }
            Baseline::History(history) => match history.used {
                HistoryUse::Replay => {
                    let mut units = vec![0; begin];
                    units.extend(replay(history, first.plus(begin as i32), means.len() - begin));
                    BaselinePlan::Replay(units)
                }
                HistoryUse::Bootstrap { block_days, window_days } => BaselinePlan::Bootstrap {
                    history: history.clone(),
                    block_days,
                    window_days,
                    stream: Stream::new(seed, sku, "bootstrap", ""),
                },
            },
        }
    }
}

/// Units sold on a day of the history, and 0 after it. A day before it takes the units of a day of the history with the same weekday: its whole
/// weeks are repeated backwards.
fn as_it_was(history: &History, day: Day) -> i64 {
    let n = history.units.len() as i32;
    let i = day.0 - history.first.0;
    if i >= 0 {
        return history.units.get(i as usize).copied().unwrap_or(0);
    }
    let whole_weeks = (n / 7 * 7).max(1);
    history.units[i.rem_euclid(whole_weeks).min(n - 1) as usize]
}

/// The history on the simulated dates: by date where it covers them all, else from the first day of it that has the weekday of the first
/// simulated one, over and over.
fn replay(history: &History, first: Day, days: usize) -> Vec<i64> {
    let n = history.units.len() as i32;
    let offset = first.0 - history.first.0;
    let covered = offset >= 0 && offset + days as i32 <= n;
    let shift = if covered { offset } else { (first.weekday() as i32 - history.first.weekday() as i32).rem_euclid(7) };
    (0..days as i32).map(|t| history.units[((t + shift) % n) as usize]).collect()
}

impl PeakPlan {
    fn draw(&self, replication: u32) -> f64 {
        self.size.quantile(self.spread.uniform(replication))
    }
}

impl SurgePlan {
    /// Adds a surge that raises demand to `peak` times its usual mean on the day `onset` and then decays.
    fn add(&self, plan: &DemandPlan, onset: usize, peak: f64, path: &mut Path) {
        let excess = peak - 1.0;
        let mut extra = 0.0;
        for (h, (e, left)) in path.excess[onset..].iter_mut().zip(&self.left).enumerate() {
            *e += excess * left + self.lasting_lift;
            if h < self.window {
                extra += excess * left;
            }
        }
        let end = (onset + self.window).min(plan.days);
        path.spike[onset..end].fill(true);
        if let Some((share, days)) = self.pull_forward {
            let to = (end + days).min(plan.days);
            for e in &mut path.excess[end..to] {
                *e -= share * extra / days as f64;
            }
        }
        if onset >= plan.warmup {
            path.onset = Some(path.onset.map_or(onset, |o| o.min(onset)));
        }
    }
}

impl RegimePlan {
    fn new(regime: &Regime, first: Day, seed: u64) -> Self {
        RegimePlan {
            mean_days: regime.states.iter().map(|s| s.mean_days).collect(),
            first: regime.first,
            scripted: regime.scripted.iter().map(|(a, b, s)| (a.0 - first.0, b.0 - first.0, *s as u8)).collect(),
            // The stream does not depend on the product: all products sail the same sea.
            stream: Stream::new(seed, "", "regime", &regime.name),
        }
    }

    /// State in which a replication begins, drawn by the stationary law: a state is as likely as its mean stay is long, since the next state is
    /// drawn among the others with equal chances, so that all are entered equally often. Where a state is never left it is the first state.
    fn first_state(&self, uniform: f64) -> usize {
        let total: f64 = self.mean_days.iter().sum();
        if !total.is_finite() {
            return 0;
        }
        let mut left = uniform * total;
        self.mean_days
            .iter()
            .position(|days| {
                left -= days;
                left < 0.0
            })
            .unwrap_or(0)
    }

    /// A Markov chain by day; scripted spells are laid over it. Before the first of `days` it is as it begins.
    fn draw(&self, replication: u32, first: Day, days: Range<usize>, states: &mut Vec<u8>) {
        states.clear();
        let Range { start: mut t, end: days } = days;
        let by_chance = || self.first_state(self.stream.at(replication, first.plus(t as i32).0, 1).uniform());
        let mut state = self.first.unwrap_or_else(by_chance);
        let n = self.mean_days.len();
        states.resize(t, state as u8);
        while t < days {
            // Geometric stay, by inversion; keyed by the day on which it begins.
            let mut draw = self.stream.at(replication, first.plus(t as i32).0, 0);
            let p = 1.0 / self.mean_days[state].max(1.0);
            let stay = if p >= 1.0 { 1.0 } else { (draw.uniform().ln() / (-p).ln_1p()).floor() + 1.0 };
            let until = if stay.is_finite() { (t as f64 + stay).min(days as f64) as usize } else { days };
            states.resize(until, state as u8);
            t = until;
            if n > 1 {
                let step = 1 + (draw.uniform() * (n - 1) as f64) as usize;
                state = (state + step) % n;
            }
        }
        for &(from, to, state) in &self.scripted {
            let from = from.clamp(0, days as i32) as usize;
            let to = (to + 1).clamp(0, days as i32) as usize;
            if from < to {
                states[from..to].fill(state);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::RegimeState;

    /// Three states with stays of 270, 120 and 180 days: on the first day as on any other they stand as 9, 4 and 6 of 19.
    #[test]
    fn a_regime_begins_in_its_stationary_law() {
        let state = |mean_days| RegimeState { name: String::new(), mean_days, duration: 1.0, late: 1.0, freight: 1.0 };
        let regime = Regime {
            name: "sea".into(),
            states: [270.0, 120.0, 180.0].map(state).into(),
            first: None,
            scripted: Vec::new(),
        };
        let plan = RegimePlan::new(&regime, Day(20_000), 1);
        let n = 20_000_u32;
        let mut seen = [[0_u32; 3]; 2];
        let mut states = Vec::new();
        for r in 0..n {
            plan.draw(r, Day(20_000), 0..400, &mut states);
            seen[0][states[0] as usize] += 1;
            seen[1][states[399] as usize] += 1;
        }
        for (day, counts) in seen.iter().enumerate() {
            for (k, share) in [9.0, 4.0, 6.0].map(|x| x / 19.0).into_iter().enumerate() {
                let (found, se) = (f64::from(counts[k]) / f64::from(n), (share * (1.0 - share) / f64::from(n)).sqrt());
                assert!((found - share).abs() < 4.0 * se, "state {k} at {day}: {found} for {share}");
            }
        }
        // A state that only a script leaves: the replication begins in the first.
        let scripted = Regime { states: vec![state(f64::INFINITY), state(100.0)], ..regime };
        RegimePlan::new(&scripted, Day(20_000), 1).draw(0, Day(20_000), 0..5, &mut states);
        assert_eq!(states, [0; 5]);
    }
}
