//! `restock solve`.

use super::question::{Asked, Common};
use super::{Outcome, print};
use crate::decide::{Objective, Parameter, Target};
use crate::task::{Solve, positive};

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
    let task = Solve {
        vary: args.vary.clone(),
        targets: args.target.clone(),
        maximise: args.maximise.clone(),
        minimise: args.minimise.clone(),
        indifference: args.indifference,
        risk_tolerance: args.risk_tolerance,
        models: args.model.clone(),
    };
    let asked = Asked::begin("solve", &args.common, task.words())?;
    let job = asked.job("searching", "supply models");
    let answer = task.run(&asked.subject, print::width(), &mut |done, of| job.at(0, done, of));
    asked.answer(answer, job)
}

fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|e: T::Err| e.to_string())
}
