//! The file format as a tree of shapes: what may stand at a key, read off the JSON schema and so off the types.

use super::reference;
use super::tree::{KeyPath, Step};
use serde_json::Value;
use std::sync::OnceLock;

/// What may stand at one place: each of several forms, with all references followed.
#[derive(Debug, Clone, Default)]
pub(super) struct Shape {
    /// Types of `raw` and `scalar` that were passed on the way: `Share`, `Distribution`.
    names: Vec<&'static str>,
    forms: Vec<&'static Value>,
}

fn schema() -> &'static Value {
    static SCHEMA: OnceLock<Value> = OnceLock::new();
    SCHEMA.get_or_init(reference::schema)
}

impl Shape {
    /// A whole scenario.
    pub fn scenario() -> Shape {
        Shape::of([schema()])
    }

    fn of(nodes: impl IntoIterator<Item = &'static Value>) -> Shape {
        let mut shape = Shape::default();
        nodes.into_iter().for_each(|node| shape.take(node));
        shape
    }

    fn take(&mut self, node: &'static Value) {
        if let Some(name) = node.get("$ref").and_then(Value::as_str).and_then(|r| r.rsplit('/').next()) {
            self.names.push(name);
            if let Some(node) = schema().get("$defs").and_then(|all| all.get(name)) {
                self.take(node);
            }
            return;
        }
        let several = ["anyOf", "oneOf"].iter().filter_map(|k| node.get(k)).filter_map(Value::as_array).flatten();
        let before = self.forms.len();
        several.for_each(|node| self.take(node));
        if self.forms.len() == before || node.get("properties").is_some() {
            self.forms.push(node);
        }
    }

    fn properties(&self) -> impl Iterator<Item = (&'static str, &'static Value)> + '_ {
        let all = self.forms.iter().filter_map(|form| form.get("properties")).filter_map(Value::as_object);
        all.flatten().map(|(key, node)| (key.as_str(), node))
    }

    /// Keys that a table may have here.
    pub fn keys(&self) -> Vec<&'static str> {
        self.properties().map(|(key, _)| key).collect()
    }

    /// What may stand at a key; absent if there is no such key.
    pub fn key(&self, key: &str) -> Option<Shape> {
        let found: Vec<&'static Value> = self.properties().filter(|(k, _)| *k == key).map(|(_, node)| node).collect();
        (!found.is_empty()).then(|| Shape::of(found))
    }

    /// Keys of which a table chooses one here: each is all that its table has.
    pub fn alternatives(&self) -> Vec<&'static str> {
        let only = |form: &'static Value| {
            let (key, _) = form.get("properties")?.as_object().filter(|all| all.len() == 1)?.iter().next()?;
            let required = form.get("required")?.as_array()?;
            (required.len() == 1 && required[0].as_str() == Some(key)).then_some(key.as_str())
        };
        let all: Vec<&'static str> = self.forms.iter().filter_map(|form| only(form)).collect();
        // A single one, with no word in its place, is no choice.
        if all.len() > 1 || !self.words().is_empty() { all } else { Vec::new() }
    }

    /// What a key that is left out is read as, if that is no matter of the defaults' file.
    pub fn unwritten(&self, key: &str) -> Option<&'static Value> {
        self.properties().find(|(k, _)| *k == key).and_then(|(_, node)| node.get("default"))
    }

    /// What the entries of a list may be; absent if no list may stand here.
    pub fn entries(&self) -> Option<Shape> {
        let lists = self.forms.iter().filter(|form| is(form, "array"));
        let entries: Vec<&'static Value> = lists.filter_map(|form| form.get("items")).collect();
        (!entries.is_empty()).then(|| Shape::of(entries))
    }

    /// Texts that are alternatives here.
    pub fn words(&self) -> Vec<&'static str> {
        let one = self.forms.iter().filter_map(|form| form.get("const"));
        let several = self.forms.iter().filter_map(|form| form.get("enum")).filter_map(Value::as_array).flatten();
        one.chain(several).filter_map(Value::as_str).collect()
    }

    /// What may stand at the end of a path; absent if the path leaves the format.
    pub fn at(path: &KeyPath) -> Option<Shape> {
        path.steps().iter().try_fold(Shape::scenario(), |shape, step| match step {
            Step::Key(key) => shape.key(key),
            Step::Index(_) => shape.entries(),
        })
    }

    /// Whether a value of this type stands here, by the type's name in the schema.
    pub fn is_named(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// Whether a value of this type of JSON may stand here.
    pub fn is(&self, kind: &str) -> bool {
        self.forms.iter().any(|form| is(form, kind))
    }
}

fn is(form: &Value, kind: &str) -> bool {
    match form.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(several)) => several.iter().any(|one| one.as_str() == Some(kind)),
        _ => false,
    }
}
