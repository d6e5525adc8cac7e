//! Products from a table: each row becomes an entry of `product` beneath those of the scenario, and each of its values knows its cell.
//!
//! A row that cannot be used is told and left out, unless the scenario wants all of them or none (`strict`). What is wrong with a row is found here, where
//! its cells are read, and wherever the scenario is checked: an error whose place is in a row is an error of that row.

use super::load::{data_file, home_of};
use super::raw::CatalogueColumns;
use super::tree::{Kind, Node};
use crate::data::{Cell, CellKind, CellRow, catalogue as read_catalogue};
use restock_base::diag::{Code, Diagnostic, Diagnostics, Place, Severity, Source, did_you_mean};
use restock_base::names;
use restock_base::units::plain;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::path::PathBuf;
use toml::Value;

/// A catalogue that was read.
#[derive(Debug)]
pub(super) struct Catalogue {
    /// Where it is, and the name by which the scenario calls it.
    pub path: PathBuf,
    pub file: String,
    /// Its place among the sources of diagnostics.
    pub source: usize,
    /// Whether a row that cannot be used refuses the whole, whatever the scenario says.
    pub strict: bool,
    /// The keys of the scenario's `catalogue` but for `strict`, as they were read.
    keys: Value,
    /// There is a column of stock, which was not read because the scenario begins with a warm-up.
    unread_stock: bool,
    rows: Vec<Row>,
    /// Names of the rows that are no products, as far as they have one.
    bad_skus: Vec<String>,
    /// Errors of rows that are no products.
    bad: Vec<Diagnostic>,
    /// What is to be said of the whole.
    remarks: Vec<Diagnostic>,
}

#[derive(Debug)]
struct Row {
    number: usize,
    sku: String,
    /// Where it is in the text.
    span: Range<usize>,
}

/// A key of a product that may be a column.
struct Field {
    key: &'static str,
    kind: CellKind,
    /// Names by which it is known besides, and how many of the key's units one of theirs is.
    names: &'static [(&'static str, f64)],
}

const fn field(key: &'static str, kind: CellKind, names: &'static [(&'static str, f64)]) -> Field {
    Field { key, kind, names }
}

const FIELDS: [Field; 14] = [
    field("sku", CellKind::Text, &[("item", 1.0), ("product", 1.0), ("variant-sku", 1.0), ("stockcode", 1.0)]),
    field("price", CellKind::Number, &[("selling-price", 1.0), ("unit-price", 1.0), ("rrp", 1.0)]),
    field("unit-cost", CellKind::Number, &[("cost", 1.0), ("cogs", 1.0), ("cost-per-item", 1.0)]),
    field("weight-kg", CellKind::Number, &[("weight", 1.0), ("kg", 1.0), ("weight-g", 0.001), ("grams", 0.001)]),
    field(
        "volume-litres",
        CellKind::Number,
        &[("volume", 1.0), ("litres", 1.0), ("liters", 1.0), ("volume-m3", 1000.0), ("cbm", 1000.0)],
    ),
    field("category", CellKind::Text, &[("type", 1.0), ("product-type", 1.0)]),
    field("duty", CellKind::Share, &[("duty-rate", 1.0)]),
    field("minimum-order", CellKind::Number, &[("moq", 1.0), ("minimum-order-quantity", 1.0)]),
    field("lead-time-factor", CellKind::Number, &[]),
    field("factory", CellKind::Text, &[("supplier", 1.0)]),
    field("mean-per-day", CellKind::Number, &[("units-a-day", 1.0), ("daily-demand", 1.0)]),
    field("dispersion", CellKind::Number, &[]),
    field("on-hand", CellKind::Number, &[("stock", 1.0), ("stock-on-hand", 1.0)]),
    field("location", CellKind::Text, &[("warehouse", 1.0)]),
];

/// What else is otherwise in one supply model.
const IN_MODELS: [(&str, CellKind); 5] = [
    ("unit-cost-premium", CellKind::Share),
    ("lead-time-factor", CellKind::Number),
    ("duty", CellKind::Share),
    ("extra-stock-days", CellKind::Number),
    ("minimum-order", CellKind::Number),
];

/// What sums below a table are called.
const TOTALS: [&str; 8] = ["total", "totals", "grand total", "sum", "summe", "gesamt", "gesamtsumme", "total général"];

/// What a column of the table is.
#[derive(Debug, Clone)]
struct Column {
    key: &'static str,
    kind: CellKind,
    factor: f64,
    /// The supply model in which it holds; absent: everywhere.
    model: Option<String>,
    name: String,
}

/// Reads the catalogue that a scenario names, and lays its products beneath those of the scenario.
pub(super) fn lay(
    layers: &mut Node,
    (folder, allow_outside): (&std::path::Path, bool),
    problems: &mut Diagnostics,
) -> Option<Catalogue> {
    let table = layers.get("catalogue")?;
    let table_keys = table.to_value();
    // What else may stand there is told when the keys are read.
    let node = table.get("file")?.clone();
    let file = node.text()?.to_owned();
    let columns = table.get("columns").cloned();
    let sheet = table.get("sheet").and_then(Node::text).map(str::to_owned);
    let home = home_of(&node.place, folder, problems);
    let path = match data_file(&file, &home, allow_outside) {
        Ok((path, _)) => path,
        Err(d) => {
            problems.push(d.at(Some(node.place)));
            return None;
        }
    };
    let given = columns.as_ref().and_then(|c| CatalogueColumns::deserialize(c.to_value()).ok()).unwrap_or_default();
    let has_factories = layers.get("factory").is_some_and(|f| !f.items().is_empty());
    let models: Vec<String> = layers
        .get("supply")
        .map(Node::items)
        .unwrap_or_default()
        .iter()
        .filter_map(|m| m.identity().map(str::to_owned))
        .collect();
    let (mut known, mut header) = (Vec::<Option<Column>>::new(), Vec::new());
    let read = read_catalogue(&path, sheet.as_deref(), |names| {
        header = names.to_vec();
        known = columns_of(&file, names, &given, (has_factories, &models))?;
        Ok(known.iter().map(|c| c.as_ref().map(|c| c.kind)).collect())
    });
    let rows = match read {
        Ok(rows) => rows,
        Err(wrong) => {
            let shown = format!("`{}`", names::path(&path));
            for mut d in wrong.list {
                d.message = d.message.replace(&shown, &format!("`{file}`"));
                if d.message.contains("cells, and the header") {
                    d.hint = Some(
                        "a cell that holds the separator stands in quotes; take out what is beyond the header".into(),
                    );
                }
                d.hint = d.hint.map(|hint| hint.replace("`--sheet`", "`sheet = \"..\"` in `catalogue`"));
                problems.push(d.at(Some(node.place.clone())));
            }
            return None;
        }
    };
    let source = problems.sources.len();
    let from_today = layers.get("position").is_some();
    let mut made = Made { source, file: &file, columns: &known, text: String::new(), line: 0, from_today };
    let mut catalogue = Catalogue {
        path,
        file: file.clone(),
        source,
        strict: false,
        keys: keys_of(table_keys),
        unread_stock: false,
        rows: Vec::new(),
        bad_skus: Vec::new(),
        bad: Vec::new(),
        remarks: Vec::new(),
    };
    let (mut products, mut stock, mut earlier) = (Vec::new(), Vec::new(), HashMap::new());
    for row in &rows {
        let (span, cells) = made.write(row);
        match made.product(row, &span, &cells) {
            Ok((sku, ..)) if earlier.contains_key(&names::visible(&sku)) => {
                let other = earlier[&names::visible(&sku)];
                let message = format!("`{file}`, row {}: `{sku}` is the product of row {other}", row.row);
                let hint = "give each a name of its own, or take one of the rows out";
                let place = Some(made.place(&cells[row.cells.iter().position(|c| c.text == sku).unwrap_or(0)]));
                catalogue.bad.push(Diagnostic::error(Code::Duplicate, message).at(place).hint(hint));
                catalogue.rows.push(Row { number: row.row, sku: String::new(), span });
            }
            Ok((sku, product, on_hand)) => {
                earlier.insert(names::visible(&sku), row.row);
                catalogue.rows.push(Row { number: row.row, sku, span });
                products.push(product);
                stock.extend(on_hand);
            }
            Err(bad) => {
                let sku = row.cells.iter().find(|c| known[c.column].as_ref().is_some_and(|c| c.key == "sku"));
                catalogue.bad_skus.extend(sku.map(|cell| cell.text.clone()));
                catalogue.rows.push(Row { number: row.row, sku: String::new(), span });
                catalogue.bad.extend(bad);
            }
        }
    }
    let text = std::mem::take(&mut made.text);
    problems.sources.push(Source { name: names::shown(&file), path: None, text });
    if products.is_empty() {
        let message = format!("`{file}` has no row that is a product");
        let hint = "give it a header with `sku`, `price` and `unit-cost`, and a row a product";
        let bad = std::mem::take(&mut catalogue.bad);
        bad.into_iter().for_each(|d| problems.push(d));
        problems.push(Diagnostic::error(Code::CatalogueBad, message).at(Some(node.place)).hint(hint));
        return Some(catalogue);
    }
    let unread: Vec<&str> = header
        .iter()
        .zip(&known)
        .filter(|(name, column)| column.is_none() && !name.is_empty())
        .map(|(name, _)| &**name)
        .collect();
    if !unread.is_empty() {
        let message = format!("columns of `{file}` that are not read: `{}`", names::shown(&unread.join("`, `")));
        let hint = "a column that is called otherwise than its key is named in `columns`";
        catalogue
            .remarks
            .push(Diagnostic::warning(Code::WarnUnlikely, message).at(Some(node.place.clone())).hint(hint));
    }
    let tells_stock = known.iter().flatten().any(|c| c.key == "on-hand");
    if tells_stock && !from_today {
        let message = format!("`{file}` tells what is on hand, and the scenario begins with a warm-up: it is not read");
        let hint = "add an empty `[position]` for a run from today, or leave the column out";
        let remark = Diagnostic::warning(Code::WarnUnlikely, message).at(Some(node.place.clone())).hint(hint);
        catalogue.remarks.push(remark);
    }
    catalogue.unread_stock = tells_stock && !from_today;
    empty_cells(&rows, &known, &mut catalogue, &node);
    lay_products(layers, products, &node);
    lay_stock(layers, stock, &node);
    Some(catalogue)
}

/// Lays the scenario's own products over those of the rows.
fn lay_products(layers: &mut Node, products: Vec<Node>, at: &Node) {
    let mut list = Node { place: at.place.clone(), key: at.key.clone(), kind: Kind::list(products) };
    if layers.get("product").is_some_and(|own| !matches!(own.kind, Kind::Array(_))) {
        // What it is instead is told when it is read.
        return;
    }
    if let Some(own) = layers.take("product") {
        let (named, nameless): (Vec<Node>, Vec<Node>) =
            own.items().iter().cloned().partition(|p| p.identity().is_some());
        if !named.is_empty() {
            list.lay_over(Node { kind: Kind::list(named), ..own });
        }
        // What has no name is told when it is read.
        list.extend_list(nameless);
    }
    layers.set("product", list);
}

/// Adds what is on hand to what the scenario itself says of it.
fn lay_stock(layers: &mut Node, stock: Vec<Node>, at: &Node) {
    if stock.is_empty() {
        return;
    }
    let Some(position) = layers.get_mut("position") else { return };
    match position.get_mut("stock") {
        Some(list) => {
            // What the scenario says of a product is laid over its row.
            let key = |n: &Node, key: &str| n.get(key).and_then(Node::text).map(str::to_owned);
            let told = |entry: &Node| {
                let own = list.items().iter().filter(|own| key(own, "product") == key(entry, "product"));
                own.map(|own| key(own, "location")).any(|at| at.is_none() || at == key(entry, "location"))
            };
            let stock = stock.into_iter().filter(|entry| !told(entry)).collect();
            list.extend_list(stock);
        }
        None => position.set("stock", Node { place: at.place.clone(), key: at.key.clone(), kind: Kind::list(stock) }),
    }
}

/// What the columns of a table are, by their names.
fn columns_of(
    file: &str,
    names: &[String],
    given: &CatalogueColumns,
    (has_factories, models): (bool, &[String]),
) -> Result<Vec<Option<Column>>, Diagnostics> {
    let mut columns: Vec<Option<Column>> = vec![None; names.len()];
    let mut problems = Diagnostics::default();
    let mut wrong = |message: String, hint: String| {
        problems.push(Diagnostic::error(Code::CatalogueBad, message).hint(hint));
    };
    // Those that the scenario names are nobody else's.
    for field in &FIELDS {
        let Some(name) = given.named(field.key) else { continue };
        match names.iter().position(|n| bare(n) == bare(name)) {
            Some(at) => match &columns[at] {
                Some(other) => wrong(
                    format!("`{}` and `{}` are both the column `{}`", other.key, field.key, names[at]),
                    "name a column of its own for each".into(),
                ),
                None => columns[at] = Some(field.column(&names[at])),
            },
            None => wrong(
                format!("`{file}` has no column `{name}`"),
                did_you_mean(name, names.iter().map(String::as_str)).map_or_else(
                    || format!("its columns: `{}`", names.join("`, `")),
                    |near| format!("did you mean `{near}`?"),
                ),
            ),
        }
    }
    for field in FIELDS.iter().filter(|field| given.named(field.key).is_none()) {
        // A supplier is a factory only where the scenario says what factories make.
        let known = |name: &str| field.factor(name).is_some() && (has_factories || name != "supplier");
        let found: Vec<usize> =
            (0..names.len()).filter(|at| columns[*at].is_none() && known(&bare(&names[*at]))).collect();
        match found.as_slice() {
            [] if ["sku", "price", "unit-cost"].contains(&field.key) => wrong(
                format!("`{file}` has no column `{}`", field.key),
                format!("name it: `columns = {{ {} = \"..\" }}`; its columns: `{}`", field.key, names.join("`, `")),
            ),
            [] => {}
            [at] => columns[*at] = Some(field.column(&names[*at])),
            [a, b, ..] if bare(&names[*a]) == bare(&names[*b]) => {
                wrong(
                    format!("two columns of `{file}` are called `{}`", names[*a]),
                    "take one of them out of the table".into(),
                );
            }
            [a, b, ..] => wrong(
                format!("`{file}` has two columns for `{}`: `{}` and `{}`", field.key, names[*a], names[*b]),
                format!("say which: `columns = {{ {} = \"{}\" }}`", field.key, names[*a]),
            ),
        }
    }
    for (at, name) in names.iter().enumerate() {
        let Some((key, model)) = name.split_once('@').filter(|_| columns[at].is_none()) else { continue };
        let (key, model) = (bare(key), model.trim());
        let key = if key == "moq" { "minimum-order".to_owned() } else { key };
        let Some((key, kind)) = IN_MODELS.into_iter().find(|(k, _)| *k == key) else {
            let keys = IN_MODELS.map(|(k, _)| format!("`{k}`")).join(", ");
            wrong(
                format!("`{file}` has a column `{name}`, and `{key}` is no key of one supply model"),
                format!("write one of {keys} before the `@`"),
            );
            continue;
        };
        if !models.iter().any(|m| m == model) {
            let near = did_you_mean(model, models.iter().map(String::as_str));
            let hint = near.map_or_else(
                || format!("supply models: `{}`", models.join("`, `")),
                |m| format!("did you mean `{m}`?"),
            );
            wrong(format!("`{file}` has a column `{name}`, and there is no supply model `{model}`"), hint);
        }
        let same = |c: &Column| c.key == key && c.model.as_deref() == Some(model);
        if let Some(other) = columns.iter().flatten().find(|c| same(c)) {
            let message = format!("`{file}` has two columns for `{key}` in `{model}`: `{}` and `{name}`", other.name);
            wrong(message, "take one of them out of the table".into());
        }
        columns[at] = Some(Column { key, kind, factor: 1.0, model: Some(model.to_owned()), name: name.clone() });
    }
    if problems.has_errors() { Err(problems) } else { Ok(columns) }
}

/// A name as it is compared: blanks and underlines are hyphens, capitals are small.
fn bare(name: &str) -> String {
    name.trim().to_lowercase().replace([' ', '_'], "-")
}

impl Field {
    /// How many of the key's units one is in a column of this name; absent if it is another's.
    fn factor(&self, name: &str) -> Option<f64> {
        let mut all = std::iter::once((self.key, 1.0)).chain(self.names.iter().copied());
        all.find(|(known, _)| *known == name).map(|(_, factor)| factor)
    }

    /// A column that holds the key.
    fn column(&self, name: &str) -> Column {
        let factor = self.factor(&bare(name)).unwrap_or(1.0);
        Column { key: self.key, kind: self.kind, factor, model: None, name: name.to_owned() }
    }
}

/// Keys of `catalogue`, but for the one that may be set.
fn keys_of(mut table: Value) -> Value {
    if let Value::Table(keys) = &mut table {
        keys.remove("strict");
    }
    table
}

/// Says which rows lack a value that their column has elsewhere, and take a default for it.
fn empty_cells(rows: &[CellRow], columns: &[Option<Column>], catalogue: &mut Catalogue, at: &Node) {
    for (number, column) in columns.iter().enumerate() {
        let Some(column) = column.as_ref().filter(|c| ["weight-kg", "volume-litres"].contains(&c.key)) else {
            continue;
        };
        let empty = rows.iter().filter(|row| row.cells.iter().all(|cell| cell.column != number)).map(|row| row.row);
        let empty: Vec<usize> = empty.collect();
        let named: Vec<String> = empty.iter().take(5).map(usize::to_string).collect();
        let more = if empty.len() > 5 { format!(" and {} more", empty.len() - 5) } else { String::new() };
        if !empty.is_empty() {
            let message = format!(
                "`{}` has no `{}` in row {}{more}: the default is taken",
                catalogue.file,
                column.name,
                named.join(", ")
            );
            let hint = "fill the cells; `restock defaults` shows what is taken";
            catalogue
                .remarks
                .push(Diagnostic::warning(Code::WarnUnlikely, message).at(Some(at.place.clone())).hint(hint));
        }
    }
}

impl CatalogueColumns {
    /// The name that is given for the column of a key.
    fn named(&self, key: &str) -> Option<&str> {
        let given = match key {
            "sku" => &self.sku,
            "price" => &self.price,
            "unit-cost" => &self.unit_cost,
            "weight-kg" => &self.weight_kg,
            "volume-litres" => &self.volume_litres,
            "category" => &self.category,
            "duty" => &self.duty,
            "minimum-order" => &self.minimum_order,
            "lead-time-factor" => &self.lead_time_factor,
            "factory" => &self.factory,
            "mean-per-day" => &self.mean_per_day,
            "dispersion" => &self.dispersion,
            "on-hand" => &self.on_hand,
            "location" => &self.location,
            _ => return None,
        };
        given.as_deref()
    }
}

/// Rows as a text into which places point, a line each, so that the number of a line is that of its row.
struct Made<'a> {
    source: usize,
    file: &'a str,
    columns: &'a [Option<Column>],
    text: String,
    line: usize,
    /// The run begins from a position.
    from_today: bool,
}

/// The SKU of a row, its entry of `product`, and that of `position.stock`.
type Entry = (String, Node, Option<Node>);

impl Made<'_> {
    /// Writes a row. Returns where it is, and where each of its cells is.
    fn write(&mut self, row: &CellRow) -> (Range<usize>, Vec<Range<usize>>) {
        while self.line + 1 < row.row {
            self.text.push('\n');
            self.line += 1;
        }
        let start = self.text.len();
        let mut cells = Vec::with_capacity(row.cells.len());
        for (i, cell) in row.cells.iter().enumerate() {
            if i > 0 {
                self.text.push_str(", ");
            }
            let from = self.text.len();
            self.text.push_str(&cell.text);
            cells.push(from..self.text.len());
        }
        let end = self.text.len();
        self.text.push('\n');
        self.line += 1;
        (start..end, cells)
    }

    fn place(&self, span: &Range<usize>) -> Place {
        Place { source: self.source, span: span.clone() }
    }

    fn column(&self, cell: &Cell) -> Option<&Column> {
        self.columns[cell.column].as_ref()
    }

    /// A row as entries of the scenario, or what is wrong with it.
    fn product(&self, row: &CellRow, span: &Range<usize>, cells: &[Range<usize>]) -> Result<Entry, Vec<Diagnostic>> {
        let mut bad = Vec::new();
        let whole =
            |entries: Vec<(String, Node)>| Node { place: self.place(span), key: None, kind: Kind::table(entries) };
        let mut entries: Vec<(String, Node)> = Vec::new();
        let (mut demand, mut models) = (Vec::new(), Vec::<(String, Vec<(String, Node)>)>::new());
        let (mut on_hand, mut location) = (None, None);
        let mut sku = String::new();
        for (cell, span) in row.cells.iter().zip(cells) {
            let Some(column) = self.column(cell) else { continue };
            // Without a position nothing is read of it, and nothing is wrong with it.
            if !self.from_today && matches!(column.key, "on-hand" | "location") {
                continue;
            }
            let place = self.place(span);
            let value = match column.value(cell) {
                Ok(value) => value,
                Err((message, hint)) => {
                    bad.push(Diagnostic::error(Code::CatalogueBad, message).at(Some(place)).hint(hint));
                    continue;
                }
            };
            let node = Node { place: place.clone(), key: Some(place), kind: Kind::Leaf(value) };
            let entry = (column.key.to_owned(), node.clone());
            match (column.key, &column.model) {
                (_, Some(model)) => match models.iter_mut().find(|(name, _)| name == model) {
                    Some((_, keys)) => keys.push(entry),
                    None => models.push((model.clone(), vec![entry])),
                },
                ("mean-per-day" | "dispersion", _) => demand.push(entry),
                ("on-hand", _) => on_hand = Some(node),
                ("location", _) => location = Some(node),
                (key, _) => {
                    if key == "sku" {
                        sku.clone_from(&cell.text);
                    }
                    entries.push(entry);
                }
            }
        }
        if TOTALS.contains(&sku.to_lowercase().as_str()) {
            let message = format!("`{}`, row {}: `{sku}` looks like the sum of the others", self.file, row.row);
            bad.push(
                Diagnostic::error(Code::CatalogueBad, message)
                    .at(Some(self.place(span)))
                    .hint("take the row out of the table"),
            );
        }
        for key in ["sku", "price", "unit-cost"] {
            let there = row.cells.iter().any(|c| self.column(c).is_some_and(|c| c.key == key && c.model.is_none()));
            if !there {
                let message = format!("`{}`, row {}: it has no `{key}`", self.file, row.row);
                let hint = "fill the cell, or take the row out";
                bad.push(Diagnostic::error(Code::CatalogueBad, message).at(Some(self.place(span))).hint(hint));
            }
        }
        if !bad.is_empty() {
            return Err(bad);
        }
        let text =
            |text: &str| Node { place: self.place(span), key: None, kind: Kind::Leaf(Value::String(text.into())) };
        if !models.is_empty() {
            let model = |(name, keys): (String, Vec<(String, Node)>)| {
                whole(std::iter::once(("name".to_owned(), text(&name))).chain(keys).collect())
            };
            let list = Kind::list(models.into_iter().map(model).collect());
            entries.push(("supply".into(), Node { place: self.place(span), key: None, kind: list }));
        }
        if !demand.is_empty() {
            entries.push(("demand".into(), whole(demand)));
        }
        let stock = on_hand.map(|units| {
            let location = location.map(|node| ("location".to_owned(), node));
            let product = ("product".to_owned(), text(&sku));
            whole([product, ("on-hand".into(), units)].into_iter().chain(location).collect())
        });
        Ok((sku, whole(entries), stock))
    }
}

impl Column {
    /// What a cell says in the units of the key, or what is wrong with it and what to do.
    fn value(&self, cell: &Cell) -> Result<Value, (String, &'static str)> {
        if self.kind == CellKind::Text {
            return Ok(Value::String(cell.text.clone()));
        }
        let wrong = |what: &str| format!("`{}` in column `{}` is {what}", cell.text, self.name);
        if let Some((point, comma)) = cell.either {
            let what = format!("{} if the point is decimal, {} if the comma is", plain(point), plain(comma));
            return Err((wrong(&what), "write it without a mark between thousands, and with a point before decimals"));
        }
        let Some(number) = cell.number else {
            return Err((wrong("no number"), "write a number such as 1200 or 12.5, without a unit"));
        };
        if self.kind == CellKind::Share && number > 1.0 && !cell.text.ends_with('%') {
            let what = format!("{} % or {} %", plain(number), plain(100.0 * number));
            return Err((wrong(&what), "write rates as `4%`, or as 0.04; `400%` if that is meant"));
        }
        let number = number * self.factor;
        if matches!(self.key, "minimum-order" | "on-hand") {
            if number.fract() != 0.0 || !(0.0..=9e15).contains(&number) {
                return Err((wrong("no number of units"), "write a whole number, 0 or more"));
            }
            return Ok(Value::Integer(number as i64));
        }
        Ok(Value::Float(number))
    }
}

impl Catalogue {
    /// Says what is wrong with rows that are no products, as errors or, where they are left out, as warnings.
    pub fn tell(&self, strict: bool, problems: &mut Diagnostics) {
        self.remarks.iter().for_each(|d| problems.push(d.clone()));
        for d in &self.bad {
            problems.push(if strict { d.clone() } else { self.left_out(d) });
        }
    }

    /// Takes out what the scenario itself says of rows that are no products: a product is its row and what is laid over it.
    pub fn drop_bad(&self, tree: &mut Node) {
        let is_bad = |name: Option<&str>| name.is_some_and(|name| self.bad_skus.iter().any(|sku| sku == name));
        if let Some(products) = tree.get_mut("product") {
            products.retain_items(|product| product.place.source == self.source || !is_bad(product.identity()));
        }
        if let Some(stock) = tree.get_mut("position").and_then(|p| p.get_mut("stock")) {
            stock.retain_items(|entry| !is_bad(entry.get("product").and_then(Node::text)));
        }
    }

    /// Where a change wants another table than the one that was read with the file, or what was not read of it.
    pub fn stays(&self, tree: &Node, problems: &mut Diagnostics) {
        let Some(node) = tree.get("catalogue") else { return };
        if keys_of(node.to_value()) != self.keys {
            let hint = "write a scenario that `extends` this one and says so";
            let message = "the table of products is read with the file, and cannot be changed by `--set`";
            problems.push(Diagnostic::error(Code::Override, message).at(Some(node.place.clone())).hint(hint));
        }
        if let Some(position) = tree.get("position").filter(|_| self.unread_stock) {
            let hint = "write `[position]` into the file";
            let message = format!("`position` is set, and what `{}` says to be on hand was not read", self.file);
            problems.push(Diagnostic::error(Code::Override, message).at(Some(position.place.clone())).hint(hint));
        }
    }

    /// The row in which a problem is.
    fn row(&self, d: &Diagnostic) -> Option<&Row> {
        let place = d.place.as_ref().filter(|p| p.source == self.source)?;
        let at = self.rows.partition_point(|row| row.span.end < place.span.start);
        self.rows.get(at).filter(|row| row.span.start <= place.span.start)
    }

    /// The warning that a row is left out because of an error.
    fn left_out(&self, error: &Diagnostic) -> Diagnostic {
        let row = self.row(error).map_or(0, |row| row.number);
        let prefix = format!("`{}`, row {row}: ", self.file);
        let why = error.message.strip_prefix(&prefix).unwrap_or(&error.message);
        let hint = error.hint.as_deref().unwrap_or("mend it");
        Diagnostic::warning(Code::WarnRow, format!("row {row} of `{}` is left out: {why}", self.file))
            .at(error.place.clone())
            .hint(format!("{hint}; `--strict` refuses the whole"))
    }

    /// If all errors from `known` on are errors of rows: makes them warnings, and takes these rows out of the tree.
    pub fn leave_out(&self, tree: &mut Node, known: usize, problems: &mut Diagnostics) -> bool {
        let errors = || problems.list.iter().skip(known).filter(|d| d.severity == Severity::Error);
        let rows: BTreeSet<usize> = errors().filter_map(|d| Some(self.row(d)?.number)).collect();
        if rows.is_empty() || errors().any(|d| self.row(d).is_none()) {
            return false;
        }
        let told: Vec<Diagnostic> = errors().map(|d| self.left_out(d)).collect();
        problems.replace_from(known, told);
        let within = |place: &Place, row: &Row| place.source == self.source && row.span.contains(&place.span.start);
        let gone: Vec<&Row> = self.rows.iter().filter(|row| rows.contains(&row.number)).collect();
        let is_gone = |product: &Node| {
            let sku = product.get("sku");
            gone.iter().any(|row| {
                let here = within(&product.place, row) || sku.is_some_and(|sku| within(&sku.place, row));
                let laid_over = product.place.source != self.source && product.identity() == Some(&row.sku);
                here || laid_over
            })
        };
        if let Some(products) = tree.get_mut("product") {
            products.retain_items(|product| !is_gone(product));
        }
        if let Some(stock) = tree.get_mut("position").and_then(|p| p.get_mut("stock")) {
            let of_row = |entry: &Node, row: &Row| {
                within(&entry.place, row) || entry.get("product").and_then(Node::text) == Some(&row.sku)
            };
            stock.retain_items(|entry| !gone.iter().any(|row| of_row(entry, row)));
        }
        true
    }
}
