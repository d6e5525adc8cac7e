//! The money of a replication, read from its diary: every posting on a list, and what is owned and owed found anew whenever it is asked
//! for (`docs/model.md`, "Capital", "Cash" and "Profit").

use super::account::{Balance, DayEnd, EXPENSES, Income, OF_PART, Posting};
use super::case::{Case, Fault};
use super::classes::{Class, classes};
use super::costs;
use super::diary::{Bundle, Cohort, Evening, Happened, Order, Story};
use super::purchase::{Due, Payable, Purchase};
use super::stock::Stock;
use super::world::World;
use crate::model::{CustomerPays, LossTerms};
use crate::sim::landed::{Landed, Part};
use restock_base::units::Money;
use std::collections::BTreeMap;

/// The books.
pub struct Books<'a> {
    pub case: Case<'a>,
    world: &'a World,
    story: &'a Story,
    classes: Vec<Class>,
    pub postings: Vec<Posting>,
    pub income: Income,
    stocks: Vec<Stock>,
    purchases: Vec<Purchase>,
    dues: Vec<Due>,
    /// Orders whose payment reaches the account on a day.
    settling: Vec<(usize, i64)>,
    /// Payments for pre-orders that reach the account on a day: price and fees.
    settling_ahead: Vec<(usize, Money, Money)>,
    /// Units pre-ordered by window, and the days of their orders added up.
    placed: Vec<(i64, i128)>,
    /// Cost and price of what left a location on a day: day, location, amounts.
    shipped: Vec<(usize, usize, Money, Money)>,
    /// Share by which the price is less for those who order on a day.
    cuts: BTreeMap<usize, f64>,
    /// What those who wait have paid less than the full price.
    less_paid: Money,
    /// By location, what came on its shelf: day and units.
    receipts: Vec<Vec<(usize, i64)>>,
    /// What comes back, as long as it is under way: location, day, refund, landed cost, recovery.
    under_way: Vec<(usize, usize, [Money; 3])>,
    /// Of it the units that will be stock again: location, day on which they come, units.
    to_restock: Vec<(usize, usize, i64)>,
    /// What was paid on purchase orders: day, order, amount.
    pub paid: Vec<(usize, Option<usize>, Money)>,
    /// Owed from before the run: amount, and the day on which it is paid.
    owed: Vec<(usize, Money)>,
    /// Value on hand by location at the end of every day.
    pub value: Vec<Vec<Money>>,
    pub opening: Balance,
    pub closing: Balance,
    pub days: Vec<DayEnd>,
}

impl<'a> Books<'a> {
    pub fn of(case: Case<'a>, world: &'a World, story: &'a Story) -> Self {
        let opened = |(i, e): (usize, &Evening)| {
            Stock::opened(e.on_hand, costs::opening(&case, i).map(|part| part * e.on_hand), case.begin())
        };
        let mut books = Books {
            case,
            world,
            story,
            classes: classes(&case),
            postings: Vec::new(),
            income: Income::default(),
            stocks: story.opening.iter().enumerate().map(opened).collect(),
            purchases: Vec::new(),
            dues: Vec::new(),
            settling: Vec::new(),
            settling_ahead: Vec::new(),
            shipped: Vec::new(),
            cuts: BTreeMap::new(),
            receipts: story.opening.iter().map(|site| vec![(case.begin(), site.on_hand)]).collect(),
            less_paid: Money::ZERO,
            under_way: Vec::new(),
            to_restock: Vec::new(),
            placed: vec![(0, 0); case.windows().len()],
            paid: Vec::new(),
            owed: case
                .product
                .payables
                .iter()
                .map(|(due, amount)| ((due.0 - case.first().0).max(0) as usize, Money::from_f64(*amount)))
                .collect(),
            value: Vec::new(),
            opening: Balance::default(),
            closing: Balance::default(),
            days: Vec::new(),
        };
        let mut begun = false;
        for entry in &story.entries {
            if !begun && case.is_measured(entry.day) {
                begun = true;
                books.begin_window();
            }
            books.read(entry.day, &entry.what);
        }
        books.sell_parts();
        books.closing = books.at_the_end_of_the_window(1, case.days());
        books.add_up();
        books
    }

    /// What was sold before does not count.
    fn begin_window(&mut self) {
        self.sell_parts();
        self.income = Income::default();
        self.opening = self.at_the_end_of_the_window(0, self.case.warmup());
    }

    fn sell_parts(&mut self) {
        for stock in &mut self.stocks {
            let gone = stock.average();
            self.income.sell(gone);
        }
    }

    fn read(&mut self, day: usize, what: &Happened) {
        let f = &self.case.scenario.finance;
        let support = Money::from_f64(f.tickets_per_backorder * f.cost_per_ticket / costs::bears(&self.case));
        match what {
            Happened::Received { order } => self.receive(*order),
            Happened::ComesBack { place, due, to_stock, liquidated, of } => {
                self.foresee(day, *place, *due, (*to_stock, *liquidated, *of));
            }
            Happened::Returned { place, to_stock, liquidated } => self.take_back(day, *place, to_stock + liquidated),
            Happened::Restocked { place, units } => self.restock(day, *place, *units),
            Happened::PreOrdered { window, units, .. } => {
                let w = costs::pre_order(&self.case, *window);
                let fee = if w.deposit == Money::ZERO { Money::ZERO } else { w.fee };
                self.customers_pay_ahead(day, w.deposit * *units, fee * *units);
                self.placed[*window].0 += units;
                self.placed[*window].1 += i128::from(*units) * day as i128;
            }
            Happened::PreOrderCancelled { window, units, .. } => self.give_back_deposits(day, *window, *units),
            Happened::PreOrderShipped { window, place, units } => self.ship_ahead(day, *window, *place, *units),
            Happened::PreOrderLate { cohort, .. } => self.post(day, "support", -(support * cohort.units)),
            Happened::ShippedFromBacklog { place, units, cohort } => match cohort.window {
                Some(window) => self.ship_ahead(day, window, *place, *units),
                None => {
                    self.ship(day, (*place, Some(cohort.class)), *units, cohort.born);
                    self.send_to_a_class(day, *place, *units, cohort.class);
                }
            },
            Happened::Served { place, units } => {
                self.ordered(day, None, *units);
                self.ship(day, (*place, None), *units, day);
            }
            Happened::Demanded { interested, .. } => {
                let each = Money::from_f64(f.advertising_per_order / costs::bears(&self.case));
                self.post(day, "advertising", -(each * *interested));
            }
            Happened::CampaignRuns { number } => {
                let c = &self.case.product.demand.campaigns[*number];
                let cut = self.cuts.entry(day).or_insert(0.0);
                *cut = cut.max(c.discount);
                self.post(day, "advertising", -Money::from_f64(c.cost_per_day));
            }
            Happened::Backordered { cohort, .. } => {
                self.ordered(day, Some(cohort.class), cohort.units);
                self.waits_for_less(day, Some(cohort.class), cohort.units);
                self.post(day, "support", -(support * cohort.units));
            }
            Happened::Cancelled { units, cohort, by_rule, .. } => self.refund(day, *units, cohort, *by_rule),
            Happened::TakenOff { order, units, of } => self.take_off(day, *order, *units, *of),
            Happened::Lost { order, units, of, terms } => self.lose(day, *order, (*units, *of), *terms),
            Happened::Reshipped { place, units } => {
                self.destroy(day, *place, *units, LossTerms { by_supplier: false, insured: 0.0, known_after_days: 0 });
                if self.case.is_measured(day) {
                    self.send(day, *place, *units);
                }
            }
            Happened::LossRefunded { units, .. } => {
                self.post(day, "refunds", -(self.price() * *units));
                self.income.revenue -= self.price() * *units;
            }
            Happened::Destroyed { place, units, terms } => self.destroy(day, *place, *units, *terms),
            Happened::Ordered { order } => self.order(*order),
            Happened::Sent { order, source, .. } => self.send_on(day, *order, *source),
            Happened::PaidSoFar { order, amount } => self.paid_so_far(*order, *amount),
            Happened::Loaded { order, units, ends, containers } => self.load(day, *order, ends, (*units, *containers)),
            Happened::PaymentsDue => self.pay(day),
            Happened::Shrunk { place, units } => self.shrink(*place, *units),
            Happened::EndOfDay(evening) => self.end(day, evening),
            Happened::Bundled { of, bundles, units } => self.bundle(day, of, *bundles, *units),
            Happened::FoundNoStock { .. }
            | Happened::OrdersOfToday { .. }
            | Happened::NotAdvertisedFor { .. }
            | Happened::WalkedAway { .. }
            | Happened::Breached { .. }
            | Happened::Notice { .. }
            | Happened::Moved { .. }
            | Happened::OrderedHere { .. }
            | Happened::Requested { .. }
            | Happened::Withdrawn { .. }
            | Happened::FoundMissing { .. }
            | Happened::ParcelsLost { .. }
            | Happened::Reviewed { .. } => {}
        }
    }

    fn post(&mut self, day: usize, line: &'static str, amount: Money) {
        self.postings.push(Posting { day, line, amount });
    }

    fn pays_at_order(&self) -> bool {
        self.case.scenario.finance.customer_pays == CustomerPays::AtOrder
    }

    fn price(&self) -> Money {
        costs::full_price(&self.case)
    }

    /// What those pay who ordered on a day, and the processor's fee of it.
    fn price_of(&self, born: usize) -> (Money, Money) {
        costs::price_and_fee(&self.case, born, *self.cuts.get(&born).unwrap_or(&0.0))
    }

    /// The same of those of a class: as much more or less as its markets pay on average, whatever the price is cut by.
    fn price_of_class(&self, class: Option<usize>, born: usize) -> (Money, Money) {
        let (price, fee) = self.price_of(born);
        let Some(class) = class.filter(|_| self.classes.len() > 1 && !self.case.breaks(Fault::OnePriceForAll)) else {
            return (price, fee);
        };
        let (all, all_fee) = costs::price_and_fee(&self.case, born, 0.0);
        let (own, own_fee) = costs::price_and_fee_in(&self.case, &self.classes[class].markets, born);
        (price - all + own, fee - all_fee + own_fee)
    }

    /// Who pays with the order is owed what was paid: of this the balance knows only the full price.
    fn waits_for_less(&mut self, born: usize, class: Option<usize>, units: i64) {
        if self.pays_at_order() {
            self.less_paid += (self.price() - self.price_of_class(class, born).0) * units;
        }
    }

    fn ordered(&mut self, day: usize, class: Option<usize>, units: i64) {
        if self.pays_at_order() {
            self.customers_pay(day, units, (day, class));
        }
    }

    /// The money arrives some days later, less the processor's fee.
    fn customers_pay(&mut self, day: usize, units: i64, (born, class): (usize, Option<usize>)) {
        let (price, fee) = self.price_of_class(class, born);
        if (price, fee) != (self.price(), costs::payment_fee(&self.case)) {
            return self.customers_pay_ahead(day, price * units, fee * units);
        }
        self.income.payment_fees += costs::payment_fee(&self.case) * units;
        let lag = self.case.scenario.finance.settlement_days as usize;
        let early = usize::from(self.case.breaks(Fault::SettledADayEarly));
        match lag.saturating_sub(early) {
            0 => self.settle(day, units),
            lag => self.settling.push((day + lag, units)),
        }
    }

    /// The same for pre-orders, and where the price is less.
    fn customers_pay_ahead(&mut self, day: usize, gross: Money, fees: Money) {
        self.income.payment_fees += fees;
        let lag = self.case.scenario.finance.settlement_days as usize;
        self.settling_ahead.push((day + lag, gross, fees));
        if lag == 0 {
            self.settle_ahead(day);
        }
    }

    fn settle_ahead(&mut self, day: usize) {
        for (due, gross, fees) in self.settling_ahead.clone() {
            if due == day {
                self.post(day, "customer_payments", gross);
                self.post(day, "payment_fees", -fees);
            }
        }
        self.settling_ahead.retain(|s| s.0 != day);
    }

    fn give_back_deposits(&mut self, day: usize, window: usize, units: i64) {
        if !self.case.breaks(Fault::DepositKept) {
            self.post(day, "refunds", -(costs::pre_order(&self.case, window).deposit * units));
        }
    }

    /// Pre-orders leave a location; what is left of their price is paid. For the days of claims their cost counts at the deposit's share on the mean day
    /// of the window's orders, rounded down, and else today.
    fn ship_ahead(&mut self, day: usize, window: usize, place: usize, units: i64) {
        let w = costs::pre_order(&self.case, window);
        let cost = self.stocks[place].take(units, self.case.breaks(Fault::LastCost));
        self.shipped.push((day, place, cost, w.price * units));
        let rest = w.price - w.deposit;
        let fee = if w.deposit == Money::ZERO { w.fee } else { Money::ZERO };
        self.customers_pay_ahead(day, rest * units, fee * units);
        self.income.revenue += w.price * units;
        self.income.left += cost;
        self.send(day, place, units);
        let (placed, days) = self.placed[window];
        let ordered = days.div_euclid(i128::from(placed.max(1)));
        let today = day as i128;
        let moment = match w.price {
            Money::ZERO => cost.0 * today,
            price => cost.0 * (ordered * w.deposit.0 + today * rest.0) / price.0,
        };
        self.income.received_moment += moment + cost.0 * i128::from(self.case.scenario.finance.settlement_days);
    }

    fn settle(&mut self, day: usize, units: i64) {
        self.post(day, "customer_payments", self.price() * units);
        self.post(day, "payment_fees", -(costs::payment_fee(&self.case) * units));
    }

    /// Units ordered on day `born` leave a location.
    fn ship(&mut self, day: usize, (place, class): (usize, Option<usize>), units: i64, born: usize) {
        let cost = self.stocks[place].take(units, self.case.breaks(Fault::LastCost));
        let paid_on = if self.pays_at_order() { born } else { day };
        if !self.pays_at_order() {
            self.customers_pay(day, units, (born, class));
        }
        if born != day {
            self.waits_for_less(born, class, -units);
        }
        let price = self.price_of_class(class, born).0;
        self.shipped.push((day, place, cost, price * units));
        // Before the window only what is owned and owed is kept.
        if !self.case.is_measured(day) {
            return;
        }
        self.income.revenue += price * units;
        self.income.left += cost;
        self.send(day, place, units);
        let lag = i128::from(self.case.scenario.finance.settlement_days);
        self.income.received_moment += cost.0 * (paid_on as i128 + lag);
    }

    /// Parcels leave a location.
    fn send(&mut self, day: usize, place: usize, units: i64) {
        let case = self.case;
        let pick = Money::from_f64(case.model.locations[place].delivery.pick_and_pack / costs::bears(&case));
        self.post(day, "pick_and_pack", -(pick * units));
        self.post(day, "delivery", -(costs::postage(&case, place, day) * units));
        self.post(day, "parcel_duty", -(costs::parcel_duty(&case, place, day) * units));
    }

    /// What parcels to the markets of a class cost more or less than others.
    fn send_to_a_class(&mut self, day: usize, place: usize, units: i64, class: usize) {
        if self.classes.len() > 1 && self.case.is_measured(day) {
            let (postage, duty) = costs::parcel_beyond(&self.case, &self.classes[class].markets, place, day);
            self.post(day, "delivery", -(postage * units));
            self.post(day, "parcel_duty", -(duty * units));
        }
    }

    /// Each unit has borne its part of what is paid by the order: what that is more, or less, than orders and parcels cost.
    fn bundle(&mut self, day: usize, of: &Bundle, bundles: i64, units: i64) {
        let (f, n) = (&self.case.scenario.finance, costs::bears(&self.case));
        let paid_before = |books: &Self, window: &Option<usize>| match window {
            None => books.pays_at_order(),
            Some(window) => costs::pre_order(&books.case, *window).deposit != Money::ZERO,
        };
        let more = |amount: f64| Money::from_f64(amount) * bundles - Money::from_f64(amount / n) * units;
        let pays = match of {
            Bundle::Shoppers => {
                self.post(day, "advertising", -more(f.advertising_per_order));
                false
            }
            Bundle::Waiting => {
                self.post(day, "support", -more(f.tickets_per_backorder * f.cost_per_ticket));
                false
            }
            Bundle::Accepted => self.pays_at_order(),
            Bundle::Ahead { window } => costs::pre_order(&self.case, *window).deposit != Money::ZERO,
            Bundle::Parcels { place, window, .. } => {
                let delivery = &self.case.model.locations[*place].delivery;
                let (postage, clearance) = costs::of_an_order(&self.case, *place, day);
                if self.case.is_measured(day) {
                    self.post(day, "pick_and_pack", -more(delivery.pick_and_pack));
                    self.post(day, "delivery", -more(postage));
                    self.post(day, "parcel_duty", -more(clearance));
                }
                !paid_before(self, window)
            }
            Bundle::Cancelled { late, by_rule, window } => {
                if !by_rule && paid_before(self, window) {
                    let share = if *late { f.chargeback_share_after_miss } else { f.chargeback_share };
                    self.post(day, "chargebacks", -more(share * f.chargeback_fee));
                }
                false
            }
        };
        if pays {
            self.customers_pay_ahead(day, Money::ZERO, more(f.payment_fee_per_order));
        }
    }

    /// Who cancels gets the price back, not the fee; some go through their bank.
    fn refund(&mut self, day: usize, units: i64, cohort: &Cohort, by_rule: bool) {
        let f = &self.case.scenario.finance;
        if let Some(window) = cohort.window {
            self.give_back_deposits(day, window, units);
            if costs::pre_order(&self.case, window).deposit == Money::ZERO {
                return;
            }
        } else if !self.pays_at_order() {
            return;
        }
        let fee = if self.case.breaks(Fault::FeeRefunded) { costs::payment_fee(&self.case) } else { Money::ZERO };
        if cohort.window.is_none() {
            let (class, full) = (Some(cohort.class), self.case.breaks(Fault::FullPriceBack));
            let paid = if full { self.price() } else { self.price_of_class(class, cohort.born).0 };
            self.post(day, "refunds", -((paid - fee) * units));
            self.waits_for_less(cohort.born, class, -units);
        }
        let share = if cohort.is_late(day) { f.chargeback_share_after_miss } else { f.chargeback_share };
        if !by_rule {
            self.post(
                day,
                "chargebacks",
                -(Money::from_f64(share * f.chargeback_fee / costs::bears(&self.case)) * units),
            );
        }
    }

    /// An order is placed: what is to be paid on it, and when.
    fn order(&mut self, id: usize) {
        let case = self.case;
        let order = &self.story.orders[id].when_placed();
        let way = (order.place, order.route);
        let route = costs::route(&case, way);
        // The freight rate of the day on which freight is paid, the duty of the day of entry.
        let paid = order.milestone(costs::stage_of(route, route.freight_at));
        let entry = order.milestone(costs::stage_of(route, route.duty_at));
        let cost = costs::landed(&case, way, order.ordered, entry, costs::freight_rate(&case, self.world, way, paid));
        let (purchase, dues) = Purchase::placed(id, order, route, cost);
        self.purchases.push(purchase);
        self.dues.extend(dues);
    }

    /// Goods leave the stock of a location for another one, with all that they have cost: before the run, what the stock there is opened with.
    fn send_on(&mut self, day: usize, id: usize, source: usize) {
        self.order(id);
        let units = self.story.orders[id].ordered;
        let (mut brought, mut moment) = if day < self.case.begin() {
            let parts = costs::opening(&self.case, source).map(|part| part * units);
            (parts, parts.into_iter().sum::<Money>().0 * day as i128)
        } else {
            let gone = self.stocks[source].average();
            self.income.sell(gone);
            self.stocks[source].take(units, false);
            self.stocks[source].average()
        };
        if self.case.breaks(Fault::FreightForgotten) {
            brought[1..].fill(Money::ZERO);
            moment = brought[0].0 * day as i128;
        }
        self.purchases[id].bring(brought, moment);
    }

    /// An order leaves in a container. What is still to come falls due by the days on which its stages end now, and all but the goods costs what is
    /// known now.
    fn load(&mut self, day: usize, id: usize, ends: &[usize], (units, containers): (i64, f64)) {
        let case = self.case;
        let arrival = *ends.last().expect("a route has a stage");
        let order = Order { ends: ends.to_vec(), arrival, ..self.story.orders[id].clone() };
        let way = (order.place, order.route);
        let route = costs::route(&case, way);
        let paid = order.milestone(costs::stage_of(route, route.freight_at));
        let entry = order.milestone(costs::stage_of(route, route.duty_at));
        let rate = costs::freight_rate(&case, self.world, way, paid);
        let goods = self.purchases[id].cost[Part::Goods as usize];
        let mut cost = costs::landed_in(&case, way, (units, containers), entry, rate);
        cost[Part::Goods as usize] = goods;
        let to_come = |dues: &[Due]| -> Vec<Due> {
            dues.iter().filter(|due| due.order == id && due.day >= day).cloned().collect()
        };
        let moment = |purchase: &mut Purchase, dues: &[Due]| {
            let kept = purchase.paid_moment;
            purchase.count_moment_from(day, &route.payments, dues.iter());
            std::mem::replace(&mut purchase.paid_moment, kept)
        };
        let (_, anew) = Purchase::placed(id, &order, route, cost);
        let (before, mut now) = (to_come(&self.dues), to_come(&anew));
        now.extend(before.iter().filter(|due| matches!(due.what, Payable::Rest)).cloned());
        let foreseen = moment(&mut self.purchases[id], &before);
        let brought = self.purchases[id].brought;
        self.purchases[id].cost = std::array::from_fn(|part| {
            cost[part] + if part == Part::Goods as usize { Money::ZERO } else { brought[part] }
        });
        let known = moment(&mut self.purchases[id], &now);
        self.purchases[id].paid_moment += known - foreseen;
        // What stays on its day keeps its place among what falls due on it.
        let same = |a: &Due, b: &Due| a.day == b.day && a.what == b.what;
        self.dues.retain(|due| due.order != id || due.day < day || now.iter().any(|other| same(due, other)));
        for due in now {
            if !before.iter().any(|other| same(&due, other)) {
                self.dues.push(due);
            }
        }
    }

    /// The goods come on the shelf at landed cost.
    fn receive(&mut self, id: usize) {
        let order = &self.story.orders[id];
        let (stock, purchase) = (&mut self.stocks[order.place], &mut self.purchases[id]);
        self.income.before_receipts += stock.value;
        self.income.sell(stock.average());
        let left = self.story.orders[id].units;
        stock.receive(left, purchase.cost, purchase.paid_moment);
        self.receipts[order.place].push((order.arrival, left));
        purchase.received = true;
        if stock.units == 0 {
            // A lot that was scrapped to the last unit is a loss.
            self.income.left += stock.write_off();
            self.income.sell(stock.average());
        }
    }

    /// Units are taken off an open order; what was paid on them comes back.
    fn take_off(&mut self, day: usize, order: usize, units: i64, of: i64) {
        let back = self.purchases[order].take_off(units, of);
        for (line, amount) in OF_PART.into_iter().zip(back) {
            self.post(day, line, amount);
        }
    }

    /// Units of an order are lost: the supplier gives back what was paid on them, or the seller pays the rest of their price and nothing else.
    fn lose(&mut self, day: usize, order: usize, (units, of): (i64, i64), terms: LossTerms) {
        let Order { place, route, .. } = self.story.orders[order];
        let own = costs::route(&self.case, (place, route)).from.is_some();
        if terms.by_supplier && !own && !self.case.breaks(Fault::SellerBearsAll) {
            return self.take_off(day, order, units, of);
        }
        let goods = Part::Goods as usize;
        let before = self.purchases[order].cost[goods];
        let paid = self.purchases[order].take_off(units, of);
        let unpaid = before - self.purchases[order].cost[goods] - paid[goods];
        self.post(day, OF_PART[goods], -unpaid);
        self.write_off(day, paid.into_iter().sum::<Money>() + unpaid, terms);
    }

    fn destroy(&mut self, day: usize, place: usize, units: i64, terms: LossTerms) {
        let stock = &mut self.stocks[place];
        self.income.sell(stock.average());
        let value = stock.take(units, false);
        // These parts are not of what was sold.
        let _ = stock.average();
        self.write_off(day, value, terms);
    }

    /// What is lost is a cost, less what an insurer pays of it.
    fn write_off(&mut self, day: usize, value: Money, terms: LossTerms) {
        self.income.lost += value;
        self.income.left += value;
        let insured = if self.case.breaks(Fault::NothingInsured) { 0.0 } else { terms.insured };
        self.post(day, "claims", Money::from_f64(value.to_f64() * insured));
    }

    /// What customers paid some days ago arrives; what is due on purchase orders is paid, what was filed last first.
    fn pay(&mut self, day: usize) {
        let arrived: i64 = self.settling.iter().filter(|s| s.0 == day).map(|s| s.1).sum();
        self.settling.retain(|s| s.0 != day);
        if arrived != 0 {
            self.settle(day, arrived);
        }
        self.settle_ahead(day);
        let eve = day + 1 == self.case.begin();
        for due in self.dues.clone().into_iter().rev().filter(|d| d.day == day) {
            let case = self.case;
            if eve && self.purchases[due.order].said.is_some() && !matches!(due.what, Payable::Moves(_)) {
                // By tomorrow somebody has said what is paid.
                if let Payable::Part(part) = due.what {
                    let purchase = &mut self.purchases[due.order];
                    purchase.paid[part as usize] = purchase.cost[part as usize];
                }
                continue;
            }
            let order = &self.story.orders[due.order];
            let (part, amount) = match due.what {
                Payable::Moves(place) => {
                    self.purchases[due.order].place = place;
                    continue;
                }
                Payable::Instalment(k) => {
                    let share = costs::route(&case, (order.place, order.route)).payments[k].share;
                    (Part::Goods, self.purchases[due.order].instalment(share))
                }
                Payable::Part(part) => (part, self.purchases[due.order].extra(part)),
                Payable::Rest => {
                    let p = &self.purchases[due.order];
                    (Part::Goods, p.cost[Part::Goods as usize] - p.paid[Part::Goods as usize])
                }
            };
            self.purchases[due.order].paid[part as usize] += amount;
            self.post(day, OF_PART[part as usize], -amount);
            if part == Part::Freight && case.breaks(Fault::FreightTwice) {
                self.post(day, OF_PART[part as usize], -amount);
            }
            self.paid.push((day, Some(due.order), amount));
        }
        for (_, amount) in self.owed.clone().into_iter().rev().filter(|owed| owed.0 == day) {
            self.post(day, OF_PART[Part::Goods as usize], -amount);
            self.paid.push((day, None, amount));
        }
        self.owed.retain(|owed| owed.0 != day);
        if eve {
            self.believe_what_is_said(day + 1);
        }
    }

    /// Somebody says what is paid for goods when the run begins. If it is not all, and no instalment is to come, the rest is due then.
    fn paid_so_far(&mut self, order: usize, amount: Money) {
        let begin = self.case.begin();
        self.purchases[order].said = Some(amount);
        let goods = |d: &Due| d.order == order && matches!(d.what, Payable::Instalment(_)) && d.day >= begin;
        if !self.dues.iter().any(goods) && amount != self.purchases[order].cost[Part::Goods as usize] {
            self.dues.push(Due { day: begin, order, what: Payable::Rest });
        }
    }

    /// What was said to be paid for goods holds when the run begins; instalments to come pay the rest, or it is due at once.
    fn believe_what_is_said(&mut self, begin: usize) {
        for (id, purchase) in self.purchases.iter_mut().enumerate() {
            let Some(said) = purchase.said.filter(|_| !purchase.received) else { continue };
            purchase.paid[Part::Goods as usize] = said;
            let goods = |d: &&Due| d.order == id && matches!(d.what, Payable::Instalment(_)) && d.day >= begin;
            purchase.expect_instalments(self.dues.iter().filter(goods).count());
        }
        let case = self.case;
        for (id, purchase) in self.purchases.iter_mut().enumerate().filter(|(_, p)| p.said.is_some()) {
            let order = &self.story.orders[id];
            let payments = &costs::route(&case, (order.place, order.route)).payments;
            purchase.count_moment_from(begin, payments, self.dues.iter().filter(|d| d.order == id && d.day >= begin));
        }
    }

    /// What will come back of what has left a location today: its price is owed, and what is sold again has not been sold.
    fn foresee(&mut self, day: usize, place: usize, due: usize, (to_stock, liquidated, of): (i64, i64, i64)) {
        let today = self.shipped.iter().filter(|s| (s.0, s.1) == (day, place));
        let (cost, price) = today.fold((Money::ZERO, Money::ZERO), |sum, s| (sum.0 + s.2, sum.1 + s.3));
        let refund = price.part(to_stock + liquidated, of);
        let cost = cost.part(to_stock, of);
        let share = self.case.model.locations[place].takes_back.recovery;
        let recovery = Money::from_f64(self.case.product.price * share) * liquidated;
        self.under_way.push((place, due, [refund, cost, recovery]));
        self.to_restock.push((place, due, to_stock));
        if self.case.is_measured(day) {
            self.income.revenue -= refund;
            self.income.left -= cost;
            self.income.recovered += recovery;
            let parts = self.parts(place, cost);
            for (sum, part) in self.income.returned.iter_mut().zip(parts) {
                *sum += part;
            }
        }
    }

    /// The parts of a landed cost as those of a unit on the first day are; goods bear the rounding.
    fn parts(&self, place: usize, cost: Money) -> Landed {
        let unit = costs::opening(&self.case, place);
        let all: Money = unit.into_iter().sum();
        let mut parts = if all == Money::ZERO { Landed::default() } else { unit.map(|p| p.portion(cost, all)) };
        parts[Part::Goods as usize] += cost - parts.into_iter().sum::<Money>();
        parts
    }

    fn take_back(&mut self, day: usize, place: usize, units: i64) {
        let (mut refund, mut recovery) = (Money::ZERO, Money::ZERO);
        for w in self.under_way.iter_mut().filter(|w| (w.0, w.1) == (place, day)) {
            refund += std::mem::take(&mut w.2[0]);
            recovery += std::mem::take(&mut w.2[2]);
        }
        self.post(day, "refunds", -refund);
        self.post(day, "liquidation", recovery);
        let each = Money::from_f64(self.case.model.locations[place].takes_back.cost);
        self.post(day, "returns", -(each * units));
    }

    /// What had come back some days ago is on the shelf, at what it had cost.
    fn restock(&mut self, day: usize, place: usize, units: i64) {
        let came = day - self.case.model.locations[place].takes_back.restock_days as usize;
        let cost: Money = self.under_way.iter().filter(|w| (w.0, w.1) == (place, came)).map(|w| w.2[1]).sum();
        self.under_way.retain(|w| (w.0, w.1) != (place, came));
        self.to_restock.retain(|w| (w.0, w.1) != (place, came));
        let parts = self.parts(place, cost);
        let gone = self.stocks[place].average();
        self.income.sell(gone);
        self.stocks[place].receive(units, parts, cost.0 * day as i128);
        self.receipts[place].push((day, units));
    }

    fn shrink(&mut self, place: usize, units: i64) {
        let stock = &mut self.stocks[place];
        self.income.sell(stock.average());
        let value = stock.take(units, false);
        self.income.shrunk += value;
        self.income.left += value;
        // These parts are not of what was sold.
        let _ = stock.average();
    }

    /// The day ends: what it costs by itself, and all that is owned and owed.
    fn end(&mut self, day: usize, evening: &[Evening]) {
        let (case, plan, f) = (self.case, self.case.plan, &self.case.scenario.finance);
        self.value.push(self.stocks.iter().map(|s| s.value).collect());
        if !case.is_measured(day) {
            return;
        }
        let stored = |(i, e): (usize, &Evening)| e.on_hand as f64 * costs::storage(&case, i, day);
        let stored = evening.iter().enumerate().map(stored).fold(0.0, |sum, cost| sum + cost);
        let stock: Money = self.stocks.iter().map(|s| s.value).sum();
        self.post(day, "storage", -Money::from_f64(stored));
        self.post(day, "insurance", -Money::from_f64(stock.to_f64() * f.insurance / 365.0));
        self.post(day, "fixed_costs", -plan.cash.fixed_per_day);
        let missing = -(plan.cash.opening + self.cash()).to_f64();
        let most = if case.breaks(Fault::InterestWithoutLimit) { f64::MAX } else { plan.cash.credit };
        self.post(day, "interest", -Money::from_f64(missing.clamp(0.0, most) * plan.cash.interest_per_day));
        self.income.obsolescence += Money::from_f64(stock.to_f64() * f.obsolescence / 365.0);

        let income = &self.income;
        let planned = |(i, e): (usize, &Evening)| -> Money {
            costs::usual_landed(&case, i, day).into_iter().sum::<Money>() * e.safety_stock
        };
        self.days.push(DayEnd {
            balance: self.balance(evening),
            cash: self.cash(),
            obsolescence: income.obsolescence,
            earned: income.revenue + income.recovered - income.payment_fees - income.left - income.obsolescence,
            planned_buffer: evening.iter().enumerate().map(planned).sum(),
            parcel_duty: evening.iter().enumerate().map(|(i, e)| costs::parcel_duty(&case, i, day) * e.on_hand).sum(),
            flows: BTreeMap::new(),
        });
    }

    /// Adds up the list of postings, line by line, until the end of each day; those that are a cost when they are paid lessen what is earned.
    fn add_up(&mut self) {
        let mut flows: BTreeMap<&'static str, Money> = BTreeMap::new();
        for (day, end) in (self.case.warmup()..).zip(&mut self.days) {
            for p in self.postings.iter().filter(|p| p.day == day) {
                *flows.entry(p.line).or_default() += p.amount;
            }
            end.earned += EXPENSES.iter().filter_map(|line| flows.get(line).copied()).sum();
            end.flows.clone_from(&flows);
        }
    }

    /// Cash since the window began.
    pub fn cash(&self) -> Money {
        self.postings.iter().filter(|p| self.case.is_measured(p.day)).map(|p| p.amount).sum()
    }

    /// Everything owned and owed with the locations as they stand.
    fn balance(&self, sites: &[Evening]) -> Balance {
        let never = self.case.breaks(Fault::DepositForEver);
        let mut b = Balance { on_hand: self.stocks.iter().map(|s| s.value).sum(), ..Balance::default() };
        for p in &self.purchases {
            p.add_to(&mut b, never);
        }
        let worth_nothing = self.case.breaks(Fault::ReturnsWorthNothing);
        let net = |w: &[Money; 3]| if worth_nothing { w[0] } else { w[0] - w[1] - w[2] };
        b.returns = self.under_way.iter().map(|w| net(&w.2)).sum();
        b.payables += self.owed.iter().map(|owed| owed.1).sum();
        let net = self.price() - costs::payment_fee(&self.case);
        b.receivables = net * self.settling.iter().map(|s| s.1).sum::<i64>();
        b.receivables += self.settling_ahead.iter().map(|s| s.1 - s.2).sum();
        let waiting = sites.iter().map(|s| s.waiting - s.late.iter().sum::<i64>()).sum();
        b.prepayments = if self.pays_at_order() { self.price() * waiting - self.less_paid } else { Money::ZERO };
        for window in 0..self.case.windows().len() {
            let units: i64 = sites.iter().map(|s| s.pre_orders[window] + s.late[window]).sum();
            b.prepayments += costs::pre_order(&self.case, window).deposit * units;
        }
        for (site, stock) in sites.iter().zip(&self.stocks) {
            b.buffer += stock.value.part(site.on_hand.min(site.safety_stock), site.on_hand);
            b.duty_on_hand += stock.duty();
        }
        b
    }

    /// The balance when day `next` begins, with the overhang: at the one end of the measured window or the other.
    fn at_the_end_of_the_window(&self, which: usize, next: usize) -> Balance {
        let sites = self.story.morning(next);
        let needs = &self.story.steady_need[which];
        let coming: Vec<i64> = (0..sites.len()).map(|i| self.comes_back(i).0).collect();
        let position = |(site, coming): (&Evening, &i64)| {
            site.on_hand - site.waiting - site.owed + site.on_order + site.awaited + coming
                - site.pre_orders.iter().sum::<i64>()
        };
        // What is left at closed locations is needed as far as the open ones are short.
        let open = sites.iter().zip(&coming).zip(needs).filter_map(|(site, need)| Some((site, (*need)?)));
        let mut short: i64 = open.map(|(site, need)| (need - position(site)).max(0)).sum();
        let (mut overhang, mut aged) = (Money::ZERO, Money::ZERO);
        for (place, ((site, stock), need)) in sites.iter().zip(&self.stocks).zip(needs).enumerate() {
            let need = need.unwrap_or_else(|| {
                let used = position((site, &coming[place])).max(0).min(short);
                short -= used;
                used
            });
            let (held, ordered) = self.overhang((place, site), stock, need);
            overhang += held + ordered;
            let of_stock = self.lost_by_age(place, site.on_hand, next);
            let of_orders = 1.0 - self.case.scenario.finance.salvage_at(0);
            aged += Money::from_f64(held.to_f64() * of_stock) + Money::from_f64(ordered.to_f64() * of_orders);
        }
        Balance { overhang, aged, ..self.balance(sites) }
    }

    /// Share that units on hand lose by their age when day `next` begins, if what came first has left first.
    fn lost_by_age(&self, place: usize, on_hand: i64, next: usize) -> f64 {
        // Of the units that came last, as many as are on hand, each with its age.
        let mut of_age: Vec<(usize, i64)> = Vec::new();
        for (day, units) in self.receipts[place].iter().rev() {
            let known: i64 = of_age.iter().map(|(_, n)| n).sum();
            of_age.push((next - day, (*units).min(on_hand - known)));
        }
        let age = |days: usize| if self.case.breaks(Fault::NeverAges) { 0 } else { days as u32 };
        let lost = |(days, n): &(usize, i64)| *n as f64 * (1.0 - self.case.scenario.finance.salvage_at(age(*days)));
        if on_hand > 0 { of_age.iter().map(lost).sum::<f64>() / on_hand as f64 } else { 0.0 }
    }

    /// Units that will be stock again at a location, and what they have cost.
    fn comes_back(&self, at: usize) -> (i64, Money) {
        let units = self.to_restock.iter().filter(|w| w.0 == at).map(|w| w.2).sum();
        (units, self.under_way.iter().filter(|w| w.0 == at).map(|w| w.2[1]).sum())
    }

    /// Book value of what the inventory position exceeds the policy's target by: on hand first, then on order and on its way back.
    fn overhang(&self, (place, site): (usize, &Evening), stock: &Stock, need: i64) -> (Money, Money) {
        let ahead: i64 = site.pre_orders.iter().sum();
        let (coming, cost) = self.comes_back(place);
        let position = site.on_hand - site.waiting - site.owed + site.on_order + site.awaited;
        let beyond = (position + coming - ahead - need).max(0);
        let on_hand = beyond.min(site.on_hand);
        let on_order = (beyond - on_hand).min(site.on_order);
        let paid: Money = site.open.iter().map(|o| self.purchases[*o].paid.into_iter().sum()).sum();
        let part = |value: Money, n: i64, of: i64| if n > 0 { value.part(n, of) } else { Money::ZERO };
        let of_orders = part(paid, on_order, site.on_order);
        let of_orders = if self.case.breaks(Fault::OverhangOnHandOnly) { Money::ZERO } else { of_orders };
        let back = part(cost, (beyond - on_hand - on_order).min(coming), coming);
        (part(stock.value, on_hand, site.on_hand), of_orders + back)
    }
}
