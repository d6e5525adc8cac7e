//! Draws, beside rand_distr built for each draw.

use divan::{Bencher, black_box};
use rand_distr::{Distribution, Gamma, Poisson};
use restock::law::{CountTable, Dist, Sampler, binomial, negative_binomial};
use restock::rng::{Draw, Stream};

fn main() {
    divan::main();
}

fn keyed<T>(bencher: Bencher, mut sample: impl FnMut(&mut Draw) -> T) {
    let stream = Stream::new(1, "bench", "sampling", "");
    let mut n = 0;
    bencher.bench_local(|| {
        n += 1;
        sample(&mut stream.at(0, n, 0))
    });
}

#[divan::bench]
fn uniform(bencher: Bencher) {
    keyed(bencher, Draw::uniform);
}

#[divan::bench]
fn poisson_20_table(bencher: Bencher) {
    let table = CountTable::new(20.0, None);
    keyed(bencher, |d| table.draw(d));
}

#[divan::bench]
fn poisson_20(bencher: Bencher) {
    keyed(bencher, |d| negative_binomial(black_box(20.0), None, d));
}

#[divan::bench]
fn poisson_20_naive(bencher: Bencher) {
    keyed(bencher, |d| Poisson::new(black_box(20.0)).map(|p| p.sample(d)));
}

#[divan::bench]
fn negative_binomial_50_table(bencher: Bencher) {
    let table = CountTable::new(50.0, Some(8.0));
    keyed(bencher, |d| table.draw(d));
}

#[divan::bench]
fn negative_binomial_50(bencher: Bencher) {
    let mixing = Gamma::new(8.0, 0.125).ok();
    keyed(bencher, |d| negative_binomial(black_box(50.0), mixing.as_ref(), d));
}

#[divan::bench]
fn binomial_20_of_3_percent(bencher: Bencher) {
    keyed(bencher, |d| binomial(black_box(20), 0.03, d));
}

#[divan::bench]
fn lognormal_stage(bencher: Bencher) {
    let sampler = Sampler::new(&Dist::lognormal_median_p90(30.0, 45.0));
    keyed(bencher, |d| sampler.draw(d));
}
