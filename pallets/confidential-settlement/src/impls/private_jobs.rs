//! Private jobs: what posts one, and what becomes of an escrow that nobody divides.

use crate::{
	impls::private_calls::{Encoded, Shown},
	types::{NoteCiphertext, PoolCircuit},
	Audit, CircuitInForce, Config, Error, Event, Pallet, PoolTotals, RequestOf,
};
use codec::Encode;
use polkadot_sdk::{
	frame_support::{
		defensive,
		storage::{with_transaction, TransactionOutcome},
	},
	sp_runtime::{DispatchError, DispatchResult},
};
use quittance_host_functions::Host;
use quittance_types::{
	CircuitId, Escrow, FieldBytes, Header, JobId, NotePairAudit, PoolRefusal, PrivateJobClaims,
	PrivateJobs,
};

impl<T: Config> Pallet<T> {
	/// The circuit that a job posted now is settled by while there is no auditor. Not without one for verdicts
	/// as well, nor where there is an auditor without those that show it values: no job is to be found right
	/// and not paid, whether the policy changes meanwhile or not.
	fn settled_by() -> Result<CircuitId, PoolRefusal> {
		let in_force = |used_for: PoolCircuit| {
			CircuitInForce::<T>::get(used_for).ok_or(PoolRefusal::NoCircuit)
		};
		in_force(PoolCircuit::SettleVerdict)?;
		if Audit::<T>::exists() {
			in_force(PoolCircuit::AuditedSettle)?;
			in_force(PoolCircuit::AuditedSettleVerdict)?;
		}
		in_force(PoolCircuit::Settle)
	}

	/// Gives the market the job, whose requester has been paid.
	fn post_to_market(
		header: &Header<T::AccountId>,
		claims: &PrivateJobClaims,
		request: RequestOf<T>,
	) -> Result<JobId, DispatchError> {
		let circuit = Self::settled_by().map_err(|_| Error::<T>::Unexpected)?;
		let offer = claims.offer.hash::<Host>().map_err(|_| Error::<T>::Unexpected)?;
		let escrow = Escrow { commitment: claims.offer.escrow, offer: offer.into() };
		T::Market::post(header.payee.clone(), request, escrow, circuit, claims.paid_in)
	}

	/// Whether the market takes the job: by posting it and undoing that, so that no check can be forgotten.
	pub(crate) fn try_post(
		header: &Header<T::AccountId>,
		claims: &PrivateJobClaims,
		request: &RequestOf<T>,
	) -> Result<(), PoolRefusal> {
		Self::settled_by()?;
		with_transaction(|| {
			let posted = Self::pay_out(&header.payee, claims.paid_in)
				.and_then(|()| Self::post_to_market(header, claims, request.clone()));
			TransactionOutcome::Rollback(posted.map(|_| ()))
		})
		.map_err(|_: DispatchError| PoolRefusal::JobRefused)
	}

	pub(crate) fn do_post_private_job(
		header: &Header<T::AccountId>,
		claims: &PrivateJobClaims,
		request: RequestOf<T>,
		ciphertext: &NoteCiphertext,
		audit: Option<&NotePairAudit>,
	) -> DispatchResult {
		let bytes = request.encode();
		let shown = Shown::Post { claims, request: Encoded(&bytes), ciphertext, audit };
		let relayed = Self::apply(header, &shown)?;
		let job = Self::post_to_market(header, claims, request)?;
		let PrivateJobClaims { nullifiers, paid_in, fee, offer, .. } = *claims;
		let requester = header.payee.clone();
		Self::deposit_event(Event::PrivateJobPosted {
			job,
			requester,
			offer,
			paid_in,
			nullifiers,
			fee,
			relayed,
		});
		Ok(())
	}
}

impl<T: Config> quittance_types::Escrows for Pallet<T> {
	fn give_back(job: JobId, commitment: FieldBytes) {
		// There is room: it was kept when the escrow was made.
		let Ok(index) = Self::add_notes(&[(commitment, None)]) else {
			defensive!("an escrow is a commitment, and the tree has room for it");
			return;
		};
		PoolTotals::<T>::mutate(|totals| {
			totals.given_back = totals.given_back.saturating_add(1);
		});
		Self::deposit_event(Event::EscrowGivenBack { job, index });
	}
}
