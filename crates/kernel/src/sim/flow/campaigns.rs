//! Campaigns that pause while there is little to sell, and what those cost that run.

use super::replication::{Replication, Shop};
use super::watch::{Event, Watch};
use restock_base::law::Chance;

impl<W: Watch> Replication<'_, W> {
    /// Looks at today's campaigns. If some pause, those whom they would have brought stay away, and nobody knows who that is: so each of the day's
    /// shoppers stays with the chance that a day without the campaign has for one of its own. Returns how many come.
    #[inline(never)]
    pub fn advertise(&mut self, shoppers: i64) -> i64 {
        let now = self.shop.now;
        let mut come = shoppers;
        for rule in now.plan.campaigns.iter().filter(|rule| rule.days.contains(&now.day)) {
            match rule.pauses.filter(|(_, cover)| self.shop.covers_less_than(*cover)) {
                Some((number, _)) => {
                    let lift = now.path.lifts[number][now.day];
                    let mut draw = now.draw(now.plan.pause_stream, now.day, number as u32);
                    come = if lift > 1.0 { Chance::new(1.0 / lift).binomial(come, &mut draw) } else { come };
                }
                None if rule.costs() && now.day >= rule.measured => {
                    self.tell(Event::CampaignRuns { cut: rule.cut_on(now.day), cost: rule.cost });
                }
                None => {}
            }
        }
        if come < shoppers {
            self.tell(Event::NotAdvertisedFor { units: now.units_of(come..shoppers) });
        }
        come
    }
}

impl Shop<'_> {
    /// Whether what is on hand, less what is owed to those who wait, is less than the forecast of so many days. Nothing is less than that of no days.
    fn covers_less_than(&self, days: f64) -> bool {
        let stock: i64 = self.sites.iter().map(|site| site.on_hand - site.backlog).sum();
        let open = self.now.plan.locations.iter().enumerate().filter(|(_, l)| l.is_open);
        let needed: f64 = open.map(|(i, _)| self.now.forecast(i, self.level(i).0, days)).sum();
        days > 0.0 && (stock as f64) < needed
    }
}
