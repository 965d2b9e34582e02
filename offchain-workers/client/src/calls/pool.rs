//! The confidential pool. Private calls are sent by [`crate::send_private_call`].

use crate::{
	api::{
		self,
		runtime_types::{
			pallet_confidential_settlement::{pallet::Call, types as raw_types},
			quittance_runtime::RuntimeCall,
			quittance_types::context::Header as RawHeader,
		},
	},
	AccountId, Payload, PoolCircuit,
};
use quittance_types::{
	CircuitId, FieldBytes, Header, NoteAudit, NotePairAudit, TransferClaims, WithdrawClaims,
	NOTE_CIPHERTEXT_BYTES, PROOF_BYTES,
};
use subxt::utils::Static;

/// What is paid into the pool for one note.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoteDeposit {
	/// How much, in the chain's smallest unit.
	pub amount: u128,
	/// All of the note but its amount.
	pub inner: FieldBytes,
	/// For its owner.
	pub ciphertext: [u8; NOTE_CIPHERTEXT_BYTES],
}

/// Pays an amount into the pool, in the chain's smallest unit, for the note of this inner hash. The ciphertext is for
/// its owner.
pub fn deposit_note(
	amount: u128,
	inner: FieldBytes,
	ciphertext: [u8; NOTE_CIPHERTEXT_BYTES],
) -> impl Payload {
	api::transactions().confidential_settlement().deposit(amount, Static(inner), ciphertext)
}

/// Pays for several notes in one transaction: for all of them or for none.
pub fn deposit_notes(deposits: impl IntoIterator<Item = NoteDeposit>) -> impl Payload {
	let calls = deposits.into_iter().map(|NoteDeposit { amount, inner, ciphertext }| {
		let (inner, ciphertext) = (Static(inner), Box::new(ciphertext));
		RuntimeCall::ConfidentialSettlement(Call::deposit { amount, inner, ciphertext })
	});
	api::transactions().utility().batch_all(calls.collect())
}

/// Has the pool use a registered circuit, by the sudo key of a chain that has one. Its event is
/// [`crate::Event::SudoTried`], whether or not it came to be.
pub fn set_pool_circuit(used_for: PoolCircuit, circuit: CircuitId) -> impl Payload {
	let used_for = match used_for {
		PoolCircuit::Transfer => raw_types::PoolCircuit::Transfer,
		PoolCircuit::Withdraw => raw_types::PoolCircuit::Withdraw,
		PoolCircuit::PostPrivateJob => raw_types::PoolCircuit::PostPrivateJob,
		PoolCircuit::Settle => raw_types::PoolCircuit::Settle,
		PoolCircuit::SettleVerdict => raw_types::PoolCircuit::SettleVerdict,
		PoolCircuit::AuditedTransfer => raw_types::PoolCircuit::AuditedTransfer,
		PoolCircuit::AuditedWithdraw => raw_types::PoolCircuit::AuditedWithdraw,
		PoolCircuit::AuditedPostPrivateJob => raw_types::PoolCircuit::AuditedPostPrivateJob,
		PoolCircuit::AuditedSettle => raw_types::PoolCircuit::AuditedSettle,
		PoolCircuit::AuditedSettleVerdict => raw_types::PoolCircuit::AuditedSettleVerdict,
	};
	let call = RuntimeCall::ConfidentialSettlement(Call::set_circuit { used_for, circuit });
	api::transactions().sudo().sudo(call)
}

/// Sets the pool's auditor, or another key of it, by the sudo key of a chain that has one. As
/// [`set_pool_circuit`].
pub fn set_pool_auditor(key: [u8; 64]) -> impl Payload {
	let key = Box::new(key);
	let call = RuntimeCall::ConfidentialSettlement(Call::set_auditor { key });
	api::transactions().sudo().sudo(call)
}

/// Has the pool do without an auditor, by the sudo key of a chain that has one. As [`set_pool_circuit`].
pub fn clear_pool_auditor() -> impl Payload {
	let call = RuntimeCall::ConfidentialSettlement(Call::clear_auditor);
	api::transactions().sudo().sudo(call)
}

/// Spends two notes and makes two. `audit` is what the pool's auditor is shown, if there is one.
pub fn transfer_notes(
	header: Header<AccountId>,
	claims: TransferClaims,
	ciphertexts: [[u8; NOTE_CIPHERTEXT_BYTES]; 2],
	audit: Option<NotePairAudit>,
	proof: [u8; PROOF_BYTES as usize],
) -> impl Payload {
	api::transactions().confidential_settlement().transfer(
		raw(header),
		Static(claims),
		ciphertexts,
		audit.map(Static),
		proof,
	)
}

/// Spends two notes, pays the header's payee and makes a note of the change. `audit` is what the pool's
/// auditor is shown, if there is one.
pub fn withdraw_notes(
	header: Header<AccountId>,
	claims: WithdrawClaims,
	ciphertext: [u8; NOTE_CIPHERTEXT_BYTES],
	audit: Option<NoteAudit>,
	proof: [u8; PROOF_BYTES as usize],
) -> impl Payload {
	api::transactions().confidential_settlement().withdraw(
		raw(header),
		Static(claims),
		ciphertext,
		audit.map(Static),
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
