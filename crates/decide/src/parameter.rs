//! The parameters of a supply model by the names that planners use, and by keys.

use super::factor::FactorError;
use super::goal::number;
use super::solve::Axis;
use restock_base::diag::did_you_mean;
use restock_scenario::{Key, Part, Setting, Sort};

/// A parameter as it is asked for: its name or key, and the range in which to look.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// A word of [`WORDS`], or a key.
    pub name: String,
    /// Lowest and highest value, and the step from one value to the next if it was given.
    pub range: Option<(f64, f64, Option<f64>)>,
}

/// Words for parameters, what they are, and the ends of the keys that they stand for, `*` for any part. Of several ends the first that a model has
/// counts.
pub const WORDS: &[(&str, &str, &[&[&str]])] = &[
    ("stock", "days of demand beyond the policy's own stock", &[&["extra-stock-days"]]),
    (
        "safety-stock",
        "service level, days or units of safety stock",
        &[&["policy", "order-up-to", "safety-stock", "*"]],
    ),
    ("reorder-point", "position at or below which is ordered", &[&["policy", "*", "reorder-point"]]),
    (
        "order-up-to",
        "position up to which is ordered",
        &[
            &["policy", "min-max", "order-up-to"],
            &["policy", "order-up-to", "level"],
            &["policy", "base-stock", "level"],
        ],
    ),
    ("cover", "days of demand that an order covers", &[&["policy", "days-of-cover", "days"]]),
    ("lot", "size of a lot, or the smallest order", &[&["policy", "reorder-quantity", "quantity"], &["minimum-order"]]),
    ("review", "days between two reviews", &[&["policy", "*", "review-days"]]),
    ("launch", "quantity of a single order", &[&["policy", "one-time", "quantity"]]),
    (
        "base",
        "base order, or level of the base route",
        &[
            &["policy", "base-surge", "quantity"],
            &["policy", "base-surge", "base-share"],
            &["policy", "dual-index", "regular"],
            &["policy", "dual-index", "regular-cover-days"],
        ],
    ),
    (
        "expedite",
        "level of the express route",
        &[&["policy", "*", "expedite"], &["policy", "*", "expedite-cover-days"]],
    ),
    ("share", "share of shoppers served first from a location", &[&["location", "*", "share"]]),
];

/// The end of the key of a location's share of shoppers.
const SHARE: &[&str] = &["location", "*", "share"];

/// The range of extra stock in days of demand where none is given.
const STOCK: (f64, f64, f64) = (-60.0, 200.0, 1.0);

const EXAMPLE: &str = "write `stock`, `reorder-point=0:200`, `share=10%:90%:5%` or a key with its range";

impl std::str::FromStr for Parameter {
    type Err = FactorError;

    /// `NAME`, `NAME=LOW:HIGH` or `NAME=LOW:HIGH:STEP`.
    fn from_str(text: &str) -> Result<Self, FactorError> {
        // A key may hold a name with a sign of equality in quotes: the last one that is followed by a range counts.
        let (name, range) = match text.rsplit_once('=') {
            Some((name, range)) => (name.trim(), Some(range.trim())),
            None => (text.trim(), None),
        };
        if name.is_empty() {
            return Err(FactorError::new(format!("`{text}` names no parameter"), EXAMPLE));
        }
        let Some(range) = range else { return Ok(Parameter { name: name.into(), range: None }) };
        let parts: Vec<&str> = range.split(':').collect();
        let read = |part: &str| {
            number(part)
                .ok_or_else(|| FactorError::new(format!("`{part}` in the range of `{name}` is no number"), EXAMPLE))
        };
        let range = match parts.as_slice() {
            [low, high] => (read(low)?, read(high)?, None),
            [low, high, step] => (read(low)?, read(high)?, Some(read(step)?)),
            _ => {
                let message = format!("`{range}` is no range of `{name}`");
                return Err(FactorError::new(message, "write `low:high` or `low:high:step`"));
            }
        };
        if range.0 >= range.1 {
            return Err(FactorError::new(
                format!("the range {} of `{name}` is empty", parts[..2].join(":")),
                "write the lower value first",
            ));
        }
        if range.2.is_some_and(|step| step <= 0.0) {
            return Err(FactorError::new(format!("the step of `{name}` is {}", parts[2]), "write a step above 0"));
        }
        Ok(Parameter { name: name.into(), range: Some(range) })
    }
}

impl Parameter {
    /// The axis of this parameter in one supply model, whose name and place are given; `None` if the parameter belongs to another model.
    /// `settings` are all values of the scenario.
    ///
    /// # Errors
    ///
    /// If the model has no such parameter, or its values cannot lie in the range.
    pub fn axis(&self, settings: &[Setting], (model, place): (&str, usize)) -> Result<Option<Axis>, FactorError> {
        let of_model = |s: &&Setting| match s.key.parts() {
            [Part::Name(list), Part::Name(name), ..] => list == "supply" && name == model,
            [Part::Name(list), Part::Index(i), ..] => list == "supply" && *i == place,
            _ => false,
        };
        let word = WORDS.iter().find(|w| w.0 == self.name);
        let found: Vec<&Setting> = match word {
            Some((_, _, ends)) => {
                let with_end = |end: &[&str]| -> Vec<&Setting> {
                    settings.iter().filter(of_model).filter(|s| ends_with(&s.key, end)).collect()
                };
                ends.iter().map(|end| with_end(end)).find(|f| !f.is_empty()).unwrap_or_default()
            }
            None => {
                let key: Key = self.name.parse().map_err(|e| self.unknown(&format!("{e}")))?;
                if key.parts().first() == Some(&Part::Name("supply".into())) && !fits_model(&key, model, place) {
                    return Ok(None);
                }
                let own: Vec<&Setting> = settings.iter().filter(|s| matches(&key, &s.key)).collect();
                if own.iter().any(of_model) { own.into_iter().filter(of_model).collect() } else { own }
            }
        };
        if found.is_empty() {
            return Err(self.missing(model, settings));
        }
        self.axis_of(&found, settings, model).map(Some)
    }

    fn axis_of(&self, found: &[&Setting], settings: &[Setting], model: &str) -> Result<Axis, FactorError> {
        let first = found[0];
        let now = number(first.value.trim_matches('"'));
        let (low, high, step) = self.range_of(first, now)?;
        if let Some(limit) = first.limit
            && let Some(beyond) = [low, high].into_iter().find(|v| !limit.contains(*v))
        {
            return Err(FactorError::new(
                format!("`{}` is never {beyond}: it must be {limit}", first.key),
                "write a range inside",
            ));
        }
        let whole = matches!(first.sort, Sort::Whole);
        if whole && [low, high, step].iter().any(|x| x.fract() != 0.0) {
            return Err(FactorError::new(
                format!("`{}` is a whole number", first.key),
                "write whole numbers and a whole step",
            ));
        }
        // The share of one location leaves the rest to the others, in their proportions.
        let is_share = ends_with(&first.key, SHARE);
        let (keys, rest) = if is_share && found.len() > 1 {
            let share = |s: &Setting| number(s.value.trim_matches('"')).unwrap_or(0.0);
            let others: f64 = found[1..].iter().map(|s| share(s)).sum();
            let part = |s: &Setting| if others > 0.0 { share(s) / others } else { 1.0 / (found.len() - 1) as f64 };
            (vec![first.key.clone()], found[1..].iter().map(|s| (s.key.clone(), part(s))).collect())
        } else if is_share {
            self.others(first, settings, model)?
        } else {
            (found.iter().map(|s| s.key.clone()).collect(), Vec::new())
        };
        let axis = Axis::new(keys, (low, high, step))
            .map_err(|why| FactorError::new(format!("`{}`: {why}", self.name), EXAMPLE))?;
        Ok(Axis { rest, now, ..axis })
    }

    /// The shares of the other locations of one whose share was named by its key.
    #[expect(
        clippy::type_complexity,
        reason = "the parts of an axis: its keys, and those of what is left with their parts"
    )]
    fn others(
        &self,
        own: &Setting,
        settings: &[Setting],
        model: &str,
    ) -> Result<(Vec<Key>, Vec<(Key, f64)>), FactorError> {
        let list = &own.key.parts()[..3];
        let is_other = |s: &&Setting| {
            s.key.parts().len() == own.key.parts().len()
                && s.key.parts()[..3] == *list
                && ends_with(&s.key, SHARE)
                && s.key != own.key
        };
        let others: Vec<&Setting> = settings.iter().filter(is_other).collect();
        if others.is_empty() {
            return Err(FactorError::new(
                format!("`{model}` has one location, which serves all"),
                "vary the share of a hybrid",
            ));
        }
        let share = |s: &Setting| number(s.value.trim_matches('"')).unwrap_or(0.0);
        let all: f64 = others.iter().map(|s| share(s)).sum();
        let part = |s: &Setting| if all > 0.0 { share(s) / all } else { 1.0 / others.len() as f64 };
        Ok((vec![own.key.clone()], others.iter().map(|s| (s.key.clone(), part(s))).collect()))
    }

    /// The range that was given, or the usual one of the kind.
    fn range_of(&self, setting: &Setting, now: Option<f64>) -> Result<(f64, f64, f64), FactorError> {
        let is_stock = ends_with(&setting.key, &["extra-stock-days"]);
        let (low, high, step) = match self.range {
            Some(given) => given,
            None if is_stock => return Ok(STOCK),
            None if matches!(setting.sort, Sort::Share) => (0.05, 0.95, Some(0.05)),
            None => {
                let Some(now) = now else {
                    let message = format!("`{}` is {}, which is no number to begin with", setting.key, setting.value);
                    return Err(FactorError::new(message, "write a range: `low:high:step`"));
                };
                let low = setting.limit.map_or(0.0, |l| l.low.max(0.0));
                (low, (3.0 * now.abs()).max(low + 10.0).ceil(), None)
            }
        };
        let step = step.unwrap_or_else(|| match setting.sort {
            Sort::Whole | Sort::Days => 1.0,
            _ if is_stock => 1.0,
            _ => (high - low) / 100.0,
        });
        Ok((low, high, step))
    }

    fn unknown(&self, why: &str) -> FactorError {
        let near = did_you_mean(&self.name, WORDS.iter().map(|w| w.0));
        let words: Vec<String> = WORDS.iter().map(|w| format!("`{}`", w.0)).collect();
        let hint = near
            .map_or_else(|| format!("write a key, or one of {}", words.join(", ")), |n| format!("did you mean `{n}`?"));
        FactorError::new(format!("`{}` is no parameter: {why}", self.name), hint)
    }

    fn missing(&self, model: &str, settings: &[Setting]) -> FactorError {
        if let Some((word, what, _)) = WORDS.iter().find(|w| w.0 == self.name) {
            let has = |w: &&(&str, &str, &[&[&str]])| {
                w.2.iter().any(|end| {
                    settings
                        .iter()
                        .any(|s| s.key.parts().get(1) == Some(&Part::Name(model.into())) && ends_with(&s.key, end))
                })
            };
            let words: Vec<String> = WORDS.iter().filter(has).map(|w| format!("`{}`", w.0)).collect();
            let message = format!("the policies of `{model}` have no `{word}` ({what})");
            return FactorError::new(message, format!("vary what they have: {}", words.join(", ")));
        }
        let keys: Vec<String> = settings.iter().map(|s| s.key.to_string()).collect();
        // Where there is a `*` on the way, the last part tells.
        let last = |key: &str| key.rsplit('.').next().unwrap_or(key).to_owned();
        let lasts: Vec<String> = keys.iter().map(|k| last(k)).collect();
        let of_last = || {
            let near = did_you_mean(&last(&self.name), lasts.iter().map(String::as_str))?;
            lasts.iter().position(|l| l == near).map(|i| keys[i].as_str())
        };
        match did_you_mean(&self.name, keys.iter().map(String::as_str)).or_else(of_last) {
            Some(near) => {
                let message = format!("the scenario has no value `{}`", self.name);
                FactorError::new(message, format!("did you mean `{near}`?"))
            }
            None => self.unknown("the scenario has no such value"),
        }
    }
}

/// Whether a key ends with these parts, `*` for any.
fn ends_with(key: &Key, end: &[&str]) -> bool {
    let parts = key.parts();
    let same = |(part, end): (&Part, &&str)| *end == "*" || *part == Part::Name((*end).into());
    parts.len() >= end.len() && parts[parts.len() - end.len()..].iter().zip(end).all(same)
}

/// Whether a key that begins with `supply` may be of this model.
fn fits_model(key: &Key, model: &str, place: usize) -> bool {
    match key.parts().get(1) {
        Some(Part::Name(name)) => name == model,
        Some(Part::Index(i)) => *i == place,
        Some(Part::Every) => true,
        None => false,
    }
}

/// Whether a key with `*` in it names another one.
fn matches(asked: &Key, key: &Key) -> bool {
    let (a, b) = (asked.parts(), key.parts());
    let same = |(i, (a, b)): (usize, (&Part, &Part))| match (a, b) {
        (Part::Every, _) => true,
        // Which model it is has been seen to.
        (Part::Index(_), Part::Name(_)) => i == 1,
        (a, b) => a == b,
    };
    a.len() == b.len() && a.iter().zip(b).enumerate().all(same)
}
