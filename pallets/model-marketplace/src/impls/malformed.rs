//! Ending a job whose input is none, by what the chain itself can see.

use super::expiry::Fate;
use crate::{types::Cause, Config, Error, Models, Pallet, WeightInfo};
use alloc::{vec, vec::Vec};
use polkadot_sdk::{
	frame_support::{ensure, pallet_prelude::DispatchResultWithPostInfo},
	sp_io,
};
use quittance_types::{decode_input, JobId};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_claim_malformed(
		claimant: T::AccountId,
		job: JobId,
		bytes: &[u8],
	) -> DispatchResultWithPostInfo {
		let mut record = Self::live(job)?;
		Self::ensure_not_begun(&record)?;
		ensure!(!record.offer.mode.is_encrypted(), Error::<T>::InputEncrypted);
		let input = record.offer.input;
		ensure!(
			bytes.len() == input.size as usize && sp_io::hashing::blake2_256(bytes) == input.digest,
			Error::<T>::DigestMismatch
		);
		let model = Models::<T>::get(record.offer.model).ok_or(Error::<T>::Unexpected)?.description;
		let well_formed = decode_input(bytes, model.item_bytes())
			.is_ok_and(|input| input.weights == model.weights.sha256);
		ensure!(!well_formed, Error::<T>::InputWellFormed);
		Self::close_locks(job, &record, |_| Fate::Released);
		// Whoever copies a claim from the pool gains nothing where a miner has the job.
		let miners: Vec<_> = record.locks.iter().map(|lock| lock.miner.clone()).collect();
		let payees = if miners.is_empty() { vec![claimant] } else { miners };
		let fee = record.offer.issuer_fee;
		Self::share_fee(job, &mut record, fee, &payees);
		let escrow = Self::weight_of_escrow(&record);
		Self::refund(job, record, Cause::Malformed);
		let of_claim = T::WeightInfo::claim_malformed(bytes.len() as u32);
		Ok(Some(of_claim.saturating_add(escrow)).into())
	}
}
