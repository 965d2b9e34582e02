//! Notes, as `quittance_types` defines them.

use super::{bits, poseidon};
use crate::{Builder, Number};
use ark_bn254::Fr;
use quittance_poseidon::tag;

const OWNER: Fr = tag("quittance.owner.v1");
const INNER: Fr = tag("quittance.note-inner.v1");
const NOTE: Fr = tag("quittance.note.v1");
const NULLIFIER: Fr = tag("quittance.note-nullifier.v1");

/// P(tag, nk, d), the owner key of a nullifier key and a diversifier: 258 constraints.
pub fn owner_key<B: Builder>(
	builder: &mut B,
	nullifier_key: &Number<B::Terms>,
	diversifier: &Number<B::Terms>,
) -> Number<B::Terms> {
	poseidon::hash(builder, &[OWNER], &[nullifier_key, diversifier])
}

/// P(tag, owner, rho): 258 constraints.
pub fn inner<B: Builder>(
	builder: &mut B,
	owner: &Number<B::Terms>,
	rho: &Number<B::Terms>,
) -> Number<B::Terms> {
	poseidon::hash(builder, &[INNER], &[owner, rho])
}

/// P(tag, value, inner), the leaf of a note: 258 constraints.
pub fn commitment<B: Builder>(
	builder: &mut B,
	value: &Number<B::Terms>,
	inner: &Number<B::Terms>,
) -> Number<B::Terms> {
	poseidon::hash(builder, &[NOTE], &[value, inner])
}

/// The commitment of a note made, of a value below 2^64: groups `range` (65 constraints), `inner`
/// and `commitment`.
pub fn make<B: Builder>(
	builder: &mut B,
	value: &Number<B::Terms>,
	owner: &Number<B::Terms>,
	rho: &Number<B::Terms>,
) -> Number<B::Terms> {
	builder.group("range", |builder| bits::range(builder, value, 64));
	let inner = builder.group("inner", |builder| inner(builder, owner, rho));
	builder.group("commitment", |builder| commitment(builder, value, &inner))
}

/// P(tag, nk, commitment, leaf_index): 294 constraints.
pub fn nullifier<B: Builder>(
	builder: &mut B,
	nullifier_key: &Number<B::Terms>,
	commitment: &Number<B::Terms>,
	leaf_index: &Number<B::Terms>,
) -> Number<B::Terms> {
	poseidon::hash(builder, &[NULLIFIER], &[nullifier_key, commitment, leaf_index])
}

/// A place in a tree of notes.
#[derive(Clone, Debug)]
pub struct Place<T> {
	/// For each level from the lowest, the two bits of the place there, as
	/// [`merkle::root`](super::merkle::root) takes them.
	pub digits: Vec<[Number<T>; 2]>,
	/// The place itself, the sum of the same bits: whoever uses it for a nullifier cannot use
	/// another for the path.
	pub leaf_index: Number<T>,
}

/// A place below 4^`depth` of the prover's choice: two constraints a level.
pub fn place<B: Builder>(builder: &mut B, leaf_index: u64, depth: usize) -> Place<B::Terms> {
	let bits: Vec<_> = (0..2 * depth)
		.map(|place| bits::bit(builder, leaf_index.checked_shr(place as u32).unwrap_or(0) & 1 == 1))
		.collect();
	let digits = bits.chunks_exact(2).map(|digit| [digit[0].clone(), digit[1].clone()]).collect();
	Place { digits, leaf_index: bits::compose(&bits) }
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Recorder;
	use quittance_poseidon::Native;
	use quittance_types::{note_nullifier, Note};

	#[test]
	fn hashes_are_those_of_the_wallets_at_the_stated_cost() {
		let values = [1u64, u64::MAX, 3, 4].map(Fr::from);
		let mut recorder = Recorder::default();
		let [nk, d, rho, value] = values.map(|value| recorder.hint("value", value));
		let owner = owner_key(&mut recorder, &nk, &d);
		let expected = quittance_types::owner_key::<Native>(values[0], values[1]);
		assert_eq!(owner.value(), expected);
		let note = Note { value: 4, owner: expected, rho: values[2] };
		let inner = inner(&mut recorder, &owner, &rho);
		assert_eq!(inner.value(), note.inner::<Native>());
		let commitment = commitment(&mut recorder, &value, &inner);
		assert_eq!(commitment.value(), note.commitment::<Native>());
		let place = place(&mut recorder, 0xdead_beef, 16);
		let nullifier = nullifier(&mut recorder, &nk, &commitment, &place.leaf_index);
		let expected =
			note_nullifier::<Native>(values[0], note.commitment::<Native>(), 0xdead_beef);
		assert_eq!(nullifier.value(), expected);
		assert!(recorder.is_satisfied());
		assert_eq!(recorder.finish().constraints(), 3 * 258 + 2 * 16 + 294);
	}

	#[test]
	fn a_place_is_the_number_of_its_digits() {
		for leaf_index in [0u64, 1, 2, 4, 63, 64, 0xffff_ffff, 1 << 32, u64::MAX] {
			for depth in [0usize, 1, 3, 16, 40] {
				let mut recorder = Recorder::default();
				let place = place(&mut recorder, leaf_index, depth);
				let mask = 4u64.checked_pow(depth as u32).map_or(u64::MAX, |places| places - 1);
				assert_eq!(place.leaf_index.value(), Fr::from(leaf_index & mask));
				assert_eq!(place.digits.len(), depth);
				for (level, [low, high]) in place.digits.iter().enumerate() {
					let digit = leaf_index.checked_shr(2 * level as u32).unwrap_or(0) & 3;
					assert_eq!(low.value() + high.value() + high.value(), Fr::from(digit));
				}
				assert!(recorder.is_satisfied());
				assert_eq!(recorder.finish().constraints(), 2 * depth);
			}
		}
	}
}
