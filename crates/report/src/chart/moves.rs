//! Which products to move: what a catalogue earns as more and more of it moves, and what each product does.

use super::{
    BandMark, Body, ChartSpec, Colour, Csv, ForestPanel, ForestRow, Format, LineMark, LinePanel, PointMark, Reading,
    Source, XAxis, cell, cells,
};
use crate::format::{self, Digits};
use crate::moves::{self, Moves, Row, Samples, Verdict};
use restock_base::stats::interval::Sample;
use restock_kernel::model::Unit;

/// Products that have a row of their own: more would not be read on a slide.
const NAMED: usize = 15;

/// Both pictures; none where there is nothing to choose, and of single products.
pub(super) fn charts(s: &Source<'_>) -> Vec<ChartSpec> {
    let Some(moves) = moves::moves(s.scenario, s.outcome).filter(|_| s.index.is_none()) else { return Vec::new() };
    vec![curve(s, &moves), each(s, &moves)]
}

/// What is earned, and what capital is freed, as products move one after the other.
fn curve(s: &Source<'_>, moves: &Moves) -> ChartSpec {
    let mut data = Csv::new(&[
        "products_moved",
        "product",
        "to",
        "earns_more",
        "ci_low",
        "ci_high",
        "frees",
        "frees_low",
        "frees_high",
    ]);
    for (n, row) in moves.rows.iter().enumerate() {
        let mut line = vec![
            (n + 1).to_string(),
            s.scenario.products[row.product].sku.clone(),
            s.outcome.models[row.best().to].clone(),
        ];
        for sample in [&row.so_far.gain, &row.so_far.freed] {
            let e = sample.estimate();
            line.push(cell(e.value));
            line.extend(cells(e.interval()));
        }
        data.push(line);
    }
    let currency = &s.scenario.currency;
    let panel = |title: &str, of: &dyn Fn(&Samples) -> Sample| {
        let x =
            XAxis::Values { format: Format::Units, title: "products moved, those first that earn most by it".into() };
        let mut panel = LinePanel::new(title, Colour::Ink, x, Format::Money(currency.clone()));
        let at = |n: usize, row: &Row| (n as f64 + 1.0, of(&row.so_far).estimate());
        let points: Vec<_> = moves.rows.iter().enumerate().map(|(n, row)| at(n, row)).collect();
        let start = std::iter::once((0.0, 0.0));
        panel.lines.push(LineMark {
            points: start.chain(points.iter().map(|(x, e)| (*x, e.value))).collect(),
            colour: Colour::Ink,
            dashed: false,
            label: String::new(),
        });
        let band = points.iter().filter_map(|(x, e)| e.interval().map(|(low, high)| (*x, low, high)));
        panel.bands.push(BandMark {
            points: std::iter::once((0.0, 0.0, 0.0)).chain(band).collect(),
            colour: Colour::Grey,
            opacity: 0.35,
            label: "95 % confidence interval".into(),
            reads: Reading::Ends("95 % confidence interval"),
        });
        let last = moves.rows.len() - 1;
        let listed = moves.count(Verdict::Move).checked_sub(1);
        for n in listed.into_iter().chain(Some(last).filter(|last| listed != Some(*last))) {
            let (x, e) = &points[n];
            let who =
                if n == last { format!("all {}", format::count(*x)) } else { format!("{} moved", format::count(*x)) };
            panel.points.push(PointMark {
                x: *x,
                y: e.value,
                colour: if listed == Some(n) { Colour::Model(moves.rows[n].best().to) } else { Colour::Grey },
                label: format!("{who}: {}", Digits::of(e, Unit::Money, currency).write(e.value)),
            });
        }
        panel
    };
    let title = moves::title(s.outcome, moves, currency);
    ChartSpec {
        name: "moves".into(),
        alt: format!("Two curves over the number of products moved. {title}."),
        title,
        subtitle: format!(
            "Residual income more than with all products in {}, and invested capital less, {}{}",
            s.outcome.models[0],
            s.of(),
            s.window()
        ),
        footer: s.footer("grey: 95 % confidence interval"),
        legend: Vec::new(),
        body: Body::Lines {
            panels: vec![panel("Earns more", &|s| s.gain.clone()), panel("Frees capital", &|s| s.freed.clone())],
            columns: 1,
        },
        data,
    }
}

/// The products that gain most by a move, and those that lose most.
fn each(s: &Source<'_>, moves: &Moves) -> ChartSpec {
    let currency = &s.scenario.currency;
    let n = moves.rows.len();
    let mut data = Csv::new(&["product", "to", "verdict", "earns_more", "all_hold_low", "all_hold_high"]);
    for row in &moves.rows {
        let [low, high] = cells(row.best().gain.interval());
        data.push(vec![
            s.scenario.products[row.product].sku.clone(),
            s.outcome.models[row.best().to].clone(),
            row.verdict.name().into(),
            cell(row.best().gain.value),
            low,
            high,
        ]);
    }
    let most = if n <= NAMED { n } else { NAMED * 2 / 3 };
    let shown: Vec<&Row> = moves.rows[..most].iter().chain(&moves.rows[n - (n - most).min(NAMED - most)..]).collect();
    let row = |row: &&Row| ForestRow {
        label: s.scenario.products[row.product].sku.clone(),
        colour: match row.verdict {
            Verdict::Move => Colour::Model(row.best().to),
            Verdict::Stay => Colour::Model(0),
            Verdict::Same | Verdict::Open => Colour::Grey,
        },
        value: row.best().gain.value,
        interval: row.best().gain.interval(),
        text: Digits::of(&row.best().gain, Unit::Money, currency).change().0,
    };
    let (gains, stays) = (moves.count(Verdict::Move), moves.count(Verdict::Stay));
    let title =
        format!("{gains} of {n} products earn more elsewhere than in {}, {stays} earn less", s.outcome.models[0]);
    ChartSpec {
        name: "moves-by-product".into(),
        alt: format!("Dots with intervals around zero, one a product. {title}."),
        title: title.clone(),
        subtitle: format!(
            "Residual income in the best other supply model, less that in {}{}; a dot has the colour of the model that earns more, or is grey where none does, {}",
            s.outcome.models[0],
            if shown.len() < n {
                format!(": the {most} that gain most and the {} that lose most", shown.len() - most)
            } else {
                String::new()
            },
            s.window()
        ),
        footer: s.footer("bars: intervals of the paired differences, all of which hold at once with a chance of 95 %"),
        legend: Vec::new(),
        body: Body::Forest(vec![ForestPanel {
            title: format!("{gains} of {n} earn more, {stays} earn less"),
            format: Format::Money(currency.clone()),
            rows: shown.iter().map(row).collect(),
        }]),
        data,
    }
}
