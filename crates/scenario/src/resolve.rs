//! From a key to the places that it names, in one scenario: names to entries, `*` to all of them.
//!
//! One rule for all lists: an entry is known by the key by which layers are merged (its `name`, or its `sku`).

use super::format::Shape;
use super::key::{Key, Part, Placed};
use super::tree::{KeyPath, Kind, Node, Step, is_choice};
use restock_base::diag::{Code, did_you_mean};
use std::ops::Range;

/// What a key names.
#[derive(Debug, Clone)]
pub(super) struct Resolved {
    /// The key as every spelling of it is told: names where entries have one of their own.
    pub key: Key,
    /// The places, each a way of keys and indices.
    pub paths: Vec<KeyPath>,
}

/// Why a key names nothing.
#[derive(Debug, Clone)]
pub(super) struct Refusal {
    /// Bytes of the key's text.
    pub at: Range<usize>,
    pub code: Code,
    pub message: String,
    pub label: Option<String>,
    pub hint: String,
    /// The key would fit if the list had other entries: under a `*`, one of the lists may.
    no_such_entry: bool,
}

/// One place on the way.
#[derive(Debug, Clone)]
struct Cursor<'a> {
    path: KeyPath,
    key: Key,
    node: Option<&'a Node>,
    shape: Shape,
}

/// Entries of a list that a message names.
const NAMED: usize = 12;

/// The places that `parts` name in `tree`.
pub(super) fn resolve(parts: &[Placed], tree: &Node) -> Result<Resolved, Refusal> {
    let root = Cursor { path: KeyPath::default(), key: Key::default(), node: Some(tree), shape: Shape::scenario() };
    let (mut cursors, mut key, mut several) = (vec![root], Key::default(), false);
    for (i, (part, at)) in parts.iter().enumerate() {
        let (mut next, mut refused) = (Vec::new(), None);
        for cursor in &cursors {
            match cursor.step(part, i + 1 == parts.len()) {
                Ok(found) => next.extend(found),
                Err(refusal) if refusal.no_such_entry && several => refused = refused.or(Some(refusal)),
                Err(refusal) => return Err(Refusal { at: at.clone(), ..refusal }),
            }
        }
        // Of the entries that a `*` stands for, those count that have the rest of the key.
        if let Some(refusal) = refused.filter(|_| next.is_empty()) {
            let message = match part {
                Part::Every => refusal.message,
                _ => format!("`*` matches nothing: {}", refusal.message),
            };
            return Err(Refusal { at: at.clone(), message, ..refusal });
        }
        several |= *part == Part::Every;
        key = match (part, next.as_slice()) {
            (Part::Index(_), [only]) if !several => only.key.clone(),
            _ => key.child(part.clone()),
        };
        cursors = next;
    }
    Ok(Resolved { key, paths: cursors.into_iter().map(|c| c.path).collect() })
}

/// The part of a key by which entry `i` of a list is known: its name, if no other entry has it.
pub(super) fn part_of(list: &[Node], i: usize) -> Part {
    match list.get(i).and_then(Node::identity) {
        Some(name) if list.iter().filter(|n| n.identity() == Some(name)).count() == 1 => Part::Name(name.into()),
        _ => Part::Index(i),
    }
}

impl<'a> Cursor<'a> {
    fn step(&self, part: &Part, last: bool) -> Result<Vec<Cursor<'a>>, Refusal> {
        let is_list = self.node.map_or(self.shape.keys().is_empty(), |n| matches!(n.kind, Kind::Array(_)));
        match (self.shape.entries().filter(|_| is_list), part) {
            (Some(entries), Part::Every) => self.every(&entries),
            (Some(entries), Part::Index(i)) if *i < self.items().len() => Ok(vec![self.entry(*i, &entries)]),
            (Some(_), Part::Index(i)) => Err(self.beyond(*i)),
            (Some(entries), Part::Name(name)) => self.named(name, &entries),
            (None, Part::Name(name)) => self.value(name, last).map(|cursor| vec![cursor]),
            (None, Part::Index(_) | Part::Every) => Err(self.no_list(part)),
        }
    }

    fn items(&self) -> &'a [Node] {
        self.node.map(Node::items).unwrap_or_default()
    }

    fn entry(&self, i: usize, shape: &Shape) -> Cursor<'a> {
        let key = self.key.child(part_of(self.items(), i));
        Cursor { path: self.path.index(i), key, node: self.items().get(i), shape: shape.clone() }
    }

    fn every(&self, entries: &Shape) -> Result<Vec<Cursor<'a>>, Refusal> {
        if self.items().is_empty() {
            return Err(self.empty(format!("`*` matches nothing: `{}` has no entries", self.key)));
        }
        Ok((0..self.items().len()).map(|i| self.entry(i, entries)).collect())
    }

    fn named(&self, name: &str, entries: &Shape) -> Result<Vec<Cursor<'a>>, Refusal> {
        let items = self.items();
        let found: Vec<usize> = (0..items.len()).filter(|i| items[*i].identity() == Some(name)).collect();
        let key = &self.key;
        match found.as_slice() {
            [i] => Ok(vec![self.entry(*i, entries)]),
            [] if items.is_empty() => Err(self.empty(format!("`{key}` has no entries, and so none named `{name}`"))),
            [] => Err(self.unknown(name, entries)),
            several => {
                let places: Vec<String> = several.iter().map(|i| format!("`{}`", key.index(*i))).collect();
                let message = format!("{} entries of `{key}` are named `{name}`", several.len());
                Err(self.refuse(Code::Override, message, format!("write the place: {}", places.join(" or "))))
            }
        }
    }

    /// No entry of that name.
    fn unknown(&self, name: &str, entries: &Shape) -> Refusal {
        let (key, items) = (&self.key, self.items());
        let known: Vec<&str> = items.iter().filter_map(Node::identity).collect();
        let first = self.key.child(part_of(items, 0));
        if entries.key(name).is_some() {
            let hint = format!(
                "write `{}` for one of them, `{}` for all",
                first.name(name),
                key.child(Part::Every).name(name)
            );
            return self.refuse(Code::Override, format!("`{key}` is a list, and `{name}` a key of its entries"), hint);
        }
        if known.is_empty() {
            let hint = format!("write `{}` for the first, `{}` for all", key.index(0), key.child(Part::Every));
            return self.refuse(
                Code::Override,
                format!("entries of `{key}` have no names, and so none is `{name}`"),
                hint,
            );
        }
        // A name with a dot that stands without quotes is cut at the dot.
        let dotted = known.iter().find(|k| k.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')));
        let hint = match (dotted, did_you_mean(name, known.iter().copied())) {
            (Some(whole), _) => format!("a name with dots stands in quotes: `{}`", key.name(whole)),
            (None, Some(near)) => format!("did you mean `{}`?", key.name(near)),
            (None, None) => format!("write one of the names, or a place from 0: `{first}`"),
        };
        let refusal = self.refuse(Code::Override, format!("no entry of `{key}` is named `{name}`"), hint);
        Refusal { label: Some(self.list()), no_such_entry: true, ..refusal }
    }

    /// The entries there are.
    fn list(&self) -> String {
        let items = self.items();
        let names: Vec<String> = (0..items.len().min(NAMED)).map(|i| format!("`{}`", part_of(items, i))).collect();
        let more = items.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("there are {}{more}", names.join(", "))
    }

    fn beyond(&self, i: usize) -> Refusal {
        let (key, n) = (&self.key, self.items().len());
        let message = match n {
            0 => return self.empty(format!("`{key}` has no entries, and so no entry {i}")),
            1 => format!("`{key}` has no entry {i}: it has one, entry 0"),
            n => format!("`{key}` has no entry {i}: it has {n}, from 0 to {}", n - 1),
        };
        let hint = "entries are counted from 0, and a change makes no list longer".to_owned();
        Refusal { label: Some(self.list()), no_such_entry: true, ..self.refuse(Code::Override, message, hint) }
    }

    fn empty(&self, message: String) -> Refusal {
        let hint = "a change makes no list longer: add the entry to the file".to_owned();
        Refusal { no_such_entry: true, ..self.refuse(Code::Override, message, hint) }
    }

    fn no_list(&self, part: &Part) -> Refusal {
        let what = match part {
            Part::Every => "`*`".to_owned(),
            _ => format!("entry {part}"),
        };
        let keys = self.shape.keys();
        if keys.is_empty() {
            return self.single(&format!("no {what}"));
        }
        let message = format!("{} is a table of keys, not a list, and has no {what}", self.told());
        self.refuse(Code::Override, message, format!("write one of its keys: {}", listed(&keys)))
    }

    /// A value that has nothing inside.
    fn single(&self, no: &str) -> Refusal {
        let message = format!("`{}` is a single value and has {no}", self.key);
        self.refuse(Code::Override, message, format!("write the value behind it: `{}=..`", self.key))
    }

    fn value(&self, name: &str, last: bool) -> Result<Cursor<'a>, Refusal> {
        let Some(shape) = self.shape.key(name) else { return Err(self.unknown_key(name)) };
        if self.path.steps().is_empty() && name == "extends" {
            let message = "`extends` is followed before changes are laid over".to_owned();
            return Err(self.refuse(Code::Override, message, "write it into the file".into()));
        }
        let node = self.node.and_then(|n| n.get(name));
        let chosen = matches!(self.path.steps().last(), Some(Step::Key(key)) if is_choice(key));
        if let Some(mine) = self.node.filter(|_| chosen && node.is_none() && !last) {
            // Half an alternative would be completed by what happens to lie beneath.
            let message = match mine.tag() {
                Some(tag) => format!("`{}` is `{tag}` here, not `{name}`", self.key),
                None => format!("`{}` is {} here, not `{name}`", self.key, mine.found()),
            };
            let value = if shape.keys().is_empty() { ".." } else { "{ .. }" };
            let hint = format!("to choose it, give all of it: `{}={{ {name} = {value} }}`", self.key);
            return Err(self.refuse(Code::Override, message, hint));
        }
        Ok(Cursor { path: self.path.key(name), key: self.key.name(name), node, shape })
    }

    fn unknown_key(&self, name: &str) -> Refusal {
        let keys = self.shape.keys();
        if keys.is_empty() {
            return self.single(&format!("no key `{name}`"));
        }
        let hint = match did_you_mean(name, keys.iter().copied()) {
            Some(near) => format!("did you mean `{}`?", self.key.name(near)),
            None => format!("known here: {}", listed(&keys)),
        };
        let refusal = self.refuse(Code::UnknownKey, format!("unknown key `{name}` in {}", self.told()), hint);
        Refusal { label: Some(format!("known: {}", listed(&keys))), ..refusal }
    }

    fn told(&self) -> String {
        if self.path.steps().is_empty() { "a scenario".into() } else { format!("`{}`", self.key) }
    }

    fn refuse(&self, code: Code, message: String, hint: String) -> Refusal {
        Refusal { at: 0..0, code, message, label: None, hint, no_such_entry: false }
    }
}

fn listed(keys: &[&str]) -> String {
    keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ")
}
