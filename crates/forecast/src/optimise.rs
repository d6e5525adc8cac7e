//! The simplex method of Nelder and Mead (Computer Journal 7, 1965) within a box, and normal equations.

/// Solves `matrix x = right` in place by Cholesky's decomposition: `matrix` is symmetric and positive, row by row, of which the lower half is read.
pub(super) fn solve(matrix: &mut [f64], right: &mut [f64]) {
    let n = right.len();
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| matrix[i * n + k] * matrix[j * n + k]).sum();
            let v = matrix[i * n + j] - dot;
            matrix[i * n + j] = if i == j { v.max(1e-12).sqrt() } else { v / matrix[j * n + j] };
        }
    }
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| matrix[i * n + k] * right[k]).sum();
        right[i] = (right[i] - dot) / matrix[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| matrix[k * n + i] * right[k]).sum();
        right[i] = (right[i] - dot) / matrix[i * n + i];
    }
}

/// A simplex whose values differ by no more than this share of themselves is at the bottom.
const FLAT: f64 = 1e-6;

/// Lowers `of` from `start` within `low` and `high`, with at most `evaluations` of it. Points outside are moved onto the box. Values that are not
/// finite count as the worst.
pub(super) fn minimise(
    start: &[f64],
    low: &[f64],
    high: &[f64],
    evaluations: usize,
    mut of: impl FnMut(&[f64]) -> f64,
) -> (Vec<f64>, f64) {
    let n = start.len();
    let inside = |x: Vec<f64>| -> Vec<f64> { (0..n).map(|i| x[i].clamp(low[i], high[i])).collect() };
    let mut used = 0;
    let mut value = |x: &[f64]| {
        used += 1;
        let v = of(x);
        (if v.is_finite() { v } else { f64::MAX }, used)
    };
    let first = inside(start.to_vec());
    if n == 0 {
        return (first, value(&[]).0);
    }
    let mut simplex: Vec<(Vec<f64>, f64)> = vec![(first.clone(), value(&first).0)];
    for i in 0..n {
        let mut x = first.clone();
        let step = if (high[i] - low[i]).is_finite() { 0.2 * (high[i] - low[i]) } else { 0.1 * x[i].abs().max(0.1) };
        x[i] = if x[i] + step <= high[i] { x[i] + step } else { x[i] - step };
        let x = inside(x);
        let v = value(&x).0;
        simplex.push((x, v));
    }
    loop {
        simplex.sort_by(|a, b| a.1.total_cmp(&b.1));
        let (best, worst) = (simplex[0].1, simplex[n].1);
        let flat = (worst - best).abs() <= FLAT * best.abs();
        let centre: Vec<f64> = (0..n).map(|i| simplex[..n].iter().map(|s| s.0[i]).sum::<f64>() / n as f64).collect();
        let towards =
            |t: f64| -> Vec<f64> { inside((0..n).map(|i| centre[i] + t * (simplex[n].0[i] - centre[i])).collect()) };
        let reflected = towards(-1.0);
        let (r, calls) = value(&reflected);
        if flat || calls >= evaluations {
            break;
        }
        if r < best {
            let far = towards(-2.0);
            let (e, _) = value(&far);
            simplex[n] = if e < r { (far, e) } else { (reflected, r) };
        } else if r < simplex[n - 1].1 {
            simplex[n] = (reflected, r);
        } else {
            let near = towards(if r < worst { -0.5 } else { 0.5 });
            let (c, _) = value(&near);
            if c < worst.min(r) {
                simplex[n] = (near, c);
            } else {
                // Shrinks towards the best.
                let best = simplex[0].0.clone();
                for s in &mut simplex[1..] {
                    let x: Vec<f64> = (0..n).map(|i| 0.5 * (s.0[i] + best[i])).collect();
                    let v = value(&x).0;
                    *s = (x, v);
                }
            }
        }
    }
    simplex.swap_remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_valley_and_stays_in_the_box() {
        let rosenbrock = |x: &[f64]| (1.0 - x[0]).powi(2) + 100.0 * (x[1] - x[0] * x[0]).powi(2);
        let (x, v) = minimise(&[-1.2, 1.0], &[-5.0, -5.0], &[5.0, 5.0], 2_000, rosenbrock);
        assert!(v < 1e-6 && (x[0] - 1.0).abs() < 1e-2, "{x:?} {v}");
        let (x, _) = minimise(&[0.2], &[0.1], &[0.4], 200, |x| -x[0]);
        assert!((x[0] - 0.4).abs() < 1e-6);
        assert_eq!(minimise(&[], &[], &[], 10, |_| 3.0).1, 3.0);
    }
}
