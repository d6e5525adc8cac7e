//! Customers of several classes. Which class somebody is of matters only to those who find no stock, and is drawn for them alone: those who order at a
//! location are of its classes by their shares, whoever of them is served at once.

use super::replication::{Replication, Shop};
use super::state::Lines;
use super::watch::Watch;
use restock_base::law::binomial;
use restock_base::rng::{Draw, Draws};

/// Kinds of draws besides that of each shopper: the turns of a day, and the classes of a crowd and of others that are only counted.
const TURNS: u32 = 1;
const CROWDS: u32 = 2;
const COUNTED: u32 = 3;

impl<W: Watch> Replication<'_, W> {
    /// Stock on hand goes to waiting orders, at each location.
    #[inline(never)]
    pub fn allocate_to_classes(&mut self) {
        for location in 0..self.shop.sites.len() {
            self.ship_from(location, location);
        }
    }
}

impl Shop<'_> {
    /// Unmet shoppers whose first choice is location `first` are asked class by class: those of a lower priority later, and classes of one priority in an order
    /// that is drawn for each day, so that none comes first for its place in the file. Those whose turn it is, the first of them with number 0, are left in
    /// `unmet`. Returns their class; absent when all have been asked.
    #[inline(never)]
    pub fn next_of_several(&mut self, first: usize, turn: usize) -> Option<u8> {
        let mut lines = std::mem::take(&mut self.unmet.lines);
        if turn == 0 {
            self.take_turns(&mut lines.turns);
            self.tell_classes_apart(first, &mut lines);
            self.unmet.in_a_row[first] = 0..0;
        }
        let class = lines.turns.get(turn).copied();
        if let Some(class) = class.map(usize::from) {
            self.unmet.crowd[first] = lines.crowd[class];
            std::mem::swap(&mut self.unmet.shoppers[first], &mut lines.each[class]);
        }
        self.unmet.lines = lines;
        class
    }
    /// The class of a shopper of today whose first choice is location `first`; 0 where all are alike.
    pub fn class_of(&self, first: usize, shopper: u32) -> u8 {
        if self.now.plan.classes.is_empty() {
            return 0;
        }
        let stream = self.now.plan.class_stream;
        self.class_at(first, self.now.draw(stream, self.now.day, shopper).uniform())
    }

    fn class_at(&self, first: usize, u: f64) -> u8 {
        let here = &self.now.plan.classes_at[first];
        here.iter().position(|class| u < class.up_to[self.now.day]).unwrap_or(here.len() - 1) as u8
    }

    /// Numbers of the unmet shoppers of a location, by class; of a crowd how many there are of each.
    fn tell_classes_apart(&self, first: usize, lines: &mut Lines) {
        let (now, unmet) = (&self.now, &*self.unmet);
        let draw = self.class_draw(CROWDS, first as u32);
        lines.crowd = self.counts(first, unmet.crowd[first], draw);
        let each = &mut lines.each;
        let (stream, day) = (now.plan.class_stream, now.plan.first.plus(now.day as i32).0);
        each.iter_mut().for_each(Vec::clear);
        let (some, from) = (&unmet.shoppers[first], unmet.in_a_row[first].start);
        let all = some.len() + unmet.in_a_row[first].len();
        let number = |k: usize| some.get(k).copied().unwrap_or_else(|| from + (k - some.len()) as u32);
        for k in (0..all).step_by(Draws::MOST) {
            let n = (all - k).min(Draws::MOST);
            let uniforms = stream.uniforms(n, now.replication, |i| (day, number(k + i)));
            for (i, u) in uniforms[..n].iter().enumerate() {
                each[usize::from(self.class_at(first, *u))].push(number(k + i));
            }
        }
    }

    /// Puts the classes into the order in which those of today are asked.
    fn take_turns(&self, turns: &mut [u8]) {
        let lot = |class: u8| self.class_draw(TURNS, u32::from(class)).uniform();
        let turn = |class: &u8| (self.now.plan.rank(*class), lot(*class));
        turns.sort_unstable();
        turns.sort_by(|a, b| {
            let (a, b) = (turn(a), turn(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
        });
    }

    fn class_draw(&self, kind: u32, number: u32) -> Draw {
        self.now.draw(self.now.plan.class_stream.numbered(kind), self.now.day, number)
    }

    /// How many of so many customers of a location are of each class.
    fn counts(&self, location: usize, customers: i64, draw: Draw) -> Vec<i64> {
        let here = self.now.plan.classes_at[location].iter();
        counts(customers, here.map(|class| class.up_to[self.now.day]), draw)
    }

    /// The classes of customers of whom only the number is known, with how many are of each, by a draw of today with a number; class 0 where all are
    /// alike. Classes of none are left out.
    pub fn in_classes(&self, location: usize, customers: i64, number: u32) -> Vec<(u8, i64)> {
        let counts = match self.now.plan.classes.is_empty() {
            true => vec![customers],
            false => self.counts(location, customers, self.class_draw(COUNTED, number)),
        };
        told(counts)
    }

    /// The same of those who wait when a run begins: they have accepted to wait, for so many days if a date was promised.
    pub fn in_classes_that_wait(&self, location: usize, customers: i64, number: u32, days: f64) -> Vec<(u8, i64)> {
        let mut sum = 0.0;
        let accepted = self.now.plan.shares_of_classes(location, self.now.day).map(|(share, they)| {
            sum += share * they.accepts(days);
            sum
        });
        let accepted: Vec<f64> = accepted.collect();
        let all = accepted.last().copied().unwrap_or(0.0);
        if all <= 0.0 {
            return self.in_classes(location, customers, number);
        }
        let up_to = accepted.into_iter().map(|share| if share >= all { 1.0 } else { share / all });
        told(counts(customers, up_to, self.class_draw(COUNTED, number)))
    }
}

/// How many of so many customers are of each class, by the shares of those of it or of a class before it.
fn counts(customers: i64, up_to: impl Iterator<Item = f64>, mut draw: Draw) -> Vec<i64> {
    let (mut left, mut before) = (customers, 0.0);
    let of = |up_to: f64| {
        let n = if up_to >= 1.0 { left } else { binomial(left, (up_to - before) / (1.0 - before), &mut draw) };
        left -= n;
        before = up_to;
        n
    };
    up_to.map(of).collect()
}

/// The classes that have any.
fn told(counts: Vec<i64>) -> Vec<(u8, i64)> {
    let each = counts.into_iter().enumerate();
    each.filter(|(_, n)| *n > 0).map(|(class, n)| (class as u8, n)).collect()
}
