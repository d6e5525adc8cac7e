//! A scenario that was read once, and that scenario with single values changed.
//!
//! A [`Document`] holds the layers of a scenario as one tree, and what was read and fitted for it. A [`Variant`] is the document with
//! [`Change`]s laid over it: it shares the tree but for the way to each change, and data files and fits altogether. `--set` of the
//! command line is a change like any other.
//!
//! What is fitted on a sales file depends on the file, on how it is read (`history` and, without a column of items, the `sku`), on
//! what of it lies before `horizon.start`, on `horizon.days` (holidays are laid out to the end of the run), on the `events`,
//! `country`, `yearly-wave` and `suspected-stock-outs` of `history`, and on whether spikes are set apart (`surges` of `history`, or a
//! `surge` of the scenario's own). Nothing else is fitted anew.

use super::catalogue::Catalogue;
use super::files::Files;
use super::format::Shape;
use super::key::{self, Key};
use super::load::{self, Loader};
use super::resolve::{part_of, resolve};
use super::tree::{IDENTITIES, KeyPath, Kind, Node, Step, is_choice, node, raw_text};
use super::{Loaded, Runnable, raw};
use restock_base::diag::{Code, Diagnostic, Diagnostics, Place, Source, Warned};
use restock_base::units::Limit;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Value;
use toml::de::DeValue;

/// A scenario with all its layers, read once. Copies share all of it.
///
/// ```
/// # use restock_scenario::{Document, Key};
/// # use std::path::Path;
/// let text = r#"
/// name = "Two ways"
/// [[product]]
/// sku = "tee"
/// price = 30
/// unit-cost = 7
/// [demand]
/// mean-per-day = 20
/// "#;
/// let base = Document::from_text("two-ways.toml", text, Path::new(".")).expect("it is TOML");
/// let key: Key = "supply.'Ocean freight + 3PL'.location.*.minimum-order".parse().expect("it is a key");
/// for units in [300, 600] {
///     let variant = base.with(&key, units).expect("the key is there");
///     let told = format!("supply.\"Ocean freight + 3PL\".location.*.minimum-order = {units}");
///     assert_eq!(variant.to_string(), told);
///     let scenario = variant.runnable().expect("the value fits").scenario;
///     assert_eq!(scenario.models[0].locations[0].minimum_order, units);
/// }
/// ```
#[derive(Debug, Clone)]
pub struct Document(Arc<Base>);

#[derive(Debug)]
pub(super) struct Base {
    /// Defaults, what is extended, the file: before presets and templates, so that a change may name a preset.
    pub layers: Node,
    pub beneath: Beneath,
    /// The layers with all that lies beneath.
    pub whole: Node,
    /// What was wrong with the files, and the files themselves.
    pub problems: Diagnostics,
    pub folder: PathBuf,
    pub allow_outside: bool,
    /// The table of products, if there is one.
    pub catalogue: Option<Catalogue>,
    pub files: Files,
}

/// What the defaults say of entries of lists.
#[derive(Debug)]
pub(super) struct Beneath {
    pub each: Option<Node>,
    pub presets: Option<Node>,
    pub hazards: [raw::PromiseRelative; 2],
}

/// A document with values changed.
#[derive(Debug, Clone)]
pub struct Variant {
    document: Document,
    layers: Node,
    changes: Vec<Change>,
    /// Changes, from the first on, over which further ones may be laid.
    settled: usize,
}

/// One value that is changed. Shown as `key = value`.
#[derive(Debug, Clone)]
pub struct Change {
    key: Key,
    value: String,
    /// As it was given, for messages.
    text: String,
    /// Key and value as `--set` takes them, the value as it was given.
    spelled: String,
    /// Every single value that it sets.
    leaves: Vec<KeyPath>,
    /// Whether anything is other than before.
    alters: bool,
}

/// A single value of a scenario that can be changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The way to the value from the top of the scenario.
    pub key: Key,
    /// As it is written in TOML.
    pub value: String,
    /// What may stand there.
    pub sort: Sort,
    /// What the value may be, with its unit, where it is a number of its own.
    pub limit: Option<Limit>,
    /// Where it is written; absent for what is read where nothing is written.
    pub place: Option<Place>,
    /// Whether the scenario gives it; else it is a default.
    pub given: bool,
}

/// What a value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sort {
    /// A share or a rate: `0.3` or `"30%"`.
    Share,
    /// Days, or a text with another unit of time.
    Days,
    /// A date without a time.
    Date,
    /// A number, in the place of which a distribution may stand.
    Distribution,
    /// A number with or without decimals.
    Number,
    /// A number without decimals.
    Whole,
    /// True or false.
    Flag,
    /// One of these words.
    Choice(Vec<&'static str>),
    /// Any text.
    Text,
}

/// How much was done for a document and its variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Data files that were read, each once for every way of reading it.
    pub read: usize,
    /// Fits of sales.
    pub fitted: usize,
}

impl Document {
    /// Reads the scenario at `path` and what it extends.
    ///
    /// # Errors
    ///
    /// What cannot be read as TOML, or not be extended. What a key means is seen when the scenario is loaded.
    pub fn read(path: &Path) -> Result<Document, Diagnostics> {
        Loader::default().document(path)
    }

    /// Reads a scenario from text, as if it were a file called `name` in `folder`.
    ///
    /// # Errors
    ///
    /// As of [`Document::read`].
    pub fn from_text(name: &str, text: &str, folder: &Path) -> Result<Document, Diagnostics> {
        Loader::default().document_of_text(name, text, folder)
    }

    /// A scenario made of types, without a file; the data files that it names lie in `folder`. Checked as a file is: what is wrong
    /// is told with its place in the text that [`write`](super::write) makes of the types.
    ///
    /// ```
    /// use restock_scenario::{Document, raw};
    /// use std::path::Path;
    ///
    /// let mut shop = raw::Scenario::new("mugs");
    /// shop.product.push(raw::Product::new("MUG", 24.0, 6.0));
    /// shop.demand.mean_per_day = Some(20.0);
    /// shop.supply = ["ocean-3pl", "direct"]
    ///     .map(|preset| raw::Supply { preset: Some(preset.into()), ..raw::Supply::new(preset) })
    ///     .into();
    /// let document = Document::from_types(&shop, Path::new("."))?;
    /// assert_eq!(document.unchanged().runnable()?.scenario.models[1].name, "direct");
    /// # Ok::<(), restock_base::diag::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// What no file may hold, such as a line break in a name.
    pub fn from_types(scenario: &super::raw::Scenario, folder: &Path) -> Result<Document, Diagnostics> {
        Document::from_text(&scenario.name, &super::write(scenario), folder)
    }

    pub(super) fn new(base: Base) -> Document {
        Document(Arc::new(base))
    }

    pub(super) fn base(&self) -> &Base {
        &self.0
    }

    /// The document as it is, without a change.
    #[must_use]
    pub fn unchanged(&self) -> Variant {
        Variant { document: self.clone(), layers: self.0.layers.clone(), changes: Vec::new(), settled: 0 }
    }

    /// The document with one value changed: see [`Variant::with`].
    ///
    /// # Errors
    ///
    /// As of [`Variant::with`].
    pub fn with(&self, key: &Key, value: impl fmt::Display) -> Result<Variant, Diagnostics> {
        self.unchanged().with(key, value)
    }

    /// All single values of the scenario: see [`Variant::keys`].
    ///
    /// # Errors
    ///
    /// What is wrong with the scenario.
    pub fn keys(&self) -> Result<Vec<Setting>, Diagnostics> {
        self.unchanged().keys()
    }

    /// What was done so far, for this document and all its variants.
    #[must_use]
    pub fn work(&self) -> Work {
        self.0.files.work()
    }

    /// The texts into which places point: defaults, the scenario's files. Those of a variant's changes follow, in their order.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.0.problems.sources
    }
}

impl Beneath {
    /// Presets, spellings and templates applied to layers.
    pub fn under(&self, layers: &Node, problems: &mut Diagnostics) -> Node {
        let mut tree = layers.clone();
        load::apply_presets(&mut tree, self.presets.as_ref(), problems);
        load::normalise(&mut tree);
        if let Some(each) = &self.each {
            load::apply_templates(&mut tree, each);
        }
        load::apply_changes(&mut tree, self.presets.as_ref(), self.each.as_ref(), problems);
        tree
    }
}

impl Variant {
    /// This variant with one more value changed.
    ///
    /// The value is written as TOML writes it; a text that is no TOML is the text itself. It is laid over the scenario as a further file
    /// would be: a table is merged, a list of named tables by their names, a choice replaced by another.
    ///
    /// # Errors
    ///
    /// What is wrong with the key: it is unknown, ambiguous, matches nothing, or was given before.
    pub fn with(&self, key: &Key, value: impl fmt::Display) -> Result<Variant, Diagnostics> {
        self.set(&format!("{key}={value}"))
    }

    /// This variant with `key=value` laid over it, as `--set` takes it.
    ///
    /// # Errors
    ///
    /// As of [`Variant::with`], and what is wrong with the text.
    pub fn set(&self, text: &str) -> Result<Variant, Diagnostics> {
        let mut changed = self.clone();
        match changed.lay(text, self.document.sources().len() + self.changes.len()) {
            Ok(()) => Ok(changed),
            Err(list) => {
                let mut problems = self.problems();
                problems.sources.push(source(text));
                list.into_iter().for_each(|d| problems.push(d));
                Err(problems)
            }
        }
    }

    /// The same variant, as a scenario that is varied: what was changed until now may be changed once more, as what stands in a file may.
    #[must_use]
    pub fn settled(mut self) -> Variant {
        self.settled = self.changes.len();
        self
    }

    /// What is changed, in the order in which it was.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// The scenario, checked, with the texts and files that it came from.
    ///
    /// # Errors
    ///
    /// Every problem found, with its place: in a file, or in a change.
    pub fn load(&self) -> Result<Warned<Loaded>, Diagnostics> {
        load::lowered(self, self.problems()).map(|(loaded, _)| loaded)
    }

    /// What can be run.
    ///
    /// # Errors
    ///
    /// Every problem found, with its place: in a file, or in a change.
    pub fn runnable(&self) -> Result<Runnable, Diagnostics> {
        self.load().map(|loaded| loaded.value.runnable)
    }

    /// Every single value that the scenario has, given or by default, in the order of the file format: what [`Variant::with`] can change
    /// without adding anything.
    ///
    /// # Errors
    ///
    /// What is wrong with the scenario.
    pub fn keys(&self) -> Result<Vec<Setting>, Diagnostics> {
        let (_, limits) = load::lowered(self, self.problems())?;
        let mut found = Vec::new();
        let whole = self.whole();
        settings(&Walk { key: Key::default(), path: KeyPath::default() }, &whole, &Shape::scenario(), &mut found);
        for (setting, path) in &mut found {
            setting.limit = limits.get(path).copied();
        }
        Ok(found.into_iter().map(|(setting, _)| setting).collect())
    }

    /// Every single value that the scenario has, as [`Variant::keys`] finds them, each with its text in TOML. Nothing is checked, and no data
    /// file is read.
    #[must_use]
    pub fn values(&self) -> Vec<(Key, String)> {
        let mut found = Vec::new();
        let start = Walk { key: Key::default(), path: KeyPath::default() };
        settings(&start, &self.whole(), &Shape::scenario(), &mut found);
        found.into_iter().map(|(setting, _)| (setting.key, setting.value)).collect()
    }

    pub(super) fn document(&self) -> &Document {
        &self.document
    }

    pub(super) fn layers(&self) -> &Node {
        &self.layers
    }

    /// The first source of the changes that are one layer; those of the document and of settled changes lie before it.
    fn first(&self) -> usize {
        self.document.sources().len() + self.settled
    }

    /// All texts that places point into, and what was wrong with the files.
    fn problems(&self) -> Diagnostics {
        let mut problems = self.document.base().problems.clone();
        problems.sources.extend(self.changes.iter().map(|c| source(&c.text)));
        problems
    }

    /// The layers with all that lies beneath.
    pub(super) fn whole(&self) -> Node {
        let base = self.document.base();
        if self.changes.is_empty() {
            return base.whole.clone();
        }
        base.beneath.under(&self.layers, &mut Diagnostics::default())
    }

    /// Lays `key=value` over this variant; its text is source number `at`.
    pub(super) fn lay(&mut self, text: &str, at: usize) -> Result<(), Vec<Diagnostic>> {
        let told = Told { text, source: at };
        let (parts, value) = told.read()?;
        let whole = self.whole();
        let resolved = resolve(&parts, &whole).map_err(|r| {
            let problem = told.problem(r.code, r.message, r.at, &r.hint);
            vec![r.label.into_iter().fold(problem, Diagnostic::label)]
        })?;
        let leaves: Vec<KeyPath> = resolved.paths.iter().flat_map(|path| leaves(path, &value)).collect();
        self.twice(&leaves, &told, &resolved.key)?;
        let alters = resolved.paths.iter().any(|path| {
            let (node, steps) = whole.find(path);
            steps < path.steps().len() || !node.says(&value)
        });
        let mut layers = self.layers.clone();
        for (path, value) in resolved.paths.iter().flat_map(|path| spread(path, &value)) {
            self.lay_at(&mut layers, &whole, &path, &value)
                .ok_or_else(|| vec![told.problem_of_names(&resolved.key)])?;
        }
        let spelled = format!("{}={}", resolved.key, told.value());
        self.layers = layers;
        self.changes.push(Change {
            value: super::write::inline(&value.to_value()),
            key: resolved.key,
            text: text.into(),
            spelled,
            leaves,
            alters,
        });
        Ok(())
    }

    fn lay_at(&self, layers: &mut Node, whole: &Node, path: &KeyPath, value: &Node) -> Option<()> {
        if let Some((at, default)) = unwritten(path, whole) {
            let default = Node::of_value(&default, &value.place);
            layers.lay_at(Some(whole), at.steps(), default, self.first())?;
        }
        layers.lay_at(Some(whole), path.steps(), value.clone(), self.first())?;
        // A name by which layers are merged may be that of a preset's entry: under another name it would be one more entry.
        let renamed = matches!(path.steps().last(), Some(Step::Key(key)) if IDENTITIES.contains(&key.as_str()));
        if renamed && path.steps().len() > 2 {
            let list = path.parent().parent();
            let changed = self.document.base().beneath.under(layers, &mut Diagnostics::default());
            return (changed.find(&list).0.items().len() == whole.find(&list).0.items().len()).then_some(());
        }
        Some(())
    }

    /// Refuses what an earlier change has set: one of the two would be lost.
    fn twice(&self, leaves: &[KeyPath], told: &Told<'_>, key: &Key) -> Result<(), Vec<Diagnostic>> {
        let same = |a: &KeyPath, b: &KeyPath| a.begins_with(b) || b.begins_with(a);
        let earlier =
            self.changes.iter().skip(self.settled).find(|c| c.leaves.iter().any(|a| leaves.iter().any(|b| same(a, b))));
        let Some(earlier) = earlier else { return Ok(()) };
        let message = if earlier.key == *key {
            format!("`{key}` is given twice")
        } else {
            format!("`{key}` is given twice: `{}` sets it, too", earlier.key)
        };
        Err(vec![told.problem(
            Code::Override,
            message,
            0..told.text.len(),
            &format!("leave one out; the other is `{}`", earlier.text),
        )])
    }
}

/// `key = value`, `key = value`: what is changed, in order.
impl fmt::Display for Variant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let changes: Vec<String> = self.changes.iter().map(Change::to_string).collect();
        f.write_str(&changes.join(", "))
    }
}

impl Change {
    /// The key, with names where entries have one of their own: the same for every spelling.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The value, in TOML.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// `key=value` as `--set` takes it: laid over the same document, it is the same change.
    #[must_use]
    pub fn spelled(&self) -> &str {
        &self.spelled
    }

    /// Whether anything is other than without it.
    #[must_use]
    pub fn alters(&self) -> bool {
        self.alters
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.key, self.value)
    }
}

/// The text of a change, as a source that places point into.
pub(super) fn source(text: &str) -> Source {
    Source { name: "--set".into(), path: None, text: text.into() }
}

/// A change as it is given, `key=value`.
struct Told<'a> {
    text: &'a str,
    source: usize,
}

impl Told<'_> {
    /// The value's text.
    fn value(&self) -> &str {
        key::read(self.text).map_or("", |(_, end)| self.text[end + 1..].trim())
    }

    /// The key's parts, and the value with its place.
    fn read(&self) -> Result<(Vec<key::Placed>, Node), Vec<Diagnostic>> {
        let mut problems = Diagnostics::default();
        raw_text(self.source, self.text, &mut problems);
        let syntax = |message: String, at, hint: &str| vec![self.problem(Code::Override, message, at, hint)];
        let example = "write `--set key.path=value`, for example `--set demand.mean-per-day=80`";
        let (parts, end) = key::read(self.text).map_err(|e| match self.text.contains('=') {
            true => syntax(format!("`--set {}`: {}", self.text, e.message), e.at, &e.hint),
            false => syntax(format!("`--set {}` has no `=`", self.text), 0..self.text.len(), example),
        })?;
        if end == self.text.len() {
            return Err(syntax(format!("`--set {}` has no `=`", self.text), 0..end, example));
        }
        let after = &self.text[end + 1..];
        let written = after.trim();
        if written.is_empty() {
            let message = format!("`--set {}` has no value; an empty text is written as `\"\"`", self.text);
            return Err(syntax(message, 0..self.text.len(), example));
        }
        let start = end + 1 + (after.len() - after.trim_start().len());
        let place = Place { source: self.source, span: start..start + written.len() };
        let mut value = match DeValue::parse(written) {
            Ok(parsed) => {
                let mut parsed = node(self.source, parsed);
                parsed.shift(start);
                parsed
            }
            Err(_) => Node { place: place.clone(), key: None, kind: Kind::Leaf(Value::String(written.into())) },
        };
        value.place = place;
        value.key = Some(Place { source: self.source, span: 0..end });
        value.sound(self.text, &mut problems);
        if problems.has_errors() { Err(problems.list) } else { Ok((parts, value)) }
    }

    fn problem(&self, code: Code, message: String, at: std::ops::Range<usize>, hint: &str) -> Diagnostic {
        Diagnostic::error(code, message).at(Some(Place { source: self.source, span: at })).hint(hint)
    }

    fn problem_of_names(&self, key: &Key) -> Diagnostic {
        let message =
            format!("`{key}` belongs to an entry of a preset or of a shared list, which is known by its name");
        let hint = "write the entry into the file, under the name that it is to have";
        self.problem(Code::Override, message, 0..self.text.len(), hint)
    }
}

/// The table, on the way along `path`, that is nowhere written and has a default in the types: part of it is changed.
fn unwritten(path: &KeyPath, whole: &Node) -> Option<(KeyPath, Value)> {
    let (mut at, mut here, mut shape) = (KeyPath::default(), whole, Shape::scenario());
    for step in path.parent().steps() {
        match step {
            Step::Key(key) => {
                at = at.key(key);
                let Some(next) = here.get(key) else {
                    return shape.unwritten(key).filter(|d| d.is_object()).map(|d| (at, super::write::of_json(d)));
                };
                (here, shape) = (next, shape.key(key)?);
            }
            Step::Index(i) => {
                at = at.index(*i);
                (here, shape) = (here.items().get(*i)?, shape.entries()?);
            }
        }
    }
    None
}

/// A table that is laid over what stands at `path`, entry by entry: what an earlier change gave in it stays.
fn spread(path: &KeyPath, value: &Node) -> Vec<(KeyPath, Node)> {
    let choice = matches!(path.steps().last(), Some(Step::Key(key)) if is_choice(key));
    match &value.kind {
        Kind::Table(entries) if !choice && !entries.is_empty() => {
            entries.iter().flat_map(|(key, node)| spread(&path.key(key), node)).collect()
        }
        _ => vec![(path.clone(), value.clone())],
    }
}

/// Every single value that is set where `value` is laid over what stands at `path`.
fn leaves(path: &KeyPath, value: &Node) -> Vec<KeyPath> {
    match &value.kind {
        Kind::Table(entries) if !entries.is_empty() => {
            entries.iter().flat_map(|(key, node)| leaves(&path.key(key), node)).collect()
        }
        _ => vec![path.clone()],
    }
}

/// Where a walk over a scenario is.
struct Walk {
    key: Key,
    path: KeyPath,
}

impl Walk {
    fn name(&self, name: &str) -> Walk {
        Walk { key: self.key.name(name), path: self.path.key(name) }
    }
}

/// Collects the single values at and below a place, with their ways.
fn settings(at: &Walk, here: &Node, shape: &Shape, out: &mut Vec<(Setting, KeyPath)>) {
    match &here.kind {
        Kind::Table(entries) => {
            // In the order of the format; an alternative that was not chosen is no key.
            for key in shape.keys() {
                let Some(inner) = shape.key(key) else { continue };
                match entries.iter().find(|(k, _)| k == key) {
                    Some((_, node)) => settings(&at.name(key), node, &inner, out),
                    None => defaults(&at.name(key), shape.unwritten(key), &inner, out),
                }
            }
        }
        Kind::Array(items) => {
            let Some(inner) = shape.entries() else { return };
            for (i, item) in items.iter().enumerate() {
                let at = Walk { key: at.key.child(part_of(items, i)), path: at.path.index(i) };
                settings(&at, item, &inner, out);
            }
        }
        Kind::Leaf(value) => {
            let (place, given) = (Some(here.place.clone()), here.place.source != 0);
            out.push((setting(at, super::write::inline(value), shape, place, given), at.path.clone()));
        }
    }
}

/// What is read where nothing is written.
fn defaults(at: &Walk, value: Option<&serde_json::Value>, shape: &Shape, out: &mut Vec<(Setting, KeyPath)>) {
    match value {
        None | Some(serde_json::Value::Null | serde_json::Value::Array(_)) => {}
        Some(serde_json::Value::Object(entries)) => {
            for (key, value) in entries {
                if let Some(inner) = shape.key(key) {
                    defaults(&at.name(key), Some(value), &inner, out);
                }
            }
        }
        Some(value) => out.push((setting(at, value.to_string(), shape, None, false), at.path.clone())),
    }
}

fn setting(at: &Walk, value: String, shape: &Shape, place: Option<Place>, given: bool) -> Setting {
    let words = shape.words();
    let sort = if shape.is_named("Share") {
        Sort::Share
    } else if shape.is_named("Duration") || shape.is_named("CoverBelow") {
        Sort::Days
    } else if shape.is_named("Date") {
        Sort::Date
    } else if shape.is_named("Distribution") {
        Sort::Distribution
    } else if !words.is_empty() {
        Sort::Choice(words)
    } else if shape.is("boolean") {
        Sort::Flag
    } else if shape.is("integer") {
        Sort::Whole
    } else if shape.is("number") {
        Sort::Number
    } else {
        Sort::Text
    };
    Setting { key: at.key.clone(), value, sort, limit: None, place, given }
}
