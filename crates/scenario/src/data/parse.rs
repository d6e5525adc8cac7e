//! Numbers and dates as people write them.

use super::months::{month, plain};
use jiff::ToSpan;
use restock_base::calendar::Day;
use restock_forecast::Step;

/// A number, and whether it had to be read with some care.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Number {
    pub value: f64,
    /// It was written with thousands separators or a decimal comma.
    pub separators: bool,
}

/// Signs of currencies.
pub(super) const SIGNS: [char; 7] = ['$', '€', '£', '¥', '₹', '₽', '₺'];

/// A number without the sign of a currency.
pub(super) fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| SIGNS.contains(&c) || c.is_whitespace())
}

/// Blanks and apostrophes, which separate thousands and nothing else.
fn separates_thousands(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\'' | '\u{2019}')
}

/// The decimal mark of a number that leaves no choice: `12,5`, `0,125`, `1.234,5`, `1 234,567` and `1.234.567` have a comma, `12.5` and `1,234.5` a point.
pub(super) fn decimal_mark(text: &str) -> Option<char> {
    let signs = |c: char| matches!(c, '-' | '+' | '(' | ')' | '\u{2212}');
    let spaced = bare(text).trim_matches(signs);
    let digits: String = spaced.chars().filter(|c| !separates_thousands(*c)).collect();
    if !digits.chars().all(|c| c.is_ascii_digit() || matches!(c, ',' | '.')) {
        return None;
    }
    let (mark, at) = digits.char_indices().rev().find(|(_, c)| matches!(c, ',' | '.')).map(|(i, c)| (c, i))?;
    let other = if mark == ',' { '.' } else { ',' };
    let has_thousands = digits.len() < spaced.len();
    if digits.contains(other) || has_thousands && digits.matches(mark).count() == 1 {
        return Some(mark);
    }
    match (digits.matches(mark).count(), digits.len() - at - 1) {
        (1, 3) if !digits.starts_with('0') => None,
        (1, _) => Some(mark),
        _ => Some(other),
    }
}

/// Reads a number: `1234`, `1,234`, `1 234`, `1'234`, `1.234,5`, `12,5`, `(12)` and `12-` for minus twelve. One mark before exactly three
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
        None => match text.strip_prefix(['-', '\u{2212}']).or_else(|| text.strip_suffix(['-', '\u{2212}'])) {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        },
    };
    let body: String = body.chars().filter(|c| !separates_thousands(*c)).collect();
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

/// What stands before the decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecimalMark {
    /// `1.5` is one and a half.
    Point,
    /// `1,5` is one and a half.
    Comma,
}

/// What else of a file tells where its decimals are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habits {
    /// Between cells; absent in a workbook.
    pub separator: Option<char>,
    /// Dates such as 31.12.2026.
    pub dotted_dates: bool,
}

/// Both readings of a file whose numbers leave the choice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Undecided {
    pub with_point: f64,
    pub with_comma: f64,
}

/// The decimal mark of a file from all its numbers, each with how often it stands there.
///
/// Numbers such as `12,5` or `1.234,5` leave no choice. Where there is none of them, one mark before exactly three digits (`1,234`)
/// may separate thousands or decimals. Beside plain numbers under a thousand it separates thousands: three decimals would be written
/// everywhere. If all numbers have it, the habits of the file decide: semicolons between cells with dates such as 31.12.2026
/// go with a decimal comma, commas between cells with a decimal point.
pub(super) fn judge_marks<'t>(
    cells: impl Iterator<Item = (&'t str, usize)> + Clone,
    habits: Habits,
) -> Result<DecimalMark, Undecided> {
    let (mut points, mut commas, mut open, mut small, mut large) = (0_usize, 0_usize, [0_usize; 2], 0_usize, 0_usize);
    for (text, n) in cells.clone() {
        match decimal_mark(text) {
            Some(',') => commas += n,
            Some(_) => points += n,
            None if text.contains(',') && number(text, false).is_some() => open[1] += n,
            None if text.contains('.') && number(text, false).is_some() => open[0] += n,
            None => match text.parse::<f64>() {
                Ok(v) if v.abs() < 1_000.0 => small += if v == 0.0 { 0 } else { n },
                Ok(_) => large += n,
                Err(_) => {}
            },
        }
    }
    let european = habits.separator == Some(';') && habits.dotted_dates;
    let mark = match (commas > 0, points > 0, open) {
        (true, false, _) => Some(DecimalMark::Comma),
        (false, true, _) | (false, false, [0, 0]) => Some(DecimalMark::Point),
        // Each number says itself what it is.
        (true, true, [0, 0]) => Some(DecimalMark::Point),
        (true, true, _) if commas * 99 < points => Some(DecimalMark::Point),
        (true, true, _) if points * 99 < commas => Some(DecimalMark::Comma),
        (true, true, _) => None,
        (false, false, [with_point, with_comma]) => {
            // What a file of thousands looks like, and whether its habits say otherwise.
            let thousands = if with_comma > 0 { DecimalMark::Point } else { DecimalMark::Comma };
            let decimals = if with_comma > 0 { DecimalMark::Comma } else { DecimalMark::Point };
            let habit = match (european, habits.separator) {
                (true, _) => Some(DecimalMark::Comma),
                (false, Some(',')) => Some(DecimalMark::Point),
                _ => None,
            };
            match (small > 0, large > 0) {
                _ if with_point > 0 && with_comma > 0 => None,
                (true, false) if habit != Some(decimals) || with_point > 0 => {
                    if with_point > 0 {
                        habit
                    } else {
                        Some(thousands)
                    }
                }
                (true, false) => None,
                (false, false) => habit,
                (_, true) => habit.filter(|h| *h == decimals),
            }
        }
    };
    mark.ok_or_else(|| {
        let value = |text, n: usize, commas| number(text, commas).map(|x| x.value * n as f64);
        let total = |commas| cells.clone().filter_map(|(text, n)| value(text, n, commas)).sum();
        Undecided { with_point: total(false), with_comma: total(true) }
    })
}

/// Which of day and month stands first in dates such as 3/4/2026.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateOrder {
    /// `3/4` is the third of April.
    DayFirst,
    /// `3/4` is the fourth of March.
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

/// Words for a quarter, and what may stand beside its number: `3rd`, `1er`, `2º`.
const QUARTERS: [&str; 11] =
    ["q", "t", "k", "qtr", "quarter", "quartal", "trimestre", "trimester", "trim", "kwartaal", "kwartal"];
const ORDINALS: [&str; 13] = ["st", "nd", "rd", "th", "er", "e", "eme", "o", "a", "º", "ª", "of", "de"];

/// The first day of a quarter, written in one of eight languages: `2025-Q3`, `Q3 2025`, `3Q25`, `3. Quartal 2025`, `T3 2025`, `III kwartał 2025`.
pub(super) fn quarter(text: &str) -> Option<Day> {
    let text = plain(text);
    // Letters and digits that stand together are two words: `2025q3`.
    let mut words: Vec<String> = Vec::new();
    let mut before = None;
    for c in text.chars() {
        let kind = if c.is_ascii_digit() { Some(false) } else { c.is_alphabetic().then_some(true) };
        match (kind, words.last_mut()) {
            (Some(_), Some(word)) if kind == before => word.push(c),
            (Some(_), _) => words.push(c.into()),
            (None, _) => {}
        }
        before = kind;
    }
    let (mut marks, mut numbers, mut years) = (0, Vec::new(), Vec::new());
    for word in &words {
        let roman = ["i", "ii", "iii", "iv"].iter().position(|r| r == word).map(|i| i as i8 + 1);
        match (word.as_str(), word.len()) {
            (w, _) if QUARTERS.contains(&w) => marks += 1,
            ("1" | "2" | "3" | "4", 1) => numbers.extend(word.parse::<i8>()),
            (_, 2 | 4) if word.bytes().all(|b| b.is_ascii_digit()) => years.extend(year(word)),
            (w, _) if ORDINALS.contains(&w) => {}
            _ => numbers.push(roman?),
        }
    }
    match (marks, numbers.as_slice(), years.as_slice()) {
        (1, [number], [year]) => jiff::civil::Date::new(*year, 3 * number - 2, 1).ok().map(Day::from_date),
        _ => None,
    }
}

/// A year of four digits, or of two: those from 1970 to 2069.
fn year(text: &str) -> Option<i16> {
    match text.len() {
        4 => text.parse().ok(),
        2 => text.parse::<i16>().ok().map(|y| if y >= 70 { 1900 + y } else { 2000 + y }),
        _ => None,
    }
}

/// A month, or a day, of a year that is counted from 1: `1-01` is the first month of the first year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    year: i32,
    month: i32,
    day: Option<i32>,
}

/// Reads `1-01`, `1/1`, `2-11-30`, `Year 2 Month 11`, `Y2M11`.
pub(super) fn counted(text: &str) -> Option<Counted> {
    let plain = plain(text);
    let words = plain.split(|c: char| !c.is_alphabetic()).filter(|w| !w.is_empty());
    if !words.clone().all(|w| ["y", "year", "m", "month", "d", "day"].contains(&w)) {
        return None;
    }
    let numbers: Result<Vec<i32>, _> =
        plain.split(|c: char| !c.is_ascii_digit()).filter(|n| !n.is_empty()).map(str::parse).collect();
    let counted = match numbers.ok()?.as_slice() {
        [year, month] => Counted { year: *year, month: *month, day: None },
        [year, month, day] => Counted { year: *year, month: *month, day: Some(*day) },
        _ => return None,
    };
    let possible = (1..=99).contains(&counted.year)
        && (1..=12).contains(&counted.month)
        && counted.day.is_none_or(|d| (1..=31).contains(&d));
    possible.then_some(counted)
}

impl Counted {
    /// The day, if the first year begins on `start`.
    pub fn from(self, start: Day) -> Option<Day> {
        let months = i64::from(12 * (self.year - 1) + self.month - 1);
        let month = start.date().checked_add(months.months()).ok()?;
        match self.day {
            None => Some(Day::from_date(month.first_of_month())),
            Some(day) => {
                let day = month.first_of_month().checked_add(i64::from(day - 1).days()).ok()?;
                (day.month() == month.month()).then_some(Day::from_date(day))
            }
        }
    }
}

/// Days from which Excel counts: its day 1 is 1 January 1900, and it takes 1900 for a leap year.
const EXCEL: i32 = -25_569;

/// A day as Excel keeps it: so many days, and a part of one for the time, between 1954 and 2119.
pub(super) fn excel_serial(text: &str) -> Option<Day> {
    let number: f64 = text.parse().ok()?;
    (20_000.0..80_000.0).contains(&number).then(|| Day(EXCEL + number as i32))
}

/// A moment with its distance from UTC: `2026-07-01T08:30:00Z`, `2026-07-01 08:30:00 +1000`.
pub(super) fn moment(text: &str) -> Option<jiff::Timestamp> {
    let text = text.trim();
    if text.len() < 17 || !text.is_ascii() {
        return None;
    }
    let text = text.strip_suffix(" UTC").map_or_else(|| text.to_owned(), |t| format!("{t}Z"));
    // `+1000` behind a blank, as shops export it.
    let joined = match text.rfind([' ', '+', '-']) {
        Some(at) if text[at..].trim().starts_with(['+', '-']) => {
            let (time, offset) = text.split_at(at);
            format!("{}{}", time.trim_end(), offset.trim())
        }
        _ => text,
    };
    let digits = joined.len() - joined.rfind(['+', '-']).unwrap_or(joined.len());
    let joined = if digits == 5 && !joined.ends_with('Z') {
        format!("{}:{}", &joined[..joined.len() - 2], &joined[joined.len() - 2..])
    } else {
        joined
    };
    joined.parse().ok()
}

/// Words before the number of a week.
const WEEKS: [&str; 5] = ["KW", "W", "Week", "Woche", "Semaine"];

/// Reads a date: `2026-07-01`, `2026/7/1`, `20260701`, `1 Jul 2026`, `Jul 1, 2026`, `2026-07`, `202607`, `2026-W27`, `KW 27 2026`, `2026-Q3`, `1/7/2026`, `1.7.26`; names of
/// months in eight languages. A time of day behind it is dropped.
pub(super) fn date(text: &str) -> Written {
    let known = |y: i16, m: i8, d: i8| {
        jiff::civil::Date::new(y, m, d).map_or(Written::No, |x| Written::Known(Day::from_date(x)))
    };
    if let Some(day) = text.get(..10).and_then(|t| t.parse::<jiff::civil::Date>().ok()) {
        return Written::Known(Day::from_date(day));
    }
    if matches!(text.len(), 6 | 8) && text.bytes().all(|b| b.is_ascii_digit()) {
        let day = if text.len() == 8 { text[6..].parse() } else { Ok(1) };
        return match (text[..4].parse(), text[4..6].parse(), day) {
            (Ok(y), Ok(m), Ok(d)) if text.len() == 8 || (1950..2100).contains(&y) => known(y, m, d),
            _ => Written::No,
        };
    }
    let text = text.split_once(['T', 't']).filter(|(_, t)| t.contains(':')).map_or(text, |(d, _)| d);
    let is_clock = |p: &str| p.contains(':') || ["am", "pm"].iter().any(|w| p.eq_ignore_ascii_case(w));
    let parts: Vec<&str> = text
        .split(|c: char| matches!(c, '-' | '/' | '.' | ',' | '\'') || c.is_whitespace())
        .filter(|p| !p.is_empty() && !is_clock(p))
        .collect();
    let small = |text: &str| text.parse::<i8>().ok();
    let week = |text: &str| {
        let number = text.strip_prefix("KW").or_else(|| text.strip_prefix(['W', 'w']));
        number.filter(|w| matches!(w.len(), 1 | 2)).and_then(small)
    };
    let of_week = |y: i16, w: i8| {
        jiff::civil::ISOWeekDate::new(y, w, jiff::civil::Weekday::Monday)
            .map_or(Written::No, |x| Written::Known(Day::from_date(x.date())))
    };
    if let Some(day) = quarter(text) {
        return Written::Known(day);
    }
    // `KW 27 2025`, `Week 27, 2025`.
    let parts = match parts.as_slice() {
        [word, w, y] | [y, word, w] if WEEKS.iter().any(|k| word.eq_ignore_ascii_case(k)) => {
            return small(w).zip(year(y)).map_or(Written::No, |(w, y)| of_week(y, w));
        }
        _ => parts,
    };
    match parts.as_slice() {
        [one] => match one.get(..4).and_then(year).zip(one.get(4..).and_then(week)) {
            Some((y, w)) => of_week(y, w),
            None => Written::No,
        },
        [a, b] => {
            if let Some((y, w)) = year(a).zip(week(b)).or_else(|| year(b).zip(week(a))) {
                return of_week(y, w);
            }
            match (
                year(a).zip(small(b)),
                // `03-Mar` is a day of March, as spreadsheets write it.
                year(b).zip(month(a)).or_else(|| year(a).filter(|_| a.len() == 4).zip(month(b))),
                year(b).zip(small(a)),
            ) {
                (Some((y, m)), ..) if a.len() == 4 => known(y, m, 1),
                (_, Some((y, m)), _) => known(y, m, 1),
                (.., Some((y, m))) if b.len() == 4 => known(y, m, 1),
                _ => Written::No,
            }
        }
        [a, b, c] => {
            if a.len() == 4 {
                return match (year(a), small(b).or_else(|| month(b)), small(c)) {
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

/// Whether a text is a day and the name of its month, without a year: `03-Mar`.
pub(super) fn lacks_year(text: &str) -> bool {
    let parts: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty()).collect();
    matches!(parts.as_slice(), [day, name] if month(name).is_some() && day.parse::<u8>().is_ok_and(|d| (1..=31).contains(&d)))
}

/// Three numbers of two digits, the middle one of which can be a month: whether the year stands first or last is not said.
pub(super) fn three_pairs(text: &str) -> Option<[u8; 3]> {
    let text = text.split_whitespace().next()?;
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let pair = |t: &str| if t.len() == 2 { t.parse::<u8>().ok() } else { None };
    Some([pair(a)?, pair(b)?, pair(c)?])
}

/// A month's name and two digits, which may be a year or a day: `Mar-03`.
pub(super) fn month_and_pair(text: &str) -> Option<(i8, u8)> {
    let parts: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty()).collect();
    match parts.as_slice() {
        [name, pair] if pair.len() == 2 => Some((month(name)?, pair.parse().ok()?)),
        _ => None,
    }
}

/// How long a period a text names that is a date: a quarter, a week, a month, else a day.
pub(super) fn named_step(text: &str) -> Step {
    let plain = plain(text);
    let words: Vec<&str> = plain.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let of_week = |w: &&str| {
        let bare = w.trim_matches(|c: char| c.is_ascii_digit());
        !bare.is_empty() && (bare == "w" || bare == "kw" || WEEKS.iter().any(|k| k.eq_ignore_ascii_case(bare)))
    };
    match words.as_slice() {
        _ if quarter(text).is_some() => Step::Quarter,
        words if words.iter().any(of_week) => Step::Week,
        [one] if one.len() == 6 => Step::Month,
        [_, _] => Step::Month,
        _ => Step::Day,
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
            ("12-", -12.0, true),
            ("1.234,5-", -1234.5, true),
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
            ("1 234,567", Some(',')),
            ("1'234.500", Some('.')),
            ("$1,299.00", Some('.')),
            ("12,5-", Some(',')),
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
    fn the_decimal_mark_is_judged_over_all_numbers() {
        let german = Habits { separator: Some(';'), dotted_dates: true };
        let plain = Habits { separator: Some(','), dotted_dates: false };
        let tabs = Habits { separator: Some('\t'), dotted_dates: false };
        let judge = |text: &str, habits| judge_marks(text.split(' ').map(|t| (t, 1)), habits);
        use DecimalMark::{Comma, Point};
        for (text, habits, mark) in [
            ("12 5 1200", tabs, Point),
            ("12,5 1,234", tabs, Comma),
            ("12.5 1.234", tabs, Point),
            ("3,000 4,000 5,000", german, Comma),
            ("1.234 2.345", german, Comma),
            ("1,234 2,345", plain, Point),
            ("1,234 56 7", plain, Point),
            ("1,234 56 7", tabs, Point),
            ("1.234 0.5", tabs, Point),
            ("1.234 56 7", plain, Point),
        ] {
            assert_eq!(judge(text, habits), Ok(mark), "{text} {habits:?}");
        }
        let open = judge("1,234 2,000", tabs).unwrap_err();
        assert_eq!((open.with_point, open.with_comma), (3_234.0, 3.234));
        for (text, habits) in [("1,234 56", german), ("1,234 1.234", plain), ("1,234 1500", tabs), ("1.234 56", tabs)] {
            assert!(judge(text, habits).is_err(), "{text} {habits:?}");
        }
    }

    #[test]
    fn moments_have_their_distance_from_utc() {
        for text in [
            "2025-03-04T04:00:00Z",
            "2025-03-04 04:00:00 UTC",
            "2025-03-04 14:00:00 +1000",
            "2025-03-03T20:00:00-08:00",
        ] {
            assert_eq!(moment(text).map(|m| m.as_second()), Some(1_741_060_800), "{text}");
        }
        for text in ["2025-03-04", "2025-03-04 04:00:00", "1 Jul 2026 10:00:00 x", ""] {
            assert_eq!(moment(text), None, "{text}");
        }
        assert_eq!(excel_serial("45717"), Some(Day::from_date(jiff::civil::date(2025, 3, 1))));
    }

    #[test]
    fn quarters_of_eight_languages() {
        let first = Day::from_date(jiff::civil::date(2025, 7, 1));
        for text in [
            "2025-Q3",
            "Q3 2025",
            "2025Q3",
            "3Q25",
            "Q3'25",
            "Q3/2025",
            "3rd quarter 2025",
            "Quarter 3, 2025",
            "3. Quartal 2025",
            "III. Quartal 2025",
            "T3 2025",
            "3e trimestre 2025",
            "3º trimestre de 2025",
            "3T 2025",
            "K3 2025",
            "3e kwartaal 2025",
            "III kwartał 2025",
        ] {
            assert_eq!(quarter(text), Some(first), "{text}");
            assert_eq!(date(text), Written::Known(first), "{text}");
        }
        for text in ["2025-01", "Q5 2025", "Quarter", "AQ1", "T-1", "T1", "Q1", "KW 3 2025", "1 Jul 2026", "Q1 Q2 2025"]
        {
            assert_eq!(quarter(text), None, "{text}");
        }
        for text in ["KW 27 2026", "KW27/2026", "2026-KW27", "Week 27 2026", "KW 27/2026"] {
            assert_eq!(date(text), Written::Known(Day::from_date(jiff::civil::date(2026, 6, 29))), "{text}");
        }
    }

    #[test]
    fn dates_name_periods() {
        use Step::{Day, Month, Quarter, Week};
        for (texts, step) in [
            ("Jan 2025|2025-01|202501|01/2025|März 24", Month),
            ("Q1 2025|2025-Q1|1. Quartal 2025", Quarter),
            ("KW 3 2025|2025-W03|W3 2025|Week 3 2025", Week),
            ("2025-01-01|1.1.2025|20250101|1 Jan 2025", Day),
        ] {
            for text in texts.split('|') {
                assert_eq!(named_step(text), step, "{text}");
            }
        }
    }

    #[test]
    fn years_may_be_counted_from_one() {
        let start = Day::from_date(jiff::civil::date(2023, 4, 1));
        let day = |text: &str| counted(text).and_then(|c| c.from(start)).map(|d| d.to_string());
        for (text, of) in [
            ("1-01", "2023-04-01"),
            ("1/1", "2023-04-01"),
            ("3-12", "2026-03-01"),
            ("Year 2 Month 11", "2025-02-01"),
            ("Y2-M11", "2025-02-01"),
            ("1-02-15", "2023-05-15"),
        ] {
            assert_eq!(day(text).as_deref(), Some(of), "{text}");
        }
        for text in ["0-01", "1-13", "2023-01", "1", "1-11-31", "T-1-1"] {
            assert_eq!(day(text), None, "{text}");
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
            "202607",
            "1. Juli 2026",
            "juil. 2026",
            "Lip 26",
            "1 lipca 2026",
            "2026-Jul-1",
            "Jul 1, 2026 3:15 PM",
            "Jul-26",
        ] {
            assert_eq!(date(text), day(2026, 7, 1), "{text}");
        }
        for text in ["2026-W27", "2026W27", "W27 2026", "W27-2026"] {
            assert_eq!(date(text), day(2026, 6, 29), "{text}: the Monday of the week");
        }
        assert_eq!(date("3/4/2026 2:15 PM"), Written::Either { first: 3, second: 4, year: 2026 });
        assert_eq!(date("3/4/2026"), Written::Either { first: 3, second: 4, year: 2026 });
        assert_eq!(date("31.12.25"), Written::Either { first: 31, second: 12, year: 2025 });
        assert_eq!(in_order(DateOrder::DayFirst, 3, 4, 2026), Some(Day::from_date(jiff::civil::date(2026, 4, 3))));
        for text in ["", "03-Mar", "yesterday", "2026-13-01", "31/31/2026", "2026", "1/2", "2026-02-30"] {
            assert_eq!(date(text), Written::No, "{text}");
        }
    }
}
