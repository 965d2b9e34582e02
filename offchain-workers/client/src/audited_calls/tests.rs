//! Transactions that show something to an auditor, or seem to.

use super::*;
use crate::{
	api::runtime_types::{
		pallet_utility::pallet::Call as Utility, quittance_runtime::RuntimeCall,
		quittance_types::context::Header,
	},
	AccountId,
};
use quittance_types::{FieldBytes, NOTE_CIPHERTEXT_BYTES};
use subxt::{
	ext::{
		codec::{Compact, Encode},
		scale_encode::EncodeAsType,
	},
	utils::{MultiAddress, MultiSignature, Static},
};

const ACCOUNT: AccountId = AccountId([1; 32]);

fn metadata() -> Metadata {
	Metadata::decode_from(include_bytes!("../../artifacts/metadata.scale")).unwrap()
}

fn encoded(call: &RuntimeCall) -> Vec<u8> {
	let metadata = metadata();
	call.encode_as_type(metadata.outer_enums().call_enum_ty(), metadata.types()).unwrap()
}

/// As authorised calls are sent: an immortal era, nonce and tip of zero, no hash of the metadata.
fn general(call: &RuntimeCall) -> Vec<u8> {
	[&[0b0100_0101, 0, 0, 0, 0, 0], &encoded(call)[..]].concat().encode()
}

fn signed(call: &RuntimeCall) -> Vec<u8> {
	let address = MultiAddress::<AccountId, ()>::Id(ACCOUNT);
	let signature = MultiSignature::Sr25519([2; 64]);
	let extensions = (0u8, Compact(7u32), Compact(0u128), 0u8);
	let before = (0b1000_0100u8, address, signature, extensions).encode();
	[&before, &encoded(call)[..]].concat().encode()
}

fn element(number: u8) -> FieldBytes {
	let mut bytes = [0; 32];
	bytes[0] = number;
	FieldBytes(bytes)
}

const CLAIMS: fn() -> TransferClaims = || TransferClaims {
	root: element(1),
	nullifiers: [element(2), element(3)],
	commitments: [element(5), element(6)],
	fee: 4,
};

fn audit() -> NotePairAudit {
	NotePairAudit {
		key: 9,
		ephemeral_key: [element(10), element(11)],
		encrypted: [element(12), element(13)],
	}
}

fn header() -> Header<AccountId> {
	Header {
		genesis: [1; 32],
		pallet: 44,
		circuit: [2; 32],
		subject: None,
		arguments: [3; 32],
		submitter: None,
		payee: ACCOUNT,
		valid_until: 9,
		nonce: 0,
	}
}

fn transfer(audit: Option<NotePairAudit>) -> RuntimeCall {
	RuntimeCall::ConfidentialSettlement(Notes::transfer {
		header: Box::new(header()),
		claims: Box::new(Static(CLAIMS())),
		ciphertexts: Box::new([[7; NOTE_CIPHERTEXT_BYTES], [8; NOTE_CIPHERTEXT_BYTES]]),
		audit: Box::new(audit.map(Static)),
		proof: Box::new([9; 256]),
	})
}

fn found(transaction: &[u8]) -> Option<AuditedCall> {
	shown(&metadata(), transaction).unwrap()
}

#[test]
fn what_an_authorised_call_shows_is_found() {
	let expected = AuditedCall::Transfer(CLAIMS(), audit());
	assert_eq!(found(&general(&transfer(Some(audit())))), Some(expected));
	let claims = WithdrawClaims {
		root: element(1),
		nullifiers: [element(2), element(3)],
		change: element(5),
		amount: 1,
		fee: 2,
	};
	let audit = NoteAudit { key: 3, ephemeral_key: [element(1); 2], encrypted: element(7) };
	let withdraw = RuntimeCall::ConfidentialSettlement(Notes::withdraw {
		header: Box::new(header()),
		claims: Box::new(Static(claims)),
		ciphertext: Box::new([7; NOTE_CIPHERTEXT_BYTES]),
		audit: Box::new(Some(Static(audit))),
		proof: Box::new([9; 256]),
	});
	assert_eq!(found(&general(&withdraw)), Some(AuditedCall::Withdraw(claims, audit)));
}

#[test]
fn what_shows_nothing_is_left_out() {
	assert_eq!(found(&general(&transfer(None))), None);
	let pause = RuntimeCall::ConfidentialSettlement(Notes::pause);
	assert_eq!(found(&general(&pause)), None);
	let batch = RuntimeCall::Utility(Utility::batch { calls: vec![] });
	assert_eq!(found(&general(&batch)), None);
}

/// A private call that somebody signed, or that is within another call, fails: whoever sends it beside a deposit could
/// have the auditor believe what it likes of that one's note.
#[test]
fn a_copy_that_nothing_has_authorised_is_left_out() {
	let call = transfer(Some(audit()));
	assert_eq!(found(&signed(&call)), None);
	let batch = RuntimeCall::Utility(Utility::batch { calls: vec![call] });
	assert_eq!(found(&signed(&batch)), None);
	assert_eq!(found(&general(&batch)), None);
}

#[test]
fn bytes_that_are_no_transaction_are_refused() {
	let whole = general(&transfer(Some(audit())));
	for length in [0, 1, 3, 4, 9, whole.len() - 1] {
		let error = shown(&metadata(), &whole[..length]).unwrap_err();
		assert!(matches!(error, ClientError::Unexpected(_)), "{length}: {error}");
	}
}
