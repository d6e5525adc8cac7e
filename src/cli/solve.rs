//! `restock solve`.

use super::question::{Asked, Common, failed};
use super::{Outcome, exit, print};
use crate::decide::{Aim, Axis, Objective, Parameter, Solver, Target, next_orders, number};
use crate::model::{EqualService, Kpi};
use crate::report::{self, SolvedModel};
use crate::study::levels;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// What may be changed, and within which range: `stock`, `reorder-point=0:200`, `share=10%:90%:5%`, or a key; several times for
    /// several, of which the last reaches the target [default: `stock`, days of demand beyond the policy's own stock]
    #[arg(long, value_name = "PARAMETER[=LOW:HIGH[:STEP]]", value_parser = parse::<Parameter>)]
    vary: Vec<Parameter>,
    /// What is to be reached at least capital: `fill_rate >= 97%`, `ordinary fill_rate >= 97%`, `P(fill_rate >= 95%) >= 90%`; several
    /// times for several [default: `compare.fill-rate` of the scenario, of ordinary days]
    #[arg(long, value_name = "TARGET", value_parser = parse::<Target>)]
    target: Vec<Target>,
    /// What is to be as large as can be, in place of a target: `residual_income`, `contribution - 0.1 x invested_capital`
    #[arg(long, value_name = "OBJECTIVE", conflicts_with_all = ["target", "minimise"], value_parser = parse::<Objective>)]
    maximise: Option<Objective>,
    /// What is to be as small as can be, in place of a target: `64 x purchase_orders + mean_on_hand + 9 x mean_backlog`
    #[arg(long, value_name = "OBJECTIVE", conflicts_with = "target", value_parser = parse::<Objective>)]
    minimise: Option<Objective>,
    /// Values of the objective so near each other are equals [default: 0.25 % of revenue or of the value]
    #[arg(long, value_name = "AMOUNT", value_parser = positive)]
    indifference: Option<f64>,
    /// Maximise the certainty equivalent of a decider with this tolerance for risk (exponential utility) instead of the mean
    #[arg(long, value_name = "AMOUNT", value_parser = positive)]
    risk_tolerance: Option<f64>,
    /// Only this supply model, several times for several [default: all]
    #[arg(long, value_name = "NAME")]
    model: Vec<String>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let json = args.common.output.json;
    let asked = Asked::begin("solve", &args.common, question(args))?;
    let aim = aim(args, &asked)?;
    let models = chosen(args, &asked)?;
    let settings = asked.base.keys().map_err(|problems| asked.refuse(&problems))?;
    let parameters =
        if args.vary.is_empty() { vec![Parameter { name: "stock".into(), range: None }] } else { args.vary.clone() };
    let mut searches: Vec<(usize, Vec<Axis>)> = Vec::new();
    for m in models {
        let name = asked.scenario().models[m].name.as_str();
        let axes = parameters.iter().map(|p| p.axis(&settings, (name, m))).collect::<Result<Vec<_>, _>>();
        let axes: Option<Vec<Axis>> =
            axes.map_err(|e| print::failed(exit::USAGE, &e.to_string()))?.into_iter().collect();
        searches.extend(axes.map(|axes| (m, axes)));
    }
    if searches.is_empty() {
        let message =
            "what is varied belongs to no supply model that was chosen; name one that has it, or vary `stock`";
        return Err(print::failed(exit::USAGE, message));
    }
    let experiment = *asked.experiment();
    // What `--set` changed may be searched, too.
    let base = asked.base.clone().settled();
    let job = asked.job("searching", "supply models");
    let mut solved = Vec::new();
    for (done, (m, axes)) in searches.iter().enumerate() {
        job.at(0, done as u64, searches.len() as u64);
        let mut solver = Solver::new(&asked.lab, (&base, &experiment), *m, axes, &aim);
        let found = solver.run().map_err(|e| job.print(|| failed(&e, json)))?;
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
    let answer = report::solved((asked.scenario(), &experiment), &aim, &solved, print::width());
    asked.answer(answer, job)
}

/// What is asked, as words of the folder's name.
fn question(args: &Args) -> Vec<String> {
    let mut out: Vec<String> = args
        .vary
        .iter()
        .map(|p| {
            let range = p.range.map_or(String::new(), |(low, high, step)| {
                format!("={low}:{high}{}", step.map_or(String::new(), |s| format!(":{s}")))
            });
            format!("{}{range}", p.name)
        })
        .collect();
    out.extend(args.target.iter().map(|t| format!("target={t}")));
    out.extend(args.maximise.iter().map(|o| format!("maximise={o}")));
    out.extend(args.minimise.iter().map(|o| format!("minimise={o}")));
    out.extend(args.indifference.map(|x| format!("indifference={x}")));
    out.extend(args.risk_tolerance.map(|x| format!("risk-tolerance={x}")));
    out.extend(args.model.iter().map(|m| format!("model={m}")));
    out
}

fn aim(args: &Args, asked: &Asked) -> Result<Aim, u8> {
    let objective = args.maximise.clone().or_else(|| args.minimise.clone().map(Objective::negated));
    let Some(objective) = objective else {
        if args.indifference.is_some() || args.risk_tolerance.is_some() {
            let message =
                "`--indifference` and `--risk-tolerance` are of an objective; add `--maximise residual_income`, say";
            return Err(print::failed(exit::USAGE, message));
        }
        let targets = if args.target.is_empty() { vec![usual(asked)] } else { args.target.clone() };
        for target in &targets {
            enough(target, asked)?;
        }
        return Ok(Aim::Reach(targets));
    };
    let single =
        |kpi: Kpi| Objective::mean(kpi).only().is_some() && kpi.pooling() != crate::model::Pooling::WaitQuantile;
    if let Some((_, kpi)) = objective.terms.iter().find(|t| !single(t.1)) {
        let message = format!(
            "`{}` is a quantile of all waits, which has no mean over replications; take `mean_wait`",
            kpi.name()
        );
        return Err(print::failed(exit::USAGE, &message));
    }
    Ok(Aim::Maximise(Objective { risk_tolerance: args.risk_tolerance, ..objective }, args.indifference))
}

/// The scenario's own target, of ordinary days.
fn usual(asked: &Asked) -> Target {
    let text = match asked.experiment().equal_service {
        EqualService::FillRate(share) => format!("ordinary fill_rate >= {share}"),
        EqualService::Chance { fill_rate, chance } => format!("P(ordinary fill_rate >= {fill_rate}) >= {chance}"),
    };
    text.parse().unwrap_or_else(|e| unreachable!("{text}: {e}"))
}

/// Of a chance each replication's value is needed.
fn enough(target: &Target, asked: &Asked) -> Outcome {
    let n = asked.experiment().replications;
    match target.most_replications() {
        Some(most) if n > most => {
            let message = format!(
                "`{target}` needs the value of each replication, which is kept of {most} at most; ask for fewer than {n} (`-n`)"
            );
            Err(print::failed(exit::USAGE, &message))
        }
        _ => Ok(()),
    }
}

/// The supply models that are searched.
fn chosen(args: &Args, asked: &Asked) -> Result<Vec<usize>, u8> {
    let names: Vec<&str> = asked.scenario().models.iter().map(|m| m.name.as_str()).collect();
    if args.model.is_empty() {
        return Ok((0..names.len()).collect());
    }
    let place = |name: &String| {
        names.iter().position(|n| n == name).ok_or_else(|| {
            let listed: Vec<String> = names.iter().map(|n| format!("`{n}`")).collect();
            print::failed(exit::USAGE, &format!("there is no supply model `{name}`; there are {}", listed.join(", ")))
        })
    };
    args.model.iter().map(place).collect()
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|e: T::Err| e.to_string())
}

fn positive(text: &str) -> Result<f64, String> {
    number(text).filter(|x| *x > 0.0).ok_or_else(|| "write an amount above 0, such as `500` or `20k`".into())
}
