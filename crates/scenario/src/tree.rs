//! Scenario files as one tree: every value knows where it was written.
//!
//! Files are layered (defaults, `extends`, the file itself, changes) before they are read as a
//! scenario, and an error found in the result still points at the line that caused it.

use restock_base::diag::{Code, Diagnostic, Diagnostics, Place, words};
use restock_base::names;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Value};

/// A value and where it stands. Entries are shared by copies until one of them changes: a copy with one value changed costs the way
/// to that value.
#[derive(Debug, Clone)]
pub struct Node {
    pub place: Place,
    /// Where its key stands, for tables' entries.
    pub key: Option<Place>,
    pub kind: Kind,
}

#[derive(Debug, Clone)]
pub enum Kind {
    /// In file order.
    Table(Arc<Vec<(String, Node)>>),
    Array(Arc<Vec<Node>>),
    Leaf(Value),
}

impl Kind {
    #[must_use]
    pub fn table(entries: Vec<(String, Node)>) -> Kind {
        Kind::Table(Arc::new(entries))
    }

    #[must_use]
    pub fn list(items: Vec<Node>) -> Kind {
        Kind::Array(Arc::new(items))
    }
}

/// A way through the tree.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct KeyPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Step {
    Key(String),
    Index(usize),
}

impl KeyPath {
    #[must_use]
    pub fn key(&self, key: &str) -> KeyPath {
        let mut steps = self.0.clone();
        steps.push(Step::Key(key.into()));
        KeyPath(steps)
    }

    #[must_use]
    pub fn index(&self, index: usize) -> KeyPath {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        KeyPath(steps)
    }

    /// The path without its last step.
    #[must_use]
    pub fn parent(&self) -> KeyPath {
        KeyPath(self.0[..self.0.len().saturating_sub(1)].to_vec())
    }

    /// Whether this path leads to `other` or through it.
    #[must_use]
    pub fn begins_with(&self, other: &KeyPath) -> bool {
        self.0.starts_with(&other.0)
    }

    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// The last key of the path.
    #[must_use]
    pub fn last_key(&self) -> &str {
        self.0.iter().rev().find_map(|s| if let Step::Key(k) = s { Some(k.as_str()) } else { None }).unwrap_or("")
    }
}

impl fmt::Display for KeyPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(k) if i == 0 => write!(f, "{k}")?,
                Step::Key(k) => write!(f, ".{k}")?,
                Step::Index(n) if i == 0 => write!(f, "{n}")?,
                Step::Index(n) => write!(f, ".{n}")?,
            }
        }
        Ok(())
    }
}

impl Node {
    /// Parses one file. Syntax errors are pushed to `problems`; the tree holds what could be read.
    pub fn parse(source: usize, text: &str, problems: &mut Diagnostics) -> Node {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let place = error.span().map(|span| Place { source, span });
            problems.push(
                Diagnostic::error(Code::Syntax, words::syntax(error.message()))
                    .at(place)
                    .hint("decimals have a point, dates stand without quotes and must exist, text stands in quotes, a key may stand once"),
            );
        }
        let span = table.span();
        let mut node = Node { place: Place { source, span }, key: None, kind: table_kind(source, table.into_inner()) };
        raw_text(source, text, problems);
        node.sound(text, problems);
        node
    }

    /// Reports what no scenario may hold, whatever its keys: texts that are not text, and tables of thousands of keys.
    pub fn sound(&mut self, source: &str, problems: &mut Diagnostics) {
        // What stands raw in the file was reported there.
        let written = |place: &Place| source.get(place.span.clone()).is_none_or(|t| raw_harm(t).is_none());
        match &mut self.kind {
            Kind::Table(entries) => {
                if entries.len() > LARGEST_TABLE {
                    let message = format!("a table has {} keys, at most {LARGEST_TABLE} are read", entries.len());
                    let place = entries.first().and_then(|(_, n)| n.key.clone());
                    problems.push(
                        Diagnostic::error(Code::UnknownKey, message)
                            .at(place)
                            .hint("take out what is no key of a scenario; `restock schema` lists them"),
                    );
                    Arc::make_mut(entries).truncate(LARGEST_TABLE);
                }
                for (key, node) in Arc::make_mut(entries) {
                    if let Some(place) = node.key.clone().filter(written) {
                        not_text(key, "this key", place, problems);
                    }
                    node.sound(source, problems);
                }
            }
            Kind::Array(items) => Arc::make_mut(items).iter_mut().for_each(|n| n.sound(source, problems)),
            Kind::Leaf(Value::String(text)) if written(&self.place) => {
                not_text(text, "this text", self.place.clone(), problems);
            }
            Kind::Leaf(_) => {}
        }
    }

    /// What stands here, for a message.
    #[must_use]
    pub fn found(&self) -> String {
        match &self.kind {
            Kind::Table(_) => "a table".into(),
            Kind::Array(_) => "a list".into(),
            Kind::Leaf(Value::String(text)) if text.chars().count() > 60 => "a long text".into(),
            Kind::Leaf(Value::String(text)) => format!("the text \"{text}\""),
            Kind::Leaf(Value::Datetime(d)) if d.date.is_none() => format!("the time {d}"),
            Kind::Leaf(Value::Datetime(d)) => format!("the date {d}"),
            Kind::Leaf(value) => format!("`{value}`"),
        }
    }

    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        match &self.kind {
            Kind::Table(entries) => entries.iter().find(|(k, _)| k == key).map(|(_, n)| n),
            _ => None,
        }
    }

    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        match &mut self.kind {
            Kind::Table(entries) => Arc::make_mut(entries).iter_mut().find(|(k, _)| k == key).map(|(_, n)| n),
            _ => None,
        }
    }

    /// Removes and returns an entry.
    pub fn take(&mut self, key: &str) -> Option<Node> {
        let Kind::Table(entries) = &mut self.kind else { return None };
        let i = entries.iter().position(|(k, _)| k == key)?;
        Some(Arc::make_mut(entries).remove(i).1)
    }

    /// Sets an entry, in the place of an old one if there is one.
    pub fn set(&mut self, key: &str, node: Node) {
        if let Kind::Table(entries) = &mut self.kind {
            let entries = Arc::make_mut(entries);
            match entries.iter_mut().find(|(k, _)| k == key) {
                Some(entry) => entry.1 = node,
                None => entries.push((key.into(), node)),
            }
        }
    }

    pub fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::Array(items) => items,
            _ => &[],
        }
    }

    pub fn items_mut(&mut self) -> &mut [Node] {
        match &mut self.kind {
            Kind::Array(items) => Arc::make_mut(items).as_mut_slice(),
            _ => &mut [],
        }
    }

    /// Adds entries at the end of a list.
    pub fn extend_list(&mut self, more: Vec<Node>) {
        if let Kind::Array(items) = &mut self.kind
            && !more.is_empty()
        {
            Arc::make_mut(items).extend(more);
        }
    }

    /// Keeps those entries of a list that `keep` wants.
    pub fn retain_items(&mut self, keep: impl FnMut(&Node) -> bool) {
        if let Kind::Array(items) = &mut self.kind {
            Arc::make_mut(items).retain(keep);
        }
    }

    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Leaf(Value::String(s)) => Some(s),
            _ => None,
        }
    }

    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match &self.kind {
            Kind::Leaf(Value::Integer(n)) => Some(*n as f64),
            Kind::Leaf(Value::Float(x)) => Some(*x),
            _ => None,
        }
    }

    /// The node at a path, or the deepest one on the way, and how many steps were found.
    #[must_use]
    pub fn find(&self, path: &KeyPath) -> (&Node, usize) {
        let mut node = self;
        for (i, step) in path.steps().iter().enumerate() {
            let next = match (&node.kind, step) {
                (Kind::Table(_), Step::Key(key)) => node.get(key),
                (Kind::Array(items), Step::Index(index)) => items.get(*index),
                _ => None,
            };
            match next {
                Some(n) => node = n,
                None => return (node, i),
            }
        }
        (node, path.steps().len())
    }

    fn find_mut(&mut self, path: &[Step]) -> Option<&mut Node> {
        match path {
            [] => Some(self),
            [Step::Key(key), rest @ ..] => self.get_mut(key)?.find_mut(rest),
            [Step::Index(i), rest @ ..] => self.items_mut().get_mut(*i)?.find_mut(rest),
        }
    }

    /// Removes what stands at a path, if it is there.
    pub fn remove(&mut self, path: &KeyPath) -> bool {
        let Some((last, parent)) = path.steps().split_last() else { return false };
        match (self.find_mut(parent), last) {
            (Some(node), Step::Key(key)) => {
                let taken = node.take(key).is_some();
                // A choice whose only alternative is taken out goes with it.
                let empty = matches!(&node.kind, Kind::Table(entries) if entries.is_empty());
                if taken && empty && matches!(parent.last(), Some(Step::Key(_))) {
                    self.remove(&KeyPath(parent.to_vec()));
                }
                taken
            }
            (Some(node), Step::Index(i)) => match &mut node.kind {
                Kind::Array(items) if *i < items.len() => {
                    Arc::make_mut(items).remove(*i);
                    true
                }
                _ => false,
            },
            (None, _) => false,
        }
    }

    /// Lays `over` on top of this one.
    ///
    /// Tables merge key by key; lists of tables merge by `name` or `sku`; all else is replaced. A table
    /// that is a choice between alternatives (a policy, a distribution) is replaced too, unless both
    /// chose the same.
    pub fn lay_over(&mut self, over: Node) {
        match (&mut self.kind, over) {
            (Kind::Table(_), Node { kind: Kind::Table(entries), place, .. }) => {
                // What is wrong with the whole is best shown in the file that the user wrote.
                self.place = place;
                let given: Vec<String> = entries.iter().map(|(k, _)| k.clone()).collect();
                for (key, node) in Arc::unwrap_or_clone(entries) {
                    self.lay_entry(&key, node, &given);
                }
            }
            (Kind::Array(mine), Node { kind: Kind::Array(items), .. })
                if mine.iter().chain(items.iter()).all(|n| n.identity().is_some()) && !mine.is_empty() =>
            {
                let mine = Arc::make_mut(mine);
                let name = |n: &Node| n.identity().unwrap_or_default().to_owned();
                let mut known: HashMap<String, usize> = HashMap::new();
                for (i, m) in mine.iter().enumerate() {
                    known.entry(name(m)).or_insert(i);
                }
                for item in Arc::unwrap_or_clone(items) {
                    match known.get(&name(&item)) {
                        Some(i) => mine[*i].lay_over(item),
                        None => {
                            known.insert(name(&item), mine.len());
                            mine.push(item);
                        }
                    }
                }
            }
            (_, over) => *self = over,
        }
    }

    /// Lays one entry of a layer over this table, whose layer gives the keys `given`.
    fn lay_entry(&mut self, key: &str, node: Node, given: &[String]) {
        self.drop_rivals(key, given);
        match self.get_mut(key) {
            Some(mine) if is_choice(key) && mine.tag() != node.tag() => *mine = node,
            Some(mine) => {
                let place = node.key.clone();
                mine.lay_over(node);
                mine.key = place;
            }
            None => self.set(key, node),
        }
    }

    /// Lays one value, at the end of `steps`, over this tree: as if it were a layer that has nothing else.
    ///
    /// `beneath` is what stands at this place with all that lies beneath (presets, templates): what is missing here is begun as it is
    /// there. Keys from sources from `first` on are of the same layer as the value. Absent if an entry cannot be told from others.
    pub fn lay_at(&mut self, beneath: Option<&Node>, steps: &[Step], value: Node, first: usize) -> Option<()> {
        match steps {
            [] => self.lay_over(value),
            [Step::Key(key)] => {
                let given = self.given_since(first);
                self.lay_entry(key, value, &given);
            }
            [Step::Key(key), rest @ ..] => {
                let given = self.given_since(first);
                self.drop_rivals(key, &given);
                let beneath = beneath.and_then(|b| b.get(key));
                let chosen = match (self.get(key), &rest[0]) {
                    (Some(mine), Step::Key(next)) if matches!(mine.kind, Kind::Table(_)) => {
                        !is_choice(key) || mine.tag() == Some(next)
                    }
                    (Some(mine), Step::Index(_)) => matches!(mine.kind, Kind::Array(_)),
                    _ => false,
                };
                if !chosen {
                    let kind = match beneath.map(|b| &b.kind) {
                        Some(Kind::Array(items)) if items.iter().all(|n| n.identity().is_some()) => {
                            Kind::list(Vec::new())
                        }
                        Some(Kind::Array(items)) => Kind::Array(Arc::clone(items)),
                        _ => Kind::table(Vec::new()),
                    };
                    self.set(key, Node { kind, place: value.place.clone(), key: value.key.clone() });
                }
                self.get_mut(key)?.lay_at(beneath, rest, value, first)?;
            }
            [Step::Index(i), rest @ ..] => {
                let at = self.entry_of(beneath?, *i)?;
                let beneath = beneath.and_then(|b| b.items().get(*i));
                self.items_mut().get_mut(at)?.lay_at(beneath, rest, value, first)?;
            }
        }
        Some(())
    }

    /// Which entry of this list is entry `i` of the list `beneath`; it is begun by its name if only that one has it.
    fn entry_of(&mut self, beneath: &Node, i: usize) -> Option<usize> {
        let entry = beneath.items().get(i)?;
        let alone =
            entry.identity().filter(|name| beneath.items().iter().filter(|n| n.identity() == Some(name)).count() == 1);
        let Some(name) = alone else { return (self.items().len() == beneath.items().len()).then_some(i) };
        let known = self.items().iter().position(|n| n.identity() == Some(name));
        known.or_else(|| {
            let key = IDENTITIES.iter().find(|key| entry.get(key).is_some())?;
            let name = (String::from(*key), entry.get(key)?.clone());
            let Kind::Array(items) = &mut self.kind else { return None };
            let begun = Node { kind: Kind::table(vec![name]), place: entry.place.clone(), key: entry.key.clone() };
            Arc::make_mut(items).push(begun);
            Some(items.len() - 1)
        })
    }

    /// Keys of this table that come from sources from `first` on.
    fn given_since(&self, first: usize) -> Vec<String> {
        let Kind::Table(entries) = &self.kind else { return Vec::new() };
        let later = |node: &Node| node.key.as_ref().is_some_and(|key| key.source >= first);
        entries.iter().filter(|(_, node)| later(node)).map(|(key, _)| key.clone()).collect()
    }

    /// Whether all that `other` says is said here, too.
    #[must_use]
    pub fn says(&self, other: &Node) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Table(_), Kind::Table(theirs)) => {
                theirs.iter().all(|(key, node)| self.get(key).is_some_and(|mine| mine.says(node)))
            }
            (Kind::Array(mine), Kind::Array(theirs)) => {
                mine.len() == theirs.len() && mine.iter().zip(theirs.iter()).all(|(a, b)| a.says(b) && b.says(a))
            }
            // 3 is 3.0.
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a == b,
                _ => self.to_value() == other.to_value(),
            },
        }
    }

    /// Moves all places by `by`, for a value cut out of a longer text.
    pub fn shift(&mut self, by: usize) {
        let moved = |p: &mut Place| p.span = p.span.start + by..p.span.end + by;
        moved(&mut self.place);
        if let Some(key) = &mut self.key {
            moved(key);
        }
        match &mut self.kind {
            Kind::Table(entries) => Arc::make_mut(entries).iter_mut().for_each(|(_, n)| n.shift(by)),
            Kind::Array(items) => Arc::make_mut(items).iter_mut().for_each(|n| n.shift(by)),
            Kind::Leaf(_) => {}
        }
    }

    /// The name by which an entry of a list is known: layers are merged by it, and keys name it.
    #[must_use]
    pub fn identity(&self) -> Option<&str> {
        IDENTITIES.iter().find_map(|key| self.get(key)).and_then(Node::text)
    }

    /// The alternative that a table chooses: its first key.
    #[must_use]
    pub fn tag(&self) -> Option<&str> {
        match &self.kind {
            Kind::Table(entries) => entries.first().map(|(k, _)| k.as_str()),
            _ => None,
        }
    }

    /// A key that is one of several ways of saying the same removes the others below it. Those of its own
    /// layer stay: giving both is an error to be seen.
    fn drop_rivals(&mut self, key: &str, layer: &[String]) {
        for (_, dropped) in ENDS.iter().filter(|(end, dropped)| *end == key && !layer.iter().any(|k| k == dropped)) {
            self.take(dropped);
        }
        for group in RIVALS.iter().filter(|g| g.contains(&key)) {
            for rival in group.iter().filter(|r| **r != key && !layer.iter().any(|k| k == **r)) {
                self.take(rival);
            }
        }
    }

    /// A value that stands in no text, or for what is written at `place`.
    #[must_use]
    pub fn of_value(value: &Value, place: &Place) -> Node {
        let of = |v: &Value| Node::of_value(v, place);
        let kind = match value {
            Value::Table(table) => Kind::table(table.iter().map(|(k, v)| (k.clone(), of(v))).collect()),
            Value::Array(items) => Kind::list(items.iter().map(of).collect()),
            leaf => Kind::Leaf(leaf.clone()),
        };
        Node { place: place.clone(), key: None, kind }
    }

    /// As a plain TOML value, for the typed reader.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match &self.kind {
            Kind::Leaf(value) => value.clone(),
            Kind::Array(items) => Value::Array(items.iter().map(Node::to_value).collect()),
            Kind::Table(entries) => Value::Table(entries.iter().map(|(k, n)| (k.clone(), n.to_value())).collect()),
        }
    }
}

/// Keys that name the entries of a list.
pub const IDENTITIES: [&str; 2] = ["name", "sku"];

/// Keys of a table at most: many times what the largest table of a scenario has.
const LARGEST_TABLE: usize = 1_000;

/// The first character of a file that is no text where it stands: line ends are.
fn raw_harm(text: &str) -> Option<(usize, char, names::Harm)> {
    let mut from = 0;
    loop {
        let (at, c, why) = names::first_harm(&text[from..])?;
        let at = from + at;
        if c != '\n' && !(c == '\r' && text[at..].starts_with("\r\n")) {
            return Some((at, c, why));
        }
        from = at + 1;
    }
}

/// Reports characters that stand in a file as they are, in remarks too: who reads the file would be shown another one.
pub fn raw_text(source: usize, text: &str, problems: &mut Diagnostics) {
    let mut from = 0;
    while let Some((at, c, why)) = raw_harm(&text[from..]) {
        let span = from + at..from + at + c.len_utf8();
        // One a line is enough.
        from = text[span.end..].find('\n').map_or(text.len(), |end| span.end + end);
        problems.push(
            Diagnostic::error(Code::NotText, format!("the file holds {} (U+{:04X})", why.what(), c as u32))
                .at(Some(Place { source, span }))
                .label("here")
                .hint("delete it; it may not be seen in an editor"),
        );
    }
}

/// Reports a text or a key with characters that are not text.
fn not_text(text: &str, what: &str, place: Place, problems: &mut Diagnostics) {
    let Some((_, c, why)) = names::first_harm(text) else { return };
    let short: String = text.chars().take(60).collect();
    problems.push(
        Diagnostic::error(Code::NotText, format!("{what} holds {} (U+{:04X})", why.what(), c as u32))
            .at(Some(place))
            .label(format!("reads `{short}`"))
            .hint("write it without that character"),
    );
}

/// Whether a key's value is one of several alternatives.
#[must_use]
pub fn is_choice(key: &str) -> bool {
    CHOICES.contains(&key)
}

/// Keys whose value is one of several alternatives.
const CHOICES: &[&str] = &[
    "policy",
    "on",
    "safety-stock",
    "accept",
    "patience",
    "promise",
    "forecast",
    "decay",
    "shape",
    "drives",
    "uplift",
    "peak-uplift",
    "units-per-day",
    "units-per-order",
    "time",
    "days",
    "of",
    "scrap",
    "partial-container",
    "latency",
    "when",
    "at-or-below",
];

/// Keys that exclude each other: a later layer's choice removes an earlier one's.
const RIVALS: &[&[&str]] = &[
    &["mean-per-day", "units-per-day", "history"],
    &["level", "safety-stock"],
    &["price", "price-factor"],
    &["regular", "regular-cover-days"],
    &["expedite", "expedite-cover-days"],
    &["quantity", "base-share"],
    &["median", "mean"],
    &["median", "cv"],
    &["p90", "mean"],
    &["p90", "cv"],
];

/// Keys that end what an earlier layer said with another: levels in units are the textbooks', which do not react.
const ENDS: &[(&str, &str)] = &[("level", "react"), ("level", "pooled")];

fn table_kind(source: usize, table: DeTable<'_>) -> Kind {
    let entry = |(key, value): (Spanned<_>, Spanned<DeValue<'_>>)| {
        let place = Place { source, span: key.span() };
        let name: std::borrow::Cow<'_, str> = key.into_inner();
        (name.into_owned(), Node { key: Some(place), ..node(source, value) })
    };
    Kind::table(table.into_iter().map(entry).collect())
}

/// A value of a text, as a tree.
pub fn node(source: usize, value: Spanned<DeValue<'_>>) -> Node {
    let span = value.span();
    let kind = match value.into_inner() {
        DeValue::Table(table) => table_kind(source, table),
        DeValue::Array(items) => Kind::list(items.into_iter().map(|v| node(source, v)).collect()),
        DeValue::String(s) => Kind::Leaf(Value::String(s.into_owned())),
        DeValue::Boolean(b) => Kind::Leaf(Value::Boolean(b)),
        DeValue::Datetime(d) => Kind::Leaf(Value::Datetime(d)),
        DeValue::Integer(i) => {
            let number = i64::from_str_radix(i.as_str(), i.radix());
            // A whole number beyond 64 bits becomes a float: the range check then names its limit.
            Kind::Leaf(
                number.map_or_else(|_| Value::Float(i.as_str().parse().unwrap_or(f64::INFINITY)), Value::Integer),
            )
        }
        DeValue::Float(x) => Kind::Leaf(Value::Float(x.as_str().parse().unwrap_or(f64::NAN))),
    };
    Node { place: Place { source, span }, key: None, kind }
}

#[cfg(test)]
mod tests {
    use super::super::format::Shape;
    use super::*;

    fn tree(text: &str) -> Node {
        let mut problems = Diagnostics::default();
        let node = Node::parse(0, text, &mut problems);
        assert!(!problems.has_errors(), "{problems:?}");
        node
    }

    fn laid(base: &str, over: &str) -> String {
        let mut node = tree(base);
        node.lay_over(tree(over));
        toml::to_string(&node.to_value()).unwrap()
    }

    #[test]
    fn tables_merge_and_leaves_are_replaced() {
        assert_eq!(laid("[a]\nx = 1\ny = 2", "[a]\ny = 3"), "[a]\nx = 1\ny = 3\n");
    }

    #[test]
    fn lists_of_named_things_merge_by_name() {
        let got = laid(
            "[[s]]\nname = 'a'\nx = 1\n[[s]]\nname = 'b'\nx = 1",
            "[[s]]\nname = 'b'\nx = 2\n[[s]]\nname = 'c'\nx = 3",
        );
        assert_eq!(got.matches("[[s]]").count(), 3, "{got}");
        assert!(got.contains("name = \"b\"\nx = 2"), "{got}");
        assert_eq!(laid("w = [1, 2]", "w = [3]"), "w = [3]\n");
    }

    /// A key whose value is one of several tables must be known as a choice: otherwise a layer that chooses another one would be merged with the
    /// first, and the table would hold both.
    #[test]
    fn every_key_of_the_format_with_alternatives_is_a_choice() {
        fn look(shape: &Shape, depth: usize, found: &mut Vec<&'static str>) {
            for key in shape.keys() {
                let inner = shape.key(key).unwrap();
                if !inner.alternatives().is_empty() {
                    found.push(key);
                }
                if depth > 0 {
                    look(&inner, depth - 1, found);
                    inner.entries().iter().for_each(|entry| look(entry, depth - 1, found));
                }
            }
        }
        let mut found = Vec::new();
        look(&Shape::scenario(), 8, &mut found);
        for key in ["units-per-order", "policy", "of", "latency", "partial-container"] {
            assert!(found.contains(&key), "{key}");
        }
        let missing: Vec<_> = found.iter().filter(|key| !is_choice(key)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn a_choice_is_replaced_by_another_and_refined_by_its_like() {
        assert_eq!(
            laid("policy = { base-stock = { level = 1 } }", "policy = { min-max = { reorder-point = 2 } }"),
            "[policy.min-max]\nreorder-point = 2\n"
        );
        assert_eq!(
            laid("days = { gamma = { mean = 1, sd = 2 } }", "days = { gamma = { sd = 3 } }"),
            "[days.gamma]\nmean = 1\nsd = 3\n"
        );
        assert_eq!(laid("mean-per-day = 3", "units-per-day = 4"), "units-per-day = 4\n");
    }
}
