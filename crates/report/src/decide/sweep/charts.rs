//! Pictures of a sweep: curves over numbers, bars over words, maps over two keys.

use super::{Shape, Swept, plain, table, words};
use crate::chart::{
    BandMark, BarRow, Bars, Body, ChartSpec, Colour, EventMark, Format, HeatAxis, HeatCell, HeatKey, HeatPanel,
    LevelMark, LineMark, LinePanel, PointMark, Reading, SpanMark, XAxis, name,
};
use crate::decide::window;
use crate::format::Digits;
use crate::ties::Told;
use restock_base::stats::interval::Estimate;

/// Rows of bars that can be read.
const BARS: usize = 40;

/// A chart a KPI.
pub(super) fn charts(swept: &Swept<'_>) -> Vec<ChartSpec> {
    (0..swept.kpis.len()).filter_map(|kpi| chart(swept, kpi)).collect()
}

fn chart(swept: &Swept<'_>, kpi: usize) -> Option<ChartSpec> {
    let (title, body, alt) = match swept.shape() {
        Shape::Line(Some(numbers)) => (words::verdict(swept, kpi), curves(swept, kpi, &numbers), "Lines with bands"),
        Shape::Line(None) => (words::verdict(swept, kpi), bars(swept, kpi), "Bars with intervals"),
        Shape::Map => (words::map_title(swept, kpi), map(swept, kpi), "Maps of coloured cells"),
        Shape::Many => return None,
    };
    let legend: Vec<(String, Colour)> =
        swept.models().iter().enumerate().map(|(i, m)| ((*m).to_owned(), Colour::Model(i))).collect();
    let maps = matches!(body, Body::Heat { .. });
    Some(ChartSpec {
        name: format!("sweep-{}", swept.kpis[kpi].name().replace('_', "-")),
        alt: format!("{alt} of {} by {}. {title}.", words::noun(swept, kpi), swept.keys.join(" and ")),
        title,
        subtitle: format!(
            "{} where {} {} other values; {}",
            swept.kpis[kpi].label(),
            swept.keys.join(" and "),
            if swept.keys.len() == 1 { "takes" } else { "take" },
            window(swept.scenario)
        ),
        footer: if maps {
            "the same shoppers in every cell".into()
        } else {
            "bands and whiskers: 95 % confidence interval; differences with the same shoppers".into()
        },
        legend: if maps || legend.len() < 2 { Vec::new() } else { legend },
        body,
        data: table(swept, Some(kpi)),
    })
}

fn format(swept: &Swept<'_>, kpi: usize) -> Format {
    Format::of(swept.kpis[kpi].unit(), &swept.scenario.currency)
}

/// The models themselves, and below them what the others differ from the first by.
fn curves(swept: &Swept<'_>, kpi: usize, numbers: &[f64]) -> Body {
    let order = swept.in_order(Some(&numbers.to_vec()));
    let per_cent = swept.design.factors[0].levels.iter().any(|l| plain(l).ends_with('%'));
    let axis = || XAxis::Values {
        format: if per_cent { Format::Share } else { Format::Units },
        title: if swept.design.zipped { swept.keys.join(" with ") } else { swept.keys[0].clone() },
    };
    let models = swept.models().len();
    let mut own = LinePanel::new("", Colour::Ink, axis(), format(swept, kpi));
    for m in 0..models {
        curve(&mut own, m, order.iter().filter_map(|c| Some((numbers[*c], swept.found[*c].own(m, kpi)?))).collect());
    }
    if let Some(now) = swept.now {
        for m in 0..models {
            if let Some(e) = swept.found[now].own(m, kpi) {
                let label = if m == 0 { "now".into() } else { String::new() };
                own.points.push(PointMark { x: numbers[now], y: e.value, colour: Colour::Model(m), label });
            }
        }
    }
    let changes = words::reigns(swept, kpi, &order);
    for w in changes.windows(2) {
        between(&mut own, swept, numbers, (order[w[0].last], order[w[1].first]));
    }
    if let [one] = changes.as_slice() {
        // The title says where the one that leads does so.
        for place in [one.first, one.last] {
            let label = words::level(swept, order[place]);
            own.events.push(EventMark { x: numbers[order[place]], label });
        }
        own.events.dedup();
    }
    if models < 2 {
        if let Some(ends) = ends(swept, kpi, numbers) {
            own.points.extend(ends);
        }
        return Body::Lines { panels: vec![own], columns: 1 };
    }
    let title = format!("Less {}", name(swept.models()[0]));
    let mut less = LinePanel::new(title, Colour::Ink, axis(), format(swept, kpi));
    for m in 1..models {
        curve(
            &mut less,
            m,
            order.iter().filter_map(|c| Some((numbers[*c], swept.found[*c].difference(kpi, 0, m)?))).collect(),
        );
    }
    less.levels.push(LevelMark { y: 0.0, colour: Colour::Grey, label: name(swept.models()[0]) });
    Body::Lines { panels: vec![own, less], columns: 1 }
}

/// A line with its band.
fn curve(panel: &mut LinePanel, model: usize, points: Vec<(f64, Estimate)>) {
    let band = |(x, e): &(f64, Estimate)| {
        let (low, high) = e.interval().unwrap_or((e.value, e.value));
        (*x, low, high)
    };
    panel.bands.push(BandMark {
        points: points.iter().map(band).collect(),
        colour: Colour::Model(model),
        opacity: 0.2,
        label: String::new(),
        reads: Reading::Ends("95 % confidence interval"),
    });
    panel.lines.push(LineMark {
        points: points.iter().map(|(x, e)| (*x, e.value)).collect(),
        colour: Colour::Model(model),
        dashed: false,
        label: String::new(),
    });
}

/// Marks where the lead changes.
fn between(panel: &mut LinePanel, swept: &Swept<'_>, numbers: &[f64], (a, b): (usize, usize)) {
    let (from, to) = (numbers[a], numbers[b]);
    let label = format!("between {} and {}", words::level(swept, a), words::level(swept, b));
    panel.spans.push(SpanMark { from, to, colour: Colour::Grey, label: label.clone() });
    panel.events.push(EventMark { x: (from + to) / 2.0, label });
}

/// Of a single model: where it is least and most.
fn ends(swept: &Swept<'_>, kpi: usize, numbers: &[f64]) -> Option<[PointMark; 2]> {
    let values = || (0..swept.found.len()).filter_map(|c| Some((c, swept.found[c].own(0, kpi)?.value)));
    let least = values().min_by(|a, b| a.1.total_cmp(&b.1))?;
    // The last of equals, as the sentence has it.
    let most = values().max_by(|a, b| a.1.total_cmp(&b.1))?;
    let dot =
        |(c, y): (usize, f64)| PointMark { x: numbers[c], y, colour: Colour::Model(0), label: swept.cell_name(c) };
    Some([dot(least), dot(most)])
}

/// A row for each level and model; beside it the difference from the first model.
fn bars(swept: &Swept<'_>, kpi: usize) -> Body {
    let models = swept.models();
    if swept.found.len() * models.len() > BARS {
        return Body::Words("the levels are too many to draw, and they are no numbers: the table has all".into());
    }
    let (unit, currency) = (swept.kpis[kpi].unit(), &swept.scenario.currency);
    let rows = |of: &dyn Fn(usize, usize) -> Option<(Estimate, String)>| {
        let mut out = Vec::new();
        for c in 0..swept.found.len() {
            let level = format!("{}{}", swept.cell_name(c), if swept.now == Some(c) { " (now)" } else { "" });
            for (m, model) in models.iter().enumerate() {
                let found = of(c, m);
                out.push(BarRow {
                    label: if m == 0 { level.clone() } else { String::new() },
                    note: if models.len() > 1 { (*model).to_owned() } else { String::new() },
                    segments: vec![(found.as_ref().map_or(0.0, |f| f.0.value), Colour::Model(m), String::new())],
                    whisker: found.as_ref().and_then(|f| f.0.interval()),
                    value: found.map_or_else(String::new, |f| f.1),
                });
            }
        }
        out
    };
    let own = |c: usize, m: usize| {
        let e = swept.found[c].own(m, kpi)?;
        Some((e, Digits::of(&e, unit, currency).value()))
    };
    let less = |c: usize, m: usize| {
        let e = swept.found[c].difference(kpi, 0, m).filter(|_| m > 0)?;
        let shown = Digits::of(&e, unit, currency).change().0.replace(" points", " pts");
        Some((e, if swept.told(c, kpi, m) == Told::Apart { shown } else { format!("{shown}, not told apart") }))
    };
    let column = |title: String, rows| Bars { title, rows, format: format(swept, kpi), axis: words::axis(swept, kpi) };
    let mut columns = vec![column(swept.kpis[kpi].label().to_owned(), rows(&own))];
    if models.len() > 1 {
        columns.push(column(format!("Less {}", name(models[0])), rows(&less)));
    }
    Body::Bars(columns)
}

/// What the others differ from the first model by, a map a model; of a single model its values.
fn map(swept: &Swept<'_>, kpi: usize) -> Body {
    let models = swept.models();
    let shown = if models.len() > 1 { 1..models.len() } else { 0..1 };
    let [down, across] = swept.design.factors.as_slice() else { return Body::Words("there are not two keys".into()) };
    // Numbers rise to the right and upwards, whatever their order on the command line.
    let sorted = |f: &restock_decide::Factor| {
        let mut order: Vec<usize> = (0..f.levels.len()).collect();
        if let Some(numbers) = f.numbers() {
            order.sort_by(|a, b| numbers[*a].total_cmp(&numbers[*b]));
        }
        order
    };
    let (rows, columns) = (sorted(down), sorted(across));
    let axis = |k: usize, order: &[usize]| HeatAxis {
        title: swept.keys[k].clone(),
        levels: order.iter().map(|i| plain(&swept.design.factors[k].levels[*i])).collect(),
    };
    let cell_of = |c: usize, m: usize| {
        let e = if m > 0 { swept.found[c].difference(kpi, 0, m) } else { swept.found[c].own(0, kpi) };
        let digits = e.as_ref().map(|e| Digits::of(e, swept.kpis[kpi].unit(), &swept.scenario.currency));
        let label =
            digits.map_or_else(|| "-".into(), |d| if m > 0 { d.change().0.replace(" points", "") } else { d.value() });
        let told = m == 0 || swept.told(c, kpi, m) == Told::Apart;
        HeatCell { value: e.map(|e| e.value), label, told, mark: (swept.now == Some(c)).then(|| "now".into()) }
    };
    let panel = |m: usize| HeatPanel {
        title: if m > 0 { format!("{} less {}", models[m], models[0]) } else { models[0].to_owned() },
        colour: if m > 0 { Colour::Model(m) } else { Colour::Ink },
        x: axis(1, &columns),
        y: axis(0, &rows),
        cells: rows.iter().flat_map(|y| columns.iter().map(move |x| cell_of(y * across.levels.len() + x, m))).collect(),
        contour: m > 0 && down.numbers().is_some() && across.numbers().is_some(),
    };
    let panels: Vec<HeatPanel> = shown.map(panel).collect();
    let columns = match panels.len() {
        0..=3 => panels.len(),
        4 => 2,
        _ => 3,
    };
    let (less, more) = if models.len() > 1 { words::ends(swept, kpi) } else { (String::new(), String::new()) };
    let title = match models.len() {
        1 => words::axis(swept, kpi),
        _ => format!("{} less that of {}", words::axis(swept, kpi), name(models[0])),
    };
    Body::Heat { panels, columns, key: HeatKey { title, format: format(swept, kpi), low: less, high: more } }
}
