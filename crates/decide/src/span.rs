//! Which assumption is varied, and between which values: `parcel-price`, `parcel-price=3:7`, `demand.mean-per-day=30:90`.

use super::factor::FactorError;
use restock_scenario::Key;
use std::str::FromStr;

/// An assumption that the reader names, and its range.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// A name in the register, or the way to a value of the scenario.
    pub key: Key,
    /// Least and most; absent: as the register has them.
    pub range: Option<(f64, f64)>,
    /// Whether the ends were written in per cent.
    pub share: bool,
}

const EXAMPLE: &str = "write `NAME`, `NAME=LOW:HIGH` or `KEY=LOW:HIGH`, `parcel-price=3:7` say";

impl FromStr for Span {
    type Err = FactorError;

    fn from_str(text: &str) -> Result<Span, FactorError> {
        // A name in quotes may hold a `=`.
        let ends = text.match_indices('=').map(|(at, _)| at).chain([text.len()]);
        let (at, key) = ends
            .filter_map(|at| Some((at, text[..at].parse::<Key>().ok()?)))
            .next()
            .ok_or_else(|| FactorError::new(format!("`{text}` begins with no key"), EXAMPLE))?;
        let Some(written) = text.get(at + 1..) else { return Ok(Span { key, range: None, share: false }) };
        let Some((low, high)) = written.split_once(':') else {
            return Err(FactorError::new(format!("`{written}` is no range of `{key}`"), EXAMPLE));
        };
        let end = |text: &str| {
            number(text).ok_or_else(|| {
                FactorError::new(format!("`{}` in the range of `{key}` is no number", text.trim()), EXAMPLE)
            })
        };
        let ((low, per_cent), (high, also)) = (end(low)?, end(high)?);
        if per_cent != also {
            let message = format!("`{written}` mixes a share in per cent with a plain number");
            return Err(FactorError::new(message, "write `%` behind both, or behind none"));
        }
        if low >= high {
            let message = format!("the range of `{key}` begins at {low} and ends at {high}");
            return Err(FactorError::new(message, "write the lower end first"));
        }
        Ok(Span { key, range: Some((low, high)), share: per_cent })
    }
}

/// A number, and whether it is written in per cent.
fn number(text: &str) -> Option<(f64, bool)> {
    let text = text.trim().trim_matches('"').trim();
    let (digits, per_cent) = text.strip_suffix('%').map_or((text, false), |digits| (digits.trim(), true));
    // The decimal point moves, nothing is multiplied.
    let digits = digits.replace('_', "");
    let number: f64 = if per_cent { format!("{digits}e-2").parse() } else { digits.parse() }.ok()?;
    Some((number, per_cent)).filter(|(n, _)| n.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_ranges_are_read() {
        let read = |text: &str| text.parse::<Span>().unwrap_or_else(|e| panic!("{text}: {e}"));
        assert_eq!(read("parcel-price").range, None);
        assert_eq!(read("parcel-price=3:6.5").range, Some((3.0, 6.5)));
        assert_eq!((read("a.b=5%:15%").range, read("a.b=5%:15%").share), (Some((0.05, 0.15)), true));
        assert_eq!(read("a=-1:1_000").range, Some((-1.0, 1000.0)));
        assert_eq!(read(r#"supply."a=b".x=1:2"#).key.to_string(), r#"supply."a=b".x"#);
    }

    #[test]
    fn what_is_no_range_is_refused_with_its_remedy() {
        for (text, expected) in [
            ("", "begins with no key"),
            ("=1:2", "begins with no key"),
            ("a..b=1:2", "begins with no key"),
            ("a=", "is no range"),
            ("a=1", "`1` is no range of `a`"),
            ("a=1:2:3", "`2:3` in the range of `a` is no number"),
            ("a=x:2", "`x` in the range of `a` is no number"),
            ("a=1:inf", "`inf` in the range of `a` is no number"),
            ("a=1:5%", "mixes a share"),
            ("a=2:1", "begins at 2 and ends at 1"),
            ("a=1:1", "begins at 1 and ends at 1"),
        ] {
            let error = text.parse::<Span>().unwrap_err();
            assert!(error.to_string().contains(expected), "{text}: {error}");
        }
    }
}
