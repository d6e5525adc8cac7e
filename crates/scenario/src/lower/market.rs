//! Markets: shares that add up, currencies with rates, and what holds from which location.

use super::dist::dist;
use super::{KeyPath, accept, count, is_code, lookup, patience, shown, unique};
use crate::load::Context;
use crate::raw;
use crate::scalar::Share;
use restock_base::calendar::{DateSteps, Day};
use restock_base::diag::Code;
use restock_base::units::{Limit, limits};
use restock_kernel::model::{
    Accept, AtOrBelow, Communication, Customers, DutyBase, Horizon, Location, Market, OwnCustomers, ParcelDuty,
    ParcelTerms, Patience, Product, Promise, Scenario, SupplyModel, classes_of,
};

/// What markets refer to.
pub(super) struct World<'a> {
    pub horizon: Horizon,
    pub products: &'a [Product],
    pub models: &'a [SupplyModel],
}

/// Number of a priority.
const PRIORITY: Limit = Limit { low: 1.0, high: 100.0, unit: "" };

/// Units of a currency for one of another.
const EXCHANGE_RATE: Limit = Limit { low: 1e-6, high: 1e7, unit: "" };

/// The markets of the file, before references to the quickest delivery are filled in.
pub(super) fn markets(raw: &raw::Scenario, world: &World<'_>, cx: &mut Context<'_>) -> Vec<Market> {
    let at = KeyPath::default().key("market");
    count(cx, &at, raw.market.len(), limits::MARKETS);
    unique(cx, &at, "name", raw.market.iter().map(|m| m.name.as_str()));
    let each = raw.market.iter().enumerate();
    let mut markets: Vec<Market> = each.map(|(i, m)| market((raw, m), world, &at.index(i), cx)).collect();
    shares_add_up(&markets, world.horizon, &at, cx);
    few_classes(&markets, world.models, &at, cx);
    one_priority(raw, &at, cx);
    refer_to_the_quickest(&mut markets, raw, world.models);
    markets
}

fn market((raw, m): (&raw::Scenario, &raw::Market), world: &World<'_>, at: &KeyPath, cx: &mut Context<'_>) -> Market {
    let (currency, rate) = currency(raw, m, at, cx);
    let money = Amounts { rate, begins: world.horizon.first() };
    let usual = raw::MarketFrom {
        name: String::new(),
        days: m.days.clone(),
        per_order: m.per_order,
        per_kg: m.per_kg,
        duty: m.duty.clone(),
        fixed_per_parcel: m.fixed_per_parcel.clone(),
        vat: None,
    };
    let pays_on_parcels = world.models.iter().flat_map(|m| &m.locations).any(|l| l.delivery.duty_per_order);
    for (key, given) in [("duty", m.duty.is_some()), ("fixed-per-parcel", m.fixed_per_parcel.is_some())] {
        if given && !pays_on_parcels {
            let message = format!("`{key}` of `{}` holds from no location: none pays duty parcel by parcel", m.name);
            let hint = "write it under `from`, or `duty-per-order = true` where parcels pay duty one by one";
            cx.warn(&at.key(key), Code::WarnUnlikely, &message, hint);
        }
    }
    let from_at = at.key("from");
    unique(cx, &from_at, "name", m.from.iter().map(|f| f.name.as_str()));
    let mut places: Vec<&str> = Vec::new();
    for l in world.models.iter().flat_map(|m| &m.locations) {
        if !places.contains(&l.name.as_str()) {
            places.push(&l.name);
        }
    }
    for (i, name) in m.served_from.iter().enumerate() {
        let at = at.key("served-from").index(i);
        lookup(cx, &at, "location", name, places.iter().copied());
        if m.served_from[..i].contains(name) {
            cx.error(&at, Code::Duplicate, &format!("`{name}` is named twice"), "leave one of them out");
        }
    }
    let from = m.from.iter().enumerate().map(|(i, f)| {
        let at = from_at.index(i);
        lookup(cx, &at.key("name"), "location", &f.name, places.iter().copied());
        if f.vat.is_some() && !m.vat_in_price {
            let message =
                format!("`vat` of parcels from `{}`, but customers in `{}` pay the tax on top", f.name, m.name);
            let hint = "leave it out: a tax on top costs the seller nothing; or say what is part of the price";
            cx.error(&at.key("vat"), Code::Contradiction, &message, hint);
        }
        (f.name.clone(), money.terms(f, &at, cx))
    });
    let from = from.collect();
    Market {
        name: m.name.clone(),
        share: match &m.share {
            raw::Shares::One(share) => DateSteps::always(cx.share(&at.key("share"), *share, limits::SHARE)),
            raw::Shares::Steps(steps) => {
                let at = at.key("share");
                let each = steps.iter().enumerate().map(|(i, s)| {
                    let share = cx.share(&at.index(i).key("share"), s.share, limits::SHARE);
                    (Day::from_date(s.from.0), share)
                });
                let each = each.collect();
                stepped(each, &at, cx)
            }
        },
        currency,
        rate,
        price_factor: price_factor(m, world.products, rate, at, cx),
        vat: m.vat.as_ref().map_or_else(|| DateSteps::always(0.0), |vat| money.rates(vat, &at.key("vat"), cx)),
        vat_in_price: m.vat_in_price,
        delivery_sensitivity: m.delivery_sensitivity.as_ref().map(|s| {
            let limit = Limit { low: 0.0, high: 1.0, unit: "a day" };
            cx.number(&at.key("delivery-sensitivity").key("per-day"), s.per_day.0, limit)
        }),
        reference_delivery_days: m
            .reference_delivery_days
            .map(|d| cx.number(&at.key("reference-delivery-days"), d.0, limits::DURATION_DAYS)),
        customers: own_customers((raw, m), world.models, at, cx),
        served_from: m.served_from.clone(),
        usual: money.terms(&usual, at, cx),
        from,
    }
}

/// What its customers do otherwise while stock is out.
fn own_customers(
    (raw, m): (&raw::Scenario, &raw::Market),
    models: &[SupplyModel],
    at: &KeyPath,
    cx: &mut Context<'_>,
) -> OwnCustomers {
    let priority = m.priority.map_or(1, |n| cx.number(&at.key("priority"), n as f64, PRIORITY) as u32);
    let at = at.key("customers");
    let Some(c) = &m.customers else { return OwnCustomers { priority, ..OwnCustomers::AS_ALL } };
    let own = OwnCustomers {
        priority,
        accept: c.accept.as_ref().map(|a| accept(a, &at.key("accept"), cx)),
        patience: c.patience.as_ref().map(|p| patience(p, raw.customers.communication, &at.key("patience"), cx)),
        thirty_day_rule: c.thirty_day_rule,
        express_consent: c.express_consent.map(|s| cx.share(&at.key("express-consent"), s, limits::SHARE)),
    };
    let says_less = |p: &raw::PromiseRelative| p.daily_within.and(p.at_notice.or(p.daily_after_miss)).is_none();
    let relies_on = matches!(&c.patience, Some(raw::Patience::PromiseRelative(p)) if says_less(p));
    let file = matches!(raw.customers.communication, raw::Communication::Silent);
    let otherwise = models.iter().find(|model| (model.customers.communication == Communication::Silent) != file);
    if let (true, Some(model)) = (relies_on, otherwise) {
        let message = format!(
            "hazards of `{}` that are not given are those of the file's `communication`, and that of `{}` is another",
            m.name, model.name
        );
        let hint = "give `daily-within`, `at-notice` and `daily-after-miss`, which then hold in all supply models";
        cx.warn(&at.key("patience"), Code::WarnUnlikely, &message, hint);
    }
    let never = |model: &SupplyModel| own.of(&model.customers).accept == Accept::Never;
    let without_rule = |model: &SupplyModel| !own.of(&model.customers).thirty_day_rule;
    let tell = |key: &str, why: &str, cx: &mut Context<'_>| {
        let message = format!("`{key}` of `{}` has no effect", m.name);
        cx.warn(&at.key(key), Code::WarnUnlikely, &message, why);
    };
    if models.iter().all(never) {
        let given = [
            ("patience", c.patience.is_some()),
            ("thirty-day-rule", c.thirty_day_rule.is_some()),
            ("express-consent", c.express_consent.is_some()),
        ];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            tell(key, "nobody there accepts to wait: `accept` is \"never\"", cx);
        }
    } else if c.express_consent.is_some() && models.iter().all(without_rule) {
        tell("express-consent", "the rule that asks for it is off there: `thirty-day-rule = true` puts it on", cx);
    }
    // A promise is the supply model's: without one there is nothing that patience or the rule could go by.
    let waits = |c: &Customers| c.accept != Accept::Never && c.promise == Promise::None;
    let promises_none = models.iter().find(|model| waits(&own.of(&model.customers)));
    if let Some(model) = promises_none {
        let given = [
            ("patience", matches!(own.patience, Some(Patience::PromiseRelative(_)))),
            ("thirty-day-rule", own.thirty_day_rule == Some(true)),
        ];
        for (key, _) in given.into_iter().filter(|(_, given)| *given) {
            let message =
                format!("`{key}` of `{}` goes by the promised date, and `{}` promises none", m.name, model.name);
            let hint = format!("give the customers of `{}` a `promise`, or leave `{key}` out", model.name);
            cx.error(&at.key(key), Code::Contradiction, &message, &hint);
        }
    }
    own
}

/// Steps by date, of which no two have one date.
fn stepped(mut steps: Vec<(Day, f64)>, at: &KeyPath, cx: &mut Context<'_>) -> DateSteps {
    steps.sort_by_key(|s| s.0);
    if let Some(twice) = steps.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        let message = format!("`{}` has two steps from {}", at.last_key(), twice[0].0);
        cx.error(at, Code::Duplicate, &message, "leave one of them out");
    }
    DateSteps::new(steps)
}

/// The currency of a market, and its rate.
fn currency(raw: &raw::Scenario, m: &raw::Market, at: &KeyPath, cx: &mut Context<'_>) -> (String, f64) {
    let own = raw.currency.trim().to_uppercase();
    let rate = m.rate.map(|rate| cx.number(&at.key("rate"), rate, EXCHANGE_RATE));
    let Some(currency) = &m.currency else {
        if rate.is_some() {
            let message = format!("`{}` has a `rate` and no `currency`", m.name);
            let hint = format!("say of which currency so many units are one {own}, or leave the rate out");
            cx.error(&at.key("rate"), Code::MissingKey, &message, &hint);
        }
        return (own, 1.0);
    };
    let currency = currency.trim().to_uppercase();
    if !is_code(&currency) {
        let message = format!("`currency` is `{currency}`");
        cx.error(&at.key("currency"), Code::OutOfRange, &message, "write a three-letter ISO code such as \"EUR\"");
    }
    match rate {
        None if currency != own => {
            let message = format!("`{}` pays in {currency}, and the scenario counts in {own}", m.name);
            let hint = format!("add `rate`: how many {currency} are one {own}");
            cx.error(&at.key("currency"), Code::MissingKey, &message, &hint);
        }
        Some(rate) if currency == own && rate != 1.0 => {
            let message = format!("`rate` is {}, and the market pays in the scenario's own currency", shown(rate));
            cx.error(&at.key("rate"), Code::Contradiction, &message, "leave it out, or name another currency");
        }
        _ => {}
    }
    (currency, rate.unwrap_or(1.0))
}

/// The price there as a multiple of the product's.
fn price_factor(m: &raw::Market, products: &[Product], rate: f64, at: &KeyPath, cx: &mut Context<'_>) -> f64 {
    if m.price.is_some() && m.price_factor.is_some() {
        let message = format!("`{}` has a `price` and a `price-factor`", m.name);
        cx.error(&at.key("price-factor"), Code::Contradiction, &message, "leave one of them out");
    }
    let factor = m.price_factor.map_or(1.0, |f| cx.number(&at.key("price-factor"), f, limits::FACTOR));
    let Some(price) = m.price.map(|price| cx.number(&at.key("price"), price, limits::PRICE)) else { return factor };
    match products {
        [one] if one.price > 0.0 => price / rate / one.price,
        [one] => {
            let message = format!("`price` of `{}`, but `{}` has no price to compare it with", m.name, one.sku);
            cx.error(&at.key("price"), Code::Contradiction, &message, "give the product a price above 0");
            factor
        }
        _ => {
            let message = format!("`price` of `{}`, but the scenario has {} products", m.name, products.len());
            let hint = "write `price-factor`: the price there as a multiple of each product's";
            cx.error(&at.key("price"), Code::Contradiction, &message, hint);
            factor
        }
    }
}

/// How amounts of a market become amounts of the scenario.
struct Amounts {
    /// Units of the market's currency for one of the scenario's.
    rate: f64,
    /// First day of the run.
    begins: Day,
}

impl Amounts {
    fn terms(&self, f: &raw::MarketFrom, at: &KeyPath, cx: &mut Context<'_>) -> ParcelTerms {
        let per_order = f.per_order.map(|x| cx.number(&at.key("per-order"), x, limits::MONEY));
        let per_kg = f.per_kg.map(|x| cx.number(&at.key("per-kg"), x, limits::MONEY));
        let postage = per_order.or(per_kg).map(|_| (per_order.unwrap_or(0.0), per_kg.unwrap_or(0.0)));
        ParcelTerms {
            days: f.days.as_ref().map(|days| dist(days, &at.key("days"), limits::DURATION_DAYS, cx).mean()),
            postage,
            duty: f.duty.as_ref().map(|duty| self.duties(duty, &at.key("duty"), cx)),
            fixed: f.fixed_per_parcel.as_ref().map(|fixed| self.amounts(fixed, &at.key("fixed-per-parcel"), cx)),
            vat: f.vat.as_ref().map(|vat| self.rates(vat, &at.key("vat"), cx)),
        }
    }

    fn rates(&self, rates: &raw::Rates, at: &KeyPath, cx: &mut Context<'_>) -> DateSteps {
        match rates {
            raw::Rates::One(rate) => DateSteps::always(cx.share(at, *rate, limits::RATE)),
            raw::Rates::Steps(steps) => self.steps(steps, at, cx, |s, at, cx| {
                (Day::from_date(s.from.0), cx.share(&at.key("rate"), s.rate, limits::RATE))
            }),
        }
    }

    fn amounts(&self, amounts: &raw::Amounts, at: &KeyPath, cx: &mut Context<'_>) -> DateSteps {
        match amounts {
            raw::Amounts::One(amount) => DateSteps::always(cx.number(at, *amount, limits::MONEY) / self.rate),
            raw::Amounts::Steps(steps) => self.steps(steps, at, cx, |s, at, cx| {
                (Day::from_date(s.from.0), cx.number(&at.key("amount"), s.amount, limits::MONEY) / self.rate)
            }),
        }
    }

    /// Values by date, before the first of which nothing is paid.
    fn steps<S>(
        &self,
        steps: &[S],
        at: &KeyPath,
        cx: &mut Context<'_>,
        one: impl Fn(&S, &KeyPath, &mut Context<'_>) -> (Day, f64),
    ) -> DateSteps {
        let each = steps.iter().enumerate().map(|(i, s)| one(s, &at.index(i), cx)).collect();
        let steps = stepped(each, at, cx);
        self.tell_of_the_time_before(steps.first_day(), at, cx);
        steps
    }

    fn duties(&self, duties: &raw::ParcelDuties, at: &KeyPath, cx: &mut Context<'_>) -> Vec<(Day, ParcelDuty)> {
        let rules = match duties {
            raw::ParcelDuties::One(rule) => {
                let from = rule.from.map_or(Day(i32::MIN), |from| Day::from_date(from.0));
                return vec![(from, self.duty(rule, at, cx))];
            }
            raw::ParcelDuties::Steps(rules) => rules,
        };
        let mut out = Vec::with_capacity(rules.len());
        for (i, rule) in rules.iter().enumerate() {
            let at = at.index(i);
            let Some(from) = rule.from else {
                let message = "a rule of a list has no `from`";
                cx.error(&at, Code::MissingKey, message, "say from which day it holds, `from = 2026-07-01` say");
                continue;
            };
            out.push((Day::from_date(from.0), self.duty(rule, &at, cx)));
        }
        out.sort_by_key(|(from, _)| *from);
        stepped(out.iter().map(|(from, _)| (*from, 0.0)).collect(), at, cx);
        self.tell_of_the_time_before(out.first().map(|(from, _)| *from), at, cx);
        out
    }

    fn duty(&self, rule: &raw::ParcelDuty, at: &KeyPath, cx: &mut Context<'_>) -> ParcelDuty {
        let threshold = rule.threshold.map(|most| cx.number(&at.key("threshold"), most, limits::MONEY) / self.rate);
        let at_or_below = rule.at_or_below.map(|what| match what {
            raw::AtOrBelow::Exempt => AtOrBelow::Exempt,
            raw::AtOrBelow::Flat(amount) => {
                let amount = cx.number(&at.key("at-or-below").key("flat"), amount, limits::MONEY);
                AtOrBelow::Flat(amount / self.rate)
            }
            raw::AtOrBelow::Rate(rate) => {
                AtOrBelow::Rate(cx.share(&at.key("at-or-below").key("rate"), rate, limits::RATE))
            }
        });
        match (threshold, at_or_below) {
            (Some(_), None) => cx.error(
                &at.key("threshold"),
                Code::MissingKey,
                "a `threshold`, and nothing that holds below it",
                "add `at-or-below`: \"exempt\", `{ flat = 3 }` or `{ rate = \"20%\" }`",
            ),
            (None, Some(_)) => cx.error(
                &at.key("at-or-below"),
                Code::MissingKey,
                "`at-or-below` needs a `threshold`",
                "say up to which declared value it holds",
            ),
            _ => {}
        }
        ParcelDuty {
            base: match rule.base {
                raw::DutyBase::Cost => DutyBase::Cost,
                raw::DutyBase::Price => DutyBase::Price,
            },
            value_share: cx.share(&at.key("value-share"), rule.value_share.unwrap_or(Share(1.0)), limits::SHARE),
            rate: cx.share(&at.key("rate"), rule.rate, limits::RATE),
            threshold: threshold.zip(at_or_below),
        }
    }

    /// Before the first step nothing is paid.
    fn tell_of_the_time_before(&self, first: Option<Day>, at: &KeyPath, cx: &mut Context<'_>) {
        let Some(first) = first.filter(|first| *first > self.begins) else { return };
        let key = at.last_key();
        let message = format!("`{key}` holds from {first}, the run begins on {}", self.begins);
        cx.warn(
            at,
            Code::WarnUnlikely,
            &message,
            "before its first step nothing is paid; add an earlier one if there is one",
        );
    }
}

/// A priority comes before or after another one.
fn one_priority(raw: &raw::Scenario, at: &KeyPath, cx: &mut Context<'_>) {
    let given = raw.market.iter().position(|m| m.priority.is_some_and(|n| n != 1));
    let alike = raw.market.windows(2).all(|pair| pair[0].priority.unwrap_or(1) == pair[1].priority.unwrap_or(1));
    if let (Some(i), true) = (given, alike) {
        let message = "`priority` has no effect: all markets have the same";
        cx.warn(
            &at.index(i).key("priority"),
            Code::WarnUnlikely,
            message,
            "1 is the priority of a market that gives none",
        );
    }
}

/// Customers of so many classes can be told apart.
fn few_classes(markets: &[Market], models: &[SupplyModel], at: &KeyPath, cx: &mut Context<'_>) {
    let Some(model) = models.first() else { return };
    let classes = classes_of(markets, &model.customers);
    if classes.len() > limits::CUSTOMER_CLASSES {
        let first = classes[limits::CUSTOMER_CLASSES].markets[0];
        let message = format!(
            "markets have customers of {} kinds, and {} can be told apart",
            classes.len(),
            limits::CUSTOMER_CLASSES
        );
        let hint = "give markets whose customers differ little the same `customers` and `priority`";
        cx.error(&at.index(first).key("customers"), Code::OutOfRange, &message, hint);
    }
}

/// On every day of the run the shares add up to 1.
fn shares_add_up(markets: &[Market], horizon: Horizon, at: &KeyPath, cx: &mut Context<'_>) {
    let (first, last) = (horizon.first(), horizon.start.plus(horizon.days as i32 - 1));
    let later = markets.iter().flat_map(|m| m.share.days()).filter(|day| *day > first && *day <= last);
    let mut days: Vec<Day> = std::iter::once(first).chain(later).collect();
    days.sort_unstable();
    let total = |day: Day| markets.iter().map(|m| m.share.at(day)).sum::<f64>();
    let Some(day) = days.into_iter().find(|day| (total(*day) - 1.0).abs() > 1e-6) else { return };
    if markets.is_empty() {
        return;
    }
    let stepped = markets.iter().position(|m| m.share.days().any(|d| d == day));
    let from = if day > first { format!(" from {day} on") } else { String::new() };
    cx.error(
        &at.index(stepped.unwrap_or(0)).key("share"),
        Code::Shares,
        &format!("the shares of the markets{from} add up to {} %", shown((total(day) * 1e8).round() / 1e6)),
        "make them add up to 100 % on every day of the run",
    );
}

/// Where no reference is given, the share of a market was observed at the shortest mean delivery to it of any model and location.
fn refer_to_the_quickest(markets: &mut [Market], raw: &raw::Scenario, models: &[SupplyModel]) {
    let own = raw.supply.iter().filter_map(|s| s.customers.as_ref());
    if std::iter::once(&raw.customers).chain(own).any(|c| c.reference_delivery_days.is_some()) {
        return;
    }
    for market in markets {
        let days = models.iter().flat_map(SupplyModel::shipping).map(|l| market.delivery_days(l));
        let quickest = days.fold(f64::INFINITY, f64::min);
        market.reference_delivery_days.get_or_insert(quickest);
    }
}

/// Shares that change who orders are a matter of dates, and what an event brings has none.
pub(super) fn steps_and_events(scenario: &Scenario, cx: &mut Context<'_>) {
    if scenario.markets.is_empty() {
        return;
    }
    for (i, model) in scenario.models.iter().enumerate() {
        let Some(k) = model.changes.iter().position(|c| c.cue.is_some()) else { continue };
        let Some(first) = scenario.products.first() else { continue };
        if model.in_scenario(scenario, first).changes.len() == model.changes.len() {
            continue;
        }
        let at = KeyPath::default().key("supply").index(i).key("change").index(k).key("when");
        let message = format!(
            "a change of `{}` waits for an event, and shares of markets that differ in delivery change by date",
            model.name
        );
        let hint = "give the change a date, or the markets shares that are the same on all days";
        cx.error(&at, Code::Contradiction, &message, hint);
    }
}

/// The largest amount that a unit moves because of markets, at their highest rates, besides what it moves without them: a bound for what can be counted.
pub(super) fn amount_a_unit(scenario: &Scenario, product: &Product, l: &Location, route_cost: f64) -> f64 {
    let of = |m: &Market| {
        let price = product.price * m.price_factor;
        let gross = price * (1.0 + m.vat.highest());
        let terms = std::iter::once(&m.usual).chain(m.from.iter().map(|(_, terms)| terms));
        let border = |t: &ParcelTerms| {
            let rules = t.duty.iter().flatten().map(|(_, rule)| rule.highest());
            let duty = rules.map(|(rate, flat)| rate * gross.max(route_cost) + flat).fold(0.0, f64::max);
            duty + t.fixed.as_ref().map_or(0.0, DateSteps::highest)
                + t.vat.as_ref().map_or(0.0, |v| price * v.highest())
        };
        gross * (1.0 + scenario.finance.payment_fee_share)
            + m.postage(product, l)
            + terms.map(border).fold(0.0, f64::max)
    };
    scenario.markets.iter().map(of).fold(0.0, f64::max)
}
