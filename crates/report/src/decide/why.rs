//! `restock why`: where backorders and capital come from.

use super::outages::Costs;
use super::{estimate, marked, window};
use crate::Answer;
use crate::chart::{
    Body, ChartSpec, Colour, Csv, ForestPanel, ForestRow, Format, Step, WaterfallPanel, cell, cells, name, sentence,
};
use crate::format::{self, Digits};
use crate::sheet::Sheet;
use crate::text::wrapped;
use crate::ties::{Told, told};
use restock_base::stats::interval::{Estimate, Sample};
use restock_decide::{Cause, Causes, Outages, Parts, Why, Worlds};
use restock_kernel::model::{Better, Experiment, Kpi, Scenario, Unit};
use serde_json::{Value, json};

/// Supply models side by side in a waterfall; more have a row each, in a panel for each kind of causes.
const SIDE_BY_SIDE: usize = 3;

/// Characters of a title that fits its two lines.
const TITLE: usize = 126;

/// Supply models in a chart.
const CHARTED: usize = 6;

/// The answer: parts by supply model, of the KPI that was asked for and of capital, and what empty shelves cost.
#[must_use]
pub fn why(
    (scenario, experiment): (&Scenario, &Experiment),
    asked: &Why,
    (parts, outages): (&[Parts], &[Outages]),
    width: u16,
) -> Answer {
    let splits: Vec<Split<'_>> =
        asked.kpis.iter().enumerate().map(|(place, kpi)| Split { scenario, kpi: *kpi, place, parts }).collect();
    let costs = Costs::new(scenario, outages);
    let verdict = splits.first().map_or_else(String::new, Split::verdict);
    let n = format::count(f64::from(experiment.replications));
    let method = format!(
        "Structure: replenishment time, its variance, lots and review. ± half-width of the 95 % confidence interval; {n} replications of each of the {} sets of causes at work, the same shoppers in all. A part is what \
         its cause adds, on average over all orders in which the causes can come (Shapley); parts and what is left add up. Policies keep the \
         parameters that they were given, and plan anew what they hold against a cause that is gone: where that covers other shortages, too, the \
         part is below 0. What is left is the chance in demand itself.",
        Causes::SETS
    );
    let tables: Vec<String> = splits.iter().map(|s| s.sheet().render(width)).collect();
    let told: Vec<String> = splits.iter().skip(1).map(|s| wrapped(&s.verdict(), width)).collect();
    let text = [vec![wrapped(&verdict, width)], told, tables, vec![wrapped(&method, width)], costs.text(width)];
    let json = json!({
        "verdict": verdict,
        "currency": scenario.currency,
        "replications": experiment.replications,
        "parts": splits.iter().map(|s| json!({
            "kpi": s.kpi.name(),
            "verdict": s.verdict(),
            "models": (0..parts.len()).map(|i| s.json(i)).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "out_of_stock": costs.json(),
    });
    let mut charts: Vec<ChartSpec> = splits.iter().map(Split::chart).collect();
    charts.extend(costs.charts());
    let mut tables =
        vec![("why.csv".to_owned(), table(&splits)), ("interactions.csv".to_owned(), interactions(&splits))];
    tables.extend(costs.tables());
    let text = text.concat().join("\n\n") + "\n";
    Answer { verdict, text, json, tables, charts: marked(charts, scenario) }
}

/// A KPI of every supply model, taken apart.
#[derive(Clone, Copy)]
struct Split<'a> {
    scenario: &'a Scenario,
    kpi: Kpi,
    /// Its place among those that were asked for.
    place: usize,
    parts: &'a [Parts],
}

/// Kinds of causes between which the thesis decides: that backorders are structural, and not a matter of forecasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Replenishment time, its variance, lots and review.
    Structure,
    Forecasts,
    Spike,
}

impl Kind {
    const ALL: [Kind; 3] = [Kind::Structure, Kind::Forecasts, Kind::Spike];

    fn causes(self) -> &'static [Cause] {
        match self {
            Kind::Structure => &Cause::STRUCTURAL,
            Kind::Forecasts => &[Cause::ForecastError],
            Kind::Spike => &[Cause::Spike],
        }
    }

    /// What a KPI is whose largest part is of this kind.
    fn adjective(self) -> &'static str {
        match self {
            Kind::Structure => "structural",
            Kind::Forecasts => "due to forecasts",
            Kind::Spike => "due to the spike",
        }
    }

    fn head(self) -> &'static str {
        match self {
            Kind::Structure => "Structure",
            Kind::Forecasts => "Forecast error",
            Kind::Spike => "Spike",
        }
    }

    /// Before a figure.
    fn subject(self) -> &'static str {
        match self {
            Kind::Structure => "structure",
            Kind::Forecasts => "forecast error",
            Kind::Spike => "the spike",
        }
    }
}

/// Which kind of causes a model's KPI is a matter of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leads {
    /// There is nothing to take apart.
    Nothing,
    /// No cause is shown to make it worse.
    Left,
    /// One kind, and the one of the others that weighs most.
    One(Kind, Kind),
    /// Two kinds that are not told apart.
    Tie(Kind, Kind),
}

impl Split<'_> {
    fn of(&self, model: usize) -> &Worlds {
        &self.parts[model].kpis[self.place]
    }

    fn unit(&self) -> Unit {
        self.kpi.unit()
    }

    fn digits(&self, e: &Estimate) -> Digits<'_> {
        Digits::of(e, self.unit(), &self.scenario.currency)
    }

    fn figure(&self, sample: &Sample) -> String {
        self.digits(&sample.estimate()).plus_minus()
    }

    fn short(&self, sample: &Sample) -> String {
        self.digits(&sample.estimate()).value()
    }

    fn noun(&self) -> String {
        match self.kpi {
            Kpi::BackorderRate => "backorders".into(),
            Kpi::MeanBacklog => "the backlog".into(),
            Kpi::InvestedCapital => "capital".into(),
            other => other.label().to_lowercase(),
        }
    }

    /// By how much a kind of causes makes the KPI worse.
    fn harm(&self, kind: Kind, model: usize) -> Sample {
        let higher = self.kpi.better() == Better::Higher;
        self.of(model).part_of(kind.causes()).times(if higher { -1.0 } else { 1.0 })
    }

    fn leads(&self, model: usize) -> Leads {
        let mut kinds: Vec<(Kind, Sample)> = Kind::ALL.into_iter().map(|k| (k, self.harm(k, model))).collect();
        let worlds = self.of(model);
        if worlds.present().value == 0.0 && kinds.iter().all(|(_, s)| s.value == 0.0) {
            return Leads::Nothing;
        }
        // Equal ones stay in their order.
        kinds.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
        let ((first, a), (second, b)) = (&kinds[0], &kinds[1]);
        let apart = |e: &Estimate, a: f64, b: f64| told(e, a, b, self.unit()) == Told::Apart;
        if a.value <= 0.0 || !apart(&a.estimate(), a.value, 0.0) {
            return Leads::Left;
        }
        let ahead = a.clone().plus(-1.0, b).estimate();
        // Beside it stands what weighs most of the others, if only against it.
        let beside = if kinds[2].1.value.abs() > b.value.abs() { kinds[2].0 } else { *second };
        if apart(&ahead, a.value, b.value) { Leads::One(*first, beside) } else { Leads::Tie(*first, *second) }
    }

    /// The finding, in one sentence of at most two supply models: with or without what tells how sure it is.
    fn finding(&self, how_sure: bool) -> String {
        let leads: Vec<Leads> = (0..self.parts.len()).map(|m| self.leads(m)).collect();
        let Some(first) = leads.first() else { return "No supply model was asked for".into() };
        let kind = |l: &Leads| match *l {
            Leads::One(kind, _) => Some(kind),
            Leads::Nothing | Leads::Left | Leads::Tie(..) => None,
        };
        let said = |m: usize| self.clause(m, leads[m], how_sure);
        let alike = kind(first).is_some() && leads.iter().all(|l| kind(l) == kind(first));
        let text = match (alike, leads.as_slice()) {
            (_, [_]) => said(0),
            (true, [_, _]) => format!("{}, and {}", said(0), self.with(1, leads[1], how_sure)),
            (true, _) => format!("{}, and likewise with every other supply model", said(0)),
            (false, _) => {
                let other = (1..leads.len()).find(|m| kind(&leads[*m]) != kind(first)).unwrap_or(1);
                format!(
                    "{}, {}",
                    said(0),
                    self.clause(other, leads[other], how_sure).trim_start_matches(&self.begins())
                )
            }
        };
        // A title has two lines.
        let fits = how_sure || text.chars().count() <= TITLE;
        sentence(&if fits { text } else { said(0) })
    }

    fn verdict(&self) -> String {
        self.finding(true)
    }

    /// What each sentence begins with: `backorders are`.
    fn begins(&self) -> String {
        format!("{} {} ", self.noun(), self.is())
    }

    /// What is found of one model.
    fn clause(&self, model: usize, leads: Leads, how_sure: bool) -> String {
        let what = match leads {
            Leads::Nothing => "absent",
            Leads::Left => "due to no cause",
            Leads::One(kind, _) => kind.adjective(),
            Leads::Tie(..) => "due to no single kind of causes",
        };
        format!("{}{what} {}", self.begins(), self.with(model, leads, how_sure))
    }

    /// The model and its figures: `with Ocean (6.4 % of 8.7 %)`.
    fn with(&self, model: usize, leads: Leads, how_sure: bool) -> String {
        let (worlds, of) = (self.of(model), name(&self.parts[model].name));
        let figure = |s: &Sample| if how_sure { self.figure(s) } else { self.short(s) };
        let part = |kind: Kind| figure(&worlds.part_of(kind.causes()));
        let present = self.short(worlds.present());
        match leads {
            Leads::Nothing => format!("with {of}"),
            Leads::Left => format!("with {of} ({present}; without any {})", figure(worlds.left())),
            Leads::One(kind, next) if how_sure => {
                format!("with {of} ({} of {present}; {} {})", part(kind), next.subject(), part(next))
            }
            Leads::One(kind, _) => format!("with {of} ({} of {present})", part(kind)),
            Leads::Tie(a, b) if how_sure => {
                format!("with {of} ({} {} and {} {} of {present})", a.subject(), part(a), b.subject(), part(b))
            }
            Leads::Tie(..) => format!("with {of}"),
        }
    }

    /// The verb of the noun.
    fn is(&self) -> &'static str {
        if self.kpi == Kpi::BackorderRate { "are" } else { "is" }
    }

    /// What stands in tables: a row a cause, sums, and what is left.
    fn rows(&self, model: usize) -> Vec<(String, Sample)> {
        let worlds = self.of(model);
        let mut out: Vec<(String, Sample)> = Vec::new();
        for cause in Cause::ALL {
            out.push((cause.label().to_owned(), worlds.part(cause)));
            if cause == Cause::LotsAndReview {
                out.push(("Structure, together".to_owned(), worlds.part_of(&Cause::STRUCTURAL)));
            }
        }
        out.push(("Left: chance in demand".to_owned(), worlds.left().clone()));
        out.push((self.kpi.label().to_owned(), worlds.present().clone()));
        out
    }

    fn sheet(&self) -> Sheet {
        let each: Vec<Vec<(String, Sample)>> = (0..self.parts.len()).map(|m| self.rows(m)).collect();
        let mut sheet = Sheet::new(
            format!("Parts of {}", self.noun().trim_start_matches("the ")),
            self.parts.iter().map(|p| p.name.as_str()),
        );
        for (i, (label, _)) in each.first().into_iter().flatten().enumerate() {
            let cause = Cause::ALL.into_iter().find(|c| c.label() == label);
            let cell = |(rows, parts): (&Vec<(String, Sample)>, &Parts)| {
                if cause.is_some_and(|c| parts.absent.contains(&c)) {
                    "not there".into()
                } else {
                    self.figure(&rows[i].1)
                }
            };
            sheet.rows.push((label.clone(), each.iter().zip(self.parts).map(cell).collect()));
        }
        sheet
    }

    fn json(&self, model: usize) -> Value {
        let (worlds, of) = (self.of(model), &self.parts[model]);
        let e = |s: &Sample| estimate(&s.estimate());
        let cause = |cause: Cause| {
            json!({
                "cause": cause.name(),
                "is_there": !of.absent.contains(&cause),
                "part": e(&worlds.part(cause)),
                "alone": e(&worlds.alone(cause)),
                "goes_without_it": e(&worlds.goes_without(cause)),
            })
        };
        let leads = match self.leads(model) {
            Leads::Nothing | Leads::Left => json!([]),
            Leads::One(kind, _) => json!([kind.head().to_lowercase()]),
            Leads::Tie(a, b) => json!([a.head().to_lowercase(), b.head().to_lowercase()]),
        };
        json!({
            "model": of.name,
            "present": e(worlds.present()),
            "structure": e(&worlds.part_of(&Cause::STRUCTURAL)),
            "left": e(worlds.left()),
            "leads": leads,
            "causes": Cause::ALL.map(cause),
        })
    }

    fn chart(&self) -> ChartSpec {
        let shown = Split { parts: &self.parts[..self.parts.len().min(CHARTED)], ..*self };
        let title = shown.finding(false);
        let what = match self.kpi {
            Kpi::BackorderRate => "Share of customers' orders that wait".to_owned(),
            Kpi::MeanBacklog => "Units that wait, mean of days".to_owned(),
            Kpi::InvestedCapital => "Invested capital, mean of days".to_owned(),
            other => other.label().to_owned(),
        };
        let many = shown.parts.len() > SIDE_BY_SIDE;
        let body = if (0..shown.parts.len()).all(|m| shown.leads(m) == Leads::Nothing) {
            Body::Words(format!("{}absent", self.begins()))
        } else if many {
            shown.forest()
        } else {
            Body::Waterfall((0..shown.parts.len()).map(|m| shown.waterfall(m)).collect())
        };
        let structure = if many { "structure: replenishment time, its variance, lots and review; " } else { "" };
        let left_out = match self.parts.len() - shown.parts.len() {
            0 => String::new(),
            n => format!(" ({} in the data file)", format::counted(n, "further model")),
        };
        ChartSpec {
            name: format!("why-{}", self.kpi.name().replace('_', "-")),
            alt: format!("Parts of {} by cause, for each supply model. {title}.", self.noun()),
            title,
            subtitle: format!(
                "{what}: what each cause adds, on average over all orders in which causes can come (Shapley){left_out}; {structure}left: the chance in demand itself; {}",
                window(self.scenario)
            ),
            footer: "whiskers: 95 % confidence intervals".into(),
            legend: Vec::new(),
            body,
            data: table(&[*self]),
        }
    }

    fn format(&self) -> Format {
        Format::of(self.unit(), &self.scenario.currency)
    }

    fn waterfall(&self, model: usize) -> WaterfallPanel {
        let mut sum = 0.0;
        let rows = self.rows(model);
        let last = rows.len() - 1;
        let absent = &self.parts[model].absent;
        let is_absent = |label: &str| absent.iter().any(|cause| cause.label() == label);
        let step = |(i, (label, sample)): (usize, &(String, Sample))| {
            let together = i == last || i == Cause::STRUCTURAL.len();
            let from = if together { 0.0 } else { sum };
            let to = from + sample.value;
            sum = to;
            let interval = sample.estimate().interval().filter(|(low, high)| low < high);
            Step {
                label: label.clone(),
                from,
                to,
                colour: match label.as_str() {
                    _ if together => Colour::Model(model),
                    _ if i + 1 == last => Colour::Grey,
                    _ => Colour::ModelTint(model),
                },
                whisker: interval.map(|(low, high)| (from + low, from + high)),
                text: if is_absent(label) { "not there".into() } else { self.figure(sample) },
            }
        };
        WaterfallPanel {
            title: self.parts[model].name.clone(),
            colour: Colour::Model(model),
            format: self.format(),
            steps: rows.iter().enumerate().map(step).collect(),
        }
    }

    /// A panel for each kind, in which each supply model has a row.
    fn forest(&self) -> Body {
        let row = |model: usize, sample: &Sample| ForestRow {
            label: self.parts[model].name.clone(),
            colour: Colour::Model(model),
            value: sample.value,
            interval: sample.estimate().interval().filter(|(low, high)| low < high),
            text: self.figure(sample),
        };
        let panel = |title: &str, of: &dyn Fn(&Worlds) -> Sample| ForestPanel {
            title: title.to_owned(),
            format: self.format(),
            rows: (0..self.parts.len()).map(|m| row(m, &of(self.of(m)))).collect(),
        };
        let mut panels: Vec<ForestPanel> =
            vec![panel(&format!("{}, as it is", self.kpi.label()), &|w| w.present().clone())];
        panels.extend(Kind::ALL.map(|k| panel(k.head(), &|w| w.part_of(k.causes()))));
        panels.push(panel("Left: chance in demand", &|w| w.left().clone()));
        Body::Forest(panels)
    }
}

/// Every part, with its interval.
fn table(splits: &[Split<'_>]) -> Csv {
    let mut out = Csv::new(&[
        "kpi",
        "model",
        "cause",
        "is_there",
        "part",
        "part_ci_low",
        "part_ci_high",
        "alone",
        "alone_ci_low",
        "alone_ci_high",
        "goes_without_it",
        "goes_ci_low",
        "goes_ci_high",
    ]);
    let written = |sample: &Sample| {
        let e = sample.estimate();
        std::iter::once(cell(e.value)).chain(cells(e.interval())).collect::<Vec<_>>()
    };
    let none = || vec![String::new(); 3];
    for split in splits {
        for (model, parts) in split.parts.iter().enumerate() {
            let worlds = split.of(model);
            let mut row = |cause: &str, is_there: bool, figures: [Vec<String>; 3]| {
                let head = [split.kpi.name(), &parts.name, cause, if is_there { "true" } else { "false" }];
                out.push(head.into_iter().map(str::to_owned).chain(figures.concat()).collect());
            };
            for cause in Cause::ALL {
                let samples = [worlds.part(cause), worlds.alone(cause), worlds.goes_without(cause)];
                row(cause.name(), !parts.absent.contains(&cause), samples.each_ref().map(written));
            }
            row("left", true, [written(worlds.left()), none(), none()]);
            row("present", true, [written(worlds.present()), none(), none()]);
        }
    }
    out
}

/// Every set of causes: the KPI with these at work and all others off, and what they do together beyond what fewer of them do.
fn interactions(splits: &[Split<'_>]) -> Csv {
    let mut out = Csv::new(&[
        "kpi",
        "model",
        "causes_at_work",
        "value",
        "value_ci_low",
        "value_ci_high",
        "interaction",
        "interaction_ci_low",
        "interaction_ci_high",
    ]);
    for split in splits {
        for (model, parts) in split.parts.iter().enumerate() {
            for set in Causes::sets() {
                let names: Vec<&str> = set.each().map(Cause::name).collect();
                let worlds = split.of(model);
                let mut row = vec![split.kpi.name().to_owned(), parts.name.clone(), names.join(" + ")];
                for sample in [worlds.at(set).clone(), worlds.interaction(set)] {
                    let e = sample.estimate();
                    row.push(cell(e.value));
                    row.extend(cells(e.interval()));
                }
                out.push(row);
            }
        }
    }
    out
}
