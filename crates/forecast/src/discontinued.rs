//! Items that are discontinued: on no path is anything of them sold after their last day.

use super::{Fitted, Panel, Streams, counting};

/// How far ahead an item is sold: in so many whole periods, and for a share of the next.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ahead {
    periods: usize,
    share: f64,
    /// Its paths are of whole units.
    whole: bool,
}

/// A forecast that ends where items do.
struct Ending {
    fitted: Box<dyn Fitted>,
    /// By item; absent where it goes on.
    items: Vec<Option<Ahead>>,
}

/// The forecast with nothing after an item's last day; as it was where no item is discontinued. Of the period in which the last day lies, the share of
/// its days counts.
pub(super) fn until_the_last_day(fitted: Box<dyn Fitted>, panel: &Panel) -> Box<dyn Fitted> {
    if panel.items.iter().all(|i| i.discontinued.is_none()) {
        return fitted;
    }
    let ahead = |item: &super::Item| {
        let last = item.discontinued?;
        let whole = counting::are_whole(&item.units);
        let none = Ahead { periods: 0, share: 0.0, whole };
        let Ok(periods) = usize::try_from(panel.period_of(last) - panel.periods as i64) else { return Some(none) };
        Some(Ahead { periods, share: panel.share_until(panel.periods + periods, last), whole })
    };
    let items = panel.items.iter().map(ahead).collect();
    Box::new(Ending { fitted, items })
}

impl Ending {
    /// Takes away what lies after the last day. On a path of whole units the share is whole units, those above as often as makes the mean right.
    fn end(&self, item: usize, path: Option<(&Streams, u32)>, out: &mut [f64]) {
        let Some(ahead) = self.items[item] else { return };
        let Some([last, after @ ..]) = out.get_mut(ahead.periods..) else { return };
        *last *= ahead.share;
        if let Some((streams, path)) = path.filter(|_| ahead.whole) {
            *last = (*last + streams.own.at(path, -6, 0).uniform()).floor();
        }
        after.fill(0.0);
    }
}

impl Fitted for Ending {
    fn simulate(&self, item: usize, streams: &Streams, path: u32, out: &mut [f64]) {
        self.fitted.simulate(item, streams, path, out);
        self.end(item, Some((streams, path)), out);
    }

    fn simulate_several(&self, item: usize, streams: &Streams, first: u32, horizon: usize, out: &mut [f64]) {
        self.fitted.simulate_several(item, streams, first, horizon, out);
        for (path, out) in (first..).zip(out.chunks_mut(horizon.max(1))) {
            self.end(item, Some((streams, path)), out);
        }
    }

    fn ended(&self, item: usize) -> Option<f64> {
        self.fitted.ended(item)
    }

    fn point(&self, item: usize, out: &mut [f64]) -> bool {
        let has = self.fitted.point(item, out);
        self.end(item, None, out);
        has
    }
}

#[cfg(test)]
mod tests {
    use crate::{Calendar, Fan, Item, Panel, Shelf, Step, Streams, fit, methods};
    use restock_base::calendar::Day;

    /// Five units a period of each of three items: one goes on, one has ended, one ends ahead.
    fn panel(step: Step, last: [Option<Day>; 3]) -> Panel {
        let mut items: Vec<Item> = (0..3).map(|i| Item::new(format!("{i}"), 0, vec![5.0; 60])).collect();
        items.iter_mut().zip(last).for_each(|(item, last)| item.discontinued = last);
        Panel { first: Day(20_089), step, periods: 60, items }
    }

    #[test]
    fn nothing_is_sold_after_the_last_day_by_any_method() {
        for step in [Step::Day, Step::Week, Step::Month, Step::Quarter] {
            let dates = panel(step, [None; 3]);
            let ends = [None, Some(dates.date(60).plus(-1)), Some(dates.date(63).plus(-1))];
            let panel = panel(step, ends);
            for method in methods(step) {
                let fitted = fit(method.as_ref(), &panel, &Calendar::plain(8));
                let fan = |i: usize| Fan::draw(fitted.as_ref(), i, &Streams::of(1, &panel.items[i]), 50, 8);
                let (on, off, ahead) = (fan(0), fan(1), fan(2));
                let sold = |fan: &Fan, h: usize| fan.mean(h) > 0.0;
                assert!((0..8).all(|h| sold(&on, h)), "{step:?} {}", method.name());
                assert_eq!(off.total_quantile(1.0), 0.0, "{step:?} {}", method.name());
                assert!((0..8).all(|h| sold(&ahead, h) == (h < 3)), "{step:?} {}", method.name());
            }
        }
    }

    /// A month in which the tenth is the last day has ten days' share of it, in whole units.
    #[test]
    fn the_last_period_counts_in_part() {
        let mut dates = panel(Step::Month, [None; 3]);
        dates.items.iter_mut().for_each(|i| i.units = vec![310.0; 60]);
        let (from, to) = (dates.date(60), dates.date(61));
        dates.items[0].discontinued = Some(from.plus(9));
        let fitted = fit(&crate::Naive, &dates, &Calendar::default());
        let fan = Fan::draw(fitted.as_ref(), 0, &Streams::of(1, &dates.items[0]), 400, 3);
        let share = 10.0 / f64::from(to.0 - from.0);
        assert!((fan.mean(0) - 310.0 * share).abs() < 1.0 && fan.mean(1) == 0.0, "{}", fan.mean(0));
        assert!(fan.values(0).iter().all(|y| y.fract() == 0.0));
    }

    /// What was not known at an origin is not known there; what sells nothing after its end is no example of a silence, and its successor has its level.
    #[test]
    fn ends_are_known_when_they_have_come() {
        let mut panel = panel(Step::Day, [Some(Day(20_129)), None, None]);
        assert_eq!(panel.until(30).items[0].discontinued, None);
        assert_eq!(panel.until(41).items[0].discontinued, Some(Day(20_129)));
        assert_eq!(panel.until(60).items[0].discontinued, Some(Day(20_129)));
        panel.items[0].units[41..].fill(0.0);
        let dates = Panel { items: Vec::new(), ..panel };
        panel.items[0].take_off_the_shelf(&dates, Day(20_129));
        assert_eq!((panel.items[0].shelf_at(40), panel.items[0].shelf_at(41)), (Shelf::Full, Shelf::Open(0.0)));
        assert_eq!(panel.items[0].mean(), 5.0);
        let mut heir = Item::new("heir", 50, vec![5.0; 10]);
        heir.inherit(&panel.items[0]);
        assert_eq!((heir.discontinued, heir.mean(), heir.units.len()), (None, 5.0, 60));
    }
}
