//! What every supply model sees alike: shoppers, campaigns, surges, regimes, the phase of reviews (`docs/model.md`, "Demand" and "Two
//! clocks").

use super::case::Case;
use crate::model::{
    Baseline, Disruption, Forecasted, History, HistoryUse, Onset, Product, Regime, Scenario, Start, Surge,
};
use crate::sim::demand::TAIL;
use crate::sim::strata::Spread;
use rand_distr::Gamma;
use restock_base::calendar::Day;
use restock_base::law::{CountTable, Sampler, binomial, negative_binomial};
use restock_base::rng::{Draw, Stream};
use restock_forecast::{Streams, arrivals};
use std::collections::BTreeMap;

/// What the calendar fixes of a product's demand, for each simulated day and [`TAIL`] days beyond.
pub struct Almanac {
    /// Factor on a day's units: weekday, season, trend, campaigns of known uplift.
    factor: Vec<f64>,
    /// Mean of a day but for surges and campaigns of unknown uplift.
    mean: Vec<f64>,
    /// Factor that planners expect, added up, and its square.
    pub known: Vec<f64>,
    campaign: Vec<bool>,
    /// Laws of the days whose mean is fixed.
    laws: BTreeMap<u64, CountTable>,
}

/// One replication outside the supply models.
#[derive(Default)]
pub struct World {
    /// Of each day; where they may want several units, the units.
    pub shoppers: Vec<i64>,
    /// Units that each of them wants, by day, where that may be several; else there are no days.
    pub baskets: Vec<Vec<i64>>,
    /// Days of a campaign or a surge.
    pub spike: Vec<bool>,
    /// First day of the first one in the measured window.
    pub onset: Option<usize>,
    /// What each campaign that may pause multiplies each day by.
    pub lifts: Vec<Vec<f64>>,
    /// True means of the days, added up.
    pub mean: Totals,
    /// State of each regime on each day.
    pub regimes: Vec<Vec<usize>>,
    /// Of each disruption: whether each day is down, the share of the usual work that is done from its evening on, and the days on which spells begin.
    pub disruptions: Vec<Spells>,
    pub review_phase: f64,
}

/// The spells of a disruption.
#[derive(Clone, Default)]
pub struct Spells {
    pub down: Vec<bool>,
    pub pace: Vec<f64>,
    pub begin: Vec<usize>,
}

/// Values of days, added up from the first on.
#[derive(Default)]
pub struct Totals(Vec<f64>);

impl Totals {
    fn of(values: impl Iterator<Item = f64>) -> Self {
        let mut sums = vec![0.0];
        for value in values {
            sums.push(sums[sums.len() - 1] + value);
        }
        Totals(sums)
    }

    /// Sum over the `horizon` days after day `t`. A part of a day counts in part, days beyond the last like the last.
    pub fn after(&self, t: usize, horizon: f64) -> f64 {
        let tomorrow = (t + 1) as f64;
        self.until(tomorrow + horizon) - self.until(tomorrow)
    }

    fn until(&self, time: f64) -> f64 {
        let last = self.0.len() - 1;
        let whole = (time as usize).min(last);
        let day = if whole < last { whole } else { last - 1 };
        self.0[whole] + (time - whole as f64) * (self.0[day + 1] - self.0[day])
    }
}

impl Almanac {
    pub fn new(scenario: &Scenario, product: &Product) -> Self {
        let (first, days) = (scenario.horizon.first(), scenario.horizon.total() as usize);
        let demand = &product.demand;
        let (level, _) = demand.moments();
        let (mut factor, mut known, mut mean, mut campaign) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for t in 0..days + TAIL {
            let day = first.plus(t as i32);
            let years = f64::from(day.0 - scenario.horizon.start.0) / 365.0;
            let trend = (1.0 + demand.trend_per_year).powf(years);
            let mut f = demand.weekday[day.weekday()] * demand.season[day.month()] * trend;
            let (of_history, of_model) = of_sales(&demand.baseline, day);
            let mut k = f * of_history * of_model;
            for (c, i) in demand.campaigns.iter().filter_map(|c| Some((c, day_of(day, c.start, c.days)?))) {
                let height = c.shape.height(i, c.days);
                let all_know = 1.0 + (c.uplift.mean() - 1.0) * height;
                k *= if c.planned { all_know } else { 1.0 };
                f *= if c.uplift.is_constant() { all_know } else { 1.0 };
            }
            factor.push(f);
            known.push(k);
            mean.push(f * level * of_model);
            campaign.push(demand.campaigns.iter().any(|c| day_of(day, c.start, c.days).is_some()));
        }
        campaign.truncate(days);
        let laws = match demand.baseline {
            Baseline::Counts { dispersion, .. } => mean[..days]
                .iter()
                .map(|m| m / demand.units_per_order())
                .filter(|m| *m <= CountTable::LARGEST_MEAN)
                .map(|m| (m.to_bits(), CountTable::new(m, dispersion)))
                .collect(),
            _ => BTreeMap::new(),
        };
        Almanac { factor, mean, known, campaign, laws }
    }

    /// What the planner expects of each day relative to an ordinary one, with its sums and those of its squares. Of a window's shoppers those who
    /// pre-order are left out if they are ordered for apart.
    pub(super) fn as_planned(&self, case: &Case<'_>) -> (Vec<f64>, Totals, Totals) {
        let (mut known, windows) = (self.known.clone(), case.windows());
        for (t, factor) in known.iter_mut().enumerate() {
            for window in windows.iter().filter(|w| w.is_apart()) {
                if (window.opens..=window.closes).contains(&case.date(t)) {
                    *factor *= 1.0 - window.take_up;
                }
            }
        }
        let (sums, squares) = (Totals::of(known.iter().copied()), Totals::of(known.iter().map(|f| f * f)));
        (known, sums, squares)
    }
}

/// Number of `day` among the `length` days from `start` on, if it is one of them.
fn day_of(day: Day, start: Day, length: u32) -> Option<u32> {
    u32::try_from(day.0 - start.0).ok().filter(|i| *i < length)
}

/// Factors that a history has of its own: of its weekdays, and of the model that is fitted on it.
fn of_sales(baseline: &Baseline, day: Day) -> (f64, f64) {
    match baseline {
        Baseline::History(history) => {
            let same = |i: &usize| history.first.plus(*i as i32).weekday() == day.weekday();
            let days: Vec<f64> = (0..history.units.len()).filter(same).map(|i| history.units[i] as f64).collect();
            let sells = !days.is_empty() && history.mean() > 0.0;
            let weekday = days.iter().sum::<f64>() / days.len() as f64 / history.mean();
            (if sells { weekday } else { 1.0 }, 1.0)
        }
        Baseline::Forecast(forecast) => (1.0, forecast.factor_on(day)),
        Baseline::Counts { .. } | Baseline::Daily(_) => (1.0, 1.0),
    }
}

impl World {
    pub fn draw(case: &Case<'_>, almanac: &Almanac) -> Self {
        let mut world = World { spike: almanac.campaign.clone(), lifts: pausing(case), ..World::default() };
        let together = case.scenario.made_with(case.product).next().unwrap_or(case.product);
        let sku = &together.sku;
        world.review_phase = Stream::new(case.seed, sku, "review-phase", "").at(case.number, 0, 0).uniform();
        let begins = |t: &usize| almanac.campaign[*t] && (*t == 0 || !almanac.campaign[*t - 1]);
        world.onset = (case.warmup()..case.days()).find(begins);

        let excess = world.surges(case);
        let multiplier: Vec<f64> = campaigns(case).iter().zip(&excess).map(|(c, e)| c * (1.0 + e).max(0.0)).collect();
        world.shoppers = shoppers(case, almanac, &multiplier, &excess);
        world.fill_baskets(case);
        let of_day = |(t, mean): (usize, &f64)| mean * multiplier.get(t).unwrap_or(&1.0);
        world.mean = Totals::of(almanac.mean.iter().enumerate().map(of_day));
        world.regimes = case.scenario.regimes.iter().map(|r| regime(case, r)).collect();
        world.disruptions = (0..case.scenario.disruptions.len()).map(|number| spells(case, number)).collect();
        world
    }

    /// Draws what each shopper wants. Where units were drawn, there are as many shoppers as want them, the last one what is left.
    fn fill_baskets(&mut self, case: &Case<'_>) {
        let Some(size) = &case.product.demand.order_size else { return };
        let stream = Stream::new(case.seed, &case.product.sku, "order-size", "");
        let counts_shoppers = matches!(case.product.demand.baseline, Baseline::Counts { .. });
        for (t, shoppers) in self.shoppers.iter_mut().enumerate() {
            let date = case.date(t).0;
            let wanted = |k: u32| i64::from(size.at(stream.four(case.number, date, k / 4)[k as usize % 4]));
            let mut sizes = Vec::new();
            if counts_shoppers {
                sizes.extend((0..*shoppers as u32).map(wanted));
            } else {
                let mut left = *shoppers;
                while left > 0 {
                    sizes.push(wanted(sizes.len() as u32).min(left));
                    left -= sizes[sizes.len() - 1];
                }
            }
            *shoppers = sizes.iter().sum();
            self.baskets.push(sizes);
        }
    }

    /// What surges add to each day, as a share of it; marks their days.
    fn surges(&mut self, case: &Case<'_>) -> Vec<f64> {
        let mut excess = vec![0.0; case.days()];
        let Some(surge) = &case.product.demand.surge else { return excess };
        let stream = Stream::new(case.seed, &case.product.sku, "surge", "");
        // Onset and peak. The peaks of scripted ones are spread over the replications.
        let mut come: Vec<(usize, f64)> = Vec::new();
        for day in &surge.scripted {
            let t = usize::try_from(day.0 - case.first().0).ok().filter(|t| case.begin() <= *t && *t < case.days());
            let size = spread(case, stream, (day.0, 1));
            come.extend(t.map(|t| (t, surge.peak_uplift.quantile(size))));
        }
        let peaks = Sampler::new(&surge.peak_uplift);
        // What a history covers had the surges that it had; those before a run from today are not known.
        let past = past_days(case).max(case.begin());
        if surge.per_year > 0.0 {
            let ahead = (case.date(past), case.days() - past);
            arrivals(stream, surge.per_year, case.number, ahead, &mut |t, mut draw| {
                come.push((past + t, peaks.draw(&mut draw)));
            });
        }
        for (began, uplift) in &surge.under_way {
            // It began before the run: its days lie behind, and what is left of it decays.
            for (t, e) in excess.iter_mut().enumerate().skip(case.begin()) {
                let since = f64::from(case.date(t).0 - began.0);
                *e += (uplift - 1.0) * surge.decay.left(since) + surge.lasting_lift;
            }
        }
        for (onset, peak) in come {
            self.surge(case, surge, (onset, peak - 1.0), &mut excess);
        }
        excess
    }

    fn surge(&mut self, case: &Case<'_>, surge: &Surge, (onset, peak): (usize, f64), excess: &mut [f64]) {
        let days = case.days();
        let window = (surge.decay.window_days().ceil() as usize).clamp(1, days);
        let end = (onset + window).min(days);
        let mut extra = 0.0;
        for (t, e) in excess.iter_mut().enumerate().skip(onset) {
            let of_peak = peak * surge.decay.left((t - onset) as f64);
            *e += of_peak + surge.lasting_lift;
            extra += if t < onset + window { of_peak } else { 0.0 };
        }
        self.spike[onset..end].fill(true);
        if let Some(pulled) = surge.pull_forward {
            let over = pulled.days as usize;
            for e in &mut excess[end..(end + over).min(days)] {
                *e -= pulled.share * extra / over as f64;
            }
        }
        if case.is_measured(onset) {
            self.onset = Some(self.onset.map_or(onset, |o| o.min(onset)));
        }
    }
}

/// What campaigns of random height multiply each day by.
fn campaigns(case: &Case<'_>) -> Vec<f64> {
    let mut multiplier = vec![1.0; case.days()];
    for (n, c) in case.product.demand.campaigns.iter().enumerate().filter(|(_, c)| !c.uplift.is_constant()) {
        let stream = Stream::new(case.seed, &case.product.sku, "campaign", &format!("{}#{n}", c.name));
        let uplift = c.uplift.quantile(spread(case, stream, (0, 0)));
        for (t, m) in multiplier.iter_mut().enumerate() {
            if let Some(i) = day_of(case.date(t), c.start, c.days) {
                *m *= 1.0 + (uplift - 1.0) * c.shape.height(i, c.days);
            }
        }
    }
    multiplier
}

/// What campaigns that may pause multiply each day by.
fn pausing(case: &Case<'_>) -> Vec<Vec<f64>> {
    let mut out = Vec::new();
    for (n, c) in case.product.demand.campaigns.iter().enumerate().filter(|(_, c)| c.pause_below_cover_days.is_some()) {
        let stream = Stream::new(case.seed, &case.product.sku, "campaign", &format!("{}#{n}", c.name));
        let uplift = c.uplift.quantile(spread(case, stream, (0, 0)));
        let height = |t| day_of(case.date(t), c.start, c.days).map_or(0.0, |i| c.shape.height(i, c.days));
        out.push((0..case.days()).map(|t| 1.0 + (uplift - 1.0) * height(t)).collect());
    }
    out
}

/// The uniform number behind the size of a dated peak.
fn spread(case: &Case<'_>, stream: Stream, key: (i32, u32)) -> f64 {
    if case.scenario.stratified {
        Spread::new(stream, key).uniform(case.number)
    } else {
        stream.at(case.number, key.0, key.1).uniform()
    }
}

fn whole(units: f64) -> i64 {
    (units + 0.5).floor() as i64
}

fn shoppers(case: &Case<'_>, almanac: &Almanac, multiplier: &[f64], excess: &[f64]) -> Vec<i64> {
    let stream = Stream::new(case.seed, &case.product.sku, "demand", "");
    let factor = |t: usize| almanac.factor[t] * multiplier[t];
    let each_day = |units: &dyn Fn(usize) -> f64| (0..case.days()).map(|t| whole(units(t) * factor(t))).collect();
    match &case.product.demand.baseline {
        Baseline::Counts { dispersion, .. } => {
            let mixing = dispersion.and_then(|k| Gamma::new(k, 1.0 / k).ok());
            let count = |t: usize| {
                let mean = almanac.mean[t] / case.product.demand.units_per_order();
                let mut draw = case.draw(stream, t, 0);
                match almanac.laws.get(&mean.to_bits()).filter(|_| multiplier[t] == 1.0) {
                    Some(law) => law.draw(&mut draw),
                    None => negative_binomial(mean * multiplier[t], mixing.as_ref(), &mut draw),
                }
            };
            (0..case.days()).map(count).collect()
        }
        Baseline::Daily(dist) => {
            let sampler = Sampler::new(dist);
            each_day(&|t| sampler.draw(&mut case.draw(stream, t, 0)))
        }
        Baseline::History(history) => match history.used {
            HistoryUse::Replay => each_day(&|t| replayed(case, history, t) as f64),
            HistoryUse::Bootstrap { block_days, window_days } => {
                let stream = Stream::new(case.seed, &case.product.sku, "bootstrap", "");
                let block = block_days as usize;
                each_day(&|t| {
                    // Blocks follow each other from the first simulated day on.
                    let Some(since) = t.checked_sub(case.begin()) else { return 0.0 };
                    let begins = t - since % block;
                    let draw = case.draw(stream, begins, 0);
                    let from = block_start(history, case.date(begins), i64::from(window_days), draw);
                    history.units[(from + t - begins) % history.units.len()] as f64
                })
            }
        },
        Baseline::Forecast(forecast) => path(case, forecast, factor, excess),
    }
}

/// What the history sold on day `t`: by date where it covers the whole run, else from its first matching weekday on, over and over.
fn replayed(case: &Case<'_>, history: &History, t: usize) -> i64 {
    let (n, opens) = (history.units.len() as i32, case.date(case.begin()));
    let Some(since) = t.checked_sub(case.begin()) else { return 0 };
    let apart = opens.0 - history.first.0;
    let covered = apart >= 0 && apart + (case.days() - case.begin()) as i32 <= n;
    let weekdays = (opens.weekday() as i32 - history.first.weekday() as i32).rem_euclid(7);
    history.units[((since as i32 + if covered { apart } else { weekdays }) % n) as usize]
}

/// Where a block of the bootstrap begins: on the same weekday, within the window around the same day of any year.
fn block_start(history: &History, day: Day, window: i64, mut draw: Draw) -> usize {
    let fits = |i: &usize| {
        let candidate = history.first.plus(*i as i32);
        let apart = i64::from(candidate.0 - day.0).rem_euclid(365);
        candidate.weekday() == day.weekday() && (apart <= window || 365 - apart <= window)
    };
    let (u, all) = (draw.uniform(), (0..history.units.len()).collect::<Vec<_>>());
    let fitting: Vec<usize> = all.iter().copied().filter(fits).collect();
    let among = if fitting.is_empty() { all } else { fitting };
    among[(u * among.len() as f64) as usize]
}

/// First days of the run that the history of a forecast covers.
fn past_days(case: &Case<'_>) -> usize {
    match &case.product.demand.baseline {
        Baseline::Forecast(f) => usize::try_from(f.from.0 - case.first().0).unwrap_or(0).min(case.days()),
        _ => 0,
    }
}

/// The days that the history covers as they were, then a path of the fitted model, period by period from its own first on.
fn path(case: &Case<'_>, f: &Forecasted, factor: impl Fn(usize) -> f64, excess: &[f64]) -> Vec<i64> {
    let past = past_days(case);
    let mut units: Vec<i64> = (0..past).map(|t| as_it_was(&f.past, case.date(t))).collect();
    let streams = Streams::new(case.seed, &case.product.sku, f.group.as_deref());
    let (dates, mut state) = (f.dates(), f.model.begin(streams.own, case.number));
    let end = case.date(case.days());
    for period in (0..).take_while(|p| dates.date(*p) < end) {
        let (from, to) = (dates.date(period), dates.date(period + 1));
        let u = streams.own.four(case.number, (period / 4) as i32, 0)[period % 4];
        let of_run = |day: i32| usize::try_from(day - case.first().0).ok().filter(|t| *t < case.days());
        let days: Vec<Option<usize>> = (from.0..to.0).map(of_run).collect();
        // A surge adds to the path; what it takes away afterwards, and campaigns, multiply it.
        let more = |t: &Option<usize>| t.map_or(0.0, |t| excess[t].max(0.0));
        let times = |t: &Option<usize>| t.map_or(1.0, |t| factor(t) / (1.0 + more(&Some(t))));
        let Some(spread) = f.spread else {
            let y = f.model.step(&mut state, &streams, case.number, u, (times(&days[0]), more(&days[0])));
            units.extend(days[0].map(|_| y as i64));
            continue;
        };
        let shares = spread.shares(from, to);
        let (mut all, mut added, mut weights) = (0.0, 0.0, Vec::new());
        for (t, share) in days.iter().zip(&shares) {
            let of_day = share * times(t);
            all += of_day;
            added += of_day * more(t);
            weights.push(of_day * (1.0 + more(t)));
        }
        let added = if all > 0.0 { added / all } else { 0.0 };
        let mut left = f.model.step(&mut state, &streams, case.number, u, (all, added)) as i64;
        // Each unit falls on a day by the days' weights: day by day, a share of what is left.
        let mut draw = streams.own.at(case.number, period as i32, 4);
        let mut weight: f64 = weights.iter().sum();
        let last = weights.iter().rposition(|w| *w > 0.0);
        for (i, (t, w)) in days.iter().zip(&weights).enumerate() {
            let here = if last == Some(i) { left } else { binomial(left, (w / weight).clamp(0.0, 1.0), &mut draw) };
            left -= here;
            weight -= w;
            units.extend(t.map(|_| here));
        }
    }
    units
}

/// What was sold on a day; before the history, on the same weekday of its first weeks, going round.
fn as_it_was(history: &History, day: Day) -> i64 {
    let (n, i) = (history.units.len() as i32, day.0 - history.first.0);
    let weeks = (n / 7 * 7).max(1);
    let i = if i >= 0 { i } else { i.rem_euclid(weeks).min(n - 1) };
    history.units.get(i as usize).copied().unwrap_or(0)
}

/// States of a regime, day by day: geometric stays, then evenly one of the others; dated spells are laid over.
fn regime(case: &Case<'_>, regime: &Regime) -> Vec<usize> {
    let stream = Stream::new(case.seed, "", "regime", &regime.name);
    let (length, n) = (case.days() + TAIL, regime.states.len());
    let all: f64 = regime.states.iter().map(|s| s.mean_days).sum();
    let mut states = Vec::new();
    let mut state = 0;
    if all.is_finite() {
        let mut left = case.draw(stream, case.begin(), 1).uniform() * all;
        let stands = |s: &crate::model::RegimeState| {
            left -= s.mean_days;
            left < 0.0
        };
        state = regime.states.iter().position(stands).unwrap_or(0);
    }
    state = regime.first.unwrap_or(state);
    states.resize(case.begin(), state);
    while states.len() < length {
        let mut draw = case.draw(stream, states.len(), 0);
        let leaves = 1.0 / regime.states[state].mean_days.max(1.0);
        let stay = if leaves >= 1.0 { 1.0 } else { (draw.uniform().ln() / (-leaves).ln_1p()).floor() + 1.0 };
        let until = (states.len() as f64 + stay).min(length as f64) as usize;
        states.resize(until, state);
        if n > 1 {
            state = (state + 1 + (draw.uniform() * (n - 1) as f64) as usize) % n;
        }
    }
    for (from, to, state) in &regime.scripted {
        for (t, s) in states.iter_mut().enumerate() {
            let day = case.date(t);
            *s = if *from <= day && day <= *to { *state } else { *s };
        }
    }
    states
}

/// The spells of a disruption: its own, and those that others set off, which are found first.
fn spells(case: &Case<'_>, number: usize) -> Spells {
    let all = &case.scenario.disruptions;
    let own = &all[number];
    let stream = |d: &Disruption| Stream::new(case.seed, "", "disruption", &d.name);
    let length = |mut draw: Draw| (Sampler::new(&own.days).draw(&mut draw) + 0.5).floor().max(1.0) as i64;
    let (begin, days) = (case.begin(), case.days() + TAIL);
    let from_today = case.scenario.horizon.from == Start::Position;
    // First and last day of each.
    let mut fallen: Vec<(i64, i64)> = Vec::new();
    match own.onset {
        Onset::SetOff => {}
        Onset::PerYear(rate) => {
            arrivals(stream(own), rate, case.number, (case.date(begin), days - begin), &mut |t, draw| {
                let day = (begin + t) as i64;
                fallen.push((day, day + length(draw) - 1));
            });
        }
        Onset::Daily { fails, recovers } => {
            let first = case.draw(stream(own), begin, 1).uniform() * (fails + recovers);
            let mut down = !from_today && fails + recovers > 0.0 && first < fails;
            for day in begin..days {
                if day > begin {
                    let chance = case.draw(stream(own), day, 0).uniform();
                    down = if down { chance >= recovers } else { chance < fails };
                }
                fallen.extend(down.then_some((day as i64, day as i64)));
            }
        }
        Onset::Dated { from, until } => {
            let day = i64::from(from.0 - case.first().0);
            let drawn = || day + length(stream(own).at(case.number, from.0, 2)) - 1;
            fallen.push((day, until.map_or_else(drawn, |until| i64::from(until.0 - case.first().0))));
        }
    }
    for (other, k, set) in all.iter().enumerate().flat_map(|(other, d)| {
        (0..).zip(&d.sets_off).filter(|(_, s)| s.disruption == number).map(move |(k, s)| (other, k, s))
    }) {
        for begins in spells(case, other).begin {
            let day = begins + set.after_days as usize;
            if day < days && case.draw(stream(&all[other]), begins, 1_000 + k).uniform() < set.probability {
                let drawn = length(case.draw(stream(&all[other]), begins, 2_000 + k));
                fallen.push((day as i64, day as i64 + drawn - 1));
            }
        }
    }
    let mut out = Spells::default();
    let fresh = from_today && fallen.iter().any(|(from, _)| *from == begin as i64);
    let (mut before, mut since) = (!fresh, i64::MAX);
    for day in 0..days {
        let is_down = day >= begin && fallen.iter().any(|(from, to)| (*from..=*to).contains(&(day as i64)));
        if is_down && day >= begin && !before {
            out.begin.push(day);
        }
        before = if day + 1 == begin { !fresh } else { is_down };
        since = if is_down { 0 } else { since.saturating_add(1) };
        let ramp = i64::from(own.ramp_days);
        let back = if since > ramp { 1.0 } else { since as f64 / (ramp + 1) as f64 };
        out.down.push(is_down);
        out.pace.push(own.pace + (1.0 - own.pace) * back);
    }
    out
}
