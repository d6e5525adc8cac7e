//! Fitting the count model and drawing its paths, beside independent negative binomial draws of rand_distr.
//!
//! The panel is the M5 extract beside the repository where it is there, else one of its size and kind: 1,000 items, 447 days, means from 0.05 to
//! 20 a day. Paths are of 28 days. Times are of one thread.

use divan::{Bencher, black_box, counter::ItemsCount};
use rand_distr::{Distribution, Gamma, Poisson};
use restock::calendar::Day;
use restock::forecast::{Calendar, CountModel, Fitted, FittedCounts, Item, Panel, Step, Streams};
use restock::law::CountLaw;
use restock::rng::Stream;

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("there is no pool yet");
    divan::main();
}

const ITEMS: usize = 1_000;
const DAYS: usize = 447;
const HORIZON: usize = 28;
const PATHS: usize = 40;

fn panel() -> Panel {
    let extract = std::path::Path::new("../shared/data/m5_subset1000_long.parquet");
    if let Ok(sales) = restock::data::read_sales(extract, &restock::data::Columns::default()) {
        return sales.panel;
    }
    let law = CountLaw::new(0.6);
    let item = |i: usize| {
        let s = Stream::new(1, &format!("{i}"), "bench", "");
        let mean = 0.05 * 400.0_f64.powf((i as f64 / ITEMS as f64).powi(3));
        let week = [0.9, 0.8, 0.8, 0.9, 1.1, 1.3, 1.2];
        let day =
            |t: usize| law.draw(mean * week[t % 7], s.at(0, t as i32, 0).uniform(), || s.at(0, t as i32, 1)) as f64;
        Item { group: Some(format!("{}", i % 7)), ..Item::new(format!("{i}"), 0, (0..DAYS).map(day).collect()) }
    };
    Panel { first: Day(0), step: Step::Day, periods: DAYS, items: (0..ITEMS).map(item).collect() }
}

fn fitted(panel: &Panel) -> FittedCounts {
    CountModel::default().fit_counts(panel, &Calendar::plain(HORIZON))
}

/// All items.
#[divan::bench]
fn fit_1000_items(bencher: Bencher) {
    let panel = panel();
    bencher.bench_local(|| fitted(black_box(&panel)));
}

/// Paths of every item, as a forecast draws them: time for each draw.
#[divan::bench]
fn joint_draws(bencher: Bencher) {
    let panel = panel();
    let fitted = fitted(&panel);
    let streams: Vec<Streams> = panel.items.iter().map(|i| Streams::of(1, i)).collect();
    let mut out = [0.0; PATHS * HORIZON];
    let mut first = 0;
    bencher.counter(ItemsCount::new(streams.len() * out.len())).bench_local(|| {
        first += PATHS as u32;
        for (i, s) in streams.iter().enumerate() {
            fitted.simulate_several(i, s, first, HORIZON, &mut out);
            black_box(&out);
        }
    });
}

/// The same one path at a time, as a scenario's replications draw them.
#[divan::bench]
fn joint_draws_one_by_one(bencher: Bencher) {
    let panel = panel();
    let fitted = fitted(&panel);
    let streams: Vec<Streams> = panel.items.iter().map(|i| Streams::of(1, i)).collect();
    let mut out = [0.0; HORIZON];
    let mut path = 0;
    bencher.counter(ItemsCount::new(streams.len() * HORIZON)).bench_local(|| {
        path += 1;
        for (i, s) in streams.iter().enumerate() {
            fitted.simulate(i, s, path, &mut out);
            black_box(&out);
        }
    });
}

/// The same number of draws that know nothing of each other: a gamma mixture of Poissons of rand_distr for each.
#[divan::bench]
fn independent_draws_of_rand_distr(bencher: Bencher) {
    let panel = panel();
    let means: Vec<f64> = panel.items.iter().map(|i| i.mean().max(0.01)).collect();
    let mixing = Gamma::new(1.0 / 0.6, 0.6).expect("both are above 0");
    let stream = Stream::new(1, "bench", "independent", "");
    let mut path = 0;
    bencher.counter(ItemsCount::new(means.len() * HORIZON)).bench_local(|| {
        path += 1;
        let mut draw = stream.at(path, 0, 0);
        for mean in &means {
            for _ in 0..HORIZON {
                let level = mean * mixing.sample(&mut draw);
                black_box(Poisson::new(level.max(1e-9)).map_or(0.0, |p| p.sample(&mut draw)));
            }
        }
    });
}
