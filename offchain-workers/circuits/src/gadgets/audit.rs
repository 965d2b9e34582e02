//! Values that an auditor is shown, as `quittance_types` defines it.

use super::{edwards::Point, poseidon};
use crate::{Builder, Number};
use ark_bn254::Fr;
use quittance_poseidon::tag;

const MASK: Fr = tag("quittance.audit-mask.v1");
const AUDIT: Fr = tag("quittance.audit.v1");

/// A note that is made, whose value the auditor is shown.
#[derive(Clone, Debug)]
pub struct Audited<T> {
	/// What it is worth: the number that the commitment is of.
	pub value: Number<T>,
	/// Its commitment, as the circuit computed it.
	pub commitment: Number<T>,
}

/// Names of the groups of the masks.
const MASK_GROUPS: [&str; 2] = ["mask_0", "mask_1"];

/// What is shown of one note or two to the holder of the auditor's key A, and that the public signal is the
/// hash of it and of A. The numbers themselves are for whoever writes the call, which shows them.
///
/// * `mask_0`, `mask_1`: P(tag, S.x, S.y, commitment), 294 each, S being the point that R and A share.
/// * `digest`: P(tag, A.x, A.y, R.x, R.y, encrypted...), each `encrypted` a value and its mask; 352 with one
///   note, 379 with two, the comparison included.
///
/// A is a hint of the prover's, bound by the digest. Whoever computes that knows A to be on the curve and
/// in the subgroup, and not the identity.
///
/// # Panics
///
/// Unless there are one note or two.
pub fn show<B: Builder>(
	builder: &mut B,
	key: &Point<B::Terms>,
	ephemeral_key: &Point<B::Terms>,
	shared: &Point<B::Terms>,
	notes: &[Audited<B::Terms>],
	signal: &Number<B::Terms>,
) -> Number<B::Terms> {
	assert!((1..=2).contains(&notes.len()), "calls make one note or two");
	let encrypted: Vec<_> = MASK_GROUPS
		.into_iter()
		.zip(notes)
		.map(|(name, Audited { value, commitment })| {
			let parts = [&shared.x, &shared.y, commitment];
			let mask = builder.group(name, |builder| poseidon::hash(builder, &[MASK], &parts));
			value + &mask
		})
		.collect();
	builder.group("digest", |builder| {
		let keys = [&key.x, &key.y, &ephemeral_key.x, &ephemeral_key.y];
		let parts: Vec<_> = keys.into_iter().chain(&encrypted).collect();
		let digest = poseidon::hash(builder, &[AUDIT], &parts);
		builder.equal(&digest, signal);
		digest
	})
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::{gadgets::exchange, Recorder};
	use ark_ff::PrimeField;
	use quittance_babyjubjub::SecretKey;
	use quittance_poseidon::Native;
	use quittance_types::AuditedValues;

	#[test]
	fn what_is_shown_is_what_wallets_show_at_the_stated_cost() {
		let [auditor, ephemeral] = [1, 2].map(|seed| SecretKey::from_seed(&[seed; 32]));
		let (key, public) = (auditor.public(), ephemeral.public());
		let shared = ephemeral.shared(&key);
		let notes = [(0, -Fr::from(5u8)), (u64::MAX, Fr::from(6u8))];
		let coordinates = [key.x(), key.y()];
		let one = AuditedValues::new::<Native>(&public.point(), &shared, &[notes[0]]);
		let two = AuditedValues::new::<Native>(&public.point(), &shared, &notes);
		for (count, expected, cost) in [
			(1, one.signal::<Native>(coordinates), 294 + 352),
			(2, two.signal::<Native>(coordinates), 2 * 294 + 379),
		] {
			let mut recorder = Recorder::default();
			let signal = recorder.public(expected);
			let key = Point { x: recorder.hint("x", key.x()), y: recorder.hint("y", key.y()) };
			let secret = ephemeral.scalar().into_bigint();
			let exchanged = exchange::exchange(&mut recorder, &secret, &key);
			let notes: Vec<_> = notes[..count]
				.iter()
				.map(|(value, commitment)| Audited {
					value: recorder.hint("value", (*value).into()),
					commitment: recorder.hint("commitment", *commitment),
				})
				.collect();
			let exchange::Exchanged { ephemeral_key, shared, .. } = &exchanged;
			let digest = show(&mut recorder, &key, ephemeral_key, shared, &notes, &signal);
			assert_eq!(digest.value(), expected);
			assert!(recorder.is_satisfied());
			assert_eq!(recorder.finish().constraints(), 3854 + cost);
		}
	}
}
