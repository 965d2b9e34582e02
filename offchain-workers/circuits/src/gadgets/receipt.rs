//! Receipts, as `quittance_types` defines them, and the issuers that sign them.

use super::{bits, eddsa, edwards::Point, merkle, poseidon};
use crate::{Builder, Number};
use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField};
use quittance_babyjubjub::{PublicKey, Signature};
use quittance_poseidon::tag;
use quittance_types::ISSUER_TREE_DEPTH;

/// Levels of the tree over a job's issuers.
pub const TREE_DEPTH: usize = ISSUER_TREE_DEPTH as usize;

const BODY: Fr = tag("quittance.body.v1");
const RECEIPT: Fr = tag("quittance.receipt.v1");
const NULLIFIER: Fr = tag("quittance.nullifier.v1");
const ISSUER: Fr = tag("quittance.issuer.v1");

/// What of a receipt is private in every circuit.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Values {
	pub(crate) start: Fr,
	pub(crate) end: Fr,
	pub(crate) serial: Fr,
	pub(crate) output: [Fr; 2],
	pub(crate) salt: Fr,
}

/// What is paid for.
#[derive(Clone, Debug)]
pub struct Work<T> {
	/// Units of work done.
	pub units: Number<T>,
	/// Price of a unit.
	pub unit_price: Number<T>,
	/// What they cost.
	pub amount: Number<T>,
}

/// A receipt's body, and the salt of its commitment.
#[derive(Clone, Debug)]
pub struct Receipt<T> {
	/// What is paid for.
	pub work: Work<T>,
	/// Job time at which the work began.
	pub start: Number<T>,
	/// Job time at which it ended.
	pub end: Number<T>,
	/// Job time after which the receipt is void.
	pub expires_at: Number<T>,
	/// The receipt's random number.
	pub serial: Number<T>,
	/// The limbs of the output's digest, low first.
	pub output: [Number<T>; 2],
	/// The commitment's random number.
	pub salt: Number<T>,
}

/// A receipt for work of which the caller has wires, as it has of the expiry: wires for all else.
pub(crate) fn receipt<B: Builder>(
	builder: &mut B,
	values: &Values,
	work: &Work<B::Terms>,
	expires_at: &Number<B::Terms>,
) -> Receipt<B::Terms> {
	Receipt {
		work: work.clone(),
		start: builder.hint("start", values.start),
		end: builder.hint("end", values.end),
		expires_at: expires_at.clone(),
		serial: builder.hint("serial", values.serial),
		output: values.output.map(|limb| builder.hint("output", limb)),
		salt: builder.hint("salt", values.salt),
	}
}

/// Demands what a body says of itself, and gives the receipt's commitment.
///
/// * `ranges/*`: units, unit price, amount and times are below 2^64; serial, salt and the limbs of
///   the output below 2^128.
/// * `price`: amount = units · unit price. Below 2^64 on both sides, it is so over the integers.
/// * `times/*`: start <= end <= as_of <= expires_at, by ranging the differences of numbers that are
///   ranged themselves. The range of the two in the middle follows from that of the outer two and
///   of the differences; they are ranged all the same, so that no group depends on another.
/// * `body`: body = P(tag, units, unit_price, amount, start, end, expires_at, serial, output²).
/// * `commitment`: c = P(tag, subject, body, salt).
pub fn commitment<B: Builder>(
	builder: &mut B,
	receipt: &Receipt<B::Terms>,
	as_of: &Number<B::Terms>,
	subject: &Number<B::Terms>,
) -> Number<B::Terms> {
	let Receipt { work, start, end, expires_at, serial, output, salt } = receipt;
	let Work { units, unit_price, amount } = work;
	let [output_lo, output_hi] = output;
	builder.group("ranges", |builder| {
		for (name, number, width) in [
			("units", units, 64),
			("unit_price", unit_price, 64),
			("amount", amount, 64),
			("start", start, 64),
			("end", end, 64),
			("expires_at", expires_at, 64),
			("as_of", as_of, 64),
			("serial", serial, 128),
			("salt", salt, 128),
			("output_lo", output_lo, 128),
			("output_hi", output_hi, 128),
		] {
			builder.group(name, |builder| bits::range(builder, number, width));
		}
	});

	builder.group("price", |builder| {
		builder.enforce(|| [units.clone(), unit_price.clone(), amount.clone()]);
	});

	builder.group("times", |builder| {
		let mut in_order = |name, earlier: &Number<B::Terms>, later: &Number<B::Terms>| {
			builder.group(name, |builder| bits::range(builder, &(later - earlier), 64));
		};
		in_order("start_before_end", start, end);
		in_order("end_before_as_of", end, as_of);
		in_order("as_of_before_expiry", as_of, expires_at);
	});

	let body = builder.group("body", |builder| {
		let parts =
			[units, unit_price, amount, start, end, expires_at, serial, output_lo, output_hi];
		poseidon::hash(builder, &[BODY], &parts)
	});
	builder
		.group("commitment", |builder| poseidon::hash(builder, &[RECEIPT], &[subject, &body, salt]))
}

/// P(tag, subject, serial), what a receipt is spent by: 258 constraints.
pub fn nullifier<B: Builder>(
	builder: &mut B,
	subject: &Number<B::Terms>,
	serial: &Number<B::Terms>,
) -> Number<B::Terms> {
	poseidon::hash(builder, &[NULLIFIER], &[subject, serial])
}

/// What makes an issuer's signature.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SignerValues {
	pub(crate) key: (Fr, Fr),
	pub(crate) r8: (Fr, Fr),
	pub(crate) s: BigInt<4>,
	pub(crate) siblings: [[Fr; 3]; TREE_DEPTH],
}

impl SignerValues {
	pub(crate) fn new(
		key: &PublicKey,
		signature: &Signature,
		siblings: &[[Fr; 3]; TREE_DEPTH],
	) -> Self {
		let r8 = signature.r8();
		Self {
			key: (key.x(), key.y()),
			r8: (r8.x, r8.y),
			s: signature.s().into_bigint(),
			siblings: *siblings,
		}
	}
}

/// An issuer, where it stands in the tree over a job's issuers, and what it signed with.
#[derive(Clone, Debug)]
pub struct Signer<T> {
	/// Its key.
	pub key: Point<T>,
	/// Its signature.
	pub signature: eddsa::Signature<T>,
	/// For each level of the issuer tree from the lowest, the three other children, in order.
	pub siblings: [[Number<T>; 3]; TREE_DEPTH],
}

/// Wires for an issuer.
pub(crate) fn signer<B: Builder>(builder: &mut B, values: &SignerValues) -> Signer<B::Terms> {
	let mut point = |(x, y)| Point { x: builder.hint("point", x), y: builder.hint("point", y) };
	let (key, r8) = (point(values.key), point(values.r8));
	let siblings =
		values.siblings.map(|level| level.map(|sibling| builder.hint("sibling", sibling)));
	Signer { key, signature: eddsa::Signature { r8, s: values.s }, siblings }
}

/// The root of the tree that has an issuer at a place.
///
/// * `leaf`: P(tag, A.x, A.y), 258.
/// * `issuer_index`: the place, 0 to 15, two bits for each level, 5.
/// * `membership`: the way up, 646.
pub fn issuer_root<B: Builder>(
	builder: &mut B,
	signer: &Signer<B::Terms>,
	index: &Number<B::Terms>,
) -> Number<B::Terms> {
	let Point { x, y } = &signer.key;
	let leaf = builder.group("leaf", |builder| poseidon::hash(builder, &[ISSUER], &[x, y]));
	let place: [_; TREE_DEPTH] = builder.group("issuer_index", |builder| {
		let bits = bits::range(builder, index, 2 * TREE_DEPTH);
		std::array::from_fn(|level| [bits[2 * level].clone(), bits[2 * level + 1].clone()])
	});
	builder.group("membership", |builder| merkle::root(builder, &leaf, &place, &signer.siblings))
}
