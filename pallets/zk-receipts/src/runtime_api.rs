//! Runtime API for clients that have no view functions.

use crate::DryRunError;
use alloc::vec::Vec;
use codec::Codec;
use polkadot_sdk::{sp_api, sp_runtime::DispatchError};
use quittance_types::{CircuitId, FieldBytes, JobId, Receipt};

sp_api::decl_runtime_apis! {
	/// Read-only verification, bounded: safe to offer to everybody.
	pub trait ReceiptsApi<AccountId>
	where
		AccountId: Codec,
	{
		/// See [`crate::Pallet::dry_run_verify`].
		fn dry_run_verify(
			circuit: CircuitId,
			proof: Vec<u8>,
			inputs: Vec<FieldBytes>,
		) -> Result<(), DryRunError>;

		/// See [`crate::Pallet::dry_run_receipt`].
		fn dry_run_receipt(
			submitter: AccountId,
			job: JobId,
			receipt: Receipt<AccountId>,
		) -> Result<(), DispatchError>;
	}
}
