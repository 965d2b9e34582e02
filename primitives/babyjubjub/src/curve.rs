//! BabyJubJub: 168700 x² + y² = 1 + 168696 x² y² over the BN254 scalar field (ERC-2494).
//!
//! The first coefficient is a square and the second is not, so the addition law is complete: it has
//! no exceptional points. The curve has 8 l points, l prime.
//!
//! The constants are written out here because the published crate that has them turns on the
//! standard library and cannot be part of a runtime. A test holds them against that crate.

use ark_bn254::Fr;
use ark_ec::{
	twisted_edwards::{Affine, MontCurveConfig, Projective, TECurveConfig},
	CurveConfig,
};
use ark_ff::{AdditiveGroup, BigInt, Fp256, MontBackend, MontConfig, MontFp, PrimeField, Zero};
use core::hint::black_box;

/// Parameters of [`Scalar`].
#[derive(MontConfig)]
#[modulus = "2736030358979909402780800718157159386076813972158567259200215660948447373041"]
#[generator = "31"]
pub struct ScalarConfig;

/// An integer modulo [`SUBGROUP_ORDER`].
pub type Scalar = Fp256<MontBackend<ScalarConfig, 4>>;

/// l, the prime order of the subgroup that [`generator`] generates, 251 bits.
pub const SUBGROUP_ORDER: BigInt<4> = Scalar::MODULUS;

/// The curve, as arkworks is told about it.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct BabyJubJub;

/// A point of the curve by its coordinates.
pub type Point = Affine<BabyJubJub>;

pub(crate) type ProjectivePoint = Projective<BabyJubJub>;

impl CurveConfig for BabyJubJub {
	type BaseField = Fr;
	type ScalarField = Scalar;
	const COFACTOR: &'static [u64] = &[8];
	const COFACTOR_INV: Scalar =
		MontFp!("2394026564107420727433200628387514462817212225638746351800188703329891451411");
}

impl TECurveConfig for BabyJubJub {
	const COEFF_A: Fr = MontFp!("168700");
	const COEFF_D: Fr = MontFp!("168696");
	const GENERATOR: Point = Point::new_unchecked(
		MontFp!("5299619240641551281634865583518297030282874472190772894086521144482721001553"),
		MontFp!("16950150798460657717958625567821834550301663161624707787222815936182638968203"),
	);
	type MontCurveConfig = Self;
}

impl MontCurveConfig for BabyJubJub {
	const COEFF_A: Fr = MontFp!("168698");
	const COEFF_B: Fr = MontFp!("1");
	type TECurveConfig = Self;
}

/// B8, circomlib's `BASE8`: a generator of the prime subgroup.
pub const fn generator() -> Point {
	BabyJubJub::GENERATOR
}

/// Whether l times the point, which is on the curve, is the identity.
pub(crate) fn in_subgroup(point: &Point) -> bool {
	BabyJubJub::mul_affine(point, &SUBGROUP_ORDER.0).is_zero()
}

/// a P - b Q, with the doublings shared. Branches on the scalars: for public ones only.
pub(crate) fn difference_of_products(
	(a, p): (Scalar, Point),
	(b, q): (Scalar, Point),
) -> ProjectivePoint {
	let (p, minus_q) = (ProjectivePoint::from(p), ProjectivePoint::from(-q));
	let both = p + minus_q;
	let mut sum = ProjectivePoint::zero();
	for (a, b) in bits(&a).zip(bits(&b)) {
		sum.double_in_place();
		match (a, b) {
			(false, false) => (),
			(true, false) => sum += p,
			(false, true) => sum += minus_q,
			(true, true) => sum += both,
		}
	}
	sum
}

/// s B8 for a secret s, as [`secret_multiple`].
pub(crate) fn secret_multiple_of_generator(scalar: &Scalar) -> Point {
	secret_multiple(scalar, &generator())
}

/// s P for a secret s and any point of the curve: the same point operations in the same order
/// whatever s is.
///
/// A Montgomery ladder with masked swaps. The field arithmetic below it is that of arkworks, whose
/// last subtraction of the modulus is not made constant-time.
pub(crate) fn secret_multiple(scalar: &Scalar, point: &Point) -> Point {
	let mut low = ProjectivePoint::zero();
	let mut high = ProjectivePoint::from(*point);
	for bit in bits(scalar) {
		swap_if(bit, &mut low, &mut high);
		high += low;
		low.double_in_place();
		swap_if(bit, &mut low, &mut high);
	}
	low.into()
}

/// Exchanges the points where `condition` holds, without branching on it.
fn swap_if(condition: bool, a: &mut ProjectivePoint, b: &mut ProjectivePoint) {
	// The compiler must not learn that the mask has two values, or it may branch after all.
	let mask = black_box(u64::from(condition).wrapping_neg());
	for (a, b) in
		[(&mut a.x, &mut b.x), (&mut a.y, &mut b.y), (&mut a.t, &mut b.t), (&mut a.z, &mut b.z)]
	{
		for (a, b) in a.0 .0.iter_mut().zip(&mut b.0 .0) {
			let exchanged = mask & (*a ^ *b);
			*a ^= exchanged;
			*b ^= exchanged;
		}
	}
}

/// The bits of a scalar from the highest that one can have.
fn bits(scalar: &Scalar) -> impl Iterator<Item = bool> {
	let limbs = scalar.into_bigint().0;
	limbs
		.into_iter()
		.rev()
		.flat_map(|limb| (0..u64::BITS).rev().map(move |place| (limb >> place) & 1 == 1))
		.skip((u64::BITS * 4 - Scalar::MODULUS_BIT_SIZE) as usize)
}

#[cfg(test)]
mod tests {
	use super::*;
	use ark_ec::{AffineRepr, PrimeGroup};
	use ark_ff::{BigInteger, FftField, Field};
	use proptest::prelude::*;
	use taceo_ark_babyjubjub as peer;

	#[test]
	fn the_curve_is_that_of_the_published_crate() {
		type Peer = peer::EdwardsConfig;
		assert_eq!(<BabyJubJub as TECurveConfig>::COEFF_A, <Peer as TECurveConfig>::COEFF_A);
		assert_eq!(BabyJubJub::COEFF_D, <Peer as TECurveConfig>::COEFF_D);
		assert_eq!(<BabyJubJub as MontCurveConfig>::COEFF_A, <Peer as MontCurveConfig>::COEFF_A);
		assert_eq!(BabyJubJub::COEFF_B, Peer::COEFF_B);
		assert_eq!(generator().x, peer::GENERATOR_X);
		assert_eq!(generator().y, peer::GENERATOR_Y);
		assert_eq!(SUBGROUP_ORDER, peer::Fr::MODULUS);
		assert_eq!(Scalar::GENERATOR.into_bigint(), peer::Fr::GENERATOR.into_bigint());
		assert_eq!(BabyJubJub::COFACTOR, Peer::COFACTOR);
		assert_eq!(BabyJubJub::COFACTOR_INV.into_bigint(), Peer::COFACTOR_INV.into_bigint());
	}

	#[test]
	fn the_generator_is_on_the_curve_and_in_the_subgroup() {
		assert!(generator().is_on_curve());
		assert!(in_subgroup(&generator()));
		assert!(!generator().is_zero());
		assert_eq!(BabyJubJub::COFACTOR_INV * Scalar::from(8u8), Scalar::from(1u8));
	}

	#[test]
	fn the_addition_law_is_complete() {
		assert!(<BabyJubJub as TECurveConfig>::COEFF_A.legendre().is_qr());
		assert!(BabyJubJub::COEFF_D.legendre().is_qnr());
	}

	#[test]
	fn multiples_at_the_edges() {
		assert!(secret_multiple_of_generator(&Scalar::from(0u8)).is_zero());
		assert_eq!(secret_multiple_of_generator(&Scalar::from(1u8)), generator());
		assert_eq!(secret_multiple_of_generator(&-Scalar::from(1u8)), -generator());
		assert_eq!(bits(&-Scalar::from(1u8)).count(), 251);
		assert_eq!((SUBGROUP_ORDER.num_bits(), Scalar::MODULUS_BIT_SIZE), (251, 251));
	}

	proptest! {
		#![proptest_config(ProptestConfig::with_cases(16))]

		#[test]
		fn multiples_are_those_of_arkworks(a in any::<[u8; 32]>(), b in any::<[u8; 32]>()) {
			let a = Scalar::from_le_bytes_mod_order(&a);
			let b = Scalar::from_le_bytes_mod_order(&b);
			let base = ProjectivePoint::from(generator());
			let multiple = base.mul_bigint(a.into_bigint());
			prop_assert_eq!(secret_multiple_of_generator(&a), Point::from(multiple));
			let other = Point::from(multiple);
			prop_assert_eq!(
				difference_of_products((a, generator()), (b, other)),
				multiple - multiple.mul_bigint(b.into_bigint())
			);
		}
	}
}
