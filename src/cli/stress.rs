//! `restock stress`.

use super::question::{Asked, Common, failed};
use super::{Outcome, print};
use crate::decide::Stress;
use crate::diag::Error;
use crate::report;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args) -> Outcome {
    let asked = Asked::begin("stress", &args.common, Vec::new())?;
    let json = args.common.output.json;
    let (scenario, experiment) = (asked.scenario().clone(), *asked.experiment());
    if scenario.disruptions.is_empty() {
        let message = "nothing goes wrong in this scenario; add a `[[disruption]]`: \
             `name = \"strike\"`, `on = { stage = \"Port\" }`, `per-year = 0.3`, `days = { triangular = [2, 5, 14] }`";
        return Err(failed(&Error::new("no-disruption", message), json));
    }
    let all = Stress::runs(scenario.disruptions.len(), scenario.models.len());
    let job = asked.job("letting things go wrong", "variants");
    let about = (&scenario, &experiment);
    let found = Stress::run(&asked.subject.lab, about, &mut |done| job.at(0, done, all))
        .map_err(|e| job.print(|| failed(&e, json)))?;
    let answer = report::stress(about, &found, print::width());
    asked.answer(Ok(answer), job)
}
