//! Receipts submitted together: judged each by itself, their proofs verified as one.

use super::receipts::{proof_error, Judged, Judging, LastCheck};
use crate::{types::ReceiptBatch, Config, Error, Event, Keys, Pallet, WeightInfo};
use alloc::{collections::BTreeSet, vec::Vec};
use polkadot_sdk::{
	frame_support::{
		dispatch::{DispatchResultWithPostInfo, PostDispatchInfo},
		ensure,
		storage::with_storage_layer,
		traits::Get,
		weights::Weight,
	},
	frame_system,
	sp_runtime::DispatchResult,
};
use quittance_groth16::{VerifyError, MAX_BATCH_KEYS};
use quittance_host_functions::{self as host, BatchItem};
use quittance_types::{CircuitId, JobId, ModelId, Receipt};

/// What the cost of a batch depends on.
pub(crate) struct BatchSize {
	/// Receipts in clear.
	pub(crate) transparent: u32,
	/// Receipts with a proof.
	pub(crate) proofs: u32,
	/// Circuits that they name.
	pub(crate) circuits: u32,
}

impl BatchSize {
	pub(crate) fn of<AccountId>(receipts: &[(JobId, Receipt<AccountId>)]) -> Self {
		let mut size = Self { transparent: 0, proofs: 0, circuits: 0 };
		let mut circuits = Vec::new();
		for (_, receipt) in receipts {
			match receipt.circuit() {
				Some(circuit) => {
					size.proofs = size.proofs.saturating_add(1);
					if !circuits.contains(&circuit) {
						circuits.push(circuit);
						size.circuits = size.circuits.saturating_add(1);
					}
				},
				None => size.transparent = size.transparent.saturating_add(1),
			}
		}
		size
	}

	/// What the batch costs, as a sum of benchmarked parts:
	///
	/// * the receipts in clear, as a batch of their own (`submit_transparent_batch`);
	/// * the receipts with proofs, as a batch of their own under one circuit: where all hold
	///   (`submit_basic_batch`), or, with `singly`, the dearer of that and of a batch with a false
	///   proof, whose proofs are verified together and then one by one (`submit_false_batch`);
	/// * each circuit after the first (the slope of `batch_circuits`);
	/// * each receipt whose job's issuers are not those of its post (`look_at_issuers`).
	///
	/// A batch of both kinds pays for the call twice, which is little. In what is measured no two jobs
	/// share a requester, an issuer or a model; see [`PaidRecords`].
	pub(crate) fn weight<T: Config>(&self, singly: bool, looked_at: u32) -> Weight {
		let mut weight = Pallet::<T>::weight_of_looking(looked_at);
		if self.transparent > 0 {
			weight =
				weight.saturating_add(T::WeightInfo::submit_transparent_batch(self.transparent));
		}
		if self.proofs > 0 {
			let together = T::WeightInfo::submit_basic_batch(self.proofs);
			let proofs = match singly {
				true => {
					together.max(T::WeightInfo::submit_false_batch(self.proofs.saturating_sub(1)))
				},
				false => together,
			};
			let circuits = T::WeightInfo::batch_circuits(self.circuits)
				.saturating_sub(T::WeightInfo::batch_circuits(1));
			weight = weight.saturating_add(proofs).saturating_add(circuits);
		}
		weight
	}

	/// What the batch costs at most.
	pub(crate) fn most<T: Config>(&self) -> Weight {
		self.weight::<T>(true, self.transparent.saturating_add(self.proofs))
	}
}

/// A record that a payment reads and writes, besides the job's own and the miner's account.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum PaidRecord<AccountId> {
	Account(AccountId),
	Holds(AccountId),
	Model(ModelId),
}

/// The records of the payments of a batch.
struct PaidRecords<AccountId> {
	/// How many [`BatchSize::weight`] counts.
	counted: u64,
	different: BTreeSet<PaidRecord<AccountId>>,
}

impl<AccountId: Clone + Ord> PaidRecords<AccountId> {
	fn add(&mut self, judged: &Judged<AccountId>) {
		let records = [
			PaidRecord::Account(judged.requester.clone()),
			PaidRecord::Holds(judged.requester.clone()),
			PaidRecord::Account(judged.receipt.issuer.clone()),
			PaidRecord::Model(judged.model),
		];
		self.counted = self.counted.saturating_add(records.len() as u64);
		self.different.extend(records);
	}

	/// What is given back where payments share records: the database is asked for each of them once.
	/// The computation stays charged.
	fn shared<T: Config>(&self) -> Weight {
		let again = self.counted.saturating_sub(self.different.len() as u64);
		T::DbWeight::get().reads_writes(again, again)
	}
}

/// What is known of a receipt of the batch.
type Verdict<T> = Result<Judged<<T as frame_system::Config>::AccountId>, Error<T>>;

/// The proofs of a batch, to be verified together.
#[derive(Default)]
struct Proofs<'a> {
	circuits: Vec<CircuitId>,
	keys: Vec<Vec<u8>>,
	/// Place among the receipts, place of the key, proof, inputs.
	items: Vec<(usize, usize, &'a [u8], Vec<u8>)>,
}

impl<'a> Proofs<'a> {
	fn add<T: Config>(
		&mut self,
		place: usize,
		circuit: CircuitId,
		proof: &'a [u8],
		inputs: Vec<u8>,
	) -> Result<(), Error<T>> {
		let known = self.circuits.iter().position(|other| *other == circuit);
		let key = match known {
			Some(key) => key,
			None => {
				let bytes = Keys::<T>::get(circuit).ok_or(Error::UnknownCircuit)?;
				self.circuits.push(circuit);
				self.keys.push(bytes.into_inner());
				self.keys.len().saturating_sub(1)
			},
		};
		self.items.push((place, key, proof, inputs));
		Ok(())
	}

	/// The places of those that are refused, and why.
	fn verify<T: Config>(&self) -> Result<Vec<(usize, VerifyError)>, Error<T>> {
		if self.items.is_empty() {
			return Ok(Vec::new());
		}
		let items: Vec<_> = self
			.items
			.iter()
			.map(|(_, key, proof, inputs)| BatchItem { key: *key, proof, inputs })
			.collect();
		let verdicts =
			host::verify_batch(&self.keys, &items).map_err(|_| Error::<T>::Unexpected)?;
		ensure!(verdicts.len() == items.len(), Error::Unexpected);
		let places = self.items.iter().map(|(place, ..)| *place);
		Ok(places
			.zip(verdicts)
			.filter_map(|(place, verdict)| verdict.err().map(|error| (place, error)))
			.collect())
	}
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_submit_receipt_batch(
		who: T::AccountId,
		receipts: ReceiptBatch<T::AccountId>,
	) -> DispatchResultWithPostInfo {
		ensure!(!receipts.is_empty(), Error::<T>::EmptyBatch);
		let size = BatchSize::of(&receipts);
		ensure!(size.circuits as usize <= MAX_BATCH_KEYS, Error::<T>::TooManyCircuits);

		let mut proofs = Proofs::default();
		let mut judging = Judging::new::<T>(who);
		let mut verdicts: Vec<Verdict<T>> = receipts
			.iter()
			.enumerate()
			.map(|(place, (job, receipt))| {
				let (judged, last) = Self::check_all_but_last(&mut judging, *job, receipt)?;
				match last {
					LastCheck::Signature { receipt, message } => {
						Self::check_signature(receipt, &message)?;
					},
					LastCheck::Proof { circuit, proof, inputs } => {
						proofs.add(place, circuit, proof, inputs)?;
					},
				}
				Ok(judged)
			})
			.collect();
		let refused = proofs.verify::<T>()?;
		// The verifier looks at each by itself only if one that decodes does not hold.
		let singly = refused.iter().any(|(_, error)| *error == VerifyError::InvalidProof);
		for (place, error) in refused {
			if let Some(verdict) = verdicts.get_mut(place) {
				*verdict = Err(proof_error(error));
			}
		}

		let mut records = PaidRecords { counted: 0, different: BTreeSet::new() };
		for (index, ((job, receipt), verdict)) in (0u32..).zip(receipts.iter().zip(verdicts)) {
			let level = receipt.level();
			let outcome = match verdict {
				// Another of the batch may have spent its nullifier or had its job.
				Ok(judged) => with_storage_layer(|| -> DispatchResult {
					Self::ensure_unspent(*job, &judged.receipt.nullifier, judged.expires_at)?;
					records.add(&judged);
					Self::record(*job, level, judged)
				}),
				Err(error) => Err(error.into()),
			};
			if let Err(error) = outcome {
				Self::deposit_event(Event::ReceiptRefused { index, job: *job, error });
			}
		}
		let weight =
			size.weight::<T>(singly, judging.looked_at()).saturating_sub(records.shared::<T>());
		Ok(PostDispatchInfo { actual_weight: Some(weight), ..Default::default() })
	}
}
