//! What a call shows of the notes that it makes and spends, and the public signals of its proof.

use crate::{
	field::{blake2_256, fits_64_bits, FieldBytes},
	note::{note_commitment, NOTE_INPUTS},
	Digest, Header,
};
use ark_bn254::Fr;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use quittance_poseidon::Hasher;
use scale_info::TypeInfo;

/// Number of public signals of `transfer`, `withdraw` and `post_private_job`.
pub const NOTE_SIGNALS: usize = 8;

/// Length of a note's ciphertext, the same for all notes, so that it says nothing about one.
///
/// A version (1), an ephemeral public key (32), the encrypted value (8), rho (32), owner key (32) and label
/// (7), and an authentication tag (16). What is in it is the wallets' affair; the chain counts the bytes.
pub const NOTE_CIPHERTEXT_BYTES: usize = 1 + 32 + (8 + 32 + 32 + 7) + 16;

/// Why a call cannot be true, whatever its proof is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, TypeInfo)]
pub enum NoteCallError {
	/// A deposit or withdrawal of nothing.
	ZeroAmount,
	/// An amount or a fee needs more than 64 bits.
	AmountTooLarge,
	/// A hash is no field element below the group order.
	NotCanonical,
	/// Both nullifiers are the same: one note spent twice.
	EqualNullifiers,
}

/// The commitment of a deposited note, which the chain computes from what the depositor shows. A
/// depositor that were believed about the commitment could deposit less than the note is worth.
pub fn deposit_commitment<H: Hasher>(
	amount: u128,
	inner: &FieldBytes,
) -> Result<FieldBytes, NoteCallError> {
	let value = amount_of(amount)?;
	let inner = inner.to_field().ok_or(NoteCallError::NotCanonical)?;
	Ok(note_commitment::<H>(value, inner).into())
}

/// What a `transfer` shows. These are call arguments, covered by the header's `arguments`.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct TransferClaims {
	/// A recent root of the tree of notes.
	pub root: FieldBytes,
	/// The nullifiers of the notes spent.
	pub nullifiers: [FieldBytes; NOTE_INPUTS],
	/// The commitments of the notes made, in the order in which they become leaves.
	pub commitments: [FieldBytes; 2],
	/// What leaves the pool as a fee, in the chain's smallest unit; 64 bits at most.
	pub fee: u128,
}

impl TransferClaims {
	/// The header's `arguments`: blake2b-256 over these claims and the ciphertexts for those who
	/// get the notes, one for each commitment.
	pub fn arguments(&self, ciphertexts: [&[u8]; 2]) -> Digest {
		blake2_256(&(self, ciphertexts).encode())
	}

	/// The public signals, in the order of the circuit. Who has no signals has no verdict about a
	/// proof either, so that no check made here can be left out before the verifier is asked.
	pub fn inputs<AccountId: Encode + PartialEq>(
		&self,
		header: &Header<AccountId>,
	) -> Result<[Fr; NOTE_SIGNALS], NoteCallError> {
		let fee = fits_64_bits(self.fee).ok_or(NoteCallError::AmountTooLarge)?;
		let [context_low, context_high] = header.context();
		let [first, second] = different(&self.nullifiers)?;
		let [to_first, to_second] = self.commitments;
		Ok([
			context_low,
			context_high,
			canonical(&self.root)?,
			first,
			second,
			canonical(&to_first)?,
			canonical(&to_second)?,
			Fr::from(fee),
		])
	}
}

/// What a `withdraw` shows. These are call arguments, covered by the header's `arguments`.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
pub struct WithdrawClaims {
	/// A recent root of the tree of notes.
	pub root: FieldBytes,
	/// The nullifiers of the notes spent.
	pub nullifiers: [FieldBytes; NOTE_INPUTS],
	/// The commitment of the note with the change, which may be worth nothing.
	pub change: FieldBytes,
	/// What the header's payee gets, in the chain's smallest unit; 64 bits at most.
	pub amount: u128,
	/// What leaves the pool as a fee beside it; 64 bits at most.
	pub fee: u128,
}

impl WithdrawClaims {
	/// The header's `arguments`: blake2b-256 over these claims and the ciphertext of the change.
	pub fn arguments(&self, ciphertext: &[u8]) -> Digest {
		blake2_256(&(self, ciphertext).encode())
	}

	/// The public signals, in the order of the circuit. As [`TransferClaims::inputs`].
	pub fn inputs<AccountId: Encode + PartialEq>(
		&self,
		header: &Header<AccountId>,
	) -> Result<[Fr; NOTE_SIGNALS], NoteCallError> {
		let amount = amount_of(self.amount)?;
		let fee = fits_64_bits(self.fee).ok_or(NoteCallError::AmountTooLarge)?;
		let [context_low, context_high] = header.context();
		let [first, second] = different(&self.nullifiers)?;
		Ok([
			context_low,
			context_high,
			canonical(&self.root)?,
			first,
			second,
			canonical(&self.change)?,
			Fr::from(amount),
			Fr::from(fee),
		])
	}
}

/// An amount that enters or leaves the pool.
fn amount_of(amount: u128) -> Result<u64, NoteCallError> {
	match fits_64_bits(amount) {
		Some(0) => Err(NoteCallError::ZeroAmount),
		Some(amount) => Ok(amount),
		None => Err(NoteCallError::AmountTooLarge),
	}
}

pub(crate) fn canonical(element: &FieldBytes) -> Result<Fr, NoteCallError> {
	element.to_field().ok_or(NoteCallError::NotCanonical)
}

pub(crate) fn different(
	nullifiers: &[FieldBytes; NOTE_INPUTS],
) -> Result<[Fr; NOTE_INPUTS], NoteCallError> {
	let [first, second] = nullifiers;
	let (first, second) = (canonical(first)?, canonical(second)?);
	if first == second {
		return Err(NoteCallError::EqualNullifiers);
	}
	Ok([first, second])
}

#[cfg(test)]
mod tests {
	use super::*;
	use crate::Note;
	use quittance_poseidon::Native;

	/// The group order, the least number that is no field element.
	fn order() -> FieldBytes {
		let mut bytes = FieldBytes::from(-Fr::from(1u8)).0;
		bytes[0] += 1;
		FieldBytes(bytes)
	}

	fn hash(value: u8) -> FieldBytes {
		Fr::from(value).into()
	}

	fn header() -> Header<[u8; 32]> {
		Header {
			genesis: [1; 32],
			pallet: 2,
			circuit: [3; 32],
			subject: None,
			arguments: [4; 32],
			submitter: None,
			payee: [5; 32],
			valid_until: 6,
			nonce: 0,
		}
	}

	fn transfer() -> TransferClaims {
		TransferClaims {
			root: hash(1),
			nullifiers: [hash(2), hash(3)],
			commitments: [hash(4), hash(5)],
			fee: 6,
		}
	}

	fn withdrawal() -> WithdrawClaims {
		WithdrawClaims {
			root: hash(1),
			nullifiers: [hash(2), hash(3)],
			change: hash(4),
			amount: 5,
			fee: 6,
		}
	}

	#[test]
	fn a_deposit_has_the_commitment_of_its_note() {
		let note = Note { value: u64::MAX, owner: Fr::from(1u8), rho: Fr::from(2u8) };
		let inner = note.inner::<Native>().into();
		let commitment = note.commitment::<Native>().into();
		assert_eq!(deposit_commitment::<Native>(u64::MAX.into(), &inner), Ok(commitment));
		let refused = |amount, inner| deposit_commitment::<Native>(amount, inner).unwrap_err();
		assert_eq!(refused(0, &inner), NoteCallError::ZeroAmount);
		assert_eq!(refused(1 << 64, &inner), NoteCallError::AmountTooLarge);
		assert_eq!(refused(1, &order()), NoteCallError::NotCanonical);
	}

	#[test]
	fn signals_are_in_the_order_of_the_circuits() {
		let [low, high] = header().context();
		let numbers = |numbers: [u8; 6]| {
			let [a, b, c, d, e, f] = numbers.map(Fr::from);
			Ok([low, high, a, b, c, d, e, f])
		};
		assert_eq!(transfer().inputs(&header()), numbers([1, 2, 3, 4, 5, 6]));
		assert_eq!(withdrawal().inputs(&header()), numbers([1, 2, 3, 4, 5, 6]));
	}

	#[test]
	fn fails_when_both_nullifiers_are_the_same() {
		let nullifiers = [hash(2), hash(2)];
		let error = Err(NoteCallError::EqualNullifiers);
		assert_eq!(TransferClaims { nullifiers, ..transfer() }.inputs(&header()), error);
		assert_eq!(WithdrawClaims { nullifiers, ..withdrawal() }.inputs(&header()), error);
	}

	/// Trap 4: x + r in place of x would be a second nullifier for one note.
	#[test]
	fn fails_when_a_hash_is_not_canonical() {
		let error = Err(NoteCallError::NotCanonical);
		let two = [[order(), hash(2)], [hash(2), order()]];
		assert_eq!(TransferClaims { root: order(), ..transfer() }.inputs(&header()), error);
		assert_eq!(WithdrawClaims { root: order(), ..withdrawal() }.inputs(&header()), error);
		assert_eq!(WithdrawClaims { change: order(), ..withdrawal() }.inputs(&header()), error);
		for pair in two {
			assert_eq!(TransferClaims { nullifiers: pair, ..transfer() }.inputs(&header()), error);
			assert_eq!(TransferClaims { commitments: pair, ..transfer() }.inputs(&header()), error);
			let withdrawal = WithdrawClaims { nullifiers: pair, ..withdrawal() };
			assert_eq!(withdrawal.inputs(&header()), error);
		}
	}

	#[test]
	fn boundary_amounts() {
		let (most, over) = (u128::from(u64::MAX), 1 << 64);
		let too_large = Err(NoteCallError::AmountTooLarge);
		assert!(TransferClaims { fee: 0, ..transfer() }.inputs(&header()).is_ok());
		assert!(TransferClaims { fee: most, ..transfer() }.inputs(&header()).is_ok());
		assert_eq!(TransferClaims { fee: over, ..transfer() }.inputs(&header()), too_large);
		let withdraw =
			|amount, fee| WithdrawClaims { amount, fee, ..withdrawal() }.inputs(&header());
		assert!(withdraw(1, 0).is_ok());
		assert!(withdraw(most, most).is_ok());
		assert_eq!(withdraw(0, 1), Err(NoteCallError::ZeroAmount));
		assert_eq!(withdraw(over, 0), too_large);
		assert_eq!(withdraw(1, over), too_large);
	}

	/// Nothing in a call is outside the context: not even where one ciphertext ends.
	#[test]
	fn every_claim_and_ciphertext_changes_the_arguments() {
		let claims = transfer();
		let arguments = [
			claims.arguments([b"ab", b"c"]),
			claims.arguments([b"a", b"bc"]),
			claims.arguments([b"ab", b"d"]),
			TransferClaims { root: hash(9), ..claims }.arguments([b"ab", b"c"]),
			TransferClaims { nullifiers: [hash(3), hash(2)], ..claims }.arguments([b"ab", b"c"]),
			TransferClaims { commitments: [hash(5), hash(4)], ..claims }.arguments([b"ab", b"c"]),
			TransferClaims { fee: 7, ..claims }.arguments([b"ab", b"c"]),
		];
		let claims = withdrawal();
		let of_withdrawals = [
			claims.arguments(b"ab"),
			claims.arguments(b"abc"),
			WithdrawClaims { root: hash(9), ..claims }.arguments(b"ab"),
			WithdrawClaims { nullifiers: [hash(3), hash(2)], ..claims }.arguments(b"ab"),
			WithdrawClaims { change: hash(9), ..claims }.arguments(b"ab"),
			WithdrawClaims { amount: 6, ..claims }.arguments(b"ab"),
			WithdrawClaims { fee: 7, ..claims }.arguments(b"ab"),
		];
		for all in [arguments, of_withdrawals] {
			for (place, digest) in all.iter().enumerate() {
				assert!(!all[..place].contains(digest), "arguments {place} are their own");
			}
		}
	}
}
