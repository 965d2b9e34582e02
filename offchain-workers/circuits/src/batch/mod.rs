//! Batches: several basic receipts, proven by one proof with one public signal.
//!
//! The signal is the [`digest`] of all that the receipts' own proofs would have as public signals: whoever
//! checks the proof computes it from what it knows of each statement, and pays for one pairing check, of one
//! signal, instead of one for each receipt.
//!
//! A circuit is for 8, 16 or 32 receipts ([`SIZES`]), no fewer: who has less to say says it in single proofs.
//!
//! Proven, by the groups named:
//!
//! * `receipt/*`: of each receipt what [`basic_receipt`] proves, by the groups that
//!   it has. All contexts are in the digest, so that a proof is for these calls only.
//! * `digest`: the signal is the digest of the receipts' signals, in order.
//!
//! That receipts differ is not proven: the same one may be in a batch several times. Their nullifiers are
//! among the signals, and whoever takes the batch refuses a second one, as it does of single receipts.

use crate::{
	basic_receipt::{self, BasicReceiptWitness},
	commitment::{chain, BYTES_PER_ELEMENT},
	gadgets::{packing, poseidon::Input},
	Assigner, Assignment, Builder, Recorder, Shape,
};
use ark_bn254::Fr;
use quittance_poseidon::{hash, tag};

#[cfg(test)]
mod tests;

/// Name of the circuit in files and passports, before the number of receipts. A change to the statement
/// changes it.
pub const NAME: &str = "receipt-batch-v1";

/// Numbers of receipts that there are circuits for.
pub const SIZES: [usize; 3] = [8, 16, 32];

/// Number of public signals.
pub const PUBLIC_SIGNALS: usize = 1;

/// First input of the head of a [`digest`].
pub const BATCH_TAG: Fr = tag("quittance.batch.v1");

/// Why there is no circuit or no proof. Each is found before the prover starts. Receipts count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
	/// There is no circuit for so many receipts.
	#[error("{0} receipts, but batches are of {SIZES:?}")]
	Size(usize),
	/// One of the receipts is none.
	#[error("receipt {receipt}: {error}")]
	Receipt {
		/// Which one.
		receipt: usize,
		/// What is wrong with it.
		error: basic_receipt::WitnessError,
	},
}

/// The one signal of a batch of statements with so many signals each: the chain of
/// [`commitment`](crate::commitment) from P(tag, statements, signals of each) over all of them, in order.
pub fn digest<const SIGNALS: usize>(statements: &[[Fr; SIGNALS]]) -> Fr {
	chain(head(statements.len(), SIGNALS), statements.as_flattened())
}

fn head(statements: usize, signals: usize) -> Fr {
	hash(&[BATCH_TAG, Fr::from(statements as u64), Fr::from(signals as u64)])
}

/// Constraints of a [`digest`], and of the signal's being it.
pub fn digest_constraints(receipts: usize) -> usize {
	packing::chain_constraints(BYTES_PER_ELEMENT * receipts * basic_receipt::PUBLIC_SIGNALS, true)
		+ 1
}

/// The matrices. Takes up to a few seconds: make them once.
///
/// # Errors
///
/// [`BatchError::Size`].
pub fn shape(receipts: usize) -> Result<Shape, BatchError> {
	check_size(receipts)?;
	let mut recorder = Recorder::default();
	synthesise(&mut recorder, Fr::default(), &vec![Default::default(); receipts]);
	Ok(recorder.finish())
}

/// The assignment of true statements, whose digest is the public signal.
///
/// # Errors
///
/// [`BatchError`], the first that applies.
pub fn assign(
	receipts: &[(basic_receipt::PublicSignals, BasicReceiptWitness)],
) -> Result<Assignment, BatchError> {
	check_size(receipts.len())?;
	let named = |receipt| move |error| BatchError::Receipt { receipt, error };
	let mut signals = Vec::with_capacity(receipts.len());
	let mut values = Vec::with_capacity(receipts.len());
	for (place, (public, witness)) in receipts.iter().enumerate() {
		basic_receipt::check(public, witness).map_err(named(place))?;
		signals.push(public.to_fields());
		values.push(basic_receipt::Values::new(public, witness));
	}
	let mut assigner = Assigner::with_capacity(receipts.len() << 13);
	let results = synthesise(&mut assigner, digest(&signals), &values);
	for (place, (result, (public, _))) in results.iter().zip(receipts).enumerate() {
		result.check(public).map_err(named(place))?;
	}
	Ok(assigner.finish())
}

fn check_size(receipts: usize) -> Result<(), BatchError> {
	match SIZES.contains(&receipts) {
		true => Ok(()),
		false => Err(BatchError::Size(receipts)),
	}
}

fn synthesise<B: Builder>(
	builder: &mut B,
	digest: Fr,
	receipts: &[basic_receipt::Values],
) -> Vec<basic_receipt::Results> {
	let digest = builder.public(digest);
	let mut signals = Vec::new();
	let mut results = Vec::with_capacity(receipts.len());
	for receipt in receipts {
		builder.group("receipt", |builder| {
			let own = receipt.public.map(|value| builder.hint("signal", value));
			signals.extend(own.clone());
			results.push(basic_receipt::statement(builder, own, receipt));
		});
	}
	builder.group("digest", |builder| {
		let head = head(receipts.len(), basic_receipt::PUBLIC_SIGNALS);
		let computed = packing::chain(builder, Input::Constant(head), &signals);
		builder.equal(&computed, &digest);
	});
	results
}
