//! The fitted demand as a scenario: to be read, edited and run.

use super::outlook::Material;
use super::{format, standing};
use crate::calendar::Day;
use crate::forecast::spikes::PromotionFit;
use crate::forecast::{Item, ItemModel, Step};
use crate::names::clean;
use crate::stats::special::Z90;
use std::fmt::Write;

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
    /// Keys of a `history` that is read as the file was, with their values in TOML.
    pub history: &'a [(&'static str, String)],
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
    let keys: Vec<String> = source.history.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let mut out = format!(
        "# Demand as `restock forecast` fitted it on {}, {} to {}.\n\
         # Read it, change it, run it:  restock run <this file>\n#\n\
         # What the sales do not tell is an assumption, and marked: replace it.\n#\n\
         # The sales themselves, read as they were here, drive a product whose `product.demand` is replaced by this line\n\
         # (put the file beside this one):\n\
         # history = {{ {} }}\n\n\
         name = {}\n\
         currency = {}\n\n\
         [horizon]\nstart = {start}{}\ndays = {DAYS}\n\n\
         [monte-carlo]\nreplications = 1_000\nseed = 1\n",
        comment(source.file),
        format::date(panel.first),
        format::date(end.plus(-1)),
        keys.join(", "),
        quoted(&format!("Forecast of {file}")),
        source.currency.map_or_else(|| "\"USD\"           # assumption".to_owned(), quoted),
        if start == end { "" } else { "         # moved: factory holidays are not known for the days after the sales" },
    );
    for i in m.largest().into_iter().take(PRODUCTS) {
        product(&mut out, m, i, promoted[i].as_ref(), start.0 - end.0);
    }
    out += "\n[[supply]]\nname = \"Ocean freight + 3PL\"\npreset = \"ocean-3pl\"\n\n\
            [[supply]]\nname = \"Direct from manufacturer\"\npreset = \"direct\"\n";
    out
}

fn product(out: &mut String, m: &Material<'_>, i: usize, promoted: Option<&PromotionFit>, moved: i32) {
    let (item, model) = (&m.sold().items[i], m.spikes().model.item(i));
    let days = 365.25 / m.sold().step.per_year();
    let price = item.price.filter(|p| *p > 0.0);
    let assumed = |known: bool| if known { "" } else { "         # assumption" };
    let _ = writeln!(out, "\n[[product]]\nsku = {}", quoted(&item.name));
    let _ = writeln!(out, "price = {}{}", number(price.unwrap_or(25.0)), assumed(price.is_some()));
    let _ =
        writeln!(out, "unit-cost = {}         # assumption: 30 % of the price", number(0.3 * price.unwrap_or(25.0)));
    out.push_str("weight-kg = 0.4         # assumption\nvolume-litres = 2       # assumption\n\n[product.demand]\n");
    // What has ended on a share of paths sells the rest on average.
    let ended = standing::ended(m, i);
    let left = if item.has_ended(m.sold()) { 0.0 } else { 1.0 - ended.unwrap_or(0.0) };
    let stopped = match (standing::known_end(m, i), ended) {
        (Some(end), _) => Some(format!("; {end}")),
        (None, Some(p)) => Some(format!("; has stopped selling, and ended on {} of paths: the rest", format::share(p))),
        (None, None) => None,
    };
    let _ = writeln!(
        out,
        "mean-per-day = {}         # in the long run, spikes apart; {} at the end of the sales{}",
        number(left * model.long_run() / days),
        number(left * model.level() / days),
        stopped.unwrap_or_default()
    );
    let a = model.law().inverse_dispersion();
    if a > 1e-6 {
        // Of a period of many days: each as noisy as makes their sum so.
        let _ = writeln!(out, "dispersion = {}", number((1.0 / (a * days)).clamp(0.001, 1e9)));
    }
    if m.sold().step == Step::Day {
        let _ = writeln!(out, "weekday = [{}]         # Monday first", list(&weekdays(m, model)));
    }
    if let Some(trend) = model.trend() {
        let _ = writeln!(
            out,
            "trend-per-year = {}         # of the next year: {} of a growth of {} a year is taken to go on, and to level off",
            number(trend.ahead(365) - 1.0),
            format::share(trend.believed),
            format::share(trend.a_year())
        );
    }
    if let Some(season) = season(m, model) {
        let _ = writeln!(out, "season = [{}]         # January first", list(&season));
    }
    if let Some(s) = m.spikes().surge(i).map(|s| s.by_day(days)) {
        let seen = m.spikes().list.iter().filter(|s| s.item == i).count();
        let bulk = m.spikes().list.iter().filter(|s| s.item == i && s.largest_line.is_some_and(|l| l >= 0.5)).count();
        let lines = if bulk > 0 { format!(", {bulk} of them mostly one order line") } else { String::new() };
        let _ = writeln!(
            out,
            "\n[product.demand.surge]         # {} seen{lines}; few are mixed with the other products'\n\
             per-year = {}\npeak-uplift = {}\ndecay = {{ exponential = {{ tau-days = {} }} }}",
            if seen == 1 { "1 spike was".to_owned() } else { format!("{seen} spikes were") },
            number(s.per_year),
            lognormal(s.median_uplift, s.p90_uplift),
            number(s.tau_days)
        );
    }
    if let Some(p) = promoted {
        campaigns(out, m, item, p, moved);
    }
}

/// Promotions to come: planned ones if the sales have rows ahead, else as often as they came.
fn campaigns(out: &mut String, m: &Material<'_>, item: &Item, p: &PromotionFit, moved: i32) {
    let end = m.sold().date(m.sold().periods);
    let known = item.units.len();
    let mut runs: Vec<(Day, i32)> = Vec::new();
    for t in known..item.promotion.len() {
        if item.promotion[t] > 0.0 {
            let (day, next) = (m.sold().date(item.start + t), m.sold().date(item.start + t + 1));
            match runs.last_mut() {
                Some(r) if r.0.plus(r.1) == day => r.1 += next.0 - day.0,
                _ => runs.push((day, next.0 - day.0)),
            }
        }
    }
    let planned = !runs.is_empty();
    let length = p.days.round().max(1.0) as i32;
    if let Some((every, _)) = p.every_days.filter(|_| !planned) {
        let last = m.sold().date(item.start + p.last_start);
        let starts = (1..).map(|k| last.plus((f64::from(k) * every.max(1.0)).round() as i32));
        runs.extend(starts.take_while(|d| d.0 < end.0 + DAYS).filter(|d| *d >= end).map(|d| (d, length)));
    }
    let why = match (planned, p.every_days) {
        (true, _) => "as planned in the sales file".to_owned(),
        (false, Some((every, variation))) => format!(
            "one every {} days from start to start (coefficient of variation {}), as before",
            number(every),
            number(variation)
        ),
        (false, None) => "one was seen; when the next comes is not known".to_owned(),
    };
    let _ = writeln!(out, "\n# Promotions: {} were seen, {} days each. To come: {why}.", p.seen, number(p.days));
    let limit = end.plus(DAYS);
    for (start, days) in runs.into_iter().filter(|r| r.0 < limit) {
        let mut part = |name: &str, start: Day, days: i32, uplift: &str| {
            let days = days.min(limit.0 - start.0);
            if days > 0 {
                let start = start.plus(moved);
                let name = quoted(&format!("{name} {}", format::date(start)));
                let _ = writeln!(
                    out,
                    "\n[[product.demand.campaign]]\nname = {name}\nstart = {start}\ndays = {days}\nuplift = {uplift}"
                );
            }
        };
        let median = p.uplift * (-0.5 * p.sd_log * p.sd_log).exp();
        let uplift =
            if p.sd_log > 0.02 { lognormal(median, median * (Z90 * p.sd_log).exp()) } else { number(p.uplift) };
        part("Promotion", start, days, &uplift);
        // Who stocked up buys less for a while.
        if (p.after - 1.0).abs() > 0.02 {
            part("After the promotion", start.plus(days), days, &number(p.after));
        }
    }
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

fn lognormal(median: f64, p90: f64) -> String {
    format!("{{ lognormal = {{ median = {}, p90 = {} }} }}", number(median), number(p90.max(median * 1.01)))
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

fn list(values: &[f64]) -> String {
    values.iter().map(|v| number(*v)).collect::<Vec<_>>().join(", ")
}

/// A basic string of TOML, of what is text: a scenario holds nothing else.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in clean(text).as_deref().unwrap_or(text).chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Text for a comment: on one line.
fn comment(text: &str) -> String {
    clean(text).unwrap_or_else(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_toml() {
        for (v, s) in [(0.0, "0"), (12.345_67, "12.35"), (0.001_234_5, "0.001234"), (98_765.4, "98765"), (3.0, "3")] {
            assert_eq!(number(v), s);
        }
        assert_eq!(quoted("a \"b\" \\ \n\u{1b}"), "\"a \\\"b\\\" \\\\  \u{fffd}\"");
        assert_eq!(comment("a\nb"), "a b");
    }
}
