//! What made a run, in words: every heading and footnote tells it.

use restock_kernel::model::Scenario;

/// Characters of overrides in one line; `manifest.json` has all.
const MOST: usize = 100;

/// Overrides that a heading tells anyway.
const TOLD: [&str; 2] = ["monte-carlo.seed=", "monte-carlo.replications="];

/// `demand.mean-per-day=80, customers.communication=silent`; absent if the scenario is as its file has it, but for seed and
/// replications.
#[must_use]
pub fn overridden(scenario: &Scenario) -> Option<String> {
    let told = |o: &&String| !TOLD.iter().any(|t| o.starts_with(t));
    let all: Vec<String> = scenario.origin.overrides.iter().filter(told).map(|o| one_line(o)).collect();
    let mut shown = String::new();
    for (i, text) in all.iter().enumerate() {
        let longer = if shown.is_empty() { shorten(text, MOST) } else { format!("{shown}, {text}") };
        if longer.chars().count() > MOST + 1 {
            return Some(format!("{shown} and {} more", all.len() - i));
        }
        shown = longer;
    }
    (!shown.is_empty()).then_some(shown)
}

/// `run 3f9a1c2b`; absent for a run that is not kept.
#[must_use]
pub fn run(scenario: &Scenario) -> Option<String> {
    scenario.origin.short().map(|short| format!("run {short}"))
}

/// At most so many characters; an ellipsis stands for the rest.
pub(super) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use restock_scenario::Loader;
    use std::path::Path;

    fn words(overrides: &[&str]) -> Option<String> {
        let text = "name = \"x\"\n[[product]]\nsku = \"a\"\nprice = 9\nunit-cost = 1\n[demand]\nmean-per-day = 2\n";
        let loader = Loader { overrides: overrides.iter().map(|o| (*o).to_owned()).collect(), ..Loader::default() };
        let loaded = loader.load_str("x.toml", text, Path::new(".")).unwrap_or_else(|d| panic!("{}", d.render(false)));
        overridden(&loaded.value.runnable.scenario)
    }

    #[test]
    fn what_changes_something_is_told_and_a_line_has_an_end() {
        assert_eq!(words(&[]), None);
        assert_eq!(words(&["monte-carlo.seed=9", "demand.mean-per-day=2"]), None);
        let two = ["demand.mean-per-day=3", "product.0.price=8"];
        assert_eq!(words(&two).unwrap(), "demand.mean-per-day=3, product.a.price=8");
        let long = format!("name={}", "n".repeat(150));
        assert_eq!(words(&[two[0], &long, two[1]]).unwrap(), "demand.mean-per-day=3 and 2 more");
        assert_eq!(words(&[&long]).unwrap().chars().count(), MOST + 1);
    }
}
