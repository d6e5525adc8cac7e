//! Rows and items that are sums of others: no demand of their own.

use super::entries::Entries;
use super::months::plain;
use super::repairs::Repairs;
use super::rows::Reader;
use restock_base::calendar::Day;
use restock_forecast::{Item, Panel};
use std::collections::HashMap;

/// Words for a sum, in the languages that sales files come in.
const WORDS: [&str; 46] = [
    "total",
    "totals",
    "grand total",
    "sum",
    "subtotal",
    "sub total",
    "overall",
    "all items",
    "all products",
    "summe",
    "gesamt",
    "gesamtsumme",
    "gesamtergebnis",
    "zwischensumme",
    "insgesamt",
    "total general",
    "somme",
    "sous total",
    "ensemble",
    "suma",
    "suma total",
    "totale",
    "totale complessivo",
    "somma",
    "soma",
    "total geral",
    "totaal",
    "eindtotaal",
    "subtotaal",
    "razem",
    "ogolem",
    "suma koncowa",
    "lacznie",
    "toplam",
    "genel toplam",
    "итого",
    "всего",
    "общий итог",
    "合計",
    "総計",
    "合计",
    "总计",
    "小计",
    "小計",
    "jumlah",
    "المجموع",
];

/// The words of a name, plain and without signs.
fn words(name: &str) -> Vec<String> {
    let bare: String = plain(name).chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    bare.split_whitespace().map(str::to_owned).collect()
}

/// Whether a name is a word for a sum: `Grand Total`, `TOTAL:`.
pub(super) fn is_word(name: &str) -> bool {
    WORDS.contains(&words(name).join(" ").as_str())
}

/// Whether two sums of units are the same, but for what rounding leaves: `b` says how large they are.
pub(super) fn agree(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-6 * b.abs().max(1.0)
}

/// Whether a name says that it is the sum of some of the columns before it: a year, a half of one, `YTD`, `Total 2024`.
pub(super) fn names_a_part(name: &str) -> bool {
    let words = words(name);
    let is_year = |w: &String| w.len() == 4 && w.parse::<i32>().is_ok_and(|y| (1950..2100).contains(&y));
    let part = ["ytd", "h1", "h2", "fy", "year", "jahr", "annee", "ano", "anno", "jaar", "rok"];
    is_word(name) || speaks_of_sums(name) || words.iter().any(|w| is_year(w) || part.contains(&w.as_str()))
}

/// Words for a mean, likewise.
const MEANS: [&str; 15] = [
    "average",
    "mean",
    "avg",
    "durchschnitt",
    "mittelwert",
    "mittel",
    "moyenne",
    "promedio",
    "media",
    "medio",
    "gemiddelde",
    "gemiddeld",
    "srednia",
    "ortalama",
    "平均",
];

/// Takes an item out of the panel that is called a mean and is that of the others, and says so; another that is called so stays, which is said.
pub(super) fn take_out_means(panel: &mut Panel, repairs: &mut Repairs) {
    let others = panel.items.len().saturating_sub(1) as f64;
    let called = |i: &usize| MEANS.contains(&words(&panel.items[*i].name).join(" ").as_str());
    let found: Vec<usize> = (0..panel.items.len()).filter(called).collect();
    let [i] = found.as_slice() else { return };
    if others < 2.0 {
        return;
    }
    let (i, n) = (*i, others);
    let group = Group::of(panel, (0..panel.items.len()).filter(|k| *k != i));
    let item = &panel.items[i];
    let of = |t: usize| t.checked_sub(item.start).map_or(0.0, |k| item.units[k]);
    // Means are rounded.
    let is = group.by_period.iter().enumerate().all(|(t, sum)| (of(t) - sum / n).abs() <= 0.51);
    let (name, units) = (item.name.clone(), total(item));
    if is && units > 0.0 {
        let text = format!(
            "item `{name}` is the mean of {n} others in every {} and was left out ({units} units)",
            panel.step.noun()
        );
        repairs.say(text, "nothing needs to be done").left_out().of([name]);
        panel.items.remove(i);
    } else {
        let text =
            format!("item `{name}` is called as a mean is, but is not that of the others: it was kept ({units} units)");
        repairs.say(text, "leave it out with `--where` if it is no item").of([name]);
    }
}

/// Whether a name ends or begins with a word for a sum: `Lamps Total`, `Subtotal shades`.
fn speaks_of_sums(name: &str) -> bool {
    let words = words(name);
    let is =
        |w: &String| ["total", "subtotal", "summe", "zwischensumme", "totale", "totaal", "razem"].contains(&w.as_str());
    words.first().is_some_and(is) || words.last().is_some_and(is)
}

/// Periods and members from which on a sum is believed without a name that says so.
const PERIODS: usize = 8;
const MEMBERS: usize = 3;

/// Items, and their units together by period.
#[derive(Default)]
struct Group {
    members: Vec<usize>,
    by_period: Vec<f64>,
}

impl Group {
    fn of(panel: &Panel, members: impl Iterator<Item = usize>) -> Self {
        let mut group = Group { members: Vec::new(), by_period: vec![0.0; panel.periods] };
        members.for_each(|i| group.add(panel, i, 1.0));
        group
    }

    fn add(&mut self, panel: &Panel, i: usize, sign: f64) {
        let item = &panel.items[i];
        self.by_period[item.start..].iter_mut().zip(&item.units).for_each(|(sum, u)| *sum += sign * u);
        if sign > 0.0 {
            self.members.push(i);
        } else {
            self.members.retain(|k| *k != i);
        }
    }

    fn total(&self) -> f64 {
        self.by_period.iter().sum()
    }

    /// Whether item `i` has these units in every period, and has any.
    fn is(&self, panel: &Panel, i: usize) -> bool {
        let item = &panel.items[i];
        let of = |t: usize| t.checked_sub(item.start).map_or(0.0, |k| item.units[k]);
        total(item) > 0.0
            && agree(self.total(), total(item))
            && self.by_period.iter().enumerate().all(|(t, sum)| agree(of(t), *sum))
    }

    /// Whether it can hardly be chance: in eight periods at least three members sell, not all of them the same.
    fn is_plain(&self, panel: &Panel) -> bool {
        let sold = |k: &usize, t: usize| {
            let item = &panel.items[*k];
            t.checked_sub(item.start).map_or(0.0, |i| item.units[i])
        };
        let telling = |t: &usize| {
            let sold: Vec<f64> = self.members.iter().map(|k| sold(k, *t)).filter(|u| *u != 0.0).collect();
            sold.len() >= MEMBERS && sold.iter().any(|u| *u != sold[0])
        };
        (0..panel.periods).filter(telling).count() >= PERIODS
    }
}

/// Takes out of the panel the items that are sums of others, and says so. An item goes if its units are, in every period, those of all
/// others together, or of the block of items before it in the file (a subtotal), and its name says that it is a sum; or,
/// without such a name, if at least three members sell different amounts in at least eight periods. Other sums stay, with a warning
/// that gives both totals. `order` holds the items' names in the order of the file.
pub(super) fn take_out(panel: &mut Panel, order: &[String], repairs: &mut Repairs) {
    let place: HashMap<&str, usize> = order.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
    let mut by_file: Vec<usize> = (0..panel.items.len()).collect();
    by_file.sort_by_key(|i| place.get(panel.items[*i].name.as_str()).copied().unwrap_or(usize::MAX));
    let mut out = vec![false; panel.items.len()];
    // Subtotals first, so that a grand total is not taken for the sum of everything twice.
    let mut block = Group::of(panel, std::iter::empty());
    for i in by_file.iter().copied() {
        let part = block.members.len() >= 2 && by_file.len() > block.members.len() + 1;
        if part && block.is(panel, i) && judge(panel, i, &block, repairs) {
            out[i] = true;
            block = Group::of(panel, std::iter::empty());
        } else {
            block.add(panel, i, 1.0);
        }
    }
    let mut all = Group::of(panel, (0..panel.items.len()).filter(|i| !out[*i]));
    for i in by_file.into_iter().filter(|i| !out[*i]).collect::<Vec<_>>() {
        let (name, units) = (&panel.items[i].name, total(&panel.items[i]));
        let (named, others) = (is_word(name), all.total() - units);
        let could_be = agree(others, units);
        let enough = all.members.len() > if named { 1 } else { 2 };
        if could_be && enough {
            all.add(panel, i, -1.0);
            if all.is(panel, i) && judge(panel, i, &all, repairs) {
                out[i] = true;
                continue;
            }
            all.add(panel, i, 1.0);
        } else if named && panel.items.len() > 1 {
            repairs.say(
                format!("item `{name}` is called as a sum is, but is not that of the others ({units} units, the others {others}): it was kept"),
                "leave it out with `--where` if it is no item",
            )
            .of([name.clone()]);
        }
    }
    let mut keep = out.iter().map(|out| !out);
    panel.items.retain(|_| keep.next().unwrap_or(true));
}

/// Whether a sum is left out; says so, or why not.
fn judge(panel: &Panel, i: usize, sum: &Group, repairs: &mut Repairs) -> bool {
    let item = &panel.items[i];
    let (name, units, n) = (&item.name, total(item), sum.members.len());
    let others = if n == 1 { "the other item".to_owned() } else { format!("{n} others") };
    if is_word(name) || speaks_of_sums(name) {
        repairs
            .say(
                format!(
                    "item `{name}` is the sum of {others} in every {} and was left out ({units} units)",
                    panel.step.noun()
                ),
                "nothing needs to be done; take it out of the file to be rid of this line",
            )
            .left_out()
            .of([name.clone()]);
        return true;
    }
    if sum.is_plain(panel) {
        repairs.say(
            format!(
                "item `{name}` is the sum of {others} in every {}, different ones each time, and was left out ({units} units)",
                panel.step.noun()
            ),
            "if it is an item that sells so by chance, read it apart from the others",
        )
        .left_out()
        .of([name.clone()]);
        return true;
    }
    repairs
        .say(
            format!(
                "item `{name}` is the sum of {others} in every {}; it was kept: {} units with it, {} without",
                panel.step.noun(),
                panel.items.iter().map(total).sum::<f64>(),
                panel.items.iter().map(total).sum::<f64>() - units
            ),
            "if it is no item of its own, leave it out with `--where`",
        )
        .of([name.clone()]);
    false
}

/// Words for all of something, before its name: `All stores`.
const ALL: [&str; 10] = ["all", "alle", "tous", "toutes", "todos", "todas", "tutti", "tutte", "alla", "wszystkie"];

fn speaks_of_all(name: &str) -> bool {
    let words = words(name);
    is_word(name)
        || speaks_of_sums(name)
        || words.len() <= 3 && words.first().is_some_and(|w| ALL.contains(&w.as_str()))
}

/// Different cells beyond which a column is none of shops, regions or channels.
const PLACES: usize = 1_000;

/// Leaves out rows that are the sums of others of their item and day by what another column calls them (`All stores`), and says so; rows that are called a
/// total and are not are kept, which is said.
pub(super) fn of_other_columns(reader: &mut Reader<'_>, unread: &[String], entries: &mut Entries) {
    for name in unread {
        let table = reader.table;
        let Ok(at) = table.index(name) else { continue };
        let Some(values) = table.few_values(at, PLACES) else { continue };
        let called = values.iter().filter(|v| speaks_of_all(v)).count();
        if called == 0 || called == values.len() {
            continue;
        }
        let Ok(cells) = table.column(at) else { continue };
        let of_all = cells.each(speaks_of_all);
        let mut sums: HashMap<(u32, Day), [f64; 2]> = HashMap::new();
        for place in 0..entries.places() {
            if let Some(entry) = entries.get(place) {
                let row = place / entries.units.len();
                let side = usize::from(of_all[cells.code(row)]);
                sums.entry((entry.item, entry.day)).or_default()[side] += entry.units.unwrap_or(0.0);
            }
        }
        let told = || sums.values().filter(|s| s[1] != 0.0);
        let agreeing = told().filter(|[parts, all]| agree(*parts, *all)).count();
        let rows: Vec<usize> = (0..cells.len()).filter(|row| entries.keep[*row] && of_all[cells.code(*row)]).collect();
        let word = rows.first().map_or("", |row| cells.get(*row)).to_owned();
        let units: f64 = told().map(|s| s[1]).sum();
        let numbers = rows.iter().map(|row| table.row(*row));
        if agreeing > 0 && agreeing == told().count() {
            let text = format!(
                "{} rows whose `{name}` is `{word}` are the sums of the others of their item and date, and were left out ({units} units)",
                rows.len()
            );
            reader.repairs.say(text, "nothing needs to be done").left_out().at(numbers);
            rows.iter().for_each(|row| entries.keep[*row] = false);
        } else if values.iter().any(|v| is_word(v)) {
            let text = format!(
                "{} rows whose `{name}` is `{word}` are called as sums are, but are not those of the others of their item and date: they were kept ({units} units)",
                rows.len()
            );
            reader
                .repairs
                .say(text, format!("leave them out if they are sums: `--where '{name} != {word}'`"))
                .at(numbers);
        }
    }
}

fn total(item: &Item) -> f64 {
    item.units.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use restock_forecast::Step;

    /// What is left of items with these units.
    fn left(items: &[(&str, Vec<f64>)]) -> (Vec<String>, usize) {
        let mut panel = Panel { first: Day(0), step: Step::Month, periods: items[0].1.len(), items: Vec::new() };
        let order: Vec<String> = items.iter().map(|i| i.0.to_owned()).collect();
        panel.items = items.iter().map(|(name, units)| Item::new((*name).to_owned(), 0, units.clone())).collect();
        panel.items.sort_by(|a, b| a.name.cmp(&b.name));
        let mut repairs = Repairs::default();
        take_out(&mut panel, &order, &mut repairs);
        (panel.items.into_iter().map(|i| i.name).collect(), repairs.said.len())
    }

    fn wave(n: usize, step: usize) -> Vec<f64> {
        (0..n).map(|t| ((t * step) % 7 + 1) as f64).collect()
    }

    fn sum(parts: &[&[f64]]) -> Vec<f64> {
        (0..parts[0].len()).map(|t| parts.iter().map(|p| p[t]).sum()).collect()
    }

    #[test]
    fn a_sum_that_says_so_is_left_out() {
        let (a, b) = (vec![10.0; 4], vec![20.0; 4]);
        let all = sum(&[&a, &b]);
        assert_eq!(
            left(&[("W-1", a.clone()), ("W-2", b.clone()), ("Grand Total", all.clone())]),
            (vec!["W-1".into(), "W-2".into()], 1)
        );
        // By another name two members prove nothing: a kit of two parts.
        assert_eq!(left(&[("W-1", a.clone()), ("W-2", b.clone()), ("Kit", all)]).0.len(), 3);
        // Equal twins are no sum, and neither is one that says so and is not.
        assert_eq!(left(&[("A", a.clone()), ("B", a.clone())]), (vec!["A".into(), "B".into()], 0));
        assert_eq!(
            left(&[("A", a.clone()), ("Total", vec![25.0; 4]), ("C", a)]),
            (vec!["A".into(), "C".into(), "Total".into()], 1)
        );
        assert!(["Total", "TOTAL:", "Gesamtergebnis", "Ogółem", "Sous-total"].into_iter().all(is_word));
        assert!(!["Total Repair Kit", "Sumo", "W-1"].into_iter().any(is_word));
    }

    #[test]
    fn a_sum_by_any_name_is_found_by_arithmetic() {
        let (a, b, c) = (wave(12, 2), wave(12, 3), wave(12, 5));
        let all = sum(&[&a, &b, &c]);
        let found = left(&[("a", a.clone()), ("b", b.clone()), ("c", c.clone()), ("Lamps", all.clone())]);
        assert_eq!(found, (vec!["a".into(), "b".into(), "c".into()], 1));
        // One product of three that sells all is the sum of the others, which sell nothing else.
        let none = vec![0.0; 12];
        assert_eq!(left(&[("a", a.clone()), ("b", none.clone()), ("c", none.clone()), ("d", a.clone())]).0.len(), 4);
        // Subtotals by category, and the total of all.
        let (x, y) = (wave(12, 4), wave(12, 6));
        let shades = sum(&[&x, &y]);
        let grand = sum(&[&all, &shades]);
        let found = left(&[
            ("a", a),
            ("b", b),
            ("c", c),
            ("Lamps Total", all),
            ("x", x),
            ("y", y),
            ("Shades Total", shades),
            ("Total", grand),
        ]);
        assert_eq!(found, (["a", "b", "c", "x", "y"].map(String::from).to_vec(), 3));
    }
}
