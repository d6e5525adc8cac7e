//! `restock frontier`.

use super::question::{Asked, Common, failed};
use super::{Outcome, print};
use crate::decide::{Days, Frontier};
use crate::model::{EqualService, Kpi, Unit};
use crate::report;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// Points of each supply model
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(3..=200))]
    points: u16,
    /// Service to mark, as a share or in per cent [default: `compare.fill-rate` of the scenario]
    #[arg(long, value_name = "SHARE", value_parser = share)]
    target: Option<f64>,
    /// KPI that is the service, a share of which more is better
    #[arg(long, value_name = "KPI", default_value = "fill_rate", value_parser = service)]
    service: Kpi,
    /// Service of ordinary days: without surges and unplanned campaigns
    #[arg(long)]
    ordinary_days: bool,
}

pub(super) fn run(args: &Args) -> Outcome {
    let mut question = vec![format!("points={}", args.points)];
    question.extend((args.service != Kpi::FillRate).then(|| format!("service={}", args.service.name())));
    question.extend(args.ordinary_days.then(|| "ordinary-days".to_owned()));
    question.extend(args.target.map(|t| format!("target={t}")));
    let asked = Asked::begin("frontier", &args.common, question)?;
    let days = if args.ordinary_days { Days::Ordinary } else { Days::AsTheyCome };
    let experiment = *asked.experiment();
    let target = args.target.unwrap_or(match experiment.equal_service {
        EqualService::FillRate(target) | EqualService::Chance { fill_rate: target, .. } => target,
    });
    let frontier = Frontier { service: args.service, days, points: usize::from(args.points), target };
    let job = asked.job("tracing the frontier", "points");
    let all = u64::from(args.points) * asked.scenario().models.len() as u64;
    let about = (asked.scenario(), &experiment);
    let curves = frontier.run(&asked.subject.lab, about, &mut |done| job.at(0, done, all));
    let curves = curves.map_err(|e| job.print(|| failed(&e, args.common.output.json)))?;
    let answer = report::frontier(about, &frontier, &curves, print::width());
    asked.answer(Ok(answer), job)
}

/// A share of which more is better.
fn service(text: &str) -> Result<Kpi, String> {
    let fits = |kpi: &&Kpi| kpi.unit() == Unit::Share && kpi.better() == crate::model::Better::Higher;
    let known = Kpi::ALL.iter().filter(fits).find(|kpi| kpi.name() == text);
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = Kpi::ALL.iter().filter(fits).map(|kpi| kpi.name()).collect();
        format!("write one of {}", names.join(", "))
    })
}

/// `97%` or `0.97`.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let number = match text.strip_suffix('%') {
        Some(per_cent) => per_cent.trim().parse::<f64>().map(|x| x / 100.0),
        None => text.parse(),
    };
    number
        .ok()
        .filter(|x| (0.0..=1.0).contains(x))
        .ok_or_else(|| "write a share from 0 to 1, such as `97%` or `0.97`".into())
}
