//! Numbers as people read them: `8.1 %`, `$12.4k`, `1,234`.

use crate::calendar::Day;
use crate::model::Unit;

/// A share as a percentage with enough digits to tell small ones apart.
#[must_use]
pub fn share(value: f64) -> String {
    let percent = value * 100.0;
    let text = match percent.abs() {
        0.0 => "0".to_owned(),
        p if p >= 99.95 || p >= 9.995 && p.fract().abs() < 1e-9 => fixed(percent, 0),
        p if p >= 0.995 => fixed(percent, 1),
        p if p >= 0.0095 => fixed(percent, 2),
        p if p >= 0.000_95 => fixed(percent, 3),
        _ => return if percent > 0.0 { "< 0.001 %".into() } else { "> -0.001 %".into() },
    };
    format!("{text} %")
}

/// Money in the short form of slides: `$940`, `$12.4k`, `$3.1m`, and on to `bn` (10^9) and `tn` (10^12).
#[must_use]
pub fn money(value: f64, currency: &str) -> String {
    let v = value.abs();
    let body = match v {
        v if v < 9.995 => fixed(v, 2),
        v if v < 999.5 => fixed(v, 0),
        v if v < 999_500.0 => short(v / 1e3, "k"),
        v if v < 999.5e6 => short(v / 1e6, "m"),
        v if v < 999.5e9 => short(v / 1e9, "bn"),
        v => short(v / 1e12, "tn"),
    };
    in_currency(value, &body, currency)
}

/// Money to the cent: `$1,234.50`.
#[must_use]
pub fn amount(value: f64, currency: &str) -> String {
    in_currency(value, &fixed(value.abs(), 2), currency)
}

/// The symbol of a currency; empty if only its code is used.
#[must_use]
pub fn symbol(currency: &str) -> &'static str {
    match currency {
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" | "CNY" => "¥",
        _ => "",
    }
}

fn in_currency(value: f64, body: &str, currency: &str) -> String {
    let sign = if value < 0.0 && body.chars().any(|c| ('1'..='9').contains(&c)) { "-" } else { "" };
    match symbol(currency) {
        "" => format!("{sign}{body} {currency}"),
        symbol => format!("{sign}{symbol}{body}"),
    }
}

fn short(v: f64, suffix: &str) -> String {
    format!("{}{suffix}", if v < 99.95 { fixed(v, 1) } else { fixed(v, 0) })
}

/// A count with thousands separated; small ones keep a decimal.
#[must_use]
pub fn count(value: f64) -> String {
    match value.abs() {
        v if v == v.trunc() => fixed(value, 0),
        v if v < 0.1 => fixed(value, 3),
        v if v < 10.0 => fixed(value, 2),
        v if v < 100.0 => fixed(value, 1),
        _ => fixed(value, 0),
    }
}

/// So many of something: `1 item`, `2,000 items`.
#[must_use]
pub fn counted(n: usize, noun: &str) -> String {
    format!("{} {noun}{}", count(n as f64), if n == 1 { "" } else { "s" })
}

/// The value of a KPI with its unit.
#[must_use]
pub fn value(value: f64, unit: Unit, currency: &str) -> String {
    match unit {
        Unit::Share => share(value),
        Unit::Money | Unit::MoneyOverWindow => money(value, currency),
        Unit::MoneyPerOrder => amount(value, currency),
        Unit::MoneyDays => format!("{} days", money(value, currency)),
        Unit::Days => format!("{} d", if value.abs() < 100.0 { fixed(value, 1) } else { fixed(value, 0) }),
        Unit::Units | Unit::UnitDays | Unit::Orders | Unit::PerYear => count(value),
    }
}

/// The value without `%` or `d`: an end of an interval behind a value that has them.
#[must_use]
pub fn bare(v: f64, unit: Unit, currency: &str) -> String {
    value(v, unit, currency).replace(" %", "").replace(" d", "")
}

/// A difference with its sign; of shares in percentage points.
#[must_use]
pub fn change(by: f64, unit: Unit, currency: &str) -> String {
    let text = format!("{}{}", if by > 0.0 { "+" } else { "" }, value(by, unit, currency));
    if unit == Unit::Share { text.replace(" %", " points") } else { text }
}

/// Fixed decimals, thousands separated by commas, no negative zero.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (whole, fraction) = text.split_once('.').map_or((text.as_str(), ""), |(w, f)| (w, f));
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    let nothing = out.chars().all(|c| "0.,".contains(c));
    if value < 0.0 && !nothing { format!("-{out}") } else { out }
}

/// `Nov 26`: month and year.
#[must_use]
pub fn month(day: Day) -> String {
    let date = day.date();
    format!("{} {:02}", MONTHS[day.month()], date.year().rem_euclid(100))
}

/// `27 Nov 26`.
#[must_use]
pub fn date(day: Day) -> String {
    format!("{} {}", day.date().day(), month(day))
}

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        for (v, text) in [
            (0.0, "0 %"),
            (1.0, "100 %"),
            (0.081, "8.1 %"),
            (0.5, "50 %"),
            (0.0192, "1.9 %"),
            (0.001_23, "0.12 %"),
            (0.000_012, "0.001 %"),
            (1e-9, "< 0.001 %"),
            (-0.062, "-6.2 %"),
            (0.123_45, "12.3 %"),
            (0.9999, "100 %"),
        ] {
            assert_eq!(share(v), text, "{v}");
        }
    }

    #[test]
    fn amounts() {
        for (v, text) in [
            (0.0, "$0.00"),
            (940.0, "$940"),
            (12_400.0, "$12.4k"),
            (3.1e6, "$3.1m"),
            (-12_400.0, "-$12.4k"),
            (999_600.0, "$1.0m"),
            (123_456.0, "$123k"),
            (999.6e6, "$1.0bn"),
            (6.42e12, "$6.4tn"),
            (-1.2345e15, "-$1,234tn"),
        ] {
            assert_eq!(money(v, "USD"), text, "{v}");
        }
        assert_eq!(money(12_400.0, "SEK"), "12.4k SEK");
    }

    #[test]
    fn counts_and_dates() {
        assert_eq!(count(1_234.4), "1,234");
        assert_eq!(count(0.63), "0.63");
        assert_eq!(fixed(-0.001, 1), "0.0");
        assert_eq!(date(Day::from_date(jiff::civil::date(2026, 11, 27))), "27 Nov 26");
    }
}
