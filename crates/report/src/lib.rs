//! From results to files: tables, charts, data frames, and the run folder that holds them.
//!
//! Everything here is a pure function of the scenario and the outcome, but for [`RunFolder`], which writes.

pub mod accuracy;
mod answer;
mod changeover;
pub mod chart;
mod decide;
#[cfg(feature = "documents")]
pub mod document;
mod events;
mod facts;
mod finding;
mod flips;
mod folder;
pub mod format;
#[cfg(feature = "frame")]
mod frame;
mod groups;
mod lifetime;
pub mod manifest;
mod markets;
mod moves;
pub mod occasions;
pub mod opening;
mod origin;
pub mod outlook;
mod places;
pub mod replay;
mod sheet;
mod standing;
mod summary;
pub mod table;
mod terms;
pub mod text;
mod ties;

pub use answer::Answer;
pub use changeover::changeover_table;
pub use decide::{
    Comparison, Measured, Side, SideModel, SolvedModel, Swept, USUAL_KPIS, compare, frontier, map, mix, solved, stress,
    sweep, tornado, why,
};
pub use events::event_table;
pub use facts::facts;
pub use finding::Finding;
pub use folder::{
    GiveUp, Journal, Owner, Recording, RunFolder, Unfinished, WriteError, Written, folder_name, journal_of, part,
};
pub use groups::{GROUPS, GroupSums, group_table, read_groups};
pub use lifetime::{LostOrders, lost_orders};
pub use markets::market_table;
pub use moves::move_table;
pub use places::place_table;
pub use restock_base::names::slug;
pub use summary::{kpi_table, summary};

use restock_base::diag::Error;
use restock_base::names;
use restock_kernel::model::{Experiment, Kpi, Scenario};
use restock_kernel::study::{ModelOutcome, Outcome, ProductOutcome};

/// Products whose own charts are drawn; beyond, only those of all products together.
pub const CHARTED_PRODUCTS: usize = Experiment::CHARTED_PRODUCTS;

/// Products as reported: each, and all together if there are several. The index is that of the scenario.
#[must_use]
pub fn products(outcome: &Outcome) -> Vec<(Option<usize>, &ProductOutcome)> {
    let all = (outcome.products.len() > 1).then(|| (None, outcome.all_products()));
    let each = outcome.products.iter().enumerate().map(|(i, p)| (Some(i), p));
    all.into_iter().chain(each).collect()
}

/// What the tables of KPIs are of: all products together, each product, and each category.
fn tabled(outcome: &Outcome) -> impl Iterator<Item = &ProductOutcome> {
    products(outcome).into_iter().map(|(_, product)| product).chain(&outcome.categories)
}

/// A file of a run: path inside the folder, and bytes.
pub type File = (String, Vec<u8>);

/// Data, SVG and PNG of a chart: `base` with their endings. Of a chart with nothing to draw no file.
///
/// # Errors
///
/// A message, if it cannot be drawn.
#[cfg(feature = "charts")]
pub fn chart_files(base: &str, spec: &chart::ChartSpec) -> Result<Vec<File>, Error> {
    if spec.nothing().is_some() {
        return Ok(Vec::new());
    }
    let svg = chart::draw::svg(spec);
    Ok(vec![
        (format!("{base}.png"), chart::draw::png(&svg, &spec.title, &spec.alt)?),
        (format!("{base}.svg"), svg.into_bytes()),
        (format!("{base}.csv"), spec.data.to_text().into_bytes()),
    ])
}

/// Without the feature `charts`: the numbers only.
///
/// # Errors
///
/// None.
#[cfg(not(feature = "charts"))]
pub fn chart_files(base: &str, spec: &chart::ChartSpec) -> Result<Vec<File>, Error> {
    let drawn = spec.nothing().is_none();
    Ok(drawn.then(|| (format!("{base}.csv"), spec.data.to_text().into_bytes())).into_iter().collect())
}

/// A line that says which charts of a run have nothing to show, and why; absent if all were drawn.
#[must_use]
pub fn not_drawn(scenario: &Scenario, outcome: &Outcome) -> Option<String> {
    let of = |c: &chart::ChartSpec| Some(format!("{} ({})", c.name, c.nothing()?));
    let mut list: Vec<String> = Vec::new();
    // Products whose charts lack the same are told once.
    for line in all_charts(scenario, outcome).iter().filter_map(|(_, c)| of(c)) {
        if !list.contains(&line) {
            list.push(line);
        }
    }
    if outcome.daily_replications() == 0 && outcome.products.len() <= CHARTED_PRODUCTS {
        list.push("charts over time (no days were kept: `monte-carlo.daily-replications` is 0)".into());
    }
    (!list.is_empty()).then(|| format!("not drawn: {}", list.join("; ")))
}

/// A line that says which characters are boxes in the pictures drawn so far, if any are.
#[must_use]
pub fn missing_characters() -> Option<String> {
    #[cfg(feature = "charts")]
    let missing = chart::draw::missing_characters();
    #[cfg(not(feature = "charts"))]
    let missing = String::new();
    let list: Vec<String> = missing.chars().map(|c| format!("{c} (U+{:04X})", u32::from(c))).collect();
    (!list.is_empty()).then(|| {
        format!(
            "warning: the charts show boxes for characters that no installed font has: {}; install a font that has them (Noto Sans CJK for Chinese, say) and run again",
            list.join(", ")
        )
    })
}

/// `f` of each item, on the threads of the caller's pool, in the order of the items: pictures are nine tenths of a small run.
pub(crate) fn in_parallel<T: Sync, R: Send>(items: &[T], f: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    use rayon::prelude::*;
    items.par_iter().map(f).collect()
}

/// Why the interval of a KPI is rough in any of the models.
pub(crate) fn remark(models: &[ModelOutcome], kpi: Kpi) -> Option<&'static str> {
    models.iter().find_map(|m| m.remark(kpi))
}

/// Every chart of the run with the subfolder of `charts/` that it belongs to.
#[must_use]
pub fn all_charts(scenario: &Scenario, outcome: &Outcome) -> Vec<(String, chart::ChartSpec)> {
    let several = outcome.products.len() > 1;
    let folders = names::slugs(outcome.products.iter().map(|p| p.sku.as_str()), "product");
    products(outcome)
        .iter()
        .filter(|(index, _)| index.is_none_or(|i| i < CHARTED_PRODUCTS))
        .flat_map(|(index, product)| {
            let folder =
                index.filter(|_| several).and_then(|i| folders.get(i)).map_or(String::new(), |f| format!("{f}/"));
            chart::charts(scenario, outcome, product, *index)
                .into_iter()
                .map(move |c| (folder.clone(), c))
                .collect::<Vec<_>>()
        })
        .collect()
}
