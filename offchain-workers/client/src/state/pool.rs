//! The confidential pool.

use super::{answers, View};
use crate::{pool_blocks::PALLET, ClientError, Pool, PoolCircuit, PrivateRequest};
use quittance_types::FieldBytes;
use subxt::ext::codec::Encode;

impl View {
	/// The pool.
	pub async fn pool(&self) -> Result<Pool, ClientError> {
		let state: answers::PoolState = self.ask(PALLET, "pool", Vec::new()).await?;
		Ok(state.into())
	}

	/// Whether the note of this nullifier is spent.
	pub async fn is_note_spent(&self, nullifier: &FieldBytes) -> Result<bool, ClientError> {
		self.ask(PALLET, "is_spent", nullifier.encode()).await
	}

	/// The number of leaves under a root, if it is one under which the pool takes proofs now.
	pub async fn leaves_under(&self, root: &FieldBytes) -> Result<Option<u64>, ClientError> {
		self.ask(PALLET, "leaves_under", root.encode()).await
	}

	/// Index of the pool's pallet in the runtime, which is part of a private call's header.
	pub fn pool_pallet(&self) -> Result<u8, ClientError> {
		let pallet = self.client().metadata_ref().pallet_by_name(PALLET);
		let pallet = pallet.ok_or_else(|| {
			ClientError::Incompatible("the runtime has no confidential pool".to_owned())
		})?;
		Ok(pallet.call_index())
	}

	/// The least fee of the post of this private job now, in the chain's smallest unit, with a relayer or without.
	pub async fn minimum_post_fee(
		&self,
		request: &PrivateRequest,
		relayed: bool,
	) -> Result<u128, ClientError> {
		self.ask(PALLET, "minimum_post_fee", (request, relayed).encode()).await
	}

	/// The least fee of another private call now, in the chain's smallest unit, with a relayer or without.
	pub async fn minimum_fee(&self, of: PoolCircuit, relayed: bool) -> Result<u128, ClientError> {
		let of: u8 = match of {
			PoolCircuit::Transfer => 0,
			PoolCircuit::Withdraw => 1,
			PoolCircuit::PostPrivateJob => 2,
			PoolCircuit::Settle => 3,
			PoolCircuit::SettleVerdict => 4,
			PoolCircuit::AuditedTransfer => 5,
			PoolCircuit::AuditedWithdraw => 6,
			PoolCircuit::AuditedPostPrivateJob => 7,
			PoolCircuit::AuditedSettle => 8,
			PoolCircuit::AuditedSettleVerdict => 9,
		};
		self.ask(PALLET, "minimum_fee", (of, relayed).encode()).await
	}
}
