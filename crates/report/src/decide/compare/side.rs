//! One of the things compared: a finished run, or a variant that was run for the comparison.

use crate::groups::{GroupSums, rows, sample};
use crate::summary::KpiLine;
use restock_base::stats::interval::{Estimate, Sample};
use restock_decide::Cell;
use restock_kernel::model::{Better, Experiment, Kpi, Scenario};
use std::collections::{BTreeMap, BTreeSet};

/// A run as it is compared.
#[derive(Debug, Clone)]
pub struct Side {
    /// By which tables and charts call it; no two of a comparison are alike.
    pub name: String,
    /// Seed of all its random numbers.
    pub seed: u64,
    /// Replications that were run.
    pub replications: u32,
    /// Currency of its amounts.
    pub currency: String,
    /// Every single value of its scenario: key and value, in the order of the file format.
    pub values: Vec<(String, String)>,
    /// Data files that its scenario names, each with the SHA-256 of its bytes.
    pub inputs: Vec<(String, String)>,
    /// Its supply models, all products together.
    pub models: Vec<SideModel>,
}

/// A supply model of a run.
#[derive(Debug, Clone)]
pub struct SideModel {
    /// Name of the supply model.
    pub name: String,
    /// The KPIs that exist.
    pub kpis: Vec<(Kpi, Measured)>,
}

/// A KPI as it was found.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The estimate that the run prints.
    pub estimate: Estimate,
    /// By which it is paired; absent where it is not made of sums by group, or they were not kept.
    pub sample: Option<Sample>,
}

impl SideModel {
    /// A KPI of the model.
    #[must_use]
    pub fn kpi(&self, kpi: Kpi) -> Option<&Measured> {
        self.kpis.iter().find(|(k, _)| *k == kpi).map(|(_, m)| m)
    }
}

impl Side {
    /// What was run for the comparison.
    #[must_use]
    pub fn ran(name: String, scenario: &Scenario, experiment: &Experiment, cell: &Cell) -> Self {
        let of = |m: usize| {
            let found = cell.model(m);
            let kpi =
                |kpi: &Kpi| Some((*kpi, Measured { estimate: found.estimate(*kpi)?, sample: found.sample(*kpi) }));
            SideModel { name: scenario.models[m].name.clone(), kpis: Kpi::ALL.iter().filter_map(kpi).collect() }
        };
        Side {
            name,
            seed: experiment.seed,
            replications: experiment.replications,
            currency: scenario.currency.clone(),
            values: Vec::new(),
            inputs: Vec::new(),
            models: (0..cell.len()).map(of).collect(),
        }
    }

    /// The models of a finished run: the text of its `kpis.csv`, and what `groups.csv` holds. Absent if the table is none of ours.
    #[must_use]
    pub fn models_of_tables(kpis: &str, groups: &[GroupSums]) -> Option<Vec<SideModel>> {
        let mut lines = rows(kpis).into_iter();
        lines.next().filter(|head| head.iter().map(String::as_str).eq(KpiLine::COLUMNS))?;
        let mut out: Vec<SideModel> = Vec::new();
        let mut product = None;
        for row in lines {
            // All products together come first.
            if product.get_or_insert_with(|| row[0].clone()) != &row[0] {
                break;
            }
            let number = |i: usize| row.get(i).filter(|t| !t.is_empty())?.parse::<f64>().ok();
            let Some(kpi) = Kpi::ALL.iter().copied().find(|k| k.name() == row[2]) else { continue };
            let value = number(4)?;
            let printed = match (number(5), number(6)) {
                (Some(low), Some(high)) => Estimate::between(value, low, high),
                _ => Estimate::new(value, None),
            };
            let sample = sample(groups, &row[1], kpi);
            // The interval of the table does not leave the range that the KPI can have; that of the sample is the whole one.
            let estimate = sample.as_ref().map_or(printed, Sample::estimate);
            let measured = (kpi, Measured { estimate, sample });
            match out.last_mut() {
                Some(model) if model.name == row[1] => model.kpis.push(measured),
                _ => out.push(SideModel { name: row[1].clone(), kpis: vec![measured] }),
            }
        }
        Some(out)
    }

    /// The model with the highest residual income: the first of equals.
    #[must_use]
    pub fn best(&self) -> Option<&SideModel> {
        let kpi = Kpi::ResidualIncome;
        let value = |m: &SideModel| m.kpi(kpi).map(|k| k.estimate.value);
        debug_assert_eq!(kpi.better(), Better::Higher);
        let there = self.models.iter().rev().filter(|m| value(m).is_some());
        there.max_by(|a, b| value(a).unwrap_or(0.0).total_cmp(&value(b).unwrap_or(0.0)))
    }
}

/// How two runs can be compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pairing {
    /// Nothing differs: they are one run.
    Same,
    /// The same shoppers in each replication.
    Paired,
    /// The same random numbers, but other shoppers: these keys, or data files, decide who comes.
    OtherShoppers(Vec<String>),
    /// Random numbers of their own.
    Seeds,
    /// Another number of replications.
    Replications,
}

impl Pairing {
    /// For machines.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Pairing::Same => "same_run",
            Pairing::Paired => "same_shoppers",
            Pairing::OtherShoppers(_) => "same_random_numbers",
            Pairing::Seeds | Pairing::Replications => "independent",
        }
    }

    /// `b - a`, and whether replications were paired. Of one model in one run nothing differs, whatever it is made of.
    pub(super) fn difference(&self, (a, b): (&Measured, &Measured), same_model: bool) -> (Estimate, bool) {
        if *self == Pairing::Same && a.estimate.value == b.estimate.value && same_model {
            return (Estimate::between(0.0, 0.0, 0.0), true);
        }
        match (self, &a.sample, &b.sample) {
            (Pairing::Same | Pairing::Paired | Pairing::OtherShoppers(_), Some(x), Some(y))
                if x.residuals().len() == y.residuals().len() =>
            {
                (y.clone().plus(-1.0, x).estimate(), true)
            }
            // The method of variance estimates recovery, with independent errors.
            _ => (b.estimate.minus(&a.estimate, 0.0), false),
        }
    }
}

/// Parts of a scenario that decide who comes, and when: by the first part of a key, or within a product.
const WHO_COMES: [&str; 3] = ["horizon", "demand", "position"];
const OF_A_PRODUCT: [&str; 2] = ["demand", "sku"];

/// Whether a key decides which shoppers come.
fn decides_who_comes(key: &str) -> bool {
    let parts: Vec<&str> = key.split('.').collect();
    match parts.as_slice() {
        ["product", .., _] => parts.iter().any(|p| OF_A_PRODUCT.contains(p)),
        [first, ..] => WHO_COMES.contains(first),
        [] => false,
    }
}

/// How the second can be compared with the first: by seed, replications, the keys that decide who comes, and data files.
pub(super) fn pairing(a: &Side, b: &Side) -> Pairing {
    if a.seed != b.seed {
        return Pairing::Seeds;
    }
    if a.replications != b.replications {
        return Pairing::Replications;
    }
    let differing = keys(&[a.clone(), b.clone()]);
    if differing.is_empty() && a.inputs == b.inputs && !a.values.is_empty() {
        return Pairing::Same;
    }
    let mut who: Vec<String> = differing.into_iter().map(|(key, _)| key).filter(|key| decides_who_comes(key)).collect();
    let hashes = |s: &Side| s.inputs.iter().map(|i| i.1.clone()).collect::<BTreeSet<_>>();
    let (mine, theirs) = (hashes(a), hashes(b));
    let changed = a.inputs.iter().chain(&b.inputs).filter(|i| !(mine.contains(&i.1) && theirs.contains(&i.1)));
    let changed: BTreeSet<String> = changed.map(|i| format!("data file {}", i.0)).collect();
    who.extend(changed);
    if who.is_empty() { Pairing::Paired } else { Pairing::OtherShoppers(who) }
}

/// Keys whose values differ, with the value of each run. A supply model that only some runs have is one line.
pub(super) fn keys(sides: &[Side]) -> Vec<(String, Vec<Option<String>>)> {
    let maps: Vec<BTreeMap<&str, &str>> =
        sides.iter().map(|s| s.values.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect()).collect();
    let mut order: Vec<&str> = Vec::new();
    let mut seen = BTreeSet::new();
    for (key, _) in sides.iter().flat_map(|s| &s.values) {
        if seen.insert(key.as_str()) {
            order.push(key);
        }
    }
    let differs = |key: &&str| maps.iter().any(|m| m.get(*key) != maps[0].get(*key));
    let mut out: Vec<(String, Vec<Option<String>>)> = Vec::new();
    let names: Vec<BTreeSet<&str>> = maps.iter().map(|m| m.keys().filter_map(|k| entry(k)).collect()).collect();
    for key in order.into_iter().filter(differs) {
        // The name of the scenario, and what `restock sweep` is asked, decide nothing of a run.
        if key == "name" || key.starts_with("sweep.") {
            continue;
        }
        if let Some(name) = entry(key).filter(|e| names.iter().any(|n| !n.contains(e))) {
            if out.iter().all(|(k, _)| k != name) {
                let there = |n: &BTreeSet<&str>| n.contains(name).then(|| "there".to_owned());
                out.push((name.to_owned(), names.iter().map(there).collect()));
            }
            continue;
        }
        out.push((key.to_owned(), maps.iter().map(|m| m.get(key).map(|v| (*v).to_owned())).collect()));
    }
    out
}

/// The supply model that a key belongs to, as the key writes it: `supply."Ocean freight + 3PL"`.
fn entry(key: &str) -> Option<&str> {
    let rest = key.strip_prefix("supply.")?;
    let mut quoted = false;
    let end = rest.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == '.' && !quoted
    });
    end.map(|(at, _)| &key[.."supply.".len() + at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(values: &[(&str, &str)]) -> Side {
        Side {
            name: "x".into(),
            seed: 1,
            replications: 100,
            currency: "USD".into(),
            values: values.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect(),
            inputs: Vec::new(),
            models: Vec::new(),
        }
    }

    #[test]
    fn who_comes_decides_whether_shoppers_are_the_same() {
        let a =
            side(&[("demand.mean-per-day", "50"), ("product.tee.price", "60"), ("supply.\"a. b\".overflow", "true")]);
        let other = |key: &str, value: &str| {
            let mut b = a.clone();
            b.values.iter_mut().filter(|v| v.0 == key).for_each(|v| v.1 = value.into());
            pairing(&a, &b)
        };
        assert_eq!(other("product.tee.price", "70"), Pairing::Paired);
        assert_eq!(other("supply.\"a. b\".overflow", "false"), Pairing::Paired);
        assert_eq!(other("demand.mean-per-day", "51"), Pairing::OtherShoppers(vec!["demand.mean-per-day".into()]));
        assert_eq!(pairing(&a, &Side { seed: 2, ..a.clone() }), Pairing::Seeds);
        assert_eq!(pairing(&a, &Side { replications: 99, ..a.clone() }), Pairing::Replications);
        let read = Side { inputs: vec![("sales.csv".into(), "ab".into())], ..a.clone() };
        assert_eq!(pairing(&a, &read), Pairing::OtherShoppers(vec!["data file sales.csv".into()]));
        assert_eq!(pairing(&read, &read), Pairing::Same);
    }

    #[test]
    fn a_model_that_only_one_has_is_one_line() {
        let a = side(&[("supply.A.overflow", "true"), ("supply.A.x", "1")]);
        let b = side(&[
            ("supply.A.overflow", "false"),
            ("supply.A.x", "1"),
            ("supply.\"B. c\".x", "1"),
            ("supply.\"B. c\".y", "2"),
        ]);
        let found = keys(&[a, b]);
        let told = |v: &str| Some(v.to_owned());
        assert_eq!(
            found,
            [
                ("supply.A.overflow".to_owned(), vec![told("true"), told("false")]),
                ("supply.\"B. c\"".to_owned(), vec![None, told("there")])
            ]
        );
    }
}
