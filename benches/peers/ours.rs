//! What `benches/peers/run` times of ours beside the Python peers: the kernel with units only, with bands of the peers' three series, a
//! study with all bands, and the naive loops. Full books are timed by the command `restock run` itself.
//!
//! `ours w1|w2|w2-exact naive|units|bands|study-bands REPLICATIONS SEED` prints one line of JSON: fill rate and mean backlog, each with its
//! standard error. All of it runs on the thread that calls.

#[path = "../naive.rs"]
mod naive;

use restock::model::Kpi;
use restock::scenario::{Loader, Runnable};
use restock::sim::{DemandPlan, Kernel, Needs, Plan, Replica, Series};
use restock::stats::histogram::Histogram;
use restock::study::{Options, run};
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;

const USAGE: &str = "usage: ours w1|w2|w2-exact naive|units|bands|study-bands REPLICATIONS SEED";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match answer(&arguments) {
        Ok(found) => {
            println!("{found}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn answer(arguments: &[String]) -> Result<String, String> {
    let [workload, what, replications, seed] = arguments else { return Err(USAGE.into()) };
    let number = |text: &String| text.parse::<u32>().map_err(|error| format!("`{text}`: {error}"));
    let (replications, seed) = (number(replications)?, number(seed)?);
    match (workload.as_str(), what.as_str()) {
        ("w1", "naive") => Ok(by_loop(naive::w1, replications, seed)),
        ("w2", "naive") => Ok(by_loop(naive::w2_as_in_the_scenario, replications, seed)),
        ("w2-exact", "naive") => Ok(by_loop(naive::w2, replications, seed)),
        ("w1" | "w2", "units") => by_kernel(&load(workload, replications, seed)?, Needs::Units),
        ("w1" | "w2", "bands") => by_kernel(&load(workload, replications, seed)?, Needs::Series),
        ("w1" | "w2", "study-bands") => by_study(&load(workload, replications, seed)?),
        _ => Err(USAGE.into()),
    }
}

fn load(workload: &str, replications: u32, seed: u32) -> Result<Runnable, String> {
    let overrides = vec![format!("monte-carlo.replications={replications}"), format!("monte-carlo.seed={seed}")];
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(workload).with_extension("toml");
    let loader = Loader { overrides, ..Loader::default() };
    Ok(loader.load(&file).map_err(|problems| problems.render(false))?.value.runnable)
}

fn by_loop(workload: fn(&mut naive::Draw) -> naive::Year, replications: u32, seed: u32) -> String {
    let (mut fill, mut backlog) = (Ratio::default(), Ratio::default());
    let mut rest = [0; 3];
    for number in 0..replications {
        let year = workload(&mut naive::Draw::new(seed, number));
        fill.add(year.filled as f64, year.demanded as f64);
        backlog.add(year.backlog as f64, naive::DAYS as f64);
        for (sum, more) in rest.iter_mut().zip([year.on_hand, year.days_without_backlog, year.cancelled]) {
            *sum += more;
        }
    }
    black_box(rest);
    found(&fill, &backlog)
}

/// Mean, 5 %, 50 % and 95 % of three series on every day, if the kernel is asked for series.
fn by_kernel(runnable: &Runnable, needs: Needs) -> Result<String, String> {
    let (scenario, experiment) = (&runnable.scenario, &runnable.experiment);
    let demand = DemandPlan::new(scenario, &scenario.products[0], experiment.seed);
    let plans = [Plan::new(scenario, &scenario.products[0], &scenario.models[0], &demand, experiment.seed)];
    let kernel = Kernel::new(&demand, &plans, needs);
    let (mut fill, mut backlog, mut bands) = (Ratio::default(), Ratio::default(), Vec::new());
    let mut beyond = None;
    let mut take = |_, mut replica: Replica<'_>| match replica.kpis() {
        Ok((kpis, _)) => {
            let [of_fill, of_backlog] = [Kpi::FillRate, Kpi::MeanBacklog].map(|kpi| kpis[kpi as usize]);
            fill.add(of_fill.0, of_fill.1);
            backlog.add(of_backlog.0, of_backlog.1);
            if needs == Needs::Series {
                add(&mut bands, &replica);
            }
        }
        Err(why) => beyond = Some(why),
    };
    kernel.block(0..experiment.replications, &mut kernel.desk(), &mut take);
    if let Some(why) = beyond {
        return Err(format!("{why:?}"));
    }
    for day in bands.iter().flatten() {
        black_box((day.mean(), [0.05, 0.5, 0.95].map(|p| day.quantile(p))));
    }
    Ok(found(&fill, &backlog))
}

const THREE: [Series; 3] = [Series::OnHand, Series::Backlog, Series::InvestedCapital];

fn add(bands: &mut Vec<[Histogram; 3]>, replica: &Replica<'_>) {
    let records = &replica.daily().records;
    bands.resize(records.len(), Default::default());
    for (day, record) in bands.iter_mut().zip(records) {
        for (histogram, series) in day.iter_mut().zip(THREE) {
            histogram.add(record[series as usize]);
        }
    }
}

/// As `restock run` keeps them: all series, with five quantiles each.
fn by_study(runnable: &Runnable) -> Result<String, String> {
    let options = Options { daily: true, threads: 1, ..Options::default() };
    let outcome = run(&runnable.scenario, &runnable.experiment, options, &|_| {});
    let model = &outcome.products[0].models[0];
    let of = |kpi| {
        let estimate = model.estimate(kpi).ok_or("the study has no estimate")?;
        let error = estimate.standard_error.ok_or("more replications are needed for a standard error")?;
        Ok::<_, String>((estimate.value, error))
    };
    Ok(line(of(Kpi::FillRate)?, of(Kpi::MeanBacklog)?))
}

/// A ratio of sums over replications, as KPIs are.
#[derive(Default)]
struct Ratio {
    n: f64,
    x: f64,
    y: f64,
    xx: f64,
    xy: f64,
    yy: f64,
}

impl Ratio {
    fn add(&mut self, x: f64, y: f64) {
        self.n += 1.0;
        self.x += x;
        self.y += y;
        self.xx += x * x;
        self.xy += x * y;
        self.yy += y * y;
    }

    /// Value and standard error, by the linear terms of the ratio.
    fn value(&self) -> (f64, f64) {
        let r = self.x / self.y;
        // The residuals `x - r y` have mean 0.
        let squares = self.xx - 2.0 * r * self.xy + r * r * self.yy;
        (r, (squares / (self.n - 1.0) * self.n).sqrt() / self.y)
    }
}

fn found(fill: &Ratio, backlog: &Ratio) -> String {
    line(fill.value(), backlog.value())
}

fn line(fill: (f64, f64), backlog: (f64, f64)) -> String {
    format!(r#"{{"fill": [{}, {}], "backlog": [{}, {}]}}"#, fill.0, fill.1, backlog.0, backlog.1)
}
