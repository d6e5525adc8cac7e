//! Products and their demand.

use super::super::raw;
use super::dist::dist;
use super::supply::duty;
use super::{KeyPath, count, unique};
use crate::data::{self, Columns, DateOrder, DecimalMark, Layout, Sales, Unfinished};
use crate::files::{Files, SalesFile};
use crate::load::{Context, data_file, home_of};
use crate::scalar::Distribution;
use restock_base::calendar::{DateSteps, Day, countries, country};
use restock_base::diag::{Code, Diagnostic, did_you_mean};
use restock_base::law::Dist;
use restock_base::units::{Limit, limits, plain, room};
use restock_forecast::{Calendar, CountModel, Item, Panel, Pipeline, Prepared, Step, Suspect, SuspectedStockOuts};
use restock_kernel::model::{
    Baseline, Campaign, Decay, Demand, Forecasted, History, HistoryUse, Horizon, OrderSize, PreOrder, Product,
    PullForward, Returns, Shape, Spread, Surge, Terms,
};
use std::sync::Arc;

pub(super) fn product(
    p: &raw::Product,
    raw: &raw::Scenario,
    horizon: Horizon,
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> Product {
    let price = cx.number(&at.key("price"), p.price, limits::PRICE);
    let unit_cost = cx.number(&at.key("unit-cost"), p.unit_cost, limits::MONEY);
    if unit_cost > price {
        cx.warn(
            &at.key("unit-cost"),
            Code::WarnUnlikely,
            &format!("`{}` costs {unit_cost} and sells for {price}", p.sku),
            "check that the two are not exchanged",
        );
    }
    let (demand_raw, demand_at) = match &p.demand {
        Some(own) => (own, at.key("demand")),
        None => (&raw.demand, KeyPath::default().key("demand")),
    };
    let of_it = |s: &raw::SurgeUnderWay| s.product.as_ref().is_none_or(|sku| *sku == p.sku);
    let under_way = raw.position.as_ref().is_some_and(|position| position.surge.iter().any(of_it));
    Product {
        payables: Vec::new(),
        sku: p.sku.clone(),
        price,
        unit_cost,
        weight_kg: cx.number(&at.key("weight-kg"), p.weight_kg, limits::WEIGHT_KG),
        volume_litres: cx.number(&at.key("volume-litres"), p.volume_litres, limits::VOLUME_LITRES),
        category: p.category.as_deref().map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()),
        duty: p.duty.as_ref().map(|given| rates(given, horizon, &at.key("duty"), cx)),
        minimum_order: p.minimum_order.map(|n| cx.units(&at.key("minimum-order"), n)),
        lead_time_factor: p
            .lead_time_factor
            .map_or(1.0, |f| cx.number(&at.key("lead-time-factor"), f, limits::LEAD_TIME_FACTOR)),
        in_models: p
            .supply
            .iter()
            .enumerate()
            .map(|(i, s)| (s.name.clone(), terms(s, raw, horizon, &at.key("supply").index(i), cx)))
            .collect(),
        returns: p.returns.as_ref().map(|r| returns(r, &at.key("returns"), cx)),
        factory: None,
        factory_capacity: p
            .factory_capacity_per_day
            .map(|c| cx.number(&at.key("factory-capacity-per-day"), c, Limit { low: 0.001, ..limits::MEAN_PER_DAY })),
        demand: demand(demand_raw, &p.sku, (horizon, under_way), &demand_at, cx),
    }
}

fn rates(given: &raw::Rates, horizon: Horizon, at: &KeyPath, cx: &mut Context<'_>) -> DateSteps {
    match given {
        raw::Rates::One(rate) => DateSteps::always(cx.share(at, *rate, limits::RATE)),
        raw::Rates::Steps(steps) => duty(steps, horizon.first(), at, cx),
    }
}

/// What is otherwise of a product in one supply model.
fn terms(s: &raw::ProductSupply, raw: &raw::Scenario, horizon: Horizon, at: &KeyPath, cx: &mut Context<'_>) -> Terms {
    let known = raw.supply.iter().map(|model| model.name.as_str());
    if !known.clone().any(|name| name == s.name) {
        let hint = match did_you_mean(&s.name, known.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("the supply models: `{}`", known.collect::<Vec<_>>().join("`, `")),
        };
        cx.error(&at.key("name"), Code::UnknownName, &format!("there is no supply model `{}`", s.name), &hint);
    }
    let premium = |share| cx.share(&at.key("unit-cost-premium"), share, limits::BIAS);
    Terms {
        unit_cost_premium: s.unit_cost_premium.map(premium),
        duty: s.duty.as_ref().map(|given| rates(given, horizon, &at.key("duty"), cx)),
        minimum_order: s.minimum_order.map(|n| cx.units(&at.key("minimum-order"), n)),
        lead_time_factor: s
            .lead_time_factor
            .map(|f| cx.number(&at.key("lead-time-factor"), f, limits::LEAD_TIME_FACTOR)),
        extra_stock_days: cx.number(&at.key("extra-stock-days"), s.extra_stock_days, limits::EXTRA_STOCK_DAYS),
    }
}

fn returns(r: &raw::Returns, at: &KeyPath, cx: &mut Context<'_>) -> Returns {
    Returns {
        share: cx.share(&at.key("share"), r.share, limits::SHARE),
        days: dist(&r.days, &at.key("days"), limits::DURATION_DAYS, cx),
        resaleable: cx.share(&at.key("resaleable"), r.resaleable, limits::SHARE),
    }
}

fn demand(
    d: &raw::Demand,
    sku: &str,
    (horizon, under_way): (Horizon, bool),
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> Demand {
    let given: Vec<&str> = [
        d.mean_per_day.map(|_| "mean-per-day"),
        d.units_per_day.as_ref().map(|_| "units-per-day"),
        d.history.as_ref().map(|_| "history"),
    ]
    .into_iter()
    .flatten()
    .collect();
    if given.len() != 1 {
        let (code, message) = match given.as_slice() {
            [] => (Code::MissingKey, format!("`{sku}` has no demand")),
            several => (
                Code::Contradiction,
                format!("demand of `{sku}` is given {} times: `{}`", several.len(), several.join("`, `")),
            ),
        };
        cx.error(at, code, &message, "give one of `mean-per-day`, `units-per-day` and `history`");
    }
    let dispersion = d.dispersion.map(|k| cx.number(&at.key("dispersion"), k, limits::DISPERSION));
    if dispersion.is_some() && d.mean_per_day.is_none() && given.len() == 1 {
        cx.error(
            &at.key("dispersion"),
            Code::Contradiction,
            &format!("`dispersion` goes with `mean-per-day`, not with `{}`", given[0]),
            "leave `dispersion` out",
        );
    }
    let (mut weekday, season) =
        (factors::<7>(&d.weekday, &at.key("weekday"), cx), factors::<12>(&d.season, &at.key("season"), cx));
    let mut found = None;
    let baseline = if let Some(mean) = d.mean_per_day {
        Baseline::Counts { mean_per_day: cx.number(&at.key("mean-per-day"), mean, limits::MEAN_PER_DAY), dispersion }
    } else if let Some(units) = &d.units_per_day {
        Baseline::Daily(dist(units, &at.key("units-per-day"), limits::MEAN_PER_DAY, cx))
    } else if let Some(h) = &d.history {
        let at = at.key("history");
        let given = Given { weekday: weekday.iter().any(|f| *f != 1.0).then_some(weekday), surge: d.surge.is_some() };
        if season.iter().any(|f| *f != 1.0) {
            cx.error(&at, Code::Contradiction, "a history has its own seasons", "leave `season` out");
        }
        weekday = [1.0; 7];
        let (baseline, surge) = history(h, sku, horizon, &given, &at, cx);
        found = surge;
        baseline
    } else {
        Baseline::Counts { mean_per_day: 0.0, dispersion: None }
    };
    unique(cx, &at.key("campaign"), "name", d.campaign.iter().map(|c| c.name.as_str()));
    let surge = match &d.surge {
        Some(own) => surge(own, (horizon, under_way), &at.key("surge"), cx),
        None => found,
    };
    let order_size = d.units_per_order.as_ref().and_then(|units| order_size(units, &at.key("units-per-order"), cx));
    let (mean, _) = baseline.moments();
    if let Some(size) = &order_size
        && mean / size.mean() > room::ORDERS_A_DAY as f64
    {
        cx.error(
            &at.key("units-per-order"),
            Code::NoRoom,
            &format!("`{sku}` has {} orders a day, which are drawn one by one", plain(mean / size.mean())),
            &format!(
                "leave `units-per-order` out, or count in cartons or pallets: at most {} orders a day are told apart",
                plain(room::ORDERS_A_DAY as f64)
            ),
        );
    }
    let pauses = d.campaign.iter().position(|c| c.pause_below_cover_days.is_some_and(|days| days.0 > 0.0));
    if let (Some(i), Baseline::Forecast(_), Some(_)) = (pauses, &baseline, &surge) {
        cx.error(
            &at.key("campaign").index(i).key("pause-below-cover-days"),
            Code::Contradiction,
            &format!("surges of `{sku}` come besides the path of its history, and no campaign brings them"),
            "leave `pause-below-cover-days` out, or write `surge = { per-year = 0, peak-uplift = 1 }`",
        );
    }
    Demand {
        baseline,
        order_size,
        weekday,
        season,
        trend_per_year: cx.share(&at.key("trend-per-year"), d.trend_per_year, limits::BIAS),
        campaigns: d
            .campaign
            .iter()
            .enumerate()
            .map(|(i, c)| campaign(c, horizon, &at.key("campaign").index(i), cx))
            .collect(),
        surge,
        pre_orders: pre_orders(&d.pre_order, horizon, &at.key("pre-order"), cx),
    }
}

/// The law of the units of an order. A size is a whole number: what is lost by that is refused, or said.
fn order_size(units: &Distribution, at: &KeyPath, cx: &mut Context<'_>) -> Option<OrderSize> {
    // A law may reach below one: no order does.
    let low = if matches!(units, Distribution::Constant(_)) { limits::UNITS_PER_ORDER.low } else { 0.0 };
    let of = dist(units, at, Limit { low, ..limits::UNITS_PER_ORDER }, cx);
    if let Dist::Constant(n) = of
        && n.fract() != 0.0
    {
        let (low, share) = (n.floor(), n.fract());
        cx.error(
            at,
            Code::OutOfRange,
            &format!("no order holds {n} units"),
            &format!(
                "write a distribution of mean {n}: `{{ mixture = [{{ weight = {}, of = {low} }}, {{ weight = {}, of = {} }}] }}`",
                plain_share(1.0 - share),
                plain_share(share),
                low + 1.0
            ),
        );
        return None;
    }
    let largest = f64::from(OrderSize::LARGEST);
    if of.cdf(largest) < 1.0 - 1e-6 {
        let message = format!("more than one order in a million would hold over {} units", OrderSize::LARGEST);
        cx.error(at, Code::OutOfRange, &message, "count in cartons or pallets, with prices and costs to match");
        return None;
    }
    let size = OrderSize::of(&of)?;
    if (size.mean() / of.mean() - 1.0).abs() > 0.05 {
        let message = format!(
            "orders hold {:.2} units on average: a size is rounded, and at least one, where the distribution has mean {:.2}",
            size.mean(),
            of.mean()
        );
        let remedy = "`empirical` takes the sizes of real orders, `mixture` whole numbers with their weights";
        cx.warn(at, Code::WarnUnlikely, &message, remedy);
    }
    Some(size)
}

/// Six digits behind the point, without zeros at the end.
fn plain_share(x: f64) -> String {
    let text = format!("{x:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn factors<const N: usize>(values: &[f64], at: &KeyPath, cx: &mut Context<'_>) -> [f64; N] {
    if values.len() != N {
        cx.error(
            at,
            Code::OutOfRange,
            &format!("`{}` has {} entries", at.last_key(), values.len()),
            &format!("write {N} factors, {} first", if N == 7 { "Monday" } else { "January" }),
        );
    }
    let checked: Vec<f64> =
        values.iter().take(N).enumerate().map(|(i, v)| cx.number(&at.index(i), *v, limits::FACTOR)).collect();
    std::array::from_fn(|i| checked.get(i).copied().unwrap_or(1.0))
}

/// What a scenario says of a product's demand besides its history.
struct Given {
    /// The pattern of a week, if it is not even.
    weekday: Option<[f64; 7]>,
    surge: bool,
}

/// Baseline of a product with a history, and the surges found in it if they are to come back.
fn history(
    h: &raw::History,
    sku: &str,
    horizon: Horizon,
    given: &Given,
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> (Baseline, Option<Surge>) {
    let nothing = (Baseline::Counts { mean_per_day: 0.0, dispersion: None }, None);
    let used = match &h.drives {
        raw::Drives::Forecast => None,
        raw::Drives::Replay => Some(HistoryUse::Replay),
        raw::Drives::Bootstrap(b) => {
            let at = at.key("drives").key("bootstrap");
            Some(HistoryUse::Bootstrap {
                block_days: cx
                    .days(&at.key("block-days"), b.block_days, Limit { high: 400.0, ..limits::REVIEW_DAYS })
                    .max(1),
                window_days: cx.days(
                    &at.key("window-days"),
                    b.window_days,
                    Limit { low: 3.0, high: 183.0, unit: "days" },
                ),
            })
        }
    };
    let names = read_as(h, Some(sku));
    let at_file = at.key("file");
    let Some(path) = file(&h.file, &at_file, cx) else { return nothing };
    let file = (path, names);
    let Some((sales, index)) = sales(&file, &h.file, sku, &at_file, cx) else { return nothing };
    let panel = &sales.panel;
    let spread = spread(h, sku, (&file.0, panel.step), given.weekday, at, cx);
    let past = as_days(panel, index, panel.periods, spread);
    let Some(used) = used else {
        let sold = Sold { file: &file, sales: &sales, index, spread };
        return forecasted(h, &sold, horizon, given.surge, at, cx).unwrap_or(nothing);
    };
    let (first, last) = (past.first, past.first.plus(past.units.len() as i32 - 1));
    if used == HistoryUse::Replay {
        if past.units.len() < 28 {
            let message = format!("the history has {} days", past.units.len());
            cx.warn(&at.key("file"), Code::WarnUnlikely, &message, "a replay of so few days repeats itself");
        }
        if horizon.opens() < first || last < horizon.start.plus(horizon.days as i32 - 1) {
            let message = format!(
                "the run covers {} to {}, the history {first} to {last}",
                horizon.opens(),
                horizon.start.plus(horizon.days as i32 - 1)
            );
            let remedy = "dates outside it are matched by weekday; set `horizon` inside the history to replay the dates themselves";
            cx.warn(&at.key("file"), Code::WarnUnlikely, &message, remedy);
        }
    }
    (Baseline::History(History { used, ..past }), None)
}

/// Sales of one product, in its file.
struct Sold<'a> {
    file: &'a SalesFile,
    sales: &'a Sales,
    /// Which of the file's items the product is.
    index: usize,
    spread: Option<Spread>,
}

/// Units of an item's periods before `until`, by day, as they were.
fn as_days(panel: &Panel, index: usize, until: usize, spread: Option<Spread>) -> History {
    let item = &panel.items[index];
    let units = |(i, y): (usize, &f64)| {
        let (whole, t) = (y.round() as i64, item.start + i);
        spread.map_or_else(|| vec![whole], |s| s.whole(whole, panel.date(t), panel.date(t + 1)))
    };
    let known = until.saturating_sub(item.start);
    let units = item.units.iter().enumerate().take(known).flat_map(units).collect();
    History { first: panel.date(item.start), units, used: HistoryUse::Replay }
}

/// How the weeks or months of a file fall on their days, which is said: as the scenario tells, else as the file's own days, if weeks or
/// months were asked of days, else evenly. Absent for days, which have their own pattern.
fn spread(
    h: &raw::History,
    sku: &str,
    (path, step): (&std::path::Path, Step),
    given: Option<[f64; 7]>,
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> Option<Spread> {
    if step == Step::Day {
        if given.is_some() {
            let remedy = "leave `weekday` out; it is for histories by week or month";
            cx.error(at, Code::Contradiction, "a history by day has its own weekdays", remedy);
        }
        return None;
    }
    let files = cx.files;
    let own = || h.every.and_then(|_| days_of_file(h, sku, path, files));
    let (weekday, how) = match given {
        Some(weekday) => (weekday, "by the pattern of `weekday`"),
        None => match own() {
            Some(weekday) => (weekday, "by the weekdays of the file's own days"),
            None => ([1.0; 7], "evenly"),
        },
    };
    cx.warn(
        &at.key("file"),
        Code::WarnRepair,
        &format!("`{}` has a row a {}: its units are spread over the days {how}", h.file, step.noun()),
        "`weekday` in `demand` gives the pattern of a week, Monday first",
    );
    Some(Spread { step, weekday })
}

/// Factors of the weekdays of a product, shrunk to those of all products, Monday first; absent where the file is not of days.
fn days_of_file(h: &raw::History, sku: &str, path: &std::path::Path, files: &Files) -> Option<[f64; 7]> {
    let names = Columns { every: Some(Step::Day), ..read_as(h, Some(sku)) };
    files.week(&(path.to_path_buf(), names), sku, |panel| weekdays(panel, sku))
}

fn weekdays(panel: &Panel, sku: &str) -> Option<[f64; 7]> {
    let index = panel.items.iter().position(|i| i.name == sku)?;
    // Of weeks read as days, six of seven have no row.
    let sold: Vec<bool> = (0..7).map(|d| has_weekday(panel, d)).collect();
    if sold.iter().filter(|s| **s).count() < 3 {
        return None;
    }
    let fitted = CountModel::default().fit_counts(panel, &Calendar::default());
    let model = fitted.item(index);
    let mut out = [1.0; 7];
    for d in 0..7 {
        out[panel.season(panel.periods + d)] = model.cycle_at(d);
    }
    Some(out)
}

fn has_weekday(panel: &Panel, weekday: usize) -> bool {
    let sold = |i: &Item| i.units.iter().enumerate().any(|(t, y)| *y > 0.0 && panel.season(i.start + t) == weekday);
    panel.items.iter().any(sold)
}

/// How a history's file is read, with the rows of product `sku` alone where there is one and no column tells products apart.
#[must_use]
pub fn read_as(h: &raw::History, sku: Option<&str>) -> Columns {
    Columns {
        date: h.date.clone(),
        units: h.units.clone(),
        item: h.sku.clone(),
        only: sku.filter(|_| h.sku.is_none()).map(str::to_owned),
        group: h.group.clone(),
        price: h.price.clone(),
        promotion: h.promotion.clone(),
        in_stock: h.in_stock.clone(),
        on_hand: h.on_hand.clone(),
        hours: h.hours.clone(),
        largest_line: h.largest_line.clone(),
        discontinued: h.discontinued.clone(),
        every: h.every.map(|e| match e {
            raw::Every::Day => Step::Day,
            raw::Every::Week => Step::Week,
            raw::Every::Month => Step::Month,
            raw::Every::Quarter => Step::Quarter,
        }),
        unfinished: match h.unfinished {
            raw::Unfinished::LeaveOut => Unfinished::LeaveOut,
            raw::Unfinished::Keep => Unfinished::Keep,
            raw::Unfinished::Scale => Unfinished::Scale,
        },
        start: h.start.map(|d| Day::from_date(d.0)),
        date_order: h.date_order.map(|o| match o {
            raw::DateOrder::DayFirst => DateOrder::DayFirst,
            raw::DateOrder::MonthFirst => DateOrder::MonthFirst,
        }),
        date_format: h.date_format.clone(),
        time_zone: h.time_zone.clone(),
        decimal: h.decimal.map(|d| match d {
            raw::DecimalMark::Point => DecimalMark::Point,
            raw::DecimalMark::Comma => DecimalMark::Comma,
        }),
        shape: h.layout.map(|s| match s {
            raw::HistoryLayout::Long => data::Shape::Long,
            raw::HistoryLayout::DatesAcross => data::Shape::DatesAcross,
            raw::HistoryLayout::ItemsAcross => data::Shape::ItemsAcross,
        }),
        layout: Layout { encoding: h.encoding.clone(), header_row: h.header_row, sheet: h.sheet.clone() },
        conditions: h.conditions.clone(),
        order: h.order.clone(),
        until: h.until.map(|d| Day::from_date(d.0)),
        merge_case: h.merge_case,
    }
}

/// Longest gap between the end of a history and the run: beyond it the model speaks of another time.
const LONGEST_GAP: i32 = 3 * 365;

/// The model fitted on what was known at the start of the measured window.
fn forecasted(
    h: &raw::History,
    sold: &Sold<'_>,
    horizon: Horizon,
    own_surge: bool,
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> Option<(Baseline, Option<Surge>)> {
    let (panel, index, spread) = (&sold.sales.panel, sold.index, sold.spread);
    let item = &panel.items[index];
    let begun = panel.date(item.start);
    let known = usize::try_from(panel.period_of(horizon.start)).unwrap_or(0).min(panel.periods);
    let from = panel.date(known);
    if from <= begun {
        cx.error(
            &at.key("file"),
            Code::DateRange,
            &format!("the history of `{}` begins on {begun}, the measured window on {}", item.name, horizon.start),
            "let `horizon.start` be after some of the history, or write `drives = \"replay\"`",
        );
        return None;
    }
    if horizon.start.0 - from.0 > LONGEST_GAP {
        cx.warn(
            &at.key("file"),
            Code::WarnUnlikely,
            &format!("the history ends on {}, the measured window begins on {}", from.plus(-1), horizon.start),
            "set `horizon.start` to the day after the history",
        );
    }
    going_on(item, h, horizon, at, cx)?;
    let until = panel.until(known);
    let pipeline = Pipeline {
        suspected: match h.suspected_stock_outs {
            raw::SuspectedStockOuts::Mask => SuspectedStockOuts::Mask,
            raw::SuspectedStockOuts::Keep => SuspectedStockOuts::Keep,
        },
        spikes_apart: h.surges || own_surge,
        ..Pipeline::new(calendar(h, &until, horizon, at, cx)?)
    };
    let fit = cx.files.fit(sold.file, known, &pipeline, || until);
    masked(&fit, index, h, at, cx);
    let days = spread.map_or(1.0, |s| s.days());
    let surge = fit.spikes.surge(index).filter(|_| h.surges && !own_surge).map(|s| Surge::from(s.by_day(days)));
    let past = as_days(panel, index, known, spread);
    let model = fit.spikes.model.item(index).clone();
    let baseline = Baseline::Forecast(Box::new(Forecasted { past, from, model, group: item.group.clone(), spread }));
    Some((baseline, surge))
}

/// Refuses a product that is discontinued before the run begins, and warns of one that is so before it ends: its demand is drawn to the end.
fn going_on(item: &Item, h: &raw::History, horizon: Horizon, at: &KeyPath, cx: &mut Context<'_>) -> Option<()> {
    let Some(last) = item.discontinued else { return Some(()) };
    let message = format!("`{}` is discontinued in `{}`: its last day is {last}", item.name, h.file);
    let at = at.key("file");
    if last < horizon.start {
        let remedy = "take the product out of the scenario; `discontinued = \"none\"` in `history` takes it to go on";
        cx.error(
            &at,
            Code::Contradiction,
            &format!("{message}, and the measured window begins on {}", horizon.start),
            remedy,
        );
        return None;
    }
    let end = horizon.start.plus(horizon.days as i32 - 1);
    if last < end {
        let remedy = "let the run end on that day (`horizon.days`); `discontinued = \"none\"` in `history` takes the product to go on";
        cx.warn(
            &at,
            Code::WarnUnlikely,
            &format!("{message}; its demand is drawn to the end of the run, {end}"),
            remedy,
        );
    }
    Some(())
}

/// What is known beforehand: the events and holidays that the history names, to the end of the run.
fn calendar(h: &raw::History, panel: &Panel, horizon: Horizon, at: &KeyPath, cx: &mut Context<'_>) -> Option<Calendar> {
    let end = horizon.start.plus(horizon.days as i32);
    let from = panel.date(panel.periods);
    let ahead = match panel.step {
        Step::Day => (end.0 - from.0).max(0),
        // The period of the last day is drawn whole.
        Step::Week | Step::Month | Step::Quarter => {
            (panel.period_of(end.plus(-1)) - panel.periods as i64 + 1).max(0) as i32
        }
    };
    let events = events(h, at, cx)?;
    let mut codes = Vec::new();
    for (i, code) in h.country.iter().enumerate() {
        let Some(code) = country(code) else {
            let remedy = format!("holidays are known of {}; name others with `events`", countries().join(", "));
            cx.error(&at.key("country").index(i), Code::UnknownName, &format!("there is no country `{code}`"), &remedy);
            return None;
        };
        codes.push(code);
    }
    let mut calendar = Calendar { ahead: ahead as usize, events, yearly: h.yearly_wave };
    if let Err(e) = calendar.observe(&codes, panel) {
        let remedy = "leave `country` out and name the days with `events`, or move `horizon`";
        cx.error(&at.key("country"), Code::DateRange, &e.to_string(), remedy);
        return None;
    }
    Some(calendar)
}

/// Events that the history names; absent if their file cannot be read, which is said.
fn events(h: &raw::History, at: &KeyPath, cx: &mut Context<'_>) -> Option<Vec<(Day, String)>> {
    let Some(name) = &h.events else { return Some(Vec::new()) };
    let at = at.key("events");
    let path = file(name, &at, cx)?;
    match cx.files.events(&path) {
        Ok(events) => Some(events.to_vec()),
        Err(problems) => {
            cx.told_of_file(problems, &path, name, &at);
            None
        }
    }
}

/// Says which days of a product's history are taken for stock-outs.
fn masked(fit: &Prepared, index: usize, h: &raw::History, at: &KeyPath, cx: &mut Context<'_>) {
    let runs: Vec<&Suspect> = fit.suspects_of(index).collect();
    if runs.is_empty() || fit.suspected == SuspectedStockOuts::Keep {
        return;
    }
    let periods: usize = runs.iter().map(|s| s.periods).sum();
    let units: f64 = runs.iter().map(|s| s.expected).sum();
    cx.warn(
        &at.key("file"),
        Code::WarnRepair,
        &format!(
            "`{}`: {periods} {}s without a sale of `{}`, in runs that chance does not explain ({units:.0} units were \
             expected in them), are taken for stock-outs: nothing is learned of demand in them",
            h.file,
            fit.sold.step.noun(),
            fit.sold.items[index].name
        ),
        "write `suspected-stock-outs = \"keep\"` in `history` if nothing was wanted in them, as of a closed shop",
    );
}

/// Sales of a file among those read, and which of its items the product is. What is wrong with them, and what was repaired, is said at `at`.
fn sales(file: &SalesFile, name: &str, sku: &str, at: &KeyPath, cx: &mut Context<'_>) -> Option<(Arc<Sales>, usize)> {
    let place = cx.place(at);
    let read = match cx.files.sales(file) {
        Ok(read) => read,
        Err(problems) => {
            cx.told_of_file(problems, &file.0, name, at);
            return None;
        }
    };
    if !cx.told.contains(file) {
        for d in read.repairs.warnings(name, &read.panel) {
            cx.problems.push(d.at(place.clone()));
        }
        cx.health.push(read.health(name));
        cx.told.push(file.clone());
    }
    let panel = &read.panel;
    let mut refuse = |message: String, hint: &str| {
        cx.problems.push(Diagnostic::error(Code::HistoryEmpty, message).at(place.clone()).hint(hint));
        None
    };
    let Some(index) = panel.items.iter().position(|i| i.name == sku) else {
        let hint = match did_you_mean(sku, panel.items.iter().map(|i| i.name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "check the `sku` of the product and the columns of the file".into(),
        };
        return refuse(format!("`{name}` has no sales for `{sku}`"), &hint);
    };
    if panel.items[index].units.iter().all(|u| *u == 0.0) {
        return refuse(format!("`{name}` has no unit sold for `{sku}`"), "check the column of units");
    }
    Some((read, index))
}

/// Where a file named by the scenario is, if it may be read.
pub(super) fn file(name: &str, at: &KeyPath, cx: &mut Context<'_>) -> Option<std::path::PathBuf> {
    let place = cx.place(at);
    let folder = place.as_ref().map_or_else(|| cx.folder.to_path_buf(), |p| home_of(p, cx.folder, &cx.problems));
    match data_file(name, &folder, cx.allow_outside) {
        Ok((path, found)) => {
            if !cx.inputs.contains(&path) {
                cx.inputs.push(path);
            }
            Some(found)
        }
        Err(d) => {
            cx.problems.push(d.at(place));
            None
        }
    }
}

fn campaign(c: &raw::Campaign, horizon: Horizon, at: &KeyPath, cx: &mut Context<'_>) -> Campaign {
    let start = Day::from_date(c.start.0);
    let days = cx.days(&at.key("days"), c.days, Limit { low: 1.0, ..limits::REVIEW_DAYS });
    let (first, end) = (horizon.opens(), horizon.start.plus(horizon.days as i32));
    if start >= end || start.plus(days as i32) <= first {
        cx.error(
            &at.key("start"),
            Code::DateRange,
            &format!("campaign `{}` on {start} is outside the run, which covers {first} to {}", c.name, end.plus(-1)),
            "move the campaign, or the horizon",
        );
    }
    let shape = match &c.shape {
        raw::Shape::Flat => Shape::Flat,
        raw::Shape::Trapezoid(t) => {
            let at = at.key("shape").key("trapezoid");
            let limit = Limit { high: f64::from(days), ..limits::DURATION_DAYS };
            Shape::Trapezoid {
                ramp_days: cx.days(&at.key("ramp-days"), t.ramp_days, limit),
                fall_days: cx.days(&at.key("fall-days"), t.fall_days, limit),
            }
        }
        raw::Shape::Daily(heights) => {
            let at = at.key("shape").key("daily");
            if heights.len() != days as usize {
                cx.error(
                    &at,
                    Code::Contradiction,
                    &format!("`daily` has {} heights for {days} days", heights.len()),
                    "write one height a day",
                );
            }
            Shape::Daily(heights.iter().enumerate().map(|(i, h)| cx.number(&at.index(i), *h, limits::SHARE)).collect())
        }
    };
    Campaign {
        name: c.name.clone(),
        start,
        days,
        uplift: dist(&c.uplift, &at.key("uplift"), limits::UPLIFT, cx),
        shape,
        planned: c.planned,
        pause_below_cover_days: c
            .pause_below_cover_days
            .map(|days| cx.number(&at.key("pause-below-cover-days"), days.0, limits::COVER_DAYS)),
        discount: cx.share(&at.key("discount"), c.discount, limits::SHARE),
        cost_per_day: cx.number(&at.key("cost-per-day"), c.cost_per_day, limits::MONEY),
    }
}

/// Windows for pre-orders, in the measured days, no two of them open on one day.
fn pre_orders(all: &[raw::PreOrder], horizon: Horizon, at: &KeyPath, cx: &mut Context<'_>) -> Vec<PreOrder> {
    count(cx, at, all.len(), limits::PRE_ORDERS);
    unique(cx, at, "name", all.iter().map(|p| p.name.as_str()));
    let windows: Vec<PreOrder> = all.iter().enumerate().map(|(i, p)| pre_order(p, horizon, &at.index(i), cx)).collect();
    for (i, one) in windows.iter().enumerate() {
        let both = |other: &&PreOrder| other.opens <= one.closes && one.opens <= other.closes;
        if let Some(other) = windows[..i].iter().position(|other| both(&other)) {
            let (a, b) = (&all[other].name, &all[i].name);
            cx.error(
                &at.index(i).key("opens"),
                Code::Contradiction,
                &format!("the windows `{a}` and `{b}` are open on the same days"),
                "let one close before the other opens: a shopper can pre-order in one window",
            );
        }
    }
    windows
}

fn pre_order(p: &raw::PreOrder, horizon: Horizon, at: &KeyPath, cx: &mut Context<'_>) -> PreOrder {
    let [opens, closes, ships] = [p.opens, p.closes, p.ships].map(|date| Day::from_date(date.0));
    let last = horizon.start.plus(horizon.days as i32 - 1);
    if opens < horizon.start || opens > last {
        cx.error(
            &at.key("opens"),
            Code::DateRange,
            &format!(
                "the window `{}` opens on {opens}, outside the measured days, {} to {last}",
                p.name, horizon.start
            ),
            "move the window, or the horizon",
        );
    }
    if closes < opens {
        cx.error(
            &at.key("closes"),
            Code::DateRange,
            &format!("the window `{}` closes on {closes}, before it opens on {opens}", p.name),
            "let it close on the day on which it opens, or later",
        );
    }
    if ships <= closes {
        cx.error(
            &at.key("ships"),
            Code::DateRange,
            &format!("what is pre-ordered until {closes} ships on {ships}"),
            "ship after the window has closed",
        );
    }
    PreOrder {
        opens,
        closes,
        ships,
        take_up: cx.share(&at.key("take-up"), p.take_up, limits::SHARE),
        discount: cx.share(&at.key("discount"), p.discount, limits::SHARE),
        deposit: cx.share(&at.key("deposit"), p.deposit, limits::SHARE),
        cancel: cx.share(&at.key("cancel"), p.cancel, limits::SHARE),
        sizes_order: p.sizes_order,
        keeps_forecast: p.keeps_forecast,
    }
}

/// `None` if `per-year = 0` switches all surges off.
fn surge(s: &raw::Surge, (horizon, under_way): (Horizon, bool), at: &KeyPath, cx: &mut Context<'_>) -> Option<Surge> {
    let per_year = s.per_year.map(|n| cx.number(&at.key("per-year"), n, limits::PER_YEAR));
    if per_year.is_none() && s.on.0.is_empty() && !under_way {
        cx.error(at, Code::NothingToRun, "the surge never comes", "give `per-year`, or dates in `on`");
    }
    let (first, end) = (horizon.opens(), horizon.start.plus(horizon.days as i32));
    for (i, date) in s.on.0.iter().enumerate() {
        let day = Day::from_date(date.0);
        if day < first || day >= end {
            cx.error(
                &at.key("on").index(i),
                Code::DateRange,
                &format!("surge on {day} is outside the run, which covers {first} to {}", end.plus(-1)),
                "move the surge, or the horizon",
            );
        }
    }
    let decay_at = at.key("decay");
    let positive = Limit { low: 0.01, ..limits::DURATION_DAYS };
    let read = Surge {
        per_year: per_year.unwrap_or(0.0),
        scripted: s.on.0.iter().map(|d| Day::from_date(d.0)).collect(),
        under_way: Vec::new(),
        peak_uplift: dist(&s.peak_uplift, &at.key("peak-uplift"), limits::UPLIFT, cx),
        decay: match &s.decay {
            raw::Decay::Exponential(e) => Decay::Exponential {
                tau_days: cx.number(&decay_at.key("exponential").key("tau-days"), e.tau_days.0, positive),
            },
            raw::Decay::PowerLaw(p) => Decay::PowerLaw {
                exponent: cx.number(&decay_at.key("power-law").key("exponent"), p.exponent, limits::EXPONENT),
                scale_days: cx.number(&decay_at.key("power-law").key("scale-days"), p.scale_days.0, positive),
            },
        },
        lasting_lift: cx.share(&at.key("lasting-lift"), s.lasting_lift, limits::BIAS),
        pull_forward: s.pull_forward.as_ref().map(|p| {
            let at = at.key("pull-forward");
            PullForward {
                share: cx.share(&at.key("share"), p.share, limits::SHARE),
                days: cx.days(&at.key("days"), p.days, Limit { low: 1.0, ..limits::REVIEW_DAYS }),
            }
        }),
    };
    (per_year != Some(0.0)).then_some(read)
}
