//! The money of returns: owed back from the day on which what will be returned ships.

use crate::sim::flow::Back;
use crate::sim::landed::{Landed, Part};
use crate::sim::plan::{LocationPlan, Plan};
use restock_base::units::Money;

/// What is owed for goods that customers will send back, and what those goods will bring. All of it is known when they ship.
#[derive(Debug, Clone, Default)]
pub(super) struct Returns {
    /// By location: what ships today.
    today: Vec<Shipped>,
    /// By location and day: what comes back then.
    due: Vec<Vec<Amounts>>,
    /// Of all that is under way.
    pub under_way: Amounts,
    /// By location: units that will be stock again, with their landed cost.
    pub to_restock: Vec<(i64, Money)>,
    /// Since the window began: of what has shipped and will come back, or has; and of what has come back.
    pub foreseen: Amounts,
    pub come: Amounts,
    /// Landed cost of what has shipped since the window began and will be stock again, by part.
    pub landed: Landed,
    /// Units that have come back since the window began, by location.
    pub units: Vec<i64>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Shipped {
    day: usize,
    cost: Money,
    price: Money,
}

/// Amounts of units that come back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    /// Paid back to customers.
    pub refund: Money,
    /// Landed cost of those that will be stock again.
    pub cost: Money,
    /// What the others bring.
    pub recovery: Money,
}

impl Amounts {
    /// What is owed beyond what the goods bring.
    pub fn net(&self) -> Money {
        self.refund - self.cost - self.recovery
    }

    fn add(&mut self, other: &Amounts, times: i64) {
        self.refund += other.refund * times;
        self.cost += other.cost * times;
        self.recovery += other.recovery * times;
    }
}

impl Returns {
    pub fn new(plan: &Plan) -> Self {
        let locations = if plan.returns.is_some() { plan.locations.len() } else { 0 };
        Returns {
            today: vec![Shipped::default(); locations],
            due: vec![vec![Amounts::default(); plan.days]; locations],
            units: vec![0; locations],
            to_restock: vec![(0, Money::ZERO); locations],
            ..Returns::default()
        }
    }

    pub fn open(&mut self) {
        self.today.fill(Shipped::default());
        self.due.iter_mut().for_each(|days| days.fill(Amounts::default()));
        self.under_way = Amounts::default();
        self.to_restock.fill((0, Money::ZERO));
        self.begin_window();
    }

    pub fn begin_window(&mut self) {
        (self.foreseen, self.come, self.landed) = (Amounts::default(), Amounts::default(), Landed::default());
        self.units.fill(0);
    }

    /// Units leave a location today: their landed cost, and their price.
    #[inline(never)]
    pub fn ship(&mut self, location: usize, day: usize, cost: Money, price: Money) {
        let today = &mut self.today[location];
        if today.day != day {
            *today = Shipped { day, ..Shipped::default() };
        }
        today.cost += cost;
        today.price += price;
    }

    /// Of the `of` units that have left a location today, some will come back on a day.
    /// Returns their landed cost, of those that will be stock again.
    pub fn foresee(
        &mut self,
        (location, l): (usize, &LocationPlan),
        (back, of): (Back, i64),
        due: usize,
        measured: bool,
    ) -> Money {
        let today = self.today[location];
        let amounts = Amounts {
            refund: today.price.part(back.units(), of),
            cost: today.cost.part(back.to_stock, of),
            recovery: l.recovery * back.liquidated,
        };
        self.under_way.add(&amounts, 1);
        let coming = &mut self.to_restock[location];
        *coming = (coming.0 + back.to_stock, coming.1 + amounts.cost);
        if let Some(day) = self.due[location].get_mut(due) {
            day.add(&amounts, 1);
        }
        if measured {
            self.foreseen.add(&amounts, 1);
            let parts = parts(amounts.cost, &l.opening_unit_cost);
            self.landed.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
        }
        amounts.cost
    }

    /// Units come back today. Returns what is paid to their customers, less what those bring that are not sold again.
    pub fn take_back(&mut self, location: usize, back: Back, day: usize) -> Money {
        let Amounts { refund, recovery, .. } = self.due[location][day];
        let settled = Amounts { refund, recovery, cost: Money::ZERO };
        self.under_way.add(&settled, -1);
        self.come.add(&settled, 1);
        self.units[location] += back.units();
        refund - recovery
    }

    /// Units that came back on a day become stock. Returns their landed cost, whole and by part.
    pub fn restock(&mut self, (location, l): (usize, &LocationPlan), units: i64, came: usize) -> (Money, Landed) {
        let cost = self.due[location][came].cost;
        self.under_way.cost -= cost;
        let coming = &mut self.to_restock[location];
        *coming = (coming.0 - units, coming.1 - cost);
        (cost, parts(cost, &l.opening_unit_cost))
    }
}

/// The parts of a landed cost in the proportion of those of a unit on the first day. Goods bear the rounding.
fn parts(cost: Money, of_a_unit: &Landed) -> Landed {
    let all: Money = of_a_unit.iter().copied().sum();
    let mut parts = if all == Money::ZERO { Landed::default() } else { of_a_unit.map(|part| part.portion(cost, all)) };
    parts[Part::Goods as usize] += cost - parts.into_iter().sum::<Money>();
    parts
}
