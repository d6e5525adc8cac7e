//! The policy that reaches a target at least capital, or earns most.

use super::{Subject, Told, usage};
use restock_base::diag::Error;
use restock_decide::{Aim, Axis, Objective, Parameter, Solver, Target, next_orders, number};
use restock_kernel::model::{EqualService, Kpi, Pooling};
use restock_kernel::study::levels;
use restock_report::{self as report, Answer, SolvedModel};

/// What is searched, and for what.
#[derive(Debug, Clone, Default)]
pub struct Solve {
    /// What may be changed; without any, the stock.
    pub vary: Vec<Parameter>,
    /// What is to be reached at least capital; without any, and without an objective, the service of the scenario.
    pub targets: Vec<Target>,
    /// What is to be as large as can be, in place of targets.
    pub maximise: Option<Objective>,
    /// What is to be as small as can be, in place of targets.
    pub minimise: Option<Objective>,
    /// Values of the objective so near each other are equals.
    pub indifference: Option<f64>,
    /// Tolerance for risk of a decider whose certainty equivalent is maximised.
    pub risk_tolerance: Option<f64>,
    /// Names of the supply models that are searched; without any, all.
    pub models: Vec<String>,
}

impl Solve {
    /// What is asked, as words of a folder's name.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let parameter = |p: &Parameter| {
            let range = p.range.map_or(String::new(), |(low, high, step)| {
                format!("={low}:{high}{}", step.map_or(String::new(), |s| format!(":{s}")))
            });
            format!("{}{range}", p.name)
        };
        let mut out: Vec<String> = self.vary.iter().map(parameter).collect();
        out.extend(self.targets.iter().map(|t| format!("target={t}")));
        out.extend(self.maximise.iter().map(|o| format!("maximise={o}")));
        out.extend(self.minimise.iter().map(|o| format!("minimise={o}")));
        out.extend(self.indifference.map(|x| format!("indifference={x}")));
        out.extend(self.risk_tolerance.map(|x| format!("risk-tolerance={x}")));
        out.extend(self.models.iter().map(|m| format!("model={m}")));
        out
    }

    /// Searches; tables of the answer fit so many columns.
    ///
    /// # Errors
    ///
    /// If what is asked makes no sense, or a variant cannot be run.
    pub fn run(&self, subject: &Subject, width: u16, told: Told<'_>) -> Result<Answer, Error> {
        let aim = self.aim(subject)?;
        let searches = self.searches(subject)?;
        let experiment = *subject.experiment();
        // What was set may be searched, too.
        let base = subject.base.clone().settled();
        let mut solved = Vec::new();
        for (done, (m, axes)) in searches.iter().enumerate() {
            told(done as u64, searches.len() as u64);
            let mut solver = Solver::new(&subject.lab, (&base, &experiment), *m, axes, &aim);
            let found = solver.run()?;
            let (points, left_out) = (solver.points(), solver.left_out().map(|(n, why)| (n, why.to_owned())));
            let mut model = SolvedModel { left_out, ..SolvedModel::new(*m, axes.clone(), found, points) };
            if let Some(scenario) = model.scenario() {
                let each = (0..scenario.products.len())
                    .map(|p| (scenario.products[p].sku.clone(), levels(scenario, experiment.seed, (p, *m))));
                let (levels, orders) = (each.collect(), next_orders(scenario, experiment.seed, *m));
                (model.levels, model.orders) = (levels, orders);
            }
            solved.push(model);
        }
        Ok(report::solved((subject.scenario(), &experiment), &aim, &solved, width))
    }

    /// What is varied of each supply model that is searched.
    fn searches(&self, subject: &Subject) -> Result<Vec<(usize, Vec<Axis>)>, Error> {
        let settings = subject.base.keys()?;
        let stock = [Parameter { name: "stock".into(), range: None }];
        let parameters = if self.vary.is_empty() { &stock } else { self.vary.as_slice() };
        let mut searches: Vec<(usize, Vec<Axis>)> = Vec::new();
        for m in self.chosen(subject)? {
            let name = subject.scenario().models[m].name.as_str();
            let axes = parameters.iter().map(|p| p.axis(&settings, (name, m))).collect::<Result<Vec<_>, _>>();
            let axes: Option<Vec<Axis>> = axes.map_err(|e| usage(e.to_string()))?.into_iter().collect();
            searches.extend(axes.map(|axes| (m, axes)));
        }
        if searches.is_empty() {
            let message =
                "what is varied belongs to no supply model that was chosen; name one that has it, or vary `stock`";
            return Err(usage(message));
        }
        Ok(searches)
    }

    fn aim(&self, subject: &Subject) -> Result<Aim, Error> {
        let objective = self.maximise.clone().or_else(|| self.minimise.clone().map(Objective::negated));
        let Some(objective) = objective else {
            if self.indifference.is_some() || self.risk_tolerance.is_some() {
                let message = "`--indifference` and `--risk-tolerance` are of an objective; add `--maximise residual_income`, say";
                return Err(usage(message));
            }
            let targets = if self.targets.is_empty() { vec![usual(subject)] } else { self.targets.clone() };
            for target in &targets {
                enough(target, subject)?;
            }
            return Ok(Aim::Reach(targets));
        };
        let single = |kpi: Kpi| Objective::mean(kpi).only().is_some() && kpi.pooling() != Pooling::WaitQuantile;
        if let Some((_, kpi)) = objective.terms.iter().find(|t| !single(t.1)) {
            let message = format!(
                "`{}` is a quantile of all waits, which has no mean over replications; take `mean_wait`",
                kpi.name()
            );
            return Err(usage(message));
        }
        Ok(Aim::Maximise(Objective { risk_tolerance: self.risk_tolerance, ..objective }, self.indifference))
    }

    /// The supply models that are searched.
    fn chosen(&self, subject: &Subject) -> Result<Vec<usize>, Error> {
        let names: Vec<&str> = subject.scenario().models.iter().map(|m| m.name.as_str()).collect();
        if self.models.is_empty() {
            return Ok((0..names.len()).collect());
        }
        let place = |name: &String| {
            names.iter().position(|n| n == name).ok_or_else(|| {
                let listed: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
                usage(format!("there is no supply model `{name}`; there are {}", listed.join(", ")))
            })
        };
        self.models.iter().map(place).collect()
    }
}

/// The scenario's own target, of ordinary days.
fn usual(subject: &Subject) -> Target {
    let text = match subject.experiment().equal_service {
        EqualService::FillRate(share) => format!("ordinary fill_rate >= {share}"),
        EqualService::Chance { fill_rate, chance } => format!("P(ordinary fill_rate >= {fill_rate}) >= {chance}"),
    };
    text.parse().unwrap_or_else(|e| unreachable!("{text}: {e}"))
}

/// Of a chance each replication's value is needed.
fn enough(target: &Target, subject: &Subject) -> Result<(), Error> {
    let n = subject.experiment().replications;
    match target.most_replications() {
        Some(most) if n > most => Err(usage(format!(
            "`{target}` needs the value of each replication, which is kept of {most} at most; ask for fewer than {n} (`-n`)"
        ))),
        _ => Ok(()),
    }
}

/// An amount above 0, as people write it.
///
/// # Errors
///
/// What to write instead.
pub fn positive(text: &str) -> Result<f64, String> {
    number(text).filter(|x| *x > 0.0).ok_or_else(|| "write an amount above 0, such as `500` or `20k`".into())
}
