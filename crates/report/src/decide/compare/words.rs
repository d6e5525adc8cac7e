//! What a comparison says, in sentences.

use super::side::Pairing;
use super::{Compared, Line};
use crate::chart::{name, sentence};
use crate::format::{self, Digits};
use crate::ties::Told;
use restock_kernel::model::Kpi;

/// Keys that a reason names.
const NAMED: usize = 3;

/// A difference with its half-width; a tilde before one that is not told.
pub(super) fn difference(l: &Line, currency: &str) -> String {
    let digits = Digits::of(&l.difference, l.kpi.unit(), currency);
    let by = digits.change().0.replace(" points", " pts");
    let by = digits.half_width().map_or(by.clone(), |half| format!("{by} ± {half}"));
    if l.told() == Told::Apart || l.difference.value == 0.0 { by } else { format!("~{by}") }
}

/// The line of the best of each in residual income.
fn headline<'a>(c: &'a Compared<'_>, side: usize) -> Option<&'a Line> {
    c.lines.iter().find(|l| l.best && l.side == side && l.kpi == Kpi::ResidualIncome)
}

/// The finding: what the other run, or the one of several that gains or loses most, has more or less of residual income.
pub(super) fn verdict(c: &Compared<'_>) -> String {
    let all = (1..c.sides.len()).filter_map(|i| headline(c, i));
    let told = |l: &&Line| l.told() == Told::Apart;
    let line = all.clone().filter(told).max_by(|a, b| a.difference.value.abs().total_cmp(&b.difference.value.abs()));
    let Some(l) = line.or_else(|| all.clone().next()) else {
        return "No supply model of one run can be compared with one of another".into();
    };
    let (first, other) = (name(&c.sides[0].name), name(&c.sides[l.side].name));
    let who = |m: &str, run: &str| format!("{} of {run}", name(m));
    let pair = format!("{} and {}", who(&l.from, &first), who(&l.model, &other));
    let noun = "residual income";
    match l.told() {
        Told::Same if l.difference.value == 0.0 => format!("{} have the same {noun}, to the cent", sentence(&pair)),
        Told::Same => format!("{} have about the same {noun}", sentence(&pair)),
        Told::NotShown => format!("{} show no difference in {noun}", sentence(&pair)),
        Told::Unknown => format!("{} differ in {noun}, but one replication tells nothing", sentence(&pair)),
        Told::Apart => {
            let digits = Digits::of(&l.difference, l.kpi.unit(), &c.sides[0].currency);
            let by = digits.write(l.difference.value.abs());
            let more = if l.difference.value > 0.0 { "more" } else { "less" };
            format!("{} has {by} {more} {noun} than {}", sentence(&who(&l.model, &other)), who(&l.from, &first))
        }
    }
}

/// How each of the other runs was compared with the first, and how that is known.
pub(super) fn pairings(c: &Compared<'_>) -> Vec<String> {
    let first = &c.sides[0];
    let one = |(side, pairing): (&super::Side, &Pairing)| {
        let with = format!("{} with {}", side.name, first.name);
        let n = |r: u32| format::count(f64::from(r));
        match pairing {
            Pairing::Same => {
                format!(
                    "{with}: the same run. Scenario, seed ({}), replications ({}) and data files agree.",
                    side.seed,
                    n(side.replications)
                )
            }
            Pairing::Paired => format!(
                "{with}: paired by replication. Seed ({}) and replications ({}) agree, no key of `horizon`, `position`, `demand` or a product's demand differs, and the data files have the same bytes: the same shoppers come.",
                side.seed,
                n(side.replications)
            ),
            Pairing::OtherShoppers(keys) => format!(
                "{with}: not the same shoppers, as {} differ{}. Seed ({}) and replications ({}) agree, so both have the same random numbers, and the differences are taken replication by replication all the same.",
                listed(keys),
                if keys.len() == 1 { "s" } else { "" },
                side.seed,
                n(side.replications)
            ),
            Pairing::Seeds => format!(
                "{with}: unpaired. The seeds are {} and {}: other shoppers; the intervals are those of independent samples. Run both with one seed to see smaller differences.",
                side.seed, first.seed
            ),
            Pairing::Replications => format!(
                "{with}: unpaired. {} and {} replications: the intervals are those of independent samples, which is too wide rather than too narrow, as the first replications have the same random numbers. Run both with one number to see smaller differences.",
                n(side.replications),
                n(first.replications)
            ),
        }
    };
    let mut said: Vec<String> = c.sides.iter().skip(1).zip(&c.pairings).map(one).collect();
    for (text, side) in said.iter_mut().zip(c.sides.iter().skip(1)) {
        if reference_differs(first, side) {
            text.push_str(" The supply models are not the same, and a file's demand is that at the fastest delivery of its own models: give both the same `customers.reference-delivery-days`, or each loses other shoppers to the delivery time.");
        }
    }
    for (i, text) in said.iter_mut().enumerate() {
        let apart = |l: &&Line| l.side == i + 1 && !l.paired;
        let reads = matches!(c.pairings[i], Pairing::Same | Pairing::Paired | Pairing::OtherShoppers(_));
        let kpis: Vec<&str> = c.lines.iter().filter(apart).map(|l| l.kpi.name()).collect();
        if reads && c.lines.iter().filter(|l| l.side == i + 1).all(|l| !l.paired) {
            text.push_str(" A run folder lacks `groups.csv`, so nothing could be paired: intervals are those of independent samples.");
        } else if reads && !kpis.is_empty() {
            text.push_str(" Tails and times of waiting are not paired; `compare.csv` says which.");
        }
    }
    said
}

/// Whether the demand of two scenarios may be that of different delivery times: neither says which, and one has a supply model that the other
/// lacks.
fn reference_differs(a: &super::Side, b: &super::Side) -> bool {
    let says = |s: &super::Side| s.values.iter().any(|(key, _)| key.ends_with("reference-delivery-days"));
    let other_models = || {
        let keys = super::side::keys(&[a.clone(), b.clone()]);
        keys.iter().any(|(key, values)| key.starts_with("supply.") && values.iter().any(Option::is_none))
    };
    !a.values.is_empty() && !b.values.is_empty() && !says(a) && !says(b) && other_models()
}

fn listed(keys: &[String]) -> String {
    let named: Vec<String> = keys.iter().take(NAMED).map(|k| format!("`{k}`")).collect();
    match keys.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
