//! The fitted demand as a scenario: to be read, edited and run.

use super::outlook::Material;
use super::{format, standing};
use restock_base::calendar::Day;
use restock_base::names::clean;
use restock_base::stats::special::Z90;
use restock_forecast::spikes::PromotionFit;
use restock_forecast::{Item, ItemModel, Step};
use restock_scenario::raw::{self, Distribution, Duration, Share};
use restock_scenario::{Key, Notes, line, write_with};

/// The day itself, or the same one of a year for which the holidays of the presets' factories are known, warm-up and orders of the last day included.
fn within_holidays(day: Day) -> Day {
    let date = day.date();
    let year = date.year().clamp(2011, 2036);
    date.with().year(year).build().map_or(day, Day::from_date)
}

/// Days of the scenario.
const DAYS: i32 = 365;

/// Products of the scenario: those of which most is expected.
pub const PRODUCTS: usize = 10;

/// Where the sales come from.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file, as it was named.
    pub file: &'a str,
    /// Code of the currency of its prices, if it says so.
    pub currency: Option<&'a str>,
    /// A `history` that is read as the file was.
    pub history: &'a raw::History,
}

/// What is an assumption, not read off the sales.
const ASSUMPTION: &str = "assumption";

/// A scenario under construction, with the remarks that say where each value comes from.
struct Draft {
    scenario: raw::Scenario,
    notes: Notes,
}

/// The year after the sales, for the products of which most is expected.
#[must_use]
pub fn scenario(m: &Material<'_>, source: &Source<'_>) -> String {
    let panel = m.sold();
    let end = panel.date(panel.periods);
    let start = within_holidays(end);
    let promoted = m.spikes().promotions();
    let file =
        std::path::Path::new(source.file).file_name().map_or_else(|| source.file.into(), |n| n.to_string_lossy());
    let name = format!("Forecast of {file}");
    let mut draft =
        Draft { scenario: raw::Scenario::new(&clean(&name).unwrap_or(name)), notes: head(source, panel.first, end) };
    let (s, notes) = (&mut draft.scenario, &mut draft.notes);
    let key = |table: &str, key: &str| Key::default().name(table).name(key);
    s.currency = source.currency.unwrap_or("USD").into();
    notes.keep(Key::default().name("currency"));
    if source.currency.is_none() {
        notes.beside(Key::default().name("currency"), ASSUMPTION);
    }
    s.horizon.start = start.date().into();
    s.horizon.days = Duration(f64::from(DAYS));
    if start != end {
        let moved = "moved: factory holidays are not known for the days after the sales";
        notes.beside(key("horizon", "start"), moved);
    }
    s.monte_carlo.replications = 1_000;
    s.monte_carlo.seed = 1;
    for (table, of) in [("horizon", "days"), ("monte-carlo", "replications"), ("monte-carlo", "seed")] {
        notes.keep(key(table, of));
    }
    for i in m.largest().into_iter().take(PRODUCTS) {
        product(&mut draft, m, i, promoted[i].as_ref(), start.0 - end.0);
    }
    for (name, preset) in [("Ocean freight + 3PL", "ocean-3pl"), ("Direct from manufacturer", "direct")] {
        let preset = Some(preset.to_owned());
        draft.scenario.supply.push(raw::Supply { preset, ..raw::Supply::new(name) });
    }
    write_with(&draft.scenario, &draft.notes)
}

/// What the file says of itself.
fn head(source: &Source<'_>, first: Day, end: Day) -> Notes {
    let mut notes = Notes::default();
    let (first, last) = (format::date(first), format::date(end.plus(-1)));
    for line in [
        format!("Demand as `restock forecast` fitted it on {}, {first} to {last}.", source.file),
        "Read it, change it, run it:  restock run <this file>".into(),
        String::new(),
        "What the sales do not tell is an assumption, and marked: replace it.".into(),
        String::new(),
        "The sales themselves, read as they were here, drive a product whose `product.demand` is replaced by this line"
            .into(),
        "(put the file beside this one):".into(),
        line(&Key::default().name("demand").name("history"), source.history),
    ] {
        notes.head(&line);
    }
    notes
}

fn product(draft: &mut Draft, m: &Material<'_>, i: usize, promoted: Option<&PromotionFit>, moved: i32) {
    let (item, model) = (&m.sold().items[i], m.spikes().model.item(i));
    let days = 365.25 / m.sold().step.per_year();
    let price = item.price.filter(|p| *p > 0.0);
    let at = Key::default().name("product").index(draft.scenario.product.len());
    let notes = &mut draft.notes;
    let mut product = raw::Product::new(
        &clean(&item.name).unwrap_or_else(|| item.name.clone()),
        rounded(price.unwrap_or(25.0)),
        rounded(0.3 * price.unwrap_or(25.0)),
    );
    (product.weight_kg, product.volume_litres) = (0.4, 2.0);
    if price.is_none() {
        notes.beside(at.name("price"), ASSUMPTION);
    }
    notes.beside(at.name("unit-cost"), "assumption: 30 % of the price");
    notes.beside(at.name("weight-kg"), ASSUMPTION);
    notes.beside(at.name("volume-litres"), ASSUMPTION);
    let at = at.name("demand");
    let mut demand = raw::Demand::new();
    let (mean, note) = mean_per_day(m, i, days);
    demand.mean_per_day = Some(mean);
    notes.beside(at.name("mean-per-day"), &note);
    let a = model.law().inverse_dispersion();
    if a > 1e-6 {
        // Of a period of many days: each as noisy as makes their sum so.
        demand.dispersion = Some(rounded((1.0 / (a * days)).clamp(0.001, 1e9)));
    }
    if m.sold().step == Step::Day {
        demand.weekday = weekdays(m, model).into_iter().map(rounded).collect();
        notes.beside(at.name("weekday"), "Monday first");
    }
    if let Some(trend) = model.trend() {
        demand.trend_per_year = Share(rounded(trend.ahead(365) - 1.0));
        let (believed, a_year) = (format::share(trend.believed), format::share(trend.a_year()));
        let note =
            format!("of the next year: {believed} of a growth of {a_year} a year is taken to go on, and to level off");
        notes.beside(at.name("trend-per-year"), &note);
    }
    if let Some(season) = season(m, model) {
        demand.season = season.into_iter().map(rounded).collect();
        notes.beside(at.name("season"), "January first");
    }
    if let Some(surge) = m.spikes().surge(i).map(|s| s.by_day(days)) {
        notes.beside(at.name("surge"), &spikes_seen(m, i));
        let mut own = raw::Surge::new(lognormal(surge.median_uplift, surge.p90_uplift));
        own.per_year = Some(rounded(surge.per_year));
        let tau_days = Duration(rounded(surge.tau_days));
        own.decay = raw::Decay::Exponential(raw::ExponentialDecay { tau_days });
        demand.surge = Some(own);
    }
    if let Some(p) = promoted {
        demand.campaign = campaigns(m, item, p, moved);
        notes.above(at.name("campaign").index(0), &promotions(m, item, p));
    }
    product.demand = Some(demand);
    draft.scenario.product.push(product);
}

/// Mean units a day, and what is said of them.
fn mean_per_day(m: &Material<'_>, i: usize, days: f64) -> (f64, String) {
    let (item, model) = (&m.sold().items[i], m.spikes().model.item(i));
    // What has ended on a share of paths sells the rest on average.
    let ended = standing::ended(m, i);
    let left = if item.has_ended(m.sold()) { 0.0 } else { 1.0 - ended.unwrap_or(0.0) };
    let stopped = match (standing::known_end(m, i), ended) {
        (Some(end), _) => format!("; {end}"),
        (None, Some(p)) => format!("; has stopped selling, and ended on {} of paths: the rest", format::share(p)),
        (None, None) => String::new(),
    };
    let at_the_end = number(left * model.level() / days);
    let note = format!("in the long run, spikes apart; {at_the_end} at the end of the sales{stopped}");
    (rounded(left * model.long_run() / days), note)
}

fn spikes_seen(m: &Material<'_>, i: usize) -> String {
    let seen = m.spikes().list.iter().filter(|s| s.item == i).count();
    let bulk = m.spikes().list.iter().filter(|s| s.item == i && s.largest_line.is_some_and(|l| l >= 0.5)).count();
    let lines = if bulk > 0 { format!(", {bulk} of them mostly one order line") } else { String::new() };
    let seen = if seen == 1 { "1 spike was".to_owned() } else { format!("{seen} spikes were") };
    format!("{seen} seen{lines}; few are mixed with the other products'")
}

/// Runs of planned promotions after the last sale: first day and days.
fn planned(m: &Material<'_>, item: &Item) -> Vec<(Day, i32)> {
    let mut runs: Vec<(Day, i32)> = Vec::new();
    for t in item.units.len()..item.promotion.len() {
        if item.promotion[t] > 0.0 {
            let (day, next) = (m.sold().date(item.start + t), m.sold().date(item.start + t + 1));
            match runs.last_mut() {
                Some(r) if r.0.plus(r.1) == day => r.1 += next.0 - day.0,
                _ => runs.push((day, next.0 - day.0)),
            }
        }
    }
    runs
}

/// What is said of promotions to come.
fn promotions(m: &Material<'_>, item: &Item, p: &PromotionFit) -> String {
    let why = match (planned(m, item).is_empty(), p.every_days) {
        (false, _) => "as planned in the sales file".to_owned(),
        (true, Some((every, variation))) => format!(
            "one every {} days from start to start (coefficient of variation {}), as before",
            number(every),
            number(variation)
        ),
        (true, None) => "one was seen; when the next comes is not known".to_owned(),
    };
    format!("Promotions: {} were seen, {} days each. To come: {why}.", p.seen, number(p.days))
}

/// Promotions to come: planned ones if the sales have rows ahead, else as often as they came.
fn campaigns(m: &Material<'_>, item: &Item, p: &PromotionFit, moved: i32) -> Vec<raw::Campaign> {
    let end = m.sold().date(m.sold().periods);
    let mut runs = planned(m, item);
    let length = p.days.round().max(1.0) as i32;
    if let Some((every, _)) = p.every_days.filter(|_| runs.is_empty()) {
        let last = m.sold().date(item.start + p.last_start);
        let starts = (1..).map(|k| last.plus((f64::from(k) * every.max(1.0)).round() as i32));
        runs.extend(starts.take_while(|d| d.0 < end.0 + DAYS).filter(|d| *d >= end).map(|d| (d, length)));
    }
    let limit = end.plus(DAYS);
    let mut out = Vec::new();
    for (start, days) in runs.into_iter().filter(|r| r.0 < limit) {
        let mut part = |name: &str, start: Day, days: i32, uplift: Distribution| {
            let days = days.min(limit.0 - start.0);
            if days > 0 {
                let start = start.plus(moved);
                let name = format!("{name} {}", format::date(start));
                out.push(raw::Campaign::new(&name, start.date().into(), Duration(f64::from(days)), uplift));
            }
        };
        let median = p.uplift * (-0.5 * p.sd_log * p.sd_log).exp();
        let uplift = if p.sd_log > 0.02 {
            lognormal(median, median * (Z90 * p.sd_log).exp())
        } else {
            Distribution::Constant(rounded(p.uplift))
        };
        part("Promotion", start, days, uplift);
        // Who stocked up buys less for a while.
        if (p.after - 1.0).abs() > 0.02 {
            part("After the promotion", start.plus(days), days, Distribution::Constant(rounded(p.after)));
        }
    }
    out
}

/// Factors of the weekdays, Monday first.
fn weekdays(m: &Material<'_>, model: &ItemModel) -> Vec<f64> {
    let mut out = vec![1.0; 7];
    for d in 0..7 {
        out[m.sold().season(m.sold().periods + d)] = model.cycle_at(d);
    }
    out
}

/// Factors of the months, where the sales tell them: of monthly sales their cycle, else the yearly wave, if one was fitted.
fn season(m: &Material<'_>, model: &ItemModel) -> Option<Vec<f64>> {
    let (mut sums, mut counts) = (vec![0.0; 12], vec![0.0; 12]);
    let periods = m.sold().step.per_year().round() as usize;
    for h in 0..periods {
        let month = m.sold().date(m.sold().periods + h).month();
        let cycle = if matches!(m.sold().step, Step::Month | Step::Quarter) { 1.0 } else { model.cycle_at(h) };
        if cycle > 1e-6 {
            // Growth is no season: it is written apart.
            sums[month] += model.factor(h) / cycle / model.trend().map_or(1.0, |trend| trend.ahead(h));
            counts[month] += 1.0;
        }
    }
    let raw: Vec<f64> = sums.iter().zip(&counts).map(|(s, n)| if *n > 0.0 { s / n } else { 1.0 }).collect();
    let mean = raw.iter().sum::<f64>() / 12.0;
    let factors: Vec<f64> = raw.iter().map(|f| f / mean).collect();
    factors.iter().any(|f| (f - 1.0).abs() > 0.01).then_some(factors)
}

fn lognormal(median: f64, p90: f64) -> Distribution {
    let (median, p90) = (Some(rounded(median)), Some(rounded(p90.max(median * 1.01))));
    raw::Family::Lognormal(raw::Lognormal { median, p90, mean: None, cv: None }).into()
}

/// The number of which [`number`] is the text.
fn rounded(value: f64) -> f64 {
    number(value).parse().unwrap_or(0.0)
}

/// To four digits: as the analyst would write it.
fn number(value: f64) -> String {
    if !value.is_finite() || value == 0.0 {
        return "0".into();
    }
    let digits = (3 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_four_digits() {
        for (v, s) in [(0.0, "0"), (12.345_67, "12.35"), (0.001_234_5, "0.001234"), (98_765.4, "98765"), (3.0, "3")] {
            assert_eq!(number(v), s);
            assert_eq!(rounded(v).to_string(), s);
        }
    }
}
