//! Logarithm and exponential function over the ranges that laws of counts need, written without branches so that a compiler computes several at a time.
//!
//! Both reduce their argument to a short interval and take the first terms of a series there, in the order of Estrin, which waits least for itself; the remainders are below 1e-15 of a logarithm and 1e-14 of a power.
//! They are sums and products of doubles alone: the same bits on every machine.

/// `ln(x)` for `x` of at least 1.
#[inline(always)]
pub(super) fn ln_from_one(x: f64) -> f64 {
    const ROOT_OF_HALF: u64 = 0x3FE6_A09E_667F_3BCD;
    const TWO_TO_52: u64 = 0x4330_0000_0000_0000;
    // x = 2^e m with m from sqrt(1/2) to sqrt(2); ln(m) = 2 artanh(s).
    let bits = x.to_bits();
    let e = (bits - ROOT_OF_HALF) >> 52;
    let m = f64::from_bits(bits - (e << 52));
    let e = f64::from_bits(e | TWO_TO_52) - f64::from_bits(TWO_TO_52);
    let s = (m - 1.0) / (m + 1.0);
    let q = s * s;
    let (q2, q4) = (q * q, q * q * (q * q));
    let low = (1.0 / 3.0 + q * (1.0 / 5.0)) + q2 * (1.0 / 7.0 + q * (1.0 / 9.0));
    let high = (1.0 / 11.0 + q * (1.0 / 13.0)) + q2 * (1.0 / 15.0 + q * (1.0 / 17.0));
    let series = low + q4 * high;
    e * std::f64::consts::LN_2 + 2.0 * (s + s * q * series)
}

/// `exp(x)` for `x` up to 700; 0 in effect below -700, where it is `exp(-700)`.
#[inline(always)]
pub(super) fn exp(x: f64) -> f64 {
    // 3/2 2^52: added to a small number it leaves the nearest integer in the lowest bits.
    const ROUND: f64 = 6_755_399_441_055_744.0;
    const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
    const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;
    let x = if x < -700.0 { -700.0 } else { x };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let (r2, r4) = (r * r, r * r * (r * r));
    let low = (1.0 / 6.0 + r * (1.0 / 24.0)) + r2 * (1.0 / 120.0 + r * (1.0 / 720.0));
    let high = (1.0 / 5_040.0 + r * (1.0 / 40_320.0)) + r2 * (1.0 / 362_880.0 + r * (1.0 / 3_628_800.0));
    let series = low + r4 * (high + r4 * (1.0 / 39_916_800.0));
    let scale = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    (1.0 + (r + r2 * (0.5 + r * series))) * scale
}

#[cfg(test)]
mod tests {
    /// Against the standard library, on a grid from one end to the other.
    #[test]
    fn values_are_right_to_a_few_units_of_the_last_place() {
        for i in 0..=200_000 {
            let t = f64::from(i) / 200_000.0;
            let x = (t * 40.0).exp();
            let (own, std) = (super::ln_from_one(x), x.ln());
            assert!((own - std).abs() <= 1e-15 * std.max(0.1), "ln {x}: {own}, {std}");
            let x = -700.0 + 1_400.0 * t;
            let (own, std) = (super::exp(x), x.exp());
            assert!((own / std - 1.0).abs() <= 1e-14, "exp {x}: {own}, {std}");
        }
        assert_eq!(super::ln_from_one(1.0), 0.0);
        assert_eq!(super::exp(0.0), 1.0);
        assert!(super::exp(-1e9) < 1e-300);
    }
}
