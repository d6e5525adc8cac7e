//! The health of sales files: a page of its own, and the rows of a sheet. One table, two renderings.

use minijinja::{Environment, Value, context};
use restock_base::diag::Error;
use restock_base::diag::health::{Finding, Health};

const TEMPLATE: &str = include_str!("health.html");
const STYLE: &str = include_str!("page.css");

/// What the head of such a page is known by.
const MARK: &str = "restock-health";

/// Runs of rows that a cell names.
const RUNS: usize = 40;

/// Columns of the table.
pub(super) const COLUMNS: [&str; 5] = ["Done", "What", "Rows", "How many rows", "What you may do"];

/// A finding as cells, in the order of [`COLUMNS`]; the number of rows is absent where it is about none.
pub(super) fn cells(finding: &Finding) -> (&'static str, &str, String, Option<usize>, &str) {
    let rows = Some(finding.rows.len()).filter(|n| *n > 0);
    (finding.done.label(), &finding.what, finding.rows.shown(RUNS), rows, &finding.remedy)
}

/// The page of one file, with how Restock was called.
///
/// # Errors
///
/// A message, if the template is broken: a bug.
pub fn health_html(health: &Health, command: &str) -> Result<String, Error> {
    let mut env = Environment::new();
    env.add_template_owned("health.html", super::html::HEAD.to_owned() + TEMPLATE).map_err(Error::unmade)?;
    let template = env.get_template("health.html").map_err(Error::unmade)?;
    let findings: Vec<Value> = health
        .findings
        .iter()
        .map(|f| {
            let (done, what, rows, count, remedy) = cells(f);
            context! { done, what, rows, count, remedy }
        })
        .collect();
    let reading: Vec<Value> = health.reading.iter().map(|(what, text)| context! { what, text }).collect();
    let page = context! {
        style => super::html::fonts() + STYLE,
        version => env!("CARGO_PKG_VERSION"),
        mark => MARK,
        title => format!("Data health: {}", health.file),
        file => health.file.as_str(),
        command,
        columns => COLUMNS,
        reading,
        findings,
    };
    template.render(page).map_err(|e| Error::unmade(format!("{e:#}")))
}

/// Whether a file begins as such a page does.
#[must_use]
pub fn is_health_html(head: &str) -> bool {
    head.contains(&format!("<meta name=\"{MARK}\" content=\"1\">"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use restock_base::diag::health::Done;

    #[test]
    fn a_page_says_what_was_done_and_escapes_the_file() {
        let finding = Finding {
            done: Done::LeftOut,
            what: "item `<script>alert(1)</script>` is the sum of 2 others".into(),
            remedy: "nothing needs to be done".into(),
            rows: [4, 5, 6, 9].into_iter().collect(),
        };
        let health = Health {
            file: "a & b.csv".into(),
            reading: vec![("Read as".into(), "comma is decimal".into())],
            findings: vec![finding],
        };
        let page = health_html(&health, "restock describe 'a & b.csv'").unwrap();
        assert!(page.contains("4 to 6, 9") && page.contains("left out") && page.contains("comma is decimal"), "{page}");
        assert!(page.contains("a &amp; b.csv") && !page.contains("<script"), "{page}");
        assert!(is_health_html(&page) && !is_health_html("<!doctype html><title>mine</title>"));
    }
}
