//! Numbers as people read them: `8.1 %`, `$12.4k`, `1,234`.

use restock_base::calendar::Day;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::Unit;

/// An estimate with its half-width as a table writes it; a dash where there is none.
#[must_use]
pub fn plus_minus(e: Option<&Estimate>, unit: Unit, currency: &str) -> String {
    e.map_or_else(|| "-".into(), |e| Digits::of(e, unit, currency).plus_minus())
}

/// A share as a percentage with enough digits to tell small ones apart. Only nothing is `0 %`, and only all is `100 %`.
#[must_use]
pub fn share(value: f64) -> String {
    let percent = value * 100.0;
    let decimals = match percent.abs() {
        p if p >= 9.995 && p.fract().abs() < 1e-9 || p >= 999.5 => 0,
        p if p >= 0.995 => 1,
        p if p >= 0.0095 => 2,
        _ => 3,
    };
    share_to(value, decimals)
}

/// A share as a percentage with that many decimals. What is not all is never rounded to all, nor what is not nothing to
/// nothing: `> 99.9 %`, `< 0.1 %`.
#[must_use]
pub fn share_to(value: f64, decimals: usize) -> String {
    let percent = value * 100.0;
    let step = 0.1_f64.powi(decimals as i32);
    let size = percent.abs();
    let rounded = (size / step).round() * step;
    // Sums of halves and thirds miss 1 by a few bits.
    let all = (size - 100.0).abs() < 1e-9;
    let minus = if percent < 0.0 { "-" } else { "" };
    match size {
        0.0 => "0 %".to_owned(),
        _ if all => format!("{minus}100 %"),
        _ if rounded < step / 2.0 => {
            format!("{} {minus}{} %", if percent > 0.0 { "<" } else { ">" }, fixed(step, decimals))
        }
        s if s < 100.0 && rounded > 100.0 - step / 2.0 => {
            format!("{} {minus}{} %", if percent > 0.0 { ">" } else { "<" }, fixed(100.0 - step, decimals))
        }
        _ => format!("{} %", fixed(percent, decimals)),
    }
}

/// Shares of one whole with one decimal each, so that they add up to 100 % as they are written: the last tenths go to those
/// that lose most by rounding down (the method of the largest remainder). What is there but too small is `< 0.1 %`.
#[must_use]
pub fn adding_up(shares: &[f64]) -> Vec<String> {
    let exact: Vec<f64> = shares.iter().map(|s| s * 1000.0).collect();
    let mut tenths: Vec<i64> = exact.iter().map(|v| v.floor() as i64).collect();
    let whole = exact.iter().sum::<f64>().round() as i64;
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|a, b| (exact[*b] - exact[*b].floor()).total_cmp(&(exact[*a] - exact[*a].floor())));
    let short = (whole - tenths.iter().sum::<i64>()).max(0) as usize;
    order.into_iter().take(short).for_each(|i| tenths[i] += 1);
    let written = |(share, tenths): (&f64, i64)| match (*share, tenths) {
        (0.0, _) => "0 %".to_owned(),
        (_, 0) => "< 0.1 %".to_owned(),
        (s, 1000) if s < 1.0 => "> 99.9 %".to_owned(),
        (_, t) => format!("{} %", fixed(t as f64 / 10.0, if t == 1000 { 0 } else { 1 })),
    };
    shares.iter().zip(tenths).map(written).collect()
}

/// Money in the short form of slides: `$940`, `$12.4k`, `$3.1m`, and on to `bn` (10^9) and `tn` (10^12).
#[must_use]
pub fn money(value: f64, currency: &str) -> String {
    let v = value.abs();
    let body = match v {
        v if v < 9.995 => fixed(v, 2),
        v => match scale(v) {
            (_, "") => fixed(v, 0),
            (per, suffix) => short(v / per, suffix),
        },
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

/// A whole number more or less, with its sign; what rounds to nothing is `+0`, from whichever side it comes.
#[must_use]
pub fn more(x: f64) -> String {
    format!("{:+.0}", x.round() + 0.0)
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
        Unit::Units
        | Unit::UnitDays
        | Unit::Orders
        | Unit::CustomerOrders
        | Unit::Parcels
        | Unit::Containers
        | Unit::PerYear => count(value),
    }
}

/// The value without `%` or `d`: an end of an interval behind a value that has them.
#[must_use]
pub fn bare(v: f64, unit: Unit, currency: &str) -> String {
    without_unit(&value(v, unit, currency))
}

fn without_unit(text: &str) -> String {
    text.replace(" %", "").replace(" d", "")
}

/// A difference with its sign; of shares in percentage points.
#[must_use]
pub fn change(by: f64, unit: Unit, currency: &str) -> String {
    signed(&value(by, unit, currency), by, unit)
}

fn signed(text: &str, by: f64, unit: Unit) -> String {
    let text = format!("{}{text}", if by > 0.0 && text.starts_with(|c: char| c != '<') { "+" } else { "" });
    if unit == Unit::Share { text.replace(" %", " points") } else { text }
}

/// The digits that an estimate is known to: all that is said of it (value, half-width, ends of the interval) is written to
/// the same place, that of the half-width, which keeps two digits if it begins below 3.55 and one if above (the rule of the
/// Particle Data Group, "Review of Particle Physics", section 5.3).
#[derive(Debug, Clone, Copy)]
pub struct Digits<'a> {
    estimate: Estimate,
    unit: Unit,
    currency: &'a str,
    /// Decimals, counted after division by the scale; absent where no interval tells them.
    decimals: Option<usize>,
    /// Money is written in thousands, millions and so on, by its value.
    scale: (f64, &'static str),
}

impl<'a> Digits<'a> {
    /// The place to which the interval of `estimate` tells its value, which has this unit (in `currency`, where it is
    /// money).
    #[must_use]
    pub fn of(estimate: &Estimate, unit: Unit, currency: &'a str) -> Self {
        let scale = match unit {
            Unit::Money | Unit::MoneyOverWindow | Unit::MoneyDays => scale(estimate.value),
            _ => (1.0, ""),
        };
        let per = if unit == Unit::Share { 0.01 } else { scale.0 };
        let most = if unit == Unit::Share { 3 } else { 2 };
        let decimals = estimate.half_width().filter(|h| *h > 0.0).map(|h| {
            let decimals = (-last_place(h / per)).clamp(0, most) as usize;
            // Dollars have cents or none.
            let cents = scale.1.is_empty() && decimals == 1 && money_like(unit);
            if cents { 2 } else { decimals }
        });
        Digits { estimate: *estimate, unit, currency, decimals, scale }
    }

    /// Any value, to the place of this estimate, with its unit.
    #[must_use]
    pub fn write(&self, v: f64) -> String {
        let Some(decimals) = self.decimals else { return value(v, self.unit, self.currency) };
        let body = || format!("{}{}", fixed(v.abs() / self.scale.0, decimals), self.scale.1);
        match self.unit {
            Unit::Share => share_to(v, decimals),
            Unit::Days => format!("{} d", fixed(v, decimals)),
            Unit::MoneyDays => format!("{} days", in_currency(v, &body(), self.currency)),
            u if money_like(u) => in_currency(v, &body(), self.currency),
            _ => fixed(v, decimals),
        }
    }

    /// The estimate without its interval.
    #[must_use]
    pub fn value(&self) -> String {
        self.write(self.estimate.value)
    }

    /// Half the interval, if there is one that the digits can show.
    #[must_use]
    pub fn half_width(&self) -> Option<String> {
        let half = self.estimate.half_width().filter(|h| *h > 0.0)?;
        let text = without_unit(&self.write(half));
        text.chars().any(|c| ('1'..='9').contains(&c)).then_some(text).filter(|t| !t.contains('<'))
    }

    /// Ends of the interval without their unit, if there is one.
    #[must_use]
    pub fn ends(&self) -> Option<(String, String)> {
        let (low, high) = self.estimate.interval().filter(|(a, b)| a < b)?;
        // The normal law knows nothing of the ends of a share.
        let share = self.unit == Unit::Share;
        let (low, high) = if share { (low.max(0.0), high.min(self.estimate.value.max(1.0))) } else { (low, high) };
        Some((without_unit(&self.write(low)), without_unit(&self.write(high))))
    }

    /// `9.6 % ± 1.2`.
    #[must_use]
    pub fn plus_minus(&self) -> String {
        self.half_width().map_or_else(|| self.value(), |h| format!("{} ± {h}", self.value()))
    }

    /// `9.6 % (8.4 to 10.8)`.
    #[must_use]
    pub fn range(&self) -> String {
        self.ends().map_or_else(|| self.value(), |(a, b)| format!("{} ({a} to {b})", self.value()))
    }

    /// A difference with its sign, and the ends of its interval; shares in points.
    #[must_use]
    pub fn change(&self) -> (String, Option<(String, String)>) {
        let said = |v: f64| signed(&self.write(v), v, self.unit);
        let bare = |v: f64| said(v).replace(" points", "").replace(" d", "");
        let ends = self.estimate.interval().filter(|(a, b)| a < b).map(|(a, b)| (bare(a), bare(b)));
        (said(self.estimate.value), ends)
    }
}

fn money_like(unit: Unit) -> bool {
    matches!(unit, Unit::Money | Unit::MoneyOverWindow | Unit::MoneyPerOrder | Unit::MoneyDays)
}

/// Power of ten of the last digit that a half-width is written with.
fn last_place(half_width: f64) -> i32 {
    let power = half_width.log10().floor() as i32;
    if half_width < 3.55 * 10_f64.powi(power) { power - 1 } else { power }
}

/// What an amount of this size is divided by, and what stands for that.
fn scale(value: f64) -> (f64, &'static str) {
    match value.abs() {
        v if v < 999.5 => (1.0, ""),
        v if v < 999_500.0 => (1e3, "k"),
        v if v < 999.5e6 => (1e6, "m"),
        v if v < 999.5e9 => (1e9, "bn"),
        _ => (1e12, "tn"),
    }
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
    fn nothing_has_no_sign() {
        assert_eq!([-0.4, 0.4, -0.6, 7.2].map(more), ["+0", "+0", "-1", "+7"]);
    }

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
            (0.000_009, "0.001 %"),
            (1e-9, "< 0.001 %"),
            (-0.062, "-6.2 %"),
            (0.123_45, "12.3 %"),
            (0.9999, "> 99.9 %"),
            (0.996, "99.6 %"),
            (0.999_6, "> 99.9 %"),
            (1.204, "120.4 %"),
            (-0.999_9, "< -99.9 %"),
        ] {
            assert_eq!(share(v), text, "{v}");
        }
    }

    #[test]
    fn shares_of_one_whole_add_up() {
        assert_eq!(adding_up(&[1.0 / 3.0; 3]), ["33.4 %", "33.3 %", "33.3 %"]);
        assert_eq!(
            adding_up(&[0.888, 0.085, 0.000_3, 0.008_7, 0.018, 0.0]),
            ["88.8 %", "8.5 %", "< 0.1 %", "0.9 %", "1.8 %", "0 %"]
        );
        assert_eq!(adding_up(&[1.0, 0.0]), ["100 %", "0 %"]);
        assert_eq!(adding_up(&[0.999_99, 0.000_01]), ["> 99.9 %", "< 0.1 %"]);
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

    /// Value, half-width and ends are written to one place.
    #[test]
    fn digits_follow_the_interval() {
        let with = |value, half: f64| Estimate::between(value, value - half, value + half);
        for (value, half, unit, plus_minus, range) in [
            (0.096, 0.012, Unit::Share, "9.6 % ± 1.2", "9.6 % (8.4 to 10.8)"),
            (0.009_8, 0.000_6, Unit::Share, "0.98 % ± 0.06", "0.98 % (0.92 to 1.04)"),
            (0.04, 0.009_7, Unit::Share, "4.0 % ± 1.0", "4.0 % (3.0 to 5.0)"),
            (0.999_6, 0.004, Unit::Share, "> 99.9 % ± 0.4", "> 99.9 % (99.6 to 100)"),
            (247_000.0, 35_100.0, Unit::Money, "$247k ± $35k", "$247k ($212k to $282k)"),
            (74_900.0, 719.0, Unit::Money, "$74.9k ± $0.7k", "$74.9k ($74.2k to $75.6k)"),
            (-74_900.0, 719.0, Unit::Money, "-$74.9k ± $0.7k", "-$74.9k (-$75.6k to -$74.2k)"),
            (2_400.0, 0.001, Unit::Money, "$2.40k", "$2.40k ($2.40k to $2.40k)"),
            (380.0, 284.0, Unit::Money, "$380 ± $284", "$380 ($96 to $664)"),
            (40.78, 0.31, Unit::MoneyPerOrder, "$40.78 ± $0.31", "$40.78 ($40.47 to $41.09)"),
            (83.9, 0.7, Unit::Days, "83.9 d ± 0.7", "83.9 d (83.2 to 84.6)"),
            (1_035.0, 134.0, Unit::Units, "1,035 ± 134", "1,035 (901 to 1,169)"),
        ] {
            let e = with(value, half);
            let digits = Digits::of(&e, unit, "USD");
            assert_eq!(digits.plus_minus(), plus_minus);
            assert_eq!(digits.range(), range);
        }
        let d = with(-0.033, 0.006);
        assert_eq!(
            Digits::of(&d, Unit::Share, "USD").change(),
            ("-3.3 points".into(), Some(("-3.9".into(), "-2.7".into())))
        );
        let one = Estimate::new(0.096, None);
        assert_eq!(Digits::of(&one, Unit::Share, "USD").plus_minus(), "9.6 %");
    }
}
