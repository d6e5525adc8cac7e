//! The kernel alone, for a profiler: so many replications of a workload, on one thread, with nothing read, drawn or written around them.
//!
//! `count WORKLOAD units|books|series REPLICATIONS`, where the workload is the name of a scenario beside this file. `benches/instructions`
//! runs it under valgrind; by hand it is what `callgrind` and `perf` are pointed at.

use restock_kernel::sim::{DemandPlan, Kernel, Needs, Plan};
use restock_scenario::Loader;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match count(&arguments) {
        Ok(days) => {
            println!("{days}");
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

/// Runs what the arguments ask for, and returns how many product-days a replication has: those of the warm-up count, in each supply model.
fn count(arguments: &[String]) -> Result<usize, String> {
    let [workload, needs, replications] = arguments else {
        return Err("usage: count WORKLOAD units|books|series REPLICATIONS".into());
    };
    let needs = match needs.as_str() {
        "units" => Needs::Units,
        "books" => Needs::Books,
        "series" => Needs::Series,
        other => return Err(format!("`{other}` is none of units, books, series")),
    };
    let replications = replications.parse().map_err(|error| format!("`{replications}`: {error}"))?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benches").join(workload).with_extension("toml");
    let loader = Loader { allow_outside: true, ..Loader::default() };
    let runnable = loader.load(&file).map_err(|problems| problems.render(false))?.value.runnable;
    let (scenario, seed) = (&runnable.scenario, runnable.experiment.seed);
    let mut days = 0;
    for product in &scenario.products {
        let demand = DemandPlan::new(scenario, product, seed);
        let plans: Vec<Plan> =
            scenario.models.iter().map(|model| Plan::new(scenario, product, model, &demand, seed)).collect();
        let kernel = Kernel::new(&demand, &plans, needs);
        kernel.block(0..replications, &mut kernel.desk(), &mut |_, mut replica| {
            black_box(replica.kpis().ok());
        });
        days += plans.iter().map(|plan| plan.days).sum::<usize>();
    }
    Ok(days)
}
