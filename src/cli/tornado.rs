//! `restock tornado`.

use super::question::{Asked, Common};
use super::{Outcome, print};
use crate::decide::{Factor, Span};
use crate::diag::did_you_mean;
use crate::model::Kpi;
use crate::task::{SobolSize, TornadoTask};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// Supply model whose KPI counts [default: the best but for `--against`]
    #[arg(long, value_name = "MODEL")]
    of: Option<String>,
    /// Supply model whose KPI is taken off [default: the first]
    #[arg(long, value_name = "MODEL")]
    against: Option<String>,
    /// Compare every pair of supply models
    #[arg(long, conflicts_with_all = ["of", "against", "map", "sobol"])]
    all_pairs: bool,
    /// KPI whose difference is explained, by its name in kpis.csv
    #[arg(long, value_name = "KPI", default_value = "residual_income", value_parser = kpi)]
    kpi: Kpi,
    /// Vary only these: a name of `[ranges]`, or any key of the scenario with its range
    #[arg(long, value_name = "KEY[=LOW:HIGH]", value_parser = clap::value_parser!(Span))]
    only: Vec<Span>,
    /// Vary this between other values, besides the rest
    #[arg(long, value_name = "KEY=LOW:HIGH", value_parser = clap::value_parser!(Span), conflicts_with = "only")]
    range: Vec<Span>,
    /// Sobol's sensitivity indices: assumptions vary all at once
    #[arg(long)]
    sobol: bool,
    /// Assumptions that vary at once: those with the largest effects
    #[arg(long, default_value_t = SobolSize::default().keys, value_name = "N", requires = "sobol", value_parser = clap::value_parser!(u16).range(1..=i64::from(SobolSize::MOST_KEYS)))]
    sobol_keys: u16,
    /// Points of each of the two samples; brought up to 32, 64, 128 and so on
    #[arg(long, default_value_t = SobolSize::default().points, value_name = "N", requires = "sobol", value_parser = clap::value_parser!(u32).range(i64::from(SobolSize::LEAST_POINTS)..=i64::from(SobolSize::MOST_POINTS)))]
    sobol_points: u32,
    /// Replications of each point
    #[arg(long, default_value_t = SobolSize::default().replications, value_name = "N", requires = "sobol", value_parser = clap::value_parser!(u32).range(2..))]
    sobol_replications: u32,
    /// Draw a map of the difference over two assumptions: give it twice
    #[arg(long, value_name = "KEY=FROM:TO:STEP", value_parser = clap::value_parser!(Factor), conflicts_with_all = ["sobol", "only", "range"])]
    map: Vec<Factor>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let size = SobolSize { keys: args.sobol_keys, points: args.sobol_points, replications: args.sobol_replications };
    let task = TornadoTask {
        of: args.of.clone(),
        against: args.against.clone(),
        all_pairs: args.all_pairs,
        kpi: args.kpi,
        only: args.only.clone(),
        range: args.range.clone(),
        sobol: args.sobol.then_some(size),
        map: args.map.clone(),
    };
    let asked = Asked::begin("tornado", &args.common, task.words())?;
    let job = asked.job("varying assumptions", "variants");
    let answer = task.run(&asked.subject, print::width(), &mut |done, of| job.at(0, done.min(of), of));
    asked.answer(answer, job)
}

/// A KPI by its name.
fn kpi(text: &str) -> Result<Kpi, String> {
    Kpi::from_name(text).ok_or_else(|| match did_you_mean(text, Kpi::ALL.iter().map(|k| k.name())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "write the name of a KPI as in kpis.csv, `residual_income` say".into(),
    })
}
