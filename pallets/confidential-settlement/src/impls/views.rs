//! What wallets ask.

use crate::{
	impls::private_calls::Shown,
	types::{CallFees, PoolCircuit, PoolState},
	CircuitInForce, Config, NoteTree, Pallet, Paused, PoolTotals, RecordedRoots,
};
use quittance_types::{FieldBytes, Header, TransferClaims, WithdrawClaims, NOTE_CIPHERTEXT_BYTES};

impl<T: Config> Pallet<T> {
	pub(crate) fn state() -> PoolState<T::AccountId> {
		PoolState {
			account: Self::account(),
			paused: Paused::<T>::get(),
			transfer: CircuitInForce::<T>::get(PoolCircuit::Transfer),
			withdraw: CircuitInForce::<T>::get(PoolCircuit::Withdraw),
			leaves: NoteTree::<T>::get().leaves,
			root: Self::last_root().map(|root| (root, RecordedRoots::<T>::get().leaves)),
			totals: PoolTotals::<T>::get(),
		}
	}

	/// What a call of this kind must pay. All of a kind are equally long, but for the relayer.
	pub(crate) fn least_fee(of: PoolCircuit, relayed: bool) -> u128 {
		let header = Header {
			genesis: [0; 32],
			pallet: 0,
			circuit: [0; 32],
			subject: None,
			arguments: [0; 32],
			submitter: relayed.then(Self::account),
			payee: Self::account(),
			valid_until: 0,
			nonce: 0,
		};
		let zero = FieldBytes([0; 32]);
		let (root, nullifiers, fee) = (zero, [zero; 2], 0);
		let length = match of {
			PoolCircuit::Transfer => {
				let commitments = [zero; 2];
				let claims = &TransferClaims { root, nullifiers, commitments, fee };
				let ciphertexts = &[[0; NOTE_CIPHERTEXT_BYTES]; 2];
				Shown::Transfer { claims, ciphertexts }.call_length(&header)
			},
			PoolCircuit::Withdraw => {
				let claims = &WithdrawClaims { root, nullifiers, change: zero, amount: 0, fee };
				let ciphertext = &[0; NOTE_CIPHERTEXT_BYTES];
				Shown::Withdraw { claims, ciphertext }.call_length(&header)
			},
		};
		T::Fees::minimum(Self::weight_of(of), length)
	}
}
