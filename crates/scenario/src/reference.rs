//! What the format is, for editors and readers: the JSON schema, the reference page, the register of
//! assumptions. All are generated from the types and from `defaults.toml`.

use super::{DEFAULTS, raw};
use serde_json::Value;
use std::fmt::Write;

/// The JSON schema of a scenario file.
#[must_use]
pub fn json_schema() -> String {
    let mut text = serde_json::to_string_pretty(&schema()).unwrap_or_default();
    text.push('\n');
    text
}

/// The JSON schema, as a tree.
pub(super) fn schema() -> Value {
    let mut schema = schemars::schema_for!(raw::Scenario).to_value();
    // Most keys have a default, which the types do not know: only what has none is required.
    if let Some(object) = schema.as_object_mut() {
        object.insert("title".into(), "Restock scenario".into());
        object.insert("required".into(), serde_json::json!(["name", "product"]));
    }
    if let Some(definitions) = schema.get_mut("$defs").and_then(Value::as_object_mut) {
        for (name, definition) in definitions {
            let keep: &[&str] = match name.as_str() {
                "Product" => &["sku", "price", "unit-cost"],
                "Horizon" | "MonteCarlo" | "Compare" | "Demand" | "Customers" | "Planner" | "Finance" | "Ranges" => &[],
                "Location" | "Route" => &["name"],
                "Delivery" | "Freight" | "LifetimeValue" => &[],
                _ => continue,
            };
            if let Some(object) = definition.as_object_mut() {
                object.insert("required".into(), serde_json::json!(keep));
            }
        }
    }
    schema
}

/// One line of the register of assumptions: a default, where it comes from, and what a run uses in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumption {
    /// Table of the defaults, `finance` say.
    pub section: String,
    /// Key of the default inside the section.
    pub key: String,
    /// The default as it is written in TOML.
    pub value: String,
    /// What the value is, with its unit.
    pub what: String,
    /// Where the value comes from.
    pub source: String,
    /// When the source was looked at or is of.
    pub date: String,
    /// H official or peer-reviewed, M trade press, L vendor, K general knowledge, X judgement.
    pub confidence: String,
    /// What the scenario says instead, as it is written there.
    pub given: Option<String>,
}

/// The register of assumptions as Markdown: every default with its source, date and confidence.
#[must_use]
pub fn assumptions() -> String {
    let mut out = String::from(
        "# Assumptions\n\nEvery default of Restock, where it comes from, of when, and how sure it is. Generated from \
         `crates/scenario/src/defaults.toml`; a test keeps the two alike.\n\n\
         Confidence: **H** official or peer-reviewed; **M** industry index, trade press, operator's documentation; **L** vendor's blog \
         or single operator; **K** general knowledge, not checked; **X** judgement of the authors. K and X are assumptions: put \
         your own figures in their place.\n\n\
         No public data links cancellations of backordered goods to their delay. The hazards below are assumptions; run \
         with half and double of them before you rest a decision on cancellations.\n\n\
         Duty rates step by date, and what applies to Chinese goods entering the United States after 24 July 2026 is not known \
         here: the 24 % of the presets is a placeholder.\n",
    );
    let mut section = String::from("\u{0}");
    for e in entries() {
        if e.section != section {
            section.clone_from(&e.section);
            let title = if section.is_empty() { "scenario".to_owned() } else { section.clone() };
            let _ = write!(
                out,
                "\
                     \n\
                     ## {title}\n\
                     \n\
                     | key | default | what | source | date | confidence |\n\
                     | --- | --- | --- | --- | --- | --- |\n"
            );
        }
        let _ = writeln!(
            out,
            "| `{}` | `{}` | {} | {} | {} | {} |",
            e.key,
            e.value.replace('|', "\\|"),
            e.what,
            e.source,
            e.date,
            e.confidence
        );
    }
    out.push_str(
        "\n## Factory calendars\n\n| key | default | what | source | date | confidence |\n| --- | --- | --- | --- | --- | --- |\n\
         | `cn-factory` | closed 8 days before to 7 after New Year | last output 7 to 10 February, restart 24 to 26 February in 2026 | winsbs | 2025-12 | M |\n\
         | `cn-factory` | 70 % for 14 days before, 30 % to 100 % over 18 days after | slow-down and return | winsbs, seacomp.com | 2025-12 | M |\n\
         | `cn-factory` | closed 1 to 7 October | Golden Week | general knowledge | - | K |\n\
         | `vn-factory` | closed 4 days before to 5 after Tet, slower around it | Tet | general knowledge | - | K |\n",
    );
    out
}

/// Keys of the embedded defaults with the comment above them.
pub(super) fn entries() -> Vec<Assumption> {
    let (mut section, mut comment, mut out) = (String::new(), String::new(), Vec::new());
    for line in DEFAULTS.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix('#') {
            if !comment.is_empty() {
                comment.push(' ');
            }
            comment.push_str(text.trim());
        } else if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
            comment.clear();
        } else if line.is_empty() {
            comment.clear();
        } else {
            let stage = line.starts_with("{ name = ");
            let (key, value) = if stage {
                let name = line.split('"').nth(1).unwrap_or("");
                let value = line.split_once(", ").map_or("", |(_, v)| v).trim_end_matches("},").trim();
                (format!("stage `{name}`").replace('`', ""), value.to_owned())
            } else {
                match line.split_once('=') {
                    Some((k, v)) if v.trim() != "[" => (k.trim().to_owned(), v.trim().to_owned()),
                    _ => continue,
                }
            };
            if key == "name" {
                continue;
            }
            let (what, tag) =
                comment.rsplit_once('[').map_or((comment.as_str(), ""), |(a, b)| (a, b.trim_end_matches(']')));
            let parts: Vec<&str> = tag.split(';').map(str::trim).collect();
            let (source, date, confidence) = match parts.as_slice() {
                [source @ .., date, confidence] => (source.join("; "), *date, *confidence),
                [source] => ((*source).to_owned(), "", ""),
                [] => (String::new(), "", ""),
            };
            out.push(Assumption {
                section: section.clone(),
                key,
                value,
                what: what.trim().to_owned(),
                source,
                date: date.to_owned(),
                confidence: confidence.to_owned(),
                given: None,
            });
            comment.clear();
        }
    }
    out
}

/// The reference of the scenario file as Markdown, from the schema.
#[must_use]
pub fn reference() -> String {
    let schema = schema();
    let mut out = String::from(
        "# The scenario file\n\nGenerated from the types that read it; `restock schema` prints the same as a JSON schema, \
         `restock defaults` the defaults.\n\nShares are `0.3` or `\"30%\"`, durations days or `\"6 weeks\"`, dates TOML dates without \
         quotes, money in the scenario's currency. A bare number is the constant distribution.\n\n\
         One value is named by its key, as in `--set key=value`: the dotted key of TOML, with the `name` (or `sku`) of an entry where a \
         list is, `supply.\"Ocean freight + 3PL\".location.\"US 3PL\".minimum-order`. Names with other signs than letters, digits, `-` and \
         `_` stand in quotes. A bare number is the place of an entry, counted from 0 (`supply.0.location.0.minimum-order`), and `*` all \
         entries (`supply.*.location.*.minimum-order`).\n",
    );
    section(&mut out, "Scenario", &schema);
    if let Some(definitions) = schema.get("$defs").and_then(Value::as_object) {
        for (name, definition) in definitions {
            section(&mut out, name, definition);
        }
    }
    out
}

fn section(out: &mut String, name: &str, node: &Value) {
    let _ = write!(out, "\n## {name}\n");
    if let Some(text) = node.get("description").and_then(Value::as_str) {
        let _ = write!(out, "\n{}\n", one_line(text));
    }
    if let Some(properties) = node.get("properties").and_then(Value::as_object) {
        out.push_str("\n| key | value | |\n| --- | --- | --- |\n");
        for (key, value) in properties {
            let text = value.get("description").and_then(Value::as_str).unwrap_or("");
            let _ = writeln!(out, "| `{key}` | {} | {} |", type_of(value), one_line(text));
        }
    }
    if let Some(alternatives) = node.get("oneOf").and_then(Value::as_array) {
        out.push_str("\nOne of:\n\n");
        for a in alternatives {
            let text =
                a.get("description").and_then(Value::as_str).map(|t| format!(": {}", one_line(t))).unwrap_or_default();
            if let Some(value) = a.get("const").and_then(Value::as_str) {
                let _ = writeln!(out, "- `\"{value}\"`{text}");
            } else if let Some(values) = a.get("enum").and_then(Value::as_array) {
                for value in values.iter().filter_map(Value::as_str) {
                    let _ = writeln!(out, "- `\"{value}\"`");
                }
            } else if let Some((key, value)) =
                a.get("properties").and_then(Value::as_object).and_then(|p| p.iter().next())
            {
                let _ = writeln!(out, "- `{{ {key} = .. }}` ({}){text}", type_of(value));
            } else {
                let _ = writeln!(out, "- {}{text}", type_of(a));
            }
        }
    }
    if let Some(values) = node.get("enum").and_then(Value::as_array) {
        let listed: Vec<String> = values.iter().filter_map(Value::as_str).map(|v| format!("`\"{v}\"`")).collect();
        let _ = write!(out, "\nOne of {}.\n", listed.join(", "));
    }
}

fn type_of(node: &Value) -> String {
    let link = |r: &str| {
        let name = r.rsplit('/').next().unwrap_or(r);
        format!("[{name}](#{})", name.to_lowercase())
    };
    if let Some(r) = node.get("$ref").and_then(Value::as_str) {
        return link(r);
    }
    if let Some(any) = node.get("anyOf").and_then(Value::as_array) {
        return any
            .iter()
            .filter(|a| a.get("type").and_then(Value::as_str) != Some("null"))
            .map(type_of)
            .collect::<Vec<_>>()
            .join(" or ");
    }
    match node.get("type") {
        Some(Value::String(t)) if t == "array" => {
            format!("list of {}", node.get("items").map_or("values".into(), type_of))
        }
        Some(Value::String(t)) => t.clone(),
        Some(Value::Array(types)) => {
            types.iter().filter_map(Value::as_str).filter(|t| *t != "null").collect::<Vec<_>>().join(" or ")
        }
        _ => String::new(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
