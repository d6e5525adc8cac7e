//! Campaigns that pause while there is little to sell, and what those cost that run (`docs/model.md`, "Campaigns that pause").

use super::case::Fault;
use super::diary::Happened;
use super::shop::Shop;
use restock_base::law::binomial;

impl Shop<'_> {
    /// How many of today's shoppers come, if campaigns pause that would have brought some of them.
    pub(super) fn advertised_for(&mut self, shoppers: i64) -> i64 {
        let mut come = shoppers;
        let mut may_pause = 0;
        for (number, c) in self.case.product.demand.campaigns.iter().enumerate() {
            let k = may_pause;
            may_pause += usize::from(c.pause_below_cover_days.is_some());
            let today = self.case.date(self.today);
            if !(c.start..c.start.plus(c.days as i32)).contains(&today) {
                continue;
            }
            let pauses = self.case.model.pauses_campaigns && !self.case.breaks(Fault::NeverPauses);
            if c.pause_below_cover_days.is_some_and(|cover| pauses && self.covers_less_than(cover)) {
                let lift = self.world.lifts[k][self.today];
                if lift > 1.0 {
                    let mut draw = self.case.draw(self.case.plan.pause_stream, self.today, k as u32);
                    come = binomial(come, 1.0 / lift, &mut draw);
                }
            } else if self.case.is_measured(self.today) {
                self.tell(Happened::CampaignRuns { number });
            }
        }
        if come < shoppers {
            let units = match self.world.baskets.get(self.today) {
                Some(sizes) => sizes[come as usize..].iter().sum(),
                None => shoppers - come,
            };
            self.tell(Happened::NotAdvertisedFor { units });
        }
        come
    }

    /// Whether what is on hand, less what is owed to those who wait, is less than what is expected on so many days.
    fn covers_less_than(&self, days: f64) -> bool {
        let stock: i64 = (0..self.sites.len()).map(|i| self.sites[i].on_hand - self.waiting(i)).sum();
        let open = (0..self.sites.len()).filter(|i| self.is_open(*i));
        let needed: f64 = open.map(|i| self.forecast(i, self.level(i).0, days)).sum();
        days > 0.0 && (stock as f64) < needed
    }
}
