//! The books of money together: the ledger, and what is read off it every evening.

use super::capital::Capital;
use super::cash::{self, DayMoney};
use super::ledger::Ledger;
use crate::sim::flow::{Event, Now, Watch};
use crate::sim::plan::Plan;

/// Everything that is asked about money.
#[derive(Debug, Clone)]
pub struct Books {
    ledger: Ledger,
    capital: Capital,
    days: Vec<DayMoney>,
}

/// Looks into the books after each event, and has seen the event itself.
pub(in crate::sim) trait Reader {
    fn read(&mut self, now: &Now<'_>, event: &Event<'_>, books: &Books);
}

/// Books with a reader.
pub(in crate::sim) struct Read<'a, R> {
    pub books: &'a mut Books,
    pub reader: &'a mut R,
}

impl<R: Reader> Watch for Read<'_, R> {
    #[inline(always)]
    fn see(&mut self, now: &Now<'_>, event: &Event<'_>) {
        self.books.see(now, event);
        self.reader.read(now, event, self.books);
    }
}

impl Watch for Books {
    #[inline(always)]
    fn see(&mut self, now: &Now<'_>, event: &Event<'_>) {
        self.ledger.see(now, event);
        match event {
            Event::WindowBegins(_) => {
                self.capital.begin_window();
                self.days.clear();
            }
            Event::EndOfDay(sites) => {
                self.capital.close_the_day(now, sites, &self.ledger);
                if now.is_measured() {
                    self.days.push(DayMoney::of(&self.ledger, &self.capital));
                }
            }
            _ => {}
        }
    }
}

impl Books {
    pub(in crate::sim) fn new(plan: &Plan) -> Self {
        let measured = plan.days - plan.warmup;
        Books { ledger: Ledger::new(plan), capital: Capital::new(measured), days: Vec::with_capacity(measured) }
    }

    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Sums over the ends of the measured days.
    #[must_use]
    pub fn capital(&self) -> &Capital {
        &self.capital
    }

    pub(super) fn capital_mut(&mut self) -> &mut Capital {
        &mut self.capital
    }

    /// The ends of the measured days.
    #[must_use]
    pub fn days(&self) -> &[DayMoney] {
        &self.days
    }

    /// The first law of money that the books break, if any. After the window has ended.
    #[must_use]
    pub fn broken_law(&self, plan: &Plan) -> Option<&'static str> {
        let of_days = || cash::broken_law(&self.days, &self.ledger);
        self.ledger.broken_law(plan).or_else(of_days).or_else(|| self.capital.broken_law())
    }
}
