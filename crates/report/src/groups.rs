//! `groups.csv`: what differences between runs are made of.
//!
//! An estimate is a ratio of sums, and its error is judged by groups of replications. With the sums of each group a later reader makes every
//! estimate of the run again, to the bit, and pairs it with that of another run on the same shoppers.

use super::chart::{Csv, cell};
use restock_base::names;
use restock_base::stats::interval::{Pair, Sample};
use restock_kernel::model::{Kpi, Pooling};
use restock_kernel::study::Outcome;

/// Name of the file in a run folder.
pub const GROUPS: &str = "groups.csv";

/// The sums of one KPI in one supply model, by group of replications.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupSums {
    /// Name of the supply model.
    pub model: String,
    /// Of what the sums are.
    pub kpi: Kpi,
    /// Numerators and denominators, group by group.
    pub sums: Vec<Pair>,
}

/// Whether the estimate of a KPI is made of sums by group.
fn summed(kpi: Kpi) -> bool {
    match kpi.pooling() {
        Pooling::Ratio | Pooling::Total | Pooling::PathMean => true,
        Pooling::CashCycle | Pooling::Tail | Pooling::Wait | Pooling::WaitQuantile | Pooling::Recovery => false,
    }
}

/// The table of a run: all products together, a row for each supply model, KPI and group.
#[must_use]
pub fn group_table(outcome: &Outcome) -> Csv {
    let mut out = Csv::new(&["model", "kpi", "group", "numerator", "denominator"]);
    for m in &outcome.all_products().models {
        for kpi in Kpi::ALL.iter().filter(|kpi| summed(**kpi)) {
            let sums = m.sums(*kpi);
            // What does not exist has no rows.
            if sums.iter().all(|(_, y)| *y == 0.0) {
                continue;
            }
            for (group, (x, y)) in sums.iter().enumerate() {
                out.push(vec![m.name.clone(), kpi.name().into(), group.to_string(), cell(*x), cell(*y)]);
            }
        }
    }
    out
}

/// Reads the text of `groups.csv`; absent if it is none.
#[must_use]
pub fn read_groups(text: &str) -> Option<Vec<GroupSums>> {
    let mut rows = rows(text).into_iter();
    rows.next().filter(|head| head.len() == 5 && head[0] == "model" && head[2] == "group")?;
    let mut out: Vec<GroupSums> = Vec::new();
    for row in rows {
        let [model, kpi, group, x, y] = row.as_slice() else { return None };
        // A KPI of another version is nobody's here.
        let Some(kpi) = Kpi::ALL.iter().copied().find(|k| k.name() == kpi) else { continue };
        let pair = (x.parse().ok()?, y.parse().ok()?);
        let group: usize = group.parse().ok()?;
        match out.last_mut() {
            Some(last) if last.kpi == kpi && last.model == *model && group == last.sums.len() => last.sums.push(pair),
            _ if group == 0 => out.push(GroupSums { model: model.clone(), kpi, sums: vec![pair] }),
            _ => return None,
        }
    }
    Some(out)
}

/// A KPI of a model as a sample that can be paired; absent for those that are not made of sums.
#[must_use]
pub fn sample(groups: &[GroupSums], model: &str, kpi: Kpi) -> Option<Sample> {
    let of = |kpi: Kpi| Sample::ratio(&groups.iter().find(|g| g.model == model && g.kpi == kpi)?.sums);
    match kpi.pooling() {
        Pooling::Ratio | Pooling::Total | Pooling::PathMean => of(kpi),
        // As `study` puts it together.
        Pooling::CashCycle => {
            Some(of(Kpi::DaysInventory)?.plus(1.0, &of(Kpi::DaysSales)?).plus(-1.0, &of(Kpi::DaysPayable)?))
        }
        Pooling::Tail | Pooling::Wait | Pooling::WaitQuantile | Pooling::Recovery => None,
    }
}

/// Rows of a table that [`Csv::to_text`] wrote.
pub(crate) fn rows(text: &str) -> Vec<Vec<String>> {
    let mut out = Vec::new();
    let (mut row, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                cell.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' | '\n' if !quoted => {
                row.push(names::from_csv_cell(&cell).to_owned());
                cell.clear();
                if c == '\n' {
                    out.push(std::mem::take(&mut row));
                }
            }
            c => cell.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut table = Csv::new(&["model", "kpi", "group", "numerator", "denominator"]);
        let names = ["Ocean, \"slow\"", "=1+1", "line\nbreak", "-5", "Direct"];
        for name in names {
            for group in 0..3 {
                let x = f64::from(group) / 3.0 + 0.1;
                table.push(vec![name.into(), "backorder_rate".into(), group.to_string(), cell(x), cell(1e-300)]);
            }
        }
        let read = read_groups(&table.to_text()).unwrap();
        assert_eq!(read.iter().map(|g| g.model.as_str()).collect::<Vec<_>>(), names);
        for g in read {
            assert_eq!(g.sums, [0.1, 1.0 / 3.0 + 0.1, 2.0 / 3.0 + 0.1].map(|x| (x, 1e-300)));
        }
        assert_eq!(read_groups("a,b\n"), None);
        assert_eq!(read_groups("model,kpi,group,numerator,denominator\nx,backorder_rate,1,1,1\n"), None);
    }
}
