//! The verdict of a run: what to do, by how much, how sure that is, and what it hinges on. Computed here alone: the terminal, the page, the
//! workbook and `summary.json` say the same sentence.

use super::chart::name;
use super::format::{self, Digits};
use super::ties::rank;
use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Kpi, Scenario, Unit};
use restock_kernel::study::{Estimates, Flip, OBJECTIVE, Outcome, Terms};
use serde_json::{Value, json};

/// What a run says that is to be done.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The verdict, in one sentence with a full stop.
    pub sentence: String,
    /// The supply models that are best, by index; several are not told apart.
    pub best: Vec<usize>,
    /// The supply model that is next, if any is worse.
    pub next: Option<usize>,
    /// What the best earns more than the next: residual income over the window, in the currency.
    pub by: Option<Estimate>,
    /// Whether each model was judged with the stock that is best for itself; else at its own policies.
    pub at_own_best: bool,
}

/// The KPI of each model that decides, with all that is needed to rank them.
struct Field<'a> {
    estimates: Vec<Option<Estimate>>,
    capital: Vec<Option<Estimate>>,
    minus: Box<dyn Fn(Kpi, usize, usize) -> Option<Estimate> + 'a>,
}

impl Finding {
    /// The verdict of a run; absent of a single supply model, and of one replication, which tells nothing apart.
    #[must_use]
    pub fn of(scenario: &Scenario, outcome: &Outcome) -> Option<Finding> {
        let found: Option<Vec<_>> = outcome.equal.as_ref().map(|terms| terms.estimates(None, Terms::OwnBest));
        let searched: Vec<Option<&Estimates>> = found.iter().flatten().map(Option::as_deref).collect();
        let at_own_best = searched.len() == scenario.models.len() && searched.iter().all(Option::is_some);
        let field = if at_own_best { Field::searched(&searched) } else { Field::own(outcome) };
        if scenario.models.len() < 2 {
            return None;
        }
        let ranking = rank(&field.estimates, &|a, b| (field.minus)(OBJECTIVE, a, b), true, OBJECTIVE.unit())?;
        let (best, next) = (ranking.lead.clone(), ranking.rest.first().copied());
        let by = next.and_then(|next| (field.minus)(OBJECTIVE, best[0], next));
        let told = Told { scenario, outcome, field: &field, at_own_best };
        let sentence = match (best.as_slice(), next, by) {
            ([one], Some(next), Some(by)) => told.one_is_best(*one, next, &by),
            _ => told.several_are_best(&best, &ranking.rest),
        };
        Some(Finding { sentence, best, next, by, at_own_best })
    }

    /// For `summary.json`.
    pub(crate) fn json(&self, scenario: &Scenario) -> Value {
        let model = |m: usize| scenario.models[m].name.as_str();
        let interval = self.by.and_then(|e| e.interval()).unzip();
        json!({
            "sentence": self.sentence,
            "best": self.best.iter().map(|m| model(*m)).collect::<Vec<_>>(),
            "next": self.next.map(model),
            "kpi": OBJECTIVE.name(),
            "by": self.by.map(|e| json!({ "value": e.value, "ci_low": interval.0, "ci_high": interval.1 })),
            "terms": if self.at_own_best { "own_best" } else { "own_policies" },
        })
    }
}

impl<'a> Field<'a> {
    fn own(outcome: &'a Outcome) -> Self {
        let models = &outcome.all_products().models;
        let of = |kpi| models.iter().map(|m| m.estimate(kpi)).collect();
        let minus = Box::new(|kpi, a: usize, b: usize| models[a].minus(&models[b], kpi));
        Field { estimates: of(OBJECTIVE), capital: of(Kpi::InvestedCapital), minus }
    }

    fn searched(found: &[Option<&'a Estimates>]) -> Self {
        let of = |kpi| found.iter().map(|e| e.and_then(|e| e.estimate(kpi))).collect();
        let (estimates, capital) = (of(OBJECTIVE), of(Kpi::InvestedCapital));
        let found = found.to_vec();
        let minus = Box::new(move |kpi, a: usize, b: usize| found[a]?.minus(found[b]?, kpi));
        Field { estimates, capital, minus }
    }
}

/// What the sentences are made of.
struct Told<'a> {
    scenario: &'a Scenario,
    outcome: &'a Outcome,
    field: &'a Field<'a>,
    at_own_best: bool,
}

impl Told<'_> {
    fn name(&self, model: usize) -> String {
        name(&self.scenario.models[model].name)
    }

    fn terms(&self) -> &'static str {
        if self.at_own_best { "each with the stock that is best for it" } else { "at the policies as they are" }
    }

    fn one_is_best(&self, best: usize, next: usize, by: &Estimate) -> String {
        let digits = Digits::of(by, OBJECTIVE.unit(), &self.scenario.currency);
        let sure = self.how_sure(best, next).map_or_else(String::new, |s| format!(", in {s} of replications"));
        let hinges = self.hinges(best, next).map_or_else(String::new, |h| format!("; {h}"));
        format!(
            "Take {}: it earns {} more residual income than {}, the next, {}{sure}{hinges}.",
            self.name(best),
            digits.range(),
            self.name(next),
            self.terms()
        )
    }

    /// In how many replications it is better: known where both were run as they are, and no search lies between.
    fn how_sure(&self, best: usize, next: usize) -> Option<String> {
        if self.at_own_best {
            return None;
        }
        let models = &self.outcome.all_products().models;
        let (a, b) = (models[best].each(OBJECTIVE)?, models[next].each(OBJECTIVE)?);
        let pairs = a.iter().zip(&b).filter_map(|(a, b)| Some(((*a)?, (*b)?)));
        let (better, all) = pairs.fold((0, 0), |(better, all), (a, b)| (better + u32::from(a > b), all + 1));
        (all > 0).then(|| format::share(f64::from(better) / f64::from(all)))
    }

    /// What would turn it: the nearest break-even between the two, known where one of them is the first model. Break-evens are of the policies as
    /// they are, and bear on the verdict if they speak of the same winner.
    fn hinges(&self, best: usize, next: usize) -> Option<String> {
        let other = match (best, next) {
            (0, other) | (other, 0) => other,
            _ => return None,
        };
        let flips = self.outcome.flips_of(&self.scenario.models[other].name)?;
        let other_wins = flips.difference.value > 0.0;
        if other_wins != (other == best) {
            return Some(format!("at the policies as they are {} earns more", self.name(next)));
        }
        let Some(flip) = flips.flips.first() else { return Some("no single assumption turns it".into()) };
        Some(self.turned_by(flip))
    }

    fn turned_by(&self, flip: &Flip) -> String {
        let show = |v: f64| format::value(v, flip.lever.unit(), &self.scenario.currency);
        let (what, range) = (flip.lever.label(), format!("{} to {}", show(flip.range.0), show(flip.range.1)));
        let (level, now) = (show(flip.at.value), show(flip.now));
        if flip.within_range() {
            format!("it hinges most on the {what}: level at {level} (now {now}), within its range of {range}")
        } else {
            format!(
                "no single assumption turns it within its range; the nearest is the {what}, level at {level} (range {range})"
            )
        }
    }

    /// A tie is told as one. Of equals the one that ties up less capital is to be preferred, if that is told apart.
    fn several_are_best(&self, best: &[usize], rest: &[usize]) -> String {
        let list = |models: &[usize]| {
            let names: Vec<String> = models.iter().map(|m| self.name(*m)).collect();
            match names.as_slice() {
                [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
                _ => names.join(", "),
            }
        };
        let who = list(best);
        let worse = match rest {
            [] => String::new(),
            [one] => format!("; {} earns less", self.name(*one)),
            several => format!("; {} earn less", list(several)),
        };
        let of_best: Vec<Option<Estimate>> =
            (0..self.field.capital.len()).map(|m| self.field.capital[m].filter(|_| best.contains(&m))).collect();
        let minus = |a: usize, b: usize| (self.field.minus)(Kpi::InvestedCapital, a, b);
        let least = rank(&of_best, &minus, false, Unit::Money).filter(|r| r.lead.len() == 1 && !r.rest.is_empty());
        let prefer = least.map_or_else(String::new, |r| {
            let less = minus(r.rest[0], r.lead[0]);
            let less = less.map(|e| Digits::of(&e, Unit::Money, &self.scenario.currency).range()).unwrap_or_default();
            format!("; take {}, which ties up {less} less capital", self.name(r.lead[0]))
        });
        format!("{who} are not told apart in residual income, {}{worse}{prefer}.", self.terms())
    }
}
