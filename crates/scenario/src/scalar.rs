//! Values with more than one spelling: shares, durations, dates, distributions.

use super::raw::{AmountStep, DutyStep, ParcelDuty, ShareStep};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserializer, IntoDeserializer, MapAccess, Visitor};
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;

/// A share or a rate: `0.3` or `"30%"`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Share(pub f64);

/// Days: `14`, or `"6 weeks"`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Duration(pub f64);

/// A TOML date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OnDate(pub jiff::civil::Date);

/// A list of TOML dates.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Dates(pub Vec<OnDate>);

struct Number {
    expecting: &'static str,
    /// Units that may follow a number in a text, and what each counts.
    units: &'static [(&'static str, f64)],
}

impl Visitor<'_> for Number {
    type Value = f64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expecting)
    }
    fn visit_f64<E: de::Error>(self, v: f64) -> Result<f64, E> {
        Ok(v)
    }
    fn visit_i64<E: de::Error>(self, v: i64) -> Result<f64, E> {
        Ok(v as f64)
    }
    fn visit_u64<E: de::Error>(self, v: u64) -> Result<f64, E> {
        Ok(v as f64)
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<f64, E> {
        let text = text.trim();
        let split = text.find(|c: char| !c.is_ascii_digit() && !"+-._".contains(c)).unwrap_or(text.len());
        let number: Result<f64, _> = text[..split].replace('_', "").parse();
        let unit = text[split..].trim();
        match (number, self.units.iter().find(|(name, _)| *name == unit)) {
            (Ok(n), Some((_, scale))) => Ok(n * scale),
            _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
        }
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = Share;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a share such as 0.3 or \"30%\"")
            }
            fn visit_f64<E: de::Error>(self, v: f64) -> Result<Share, E> {
                Ok(Share(v))
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<Share, E> {
                Ok(Share(v as f64))
            }
            fn visit_u64<E: de::Error>(self, v: u64) -> Result<Share, E> {
                Ok(Share(v as f64))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Share, E> {
                let percent = text.trim().strip_suffix('%').map(|t| t.trim_end().replace('_', ""));
                let plain = |t: &String| t.bytes().all(|b| b.is_ascii_digit() || b"+-.".contains(&b));
                // The decimal point moves, nothing is multiplied: "30%" is the same number as 0.3.
                let share = percent.filter(plain).and_then(|t| format!("{t}e-2").parse().ok());
                share.map(Share).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
            }
        }
        d.deserialize_any(V)
    }
}

/// Digits of a share that is written as a percentage.
const PERCENT_DIGITS: usize = 6;

impl Serialize for Share {
    /// As a percentage where that is how one would write it: the same number when it is read.
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let exponential = format!("{:e}", self.0.abs());
        let parts = exponential.split_once('e').and_then(|(m, e)| Some((m.replace('.', ""), e.parse::<i32>().ok()?)));
        match parts {
            Some((digits, exponent))
                if digits.len() <= PERCENT_DIGITS && (-6..=1).contains(&exponent) && self.0 != 0.0 =>
            {
                let sign = if self.0 < 0.0 { "-" } else { "" };
                s.serialize_str(&format!("{sign}{}%", decimal(&digits, exponent + 2)))
            }
            _ => s.serialize_f64(self.0),
        }
    }
}

/// The number whose first digit is worth ten to the power of `exponent`.
fn decimal(digits: &str, exponent: i32) -> String {
    match usize::try_from(exponent) {
        Ok(before) if before + 1 >= digits.len() => format!("{digits}{}", "0".repeat(before + 1 - digits.len())),
        Ok(before) => format!("{}.{}", &digits[..=before], &digits[before + 1..]),
        Err(_) => format!("0.{}{digits}", "0".repeat(exponent.unsigned_abs() as usize - 1)),
    }
}

/// A distribution of a quantity, which is no duration: text is none.
pub(super) fn of_units<'de, D: Deserializer<'de>>(d: D) -> Result<Option<Distribution>, D::Error> {
    d.deserialize_any(AnyDistribution { durations: false }).map(Some)
}

/// A whole number; one that TOML has no room for as the nearest number, which is then refused where it is read.
pub(super) fn whole<S: Serializer, T: Copy + Into<Option<u64>>>(value: &T, s: S) -> Result<S::Ok, S::Error> {
    match (*value).into() {
        None => s.serialize_none(),
        Some(n) => match i64::try_from(n) {
            Ok(n) => s.serialize_i64(n),
            Err(_) => s.serialize_f64(n as f64),
        },
    }
}

impl Serialize for Duration {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_f64(self.0)
    }
}

impl Serialize for OnDate {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let (year, month, day) = (self.0.year() as u16, self.0.month() as u8, self.0.day() as u8);
        let date = Some(toml::value::Date { year, month, day });
        toml::value::Datetime { date, time: None, offset: None }.serialize(s)
    }
}

const DURATION_UNITS: &[(&str, f64)] = &[
    ("day", 1.0),
    ("days", 1.0),
    ("d", 1.0),
    ("week", 7.0),
    ("weeks", 7.0),
    ("month", 365.0 / 12.0),
    ("months", 365.0 / 12.0),
    ("year", 365.0),
    ("years", 365.0),
    ("hours", 1.0 / 24.0),
    ("hour", 1.0 / 24.0),
];

impl<'de> Deserialize<'de> for Duration {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let number = Number { expecting: "days, as a number or as text such as \"6 weeks\"", units: DURATION_UNITS };
        d.deserialize_any(number).map(Duration)
    }
}

impl<'de> Deserialize<'de> for OnDate {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let datetime = toml::value::Datetime::deserialize(d).map_err(|e: D::Error| {
            // That the key is missing is said as it is.
            if e.to_string().starts_with("missing field") {
                return e;
            }
            de::Error::custom("expected a date without quotes, such as 2026-07-01")
        })?;
        let Some(date) = datetime.date else {
            return Err(de::Error::custom("expected a date without quotes, such as 2026-07-01, not a time"));
        };
        // The time would be dropped, and what it was meant for not be done.
        if datetime.time.is_some() || datetime.offset.is_some() {
            return Err(de::Error::custom("expected a date without a time of day, such as 2026-07-01"));
        }
        jiff::civil::Date::new(date.year as i16, date.month as i8, date.day as i8)
            .map(OnDate)
            .map_err(|_| de::Error::custom("there is no such date"))
    }
}

/// A distribution: a bare number, or one key with its parameters.
#[derive(Debug, Clone)]
pub enum Distribution {
    /// The same value in every draw.
    Constant(f64),
    /// A family with its parameters.
    Family(Box<Family>),
}

/// The families of distributions.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Between two values.
    Uniform([f64; 2]),
    /// Lowest, most likely, highest value.
    Triangular([f64; 3]),
    /// Truncated at 0.
    Normal(MeanSd),
    /// By median and 90th percentile, or by mean and coefficient of variation.
    Lognormal(Lognormal),
    /// By mean and standard deviation.
    Gamma(MeanSd),
    /// By its mean.
    Exponential(Mean),
    /// By shape and scale.
    Weibull(Weibull),
    /// Whole numbers, by their mean.
    Poisson(Mean),
    /// Values, each equally likely, or a column of a file.
    Empirical(Empirical),
    /// Weighted parts; weights add up to 1.
    Mixture(Vec<Part>),
}

/// Mean and standard deviation of a distribution.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct MeanSd {
    /// Its mean.
    pub mean: f64,
    /// Its standard deviation, in the unit of the mean.
    pub sd: f64,
}

/// A distribution that is told by its mean alone.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mean {
    /// Its mean.
    pub mean: f64,
}

/// The Weibull distribution: `1 - exp(-(x / scale)^shape)` is the chance of at most `x`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Weibull {
    /// Above 1 the chance of an end rises with time, below 1 it falls.
    pub shape: f64,
    /// Value that 63 % of the draws are below.
    pub scale: f64,
}

/// Give `median` and `p90`, or `mean` and `cv`.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Lognormal {
    /// Value that half of the draws are below.
    pub median: Option<f64>,
    /// Value that 90 % of the draws are below.
    pub p90: Option<f64>,
    /// Mean of the draws.
    pub mean: Option<f64>,
    /// Coefficient of variation: standard deviation over mean.
    pub cv: Option<f64>,
}

/// A part of a mixture.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Part {
    /// Share of the draws that come from this part.
    pub weight: Share,
    /// What those draws come from.
    pub of: Distribution,
}

/// Days of cover, or those of the lead time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CoverBelow {
    /// The expected lead time of an order placed today.
    LeadTime,
    /// A fixed number of days of forecast demand.
    Days(f64),
}

impl Serialize for CoverBelow {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            CoverBelow::LeadTime => s.serialize_str("lead-time"),
            CoverBelow::Days(days) => s.serialize_f64(*days),
        }
    }
}

impl<'de> Deserialize<'de> for CoverBelow {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl Visitor<'_> for V {
            type Value = CoverBelow;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("days, or \"lead-time\"")
            }
            fn visit_f64<E: de::Error>(self, v: f64) -> Result<CoverBelow, E> {
                Ok(CoverBelow::Days(v))
            }
            fn visit_i64<E: de::Error>(self, v: i64) -> Result<CoverBelow, E> {
                Ok(CoverBelow::Days(v as f64))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<CoverBelow, E> {
                if text == "lead-time" {
                    return Ok(CoverBelow::LeadTime);
                }
                Number { expecting: "days, or \"lead-time\"", units: DURATION_UNITS }
                    .visit_str(text)
                    .map(CoverBelow::Days)
            }
        }
        d.deserialize_any(V)
    }
}

/// The spellings of one value of a kind.
macro_rules! one_value {
    (Share, $name:ident) => {
        fn visit_f64<E: de::Error>(self, v: f64) -> Result<$name, E> {
            Ok($name::One(Share(v)))
        }
        fn visit_i64<E: de::Error>(self, v: i64) -> Result<$name, E> {
            Ok($name::One(Share(v as f64)))
        }
        fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
            Share::deserialize(text.into_deserializer()).map($name::One)
        }
    };
    (f64, $name:ident) => {
        fn visit_f64<E: de::Error>(self, v: f64) -> Result<$name, E> {
            Ok($name::One(v))
        }
        fn visit_i64<E: de::Error>(self, v: i64) -> Result<$name, E> {
            Ok($name::One(v as f64))
        }
    };
    (ParcelDuty, $name:ident) => {
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<$name, A::Error> {
            ParcelDuty::deserialize(de::value::MapAccessDeserializer::new(map)).map($name::One)
        }
    };
}

/// One value, or values with the dates from which they hold. Not one generic type: an error says what was expected in the words of its key.
macro_rules! by_date {
    ($name:ident, $doc:literal, $one:ident, $step:ident, $expecting:literal) => {
        #[doc = $doc]
        #[derive(Debug, Clone)]
        pub enum $name {
            /// The same on all days.
            One($one),
            /// By date.
            Steps(Vec<$step>),
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                match self {
                    $name::One(one) => one.serialize(s),
                    $name::Steps(steps) => steps.serialize(s),
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                struct V;
                impl<'de> Visitor<'de> for V {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expecting)
                    }
                    one_value!($one, $name);
                    fn visit_seq<A: de::SeqAccess<'de>>(self, list: A) -> Result<$name, A::Error> {
                        Vec::deserialize(de::value::SeqAccessDeserializer::new(list)).map($name::Steps)
                    }
                }
                d.deserialize_any(V)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(g: &mut SchemaGenerator) -> Schema {
                let (one, step) = (g.subschema_for::<$one>(), g.subschema_for::<$step>());
                json_schema!({ "description": $doc, "oneOf": [one, { "type": "array", "items": step }] })
            }
        }
    };
}

by_date!(
    Rates,
    "One rate, or rates with the dates from which they hold.",
    Share,
    DutyStep,
    "a share such as 0.3 or \"30%\", or a list of rates"
);
by_date!(
    Shares,
    "One share, or shares with the dates from which they hold.",
    Share,
    ShareStep,
    "a share such as 0.3 or \"30%\", or a list of shares with their dates"
);
by_date!(
    Amounts,
    "One amount, or amounts with the dates from which they hold.",
    f64,
    AmountStep,
    "an amount, or a list of amounts with their dates"
);
by_date!(
    ParcelDuties,
    "One rule of duty, or rules with the dates from which they hold.",
    ParcelDuty,
    ParcelDuty,
    "a rule such as { base = \"price\", rate = \"12%\" }, or a list of rules with their dates"
);

/// Values, or a column of a file.
#[derive(Debug, Clone)]
pub enum Empirical {
    /// Values, each equally likely.
    Values(Vec<f64>),
    /// The values of a column of a file, each equally likely.
    Column(Column),
}

/// A column of a file.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Column {
    /// The file, relative to the scenario.
    pub file: String,
    /// Name of the column in the header.
    pub column: String,
}

impl Serialize for Distribution {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Distribution::Constant(value) => s.serialize_f64(*value),
            Distribution::Family(family) => family.serialize(s),
        }
    }
}

impl Serialize for Empirical {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        match self {
            Empirical::Values(values) => values.serialize(s),
            Empirical::Column(column) => column.serialize(s),
        }
    }
}

impl From<f64> for Distribution {
    fn from(value: f64) -> Self {
        Distribution::Constant(value)
    }
}

impl From<Family> for Distribution {
    fn from(family: Family) -> Self {
        Distribution::Family(Box::new(family))
    }
}

impl<'de> Deserialize<'de> for Distribution {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(AnyDistribution { durations: true })
    }
}

/// Reads a distribution, of durations or of units.
struct AnyDistribution {
    durations: bool,
}

impl<'de> Visitor<'de> for AnyDistribution {
    type Value = Distribution;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.durations {
            true => "a number or a distribution such as { triangular = [5, 9, 21] }",
            false => "a number of units or a distribution such as { poisson = { mean = 8 } }",
        })
    }

    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Distribution, E> {
        Ok(Distribution::Constant(v))
    }

    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Distribution, E> {
        Ok(Distribution::Constant(v as f64))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Distribution, E> {
        if !self.durations {
            return Err(E::invalid_type(de::Unexpected::Str(text), &self));
        }
        let number = Number { expecting: "a number of days, or a distribution", units: DURATION_UNITS };
        number.visit_str(text).map(Distribution::Constant)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Distribution, A::Error> {
        let family = Family::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Distribution::Family(Box::new(family)))
    }
}

impl<'de> Deserialize<'de> for Empirical {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> Visitor<'de> for V {
            type Value = Empirical;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of numbers or { file, column }")
            }
            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Empirical, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Empirical::Values)
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Empirical, A::Error> {
                Column::deserialize(de::value::MapAccessDeserializer::new(map)).map(Empirical::Column)
            }
        }
        d.deserialize_any(V)
    }
}

macro_rules! schema {
    ($type:ty, $name:literal, |$generator:ident| $schema:expr) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                $name.into()
            }
            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

schema!(Share, "Share", |_g| json_schema!({
    "description": "A share or rate: 0.3 or \"30%\".",
    "oneOf": [{ "type": "number" }, { "type": "string", "pattern": "^[-+0-9._]+ ?%$" }]
}));
schema!(Duration, "Duration", |_g| json_schema!({
    "description": "Days: 14, or text with a unit: \"6 weeks\".",
    "oneOf": [{ "type": "number" }, { "type": "string", "pattern": "^[0-9._]+ ?(hours?|d|days?|weeks?|months?|years?)$" }]
}));
schema!(OnDate, "Date", |_g| json_schema!({
    "description": "A TOML date without quotes: 2026-07-01.",
    "type": "string", "format": "date"
}));
schema!(Distribution, "Distribution", |g| {
    let family = g.subschema_for::<Family>();
    json_schema!({
        "description": "A bare number is the constant distribution; otherwise one key with its parameters.",
        "oneOf": [{ "type": "number" }, { "type": "string" }, family]
    })
});
schema!(CoverBelow, "CoverBelow", |_g| json_schema!({
    "description": "Days of cover, or \"lead-time\".",
    "oneOf": [{ "type": "number" }, { "type": "string" }]
}));
schema!(Empirical, "Empirical", |g| {
    let column = g.subschema_for::<Column>();
    json_schema!({ "oneOf": [{ "type": "array", "items": { "type": "number" } }, column] })
});

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Wire {
        share: Option<Share>,
        days: Option<Duration>,
        date: Option<OnDate>,
        dist: Option<Distribution>,
    }

    fn read(text: &str) -> Result<Wire, String> {
        toml::from_str(text).map_err(|e| e.message().to_string())
    }

    #[test]
    fn good_spellings() {
        for (text, value) in [("0.3", 0.3), ("\"30%\"", 0.3), ("\"0.29 %\"", 0.0029), ("1", 1.0), ("\"-5%\"", -0.05)] {
            assert_eq!(read(&format!("share = {text}")).unwrap().share, Some(Share(value)), "{text}");
        }
        for (text, value) in [("14", 14.0), ("\"6 weeks\"", 42.0), ("1.5", 1.5), ("\"12 hours\"", 0.5)] {
            assert_eq!(read(&format!("days = {text}")).unwrap().days, Some(Duration(value)), "{text}");
        }
        assert_eq!(read("date = 2026-07-01").unwrap().date.unwrap().0, jiff::civil::date(2026, 7, 1));
        assert!(matches!(read("dist = 5").unwrap().dist, Some(Distribution::Constant(v)) if v == 5.0));
        assert!(matches!(read("dist = { uniform = [1, 2] }").unwrap().dist, Some(Distribution::Family(_))));
    }

    #[test]
    fn bad_spellings() {
        for text in [
            "share = \"30\"",
            "share = \"lots\"",
            "share = true",
            "days = \"6 fortnights\"",
            "days = []",
            "date = \"2026-07-01\"",
            "date = 07:30:00",
            "date = 2026-07-01T08:00:00",
            "date = 2026-07-01 08:00:00Z",
            "dist = { uniform = [1] }",
            "dist = { unifrom = [1, 2] }",
            "dist = { normal = { mean = 1, sd = 2, cv = 3 } }",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
