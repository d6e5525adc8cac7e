//! When two estimates are told apart: one rule for titles, tables and pages.

use restock_base::stats::interval::Estimate;
use restock_kernel::model::{Better, Kpi, Unit};

/// Differences below this share of the values are nothing to act on, however sure they are.
const NEGLIGIBLE: f64 = 0.01;

/// What a paired difference says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    /// The interval excludes 0, and the difference matters.
    Apart,
    /// Less than 1 % of the values; of a share less than 1 % of it or of what is missing to all.
    Same,
    /// The interval includes 0.
    NotShown,
    /// There is no interval.
    Unknown,
}

/// What the difference between the values `a` and `b` says.
pub(crate) fn told(difference: &Estimate, a: f64, b: f64, unit: Unit) -> Told {
    let Some((low, high)) = difference.interval() else {
        return if difference.value == 0.0 { Told::Same } else { Told::Unknown };
    };
    let size = |v: f64| if unit == Unit::Share { v.abs().min((1.0 - v).abs()) } else { v.abs() };
    if difference.value == 0.0 && low == high || difference.value.abs() < NEGLIGIBLE * size(a).max(size(b)) {
        Told::Same
    } else if low <= 0.0 && 0.0 <= high {
        Told::NotShown
    } else {
        Told::Apart
    }
}

/// Models in the order of a KPI, best first.
#[derive(Debug, Clone)]
pub(crate) struct Ranking {
    /// The best, and those that are not told apart from it.
    pub lead: Vec<usize>,
    /// The others that have the KPI.
    pub rest: Vec<usize>,
    /// All of the lead are the same as its first; otherwise for some no difference is shown.
    pub same: bool,
}

/// Ranks models by estimates, `minus(a, b)` being the paired difference. Absent where nothing can be told: one replication.
pub(crate) fn rank(
    estimates: &[Option<Estimate>],
    minus: &dyn Fn(usize, usize) -> Option<Estimate>,
    higher: bool,
    unit: Unit,
) -> Option<Ranking> {
    let value = |i: usize| estimates[i].map_or(0.0, |e| e.value);
    let mut order: Vec<usize> = (0..estimates.len()).filter(|i| estimates[*i].is_some()).collect();
    // Equal values stay in the order of the scenario.
    order.sort_by(|a, b| if higher { value(*b).total_cmp(&value(*a)) } else { value(*a).total_cmp(&value(*b)) });
    let first = *order.first()?;
    let mut ranking = Ranking { lead: vec![first], rest: Vec::new(), same: true };
    for i in order.into_iter().skip(1) {
        let told = minus(i, first).map_or(Told::Unknown, |d| told(&d, value(i), value(first), unit));
        match told {
            Told::Unknown => return None,
            Told::Apart => ranking.rest.push(i),
            Told::Same | Told::NotShown => {
                ranking.same &= told == Told::Same;
                ranking.lead.push(i);
            }
        }
    }
    Some(ranking)
}

/// What stands behind a paired difference: `better, in 78.8 % of replications`.
pub(crate) fn verdict(kpi: Kpi, difference: &Estimate, (a, b): (f64, f64), better: Option<f64>) -> String {
    let lower = match kpi.better() {
        Better::Lower => true,
        Better::Higher => false,
        Better::Neither => return String::new(),
    };
    let chance = better.map(super::format::share);
    let of = |words: &str| chance.as_ref().map_or_else(String::new, |c| format!(", {words}{c} of replications"));
    match told(difference, a, b, kpi.unit()) {
        Told::Unknown => "one replication".into(),
        Told::Same => format!("the same within 1 %{}", of("better in ")),
        Told::NotShown => format!("no difference shown{}", of("better in ")),
        Told::Apart if (difference.value < 0.0) == lower => match better {
            Some(p) if p < 0.5 => format!("better on average{}", of("though only in ")),
            _ => format!("better{}", of("in ")),
        },
        Told::Apart => format!("worse{}", of("better in ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_cents_are_no_win() {
        let d = |value, half: f64| Estimate::between(value, value - half, value + half);
        assert_eq!(told(&d(0.02, 0.001), 40.76, 40.78, Unit::MoneyPerOrder), Told::Same);
        assert_eq!(told(&d(2.0, 0.1), 40.78, 42.78, Unit::MoneyPerOrder), Told::Apart);
        assert_eq!(told(&d(2.0, 2.1), 40.78, 42.78, Unit::MoneyPerOrder), Told::NotShown);
        // Half a point of service is much where one point is missing, and nothing in the middle.
        assert_eq!(told(&d(0.005, 0.001), 0.985, 0.99, Unit::Share), Told::Apart);
        assert_eq!(told(&d(0.004, 0.001), 0.5, 0.504, Unit::Share), Told::Same);
        assert_eq!(told(&Estimate::new(1.0, None), 1.0, 2.0, Unit::Days), Told::Unknown);
        assert_eq!(told(&Estimate::new(0.0, Some(0.0)), 0.0, 0.0, Unit::Share), Told::Same);
    }

    #[test]
    fn joint_winners_lead_together() {
        let estimates = [0.22, 0.145, 0.146].map(|v| Some(Estimate::new(v, Some(0.001))));
        let minus = |a: usize, b: usize| {
            let value = estimates[a]?.value - estimates[b]?.value;
            Some(Estimate::between(value, value - 0.003, value + 0.003))
        };
        let ranking = rank(&estimates, &minus, false, Unit::Share).unwrap();
        assert_eq!((ranking.lead.as_slice(), ranking.rest.as_slice()), ([1, 2].as_slice(), [0].as_slice()));
    }
}
