//! What kind of demand an item has, and how much of the business it is.

use super::{Item, Panel};

/// Syntetos, Boylan and Croston, "On the categorization of demand patterns", Journal of the Operational Research Society 56, 2005: by the mean
/// interval between sales (1.32 periods) and the squared coefficient of variation of their sizes (0.49).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Sales are frequent and alike in size.
    Smooth,
    /// Sales are frequent and differ in size.
    Erratic,
    /// Sales are rare and alike in size.
    Intermittent,
    /// Sales are rare and differ in size.
    Lumpy,
    /// Fewer than two sales: nothing can be said.
    New,
}

impl Class {
    /// Every class, in the order of tables.
    pub const ALL: [Class; 5] = [Class::Smooth, Class::Erratic, Class::Intermittent, Class::Lumpy, Class::New];

    /// The class as it is written in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Class::Smooth => "smooth",
            Class::Erratic => "erratic",
            Class::Intermittent => "intermittent",
            Class::Lumpy => "lumpy",
            Class::New => "new",
        }
    }

    /// From the mean interval and the squared coefficient of variation.
    #[must_use]
    pub fn of(interval: f64, cv2: f64) -> Self {
        match (interval < 1.32, cv2 < 0.49) {
            (true, true) => Class::Smooth,
            (true, false) => Class::Erratic,
            (false, true) => Class::Intermittent,
            (false, false) => Class::Lumpy,
        }
    }
}

/// Figures that classes are told by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pattern {
    /// The class that the two figures below lead to.
    pub class: Class,
    /// Mean periods from sale to sale; absent with fewer than two sales.
    pub interval: Option<f64>,
    /// Squared coefficient of variation of sizes.
    pub cv2: Option<f64>,
}

/// The pattern of an item from its first sale on. Periods off the shelf do not count as periods without a sale.
#[must_use]
pub fn pattern(item: &Item) -> Pattern {
    let unknown = Pattern { class: Class::New, interval: None, cv2: None };
    let Some(first) = item.units.iter().position(|y| *y > 0.0) else { return unknown };
    let (mut periods, mut n, mut sum, mut squares) = (0.0, 0.0, 0.0, 0.0);
    for (i, y) in item.units.iter().enumerate().skip(first) {
        periods += if *y > 0.0 { 1.0 } else { item.exposure(i) };
        if *y > 0.0 {
            n += 1.0;
            sum += y;
            squares += y * y;
        }
    }
    if n < 2.0 {
        return unknown;
    }
    let mean: f64 = sum / n;
    let cv2 = ((squares - n * mean * mean) / (n - 1.0)).max(0.0) / (mean * mean);
    let interval: f64 = periods / n;
    Pattern { class: Class::of(interval, cv2), interval: Some(interval), cv2: Some(cv2) }
}

/// [`abc`] by value sold and [`xyz`] of weekly (or single) periods.
#[must_use]
pub fn abc_xyz(panel: &Panel) -> Vec<(char, char)> {
    let value = |i: &Item| i.units.iter().sum::<f64>() * super::measures::value_of(i);
    let values: Vec<f64> = panel.items.iter().map(value).collect();
    let chunk = if panel.step == super::Step::Day { 7 } else { 1 };
    abc(&values).into_iter().zip(&panel.items).map(|(class, item)| (class, xyz_of(item, chunk))).collect()
}

/// ABC by value: the items that make up the first 80 % are A, up to 95 % B, the rest C.
#[must_use]
pub fn abc(values: &[f64]) -> Vec<char> {
    let total: f64 = values.iter().sum();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    let mut out = vec!['C'; values.len()];
    let mut before = 0.0;
    for i in order {
        // The item that crosses the line still belongs to what is above it.
        if total > 0.0 && before < 0.8 * total {
            out[i] = 'A';
        } else if total > 0.0 && before < 0.95 * total {
            out[i] = 'B';
        }
        before += values[i];
    }
    out
}

/// XYZ by how much the demand of a week varies: a coefficient of variation up to 0.5 is X, up to 1 Y, above Z.
#[must_use]
pub fn xyz(variation: f64) -> char {
    if variation <= 0.5 {
        'X'
    } else if variation <= 1.0 {
        'Y'
    } else {
        'Z'
    }
}

fn xyz_of(item: &Item, chunk: usize) -> char {
    let sums: Vec<f64> = item.units.rchunks_exact(chunk).map(|c| c.iter().sum()).collect();
    let n = sums.len() as f64;
    let mean = sums.iter().sum::<f64>() / n.max(1.0);
    if n < 2.0 || mean <= 0.0 {
        return 'Z';
    }
    xyz((sums.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt() / mean)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Step;
    use restock_base::calendar::Day;

    #[test]
    fn classes_by_hand() {
        let of = |units: &[f64]| pattern(&Item::new("x", 0, units.to_vec()));
        assert_eq!(of(&[5.0, 6.0, 5.0, 4.0]).class, Class::Smooth);
        assert_eq!(of(&[1.0, 9.0, 1.0, 1.0]).class, Class::Erratic);
        let p = of(&[0.0, 2.0, 0.0, 2.0, 0.0, 2.0]);
        // From the first sale on: five periods, three sales.
        assert_eq!((p.class, p.interval, p.cv2), (Class::Intermittent, Some(5.0 / 3.0), Some(0.0)));
        assert_eq!(of(&[9.0, 0.0, 1.0, 0.0, 1.0]).class, Class::Lumpy);
        assert_eq!(of(&[0.0, 1.0]).class, Class::New);
    }

    #[test]
    fn abc_follows_value_and_xyz_variation() {
        let mut items = vec![
            Item::new("big", 0, vec![80.0; 10]),
            Item::new("middle", 0, vec![0.0, 30.0, 0.0, 30.0, 0.0, 30.0, 0.0, 30.0, 0.0, 30.0]),
            Item::new("small", 0, vec![1.0; 10]),
        ];
        items[2].price = Some(1.0);
        let panel = Panel { first: Day(0), step: Step::Month, periods: 10, items };
        assert_eq!(abc_xyz(&panel), [('A', 'X'), ('B', 'Z'), ('C', 'X')]);
    }
}
