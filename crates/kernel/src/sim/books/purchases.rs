//! Payments on purchase orders, made and to be made.

use crate::model::Place;
use crate::sim::flow::{NONE, PurchaseOrder};
use crate::sim::landed::{Landed, Part};
use crate::sim::plan::{MilestoneDay, RoutePlan};
use crate::sim::slots::Slots;
use restock_base::units::{Money, share};

/// The money of one purchase order, from the day on which it is placed until it is received and paid.
#[derive(Debug, Clone, Copy)]
pub(super) struct Purchase {
    pub location: u32,
    pub route: u32,
    pub placed: u32,
    pub cost: Landed,
    pub paid: Landed,
    /// Sum of payment x day over all payments, those still to come included.
    pub paid_moment: i128,
    /// Where the goods are.
    pub place: Place,
    pub received: bool,
    /// Payments of the goods that are still to come.
    instalments: u32,
    /// Receipt, payments and moves that are still to come.
    pending: u32,
}

/// A payment or a move of the goods that falls due on some day.
#[derive(Debug, Clone, Copy)]
struct Due {
    purchase: u32,
    what: DueKind,
    next: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DueKind {
    /// Index into the route's payments.
    Goods(u32),
    /// Freight, handling or duty, in full.
    Extra(Part),
    /// Nothing is paid: the goods change their place.
    Moved(Place),
}

/// All purchases of a replication, and their payments and moves by the day on which they fall due.
#[derive(Debug, Clone, Default)]
pub(super) struct Purchases {
    /// Number of the purchase by the slot of the flow's order. A slot is used again when its order is received, but the place of a purchase only
    /// when it is received and paid.
    of_order: Vec<u32>,
    all: Slots<Purchase>,
    dues: Dues,
}

/// Payments and moves by the day on which they fall due.
#[derive(Debug, Clone, Default)]
struct Dues {
    /// The first payment or move of each day; further ones through [`Due::next`].
    of_day: Vec<u32>,
    all: Slots<Due>,
}

impl Purchase {
    /// Landed cost, all parts together.
    pub fn landed(&self) -> Money {
        self.cost.into_iter().sum()
    }

    /// Amount paid so far, on all parts together.
    pub fn paid_in_all(&self) -> Money {
        self.paid.into_iter().sum()
    }

    /// Amount paid so far for the goods.
    pub fn goods(&self) -> Money {
        self.paid[Part::Goods as usize]
    }

    /// Whether the goods are paid in full.
    pub fn goods_are_paid(&self) -> bool {
        self.goods() == self.cost[Part::Goods as usize]
    }

    /// Part and amount to be paid now. The last instalment of the goods pays the rest of their cost.
    pub fn amount(&mut self, what: DueKind, route: &RoutePlan) -> (Part, Money) {
        match what {
            DueKind::Goods(k) => {
                let goods = self.cost[Part::Goods as usize];
                self.instalments -= 1;
                let rest = goods - self.goods();
                let instalment = || Money::from_f64(goods.to_f64() * route.payments[k as usize].0);
                (Part::Goods, if self.instalments == 0 { rest } else { instalment() })
            }
            DueKind::Extra(part) => (part, self.cost[part as usize]),
            DueKind::Moved(_) => (Part::Goods, Money::ZERO),
        }
    }

    /// Takes `n` of `total` units off. Returns the amounts that were paid on them, by part.
    pub fn take_off(&mut self, n: i64, total: i64) -> Landed {
        let mut back = Landed::default();
        for part in Part::ALL {
            let i = part as usize;
            back[i] = self.paid[i].part(n, total);
            self.paid[i] -= back[i];
            // A part that was paid in full stays paid in full, to the millionth.
            self.cost[i] = if self.paid[i] + back[i] == self.cost[i] {
                self.paid[i]
            } else {
                self.cost[i] - self.cost[i].part(n, total)
            };
        }
        self.paid_moment -= share(self.paid_moment, n.into(), total.into());
        back
    }
}

impl Purchases {
    pub fn new(days: usize) -> Self {
        Purchases {
            of_order: Vec::with_capacity(128),
            all: Slots::with_capacity(128),
            dues: Dues { of_day: vec![NONE; days], all: Slots::with_capacity(256) },
        }
    }

    pub fn reset(&mut self) {
        self.of_order.clear();
        self.all.clear();
        self.dues.of_day.fill(NONE);
        self.dues.all.clear();
    }

    /// An order of this cost is placed: files its payments and moves under their days.
    pub fn place(&mut self, order: u32, lot: &PurchaseOrder, cost: Landed, route: &RoutePlan) {
        let id = self.all.put(Purchase {
            location: lot.location,
            route: lot.route,
            placed: lot.placed,
            cost,
            paid: Landed::default(),
            paid_moment: 0,
            place: route.first_place,
            received: false,
            instalments: route.payments.len() as u32,
            pending: 1,
        });
        match self.of_order.get_mut(order as usize) {
            Some(used) => *used = id,
            None => self.of_order.push(id),
        }
        let (mut pending, mut paid_moment) = (1, 0);
        let mut file = |what, day: u32, amount: Money| {
            pending += 1;
            paid_moment += amount.0 * i128::from(day);
            self.dues.file(id, what, day);
        };
        let goods = cost[Part::Goods as usize].to_f64();
        for (k, (share, at)) in route.payments.iter().enumerate() {
            file(DueKind::Goods(k as u32), lot.day_of(*at), Money::from_f64(goods * share));
        }
        if !route.goods_alone {
            let receipt = MilestoneDay { stage: route.stages.len(), days_later: 0 };
            let extras = [(Part::Freight, route.freight_at), (Part::Handling, receipt), (Part::Duty, route.duty_at)];
            for (part, at) in extras.into_iter().filter(|(part, _)| cost[*part as usize] != Money::ZERO) {
                file(DueKind::Extra(part), lot.day_of(at), cost[part as usize]);
            }
        }
        for (stage, place) in &route.moves {
            file(DueKind::Moved(*place), lot.milestone(*stage), Money::ZERO);
        }
        let purchase = &mut self.all[id];
        (purchase.pending, purchase.paid_moment) = (pending, paid_moment);
    }

    /// Whether any payment or move falls due on a day.
    #[inline]
    pub fn is_any_due(&self, day: usize) -> bool {
        self.dues.of_day[day] != NONE
    }

    /// Takes the next payment or move of a day off the list. Returns it with the number of its purchase.
    pub fn next_due(&mut self, day: usize) -> Option<(u32, DueKind)> {
        self.dues.next(day)
    }

    /// The number of an open order's purchase.
    pub fn of(&self, order: u32) -> u32 {
        self.of_order[order as usize]
    }

    pub fn get(&self, id: u32) -> &Purchase {
        &self.all[id]
    }

    pub fn get_mut(&mut self, id: u32) -> &mut Purchase {
        &mut self.all[id]
    }

    /// The receipt, or one payment or move, is over. If it was the last one, the place of the purchase is free.
    pub fn done(&mut self, id: u32) {
        let purchase = &mut self.all[id];
        purchase.pending -= 1;
        if purchase.pending == 0 {
            self.all.free(id);
        }
    }

    /// All purchases that are not yet received and paid, and some that are: their places are not used again yet.
    pub fn iter(&self) -> impl Iterator<Item = &Purchase> {
        self.all.iter()
    }
}

impl Dues {
    /// Files a payment or move under its day. Those due after the run never come.
    fn file(&mut self, purchase: u32, what: DueKind, day: u32) {
        if let Some(head) = self.of_day.get_mut(day as usize) {
            *head = self.all.put(Due { purchase, what, next: *head });
        }
    }

    fn next(&mut self, day: usize) -> Option<(u32, DueKind)> {
        let slot = self.of_day[day];
        if slot == NONE {
            return None;
        }
        let due = self.all[slot];
        self.of_day[day] = due.next;
        self.all.free(slot);
        Some((due.purchase, due.what))
    }
}
