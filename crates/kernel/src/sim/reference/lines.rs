//! Who stands in line, and in what order, where customers are of several classes (`docs/model.md`, "Customers of their own").

use super::case::Fault;
use super::classes::shares_up_to;
use super::customers::accepts;
use super::diary::Cohort;
use super::shop::Shop;
use restock_base::law::binomial;

impl Shop<'_> {
    fn shares_up_to(&self, place: usize) -> Vec<f64> {
        shares_up_to(&self.case, &self.classes, place, self.today)
    }

    fn has_classes(&self) -> bool {
        self.classes.len() > 1
    }

    /// The class of a shopper of today.
    pub fn class_of(&self, first: usize, shopper: u32) -> usize {
        if !self.has_classes() {
            return 0;
        }
        let u = self.case.draw(self.case.plan.class_stream, self.today, shopper).uniform();
        self.shares_up_to(first).iter().position(|share| u < *share).expect("the last share is 1")
    }

    /// The classes in the order in which those of today are asked: by priority, those of one priority by lot.
    pub fn in_turn(&self) -> Vec<usize> {
        let key = self.case.plan.class_stream.numbered(1);
        let lot = |class: usize| self.case.draw(key, self.today, class as u32).uniform();
        let mut turns: Vec<usize> = (0..self.classes.len()).collect();
        let turn = |class: usize| (self.classes[class].priority, lot(class));
        turns.sort_by(|a, b| turn(*a).partial_cmp(&turn(*b)).expect("numbers"));
        turns
    }

    /// How many of a crowd of a location are of each class.
    pub fn classes_of_a_crowd(&self, first: usize, crowd: i64) -> Vec<i64> {
        if self.has_classes() { self.counts(first, crowd, (2, first as u32)) } else { vec![crowd] }
    }

    /// The same of others of whom only the number is known; those classes that have any.
    pub fn in_classes(&self, place: usize, customers: i64, number: u32) -> Vec<(usize, i64)> {
        let counts = if self.has_classes() { self.counts(place, customers, (3, number)) } else { vec![customers] };
        counts.into_iter().enumerate().filter(|(_, n)| *n > 0).collect()
    }

    /// The same of those who wait when a run begins, who have accepted to.
    pub fn in_classes_that_wait(&self, place: usize, customers: i64, number: u32, days: f64) -> Vec<(usize, i64)> {
        if !self.has_classes() {
            return self.in_classes(place, customers, number);
        }
        let (mut before, mut sum, mut accepted) = (0.0, 0.0, Vec::new());
        for (class, up_to) in self.classes.iter().zip(self.shares_up_to(place)) {
            sum += (up_to - before) * accepts(&class.customers.accept, days);
            before = up_to;
            accepted.push(sum);
        }
        if sum <= 0.0 {
            return self.in_classes(place, customers, number);
        }
        let up_to = accepted.into_iter().map(|share| if share >= sum { 1.0 } else { share / sum }).collect();
        let counts = self.counts_by(up_to, customers, (3, number));
        counts.into_iter().enumerate().filter(|(_, n)| *n > 0).collect()
    }

    fn counts(&self, place: usize, customers: i64, key: (u32, u32)) -> Vec<i64> {
        self.counts_by(self.shares_up_to(place), customers, key)
    }

    fn counts_by(&self, shares_up_to: Vec<f64>, customers: i64, (kind, number): (u32, u32)) -> Vec<i64> {
        let mut draw = self.case.draw(self.case.plan.class_stream.numbered(kind), self.today, number);
        let (mut left, mut before) = (customers, 0.0);
        let mut counts = Vec::new();
        for up_to in shares_up_to {
            let n = if up_to < 1.0 { binomial(left, (up_to - before) / (1.0 - before), &mut draw) } else { left };
            counts.push(n);
            left -= n;
            before = up_to;
        }
        counts
    }

    /// A cohort joins those who wait at a location: behind its own class's priority.
    pub fn wait_in_line(&mut self, place: usize, cohort: Cohort) {
        self.sites[place].queue.push(cohort);
        self.sort_the_line(place);
    }

    /// Who waits stands in line by priority, and then by age; late pre-orders of a day came before those who shop on it.
    pub fn sort_the_line(&mut self, place: usize) {
        let no_priority = self.case.breaks(Fault::PriorityForgotten);
        let priority = |class: usize| if no_priority { 0 } else { self.classes[class].priority };
        self.sites[place].queue.sort_by_key(|c| (priority(c.class), c.born, c.window.is_none(), c.number));
    }

    /// Units that wait at a location, are not on hand, and come before those of a class who order now.
    pub fn ahead_of(&self, class: usize, place: usize) -> i64 {
        let before = |c: &&Cohort| self.classes[c.class].priority <= self.classes[class].priority;
        self.sites[place].queue.iter().filter(before).map(|c| c.units - c.kept()).sum()
    }

    /// Share of those at a location who are quoted a wait of `days` and are lost to it, over its classes.
    pub fn lost_to_a_wait(&self, place: usize, days: f64) -> f64 {
        if !self.has_classes() {
            return self.lost_of_a_class(0, days);
        }
        let mut before = 0.0;
        let each = self.shares_up_to(place).into_iter().enumerate().map(|(class, up_to)| {
            let share = up_to - before;
            before = up_to;
            share * self.lost_of_a_class(class, days)
        });
        each.sum()
    }
}
