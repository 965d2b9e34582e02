//! The escrow of a private job, as `quittance_types` defines it.

use super::{bits, edwards::Point, note, poseidon};
use crate::{Builder, Number};
use ark_bn254::Fr;
use quittance_poseidon::tag;
use quittance_types::EscrowOpening;

const TERMS: Fr = tag("quittance.terms.v1");
const OFFER: Fr = tag("quittance.offer.v1");
const AGREEMENT: Fr = tag("quittance.agreement.v1");

/// Everything behind an offer but the unit price, of which a settlement has a wire already.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Values {
	pub(crate) max_units: Fr,
	pub(crate) terms_salt: Fr,
	pub(crate) owner: Fr,
	pub(crate) rho: Fr,
	pub(crate) change_key: (Fr, Fr),
}

impl From<&EscrowOpening> for Values {
	fn from(opening: &EscrowOpening) -> Self {
		Self {
			max_units: opening.terms.max_units.into(),
			terms_salt: opening.terms.salt,
			owner: opening.owner,
			rho: opening.rho,
			change_key: (opening.change_key.x(), opening.change_key.y()),
		}
	}
}

/// An escrow that was opened.
#[derive(Clone, Debug)]
pub struct Opened<T> {
	/// Most units that are paid, below 2^64.
	pub max_units: Number<T>,
	/// What the escrow is worth, below 2^64.
	pub value: Number<T>,
	/// The commitment of the note that it is.
	pub commitment: Number<T>,
	/// Whose it is.
	pub owner: Number<T>,
	/// The key for the change. It is for whoever makes offers to check that it is one.
	pub change_key: Point<T>,
	/// The hash of the offer.
	pub offer: Number<T>,
}

/// An escrow, its terms and the offer that has both. The caller has ranged the unit price.
///
/// * `max_units`: below 2^64, 65 constraints.
/// * `price`: the product of unit price and most units, 1. Below 2^128, it is so over the integers.
/// * `value`: that product, which is what the escrow is worth, is below 2^64, 65.
/// * `terms`: P(tag, unit_price, max_units, salt), 294.
/// * `inner`, `commitment`: P(tag, value, P(tag, owner, rho)), 258 each.
/// * `offer`: P(tag, escrow, terms, V.x, V.y), 318.
pub(crate) fn open<B: Builder>(
	builder: &mut B,
	values: &Values,
	unit_price: &Number<B::Terms>,
) -> Opened<B::Terms> {
	let max_units = builder.hint("max_units", values.max_units);
	let salt = builder.hint("salt", values.terms_salt);
	let owner = builder.hint("owner", values.owner);
	let rho = builder.hint("rho", values.rho);
	let (x, y) = values.change_key;
	let change_key = Point { x: builder.hint("change_key", x), y: builder.hint("change_key", y) };

	builder.group("max_units", |builder| bits::range(builder, &max_units, 64));
	let value = builder.group("price", |builder| builder.product("price", unit_price, &max_units));
	builder.group("value", |builder| bits::range(builder, &value, 64));
	let terms = builder.group("terms", |builder| {
		poseidon::hash(builder, &[TERMS], &[unit_price, &max_units, &salt])
	});
	let inner = builder.group("inner", |builder| note::inner(builder, &owner, &rho));
	let commitment =
		builder.group("commitment", |builder| note::commitment(builder, &value, &inner));
	let offer = builder.group("offer", |builder| {
		let parts = [&commitment, &terms, &change_key.x, &change_key.y];
		poseidon::hash(builder, &[OFFER], &parts)
	});
	Opened { max_units, value, commitment, owner, change_key, offer }
}

/// P(tag, offer, payee), an offer and the owner key of who took it: 258 constraints.
pub fn agreement<B: Builder>(
	builder: &mut B,
	offer: &Number<B::Terms>,
	payee: &Number<B::Terms>,
) -> Number<B::Terms> {
	poseidon::hash(builder, &[AGREEMENT], &[offer, payee])
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Recorder;
	use quittance_babyjubjub::SecretKey;
	use quittance_poseidon::Native;
	use quittance_types::{Agreement, PrivateTerms};

	#[test]
	fn an_opening_has_the_hashes_of_the_wallets_at_the_stated_cost() {
		let opening = EscrowOpening {
			terms: PrivateTerms { unit_price: 1 << 40, max_units: 77, salt: -Fr::from(3u8) },
			owner: -Fr::from(5u8),
			rho: -Fr::from(6u8),
			change_key: SecretKey::from_seed(&[7; 32]).public(),
		};
		let mut recorder = Recorder::default();
		let unit_price = recorder.hint("unit_price", opening.terms.unit_price.into());
		let opened = open(&mut recorder, &Values::from(&opening), &unit_price);
		let offer = opening.offer::<Native>().unwrap().hash::<Native>().unwrap();
		assert_eq!(opened.offer.value(), offer);
		assert_eq!(opened.value.value(), opening.note().unwrap().value.into());
		assert_eq!(opened.owner.value(), opening.owner);
		let payee = recorder.hint("payee", Fr::from(8u8));
		let agreement = agreement(&mut recorder, &opened.offer, &payee);
		let expected = Agreement::new::<Native>(offer, payee.value());
		assert_eq!(Some(agreement.value()), expected.to_field());
		assert!(recorder.is_satisfied());
		let cost = 2 * 65 + 1 + 294 + 2 * 258 + 318;
		assert_eq!(recorder.finish().constraints(), cost + 258);
	}
}
