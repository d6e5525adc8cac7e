//! `restock why`: where backorders and capital come from.

use super::outages::Costs;
use super::{estimate, marked, window};
use crate::Answer;
use crate::chart::{
    BarRow, Bars, Body, ChartSpec, Colour, Csv, Format, Step, WaterfallPanel, cell, cells, name, sentence,
};
use crate::format::{self, Digits};
use crate::sheet::Sheet;
use crate::text::wrapped;
use crate::ties::{Told, told};
use restock_base::stats::interval::{Estimate, Sample};
use restock_decide::{Cause, Causes, Outages, Parts, Why, Worlds};
use restock_kernel::model::{Experiment, Kpi, Scenario, Unit};
use serde_json::{Value, json};

/// Supply models side by side in a waterfall; more are rows of bars.
const SIDE_BY_SIDE: usize = 3;

/// The answer: parts by supply model, of the KPI that was asked for and of capital, and what empty shelves cost.
#[must_use]
pub fn why(
    (scenario, experiment): (&Scenario, &Experiment),
    asked: &Why,
    (parts, outages): (&[Parts], &[Outages]),
    width: u16,
) -> Answer {
    let of_kpi = Split { scenario, kpi: asked.kpi, parts, worlds: |p| &p.kpi };
    let of_capital = Split { scenario, kpi: Kpi::InvestedCapital, parts, worlds: |p| &p.capital };
    let splits: &[Split<'_>] = if asked.kpi == Kpi::InvestedCapital { &[of_capital] } else { &[of_kpi, of_capital] };
    let costs = Costs::new(scenario, outages);
    let verdict = splits[0].verdict();
    let n = format::count(f64::from(experiment.replications));
    let method = format!(
        "± half-width of the 95 % confidence interval; {n} replications of each of the {} sets of causes at work, the same shoppers in all. A part is what \
         its cause adds, on average over all orders in which the causes can come (Shapley); parts and what is left add up. Policies keep the \
         parameters that they were given. What is left is the chance in demand itself.",
        Causes::SETS
    );
    let tables: Vec<String> = splits.iter().map(|s| s.sheet().render(width)).collect();
    let told: Vec<String> = splits.iter().skip(1).map(|s| wrapped(&s.verdict(), width)).collect();
    let text = [vec![wrapped(&verdict, width)], told, tables, vec![wrapped(&method, width)], costs.text(width)];
    let json = json!({
        "verdict": verdict,
        "kpi": asked.kpi.name(),
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
    let mut tables = vec![("why.csv".to_owned(), table(splits)), ("interactions.csv".to_owned(), interactions(splits))];
    tables.extend(costs.tables());
    let text = text.concat().join("\n\n") + "\n";
    Answer { verdict, text, json, tables, charts: marked(charts, scenario) }
}

/// A KPI of every supply model, taken apart.
#[derive(Clone, Copy)]
struct Split<'a> {
    scenario: &'a Scenario,
    kpi: Kpi,
    parts: &'a [Parts],
    worlds: fn(&Parts) -> &Worlds,
}

/// Kinds of causes between which the thesis decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Replenishment time, its variance, lots and review.
    Structure,
    Forecasts,
    Spike,
    /// What is left without any cause.
    Demand,
}

impl Kind {
    const ALL: [Kind; 4] = [Kind::Structure, Kind::Forecasts, Kind::Spike, Kind::Demand];

    fn sample(self, worlds: &Worlds) -> Sample {
        match self {
            Kind::Structure => worlds.part_of(&Cause::STRUCTURAL),
            Kind::Forecasts => worlds.part(Cause::ForecastError),
            Kind::Spike => worlds.part(Cause::Spike),
            Kind::Demand => worlds.left().clone(),
        }
    }

    /// What a KPI is whose largest part is of this kind.
    fn adjective(self) -> &'static str {
        match self {
            Kind::Structure => "structural",
            Kind::Forecasts => "a matter of forecasts",
            Kind::Spike => "a matter of the spike",
            Kind::Demand => "the chance in demand itself",
        }
    }

    fn head(self) -> &'static str {
        match self {
            Kind::Structure => "Structure",
            Kind::Forecasts => "Forecast error",
            Kind::Spike => "Spike",
            Kind::Demand => "Left",
        }
    }
}

/// What the largest part of a model's KPI is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Leads {
    /// There is nothing to take apart.
    Nothing,
    /// One kind, and the one after it.
    One(Kind, Kind),
    /// Kinds that are not told apart.
    Tie(Kind, Kind),
}

impl Split<'_> {
    fn of(&self, model: usize) -> &Worlds {
        (self.worlds)(&self.parts[model])
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
            Kpi::InvestedCapital => "capital".into(),
            other => other.label().to_lowercase(),
        }
    }

    fn leads(&self, model: usize) -> Leads {
        let worlds = self.of(model);
        let mut kinds: Vec<(Kind, Sample)> = Kind::ALL.into_iter().map(|k| (k, k.sample(worlds))).collect();
        if kinds.iter().all(|(_, s)| s.value == 0.0) {
            return Leads::Nothing;
        }
        // A part that takes something off may be the largest, too. Equal ones stay in their order.
        kinds.sort_by(|a, b| b.1.value.abs().total_cmp(&a.1.value.abs()));
        let ((first, a), (second, b)) = (&kinds[0], &kinds[1]);
        let size = |s: &Sample| s.clone().times(if s.value < 0.0 { -1.0 } else { 1.0 });
        let ahead = size(a).plus(-1.0, &size(b)).estimate();
        match told(&ahead, a.value, b.value, self.unit()) {
            Told::Apart => Leads::One(*first, *second),
            Told::Same | Told::NotShown | Told::Unknown => Leads::Tie(*first, *second),
        }
    }

    /// The finding, in one sentence of at most two supply models.
    fn verdict(&self) -> String {
        let leads: Vec<Leads> = (0..self.parts.len()).map(|m| self.leads(m)).collect();
        let Some(first) = leads.first() else { return "No supply model was asked for".into() };
        let other = (1..leads.len()).find(|m| leads[*m] != *first);
        let text = match (other, leads.len()) {
            (None, 1) => self.clause(0, first),
            (None, 2) => format!("{}; {}", self.clause(0, first), self.clause(1, first)),
            (None, n) => format!("{}; the same kind leads in all {n} supply models", self.clause(0, first)),
            (Some(other), _) => format!("{}; {}", self.clause(0, first), self.clause(other, &leads[other])),
        };
        sentence(&text)
    }

    /// What is found of one model.
    fn clause(&self, model: usize, leads: &Leads) -> String {
        let (worlds, of) = (self.of(model), name(&self.parts[model].name));
        let (noun, present) = (self.noun(), self.short(worlds.present()));
        let figure = |kind: Kind| self.figure(&kind.sample(worlds));
        let short = |kind: Kind| self.short(&kind.sample(worlds));
        let what = |kind: Kind| match kind {
            Kind::Structure => "replenishment time, its variance and lots",
            Kind::Forecasts => "forecast error",
            Kind::Spike => "the spike",
            Kind::Demand => "the chance in demand",
        };
        match leads {
            Leads::Nothing => format!("with {of} there is nothing to take apart: no {noun}"),
            Leads::One(kind, next) => format!(
                "with {of} {noun} are {}: of {present}, {} come from {}, {} from {}",
                kind.adjective(),
                figure(*kind),
                what(*kind),
                short(*next),
                what(*next)
            ),
            Leads::Tie(a, b) => format!(
                "with {of} neither {} nor {} is shown to weigh more in {noun}: {} and {} of {present}",
                what(*a),
                what(*b),
                figure(*a),
                figure(*b)
            ),
        }
        .replace("capital are", "capital is")
    }

    /// What stands in tables: a row a cause, sums, and what is left.
    fn rows(&self, model: usize) -> Vec<(String, Sample)> {
        let worlds = self.of(model);
        let mut out: Vec<(String, Sample)> = Vec::new();
        for cause in Cause::ALL {
            out.push((cause.label().to_owned(), worlds.part(cause)));
            if cause == Cause::LotsAndReview {
                out.push(("Structure, together".to_owned(), Kind::Structure.sample(worlds)));
            }
        }
        out.push(("Left: chance in demand".to_owned(), worlds.left().clone()));
        out.push((self.kpi.label().to_owned(), worlds.present().clone()));
        out
    }

    fn sheet(&self) -> Sheet {
        let each: Vec<Vec<(String, Sample)>> = (0..self.parts.len()).map(|m| self.rows(m)).collect();
        let mut sheet = Sheet::new(format!("Parts of {}", self.noun()), self.parts.iter().map(|p| p.name.as_str()));
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
            Leads::Nothing => json!([]),
            Leads::One(kind, _) => json!([kind.head().to_lowercase()]),
            Leads::Tie(a, b) => json!([a.head().to_lowercase(), b.head().to_lowercase()]),
        };
        json!({
            "model": of.name,
            "present": e(worlds.present()),
            "structure": e(&Kind::Structure.sample(worlds)),
            "left": e(worlds.left()),
            "leads": leads,
            "causes": Cause::ALL.map(cause),
        })
    }

    fn chart(&self) -> ChartSpec {
        let title = self.verdict();
        let what = match self.kpi {
            Kpi::BackorderRate => "Share of customers' orders that wait".to_owned(),
            other => other.label().to_owned(),
        };
        let many = self.parts.len() > SIDE_BY_SIDE;
        let body = if (0..self.parts.len()).all(|m| self.leads(m) == Leads::Nothing) {
            Body::Words(format!("there are no {} to take apart", self.noun()))
        } else if many {
            self.bars()
        } else {
            Body::Waterfall((0..self.parts.len()).map(|m| self.waterfall(m)).collect())
        };
        let structure = if many { "structure: replenishment time, its variance, lots and review; " } else { "" };
        ChartSpec {
            name: format!("why-{}", self.noun().replace([' ', ','], "-")),
            alt: format!("Parts of {} by cause, for each supply model. {title}.", self.noun()),
            title,
            subtitle: format!(
                "{what}: what each cause adds, on average over all orders in which causes can come (Shapley); {structure}left: the chance in demand itself; {}",
                window(self.scenario)
            ),
            footer: "whiskers: 95 % confidence intervals of the parts".into(),
            legend: Vec::new(),
            body,
            data: table(&[*self]),
        }
    }

    fn format(&self) -> Format {
        match self.unit() {
            Unit::Share => Format::Share,
            Unit::Money | Unit::MoneyOverWindow | Unit::MoneyPerOrder | Unit::MoneyDays => {
                Format::Money(self.scenario.currency.clone())
            }
            Unit::Days => Format::Days,
            Unit::Units
            | Unit::UnitDays
            | Unit::Orders
            | Unit::CustomerOrders
            | Unit::Parcels
            | Unit::Containers
            | Unit::PerYear => Format::Units,
        }
    }

    fn waterfall(&self, model: usize) -> WaterfallPanel {
        let mut sum = 0.0;
        let rows = self.rows(model);
        let last = rows.len() - 1;
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
                text: self.short(sample),
            }
        };
        WaterfallPanel {
            title: self.parts[model].name.clone(),
            colour: Colour::Model(model),
            format: self.format(),
            steps: rows.iter().enumerate().map(step).collect(),
        }
    }

    /// A row a supply model, a column a kind.
    fn bars(&self) -> Body {
        let row = |model: usize, sample: &Sample| BarRow {
            label: self.parts[model].name.clone(),
            note: String::new(),
            segments: vec![(sample.value, Colour::Model(model), String::new())],
            whisker: sample.estimate().interval().filter(|(low, high)| low < high),
            value: self.short(sample),
        };
        let column = |title: &str, of: &dyn Fn(&Worlds) -> Sample| Bars {
            title: title.to_owned(),
            rows: (0..self.parts.len()).map(|m| row(m, &of(self.of(m)))).collect(),
            format: self.format(),
            axis: String::new(),
        };
        let mut columns: Vec<Bars> = vec![column("As it is", &|w| w.present().clone())];
        columns.extend(Kind::ALL.map(|k| column(k.head(), &|w| k.sample(w))));
        Body::Bars(columns)
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
