//! What is aimed at: conditions on KPIs, and objectives made of them, as people write them.
//!
//! ```text
//! fill_rate >= 97%                        the mean over replications
//! ordinary fill_rate >= 97%               of the same replications without surges and unplanned campaigns
//! P(fill_rate >= 95%) >= 90%              the share of replications in which it holds
//! P(cash_trough < -200k) <= 5%
//! residual_income                         what is made as large, or as small, as can be
//! 64 x purchase_orders + mean_on_hand + 9 x mean_backlog
//! ```

use super::lab::Days;
use restock_base::diag::did_you_mean;
use restock_base::stats::interval::Sample;
use restock_kernel::model::{Kpi, Unit};
use restock_kernel::study::{EXACT, ModelOutcome};
use std::fmt;
use std::str::FromStr;

/// Which side of a limit is asked for. On the limit itself either is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The limit or more.
    AtLeast,
    /// The limit or less.
    AtMost,
}

/// A KPI and its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Condition {
    /// What is measured.
    pub kpi: Kpi,
    /// Which side of the limit is asked for.
    pub side: Side,
    /// The limit, in the unit of the KPI: shares as fractions.
    pub limit: f64,
}

/// What is to be reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Which days it is of.
    pub days: Days,
    /// The KPI and its limit: of the mean over replications, or of each replication.
    pub condition: Condition,
    /// The share of replications in which the condition is to hold; absent: it is to hold of the mean.
    pub chance: Option<(Side, f64)>,
}

/// What is made as large as can be: a weighted sum of KPIs.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    /// Weights and KPIs, in the order in which they were written. Those of what is made small are negative.
    pub terms: Vec<(f64, Kpi)>,
    /// Tolerance for risk `T` of whoever decides, in the unit of the sum: then the certainty equivalent under the exponential utility,
    /// `-T ln mean(exp(-x / T))`, is made large in place of the mean. Absent: risk does not matter.
    pub risk_tolerance: Option<f64>,
}

/// Why a text is no target, or no objective.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalError {
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: String,
}

impl fmt::Display for GoalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.hint)
    }
}

impl std::error::Error for GoalError {}

fn wrong(message: String, hint: &str) -> GoalError {
    GoalError { message, hint: hint.into() }
}

const EXAMPLE: &str = "write `fill_rate >= 97%`, `ordinary fill_rate >= 97%` or `P(fill_rate >= 95%) >= 90%`";

/// A KPI by its name in files; `fill of ordinary days` and the like are not known here.
fn kpi(text: &str) -> Result<Kpi, GoalError> {
    let name = text.trim().to_lowercase().replace(['-', ' '], "_");
    let found = Kpi::ALL
        .iter()
        .copied()
        .find(|k| k.name() == name || k.label().to_lowercase().replace(['-', ' '], "_") == name);
    found.ok_or_else(|| {
        let near = did_you_mean(&name, Kpi::ALL.iter().map(|k| k.name()));
        let hint = near.map_or_else(
            || "KPIs have the names of `kpis.csv`: `fill_rate`, `invested_capital`, `residual_income`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        wrong(format!("there is no KPI `{}`", text.trim()), &hint)
    })
}

/// A number as people write it: `97%`, `0.97`, `1_000`, `-200k`, `1.5m`. Per cents are fractions.
#[must_use]
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_start_matches(['$', '€', '£']).replace(['_', ' '], "");
    let (digits, factor) = match text.chars().last()? {
        '%' => (&text[..text.len() - 1], 0.01),
        'k' => (&text[..text.len() - 1], 1e3),
        'm' => (&text[..text.len() - 1], 1e6),
        _ => (text.as_str(), 1.0),
    };
    let x: f64 = digits.parse().ok()?;
    // Per cents are divided, so that 97 % is the same number as 0.97.
    let x = if factor == 0.01 { x / 100.0 } else { x * factor };
    x.is_finite().then_some(x)
}

/// The text before a comparison, the side, and the text after it.
fn compared(text: &str) -> Result<(&str, Side, &str), GoalError> {
    let at = text
        .rfind(['<', '>', '≥', '≤'])
        .ok_or_else(|| wrong(format!("`{}` compares nothing", text.trim()), EXAMPLE))?;
    let sign = text[at..].chars().next().unwrap_or('>');
    let side = if matches!(sign, '>' | '≥') { Side::AtLeast } else { Side::AtMost };
    let after = &text[at + sign.len_utf8()..];
    Ok((&text[..at], side, after.strip_prefix('=').unwrap_or(after)))
}

fn condition(text: &str) -> Result<(Days, Condition), GoalError> {
    let (name, side, limit) = compared(text)?;
    let name = name.trim();
    let (days, name) = match name.strip_prefix("ordinary ") {
        Some(name) => (Days::Ordinary, name),
        None => match name.strip_suffix(" of ordinary days") {
            Some(name) => (Days::Ordinary, if name == "fill" { "fill_rate" } else { name }),
            None => (Days::AsTheyCome, name),
        },
    };
    let kpi = kpi(name)?;
    let limit = number(limit).ok_or_else(|| wrong(format!("`{}` is no number", limit.trim()), EXAMPLE))?;
    let (low, high) = kpi.range();
    if !(low..=high).contains(&limit) {
        let per_cent = kpi.unit() == Unit::Share && limit > 1.0;
        let hint = if per_cent { "write a share with `%`, or as a fraction" } else { "write a limit that it can have" };
        return Err(wrong(format!("`{}` is never {limit}: it lies from {low} to {high}", kpi.name()), hint));
    }
    Ok((days, Condition { kpi, side, limit }))
}

impl FromStr for Target {
    type Err = GoalError;

    fn from_str(text: &str) -> Result<Target, GoalError> {
        let inner = text.trim().strip_prefix(['P', 'p']).and_then(|rest| rest.trim_start().strip_prefix('('));
        let Some(inner) = inner else {
            let (days, condition) = condition(text)?;
            return Ok(Target { days, condition, chance: None });
        };
        let end = inner
            .rfind(')')
            .ok_or_else(|| wrong(format!("the bracket of `{}` is not closed", text.trim()), EXAMPLE))?;
        let (days, condition) = condition(&inner[..end])?;
        let (between, side, chance) = compared(&inner[end + 1..])?;
        if !between.trim().is_empty() {
            return Err(wrong(format!("`{}` stands between the bracket and the comparison", between.trim()), EXAMPLE));
        }
        let share = number(chance).filter(|p| (0.0..=1.0).contains(p));
        let share = share.ok_or_else(|| wrong(format!("`{}` is no share of replications", chance.trim()), EXAMPLE))?;
        Ok(Target { days, condition, chance: Some((side, share)) })
    }
}

/// As it is read: `P(fill_rate >= 95%) >= 90%`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = if self.days == Days::Ordinary { "ordinary " } else { "" };
        let Condition { kpi, side, limit } = self.condition;
        let limit = if kpi.unit() == Unit::Share { per_cent(limit) } else { limit.to_string() };
        let inner = format!("{days}{} {} {limit}", kpi.name(), sign(side));
        match self.chance {
            None => f.write_str(&inner),
            Some((side, share)) => write!(f, "P({inner}) {} {}", sign(side), per_cent(share)),
        }
    }
}

fn sign(side: Side) -> &'static str {
    match side {
        Side::AtLeast => ">=",
        Side::AtMost => "<=",
    }
}

fn per_cent(share: f64) -> String {
    let text = format!("{:.6}", share * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

impl Side {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Side::AtLeast => value >= limit,
            Side::AtMost => value <= limit,
        }
    }

    /// `sample` beyond the limit, positive on the side asked for.
    fn excess(self, sample: Sample, limit: f64, replications: u32) -> Sample {
        let beyond = sample.plus(-1.0, &Sample::constant(limit, replications as usize));
        match self {
            Side::AtLeast => beyond,
            Side::AtMost => beyond.times(-1.0),
        }
    }
}

impl Target {
    /// How far the target is exceeded, in the unit of the KPI, or as a share of replications; negative where it is not reached. A KPI
    /// that does not exist (nobody ordered anything, so nobody was served late) is no obstacle: the target is met exactly.
    #[must_use]
    pub fn excess(&self, model: &ModelOutcome) -> Sample {
        let n = model.replications;
        let Condition { kpi, side, limit } = self.condition;
        let none = || Sample::constant(0.0, n as usize);
        match self.chance {
            None => model.sample(kpi).map_or_else(none, |sample| side.excess(sample, limit, n)),
            Some((of_share, share)) => {
                let holds = |value: Option<f64>| value.is_none_or(|v| side.holds(v, limit));
                model.chance(kpi, &holds).map_or_else(none, |sample| of_share.excess(sample, share, n))
            }
        }
    }

    /// What is compared with the limit: the KPI, or the share of replications.
    #[must_use]
    pub fn measured(&self, model: &ModelOutcome) -> Sample {
        let (side, limit) = self.chance.unwrap_or((self.condition.side, self.condition.limit));
        let excess = self.excess(model);
        let n = model.replications as usize;
        match side {
            Side::AtLeast => excess.plus(1.0, &Sample::constant(limit, n)),
            Side::AtMost => excess.times(-1.0).plus(1.0, &Sample::constant(limit, n)),
        }
    }

    /// The unit of what is compared.
    #[must_use]
    pub fn unit(&self) -> Unit {
        if self.chance.is_some() { Unit::Share } else { self.condition.kpi.unit() }
    }

    /// Replications that can be asked for at most; absent: any number.
    #[must_use]
    pub fn most_replications(&self) -> Option<u32> {
        self.chance.map(|_| EXACT)
    }
}

impl Objective {
    /// The mean of one KPI.
    #[must_use]
    pub fn mean(kpi: Kpi) -> Self {
        Objective { terms: vec![(1.0, kpi)], risk_tolerance: None }
    }

    /// The same with all weights turned: what is made as small as can be.
    #[must_use]
    pub fn negated(mut self) -> Self {
        self.terms.iter_mut().for_each(|term| term.0 = -term.0);
        self
    }

    /// Its value, or its certainty equivalent, with its error; absent where a KPI does not exist, or is an average whose values of single
    /// replications say nothing of risk.
    #[must_use]
    pub fn value(&self, model: &ModelOutcome) -> Option<Sample> {
        let Some(tolerance) = self.risk_tolerance else {
            let none = Sample::constant(0.0, model.replications as usize);
            return self
                .terms
                .iter()
                .try_fold(none, |sum, (weight, kpi)| Some(sum.plus(*weight, &model.sample(*kpi)?)));
        };
        let each = self.each(model)?;
        // About the lowest value, so that nothing overflows.
        let least = each.iter().copied().fold(f64::INFINITY, f64::min);
        let utility = Sample::mean(each.iter().map(|x| -(-(x - least) / tolerance).exp()));
        let value = least - tolerance * (-utility.value).ln();
        Some(Sample::constant(value, each.len()).with_error(tolerance / -utility.value, &utility))
    }

    /// Its value in each replication, in order; absent where values of single replications are not kept, or do not exist.
    #[must_use]
    pub fn each(&self, model: &ModelOutcome) -> Option<Vec<f64>> {
        let mut sum = vec![0.0; model.replications as usize];
        for (weight, kpi) in &self.terms {
            let values = model.each(*kpi)?;
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += weight * value.unwrap_or(0.0);
            }
        }
        Some(sum)
    }

    /// The one KPI that it is, if it is no more than that.
    #[must_use]
    pub fn only(&self) -> Option<Kpi> {
        match self.terms.as_slice() {
            [(weight, kpi)] if weight.abs() == 1.0 && self.risk_tolerance.is_none() => Some(*kpi),
            _ => None,
        }
    }
}

impl FromStr for Objective {
    type Err = GoalError;

    fn from_str(text: &str) -> Result<Objective, GoalError> {
        const EXAMPLE: &str = "write a KPI, or a sum such as `64 x purchase_orders + mean_on_hand + 9 x mean_backlog`";
        let mut terms = Vec::new();
        let (mut sign, mut rest) = (1.0, text.trim());
        if rest.is_empty() {
            return Err(wrong("nothing is to be made large or small".into(), EXAMPLE));
        }
        if let Some(after) = rest.strip_prefix('-') {
            (sign, rest) = (-1.0, after);
        }
        loop {
            // A sign between blanks ends a term: KPIs may be written with hyphens.
            let end = [" + ", " - "].iter().filter_map(|s| rest.find(s)).min();
            let term = &rest[..end.unwrap_or(rest.len())];
            let factors = [" x ", " * ", "*"].iter().find_map(|times| term.split_once(times));
            let (weight, name) = match factors {
                None => (1.0, term),
                Some((weight, name)) => {
                    let weight =
                        number(weight).ok_or_else(|| wrong(format!("`{}` is no number", weight.trim()), EXAMPLE))?;
                    (weight, name)
                }
            };
            terms.push((sign * weight, kpi(name)?));
            let Some(end) = end else { break };
            sign = if rest[end..].starts_with(" +") { 1.0 } else { -1.0 };
            rest = &rest[end + 3..];
        }
        Ok(Objective { terms, risk_tolerance: None })
    }
}

/// As it is read.
impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (weight, kpi)) in self.terms.iter().enumerate() {
            let sign = match (i, *weight < 0.0) {
                (0, false) => "",
                (0, true) => "-",
                (_, false) => " + ",
                (_, true) => " - ",
            };
            match weight.abs() {
                1.0 => write!(f, "{sign}{}", kpi.name())?,
                weight => write!(f, "{sign}{weight} x {}", kpi.name())?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        text.parse::<Target>().unwrap_or_else(|e| panic!("{text}: {e}")).to_string()
    }

    #[test]
    fn targets_are_read_as_people_write_them() {
        for (text, expected) in [
            ("fill_rate >= 97%", "fill_rate >= 97%"),
            ("Fill rate>=0.97", "fill_rate >= 97%"),
            ("fill of ordinary days >= 97 %", "ordinary fill_rate >= 97%"),
            ("ordinary fill-rate > 97.5%", "ordinary fill_rate >= 97.5%"),
            ("P(fill_rate >= 95%) >= 90%", "P(fill_rate >= 95%) >= 90%"),
            ("p( cash_trough < -200k ) <= 5%", "P(cash_trough <= -200000) <= 5%"),
            ("backorder_rate ≤ 2%", "backorder_rate <= 2%"),
        ] {
            assert_eq!(told(text), expected);
            assert_eq!(told(&told(text)), expected);
        }
    }

    #[test]
    fn what_is_no_target_is_refused_with_its_remedy() {
        for (text, expected) in [
            ("fill_rate", "compares nothing"),
            ("fil_rate >= 97%", "did you mean `fill_rate`?"),
            ("fill_rate >= 97", "write a share with `%`"),
            ("fill_rate >= much", "`much` is no number"),
            ("P(fill_rate >= 95% >= 90%", "not closed"),
            ("P(fill_rate >= 95%)", "compares nothing"),
            ("P(fill_rate >= 95%) >= 90", "no share of replications"),
            ("P(fill_rate >= 95%) of years >= 90%", "stands between"),
            ("", "compares nothing"),
        ] {
            let error = text.parse::<Target>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn objectives_are_sums_of_kpis() {
        let read = |text: &str| text.parse::<Objective>().unwrap_or_else(|e| panic!("{text}: {e}")).to_string();
        for (text, expected) in [
            ("residual_income", "residual_income"),
            ("residual-income", "residual_income"),
            (
                "64 x purchase_orders + mean_on_hand + 9*mean_backlog",
                "64 x purchase_orders + mean_on_hand + 9 x mean_backlog",
            ),
            ("contribution - 0.5 x invested_capital", "contribution - 0.5 x invested_capital"),
            ("-invested_capital", "-invested_capital"),
        ] {
            assert_eq!(read(text), expected);
        }
        for text in ["", "profit per unit", "x x fill_rate", "2 x"] {
            assert!(text.parse::<Objective>().is_err(), "{text}");
        }
    }
}
