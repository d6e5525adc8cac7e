//! Conditions on rows: `COLUMN OP VALUE`, with `=`, `!=`, `in (a, b)` or `not in (a, b)`.
//!
//! Columns are named as in the header, blanks and case ignored; quotes go around whatever holds an operator, a comma or a bracket.
//! Text is compared trimmed and without case; `""` is a blank cell.

/// A condition as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub column: String,
    /// Rows with one of the values are left out, not kept.
    pub negated: bool,
    pub values: Vec<String>,
}

/// A piece of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Text(String),
    Quoted(String),
    Is,
    IsNot,
    Open,
    Close,
    Comma,
}

impl Condition {
    /// Reads a condition.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and how one looks.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no condition; write `COLUMN = VALUE`, `COLUMN != VALUE`, `COLUMN in (A, B)` or `COLUMN not in (A, B)`, \
                 with quotes around what holds an operator, a comma or a bracket"
            )
        };
        let tokens = tokens(text).ok_or_else(wrong)?;
        let end = tokens.iter().position(|t| matches!(t, Token::Is | Token::IsNot | Token::Open)).ok_or_else(wrong)?;
        let (left, right) = tokens.split_at(end);
        let (negated, column) = match (left, &right[0]) {
            ([Token::Text(column) | Token::Quoted(column)], Token::Is) => (false, column.clone()),
            ([Token::Text(column) | Token::Quoted(column)], Token::IsNot) => (true, column.clone()),
            ([Token::Text(text)], Token::Open) => member(text).ok_or_else(wrong)?,
            ([Token::Quoted(column), Token::Text(word)], Token::Open) => {
                let (negated, nothing) = member(&format!("x {word}")).ok_or_else(wrong)?;
                if nothing != "x" {
                    return Err(wrong());
                }
                (negated, column.clone())
            }
            _ => return Err(wrong()),
        };
        let values = match (&right[0], &right[1..]) {
            (Token::Open, [inside @ .., Token::Close]) => list(inside).ok_or_else(wrong)?,
            (Token::Is | Token::IsNot, [Token::Text(value) | Token::Quoted(value)]) => vec![value.clone()],
            _ => return Err(wrong()),
        };
        if column.trim().is_empty() {
            return Err(wrong());
        }
        Ok(Condition { column, negated, values: values.iter().map(|v| folded(v)).collect() })
    }

    /// The column of these that it names.
    pub fn column_of(&self, names: &[String]) -> Option<usize> {
        let bare = |t: &str| t.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect::<String>();
        names.iter().position(|n| bare(n) == bare(&self.column))
    }

    pub fn keeps(&self, cell: &str) -> bool {
        self.values.contains(&folded(cell)) != self.negated
    }
}

fn folded(text: &str) -> String {
    text.trim().to_lowercase()
}

/// `Status in` and `Status not in`: whether it is negated, and the column.
fn member(text: &str) -> Option<(bool, String)> {
    let ends = |text: &str, word: &str| {
        let at = text.len().checked_sub(word.len()).filter(|at| text.is_char_boundary(*at))?;
        let (before, last) = text.split_at(at);
        (last.eq_ignore_ascii_case(word) && before.ends_with(char::is_whitespace)).then(|| before.trim_end().to_owned())
    };
    let column = ends(text, "in")?;
    Some(match ends(&column, "not") {
        Some(column) => (true, column),
        None => (false, column),
    })
}

/// Values between commas.
fn list(tokens: &[Token]) -> Option<Vec<String>> {
    tokens
        .split(|t| *t == Token::Comma)
        .map(|part| match part {
            [Token::Text(value) | Token::Quoted(value)] => Some(value.clone()),
            _ => None,
        })
        .collect()
}

/// Absent if a quote is not closed.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut out = Vec::new();
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let token = match c {
            '=' => Some(Token::Is),
            '!' if chars.peek() == Some(&'=') => {
                chars.next();
                Some(Token::IsNot)
            }
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            '"' | '\'' if word.trim().is_empty() => {
                let mut quoted = String::new();
                loop {
                    match chars.next()? {
                        end if end == c => break,
                        inside => quoted.push(inside),
                    }
                }
                Some(Token::Quoted(quoted))
            }
            _ => None,
        };
        match token {
            Some(token) => {
                push_word(&mut out, &mut word);
                out.push(token);
            }
            None => word.push(c),
        }
    }
    push_word(&mut out, &mut word);
    Some(out)
}

fn push_word(out: &mut Vec<Token>, word: &mut String) {
    let text = std::mem::take(word);
    if !text.trim().is_empty() {
        out.push(Token::Text(text.trim().to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::Condition;

    fn of(text: &str) -> (String, bool, Vec<String>) {
        let c = Condition::parse(text).unwrap();
        (c.column, c.negated, c.values)
    }

    #[test]
    fn conditions_as_people_write_them() {
        for (text, column, negated, values) in [
            ("Financial Status!=voided", "Financial Status", true, &["voided"][..]),
            ("Financial Status = Paid", "Financial Status", false, &["paid"]),
            ("status not in (voided, \"part, refunded\")", "status", true, &["voided", "part, refunded"]),
            ("Status IN (paid,pending)", "Status", false, &["paid", "pending"]),
            ("\"a = b\" != ''", "a = b", true, &[""]),
            ("\"in (x)\" in (1)", "in (x)", false, &["1"]),
            ("O'Neil = x", "O'Neil", false, &["x"]),
        ] {
            assert_eq!(
                of(text),
                (column.to_owned(), negated, values.iter().map(|v| (*v).to_owned()).collect()),
                "{text}"
            );
        }
        for text in [
            "",
            "status",
            "= paid",
            "status = ",
            "status in paid",
            "status in (a",
            "status = a = b",
            "x \"y",
            "status < 3",
        ] {
            assert!(Condition::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn text_is_compared_trimmed_and_without_case() {
        let c = Condition::parse("financialstatus != VOIDED").unwrap();
        assert_eq!(c.column_of(&["Name".into(), "Financial Status".into()]), Some(1));
        assert!(c.keeps("paid") && !c.keeps(" Voided ") && c.keeps(""));
        assert!(!Condition::parse("x != \"\"").unwrap().keeps("  "));
    }
}
