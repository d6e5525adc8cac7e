//! The books of money together: the ledger, and the capital and cash that are read off it every evening.

use super::capital::Capital;
use super::cash::{self, DayMoney};
use super::ledger::Ledger;
use crate::sim::flow::{Event, Now, Watch};
use crate::sim::plan::Plan;
use restock_base::units::Money;

/// The books of money of one replication: the ledger, and capital and cash at the ends of the measured days.
#[derive(Debug, Clone, Default)]
pub struct Books {
    ledger: Ledger,
    capital: Capital,
    days: Vec<DayMoney>,
}

/// Is told each event after the books have posted it, and may look into the books then.
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
                self.capital.begin_window(&self.ledger);
                self.days.clear();
            }
            Event::EndOfDay(evening) if now.is_measured() => {
                self.capital.close_the_day(now, evening, &self.ledger);
                self.days.push(DayMoney::of(&self.ledger, &self.capital));
            }
            Event::WindowEnds(_) => self.capital.end_window(now.plan),
            _ => {}
        }
    }
}

impl Books {
    pub(in crate::sim) fn new(plan: &Plan) -> Self {
        let measured = plan.days - plan.warmup;
        Books { ledger: Ledger::new(plan), capital: Capital::new(plan), days: Vec::with_capacity(measured) }
    }

    /// The accounts and postings of the replication.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Sums over the ends of the measured days.
    #[must_use]
    pub(super) fn capital(&self) -> &Capital {
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

    /// Profit before the charge on capital from the beginning of the window to the end of a day.
    #[must_use]
    pub fn earned(&self, day: &DayMoney) -> Money {
        self.ledger.profit(&day.earnings)
    }

    /// The first law of money that the books break, if any: it may be asked when the window has ended.
    #[must_use]
    pub fn broken_law(&self, plan: &Plan) -> Option<&'static str> {
        let of_days = || cash::broken_law(&self.days, &self.ledger);
        self.ledger.broken_law(plan).or_else(of_days).or_else(|| self.capital.broken_law())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::books::tests::Shop;
    use crate::sim::books::{Daily, EventKind, Series, Trace, TraceEvent};
    use crate::sim::flow::{Evening, Site};

    /// Three of ten units at 4 are sold; five are planned as safety stock, and twenty are ordered, half of them paid.
    fn first_day(shop: &Shop, watch: &mut impl Watch) {
        shop.open(watch);
        let lot = shop.lot(0, 20);
        let evening = [Site { safety_stock: 5, ..shop.site(7, 0, 20) }];
        let day = [
            Event::ServedFromStock { location: 0, units: 3 },
            Event::Demanded { interested: 3, lost: 0 },
            Event::Reviewed { location: 0, position: 7 },
            Event::Ordered { order: 0, lot: &lot },
            Event::PaymentsDue,
            Event::Shrunk { location: 0, units: 0 },
            Event::EndOfDay(&Evening::of(&evening)),
            Event::WindowEnds(&evening),
        ];
        shop.tell(watch, 0, &day);
    }

    /// Stock of 28, of which 20 are a buffer; 40 of deposits; 27 receivable: net 95 where it was 40, and 49 of cash are gone.
    #[test]
    fn the_evening_is_read_off_the_ledger() {
        let shop = Shop::new();
        let mut books = Books::new(&shop.plan);
        first_day(&shop, &mut books);
        let millionths = |amount: f64| Money::from_f64(amount).0;
        let c = books.capital();
        assert_eq!((c.buffer, c.cycle_stock), (millionths(20.0), millionths(8.0)));
        assert_eq!((c.deposits, c.unpaid, c.receivables), (millionths(40.0), millionths(40.0), millionths(27.0)));
        assert_eq!((c.invested(), c.safety_stock), (millionths(68.0), millionths(20.0)));
        let money = Money::from_f64;
        let days: Vec<_> = books.days().iter().map(|d| (d.cash, d.interest, books.earned(d), d.book)).collect();
        assert_eq!(days, [(money(-49.0), Money::ZERO, money(6.0), money(95.0))]);
    }

    #[test]
    fn readers_see_what_the_books_hold() {
        let shop = Shop::new();
        let (mut books, mut daily) = (Books::new(&shop.plan), Daily::default());
        first_day(&shop, &mut Read { books: &mut books, reader: &mut daily });
        let of = |s: Series| daily.records[0][s as usize];
        assert_eq!((of(Series::Demand), of(Series::Shipped), of(Series::OnHand), of(Series::Receipts)), (3, 3, 7, 0));
        assert_eq!((of(Series::InvestedCapital), of(Series::NetCapital), of(Series::Cash)), (6_800, 9_500, -4_900));

        let mut trace = Trace::default();
        first_day(&shop, &mut Read { books: &mut books, reader: &mut trace });
        let line = |kind, units| TraceEvent { day: 0, location: 0, kind, units, other_day: None, money: None };
        let expected = [
            line(EventKind::ServedFromStock, 3),
            line(EventKind::Demand, 3),
            line(EventKind::Reviewed, 7),
            TraceEvent { other_day: Some(5), ..line(EventKind::OrderPlaced, 20) },
            TraceEvent { other_day: Some(0), money: Some(Money::from_f64(40.0)), ..line(EventKind::Paid, 0) },
            TraceEvent { money: Some(Money::from_f64(28.0)), ..line(EventKind::EndOfDay, 7) },
        ];
        assert_eq!(trace.events, expected);
    }

    /// Each watcher of a pair hears of everything.
    #[test]
    fn a_pair_of_watchers_is_a_watcher() {
        let shop = Shop::new();
        let (mut one, mut two) = (Books::new(&shop.plan), Books::new(&shop.plan));
        first_day(&shop, &mut (&mut one, &mut two));
        assert_eq!((one.days(), one.capital()), (two.days(), two.capital()));
        assert_eq!(one.days().len(), 1);
    }
}
