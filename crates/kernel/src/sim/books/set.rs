//! The books of money together: the ledger, and the capital and cash that are read off it every evening.

use super::capital::Capital;
use super::cash::{self, DayMoney};
use super::ledger::Ledger;
use crate::sim::flow::{Evening, Event, Now, Watch};
use crate::sim::plan::Plan;
use restock_base::units::Money;

/// The books of money of one replication: the ledger, and capital and cash at the ends of the measured days.
#[derive(Debug, Clone, Default)]
pub struct Books {
    ledger: Ledger,
    capital: Capital,
    days: Vec<DayMoney>,
    /// Invested capital of the days, to be ranked.
    words: Vec<i64>,
}

/// 95th percentile and maximum; puts the days into another order.
fn p95_and_peak<T: Ord + Copy>(days: &mut [T]) -> (T, T) {
    let rank = ((0.95 * days.len() as f64).ceil() as usize).clamp(1, days.len()) - 1;
    let (_, p95, above) = days.select_nth_unstable(rank);
    (*p95, above.iter().copied().fold(*p95, T::max))
}

/// Is told each event after the books have posted it, and may look into the books then.
pub(in crate::sim) trait Reader {
    /// Whether it asks for single payments on purchase orders.
    const READS_PAYMENTS: bool = false;

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
        if let Event::Opened(_) = event {
            self.books.ledger.keep_days_of_purchases(R::READS_PAYMENTS);
        }
        self.books.see(now, event);
        self.reader.read(now, event, self.books);
    }
}

impl Watch for Books {
    #[inline(always)]
    fn see(&mut self, now: &Now<'_>, event: &Event<'_>) {
        if let Event::EndOfDay(_) = event {
        } else {
            self.ledger.see(now, event);
        }
        match event {
            Event::WindowBegins(_) => {
                self.capital.begin_window();
                self.days.clear();
            }
            Event::EndOfDay(evening) => self.close_the_day(now, evening),
            Event::WindowEnds(_) => self.capital.end_window(now.plan, &self.ledger),
            _ => {}
        }
    }
}

impl Books {
    pub(in crate::sim) fn new(plan: &Plan) -> Self {
        let measured = plan.days - plan.warmup;
        Books {
            ledger: Ledger::new(plan),
            capital: Capital::new(plan),
            days: Vec::with_capacity(measured),
            words: Vec::with_capacity(measured),
        }
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

    /// Apart from the day of the flow: both have more registers so.
    #[inline(never)]
    fn close_the_day(&mut self, now: &Now<'_>, evening: &Evening<'_>) {
        self.ledger.see(now, &Event::EndOfDay(evening));
        if now.is_measured() {
            self.capital.close_the_day(now, evening, &self.ledger);
            let day = DayMoney::of(&self.ledger, &self.capital, self.ledger.prepayments(evening.backlog));
            debug_assert_eq!(
                day.earned(&self.ledger),
                self.ledger.earned(),
                "profit of day {}, found in two ways",
                now.day
            );
            self.days.push(day);
        }
    }

    /// 95th percentile and maximum of the invested capital of the days, in the scenario's currency.
    pub(super) fn p95_and_peak(&mut self) -> (f64, f64) {
        let Books { days, words, .. } = self;
        words.clear();
        let mut all_fit = true;
        words.extend(days.iter().map(|day| {
            all_fit &= i64::try_from(day.invested.0).is_ok();
            day.invested.0 as i64
        }));
        if all_fit {
            let (p95, peak) = p95_and_peak(words);
            return (Money(p95.into()).to_f64(), Money(peak.into()).to_f64());
        }
        let mut long: Vec<Money> = days.iter().map(|day| day.invested).collect();
        let (p95, peak) = p95_and_peak(&mut long);
        (p95.to_f64(), peak.to_f64())
    }

    /// The ends of the measured days.
    #[must_use]
    pub fn days(&self) -> &[DayMoney] {
        &self.days
    }

    /// Profit before the charge on capital from the beginning of the window to the end of a day.
    #[must_use]
    pub fn earned(&self, day: &DayMoney) -> Money {
        day.earned(&self.ledger)
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
        let mut shop = Shop::new();
        shop.plan.days = 1;
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
