//! From the file's types to the model: ranges, names, and what contradicts itself.
//!
//! Every function reports all it finds and goes on with a stand-in value, so that one pass shows every
//! problem. The result is used only if there was none.

use super::document::KeyPath;
use super::load::Context;
use super::scalar::{Column, Distribution, Duration, Empirical, Family, OnDate, Share};
use super::{Runnable, data, raw};
use crate::calendar::{BuiltIn, Closure, DateSteps, Day, HOLIDAY_YEARS};
use crate::diag::{Code, Diagnostic, Place, did_you_mean};
use crate::dist::Dist;
use crate::ids::{CalendarId, RegimeId};
use crate::model::{
    Accept, Baseline, Calendar, Campaign, Container, Customers, Decay, Delivery, Demand, Expedite, Experiment, Finance,
    Forecast, Freight, History, HistoryUse, Horizon, Kpi, Late, Location, Milestone, Patience, Payment, Planner,
    Policy, Precision, Product, Promise, PromiseHazards, PullForward, Regime, RegimeState, Route, SafetyStock,
    Scenario, Shape, Stage, SupplyModel, Surge,
};
use crate::stats::special::normal_quantile;
use crate::units::{Limit, limits, plain};

/// Lowers the whole file. `None` only if nothing could be made of it.
pub(super) fn scenario(raw: &raw::Scenario, cx: &mut Context) -> Option<Runnable> {
    let root = KeyPath::default();
    let horizon = horizon(&raw.horizon, cx);
    let calendars = calendars(raw, cx);
    let regimes = regimes(raw, cx);
    if raw.product.is_empty() {
        cx.error(
            &root.key("product"),
            Code::NothingToRun,
            "the scenario has no product",
            "add a `[[product]]` with `sku`, `price` and `unit-cost`",
        );
    }
    count(cx, &root.key("product"), raw.product.len(), limits::PRODUCTS);
    count(cx, &root.key("supply"), raw.supply.len(), limits::MODELS);
    unique(cx, &root.key("product"), "sku", raw.product.iter().map(|p| p.sku.as_str()));
    unique(cx, &root.key("supply"), "name", raw.supply.iter().map(|s| s.name.as_str()));
    if raw.supply.is_empty() {
        cx.error(
            &root.key("supply"),
            Code::NothingToRun,
            "the scenario has no supply model",
            "add a `[[supply]]`, or leave `supply` out to compare the presets",
        );
    }
    let products: Vec<Product> = raw
        .product
        .iter()
        .enumerate()
        .map(|(i, p)| product(p, raw, horizon, &root.key("product").index(i), cx))
        .collect();
    let names = Names { horizon, calendars: &calendars, regimes: &regimes };
    let models: Vec<SupplyModel> =
        raw.supply.iter().enumerate().map(|(i, s)| model(s, &names, &root.key("supply").index(i), cx)).collect();
    if raw.name.trim().is_empty() {
        cx.error(&root.key("name"), Code::MissingKey, "`name` is empty", "give the comparison a title");
    }
    let currency = raw.currency.trim().to_uppercase();
    if currency.len() != 3 || !currency.chars().all(|c| c.is_ascii_alphabetic()) {
        cx.error(
            &root.key("currency"),
            Code::OutOfRange,
            &format!("`currency` is `{}`", raw.currency),
            "write a three-letter ISO code such as \"USD\"",
        );
    }
    let customers = customers(&raw.customers, cx);
    let planner = planner(&raw.planner, cx);
    let finance = finance(&raw.finance, cx);
    let experiment = experiment(&raw.monte_carlo, cx);
    Some(Runnable {
        scenario: Scenario {
            name: raw.name.trim().to_owned(),
            currency,
            horizon,
            products,
            customers,
            planner,
            finance,
            models,
            regimes,
            calendars,
        },
        experiment,
    })
}

impl Context {
    fn place(&self, path: &KeyPath) -> Option<Place> {
        let (node, found) = self.tree.find(path);
        let place = if found == path.steps().len() {
            node.place.clone()
        } else {
            node.key.clone().unwrap_or_else(|| node.place.clone())
        };
        // A table's place is its whole text: point at its key.
        let text = &self.problems.sources.get(place.source)?.text;
        let many_lines = text.get(place.span.clone()).is_some_and(|t| t.contains('\n'));
        Some(if many_lines {
            node.key.clone().unwrap_or(Place { source: place.source, span: place.span.start..place.span.start + 1 })
        } else {
            place
        })
    }

    fn error(&mut self, path: &KeyPath, code: Code, message: &str, hint: &str) {
        let place = self.place(path);
        self.problems.push(Diagnostic::error(code, message).at(place).hint(hint));
    }

    fn warn(&mut self, path: &KeyPath, code: Code, message: &str, hint: &str) {
        let place = self.place(path);
        self.problems.push(Diagnostic::warning(code, message).at(place).hint(hint));
    }

    /// A number inside its limit; outside, an error and the nearest end.
    fn number(&mut self, path: &KeyPath, value: f64, limit: Limit) -> f64 {
        if limit.contains(value) {
            return value;
        }
        let place = self.place(path);
        let hint = if !value.is_finite() {
            "write a finite number".to_owned()
        } else if value < limit.low {
            format!("write at least {}", plain(limit.low))
        } else {
            format!("write at most {}", plain(limit.high))
        };
        self.problems.push(
            Diagnostic::error(Code::OutOfRange, format!("`{}` is {}", path.last_key(), shown(value)))
                .at(place)
                .label(format!("must be {limit}"))
                .hint(hint),
        );
        if value.is_nan() { limit.low } else { value.clamp(limit.low, limit.high) }
    }

    fn share(&mut self, path: &KeyPath, value: Share, limit: Limit) -> f64 {
        self.number(path, value.0, limit)
    }

    /// Whole days: a duration that is no whole number is an error.
    fn days(&mut self, path: &KeyPath, value: Duration, limit: Limit) -> u32 {
        let days = self.number(path, value.0, limit);
        if days.fract() != 0.0 {
            self.error(path, Code::OutOfRange, &format!("`{}` is {days} days", path.last_key()), "write whole days");
        }
        days as u32
    }

    fn units(&mut self, path: &KeyPath, value: u64) -> i64 {
        self.number(path, value as f64, limits::UNITS) as i64
    }

    fn level(&mut self, path: &KeyPath, value: i64) -> i64 {
        self.number(path, value as f64, limits::LEVEL) as i64
    }
}

fn shown(value: f64) -> String {
    if value.is_finite() { plain(value) } else { format!("{value}").replace("NaN", "nan") }
}

fn count(cx: &mut Context, path: &KeyPath, n: usize, most: usize) {
    if n > most {
        cx.error(
            path,
            Code::OutOfRange,
            &format!("`{}` has {n} entries", path.last_key()),
            &format!("at most {most} are allowed; split the scenario"),
        );
    }
}

fn unique<'a>(cx: &mut Context, path: &KeyPath, key: &str, names: impl Iterator<Item = &'a str>) {
    let mut seen: Vec<&str> = Vec::new();
    for (i, name) in names.enumerate() {
        let at = path.index(i).key(key);
        if name.trim().is_empty() {
            cx.error(&at, Code::MissingKey, &format!("`{key}` is empty"), "give it a name");
        } else if seen.contains(&name) {
            cx.error(&at, Code::Duplicate, &format!("`{name}` is used twice"), "give each a name of its own");
        }
        seen.push(name);
    }
}

fn horizon(h: &raw::Horizon, cx: &mut Context) -> Horizon {
    let at = KeyPath::default().key("horizon");
    Horizon {
        start: Day::from_date(h.start.0),
        days: cx.days(&at.key("days"), h.days, limits::HORIZON_DAYS).max(1),
        warmup_days: cx.days(&at.key("warmup-days"), h.warmup_days, limits::WARMUP_DAYS),
    }
}

fn experiment(m: &raw::MonteCarlo, cx: &mut Context) -> Experiment {
    let at = KeyPath::default().key("monte-carlo");
    let replications = cx.number(&at.key("replications"), m.replications as f64, limits::REPLICATIONS) as u32;
    let precision = m.precision.as_ref().and_then(|p| {
        let at = at.key("precision");
        let half_width = p.half_width.0;
        if !(half_width.is_finite() && half_width > 0.0) {
            cx.error(
                &at.key("half-width"),
                Code::OutOfRange,
                &format!("`half-width` is {}", shown(half_width)),
                "write a positive number, or a percentage such as \"0.1%\"",
            );
        }
        let kpi = Kpi::from_name(&p.kpi);
        if kpi.is_none() {
            let known = Kpi::ALL.iter().map(|k| k.name());
            let hint = did_you_mean(&p.kpi, known).map_or_else(
                || "the names are those of kpis.csv, `backorder_rate` say".into(),
                |k| format!("did you mean `{k}`?"),
            );
            cx.error(&at.key("kpi"), Code::UnknownName, &format!("there is no KPI `{}`", p.kpi), &hint);
        }
        kpi.map(|kpi| Precision { kpi, half_width })
    });
    Experiment { seed: m.seed, replications, precision }
}

/// Calendars of the scenario, after the built-in ones.
fn calendars(raw: &raw::Scenario, cx: &mut Context) -> Vec<Calendar> {
    let built_in = |b: BuiltIn| Calendar {
        name: b.name().into(),
        closed_weekdays: b.closed_weekdays().to_vec(),
        closures: b.closures(),
    };
    let mut out: Vec<Calendar> = BuiltIn::ALL.into_iter().map(built_in).collect();
    let at = KeyPath::default().key("calendar");
    unique(cx, &at, "name", raw.calendar.iter().map(|c| c.name.as_str()));
    for (i, c) in raw.calendar.iter().enumerate() {
        let at = at.index(i);
        let mut calendar = Calendar { name: c.name.clone(), closed_weekdays: Vec::new(), closures: Vec::new() };
        if let Some(base) = &c.based_on {
            match lookup(cx, &at.key("based-on"), "calendar", base, out.iter().map(|o| o.name.as_str())) {
                Some(b) => calendar = Calendar { name: c.name.clone(), ..out[b].clone() },
                None => continue,
            }
        }
        if c.weekends_closed {
            calendar.closed_weekdays = vec![5, 6];
        }
        for (k, closed) in c.closed.iter().enumerate() {
            let at = at.key("closed").index(k);
            let pace = cx.share(&at.key("pace"), closed.pace, limits::FACTOR);
            let (from, to) = span(cx, &at, closed.from, closed.to);
            calendar.closures.push(Closure { from, to, pace: (pace, pace) });
        }
        if out.iter().any(|o| o.name == c.name) {
            cx.error(
                &at.key("name"),
                Code::Duplicate,
                &format!("`{}` is a built-in calendar", c.name),
                "choose another name, and `based-on` to start from it",
            );
        }
        out.push(calendar);
    }
    out
}

fn span(cx: &mut Context, at: &KeyPath, from: OnDate, to: OnDate) -> (Day, Day) {
    if to.0 < from.0 {
        cx.error(
            &at.key("to"),
            Code::Contradiction,
            &format!("`to` ({}) is before `from` ({})", to.0, from.0),
            "exchange the two dates",
        );
    }
    (Day::from_date(from.0), Day::from_date(to.0))
}

fn lookup<'a>(
    cx: &mut Context,
    at: &KeyPath,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Option<usize> {
    let known: Vec<&str> = known.collect();
    let found = known.iter().position(|k| *k == name);
    if found.is_none() {
        let listed = known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
        let hint = did_you_mean(name, known.iter().copied()).map_or_else(
            || if known.is_empty() { format!("define a {what} of that name") } else { format!("defined: {listed}") },
            |k| format!("did you mean `{k}`?"),
        );
        cx.error(at, Code::UnknownName, &format!("there is no {what} `{name}`"), &hint);
    }
    found
}

fn regimes(raw: &raw::Scenario, cx: &mut Context) -> Vec<Regime> {
    let at = KeyPath::default().key("regime");
    unique(cx, &at, "name", raw.regime.iter().map(|r| r.name.as_str()));
    let regime = |(i, r): (usize, &raw::Regime)| {
        let at = at.index(i);
        if r.state.is_empty() || r.state.len() > 200 {
            cx.error(
                &at.key("state"),
                Code::NothingToRun,
                &format!("regime `{}` has {} states", r.name, r.state.len()),
                "give it 1 to 200 states",
            );
        }
        unique(cx, &at.key("state"), "name", r.state.iter().map(|s| s.name.as_str()));
        let states = r.state.iter().enumerate().map(|(k, s)| {
            let at = at.key("state").index(k);
            RegimeState {
                name: s.name.clone(),
                mean_days: s.mean_days.map_or(f64::INFINITY, |d| {
                    cx.number(&at.key("mean-days"), d.0, Limit { low: 1.0, ..limits::DURATION_DAYS })
                }),
                duration: cx.number(&at.key("duration-factor"), s.duration_factor, limits::FACTOR),
                late: cx.number(&at.key("late-factor"), s.late_factor, limits::FACTOR),
                freight: cx.number(&at.key("freight-factor"), s.freight_factor, limits::FACTOR),
            }
        });
        let states: Vec<RegimeState> = states.collect();
        let spells = r.spell.iter().enumerate().filter_map(|(k, s)| {
            let at = at.key("spell").index(k);
            let (from, to) = span(cx, &at, s.from, s.to);
            let state = lookup(cx, &at.key("state"), "state", &s.state, states.iter().map(|s| s.name.as_str()))?;
            Some((from, to, state))
        });
        let scripted = spells.collect();
        Regime { name: r.name.clone(), scripted, states }
    };
    raw.regime.iter().enumerate().map(regime).collect()
}

fn product(p: &raw::Product, raw: &raw::Scenario, horizon: Horizon, at: &KeyPath, cx: &mut Context) -> Product {
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
    Product {
        sku: p.sku.clone(),
        price,
        unit_cost,
        weight_kg: cx.number(&at.key("weight-kg"), p.weight_kg, limits::WEIGHT_KG),
        volume_litres: cx.number(&at.key("volume-litres"), p.volume_litres, limits::VOLUME_LITRES),
        factory_capacity: p
            .factory_capacity_per_day
            .map(|c| cx.number(&at.key("factory-capacity-per-day"), c, Limit { low: 0.001, ..limits::MEAN_PER_DAY })),
        demand: demand(demand_raw, &p.sku, horizon, &demand_at, cx),
    }
}

fn demand(d: &raw::Demand, sku: &str, horizon: Horizon, at: &KeyPath, cx: &mut Context) -> Demand {
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
    let (weekday, season) =
        (factors::<7>(&d.weekday, &at.key("weekday"), cx), factors::<12>(&d.season, &at.key("season"), cx));
    let baseline = if let Some(mean) = d.mean_per_day {
        Baseline::Counts { mean_per_day: cx.number(&at.key("mean-per-day"), mean, limits::MEAN_PER_DAY), dispersion }
    } else if let Some(units) = &d.units_per_day {
        Baseline::Daily(dist(units, &at.key("units-per-day"), limits::MEAN_PER_DAY, cx))
    } else if let Some(h) = &d.history {
        if weekday.iter().chain(&season).any(|f| *f != 1.0) {
            cx.error(
                &at.key("history"),
                Code::Contradiction,
                "a history has its own weekdays and seasons",
                "leave `weekday` and `season` out",
            );
        }
        history(h, sku, horizon, &at.key("history"), cx)
    } else {
        Baseline::Counts { mean_per_day: 0.0, dispersion: None }
    };
    unique(cx, &at.key("campaign"), "name", d.campaign.iter().map(|c| c.name.as_str()));
    Demand {
        baseline,
        weekday,
        season,
        trend_per_year: cx.share(&at.key("trend-per-year"), d.trend_per_year, limits::BIAS),
        campaigns: d
            .campaign
            .iter()
            .enumerate()
            .map(|(i, c)| campaign(c, horizon, &at.key("campaign").index(i), cx))
            .collect(),
        surge: d.surge.as_ref().map(|s| surge(s, horizon, &at.key("surge"), cx)),
    }
}

fn factors<const N: usize>(values: &[f64], at: &KeyPath, cx: &mut Context) -> [f64; N] {
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

fn history(h: &raw::History, sku: &str, horizon: Horizon, at: &KeyPath, cx: &mut Context) -> Baseline {
    let used = match &h.drives {
        raw::Drives::Replay => HistoryUse::Replay,
        raw::Drives::Bootstrap(b) => {
            let at = at.key("drives").key("bootstrap");
            HistoryUse::Bootstrap {
                block_days: cx
                    .days(&at.key("block-days"), b.block_days, Limit { high: 400.0, ..limits::REVIEW_DAYS })
                    .max(1),
                window_days: cx.days(
                    &at.key("window-days"),
                    b.window_days,
                    Limit { low: 3.0, high: 183.0, unit: "days" },
                ),
            }
        }
    };
    let request = data::Request { file: &h.file, date: &h.date, units: &h.units, sku_column: h.sku.as_deref(), sku };
    let place = cx.place(&at.key("file"));
    match file(&h.file, &at.key("file"), cx).and_then(|path| data::history(&path, &request, place, &mut cx.problems)) {
        Some((first, units)) => {
            if used == HistoryUse::Replay && units.len() < 28 {
                cx.warn(
                    &at.key("file"),
                    Code::WarnUnlikely,
                    &format!("the history has {} days", units.len()),
                    "a replay of so few days repeats itself",
                );
            }
            if used == HistoryUse::Replay
                && (horizon.first() < first || first.plus(units.len() as i32) < horizon.start.plus(horizon.days as i32))
            {
                let last = first.plus(units.len() as i32 - 1);
                cx.warn(&at.key("file"), Code::WarnUnlikely, &format!("the run covers {} to {}, the history {first} to {last}", horizon.first(), horizon.start.plus(horizon.days as i32 - 1)), "dates outside it are matched by weekday; set `horizon` inside the history to replay the dates themselves");
            }
            Baseline::History(History { first, units, used })
        }
        None => Baseline::Counts { mean_per_day: 0.0, dispersion: None },
    }
}

/// Where a file named by the scenario is, if it may be read.
fn file(name: &str, at: &KeyPath, cx: &mut Context) -> Option<std::path::PathBuf> {
    // Relative to the file in which the name stands: a base scenario brings its own data.
    let home = cx
        .place(at)
        .and_then(|p| cx.problems.sources[p.source].path.clone())
        .and_then(|p| p.parent().map(std::path::Path::to_path_buf));
    let folder = home.unwrap_or_else(|| cx.folder.clone());
    let path = folder.join(name);
    match path.canonicalize() {
        Err(_) => {
            cx.error(
                at,
                Code::FileMissing,
                &format!("there is no file `{name}`"),
                &format!("files are looked up in `{}`", folder.display()),
            );
            None
        }
        Ok(found) if !cx.allow_outside && !super::load::inside(&found, &folder) => {
            let place = cx.place(at);
            cx.problems.push(super::load::outside(name, place));
            None
        }
        Ok(found) => Some(found),
    }
}

fn campaign(c: &raw::Campaign, horizon: Horizon, at: &KeyPath, cx: &mut Context) -> Campaign {
    let start = Day::from_date(c.start.0);
    let days = cx.days(&at.key("days"), c.days, Limit { low: 1.0, ..limits::REVIEW_DAYS });
    let (first, end) = (horizon.first(), horizon.start.plus(horizon.days as i32));
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
    }
}

fn surge(s: &raw::Surge, horizon: Horizon, at: &KeyPath, cx: &mut Context) -> Surge {
    let per_year = cx.number(&at.key("per-year"), s.per_year, limits::PER_YEAR);
    if per_year == 0.0 && s.on.0.is_empty() {
        cx.error(at, Code::NothingToRun, "the surge never comes", "give `per-year`, or dates in `on`");
    }
    let (first, end) = (horizon.first(), horizon.start.plus(horizon.days as i32));
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
    Surge {
        per_year,
        scripted: s.on.0.iter().map(|d| Day::from_date(d.0)).collect(),
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
    }
}

/// A distribution whose values lie within `limit`.
fn dist(d: &Distribution, at: &KeyPath, limit: Limit, cx: &mut Context) -> Dist {
    let family = match d {
        Distribution::Constant(value) => return Dist::Constant(cx.number(at, *value, limit)),
        Distribution::Family(family) => family.as_ref(),
    };
    let bad = |cx: &mut Context, message: String, hint: &str| {
        cx.error(at, Code::Distribution, &message, hint);
        Dist::Constant(limit.low)
    };
    let finite = |values: &[f64]| values.iter().all(|v| v.is_finite());
    let result = match family {
        Family::Uniform([low, high]) => {
            if !finite(&[*low, *high]) || low > high {
                return bad(cx, format!("`uniform` from {low} to {high}"), "write the lower value first");
            }
            Dist::Uniform { low: *low, high: *high }
        }
        Family::Triangular([low, mode, high]) => {
            if !finite(&[*low, *mode, *high]) || low > mode || mode > high {
                return bad(
                    cx,
                    format!("`triangular` of {low}, {mode}, {high}"),
                    "write lowest, most likely and highest value, in that order",
                );
            }
            if low == high { Dist::Constant(*low) } else { Dist::Triangular { low: *low, mode: *mode, high: *high } }
        }
        Family::Normal(p) => {
            // Far below zero a truncated normal would be drawn for ever.
            if !finite(&[p.mean, p.sd]) || p.sd < 0.0 || p.mean < 0.0 {
                return bad(
                    cx,
                    format!("`normal` of mean {} and sd {}", p.mean, p.sd),
                    "write a mean and a standard deviation that are not negative",
                );
            }
            if p.sd == 0.0 { Dist::Constant(p.mean) } else { Dist::Normal { mean: p.mean, sd: p.sd } }
        }
        Family::Lognormal(p) => match (p.median, p.p90, p.mean, p.cv) {
            (Some(median), Some(p90), None, None)
                if median.is_finite() && p90.is_finite() && median > 0.0 && p90 >= median =>
            {
                Dist::lognormal_median_p90(median, p90)
            }
            (None, None, Some(mean), Some(cv)) if mean.is_finite() && mean > 0.0 && (0.0..=100.0).contains(&cv) => {
                Dist::lognormal_mean_cv(mean, cv)
            }
            (Some(median), Some(p90), None, None) => {
                return bad(
                    cx,
                    format!("`lognormal` with median {median} and 90th percentile {p90}"),
                    "the median must be positive and not above `p90`",
                );
            }
            (None, None, Some(mean), Some(cv)) => {
                return bad(
                    cx,
                    format!("`lognormal` with mean {mean} and coefficient of variation {cv}"),
                    "the mean must be positive and `cv` 0 to 100",
                );
            }
            _ => {
                return bad(
                    cx,
                    "`lognormal` takes `median` and `p90`, or `mean` and `cv`".into(),
                    "write exactly one of the two pairs",
                );
            }
        },
        Family::Gamma(p) => {
            if !finite(&[p.mean, p.sd]) || p.mean <= 0.0 || p.sd < 0.0 || p.sd > 100.0 * p.mean {
                return bad(
                    cx,
                    format!("`gamma` of mean {} and sd {}", p.mean, p.sd),
                    "the mean must be positive, `sd` not negative and at most 100 means",
                );
            }
            if p.sd == 0.0 { Dist::Constant(p.mean) } else { Dist::gamma_mean_sd(p.mean, p.sd) }
        }
        Family::Exponential(p) => {
            if !p.mean.is_finite() || p.mean <= 0.0 {
                return bad(cx, format!("`exponential` of mean {}", p.mean), "the mean must be positive");
            }
            Dist::Exponential { mean: p.mean }
        }
        Family::Weibull(p) => {
            if !finite(&[p.shape, p.scale]) || !(0.1..=1000.0).contains(&p.shape) || p.scale <= 0.0 {
                return bad(
                    cx,
                    format!("`weibull` of shape {} and scale {}", p.shape, p.scale),
                    "`shape` must be 0.1 to 1_000 and `scale` positive",
                );
            }
            Dist::Weibull { shape: p.shape, scale: p.scale }
        }
        Family::Poisson(p) => {
            if !p.mean.is_finite() || p.mean < 0.0 {
                return bad(cx, format!("`poisson` of mean {}", p.mean), "the mean must not be negative");
            }
            Dist::Poisson { mean: p.mean }
        }
        Family::Empirical(e) => {
            let values = match e {
                Empirical::Values(values) => values.clone(),
                Empirical::Column(Column { file: name, column }) => {
                    let at = at.key("empirical").key("file");
                    let Some(path) = file(name, &at, cx) else { return Dist::Constant(limit.low) };
                    let place = cx.place(&at);
                    match data::column(&path, name, column, place, &mut cx.problems) {
                        Some(values) => values,
                        None => return Dist::Constant(limit.low),
                    }
                }
            };
            if values.is_empty() || !finite(&values) {
                return bad(
                    cx,
                    format!("`empirical` with {} values", values.len()),
                    "give at least one value, all of them finite numbers",
                );
            }
            if let Some(value) = values.iter().find(|v| !limit.contains(**v)) {
                cx.number(at, *value, limit);
            }
            Dist::empirical(values)
        }
        Family::Mixture(parts) => {
            let total: f64 = parts.iter().map(|p| p.weight.0).sum();
            if parts.is_empty() || (total - 1.0).abs() > 1e-6 || parts.iter().any(|p| p.weight.0 < 0.0) {
                cx.error(
                    at,
                    Code::Shares,
                    &format!("the weights of the mixture add up to {}", shown((total * 1e6).round() / 1e6)),
                    "make them add up to 1 (100 %)",
                );
                return Dist::Constant(limit.low);
            }
            let at = at.key("mixture");
            let parts = parts
                .iter()
                .enumerate()
                .map(|(i, p)| (p.weight.0 / total, dist(&p.of, &at.index(i).key("of"), limit, cx)));
            Dist::Mixture(parts.collect())
        }
    };
    let (mean, high) = (result.mean(), result.quantile(0.999_999));
    if matches!(family, Family::Uniform([low, _]) | Family::Triangular([low, ..]) if !limit.contains(*low)) {
        let (Family::Uniform([low, _]) | Family::Triangular([low, ..])) = family else { return result };
        cx.number(at, *low, limit);
    } else if !limit.contains(mean) || !limit.contains(result.upper_bound().unwrap_or(high)) {
        cx.number(at, result.upper_bound().unwrap_or(high).max(mean), limit);
    }
    result
}

fn customers(c: &raw::Customers, cx: &mut Context) -> Customers {
    let at = KeyPath::default().key("customers");
    let promise = match &c.promise {
        raw::Promise::ExpectedArrival(e) => Promise::ExpectedArrival {
            buffer_quantile: e.buffer.as_ref().map(|b| {
                cx.share(
                    &at.key("promise").key("expected-arrival").key("buffer").key("quantile"),
                    b.quantile,
                    limits::OPEN_SHARE,
                )
            }),
        },
        raw::Promise::FixedDays(d) => {
            Promise::FixedDays(cx.days(&at.key("promise").key("fixed-days"), *d, limits::REVIEW_DAYS))
        }
        raw::Promise::None => Promise::None,
    };
    let accept_at = at.key("accept");
    let accept = match &c.accept {
        raw::Accept::Always => Accept::Always,
        raw::Accept::Never => Accept::Never,
        raw::Accept::Share(s) => Accept::Share(cx.share(&accept_at.key("share"), *s, limits::SHARE)),
        raw::Accept::FallsWithQuotedDelay(p) => Accept::FallsWithQuotedDelay {
            per_day: cx.number(
                &accept_at.key("falls-with-quoted-delay").key("per-day"),
                p.per_day,
                Limit { low: 0.0, high: 10.0, unit: "a day" },
            ),
        },
        raw::Accept::WithinDays(d) => {
            Accept::WithinDays(cx.days(&accept_at.key("within-days"), *d, limits::DURATION_DAYS))
        }
    };
    let patience_at = at.key("patience");
    let patience = match &c.patience {
        raw::Patience::Endless => Patience::Endless,
        raw::Patience::DailyHazard(s) => {
            Patience::DailyHazard(cx.share(&patience_at.key("daily-hazard"), *s, limits::SHARE))
        }
        raw::Patience::Time(d) => Patience::Time(dist(d, &patience_at.key("time"), limits::DURATION_DAYS, cx)),
        raw::Patience::PromiseRelative(p) => {
            if promise == Promise::None {
                cx.error(
                    &patience_at,
                    Code::Contradiction,
                    "patience relative to a promise, but `promise` is \"none\"",
                    "choose a promise, or another patience",
                );
            }
            let default = &cx.hazards[c.communication as usize];
            let of = |own: Option<Share>, default: Option<Share>| own.or(default).unwrap_or_default();
            let (within, notice, miss) = (
                of(p.daily_within, default.daily_within),
                of(p.at_notice, default.at_notice),
                of(p.daily_after_miss, default.daily_after_miss),
            );
            let at = patience_at.key("promise-relative");
            Patience::PromiseRelative(PromiseHazards {
                daily_within: cx.share(&at.key("daily-within"), within, limits::SHARE),
                at_notice: cx.share(&at.key("at-notice"), notice, limits::SHARE),
                daily_after_miss: cx.share(&at.key("daily-after-miss"), miss, limits::SHARE),
            })
        }
    };
    if c.thirty_day_rule && promise == Promise::None {
        cx.error(
            &at.key("thirty-day-rule"),
            Code::Contradiction,
            "the 30-day rule needs a promised date, but `promise` is \"none\"",
            "choose a promise (`{ fixed-days = 30 }` is the rule's own default), or set `thirty-day-rule = false`",
        );
    }
    Customers {
        promise,
        accept,
        patience,
        thirty_day_rule: c.thirty_day_rule,
        express_consent: cx.share(&at.key("express-consent"), c.express_consent, limits::SHARE),
        cancel_purchase_order: matches!(c.on_cancel, raw::OnCancel::CancelOrder),
    }
}

fn planner(p: &raw::Planner, cx: &mut Context) -> Planner {
    let at = KeyPath::default().key("planner");
    let forecast_at = at.key("forecast");
    let forecast = match &p.forecast {
        raw::Forecast::Truth => Forecast::Truth,
        raw::Forecast::ExponentialSmoothing(s) => Forecast::ExponentialSmoothing {
            alpha: cx.share(&forecast_at.key("exponential-smoothing").key("alpha"), s.alpha, limits::SHARE),
        },
        raw::Forecast::MovingAverage(w) => Forecast::MovingAverage {
            days: cx.days(
                &forecast_at.key("moving-average").key("days"),
                w.days,
                Limit { low: 2.0, ..limits::REVIEW_DAYS },
            ),
        },
        raw::Forecast::Fitted => {
            cx.error(
                &forecast_at,
                Code::NotYetSimulated,
                "`forecast = \"fitted\"` is not simulated yet",
                "use `{ exponential-smoothing = { alpha = 0.1 } }`",
            );
            Forecast::Truth
        }
    };
    Planner { forecast, bias: cx.share(&at.key("bias"), p.bias, limits::BIAS) }
}

fn finance(f: &raw::Finance, cx: &mut Context) -> Finance {
    let at = KeyPath::default().key("finance");
    let mut rate = |key: &str, value: Share| cx.share(&at.key(key), value, limits::RATE);
    let (cost_of_capital, insurance) = (rate("cost-of-capital", f.cost_of_capital), rate("insurance", f.insurance));
    let (shrink, obsolescence) = (rate("shrink", f.shrink), rate("obsolescence", f.obsolescence));
    Finance {
        cost_of_capital,
        insurance,
        shrink,
        obsolescence,
        payment_fee_share: cx.share(&at.key("payment-fee").key("share"), f.payment_fee.share, limits::SHARE),
        payment_fee_per_order: cx.number(
            &at.key("payment-fee").key("per-order"),
            f.payment_fee.per_order,
            limits::MONEY,
        ),
        tickets_per_backorder: cx.number(
            &at.key("tickets-per-backorder"),
            f.tickets_per_backorder,
            Limit { low: 0.0, high: 1000.0, unit: "" },
        ),
        cost_per_ticket: cx.number(&at.key("cost-per-ticket"), f.cost_per_ticket, limits::MONEY),
    }
}

struct Names<'a> {
    horizon: Horizon,
    calendars: &'a [Calendar],
    regimes: &'a [Regime],
}

fn model(s: &raw::Supply, names: &Names<'_>, at: &KeyPath, cx: &mut Context) -> SupplyModel {
    let locations_at = at.key("location");
    if s.location.is_empty() {
        cx.error(
            at,
            Code::NothingToRun,
            &format!("supply model `{}` has no location", s.name),
            "add a `[[supply.location]]`, or start from a `preset`",
        );
    }
    count(cx, &locations_at, s.location.len(), limits::LOCATIONS);
    unique(cx, &locations_at, "name", s.location.iter().map(|l| l.name.as_str()));
    let shares: Vec<f64> = s
        .location
        .iter()
        .enumerate()
        .map(|(i, l)| match l.share {
            Some(share) => cx.share(&locations_at.index(i).key("share"), share, limits::SHARE),
            None if s.location.len() == 1 => 1.0,
            None => {
                cx.error(
                    &locations_at.index(i),
                    Code::MissingKey,
                    &format!("`share` is missing in location `{}`", l.name),
                    "say which share of shoppers it serves first; 0 makes it a back-up for the others",
                );
                0.0
            }
        })
        .collect();
    let total: f64 = shares.iter().sum();
    if !s.location.is_empty() && s.location.iter().all(|l| l.share.is_some()) && (total - 1.0).abs() > 1e-6 {
        cx.error(
            &locations_at.index(0).key("share"),
            Code::Shares,
            &format!("the shares of `{}` add up to {} %", s.name, shown((total * 1e8).round() / 1e6)),
            "make them add up to 100 %",
        );
    }
    let locations = s
        .location
        .iter()
        .zip(shares)
        .enumerate()
        .map(|(i, (l, share))| location(l, share, names, &locations_at.index(i), cx))
        .collect();
    SupplyModel { name: s.name.clone(), locations, overflow: s.overflow }
}

fn location(l: &raw::Location, share: f64, names: &Names<'_>, at: &KeyPath, cx: &mut Context) -> Location {
    let policy = policy(&l.policy, names.horizon, &at.key("policy"), cx);
    let routes_at = at.key("route");
    if l.route.is_empty() {
        cx.error(
            at,
            Code::NothingToRun,
            &format!("location `{}` has no route", l.name),
            "add a `[[supply.location.route]]` with its stages",
        );
    }
    count(cx, &routes_at, l.route.len(), limits::ROUTES);
    unique(cx, &routes_at, "name", l.route.iter().map(|r| r.name.as_str()));
    let delivery_at = at.key("delivery");
    let routes: Vec<Route> =
        l.route.iter().enumerate().map(|(i, r)| route(r, names, &routes_at.index(i), cx)).collect();
    for (i, r) in l.route.iter().enumerate() {
        let at = routes_at.index(i);
        let hint = "`expedite = { below-days-of-cover = 10, up-to-days = 30 }` says when a further route is used";
        match (i, policy.uses_two_routes(), r.expedite.is_some()) {
            (0, _, true) => cx.error(
                &at.key("expedite"),
                Code::Contradiction,
                "the first route is the base route and has no trigger",
                "put the expedite route second",
            ),
            (1.., false, false) => {
                cx.error(&at, Code::Contradiction, &format!("route `{}` is never used", r.name), hint)
            }
            (_, true, true) => cx.error(
                &at.key("expedite"),
                Code::Contradiction,
                "the policy itself orders on this route",
                "leave `expedite` out, or choose another policy",
            ),
            _ => {}
        }
    }
    if policy.uses_two_routes() && l.route.len() != 2 {
        cx.error(
            &at.key("policy"),
            Code::Contradiction,
            &format!("this policy orders on two routes, `{}` has {}", l.name, l.route.len()),
            "give the location a base route and an expedite route",
        );
    }
    let order_multiple = cx.units(&at.key("order-multiple"), l.order_multiple);
    if order_multiple == 0 {
        cx.error(&at.key("order-multiple"), Code::OutOfRange, "`order-multiple` is 0", "write 1 for single units");
    }
    Location {
        name: l.name.clone(),
        share,
        delivery: Delivery {
            days: dist(&l.delivery.days, &delivery_at.key("days"), limits::DURATION_DAYS, cx),
            per_order: cx.number(&delivery_at.key("per-order"), l.delivery.per_order, limits::MONEY),
            per_kg: cx.number(&delivery_at.key("per-kg"), l.delivery.per_kg, limits::MONEY),
            duty_per_order: l.delivery.duty_per_order,
        },
        storage_per_m3_month: cx.number(&at.key("storage-per-m3-month"), l.storage_per_m3_month, limits::MONEY),
        policy,
        minimum_order: cx.units(&at.key("minimum-order"), l.minimum_order),
        order_multiple,
        initial_on_hand: l.initial_on_hand.map(|n| cx.units(&at.key("initial-on-hand"), n)),
        routes,
    }
}

fn policy(p: &raw::Policy, horizon: Horizon, at: &KeyPath, cx: &mut Context) -> Policy {
    match p {
        raw::Policy::BaseStock(b) => Policy::BaseStock { level: cx.level(&at.key("base-stock").key("level"), b.level) },
        raw::Policy::MinMax(m) => {
            let at = at.key("min-max");
            let (s, big_s) =
                (cx.level(&at.key("reorder-point"), m.reorder_point), cx.level(&at.key("order-up-to"), m.order_up_to));
            if s >= big_s {
                cx.error(
                    &at.key("reorder-point"),
                    Code::Contradiction,
                    &format!("`reorder-point` ({s}) is not below `order-up-to` ({big_s})"),
                    "exchange the two, or raise `order-up-to`",
                );
            }
            Policy::MinMax {
                reorder_point: s,
                order_up_to: big_s,
                review_days: cx.days(&at.key("review-days"), m.review_days, limits::REVIEW_DAYS).max(1),
            }
        }
        raw::Policy::ReorderQuantity(r) => {
            let at = at.key("reorder-quantity");
            let quantity = cx.units(&at.key("quantity"), r.quantity);
            if quantity == 0 {
                cx.error(
                    &at.key("quantity"),
                    Code::OutOfRange,
                    "`quantity` is 0",
                    "write the size of a lot, at least 1",
                );
            }
            Policy::ReorderQuantity {
                reorder_point: cx.level(&at.key("reorder-point"), r.reorder_point),
                quantity: quantity.max(1),
                review_days: cx.days(&at.key("review-days"), r.review_days, limits::REVIEW_DAYS).max(1),
            }
        }
        raw::Policy::OrderUpTo(o) => {
            let at = at.key("order-up-to");
            let review_days = cx.days(&at.key("review-days"), o.review_days, limits::REVIEW_DAYS).max(1);
            match (o.level, &o.safety_stock) {
                (Some(level), None) => Policy::OrderUpToLevel { level: cx.level(&at.key("level"), level), review_days },
                (None, Some(s)) => Policy::OrderUpToForecast {
                    safety_stock: safety_stock(s, &at.key("safety-stock"), cx),
                    review_days,
                },
                _ => {
                    cx.error(
                        &at,
                        Code::Contradiction,
                        "`order-up-to` takes either `level` or `safety-stock`",
                        "give exactly one: a level in units, or a safety stock on top of the forecast",
                    );
                    Policy::OrderUpToLevel { level: 0, review_days }
                }
            }
        }
        raw::Policy::DaysOfCover(d) => {
            let at = at.key("days-of-cover");
            Policy::DaysOfCover {
                days: cx.number(&at.key("days"), d.days.0, Limit { high: 900.0, ..limits::REVIEW_DAYS }),
                review_days: cx.days(&at.key("review-days"), d.review_days, limits::REVIEW_DAYS).max(1),
            }
        }
        raw::Policy::OneTime(o) => {
            let at = at.key("one-time");
            let day = Day::from_date(o.date.0);
            let end = horizon.start.plus(horizon.days as i32);
            if day < horizon.first() || day >= end {
                cx.error(
                    &at.key("date"),
                    Code::DateRange,
                    &format!(
                        "the order of {day} is outside the run, which covers {} to {}",
                        horizon.first(),
                        end.plus(-1)
                    ),
                    "move the order, or lengthen the warm-up",
                );
            }
            Policy::OneTime { quantity: cx.units(&at.key("quantity"), o.quantity), day }
        }
        raw::Policy::DualIndex(d) => {
            let at = at.key("dual-index");
            let (regular, expedite) =
                (cx.level(&at.key("regular"), d.regular), cx.level(&at.key("expedite"), d.expedite));
            if expedite > regular {
                cx.error(
                    &at.key("expedite"),
                    Code::Contradiction,
                    &format!("`expedite` ({expedite}) is above `regular` ({regular})"),
                    "the expedite level is the lower one",
                );
            }
            Policy::DualIndex {
                regular,
                expedite,
                review_days: cx.days(&at.key("review-days"), d.review_days, limits::REVIEW_DAYS).max(1),
            }
        }
        raw::Policy::BaseSurge(b) => {
            let at = at.key("base-surge");
            Policy::BaseSurge {
                quantity: cx.units(&at.key("quantity"), b.quantity),
                expedite: cx.level(&at.key("expedite"), b.expedite),
                review_days: cx.days(&at.key("review-days"), b.review_days, limits::REVIEW_DAYS).max(1),
            }
        }
    }
}

fn safety_stock(s: &raw::SafetyStock, at: &KeyPath, cx: &mut Context) -> SafetyStock {
    match s {
        raw::SafetyStock::ServiceLevel(p) => {
            SafetyStock::ServiceLevel { z: normal_quantile(cx.share(&at.key("service-level"), *p, limits::OPEN_SHARE)) }
        }
        raw::SafetyStock::Days(d) => SafetyStock::Days(cx.number(&at.key("days"), d.0, limits::DURATION_DAYS)),
        raw::SafetyStock::Units(n) => SafetyStock::Units(cx.units(&at.key("units"), *n)),
    }
}

fn route(r: &raw::Route, names: &Names<'_>, at: &KeyPath, cx: &mut Context) -> Route {
    let stage_at = at.key("stage");
    if r.stage.is_empty() {
        cx.error(
            at,
            Code::NothingToRun,
            &format!("route `{}` has no stage", r.name),
            "list its stages: `stage = [{ name = \"Production\", days = 30 }]`",
        );
    }
    count(cx, &stage_at, r.stage.len(), limits::STAGES);
    unique(cx, &stage_at, "name", r.stage.iter().map(|s| s.name.as_str()));
    let stages: Vec<Stage> = r.stage.iter().enumerate().map(|(i, s)| stage(s, names, &stage_at.index(i), cx)).collect();
    let milestone = |name: &str, at: &KeyPath, cx: &mut Context| match name {
        "order" => Milestone::Order,
        "receipt" => Milestone::Receipt,
        // The end of the stage in which goods are made; with the order where nothing is made.
        "production" => stages.iter().position(|s| s.production).map_or(Milestone::Order, Milestone::StageEnd),
        name => {
            let known = ["order", "production", "receipt"].into_iter().chain(stages.iter().map(|s| s.name.as_str()));
            lookup(cx, at, "milestone", name, known)
                .map_or(Milestone::Order, |i| Milestone::StageEnd(i.saturating_sub(3)))
        }
    };
    let terms_at = at.key("terms");
    let payments: Vec<Payment> = r
        .terms
        .iter()
        .enumerate()
        .map(|(i, t)| {
            let at = terms_at.index(i);
            Payment {
                share: cx.share(&at.key("share"), t.share, limits::SHARE),
                at: milestone(&t.at, &at.key("at"), cx),
                days_later: cx.days(&at.key("days-later"), t.days_later, limits::REVIEW_DAYS_OR_NONE),
            }
        })
        .collect();
    let total: f64 = payments.iter().map(|p| p.share).sum();
    if (total - 1.0).abs() > 1e-6 {
        cx.error(
            &terms_at,
            Code::Shares,
            &format!("the terms of route `{}` add up to {} %", r.name, shown((total * 1e8).round() / 1e6)),
            "make the shares add up to 100 %",
        );
    }
    let duty_at = at.key("duty");
    let steps = r
        .duty
        .iter()
        .enumerate()
        .map(|(i, d)| (Day::from_date(d.from.0), cx.share(&duty_at.index(i).key("rate"), d.rate, limits::RATE)));
    let duty = DateSteps::new(steps.collect());
    if let Some(first) = duty.first_day()
        && first > names.horizon.first()
    {
        cx.warn(
            &duty_at,
            Code::WarnUnlikely,
            &format!("the first duty rate holds from {first}, the run begins on {}", names.horizon.first()),
            "before the first step no duty is paid; add an earlier one if that is not meant",
        );
    }
    Route {
        name: r.name.clone(),
        order_crossing: r.order_crossing,
        payments,
        freight: freight(&r.freight, &at.key("freight"), cx),
        freight_at: r
            .freight_at
            .as_deref()
            .map_or(Milestone::Receipt, |name| milestone(name, &at.key("freight-at"), cx)),
        duty,
        duty_at: r.duty_at.as_deref().map_or(Milestone::Receipt, |name| milestone(name, &duty_at, cx)),
        unit_cost_premium: cx.share(&at.key("unit-cost-premium"), r.unit_cost_premium, limits::BIAS),
        expedite: r.expedite.as_ref().map(|e| {
            let at = at.key("expedite");
            let limit = Limit { high: 900.0, ..limits::DURATION_DAYS };
            let (below, up_to) = (
                cx.number(&at.key("below-days-of-cover"), e.below_days_of_cover.0, limit),
                cx.number(&at.key("up-to-days"), e.up_to_days.0, limit),
            );
            if up_to < below {
                cx.error(
                    &at.key("up-to-days"),
                    Code::Contradiction,
                    &format!("`up-to-days` ({up_to}) is less than `below-days-of-cover` ({below})"),
                    "order at least up to the trigger",
                );
            }
            Expedite { below_days_of_cover: below, up_to_days: up_to }
        }),
        stages,
    }
}

fn stage(s: &raw::Stage, names: &Names<'_>, at: &KeyPath, cx: &mut Context) -> Stage {
    let calendar = s.calendar.as_ref().and_then(|name| {
        lookup(cx, &at.key("calendar"), "calendar", name, names.calendars.iter().map(|c| c.name.as_str()))
    });
    if let Some(i) = calendar
        && names.calendars[i].closures.len() > 20
    {
        let (first, last) =
            (names.horizon.first().date().year(), names.horizon.start.plus(names.horizon.days as i32).date().year());
        if first < HOLIDAY_YEARS.0 || last > HOLIDAY_YEARS.1 {
            cx.error(
                &at.key("calendar"),
                Code::DateRange,
                &format!(
                    "the holidays of `{}` are known for {} to {}, the run covers {first} to {last}",
                    names.calendars[i].name, HOLIDAY_YEARS.0, HOLIDAY_YEARS.1
                ),
                "define a `[[calendar]]` of your own for these years",
            );
        }
    }
    Stage {
        name: s.name.clone(),
        days: dist(&s.days, &at.key("days"), limits::DURATION_DAYS, cx),
        late: s.late.as_ref().map(|l| Late {
            probability: cx.share(&at.key("late").key("probability"), l.probability, limits::SHARE),
            days: dist(&l.days, &at.key("late").key("days"), limits::DURATION_DAYS, cx),
        }),
        calendar: calendar.map(CalendarId),
        regime: s
            .regime
            .as_ref()
            .and_then(|name| {
                lookup(cx, &at.key("regime"), "regime", name, names.regimes.iter().map(|r| r.name.as_str()))
            })
            .map(RegimeId),
        scrap: s.scrap.as_ref().map(|d| dist(d, &at.key("scrap"), limits::SHARE, cx)),
        production: s.production.unwrap_or(s.name == "Production"),
    }
}

fn freight(f: &raw::Freight, at: &KeyPath, cx: &mut Context) -> Freight {
    let mut money = |key: &str, value: Option<f64>| value.map_or(0.0, |v| cx.number(&at.key(key), v, limits::MONEY));
    let (per_unit, per_kg) = (money("per-unit", f.per_unit), money("per-kg", f.per_kg));
    let container = match (f.per_container, f.container_m3) {
        (Some(price), Some(m3)) => Some(Container {
            price: cx.number(&at.key("per-container"), price, limits::MONEY),
            usable_m3: cx.number(&at.key("container-m3"), m3, Limit { low: 0.1, high: 1000.0, unit: "m3" }),
            fill: f.fill.map_or(1.0, |s| cx.share(&at.key("fill"), s, Limit { low: 0.01, ..limits::SHARE })),
        }),
        (Some(_), None) => {
            cx.error(
                at,
                Code::MissingKey,
                "`per-container` needs `container-m3`",
                "a 40-foot high cube has about 64 usable m3",
            );
            None
        }
        (None, Some(_)) => {
            cx.error(at, Code::MissingKey, "`container-m3` needs `per-container`", "add the price of a container");
            None
        }
        (None, None) => {
            if f.fill.is_some() {
                cx.error(
                    &at.key("fill"),
                    Code::Contradiction,
                    "`fill` goes with `per-container`",
                    "leave it out, or add `per-container` and `container-m3`",
                );
            }
            None
        }
    };
    Freight { per_unit, per_kg, container }
}
