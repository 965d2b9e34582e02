//! The confidential pool. Private calls are sent by [`crate::send_private_call`].

use crate::{
	api::{self, runtime_types::quittance_types::context::Header as RawHeader},
	AccountId, Payload,
};
use quittance_types::{
	FieldBytes, Header, TransferClaims, WithdrawClaims, NOTE_CIPHERTEXT_BYTES, PROOF_BYTES,
};
use subxt::utils::Static;

/// Pays an amount into the pool, in the chain's smallest unit, for the note of this inner hash. The ciphertext is for
/// its owner.
pub fn deposit_note(
	amount: u128,
	inner: FieldBytes,
	ciphertext: [u8; NOTE_CIPHERTEXT_BYTES],
) -> impl Payload {
	api::transactions().confidential_settlement().deposit(amount, Static(inner), ciphertext)
}

/// Spends two notes and makes two.
pub fn transfer_notes(
	header: Header<AccountId>,
	claims: TransferClaims,
	ciphertexts: [[u8; NOTE_CIPHERTEXT_BYTES]; 2],
	proof: [u8; PROOF_BYTES as usize],
) -> impl Payload {
	api::transactions().confidential_settlement().transfer(
		raw(header),
		Static(claims),
		ciphertexts,
		proof,
	)
}

/// Spends two notes, pays the header's payee and makes a note of the change.
pub fn withdraw_notes(
	header: Header<AccountId>,
	claims: WithdrawClaims,
	ciphertext: [u8; NOTE_CIPHERTEXT_BYTES],
	proof: [u8; PROOF_BYTES as usize],
) -> impl Payload {
	api::transactions().confidential_settlement().withdraw(
		raw(header),
		Static(claims),
		ciphertext,
		proof,
	)
}

pub(super) fn raw(header: Header<AccountId>) -> RawHeader<AccountId> {
	let Header {
		genesis,
		pallet,
		circuit,
		subject,
		arguments,
		submitter,
		payee,
		valid_until,
		nonce,
	} = header;
	RawHeader {
		genesis,
		pallet,
		circuit,
		subject: subject.map(Static),
		arguments,
		submitter,
		payee,
		valid_until,
		nonce,
	}
}
