//! Money that comes besides so many orders at the full price: of pre-orders, of which part comes with the order and the rest when it ships, and less
//! where a campaign cuts the price.

use crate::sim::plan::{Plan, PreOrderPlan, PriceCut};
use restock_base::units::Money;

/// What customers have paid besides since the beginning, and what of it is owed to them until they are served.
#[derive(Debug, Clone, Default)]
pub(super) struct Besides {
    paid: Payments,
    settled: Payments,
    /// Paid, and in the account, when the window began.
    before: (Payments, Payments),
    /// What was paid until the evening of each day.
    paid_until: Vec<Payments>,
    /// Deposits of those that have not shipped, less what those have paid less who wait.
    pub held: Money,
    /// Units among those that wait.
    pub late: i64,
    /// What the full price of those that have shipped exceeds theirs by.
    pub discounts: Money,
    pub refunded: Money,
    placed: Vec<Placed>,
    /// By day, what those pay less who order on it, and what they would without campaigns.
    cuts: Vec<PriceCut>,
    without: Vec<PriceCut>,
    /// By class of customers and by day, what those of the class pay less than all do on average.
    of_classes: Vec<Vec<PriceCut>>,
}

/// Payments of customers, and what the processor keeps of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Payments {
    pub gross: Money,
    pub fees: Money,
}

/// Units pre-ordered in a window, and the sum of the days on which they were.
#[derive(Debug, Clone, Copy, Default)]
struct Placed {
    units: i64,
    days: i128,
}

impl Payments {
    fn net(self) -> Money {
        self.gross - self.fees
    }
}

impl Besides {
    pub fn new(plan: &Plan) -> Self {
        let of_classes = plan.classes.iter().any(|class| !class.prices.is_empty());
        let cuts = plan.campaigns.iter().any(|c| c.cut != PriceCut::default()) || !plan.prices.is_empty() || of_classes;
        let taken = if plan.pre_orders.is_empty() && plan.baskets.is_none() && !cuts { 0 } else { plan.days };
        Besides {
            paid_until: vec![Payments::default(); taken],
            placed: vec![Placed::default(); plan.pre_orders.len()],
            cuts: vec![PriceCut::default(); if cuts { plan.days } else { 0 }],
            without: plan.prices.clone(),
            of_classes: plan.classes.iter().map(|class| class.prices.clone()).collect(),
            ..Besides::default()
        }
    }

    pub fn open(&mut self) {
        let (mut paid_until, mut placed) = (std::mem::take(&mut self.paid_until), std::mem::take(&mut self.placed));
        let (mut cuts, without) = (std::mem::take(&mut self.cuts), std::mem::take(&mut self.without));
        let of_classes = std::mem::take(&mut self.of_classes);
        paid_until.fill(Payments::default());
        placed.fill(Placed::default());
        cuts.fill(PriceCut::default());
        cuts.iter_mut().zip(&without).for_each(|(cut, of_day)| *cut = *of_day);
        *self = Besides { paid_until, placed, cuts, without, of_classes, ..Besides::default() };
    }

    /// Whether there is any such money.
    pub fn exist(&self) -> bool {
        !self.paid_until.is_empty()
    }

    /// Whether some day's price is cut.
    pub fn cuts_prices(&self) -> bool {
        !self.cuts.is_empty()
    }

    /// Those who order on `day` pay less. Of several cuts the largest holds.
    pub fn cut(&mut self, day: usize, cut: PriceCut) {
        if let Some(of_day) = self.cuts.get_mut(day) {
            *of_day = cut.max(*of_day);
        }
    }

    /// What those pay less who ordered on `day`.
    pub fn cut_of(&self, day: u32) -> PriceCut {
        self.cuts.get(day as usize).copied().unwrap_or_default()
    }

    /// What those of a class pay less, who ordered on `day`, than all who did pay on average.
    pub fn otherwise(&self, class: u8, day: u32) -> PriceCut {
        let of_class = self.of_classes.get(usize::from(class)).and_then(|days| days.get(day as usize));
        of_class.copied().unwrap_or_default()
    }

    /// `n` orders of a class, of `day`, are paid: what they bring less than others.
    pub fn pay_otherwise(&mut self, class: u8, day: u32, n: i64) {
        let less = self.otherwise(class, day);
        self.pay(-(less.price * n), -(less.fee * n));
    }

    /// So many more of these are owed what they have paid.
    pub fn owe_otherwise(&mut self, class: u8, day: u32, n: i64) {
        self.held -= self.otherwise(class, day).price * n;
    }

    /// `n` orders of `day` are paid at a price that is less.
    pub fn pay_less(&mut self, day: u32, n: i64) {
        let cut = self.cut_of(day);
        self.pay(-(cut.price * n), -(cut.fee * n));
    }

    /// `n` units are ordered on `day`.
    pub fn place(&mut self, window: usize, of: &PreOrderPlan, n: i64, day: usize) {
        self.pay(of.deposit * n, of.fee(true) * n);
        self.held += of.deposit * n;
        self.placed[window].units += n;
        self.placed[window].days += i128::from(n) * day as i128;
    }

    /// Of `n` units the deposit goes back. Returns it.
    pub fn refund(&mut self, of: &PreOrderPlan, n: i64) -> Money {
        let amount = of.deposit * n;
        self.held -= amount;
        self.refunded += amount;
        amount
    }

    /// `n` units ship, and the rest of their price is paid.
    pub fn ship(&mut self, of: &PreOrderPlan, n: i64, full_price: Money) {
        self.pay((of.price - of.deposit) * n, of.fee(false) * n);
        self.held -= of.deposit * n;
        self.discounts += (full_price - of.price) * n;
    }

    /// The day on which the price of a unit that ships on `day` was paid, on average over its parts, times `cost`: deposits on the mean day of the
    /// window's orders, rounded down.
    pub fn paid_moment(&self, window: usize, of: &PreOrderPlan, day: usize, cost: Money) -> i128 {
        let placed = self.placed[window];
        let ordered = placed.days.div_euclid(i128::from(placed.units.max(1)));
        let rest = of.price - of.deposit;
        if of.price == Money::ZERO {
            return cost.0 * day as i128;
        }
        cost.0 * (ordered * of.deposit.0 + day as i128 * rest.0) / of.price.0
    }

    /// Customers pay so much, of which the processor keeps its fees.
    pub fn pay(&mut self, gross: Money, fees: Money) {
        self.paid.gross += gross;
        self.paid.fees += fees;
    }

    /// Payments of `lag` days ago reach the account. Returns what comes in, less the fees.
    pub fn settle(&mut self, day: usize, lag: usize) -> Money {
        self.paid_until[day] = self.paid;
        let before = self.settled.net();
        self.settled = if day < lag { Payments::default() } else { self.paid_until[day - lag] };
        self.settled.net() - before
    }

    /// What was paid before does not count.
    pub fn begin_window(&mut self) {
        (self.discounts, self.refunded) = (Money::ZERO, Money::ZERO);
        self.before = (self.paid, self.settled);
    }

    /// Payments that have reached the account since the window began.
    pub fn settled(&self) -> Payments {
        let before = self.before.1;
        Payments { gross: self.settled.gross - before.gross, fees: self.settled.fees - before.fees }
    }

    /// The processor's fees of all payments since the window began.
    pub fn fees(&self) -> Money {
        self.paid.fees - self.before.0.fees
    }

    /// Paid, less the fees, and not in the account yet.
    pub fn receivables(&self) -> Money {
        self.paid.net() - self.settled.net()
    }

    /// The same once more, from the last days of the run.
    pub fn receivables_again(&self, lag: usize) -> Money {
        let days = self.paid_until.iter().rev();
        let (paid, arrived) = (days.clone().next(), days.clone().nth(lag));
        paid.copied().unwrap_or_default().net() - arrived.copied().unwrap_or_default().net()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::books::tests::Shop;

    /// Ten units at 45 instead of 50, 9 of it at once: the fee of 1.50 is kept of the deposit. Two are cancelled, eight ship five days later.
    #[test]
    fn a_deposit_is_owed_until_it_ships_or_goes_back() {
        let shop = Shop::new();
        let mut plan = shop.plan.clone();
        let money = Money::from_f64;
        plan.pre_orders = vec![PreOrderPlan::by_hand(0..3, 5, (money(45.0), money(9.0), money(1.5)))];
        let of = &plan.pre_orders[0];
        let mut books = Besides::new(&plan);
        let mut arrived = Vec::new();
        for day in 0..8 {
            match day {
                0 => books.place(0, of, 4, day),
                1 => books.place(0, of, 6, day),
                5 => {
                    assert_eq!((books.held, books.receivables()), (money(90.0), Money::ZERO));
                    assert_eq!(books.refund(of, 2), money(18.0));
                    books.ship(of, 8, money(50.0));
                }
                _ => {}
            }
            arrived.push(books.settle(day, 2).to_f64());
        }
        assert_eq!(arrived, [0.0, 0.0, 30.0, 45.0, 0.0, 0.0, 0.0, 288.0]);
        assert_eq!((books.held, books.discounts, books.refunded), (Money::ZERO, money(40.0), money(18.0)));
        assert_eq!((books.settled().gross, books.fees()), (money(90.0 + 288.0), money(15.0)));
        // The mean day of the orders is 0.6, rounded down to 0: a fifth of the price came on day 0, the rest on day 5.
        assert_eq!(books.paid_moment(0, of, 5, money(10.0)), money(40.0).0);
    }
}
