//! What is varied: a key of the scenario and its levels, and how several keys are varied together.

use restock_scenario::Key;
use std::fmt;
use std::str::FromStr;

/// Levels of one factor at most.
pub const MOST_LEVELS: usize = 1_000;

/// Cells of a design at most.
pub const MOST_CELLS: usize = 10_000;

/// A key and the values that it takes, in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// The way to the value.
    pub key: Key,
    /// The values as `--set` takes them, at least one.
    pub levels: Vec<String>,
}

/// Why a text is no factor, or several factors are no design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl FactorError {
    /// What is wrong, and the remedy.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        FactorError { message: message.into(), hint: hint.into() }
    }
}

impl fmt::Display for FactorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.hint)
    }
}

impl std::error::Error for FactorError {}

const EXAMPLE: &str = "write `KEY=20,40,80` for values or `KEY=20:80:10` for a range with its step";

impl Factor {
    /// The levels as numbers, where all of them are: shares as fractions.
    #[must_use]
    pub fn numbers(&self) -> Option<Vec<f64>> {
        self.levels.iter().map(|level| Number::read(level).map(|n| n.value())).collect()
    }
}

/// `KEY=1,2,3` (values), `KEY=20:80:10` (from, to, step). A value that holds a comma stands in quotes, brackets or braces, as in TOML.
impl FromStr for Factor {
    type Err = FactorError;

    fn from_str(text: &str) -> Result<Factor, FactorError> {
        let at = outside(text, '=').into_iter().next();
        let at = at.ok_or_else(|| FactorError::new(format!("`{text}` has no `=`"), EXAMPLE))?;
        let (key, values) = (text[..at].trim(), text[at + 1..].trim());
        let key: Key = key
            .parse()
            .map_err(|e| FactorError::new(format!("`{key}` is no key: {e}"), "see `restock check FILE --keys`"))?;
        if values.is_empty() {
            return Err(FactorError::new(format!("`{key}` has no values"), EXAMPLE));
        }
        let levels = match parts(values, ':').as_slice() {
            [_] => listed(&key, values)?,
            [from, to, step] => range(&key, [from, to, step])?,
            _ => {
                let message = format!("`{values}` is no range of `{key}`: it has {} parts", parts(values, ':').len());
                return Err(FactorError::new(
                    message,
                    "write a range as `from:to:step`, a text that holds `:` in quotes",
                ));
            }
        };
        Ok(Factor { key, levels })
    }
}

fn listed(key: &Key, values: &str) -> Result<Vec<String>, FactorError> {
    let levels: Vec<String> = parts(values, ',').iter().map(|v| v.trim().to_owned()).collect();
    if levels.iter().any(String::is_empty) {
        return Err(FactorError::new(
            format!("a value of `{key}` is empty in `{values}`"),
            "leave the extra comma out",
        ));
    }
    few(key, levels.len())?;
    if let Some(twice) = levels.iter().enumerate().find(|(i, level)| levels[..*i].contains(level)) {
        return Err(FactorError::new(format!("`{key}` takes {} twice", twice.1), "leave one of them out"));
    }
    Ok(levels)
}

fn few(key: &Key, levels: usize) -> Result<(), FactorError> {
    if levels > MOST_LEVELS {
        let message = format!("`{key}` would take {levels} values, {MOST_LEVELS} at most are run");
        return Err(FactorError::new(message, "write a larger step"));
    }
    Ok(())
}

fn range(key: &Key, [from, to, step]: [&str; 3]) -> Result<Vec<String>, FactorError> {
    let number = |text: &str| {
        Number::read(text)
            .ok_or_else(|| FactorError::new(format!("`{text}` in the range of `{key}` is no number"), EXAMPLE))
    };
    let (a, b, d) = (number(from)?, number(to)?, number(step)?);
    let per_cent = [a, b, d].map(|n| n.per_cent);
    // A step of nought needs no sign of its kind.
    if per_cent.iter().any(|p| *p != per_cent[0]) {
        let message = format!("`{from}:{to}:{step}` mixes shares in per cent with plain numbers");
        return Err(FactorError::new(message, "write `%` behind all three, or behind none"));
    }
    let decimals = [a, b, d].iter().map(|n| n.decimals).max().unwrap_or(0);
    if d.value() == 0.0 || (b.shown - a.shown) * d.shown < 0.0 {
        let message = format!("steps of {step} never lead from {from} to {to}");
        return Err(FactorError::new(message, "write a step in the direction of the range"));
    }
    let steps = (b.shown - a.shown) / d.shown;
    // The end belongs to the range, whatever the last digits of the division are.
    let steps = (steps + 1e-9).floor();
    few(key, if steps < 1e9 { steps as usize + 1 } else { usize::MAX })?;
    let level = |i: usize| {
        let x = format!("{:.*}", decimals, a.shown + d.shown * i as f64);
        let x = if decimals > 0 { x.trim_end_matches('0').trim_end_matches('.').to_owned() } else { x };
        if a.per_cent { format!("\"{x}%\"") } else { x }
    };
    Ok((0..=steps as usize).map(level).collect())
}

/// A number as it is written: `20`, `0.25`, `1_000`, `15%` or `"15%"`.
#[derive(Debug, Clone, Copy)]
struct Number {
    shown: f64,
    per_cent: bool,
    decimals: usize,
}

impl Number {
    fn read(text: &str) -> Option<Number> {
        let text = text.trim().trim_matches('"').trim();
        let (digits, per_cent) = match text.strip_suffix('%') {
            Some(digits) => (digits.trim(), true),
            None => (text, false),
        };
        let plain = digits.replace('_', "");
        let shown: f64 = plain.parse().ok().filter(|x: &f64| x.is_finite())?;
        let decimals = plain.split_once('.').map_or(0, |(_, after)| after.len());
        Some(Number { shown, per_cent, decimals })
    }

    fn value(self) -> f64 {
        if self.per_cent { self.shown / 100.0 } else { self.shown }
    }
}

/// Where `sought` stands outside quotes, brackets and braces.
fn outside(text: &str, sought: char) -> Vec<usize> {
    let (mut depth, mut quote, mut escaped) = (0_i32, None, false);
    let mut found = Vec::new();
    for (at, c) in text.char_indices() {
        match quote {
            Some(q) => {
                if c == q && !escaped {
                    quote = None;
                }
                escaped = q == '"' && c == '\\' && !escaped;
            }
            None if c == sought && depth == 0 => found.push(at),
            None => match c {
                '"' | '\'' => quote = Some(c),
                '[' | '{' => depth += 1,
                ']' | '}' => depth -= 1,
                _ => {}
            },
        }
    }
    found
}

/// The parts of a text between separators outside quotes, brackets and braces.
fn parts(text: &str, separator: char) -> Vec<&str> {
    let mut from = 0;
    let mut out = Vec::new();
    for at in outside(text, separator) {
        out.push(&text[from..at]);
        from = at + separator.len_utf8();
    }
    out.push(&text[from..]);
    out
}

/// Changes that are made together, under a name: `dear parcels: finance.cost-of-capital=20%; demand.mean-per-day=60`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// What it is called; the changes themselves where no name is given.
    pub name: String,
    /// `key=value` each, as `--set` takes them.
    pub changes: Vec<String>,
}

impl FromStr for Group {
    type Err = FactorError;

    fn from_str(text: &str) -> Result<Group, FactorError> {
        const EXAMPLE: &str = "write `NAME: KEY=VALUE; KEY=VALUE`, a text that holds `;` in quotes";
        let first = outside(text, '=').into_iter().next();
        let first =
            first.ok_or_else(|| FactorError::new(format!("`{text}` changes nothing: it has no `=`"), EXAMPLE))?;
        // A colon behind the first `=` belongs to a value.
        let colon = outside(text, ':').into_iter().next().filter(|at| *at < first);
        let (name, changes) = colon.map_or(("", text), |at| (text[..at].trim(), &text[at + 1..]));
        let changes: Vec<String> = parts(changes, ';').iter().map(|change| change.trim().to_owned()).collect();
        if changes.iter().any(String::is_empty) {
            return Err(FactorError::new(format!("a change of `{text}` is empty"), "leave the extra `;` out"));
        }
        let name = if name.is_empty() { changes.join("; ") } else { name.to_owned() };
        Ok(Group { name, changes })
    }
}

/// Several factors varied together.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// What is varied, at least one factor; no key twice.
    pub factors: Vec<Factor>,
    /// Whether the first levels go together, then the second ones, and so on; otherwise every level of one factor meets every level of the
    /// others.
    pub zipped: bool,
}

impl Design {
    /// Factors that are varied together.
    ///
    /// # Errors
    ///
    /// Without a factor, with the same key twice, with factors of different lengths that are zipped, and with more than 10,000 cells.
    pub fn new(factors: Vec<Factor>, zipped: bool) -> Result<Self, FactorError> {
        let Some(first) = factors.first() else {
            return Err(FactorError::new("nothing is varied", EXAMPLE));
        };
        for (i, factor) in factors.iter().enumerate() {
            if factors[..i].iter().any(|f| f.key == factor.key) {
                return Err(FactorError::new(
                    format!("`{}` is varied twice", factor.key),
                    "give all its values at once",
                ));
            }
            if zipped && factor.levels.len() != first.levels.len() {
                let (a, b) = (factor.levels.len(), first.levels.len());
                let message =
                    format!("`{}` has {a} values and `{}` has {b}, and they are to go together", factor.key, first.key);
                return Err(FactorError::new(message, "give both as many values, or leave `--zip` out"));
            }
        }
        let design = Design { factors, zipped };
        let cells = design.factors.iter().map(|f| f.levels.len()).fold(1_usize, usize::saturating_mul);
        if !zipped && cells > MOST_CELLS {
            let message = format!("the levels make {cells} cells, {MOST_CELLS} at most are run");
            return Err(FactorError::new(message, "take larger steps, or vary fewer keys"));
        }
        Ok(design)
    }

    /// Each cell's level of each factor, as an index into its levels. The last factor changes first.
    #[must_use]
    pub fn cells(&self) -> Vec<Vec<usize>> {
        if self.zipped {
            return (0..self.factors[0].levels.len()).map(|i| vec![i; self.factors.len()]).collect();
        }
        self.factors.iter().fold(vec![Vec::new()], |cells, factor| {
            let longer = |cell: &Vec<usize>| {
                (0..factor.levels.len()).map(|i| cell.iter().copied().chain([i]).collect()).collect::<Vec<_>>()
            };
            cells.iter().flat_map(longer).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(text: &str) -> Vec<String> {
        text.parse::<Factor>().unwrap_or_else(|e| panic!("{text}: {e}")).levels
    }

    #[test]
    fn values_and_ranges_are_read() {
        assert_eq!(levels("demand.mean-per-day=20,40, 80"), ["20", "40", "80"]);
        assert_eq!(levels("a=20:80:20"), ["20", "40", "60", "80"]);
        assert_eq!(levels("a=20:79:20"), ["20", "40", "60"]);
        assert_eq!(levels("a=0.1:0.4:0.1"), ["0.1", "0.2", "0.3", "0.4"]);
        assert_eq!(levels("a=80:20:-30"), ["80", "50", "20"]);
        assert_eq!(levels("a=5%:15%:5%"), ["\"5%\"", "\"10%\"", "\"15%\""]);
        assert_eq!(
            levels("a='x,y',[1, 2],{ poisson = { mean = 3 } }"),
            ["'x,y'", "[1, 2]", "{ poisson = { mean = 3 } }"]
        );
        assert_eq!(levels(r#"supply."Sea: slow = cheap".x=1"#), ["1"]);
        assert_eq!("a=\"5%\",0.2".parse::<Factor>().unwrap().numbers(), Some(vec![0.05, 0.2]));
    }

    #[test]
    fn what_is_no_factor_is_refused_with_its_remedy() {
        for (text, expected) in [
            ("demand.mean-per-day", "has no `=`"),
            ("a=", "has no values"),
            ("a=1,,2", "is empty"),
            ("a=1,2,1", "takes 1 twice"),
            ("a=1:2", "it has 2 parts"),
            ("a=1:2:0", "never lead from 1 to 2"),
            ("a=2:1:1", "never lead"),
            ("a=1:x:1", "`x` in the range of `a` is no number"),
            ("a=1:2:5%", "mixes shares"),
            ("a=1:1e9:0.1", "1000 at most"),
            ("a..b=1", "is no key"),
        ] {
            let error = text.parse::<Factor>().unwrap_err();
            assert!(error.to_string().contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn groups_have_a_name_and_changes() {
        let group = |text: &str| text.parse::<Group>().map(|g| (g.name, g.changes));
        let told =
            |name: &str, changes: &[&str]| Ok((name.to_owned(), changes.iter().map(|c| (*c).to_owned()).collect()));
        assert_eq!(group("dear: a=1; b.c = 2"), told("dear", &["a=1", "b.c = 2"]));
        assert_eq!(group("a=1;b=2"), told("a=1; b=2", &["a=1", "b=2"]));
        assert_eq!(group("a=x:y"), told("a=x:y", &["a=x:y"]));
        assert_eq!(group(r#"s: supply."A: b; c".x="1;2""#), told("s", &[r#"supply."A: b; c".x="1;2""#]));
        assert!(group("dear").unwrap_err().message.contains("no `=`"));
        assert!(group("dear: a=1;").unwrap_err().message.contains("is empty"));
    }

    #[test]
    fn factors_are_crossed_or_zipped() {
        let factors = || ["a=1,2", "b=x,y"].map(|t| t.parse().unwrap()).to_vec();
        let cells = |zipped| Design::new(factors(), zipped).unwrap().cells();
        assert_eq!(cells(false), [[0, 0], [0, 1], [1, 0], [1, 1]]);
        assert_eq!(cells(true), [[0, 0], [1, 1]]);
        let design = |texts: &[&str], zipped| Design::new(texts.iter().map(|t| t.parse().unwrap()).collect(), zipped);
        assert!(design(&["a=1,2", "a=3"], false).unwrap_err().message.contains("varied twice"));
        assert!(design(&["a=1,2", "b=3"], true).unwrap_err().message.contains("to go together"));
        assert!(design(&["a=1:500:1", "b=1:500:1"], false).unwrap_err().message.contains("250000 cells"));
        assert!(design(&[], false).is_err());
    }
}
