//! Membership in G2, the subgroup of order `r` of the curve over the quadratic extension.
//!
//! Let `psi` be the Frobenius map of the pairing's curve carried over to this one. A point `Q` of
//! the curve is in G2 if and only if
//!
//! ```text
//! [6x + 2]Q + psi(Q) - psi²(Q) + psi³(Q) = 0                                  (1)
//! ```
//!
//! where `x` is the parameter of the curve. It takes a multiplication by a number of 65 bits, against
//! 127 bits for `[6x²]Q = psi(Q)`, which `ark-bn254` tests. And the Miller loop of the optimal ate
//! pairing computes the first three terms anyway, so that for a point that is paired the test costs
//! one comparison.
//!
//! Tests of this kind are from Dai, Lin, Zhao, Zhou, "Fast subgroup membership testings for G1, G2
//! and GT on pairing-friendly curves" (ePrint 2022/348) and El Housni, Guillevic, Piellard, "Co-factor
//! clearing and subgroup membership testing on pairing-friendly curves" (ePrint 2022/352). The linear
//! relation is Vercauteren's, "Optimal pairings" (ePrint 2008/096). Why it decides membership here:
//!
//! * On G2 `psi` is multiplication by `q`, and `r` divides `6x + 2 + q - q² + q³`. So (1) holds there.
//! * On the whole curve `psi² - [t]·psi + [q] = 0`, with `t = 6x² + 1`. Let `P = 6x + 2 + X - X² + X³`
//!   and let `R` be the resultant of `P` and `X² - tX + q`: `R = u·P + v·(X² - tX + q)` for integer
//!   polynomials `u` and `v`. If (1) holds for `Q`, putting `psi` for `X` gives `[R]Q = 0`. The curve
//!   has `h·r` points, so `[hr]Q = 0`, too, and the order of `Q` divides `gcd(R, hr)`, which is `r`
//!   (computed by the test `the_relation_decides_membership`). As `r` is prime and does not divide
//!   `h`, the points whose order divides `r` are G2.

use ark_bn254::{Config, G2Affine};
use ark_ec::{bn::BnConfig, AdditiveGroup, AffineRepr};
use ark_ff::Field;

/// The digits of `6x + 2` after the first, which is 1: most significant first, each -1, 0 or 1.
pub(crate) fn ate_digits() -> impl Iterator<Item = i8> {
	const { assert!(!Config::X_IS_NEGATIVE) };
	Config::ATE_LOOP_COUNT.iter().rev().skip(1).copied()
}

/// The Frobenius map of the pairing's curve, carried over to the curve of G2.
pub(crate) fn psi(point: &G2Affine) -> G2Affine {
	let (mut x, mut y) = (point.x, point.y);
	x.frobenius_map_in_place(1);
	y.frobenius_map_in_place(1);
	G2Affine::new_unchecked(x * Config::TWIST_MUL_BY_Q_X, y * Config::TWIST_MUL_BY_Q_Y)
}

/// The terms of relation (1) after the first, negated for the third: `psi(Q)`, `-psi²(Q)`,
/// `psi³(Q)`.
pub(crate) fn images(point: &G2Affine) -> [G2Affine; 3] {
	let first = psi(point);
	let second = psi(&first);
	[first, -second, psi(&second)]
}

/// Whether a point of the curve, which must not be infinity, is in G2.
pub(crate) fn is_in_g2(point: &G2Affine) -> bool {
	let negated = -*point;
	let mut sum = point.into_group();
	for digit in ate_digits() {
		sum.double_in_place();
		match digit {
			1 => sum += point,
			-1 => sum += negated,
			_ => {},
		}
	}
	let [first, second, third] = images(point);
	sum += first;
	sum += second;
	sum == -third.into_group()
}
