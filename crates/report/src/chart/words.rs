//! The one place where findings become sentences: verb, measure, names, figures.
//!
//! A title never names more than two models, tells no tie as a win, and has only figures that its chart writes.

use super::{Source, sentence};
use crate::format::Digits;
use crate::ties::{Ranking, rank};
use restock_base::stats::interval::Estimate;
use restock_kernel::model::Kpi;
use restock_kernel::study::Estimates;

/// A quantity as a title speaks of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measure {
    pub kpi: Kpi,
    /// Without an article: `backorders`, `cost of an order`.
    pub noun: &'static str,
    /// Whether `the` stands before it: where there is one of it.
    pub one: bool,
    /// What the best model has of it: `the fewest backorders`, `the lowest cost of an order`.
    pub superlative: &'static str,
    /// Whether more of it is better.
    pub higher: bool,
    /// What one model that is better does to it, and what several do.
    pub verbs: [&'static str; 2],
    /// Written with the other sign: cash that is lacking.
    pub negated: bool,
}

impl Measure {
    pub(super) const fn lower(kpi: Kpi, noun: &'static str, superlative: &'static str) -> Self {
        Measure { kpi, noun, one: false, superlative, higher: false, verbs: ["cuts", "cut"], negated: false }
    }

    pub(super) const fn higher(kpi: Kpi, noun: &'static str) -> Self {
        Measure { kpi, noun, one: false, superlative: "most", higher: true, verbs: ["raises", "raise"], negated: false }
    }

    /// With `the`.
    pub(super) const fn one(mut self) -> Self {
        self.one = true;
        self
    }

    fn with_article(&self) -> String {
        if self.one { format!("the {}", self.noun) } else { self.noun.to_owned() }
    }
}

/// The estimates of one KPI in each model, and their paired differences.
pub(super) struct Field<'a> {
    names: Vec<String>,
    pub(super) estimates: Vec<Option<Estimate>>,
    minus: Box<dyn Fn(usize, usize) -> Option<Estimate> + 'a>,
}

impl<'a> Field<'a> {
    /// At the models' own policies.
    pub(super) fn own(s: &'a Source<'_>, kpi: Kpi) -> Self {
        let models = &s.product.models;
        Field {
            names: models.iter().map(|m| name(&m.name)).collect(),
            estimates: models.iter().map(|m| m.estimate(kpi)).collect(),
            minus: Box::new(move |a, b| models[a].minus(&models[b], kpi)),
        }
    }

    /// With stock that was searched for.
    pub(super) fn found(s: &'a Source<'_>, found: &'a [Option<&'a Estimates>], kpi: Kpi) -> Self {
        Field {
            names: s.product.models.iter().map(|m| name(&m.name)).collect(),
            estimates: found.iter().map(|m| m.and_then(|m| m.estimate(kpi))).collect(),
            minus: Box::new(move |a, b| found[a]?.minus(found[b]?, kpi)),
        }
    }

    pub(super) fn rank(&self, m: &Measure) -> Option<Ranking> {
        rank(&self.estimates, &self.minus, m.higher, m.kpi.unit())
    }

    pub(super) fn difference(&self, a: usize, b: usize) -> Option<Estimate> {
        (self.minus)(a, b)
    }

    pub(super) fn name(&self, i: usize) -> &str {
        &self.names[i]
    }
}

/// A name inside a sentence: in quotes if it has punctuation of its own, and cut if it is long.
pub(crate) fn name(name: &str) -> String {
    const LONGEST: usize = 34;
    let long = name.chars().count() > LONGEST;
    let name = if long {
        let cut: String = name.chars().take(LONGEST - 1).collect();
        format!("{}…", cut.trim_end_matches([' ', ',', ':', ';', '-', '.']))
    } else {
        name.trim().to_owned()
    };
    if name.contains([',', ';', ':']) { format!("“{name}”") } else { name }
}

/// `A`, `A and B`, `A and B, among others,`: never more than two names.
pub(super) fn names(of: &[&str]) -> String {
    match of {
        [] => String::new(),
        [a] => (*a).to_owned(),
        [a, b] => format!("{a} and {b}"),
        [a, b, ..] => format!("{a} and {b}, among others,"),
    }
}

/// Two figures, or one if they are written alike.
fn both(a: &str, b: &str) -> String {
    if a == b { a.to_owned() } else { format!("{a} and {b}") }
}

/// The sentence that compares the models. The first is what the others are compared with.
pub(super) fn finding(s: &Source<'_>, field: &Field<'_>, m: &Measure) -> String {
    sentence(&clause(s, field, m))
}

/// The same behind a condition: `in the worst 5 % of cases`.
pub(super) fn finding_where(condition: &str, s: &Source<'_>, field: &Field<'_>, m: &Measure) -> String {
    sentence(&format!("{condition}, {}", clause(s, field, m)))
}

fn clause(s: &Source<'_>, field: &Field<'_>, m: &Measure) -> String {
    let figure = |i: usize| {
        field.estimates[i].map_or_else(String::new, |e| {
            let v = if m.negated { -e.value } else { e.value };
            Digits::of(&e, m.kpi.unit(), &s.scenario.currency).write(v)
        })
    };
    let there: Vec<usize> = (0..field.estimates.len()).filter(|i| field.estimates[*i].is_some()).collect();
    let n = |i: usize| field.names[i].as_str();
    let Some(first) = there.first().copied() else { return format!("no {} to compare", m.noun) };
    if there.iter().all(|i| field.estimates[*i].is_some_and(|e| e.value == 0.0)) {
        let of = if there.len() == 1 { format!("with {}", n(first)) } else { "in any supply model".into() };
        return format!("no {} {of}", m.noun);
    }
    if there.len() == 1 {
        return format!("{} with {}: {}", m.with_article(), n(first), figure(first));
    }
    let Some(ranking) = field.rank(m) else {
        let second = there[1];
        return format!(
            "{} in one replication: {} with {}, {} with {}",
            m.noun,
            figure(first),
            n(first),
            figure(second),
            n(second)
        );
    };
    let lead = &ranking.lead;
    if lead.len() == there.len() {
        return level(m, &ranking, &n, &figure);
    }
    let leaders = names(&lead.iter().map(|i| n(*i)).collect::<Vec<_>>());
    let values = lead.get(1).map_or_else(|| figure(lead[0]), |second| both(&figure(lead[0]), &figure(*second)));
    let several = lead.len() > 1;
    if lead.contains(&first) {
        let against = match ranking.rest.first() {
            Some(next) if !several => format!(", against {} with {}", figure(*next), n(*next)),
            _ => String::new(),
        };
        let verb = if several { "have" } else { "has" };
        format!("{leaders} {verb} the {} {}: {values}{against}", m.superlative, m.noun)
    } else {
        let verb = m.verbs[usize::from(several)];
        format!("{leaders} {verb} {} from {} to {values}", m.with_article(), figure(first))
    }
}

/// No model is told apart from the best.
fn level<'n>(m: &Measure, ranking: &Ranking, n: &dyn Fn(usize) -> &'n str, figure: &dyn Fn(usize) -> String) -> String {
    let lead = &ranking.lead;
    // From the lowest to the highest.
    let (low, high) =
        if m.higher == m.negated { (lead[0], lead[lead.len() - 1]) } else { (lead[lead.len() - 1], lead[0]) };
    let (low, high) = (figure(low), figure(high));
    // Alike to within a hundredth, but not as written, is not the same.
    let same = if low == high { "the same" } else { "about the same" };
    if let [a, b] = lead[..] {
        // In the order of the scenario.
        let (a, b) = (a.min(b), a.max(b));
        let of = format!("{} and {}", n(a), n(b));
        let values = both(&figure(a), &figure(b));
        return if ranking.same {
            format!("{of} have {same} {}: {values}", m.noun)
        } else {
            format!("{of} show no difference in {}: {values}", m.with_article())
        };
    }
    let values = if low == high { low } else { format!("{low} to {high}") };
    if ranking.same {
        format!("all supply models have {same} {}: {values}", m.noun)
    } else {
        format!("the supply models show no difference in {}: {values}", m.with_article())
    }
}

/// What a switch from the first model brings: the title of charts that draw differences.
pub(super) fn switch(s: &Source<'_>, field: &Field<'_>) -> String {
    let m = Measure::higher(Kpi::ResidualIncome, "residual income");
    let n = |i: usize| field.name(i);
    let by = |i: usize| {
        let d = field.difference(i, 0)?;
        Some((d.value, Digits::of(&d, m.kpi.unit(), &s.scenario.currency).write(d.value.abs())))
    };
    let there = field.estimates.iter().flatten().count();
    if there < 2 || field.estimates[0].is_none() {
        return "One supply model, and nothing to compare it with".into();
    }
    let Some(ranking) = field.rank(&m) else {
        return sentence(&format!("differences from {} in one replication", n(0)));
    };
    let lead: Vec<usize> = ranking.lead.iter().copied().filter(|i| *i != 0).collect();
    let leaders: Vec<&str> = lead.iter().map(|i| n(*i)).collect();
    if ranking.lead.contains(&0) {
        let next = ranking.rest.first().and_then(|i| Some((*i, by(*i)?.1)));
        return sentence(&match (leaders.as_slice(), next) {
            ([], Some((next, loss))) => {
                format!("no switch from {} adds residual income: the next best, {}, has {loss} less", n(0), n(next))
            }
            ([], None) => format!("no residual income to compare with {}", n(0)),
            (leaders, _) => {
                let same = if ranking.same {
                    "have about the same residual income"
                } else {
                    "show no difference in residual income"
                };
                let all: Vec<&str> = std::iter::once(n(0)).chain(leaders.iter().copied()).collect();
                format!("{} {same}", names(&all))
            }
        });
    }
    let gains: Vec<String> = lead.iter().take(2).filter_map(|i| Some(by(*i)?.1)).collect();
    // Two names are enough: with two to switch to, the subtitle says from which.
    let switching = match leaders.as_slice() {
        [a] => format!("from {} to {a}", n(0)),
        [a, b] => format!("to {a} or {b}"),
        [a, b, ..] => format!("to {a} or {b}, among others,"),
        [] => String::new(),
    };
    let gains = match gains.as_slice() {
        [a, b] if a != b => format!("{a} or {b}"),
        [a, ..] => a.clone(),
        [] => String::new(),
    };
    sentence(&format!("switching {switching} adds {gains} of residual income"))
}
