//! Demand where sales hide it: stock-outs that are flagged, and those that are only suspected.

use super::classes::{Class, pattern};
use super::counting::{self, Counting};
use super::discontinued::until_the_last_day;
use super::levels::levels;
use super::path::Factors;
use super::reach::WithinReach;
use super::regression::common;
use super::trends::Trend;
use super::{Calendar, CountModel, Fitted, Item, ItemModel, Method, Panel, Shelf, Step, Streams};
use rayon::prelude::*;
use restock_base::rng::Stream;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Fits a method to a panel as it stands: in the items' own units of counting, whatever sales are written in, and within reach of what was
/// sold.
#[must_use]
pub fn fit(method: &dyn Method, panel: &Panel, calendar: &Calendar) -> Box<dyn Fitted> {
    let counting = Counting::of(panel);
    let fitted = if counting.is_plain() {
        fit_counts(method, panel, calendar)
    } else {
        let counted = fit_counts(method, &counting.counted(panel), calendar);
        counting.in_units(counted)
    };
    bounded(fitted, panel)
}

/// A forecast in the items' own units, within reach of what was sold, and over where an item is discontinued.
pub(super) fn bounded(fitted: Box<dyn Fitted>, panel: &Panel) -> Box<dyn Fitted> {
    until_the_last_day(WithinReach::of(fitted, panel), panel)
}

/// The same of a panel of counts, by one method.
pub(super) fn fit_counts(method: &dyn Method, panel: &Panel, calendar: &Calendar) -> Box<dyn Fitted> {
    Basis::of(panel, calendar).fit(method)
}

/// A panel of counts on which methods are fitted. What several of them need of it is found once, when the first of them asks.
pub(super) struct Basis<'a> {
    panel: &'a Panel,
    calendar: &'a Calendar,
    /// The panel with hidden demand in the place of sales.
    wanted: OnceLock<Panel>,
    undated: OnceLock<Undated>,
}

/// What a method of days that knows no dates is fitted with.
struct Undated {
    dated: Option<ByDate>,
    /// The panel on its new levels, if some item has one.
    levelled: Option<Panel>,
}

impl<'a> Basis<'a> {
    pub(super) fn of(panel: &'a Panel, calendar: &'a Calendar) -> Self {
        Basis { panel, calendar, wanted: OnceLock::new(), undated: OnceLock::new() }
    }

    /// Fits a method. One that does not read the shelf learns from a panel in which hidden demand was put in place of sales.
    pub(super) fn fit(&self, method: &dyn Method) -> Box<dyn Fitted> {
        let calendar = self.calendar;
        let hidden = self.panel.items.iter().any(Item::is_censored);
        let panel = match method.reads_shelf() || !hidden {
            true => self.panel,
            false => self.wanted.get_or_init(|| unconstrain(self.panel, calendar).0),
        };
        if method.reads_calendar() || panel.step != Step::Day {
            return method.fit(panel, calendar);
        }
        let own;
        let undated = if method.reads_shelf() && hidden {
            own = Undated::of(panel, calendar);
            &own
        } else {
            self.undated.get_or_init(|| Undated::of(panel, calendar))
        };
        let panel = undated.levelled.as_ref().unwrap_or(panel);
        match &undated.dated {
            Some(dated) => InSeason::fit(method, panel, calendar, dated.clone()),
            None => method.fit(panel, calendar),
        }
    }
}

impl Undated {
    fn of(panel: &Panel, calendar: &Calendar) -> Self {
        let factors = CountModel::default().factors(panel, panel);
        Undated { dated: ByDate::of(panel, calendar, &factors), levelled: on_one_level(panel, &factors) }
    }
}

/// The panel with what was sold at an item's new level in the place of what was sold before it; absent where no item has one.
fn on_one_level(panel: &Panel, factors: &[Factors]) -> Option<Panel> {
    let held = levels(panel, factors);
    if held.iter().all(Option::is_none) {
        return None;
    }
    let mut out = panel.clone();
    for (item, level) in out.items.iter_mut().zip(held) {
        if let Some(level) = level {
            // What a method of days draws of the past is of the new level, week by week.
            let weeks = 7 * ((item.units.len() - level.since) / 7);
            for t in (0..level.since).rev() {
                item.units[t] = item.units[t + weeks];
            }
            let onto = level.ratio.powf(level.believed - 1.0);
            let whole = counting::are_whole(&item.units);
            item.units.iter_mut().for_each(|y| *y = if whole { (*y * onto).round() } else { *y * onto });
        }
    }
    Some(out)
}

/// What days are multiplied by for their date: what all items have in common, and each item's own trend.
#[derive(Clone)]
struct ByDate {
    /// By period of the panel and ahead; empty for nothing.
    common: Vec<f64>,
    trends: Vec<Option<Trend>>,
}

impl ByDate {
    /// As it is fitted before the filter of the count model, beside these factors of its items; absent where it is nothing.
    fn of(panel: &Panel, calendar: &Calendar, factors: &[Factors]) -> Option<Self> {
        let common = common(panel, calendar, factors).unwrap_or_default();
        let trends: Vec<Option<Trend>> = factors.iter().map(|f| f.trend).collect();
        let any = !common.is_empty() || trends.iter().any(Option::is_some);
        any.then_some(ByDate { common, trends })
    }

    /// Factor of the period `i` of an item, counted from its own first one and the panel's.
    fn at(&self, item: usize, (i, t): (usize, usize)) -> f64 {
        let common = self.common.get(t).copied().unwrap_or(1.0);
        self.trends[item].as_ref().map_or(common, |trend| common * trend.at(i))
    }
}

/// A method of days that knows no dates, fitted on days without what their dates make of them, which its paths are given back.
struct InSeason {
    fitted: Box<dyn Fitted>,
    dated: ByDate,
    /// Periods of the panel, and of each item; whether an item's paths are of whole units.
    periods: usize,
    items: Vec<(usize, bool)>,
}

impl InSeason {
    fn fit(method: &dyn Method, panel: &Panel, calendar: &Calendar, dated: ByDate) -> Box<dyn Fitted> {
        let mut plain = panel.clone();
        for (index, item) in plain.items.iter_mut().enumerate() {
            for (i, y) in item.units.iter_mut().enumerate() {
                *y /= dated.at(index, (i, item.start + i));
            }
        }
        let items = panel.items.iter().map(|i| (i.units.len(), counting::are_whole(&i.units))).collect();
        Box::new(InSeason { fitted: method.fit(&plain, calendar), dated, periods: panel.periods, items })
    }

    fn factor(&self, item: usize, h: usize) -> f64 {
        self.dated.at(item, (self.items[item].0 + h, self.periods + h))
    }
}

impl Fitted for InSeason {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        self.fitted.simulate(item, streams, path, out);
        for (h, y) in out.iter_mut().enumerate() {
            *y *= self.factor(item, h);
        }
        if self.items[item].1 {
            counting::to_whole(out, streams.own.at(path, -5, 0).uniform());
        }
    }

    fn point(&self, item: usize, out: &mut [f64]) -> bool {
        let has = self.fitted.point(item, out);
        for (h, y) in out.iter_mut().enumerate() {
            *y *= self.factor(item, h);
        }
        has
    }
}

/// Unconstrained demand of a panel: where an item ran out, or was off the shelf for a while, a draw from what would have been sold
/// given what was, so that mean and spread are those of demand; and beside it the expected demand by item and period.
///
/// The count model is fitted with the hidden periods as right-censored (at least what was sold was wanted); what was beyond is drawn from the item's
/// own past where that is long enough, else from the model's law.
#[must_use]
pub fn unconstrain(panel: &Panel, calendar: &Calendar) -> (Panel, Vec<Vec<f64>>) {
    let fitted = CountModel::default().fit_counts(panel, calendar);
    let mut out = panel.clone();
    let mut expected = Vec::with_capacity(panel.items.len());
    for (i, item) in out.items.iter_mut().enumerate() {
        let mut means = item.units.clone();
        if item.is_censored() {
            let (model, heard) = (fitted.item(i), fitted.heard(i));
            let stream = Stream::new(0, &item.name, "unconstrained", "");
            for (t, (mean, seen)) in heard.periods.iter().copied().enumerate() {
                let u = stream.at(0, t as i32, 0).uniform();
                match item.shelf_at(t) {
                    Shelf::Full => {}
                    Shelf::RanOut => {
                        means[t] = seen;
                        let sold = item.units[t];
                        item.units[t] = heard.draw(t, sold, u).unwrap_or_else(|| model.law().draw_from(mean, sold, u));
                    }
                    Shelf::Open(share) => {
                        let missing = mean * (1.0 - share);
                        means[t] += missing;
                        item.units[t] += model.law().draw(missing, u, || stream.at(0, t as i32, 1)) as f64;
                    }
                }
            }
            item.shelf.clear();
        }
        expected.push(means);
    }
    (out, expected)
}

/// How much of demand could be served in each period of the past, by item: what sales paths are made with.
#[derive(Debug, Clone)]
pub struct Availability {
    /// Share of demand served by period of the item; empty where it always was on the shelf.
    served: Vec<Vec<f64>>,
}

impl Availability {
    /// As the panel's shelves were: what was sold over what would have been where an item ran out.
    #[must_use]
    pub fn of(panel: &Panel, calendar: &Calendar) -> Self {
        if !panel.items.iter().any(Item::is_censored) {
            return Availability { served: vec![Vec::new(); panel.items.len()] };
        }
        let expected = if panel.items.iter().any(Item::ran_out) { unconstrain(panel, calendar).1 } else { Vec::new() };
        let of = |(i, item): (usize, &Item)| {
            let share = |t: usize| match item.shelf_at(t) {
                Shelf::Full => 1.0,
                Shelf::Open(share) => share,
                Shelf::RanOut => (item.units[t] / expected[i][t].max(1e-9)).min(1.0),
            };
            if item.is_censored() { (0..item.units.len()).map(share).collect() } else { Vec::new() }
        };
        Availability { served: panel.items.iter().enumerate().map(of).collect() }
    }

    /// Cuts a path of demand down to sales: availability goes on as in a stretch of the item's past, drawn for each path, whole units staying whole.
    pub fn limit(&self, item: usize, streams: &Streams, path: u32, units: &mut [f64]) {
        let served = &self.served[item];
        if served.is_empty() {
            return;
        }
        let mut draw = streams.own.at(path, -2, 0);
        let from = (draw.uniform() * served.len() as f64) as usize;
        for (h, y) in units.iter_mut().enumerate() {
            let share = served[(from + h) % served.len()];
            if share < 1.0 {
                let left = *y * share;
                let whole = y.fract() == 0.0;
                *y = if whole { left.floor() + f64::from(u8::from(draw.uniform() < left.fract())) } else { left };
            }
        }
    }
}

/// A run of periods without a sale that chance does not explain.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspect {
    /// Index in the panel.
    pub item: usize,
    /// First period without a sale, counted from the panel's first.
    pub from: usize,
    /// Number of periods without a sale.
    pub periods: usize,
    /// Units that were expected in them.
    pub expected: f64,
    /// Chance of so long a run.
    pub chance: f64,
}

/// A run is suspected if its chance, times the item's periods, is below this.
const SUSPICIOUS: f64 = 0.01;

/// Periods after a run that must confirm that it was no fall of demand.
const AFTER: usize = 28;

/// Runs of zeros that neither chance nor the item's own way explains.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Silences {
    /// Of items without flags, with sales after them.
    pub suspects: Vec<Suspect>,
    /// Those that reach the end of the panel: the item may have been taken off the list, or be out of stock.
    pub to_the_end: Vec<Suspect>,
}

/// A run of an item's own periods without a sale.
#[derive(Debug, Clone, Copy)]
struct Quiet {
    from: usize,
    periods: usize,
    /// Units that were expected in it, and its chance.
    expected: f64,
    chance: f64,
}

/// Runs of zeros that the count model finds too long, of items without flags. The level is the lower one of those before the run and after
/// it, so that a fall of demand is no suspect; periods in which the panel was closed are left out. A run is no suspect where the
/// item goes on so (`is_usual`), or where a part of the panel has the very same one.
#[must_use]
pub fn silences(panel: &Panel) -> Silences {
    let fitted = CountModel::default().fit_counts(panel, &Calendar::default());
    let closed = closed_periods(panel);
    let after = if panel.step == Step::Day { AFTER } else { 6 };
    // By item, in order.
    let odd = |(index, item): (usize, &Item)| -> Vec<Quiet> {
        if item.is_censored() {
            return Vec::new();
        }
        let runs = quiet_runs(item, fitted.item(index), &closed[item.start..], after);
        runs.into_iter().filter(|q| q.chance * (item.units.len() as f64) < SUSPICIOUS).collect()
    };
    let odd: Vec<Vec<Quiet>> = panel.items.par_iter().enumerate().map(odd).collect();
    let all: usize = odd.iter().map(Vec::len).sum();
    let mut found = Vec::new();
    for (index, (item, odd)) in panel.items.iter().zip(&odd).enumerate() {
        let of_others = (all - odd.len()) as f64 / (panel.items.len() - 1).max(1) as f64;
        for q in odd {
            // A few sales before it, so that there is a level.
            if q.from >= 14.min(item.units.len() / 4) && !is_usual(item, q, (odd, of_others), panel.step) {
                let from = item.start + q.from;
                found.push(Suspect { item: index, from, periods: q.periods, expected: q.expected, chance: q.chance });
            }
        }
    }
    let (to_the_end, mut suspects): (Vec<Suspect>, Vec<Suspect>) =
        found.into_iter().partition(|s| s.from + s.periods == panel.periods);
    leave_closures_out(&mut suspects, panel.items.len());
    Silences { suspects, to_the_end }
}

/// Leaves out runs that as many items as a part of the panel have, from the same period to the same: branches of a chain that were closed.
fn leave_closures_out(suspects: &mut Vec<Suspect>, items: usize) {
    let mut same: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for s in &*suspects {
        *same.entry((s.from, s.periods)).or_default() += 1;
    }
    let part = (PART * items as f64).max(LEAST_SELLING) as usize;
    suspects.retain(|s| same[&(s.from, s.periods)] < part);
}

/// Share of the items that is a part of the panel.
const PART: f64 = 0.05;

/// All runs of an item's periods without a sale, with what the model expected in them where the panel was not `closed`. Levels after a run are those of so
/// many periods.
fn quiet_runs(item: &Item, model: &ItemModel, closed: &[bool], after: usize) -> Vec<Quiet> {
    let means = model.expected(item);
    let n = item.units.len();
    let mut out = Vec::new();
    let mut i = 0;
    while i < n {
        if item.units[i] > 0.0 {
            i += 1;
            continue;
        }
        let periods = item.units[i..].iter().take_while(|y| **y == 0.0).count();
        let (from, to) = (i, i + periods);
        i = to;
        let later = &item.units[to..(to + after).min(n)];
        // Of an end nothing is known but the level before it.
        let later = if to == n { f64::INFINITY } else { later.iter().sum::<f64>() / later.len() as f64 };
        // Level before the run, relative to the mean expected on its first period.
        let factor = |t: usize| model.factor_at(t);
        let before = if factor(from) > 0.0 { means[from].0 / factor(from) } else { later };
        let level = before.min(later);
        let open = || (from..to).filter(|t| !closed[*t]).map(|t| level * factor(t));
        let chance = open().map(|m| model.law().zero(m)).product();
        out.push(Quiet { from, periods, expected: open().sum(), chance });
    }
    out
}

/// What usual runs hide of an item's units, times the number of other runs, is this much at least: two others that hide five eighths of what sold with it, or five
/// that hide a quarter.
const USUAL: f64 = 1.25;

/// Whether a run is the item's own way, by what was and not by a law: it has had others that chance does not explain, in which half as many units or more
/// were to be expected, and demand that all of them hid would be more than a shop goes without. Where it has had one, what other items have on average counts as its
/// own. By weeks and months, of which there are few, an item that is lumpy apart from the run is taken to be so in it.
fn is_usual(item: &Item, quiet: &Quiet, (odd, of_others): (&[Quiet], f64), step: Step) -> bool {
    let such = || odd.iter().filter(|r| r.from != quiet.from && 2.0 * r.expected >= quiet.expected);
    let hidden = quiet.expected + such().map(|r| r.expected).sum::<f64>();
    let sold: f64 = item.units.iter().sum();
    let others = such().count() as f64;
    (others > 0.0 && (others + of_others) * hidden >= USUAL * sold)
        || (step != Step::Day && is_lumpy_without(item, quiet))
}

/// Whether what an item sells apart from a run is lumpy: it sells now and then, and then few or many.
fn is_lumpy_without(item: &Item, quiet: &Quiet) -> bool {
    let mut units = item.units.clone();
    units.drain(quiet.from..quiet.from + quiet.periods);
    pattern(&Item::new("", 0, units)).class == Class::Lumpy
}

/// Share of the items that were to be expected to sell which may sell in a period all the same that is taken for closed.
const OPEN: f64 = 0.1;

/// Periods in which nearly no item sold, though many were to be expected to: weekends, holidays, days of stock-taking.
fn closed_periods(panel: &Panel) -> Vec<bool> {
    let mut selling = vec![0.0; panel.periods];
    let mut expected = vec![0.0; panel.periods];
    for item in &panel.items {
        let n = item.units.len().max(1) as f64;
        let usually = item.units.iter().filter(|y| **y > 0.0).count() as f64 / n;
        for (i, y) in item.units.iter().enumerate() {
            selling[item.start + i] += f64::from(u8::from(*y > 0.0));
            expected[item.start + i] += usually;
        }
    }
    let closed = |(sold, expected): (&f64, &f64)| *expected >= LEAST_SELLING && *sold <= OPEN * expected;
    selling.iter().zip(&expected).map(closed).collect()
}

/// Items that are to be expected to sell in a period, at least, for a silence of nearly all to be no chance.
const LEAST_SELLING: f64 = 5.0;

/// Marks the periods of `suspects` as off the shelf, so that nothing is learned of them.
pub fn mask_suspects(panel: &mut Panel, suspects: &[Suspect]) {
    for s in suspects {
        let item = &mut panel.items[s.item];
        item.shelf.resize(item.units.len(), Shelf::Full);
        let from = s.from - item.start;
        item.shelf[from..from + s.periods].fill(Shelf::Open(0.0));
    }
}
