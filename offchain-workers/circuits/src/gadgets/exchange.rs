//! A secret shared with the holder of a BabyJubJub key (Diffie and Hellman), for numbers that only
//! that holder is to find.

use super::{
	bits,
	edwards::{self, Point},
	poseidon,
};
use crate::{Builder, Number};
use ark_bn254::Fr;
use ark_ff::{BigInt, BigInteger};
use quittance_poseidon::tag;

const RHO: Fr = tag("quittance.change-rho.v1");
const MASK: Fr = tag("quittance.change-mask.v1");

/// Bits of the ephemeral secret: as many as the subgroup's order has, and one, since both multiples
/// take an even number.
pub const SECRET_BITS: usize = 252;

/// The two points that an ephemeral secret e makes.
#[derive(Clone, Debug)]
pub struct Exchanged<T> {
	/// R = e B8, which is published.
	pub ephemeral_key: Point<T>,
	/// S = e V, which the holder of V's secret v has as v R.
	pub shared: Point<T>,
	/// The bits of e, for [`share`] with another holder.
	pub secret: Vec<Number<T>>,
}

/// Makes an ephemeral key and the secret that it shares with `key`.
///
/// * `scalar`: e has bits, 252. It need not be below the subgroup's order: of two that make the same
///   points nobody cares which it was.
/// * `key`: R, 834. A multiple of B8 is in the subgroup, so that the holder of V gets nothing but a
///   point of the subgroup when it multiplies R by its secret.
/// * `order`: R is not the identity, 1. In the subgroup only the identity has x = 0. With it S would be
///   known to everybody.
/// * `shared`: S, 2,767.
///
/// The caller knows `key` to be on the curve and in the subgroup, and not the identity.
pub fn exchange<B: Builder>(
	builder: &mut B,
	secret: &BigInt<4>,
	key: &Point<B::Terms>,
) -> Exchanged<B::Terms> {
	let secret: Vec<_> = builder.group("scalar", |builder| {
		(0..SECRET_BITS).map(|place| bits::bit(builder, secret.get_bit(place))).collect()
	});
	let ephemeral_key =
		builder.group("key", |builder| edwards::multiple_of_generator(builder, &secret));
	builder.group("order", |builder| builder.not_zero(&ephemeral_key.x));
	let shared = share(builder, &secret, key);
	Exchanged { ephemeral_key, shared, secret }
}

/// The secret that an ephemeral key of [`exchange`] shares with `key`: group `shared`, 2,767 constraints.
///
/// One ephemeral key may share a secret with several holders. What the holder of V has is v R, whoever else
/// there is: to it the other's e A is as hidden as to anybody, since it knows of e no more than R.
pub fn share<B: Builder>(
	builder: &mut B,
	secret: &[Number<B::Terms>],
	key: &Point<B::Terms>,
) -> Point<B::Terms> {
	builder.group("shared", |builder| edwards::multiple(builder, key, secret))
}

/// P(tag, S.x, S.y, subject), the random number of a note for the key's holder: 294 constraints.
pub fn rho<B: Builder>(
	builder: &mut B,
	shared: &Point<B::Terms>,
	subject: &Number<B::Terms>,
) -> Number<B::Terms> {
	poseidon::hash(builder, &[RHO], &[&shared.x, &shared.y, subject])
}

/// P(tag, S.x, S.y, commitment), by which the value of that note is encrypted: 294 constraints.
pub fn mask<B: Builder>(
	builder: &mut B,
	shared: &Point<B::Terms>,
	commitment: &Number<B::Terms>,
) -> Number<B::Terms> {
	poseidon::hash(builder, &[MASK], &[&shared.x, &shared.y, commitment])
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Recorder;
	use ark_ff::PrimeField;
	use quittance_babyjubjub::{SecretKey, SUBGROUP_ORDER};
	use quittance_poseidon::Native;

	fn exchanged(secret: &BigInt<4>, key: (Fr, Fr)) -> (Recorder, Exchanged<crate::Linear>) {
		let mut recorder = Recorder::default();
		let key = Point { x: recorder.hint("x", key.0), y: recorder.hint("y", key.1) };
		let exchanged = exchange(&mut recorder, secret, &key);
		(recorder, exchanged)
	}

	#[test]
	fn both_sides_share_a_point_at_the_stated_cost() {
		for seed in 0..4 {
			let ephemeral = SecretKey::from_seed(&[seed; 32]);
			let holder = SecretKey::from_seed(&[seed + 100; 32]);
			let key = holder.public();
			let secret = ephemeral.scalar().into_bigint();
			let (mut recorder, exchanged) = exchanged(&secret, (key.x(), key.y()));
			let public = ephemeral.public();
			assert_eq!(exchanged.ephemeral_key.values(), (public.x(), public.y()));
			let shared = holder.shared(&public);
			assert_eq!(exchanged.shared.values(), (shared.x, shared.y));
			let other = recorder.hint("other", Fr::from(9u8));
			let rho = rho(&mut recorder, &exchanged.shared, &other).value();
			assert_eq!(rho, quittance_types::change_rho::<Native>(&shared, Fr::from(9u8)));
			let mask = mask(&mut recorder, &exchanged.shared, &other).value();
			assert_eq!(mask, quittance_types::change_mask::<Native>(&shared, Fr::from(9u8)));
			assert!(recorder.is_satisfied());
			let cost = 252 + 834 + 1 + 2767 + 2 * 294;
			assert_eq!(recorder.finish().constraints(), cost);
		}
	}

	#[test]
	fn a_secret_that_makes_the_identity_is_refused() {
		let key = SecretKey::from_seed(&[1; 32]).public();
		for secret in [BigInt::zero(), SUBGROUP_ORDER] {
			let (recorder, exchanged) = exchanged(&secret, (key.x(), key.y()));
			assert_eq!(exchanged.ephemeral_key.values(), (Fr::from(0u8), Fr::from(1u8)));
			assert!(!recorder.is_satisfied());
		}
		// One more is one.
		let mut next = SUBGROUP_ORDER;
		assert!(!next.add_with_carry(&BigInt::one()));
		let (recorder, exchanged) = exchanged(&next, (key.x(), key.y()));
		assert_eq!(exchanged.shared.values(), (key.x(), key.y()));
		assert!(recorder.is_satisfied());
	}
}
