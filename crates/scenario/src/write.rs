//! The one writer of scenarios: from the types of the file to its text, with remarks.
//!
//! What is left out is what the reader puts there by itself: defaults, templates, presets, and what the types have where nothing is
//! written. So a scenario that was read and is written is about as long as its file, and reading it again gives the same scenario.

use super::format::Shape;
use super::key::{Key, Part, written};
use super::scalar::{Distribution, Duration, Share};
use super::tree::{IDENTITIES, Node, is_choice};
use super::{load, raw};
use restock_base::diag::{Diagnostics, Place};
use restock_base::names::clean;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::Write;
use toml::{Table, Value};
use toml_writer::{ToTomlValue, TomlStringBuilder};

/// Remarks of a written scenario. Keys name entries of lists by their place.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    head: Vec<String>,
    at: HashMap<Key, Note>,
}

#[derive(Debug, Clone, Default)]
struct Note {
    above: Vec<String>,
    beside: Option<String>,
}

impl Notes {
    /// Adds a line to the remark at the head of the file.
    pub fn head(&mut self, line: &str) {
        self.head.push(one_line(line));
    }

    /// Writes a key even if it is as the defaults have it.
    pub fn keep(&mut self, key: Key) {
        self.at.entry(key).or_default();
    }

    /// A remark behind a value, or behind the heading of a table. The key is written even if it is as the defaults have it.
    pub fn beside(&mut self, key: Key, text: &str) {
        self.at.entry(key).or_default().beside = Some(one_line(text));
    }

    /// Adds a line above a key, or above the heading of a table.
    pub fn above(&mut self, key: Key, text: &str) {
        self.at.entry(key).or_default().above.push(one_line(text));
    }

    /// Whether there is a note of this key or of one inside of it.
    fn within(&self, key: &Key) -> bool {
        self.at.keys().any(|k| k.parts().starts_with(key.parts()))
    }

    fn inside(&self, key: &Key) -> bool {
        self.at.keys().any(|k| k.parts().starts_with(key.parts()) && k.parts().len() > key.parts().len())
    }
}

/// Text for a remark: on one line, of what is text.
fn one_line(text: &str) -> String {
    clean(text).unwrap_or_else(|| text.to_owned())
}

/// A scenario as the text of a file.
#[must_use]
pub fn write(scenario: &raw::Scenario) -> String {
    write_with(scenario, &Notes::default())
}

/// A scenario as the text of a file, with remarks.
///
/// # Panics
///
/// If a type of the file has no form in TOML: a bug.
#[must_use]
pub fn write_with(scenario: &raw::Scenario, notes: &Notes) -> String {
    let value = value_of(scenario);
    let (base, present) = beneath(&value);
    let rest = Reduced { notes, whole: false };
    let shape = Shape::scenario();
    let left = rest.value(&value, Some(&base), Some(&present), &shape, &Key::default());
    let mut out = String::new();
    for line in &notes.head {
        remark(&mut out, line);
    }
    if !notes.head.is_empty() {
        out.push('\n');
    }
    let left = left.unwrap_or(Value::Table(Table::new()));
    if let Value::Table(table) = &left {
        Layout { notes, out: &mut out }.table(table, &mut Vec::new(), &Key::default());
    }
    out
}

/// A table of a scenario as a line of its file, `key = value`, without what its type has where nothing is written.
///
/// # Panics
///
/// If a type of the file has no form in TOML: a bug.
#[must_use]
pub fn line(key: &Key, value: &impl Serialize) -> String {
    let value = value_of(value);
    let names = || key.parts().iter().filter_map(|part| if let Part::Name(name) = part { Some(name) } else { None });
    let shape = names().fold(Shape::scenario(), |shape, name| shape.key(name).unwrap_or_default());
    let notes = Notes::default();
    let left = Reduced { notes: &notes, whole: false }.value(&value, None, None, &shape, key).unwrap_or(value);
    format!("{} = {}", names().next_back().map_or_else(String::new, |name| written(name)), inline(&left))
}

/// A table of the file as a tree. By way of its text, in which a date is a date.
fn value_of(table: &impl Serialize) -> Value {
    let text = toml::to_string(table).unwrap_or_else(|e| panic!("every type of the file has a form in TOML: {e}"));
    Value::Table(text.parse().unwrap_or_else(|e| panic!("what is written can be read: {e}")))
}

/// What a reader puts beneath a scenario with these entries of lists; and which entries of lists are there by themselves.
fn beneath(value: &Value) -> (Value, Value) {
    let mut defaults = Node::parse(0, super::DEFAULTS, &mut Diagnostics::default());
    let beneath = load::beneath(&mut defaults);
    let laid = |over: Table| {
        let mut layers = defaults.clone();
        layers.lay_over(Node::of_value(&Value::Table(over), &Place { source: 0, span: 0..0 }));
        beneath.under(&layers, &mut Diagnostics::default()).to_value()
    };
    let own = laid(Table::new());
    let mut names = skeleton(value);
    // Demand, customers and planner of the scenario lie beneath those of products and supply models.
    let shared = ["demand", "customers", "planner"];
    let mut entries = Table::new();
    for key in shared {
        let own = value.get(key).map(|v| (key.to_owned(), v.clone()));
        names.extend(own.clone());
        entries.extend(own);
    }
    for list in ["product", "supply"] {
        let shallow = |entry: &Value| {
            let kept = |(key, value): (&String, &Value)| match key.as_str() {
                key if keeps(key) => Some((key.to_owned(), value.clone())),
                key if shared.contains(&key) => Some((key.to_owned(), Value::Table(Table::new()))),
                _ => None,
            };
            Value::Table(entry.as_table().into_iter().flatten().filter_map(kept).collect())
        };
        if let Some(Value::Array(items)) = value.get(list) {
            entries.insert(list.into(), Value::Array(items.iter().map(shallow).collect()));
        }
    }
    let mut present = laid(entries);
    let mut base = laid(names);
    // Of the scenario's own tables only the defaults lie beneath.
    if let (Value::Table(base), Value::Table(present), Value::Table(own)) = (&mut base, &mut present, own) {
        for key in shared {
            base.remove(key);
            present.remove(key);
        }
        // A table that the defaults lack says something by being there: an empty `[position]` is a run from today.
        base.retain(|key, value| !value.is_table() || own.contains_key(key));
        base.extend(own);
    }
    (base, present)
}

/// The tables of a value, and the names of entries of its lists.
fn skeleton(value: &Value) -> Table {
    let mut out = Table::new();
    for (key, value) in value.as_table().into_iter().flatten() {
        match value {
            Value::Table(_) if !is_choice(key) => {
                out.insert(key.clone(), Value::Table(skeleton(value)));
            }
            Value::Array(items) if items.iter().all(|i| identity(i).is_some()) => {
                out.insert(key.clone(), Value::Array(items.iter().map(|i| Value::Table(skeleton(i))).collect()));
            }
            Value::String(_) if keeps(key) => {
                out.insert(key.clone(), value.clone());
            }
            _ => {}
        }
    }
    out
}

/// Keys that are always written: they say what else lies beneath.
fn keeps(key: &str) -> bool {
    IDENTITIES.contains(&key) || key == "preset"
}

fn identity(value: &Value) -> Option<&str> {
    IDENTITIES.iter().find_map(|key| value.get(key)).and_then(Value::as_str)
}

/// What is left of a scenario without what lies beneath.
struct Reduced<'a> {
    notes: &'a Notes,
    /// Inside of a choice, which is written whole: what lies beneath is no reason to leave anything out.
    whole: bool,
}

impl Reduced<'_> {
    /// Absent if reading gives the same without it.
    fn value(
        &self,
        value: &Value,
        base: Option<&Value>,
        present: Option<&Value>,
        shape: &Shape,
        key: &Key,
    ) -> Option<Value> {
        match value {
            Value::Table(table) => {
                let mut out = Table::new();
                for (name, inner) in table {
                    let key = key.name(name);
                    let (below, there) = (base.and_then(|b| b.get(name)), present.and_then(|p| p.get(name)));
                    let found = self.entry((name, inner), (below, there), shape, &key);
                    out.extend(found.map(|found| (name.clone(), found)));
                }
                let nothing = base.is_some() && !self.whole && out.is_empty();
                (!nothing || self.notes.within(key)).then_some(Value::Table(out))
            }
            Value::Array(items) => {
                let entries = shape.entries().unwrap_or_default();
                let named = items.iter().all(|i| identity(i).is_some());
                let of = |list: Option<&'_ Value>, item: &Value| {
                    let list = list.and_then(Value::as_array)?;
                    list.iter().find(|b| identity(b) == identity(item)).cloned()
                };
                if !named || self.whole {
                    let alike = |b: &Value| same(&tidy(value, shape), &tidy(b, shape), shape);
                    let same = base.is_some_and(alike) && !self.whole && !self.notes.within(key);
                    let each = |(i, item): (usize, &Value)| {
                        let kept = self.value(item, None, None, &entries, &key.index(i));
                        kept.unwrap_or_else(|| item.clone())
                    };
                    return (!same).then(|| Value::Array(items.iter().enumerate().map(each).collect()));
                }
                let mut out = Vec::new();
                for (i, item) in items.iter().enumerate() {
                    let (below, there) = (of(base, item), of(present, item));
                    let left = self.value(item, below.as_ref(), there.as_ref(), &entries, &key.index(i));
                    let more = left.as_ref().and_then(Value::as_table).is_some_and(|t| t.len() > 1);
                    if more || there.is_none() || key.parts().len() == 1 {
                        out.extend(left);
                    }
                }
                (!out.is_empty() || base.is_none()).then_some(Value::Array(out))
            }
            leaf => {
                let same = base.is_some_and(|b| same(leaf, b, shape));
                (!same || self.whole || self.notes.within(key)).then(|| leaf.clone())
            }
        }
    }

    fn entry(
        &self,
        (name, value): (&str, &Value),
        (base, present): (Option<&Value>, Option<&Value>),
        shape: &Shape,
        key: &Key,
    ) -> Option<Value> {
        let inner = shape.key(name).unwrap_or_default();
        if keeps(name) {
            return Some(value.clone());
        }
        let Some(base) = base else {
            // What the types have where nothing is written.
            let default = shape.unwritten(name).is_some_and(|d| same(value, &of_json(d), &inner));
            let kept = || self.value(value, None, present, &inner, key);
            return if default && !self.notes.within(key) {
                None
            } else {
                Some(kept().unwrap_or_else(|| value.clone()))
            };
        };
        if !is_choice(name) || self.whole {
            return self.value(value, Some(base), present, &inner, key);
        }
        let alike = tag(value) == tag(base);
        let whole =
            Reduced { notes: self.notes, whole: true }.value(value, alike.then_some(base), None, &inner, key)?;
        let same = same(&tidy(&whole, &inner), &tidy(base, &inner), &inner);
        (!same || self.notes.within(key)).then_some(whole)
    }
}

/// A value without what its types have where nothing is written.
fn tidy(value: &Value, shape: &Shape) -> Value {
    let reduced = Reduced { notes: &Notes::default(), whole: false };
    reduced.value(value, None, None, shape, &Key::default()).unwrap_or_else(|| value.clone())
}

/// The alternative that a value chooses.
fn tag(value: &Value) -> Option<&String> {
    value.as_table().and_then(|t| t.keys().next())
}

/// A default of the types, as a value of TOML.
pub(super) fn of_json(value: &serde_json::Value) -> Value {
    // What TOML lacks is no default of a key.
    Value::try_from(value).unwrap_or(Value::Table(Table::new()))
}

/// Whether two values mean the same: `"30%"` is 0.3, `"6 weeks"` is 42, `30` is 30.0.
fn same(a: &Value, b: &Value, shape: &Shape) -> bool {
    let number = |v: &Value| match v {
        Value::Integer(n) => Some(*n as f64),
        Value::Float(x) => Some(*x),
        Value::String(_) if shape.is_named("Share") => Share::deserialize(v.clone()).ok().map(|s| s.0),
        Value::String(_) if shape.is_named("Duration") => Duration::deserialize(v.clone()).ok().map(|d| d.0),
        Value::String(_) if shape.is_named("Distribution") => match Distribution::deserialize(v.clone()) {
            Ok(Distribution::Constant(value)) => Some(value),
            _ => None,
        },
        _ => None,
    };
    match (a, b) {
        (Value::Table(a), Value::Table(b)) => {
            let alike =
                |(k, v): (&String, &Value)| b.get(k).is_some_and(|w| same(v, w, &shape.key(k).unwrap_or_default()));
            a.len() == b.len() && a.iter().all(alike)
        }
        (Value::Array(a), Value::Array(b)) => {
            let entries = shape.entries().unwrap_or_default();
            a.len() == b.len() && a.iter().zip(b).all(|(x, y)| same(x, y, &entries))
        }
        _ => match (number(a), number(b)) {
            (Some(x), Some(y)) => x == y,
            _ => a == b,
        },
    }
}

/// Columns of a line at most, where a value can be written in several.
const WIDTH: usize = 110;

/// Lists of named tables that read best with one entry a line.
const LINES: [&str; 2] = ["stage", "state"];

struct Layout<'a> {
    notes: &'a Notes,
    out: &'a mut String,
}

impl Layout<'_> {
    /// The entries of a table: single lines first, then what has headings of its own.
    fn table(&mut self, table: &Table, heading: &mut Vec<String>, key: &Key) {
        for (name, value) in table {
            let key = key.name(name);
            if !self.has_headings(name, value, &key) {
                self.line(name, value, &key);
            }
        }
        for (name, value) in table {
            let key = key.name(name);
            if !self.has_headings(name, value, &key) {
                continue;
            }
            heading.push(written(name));
            match value {
                Value::Array(items) => {
                    for (i, item) in items.iter().enumerate() {
                        let key = key.index(i);
                        self.heading(&format!("[[{}]]", heading.join(".")), &key);
                        self.table(item.as_table().unwrap_or(&Table::new()), heading, &key);
                    }
                }
                value => {
                    let inner = value.as_table().cloned().unwrap_or_default();
                    let only_headings = inner.iter().all(|(n, v)| self.has_headings(n, v, &key.name(n)));
                    if inner.is_empty() || !only_headings || self.notes.at.contains_key(&key) {
                        self.heading(&format!("[{}]", heading.join(".")), &key);
                    }
                    self.table(&inner, heading, &key);
                }
            }
            heading.pop();
        }
    }

    /// Whether a value is written below headings: tables of the scenario, lists of named tables, and what is too long for a line.
    fn has_headings(&self, name: &str, value: &Value, key: &Key) -> bool {
        match value {
            Value::Table(table) => {
                let (top, long) = (key.parts().len() == 1, written(name).len() + inline(value).len() + 3 > WIDTH);
                let lists = table.iter().any(|(n, v)| v.is_array() && self.has_headings(n, v, &key.name(n)));
                top || lists || self.notes.inside(key) || long && !is_choice(name)
            }
            Value::Array(items) if !items.is_empty() => {
                let named = items.iter().all(|i| identity(i).is_some());
                let tables = items.iter().all(Value::is_table);
                tables && (named && !LINES.contains(&name) || self.notes.inside(key))
            }
            _ => false,
        }
    }

    fn heading(&mut self, heading: &str, key: &Key) {
        if !self.out.is_empty() {
            self.out.push('\n');
        }
        self.above(key);
        self.out.push_str(heading);
        self.end(key);
    }

    fn line(&mut self, name: &str, value: &Value, key: &Key) {
        self.above(key);
        let whole = format!("{} = {}", written(name), inline(value));
        match value {
            Value::Array(items) if whole.len() > WIDTH && items.iter().all(Value::is_table) => {
                let _ = writeln!(self.out, "{} = [", written(name));
                items.iter().for_each(|item| {
                    let _ = writeln!(self.out, "  {},", inline(item));
                });
                self.out.push(']');
            }
            _ => self.out.push_str(&whole),
        }
        self.end(key);
    }

    fn above(&mut self, key: &Key) {
        let notes = self.notes;
        for line in notes.at.get(key).into_iter().flat_map(|note| &note.above) {
            remark(self.out, line);
        }
    }

    fn end(&mut self, key: &Key) {
        if let Some(text) = self.notes.at.get(key).and_then(|note| note.beside.as_ref()) {
            let _ = write!(self.out, "         # {text}");
        }
        self.out.push('\n');
    }
}

fn remark(out: &mut String, line: &str) {
    out.push_str(if line.is_empty() { "#" } else { "# " });
    out.push_str(line);
    out.push('\n');
}

/// A value on one line.
#[must_use]
pub(super) fn inline(value: &Value) -> String {
    match value {
        Value::String(text) => TomlStringBuilder::new(text).as_basic().to_toml_value(),
        Value::Float(x) => number(*x),
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Table(table) if table.is_empty() => "{}".into(),
        Value::Table(table) => {
            let entries = table.iter().map(|(key, value)| format!("{} = {}", written(key), inline(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        value => value.to_string(),
    }
}

/// A number as one writes it: whole ones without a point. It is read as the same number.
fn number(x: f64) -> String {
    if x.is_nan() {
        "nan".into()
    } else if x == x.trunc() && x.abs() < 1e15 && (x != 0.0 || x.is_sign_positive()) {
        format!("{}", x as i64)
    } else {
        format!("{x:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were() {
        for x in [0.0, -0.0, 0.1, 1.0, 1e15, 1e16, 1e300, -2.5e-7, 5e-324, f64::MAX, f64::INFINITY, f64::NEG_INFINITY] {
            let text = number(x);
            let read: Value = format!("x = {text}").parse::<Table>().unwrap()["x"].clone();
            let read = read.as_float().or(read.as_integer().map(|n| n as f64)).unwrap();
            assert_eq!(read.to_bits(), x.to_bits(), "{text}");
        }
    }
}
