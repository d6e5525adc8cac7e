//! Returns (`docs/model.md`, "Returns"): how many units of a day come back, and when.

use super::case::Fault;
use super::diary::Happened;
use super::shop::Shop;
use restock_base::law::binomial;

impl Shop<'_> {
    /// What comes back today, and what is on hand again.
    pub(super) fn take_back(&mut self) {
        for place in 0..self.sites.len() {
            let today = self.today;
            if let Some((to_stock, liquidated)) = self.sites[place].coming_back.remove(&today) {
                self.tell(Happened::Returned { place, to_stock, liquidated });
                let shelf = today + self.case.model.locations[place].takes_back.restock_days as usize;
                self.sites[place].to_restock.insert(shelf, to_stock);
            }
            let units = self.sites[place].to_restock.remove(&today).unwrap_or(0);
            if units > 0 {
                self.sites[place].on_hand += units;
                self.tell(Happened::Restocked { place, units });
            }
        }
    }

    /// Units that have left a location today.
    pub(super) fn shipped_today(&self, at: usize) -> i64 {
        let of_today = self.entries.iter().rev().take_while(|e| e.day == self.today);
        let shipped = of_today.map(|e| match &e.what {
            Happened::Served { place, units }
            | Happened::ShippedFromBacklog { place, units, .. }
            | Happened::PreOrderShipped { place, units, .. }
                if *place == at =>
            {
                *units
            }
            _ => 0,
        });
        shipped.sum()
    }

    /// Of what has left the shelves today some will come back, each on a day of its own.
    pub(super) fn foresee_returns(&mut self) {
        let (Some(returns), Some(plan)) = (self.case.model.returns(self.case.product), &self.case.plan.returns) else {
            return;
        };
        for place in 0..self.sites.len() {
            let of = self.shipped_today(place);
            if of == 0 {
                continue;
            }
            let mut draw = self.case.draw(plan.stream, self.today, place as u32);
            let all = binomial(of, returns.share, &mut draw);
            let again = self.case.model.locations[place].takes_back.to_stock;
            let mut to_stock = if again { binomial(all, returns.resaleable, &mut draw) } else { 0 };
            let mut liquidated = all - to_stock;
            for (k, ends) in plan.after.iter().enumerate() {
                if to_stock + liquidated == 0 {
                    break;
                }
                let now = (binomial(to_stock, ends.p(), &mut draw), binomial(liquidated, ends.p(), &mut draw));
                let due = self.today + 1 + k + usize::from(self.case.breaks(Fault::ReturnedADayLate));
                if now != (0, 0) {
                    (to_stock, liquidated) = (to_stock - now.0, liquidated - now.1);
                    let day = self.sites[place].coming_back.entry(due).or_default();
                    *day = (day.0 + now.0, day.1 + now.1);
                    self.tell(Happened::ComesBack { place, due, to_stock: now.0, liquidated: now.1, of });
                }
            }
        }
    }

    /// Share of demand that a planner orders for who nets what will come back and be sold again.
    pub(super) fn net_of_returns(&self, place: usize) -> f64 {
        let again = self.case.model.locations[place].takes_back.to_stock;
        match self.case.model.returns(self.case.product) {
            Some(r) if again && self.case.model.planner.nets_returns => 1.0 - r.share * r.resaleable,
            _ => 1.0,
        }
    }
}
