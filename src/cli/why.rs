//! `restock why`.

use super::question::{Asked, Common, failed};
use super::{Outcome, print};
use crate::decide::{Causes, Outages, Why};
use crate::diag::{Error, did_you_mean};
use crate::model::{Kpi, Pooling, Scenario};
use crate::report;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,
    /// Supply model to take apart; several are each named behind a `--model` [default: all]
    #[arg(long = "model", value_name = "NAME")]
    models: Vec<String>,
    /// KPI to take apart; several are each named behind a `--kpi` [default: backorder_rate, mean_backlog, invested_capital]
    #[arg(long = "kpi", value_name = "KPI", value_parser = kpi)]
    kpis: Vec<Kpi>,
}

/// What is taken apart where nobody says: how many wait, how long they wait, and what is tied up that they need not.
const USUAL: [Kpi; 3] = [Kpi::BackorderRate, Kpi::MeanBacklog, Kpi::InvestedCapital];

pub(super) fn run(args: &Args) -> Outcome {
    let mut question: Vec<String> = args.models.iter().map(|m| format!("model={m}")).collect();
    question.extend(args.kpis.iter().map(|kpi| format!("kpi={}", kpi.name())));
    let asked = Asked::begin("why", &args.common, question)?;
    let json = args.common.output.json;
    let scenario = chosen(asked.scenario(), &args.models).map_err(|e| failed(&e, json))?;
    let experiment = *asked.experiment();
    let mut kpis = args.kpis.clone();
    if kpis.is_empty() {
        kpis.extend(USUAL);
    }
    if let Some((_, twice)) = kpis.iter().enumerate().find(|(i, kpi)| kpis[..*i].contains(kpi)) {
        let message = format!("`--kpi`: `{}` is named twice; name each KPI once", twice.name());
        return Err(failed(&Error::new("named-twice", message), json));
    }
    let why = Why { kpis };
    let job = asked.job("switching causes off", "variants");
    // The models as they are, day by day, and a week earlier.
    let models = scenario.models.len() as u64;
    let (variants, all) = (models * Causes::SETS as u64, models * (Causes::SETS as u64 + 3));
    let about = (&scenario, &experiment);
    let refused = |e: Error| job.print(|| failed(&e, json));
    let parts = why.run(&asked.subject.lab, about, &mut |done| job.at(0, done, all)).map_err(refused)?;
    let told = &mut |done| job.at(0, variants + done, all);
    let outages = Outages::run(&asked.subject.lab, about, asked.threads(), told).map_err(refused)?;
    let answer = report::why(about, &why, (&parts, &outages), print::width());
    asked.answer(Ok(answer), job)
}

/// The scenario with the supply models that were named, in its own order.
fn chosen(scenario: &Scenario, names: &[String]) -> Result<Scenario, Error> {
    let known: Vec<&str> = scenario.models.iter().map(|m| m.name.as_str()).collect();
    for (i, name) in names.iter().enumerate() {
        let listed = || known.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        if !known.contains(&name.as_str()) {
            let message = format!("`--model`: the scenario has no supply model `{name}`; it has {}", listed());
            return Err(Error::new("unknown-model", message));
        }
        if names[..i].contains(name) {
            let message = format!("`--model`: `{name}` is named twice; name each supply model once");
            return Err(Error::new("named-twice", message));
        }
    }
    let mut chosen = scenario.clone();
    chosen.models.retain(|m| names.is_empty() || names.contains(&m.name));
    Ok(chosen)
}

/// A KPI whose parts add up.
fn kpi(text: &str) -> Result<Kpi, String> {
    let Some(kpi) = Kpi::from_name(text) else {
        let near = did_you_mean(text, Kpi::ALL.iter().map(|k| k.name()));
        let hint = near.map_or("summary.json of a run has all KPIs".into(), |name| format!("did you mean `{name}`?"));
        return Err(format!("there is no KPI of this name; {hint}"));
    };
    if kpi.pooling() == Pooling::WaitQuantile {
        return Err("a quantile of waits has no parts that add up: ask for `mean_wait`".into());
    }
    Ok(kpi)
}
