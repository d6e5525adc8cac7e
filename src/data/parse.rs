//! Numbers and dates as people write them.

use crate::calendar::Day;

/// A number, and whether it had to be read with some care.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub value: f64,
    /// It was written with thousands separators or a decimal comma.
    pub separators: bool,
}

/// The decimal mark of a number that leaves no choice: `12,5`, `0,125`, `1.234,5` and `1.234.567` have a comma, `12.5` and `1,234.5` a point.
pub(super) fn decimal_mark(text: &str) -> Option<char> {
    let digits = text.trim_start_matches(['-', '+', '(', '\u{2212}']).trim_end_matches(')');
    if !digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.')) {
        return None;
    }
    let (mark, at) = digits.char_indices().rev().find(|(_, c)| matches!(c, ',' | '.')).map(|(i, c)| (c, i))?;
    let other = if mark == ',' { '.' } else { ',' };
    if digits.contains(other) {
        return Some(mark);
    }
    match (digits.matches(mark).count(), digits.len() - at - 1) {
        (1, 3) if !digits.starts_with('0') => None,
        (1, _) => Some(mark),
        _ => Some(other),
    }
}

/// Reads a number: `1234`, `1,234`, `1 234`, `1'234`, `1.234,5`, `12,5`, `(12)` for minus twelve. One mark before exactly three
/// digits separates thousands if it is a comma, or, in a file with decimal commas, if it is a point. Absent if the text is none.
pub(super) fn number(text: &str, decimal_commas: bool) -> Option<Number> {
    if decimal_commas && decimal_mark(text).is_none() && text.contains([',', '.']) {
        let swapped: String = text
            .chars()
            .map(|c| {
                if c == ',' {
                    '.'
                } else if c == '.' {
                    ','
                } else {
                    c
                }
            })
            .collect();
        return number(&swapped, false).map(|n| Number { separators: true, ..n });
    }
    if let Ok(value) = text.parse::<f64>() {
        return value.is_finite().then_some(Number { value, separators: false });
    }
    let (negative, body) = match text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        Some(inside) => (true, inside),
        None => match text.strip_prefix(['-', '\u{2212}']) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        },
    };
    let body: String = body.chars().filter(|c| !matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}')).collect();
    if !body.starts_with(|c: char| c.is_ascii_digit())
        || !body.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.'))
    {
        return None;
    }
    // The last separator that stands once is the decimal one, unless it is a comma before three digits.
    let plain = match (body.rfind(','), body.rfind('.')) {
        (Some(comma), Some(point)) if comma > point => {
            grouped(&body[..comma], '.')?.replace('.', "") + "." + &body[comma + 1..]
        }
        (Some(_), Some(point)) => grouped(&body[..point], ',')?.replace(',', "") + &body[point..],
        (Some(comma), None) if body.matches(',').count() == 1 && body.len() - comma != 4 => body.replace(',', "."),
        (Some(_), None) => grouped(&body, ',')?.replace(',', ""),
        (None, Some(_)) if body.matches('.').count() > 1 => grouped(&body, '.')?.replace('.', ""),
        _ => body,
    };
    let value: f64 = plain.parse().ok()?;
    Some(Number { value: if negative { -value } else { value }, separators: true })
}

/// The text if its groups behind the first have three digits each.
fn grouped(text: &str, separator: char) -> Option<&str> {
    text.split(separator).skip(1).all(|g| g.len() == 3 && g.bytes().all(|b| b.is_ascii_digit())).then_some(text)
}

/// Which of day and month stands first in dates such as 3/4/2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
}

/// A date as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Known(Day),
    /// Two numbers and a year: which is the month is not said.
    Either {
        first: i8,
        second: i8,
        year: i16,
    },
    No,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads a date: `2026-07-01`, `2026/7/1`, `20260701`, `1 Jul 2026`, `Jul 1, 2026`, `2026-07`, `2026-W27`, `1/7/2026`, `1.7.26`. A time of day
/// behind it is dropped.
pub(super) fn date(text: &str) -> Written {
    let known = |y: i16, m: i8, d: i8| {
        jiff::civil::Date::new(y, m, d).map_or(Written::No, |x| Written::Known(Day::from_date(x)))
    };
    if let Some(day) = text.get(..10).and_then(|t| t.parse::<jiff::civil::Date>().ok()) {
        return Written::Known(Day::from_date(day));
    }
    if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
        return match (text[..4].parse(), text[4..6].parse(), text[6..].parse()) {
            (Ok(y), Ok(m), Ok(d)) => known(y, m, d),
            _ => Written::No,
        };
    }
    let text = text.split_once(['T', 't']).filter(|(_, t)| t.contains(':')).map_or(text, |(d, _)| d);
    let parts: Vec<&str> = text
        .split(|c: char| matches!(c, '-' | '/' | '.' | ',') || c.is_whitespace())
        .filter(|p| !p.is_empty() && !p.contains(':'))
        .collect();
    let year = |text: &str| match text.len() {
        4 => text.parse::<i16>().ok(),
        // Two digits: the years from 1970 to 2069.
        2 => text.parse::<i16>().ok().map(|y| if y >= 70 { 1900 + y } else { 2000 + y }),
        _ => None,
    };
    let month = |text: &str| {
        let short = text.get(..3)?.to_ascii_lowercase();
        MONTHS.iter().position(|m| *m == short && text.bytes().all(|b| b.is_ascii_alphabetic())).map(|m| m as i8 + 1)
    };
    let small = |text: &str| text.parse::<i8>().ok();
    match parts.as_slice() {
        [y, w] if y.len() == 4 && w.len() == 3 && w.starts_with(['W', 'w']) => match (year(y), small(&w[1..])) {
            (Some(y), Some(w)) => jiff::civil::ISOWeekDate::new(y, w, jiff::civil::Weekday::Monday)
                .map_or(Written::No, |x| Written::Known(Day::from_date(x.date()))),
            _ => Written::No,
        },
        [a, b] => match (year(a).zip(small(b)), year(b).zip(month(a)), year(b).zip(small(a))) {
            (Some((y, m)), ..) if a.len() == 4 => known(y, m, 1),
            (_, Some((y, m)), _) => known(y, m, 1),
            (.., Some((y, m))) if b.len() == 4 => known(y, m, 1),
            _ => Written::No,
        },
        [a, b, c] => {
            if a.len() == 4 {
                return match (year(a), small(b), small(c)) {
                    (Some(y), Some(m), Some(d)) => known(y, m, d),
                    _ => Written::No,
                };
            }
            match (month(a), month(b), year(c)) {
                (Some(m), _, Some(y)) => small(b).map_or(Written::No, |d| known(y, m, d)),
                (_, Some(m), Some(y)) => small(a).map_or(Written::No, |d| known(y, m, d)),
                (None, None, Some(year)) => match (small(a), small(b)) {
                    (Some(first @ 1..=31), Some(second @ 1..=31)) if first <= 12 || second <= 12 => {
                        Written::Either { first, second, year }
                    }
                    _ => Written::No,
                },
                _ => Written::No,
            }
        }
        _ => Written::No,
    }
}

/// The day that `Written::Either` means in this order; absent if there is none.
pub(super) fn in_order(order: DateOrder, first: i8, second: i8, year: i16) -> Option<Day> {
    let (d, m) = match order {
        DateOrder::DayFirst => (first, second),
        DateOrder::MonthFirst => (second, first),
    };
    jiff::civil::Date::new(year, m, d).ok().map(Day::from_date)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_people_write_them() {
        for (text, value, separators) in [
            ("12", 12.0, false),
            ("12.5", 12.5, false),
            ("-3", -3.0, false),
            ("1,234", 1234.0, true),
            ("1,234,567", 1_234_567.0, true),
            ("1 234", 1234.0, true),
            ("1\u{a0}234", 1234.0, true),
            ("1'234", 1234.0, true),
            ("1.234,5", 1234.5, true),
            ("1,234.5", 1234.5, true),
            ("1.234.567", 1_234_567.0, true),
            ("12,5", 12.5, true),
            ("(12)", -12.0, true),
        ] {
            assert_eq!(number(text, false), Some(Number { value, separators }), "{text}");
        }
        for text in ["", "x", "12,34,567", "1.2.3", "NaN", "inf", "12 pcs", "--3", "1,2345.6"] {
            assert_eq!(number(text, false), None, "{text}");
        }
    }

    /// A point before three digits is a decimal one, unless the file has decimal commas.
    #[test]
    fn one_file_has_one_decimal_mark() {
        for (text, points, commas) in [
            ("1.234", 1.234, 1234.0),
            ("-1.234", -1.234, -1234.0),
            ("1,234", 1234.0, 1.234),
            ("12,5", 12.5, 12.5),
            ("12.5", 12.5, 12.5),
            ("0.125", 0.125, 0.125),
            ("1.234,5", 1234.5, 1234.5),
            ("1 234", 1234.0, 1234.0),
            ("12", 12.0, 12.0),
        ] {
            let of = |c| number(text, c).map(|n| n.value);
            assert_eq!((of(false), of(true)), (Some(points), Some(commas)), "{text}");
        }
        for (text, mark) in [
            ("12,5", Some(',')),
            ("0,125", Some(',')),
            ("1.234,5", Some(',')),
            ("1.234.567", Some(',')),
            ("(12,50)", Some(',')),
            ("12.5", Some('.')),
            ("1,234,567", Some('.')),
            ("1,234", None),
            ("1.234", None),
            ("12", None),
            ("", None),
        ] {
            assert_eq!(decimal_mark(text), mark, "{text}");
        }
    }

    #[test]
    fn dates_as_people_write_them() {
        let day = |y, m, d| Written::Known(Day::from_date(jiff::civil::date(y, m, d)));
        for text in [
            "2026-07-01",
            "2026/7/1",
            "20260701",
            "1 Jul 2026",
            "Jul 1, 2026",
            "1-July-2026",
            "2026-07",
            "2026-07-01T08:30",
            "2026-07-01 08:30:00",
            "07/2026",
            "Jul 2026",
            "2026.7.1",
        ] {
            assert_eq!(date(text), day(2026, 7, 1), "{text}");
        }
        assert_eq!(date("2026-W27"), day(2026, 6, 29), "the Monday of the week");
        assert_eq!(date("3/4/2026"), Written::Either { first: 3, second: 4, year: 2026 });
        assert_eq!(date("31.12.25"), Written::Either { first: 31, second: 12, year: 2025 });
        assert_eq!(in_order(DateOrder::DayFirst, 3, 4, 2026), Some(Day::from_date(jiff::civil::date(2026, 4, 3))));
        for text in ["", "yesterday", "2026-13-01", "31/31/2026", "2026", "1/2", "2026-02-30"] {
            assert_eq!(date(text), Written::No, "{text}");
        }
    }
}
