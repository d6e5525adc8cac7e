//! Layers the files, reads the result as types, and reports every key that does not fit.

use super::catalogue::{self, Catalogue};
use super::document::{Base, Beneath, Document, Variant, source as change};
use super::files::{Files, SalesFile};
use super::format::Shape;
use super::reference::{self, Assumption};
use super::tree::{KeyPath, Kind, Node};
use super::{DEFAULTS, Runnable, lower, raw};
use restock_base::diag::health::Health;
use restock_base::diag::looks::{HEAD, Looks, looks};
use restock_base::diag::{Code, Diagnostic, Diagnostics, Place, Source, Warned, did_you_mean, words};
use restock_base::names;
use restock_base::units::Limit;
use serde::Deserialize;
use serde_path_to_error::Segment;
use std::collections::HashMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use toml::Value;

/// Reads scenarios.
#[derive(Debug, Clone, Default)]
pub struct Loader {
    /// Changes, `key.path=value`, laid over the files in order: see [`Variant::with`].
    pub overrides: Vec<String>,
    /// Files named by a scenario may lie outside its folder.
    pub allow_outside: bool,
    /// A row of a catalogue that cannot be used refuses the whole, as `strict` of the catalogue says; otherwise it is left out with a warning.
    pub strict: bool,
    /// Texts of scenario files that are taken instead of what is on disk, by their path.
    pub recorded: Vec<(PathBuf, String)>,
}

/// A scenario that was read, and the text of every file it came from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The scenario and its experiment, checked.
    pub runnable: Runnable,
    /// The scenario as its files and changes have it, as types: what [`super::write`] writes.
    pub raw: raw::Scenario,
    /// The scenario files, in the order in which they were read: name and text. The first are the defaults.
    pub sources: Vec<Source>,
    /// The scenario as all its files and overrides have it, in TOML.
    pub resolved: String,
    /// Data files that the scenario names and that were read, in the order in which they were found.
    pub inputs: Vec<PathBuf>,
    /// The defaults that bear on this scenario, and what it says instead.
    pub assumptions: Vec<Assumption>,
    /// How its sales files were read, and what was found in them.
    pub health: Vec<Health>,
}

/// What lowering needs besides the typed scenario: where things stand, and where files are.
pub(super) struct Context<'a> {
    pub tree: Node,
    pub folder: &'a Path,
    pub allow_outside: bool,
    pub problems: Diagnostics,
    pub hazards: &'a [raw::PromiseRelative; 2],
    /// What was read and fitted before, for other products or other variants.
    pub files: &'a Files,
    /// Sales files of which all has been told.
    pub told: Vec<SalesFile>,
    /// What each number may be.
    pub limits: HashMap<KeyPath, Limit>,
    /// The source whose lines are rows of products.
    pub catalogue: Option<usize>,
    /// Data files that may be read and are there.
    pub inputs: Vec<PathBuf>,
    /// How sales files were read.
    pub health: Vec<Health>,
}

const LARGEST_FILE: u64 = 4 << 20;

impl Loader {
    /// Reads the scenario at `path`.
    ///
    /// # Errors
    ///
    /// Every problem found, with its place.
    pub fn load(&self, path: &Path) -> Result<Warned<Loaded>, Diagnostics> {
        self.load_as(&names::path(path), path)
    }

    /// Reads the scenario at `path`, which messages and outputs call `name`.
    ///
    /// # Errors
    ///
    /// Every problem found, with its place.
    pub fn load_as(&self, name: &str, path: &Path) -> Result<Warned<Loaded>, Diagnostics> {
        let mut problems = Diagnostics::default();
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let Some(text) = self.read(path, None, &mut problems) else { return Err(problems) };
        self.load_text(name, Some(path), &text, &folder, problems)
    }

    /// The text of a scenario file: as recorded, or else from disk.
    fn read(&self, path: &Path, place: Option<&Place>, problems: &mut Diagnostics) -> Option<String> {
        match self.recorded.iter().find(|(known, _)| known == path) {
            Some((_, text)) => Some(text.clone()),
            None => read(path, place, problems),
        }
    }

    /// Reads a scenario from text, as if it were a file called `name` in `folder`.
    ///
    /// # Errors
    ///
    /// Every problem found, with its place.
    pub fn load_str(&self, name: &str, text: &str, folder: &Path) -> Result<Warned<Loaded>, Diagnostics> {
        self.load_text(name, None, text, folder, Diagnostics::default())
    }

    fn load_text(
        &self,
        name: &str,
        path: Option<&Path>,
        text: &str,
        folder: &Path,
        problems: Diagnostics,
    ) -> Result<Warned<Loaded>, Diagnostics> {
        let document = self.layered(name, path, text, folder, problems)?;
        let mut problems = document.base().problems.clone();
        let mut variant = document.unchanged();
        for text in &self.overrides {
            let at = problems.sources.len();
            problems.sources.push(change(text));
            if let Err(list) = variant.lay(text, at) {
                list.into_iter().for_each(|d| problems.push(d));
            }
        }
        lowered(&variant, problems).map(|(loaded, _)| loaded)
    }

    /// The scenario at `path`, read once, for variants of it. Overrides of this loader are left out.
    ///
    /// # Errors
    ///
    /// What cannot be read as TOML, or not be extended.
    pub fn document(&self, path: &Path) -> Result<Document, Diagnostics> {
        let mut problems = Diagnostics::default();
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let Some(text) = self.read(path, None, &mut problems) else { return Err(problems) };
        sound(self.layered(&names::path(path), Some(path), &text, &folder, problems)?)
    }

    /// A scenario from text, read once, as if it were a file called `name` in `folder`.
    ///
    /// # Errors
    ///
    /// As of [`Loader::document`].
    pub fn document_of_text(&self, name: &str, text: &str, folder: &Path) -> Result<Document, Diagnostics> {
        sound(self.layered(name, None, text, folder, Diagnostics::default())?)
    }

    /// The layers of a scenario. What is wrong with what it extends is among its problems.
    fn layered(
        &self,
        name: &str,
        path: Option<&Path>,
        text: &str,
        folder: &Path,
        mut problems: Diagnostics,
    ) -> Result<Document, Diagnostics> {
        let mut layers = source(&mut problems, "defaults.toml", None, DEFAULTS);
        let mut file = source(&mut problems, name, path, text);
        if problems.has_errors() {
            return Err(problems);
        }
        let chain: Vec<PathBuf> = path.and_then(|p| p.canonicalize().ok()).into_iter().collect();
        file = self.extended(file, folder, &chain, &mut problems);
        let beneath = beneath(&mut layers);
        layers.lay_over(file);
        if layers.get("supply").is_none() {
            default_supply(&mut layers);
        }
        let mut catalogue = catalogue::lay(&mut layers, (folder, self.allow_outside), &mut problems);
        catalogue.iter_mut().for_each(|catalogue| catalogue.strict = self.strict);
        // A preset that is not there is told when the scenario is loaded: a change may name another.
        let whole = beneath.under(&layers, &mut Diagnostics::default());
        let (folder, allow_outside) = (folder.to_path_buf(), self.allow_outside);
        let files = Files::default();
        Ok(Document::new(Base { layers, beneath, whole, problems, folder, allow_outside, catalogue, files }))
    }

    /// Lays `file` over what it extends.
    fn extended(&self, mut file: Node, folder: &Path, chain: &[PathBuf], problems: &mut Diagnostics) -> Node {
        let Some(node) = file.take("extends") else { return file };
        let place = Some(node.place.clone());
        let Some(name) = node.text() else {
            problems.push(
                Diagnostic::error(Code::Extends, "`extends` must name a file")
                    .at(place)
                    .hint("write `extends = \"base.toml\"`"),
            );
            return file;
        };
        let path = folder.join(name);
        let canonical = path.canonicalize().unwrap_or_else(|_| path.clone());
        if chain.contains(&canonical) || chain.len() > 16 {
            let round = chain
                .iter()
                .map(|p| names::path(Path::new(p.file_name().unwrap_or_default())))
                .collect::<Vec<_>>()
                .join(" extends ");
            problems.push(
                Diagnostic::error(Code::Extends, format!("`extends` goes round in a circle: {round} extends {name}"))
                    .at(place)
                    .hint("let one of the files stand on its own"),
            );
            return file;
        }
        let recorded = self.recorded.iter().any(|(known, _)| *known == path);
        if !recorded && !self.allow_outside && !inside(&canonical, folder) && path.exists() {
            problems.push(outside(name, place));
            return file;
        }
        let Some(text) = self.read(&path, place.as_ref(), problems) else { return file };
        let mut base = source(problems, name, Some(&path), &text);
        let mut chain = chain.to_vec();
        chain.push(canonical);
        base = self.extended(base, path.parent().unwrap_or(folder), &chain, problems);
        base.lay_over(file);
        base
    }
}

/// A document of which nothing is known to be wrong.
fn sound(document: Document) -> Result<Document, Diagnostics> {
    let problems = &document.base().problems;
    if problems.has_errors() { Err(problems.clone()) } else { Ok(document) }
}

/// Takes templates and presets out of the defaults: they come from there alone.
pub(super) fn beneath(defaults: &mut Node) -> Beneath {
    let (each, presets) = (defaults.take("each"), defaults.take("preset"));
    let hazards = defaults.take("hazards");
    let hazards = ["clear", "silent"].map(|which| {
        let node = hazards.as_ref().and_then(|h| h.get(which));
        node.and_then(|n| raw::PromiseRelative::deserialize(n.to_value()).ok()).unwrap_or_default()
    });
    Beneath { each, presets, hazards }
}

/// Reads a variant as types and checks it; with what each of its numbers may be. `problems` are those known before, with all sources.
pub(super) fn lowered(
    variant: &Variant,
    mut problems: Diagnostics,
) -> Result<(Warned<Loaded>, HashMap<KeyPath, Limit>), Diagnostics> {
    let base = variant.document().base();
    let mut tree = base.beneath.under(variant.layers(), &mut problems);
    if let Some(catalogue) = &base.catalogue {
        catalogue.stays(&tree, &mut problems);
        let strict = is_strict(catalogue, &tree);
        catalogue.tell(strict, &mut problems);
        if !strict {
            catalogue.drop_bad(&mut tree);
        }
    } else if let Some(node) = tree.get("catalogue").and_then(|c| c.get("file")).filter(|_| !problems.has_errors()) {
        let hint = "write a scenario that `extends` this one and names the table";
        let message = "the table of products is read with the file, and cannot be named by `--set`";
        problems.push(Diagnostic::error(Code::Override, message).at(Some(node.place.clone())).hint(hint));
    }
    loop {
        let known = problems.list.len();
        match lowered_once(variant, tree.clone(), problems) {
            Ok(done) => return Ok(done),
            Err(found) => problems = found,
        }
        let rows_go = base.catalogue.as_ref().filter(|catalogue| !is_strict(catalogue, &tree));
        if !rows_go.is_some_and(|catalogue| catalogue.leave_out(&mut tree, known, &mut problems)) {
            return Err(problems);
        }
        if tree.get("product").is_none_or(|p| p.items().is_empty()) {
            let place = tree.get("catalogue").and_then(|c| c.get("file")).map(|node| node.place.clone());
            let message = "no row of the table of products can be used";
            let hint = "mend the rows that are told";
            problems.push(Diagnostic::error(Code::CatalogueBad, message).at(place).hint(hint));
            return Err(problems);
        }
    }
}

/// Whether a row of the catalogue that cannot be used refuses the whole.
fn is_strict(catalogue: &Catalogue, tree: &Node) -> bool {
    let strict = tree.get("catalogue").and_then(|c| c.get("strict"));
    catalogue.strict || strict.is_some_and(|node| matches!(node.kind, Kind::Leaf(Value::Boolean(true))))
}

/// The same with the rows of the catalogue that are in the tree. `problems` comes back with all that was found if there was an error.
fn lowered_once(
    variant: &Variant,
    tree: Node,
    mut problems: Diagnostics,
) -> Result<(Warned<Loaded>, HashMap<KeyPath, Limit>), Diagnostics> {
    let base = variant.document().base();
    let mut files = base.problems.sources.clone();
    if let Some(catalogue) = &base.catalogue {
        // It is a data file.
        files.truncate(catalogue.source);
    }
    let assumptions = register(&tree, &problems.sources);
    let resolved = toml::to_string(&tree.to_value()).unwrap_or_else(|_| format!("{:?}", tree.to_value()));
    let Some(mut raw) = typed(&tree, &mut problems) else { return Err(problems) };
    let (structural, read) = (problems.has_errors(), problems.list.len());
    let mut context = Context {
        tree,
        folder: &base.folder,
        allow_outside: base.allow_outside,
        problems,
        hazards: &base.beneath.hazards,
        files: &base.files,
        told: Vec::new(),
        limits: HashMap::new(),
        catalogue: base.catalogue.as_ref().map(|c| c.source),
        inputs: base.catalogue.iter().map(|c| c.path.clone()).collect(),
        health: Vec::new(),
    };
    let runnable = lower::scenario(&raw, &mut context);
    warn_of_dollars(&raw.currency, &mut context);
    let Context { mut problems, inputs, health, limits, .. } = context;
    if structural {
        // A key that could not be read is absent. That it is missing is not reported a second time.
        let consequence = |d: &Diagnostic| matches!(d.code, Code::NothingToRun | Code::MissingKey);
        let found = problems.list.split_off(read);
        problems.list.extend(found.into_iter().filter(|d| !consequence(d)));
    }
    match runnable {
        Some(mut runnable) if !structural && !problems.has_errors() => {
            let altering = variant.changes().iter().filter(|c| c.alters());
            runnable.scenario.origin.overrides = altering.map(|c| c.spelled().to_owned()).collect();
            let rows = problems.list.iter().filter(|d| d.code == Code::WarnRow);
            runnable.scenario.origin.left_out = rows.map(|d| d.message.clone()).collect();
            // Its rows are products of the scenario by now, without those that are left out.
            raw.catalogue = None;
            let value = Loaded { runnable, raw, sources: files, resolved, inputs, assumptions, health };
            Ok((Warned { value, warnings: problems }, limits))
        }
        _ => Err(problems),
    }
}

/// The defaults that bear on a scenario: presets that it does not use are left out.
fn register(tree: &Node, sources: &[Source]) -> Vec<Assumption> {
    let supply = tree.get("supply").map(Node::items).unwrap_or_default();
    let presets: Vec<&str> = supply.iter().filter_map(|m| m.get("preset").and_then(Node::text)).collect();
    let mut entries = reference::entries();
    entries.retain(|e| match e.section.strip_prefix("preset.") {
        Some(rest) => presets.contains(&rest.split('.').next().unwrap_or("")),
        None => true,
    });
    for e in &mut entries {
        let path = e.section.split('.').filter(|s| !s.is_empty()).fold(KeyPath::default(), |p, s| p.key(s)).key(&e.key);
        let (node, steps) = tree.find(&path);
        // Source 0 are the defaults themselves.
        if steps == path.steps().len() && node.place.source != 0 {
            e.given = sources
                .get(node.place.source)
                .and_then(|s| s.text.get(node.place.span.clone()))
                .map(|text| names::shown(&text.split_whitespace().collect::<Vec<_>>().join(" ")));
        }
    }
    entries
}

/// Keys of amounts of money, as far as there are defaults for them. All of these are in US dollars.
const AMOUNTS: [&str; 15] = [
    "per-order",
    "per-kg",
    "per-unit",
    "per-m3",
    "per-container",
    "pick-and-pack",
    "clearance-per-order",
    "storage-per-m3-month",
    "fee",
    "cost-per-ticket",
    "advertising-per-order",
    "fixed-per-month",
    "least",
    "most",
    "broker",
];

/// Defaults are amounts of dollars: in another currency they are other amounts.
fn warn_of_dollars(currency: &str, cx: &mut Context<'_>) {
    if currency.trim().eq_ignore_ascii_case("USD") {
        return;
    }
    let mut keys = Vec::new();
    // A preset's keys count where a supply model has taken them over.
    let roots = ["customers", "finance", "product", "supply"];
    roots.iter().filter_map(|r| cx.tree.get(r)).for_each(|node| dollars(node, &mut keys));
    if keys.is_empty() {
        return;
    }
    let list = keys.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
    cx.warn(
        &KeyPath::default().key("currency"),
        Code::WarnUnlikely,
        &format!("amounts of money that the scenario leaves to the defaults are US dollars, and are taken for as many {currency}: {list}"),
        &format!("give them in {currency}; the report lists every default in use"),
    );
}

/// Keys of amounts that come from the defaults and are not 0.
fn dollars(node: &Node, keys: &mut Vec<String>) {
    match &node.kind {
        Kind::Table(entries) => {
            for (key, value) in entries.iter() {
                let amount = matches!(value.kind, Kind::Leaf(_)) && value.number().is_some_and(|n| n != 0.0);
                if amount && value.place.source == 0 && AMOUNTS.contains(&key.as_str()) && !keys.contains(key) {
                    keys.push(key.clone());
                }
                dollars(value, keys);
            }
        }
        Kind::Array(items) => items.iter().for_each(|item| dollars(item, keys)),
        Kind::Leaf(_) => {}
    }
}

/// Reads a text file of bounded size, or says why not.
fn read(path: &Path, place: Option<&Place>, problems: &mut Diagnostics) -> Option<String> {
    let fail = |code: Code, message: String, hint: &str| {
        let code = if place.is_some() { Code::Extends } else { code };
        Diagnostic::error(code, message).at(place.cloned()).hint(hint)
    };
    let shown = names::path(path);
    let refuse = |problems: &mut Diagnostics, problem: Diagnostic| {
        problems.push(problem);
        None
    };
    let mut bytes = Vec::new();
    // One byte more than may be, to see that there are more: a device or a pipe has no length to ask for.
    let read = std::fs::File::open(path).and_then(|f| f.take(LARGEST_FILE + 1).read_to_end(&mut bytes));
    if path.is_dir() {
        let hint = scenario_in(path)
            .map_or("name a scenario file".into(), |f| format!("name a scenario file in it, `{f}` say"));
        return refuse(problems, fail(Code::FileMissing, format!("`{shown}` is a folder"), &hint));
    }
    if let Err(e) = read {
        let hint = match e.kind() {
            std::io::ErrorKind::NotFound => beside(path),
            _ => "check the file's permissions".into(),
        };
        return refuse(problems, fail(Code::FileMissing, format!("cannot read `{shown}`: {}", words::io(&e)), &hint));
    }
    let kind = looks(&bytes[..bytes.len().min(HEAD)]);
    if let Some(remedy) = kind.and_then(|k| k.instead_of_a_scenario(&shown)) {
        let what = kind.map_or("", Looks::what);
        return refuse(problems, fail(Code::NotAScenario, format!("`{shown}` looks like {what}"), &remedy));
    }
    if bytes.len() as u64 > LARGEST_FILE {
        let message = format!("`{shown}` has more than {LARGEST_FILE} bytes, which no scenario needs");
        return refuse(problems, fail(Code::NotAScenario, message, "name a scenario file, and data in `history`"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Some(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(e) => {
            let line = 1 + e.as_bytes()[..e.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
            let message = format!("`{shown}` is not UTF-8 text: line {line} has a byte that is no character");
            refuse(problems, fail(Code::FileMissing, message, "save the file as UTF-8"))
        }
    }
}

/// Names of the scenario files in a folder, in order.
fn scenarios_in(folder: &Path) -> Vec<String> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<String> =
        entries.map(|e| names::path(Path::new(&e.file_name()))).filter(|n| n.ends_with(".toml")).collect();
    found.sort();
    found
}

/// A scenario file of a folder.
fn scenario_in(folder: &Path) -> Option<String> {
    let first = scenarios_in(folder).into_iter().next()?;
    Some(names::path(&folder.join(first)))
}

/// What to do if there is no such file: the one beside it that may be meant.
fn beside(path: &Path) -> String {
    let siblings = path.parent().map(scenarios_in).unwrap_or_default();
    let wanted = names::path(Path::new(path.file_name().unwrap_or_default()));
    did_you_mean(&wanted, siblings.iter().map(String::as_str))
        .map_or("check the spelling, and that the file is there".into(), |s| format!("did you mean `{s}`?"))
}

pub(super) fn inside(path: &Path, folder: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    folder.canonicalize().is_ok_and(|f| path.starts_with(f))
}

/// The folder in which a file is looked up that is named at this place: a base scenario brings its own data.
pub(super) fn home_of(place: &Place, folder: &Path, problems: &Diagnostics) -> PathBuf {
    let file = problems.sources.get(place.source).and_then(|source| source.path.as_deref());
    file.and_then(Path::parent).unwrap_or(folder).to_path_buf()
}

/// A data file in a folder, as it is named there and as the system knows it; or why it may not be read.
pub(super) fn data_file(name: &str, folder: &Path, allow_outside: bool) -> Result<(PathBuf, PathBuf), Diagnostic> {
    let path = folder.join(name);
    match path.canonicalize() {
        Err(_) => Err(Diagnostic::error(Code::FileMissing, format!("there is no file `{name}`")).hint(format!(
            "files are looked up in `{}`",
            if folder.as_os_str().is_empty() { ".".into() } else { names::path(folder) }
        ))),
        Ok(found) if !allow_outside && !inside(&found, folder) => Err(outside(name, None)),
        // A pipe or a device may never end, and gives its bytes once.
        Ok(found) if !found.is_file() && !found.is_dir() => {
            let message = format!("`{name}` is no file but a pipe, a device or the like");
            Err(Diagnostic::error(Code::FileMissing, message)
                .hint("name a file, to which its contents are written first"))
        }
        Ok(found) => Ok((path, found)),
    }
}

pub(super) fn outside(name: &str, place: Option<Place>) -> Diagnostic {
    Diagnostic::error(Code::FileOutside, format!("`{name}` lies outside the scenario's folder"))
        .at(place)
        .hint("move the file beside the scenario, or run with `--allow-outside` if you trust it")
}

fn source(problems: &mut Diagnostics, name: &str, path: Option<&Path>, text: &str) -> Node {
    let index = problems.sources.len();
    problems.sources.push(Source { name: names::shown(name), path: path.map(Path::to_path_buf), text: text.into() });
    Node::parse(index, text, problems)
}

/// Without any `[[supply]]`, the two presets are compared.
fn default_supply(tree: &mut Node) {
    let place = tree.place.clone();
    let text = |s: &str| Node { place: place.clone(), key: None, kind: Kind::Leaf(Value::String(s.into())) };
    let model = |name: &str, preset: &str| Node {
        place: place.clone(),
        key: None,
        kind: Kind::table(vec![("name".into(), text(name)), ("preset".into(), text(preset))]),
    };
    let both = vec![model("Ocean freight + 3PL", "ocean-3pl"), model("Direct from manufacturer", "direct")];
    let both = Node { place: place.clone(), key: None, kind: Kind::list(both) };
    tree.set("supply", both);
}

pub(super) fn apply_presets(tree: &mut Node, presets: Option<&Node>, problems: &mut Diagnostics) {
    let Some(supply) = tree.get_mut("supply") else { return };
    for model in supply.items_mut() {
        let Some(preset) = preset_of(model, presets, problems) else { continue };
        let mut base = preset;
        base.lay_over(model.clone());
        base.place = model.place.clone();
        *model = base;
    }
}

/// The preset that a table names; absent if it names none, or one that is not there, which is reported.
fn preset_of(table: &Node, presets: Option<&Node>, problems: &mut Diagnostics) -> Option<Node> {
    let node = table.get("preset")?;
    let name = node.text()?;
    let preset = presets.and_then(|p| whole_preset(p, name));
    if preset.is_none() {
        let known: Vec<&str> = match presets.map(|p| &p.kind) {
            Some(Kind::Table(entries)) => entries.iter().map(|(k, _)| k.as_str()).collect(),
            _ => Vec::new(),
        };
        not_there("preset", (name, node), known, "`restock defaults` shows them", problems);
    }
    preset
}

/// Reports a name that is none of those known.
fn not_there(kind: &str, (name, node): (&str, &Node), known: Vec<&str>, remedy: &str, problems: &mut Diagnostics) {
    let all = known.iter().map(|k| format!("`{}`", names::shown(k))).collect::<Vec<_>>().join(", ");
    problems.push(
        Diagnostic::error(Code::UnknownName, format!("there is no {kind} `{}`", names::shown(name)))
            .at(Some(node.place.clone()))
            .label(format!("{kind}s: {all}"))
            .hint(did_you_mean(name, known).map_or(remedy.into(), |k| format!("did you mean `{k}`?"))),
    );
}

/// A preset, laid over the one that it starts from.
fn whole_preset(presets: &Node, name: &str) -> Option<Node> {
    let mut preset = presets.get(name)?.clone();
    let Some(base) = preset.take("preset") else { return Some(preset) };
    let mut whole = whole_preset(presets, base.text()?)?;
    whole.lay_over(preset);
    Some(whole)
}

/// Spellings with the same meaning become one.
pub(super) fn normalise(tree: &mut Node) {
    let models = tree.get("supply").map_or(0, |s| s.items().len());
    normalise_promise(tree.get_mut("customers"));
    for i in 0..models {
        let model = tree.get_mut("supply").and_then(|s| s.items_mut().get_mut(i));
        normalise_promise(model.and_then(|m| m.get_mut("customers")));
    }
}

fn normalise_promise(customers: Option<&mut Node>) {
    let promise = customers.and_then(|c| c.get_mut("promise"));
    if let Some(node) = promise
        && node.text() == Some("expected-arrival")
    {
        let empty = Node { kind: Kind::table(Vec::new()), ..node.clone() };
        node.kind = Kind::table(vec![("expected-arrival".into(), empty)]);
    }
}

/// Lays each list's template under its entries, the scenario's demand under each product's, and its customers and planner
/// under each supply model's.
pub(super) fn apply_templates(tree: &mut Node, each: &Node) {
    let demand = tree.get("demand").cloned();
    if let Some(products) = tree.get_mut("product") {
        for product in products.items_mut() {
            under(product, each.get("product"));
            if let Some(own) = product.get_mut("demand") {
                under(own, demand.as_ref());
            }
        }
    }
    let shared = ["customers", "planner"].map(|key| (key, tree.get(key).cloned()));
    let Some(supply) = tree.get_mut("supply") else { return };
    for model in supply.items_mut() {
        for (key, base) in &shared {
            if let Some(own) = model.get_mut(key) {
                under(own, base.as_ref());
            }
        }
        let Some(locations) = model.get_mut("location") else { continue };
        for location in locations.items_mut() {
            template_of_location(location, Some(each));
            template_of_routes(location, Some(each));
        }
    }
}

fn template_of_location(location: &mut Node, each: Option<&Node>) {
    under(location, each.and_then(|each| each.get("location")));
}

fn template_of_routes(location: &mut Node, each: Option<&Node>) {
    let routes = location.get_mut("route").map(Node::items_mut).unwrap_or_default();
    routes.iter_mut().for_each(|route| under(route, each.and_then(|each| each.get("route"))));
}

/// Lays a template under a table.
fn under(node: &mut Node, template: Option<&Node>) {
    if let Some(template) = template
        && matches!(node.kind, Kind::Table(_))
    {
        let mut base = template.clone();
        base.lay_over(node.clone());
        base.place = node.place.clone();
        base.key = node.key.clone();
        *node = base;
    }
}

/// Makes the locations of changes whole: what a change says of one that its model has is laid over that, and the model or preset that it
/// names lies beneath.
pub(super) fn apply_changes(tree: &mut Node, presets: Option<&Node>, each: Option<&Node>, problems: &mut Diagnostics) {
    let Some(supply) = tree.get_mut("supply") else { return };
    // As they are at first: what a change goes over to has no changes of its own.
    let models: Vec<Node> = supply.items().to_vec();
    for model in supply.items_mut() {
        let mut known = model.get("location").cloned();
        let Some(changes) = model.get_mut("change") else { continue };
        for change in changes.items_mut() {
            whole_change(change, (&models, presets, each), &mut known, problems);
        }
    }
}

/// Models of the file, presets, and templates of entries.
type Around<'a> = (&'a [Node], Option<&'a Node>, Option<&'a Node>);

fn whole_change(
    change: &mut Node,
    (models, presets, each): Around<'_>,
    known: &mut Option<Node>,
    problems: &mut Diagnostics,
) {
    let text = |node: &Node, key: &str| node.get(key).and_then(Node::text).map(str::to_owned);
    let mut base = preset_of(change, presets, problems);
    if let (Some(name), Some(node)) = (text(change, "to"), change.get("to")) {
        let named = models.iter().find(|m| text(m, "name").as_ref() == Some(&name));
        if named.is_none() {
            let known = models.iter().filter_map(|m| m.get("name")?.text()).collect();
            let remedy = "name a supply model of the file, or a `preset` in place of `to`";
            not_there("supply model", (&name, node), known, remedy, problems);
        }
        base = named.cloned().or(base);
    }
    if let Some(base) = &base
        && change.get("overflow").is_none()
        && let Some(overflow) = base.get("overflow")
    {
        change.set("overflow", overflow.clone());
    }
    let name = |n: &Node| n.get("name").and_then(Node::text).map(str::to_owned);
    let of_base = base.as_ref().and_then(|base| base.get("location")).cloned();
    let theirs: Vec<Option<String>> = of_base.iter().flat_map(Node::items).map(name).collect();
    let mut locations = match (of_base, change.get("location").cloned()) {
        (Some(mut theirs), Some(own)) => {
            theirs.lay_over(own);
            theirs
        }
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => return,
    };
    for location in locations.items_mut() {
        let beneath = known.as_ref().and_then(|k| k.items().iter().find(|k| name(k) == name(location)).cloned());
        match beneath {
            Some(mut whole) => {
                // What supplies from now on has its own share, and its own routes alone.
                if theirs.contains(&name(location)) {
                    whole.take("share");
                    whole.take("stop");
                }
                whole.lay_over(location.clone());
                if theirs.contains(&name(location)) {
                    stop_all_but(&mut whole, location);
                }
                (whole.place, whole.key) = (location.place.clone(), location.key.clone());
                *location = whole;
            }
            None => template_of_location(location, each),
        }
        template_of_routes(location, each);
    }
    match known {
        Some(known) => known.lay_over(locations.clone()),
        None => *known = Some(locations.clone()),
    }
    change.set("location", locations);
}

/// Stops the routes of a location that it has not in another model.
fn stop_all_but(location: &mut Node, other: &Node) {
    let names = |n: &Node| -> Vec<String> {
        let routes = n.get("route").map(Node::items).unwrap_or_default();
        routes.iter().filter_map(|r| r.get("name")?.text().map(str::to_owned)).collect()
    };
    let stopped = other.get("stop").map(Node::items).unwrap_or_default().iter().filter_map(Node::text);
    let mut stop: Vec<String> = stopped.map(str::to_owned).collect();
    stop.extend(names(location).into_iter().filter(|route| !names(other).contains(route)));
    if !stop.is_empty() {
        let place = location.place.clone();
        let text = |name: String| Node { place: place.clone(), key: None, kind: Kind::Leaf(Value::String(name)) };
        let list = Kind::list(stop.into_iter().map(text).collect());
        location.set("stop", Node { place: place.clone(), key: None, kind: list });
    }
}

/// Keys that do not fit, at most, until the rest is not looked at: each costs a reading of the whole.
const ROUNDS: usize = 40;

/// Reads the tree as types. Each error is reported at its key; the key is then taken out and the rest is
/// read again, so that one pass shows all of them.
fn typed(tree: &Node, problems: &mut Diagnostics) -> Option<raw::Scenario> {
    let mut left = tree.clone();
    for _ in 0..ROUNDS {
        match serde_path_to_error::deserialize::<_, raw::Scenario>(left.to_value()) {
            Ok(scenario) => return Some(scenario),
            Err(error) => {
                let path = key_path(error.path());
                let removed = report(&left, tree, &path, &error.inner().to_string(), problems)?;
                if !left.remove(&removed) {
                    return None;
                }
            }
        }
    }
    let rest = Diagnostic::error(Code::More, "the rest of the file was not looked at, as so much of it cannot be read");
    problems.push(rest.hint("mend what is shown, and check again"));
    None
}

fn key_path(path: &serde_path_to_error::Path) -> KeyPath {
    path.iter().fold(KeyPath::default(), |p, segment| match segment {
        Segment::Seq { index } => p.index(*index),
        Segment::Map { key } => p.key(key),
        Segment::Enum { variant } => p.key(variant),
        Segment::Unknown => p,
    })
}

/// Turns one error of the typed reader into a diagnostic. Returns what to take out before reading on.
fn report(left: &Node, tree: &Node, path: &KeyPath, message: &str, problems: &mut Diagnostics) -> Option<KeyPath> {
    let message = message.lines().next().unwrap_or("").trim();
    let quoted: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (node, _) = left.find(path);
    // Inside of the library a date is a table with a key of its own.
    let is_date = message.contains("$__toml_private");
    if is_date {
        // Handled below: a date where something else is wanted.
    } else if message.starts_with("unknown field") || message.starts_with("unknown variant") {
        let unknown = (*quoted.first()?).to_owned();
        let known = &quoted[1..];
        // The path may or may not name the unknown key itself.
        let at_key = if path.last_key() == unknown && left.find(path).1 == path.steps().len() {
            path.clone()
        } else {
            path.key(&unknown)
        };
        let (found, steps) = left.find(&at_key);
        let exact = steps == at_key.steps().len();
        let place = if exact { found.key.clone().unwrap_or_else(|| found.place.clone()) } else { node.place.clone() };
        let what = if message.starts_with("unknown field") { "key" } else { "alternative" };
        let listed = known.iter().map(|k| format!("`{k}`")).collect::<Vec<_>>().join(", ");
        let hint = match did_you_mean(&unknown, known.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("known here: {listed}"),
        };
        let holder = if at_key == *path { path.parent() } else { path.clone() };
        let of = if holder.steps().is_empty() { "a scenario".into() } else { format!("`{holder}`") };
        problems.push(
            Diagnostic::error(Code::UnknownKey, format!("unknown {what} `{unknown}` in {of}"))
                .at(Some(place))
                .label(format!("known: {listed}"))
                .hint(hint),
        );
        return Some(if exact { at_key } else { path.clone() });
    }
    if !is_date && message.starts_with("missing field") {
        let missing = quoted.first()?;
        let whole = path.key(missing);
        // Taken out by an earlier round: already reported.
        if tree.find(&whole).1 != whole.steps().len() {
            let of = if path.steps().is_empty() { "the scenario".into() } else { format!("`{path}`") };
            problems.push(
                Diagnostic::error(Code::MissingKey, format!("`{missing}` is missing in {of}"))
                    .at(Some(node.key.clone().unwrap_or_else(|| first_line(node))))
                    .hint(format!("add `{missing} = ..`; it has no default, as only you know it")),
            );
        }
        return (!path.steps().is_empty()).then(|| path.clone());
    }
    if let Some(problem) = two_alternatives(left, path) {
        problems.push(problem);
        return Some(path.clone());
    }
    let wanted = match quoted.split_first() {
        Some((_, known)) if is_date && !known.is_empty() => format!("`{}`", known.join("` or `")),
        _ => words::wanted(message),
    };
    let plain =
        if message.contains("expected ") { format!("it is {}, not {wanted}", node.found()) } else { wanted.clone() };
    let key = path.last_key();
    let at = if path.steps().is_empty() { "the scenario".into() } else { format!("`{path}`") };
    problems.push(
        Diagnostic::error(Code::WrongType, format!("{at} cannot be read: {plain}"))
            .at(Some(node.place.clone()))
            .label("this value")
            .hint(type_hint(&wanted, key, node)),
    );
    (!path.steps().is_empty()).then(|| path.clone())
}

/// A table that must choose one of several keys and has more of them.
fn two_alternatives(left: &Node, path: &KeyPath) -> Option<Diagnostic> {
    let (node, steps) = left.find(path);
    let Kind::Table(entries) = &node.kind else { return None };
    if steps < path.steps().len() || entries.len() < 2 {
        return None;
    }
    let alternatives = Shape::at(path)?.alternatives();
    let known = |key: &str| alternatives.contains(&key);
    if alternatives.is_empty() || !entries.iter().all(|(key, _)| known(key)) {
        return None;
    }
    let names: Vec<String> = entries.iter().map(|(key, _)| format!("`{key}`")).collect();
    let (last, others) = names.split_last()?;
    let message = format!("`{path}` takes one of its alternatives, and {} and {last} are given", others.join(", "));
    let place = entries.last().and_then(|(_, n)| n.key.clone()).unwrap_or_else(|| first_line(node));
    let hint = format!("leave one: `{} = {{ {} = .. }}`", path.last_key(), entries[0].0);
    Some(Diagnostic::error(Code::WrongType, message).at(Some(place)).label("one too many").hint(hint))
}

/// A table's place is all of it: show its first line only.
fn first_line(node: &Node) -> Place {
    let start = node.place.span.start;
    Place { source: node.place.source, span: start..(start + 1).min(node.place.span.end.max(start)) }
}

fn type_hint(wanted: &str, key: &str, found: &Node) -> String {
    if wanted.contains("a table of keys") {
        format!("write `{key} = {{ .. }}`; `restock defaults` shows its keys")
    } else if wanted.contains("`true` or `false`") {
        "write `true` or `false`, without quotes".into()
    } else if wanted.contains("lead-time") {
        "write days, or \"lead-time\" in this spelling".into()
    } else if wanted.contains("share") {
        "write a share as 0.3 or \"30%\"".into()
    } else if wanted.contains("date") {
        "write the date without quotes and without a time of day: 2026-07-01".into()
    } else if wanted.contains("number") && !wanted.contains("or a") && found.text().is_some() {
        format!("write the number without quotes: `{key} = 12`")
    } else if wanted.contains("whole number") {
        format!("write a whole number: `{key} = 12`")
    } else if wanted.contains("days") {
        "write days as 14 or \"6 weeks\"".into()
    } else if wanted.contains("distribution") {
        "write a number, or one distribution: `{ triangular = [5, 9, 21] }`".into()
    } else if wanted == "text" {
        format!("write text in quotes: `{key} = \"..\"`")
    } else {
        "`restock defaults` shows how each key is written".into()
    }
}
