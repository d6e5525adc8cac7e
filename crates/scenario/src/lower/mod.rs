//! From the file's types to the model: ranges, names, and what contradicts itself.
//!
//! Every function reports all it finds and goes on with a stand-in value, so that one pass shows every
//! problem. The result is used only if there was none.

mod change;
mod demand;
mod disruption;
mod dist;
mod market;
mod network;
mod position;
mod room;
mod supply;

use super::load::Context;
use super::scalar::{Duration, OnDate, Share};
use super::tree::KeyPath;
use super::{Runnable, raw};
use demand::product;
pub use demand::read_as;
use dist::dist;
pub use position::read_position;
use restock_base::calendar::{BuiltIn, Closure, Day};
use restock_base::diag::{Code, Diagnostic, Diagnostics, Place, Severity, did_you_mean};
use restock_base::law::Dist;
use restock_base::names::{self, LONGEST, visible};
use restock_base::units::{Limit, limits, plain};
use restock_kernel::model::{
    Accept, Baseline, Calendar, Communication, Container, CreditLine, CustomerPays, Customers, EqualService,
    Experiment, Factory, Finance, Forecast, Horizon, Kpi, LifetimeValue, PartialContainer, Patience, Planner,
    Precision, Product, Promise, PromiseHazards, Ranges, Regime, RegimeState, Scenario, SharedContainer, Start,
    SupplyModel,
};
use std::collections::HashMap;
use std::path::Path;
use supply::{Names, model};

/// Lowers the whole file. `None` only if nothing could be made of it.
pub(super) fn scenario(raw: &raw::Scenario, cx: &mut Context<'_>) -> Option<Runnable> {
    let root = KeyPath::default();
    let position = position::find(raw, cx);
    let horizon = horizon(&raw.horizon, position.as_ref(), cx);
    let calendars = calendars(raw, cx);
    let mut regimes = regimes(raw, cx);
    position::begin_in(raw, &mut regimes, cx);
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
    let mut products: Vec<Product> = raw
        .product
        .iter()
        .enumerate()
        .map(|(i, p)| {
            let (at, known) = (root.key("product").index(i), cx.problems.list.len());
            let made = product(p, raw, horizon, &at, cx);
            cx.are_of_a_row(known, &at, &p.sku);
            made
        })
        .collect();
    let factories = factories(raw, &mut products, cx);
    if let Some(position) = &position {
        let last = horizon.start.plus(horizon.days as i32 - 1);
        position::begin_with(position, raw, &mut products, last, cx);
    }
    let containers = containers(raw, cx);
    let disruptions = disruption::disruptions(raw, horizon, cx);
    let names = Names { horizon, calendars: &calendars, regimes: &regimes, containers: &containers };
    let shared = customers(&raw.customers, &root.key("customers"), cx);
    let plans = planner(&raw.planner, &products, &root.key("planner"), cx);
    let mut models: Vec<SupplyModel> = raw
        .supply
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let at = root.key("supply").index(i);
            let own = s.customers.as_ref().map(|c| customers(c, &at.key("customers"), cx));
            let planner = s.planner.as_ref().map(|p| planner(p, &products, &at.key("planner"), cx));
            let shared = (own.unwrap_or_else(|| shared.clone()), planner.unwrap_or_else(|| plans.clone()));
            model(s, shared, &names, &at, cx)
        })
        .collect();
    let markets = market::markets(raw, &market::World { horizon, products: &products, models: &models }, cx);
    refer_to_the_quickest(&mut models);
    lead_times_of_products(&products, &models, cx);
    foreseen_pre_orders(raw, &products, &models, cx);
    network::orders_of_several_units(raw, &products, &models, cx);
    if let Some(position) = &position {
        position::share_out(position, &products, &mut models, cx);
    }
    if visible(&raw.name).is_empty() {
        cx.error(&root.key("name"), Code::MissingKey, "`name` is empty", "give the comparison a title");
    }
    if raw.name.chars().count() > LONGEST {
        cx.error(&root.key("name"), Code::NotText, &too_long("name", &raw.name), "write it shorter");
    }
    let currency = raw.currency.trim().to_uppercase();
    if !is_code(&currency) {
        cx.error(
            &root.key("currency"),
            Code::OutOfRange,
            &format!("`currency` is `{}`", raw.currency),
            "write a three-letter ISO code such as \"USD\"",
        );
    }
    let mut finance = finance(&raw.finance, cx);
    if let Some(cash) = position::cash(raw, cx) {
        finance.opening_cash = Some(cash);
    }
    let ranges = ranges(&raw.ranges, cx);
    let experiment = experiment(&raw.monte_carlo, &raw.compare, raw.product.len(), cx);
    let scenario = Scenario {
        name: raw.name.trim().to_owned(),
        // The loader knows it.
        origin: restock_kernel::model::Origin::default(),
        currency,
        horizon,
        products,
        finance,
        ranges,
        models,
        factories,
        containers,
        markets,
        regimes,
        disruptions,
        stratified: raw.monte_carlo.stratified,
        calendars,
    };
    market::steps_and_events(&scenario, cx);
    room::check(&scenario, cx);
    Some(Runnable { scenario, experiment })
}

impl Context<'_> {
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

    /// What was found since `known` to be wrong with a product that is a row of the catalogue, and names it, is a matter of that row, wherever else it was
    /// found: with the demand of all products, say.
    fn are_of_a_row(&mut self, known: usize, product: &KeyPath, sku: &str) {
        let Some(source) = self.catalogue else { return };
        let of_row = |place: &Option<Place>| place.as_ref().is_some_and(|p| p.source == source);
        let place = self.place(product);
        if !of_row(&place) {
            return;
        }
        let named = format!("`{sku}`");
        let of_it = |d: &&mut Diagnostic| d.severity == Severity::Error && d.message.contains(&named);
        for d in self.problems.list.iter_mut().skip(known).filter(of_it).filter(|d| !of_row(&d.place)) {
            d.place.clone_from(&place);
        }
    }

    /// Whether the scenario says so itself, and not only the defaults.
    fn is_set(&self, path: &KeyPath) -> bool {
        let (node, found) = self.tree.find(path);
        let source = self.problems.sources.get(node.place.source);
        found == path.steps().len() && source.is_some_and(|s| s.path.is_some() || s.name != "defaults.toml")
    }

    fn error(&mut self, path: &KeyPath, code: Code, message: &str, hint: &str) {
        let place = self.place(path);
        self.problems.push(Diagnostic::error(code, message).at(place).hint(hint));
    }

    pub(super) fn warn(&mut self, path: &KeyPath, code: Code, message: &str, hint: &str) {
        let place = self.place(path);
        self.problems.push(Diagnostic::warning(code, message).at(place).hint(hint));
    }

    /// What is wrong with a data file, told where the scenario names it and by that name.
    fn told_of_file(&mut self, problems: Diagnostics, path: &Path, name: &str, at: &KeyPath) {
        let (place, shown) = (self.place(at), format!("`{}`", names::path(path)));
        for mut d in problems.list {
            d.message = d.message.replace(&shown, &format!("`{name}`"));
            self.problems.push(d.at(place.clone()));
        }
    }

    /// A number inside its limit; outside, an error and the nearest end.
    fn number(&mut self, path: &KeyPath, value: f64, limit: Limit) -> f64 {
        self.limits.insert(path.clone(), limit);
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

    /// A range of shares, least and most.
    fn shares(&mut self, path: &KeyPath, values: [Share; 2], limit: Limit) -> (f64, f64) {
        (self.share(&path.index(0), values[0], limit), self.share(&path.index(1), values[1], limit))
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

/// A planner who is told each day's shoppers cannot be told besides to leave some of them out.
fn foreseen_pre_orders(raw: &raw::Scenario, products: &[Product], models: &[SupplyModel], cx: &mut Context<'_>) {
    let told = models.iter().filter(|m| m.planner.forecast == Forecast::Truth);
    for (model, (i, product)) in told.flat_map(|m| products.iter().enumerate().map(move |p| (m, p))) {
        let Some(k) = model.windows(product).position(|w| w.is_apart()) else { continue };
        let shared = KeyPath::default();
        let own = shared.key("product").index(i);
        let at = if raw.product[i].demand.is_some() { own } else { shared };
        cx.error(
            &at.key("demand").key("pre-order").index(k),
            Code::Contradiction,
            &format!(
                "the planner of `{}` foresees all demand (`forecast = \"truth\"`), pre-orders included",
                model.name
            ),
            "let it know the law of demand, `forecast = \"truth-without-surges\"`, or write `keeps-forecast = true`",
        );
        return;
    }
}

/// Whether it may be a code of ISO 4217.
fn is_code(currency: &str) -> bool {
    currency.len() == 3 && currency.chars().all(|c| c.is_ascii_alphabetic())
}

fn count(cx: &mut Context<'_>, path: &KeyPath, n: usize, most: usize) {
    if n > most {
        cx.error(
            path,
            Code::OutOfRange,
            &format!("`{}` has {n} entries", path.last_key()),
            &format!("at most {most} are allowed; split the scenario"),
        );
    }
}

fn unique<'a>(cx: &mut Context<'_>, path: &KeyPath, key: &str, names: impl Iterator<Item = &'a str>) {
    let mut seen: HashMap<String, &str> = HashMap::new();
    for (i, name) in names.enumerate() {
        let at = || path.index(i).key(key);
        let visible = visible(name);
        if visible.is_empty() {
            cx.error(&at(), Code::MissingKey, &format!("`{key}` is empty"), "give it a name");
            continue;
        }
        if name.chars().count() > LONGEST {
            cx.error(&at(), Code::NotText, &too_long(key, name), "write it shorter");
        }
        match seen.insert(visible, name) {
            Some(earlier) if earlier == name => {
                cx.error(&at(), Code::Duplicate, &format!("`{name}` is used twice"), "give each a name of its own");
            }
            Some(_) => {
                let message = format!("`{name}` differs from another name only in blanks or marks that cannot be seen");
                cx.error(&at(), Code::Duplicate, &message, "give each a name that can be told apart");
            }
            None => {}
        }
    }
}

fn too_long(key: &str, name: &str) -> String {
    format!("`{key}` has {} characters, at most {LONGEST} may be", name.chars().count())
}

fn horizon(h: &raw::Horizon, position: Option<&position::Found>, cx: &mut Context<'_>) -> Horizon {
    let at = KeyPath::default().key("horizon");
    let warmup_days = cx.days(&at.key("warmup-days"), h.warmup_days, limits::WARMUP_DAYS);
    Horizon {
        start: Day::from_date(h.start.0),
        days: cx.days(&at.key("days"), h.days, limits::HORIZON_DAYS).max(1),
        warmup_days: position.map_or(warmup_days, position::Found::days_back),
        from: if position.is_some() { Start::Position } else { Start::WarmUp },
    }
}

fn experiment(m: &raw::MonteCarlo, c: &raw::Compare, products: usize, cx: &mut Context<'_>) -> Experiment {
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
            let hint = meant(&p.kpi, known, || "the names are those of kpis.csv, `backorder_rate` say".into());
            cx.error(&at.key("kpi"), Code::UnknownName, &format!("there is no KPI `{}`", p.kpi), &hint);
        }
        kpi.map(|kpi| Precision { kpi, half_width })
    });
    let usual = if products > Experiment::CHARTED_PRODUCTS { 0 } else { Experiment::DAILY_REPLICATIONS };
    let daily_replications = m
        .daily_replications
        .map_or(usual, |n| cx.number(&at.key("daily-replications"), n as f64, limits::DAILY_REPLICATIONS) as u32);
    let at = KeyPath::default().key("compare");
    let fill_rate = cx.share(&at.key("fill-rate"), c.fill_rate, limits::FILL_RATE_TARGET);
    let chance = c.chance.map(|chance| cx.share(&at.key("chance"), chance, limits::FILL_RATE_TARGET));
    let equal_service =
        chance.map_or(EqualService::FillRate(fill_rate), |chance| EqualService::Chance { fill_rate, chance });
    Experiment { seed: m.seed, replications, precision, equal_service, daily_replications }
}

/// Calendars of the scenario, after the built-in ones.
fn calendars(raw: &raw::Scenario, cx: &mut Context<'_>) -> Vec<Calendar> {
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

fn span(cx: &mut Context<'_>, at: &KeyPath, from: OnDate, to: OnDate) -> (Day, Day) {
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

/// What to do about a name that is not known: the one that was meant, or `otherwise`.
fn meant<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, otherwise: impl FnOnce() -> String) -> String {
    did_you_mean(name, known).map_or_else(otherwise, |known| format!("did you mean `{known}`?"))
}

fn lookup<'a>(
    cx: &mut Context<'_>,
    at: &KeyPath,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
) -> Option<usize> {
    let known: Vec<&str> = known.collect();
    let found = known.iter().position(|k| *k == name);
    if found.is_none() {
        let listed = known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
        let hint = meant(name, known.iter().copied(), || {
            if known.is_empty() { format!("define a {what} of that name") } else { format!("defined: {listed}") }
        });
        cx.error(at, Code::UnknownName, &format!("there is no {what} `{name}`"), &hint);
    }
    found
}

fn regimes(raw: &raw::Scenario, cx: &mut Context<'_>) -> Vec<Regime> {
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
        Regime { name: r.name.clone(), first: None, scripted, states }
    };
    raw.regime.iter().enumerate().map(regime).collect()
}

/// The factories that products share, which are then made there.
fn factories(raw: &raw::Scenario, products: &mut [Product], cx: &mut Context<'_>) -> Vec<Factory> {
    let at = KeyPath::default().key("factory");
    unique(cx, &at, "name", raw.factory.iter().map(|f| f.name.as_str()));
    let factory = |(i, f): (usize, &raw::Factory)| {
        let limit = Limit { low: 0.001, ..limits::MEAN_PER_DAY };
        let capacity_per_day = cx.number(&at.index(i).key("capacity-per-day"), f.capacity_per_day, limit);
        Factory { name: f.name.clone(), capacity_per_day }
    };
    let factories: Vec<Factory> = raw.factory.iter().enumerate().map(factory).collect();
    for (i, (p, product)) in raw.product.iter().zip(products).enumerate() {
        let Some(name) = &p.factory else { continue };
        let at = KeyPath::default().key("product").index(i);
        product.factory = lookup(cx, &at.key("factory"), "factory", name, factories.iter().map(|f| f.name.as_str()));
        if let Some(made) = product.factory {
            if p.factory_capacity_per_day.is_some() {
                let message = format!("`factory-capacity-per-day` of `{}` stands beside a `factory`", p.sku);
                let hint = "leave it out: what the factory makes in a day is its own `capacity-per-day`";
                cx.error(&at.key("factory-capacity-per-day"), Code::Contradiction, &message, hint);
            }
            product.factory_capacity = Some(factories[made].capacity_per_day);
        }
    }
    factories
}

/// The containers that orders share.
fn containers(raw: &raw::Scenario, cx: &mut Context<'_>) -> Vec<SharedContainer> {
    let at = KeyPath::default().key("container");
    unique(cx, &at, "name", raw.container.iter().map(|c| c.name.as_str()));
    let container = |(i, c): (usize, &raw::Container)| {
        let at = at.index(i);
        let size = Container {
            price: cx.number(&at.key("price"), c.price, limits::MONEY),
            m3: cx.number(&at.key("m3"), c.m3, Limit { low: 0.1, high: 1000.0, unit: "m3" }),
            payload_kg: cx.number(&at.key("payload-kg"), c.payload_kg, limits::PAYLOAD_KG),
            partial: PartialContainer::Shared,
        };
        let wait_days = cx.days(&at.key("wait-days"), c.wait_days, Limit { low: 0.0, high: 365.0, unit: "days" });
        SharedContainer { name: c.name.clone(), size, wait_days }
    };
    raw.container.iter().enumerate().map(container).collect()
}

/// Reports a factor on lead times where the days of some stage are of a law that has no multiples.
fn lead_times_of_products(products: &[Product], models: &[SupplyModel], cx: &mut Context<'_>) {
    for ((i, p), model) in products.iter().enumerate().flat_map(|p| models.iter().map(move |m| (p, m))) {
        let (own, factor) = (p.terms_in(model).and_then(|terms| terms.lead_time_factor), p.lead_time_factor_in(model));
        let has_none = |days: &Dist| factor != 1.0 && days.times(factor).is_none();
        let mut stages = model.spans().flatten().flat_map(|l| &l.routes).flat_map(|r| &r.stages);
        let stage = stages.find(|s| has_none(&s.days) || s.late.as_ref().is_some_and(|late| has_none(&late.days)));
        if let Some(stage) = stage {
            let mut at = KeyPath::default().key("product").index(i);
            if own.is_some() {
                let place = p.in_models.iter().position(|(name, _)| *name == model.name);
                at = at.key("supply").index(place.unwrap_or_default());
            }
            let at = at.key("lead-time-factor");
            let message = format!("`lead-time-factor` of `{}` meets a Poisson law in stage `{}`", p.sku, stage.name);
            let hint = "write the days of the stage as another distribution: multiples of a Poisson law are none";
            cx.error(&at, Code::Contradiction, &message, hint);
        }
    }
}

/// Where no reference is given, demand was observed at the shortest mean delivery of any model and location.
fn refer_to_the_quickest(models: &mut [SupplyModel]) {
    let days = models.iter().flat_map(SupplyModel::shipping).map(|l| l.delivery.days.mean());
    let quickest = days.fold(f64::INFINITY, f64::min);
    for m in models {
        m.customers.reference_delivery_days.get_or_insert(quickest);
    }
}

fn customers(c: &raw::Customers, at: &KeyPath, cx: &mut Context<'_>) -> Customers {
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
    let accept = accept(&c.accept, &at.key("accept"), cx);
    let nobody_waits = accept == Accept::Never;
    let patience = patience(&c.patience, c.communication, &at.key("patience"), cx);
    if matches!(patience, Patience::PromiseRelative(_)) && promise == Promise::None && !nobody_waits {
        cx.error(
            &at.key("promise"),
            Code::Contradiction,
            "patience relative to a promise, but `promise` is \"none\"",
            "choose a promise, or another `patience`",
        );
    }
    if c.thirty_day_rule && promise == Promise::None && !nobody_waits {
        cx.error(
            &at.key("promise"),
            Code::Contradiction,
            "the 30-day rule needs a promised date, but `promise` is \"none\"",
            "choose a promise (`{ fixed-days = 30 }` is the rule's own default), or set `thirty-day-rule = false`",
        );
    }
    Customers {
        promise,
        accept,
        patience,
        communication: match c.communication {
            raw::Communication::Clear => Communication::Clear,
            raw::Communication::Silent => Communication::Silent,
        },
        notice_tolerance: cx.days(&at.key("notice-tolerance"), c.notice_tolerance, limits::REVIEW_DAYS_OR_NONE),
        delivery_sensitivity: cx.number(
            &at.key("delivery-sensitivity").key("per-day"),
            c.delivery_sensitivity.per_day.0,
            Limit { low: 0.0, high: 1.0, unit: "a day" },
        ),
        reference_delivery_days: c
            .reference_delivery_days
            .map(|d| cx.number(&at.key("reference-delivery-days"), d.0, limits::DURATION_DAYS)),
        thirty_day_rule: c.thirty_day_rule,
        express_consent: cx.share(&at.key("express-consent"), c.express_consent, limits::SHARE),
        cancel_purchase_order: matches!(c.on_cancel, raw::OnCancel::CancelOrder),
        split_shipments: c.split_shipments,
    }
}

/// Who orders although stock is out.
fn accept(accept: &raw::Accept, at: &KeyPath, cx: &mut Context<'_>) -> Accept {
    match accept {
        raw::Accept::Always => Accept::Always,
        raw::Accept::Never => Accept::Never,
        raw::Accept::Share(s) => Accept::Share(cx.share(&at.key("share"), *s, limits::SHARE)),
        raw::Accept::FallsWithQuotedDelay(p) => Accept::FallsWithQuotedDelay {
            per_day: cx.number(
                &at.key("falls-with-quoted-delay").key("per-day"),
                p.per_day,
                Limit { low: 0.0, high: 10.0, unit: "a day" },
            ),
        },
        raw::Accept::WithinDays(d) => Accept::WithinDays(cx.days(&at.key("within-days"), *d, limits::DURATION_DAYS)),
    }
}

/// How long customers wait. Hazards that are not given are those of the communication.
fn patience(
    patience: &raw::Patience,
    communication: raw::Communication,
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> Patience {
    match patience {
        raw::Patience::Endless => Patience::Endless,
        raw::Patience::DailyHazard(s) => Patience::DailyHazard(cx.share(&at.key("daily-hazard"), *s, limits::SHARE)),
        raw::Patience::Time(d) => Patience::Time(dist(d, &at.key("time"), limits::DURATION_DAYS, cx)),
        raw::Patience::PromiseRelative(p) => {
            let at = at.key("promise-relative");
            let silent = matches!(communication, raw::Communication::Silent);
            let (of_the_other, why) = if silent {
                ("at-notice", "no notice is sent where communication is silent")
            } else {
                (
                    "daily-after-miss",
                    "where communication is clear a notice renews the promise, and none is missed for long",
                )
            };
            if (if silent { &p.at_notice } else { &p.daily_after_miss }).is_some() {
                cx.warn(&at.key(of_the_other), Code::WarnUnlikely, &format!("`{of_the_other}` has no effect"), why);
            }
            let default = &cx.hazards[communication as usize];
            let of = |own: Option<Share>, default: Option<Share>| own.or(default).unwrap_or_default();
            let (within, notice, miss) = (
                of(p.daily_within, default.daily_within),
                of(p.at_notice, default.at_notice),
                of(p.daily_after_miss, default.daily_after_miss),
            );
            Patience::PromiseRelative(PromiseHazards {
                daily_within: cx.share(&at.key("daily-within"), within, limits::SHARE),
                at_notice: cx.share(&at.key("at-notice"), notice, limits::SHARE),
                daily_after_miss: cx.share(&at.key("daily-after-miss"), miss, limits::SHARE),
            })
        }
    }
}

fn planner(p: &raw::Planner, products: &[Product], at: &KeyPath, cx: &mut Context<'_>) -> Planner {
    let forecast_at = at.key("forecast");
    let forecast = match &p.forecast {
        raw::Forecast::Truth => Forecast::Truth,
        raw::Forecast::TruthWithoutSurges => Forecast::TruthWithoutSurges,
        raw::Forecast::ExponentialSmoothing(s) => Forecast::ExponentialSmoothing {
            alpha: cx.share(&forecast_at.key("exponential-smoothing").key("alpha"), s.alpha, limits::SHARE),
            robust: s.robust,
        },
        raw::Forecast::MovingAverage(w) => Forecast::MovingAverage {
            days: cx.days(
                &forecast_at.key("moving-average").key("days"),
                w.days,
                Limit { low: 2.0, ..limits::REVIEW_DAYS },
            ),
        },
        raw::Forecast::Fitted => {
            for p in products.iter().filter(|p| !matches!(p.demand.baseline, Baseline::Forecast(_))) {
                cx.error(
                    &forecast_at,
                    Code::Contradiction,
                    &format!("demand of `{}` comes from no fitted model", p.sku),
                    "give it a `history` with `drives = \"forecast\"`, or use `{ exponential-smoothing = { alpha = 0.1 } }`",
                );
            }
            Forecast::Fitted
        }
    };
    Planner {
        forecast,
        bias: cx.share(&at.key("bias"), p.bias, limits::BIAS),
        nets_returns: p.nets_returns,
        first_review: p.first_review.map(|d| Day::from_date(d.0)),
    }
}

fn finance(f: &raw::Finance, cx: &mut Context<'_>) -> Finance {
    let at = KeyPath::default().key("finance");
    let mut rate = |key: &str, value: Share| cx.share(&at.key(key), value, limits::RATE);
    let (cost_of_capital, insurance) = (rate("cost-of-capital", f.cost_of_capital), rate("insurance", f.insurance));
    let (shrink, obsolescence) = (rate("shrink", f.shrink), rate("obsolescence", f.obsolescence));
    let (fee, chargeback) = (at.key("payment-fee"), at.key("chargeback"));
    let tickets = Limit { low: 0.0, high: 1000.0, unit: "" };
    Finance {
        cost_of_capital,
        customer_pays: match f.customer_pays {
            raw::CustomerPays::AtOrder => CustomerPays::AtOrder,
            raw::CustomerPays::AtShipping => CustomerPays::AtShipping,
        },
        settlement_days: cx.days(&at.key("settlement-days"), f.settlement_days, limits::SETTLEMENT_DAYS),
        payment_fee_share: cx.share(&fee.key("share"), f.payment_fee.share, limits::SHARE),
        payment_fee_per_order: cx.number(&fee.key("per-order"), f.payment_fee.per_order, limits::MONEY),
        insurance,
        shrink,
        obsolescence,
        tickets_per_backorder: cx.number(&at.key("tickets-per-backorder"), f.tickets_per_backorder, tickets),
        cost_per_ticket: cx.number(&at.key("cost-per-ticket"), f.cost_per_ticket, limits::MONEY),
        chargeback_share: cx.share(&chargeback.key("share"), f.chargeback.share, limits::SHARE),
        chargeback_share_after_miss: cx.share(
            &chargeback.key("share-after-miss"),
            f.chargeback.share_after_miss,
            limits::SHARE,
        ),
        chargeback_fee: cx.number(&chargeback.key("fee"), f.chargeback.fee, limits::MONEY),
        advertising_per_order: cx.number(&at.key("advertising-per-order"), f.advertising_per_order, limits::MONEY),
        lifetime: lifetime_value(&f.lifetime_value, &at.key("lifetime-value"), cx),
        salvage: cx.share(&at.key("salvage"), f.salvage, limits::SHARE),
        salvage_by_age: salvage_by_age(&f.salvage_by_age, &at.key("salvage-by-age"), cx),
        fixed_per_month: cx.number(&at.key("fixed-per-month"), f.fixed_per_month, limits::CASH),
        opening_cash: f.opening_cash.map(|v| cx.number(&at.key("opening-cash"), v, limits::CASH)),
        credit_line: f.credit_line.as_ref().map(|c| credit_line(c, &at.key("credit-line"), cx)),
    }
}

fn salvage_by_age(steps: &[raw::SalvageStep], at: &KeyPath, cx: &mut Context<'_>) -> Vec<(u32, f64)> {
    count(cx, at, steps.len(), limits::LOT_STEPS);
    let mut out: Vec<(u32, f64)> = Vec::new();
    for (i, step) in steps.iter().enumerate() {
        let at = at.index(i);
        let from = cx.days(&at.key("from"), step.from, limits::DURATION_DAYS);
        if let Some((before, _)) = out.last().filter(|(before, _)| from <= *before) {
            cx.error(
                &at.key("from"),
                Code::Contradiction,
                &format!("`from` is {from} days, and the step before begins at {before}"),
                "let each step begin later; before the first one goods are worth `salvage`",
            );
        }
        out.push((from, cx.share(&at.key("salvage"), step.salvage, limits::SHARE)));
    }
    out
}

fn ranges(r: &raw::Ranges, cx: &mut Context<'_>) -> Ranges {
    let at = KeyPath::default().key("ranges");
    let price = at.key("parcel-price");
    let out = Ranges {
        parcel_price: (
            cx.number(&price.index(0), r.parcel_price[0], limits::MONEY),
            cx.number(&price.index(1), r.parcel_price[1], limits::MONEY),
        ),
        unit_cost_premium: cx.shares(&at.key("unit-cost-premium"), r.unit_cost_premium, limits::BIAS),
        cost_of_capital: cx.shares(&at.key("cost-of-capital"), r.cost_of_capital, limits::RATE),
        delivery_sensitivity: cx.shares(&at.key("delivery-sensitivity"), r.delivery_sensitivity, limits::SHARE),
        salvage: cx.shares(&at.key("salvage"), r.salvage, limits::SHARE),
    };
    for (key, range) in crate::register::given(&cx.tree) {
        let at = at.key(&key);
        if !range.iter().all(|end| end.is_finite()) {
            cx.error(&at, Code::OutOfRange, &format!("an end of the range `{key}` is not finite"), "write a number");
        } else if range[0] >= range[1] {
            cx.error(
                &at,
                Code::OutOfRange,
                &format!("the range `{key}` begins at {} and ends at {}", shown(range[0]), shown(range[1])),
                "write the least and the most, `[3.00, 6.50]` say",
            );
        }
    }
    out
}

fn credit_line(c: &raw::CreditLine, at: &KeyPath, cx: &mut Context<'_>) -> CreditLine {
    CreditLine {
        limit: cx.number(&at.key("limit"), c.limit, limits::CASH),
        rate: cx.share(&at.key("rate"), c.rate, limits::RATE),
    }
}

fn lifetime_value(v: &raw::LifetimeValue, at: &KeyPath, cx: &mut Context<'_>) -> LifetimeValue {
    let steps_at = at.key("lost-after");
    let steps: Vec<(u32, f64)> = v
        .lost_after
        .iter()
        .enumerate()
        .map(|(i, step)| {
            let at = steps_at.index(i);
            let over = cx.days(&at.key("over-days"), step.over_days, limits::DURATION_DAYS);
            (over, cx.share(&at.key("share"), step.share, limits::SHARE))
        })
        .collect();
    if let Some(i) = steps.windows(2).position(|w| w[0].0 >= w[1].0) {
        cx.error(
            &steps_at.index(i + 1).key("over-days"),
            Code::Contradiction,
            &format!("a delay over {} days follows one over {}", steps[i + 1].0, steps[i].0),
            "list the delays by rising days",
        );
    }
    LifetimeValue {
        future_orders: cx.number(&at.key("future-orders"), v.future_orders, limits::FUTURE_ORDERS),
        lost_after_days: steps,
        lost_on_missed_promise: cx.share(&at.key("lost-on-missed-promise"), v.lost_on_missed_promise, limits::SHARE),
        lost_on_cancellation: cx.share(&at.key("lost-on-cancellation"), v.lost_on_cancellation, limits::SHARE),
    }
}
