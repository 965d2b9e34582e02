//! Verification of many proofs at once.
//!
//! With coefficients `c_i` that nobody could know before the proofs were fixed (see
//! [`coefficients`]), all proofs `(A_i, B_i, C_i)` hold if
//!
//! ```text
//! e(c_1·A_1, B_1)· .. ·e(c_n·A_n, B_n) = the product over keys, each with the items that name it, of
//!     e((Σ c_i)·alpha, beta)·e((Σ c_i)·IC_0 + (Σ c_i·x_i1)·IC_1 + .., gamma)·e(Σ c_i·C_i, delta)
//! ```
//!
//! holds (Bellare, Garay, Rabin, "Fast batch verification for modular exponentiation and digital
//! signatures", EUROCRYPT 1998, for the method). So each item costs one Miller loop instead of three,
//! inputs are combined in the field, and squarings and the final exponentiation are paid once.
//!
//! If it does not hold, every proof is checked by itself. A batch therefore says of each item what
//! [`verify`](crate::verify) says of it, but for a chance of at most 2^-128 for each batch that a
//! forger tries.

use crate::{
	coefficients, decode_inputs,
	error::{reported, BatchError, KeyError, VerifyError},
	key::{check_product, pairs},
	miller::{lines_of_members, miller_loop, Lines},
	proof::Undecided,
	short_combination::{combine, Digits, OddMultiples, ShortScalar},
	PreparedKey, Proof, MAX_BATCH, MAX_BATCH_KEYS,
};
use alloc::vec::Vec;
use ark_bn254::{Fr, G1Projective};
use ark_ec::pairing::PairingOutput;
use ark_ff::{AdditiveGroup, Zero};
use core::borrow::Borrow;

/// A proof and its inputs in their wire formats, and the key they are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchItem<'a> {
	/// Place of the key among the batch's keys, from 0.
	pub key: usize,
	/// Proof.
	pub proof: &'a [u8],
	/// Public inputs.
	pub inputs: &'a [u8],
}

/// Decides of each item, in order, whether its proof shows its inputs under its key: the verdict is
/// that of [`verify`](crate::verify) for the same bytes. One item's fault changes no other's verdict.
///
/// An outer error is a mistake in how the batch is put together. There is then no verdict.
///
/// # Cost
///
/// Any number of items may share a key and the items of a key need not be next to each other. The
/// first key of a batch costs as much as eight items, and each further one that an item names as
/// three, besides their preparation. If a proof decodes and does not hold, the batch costs besides
/// one verification, less the decoding, for each item that decodes. Hashing takes the bytes given,
/// whatever their length: bound it before.
///
/// Errors: [`BatchError`].
pub fn verify_batch<K: AsRef<[u8]>>(
	keys: &[K],
	items: &[BatchItem<'_>],
) -> Result<Vec<Result<(), VerifyError>>, BatchError> {
	verify_batch_with(keys, items, PreparedKey::from_bytes)
}

/// [`verify_batch`] for a caller that keeps prepared keys: `prepare` is asked for each key in order,
/// and must give what [`PreparedKey::from_bytes`] gives.
///
/// Errors: [`BatchError`], before any key is prepared.
pub fn verify_batch_with<B: AsRef<[u8]>, K: Borrow<PreparedKey>>(
	keys: &[B],
	items: &[BatchItem<'_>],
	prepare: impl Fn(&[u8]) -> Result<K, KeyError>,
) -> Result<Vec<Result<(), VerifyError>>, BatchError> {
	check_batch(keys.len(), items)?;
	let keys: Vec<_> = keys.iter().map(|key| prepare(key.as_ref())).collect();
	verify_batch_prepared(&keys, items)
}

/// [`verify_batch`] with prepared keys. A key that [`PreparedKey::from_bytes`] refuses is given as
/// the refusal, which becomes the verdict of the items that name it.
///
/// Errors: [`BatchError`].
pub fn verify_batch_prepared<K: Borrow<PreparedKey>>(
	keys: &[Result<K, KeyError>],
	items: &[BatchItem<'_>],
) -> Result<Vec<Result<(), VerifyError>>, BatchError> {
	check_batch(keys.len(), items)?;
	let keys: Vec<_> =
		keys.iter().map(|key| key.as_ref().map(Borrow::borrow).map_err(|error| *error)).collect();
	let candidates = candidates(&keys, items);
	let (good, coefficients) = combined(&keys, items, &candidates);
	// One by itself is no more expensive.
	let all_hold = good.len() > 1 && combination_holds(&good, &coefficients);
	Ok(candidates
		.iter()
		.map(|candidate| match candidate {
			Ok(_) if all_hold => Ok(()),
			Ok(candidate) => candidate.check(),
			Err(error) => Err(*error),
		})
		.collect())
}

/// Decides whether a batch of so many keys and these items is put together as it must be, without
/// looking at any bytes. [`verify_batch`] does this first; who copies a batch does it before.
///
/// Errors: [`BatchError`].
pub fn check_batch(keys: usize, items: &[BatchItem<'_>]) -> Result<(), BatchError> {
	if items.is_empty() {
		return Err(BatchError::NoItems);
	}
	if items.len() > MAX_BATCH {
		return Err(BatchError::TooManyItems { got: reported(items.len()) });
	}
	if keys > MAX_BATCH_KEYS {
		return Err(BatchError::TooManyKeys { got: reported(keys) });
	}
	match (0u8..).zip(items).find(|(_, item)| item.key >= keys) {
		Some((item, _)) => Err(BatchError::UnknownKey { item }),
		None => Ok(()),
	}
}

/// An item that decodes, up to whether `B` is in G2.
struct Decoded<'a> {
	place: usize,
	key: &'a PreparedKey,
	inputs: Vec<Fr>,
	proof: Undecided,
}

impl<'a> Decoded<'a> {
	/// In the order of checks of [`verify`](crate::verify).
	fn new(
		keys: &[Result<&'a PreparedKey, KeyError>],
		item: &BatchItem<'_>,
	) -> Result<Self, VerifyError> {
		// That the place exists has been checked.
		let key = keys.get(item.key).copied().ok_or(VerifyError::Unrecognised)??;
		let inputs = decode_inputs(item.inputs)?;
		key.check_input_count(inputs.len())?;
		let proof = Undecided::from_bytes(item.proof)?;
		Ok(Self { place: item.key, key, inputs, proof })
	}

	fn decide(self, lines: Option<Lines>) -> Result<Candidate<'a>, VerifyError> {
		let proof = self.proof.decide(lines.is_some())?;
		// There are lines, or the point would have been refused.
		let lines = lines.ok_or(VerifyError::InvalidProof)?;
		Ok(Candidate { place: self.place, key: self.key, inputs: self.inputs, proof, lines })
	}
}

/// An item of which only the equation is left to check.
pub(crate) struct Candidate<'a> {
	place: usize,
	key: &'a PreparedKey,
	inputs: Vec<Fr>,
	proof: Proof,
	lines: Lines,
}

impl Candidate<'_> {
	fn check(&self) -> Result<(), VerifyError> {
		self.key.check_equation(&self.proof, &self.lines, &self.inputs)
	}
}

/// Decodes the items. What is refused here has its verdict.
pub(crate) fn candidates<'a>(
	keys: &[Result<&'a PreparedKey, KeyError>],
	items: &[BatchItem<'_>],
) -> Vec<Result<Candidate<'a>, VerifyError>> {
	let decoded: Vec<_> = items.iter().map(|item| Decoded::new(keys, item)).collect();
	let points: Vec<_> = decoded.iter().flatten().map(|item| *item.proof.b()).collect();
	let mut lines = lines_of_members(&points).into_iter();
	decoded
		.into_iter()
		// The lines are those of the items that were decoded, in their order.
		.map(|decoded| decoded.and_then(|item| item.decide(lines.next().flatten())))
		.collect()
}

/// The items that were not refused, with their coefficients.
pub(crate) fn combined<'a, 'b>(
	keys: &[Result<&PreparedKey, KeyError>],
	items: &[BatchItem<'_>],
	candidates: &'b [Result<Candidate<'a>, VerifyError>],
) -> (Vec<&'b Candidate<'a>>, Vec<ShortScalar>) {
	let digests = keys.iter().map(|key| key.map(|key| &key.digest));
	candidates
		.iter()
		.zip(coefficients::derive(digests, items))
		.filter_map(|(candidate, coefficient)| Some((candidate.as_ref().ok()?, coefficient)))
		.unzip()
}

/// The combined equation.
pub(crate) fn combination_holds(items: &[&Candidate<'_>], coefficients: &[ShortScalar]) -> bool {
	let digits: Vec<_> = coefficients.iter().map(|coefficient| coefficient.digits()).collect();
	let a: Vec<_> = items.iter().map(|item| item.proof.a).collect();
	let c: Vec<_> = items.iter().map(|item| item.proof.c).collect();
	let (a, c) = (OddMultiples::of_all(&a), OddMultiples::of_all(&c));

	let mut points = Vec::new();
	let mut lines = Vec::new();
	for ((item, digits), a) in items.iter().zip(&digits).zip(&a) {
		points.push(combine(&[(digits, a)]));
		lines.push(&item.lines);
	}
	for place in 0..MAX_BATCH_KEYS {
		let of_key = || items.iter().zip(coefficients).filter(|(item, _)| item.place == place);
		let Some((first, _)) = of_key().next() else { continue };
		let key = first.key;

		let total = ShortScalar::sum(of_key().map(|(_, coefficient)| coefficient));
		let mut inputs: Vec<Fr> = alloc::vec![Fr::ZERO; key.inputs()];
		for (item, coefficient) in of_key() {
			let coefficient = coefficient.to_field();
			for (sum, input) in inputs.iter_mut().zip(&item.inputs) {
				*sum += coefficient * input;
			}
		}
		let c: Vec<(&Digits, &OddMultiples)> = items
			.iter()
			.zip(digits.iter().zip(&c))
			.filter_map(|(item, term)| (item.place == place).then_some(term))
			.collect();
		let alpha = OddMultiples::of_all(&[key.alpha]);
		let alpha: G1Projective =
			alpha.iter().map(|alpha| combine(&[(&total.digits(), alpha)])).sum();

		points.extend([
			-alpha,
			-key.combination.evaluate_scaled(&total.to_field(), &inputs),
			-combine(&c),
		]);
		lines.extend([&key.beta, &key.gamma, &key.delta]);
	}
	check_product(miller_loop(pairs(&points, &lines)), Some(PairingOutput::zero())).is_ok()
}
