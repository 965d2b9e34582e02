//! What wallets ask.

use crate::{
	impls::private_calls::call_length,
	types::{CallFees, PoolCircuit, PoolState},
	CircuitInForce, Config, NoteTree, Pallet, Paused, PoolTotals, RecordedRoots,
};
use codec::MaxEncodedLen;
use quittance_types::{
	FieldBytes, Header, JobId, PrivateJobClaims, SettleClaims, SettleVerdictClaims, TransferClaims,
	WithdrawClaims, NOTE_CIPHERTEXT_BYTES,
};

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
		let (claims, ciphertexts) = match of {
			PoolCircuit::Transfer => (TransferClaims::max_encoded_len(), 2),
			PoolCircuit::Withdraw => (WithdrawClaims::max_encoded_len(), 1),
			PoolCircuit::PostPrivateJob => {
				(PrivateJobClaims::max_encoded_len().saturating_add(request), 1)
			},
			PoolCircuit::Settle => (SettleClaims::max_encoded_len().saturating_add(JOB), 1),
			PoolCircuit::SettleVerdict => {
				(SettleVerdictClaims::max_encoded_len().saturating_add(JOB), 1)
			},
		};
		let shown = claims.saturating_add(NOTE_CIPHERTEXT_BYTES.saturating_mul(ciphertexts));
		T::Fees::minimum(Self::weight_of(of), call_length(&header, shown))
	}
}
