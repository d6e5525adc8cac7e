//! Windows of dated events: the days on which a campaign, a scripted surge, a closed factory or a wrong first forecast can be felt.

use super::days::{DayRow, Recovery};
use crate::model::{Disruption, Onset, Product, Scenario, SupplyModel};
use crate::sim::demand::Path;
use restock_base::calendar::Day;

/// Kind of a dated event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WindowKind {
    /// A campaign of the product.
    Campaign,
    /// A scripted surge of the product's demand.
    Surge,
    /// A full stop of a calendar that some stage follows.
    Closure,
    /// A supply model that goes on by other terms.
    Change,
    /// A node that is down: the disruption of this number in the scenario.
    Disruption(usize),
    /// A first forecast that is wrong: planners begin with a biased level. It can be felt until the end of the run.
    Forecast,
}

impl WindowKind {
    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            WindowKind::Campaign => "campaign",
            WindowKind::Surge => "surge",
            WindowKind::Closure => "closure",
            WindowKind::Change => "change",
            WindowKind::Disruption(_) => "disruption",
            WindowKind::Forecast => "forecast",
        }
    }
}

/// A dated event, and the days on which it can be felt: from its first day until an order placed on its last day has
/// come in by the slowest base route of all supply models. So every supply model has the same window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventWindow {
    /// Name for people: the campaign's, `surge`, the closed calendar's, or by how much the first forecast is wrong.
    pub name: String,
    /// Kind of the event.
    pub kind: WindowKind,
    /// First day of the event.
    pub first: Day,
    /// Last day of the event. A surge ends when a tenth of its excess is left. A wrong first forecast is dated on the first measured day alone.
    pub last: Day,
    /// Days on which the event can be felt, counted from the first measured day, which is 0.
    pub days: std::ops::Range<usize>,
}

impl EventWindow {
    /// Number of the disruption that it is, if it is one.
    #[must_use]
    pub fn disruption(&self) -> Option<usize> {
        if let WindowKind::Disruption(number) = self.kind { Some(number) } else { None }
    }

    /// The events of a product, some day of which lies in the measured window, by date.
    #[must_use]
    pub fn of(scenario: &Scenario, product: &Product) -> Vec<EventWindow> {
        let (start, length) = (scenario.horizon.start, scenario.horizon.days as i32);
        let reach =
            scenario.models.iter().map(|m| lead_time(&m.for_product(product))).fold(0.0, f64::max).ceil() as i32;
        let window = |name: String, kind, first: Day, last: Day| {
            let day = |d: i32| d.clamp(0, length) as usize;
            let days = day(first.0 - start.0)..day(last.0 - start.0 + reach + 1);
            (last.0 >= start.0 && first.0 < start.0 + length).then_some(EventWindow { name, kind, first, last, days })
        };
        let campaigns = product
            .demand
            .campaigns
            .iter()
            .filter_map(|c| window(c.name.clone(), WindowKind::Campaign, c.start, c.start.plus(c.days as i32 - 1)));
        let surges = product.demand.surge.iter().flat_map(|s| {
            let days = s.decay.window_days().ceil().max(1.0) as i32;
            s.scripted.iter().filter_map(move |day| window("surge".into(), WindowKind::Surge, *day, day.plus(days - 1)))
        });
        let mut closures: Vec<EventWindow> =
            used_calendars(scenario)
                .into_iter()
                .flat_map(|id| {
                    let calendar = &scenario.calendars[id];
                    calendar.closures.iter().filter(|c| c.pace == (0.0, 0.0)).filter_map(move |c| {
                        window(format!("{} closed", calendar.name), WindowKind::Closure, c.from, c.to)
                    })
                })
                .collect();
        // Calendars that close on the same days are one event.
        closures.sort_by_key(|w| (w.first, w.last));
        closures.dedup_by_key(|w| (w.first, w.last));
        let wrong = wrong_from_the_start(scenario).map(|name| EventWindow {
            name,
            kind: WindowKind::Forecast,
            first: start,
            last: start,
            days: 0..length as usize,
        });
        let mut dates: Vec<(Day, &str)> = scenario
            .models
            .iter()
            .flat_map(|m| m.changes.iter().filter_map(|c| Some((c.dated()?, m.name.as_str()))))
            .collect();
        dates.sort_by_key(|(on, _)| *on);
        // Models that change on one day are one event.
        let changes = dates.chunk_by(|a, b| a.0 == b.0).filter_map(|same| {
            let name = if let [(_, one)] = same { format!("{one} changes") } else { "supply changes".into() };
            window(name, WindowKind::Change, same[0].0, same[0].0)
        });
        let disruptions = scenario.disruptions.iter().enumerate().filter_map(|(number, d)| {
            let (from, last) = dated(d)?;
            window(d.name.clone(), WindowKind::Disruption(number), from, last)
        });
        let all = wrong.into_iter().chain(disruptions).chain(campaigns).chain(surges).chain(closures).chain(changes);
        let mut out: Vec<EventWindow> = all.collect();
        out.sort_by_key(|w| (w.first, w.last));
        out
    }
}

/// First and last day of a dated disruption, of which only the mean length may be known.
fn dated(d: &Disruption) -> Option<(Day, Day)> {
    let Onset::Dated { from, until } = d.onset else { return None };
    let days = d.days.mean().round().max(1.0) as i32;
    Some((from, until.unwrap_or(from.plus(days - 1))))
}

/// Name of the error in the planners' first level; absent if there is none.
fn wrong_from_the_start(scenario: &Scenario) -> Option<String> {
    let biases: Vec<f64> = scenario.models.iter().map(|m| m.planner.bias).collect();
    let first = *biases.first()?;
    let word = if first < 0.0 { "low" } else { "high" };
    match biases.iter().all(|b| *b == first) {
        true if first == 0.0 => None,
        true => Some(format!("first forecast {:.0} % too {word}", 100.0 * first.abs())),
        false => Some("first forecast wrong".into()),
    }
}

/// Calendars that some stage follows, in the scenario's order.
fn used_calendars(scenario: &Scenario) -> std::collections::BTreeSet<usize> {
    let routes = scenario.models.iter().flat_map(|m| &m.locations).flat_map(|l| &l.routes);
    routes.flat_map(|r| &r.stages).filter_map(|s| s.calendar).map(|id| id.0).collect()
}

/// Mean days of the slowest base route.
fn lead_time(model: &SupplyModel) -> f64 {
    let of = |l: &crate::model::Location| l.base_route().stages.iter().map(crate::model::Stage::mean).sum();
    model.locations.iter().map(of).fold(0.0, f64::max)
}

/// One replication of a window. The counts are units demanded in it, whenever their orders come to an end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct WindowRow {
    pub demanded: i64,
    pub from_stock: i64,
    pub served_later: i64,
    pub cancelled: i64,
    pub walked_away: i64,
    /// The most units that wait at the end of a day.
    pub peak_backlog: i64,
    /// From the first shortage in the window, if there is one.
    pub recovery: Option<Recovery>,
    /// Of a disruption: full days from its first one to the first on which somebody is left unserved.
    pub survived: Option<Recovery>,
    /// The recovery from its last day on, if somebody is left unserved in the window.
    pub after: Option<Recovery>,
}

impl WindowRow {
    /// Reads the window off the measured days of a replication, the first of which has the number `warmup` among those of its shoppers.
    #[must_use]
    pub fn of(window: &EventWindow, days: &[DayRow], (path, warmup): (&Path, usize)) -> WindowRow {
        let disruption = window.disruption();
        let first = window.days.start;
        let up = |number: usize| {
            let is_down = |t: &usize| path.disruptions.get(number).is_some_and(|s| s.is_down(warmup + t));
            (first..days.len()).find(|t| !is_down(t)).unwrap_or(days.len())
        };
        let recovery = Recovery::of(days, window.days.start, window.days.end);
        let mut row = WindowRow {
            recovery,
            survived: disruption.map(|_| Recovery::until_short(days, first)),
            after: recovery.and(disruption).and_then(|number| Recovery::since(days, up(number))),
            ..WindowRow::default()
        };
        for d in &days[window.days.clone()] {
            row.demanded += d.demanded;
            row.from_stock += d.from_stock;
            row.served_later += d.served_later;
            row.cancelled += d.cancelled;
            row.walked_away += d.walked_away;
            row.peak_backlog = row.peak_backlog.max(d.backlog);
        }
        row
    }

    /// Units demanded in the window that still wait when the measured days end.
    #[must_use]
    pub fn still_waiting(&self) -> i64 {
        self.demanded - self.from_stock - self.served_later - self.cancelled - self.walked_away
    }
}
