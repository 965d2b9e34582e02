//! EdDSA-Poseidon over BabyJubJub, the equation of circomlib: S B8 = R8 + h (8 A).

use super::{
	bits,
	edwards::{self, Point},
	poseidon,
};
use crate::{Builder, Number};
use ark_ff::{BigInt, BigInteger};
use quittance_babyjubjub::SUBGROUP_ORDER;

/// A signature's parts.
#[derive(Clone, Debug)]
pub struct Signature<T> {
	/// R8.
	pub r8: Point<T>,
	/// S, an integer below the order of the subgroup. Its bits are wires of [`verify`].
	pub s: BigInt<4>,
}

/// What [`verify`] found.
#[derive(Clone, Debug)]
pub struct Checked<T> {
	/// h.
	pub challenge: Number<T>,
	/// Whether the equation holds for the values at hand.
	pub holds: bool,
}

/// Demands that a signature of `message` under `key` holds.
///
/// * `key_on_curve`, `nonce_on_curve`: A and R8 satisfy the curve's equation. Without it a key
///   can be chosen off the curve for which anybody signs.
/// * `key_order`: 8 A is not the identity, that is A has no small order. 8 A is in the subgroup, as
///   the curve has 8 l points, and there only the identity has x = 0.
/// * `scalar_range`: S is below l, so that no second S belongs to the same signature.
/// * `challenge`: h = P(R8.x, R8.y, A.x, A.y, M).
/// * `challenge_bits`: the bits are those of h itself, not of h plus the field's order, which is
///   not a multiple of l.
/// * `key_multiple`, `variable_base`, `fixed_base`: 8 A, h (8 A), S B8.
/// * `equation`: the sum and the comparison.
///
/// R8 is then S B8 - h (8 A), hence in the subgroup, without a check of its own.
pub fn verify<B: Builder>(
	builder: &mut B,
	key: &Point<B::Terms>,
	signature: &Signature<B::Terms>,
	message: &Number<B::Terms>,
) -> Checked<B::Terms> {
	let Signature { r8, s } = signature;
	builder.group("key_on_curve", |builder| edwards::on_curve(builder, key));
	builder.group("nonce_on_curve", |builder| edwards::on_curve(builder, r8));
	let eightfold = builder.group("key_multiple", |builder| {
		let twice = edwards::double(builder, key);
		let fourfold = edwards::double(builder, &twice);
		edwards::double(builder, &fourfold)
	});
	builder.group("key_order", |builder| builder.not_zero(&eightfold.x));
	let s = builder.group("scalar_range", |builder| {
		let mut largest = SUBGROUP_ORDER;
		largest.sub_with_borrow(&BigInt::one());
		bits::at_most(builder, s, &largest)
	});
	let challenge = builder.group("challenge", |builder| {
		poseidon::hash(builder, &[], &[&r8.x, &r8.y, &key.x, &key.y, message])
	});
	let h = builder.group("challenge_bits", |builder| bits::canonical(builder, &challenge));
	let right =
		builder.group("variable_base", |builder| edwards::multiple(builder, &eightfold, &h));
	let left = builder.group("fixed_base", |builder| edwards::multiple_of_generator(builder, &s));
	let holds = builder.group("equation", |builder| {
		let sum = edwards::add(builder, r8, &right);
		edwards::equal(builder, &left, &sum);
		left.values() == sum.values()
	});
	Checked { challenge, holds }
}
