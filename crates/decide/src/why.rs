//! Why customers wait and capital is tied up: what each cause adds, on the same shoppers.
//!
//! A cause is switched off in the scenario itself ([`without`]), so that each of the 32 sets of causes at work is a variant like any other.
//! From the value of a KPI in all of them follow the effect of each cause alone, that of switching it off alone, its fair share (Shapley,
//! "A value for n-person games", 1953) and the interactions (Harsanyi's dividends, "A simplified bargaining model for the n-person
//! cooperative game", International Economic Review 4, 1963). Nothing is sampled but the replications, which all variants share.

mod switches;

pub use switches::without;

use super::lab::{Days, Lab};
use restock_base::diag::Error;
use restock_base::stats::interval::Sample;
use restock_kernel::model::{Experiment, Kpi, Scenario};

/// What can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// How long it takes on average from an order to the shelf.
    LeadTime,
    /// That this time varies.
    LeadTimeVariance,
    /// That orders are placed now and then, and in lots.
    LotsAndReview,
    /// That the planner does not know the law of demand.
    ForecastError,
    /// Surges and unplanned campaigns.
    Spike,
}

impl Cause {
    /// All of them, in the order of every table.
    pub const ALL: [Cause; 5] =
        [Cause::LeadTime, Cause::LeadTimeVariance, Cause::LotsAndReview, Cause::ForecastError, Cause::Spike];

    /// Those of how goods are supplied, whatever is forecast.
    pub const STRUCTURAL: [Cause; 3] = [Cause::LeadTime, Cause::LeadTimeVariance, Cause::LotsAndReview];

    /// Name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Cause::LeadTime => "replenishment_time",
            Cause::LeadTimeVariance => "its_variance",
            Cause::LotsAndReview => "lots_and_review",
            Cause::ForecastError => "forecast_error",
            Cause::Spike => "spike",
        }
    }

    /// Name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Cause::LeadTime => "Replenishment time",
            Cause::LeadTimeVariance => "Its variance",
            Cause::LotsAndReview => "Lots and review",
            Cause::ForecastError => "Forecast error",
            Cause::Spike => "Spike",
        }
    }
}

/// A set of causes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Causes(u8);

impl Causes {
    /// None of them.
    pub const NONE: Causes = Causes(0);
    /// All of them.
    pub const ALL: Causes = Causes((1 << Cause::ALL.len()) - 1);
    /// Number of sets.
    pub const SETS: usize = 1 << Cause::ALL.len();

    /// Every set, the empty one first and all causes last.
    pub fn sets() -> impl Iterator<Item = Causes> {
        (0..=Causes::ALL.0).map(Causes)
    }

    /// The set of one cause.
    #[must_use]
    pub fn only(cause: Cause) -> Causes {
        Causes(1 << cause as u8)
    }

    /// The set with a cause that it may have already.
    #[must_use]
    pub fn with(self, cause: Cause) -> Causes {
        Causes(self.0 | Causes::only(cause).0)
    }

    /// The set without a cause.
    #[must_use]
    pub fn but(self, cause: Cause) -> Causes {
        Causes(self.0 & !Causes::only(cause).0)
    }

    /// Whether a cause is in the set.
    #[must_use]
    pub fn has(self, cause: Cause) -> bool {
        self.0 & Causes::only(cause).0 != 0
    }

    /// Whether every cause of this set is in another one.
    #[must_use]
    pub fn within(self, other: Causes) -> bool {
        self.0 & !other.0 == 0
    }

    /// Number of causes.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether no cause is in the set.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The causes of the set.
    pub fn each(self) -> impl Iterator<Item = Cause> {
        Cause::ALL.into_iter().filter(move |cause| self.has(*cause))
    }
}

/// One KPI of one supply model in every set of causes at work.
#[derive(Debug, Clone, PartialEq)]
pub struct Worlds(Vec<Sample>);

impl Worlds {
    /// What was found in each set, in the order of [`Causes::sets`].
    #[must_use]
    pub fn new(each: Vec<Sample>) -> Option<Worlds> {
        (each.len() == Causes::SETS).then_some(Worlds(each))
    }

    /// With these causes at work, and the others switched off.
    #[must_use]
    pub fn at(&self, at_work: Causes) -> &Sample {
        &self.0[usize::from(at_work.0)]
    }

    /// With all causes at work: the model as the scenario has it.
    #[must_use]
    pub fn present(&self) -> &Sample {
        self.at(Causes::ALL)
    }

    /// With all causes switched off: what is left is the chance in demand itself.
    #[must_use]
    pub fn left(&self) -> &Sample {
        self.at(Causes::NONE)
    }

    /// What a cause adds to others that are at work.
    fn added(&self, cause: Cause, to: Causes) -> Sample {
        self.at(to.with(cause)).clone().plus(-1.0, self.at(to.but(cause)))
    }

    /// What a cause does if no other is at work.
    #[must_use]
    pub fn alone(&self, cause: Cause) -> Sample {
        self.added(cause, Causes::NONE)
    }

    /// What goes if a cause alone is switched off.
    #[must_use]
    pub fn goes_without(&self, cause: Cause) -> Sample {
        self.added(cause, Causes::ALL)
    }

    /// The part of a cause: what it adds when it comes to those before it, on average over all orders in which the causes can come.
    /// The parts add up to the present value less what is left.
    #[must_use]
    pub fn part(&self, cause: Cause) -> Sample {
        self.part_of(&[cause])
    }

    /// The parts of several causes together.
    #[must_use]
    pub fn part_of(&self, causes: &[Cause]) -> Sample {
        let n = self.present().residuals().len();
        let sets = causes.iter().flat_map(|c| Causes::sets().filter(|set| !set.has(*c)).map(|set| (*c, set)));
        sets.fold(Sample::constant(0.0, n), |sum, (cause, before)| {
            sum.plus(share_of_orders(before.len()), &self.added(cause, before))
        })
    }

    /// What causes do together beyond what fewer of them do: of one cause what it does alone, of two what both do more than
    /// each alone, and so on. Over all sets but the empty one they add up to the present value less what is left.
    #[must_use]
    pub fn interaction(&self, of: Causes) -> Sample {
        let n = self.present().residuals().len();
        let within = Causes::sets().filter(|set| set.within(of));
        within.fold(Sample::constant(0.0, n), |sum, set| {
            let sign = if (of.len() - set.len()).is_multiple_of(2) { 1.0 } else { -1.0 };
            sum.plus(sign, self.at(set))
        })
    }
}

/// Share of the orders of all causes in which a given set of so many comes before a given cause, and all others after it.
fn share_of_orders(before: usize) -> f64 {
    let orders = |n: usize| (1..=n).product::<usize>() as f64;
    let all = Cause::ALL.len();
    orders(before) * orders(all - 1 - before) / orders(all)
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Why {
    /// What is taken apart: any KPIs but quantiles of waits.
    pub kpis: Vec<Kpi>,
}

/// The parts of one supply model.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// Name of the supply model.
    pub name: String,
    /// The KPIs that were asked for, each in its own unit.
    pub kpis: Vec<Worlds>,
    /// Causes that the model does not have: to switch them off changes nothing in it.
    pub absent: Vec<Cause>,
}

impl Why {
    /// Runs every set of causes. `told` hears how many variants of all are done.
    ///
    /// # Errors
    ///
    /// As of [`Lab::run`]; and if the KPI does not exist in some variant, or has no parts.
    pub fn run(
        &self,
        lab: &Lab,
        (scenario, experiment): (&Scenario, &Experiment),
        told: &mut dyn FnMut(u64),
    ) -> Result<Vec<Parts>, Error> {
        let mut found: Vec<Vec<Worlds>> = vec![vec![Worlds(Vec::new()); self.kpis.len()]; scenario.models.len()];
        let mut done = 0;
        for at_work in Causes::sets() {
            let variant = without(scenario, |cause| !at_work.has(cause));
            for (model, worlds) in found.iter_mut().enumerate() {
                let outcome = lab.model(&variant, experiment, Days::AsTheyCome, model)?;
                let of_model = &outcome.all_products().models[0];
                for (kpi, worlds) in self.kpis.iter().zip(worlds) {
                    let missing = || no_parts(*kpi, &scenario.models[model].name, at_work);
                    worlds.0.push(of_model.sample(*kpi).ok_or_else(missing)?);
                }
                done += 1;
                told(done);
            }
        }
        let of = |(model, kpis): (usize, Vec<Worlds>)| Parts {
            name: scenario.models[model].name.clone(),
            kpis,
            absent: Cause::ALL.into_iter().filter(|cause| !switches::changes(scenario, model, *cause)).collect(),
        };
        Ok(found.into_iter().enumerate().map(of).collect())
    }
}

/// A KPI that does not exist where these causes are at work.
fn no_parts(kpi: Kpi, model: &str, at_work: Causes) -> Error {
    let off: Vec<String> =
        Cause::ALL.into_iter().filter(|c| !at_work.has(*c)).map(|c| c.label().to_lowercase()).collect();
    let where_to = if off.is_empty() { "as it is".to_owned() } else { format!("without {}", off.join(", ")) };
    let message = format!(
        "`{}` has no value in supply model `{model}` {where_to}, so that it has no parts; \
         ask for a KPI that exists in every replication, such as `backorder_rate` or `lost_sales_rate`",
        kpi.name()
    );
    Error::new("no-parts", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worlds(value: impl Fn(Causes) -> f64) -> Worlds {
        Worlds::new(Causes::sets().map(|set| Sample::constant(value(set), 2)).collect()).unwrap()
    }

    /// Lead time adds 4, forecast error 1, both together 2 more; the spike adds nothing; 3 are left. By hand: half of the 2 to each.
    #[test]
    fn parts_are_those_by_hand() {
        let value = |set: Causes| {
            let (time, forecast) = (set.has(Cause::LeadTime), set.has(Cause::ForecastError));
            let of = |there: bool, x: f64| if there { x } else { 0.0 };
            3.0 + of(time, 4.0) + of(forecast, 1.0) + of(time && forecast, 2.0)
        };
        let w = worlds(value);
        assert_eq!((w.present().value, w.left().value), (10.0, 3.0));
        let part = |cause| (w.part(cause).value * 1e9).round() / 1e9;
        assert_eq!(Cause::ALL.map(part), [5.0, 0.0, 0.0, 2.0, 0.0]);
        assert_eq!((w.alone(Cause::LeadTime).value, w.goes_without(Cause::LeadTime).value), (4.0, 6.0));
        assert_eq!(w.part(Cause::Spike).value, 0.0, "exactly nothing");
        let both = Causes::only(Cause::LeadTime).with(Cause::ForecastError);
        assert_eq!(w.interaction(both).value, 2.0);
        assert_eq!(w.interaction(both.with(Cause::Spike)).value, 0.0);
    }

    /// Whatever the values are: the parts, and the interactions, add up to what all causes do.
    #[test]
    fn parts_and_interactions_add_up() {
        let w = worlds(|set| f64::from(set.0).mul_add(1.7, 2.0).sin() * 10.0);
        let all = w.present().value - w.left().value;
        let parts: f64 = Cause::ALL.iter().map(|c| w.part(*c).value).sum();
        let interactions: f64 = Causes::sets().filter(|s| !s.is_empty()).map(|s| w.interaction(s).value).sum();
        assert!((parts - all).abs() < 1e-12 && (interactions - all).abs() < 1e-12, "{parts} {interactions} {all}");
        assert!((w.part_of(&Cause::ALL).value - all).abs() < 1e-12);
        // A part is what its interactions leave to each of their causes.
        let fair = |c: Cause| Causes::sets().filter(move |s| s.has(c)).map(|s| w.interaction(s).value / s.len() as f64);
        for cause in Cause::ALL {
            assert!((fair(cause).sum::<f64>() - w.part(cause).value).abs() < 1e-12, "{cause:?}");
        }
    }

    #[test]
    fn orders_of_five_are_counted() {
        let all: f64 = Causes::sets().filter(|s| !s.has(Cause::Spike)).map(|s| share_of_orders(s.len())).sum();
        assert!((all - 1.0).abs() < 1e-15);
        assert_eq!(share_of_orders(0), 0.2);
        assert_eq!(share_of_orders(2), 4.0 / 120.0);
    }
}
