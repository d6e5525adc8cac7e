//! `restock mix`.

use super::frontier::share;
use super::question::{Asked, Common, failed};
use super::{Outcome, exit, print};
use crate::decide::{By, Mix};
use crate::model::EqualService;
use crate::report;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// Fill rate of all products together, as a share or in per cent [default: `compare.fill-rate` of the scenario]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    target: Option<f64>,
    /// Whether products count by their units or by what these sell for
    #[arg(long, value_enum, default_value_t = Weight::Units)]
    by: Weight,
    /// Supply model, or several by repeating the option [default: all]
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
    /// Stocks of each product that are tried
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(3..=100))]
    points: u16,
    /// Replications of each of them; the choice is judged by all replications
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(2..))]
    screen: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Weight {
    Units,
    Value,
}

pub(super) fn run(args: &Args) -> Outcome {
    let mut question = vec![format!("points={}", args.points), format!("screen={}", args.screen)];
    question.extend((args.by == Weight::Value).then(|| "by-value".to_owned()));
    question.extend(args.models.iter().map(|name| format!("model={name}")));
    question.extend(args.target.map(|t| format!("target={t}")));
    let asked = Asked::begin("mix", &args.common, question)?;
    let experiment = *asked.experiment();
    let target = args.target.unwrap_or(match experiment.equal_service {
        EqualService::FillRate(target) | EqualService::Chance { fill_rate: target, .. } => target,
    });
    let by = if args.by == Weight::Value { By::Value } else { By::Units };
    let mix = Mix { target, by, points: usize::from(args.points), screen: args.screen };
    let names: Vec<&str> = asked.scenario().models.iter().map(|m| m.name.as_str()).collect();
    let mut models = Vec::new();
    for name in &args.models {
        let Some(model) = names.iter().position(|n| n == name) else {
            let known = names.join("`, `");
            return Err(print::failed(
                exit::USAGE,
                &format!("there is no supply model `{name}`; the scenario has `{known}`"),
            ));
        };
        models.push(model);
    }
    if models.is_empty() {
        models = (0..names.len()).collect();
    }
    let job = asked.job("finding the mix", "stocks");
    let about = (asked.scenario(), &experiment);
    let all = mix.points as u64 * models.len() as u64;
    let mut found = Vec::new();
    for (k, model) in models.into_iter().enumerate() {
        let before = (k * mix.points) as u64;
        let mixed = mix.run(&asked.subject.lab, about, model, &mut |done| job.at(0, before + done, all));
        found.push(mixed.map_err(|e| job.print(|| failed(&e, args.common.output.json)))?);
    }
    let answer = report::mix(about, &mix, &found, print::width());
    asked.answer(Ok(answer), job)
}
