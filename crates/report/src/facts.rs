//! What a scenario implies before it is run: what a run from today begins with, how much surges add to the year, and what delivery times
//! cost in orders.

use super::chart::sentence;
use super::format;
use restock_kernel::model::{
    Allocation, Change, Cue, Location, Market, OpenOrder, Product, Scenario, Start, SupplyModel, mean, serves_shoppers,
};

/// Days from the reference within which the effect of delivery time on sales was measured.
const MEASURED_DAYS: f64 = 5.0;

/// Sentences for readers, in the order of the scenario; none where nothing is implied.
#[must_use]
pub fn facts(scenario: &Scenario) -> Vec<String> {
    let of_surges = scenario.products.iter().filter_map(|p| surges(scenario, p));
    left_out(scenario)
        .into_iter()
        .chain(positions(scenario))
        .chain(networks(scenario))
        .chain(changes(scenario))
        .chain(of_surges)
        .chain(markets(scenario))
        .chain(deliveries(scenario))
        .collect()
}

/// Rows of a catalogue that are not simulated: sums over products lack them.
fn left_out(scenario: &Scenario) -> Vec<String> {
    const NAMED: usize = 5;
    let rows = &scenario.origin.left_out;
    let more = rows.len().saturating_sub(NAMED);
    let told = rows.iter().take(NAMED).map(|row| sentence(row) + ".");
    told.chain((more > 0).then(|| format!("{} more are left out.", format::counted(more, "row")))).collect()
}

/// Who is supplied from whose stock.
fn networks(scenario: &Scenario) -> Vec<String> {
    let mut out = Vec::new();
    for m in &scenario.models {
        for (i, l) in m.locations.iter().enumerate() {
            let takes = |other: &&Location| other.sources().any(|source| source == i);
            let others: Vec<&str> = m.locations.iter().filter(takes).map(|other| other.name.as_str()).collect();
            if others.is_empty() {
                continue;
            }
            let parcels = serves_shoppers(&m.locations, i);
            let short = match l.allocation {
                Allocation::OwnCustomers if parcels => "its own customers, then whoever ordered first",
                Allocation::OwnCustomers | Allocation::Oldest => "whoever ordered first",
                Allocation::Proportional => "each in proportion to what it waits for",
            };
            let none = if parcels { "" } else { "; no parcels leave it" };
            let others = others.join(", ");
            out.push(format!("{}: {} supplies {others}; where stock is short, {short}{none}.", m.name, l.name));
        }
    }
    out
}

/// Products whose beginning is told one by one, and orders of each whose stage is.
const TOLD: usize = 10;
const TOLD_ORDERS: usize = 5;

/// What a run from today begins with. Supply models begin alike, unless their locations say for themselves what is on its way.
fn positions(scenario: &Scenario) -> Vec<String> {
    if scenario.horizon.from != Start::Position {
        return Vec::new();
    }
    let of = |m: &SupplyModel| -> Vec<String> {
        scenario.products.iter().take(TOLD).filter_map(|p| position(scenario, m, p)).collect()
    };
    let first: Vec<String> = scenario.models.first().map(of).unwrap_or_default();
    let mut out = first.clone();
    for m in scenario.models.iter().skip(1) {
        let own = of(m);
        if own != first {
            out.extend(own.into_iter().map(|line| format!("{}: {line}", m.name)));
        }
    }
    if scenario.products.len() > TOLD {
        out.push(format!(
            "{} more begin with what the position says.",
            format::counted(scenario.products.len() - TOLD, "product")
        ));
    }
    out
}

fn position(scenario: &Scenario, model: &SupplyModel, p: &Product) -> Option<String> {
    let here = || {
        model
            .locations
            .iter()
            .flat_map(|l| l.positions.iter().filter(|(sku, _)| *sku == p.sku).map(move |(_, x)| (l, x)))
    };
    here().next()?;
    let units = |n: i64| format::count(n as f64);
    let given: i64 = here().filter_map(|(_, x)| x.on_hand).sum();
    let shelf = if here().all(|(_, x)| x.on_hand.is_some()) {
        format!("{} on hand", units(given))
    } else {
        "what its locations open with on hand".into()
    };
    let orders: Vec<(&str, &OpenOrder)> = here()
        .flat_map(|(l, x)| x.orders.iter().map(move |o| (l.routes[o.route].stages[o.stage.0].name.as_str(), o)))
        .collect();
    let on_order: i64 = orders.iter().map(|(_, o)| o.units).sum();
    let waiting: i64 = here().flat_map(|(_, x)| &x.backorders).map(|b| b.units).sum();
    let one = |(stage, o): &(&str, &OpenOrder)| {
        let since = scenario.horizon.start.0 - o.stage.1.0;
        let expected = o.expected.map_or_else(String::new, |day| format!(", expected {}", format::date(day)));
        format!("{} in {stage} for {since} d{expected}", units(o.units))
    };
    let each = match orders.len() {
        0 => String::new(),
        n if n > TOLD_ORDERS => format!(" in {}", format::counted(n, "purchase order")),
        _ => format!(" ({})", orders.iter().map(one).collect::<Vec<_>>().join("; ")),
    };
    let owed: f64 = p.payables.iter().map(|(_, amount)| amount).sum();
    let owed = if owed > 0.0 { format!("; {} owed", format::money(owed, &scenario.currency)) } else { String::new() };
    let per_order = p.demand.units_per_order();
    let in_orders = if waiting > 0 && per_order > 1.0 {
        format!(" in orders of {}", units(per_order.round() as i64))
    } else {
        String::new()
    };
    Some(format!(
        "{}: begins on {} with {shelf}, {} on order{each}, and {} waiting{in_orders}{owed}.",
        p.sku,
        format::date(scenario.horizon.start),
        units(on_order),
        units(waiting)
    ))
}

/// Where shoppers are served from a date on, and what closes then.
fn changes(scenario: &Scenario) -> Vec<String> {
    let mut out = Vec::new();
    for m in &scenario.models {
        let spans: Vec<_> = m.spans().collect();
        for (change, (before, after)) in m.changes.iter().zip(spans.iter().zip(&spans[1..])) {
            let open = after.iter().filter(|l| l.is_open);
            let from: Vec<String> = open.map(|l| format!("{} ({})", l.name, format::share(l.share))).collect();
            let closes = before.iter().zip(after.iter()).filter(|(was, is)| was.is_open && !is.is_open);
            let closes: Vec<&str> = closes.map(|(l, _)| l.name.as_str()).collect();
            let sold = if closes.is_empty() {
                String::new()
            } else {
                format!("; what is left at {} is sold first", closes.join(", "))
            };
            out.push(format!("{}: {} served from {}{sold}.", m.name, since(change, before), from.join(", ")));
        }
    }
    out
}

/// Since when a change of a supply model holds, whose locations were `before`.
fn since(change: &Change, before: &[Location]) -> String {
    let event = change.cue.map(|cue| match cue {
        Cue::FirstReceipt(i) => {
            let name = before.get(i).map_or("a location", |l| l.name.as_str());
            format!("from the first receipt at {name} on")
        }
        Cue::DemandReaches { per_day, days } => {
            format!("once {per_day} units a day have been ordered over {days} days")
        }
    });
    match (event, change.on.map(format::date)) {
        (Some(event), Some(day)) => format!("{event}, at the latest from {day} on,"),
        (Some(event), None) => event,
        (None, Some(day)) => format!("from {day} on"),
        (None, None) => "later".into(),
    }
}

fn surges(scenario: &Scenario, p: &Product) -> Option<String> {
    let surge = p.demand.surge.as_ref()?;
    let (start, days) = (scenario.horizon.start, scenario.horizon.days);
    // Each day sees what is left of a surge that began on it or before; random ones may begin on any day of the window.
    let each =
        |left: u32| (surge.peak_uplift.mean() - 1.0) * (0..left).map(|h| surge.decay.left(f64::from(h))).sum::<f64>();
    let dated = surge.scripted.iter().filter_map(|d| u32::try_from(d.0 - start.0).ok()).filter(|t| *t < days);
    let of_dated: f64 = dated.map(|t| each(days - t)).sum();
    let extra = of_dated + surge.per_year * f64::from(days) / 365.0 * each(365);
    Some(format!(
        "{}: surges add {} ordinary days of demand to the window on average ({}).",
        p.sku,
        format::fixed(extra, 1),
        format::share(extra / f64::from(days)),
    ))
}

/// Markets that are named among the facts.
const NAMED: usize = 12;

/// Who shares the stock, at which exchange rates.
fn markets(scenario: &Scenario) -> Vec<String> {
    if scenario.markets.is_empty() {
        return Vec::new();
    }
    let start = scenario.horizon.start;
    let mut shares: Vec<(&str, f64)> = scenario.markets.iter().map(|m| (m.name.as_str(), m.share.at(start))).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1));
    let one = |(name, share): &(&str, f64)| format!("{name} {}", format::share(*share));
    let named: Vec<String> = shares.iter().take(NAMED).map(one).collect();
    let more = if shares.len() > NAMED { format!(" and {} others", shares.len() - NAMED) } else { String::new() };
    let all = format::counted(shares.len(), "market");
    let mut out = vec![format!("{all} on {}, by shares of shoppers: {}{more}.", format::date(start), named.join(", "))];
    let mut rates: Vec<String> = Vec::new();
    for m in scenario.markets.iter().filter(|m| m.currency != scenario.currency) {
        let rate = format!("{} {}", m.rate, m.currency);
        if !rates.contains(&rate) {
            rates.push(rate);
        }
    }
    if !rates.is_empty() {
        let all = rates.join(", ");
        out.push(format!("Exchange rates stay as they are: one {} is {all}.", scenario.currency));
    }
    out.extend(priorities(scenario));
    out
}

/// Who of those who wait is served first, where markets have priorities.
fn priorities(scenario: &Scenario) -> Option<String> {
    let mut ranks: Vec<u32> = scenario.markets.iter().map(|m| m.customers.priority).collect();
    ranks.sort_unstable();
    ranks.dedup();
    if ranks.len() < 2 {
        return None;
    }
    let of = |rank: &u32| {
        let same = scenario.markets.iter().filter(|m| m.customers.priority == *rank);
        let names: Vec<&str> = same.map(|m| m.name.as_str()).collect();
        match names.len() {
            more if more > NAMED => format!("{} and {} others", names[..NAMED].join(", "), more - NAMED),
            _ => names.join(", "),
        }
    };
    let in_turn: Vec<String> = ranks.iter().map(of).collect();
    Some(format!("Of those who wait are served first: {}.", in_turn.join("; then ")))
}

/// What delivery times cost in orders, with markets on average over them.
fn deliveries(scenario: &Scenario) -> Vec<String> {
    if !scenario.markets.is_empty() {
        return deliveries_to_markets(scenario);
    }
    let mut out = Vec::new();
    for m in &scenario.models {
        let Some(reference) = m.customers.reference_delivery_days.filter(|_| m.customers.delivery_sensitivity > 0.0)
        else {
            continue;
        };
        for l in m.shipping() {
            let days = l.delivery.days.mean();
            let lost = 1.0 - m.customers.kept(days);
            if lost == 0.0 {
                continue;
            }
            let what = if lost > 0.0 { "loses" } else { "wins" };
            let far = (days - reference).abs() > MEASURED_DAYS;
            let beyond = if far { "; beyond five days from the reference this is extrapolated" } else { "" };
            out.push(format!(
                "{}: delivery from {} takes {} d on average, {} d is the reference: it {what} {} of those interested{beyond}.",
                m.name,
                l.name,
                format::fixed(days, 1),
                format::fixed(reference, 1),
                format::share(lost.abs()),
            ));
        }
    }
    out
}

fn deliveries_to_markets(scenario: &Scenario) -> Vec<String> {
    let mut out = Vec::new();
    let day = scenario.horizon.start;
    for m in &scenario.models {
        for l in m.shipping() {
            let lost = 1.0 - scenario.kept(&m.customers, l, day);
            if lost == 0.0 {
                continue;
            }
            let what = if lost > 0.0 { "loses" } else { "wins" };
            let days =
                mean(&scenario.market_shares(day), scenario.markets.iter().map(|market| market.delivery_days(l)));
            let far = |market: &Market| {
                let reference = market.reference_delivery_days.or(m.customers.reference_delivery_days);
                reference.is_some_and(|reference| (market.delivery_days(l) - reference).abs() > MEASURED_DAYS)
            };
            let far = scenario.markets.iter().filter(|market| far(market)).count();
            let beyond = match far {
                0 => String::new(),
                n => format!(
                    "; to {} it is beyond five days from the reference, and extrapolated",
                    format::counted(n, "market")
                ),
            };
            out.push(format!(
                "{}: delivery from {} takes {} d on average over the markets: it {what} {} of those interested{beyond}.",
                m.name,
                l.name,
                format::fixed(days, 1),
                format::share(lost.abs()),
            ));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use restock_kernel::model::Decay;

    /// Extra demand of a surge in units of (mean uplift - 1), in ordinary days: the sums that the defaults rest on.
    #[test]
    fn what_a_surge_adds_is_the_sum_of_its_decay() {
        let sum = |decay: Decay, days: u32| (0..days).map(|h| decay.left(f64::from(h))).sum::<f64>();
        let power = |exponent| Decay::PowerLaw { exponent, scale_days: 1.0 };
        for (decay, days, exact) in [
            (power(1.4), 30, 2.4684),
            (power(1.4), 90, 2.6932),
            (power(1.4), 365, 2.8696),
            (power(0.7), 30, 6.515),
            (power(0.7), 90, 10.10),
            (power(0.7), 365, 16.80),
            (Decay::Exponential { tau_days: 5.0 }, 365, 5.517),
        ] {
            assert!((sum(decay, days) / exact - 1.0).abs() < 5e-4, "{decay:?} {days}: {}", sum(decay, days));
        }
    }
}
