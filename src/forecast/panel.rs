//! Daily histories of many items on common dates.

use crate::calendar::Day;

/// Daily units of many items. Items may begin at different days; all end on the panel's last day.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// Date of day 0.
    pub first: Day,
    /// Days of the panel.
    pub days: usize,
    pub items: Vec<Item>,
}

/// One item's history.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    pub name: String,
    /// Day of the first entry of `units`; nothing was on sale before.
    pub start: usize,
    /// Units a day, through the panel's last day.
    pub units: Vec<f64>,
}

impl Panel {
    /// Weekday of a day of the panel or after it, Monday 0.
    #[must_use]
    pub fn weekday(&self, day: usize) -> usize {
        self.first.plus(day as i32).weekday()
    }

    /// The panel as it was known at the end of day `origin - 1`: items that had not begun are left without history.
    #[must_use]
    pub fn until(&self, origin: usize) -> Panel {
        let cut = |item: &Item| Item {
            name: item.name.clone(),
            start: item.start.min(origin),
            units: item.units[..origin.saturating_sub(item.start).min(item.units.len())].to_vec(),
        };
        Panel { first: self.first, days: origin, items: self.items.iter().map(cut).collect() }
    }
}

impl Item {
    /// Units on a day of the panel; absent before the item began.
    #[must_use]
    pub fn on(&self, day: usize) -> Option<f64> {
        self.units.get(day.checked_sub(self.start)?).copied()
    }

    /// Mean a day.
    #[must_use]
    pub fn mean(&self) -> f64 {
        if self.units.is_empty() { 0.0 } else { self.units.iter().sum::<f64>() / self.units.len() as f64 }
    }
}
