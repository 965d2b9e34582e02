//! What wallets ask.

use crate::{
	impls::private_calls::call_length,
	types::{CallFees, PoolCircuit, PoolState},
	Audit, CircuitInForce, Config, NoteTree, Pallet, Paused, PoolTotals, RecordedRoots,
};
use codec::MaxEncodedLen;
use quittance_types::{
	FieldBytes, Header, JobId, NoteAudit, NotePairAudit, PrivateJobClaims, SettleClaims,
	SettleVerdictClaims, SettlementAudit, TransferClaims, WithdrawClaims, NOTE_CIPHERTEXT_BYTES,
};

/// Length of whether something is shown to an auditor.
const WHETHER: usize = 1;

/// Length of a job's number.
const JOB: usize = size_of::<JobId>();

impl<T: Config> Pallet<T> {
	pub(crate) fn state() -> PoolState<T::AccountId> {
		PoolState {
			account: Self::account(),
			paused: Paused::<T>::get(),
			transfer: CircuitInForce::<T>::get(PoolCircuit::Transfer),
			withdraw: CircuitInForce::<T>::get(PoolCircuit::Withdraw),
			post_private_job: CircuitInForce::<T>::get(PoolCircuit::PostPrivateJob),
			settle: CircuitInForce::<T>::get(PoolCircuit::Settle),
			settle_verdict: CircuitInForce::<T>::get(PoolCircuit::SettleVerdict),
			audit: Audit::<T>::get(),
			audited: PoolCircuit::PLAIN
				.map(|plain| CircuitInForce::<T>::get(plain.with_auditor(true))),
			leaves: NoteTree::<T>::get().leaves,
			root: Self::last_root().map(|root| (root, RecordedRoots::<T>::get().leaves)),
			totals: PoolTotals::<T>::get(),
		}
	}

	/// What a call of this kind must pay. All of a kind are equally long, but for the relayer and for the
	/// job that a post describes.
	pub(crate) fn least_fee(of: PoolCircuit, relayed: bool, request: usize) -> u128 {
		let header = Header {
			genesis: [0; 32],
			pallet: 0,
			circuit: [0; 32],
			subject: of.settles().then_some(FieldBytes([0; 32])),
			arguments: [0; 32],
			submitter: relayed.then(Self::account),
			payee: Self::account(),
			valid_until: 0,
			nonce: 0,
		};
		let (claims, ciphertexts) = match of.plain() {
			PoolCircuit::Transfer => (TransferClaims::max_encoded_len(), 2),
			PoolCircuit::Withdraw => (WithdrawClaims::max_encoded_len(), 1),
			PoolCircuit::PostPrivateJob => {
				(PrivateJobClaims::max_encoded_len().saturating_add(request), 1)
			},
			PoolCircuit::Settle => (SettleClaims::max_encoded_len().saturating_add(JOB), 1),
			_ => (SettleVerdictClaims::max_encoded_len().saturating_add(JOB), 1),
		};
		let audit = match of {
			PoolCircuit::AuditedTransfer | PoolCircuit::AuditedPostPrivateJob => {
				NotePairAudit::max_encoded_len()
			},
			PoolCircuit::AuditedWithdraw => NoteAudit::max_encoded_len(),
			PoolCircuit::AuditedSettle | PoolCircuit::AuditedSettleVerdict => {
				SettlementAudit::max_encoded_len()
			},
			_ => 0,
		};
		let shown = claims
			.saturating_add(NOTE_CIPHERTEXT_BYTES.saturating_mul(ciphertexts))
			.saturating_add(WHETHER)
			.saturating_add(audit);
		T::Fees::minimum(Self::weight_of(of), call_length(&header, shown))
	}
}
