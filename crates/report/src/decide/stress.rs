//! `restock stress`: what each thing that goes wrong costs, how long the chain lasts without the node, and how long it takes to recover.

use super::{estimate, marked, window};
use crate::Answer;
use crate::chart::{Body, ChartSpec, Colour, Csv, ForestPanel, ForestRow, Format, cell, cells, name, sentence};
use crate::format::{self, Digits};
use crate::sheet::Sheet;
use crate::text::wrapped;
use restock_base::stats::interval::Estimate;
use restock_decide::{Borne, Stress};
use restock_kernel::model::{Experiment, Scenario, Unit};
use serde_json::{Value, json};

/// Disruptions in a chart.
const CHARTED: usize = 6;

/// The answer: a table a disruption, and how long each supply model lasts without the node.
#[must_use]
pub fn stress((scenario, experiment): (&Scenario, &Experiment), found: &[Stress], width: u16) -> Answer {
    let told = Told { scenario, found };
    let verdict = told.verdict();
    let n = format::count(f64::from(experiment.replications));
    let method = format!(
        "± half-width of the 95 % confidence interval; {n} replications of each variant, the same shoppers in all. Caused: the scenario as it is less the same without this disruption and what only it sets off, replications paired. \
         One spell: nothing else goes wrong, and this begins on the first measured day and lasts as its own law says. Cut: the node is down from that day to the last; days of full service are those before the first shopper who waits or walks \
         away, by Kaplan and Meier where nobody does before the window ends. Without a cut full service ends, too, sooner or later: see the last row. Recovered: seven days in a row without either and with the planned safety stock. Of several products the one that is served worst counts."
    );
    let mut text = vec![wrapped(&format!("{verdict}."), width)];
    text.extend(found.iter().map(|s| told.sheet(s).render(width)));
    text.push(wrapped(&method, width));
    let json = json!({
        "verdict": verdict,
        "currency": scenario.currency,
        "replications": experiment.replications,
        "disruptions": found.iter().map(|s| told.json(s)).collect::<Vec<_>>(),
    });
    Answer {
        text: text.join("\n\n"),
        json,
        tables: vec![("stress.csv".into(), told.table())],
        charts: marked(vec![told.survival()], scenario),
        verdict,
    }
}

struct Told<'a> {
    scenario: &'a Scenario,
    found: &'a [Stress],
}

impl Told<'_> {
    fn digits(&self, e: &Estimate, unit: Unit) -> String {
        Digits::of(e, unit, &self.scenario.currency).plus_minus()
    }

    /// A paired difference with its sign.
    fn change(&self, e: &Estimate, unit: Unit) -> String {
        let digits = Digits::of(e, unit, &self.scenario.currency);
        let half = digits.half_width().map_or_else(String::new, |half| format!(" ± {half}"));
        format!("{}{half}", digits.change().0)
    }

    /// Days of full service with the node cut: the whole window where nobody is left unserved in it.
    fn survives(&self, b: &Borne) -> String {
        match b.survives.as_ref().filter(|_| !b.outlasts) {
            _ if b.untouched => "not touched".into(),
            Some(e) => self.digits(e, Unit::Days),
            None => format!("{} d or more", format::count(f64::from(self.scenario.horizon.days))),
        }
    }

    /// The node of a disruption, by its name.
    fn node(&self, s: &Stress) -> String {
        let on = self.scenario.disruptions.iter().find(|d| d.name == s.name);
        name(on.map_or(s.name.as_str(), |d| d.on.name(self.scenario)))
    }

    /// How long each supply model lasts without the node of the first disruption that somebody passes.
    fn verdict(&self) -> String {
        let Some(s) =
            self.found.iter().find(|s| s.models.iter().any(|b| !b.untouched && !b.outlasts)).or(self.found.first())
        else {
            return "Nothing goes wrong in this scenario".into();
        };
        let touched = s.models.iter().filter(|b| !b.untouched);
        let each: Vec<String> = touched.map(|b| format!("{} for {}", self.survives(b), name(&b.name))).collect();
        let spared: Vec<String> = s.models.iter().filter(|b| b.untouched).map(|b| name(&b.name)).collect();
        let verb = if spared.len() == 1 { "is" } else { "are" };
        let spared =
            if spared.is_empty() { String::new() } else { format!("; {} {verb} not touched", spared.join(" and ")) };
        if each.is_empty() {
            return sentence(&format!("no supply model passes {}", self.node(s)));
        }
        sentence(&format!("with {} cut, full service lasts {}{spared}", self.node(s), each.join(", ")))
    }

    fn sheet(&self, s: &Stress) -> Sheet {
        let head = format!(
            "{}: in {} of replications, {} down",
            s.name,
            self.digits(&s.happens, Unit::Share),
            self.digits(&s.days_down, Unit::Days)
        );
        let mut sheet = Sheet::new(head, s.models.iter().map(|b| b.name.as_str()));
        let mut row = |label: &str, of: &dyn Fn(&Borne) -> String| {
            let of = |b: &Borne| if b.untouched { "not touched".to_owned() } else { of(b) };
            sheet.rows.push((label.to_owned(), s.models.iter().map(of).collect()));
        };
        let option = |e: &Option<Estimate>, unit: Unit| e.as_ref().map_or_else(|| "-".into(), |e| self.digits(e, unit));
        row("Caused: backorder rate", &|b| self.change(&b.backorder_rate, Unit::Share));
        row("Caused: unit-days of waiting", &|b| self.change(&b.waiting, Unit::UnitDays));
        row("Caused: residual income", &|b| self.change(&b.residual_income, Unit::MoneyOverWindow));
        row("One spell: chance to run short", &|b| option(&b.short, Unit::Share));
        row("One spell: days to recover after it, if so", &|b| option(&b.recovers, Unit::Days));
        row("Cut: days of full service", &|b| self.survives(b));
        row("Nothing wrong: days of full service", &|b| option(&b.calm, Unit::Days));
        sheet
    }

    fn json(&self, s: &Stress) -> Value {
        let of = |b: &Borne| {
            json!({
                "model": b.name,
                "untouched": b.untouched,
                "backorder_rate_caused": estimate(&b.backorder_rate),
                "backlog_unit_days_caused": estimate(&b.waiting),
                "residual_income_caused": estimate(&b.residual_income),
                "one_spell_chance_to_run_short": b.short.as_ref().map(estimate),
                "one_spell_days_to_recover_after_the_end": b.recovers.as_ref().map(estimate),
                "cut_days_to_survive": b.survives.as_ref().filter(|_| !b.outlasts).map(estimate),
                "days_of_full_service_if_nothing_goes_wrong": b.calm.as_ref().map(estimate),
                "outlasts_the_window": b.outlasts,
            })
        };
        json!({
            "name": s.name,
            "share_of_replications": estimate(&s.happens),
            "days_down": estimate(&s.days_down),
            "models": s.models.iter().map(of).collect::<Vec<_>>(),
        })
    }

    fn table(&self) -> Csv {
        let mut out = Csv::new(&["disruption", "model", "measure", "unit", "estimate", "ci_low", "ci_high"]);
        for s in self.found {
            let mut push = |model: &str, measure: &str, unit: Unit, e: Option<&Estimate>| {
                let Some(e) = e else { return };
                let unit = unit.name(&self.scenario.currency);
                let mut row = vec![s.name.clone(), model.to_owned(), measure.to_owned(), unit, cell(e.value)];
                row.extend(cells(e.interval()));
                out.push(row);
            };
            push("", "share_of_replications", Unit::Share, Some(&s.happens));
            push("", "days_down", Unit::Days, Some(&s.days_down));
            for b in s.models.iter().filter(|b| !b.untouched) {
                push(&b.name, "backorder_rate_caused", Unit::Share, Some(&b.backorder_rate));
                push(&b.name, "backlog_unit_days_caused", Unit::UnitDays, Some(&b.waiting));
                push(&b.name, "residual_income_caused", Unit::MoneyOverWindow, Some(&b.residual_income));
                push(&b.name, "one_spell_chance_to_run_short", Unit::Share, b.short.as_ref());
                push(&b.name, "one_spell_days_to_recover_after_the_end", Unit::Days, b.recovers.as_ref());
                push(&b.name, "cut_days_to_survive", Unit::Days, b.survives.as_ref().filter(|_| !b.outlasts));
                push(&b.name, "calm_days_of_full_service", Unit::Days, b.calm.as_ref());
            }
        }
        out
    }

    /// A panel a disruption: the days of full service of each supply model.
    fn survival(&self) -> ChartSpec {
        let days = f64::from(self.scenario.horizon.days);
        let panel = |s: &Stress| {
            let row = |(i, b): (usize, &Borne)| ForestRow {
                label: b.name.clone(),
                colour: Colour::Model(i),
                value: b.survives.as_ref().filter(|_| !b.outlasts).map_or(days, |e| e.value),
                interval: b.survives.as_ref().filter(|_| !b.outlasts).and_then(Estimate::interval),
                text: self.survives(b),
            };
            let rows = s.models.iter().enumerate().filter(|(_, b)| !b.untouched).map(row).collect();
            ForestPanel { title: format!("{} cut ({})", self.node(s), s.name), format: Format::Days, rows }
        };
        let touched = self.found.iter().filter(|s| s.models.iter().any(|b| !b.untouched));
        let panels: Vec<ForestPanel> = touched.take(CHARTED).map(panel).collect();
        let title = self.verdict();
        ChartSpec {
            name: "time-to-survive".into(),
            alt: format!("Dots with intervals, one a supply model, a panel a disruption. {title}."),
            title,
            subtitle: format!(
                "Days until the first shopper waits or walks away if a node is down from the first measured day on; {}",
                window(self.scenario)
            ),
            footer: "bars: 95 % confidence interval".into(),
            legend: Vec::new(),
            body: if panels.is_empty() { Body::Words("nothing goes wrong".into()) } else { Body::Forest(panels) },
            data: self.table(),
        }
    }
}
