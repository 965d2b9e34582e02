//! Settlements of private jobs: the escrow becomes a note for the miner and one for the change.
//!
//! They spend no notes: an escrow is divided once, since its job ends by that.

use crate::{
	impls::private_calls::{call_length, invalid, Fee},
	types::{CallFees, NoteCiphertext, PoolCircuit, PoolCircuits, ProofBytes},
	Call, CircuitInForce, Config, Error, Event, NoteTree, Pallet, PoolTotals,
};
use alloc::{boxed::Box, vec::Vec};
use ark_bn254::Fr;
use codec::Encode;
use polkadot_sdk::{
	frame_support::{
		ensure,
		traits::{Contains, Get},
		weights::Weight,
	},
	frame_system,
	sp_runtime::{
		transaction_validity::{
			InvalidTransaction, TransactionSource, TransactionValidityWithRefund, ValidTransaction,
		},
		DispatchResult,
	},
};
use quittance_host_functions::Host;
use quittance_types::{
	verdict_commitment, AcceptedReceipt, CircuitId, Digest, FieldBytes, Header, JobId, JobTime,
	PoolRefusal, PrivateFacts, PrivateJob, PrivateJobs, SettleClaims, SettleVerdictClaims,
	SettledReceipts, SettlementAudit, SettlementClaims, SETTLEMENT_SIGNALS,
};

/// By what an escrow is divided.
pub(crate) enum Divided<'a> {
	/// By the receipt of an issuer.
	ByReceipt(&'a SettleClaims),
	/// By what a panel found.
	ByVerdict(&'a SettleVerdictClaims),
}

impl Divided<'_> {
	fn settlement(&self) -> &SettlementClaims {
		match self {
			Self::ByReceipt(claims) => &claims.settlement,
			Self::ByVerdict(claims) => &claims.settlement,
		}
	}

	fn used_for(&self) -> PoolCircuit {
		match self {
			Self::ByReceipt(_) => PoolCircuit::Settle,
			Self::ByVerdict(_) => PoolCircuit::SettleVerdict,
		}
	}

	pub(crate) fn arguments(&self, job: JobId, ciphertext: &NoteCiphertext) -> Digest {
		match self {
			Self::ByReceipt(claims) => claims.arguments(job, &ciphertext[..]),
			Self::ByVerdict(claims) => claims.arguments(job, &ciphertext[..]),
		}
	}

	/// Length of the whole call, encoded.
	pub(crate) fn call_length<AccountId: Encode>(
		&self,
		header: &Header<AccountId>,
		job: JobId,
		audit: Option<&SettlementAudit>,
	) -> u32 {
		let claims = match self {
			Self::ByReceipt(claims) => claims.encoded_size(),
			Self::ByVerdict(claims) => claims.encoded_size(),
		};
		let shown = claims
			.saturating_add(job.encoded_size())
			.saturating_add(size_of::<NoteCiphertext>())
			.saturating_add(audit.encoded_size());
		call_length(header, shown)
	}
}

/// A settlement that can be made, but for its proof.
struct Judged<AccountId> {
	circuit: CircuitId,
	signals: Vec<Fr>,
	subject: FieldBytes,
	/// Who is paid for having signed.
	issuer: Option<AccountId>,
	private: PrivateFacts<AccountId>,
	/// Until when it can be made.
	open_until: JobTime,
}

impl<T: Config> Pallet<T> {
	/// As [`Self::authorize_settlement`].
	#[allow(clippy::borrowed_box)] // As the macro gives them.
	pub(crate) fn authorize_settle(
		_: TransactionSource,
		header: &Box<Header<T::AccountId>>,
		job: &JobId,
		claims: &Box<SettleClaims>,
		ciphertext: &Box<NoteCiphertext>,
		audit: &Option<Box<SettlementAudit>>,
		proof: &Box<ProofBytes>,
	) -> TransactionValidityWithRefund {
		let call = Call::<T>::settle {
			header: header.clone(),
			job: *job,
			claims: claims.clone(),
			ciphertext: ciphertext.clone(),
			audit: audit.clone(),
			proof: proof.clone(),
		};
		let (by, audit) = (Divided::ByReceipt(claims), audit.as_deref());
		Self::authorize_settlement(call, header, *job, &by, audit, ciphertext, proof)
	}

	/// As [`Self::authorize_settlement`].
	#[allow(clippy::borrowed_box)] // As the macro gives them.
	pub(crate) fn authorize_settle_verdict(
		_: TransactionSource,
		header: &Box<Header<T::AccountId>>,
		job: &JobId,
		claims: &Box<SettleVerdictClaims>,
		ciphertext: &Box<NoteCiphertext>,
		audit: &Option<Box<SettlementAudit>>,
		proof: &Box<ProofBytes>,
	) -> TransactionValidityWithRefund {
		let call = Call::<T>::settle_verdict {
			header: header.clone(),
			job: *job,
			claims: claims.clone(),
			ciphertext: ciphertext.clone(),
			audit: audit.clone(),
			proof: proof.clone(),
		};
		let (by, audit) = (Divided::ByVerdict(claims), audit.as_deref());
		Self::authorize_settlement(call, header, *job, &by, audit, ciphertext, proof)
	}

	/// Judges a settlement, as [`Self::authorize`] does the calls that spend notes. Like withdrawals it is not
	/// stopped by the pool's pause: the clock of its job goes on.
	fn authorize_settlement(
		call: Call<T>,
		header: &Header<T::AccountId>,
		job: JobId,
		by: &Divided<'_>,
		audit: Option<&SettlementAudit>,
		ciphertext: &NoteCiphertext,
		proof: &ProofBytes,
	) -> TransactionValidityWithRefund {
		let call: <T as frame_system::Config>::RuntimeCall = call.into();
		ensure!(T::BaseCallFilter::contains(&call), InvalidTransaction::Call);
		let judged = Self::judge_settlement(header, job, by, audit, ciphertext).map_err(invalid)?;
		let Judged { circuit, signals, private, open_until, .. } = judged;
		let used_for = by.used_for().with_auditor(audit.is_some());
		T::Circuits::verify(&circuit, used_for, proof, &signals)
			.map_err(|refusal| invalid(refusal.into()))?;

		let weight = Self::weight_of(used_for);
		let tip = Self::fee_of_settlement(header, job, by, audit, &private).tip();
		// A job is settled once, whatever by.
		ValidTransaction::with_tag_prefix("QuittanceSettlement")
			.priority(T::Fees::priority(weight, by.call_length(header, job, audit), tip))
			.and_provides(job)
			.longevity(Self::longevity(open_until))
			.propagate(true)
			.build()
			.map(|valid| (valid, Weight::zero()))
	}

	/// All of a settlement but its proof.
	fn judge_settlement(
		header: &Header<T::AccountId>,
		job: JobId,
		by: &Divided<'_>,
		audit: Option<&SettlementAudit>,
		ciphertext: &NoteCiphertext,
	) -> Result<Judged<T::AccountId>, PoolRefusal> {
		let private = T::Market::facts(job).ok_or(PoolRefusal::NoPrivateJob)?;
		let facts = &private.facts;
		let auditor = Self::auditor_of(audit.map(|audit| audit.key))?;
		let in_force = |used_for: PoolCircuit| {
			CircuitInForce::<T>::get(used_for).ok_or(PoolRefusal::NoCircuit)
		};
		let (circuit, open_until) = match by {
			Divided::ByReceipt(_) => {
				ensure!(facts.bar.is_none(), PoolRefusal::JobBarred);
				let circuit = facts.circuit.ok_or(PoolRefusal::Unexpected)?;
				// The job's clock stands still meanwhile, whatever it is settled under.
				ensure!(!T::Circuits::paused(&circuit), PoolRefusal::CircuitPaused);
				let circuit = match auditor {
					// The job keeps its own for as long as it lives. With an auditor there is one for all, as for
					// verdicts.
					Some(_) => in_force(PoolCircuit::AuditedSettle)?,
					None => circuit,
				};
				(circuit, facts.open_until)
			},
			Divided::ByVerdict(_) => {
				let judged = private.judged.ok_or(PoolRefusal::NoVerdict)?;
				let used_for = PoolCircuit::SettleVerdict.with_auditor(auditor.is_some());
				(in_force(used_for)?, judged.open_until)
			},
		};
		ensure!(T::JobClock::get() <= open_until, PoolRefusal::DeadlinePassed);
		let (subject, issuer) = match by {
			Divided::ByReceipt(claims) => {
				let (subject, issuer) = T::Receipts::check(job, &private, claims)?;
				(subject, Some(issuer))
			},
			Divided::ByVerdict(_) => (T::Receipts::subject(job, &private), None),
		};
		let expected = Header {
			genesis: Self::genesis_hash(),
			pallet: Self::index_in_header().ok_or(PoolRefusal::Unexpected)?,
			circuit,
			subject: Some(subject),
			arguments: by.arguments(job, ciphertext),
			// Whoever the call says: the proof covers it.
			submitter: header.submitter.clone(),
			payee: Self::account(),
			valid_until: facts.deadline,
			nonce: facts.nonce,
		};
		header.compare(&expected)?;
		let mut signals = Self::signals_of_settlement(header, by, &private, subject)?.to_vec();
		if let (Some(auditor), Some(audit)) = (&auditor, audit) {
			signals.push(audit.values(by.settlement())?.signal::<Host>(auditor.key));
		}

		let claimed = by.settlement().fee;
		let fee = Self::fee_of_settlement(header, job, by, audit, &private);
		let borne = Self::borne(&private);
		ensure!(fee.due.saturating_add(borne) <= claimed, PoolRefusal::FeeTooLow);
		Self::ensure_relayer(&fee)?;
		// Room for both notes was kept when the escrow was made. A second line behind the circuits: the pool
		// pays no more than went in.
		ensure!(NoteTree::<T>::get().has_room_for(2), PoolRefusal::TreeFull);
		let held = PoolTotals::<T>::get().held().ok_or(PoolRefusal::Unexpected)?;
		ensure!(claimed <= held, PoolRefusal::PoolTooSmall);
		let until = auditor.and_then(|auditor| auditor.until).unwrap_or(JobTime::MAX);
		let open_until = open_until.min(until);
		Ok(Judged { circuit, signals, subject, issuer, private, open_until })
	}

	/// The public signals that there are without an auditor as well.
	pub(crate) fn signals_of_settlement(
		header: &Header<T::AccountId>,
		by: &Divided<'_>,
		private: &PrivateFacts<T::AccountId>,
		subject: FieldBytes,
	) -> Result<[Fr; SETTLEMENT_SIGNALS], PoolRefusal> {
		let subject = subject.to_field().ok_or(PoolRefusal::Unexpected)?;
		let job = PrivateJob { subject, agreement: private.agreement };
		Ok(match by {
			Divided::ByReceipt(claims) => claims.inputs::<Host, _>(header, &job)?,
			Divided::ByVerdict(claims) => {
				let judged = private.judged.ok_or(PoolRefusal::NoVerdict)?;
				// Units of a job on which a panel sat are public.
				let salt = Fr::from(0u8);
				let verdict = verdict_commitment::<Host>(subject, judged.units, salt);
				claims.inputs::<Host, _>(header, &job, verdict)?
			},
		})
	}

	/// What the miner bears of a panel's cost. It is in the call's fee, and the requester's.
	fn borne(private: &PrivateFacts<T::AccountId>) -> u128 {
		private.judged.map_or(0, |judged| judged.borne)
	}

	/// What a settlement has to pay, and what it pays beyond that and beyond what the miner bears.
	fn fee_of_settlement(
		header: &Header<T::AccountId>,
		job: JobId,
		by: &Divided<'_>,
		audit: Option<&SettlementAudit>,
		private: &PrivateFacts<T::AccountId>,
	) -> Fee<T::AccountId> {
		let weight = Self::weight_of(by.used_for().with_auditor(audit.is_some()));
		let due = T::Fees::minimum(weight, by.call_length(header, job, audit));
		let all = due.saturating_add(Self::borne(private));
		let beyond = by.settlement().fee.saturating_sub(all);
		Fee { due, beyond, relayer: header.submitter.clone() }
	}

	pub(crate) fn do_settle(
		header: &Header<T::AccountId>,
		job: JobId,
		by: &Divided<'_>,
		audit: Option<&SettlementAudit>,
		ciphertext: &NoteCiphertext,
	) -> DispatchResult {
		let judged = Self::judge_settlement(header, job, by, audit, ciphertext)
			.map_err(|_| Error::<T>::Unexpected)?;
		let Judged { issuer, private, subject, .. } = judged;
		let SettlementClaims { payee, change, fee, .. } = *by.settlement();
		// The change has no ciphertext: the call shows all that its owner needs.
		let index = Self::add_notes(&[(payee, Some(0)), (change, None)])?;
		PoolTotals::<T>::try_mutate(|totals| {
			let borne = Self::borne(&private);
			let fees = fee.checked_sub(borne).ok_or(Error::<T>::Unexpected)?;
			totals.fees = totals.fees.checked_add(fees).ok_or(Error::<T>::Unexpected)?;
			totals.withdrawn = totals.withdrawn.checked_add(borne).ok_or(Error::<T>::Unexpected)?;
			totals.settlements = totals.settlements.saturating_add(1);
			totals.held().map(|_| ()).ok_or(Error::<T>::Unexpected)
		})?;
		if let (Divided::ByReceipt(claims), Some(issuer)) = (by, &issuer) {
			let SettleClaims { nullifier, expires_at, .. } = **claims;
			let receipt = AcceptedReceipt {
				miner: private.miner.clone(),
				issuer: issuer.clone(),
				amount: 0,
				nullifier,
			};
			T::Receipts::record(job, subject, receipt, expires_at);
		}
		let borne = Self::borne(&private);
		if Self::can_receive(&private.facts.requester, borne) {
			Self::pay_out(&private.facts.requester, borne)?;
		} else {
			Self::burn(borne)?;
		}
		let paid = Self::fee_of_settlement(header, job, by, audit, &private);
		let relayed = Self::pay_fee_of(paid)?;
		T::Market::settled(job, issuer)?;
		Self::deposit_event(Event::Settled { job, index, fee, relayed });
		Ok(())
	}
}
