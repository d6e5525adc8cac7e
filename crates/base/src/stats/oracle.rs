//! Closed forms against which the simulator is checked.

use super::special::normal_quantile;

/// Poisson probability of `n`.
fn poisson_pmf(n: i64, mean: f64) -> f64 {
    (n as f64 * mean.ln() - mean - libm::lgamma(n as f64 + 1.0)).exp()
}

/// Expected backorders `E[(X - s)^+]` of a Poisson(`mean`) lead-time demand against stock `s`
/// (Zipkin 2000, section 6.2).
#[must_use]
pub fn poisson_backorders(s: i64, mean: f64) -> f64 {
    if s < 0 {
        return mean - s as f64;
    }
    // mean - s + E[(s - X)^+].
    let left: f64 = (0..s).map(|n| (s - n) as f64 * poisson_pmf(n, mean)).sum();
    mean - s as f64 + left
}

/// Erlang's loss formula: share of arrivals lost by `servers` under `load` erlangs.
#[must_use]
pub fn erlang_b(servers: i64, load: f64) -> f64 {
    (1..=servers).fold(1.0, |b, n| load * b / (n as f64 + load * b))
}

/// The textbook safety stock `z sqrt(L sd^2 + d^2 sd_L^2)` in units (Snyder and Shen 2019, eq. 4.49).
#[must_use]
pub fn safety_stock(service: f64, mean: f64, sd: f64, lead_time: f64, lead_time_sd: f64) -> f64 {
    normal_quantile(service) * (lead_time * sd * sd + (mean * lead_time_sd).powi(2)).sqrt()
}

/// Cost a year of ordering `quantity` units whenever none is left, from a supplier that fails and recovers at the rates `(fails, recovers)` a year while
/// who finds none is lost (Berk and Arreola-Risa, Naval Research Logistics 41, 1994; Snyder and Shen 2019, example 9.1). `costs`: an order, a unit on
/// hand and year, a unit not sold.
#[must_use]
pub fn eoq_with_disruptions_cost(
    quantity: f64,
    (order, holding, lost): (f64, f64, f64),
    per_year: f64,
    (fails, recovers): (f64, f64),
) -> f64 {
    let both = fails + recovers;
    // Chance that the supplier is down when the stock has run out.
    let down = fails / both * -(-both * quantity / per_year).exp_m1();
    let cycle = quantity / per_year + down / recovers;
    (order + holding * quantity * quantity / (2.0 * per_year) + lost * per_year * down / recovers) / cycle
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        assert!((poisson_backorders(90, 80.0) - 0.629_357).abs() < 1e-6);
        assert!((poisson_backorders(20, 15.0) - 0.2123).abs() < 1e-4);
        assert!((erlang_b(15, 15.0) - 0.180_316).abs() < 1e-6);
        assert!((erlang_b(15, 12.0) - 0.085_729_2).abs() < 1e-6);
        for (service, value) in [(0.90, 238.245), (0.95, 305.784), (0.99, 432.476)] {
            assert!((safety_stock(service, 20.0, 6.0, 60.0, 9.0) - value).abs() < 5e-4);
        }
    }
}
